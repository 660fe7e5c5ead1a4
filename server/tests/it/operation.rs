//! 稼働状況, maintenance windows, support desks, enquiries and the record for support: on both databases, and as the office meets them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;
use server::eligibility::{Registry, RegistryAnswer, RegistryLook};
use server::rule;
use server::store::enquiry::EnquiryQuery;
use server::store::{DeskId, EnquiryId, Sha256, WindowId, desk, enquiry, maintenance};
use server::tenant::Tenant;
use server::watch::Watch;
use shared::api::desk::{AddDesk, Desks};
use shared::api::enquiry::{AddEnquiry, ChangeEnquiry, EnquiryChange, EnquirySearch, SearchEnquiries};
use shared::api::maintenance::{AddWindow, EndWindow, Window};
use shared::api::operation::{Fact, LookAtOperation, MakeSupportRecord, Operation, OperationNews, PartState, RecordLine, SeenByPage};
use shared::api::reception::{Maintenance, OpenPage, OpenVisit, Prove};
use shared::api::{Code, Detail, Endpoint as _};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{Choice, Choices};
use shared::domain::enquiry::EnquiryState;
use shared::domain::maintenance::{ANNOUNCED_MS, Span};
use shared::domain::note::Note;
use shared::domain::operation::{Light, Part};

use crate::kept::Kept;
use crate::sample::code;
use crate::sample::operation::{desk_named, enquiry_about};
use crate::store::{entry, on_both};
use crate::world::{CLINIC, ORIGIN, STATION, With, World, add_institution, holder, new_visit, nobody};

const NOW: UnixMs = UnixMs(1_705_454_100_000);
const MINUTE_MS: i64 = 60_000;

fn tenant(institution: &str) -> Tenant {
    Tenant::of_operator(&code(institution))
}

fn user() -> UserId {
    UserId::try_from("kanri1").unwrap()
}

fn bytes() -> [u8; 10] {
    server::random::Random::machine().bytes().unwrap()
}

async fn two_institutions(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), NOW).await;
    }
}

fn window(part: Part, from: UnixMs, to: UnixMs) -> Window {
    Window { part, span: Span { from, to }, still: Note::default(), source: Note::try_from("お知らせ").unwrap() }
}

/// Adds a window; without an institution it is the operator's.
async fn added(store: &Kept, institution: Option<&str>, window: Window) -> WindowId {
    let (id, of) = (WindowId::new(NOW, bytes()), institution.map(tenant));
    let added = id.clone();
    store.0.write(move |tx| maintenance::add(tx, of.as_ref(), &added, &window, NOW, None)).await.unwrap();
    id
}

async fn windows_are_announced_and_only_some_keep_a_visit_from_beginning(store: &Kept) {
    two_institutions(store).await;
    let at = |minutes: i64| NOW.plus_ms(minutes * MINUTE_MS);
    let tablet = async |institution: &str, now: UnixMs| {
        let tenant = tenant(institution);
        store.0.read(move |tx| rule::maintenance::for_tablet(tx, &tenant, now)).await.unwrap()
    };
    let blocking = async |institution: &str, now: UnixMs| {
        let tenant = tenant(institution);
        store.0.read(move |tx| rule::maintenance::blocking(tx, &tenant, now)).await.unwrap()
    };
    assert_eq!((tablet(STATION, NOW).await, blocking(STATION, NOW).await), (None, None), "the calendar is empty at the start");
    let link = added(store, Some(STATION), window(Part::Link, at(0), at(60))).await;
    let told = tablet(STATION, NOW).await.unwrap();
    assert_eq!((told.part, blocking(STATION, NOW).await), (Part::Link, None), "others announce only");
    assert_eq!(tablet(CLINIC, NOW).await, None, "another institution's");
    let portal = added(store, None, window(Part::Portal, at(30), at(50))).await;
    let span = Span { from: at(30), to: at(50) };
    for institution in [STATION, CLINIC] {
        assert_eq!(tablet(institution, NOW).await, Some(Maintenance { span, part: Part::Portal }), "what a visit needs comes first");
        assert_eq!(blocking(institution, at(30).plus_ms(-1)).await, None);
        assert_eq!(blocking(institution, at(30)).await, Some(span));
        assert_eq!(blocking(institution, at(50)).await, None, "it is over");
    }
    assert_eq!(tablet(CLINIC, at(30).plus_ms(-ANNOUNCED_MS)).await.map(|told| told.part), Some(Part::Portal), "seven days before");
    assert_eq!(tablet(CLINIC, at(30).plus_ms(-ANNOUNCED_MS - 1)).await, None);
    added(store, Some(STATION), window(Part::Store, at(40), at(90))).await;
    assert_eq!(blocking(STATION, at(45)).await, Some(Span { from: at(40), to: at(90) }), "the one that lasts longest");
    // Ended by whose it is, and by nobody else.
    let end = async |of: Option<&str>, id: &WindowId, now: UnixMs| {
        let (of, id) = (of.map(tenant), id.clone());
        store.0.write(move |tx| maintenance::end(tx, of.as_ref(), &id, now)).await.unwrap()
    };
    assert_eq!(end(Some(STATION), &portal, at(35)).await, None, "the operator's");
    assert_eq!(end(None, &link, at(35)).await, None, "the institution's");
    assert_eq!(end(Some(CLINIC), &link, at(35)).await, None);
    assert_eq!(blocking(CLINIC, at(36)).await, Some(span), "control: it lasts");
    assert_eq!(end(None, &portal, at(35)).await.unwrap().ended_at, Some(at(35)));
    assert_eq!(end(None, &portal, at(37)).await.unwrap().ended_at, Some(at(35)), "it stays as it ended");
    assert_eq!(blocking(CLINIC, at(36)).await, None);
}

