//! 部屋の一覧 (DA-14) and 本日の訪問 (DA-15): whom staff see today, at the device. The list is that of OT-26 ([`super::day`]); what is marked
//! on it stays with the server, so another device and a reload show the same.

use serde::{Deserialize, Serialize};

use super::day::{DayRow, DayState, Insurance};
use super::later::ResultRef;
use super::requery::Difference;
use super::{Again, Answer, Audit, Body, DayVisitPart, Permission, SMALL};
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::check::CheckWay;
use crate::domain::coverage::{Eligibility, Validity};
use crate::domain::note::Note;
use crate::right::Act;

/// Own checks of the day are listed so many at most, the newest first.
pub const OWN_CHECKS_MAX: u32 = 100;

super::endpoints! {
    /// The homes of today's list: rooms and initials, no name.
    Rooms {
        name: "device.rooms",
        call: Get "/api/device/rooms",
        right: Permission::Account(Act::UseDevice),
        asks: Body::None => (),
        answers: Answer::Json => RoomsShown,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The person in hand: the full name and what is known to ask by.
    RoomPerson(visit: DayVisitPart) {
        name: "device.room_person",
        call: Get "/api/device/rooms/{visit}",
        right: Permission::Account(Act::UseDevice),
        asks: Body::None => (),
        answers: Answer::Json => InHand,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Marks a person. A result that is not of today, or not there: [`super::Code::NotFound`]; あとで without a reason:
    /// [`super::Code::Request`].
    MarkRoom(visit: DayVisitPart) {
        name: "device.mark_room",
        call: Post "/api/device/rooms/{visit}/mark",
        right: Permission::Account(Act::UseDevice),
        asks: Body::Json(SMALL) => RoomMark,
        answers: Answer::Json => RoomRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// 本日の訪問: the list of the server's day in Japan, and the account's own checks of that day.
    Today {
        name: "device.today",
        call: Get "/api/device/today",
        right: Permission::Account(Act::UseDevice),
        asks: Body::None => (),
        answers: Answer::Json => TodayShown,
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// How a person of a home is checked. The words are stored: never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomWay {
    /// カード(目視).
    Visual,
    /// カード(暗証番号).
    Pin,
    /// 資格確認書.
    Paper,
    /// 再照会.
    Requery,
}

impl RoomWay {
    /// Every way, in the order of the buttons.
    pub const ALL: [Self; 4] = [Self::Paper, Self::Requery, Self::Visual, Self::Pin];

    /// The word that is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Visual => "visual",
            Self::Pin => "pin",
            Self::Paper => "paper",
            Self::Requery => "requery",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }

    /// The way of a check that was made; `None` for one that is no whole check.
    #[must_use]
    pub const fn of_check(way: CheckWay) -> Option<Self> {
        match way {
            CheckWay::Visual => Some(Self::Visual),
            CheckWay::Pin | CheckWay::PhoneUnlock => Some(Self::Pin),
            CheckWay::Paper | CheckWay::Prescription => Some(Self::Paper),
            CheckWay::Requery => Some(Self::Requery),
            CheckWay::Disaster | CheckWay::Outage | CheckWay::Provisional => None,
        }
    }

    /// A card is taken into hand.
    #[must_use]
    pub const fn is_card(self) -> bool {
        matches!(self, Self::Visual | Self::Pin)
    }

    /// The Japanese name shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Visual => "目視",
            Self::Pin => "暗証番号",
            Self::Paper => "資格確認書",
            Self::Requery => "再照会",
        }
    }
}

/// How far a person of a home is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomState {
    /// 未.
    Open,
    /// 済.
    Done,
    /// 紙: done by 資格確認書.
    Paper,
    /// あとで, with the reason.
    Later(String),
}

/// A card that is not the institution's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardPlace {
    /// It was not taken into hand.
    Untouched,
    /// In hand: to be given back.
    Out,
    /// Given back.
    Back,
}

