//! Databases of a former release, with rows, brought up to date: whole, and after an attempt that failed on the way.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use server::store::db::Db;
use server::store::{ConsentId, ConsentRecord, VisitId};
use shared::domain::check::{CheckWay, Medium};
use shared::domain::coverage::Validity;
use shared::domain::institution::InstitutionCode;

use crate::kept::Kept;
use crate::world::STATION;

/// The texts before `consents`, in their order.
const SQLITE: [&str; 7] = [
    include_str!("../../migrations/sqlite/V1__first.sql"),
    include_str!("../../migrations/sqlite/V2__standing_consents.sql"),
    include_str!("../../migrations/sqlite/V3__deployment.sql"),
    include_str!("../../migrations/sqlite/V4__attempts.sql"),
    include_str!("../../migrations/sqlite/V5__office.sql"),
    include_str!("../../migrations/sqlite/V6__open_kinds.sql"),
    include_str!("../../migrations/sqlite/V7__answers.sql"),
];
const POSTGRES: [&str; 2] =
    [include_str!("../../migrations/postgres/V1__first.sql"), include_str!("../../migrations/postgres/V2__answers.sql")];

/// Rows as that release wrote them: an id without time, JSON without version, a visit that is done and one that is not.
const ROWS: &str = r#"
INSERT INTO institutions VALUES ('9969900001', 'ひなた', '', TRUE, TRUE, 0);
INSERT INTO visits VALUES ('uA7f0Qk2mZ5cX9bT4rWn1g', '9969900001', 2, '1', 'AAAAA', '2026-11', 'ja', 1705454100000, 1705455900000, 1705454160000,
    1705454200000, NULL);
INSERT INTO visits VALUES ('AAAAAAAAAAAAAAAAAAAAAA', '9969900001', 2, '2', 'AAAAA', '2026-11', 'ja', 1705454100000, 1705455900000, NULL, NULL, NULL);
INSERT INTO challenges VALUES ('uA7f0Qk2mZ5cX9bT4rWn1g', 'cccccccccccccccccccccccccccccccc', 1705454400000, 1705454160000);
INSERT INTO challenges VALUES ('AAAAAAAAAAAAAAAAAAAAAA', 'cccccccccccccccccccccccccccccccc', 1705454400000, NULL);
INSERT INTO consents (id, institution, use, visit, subject, name_key, kana_key, other_key, reference_number, items, consented_at, expires_at,
    replaced_at, receipt, identity_check)
VALUES ('zA7f0Qk2mZ5cX9bT4rWn1g', '9969900001', 2, 'uA7f0Qk2mZ5cX9bT4rWn1g', 'ichiro', '資格一郎', 'シカクイチロウ', '', NULL, 'AAANAR',
    1705454160000, 1714489140000, NULL, 'K7M2QX9A', 'pin');
INSERT INTO results (consent, checked_at, eligibility) VALUES ('zA7f0Qk2mZ5cX9bT4rWn1g', 1705454160000,
    '{"validity":"valid","checked_at":1705454160000,"person":{"name":"資格　一郎","name_kana":"ｼｶｸ ｲﾁﾛｳ","name_of_other":null,
      "birth_date":"1950-04-01","sex":"male"},"coverages":[]}');
INSERT INTO proofs VALUES ('zA7f0Qk2mZ5cX9bT4rWn1g', '1', '2', '3', '4', '5',
    '{"signature":true,"chain":true,"period":true,"revocation":"not_checked"}');
"#;

/// The same with byte strings as SQLite writes them.
fn rows_of_sqlite() -> String {
    let mut text = ROWS.replace("'cccccccccccccccccccccccccccccccc'", "CAST('cccccccccccccccccccccccccccccccc' AS BLOB)");
    for byte in ["1", "2", "3", "4", "5"] {
        text = text.replace(&format!(" '{byte}'"), &format!(" x'0{byte}'"));
    }
    text
}

async fn are_whole(kept: &Kept) {
    let code = InstitutionCode::try_from(STATION).unwrap();
    let id = ConsentId::parse("zA7f0Qk2mZ5cX9bT4rWn1g").unwrap();
    let ConsentRecord { check_way, medium, checks, eligibility, receipt, .. } = kept.consent(&code, &id).await.unwrap().unwrap();
    assert_eq!((check_way, medium, receipt.as_str()), (CheckWay::Pin, Medium::Card, "K7M2QX9A"));
    assert!(checks.unwrap().signature);
    assert_eq!((eligibility.validity, eligibility.person.unwrap().name.as_str()), (Validity::Valid, "資格　一郎"));
    for (visit, way) in [("uA7f0Qk2mZ5cX9bT4rWn1g", Some("pin")), ("AAAAAAAAAAAAAAAAAAAAAA", None)] {
        assert!(kept.visit(&VisitId::parse(visit).unwrap()).await.unwrap().is_some());
        let asked =
            kept.0.read(move |tx| tx.row("SELECT check_way FROM visits WHERE id = $1", &[visit.into()], |row| row.get("check_way")));
        assert_eq!(asked.await.unwrap(), Some(way.map(str::to_owned)), "{visit}");
    }
}