async fn desks_are_the_operators_and_the_institutions_own(store: &Kept) {
    two_institutions(store).await;
    let listed = async |institution: &str| {
        let tenant = tenant(institution);
        let found = store.0.read(move |tx| desk::list(tx, &tenant)).await.unwrap();
        found.into_iter().map(|one| (one.desk.name.as_str().to_owned(), one.is_common)).collect::<Vec<_>>()
    };
    let named = |name: &str, is_common: bool| (name.to_owned(), is_common);
    let own = DeskId::new(NOW, bytes());
    let add = async |of: Option<&str>, id: &DeskId, name: &'static str| {
        let (of, id) = (of.map(tenant), id.clone());
        store.0.write(move |tx| desk::add(tx, of.as_ref(), &id, &desk_named(name), NOW, None)).await.unwrap();
    };
    add(Some(STATION), &own, "所内").await;
    let common = DeskId::new(NOW.plus_ms(1), bytes());
    add(None, &common, "共通").await;
    assert_eq!(listed(STATION).await, [named("共通", true), named("所内", false)]);
    assert_eq!(listed(CLINIC).await, [named("共通", true)]);
    let change = async |institution: &str, id: &DeskId, name: &'static str| {
        let (tenant, id, by, row) = (tenant(institution), id.clone(), user(), entry(NOW, institution));
        store.0.write(move |tx| rule::desk::change(tx, &tenant, &id, &desk_named(name), &by, &row)).await.unwrap()
    };
    assert_eq!(change(STATION, &common, "x").await, rule::desk::Changed::NotThere, "the operator's is not the institution's to change");
    assert_eq!(change(CLINIC, &own, "x").await, rule::desk::Changed::NotThere);
    assert_eq!(change(STATION, &own, " ").await, rule::desk::Changed::NoName);
    assert!(matches!(change(STATION, &own, "所内2").await, rule::desk::Changed::Done(_)));
    let remove = async |institution: &str, id: &DeskId| {
        let (tenant, id, row) = (tenant(institution), id.clone(), entry(NOW, institution));
        store.0.write(move |tx| rule::desk::remove(tx, &tenant, &id, &row)).await.unwrap()
    };
    assert!(!remove(STATION, &common).await && !remove(CLINIC, &own).await);
    assert_eq!(listed(STATION).await, [named("共通", true), named("所内2", false)]);
    assert!(remove(STATION, &own).await);
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap().len(), 2, "a change and a removal; what was refused leaves none here");
}

