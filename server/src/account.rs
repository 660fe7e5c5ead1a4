//! Passwords: argon2id in a blocking thread behind a semaphore, the same work for unknown users, rising delays.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use shared::domain::account::UserId;
use shared::domain::calendar::CivilDate;
use shared::domain::institution::InstitutionCode;
use tokio::sync::Semaphore;

use crate::clock::{NoRandom, Random, readable};
use crate::store::{Account, AttemptPolicy, Sha256};

/// Failures of one account from one place (an address, or a browser that logged in before): five are free, then 30 s doubling to
/// 15 minutes. An attacker elsewhere does not lock the honest user out.
pub const BY_ACCOUNT_AND_PLACE: AttemptPolicy =
    AttemptPolicy { free: 5, first_wait_ms: 30_000, longest_wait_ms: 15 * 60_000, forget_after_ms: 24 * 60 * 60_000 };
/// Failures of one account from all unknown places that failed equally often before: so many addresses together guess no faster
/// than once a minute and step. Whoever comes for the first time does not stand behind those who have failed: with fewer than
/// thirty guessers an honest person is let in at once also from a new place. A place where the account logged in before is not
/// counted here at all.
pub const BY_ACCOUNT_AND_STEP: AttemptPolicy =
    AttemptPolicy { free: 30, first_wait_ms: 1_000, longest_wait_ms: 60_000, forget_after_ms: 24 * 60 * 60_000 };
/// Failures of one address over all accounts: a ward behind one address logs in freely, a guesser does not.
pub const BY_ADDRESS: AttemptPolicy =
    AttemptPolicy { free: 60, first_wait_ms: 10_000, longest_wait_ms: 5 * 60_000, forget_after_ms: 60 * 60_000 };

/// Callers that may wait for the semaphore before the rest is told to come back.
const WAITING_MAX: usize = 64;
/// What the rest is told, seconds.
pub const BUSY_RETRY_S: u32 = 5;

/// Hashes and verifies passwords.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// Verified against when the account does not exist.
    decoy: Arc<str>,
    random: Random,
}

/// Says why a password was not judged.
#[derive(Debug, thiserror::Error)]
pub enum NotJudged {
    /// Too many wait already.
    #[error("too many passwords wait to be checked")]
    Busy,
    /// The hash or the thread failed.
    #[error("a password could not be worked on")]
    Failed,
    /// No random bytes for a salt.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

/// OWASP's floor: 19 MiB, two passes, one lane.
fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

impl Passwords {
    /// `permits` hashes at a time: the number of cores.
    ///
    /// # Errors
    /// [`NotJudged`] when the machine gives no random bytes.
    pub fn new(permits: usize, random: Random) -> Result<Self, NotJudged> {
        let decoy = hash(&readable::<32>(&random)?, &random)?.into();
        Ok(Self { permits: Arc::new(Semaphore::new(permits)), waiting: Arc::new(Semaphore::new(WAITING_MAX)), decoy, random })
    }

    /// True when `password` is the one of `account`; the same work when there is no account.
    ///
    /// # Errors
    /// [`NotJudged`].
    pub async fn verify(&self, account: Option<&Account>, password: String) -> Result<bool, NotJudged> {
        let stored: Arc<str> = account.map_or_else(|| Arc::clone(&self.decoy), |account| account.password_hash.as_str().into());
        let is_right = self
            .in_thread(move || {
                let password = zeroize::Zeroizing::new(password);
                Ok(hasher().verify_password(password.as_bytes(), &*stored).is_ok())
            })
            .await?;
        Ok(is_right && account.is_some())
    }

    /// The PHC text to store for `password`.
    ///
    /// # Errors
    /// [`NotJudged`].
    pub async fn hash(&self, password: String) -> Result<String, NotJudged> {
        let random = self.random.clone();
        self.in_thread(move || hash(&zeroize::Zeroizing::new(password), &random)).await
    }

    async fn in_thread<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T, NotJudged> + Send + 'static) -> Result<T, NotJudged> {
        let _place = self.waiting.try_acquire().map_err(|_| NotJudged::Busy)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| NotJudged::Failed)?;
        // The permit goes with the thread: a caller that goes away does not free a core that is still at work.
        let run = move || {
            let _permit = permit;
            work()
        };
        tokio::task::spawn_blocking(run).await.map_err(|_| NotJudged::Failed)?
    }
}

/// The PHC text of a password, in this thread (19 MiB, some 50 ms).
///
/// # Errors
/// [`NotJudged`].
pub fn hash(password: &str, random: &Random) -> Result<String, NotJudged> {
    let salt = random.bytes::<16>()?;
    let hashed = hasher().hash_password_with_salt(password.as_bytes(), &salt).map_err(|_| NotJudged::Failed)?;
    Ok(hashed.to_string())
}

/// A first password: five groups of five letters and digits, 125 bits.
///
/// # Errors
/// [`NoRandom`].
pub fn generated_password(random: &Random) -> Result<String, NoRandom> {
    let letters: Vec<char> = readable::<25>(random)?.chars().collect();
    Ok(letters.chunks(5).map(String::from_iter).collect::<Vec<_>>().join("-"))
}

/// From where an account is tried, as it is kept.
#[derive(Debug, Clone)]
pub struct LoginTry {
    /// Whose account.
    pub institution: InstitutionCode,
    /// Which one.
    pub user: UserId,
    /// The peer's address (its /64 with IPv6), hashed; never a forwarded header's.
    pub address: Sha256,
    /// The secret in the browser's cookie, hashed; any value may be sent, so it counts only where it is known.
    pub browser: Option<Sha256>,
    /// The person is logged in already: what outsiders tried does not count.
    pub has_session: bool,
}

impl LoginTry {
    /// A try to log in.
    #[must_use]
    pub fn new(institution: &InstitutionCode, user: &UserId, address: std::net::IpAddr, browser: Option<Sha256>) -> Self {
        let address = crate::sha256(format!("address {}", crate::accept::network_of(address)).as_bytes());
        Self { institution: institution.clone(), user: user.clone(), address, browser, has_session: false }
    }

    /// The counter of the account at a place.
    #[must_use]
    pub fn own_key(&self, place: &Sha256) -> Sha256 {
        crate::sha256(format!("account {} {} at {}", self.institution, self.user, crate::hex(place)).as_bytes())
    }

    /// The counter of all unknown places that failed `failures` times.
    #[must_use]
    pub fn step_key(&self, failures: u32) -> Sha256 {
        let step = failures.min(BY_ACCOUNT_AND_PLACE.free);
        crate::sha256(format!("account {} {} after {step}", self.institution, self.user).as_bytes())
    }
}

/// True while the account may be used (N026, N027); both days included.
#[must_use]
pub fn is_in_period(account: &Account, today: CivilDate) -> bool {
    account.valid_from.is_none_or(|from| from <= today) && account.valid_until.is_none_or(|until| today <= until)
}
