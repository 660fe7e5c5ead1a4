//! Openings for a disaster or a failure of the system (OT-17, P-OPEN): nothing is searched or seen but inside a living record, on a
//! ground, and noted.

use std::collections::BTreeSet;

use shared::api::Endpoint as _;
use shared::api::opening::{CloseOpening, HandIn, OpenOpening, OpeningRow, REPORT_MAX, Report, ViewLine};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;
use shared::domain::opening::{ConsentGround, Opening, OpeningKind, policy_on};

use crate::store::opening::{self, SearchNote, ViewNote};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, CheckId, CheckRecord, OpeningId, StoreError, audit, check, institution};
use crate::tenant::Tenant;

/// Writes a record down; `None` where it is not sound ([`Opening::check`]).
///
/// # Errors
/// What the database says; so for every rule.
pub fn open(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &OpeningId,
    of: &Opening,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Option<OpeningRow>, StoreError> {
    if of.check(entry.at).is_err() {
        return Ok(None);
    }
    opening::add(tx, tenant, id, of, entry.at, Some(by))?;
    audit::add(tx, entry)?;
    opening::find(tx, tenant, id)
}

/// Closes a record by hand; `None` when there is none. One that is over stays as it is.
pub fn close(tx: &mut Tx<'_>, tenant: &Tenant, id: &OpeningId, by: &UserId, entry: &AuditEntry) -> Result<Option<OpeningRow>, StoreError> {
    if opening::close(tx, tenant, id, entry.at, Some(by))? {
        audit::add(tx, entry)?;
    }
    opening::find(tx, tenant, id)
}

/// For which institutions the operator opens a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Area {
    /// Those of prefectures, by the first two digits of their codes.
    Prefectures(Vec<String>),
    /// These.
    Institutions(Vec<InstitutionCode>),
}

impl Area {
    fn holds(&self, code: &InstitutionCode) -> bool {
        match self {
            Self::Prefectures(prefectures) => prefectures.iter().any(|prefecture| code.as_str().starts_with(prefecture.as_str())),
            Self::Institutions(codes) => codes.contains(code),
        }
    }
}

/// Opens a record for every institution of an area, under one id, each with its row in that institution's log. Institutions for training
/// and former codes are left out. Says for which ones; the record must be sound ([`Opening::check`]).
pub fn open_for_area(tx: &mut Tx<'_>, area: &Area, id: &OpeningId, of: &Opening, at: UnixMs) -> Result<Vec<InstitutionCode>, StoreError> {
    let mut opened = Vec::new();
    for code in institution::codes(tx)?.into_iter().filter(|code| area.holds(code)) {
        let standing = institution::standing_of(tx, &code)?;
        if standing.is_none_or(|standing| standing.is_training || standing.closed_at.is_some()) {
            continue;
        }
        let tenant = Tenant::of_operator(&code);
        opening::add(tx, &tenant, id, of, at, None)?;
        audit::add(tx, &AuditEntry::of_operator(at, &tenant, OpenOpening::NAME, id.as_str()))?;
        opened.push(code);
    }
    Ok(opened)
}

/// Closes the operator's record at every institution that it was opened for; one that an admin closed, or that is over, stays as it is.
/// Says how many were closed; `None` when there is no such record.
pub fn close_for_area(tx: &mut Tx<'_>, id: &OpeningId, at: UnixMs) -> Result<Option<u32>, StoreError> {
    let codes = opening::area_of(tx, id)?;
    if codes.is_empty() {
        return Ok(None);
    }
    let mut closed = 0;
    for code in codes {
        let tenant = Tenant::of_operator(&code);
        if opening::close(tx, &tenant, id, at, None)? {
            audit::add(tx, &AuditEntry::of_operator(at, &tenant, CloseOpening::NAME, id.as_str()))?;
            closed += 1;
        }
    }
    Ok(Some(closed))
}

/// What became of a note that a report was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandedIn {
    /// It counts.
    Done(Box<OpeningRow>),
    /// The opening is not over yet, or the day is before it or ahead, or nobody is named.
    NotYet,
    /// There is no such record.
    NotThere,
}