async fn enquiries_are_found_page_by_page_and_changed_by_who_saw_them(store: &Kept) {
    two_institutions(store).await;
    let add = async |institution: &str, number: i64, question: &str| {
        let at = NOW.plus_ms(number);
        let (tenant, id, by, row) = (tenant(institution), EnquiryId::new(at, bytes()), user(), entry(at, institution));
        let of = enquiry_about(question);
        store.0.write(move |tx| rule::enquiry::add(tx, &tenant, &id, &of, &by, &row)).await.unwrap()
    };
    assert_eq!(add(STATION, 0, "  ").await, None, "without a question");
    let mut rows = Vec::new();
    for number in 1..=5 {
        rows.push(add(STATION, number, &format!("通信がとぎれる{number}_%")).await.unwrap());
    }
    add(CLINIC, 9, "よその質問").await.unwrap();
    let query = |text: &str, state, rows| EnquiryQuery { key: server::consent::search_key(text), state, after: None, rows };
    let found = async |query: EnquiryQuery| {
        let tenant = tenant(STATION);
        let found =
            store.0.search(move |tx| Ok((enquiry::count(tx, &tenant, &query)?, enquiry::list(tx, &tenant, &query)?))).await.unwrap();
        (found.0, found.1.into_iter().map(|row| row.enquiry.question.as_str().to_owned()).collect::<Vec<_>>())
    };
    let texts = |numbers: &[i64]| numbers.iter().map(|number| format!("通信がとぎれる{number}_%")).collect::<Vec<_>>();
    assert_eq!(found(query("", None, 3)).await, (5, texts(&[5, 4, 3])), "the newest first");
    let after = EnquiryId::parse(&rows[2].id);
    assert_eq!(found(EnquiryQuery { after, ..query("", None, 3) }).await.1, texts(&[2, 1]));
    for (text, total) in [("とぎれる3", 1), ("ﾄｷﾞﾚﾙ", 5), ("回線の窓口", 5), ("_%", 5), ("%通", 0), ("よその", 0)] {
        assert_eq!(found(query(text, None, 50)).await.0, total, "{text}");
    }
    let change = async |institution: &str, id: &str, shown: UnixMs, question: &str| {
        let (tenant, id, by, row) = (tenant(institution), EnquiryId::parse(id).unwrap(), user(), entry(NOW, institution));
        let of = shared::domain::enquiry::Enquiry { state: EnquiryState::Closed, ..enquiry_about(question) };
        store.0.write(move |tx| rule::enquiry::change(tx, &tenant, &id, &of, shown, &by, &row)).await.unwrap()
    };
    use rule::enquiry::Changed;
    let first = &rows[0];
    assert_eq!(change(CLINIC, &first.id, first.changed_at, "x").await, Changed::NotThere);
    assert_eq!(change(STATION, &first.id, first.changed_at, "").await, Changed::NotWhole);
    let Changed::Done(changed) = change(STATION, &first.id, first.changed_at, "直った").await else { panic!() };
    assert!(changed.changed_at > first.changed_at, "also where the clock was put back: {:?}", changed.changed_at);
    assert_eq!(change(STATION, &first.id, first.changed_at, "別の人").await, Changed::ChangedSince, "who did not see it");
    assert_eq!(found(query("", Some(EnquiryState::Closed), 50)).await, (1, vec!["直った".to_owned()]));
    assert_eq!(found(query("", Some(EnquiryState::Open), 50)).await.0, 4);
    let open = {
        let tenant = tenant(STATION);
        store.0.read(move |tx| enquiry::count_open(tx, &tenant)).await.unwrap()
    };
    assert_eq!(open, 4);
}

async fn since_when_and_last_good_are_kept_for_each_place(store: &Kept) {
    two_institutions(store).await;
    let look = async |institution: &str, place: &'static str, light: Light, now: UnixMs| {
        let tenant = tenant(institution);
        let seen = store.0.write(move |tx| rule::operation::look(tx, &tenant, place, &[(Part::Reader, light)], now)).await.unwrap();
        (seen[0].since, seen[0].good_at)
    };
    let at = |s: i64| NOW.plus_ms(s * 1_000);
    assert_eq!(look(STATION, "a", Light::Good, at(1)).await, (at(1), Some(at(1))));
    assert_eq!(look(STATION, "a", Light::Bad, at(2)).await, (at(2), Some(at(1))));
    assert_eq!(look(STATION, "a", Light::Bad, at(3)).await, (at(2), Some(at(1))));
    assert_eq!(look(STATION, "b", Light::Bad, at(3)).await, (at(3), None), "another browser");
    assert_eq!(look(CLINIC, "a", Light::Bad, at(3)).await, (at(3), None), "another institution");
    let late = at(4).plus_ms(rule::operation::PLACE_KEPT_MS);
    look(STATION, "b", Light::Bad, late).await;
    assert_eq!(look(STATION, "a", Light::Bad, late).await, (late, None), "a browser that was away for a month");
    let version = store.0.read(server::store::operation::tables_version).await.unwrap();
    assert!(version.is_some_and(|version| version >= 13), "{version:?}");
}

