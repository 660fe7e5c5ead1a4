//! Home, notices, checklist and the house's papers, on both databases; their samples for the walk.

use server::rule::home::{CODES_SOON_MS, Person, note_restart, restart, tasks};
use server::rule::notice::{Asking, end, open, read, write};
use server::rule::{posted, setup};
use server::store::code::NewCodeRow;
use server::store::db::Tx;
use server::store::notice::{NewNoticeRow, NoticeQuery, NoticeRecord, add, count, end_of_operator, list, of_operator, readers, unread};
use server::store::{Account, CodeId, Institution, NewInstitution, NoticeId, StoreError};
use server::tenant::Tenant;
use shared::api::activation::CODE_LIFE_MS;
use shared::api::home::{Home, Restart, Restarted, Task, TaskKind};
use shared::api::notice::{AddNotice, EndNotice, Importance, ListNotices, NoticeReaders, NoticeState, OpenNotice, ReadNotice};
use shared::api::posted::{NewAnswer, NewText, PostedTexts, SavePosted, SaveSecurityCheck, SecurityCheck};
use shared::api::setup::{SetupList, SetupLists, SetupUse, Step, StepState, Tick, TickStep};
use shared::api::{Endpoint as _, EndpointRow};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::certificate::CertificateMode;
use shared::domain::facility::Edition;
use shared::domain::fee::Place;
use shared::domain::institution::ReceptionToken;
use shared::domain::prose::{Prose, Title};
use shared::domain::security_check::Reply;

use crate::kept::Kept;
use crate::sample::{Ask, NO_ID, Sample, Scene, ask, code, get};
use crate::store::{entry, on_both};
use crate::world::{CLINIC, STATION, add_institution};

/// 2024-01-17, 10:15 in Japan.
const NOW: UnixMs = UnixMs(1_705_454_100_000);
const DAY_MS: i64 = 24 * 60 * 60_000;

/// The samples of these endpoints; `None` for another's.
pub(crate) async fn sample(scene: &Scene, row: &EndpointRow) -> Option<Sample> {
    let notices = |path: fn(&str) -> Ask| async move {
        let today = scene.world.clock.now().jst_date();
        let mine = hung(&scene.world.store, STATION, today).await;
        let theirs = hung(&scene.world.store, CLINIC, today).await;
        Sample::with(path(mine.as_str()), path(theirs.as_str()), path(NO_ID))
    };
    let year = |of: fn(&str) -> Ask| Sample { missing: Some(of("1999")), ..Sample::of(of("2026")) };
    Some(match row.name {
        Home::NAME => Sample::of(get(Home.path())),
        Restarted::NAME => Sample::of(ask(Restarted.path(), &())),
        ListNotices::NAME => {
            hung(&scene.world.store, CLINIC, scene.world.clock.now().jst_date()).await;
            Sample::of(ask(ListNotices.path(), &serde_json::json!({ "has_hidden": true, "after": null })))
        }
        OpenNotice::NAME => notices(|id| get(OpenNotice { notice: id.into() }.path())).await,
        ReadNotice::NAME => notices(|id| ask(ReadNotice { notice: id.into() }.path(), &())).await,
        NoticeReaders::NAME => notices(|id| get(NoticeReaders { notice: id.into() }.path())).await,
        EndNotice::NAME => notices(|id| ask(EndNotice { notice: id.into() }.path(), &())).await,
        AddNotice::NAME => {
            let body = serde_json::json!({
                "title": "年末のお知らせ", "text": "12月29日から休みます。", "importance": "high", "from": "2026-01-01", "until": null
            });
            Sample::of(ask(AddNotice.path(), &body))
        }
        SetupLists::NAME => Sample::of(get(SetupLists.path())),
        TickStep::NAME => {
            let tick = Tick { of: SetupUse::Office, step: Step::CertificateCopy, is_done: true };
            Sample::of(ask(TickStep.path(), &tick))
        }
        PostedTexts::NAME => Sample::of(get(PostedTexts.path())),
        SavePosted::NAME => Sample::of(ask(SavePosted.path(), &new_text("nurse-dx", Some("お知らせです。")))),
        SecurityCheck::NAME => year(|year| get(SecurityCheck { year: year.into() }.path())),
        SaveSecurityCheck::NAME => year(|year| {
            ask(SaveSecurityCheck { year: year.into() }.path(), &serde_json::json!({ "answers": [answer("2-7", Some(Reply::Yes))] }))
        }),
        _ => return None,
    })
}

