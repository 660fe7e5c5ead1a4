//! Names of the files: `OQSsiquc01req_202611200001.xml`, that is family, step, way, `_`, a free part, and the ending (C01, C02).
//! Capitals and small letters are the same.

use shared::domain::calendar::{CivilDate, UnixMs};

use crate::export::face;

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// 資格確認, of one person.
    Check,
    /// 一括照会: 資格確認 of many.
    Checks,
    /// 訪問診療等の同意済資格情報, of a range of days.
    Visits,
    /// オンライン診療等の同意済資格情報, of a range of days.
    Onlines,
    /// 医療扶助の医療券・調剤券, of a month.
    Aid,
    /// 照会番号登録, of one person.
    Reference,
    /// 照会番号登録, of many.
    References,
    /// 薬剤情報・診療情報, of one person.
    Drugs,
    /// 特定健診情報, of one person.
    CheckUps,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 9] =
        [Self::Check, Self::Checks, Self::Visits, Self::Onlines, Self::Aid, Self::Reference, Self::References, Self::Drugs, Self::CheckUps];

    /// The beginning of its names.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Check => "OQSsiquc",
            Self::Checks => "OQSmuquc",
            Self::Visits => "OQSmuhvq",
            Self::Onlines => "OQSmuonq",
            Self::Aid => "OQSmutic",
            Self::Reference => "OQSsiimm",
            Self::References => "OQSmuimm",
            Self::Drugs => "YZKsiquc",
            Self::CheckUps => "TKKsiquc",
        }
    }

    /// The Japanese word shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Check => "資格確認",
            Self::Checks => "一括照会",
            Self::Visits => "訪問診療等の資格情報",
            Self::Onlines => "オンライン診療等の資格情報",
            Self::Aid => "医療扶助",
            Self::Reference => "照会番号登録",
            Self::References => "照会番号一括登録",
            Self::Drugs => "薬剤情報",
            Self::CheckUps => "特定健診情報",
        }
    }

    /// True where a receipt comes first, and the results are asked for by its 受付番号.
    #[must_use]
    pub const fn is_bulk(self) -> bool {
        matches!(self, Self::Checks | Self::Visits | Self::Onlines | Self::Aid | Self::References)
    }
}

/// Which of the two exchanges of a family. One about a single person has the first alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// 01: the request itself; in bulk, the receipt.
    First,
    /// 02: the results of a bulk request.
    Second,
}

/// Which way a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// `req`: ours.
    Request,
    /// `res`: theirs.
    Answer,
}

/// How a name ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// `.xml`.
    Xml,
    /// `.zip`: results of a bulk request may come so.
    Zip,
    /// `.pdf`: medical information may come so.
    Pdf,
}

impl Ending {
    const fn text(self) -> &'static str {
        match self {
            Self::Xml => ".xml",
            Self::Zip => ".zip",
            Self::Pdf => ".pdf",
        }
    }
}

/// A name of a family that we speak. Shown, it is the name of the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// What it is about.
    pub family: Family,
    /// Which exchange.
    pub step: Step,
    /// Which way.
    pub way: Way,
    /// Between `_` and the ending, in small letters when it was read.
    free: String,
    /// How it ends.
    pub ending: Ending,
}

impl Name {
    /// The name of a request with this number of the day.
    #[must_use]
    pub fn request(family: Family, step: Step, number: Number) -> Self {
        Self { family, step, way: Way::Request, free: number.to_string(), ending: Ending::Xml }
    }

    /// The name of a request for medical information: FileCategory in two digits, `yyMMddHHmm`, and the number within the day, where the
    /// field puts its chart number; ours names nobody.
    #[must_use]
    pub fn medical_request(family: Family, file_category: u8, at: UnixMs, number: Number) -> Self {
        let minute: String = at.jst_packed().chars().skip(2).take(10).collect();
        Self {
            family,
            step: Step::First,
            way: Way::Request,
            free: format!("{file_category:02}{minute}{:04}", number.n),
            ending: Ending::Xml,
        }
    }

    /// The part between `_` and the ending.
    #[must_use]
    pub fn free(&self) -> &str {
        &self.free
    }

