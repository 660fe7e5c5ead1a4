//! Days and instants as Japan counts them: +09:00 all year, no daylight saving, 和暦 beside the Western year.

use serde::{Deserialize, Serialize};

use super::text_in_json;
use super::typed::{self, code, is_dash};

const JST_OFFSET_MS: i64 = 9 * 60 * 60 * 1000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// An instant: milliseconds since 1970-01-01T00:00:00Z. The clock that makes one is outside this crate.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMs(pub i64);

impl UnixMs {
    /// The day in Japan at this instant.
    #[must_use]
    pub fn jst_date(self) -> CivilDate {
        CivilDate::from_days(self.0.saturating_add(JST_OFFSET_MS).div_euclid(DAY_MS))
    }

    /// Hour (0–23) and minute (0–59) in Japan at this instant.
    #[must_use]
    pub fn jst_time(self) -> (u8, u8) {
        let minute_of_day = self.0.saturating_add(JST_OFFSET_MS).rem_euclid(DAY_MS) / 60_000;
        let hour = u8::try_from(minute_of_day / 60).unwrap_or(0);
        let minute = u8::try_from(minute_of_day % 60).unwrap_or(0);
        (hour, minute)
    }

    /// `2024/04/30 23:59`, Japan time: the form of the office list (N108).
    #[must_use]
    pub fn jst_minute_text(self) -> String {
        let (hour, minute) = self.jst_time();
        format!("{} {hour:02}:{minute:02}", self.jst_date().slashed())
    }

    /// `20240117101455`, Japan time: the form of the レセコン files. Milliseconds are cut off.
    #[must_use]
    pub fn jst_packed(self) -> String {
        let (hour, minute) = self.jst_time();
        let second = self.0.div_euclid(1000).rem_euclid(60);
        format!("{}{hour:02}{minute:02}{second:02}", self.jst_date().packed())
    }

    /// Reads [`Self::jst_packed`].
    ///
    /// # Errors
    /// [`NotADate`] for anything but 14 half-width digits that name a second of a day.
    pub fn from_jst_packed(text: &str) -> Result<Self, NotADate> {
        let (day, time) = text.split_at_checked(8).filter(|(_, time)| time.len() == 6).ok_or(NotADate)?;
        let day = CivilDate::try_from(day)?;
        if !time.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotADate);
        }
        let number: u32 = time.parse().map_err(|_| NotADate)?;
        let [hour, minute, second] = [number / 10_000, number / 100 % 100, number % 100].map(|part| u8::try_from(part).unwrap_or(99));
        if hour > 23 || minute > 59 || second > 59 {
            return Err(NotADate);
        }
        Ok(day.at_jst(hour, minute).plus_ms(i64::from(second) * 1000))
    }

    /// The instant `ms` milliseconds later (earlier when negative).
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// A day of the Gregorian calendar, 1868-01-01 to 9999-12-31. Text form `2024-04-30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate {
    year: u16,
    month: u8,
    day: u8,
}

/// Says that a text or three numbers name no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day of the calendar (YYYY-MM-DD or YYYYMMDD)")]
pub struct NotADate;

