//! Support desks (N181, P-DESK): whom to call, and whether anybody answers now. Names, numbers and hours are data of the operator and
//! the institution; none stand in the program.

use serde::{Deserialize, Serialize};

use super::calendar::{CivilDate, UnixMs};
use super::holiday::is_holiday;
use super::note::Note;
use super::operation::Part;

/// Minutes of a day: the end of one that is open until midnight.
pub const DAY_MINUTES: u16 = 24 * 60;
/// A desk closed for longer than this has no next opening that could be told.
const LOOK_AHEAD_DAYS: i64 = 62;

/// From when to when on one day, in minutes of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(u16, u16)", into = "(u16, u16)")]
pub struct Hours {
    from: u16,
    to: u16,
}

/// Says that a day has no such hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hours of a day go from 0:00 to 24:00 at most, the later after the earlier")]
pub struct NoHours;

impl Hours {
    /// The whole day.
    pub const ALL_DAY: Self = Self { from: 0, to: DAY_MINUTES };

    /// From and to in minutes of the day.
    ///
    /// # Errors
    /// [`NoHours`].
    pub fn new(from: u16, to: u16) -> Result<Self, NoHours> {
        if from < to && to <= DAY_MINUTES { Ok(Self { from, to }) } else { Err(NoHours) }
    }

    /// Reads `9:00-17:30`, `8-18`, in any width and with any dash.
    ///
    /// # Errors
    /// [`NoHours`].
    pub fn from_typed(text: &str) -> Result<Self, NoHours> {
        let text = super::typed::code(text);
        let mut ends = text.split(|c| super::typed::is_dash(c) || matches!(c, '~' | '〜' | '～'));
        let (Some(from), Some(to), None) = (ends.next(), ends.next(), ends.next()) else { return Err(NoHours) };
        Self::new(minutes(from)?, minutes(to)?)
    }

    /// `9:00〜17:30`.
    #[must_use]
    pub fn words(self) -> String {
        let time = |minutes: u16| format!("{}:{:02}", minutes / 60, minutes % 60);
        if self == Self::ALL_DAY { "24時間".to_owned() } else { format!("{}〜{}", time(self.from), time(self.to)) }
    }
}

fn minutes(text: &str) -> Result<u16, NoHours> {
    let (hour, minute) = text.split_once(':').unwrap_or((text, "0"));
    let (hour, minute): (u16, u16) = (hour.parse().map_err(|_| NoHours)?, minute.parse().map_err(|_| NoHours)?);
    if hour <= 24 && minute < 60 { Ok(hour * 60 + minute) } else { Err(NoHours) }
}

impl TryFrom<(u16, u16)> for Hours {
    type Error = NoHours;

    fn try_from((from, to): (u16, u16)) -> Result<Self, NoHours> {
        Self::new(from, to)
    }
}

impl From<Hours> for (u16, u16) {
    fn from(hours: Hours) -> Self {
        (hours.from, hours.to)
    }
}

/// Days that are closed every year, from a month and day to another, over the end of the year too: `12-29` to `1-3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedDays {
    /// First month and day.
    pub from: (u8, u8),
    /// Last month and day, included.
    pub to: (u8, u8),
}

impl ClosedDays {
    /// Reads `12/29-1/3`, `12月29日〜1月3日` or one day.
    ///
    /// # Errors
    /// [`NoHours`].
    pub fn from_typed(text: &str) -> Result<Self, NoHours> {
        let day = |text: &str| {
            let text = text.trim_end_matches('日').replace('月', "/");
            let (month, day) = text.split_once('/').ok_or(NoHours)?;
            let (month, day) = (month.parse().map_err(|_| NoHours)?, day.parse().map_err(|_| NoHours)?);
            // A leap year has every day there is.
            CivilDate::new(2024, month, day).map(|_| (month, day)).map_err(|_| NoHours)
        };
        let text = super::typed::code(text);
        let mut ends = text.split(|c| super::typed::is_dash(c) || matches!(c, '~' | '〜' | '～'));
        let from = day(ends.next().unwrap_or_default())?;
        let to = ends.next().map_or(Ok(from), day)?;
        if ends.next().is_some() { Err(NoHours) } else { Ok(Self { from, to }) }
    }

