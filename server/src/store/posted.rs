//! Statements on the house's papers: the texts of its notices (OT-32) and its answers to the security check list (OT-33).

use shared::api::posted::{CheckAnswer, KeptText, NewAnswer};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::fee::Place;
use shared::domain::prose::{Prose, Title};
use shared::domain::security_check::Reply;

use super::tx::{Tx, values};
use super::{StoreError, user_of};
use crate::tenant::Tenant;

/// The texts that the institution wrote.
///
/// # Errors
/// What the database says; so for every function here.
pub fn texts(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Vec<KeptText>, StoreError> {
    tx.rows(
        "SELECT fee, place, body, written_by, written_at FROM posted_texts WHERE institution = $1 ORDER BY fee, place",
        values![tenant],
        |row| {
            let place: String = row.get("place")?;
            Ok(KeptText {
                fee: row.get("fee")?,
                place: Place::ALL.into_iter().find(|one| one.word() == place).ok_or(StoreError::Damaged("place"))?,
                text: Prose::try_from(row.get::<String>("body")?.as_str()).map_err(|_| StoreError::Damaged("text"))?,
                by: user_of(&row.get::<String>("written_by")?)?,
                at: row.instant("written_at")?,
            })
        },
    )
}

/// Keeps a text; the last one counts.
pub fn keep(tx: &mut Tx<'_>, tenant: &Tenant, fee: &str, place: Place, text: &Prose, by: &UserId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO posted_texts (institution, fee, place, body, written_by, written_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (institution, fee, place)
         DO UPDATE SET body = excluded.body, written_by = excluded.written_by, written_at = excluded.written_at",
        values![tenant, fee, place.word(), text.as_str(), by, at],
    )
    .map(|_| ())
}

/// Drops a text: the offered wording counts again.
pub fn drop_text(tx: &mut Tx<'_>, tenant: &Tenant, fee: &str, place: Place) -> Result<(), StoreError> {
    tx.execute("DELETE FROM posted_texts WHERE institution = $1 AND fee = $2 AND place = $3", values![tenant, fee, place.word()])
        .map(|_| ())
}

/// The answers of a fiscal year.
pub fn answers(tx: &mut Tx<'_>, tenant: &Tenant, year: u16) -> Result<Vec<CheckAnswer>, StoreError> {
    tx.rows(
        "SELECT question, reply, due, note, answered_by, answered_at FROM security_answers
         WHERE institution = $1 AND year = $2 ORDER BY question",
        values![tenant, i64::from(year)],
        |row| {
            let day = |text: String| CivilDate::try_from(text.as_str()).map_err(|_| StoreError::Damaged("day"));
            let note = |text: String| Title::try_from(text.as_str()).map_err(|_| StoreError::Damaged("note"));
            Ok(CheckAnswer {
                question: row.get("question")?,
                reply: Reply::from_word(&row.get::<String>("reply")?).ok_or(StoreError::Damaged("reply"))?,
                due: row.get::<Option<String>>("due")?.map(day).transpose()?,
                note: row.get::<Option<String>>("note")?.map(note).transpose()?,
                by: user_of(&row.get::<String>("answered_by")?)?,
                at: row.instant("answered_at")?,
            })
        },
    )
}

/// Keeps an answer, or takes it back where none is given.
pub fn answer(tx: &mut Tx<'_>, tenant: &Tenant, year: u16, new: &NewAnswer, by: &UserId, at: UnixMs) -> Result<(), StoreError> {
    let Some(reply) = new.reply else {
        return tx
            .execute(
                "DELETE FROM security_answers WHERE institution = $1 AND year = $2 AND question = $3",
                values![tenant, i64::from(year), &new.question],
            )
            .map(|_| ());
    };
    let due = new.due.map(|day| day.to_string());
    tx.execute(
        "INSERT INTO security_answers (institution, year, question, reply, due, note, answered_by, answered_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (institution, year, question) DO UPDATE SET reply = excluded.reply, due = excluded.due, note = excluded.note,
           answered_by = excluded.answered_by, answered_at = excluded.answered_at",
        values![tenant, i64::from(year), &new.question, reply.word(), due.as_deref(), new.note.as_ref().map(Title::as_str), by, at,],
    )
    .map(|_| ())
}
