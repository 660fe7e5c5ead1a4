//! Statements on 受給者証 from paper (P-PMH), and on the municipalities that are known to be connected.

use shared::api::subsidy::PaperRow;
use shared::domain::account::UserId;
use shared::domain::aid::Subsidy;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::municipality::Municipality;

use super::tx::{Row, Tx, values};
use super::{PaperId, StoreError, stored, user_of};
use crate::tenant::Tenant;

fn read(row: &Row<'_>) -> Result<PaperRow, StoreError> {
    let user = |name| row.get::<Option<String>>(name)?.map(|user| user_of(&user)).transpose();
    let ended = match (row.maybe_instant("ended_at")?, user("ended_by")?) {
        (Some(at), Some(by)) => Some((at, by, row.get::<Option<String>>("end_reason")?.unwrap_or_default())),
        _ => None,
    };
    Ok(PaperRow {
        id: row.get("id")?,
        subsidy: stored::read_subsidy(&row.get::<String>("content")?)?,
        entered: (row.instant("entered_at")?, user_of(&row.get::<String>("entered_by")?)?),
        ended,
    })
}

/// The papers of a person, the newest first, at most `rows`.
///
/// # Errors
/// What the database says; so for every function here.
pub fn of_subject(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str, rows: u32) -> Result<Vec<PaperRow>, StoreError> {
    tx.rows(
        "SELECT id, content, entered_at, entered_by, ended_at, ended_by, end_reason FROM subsidy_papers
         WHERE institution = $1 AND subject = $2 ORDER BY id DESC LIMIT $3",
        values![tenant, subject, rows],
        read,
    )
}

/// Keeps one.
pub fn add(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    subject: &str,
    id: &PaperId,
    of: &Subsidy,
    (at, by): (UnixMs, &UserId),
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO subsidy_papers (institution, subject, id, content, entered_at, entered_by) VALUES ($1, $2, $3, $4, $5, $6)",
        values![tenant, subject, id.as_str(), &stored::subsidy(of)?, at, by],
    )
    .map(|_| ())
}

/// Notes that a person ended one; false where it is not there, or ended before.
pub fn end(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    subject: &str,
    id: &PaperId,
    (at, by): (UnixMs, &UserId),
    reason: &str,
) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE subsidy_papers SET ended_at = $1, ended_by = $2, end_reason = $3
         WHERE institution = $4 AND subject = $5 AND id = $6 AND ended_at IS NULL",
        values![at, by, reason, tenant, subject, id.as_str()],
    )?;
    Ok(changed == 1)
}

/// The list of municipalities, by place and day.
pub fn municipalities(tx: &mut Tx<'_>) -> Result<Vec<Municipality>, StoreError> {
    let day = |text: String| CivilDate::try_from(text.as_str()).map_err(|_| StoreError::Damaged("day of a municipality"));
    tx.rows("SELECT place, joined_from, joined_to, source FROM municipalities ORDER BY place, joined_from", values![], |row| {
        Ok(Municipality {
            place: row.get("place")?,
            from: day(row.get("joined_from")?)?,
            until: row.get::<Option<String>>("joined_to")?.map(day).transpose()?,
            source: row.get("source")?,
        })
    })
}

/// Puts a list in the place of the former one.
pub fn replace_municipalities(tx: &mut Tx<'_>, list: &[Municipality], at: UnixMs) -> Result<(), StoreError> {
    tx.execute("DELETE FROM municipalities", values![])?;
    for one in list {
        tx.execute(
            "INSERT INTO municipalities (place, joined_from, joined_to, source, filed_at) VALUES ($1, $2, $3, $4, $5)",
            values![&one.place, &one.from.to_string(), one.until.map(|day| day.to_string()).as_deref(), &one.source, at],
        )?;
    }
    Ok(())
}
