//! 災害・障害時 (OT-17, P-OPEN, S26): records, searches, views, the report, on both databases and over the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use server::Sha256;
use server::eligibility::asked::{Candidate, InsuranceAsked, PersonAsked};
use server::eligibility::{Registry, RegistryAnswer, RegistryLook};
use server::rule::opening::{
    Area, HandedIn, Living, close, close_for_area, hand_in, is_ground, living, medical_view, note_search, open, open_for_area, report, view,
};
use server::store::db::Tx;
use server::store::opening::{SEARCHES, SearchNote, TO_REPORT, VIEWS, ViewNote, to_report};
use server::store::{CheckId, CheckRecord, OpeningId, StoreError, check, opening};
use server::tenant::Tenant;
use shared::api::home::{Home, TaskKind};
use shared::api::later::LaterChecks;
use shared::api::opening::{
    CANDIDATES_MAX, CloseOpening, Found, HandIn, HandInReport, OpenOpening, OpeningSearch, Openings, SearchInOpening, UseReport,
    UseReportFile, ViewAsked, ViewInOpening,
};
use shared::api::{Code, Endpoint as _};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::coverage::{Eligibility, Provided, Validity};
use shared::domain::opening::{ConsentGround, GroundWord, OpeningKind, TypedInsurance};
use shared::domain::person::{Person, Sex};

use crate::kept::Kept;
use crate::sample::code;
use crate::sample::opening::{disaster, entry, ichiro, note, outage, typed};
use crate::store::on_both;
use crate::world::{CLINIC, STATION, With, World, add_institution};

const NOW: UnixMs = UnixMs(1_705_454_100_000);
const HOUR_MS: i64 = 3_600_000;

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

fn id() -> OpeningId {
    OpeningId::new(NOW, [1; 10])
}

fn search_at(at: UnixMs, number: u8, found: u32) -> SearchNote {
    SearchNote { id: CheckId::new(at, [number; 10]), opening: id(), at, by: user("etsu1"), form: "person", found }
}

fn seen_at(at: UnixMs, number: u8, subject: &str, ground: Option<ConsentGround>) -> (ViewNote, CheckRecord) {
    let id_of = CheckId::new(at, [number; 10]);
    let person = Person {
        name: "資格　一郎".to_owned(),
        name_kana: "ｼｶｸ ｲﾁﾛｳ".to_owned(),
        name_of_other: None,
        birth_date: CivilDate::try_from("1960-06-02").unwrap(),
        sex: Sex::Male,
    };
    let record = CheckRecord {
        id: id_of.clone(),
        visit_kind: None,
        consent: None,
        subject: subject.to_owned(),
        reference_number: None,
        check_way: CheckWay::Disaster,
        medium: Medium::Nothing,
        done_by: Some(user("etsu1")),
        state: CheckState::Provisional,
        asked: None,
        eligibility: Eligibility::of_insurance(Validity::NotFound, at, Some(person), Vec::new()),
        chosen: None,
    };
    (ViewNote { id: id_of, opening: id(), at, by: user("etsu1"), ground }, record)
}

fn oral() -> Option<ConsentGround> {
    Some(ConsentGround { word: GroundWord::Oral, reason: note("") })
}

