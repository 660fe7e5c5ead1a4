//! 医療情報閲覧 (OT-16, N109) and its history (OT-13): what opens a document, what closes it, and that no view goes unrecorded.

use std::sync::Arc;

use axum::http::StatusCode;
use server::clock::Clock;
use server::medical::{Answering, Asked, Fault, Known, MedicalSource};
use server::rule::medical::{Standing, note, standing};
use server::store::medical::{LIST_ALL, LIST_OF_USER, NewView, Under, ViewQuery, list};
use server::store::readable::Readable;
use server::store::{AuditEntry, ConsentId, ViewId, medical::ViewRecord};
use server::tenant::Tenant;
use shared::api::medical::{Basis, MedicalDocument, MedicalInOpening, SaveViews, SearchViews, ViewPage, ViewSearch};
use shared::api::{Code, Detail, Endpoint as _};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::consent::{Choice, Choices, ItemState};
use shared::domain::medical::{MedicalKind, MedicalPart, Origin};

use crate::kept::Kept;
use crate::sample::{Caller, Scene};
use crate::store::{code, consent_id, on_both, stored};
use crate::world::{CLINIC, ORIGIN, STATION, With, World, add_institution, at};

const NOON: &str = "2024-01-17T12:00:00+09:00";

fn tenant(of: &str) -> Tenant {
    Tenant::of_operator(&code(of))
}

fn entry(of: &str) -> AuditEntry {
    AuditEntry::of_operator(at(NOON), &tenant(of), "office.medical_document", "x")
}

fn view(number: u8, consent: &ConsentId, kind: MedicalKind, by: &str, at: UnixMs) -> NewView {
    let (id, by) = (ViewId::new(at, [number; 10]), UserId::try_from(by).unwrap());
    NewView { id, under: Under::Consent(consent.clone()), subject: "ichiro".to_owned(), kind, at, by, lines: u32::from(number) }
}

async fn standing_of(store: &Kept, of: &'static str, id: &ConsentId, kind: MedicalKind, now: UnixMs) -> Standing {
    let id = id.clone();
    store.0.read(move |tx| standing(tx, &tenant(of), &id, kind, now)).await.unwrap()
}

async fn noted(store: &Kept, of: &'static str, view: NewView) -> Standing {
    store.0.write(move |tx| note(tx, &tenant(of), &view, &entry(of))).await.unwrap()
}

fn all() -> ViewQuery {
    let (from, to) = (at("2024-01-01T00:00:00+09:00"), at("2025-01-01T00:00:00+09:00"));
    ViewQuery { from, to, before: None, user: String::new(), kind: None, name_key: String::new(), rows: 50 }
}

async fn listed(store: &Kept, of: &'static str, query: ViewQuery) -> Readable<ViewRecord> {
    store.0.read(move |tx| list(tx, &tenant(of), &query)).await.unwrap()
}

fn numbers(found: &Readable<ViewRecord>) -> Vec<u32> {
    found.rows.iter().map(|row| row.lines).collect()
}

async fn a_consent_opens_until_its_last_minute_and_for_its_institution(store: &Kept) {
    for of in [STATION, CLINIC] {
        add_institution(store, of, "試験", &server::random::Random::machine(), at(NOON)).await;
    }
    let result = stored(store, 1, STATION, "ichiro", "ｼｶｸ ｲﾁﾛｳ", at(NOON)).await;
    let id = consent_id(1);
    let open = |standing: &Standing| matches!(standing, Standing::Open { subject, .. } if subject == "ichiro");
    for kind in MedicalKind::ALL {
        assert!(open(&standing_of(store, STATION, &id, kind, at(NOON)).await), "{kind:?}");
        assert!(matches!(standing_of(store, CLINIC, &id, kind, at(NOON)).await, Standing::NotThere), "another institution's");
        let last = result.expires_at.plus_ms(59_999);
        assert!(open(&standing_of(store, STATION, &id, kind, last).await), "the last minute counts");
        let after = standing_of(store, STATION, &id, kind, last.plus_ms(1)).await;
        assert!(matches!(after, Standing::Closed(ItemState::Expired)), "{after:?}");
    }
    // What ended while the source was asked leaves no view.
    let late = view(1, &id, MedicalKind::Drug, "etsu1", result.expires_at.plus_ms(60_000));
    assert!(matches!(noted(store, STATION, late).await, Standing::Closed(ItemState::Expired)));
    let linked = NewView { subject: "hanako".to_owned(), ..view(1, &id, MedicalKind::Drug, "etsu1", at(NOON)) };
    assert!(matches!(noted(store, STATION, linked).await, Standing::NotThere), "another person's by now");
    assert!(listed(store, STATION, all()).await.rows.is_empty());
    assert!(!store.audit_of(&code(STATION)).await.unwrap().iter().any(|row| row.action == "office.medical_document"));
}

