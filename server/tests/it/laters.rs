//! 仮確認 (X12, X34) and later checks (OT-17h): kept, listed, settled by a later check, dropped with a reason.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use server::Sha256;
use server::eligibility::registry::EmbeddedRegistry;
use server::eligibility::{Registry, RegistryAnswer, RegistryLook};
use server::rule::later::{Act, Ended, NotKept, add, details, end, open, past};
use server::store::db::Tx;
use server::store::later::{CHECKS_BY_KANA, CHECKS_BY_SUBJECT, CONSENTS_BY_KANA, CONSENTS_BY_SUBJECT, COUNT, OPEN};
use server::store::{CheckId, CheckRecord, StoreError, check, later};
use server::tenant::Tenant;
use shared::api::home::{Home, TaskKind};
use shared::api::later::{
    AddProvisional, DropLater, DropReason, LaterCheck, LaterChecks, NewProvisional, PastAsked, PastResults, ProvisionalAtReception,
    ResultRef, SettleLater,
};
use shared::api::reception::{Prove, VisitStanding, VisitState};
use shared::api::{Code, Stored};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::consent::{Choice, Choices};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::opening::{CardlessRoute, TypedPerson};
use shared::domain::person::Sex;

use crate::kept::Kept;
use crate::sample::code;
use crate::sample::opening::{entry, ichiro, note, provisional, typed};
use crate::store::on_both;
use crate::world::{CLINIC, ORIGIN, STATION, World, add_institution, cards_today, holder};

const NOW: UnixMs = UnixMs(1_705_454_100_000);

async fn run<T: Send + 'static>(
    store: &Kept,
    institution: &str,
    rule: impl Fn(&mut Tx<'_>, &Tenant) -> Result<T, StoreError> + Send + 'static,
) -> T {
    let tenant = Tenant::of_operator(&code(institution));
    store.0.write(move |tx| rule(tx, &tenant)).await.unwrap()
}

fn user(id: &str) -> UserId {
    UserId::try_from(id).unwrap()
}

fn id(number: u8) -> CheckId {
    CheckId::new(NOW.plus_ms(i64::from(number)), [number; 10])
}

fn act(number: u8) -> Act {
    Act { id: id(number), by: Some(user("ippan1")), visit_kind: None, medium: Medium::Nothing }
}

async fn two_institutions(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), NOW).await;
    }
}

/// A whole check of the same person, so many milliseconds after [`NOW`].
async fn checked(store: &Kept, number: u8, subject: &'static str, birth: &'static str) {
    run(store, STATION, move |tx, tenant| {
        let person = typed("資格　一郎", "ｼｶｸ ｲﾁﾛｳ", birth, Sex::Male);
        let person = shared::domain::person::Person {
            name: person.name.as_str().to_owned(),
            name_kana: person.kana.as_str().to_owned(),
            name_of_other: None,
            birth_date: person.birth_date,
            sex: person.sex,
        };
        let checked_at = NOW.plus_ms(i64::from(number));
        let record = CheckRecord {
            id: id(number),
            visit_kind: None,
            consent: None,
            subject: subject.to_owned(),
            reference_number: None,
            check_way: CheckWay::Paper,
            medium: Medium::Paper,
            done_by: Some(user("ippan1")),
            state: CheckState::Done,
            asked: None,
            eligibility: Eligibility::of_insurance(Validity::NotFound, checked_at, Some(person), Vec::new()),
            chosen: None,
        };
        check::add(tx, tenant, &record)
    })
    .await;
}

fn of(number: u8) -> ResultRef {
    ResultRef::Check(id(number).as_str().to_owned())
}

