//! Result files of others taken in: on both databases, asked over the wire, and by the command.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use server::charset::Encoding;
use server::eligibility::registry::EmbeddedRegistry;
use server::import::Report;
use server::import::run::{forget, found, take_in};
use server::store::register;
use server::tenant::Tenant;
use shared::api::check::{CheckAnswer, CheckByNumber, NumberCheck};
use shared::domain::calendar::UnixMs;
use shared::domain::coverage::Validity;

use crate::kept::Kept;
use crate::sample::check::ichiro;
use crate::sample::code;
use crate::store::on_both;
use crate::world::{CLINIC, STATION, World, add_institution};

/// 資格 一郎 of a day, `rest` behind.
fn result(day: &str, rest: &str) -> String {
    format!(
        "<XmlMsg><MessageHeader><ProcessExecutionTime>{day}101500</ProcessExecutionTime><MedicalInstitutionCode>{STATION}</MedicalInstitutionCode>\
         <SegmentOfResult>1</SegmentOfResult></MessageHeader><MessageBody><ProcessingResultStatus>1</ProcessingResultStatus>\
         <QualificationValidity>1</QualificationValidity><ResultList><ResultOfQualificationConfirmation><InsurerNumber>06990014</InsurerNumber>\
         <InsuredCardSymbol>１２－３４</InsuredCardSymbol><InsuredIdentificationNumber>56</InsuredIdentificationNumber>\
         <InsuredBranchNumber>01</InsuredBranchNumber><Name>資格　一郎</Name><NameKana>ｼｶｸ ｲﾁﾛｳ</NameKana><Birthdate>19600602</Birthdate>\
         <Sex1>1</Sex1>{rest}</ResultOfQualificationConfirmation></ResultList></MessageBody></XmlMsg>"
    )
}

/// A folder with the file of a day, and one of another family.
fn folder(day: &str, rest: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(format!("OQSsiquc01res_face_{day}101500.xml")), Encoding::ShiftJis.encode(&result(day, rest)))
        .unwrap();
    std::fs::write(folder.path().join("publicmedicalhub1.xml"), "another's").unwrap();
    folder
}

async fn run(store: &Kept, of: &str, folder: &Path, is_dry: bool) -> Report {
    let files = found(&[PathBuf::from(folder)]).unwrap();
    assert_eq!((files.files.len(), files.left_alone), (1, 1), "C16");
    take_in(&store.0, &Tenant::of_operator(&code(of)), &files, is_dry, UnixMs(1_800_000_000_000)).await.unwrap()
}

async fn kept(store: &Kept, of: &'static str) -> Vec<register::Kept> {
    store.0.read(move |tx| register::all(tx, &Tenant::of_operator(&code(of)))).await.unwrap()
}

async fn files_are_taken_in_once_and_forgotten(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), UnixMs(0)).await;
    }
    let first = folder("20260401", "<Address>資格県受付市１</Address>");
    assert_eq!(run(store, STATION, first.path(), true).await.added, 1);
    assert_eq!(kept(store, STATION).await, [], "a dry run keeps nothing");
    assert_eq!(run(store, CLINIC, first.path(), false).await.refused.len(), 1, "F17: another institution's file");
    assert_eq!(kept(store, CLINIC).await, []);
    assert_eq!(run(store, STATION, first.path(), false).await.added, 1);
    let before = kept(store, STATION).await;
    assert_eq!(before[0].eligibility.coverages[0].address.as_deref(), Some("資格県受付市１"));
    let again = run(store, STATION, first.path(), false).await;
    assert_eq!((again.added, again.same, again.changed.len()), (0, 1, 0));
    assert_eq!(kept(store, STATION).await, before);
    let second = folder("20260501", "<PostNumber>990-0001</PostNumber>");
    let report = run(store, STATION, second.path(), false).await;
    assert_eq!(report.changed[0].2, ["post_number"]);
    let coverage = kept(store, STATION).await.remove(0).eligibility.coverages.remove(0);
    assert_eq!(
        (coverage.address.as_deref(), coverage.post_number.as_deref()),
        (Some("資格県受付市１"), Some("990-0001")),
        "absent empties nothing"
    );
    // Another run that was slower does not bring the former day back.
    let late = before[0].clone();
    store.0.write(move |tx| register::put(tx, &Tenant::of_operator(&code(STATION)), &late, UnixMs(1))).await.unwrap();
    assert_eq!(kept(store, STATION).await[0].eligibility.coverages[0], coverage);
    assert_eq!(forget(&store.0, &Tenant::of_operator(&code(CLINIC)), UnixMs(2)).await.unwrap(), 0, "another institution's");
    assert_eq!(forget(&store.0, &Tenant::of_operator(&code(STATION)), UnixMs(2)).await.unwrap(), 1);
    assert_eq!(kept(store, STATION).await, []);
}

