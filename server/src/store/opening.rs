//! Statements on openings (OT-17): the records, their searches, and who was seen in them.

use shared::api::opening::{HandIn, OpeningRow};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::InstitutionCode;
use shared::domain::note::Note;
use shared::domain::opening::{ConsentGround, GroundWord, Opening, OpeningGround, OpeningKind};

use super::tx::{Row, Tx, values};
use super::{CheckId, OpeningId, StoreError, code_of, stored, user_of};
use crate::tenant::Tenant;

macro_rules! columns {
    () => {
        "id, kind, area, starts_at, ends_at, notice_number, called_at, called_whom, called_back_at, case_number, opened_at, opened_by,
         closed_at, closed_by, handed_in_on, handed_in_to, handed_in_by"
    };
}

fn note<const MAX: usize>(text: &str) -> Result<Note<MAX>, StoreError> {
    Note::try_from(text).map_err(|_| StoreError::Damaged("text of an opening"))
}

fn row_of(row: &Row<'_>) -> Result<OpeningRow, StoreError> {
    let damaged = || StoreError::Damaged("opening");
    let text = |name| row.get::<Option<String>>(name);
    let user = |name| text(name)?.map(|user| user_of(&user)).transpose();
    let ground = match text("notice_number")? {
        Some(number) => OpeningGround::Notice { number: note(&number)? },
        None => OpeningGround::Call {
            at: row.maybe_instant("called_at")?.ok_or_else(damaged)?,
            whom: note(&text("called_whom")?.ok_or_else(damaged)?)?,
            called_back_at: row.maybe_instant("called_back_at")?.ok_or_else(damaged)?,
            case_number: note(&text("case_number")?.ok_or_else(damaged)?)?,
        },
    };
    let handed_in = match (text("handed_in_on")?, text("handed_in_to")?, user("handed_in_by")?) {
        (Some(on), Some(to), Some(by)) => {
            Some((HandIn { on: CivilDate::try_from(on.as_str()).map_err(|_| damaged())?, to: note(&to)? }, by))
        }
        _ => None,
    };
    Ok(OpeningRow {
        id: row.get("id")?,
        opening: Opening {
            kind: OpeningKind::of_word(&row.get::<String>("kind")?).ok_or_else(damaged)?,
            area: note(&row.get::<String>("area")?)?,
            from: row.instant("starts_at")?,
            to: row.instant("ends_at")?,
            ground,
        },
        opened_at: row.instant("opened_at")?,
        opened_by: user("opened_by")?,
        closed: match row.maybe_instant("closed_at")? {
            Some(at) => Some((at, user("closed_by")?)),
            None => None,
        },
        handed_in,
    })
}

/// Adds a record; without `by` it is the operator's.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, id: &OpeningId, of: &Opening, at: UnixMs, by: Option<&UserId>) -> Result<(), StoreError> {
    let (notice, call) = match &of.ground {
        OpeningGround::Notice { number } => (Some(number.as_str()), None),
        OpeningGround::Call { at, whom, called_back_at, case_number } => (None, Some((*at, whom, *called_back_at, case_number))),
    };
    tx.execute(
        "INSERT INTO openings (institution, id, kind, area, starts_at, ends_at, notice_number, called_at, called_whom, called_back_at,
                               case_number, opened_at, opened_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        values![
            tenant,
            id.as_str(),
            of.kind.word(),
            of.area.as_str(),
            of.from,
            of.to,
            notice,
            call.map(|call| call.0),
            call.map(|call| call.1.as_str()),
            call.map(|call| call.2),
            call.map(|call| call.3.as_str()),
            at,
            by,
        ],
    )
    .map(|_| ())
}

/// One record of one institution.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, id: &OpeningId) -> Result<Option<OpeningRow>, StoreError> {
    tx.row(concat!("SELECT ", columns!(), " FROM openings WHERE institution = $1 AND id = $2"), values![tenant, id.as_str()], row_of)
}

