//! Visits, challenges, consents, results: their SQL.

use shared::api::office::{ChosenCoverage, ListOrder, StateFilter};
use shared::api::reception::VisitResult;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::is_living;
use shared::domain::coverage::Eligibility;
use shared::domain::institution::InstitutionCode;
use sqlx::{Connection as _, Row as _, SqliteConnection, SqlitePool};

use super::{add_audit, rows};
use crate::consent::{SEARCH_KEY_VERSION, choices_text, items_text, search_key};
use crate::store::{
    AuditEntry, ConsentHits, ConsentId, ConsentQuery, ConsentRecord, NewChallenge, NewVisit, Opened, ProofStored, Proved, StoreError,
    Visit, VisitId,
};

pub(super) async fn open_visit(connection: &mut SqliteConnection, new: &NewVisit) -> Result<Opened, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO visits (id, institution, use, key_sha256, choices, notice_version, language, opened_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (institution, key_sha256) DO NOTHING",
    )
    .bind(new.id.as_str())
    .bind(new.institution.as_str())
    .bind(i64::from(new.r#use.code()))
    .bind(new.key_sha256.as_slice())
    .bind(choices_text(&new.choices))
    .bind(&new.notice_version)
    .bind(&new.language)
    .bind(new.opened_at.0)
    .bind(new.expires_at.0)
    .execute(&mut *connection)
    .await?;
    let is_new = inserted.rows_affected() == 1;
    let id = if is_new { new.id.clone() } else { by_key(connection, new).await? };
    if !is_new {
        let former = visit(connection, &id).await?.ok_or(StoreError::Damaged("visit"))?;
        let is_same = (former.r#use, former.choices, &former.notice_version, &former.language)
            == (new.r#use, new.choices, &new.notice_version, &new.language);
        if !is_same {
            return Ok(Opened::OtherChoices);
        }
    }
    if is_new || is_open(connection, &id).await? {
        put_challenge(connection, &id, &new.challenge).await?;
    }
    let visit = visit(connection, &id).await?.ok_or(StoreError::Damaged("visit"))?;
    Ok(Opened::Visit(Box::new(visit)))
}

async fn by_key(connection: &mut SqliteConnection, new: &NewVisit) -> Result<VisitId, StoreError> {
    let id: String = sqlx::query_scalar("SELECT id FROM visits WHERE institution = ? AND key_sha256 = ?")
        .bind(new.institution.as_str())
        .bind(new.key_sha256.as_slice())
        .fetch_one(connection)
        .await?;
    VisitId::parse(&id).ok_or(StoreError::Damaged("visit id"))
}

async fn is_open(connection: &mut SqliteConnection, id: &VisitId) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM visits WHERE id = ? AND done_at IS NULL AND left_at IS NULL")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

async fn put_challenge(connection: &mut SqliteConnection, id: &VisitId, challenge: &NewChallenge) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO challenges (visit, nonce, expires_at) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET nonce = excluded.nonce, expires_at = excluded.expires_at, used_at = NULL",
    )
    .bind(id.as_str())
    .bind(challenge.nonce.as_slice())
    .bind(challenge.expires_at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// A visit, its challenge, and (by `?2`, a subject) the last consent of that person for the same use that was not replaced.
const VISIT: &str = "SELECT v.id, v.institution, v.use, v.choices, v.notice_version, v.language, v.opened_at, v.expires_at, v.done_at,
       v.left_at, v.result, i.shows_eligibility, c.nonce, c.expires_at AS nonce_expires_at, c.used_at,
       f.id AS former, f.items AS former_items, f.consented_at AS former_consented_at, f.expires_at AS former_expires_at
     FROM visits v JOIN challenges c ON c.visit = v.id JOIN institutions i ON i.code = v.institution
       LEFT JOIN consents f ON f.id = (SELECT o.id FROM consents o INDEXED BY consents_standing
         WHERE o.institution = v.institution AND o.use = v.use
         AND o.subject = ?2 AND o.replaced_at IS NULL ORDER BY o.expires_at DESC LIMIT 1)
     WHERE v.id = ?1";

pub(super) async fn visit(connection: &mut SqliteConnection, id: &VisitId) -> Result<Option<Visit>, StoreError> {
    let row = sqlx::query(VISIT).bind(id.as_str()).bind(None::<&str>).fetch_optional(connection).await?;
    row.as_ref().map(rows::visit).transpose()
}

pub(super) async fn renew_challenge(connection: &mut SqliteConnection, id: &VisitId, challenge: &NewChallenge) -> Result<bool, StoreError> {
    let is_open = is_open(connection, id).await?;
    if is_open {
        put_challenge(connection, id, challenge).await?;
    }
    Ok(is_open)
}

pub(super) async fn leave_visit(connection: &mut SqliteConnection, id: &VisitId, at: UnixMs) -> Result<(), StoreError> {
    sqlx::query("UPDATE visits SET left_at = coalesce(left_at, ?), result = NULL WHERE id = ?")
        .bind(at.0)
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn store_proof(connection: &mut SqliteConnection, proved: Proved) -> Result<ProofStored, StoreError> {
    let row = sqlx::query(VISIT).bind(proved.visit.as_str()).bind(&proved.subject).fetch_optional(&mut *connection).await?;
    let Some(row) = row else { return Ok(ProofStored::Over) };
    let visit = rows::visit(&row)?;
    match visit.result {
        Some(result) if visit.done_at.is_some() => return Ok(ProofStored::Before(Box::new(result))),
        _ if visit.done_at.is_some() || visit.left_at.is_some() || visit.expires_at <= proved.at => return Ok(ProofStored::Over),
        _ => {}
    }
    if visit.is_challenge_used || visit.challenge.nonce != proved.nonce || visit.challenge.expires_at <= proved.at {
        return Ok(ProofStored::ChallengeGone);
    }
    // X25: only a living one is replaced, an expired one ended by itself. Read in the transaction that writes: of two devices
    // at once the second one finds the first one's consent.
    let former = rows::former(&row)?.filter(|former| is_living(proved.at, former.expires_at));
    if let Some(former) = former.clone().filter(|former| proved.replaces.as_ref() != Some(&former.id)) {
        return Ok(ProofStored::Asks(Box::new(former)));
    }
    let result = VisitResult { replaced_until: former.as_ref().map(|former| former.expires_at), ..proved.result.clone() };
    write_proof(connection, &visit, &proved, former.as_ref().map(|former| former.id.as_str()), &result).await?;
    Ok(ProofStored::New(Box::new(result)))
}

/// All rows of a proof in one step to the engine. The parameters are `$n`: in a text of several statements `?n` would leave
/// gaps, which sqlx counts as further parameters.
const WRITE_PROOF: &str = "
    UPDATE challenges SET used_at = $1 WHERE visit = $2;
    UPDATE consents SET replaced_at = $1 WHERE id = $3;
    INSERT INTO consents (id, institution, use, visit, subject, name_key, kana_key, items, consented_at, expires_at, receipt,
                          identity_check, other_key) VALUES ($4, $5, $6, $2, $7, $8, $9, $10, $11, $12, $13, 'pin', $29);
    INSERT INTO results (consent, checked_at, eligibility) VALUES ($4, $14, $15);
    INSERT INTO proofs (consent, certificate, signature, nonce, statement, origin_sha256, checks)
        VALUES ($4, $16, $17, $18, $19, $20, $21);
    INSERT INTO audit (at, institution, actor, action, subject, outcome) VALUES ($22, $23, $24, $25, $26, $27);
    UPDATE visits SET done_at = $1, result = $28 WHERE id = $2;";

async fn write_proof(
    connection: &mut SqliteConnection,
    visit: &Visit,
    proved: &Proved,
    former: Option<&str>,
    result: &VisitResult,
) -> Result<(), StoreError> {
    let Proved { eligibility, proof, audit, .. } = proved;
    let key = |text: Option<&str>| search_key(text.unwrap_or_default());
    let person = eligibility.person.as_ref();
    sqlx::query(WRITE_PROOF)
        .bind(proved.at.0)
        .bind(visit.id.as_str())
        .bind(former)
        .bind(proved.consent.as_str())
        .bind(visit.institution.as_str())
        .bind(i64::from(visit.r#use.code()))
        .bind(&proved.subject)
        .bind(key(person.map(|person| person.name.as_str())))
        .bind(key(person.map(|person| person.name_kana.as_str())))
        .bind(items_text(&result.items))
        .bind(result.consented_at.0)
        .bind(result.expires_at.0)
        .bind(&result.receipt)
        .bind(eligibility.checked_at.0)
        .bind(rows::to_json(eligibility)?)
        .bind(&proof.certificate)
        .bind(&proof.signature)
        .bind(proved.nonce.as_slice())
        .bind(&proof.statement)
        .bind(proof.origin_sha256.as_slice())
        .bind(rows::to_json(&result.checks)?)
        .bind(audit.at.0)
        .bind(audit.institution.as_ref().map(InstitutionCode::as_str))
        .bind(&audit.actor)
        .bind(audit.action.as_ref())
        .bind(&audit.subject)
        .bind(&audit.outcome)
        .bind(rows::to_json(result)?)
        .bind(key(person.and_then(|person| person.name_of_other.as_deref())))
        .execute(connection)
        .await?;
    Ok(())
}

/// Conditions of the list. The order walks an index that holds every column named here, so a page is found without sorting.
macro_rules! matching {
    ($before:literal, $index:literal, $after:literal) => {
        concat!(
            $before,
            " FROM consents ",
            $index,
            " WHERE institution = ?1 AND consented_at >= ?2 AND consented_at < ?3",
            " AND (?4 = 0 OR ?4 = CASE WHEN replaced_at IS NOT NULL THEN 3 WHEN expires_at > ?5 THEN 1 ELSE 2 END)",
            " AND (?6 = '' OR replace(reference_number, '-', '') = ?6)",
            " AND (?7 = '' OR id IN (SELECT id FROM consents WHERE institution = ?1 AND name_key >= ?7 AND name_key < ?8",
            "                  UNION SELECT id FROM consents WHERE institution = ?1 AND kana_key >= ?7 AND kana_key < ?8",
            "                  UNION SELECT id FROM consents WHERE institution = ?1 AND other_key >= ?7 AND other_key < ?8",
            "                        AND other_key <> ''))",
            " AND (?9 = '' OR id IN (SELECT id FROM consents WHERE institution = ?1 AND receipt = ?9))",
            $after
        )
    };
}

macro_rules! page_of {
    ($order:literal, $index:literal) => {
        concat!(
            "SELECT c.id, c.use, c.reference_number, c.items, c.consented_at, c.expires_at, c.replaced_at, c.receipt, c.identity_check,",
            " r.eligibility, r.chosen, r.chosen_at, r.chosen_by, p.checks FROM (",
            matching!("SELECT id AS found", $index, " ORDER BY "),
            $order,
            " LIMIT ?10 OFFSET ?11) AS hit JOIN consents c ON c.id = hit.found JOIN results r ON r.consent = c.id",
            " JOIN proofs p ON p.consent = c.id ORDER BY ",
            $order
        )
    };
}

pub(super) async fn search_consents(readers: &SqlitePool, code: &InstitutionCode, query: &ConsentQuery) -> Result<ConsentHits, StoreError> {
    // One read transaction, so that count and page are of the same moment.
    let mut connection = readers.begin().await?;
    let state = match query.state {
        StateFilter::All => 0_i64,
        StateFilter::Living => 1,
        StateFilter::Expired => 2,
        StateFilter::Replaced => 3,
    };
    // A deadline counts to the end of its minute.
    let living_after = query.now.plus_ms(-60_000).0;
    let name_end = format!("{}\u{10FFFF}", query.name_key);
    let total: u32 = sqlx::query_scalar(matching!("SELECT count(*)", "", ""))
        .bind(code.as_str())
        .bind(query.from.at_jst(0, 0).0)
        .bind(query.to.plus_days(1).at_jst(0, 0).0)
        .bind(state)
        .bind(living_after)
        .bind(&query.reference_number)
        .bind(&query.name_key)
        .bind(&name_end)
        .bind(&query.receipt)
        .fetch_one(&mut *connection)
        .await?;
    let pages = total.div_ceil(query.rows.max(1)).max(1);
    let page = query.page.clamp(1, pages);
    let found = sqlx::query(match query.order {
        ListOrder::NewestFirst => page_of!("consented_at DESC, id DESC", "INDEXED BY consents_by_day"),
        ListOrder::ExpiryFirst => page_of!("expires_at, id", "INDEXED BY consents_by_expiry"),
    })
    .bind(code.as_str())
    .bind(query.from.at_jst(0, 0).0)
    .bind(query.to.plus_days(1).at_jst(0, 0).0)
    .bind(state)
    .bind(living_after)
    .bind(&query.reference_number)
    .bind(&query.name_key)
    .bind(&name_end)
    .bind(&query.receipt)
    .bind(query.rows)
    .bind(i64::from(page - 1) * i64::from(query.rows))
    .fetch_all(&mut *connection)
    .await?;
    Ok(ConsentHits { total, page, rows: found.iter().map(rows::consent).collect::<Result<_, _>>()? })
}

pub(super) async fn consent(readers: &SqlitePool, code: &InstitutionCode, id: &ConsentId) -> Result<Option<ConsentRecord>, StoreError> {
    let row = sqlx::query(
        "SELECT c.id, c.use, c.reference_number, c.items, c.consented_at, c.expires_at, c.replaced_at, c.receipt, c.identity_check,
                r.eligibility, r.chosen, r.chosen_at, r.chosen_by, p.checks
         FROM consents c JOIN results r ON r.consent = c.id JOIN proofs p ON p.consent = c.id WHERE c.institution = ? AND c.id = ?",
    )
    .bind(code.as_str())
    .bind(id.as_str())
    .fetch_optional(readers)
    .await?;
    row.as_ref().map(rows::consent).transpose()
}

pub(super) async fn choose_coverage(
    connection: &mut SqliteConnection,
    code: &InstitutionCode,
    id: &ConsentId,
    choice: &ChosenCoverage,
    shown: Option<u32>,
    audit: &AuditEntry,
) -> Result<bool, StoreError> {
    let present = sqlx::query("SELECT r.chosen FROM results r JOIN consents c ON c.id = r.consent WHERE c.institution = ? AND c.id = ?")
        .bind(code.as_str())
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(present) = present else { return Ok(false) };
    let present: Option<u32> = present.try_get("chosen")?;
    if present == Some(choice.coverage) {
        return Ok(true);
    }
    if present != shown {
        return Ok(false);
    }
    sqlx::query("UPDATE results SET chosen = ?, chosen_at = ?, chosen_by = ? WHERE consent = ?")
        .bind(choice.coverage)
        .bind(choice.at.0)
        .bind(choice.by.as_str())
        .bind(id.as_str())
        .execute(&mut *connection)
        .await?;
    add_audit(connection, audit).await?;
    Ok(true)
}

pub(super) async fn forget_results(connection: &mut SqliteConnection, done_by: UnixMs) -> Result<u64, StoreError> {
    let forgotten = sqlx::query("UPDATE visits SET result = NULL WHERE result IS NOT NULL AND done_at <= ?")
        .bind(done_by.0)
        .execute(connection)
        .await?;
    Ok(forgotten.rows_affected())
}

/// Makes the search keys of all consents anew where they are of another version of [`search_key`]; all or none.
pub(super) async fn renew_search_keys(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let version = |text: &'static str| sqlx::query_scalar::<_, i64>(text);
    if version("PRAGMA user_version").fetch_one(&mut *connection).await? == SEARCH_KEY_VERSION {
        return Ok(());
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut last = String::new();
    loop {
        let some = sqlx::query(
            "SELECT c.id, r.eligibility FROM consents c JOIN results r ON r.consent = c.id WHERE c.id > ? ORDER BY c.id LIMIT 500",
        )
        .bind(&last)
        .fetch_all(&mut *transaction)
        .await?;
        for row in &some {
            last = row.try_get("id")?;
            let eligibility: Eligibility = rows::json(row.try_get("eligibility")?)?;
            let person = eligibility.person.as_ref();
            let key = |text: Option<&str>| search_key(text.unwrap_or_default());
            sqlx::query("UPDATE consents SET name_key = ?, kana_key = ?, other_key = ? WHERE id = ?")
                .bind(key(person.map(|person| person.name.as_str())))
                .bind(key(person.map(|person| person.name_kana.as_str())))
                .bind(key(person.and_then(|person| person.name_of_other.as_deref())))
                .bind(&last)
                .execute(&mut *transaction)
                .await?;
        }
        if some.is_empty() {
            break;
        }
    }
    // A pragma takes no parameter; the number is our own.
    sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {SEARCH_KEY_VERSION}"))).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}
