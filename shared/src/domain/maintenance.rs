//! メンテナンス予定 (OT-24, P-MAINT): from when to when a part stands still, and how that is said.

use super::calendar::UnixMs;

/// A window is announced so long before it begins, milliseconds: 7 days.
pub const ANNOUNCED_MS: i64 = 7 * 24 * 60 * 60_000;
/// The longest window, milliseconds: 31 days. A longer one is a slip in a date.
pub const LONGEST_MS: i64 = 31 * 24 * 60 * 60_000;

/// From when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Its first moment.
    pub from: UnixMs,
    /// Its end: the first moment after it.
    pub to: UnixMs,
}

/// Why there is no such window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSpan {
    /// It ends before it begins.
    #[error("the end is not after the beginning")]
    Backwards,
    /// It is longer than [`LONGEST_MS`].
    #[error("longer than 31 days")]
    TooLong,
}

impl Span {
    /// Checks the two ends.
    ///
    /// # Errors
    /// [`NoSpan`].
    pub fn check(self) -> Result<Self, NoSpan> {
        if self.to <= self.from {
            return Err(NoSpan::Backwards);
        }
        if self.to.0.saturating_sub(self.from.0) > LONGEST_MS { Err(NoSpan::TooLong) } else { Ok(self) }
    }

    /// True while it lasts.
    #[must_use]
    pub fn is_now(self, now: UnixMs) -> bool {
        self.from <= now && now < self.to
    }

    /// True from [`ANNOUNCED_MS`] before it until its end.
    #[must_use]
    pub fn is_announced(self, now: UnixMs) -> bool {
        self.from.plus_ms(-ANNOUNCED_MS) <= now && now < self.to
    }

    /// In words, with 和暦: `令和8年12月3日 22:00〜翌4日 6:00`, `令和8年12月3日 22:00〜23:30`.
    #[must_use]
    pub fn words(self) -> String {
        let (first, last) = (self.from.jst_date(), self.to.jst_date());
        let day = if first == last {
            String::new()
        } else if first.plus_days(1) == last {
            format!("翌{}日 ", last.day())
        } else if first.year() == last.year() {
            format!("{}月{}日 ", last.month(), last.day())
        } else {
            format!("{} ", last.wareki())
        };
        format!("{} {}〜{day}{}", first.wareki(), time(self.from), time(self.to))
    }
}

/// `6:00`, Japan time.
#[must_use]
pub fn time(at: UnixMs) -> String {
    let (hour, minute) = at.jst_time();
    format!("{hour}:{minute:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::CivilDate;

    fn at(day: &str, hour: u8, minute: u8) -> UnixMs {
        CivilDate::try_from(day).unwrap().at_jst(hour, minute)
    }

    #[test]
    fn a_window_is_said_in_the_words_of_the_calendar() {
        for (from, to, words) in [
            (at("2026-12-03", 22, 0), at("2026-12-03", 23, 30), "令和8年12月3日 22:00〜23:30"),
            (at("2026-12-03", 22, 0), at("2026-12-04", 6, 0), "令和8年12月3日 22:00〜翌4日 6:00"),
            (at("2026-12-31", 22, 0), at("2027-01-01", 6, 5), "令和8年12月31日 22:00〜翌1日 6:05"),
            (at("2026-12-03", 0, 0), at("2026-12-06", 0, 0), "令和8年12月3日 0:00〜12月6日 0:00"),
            (at("2026-12-30", 9, 0), at("2027-01-04", 9, 0), "令和8年12月30日 9:00〜令和9年1月4日 9:00"),
        ] {
            assert_eq!(Span { from, to }.words(), words);
        }
    }

    #[test]
    fn it_is_announced_from_seven_days_before_until_its_end() {
        let span = Span { from: at("2026-12-03", 22, 0), to: at("2026-12-04", 6, 0) };
        let before = at("2026-11-26", 22, 0);
        for (now, announced, running) in [
            (before.plus_ms(-1), false, false),
            (before, true, false),
            (span.from.plus_ms(-1), true, false),
            (span.from, true, true),
            (span.to.plus_ms(-1), true, true),
            (span.to, false, false),
        ] {
            assert_eq!((span.is_announced(now), span.is_now(now)), (announced, running), "{now:?}");
        }
    }

    #[test]
    fn slips_are_refused() {
        let from = at("2026-12-03", 22, 0);
        assert_eq!(Span { from, to: from }.check(), Err(NoSpan::Backwards));
        assert_eq!(Span { from, to: from.plus_ms(LONGEST_MS + 1) }.check(), Err(NoSpan::TooLong));
        assert!(Span { from, to: from.plus_ms(LONGEST_MS) }.check().is_ok());
    }
}