/// A notice of an account of an institution, shown.
async fn hung(store: &Kept, institution: &str, today: CivilDate) -> NoticeId {
    let at = today.at_jst(0, 0);
    let title = if institution == STATION { "お知らせ" } else { "よその端末のお知らせ" };
    let new = NewNoticeRow { title: title.try_into().unwrap(), ..notice(title, at) };
    let (id, tenant) = (new.id.clone(), tenant(institution));
    store.0.write(move |tx| add(tx, Some(&tenant), &new)).await.unwrap();
    id
}

fn tenant(institution: &str) -> Tenant {
    Tenant::of_operator(&code(institution))
}

fn user(id: &str) -> UserId {
    UserId::try_from(id).unwrap()
}

fn day(text: &str) -> CivilDate {
    text.try_into().unwrap()
}

fn notice(title: &str, at: UnixMs) -> NewNoticeRow {
    NewNoticeRow {
        id: NoticeId::new(at, server::random::Random::machine().bytes().unwrap()),
        by: Some(user("kanri1")),
        title: Title::try_from(title).unwrap(),
        text: Prose::try_from("一行目\n二行目").unwrap(),
        importance: Importance::Normal,
        from: at.jst_date(),
        until: None,
        at,
    }
}

fn new_text(fee: &str, text: Option<&str>) -> NewText {
    NewText { fee: fee.to_owned(), place: Place::Wall, text: text.map(|text| Prose::try_from(text).unwrap()) }
}

fn answer(question: &str, reply: Option<Reply>) -> NewAnswer {
    NewAnswer { question: question.to_owned(), reply, due: None, note: None }
}

async fn in_tx<T: Send + 'static>(
    store: &Kept,
    institution: &str,
    rule: impl Fn(&mut Tx<'_>, &Tenant) -> Result<T, StoreError> + Send + 'static,
) -> T {
    let tenant = tenant(institution);
    store.0.write(move |tx| rule(tx, &tenant)).await.unwrap()
}

async fn two_institutions(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), NOW).await;
    }
}

fn by(id: &str, now: UnixMs) -> Asking {
    Asking { user: user(id), may_write: id == "kanri1", now }
}

fn all(id: &str, now: UnixMs) -> NoticeQuery {
    NoticeQuery { user: user(id), today: now.jst_date(), has_hidden: false, after: None, rows: 50 }
}

async fn titles(store: &Kept, institution: &str, query: NoticeQuery) -> (u32, Vec<String>) {
    let (total, rows) = in_tx(store, institution, move |tx, tenant| Ok((count(tx, tenant, &query)?, list(tx, tenant, &query)?))).await;
    (total, rows.into_iter().map(|row: NoticeRecord| row.title.to_string()).collect())
}

async fn unread_by(store: &Kept, institution: &str, id: &'static str, now: UnixMs) -> u32 {
    in_tx(store, institution, move |tx, tenant| unread(tx, tenant, &user(id), now.jst_date())).await
}

async fn wrote(store: &Kept, new: NewNoticeRow) -> Option<NoticeRecord> {
    let entry = entry(new.at, STATION);
    in_tx(store, STATION, move |tx, tenant| write(tx, tenant, &new, &entry)).await
}

