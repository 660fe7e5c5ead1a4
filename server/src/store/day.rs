//! Statements on who is visited on a day (OT-26).

use shared::api::day::{DayState, Insurance};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::coverage::Eligibility;

use super::tx::{Row, Tx, values};
use super::{CheckId, ConsentId, DayVisitId, StoreError, stored, user_of};
use crate::tenant::Tenant;

/// A person on the list of a day, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayRecord {
    /// The day.
    pub day: CivilDate,
    /// Names the row.
    pub id: DayVisitId,
    /// 氏名.
    pub name: String,
    /// 氏名(カナ).
    pub kana: String,
    /// 生年月日.
    pub birth_date: Option<CivilDate>,
    /// 部屋.
    pub room: String,
    /// 施設.
    pub home: String,
    /// 階 as it was typed.
    pub floor: String,
    /// Who, in the register's words; empty for who is not known.
    pub subject: String,
    /// The living consent of that time.
    pub consent: Option<ConsentId>,
    /// Numbers to ask by.
    pub insurance: Option<Insurance>,
    /// How it stands.
    pub state: DayState,
    /// The check that says so.
    pub check: Option<CheckId>,
    /// When it was checked.
    pub checked_at: Option<UnixMs>,
    /// Who put the person there.
    pub added_by: UserId,
    /// When.
    pub added_at: UnixMs,
}

/// The columns that [`read`] takes, of a person `d`.
macro_rules! columns {
    () => {
        "d.day, d.id, d.name, d.kana, d.birth_date, d.room, d.subject, d.consent, d.asked, d.state, d.check_id, d.checked_at, d.added_at,
         d.added_by, d.home, d.floor"
    };
}

fn day_of(text: &str) -> Result<CivilDate, StoreError> {
    CivilDate::try_from(text).map_err(|_| StoreError::Damaged("day"))
}

pub(super) fn read(row: &Row<'_>) -> Result<DayRecord, StoreError> {
    let damaged = || StoreError::Damaged("person of a day");
    let asked = row.get::<Option<String>>("asked")?;
    Ok(DayRecord {
        day: day_of(&row.get::<String>("day")?)?,
        id: DayVisitId::parse(&row.get::<String>("id")?).ok_or_else(damaged)?,
        name: row.get("name")?,
        kana: row.get("kana")?,
        birth_date: row.get::<Option<String>>("birth_date")?.map(|day| day_of(&day)).transpose()?,
        room: row.get("room")?,
        home: row.get("home")?,
        floor: row.get("floor")?,
        subject: row.get("subject")?,
        consent: row.get::<Option<String>>("consent")?.map(|id| ConsentId::parse(&id).ok_or_else(damaged)).transpose()?,
        insurance: asked.map(|text| serde_json::from_str(&text).map_err(|_| damaged())).transpose()?,
        state: DayState::from_word(&row.get::<String>("state")?).ok_or_else(damaged)?,
        check: row.get::<Option<String>>("check_id")?.map(|id| CheckId::parse(&id).ok_or_else(damaged)).transpose()?,
        checked_at: row.maybe_instant("checked_at")?,
        added_at: row.instant("added_at")?,
        added_by: user_of(&row.get::<String>("added_by")?)?,
    })
}

/// Puts a person on a list.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, new: &DayRecord) -> Result<(), StoreError> {
    let asked = new.insurance.as_ref().map(serde_json::to_string).transpose().map_err(|_| StoreError::Damaged("person of a day"))?;
    let birth_date = new.birth_date.map(|day| day.to_string());
    tx.execute(
        "INSERT INTO day_visits (institution, day, id, name, kana, birth_date, room, subject, consent, asked, state, added_at, added_by,
                                 home, floor)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        values![
            tenant,
            &new.day.to_string(),
            new.id.as_str(),
            &new.name,
            &new.kana,
            birth_date.as_ref(),
            &new.room,
            &new.subject,
            new.consent.as_ref(),
            asked.as_ref(),
            new.state.word(),
            new.added_at,
            &new.added_by,
            &new.home,
            &new.floor,
        ],
    )
    .map(|_| ())
}

/// The list of a day behind an id, in the order in which it was made.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, day: CivilDate, after: &str, rows: u32) -> Result<Vec<DayRecord>, StoreError> {
    tx.rows(LIST, values![tenant, &day.to_string(), after, rows], read)
}

/// Text of [`list`]: along the key.
pub const LIST: &str =
    concat!("SELECT ", columns!(), " FROM day_visits d WHERE d.institution = $1 AND d.day = $2 AND d.id > $3 ORDER BY d.id LIMIT $4");

