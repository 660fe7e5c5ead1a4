//! Sessions of the office: an opaque id in a cookie, kept as a hash; locked after 10 minutes without use, ended after an hour, and after
//! 8 hours whatever happens.

use shared::api::device::DEVICE_IDLE_MS;
use shared::api::factor::STEP_UP_MS;
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use crate::Sha256;
use crate::account::is_living as is_account_living;
use crate::random::{NoRandom, Random};
use crate::store::db::Db;
use crate::store::factor::LoginStep;
use crate::store::tx::Tx;
use crate::store::{self, SessionFound, SessionRecord, StoreError};

/// A session locks itself after so long without a request (N163 allows 15 minutes). One of an applicant, which has no lock, ends then.
pub const LOCK_MS: i64 = 10 * 60_000;
/// A session ends after so long without a request: nobody came back to unlock it.
pub const IDLE_MS: i64 = 60 * 60_000;
/// A device clears itself first: its session ends so much later, milliseconds, since use is noted by and by.
const DEVICE_SPARE_MS: i64 = 45_000;
/// A session ends then whatever happens.
pub const LIFE_MS: i64 = 8 * 60 * 60_000;
/// Clocks of servers on one database may differ by this, milliseconds: what is opened or seen later than that is of no time that was.
pub const SKEW_MS: i64 = 5_000;
/// Use is noted at most this often: a write per request would be wasted.
pub const TOUCH_MS: i64 = 15_000;

/// The secret id of a session, as it stands in the cookie. No `Debug`.
#[derive(Clone)]
pub struct SessionId([u8; 32]);

impl SessionId {
    /// Makes an id of 256 random bits.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn new(random: &Random) -> Result<Self, NoRandom> {
        random.bytes().map(Self)
    }

    /// Reads the cookie's value.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        shared::bytes::Base64::parse(text).ok()?.0.try_into().ok().map(Self)
    }

    /// The secret itself, for the answer that gives it to a device.
    pub(crate) fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// What is kept.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        crate::sha256(&self.0)
    }

    fn to_text(&self) -> String {
        shared::bytes::Base64(self.0.to_vec()).to_text()
    }
}

/// A record of a session that opens now.
#[must_use]
pub fn opened(id: &SessionId, institution: InstitutionCode, user: UserId, now: UnixMs) -> SessionRecord {
    SessionRecord {
        id_sha256: id.sha256(),
        institution,
        user,
        opened_at: now,
        seen_at: now,
        ends_at: now.plus_ms(LIFE_MS),
        address: None,
        locked_at: None,
        proved_at: now,
        device: None,
    }
}

/// True while the session counts: neither idle nor too old, not of a future that was none, and its account within its period and not stopped.
#[must_use]
pub fn is_living(found: &SessionFound, now: UnixMs) -> bool {
    is_fresh(&found.session, now) && is_account_living(&found.account, now.jst_date())
}

/// True while a session is neither idle nor too old, and not of a future that was none.
#[must_use]
pub fn is_fresh(session: &SessionRecord, now: UnixMs) -> bool {
    let (seen_at, ahead) = (session.seen_at.max(session.opened_at), now.plus_ms(SKEW_MS));
    let idle_ms = if session.device.is_some() { DEVICE_IDLE_MS + DEVICE_SPARE_MS } else { IDLE_MS };
    seen_at <= ahead && now < session.seen_at.plus_ms(idle_ms) && now < session.ends_at
}

/// True where a session was locked, or has locked itself for want of use: it answers nothing but who it is of until it is unlocked.
#[must_use]
pub fn is_locked(session: &SessionRecord, now: UnixMs) -> bool {
    session.locked_at.is_some() || now >= session.seen_at.plus_ms(LOCK_MS) && session.device.is_none()
}

/// True while it counts that who is at the screen was proved ([`STEP_UP_MS`]).
#[must_use]
pub fn is_proved(session: &SessionRecord, now: UnixMs) -> bool {
    session.proved_at <= now.plus_ms(SKEW_MS) && now < session.proved_at.plus_ms(STEP_UP_MS)
}

/// True while a login between password and second factor counts.
#[must_use]
pub fn is_step_living(step: &LoginStep, now: UnixMs) -> bool {
    step.opened_at <= now.plus_ms(SKEW_MS) && now < step.ends_at
}

/// Ends every session of everybody, of accounts and of applicants, and every login and question that is half way: what has ended could count
/// again after a restore, or once the clock was put back. Says how many there were.
///
/// # Errors
/// What the database says.
pub fn end_all(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    Ok(store::account::end_all_sessions(tx)? + store::portal::end_all_sessions(tx)? + store::factor::end_all(tx)?)
}

