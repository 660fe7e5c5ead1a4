//! Statements on mails that wait to be sent, or were.

use shared::domain::calendar::UnixMs;

use super::tx::{Tx, values};
use super::{ApplicantId, StoreError};

/// A mail as it is kept. No `Debug`: it is to a person.
#[derive(Clone, PartialEq, Eq)]
pub struct MailRecord {
    /// Names the event that it tells of.
    pub id: String,
    /// Whom it is about.
    pub applicant: String,
    /// To whom; empty once it was sent.
    pub recipient: String,
    /// 件名.
    pub subject: String,
    /// Its text; empty once it was sent.
    pub text: String,
    /// When the event was.
    pub created_at: UnixMs,
    /// When it was sent.
    pub sent_at: Option<UnixMs>,
    /// When it was given up.
    pub dead_at: Option<UnixMs>,
}

/// Adds a mail; false when its event has one.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, new: &MailRecord) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO mails (id, applicant, recipient, subject, text, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO NOTHING",
        values![&new.id, &new.applicant, &new.recipient, &new.subject, &new.text, new.created_at],
    )?;
    Ok(added == 1)
}

/// A mail.
pub fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<MailRecord>, StoreError> {
    tx.row("SELECT id, applicant, recipient, subject, text, created_at, sent_at, dead_at FROM mails WHERE id = $1", values![id], |row| {
        Ok(MailRecord {
            id: row.get("id")?,
            applicant: row.get("applicant")?,
            recipient: row.get("recipient")?,
            subject: row.get("subject")?,
            text: row.get("text")?,
            created_at: row.instant("created_at")?,
            sent_at: row.maybe_instant("sent_at")?,
            dead_at: row.maybe_instant("dead_at")?,
        })
    })
}

/// Notes that a mail was sent: address and text leave.
pub fn note_sent(tx: &mut Tx<'_>, id: &str, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE mails SET sent_at = $1, recipient = '', text = '' WHERE id = $2 AND sent_at IS NULL", values![at, id]).map(|_| ())
}

/// Notes that a mail was given up.
pub fn note_dead(tx: &mut Tx<'_>, id: &str, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE mails SET dead_at = $1 WHERE id = $2 AND sent_at IS NULL", values![at, id]).map(|_| ())
}

/// A mail that was given up waits again.
pub fn revive(tx: &mut Tx<'_>, id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("UPDATE mails SET dead_at = NULL WHERE id = $1 AND dead_at IS NOT NULL", values![id])? == 1)
}

/// Ids of the mails about an applicant that were given up.
pub fn dead_of(tx: &mut Tx<'_>, applicant: &ApplicantId) -> Result<Vec<String>, StoreError> {
    tx.rows(
        "SELECT id FROM mails WHERE applicant = $1 AND dead_at IS NOT NULL AND sent_at IS NULL ORDER BY id",
        values![applicant.as_str()],
        |row| row.get("id"),
    )
}

/// Ids of all mails that were given up.
pub fn dead(tx: &mut Tx<'_>) -> Result<Vec<String>, StoreError> {
    tx.rows("SELECT id FROM mails WHERE dead_at IS NOT NULL AND sent_at IS NULL ORDER BY id", values![], |row| row.get("id"))
}

/// Removes 500 mails at most that were sent or given up by an instant; says how many.
pub fn forget(tx: &mut Tx<'_>, by: UnixMs) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE sent_at <= $1 OR dead_at <= $1 LIMIT 500)", values![by])
}
