//! Activation codes on both databases: issued for a label, used once by one device, ended at once.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use server::account::hash_of_code;
use server::code::BY_ADDRESS;
use server::rule::code::{Issued, NoSuchCode, Redeemed, Redeeming, SEEN_EVERY_MS, invalidate, is_to_note, issue, redeem};
use server::store::code::{CodeQuery, CodeRecord, NewCodeRow, count, list, of_device, touch};
use server::store::tx::Tx;
use server::store::{Account, CodeId};
use server::tenant::Tenant;
use shared::api::activation::{CODE_LIFE_MS, CodeSearch, InvalidateCode, IssueCode, NewCode, SearchCodes};
use shared::api::{Code, Endpoint as _, KEY_HEADER, SAME_PAGE_HEADER};
use shared::bytes::Base64;
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::code::{ActivationCode, CodeState, DeviceLabel};

use crate::kept::Kept;
use crate::sample::code;
use crate::store::{entry, on_both};
use crate::world::{CLINIC, ORIGIN, STATION, World, add_institution};

const NOW: UnixMs = UnixMs(1_705_454_100_000);

fn tenant(institution: &str) -> Tenant {
    Tenant::of_operator(&code(institution))
}

fn user(id: &str) -> UserId {
    UserId::try_from(id).unwrap()
}

fn new(number: u8, label: &str, at: UnixMs) -> NewCodeRow {
    NewCodeRow {
        id: CodeId::new(at, server::random::Random::machine().bytes().unwrap()),
        label: DeviceLabel::try_from(label).unwrap(),
        hash: [number; 32],
        issued_at: at,
        issued_by: Some(user("kanri1")),
        expires_at: at.plus_ms(CODE_LIFE_MS),
    }
}

async fn issued(store: &Kept, institution: &str, new: NewCodeRow) -> Issued {
    let (tenant, entry) = (tenant(institution), entry(new.issued_at, institution));
    store.0.write(move |tx| issue(tx, &tenant, &new, &entry)).await.unwrap()
}

async fn record(store: &Kept, institution: &str, new: NewCodeRow) -> CodeRecord {
    match issued(store, institution, new).await {
        Issued::Code(record) => *record,
        other => panic!("{other:?}"),
    }
}

async fn ended(store: &Kept, institution: &str, id: &CodeId, at: UnixMs) -> Option<CodeRecord> {
    let (tenant, entry, id) = (tenant(institution), entry(at, institution), id.clone());
    store.0.write(move |tx| invalidate(tx, &tenant, &id, &entry)).await.unwrap()
}

async fn listed(store: &Kept, institution: &str, query: CodeQuery) -> (u32, Vec<CodeRecord>) {
    let tenant = tenant(institution);
    store.0.search(move |tx| Ok((count(tx, &tenant, &query)?, list(tx, &tenant, &query)?.rows))).await.unwrap()
}

fn all(now: UnixMs) -> CodeQuery {
    CodeQuery { label_key: String::new(), state: None, after: None, rows: 50, now }
}

fn wants(digits: u8, device: u8, now: UnixMs) -> Redeeming {
    let address = "192.0.2.1".parse().unwrap();
    Redeeming { user: user("ippan1"), hash: [digits; 32], device_key: [device; 32], address, now }
}

async fn redeemed(store: &Kept, institution: &str, of: Redeeming) -> Redeemed {
    let (tenant, entry) = (tenant(institution), entry(of.now, institution));
    store.0.write(move |tx| redeem(tx, &tenant, &of, &entry)).await.unwrap()
}

/// The living code of a device in an institution, noted as the gate does it.
async fn seen(store: &Kept, institution: &str, device_key: u8, now: UnixMs) -> Option<CodeRecord> {
    let tenant = tenant(institution);
    let ask = move |tx: &mut Tx<'_>| {
        let found = of_device(tx, &[device_key; 32])?.into_iter().find(|record| &record.institution == tenant.code());
        if let Some(record) = found.as_ref().filter(|record| is_to_note(record, now)) {
            touch(tx, &tenant, &record.id, now)?;
        }
        Ok(found)
    };
    store.0.write(ask).await.unwrap()
}

