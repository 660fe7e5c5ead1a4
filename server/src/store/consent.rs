//! Statements on consents with their results and proofs.

use shared::api::office::{ChosenCoverage, ListOrder, StateFilter};
use shared::api::reception::VisitResult;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{ConsentItem, ItemState};
use shared::domain::institution::VisitKind;

use super::tx::{Row, Tx, Value, values};
use shared::domain::coverage::Eligibility;

use super::{
    ConsentHits, ConsentId, ConsentQuery, ConsentRecord, Former, Proved, StoreError, Visit, json, to_json, user_of, visit_kind_of,
};
use crate::consent::{SEARCH_KEY_VERSION, items_text, parse_items, search_key};
use crate::tenant::Tenant;

/// A person's last consent for a use that no later one replaced.
///
/// # Errors
/// What the database says; so for every function here.
pub fn standing(tx: &mut Tx<'_>, tenant: &Tenant, visit_kind: VisitKind, subject: &str) -> Result<Option<Former>, StoreError> {
    tx.row(STANDING, values![tenant, i64::from(visit_kind.code()), subject], |row| {
        Ok(Former {
            id: id_of(row)?,
            items: items_of(row)?,
            consented_at: row.instant("consented_at")?,
            expires_at: row.instant("expires_at")?,
        })
    })
}

/// Text of [`standing`]: one step in the index `consents_standing`.
pub const STANDING: &str = "SELECT id, items, consented_at, expires_at FROM consents
     WHERE institution = $1 AND use = $2 AND subject = $3 AND replaced_at IS NULL ORDER BY expires_at DESC LIMIT 1";

/// Notes that a later consent took the place of this one.
pub fn replace(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE consents SET replaced_at = $1 WHERE id = $2 AND institution = $3", values![at, id, tenant]).map(|_| ())
}

/// Adds a consent that a card proved, with its result and proof.
pub fn add_proved(tx: &mut Tx<'_>, tenant: &Tenant, visit: &Visit, proved: &Proved, result: &VisitResult) -> Result<(), StoreError> {
    let Proved { consent, eligibility, proof, .. } = proved;
    let [name, kana, other] = search_keys(eligibility);
    tx.execute(
        "INSERT INTO consents (id, institution, use, visit, subject, name_key, kana_key, other_key, items, consented_at, expires_at,
                               receipt, identity_check) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'pin')",
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

/// What a person is found by: name, kana, other name (通称).
fn search_keys(eligibility: &Eligibility) -> [String; 3] {
    let person = eligibility.person.as_ref();
    let names = [
        person.map(|person| person.name.as_str()),
        person.map(|person| person.name_kana.as_str()),
        person.and_then(|person| person.name_of_other.as_deref()),
    ];
    names.map(|name| search_key(name.unwrap_or_default()))
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
            let [name, kana, other] = search_keys(&json(eligibility)?);
            tx.execute(
                "UPDATE consents SET name_key = $1, kana_key = $2, other_key = $3 WHERE id = $4",
                values![&name, &kana, &other, id],
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

/// One consent of one institution; `None` also when it belongs to another.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId) -> Result<Option<ConsentRecord>, StoreError> {
    tx.row(
        "SELECT c.id, c.use, c.reference_number, c.items, c.consented_at, c.expires_at, c.replaced_at, c.receipt, c.identity_check,
                r.eligibility, r.chosen, r.chosen_at, r.chosen_by, p.checks
         FROM consents c JOIN results r ON r.consent = c.id JOIN proofs p ON p.consent = c.id WHERE c.institution = $1 AND c.id = $2",
        values![tenant, id],
        read,
    )
}

fn read(row: &Row<'_>) -> Result<ConsentRecord, StoreError> {
    Ok(ConsentRecord {
        id: id_of(row)?,
        visit_kind: visit_kind_of(row.get("use")?)?,
        reference_number: row.get("reference_number")?,
        items: items_of(row)?,
        consented_at: row.instant("consented_at")?,
        expires_at: row.instant("expires_at")?,
        replaced_at: row.maybe_instant("replaced_at")?,
        receipt: row.get("receipt")?,
        identity_check: row.get("identity_check")?,
        eligibility: json(&row.get::<String>("eligibility")?)?,
        checks: json(&row.get::<String>("checks")?)?,
        chosen: chosen_of(row)?,
    })
}

fn items_of(row: &Row<'_>) -> Result<Vec<(ConsentItem, ItemState)>, StoreError> {
    parse_items(&row.get::<String>("items")?).ok_or(StoreError::Damaged("items"))
}

fn chosen_of(row: &Row<'_>) -> Result<Option<ChosenCoverage>, StoreError> {
    let Some(coverage) = row.get::<Option<i64>>("chosen")? else { return Ok(None) };
    let coverage = u32::try_from(coverage).map_err(|_| StoreError::Damaged("chosen coverage"))?;
    Ok(Some(ChosenCoverage { coverage, at: row.instant("chosen_at")?, by: user_of(&row.get::<String>("chosen_by")?)? }))
}

fn id_of(row: &Row<'_>) -> Result<ConsentId, StoreError> {
    ConsentId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("consent id"))
}

