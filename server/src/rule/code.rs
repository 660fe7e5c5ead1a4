//! Activation codes: issued for a label, used once by one device, ended by an admin (N050–N058, P-CODE).

use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::code::CodeState;

use super::attempt::count;
use crate::account::is_living;
use crate::code::{BY_ADDRESS, address_key};
use crate::consent::search_key;
use crate::store::code::{CodeRecord, NewCodeRow, add, bind, by_digits, find, has_label, of_device};
use crate::store::tx::Tx;
use crate::store::{AccountEntry, Attempt, AuditEntry, CodeId, Sha256, StoreError, account, attempt, audit, code};
use crate::tenant::Tenant;

/// A device's use is noted at most this often, milliseconds: a write per request would be wasted.
pub const SEEN_EVERY_MS: i64 = 60_000;

/// What became of issuing a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issued {
    /// It counts.
    Code(Box<CodeRecord>),
    /// A code with this label is used, or can still be.
    LabelTaken,
    /// The institution has had these digits: others are to be drawn.
    DigitsTaken,
}

/// Issues a code.
///
/// # Errors
/// What the database says; so for every rule.
pub fn issue(tx: &mut Tx<'_>, tenant: &Tenant, new: &NewCodeRow, entry: &AuditEntry) -> Result<Issued, StoreError> {
    let label_key = search_key(new.label.as_str());
    if has_label(tx, tenant, &label_key, new.issued_at)? {
        return Ok(Issued::LabelTaken);
    }
    if !add(tx, tenant, new, &label_key)? {
        return Ok(Issued::DigitsTaken);
    }
    audit::add(tx, entry)?;
    let record = find(tx, tenant, &new.id)?.ok_or(StoreError::Damaged("a code that was just added"))?;
    Ok(Issued::Code(Box::new(record)))
}

/// Ends a code; `None` when there is none of this id. One that has ended stays as it is.
pub fn invalidate(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId, entry: &AuditEntry) -> Result<Option<CodeRecord>, StoreError> {
    code::invalidate(tx, tenant, id, entry.at)?;
    let found = find(tx, tenant, id)?;
    if found.is_some() {
        audit::add(tx, entry)?;
    }
    Ok(found)
}

/// A device that wants in with a code, its account's password already judged right.
#[derive(Debug, Clone)]
pub struct Redeeming {
    /// Whose account.
    pub user: UserId,
    /// The slow hash of the typed digits (`crate::code::hash`).
    pub hash: Sha256,
    /// SHA-256 of the device's own key.
    pub device_key: Sha256,
    /// From where.
    pub address: std::net::IpAddr,
    /// When.
    pub now: UnixMs,
}

/// Why a code opens nothing: the admin reads it in the log, the device is told one text for all (X40).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSuchCode {
    /// No code of the institution has these digits.
    Wrong,
    /// A device was registered with it before.
    Used,
    /// It was ended.
    Invalidated,
    /// Its time is over.
    Expired,
}

impl NoSuchCode {
    /// As it stands in the audit row's subject.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wrong => "code wrong",
            Self::Used => "code used",
            Self::Invalidated => "code invalidated",
            Self::Expired => "code expired",
        }
    }
}

/// What became of a device that wanted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// The device is registered.
    Device(Box<CodeRecord>),
    /// Five wrong codes in an hour from this address (P-CODE): not before then.
    Wait {
        /// The instant.
        until: UnixMs,
    },
    /// X37: an admin uses no device (N009).
    Admin,
    /// X38: the account has never logged in at the office's terminal (N030).
    NeverLoggedIn,
    /// X44: outside its period, or stopped.
    OutOfPeriod,
    /// X20: the device is another institution's, which is of another house ([`super::house`]); an admin there must end its code first.
    OtherInstitution,
    /// X40.
    NoCode(NoSuchCode),
}

