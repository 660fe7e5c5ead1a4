//! 照会番号 (OT-21), the correction of a wrong link (OT-20, X62), a person's results here (OT-11), the list as a file (OT-10).

use std::sync::Arc;

use server::charset::Encoding;
use server::clock::Clock;
use server::eligibility::reference::{ReferenceAnswer, ReferenceAsked};
use server::eligibility::{Registry, RegistryAnswer};
use server::export::command::write_finished;
use server::jobs::Worker;
use server::random::Random;
use server::store::reference::LISTS;
use server::store::{consent::person, reference};
use server::tenant::Tenant;
use shared::api::consents::SaveConsents;
use shared::api::hand_over::{FaceMade, HandOverOf, SaveFace};
use shared::api::office::{ConsentSearch, ListOrder, SearchConsents, StateFilter};
use shared::api::reference::{
    ApplyReferences, CheckReferences, CorrectLink, FindPerson, HoldLink, LineAct, LinkCorrection, LinkHold, PersonAsked, PersonFile,
    PersonHere, REFERENCE_COLUMNS, ReferenceChange, ReferenceFile, ReferenceSearch, SearchReferences, SentAs, SetReference,
};
use shared::api::{Code, Detail, Refusal};
use shared::bytes::Base64;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::hand_over::{HandOverFault, HandOverState};
use shared::domain::institution::InstitutionCode;
use shared::domain::note::Note;
use shared::domain::reference::{LinkReason, ReferenceAct, ReferenceFault, ReferenceNumber, SendState};

use crate::world::{CLINIC, STATION, With, World};

fn number(text: &str) -> ReferenceNumber {
    ReferenceNumber::try_from(text).unwrap()
}

fn station() -> InstitutionCode {
    InstitutionCode::try_from(STATION).unwrap()
}

fn search() -> ConsentSearch {
    ConsentSearch {
        consented_from: CivilDate::try_from("2026-11-01").unwrap(),
        consented_to: CivilDate::try_from("2026-11-30").unwrap(),
        days: shared::api::office::DaysOf::Consented,
        visit_kind: None,
        name_prefix: String::new(),
        reference_number: String::new(),
        receipt: String::new(),
        state: StateFilter::All,
        order: ListOrder::NewestFirst,
        cursor: None,
    }
}

/// A visit of each, and their consents.
async fn visits<const N: usize>(world: &World, cards: [&str; N]) -> [String; N] {
    let mut ids = Vec::new();
    for card in cards {
        world.visit_of(card).await.unwrap();
        ids.push(world.first_consent().await);
        world.later(1_000);
    }
    ids.try_into().unwrap()
}

async fn set(world: &World, by: &With, consent: &str, new: Option<&str>, shown: Option<&str>) -> Result<(), Refusal> {
    let change = ReferenceChange { number: new.map(number), shown: shown.map(str::to_owned) };
    world.call::<SetReference>(&[consent], by, &change).await.map_err(|(_, refusal)| refusal)
}

async fn file_of(world: &World, by: &With, consent: &str) -> PersonFile {
    world.call::<PersonHere>(&[consent], by, &()).await.unwrap()
}