async fn views_are_listed_by_every_condition_and_page_by_page(store: &Kept) {
    for of in [STATION, CLINIC] {
        add_institution(store, of, "試験", &server::random::Random::machine(), at(NOON)).await;
    }
    stored(store, 1, STATION, "ichiro", "ｼｶｸ ｲﾁﾛｳ", at(NOON)).await;
    stored(store, 2, CLINIC, "ichiro", "ｼｶｸ ｲﾁﾛｳ", at(NOON)).await;
    let id = consent_id(1);
    for (number, kind, by, minutes) in [
        (1, MedicalKind::Drug, "etsu1", 0),
        (2, MedicalKind::Checkup, "etsu1", 1),
        // Two of one instant.
        (3, MedicalKind::Drug, "ippan1", 2),
        (4, MedicalKind::Surgery, "etsu1", 2),
    ] {
        assert!(matches!(
            noted(store, STATION, view(number, &id, kind, by, at(NOON).plus_ms(minutes * 60_000))).await,
            Standing::Open { .. }
        ));
    }
    noted(store, CLINIC, view(9, &consent_id(2), MedicalKind::Drug, "etsu1", at(NOON))).await;

    let found = listed(store, STATION, all()).await;
    assert_eq!(numbers(&found), [4, 3, 2, 1], "the newest first, of this institution only");
    let first = &found.rows[3];
    assert_eq!((first.person.as_ref().unwrap().name_kana.as_str(), first.by_name.as_deref()), ("ｼｶｸ ｲﾁﾛｳ", Some("担当")));
    assert_eq!((&first.consent, first.kind, first.at), (&Some(id), MedicalKind::Drug, at(NOON)));
    assert_eq!(numbers(&listed(store, CLINIC, all()).await), [9]);
    for (query, wanted) in [
        (ViewQuery { user: "etsu1".to_owned(), ..all() }, &[4, 2, 1][..]),
        (ViewQuery { kind: Some(MedicalKind::Drug), ..all() }, &[3, 1]),
        (ViewQuery { name_key: server::consent::search_key("しかく"), ..all() }, &[4, 3, 2, 1]),
        (ViewQuery { name_key: server::consent::search_key("試験"), user: "ippan1".to_owned(), ..all() }, &[3]),
        (ViewQuery { name_key: server::consent::search_key("%"), ..all() }, &[]),
        (ViewQuery { from: at(NOON).plus_ms(60_000), to: at(NOON).plus_ms(120_000), ..all() }, &[2]),
    ] {
        assert_eq!(numbers(&listed(store, STATION, query.clone()).await), wanted, "{query:?}");
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = listed(store, STATION, ViewQuery { before, rows: 1, ..all() }).await;
        seen.extend(numbers(&page));
        let Some(last) = page.rows.last().filter(|_| page.has_more) else { break };
        before = Some((last.at, last.id.clone()));
    }
    assert_eq!(seen, [4, 3, 2, 1], "each once");
}

on_both!(a_consent_opens_until_its_last_minute_and_for_its_institution, views_are_listed_by_every_condition_and_page_by_page);

