//! Finished checks as files: from the visit to the folder of the レセコン.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use server::charset::Encoding;
use server::export::command::{Report, Stopped, write_finished};
use server::export::face::{self, Flag};
use server::export::outbox::CannotSend;
use server::store::finished;
use server::tenant::Tenant;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{Choice, Choices, ConsentItem};
use shared::domain::coverage::{Provided, Validity};
use shared::domain::institution::InstitutionCode;

use crate::program::Program;
use crate::world::{ORIGIN, STATION, World, cards_today};

pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.file_type().unwrap().is_file());
    files.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

pub(crate) async fn export(world: &World, folder: &Path, encoding: Encoding) -> Report {
    try_export(world, folder, encoding, world.clock.now()).await.unwrap()
}

pub(crate) async fn try_export(world: &World, folder: &Path, encoding: Encoding, now: UnixMs) -> Result<Report, Stopped> {
    let code = InstitutionCode::try_from(STATION).unwrap();
    write_finished(&world.store.0, &Tenant::of_operator(&code), folder, encoding, None, now).await
}

#[tokio::test]
async fn a_visit_lies_in_the_folder_once_and_reads_as_it_was() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let visit = world.open(Choices { limit_certificate: Choice::Refuse, ..Choices::all(Choice::Agree) }).await;
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    let result = world.prove(&visit, &proof).await.unwrap();
    for encoding in Encoding::ALL {
        let folder = folder.path().join(encoding.name());
        std::fs::create_dir(&folder).unwrap();
        let report = export(&world, &folder, encoding).await;
        assert_eq!((report.written, report.found, report.unwritable.len()), (1, 0, 0));
        let files = files(&folder);
        let (name, bytes) = files.first_key_value().unwrap();
        assert_eq!((files.len(), face::time_in_name(name)), (1, Some(result.consented_at)));
        let taken = face::read(bytes).unwrap().unwrap();
        assert!(taken.is_confirmed && taken.doubts.is_empty(), "{:?}", taken.doubts);
        let check = taken.check;
        assert_eq!(check.institution.as_str(), STATION);
        let shown = result.eligibility.clone().unwrap();
        assert_eq!((&check.eligibility.person, check.eligibility.checked_at), (&shown.person, shown.checked_at));
        assert_eq!(check.eligibility.coverages, shown.coverages);
        assert_eq!(check.eligibility.coverages[0].limit, Provided::NotProvided, "refused");
        let flags: Vec<_> = check.consents.iter().map(|consent| (consent.item, consent.flag)).collect();
        let expected =
            ConsentItem::ALL.map(|item| (item, if item == ConsentItem::LimitCertificate { Flag::Refused } else { Flag::Agreed }));
        assert_eq!(flags, expected);
        // The レセコン takes it away; a second run brings nothing again.
        std::fs::remove_file(folder.join(name)).unwrap();
        assert_eq!(export(&world, &folder, encoding).await.written, 0);
        assert!(self::files(&folder).is_empty());
    }
    assert_eq!(world.audited("export.face").await, ["ok", "ok"], "once for each folder");
}

#[tokio::test]
async fn a_name_that_is_taken_is_said_and_keeps_nothing_else_back() {
    let world = World::new().await;
    let [first, second] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    world.visit_of("ichiro").await.unwrap();
    export(&world, first.path(), Encoding::Utf8).await;
    let (name, _) = files(first.path()).pop_first().unwrap();
    std::fs::write(second.path().join(&name), "another one").unwrap();
    world.later(1000);
    world.visit_of("hanako").await.unwrap();
    for written in [1, 0] {
        let report = export(&world, second.path(), Encoding::Utf8).await;
        assert!(matches!(report.problems.as_slice(), [CannotSend::Conflict(said)] if *said == name), "{:?}", report.problems);
        assert_eq!((report.written, files(second.path())[&name].as_slice()), (written, b"another one".as_slice()));
    }
    assert_eq!(world.audited("export.face").await, ["ok", "ok", "U-X48", "ok"]);
}

