//! The consented list: which statement finds a page of it, and the statements.
//!
//! Two ways lead to a page. A *walk* goes along the list's own order and takes what matches: quick where much matches. A *pick*
//! takes all that an index on the condition points to and sorts it: quick where little matches. Which one serves is looked up
//! before, by counting index entries up to a limit. Every page begins behind the last row of the one before it (a key, no
//! OFFSET), and counts end at [`TOTAL_MAX`], so neither a late page nor a common name reads the whole list.

pub mod booked;
mod of_end;
mod of_use;

use shared::api::office::{DaysOf, ListOrder, StateFilter, TOTAL_MAX};
use shared::domain::calendar::UnixMs;

use super::{columns, read};
use crate::store::tx::{Row, Tx, Value, values};
use crate::store::{ConsentHits, ConsentId, ConsentQuery, ConsentRecord, Cursor, StoreError};
use crate::tenant::Tenant;

/// So many rows a walk goes at most before the condition's own index is asked.
const WALK_MAX: u32 = 5_000;
/// A name with more index entries than this is walked first.
const PICK_MAX: u32 = 30_000;

/// 1 living, 2 expired, 3 replaced; 0 asks for all. [`of_end`] tells 4, withdrawn, from 3.
macro_rules! state {
    () => {
        " AND ($4 = 0 OR $4 = CASE WHEN c.replaced_at IS NOT NULL THEN 3 WHEN c.expires_at > $5 THEN 1 ELSE 2 END)"
    };
}

/// Bounds of a page in an order: `$p` is empty where the order's index shall be gone along, `+` where it shall not be.
macro_rules! bound {
    (newest next $p:literal) => {
        concat!(" AND (", $p, "c.consented_at, c.id) < ($7, $6) AND ", $p, "c.consented_at >= $2 AND +c.consented_at < $3")
    };
    (newest back $p:literal) => {
        concat!(" AND (", $p, "c.consented_at, c.id) > ($7, $6) AND +c.consented_at >= $2 AND ", $p, "c.consented_at < $3")
    };
    (expiry next $p:literal) => {
        concat!(" AND (", $p, "c.expires_at, c.id) > ($7, $6) AND +c.consented_at >= $2 AND +c.consented_at < $3")
    };
    (expiry back $p:literal) => {
        concat!(" AND (", $p, "c.expires_at, c.id) < ($7, $6) AND +c.consented_at >= $2 AND +c.consented_at < $3")
    };
    // The day's index, whatever the order.
    (days next $p:literal) => {
        " AND c.consented_at >= $2 AND c.consented_at < $3 AND (+c.expires_at, c.id) > ($7, $6)"
    };
    (days back $p:literal) => {
        " AND c.consented_at >= $2 AND c.consented_at < $3 AND (+c.expires_at, c.id) < ($7, $6)"
    };
}

macro_rules! order {
    (newest next $p:literal) => {
        concat!($p, "c.consented_at DESC, c.id DESC")
    };
    (newest back $p:literal) => {
        concat!($p, "c.consented_at, c.id")
    };
    ($expiry:ident next $p:literal) => {
        concat!($p, "c.expires_at, c.id")
    };
    ($expiry:ident back $p:literal) => {
        concat!($p, "c.expires_at DESC, c.id DESC")
    };
}

/// The rows of the ids found, in the order of the page.
macro_rules! rows_of {
    ($order:ident $way:ident [$($found:tt)*]) => {
        concat!(
            "SELECT ", columns!(), " FROM (SELECT c.id AS hit FROM ", $($found)*, " LIMIT $8) AS hits
             JOIN consents c ON c.id = hit JOIN results r ON r.consent = c.id LEFT JOIN proofs p ON p.consent = c.id
             ORDER BY ", order!($order $way "")
        )
    };
}

macro_rules! page {
    ($order:ident $way:ident $p:literal [$($source:tt)*]) => {
        rows_of!($order $way [$($source)*, bound!($order $way $p), state!(), " ORDER BY ", order!($order $way $p)])
    };
}

/// A walk of at most [`WALK_MAX`] rows. `$names` are further columns, `$found_by` what they must match.
macro_rules! short_walk {
    ($order:ident $way:ident $names:literal $found_by:literal) => {
        rows_of!($order $way [
            "(SELECT c.id, c.consented_at, c.expires_at, c.replaced_at", $names, " FROM consents c WHERE c.institution = $1",
            bound!($order $way ""), " ORDER BY ", order!($order $way ""), " LIMIT 5000) AS c WHERE c.id <> ''", state!(), $found_by
        ])
    };
}

