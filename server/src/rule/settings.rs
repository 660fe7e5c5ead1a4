//! 環境設定情報 (OT-6): changed as a whole, by whoever saw the record that counts, and only with the terms confirmed that it needs.

use shared::api::Endpoint as _;
use shared::api::settings::{
    ChangeSettings, Confirmed, HISTORY_ROWS, HistoryPage, HistoryRow, SettingsChange, SettingsSeen, Terms, TermsRead, TermsSeen,
};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::settings::{SettingsFault, differences};

use crate::store::settings::{self, SettingsRecord, TermsConfirmed, add, confirm_terms, current, list, point_to};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, StoreError, audit, subsidy};
use crate::tenant::Tenant;

/// The settings as they are, with the terms in force and what was confirmed of them.
///
/// # Errors
/// What the database says; so for every rule.
pub fn seen(tx: &mut Tx<'_>, tenant: &Tenant, name: &str, terms: &[Terms], now: UnixMs) -> Result<SettingsSeen, StoreError> {
    let record = current(tx, tenant)?.ok_or(StoreError::Damaged("settings"))?;
    let confirmed = settings::terms_confirmed(tx, tenant)?;
    let of = |one: &Terms| {
        let row = confirmed.iter().find(|row| is_of(row, one));
        TermsSeen { terms: one.clone(), confirmed: row.map(|row| Confirmed { by: row.by.clone(), at: row.at }) }
    };
    let SettingsRecord { version, settings, changed_at, changed_by } = record;
    let institution_name = name.to_owned();
    let municipalities = subsidy::municipalities(tx)?;
    let terms = terms.iter().map(of).collect();
    Ok(SettingsSeen { institution_name, settings, version, changed_at, changed_by, terms, municipalities, now })
}

fn is_of(row: &TermsConfirmed, terms: &Terms) -> bool {
    (row.id, &row.version) == (terms.id, &terms.version)
}

/// Puts other settings in the place of those that count, or says why not; then nothing is stored.
///
/// The same settings are [`SettingsFault::Unchanged`], unless a newer text of the terms is confirmed with them.
/// `by` is `None` for the operator, who confirms no terms. `entry` is the row of what was done; each confirmed text leaves one more.
pub fn change(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    change: &SettingsChange,
    terms: &[Terms],
    by: Option<&UserId>,
    entry: &AuditEntry,
) -> Result<Result<(), SettingsFault>, StoreError> {
    let former = current(tx, tenant)?.ok_or(StoreError::Damaged("settings"))?;
    if former.version != change.version {
        return Ok(Err(SettingsFault::ChangedMeanwhile));
    }
    let next = match change.settings.clone().checked(entry.at.jst_date()) {
        Ok(next) => next,
        Err(fault) => return Ok(Err(fault)),
    };
    let confirmed = settings::terms_confirmed(tx, tenant)?;
    let read_now = |one: &Terms| by.filter(|_| change.confirmed.contains(&TermsRead { id: one.id, version: one.version.clone() }));
    let is_same = next == former.settings;
    let mut confirms = Vec::new();
    for id in next.terms() {
        // Terms without a text in force cannot be confirmed by anybody.
        let Some(in_force) = terms.iter().find(|one| one.id == id) else { return Ok(Err(SettingsFault::Terms(id))) };
        match read_now(in_force) {
            _ if confirmed.iter().any(|row| is_of(row, in_force)) => {}
            Some(by) => confirms.push(TermsConfirmed { id, version: in_force.version.clone(), at: entry.at, by: by.clone() }),
            None if is_same => {}
            None => return Ok(Err(SettingsFault::Terms(id))),
        }
    }
    if is_same && confirms.is_empty() {
        return Ok(Err(SettingsFault::Unchanged));
    }
    let version = former.version + 1;
    // A newer text of the terms alone leaves the settings the record that they are.
    if !is_same {
        if !point_to(tx, tenant, former.version, version)? {
            return Ok(Err(SettingsFault::ChangedMeanwhile));
        }
        add(tx, tenant, &SettingsRecord { version, settings: next, changed_at: entry.at, changed_by: by.cloned() })?;
    }
    for one in &confirms {
        if confirm_terms(tx, tenant, one)? {
            audit::add(tx, &entry.clone().about(ChangeSettings::NAME, &format!("terms {} {}", one.id.word(), one.version)))?;
        }
    }
    if !is_same {
        audit::add(tx, &entry.clone().about(ChangeSettings::NAME, &format!("settings {version}")))?;
    }
    Ok(Ok(()))
}

/// Who changed what when: records before a number, the newest first.
pub fn history(tx: &mut Tx<'_>, tenant: &Tenant, before: Option<u32>) -> Result<HistoryPage, StoreError> {
    // One more than a page: the oldest of a page is compared with it.
    let mut records = list(tx, tenant, before.unwrap_or(u32::MAX), HISTORY_ROWS + 1)?;
    let rows = records.iter().enumerate().map(|(place, record)| {
        let former = records.get(place + 1);
        HistoryRow {
            version: record.version,
            at: record.changed_at,
            by: record.changed_by.clone(),
            changes: former.map(|former| differences(&former.settings, &record.settings)).unwrap_or_default(),
        }
    });
    let page_rows = usize::try_from(HISTORY_ROWS).unwrap_or(usize::MAX);
    let rows: Vec<_> = rows.take(page_rows).collect();
    let has_next = records.len() > page_rows;
    records.truncate(page_rows);
    Ok(HistoryPage { next: records.last().filter(|_| has_next).map(|record| record.version), rows })
}
