//! Statements on notices and on who has read them (N060).

use shared::api::notice::{Importance, NoticeState};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::prose::{Prose, Title};

use super::tx::{Row, Tx, values};
use super::{NoticeId, StoreError, user_of};
use crate::tenant::Tenant;

/// A notice as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    /// Its id.
    pub id: NoticeId,
    /// True for one of this institution alone; false for one to all.
    pub is_own: bool,
    /// Who wrote it; `None`: the operator.
    pub by: Option<UserId>,
    /// Its title.
    pub title: Title,
    /// Its text.
    pub text: Prose,
    /// How much it matters.
    pub importance: Importance,
    /// First day.
    pub from: CivilDate,
    /// Last day, included.
    pub until: Option<CivilDate>,
    /// When it was taken down.
    pub ended_at: Option<UnixMs>,
    /// The account that was asked for has read it.
    pub is_read: bool,
}

impl NoticeRecord {
    /// Whether it is shown on a day.
    #[must_use]
    pub fn state(&self, today: CivilDate) -> NoticeState {
        if self.ended_at.is_some() || self.until.is_some_and(|until| until < today) {
            NoticeState::Over
        } else if today < self.from {
            NoticeState::NotYet
        } else {
            NoticeState::Shown
        }
    }
}

/// A notice to keep.
#[derive(Debug, Clone)]
pub struct NewNoticeRow {
    /// Its id.
    pub id: NoticeId,
    /// Who writes it; `None`: the operator.
    pub by: Option<UserId>,
    /// Its title.
    pub title: Title,
    /// Its text.
    pub text: Prose,
    /// How much it matters.
    pub importance: Importance,
    /// First day.
    pub from: CivilDate,
    /// Last day, included.
    pub until: Option<CivilDate>,
    /// When it is written.
    pub at: UnixMs,
}

/// Which notices an account is shown.
#[derive(Debug, Clone)]
pub struct NoticeQuery {
    /// Whose marks.
    pub user: UserId,
    /// The day that is today.
    pub today: CivilDate,
    /// The institution's own too that are not shown.
    pub has_hidden: bool,
    /// Rows after this one; `None` = from the newest.
    pub after: Option<NoticeId>,
    /// At most so many.
    pub rows: u32,
}

/// An account and a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// ユーザID.
    pub user: UserId,
    /// ユーザ名.
    pub name: String,
    /// When it was read.
    pub read_at: Option<UnixMs>,
}

fn importance_text(importance: Importance) -> &'static str {
    match importance {
        Importance::Normal => "normal",
        Importance::High => "high",
    }
}

fn importance_of(text: &str) -> Result<Importance, StoreError> {
    let both = [Importance::Normal, Importance::High];
    both.into_iter().find(|one| importance_text(*one) == text).ok_or(StoreError::Damaged("importance"))
}

fn day_of(text: &str) -> Result<CivilDate, StoreError> {
    CivilDate::try_from(text).map_err(|_| StoreError::Damaged("day"))
}

fn record_of(row: &Row<'_>) -> Result<NoticeRecord, StoreError> {
    Ok(NoticeRecord {
        id: NoticeId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("notice id"))?,
        is_own: row.get::<Option<String>>("institution")?.is_some(),
        by: row.get::<Option<String>>("written_by")?.map(|text| user_of(&text)).transpose()?,
        title: Title::try_from(row.get::<String>("title")?.as_str()).map_err(|_| StoreError::Damaged("title"))?,
        text: Prose::try_from(row.get::<String>("body")?.as_str()).map_err(|_| StoreError::Damaged("text"))?,
        importance: importance_of(&row.get::<String>("importance")?)?,
        from: day_of(&row.get::<String>("from_day")?)?,
        until: row.get::<Option<String>>("until_day")?.as_deref().map(day_of).transpose()?,
        ended_at: row.maybe_instant("ended_at")?,
        is_read: row.maybe_instant("read_at")?.is_some(),
    })
}

/// Keeps a notice; without a tenant it is for all institutions.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, to: Option<&Tenant>, new: &NewNoticeRow) -> Result<(), StoreError> {
    let (from, until) = (new.from.to_string(), new.until.map(|day| day.to_string()));
    tx.execute(
        "INSERT INTO notices (id, institution, written_by, title, body, importance, from_day, until_day, written_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            &new.id,
            to,
            new.by.as_ref(),
            new.title.as_str(),
            new.text.as_str(),
            importance_text(new.importance),
            &from,
            until.as_deref(),
            new.at,
        ],
    )
    .map(|_| ())
}

/// One notice of the institution or to all, with the account's mark.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, id: &NoticeId) -> Result<Option<NoticeRecord>, StoreError> {
    tx.row(
        "SELECT n.id, n.institution, n.written_by, n.title, n.body, n.importance, n.from_day, n.until_day, n.ended_at, r.read_at
         FROM notices n LEFT JOIN notice_reads r ON r.institution = $1 AND r.user_id = $2 AND r.notice = n.id
         WHERE n.id = $3 AND (n.institution = $1 OR n.institution IS NULL)",
        values![tenant, user, id],
        record_of,
    )
}

/// Greater than every id.
const NO_ID: &str = "~";

