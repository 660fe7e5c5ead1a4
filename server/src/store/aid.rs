//! Statements on 医療扶助 of the month (P-AID): what was answered about whom, and the fetches.

use shared::api::aid::AidFetch;
use shared::domain::aid::{MedicalAid, MedicalAidState};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::coverage::Eligibility;
use shared::domain::month::Month;

use super::tx::{Row, Tx, values};
use super::{ConsentId, StoreError, stored, user_of};
use crate::consent::{aid_key, search_key};
use crate::tenant::Tenant;

/// A person's 医療扶助 in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AidRecord {
    /// The register's id of the person.
    pub subject: String,
    /// 公費負担者番号 and 受給者番号, as they are compared.
    pub numbers: (String, String),
    /// The folded kana.
    pub kana_key: String,
    /// 生年月日.
    pub birth_date: CivilDate,
    /// 氏名 as last answered.
    pub name: String,
    /// The consent under which it was answered last, for the way to its detail.
    pub consent: Option<ConsentId>,
    /// What was answered last in the month; `None`: nothing.
    pub aid: Option<MedicalAid>,
    /// When.
    pub answered_at: Option<UnixMs>,
    /// By the fetch of the month, not by a check.
    pub of_month: bool,
    /// How it stood before it changed in this month.
    pub former_state: Option<MedicalAidState>,
    /// When it changed.
    pub changed_at: Option<UnixMs>,
    /// The last fetch whose answer had nothing of the person; `None` once there is something.
    pub missing_at: Option<UnixMs>,
    /// An entry of the last fetch that fits by name and birth date alone.
    pub review: Option<MedicalAid>,
}

/// Of every month, the columns of [`read`].
macro_rules! columns {
    () => {
        "subject, payer_key, beneficiary_key, kana_key, birth_date, name, consent, aid, answered_at, of_month, former_state, changed_at,
         missing_at, review"
    };
}

fn read(row: &Row<'_>) -> Result<AidRecord, StoreError> {
    let damaged = || StoreError::Damaged("医療扶助 of a month");
    let aid = |name| row.get::<Option<String>>(name)?.map(|text| stored::read_medical_aid(&text)).transpose();
    let consent = row.get::<Option<String>>("consent")?;
    Ok(AidRecord {
        subject: row.get("subject")?,
        numbers: (row.get("payer_key")?, row.get("beneficiary_key")?),
        kana_key: row.get("kana_key")?,
        birth_date: CivilDate::try_from(row.get::<String>("birth_date")?.as_str()).map_err(|_| damaged())?,
        name: row.get("name")?,
        consent: consent.map(|id| ConsentId::parse(&id).ok_or_else(damaged)).transpose()?,
        aid: aid("aid")?,
        answered_at: row.maybe_instant("answered_at")?,
        of_month: row.get::<i64>("of_month")? == 1,
        former_state: row.get::<Option<String>>("former_state")?.map(|word| stored::aid_state(&word)),
        changed_at: row.maybe_instant("changed_at")?,
        missing_at: row.maybe_instant("missing_at")?,
        review: aid("review")?,
    })
}

/// The people of a month, by the register's ids, at most `rows`.
///
/// # Errors
/// What the database says; so for every function here.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, rows: u32) -> Result<Vec<AidRecord>, StoreError> {
    tx.rows(LIST, values![tenant, &month.to_string(), rows], read)
}

/// Text of [`list`]: along the primary key.
pub const LIST: &str = concat!("SELECT ", columns!(), " FROM aid_months WHERE institution = $1 AND month = $2 ORDER BY subject LIMIT $3");

/// One person in a month.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, subject: &str) -> Result<Option<AidRecord>, StoreError> {
    tx.row(
        concat!("SELECT ", columns!(), " FROM aid_months WHERE institution = $1 AND month = $2 AND subject = $3"),
        values![tenant, &month.to_string(), subject],
        read,
    )
}

/// Keeps a person's 医療扶助 in a month, in the place of what was there.
pub fn put(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, of: &AidRecord) -> Result<(), StoreError> {
    let text = |aid: &Option<MedicalAid>| aid.as_ref().map(stored::medical_aid).transpose();
    let (aid, review) = (text(&of.aid)?, text(&of.review)?);
    tx.execute(
        "INSERT INTO aid_months (institution, month, subject, payer_key, beneficiary_key, kana_key, birth_date, name, consent, aid,
                                 answered_at, of_month, former_state, changed_at, missing_at, review)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         ON CONFLICT (institution, month, subject) DO UPDATE SET payer_key = excluded.payer_key,
             beneficiary_key = excluded.beneficiary_key, kana_key = excluded.kana_key, birth_date = excluded.birth_date,
             name = excluded.name, consent = excluded.consent, aid = excluded.aid, answered_at = excluded.answered_at,
             of_month = excluded.of_month, former_state = excluded.former_state, changed_at = excluded.changed_at,
             missing_at = excluded.missing_at, review = excluded.review",
        values![
            tenant,
            &month.to_string(),
            &of.subject,
            &of.numbers.0,
            &of.numbers.1,
            &of.kana_key,
            &of.birth_date.to_string(),
            &of.name,
            of.consent.as_ref(),
            aid.as_deref(),
            of.answered_at,
            i64::from(of.of_month),
            of.former_state.map(stored::aid_state_word),
            of.changed_at,
            of.missing_at,
            review.as_deref(),
        ],
    )
    .map(|_| ())
}