/// What follows a jump of the clock ([`crate::clock::Jumps`]). One that goes back could make what has ended count again: every session
/// ends, and whoever was logged in logs in again.
///
/// # Errors
/// What the store says.
pub async fn after_jump(db: &Db, by_ms: i64) -> Result<(), StoreError> {
    if by_ms < 0 {
        let ended = db.write(end_all).await?;
        tracing::warn!(ended, "the clock was put back: every session was ended");
    }
    Ok(())
}

/// Name of the cookie of a login between password and second factor. It opens nothing but the second step.
#[must_use]
pub fn step_cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-uketsuke-step" } else { "uketsuke-step" }
}

/// `Set-Cookie` that gives the id of such a login to the browser.
#[must_use]
pub fn set_step_cookie(id: &SessionId, is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    format!("{}={}; Path=/; HttpOnly; SameSite=Strict{secure}", step_cookie_name(is_https), id.to_text())
}

/// `Set-Cookie` that takes it back.
#[must_use]
pub fn clear_step_cookie(is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    format!("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{secure}", step_cookie_name(is_https))
}

/// Finds it in a `Cookie` header.
#[must_use]
pub fn step_from_cookies(header: &str, is_https: bool) -> Option<SessionId> {
    only(header, step_cookie_name(is_https))
}

/// Name of the cookie: `__Host-` binds it to this host and to https; a loopback page over http cannot have that.
#[must_use]
pub fn cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-uketsuke" } else { "uketsuke" }
}

/// `Set-Cookie` that gives the id to the browser.
#[must_use]
pub fn set_cookie(id: &SessionId, is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    format!("{}={}; Path=/; HttpOnly; SameSite=Strict{secure}", cookie_name(is_https), id.to_text())
}

/// Name of the cookie of a facility's registered user: whoever is logged in at the office as well is two.
#[must_use]
pub fn applicant_cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-uketsuke-applicant" } else { "uketsuke-applicant" }
}

/// `Set-Cookie` that gives such a user's id to the browser; `None` takes it back.
#[must_use]
pub fn set_applicant_cookie(id: Option<&SessionId>, is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    let name = applicant_cookie_name(is_https);
    let (value, ends) = id.map_or_else(|| (String::new(), "; Max-Age=0"), |id| (id.to_text(), ""));
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{ends}{secure}")
}

/// Finds such a user's id in a `Cookie` header.
#[must_use]
pub fn applicant_from_cookies(header: &str, is_https: bool) -> Option<SessionId> {
    only(header, applicant_cookie_name(is_https))
}

/// `Set-Cookie` that takes it back.
#[must_use]
pub fn clear_cookie(is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    format!("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{secure}", cookie_name(is_https))
}

/// A browser is told apart for so long after its last login, seconds; its place is forgotten then as well.
pub const BROWSER_LIFE_S: i64 = 90 * 24 * 60 * 60;

/// Name of the cookie by which a browser that logged in before has tries of its own. It opens nothing.
#[must_use]
pub fn browser_cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-uketsuke-browser" } else { "uketsuke-browser" }
}

/// `Set-Cookie` that tells the browser apart from now on.
#[must_use]
pub fn set_browser_cookie(id: &SessionId, is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    let (name, id) = (browser_cookie_name(is_https), id.to_text());
    format!("{name}={id}; Path=/; HttpOnly; SameSite=Strict; Max-Age={BROWSER_LIFE_S}{secure}")
}

/// Finds the browser's id in a `Cookie` header.
#[must_use]
pub fn browser_from_cookies(header: &str, is_https: bool) -> Option<SessionId> {
    only(header, browser_cookie_name(is_https))
}

/// Finds the id in a `Cookie` header.
#[must_use]
pub fn from_cookies(header: &str, is_https: bool) -> Option<SessionId> {
    only(header, cookie_name(is_https))
}

fn only(header: &str, wanted: &str) -> Option<SessionId> {
    let mut found = header.split(';').filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == wanted);
    let id = found.next().and_then(|(_, value)| SessionId::parse(value));
    // Two cookies of one name: someone planted one; neither is believed.
    if found.next().is_some() { None } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_bound_to_host_and_https() {
        let id = SessionId::new(&Random::machine()).unwrap();
        let browser = set_browser_cookie(&id, true);
        for part in ["__Host-uketsuke-browser=", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=7776000"] {
            assert!(browser.contains(part), "{part}");
        }
        assert!(from_cookies(&browser, true).is_none(), "it is no session");
        let cookie = set_cookie(&id, true);
        for part in ["__Host-uketsuke=", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"] {
            assert!(cookie.contains(part), "{part}");
        }
        assert!(!cookie.contains("Domain"));
        let pair = cookie.split(';').next().unwrap();
        assert_eq!(from_cookies(&format!("a=b; {pair}"), true).unwrap().sha256(), id.sha256());
        assert!(from_cookies(pair, false).is_none(), "another name on http");
        assert!(from_cookies(&format!("{pair}; {pair}"), true).is_none(), "two of one name");
    }
}
