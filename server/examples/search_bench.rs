//! Searches of the consented list over many consents of one institution, each beside the best plain SQL for the same answer.
//!
//! `cargo run -p server --example search_bench --release -- [--rows N] [--database-url URL] [--rounds N] [FOLDER]`. N is 1,000,000
//! unless said; without a URL the database is a SQLite file in FOLDER (default: the system's temporary folder). With one, an empty
//! PostgreSQL database is filled. A *search* here is the store's rule through its thread: plan, count and page, rows read to
//! types. *Plain SQL* has one prepared statement for the count and one for the page and reads the same columns and types; two ways
//! to write it are tried (along the list's order, and from the condition's index), and the quicker one by median counts. All
//! three take turns in each round, so that a slow minute of the machine meets them alike.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rusqlite::Connection;
use server::rule;
use server::store::consent;
use server::store::db::Db;
use server::store::{ConsentHits, ConsentId, ConsentQuery, Cursor, Institution, NewInstitution, VisitId};
use server::tenant::Tenant;
use shared::api::office::{ListOrder, PAGE_ROWS, StateFilter, TOTAL_MAX};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::consent::expires_at;
use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};

const STATION: &str = "9969900001";
const DAY_MS: i64 = 86_400_000;
/// Days over which the consents were given.
const DAYS: i64 = 3 * 365;

struct Asked {
    rows: u32,
    rounds: usize,
    url: Option<String>,
    folder: PathBuf,
}

fn asked() -> anyhow::Result<Asked> {
    let mut asked = Asked { rows: 1_000_000, rounds: 100, url: None, folder: std::env::temp_dir() };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} takes a value"));
        match arg.as_str() {
            "--rows" => asked.rows = value()?.parse()?,
            "--rounds" => asked.rounds = value()?.parse()?,
            "--database-url" => asked.url = Some(value()?),
            folder => asked.folder = folder.into(),
        }
    }
    Ok(asked)
}

fn main() -> anyhow::Result<()> {
    let asked = asked()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = tempfile::tempdir_in(&asked.folder)?;
    let file = folder.path().join("search.db");
    let open = || match &asked.url {
        Some(url) => Db::connect(url, None),
        None => Db::open_file(&file),
    };
    let db = open()?;
    runtime.block_on(add_station(&db))?;
    runtime.block_on(db.close());
    let begun = Instant::now();
    match &asked.url {
        Some(url) => fill_postgres(url, asked.rows)?,
        None => fill_sqlite(&file, asked.rows)?,
    }
    say(&format!("{} consents in {:.0} s", asked.rows, begun.elapsed().as_secs_f64()));
    let db = open()?;
    let mut plain = match &asked.url {
        Some(url) => Plain::Postgres(Box::new(postgres::Client::connect(url, postgres::NoTls)?)),
        None => Plain::sqlite(&file)?,
    };
    say(&format!("{:<28} {:>7} {:>9} {:>9} {:>9} {:>9} {:>7}", "search", "found", "p50 ms", "p99 ms", "SQL p50", "SQL p99", "p99 ×"));
    for kind in kinds(asked.rows) {
        measure(&runtime, &db, &mut plain, &kind, asked.rounds)?;
    }
    runtime.block_on(db.close());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
fn say(line: &str) {
    println!("{line}");
}

async fn add_station(db: &Db) -> anyhow::Result<()> {
    let institution = Institution::new(InstitutionCode::try_from(STATION)?, "ひなた訪問看護ステーション", "");
    let new = NewInstitution { institution, token: ReceptionToken::from_random([7; 32]), accounts: Vec::new(), at: UnixMs(0) };
    ensure!(db.write(move |tx| rule::institution::add(tx, &new)).await?, "the database is not empty");
    Ok(())
}

fn first_day() -> UnixMs {
    UnixMs(1_700_000_000_000)
}

fn last_instant() -> UnixMs {
    first_day().plus_ms(DAYS * DAY_MS)
}

/// A row of each table.
struct Row {
    visit: String,
    consent: String,
    subject: String,
    keys: [String; 3],
    consented_at: i64,
    expires_at: i64,
    replaced_at: Option<i64>,
    receipt: String,
    reference: Option<String>,
    eligibility: String,
}

/// Surnames with how many of ten thousand people bear them, about as in Japan.
const SURNAMES: [(&str, &str, u32); 12] = [
    ("佐藤", "ｻﾄｳ", 150),
    ("鈴木", "ｽｽﾞｷ", 140),
    ("高橋", "ﾀｶﾊｼ", 110),
    ("田中", "ﾀﾅｶ", 105),
    ("伊藤", "ｲﾄｳ", 85),
    ("渡辺", "ﾜﾀﾅﾍﾞ", 85),
    ("山本", "ﾔﾏﾓﾄ", 83),
    ("中村", "ﾅｶﾑﾗ", 82),
    ("小林", "ｺﾊﾞﾔｼ", 80),
    ("加藤", "ｶﾄｳ", 70),
    ("吉田", "ﾖｼﾀﾞ", 65),
    ("山田", "ﾔﾏﾀﾞ", 64),
];
const SYLLABLES: [&str; 24] =
    ["ｱ", "ｲ", "ｳ", "ｵ", "ｶ", "ｷ", "ｸ", "ｺ", "ｻ", "ｼ", "ｽ", "ﾀ", "ﾂ", "ﾅ", "ﾆ", "ﾉ", "ﾊ", "ﾋ", "ﾌ", "ﾏ", "ﾐ", "ﾑ", "ﾔ", "ﾜ"];
const KANJI: [&str; 16] = ["山", "川", "田", "野", "村", "木", "本", "井", "島", "原", "上", "下", "中", "大", "小", "谷"];
const GIVEN: [(&str, &str); 8] =
    [("一郎", "ｲﾁﾛｳ"), ("花子", "ﾊﾅｺ"), ("健", "ｹﾝ"), ("愛", "ｱｲ"), ("美咲", "ﾐｻｷ"), ("翔太", "ｼﾖｳﾀ"), ("和子", "ｶｽﾞｺ"), ("清", "ｷﾖｼ")];

/// A number that looks random and is the same in each run.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678_9ABC_DEF1;
    mixed ^= mixed >> 29;
    mixed = mixed.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed ^ (mixed >> 32)
}

