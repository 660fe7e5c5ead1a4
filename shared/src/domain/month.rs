//! A month in Japan.

use serde::{Deserialize, Serialize};

use super::calendar::{CivilDate, UnixMs};

/// A month, `2026-11` in messages and in what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    year: u16,
    month: u8,
}

/// Says that a text is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoMonth;

impl std::fmt::Display for NoMonth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a month such as 2026-11")
    }
}

impl Month {
    /// The month of a day.
    #[must_use]
    pub fn of(day: CivilDate) -> Self {
        Self { year: day.year(), month: day.month() }
    }

    /// Its first day.
    #[must_use]
    pub fn first(self) -> CivilDate {
        CivilDate::new(self.year, self.month, 1).unwrap_or_else(|_| self.last())
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> CivilDate {
        // The 28th is a day of every month.
        CivilDate::new(self.year, self.month, 28).map_or(UnixMs(0).jst_date(), |day| day.end_of_month_after(0))
    }

    /// Its first instant in Japan.
    #[must_use]
    pub fn begins_at(self) -> UnixMs {
        self.first().at_jst(0, 0)
    }

    /// The first instant after it.
    #[must_use]
    pub fn ends_at(self) -> UnixMs {
        self.last().plus_days(1).at_jst(0, 0)
    }

    /// The month before.
    #[must_use]
    pub fn before(self) -> Self {
        Self::of(self.first().plus_days(-1))
    }

    /// The month after.
    #[must_use]
    pub fn after(self) -> Self {
        Self::of(self.last().plus_days(1))
    }

    /// `2026年11月`.
    #[must_use]
    pub fn label(self) -> String {
        format!("{}年{}月", self.year, self.month)
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl TryFrom<&str> for Month {
    type Error = NoMonth;

    fn try_from(text: &str) -> Result<Self, NoMonth> {
        CivilDate::try_from(format!("{text}-01").as_str()).map(Self::of).map_err(|_| NoMonth)
    }
}

impl TryFrom<String> for Month {
    type Error = NoMonth;

    fn try_from(text: String) -> Result<Self, NoMonth> {
        Self::try_from(text.as_str())
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        Month::try_from(text).unwrap()
    }

    #[test]
    fn a_month_begins_and_ends_in_japan() {
        for (text, first, last) in
            [("2024-02", "2024-02-01", "2024-02-29"), ("2026-12", "2026-12-01", "2026-12-31"), ("2027-01", "2027-01-01", "2027-01-31")]
        {
            let it = month(text);
            assert_eq!(
                (it.first().to_string(), it.last().to_string(), it.to_string()),
                (first.to_owned(), last.to_owned(), text.to_owned())
            );
            assert_eq!((it.after().before(), it.before().after()), (it, it));
            assert_eq!((Month::of(it.begins_at().jst_date()), Month::of(it.ends_at().plus_ms(-1).jst_date())), (it, it));
            assert_eq!(Month::of(it.ends_at().jst_date()), it.after());
        }
        assert_eq!((month("2026-12").after().to_string().as_str(), month("2026-12").label().as_str()), ("2027-01", "2026年12月"));
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in ["", "2026", "2026-13", "2026-1", "2026-11-01", "x"] {
            assert_eq!(Month::try_from(text), Err(NoMonth), "{text}");
        }
        assert_eq!(serde_json::to_string(&month("2026-11")).unwrap(), "\"2026-11\"");
        assert!(serde_json::from_str::<Month>("\"2026-00\"").is_err());
    }
}
