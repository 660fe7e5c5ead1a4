//! The office's lists as they run on PostgreSQL: each statement along an index, by the plan that the database chose for it.
//!
//! A cluster of its own writes the plan of every statement into its log (`auto_explain`), over tables that are filled and analysed, with
//! nothing switched off. SQLite chooses without looking at the rows: there each statement is explained beside its own tests, and here those
//! that have none.

use std::collections::BTreeSet;
use std::sync::Arc;

use server::store::check::history::{self, HistoryQuery};
use server::store::consent::person;
use server::store::db::{Db, Tx};
use server::store::ending::{self, EndingQuery};
use server::store::medical::{self, ViewQuery};
use server::store::month::{self, Place};
use server::store::reference::{self, ReferenceQuery};
use server::store::tx::Value;
use server::store::{ConsentId, ConsentQuery, StoreError, check, consent, coverage_change, day, expiring, finished, later, opening};
use server::tenant::Tenant;
use shared::api::office::{DaysOf, ListOrder, StateFilter};
use shared::api::withdrawal::EndedBy;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::CheckWay;
use shared::domain::institution::VisitKind;
use shared::domain::month::Month;
use shared::domain::reference::SendState;

use crate::cluster::Cluster;
use crate::postgres::{blocking, by_hand, connect};
use crate::sample::code;
use crate::world::STATION;

/// Tables that grow with the visits: none of them is gone through.
const BIG: [&str; 12] = [
    "consents",
    "results",
    "proofs",
    "checks",
    "consent_changes",
    "reference_numbers",
    "month_checks",
    "coverage_changes",
    "shown_ends",
    "day_visits",
    "medical_views",
    "opening_views",
];
/// Rows of each, over a year; every seventh is of one institution.
const ROWS: u32 = 28_000;
const APART_MS: i64 = 365 * 86_400_000 / ROWS as i64;
const FIRST: UnixMs = UnixMs(1_767_225_600_000);
const ELIGIBILITY: &str = r#"{"version":1,"validity":"not_found","checked_at":1767225600000,"person":null,"coverages":[]}"#;

/// A value for each column, by its name and type, of row `n`.
fn value_of(table: &str, column: &str, kind: &str, is_needed: bool) -> String {
    let minute = |plus: &str| format!("{} + n * {APART_MS} {plus}", FIRST.0);
    let id = "lpad(n::text, 21, '0') || '-'".to_owned();
    let day = "to_char(date '2026-01-01' + (n % 365)::int, 'YYYY-MM-DD')".to_owned();
    match (column, table) {
        ("institution", _) => format!("CASE WHEN n % 7 = 0 THEN '{STATION}' ELSE 'x' || n % 200 END"),
        ("id" | "consent", _) => id,
        ("opening", _) => "'o' || n % 3".to_owned(),
        ("subject", _) => "'p' || n".to_owned(),
        ("month", _) => "'2026-' || lpad((n % 12 + 1)::text, 2, '0')".to_owned(),
        ("name_key" | "kana_key", _) => "CASE WHEN n % 11 = 0 THEN 'サトウ' ELSE 'スズキ' END || n % 500".to_owned(),
        ("other_key", _) => "CASE WHEN n % 100 = 0 THEN 'ヤマモト' ELSE '' END".to_owned(),
        ("expires_at", "consents") => minute("+ 15552000000"),
        ("replaced_at", _) => format!("CASE WHEN n % 10 = 0 THEN {} END", minute("")),
        ("held_at", _) => "CASE WHEN n % 50 = 0 THEN 1 END".to_owned(),
        ("booked_on", _) => format!("CASE WHEN n % 5 = 0 THEN {day} END"),
        ("day" | "ends_on", _) => day,
        ("use", _) => "CASE WHEN n % 3 = 0 THEN 3 ELSE 2 END".to_owned(),
        ("state", "checks") => "CASE WHEN n % 40 = 0 THEN 'provisional' ELSE 'done' END".to_owned(),
        ("state", "reference_numbers") => "CASE WHEN n % 40 = 0 THEN 'late' ELSE 'registered' END".to_owned(),
        ("state", "day_visits") => "'open'".to_owned(),
        ("kind", "medical_views") => "'drug'".to_owned(),
        ("check_way", _) => "'pin'".to_owned(),
        ("medium", _) => "'card'".to_owned(),
        ("kind", "shown_ends") => "CASE WHEN n % 4 < 2 THEN 'paper' ELSE 'certificate' END".to_owned(),
        ("eligibility", _) => format!("'{ELIGIBILITY}'"),
        ("items" | "items_before" | "items_after", _) => "'AAAAAA'".to_owned(),
        ("reference_number", "consents") => "CASE WHEN n % 20 = 0 THEN n::text END".to_owned(),
        ("insurance_key", "consents") => "CASE WHEN n % 3 = 0 THEN 'i' || n / 4 ELSE '' END".to_owned(),
        ("visit", "consents") => id,
        ("why", _) => "n % 3 + 2".to_owned(),
        ("is_whole" | "ends", _) => "true".to_owned(),
        _ if !is_needed => "NULL".to_owned(),
        _ if column.ends_with("_at") => minute(""),
        _ => match kind {
            "text" => "'x' || n".to_owned(),
            "bytea" => "'\\x00'::bytea".to_owned(),
            "boolean" => "false".to_owned(),
            _ => "1".to_owned(),
        },
    }
}

