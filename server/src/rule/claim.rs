//! 請求前の確認 (OT-27): what of a month is looked at before claims go out. Nothing is closed by itself.

use std::collections::{BTreeMap, BTreeSet};

use shared::api::claims::{ClaimClosing, ClaimGroup, ClaimKind, ClaimRow, Closed};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::hand_over::HandOverState;
use shared::domain::month::Month;

use super::later::is_of_opening;
use super::month::of_change;
use crate::store::month::Place;
use crate::store::tx::Tx;
use crate::store::{AuditEntry, StoreError, audit, check, claim, consent, coverage_change, day, handover, institution};
use crate::tenant::Tenant;

/// Who looks, and when.
#[derive(Debug, Clone, Copy)]
pub struct Looks {
    /// They see who was seen in an opening (OT-17); else such a row stands without a name.
    pub sees_openings: bool,
    /// Now.
    pub now: UnixMs,
}

/// All groups, at most `rows` of each.
///
/// # Errors
/// What the database says; so for every rule.
pub fn groups(tx: &mut Tx<'_>, tenant: &Tenant, of: Month, rows: u32, looks: Looks) -> Result<Vec<ClaimGroup>, StoreError> {
    let month = of.to_string();
    let mut closed: BTreeMap<(String, String), Closed> = claim::closed(tx, tenant, &month)?.into_iter().collect();
    let most = rows.saturating_add(1);
    let mut groups = Vec::new();
    for kind in ClaimKind::ALL {
        let mut found = match kind {
            ClaimKind::NoCheck => visits(tx, tenant, of, most)?,
            ClaimKind::Changed => changes(tx, tenant, of, most, looks)?,
            ClaimKind::Provisional => provisional(tx, tenant, of, most, looks)?,
            ClaimKind::Unsent => unsent(tx, tenant, of, most, looks)?,
        };
        let shown = usize::try_from(rows).unwrap_or(usize::MAX);
        let has_more = found.len() > shown;
        found.truncate(shown);
        for row in &mut found {
            row.closed = closed.remove(&(kind.word().to_owned(), row.about.clone()));
        }
        groups.push(ClaimGroup { kind, rows: found, has_more });
    }
    Ok(groups)
}

fn visits(tx: &mut Tx<'_>, tenant: &Tenant, of: Month, most: u32) -> Result<Vec<ClaimRow>, StoreError> {
    let found = day::without_check(tx, tenant, &of.to_string(), of.first(), of.last(), most)?;
    let row = |one: day::DayRecord| ClaimRow {
        about: format!("{} {}", one.day, one.id.as_str()),
        name: one.name,
        day: one.day,
        consent: one.consent.map(|id| id.as_str().to_owned()),
        differences: Vec::new(),
        answered: None,
        unsent: None,
        closed: None,
    };
    let mut rows: Vec<ClaimRow> = found.into_iter().map(row).collect();
    // Who stands on a day's list under this consent stands there once.
    let listed: BTreeSet<String> = rows.iter().filter_map(|row| row.consent.clone()).collect();
    let month = (of.begins_at(), of.ends_at());
    for (id, found) in day::without_success(tx, tenant, &of.to_string(), month, most)? {
        if listed.contains(id.as_str()) {
            continue;
        }
        rows.push(ClaimRow {
            about: format!("consent {}", id.as_str()),
            name: found.person.map(|person| person.name).unwrap_or_default(),
            day: found.checked_at.jst_date(),
            consent: Some(id.as_str().to_owned()),
            differences: Vec::new(),
            answered: Some(found.validity),
            unsent: None,
            closed: None,
        });
    }
    rows.sort_by_key(|row| row.day);
    Ok(rows)
}

