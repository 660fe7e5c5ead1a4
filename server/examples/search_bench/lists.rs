//! The other lists that grow with the visits: 資格確認履歴, 取消照会, 照会番号, the worklist of the month.

use server::consent::search_key;
use server::store::check::history::{self, HistoryQuery};
use server::store::db::Tx;
use server::store::ending::{self, EndingQuery};
use server::store::month::{self, Place};
use server::store::reference::{self, ReferenceQuery};
use server::store::{ConsentId, StoreError};
use server::tenant::Tenant;
use shared::api::month::COUNT_MAX;
use shared::api::withdrawal::EndedBy;
use shared::domain::check::CheckWay;
use shared::domain::coverage::Validity;
use shared::domain::month::Month;
use shared::domain::reference::SendState;

use crate::plain::{Ask, Found};
use crate::{Bar, DAY_MS, DAYS, STATION, first_day, last_instant};

const ROWS: u32 = 50;
const MORE: u32 = ROWS + 1;

/// The lists of an institution of so many consents.
pub(crate) fn bars(rows: u32) -> Vec<Bar> {
    let mut bars = histories(rows);
    bars.extend(endings());
    bars.extend(references(rows));
    bars.extend(month_lists());
    bars
}

/// `rows` ids at most, as a page shows them.
fn shown(ids: impl Iterator<Item = String>) -> Found {
    Found { counts: Vec::new(), ids: ids.take(50).collect() }
}

fn range(table: &str, key: &str) -> String {
    let of = |column: &str| format!("({table}.{column} >= '{key}' AND {table}.{column} < '{key}\u{10FFFF}')");
    format!("({} OR {} OR {})", of("name_key"), of("kana_key"), of("other_key"))
}

fn histories(rows: u32) -> Vec<Bar> {
    let whole = HistoryQuery {
        from: first_day(),
        to: last_instant(),
        name_key: String::new(),
        way: None,
        medium: None,
        user: None,
        validity: None,
        state: None,
        sees_openings: true,
        after: None,
        rows: ROWS,
    };
    let middle = first_day().plus_ms(DAYS * DAY_MS / 2);
    // So many rows a page goes along before it says where it stopped (ten walks of 5,000 of each source): of more there is nothing to compare.
    let days = 30.min(50_000 * DAYS / i64::from(rows.max(1)));
    let month = HistoryQuery { from: last_instant().plus_ms(-days * DAY_MS), ..whole.clone() };
    let named = |name: &str| HistoryQuery { name_key: search_key(name), ..whole.clone() };
    [
        ("history", whole.clone()),
        ("history, page in the middle", HistoryQuery { after: Some((middle, "~".to_owned())), ..whole.clone() }),
        ("history of a month, by paper", HistoryQuery { way: Some(CheckWay::Paper), ..month.clone() }),
        ("history of a month, invalid", HistoryQuery { validity: Some(Validity::Invalid), ..month }),
        ("history, サトウ", named("サトウ")),
        ("history, rare: 鷲巣", named("鷲巣")),
        ("history, nobody", named("だれも")),
    ]
    .into_iter()
    .map(|(name, query)| {
        // Each source along its time, or from the indexes of names.
        let along = history_sql(&query, false);
        let mut ways = vec![vec![Ask::Page(along)]];
        if !query.name_key.is_empty() {
            ways.push(vec![Ask::Page(history_sql(&query, true))]);
        }
        Bar::new(name, ways, move |tx, tenant| Ok(shown(history::list(tx, tenant, &query)?.rows.into_iter().map(|row| row.id))))
    })
    .collect()
}