fn fill(url: &str) {
    blocking(|| {
        let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
        // Whose rows they are stands in no other table, so nothing is referred to.
        client.batch_execute("SET session_replication_role = replica").unwrap();
        for table in BIG {
            let columns = client
                .query(
                    "SELECT column_name::text, data_type::text, is_nullable::text FROM information_schema.columns WHERE table_name = $1",
                    &[&table],
                )
                .unwrap();
            let columns: Vec<[String; 2]> = columns
                .iter()
                .map(|row| {
                    let (name, kind, nullable): (String, String, String) = (row.get(0), row.get(1), row.get(2));
                    let value = value_of(table, &name, &kind, nullable == "NO");
                    [name, value]
                })
                .collect();
            let all = |which: usize| columns.iter().map(|column| column[which].as_str()).collect::<Vec<_>>().join(", ");
            client
                .batch_execute(&format!("INSERT INTO {table} ({}) SELECT {} FROM generate_series(1, {ROWS}::bigint) AS n", all(0), all(1)))
                .unwrap_or_else(|why| panic!("{table}: {:?}", why.as_db_error()));
        }
        client.batch_execute("VACUUM ANALYZE").unwrap();
    });
}

/// The plans in a cluster's log, each with its statement.
fn plans(log: &str) -> Vec<serde_json::Value> {
    let parts = log.split("  plan:\n").skip(1);
    parts
        .map(|part| part.lines().take_while(|line| line.starts_with('\t')).collect::<String>())
        .map(|text| serde_json::from_str(&text).unwrap())
        .collect()
}

/// The big tables that a plan goes through without being led to the rows by an index.
fn gone_through(plan: &serde_json::Value, found: &mut BTreeSet<String>) {
    let text = |name: &str| plan[name].as_str().unwrap_or_default();
    // Each index begins with the institution, or with the id of one thing.
    let leads = |condition: &str| ["institution = ", "ROW(institution, ", "id = ", "consent = "].iter().any(|key| condition.contains(key));
    let condition = if text("Node Type") == "Bitmap Heap Scan" { text("Recheck Cond") } else { text("Index Cond") };
    if BIG.contains(&text("Relation Name")) && !leads(condition) {
        found.insert(format!("{} on {}", text("Node Type"), text("Relation Name")));
    }
    for inner in plan["Plans"].as_array().into_iter().flatten() {
        gone_through(inner, found);
    }
}

/// One list, asked for as its screen does.
async fn ask<T: Send + 'static>(db: &Db, rule: impl Fn(&mut Tx<'_>, &Tenant) -> Result<T, StoreError> + Send + Sync + 'static) {
    let rule = Arc::new(rule);
    // A statement that runs often gets a plan for any values, if that is no dearer.
    for _ in 0..12 {
        let rule = Arc::clone(&rule);
        let outcome = db.search(move |tx| rule(tx, &Tenant::of_operator(&code(STATION)))).await;
        // The rows are made up and need not be readable; the statement ran.
        assert!(matches!(outcome, Ok(_) | Err(StoreError::Damaged(_))), "{:?}", outcome.err());
    }
}

fn day_of(text: &str) -> CivilDate {
    CivilDate::try_from(text).unwrap()
}

fn now() -> UnixMs {
    FIRST.plus_ms(i64::from(ROWS) * APART_MS)
}

