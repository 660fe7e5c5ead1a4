//! 医療扶助 of the month (P-AID, recekon.md §4.8): when the tickets of a month are fetched, and what becomes of the answer. Nothing that is
//! missing in an answer ends or empties anything.

use std::collections::BTreeMap;

use shared::api::aid::{AID_ROWS, AidFetch, AidRow, AidShown, FETCHES_SHOWN};
use shared::domain::account::UserId;
use shared::domain::aid::{MedicalAid, MedicalAidState};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::month::Month;

use super::aid::close_tasks;
use crate::consent::{aid_key, search_key};
use crate::eligibility::asked::AidOfMonth;
use crate::store::aid::{self, AidRecord};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, Institution, StoreError, audit};
use crate::tenant::Tenant;

/// The welfare offices register about the 15th; from this day on it is asked once, and once more on the last day.
const FIRST_DAY: i64 = 16;
/// A run of the last day that was missed is made up for so many days.
const MADE_UP_DAYS: i64 = 7;
/// Hour of the runs, in Japan.
const HOUR: u8 = 6;
/// People are looked for among those of this month and so many before it.
const MONTHS_BACK: usize = 3;
/// So many people of a month are looked through.
const LOOKED_THROUGH: u32 = 10_000;

/// The run that should have been made by now: of which month, and since when it counts as made. A missed one is made up once.
#[must_use]
pub fn due_run(now: UnixMs) -> Option<(Month, UnixMs)> {
    let today = now.jst_date();
    let runs = |month: Month| {
        let first = month.first().plus_days(FIRST_DAY - 1).at_jst(HOUR, 0);
        let last = month.last().at_jst(HOUR, 0);
        (first, last)
    };
    let month = Month::of(today);
    let (first, last) = runs(month);
    if now >= last {
        return Some((month, last));
    }
    if now >= first {
        return Some((month, first));
    }
    let is_near = i64::from(today.day()) <= MADE_UP_DAYS;
    is_near.then(|| (month.before(), runs(month.before()).1))
}

/// When the next run is due.
#[must_use]
pub fn next_run(now: UnixMs) -> CivilDate {
    let month = Month::of(now.jst_date());
    let days = [month.first().plus_days(FIRST_DAY - 1), month.last(), month.after().first().plus_days(FIRST_DAY - 1)];
    days.into_iter().find(|day| day.at_jst(HOUR, 0) > now).unwrap_or_else(|| month.last())
}

/// True where an institution's tickets are to be fetched by the clock.
///
/// # Errors
/// What the database says; so for every rule.
pub fn is_due(tx: &mut Tx<'_>, tenant: &Tenant, (month, since): (Month, UnixMs)) -> Result<bool, StoreError> {
    Ok(aid::last_fetch(tx, tenant, month)?.is_none_or(|at| at < since))
}

/// How a ticket of this answer stands for an institution: 委託あり only where one names it.
fn state_here(aid: &MedicalAid, tenant: &Tenant) -> MedicalAidState {
    let code = tenant.code().as_str();
    let names_it = aid.tickets.iter().any(|ticket| ticket.institution_code.as_deref() == Some(code));
    match aid.state {
        MedicalAidState::Entrusted if !names_it => MedicalAidState::Unknown,
        state => state,
    }
}

/// Entries of one pair of numbers are one person's: 医療券 and 調剤券 come apart.
fn by_numbers(entries: Vec<AidOfMonth>, tenant: &Tenant) -> Vec<((String, String), AidOfMonth)> {
    let mut all: BTreeMap<(String, String), AidOfMonth> = BTreeMap::new();
    for mut entry in entries {
        entry.aid = aid::bare(entry.aid);
        entry.aid.state = state_here(&entry.aid, tenant);
        let numbers = (aid_key(&entry.aid.payer_number), aid_key(&entry.aid.beneficiary_number));
        match all.entry(numbers) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(entry);
            }
            std::collections::btree_map::Entry::Occupied(mut place) => {
                let kept = &mut place.get_mut().aid;
                if entry.aid.state == MedicalAidState::Entrusted {
                    kept.state = MedicalAidState::Entrusted;
                }
                kept.tickets.extend(entry.aid.tickets);
            }
        }
    }
    all.into_iter().collect()
}

