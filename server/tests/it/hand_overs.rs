//! How finished checks get into other programs: what is noted, what stays, what is unsent (X49); on both databases.

use server::charset::Encoding;
use server::export::command::Stopped;
use server::export::face;
use server::export::outbox::CannotSend;
use server::store::{ConsentId, StoreError};
use server::store::{finished, handover};
use server::tenant::Tenant;
use shared::api::claims::{ClaimClosing, ClaimKind, Claims, ClaimsCsv, CloseClaim};
use shared::api::hand_over::{FaceMade, HandOverOf, SaveFace};
use shared::api::home::{Home, TaskKind};
use shared::domain::calendar::UnixMs;
use shared::domain::hand_over::{HandOver, HandOverFault, HandOverState, HandOverWay, Misfit};
use shared::domain::institution::InstitutionCode;
use shared::domain::month::Month;

use crate::export::{change_name, export, files, try_export};
use crate::kept::Kept;
use crate::sample::code;
use crate::store::{consent_id, on_both, stored};
use crate::world::{CLINIC, STATION, World, add_institution, at};

const NOON: &str = "2024-01-17T12:00:00+09:00";

fn folder(state: HandOverState, at: UnixMs, file: Option<&str>, fault: Option<HandOverFault>) -> HandOver {
    HandOver { way: HandOverWay::Folder, state, at, file: file.map(str::to_owned), fault }
}

async fn note(store: &Kept, institution: &str, consent: ConsentId, of: HandOver) -> bool {
    let tenant = Tenant::of_operator(&code(institution));
    store.0.write(move |tx| handover::note(tx, &tenant, &consent, &of)).await.unwrap()
}

async fn of(store: &Kept, institution: &str, consent: ConsentId) -> Vec<HandOver> {
    let tenant = Tenant::of_operator(&code(institution));
    store.0.read(move |tx| handover::of(tx, &tenant, &consent)).await.unwrap()
}

async fn received(store: &Kept, institution: &str, consent: ConsentId, way: HandOverWay, at: UnixMs) -> bool {
    let tenant = Tenant::of_operator(&code(institution));
    store.0.write(move |tx| handover::note_received(tx, &tenant, &consent, way, at)).await.unwrap()
}

async fn unsent(store: &Kept, institution: &str, span: (UnixMs, UnixMs)) -> Vec<ConsentId> {
    let tenant = Tenant::of_operator(&code(institution));
    store.0.read(move |tx| handover::unsent(tx, &tenant, span, 100)).await.unwrap()
}