fn pick<T: Copy>(of: &[T], number: u64) -> anyhow::Result<T> {
    let place = usize::try_from(number % of.len() as u64)?;
    of.get(place).copied().context("a place in the list")
}

fn names(number: u64) -> anyhow::Result<[String; 3]> {
    if number % 150_000 == 77 {
        return Ok(["鷲巣　清".to_owned(), "ﾜｼｽﾞ ｷﾖｼ".to_owned(), String::new()]);
    }
    let random = mixed(number);
    let (given, given_kana) = pick(&GIVEN, random >> 40)?;
    let mut share = u32::try_from(random % 10_000)?;
    for (name, kana, of) in SURNAMES {
        if share < of {
            return Ok([format!("{name}　{given}"), format!("{kana} {given_kana}"), String::new()]);
        }
        share -= of;
    }
    let second = random >> 16;
    let kana = format!("{}{}{}", pick(&SYLLABLES, second)?, pick(&SYLLABLES, second >> 8)?, pick(&SYLLABLES, second >> 13)?);
    let name = format!("{}{}{}", pick(&KANJI, second)?, pick(&KANJI, second >> 7)?, pick(&KANJI, second >> 11)?);
    // Some bear a name in kana, and some a 通称.
    let name = if second % 200 == 3 { kana.clone() } else { name };
    let other = if second % 100 == 7 { format!("ヤマモト　{given}") } else { String::new() };
    Ok([format!("{name}　{given}"), format!("{kana} {given_kana}"), other])
}

fn row(number: u32, rows: u32, eligibility: &str) -> anyhow::Result<Row> {
    let n = u64::from(number);
    let at = first_day().plus_ms(i64::from(number) * (DAYS * DAY_MS / i64::from(rows)));
    let mut random = [0; 10];
    random[2..].copy_from_slice(&mixed(n).to_be_bytes());
    let [name, kana, other] = names(n)?;
    let keys = [&name, &kana, &other].map(|text| server::consent::search_key(text));
    Ok(Row {
        visit: VisitId::new(at, random).as_str().to_owned(),
        consent: ConsentId::new(at, random).as_str().to_owned(),
        subject: format!("person {n}"),
        keys,
        consented_at: at.0,
        expires_at: expires_at(VisitKind::HomeVisit, at, None).0,
        replaced_at: (n % 10 == 3).then_some(at.0 + DAY_MS),
        receipt: format!("R{number:07}"),
        reference: (n % 1000 == 5).then(|| format!("{number:08}")),
        eligibility: eligibility.replace("{name}", &name).replace("{kana}", &kana),
    })
}

