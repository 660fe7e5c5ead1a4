//! 機関コードの変更・承継 (OT-30, N187): planned, chosen, done on its day, on both databases; what the former code answers then.

use std::sync::Arc;

use axum::http::StatusCode;
use server::clock::Clock;
use server::jobs::Worker;
use server::random::Random;
use server::rule;
use server::rule::succession::NotPlanned;
use server::store::succession::{Fate, TABLES};
use server::store::{AuditEntry, CodeId, code as codes, succession};
use server::tenant::Tenant;
use shared::api::office::{ChangeReceptionUrl, Login, LoginRequest, SearchConsents, UrlChange};
use shared::api::reception::{OpenPage, Prove};
use shared::api::succession::{Item, READ_DAYS, Reason, Succession};
use shared::api::{Code, Detail, Endpoint as _};
use shared::domain::account::UserId;
use shared::domain::consent::{Choice, Choices};
use shared::domain::hand_over::HandOverWay;
use shared::domain::institution::VisitKind;

use crate::kept::Kept;
use crate::sample::code;
use crate::store::on_both;
use crate::world::{CLINIC, ORIGIN, PASSWORD, STATION, With, World, add_institution, at, holder, nobody};

const NEW: &str = "9969900027";
const DAY_MS: i64 = 24 * 60 * 60_000;
const NOON: &str = "2026-11-20T12:00:00+09:00";

fn former() -> Tenant {
    Tenant::of_operator(&code(STATION))
}

async fn start(store: &Kept, of: &str, to: &str, days: i64) -> Result<(), NotPlanned> {
    let (tenant, to, now) = (Tenant::of_operator(&code(of)), code(to), at(NOON));
    let from = now.jst_date().plus_days(days);
    store.0.write(move |tx| rule::succession::start(tx, &tenant, &to, from, Reason::A, now)).await.unwrap()
}

async fn choose(store: &Kept, items: &[Item], typed: &str) -> bool {
    let (items, typed, user) = (items.to_vec(), typed.to_owned(), UserId::try_from("kanri1").unwrap());
    let entry = AuditEntry::of_operator(at(NOON), &former(), "test", "x");
    let chosen = store.0.write(move |tx| rule::succession::choose(tx, &former(), &items, &typed, &user, &entry));
    chosen.await.unwrap().is_some()
}

/// Does what is due on a day.
async fn work(store: &Kept, clock: &Clock) {
    let worker = Worker::new(Arc::clone(&store.0), clock.clone(), &Random::machine()).unwrap();
    worker.run_due().await.unwrap();
}

async fn standing(store: &Kept, of: &str) -> Option<bool> {
    let tenant = Tenant::of_operator(&code(of));
    let found = store.0.read(move |tx| server::store::institution::find_standing(tx, &tenant)).await.unwrap();
    found.map(|(_, standing)| standing.closed_at.is_some())
}

async fn a_change_is_planned_once_and_refused_where_it_makes_no_sense(store: &Kept) {
    add_institution(store, STATION, "ひなた", &Random::machine(), at(NOON)).await;
    add_institution(store, CLINIC, "試験", &Random::machine(), at(NOON)).await;
    assert_eq!(start(store, STATION, STATION, 1).await, Err(NotPlanned::SameCode));
    assert_eq!(start(store, NEW, STATION, 1).await, Err(NotPlanned::NoInstitution));
    assert_eq!(start(store, STATION, CLINIC, 1).await, Err(NotPlanned::Taken));
    assert_eq!(start(store, STATION, NEW, -1).await, Err(NotPlanned::Past));
    assert_eq!(start(store, STATION, NEW, 1).await, Ok(()));
    assert_eq!(start(store, STATION, "9969900035", 1).await, Err(NotPlanned::Planned));
    assert_eq!(start(store, CLINIC, NEW, 1).await, Err(NotPlanned::Taken), "planned for another");
    assert!(!choose(store, &[Item::Accounts], STATION).await, "another code was typed");
    assert!(!choose(store, &[Item::ReferenceNumbers], NEW).await, "numbers hang on records");
    assert!(choose(store, &[Item::Accounts], NEW).await);
    assert!(choose(store, &[], NEW).await, "chosen anew");
    assert!(store.0.write(|tx| rule::succession::cancel(tx, &former(), at(NOON))).await.unwrap());
    assert!(!store.0.write(|tx| rule::succession::cancel(tx, &former(), at(NOON))).await.unwrap());
    assert!(!choose(store, &[Item::Accounts], NEW).await, "called off");
    assert_eq!(start(store, CLINIC, NEW, 1).await, Ok(()), "the code is free again");
    work(store, &Clock::standing_at(at(NOON).plus_ms(5 * DAY_MS))).await;
    assert_eq!((standing(store, STATION).await, standing(store, NEW).await), (Some(false), Some(false)), "what was called off is not done");
    assert_eq!(standing(store, CLINIC).await, Some(true));
}