/// One person of a home: no name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRow {
    /// Names the row, as [`DayRow::id`].
    pub id: String,
    /// 施設; empty where the list names none.
    pub home: String,
    /// 階 as the list has it, else from the room's number; empty where nothing tells.
    pub floor: String,
    /// 部屋.
    pub room: String,
    /// The first letters of the name ([`initials`]).
    pub initials: String,
    /// How far.
    pub state: RoomState,
    /// What the check said.
    pub said: DayState,
    /// By which way: done, or chosen.
    pub way: Option<RoomWay>,
    /// The person's card.
    pub card: CardPlace,
    /// When it was checked.
    pub checked_at: Option<UnixMs>,
}

/// The rooms of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomsShown {
    /// The day in Japan.
    pub day: CivilDate,
    /// By home, floor and room ([`in_order`]); whoever has neither home nor room is not here.
    pub rows: Vec<RoomRow>,
    /// The server's clock.
    pub now: UnixMs,
}

/// The person in hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InHand {
    /// The row.
    pub row: RoomRow,
    /// 氏名.
    pub name: String,
    /// 氏名(カナ).
    pub kana: String,
    /// 生年月日.
    pub birth_date: Option<CivilDate>,
    /// Numbers of the list, for a person to hold against the paper.
    pub insurance: Option<Insurance>,
    /// The consent to ask again under.
    pub consent: Option<String>,
    /// The answer of today's check.
    pub result: Option<Box<Eligibility>>,
    /// What the answer of 再照会 changed (X47).
    pub differences: Vec<Difference>,
    /// Checks of today that may be this person's and are not marked as theirs, the newest first: made at another screen, or before a
    /// reload. Where the list knows no more than a name: the account's own checks with a card that stand beside nobody.
    pub offered: Vec<Offered>,
}

/// A check of today that may be the person's: same kana and birth date, as far as the list knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// For [`RoomMark::Checked`].
    pub of: ResultRef,
    /// When.
    pub at: UnixMs,
    /// How.
    pub way: CheckWay,
    /// The verdict.
    pub validity: Validity,
    /// Whose, by the first letters ([`initials`]).
    pub initials: String,
}

/// What is marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RoomMark {
    /// The way is chosen; with a card it is in hand from now on.
    Way(RoomWay),
    /// あとで, with a reason.
    Later(Note<100>),
    /// A check of today is this person's.
    Checked(ResultRef),
    /// The last 再照会 of today is this person's.
    AskedAgain,
    /// 「カードを返しました」, or not.
    CardBack(bool),
    /// 取り消す: あとで or the mark of the check is taken back. The check itself stays, and a card in hand stays in hand.
    TakeBack,
}

/// 本日の訪問.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TodayShown {
    /// The day in Japan; nothing of another day is shown.
    pub day: CivilDate,
    /// The list in its order.
    pub rows: Vec<DayRow>,
    /// This account's checks of the day.
    pub own: Vec<OwnCheck>,
    /// People whom this account took in today by 仮確認 and who are still to be checked.
    pub later: u32,
    /// The server's clock.
    pub now: UnixMs,
}

/// One of the account's own checks: no name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnCheck {
    /// When.
    pub at: UnixMs,
    /// The first letters of the name; empty for who is not known.
    pub initials: String,
    /// How.
    pub way: CheckWay,
    /// The verdict.
    pub validity: Validity,
}

/// First letters: of each part of the kana, else of the name. At most three parts.
#[must_use]
pub fn initials(kana: &str, name: &str) -> String {
    let of = |text: &str| {
        let parts: Vec<String> = text.split_whitespace().take(3).filter_map(|part| part.chars().next()).map(String::from).collect();
        parts.join("・")
    };
    let from_kana = of(kana);
    if from_kana.is_empty() { of(name) } else { from_kana }
}

/// The floor of a room: what the list says, else the digits of the room's number before its last two (`203` is on `2`).
#[must_use]
pub fn floor_of(floor: &str, room: &str) -> String {
    if !floor.is_empty() {
        return floor.to_owned();
    }
    let digits: Vec<char> = room.chars().take_while(char::is_ascii_digit).collect();
    match digits.as_slice() {
        [floor @ .., _, _] if matches!(floor.len(), 1 | 2) => floor.iter().collect(),
        _ => String::new(),
    }
}