impl CivilDate {
    /// Makes a day from year, month 1–12 and day 1–31.
    ///
    /// # Errors
    /// [`NotADate`] when the calendar has no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, NotADate> {
        if (1868..=9999).contains(&year) && (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month) {
            Ok(Self { year, month, day })
        } else {
            Err(NotADate)
        }
    }

    /// Reads what a person typed: `2024/4/30`, `20240430`, `令和6年4月30日`, `R6.4.30`, `昭350602`, in any width. The first year of an era
    /// is 元 or 1. Of an era's year that came after the era's end (平成36年), the day that was meant is taken; of one before its
    /// first day, none. A year of two digits without an era is not guessed.
    ///
    /// # Errors
    /// [`NotADate`] for anything else.
    pub fn from_typed(text: &str) -> Result<Self, NotADate> {
        let text = code(text);
        let era = ERAS.iter().find_map(|(name, letter, from)| {
            let short = name.chars().next()?;
            let rest = text.strip_prefix(name).or_else(|| text.strip_prefix(short)).or_else(|| text.strip_prefix(*letter));
            let rest = rest.or_else(|| text.strip_prefix(letter.to_ascii_lowercase()))?;
            Some((rest, Some(*from)))
        });
        let (rest, from) = era.unwrap_or((&text, None));
        let is_between = |c: char| is_dash(c) || matches!(c, '年' | '月' | '.' | '/' | '・');
        let parts: Vec<&str> = rest.trim_end_matches('日').split(is_between).collect();
        let (year, month, day) = match (parts.as_slice(), from) {
            ([year, month, day], _) => (*year, *month, *day),
            ([packed], Some(_)) => split_packed(packed, 2)?,
            ([packed], None) => split_packed(packed, 4)?,
            _ => return Err(NotADate),
        };
        let number = |text: &str, most: usize| -> Result<u16, NotADate> {
            let is_short = !text.is_empty() && text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
            if is_short { text.parse().map_err(|_| NotADate) } else { Err(NotADate) }
        };
        let small = |text: &str| number(text, 2).and_then(|n| u8::try_from(n).map_err(|_| NotADate));
        let (month, day) = (small(month)?, small(day)?);
        match from {
            None => Self::new(number(year, 4)?, month, day),
            Some(from) => {
                let of_era = if year == "元" { 1 } else { number(year, 2)? };
                let western = (from.year + of_era).checked_sub(1).filter(|_| of_era > 0).ok_or(NotADate)?;
                Self::new(western, month, day).ok().filter(|date| *date >= from).ok_or(NotADate)
            }
        }
    }

    /// Western year.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// Month, 1–12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, 1–31.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }

    /// `2024/04/30`.
    #[must_use]
    pub fn slashed(self) -> String {
        format!("{:04}/{:02}/{:02}", self.year, self.month, self.day)
    }

    /// `20240430`, the form of the レセコン files.
    #[must_use]
    pub fn packed(self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    /// `昭和35年6月2日`; the first year of an era is 元年. Before 明治 the Western year stands.
    #[must_use]
    pub fn wareki(self) -> String {
        let (month, day) = (self.month, self.day);
        match ERAS.iter().find(|(.., from)| self >= *from) {
            Some((era, _, from)) => match self.year - from.year + 1 {
                1 => format!("{era}元年{month}月{day}日"),
                n => format!("{era}{n}年{month}月{day}日"),
            },
            None => format!("{}年{month}月{day}日", self.year),
        }
    }

    /// Reads [`Self::wareki`], full-width digits and spaces allowed: `昭和60年1月2日`, `令和元年５月１日`.
    ///
    /// # Errors
    /// [`NotADate`], also for a day outside its era (大正15年12月25日, 平成31年5月1日) and a Western year.
    pub fn from_wareki(text: &str) -> Result<Self, NotADate> {
        let text = typed::code(text);
        let place = ERAS.iter().position(|(era, ..)| text.starts_with(era)).ok_or(NotADate)?;
        let (era, _, from) = ERAS.get(place).ok_or(NotADate)?;
        let next = place.checked_sub(1).and_then(|newer| ERAS.get(newer)).map(|(.., from)| *from);
        let rest = text.strip_prefix(era).ok_or(NotADate)?;
        let (year, rest) = rest.split_once('年').ok_or(NotADate)?;
        let (month, rest) = rest.split_once('月').ok_or(NotADate)?;
        let day = rest.strip_suffix('日').ok_or(NotADate)?;
        let number = |text: &str| match text.len() {
            1..=2 if text.bytes().all(|b| b.is_ascii_digit()) => text.parse::<u8>().map_err(|_| NotADate),
            _ => Err(NotADate),
        };
        let year = if year == "元" { 1 } else { number(year)? };
        let year = from.year + u16::from(year.checked_sub(1).ok_or(NotADate)?);
        let day = Self::new(year, number(month)?, number(day)?)?;
        if day < *from || next.is_some_and(|next| day >= next) { Err(NotADate) } else { Ok(day) }
    }

    /// Full years between `self` (a birth date) and `on`; 0 when `on` is earlier. By the day, as policy Q14
    /// decides: a person born on 29 February turns older on 1 March in common years.
    #[must_use]
    pub fn age_on(self, on: CivilDate) -> u16 {
        let before_birthday = (on.month, on.day) < (self.month, self.day);
        on.year.saturating_sub(self.year).saturating_sub(u16::from(before_birthday))
    }

    /// The last day of the month that lies `months` after this day's month.
    #[must_use]
    pub fn end_of_month_after(self, months: u16) -> Self {
        let index = u32::from(self.year) * 12 + u32::from(self.month) - 1 + u32::from(months);
        let year = u16::try_from(index / 12).unwrap_or(9999).min(9999);
        let month = u8::try_from(index % 12 + 1).unwrap_or(12);
        Self { year, month, day: days_in(year, month) }
    }

    /// The day `days` later (earlier when negative), kept inside the range of the type.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self::from_days(self.to_days().saturating_add(days))
    }

    /// The instant of `hour:minute` in Japan on this day.
    #[must_use]
    pub fn at_jst(self, hour: u8, minute: u8) -> UnixMs {
        UnixMs(self.to_days() * DAY_MS + (i64::from(hour) * 60 + i64::from(minute)) * 60_000 - JST_OFFSET_MS)
    }

    /// Day of the week, 0 Monday to 6 Sunday.
    #[must_use]
    pub fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday.
        u8::try_from((self.to_days() + 3).rem_euclid(7)).unwrap_or(0)
    }

    /// Days since 1970-01-01.
    fn to_days(self) -> i64 {
        // Counts from 1 March, so that the leap day ends the year.
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }

    fn from_days(days: i64) -> Self {
        let days = days.clamp(-37_256, 2_932_896) + 719_468; // 1868-01-01 to 9999-12-31
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        Self { year: u16::try_from(year).unwrap_or(9999), month: u8::try_from(month).unwrap_or(12), day: u8::try_from(day).unwrap_or(31) }
    }
}

