//! Registered users of facilities: the link of a mail, the session in a cookie of its own, the keys under which tries are counted.

use std::net::IpAddr;

use ring::hmac;
use shared::bytes::Base64;
use shared::domain::account::{UserId, WeakPassword, check_password};
use shared::domain::calendar::UnixMs;
use shared::domain::facility::MailAddress;

use crate::Sha256;
use crate::account::{BY_ACCOUNT_AND_PLACE, BY_ACCOUNT_AND_STEP, BY_ADDRESS};
use crate::session::{LIFE_MS, LOCK_MS as IDLE_MS, SKEW_MS, SessionId};
use crate::store::portal::ApplicantSession;
use crate::store::{ApplicantId, AttemptPolicy};

/// Registrations of one address (of mail) in [`shared::api::portal::LINK_LIFE_MS`]: nobody's mailbox is filled from here.
pub const REGISTRATIONS_A_DAY: u32 = 5;

/// What is signed for the link of a registration.
fn link_text(id: &ApplicantId) -> String {
    format!("uketsuke registration\n{}", id.as_str())
}

/// The secret of a registration's link: made of its id and the server's key, so that it is kept nowhere.
#[must_use]
pub fn link_of(key: &hmac::Key, id: &ApplicantId) -> String {
    let tag = hmac::sign(key, link_text(id).as_bytes());
    format!("{}{}", id.as_str(), Base64(tag.as_ref().to_vec()).to_text())
}

/// Whose link this is; `None` for one that this server did not make.
#[must_use]
pub fn read_link(key: &hmac::Key, link: &str) -> Option<ApplicantId> {
    let (id, tag) = link.split_at_checked(22)?;
    let (id, tag) = (ApplicantId::parse(id)?, Base64::parse(tag).ok()?);
    hmac::verify(key, link_text(&id).as_bytes(), &tag.0).ok().map(|()| id)
}

/// What is signed for the link of a forgotten password.
fn reset_text(id: &ApplicantId, at: UnixMs) -> String {
    format!("uketsuke forgotten password\n{}\n{}", id.as_str(), at.0)
}

/// The secret of the link in a mail about a forgotten password that was asked for at `at`.
#[must_use]
pub fn reset_link_of(key: &hmac::Key, id: &ApplicantId, at: UnixMs) -> String {
    let tag = hmac::sign(key, reset_text(id, at).as_bytes());
    format!("{}.{}.{}", id.as_str(), at.0, Base64(tag.as_ref().to_vec()).to_text())
}

/// Whose link this is, and when it was asked for; `None` for one that this server did not make.
#[must_use]
pub fn read_reset_link(key: &hmac::Key, link: &str) -> Option<(ApplicantId, UnixMs)> {
    let [id, at, tag] = link.split('.').collect::<Vec<_>>().try_into().ok()?;
    let (id, at, tag) = (ApplicantId::parse(id)?, UnixMs(at.parse().ok()?), Base64::parse(tag).ok()?);
    hmac::verify(key, reset_text(&id, at).as_bytes(), &tag.0).ok().map(|()| (id, at))
}

/// The holder of the question that a link of a forgotten password answers.
#[must_use]
pub fn reset_holder(id: &ApplicantId) -> Sha256 {
    crate::sha256(format!("forgotten password of applicant {}", id.as_str()).as_bytes())
}

/// Checks the password that a user chose, as those of accounts are.
///
/// # Errors
/// The first [`WeakPassword`] that applies; [`WeakPassword::HoldsId`] where it holds what stands before the `@`.
pub fn check_own_password(password: &str, mail: &MailAddress) -> Result<(), WeakPassword> {
    // There is no user ID; two letters are too few to be looked for.
    let user = UserId::try_from("xx").map_err(|_| WeakPassword::TooShort)?;
    check_password(password, &user, mail.local())
}

/// A session that opens now.
#[must_use]
pub fn opened(id: &SessionId, applicant: ApplicantId, now: UnixMs) -> ApplicantSession {
    ApplicantSession { id_sha256: id.sha256(), applicant, opened_at: now, seen_at: now, ends_at: now.plus_ms(LIFE_MS) }
}

/// True while a session counts: neither idle nor too old, and not of a future that was none.
#[must_use]
pub fn is_living(session: &ApplicantSession, now: UnixMs) -> bool {
    let (seen_at, ahead) = (session.seen_at.max(session.opened_at), now.plus_ms(SKEW_MS));
    seen_at <= ahead && now < session.seen_at.plus_ms(IDLE_MS) && now < session.ends_at
}

/// The counters of a try to log in: the user at a place, the place over all users, and the user over all places.
#[must_use]
pub fn login_keys(mail: &MailAddress, address: IpAddr) -> [(Sha256, AttemptPolicy); 3] {
    let place = crate::peer::network_of(address);
    let own = crate::sha256(format!("applicant {} at {place}", mail.key()).as_bytes());
    let anywhere = crate::sha256(format!("applicant {}", mail.key()).as_bytes());
    [(own, BY_ACCOUNT_AND_PLACE), (crate::sha256(format!("applicants at {place}").as_bytes()), BY_ADDRESS), (anywhere, BY_ACCOUNT_AND_STEP)]
}

/// The counters of a try to end a registration with its password.
#[must_use]
pub fn confirm_keys(id: &ApplicantId, address: IpAddr) -> [(Sha256, AttemptPolicy); 2] {
    let place = crate::peer::network_of(address);
    let own = crate::sha256(format!("registration {}", id.as_str()).as_bytes());
    [(own, BY_ACCOUNT_AND_PLACE), (crate::sha256(format!("applicants at {place}").as_bytes()), BY_ADDRESS)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_of_one_registration_and_of_this_server() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let id = ApplicantId::new(UnixMs(5), [3; 10]);
        let link = link_of(&key, &id);
        assert_eq!(read_link(&key, &link), Some(id.clone()));
        let other = ApplicantId::new(UnixMs(5), [4; 10]);
        let forged = format!("{}{}", other.as_str(), link.split_at(22).1);
        let foreign = link_of(&hmac::Key::new(hmac::HMAC_SHA256, &[8; 32]), &id);
        for bad in [forged.as_str(), foreign.as_str(), "", "short", link.split_at(60).0, &format!("{link}A")] {
            assert_eq!(read_link(&key, bad), None, "{bad}");
        }
    }

    #[test]
    fn a_link_of_a_forgotten_password_is_of_its_user_and_hour() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let id = ApplicantId::new(UnixMs(5), [3; 10]);
        let link = reset_link_of(&key, &id, UnixMs(9));
        assert_eq!(read_reset_link(&key, &link), Some((id.clone(), UnixMs(9))));
        let later = link.replace(".9.", ".10.");
        let foreign = reset_link_of(&hmac::Key::new(hmac::HMAC_SHA256, &[8; 32]), &id, UnixMs(9));
        for bad in [later.as_str(), foreign.as_str(), "", "a.b.c", &format!("{link}."), &link_of(&key, &id)] {
            assert_eq!(read_reset_link(&key, bad), None, "{bad}");
        }
    }

    #[test]
    fn a_password_is_judged_as_those_of_accounts() {
        let mail = MailAddress::try_from("hinata@clinic.example").unwrap();
        assert_eq!(check_own_password("akai ringo to shiroi kumo", &mail), Ok(()));
        assert_eq!(check_own_password("akai ringo", &mail), Err(WeakPassword::TooShort));
        assert_eq!(check_own_password("hinata no akai ringo", &mail), Err(WeakPassword::HoldsId));
    }
}
