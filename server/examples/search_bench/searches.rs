//! Searches of the consented list, each with two ways to write it in plain SQL: along the list's order, and from the condition's index.

use server::store::consent;
use server::store::{ConsentId, ConsentQuery, Cursor};
use shared::api::office::{DaysOf, ListOrder, PAGE_ROWS, StateFilter, TOTAL_MAX};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::VisitKind;

use crate::plain::{Ask, Found};
use crate::{Bar, DAY_MS, DAYS, STATION, first_day, last_instant};

/// The searches of a list of so many consents.
pub(crate) fn bars(rows: u32) -> Vec<Bar> {
    kinds(rows).into_iter().map(bar).collect()
}

fn bar(kind: Kind) -> Bar {
    let ways = [kind.sql(false), kind.sql(true)].into_iter().flatten().collect();
    let query = kind.query;
    Bar::new(kind.name, ways, move |tx, tenant| {
        let hits = consent::search(tx, tenant, &query)?;
        let total = i64::from(hits.total) + i64::from(hits.is_total_more);
        Ok(Found { counts: vec![total], ids: hits.rows.iter().map(|row| row.id.as_str().to_owned()).collect() })
    })
}

/// A search, and the same in plain SQL.
struct Kind {
    name: &'static str,
    query: ConsentQuery,
    /// The condition beside institution and days.
    matches: String,
    /// Where the condition's own index leads: FROM and WHERE.
    picked: Option<String>,
}

/// What both read of a row.
const COLUMNS: &str =
    "SELECT c.id, c.use, c.reference_number, c.items, c.consented_at, c.expires_at, c.replaced_at, c.ended_why, c.booked_on,
     c.receipt, c.check_way, c.medium, r.eligibility, r.chosen, r.chosen_at, r.chosen_by, p.checks";
const JOINED: &str = "JOIN consents c ON c.id = hit JOIN results r ON r.consent = c.id LEFT JOIN proofs p ON p.consent = c.id";

