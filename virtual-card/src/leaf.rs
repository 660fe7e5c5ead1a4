//! The versions of a person's certificate: who issued it and when it is valid, all relative to the clock of [`make`](crate::make).

use jiff::{Span, Timestamp, ToSpan, civil::Date, tz::Offset};
use serde::{Deserialize, Serialize};

use crate::people::Person;

/// One version of the user authentication certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Leaf {
    Normal,
    Expired,
    ExpiredLong,
    ExpiresSoon,
    ExpiresToday,
    /// The user's key is P-384; the CA is the same.
    NextGen,
    NotYetValid,
    OldCa1,
    OldCa2,
    Forged,
    ForgedOwnId,
    /// Not made per person: one tiny certificate for all, of no CA.
    Small,
}

/// One of the roots. The first three are one CA in its generations: same name, different keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RootId {
    /// Expired, as generation 1 of the real CA has been since 2025-10-19.
    Auth1,
    Auth2,
    Auth3,
    Sign,
    /// A stranger's key under the name and the key id of generation 3.
    Forged,
    /// The same stranger's key under the name of the CA, with its true key id.
    ForgedOwnId,
}

/// From when until when, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Validity {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

impl Leaf {
    pub(crate) const PER_PERSON: [Leaf; 11] = [
        Leaf::Normal,
        Leaf::Expired,
        Leaf::ExpiredLong,
        Leaf::ExpiresSoon,
        Leaf::ExpiresToday,
        Leaf::NextGen,
        Leaf::NotYetValid,
        Leaf::OldCa1,
        Leaf::OldCa2,
        Leaf::Forged,
        Leaf::ForgedOwnId,
    ];

    pub(crate) fn root(self) -> RootId {
        match self {
            Leaf::OldCa1 => RootId::Auth1,
            Leaf::OldCa2 => RootId::Auth2,
            Leaf::Forged => RootId::Forged,
            Leaf::ForgedOwnId => RootId::ForgedOwnId,
            Leaf::Normal
            | Leaf::NextGen
            | Leaf::Expired
            | Leaf::ExpiredLong
            | Leaf::ExpiresSoon
            | Leaf::ExpiresToday
            | Leaf::NotYetValid
            | Leaf::Small => RootId::Auth3,
        }
    }

    /// Validity of a certificate made at `now`: it ends at 23:59:59 JST, on a birthday where the case allows, after at most five years.
    pub(crate) fn validity(self, person: &Person, now: Timestamp) -> Result<Validity, jiff::Error> {
        let today = jst_date(now);
        let until = match self {
            Leaf::Normal | Leaf::NextGen | Leaf::Forged | Leaf::ForgedOwnId | Leaf::Small => {
                birthday_from(person, today.checked_add(2.years())?)?
            }
            Leaf::OldCa1 | Leaf::OldCa2 => birthday_from(person, today.checked_add(200.days())?)?,
            Leaf::Expired => today.yesterday()?,
            Leaf::ExpiresToday => today,
            Leaf::ExpiredLong => today.checked_sub(150.days())?,
            Leaf::ExpiresSoon => today.checked_add(30.days())?,
            Leaf::NotYetValid => {
                let tomorrow = today.tomorrow()?;
                let until = birthday_from(person, tomorrow.checked_add(1.year())?)?;
                return Ok(Validity { from: issued(tomorrow)?, until: end_of(until)? });
            }
        };
        let from = until.checked_sub(5.years())?.checked_add(120.days())?;
        Ok(Validity { from: issued(from)?, until: end_of(until)? })
    }

    /// Whether a certificate made earlier still shows this case at `now`.
    pub(crate) fn still_fits(self, has: Validity, now: Timestamp) -> Result<bool, jiff::Error> {
        let today = jst_date(now);
        let is_between = |least: Span, most: Span| -> Result<bool, jiff::Error> {
            Ok(has.until >= end_of(today.checked_add(least)?)? && has.until <= end_of(today.checked_add(most)?)?)
        };
        let has_begun = has.from <= now;
        Ok(match self {
            Leaf::Normal | Leaf::NextGen | Leaf::Forged | Leaf::ForgedOwnId | Leaf::Small => {
                has_begun && is_between(180.days(), 5.years())?
            }
            Leaf::OldCa1 | Leaf::OldCa2 => has_begun && is_between(100.days(), 5.years())?,
            Leaf::Expired => is_between(-1.days(), -1.days())?,
            Leaf::ExpiresToday => is_between(0.days(), 0.days())?,
            Leaf::ExpiredLong => is_between(-3.years(), -100.days())?,
            Leaf::ExpiresSoon => has_begun && is_between(7.days(), 85.days())?,
            Leaf::NotYetValid => has.from == issued(today.tomorrow()?)?,
        })
    }
}

impl RootId {
    pub(crate) const ALL: [RootId; 6] = [RootId::Auth1, RootId::Auth2, RootId::Auth3, RootId::Sign, RootId::Forged, RootId::ForgedOwnId];

    /// Validity of a root made at `now`: ten years, placed so that every leaf of it was issued inside.
    pub(crate) fn validity(self, now: Timestamp) -> Result<Validity, jiff::Error> {
        let today = jst_date(now);
        let until = match self {
            RootId::Auth1 => today.checked_sub(1.year())?,
            RootId::Auth2 => today.checked_add(2.years().months(6))?,
            RootId::Auth3 | RootId::Sign | RootId::Forged | RootId::ForgedOwnId => today.checked_add(4.years())?,
        };
        Ok(Validity { from: issued(until.checked_sub(10.years())?)?, until: end_of(until)? })
    }

