//! Passwords: argon2id in a few threads with memory of their own, the same work for unknown users, rising delays.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::Output;
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, PasswordHasher as _, Version};
use shared::api::{Code, Detail};
use shared::domain::account::{AccountState, UserId};
use shared::domain::calendar::CivilDate;
use shared::domain::code::ActivationCode;
use shared::domain::institution::InstitutionCode;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::Sha256;
use crate::random::{NoRandom, Random, readable};
use crate::refused::{BUSY_RETRY_S, Refused};
use crate::store::threads::Threads;
use crate::store::{Account, AttemptPolicy, StoreError};
use crate::tenant::Tenant;

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
/// The same of second factors. Whoever tries here has the password, so it is slower: some 600 of a million codes a day and step.
pub const FACTOR_BY_ACCOUNT_AND_STEP: AttemptPolicy =
    AttemptPolicy { free: 10, first_wait_ms: 30_000, longest_wait_ms: 15 * 60_000, forget_after_ms: 24 * 60 * 60_000 };
/// Failures of one address over all accounts: a ward behind one address logs in freely, a guesser does not.
pub const BY_ADDRESS: AttemptPolicy =
    AttemptPolicy { free: 60, first_wait_ms: 10_000, longest_wait_ms: 5 * 60_000, forget_after_ms: 60 * 60_000 };

/// Callers that may wait for a thread before the rest is told to come back.
const WAITING_MAX: usize = 64;
/// How much passwords give way to everything else (`nice`): a flood of logins takes the time that visits leave.
#[cfg(target_os = "linux")]
const GIVES_WAY: i32 = 15;

/// Hashes and verifies passwords, in threads of its own that give way to everything else.
#[derive(Clone)]
pub struct Passwords {
    threads: Arc<Threads<Seat>>,
    /// How much memory was ever taken for hashes, in pieces of one hash.
    buffers: Arc<AtomicUsize>,
    /// Verified against when the account does not exist.
    decoy: Arc<str>,
    random: Random,
}

/// What a thread keeps from one password to the next.
#[derive(Default)]
struct Seat {
    /// The memory of a hash: taken once and used again, so that many logins leave no more behind than one.
    blocks: Vec<Block>,
    gives_way: bool,
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
    /// `permits` hashes at a time: fewer than there are cores.
    ///
    /// # Errors
    /// [`NotJudged`] when the machine gives no random bytes or threads.
    pub fn new(permits: usize, random: Random) -> Result<Self, NotJudged> {
        let decoy = hash(&readable::<32>(&random)?, &random)?.into();
        let seats = std::iter::repeat_with(Seat::default).take(permits).collect();
        let threads = Threads::start("password", seats, WAITING_MAX).map_err(|_| NotJudged::Failed)?;
        Ok(Self { threads: Arc::new(threads), buffers: Arc::default(), decoy, random })
    }

    /// True when `password` is the one of `account`; the same work when there is no account.
    ///
    /// # Errors
    /// [`NotJudged`].
    pub async fn verify(&self, account: Option<&Account>, password: String) -> Result<bool, NotJudged> {
        let stored: Arc<str> = account.map_or_else(|| Arc::clone(&self.decoy), |account| account.password_hash.as_str().into());
        let password = Zeroizing::new(password);
        let is_right = self.in_thread(move |seat, buffers| seat.is_right(&password, &stored, buffers)).await?;
        Ok(is_right && account.is_some())
    }

    /// The same for a hash that is no account's; the same work when there is none.
    ///
    /// # Errors
    /// [`NotJudged`].
    pub async fn is_of(&self, hash: Option<&str>, password: String) -> Result<bool, NotJudged> {
        let stored: Arc<str> = hash.map_or_else(|| Arc::clone(&self.decoy), Into::into);
        let password = Zeroizing::new(password);
        let is_right = self.in_thread(move |seat, buffers| seat.is_right(&password, &stored, buffers)).await?;
        Ok(is_right && hash.is_some())
    }

    /// The PHC text to store for `password`.
    ///
    /// # Errors
    /// [`NotJudged`].
    pub async fn hash(&self, password: String) -> Result<String, NotJudged> {
        let (random, password) = (self.random.clone(), Zeroizing::new(password));
        self.in_thread(move |_, _| hash(&password, &random)).await
    }