async fn an_opening_lives_from_its_beginning_to_its_end_and_no_longer(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), NOW).await;
    }
    let look = |institution: &'static str, at: UnixMs| run(store, institution, move |tx, tenant| living(tx, tenant, &id(), at));
    assert_eq!(look(STATION, NOW).await, Living::NotThere);
    let later = shared::domain::opening::Opening { from: NOW.plus_ms(HOUR_MS), ..disaster(NOW.plus_ms(HOUR_MS)) };
    let unsound = shared::domain::opening::Opening { to: NOW, ..later.clone() };
    let none = run(store, STATION, move |tx, tenant| open(tx, tenant, &id(), &unsound, &user("kanri1"), &entry(NOW, STATION))).await;
    assert_eq!((none, look(STATION, NOW).await), (None, Living::NotThere));
    let of = later.clone();
    let row = run(store, STATION, move |tx, tenant| open(tx, tenant, &id(), &of, &user("kanri1"), &entry(NOW, STATION))).await.unwrap();
    assert_eq!((&row.opening, row.opened_by.clone(), row.is_living(NOW)), (&later, Some(user("kanri1")), false));
    assert_eq!(look(STATION, NOW).await, Living::No, "it has not begun");
    assert_eq!(look(STATION, later.from).await, Living::Yes(Box::new(row.clone())));
    assert_eq!(look(STATION, later.to.plus_ms(-1)).await, Living::Yes(Box::new(row)));
    assert_eq!(look(STATION, later.to).await, Living::No, "it ended by itself");
    assert_eq!(look(CLINIC, later.from).await, Living::NotThere, "another's");
    // Closed by hand: at once, by nobody else, and once.
    let at = later.from.plus_ms(1_000);
    let shut = |institution: &'static str, at: UnixMs| {
        run(store, institution, move |tx, tenant| close(tx, tenant, &id(), &user("kanri1"), &entry(at, institution)))
    };
    assert_eq!(shut(CLINIC, at).await, None);
    assert_eq!(shut(STATION, at).await.unwrap().closed, Some((at, Some(user("kanri1")))));
    assert_eq!(shut(STATION, at.plus_ms(5)).await.unwrap().closed, Some((at, Some(user("kanri1")))), "it stays as it is");
    assert_eq!(look(STATION, at).await, Living::No);
}

async fn an_operator_opens_for_an_area_and_closes_what_is_still_open(store: &Kept) {
    // The two of prefecture 99, one of them for training, and one elsewhere.
    const ELSEWHERE: &str = "0119900008";
    const TRAINING: &str = "9969900035";
    for institution in [STATION, CLINIC, ELSEWHERE, TRAINING] {
        add_institution(store, institution, "a", &server::random::Random::machine(), NOW).await;
    }
    store.0.write(|tx| server::store::institution::mark_training(tx, &Tenant::of_operator(&code(TRAINING)))).await.unwrap();
    let of = disaster(NOW);
    let open_at = of.clone();
    let area = Area::Prefectures(vec!["99".to_owned()]);
    let opened = store.0.write(move |tx| open_for_area(tx, &area, &id(), &open_at, NOW)).await.unwrap();
    assert_eq!(opened, [code(CLINIC), code(STATION)]);
    let look = |institution: &'static str, at: UnixMs| run(store, institution, move |tx, tenant| living(tx, tenant, &id(), at));
    for institution in [STATION, CLINIC] {
        let Living::Yes(row) = look(institution, NOW).await else { panic!("{institution}") };
        assert_eq!((row.opening, row.opened_by), (of.clone(), None));
        assert_eq!(look(institution, of.to).await, Living::No, "it ends by itself");
    }
    assert_eq!([look(ELSEWHERE, NOW).await, look(TRAINING, NOW).await], [Living::NotThere, Living::NotThere]);
    // What is done in it is done as in an own one; the admin may end the own part of it.
    let note = search_at(NOW, 3, 0);
    assert!(run(store, STATION, move |tx, tenant| note_search(tx, tenant, &note, &entry(NOW, STATION))).await);
    let shut = run(store, STATION, move |tx, tenant| close(tx, tenant, &id(), &user("kanri1"), &entry(NOW, STATION))).await;
    assert_eq!(shut.unwrap().closed, Some((NOW, Some(user("kanri1")))));
    let at = NOW.plus_ms(1_000);
    let closed = async |of: OpeningId, at| store.0.write(move |tx| close_for_area(tx, &of, at)).await.unwrap();
    assert_eq!(closed(id(), at).await, Some(1), "what an admin ended stays as it is");
    assert_eq!(look(CLINIC, at).await, Living::No);
    let row = run(store, CLINIC, move |tx, tenant| opening::find(tx, tenant, &id())).await.unwrap();
    assert_eq!((row.waits_for_report(at), row.closed), (true, Some((at, None))));
    assert_eq!(closed(id(), at).await, Some(0));
    let other = OpeningId::new(NOW, [2; 10]);
    assert_eq!(closed(other.clone(), at).await, None);
    // An admin's own is none of the operator's.
    let mine = other.clone();
    run(store, STATION, move |tx, tenant| open(tx, tenant, &mine, &disaster(NOW), &user("kanri1"), &entry(NOW, STATION))).await.unwrap();
    assert_eq!(closed(other, at).await, None);
    assert_eq!(store.0.read(|tx| opening::of_operator(tx, 10)).await.unwrap().len(), 2);
    let rows = store.audit_of(&code(CLINIC)).await.unwrap();
    let told: Vec<_> = rows.iter().filter(|row| row.action.ends_with("_opening")).map(|row| (row.actor.as_str(), &*row.action)).collect();
    assert_eq!(told, [("operator", OpenOpening::NAME), ("operator", CloseOpening::NAME)]);
}