/// The notices of a query, the newest first.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, query: &NoticeQuery) -> Result<Vec<NoticeRecord>, StoreError> {
    let after = query.after.as_ref().map_or(NO_ID, NoticeId::as_str);
    tx.rows(
        "SELECT n.id, n.institution, n.written_by, n.title, n.body, n.importance, n.from_day, n.until_day, n.ended_at, r.read_at
         FROM notices n LEFT JOIN notice_reads r ON r.institution = $1 AND r.user_id = $2 AND r.notice = n.id
         WHERE (n.institution = $1 OR n.institution IS NULL) AND n.id < $3
           AND (n.ended_at IS NULL AND n.from_day <= $4 AND (n.until_day IS NULL OR n.until_day >= $4) OR $5 AND n.institution = $1)
         ORDER BY n.id DESC LIMIT $6",
        values![tenant, &query.user, after, &query.today.to_string(), query.has_hidden, query.rows],
        record_of,
    )
}

/// How many [`list`] would give without its page.
pub fn count(tx: &mut Tx<'_>, tenant: &Tenant, query: &NoticeQuery) -> Result<u32, StoreError> {
    let counted = tx.row(
        "SELECT COUNT(*) AS counted FROM notices n
         WHERE (n.institution = $1 OR n.institution IS NULL)
           AND (n.ended_at IS NULL AND n.from_day <= $2 AND (n.until_day IS NULL OR n.until_day >= $2) OR $3 AND n.institution = $1)",
        values![tenant, &query.today.to_string(), query.has_hidden],
        |row| row.get::<i64>("counted"),
    )?;
    u32::try_from(counted.unwrap_or_default()).map_err(|_| StoreError::Damaged("count"))
}

/// How many of those that are shown on a day an account has not read.
pub fn unread(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, today: CivilDate) -> Result<u32, StoreError> {
    let counted = tx.row(
        "SELECT COUNT(*) AS counted FROM notices n
         WHERE (n.institution = $1 OR n.institution IS NULL)
           AND n.ended_at IS NULL AND n.from_day <= $3 AND (n.until_day IS NULL OR n.until_day >= $3)
           AND NOT EXISTS (SELECT 1 FROM notice_reads r WHERE r.institution = $1 AND r.user_id = $2 AND r.notice = n.id)",
        values![tenant, user, &today.to_string()],
        |row| row.get::<i64>("counted"),
    )?;
    u32::try_from(counted.unwrap_or_default()).map_err(|_| StoreError::Damaged("count"))
}

/// Notes that an account has read a notice; the first time stays.
pub fn mark(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, id: &NoticeId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO notice_reads (institution, user_id, notice, read_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (institution, user_id, notice) DO NOTHING",
        values![tenant, user, id, at],
    )
    .map(|_| ())
}

/// Takes down a notice of the institution that an account of it wrote, unless it is down.
pub fn end(tx: &mut Tx<'_>, tenant: &Tenant, id: &NoticeId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE notices SET ended_at = $1 WHERE id = $2 AND institution = $3 AND written_by IS NOT NULL AND ended_at IS NULL",
        values![at, id, tenant],
    )
    .map(|_| ())
}

/// The same for one of the operator, to one institution or to all; false where there is none.
pub fn end_of_operator(tx: &mut Tx<'_>, id: &NoticeId, at: UnixMs) -> Result<bool, StoreError> {
    let ended = tx.execute("UPDATE notices SET ended_at = COALESCE(ended_at, $1) WHERE id = $2 AND written_by IS NULL", values![at, id])?;
    Ok(ended == 1)
}

/// The operator's notices, the newest first: institution (`None` = all) and notice.
pub fn of_operator(tx: &mut Tx<'_>, after: Option<&NoticeId>, rows: u32) -> Result<Vec<(Option<String>, NoticeRecord)>, StoreError> {
    tx.rows(
        "SELECT id, institution, written_by, title, body, importance, from_day, until_day, ended_at, CAST(NULL AS BIGINT) AS read_at
         FROM notices WHERE written_by IS NULL AND id < $1 ORDER BY id DESC LIMIT $2",
        values![after.map_or(NO_ID, NoticeId::as_str), rows],
        |row| Ok((row.get("institution")?, record_of(row)?)),
    )
}

/// The accounts in use that read notices, and when each read this one.
pub fn readers(tx: &mut Tx<'_>, tenant: &Tenant, id: &NoticeId, today: CivilDate, most: u32) -> Result<Vec<Reader>, StoreError> {
    tx.rows(
        "SELECT a.user_id, a.name, r.read_at
         FROM accounts a LEFT JOIN notice_reads r ON r.institution = a.institution AND r.user_id = a.user_id AND r.notice = $2
         WHERE a.institution = $1 AND a.kind IN ('admin', 'general', 'viewer') AND a.suspended_at IS NULL
           AND (a.valid_until IS NULL OR a.valid_until >= $3)
         ORDER BY a.user_id LIMIT $4",
        values![tenant, id, &today.to_string(), most],
        |row| Ok(Reader { user: user_of(&row.get::<String>("user_id")?)?, name: row.get("name")?, read_at: row.maybe_instant("read_at")? }),
    )
}