/// The statements of one source: newest first onward and back, next deadline first onward and back.
type Pages = [&'static str; 4];

macro_rules! picked {
    ($($source:tt)*) => {
        [
            page!(newest next "+" [$($source)*]),
            page!(newest back "+" [$($source)*]),
            page!(expiry next "+" [$($source)*]),
            page!(expiry back "+" [$($source)*]),
        ]
    };
}

macro_rules! short_walks {
    ($names:literal $found_by:literal) => {
        [
            short_walk!(newest next $names $found_by),
            short_walk!(newest back $names $found_by),
            short_walk!(expiry next $names $found_by),
            short_walk!(expiry back $names $found_by),
        ]
    };
}

const WALK: Pages = [
    page!(newest next "" ["consents c WHERE c.institution = $1"]),
    page!(newest back "" ["consents c WHERE c.institution = $1"]),
    page!(expiry next "" ["consents c WHERE c.institution = $1"]),
    page!(expiry back "" ["consents c WHERE c.institution = $1"]),
];
/// Few days: their rows are sorted.
const DAYS: Pages = [
    WALK[0],
    WALK[1],
    page!(days next "+" ["consents c WHERE c.institution = $1"]),
    page!(days back "+" ["consents c WHERE c.institution = $1"]),
];
const SHORT_WALK: Pages = short_walks!("" "");
const SHORT_WALK_NAMED: Pages = short_walks!(
    ", c.name_key, c.kana_key, c.other_key"
    " AND ((c.name_key >= $9 AND c.name_key < $10) OR (c.kana_key >= $9 AND c.kana_key < $10)
           OR (c.other_key >= $9 AND c.other_key < $10))"
);
const LIVING: Pages = picked!("consents c WHERE c.institution = $1 AND c.expires_at > $5 AND c.replaced_at IS NULL");
const REPLACED: Pages = [
    page!(newest next "" ["consents c WHERE c.institution = $1 AND c.replaced_at IS NOT NULL"]),
    page!(newest back "" ["consents c WHERE c.institution = $1 AND c.replaced_at IS NOT NULL"]),
    page!(days next "+" ["consents c WHERE c.institution = $1 AND c.replaced_at IS NOT NULL"]),
    page!(days back "+" ["consents c WHERE c.institution = $1 AND c.replaced_at IS NOT NULL"]),
];
/// 1 and 2: [`shared::domain::consent::EndReason`] by the institution and by the person.
const WITHDRAWN: Pages = [
    page!(newest next "" ["consents c WHERE c.institution = $1 AND c.ended_why IN (1, 2)"]),
    page!(newest back "" ["consents c WHERE c.institution = $1 AND c.ended_why IN (1, 2)"]),
    page!(days next "+" ["consents c WHERE c.institution = $1 AND c.ended_why IN (1, 2)"]),
    page!(days back "+" ["consents c WHERE c.institution = $1 AND c.ended_why IN (1, 2)"]),
];
const BY_NAME: Pages = picked!("consents c WHERE c.institution = $1 AND c.name_key >= $9 AND c.name_key < $10");
const BY_KANA: Pages = picked!("consents c WHERE c.institution = $1 AND c.kana_key >= $9 AND c.kana_key < $10");
const BY_OTHER: Pages = picked!("consents c WHERE c.institution = $1 AND c.other_key >= $9 AND c.other_key < $10 AND c.other_key <> ''");
const BY_ANY_NAME: Pages = picked!(
    "(SELECT id, consented_at, expires_at, replaced_at FROM consents WHERE institution = $1 AND name_key >= $9 AND name_key < $10
      UNION SELECT id, consented_at, expires_at, replaced_at FROM consents WHERE institution = $1 AND kana_key >= $9 AND kana_key < $10
      UNION SELECT id, consented_at, expires_at, replaced_at FROM consents
            WHERE institution = $1 AND other_key >= $9 AND other_key < $10 AND other_key <> '') AS c WHERE c.id <> ''"
);
/// A receipt, and what else was asked for.
const BY_RECEIPT: Pages = picked!(
    "consents c WHERE c.institution = $1 AND c.receipt = $9
     AND ($10 = '' OR (c.name_key >= $10 AND c.name_key < $11) OR (c.kana_key >= $10 AND c.kana_key < $11)
          OR (c.other_key >= $10 AND c.other_key < $11))
     AND ($12 = '' OR replace(c.reference_number, '-', '') = $12)"
);
/// A 照会番号, and what else was asked for.
const BY_REFERENCE: Pages = picked!(
    "consents c WHERE c.institution = $1 AND replace(c.reference_number, '-', '') = $9 AND c.reference_number IS NOT NULL
     AND ($10 = '' OR (c.name_key >= $10 AND c.name_key < $11) OR (c.kana_key >= $10 AND c.kana_key < $11)
          OR (c.other_key >= $10 AND c.other_key < $11))"
);

