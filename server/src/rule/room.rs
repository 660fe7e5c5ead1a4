//! 部屋の一覧 (DA-14) and 本日の訪問 (DA-15): what is marked on the list of a day (OT-26), and by whom nothing is forgotten.
//!
//! A mark points to a check that stands by itself; taking a mark back never touches the check.

use shared::api::day::DayState;
use shared::api::later::{RESULTS_MAX, ResultRef, ResultRow};
use shared::api::room::{
    CardPlace, InHand, OWN_CHECKS_MAX, Offered, OwnCheck, RoomMark, RoomRow, RoomState, RoomWay, floor_of, in_order, initials,
};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckState, CheckWay};

use super::day::state_of;
use super::requery;
use crate::consent::search_key;
use crate::store::check::history::{self, HistoryQuery};
use crate::store::day::DayRecord;
use crate::store::later::Whose;
use crate::store::room::{self, RoomRecord};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, CheckId, ConsentId, DayVisitId, StoreError, audit, bedside, check, consent, later};
use crate::tenant::Tenant;

const ALL: u32 = 1_000;

/// The rooms of a day, in their order.
///
/// # Errors
/// What the database says; so for every rule.
pub fn rooms(tx: &mut Tx<'_>, tenant: &Tenant, of: CivilDate) -> Result<Vec<RoomRow>, StoreError> {
    let mut rows: Vec<RoomRow> = room::list(tx, tenant, of, ALL)?.iter().map(row_of).collect();
    in_order(&mut rows);
    Ok(rows)
}

fn row_of(record: &RoomRecord) -> RoomRow {
    let RoomRecord { visit, way, later, card, .. } = record;
    // Who was checked before they came (OT-26) is done as well; by which way says the list.
    let way = way.or(match (visit.checked_at, &visit.consent) {
        (None, _) => None,
        (Some(_), Some(_)) => Some(RoomWay::Requery),
        (Some(_), None) => Some(RoomWay::Paper),
    });
    // Of several insurances a person chooses, and with a doubt nobody was checked before they came: both are still to be done.
    let is_unsaid =
        matches!(visit.state, DayState::Several | DayState::Mismatch) && visit.check.is_none() && record.result_consent.is_none();
    let is_open = matches!(visit.state, DayState::Open | DayState::CannotAsk) || is_unsaid;
    let state = match (later, is_open, way) {
        (Some(reason), true, _) => RoomState::Later(reason.clone()),
        (None, true, _) => RoomState::Open,
        (_, false, Some(RoomWay::Paper)) => RoomState::Paper,
        (_, false, _) => RoomState::Done,
    };
    RoomRow {
        id: visit.id.as_str().to_owned(),
        home: visit.home.clone(),
        floor: floor_of(&visit.floor, &visit.room),
        room: visit.room.clone(),
        initials: initials(&visit.kana, &visit.name),
        state,
        said: visit.state,
        way,
        card: *card,
        checked_at: visit.checked_at,
    }
}

