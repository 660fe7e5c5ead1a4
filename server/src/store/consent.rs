//! Statements on consents with their results and proofs.

use shared::api::office::{ListOrder, StateFilter};
use shared::api::reception::VisitResult;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::{InstitutionCode, Use};

use super::db::{Row, Tx, Value, values};
use super::{ConsentHits, ConsentId, ConsentQuery, ConsentRecord, Proved, StoreError, Visit, json, to_json, use_of};
use crate::consent::{items_text, parse_items, search_key};

/// A person's last consent for a use that no later one replaced, and when it ends.
///
/// # Errors
/// What the database says; so for every function here.
pub fn standing(tx: &mut Tx<'_>, code: &InstitutionCode, r#use: Use, subject: &str) -> Result<Option<(ConsentId, UnixMs)>, StoreError> {
    tx.row(STANDING, values![code, i64::from(r#use.code()), subject], |row| Ok((id_of(row)?, row.instant("expires_at")?)))
}

/// Text of [`standing`]: one step in the index `consents_standing`.
pub const STANDING: &str = "SELECT id, expires_at FROM consents
     WHERE institution = $1 AND use = $2 AND subject = $3 AND replaced_at IS NULL ORDER BY expires_at DESC LIMIT 1";

/// Notes that a later consent took the place of this one.
pub fn replace(tx: &mut Tx<'_>, id: &ConsentId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE consents SET replaced_at = $1 WHERE id = $2", values![at, id]).map(|_| ())
}

/// Adds a consent that a card proved, with its result and proof.
pub fn add_proved(tx: &mut Tx<'_>, visit: &Visit, proved: &Proved, result: &VisitResult) -> Result<(), StoreError> {
    let Proved { consent, eligibility, proof, .. } = proved;
    let key = |text: Option<&str>| search_key(text.unwrap_or_default());
    let person = eligibility.person.as_ref();
    tx.execute(
        "INSERT INTO consents (id, institution, use, visit, subject, name_key, kana_key, items, consented_at, expires_at, receipt,
                               identity_check) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'pin')",
        values![
            consent,
            &visit.institution,
            i64::from(visit.r#use.code()),
            &visit.id,
            &proved.subject,
            &key(person.map(|person| person.name.as_str())),
            &key(person.map(|person| person.name_kana.as_str())),
            &items_text(&result.items),
            result.consented_at,
            result.expires_at,
            &result.receipt,
        ],
    )?;
    tx.execute(
        "INSERT INTO results (consent, checked_at, eligibility) VALUES ($1, $2, $3)",
        values![consent, eligibility.checked_at, &to_json(eligibility)?],
    )?;
    tx.execute(
        "INSERT INTO proofs (consent, certificate, signature, nonce, statement, origin_sha256, checks) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            consent,
            &proof.certificate,
            &proof.signature,
            &proved.nonce,
            &proof.statement,
            &proof.origin_sha256,
            &to_json(&result.checks)?,
        ],
    )?;
    Ok(())
}

/// One consent of one institution; `None` also when it belongs to another.
pub fn find(tx: &mut Tx<'_>, code: &InstitutionCode, id: &ConsentId) -> Result<Option<ConsentRecord>, StoreError> {
    tx.row(
        "SELECT c.id, c.use, c.reference_number, c.items, c.consented_at, c.expires_at, c.replaced_at, c.receipt, c.identity_check,
                r.eligibility, p.checks
         FROM consents c JOIN results r ON r.consent = c.id JOIN proofs p ON p.consent = c.id WHERE c.institution = $1 AND c.id = $2",
        values![code, id],
        read,
    )
}

fn read(row: &Row<'_>) -> Result<ConsentRecord, StoreError> {
    Ok(ConsentRecord {
        id: id_of(row)?,
        r#use: use_of(row.get("use")?)?,
        reference_number: row.get("reference_number")?,
        items: parse_items(&row.get::<String>("items")?).ok_or(StoreError::Damaged("items"))?,
        consented_at: row.instant("consented_at")?,
        expires_at: row.instant("expires_at")?,
        replaced_at: row.maybe_instant("replaced_at")?,
        receipt: row.get("receipt")?,
        identity_check: row.get("identity_check")?,
        eligibility: json(&row.get::<String>("eligibility")?)?,
        checks: json(&row.get::<String>("checks")?)?,
    })
}

fn id_of(row: &Row<'_>) -> Result<ConsentId, StoreError> {
    ConsentId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("consent id"))
}