/// Counts up to $6.
macro_rules! count {
    ($($source:tt)*) => {
        concat!("SELECT count(*) AS n FROM (SELECT 1 AS one FROM ", $($source)*, state!(), " LIMIT $6) AS counted")
    };
}

const COUNT_DAYS: &str = count!("consents c WHERE c.institution = $1 AND c.consented_at >= $2 AND c.consented_at < $3");
const COUNT_LIVING: &str =
    count!("consents c WHERE c.institution = $1 AND c.expires_at > $5 AND +c.consented_at >= $2 AND +c.consented_at < $3");
/// No deadline is before its consent.
const COUNT_EXPIRED: &str = count!(
    "consents c WHERE c.institution = $1 AND c.expires_at >= $2 AND c.expires_at <= $5 AND +c.consented_at >= $2 AND +c.consented_at < $3"
);
const COUNT_REPLACED: &str =
    count!("consents c WHERE c.institution = $1 AND c.replaced_at IS NOT NULL AND c.consented_at >= $2 AND c.consented_at < $3");
const COUNT_WITHDRAWN: &str =
    count!("consents c WHERE c.institution = $1 AND c.ended_why IN (1, 2) AND c.consented_at >= $2 AND c.consented_at < $3");
const COUNT_DAYS_NAMED: &str = count!(
    "consents c WHERE c.institution = $1 AND c.consented_at >= $2 AND c.consented_at < $3
     AND ((c.name_key >= $7 AND c.name_key < $8) OR (c.kana_key >= $7 AND c.kana_key < $8) OR (c.other_key >= $7 AND c.other_key < $8))"
);
const COUNT_NAME: &str = count!(
    "consents c WHERE c.institution = $1 AND c.name_key >= $7 AND c.name_key < $8 AND +c.consented_at >= $2 AND +c.consented_at < $3"
);
const COUNT_KANA: &str = count!(
    "consents c WHERE c.institution = $1 AND c.kana_key >= $7 AND c.kana_key < $8 AND +c.consented_at >= $2 AND +c.consented_at < $3"
);
const COUNT_OTHER: &str = count!(
    "consents c WHERE c.institution = $1 AND c.other_key >= $7 AND c.other_key < $8 AND c.other_key <> ''
     AND +c.consented_at >= $2 AND +c.consented_at < $3"
);
/// Only asked where each name alone has fewer than can be counted.
const COUNT_ANY_NAME: &str = count!(
    "(SELECT id, consented_at, expires_at, replaced_at FROM consents WHERE institution = $1 AND name_key >= $7 AND name_key < $8
        AND +consented_at >= $2 AND +consented_at < $3
      UNION SELECT id, consented_at, expires_at, replaced_at FROM consents WHERE institution = $1 AND kana_key >= $7 AND kana_key < $8
        AND +consented_at >= $2 AND +consented_at < $3
      UNION SELECT id, consented_at, expires_at, replaced_at FROM consents WHERE institution = $1 AND other_key >= $7 AND other_key < $8
        AND other_key <> '' AND +consented_at >= $2 AND +consented_at < $3) AS c WHERE c.id <> ''"
);
const COUNT_RECEIPT: &str = count!(
    "consents c WHERE c.institution = $1 AND c.receipt = $7 AND +c.consented_at >= $2 AND +c.consented_at < $3
     AND ($8 = '' OR (c.name_key >= $8 AND c.name_key < $9) OR (c.kana_key >= $8 AND c.kana_key < $9)
          OR (c.other_key >= $8 AND c.other_key < $9))
     AND ($10 = '' OR replace(c.reference_number, '-', '') = $10)"
);
const COUNT_REFERENCE: &str = count!(
    "consents c WHERE c.institution = $1 AND replace(c.reference_number, '-', '') = $7 AND c.reference_number IS NOT NULL
     AND +c.consented_at >= $2 AND +c.consented_at < $3
     AND ($8 = '' OR (c.name_key >= $8 AND c.name_key < $9) OR (c.kana_key >= $8 AND c.kana_key < $9)
          OR (c.other_key >= $8 AND c.other_key < $9))"
);

