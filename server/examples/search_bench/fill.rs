//! Fills the tables past the server: one institution with many consents among others with few.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};
use server::store::{CheckId, ConsentId, VisitId};
use shared::domain::calendar::UnixMs;
use shared::domain::consent::expires_at;
use shared::domain::institution::VisitKind;
use shared::domain::month::Month;

use crate::people::{CHECKS, eligibility, mixed, names};
use crate::{DAY_MS, DAYS, STATION, first_day, last_instant};

/// A value of a row.
enum Val {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Bool(bool),
}

impl rusqlite::ToSql for Val {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Bool(value) => ValueRef::Integer((*value).into()),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

impl Val {
    fn text(value: impl Into<String>) -> Self {
        Self::Text(value.into())
    }

    fn maybe(value: Option<impl Into<Self>>) -> Self {
        value.map_or(Self::Null, Into::into)
    }

    /// As COPY reads it; no text here holds a tab, a line's end or a backslash.
    fn copied(&self) -> String {
        match self {
            Self::Null => "\\N".to_owned(),
            Self::Int(value) => value.to_string(),
            Self::Bool(value) => value.to_string(),
            Self::Text(value) => value.clone(),
            Self::Bytes(value) => format!("\\\\x{}", server::hex(value)),
        }
    }
}

impl From<i64> for Val {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<String> for Val {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// What a row is made of, by its number.
type RowOf = Box<dyn Fn(u32) -> anyhow::Result<Vec<Val>>>;

struct Table {
    name: &'static str,
    columns: &'static str,
    count: u32,
    row: RowOf,
}

/// A consent with its number; those behind `rows` are of the other institutions, 20 each at the most.
struct Consent {
    number: u32,
    institution: String,
    at: UnixMs,
    random: [u8; 10],
    kind: VisitKind,
}

impl Consent {
    fn new(number: u32, scale: Scale) -> Self {
        let n = u64::from(number);
        let is_of_station = number < scale.rows;
        let place = if is_of_station { number } else { (number - scale.rows) * (scale.rows / scale.others().max(1)).max(1) };
        let at = first_day().plus_ms(i64::from(place % scale.rows.max(1)) * (DAYS * DAY_MS / i64::from(scale.rows)));
        let mut random = [0; 10];
        random[2..].copy_from_slice(&mixed(n).to_be_bytes());
        let kind = match number % 10 {
            4 => VisitKind::Online,
            6 => VisitKind::OffRoute,
            _ => VisitKind::HomeVisit,
        };
        let institution = if is_of_station { STATION.to_owned() } else { other((number - scale.rows) % scale.institutions.max(1)) };
        Self { number, institution, at, random, kind }
    }

    fn id(&self) -> String {
        ConsentId::new(self.at, self.random).as_str().to_owned()
    }

    fn visit(&self) -> String {
        VisitId::new(self.at, self.random).as_str().to_owned()
    }

    fn row(&self) -> anyhow::Result<Vec<Val>> {
        let n = self.number;
        let [name, kana, other] = names(u64::from(n))?.map(|text| server::consent::search_key(&text));
        let booked = (self.kind != VisitKind::HomeVisit).then(|| self.at.plus_ms(i64::from(n % 40) * DAY_MS).jst_date());
        Ok(vec![
            Val::Text(self.id()),
            Val::text(&self.institution),
            Val::Int(self.kind.code().into()),
            Val::Text(self.visit()),
            Val::Text(format!("person {n}")),
            Val::Text(name),
            Val::Text(kana),
            Val::Text(other),
            Val::maybe((n % 1000 == 5).then(|| format!("{n:08}"))),
            Val::text("AAAAAA"),
            Val::Int(self.at.0),
            Val::Int(expires_at(self.kind, self.at, booked).0),
            Val::maybe((n % 10 == 3).then_some(self.at.0 + DAY_MS)),
            // A tenth of them by the person (EndReason::Patient).
            Val::maybe((n % 100 == 3).then_some(2_i64)),
            Val::Text(format!("R{n:07}")),
            Val::text("pin"),
            Val::text("card"),
            Val::maybe(booked.map(|day| day.to_string())),
        ])
    }
}

/// The code of another institution.
fn other(number: u32) -> String {
    format!("13{number:08}")
}

/// How much there is.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    /// Consents of the one institution.
    pub(crate) rows: u32,
    /// The others.
    pub(crate) institutions: u32,
}

impl Scale {
    /// Consents of the others together.
    fn others(self) -> u32 {
        self.institutions * 20
    }