async fn every_route_leaves_a_task_where_it_is_whole(store: &Kept) {
    two_institutions(store).await;
    checked(store, 1, "ichiro", "1960-06-02").await;
    let keep = |number: u8, new: NewProvisional| {
        run(store, STATION, move |tx, tenant| add(tx, tenant, &act(number), &new, &entry(NOW.plus_ms(i64::from(number)), STATION)))
    };
    let mut kept = Vec::new();
    for (number, route) in CardlessRoute::ALL.iter().enumerate() {
        let number = u8::try_from(number).unwrap() + 10;
        let whole = NewProvisional { past: (*route == CardlessRoute::Past).then(|| of(1)), ..provisional(*route, ichiro()) };
        let nameless = NewProvisional { person: typed("", "シカク", "1960-06-02", Sex::Male), ..whole.clone() };
        assert_eq!(keep(number, nameless).await, Err(NotKept::NotWhole), "{route:?}");
        if matches!(route, CardlessRoute::Notice | CardlessRoute::PortalScreen) {
            let bare = NewProvisional { insurance: Default::default(), ..whole.clone() };
            assert_eq!(keep(number, bare).await, Err(NotKept::NotWhole), "{route:?}");
        }
        let row = keep(number, whole.clone()).await.unwrap();
        assert_eq!((row.route, row.way), (Some(*route), CheckWay::Provisional));
        assert_eq!(keep(number, whole).await.unwrap(), row, "again it is the same");
        kept.push(row.id);
    }
    let open = run(store, STATION, |tx, tenant| open(tx, tenant, false)).await;
    assert_eq!(open.into_iter().map(|row| row.id).collect::<Vec<_>>(), kept, "the oldest first");
    assert_eq!(run(store, CLINIC, |tx, tenant| later::count(tx, tenant, true)).await, 0);
    // A birth date ahead, and an earlier result that is another person's.
    let ahead = provisional(CardlessRoute::Declaration, typed("a", "b", "2999-01-01", Sex::Male));
    assert_eq!(keep(30, ahead).await, Err(NotKept::NotWhole));
    let other = typed("資格　一郎", "シカク イチロウ", "1961-06-02", Sex::Male);
    let other = NewProvisional { past: Some(of(1)), ..provisional(CardlessRoute::Past, other) };
    assert_eq!(keep(31, other).await, Err(NotKept::NotThere));
}

async fn a_task_stays_until_a_later_check_of_the_same_person_settles_it_or_it_is_dropped_with_a_reason(store: &Kept) {
    two_institutions(store).await;
    checked(store, 1, "ichiro", "1960-06-02").await;
    for number in [10, 11] {
        let new = provisional(CardlessRoute::Declaration, ichiro());
        let kept =
            run(store, STATION, move |tx, tenant| add(tx, tenant, &act(number), &new, &entry(NOW.plus_ms(i64::from(number)), STATION)));
        kept.await.unwrap();
    }
    let since = |institution: &'static str| async move {
        let shown = run(store, institution, move |tx, tenant| details(tx, tenant, &id(10), false, &entry(NOW, institution))).await;
        shown.map(|shown| (shown.is_open, shown.since.into_iter().map(|row| row.of).collect::<Vec<_>>()))
    };
    assert_eq!(since(STATION).await, Some((true, Vec::new())), "one of before settles nothing");
    checked(store, 20, "ichiro", "1960-06-02").await;
    checked(store, 21, "saburo", "1980-06-02").await;
    assert_eq!(since(STATION).await, Some((true, vec![of(20)])), "nor does one of another birth date");
    assert_eq!(since(CLINIC).await, None);
    let end_by = |institution: &'static str, number: u8, with: Option<u8>| {
        run(store, institution, move |tx, tenant| {
            let of = with.map(of);
            let how = of.as_ref().ok_or("転居したため");
            end(tx, tenant, &id(number), false, (&user("ippan1"), how), &entry(NOW.plus_ms(30), institution))
        })
    };
    for (institution, with) in [(STATION, 1), (STATION, 21), (CLINIC, 20)] {
        assert_eq!(end_by(institution, 10, Some(with)).await, Ended::NotThere, "{with}");
    }
    assert!(matches!(end_by(STATION, 10, Some(20)).await, Ended::Done(done) if done.left == 1));
    assert_eq!(end_by(STATION, 10, None).await, Ended::Before);
    let reasonless = run(store, STATION, |tx, tenant| end(tx, tenant, &id(11), false, (&user("ippan1"), Err("")), &entry(NOW, STATION)));
    assert_eq!(reasonless.await, Ended::NoReason);
    assert!(matches!(end_by(STATION, 11, None).await, Ended::Done(done) if done.left == 0));
    let ends = run(store, STATION, |tx, tenant| Ok((later::end_of(tx, tenant, &id(10))?, later::end_of(tx, tenant, &id(11))?))).await;
    let settled = ("settled".to_owned(), Some(id(20).as_str().to_owned()));
    assert_eq!(ends, (Some(settled), Some(("dropped".to_owned(), Some("転居したため".to_owned())))));
}