    /// What is kept of an activation code (`crate::code`): the same for the same digits and institution.
    ///
    /// # Errors
    /// [`NotJudged`].
    pub async fn hash_of_code(&self, code: ActivationCode, institution: &InstitutionCode) -> Result<Sha256, NotJudged> {
        let institution = institution.clone();
        self.in_thread(move |_, _| hash_of_code(&code, &institution)).await
    }

    /// What is kept of recovery codes ([`hash_of_recovery`]), in their order.
    ///
    /// # Errors
    /// [`NotJudged`].
    pub async fn hash_of_recovery(&self, codes: Vec<String>, tenant: &Tenant, user: &UserId) -> Result<Vec<Sha256>, NotJudged> {
        let (tenant, user, codes) = (tenant.clone(), user.clone(), Zeroizing::new(codes));
        let hash = move |_: &mut Seat, _: &AtomicUsize| codes.iter().map(|code| hash_of_recovery(code, &tenant, &user)).collect();
        self.in_thread(hash).await
    }

    /// How often memory for a hash was taken so far: once for each thread that had work.
    #[must_use]
    pub fn buffers(&self) -> usize {
        self.buffers.load(Ordering::SeqCst)
    }

    async fn in_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Seat, &AtomicUsize) -> Result<T, NotJudged> + Send + 'static,
    ) -> Result<T, NotJudged> {
        let (answer, answered) = oneshot::channel();
        let buffers = Arc::clone(&self.buffers);
        let run = move |seat: &mut Seat| {
            // Nobody waits for it any more: no core for it.
            if !answer.is_closed() {
                seat.give_way();
                let _ = answer.send(work(seat, &buffers));
            }
        };
        self.threads.send(Box::new(run)).map_err(|why| match why {
            StoreError::Busy => NotJudged::Busy,
            _ => NotJudged::Failed,
        })?;
        answered.await.map_err(|_| NotJudged::Failed)?
    }
}

impl Seat {
    /// True when the password is the one of a stored hash; one that cannot be read is nobody's.
    fn is_right(&mut self, password: &str, stored: &str, buffers: &AtomicUsize) -> Result<bool, NotJudged> {
        let Ok(stored) = PasswordHash::new(stored) else { return Ok(false) };
        let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else { return Ok(false) };
        let Ok(params) = Params::try_from(&stored) else { return Ok(false) };
        let Ok(algorithm) = Algorithm::try_from(stored.algorithm.as_str()) else { return Ok(false) };
        let version = stored.version.map_or(Ok(Version::default()), Version::try_from).map_err(|_| NotJudged::Failed)?;
        if self.blocks.len() < params.block_count() {
            self.blocks = vec![Block::new(); params.block_count()];
            buffers.fetch_add(1, Ordering::SeqCst);
        }
        let blocks = self.blocks.get_mut(..params.block_count()).ok_or(NotJudged::Failed)?;
        let mut out = Zeroizing::new(vec![0; expected.len()]);
        let hashed =
            Argon2::new(algorithm, version, params).hash_password_into_with_memory(password.as_bytes(), salt, &mut out, &mut *blocks);
        // What is left in there tells about the password.
        blocks.fill(Block::new());
        hashed.map_err(|_| NotJudged::Failed)?;
        // In the same time for every wrong one.
        Ok(Output::new(&out).is_ok_and(|out| out == *expected))
    }

    /// Lowers the priority of this thread, once.
    fn give_way(&mut self) {
        if std::mem::replace(&mut self.gives_way, true) {
            return;
        }
        #[cfg(target_os = "linux")]
        if let Err(cause) = rustix::process::nice(GIVES_WAY) {
            tracing::warn!(%cause, "passwords do not give way to visits");
        }
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

/// What is kept of an activation code, in this thread (19 MiB, some 50 ms).
///
/// # Errors
/// [`NotJudged`].
pub fn hash_of_code(code: &ActivationCode, institution: &InstitutionCode) -> Result<Sha256, NotJudged> {
    let mut hash = [0; 32];
    let hashed = hasher().hash_password_into(code.as_str().as_bytes(), &crate::code::salt(institution), &mut hash);
    hashed.map_err(|_| NotJudged::Failed)?;
    Ok(hash)
}

/// What is kept of a recovery code, in this thread (19 MiB, some 50 ms): the same for the same code and account.
///
/// # Errors
/// [`NotJudged`].
pub fn hash_of_recovery(code: &str, tenant: &Tenant, user: &UserId) -> Result<Sha256, NotJudged> {
    let mut hash = [0; 32];
    let hashed = hasher().hash_password_into(code.as_bytes(), &crate::factor::recovery_salt(tenant, user), &mut hash);
    hashed.map_err(|_| NotJudged::Failed)?;
    Ok(hash)
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
    /// What is tried: each is counted by itself.
    pub tried: Tried,
}

/// What somebody tries to prove who they are by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// The password.
    Password,
    /// A second factor, after the right password or in a session.
    Factor,
}

impl LoginTry {
    /// A try to log in.
    #[must_use]
    pub fn new(institution: &InstitutionCode, user: &UserId, address: std::net::IpAddr, browser: Option<Sha256>) -> Self {
        let address = crate::sha256(format!("address {}", crate::peer::network_of(address)).as_bytes());
        Self { institution: institution.clone(), user: user.clone(), address, browser, has_session: false, tried: Tried::Password }
    }