/// Notes that a report was handed in.
pub fn hand_in(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &OpeningId,
    how: &HandIn,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<HandedIn, StoreError> {
    let Some(row) = opening::find(tx, tenant, id)? else { return Ok(HandedIn::NotThere) };
    let is_over = row.ends_at() <= entry.at;
    let in_time = row.opening.from.jst_date() <= how.on && how.on <= entry.at.jst_date();
    if !is_over || !in_time || how.to.is_empty() {
        return Ok(HandedIn::NotYet);
    }
    opening::hand_in(tx, tenant, id, how, by)?;
    audit::add(tx, entry)?;
    let row = opening::find(tx, tenant, id)?.ok_or(StoreError::Damaged("an opening that was just changed"))?;
    Ok(HandedIn::Done(Box::new(row)))
}

/// How a record stands that something is to be done in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Living {
    /// It lives.
    Yes(Box<OpeningRow>),
    /// It is over, or has not begun.
    No,
    /// There is none.
    NotThere,
}

/// Looks whether a record lives.
pub fn living(tx: &mut Tx<'_>, tenant: &Tenant, id: &OpeningId, now: UnixMs) -> Result<Living, StoreError> {
    Ok(match opening::find(tx, tenant, id)? {
        None => Living::NotThere,
        Some(row) if row.is_living(now) => Living::Yes(Box::new(row)),
        Some(_) => Living::No,
    })
}

/// Notes a search, also one that found nobody; false where the record does not live any more.
pub fn note_search(tx: &mut Tx<'_>, tenant: &Tenant, of: &SearchNote, entry: &AuditEntry) -> Result<bool, StoreError> {
    if !matches!(living(tx, tenant, &of.opening, of.at)?, Living::Yes(_)) {
        return Ok(false);
    }
    opening::add_search(tx, tenant, of)?;
    audit::add(tx, entry)?;
    Ok(true)
}

/// True where this ground opens a person's data in an opening of this kind on a day (OT-17d): in a disaster one is said each time.
#[must_use]
pub fn is_ground(kind: OpeningKind, ground: Option<&ConsentGround>, now: UnixMs) -> bool {
    match ground {
        Some(ground) => kind == OpeningKind::Disaster && ground.is_whole(),
        None => kind == OpeningKind::Outage || !policy_on(now.jst_date()).needs_ground,
    }
}

/// Keeps a person as seen: the view, and the check that is to be made again. False where the record does not live any more, or the
/// ground is not one.
pub fn view(tx: &mut Tx<'_>, tenant: &Tenant, of: &ViewNote, record: &CheckRecord, entry: &AuditEntry) -> Result<bool, StoreError> {
    let Living::Yes(row) = living(tx, tenant, &of.opening, of.at)? else { return Ok(false) };
    if !is_ground(row.opening.kind, of.ground.as_ref(), of.at) {
        return Ok(false);
    }
    if !check::add(tx, tenant, record)? {
        return Err(StoreError::Damaged("check id"));
    }
    opening::add_view(tx, tenant, of)?;
    audit::add(tx, entry)?;
    Ok(true)
}

/// The person behind a view that is still open, for what else is shown of them in a disaster (OT-17e: medical information): the
/// register's id, and until when. `None` once the record is over, for another account than the one that opened it, or in a failure.
pub fn medical_view(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    check_id: &CheckId,
    user: &UserId,
    now: UnixMs,
) -> Result<Option<(String, UnixMs)>, StoreError> {
    let Some(view) = opening::view(tx, tenant, check_id)?.filter(|view| view.by == *user) else { return Ok(None) };
    let Living::Yes(row) = living(tx, tenant, &view.opening, now)? else { return Ok(None) };
    if row.opening.kind != OpeningKind::Disaster {
        return Ok(None);
    }
    Ok(check::find(tx, tenant, check_id)?.map(|check| (check.subject, row.ends_at())))
}

/// The use report (OT-17g): what was done in a record, without medical content.
pub fn report(tx: &mut Tx<'_>, tenant: &Tenant, id: &OpeningId, entry: &AuditEntry) -> Result<Option<Report>, StoreError> {
    let Some(row) = opening::find(tx, tenant, id)? else { return Ok(None) };
    let (searches, empty_searches) = opening::searches(tx, tenant, id)?;
    let views = opening::views(tx, tenant, id, REPORT_MAX)?;
    let persons: BTreeSet<&str> = views.iter().map(|(_, subject, _)| subject.as_str()).collect();
    let persons = u32::try_from(persons.len()).unwrap_or(u32::MAX);
    let views = views.into_iter().map(|(view, _, person)| ViewLine { at: view.at, viewer: view.by, person, ground: view.ground }).collect();
    audit::add(tx, entry)?;
    Ok(Some(Report { row, searches, empty_searches, persons, views, now: entry.at }))
}
