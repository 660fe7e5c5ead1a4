//! Statements on the audit log, whose rows are only ever added.
//!
//! Their order is that of `id`. On SQLite it is the order of the commits, since one thread writes. On PostgreSQL an id is drawn when
//! a row is written, not when it is committed: for as long as a transaction runs, a row may still come in below one that is
//! already seen. Whatever is built over the rows (a chain, an export that goes on where it ended) therefore stops before rows
//! younger than a minute, which is longer than any transaction lives, and takes the others in the order of `id`.

use std::net::IpAddr;

use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use super::readable::{Readable, page, readable};
use super::tx::{Row, Tx, values};
use super::{AuditEntry, StoreError, code_of, fixed};
use crate::Sha256;
use crate::tenant::Tenant;

/// Adds a row.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, entry: &AuditEntry) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO audit (at, institution, actor, action, subject, outcome, address) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            entry.at,
            entry.institution.as_ref(),
            &entry.actor,
            entry.action.as_ref(),
            entry.subject.as_deref(),
            &entry.outcome,
            entry.address.map(|address| address.to_string()).as_deref(),
        ],
    )?;
    Ok(())
}

/// When the newest row was written.
pub fn newest_at(tx: &mut Tx<'_>) -> Result<Option<UnixMs>, StoreError> {
    tx.row("SELECT at FROM audit ORDER BY id DESC LIMIT 1", values![], |row| row.instant("at"))
}

/// Counts a refusal among those of the same actor, action, subject and outcome; true for the first one.
pub fn count_refusal(tx: &mut Tx<'_>, entry: &AuditEntry) -> Result<bool, StoreError> {
    let institution = entry.institution.as_ref().map_or("", InstitutionCode::as_str);
    let subject = entry.subject.as_deref().unwrap_or_default();
    let key = crate::sha256([institution, &entry.actor, &entry.action, subject, &entry.outcome].join("\n").as_bytes());
    let added = tx.execute(
        "INSERT INTO repeated_refusals (key_sha256, institution, actor, action, subject, outcome, further, first_at, last_at)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $7) ON CONFLICT (key_sha256) DO NOTHING",
        values![&key, entry.institution.as_ref(), &entry.actor, entry.action.as_ref(), entry.subject.as_deref(), &entry.outcome, entry.at,],
    )?;
    if added == 0 {
        tx.execute("UPDATE repeated_refusals SET further = further + 1, last_at = $1 WHERE key_sha256 = $2", values![entry.at, &key])?;
    }
    Ok(added == 1)
}

/// 500 counts at most whose first refusal was at `first_by` or before: key, the last refusal, how many came after the first.
pub fn counted(tx: &mut Tx<'_>, first_by: UnixMs, not_yet: UnixMs) -> Result<Vec<(Sha256, AuditEntry, i64)>, StoreError> {
    tx.rows(
        "SELECT key_sha256, institution, actor, action, subject, outcome, further, last_at FROM repeated_refusals
         WHERE first_at <= $1 OR first_at > $2 ORDER BY first_at, key_sha256 LIMIT 500",
        values![first_by, not_yet],
        |row| {
            let entry = AuditEntry {
                at: row.instant("last_at")?,
                institution: row.get::<Option<String>>("institution")?.map(|code| code_of(&code)).transpose()?,
                actor: row.get("actor")?,
                action: row.get::<String>("action")?.into(),
                // Several calls, perhaps from several places.
                address: None,
                subject: row.get("subject")?,
                outcome: row.get("outcome")?,
            };
            Ok((fixed(row.get("key_sha256")?)?, entry, row.get("further")?))
        },
    )
}

/// Removes a count.
pub fn forget_counted(tx: &mut Tx<'_>, key: &Sha256) -> Result<(), StoreError> {
    tx.execute("DELETE FROM repeated_refusals WHERE key_sha256 = $1", values![key]).map(|_| ())
}

/// An entry of the values that were read, from the database or from a file.
pub fn read_back(
    at: UnixMs,
    institution: InstitutionCode,
    actor: String,
    action: String,
    address: Option<IpAddr>,
    subject: Option<String>,
    outcome: String,
) -> AuditEntry {
    AuditEntry { at, institution: Some(institution), actor, action: action.into(), address, subject, outcome }
}

/// A row of a query as an entry.
fn entry_of(row: &Row<'_>, tenant: &Tenant) -> Result<AuditEntry, StoreError> {
    let address = row.get::<Option<String>>("address")?.map(|text| text.parse()).transpose();
    let address = address.map_err(|_| StoreError::Damaged("address"))?;
    let (actor, action) = (row.get("actor")?, row.get("action")?);
    Ok(read_back(row.instant("at")?, tenant.code().clone(), actor, action, address, row.get("subject")?, row.get("outcome")?))
}

/// The rows of an institution, oldest first.
pub fn of(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Vec<AuditEntry>, StoreError> {
    tx.rows("SELECT at, actor, action, subject, outcome, address FROM audit WHERE institution = $1 ORDER BY id", values![tenant], |row| {
        entry_of(row, tenant)
    })
}

/// A row of the log with its number, which tells it from others of the same instant and says nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedEntry {
    /// Its number.
    pub id: i64,
    /// The row.
    pub entry: AuditEntry,
}