async fn nothing_is_noted_or_seen_outside_and_each_ground_is_judged_by_its_kind(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), NOW).await;
    }
    run(store, STATION, |tx, tenant| open(tx, tenant, &id(), &disaster(NOW), &user("kanri1"), &entry(NOW, STATION))).await.unwrap();
    let search = |institution: &'static str, at, number, found| {
        run(store, institution, move |tx, tenant| note_search(tx, tenant, &search_at(at, number, found), &entry(at, institution)))
    };
    let end = disaster(NOW).to;
    assert!(search(STATION, NOW, 1, 0).await, "an empty one as well");
    assert!(search(STATION, NOW, 2, 3).await);
    assert!(!search(STATION, end, 3, 1).await, "over");
    assert!(!search(CLINIC, NOW, 4, 1).await, "another's");
    let see = |institution: &'static str, at, number, subject: &'static str, ground: Option<ConsentGround>| {
        run(store, institution, move |tx, tenant| {
            let (note, record) = seen_at(at, number, subject, ground.clone());
            view(tx, tenant, &note, &record, &entry(at, institution))
        })
    };
    assert!(!see(STATION, NOW, 5, "ichiro", None).await, "no ground, no view");
    let unable = |reason: &str| Some(ConsentGround { word: GroundWord::Unable, reason: note(reason) });
    assert!(!see(STATION, NOW, 5, "ichiro", unable("")).await, "no reason, no view");
    assert!(!see(CLINIC, NOW, 5, "ichiro", oral()).await && !see(STATION, end, 5, "ichiro", oral()).await);
    assert_eq!(run(store, STATION, |tx, tenant| check::open(tx, tenant, 50)).await.len(), 0, "nothing was kept of those");
    assert!(see(STATION, NOW, 6, "ichiro", oral()).await);
    assert!(see(STATION, NOW.plus_ms(1), 7, "ichiro", unable("意識がない")).await);
    assert!(see(STATION, NOW.plus_ms(2), 8, "hanako", oral()).await);
    // Everybody seen is to be checked again.
    assert_eq!(run(store, STATION, |tx, tenant| check::open(tx, tenant, 50)).await.len(), 3);
    // What else is shown of a person: to who opened it, while the record lives.
    let medical = |at: UnixMs, by: &'static str| {
        run(store, STATION, move |tx, tenant| medical_view(tx, tenant, &CheckId::new(NOW, [6; 10]), &user(by), at))
    };
    assert_eq!(medical(NOW, "etsu1").await, Some(("ichiro".to_owned(), end)));
    assert_eq!((medical(NOW, "kanri1").await, medical(end, "etsu1").await), (None, None));
    // The report: counts, persons once, grounds, reasons; nothing of an eligibility.
    let made = |institution: &'static str| run(store, institution, move |tx, tenant| report(tx, tenant, &id(), &entry(NOW, institution)));
    assert_eq!(made(CLINIC).await, None);
    let report = made(STATION).await.unwrap();
    assert_eq!((report.searches, report.empty_searches, report.persons, report.views.len()), (2, 1, 2, 3));
    assert_eq!(report.views[1].ground, unable("意識がない"));
    assert_eq!(report.views[0].person, Some(("ｼｶｸ ｲﾁﾛｳ".to_owned(), CivilDate::try_from("1960-06-02").unwrap())));
}