#[tokio::test]
async fn the_history_is_read_along_an_index() {
    let world = World::new().await;
    let connection = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    for (sql, index) in [(LIST_ALL, "medical_views_by_time"), (LIST_OF_USER, "medical_views_by_user")] {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let count = statement.parameter_count();
        let plan: Vec<String> = statement
            .query_map(rusqlite::params_from_iter(std::iter::repeat_n("", count)), |row| row.get(3))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains(index) && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}

async fn look(
    world: &World,
    who: &With,
    consent: &str,
    kind: MedicalKind,
) -> Result<shared::api::medical::MedicalPage, (u16, Code, Option<Detail>)> {
    let answer = world.call::<MedicalDocument>(&[consent, kind.word()], who, &()).await;
    answer.map_err(|(status, refusal)| (status.as_u16(), refusal.code, refusal.detail))
}

fn search(user: &str) -> ViewSearch {
    let day = |text| CivilDate::try_from(text).unwrap();
    ViewSearch {
        from: day("2026-01-01"),
        to: day("2026-12-31"),
        user: user.to_owned(),
        kind: None,
        name_prefix: String::new(),
        after: None,
    }
}

async fn history(world: &World, who: &With) -> ViewPage {
    world.call::<SearchViews>(&[], who, &search("")).await.unwrap()
}

async fn views(world: &World) -> usize {
    history(world, &world.login(STATION, "kanri1").await).await.rows.len()
}

#[tokio::test]
async fn a_viewer_sees_each_kind_and_every_view_is_in_the_history() {
    let world = World::new().await;
    world.visit_of("ichiro").await.unwrap();
    let consent = world.first_consent().await;
    let viewer = world.login(STATION, "etsu1").await;
    for (place, kind) in MedicalKind::ALL.into_iter().enumerate() {
        world.later(1);
        let page = look(&world, &viewer, &consent, kind).await.unwrap();
        assert_eq!((page.kind, page.viewer.as_str()), (kind, "etsu1"));
        assert_eq!(page.person.as_ref().unwrap().name_kana, "ｼｶｸ ｲﾁﾛｳ");
        assert_eq!(page.sections.iter().map(|section| section.part).collect::<Vec<_>>(), kind.parts(), "also those without a line");
        assert_eq!(page.checkups.is_empty(), kind != MedicalKind::Checkup);
        assert!(matches!(page.basis, Basis::Consent { consented_at, .. } if consented_at < page.expires_at) && page.claims_until.is_some());
        let lines = page.sections.iter().flat_map(|section| &section.lines);
        assert!(lines.clone().all(|line| line.source.as_of <= page.asked_at.jst_date() && line.source.institution.is_some()));
        if kind == MedicalKind::Drug {
            let marked = lines.filter(|line| line.source.origin == Origin::EPrescription).count();
            let prescribed = page.sections.iter().find(|section| section.part == MedicalPart::Prescription).unwrap().lines.len();
            assert!(marked > 0 && marked == prescribed, "lines of electronic prescriptions are told");
        }
        let rows = history(&world, &viewer).await.rows;
        assert_eq!(rows.len(), place + 1);
        let newest = &rows[0];
        assert_eq!((newest.kind, newest.user.as_str(), newest.consent.as_deref()), (kind, "etsu1", Some(consent.as_str())));
        assert_eq!(newest.person, page.person);
    }
    assert_eq!(world.audited(MedicalDocument::NAME).await, ["ok"; 4]);
    // Who may not view is refused, and the history does not grow.
    for user in ["kanri1", "ippan1"] {
        let who = world.login(STATION, user).await;
        assert_eq!(look(&world, &who, &consent, MedicalKind::Drug).await.unwrap_err().1, Code::Forbidden, "{user}");
    }
    assert_eq!(look(&world, &viewer, &consent, MedicalKind::Drug).await.unwrap().kind, MedicalKind::Drug);
    assert_eq!(views(&world).await, 5, "a second look is a second view");
    // Nothing of what was shown is kept.
    world.store.close().await;
    let file = std::fs::read(world.folder().join("u.db")).unwrap();
    let has = |word: &str| file.windows(word.len()).any(|window| window == word.as_bytes());
    assert!(!has("フロセミド") && !has("あおば腎クリニック") && has("ひなた訪問看護ステーション"), "control: what is kept is found");
}

#[tokio::test]
async fn what_is_not_consented_or_has_ended_is_refused_and_says_how_it_stands() {
    let world = World::new().await;
    let viewer = world.login(STATION, "etsu1").await;
    let closed = |state| (403, Code::NotViewable, Some(Detail::Item(state)));
    let consent_of = async |card: &str, choices: Choices| {
        let visit = world.open(choices).await;
        let proof = world.card(card).sign(&visit.challenge, ORIGIN);
        world.prove(&visit, &proof).await.unwrap();
        world.first_consent().await
    };
    let all = Choices::all(Choice::Agree);
    let partly = consent_of("ichiro", Choices { surgery: Choice::Refuse, ..all }).await;
    assert_eq!(look(&world, &viewer, &partly, MedicalKind::Surgery).await.unwrap_err(), closed(ItemState::Refused));
    assert!(look(&world, &viewer, &partly, MedicalKind::Treatment).await.is_ok());
    world.later(1_000);
    let child = consent_of("jiro", all).await;
    assert_eq!(look(&world, &viewer, &child, MedicalKind::Checkup).await.unwrap_err(), closed(ItemState::NotApplicable));
    // A word that is no kind, and an id that is no consent.
    let missing = (404, Code::NotFound, None);
    let answer = world.call::<MedicalDocument>(&[&child, "blood"], &viewer, &()).await.unwrap_err();
    assert_eq!((answer.0, answer.1.code), (StatusCode::NOT_FOUND, Code::NotFound));
    assert_eq!(look(&world, &viewer, "x", MedicalKind::Drug).await.unwrap_err(), missing);

    // Replaced by a later consent of the same person: the new one opens, the former one does not.
    world.later(1_000);
    world.visit_of("ichiro").await.unwrap();
    let next = world.first_consent().await;
    assert_ne!(next, partly);
    assert_eq!(look(&world, &viewer, &partly, MedicalKind::Drug).await.unwrap_err(), closed(ItemState::Replaced));
    assert!(look(&world, &viewer, &next, MedicalKind::Drug).await.is_ok());
    // Its time is over.
    world.later(130 * 24 * 60 * 60_000);
    let viewer = world.login(STATION, "etsu1").await;
    assert_eq!(look(&world, &viewer, &next, MedicalKind::Drug).await.unwrap_err(), closed(ItemState::Expired));
    let outcomes = world.audited(MedicalDocument::NAME).await;
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "U-NOT-VIEWABLE").count(), 4, "{outcomes:?}");
    assert_eq!(views(&world).await, 2);
}

