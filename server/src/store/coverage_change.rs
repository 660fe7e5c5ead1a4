//! Statements on what a check of a month found changed (X47), and on the ends of relations.

use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::month::Month;

use super::month::Place;
use super::tx::{Row, Tx, values};
use super::{CheckId, ConsentId, StoreError};
use crate::tenant::Tenant;

/// The answer that a later one is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Former {
    /// The check of a consent's own proof.
    Consent(ConsentId),
    /// Another check.
    Check(CheckId),
}

impl Former {
    fn to_text(&self) -> String {
        match self {
            Self::Consent(id) => format!("consent {}", id.as_str()),
            Self::Check(id) => format!("check {}", id.as_str()),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text.split_once(' ')? {
            ("consent", id) => ConsentId::parse(id).map(Self::Consent),
            ("check", id) => CheckId::parse(id).map(Self::Check),
            _ => None,
        }
    }
}

/// The last change of a person in a month. Both answers are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageChange {
    /// Who.
    pub subject: String,
    /// When it was found.
    pub found_at: UnixMs,
    /// The consent under which it was found.
    pub consent: Option<ConsentId>,
    /// The answer of before.
    pub former: Former,
    /// The check that found it.
    pub check: CheckId,
}

fn read(row: &Row<'_>) -> Result<CoverageChange, StoreError> {
    let damaged = || StoreError::Damaged("change of a coverage");
    Ok(CoverageChange {
        subject: row.get("subject")?,
        found_at: row.instant("found_at")?,
        consent: row.get::<Option<String>>("consent")?.map(|id| ConsentId::parse(&id).ok_or_else(damaged)).transpose()?,
        former: Former::parse(&row.get::<String>("former")?).ok_or_else(damaged)?,
        check: CheckId::parse(&row.get::<String>("check_id")?).ok_or_else(damaged)?,
    })
}

/// Keeps a change; one of before in the same month gives way to it.
///
/// # Errors
/// What the database says; so for every function here.
pub fn put(tx: &mut Tx<'_>, tenant: &Tenant, change: &CoverageChange) -> Result<(), StoreError> {
    let month = Month::of(change.found_at.jst_date()).to_string();
    tx.execute(
        "INSERT INTO coverage_changes (institution, month, subject, found_at, consent, former, check_id) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (institution, month, subject) DO UPDATE SET found_at = excluded.found_at, consent = excluded.consent,
             former = excluded.former, check_id = excluded.check_id",
        values![tenant, &month, &change.subject, change.found_at, change.consent.as_ref(), &change.former.to_text(), &change.check],
    )
    .map(|_| ())
}

/// The change of one person in a month.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, subject: &str) -> Result<Option<CoverageChange>, StoreError> {
    tx.row(
        "SELECT subject, found_at, consent, former, check_id FROM coverage_changes WHERE institution = $1 AND month = $2 AND subject = $3",
        values![tenant, &month.to_string(), subject],
        read,
    )
}

/// The changes of a month, the newest first.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, after: &Place, rows: u32) -> Result<Vec<CoverageChange>, StoreError> {
    tx.rows(LIST, values![tenant, &month.to_string(), after.at, &after.rest, rows], read)
}

/// Text of [`list`]: along the index `coverage_changes_by_time`.
pub const LIST: &str = "SELECT subject, found_at, consent, former, check_id FROM coverage_changes
     WHERE institution = $1 AND month = $2 AND (found_at, subject) < ($3, $4) ORDER BY found_at DESC, subject DESC LIMIT $5";

/// How many, up to a number.
pub fn count(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, most: u32) -> Result<u32, StoreError> {
    let n = tx.row(COUNT, values![tenant, &month.to_string(), most], |row| row.get::<i64>("n"))?.unwrap_or(0);
    Ok(u32::try_from(n).unwrap_or(u32::MAX))
}

/// Text of [`count`].
pub const COUNT: &str =
    "SELECT count(*) AS n FROM (SELECT 1 AS one FROM coverage_changes WHERE institution = $1 AND month = $2 LIMIT $3) AS counted";

/// The last day of the relation with a person, where one was noted.
pub fn relation_end(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str) -> Result<Option<CivilDate>, StoreError> {
    let sql = "SELECT ended_on FROM relation_ends WHERE institution = $1 AND subject = $2";
    let day = tx.row(sql, values![tenant, subject], |row| row.get::<String>("ended_on"))?;
    day.map(|day| CivilDate::try_from(day.as_str()).map_err(|_| StoreError::Damaged("day"))).transpose()
}

/// Notes the last day, or with `None` that the relation goes on.
pub fn set_relation_end(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    subject: &str,
    ended_on: Option<CivilDate>,
    by: &UserId,
    at: UnixMs,
) -> Result<(), StoreError> {
    match ended_on {
        None => tx.execute("DELETE FROM relation_ends WHERE institution = $1 AND subject = $2", values![tenant, subject]),
        Some(day) => tx.execute(
            "INSERT INTO relation_ends (institution, subject, ended_on, noted_at, noted_by) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (institution, subject) DO UPDATE SET ended_on = excluded.ended_on, noted_at = excluded.noted_at,
                 noted_by = excluded.noted_by",
            values![tenant, subject, &day.to_string(), at, by],
        ),
    }
    .map(|_| ())
}
