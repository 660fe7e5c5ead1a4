//! The house's papers: texts of notices (OT-32), answers to the yearly check list (OT-33).

use shared::api::posted::{CheckAnswer, KeptText, NewAnswer, NewText};
use shared::domain::account::UserId;
use shared::domain::fee::Fee;
use shared::domain::security_check::{Reply, list_of};

use crate::store::posted::{answer, answers, drop_text, keep, texts};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, StoreError, audit};
use crate::tenant::Tenant;

/// Keeps a text of the institution, or drops it for the offered wording; `None` where there is no such fee.
///
/// # Errors
/// What the database says; so for every rule.
pub fn save_text(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    new: &NewText,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Option<Vec<KeptText>>, StoreError> {
    let Some(fee) = Fee::of(&new.fee) else { return Ok(None) };
    match &new.text {
        Some(text) => keep(tx, tenant, fee.id, new.place, text, by, entry.at)?,
        None => drop_text(tx, tenant, fee.id, new.place)?,
    }
    audit::add(tx, entry)?;
    texts(tx, tenant).map(Some)
}

/// Keeps the given answers of a fiscal year; `None` where one is to no question of its list, or has a day that belongs to no いいえ.
pub fn save_answers(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    year: u16,
    new: &[NewAnswer],
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Option<Vec<CheckAnswer>>, StoreError> {
    let questions = list_of(year).map_or(&[][..], |list| list.questions);
    let is_right = |one: &NewAnswer| {
        let is_asked = questions.iter().any(|question| question.id == one.question);
        is_asked && (one.due.is_none() || one.reply == Some(Reply::No))
    };
    if !new.iter().all(is_right) {
        return Ok(None);
    }
    for one in new {
        answer(tx, tenant, year, one, by, entry.at)?;
    }
    audit::add(tx, entry)?;
    answers(tx, tenant, year).map(Some)
}
