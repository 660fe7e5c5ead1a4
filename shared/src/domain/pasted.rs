//! The text of a result as the official device app hands it to the clipboard, and as this product writes it: read back into person and
//! coverage (OT-31). Two shapes are known in the field, and both are read, their lines in any order: `label TAB value` under headings, and
//! `label`, then a colon or a space, then the value. What a label means is decided by its heading. The text itself is never logged, and no
//! error holds any of it.

use std::collections::BTreeMap;

use super::calendar::{CivilDate, NotADate};
use super::coverage::{Coverage, ElderlyCertificate, Percent, Provided, Relation};
use super::number::{Keys, branch_doubt, holds_individual_number, insurer_doubt};
use super::person::{Person, Sex};
use super::reference::ReferenceNumber;
use super::typed;

/// Longest text, in bytes.
pub const PASTED_MAX: usize = 64 * 1024;

/// What a text says of one person and one insurance. It states no 資格有効性: that is for whoever takes it in (T29).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pasted {
    /// 確認日; where the text has none, a person is asked, and nothing is guessed.
    pub checked_on: Option<CivilDate>,
    /// 照会番号.
    pub reference_number: Option<ReferenceNumber>,
    /// Who.
    pub person: Person,
    /// The insurance. What the text does not say is not there, or not provided (T31).
    pub coverage: Coverage,
    /// 限度額適用認定証: its first and last day. The text has no class, so it is no certificate by itself (T28).
    pub limit_days: Option<(CivilDate, Option<CivilDate>)>,
    /// The lines about 医療扶助, kept apart: they never stand in the place of the insurance.
    pub aid: Vec<Line>,
    /// Lines that no table knows, as they came.
    pub unknown: Vec<Line>,
    /// Labels of values that were taken, or left out, and that a person should look at.
    pub doubts: Vec<&'static str>,
}

/// A line of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The heading it stands under; empty before the first one.
    pub heading: String,
    /// Before the separator.
    pub label: String,
    /// Behind it; may be empty.
    pub value: String,
}

/// Why a text is no result. Lines are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAResult {
    /// Longer than [`PASTED_MAX`].
    #[error("長すぎます。1人分の資格情報だけを貼り付けてください。")]
    TooLong,
    /// A field stands twice under one heading: two people's texts, or a broken one.
    #[error("{line}行目: 「{label}」が2回あります。1人分だけを貼り付けてください。")]
    Twice {
        /// The second one.
        line: usize,
        /// The field.
        label: &'static str,
    },
    /// A value that cannot be what its label says.
    #[error("{line}行目: 「{label}」を読み取れません。元の画面の値を確かめて、直してください。")]
    Value {
        /// Where.
        line: usize,
        /// The field.
        label: &'static str,
    },
    /// A field that a result cannot do without.
    #[error("「{0}」がありません。資格情報のすべてを選んで、もう一度コピーしてください。")]
    Missing(&'static str),
    /// 個人番号 has no place anywhere (X53).
    #[error("{line}行目: 個人番号(マイナンバー)は貼り付けられません。その行を消してください。")]
    IndividualNumber {
        /// Where.
        line: usize,
    },
}

/// What a heading opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    /// 資格情報, and what stands before any heading.
    Main,
    /// 裏面記載情報.
    Back,
    /// 高齢受給者証.
    Elderly,
    /// 限度額適用認定証.
    Limit,
    /// 医療扶助, both sides.
    Aid,
    /// A heading of this product, whose lines are of no register: 受付.
    Other,
}

const CHECKED_ON: &str = "確認日";
const NUMBER: &str = "照会番号";
const PRESCHOOL: &str = "未就学区分";
const INSURER: &str = "保険者番号";
const MEMBER: &str = "番号";
const BRANCH: &str = "枝番";
const KANA: &str = "フリガナ";
const NAME: &str = "氏名";
const BORN: &str = "生年月日";
const SEX: &str = "性別";
const FROM: &str = "有効開始日";
const UNTIL: &str = "有効終了日";
const RATIO: &str = "負担割合";
const RELATION: &str = "本人・家族の別";
const LIMIT_FROM: &str = "有効開始年月日";
const LIMIT_UNTIL: &str = "有効終了年月日";
const ELDERLY: &str = "高齢受給者証";

/// The fields under each heading.
const MAIN: [&str; 21] = [
    NUMBER,
    PRESCHOOL,
    CHECKED_ON,
    INSURER,
    "保険者名",
    "記号",
    MEMBER,
    BRANCH,
    KANA,
    NAME,
    BORN,
    SEX,
    "郵便番号",
    "住所",
    "証区分",
    FROM,
    UNTIL,
    "資格取得年月日",
    RATIO,
    RELATION,
    "被保険者氏名",
];
const BACK: [&str; 3] = [NAME, "氏名カナ", SEX];

