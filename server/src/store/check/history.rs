//! 資格確認履歴照会 (OT-13): consents' own checks and all others in one list, the newest first.
//!
//! Each source is gone along its own index by time, at most [`WALK_MAX`] rows at once, and what matches is taken; the two are put together
//! by `UNION ALL` of limited selects. A name that few rows have is looked up in the indexes of names instead. So no page reads a whole
//! history: where little matches, it says where it stopped.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::institution::VisitKind;

use crate::store::readable::readable;
use crate::store::tx::{Row, Tx, Value, values};
use crate::store::{StoreError, stored, user_of, visit_kind_of};
use crate::tenant::Tenant;

/// So many rows of each source are gone along at once: the number in the statements.
const WALK_MAX: u32 = 5_000;
/// And so often for one page.
const WALKS: u32 = 10;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryQuery {
    /// From this instant.
    pub from: UnixMs,
    /// Before this one.
    pub to: UnixMs,
    /// Beginning of a name, as [`crate::consent::search_key`] makes it; empty = all.
    pub name_key: String,
    /// 確認の方法.
    pub way: Option<CheckWay>,
    /// 媒体.
    pub medium: Option<Medium>,
    /// Who checked.
    pub user: Option<UserId>,
    /// The verdict.
    pub validity: Option<Validity>,
    /// How far.
    pub state: Option<CheckState>,
    /// Also who was seen in an opening (OT-17).
    pub sees_openings: bool,
    /// Behind this row.
    pub after: Option<Key>,
    /// Rows of a page.
    pub rows: u32,
}

/// The place of a row: its instant and its id.
pub type Key = (UnixMs, String);

/// A check of either source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// Of the consent or of the check.
    pub id: String,
    /// It came with a consent.
    pub is_consent: bool,
    /// When.
    pub at: UnixMs,
    /// What for.
    pub visit_kind: Option<VisitKind>,
    /// 確認の方法.
    pub check_way: CheckWay,
    /// What was shown.
    pub medium: Medium,
    /// Who checked.
    pub done_by: Option<UserId>,
    /// How far.
    pub state: CheckState,
    /// What was answered.
    pub eligibility: Eligibility,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Those that could be read.
    pub rows: Vec<HistoryRow>,
    /// How many could not.
    pub damaged: u32,
    /// The next page comes behind this row.
    pub next: Option<Key>,
    /// The search stopped before the page was full.
    pub is_cut: bool,
}

/// What the rows `w` of a source must match besides.
macro_rules! named {
    () => {
        " AND ($11 = '' OR (w.name_key >= $11 AND w.name_key < $12) OR (w.kana_key >= $11 AND w.kana_key < $12)
               OR (w.other_key >= $11 AND w.other_key < $12))
          ORDER BY w.at DESC, w.id DESC LIMIT $5)"
    };
}

