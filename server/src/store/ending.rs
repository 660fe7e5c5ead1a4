//! The list of consents that ended (OT-15): early ends from the changes, natural ones from the consents themselves.

use shared::api::withdrawal::{EndedBy, EndingRow};
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{ConsentItem, EndReason, ItemState};
use shared::domain::institution::VisitKind;
use shared::domain::withdrawal::WithdrawCause;

use super::consent::search::is_few;
use super::readable::Readable;
use super::tx::{Row, Tx, values};
use super::{StoreError, stored, user_of, visit_kind_of};
use crate::consent::parse_items;
use crate::tenant::Tenant;

/// Which ends to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingQuery {
    /// From this instant.
    pub from: UnixMs,
    /// To this one, excluded.
    pub to: UnixMs,
    /// For which use.
    pub of: Option<VisitKind>,
    /// By whom.
    pub by: EndedBy,
    /// Normalised beginning of a name; empty = all.
    pub name_key: String,
    /// The row that the page comes after.
    pub before: Option<(UnixMs, String)>,
    /// Rows of a page.
    pub rows: u32,
    /// What has ended by its deadline is decided at this instant.
    pub now: UnixMs,
}

/// Conditions on the consent `c`: use, name.
macro_rules! of_consent {
    () => {
        " AND ($6 = 0 OR c.use = $6) AND ($7 = '' OR (c.name_key >= $7 AND c.name_key < $8) OR (c.kana_key >= $7 AND c.kana_key < $8)
           OR (c.other_key >= $7 AND c.other_key < $8))"
    };
}

/// Conditions on what ended by its deadline: with a "+" looked at only, no bounds for an index.
macro_rules! of_deadline {
    ($p:literal) => {
        concat!(
            " AND c.replaced_at IS NULL AND ",
            $p,
            "c.expires_at >= $2 AND ",
            $p,
            "c.expires_at < $3 AND (",
            $p,
            "c.expires_at, c.id) < ($4, $5)"
        )
    };
}

/// The consents of a kind of name, which are of the tenant.
macro_rules! of_name {
    ($key:literal) => {
        concat!(
            "SELECT id, use, items, consented_at, expires_at, replaced_at, name_key, kana_key, other_key FROM consents
             WHERE institution = $1 AND ",
            $key,
            " >= $7 AND ",
            $key,
            " < $8"
        )
    };
}

/// The consents of a name, from the indexes of names.
macro_rules! of_names {
    () => {
        concat!("(", of_name!("name_key"), " UNION ", of_name!("kana_key"), " UNION ", of_name!("other_key"), " AND other_key <> '') AS c")
    };
}

/// The early ends `h` of the consents `c` of a source.
macro_rules! early {
    ($institution:literal $($source:tt)*) => {
        concat!(
            "SELECT h.id, h.consent, h.changed_at AS at, h.why, h.is_whole, h.items_before, h.items_after, h.changed_by, h.cause, c.use,
                    c.consented_at, r.eligibility
             FROM ",
            $($source)*,
            " JOIN results r ON r.consent = c.id
             WHERE ",
            $institution,
            " = $1 AND h.ends AND h.changed_at >= $2 AND h.changed_at < $3 AND (h.changed_at, h.id) < ($4, $5)",
            of_consent!(),
            " AND ($9 < 0 OR h.why = $9) ORDER BY h.changed_at DESC, h.id DESC LIMIT $10"
        )
    };
}

/// Text of the early ends: walks `consent_changes_ended`.
pub const EARLY: &str = early!("h.institution" "consent_changes h JOIN consents c ON c.id = h.consent");
/// The same of a name that few have: from its consents to their ends by `consent_changes_by_consent` (`|| ''`: no way along the days).
pub const EARLY_NAMED: &str = early!("(h.institution || '')" of_names!(), " JOIN consent_changes h ON h.consent = c.id");