    /// `12/29〜1/3`.
    #[must_use]
    pub fn words(self) -> String {
        let day = |(month, day): (u8, u8)| format!("{month}/{day}");
        if self.from == self.to { day(self.from) } else { format!("{}〜{}", day(self.from), day(self.to)) }
    }

    fn holds(self, day: CivilDate) -> bool {
        let day = (day.month(), day.day());
        if self.from <= self.to { self.from <= day && day <= self.to } else { self.from <= day || day <= self.to }
    }
}

/// When somebody answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenHours {
    /// Monday to Sunday; none: closed that day.
    pub week: [Option<Hours>; 7],
    /// Closed on public holidays ([`super::holiday`]).
    pub is_closed_on_holidays: bool,
    /// Further closed days of every year.
    pub closed: Vec<ClosedDays>,
    /// Nobody answers meanwhile, on any day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Hours>,
}

impl OpenHours {
    /// Its hours on a day, before and after the pause.
    fn on(&self, day: CivilDate) -> Vec<Hours> {
        let is_closed = self.is_closed_on_holidays && is_holiday(day) || self.closed.iter().any(|closed| closed.holds(day));
        let hours = self.week.get(usize::from(day.weekday())).copied().flatten().filter(|_| !is_closed);
        let Some(hours) = hours else { return Vec::new() };
        let Some(pause) = self.pause else { return vec![hours] };
        let parts = [Hours::new(hours.from, hours.to.min(pause.from)), Hours::new(hours.from.max(pause.to), hours.to)];
        parts.into_iter().flatten().collect()
    }

    /// In words: `月〜金 8:00〜18:00、土 8:00〜16:00`.
    #[must_use]
    pub fn words(&self) -> String {
        const NAMES: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
        let mut said: Vec<(usize, usize, Hours)> = Vec::new();
        for (place, hours) in self.week.iter().enumerate() {
            match (said.last_mut(), hours) {
                (Some((_, last, same)), Some(hours)) if *last + 1 == place && same == hours => *last = place,
                (_, Some(hours)) => said.push((place, place, *hours)),
                (_, None) => {}
            }
        }
        let name = |place: usize| NAMES.get(place).copied().unwrap_or_default();
        let days = |first: usize, last: usize| match (first, last) {
            (0, 6) => "毎日".to_owned(),
            (first, last) if first == last => name(first).to_owned(),
            (first, last) => format!("{}〜{}", name(first), name(last)),
        };
        let said =
            said.iter().map(|(first, last, hours)| format!("{} {}", days(*first, *last), hours.words())).collect::<Vec<_>>().join("、");
        self.pause.map_or(said.clone(), |pause| format!("{said}(休憩 {})", pause.words()))
    }
}

/// Whether anybody answers at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// 受付中, until then; `None`: round the clock.
    Open {
        /// When it closes.
        until: Option<UnixMs>,
    },
    /// 受付時間外; `None`: no day in the next two months is open.
    Closed {
        /// When it opens next.
        next: Option<UnixMs>,
    },
}

/// How a desk with these hours stands at an instant. A day that ends at midnight goes on where the next one begins at it.
#[must_use]
pub fn standing(hours: &OpenHours, now: UnixMs) -> Standing {
    let today = now.jst_date();
    let at = |day: CivilDate, minutes: u16| day.at_jst(0, 0).plus_ms(i64::from(minutes) * 60_000);
    let days = (0..=2 * LOOK_AHEAD_DAYS).map(|ahead| today.plus_days(ahead));
    let mut spans = days.flat_map(|day| hours.on(day).into_iter().map(move |on| (at(day, on.from), at(day, on.to))));
    let last_look = at(today.plus_days(LOOK_AHEAD_DAYS), DAY_MINUTES);
    let Some((from, mut until)) = spans.find(|(_, to)| now < *to).filter(|(from, _)| *from < last_look) else {
        return Standing::Closed { next: None };
    };
    if now < from {
        return Standing::Closed { next: Some(from) };
    }
    for (from, to) in spans {
        if from != until {
            return Standing::Open { until: Some(until) };
        }
        until = to;
    }
    // Nothing but one stretch as far as is looked; a desk whose last day was found closes all the same.
    let is_endless = until >= last_look.plus_ms(LOOK_AHEAD_DAYS * 24 * 60 * 60_000);
    Standing::Open { until: (!is_endless).then_some(until) }
}