/// Registers a device with a code. The code is bound to it and opens nothing else ever; another code that the device has in this
/// institution ends, since one device has one code (N051).
///
/// `entry` is the row of a success; a refusal leaves it with `outcome` and the true reason.
pub fn redeem(tx: &mut Tx<'_>, tenant: &Tenant, of: &Redeeming, entry: &AuditEntry) -> Result<Redeemed, StoreError> {
    let outcome = judge(tx, tenant, of)?;
    let (subject, said) = match &outcome {
        Redeemed::Device(record) => (Some(record.id.as_str().to_owned()), "ok"),
        Redeemed::Wait { .. } => (None, "U-WAIT"),
        Redeemed::Admin => (None, "U-X37"),
        Redeemed::NeverLoggedIn => (None, "U-X38"),
        Redeemed::OutOfPeriod => (None, "U-X44"),
        Redeemed::OtherInstitution => (None, "U-X20"),
        Redeemed::NoCode(why) => (Some(why.as_str().to_owned()), "U-X40"),
    };
    let mut entry = entry.clone();
    entry.subject = subject;
    said.clone_into(&mut entry.outcome);
    match outcome {
        // Whoever goes on guessing does not fill the log.
        Redeemed::Wait { .. } => super::audit::refused(tx, &entry)?,
        _ => audit::add(tx, &entry)?,
    }
    Ok(outcome)
}

fn judge(tx: &mut Tx<'_>, tenant: &Tenant, of: &Redeeming) -> Result<Redeemed, StoreError> {
    let Some(AccountEntry { account, last_login_at, .. }) = account::of(tx, tenant, &of.user)? else { return Ok(Redeemed::NeverLoggedIn) };
    if matches!(account.kind, AccountKind::Master | AccountKind::Admin) {
        return Ok(Redeemed::Admin);
    }
    if !is_living(&account, of.now.jst_date()) {
        return Ok(Redeemed::OutOfPeriod);
    }
    // The first login at the terminal ends with the change of the first password (N030, N033).
    if last_login_at.is_none() || account.must_change_password {
        return Ok(Redeemed::NeverLoggedIn);
    }
    let former = of_device(tx, &of.device_key)?;
    // The same device with the code that is its own: an answer was lost.
    if let Some(own) = by_digits(tx, tenant, &of.hash)?.filter(|record| former.iter().any(|one| one.id == record.id)) {
        // By another account it is a used code like any other.
        if own.used_by.as_ref() != Some(&of.user) {
            return Ok(Redeemed::NoCode(NoSuchCode::Used));
        }
        return Ok(Redeemed::Device(Box::new(own)));
    }
    for record in former.iter().filter(|record| &record.institution != tenant.code()) {
        if !super::house::is_one(tx, &record.institution, tenant.code())? {
            return Ok(Redeemed::OtherInstitution);
        }
    }
    let key = address_key(of.address);
    if let Attempt::Wait { until, .. } = count(tx, &[(key, BY_ADDRESS)], of.now)? {
        return Ok(Redeemed::Wait { until });
    }
    let Some(record) = by_digits(tx, tenant, &of.hash)? else { return Ok(Redeemed::NoCode(NoSuchCode::Wrong)) };
    match record.state(of.now) {
        CodeState::Unused => {}
        CodeState::InUse => return Ok(Redeemed::NoCode(NoSuchCode::Used)),
        CodeState::Invalid => return Ok(Redeemed::NoCode(NoSuchCode::Invalidated)),
        CodeState::Expired => return Ok(Redeemed::NoCode(NoSuchCode::Expired)),
    }
    attempt::give_back(tx, &key)?;
    for one in former {
        code::invalidate(tx, tenant, &one.id, of.now)?;
    }
    if !bind(tx, tenant, &record.id, &of.user, &of.device_key, of.now)? {
        return Err(StoreError::Damaged("an unused code that cannot be bound"));
    }
    let bound = find(tx, tenant, &record.id)?.ok_or(StoreError::Damaged("a code that was just bound"))?;
    Ok(Redeemed::Device(Box::new(bound)))
}

/// True where it is to be noted that a device asked: not with each of its requests.
#[must_use]
pub fn is_to_note(record: &CodeRecord, now: UnixMs) -> bool {
    record.last_seen_at.is_none_or(|seen| now >= seen.plus_ms(SEEN_EVERY_MS))
}