fn kinds(rows: u32) -> Vec<Kind> {
    let now = last_instant();
    let day = |ms: i64| UnixMs(ms).jst_date();
    let whole = ConsentQuery {
        days: DaysOf::Consented,
        visit_kind: None,
        from: day(first_day().0),
        to: day(now.0),
        name_key: String::new(),
        reference_number: String::new(),
        receipt: String::new(),
        state: StateFilter::All,
        order: ListOrder::NewestFirst,
        cursor: None,
        rows: PAGE_ROWS,
        now,
    };
    let living_after = now.plus_ms(-60_000).0;
    let plain = |name, query: ConsentQuery, matches: &str| Kind { name, query, matches: matches.to_owned(), picked: None };
    let named = |name, text: &str, column: &str, query: &ConsentQuery| {
        let key = server::consent::search_key(text);
        let range = |column: &str| format!("{column} >= '{key}' AND {column} < '{key}\u{10FFFF}'");
        let all = ["c.name_key", "c.kana_key", "c.other_key"].map(range).join(" OR ");
        let mut matches = format!("({all})");
        if query.state == StateFilter::Living {
            matches = format!("{matches} AND c.replaced_at IS NULL AND c.expires_at > {living_after}");
        }
        let picked = if column == "all" {
            let branch =
                |column: &str| format!("SELECT * FROM consents c WHERE c.institution = '{STATION}' AND {}", range(&format!("c.{column}")));
            let branches = ["name_key", "kana_key", "other_key"].map(branch).join(" UNION ");
            format!("({branches}) AS c WHERE 1 = 1")
        } else {
            format!("consents c WHERE c.institution = '{STATION}' AND {}", range(&format!("c.{column}")))
        };
        Kind { name, query: ConsentQuery { name_key: key, ..query.clone() }, matches, picked: Some(picked) }
    };
    let middle = first_day().plus_ms(DAYS * DAY_MS / 2);
    let month = ConsentQuery { from: day(middle.0), to: day(middle.0 + 29 * DAY_MS), ..whole.clone() };
    let one_day = ConsentQuery { to: month.from, ..month.clone() };
    let far = Cursor { is_back: false, at: middle, id: ConsentId::new(middle, [0; 10]).as_str().to_owned(), ahead: rows / 2 };
    let state = |state, order| ConsentQuery { state, order, ..whole.clone() };
    let (newest, expiry) = (ListOrder::NewestFirst, ListOrder::ExpiryFirst);
    let living = format!("c.replaced_at IS NULL AND c.expires_at > {living_after}");
    let expired = format!("c.replaced_at IS NULL AND c.expires_at <= {living_after}");
    let receipt = format!("R{:07}", rows / 3);
    let online = Some(VisitKind::Online);
    let of_use = |query: &ConsentQuery| ConsentQuery { visit_kind: online, ..query.clone() };
    let booked = ConsentQuery { days: DaysOf::Booked, ..whole.clone() };
    let booked_month = ConsentQuery { days: DaysOf::Booked, ..month.clone() };
    let booked_far = Cursor { at: middle.jst_date().at_jst(0, 0), id: "~".to_owned(), ..far.clone() };
    vec![
        plain("use", of_use(&whole), "1 = 1"),
        plain("use, a month by deadline", of_use(&ConsentQuery { order: expiry, ..month.clone() }), "1 = 1"),
        plain("use, living", of_use(&state(StateFilter::Living, newest)), &living),
        named("use, サ", "さ", "kana_key", &of_use(&whole)),
        named("use, 佐藤", "佐藤", "name_key", &of_use(&whole)),
        plain("booked", booked.clone(), "1 = 1"),
        plain("booked, page in the middle", ConsentQuery { cursor: Some(booked_far), ..booked.clone() }, "1 = 1"),
        plain("booked in a month", booked_month.clone(), "1 = 1"),
        named("booked, 佐藤", "佐藤", "name_key", &booked),
        named("booked, rare: 鷲巣", "鷲巣", "name_key", &booked),
        named("booked in a month, サ", "さ", "kana_key", &booked_month),
        plain("all, newest first", whole.clone(), "1 = 1"),
        plain("all, page in the middle", ConsentQuery { cursor: Some(far), ..whole.clone() }, "1 = 1"),
        plain("all, next deadline first", state(StateFilter::All, expiry), "1 = 1"),
        plain("a month, by deadline", ConsentQuery { order: expiry, ..month.clone() }, "1 = 1"),
        plain("a day, by deadline", ConsentQuery { order: expiry, ..one_day.clone() }, "1 = 1"),
        plain("living", state(StateFilter::Living, newest), &living),
        plain("living, by deadline", state(StateFilter::Living, expiry), &living),
        plain("living of an old month", ConsentQuery { state: StateFilter::Living, ..month.clone() }, &living),
        plain("expired", state(StateFilter::Expired, newest), &expired),
        plain("replaced", state(StateFilter::Replaced, newest), "c.replaced_at IS NOT NULL AND c.ended_why IS NULL"),
        plain("replaced, by deadline", state(StateFilter::Replaced, expiry), "c.replaced_at IS NOT NULL AND c.ended_why IS NULL"),
        plain("withdrawn", state(StateFilter::Withdrawn, newest), "c.ended_why = 2"),
        named("サ (one letter)", "さ", "kana_key", &whole),
        named("サ, by deadline", "さ", "kana_key", &state(StateFilter::All, expiry)),
        named("サ, of a month", "さ", "kana_key", &month),
        named("サ, of a day", "さ", "kana_key", &one_day),
        named("サトウ", "さとう", "kana_key", &whole),
        named("佐藤", "佐藤", "name_key", &whole),
        named("佐藤, living", "佐藤", "name_key", &state(StateFilter::Living, newest)),
        named("ヤマモト (name, kana, 通称)", "ヤマモト", "all", &whole),
        named("rare: 鷲巣", "鷲巣", "name_key", &whole),
        named("rare: ワシズ", "わしず", "kana_key", &whole),
        named("nobody", "だれも", "kana_key", &whole),
        Kind {
            picked: Some(format!("consents c WHERE c.institution = '{STATION}' AND c.receipt = '{receipt}'")),
            ..plain("receipt", ConsentQuery { receipt: receipt.clone(), ..whole.clone() }, &format!("c.receipt = '{receipt}'"))
        },
        Kind {
            picked: Some(format!(
                "consents c WHERE c.institution = '{STATION}' AND replace(c.reference_number, '-', '') = '00001005'
                 AND c.reference_number IS NOT NULL"
            )),
            ..plain(
                "照会番号",
                ConsentQuery { reference_number: "00001005".to_owned(), ..whole.clone() },
                "c.reference_number = '00001005'",
            )
        },
    ]
}