async fn outcomes(store: &Kept) -> Vec<String> {
    store.audit_of(&code(STATION)).await.unwrap().into_iter().map(|row| row.outcome).collect()
}

async fn two_institutions(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), NOW).await;
        logged_in(store, institution, "ippan1").await;
    }
}

/// The account has logged in once at the office's terminal.
async fn logged_in(store: &Kept, institution: &str, id: &str) {
    let (code, user) = (code(institution), user(id));
    store.0.write(move |tx| server::store::account::note_login(tx, &code, &user, NOW)).await.unwrap();
}

async fn one_row_that_cannot_be_read_hides_no_other(store: &Kept) {
    two_institutions(store).await;
    for number in 1..4 {
        record(store, STATION, new(number, &format!("端末{number}"), NOW)).await;
    }
    store.0.write(|tx| tx.execute("UPDATE codes SET issued_by = '?' WHERE label = $1", &["端末2".into()])).await.unwrap();
    let of = tenant(STATION);
    let page = store.0.search(move |tx| list(tx, &of, &all(NOW))).await.unwrap();
    assert_eq!((page.rows.len(), page.damaged, page.has_more), (2, 1, false));
}

async fn a_label_tells_one_living_device(store: &Kept) {
    two_institutions(store).await;
    let first = record(store, STATION, new(1, "Aのスマホ1", NOW)).await;
    assert_eq!((first.state(NOW), first.issued_by.as_ref().map(UserId::as_str)), (CodeState::Unused, Some("kanri1")));
    assert_eq!(issued(store, STATION, new(2, "aのｽﾏﾎ１", NOW)).await, Issued::LabelTaken, "in any writing");
    assert_eq!(issued(store, STATION, new(1, "別の端末", NOW)).await, Issued::DigitsTaken);
    record(store, CLINIC, new(1, "Aのスマホ1", NOW)).await;
    assert_eq!(outcomes(store).await.len(), 1, "what was refused leaves no row of its own");
    // Ended or too old, the label is free again.
    ended(store, STATION, &first.id, NOW).await.unwrap();
    let second = record(store, STATION, new(3, "Aのスマホ1", NOW)).await;
    let later = NOW.plus_ms(CODE_LIFE_MS);
    assert_eq!(issued(store, STATION, new(4, "Aのスマホ1", later.plus_ms(-1))).await, Issued::LabelTaken);
    record(store, STATION, new(4, "Aのスマホ1", later)).await;
    assert_eq!(second.state(later), CodeState::Expired);
}

async fn codes_are_listed_page_by_page_and_by_state(store: &Kept) {
    two_institutions(store).await;
    let mut records = Vec::new();
    for number in 1..=5_u8 {
        records.push(record(store, STATION, new(number, &format!("端末{number}_%"), NOW.plus_ms(number.into()))).await);
    }
    record(store, CLINIC, new(9, "よその端末", NOW)).await;
    ended(store, STATION, &records[0].id, NOW.plus_ms(10)).await.unwrap();
    assert!(matches!(redeemed(store, STATION, wants(2, 1, NOW.plus_ms(10))).await, Redeemed::Device(_)));
    let labels = |found: &[CodeRecord]| found.iter().map(|record| record.label.as_str().to_owned()).collect::<Vec<_>>();
    let (total, first) = listed(store, STATION, CodeQuery { rows: 3, ..all(NOW) }).await;
    assert_eq!((total, labels(&first)), (5, ["端末5_%", "端末4_%", "端末3_%"].map(str::to_owned).to_vec()), "the newest first");
    let after = Some(first[2].id.clone());
    // A row that came meanwhile moves nothing.
    record(store, STATION, new(6, "端末6", NOW.plus_ms(60))).await;
    let (_, second) = listed(store, STATION, CodeQuery { rows: 3, after, ..all(NOW) }).await;
    assert_eq!(labels(&second), ["端末2_%", "端末1_%"]);
    let by_state = async |state, now| labels(&listed(store, STATION, CodeQuery { state: Some(state), ..all(now) }).await.1);
    assert_eq!(by_state(CodeState::InUse, NOW).await, ["端末2_%"]);
    assert_eq!(by_state(CodeState::Invalid, NOW).await, ["端末1_%"]);
    assert_eq!(by_state(CodeState::Unused, NOW).await.len(), 4);
    assert_eq!(by_state(CodeState::Expired, NOW.plus_ms(CODE_LIFE_MS + 60)).await.len(), 4);
    let named = |text: &str| CodeQuery { label_key: server::consent::search_key(text), ..all(NOW) };
    for (text, total) in [("端末", 6), ("末3", 1), ("ﾀﾝﾏﾂ", 0), ("_%", 5), ("%端", 0), ("!", 0)] {
        assert_eq!(listed(store, STATION, named(text)).await.0, total, "{text}");
    }
}