#[tokio::test]
async fn every_verdict_of_the_register_becomes_a_file() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    for card in ["ichiro", "hanako", "jiro", "kazuko", "taro", "saburo", "shiro", "goro", "nanako", "kumi"] {
        world.visit_of(card).await.unwrap();
        world.later(1000);
    }
    let report = export(&world, folder.path(), Encoding::ShiftJis).await;
    assert_eq!((report.written, report.unwritable.len()), (10, 0));
    let checks: Vec<_> = files(folder.path()).values().map(|bytes| face::read(bytes).unwrap().unwrap()).collect();
    for validity in Validity::ALL {
        let count = checks.iter().filter(|taken| taken.check.eligibility.validity == validity).count();
        // 医療扶助 is registered by this day of the month: valid as well.
        let expected = match validity {
            Validity::Valid => 6,
            Validity::AidNotRegistered => 0,
            _ => 1,
        };
        assert_eq!(count, expected, "{validity:?}");
    }
    assert!(checks.iter().all(|taken| taken.doubts.is_empty()));
    let branches = checks.iter().filter(|taken| taken.is_confirmed).filter_map(|taken| taken.check.eligibility.coverages.first());
    let branches: std::collections::BTreeSet<_> = branches.map(|coverage| coverage.branch_number.as_deref().unwrap_or("none")).collect();
    assert_eq!(branches, ["00", "01", "02", "03", "none"].into());
}

#[tokio::test]
async fn what_shift_jis_lacks_is_listed_until_it_can_be_written() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let result = world.visit_of("ichiro").await.unwrap();
    world.later(1000);
    world.visit_of("hanako").await.unwrap();
    // The register of the demo writes names that Shift_JIS has: one is changed under the server.
    change_name(&world, "資格　一郎", "𠮷田　一郎");
    let report = export(&world, folder.path(), Encoding::ShiftJis).await;
    assert_eq!((report.written, report.unwritable.len()), (1, 1));
    let (receipt, unwritable) = &report.unwritable[0];
    assert_eq!(*receipt, result.receipt);
    assert!(unwritable.to_string().contains("氏名「𠮷」(U+20BB7)"), "{unwritable}");
    assert_eq!(files(folder.path()).len(), 1, "the other one left");
    // Days later, long after the window of a usual run: still listed, and written once the site reads UTF-8.
    world.later(10 * 24 * 60 * 60 * 1000);
    world.visit_of("jiro").await.unwrap();
    let report = export(&world, folder.path(), Encoding::ShiftJis).await;
    assert_eq!((report.written, report.unwritable.len()), (1, 1));
    let report = export(&world, folder.path(), Encoding::Utf8).await;
    assert_eq!((report.written, report.unwritable.len()), (1, 0));
    let names: Vec<_> = files(folder.path()).values().map(|bytes| face::read(bytes).unwrap().unwrap().check).collect();
    let names: Vec<_> = names.into_iter().map(|check| check.eligibility.person.unwrap().name).collect();
    assert!(names.len() == 3 && names.contains(&"𠮷田　一郎".to_owned()), "{names:?}");
}

pub(crate) fn change_name(world: &World, from: &str, to: &str) {
    let database = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    let changed = database
        .execute("UPDATE results SET eligibility = replace(eligibility, ?1, ?2) WHERE eligibility LIKE '%' || ?1 || '%'", [from, to]);
    assert_eq!(changed.unwrap(), 1);
}

#[tokio::test]
async fn other_institutions_former_days_and_missing_folders() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    world.visit_of("ichiro").await.unwrap();
    world.later(24 * 60 * 60 * 1000);
    world.visit_of("hanako").await.unwrap();
    let (code, other) = (InstitutionCode::try_from(STATION).unwrap(), InstitutionCode::try_from(crate::world::CLINIC).unwrap());
    let now = world.clock.now();
    let report = write_finished(&world.store.0, &Tenant::of_operator(&other), folder.path(), Encoding::Utf8, None, now).await.unwrap();
    assert_eq!(report.written, 0, "another institution's visits");
    let report = export(&world, folder.path(), Encoding::Utf8).await;
    assert_eq!(report.written, 1, "a new folder begins with today");
    let since = Some(now.jst_date().plus_days(-1));
    let report = write_finished(&world.store.0, &Tenant::of_operator(&code), folder.path(), Encoding::Utf8, since, now).await.unwrap();
    assert_eq!((report.written, files(folder.path()).len()), (1, 2), "or with the day that was asked for");
    let unknown = InstitutionCode::try_from("9939900008").unwrap();
    let none = write_finished(&world.store.0, &Tenant::of_operator(&unknown), folder.path(), Encoding::Utf8, None, now).await;
    assert!(matches!(none, Err(Stopped::NoInstitution)));
    let gone = try_export(&world, &folder.path().join("gone"), Encoding::Utf8, now).await;
    assert!(matches!(gone, Err(Stopped::Folder(CannotSend::Gone(_)))));
}

