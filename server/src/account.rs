//! Passwords: argon2id in a blocking thread behind a semaphore, the same work for unknown users, rising delays.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use shared::api::{Code, Detail};
use shared::domain::account::UserId;
use shared::domain::calendar::CivilDate;
use shared::domain::institution::InstitutionCode;
use tokio::sync::Semaphore;

use crate::Sha256;
use crate::random::{NoRandom, Random, readable};
use crate::refused::{BUSY_RETRY_S, Refused};
use crate::store::{Account, AttemptPolicy};

/// Failures of one account from one address: five are free, then 30 s doubling to 15 minutes. An attacker elsewhere does not
/// lock the honest user out.
pub const BY_ACCOUNT_AND_ADDRESS: AttemptPolicy =
    AttemptPolicy { free: 5, first_wait_ms: 30_000, longest_wait_ms: 15 * 60_000, forget_after_ms: 24 * 60 * 60_000 };
/// Failures of one account from anywhere: many addresses together guess no faster than once a minute. Waits stay short and end
/// with a success, so that the honest user is delayed and not locked out.
pub const BY_ACCOUNT: AttemptPolicy =
    AttemptPolicy { free: 50, first_wait_ms: 1_000, longest_wait_ms: 60_000, forget_after_ms: 24 * 60 * 60_000 };
/// Failures of one address over all accounts: a ward behind one address logs in freely, a guesser does not.
pub const BY_ADDRESS: AttemptPolicy =
    AttemptPolicy { free: 60, first_wait_ms: 10_000, longest_wait_ms: 5 * 60_000, forget_after_ms: 60 * 60_000 };

/// Callers that may wait for the semaphore before the rest is told to come back.
const WAITING_MAX: usize = 64;

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

impl From<NotJudged> for Refused {
    fn from(error: NotJudged) -> Self {
        match error {
            NotJudged::Busy => Self::new(Code::Wait).with(Detail::RetryAfterS(BUSY_RETRY_S)).because(error),
            NotJudged::Failed | NotJudged::NoRandom(_) => Self::new(Code::Internal).because(error),
        }
    }
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

/// Keys under which a login attempt is counted.
#[derive(Debug, Clone, Copy)]
pub struct AttemptKeys {
    account_and_address: Sha256,
    account: Sha256,
    address: Sha256,
}

impl AttemptKeys {
    /// The keys of an account and a peer (its /64 with IPv6). `address` is the peer's, never a forwarded header's.
    #[must_use]
    pub fn new(institution: &InstitutionCode, user: &UserId, address: std::net::IpAddr) -> Self {
        let address = crate::peer::network_of(address);
        let key = |text: String| crate::sha256(text.as_bytes());
        Self {
            account_and_address: key(format!("account {institution} {user} {address}")),
            account: key(format!("account {institution} {user}")),
            address: key(format!("address {address}")),
        }
    }

    /// Each key with its policy.
    #[must_use]
    pub fn policies(&self) -> Vec<(Sha256, AttemptPolicy)> {
        vec![(self.account_and_address, BY_ACCOUNT_AND_ADDRESS), (self.account, BY_ACCOUNT), (self.address, BY_ADDRESS)]
    }

    /// What a success makes forgotten; one try of the address is given back besides ([`Self::address`]).
    #[must_use]
    pub fn of_account(&self) -> Vec<Sha256> {
        vec![self.account_and_address, self.account]
    }

    /// The key of the address over all accounts.
    #[must_use]
    pub fn address(&self) -> Sha256 {
        self.address
    }

    /// All keys.
    #[must_use]
    pub fn all(&self) -> Vec<Sha256> {
        vec![self.account_and_address, self.account, self.address]
    }
}

/// True while the account may be used (N026, N027); both days included.
#[must_use]
pub fn is_in_period(account: &Account, today: CivilDate) -> bool {
    account.valid_from.is_none_or(|from| from <= today) && account.valid_until.is_none_or(|until| today <= until)
}
