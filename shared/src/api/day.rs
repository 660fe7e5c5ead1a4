//! 本日の訪問・予約 (OT-26): who is visited on a day, and the check of everybody before they come.

use serde::{Deserialize, Serialize};

use super::file::SavedFile;
use super::month::Run;
use super::{Again, Answer, Audit, Body, DayPart, DayVisitPart, Permission, SMALL};
use crate::bytes::Base64;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::note::Note;
use crate::right::Act;

/// So many people on the list of a day at most.
pub const DAY_ROWS_MAX: usize = 300;
/// A file of a day's list is so long at most, bytes.
pub const DAY_FILE_MAX: usize = 128 * 1024;
/// The columns of such a file. The last two, 施設 and 階 (DA-14), may be left out.
pub const DAY_COLUMNS: [&str; 10] = ["氏名", "氏名(カナ)", "生年月日", "部屋", "保険者番号", "記号", "番号", "枝番", "施設", "階"];
/// So many of [`DAY_COLUMNS`] are in a file without homes.
pub const DAY_COLUMNS_SHORT: usize = 8;
/// A day's list is kept so long after the day.
pub const DAY_KEPT_DAYS: i64 = 400;

super::endpoints! {
    /// The list of a day, in the order in which it was made.
    DayList(day: DayPart) {
        name: "office.day_list",
        call: Get "/api/office/days/{day}",
        right: Permission::Account(Act::SeeVisitsOfToday),
        asks: Body::None => (),
        answers: Answer::Json => DayShown,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The same as CSV (UTF-8 with BOM).
    DayCsv(day: DayPart) {
        name: "office.day_csv",
        call: Post "/api/office/days/{day}/csv",
        right: Permission::Account(Act::Export),
        asks: Body::None => (),
        answers: Answer::Json => SavedFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Puts a person on the list: one with a living consent, or one that is typed. Who is there already stays there once. A list that is
    /// full: [`super::Code::Request`].
    AddDayVisit(day: DayPart) {
        name: "office.add_day_visit",
        call: Post "/api/office/days/{day}/visits",
        right: Permission::Account(Act::SeeVisitsOfToday),
        asks: Body::Json(SMALL) => NewDayVisit,
        answers: Answer::Json => DayAdded,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Puts the people of a CSV file on the list, or with `is_trial` only says what each line would do. A file with a faulty line puts
    /// nobody on it.
    ImportDay(day: DayPart) {
        name: "office.import_day",
        call: Post "/api/office/days/{day}/import",
        right: Permission::Account(Act::SeeVisitsOfToday),
        asks: Body::Json(DAY_FILE_MAX * 4 / 3 + SMALL) => DayFile,
        answers: Answer::Json => DayReport,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Takes a person off the list. What was checked stays.
    RemoveDayVisit(day: DayPart, visit: DayVisitPart) {
        name: "office.remove_day_visit",
        call: Post "/api/office/days/{day}/visits/{visit}/remove",
        right: Permission::Account(Act::SeeVisitsOfToday),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => DayAdded,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Checks everybody on the list who is not checked yet, as a job: again under the living consent, else by the numbers that were
    /// typed. No medical information is fetched.
    CheckDay(day: DayPart) {
        name: "office.check_day",
        call: Post "/api/office/days/{day}/check",
        right: Permission::Account(Act::CheckInBulk),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => Run,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// How a person on the list stands. The words are stored: never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// 未: not checked yet.
    Open,
    /// 有効.
    Valid,
    /// 無効.
    Invalid,
    /// 保険重複: several coverages, or several people: a person chooses.
    Several,
    /// 患者番号なし: valid, and without 照会番号.
    NoReference,
    /// 情報不一致: name or birth date are other ones than on the list.
    Mismatch,
    /// 保険なし: the register knows no coverage.
    NoInsurance,
    /// 確認できません: neither a living consent nor numbers to ask by.
    CannotAsk,
}

impl DayState {
    /// Every state.
    pub const ALL: [Self; 8] =
        [Self::Open, Self::Valid, Self::Invalid, Self::Several, Self::NoReference, Self::Mismatch, Self::NoInsurance, Self::CannotAsk];

    /// The word that is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Several => "several",
            Self::NoReference => "no_reference",
            Self::Mismatch => "mismatch",
            Self::NoInsurance => "no_insurance",
            Self::CannotAsk => "cannot_ask",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// In Japanese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "未",
            Self::Valid => "有効",
            Self::Invalid => "無効",
            Self::Several => "保険重複",
            Self::NoReference => "患者番号なし(有効)",
            Self::Mismatch => "情報不一致",
            Self::NoInsurance => "保険なし",
            Self::CannotAsk => "確認できません",
        }
    }
}

/// The list of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayShown {
    /// The day.
    pub day: CivilDate,
    /// At most [`DAY_ROWS_MAX`].
    pub rows: Vec<DayRow>,
    /// The last check of everybody.
    pub run: Option<Run>,
    /// The institution's name, for the paper.
    pub institution_name: String,
    /// The server's clock.
    pub now: UnixMs,
}

/// One person on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRow {
    /// Names the row.
    pub id: String,
    /// 氏名.
    pub name: String,
    /// 氏名(カナ).
    pub kana: String,
    /// 生年月日.
    pub birth_date: Option<CivilDate>,
    /// 部屋.
    pub room: String,
    /// The living consent of that time.
    pub consent: Option<String>,
    /// 今月はじめて: no successful check of this person in the month yet; `None` for who is not known here.
    pub is_first: Option<bool>,
    /// How it stands.
    pub state: DayState,
    /// When it was checked.
    pub checked_at: Option<UnixMs>,
}

/// Who is put on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NewDayVisit {
    /// The person of a living consent.
    Consent(String),
    /// A person that is typed.
    Typed(TypedVisit),
}

/// A person as typed. Found among the living consents by kana and birth date, where they are the only one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedVisit {
    /// 氏名.
    pub name: Note<60>,
    /// 氏名(カナ).
    pub kana: Note<60>,
    /// 生年月日.
    pub birth_date: Option<CivilDate>,
    /// 部屋.
    pub room: Note<40>,
    /// 施設 (DA-14).
    #[serde(default)]
    pub home: Note<40>,
    /// 階; empty: as the room's number says.
    #[serde(default)]
    pub floor: Note<20>,
    /// What stands on the insurance paper, where it is known; by number only with a birth date.
    pub insurance: Option<Insurance>,
}