/// An eligibility as it is kept, with a place for the names.
const ELIGIBILITY: &str = concat!(
    r#"{"version":1,"validity":"valid","checked_at":1705454100000,"person":{"name":"{name}","name_kana":"{kana}","#,
    r#""name_of_other":null,"birth_date":"1950-04-01","sex":"male"},"coverages":[{"insurer_number":"06990014","#,
    r#""insurer_name":"ひなた健康保険組合","symbol":"１２－３４","member_number":"0056","branch_number":"01","#,
    r#""card_classification":"被保険者証(一般)","relation":"insured","insured_name":"資格　一郎","address":null,"#,
    r#""post_number":null,"sex_on_back":null,"qualified_on":"2020-04-01","disqualified_on":null,"loss_reason":null,"#,
    r#""valid_from":"2020-04-01","valid_until":null,"copay_ratio":{"value":20},"is_preschool":false,"elderly":null,"#,
    r#""limit":"not_provided","specific_diseases":"none"}]}"#,
);
const CHECKS: &str = r#"{"version":1,"signature":true,"chain":true,"period":true,"revocation":"not_checked"}"#;

fn fill_sqlite(file: &Path, rows: u32) -> anyhow::Result<()> {
    let connection = Connection::open(file)?;
    connection.execute_batch("PRAGMA synchronous = off; PRAGMA cache_size = -1000000; PRAGMA foreign_keys = 0")?;
    // Made anew at the end, which is quicker than keeping them up row by row.
    let indexes: Vec<(String, String)> = connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'consents' AND sql IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (name, _) in &indexes {
        connection.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    connection.execute_batch("BEGIN")?;
    for number in 0..rows {
        let row = row(number, rows, ELIGIBILITY)?;
        let [name, kana, other] = &row.keys;
        connection
            .prepare_cached(
                "INSERT INTO visits (id, institution, use, key_sha256, choices, notice_version, language, opened_at, expires_at, done_at,
                                     check_way, medium)
                 VALUES (?1, ?2, 2, ?3, 'AAAAA', '2026-11', 'ja', ?4, ?4, ?4, 'pin', 'card')",
            )?
            .execute((&row.visit, STATION, server::sha256(row.visit.as_bytes()), row.consented_at))?;
        connection
            .prepare_cached(
                "INSERT INTO consents (id, institution, use, visit, subject, name_key, kana_key, other_key, reference_number, items,
                                       consented_at, expires_at, replaced_at, receipt, check_way, medium)
                 VALUES (?1, ?2, 2, ?3, ?4, ?5, ?6, ?7, ?8, 'AAAAAA', ?9, ?10, ?11, ?12, 'pin', 'card')",
            )?
            .execute(rusqlite::params![
                row.consent,
                STATION,
                row.visit,
                row.subject,
                name,
                kana,
                other,
                row.reference,
                row.consented_at,
                row.expires_at,
                row.replaced_at,
                row.receipt
            ])?;
        connection.prepare_cached("INSERT INTO results (consent, checked_at, eligibility) VALUES (?1, ?2, ?3)")?.execute((
            &row.consent,
            row.consented_at,
            &row.eligibility,
        ))?;
        connection
            .prepare_cached(
                "INSERT INTO proofs (consent, certificate, signature, nonce, statement, origin_sha256, checks)
                 VALUES (?1, x'00', x'00', x'00', x'00', x'00', ?2)",
            )?
            .execute((&row.consent, CHECKS))?;
    }
    connection.execute_batch("COMMIT")?;
    for (_, sql) in &indexes {
        connection.execute_batch(sql)?;
    }
    Ok(())
}

