//! ホーム (OT-5): what is to be done by whom, and the restart of a terminal (N161, X50).

use std::collections::HashSet;

use shared::api::claims::ClaimKind;
use shared::api::home::{Restart, Task, TaskKind};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::month::Month;
use shared::domain::opening::policy_on;
use shared::right::{Act, Right, may, may_under};

use super::{bedside, certificate, setup};
use crate::store::setup::{codes_ending, never_logged_in, restart_of, restarted};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, Sha256, StoreError, audit, claim, handover, institution, later, notice, opening};
use crate::tenant::Tenant;

/// For whom the tasks are.
#[derive(Debug, Clone)]
pub struct Person {
    /// Whose account.
    pub user: UserId,
    /// Its kind.
    pub kind: AccountKind,
    /// When.
    pub now: UnixMs,
}

/// Counts one kind of task.
type Count = fn(&mut Tx<'_>, &Tenant, &Person) -> Result<u32, StoreError>;

/// Every kind of task: who can do it, and how many are open. A further one is a line here.
const TASKS: [(TaskKind, Act, Count); 9] = [
    (TaskKind::Setup, Act::ChangeSettings, |tx, tenant, of| setup::missing(tx, tenant, of.now)),
    (TaskKind::Notices, Act::ReadNotices, |tx, tenant, of| notice::unread(tx, tenant, &of.user, of.now.jst_date())),
    (TaskKind::FirstLogins, Act::ManageAccounts, |tx, tenant, of| never_logged_in(tx, tenant, of.now.jst_date())),
    (TaskKind::Codes, Act::ManageActivationCodes, |tx, tenant, of| codes_ending(tx, tenant, of.now, of.now.plus_ms(CODES_SOON_MS))),
    (TaskKind::Certificates, Act::ChangeSettings, |tx, tenant, of| {
        let ending = certificate::ending(tx, tenant, of.now)?;
        Ok(u32::try_from(ending.len()).unwrap_or(u32::MAX))
    }),
    (TaskKind::LaterChecks, Act::CheckEligibility, |tx, tenant, of| {
        let flag = policy_on(of.now.jst_date()).disaster_admin;
        later::count(tx, tenant, may_under(of.kind, Act::SearchInOpening, flag) != Right::No)
    }),
    (TaskKind::OpeningReports, Act::ManageOpenings, |tx, tenant, of| opening::to_report(tx, tenant, of.now)),
    (TaskKind::Unfiled, Act::UseDevice, |tx, tenant, of| bedside::count_unfiled(tx, tenant, &of.user, of.now)),
    (TaskKind::Unsent, Act::SeeVisitsOfToday, |tx, tenant, of| unsent(tx, tenant, of.now)),
];

/// A result may wait for the next runs so long before it is somebody's task, milliseconds.
const SENT_WITHIN_MS: i64 = 60 * 60_000;

/// Results of this month and the one before that have left by no way; more than this are not counted.
const UNSENT_MAX: u32 = 1_000;

/// Results that have left by no way an hour after their check, and that nobody closed; 0 where the institution hands none on.
///
/// # Errors
/// What the database says.
pub fn unsent(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<u32, StoreError> {
    if !institution::find(tx, tenant)?.is_some_and(|found| found.settings.hand_over.is_on) {
        return Ok(0);
    }
    let month = Month::of(now.jst_date());
    let mut found = handover::unsent(tx, tenant, (month.before().begins_at(), now.plus_ms(-SENT_WITHIN_MS)), UNSENT_MAX)?;
    if found.is_empty() {
        return Ok(0);
    }
    // What a person closed in 請求前の確認 is done.
    let mut closed = HashSet::new();
    for of in [month.before(), month] {
        let rows = claim::closed(tx, tenant, &of.to_string())?;
        closed.extend(rows.into_iter().filter(|((kind, _), _)| kind == ClaimKind::Unsent.word()).map(|((_, about), _)| about));
    }
    found.retain(|id| !closed.contains(&format!("consent {}", id.as_str())));
    Ok(u32::try_from(found.len()).unwrap_or(u32::MAX))
}

/// Codes that end within this time are to be used or dropped, milliseconds: two days.
pub const CODES_SOON_MS: i64 = 2 * 24 * 60 * 60_000;

/// What is open for a person, in the order of the table; what is done is not in it.
///
/// # Errors
/// What the database says; so for every rule.
pub fn tasks(tx: &mut Tx<'_>, tenant: &Tenant, of: &Person) -> Result<Vec<Task>, StoreError> {
    let mut open = Vec::new();
    for (kind, act, count) in TASKS {
        if may(of.kind, act) == Right::No {
            continue;
        }
        let count = count(tx, tenant, of)?;
        if count > 0 {
            open.push(Task { kind, count });
        }
    }
    Ok(open)
}

/// A terminal is forgotten when it said nothing for so long, as its cookie is.
const TERMINAL_LIFE_MS: i64 = crate::session::BROWSER_LIFE_S * 1_000;

/// How the restart of a terminal stands; one without a cookie is not known.
pub fn restart(tx: &mut Tx<'_>, tenant: &Tenant, browser: Option<&Sha256>, now: UnixMs) -> Result<Restart, StoreError> {
    let said = match browser {
        Some(browser) => restart_of(tx, tenant, browser)?,
        None => None,
    };
    let is_today = said.as_ref().is_some_and(|(_, at)| at.jst_date() == now.jst_date());
    let (said_by, said_at) = said.unzip();
    Ok(Restart { said_at, said_by, is_today })
}

/// Notes that a person has restarted a terminal.
pub fn note_restart(tx: &mut Tx<'_>, tenant: &Tenant, browser: &Sha256, by: &UserId, entry: &AuditEntry) -> Result<Restart, StoreError> {
    restarted(tx, tenant, browser, by, entry.at, entry.at.plus_ms(-TERMINAL_LIFE_MS))?;
    audit::add(tx, entry)?;
    restart(tx, tenant, Some(browser), entry.at)
}