async fn a_device_is_registered_once_and_out_at_its_next_request(store: &Kept) {
    two_institutions(store).await;
    let one = record(store, STATION, new(1, "a", NOW)).await;
    let Redeemed::Device(bound) = redeemed(store, STATION, wants(1, 1, NOW)).await else { panic!() };
    assert_eq!((bound.id.clone(), bound.used_at, bound.used_by), (one.id.clone(), Some(NOW), Some(user("ippan1"))));
    // Use is noted, not with every request.
    let soon = NOW.plus_ms(SEEN_EVERY_MS - 1);
    assert!(seen(store, STATION, 1, soon).await.is_some());
    assert_eq!(seen(store, STATION, 1, NOW.plus_ms(SEEN_EVERY_MS)).await.unwrap().last_seen_at, Some(NOW), "not noted before");
    assert_eq!(listed(store, STATION, all(NOW)).await.1[0].last_seen_at, Some(NOW.plus_ms(SEEN_EVERY_MS)));
    assert_eq!(seen(store, CLINIC, 1, NOW).await, None, "elsewhere it is nobody");
    // X40: used, for another device. The same device is answered the same: an answer may be lost.
    assert_eq!(redeemed(store, STATION, wants(1, 2, NOW)).await, Redeemed::NoCode(NoSuchCode::Used));
    assert!(matches!(redeemed(store, STATION, wants(1, 1, NOW)).await, Redeemed::Device(same) if same.id == one.id));
    // A new code for the same device ends the former one (X41).
    record(store, STATION, new(2, "b", NOW)).await;
    assert!(matches!(redeemed(store, STATION, wants(2, 1, NOW)).await, Redeemed::Device(_)));
    assert_eq!(listed(store, STATION, all(NOW)).await.1.iter().map(|one| one.state(NOW)).collect::<Vec<_>>().len(), 2);
    let living = seen(store, STATION, 1, NOW).await.unwrap();
    assert_eq!(living.label.as_str(), "b");
    // X42: another institution ends nothing here; the own admin does, at once.
    assert_eq!(ended(store, CLINIC, &living.id, NOW).await, None);
    assert!(seen(store, STATION, 1, NOW).await.is_some());
    let end = ended(store, STATION, &living.id, NOW.plus_ms(1)).await.unwrap();
    assert_eq!(end.invalidated_at, Some(NOW.plus_ms(1)));
    assert_eq!(seen(store, STATION, 1, NOW.plus_ms(1)).await, None);
    let again = ended(store, STATION, &living.id, NOW.plus_ms(2)).await.unwrap();
    assert_eq!(again.invalidated_at, Some(NOW.plus_ms(1)), "it stays as it ended");
}