async fn a_notice_is_shown_from_its_first_to_its_last_day(store: &Kept) {
    two_institutions(store).await;
    let one = NewNoticeRow { until: Some(day("2024-01-18")), ..notice("二日間", NOW) };
    let later = NewNoticeRow { from: day("2024-01-18"), ..notice("あすから", NOW.plus_ms(1)) };
    let backwards = NewNoticeRow { until: Some(day("2024-01-16")), ..notice("逆", NOW.plus_ms(2)) };
    assert!(wrote(store, one).await.is_some() && wrote(store, later).await.is_some());
    assert_eq!(wrote(store, backwards).await, None);
    let shown = |at: UnixMs| titles(store, STATION, all("ippan1", at));
    assert_eq!(shown(NOW).await, (1, vec!["二日間".to_owned()]));
    assert_eq!(shown(NOW.plus_ms(DAY_MS)).await.1, ["あすから", "二日間"], "the newest first");
    assert_eq!(shown(NOW.plus_ms(2 * DAY_MS)).await.1, ["あすから"]);
    let hidden = NoticeQuery { has_hidden: true, ..all("kanri1", NOW) };
    assert_eq!(titles(store, STATION, hidden).await.1, ["あすから", "二日間"]);
    assert_eq!(titles(store, CLINIC, NoticeQuery { has_hidden: true, ..all("kanri1", NOW) }).await, (0, Vec::new()));
}

async fn pages_follow_each_other_whatever_comes_between(store: &Kept) {
    two_institutions(store).await;
    for number in 1..=5_i64 {
        wrote(store, notice(&format!("{number}"), NOW.plus_ms(number))).await.unwrap();
    }
    let query = NoticeQuery { rows: 2, ..all("ippan1", NOW) };
    let of = query.clone();
    let first = in_tx(store, STATION, move |tx, tenant| list(tx, tenant, &of)).await;
    wrote(store, notice("6", NOW.plus_ms(6))).await.unwrap();
    let after = Some(first.last().unwrap().id.clone());
    assert_eq!(titles(store, STATION, NoticeQuery { after, ..query }).await, (6, vec!["3".to_owned(), "2".to_owned()]));
}

async fn each_account_has_its_own_mark_and_an_admin_sees_all_of_them(store: &Kept) {
    two_institutions(store).await;
    let record = wrote(store, notice("一つ", NOW)).await.unwrap();
    assert!(record.is_read, "its writer knows it");
    assert_eq!((unread_by(store, STATION, "kanri1", NOW).await, unread_by(store, STATION, "ippan1", NOW).await), (0, 1));
    let id = record.id.clone();
    let opened = in_tx(store, STATION, move |tx, tenant| open(tx, tenant, &id, &by("ippan1", NOW))).await.unwrap();
    assert!(!opened.is_read && opened.text.as_str() == "一行目\n二行目");
    for later in [0, 60_000] {
        let id = record.id.clone();
        in_tx(store, STATION, move |tx, tenant| read(tx, tenant, &id, &by("ippan1", NOW.plus_ms(later)))).await.unwrap();
    }
    assert_eq!(unread_by(store, STATION, "ippan1", NOW).await, 0);
    let id = record.id.clone();
    let rows = in_tx(store, STATION, move |tx, tenant| readers(tx, tenant, &id, NOW.jst_date(), 50)).await;
    let of = |id: &str| rows.iter().find(|row| row.user.as_str() == id).unwrap().read_at;
    assert_eq!((of("kanri1"), of("ippan1"), of("etsu1")), (Some(NOW), Some(NOW), None), "the first time stays");
    let id = record.id.clone();
    assert_eq!(in_tx(store, CLINIC, move |tx, tenant| open(tx, tenant, &id, &by("kanri1", NOW))).await, None, "another institution");
}

