//! Institutions and their reception URLs (N070–N074).

use shared::api::Endpoint as _;
use shared::api::settings::ChangeSettings;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::{ReceptionToken, VisitKind};

use crate::store::settings::{self, SettingsRecord};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, Institution, NewInstitution, ReceptionUrlRecord, StoreError, account, audit, factor, institution};
use crate::tenant::Tenant;

/// Adds an institution with its first URL and accounts; false when the code is taken.
///
/// # Errors
/// What the database says; so for every rule.
pub fn add(tx: &mut Tx<'_>, new: &NewInstitution) -> Result<bool, StoreError> {
    let Some(tenant) = begin(tx, &new.institution, new.at)? else { return Ok(false) };
    institution::add_url(tx, &tenant, VisitKind::HomeVisit, &new.token, new.at)?;
    for one in &new.accounts {
        account::add(tx, &tenant, one)?;
    }
    Ok(true)
}

/// Adds an institution with its first settings, and nothing else; `None` when the code is taken.
pub fn begin(tx: &mut Tx<'_>, new: &Institution, at: UnixMs) -> Result<Option<Tenant>, StoreError> {
    if !institution::add(tx, new, at)? {
        return Ok(None);
    }
    // It is being added, so nobody can have proved to be in it.
    let tenant = Tenant::of_operator(&new.code);
    let Institution { settings, settings_version: version, .. } = new.clone();
    settings::add(tx, &tenant, &SettingsRecord { version, settings, changed_at: at, changed_by: None })?;
    // From the first login on, unless the operator says otherwise.
    factor::set_demanded_from(tx, &tenant, at.jst_date())?;
    Ok(Some(tenant))
}

/// Gives each use that was switched on and has no URL yet its first one (N070). `fresh` has a token for each; those of uses that are off or
/// have a URL are not used.
pub fn give_urls(tx: &mut Tx<'_>, tenant: &Tenant, fresh: &[(VisitKind, ReceptionToken)], entry: &AuditEntry) -> Result<(), StoreError> {
    let found = institution::find(tx, tenant)?.ok_or(StoreError::Damaged("institution"))?;
    for (kind, token) in fresh {
        if found.is_on(*kind) && institution::current_url(tx, tenant, *kind)?.is_none() {
            institution::add_url(tx, tenant, *kind, token, entry.at)?;
            audit::add(tx, &entry.clone().about(ChangeSettings::NAME, &format!("url {}", kind.usage().word())))?;
        }
    }
    Ok(())
}

/// Puts `next` in the place of `present`; `None` when `present` is not the current one.
pub fn change_url(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    visit_kind: VisitKind,
    present: &ReceptionToken,
    next: &ReceptionToken,
    entry: &AuditEntry,
) -> Result<Option<ReceptionUrlRecord>, StoreError> {
    if !institution::retire_url(tx, tenant, visit_kind, present, entry.at)? {
        return Ok(None);
    }
    institution::add_url(tx, tenant, visit_kind, next, entry.at)?;
    audit::add(tx, entry)?;
    institution::current_url(tx, tenant, visit_kind)
}
