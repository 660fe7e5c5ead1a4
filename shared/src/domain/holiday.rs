//! The public holidays of Japan as dated data: facts of the calendar, a row for each year.
//!
//! Source: 国民の祝日に関する法律, with its 振替休日 and 国民の休日. The government fixes the two equinox days in February of the year before;
//! those of the last year here are the astronomers' forecast.

use super::calendar::CivilDate;

/// Month and day of each holiday of a year, 振替休日 and 国民の休日 included.
const YEARS: [(u16, &[(u8, u8)]); 5] = [
    (
        2024,
        &[
            (1, 1),
            (1, 8),
            (2, 11),
            (2, 12),
            (2, 23),
            (3, 20),
            (4, 29),
            (5, 3),
            (5, 4),
            (5, 5),
            (5, 6),
            (7, 15),
            (8, 11),
            (8, 12),
            (9, 16),
            (9, 22),
            (9, 23),
            (10, 14),
            (11, 3),
            (11, 4),
            (11, 23),
        ],
    ),
    (
        2025,
        &[
            (1, 1),
            (1, 13),
            (2, 11),
            (2, 23),
            (2, 24),
            (3, 20),
            (4, 29),
            (5, 3),
            (5, 4),
            (5, 5),
            (5, 6),
            (7, 21),
            (8, 11),
            (9, 15),
            (9, 23),
            (10, 13),
            (11, 3),
            (11, 23),
            (11, 24),
        ],
    ),
    (
        2026,
        &[
            (1, 1),
            (1, 12),
            (2, 11),
            (2, 23),
            (3, 20),
            (4, 29),
            (5, 3),
            (5, 4),
            (5, 5),
            (5, 6),
            (7, 20),
            (8, 11),
            (9, 21),
            (9, 22),
            (9, 23),
            (10, 12),
            (11, 3),
            (11, 23),
        ],
    ),
    (
        2027,
        &[
            (1, 1),
            (1, 11),
            (2, 11),
            (2, 23),
            (3, 21),
            (3, 22),
            (4, 29),
            (5, 3),
            (5, 4),
            (5, 5),
            (7, 19),
            (8, 11),
            (9, 20),
            (9, 23),
            (10, 11),
            (11, 3),
            (11, 23),
        ],
    ),
    (
        2028,
        &[
            (1, 1),
            (1, 10),
            (2, 11),
            (2, 23),
            (3, 20),
            (4, 29),
            (5, 3),
            (5, 4),
            (5, 5),
            (7, 17),
            (8, 11),
            (9, 18),
            (9, 22),
            (10, 9),
            (11, 3),
            (11, 23),
        ],
    ),
];

/// The last year whose holidays are known here.
pub const LAST_YEAR: u16 = 2028;

/// True on a public holiday; false on every day of a year that is not known here ([`LAST_YEAR`]).
#[must_use]
pub fn is_holiday(day: CivilDate) -> bool {
    let of_year = YEARS.iter().find(|(year, _)| *year == day.year());
    of_year.is_some_and(|(_, days)| days.contains(&(day.month(), day.day())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        CivilDate::try_from(text).unwrap()
    }

    #[test]
    fn the_rules_of_the_law_hold_in_every_year() {
        for (year, days) in YEARS {
            let days: Vec<_> = days.iter().map(|(month, day)| CivilDate::new(year, *month, *day).unwrap()).collect();
            assert!(days.windows(2).all(|two| two[0] < two[1]), "{year} in order, none twice");
            for fixed in [(1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23)] {
                assert!(is_holiday(CivilDate::new(year, fixed.0, fixed.1).unwrap()), "{year} {fixed:?}");
            }
            // The second or third Monday of four months (成人の日, 海の日, 敬老の日, スポーツの日).
            for (month, nth) in [(1_u8, 2_u8), (7, 3), (9, 3), (10, 2)] {
                let mondays = (1..=31).filter_map(|day| CivilDate::new(year, month, day).ok()).filter(|day| day.weekday() == 0);
                assert!(mondays.clone().nth(usize::from(nth) - 1).is_some_and(is_holiday), "{year}-{month}");
            }
            // A Sunday is made up for by the next day that is none.
            for sunday in days.iter().filter(|day| day.weekday() == 6) {
                let next = (1..8).map(|after| sunday.plus_days(after)).find(|day| !matches!((day.month(), day.day()), (5, 4 | 5))).unwrap();
                assert!(is_holiday(next), "{next}");
            }
            // A day between two holidays is one.
            for one in &days {
                if is_holiday(one.plus_days(2)) && one.plus_days(1).weekday() != 6 {
                    assert!(is_holiday(one.plus_days(1)), "{}", one.plus_days(1));
                }
            }
        }
        assert_eq!(YEARS.last().map(|(year, _)| *year), Some(LAST_YEAR));
    }

    #[test]
    fn ordinary_days_are_none() {
        for ordinary in ["2026-11-24", "2026-12-31", "2027-05-06", "2024-01-02", "2029-01-01"] {
            assert!(!is_holiday(day(ordinary)), "{ordinary}");
        }
        assert!(is_holiday(day("2026-05-06")) && is_holiday(day("2026-09-22")));
    }
}
