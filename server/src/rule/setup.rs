//! 準備チェックリスト (OT-19): every step measured from the store by a function of its own; a tick only where nothing can be measured.

use shared::api::setup::{LISTS, SetupList, SetupUse, Step, StepRow, StepState, Tick, steps_of};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::certificate::CertificateMode;
use shared::domain::institution::{Use, VisitKind};
use shared::domain::settings::TermsId;

use super::factor;
use crate::store::settings::terms_confirmed;
use crate::store::setup::{code_issued, device_seen, has_code, has_staff, last_check, staff_logged_in, tick, tick_of, untick};
use crate::store::tx::Tx;
use crate::store::{self, AuditEntry, Institution, StoreError, audit, institution};
use crate::tenant::Tenant;

/// What was measured: how a step stands, since when, and who ticked it.
type Measured = (StepState, Option<UnixMs>, Option<UserId>);

/// It is there since an instant, or it is missing.
fn since(at: Option<UnixMs>) -> Measured {
    (at.map_or(StepState::NotYet, |_| StepState::Done), at, None)
}

/// This release has nothing that could be measured.
const NOT_HERE: Measured = (StepState::NotHere, None, None);

fn is(there: bool) -> Measured {
    (if there { StepState::Done } else { StepState::NotYet }, None, None)
}

/// The use of the settings that a list is about.
const fn usage(of: SetupUse) -> Option<Use> {
    match of {
        SetupUse::HomeVisit => Some(Use::HomeVisit),
        SetupUse::Online => Some(Use::Online),
        SetupUse::OffRoute => Some(Use::OffRoute),
        SetupUse::DeviceApp | SetupUse::Limited | SetupUse::Office => None,
    }
}

/// The kind of visit behind a list.
fn visit_kind(of: SetupUse) -> Option<VisitKind> {
    usage(of).map(Use::reception)
}

/// True where this release has what a list is for, and the institution was let in for it; else none of its steps counts.
fn is_here(of: SetupUse, house: &Institution) -> bool {
    match of {
        SetupUse::HomeVisit | SetupUse::Online | SetupUse::OffRoute => visit_kind(of).is_some() && !house.is_limited(),
        SetupUse::DeviceApp => !house.is_limited(),
        SetupUse::Limited => house.is_limited(),
        SetupUse::Office => true,
    }
}