async fn earlier_results_are_those_of_the_whole_name_and_the_birth_date(store: &Kept) {
    two_institutions(store).await;
    checked(store, 1, "ichiro", "1960-06-02").await;
    checked(store, 2, "ichiro", "1960-06-02").await;
    checked(store, 3, "saburo", "1980-06-02").await;
    let found = |institution: &'static str, kana: &'static str, birth: &'static str| async move {
        let rows = run(store, institution, move |tx, tenant| {
            let asked = PastAsked { kana: note(kana), birth_date: CivilDate::try_from(birth).unwrap() };
            past(tx, tenant, &asked, &entry(NOW, institution))
        });
        rows.await.into_iter().map(|row| row.of).collect::<Vec<_>>()
    };
    assert_eq!(found(STATION, "しかく いちろう", "1960-06-02").await, [of(2), of(1)], "the newest first, in any writing");
    assert!(found(STATION, "シカク", "1960-06-02").await.is_empty() && found(STATION, "シカク イチロウ", "1960-06-03").await.is_empty());
    assert!(found(CLINIC, "シカク イチロウ", "1960-06-02").await.is_empty());
}

on_both!(
    every_route_leaves_a_task_where_it_is_whole,
    a_task_stays_until_a_later_check_of_the_same_person_settles_it_or_it_is_dropped_with_a_reason,
    earlier_results_are_those_of_the_whole_name_and_the_birth_date,
);

#[tokio::test(flavor = "multi_thread")]
async fn each_statement_of_later_checks_goes_along_its_index() {
    let (store, folder) = crate::store::sqlite().await;
    let connection = rusqlite::Connection::open_with_flags(folder.path().join("u.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    for (index, sql) in [
        ("checks_open", OPEN),
        ("checks_open", COUNT),
        ("consents_by_subject", CONSENTS_BY_SUBJECT),
        ("kana", CONSENTS_BY_KANA),
        ("checks_by_subject", CHECKS_BY_SUBJECT),
        ("checks_by_kana", CHECKS_BY_KANA),
    ] {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let (mut steps, mut rows) = (Vec::<String>::new(), statement.raw_query());
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get("detail").unwrap());
        }
        let goes_along = |step: &String| step.starts_with("SEARCH") || step.contains(index);
        let is_quick = steps.iter().all(|step| goes_along(step) || step.contains("TEMP B-TREE")) && steps[0].contains(index);
        assert!(is_quick, "{index}: {steps:?}");
    }
    store.close().await;
}

/// The demo's register, which can be silent.
struct Switched(EmbeddedRegistry, Arc<AtomicBool>);

impl Registry for Switched {
    fn look(&self) -> RegistryLook {
        if self.1.load(Ordering::SeqCst) { RegistryLook::Silent } else { RegistryLook::Answers }
    }

    fn holder(&self, fingerprint: Sha256, now: UnixMs) -> RegistryAnswer {
        self.0.holder(fingerprint, now)
    }
}

