//! Statements on checks that no consent's proof made.

pub mod history;

use shared::api::office::ChosenCoverage;
use shared::domain::check::{CheckState, CheckWay, Medium};

use super::consent::{chosen_of, search_keys};
use super::tx::{Row, Tx, values};
use super::{CheckId, CheckRecord, ConsentId, StoreError, stored, user_of, visit_kind_of};
use crate::tenant::Tenant;

/// The columns that [`read`] takes, of a check `k`.
macro_rules! columns {
    () => {
        "k.id, k.use, k.consent, k.subject, k.reference_number, k.check_way, k.medium, k.done_by, k.state, k.asked, k.eligibility,
         k.chosen, k.chosen_at, k.chosen_by"
    };
}

/// Adds a check; false when its id is there.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, new: &CheckRecord) -> Result<bool, StoreError> {
    let [name, kana, other] = search_keys(&new.eligibility);
    let chosen = new.chosen.as_ref();
    let added = tx.execute(
        "INSERT INTO checks (institution, id, use, consent, subject, name_key, kana_key, other_key, reference_number, checked_at, check_way,
                             medium, done_by, state, asked, eligibility, chosen, chosen_at, chosen_by, validity)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
         ON CONFLICT (institution, id) DO NOTHING",
        values![
            tenant,
            &new.id,
            new.visit_kind.map(|kind| i64::from(kind.code())),
            new.consent.as_ref(),
            &new.subject,
            &name,
            &kana,
            &other,
            new.reference_number.as_ref(),
            new.eligibility.checked_at,
            new.check_way.word(),
            new.medium.word(),
            new.done_by.as_ref(),
            new.state.word(),
            new.asked.as_ref(),
            &stored::eligibility(&new.eligibility)?,
            chosen.map(|chosen| chosen.coverage),
            chosen.map(|chosen| chosen.at),
            chosen.map(|chosen| &chosen.by),
            stored::validity_text(new.eligibility.validity),
        ],
    )?;
    if added == 1 {
        super::month::derive_check(tx, tenant, new)?;
        if new.state == CheckState::Done {
            super::aid::derive(tx, tenant, &new.subject, new.consent.as_ref(), &new.eligibility)?;
        }
    }
    Ok(added == 1)
}

/// One check of one institution; `None` also when it belongs to another.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, id: &CheckId) -> Result<Option<CheckRecord>, StoreError> {
    tx.row(concat!("SELECT ", columns!(), " FROM checks k WHERE k.institution = $1 AND k.id = $2"), values![tenant, id], read)
}

/// The last checks of a person here, newest first, at most `rows`.
pub fn of_subject(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str, rows: u32) -> Result<Vec<CheckRecord>, StoreError> {
    tx.rows(OF_SUBJECT, values![tenant, subject, rows], read)
}

/// Text of [`of_subject`]: along the index `checks_by_subject`.
pub const OF_SUBJECT: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM checks k WHERE k.institution = $1 AND k.subject = $2 AND k.subject <> '' ORDER BY k.checked_at DESC, k.id DESC LIMIT $3"
);

/// The last checks under a consent (再照会), newest first, at most `rows`.
pub fn of_consent(tx: &mut Tx<'_>, tenant: &Tenant, consent: &ConsentId, rows: u32) -> Result<Vec<CheckRecord>, StoreError> {
    tx.rows(OF_CONSENT, values![tenant, consent, rows], read)
}

/// Text of [`of_consent`]: along the index `checks_by_consent`.
pub const OF_CONSENT: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM checks k WHERE k.consent = $2 AND k.institution = $1 ORDER BY k.checked_at DESC, k.id DESC LIMIT $3"
);

/// Checks that are still to be made again (仮確認), oldest first, at most `rows`.
pub fn open(tx: &mut Tx<'_>, tenant: &Tenant, rows: u32) -> Result<Vec<CheckRecord>, StoreError> {
    tx.rows(OPEN, values![tenant, rows], read)
}

/// Text of [`open`]: along the index `checks_open`.
pub const OPEN: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM checks k WHERE k.institution = $1 AND k.state = 'provisional' ORDER BY k.checked_at, k.id LIMIT $2"
);

/// Notes how far a check is; false when it was not in the state `from`.
pub fn set_state(tx: &mut Tx<'_>, tenant: &Tenant, id: &CheckId, from: CheckState, to: CheckState) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE checks SET state = $1 WHERE institution = $2 AND id = $3 AND state = $4",
        values![to.word(), tenant, id, from.word()],
    )?;
    Ok(changed == 1)
}

/// Keeps a person's choice among the coverages of a check.
pub fn choose(tx: &mut Tx<'_>, tenant: &Tenant, id: &CheckId, choice: &ChosenCoverage) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE checks SET chosen = $1, chosen_at = $2, chosen_by = $3 WHERE institution = $4 AND id = $5",
        values![choice.coverage, choice.at, &choice.by, tenant, id],
    )
    .map(|_| ())
}

/// Reads a row of the columns above.
fn read(row: &Row<'_>) -> Result<CheckRecord, StoreError> {
    Ok(CheckRecord {
        id: CheckId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("check id"))?,
        visit_kind: row.get::<Option<i64>>("use")?.map(visit_kind_of).transpose()?,
        consent: row
            .get::<Option<String>>("consent")?
            .map(|id| ConsentId::parse(&id).ok_or(StoreError::Damaged("consent id")))
            .transpose()?,
        subject: row.get("subject")?,
        reference_number: row.get("reference_number")?,
        check_way: CheckWay::from_word(&row.get::<String>("check_way")?).ok_or(StoreError::Damaged("check way"))?,
        medium: Medium::from_word(&row.get::<String>("medium")?).ok_or(StoreError::Damaged("medium"))?,
        done_by: row.get::<Option<String>>("done_by")?.map(|user| user_of(&user)).transpose()?,
        state: CheckState::from_word(&row.get::<String>("state")?).ok_or(StoreError::Damaged("check state"))?,
        asked: row.get("asked")?,
        eligibility: stored::read_eligibility(&row.get::<String>("eligibility")?)?,
        chosen: chosen_of(row)?,
    })
}