/// Index entries of the days asked for, and of each kind of name, up to a limit.
const COUNT_ENTRIES_OF_DAYS: &str = "SELECT count(*) AS n FROM
     (SELECT 1 AS one FROM consents WHERE institution = $1 AND consented_at >= $2 AND consented_at < $3 LIMIT $4) AS counted";
const COUNT_ENTRIES_OF_NAMES: &str =
    "SELECT (SELECT count(*) FROM (SELECT 1 AS one FROM consents WHERE institution = $1 AND name_key >= $2 AND name_key < $3 LIMIT $4) AS a) AS of_name,
            (SELECT count(*) FROM (SELECT 1 AS one FROM consents WHERE institution = $1 AND kana_key >= $2 AND kana_key < $3 LIMIT $4) AS b) AS of_kana,
            (SELECT count(*) FROM (SELECT 1 AS one FROM consents WHERE institution = $1 AND other_key >= $2 AND other_key < $3 AND other_key <> ''
                                   LIMIT $4) AS c) AS of_other";

/// Every statement that a search may run, for the test that has them explained.
pub const STATEMENTS: [(&str, &[&str]); 15] = [
    ("walk", &WALK),
    ("days", &DAYS),
    ("short walk", &SHORT_WALK),
    ("short walk, named", &SHORT_WALK_NAMED),
    ("living", &LIVING),
    ("replaced", &REPLACED),
    ("withdrawn", &WITHDRAWN),
    ("name", &BY_NAME),
    ("kana", &BY_KANA),
    ("other name", &BY_OTHER),
    ("any name", &BY_ANY_NAME),
    ("receipt", &BY_RECEIPT),
    ("reference", &BY_REFERENCE),
    (
        "counts",
        &[
            COUNT_DAYS,
            COUNT_LIVING,
            COUNT_EXPIRED,
            COUNT_REPLACED,
            COUNT_WITHDRAWN,
            COUNT_DAYS_NAMED,
            COUNT_NAME,
            COUNT_KANA,
            COUNT_OTHER,
            COUNT_ANY_NAME,
            COUNT_RECEIPT,
            COUNT_REFERENCE,
        ],
    ),
    ("entries", &[COUNT_ENTRIES_OF_DAYS, COUNT_ENTRIES_OF_NAMES]),
];

/// True for a name that has so many index entries at most: then they are looked at rather than everybody's rows.
///
/// # Errors
/// What the database says.
pub(in crate::store) fn is_few(tx: &mut Tx<'_>, tenant: &Tenant, name: &str, name_end: &str, most: u32) -> Result<bool, StoreError> {
    if name.is_empty() {
        return Ok(false);
    }
    let entries = tx.row(COUNT_ENTRIES_OF_NAMES, values![tenant, name, name_end, most + 1], |row| {
        Ok(row.get::<i64>("of_name")? + row.get::<i64>("of_kana")? + row.get::<i64>("of_other")?)
    })?;
    Ok(entries.unwrap_or(0) <= i64::from(most))
}

/// What a search will run.
struct Plan<'q> {
    /// Where few rows are walked first, and asked for by their condition only if too few of them matched.
    short_walk: Option<&'static Pages>,
    pages: &'static Pages,
    /// A short walk sees every row there is.
    is_walk_whole: bool,
    /// Values of the pages after $8.
    of_pages: Vec<Value<'q>>,
    /// Values of the count after $6.
    of_count: Vec<Value<'q>>,
    counts: Vec<&'static str>,
}

impl Plan<'_> {
    /// The same for one use: its value is the last one of each statement.
    fn of_use(mut self, of_use: Option<i64>) -> Self {
        let value = of_use.map(Value::from);
        self.of_pages.extend(value);
        self.of_count.extend(value);
        self
    }
}

