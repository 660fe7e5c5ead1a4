//! Statements on what ends soon (OT-34), and on the counts of a month (OT-28).

use shared::api::month::UsageCount;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckWay, Medium};
use shared::domain::institution::VisitKind;
use shared::domain::month::Month;

use super::month::Place;
use super::tx::{Row, Tx, values};
use super::{ConsentId, StoreError, visit_kind_of};
use crate::tenant::Tenant;

fn day_of(text: &str) -> Result<CivilDate, StoreError> {
    CivilDate::try_from(text).map_err(|_| StoreError::Damaged("day"))
}

/// Somebody whose certificate or paper ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Where it stands in its list.
    pub place: Place,
    /// Who.
    pub subject: String,
    /// The last day.
    pub ends_on: CivilDate,
    /// When it was seen last.
    pub seen_at: UnixMs,
    /// The consent that ends.
    pub consent: Option<ConsentId>,
}

/// A day as the place of a list.
#[must_use]
pub fn place_of(day: CivilDate) -> i64 {
    day.packed().parse().unwrap_or(0)
}

/// Ends of a kind from a place on, up to a day.
///
/// # Errors
/// What the database says; so for every function here.
pub fn ends(tx: &mut Tx<'_>, tenant: &Tenant, kind: &str, after: &Place, to: CivilDate, rows: u32) -> Result<Vec<End>, StoreError> {
    let from = format!("{:04}-{:02}-{:02}", after.at / 10_000, after.at / 100 % 100, after.at % 100);
    tx.rows(ENDS, values![tenant, kind, &from, &after.rest, &to.to_string(), rows], |row| {
        let (subject, ends_on) = (row.get::<String>("subject")?, day_of(&row.get::<String>("ends_on")?)?);
        let place = Place { at: place_of(ends_on), rest: subject.clone() };
        Ok(End { place, subject, ends_on, seen_at: row.instant("seen_at")?, consent: None })
    })
}

/// Text of [`ends`]: along the index `shown_ends_by_day`.
pub const ENDS: &str = "SELECT subject, ends_on, seen_at FROM shown_ends
     WHERE institution = $1 AND kind = $2 AND (ends_on, subject) > ($3, $4) AND ends_on <= $5 ORDER BY ends_on, subject LIMIT $6";

/// Consents that end before an instant, the next one first.
pub fn consents_ending(tx: &mut Tx<'_>, tenant: &Tenant, after: &Place, before: UnixMs, rows: u32) -> Result<Vec<End>, StoreError> {
    let kind = i64::from(VisitKind::HomeVisit.code());
    tx.rows(CONSENTS_ENDING, values![tenant, after.at, &after.rest, before, kind, rows], |row| {
        let (id, expires_at) = (row.get::<String>("id")?, row.instant("expires_at")?);
        let consent = ConsentId::parse(&id).ok_or(StoreError::Damaged("consent id"))?;
        Ok(End {
            place: Place { at: expires_at.0, rest: id },
            subject: row.get("subject")?,
            ends_on: expires_at.jst_date(),
            seen_at: row.instant("consented_at")?,
            consent: Some(consent),
        })
    })
}

/// Text of [`consents_ending`]: along the index `consents_by_expiry`.
pub const CONSENTS_ENDING: &str = "SELECT id, subject, consented_at, expires_at FROM consents
     WHERE institution = $1 AND (expires_at, id) > ($2, $3) AND expires_at < $4 AND replaced_at IS NULL AND use = $5
     ORDER BY expires_at, id LIMIT $6";

/// How many checks of a month by use, way and medium: those of consents' proofs, and all others that were not dropped.
pub fn usage(tx: &mut Tx<'_>, tenant: &Tenant, month: Month) -> Result<Vec<UsageCount>, StoreError> {
    let read = |row: &Row<'_>| {
        let of = row.get::<Option<i64>>("use")?.map(visit_kind_of).transpose()?;
        Ok(UsageCount {
            of: of.map(|kind| kind.label().to_owned()),
            way: CheckWay::from_word(&row.get::<String>("check_way")?).ok_or(StoreError::Damaged("check way"))?,
            medium: Medium::from_word(&row.get::<String>("medium")?).ok_or(StoreError::Damaged("medium"))?,
            count: u32::try_from(row.get::<i64>("n")?).unwrap_or(u32::MAX),
        })
    };
    let mut counts = Vec::new();
    for sql in USAGE {
        counts.extend(tx.rows(sql, values![tenant, month.begins_at(), month.ends_at()], read)?);
    }
    Ok(counts)
}

/// Texts of [`usage`]: each along an index by time, no further than the month.
pub const USAGE: [&str; 2] = [
    "SELECT CAST(use AS BIGINT) AS use, check_way, medium, count(*) AS n FROM consents
     WHERE institution = $1 AND consented_at >= $2 AND consented_at < $3 GROUP BY use, check_way, medium
     ORDER BY use, check_way, medium",
    "SELECT use, check_way, medium, count(*) AS n FROM checks
     WHERE institution = $1 AND checked_at >= $2 AND checked_at < $3 AND state <> 'dropped' GROUP BY use, check_way, medium
     ORDER BY use, check_way, medium",
];
