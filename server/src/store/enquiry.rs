//! Statements on enquiries at support desks (OT-22).

use shared::api::enquiry::EnquiryRow;
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::enquiry::{Enquiry, EnquiryState};
use shared::domain::note::Note;

use super::tx::{Row, Tx, values};
use super::{EnquiryId, StoreError, user_of};
use crate::tenant::Tenant;

/// Which enquiries to list.
#[derive(Debug, Clone)]
pub struct EnquiryQuery {
    /// Part of the texts, folded ([`crate::consent::search_key`]); empty = all.
    pub key: String,
    /// `None` = all.
    pub state: Option<EnquiryState>,
    /// Rows after this one; `None` = from the newest.
    pub after: Option<EnquiryId>,
    /// At most so many.
    pub rows: u32,
}

/// Greater than every id.
const NO_ID: &str = "~";

fn note<const MAX: usize>(row: &Row<'_>, name: &'static str) -> Result<Note<MAX>, StoreError> {
    Note::try_from(row.get::<String>(name)?.as_str()).map_err(|_| StoreError::Damaged("text of an enquiry"))
}

fn row_of(row: &Row<'_>) -> Result<EnquiryRow, StoreError> {
    let asked_on = row.get::<Option<String>>("asked_on")?;
    let asked_on = asked_on.map(|day| CivilDate::try_from(day.as_str())).transpose().map_err(|_| StoreError::Damaged("day"))?;
    let enquiry = Enquiry {
        desk: note(row, "desk")?,
        asked_on,
        who: note(row, "who")?,
        case_number: note(row, "case_number")?,
        question: note(row, "question")?,
        answer: note(row, "answer")?,
        state: EnquiryState::of_word(&row.get::<String>("state")?).ok_or(StoreError::Damaged("state of an enquiry"))?,
    };
    Ok(EnquiryRow {
        id: row.get("id")?,
        enquiry,
        made_at: row.instant("made_at")?,
        changed_at: row.instant("changed_at")?,
        changed_by: user_of(&row.get::<String>("changed_by")?)?,
    })
}

/// Adds an enquiry; `key` is what it is found by.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, id: &EnquiryId, of: &Enquiry, key: &str, at: UnixMs, by: &UserId) -> Result<(), StoreError> {
    let asked_on = of.asked_on.map(|day| day.to_string());
    tx.execute(
        "INSERT INTO enquiries (id, institution, desk, asked_on, who, case_number, question, answer, state, search_key, made_at,
             changed_at, changed_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12)",
        values![
            id.as_str(),
            tenant,
            of.desk.as_str(),
            asked_on.as_deref(),
            of.who.as_str(),
            of.case_number.as_str(),
            of.question.as_str(),
            of.answer.as_str(),
            of.state.word(),
            key,
            at,
            by,
        ],
    )
    .map(|_| ())
}

/// Puts an enquiry in the place of what was changed last at `shown`; false when it is not there, or was changed since.
pub fn change(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &EnquiryId,
    of: (&Enquiry, &str),
    shown: UnixMs,
    (at, by): (UnixMs, &UserId),
) -> Result<bool, StoreError> {
    let (of, key) = of;
    let asked_on = of.asked_on.map(|day| day.to_string());
    let changed = tx.execute(
        "UPDATE enquiries SET desk = $1, asked_on = $2, who = $3, case_number = $4, question = $5, answer = $6, state = $7,
             search_key = $8, changed_at = $9, changed_by = $10
         WHERE institution = $11 AND id = $12 AND changed_at = $13",
        values![
            of.desk.as_str(),
            asked_on.as_deref(),
            of.who.as_str(),
            of.case_number.as_str(),
            of.question.as_str(),
            of.answer.as_str(),
            of.state.word(),
            key,
            at,
            by,
            tenant,
            id.as_str(),
            shown,
        ],
    )?;
    Ok(changed == 1)
}

/// One enquiry.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, id: &EnquiryId) -> Result<Option<EnquiryRow>, StoreError> {
    tx.row(
        "SELECT id, desk, asked_on, who, case_number, question, answer, state, made_at, changed_at, changed_by FROM enquiries
         WHERE institution = $1 AND id = $2",
        values![tenant, id.as_str()],
        row_of,
    )
}

/// A part of a folded text as a pattern.
fn pattern(key: &str) -> String {
    format!("%{}%", key.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

/// Enquiries, the newest first.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, query: &EnquiryQuery) -> Result<Vec<EnquiryRow>, StoreError> {
    let after = query.after.as_ref().map_or(NO_ID, EnquiryId::as_str);
    tx.rows(
        "SELECT id, desk, asked_on, who, case_number, question, answer, state, made_at, changed_at, changed_by FROM enquiries
         WHERE institution = $1 AND id < $2 AND search_key LIKE $3 ESCAPE '!' AND $4 IN ('', state) ORDER BY id DESC LIMIT $5",
        values![tenant, after, &pattern(&query.key), query.state.map_or("", EnquiryState::word), query.rows],
        row_of,
    )
}

/// How many enquiries [`list`] would give without its page.
pub fn count(tx: &mut Tx<'_>, tenant: &Tenant, query: &EnquiryQuery) -> Result<u32, StoreError> {
    let counted = tx.row(
        "SELECT COUNT(*) AS counted FROM enquiries
         WHERE institution = $1 AND search_key LIKE $2 ESCAPE '!' AND $3 IN ('', state)",
        values![tenant, &pattern(&query.key), query.state.map_or("", EnquiryState::word)],
        |row| row.get::<i64>("counted"),
    )?;
    u32::try_from(counted.unwrap_or_default()).map_err(|_| StoreError::Damaged("count"))
}

/// How many wait for an answer.
pub fn count_open(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<u32, StoreError> {
    let counted =
        tx.row("SELECT COUNT(*) AS counted FROM enquiries WHERE institution = $1 AND state = 'open'", values![tenant], |row| {
            row.get::<i64>("counted")
        })?;
    u32::try_from(counted.unwrap_or_default()).map_err(|_| StoreError::Damaged("count"))
}