/// Both sources, each limited, put together.
macro_rules! both {
    ([$($consents:tt)*], [$($checks:tt)*] $(,)?) => {
        concat!(
            "SELECT h.source, h.id, h.at, h.use, h.check_way, h.medium, h.done_by, h.state, h.eligibility FROM (
               SELECT * FROM (
                 SELECT 'consent' AS source, w.id, w.at, w.use, w.check_way, w.medium, CAST(NULL AS TEXT) AS done_by, 'done' AS state,
                        r.eligibility
                 FROM (", $($consents)*, ") AS w JOIN results r ON r.consent = w.id
                 WHERE ($6 = '' OR w.check_way = $6) AND ($7 = '' OR w.medium = $7) AND $8 = '' AND ($9 = '' OR r.validity = $9)
                   AND ($10 = '' OR $10 = 'done')", named!(), " AS of_consents
               UNION ALL
               SELECT * FROM (
                 SELECT 'check' AS source, w.id, w.at, w.use, w.check_way, w.medium, w.done_by, w.state, w.eligibility
                 FROM (", $($checks)*, ") AS w
                 WHERE ($6 = '' OR w.check_way = $6) AND ($7 = '' OR w.medium = $7) AND ($8 = '' OR w.done_by = $8)
                   AND ($9 = '' OR w.validity = $9) AND ($10 = '' OR w.state = $10)
                   AND ($13 = 1 OR w.check_way NOT IN ('disaster', 'outage'))", named!(), " AS of_checks
             ) AS h ORDER BY h.at DESC, h.id DESC LIMIT $5"
        )
    };
}

macro_rules! of_consents {
    ($bound:literal) => {
        concat!(
            "SELECT c.id, c.consented_at AS at, c.use, c.check_way, c.medium, c.name_key, c.kana_key, c.other_key
             FROM consents c WHERE c.institution = $1 AND ",
            $bound
        )
    };
}

macro_rules! of_consents_by {
    ($bound:literal) => {
        concat!(
            "SELECT c.id, c.consented_at AS at, c.use, c.check_way, c.medium, c.name_key, c.kana_key, c.other_key
             FROM consents c WHERE c.institution = $1 AND ",
            $bound,
            " AND +c.consented_at >= $2 AND (+c.consented_at, c.id) < ($3, $4)"
        )
    };
}

macro_rules! of_checks {
    ($bound:literal $more:literal) => {
        concat!(
            "SELECT k.id, k.checked_at AS at, k.use, k.check_way, k.medium, k.done_by, k.state, k.eligibility, k.validity, k.name_key,
                    k.kana_key, k.other_key
             FROM checks k WHERE k.institution = $1 AND ",
            $bound,
            $more
        )
    };
    (by $bound:literal) => {
        of_checks!($bound " AND +k.checked_at >= $2 AND (+k.checked_at, k.id) < ($3, $4)")
    };
}

/// Along the time.
pub const WALK: &str = both!(
    [of_consents!("c.consented_at >= $2 AND (c.consented_at, c.id) < ($3, $4) ORDER BY c.consented_at DESC, c.id DESC LIMIT 5000")],
    [of_checks!("k.checked_at >= $2 AND (k.checked_at, k.id) < ($3, $4) ORDER BY k.checked_at DESC, k.id DESC LIMIT 5000" "")]
);

/// By a name that few have.
pub const NAMED: &str = both!(
    [
        of_consents_by!("c.name_key >= $11 AND c.name_key < $12"),
        " UNION ",
        of_consents_by!("c.kana_key >= $11 AND c.kana_key < $12"),
        " UNION ",
        of_consents_by!("c.other_key >= $11 AND c.other_key < $12 AND c.other_key <> ''")
    ],
    [
        of_checks!(by "k.name_key >= $11 AND k.name_key < $12"),
        " UNION ",
        of_checks!(by "k.kana_key >= $11 AND k.kana_key < $12"),
        " UNION ",
        of_checks!(by "k.other_key >= $11 AND k.other_key < $12 AND k.other_key <> ''")
    ]
);

/// The row at which a walk stopped, where it did.
pub const END_OF_CONSENTS: &str = "SELECT c.consented_at AS at, c.id FROM consents c
     WHERE c.institution = $1 AND c.consented_at >= $2 AND (c.consented_at, c.id) < ($3, $4)
     ORDER BY c.consented_at DESC, c.id DESC LIMIT 1 OFFSET 4999";
/// The same of checks.
pub const END_OF_CHECKS: &str = "SELECT k.checked_at AS at, k.id FROM checks k
     WHERE k.institution = $1 AND k.checked_at >= $2 AND (k.checked_at, k.id) < ($3, $4)
     ORDER BY k.checked_at DESC, k.id DESC LIMIT 1 OFFSET 4999";

/// Index entries of a name in both sources, each up to a limit.
pub const ENTRIES: &str = "SELECT
     (SELECT count(*) FROM (SELECT 1 AS one FROM consents WHERE institution = $1 AND name_key >= $2 AND name_key < $3 LIMIT $4) AS a)
   + (SELECT count(*) FROM (SELECT 1 AS one FROM consents WHERE institution = $1 AND kana_key >= $2 AND kana_key < $3 LIMIT $4) AS b)
   + (SELECT count(*) FROM (SELECT 1 AS one FROM consents WHERE institution = $1 AND other_key >= $2 AND other_key < $3 AND other_key <> ''
        LIMIT $4) AS c)
   + (SELECT count(*) FROM (SELECT 1 AS one FROM checks WHERE institution = $1 AND name_key >= $2 AND name_key < $3 LIMIT $4) AS d)
   + (SELECT count(*) FROM (SELECT 1 AS one FROM checks WHERE institution = $1 AND kana_key >= $2 AND kana_key < $3 LIMIT $4) AS e)
   + (SELECT count(*) FROM (SELECT 1 AS one FROM checks WHERE institution = $1 AND other_key >= $2 AND other_key < $3 AND other_key <> ''
        LIMIT $4) AS f) AS n";

/// Every statement of a search, for the test that has them explained.
pub const STATEMENTS: [&str; 5] = [WALK, NAMED, END_OF_CONSENTS, END_OF_CHECKS, ENTRIES];

/// Lists a page of the history of one institution.
///
/// # Errors
/// What the database says. A row that cannot be read is left out, counted and logged by its id.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, query: &HistoryQuery) -> Result<History, StoreError> {
    let wanted = usize::try_from(query.rows).unwrap_or(usize::MAX);
    let name_end = format!("{}\u{10FFFF}", query.name_key);
    let is_named = !query.name_key.is_empty() && {
        let values = values![tenant, &query.name_key, &name_end, WALK_MAX];
        tx.row(ENTRIES, values, |row| row.get::<i64>("n"))?.unwrap_or(0) <= i64::from(WALK_MAX)
    };
    let words: [&str; 5] = [
        query.way.map_or("", CheckWay::word),
        query.medium.map_or("", Medium::word),
        query.user.as_ref().map_or("", UserId::as_str),
        query.validity.map_or("", stored::validity_text),
        query.state.map_or("", CheckState::word),
    ];
    let mut from = query.after.clone().unwrap_or_else(|| (query.to, String::new()));
    let mut found: Vec<(Key, Option<HistoryRow>)> = Vec::new();
    let mut stopped = None;
    for _ in 0..WALKS {
        let mut asked: Vec<Value<'_>> = values![tenant, query.from, from.0, &from.1, query.rows + 1].to_vec();
        asked.extend(words.map(Value::from));
        asked.extend([Value::from(&query.name_key), (&name_end).into(), i64::from(query.sees_openings).into()]);
        let rows = tx.rows(if is_named { NAMED } else { WALK }, &asked, hit)?;
        // What one source has behind the place where the other stopped comes with the next walk.
        stopped = if is_named { None } else { end(tx, tenant, query.from, &from)? };
        found.extend(rows.into_iter().filter(|(key, _)| stopped.as_ref().is_none_or(|end| key >= end)));
        match &stopped {
            Some(end) if found.len() <= wanted => from.clone_from(end),
            _ => break,
        }
    }
    let has_more = found.len() > wanted;
    found.truncate(wanted);
    let next = if has_more { found.last().map(|(key, _)| key.clone()) } else { stopped };
    let asked = found.len();
    let rows: Vec<HistoryRow> = found.into_iter().filter_map(|(_, row)| row).collect();
    let damaged = u32::try_from(asked - rows.len()).unwrap_or(u32::MAX);
    Ok(History { rows, damaged, is_cut: !has_more && next.is_some(), next })
}