    /// Whether a root made earlier still serves at `now`: generation 1 must have ended, the others must span their leaves.
    pub(crate) fn still_fits(self, has: Validity, now: Timestamp) -> Result<bool, jiff::Error> {
        let today = jst_date(now);
        let spans = |back: Span, ahead: Span| -> Result<bool, jiff::Error> {
            Ok(has.from <= issued(today.checked_sub(back)?)? && has.until >= end_of(today.checked_add(ahead)?)?)
        };
        match self {
            RootId::Auth1 => Ok(has.until < now),
            RootId::Auth2 => spans(4.years().months(3), 600.days()),
            RootId::Auth3 | RootId::Sign | RootId::Forged | RootId::ForgedOwnId => spans(5.years().months(2), 3.years().months(1)),
        }
    }
}

/// The calendar day in Japan; the country has kept UTC+9 without summer time since 1951.
fn jst_date(at: Timestamp) -> Date {
    Offset::constant(9).to_datetime(at).date()
}

/// 23:59:59 in Japan, the second at which the real certificates end.
fn end_of(day: Date) -> Result<Timestamp, jiff::Error> {
    Offset::constant(9).to_timestamp(day.at(23, 59, 59, 0))
}

/// Late morning in Japan: an office was open.
fn issued(day: Date) -> Result<Timestamp, jiff::Error> {
    Offset::constant(9).to_timestamp(day.at(11, 15, 30, 0))
}

/// The person's first birthday on or after a day; 29 February counts on the 28th in other years.
fn birthday_from(person: &Person, day: Date) -> Result<Date, jiff::Error> {
    let (_, month, date) = person.birth;
    let in_year = |year: i16| Date::new(year, month, date).or_else(|_| Date::new(year, month, 28));
    let birthday = in_year(day.year())?;
    if birthday >= day { Ok(birthday) } else { in_year(day.year() + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::people;

    /// Days and minutes at which calendars turn: midnight in Japan, leap day, year end.
    const NOW: [&str; 7] = [
        "2026-11-20T10:00:00Z",
        "2026-11-20T14:59:59Z",
        "2026-11-20T15:00:00Z",
        "2028-02-29T03:00:00Z",
        "2028-02-28T15:30:00Z",
        "2026-12-31T23:59:59Z",
        "2030-06-01T15:00:00Z",
    ];

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn every_new_certificate_shows_its_case_and_stays_below_five_years() {
        for now in NOW.map(at) {
            for person in people() {
                for leaf in Leaf::PER_PERSON {
                    let validity = leaf.validity(person, now).unwrap();
                    assert!(leaf.still_fits(validity, now).unwrap(), "{leaf:?} {} at {now}: {validity:?}", person.id);
                    let from = jst_date(validity.from);
                    assert!(jst_date(validity.until) <= from.checked_add(5.years()).unwrap(), "{leaf:?} {validity:?}");
                    assert!(validity.until.to_string().ends_with("T14:59:59Z"));
                    let is_valid = validity.from <= now && now <= validity.until;
                    let should = !matches!(leaf, Leaf::Expired | Leaf::ExpiredLong | Leaf::NotYetValid);
                    assert_eq!(is_valid, should, "{leaf:?} at {now}");
                }
            }
        }
    }

    #[test]
    fn every_root_spans_the_issue_of_its_leaves_and_generation_1_is_over() {
        for now in NOW.map(at) {
            for id in RootId::ALL {
                let root = id.validity(now).unwrap();
                assert!(id.still_fits(root, now).unwrap(), "{id:?} at {now}");
                assert_eq!(root.until < now, id == RootId::Auth1);
            }
            for leaf in Leaf::PER_PERSON {
                for person in people() {
                    let root = leaf.root().validity(now).unwrap();
                    let validity = leaf.validity(person, now).unwrap();
                    assert!(root.from <= validity.from, "{leaf:?} at {now}");
                    assert!(root.until >= validity.until || leaf == Leaf::OldCa1, "{leaf:?} at {now}");
                }
            }
        }
    }

    #[test]
    fn expired_yesterday_turns_over_at_midnight_in_japan() {
        let person = &people()[0];
        let before = Leaf::Expired.validity(person, at("2026-11-20T14:59:59Z")).unwrap();
        let after = Leaf::Expired.validity(person, at("2026-11-20T15:00:00Z")).unwrap();
        assert_eq!(before.until, at("2026-11-19T14:59:59Z"));
        assert_eq!(after.until, at("2026-11-20T14:59:59Z"));
        assert!(!Leaf::Expired.still_fits(before, at("2026-11-20T15:00:00Z")).unwrap());
    }

    #[test]
    fn a_normal_certificate_ends_on_a_birthday_and_is_renewed_before_its_last_months() {
        let (person, now) = (&people()[0], at("2026-11-20T10:00:00Z"));
        let validity = Leaf::Normal.validity(person, now).unwrap();
        assert_eq!(validity.until, at("2029-06-02T14:59:59Z"));
        assert!(Leaf::Normal.still_fits(validity, at("2028-11-20T10:00:00Z")).unwrap());
        assert!(!Leaf::Normal.still_fits(validity, at("2029-01-20T10:00:00Z")).unwrap());
        assert!(!Leaf::Normal.still_fits(validity, at("2020-01-01T00:00:00Z")).unwrap());
    }
}