on_both!(files_are_taken_in_once_and_forgotten);

#[tokio::test]
async fn an_institution_without_a_register_asks_its_files_on_their_day_alone() {
    let world = World::with(|parts| parts.registry = Arc::new(EmbeddedRegistry::empty())).await;
    let asked = NumberCheck { asked: ichiro(), chosen: None };
    let [staff, other] = [world.login(STATION, "kanri1").await, world.login(CLINIC, "kanri1").await];
    let answer = async |staff| match world.call::<CheckByNumber>(&[], staff, &asked).await.unwrap() {
        CheckAnswer::Made(made) => made.eligibility,
        other => panic!("{other:?}"),
    };
    assert_eq!(answer(&staff).await.validity, Validity::NotFound, "control: nobody yet");
    let today = world.clock.now().jst_date();
    run(&world.store, STATION, folder(&today.plus_days(-1).packed(), "").path(), false).await;
    assert_eq!(answer(&staff).await.validity, Validity::NotFound, "what was so yesterday is no answer about today");
    run(&world.store, STATION, folder(&today.packed(), "").path(), false).await;
    assert_eq!(world.audited("import.results").await, ["ok", "ok"]);
    let found = answer(&staff).await;
    assert_eq!((found.person.unwrap().name.as_str(), found.validity), ("資格　一郎", Validity::Valid));
    assert_eq!(found.checked_at, world.clock.now(), "when it was asked");
    assert_eq!(answer(&other).await.validity, Validity::NotFound, "another institution's files tell nobody");
    // Where there is a register, files are not asked.
    let demo = World::new().await;
    run(&demo.store, STATION, folder(&today.packed(), "").path(), false).await;
    let staff = demo.login(STATION, "kanri1").await;
    let CheckAnswer::Made(made) = demo.call::<CheckByNumber>(&[], &staff, &asked).await.unwrap() else { panic!() };
    assert_eq!(made.eligibility.checked_at, demo.clock.now());
}

#[test]
fn the_command_reports_refuses_and_forgets() {
    let data = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke-server"));
        command.args(args).arg("--data").arg(data.path()).env("UKETSUKE_LOG", "error").stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    for (institution, more) in [(STATION, None), (CLINIC, Some("--training"))] {
        let args: Vec<&str> = ["institution", "add", "--code", institution, "--name", "試験"].into_iter().chain(more).collect();
        assert_eq!(run(&args).0, 0);
    }
    let folder = folder("20260401", "<New/>");
    let path = folder.path().to_str().unwrap();
    let results = |more: &[&'static str]| {
        let args: Vec<&str> = ["import", "results", path].into_iter().chain(more.iter().copied()).collect();
        run(&args)
    };
    let counts =
        |added: u8, same: u8| format!("added {added}, same {same}, older 0, changed 0, doubtful 0, refused 0, unreadable files 0\n");
    let rest = "unknown element: New: 1\nleft alone, other files: 1\n";
    let to_station = ["--institution", STATION];
    let dry = results(&["--institution", STATION, "--dry-run"]);
    assert_eq!(dry, (0, format!("dry run, nothing is kept: {}{rest}", counts(1, 0)), String::new()));
    assert_eq!(results(&to_station), (0, format!("{}{rest}", counts(1, 0)), String::new()));
    assert_eq!(results(&to_station), (0, format!("{}{rest}", counts(0, 1)), String::new()));
    std::fs::write(folder.path().join("OQSsiquc01res_face_20260402101500.xml"), "<XmlMsg>\n<MessageHeader>").unwrap();
    let (exit, said, trouble) = results(&to_station);
    assert!(
        exit != 0 && said.contains("20260402101500.xml: 2行目(MessageHeaderの中)") && trouble.contains("1 results or files"),
        "{said} {trouble}"
    );
    assert!(!said.contains("資格"), "no people in the report: {said}");
    for wrong in [["--institution", CLINIC].as_slice(), &["--institution", STATION, "--demo"], &["--institution", "9949900006"]] {
        let (exit, said, trouble) = results(wrong);
        assert!(exit != 0 && said.is_empty() && !trouble.is_empty(), "{wrong:?}: {said}");
    }
    assert_eq!(run(&["import", "forget", "--institution", STATION]).1, "forgotten 1\n");
}