async fn a_report_is_handed_in_once_it_is_over_and_reminded_of_until_then(store: &Kept) {
    add_institution(store, STATION, "a", &server::random::Random::machine(), NOW).await;
    run(store, STATION, |tx, tenant| open(tx, tenant, &id(), &disaster(NOW), &user("kanri1"), &entry(NOW, STATION))).await.unwrap();
    let end = disaster(NOW).to;
    let waits = |at: UnixMs| run(store, STATION, move |tx, tenant| to_report(tx, tenant, at));
    assert_eq!((waits(NOW).await, waits(end).await), (0, 1));
    let give = |at: UnixMs, on: CivilDate, to: &'static str| {
        run(store, STATION, move |tx, tenant| {
            hand_in(tx, tenant, &id(), &HandIn { on, to: note(to) }, &user("kanri1"), &entry(at, STATION))
        })
    };
    let today = end.jst_date();
    assert_eq!(give(end.plus_ms(-1), NOW.jst_date(), "県").await, HandedIn::NotYet, "it lives");
    assert_eq!(give(end, today.plus_days(1), "県").await, HandedIn::NotYet, "ahead");
    assert_eq!(give(end, NOW.jst_date().plus_days(-1), "県").await, HandedIn::NotYet, "before it");
    assert_eq!(give(end, today, "").await, HandedIn::NotYet, "to nobody");
    let HandedIn::Done(row) = give(end, today, "県").await else { panic!() };
    assert_eq!(row.handed_in, Some((HandIn { on: today, to: note("県") }, user("kanri1"))));
    assert_eq!(waits(end).await, 0);
    // One that was closed by hand is over from then on.
    let second = OpeningId::new(NOW, [2; 10]);
    let of = second.clone();
    run(store, STATION, move |tx, tenant| open(tx, tenant, &of, &outage(NOW), &user("kanri1"), &entry(NOW, STATION))).await.unwrap();
    run(store, STATION, move |tx, tenant| close(tx, tenant, &second, &user("kanri1"), &entry(NOW.plus_ms(5), STATION))).await;
    assert_eq!((waits(NOW.plus_ms(4)).await, waits(NOW.plus_ms(5)).await), (0, 1));
}

on_both!(
    an_opening_lives_from_its_beginning_to_its_end_and_no_longer,
    nothing_is_noted_or_seen_outside_and_each_ground_is_judged_by_its_kind,
    a_report_is_handed_in_once_it_is_over_and_reminded_of_until_then,
    an_operator_opens_for_an_area_and_closes_what_is_still_open,
);

/// Quick by construction: no statement goes over a whole table.
#[tokio::test(flavor = "multi_thread")]
async fn each_statement_of_an_opening_goes_along_an_index() {
    let (store, folder) = crate::store::sqlite().await;
    let connection = rusqlite::Connection::open_with_flags(folder.path().join("u.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    for (index, sql) in
        [("openings_to_report", TO_REPORT), ("opening_searches_of", SEARCHES), ("opening_views_of", VIEWS), ("openings", opening::LIST)]
    {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let (mut steps, mut rows) = (Vec::<String>::new(), statement.raw_query());
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get("detail").unwrap());
        }
        let is_quick = steps.iter().all(|step| step.starts_with("SEARCH")) && steps.iter().any(|step| step.contains(index));
        assert!(is_quick, "{index}: {steps:?}");
    }
    store.close().await;
}

#[test]
fn p_open_a_ground_is_needed_in_a_disaster_and_is_none_of_a_failure() {
    let unable = |reason: &str| ConsentGround { word: GroundWord::Unable, reason: note(reason) };
    for (kind, ground, wanted) in [
        (OpeningKind::Disaster, None, false),
        (OpeningKind::Disaster, oral(), true),
        (OpeningKind::Disaster, Some(unable("")), false),
        (OpeningKind::Disaster, Some(unable("話せない")), true),
        (OpeningKind::Outage, None, true),
        (OpeningKind::Outage, oral(), false),
    ] {
        assert_eq!(is_ground(kind, ground.as_ref(), NOW), wanted, "{kind:?} {ground:?}");
    }
}

async fn opened(world: &World, admin: &With, kind: OpeningKind) -> String {
    let of = if kind == OpeningKind::Disaster { disaster(world.clock.now()) } else { outage(world.clock.now()) };
    world.call::<OpenOpening>(&[], admin, &of).await.unwrap().id
}