/// The columns of a consent, as [`read`] takes them.
macro_rules! columns {
    () => {
        "SELECT c.id, c.use, c.reference_number, c.items, c.consented_at, c.expires_at, c.replaced_at, c.receipt, c.identity_check,
                r.eligibility, r.chosen, r.chosen_at, r.chosen_by, p.checks "
    };
}

/// The list's conditions on a consent. `$day` stands before the day: a `+` there keeps its index from being chosen.
macro_rules! matches {
    ($day:literal) => {
        concat!(
            " c.institution = $1 AND ",
            $day,
            "c.consented_at >= $2 AND ",
            $day,
            "c.consented_at < $3
               AND ($4 = 0 OR $4 = CASE WHEN c.replaced_at IS NOT NULL THEN 3 WHEN c.expires_at > $5 THEN 1 ELSE 2 END)
               AND ($6 = '' OR replace(c.reference_number, '-', '') = $6)
               AND ($7 = '' OR (c.name_key >= $7 AND c.name_key < $8) OR (c.kana_key >= $7 AND c.kana_key < $8)
                    OR (c.other_key >= $7 AND c.other_key < $8))
               AND ($9 = '' OR c.receipt = $9) "
        )
    };
}

/// The consents that a receipt or a name points to, by the indexes on these.
macro_rules! picked {
    () => {
        "(SELECT id FROM consents WHERE institution = $1 AND receipt = $9
          UNION SELECT id FROM consents WHERE $9 = '' AND institution = $1 AND name_key >= $7 AND name_key < $8
          UNION SELECT id FROM consents WHERE $9 = '' AND institution = $1 AND kana_key >= $7 AND kana_key < $8
          UNION SELECT id FROM consents WHERE $9 = '' AND institution = $1 AND other_key >= $7 AND other_key < $8 AND other_key <> '')"
    };
}

/// Walks the list in its order and takes what matches: found quickly when much matches.
macro_rules! walk {
    ($order:literal, $day:literal) => {
        concat!(
            columns!(),
            "FROM (SELECT c.id FROM consents c WHERE",
            matches!($day),
            "ORDER BY ",
            $order,
            " LIMIT $10 OFFSET $11) AS hit JOIN consents c ON c.id = hit.id JOIN results r ON r.consent = c.id JOIN proofs p ON p.consent = c.id
             ORDER BY ",
            $order
        )
    };
}

