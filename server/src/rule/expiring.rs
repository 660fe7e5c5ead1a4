//! 期限の近い方 (OT-34): who has to be told that something ends.

use shared::api::expiring::{ExpiringRow, Kind};
use shared::domain::calendar::CivilDate;
use shared::domain::month::Month;
use shared::domain::person::Person;

use crate::store::expiring::{self, End, place_of};
use crate::store::month::{CERTIFICATE, PAPER, Place, newest_consent};
use crate::store::tx::Tx;
use crate::store::{StoreError, check};
use crate::tenant::Tenant;

/// Certificates and papers that ended are told for so many days more: with a certificate that ended, eligibility alone is checked (X08).
const ENDED_DAYS: i64 = 92;

/// First and last day of a list, both included: certificates three months ahead (X07), papers to the end of the next month (in July all
/// that end on the 31st), consents of this month.
#[must_use]
pub fn span(kind: Kind, today: CivilDate) -> (CivilDate, CivilDate) {
    let month = Month::of(today);
    match kind {
        Kind::Certificate => {
            let last = today.end_of_month_after(3);
            let same = CivilDate::new(last.year(), last.month(), today.day().min(last.day())).unwrap_or(last);
            (today.plus_days(-ENDED_DAYS), same)
        }
        Kind::Paper => (today.plus_days(-ENDED_DAYS), month.after().last()),
        Kind::Consent => (month.first(), month.last()),
    }
}

/// A page of a list and what leads to the next.
///
/// # Errors
/// What the database says.
pub fn page(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    kind: Kind,
    after: Option<&Place>,
    rows: u32,
    today: CivilDate,
) -> Result<(Vec<ExpiringRow>, Option<Place>), StoreError> {
    let (from, to) = span(kind, today);
    let most = rows.saturating_add(1);
    let first_day = Place { at: place_of(from), rest: String::new() };
    let mut found = match kind {
        Kind::Certificate => expiring::ends(tx, tenant, CERTIFICATE, after.unwrap_or(&first_day), to, most)?,
        Kind::Paper => expiring::ends(tx, tenant, PAPER, after.unwrap_or(&first_day), to, most)?,
        Kind::Consent => {
            let first = Place { at: from.at_jst(0, 0).0, rest: String::new() };
            expiring::consents_ending(tx, tenant, after.unwrap_or(&first), Month::of(today).ends_at(), most)?
        }
    };
    let shown = usize::try_from(rows).unwrap_or(usize::MAX);
    let has_more = found.len() > shown;
    found.truncate(shown);
    let next = found.last().map(|end| end.place.clone()).filter(|_| has_more);
    let rows = found.into_iter().map(|end| row(tx, tenant, end)).collect::<Result<Vec<_>, _>>()?;
    Ok((rows, next))
}

fn row(tx: &mut Tx<'_>, tenant: &Tenant, end: End) -> Result<ExpiringRow, StoreError> {
    let newest = newest_consent(tx, tenant, &end.subject)?;
    let (consent, person) = match newest {
        Some((id, found)) => (Some(end.consent.unwrap_or(id)), found.person),
        None => (end.consent, check::of_subject(tx, tenant, &end.subject, 1)?.pop().and_then(|found| found.eligibility.person)),
    };
    let told = |text: fn(&Person) -> &str| person.as_ref().map(text).unwrap_or_default().to_owned();
    Ok(ExpiringRow {
        name: told(|person| &person.name),
        kana: told(|person| &person.name_kana),
        birth_date: person.as_ref().map(|person| person.birth_date),
        ends_on: end.ends_on,
        seen_at: end.seen_at,
        consent: consent.map(|id| id.as_str().to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        CivilDate::try_from(text).unwrap()
    }

    #[test]
    fn each_list_has_its_days() {
        for (kind, today, to) in [
            (Kind::Certificate, "2026-11-30", "2027-02-28"),
            (Kind::Certificate, "2026-11-20", "2027-02-20"),
            (Kind::Paper, "2026-07-01", "2026-08-31"),
            (Kind::Paper, "2026-06-30", "2026-07-31"),
            (Kind::Consent, "2024-04-17", "2024-04-30"),
        ] {
            assert_eq!(span(kind, day(today)).1, day(to), "{kind:?} {today}");
        }
        assert_eq!(span(Kind::Consent, day("2024-04-17")).0, day("2024-04-01"));
        assert!(span(Kind::Paper, day("2026-05-31")).1 < day("2026-07-31"), "in May nobody is told of July yet");
    }
}
