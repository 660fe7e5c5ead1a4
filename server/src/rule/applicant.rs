//! Users of facilities that ask for 資格確認限定型, after their registration: a forgotten password, and what the operator does for them.

use shared::api::portal::RESET_LIFE_MS;
use shared::domain::calendar::UnixMs;

use crate::letter;
use crate::portal::reset_holder;
use crate::rule::mail::post;
use crate::session::SKEW_MS;
use crate::store::portal::{self as store, ApplicantEntry};
use crate::store::tx::Tx;
use crate::store::{ApplicantId, AuditEntry, StoreError, audit, factor};
use crate::tenant::Tenant;

/// The question that the link of a mail answers.
const FORGOTTEN: &str = "forgotten";

fn is_fresh(ends_at: UnixMs, now: UnixMs) -> bool {
    now < ends_at && ends_at <= now.plus_ms(RESET_LIFE_MS + SKEW_MS)
}

/// Mails a link to the user of this address, if there is one, and none counts already.
///
/// # Errors
/// What the database says; so for every rule.
pub fn forget_password(tx: &mut Tx<'_>, mail_key: &str, now: UnixMs) -> Result<(), StoreError> {
    let Some(found) = store::by_mail(tx, mail_key)? else { return Ok(()) };
    let holder = reset_holder(&found.who.id);
    if factor::question(tx, &holder, FORGOTTEN)?.is_some_and(|(_, ends_at)| is_fresh(ends_at, now)) {
        return Ok(());
    }
    factor::put_question(tx, &holder, FORGOTTEN, &now.0.to_string(), now.plus_ms(RESET_LIFE_MS))?;
    post(tx, &letter::forgotten(&found.who, now))
}

/// The user whose link, asked for at `at`, still counts.
pub fn of_link(tx: &mut Tx<'_>, id: &ApplicantId, at: UnixMs, now: UnixMs) -> Result<Option<ApplicantEntry>, StoreError> {
    let asked = factor::question(tx, &reset_holder(id), FORGOTTEN)?;
    let counts = asked.is_some_and(|(state, ends_at)| state == at.0.to_string() && is_fresh(ends_at, now));
    if counts { store::find(tx, id) } else { Ok(None) }
}

/// Sets the password that was chosen with a link: once. Every session of the user ends. False where the link no longer counts.
pub fn set_password(tx: &mut Tx<'_>, id: &ApplicantId, at: UnixMs, hash: &str, now: UnixMs) -> Result<bool, StoreError> {
    let Some(found) = of_link(tx, id, at, now)? else { return Ok(false) };
    if !factor::remove_question(tx, &reset_holder(id), FORGOTTEN)? {
        return Ok(false);
    }
    store::set_password(tx, id, hash)?;
    store::end_sessions_of(tx, id)?;
    post(tx, &letter::password_set(&found.who, now))?;
    Ok(true)
}

/// What the operator does for a user.
pub enum Deed {
    /// Sets this password (its hash): the user's mails do not arrive.
    Password(String),
    /// Removes the user. What an approved application made stays: it is the institution's.
    End,
    /// Sets how many devices the sheets of an approved facility have codes for.
    Devices(u32),
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It is done.
    Done,
    /// There is no such user.
    NotThere,
    /// The application was not approved.
    NotApproved,
}

/// Does it; an approved facility's log says so under `action`.
pub fn by_operator(tx: &mut Tx<'_>, id: &ApplicantId, deed: &Deed, action: &'static str, now: UnixMs) -> Result<Became, StoreError> {
    let Some(found) = store::find(tx, id)? else { return Ok(Became::NotThere) };
    match deed {
        Deed::Password(hash) => {
            store::set_password(tx, id, hash)?;
            store::end_sessions_of(tx, id)?;
        }
        Deed::End => {
            store::end_sessions_of(tx, id)?;
            store::remove(tx, id)?;
        }
        Deed::Devices(devices) => {
            if !store::set_devices(tx, id, *devices)? {
                return Ok(Became::NotApproved);
            }
        }
    }
    if let Some(institution) = &found.institution {
        audit::add(tx, &AuditEntry::of_operator(now, &Tenant::of_operator(institution), action, id.as_str()))?;
    }
    Ok(Became::Done)
}