/// A statement as it tells 置換 from 取消: only where one of them is asked for, so that the others need nothing but their index.
fn of_end(sql: &'static str, state: StateFilter) -> &'static str {
    match state {
        StateFilter::Replaced | StateFilter::Withdrawn => of_end::of_end(sql),
        StateFilter::All | StateFilter::Living | StateFilter::Expired => sql,
    }
}

fn narrow(sql: &'static str, of_use: Option<i64>) -> &'static str {
    if of_use.is_some() { of_use::of_use(sql) } else { sql }
}

/// A statement of [`STATEMENTS`] as it runs for one use.
#[must_use]
pub fn statement_of_use(sql: &str) -> String {
    of_use::text(sql)
}

/// A statement of [`STATEMENTS`] as it runs where 置換 or 取消 is asked for.
#[must_use]
pub fn statement_of_end(sql: &str) -> String {
    of_end::text(sql)
}

/// Lists a page of consents of one institution.
///
/// # Errors
/// What the database says. A row that cannot be read is left out, counted and logged by its id: one of them never hides the rest.
pub(super) fn run(tx: &mut Tx<'_>, tenant: &Tenant, query: &ConsentQuery) -> Result<ConsentHits, StoreError> {
    if query.days == DaysOf::Booked {
        return booked::run(tx, tenant, query);
    }
    let state = state_number(query.state);
    let (from, to) = (query.from.at_jst(0, 0), query.to.plus_days(1).at_jst(0, 0));
    // A deadline counts to the end of its minute.
    let living_after = query.now.plus_ms(-60_000);
    let name_end = format!("{}\u{10FFFF}", query.name_key);
    let of_use = query.visit_kind.map(|kind| i64::from(kind.code()));
    let plan = plan(tx, tenant, query, from, to, &name_end)?.of_use(of_use);
    let conditions: [Value<'_>; 5] = [tenant.into(), from.into(), to.into(), state.into(), living_after.into()];

    let cap = TOTAL_MAX + 1;
    let mut total = 0;
    for count in &plan.counts {
        let mut values = conditions.to_vec();
        values.push(cap.into());
        values.extend(&plan.of_count);
        total = number(tx.row(narrow(of_end(count, query.state), of_use), &values, |row| row.get::<i64>("n"))?.unwrap_or(0));
        if total > TOTAL_MAX {
            break;
        }
    }

    let begin = match (query.order, query.state) {
        (ListOrder::NewestFirst, _) => to,
        // Before this deadline nothing of the days is asked for: no deadline is before its consent.
        (ListOrder::ExpiryFirst, StateFilter::Living) => UnixMs(from.0.max(living_after.0)),
        (ListOrder::ExpiryFirst, _) => from,
    };
    let rows_asked = usize::try_from(query.rows).unwrap_or(usize::MAX);
    let page = |tx: &mut Tx<'_>, cursor: Option<&Cursor>| -> Result<Vec<Hit>, StoreError> {
        let is_back = cursor.is_some_and(|cursor| cursor.is_back);
        let way = usize::from(query.order == ListOrder::ExpiryFirst) * 2 + usize::from(is_back);
        let mut values = conditions.to_vec();
        let (at, id) = cursor.map_or((begin, ""), |cursor| (cursor.at, cursor.id.as_str()));
        values.extend([Value::from(id), at.into(), (query.rows + 1).into()]);
        values.extend(&plan.of_pages);
        let ask = |tx: &mut Tx<'_>, pages: &Pages, values: &[Value<'_>]| match pages.get(way) {
            Some(sql) => tx.rows(narrow(of_end(sql, query.state), of_use), values, |row| hit(row, query.order)),
            None => Ok(Vec::new()),
        };
        if let Some(walk) = plan.short_walk {
            let walked = ask(tx, walk, &values)?;
            if plan.is_walk_whole || walked.len() > rows_asked {
                return Ok(walked);
            }
        }
        ask(tx, plan.pages, &values)
    };

    paged(tx, query, total, &page)
}

/// The rows of a page, or why there are none.
type Rows = Result<Vec<Hit>, StoreError>;

/// 1 living, 2 expired, 3 replaced, 4 withdrawn; 0 asks for all.
fn state_number(state: StateFilter) -> i64 {
    match state {
        StateFilter::All => 0,
        StateFilter::Living => 1,
        StateFilter::Expired => 2,
        StateFilter::Replaced => 3,
        StateFilter::Withdrawn => 4,
    }
}

/// The page that is wanted, with what leads to the ones beside it.
fn paged(
    tx: &mut Tx<'_>,
    query: &ConsentQuery,
    total: u32,
    page: &dyn Fn(&mut Tx<'_>, Option<&Cursor>) -> Rows,
) -> Result<ConsentHits, StoreError> {
    let rows_asked = usize::try_from(query.rows).unwrap_or(usize::MAX);
    // Back from the second page leads to the first one: nothing is to be looked for before it.
    let mut cursor = query.cursor.as_ref().filter(|cursor| !cursor.is_back || cursor.ahead > query.rows);
    let mut hits = page(tx, cursor)?;
    if cursor.is_some_and(|cursor| cursor.is_back) && hits.len() <= rows_asked {
        // Back at the beginning: the first page, with what came in meanwhile.
        cursor = None;
        hits = page(tx, None)?;
    }
    let has_more = hits.len() > rows_asked;
    hits.truncate(rows_asked);
    let count = number(i64::try_from(hits.len()).unwrap_or(i64::MAX));
    let is_back = cursor.is_some_and(|cursor| cursor.is_back);
    if is_back {
        hits.reverse();
    }
    let ahead = cursor.map_or(0, |cursor| if is_back { cursor.ahead.saturating_sub(count) } else { cursor.ahead });
    let end = |hit: &Hit, is_back: bool, ahead: u32| Cursor { is_back, at: hit.at, id: hit.id.clone(), ahead };
    let previous = hits.first().filter(|_| cursor.is_some()).map(|hit| end(hit, true, ahead));
    let next = hits.last().filter(|_| has_more || is_back).map(|hit| end(hit, false, ahead.saturating_add(count)));
    let mut rows = Vec::with_capacity(hits.len());
    let mut damaged = 0;
    for hit in hits {
        match hit.record {
            Ok(record) => rows.push(record),
            Err(what) => {
                damaged += 1;
                tracing::error!(consent = hit.id, what, "a stored consent cannot be read");
            }
        }
    }
    Ok(ConsentHits { total: total.min(TOTAL_MAX), is_total_more: total > TOTAL_MAX, ahead, rows, damaged, previous, next })
}

/// A row of a page: its place is read even where the row itself cannot be.
struct Hit {
    at: UnixMs,
    id: String,
    record: Result<ConsentRecord, &'static str>,
}

fn hit(row: &Row<'_>, order: ListOrder) -> Result<Hit, StoreError> {
    let at = row.instant(if order == ListOrder::NewestFirst { "consented_at" } else { "expires_at" })?;
    Hit::of(row, at, read(row))
}

impl Hit {
    /// A row at its place in the order; one that cannot be read keeps its place.
    fn of(row: &Row<'_>, at: UnixMs, record: Result<ConsentRecord, StoreError>) -> Result<Self, StoreError> {
        let record = match record {
            Ok(record) => Ok(record),
            Err(StoreError::Damaged(what)) => Err(what),
            Err(other) => return Err(other),
        };
        Ok(Self { at, id: row.get("id")?, record })
    }
}

fn plan<'q>(
    tx: &mut Tx<'_>,
    tenant: &'q Tenant,
    query: &'q ConsentQuery,
    from: UnixMs,
    to: UnixMs,
    name_end: &'q str,
) -> Result<Plan<'q>, StoreError> {
    let (name, reference, receipt) = (&query.name_key, &query.reference_number, &query.receipt);
    let picked = |pages, count, values: Vec<Value<'q>>| Plan {
        short_walk: None,
        pages,
        is_walk_whole: false,
        of_pages: values.clone(),
        of_count: values,
        counts: vec![count],
    };
    if !receipt.is_empty() {
        return Ok(picked(&BY_RECEIPT, COUNT_RECEIPT, vec![receipt.into(), name.into(), name_end.into(), reference.into()]));
    }
    if !reference.is_empty() {
        return Ok(picked(&BY_REFERENCE, COUNT_REFERENCE, vec![reference.into(), name.into(), name_end.into()]));
    }
    let of_use = query.visit_kind.map(|kind| i64::from(kind.code()));
    let mut of_days = values![tenant, from, to, WALK_MAX + 1].to_vec();
    of_days.extend(of_use.map(Value::from));
    let days = tx.row(narrow(COUNT_ENTRIES_OF_DAYS, of_use), &of_days, |row| row.get::<i64>("n"))?;
    let days = number(days.unwrap_or(0));
    let is_walk_whole = days <= WALK_MAX;
    if name.is_empty() {
        let plain = |pages, count| picked(pages, count, Vec::new());
        return Ok(match (query.state, query.order) {
            _ if is_walk_whole => plain(&DAYS, COUNT_DAYS),
            (StateFilter::All, _) => plain(&WALK, COUNT_DAYS),
            (StateFilter::Living, ListOrder::ExpiryFirst) => plain(&WALK, COUNT_LIVING),
            (StateFilter::Living, ListOrder::NewestFirst) => Plan { short_walk: Some(&SHORT_WALK), ..plain(&LIVING, COUNT_LIVING) },
            (StateFilter::Expired, _) => plain(&WALK, COUNT_EXPIRED),
            (StateFilter::Replaced, ListOrder::NewestFirst) => plain(&REPLACED, COUNT_REPLACED),
            // They are few: all of the days are sorted.
            (StateFilter::Withdrawn, _) => plain(&WITHDRAWN, COUNT_WITHDRAWN),
            (StateFilter::Replaced, ListOrder::ExpiryFirst) => Plan { short_walk: Some(&SHORT_WALK), ..plain(&REPLACED, COUNT_REPLACED) },
        });
    }
    // Few days are gone along rather than a name with more entries than they have rows.
    let pick_max = if is_walk_whole { days } else { PICK_MAX };
    let entries = tx.row(COUNT_ENTRIES_OF_NAMES, values![tenant, name, name_end, pick_max + 1], |row| {
        Ok([row.get::<i64>("of_name")?, row.get::<i64>("of_kana")?, row.get::<i64>("of_other")?].map(number))
    })?;
    let [of_name, of_kana, of_other] = entries.unwrap_or_default();
    let all: [(u32, &'static Pages, &'static str); 3] =
        [(of_name, &BY_NAME, COUNT_NAME), (of_kana, &BY_KANA, COUNT_KANA), (of_other, &BY_OTHER, COUNT_OTHER)];
    let is_common = all.iter().any(|(entries, ..)| *entries > pick_max);
    let keys = vec![name.into(), name_end.into()];
    let mut found = all.into_iter().filter(|(entries, ..)| *entries > 0);
    let plan = match (found.next(), found.next()) {
        (None, _) => picked(&BY_NAME, COUNT_NAME, keys),
        (Some((_, pages, count)), None) => picked(pages, count, keys),
        _ => {
            // The largest of them may already be more than is counted.
            let mut counts: Vec<_> = all.into_iter().filter(|(entries, ..)| *entries > TOTAL_MAX).map(|(_, _, count)| count).collect();
            counts.push(COUNT_ANY_NAME);
            Plan { counts, ..picked(&BY_ANY_NAME, COUNT_ANY_NAME, keys) }
        }
    };
    Ok(match (is_common, is_walk_whole) {
        (false, _) => plan,
        (true, true) => Plan { short_walk: Some(&SHORT_WALK_NAMED), is_walk_whole, counts: vec![COUNT_DAYS_NAMED], ..plan },
        (true, false) => Plan { short_walk: Some(&SHORT_WALK_NAMED), ..plan },
    })
}