on_both!(
    windows_are_announced_and_only_some_keep_a_visit_from_beginning,
    desks_are_the_operators_and_the_institutions_own,
    enquiries_are_found_page_by_page_and_changed_by_who_saw_them,
    since_when_and_last_good_are_kept_for_each_place,
);

async fn looked(world: &World, admin: &With, seen: SeenByPage) -> Operation {
    world.call::<LookAtOperation>(&[], admin, &seen).await.unwrap()
}

fn state(operation: &Operation, part: Part) -> PartState {
    operation.parts.iter().find(|state| state.part == part).unwrap().clone()
}

/// A register that can be switched off.
struct Switched(Arc<AtomicU64>);

impl Registry for Switched {
    fn look(&self) -> RegistryLook {
        if self.0.load(Ordering::SeqCst) == 0 { RegistryLook::Silent } else { RegistryLook::Answers }
    }

    fn holder(&self, _: Sha256, _: UnixMs) -> RegistryAnswer {
        RegistryAnswer::NotRegistered
    }
}

#[tokio::test]
async fn each_part_that_breaks_changes_its_light_and_comes_back() {
    let (register, space, jumps) =
        (Arc::new(AtomicU64::new(1)), Arc::new(AtomicU64::new(u64::MAX)), Arc::<server::clock::Jumps>::default());
    let world = World::with(|parts| {
        parts.registry = Arc::new(Switched(Arc::clone(&register)));
        let space = Arc::clone(&space);
        parts.watch = Watch::with(move || Some(space.load(Ordering::SeqCst)));
        parts.jumps = Arc::clone(&jumps);
    })
    .await;
    let admin = world.login(STATION, "kanri1").await;
    let light = async |part: Part| {
        world.later(1_000);
        state(&looked(&world, &admin, SeenByPage::default()).await, part).light
    };
    // Control: nothing is broken.
    let first = looked(&world, &admin, SeenByPage::default()).await;
    assert_eq!(first.parts.iter().map(|state| state.part).collect::<Vec<_>>(), Part::ALL);
    for (part, expected) in [
        (Part::Line, Light::Good),
        (Part::National, Light::Good),
        (Part::Store, Light::Good),
        (Part::Clock, Light::Good),
        (Part::Portal, Light::Unknown),
        (Part::Link, Light::Unknown),
        (Part::Device, Light::Unknown),
        (Part::Backup, Light::Attention),
        (Part::ClientCertificate, Light::Unknown),
    ] {
        assert_eq!(state(&first, part).light, expected, "{part:?}");
    }
    // The register is silent.
    register.store(0, Ordering::SeqCst);
    let silent = looked(&world, &admin, SeenByPage::default()).await;
    let national = state(&silent, Part::National);
    assert_eq!((national.light, national.good_at), (Light::Bad, Some(first.now)), "the last good moment is kept");
    assert_eq!(light(Part::Store).await, Light::Good, "and no other part's");
    register.store(1, Ordering::SeqCst);
    assert_eq!(light(Part::National).await, Light::Good);
    // The disk gets full.
    for (mib, expected) in [(500, Light::Attention), (50, Light::Bad), (5_000, Light::Good)] {
        space.store(mib * 1024 * 1024, Ordering::SeqCst);
        assert_eq!(light(Part::Store).await, expected, "{mib} MiB");
    }
    // The clock jumps.
    jumps.look(world.clock.now(), std::time::Duration::from_secs(0));
    assert_eq!(light(Part::Clock).await, Light::Good, "control: a first look is no jump");
    jumps.look(world.clock.now().plus_ms(-3_600_000), std::time::Duration::from_secs(1));
    let jumped = state(&looked(&world, &admin, SeenByPage::default()).await, Part::Clock);
    assert!(jumped.light == Light::Attention && matches!(jumped.fact, Fact::ClockJumped { by_ms: ..=-3_600_000, .. }), "{jumped:?}");
    world.later(24 * 3_600_000);
    // The session of before has ended with the night.
    let admin = world.login(STATION, "kanri1").await;
    assert_eq!(state(&looked(&world, &admin, SeenByPage::default()).await, Part::Clock).light, Light::Good, "a day later");
}