/// Sorts by home, floor and room, numbers by their value (`90` before `101`).
pub fn in_order(rows: &mut [RoomRow]) {
    let key = |text: &str| {
        let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        (digits.parse::<u64>().unwrap_or(0), text.to_owned())
    };
    rows.sort_by_cached_key(|row| (row.home.clone(), key(&row.floor), key(&row.room), row.id.clone()));
}

/// 次の方: the first of the home who is 未 behind this row, else from the beginning. `None`: nobody is left.
#[must_use]
pub fn next_of<'a>(rows: &'a [RoomRow], home: &str, behind: Option<&str>) -> Option<&'a RoomRow> {
    let of_home: Vec<&RoomRow> = rows.iter().filter(|row| row.home == home).collect();
    let place = behind.and_then(|id| of_home.iter().position(|row| row.id == id)).map_or(0, |place| place + 1);
    let (before, after) = of_home.split_at(place.min(of_home.len()));
    after.iter().chain(before).copied().find(|row| row.state == RoomState::Open && Some(row.id.as_str()) != behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, floor: &str, room: &str, state: RoomState) -> RoomRow {
        RoomRow {
            id: id.to_owned(),
            home: "ひなた苑".to_owned(),
            floor: floor_of(floor, room),
            room: room.to_owned(),
            initials: "シ・ハ".to_owned(),
            state,
            said: DayState::Open,
            way: None,
            card: CardPlace::Untouched,
            checked_at: None,
        }
    }

    #[test]
    fn a_row_says_initials_and_no_name() {
        for (kana, name, wanted) in [
            ("シケン ハナ", "試験 花", "シ・ハ"),
            ("ｼｹﾝ　ﾊﾅ", "", "ｼ・ﾊ"),
            ("", "試験　花", "試・花"),
            ("シケン", "", "シ"),
            ("", "", ""),
            ("ア イ ウ エ", "", "ア・イ・ウ"),
        ] {
            assert_eq!(initials(kana, name), wanted);
        }
    }

    #[test]
    fn rooms_stand_by_floor_and_number() {
        let open = |id: &str, floor: &str, room: &str| row(id, floor, room, RoomState::Open);
        let mut rows = vec![
            open("e", "10", "A"),
            open("d", "", "1001"),
            open("c", "", "201"),
            open("b", "", "110"),
            open("a", "", "101"),
            open("f", "", "離れ"),
        ];
        in_order(&mut rows);
        let order: String = rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(order, "fabced", "without a number first; 1001 is on 10");
        assert_eq!(floor_of("東", "203"), "東");
        assert_eq!([floor_of("", "12"), floor_of("", "203号"), floor_of("", "")], ["", "2", ""]);
    }

    #[test]
    fn the_next_person_is_one_who_is_left() {
        let later = RoomState::Later("外出".to_owned());
        let rows = [
            row("a", "", "101", RoomState::Open),
            row("b", "", "102", later),
            row("c", "", "103", RoomState::Done),
            row("d", "", "104", RoomState::Open),
        ];
        let next = |behind| next_of(&rows, "ひなた苑", behind).map(|row| row.id.as_str());
        assert_eq!([next(None), next(Some("a")), next(Some("b")), next(Some("d"))], [Some("a"), Some("d"), Some("d"), Some("a")]);
        assert_eq!(next_of(&rows[..1], "ひなた苑", Some("a")), None, "nobody else is left");
        assert_eq!(next_of(&rows, "", None), None, "another home");
    }

    #[test]
    fn the_stored_words_read_back() {
        for way in RoomWay::ALL {
            assert_eq!(RoomWay::from_word(way.word()), Some(way));
            assert_eq!(serde_json::to_value(way).unwrap(), way.word());
        }
        assert_eq!(RoomWay::of_check(CheckWay::Provisional), None);
    }
}