/// The records, the newest first, at most `rows`.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, rows: u32) -> Result<Vec<OpeningRow>, StoreError> {
    tx.rows(LIST, values![tenant, rows], row_of)
}

/// Text of [`list`].
pub const LIST: &str = concat!("SELECT ", columns!(), " FROM openings WHERE institution = $1 ORDER BY id DESC LIMIT $2");

/// The records that the operator opened, one for each institution of the area: the newest first, at most `rows`.
pub fn of_operator(tx: &mut Tx<'_>, rows: u32) -> Result<Vec<(InstitutionCode, OpeningRow)>, StoreError> {
    tx.rows(
        concat!("SELECT institution, ", columns!(), " FROM openings WHERE opened_by IS NULL ORDER BY id DESC, institution LIMIT $1"),
        values![rows],
        |row| Ok((code_of(&row.get::<String>("institution")?)?, row_of(row)?)),
    )
}

/// The institutions for which the operator opened this record.
pub fn area_of(tx: &mut Tx<'_>, id: &OpeningId) -> Result<Vec<InstitutionCode>, StoreError> {
    let sql = "SELECT institution FROM openings WHERE id = $1 AND opened_by IS NULL ORDER BY institution";
    tx.rows(sql, values![id.as_str()], |row| code_of(&row.get::<String>("institution")?))
}

/// Closes by hand; without `by` the operator does. A record that is over or closed stays as it is.
pub fn close(tx: &mut Tx<'_>, tenant: &Tenant, id: &OpeningId, at: UnixMs, by: Option<&UserId>) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE openings SET closed_at = $1, closed_by = $2 WHERE institution = $3 AND id = $4 AND closed_at IS NULL AND ends_at > $1",
        values![at, by, tenant, id.as_str()],
    )?;
    Ok(changed == 1)
}

/// Notes that the report was handed in; a later note takes the place of an earlier one.
pub fn hand_in(tx: &mut Tx<'_>, tenant: &Tenant, id: &OpeningId, how: &HandIn, by: &UserId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE openings SET handed_in_on = $1, handed_in_to = $2, handed_in_by = $3 WHERE institution = $4 AND id = $5",
        values![how.on.to_string().as_str(), how.to.as_str(), by, tenant, id.as_str()],
    )
    .map(|_| ())
}

/// How many records are over and wait for their report.
pub fn to_report(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<u32, StoreError> {
    count(tx, TO_REPORT, values![tenant, now])
}

/// Text of [`to_report`].
pub const TO_REPORT: &str = "SELECT COUNT(*) AS counted FROM openings WHERE institution = $1 AND handed_in_on IS NULL
     AND (ends_at <= $2 OR closed_at <= $2)";

fn count(tx: &mut Tx<'_>, sql: &'static str, values: &[super::tx::Value<'_>]) -> Result<u32, StoreError> {
    let counted = tx.row(sql, values, |row| row.get::<i64>("counted"))?;
    u32::try_from(counted.unwrap_or_default()).map_err(|_| StoreError::Damaged("count"))
}

/// A search as it is noted: who, when, by which form, how many were found. Nothing that was typed.
#[derive(Debug, Clone)]
pub struct SearchNote {
    /// Its id.
    pub id: CheckId,
    /// In which opening.
    pub opening: OpeningId,
    /// When.
    pub at: UnixMs,
    /// By whom.
    pub by: UserId,
    /// `paper` or `person`.
    pub form: &'static str,
    /// How many fitted.
    pub found: u32,
}

/// Notes a search.
pub fn add_search(tx: &mut Tx<'_>, tenant: &Tenant, of: &SearchNote) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO opening_searches (institution, id, opening, searched_at, done_by, form, found) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![tenant, &of.id, of.opening.as_str(), of.at, &of.by, of.form, of.found],
    )
    .map(|_| ())
}

/// Searches of an opening, and how many of them found nobody.
pub fn searches(tx: &mut Tx<'_>, tenant: &Tenant, opening: &OpeningId) -> Result<(u32, u32), StoreError> {
    let all = count(tx, SEARCHES, values![tenant, opening.as_str(), 1_000_000_i64])?;
    let empty = count(tx, SEARCHES, values![tenant, opening.as_str(), 0_i64])?;
    Ok((all, empty))
}

/// Text of [`searches`]: those that found at most so many.
pub const SEARCHES: &str = "SELECT COUNT(*) AS counted FROM opening_searches WHERE institution = $1 AND opening = $2 AND found <= $3";

/// A person seen in an opening: the check of the same id says whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewNote {
    /// The check.
    pub id: CheckId,
    /// In which opening.
    pub opening: OpeningId,
    /// When.
    pub at: UnixMs,
    /// By whom.
    pub by: UserId,
    /// On what ground; `None` where none is asked for.
    pub ground: Option<ConsentGround>,
}

