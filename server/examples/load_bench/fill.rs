//! Many consents at once, past the server: copies of the first one with other names and times.

use std::path::Path;

use anyhow::Context as _;
use rusqlite::Connection;

/// Rows of one commit.
const CHUNK: u32 = 50_000;

/// How the two databases say the same.
struct Words {
    /// The last 21 characters of a text.
    last: fn(&str) -> String,
    /// A text as bytes.
    bytes: fn(&str) -> String,
}

const SQLITE: Words = Words { last: |text| format!("substr({text}, -21)"), bytes: |text| format!("CAST({text} AS BLOB)") };
const POSTGRES: Words = Words { last: |text| format!("right({text}, 21)"), bytes: |text| format!("convert_to({text}, 'UTF8')") };

/// The statements that add rows `from` to `to`.
fn statements(words: &Words, from: u32, to: u32) -> [String; 4] {
    let number = format!("{}{}", "'", "0".repeat(21)) + "' || i";
    // As an id is written: 22 characters of base64, which the last one ends.
    let id = (words.last)(&number) + " || 'A'";
    let key = (words.bytes)(&format!("'filled' || {id} || '....'"));
    let rows = format!("WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to})");
    let first = "(SELECT * FROM consents ORDER BY consented_at DESC LIMIT 1) AS c";
    [
        format!(
            "{rows} INSERT INTO visits (id, institution, use, key_sha256, choices, notice_version, language, opened_at, expires_at, done_at)
             SELECT {id}, v.institution, v.use, {key}, v.choices, v.notice_version, v.language, v.opened_at - CAST(i AS BIGINT) * 7000,
                    v.expires_at - CAST(i AS BIGINT) * 7000, v.done_at - CAST(i AS BIGINT) * 7000
             FROM n CROSS JOIN {first} JOIN visits v ON v.id = c.visit"
        ),
        format!(
            "{rows} INSERT INTO consents (id, institution, use, visit, subject, name_key, kana_key, other_key, items, consented_at, expires_at,
                                   receipt, check_way, medium)
             SELECT {id}, c.institution, c.use, {id}, 'filled ' || i, '資格' || (i % 5000), substr('アカサタナハマヤラワ', 1 + i % 10, 1) || 'ンシ' || (i % 1000),
                    '', c.items, c.consented_at - CAST(i AS BIGINT) * 7000, c.expires_at - CAST(i AS BIGINT) * 7000, 'F' || i, c.check_way, c.medium
             FROM n CROSS JOIN {first}"
        ),
        format!(
            "{rows} INSERT INTO results (consent, checked_at, eligibility)
             SELECT {id}, r.checked_at, r.eligibility FROM n CROSS JOIN {first} JOIN results r ON r.consent = c.id"
        ),
        // Without the certificate's 1.6 kB: no search reads them.
        format!(
            "{rows} INSERT INTO proofs (consent, certificate, signature, nonce, statement, origin_sha256, checks)
             SELECT {id}, p.nonce, p.nonce, p.nonce, p.nonce, p.nonce, p.checks FROM n CROSS JOIN {first} JOIN proofs p ON p.consent = c.id"
        ),
    ]
}

fn chunks(rows: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..rows.div_ceil(CHUNK)).map(move |chunk| (1 + chunk * CHUNK, rows.min((chunk + 1) * CHUNK)))
}

/// Adds the rows; no server may run.
pub(crate) fn fill(database: &str, rows: u32) -> anyhow::Result<()> {
    if database.starts_with("postgres://") {
        let mut client = postgres::Client::connect(database, postgres::NoTls)?;
        for (from, to) in chunks(rows) {
            client.batch_execute(&statements(&POSTGRES, from, to).join(";"))?;
        }
        return Ok(client.batch_execute("VACUUM ANALYZE")?);
    }
    let connection = Connection::open(Path::new(database))?;
    connection.execute_batch("PRAGMA synchronous = off; PRAGMA cache_size = -200000")?;
    for (from, to) in chunks(rows) {
        connection.execute_batch(&format!("BEGIN; {}; COMMIT", statements(&SQLITE, from, to).join(";")))?;
    }
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    std::fs::File::open(database)?.sync_all().context("sync")
}

/// How many consents there are.
pub(crate) fn consents(database: &str) -> anyhow::Result<usize> {
    let count: i64 = if database.starts_with("postgres://") {
        postgres::Client::connect(database, postgres::NoTls)?.query_one("SELECT count(*) FROM consents", &[])?.get(0)
    } else {
        let connection = Connection::open_with_flags(database, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.query_row("SELECT count(*) FROM consents", [], |row| row.get(0))?
    };
    Ok(usize::try_from(count)?)
}
