//! Dated rows of P-ITEM and P-MEDIUM: a later rule is a further row, and the earlier one goes on to say what was.

use crate::domain::calendar::CivilDate;
use crate::domain::consent::ConsentGroup;
use crate::domain::institution::Use;

/// What a use may ask from a day on.
struct ItemRow {
    of: Use,
    from: &'static str,
    items: &'static [ConsentGroup],
}

/// P-ITEM. The newest row that has begun counts.
const ITEMS: &[ItemRow] = &[
    ItemRow { of: Use::HomeVisit, from: "2024-04-01", items: &ConsentGroup::ALL },
    ItemRow { of: Use::Online, from: "2024-04-01", items: &ConsentGroup::ALL },
    ItemRow { of: Use::OffRoute, from: "2024-04-01", items: &ConsentGroup::ALL },
];

/// P-MEDIUM: uses that take phones, and since when. No row: not until it is confirmed (Q21).
const PHONES: &[(Use, &str)] = &[(Use::OffRoute, "2025-09-19")];

/// X08: a card's certificate that has ended still shows the eligibility for so many months, since when. A phone's never does (X56). The
/// day is assumed: that of the last paper cards; a card that ended within the months before it is not told apart.
const CARD_GRACE: &[(&str, u16)] = &[("2024-12-02", 3)];

/// Reads a day of the rows above.
fn day(text: &str) -> Option<CivilDate> {
    CivilDate::try_from(text).ok()
}

/// What a use may ask on a day (P-ITEM). Before the first row the first row counts: consents of earlier days are only read.
#[must_use]
pub fn items_offered(of: Use, on: CivilDate) -> &'static [ConsentGroup] {
    let rows = || ITEMS.iter().filter(|row| row.of == of);
    let begun = rows().rev().find(|row| day(row.from).is_some_and(|from| from <= on));
    begun.or_else(|| rows().next()).map_or(&[], |row| row.items)
}

/// Whether a use takes phones on a day, where the institution says nothing else (P-MEDIUM).
#[must_use]
pub fn phone_by_policy(of: Use, on: CivilDate) -> bool {
    PHONES.iter().any(|(row, from)| *row == of && day(from).is_some_and(|from| from <= on))
}

/// How many months after its end a card's certificate still shows the eligibility, on a day (X08); 0: not at all.
#[must_use]
pub fn card_grace_months(on: CivilDate) -> u16 {
    let begun = CARD_GRACE.iter().rev().find(|(from, _)| day(from).is_some_and(|from| from <= on));
    begun.map_or(0, |(_, months)| *months)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_use_has_its_rows_and_their_days_can_be_read() {
        let phones = PHONES.iter().map(|(_, from)| *from);
        let days = ITEMS.iter().map(|row| row.from).chain(phones).chain(CARD_GRACE.iter().map(|(from, _)| *from));
        assert!(days.into_iter().all(|text| day(text).is_some()));
        for of in Use::ALL {
            for on in ["2024-01-17", "2024-04-01", "2026-11-30"] {
                assert_eq!(items_offered(of, day(on).unwrap()), ConsentGroup::ALL, "{of:?} {on}");
            }
        }
    }

    #[test]
    fn x08_the_grace_of_a_card_begins_with_its_day() {
        let on = |text| card_grace_months(day(text).unwrap());
        assert_eq!((on("2024-12-01"), on("2024-12-02"), on("2026-11-30")), (0, 3, 3));
    }

    #[test]
    fn phones_are_taken_on_the_odd_route_only_and_from_its_day_on() {
        let on = |text| Use::ALL.map(|of| phone_by_policy(of, day(text).unwrap()));
        assert_eq!(on("2025-09-18"), [false, false, false]);
        assert_eq!(on("2025-09-19"), [false, false, true]);
    }
}