impl Section {
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Main => &MAIN,
            Self::Back => &BACK,
            Self::Elderly => &[FROM, UNTIL, RATIO],
            Self::Limit => &[LIMIT_FROM, LIMIT_UNTIL],
            Self::Aid | Self::Other => &[],
        }
    }

    /// What a line without a value opens.
    fn of_heading(text: &str) -> Option<Self> {
        let text = text.replace('（', "(").replace('）', ")");
        match text.as_str() {
            "資格情報" | "資格情報(医療保険)" => Some(Self::Main),
            "高齢受給者証" => Some(Self::Elderly),
            "受付" => Some(Self::Other),
            _ if text.contains("(医療扶助)") => Some(Self::Aid),
            _ if text.contains("裏面記載情報") => Some(Self::Back),
            _ if text.contains("限度額適用認定証") => Some(Self::Limit),
            _ => None,
        }
    }
}

/// Label and value of a line, split once: at the first tab, colon or space. A colon behind the space is a part of the separator.
fn split(line: &str) -> (&str, &str) {
    let is_colon = |c: char| matches!(c, ':' | '：');
    let Some((label, rest)) = line.split_once(|c: char| c.is_whitespace() || is_colon(c)) else { return (line, "") };
    let was_colon = line.get(label.len()..).is_some_and(|rest| rest.starts_with(is_colon));
    let rest = rest.trim_start();
    let rest = if was_colon { rest } else { rest.strip_prefix(is_colon).unwrap_or(rest) };
    (label, rest.trim())
}

/// The known values of a text, by heading and label, with their lines.
#[derive(Default)]
struct Found<'t> {
    values: BTreeMap<(Section, &'static str), (usize, &'t str)>,
    aid: Vec<Line>,
    unknown: Vec<Line>,
    doubts: Vec<&'static str>,
}

impl<'t> Found<'t> {
    fn of(text: &'t str) -> Result<Self, NotAResult> {
        let (mut found, mut section, mut heading) = (Self::default(), Section::Main, "");
        for (place, line) in text.trim_start_matches('\u{FEFF}').lines().enumerate() {
            let (number, line) = (place + 1, line.trim());
            if line.is_empty() {
                continue;
            }
            let (label, value) = split(line);
            if value.is_empty()
                && let Some(opened) = Section::of_heading(label)
            {
                (section, heading) = (opened, label);
                continue;
            }
            let known = section.fields().iter().find(|known| **known == label);
            if known != Some(&MEMBER) && holds_individual_number(value) {
                return Err(NotAResult::IndividualNumber { line: number });
            }
            let kept = || Line { heading: heading.to_owned(), label: label.to_owned(), value: value.to_owned() };
            match known {
                Some(known) if found.values.insert((section, known), (number, value)).is_some() => {
                    return Err(NotAResult::Twice { line: number, label: known });
                }
                Some(_) => {}
                None if section == Section::Aid => found.aid.push(kept()),
                None => found.unknown.push(kept()),
            }
        }
        Ok(found)
    }