async fn an_admin_ends_the_own_notices_and_not_the_operators(store: &Kept) {
    two_institutions(store).await;
    let own = wrote(store, notice("自分の", NOW)).await.unwrap();
    let (to_all, to_one) = (notice("皆さまへ", NOW.plus_ms(1)), notice("この機関へ", NOW.plus_ms(2)));
    let (all_id, one_id) = (to_all.id.clone(), to_one.id.clone());
    in_tx(store, STATION, move |tx, tenant| {
        add(tx, None, &NewNoticeRow { by: None, ..to_all.clone() })?;
        add(tx, Some(tenant), &NewNoticeRow { by: None, ..to_one.clone() })
    })
    .await;
    assert_eq!(titles(store, STATION, all("ippan1", NOW)).await.1, ["この機関へ", "皆さまへ", "自分の"]);
    assert_eq!(titles(store, CLINIC, all("ippan1", NOW)).await.1, ["皆さまへ"]);
    let ended = |id: NoticeId, institution: &'static str| {
        in_tx(store, institution, move |tx, tenant| end(tx, tenant, &id, &by("kanri1", NOW), &entry(NOW, institution)))
    };
    assert_eq!(ended(all_id.clone(), STATION).await, None);
    assert_eq!(ended(one_id.clone(), STATION).await, None);
    assert_eq!(ended(own.id.clone(), CLINIC).await, None);
    assert_eq!(ended(own.id.clone(), STATION).await.unwrap().state(NOW.jst_date()), NoticeState::Over);
    assert!(ended(own.id.clone(), STATION).await.is_some(), "done again, it changes nothing");
    assert_eq!(titles(store, STATION, all("ippan1", NOW)).await.1, ["この機関へ", "皆さまへ"]);
    let id = own.id.clone();
    assert_eq!(in_tx(store, STATION, move |tx, tenant| read(tx, tenant, &id, &by("ippan1", NOW))).await, None, "no longer shown");
    // The operator's own way.
    let mine = in_tx(store, STATION, |tx, _| of_operator(tx, None, 50)).await;
    assert_eq!(
        mine.iter().map(|(to, row)| (to.as_deref(), row.title.as_str())).collect::<Vec<_>>(),
        [(Some(STATION), "この機関へ"), (None, "皆さまへ")]
    );
    assert!(in_tx(store, STATION, move |tx, _| end_of_operator(tx, &all_id, NOW)).await);
    assert!(!in_tx(store, STATION, move |tx, _| end_of_operator(tx, &own.id, NOW)).await, "an admin's is the admin's");
    assert_eq!(titles(store, CLINIC, all("ippan1", NOW)).await.1, [""; 0]);
}

async fn open_tasks(store: &Kept, id: &'static str, kind: AccountKind, now: UnixMs) -> Vec<(TaskKind, u32)> {
    let person = Person { user: user(id), kind, now };
    let found = in_tx(store, STATION, move |tx, tenant| tasks(tx, tenant, &person)).await;
    found.into_iter().map(|Task { kind, count }| (kind, count)).collect()
}

fn a_code(label: &str) -> NewCodeRow {
    NewCodeRow {
        id: CodeId::new(NOW, server::random::Random::machine().bytes().unwrap()),
        label: label.try_into().unwrap(),
        hash: server::random::Random::machine().bytes().unwrap(),
        issued_at: NOW,
        issued_by: None,
        expires_at: NOW.plus_ms(CODE_LIFE_MS),
    }
}

async fn issued(store: &Kept) {
    let new = a_code("端末");
    in_tx(store, STATION, move |tx, tenant| server::store::code::add(tx, tenant, &new, "a")).await;
}

async fn what_is_open_is_counted_for_who_can_do_it_and_goes_when_it_is_done(store: &Kept) {
    two_institutions(store).await;
    // Nobody has logged in and nobody was visited: two steps of the home visit are missing.
    assert_eq!(open_tasks(store, "kanri1", AccountKind::Admin, NOW).await, [(TaskKind::Setup, 2)]);
    assert_eq!(open_tasks(store, "ippan1", AccountKind::General, NOW).await, []);
    assert_eq!(open_tasks(store, "link1", AccountKind::Link, NOW).await, []);
    issued(store).await;
    wrote(store, notice("一つ", NOW)).await.unwrap();
    let (like, _) = store.account(&code(STATION), &user("ippan1")).await.unwrap().unwrap();
    let first = Account { user: user("first1"), must_change_password: true, ..like };
    assert!(store.add_account(code(STATION), first).await.unwrap());
    let soon = NOW.plus_ms(CODE_LIFE_MS - CODES_SOON_MS);
    // The device's list counts from the first code on: the first login is missing there, too.
    let admins = [(TaskKind::Setup, 3), (TaskKind::FirstLogins, 1)];
    assert_eq!(open_tasks(store, "kanri1", AccountKind::Admin, soon.plus_ms(-1)).await, admins);
    let admins = [(TaskKind::Setup, 3), (TaskKind::FirstLogins, 1), (TaskKind::Codes, 1)];
    assert_eq!(open_tasks(store, "kanri1", AccountKind::Admin, soon).await, admins);
    assert_eq!(open_tasks(store, "ippan1", AccountKind::General, soon).await, [(TaskKind::Notices, 1)]);
    let id = code(STATION);
    store.0.write(move |tx| server::store::account::note_login(tx, &id, &user("first1"), NOW)).await.unwrap();
    let after = NOW.plus_ms(CODE_LIFE_MS);
    assert_eq!(open_tasks(store, "kanri1", AccountKind::Admin, after).await, [(TaskKind::Setup, 4)], "the code has ended: it is missing");
}