fn changes(tx: &mut Tx<'_>, tenant: &Tenant, of: Month, most: u32, looks: Looks) -> Result<Vec<ClaimRow>, StoreError> {
    let mut rows = Vec::new();
    for change in coverage_change::list(tx, tenant, of, &Place::last(), most)? {
        let person = match &change.consent {
            Some(id) => consent::find(tx, tenant, id)?.and_then(|found| found.eligibility.person),
            None => {
                let found = check::find(tx, tenant, &change.check)?;
                found.filter(|found| looks.sees_openings || !is_of_opening(found.check_way)).and_then(|found| found.eligibility.person)
            }
        };
        rows.push(ClaimRow {
            about: change.check.as_str().to_owned(),
            name: person.map(|person| person.name).unwrap_or_default(),
            day: change.found_at.jst_date(),
            consent: change.consent.as_ref().map(|id| id.as_str().to_owned()),
            differences: of_change(tx, tenant, &change, looks.now)?,
            answered: None,
            unsent: None,
            closed: None,
        });
    }
    Ok(rows)
}

fn provisional(tx: &mut Tx<'_>, tenant: &Tenant, of: Month, most: u32, looks: Looks) -> Result<Vec<ClaimRow>, StoreError> {
    let found = check::open(tx, tenant, most)?;
    let named =
        |one: &crate::store::CheckRecord| one.eligibility.person.clone().filter(|_| looks.sees_openings || !is_of_opening(one.check_way));
    let row = |one: crate::store::CheckRecord| ClaimRow {
        about: one.id.as_str().to_owned(),
        name: named(&one).map(|person| person.name).unwrap_or_default(),
        day: one.eligibility.checked_at.jst_date(),
        consent: one.consent.map(|id| id.as_str().to_owned()),
        differences: Vec::new(),
        answered: None,
        unsent: None,
        closed: None,
    };
    Ok(found.into_iter().filter(|one| one.eligibility.checked_at < of.ends_at()).map(row).collect())
}

/// Results of the month that have left by no way; none where the institution hands nothing on.
fn unsent(tx: &mut Tx<'_>, tenant: &Tenant, of: Month, most: u32, looks: Looks) -> Result<Vec<ClaimRow>, StoreError> {
    if !institution::find(tx, tenant)?.is_some_and(|found| found.settings.hand_over.is_on) {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    for id in handover::unsent(tx, tenant, (of.begins_at(), of.ends_at().min(looks.now.plus_ms(1))), most)? {
        let ways = handover::of(tx, tenant, &id)?;
        let state = HandOverState::overall(ways.iter().map(|one| one.state));
        let fault = ways.into_iter().find(|one| one.state == state).and_then(|one| one.fault);
        let words = fault.map_or_else(|| state.label().to_owned(), |fault| format!("{}: {}", state.label(), fault.words()));
        let found = consent::find(tx, tenant, &id)?;
        let day = found.as_ref().map_or(of.first(), |found| found.consented_at.jst_date());
        rows.push(ClaimRow {
            about: format!("consent {}", id.as_str()),
            name: found.and_then(|found| found.eligibility.person).map(|person| person.name).unwrap_or_default(),
            day,
            consent: Some(id.as_str().to_owned()),
            differences: Vec::new(),
            answered: None,
            unsent: Some(words),
            closed: None,
        });
    }
    Ok(rows)
}

/// Closes a row with a reason, or opens it again; `None` where it is not there, or has no reason.
pub fn close(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    of: Month,
    closing: &ClaimClosing,
    rows: u32,
    (by, sees_openings): (&UserId, bool),
    entry: &AuditEntry,
) -> Result<Option<Vec<ClaimGroup>>, StoreError> {
    let looks = Looks { sees_openings, now: entry.at };
    let is_there = groups(tx, tenant, of, rows, looks)?
        .iter()
        .any(|group| group.kind == closing.kind && group.rows.iter().any(|row| row.about == closing.about));
    if !is_there {
        return Ok(None);
    }
    let month = of.to_string();
    match &closing.note {
        Some(note) if note.is_empty() => return Ok(None),
        Some(note) => {
            let closed = Closed { note: note.clone(), at: entry.at, by: by.clone() };
            claim::close(tx, tenant, &month, closing.kind, &closing.about, &closed)?;
        }
        None => claim::open(tx, tenant, &month, closing.kind, &closing.about)?,
    }
    audit::add(tx, entry)?;
    groups(tx, tenant, of, rows, looks).map(Some)
}