/// Adds copies of the one visit so far, seven in each millisecond.
fn add_copies(world: &World, count: u32) {
    let database = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    database
        .execute_batch(&format!(
            "PRAGMA foreign_keys = OFF;
             CREATE TEMP TABLE n AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count}) SELECT n FROM n;
             CREATE TEMP TABLE c AS SELECT * FROM consents; CREATE TEMP TABLE r AS SELECT * FROM results;
             CREATE TEMP TABLE p AS SELECT * FROM proofs;"
        ))
        .unwrap();
    let id = "'AAAA' || printf('%04d', n.n) || 'AAAAAAAAAAAAAA'";
    for (table, copy, key) in [("consents", "c", "id"), ("results", "r", "consent"), ("proofs", "p", "consent")] {
        let mut columns = database.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
        let columns: Vec<String> = columns.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let values: Vec<String> = columns
            .iter()
            .map(|column| match column.as_str() {
                column if column == key => id.to_owned(),
                "visit" => "'v' || n.n".to_owned(),
                "consented_at" => "consented_at + n.n / 7".to_owned(),
                column => column.to_owned(),
            })
            .collect();
        database.execute(&format!("INSERT INTO {table} ({}) SELECT {} FROM {copy}, n", columns.join(", "), values.join(", ")), []).unwrap();
    }
}

#[tokio::test]
async fn more_than_one_page_of_checks_leaves_each_once() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    world.visit_of("ichiro").await.unwrap();
    add_copies(&world, 1100);
    let report = export(&world, folder.path(), Encoding::Utf8).await;
    assert_eq!((report.written, report.damaged), (1101, 0));
    assert_eq!(files(folder.path()).len(), 1101);
    assert_eq!(export(&world, folder.path(), Encoding::Utf8).await.written, 0);
}

/// Killed in the middle, again and again, while a watcher takes away what it sees.
#[tokio::test]
async fn a_killed_command_loses_and_doubles_nothing() {
    const CHECKS: usize = 300;
    let world = World::new().await;
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    world.visit_of("ichiro").await.unwrap();
    add_copies(&world, 299);
    let database = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    database.execute("VACUUM INTO ?1", [data.path().join("uketsuke.db").to_str().unwrap()]).unwrap();
    let (mut taken, mut kills): (Vec<String>, usize) = (Vec::new(), 0);
    loop {
        let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke-server"));
        command.args(["export", "face", "--demo", "--since", "2026-11-20", "--institution", STATION, "--data"]).arg(data.path());
        command.arg("--to").arg(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut ended = None;
        crate::program::wait_until("some files come, or the command ends", || {
            ended = child.try_wait().unwrap();
            ended.is_some() || files(folder.path()).len() >= 10 + kills
        })
        .await;
        child.kill().unwrap();
        child.wait().unwrap();
        for (name, bytes) in files(folder.path()) {
            assert!(face::read(&bytes).unwrap().unwrap().is_confirmed, "whole");
            std::fs::remove_file(folder.path().join(&name)).unwrap();
            taken.push(name);
        }
        match ended {
            Some(status) => break assert!(status.success(), "{status}"),
            None => kills += 1,
        }
    }
    assert!(kills >= 3, "control: it was killed {kills} times");
    let distinct: std::collections::BTreeSet<&String> = taken.iter().collect();
    assert_eq!((taken.len(), distinct.len()), (CHECKS, CHECKS));
    // The office and the folder say the same after the next run: all were taken.
    let state_of = || {
        let database = rusqlite::Connection::open(data.path().join("uketsuke.db")).unwrap();
        let mut found = database.prepare("SELECT state, count(*) FROM hand_overs GROUP BY state ORDER BY state").unwrap();
        let rows = found.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?))).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(state_of().iter().map(|(_, count)| *count).sum::<u32>(), 300, "none twice, none without a state");
    let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke-server"));
    command.args(["export", "face", "--demo", "--since", "2026-11-20", "--institution", STATION, "--data"]).arg(data.path());
    assert!(command.arg("--to").arg(folder.path()).stdout(Stdio::null()).status().unwrap().success());
    assert_eq!(state_of(), [("received".to_owned(), 300)]);
}