async fn it_happens_on_its_day_by_itself_and_what_was_chosen_follows(store: &Kept) {
    for (items, accounts, contact) in [(vec![], 2, ""), (vec![Item::Accounts, Item::Settings], 4, "事務所 受付")] {
        let (of, to) = if items.is_empty() { (STATION, NEW) } else { (CLINIC, "9969900035") };
        add_institution(store, of, "ひなた", &Random::machine(), at(NOON)).await;
        start(store, of, to, 2).await.unwrap();
        let tenant = Tenant::of_operator(&code(of));
        let (chosen, asked) = (items.clone(), tenant.clone());
        store.0.write(move |tx| succession::choose(tx, &asked, &chosen, &UserId::try_from("kanri1").unwrap(), at(NOON))).await.unwrap();
        let (asked, id) = (tenant.clone(), CodeId::new(at(NOON), [u8::try_from(accounts).unwrap(); 10]));
        let new = codes::NewCodeRow {
            id: id.clone(),
            label: "端末1".try_into().unwrap(),
            hash: server::sha256(of.as_bytes()),
            issued_at: at(NOON),
            issued_by: None,
            expires_at: at(NOON).plus_ms(30 * DAY_MS),
        };
        store.0.write(move |tx| codes::add(tx, &asked, &new, "x")).await.unwrap();
        // The day before, a minute before midnight in Japan.
        let eve = (at(NOON).jst_date().plus_days(2)).at_jst(0, 0).plus_ms(-60_000);
        work(store, &Clock::standing_at(eve)).await;
        assert_eq!((standing(store, of).await, standing(store, to).await), (Some(false), None));
        work(store, &Clock::standing_at(eve.plus_ms(60_000))).await;
        assert_eq!((standing(store, of).await, standing(store, to).await), (Some(true), Some(false)));
        let institution = store.institution(&code(to)).await.unwrap().unwrap();
        assert_eq!((institution.name.as_str(), institution.settings.contact.as_str()), ("ひなた", contact));
        let asked = Tenant::of_operator(&code(to));
        let found = store.0.read(move |tx| server::store::account::list(tx, &asked, None, 50)).await.unwrap();
        assert_eq!(found.rows.len(), accounts, "admins always, the others by choice");
        // A URL of its own; none of the former code is left, and no code and no login.
        assert!(store.reception_url(&code(to), VisitKind::HomeVisit).await.unwrap().is_some());
        assert!(store.reception_url(&code(of), VisitKind::HomeVisit).await.unwrap().is_none());
        let ended = store.0.read(move |tx| codes::find(tx, &tenant, &id)).await.unwrap().unwrap();
        assert!(ended.invalidated_at.is_some());
        let before = store.audit_of(&code(to)).await.unwrap().len();
        work(store, &Clock::standing_at(eve.plus_ms(3 * DAY_MS))).await;
        assert_eq!(store.audit_of(&code(to)).await.unwrap().len(), before, "once");
    }
}

on_both!(a_change_is_planned_once_and_refused_where_it_makes_no_sense, it_happens_on_its_day_by_itself_and_what_was_chosen_follows,);

