//! 照会番号 (OT-21) and the correction of a wrong link (OT-20, X62): one number and one insurance per person, that of the newest result.
//! Nothing here changes or deletes a result.

use shared::api::reference::{LineAct, LinkCorrection, ReferenceChange, ReferenceEvent, ReferenceLine, ReferenceReport, ReferencesDone};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::reference::{LinkReason, ReferenceAct, ReferenceFault, ReferenceNumber, SendState};

use crate::consent::{insurance_key, receipt_key};
use crate::roster::{Line, Roster};
use crate::store::consent::person;
use crate::store::reference::{self as store, Insurance, Kept};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, ConsentId, ConsentRecord, StoreError, audit};
use crate::tenant::Tenant;

/// Who does it, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// ユーザID.
    pub user: UserId,
    /// When.
    pub at: UnixMs,
}

/// What became of a press: done, refused, or about nothing that is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It is done, or stood so already.
    Done,
    /// Nothing was done.
    Refused(ReferenceFault),
    /// No such consent in this institution.
    NotThere,
}

/// The insurance that a result says: the one that a person chose where there are several, else the first.
pub(crate) fn insurance_in(eligibility: &Eligibility, chosen: Option<u32>) -> Result<Insurance, ReferenceFault> {
    let place = match (eligibility.validity, chosen) {
        (Validity::Several, None) => return Err(ReferenceFault::Several),
        (Validity::Several, Some(place)) => usize::try_from(place).unwrap_or(usize::MAX),
        _ => 0,
    };
    eligibility.coverages.get(place).map(Insurance::of).ok_or(ReferenceFault::NoInsurance)
}

/// The same of a stored result.
pub(crate) fn insurance_of_result(result: &ConsentRecord) -> Result<Insurance, ReferenceFault> {
    insurance_in(&result.eligibility, result.chosen.as_ref().map(|chosen| chosen.coverage))
}

/// A person here: the register's id, and the insurance of the newest result.
struct Here {
    subject: String,
    insurance: Result<Insurance, ReferenceFault>,
}

fn person_of(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId) -> Result<Option<Here>, StoreError> {
    let Some(subject) = person::subject_of(tx, tenant, id)? else { return Ok(None) };
    let newest = person::results_of(tx, tenant, &subject, 1)?;
    let insurance = newest.first().map_or(Err(ReferenceFault::NoInsurance), insurance_of_result);
    Ok(Some(Here { subject, insurance }))
}