/// The person in hand; `None` where nobody of this id is on the list.
pub fn person(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    of: CivilDate,
    id: &DayVisitId,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Option<InHand>, StoreError> {
    let Some(found) = room::find(tx, tenant, of, id)? else { return Ok(None) };
    audit::add(tx, entry)?;
    let named = match (&found.result_consent, &found.visit.check) {
        (Some(id), _) => Some(ResultRef::Consent(id.as_str().to_owned())),
        (None, Some(id)) => Some(ResultRef::Check(id.as_str().to_owned())),
        (None, None) => None,
    };
    let offered = if named.is_some() { Vec::new() } else { offered(tx, tenant, &found, by, entry.at)? };
    let result = match &named {
        Some(named) => later::result(tx, tenant, named, entry.at)?,
        None => None,
    };
    let differences = match (&result, &found.visit.consent) {
        (Some((row, _)), Some(consent)) if row.way == CheckWay::Requery => {
            requery::standing(tx, tenant, consent, entry.at)?.map(|standing| standing.differences).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    Ok(Some(InHand {
        row: row_of(&found),
        name: found.visit.name,
        kana: found.visit.kana,
        birth_date: found.visit.birth_date,
        insurance: found.visit.insurance,
        consent: found.visit.consent.map(|id| id.as_str().to_owned()),
        result: result.map(|(row, _)| Box::new(row.eligibility)),
        differences,
        offered,
    }))
}

/// Checks of the day that may be this person's: those under the register's id where it is known, else by kana and birth date, else the
/// account's own with a card that fit what is known.
fn offered(tx: &mut Tx<'_>, tenant: &Tenant, of: &RoomRecord, by: &UserId, now: UnixMs) -> Result<Vec<Offered>, StoreError> {
    let visit = &of.visit;
    let (kana, since) = (search_key(&visit.kana), visit.day.at_jst(0, 0));
    let found: Vec<ResultRow> = match (visit.subject.as_str(), visit.birth_date) {
        ("", None) => own_by_card(tx, tenant, visit, by, now)?,
        ("", Some(_)) if kana.is_empty() => own_by_card(tx, tenant, visit, by, now)?,
        (subject, _) => {
            let whose = if subject.is_empty() { Whose::Kana(&kana) } else { Whose::Subject(subject) };
            later::results(tx, tenant, whose, since, RESULTS_MAX, now)?.into_iter().map(|(row, _)| row).collect()
        }
    };
    let is_theirs = |row: &ResultRow| {
        let person = row.eligibility.person.as_ref();
        let is_known = kana.is_empty() || person.is_none_or(|person| search_key(&person.name_kana) == kana);
        let is_born = visit.birth_date.is_none_or(|day| person.is_some_and(|person| person.birth_date == day));
        RoomWay::of_check(row.way).is_some() && (!visit.subject.is_empty() || (is_known && is_born))
    };
    let offer = |row: ResultRow| Offered {
        of: row.of,
        at: row.eligibility.checked_at,
        way: row.way,
        validity: row.eligibility.validity,
        initials: row.eligibility.person.map(|person| initials(&person.name_kana, &person.name)).unwrap_or_default(),
    };
    Ok(found.into_iter().filter(is_theirs).map(offer).collect())
}

/// What the account has checked with a card since the list's midnight and no room of it has, the newest first.
fn own_by_card(tx: &mut Tx<'_>, tenant: &Tenant, visit: &DayRecord, by: &UserId, now: UnixMs) -> Result<Vec<ResultRow>, StoreError> {
    let rooms = room::list(tx, tenant, visit.day, ALL)?;
    let mut found = Vec::new();
    for record in bedside::since(tx, tenant, by, visit.day.at_jst(0, 0), RESULTS_MAX)? {
        let is_taken = |room: &RoomRecord| {
            (record.consent.is_some() && room.result_consent == record.consent)
                || (record.check.is_some() && room.visit.check == record.check)
        };
        let named = match (&record.consent, &record.check) {
            (Some(id), _) => ResultRef::Consent(id.as_str().to_owned()),
            (None, Some(id)) => ResultRef::Check(id.as_str().to_owned()),
            (None, None) => continue,
        };
        if !rooms.iter().any(is_taken) {
            found.extend(later::result(tx, tenant, &named, now)?.map(|(row, _)| row));
        }
    }
    Ok(found)
}

/// Why nothing is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMarked {
    /// Nobody of this id is on the list, or there is no such check of the day.
    NotThere,
    /// あとで without a reason.
    NoReason,
}

/// Marks a person of the list.
pub fn mark(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    of: CivilDate,
    id: &DayVisitId,
    mark: &RoomMark,
    entry: &AuditEntry,
) -> Result<Result<RoomRow, NotMarked>, StoreError> {
    tx.lock(&format!("day {} {of}", tenant.code()))?;
    let Some(mut record) = room::find(tx, tenant, of, id)? else { return Ok(Err(NotMarked::NotThere)) };
    match mark {
        RoomMark::Way(way) => {
            record.way = Some(*way);
            record.later = None;
            if way.is_card() {
                record.card = CardPlace::Out;
            }
        }
        RoomMark::Later(reason) if reason.is_empty() => return Ok(Err(NotMarked::NoReason)),
        RoomMark::Later(reason) => record.later = Some(reason.as_str().to_owned()),
        RoomMark::CardBack(is_back) => record.card = if *is_back { CardPlace::Back } else { CardPlace::Out },
        RoomMark::TakeBack => {
            record.later = None;
            record.way = None;
            if record.visit.state != DayState::Open {
                record.visit.state = DayState::Open;
                (record.visit.check, record.visit.checked_at, record.result_consent) = (None, None, None);
                // Who stands in the list without a consent is known to the register by that check alone: it may be a neighbour's.
                if record.visit.consent.is_none() {
                    record.visit.subject.clear();
                }
            }
        }
        RoomMark::Checked(named) => {
            if !link(tx, tenant, &mut record, named, entry.at)? {
                return Ok(Err(NotMarked::NotThere));
            }
        }
        RoomMark::AskedAgain => {
            let last = match &record.visit.consent {
                Some(consent) => check::of_consent(tx, tenant, consent, 1)?.pop(),
                None => None,
            };
            let Some(last) = last.filter(|last| last.check_way == CheckWay::Requery) else { return Ok(Err(NotMarked::NotThere)) };
            if !link(tx, tenant, &mut record, &ResultRef::Check(last.id.as_str().to_owned()), entry.at)? {
                return Ok(Err(NotMarked::NotThere));
            }
        }
    }
    room::set(tx, tenant, &record)?;
    audit::add(tx, entry)?;
    Ok(Ok(row_of(&record)))
}

/// Says that a check is this person's; false for one that is not there or not of the list's day.
fn link(tx: &mut Tx<'_>, tenant: &Tenant, record: &mut RoomRecord, named: &ResultRef, now: UnixMs) -> Result<bool, StoreError> {
    let Some((result, subject)) = later::result(tx, tenant, named, now)? else { return Ok(false) };
    let Some(way) = RoomWay::of_check(result.way) else { return Ok(false) };
    let at = result.eligibility.checked_at;
    if at.jst_date() != record.visit.day {
        return Ok(false);
    }
    let has_reference = match named {
        ResultRef::Consent(id) => match ConsentId::parse(id) {
            Some(id) => consent::find(tx, tenant, &id)?.is_some_and(|consent| consent.reference_number.is_some()),
            None => false,
        },
        ResultRef::Check(id) => match CheckId::parse(id) {
            Some(id) => check::find(tx, tenant, &id)?.is_some_and(|check| check.reference_number.is_some()),
            None => false,
        },
    };
    let is_other = !record.visit.subject.is_empty() && !subject.is_empty() && record.visit.subject != subject;
    record.visit.state = if is_other { DayState::Mismatch } else { state_of(&record.visit, &result.eligibility, has_reference) };
    if record.visit.subject.is_empty() && record.visit.state != DayState::Mismatch {
        record.visit.subject = subject;
    }
    record.visit.checked_at = Some(at);
    (record.visit.check, record.result_consent) = match named {
        ResultRef::Check(id) => (CheckId::parse(id), None),
        ResultRef::Consent(id) => (None, ConsentId::parse(id)),
    };
    record.way = Some(way);
    record.later = None;
    if way.is_card() && record.card == CardPlace::Untouched {
        record.card = CardPlace::Out;
    }
    Ok(true)
}

/// The account's own checks of a day, and how many of its 仮確認 are still to be checked.
pub fn own(tx: &mut Tx<'_>, tenant: &Tenant, of: CivilDate, by: &UserId) -> Result<(Vec<OwnCheck>, u32), StoreError> {
    let query = HistoryQuery {
        from: of.at_jst(0, 0),
        to: of.plus_days(1).at_jst(0, 0),
        name_key: String::new(),
        way: None,
        medium: None,
        user: Some(by.clone()),
        validity: None,
        state: None,
        sees_openings: false,
        after: None,
        rows: OWN_CHECKS_MAX,
    };
    let found = history::list(tx, tenant, &query)?.rows;
    let later = found.iter().filter(|row| row.state == CheckState::Provisional).count();
    let own = found.into_iter().map(|row| {
        let person = row.eligibility.person.as_ref();
        let initials = person.map(|person| initials(&person.name_kana, &person.name)).unwrap_or_default();
        OwnCheck { at: row.at, initials, way: row.check_way, validity: row.eligibility.validity }
    });
    Ok((own.collect(), u32::try_from(later).unwrap_or(u32::MAX)))
}