/// Notes a view.
pub fn add_view(tx: &mut Tx<'_>, tenant: &Tenant, of: &ViewNote) -> Result<(), StoreError> {
    let ground = of.ground.as_ref();
    tx.execute(
        "INSERT INTO opening_views (institution, id, opening, viewed_at, done_by, ground, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            tenant,
            &of.id,
            of.opening.as_str(),
            of.at,
            &of.by,
            ground.map(|ground| ground.word.word()),
            ground.map(|ground| ground.reason.as_str()),
        ],
    )
    .map(|_| ())
}

fn view_of(row: &Row<'_>) -> Result<ViewNote, StoreError> {
    let damaged = || StoreError::Damaged("view in an opening");
    let ground = match row.get::<Option<String>>("ground")? {
        None => None,
        Some(word) => Some(ConsentGround {
            word: GroundWord::of_word(&word).ok_or_else(damaged)?,
            reason: note(&row.get::<Option<String>>("reason")?.unwrap_or_default())?,
        }),
    };
    Ok(ViewNote {
        id: CheckId::parse(&row.get::<String>("id")?).ok_or_else(damaged)?,
        opening: OpeningId::parse(&row.get::<String>("opening")?).ok_or_else(damaged)?,
        at: row.instant("viewed_at")?,
        by: user_of(&row.get::<String>("done_by")?)?,
        ground,
    })
}

/// The view behind a check.
pub fn view(tx: &mut Tx<'_>, tenant: &Tenant, check: &CheckId) -> Result<Option<ViewNote>, StoreError> {
    tx.row(
        "SELECT id, opening, viewed_at, done_by, ground, reason FROM opening_views WHERE institution = $1 AND id = $2",
        values![tenant, check],
        view_of,
    )
}

/// A view with whom it showed: the register's id, 氏名(カナ), 生年月日.
pub type ViewedPerson = (ViewNote, String, Option<(String, CivilDate)>);

/// The views of an opening with who was seen, the oldest first, at most `rows`.
pub fn views(tx: &mut Tx<'_>, tenant: &Tenant, opening: &OpeningId, rows: u32) -> Result<Vec<ViewedPerson>, StoreError> {
    tx.rows(VIEWS, values![tenant, opening.as_str(), rows], |row| {
        let person = stored::read_eligibility(&row.get::<String>("eligibility")?)?.person;
        Ok((view_of(row)?, row.get("subject")?, person.map(|person| (person.name_kana, person.birth_date))))
    })
}

/// Text of [`views`]: along the index `opening_views_of`.
pub const VIEWS: &str = "SELECT v.id, v.opening, v.viewed_at, v.done_by, v.ground, v.reason, k.subject, k.eligibility
     FROM opening_views v JOIN checks k ON k.institution = v.institution AND k.id = v.id
     WHERE v.institution = $1 AND v.opening = $2 ORDER BY v.id LIMIT $3";