fn history_sql(query: &HistoryQuery, is_picked: bool) -> String {
    let plus = if is_picked { "+" } else { "" };
    let name = |table: &str| if query.name_key.is_empty() { String::new() } else { format!(" AND {}", range(table, &query.name_key)) };
    let from = query.from.0;
    let (to, id) = query.after.as_ref().map_or((query.to.0, String::new()), |(at, id)| (at.0, id.clone()));
    let way = |table: &str| query.way.map_or(String::new(), |way| format!(" AND {table}.check_way = '{}'", way.word()));
    let of_validity = |table: &str| if query.validity.is_some() { format!(" AND {table}.validity = 'invalid'") } else { String::new() };
    format!(
        "SELECT id, source, at, use, check_way, medium, done_by, state, eligibility FROM (
           SELECT * FROM (SELECT c.id, 'consent' AS source, c.consented_at AS at, c.use, c.check_way, c.medium, CAST(NULL AS TEXT) AS done_by,
                  'done' AS state, r.eligibility FROM consents c JOIN results r ON r.consent = c.id
             WHERE c.institution = '{STATION}' AND {plus}c.consented_at >= {from} AND ({plus}c.consented_at, c.id) < ({to}, '{id}'){}{}{}
             ORDER BY {plus}c.consented_at DESC, c.id DESC LIMIT {MORE}) AS a
           UNION ALL
           SELECT * FROM (SELECT k.id, 'check' AS source, k.checked_at AS at, k.use, k.check_way, k.medium, k.done_by, k.state, k.eligibility
             FROM checks k
             WHERE k.institution = '{STATION}' AND {plus}k.checked_at >= {from} AND ({plus}k.checked_at, k.id) < ({to}, '{id}'){}{}{}
             ORDER BY {plus}k.checked_at DESC, k.id DESC LIMIT {MORE}) AS b) AS h ORDER BY at DESC, id DESC LIMIT {ROWS}",
        name("c"),
        way("c"),
        of_validity("r"),
        name("k"),
        way("k"),
        of_validity("k"),
    )
}

fn endings() -> Vec<Bar> {
    let whole = EndingQuery {
        from: first_day(),
        to: last_instant(),
        of: None,
        by: EndedBy::All,
        name_key: String::new(),
        before: None,
        rows: ROWS,
        now: last_instant(),
    };
    let middle = first_day().plus_ms(DAYS * DAY_MS / 2);
    [
        ("endings", whole.clone()),
        ("endings, page in the middle", EndingQuery { before: Some((middle, "~".to_owned())), ..whole.clone() }),
        ("endings by the institution", EndingQuery { by: EndedBy::Institution, ..whole.clone() }),
        ("endings, サトウ", EndingQuery { name_key: search_key("サトウ"), ..whole.clone() }),
        ("endings, rare: 鷲巣", EndingQuery { name_key: search_key("鷲巣"), ..whole.clone() }),
        ("endings, nobody", EndingQuery { name_key: search_key("だれも"), ..whole }),
    ]
    .into_iter()
    .map(|(name, query)| {
        let mut ways = vec![endings_sql(&query, false)];
        if !query.name_key.is_empty() {
            ways.push(endings_sql(&query, true));
        }
        Bar::new(name, ways, move |tx, tenant| Ok(shown(ending::list(tx, tenant, &query)?.rows.into_iter().map(|row| row.id))))
    })
    .collect()
}

fn endings_sql(query: &EndingQuery, is_picked: bool) -> Vec<Ask> {
    let plus = if is_picked { "+" } else { "" };
    let from = query.from.0;
    let (at, id) = query.before.clone().map_or((i64::MAX, String::new()), |(at, id)| (at.0, id));
    let to = query.to.0.min(query.now.plus_ms(1 - 60_000).0);
    let name = if query.name_key.is_empty() { String::new() } else { format!(" AND {}", range("c", &query.name_key)) };
    let (why, has_natural) = if query.by == EndedBy::Institution { (" AND h.why = 1", false) } else { ("", true) };
    let early = format!(
        "SELECT h.id, h.changed_at AS at, h.consent, h.why, h.is_whole, h.items_before, h.items_after, h.changed_by, h.cause, c.use,
                c.consented_at, r.eligibility
         FROM consent_changes h JOIN consents c ON c.id = h.consent JOIN results r ON r.consent = c.id
         WHERE h.institution = '{STATION}' AND h.ends AND {plus}h.changed_at >= {from} AND {plus}h.changed_at < {} AND
               ({plus}h.changed_at, h.id) < ({at}, '{id}'){name}{why}
         ORDER BY {plus}h.changed_at DESC, h.id DESC LIMIT {MORE}",
        query.to.0
    );
    let natural = format!(
        "SELECT c.id, c.expires_at AS at, c.id AS consent, 1, 1 = 1, c.items, '', CAST(NULL AS TEXT), CAST(NULL AS TEXT), c.use, c.consented_at,
                r.eligibility
         FROM consents c JOIN results r ON r.consent = c.id
         WHERE c.institution = '{STATION}' AND c.replaced_at IS NULL AND {plus}c.expires_at >= {from} AND {plus}c.expires_at < {to}
           AND ({plus}c.expires_at, c.id) < ({at}, '{id}'){name}
         ORDER BY {plus}c.expires_at DESC, c.id DESC LIMIT {MORE}"
    );
    let both = if has_natural {
        format!(
            "SELECT * FROM (SELECT * FROM ({early}) AS a UNION ALL SELECT * FROM ({natural}) AS b) AS e ORDER BY at DESC, id DESC LIMIT {ROWS}"
        )
    } else {
        format!("SELECT * FROM ({early}) AS a ORDER BY at DESC, id DESC LIMIT {ROWS}")
    };
    vec![Ask::Page(both)]
}

