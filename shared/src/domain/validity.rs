//! Dated rows of P-VALID: until when a consent counts, and the booked date that may decide it.

use super::calendar::CivilDate;
use super::institution::{Use, VisitKind};

/// Until when a consent of a use counts, 23:59 of a day in Japan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// The last day of the n-th month after the consent's.
    EndOfMonthAfter(u16),
    /// The booked date (RW-11), which must be asked for then.
    BookedDay,
}

/// P-VALID: the newest row that has begun on the day of the consent counts; a later row changes no consent that was given.
const VALIDITY: &[(Use, &str, Validity)] = &[
    (Use::HomeVisit, "2024-04-01", Validity::EndOfMonthAfter(3)),
    (Use::Online, "2024-04-01", Validity::BookedDay),
    (Use::OffRoute, "2024-04-01", Validity::BookedDay),
];

/// P-VALID `book_ahead_days`: how far ahead a booked date may be, from a day on.
const BOOK_AHEAD_DAYS: &[(&str, i64)] = &[("2024-04-01", 92)];

/// Reads a day of the rows above.
fn day(text: &str) -> Option<CivilDate> {
    CivilDate::try_from(text).ok()
}

/// Until when a consent of a use that is given on a day counts (P-VALID). Before the first row the first row counts.
#[must_use]
pub fn validity(of: Use, on: CivilDate) -> Validity {
    let rows = || VALIDITY.iter().filter(|(row, ..)| *row == of);
    let begun = rows().rev().find(|(_, from, _)| day(from).is_some_and(|from| from <= on));
    begun.or_else(|| rows().next()).map_or(Validity::BookedDay, |(.., rule)| *rule)
}

/// Whether a reception of this kind asks for the booked date (P-ITEM).
#[must_use]
pub const fn needs_booking(kind: VisitKind) -> bool {
    matches!(kind, VisitKind::Online | VisitKind::OffRoute)
}

/// How many days ahead a booked date may be on a day.
#[must_use]
pub fn book_ahead_days(on: CivilDate) -> i64 {
    let begun = BOOK_AHEAD_DAYS.iter().rev().find(|(from, _)| day(from).is_some_and(|from| from <= on));
    begun.or_else(|| BOOK_AHEAD_DAYS.first()).map_or(0, |(_, days)| *days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_use_has_its_row_and_the_booked_date_is_asked_where_it_decides() {
        let days = VALIDITY.iter().map(|(_, from, _)| *from).chain(BOOK_AHEAD_DAYS.iter().map(|(from, _)| *from));
        assert!(days.into_iter().all(|text| day(text).is_some()));
        for (of, _, rule) in VALIDITY {
            assert_eq!(*rule == Validity::BookedDay, needs_booking(of.reception()), "{of:?}");
        }
        for of in Use::ALL {
            assert!(VALIDITY.iter().any(|(row, ..)| *row == of), "{of:?}");
        }
    }
}
