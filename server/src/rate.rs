//! So many in a time: of one key a burst at once, and then so many a minute. In the memory of one server, never on the disk.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use shared::api::{Code, Detail};
use shared::domain::calendar::UnixMs;
use shared::domain::institution::{InstitutionCode, VisitKind};

use crate::refused::Refused;
use crate::store::{TokenId, VisitId};

/// How many of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// At once.
    pub burst: u32,
    /// Thereafter.
    pub per_minute: u32,
}

impl Quota {
    /// No limit that anyone reaches; for measurements.
    pub const NONE: Self = Self { burst: u32::MAX, per_minute: u32::MAX };

    /// So many a minute, twice as many at once.
    #[must_use]
    pub fn a_minute(per_minute: u32) -> Self {
        Self { burst: per_minute.saturating_mul(2), per_minute }
    }

    /// The time after which one more is let in, microseconds.
    fn step_us(self) -> i64 {
        60_000_000 / i64::from(self.per_minute.max(1))
    }

    fn burst_us(self) -> i64 {
        self.step_us().saturating_mul(i64::from(self.burst.max(1)))
    }
}

/// Counts by key.
#[derive(Debug)]
pub struct Rate<K> {
    quota: Quota,
    kept: Mutex<Kept<K>>,
}

#[derive(Debug)]
struct Kept<K> {
    /// When the whole burst is free again, microseconds since 1970; who has it free is not kept.
    full_at: HashMap<K, i64>,
    /// Keys that do not count any more are dropped beyond so many.
    sweep_at: usize,
}

/// Fewer keys than this are not swept.
const SWEEP_MIN: usize = 10_000;

impl<K: Hash + Eq> Rate<K> {
    /// Nobody has used anything yet.
    #[must_use]
    pub fn new(quota: Quota) -> Self {
        Self { quota, kept: Mutex::new(Kept { full_at: HashMap::new(), sweep_at: SWEEP_MIN }) }
    }

    /// Lets one in.
    ///
    /// # Errors
    /// [`Code::Wait`] with the seconds after which one more is let in; nothing is counted then.
    pub fn take(&self, key: K, now: UnixMs) -> Result<(), Refused> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = self.next(&kept, &key, now)?;
        kept.full_at.insert(key, full_at);
        if kept.full_at.len() > kept.sweep_at {
            let now_us = now.0.saturating_mul(1000);
            kept.full_at.retain(|_, full_at| *full_at > now_us);
            kept.sweep_at = kept.full_at.len().saturating_mul(2).max(SWEEP_MIN);
        }
        Ok(())
    }

    /// The same without counting.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn look(&self, key: &K, now: UnixMs) -> Result<(), Refused> {
        self.next(&self.kept.lock().unwrap_or_else(PoisonError::into_inner), key, now).map(|_| ())
    }

    /// When the burst is free again after one more.
    fn next(&self, kept: &Kept<K>, key: &K, now: UnixMs) -> Result<i64, Refused> {
        let (now_us, burst_us) = (now.0.saturating_mul(1000), self.quota.burst_us());
        // Not later than a whole burst from now: a clock that was put back makes no wait longer.
        let full_at = kept.full_at.get(key).copied().unwrap_or(now_us).clamp(now_us, now_us.saturating_add(burst_us));
        let next = full_at.saturating_add(self.quota.step_us());
        let over_us = next.saturating_sub(now_us).saturating_sub(burst_us);
        if over_us <= 0 {
            return Ok(next);
        }
        let seconds = u32::try_from(over_us.saturating_add(999_999) / 1_000_000).unwrap_or(u32::MAX);
        Err(Refused::new(Code::Wait).with(Detail::RetryAfterS(seconds)))
    }
}

/// What visitors without an account may do in a time.
#[derive(Debug, Clone, Copy)]
pub struct Quotas {
    /// Visits opened at one reception URL.
    pub visits_by_url: Quota,
    /// Visits opened from one address (IPv6: one /64).
    pub visits_by_address: Quota,
    /// Proofs of one visit that finish nothing.
    pub proofs_of_visit: Quota,
    /// Registrations of facilities from one address (IPv6: one /64).
    pub registrations_by_address: Quota,
    /// Logins by a passkey that are begun or tried from one address (IPv6: one /64).
    pub passkeys_by_address: Quota,
    /// Requests with one token.
    pub calls_by_token: Quota,
    /// Requests with a token that opens nothing from one address (IPv6: one /64).
    pub bad_tokens_by_address: Quota,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            visits_by_url: Quota::a_minute(60),
            visits_by_address: Quota::a_minute(120),
            proofs_of_visit: Quota { burst: 20, per_minute: 4 },
            registrations_by_address: Quota { burst: 10, per_minute: 1 },
            passkeys_by_address: Quota::a_minute(30),
            calls_by_token: Quota::a_minute(300),
            bad_tokens_by_address: Quota { burst: 20, per_minute: 4 },
        }
    }
}