fn fault(refused: Result<(), Refusal>) -> Option<ReferenceFault> {
    match refused.unwrap_err() {
        Refusal { code: Code::Reference, detail: Some(Detail::Reference(why)), .. } => Some(why),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_number_is_registered_with_the_newest_insurance_and_stands_on_every_result() {
    // OT-21
    let world = World::new().await;
    let [_, first, other, several] = visits(&world, ["ichiro", "ichiro", "kazuko", "goro"]).await;
    let staff = world.login(STATION, "ippan1").await;
    set(&world, &staff, &first, Some("００-12ー3"), None).await.unwrap();
    let file = file_of(&world, &staff, &first).await;
    let row = file.reference.clone().unwrap();
    assert_eq!((row.number.as_deref(), row.state), (Some("00-12-3"), SendState::Registered), "the register knows the insurance");
    assert_eq!(row.changed_by.unwrap().as_str(), "ippan1");
    assert_eq!((file.changes[0].act, file.changes[0].number.as_deref()), (ReferenceAct::Set, Some("00-12-3")));
    assert_eq!((file.results.len(), file.has_more), (2, false), "both results of this person, and nobody else's");
    // The list finds all of the person's results by it, however it is typed.
    let found =
        world.call::<SearchConsents>(&[], &staff, &ConsentSearch { reference_number: "00123".to_owned(), ..search() }).await.unwrap();
    assert_eq!((found.total, found.rows[0].reference_number.as_deref()), (2, Some("00-12-3")));
    // The next result of the person has it at once.
    let [third] = visits(&world, ["ichiro"]).await;
    assert_eq!(file_of(&world, &staff, &third).await.results.len(), 3);
    let found =
        world.call::<SearchConsents>(&[], &staff, &ConsentSearch { reference_number: "00123".to_owned(), ..search() }).await.unwrap();
    assert_eq!(found.total, 3);
    // Nobody else gets it, and what the page did not show is not changed.
    assert_eq!(fault(set(&world, &staff, &other, Some("00123"), None).await), Some(ReferenceFault::InUse));
    assert_eq!(fault(set(&world, &staff, &first, Some("9"), None).await), Some(ReferenceFault::ChangedMeanwhile));
    assert_eq!(fault(set(&world, &staff, &several, Some("5"), None).await), Some(ReferenceFault::Several), "a person chooses first");
    set(&world, &staff, &first, Some("77"), Some("00-12-3")).await.unwrap();
    set(&world, &staff, &other, Some("00123"), None).await.unwrap();
    // Taken off: here only, and the history says so.
    set(&world, &staff, &first, None, Some("77")).await.unwrap();
    let file = file_of(&world, &staff, &first).await;
    assert_eq!(file.reference.map(|row| (row.number, row.state)), Some((None, SendState::Off)));
    let acts: Vec<_> = file.changes.iter().map(|change| (change.act, change.former.as_deref())).collect();
    assert!(acts.contains(&(ReferenceAct::Removed, Some("77"))) && acts.contains(&(ReferenceAct::Changed, Some("00-12-3"))), "{acts:?}");
    let found = world.call::<SearchConsents>(&[], &staff, &ConsentSearch { reference_number: "77".to_owned(), ..search() }).await.unwrap();
    assert_eq!(found.total, 0);
    // Another institution finds none of it.
    let stranger = world.login(CLINIC, "kanri1").await;
    assert_eq!(world.call::<PersonHere>(&[&first], &stranger, &()).await.unwrap_err().1.code, Code::NotFound);
    assert!(!format!("{:?}", world.store.audit_of(&station()).await.unwrap()).contains("00-12-3"), "no number in the log");
}

/// A register that says what a test wants.
struct Says(std::sync::Mutex<ReferenceAnswer>);

impl Registry for Says {
    fn register_reference(&self, _: &ReferenceAsked) -> ReferenceAnswer {
        self.0.lock().unwrap().clone()
    }

    fn holder(&self, _: server::Sha256, _: UnixMs) -> RegistryAnswer {
        RegistryAnswer::NotRegistered
    }
}

#[tokio::test]
async fn what_gets_no_answer_waits_is_late_and_is_asked_again() {
    // B04
    let world = World::new().await;
    let [first] = visits(&world, ["ichiro"]).await;
    let staff = world.login(STATION, "ippan1").await;
    let says = Arc::new(Says(std::sync::Mutex::new(ReferenceAnswer::Away)));
    let clock = Clock::standing_at(world.clock.now());
    let worker = Worker::new(Arc::clone(&world.store.0), clock.clone(), &Random::machine()).unwrap();
    let worker = worker.with_registry(Arc::clone(&says) as Arc<dyn Registry>);
    // From a file, so that no answer comes at once.
    let line = file(&[["123", "", "", "", "", &receipt(&world, &staff, &first).await]]);
    world.call::<ApplyReferences>(&[], &staff, &line).await.unwrap();
    let state = async || file_of(&world, &staff, &first).await.reference.map(|row| (row.state, row.code));
    for (minutes, wanted) in [(0, SendState::Sending), (5, SendState::Sending), (11, SendState::Late)] {
        clock.set(world.clock.now().plus_ms(minutes * 60_000));
        worker.run_due().await.unwrap();
        assert_eq!(state().await, Some((wanted, None)), "after {minutes} minutes");
    }
    *says.0.lock().unwrap() = ReferenceAnswer::Refused { code: "IND00901".to_owned(), message: "該当なし".to_owned() };
    clock.set(clock.now().plus_ms(60_000));
    worker.run_due().await.unwrap();
    assert_eq!(state().await, Some((SendState::Refused, Some("IND00901".to_owned()))));
}

async fn receipt(world: &World, by: &With, consent: &str) -> String {
    world.call::<shared::api::office::ConsentDetail>(&[consent], by, &()).await.unwrap().receipt
}

fn file<const N: usize>(rows: &[[&str; 6]; N]) -> ReferenceFile {
    let lines: String = rows.iter().map(|row| format!("{}\r\n", row.join(","))).collect();
    ReferenceFile { file: Base64(format!("{}\r\n{lines}", REFERENCE_COLUMNS.join(",")).into_bytes()) }
}

#[tokio::test]
async fn a_file_is_tried_first_and_done_as_a_whole_or_not_at_all() {
    // OT-21
    let world = World::new().await;
    let [first, other] = visits(&world, ["ichiro", "kazuko"]).await;
    let staff = world.login(STATION, "ippan1").await;
    let of_first = receipt(&world, &staff, &first).await;
    let insurance = file_of(&world, &staff, &other).await.results[0].insurance.clone();
    let parts: Vec<&str> = insurance.split(' ').collect();
    let [insurer, symbol, member, branch] = parts[..] else { panic!("{insurance}") };
    let bad = file(&[
        ["1", "", "", "", "", &of_first],
        ["1", insurer, symbol, member, branch, ""],
        ["", insurer, symbol, member, branch, ""],
        ["2", insurer, "", "", "", ""],
        ["3", "", "", "", "", "ZZZZZZZZ"],
    ]);
    let report = world.call::<CheckReferences>(&[], &staff, &bad).await.unwrap();
    let outcomes: Vec<_> = report.rows.iter().map(|row| row.outcome).collect();
    assert_eq!(
        outcomes,
        [
            Ok(LineAct::Set),
            Err(ReferenceFault::Twice),
            Err(ReferenceFault::Number),
            Err(ReferenceFault::Cells),
            Err(ReferenceFault::Receipt)
        ]
    );
    assert!(world.call::<ApplyReferences>(&[], &staff, &bad).await.is_err());
    assert_eq!(file_of(&world, &staff, &first).await.reference, None, "nothing of it");
    let good = file(&[
        ["1", "", "", "", "", &of_first],
        ["2", insurer, symbol, member, branch, ""],
        ["3", "99999900", "７-７", "000123", "01", ""],
    ]);
    let report = world.call::<CheckReferences>(&[], &staff, &good).await.unwrap();
    assert!(report.is_good());
    assert_eq!(report.rows[2].outcome, Ok(LineAct::Ahead), "nobody with that insurance was here");
    assert_eq!(world.call::<ApplyReferences>(&[], &staff, &good).await.unwrap().done, 3);
    assert_eq!(file_of(&world, &staff, &other).await.reference.unwrap().number.as_deref(), Some("2"));
    let again = world.call::<CheckReferences>(&[], &staff, &good).await.unwrap();
    assert!(again.rows.iter().all(|row| row.outcome == Ok(LineAct::Same)), "{again:?}");
    let all = ReferenceSearch { number: String::new(), state: Some(SendState::Sending), only_held: false, after: None };
    let listed = world.call::<SearchReferences>(&[], &staff, &all).await.unwrap();
    assert_eq!((listed.rows.len(), listed.rows.iter().filter(|row| row.name.is_some()).count()), (3, 2));
    for text in ["照会番号\n1\n", ""] {
        let none = ReferenceFile { file: Base64(text.as_bytes().to_vec()) };
        assert_eq!(world.call::<CheckReferences>(&[], &staff, &none).await.unwrap_err().1.code, Code::Reference);
    }
}

#[tokio::test]
async fn a_wrong_link_stops_what_leaves_by_itself_until_a_person_corrects_it() {
    // OT-20, X62
    let world = World::new().await;
    let [wrong, right] = visits(&world, ["ichiro", "kazuko"]).await;
    let staff = world.login(STATION, "ippan1").await;
    set(&world, &staff, &wrong, Some("100"), None).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let export = async || {
        let tenant = Tenant::of_operator(&station());
        write_finished(&world.store.0, &tenant, folder.path(), Encoding::Utf8, None, world.clock.now()).await.unwrap()
    };
    assert_eq!(export().await.written, 2, "control: before anything is said, both leave");
    let sent = file_of(&world, &staff, &wrong).await.sent;
    assert_eq!((sent.len(), sent[0].what, sent[0].number.as_deref()), (1, SentAs::FaceFile, Some("100")));

    // Said to be wrong: nothing of either leaves, and the number is not changed past the correction.
    let hold = |is_wrong: bool| LinkHold { is_wrong, others: Some(right.clone()) };
    world.call::<HoldLink>(&[&wrong], &staff, &hold(true)).await.unwrap();
    assert_eq!(fault(set(&world, &staff, &wrong, Some("9"), Some("100")).await), Some(ReferenceFault::Held));
    let [again, others_again] = visits(&world, ["ichiro", "kazuko"]).await;
    let report = export().await;
    assert_eq!((report.written, report.held.len()), (0, 2));
    let state = async |consent: &String| {
        let shown = world.call::<HandOverOf>(&[consent], &staff, &()).await.unwrap();
        (shown.state, shown.ways.first().and_then(|one| one.fault.clone()), shown.is_held)
    };
    let held_back = (HandOverState::Waiting, Some(HandOverFault::Held), true);
    assert_eq!((state(&again).await, state(&others_again).await), (held_back.clone(), held_back));
    let saved = world.call::<SaveFace>(&[&again], &staff, &()).await.unwrap();
    assert_eq!(saved, FaceMade::Fault(HandOverFault::Held), "nor by hand");
    let held = ReferenceSearch { number: String::new(), state: None, only_held: true, after: None };
    assert_eq!(world.call::<SearchReferences>(&[], &staff, &held).await.unwrap().rows.len(), 2);

    // Found to compare, by either number.
    for asked in ["100".to_owned(), receipt(&world, &staff, &wrong).await] {
        let found = world.call::<FindPerson>(&[], &staff, &PersonAsked { number: asked }).await.unwrap();
        assert_eq!(found.people.len(), 1);
        assert_eq!(found.people[0].consent, again, "by the newest result");
    }

    let correction = |reason, note: &str, to: Option<&str>| LinkCorrection {
        reason,
        note: Note::try_from(note).unwrap(),
        number: to.map(number),
        others: Some(right.clone()),
        shown: Some("100".to_owned()),
    };
    let correct = async |of: LinkCorrection| world.call::<CorrectLink>(&[&wrong], &staff, &of).await.map_err(|(_, refusal)| refusal);
    assert_eq!(fault(correct(correction(LinkReason::Other, "", None)).await), Some(ReferenceFault::NoWords));
    assert_eq!(
        fault(correct(LinkCorrection { others: Some(again.clone()), ..correction(LinkReason::LikeName, "", None) }).await),
        Some(ReferenceFault::SamePerson)
    );
    assert_eq!(
        fault(correct(LinkCorrection { shown: None, ..correction(LinkReason::LikeName, "", None) }).await),
        Some(ReferenceFault::ChangedMeanwhile)
    );
    let before: Vec<_> =
        world.store.consent(&station(), &server::store::ConsentId::parse(&wrong).unwrap()).await.unwrap().into_iter().collect();
    correct(correction(LinkReason::LikeName, "同じ名前の方", None)).await.unwrap();
    let (of_wrong, of_right) = (file_of(&world, &staff, &wrong).await, file_of(&world, &staff, &right).await);
    assert_eq!(of_wrong.reference.clone().map(|row| (row.number, row.held_at)), Some((None, None)), "taken off, linked later");
    assert_eq!(
        of_right.reference.clone().map(|row| (row.number, row.state, row.held_at)),
        Some((Some("100".to_owned()), SendState::Registered, None))
    );
    let last = of_wrong.changes.iter().find(|change| change.act == ReferenceAct::TakenOff).unwrap();
    assert_eq!((last.former.as_deref(), last.reason, last.note.as_str()), (Some("100"), Some(LinkReason::LikeName), "同じ名前の方"));
    assert_eq!(last.by.as_ref().unwrap().as_str(), "ippan1");
    let after: Vec<_> =
        world.store.consent(&station(), &server::store::ConsentId::parse(&wrong).unwrap()).await.unwrap().into_iter().collect();
    assert_eq!(before[0].eligibility, after[0].eligibility, "no result is changed");
    assert_eq!((after[0].reference_number.as_deref(), before[0].reference_number.as_deref()), (None, Some("100")));
    let report = export().await;
    assert_eq!((report.written, report.held.len()), (2, 0), "what waited leaves now");
    let gone = (HandOverState::Written, None, false);
    assert_eq!((state(&again).await, state(&others_again).await), (gone.clone(), gone));
    // Linked later.
    set(&world, &staff, &again, Some("200"), None).await.unwrap();
    // The two numbers of two people change places in one step.
    let swap = LinkCorrection { number: Some(number("100")), shown: Some("200".to_owned()), ..correction(LinkReason::MixedUp, "", None) };
    correct(swap).await.unwrap();
    let numbers = [file_of(&world, &staff, &again).await, file_of(&world, &staff, &others_again).await];
    assert_eq!(numbers.map(|file| file.reference.unwrap().number.unwrap()), ["100", "200"]);
    // Said to be wrong and then right after all.
    world.call::<HoldLink>(&[&wrong], &staff, &hold(true)).await.unwrap();
    world.call::<HoldLink>(&[&wrong], &staff, &hold(false)).await.unwrap();
    assert_eq!(world.call::<SearchReferences>(&[], &staff, &held).await.unwrap().rows.len(), 0);
    let viewer = world.login(STATION, "etsu1").await;
    assert!(file_of(&world, &viewer, &wrong).await.may_correct, "the table of rights");
}

#[tokio::test]
async fn the_list_is_saved_with_its_marks_and_without_formulas() {
    // OT-10, N107
    let world = World::new().await;
    let [first, ..] = visits(&world, ["ichiro", "ichiro", "kazuko"]).await;
    let staff = world.login(STATION, "ippan1").await;
    set(&world, &staff, &first, Some("-1"), None).await.unwrap();
    let saved = world.call::<SaveConsents>(&[], &staff, &search()).await.unwrap_or_else(|refused| panic!("{refused:?}"));
    let text = String::from_utf8(saved.file.0).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((saved.rows, lines.len(), saved.damaged), (3, 4, 0));
    assert!(lines[0].starts_with("\u{FEFF}\"氏名\",\"氏名(カナ)\",\"生年月日\",\"性別\",\"照会番号\",\"手術\""), "{}", lines[0]);
    assert!(lines[1].contains("\"○\"") && lines[1].contains("有効期間内"), "{}", lines[1]);
    assert!(lines[3].contains("置換(2026/11/20)") && lines[3].contains("\"'-1\""), "{}", lines[3]);
    assert_eq!(saved.name, "uketsuke-consents-20261120.csv");
    let audit = world.store.audit_of(&station()).await.unwrap();
    let row = audit.iter().find(|row| row.action == "office.save_consents").unwrap();
    assert_eq!(row.subject.as_deref(), Some("3 rows"), "how many left, never whose");
}

/// What a statement is looked up by, without a row read for nothing.
fn statements() -> Vec<(&'static str, &'static str)> {
    [
        (person::RESULTS, "consents_by_subject"),
        (person::SUBJECTS_OF_INSURANCE, "consents_by_insurance"),
        (person::OF_RECEIPT, "consents_by_receipt"),
        (reference::OF_SUBJECT, "reference_of_subject"),
        (reference::OF_NUMBER, "reference_of_number"),
        (reference::OF_INSURANCE, "reference_of_insurance"),
        (LISTS[0], "references_in_order"),
        (LISTS[1], "references_by_state"),
        (LISTS[2], "references_held"),
        (LISTS[3], "reference_of_number"),
        (reference::WAITING, "references_sending"),
    ]
    .into_iter()
    .chain(server::store::consent::search::booked::STATEMENTS.map(|sql| (sql, "consents_booked")))
    .collect()
}

/// The statements of the list for one use: by the indexes made for it.
fn of_use() -> Vec<(&'static str, String, Option<&'static str>)> {
    let index = |name: &str| match name {
        "walk" | "short walk" | "short walk, named" => Some("consents_of_use_by_"),
        "days" => Some("consents_of_use_by_day"),
        "living" => Some("consents_of_use_by_expiry"),
        "replaced" => Some("consents_of_use_replaced"),
        "withdrawn" => Some("consents_withdrawn"),
        "name" => Some("COVERING INDEX consents_by_name"),
        "kana" => Some("COVERING INDEX consents_by_kana"),
        "other name" => Some("COVERING INDEX consents_by_other_name"),
        "receipt" => Some("consents_by_receipt"),
        "reference" => Some("consents_by_reference"),
        _ => None,
    };
    let all = server::store::consent::search::STATEMENTS.iter();
    let narrowed = |sql: &&str| server::store::consent::search::statement_of_use(sql);
    all.filter(|(name, _)| *name != "entries")
        .flat_map(|(name, texts)| texts.iter().map(move |sql| (*name, narrowed(sql), index(name))))
        .collect()
}

#[tokio::test]
async fn no_statement_reads_a_table_on_sqlite() {
    let (store, folder) = crate::store::sqlite().await;
    let connection = rusqlite::Connection::open_with_flags(folder.path().join("u.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let plan = |sql: &str| -> String {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let (mut steps, mut rows) = (Vec::<String>::new(), statement.raw_query());
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get("detail").unwrap());
        }
        steps.join("; ")
    };
    let is_scan = |plan: &str| {
        ["SCAN consents", "SCAN c", "SCAN r", "SCAN reference_numbers"]
            .iter()
            .any(|scan| plan.split("; ").any(|step| step == *scan || step.starts_with(&format!("{scan} "))))
    };
    assert!(is_scan(&plan("SELECT * FROM consents WHERE items = ''")), "control: a scan is told");
    for (sql, index) in statements() {
        let plan = plan(sql);
        assert!(plan.contains(index) && !plan.starts_with("SCAN"), "{sql}: {plan}");
    }
    for (name, sql, index) in of_use() {
        let plan = plan(&sql);
        assert!(!plan.contains("SCAN consents"), "{name}: {plan}");
        assert!(index.is_none_or(|index| plan.contains(index)), "{name}: {plan} {sql}");
        if index.is_some_and(|index| index.starts_with("consents_of_use")) {
            assert!(plan.contains("institution=? AND use=?"), "{name}: {plan}");
        }
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_reads_a_table_on_postgres() {
    let (store, url) = crate::store::postgres().await;
    // A generic plan, as a statement gets that runs often; a table without rows would else be read whole.
    let plan = |sql: &str| -> String {
        let places = (1..20).rev().find(|place| sql.contains(&format!("${place}"))).unwrap_or(0);
        let nulls = vec!["NULL"; places].join(", ");
        let call = if places == 0 { "one".to_owned() } else { format!("one({nulls})") };
        crate::postgres::blocking(|| {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
            client
                .batch_execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan")
                .unwrap();
            client.batch_execute(&format!("PREPARE one AS {sql}")).unwrap();
            let lines = client.simple_query(&format!("EXPLAIN EXECUTE {call}")).unwrap();
            let text = lines.iter().filter_map(|line| match line {
                postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            });
            text.collect::<Vec<_>>().join("; ")
        })
    };
    assert!(plan("SELECT id FROM consents WHERE items = ''").contains("Seq Scan"), "control: a scan is told");
    // Which of several indexes an empty table goes along says nothing; that one serves does.
    for (sql, _) in statements() {
        let plan = plan(sql);
        assert!(plan.contains("Index") && !plan.contains("Seq Scan on consents "), "{sql}: {plan}");
    }
    for (name, sql, _) in of_use() {
        let plan = plan(&sql);
        assert!(!plan.contains("Seq Scan on consents "), "{name}: {plan}");
    }
    store.close().await;
}