fn references(rows: u32) -> Vec<Bar> {
    let whole = ReferenceQuery { number_key: String::new(), state: None, only_held: false, after: String::new(), rows: ROWS };
    let middle = ConsentId::new(first_day().plus_ms(DAYS * DAY_MS / 2), [0; 10]).as_str().to_owned();
    let number = format!("K{}", rows / 30);
    let columns =
        "SELECT id, subject, number, number_key, insurance_key, insurer, symbol, member, branch, state, code, message, changed_at,
                   changed_by, held_at, held_by, held_with FROM reference_numbers";
    let of = |condition: &str| format!("{columns} WHERE institution = '{STATION}' {condition} ORDER BY id LIMIT {ROWS}");
    [
        ("references", whole.clone(), of("")),
        ("references, page in the middle", ReferenceQuery { after: middle.clone(), ..whole.clone() }, of(&format!("AND id > '{middle}'"))),
        ("references, late", ReferenceQuery { state: Some(SendState::Late), ..whole.clone() }, of("AND state = 'late'")),
        ("references, one number", ReferenceQuery { number_key: number.clone(), ..whole }, of(&format!("AND number_key = '{number}'"))),
    ]
    .into_iter()
    .map(|(name, query, sql)| {
        Bar::new(name, vec![vec![Ask::Page(sql)]], move |tx, tenant| {
            Ok(shown(reference::list(tx, tenant, &query)?.into_iter().map(|row| row.id)))
        })
    })
    .collect()
}

fn month_lists() -> Vec<Bar> {
    let of = Month::of(last_instant().jst_date());
    let (begins, ends) = (of.begins_at().0, of.ends_at().0);
    let most = COUNT_MAX + 1;
    let open = format!(
        "consents c WHERE c.institution = '{STATION}' AND c.expires_at >= {begins} AND c.consented_at < {ends} AND c.replaced_at IS NULL
           AND c.use = 2 AND NOT EXISTS (SELECT 1 FROM month_checks m WHERE m.institution = '{STATION}' AND m.month = '{of}'
                                         AND m.subject = c.subject AND m.consent IS NOT NULL)"
    );
    let done = format!("month_checks m WHERE m.institution = '{STATION}' AND m.month = '{of}' AND m.consent IS NOT NULL");
    let page = |sql: String| vec![vec![Ask::Page(sql)]];
    let count = |sql: &str| vec![vec![Ask::Count(format!("SELECT count(*) FROM (SELECT 1 AS one FROM {sql} LIMIT {most}) AS counted"))]];
    type Counts = fn(&mut Tx<'_>, &Tenant, Month, u32) -> Result<u32, StoreError>;
    let counted = move |counts: Counts| {
        move |tx: &mut Tx<'_>, tenant: &Tenant| Ok(Found { counts: vec![counts(tx, tenant, of, most)?.into()], ids: Vec::new() })
    };
    let columns = "SELECT m.subject, m.checked_at, m.consent, m.check_way, m.medium, m.done_by";
    vec![
        Bar::new(
            "month, open",
            page(format!("SELECT c.id, c.subject, c.expires_at FROM {open} ORDER BY c.expires_at, c.id LIMIT {ROWS}")),
            move |tx, tenant| {
                let found = month::open(tx, tenant, of, &Place::first(), MORE)?;
                Ok(shown(found.into_iter().map(|one| one.place.rest)))
            },
        ),
        Bar::new("month, open counted", count(&open), counted(month::count_open)),
        Bar::new(
            "month, done",
            page(format!("{columns} FROM {done} ORDER BY m.checked_at DESC, m.subject DESC LIMIT {ROWS}")),
            move |tx, tenant| Ok(shown(month::done(tx, tenant, of, &Place::last(), MORE)?.into_iter().map(|one| one.subject))),
        ),
        Bar::new("month, done counted", count(&done), counted(month::count_done)),
        Bar::new(
            "month, evidence",
            page(format!("{columns} FROM {done} ORDER BY m.checked_at, m.subject LIMIT {ROWS}")),
            move |tx, tenant| Ok(shown(month::evidence(tx, tenant, of, &Place::first(), MORE)?.into_iter().map(|one| one.subject))),
        ),
    ]
}