/// Numbers of an institution change one after the other: two presses cannot both find a number free.
fn lock(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<(), StoreError> {
    tx.lock(&format!("references {}", tenant.code()))
}

/// What stands for a person without a number; `id` is taken for it where there is nothing yet.
fn kept_or_new(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str, id: &str, by: &By) -> Result<Kept, StoreError> {
    Ok(store::of_subject(tx, tenant, subject)?.unwrap_or_else(|| Kept {
        id: id.to_owned(),
        subject: subject.to_owned(),
        number: String::new(),
        number_key: String::new(),
        insurance: Insurance::default(),
        state: SendState::Off,
        code: None,
        message: None,
        changed_at: by.at,
        changed_by: Some(by.user.clone()),
        held_at: None,
        held_by: None,
        held_with: None,
    }))
}

/// The same with this number, to be registered with this insurance; `None`: taken off.
fn with_number(kept: &Kept, number: Option<&ReferenceNumber>, insurance: Option<Insurance>, by: &By) -> Kept {
    Kept {
        number: number.map(|number| number.as_str().to_owned()).unwrap_or_default(),
        number_key: number.map(ReferenceNumber::key).unwrap_or_default(),
        insurance: insurance.unwrap_or_else(|| kept.insurance.clone()),
        state: if number.is_some() { SendState::Sending } else { SendState::Off },
        code: None,
        message: None,
        changed_at: by.at,
        changed_by: Some(by.user.clone()),
        ..kept.clone()
    }
}

fn some(number: &str) -> Option<String> {
    Some(number.to_owned()).filter(|number| !number.is_empty())
}

fn event(act: ReferenceAct, former: &Kept, now: &Kept, by: &By) -> ReferenceEvent {
    let (former, number) = (some(&former.number), some(&now.number));
    ReferenceEvent { at: by.at, by: Some(by.user.clone()), act, former, number, reason: None, note: String::new() }
}

/// Keeps it, notes it, and puts the number on the person's results.
fn keep(tx: &mut Tx<'_>, tenant: &Tenant, now: &Kept, event: &ReferenceEvent) -> Result<(), StoreError> {
    store::put(tx, tenant, now)?;
    store::note(tx, tenant, &now.id, event)?;
    if now.subject.is_empty() {
        return Ok(());
    }
    store::mark_results(tx, tenant, &now.subject, event.number.as_deref())
}

/// Why this number or this insurance cannot be the person's; the ids are of people who give theirs up.
fn in_the_way(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    number: &ReferenceNumber,
    insurance: &Insurance,
    ids: &[&str],
) -> Result<Option<ReferenceFault>, StoreError> {
    let is_other = |kept: Option<Kept>| kept.is_some_and(|kept| !ids.contains(&kept.id.as_str()));
    if is_other(store::of_number(tx, tenant, &number.key())?) {
        return Ok(Some(ReferenceFault::InUse));
    }
    Ok(is_other(store::of_insurance(tx, tenant, &insurance.key)?).then_some(ReferenceFault::InsuranceInUse))
}

/// 登録, 変更, 取り外し for the person of a consent.
///
/// # Errors
/// What the database says; so for every rule.
pub fn set(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &ConsentId,
    change: &ReferenceChange,
    by: &By,
    entry: &AuditEntry,
) -> Result<Done, StoreError> {
    lock(tx, tenant)?;
    let Some(here) = person_of(tx, tenant, id)? else { return Ok(Done::NotThere) };
    let before = kept_or_new(tx, tenant, &here.subject, id.as_str(), by)?;
    if before.held_at.is_some() {
        return Ok(Done::Refused(ReferenceFault::Held));
    }
    if some(&before.number) == change.number.as_ref().map(|number| number.as_str().to_owned()) && before.state == SendState::Registered {
        return Ok(Done::Done);
    }
    if some(&before.number) != change.shown {
        return Ok(Done::Refused(ReferenceFault::ChangedMeanwhile));
    }
    let (now, act) = match &change.number {
        None if before.number.is_empty() => return Ok(Done::Done),
        None => (with_number(&before, None, None, by), ReferenceAct::Removed),
        Some(number) => {
            let insurance = match here.insurance {
                Ok(insurance) => insurance,
                Err(why) => return Ok(Done::Refused(why)),
            };
            if let Some(why) = in_the_way(tx, tenant, number, &insurance, &[&before.id])? {
                return Ok(Done::Refused(why));
            }
            let act = if before.number.is_empty() { ReferenceAct::Set } else { ReferenceAct::Changed };
            (with_number(&before, Some(number), Some(insurance), by), act)
        }
    };
    keep(tx, tenant, &now, &event(act, &before, &now, by))?;
    audit::add(tx, entry)?;
    Ok(Done::Done)
}

/// Says of a person's link that it is wrong, or that it is right after all (X62). It is noted at both people, where the other is known.
pub fn hold(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &ConsentId,
    (is_wrong, others): (bool, Option<&ConsentId>),
    by: &By,
    entry: &AuditEntry,
) -> Result<Done, StoreError> {
    lock(tx, tenant)?;
    let Some(here) = person_of(tx, tenant, id)? else { return Ok(Done::NotThere) };
    let before = kept_or_new(tx, tenant, &here.subject, id.as_str(), by)?;
    let other = match others {
        Some(others) => match person_of(tx, tenant, others)? {
            Some(other) if other.subject == here.subject => return Ok(Done::Refused(ReferenceFault::SamePerson)),
            Some(other) => Some(kept_or_new(tx, tenant, &other.subject, others.as_str(), by)?),
            None => return Ok(Done::NotThere),
        },
        None => match before.held_with.clone().filter(|_| !is_wrong) {
            Some(subject) => store::of_subject(tx, tenant, &subject)?,
            None => None,
        },
    };
    if before.held_at.is_some() == is_wrong && other.is_none() {
        return Ok(Done::Done);
    }
    let act = if is_wrong { ReferenceAct::Held } else { ReferenceAct::Released };
    let with = [other.as_ref().map(|other| other.subject.clone()), Some(here.subject)];
    for (kept, with) in [Some(before), other].into_iter().flatten().zip(with) {
        let (held_at, held_by) = if is_wrong { (Some(by.at), Some(by.user.clone())) } else { (None, None) };
        let now = Kept { held_at, held_by, held_with: with.filter(|_| is_wrong), ..kept.clone() };
        store::put(tx, tenant, &now)?;
        store::note(tx, tenant, &now.id, &event(act, &kept, &now, by))?;
    }
    audit::add(tx, entry)?;
    Ok(Done::Done)
}

/// 結びつけの訂正 (OT-20): the present number goes to the person whose it is, this person gets the right one or none for now. The old link
/// stays in the history of both; what was said to be wrong (X62) is right from now on.
pub fn correct(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &ConsentId,
    (of, others): (&LinkCorrection, Option<&ConsentId>),
    by: &By,
    entry: &AuditEntry,
) -> Result<Done, StoreError> {
    let refused = |why| Ok(Done::Refused(why));
    if of.reason == LinkReason::Other && of.note.is_empty() {
        return refused(ReferenceFault::NoWords);
    }
    lock(tx, tenant)?;
    let Some(here) = person_of(tx, tenant, id)? else { return Ok(Done::NotThere) };
    let before = kept_or_new(tx, tenant, &here.subject, id.as_str(), by)?;
    if some(&before.number) != of.shown {
        return refused(ReferenceFault::ChangedMeanwhile);
    }
    let is_same = of.number.as_ref().is_some_and(|number| number.key() == before.number_key);
    if before.number.is_empty() && of.number.is_none() || is_same || before.number.is_empty() && others.is_some() {
        return refused(ReferenceFault::NothingThere);
    }
    let other = match others {
        Some(others) => match person_of(tx, tenant, others)? {
            Some(other) if other.subject == here.subject => return refused(ReferenceFault::SamePerson),
            Some(other) => Some((kept_or_new(tx, tenant, &other.subject, others.as_str(), by)?, other.insurance)),
            None => return Ok(Done::NotThere),
        },
        None => None,
    };
    let freed: Vec<&str> =
        [Some(&before), other.as_ref().map(|(kept, _)| kept)].into_iter().flatten().map(|kept| kept.id.as_str()).collect();
    let present = ReferenceNumber::try_from(before.number.as_str()).ok();
    let mut wanted: Vec<(&Kept, Option<&ReferenceNumber>, Result<Insurance, ReferenceFault>)> =
        vec![(&before, of.number.as_ref(), here.insurance)];
    if let Some((kept, insurance)) = &other {
        wanted.push((kept, present.as_ref(), insurance.clone()));
    }
    let mut done = Vec::new();
    for (kept, number, insurance) in wanted {
        let Some(number) = number else {
            done.push((kept, with_number(kept, None, None, by)));
            continue;
        };
        let insurance = match insurance {
            Ok(insurance) => insurance,
            Err(why) => return refused(why),
        };
        if let Some(why) = in_the_way(tx, tenant, number, &insurance, &freed)? {
            return refused(why);
        }
        done.push((kept, with_number(kept, Some(number), Some(insurance), by)));
    }
    // First off both, so that a number can go from one to the other.
    for (kept, _) in &done {
        store::put(tx, tenant, &with_number(kept, None, None, by))?;
    }
    for (kept, now) in &done {
        let now = Kept { held_at: None, held_by: None, held_with: None, ..now.clone() };
        let act = if now.number.is_empty() { ReferenceAct::TakenOff } else { ReferenceAct::Corrected };
        let note = of.note.as_str().to_owned();
        keep(tx, tenant, &now, &ReferenceEvent { reason: Some(of.reason), note, ..event(act, kept, &now, by) })?;
    }
    // Whom X62 was said of as well.
    if let Some(subject) = before.held_with.as_deref()
        && let Some(kept) = store::of_subject(tx, tenant, subject)?.filter(|kept| kept.held_at.is_some())
    {
        let now = Kept { held_at: None, held_by: None, held_with: None, ..kept.clone() };
        store::put(tx, tenant, &now)?;
        store::note(tx, tenant, &now.id, &event(ReferenceAct::Released, &kept, &now, by))?;
    }
    audit::add(tx, entry)?;
    Ok(Done::Done)
}

/// A new result has come: it gets the person's number, and with another insurance the number is registered anew (recekon §4.3). A number
/// that was registered ahead belongs to whoever comes with its insurance.
pub fn follow(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    (consent, subject): (&ConsentId, &str),
    eligibility: &Eligibility,
    at: UnixMs,
) -> Result<(), StoreError> {
    let insurance = insurance_in(eligibility, None).ok();
    let found = match (store::of_subject(tx, tenant, subject)?, &insurance) {
        (Some(kept), _) => Some(kept),
        (None, Some(insurance)) => store::of_insurance(tx, tenant, &insurance.key)?.filter(|kept| kept.subject.is_empty()),
        (None, None) => None,
    };
    let Some(before) = found.filter(|kept| !kept.number.is_empty()) else { return Ok(()) };
    store::mark_result(tx, tenant, consent, &before.number)?;
    let is_new = before.subject.is_empty();
    let other = insurance.filter(|insurance| insurance.key != before.insurance.key);
    // Another person's number stands with the new insurance: for a person to look at, never for a machine.
    let other = match other {
        Some(insurance) if store::of_insurance(tx, tenant, &insurance.key)?.is_none() => Some(insurance),
        _ => None,
    };
    if !is_new && other.is_none() {
        return Ok(());
    }
    let mut now = Kept { subject: subject.to_owned(), ..before.clone() };
    if let Some(insurance) = other {
        now = Kept { insurance, state: SendState::Sending, code: None, message: None, changed_at: at, changed_by: None, ..now };
        let number = some(&now.number);
        let renewed =
            ReferenceEvent { at, by: None, act: ReferenceAct::Renewed, former: number.clone(), number, reason: None, note: String::new() };
        store::put(tx, tenant, &now)?;
        return store::note(tx, tenant, &now.id, &renewed);
    }
    store::put(tx, tenant, &now)
}

/// A row of a file, read.
struct Wanted {
    number: ReferenceNumber,
    insurance: Insurance,
    subject: String,
}

fn read_line(tx: &mut Tx<'_>, tenant: &Tenant, line: &Line) -> Result<Result<Wanted, ReferenceFault>, StoreError> {
    let cell = |place: usize| line.cells.get(place).map(String::as_str).unwrap_or_default();
    let some_cell = |place: usize| Some(cell(place).to_owned()).filter(|text| !text.is_empty());
    if line.cells.len() > shared::api::reference::REFERENCE_COLUMNS.len() {
        return Ok(Err(ReferenceFault::Cells));
    }
    let Ok(number) = ReferenceNumber::try_from(cell(0)) else { return Ok(Err(ReferenceFault::Number)) };
    let receipt = receipt_key(cell(5));
    if !receipt.is_empty() {
        let found = person::of_receipt(tx, tenant, &receipt)?;
        let [id] = found.as_slice() else { return Ok(Err(ReferenceFault::Receipt)) };
        let Some(here) = person_of(tx, tenant, id)? else { return Ok(Err(ReferenceFault::Receipt)) };
        return Ok(here.insurance.map(|insurance| Wanted { number, insurance, subject: here.subject }));
    }
    if cell(1).is_empty() || cell(3).is_empty() {
        return Ok(Err(ReferenceFault::Cells));
    }
    let (symbol, branch) = (some_cell(2), some_cell(4));
    let key = insurance_key(cell(1), symbol.as_deref(), cell(3), branch.as_deref());
    let insurance = Insurance { key, insurer: cell(1).to_owned(), symbol, member: cell(3).to_owned(), branch };
    let mut subjects = person::subjects_of_insurance(tx, tenant, &insurance.key)?;
    if subjects.len() > 1 {
        return Ok(Err(ReferenceFault::Ambiguous));
    }
    Ok(Ok(Wanted { number, insurance, subject: subjects.pop().unwrap_or_default() }))
}

/// What a row would do, with what it wants.
fn judge(tx: &mut Tx<'_>, tenant: &Tenant, line: &Line, seen: &[Wanted]) -> Result<Result<(LineAct, Wanted), ReferenceFault>, StoreError> {
    let wanted = match read_line(tx, tenant, line)? {
        Ok(wanted) => wanted,
        Err(why) => return Ok(Err(why)),
    };
    let is_twice = seen.iter().any(|other| other.number.key() == wanted.number.key() || other.insurance.key == wanted.insurance.key);
    if is_twice {
        return Ok(Err(ReferenceFault::Twice));
    }
    let present = match wanted.subject.as_str() {
        "" => store::of_insurance(tx, tenant, &wanted.insurance.key)?,
        subject => store::of_subject(tx, tenant, subject)?,
    };
    if present.as_ref().is_some_and(|kept| kept.held_at.is_some()) {
        return Ok(Err(ReferenceFault::Held));
    }
    let ids: Vec<&str> = present.iter().map(|kept| kept.id.as_str()).collect();
    if let Some(why) = in_the_way(tx, tenant, &wanted.number, &wanted.insurance, &ids)? {
        return Ok(Err(why));
    }
    let act = match &present {
        Some(kept) if kept.number == wanted.number.as_str() && kept.insurance.key == wanted.insurance.key => LineAct::Same,
        Some(kept) if !kept.number.is_empty() => LineAct::Change,
        _ if wanted.subject.is_empty() => LineAct::Ahead,
        _ => LineAct::Set,
    };
    Ok(Ok((act, wanted)))
}

fn judged(tx: &mut Tx<'_>, tenant: &Tenant, file: &Roster) -> Result<(ReferenceReport, Vec<(LineAct, Wanted)>), StoreError> {
    let (mut rows, mut seen, mut acts) = (Vec::new(), Vec::<Wanted>::new(), Vec::new());
    for line in &file.lines {
        let outcome = match judge(tx, tenant, line, &seen)? {
            Ok((act, wanted)) => {
                acts.push(act);
                seen.push(wanted);
                Ok(act)
            }
            Err(why) => Err(why),
        };
        let number = line.cells.first().cloned().unwrap_or_default();
        rows.push(ReferenceLine { line: line.number, number, outcome });
    }
    Ok((ReferenceReport { rows }, acts.into_iter().zip(seen).collect()))
}

/// Says for each row of a file what would happen.
pub fn check_file(tx: &mut Tx<'_>, tenant: &Tenant, file: &Roster) -> Result<ReferenceReport, StoreError> {
    judged(tx, tenant, file).map(|(report, _)| report)
}

/// All rows of a file, or none: then its faults. `ids` has one for each row.
pub fn apply_file(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    file: &Roster,
    ids: &[String],
    by: &By,
    entry: &AuditEntry,
) -> Result<Result<ReferencesDone, ReferenceFault>, StoreError> {
    lock(tx, tenant)?;
    let (report, wanted) = judged(tx, tenant, file)?;
    if let Some(why) = report.rows.iter().find_map(|row| row.outcome.err()) {
        return Ok(Err(why));
    }
    let mut counted = ReferencesDone { done: 0, same: 0 };
    for ((act, wanted), id) in wanted.into_iter().zip(ids) {
        if act == LineAct::Same {
            counted.same += 1;
            continue;
        }
        counted.done += 1;
        let before = match wanted.subject.as_str() {
            "" => match store::of_insurance(tx, tenant, &wanted.insurance.key)? {
                Some(kept) => kept,
                None => Kept { id: id.clone(), ..kept_or_new(tx, tenant, "", id, by)? },
            },
            subject => kept_or_new(tx, tenant, subject, id, by)?,
        };
        let act = if before.number.is_empty() { ReferenceAct::Set } else { ReferenceAct::Changed };
        let now = with_number(&before, Some(&wanted.number), Some(wanted.insurance), by);
        keep(tx, tenant, &now, &event(act, &before, &now, by))?;
    }
    audit::add(tx, entry)?;
    Ok(Ok(counted))
}