/// The command itself; what a kill does to it is shown beside `server::export::outbox`.
#[tokio::test]
async fn the_command_writes_beside_a_running_server() {
    let program = Program::demo().await;
    let folder = tempfile::tempdir().unwrap();
    let card = std::sync::Mutex::new(program.card("ichiro"));
    let visit = crate::crash::open(&program, &[1; 16]).await.unwrap();
    assert_eq!(crate::crash::prove(&program, &visit, &card).await.unwrap().0, 200);
    let data = program.database().parent().unwrap().to_str().unwrap().to_owned();
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke-server"));
        command.args(["export", "face", "--data", &data, "--institution", STATION, "--to"]).arg(folder.path()).args(more);
        let output = command.env("UKETSUKE_LOG", "error").stdin(Stdio::null()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let since = ["--demo", "--since", "2026-11-20", "--encoding", "shift_jis"];
    assert_eq!(run(&since), (0, "written 1, there already 0\n".to_owned(), String::new()));
    assert_eq!(run(&since), (0, "written 0, there already 0\n".to_owned(), String::new()));
    let files = files(folder.path());
    assert_eq!(files.len(), 1);
    assert!(face::read(files.values().next().unwrap()).unwrap().is_ok());
    for (more, word) in [
        (["--demo", "--since", "20.11.2026"].as_slice(), "--since"),
        (&["--demo", "--encoding", "utf-16"], "--encoding"),
        (&["--since", "2026-11-20"], "--demo"),
    ] {
        let (exit, out, errors) = run(more);
        assert!(exit == 2 && out.is_empty() && errors.contains(word), "{exit} {out} {errors}");
    }
    // The institution's own settings: off says so and writes nothing.
    let set = |on: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke-server"));
        command.args(["settings", "set", "--demo", "--data", &data, "--institution", STATION, "--hand-over", on]);
        assert!(command.env("UKETSUKE_LOG", "error").stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap().success());
    };
    set("off");
    let (exit, out, _) = run(&since);
    assert!(exit == 0 && out.starts_with("written 0: 結果の自動書き出し is off"), "{out}");
    set("on");
    // Invented people go into a folder for training alone, and real ones never.
    let training = [since.as_slice(), &["--training"]].concat();
    let (exit, out, errors) = run(&training);
    assert!(exit == 2 && out.is_empty() && errors.contains("its people are real"), "{errors}");
    let connection = rusqlite::Connection::open(program.database()).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    let mark =
        |is: bool| assert_eq!(connection.execute("UPDATE institutions SET is_training = ?1 WHERE code = ?2", (is, STATION)).unwrap(), 1);
    mark(true);
    let (exit, out, errors) = run(&since);
    assert!(exit == 2 && out.is_empty() && errors.contains("add --training"), "{errors}");
    assert_eq!(run(&training), (0, "written 0, there already 0\n".to_owned(), String::new()));
    mark(false);
    std::fs::remove_dir_all(folder.path()).unwrap();
    let (exit, _, errors) = run(&since);
    assert!(exit == 3 && errors.contains("フォルダーがありません") && errors.contains("next:"), "{errors}");
    assert!(cards_today().exists(), "control: only the folder of the files is gone");
}

/// The statement that finds what to write: the same on both databases, and in SQLite along its index without sorting.
#[tokio::test]
async fn the_next_checks_are_found_along_the_index() {
    let world = World::new().await;
    let code = || InstitutionCode::try_from(STATION).unwrap();
    let database = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    let mut statement = database.prepare(&format!("EXPLAIN QUERY PLAN {}", finished::AFTER)).unwrap();
    let mut rows = statement.raw_query();
    let plan: String = rows.next().unwrap().unwrap().get("detail").unwrap();
    assert!(plan.contains("consents_by_day (institution=? AND consented_at>?)"), "{plan}");
    assert!(rows.next().unwrap().is_none(), "nothing is sorted");

    let postgres = crate::postgres::connect(&crate::postgres::fresh_url());
    assert_eq!(postgres.search(move |tx| finished::after(tx, &Tenant::of_operator(&code()), UnixMs(0), "")).await.unwrap(), []);
    postgres.close().await;
}