/// All lists.
///
/// # Errors
/// What the database says; so for every rule.
pub fn lists(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<Vec<SetupList>, StoreError> {
    let mut lists = Vec::new();
    let Some(house) = institution::find(tx, tenant)? else { return Ok(lists) };
    for (of, steps) in LISTS {
        let is_on = is_on(tx, tenant, of, &house)?;
        let mut rows = Vec::new();
        for step in steps {
            let (state, at, by) = if is_here(of, &house) { measure(tx, tenant, of, *step, now)? } else { NOT_HERE };
            rows.push(StepRow { step: *step, state, at, by });
        }
        lists.push(SetupList { of, is_on, rows });
    }
    Ok(lists)
}

/// How many steps of the uses that are on are missing.
pub fn missing(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<u32, StoreError> {
    let missing: usize = lists(tx, tenant, now)?.iter().filter(|list| list.is_on).map(SetupList::missing).sum();
    Ok(u32::try_from(missing).unwrap_or(u32::MAX))
}

/// Whether the institution uses what a list is for.
fn is_on(tx: &mut Tx<'_>, tenant: &Tenant, of: SetupUse, house: &Institution) -> Result<bool, StoreError> {
    match of {
        SetupUse::HomeVisit | SetupUse::Online | SetupUse::OffRoute => Ok(visit_kind(of).is_some_and(|kind| house.is_on(kind))),
        // Who issued a code wants a device.
        SetupUse::DeviceApp => Ok(!house.is_limited() && has_code(tx, tenant)?),
        SetupUse::Limited => Ok(house.is_limited()),
        SetupUse::Office => Ok(true),
    }
}

fn measure(tx: &mut Tx<'_>, tenant: &Tenant, of: SetupUse, step: Step, now: UnixMs) -> Result<Measured, StoreError> {
    match step {
        Step::Switch => switch(tx, tenant, of),
        Step::Account => Ok(is(has_staff(tx, tenant, now.jst_date())?)),
        Step::FirstLogin => Ok(since(staff_logged_in(tx, tenant, now.jst_date())?)),
        Step::Code => Ok(since(code_issued(tx, tenant, now)?)),
        Step::Url => url(tx, tenant, of),
        Step::Device => device(tx, tenant),
        Step::TestRead => test_read(tx, tenant, of),
        Step::CertificateCopy => certificate_copy(tx, tenant, of, now),
        Step::Terms => terms(tx, tenant),
        Step::Application => application(tx, tenant),
        Step::Certificate => certificate(tx, tenant, now),
        Step::SecondFactor => second_factor(tx, tenant, now),
    }
}

fn switch(tx: &mut Tx<'_>, tenant: &Tenant, of: SetupUse) -> Result<Measured, StoreError> {
    let Some(kind) = visit_kind(of) else { return Ok(NOT_HERE) };
    Ok(is(institution::find(tx, tenant)?.is_some_and(|house| house.is_on(kind))))
}

/// An application that was approved let the institution in (N142–N146).
fn application(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Measured, StoreError> {
    Ok(is(institution::find(tx, tenant)?.is_some_and(|house| house.is_limited())))
}

/// The terms of the odd route (N042); which version is in force, the settings look after.
fn terms(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Measured, StoreError> {
    let confirmed = terms_confirmed(tx, tenant)?;
    Ok(since(confirmed.iter().filter(|one| one.id == TermsId::OnlineCheck).map(|one| one.at).max()))
}

fn url(tx: &mut Tx<'_>, tenant: &Tenant, of: SetupUse) -> Result<Measured, StoreError> {
    match visit_kind(of) {
        Some(kind) => Ok(since(institution::current_url(tx, tenant, kind)?.map(|url| url.issued_at))),
        None => Ok(NOT_HERE),
    }
}

/// The device's own desk comes with a later release: until one has registered, the step counts neither way.
fn device(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Measured, StoreError> {
    Ok(device_seen(tx, tenant)?.map_or(NOT_HERE, |at| since(Some(at))))
}

fn test_read(tx: &mut Tx<'_>, tenant: &Tenant, of: SetupUse) -> Result<Measured, StoreError> {
    match visit_kind(of) {
        Some(kind) => Ok(since(last_check(tx, tenant, kind)?)),
        None => Ok(NOT_HERE),
    }
}

/// Where the office asks for certificates (N170): a good one is there.
fn certificate(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<Measured, StoreError> {
    let mode = store::certificate::mode_on(tx, tenant, now.jst_date())?;
    if mode.is_none_or(|set| set.mode == CertificateMode::Off) {
        return Ok(NOT_HERE);
    }
    Ok(is(store::certificate::list(tx, tenant)?.iter().any(|record| record.state(now).is_good())))
}

/// Where the institution asks for a second factor by now: nobody is without.
fn second_factor(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<Measured, StoreError> {
    let policy = factor::policy(tx, tenant, now.jst_date())?;
    Ok(if policy.from > policy.today { NOT_HERE } else { is(policy.without == 0) })
}

/// No program sees another medium: a person says so.
fn certificate_copy(tx: &mut Tx<'_>, tenant: &Tenant, of: SetupUse, now: UnixMs) -> Result<Measured, StoreError> {
    let (by, at) = tick_of(tx, tenant, of, Step::CertificateCopy)?.unzip();
    match certificate(tx, tenant, now)?.0 {
        // Without a certificate there is nothing to copy.
        StepState::NotHere => Ok(NOT_HERE),
        _ => Ok((if at.is_some() { StepState::Done } else { StepState::NotYet }, at, by)),
    }
}

/// Ticks a step that no program can measure, or takes the tick back; `None` for any other.
pub fn set_tick(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    new: Tick,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Option<Vec<SetupList>>, StoreError> {
    if !new.step.is_by_hand() || !steps_of(new.of).contains(&new.step) {
        return Ok(None);
    }
    if new.is_done {
        tick(tx, tenant, new.of, new.step, by, entry.at)?;
    } else {
        untick(tx, tenant, new.of, new.step)?;
    }
    audit::add(tx, entry)?;
    lists(tx, tenant, entry.at).map(Some)
}
