//! 未委託・未登録 (X58): the later check of the 16th (P-AID), made with the answer and closed by 委託あり. No answer ends or empties anything.

use shared::domain::aid::MedicalAidState;
use shared::domain::calendar::CivilDate;
use shared::domain::check::{CheckState, CheckWay};
use shared::domain::coverage::Eligibility;

use crate::store::tx::Tx;
use crate::store::{CheckId, CheckRecord, Proved, StoreError, Visit, check};
use crate::tenant::Tenant;

/// From this day of a month on its tickets are registered (P-AID).
const REGISTERED_FROM_DAY: u8 = 16;
/// Checks of a person that are looked through for an open one.
const LOOKED_THROUGH: u32 = 20;

/// When a check that found 未委託・未登録 is to be made again: the 16th of its month; `None` for every other answer.
#[must_use]
pub fn due_on(eligibility: &Eligibility) -> Option<CivilDate> {
    let is_missing = eligibility.medical_aid.as_ref().is_some_and(|aid| aid.state == MedicalAidState::NotRegistered);
    let asked_on = eligibility.checked_at.jst_date();
    is_missing.then(|| asked_on.plus_days(i64::from(REGISTERED_FROM_DAY) - i64::from(asked_on.day())))
}

/// The open tasks of X58 about a person.
fn open(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str) -> Result<Vec<CheckRecord>, StoreError> {
    let mut of_person = check::of_subject(tx, tenant, subject, LOOKED_THROUGH)?;
    of_person.retain(|one| one.state == CheckState::Provisional && due_on(&one.eligibility).is_some());
    Ok(of_person)
}

fn close(tx: &mut Tx<'_>, tenant: &Tenant, open: &[CheckRecord]) -> Result<(), StoreError> {
    for one in open {
        check::set_state(tx, tenant, &one.id, CheckState::Provisional, CheckState::Settled)?;
    }
    Ok(())
}

/// Closes those of a person who is 委託あり by now.
///
/// # Errors
/// What the database says.
pub(super) fn close_tasks(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str) -> Result<(), StoreError> {
    let open = open(tx, tenant, subject)?;
    close(tx, tenant, &open)
}

/// Opens the task where a proof found 未委託・未登録, one for a person and month; closes those of a person who is 委託あり now.
///
/// # Errors
/// What the database says.
pub(super) fn note(tx: &mut Tx<'_>, tenant: &Tenant, visit: &Visit, proved: &Proved) -> Result<(), StoreError> {
    let Some(aid) = &proved.eligibility.medical_aid else { return Ok(()) };
    let open = open(tx, tenant, &proved.subject)?;
    match (aid.state, due_on(&proved.eligibility)) {
        (MedicalAidState::Entrusted, _) => {
            close(tx, tenant, &open)?;
        }
        (_, due @ Some(_)) if !open.iter().any(|one| due_on(&one.eligibility) == due) => {
            // No randomness of its own: one for a consent.
            let mut random = [0; 10];
            random.copy_from_slice(&crate::sha256(format!("aid {}", proved.consent.as_str()).as_bytes())[..10]);
            let task = CheckRecord {
                id: CheckId::new(proved.at, random),
                visit_kind: Some(visit.visit_kind),
                consent: Some(proved.consent.clone()),
                subject: proved.subject.clone(),
                reference_number: None,
                check_way: CheckWay::Provisional,
                medium: proved.medium,
                done_by: None,
                state: CheckState::Provisional,
                asked: None,
                eligibility: proved.eligibility.clone(),
                chosen: None,
            };
            check::add(tx, tenant, &task)?;
        }
        _ => {}
    }
    Ok(())
}
