//! Statements on consents with their results and proofs.

pub mod person;
pub mod search;

use shared::api::office::ChosenCoverage;
use shared::api::reception::VisitResult;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{ConsentItem, EndReason, ItemState};
use shared::domain::coverage::{Coverage, Eligibility, Validity};
use shared::domain::institution::VisitKind;
use shared::domain::visit::Occasion;

use super::tx::{Row, Tx, values};
use super::{ConsentHits, ConsentId, ConsentQuery, ConsentRecord, Former, Proved, StoreError, Visit, stored, user_of, visit_kind_of};
use crate::consent::{SEARCH_KEY_VERSION, insurance_key, items_text, parse_items, search_key};
use crate::tenant::Tenant;

/// A person's consents of every use that no later one replaced and whose deadline is after an instant.
///
/// # Errors
/// What the database says; so for every function here.
pub fn standing(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str, after: UnixMs) -> Result<Vec<Former>, StoreError> {
    let [one, two, three] = VisitKind::ALL.map(|kind| i64::from(kind.code()));
    tx.rows(STANDING, values![tenant, subject, after, one, two, three], |row| {
        Ok(Former {
            id: id_of(row)?,
            visit_kind: visit_kind_of(row.get("use")?)?,
            booked_on: booked_on_of(row)?,
            items: items_of(row)?,
            consented_at: row.instant("consented_at")?,
            expires_at: row.instant("expires_at")?,
        })
    })
}

/// Text of [`standing`]: one step in the index `consents_standing` for each use. Nothing else is to lead it: without the `+` SQLite would go
/// along the deadlines of everybody.
pub const STANDING: &str = "SELECT id, use, booked_on, items, consented_at, expires_at FROM consents
     WHERE institution = $1 AND use IN ($4, $5, $6) AND subject = $2 AND replaced_at IS NULL AND +expires_at > $3";

/// Whose a consent is, in the registry's words.
pub fn subject_of(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId) -> Result<Option<String>, StoreError> {
    tx.row("SELECT subject FROM consents WHERE institution = $1 AND id = $2", values![tenant, id], |row| row.get("subject"))
}

/// Adds a consent with its result, and with its proof where a card signed.
pub fn add_proved(tx: &mut Tx<'_>, tenant: &Tenant, visit: &Visit, proved: &Proved, result: &VisitResult) -> Result<(), StoreError> {
    let Proved { consent, eligibility, proof, .. } = proved;
    let [name, kana, other] = search_keys(eligibility);
    tx.execute(
        "INSERT INTO consents (id, institution, use, visit, subject, name_key, kana_key, other_key, items, consented_at, expires_at,
                               receipt, check_way, medium, booked_on, insurance_key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        values![
            consent,
            tenant,
            i64::from(visit.visit_kind.code()),
            &visit.id,
            &proved.subject,
            &name,
            &kana,
            &other,
            &items_text(&result.items),
            result.consented_at,
            result.expires_at,
            &result.receipt,
            proved.check_way.word(),
            proved.medium.word(),
            visit.occasion.booked_on.map(|day| day.to_string()).as_deref(),
            &insurance_in(eligibility),
        ],
    )?;
    tx.execute(
        "INSERT INTO results (consent, checked_at, eligibility, validity) VALUES ($1, $2, $3, $4)",
        values![consent, eligibility.checked_at, &stored::eligibility(eligibility)?, stored::validity_text(eligibility.validity)],
    )?;
    super::month::derive_proved(tx, tenant, proved)?;
    super::aid::derive(tx, tenant, &proved.subject, Some(consent), eligibility)?;
    let Some(proof) = proof else { return Ok(()) };
    tx.execute(
        "INSERT INTO proofs (consent, certificate, signature, nonce, statement, origin_sha256, checks) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            consent,
            &proof.certificate,
            &proof.signature,
            &proved.nonce,
            &proof.statement,
            &proof.origin_sha256,
            &stored::checks(result.checks)?,
        ],
    )?;
    Ok(())
}

/// What a person is found by: name, kana, other name (通称).
pub(super) fn search_keys(eligibility: &Eligibility) -> [String; 3] {
    let person = eligibility.person.as_ref();
    let names = [
        person.map(|person| person.name.as_str()),
        person.map(|person| person.name_kana.as_str()),
        person.and_then(|person| person.name_of_other.as_deref()),
    ];
    names.map(|name| search_key(name.unwrap_or_default()))
}

/// What an insurance is found by; empty where there is none, or several to choose from.
fn insurance_in(eligibility: &Eligibility) -> String {
    let coverage = eligibility.coverages.first().filter(|_| eligibility.validity != Validity::Several);
    let key = |of: &Coverage| insurance_key(&of.insurer_number, of.symbol.as_deref(), &of.member_number, of.branch_number.as_deref());
    coverage.map(key).unwrap_or_default()
}

/// Makes the search keys of all consents anew where they are of another version of [`search_key`].
pub(super) fn renew_search_keys(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let made_by = tx.row("SELECT version FROM derived WHERE name = 'search_keys'", values![], |row| row.get::<i64>("version"))?;
    if made_by == Some(SEARCH_KEY_VERSION) {
        return Ok(());
    }
    let mut last = String::new();
    loop {
        let some = tx.rows(
            "SELECT c.id, r.eligibility FROM consents c JOIN results r ON r.consent = c.id WHERE c.id > $1 ORDER BY c.id LIMIT 500",
            values![&last],
            |row| Ok((row.get::<String>("id")?, row.get::<String>("eligibility")?)),
        )?;
        for (id, eligibility) in &some {
            // One damaged row keeps its keys and no server from starting.
            let Ok(eligibility) = stored::read_eligibility(eligibility) else {
                tracing::error!(consent = id, "a stored consent cannot be read");
                continue;
            };
            let [name, kana, other] = search_keys(&eligibility);
            tx.execute(
                "UPDATE consents SET name_key = $1, kana_key = $2, other_key = $3, insurance_key = $4 WHERE id = $5",
                values![&name, &kana, &other, &insurance_in(&eligibility), id],
            )?;
        }
        let Some((id, _)) = some.into_iter().next_back() else { break };
        last = id;
    }
    tx.execute(
        "INSERT INTO derived (name, version) VALUES ('search_keys', $1) ON CONFLICT (name) DO UPDATE SET version = excluded.version",
        values![SEARCH_KEY_VERSION],
    )?;
    Ok(())
}

