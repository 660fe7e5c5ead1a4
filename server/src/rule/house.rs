//! Houses: institutions with several registrations in one place, which may share a device (X20). The operator says which.

use shared::api::device_settings::HOUSE;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use crate::store::house::{leave, members, of, put};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, StoreError, audit};
use crate::tenant::Tenant;

/// True where two institutions are of one house.
///
/// # Errors
/// What the database says; so for every rule.
pub fn is_one(tx: &mut Tx<'_>, one: &InstitutionCode, other: &InstitutionCode) -> Result<bool, StoreError> {
    let house = of(tx, one)?;
    Ok(house.is_some() && house == of(tx, other)?)
}

/// Makes one house of these institutions and of all that are in a house with one of them; says who is in it. A device that is registered
/// with several of them asks which one (DA-5).
pub fn join(tx: &mut Tx<'_>, institutions: &[Tenant], now: UnixMs) -> Result<Vec<InstitutionCode>, StoreError> {
    let mut codes: Vec<_> = institutions.iter().map(|tenant| tenant.code().clone()).collect();
    for tenant in institutions {
        if let Some(house) = of(tx, tenant.code())? {
            codes.extend(members(tx, &house)?);
        }
    }
    codes.sort_by_key(ToString::to_string);
    codes.dedup();
    let Some(house) = codes.first().map(ToString::to_string) else { return Ok(codes) };
    for code in &codes {
        let tenant = Tenant::of_operator(code);
        if of(tx, code)?.as_ref() != Some(&house) || institutions.iter().any(|named| named.code() == code) {
            put(tx, &tenant, &house)?;
            audit::add(tx, &AuditEntry::of_operator(now, &tenant, HOUSE, &house))?;
        }
    }
    Ok(codes)
}

/// Takes an institution out of its house. Devices that are registered already stay so until their code is ended.
pub fn part(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<(), StoreError> {
    leave(tx, tenant)?;
    audit::add(tx, &AuditEntry::of_operator(now, tenant, HOUSE, "none"))
}
