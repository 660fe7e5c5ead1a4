//! Statements on what was changed of consents after they were given, and on their ends.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::EndReason;

use super::tx::{Tx, values};
use super::{ConsentId, NewChange, ProofRecord, StoreError, VisitId, fixed};
use crate::consent::items_text;
use crate::tenant::Tenant;

/// Notes that a consent has ended before its deadline.
///
/// # Errors
/// What the database says; so for every function here.
pub fn end(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId, why: EndReason, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE consents SET replaced_at = $1, ended_why = $2 WHERE id = $3 AND institution = $4",
        values![at, i64::from(why.code()), id, tenant],
    )
    .map(|_| ())
}

/// Keeps the items of a consent that lives on.
pub fn keep_items(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId, items: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE consents SET items = $1 WHERE id = $2 AND institution = $3", values![items, id, tenant]).map(|_| ())
}

/// Adds a change to those of a consent.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, change: &NewChange<'_>) -> Result<(), StoreError> {
    let NewChange { id, consent, visit, at, why, is_whole, before, after, by, cause, receipt, proof } = change;
    let ends = change.ends();
    let (nonce, proof) = (proof.map(|(nonce, _)| nonce.as_slice()), proof.map(|(_, proof)| proof));
    tx.execute(
        "INSERT INTO consent_changes (id, institution, consent, visit, changed_at, why, is_whole, ends, items_before, items_after, changed_by,
                                      cause, receipt, nonce, certificate, signature, statement, origin_sha256)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        values![
            *id,
            tenant,
            *consent,
            visit.map(VisitId::as_str),
            *at,
            i64::from(why.code()),
            *is_whole,
            ends,
            &items_text(before),
            &items_text(after),
            by.map(UserId::as_str),
            *cause,
            *receipt,
            nonce,
            proof.map(|proof| proof.certificate.as_slice()),
            proof.map(|proof| proof.signature.as_slice()),
            proof.map(|proof| proof.statement.as_slice()),
            proof.map(|proof| proof.origin_sha256.as_slice()),
        ],
    )?;
    Ok(())
}

/// What finished a visit that changed a consent: nonce and proof; `None` for any other visit.
pub fn finishing_proof(tx: &mut Tx<'_>, tenant: &Tenant, visit: &VisitId) -> Result<Option<(Vec<u8>, ProofRecord)>, StoreError> {
    tx.row(
        "SELECT nonce, certificate, signature, statement, origin_sha256 FROM consent_changes
         WHERE visit = $1 AND institution = $2 AND nonce IS NOT NULL",
        values![visit, tenant],
        |row| {
            let proof = ProofRecord {
                certificate: row.get("certificate")?,
                signature: row.get("signature")?,
                statement: row.get("statement")?,
                origin_sha256: fixed(row.get("origin_sha256")?)?,
            };
            Ok((row.get("nonce")?, proof))
        },
    )
}