/// Which texts a new database has had, as the program notes it.
fn history_of_sqlite(folder: &Path) -> Vec<(i64, String, String, String)> {
    drop(Db::open_file(&folder.join("new.db")).unwrap());
    let new = Connection::open(folder.join("new.db")).unwrap();
    let mut statement = new.prepare("SELECT version, name, applied_on, checksum FROM refinery_schema_history WHERE version <= 7").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn old_sqlite(folder: &Path) -> std::path::PathBuf {
    let history = history_of_sqlite(folder);
    assert_eq!(history.len(), SQLITE.len());
    let file = folder.join("old.db");
    let old = Connection::open(&file).unwrap();
    old.execute_batch("PRAGMA foreign_keys = 0").unwrap();
    for text in SQLITE {
        old.execute_batch(text).unwrap();
    }
    old.execute_batch("CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))")
        .unwrap();
    for row in history {
        old.execute("INSERT INTO refinery_schema_history VALUES (?1, ?2, ?3, ?4)", row).unwrap();
    }
    old.execute_batch(&rows_of_sqlite()).unwrap();
    file
}

#[tokio::test]
async fn on_sqlite_old_rows_go_along() {
    let folder = tempfile::tempdir().unwrap();
    let file = old_sqlite(folder.path());
    let kept = Kept(Arc::new(Db::open_file(&file).unwrap()));
    are_whole(&kept).await;
    kept.close().await;
    let new = Connection::open(&file).unwrap();
    let broken: i64 = new.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
    assert_eq!(broken, 0, "whatever refers to a table made anew still does");
    let frozen: i64 = new
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE name IN ('consents', 'visits', 'accounts') AND sql LIKE '%CHECK%IN (''%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(frozen, 0, "no table knows the words");
}

#[tokio::test]
async fn on_sqlite_an_update_that_failed_on_the_way_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = old_sqlite(folder.path());
    // The last statements of the text fail, long after the table was made anew.
    let hand = |sql: &str| Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    hand("ALTER TABLE visits ADD COLUMN medium TEXT");
    for _ in 0..2 {
        assert!(Db::open_file(&file).is_err());
        let old = Connection::open(&file).unwrap();
        let way: String = old.query_row("SELECT identity_check FROM consents", [], |row| row.get(0)).unwrap();
        assert_eq!(way, "pin", "nothing of it stays");
    }
    hand("ALTER TABLE visits DROP COLUMN medium");
    let kept = Kept(Arc::new(Db::open_file(&file).unwrap()));
    are_whole(&kept).await;
    kept.close().await;
}

async fn old_postgres() -> String {
    let (new, url) = (crate::postgres::fresh_url(), crate::postgres::fresh_url());
    crate::postgres::connect(&new).close().await;
    let history = crate::postgres::texts(
        &new,
        "SELECT format('INSERT INTO refinery_schema_history VALUES (%s, %L, %L, %L)', version, name, applied_on, checksum)
         FROM refinery_schema_history WHERE version <= 2",
    );
    assert_eq!(history.len(), POSTGRES.len());
    for text in POSTGRES {
        crate::postgres::by_hand(&url, text).unwrap();
    }
    crate::postgres::by_hand(
        &url,
        "CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))",
    )
    .unwrap();
    for insert in history {
        crate::postgres::by_hand(&url, &insert).unwrap();
    }
    crate::postgres::by_hand(&url, ROWS).unwrap();
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_old_rows_go_along_also_after_an_update_that_failed_on_the_way() {
    let url = old_postgres().await;
    crate::postgres::by_hand(&url, "ALTER TABLE visits ADD COLUMN medium TEXT").unwrap();
    for _ in 0..2 {
        assert!(Db::connect(&url, None).is_err());
        assert_eq!(crate::postgres::texts(&url, "SELECT identity_check FROM consents"), ["pin"], "nothing of it stays");
    }
    crate::postgres::by_hand(&url, "ALTER TABLE visits DROP COLUMN medium").unwrap();
    let kept = Kept(Arc::new(crate::postgres::connect(&url)));
    are_whole(&kept).await;
    kept.close().await;
}

/// What differs between the databases and only shows with rows: words that mean something else, order of letters, targets.
#[test]
fn no_statement_leans_on_what_the_databases_do_not_share() {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut seen = 0;
    for entry in std::fs::read_dir(store).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for part in text.split("ON CONFLICT").skip(1) {
            seen += 1;
            assert!(part.trim_start().starts_with('('), "ON CONFLICT names its target: {}", path.display());
        }
    }
    assert!(seen > 3, "{seen}");
    let url = crate::postgres::fresh_url();
    drop(crate::postgres::connect(&url));
    let reserved = crate::postgres::texts(
        &url,
        "SELECT table_name || '.' || column_name FROM information_schema.columns c JOIN pg_get_keywords() k ON k.word = c.column_name
         WHERE c.table_schema = 'public' AND k.catcode IN ('R', 'T')",
    );
    assert!(reserved.is_empty(), "reserved words name no column: {reserved:?}");
    // Keys and ids are compared by their bytes wherever an order of theirs counts.
    let by_locale = crate::postgres::texts(
        &url,
        "SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation l ON l.oid = a.attcollation
         WHERE c.relname IN ('consents', 'visits', 'results', 'proofs', 'challenges') AND c.relkind = 'r' AND l.collname <> 'C'
           AND (a.attname IN ('id', 'consent', 'visit', 'institution', 'subject', 'receipt') OR a.attname LIKE '%\\_key')",
    );
    assert!(by_locale.is_empty(), "{by_locale:?}");
}