/// Keeps a person's choice among the coverages of a consent.
pub fn choose(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId, choice: &ChosenCoverage) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE results SET chosen = $1, chosen_at = $2, chosen_by = $3
         WHERE consent IN (SELECT id FROM consents WHERE id = $4 AND institution = $5)",
        values![choice.coverage, choice.at, &choice.by, id, tenant],
    )?;
    Ok(())
}

/// The columns of a consent `c` with its result `r` and its proof `p`, as [`read`] takes them.
macro_rules! columns {
    () => {
        "c.id, c.use, c.reference_number, c.items, c.consented_at, c.expires_at, c.replaced_at, c.ended_why, c.booked_on, c.receipt,
         c.check_way, c.medium,
         r.eligibility, r.chosen, r.chosen_at, r.chosen_by, p.checks"
    };
}
use columns;

/// One consent of one institution; `None` also when it belongs to another.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId) -> Result<Option<ConsentRecord>, StoreError> {
    tx.row(
        concat!(
            "SELECT ",
            columns!(),
            ", v.occasion FROM consents c JOIN results r ON r.consent = c.id LEFT JOIN visits v ON v.id = c.visit
             LEFT JOIN proofs p ON p.consent = c.id WHERE c.institution = $1 AND c.id = $2"
        ),
        values![tenant, id],
        read_with_occasion,
    )
}

/// An answer as it may be shown at `now`: without what was taken back of the consent it came under ([`ConsentRecord::shown_at`]).
pub fn shown(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: Option<&ConsentId>,
    answer: Eligibility,
    now: UnixMs,
) -> Result<Eligibility, StoreError> {
    let consent = match id {
        Some(id) => find(tx, tenant, id)?,
        None => None,
    };
    Ok(match consent {
        Some(consent) => consent.shown_at(answer, now),
        None => answer,
    })
}

/// Reads a row of [`columns`], and how its visit took place.
fn read_with_occasion(row: &Row<'_>) -> Result<ConsentRecord, StoreError> {
    let occasion = stored::read_occasion(row.get::<Option<String>>("occasion")?.as_deref())?;
    Ok(ConsentRecord { occasion, ..read(row)? })
}

/// Reads a row of [`columns`].
fn read(row: &Row<'_>) -> Result<ConsentRecord, StoreError> {
    Ok(ConsentRecord {
        id: id_of(row)?,
        visit_kind: visit_kind_of(row.get("use")?)?,
        reference_number: row.get("reference_number")?,
        items: items_of(row)?,
        consented_at: row.instant("consented_at")?,
        expires_at: row.instant("expires_at")?,
        replaced_at: row.maybe_instant("replaced_at")?,
        ended_why: row.get::<Option<i64>>("ended_why")?.map(end_reason_of).transpose()?,
        booked_on: booked_on_of(row)?,
        receipt: row.get("receipt")?,
        check_way: CheckWay::from_word(&row.get::<String>("check_way")?).ok_or(StoreError::Damaged("check way"))?,
        medium: Medium::from_word(&row.get::<String>("medium")?).ok_or(StoreError::Damaged("medium"))?,
        eligibility: stored::read_eligibility(&row.get::<String>("eligibility")?)?,
        checks: row.get::<Option<String>>("checks")?.map(|text| stored::read_checks(&text)).transpose()?,
        chosen: chosen_of(row)?,
        occasion: Occasion::default(),
    })
}

fn items_of(row: &Row<'_>) -> Result<Vec<(ConsentItem, ItemState)>, StoreError> {
    parse_items(&row.get::<String>("items")?).ok_or(StoreError::Damaged("items"))
}

fn booked_on_of(row: &Row<'_>) -> Result<Option<CivilDate>, StoreError> {
    let text = row.get::<Option<String>>("booked_on")?;
    text.map(|text| CivilDate::try_from(text.as_str()).map_err(|_| StoreError::Damaged("booked date"))).transpose()
}

fn end_reason_of(code: i64) -> Result<EndReason, StoreError> {
    u8::try_from(code).ok().and_then(EndReason::from_code).ok_or(StoreError::Damaged("reason of an end"))
}

pub(super) fn chosen_of(row: &Row<'_>) -> Result<Option<ChosenCoverage>, StoreError> {
    let Some(coverage) = row.get::<Option<i64>>("chosen")? else { return Ok(None) };
    let coverage = u32::try_from(coverage).map_err(|_| StoreError::Damaged("chosen coverage"))?;
    Ok(Some(ChosenCoverage { coverage, at: row.instant("chosen_at")?, by: user_of(&row.get::<String>("chosen_by")?)? }))
}

fn id_of(row: &Row<'_>) -> Result<ConsentId, StoreError> {
    ConsentId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("consent id"))
}

/// Lists consents of one institution.
pub fn search(tx: &mut Tx<'_>, tenant: &Tenant, query: &ConsentQuery) -> Result<ConsentHits, StoreError> {
    search::run(tx, tenant, query)
}