async fn state(store: &Kept, of: SetupUse, step: Step) -> (StepState, Option<UnixMs>) {
    let lists = in_tx(store, STATION, |tx, tenant| setup::lists(tx, tenant, NOW)).await;
    let list: SetupList = lists.into_iter().find(|list| list.of == of).unwrap();
    let row = list.rows.into_iter().find(|row| row.step == step).unwrap();
    (row.state, row.at)
}

async fn every_step_is_measured(store: &Kept) {
    use SetupUse::{DeviceApp, HomeVisit, Office};
    two_institutions(store).await;
    let missing = (StepState::NotYet, None);
    assert_eq!(state(store, HomeVisit, Step::Switch).await.0, StepState::Done);
    store.switch_home_visit(&code(STATION), false).await.unwrap();
    assert_eq!(state(store, HomeVisit, Step::Switch).await, missing);
    store.switch_home_visit(&code(STATION), true).await.unwrap();
    assert_eq!(state(store, HomeVisit, Step::Url).await, (StepState::Done, Some(NOW)));
    // An account that is stopped is none.
    assert_eq!(state(store, HomeVisit, Step::Account).await.0, StepState::Done);
    for id in ["ippan1", "etsu1"] {
        in_tx(store, STATION, move |tx, tenant| server::store::account::set_suspended(tx, tenant, &user(id), Some(NOW))).await;
    }
    assert_eq!(state(store, HomeVisit, Step::Account).await, missing);
    in_tx(store, STATION, |tx, tenant| server::store::account::set_suspended(tx, tenant, &user("ippan1"), None)).await;
    assert_eq!(state(store, HomeVisit, Step::FirstLogin).await, missing);
    let id = code(STATION);
    store.0.write(move |tx| server::store::account::note_login(tx, &id, &user("ippan1"), NOW)).await.unwrap();
    assert_eq!(state(store, HomeVisit, Step::FirstLogin).await, (StepState::Done, Some(NOW)));
    assert_eq!(state(store, HomeVisit, Step::TestRead).await, missing);
    assert_eq!((state(store, DeviceApp, Step::Code).await, state(store, DeviceApp, Step::Device).await.0), (missing, StepState::NotHere));
    let new = a_code("端末");
    let id = new.id.clone();
    in_tx(store, STATION, move |tx, tenant| {
        server::store::code::add(tx, tenant, &new, "a")?;
        server::store::code::bind(tx, tenant, &id, &user("ippan1"), &[1; 32], NOW)
    })
    .await;
    assert_eq!(state(store, DeviceApp, Step::Code).await, (StepState::Done, Some(NOW)));
    assert_eq!(state(store, DeviceApp, Step::Device).await, (StepState::Done, Some(NOW)), "it was seen");
    // A use that is off has its list all the same, of which nothing of another use counts.
    for of in [SetupUse::Online, SetupUse::OffRoute] {
        assert_eq!((state(store, of, Step::Switch).await, state(store, of, Step::Url).await), (missing, missing), "{of:?}");
    }
    for of in [SetupUse::Limited] {
        let lists = in_tx(store, STATION, |tx, tenant| setup::lists(tx, tenant, NOW)).await;
        let list = lists.into_iter().find(|list| list.of == of).unwrap();
        assert!(!list.is_on && !list.is_ready() && list.rows.iter().all(|row| row.state == StepState::NotHere), "{of:?}");
    }
    // What can be measured is never ticked.
    for (of, step) in [(HomeVisit, Step::TestRead), (HomeVisit, Step::CertificateCopy), (Office, Step::Certificate)] {
        let tick = Tick { of, step, is_done: true };
        let done = in_tx(store, STATION, move |tx, tenant| setup::set_tick(tx, tenant, tick, &user("kanri1"), &entry(NOW, STATION))).await;
        assert!(done.is_none(), "{of:?} {step:?}");
    }
    for is_done in [true, false] {
        let tick = Tick { of: Office, step: Step::CertificateCopy, is_done };
        let done = in_tx(store, STATION, move |tx, tenant| setup::set_tick(tx, tenant, tick, &user("kanri1"), &entry(NOW, STATION))).await;
        assert!(done.is_some());
        let ticked = in_tx(store, STATION, |tx, tenant| server::store::setup::tick_of(tx, tenant, Office, Step::CertificateCopy)).await;
        assert_eq!(ticked, is_done.then(|| (user("kanri1"), NOW)));
    }
}