/// Year, month and day of digits without anything between them.
fn split_packed(digits: &str, year_digits: usize) -> Result<(&str, &str, &str), NotADate> {
    if digits.len() != year_digits + 4 || !digits.is_ascii() {
        return Err(NotADate);
    }
    let (year, rest) = digits.split_at(year_digits);
    let (month, day) = rest.split_at(2);
    Ok((year, month, day))
}

/// Newest first: name, letter on forms, first day. Source: the eras' legal first days.
const ERAS: [(&str, char, CivilDate); 5] = [
    ("令和", 'R', CivilDate { year: 2019, month: 5, day: 1 }),
    ("平成", 'H', CivilDate { year: 1989, month: 1, day: 8 }),
    ("昭和", 'S', CivilDate { year: 1926, month: 12, day: 25 }),
    ("大正", 'T', CivilDate { year: 1912, month: 7, day: 30 }),
    ("明治", 'M', CivilDate { year: 1868, month: 1, day: 1 }),
];

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

impl TryFrom<&str> for CivilDate {
    type Error = NotADate;

    /// Reads `2024-04-30` or `20240430`, half-width digits only.
    fn try_from(text: &str) -> Result<Self, NotADate> {
        let digits: String = match text.split('-').collect::<Vec<_>>().as_slice() {
            [packed] if packed.len() == 8 => (*packed).to_owned(),
            [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2 => [*year, *month, *day].concat(),
            _ => return Err(NotADate),
        };
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotADate);
        }
        let number: u32 = digits.parse().map_err(|_| NotADate)?;
        let part = |n: u32| u8::try_from(n % 100).map_err(|_| NotADate);
        Self::new(u16::try_from(number / 10_000).map_err(|_| NotADate)?, part(number / 100)?, part(number)?)
    }
}

impl std::fmt::Display for CivilDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
text_in_json!(CivilDate);