/// Whom this institution knows with 医療扶助: of each person the newest row, and whether it is of the month itself.
fn known(tx: &mut Tx<'_>, tenant: &Tenant, month: Month) -> Result<BTreeMap<String, (AidRecord, bool)>, StoreError> {
    let mut people = BTreeMap::new();
    let mut of = month;
    for back in 0..=MONTHS_BACK {
        for record in aid::list(tx, tenant, of, LOOKED_THROUGH)? {
            people.entry(record.subject.clone()).or_insert((record, back == 0));
        }
        of = of.before();
    }
    Ok(people)
}

/// Keeps the answer of a month: the people it names, by their numbers; who fits by name and birth date alone is for a person to look at;
/// who is not in it stays as they were, with a note. 委託あり closes the tasks of X58.
pub fn keep(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    month: Month,
    entries: Vec<AidOfMonth>,
    by: Option<&UserId>,
    at: UnixMs,
) -> Result<AidFetch, StoreError> {
    // Of two fetches at once the second is compared with the first.
    tx.lock(&format!("aid {}", tenant.code()))?;
    let entries = by_numbers(entries, tenant);
    let mut fetch = AidFetch {
        at,
        by: by.cloned(),
        entries: u32::try_from(entries.len()).unwrap_or(u32::MAX),
        matched: 0,
        changed: 0,
        to_review: 0,
        nobody: 0,
        missing: 0,
    };
    let mut people = known(tx, tenant, month)?;
    for (numbers, entry) in entries {
        let fits = |(record, _): &(AidRecord, bool)| record.numbers == numbers;
        let is_named = |(record, _): &(AidRecord, bool)| {
            record.birth_date == entry.birth_date && record.kana_key == search_key(&entry.name_kana) && !record.kana_key.is_empty()
        };
        let mut found = people.iter().filter(|(_, of)| fits(of)).map(|(subject, _)| subject.clone());
        let by_numbers = found.next().filter(|_| found.next().is_none());
        let subject = match by_numbers {
            Some(subject) => subject,
            None => {
                let named: Vec<String> = people.iter().filter(|(_, of)| is_named(of)).map(|(subject, _)| subject.clone()).collect();
                if named.is_empty() {
                    fetch.nobody += 1;
                }
                for subject in named {
                    let Some((record, is_of_month)) = people.remove(&subject) else { continue };
                    let base = if is_of_month { record } else { unanswered(record) };
                    aid::put(tx, tenant, month, &AidRecord { review: Some(entry.aid.clone()), ..base })?;
                    fetch.to_review += 1;
                }
                continue;
            }
        };
        let Some((record, is_of_month)) = people.remove(&subject) else { continue };
        let before = is_of_month.then_some(&record);
        let (former_state, changed_at) = aid::change(before, &entry.aid, at);
        fetch.matched += 1;
        fetch.changed += u32::from(changed_at == Some(at) || before.is_none());
        if entry.aid.state == MedicalAidState::Entrusted {
            close_tasks(tx, tenant, &subject)?;
        }
        let new = AidRecord {
            aid: Some(entry.aid),
            answered_at: Some(at),
            of_month: true,
            former_state,
            changed_at,
            missing_at: None,
            review: None,
            ..record
        };
        aid::put(tx, tenant, month, &new)?;
    }
    for (record, is_of_month) in people.into_values() {
        fetch.missing += 1;
        let base = if is_of_month { record } else { unanswered(record) };
        aid::put(tx, tenant, month, &AidRecord { missing_at: Some(at), review: None, ..base })?;
    }
    aid::add_fetch(tx, tenant, month, &fetch)?;
    Ok(fetch)
}