/// Every table with an institution has its fate, on both databases; and what follows leaves no column behind.
fn assert_listed(tables: &[(String, Vec<String>)]) {
    for (table, columns) in tables {
        let has_institution = columns.iter().any(|column| column == "institution") || table == "institutions";
        let fate = TABLES.iter().find(|(name, _)| name == table).map(|(_, fate)| fate);
        assert_eq!(fate.is_some(), has_institution, "{table}: one row in store::succession::TABLES for each table with an institution");
        if let Some(Fate::Followed(_, sql)) = fate {
            for column in columns {
                let named = sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word == column).count();
                assert!(named >= 2 || column == "institution", "{table}.{column} is left behind");
            }
        }
    }
    for (name, _) in TABLES {
        assert!(tables.iter().any(|(table, _)| table == name), "{name} is no table");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_with_an_institution_has_its_fate() {
    let (store, folder) = crate::store::sqlite().await;
    let file = rusqlite::Connection::open(folder.path().join("u.db")).unwrap();
    let texts = |sql: &str| -> Vec<String> {
        file.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let names = texts("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
    let tables: Vec<_> = names
        .into_iter()
        .map(|name| {
            let columns = texts(&format!("SELECT name FROM pragma_table_info('{name}')"));
            (name, columns)
        })
        .collect();
    assert_listed(&tables);
    store.close().await;
    let (store, url) = crate::store::postgres().await;
    let names = crate::postgres::texts(&url, "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()");
    let columns = |name: &str| {
        let sql = format!("SELECT column_name::text FROM information_schema.columns WHERE table_name = '{name}'");
        crate::postgres::texts(&url, &sql)
    };
    let tables: Vec<_> = names.into_iter().map(|name| (name.clone(), columns(&name))).collect();
    assert_listed(&tables);
    store.close().await;
    // Control: a further table is a fault.
    let more = [tables, vec![("a_further_one".to_owned(), vec!["institution".to_owned()])]].concat();
    assert!(std::panic::catch_unwind(|| assert_listed(&more)).is_err());
}

/// The station's code is changed at the world's time, with what follows.
async fn changed(world: &World, items: &[Item]) {
    let (now, to) = (world.clock.now(), code(NEW));
    let from = now.jst_date();
    let items = items.to_vec();
    let planned = world.store.0.write(move |tx| {
        let planned = rule::succession::start(tx, &former(), &to, from, Reason::D, now)?;
        succession::choose(tx, &former(), &items, &UserId::try_from("kanri1").unwrap(), now)?;
        Ok(planned)
    });
    planned.await.unwrap().unwrap();
    world.purge().await;
    world.purge().await;
}

async fn log_in(world: &World, institution: &str, user: &str) -> Result<With, Code> {
    let request = LoginRequest { institution: code(institution), user: UserId::try_from(user).unwrap(), password: PASSWORD.to_owned() };
    let body = serde_json::to_string(&request).unwrap();
    let (status, headers, body) = world.send("POST", Login::PATH, &nobody(), body).await;
    if status == StatusCode::OK {
        return Ok(With { cookie: Some(crate::world::cookie_of(&headers)), secret: None });
    }
    Err(serde_json::from_slice::<shared::api::Refusal>(&body).unwrap().code)
}

fn all_consents() -> serde_json::Value {
    serde_json::json!({
        "consented_from": "2026-01-01", "consented_to": "2027-12-31", "name_prefix": "", "reference_number": "", "receipt": "",
        "state": "all", "order": "newest_first"
    })
}

#[tokio::test]
async fn x64_the_former_code_answers_that_it_has_ended_and_is_only_read() {
    let world = World::new().await;
    world.visit_of("ichiro").await.unwrap();
    let before = world.login(STATION, "kanri1").await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let proof = world.card("hanako").sign(&visit.challenge, ORIGIN);
    changed(&world, &[]).await;
    // The bookmark: that the code changed and when, never the new one.
    let refused = world.call::<OpenPage>(&[world.token.as_str()], &nobody(), &()).await.unwrap_err();
    assert_eq!((refused.0, refused.1.code), (StatusCode::GONE, Code::X64));
    let today = world.clock.now().jst_date();
    assert_eq!(refused.1.detail, Some(Detail::CodeChanged { on: today, contact: "事務所 受付".to_owned() }));
    assert!(!serde_json::to_string(&refused.1).unwrap().contains(NEW));
    // A visit that was under way stores nothing under the former code.
    let refused = world.call::<Prove>(&[&visit.visit], &holder(&visit), &proof).await.unwrap_err();
    assert_eq!(refused.1.code, Code::X64);
    // Logins have ended; the admin comes back to read.
    let gone = world.call::<Succession>(&[], &before, &()).await.unwrap_err();
    assert_eq!(gone.1.code, Code::Session);
    assert_eq!(log_in(&world, STATION, "ippan1").await.err(), Some(Code::X64), "others use the new code");
    let admin = log_in(&world, STATION, "kanri1").await.unwrap();
    let search = serde_json::from_value(all_consents()).unwrap();
    assert_eq!(world.call::<SearchConsents>(&[], &admin, &search).await.unwrap().rows.len(), 1, "reading goes on");
    assert!(world.call::<Succession>(&[], &admin, &()).await.unwrap().readable_until.is_some());
    let change = UrlChange { typed_institution: STATION.to_owned(), present_url: format!("{ORIGIN}/r/{}", world.token.as_str()) };
    assert_eq!(
        world.call::<ChangeReceptionUrl>(&["home-visit"], &admin, &change).await.unwrap_err().1.code,
        Code::X64,
        "nothing is changed"
    );
    // 120 days later there is nothing to read.
    world.later((READ_DAYS + 1) * DAY_MS);
    assert_eq!(log_in(&world, STATION, "kanri1").await.err(), Some(Code::X64));
    assert!(log_in(&world, NEW, "kanri1").await.is_ok(), "control: the new code has its admin");
}

#[tokio::test]
async fn every_call_that_changes_something_is_refused_under_the_former_code() {
    let world = World::new().await;
    changed(&world, &[Item::Accounts]).await;
    let admin = log_in(&world, STATION, "kanri1").await.unwrap();
    let mut refused = 0;
    for row in shared::api::table() {
        let is_of_account = matches!(row.permission, shared::api::Permission::Account(_));
        if !is_of_account || row.again == shared::api::Again::Harmless {
            continue;
        }
        let path = row.parts.iter().fold(row.path.to_owned(), |path, part| path.replace(&format!("{{{part}}}"), "x"));
        let (_, _, body) = world.send("POST", &path, &admin, "{}").await;
        let code = serde_json::from_slice::<shared::api::Refusal>(&body).unwrap().code;
        assert!(matches!(code, Code::X64 | Code::Forbidden), "{}: {code:?}", row.name);
        refused += u32::from(code == Code::X64);
    }
    assert!(refused >= 10, "{refused}");
}

#[tokio::test]
async fn records_follow_as_what_has_ended_once() {
    let world = World::new().await;
    world.visit_of("ichiro").await.unwrap();
    let (sent, former) = (server::store::ConsentId::parse(&world.first_consent().await).unwrap(), former());
    let note =
        move |tx: &mut server::store::tx::Tx<'_>| server::store::handover::note_received(tx, &former, &sent, HandOverWay::Folder, at(NOON));
    assert!(world.store.0.write(note).await.unwrap());
    world.visit_of("goro").await.unwrap();
    changed(&world, &[Item::Accounts, Item::History]).await;
    let admin = log_in(&world, NEW, "kanri1").await.unwrap();
    let search = |state: &str| {
        let mut search = all_consents();
        search["state"] = state.into();
        serde_json::from_value(search).unwrap()
    };
    let rows = world.call::<SearchConsents>(&[], &admin, &search("all")).await.unwrap().rows;
    let mut states: Vec<_> = rows.iter().map(|row| row.hand_over.unwrap().word()).collect();
    states.sort_unstable();
    assert_eq!(states, ["received", "waiting"], "what had left is not unsent");
    assert_eq!(world.call::<SearchConsents>(&[], &admin, &search("living")).await.unwrap().rows.len(), 0, "consents do not follow");
    // The job once more, from its beginning, as after a kill: nothing is doubled.
    let body = serde_json::json!({ "former": STATION, "new": NEW, "ended_at": world.clock.now(), "has_reference_numbers": false });
    let again = server::store::job::Job {
        id: "again".to_owned(),
        kind: rule::succession::HISTORY.to_owned(),
        body: body.to_string(),
        due_at: world.clock.now(),
        every_ms: None,
        owner: None,
        leased_until: None,
        progress: String::new(),
        tries: 0,
    };
    assert!(world.store.0.write(move |tx| server::store::job::add(tx, &again)).await.unwrap());
    world.purge().await;
    assert_eq!(world.call::<SearchConsents>(&[], &admin, &search("all")).await.unwrap().rows.len(), 2);
    // The former code still has its own.
    let before = log_in(&world, STATION, "kanri1").await.unwrap();
    assert_eq!(world.call::<SearchConsents>(&[], &before, &search("all")).await.unwrap().rows.len(), 2);
}