fn fill_postgres(url: &str, rows: u32) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut client = postgres::Client::connect(url, postgres::NoTls)?;
    client.batch_execute("SET session_replication_role = replica; SET synchronous_commit = off")?;
    let or_null = |value: Option<String>| value.unwrap_or_else(|| "\\N".to_owned());
    let mut copy = |sql: &str, line: &dyn Fn(&Row) -> String| -> anyhow::Result<()> {
        let mut writer = client.copy_in(sql)?;
        for number in 0..rows {
            writer.write_all(line(&row(number, rows, ELIGIBILITY)?).as_bytes())?;
        }
        writer.finish()?;
        Ok(())
    };
    copy(
        "COPY visits (id, institution, use, key_sha256, choices, notice_version, language, opened_at, expires_at, done_at, check_way, medium)
         FROM STDIN",
        &|row| {
            let (visit, at) = (&row.visit, row.consented_at);
            let key: String = server::sha256(visit.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{visit}\t{STATION}\t2\t\\\\x{key}\tAAAAA\t2026-11\tja\t{at}\t{at}\t{at}\tpin\tcard\n")
        },
    )?;
    copy(
        "COPY consents (id, institution, use, visit, subject, name_key, kana_key, other_key, reference_number, items, consented_at,
                        expires_at, replaced_at, receipt, check_way, medium) FROM STDIN",
        &|row| {
            let [name, kana, other] = &row.keys;
            let (reference, replaced_at) = (or_null(row.reference.clone()), or_null(row.replaced_at.map(|at| at.to_string())));
            let Row { visit, consent, subject, consented_at, expires_at, receipt, .. } = row;
            format!(
                "{consent}\t{STATION}\t2\t{visit}\t{subject}\t{name}\t{kana}\t{other}\t{reference}\tAAAAAA\t{consented_at}\t{expires_at}\t\
                 {replaced_at}\t{receipt}\tpin\tcard\n"
            )
        },
    )?;
    copy("COPY results (consent, checked_at, eligibility) FROM STDIN", &|row| {
        format!("{}\t{}\t{}\n", row.consent, row.consented_at, row.eligibility)
    })?;
    copy("COPY proofs (consent, certificate, signature, nonce, statement, origin_sha256, checks) FROM STDIN", &|row| {
        format!("{}\t\\\\x00\t\\\\x00\t\\\\x00\t\\\\x00\t\\\\x00\t{CHECKS}\n", row.consent)
    })?;
    client.batch_execute("VACUUM ANALYZE")?;
    Ok(())
}

/// A search, and the same in plain SQL.
struct Kind {
    name: &'static str,
    query: ConsentQuery,
    /// The condition beside institution and days.
    matches: String,
    /// Where the condition's own index leads: FROM and WHERE.
    picked: Option<String>,
}