    /// The name of the answer to this request (C02). It may also end in [`Ending::Zip`] or [`Ending::Pdf`]: see [`Self::answers`].
    #[must_use]
    pub fn answer(&self) -> Self {
        Self { way: Way::Answer, ending: Ending::Xml, ..self.clone() }
    }

    /// True when this is the name of an answer to the request.
    #[must_use]
    pub fn answers(&self, request: &Self) -> bool {
        self.way == Way::Answer
            && request.way == Way::Request
            && (self.family, self.step) == (request.family, request.step)
            && self.free.eq_ignore_ascii_case(&request.free)
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let step = match self.step {
            Step::First => "01",
            Step::Second => "02",
        };
        let way = match self.way {
            Way::Request => "req",
            Way::Answer => "res",
        };
        write!(f, "{}{step}{way}_{}{}", self.family.prefix(), self.free, self.ending.text())
    }
}

/// What the name of a file in one of the folders says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A request or an answer of a family that we speak.
    Exchange(Name),
    /// The result of a card read, and the time in its name.
    Face(UnixMs),
    /// A family that we do not read: never opened, moved or deleted, but counted by this word (C16).
    Foreign(String),
    /// Anything else, also a face file without a time of a day (F06): listed.
    Other,
}

/// Files that are not ours, by the beginning of their names. What such a name holds behind it is nobody's business.
const FOREIGN: [&str; 4] = ["EPS", "PMH", "publicmedicalhub", "prescription"];

/// Reads the name of a file, without its folder.
#[must_use]
pub fn parse(name: &str) -> Found {
    let small = name.to_ascii_lowercase();
    if small.starts_with(&face::PREFIX.to_ascii_lowercase()) {
        return face::time_in_name(name).map_or(Found::Other, Found::Face);
    }
    if let Some(exchange) = exchange(&small) {
        return Found::Exchange(exchange);
    }
    foreign(&small).map_or(Found::Other, Found::Foreign)
}

fn exchange(small: &str) -> Option<Name> {
    let family = Family::ALL.into_iter().find(|family| small.starts_with(&family.prefix().to_ascii_lowercase()))?;
    let rest = small.get(family.prefix().len()..)?;
    let (step, rest) = match rest.split_at_checked(2)? {
        ("01", rest) => (Step::First, rest),
        ("02", rest) if family.is_bulk() => (Step::Second, rest),
        _ => return None,
    };
    let (way, rest) = match rest.split_at_checked(4)? {
        ("req_", rest) => (Way::Request, rest),
        ("res_", rest) => (Way::Answer, rest),
        _ => return None,
    };
    let (ending, free) =
        [Ending::Xml, Ending::Zip, Ending::Pdf].into_iter().find_map(|ending| Some((ending, rest.strip_suffix(ending.text())?)))?;
    let is_possible = match ending {
        Ending::Xml => true,
        Ending::Zip => (step, way) == (Step::Second, Way::Answer),
        Ending::Pdf => way == Way::Answer && matches!(family, Family::Drugs | Family::CheckUps),
    };
    // A free part is opaque (C09), but never a path.
    let is_free = !free.is_empty() && free.len() <= 100 && free.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    (is_possible && is_free).then(|| Name { family, step, way, free: free.to_owned(), ending })
}

/// The word of a family that is not ours: a known beginning, or three letters, `si` or `mu`, and three more before a step.
fn foreign(small: &str) -> Option<String> {
    if let Some(known) = FOREIGN.into_iter().find(|known| small.starts_with(&known.to_ascii_lowercase())) {
        let word = small.get(..8).filter(|_| known.len() == 3).and_then(family_word);
        return Some(word.unwrap_or_else(|| known.to_owned()));
    }
    let word = small.get(..8).and_then(family_word)?;
    if Family::ALL.into_iter().any(|family| family.prefix() == word) {
        return None;
    }
    let (step, rest) = small.get(8..)?.split_at_checked(2)?;
    (step.bytes().all(|b| b.is_ascii_digit()) && (rest.starts_with("req") || rest.starts_with("res"))).then_some(word)
}