#[tokio::test]
async fn the_link_is_what_the_log_says_of_it() {
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let link = async || state(&looked(&world, &admin, SeenByPage::default()).await, Part::Link);
    world.visit_of("ichiro").await.unwrap();
    assert_eq!(link().await.fact, Fact::NoExport, "finished checks alone say nothing of a link that nobody uses");
    let folder = tempfile::tempdir().unwrap();
    let export = async |folder: &std::path::Path| {
        let now = world.clock.now();
        server::export::command::write_finished(&world.store.0, &tenant(STATION), folder, server::charset::Encoding::ALL[0], None, now)
            .await
    };
    world.later(MINUTE_MS);
    assert_eq!(export(folder.path()).await.unwrap().written, 1);
    let at = world.clock.now();
    let sent = link().await;
    assert_eq!((sent.light, sent.fact), (Light::Good, Fact::Exported { at, waiting: 0, oldest: None }));
    // The program that writes out stops: a finished check waits.
    world.later(MINUTE_MS);
    world.visit_of("saburo").await.unwrap();
    assert_eq!(link().await.light, Light::Good, "control: not longer than it may");
    world.later(16 * MINUTE_MS);
    let admin = world.login(STATION, "kanri1").await;
    let late = state(&looked(&world, &admin, SeenByPage::default()).await, Part::Link);
    assert!(late.light == Light::Attention && matches!(late.fact, Fact::Exported { waiting: 1, .. }), "{late:?}");
    assert_eq!(export(folder.path()).await.unwrap().written, 1);
    assert_eq!(state(&looked(&world, &admin, SeenByPage::default()).await, Part::Link).light, Light::Good, "it runs again");
    // Another institution's checks and files are not in it.
    let theirs = world.login(CLINIC, "kanri1").await;
    assert_eq!(state(&looked(&world, &theirs, SeenByPage::default()).await, Part::Link).fact, Fact::NoExport);
}

#[tokio::test]
async fn a_full_disk_is_seen_and_told_to_monitoring_and_reading_goes_on() {
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let health = async || {
        let (status, headers, body) = world.send("GET", "/health", &nobody(), "").await;
        assert_eq!(headers["cache-control"], "no-store");
        (status, String::from_utf8(body).unwrap())
    };
    let well = (StatusCode::OK, "ok\n".to_owned());
    assert_eq!(health().await, well);
    let first = looked(&world, &admin, SeenByPage::default()).await;
    let may_grow = async |sql: &'static str| {
        world.store.0.write(move |tx| tx.row(sql, &[], |row| row.get::<i64>("max_page_count"))).await.unwrap().unwrap()
    };
    may_grow("PRAGMA max_page_count = 1").await;
    // Fills what is left of the last pages.
    let mut is_full = false;
    for number in 0..2_000_i64 {
        let entry = entry(world.clock.now().plus_ms(number), STATION).with_outcome(&"x".repeat(200));
        if world.store.0.write(move |tx| server::store::audit::add(tx, &entry)).await.is_err() {
            is_full = true;
            break;
        }
    }
    assert!(is_full, "control: the disk was full at last");
    assert_eq!(health().await, well, "an answer of the last five seconds is given again");
    world.later(5_000);
    let full = looked(&world, &admin, SeenByPage { reader: Some(Light::Good), ..SeenByPage::default() }).await;
    let store = state(&full, Part::Store);
    assert_eq!((store.light, store.fact.clone()), (Light::Bad, Fact::StoreFull), "{store:?}");
    assert_eq!(store.good_at, Some(first.now), "the last good moment, read where nothing can be written");
    assert_eq!(health().await, (StatusCode::SERVICE_UNAVAILABLE, "failing\n".to_owned()));
    may_grow("PRAGMA max_page_count = 1000000").await;
    world.later(5_000);
    assert_eq!(health().await, well, "without a new start");
    assert_eq!(state(&looked(&world, &admin, SeenByPage::default()).await, Part::Store).light, Light::Good);
}