#[cfg(feature = "schema")]
impl schemars::JsonSchema for CivilDate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CivilDate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_however_it_is_written() {
        for (typed, day) in [
            ("2024-04-30", "2024-04-30"),
            ("2024/4/30", "2024-04-30"),
            ("２０２４年４月３０日", "2024-04-30"),
            ("20240430", "2024-04-30"),
            ("令和6年4月30日", "2024-04-30"),
            ("R6.4.30", "2024-04-30"),
            ("r060430", "2024-04-30"),
            (" 令和 ６ 年 4 月 30 日", "2024-04-30"),
            ("令6－4－30", "2024-04-30"),
            ("令和元年5月1日", "2019-05-01"),
            ("Ｈ31．4．30", "2019-04-30"),
            ("平成36年4月30日", "2024-04-30"),
            ("昭35.6.2", "1960-06-02"),
            ("S350602", "1960-06-02"),
            ("昭和64年1月7日", "1989-01-07"),
            ("大正元年7月30日", "1912-07-30"),
            ("明45・7・29", "1912-07-29"),
        ] {
            assert_eq!(CivilDate::from_typed(typed).map(|day| day.to_string()).as_deref(), Ok(day), "{typed}");
        }
        for none in [
            "",
            "令和",
            "6.4.30",
            "24/4/30",
            "060430",
            "令和6年4月",
            "令和6年4月31日",
            "令和0年5月1日",
            "令和元年4月30日",
            "昭和35年6月2日3",
            "R6.4.30.1",
            "R+6.4.30",
            "2024-0004-30",
            "２０２４",
            "平成１００年1月1日",
            "令和６年四月1日",
            "あ060430",
            "é60430",
        ] {
            assert_eq!(CivilDate::from_typed(none), Err(NotADate), "{none}");
        }
    }

    #[test]
    fn every_day_is_read_as_it_is_shown() {
        let first = CivilDate::new(1868, 1, 1).unwrap();
        for day in (0..60_000).step_by(7).map(|days| first.plus_days(days)) {
            for shown in [day.wareki(), day.slashed(), day.packed(), day.to_string()] {
                assert_eq!(CivilDate::from_typed(&shown), Ok(day), "{shown}");
            }
        }
    }

    fn date(text: &str) -> CivilDate {
        text.try_into().unwrap()
    }

    #[test]
    fn days_survive_the_way_through_instants() {
        for text in ["1868-01-01", "1960-06-02", "1970-01-01", "2000-02-29", "2024-02-29", "2100-03-01", "9999-12-31"] {
            let day = date(text);
            assert_eq!(day.at_jst(0, 0).jst_date(), day, "{text}");
            assert_eq!(day.at_jst(23, 59).jst_date(), day, "{text}");
            assert_eq!(day.at_jst(23, 59).plus_ms(60_000).jst_time(), (0, 0), "{text}");
        }
        assert_eq!(date("1970-01-01").at_jst(9, 0), UnixMs(0));
    }

    #[test]
    fn every_day_of_a_century_follows_the_one_before() {
        let mut day = date("1950-01-01");
        for _ in 0..36_525 {
            let next = day.plus_days(1);
            assert!(next > day);
            assert_eq!(next.plus_days(-1), day);
            day = next;
        }
        assert_eq!(day, date("2050-01-01"));
    }

    #[test]
    fn bad_days_are_refused() {
        for text in ["2023-02-29", "2024-13-01", "2024-00-10", "2024-1-1", "24-01-01", "２０２４０１０１", "2024/01/01", "", "1867-12-31"]
        {
            assert_eq!(CivilDate::try_from(text), Err(NotADate), "{text}");
        }
        assert_eq!(date("20240430").to_string(), "2024-04-30");
    }

    #[test]
    fn eras_change_on_their_first_day() {
        for (text, wareki) in [
            ("1960-06-02", "昭和35年6月2日"), // N108
            ("1989-01-07", "昭和64年1月7日"),
            ("1989-01-08", "平成元年1月8日"),
            ("2019-04-30", "平成31年4月30日"),
            ("2019-05-01", "令和元年5月1日"),
            ("1926-12-24", "大正15年12月24日"),
            ("1926-12-25", "昭和元年12月25日"),
            ("1912-07-29", "明治45年7月29日"),
        ] {
            assert_eq!(date(text).wareki(), wareki);
        }
    }

    #[test]
    fn every_day_of_the_eras_reads_back() {
        let mut day = date("1868-01-01");
        while day < date("2030-01-01") {
            assert_eq!(CivilDate::from_wareki(&day.wareki()), Ok(day), "{day}");
            day = day.plus_days(1);
        }
    }

    #[test]
    fn a_day_outside_its_era_is_none() {
        for (text, day) in [
            ("昭和60年1月2日", "1985-01-02"),
            ("令和　元年　５月　１日", "2019-05-01"),
            ("令和1年05月01日", "2019-05-01"),
            ("大正15年12月24日", "1926-12-24"),
        ] {
            assert_eq!(CivilDate::from_wareki(text), Ok(date(day)), "{text}");
        }
        for bad in [
            "大正15年12月25日",
            "昭和64年1月8日",
            "平成31年5月1日",
            "平成元年1月7日",
            "昭和0年1月1日",
            "昭和60年2月29日",
            "1985年1月2日",
            "昭和60年1月2",
            "昭和六十年一月二日",
            "昭和",
            "",
        ] {
            assert_eq!(CivilDate::from_wareki(bad), Err(NotADate), "{bad}");
        }
    }

    #[test]
    fn seconds_of_files_read_back() {
        let instant = date("2024-01-17").at_jst(10, 14).plus_ms(55_999);
        assert_eq!(instant.jst_packed(), "20240117101455");
        assert_eq!(UnixMs::from_jst_packed("20240117101455"), Ok(instant.plus_ms(-999)));
        assert_eq!(UnixMs::from_jst_packed(&UnixMs(-1).jst_packed()), Ok(UnixMs(-1000)));
        for bad in ["2024011710145", "202401171014555", "20240117246000", "20240117235960", "20240230101455", "2024011710145a", ""] {
            assert_eq!(UnixMs::from_jst_packed(bad), Err(NotADate), "{bad}");
        }
        assert_eq!(UnixMs::from_jst_packed("2024０117１1"), Err(NotADate));
    }

    #[test]
    fn age_counts_by_the_day() {
        assert_eq!(date("1986-11-20").age_on(date("2026-11-19")), 39);
        assert_eq!(date("1986-11-20").age_on(date("2026-11-20")), 40);
        assert_eq!(date("2000-02-29").age_on(date("2026-02-28")), 25);
        assert_eq!(date("2000-02-29").age_on(date("2026-03-01")), 26);
        assert_eq!(date("2030-01-01").age_on(date("2026-03-01")), 0);
    }

    #[test]
    fn instants_show_japan_time() {
        assert_eq!(date("2024-04-30").at_jst(23, 59).jst_minute_text(), "2024/04/30 23:59");
    }
}