/// Text of the natural ends: walks `consents_by_expiry`.
pub const NATURAL: &str = concat!(
    "SELECT c.id, c.id AS consent, c.expires_at AS at, c.items AS items_before, c.use, c.consented_at, r.eligibility
     FROM consents c JOIN results r ON r.consent = c.id WHERE c.institution = $1",
    of_deadline!(""),
    of_consent!(),
    " ORDER BY c.expires_at DESC, c.id DESC LIMIT $9"
);
/// The same of a name that few have.
pub const NATURAL_NAMED: &str = concat!(
    "SELECT c.id, c.id AS consent, c.expires_at AS at, c.items AS items_before, c.use, c.consented_at, r.eligibility
     FROM (SELECT * FROM ",
    of_names!(),
    " WHERE c.id <> ''",
    of_deadline!("+"),
    of_consent!(),
    " ORDER BY c.expires_at DESC, c.id DESC LIMIT $9) AS c JOIN results r ON r.consent = c.id ORDER BY c.expires_at DESC, c.id DESC"
);

/// A name with more index entries than this is walked to.
const PICK_MAX: u32 = 5_000;

/// One page, the last end first. A person's name that cannot be read back is missing, the row is not.
///
/// # Errors
/// What the database says.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, query: &EndingQuery) -> Result<Readable<EndingRow>, StoreError> {
    let more = i64::from(query.rows) + 1;
    let (at, id) = query.before.clone().unwrap_or((UnixMs(i64::MAX), String::new()));
    let of = query.of.map_or(0, |of| i64::from(of.code()));
    let above = format!("{}\u{10FFFF}", query.name_key);
    let why = match query.by {
        EndedBy::Institution => i64::from(EndReason::Institution.code()),
        EndedBy::Patient => i64::from(EndReason::Patient.code()),
        EndedBy::OtherUse => i64::from(EndReason::OtherUse.code()),
        EndedBy::Anyone | EndedBy::Deadline | EndedBy::All => -1,
    };
    let (early_ends, natural_ends) = match is_few(tx, tenant, &query.name_key, &above, PICK_MAX)? {
        true => (EARLY_NAMED, NATURAL_NAMED),
        false => (EARLY, NATURAL),
    };
    let mut found = Vec::new();
    if query.by != EndedBy::Deadline {
        found.extend(tx.rows(
            early_ends,
            values![tenant, query.from, query.to, at, &id, of, &query.name_key, &above, why, more],
            |row| Ok(place(row)?.with(early(row))),
        )?);
    }
    if EndedBy::takes(query.by, EndReason::Deadline) {
        // The deadline's own minute still counts.
        let to = query.to.min(query.now.plus_ms(1 - 60_000));
        found.extend(tx.rows(natural_ends, values![tenant, query.from, to, at, &id, of, &query.name_key, &above, more], |row| {
            Ok(place(row)?.with(natural(row)))
        })?);
    }
    found.sort_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
    let rows = usize::try_from(query.rows).unwrap_or(usize::MAX);
    let has_more = found.len() > rows;
    found.truncate(rows);
    let all = found.len();
    let rows: Vec<EndingRow> = found.into_iter().filter_map(|found| found.row.ok()).collect();
    let damaged = u32::try_from(all - rows.len()).unwrap_or(u32::MAX);
    Ok(Readable { rows, damaged, has_more })
}

struct Found {
    at: UnixMs,
    id: String,
    row: Result<EndingRow, StoreError>,
}

struct Place(UnixMs, String);

impl Place {
    fn with(self, row: Result<EndingRow, StoreError>) -> Found {
        Found { at: self.0, id: self.1, row }
    }
}

fn place(row: &Row<'_>) -> Result<Place, StoreError> {
    Ok(Place(row.instant("at")?, row.get("id")?))
}

fn items(row: &Row<'_>, name: &'static str) -> Result<Vec<(ConsentItem, ItemState)>, StoreError> {
    parse_items(&row.get::<String>(name)?).ok_or(StoreError::Damaged("items"))
}

fn early(row: &Row<'_>) -> Result<EndingRow, StoreError> {
    let (before, after) = (items(row, "items_before")?, items(row, "items_after")?);
    let is_ended = |(was, is): (&(ConsentItem, ItemState), &(ConsentItem, ItemState))| {
        (was.1 == ItemState::Agreed && is.1 != ItemState::Agreed).then_some(was.0)
    };
    let why = u8::try_from(row.get::<i64>("why")?).ok().and_then(EndReason::from_code).ok_or(StoreError::Damaged("reason of an end"))?;
    Ok(EndingRow {
        ended: before.iter().zip(&after).filter_map(is_ended).collect(),
        is_whole: row.get("is_whole")?,
        why,
        by: row.get::<Option<String>>("changed_by")?.map(|text| user_of(&text)).transpose()?,
        // A word of a later release says nothing here.
        cause: row.get::<Option<String>>("cause")?.and_then(|word| WithdrawCause::from_word(&word)),
        ..common(row)?
    })
}

fn natural(row: &Row<'_>) -> Result<EndingRow, StoreError> {
    let items = items(row, "items_before")?;
    let ended = items.into_iter().filter(|(_, state)| *state == ItemState::Agreed).map(|(item, _)| item).collect();
    Ok(EndingRow { ended, ..common(row)? })
}

fn common(row: &Row<'_>) -> Result<EndingRow, StoreError> {
    Ok(EndingRow {
        id: row.get("id")?,
        consent: row.get("consent")?,
        person: stored::read_eligibility(&row.get::<String>("eligibility")?)?.person,
        visit_kind: visit_kind_of(row.get("use")?)?,
        ended: Vec::new(),
        is_whole: true,
        consented_at: row.instant("consented_at")?,
        ended_at: row.instant("at")?,
        why: EndReason::Deadline,
        by: None,
        cause: None,
    })
}