/// Where a walk from here stops: at the later of the places where its sources do; `None` where it comes to the end of both.
fn end(tx: &mut Tx<'_>, tenant: &Tenant, first: UnixMs, from: &Key) -> Result<Option<Key>, StoreError> {
    let mut last = None;
    for sql in [END_OF_CONSENTS, END_OF_CHECKS] {
        let found = tx.row(sql, values![tenant, first, from.0, &from.1], |row| Ok((row.instant("at")?, row.get::<String>("id")?)))?;
        last = last.max(found);
    }
    Ok(last)
}

/// A row with its place in the order, which is read even where the row itself cannot be.
fn hit(row: &Row<'_>) -> Result<(Key, Option<HistoryRow>), StoreError> {
    let key = (row.instant("at")?, row.get::<String>("id")?);
    let read = readable("checks", &key.1, read(row, &key))?;
    Ok((key, read))
}

fn read(row: &Row<'_>, key: &Key) -> Result<HistoryRow, StoreError> {
    Ok(HistoryRow {
        id: key.1.clone(),
        is_consent: row.get::<String>("source")? == "consent",
        at: key.0,
        visit_kind: row.get::<Option<i64>>("use")?.map(visit_kind_of).transpose()?,
        check_way: CheckWay::from_word(&row.get::<String>("check_way")?).ok_or(StoreError::Damaged("check way"))?,
        medium: Medium::from_word(&row.get::<String>("medium")?).ok_or(StoreError::Damaged("medium"))?,
        done_by: row.get::<Option<String>>("done_by")?.map(|user| user_of(&user)).transpose()?,
        state: CheckState::from_word(&row.get::<String>("state")?).ok_or(StoreError::Damaged("check state"))?,
        eligibility: stored::read_eligibility(&row.get::<String>("eligibility")?)?,
    })
}