/// Every search of the list that takes another way through it.
async fn search_all_ways(db: &Db) {
    let whole = ConsentQuery {
        from: day_of("2026-01-01"),
        to: day_of("2026-12-31"),
        days: DaysOf::Consented,
        visit_kind: None,
        name_key: String::new(),
        reference_number: String::new(),
        receipt: String::new(),
        state: StateFilter::All,
        order: ListOrder::NewestFirst,
        cursor: None,
        rows: 50,
        now: now(),
    };
    let one_day = |query: ConsentQuery| ConsentQuery { from: day_of("2026-01-05"), to: day_of("2026-01-05"), ..query };
    let mut queries = Vec::new();
    for days in [DaysOf::Consented, DaysOf::Booked] {
        for order in [ListOrder::NewestFirst, ListOrder::ExpiryFirst] {
            for state in [StateFilter::All, StateFilter::Living, StateFilter::Expired, StateFilter::Replaced, StateFilter::Withdrawn] {
                for visit_kind in [None, Some(VisitKind::HomeVisit)] {
                    for name in ["", "サ", "サトウ49", "ダレモ"] {
                        queries.push(ConsentQuery { days, order, state, visit_kind, name_key: name.to_owned(), ..whole.clone() });
                    }
                }
            }
        }
    }
    queries.push(ConsentQuery { receipt: "x77".to_owned(), ..whole.clone() });
    queries.push(ConsentQuery { reference_number: "40".to_owned(), ..whole.clone() });
    let of_days: Vec<ConsentQuery> = queries.iter().cloned().map(one_day).collect();
    for query in queries.into_iter().chain(of_days) {
        // Once each, and the next page: the texts are the same for many of them.
        let of = Tenant::of_operator(&code(STATION));
        let next = |cursor| ConsentQuery { cursor, ..query.clone() };
        let first = next(None);
        let hits = db
            .search({
                let of = of.clone();
                move |tx| consent::search(tx, &of, &first)
            })
            .await
            .unwrap();
        if let Some(cursor) = hits.next {
            let second = next(Some(cursor));
            db.search(move |tx| consent::search(tx, &of, &second)).await.unwrap();
        }
    }
}