fn number(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Cursor {
    /// The text form, for the page of the office: instants, an id and a count; nothing of a person.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}.{}.{}.{}", if self.is_back { 'b' } else { 'n' }, self.at.0, self.ahead, self.id)
    }

    /// Reads [`Self::to_text`]; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '.');
        let is_back = match parts.next()? {
            "b" => true,
            "n" => false,
            _ => return None,
        };
        let (at, ahead) = (UnixMs(parts.next()?.parse().ok()?), parts.next()?.parse().ok()?);
        let id = ConsentId::parse(parts.next()?)?.as_str().to_owned();
        Some(Self { is_back, at, id, ahead })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_ends_where_the_plan_says() {
        let limit = format!("LIMIT {WALK_MAX})");
        assert!(SHORT_WALK.iter().chain(&SHORT_WALK_NAMED).all(|sql| sql.contains(&limit)));
    }

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        let cursor = Cursor { is_back: true, at: UnixMs(-5), id: ConsentId::new(UnixMs(1), [7; 10]).as_str().to_owned(), ahead: 50 };
        assert_eq!(Cursor::parse(&cursor.to_text()), Some(cursor.clone()));
        for bad in [
            "",
            "n",
            "n.1.2",
            "x.1.2.AAAAAAAAAAAAAAAAAAAAAA",
            "n.1.-2.AAAAAAAAAAAAAAAAAAAAAA",
            "n.1.2.AAAA",
            "n.a.2.AAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(Cursor::parse(bad), None, "{bad}");
        }
    }
}
