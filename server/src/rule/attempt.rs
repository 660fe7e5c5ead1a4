//! Tries to log in: each failure in a row makes the next try wait longer.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use crate::account::{BY_ACCOUNT_AND_PLACE, BY_ADDRESS, LoginTry};
use crate::session::SKEW_MS;
use crate::store::attempt::{AttemptRow, find, forget, give_back, is_known, put, remember};
use crate::store::tx::Tx;
use crate::store::{Attempt, AttemptPolicy, Sha256, StoreError, account};

/// A try that was counted, or has to wait.
#[derive(Debug, Clone)]
pub struct Counted {
    /// Whether it may go on.
    pub attempt: Attempt,
    /// The account's counter at its place.
    own: Sha256,
    /// What else counted it.
    others: Vec<Sha256>,
    /// Whose try it was.
    of: (InstitutionCode, UserId),
}

impl Counted {
    /// Every counter.
    #[must_use]
    pub fn keys(&self) -> Vec<Sha256> {
        [&[self.own], &*self.others].concat()
    }
}

/// Counts a try of an account. A place from where it logged in before has tries of its own: a known browser nothing but those,
/// a known address those and what all accounts share there. Unknown places together guess no faster than one.
///
/// # Errors
/// What the database says; so for every rule.
pub fn count_login(tx: &mut Tx<'_>, of: &LoginTry, now: UnixMs) -> Result<Counted, StoreError> {
    let known_browser = match of.browser {
        Some(browser) if is_known(tx, &browser, &of.institution, &of.user)? => Some(browser),
        _ => None,
    };
    let own = of.own_key(&known_browser.unwrap_or(of.address));
    // One of a clock that was put back since would let every try go free until then.
    let unlocked_at = account::unlocked_at(tx, &of.institution, &of.user)?.filter(|at| *at <= now.plus_ms(SKEW_MS));
    forget_until(tx, &own, unlocked_at)?;
    let mut others = Vec::new();
    if known_browser.is_none() {
        if !of.has_session && !is_known(tx, &of.address, &of.institution, &of.user)? {
            let failures = find(tx, &own)?.filter(|row| is_fresh(row, &BY_ACCOUNT_AND_PLACE, now)).map_or(0, |row| row.failures);
            let step = of.step_key(failures);
            forget_until(tx, &step, unlocked_at)?;
            others.push((step, of.by_step()));
        }
        others.push((of.address, BY_ADDRESS));
    }
    let policies = [&[(own, BY_ACCOUNT_AND_PLACE)], &*others].concat();
    let attempt = count(tx, &policies, now)?;
    // Whoever looks after the account sees that somebody has to wait; a right password takes it back.
    if let Some(waits) = find(tx, &own)?.filter(|row| row.blocked_until > now) {
        account::note_wait(tx, &of.institution, &of.user, waits.blocked_until)?;
    }
    let others = others.into_iter().map(|(key, _)| key).collect();
    Ok(Counted { attempt, own, others, of: (of.institution.clone(), of.user.clone()) })
}

/// Drops a counter whose last try was before the account was unlocked: counters are kept by hashes of places, so those of one account
/// cannot be looked up, and each is dropped when it is met.
fn forget_until(tx: &mut Tx<'_>, key: &Sha256, unlocked_at: Option<UnixMs>) -> Result<(), StoreError> {
    let Some(at) = unlocked_at else { return Ok(()) };
    let is_before = find(tx, key)?.is_some_and(|row| row.last_at <= at);
    if is_before { forget(tx, key) } else { Ok(()) }
}

/// Notes that the password was right: the account's failures at this place are forgotten, what others count there loses this one try.
pub fn was_right(tx: &mut Tx<'_>, counted: &Counted) -> Result<(), StoreError> {
    account::note_no_wait(tx, &counted.of.0, &counted.of.1)?;
    forgive(tx, &[counted.own], &counted.others)
}

/// The same at a login: address and browser are places where the account is known from now on.
pub fn succeed(tx: &mut Tx<'_>, of: &LoginTry, counted: &Counted, browser: &Sha256, now: UnixMs) -> Result<(), StoreError> {
    was_right(tx, counted)?;
    remember(tx, &of.address, &of.institution, &of.user, now)?;
    remember(tx, browser, &of.institution, &of.user, now)
}

fn is_fresh(row: &AttemptRow, policy: &AttemptPolicy, now: UnixMs) -> bool {
    now.0.saturating_sub(row.last_at.0) < policy.forget_after_ms
}

/// Counts a try under each key, if none of them has to wait. Counters that no longer count leave with the purge.
///
/// # Errors
/// What the database says; so for every rule.
pub fn count(tx: &mut Tx<'_>, keys: &[(Sha256, AttemptPolicy)], now: UnixMs) -> Result<Attempt, StoreError> {
    let (mut until, mut is_first) = (now, false);
    let mut counts = Vec::with_capacity(keys.len());
    for (key, policy) in keys {
        let counter = find(tx, key)?.filter(|row| is_fresh(row, policy, now));
        let Some(row) = counter else {
            counts.push(1);
            continue;
        };
        counts.push(row.failures.saturating_add(1));
        // A clock that was put back must not make a wait longer than any wait is.
        let blocked_until = row.blocked_until.min(now.plus_ms(policy.longest_wait_ms));
        if blocked_until <= now {
            continue;
        }
        until = until.max(blocked_until);
        is_first |= !row.is_told;
        if !row.is_told || blocked_until < row.blocked_until || row.last_at > now {
            put(tx, key, &AttemptRow { blocked_until, last_at: row.last_at.min(now), is_told: true, ..row })?;
        }
    }
    if until > now {
        return Ok(Attempt::Wait { until, is_first });
    }
    for ((key, policy), failures) in keys.iter().zip(counts) {
        put(tx, key, &AttemptRow { failures, blocked_until: now.plus_ms(policy.wait_ms(failures)), last_at: now, is_told: false })?;
    }
    Ok(Attempt::Allowed)
}

/// Notes that the try counted last was no failure: forgets all failures of the one keys, gives this one try back to the others.
pub fn forgive(tx: &mut Tx<'_>, forgotten: &[Sha256], given_back: &[Sha256]) -> Result<(), StoreError> {
    for key in forgotten {
        forget(tx, key)?;
    }
    for key in given_back {
        give_back(tx, key)?;
    }
    Ok(())
}