async fn certificate_and_second_factor_count_where_they_are_asked_for(store: &Kept) {
    use SetupUse::Office;
    two_institutions(store).await;
    for step in [Step::Certificate, Step::CertificateCopy, Step::SecondFactor] {
        assert_eq!(state(store, Office, step).await.0, StepState::NotHere, "{step:?} is not asked for");
    }
    let today = NOW.jst_date();
    in_tx(store, STATION, move |tx, tenant| {
        let mode = server::store::certificate::ModeRecord { mode: CertificateMode::Wanted, from: today, set_by: None };
        server::store::certificate::set_mode(tx, tenant, &mode, NOW)?;
        server::store::factor::set_demanded_from(tx, tenant, today)
    })
    .await;
    for step in [Step::Certificate, Step::CertificateCopy, Step::SecondFactor] {
        assert_eq!(state(store, Office, step).await.0, StepState::NotYet, "{step:?}");
    }
    in_tx(store, STATION, move |tx, tenant| {
        for entry in server::store::account::list(tx, tenant, None, 50)?.rows {
            server::store::factor::set_since(tx, tenant, &entry.account.user, Some(NOW))?;
        }
        Ok(())
    })
    .await;
    let (_, without) = in_tx(store, STATION, move |tx, tenant| server::store::factor::count_people(tx, tenant, today)).await;
    assert_eq!((state(store, Office, Step::SecondFactor).await.0, without), (StepState::Done, 0));
}

async fn a_house_of_the_limited_type_has_its_own_list_and_no_other(store: &Kept) {
    let limited = Institution { edition: Edition::EligibilityOnly, ..Institution::new(code("9939900008"), "整骨院", "") };
    let token = ReceptionToken::from_random([7; 32]);
    assert!(store.add_institution(NewInstitution { institution: limited, token, accounts: Vec::new(), at: NOW }).await.unwrap());
    let lists = in_tx(store, "9939900008", |tx, tenant| setup::lists(tx, tenant, NOW)).await;
    for list in &lists {
        let counts = list.rows.iter().any(|row| row.state != StepState::NotHere);
        let is_limited = list.of == SetupUse::Limited;
        // The office's own list: a new house is asked for second factors.
        let is_shown = is_limited || list.of == SetupUse::Office;
        assert_eq!((counts, list.is_on), (is_shown, is_shown), "{:?}", list.of);
    }
    let list = lists.iter().find(|list| list.of == SetupUse::Limited).unwrap();
    let states: Vec<_> = list.rows.iter().map(|row| (row.step, row.state)).collect();
    assert!(states.contains(&(Step::Application, StepState::Done)) && states.contains(&(Step::Code, StepState::NotYet)), "{states:?}");
}