/// Takes a person off; false when nobody of this id is there.
pub fn remove(tx: &mut Tx<'_>, tenant: &Tenant, day: CivilDate, id: &DayVisitId) -> Result<bool, StoreError> {
    let sql = "DELETE FROM day_visits WHERE institution = $1 AND day = $2 AND id = $3";
    Ok(tx.execute(sql, values![tenant, &day.to_string(), id.as_str()])? == 1)
}

/// What a check said of a person on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayChecked {
    /// How it stands now.
    pub state: DayState,
    /// The check; `None` where nobody could be asked.
    pub check: Option<CheckId>,
    /// Who it is, where that was found out.
    pub subject: Option<String>,
    /// When.
    pub at: UnixMs,
}

/// Keeps it.
pub fn set_checked(tx: &mut Tx<'_>, tenant: &Tenant, day: CivilDate, id: &DayVisitId, checked: &DayChecked) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE day_visits SET state = $1, check_id = $2, checked_at = $3, subject = COALESCE($4, subject)
         WHERE institution = $5 AND day = $6 AND id = $7",
        values![checked.state.word(), checked.check.as_ref(), checked.at, checked.subject.as_ref(), tenant, &day.to_string(), id.as_str()],
    )
    .map(|_| ())
}

/// People on the lists of some days who have no successful check in the month, by day.
pub fn without_check(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    month: &str,
    from: CivilDate,
    to: CivilDate,
    rows: u32,
) -> Result<Vec<DayRecord>, StoreError> {
    tx.rows(WITHOUT_CHECK, values![tenant, month, &from.to_string(), &to.to_string(), rows], read)
}

/// Text of [`without_check`]: along the key, one look per row into the key of `month_checks`.
pub const WITHOUT_CHECK: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM day_visits d WHERE d.institution = $1 AND d.day >= $3 AND d.day <= $4
       AND NOT EXISTS (SELECT 1 FROM month_checks m WHERE m.institution = $1 AND m.month = $2 AND m.subject = d.subject)
     ORDER BY d.day, d.id LIMIT $5"
);

/// People whose consent was given between two instants and who have no successful check in that month, by time: what a visit at reception
/// was answered.
pub fn without_success(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    month: &str,
    (from, to): (UnixMs, UnixMs),
    rows: u32,
) -> Result<Vec<(ConsentId, Eligibility)>, StoreError> {
    tx.rows(WITHOUT_SUCCESS, values![tenant, month, from, to, rows], |row| {
        let id = ConsentId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("consent id"))?;
        Ok((id, stored::read_eligibility(&row.get::<String>("eligibility")?)?))
    })
}

/// Text of [`without_success`]: along the days of the month, one look per row into the key of `month_checks`.
pub const WITHOUT_SUCCESS: &str = "SELECT c.id, r.eligibility FROM consents c JOIN results r ON r.consent = c.id
     WHERE c.institution = $1 AND c.consented_at >= $3 AND c.consented_at < $4
       AND NOT EXISTS (SELECT 1 FROM month_checks m WHERE m.institution = $1 AND m.month = $2 AND m.subject = c.subject)
     ORDER BY c.consented_at, c.id LIMIT $5";

/// Living consents of a kana, for the person of a list: consent, register's id, birth date. 20 at most.
pub fn by_kana(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    kana_key: &str,
    living_after: UnixMs,
) -> Result<Vec<(ConsentId, String, Option<CivilDate>)>, StoreError> {
    tx.rows(BY_KANA, values![tenant, kana_key, living_after], |row| {
        let found = stored::read_eligibility(&row.get::<String>("eligibility")?)?;
        let id = ConsentId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("consent id"))?;
        Ok((id, row.get("subject")?, found.person.map(|person| person.birth_date)))
    })
}

/// Text of [`by_kana`]: along the index `consents_by_kana`.
pub const BY_KANA: &str = "SELECT c.id, c.subject, r.eligibility FROM consents c JOIN results r ON r.consent = c.id
     WHERE c.institution = $1 AND c.kana_key = $2 AND +c.expires_at > $3 AND c.replaced_at IS NULL
     ORDER BY c.consented_at DESC LIMIT 20";

/// Removes 500 people at most of the lists before a day, over all institutions; says how many.
pub fn forget(tx: &mut Tx<'_>, before: CivilDate) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM day_visits WHERE (institution, day, id) IN (SELECT institution, day, id FROM day_visits WHERE day < $1 LIMIT 500)",
        values![&before.to_string()],
    )
}