/// Keeps what a check answered about 医療扶助; nothing where it answered nothing of it.
pub(super) fn derive(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    subject: &str,
    consent: Option<&ConsentId>,
    found: &Eligibility,
) -> Result<(), StoreError> {
    let (Some(aid), Some(person), false) = (&found.medical_aid, &found.person, subject.is_empty()) else { return Ok(()) };
    let month = Month::of(found.checked_at.jst_date());
    let before = find(tx, tenant, month, subject)?;
    let (former_state, changed_at) = change(before.as_ref(), aid, found.checked_at);
    let of = AidRecord {
        subject: subject.to_owned(),
        numbers: (aid_key(&aid.payer_number), aid_key(&aid.beneficiary_number)),
        kana_key: search_key(&person.name_kana),
        birth_date: person.birth_date,
        name: person.name.clone(),
        consent: consent.cloned().or(before.and_then(|before| before.consent)),
        aid: Some(bare(aid.clone())),
        answered_at: Some(found.checked_at),
        of_month: false,
        former_state,
        changed_at,
        missing_at: None,
        review: None,
    };
    put(tx, tenant, month, &of)
}

/// Without where the person lives: nobody needs it here.
#[must_use]
pub fn bare(aid: MedicalAid) -> MedicalAid {
    MedicalAid { address: None, post_number: None, ..aid }
}

/// How it stood before, and since when it stands otherwise, where a further answer of the month differs.
#[must_use]
pub fn change(before: Option<&AidRecord>, aid: &MedicalAid, at: UnixMs) -> (Option<MedicalAidState>, Option<UnixMs>) {
    let Some(before) = before else { return (None, None) };
    match &before.aid {
        Some(former) if (former.state, &former.tickets) != (aid.state, &aid.tickets) => (Some(former.state), Some(at)),
        _ => (before.former_state, before.changed_at),
    }
}

/// When the tickets of a month were fetched last.
pub fn last_fetch(tx: &mut Tx<'_>, tenant: &Tenant, month: Month) -> Result<Option<UnixMs>, StoreError> {
    let sql = "SELECT MAX(fetched_at) AS at FROM aid_fetches WHERE institution = $1 AND month = $2";
    Ok(tx.row(sql, values![tenant, &month.to_string()], |row| row.maybe_instant("at"))?.flatten())
}

/// The fetches of a month, the newest first, at most `rows`.
pub fn fetches(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, rows: u32) -> Result<Vec<AidFetch>, StoreError> {
    let count = |row: &Row<'_>, name| u32::try_from(row.get::<i64>(name)?).map_err(|_| StoreError::Damaged("count of a fetch"));
    tx.rows(
        "SELECT fetched_at, asked_by, entries, matched, changed, to_review, nobody, missing FROM aid_fetches
         WHERE institution = $1 AND month = $2 ORDER BY fetched_at DESC LIMIT $3",
        values![tenant, &month.to_string(), rows],
        |row| {
            Ok(AidFetch {
                at: row.instant("fetched_at")?,
                by: row.get::<Option<String>>("asked_by")?.map(|user| user_of(&user)).transpose()?,
                entries: count(row, "entries")?,
                matched: count(row, "matched")?,
                changed: count(row, "changed")?,
                to_review: count(row, "to_review")?,
                nobody: count(row, "nobody")?,
                missing: count(row, "missing")?,
            })
        },
    )
}

/// Notes a fetch; false when one of the same instant is there.
pub fn add_fetch(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, of: &AidFetch) -> Result<bool, StoreError> {
    let added =
        tx.execute(
            "INSERT INTO aid_fetches (institution, month, fetched_at, asked_by, entries, matched, changed, to_review, nobody, missing)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (institution, month, fetched_at) DO NOTHING",
            values![
                tenant,
                &month.to_string(),
                of.at,
                of.by.as_ref(),
                of.entries,
                of.matched,
                of.changed,
                of.to_review,
                of.nobody,
                of.missing,
            ],
        )?;
    Ok(added == 1)
}