fn asked(found: &Found, search: &OpeningSearch, ground: Option<ConsentGround>) -> ViewAsked {
    ViewAsked { search: search.clone(), key: found.candidates[0].key.clone(), ground }
}

#[tokio::test]
async fn s26_a_disaster_from_the_record_to_the_report() {
    let world = World::new().await;
    let (admin, viewer) = (world.login(STATION, "kanri1").await, world.login(STATION, "etsu1").await);
    let person = OpeningSearch::Person(ichiro());
    // Without a record there is nothing to search in.
    let none = world.call::<SearchInOpening>(&[crate::sample::NO_ID], &viewer, &person).await.unwrap_err();
    assert_eq!((none.0, none.1.code), (StatusCode::NOT_FOUND, Code::NotFound));
    let id = opened(&world, &admin, OpeningKind::Disaster).await;
    assert!(world.call::<Openings>(&[], &viewer, &()).await.unwrap().rows[0].is_living(world.clock.now()));
    // N003, Q12: who may not.
    for other in ["kanri1", "ippan1"] {
        let with = world.login(STATION, other).await;
        let refused = world.call::<SearchInOpening>(&[&id], &with, &person).await.unwrap_err();
        assert_eq!((refused.0, refused.1.code), (StatusCode::FORBIDDEN, Code::Forbidden), "{other}");
    }
    // By person, by paper, and nobody: each one is noted.
    let found = world.call::<SearchInOpening>(&[&id], &viewer, &person).await.unwrap();
    assert_eq!((found.candidates.len(), found.is_more), (1, false));
    let insurance =
        TypedInsurance {
            insurer_number: note("06990014"), symbol: note("１２－３４"), member_number: note("56"), branch_number: note("")
        };
    let paper = OpeningSearch::Paper { insurance, birth_date: CivilDate::try_from("1960-06-02").unwrap() };
    assert_eq!(world.call::<SearchInOpening>(&[&id], &viewer, &paper).await.unwrap(), found);
    let nobody = OpeningSearch::Person(typed("", "ダレモ イナイ", "1960-06-02", Sex::Male));
    assert_eq!(world.call::<SearchInOpening>(&[&id], &viewer, &nobody).await.unwrap().candidates, []);
    assert_eq!(world.audited("office.search_in_opening").await.iter().filter(|outcome| *outcome == "ok").count(), 3);
    // No ground, no view.
    for ground in [None, Some(ConsentGround { word: GroundWord::Unable, reason: note("") })] {
        let refused = world.call::<ViewInOpening>(&[&id], &viewer, &asked(&found, &person, ground)).await.unwrap_err();
        assert_eq!(refused.1.code, Code::Request);
    }
    let seen = world.call::<ViewInOpening>(&[&id], &viewer, &asked(&found, &person, oral())).await.unwrap();
    assert_eq!((seen.kind, seen.eligibility.validity, seen.viewer.0), (OpeningKind::Disaster, Validity::Valid, user("etsu1")));
    // It is to be checked again: the viewer sees that, and who may not search does not.
    let tasks = world.call::<LaterChecks>(&[], &viewer, &()).await.unwrap().rows;
    assert_eq!(tasks.iter().map(|row| (row.id.clone(), row.way)).collect::<Vec<_>>(), [(seen.check.clone(), CheckWay::Disaster)]);
    assert_eq!(world.call::<LaterChecks>(&[], &admin, &()).await.unwrap().rows, []);
    // Closed: nothing is searched or seen any more, at once.
    let early = world.call::<HandInReport>(&[&id], &admin, &HandIn { on: world.clock.now().jst_date(), to: note("県") }).await;
    assert_eq!(early.unwrap_err().1.code, Code::Request, "it is still open");
    world.call::<CloseOpening>(&[&id], &admin, &()).await.unwrap();
    for refused in [
        world.call::<SearchInOpening>(&[&id], &viewer, &person).await.unwrap_err(),
        world.call::<ViewInOpening>(&[&id], &viewer, &asked(&found, &person, oral())).await.unwrap_err(),
    ] {
        assert_eq!((refused.0, refused.1.code), (StatusCode::CONFLICT, Code::Opening));
    }
    // The report is reminded of until it is handed in.
    let reminds = async || {
        let tasks = world.call::<Home>(&[], &admin, &()).await.unwrap().tasks;
        tasks.iter().any(|task| task.kind == TaskKind::OpeningReports)
    };
    assert!(reminds().await);
    let report = world.call::<UseReport>(&[&id], &admin, &()).await.unwrap();
    assert_eq!((report.searches, report.empty_searches, report.persons, report.views.len()), (3, 1, 1, 1));
    let csv = String::from_utf8(world.call::<UseReportFile>(&[&id], &admin, &()).await.unwrap().file.0).unwrap();
    assert!(csv.contains("\"口頭で同意\"") && csv.contains("\"ｼｶｸ ｲﾁﾛｳ\"") && !csv.contains("06990014"), "{csv}");
    assert_eq!(world.audited(<UseReportFile as shared::api::Endpoint>::NAME).await, ["ok"]);
    world.call::<HandInReport>(&[&id], &admin, &HandIn { on: world.clock.now().jst_date(), to: note("県") }).await.unwrap();
    assert!(!reminds().await);
}