async fn a_way_goes_on_to_its_end_and_no_further(store: &Kept) {
    let now = at(NOON);
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), now).await;
    }
    for (number, institution) in [(1, STATION), (2, STATION), (3, CLINIC)] {
        stored(store, number, institution, &format!("p{number}"), "ｼｶｸ", now).await;
    }
    let (one, day) = (consent_id(1), (now, now.plus_ms(1)));
    assert_eq!(unsent(store, STATION, day).await, [one.clone(), consent_id(2)]);
    assert_eq!(unsent(store, STATION, (now.plus_ms(1), now.plus_ms(2))).await, []);

    let misfit = Misfit { label: "氏名".to_owned(), characters: "𠮷".to_owned() };
    let failed = folder(HandOverState::Failed, now, None, Some(HandOverFault::Characters(vec![misfit])));
    assert!(!note(store, CLINIC, one.clone(), failed.clone()).await, "another institution's check");
    assert!(note(store, STATION, one.clone(), failed.clone()).await);
    assert_eq!(of(store, STATION, one.clone()).await, std::slice::from_ref(&failed));
    assert!(of(store, CLINIC, one.clone()).await.is_empty());
    assert_eq!(unsent(store, STATION, day).await.len(), 2, "what failed is unsent");

    let begun = folder(HandOverState::Waiting, now.plus_ms(5), Some("a.xml"), None);
    let written = folder(HandOverState::Written, now.plus_ms(6), None, None);
    assert!(note(store, STATION, one.clone(), begun).await && note(store, STATION, one.clone(), written).await);
    let open = {
        let tenant = Tenant::of_operator(&code(STATION));
        let of = |from: UnixMs| {
            let tenant = tenant.clone();
            store.0.read(move |tx| handover::open_files(tx, &tenant, from))
        };
        assert!(of(now.plus_ms(7)).await.unwrap().is_empty());
        of(now).await.unwrap()
    };
    assert_eq!(open, [(one.clone(), folder(HandOverState::Written, now.plus_ms(6), Some("a.xml"), None))], "the name stays");
    assert_eq!(unsent(store, STATION, day).await, [consent_id(2)]);

    assert!(received(store, STATION, one.clone(), HandOverWay::Folder, now.plus_ms(9)).await);
    assert!(!received(store, STATION, one.clone(), HandOverWay::Folder, now.plus_ms(10)).await, "once");
    assert!(!note(store, STATION, one.clone(), failed).await, "the end");
    assert!(received(store, STATION, one.clone(), HandOverWay::Api, now.plus_ms(11)).await, "another way is its own");
    let states: Vec<_> = of(store, STATION, one).await.into_iter().map(|one| (one.way, one.state, one.at)).collect();
    let end = HandOverState::Received;
    assert_eq!(states, [(HandOverWay::Api, end, now.plus_ms(11)), (HandOverWay::Folder, end, now.plus_ms(9))]);
    assert!(!received(store, CLINIC, consent_id(2), HandOverWay::Api, now).await, "not theirs");
    let tenant = Tenant::of_operator(&code(STATION));
    let all = [consent_id(1), consent_id(2), consent_id(3)];
    let states = store.0.read(move |tx| handover::states(tx, &tenant, &all.iter().collect::<Vec<_>>())).await;
    assert_eq!(
        states.map(|states| states.into_iter().collect::<Vec<_>>()).map_err(|why: StoreError| why.to_string()),
        Ok(vec![(consent_id(1), end)])
    );
}

async fn states(world: &World) -> Vec<(HandOverState, Option<HandOverFault>)> {
    let tenant = Tenant::of_operator(&InstitutionCode::try_from(STATION).unwrap());
    let of = move |tx: &mut server::store::tx::Tx<'_>| {
        let all = finished::after(tx, &tenant, UnixMs(0), "")?;
        let one = |tx: &mut server::store::tx::Tx<'_>, id| Ok(handover::of(tx, &tenant, id)?.pop());
        all.iter().map(|(_, id)| one(tx, id)).collect::<Result<Vec<_>, server::store::StoreError>>()
    };
    let found = world.store.0.read(of).await.unwrap();
    found.into_iter().map(|one| one.map_or((HandOverState::Waiting, None), |one| (one.state, one.fault))).collect()
}