async fn ask_for_all(db: &Db) {
    search_all_ways(db).await;
    for (name, way) in [("", None), ("サ", None), ("サトウ49", None), ("", Some(CheckWay::Requery))] {
        let query = HistoryQuery {
            from: FIRST,
            to: now(),
            name_key: name.to_owned(),
            way,
            medium: None,
            user: None,
            validity: None,
            state: None,
            sees_openings: true,
            after: None,
            rows: 50,
        };
        ask(db, move |tx, of| history::list(tx, of, &query)).await;
    }
    for by in [EndedBy::All, EndedBy::Deadline, EndedBy::Institution] {
        for name in ["", "サ", "サトウ49"] {
            let query = EndingQuery {
                from: FIRST,
                to: now().plus_ms(400 * 86_400_000),
                of: None,
                by,
                name_key: name.to_owned(),
                before: None,
                rows: 50,
                now: now().plus_ms(200 * 86_400_000),
            };
            ask(db, move |tx, of| ending::list(tx, of, &query)).await;
        }
    }
    let month = Month::of(day_of("2026-07-05"));
    ask(db, move |tx, of| month::open(tx, of, month, &Place::first(), 50)).await;
    ask(db, move |tx, of| month::count_open(tx, of, month, 10_001)).await;
    ask(db, move |tx, of| month::evidence(tx, of, month, &Place::first(), 50)).await;
    ask(db, move |tx, of| month::done(tx, of, month, &Place::last(), 50)).await;
    ask(db, move |tx, of| month::count_done(tx, of, month, 10_001)).await;
    ask(db, move |tx, of| month::of_month(tx, of, month, "p40")).await;
    ask(db, move |tx, of| month::newest_consent(tx, of, "p40")).await;
    ask(db, move |tx, of| coverage_change::count(tx, of, month, 10_001)).await;
    ask(db, move |tx, of| {
        tx.rows(coverage_change::LIST, &[of.into(), "2026-07".into(), i64::MAX.into(), "".into(), 50_i64.into()], |_| Ok(()))
    })
    .await;
    ask(db, |tx, of| expiring::ends(tx, of, month::PAPER, &Place { at: 20_260_101, rest: String::new() }, day_of("2026-02-01"), 50)).await;
    ask(db, |tx, of| expiring::consents_ending(tx, of, &Place::first(), now().plus_ms(200 * 86_400_000), 50)).await;
    ask(db, move |tx, of| expiring::usage(tx, of, Month::of(day_of("2026-01-05")))).await;
    for (number, only_held, state) in [("", false, None), ("", true, None), ("", false, Some(SendState::Late)), ("x40", false, None)] {
        let query = ReferenceQuery { number_key: number.to_owned(), state, only_held, after: String::new(), rows: 50 };
        ask(db, move |tx, of| reference::list(tx, of, &query)).await;
    }
    ask(db, |tx, of| reference::of_subject(tx, of, "p40")).await;
    ask(db, |tx, of| reference::of_number(tx, of, "x40")).await;
    ask(db, |tx, of| reference::of_insurance(tx, of, "x40")).await;
    ask(db, |tx, of| reference::sent(tx, of, "p40")).await;
    ask(db, |tx, of| consent::standing(tx, of, "p40", FIRST)).await;
    ask(db, |tx, of| person::results_of(tx, of, "p40", 50)).await;
    ask(db, |tx, of| person::subjects_of_insurance(tx, of, "i5")).await;
    ask(db, |tx, of| person::of_receipt(tx, of, "x40")).await;
    ask(db, |tx, of| finished::after(tx, of, FIRST, "")).await;
    ask(db, |tx, of| later::open(tx, of, true, 50)).await;
    ask(db, |tx, of| later::count(tx, of, true)).await;
    ask(db, |tx, of| check::of_subject(tx, of, "p40", 50)).await;
    ask(db, |tx, of| check::of_consent(tx, of, &ConsentId::new(FIRST, [0; 10]), 50)).await;
    ask(db, |tx, of| day::without_check(tx, of, "2026-01", day_of("2026-01-01"), day_of("2026-01-31"), 50)).await;
    ask(db, |tx, of| day::by_kana(tx, of, "サトウ49", FIRST)).await;
    for text in [opening::VIEWS, opening::LIST, day::LIST] {
        let all: [Value<'static>; 3] = ["o1".into(), "".into(), 50_i64.into()];
        ask(db, move |tx, of| {
            let values: Vec<Value<'_>> = match text {
                opening::LIST => vec![of.into(), 50_i64.into()],
                opening::VIEWS => vec![of.into(), all[0], all[2]],
                _ => vec![of.into(), "2026-01-05".into(), all[1], all[2]],
            };
            tx.rows(text, &values, |_| Ok(()))
        })
        .await;
    }
    for user in ["", "x40"] {
        let query =
            ViewQuery { from: FIRST, to: now(), before: None, user: user.to_owned(), kind: None, name_key: String::new(), rows: 50 };
        ask(db, move |tx, of| medical::list(tx, of, &query).map(|_| ())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_goes_through_a_table_on_postgres() {
    let cluster = Cluster::start(false).unwrap();
    let url = cluster.database().unwrap();
    connect(&url).close().await;
    fill(&url);
    let name = url.rsplit('/').next().unwrap().to_owned();
    by_hand(
        &url,
        &format!(
            "ALTER DATABASE {name} SET session_preload_libraries = 'auto_explain'; ALTER DATABASE {name} SET auto_explain.log_format = 'json';
             ALTER DATABASE {name} SET auto_explain.log_min_duration = 0"
        ),
    )
    .unwrap();
    let log = || std::fs::read_to_string(cluster.folder.join("log")).unwrap();
    let begin = log().len();
    let db = connect(&url);
    ask_for_all(&db).await;
    ask(&db, |tx, _| tx.rows("SELECT id FROM consents WHERE items = 'control'", &[], |_| Ok(()))).await;
    db.close().await;

    let all = plans(log().get(begin..).unwrap());
    let mut faults = BTreeSet::new();
    for plan in &all {
        let mut found = BTreeSet::new();
        gone_through(&plan["Plan"], &mut found);
        if !found.is_empty() {
            faults.insert((plan["Query Text"].as_str().unwrap().to_owned(), found));
        }
    }
    let (control, faults): (Vec<_>, Vec<_>) = faults.into_iter().partition(|(text, _)| text.contains("'control'"));
    assert_eq!(control.len(), 1, "control: a scan is told");
    assert!(all.len() > 1000, "as many statements ran: {}", all.len());
    assert!(faults.is_empty(), "{} of {}: {faults:#?}", faults.len(), all.len());
}

#[tokio::test]
async fn no_list_of_ends_or_of_a_rare_name_goes_through_a_table_on_sqlite() {
    let (store, folder) = crate::store::sqlite().await;
    let connection = rusqlite::Connection::open_with_flags(folder.path().join("u.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let of_ends = [ending::EARLY, ending::EARLY_NAMED, ending::NATURAL, ending::NATURAL_NAMED];
    for sql in of_ends.into_iter().chain(consent::search::booked::STATEMENTS_NAMED) {
        assert_eq!(crate::check_history::scanned(&connection, sql), Vec::<String>::new(), "{sql}");
    }
    assert_eq!(crate::check_history::scanned(&connection, "SELECT id FROM consent_changes h WHERE h.cause = $1"), ["h"], "control");
    // A page along the days begins at its place in the index, and not at the first or last day asked for.
    let [pages @ .., _, _] = consent::search::booked::STATEMENTS;
    for sql in pages {
        let plan = crate::check_history::plan(&connection, sql).join("; ");
        assert!(plan.contains("consents_booked (institution=?") && plan.contains("(booked_on,id)"), "{sql}: {plan}");
    }
    // A name with a booked day is looked at in the index of the names: no further column than these is read before a row is one of the page.
    let by_names = ["consents_by_name", "consents_by_kana", "consents_by_other_name"];
    for sql in consent::search::booked::STATEMENTS_NAMED {
        let plan = crate::check_history::plan(&connection, sql).join("; ");
        assert!(by_names.iter().all(|index| plan.contains(index)) && !plan.contains("consents_booked"), "{sql}: {plan}");
    }
    store.close().await;
}