impl Kind {
    /// Count and page, along the order (`false`) or from the condition's index.
    fn sql(&self, is_picked: bool) -> Option<Vec<Ask>> {
        let days = |day: CivilDate| day.at_jst(0, 0).0;
        let (from, to) = (days(self.query.from), days(self.query.to.plus_days(1)));
        let plus = if is_picked { "+" } else { "" };
        let source = if is_picked { self.picked.clone()? } else { format!("consents c WHERE c.institution = '{STATION}'") };
        let span = format!("AND {plus}c.consented_at >= {from} AND {plus}c.consented_at < {to}");
        let matches = match self.query.visit_kind {
            Some(kind) => format!("{} AND {}c.use = {}", self.matches, plus, kind.code()),
            None => self.matches.clone(),
        };
        if self.query.days == DaysOf::Booked {
            let rows = format!(
                "consents c WHERE c.institution = '{STATION}' AND c.booked_on IS NOT NULL AND c.booked_on >= '{}' AND c.booked_on <= '{}' AND {matches}",
                self.query.from, self.query.to
            );
            let begin = self
                .query
                .cursor
                .as_ref()
                .map_or(String::new(), |cursor| format!("AND (c.booked_on, c.id) < ('{}', '{}')", cursor.at.jst_date(), cursor.id));
            let count = format!("SELECT count(*) FROM (SELECT 1 AS one FROM {rows} LIMIT {}) AS counted", TOTAL_MAX + 1);
            let order = "c.booked_on DESC, c.id DESC";
            let page = format!(
                "{COLUMNS} FROM (SELECT c.id AS hit FROM {rows} {begin} ORDER BY {order} LIMIT {}) AS hits {JOINED} ORDER BY {order} LIMIT {PAGE_ROWS}",
                PAGE_ROWS + 1
            );
            return (!is_picked).then(|| vec![Ask::Count(count), Ask::Page(page)]);
        }
        let order = match self.query.order {
            ListOrder::NewestFirst => format!("{plus}c.consented_at DESC, c.id DESC"),
            ListOrder::ExpiryFirst => format!("{plus}c.expires_at, c.id"),
        };
        let begin = match (&self.query.cursor, self.query.order) {
            (Some(cursor), _) => format!("AND (c.consented_at, c.id) < ({}, '{}')", cursor.at.0, cursor.id),
            (None, ListOrder::ExpiryFirst) if !is_picked => format!("AND c.expires_at >= {from}"),
            (None, _) => String::new(),
        };
        let count = format!("SELECT count(*) FROM (SELECT 1 AS one FROM {source} {span} AND {matches} LIMIT {}) AS counted", TOTAL_MAX + 1);
        // One row more than is shown says that there are more.
        let page = format!(
            "{COLUMNS} FROM (SELECT c.id AS hit FROM {source} {span} AND {matches} {begin} ORDER BY {order} LIMIT {}) AS hits {JOINED}
             ORDER BY {order} LIMIT {PAGE_ROWS}",
            PAGE_ROWS + 1
        );
        Some(vec![Ask::Count(count), Ask::Page(page)])
    }
}