fn kinds(rows: u32) -> Vec<Kind> {
    let now = last_instant();
    let day = |ms: i64| UnixMs(ms).jst_date();
    let whole = ConsentQuery {
        days: shared::api::office::DaysOf::Consented,
        visit_kind: None,
        from: day(first_day().0),
        to: day(now.0),
        name_key: String::new(),
        reference_number: String::new(),
        receipt: String::new(),
        state: StateFilter::All,
        order: ListOrder::NewestFirst,
        cursor: None,
        rows: PAGE_ROWS,
        now,
    };
    let living_after = now.plus_ms(-60_000).0;
    let plain = |name, query: ConsentQuery, matches: &str| Kind { name, query, matches: matches.to_owned(), picked: None };
    let named = |name, text: &str, column: &str, query: &ConsentQuery| {
        let key = server::consent::search_key(text);
        let range = |column: &str| format!("{column} >= '{key}' AND {column} < '{key}\u{10FFFF}'");
        let all = ["c.name_key", "c.kana_key", "c.other_key"].map(range).join(" OR ");
        let mut matches = format!("({all})");
        if query.state == StateFilter::Living {
            matches = format!("{matches} AND c.replaced_at IS NULL AND c.expires_at > {living_after}");
        }
        let picked = if column == "all" {
            let branch =
                |column: &str| format!("SELECT * FROM consents c WHERE c.institution = '{STATION}' AND {}", range(&format!("c.{column}")));
            let branches = ["name_key", "kana_key", "other_key"].map(branch).join(" UNION ");
            format!("({branches}) AS c WHERE 1 = 1")
        } else {
            format!("consents c WHERE c.institution = '{STATION}' AND {}", range(&format!("c.{column}")))
        };
        Kind { name, query: ConsentQuery { name_key: key, ..query.clone() }, matches, picked: Some(picked) }
    };
    let middle = first_day().plus_ms(DAYS * DAY_MS / 2);
    let month = ConsentQuery { from: day(middle.0), to: day(middle.0 + 29 * DAY_MS), ..whole.clone() };
    let one_day = ConsentQuery { to: month.from, ..month.clone() };
    let far = Cursor { is_back: false, at: middle, id: ConsentId::new(middle, [0; 10]).as_str().to_owned(), ahead: rows / 2 };
    let state = |state, order| ConsentQuery { state, order, ..whole.clone() };
    let (newest, expiry) = (ListOrder::NewestFirst, ListOrder::ExpiryFirst);
    let living = format!("c.replaced_at IS NULL AND c.expires_at > {living_after}");
    let expired = format!("c.replaced_at IS NULL AND c.expires_at <= {living_after}");
    let receipt = format!("R{:07}", rows / 3);
    vec![
        plain("all, newest first", whole.clone(), "1 = 1"),
        plain("all, page in the middle", ConsentQuery { cursor: Some(far), ..whole.clone() }, "1 = 1"),
        plain("all, next deadline first", state(StateFilter::All, expiry), "1 = 1"),
        plain("a month, by deadline", ConsentQuery { order: expiry, ..month.clone() }, "1 = 1"),
        plain("a day, by deadline", ConsentQuery { order: expiry, ..one_day.clone() }, "1 = 1"),
        plain("living", state(StateFilter::Living, newest), &living),
        plain("living, by deadline", state(StateFilter::Living, expiry), &living),
        plain("living of an old month", ConsentQuery { state: StateFilter::Living, ..month.clone() }, &living),
        plain("expired", state(StateFilter::Expired, newest), &expired),
        plain("replaced", state(StateFilter::Replaced, newest), "c.replaced_at IS NOT NULL"),
        plain("replaced, by deadline", state(StateFilter::Replaced, expiry), "c.replaced_at IS NOT NULL"),
        named("サ (one letter)", "さ", "kana_key", &whole),
        named("サ, by deadline", "さ", "kana_key", &state(StateFilter::All, expiry)),
        named("サ, of a month", "さ", "kana_key", &month),
        named("サ, of a day", "さ", "kana_key", &one_day),
        named("サトウ", "さとう", "kana_key", &whole),
        named("佐藤", "佐藤", "name_key", &whole),
        named("佐藤, living", "佐藤", "name_key", &state(StateFilter::Living, newest)),
        named("ヤマモト (name, kana, 通称)", "ヤマモト", "all", &whole),
        named("rare: 鷲巣", "鷲巣", "name_key", &whole),
        named("rare: ワシズ", "わしず", "kana_key", &whole),
        named("nobody", "だれも", "kana_key", &whole),
        Kind {
            picked: Some(format!("consents c WHERE c.institution = '{STATION}' AND c.receipt = '{receipt}'")),
            ..plain("receipt", ConsentQuery { receipt: receipt.clone(), ..whole.clone() }, &format!("c.receipt = '{receipt}'"))
        },
        Kind {
            picked: Some(format!(
                "consents c WHERE c.institution = '{STATION}' AND replace(c.reference_number, '-', '') = '00001005'
                 AND c.reference_number IS NOT NULL"
            )),
            ..plain(
                "照会番号",
                ConsentQuery { reference_number: "00001005".to_owned(), ..whole.clone() },
                "c.reference_number = '00001005'",
            )
        },
    ]
}

impl Kind {
    /// Count and page, along the order (`false`) or from the condition's index.
    fn sql(&self, is_picked: bool) -> Option<[String; 2]> {
        let days = |day: CivilDate| day.at_jst(0, 0).0;
        let (from, to) = (days(self.query.from), days(self.query.to.plus_days(1)));
        let plus = if is_picked { "+" } else { "" };
        let source = if is_picked { self.picked.clone()? } else { format!("consents c WHERE c.institution = '{STATION}'") };
        let span = format!("AND {plus}c.consented_at >= {from} AND {plus}c.consented_at < {to}");
        let matches = &self.matches;
        let order = match self.query.order {
            ListOrder::NewestFirst => format!("{plus}c.consented_at DESC, c.id DESC"),
            ListOrder::ExpiryFirst => format!("{plus}c.expires_at, c.id"),
        };
        let begin = match (&self.query.cursor, self.query.order) {
            (Some(cursor), _) => format!("AND (c.consented_at, c.id) < ({}, '{}')", cursor.at.0, cursor.id),
            (None, ListOrder::ExpiryFirst) if !is_picked => format!("AND c.expires_at >= {from}"),
            (None, _) => String::new(),
        };
        let count = format!("SELECT count(*) FROM (SELECT 1 AS one FROM {source} {span} AND {matches} LIMIT {}) AS counted", TOTAL_MAX + 1);
        let page = format!(
            "SELECT c.id, c.items, c.consented_at, c.expires_at, c.receipt, r.eligibility, p.checks
             FROM (SELECT c.id AS hit FROM {source} {span} AND {matches} {begin} ORDER BY {order} LIMIT {PAGE_ROWS}) AS hits
             JOIN consents c ON c.id = hit JOIN results r ON r.consent = c.id LEFT JOIN proofs p ON p.consent = c.id ORDER BY {order}"
        );
        Some([count, page])
    }
}