    /// The counter of the account at a place.
    #[must_use]
    pub fn own_key(&self, place: &Sha256) -> Sha256 {
        crate::sha256(format!("{} {} {} at {}", self.what(), self.institution, self.user, crate::hex(place)).as_bytes())
    }

    /// The counter of all unknown places that failed `failures` times.
    #[must_use]
    pub fn step_key(&self, failures: u32) -> Sha256 {
        let step = failures.min(BY_ACCOUNT_AND_PLACE.free);
        crate::sha256(format!("{} {} {} after {step}", self.what(), self.institution, self.user).as_bytes())
    }

    /// How unknown places that failed equally often are counted together.
    #[must_use]
    pub fn by_step(&self) -> AttemptPolicy {
        match self.tried {
            Tried::Password => BY_ACCOUNT_AND_STEP,
            Tried::Factor => FACTOR_BY_ACCOUNT_AND_STEP,
        }
    }

    /// The word under which it is counted.
    fn what(&self) -> &'static str {
        match self.tried {
            Tried::Password => "account",
            Tried::Factor => "factor of",
        }
    }
}

/// How an account stands on a day.
#[must_use]
pub fn state_of(account: &Account, today: CivilDate) -> AccountState {
    AccountState::on(today, account.suspended_at.is_some(), account.valid_from, account.valid_until)
}

/// True while the account may be used: within its period (N026, N027), and not stopped.
#[must_use]
pub fn is_living(account: &Account, today: CivilDate) -> bool {
    state_of(account, today) == AccountState::Living
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_logins_take_the_memory_of_as_many_as_run_at_once() {
        let random = Random::machine();
        let passwords = Passwords::new(2, random.clone()).unwrap();
        let account = |password_hash: String| Account {
            user: UserId::try_from("kanri1").unwrap(),
            name: String::new(),
            kana: String::new(),
            kind: shared::domain::account::AccountKind::Admin,
            password_hash,
            must_change_password: false,
            valid_from: None,
            valid_until: None,
            suspended_at: None,
        };
        let known = account(hash("asagao", &random).unwrap());
        for round in 0..8 {
            let tries = (0..8).map(|number| {
                let (passwords, account) = (passwords.clone(), (number % 2 == 0).then(|| known.clone()));
                let password = if number == 4 { "asagao" } else { "himawari" };
                tokio::spawn(async move { passwords.verify(account.as_ref(), password.to_owned()).await.unwrap() })
            });
            let tries: Vec<_> = tries.collect();
            for (number, one) in tries.into_iter().enumerate() {
                assert_eq!(one.await.unwrap(), number == 4, "round {round}");
            }
        }
        assert!((1..=2).contains(&passwords.buffers()), "{} buffers for 64 logins", passwords.buffers());
        // What an older version or another program stored is judged by its own parameters.
        let other = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
        let other = account(other.hash_password_with_salt(b"asagao", &[7; 16]).unwrap().to_string());
        assert!(passwords.verify(Some(&other), "asagao".to_owned()).await.unwrap());
        assert!(!passwords.verify(Some(&other), "himawari".to_owned()).await.unwrap());
        for broken in
            ["", "asagao", "$argon2id$v=19$m=19456,t=2,p=1$", "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4"]
        {
            assert!(!passwords.verify(Some(&account(broken.to_owned())), "asagao".to_owned()).await.unwrap(), "{broken}");
        }
    }
}
