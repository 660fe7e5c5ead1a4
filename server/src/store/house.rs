//! Statements on houses: institutions that may share a device (X20).

use shared::domain::institution::InstitutionCode;

use super::tx::{Tx, values};
use super::{StoreError, code_of};
use crate::tenant::Tenant;

/// The house of an institution; `None`: it is alone. Asked at the registration of a device that has a code of another institution.
///
/// # Errors
/// What the database says; so for every function here.
pub fn of(tx: &mut Tx<'_>, institution: &InstitutionCode) -> Result<Option<String>, StoreError> {
    tx.row("SELECT house FROM houses WHERE institution = $1", values![institution], |row| row.get("house"))
}

/// The institutions of a house, by their codes. The operator's.
pub fn members(tx: &mut Tx<'_>, house: &str) -> Result<Vec<InstitutionCode>, StoreError> {
    tx.rows("SELECT institution FROM houses WHERE house = $1 ORDER BY institution", values![house], |row| {
        code_of(&row.get::<String>("institution")?)
    })
}

/// Puts an institution into a house.
pub fn put(tx: &mut Tx<'_>, tenant: &Tenant, house: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO houses (institution, house) VALUES ($1, $2) ON CONFLICT (institution) DO UPDATE SET house = excluded.house",
        values![tenant, house],
    )
    .map(|_| ())
}

/// Takes an institution out of its house.
pub fn leave(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<(), StoreError> {
    tx.execute("DELETE FROM houses WHERE institution = $1", values![tenant]).map(|_| ())
}