/// Takes what the condition points to and sorts it: found quickly when little matches. The order of the join is the written one.
macro_rules! pick {
    ($order:literal) => {
        concat!(
            columns!(),
            "FROM ",
            picked!(),
            " AS hit CROSS JOIN consents c CROSS JOIN results r CROSS JOIN proofs p WHERE c.id = hit.id AND r.consent = c.id
             AND p.consent = c.id AND",
            matches!("+"),
            "ORDER BY ",
            $order,
            " LIMIT $10 OFFSET $11"
        )
    };
}

/// The list, newest consent first: walks the index `consents_by_day`.
pub const WALK_BY_DAY: &str = walk!("c.consented_at DESC, c.id DESC", "");
/// The list, next deadline first: walks the index `consents_by_expiry`.
pub const WALK_BY_EXPIRY: &str = walk!("c.expires_at, c.id", "+");
/// What a receipt or a name points to, newest consent first.
pub const PICK_BY_DAY: &str = pick!("c.consented_at DESC, c.id DESC");
/// What a receipt or a name points to, next deadline first.
pub const PICK_BY_EXPIRY: &str = pick!("c.expires_at, c.id");

const COUNT_WALKED: &str = concat!("SELECT count(*) AS n FROM consents c WHERE", matches!(""));
const COUNT_PICKED: &str =
    concat!("SELECT count(*) AS n FROM ", picked!(), " AS hit CROSS JOIN consents c WHERE c.id = hit.id AND", matches!("+"));

/// A name that more people share than this is looked for along the list.
const PICKED_MAX: i64 = 20_000;
const COUNT_NAMED: &str =
    "SELECT (SELECT count(*) FROM (SELECT 1 FROM consents WHERE institution = $1 AND name_key >= $2 AND name_key < $3 LIMIT $4) AS a)
     + (SELECT count(*) FROM (SELECT 1 FROM consents WHERE institution = $1 AND kana_key >= $2 AND kana_key < $3 LIMIT $4) AS b) AS n";

/// Lists consents of one institution.
pub fn search(tx: &mut Tx<'_>, tenant: &Tenant, query: &ConsentQuery) -> Result<ConsentHits, StoreError> {
    let state = match query.state {
        StateFilter::All => 0_i64,
        StateFilter::Living => 1,
        StateFilter::Expired => 2,
        StateFilter::Replaced => 3,
    };
    let count = |row: &Row<'_>| row.get::<i64>("n");
    // A deadline counts to the end of its minute.
    let living_after = query.now.plus_ms(-60_000);
    let name_end = format!("{}\u{10FFFF}", query.name_key);
    let is_picked = !query.receipt.is_empty()
        || !query.name_key.is_empty() && {
            let named = tx.row(COUNT_NAMED, values![tenant, &query.name_key, &name_end, PICKED_MAX], count)?;
            named.unwrap_or(0) < PICKED_MAX
        };
    let mut values: Vec<Value<'_>> = vec![
        tenant.into(),
        query.from.at_jst(0, 0).into(),
        query.to.plus_days(1).at_jst(0, 0).into(),
        state.into(),
        living_after.into(),
        (&query.reference_number).into(),
        (&query.name_key).into(),
        (&name_end).into(),
        (&query.receipt).into(),
    ];
    let total = tx.row(if is_picked { COUNT_PICKED } else { COUNT_WALKED }, &values, count)?;
    let total = u32::try_from(total.unwrap_or(0)).unwrap_or(u32::MAX);
    let pages = total.div_ceil(query.rows.max(1)).max(1);
    let page = query.page.clamp(1, pages);
    values.push(query.rows.into());
    values.push((i64::from(page - 1) * i64::from(query.rows)).into());
    let text = match (query.order, is_picked) {
        (ListOrder::NewestFirst, false) => WALK_BY_DAY,
        (ListOrder::ExpiryFirst, false) => WALK_BY_EXPIRY,
        (ListOrder::NewestFirst, true) => PICK_BY_DAY,
        (ListOrder::ExpiryFirst, true) => PICK_BY_EXPIRY,
    };
    Ok(ConsentHits { total, page, rows: tx.rows(text, &values, read)? })
}