async fn each_refusal_has_its_reason_and_the_log_the_true_one(store: &Kept) {
    two_institutions(store).await;
    record(store, STATION, new(1, "a", NOW)).await;
    let invalid = record(store, STATION, new(2, "b", NOW)).await;
    ended(store, STATION, &invalid.id, NOW).await.unwrap();
    record(store, CLINIC, new(3, "c", NOW)).await;
    assert!(matches!(redeemed(store, CLINIC, wants(3, 3, NOW)).await, Redeemed::Device(_)));
    let (general, _) = store.account(&code(STATION), &user("ippan1")).await.unwrap().unwrap();
    let yesterday = Some(NOW.jst_date().plus_days(-1));
    for account in [
        Account { user: user("new1"), must_change_password: true, ..general.clone() },
        Account { user: user("new2"), ..general.clone() },
        Account { user: user("old1"), valid_until: yesterday, ..general.clone() },
        Account { user: user("mast1"), kind: AccountKind::Master, ..general },
    ] {
        let id = account.user.to_string();
        assert!(store.add_account(code(STATION), account).await.unwrap());
        if id != "new2" {
            logged_in(store, STATION, &id).await;
        }
    }
    let before = store.audit_of(&code(STATION)).await.unwrap().len();
    let of = |id: &str| Redeeming { user: user(id), ..wants(1, 1, NOW) };
    // From another address, since its clock goes back afterwards.
    let elsewhere = Redeeming { address: "192.0.2.3".parse().unwrap(), ..wants(1, 1, NOW.plus_ms(CODE_LIFE_MS)) };
    for (of, outcome, said, subject) in [
        (of("kanri1"), Redeemed::Admin, "U-X37", None),
        (of("mast1"), Redeemed::Admin, "U-X37", None),
        (of("new1"), Redeemed::NeverLoggedIn, "U-X38", None),
        (of("new2"), Redeemed::NeverLoggedIn, "U-X38", None),
        (of("none1"), Redeemed::NeverLoggedIn, "U-X38", None),
        (of("old1"), Redeemed::OutOfPeriod, "U-X44", None),
        (wants(1, 3, NOW), Redeemed::OtherInstitution, "U-X20", None),
        (wants(7, 1, NOW), Redeemed::NoCode(NoSuchCode::Wrong), "U-X40", Some("code wrong")),
        (wants(3, 1, NOW), Redeemed::NoCode(NoSuchCode::Wrong), "U-X40", Some("code wrong")),
        (wants(2, 1, NOW), Redeemed::NoCode(NoSuchCode::Invalidated), "U-X40", Some("code invalidated")),
        (elsewhere, Redeemed::NoCode(NoSuchCode::Expired), "U-X40", Some("code expired")),
    ] {
        assert_eq!(redeemed(store, STATION, of).await, outcome);
        let rows = store.audit_of(&code(STATION)).await.unwrap();
        let last = rows.last().unwrap();
        assert_eq!((last.outcome.as_str(), last.subject.as_deref()), (said, subject));
    }
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap().len() - before, 11);
    // X20 ends where the other institution ends its code.
    let theirs = seen(store, CLINIC, 3, NOW).await.unwrap();
    ended(store, CLINIC, &theirs.id, NOW).await.unwrap();
    let moved = redeemed(store, STATION, wants(1, 3, NOW)).await;
    assert!(matches!(moved, Redeemed::Device(_)), "{moved:?}");
}

async fn guesses_end_after_five_in_an_hour(store: &Kept) {
    two_institutions(store).await;
    record(store, STATION, new(1, "a", NOW)).await;
    for guess in 0..5_u8 {
        assert_eq!(redeemed(store, STATION, wants(100 + guess, 1, NOW)).await, Redeemed::NoCode(NoSuchCode::Wrong), "{guess}");
    }
    let until = NOW.plus_ms(BY_ADDRESS.first_wait_ms);
    for _ in 0..20 {
        assert_eq!(redeemed(store, STATION, wants(1, 1, NOW)).await, Redeemed::Wait { until }, "the right one too");
    }
    let waits = outcomes(store).await.iter().filter(|outcome| *outcome == "U-WAIT").count();
    assert_eq!(waits, 1, "whoever goes on does not fill the log");
    let elsewhere = Redeeming { address: "192.0.2.2".parse().unwrap(), ..wants(100, 1, NOW) };
    assert_eq!(redeemed(store, STATION, elsewhere).await, Redeemed::NoCode(NoSuchCode::Wrong), "another address is not kept out");
    assert!(matches!(redeemed(store, STATION, wants(1, 1, until)).await, Redeemed::Device(_)));
}