async fn a_restart_counts_for_its_terminal_and_its_day(store: &Kept) {
    two_institutions(store).await;
    let stands =
        |institution, browser: u8, now| in_tx(store, institution, move |tx, tenant| restart(tx, tenant, Some(&[browser; 32]), now));
    assert_eq!(stands(STATION, 1, NOW).await, Restart { said_at: None, said_by: None, is_today: false });
    let note = |browser: u8, at: UnixMs| {
        in_tx(store, STATION, move |tx, tenant| note_restart(tx, tenant, &[browser; 32], &user("ippan1"), &entry(at, STATION)))
    };
    assert!(note(1, NOW).await.is_today);
    assert_eq!(stands(STATION, 1, NOW).await, Restart { said_at: Some(NOW), said_by: Some(user("ippan1")), is_today: true });
    assert!(!stands(STATION, 2, NOW).await.is_today, "another terminal");
    assert!(!stands(CLINIC, 1, NOW).await.is_today, "another institution");
    let midnight = NOW.jst_date().plus_days(1).at_jst(0, 0);
    assert!(stands(STATION, 1, midnight.plus_ms(-1)).await.is_today && !stands(STATION, 1, midnight).await.is_today);
    note(2, NOW.plus_ms(91 * DAY_MS)).await;
    assert_eq!(stands(STATION, 1, NOW.plus_ms(91 * DAY_MS)).await.said_at, None, "a terminal that was not seen for 90 days is forgotten");
}

async fn papers_are_kept_with_who_wrote_them(store: &Kept) {
    two_institutions(store).await;
    let save =
        |new: NewText| in_tx(store, STATION, move |tx, tenant| posted::save_text(tx, tenant, &new, &user("kanri1"), &entry(NOW, STATION)));
    assert_eq!(save(new_text("nothing", Some("x"))).await, None);
    let kept = save(new_text("nurse-dx", Some("当事業所の文"))).await.unwrap();
    assert_eq!(kept.iter().map(|one| (one.text.as_str(), one.by.as_str(), one.at)).collect::<Vec<_>>(), [("当事業所の文", "kanri1", NOW)]);
    assert_eq!(in_tx(store, CLINIC, server::store::posted::texts).await, []);
    assert_eq!(save(new_text("nurse-dx", Some("直した文"))).await.unwrap()[0].text.as_str(), "直した文");
    assert_eq!(save(new_text("nurse-dx", None)).await.unwrap(), []);

    let reply = |year: u16, new: Vec<NewAnswer>| {
        in_tx(store, STATION, move |tx, tenant| posted::save_answers(tx, tenant, year, &new, &user("kanri1"), &entry(NOW, STATION)))
    };
    let due = NewAnswer { due: Some(day("2026-12-31")), note: Some("見積り中".try_into().unwrap()), ..answer("2-9", Some(Reply::No)) };
    let first = reply(2025, vec![answer("2-7", Some(Reply::Yes)), due.clone()]).await.unwrap();
    assert_eq!(
        first.iter().map(|one| (one.question.as_str(), one.reply, one.due)).collect::<Vec<_>>(),
        [("2-7", Reply::Yes, None), ("2-9", Reply::No, Some(day("2026-12-31")))]
    );
    for wrong in [answer("9-9", Some(Reply::Yes)), NewAnswer { reply: Some(Reply::Yes), ..due }] {
        assert_eq!(reply(2025, vec![answer("2-7", None), wrong]).await, None, "all or nothing");
    }
    assert_eq!(reply(1999, vec![answer("2-7", Some(Reply::Yes))]).await, None);
    assert_eq!(reply(2026, Vec::new()).await.unwrap(), [], "each year has its own");
    assert_eq!(reply(2025, vec![answer("2-7", None)]).await.unwrap().len(), 1);
}

on_both!(
    a_notice_is_shown_from_its_first_to_its_last_day,
    pages_follow_each_other_whatever_comes_between,
    each_account_has_its_own_mark_and_an_admin_sees_all_of_them,
    an_admin_ends_the_own_notices_and_not_the_operators,
    what_is_open_is_counted_for_who_can_do_it_and_goes_when_it_is_done,
    every_step_is_measured,
    certificate_and_second_factor_count_where_they_are_asked_for,
    a_house_of_the_limited_type_has_its_own_list_and_no_other,
    a_restart_counts_for_its_terminal_and_its_day,
    papers_are_kept_with_who_wrote_them,
);
