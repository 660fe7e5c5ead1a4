//! What a visit of the reception page is for and how it takes place: purpose, booked date, place, who helps (RW-2, RW-9 to RW-13).

use serde::{Deserialize, Serialize};

use super::calendar::CivilDate;
use super::institution::VisitKind;
use super::validity::{book_ahead_days, needs_booking};
use super::{number, typed};

/// Longest name of a place or station, in characters.
pub const PLACE_NAME_MAX_CHARS: usize = 60;

/// What the person does with card and PIN. The words are stored: never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// 資格確認・同意登録.
    #[default]
    Register,
    /// 同意照会・更新 (RW-9).
    Review,
    /// すべての同意を取消す (RW-10).
    Withdraw,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Register, Self::Review, Self::Withdraw];

    /// The code inside the signed statement. Never renumbered.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Register => 1,
            Self::Review => 2,
            Self::Withdraw => 3,
        }
    }

    /// Reads [`Self::code`].
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }
}

/// 介助: who helps the person to operate (P-PROXY). Recorded without a name. The words are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assist {
    /// 本人.
    Alone,
    /// 家族・後見人が介助.
    Family,
    /// 職員が介助.
    Staff,
}

impl Assist {
    /// Every answer, in the order of the screen.
    pub const ALL: [Self; 3] = [Self::Alone, Self::Family, Self::Staff];

    /// The Japanese name shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Alone => "本人",
            Self::Family => "家族・後見人が介助",
            Self::Staff => "職員が介助",
        }
    }
}

/// 場所と付き添い (RW-13). The words are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// 自宅など (online).
    Home,
    /// オンライン診療受診施設 (online).
    Facility,
    /// 看護師などが付き添う: D to P with N (online).
    WithNurse,
    /// 窓口 (odd route).
    Counter,
    /// 車 (odd route).
    Car,
    /// 別室 (odd route).
    OtherRoom,
}

impl Place {
    /// The places of a use, in the order of the screen; none: it is not asked.
    #[must_use]
    pub const fn of(kind: VisitKind) -> &'static [Self] {
        match kind {
            VisitKind::HomeVisit => &[],
            VisitKind::Online => &[Self::Home, Self::Facility, Self::WithNurse],
            VisitKind::OffRoute => &[Self::Counter, Self::Car, Self::OtherRoom],
        }
    }

    /// True where the name of the place or station may be written.
    #[must_use]
    pub const fn has_name(self) -> bool {
        matches!(self, Self::Facility | Self::WithNurse)
    }

    /// The Japanese name shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Home => "自宅など",
            Self::Facility => "オンライン診療受診施設",
            Self::WithNurse => "看護師などが付き添う",
            Self::Counter => "窓口",
            Self::Car => "車",
            Self::OtherRoom => "別室",
        }
    }
}

/// How a visit takes place. What is absent was not asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Occasion {
    /// What the person does.
    #[serde(default)]
    pub purpose: Purpose,
    /// 予約した診療日 (RW-11); decides until when the consent counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked_on: Option<CivilDate>,
    /// Who helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assist: Option<Assist>,
    /// Where the person is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The name of the place or station, as typed; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place_name: String,
}

/// Says why a visit cannot take place so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OccasionFault {
    /// X24: the booked date is missing, past, or too far ahead.
    #[error("the booked date is missing, past, or too far ahead")]
    BookedDate,
    /// A place of another use, a name where none belongs, or one that is too long or holds an individual number.
    #[error("the place does not belong to this use, or its name cannot be kept")]
    Place,
}