#[tokio::test]
async fn x34_while_the_register_is_silent_nothing_is_stored_but_the_provisional_check_and_the_same_proof_counts_later() {
    let is_away = Arc::new(AtomicBool::new(true));
    let people = std::fs::read_to_string(cards_today().join("people.json")).unwrap();
    let world = World::with(|parts| {
        parts.registry = Arc::new(Switched(EmbeddedRegistry::demo(&people).unwrap(), Arc::clone(&is_away)));
    })
    .await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    let refused = world.call::<Prove>(&[&visit.visit], &holder(&visit), &proof).await.unwrap_err();
    assert_eq!((refused.0, refused.1.code, refused.1.stored), (StatusCode::SERVICE_UNAVAILABLE, Code::X34, Stored::Kept));
    assert_eq!(world.rows().await, [0, 0, 0]);
    assert!(matches!(world.call::<VisitState>(&[&visit.visit], &holder(&visit), &()).await, Ok(VisitStanding::Open { .. })));
    // The way on, once however often it is sent.
    for _ in 0..2 {
        world.call::<ProvisionalAtReception>(&[&visit.visit], &holder(&visit), &ichiro()).await.unwrap();
    }
    let staff = world.login(STATION, "ippan1").await;
    let tasks = world.call::<LaterChecks>(&[], &staff, &()).await.unwrap().rows;
    assert_eq!(
        tasks.iter().map(|row| (row.route, row.medium, row.by.clone())).collect::<Vec<_>>(),
        [(Some(CardlessRoute::SystemDown), Medium::Card, None)]
    );
    // What is corrected is kept too, and nothing is lost.
    let corrected = TypedPerson { address: note("資格県受付市在宅町９丁目"), ..ichiro() };
    world.call::<ProvisionalAtReception>(&[&visit.visit], &holder(&visit), &corrected).await.unwrap();
    assert_eq!(world.call::<LaterChecks>(&[], &staff, &()).await.unwrap().rows.len(), 2);
    // The register is back: the card's own proof stands, and settles the task.
    is_away.store(false, Ordering::SeqCst);
    world.later(1_000);
    world.prove(&visit, &proof).await.unwrap();
    let late = world.call::<ProvisionalAtReception>(&[&visit.visit], &holder(&visit), &ichiro()).await.unwrap_err();
    assert_eq!(late.1.code, Code::X21, "the visit is done");
    let shown = world.call::<LaterCheck>(&[&tasks[0].id], &staff, &()).await.unwrap();
    assert_eq!((shown.since.len(), shown.then, shown.since[0].eligibility.validity), (1, None, Validity::Valid));
    let done = world.call::<SettleLater>(&[&tasks[0].id], &staff, &shown.since[0].of).await.unwrap();
    assert_eq!(done.left, 1);
    let again = world.call::<DropLater>(&[&tasks[0].id], &staff, &DropReason { reason: note("x") }).await.unwrap_err();
    assert_eq!(again.1.code, Code::Taken);
}

#[tokio::test]
async fn x12_from_the_route_to_the_settled_task() {
    let world = World::new().await;
    let staff = world.login(STATION, "ippan1").await;
    let admin = world.login(STATION, "kanri1").await;
    let has_task = async || {
        let tasks = world.call::<Home>(&[], &staff, &()).await.unwrap().tasks;
        tasks.iter().find(|task| task.kind == TaskKind::LaterChecks).map(|task| task.count)
    };
    assert_eq!(has_task().await, None);
    // X57: the patient's screen is looked at by who goes there.
    let screen = provisional(CardlessRoute::PortalScreen, ichiro());
    assert_eq!(world.call::<AddProvisional>(&[], &admin, &screen).await.unwrap_err().1.code, Code::Forbidden);
    for (route, medium) in [
        (CardlessRoute::Notice, Medium::Card),
        (CardlessRoute::PortalScreen, Medium::Card),
        (CardlessRoute::Declaration, Medium::Nothing),
        // X34: whoever comes to the office while the register is away.
        (CardlessRoute::SystemDown, Medium::Nothing),
    ] {
        assert_eq!(world.call::<AddProvisional>(&[], &staff, &provisional(route, ichiro())).await.unwrap().medium, medium);
    }
    assert_eq!(has_task().await, Some(4));
    // A visit by card follows: its result settles the first task, and is what is known for the next time.
    world.later(1_000);
    world.visit_of("ichiro").await.unwrap();
    let first = world.call::<LaterChecks>(&[], &staff, &()).await.unwrap().rows[0].clone();
    let shown = world.call::<LaterCheck>(&[&first.id], &staff, &()).await.unwrap();
    assert!(matches!(shown.since[..], [ref one] if one.way == CheckWay::Pin));
    world.call::<SettleLater>(&[&first.id], &staff, &shown.since[0].of).await.unwrap();
    assert_eq!(has_task().await, Some(3));
    let known = PastAsked { kana: note("シカク イチロウ"), birth_date: CivilDate::try_from("1960-06-02").unwrap() };
    let known = world.call::<PastResults>(&[], &staff, &known).await.unwrap().rows;
    let past = NewProvisional { past: Some(known[0].of.clone()), ..provisional(CardlessRoute::Past, ichiro()) };
    let row = world.call::<AddProvisional>(&[], &staff, &past).await.unwrap();
    let shown = world.call::<LaterCheck>(&[&row.id], &staff, &()).await.unwrap();
    assert_eq!(shown.then.map(|then| then.validity), Some(Validity::Valid), "what was known stands as of then");
}