/// Which rows to list.
#[derive(Debug, Clone)]
pub struct AuditQuery {
    /// From this instant.
    pub from: UnixMs,
    /// To this instant, not included.
    pub to: UnixMs,
    /// The rows after this one, by instant and number; `None` = from the newest.
    pub before: Option<(UnixMs, i64)>,
    /// Whole actor, or all of it before a space (an account with each of its tokens); empty = all.
    pub actor: String,
    /// Whole action; empty = all.
    pub action: String,
    /// Done, refused, or `None` = both.
    pub is_done: Option<bool>,
    /// At most so many.
    pub rows: u32,
}

/// Rows of an institution, the newest first.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, query: &AuditQuery) -> Result<Readable<NumberedEntry>, StoreError> {
    let (at, id) = query.before.unwrap_or((query.to, i64::MAX));
    let outcome = query.is_done.map_or("", |is_done| if is_done { "done" } else { "refused" });
    let found = tx.rows(
        "SELECT id, at, actor, action, subject, outcome, address FROM audit
         WHERE institution = $1 AND at >= $2 AND at < $3 AND at <= $4 AND (at < $4 OR id < $5)
           AND ($6 IN ('', actor) OR substr(actor, 1, length($6) + 1) = $6 || ' ') AND $7 IN ('', action)
           AND $8 IN ('', CASE WHEN outcome = 'ok' THEN 'done' ELSE 'refused' END)
         ORDER BY at DESC, id DESC LIMIT $9",
        values![tenant, query.from, query.to, at, id, &query.actor, &query.action, outcome, query.rows.saturating_add(1)],
        |row| {
            let id: i64 = row.get("id")?;
            readable("audit", id, entry_of(row, tenant).map(|entry| NumberedEntry { id, entry }))
        },
    )?;
    Ok(page(found, query.rows))
}

/// 500 rows at most that have no place in the chain yet and whose number is greater, in the order of their numbers.
pub fn without_place(tx: &mut Tx<'_>, tenant: &Tenant, after_id: i64) -> Result<Vec<NumberedEntry>, StoreError> {
    tx.rows(
        "SELECT a.id, a.at, a.actor, a.action, a.subject, a.outcome, a.address
         FROM audit a LEFT JOIN audit_chain c ON c.audit_id = a.id
         WHERE a.institution = $1 AND a.id > $2 AND c.audit_id IS NULL ORDER BY a.id LIMIT 500",
        values![tenant, after_id],
        |row| Ok(NumberedEntry { id: row.get("id")?, entry: entry_of(row, tenant)? }),
    )
}

/// True where a row has its place.
pub fn has_place(tx: &mut Tx<'_>, tenant: &Tenant, id: i64) -> Result<bool, StoreError> {
    let found = tx.row("SELECT place FROM audit_chain WHERE institution = $1 AND audit_id = $2", values![tenant, id], |row| {
        row.get::<i64>("place")
    })?;
    Ok(found.is_some())
}

/// The last link of an institution's chain: its place and hash.
pub fn head(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Option<(i64, Sha256)>, StoreError> {
    tx.row("SELECT place, hash FROM audit_chain WHERE institution = $1 ORDER BY place DESC LIMIT 1", values![tenant], |row| {
        Ok((row.get("place")?, fixed(row.get("hash")?)?))
    })
}

/// The hash at a place of the chain.
pub fn hash_at(tx: &mut Tx<'_>, tenant: &Tenant, place: i64) -> Result<Option<Sha256>, StoreError> {
    tx.row("SELECT hash FROM audit_chain WHERE institution = $1 AND place = $2", values![tenant, place], |row| fixed(row.get("hash")?))
}

/// Adds a link to the chain.
pub fn add_link(tx: &mut Tx<'_>, tenant: &Tenant, place: i64, id: i64, hash: &Sha256) -> Result<(), StoreError> {
    tx.execute("INSERT INTO audit_chain (institution, place, audit_id, hash) VALUES ($1, $2, $3, $4)", values![tenant, place, id, hash])
        .map(|_| ())
}

/// The first and the last place of the rows of a period; `None` where it has none.
pub fn places(tx: &mut Tx<'_>, tenant: &Tenant, from: UnixMs, to: UnixMs) -> Result<Option<(i64, i64)>, StoreError> {
    let found = tx.row(
        "SELECT MIN(c.place) AS first, MAX(c.place) AS last FROM audit a JOIN audit_chain c ON c.audit_id = a.id
         WHERE a.institution = $1 AND a.at >= $2 AND a.at < $3",
        values![tenant, from, to],
        |row| Ok(row.get::<Option<i64>>("first")?.zip(row.get::<Option<i64>>("last")?)),
    )?;
    Ok(found.flatten())
}

/// The rows from one place to another with their places and hashes, in the order of the chain.
pub fn chained(tx: &mut Tx<'_>, tenant: &Tenant, first: i64, last: i64) -> Result<Vec<(i64, Sha256, AuditEntry)>, StoreError> {
    tx.rows(
        "SELECT c.place, c.hash, a.at, a.actor, a.action, a.subject, a.outcome, a.address
         FROM audit_chain c JOIN audit a ON a.id = c.audit_id
         WHERE c.institution = $1 AND a.institution = $1 AND c.place >= $2 AND c.place <= $3 ORDER BY c.place",
        values![tenant, first, last],
        |row| Ok((row.get("place")?, fixed(row.get("hash")?)?, entry_of(row, tenant)?)),
    )
}