impl Occasion {
    /// The occasion as it is kept, for a visit that opens on `today` (Japan). Without a booked date the odd route is for today.
    ///
    /// # Errors
    /// [`OccasionFault`].
    pub fn checked(mut self, kind: VisitKind, today: CivilDate) -> Result<Self, OccasionFault> {
        if self.purpose == Purpose::Register && needs_booking(kind) {
            if kind == VisitKind::OffRoute {
                self.booked_on.get_or_insert(today);
            }
            let last = today.plus_days(book_ahead_days(today));
            self.booked_on.filter(|day| (today..=last).contains(day)).ok_or(OccasionFault::BookedDate)?;
        } else if self.booked_on.is_some() {
            return Err(OccasionFault::BookedDate);
        }
        if self.place.is_some_and(|place| !Place::of(kind).contains(&place)) {
            return Err(OccasionFault::Place);
        }
        let seen: String =
            self.place_name.chars().filter(|c| !typed::is_hidden(*c)).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        self.place_name = seen.trim().to_owned();
        let may_have_name = self.place.is_some_and(Place::has_name);
        let is_long = self.place_name.chars().count() > PLACE_NAME_MAX_CHARS;
        if is_long || (!may_have_name && !self.place_name.is_empty()) || number::holds_individual_number(&self.place_name) {
            return Err(OccasionFault::Place);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        CivilDate::try_from(text).unwrap()
    }

    fn booked(on: Option<&str>) -> Occasion {
        Occasion { booked_on: on.map(day), ..Occasion::default() }
    }

    #[test]
    fn x24_a_booked_date_is_from_today_to_92_days_ahead() {
        let today = day("2026-11-30");
        for (kind, on, kept) in [
            (VisitKind::HomeVisit, None, Ok(None)),
            (VisitKind::HomeVisit, Some("2026-12-01"), Err(OccasionFault::BookedDate)),
            (VisitKind::Online, None, Err(OccasionFault::BookedDate)),
            (VisitKind::Online, Some("2026-11-29"), Err(OccasionFault::BookedDate)),
            (VisitKind::Online, Some("2026-11-30"), Ok(Some("2026-11-30"))),
            (VisitKind::Online, Some("2027-03-02"), Ok(Some("2027-03-02"))),
            (VisitKind::Online, Some("2027-03-03"), Err(OccasionFault::BookedDate)),
            (VisitKind::OffRoute, None, Ok(Some("2026-11-30"))),
            (VisitKind::OffRoute, Some("2027-03-02"), Ok(Some("2027-03-02"))),
            (VisitKind::OffRoute, Some("2027-03-03"), Err(OccasionFault::BookedDate)),
        ] {
            let found = booked(on).checked(kind, today).map(|occasion| occasion.booked_on);
            assert_eq!(found, kept.map(|on| on.map(day)), "{kind:?} {on:?}");
        }
        for purpose in [Purpose::Review, Purpose::Withdraw] {
            let asks = Occasion { purpose, ..Occasion::default() };
            assert_eq!(asks.clone().checked(VisitKind::Online, today), Ok(asks));
        }
    }

    #[test]
    fn a_place_is_one_of_its_use_and_only_some_have_a_name() {
        let at = |place, name: &str| Occasion { place: Some(place), place_name: name.to_owned(), ..booked(Some("2026-12-01")) };
        for (kind, place, name, is_kept) in [
            (VisitKind::Online, Place::Home, "", true),
            (VisitKind::Online, Place::Facility, "ひなた公民館", true),
            (VisitKind::Online, Place::WithNurse, " ひなた\u{200B}訪問看護 ", true),
            (VisitKind::Online, Place::Home, "自宅", false),
            (VisitKind::Online, Place::Car, "", false),
            (VisitKind::OffRoute, Place::Car, "", true),
            (VisitKind::OffRoute, Place::Home, "", false),
            (VisitKind::Online, Place::Facility, concat!("1234567890", "18"), false),
            (VisitKind::Online, Place::Facility, &"あ".repeat(61), false),
        ] {
            assert_eq!(at(place, name).checked(kind, day("2026-11-30")).is_ok(), is_kept, "{kind:?} {place:?} {name}");
        }
        let kept = at(Place::WithNurse, " ひなた\u{200B}訪問看護 ").checked(VisitKind::Online, day("2026-11-30")).unwrap();
        assert_eq!(kept.place_name, "ひなた訪問看護");
    }

    #[test]
    fn what_is_kept_reads_back_and_an_earlier_visit_is_a_registration() {
        assert_eq!(serde_json::from_str::<Occasion>("{}").unwrap(), Occasion::default());
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::from_code(purpose.code()), Some(purpose));
        }
    }
}
