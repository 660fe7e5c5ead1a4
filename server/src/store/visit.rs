//! Statements on visits and their challenges.

use shared::api::reception::VisitResult;
use shared::domain::calendar::UnixMs;
use shared::domain::check::{CheckWay, Medium};

use super::tx::{Row, Tx, values};
use super::{NewChallenge, NewVisit, ProofRecord, Sha256, StoreError, Visit, VisitId, code_of, fixed, settings, stored, visit_kind_of};
use crate::consent::{choices_text, parse_choices};
use crate::tenant::Tenant;

/// Adds a visit; false when its institution used the key before.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, new: &NewVisit) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO visits (id, institution, use, key_sha256, choices, notice_version, language, opened_at, expires_at, occasion)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (institution, key_sha256) DO NOTHING",
        values![
            &new.id,
            &new.tenant,
            i64::from(new.visit_kind.code()),
            &new.key_sha256,
            &choices_text(&new.choices),
            &new.notice_version,
            &new.language,
            new.opened_at,
            new.expires_at,
            stored::occasion(&new.occasion)?.as_deref(),
        ],
    )?;
    Ok(added == 1)
}

/// The visit that an institution opened under a key.
pub fn by_key(tx: &mut Tx<'_>, tenant: &Tenant, key_sha256: &Sha256) -> Result<Option<VisitId>, StoreError> {
    tx.row("SELECT id FROM visits WHERE institution = $1 AND key_sha256 = $2", values![tenant, key_sha256], id_of)
}

/// A visit with its present challenge, whose ever it is: the gate asks, with the visit's secret, and makes the tenant of it.
pub fn find(tx: &mut Tx<'_>, id: &VisitId) -> Result<Option<Visit>, StoreError> {
    tx.row(
        "SELECT v.id, v.institution, v.use, v.choices, v.notice_version, v.language, v.opened_at, v.expires_at, v.done_at, v.left_at,
                v.result, v.occasion, t.content AS settings, i.is_training, i.closed_at, c.nonce, c.expires_at AS nonce_expires_at, c.used_at
         FROM visits v JOIN challenges c ON c.visit = v.id JOIN institutions i ON i.code = v.institution
              JOIN settings t ON t.institution = i.code AND t.version = i.settings_version WHERE v.id = $1",
        values![id],
        |row| {
            let settings = settings::content_of(row, "settings")?;
            Ok(Visit {
                id: id_of(row)?,
                institution: code_of(&row.get::<String>("institution")?)?,
                visit_kind: visit_kind_of(row.get("use")?)?,
                occasion: stored::read_occasion(row.get::<Option<String>>("occasion")?.as_deref())?,
                choices: parse_choices(&row.get::<String>("choices")?).ok_or(StoreError::Damaged("choices"))?,
                notice_version: row.get("notice_version")?,
                language: row.get("language")?,
                opened_at: row.instant("opened_at")?,
                expires_at: row.instant("expires_at")?,
                done_at: row.maybe_instant("done_at")?,
                left_at: row.maybe_instant("left_at")?,
                // One that cannot be read counts as forgotten: the consent stands in the office.
                result: row.get::<Option<String>>("result")?.and_then(|text| stored::read_result(&text).ok()),
                shows_eligibility: settings.shows_eligibility,
                uses_aid: settings.medical_aid,
                is_training: row.get("is_training")?,
                challenge: NewChallenge { nonce: fixed(row.get("nonce")?)?, expires_at: row.instant("nonce_expires_at")? },
                is_challenge_used: row.maybe_instant("used_at")?.is_some(),
                closed_at: row.maybe_instant("closed_at")?,
            })
        },
    )
}

fn id_of(row: &Row<'_>) -> Result<VisitId, StoreError> {
    VisitId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("visit id"))
}

/// Puts a challenge in the place of the former. Challenges have no institution of their own: the caller has found the visit.
pub fn put_challenge(tx: &mut Tx<'_>, id: &VisitId, challenge: &NewChallenge) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO challenges (visit, nonce, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (visit) DO UPDATE SET nonce = excluded.nonce, expires_at = excluded.expires_at, used_at = NULL",
        values![id, &challenge.nonce, challenge.expires_at],
    )?;
    Ok(())
}

/// Notes that the challenge served.
pub fn use_challenge(tx: &mut Tx<'_>, id: &VisitId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE challenges SET used_at = $1 WHERE visit = $2", values![at, id]).map(|_| ())
}

/// What finished a visit: nonce, certificate and signature; `None` while nothing did.
pub fn finishing_proof(tx: &mut Tx<'_>, tenant: &Tenant, id: &VisitId) -> Result<Option<(Vec<u8>, ProofRecord)>, StoreError> {
    tx.row(
        "SELECT p.nonce, p.certificate, p.signature, p.statement, p.origin_sha256 FROM consents c JOIN proofs p ON p.consent = c.id
         WHERE c.visit = $1 AND c.institution = $2",
        values![id, tenant],
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

/// Notes that the visit is done and how, and keeps its answer for the tablet.
pub fn finish(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &VisitId,
    at: UnixMs,
    (way, medium): (CheckWay, Medium),
    result: &VisitResult,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE visits SET done_at = $1, result = $2, check_way = $3, medium = $4 WHERE id = $5 AND institution = $6 AND left_at IS NULL",
        values![at, &stored::result(result)?, way.word(), medium.word(), id, tenant],
    )?;
    Ok(())
}

/// Forgets 500 answers at most, over all institutions, that were kept for tablets whose visit was done at `done_by` or before;
/// says how many.
/// Those done after `not_yet`, by a clock that was put back since, as well.
pub fn forget_results(tx: &mut Tx<'_>, done_by: UnixMs, not_yet: UnixMs) -> Result<u64, StoreError> {
    tx.execute(
        "UPDATE visits SET result = NULL WHERE id IN (SELECT id FROM visits WHERE result IS NOT NULL AND (done_at <= $1 OR done_at > $2) LIMIT 500)",
        values![done_by, not_yet],
    )
}

/// Removes 500 visits at most that ended at `ended_by` or before and were never proved, with their challenges; says how many.
pub fn remove_unfinished(tx: &mut Tx<'_>, ended_by: UnixMs) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM challenges WHERE visit IN
           (SELECT id FROM visits WHERE done_at IS NULL AND expires_at <= $1 ORDER BY expires_at, id LIMIT 500)",
        values![ended_by],
    )?;
    tx.execute(
        "DELETE FROM visits WHERE id IN
           (SELECT id FROM visits WHERE done_at IS NULL AND expires_at <= $1 ORDER BY expires_at, id LIMIT 500)",
        values![ended_by],
    )
}

/// Ends the visit for its tablet and forgets the answer that was kept for it.
pub fn leave(tx: &mut Tx<'_>, tenant: &Tenant, id: &VisitId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE visits SET left_at = coalesce(left_at, $1), result = NULL WHERE id = $2 AND institution = $3",
        values![at, id, tenant],
    )
    .map(|_| ())
}
