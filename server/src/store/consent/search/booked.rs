//! The list by 受診(予約)年月日: along its own index, which holds only consents with such a day. What else is asked for is looked at in
//! the rows of those days, so a page goes through no more than they are; a name that few have is looked up in the indexes of names.

use shared::api::office::{ListOrder, StateFilter, TOTAL_MAX};
use shared::domain::calendar::CivilDate;

use super::{Hit, PICK_MAX, columns, is_few, number, paged, read, state_number};
use crate::store::tx::{Row, Tx, Value, values};
use crate::store::{ConsentHits, ConsentQuery, Cursor, StoreError};
use crate::tenant::Tenant;

/// What a row must match besides its days and its name. The list of states is that of the search, with 4 for one that was withdrawn.
macro_rules! matches {
    () => {
        " AND ($4 = 0 OR $4 = CASE WHEN c.ended_why IN (1, 2) THEN 4 WHEN c.replaced_at IS NOT NULL THEN 3 WHEN c.expires_at > $5 THEN 1 ELSE 2 END)
          AND ($6 = 0 OR c.use = $6)
          AND ($9 = '' OR c.receipt = $9) AND ($10 = '' OR replace(c.reference_number, '-', '') = $10)"
    };
}

/// The rows of a kind of name: looked at in the index of the names, so the day is no bound for another index (`|| ''`).
macro_rules! of_name {
    ($key:literal) => {
        concat!(
            "SELECT c.id, c.booked_on FROM consents c WHERE c.institution = $1 AND ",
            $key,
            " >= $7 AND ",
            $key,
            " < $8 AND (c.booked_on || '') >= $2 AND (c.booked_on || '') <= $3",
            matches!()
        )
    };
}

/// The rows along their days. Of the bounds on the day, one each way is that of the page (`|| ''`: looked at, not gone along).
macro_rules! of_days {
    ($from:literal $to:literal) => {
        concat!(
            "consents c WHERE c.institution = $1 AND c.booked_on IS NOT NULL AND ",
            $from,
            " >= $2 AND ",
            $to,
            " <= $3
             AND ($7 = '' OR (c.name_key >= $7 AND c.name_key < $8) OR (c.kana_key >= $7 AND c.kana_key < $8)
                  OR (c.other_key >= $7 AND c.other_key < $8))",
            matches!()
        )
    };
}

/// From what the rows come: along their days downward, upward or all of them, or from the indexes of the names where few have the name.
macro_rules! rows {
    (days "<") => {
        of_days!("c.booked_on" "(c.booked_on || '')")
    };
    (days ">") => {
        of_days!("(c.booked_on || '')" "c.booked_on")
    };
    (days "") => {
        of_days!("c.booked_on" "c.booked_on")
    };
    (names $any:tt) => {
        concat!(
            "(",
            of_name!("c.name_key"),
            " UNION ",
            of_name!("c.kana_key"),
            " UNION ",
            of_name!("c.other_key"),
            " AND c.other_key <> '') AS c WHERE c.id <> ''"
        )
    };
}

macro_rules! page {
    ($source:ident $than:tt $order:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM (SELECT c.id AS hit FROM ",
            rows!($source $than),
            " AND (c.booked_on, c.id) ",
            $than,
            " ($12, $13) ORDER BY ",
            $order,
            " LIMIT $11) AS hits
             JOIN consents c ON c.id = hit JOIN results r ON r.consent = c.id LEFT JOIN proofs p ON p.consent = c.id ORDER BY ",
            $order
        )
    };
}

/// Latest day first onward and back, earliest first onward and back. A consent for a day ends with it, so the last two are those of the
/// next deadline.
macro_rules! pages {
    ($source:ident) => {
        [
            page!($source "<" "c.booked_on DESC, c.id DESC"),
            page!($source ">" "c.booked_on, c.id"),
            page!($source ">" "c.booked_on, c.id"),
            page!($source "<" "c.booked_on DESC, c.id DESC"),
        ]
    };
}