    /// A value that says something.
    fn text(&self, section: Section, label: &'static str) -> Option<&'t str> {
        self.values.get(&(section, label)).map(|(_, value)| *value).filter(|value| !value.is_empty())
    }

    fn owned(&self, section: Section, label: &'static str) -> Option<String> {
        self.text(section, label).map(str::to_owned)
    }

    /// A value read by `read`; one that cannot be read stops.
    fn read<T>(&self, section: Section, label: &'static str, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, NotAResult> {
        let Some(text) = self.text(section, label) else { return Ok(None) };
        let line = self.values.get(&(section, label)).map_or(0, |(line, _)| *line);
        read(text).map(Some).ok_or(NotAResult::Value { line, label })
    }

    fn day(&self, section: Section, label: &'static str) -> Result<Option<CivilDate>, NotAResult> {
        self.read(section, label, |text| date(text).ok())
    }

    /// A last day: the one of nines means that there is none (T16).
    fn last_day(&self, section: Section, label: &'static str) -> Result<Option<CivilDate>, NotAResult> {
        let is_open = |text: &str| typed::number(text).replace('/', "") == "99999999";
        if self.text(section, label).is_some_and(is_open) { Ok(None) } else { self.day(section, label) }
    }

    /// A ratio; what is none is left out and doubted, for the exact text is not known.
    fn ratio(&mut self, section: Section) -> Option<Percent> {
        let text = self.text(section, RATIO)?;
        let ratio = percent(text);
        if ratio.is_none() {
            self.doubts.push(RATIO);
        }
        ratio
    }
}

impl Pasted {
    /// Reads a text of either shape.
    ///
    /// # Errors
    /// [`NotAResult`]: nothing of such a text is taken.
    pub fn read(text: &str) -> Result<Self, NotAResult> {
        if text.len() > PASTED_MAX {
            return Err(NotAResult::TooLong);
        }
        let mut found = Found::of(text)?;
        let need = |found: &Found<'_>, label| found.owned(Section::Main, label).ok_or(NotAResult::Missing(label));
        let (name, birth_date) = (need(&found, NAME)?, found.day(Section::Main, BORN)?.ok_or(NotAResult::Missing(BORN))?);
        let insurer_number = typed::number(&need(&found, INSURER)?);
        let member_number = need(&found, MEMBER)?;
        let sex = found.read(Section::Main, SEX, sex)?.unwrap_or(Sex::Unset);
        let person = Person {
            name,
            name_kana: found.owned(Section::Main, KANA).unwrap_or_default(),
            name_of_other: found.owned(Section::Back, NAME),
            birth_date,
            sex,
        };
        // Half-width digits, and as many of them as came: 01, 00 and none are three things (T33).
        let branch_number = found.text(Section::Main, BRANCH).map(typed::code);
        if insurer_doubt(&insurer_number).is_some() {
            found.doubts.push(INSURER);
        }
        if branch_number.as_deref().is_some_and(|branch| branch_doubt(branch).is_some()) {
            found.doubts.push(BRANCH);
        }
        let is_preschool = found.text(Section::Main, PRESCHOOL).map(|text| text == "義務教育就学前");
        if is_preschool == Some(false) {
            found.doubts.push(PRESCHOOL);
        }
        let copay_ratio = found.ratio(Section::Main).map_or(Provided::NotProvided, Provided::Value);
        let coverage = Coverage {
            insurer_number,
            insurer_name: found.owned(Section::Main, "保険者名").unwrap_or_default(),
            symbol: found.owned(Section::Main, "記号"),
            member_number,
            branch_number,
            card_classification: found.owned(Section::Main, "証区分").unwrap_or_default(),
            relation: found.read(Section::Main, RELATION, relation)?,
            insured_name: found.owned(Section::Main, "被保険者氏名"),
            address: found.owned(Section::Main, "住所"),
            post_number: found.owned(Section::Main, "郵便番号"),
            sex_on_back: found.read(Section::Back, SEX, self::sex)?,
            qualified_on: found.day(Section::Main, "資格取得年月日")?,
            disqualified_on: None,
            loss_reason: None,
            valid_from: found.day(Section::Main, FROM)?,
            valid_until: found.last_day(Section::Main, UNTIL)?,
            copay_ratio,
            is_preschool: is_preschool == Some(true),
            elderly: elderly(&mut found)?,
            limit: Provided::NotProvided,
            specific_diseases: Provided::NotProvided,
        };
        let limit_until = found.last_day(Section::Limit, LIMIT_UNTIL)?;
        let limit_days = found.day(Section::Limit, LIMIT_FROM)?.map(|from| (from, limit_until));
        Ok(Self {
            checked_on: found.day(Section::Main, CHECKED_ON)?,
            reference_number: found.read(Section::Main, NUMBER, |text| ReferenceNumber::try_from(text).ok())?,
            person,
            coverage,
            limit_days,
            aid: found.aid,
            unknown: found.unknown,
            doubts: found.doubts,
        })
    }

    /// What names the insured person.
    #[must_use]
    pub fn keys(&self) -> Keys<'_> {
        Keys {
            insurer_number: &self.coverage.insurer_number,
            symbol: self.coverage.symbol.as_deref(),
            member_number: &self.coverage.member_number,
            branch_number: self.coverage.branch_number.as_deref(),
        }
    }
}

/// 高齢受給者証: without its first day or its ratio it is none, and a person is told.
fn elderly(found: &mut Found<'_>) -> Result<Option<ElderlyCertificate>, NotAResult> {
    let (from, valid_until) = (found.day(Section::Elderly, FROM)?, found.last_day(Section::Elderly, UNTIL)?);
    let ratio = found.ratio(Section::Elderly);
    let whole = from.zip(ratio).map(|(valid_from, ratio)| ElderlyCertificate { valid_from, valid_until, ratio });
    let has_any = found.values.keys().any(|(section, _)| *section == Section::Elderly);
    if has_any && whole.is_none() {
        found.doubts.push(ELDERLY);
    }
    Ok(whole)
}

/// A day in 和暦 (inside its era) or by the Western calendar.
fn date(text: &str) -> Result<CivilDate, NotADate> {
    let code = typed::code(text);
    if code.starts_with(|c: char| c.is_ascii_digit()) { CivilDate::from_typed(&code) } else { CivilDate::from_wareki(&code) }
}

fn sex(text: &str) -> Option<Sex> {
    [Sex::Male, Sex::Female, Sex::Unset].into_iter().find(|sex| sex.label() == text)
}

fn relation(text: &str) -> Option<Relation> {
    [Relation::Insured, Relation::Family].into_iter().find(|relation| relation.label() == text)
}

/// `2割`, `20%`, `020` (T23).
fn percent(text: &str) -> Option<Percent> {
    let code = typed::code(text);
    let (digits, factor) = match (code.strip_suffix('割'), code.strip_suffix('%')) {
        (Some(digits), _) => (digits, 10),
        (None, Some(digits)) => (digits, 1),
        (None, None) if code.len() == 3 => (code.as_str(), 1),
        (None, None) => return None,
    };
    let is_number = !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit());
    let percent = digits.parse::<u16>().ok().filter(|_| is_number)?.checked_mul(factor)?;
    u8::try_from(percent).ok().filter(|percent| *percent <= 100).map(Percent)
}

#[cfg(test)]
mod tests;