fn family_word(small: &str) -> Option<String> {
    let is_word = small.len() == 8 && small.bytes().all(|b| b.is_ascii_lowercase()) && matches!(small.get(3..5)?, "si" | "mu");
    is_word.then(|| format!("{}{}", small.get(..3).unwrap_or_default().to_ascii_uppercase(), small.get(3..).unwrap_or_default()))
}

/// The number of a request: a day in Japan and what is counted in it, from 1. Shown as `yyyyMMdd` and four digits (C07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number {
    /// The day.
    pub day: CivilDate,
    /// 1 to 9999.
    pub n: u16,
}

/// Why there is no next number. It never begins anew by itself (C07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoNumber {
    /// The last number is of a later day than today.
    #[error("パソコンの日付が前に戻っています。日付を確かめてください。正しい日付になると、次の要求から続きます。")]
    ClockWentBack,
    /// 9999 were used.
    #[error("今日の要求ファイルの番号(9999まで)を使い切りました。明日になると、次の要求から続きます。")]
    DayIsFull,
    /// What was kept as the last number is none.
    #[error("要求ファイルの最後の番号が読み取れません。管理者に知らせてください。")]
    Broken,
}

impl Number {
    const LAST: u16 = 9999;

    /// The number after the last one.
    ///
    /// # Errors
    /// [`NoNumber`].
    pub fn next(last: Option<Self>, today: CivilDate) -> Result<Self, NoNumber> {
        match last {
            Some(last) if last.n == 0 || last.n > Self::LAST => Err(NoNumber::Broken),
            Some(last) if last.day > today => Err(NoNumber::ClockWentBack),
            Some(last) if last.day == today && last.n == Self::LAST => Err(NoNumber::DayIsFull),
            Some(last) if last.day == today => Ok(Self { day: today, n: last.n + 1 }),
            _ => Ok(Self { day: today, n: 1 }),
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{:04}", self.day.packed(), self.n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        CivilDate::try_from(text).unwrap()
    }

    fn number(n: u16) -> Number {
        Number { day: day("2026-11-20"), n }
    }

    #[test]
    fn c02_every_family_has_its_names_and_their_answers() {
        for family in Family::ALL {
            for step in [Step::First, Step::Second] {
                let request = Name::request(family, step, number(1));
                let answer = request.answer();
                if step == Step::Second && !family.is_bulk() {
                    assert_ne!(parse(&request.to_string()), Found::Exchange(request), "{family:?} has no second step");
                    continue;
                }
                assert_eq!(answer.to_string(), request.to_string().replace("req_", "res_"));
                for name in [&request, &answer] {
                    assert_eq!(parse(&name.to_string()), Found::Exchange(name.clone()));
                    assert_eq!(parse(&name.to_string().to_uppercase()), Found::Exchange(name.clone()), "case counts for nothing");
                }
                assert!(answer.answers(&request) && !request.answers(&request) && !answer.answers(&answer));
                assert!(!answer.answers(&Name::request(family, step, number(2))));
            }
        }
        let name = Name::request(Family::Visits, Step::First, number(1));
        assert_eq!((name.to_string().as_str(), name.free()), ("OQSmuhvq01req_202611200001.xml", "202611200001"));
    }

    #[test]
    fn c02_b07_answers_end_as_the_field_lets_them_end() {
        let ending = |name: &str| match parse(name) {
            Found::Exchange(name) => Some(name.ending),
            _ => None,
        };
        assert_eq!(ending("OQSmuhvq02res_202611200001.zip"), Some(Ending::Zip));
        assert_eq!(ending("YZKsiquc01res_0126112010150001.PDF"), Some(Ending::Pdf));
        for other in [
            "OQSmuhvq02req_1.zip",
            "OQSmuhvq01res_1.zip",
            "OQSsiquc01res_1.zip",
            "OQSsiquc01res_1.pdf",
            "YZKsiquc01req_1.pdf",
            "OQSmuhvq02res_1.txt",
        ] {
            assert_eq!(ending(other), None, "{other}");
        }
        let request = Name::request(Family::Visits, Step::Second, number(8));
        let Found::Exchange(zip) = parse("oqsmuhvq02RES_202611200008.zip") else { panic!("a name of ours") };
        assert!(zip.answers(&request));
    }

    #[test]
    fn a_request_for_medical_information_names_its_category_and_nobody() {
        let at = day("2026-11-20").at_jst(10, 15);
        let name = Name::medical_request(Family::Drugs, 4, at, number(12));
        assert_eq!(name.to_string(), "YZKsiquc01req_0426112010150012.xml");
        assert_eq!(parse(&name.to_string()), Found::Exchange(name));
    }

    #[test]
    fn f06_f24_names_of_the_face_folder_in_every_shape() {
        let at = day("2024-01-17").at_jst(10, 15);
        for name in [
            "OQSsiquc01res_face_99699000010a1b2c3d4e5f60718293_20240117101500.xml",
            "OQSsiquc01res_face_996990000160000000000000000001_20240117101500.xml",
            "OQSsiquc01res_face_996990000190000000000000000001_20240117101500.XML",
            "oqssiquc01RES_FACE_20240117101500.xml",
        ] {
            assert_eq!(parse(name), Found::Face(at), "{name}");
        }
        for name in ["OQSsiquc01res_face_.xml", "OQSsiquc01res_face_20240230101500.xml", "OQSsiquc01res_face_x.zip"] {
            assert_eq!(parse(name), Found::Other, "{name}");
        }
    }

    #[test]
    fn c16_f29_families_of_others_are_counted_by_a_word_without_anybody_in_it() {
        for (name, word) in [
            ("PMHsimsm01req_202611200001.xml", "PMHsimsm"),
            ("pmhSIMSM01res_x.xml", "PMHsimsm"),
            ("PMH_something.xml", "PMH"),
            ("EPSsidrp01res_1.xml", "EPSsidrp"),
            ("EPS.xml", "EPS"),
            ("publicmedicalhub9969900001_20240117101500.xml", "publicmedicalhub"),
            ("Prescription_20240117101500.xml", "prescription"),
            ("OQSsihvd01req_1.xml", "OQSsihvd"),
            ("OQSsiinq01res_1.xml", "OQSsiinq"),
        ] {
            assert_eq!(parse(name), Found::Foreign(word.to_owned()), "{name}");
        }
        for name in ["", "a", "memo.txt", "資格一郎.xml", "OQSsiquc", "OQSsiquc03req_1.xml.tmp", "desktop.ini", "資資資資"] {
            let found = parse(name);
            assert!(found == Found::Other, "{name}: {found:?}");
        }
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_none_of_ours() {
        for name in
            ["OQSmuhvq01res_../../x.xml", "OQSmuhvq01res_a/b.xml", "OQSmuhvq01res_a\\b.xml", "OQSmuhvq01res_C:.xml", "OQSmuhvq01res_.xml"]
        {
            assert!(!matches!(parse(name), Found::Exchange(_)), "{name}");
        }
        assert!(!matches!(parse(&format!("OQSmuhvq01res_{}.xml", "1".repeat(101))), Found::Exchange(_)));
    }

    #[test]
    fn c07_numbers_go_up_within_a_day_and_never_begin_anew_by_themselves() {
        let today = day("2026-11-20");
        let at = |day: CivilDate, n: u16| Some(Number { day, n });
        assert_eq!(Number::next(None, today), Ok(number(1)));
        assert_eq!(Number::next(at(today, 1), today), Ok(number(2)));
        assert_eq!(Number::next(at(today.plus_days(-1), 9999), today), Ok(number(1)));
        assert_eq!(Number::next(at(today, 9998), today), Ok(number(9999)));
        assert_eq!((number(1).to_string().as_str(), number(9997).to_string().as_str()), ("202611200001", "202611209997"));
        assert_eq!(Number::next(at(today, 9999), today), Err(NoNumber::DayIsFull));
        assert_eq!(Number::next(at(today.plus_days(1), 1), today), Err(NoNumber::ClockWentBack));
        assert_eq!(Number::next(at(today, 0), today), Err(NoNumber::Broken));
        assert_eq!(Number::next(at(today, 10_000), today), Err(NoNumber::Broken));
        assert_eq!(Number::next(at(today.plus_days(1), 0), today), Err(NoNumber::Broken), "what is broken tells no day");
    }
}