#[tokio::test]
async fn a_window_refuses_new_visits_and_those_that_are_open_go_on() {
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let key = [9; 16];
    let ask = async |key: [u8; 16]| {
        world.call::<OpenVisit>(&[world.token.as_str()], &nobody(), &new_visit(key, Choices::all(Choice::Agree))).await
    };
    let open = world.open(Choices::all(Choice::Agree)).await;
    let now = world.clock.now();
    let announced = async || world.call::<OpenPage>(&[world.token.as_str()], &nobody(), &()).await.unwrap().maintenance;
    assert_eq!(announced().await, None);
    let span = Span { from: now.plus_ms(MINUTE_MS), to: now.plus_ms(10 * MINUTE_MS) };
    let row = world.call::<AddWindow>(&[], &admin, &window(Part::Portal, span.from, span.to)).await.unwrap();
    assert_eq!(announced().await, Some(Maintenance { span, part: Part::Portal }));
    world.later(MINUTE_MS);
    let (status, refusal) = ask(key).await.unwrap_err();
    assert_eq!((status, refusal.code, refusal.detail), (StatusCode::SERVICE_UNAVAILABLE, Code::X35, Some(Detail::Maintenance(span))));
    // The visit that was open goes on: nothing is lost.
    let proof = world.card("ichiro").sign(&open.challenge, ORIGIN);
    world.call::<Prove>(&[&open.visit], &holder(&open), &proof).await.unwrap();
    // Ended early, the same press goes through.
    world.call::<EndWindow>(&[&row.id], &admin, &()).await.unwrap();
    ask(key).await.unwrap();
    // A part that no visit needs only announces.
    world.call::<AddWindow>(&[], &admin, &window(Part::Link, span.from, span.to)).await.unwrap();
    ask([8; 16]).await.unwrap();
    assert_eq!(announced().await.map(|told| told.part), Some(Part::Link));
    for (from, to) in [(0, 0), (10, 5), (-20, -10), (0, 32 * 24 * 60)] {
        let odd = window(Part::Portal, now.plus_ms(from * MINUTE_MS), now.plus_ms(to * MINUTE_MS));
        assert_eq!(world.call::<AddWindow>(&[], &admin, &odd).await.unwrap_err().1.code, Code::Request, "{from} {to}");
    }
    let news = world.call::<OperationNews>(&[], &admin, &()).await.unwrap();
    assert_eq!(news.windows.len(), 1, "{:?}", news.windows);
}

#[tokio::test]
async fn an_individual_number_is_taken_nowhere_and_logged_nowhere() {
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let number = concat!("1234567890", "18");
    let asked = serde_json::to_value(enquiry_about("しつもん")).unwrap();
    for field in ["desk", "who", "case_number", "question", "answer"] {
        let mut body = asked.clone();
        body[field] = serde_json::Value::from(format!("番号 {number} です"));
        let (status, _, answer) = world.send("POST", AddEnquiry::PATH, &admin, body.to_string()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{field}");
        assert!(!String::from_utf8_lossy(&answer).contains(number), "{field}");
    }
    let (status, ..) = world.send("POST", AddEnquiry::PATH, &admin, asked.to_string()).await;
    assert_eq!(status, StatusCode::OK, "control");
    let mut desk = serde_json::to_value(desk_named("窓口")).unwrap();
    desk["at_hand"] = number.into();
    assert_eq!(world.send("POST", AddDesk::PATH, &admin, desk.to_string()).await.0, StatusCode::BAD_REQUEST);
    assert!(world.call::<Desks>(&[], &admin, &()).await.unwrap().rows.is_empty());
    world.store.close().await;
    let disk: Vec<u8> = std::fs::read_dir(world.folder()).unwrap().flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    let holds = |text: &str| disk.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("しつもん") && !holds(number));
}