/// A source that plays a part.
enum Played {
    /// Does not answer.
    Away,
    /// Answers after the consent's end.
    Slow(Clock),
}

impl MedicalSource for Played {
    fn ask<'a>(&'a self, _: &'a Asked) -> Answering<'a> {
        Box::pin(async move {
            match self {
                Self::Away => Err(Fault::Away),
                Self::Slow(clock) => {
                    clock.set(clock.now().plus_ms(200 * 24 * 60 * 60_000));
                    Ok(Known::default())
                }
            }
        })
    }
}

#[tokio::test]
async fn without_an_answer_nothing_counts_as_viewed_and_the_refusal_is_on_the_record() {
    type Sets = fn(&mut server::serve::Parts);
    let sources: [(Sets, u16, Code); 3] = [
        (|parts| parts.medical = Arc::new(Played::Away), 503, Code::X34),
        (|parts| parts.medical = Arc::new(server::medical::NotConnected), 503, Code::NoSource),
        (|parts| parts.medical = Arc::new(Played::Slow(parts.clock.clone())), 403, Code::NotViewable),
    ];
    for (set, status, wanted) in sources {
        let world = World::with(set).await;
        world.visit_of("ichiro").await.unwrap();
        let consent = world.first_consent().await;
        let viewer = world.login(STATION, "etsu1").await;
        let refused = look(&world, &viewer, &consent, MedicalKind::Drug).await.unwrap_err();
        assert_eq!((refused.0, refused.1), (status, wanted));
        assert_eq!(world.audited(MedicalDocument::NAME).await, [wanted.word()]);
        assert_eq!(views(&world).await, 0, "{wanted:?}");
    }
}