/// What they did.
#[derive(Debug)]
pub struct Rates {
    /// See [`Quotas::visits_by_url`].
    pub visits_by_url: Rate<(InstitutionCode, VisitKind)>,
    /// See [`Quotas::visits_by_address`].
    pub visits_by_address: Rate<IpAddr>,
    /// See [`Quotas::proofs_of_visit`].
    pub proofs_of_visit: Rate<VisitId>,
    /// See [`Quotas::registrations_by_address`].
    pub registrations_by_address: Rate<IpAddr>,
    /// See [`Quotas::passkeys_by_address`].
    pub passkeys_by_address: Rate<IpAddr>,
    /// See [`Quotas::calls_by_token`].
    pub calls_by_token: Rate<TokenId>,
    /// See [`Quotas::bad_tokens_by_address`].
    pub bad_tokens_by_address: Rate<IpAddr>,
    /// Reports of browsers about a page's policy so far.
    pub reports: AtomicU64,
    /// Those of them that the log tells.
    pub told_reports: Rate<()>,
}

impl Rates {
    /// Nobody has done anything yet.
    #[must_use]
    pub fn new(quotas: Quotas) -> Self {
        Self {
            visits_by_url: Rate::new(quotas.visits_by_url),
            visits_by_address: Rate::new(quotas.visits_by_address),
            proofs_of_visit: Rate::new(quotas.proofs_of_visit),
            registrations_by_address: Rate::new(quotas.registrations_by_address),
            passkeys_by_address: Rate::new(quotas.passkeys_by_address),
            calls_by_token: Rate::new(quotas.calls_by_token),
            bad_tokens_by_address: Rate::new(quotas.bad_tokens_by_address),
            reports: AtomicU64::new(0),
            told_reports: Rate::new(Quota::a_minute(5)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: UnixMs = UnixMs(1_700_000_000_000);

    fn wait(rate: &Rate<u32>, key: u32, now: UnixMs) -> Option<u32> {
        match rate.take(key, now).err()?.refusal.detail {
            Some(Detail::RetryAfterS(seconds)) => Some(seconds),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_burst_and_then_so_many_a_minute() {
        let rate = Rate::new(Quota { burst: 20, per_minute: 4 });
        for _ in 0..20 {
            assert_eq!(wait(&rate, 1, NOON), None);
        }
        assert_eq!(wait(&rate, 1, NOON), Some(15));
        assert_eq!(wait(&rate, 2, NOON), None, "another key");
        assert_eq!(wait(&rate, 1, NOON.plus_ms(14_999)), Some(1));
        assert_eq!(wait(&rate, 1, NOON.plus_ms(15_000)), None, "what was promised is kept");
        assert_eq!(wait(&rate, 1, NOON.plus_ms(15_000)), Some(15));
        let let_in = (0..3_600).filter(|second| wait(&rate, 1, NOON.plus_ms(60_000 + second * 1_000)).is_none()).count();
        assert!((240..=245).contains(&let_in), "{let_in} in an hour");
        for _ in 0..20 {
            assert_eq!(wait(&rate, 1, NOON.plus_ms(3_600_000 * 3)), None, "the burst comes back");
        }
    }

    #[test]
    fn a_clock_put_back_makes_no_wait_longer() {
        let rate = Rate::new(Quota { burst: 2, per_minute: 4 });
        while wait(&rate, 1, NOON).is_none() {}
        assert_eq!(wait(&rate, 1, NOON.plus_ms(-3_600_000)), Some(15));
    }

    #[test]
    fn looking_counts_nothing_and_no_limit_is_none() {
        let rate = Rate::new(Quota { burst: 1, per_minute: 1 });
        assert!(rate.look(&1, NOON).is_ok() && rate.look(&1, NOON).is_ok());
        assert_eq!(wait(&rate, 1, NOON), None);
        assert!(rate.look(&1, NOON).is_err());
        let none = Rate::new(Quota::NONE);
        assert!((0..100_000).all(|_| wait(&none, 1, NOON).is_none()));
    }

    #[test]
    fn keys_that_count_no_more_are_not_kept() {
        let rate = Rate::new(Quota { burst: 1, per_minute: 60 });
        for key in 0..100_000 {
            assert_eq!(wait(&rate, key, NOON.plus_ms(i64::from(key))), None);
        }
        assert!(rate.kept.lock().unwrap().full_at.len() <= SWEEP_MIN + 1);
    }
}
