//! Statements on the rooms of a home (DA-14): the list of a day with what staff marked on it.

use shared::api::room::{CardPlace, RoomWay};
use shared::domain::calendar::CivilDate;

use super::day::{self, DayRecord};
use super::tx::{Row, Tx, values};
use super::{ConsentId, DayVisitId, StoreError};
use crate::tenant::Tenant;

/// A person on the list of a day, with the marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRecord {
    /// The person.
    pub visit: DayRecord,
    /// By which way.
    pub way: Option<RoomWay>,
    /// あとで, with the reason.
    pub later: Option<String>,
    /// The person's card.
    pub card: CardPlace,
    /// The consent whose check is the person's of that day; a check of another source is [`DayRecord::check`].
    pub result_consent: Option<ConsentId>,
}

fn card_word(card: CardPlace) -> Option<&'static str> {
    match card {
        CardPlace::Untouched => None,
        CardPlace::Out => Some("out"),
        CardPlace::Back => Some("back"),
    }
}

fn read(row: &Row<'_>) -> Result<RoomRecord, StoreError> {
    let damaged = || StoreError::Damaged("mark of a room");
    let way = row.get::<Option<String>>("way")?;
    let consent = row.get::<Option<String>>("result_consent")?;
    Ok(RoomRecord {
        visit: day::read(row)?,
        way: way.map(|word| RoomWay::from_word(&word).ok_or_else(damaged)).transpose()?,
        later: row.get("later")?,
        card: match row.get::<Option<String>>("card")?.as_deref() {
            None => CardPlace::Untouched,
            Some("out") => CardPlace::Out,
            Some("back") => CardPlace::Back,
            Some(_) => return Err(damaged()),
        },
        result_consent: consent.map(|id| ConsentId::parse(&id).ok_or_else(damaged)).transpose()?,
    })
}

macro_rules! select {
    ($by:literal) => {
        concat!(
            "SELECT d.day, d.id, d.name, d.kana, d.birth_date, d.room, d.subject, d.consent, d.asked, d.state, d.check_id, d.checked_at,
                    d.added_at, d.added_by, d.home, d.floor, d.way, d.later, d.card, d.result_consent
             FROM day_visits d WHERE d.institution = $1 AND d.day = $2 AND ",
            $by
        )
    };
}

/// Everybody of a day who has a home or a room, in the order of the list, at most `rows`.
///
/// # Errors
/// What the database says; so for every function here.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, of: CivilDate, rows: u32) -> Result<Vec<RoomRecord>, StoreError> {
    tx.rows(LIST, values![tenant, &of.to_string(), rows], read)
}

/// Text of [`list`]: along the key.
pub const LIST: &str = select!("(d.home <> '' OR d.room <> '') ORDER BY d.id LIMIT $3");

/// One of them, with or without a room; `None` also where it is another institution's.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, of: CivilDate, id: &DayVisitId) -> Result<Option<RoomRecord>, StoreError> {
    tx.row(select!("d.id = $3"), values![tenant, &of.to_string(), id.as_str()], read)
}

/// Keeps the marks, and how the person stands.
pub fn set(tx: &mut Tx<'_>, tenant: &Tenant, to: &RoomRecord) -> Result<(), StoreError> {
    let RoomRecord { visit, way, later, card, result_consent } = to;
    tx.execute(
        "UPDATE day_visits SET way = $1, later = $2, card = $3, result_consent = $4, state = $5, check_id = $6, checked_at = $7, subject = $8
         WHERE institution = $9 AND day = $10 AND id = $11",
        values![
            way.map(RoomWay::word),
            later.as_ref(),
            card_word(*card),
            result_consent.as_ref(),
            visit.state.word(),
            visit.check.as_ref(),
            visit.checked_at,
            &visit.subject,
            tenant,
            &visit.day.to_string(),
            visit.id.as_str(),
        ],
    )
    .map(|_| ())
}
