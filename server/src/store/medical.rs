//! Statements on who looked at medical information (OT-13): rows are only ever added.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::medical::MedicalKind;
use shared::domain::person::Person;

use super::readable::{Readable, page, readable};
use super::tx::{Row, Tx, values};
use super::{CheckId, ConsentId, StoreError, ViewId, stored, user_of};
use crate::tenant::Tenant;

/// What opened a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Under {
    /// A consent.
    Consent(ConsentId),
    /// A person seen in an opening (OT-17e), by the check that it was kept as.
    Check(CheckId),
}

impl Under {
    fn as_str(&self) -> &str {
        match self {
            Self::Consent(id) => id.as_str(),
            Self::Check(id) => id.as_str(),
        }
    }
}

/// A view to keep.
#[derive(Debug, Clone)]
pub struct NewView {
    /// Its id.
    pub id: ViewId,
    /// Under what.
    pub under: Under,
    /// Of whom, in the register's words.
    pub subject: String,
    /// Which kind.
    pub kind: MedicalKind,
    /// When.
    pub at: UnixMs,
    /// By whom.
    pub by: UserId,
    /// How many lines were shown.
    pub lines: u32,
}

/// A view as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewRecord {
    /// Its id.
    pub id: ViewId,
    /// Under which consent; `None` in an opening, and where it is not kept any more.
    pub consent: Option<ConsentId>,
    /// Of whom, by the result of the consent or of the check.
    pub person: Option<Person>,
    /// Which kind.
    pub kind: MedicalKind,
    /// When.
    pub at: UnixMs,
    /// By whom.
    pub by: UserId,
    /// ユーザ名; `None` where the account is gone.
    pub by_name: Option<String>,
    /// How many lines were shown.
    pub lines: u32,
}

/// Which views to list.
#[derive(Debug, Clone)]
pub struct ViewQuery {
    /// From this instant.
    pub from: UnixMs,
    /// To this instant, not included.
    pub to: UnixMs,
    /// The rows after this one; `None` = from the newest.
    pub before: Option<(UnixMs, ViewId)>,
    /// Whole ユーザID; empty = all.
    pub user: String,
    /// Which kind; `None` = all.
    pub kind: Option<MedicalKind>,
    /// Beginning of a name as [`crate::consent::search_key`] gives it; empty = all.
    pub name_key: String,
    /// At most so many.
    pub rows: u32,
}

/// Adds a view.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, new: &NewView) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO medical_views (id, institution, consent, subject, kind, viewed_at, viewed_by, lines)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![new.id.as_str(), tenant, new.under.as_str(), &new.subject, new.kind.word(), new.at, &new.by, new.lines],
    )
    .map(|_| ())
}

/// Who a consent is of, in the register's words.
pub fn subject_of(tx: &mut Tx<'_>, tenant: &Tenant, consent: &ConsentId) -> Result<Option<String>, StoreError> {
    tx.row("SELECT subject FROM consents WHERE institution = $1 AND id = $2", values![tenant, consent], |row| row.get("subject"))
}

/// What [`list`] reads of each row and where from; the conditions but one follow.
macro_rules! listed {
    ($by_user:literal) => {
        concat!(
            "SELECT v.id, v.kind, v.viewed_at, v.viewed_by, v.lines, a.name AS user_name, c.id AS kept, COALESCE(r.eligibility, k.eligibility) AS eligibility
             FROM medical_views v
             LEFT JOIN consents c ON c.id = v.consent AND c.institution = v.institution
             LEFT JOIN results r ON r.consent = c.id
             LEFT JOIN checks k ON k.institution = v.institution AND k.id = v.consent
             LEFT JOIN accounts a ON a.institution = v.institution AND a.user_id = v.viewed_by
             WHERE v.institution = $1 AND v.viewed_at >= $2 AND v.viewed_at < $3 AND v.viewed_at <= $4 AND (v.viewed_at < $4 OR v.id < $5)
               AND ",
            $by_user,
            " AND $7 IN ('', v.kind)
               AND (CAST($8 AS TEXT) = '' OR substr(COALESCE(c.name_key, k.name_key), 1, length(CAST($8 AS TEXT))) = $8
                    OR substr(COALESCE(c.kana_key, k.kana_key), 1, length(CAST($8 AS TEXT))) = $8
                    OR substr(COALESCE(c.other_key, k.other_key), 1, length(CAST($8 AS TEXT))) = $8)
             ORDER BY v.viewed_at DESC, v.id DESC LIMIT $9"
        )
    };
}

/// Text of [`list`] for all accounts: along the index `medical_views_by_time`.
pub const LIST_ALL: &str = listed!("$6 = ''");
/// Text of [`list`] for one account: along the index `medical_views_by_user`.
pub const LIST_OF_USER: &str = listed!("v.viewed_by = $6");

/// Greater than every id.
const NO_ID: &str = "~";

/// Views of an institution, the newest first.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, query: &ViewQuery) -> Result<Readable<ViewRecord>, StoreError> {
    let (at, id) = query.before.as_ref().map_or((query.to, NO_ID), |(at, id)| (*at, id.as_str()));
    let kind = query.kind.map_or("", MedicalKind::word);
    let text = if query.user.is_empty() { LIST_ALL } else { LIST_OF_USER };
    let asked = query.rows.saturating_add(1);
    let found = tx.rows(text, values![tenant, query.from, query.to, at, id, &query.user, kind, &query.name_key, asked], |row| {
        let id: String = row.get("id")?;
        readable("medical_views", &id, record_of(row, &id))
    })?;
    Ok(page(found, query.rows))
}

fn record_of(row: &Row<'_>, id: &str) -> Result<ViewRecord, StoreError> {
    let eligibility = row.get::<Option<String>>("eligibility")?.map(|text| stored::read_eligibility(&text)).transpose()?;
    let consent = row.get::<Option<String>>("kept")?;
    let consent = consent.map(|id| ConsentId::parse(&id).ok_or(StoreError::Damaged("consent id"))).transpose()?;
    Ok(ViewRecord {
        id: ViewId::parse(id).ok_or(StoreError::Damaged("view id"))?,
        consent,
        person: eligibility.and_then(|eligibility| eligibility.person),
        kind: MedicalKind::from_word(&row.get::<String>("kind")?).ok_or(StoreError::Damaged("kind of medical information"))?,
        at: row.instant("viewed_at")?,
        by: user_of(&row.get::<String>("viewed_by")?)?,
        by_name: row.get("user_name")?,
        lines: u32::try_from(row.get::<i64>("lines")?).map_err(|_| StoreError::Damaged("lines"))?,
    })
}