#[tokio::test]
async fn x48_the_office_sees_what_waits_lies_there_was_taken_or_failed() {
    use HandOverState::{Failed, Received, Waiting, Written};
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    world.visit_of("ichiro").await.unwrap();
    world.later(1000);
    world.visit_of("hanako").await.unwrap();
    assert_eq!(states(&world).await, [(Waiting, None), (Waiting, None)]);
    // The folder is away: both say so, and are sent once it is there.
    let gone = try_export(&world, &folder.path().join("gone"), Encoding::ShiftJis, world.clock.now()).await;
    assert!(matches!(gone, Err(Stopped::Folder(CannotSend::Gone(_)))));
    assert_eq!(states(&world).await, [(Failed, Some(HandOverFault::FolderGone)), (Failed, Some(HandOverFault::FolderGone))]);
    change_name(&world, "資格　一郎", "𠮷田　一郎");
    export(&world, folder.path(), Encoding::ShiftJis).await;
    let misfit = |label: &str| Misfit { label: label.to_owned(), characters: "𠮷".to_owned() };
    let misfits = HandOverFault::Characters(vec![misfit("被保険者氏名(世帯主氏名)"), misfit("氏名")]);
    assert_eq!(states(&world).await, [(Failed, Some(misfits.clone())), (Written, None)]);
    // Nothing came, nothing changed: the same again says the same.
    export(&world, folder.path(), Encoding::ShiftJis).await;
    assert_eq!(states(&world).await, [(Failed, Some(misfits.clone())), (Written, None)]);
    // A folder that is away for a while hides no better reason and takes nothing back.
    assert!(try_export(&world, &folder.path().join("gone"), Encoding::ShiftJis, world.clock.now()).await.is_err());
    assert_eq!(states(&world).await, [(Failed, Some(misfits)), (Written, None)]);
    let (name, _) = files(folder.path()).pop_first().unwrap();
    std::fs::remove_file(folder.path().join(&name)).unwrap();
    export(&world, folder.path(), Encoding::Utf8).await;
    assert_eq!(states(&world).await, [(Written, None), (Received, None)]);
    // Another file of the name: failed, until it is out of the way.
    let (name, _) = files(folder.path()).pop_first().unwrap();
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join(&name), "another one").unwrap();
    assert_eq!(export(&world, other.path(), Encoding::Utf8).await.problems.len(), 1);
    assert_eq!(states(&world).await, [(Failed, Some(HandOverFault::Conflict)), (Received, None)]);
    std::fs::remove_file(other.path().join(&name)).unwrap();
    export(&world, other.path(), Encoding::Utf8).await;
    assert_eq!(states(&world).await, [(Written, None), (Received, None)]);
}

/// The folder is away on the first day of all: its log knows nothing yet, and its mending comes after midnight.
#[tokio::test]
async fn what_a_missing_folder_kept_out_on_the_first_day_leaves_on_another() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    world.visit_of("ichiro").await.unwrap();
    let gone = try_export(&world, &folder.path().join("gone"), Encoding::Utf8, world.clock.now()).await;
    assert!(matches!(gone, Err(Stopped::Folder(CannotSend::Gone(_)))));
    world.later(24 * 60 * 60_000);
    assert_eq!(export(&world, folder.path(), Encoding::Utf8).await.written, 1);
    assert_eq!(states(&world).await, [(HandOverState::Written, None)]);
    assert_eq!(export(&world, folder.path(), Encoding::Utf8).await.written, 0, "once");
}

#[tokio::test]
async fn a_state_that_a_kill_left_behind_is_put_right_by_the_next_run() {
    use HandOverState::{Received, Waiting, Written};
    let world = World::new().await;
    let [folder, fresh] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    world.visit_of("ichiro").await.unwrap();
    export(&world, folder.path(), Encoding::Utf8).await;
    let (name, _) = files(folder.path()).pop_first().unwrap();
    let database = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    // As a run leaves it that noted what it was about to write, and died before it looked again.
    let killed = || assert_eq!(database.execute("UPDATE hand_overs SET state = 'waiting', reason = NULL", []).unwrap(), 1);
    killed();
    assert_eq!(states(&world).await, [(Waiting, None)], "control: the row is behind the folder");
    export(&world, folder.path(), Encoding::Utf8).await;
    assert_eq!(states(&world).await, [(Written, None)], "the file lies there");
    killed();
    assert_eq!(export(&world, fresh.path(), Encoding::Utf8).await.written, 1, "it died before the file was built");
    assert_eq!(states(&world).await, [(Written, None)]);
    killed();
    std::fs::remove_file(fresh.path().join(&name)).unwrap();
    assert_eq!(export(&world, fresh.path(), Encoding::Utf8).await.written, 0);
    assert_eq!(states(&world).await, [(Received, None)], "it was taken meanwhile");
}