#[tokio::test]
async fn a_viewer_finds_the_own_views_only_and_an_admin_all() {
    let world = World::new().await;
    world.visit_of("ichiro").await.unwrap();
    let consent = world.first_consent().await;
    let like = world.store.account(&code(STATION), &UserId::try_from("etsu1").unwrap()).await.unwrap().unwrap().0;
    let second = server::store::Account { user: UserId::try_from("etsu2").unwrap(), ..like };
    assert!(world.store.add_account(code(STATION), second).await.unwrap());
    let [first, second, admin] =
        [world.login(STATION, "etsu1").await, world.login(STATION, "etsu2").await, world.login(STATION, "kanri1").await];
    look(&world, &first, &consent, MedicalKind::Drug).await.unwrap();
    world.later(1_000);
    look(&world, &second, &consent, MedicalKind::Surgery).await.unwrap();
    let by = |page: &ViewPage| page.rows.iter().map(|row| row.user.as_str().to_owned()).collect::<Vec<_>>();
    let own = history(&world, &first).await;
    assert_eq!((by(&own), own.is_own_only), (vec!["etsu1".to_owned()], true));
    let others = world.call::<SearchViews>(&[], &first, &search("etsu2")).await.unwrap();
    assert_eq!(by(&others), Vec::<String>::new(), "asking for another one's does not help");
    let all = history(&world, &admin).await;
    assert_eq!((by(&all), all.is_own_only), (vec!["etsu2".to_owned(), "etsu1".to_owned()], false));
    assert_eq!(by(&world.call::<SearchViews>(&[], &admin, &search("etsu1")).await.unwrap()), ["etsu1"]);

    for (who, rows) in [(&first, 1), (&admin, 2)] {
        let file = world.call::<SaveViews>(&[], who, &search("")).await.unwrap();
        let text = String::from_utf8(file.file.0).unwrap();
        assert_eq!((file.rows, text.lines().count()), (rows, usize::try_from(rows).unwrap() + 1));
        assert!(text.contains("資格　一郎") && !file.name.contains("一郎"), "{}", file.name);
    }
    let general = world.login(STATION, "ippan1").await;
    assert_eq!(world.call::<SearchViews>(&[], &general, &search("")).await.unwrap_err().1.code, Code::Forbidden);
    assert_eq!(world.call::<SaveViews>(&[], &general, &search("")).await.unwrap_err().1.code, Code::Forbidden);
    let backwards = ViewSearch { from: CivilDate::try_from("2027-01-01").unwrap(), ..search("") };
    assert_eq!(world.call::<SearchViews>(&[], &admin, &backwards).await.unwrap_err().1.code, Code::Request);
}

#[tokio::test]
async fn in_a_disaster_who_sees_a_person_sees_their_documents_until_the_record_ends() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let [seer, other] = [scene.caller(AccountKind::Viewer, false, 30).await, scene.caller(AccountKind::Viewer, false, 30).await];
    let check = scene.seen_in_a_disaster(STATION, &seer.user).await;
    let look = async |who: &Caller, kind: MedicalKind| {
        let with = scene.session(who, 0).await;
        world.call::<MedicalInOpening>(&[&check, kind.word()], &with, &()).await.map_err(|(_, refusal)| refusal.code)
    };
    for kind in MedicalKind::ALL {
        let page = look(&seer, kind).await.unwrap();
        assert_eq!((page.kind, page.basis, page.viewer), (kind, Basis::Disaster, seer.user.clone()));
        assert_eq!(page.expires_at, world.clock.now().plus_ms(7 * 24 * 60 * 60_000), "until the end of the record");
    }
    assert_eq!(look(&other, MedicalKind::Drug).await.unwrap_err(), Code::NotFound, "somebody else says a ground of their own");
    let rows = history(world, &world.login(STATION, "kanri1").await).await.rows;
    assert_eq!((rows.len(), rows.iter().filter(|row| row.user == seer.user && row.consent.is_none()).count()), (4, 4));
    world.later(7 * 24 * 60 * 60_000);
    assert_eq!(look(&seer, MedicalKind::Drug).await.unwrap_err(), Code::NotFound, "the record is over");
    assert_eq!(world.audited(MedicalInOpening::NAME).await, ["ok"; 4]);
}