/// A connection without the store.
enum Plain {
    Sqlite(Connection),
    Postgres(Box<postgres::Client>),
}

impl Plain {
    fn sqlite(file: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.execute_batch(server::store::db::SEARCH_CACHE)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self::Sqlite(connection))
    }

    /// How many there are, and the ids of the page; its rows are read to types on the way.
    fn ask(&mut self, sql: &[String; 2]) -> anyhow::Result<(i64, Vec<String>)> {
        let [count, page] = sql;
        let mut ids = Vec::new();
        let mut take = |id: String, eligibility: &str| -> anyhow::Result<()> {
            let eligibility: Seen = serde_json::from_str(eligibility)?;
            ensure!(eligibility.0.contains_key("validity"), "an eligibility");
            ids.push(id);
            Ok(())
        };
        let total = match self {
            Self::Sqlite(connection) => {
                let total = connection.prepare_cached(count)?.query_row([], |row| row.get(0))?;
                let mut statement = connection.prepare_cached(page)?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    take(row.get(0)?, row.get_ref(5)?.as_str()?)?;
                }
                total
            }
            Self::Postgres(client) => {
                let total = client.query_one(count.as_str(), &[])?.try_get(0)?;
                for row in client.query(page.as_str(), &[])? {
                    take(row.try_get(0)?, row.try_get(5)?)?;
                }
                total
            }
        };
        Ok((total, ids))
    }
}

/// An eligibility as anyone would read it: kept apart from the store's own types.
#[derive(serde::Deserialize)]
struct Seen(serde_json::Map<String, serde_json::Value>);

fn measure(runtime: &tokio::runtime::Runtime, db: &Db, plain: &mut Plain, kind: &Kind, rounds: usize) -> anyhow::Result<()> {
    let tenant = Tenant::of_operator(&InstitutionCode::try_from(STATION)?);
    let ours = || -> anyhow::Result<(Duration, ConsentHits)> {
        let (tenant, query) = (tenant.clone(), kind.query.clone());
        let begun = Instant::now();
        let hits = runtime.block_on(db.search(move |tx| consent::search(tx, &tenant, &query)))?;
        Ok((begun.elapsed(), hits))
    };
    let ways: Vec<[String; 2]> = [kind.sql(false), kind.sql(true)].into_iter().flatten().collect();
    let (_, hits) = ours()?;
    let found: Vec<&str> = hits.rows.iter().map(|row| row.id.as_str()).collect();
    let mut of_ours = Vec::new();
    let mut of_ways: Vec<Vec<Duration>> = ways.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds {
        if round % 2 == 0 {
            of_ours.push(ours()?.0);
        }
        for (way, times) in ways.iter().zip(&mut of_ways) {
            // What is far slower than the other way is asked a few times only.
            if round >= 5 && times.iter().sum::<Duration>() > Duration::from_secs(5) {
                continue;
            }
            let begun = Instant::now();
            let (total, ids) = plain.ask(way)?;
            times.push(begun.elapsed());
            let is_same = (total > i64::from(TOTAL_MAX), total.min(i64::from(TOTAL_MAX))) == (hits.is_total_more, i64::from(hits.total));
            ensure!(ids == found && is_same, "{}: another answer ({total}, {} rows)", kind.name, ids.len());
        }
        if round % 2 == 1 {
            of_ours.push(ours()?.0);
        }
    }
    let at = |times: &[Duration], part: usize| {
        times.get((times.len().saturating_sub(1)) * part / 100).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    };
    of_ours.sort();
    of_ways.iter_mut().for_each(|times| times.sort());
    let best = of_ways.iter().min_by(|one, other| at(one, 50).total_cmp(&at(other, 50))).context("a way")?;
    let [own50, own99, best50, best99] = [at(&of_ours, 50), at(&of_ours, 99), at(best, 50), at(best, 99)];
    let found = if hits.is_total_more { format!("{}+", hits.total) } else { hits.total.to_string() };
    let ratio = own99 / best99;
    say(&format!("{:<28} {found:>7} {own50:>9.2} {own99:>9.2} {best50:>9.2} {best99:>9.2} {ratio:>7.2}", kind.name));
    say(&format!(
        r#"{{"bar":"search: {}","p50_ms":{own50:.3},"p99_ms":{own99:.3},"sql_p50_ms":{best50:.3},"E_search":{ratio:.3},"n":{rounds}}}"#,
        kind.name
    ));
    Ok(())
}