/// A person of an earlier month, about whom nothing was answered in this one.
fn unanswered(of: AidRecord) -> AidRecord {
    AidRecord { aid: None, answered_at: None, of_month: false, former_state: None, changed_at: None, missing_at: None, review: None, ..of }
}

/// The screen of a month: what changed and what is to be looked at first.
pub fn shown(tx: &mut Tx<'_>, tenant: &Tenant, institution: &Institution, month: Month, now: UnixMs) -> Result<AidShown, StoreError> {
    let mut records = aid::list(tx, tenant, month, AID_ROWS + 1)?;
    let most = usize::try_from(AID_ROWS).unwrap_or(usize::MAX);
    let has_more = records.len() > most;
    records.truncate(most);
    let state = |record: &AidRecord| record.aid.as_ref().map(|aid| aid.state);
    // Then who is not 委託あり, then the others.
    records.sort_by_key(|one| {
        (one.review.is_none(), std::cmp::Reverse(one.changed_at), state(one) == Some(MedicalAidState::Entrusted), one.kana_key.clone())
    });
    let row = |one: AidRecord| AidRow {
        name: one.name,
        birth_date: one.birth_date,
        consent: one.consent.map(|id| id.as_str().to_owned()),
        state: one.aid.as_ref().map(|aid| aid.state),
        tickets: one.aid.map(|aid| aid.tickets).unwrap_or_default(),
        answered_at: one.answered_at,
        of_month: one.of_month,
        former_state: one.former_state,
        changed_at: one.changed_at,
        missing_at: one.missing_at,
        review: one.review.map(|aid| (aid.payer_number, aid.beneficiary_number)),
    };
    Ok(AidShown {
        month,
        is_used: institution.settings.medical_aid,
        fetches: aid::fetches(tx, tenant, month, FETCHES_SHOWN)?,
        next_run: next_run(now),
        rows: records.into_iter().map(row).collect(),
        has_more,
        institution_name: institution.name.clone(),
        now,
    })
}

/// Keeps what somebody asked for, with its row in the log.
pub fn ask(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    institution: &Institution,
    month: Month,
    entries: Vec<AidOfMonth>,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<AidShown, StoreError> {
    keep(tx, tenant, month, entries, Some(by), entry.at)?;
    audit::add(tx, entry)?;
    shown(tx, tenant, institution, month, entry.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: &str, hour: u8) -> UnixMs {
        CivilDate::try_from(day).unwrap().at_jst(hour, 0)
    }

    #[test]
    fn p_aid_once_after_the_15th_once_at_the_end_and_a_missed_one_once() {
        let month = |text| Month::try_from(text).unwrap();
        for (day, hour, due) in [
            ("2026-11-08", 0, None),
            ("2026-11-16", 5, None),
            ("2026-11-16", 6, Some(("2026-11", "2026-11-16"))),
            ("2026-11-29", 23, Some(("2026-11", "2026-11-16"))),
            ("2026-11-30", 5, Some(("2026-11", "2026-11-16"))),
            ("2026-11-30", 6, Some(("2026-11", "2026-11-30"))),
            ("2026-12-01", 0, Some(("2026-11", "2026-11-30"))),
            ("2026-12-07", 23, Some(("2026-11", "2026-11-30"))),
            ("2026-12-08", 0, None),
            ("2027-02-28", 6, Some(("2027-02", "2027-02-28"))),
        ] {
            assert_eq!(due_run(at(day, hour)), due.map(|(of, since)| (month(of), at(since, 6))), "{day} {hour}");
        }
        for (day, hour, next) in [
            ("2026-11-08", 0, "2026-11-16"),
            ("2026-11-16", 6, "2026-11-30"),
            ("2026-11-30", 5, "2026-11-30"),
            ("2026-11-30", 6, "2026-12-16"),
        ] {
            assert_eq!(next_run(at(day, hour)).to_string(), next);
        }
    }
}