#[tokio::test]
async fn an_enquiry_is_asked_answered_and_counted() {
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let row = world.call::<AddEnquiry>(&[], &admin, &enquiry_about("回線が切れます")).await.unwrap();
    assert_eq!(world.call::<OperationNews>(&[], &admin, &()).await.unwrap().open_enquiries, 1);
    world.later(1_000);
    let mut answered = row.enquiry.clone();
    (answered.answer, answered.state) = (Note::try_from("機器を再起動").unwrap(), EnquiryState::Answered);
    let change = EnquiryChange { enquiry: answered.clone(), shown: row.changed_at };
    let changed = world.call::<ChangeEnquiry>(&[&row.id], &admin, &change).await.unwrap();
    assert_eq!((changed.enquiry, changed.made_at), (answered, row.made_at));
    let late = EnquiryChange { enquiry: enquiry_about("別の人"), shown: row.changed_at };
    assert_eq!(world.call::<ChangeEnquiry>(&[&row.id], &admin, &late).await.unwrap_err().1.code, Code::Taken);
    assert_eq!(world.call::<OperationNews>(&[], &admin, &()).await.unwrap().open_enquiries, 0);
    let search = EnquirySearch { words: "再起動".to_owned(), ..EnquirySearch::default() };
    assert_eq!(world.call::<SearchEnquiries>(&[], &admin, &search).await.unwrap().total, 1, "found by its answer");
    for number in 0..21 {
        world.later(1_000);
        world.call::<AddEnquiry>(&[], &admin, &enquiry_about(&format!("質問{number}"))).await.unwrap();
    }
    let first = world.call::<SearchEnquiries>(&[], &admin, &EnquirySearch::default()).await.unwrap();
    assert_eq!((first.total, first.rows.len(), first.next.is_some()), (22, 20, true));
    let second =
        world.call::<SearchEnquiries>(&[], &admin, &EnquirySearch { after: first.next, ..EnquirySearch::default() }).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (2, None));
}

/// The marks that stand in some line of a record.
fn leaks<'a>(lines: &[RecordLine], marks: &[&'a str]) -> Vec<&'a str> {
    let text: String = lines.iter().map(|line| format!("{} {}\n", line.title, line.value)).collect();
    marks.iter().copied().filter(|mark| text.contains(mark)).collect()
}

#[tokio::test]
async fn the_record_for_support_holds_nothing_of_a_person_or_the_institution() {
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let result = world.visit_of("ichiro").await.unwrap();
    let person = result.eligibility.as_ref().and_then(|found| found.person.clone()).unwrap();
    let coverage = result.eligibility.as_ref().unwrap().coverages[0].clone();
    // What staff wrote, and what was refused.
    world.call::<AddEnquiry>(&[], &admin, &enquiry_about("印の質問")).await.unwrap();
    world.call::<AddDesk>(&[], &admin, &desk_named("印の窓口")).await.unwrap();
    let window = Window {
        still: Note::try_from("印の予定").unwrap(),
        ..window(Part::Link, world.clock.now(), world.clock.now().plus_ms(9_000))
    };
    world.call::<AddWindow>(&[], &admin, &window).await.unwrap();
    let (status, ..) = world.send("POST", EndWindow { window: "AAAAAAAAAAAAAAAAAAAAAA".into() }.path().as_str(), &admin, "null").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let record =
        world.call::<MakeSupportRecord>(&[], &admin, &SeenByPage { reader: Some(Light::Bad), ..SeenByPage::default() }).await.unwrap();
    let said = |text: &str| record.lines.iter().any(|line| format!("{} {}", line.title, line.value).contains(text));
    assert!(
        said("U-NOT-FOUND") && said(Part::Store.label()) && said("メンテナンス中") && said(env!("CARGO_PKG_VERSION")),
        "{:?}",
        record.lines
    );
    let consent = world.first_consent().await;
    let cookie = admin.cookie.clone().unwrap();
    let marks = [
        person.name.as_str(),
        person.name_kana.as_str(),
        "一郎",
        &coverage.member_number,
        &coverage.insurer_number,
        &result.receipt,
        &consent,
        world.token.as_str(),
        cookie.split('=').next_back().unwrap(),
        "ひなた",
        STATION,
        "事務所 受付",
        "kanri1",
        "担当",
        ORIGIN.trim_start_matches("https://"),
        "127.0.0.1",
        "0.0.0.0",
        "印の",
        "03-0000",
        world.folder().to_str().unwrap(),
    ];
    assert_eq!(leaks(&record.lines, &marks), Vec::<&str>::new());
    // Control: a leak is found, whichever mark it is.
    for mark in marks {
        let mut lines = record.lines.clone();
        lines.push(RecordLine { title: "x".to_owned(), value: format!("a{mark}b") });
        assert!(leaks(&lines, &marks).contains(&mark), "{mark}");
    }
    assert_eq!(world.audited(MakeSupportRecord::NAME).await, ["ok"], "it is on the record");
}