#[tokio::test]
async fn x49_a_person_saves_the_file_and_what_never_left_is_listed_and_counted() {
    let world = World::new().await;
    world.visit_of("ichiro").await.unwrap();
    let saved = world.first_consent().await;
    world.later(1000);
    world.visit_of("hanako").await.unwrap();
    let staff = world.login(STATION, "ippan1").await;
    let month = Month::of(world.clock.now().jst_date()).to_string();
    let unsent = async || {
        let shown = world.call::<Claims>(&[&month], &staff, &()).await.unwrap();
        shown.groups.into_iter().find(|group| group.kind == ClaimKind::Unsent).unwrap().rows
    };
    let tasks = async || {
        let tasks = world.call::<Home>(&[], &staff, &()).await.unwrap().tasks;
        tasks.iter().find(|task| task.kind == TaskKind::Unsent).map(|task| task.count)
    };
    assert_eq!(unsent().await.iter().map(|row| row.unsent.as_deref()).collect::<Vec<_>>(), [Some("書き出し待ち"), Some("書き出し待ち")]);
    assert_eq!(tasks().await, None, "they may still leave by themselves");
    let shown = world.call::<HandOverOf>(&[&saved], &staff, &()).await.unwrap();
    assert_eq!((shown.state, shown.ways.len(), shown.is_held, shown.set.is_on), (HandOverState::Waiting, 0, false, true));
    for _ in 0..2 {
        let FaceMade::File(file) = world.call::<SaveFace>(&[&saved], &staff, &()).await.unwrap() else { panic!("no file") };
        assert!(file.name.starts_with("OQSsiquc01res_face_") && face::read(&file.file.0).unwrap().unwrap().is_confirmed);
    }
    let shown = world.call::<HandOverOf>(&[&saved], &staff, &()).await.unwrap();
    assert_eq!((shown.state, shown.ways.len()), (HandOverState::Received, 1));
    assert_eq!(unsent().await.len(), 1);
    let file = world.call::<ClaimsCsv>(&[&month], &staff, &()).await.unwrap().file.0;
    assert!(String::from_utf8(file).unwrap().contains("未送信の結果"));
    world.later(2 * 60 * 60_000);
    let staff = world.login(STATION, "ippan1").await;
    let tasks = async || {
        let tasks = world.call::<Home>(&[], &staff, &()).await.unwrap().tasks;
        tasks.iter().find(|task| task.kind == TaskKind::Unsent).map(|task| task.count)
    };
    assert_eq!(tasks().await, Some(1));
    // Typed in by hand, and closed: it is nobody's task any more.
    let about = world.call::<Claims>(&[&month], &staff, &()).await.unwrap();
    let about = about.groups.into_iter().find(|group| group.kind == ClaimKind::Unsent).unwrap().rows[0].about.clone();
    let closing = ClaimClosing { kind: ClaimKind::Unsent, about, note: Some("画面を見て入力した".try_into().unwrap()) };
    world.call::<CloseClaim>(&[&month], &staff, &closing).await.unwrap();
    assert_eq!(tasks().await, None);
}

/// The statements as they run: along an index, no table from end to end.
#[tokio::test]
async fn nothing_is_gone_through_from_end_to_end() {
    let world = World::new().await;
    let database = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    for (sql, index) in [
        (handover::STATES, "PRIMARY KEY (institution=? AND consent=?)"),
        (handover::OPEN_FILES, "hand_overs_open (institution=? AND at>?)"),
        (handover::KEPT_OUT, "hand_overs_open (institution=? AND at>?)"),
        (handover::UNSENT, "consents_by_day (institution=? AND consented_at>? AND consented_at<?)"),
    ] {
        let mut statement = database.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = statement.raw_query();
        let mut plan = String::new();
        while let Some(row) = rows.next().unwrap() {
            plan += &row.get::<_, String>("detail").unwrap();
            plan.push('\n');
        }
        assert!(plan.contains(index) && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}

on_both!(a_way_goes_on_to_its_end_and_no_further,);