on_both!(
    a_label_tells_one_living_device,
    one_row_that_cannot_be_read_hides_no_other,
    codes_are_listed_page_by_page_and_by_state,
    a_device_is_registered_once_and_out_at_its_next_request,
    each_refusal_has_its_reason_and_the_log_the_true_one,
    guesses_end_after_five_in_an_hour,
);

/// Presses 発行 with a key; the status and the digits.
async fn press(world: &World, cookie: &str, label: &str, key: u8) -> (StatusCode, String) {
    let body = serde_json::to_vec(&NewCode { label: DeviceLabel::try_from(label).unwrap() }).unwrap();
    let request = Request::builder()
        .method("POST")
        .uri(IssueCode.path())
        .header("host", "uketsuke.example")
        .header("content-type", "application/json")
        .header("origin", ORIGIN)
        .header(SAME_PAGE_HEADER, "1")
        .header(KEY_HEADER, Base64(vec![key; 16]).to_text())
        .header("cookie", cookie);
    let (status, _, body) = world.raw(request.body(Body::from(body)).unwrap()).await;
    let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
    (status, answer["digits"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn the_digits_are_given_once_per_press_and_kept_nowhere() {
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let cookie = admin.cookie.clone().unwrap();
    let (status, digits) = press(&world, &cookie, "Aのスマホ1", 1).await;
    assert_eq!((status, digits.len()), (StatusCode::OK, 14));
    assert_eq!(press(&world, &cookie, "Aのスマホ1", 1).await.1, digits, "the answer was lost, the press is sent again");
    assert_ne!(press(&world, &cookie, "Aのスマホ2", 2).await.1, digits, "another press");
    let stranger = world.login(CLINIC, "kanri1").await.cookie.unwrap();
    assert_ne!(press(&world, &stranger, "Aのスマホ1", 1).await.1, digits, "another institution's press");
    let taken = world.call::<IssueCode>(&[], &admin, &NewCode { label: DeviceLabel::try_from("Aのスマホ2").unwrap() }).await;
    assert_eq!(taken.err().unwrap().1.code, Code::Taken);
    let page = world.call::<SearchCodes>(&[], &admin, &CodeSearch { label: String::new(), state: None, after: None }).await.unwrap();
    assert_eq!((page.total, page.rows.len(), page.next), (2, 2, None));
    // What is typed from the sheet is what is kept.
    world.login(STATION, "ippan1").await;
    let typed = ActivationCode::from_typed(&digits).unwrap();
    let of = Redeeming { hash: hash_of_code(&typed, &code(STATION)).unwrap(), now: world.clock.now(), ..wants(0, 1, NOW) };
    assert!(matches!(redeemed(&world.store, STATION, of).await, Redeemed::Device(_)));
    let first = page.rows.iter().find(|row| row.label.as_str() == "Aのスマホ1").unwrap();
    let row = world.call::<InvalidateCode>(&[&first.id], &admin, &()).await.unwrap();
    assert_eq!((row.label.as_str(), row.state), ("Aのスマホ1", CodeState::Invalid));
    // On the disk: neither with nor without the hyphens. The label is the control.
    world.store.close().await;
    let mut disk = Vec::new();
    for file in std::fs::read_dir(world.folder()).unwrap() {
        disk.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let holds = |text: &str| disk.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("Aのスマホ1") && !holds(&digits) && !holds(typed.as_str()));
}
