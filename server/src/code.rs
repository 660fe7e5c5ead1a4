//! The digits of activation codes: how they are made, and what is kept of them.
//!
//! Twelve digits are some 40 bits: a quick hash of them, keyed or not, is undone in hours by whoever has the database and the key, and
//! with PostgreSQL the servers' keys are in the database. So the hash is slow (argon2id, as of passwords) and needs no key: all 10¹²
//! codes of one institution take hundreds of years of a core, and an unused code lives seven days. The salt is made of the
//! institution, so that one computation finds the code among all.

use std::net::IpAddr;

use ring::hmac;
use shared::domain::account::UserId;
use shared::domain::code::ActivationCode;
use shared::domain::institution::InstitutionCode;

use crate::Sha256;
use crate::store::{AttemptPolicy, Press};
use crate::tenant::Tenant;

/// Wrong codes from one address: five in an hour (P-CODE).
pub const BY_ADDRESS: AttemptPolicy =
    AttemptPolicy { free: 4, first_wait_ms: 60 * 60_000, longest_wait_ms: 60 * 60_000, forget_after_ms: 60 * 60_000 };

/// The counter of an address (its /64 with IPv6).
#[must_use]
pub fn address_key(address: IpAddr) -> Sha256 {
    crate::sha256(format!("code from {}", crate::peer::network_of(address)).as_bytes())
}

/// The salt of an institution's codes.
#[must_use]
pub fn salt(institution: &InstitutionCode) -> Sha256 {
    crate::sha256(format!("activation code {institution}").as_bytes())
}

/// The digits that a press gives: made of its key, which only the page has, and the server's key, which no page has. So the same press
/// sent again gives them again, and they are kept nowhere.
#[must_use]
pub fn digits_of_press(server_key: &hmac::Key, tenant: &Tenant, press: &Press) -> ActivationCode {
    let user: &UserId = &press.user;
    let text = format!("activation code\n{}\n{user}\n{}", tenant.code(), crate::hex(&press.seed));
    let tag = hmac::sign(server_key, text.as_bytes());
    let mut random = [0; 16];
    random.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
    ActivationCode::from_random(random)
}