/// Conditions of the list, with the condition on the day as given (a leading `+` keeps an index from being chosen for it).
macro_rules! matching {
    ($before:literal, $day:literal, $after:literal) => {
        concat!(
            $before,
            " FROM consents WHERE institution = $1 AND ",
            $day,
            "consented_at >= $2 AND ",
            $day,
            "consented_at < $3",
            " AND ($4 = 0 OR (replaced_at IS NULL AND expires_at > $5) = ($4 = 1))",
            " AND ($6 = '' OR reference_number = $6)",
            " AND ($7 = '' OR id IN (SELECT id FROM consents WHERE institution = $1 AND name_key >= $7 AND name_key < $8",
            "                  UNION SELECT id FROM consents WHERE institution = $1 AND kana_key >= $7 AND kana_key < $8))",
            $after
        )
    };
}

macro_rules! page_of {
    ($order:literal, $day:literal) => {
        concat!(
            "SELECT c.id, c.use, c.reference_number, c.items, c.consented_at, c.expires_at, c.replaced_at, c.receipt, c.identity_check,",
            " r.eligibility, p.checks FROM (",
            matching!("SELECT id AS found", $day, " ORDER BY "),
            $order,
            " LIMIT $9 OFFSET $10) AS hit JOIN consents c ON c.id = hit.found JOIN results r ON r.consent = c.id",
            " JOIN proofs p ON p.consent = c.id ORDER BY ",
            $order
        )
    };
}

/// The page of a list, newest consent first: it walks the index `consents_by_day`.
pub const PAGE_BY_DAY: &str = page_of!("consented_at DESC, id DESC", "");
/// The page of a list, next deadline first: it walks the index `consents_by_expiry`.
pub const PAGE_BY_EXPIRY: &str = page_of!("expires_at, id", "+");

/// Lists consents of one institution.
pub fn search(tx: &mut Tx<'_>, code: &InstitutionCode, query: &ConsentQuery) -> Result<ConsentHits, StoreError> {
    let state = match query.state {
        StateFilter::All => 0_i64,
        StateFilter::Living => 1,
        StateFilter::Expired => 2,
    };
    // A deadline counts to the end of its minute.
    let living_after = query.now.plus_ms(-60_000);
    let name_end = format!("{}\u{10FFFF}", query.name_key);
    let mut values: Vec<Value<'_>> = vec![
        code.into(),
        query.from.at_jst(0, 0).into(),
        query.to.plus_days(1).at_jst(0, 0).into(),
        state.into(),
        living_after.into(),
        (&query.reference_number).into(),
        (&query.name_key).into(),
        (&name_end).into(),
    ];
    let total = tx.row(matching!("SELECT count(*) AS total", "", ""), &values, |row| row.get::<i64>("total"))?;
    let total = u32::try_from(total.unwrap_or(0)).unwrap_or(u32::MAX);
    let pages = total.div_ceil(query.rows.max(1)).max(1);
    let page = query.page.clamp(1, pages);
    values.push(query.rows.into());
    values.push((i64::from(page - 1) * i64::from(query.rows)).into());
    let text = match query.order {
        ListOrder::NewestFirst => PAGE_BY_DAY,
        ListOrder::ExpiryFirst => PAGE_BY_EXPIRY,
    };
    Ok(ConsentHits { total, page, rows: tx.rows(text, &values, read)? })
}