/// Counts up to $11.
macro_rules! count {
    ($source:ident) => {
        concat!("SELECT count(*) AS n FROM (SELECT 1 AS one FROM ", rows!($source ""), " LIMIT $11) AS counted")
    };
}

const ALONG: ([&str; 4], &str) = (pages!(days), count!(days));
const NAMED: ([&str; 4], &str) = (pages!(names), count!(names));

/// Counts up to $4 where nothing but the days is asked for: nothing but the index is looked at.
const COUNT_OF_DAYS: &str = "SELECT count(*) AS n FROM
     (SELECT 1 AS one FROM consents WHERE institution = $1 AND booked_on IS NOT NULL AND booked_on >= $2 AND booked_on <= $3 LIMIT $4) AS counted";

/// Every statement along the days, for the test that has them explained.
pub const STATEMENTS: [&str; 6] = [ALONG.0[0], ALONG.0[1], ALONG.0[2], ALONG.0[3], ALONG.1, COUNT_OF_DAYS];
/// Every statement by a name that few have.
pub const STATEMENTS_NAMED: [&str; 5] = [NAMED.0[0], NAMED.0[1], NAMED.0[2], NAMED.0[3], NAMED.1];

fn hit(row: &Row<'_>) -> Result<Hit, StoreError> {
    let day = row.get::<String>("booked_on")?;
    let day = CivilDate::try_from(day.as_str()).map_err(|_| StoreError::Damaged("booked day"))?;
    Hit::of(row, day.at_jst(0, 0), read(row))
}

/// Lists a page.
pub(super) fn run(tx: &mut Tx<'_>, tenant: &Tenant, query: &ConsentQuery) -> Result<ConsentHits, StoreError> {
    let (from, to) = (query.from.to_string(), query.to.to_string());
    let name_end = format!("{}\u{10FFFF}", query.name_key);
    let conditions: [Value<'_>; 10] = [
        tenant.into(),
        (&from).into(),
        (&to).into(),
        state_number(query.state).into(),
        query.now.plus_ms(-60_000).into(),
        query.visit_kind.map_or(0, |kind| i64::from(kind.code())).into(),
        (&query.name_key).into(),
        (&name_end).into(),
        (&query.receipt).into(),
        (&query.reference_number).into(),
    ];
    let (pages, count) = if is_few(tx, tenant, &query.name_key, &name_end, PICK_MAX)? { NAMED } else { ALONG };
    let cap = TOTAL_MAX + 1;
    let has_no_more = query.state == StateFilter::All
        && query.visit_kind.is_none()
        && [&query.name_key, &query.receipt, &query.reference_number].iter().all(|text| text.is_empty());
    let (count, of_count) = if has_no_more {
        (COUNT_OF_DAYS, values![tenant, &from, &to, cap].to_vec())
    } else {
        (count, [&conditions[..], values![cap]].concat())
    };
    let total = number(tx.row(count, &of_count, |row| row.get::<i64>("n"))?.unwrap_or(0));
    let page = |tx: &mut Tx<'_>, cursor: Option<&Cursor>| -> Result<Vec<Hit>, StoreError> {
        let is_back = cursor.is_some_and(|cursor| cursor.is_back);
        let is_early_first = query.order == ListOrder::ExpiryFirst;
        // Before the first day asked for, or behind the last one.
        let (begin, id) = if is_early_first { (&from, "") } else { (&to, "~") };
        let day = cursor.map(|cursor| cursor.at.jst_date().to_string());
        let mut values = conditions.to_vec();
        values.push((query.rows + 1).into());
        values.push(day.as_deref().unwrap_or(begin).into());
        values.push(cursor.map_or(id, |cursor| cursor.id.as_str()).into());
        let [late, late_back, early, early_back] = pages;
        let sql = match (is_early_first, is_back) {
            (false, false) => late,
            (false, true) => late_back,
            (true, false) => early,
            (true, true) => early_back,
        };
        tx.rows(sql, &values, hit)
    };
    paged(tx, query, total, &page)
}