/// A register that can be silent, with more people of one name than are shown.
struct Crowd(Arc<AtomicBool>);

impl Crowd {
    fn people(now: UnixMs) -> Vec<Candidate> {
        let (_, record) = seen_at(now, 1, "", None);
        (0..25).map(|number| Candidate { subject: format!("p{number}"), eligibility: record.eligibility.clone() }).collect()
    }
}

impl Registry for Crowd {
    fn look(&self) -> RegistryLook {
        if self.0.load(Ordering::SeqCst) { RegistryLook::Silent } else { RegistryLook::Answers }
    }

    fn holder(&self, _: Sha256, _: UnixMs) -> RegistryAnswer {
        RegistryAnswer::NotRegistered
    }

    fn insured(&self, _: &InsuranceAsked, _: UnixMs) -> Vec<Candidate> {
        Vec::new()
    }

    fn persons(&self, _: &PersonAsked, now: UnixMs) -> Vec<Candidate> {
        Self::people(now)
    }
}

#[tokio::test]
async fn of_many_candidates_twenty_are_shown_and_the_search_works_while_the_usual_way_is_silent() {
    let is_away = Arc::new(AtomicBool::new(true));
    let world = World::with(|parts| parts.registry = Arc::new(Crowd(Arc::clone(&is_away)))).await;
    let (admin, viewer) = (world.login(STATION, "kanri1").await, world.login(STATION, "etsu1").await);
    let id = opened(&world, &admin, OpeningKind::Outage).await;
    let search = OpeningSearch::Person(ichiro());
    let found = world.call::<SearchInOpening>(&[&id], &viewer, &search).await.unwrap();
    assert_eq!((found.candidates.len(), found.is_more), (CANDIDATES_MAX, true));
    // A person who was not found by this search is none of it.
    let stray = ViewAsked { search: search.clone(), key: "00".to_owned(), ground: None };
    assert_eq!(world.call::<ViewInOpening>(&[&id], &viewer, &stray).await.unwrap_err().1.code, Code::NotFound);
    // By itself: at the end of the record.
    world.later(2 * HOUR_MS);
    let viewer = world.login(STATION, "etsu1").await;
    assert_eq!(world.call::<SearchInOpening>(&[&id], &viewer, &search).await.unwrap_err().1.code, Code::Opening);
}

#[tokio::test]
async fn a_failure_shows_nothing_that_wants_a_consent() {
    let world = World::new().await;
    let (admin, viewer) = (world.login(STATION, "kanri1").await, world.login(STATION, "etsu1").await);
    let search = OpeningSearch::Person(ichiro());
    let mut limits = Vec::new();
    for (kind, ground) in [(OpeningKind::Disaster, oral()), (OpeningKind::Outage, None)] {
        let id = opened(&world, &admin, kind).await;
        let found = world.call::<SearchInOpening>(&[&id], &viewer, &search).await.unwrap();
        let seen = world.call::<ViewInOpening>(&[&id], &viewer, &asked(&found, &search, ground)).await.unwrap();
        limits.push(seen.eligibility.coverages[0].limit == Provided::NotProvided);
    }
    assert_eq!(limits, [false, true]);
}