/// Numbers of an insurance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Insurance {
    /// 保険者番号.
    pub insurer_number: Note<16>,
    /// 記号.
    pub symbol: Note<40>,
    /// 番号.
    pub member_number: Note<40>,
    /// 枝番.
    pub branch_number: Note<4>,
}

/// Who stands on the list now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayAdded {
    /// Rows of the list.
    pub rows: u32,
    /// The person stood there already, or is not there any more.
    pub was_there: bool,
}

/// A file of people: CSV with [`DAY_COLUMNS`], UTF-8 or CP932.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayFile {
    /// Its bytes.
    pub file: Base64,
    /// Only say what each line would do.
    pub is_trial: bool,
}

/// What a file does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayReport {
    /// Its lines in their order, without the first.
    pub lines: Vec<DayLine>,
    /// They stand on the list.
    pub is_done: bool,
}

/// What one line does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayLine {
    /// Its line in the file, from 1.
    pub line: u32,
    /// 氏名 as it stands there.
    pub name: String,
    /// What is wrong.
    pub faults: Vec<DayFault>,
    /// One living consent fits.
    pub is_known: bool,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayFault {
    /// Too many or too few columns.
    Columns,
    /// 氏名 is empty or too long, or holds an individual number.
    Name,
    /// 氏名(カナ) is too long or no kana.
    Kana,
    /// 生年月日 is no day.
    BirthDate,
    /// 部屋, 施設 or 階 is too long.
    Room,
    /// Numbers are too long, or stand there without 番号 or 生年月日.
    Insurance,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_words_read_back() {
        for state in DayState::ALL {
            assert_eq!(DayState::from_word(state.word()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.word());
        }
        assert_eq!(DayState::from_word("x"), None);
    }
}