/// A desk as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// 名称.
    pub name: Note<60>,
    /// What it helps with, in words.
    pub about: Note<200>,
    /// Telephone number, as it is dialled.
    pub number: Note<40>,
    /// Mail address.
    pub mail: Note<120>,
    /// What a mail's subject must hold, where the desk wants something (N185).
    pub mail_subject: Note<80>,
    /// When somebody answers; none: not known.
    pub hours: Option<OpenHours>,
    /// When somebody comes or mends, where those are others (a line fault: answered 24 hours, mended 9–17).
    pub repair_hours: Option<OpenHours>,
    /// What to have at hand before calling: serial numbers (N182), case number, contract number.
    pub at_hand: Note<400>,
    /// The parts of 稼働状況 that it helps with.
    pub parts: Vec<Part>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(text: &str) -> Option<Hours> {
        Hours::from_typed(text).ok()
    }

    fn at(text: &str) -> UnixMs {
        let (day, time) = text.split_once(' ').unwrap();
        let (hour, minute) = time.split_once(':').unwrap();
        CivilDate::try_from(day).unwrap().at_jst(hour.parse().unwrap(), minute.parse().unwrap())
    }

    /// Monday to Friday 8–18, Saturday 8–16, closed on Sundays, holidays and over the year's end.
    fn call_centre() -> OpenHours {
        let (week, saturday) = (hours("8-18"), hours("8:00〜16:00"));
        OpenHours {
            week: [week, week, week, week, week, saturday, None],
            is_closed_on_holidays: true,
            closed: vec![ClosedDays::from_typed("12/29-1/3").unwrap()],
            pause: None,
        }
    }

    #[test]
    fn nobody_answers_in_a_pause() {
        let desk = OpenHours { pause: hours("12-13"), ..call_centre() };
        let open = |until: &str| Standing::Open { until: Some(at(until)) };
        let closed = |next: &str| Standing::Closed { next: Some(at(next)) };
        for (now, expected) in [
            ("2026-11-20 11:59", open("2026-11-20 12:00")),
            ("2026-11-20 12:00", closed("2026-11-20 13:00")),
            ("2026-11-20 13:00", open("2026-11-20 18:00")),
            ("2026-11-20 18:00", closed("2026-11-21 8:00")),
        ] {
            assert_eq!(standing(&desk, at(now)), expected, "{now}");
        }
        assert_eq!(desk.words(), "月〜金 8:00〜18:00、土 8:00〜16:00(休憩 12:00〜13:00)");
        // One that covers the end, the beginning, or all of a day.
        let short = |pause: &str| OpenHours { week: [hours("9-12"); 7], pause: hours(pause), ..OpenHours::default() };
        assert_eq!(standing(&short("11-13"), at("2026-11-20 10:00")), open("2026-11-20 11:00"));
        assert_eq!(standing(&short("8-10"), at("2026-11-20 09:00")), closed("2026-11-20 10:00"));
        assert_eq!(standing(&short("8-13"), at("2026-11-20 10:00")), Standing::Closed { next: None });
        assert_eq!(serde_json::from_str::<OpenHours>(&serde_json::to_string(&desk).unwrap()).unwrap(), desk);
        let before = serde_json::to_string(&call_centre()).unwrap();
        assert!(!before.contains("pause") && serde_json::from_str::<OpenHours>(&before).is_ok(), "as it was kept before");
    }

    #[test]
    fn whether_anybody_answers_now() {
        let open = |until: &str| Standing::Open { until: Some(at(until)) };
        let closed = |next: &str| Standing::Closed { next: Some(at(next)) };
        for (now, expected) in [
            ("2026-11-20 07:59", closed("2026-11-20 8:00")), // Friday
            ("2026-11-20 08:00", open("2026-11-20 18:00")),
            ("2026-11-20 17:59", open("2026-11-20 18:00")),
            ("2026-11-20 18:00", closed("2026-11-21 8:00")),
            ("2026-11-21 15:59", open("2026-11-21 16:00")),  // Saturday
            ("2026-11-21 16:00", closed("2026-11-24 8:00")), // Sunday, then 勤労感謝の日
            ("2026-11-23 10:00", closed("2026-11-24 8:00")), // holiday
            ("2026-12-28 18:00", closed("2027-01-04 8:00")), // over the year's end
            ("2026-12-29 10:00", closed("2027-01-04 8:00")),
            ("2027-01-03 10:00", closed("2027-01-04 8:00")),
            ("2026-05-02 16:00", closed("2026-05-07 8:00")), // a row of holidays
        ] {
            assert_eq!(standing(&call_centre(), at(now)), expected, "{now}");
        }
    }

    #[test]
    fn round_the_clock_and_over_midnight() {
        let all = OpenHours { week: [Some(Hours::ALL_DAY); 7], ..OpenHours::default() };
        assert_eq!(standing(&all, at("2026-12-31 23:59")), Standing::Open { until: None });
        let mut night = all.clone();
        night.week[6] = None; // closed on Sundays
        assert_eq!(standing(&night, at("2026-11-20 12:00")), Standing::Open { until: Some(at("2026-11-22 0:00")) });
        assert_eq!(standing(&night, at("2026-11-22 12:00")), Standing::Closed { next: Some(at("2026-11-23 0:00")) });
        assert_eq!(standing(&OpenHours::default(), at("2026-11-20 12:00")), Standing::Closed { next: None });
        // A line fault: answered round the clock, mended 9 to 17.
        let repair = OpenHours { week: [hours("9-17"); 7], ..OpenHours::default() };
        assert_eq!(standing(&repair, at("2026-11-20 18:00")), Standing::Closed { next: Some(at("2026-11-21 9:00")) });
    }

    #[test]
    fn hours_and_days_are_read_as_people_write_them() {
        for same in ["9:00-17:30", "９：００～１７：３０", "9-17:30", " 9:00 〜 17:30 "] {
            assert_eq!(hours(same).map(Hours::words).as_deref(), Some("9:00〜17:30"), "{same}");
        }
        for bad in ["", "9", "17-9", "9-25", "9:60-10", "9-12-13", "a-b"] {
            assert_eq!(hours(bad), None, "{bad}");
        }
        assert_eq!(hours("0-24"), Some(Hours::ALL_DAY));
        for same in ["12/29-1/3", "12月29日〜1月3日", "１２／２９ー１／３"] {
            assert_eq!(ClosedDays::from_typed(same).map(ClosedDays::words), Ok("12/29〜1/3".to_owned()), "{same}");
        }
        assert_eq!(ClosedDays::from_typed("8/15").map(ClosedDays::words), Ok("8/15".to_owned()));
        for bad in ["", "13/1", "2/30", "1/1-1/2-1/3"] {
            assert!(ClosedDays::from_typed(bad).is_err(), "{bad}");
        }
        assert_eq!(call_centre().words(), "月〜金 8:00〜18:00、土 8:00〜16:00");
        assert_eq!(OpenHours { week: [Some(Hours::ALL_DAY); 7], ..OpenHours::default() }.words(), "毎日 24時間");
        let odd = serde_json::from_str::<Hours>("[1080,480]");
        assert!(odd.is_err(), "a bad value does not come in by JSON");
    }
}