    fn all(self) -> u32 {
        self.rows + self.others()
    }
}

fn tables(scale: Scale) -> Vec<Table> {
    let of = move |number: u32| Consent::new(number, scale);
    let rows = scale.rows;
    let now = last_instant();
    let month = Month::of(now.jst_date()).to_string();
    let table = |name, columns, count, row: RowOf| Table { name, columns, count, row };
    vec![
        table(
            "institutions",
            "code, name, added_at",
            scale.institutions,
            Box::new(|n| Ok(vec![Val::Text(other(n)), Val::text("a"), Val::Int(0)])),
        ),
        table(
            "visits",
            "id, institution, use, key_sha256, choices, notice_version, language, opened_at, expires_at, done_at, check_way, medium",
            scale.all(),
            Box::new(move |n| {
                let consent = of(n);
                let (visit, at) = (consent.visit(), consent.at.0);
                let key = server::sha256(visit.as_bytes()).to_vec();
                let texts = ["AAAAA", "2026-11", "ja"].map(Val::text);
                let mut row = vec![Val::Text(visit), Val::Text(consent.institution), Val::Int(2), Val::Bytes(key)];
                row.extend(texts);
                row.extend([Val::Int(at), Val::Int(at), Val::Int(at), Val::text("pin"), Val::text("card")]);
                Ok(row)
            }),
        ),
        table(
            "consents",
            "id, institution, use, visit, subject, name_key, kana_key, other_key, reference_number, items, consented_at, expires_at,
             replaced_at, ended_why, receipt, check_way, medium, booked_on",
            scale.all(),
            Box::new(move |n| of(n).row()),
        ),
        table(
            "results",
            "consent, checked_at, eligibility, validity",
            scale.all(),
            Box::new(move |n| {
                let (consent, is_valid) = (of(n), n % 200 != 9);
                let eligibility = eligibility(&names(u64::from(n))?, is_valid);
                let validity = if is_valid { "valid" } else { "invalid" };
                Ok(vec![Val::Text(consent.id()), Val::Int(consent.at.0), Val::Text(eligibility), Val::text(validity)])
            }),
        ),
        table(
            "proofs",
            "consent, certificate, signature, nonce, statement, origin_sha256, checks",
            scale.all(),
            Box::new(move |n| {
                let mut row = vec![Val::Text(of(n).id())];
                row.extend((0..5).map(|_| Val::Bytes(vec![0])));
                row.push(Val::text(CHECKS));
                Ok(row)
            }),
        ),
        // Asked again once for every fifth, a day later.
        table(
            "checks",
            "institution, id, use, subject, name_key, kana_key, other_key, checked_at, check_way, medium, done_by, state, eligibility, validity",
            rows / 5,
            Box::new(move |n| {
                let consent = of(n * 5);
                let at = consent.at.plus_ms(DAY_MS);
                let people = names(u64::from(n * 5))?;
                let [name, kana, other] = people.clone().map(|text| server::consent::search_key(&text));
                let id = CheckId::new(at, consent.random).as_str().to_owned();
                let way = if n % 500 == 3 { "paper" } else { "requery" };
                let state = if n % 300 == 3 { "provisional" } else { "done" };
                let mut row = vec![Val::text(STATION), Val::Text(id), Val::Int(2), Val::Text(format!("person {}", n * 5))];
                row.extend([Val::Text(name), Val::Text(kana), Val::Text(other), Val::Int(at.0), Val::text(way), Val::text("nothing")]);
                row.extend([Val::text("ippan1"), Val::text(state), Val::Text(eligibility(&people, true)), Val::text("valid")]);
                Ok(row)
            }),
        ),
        table(
            "consent_changes",
            "id, institution, consent, changed_at, why, is_whole, ends, items_before, items_after, receipt",
            rows / 20,
            Box::new(move |n| {
                let consent = of(n * 20 + 1);
                let at = consent.at.plus_ms(DAY_MS);
                let mut row =
                    vec![Val::Text(ConsentId::new(at, consent.random).as_str().to_owned()), Val::text(STATION), Val::Text(consent.id())];
                row.extend([Val::Int(at.0), Val::Int((1 + n % 3).into()), Val::Bool(true), Val::Bool(true)]);
                row.extend([Val::text("AAAAAA"), Val::text("WWWWWW"), Val::Text(format!("C{n:07}"))]);
                Ok(row)
            }),
        ),
        table(
            "reference_numbers",
            "id, institution, subject, number, number_key, insurance_key, insurer, member, state, changed_at",
            rows / 10,
            Box::new(move |n| {
                let id = ConsentId::new(of(n * 10).at, of(n * 10).random).as_str().to_owned();
                let state = if n % 400 == 7 { "late" } else { "registered" };
                let mut row = vec![Val::Text(id), Val::text(STATION), Val::Text(format!("person {}", n * 10))];
                row.extend([Val::Text(format!("K-{n}")), Val::Text(format!("K{n}")), Val::Text(format!("06990014/{n}"))]);
                row.extend([Val::text("06990014"), Val::Text(n.to_string()), Val::text(state), Val::Int(0)]);
                Ok(row)
            }),
        ),
        // Of the people of the last eight months nine of ten were asked about this month.
        table(
            "month_checks",
            "institution, month, subject, checked_at, consent, check_way, medium",
            rows / 5,
            Box::new(move |n| {
                let consent = of(rows - 1 - n);
                let subject = if n % 10 == 0 { format!("gone {n}") } else { format!("person {}", consent.number) };
                let at = now.plus_ms(-i64::from(n % 25_000) * 60_000);
                let mut row = vec![Val::text(STATION), Val::text(&month), Val::Text(subject), Val::Int(at.0), Val::Text(consent.id())];
                row.extend([Val::text("requery"), Val::text("nothing")]);
                Ok(row)
            }),
        ),
    ]
}

pub(crate) fn sqlite(file: &Path, scale: Scale) -> anyhow::Result<()> {
    let connection = Connection::open(file)?;
    connection.execute_batch("PRAGMA synchronous = off; PRAGMA cache_size = -500000; PRAGMA foreign_keys = 0")?;
    for table in tables(scale) {
        // Made anew at the end, which is quicker than keeping them up row by row.
        let indexes: Vec<(String, String)> = connection
            .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL")?
            .query_map([table.name], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (name, _) in &indexes {
            connection.execute_batch(&format!("DROP INDEX {name}"))?;
        }
        connection.execute_batch("BEGIN")?;
        let places = vec!["?"; table.columns.split(',').count()].join(", ");
        let mut insert = connection.prepare(&format!("INSERT INTO {} ({}) VALUES ({places})", table.name, table.columns))?;
        for number in 0..table.count {
            insert.execute(rusqlite::params_from_iter((table.row)(number)?))?;
        }
        drop(insert);
        connection.execute_batch("COMMIT")?;
        for (_, sql) in &indexes {
            connection.execute_batch(sql)?;
        }
    }
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}

pub(crate) fn postgres(url: &str, scale: Scale) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut client = postgres::Client::connect(url, postgres::NoTls)?;
    client.batch_execute("SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '256MB'")?;
    for table in tables(scale) {
        let found = client.query(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
             WHERE indrelid = $1::text::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)",
            &[&table.name],
        )?;
        let indexes: Vec<(String, String)> = found.iter().map(|row| (row.get(0), row.get(1))).collect();
        for (name, _) in &indexes {
            client.batch_execute(&format!("DROP INDEX {name}"))?;
        }
        let mut writer = client.copy_in(&format!("COPY {} ({}) FROM STDIN", table.name, table.columns))?;
        for number in 0..table.count {
            let line: Vec<String> = (table.row)(number)?.iter().map(Val::copied).collect();
            writer.write_all((line.join("\t") + "\n").as_bytes())?;
        }
        writer.finish()?;
        for (_, sql) in &indexes {
            client.batch_execute(sql)?;
        }
    }
    client.batch_execute("VACUUM ANALYZE")?;
    Ok(())
}
