//! The embedded source: invented histories of the demo's people (`demo.toml`), worked out for the day on which they are asked for. What
//! comes from claims is known from the 11th of the month after, as it would be; what is older than five years is not given.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Deserialize;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::medical::{Checkup, LineSource, Mark, Measured, MedicalKind, MedicalLine, MedicalPart, MedicalSection, Origin};

use super::{Answering, Asked, Known, MedicalSource};

/// The plans, one table per person id of the register.
const DEMO: &str = include_str!("demo.toml");

/// Day of the following month on which the claims of a month are there.
const CLAIMS_DAY: u8 = 11;
/// So many months back, at most.
const KEPT_MONTHS: i64 = 60;

/// Histories in memory.
#[derive(Debug, Default)]
pub struct EmbeddedMedical {
    ranges: BTreeMap<String, Item>,
    people: BTreeMap<String, Plan>,
}

/// Says why the plans cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadPlans {
    /// They are no such TOML.
    #[error("the medical histories of the demo cannot be read")]
    Toml(#[source] toml::de::Error),
    /// A checkup names a value that has no row in the table of values.
    #[error("the checkup of {0} has a value without a name: {1}")]
    Value(String, String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    items: BTreeMap<String, Item>,
    people: BTreeMap<String, Plan>,
}

/// A value of a checkup: its place, its Japanese name, its unit and the range that laboratories print.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    place: u8,
    name: String,
    #[serde(default)]
    unit: String,
    low: Option<f64>,
    high: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    #[serde(default)]
    courses: Vec<Course>,
    #[serde(default)]
    checkups: Vec<CheckupPlan>,
}

/// What happens once, or again and again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Course {
    part: MedicalPart,
    /// The first day.
    from: CivilDate,
    /// No more from this day on.
    until: Option<CivilDate>,
    /// Days from one time to the next; without it, once.
    every: Option<u16>,
    institution: String,
    #[serde(default = "claims")]
    origin: Origin,
    /// Only the month is told.
    #[serde(default)]
    is_month: bool,
    /// Name, about, class, amount; empty where there is none.
    lines: Vec<[String; 4]>,
}

fn claims() -> Origin {
    Origin::Claims
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckupPlan {
    on: CivilDate,
    /// When the insurer had it.
    as_of: CivilDate,
    name: String,
    institution: String,
    values: BTreeMap<String, String>,
}

impl EmbeddedMedical {
    /// The histories of the demo's people.
    ///
    /// # Errors
    /// [`BadPlans`].
    pub fn demo() -> Result<Self, BadPlans> {
        let File { items, people } = toml::from_str(DEMO).map_err(BadPlans::Toml)?;
        for (id, plan) in &people {
            let mut named = plan.checkups.iter().flat_map(|checkup| checkup.values.keys());
            if let Some(unknown) = named.find(|key| !items.contains_key(*key)) {
                return Err(BadPlans::Value(id.clone(), unknown.clone()));
            }
        }
        Ok(Self { ranges: items, people })
    }

    /// What is known of a person on a day.
    fn known(&self, subject: &str, kind: MedicalKind, now: UnixMs) -> Known {
        let today = now.jst_date();
        let claims_until = Some(claims_until(today));
        let Some(plan) = self.people.get(subject) else { return Known { claims_until, ..Known::default() } };
        let section = |part: &MedicalPart| {
            let mut lines: Vec<MedicalLine> =
                plan.courses.iter().filter(|course| course.part == *part).flat_map(|course| lines_of(course, today)).collect();
            lines.sort_by_key(|line| Reverse(line.on));
            MedicalSection { part: *part, lines }
        };
        let checkups = match kind {
            MedicalKind::Checkup => self.checkups(plan, today),
            _ => Vec::new(),
        };
        Known { sections: kind.parts().iter().map(section).collect(), checkups, claims_until }
    }

    fn checkups(&self, plan: &Plan, today: CivilDate) -> Vec<Checkup> {
        let mut known: Vec<&CheckupPlan> = plan.checkups.iter().filter(|plan| plan.as_of <= today && plan.on >= oldest(today)).collect();
        known.sort_by_key(|plan| Reverse(plan.on));
        known.into_iter().map(|plan| self.checkup(plan)).collect()
    }

    fn checkup(&self, plan: &CheckupPlan) -> Checkup {
        let mut values: Vec<(&Item, &String)> =
            plan.values.iter().filter_map(|(key, value)| Some((self.ranges.get(key)?, value))).collect();
        values.sort_by_key(|(item, _)| item.place);
        let source = LineSource { institution: Some(plan.institution.clone()), origin: Origin::Insurer, as_of: plan.as_of };
        Checkup {
            on: plan.on,
            name: plan.name.clone(),
            source,
            values: values.into_iter().map(|(item, value)| measured(item, value)).collect(),
        }
    }
}

fn measured(item: &Item, value: &str) -> Measured {
    let number: Option<f64> = value.parse().ok();
    let mark = match number {
        Some(number) if item.low.is_some_and(|low| number < low) => Some(Mark::Low),
        Some(number) if item.high.is_some_and(|high| number > high) => Some(Mark::High),
        None if value.contains('+') => Some(Mark::High),
        _ => None,
    };
    let range = match (item.low, item.high) {
        (Some(low), Some(high)) => Some(format!("{low}〜{high}")),
        (Some(low), None) => Some(format!("{low}以上")),
        (None, Some(high)) => Some(format!("{high}以下")),
        (None, None) => None,
    };
    Measured { item: item.name.clone(), value: value.to_owned(), unit: item.unit.clone(), range, mark }
}

/// The first day of the month so many months before that of a day.
fn month_before(day: CivilDate, months: i64) -> CivilDate {
    let count = i64::from(day.year()) * 12 + i64::from(day.month()) - 1 - months;
    let (year, month) = (u16::try_from(count.div_euclid(12)), u8::try_from(count.rem_euclid(12) + 1));
    // Within what a calendar day can be, wherever the clock of a demo stands.
    year.ok().zip(month.ok()).and_then(|(year, month)| CivilDate::new(year, month, 1).ok()).unwrap_or(day)
}

fn oldest(today: CivilDate) -> CivilDate {
    month_before(today, KEPT_MONTHS)
}

/// The last day whose claims are known.
fn claims_until(today: CivilDate) -> CivilDate {
    let months = if today.day() >= CLAIMS_DAY { 0 } else { 1 };
    month_before(today, months).plus_days(-1)
}

/// The day as of which a line of this day is known.
fn as_of(origin: Origin, on: CivilDate) -> CivilDate {
    match origin {
        Origin::Claims => month_before(on, -1).plus_days(i64::from(CLAIMS_DAY) - 1),
        Origin::EPrescription | Origin::SharedRecord | Origin::Insurer => on,
    }
}

/// Sunday as [`CivilDate::weekday`] counts.
const SUNDAY: u8 = 6;

fn lines_of(course: &Course, today: CivilDate) -> Vec<MedicalLine> {
    let mut lines = Vec::new();
    let mut day = course.from;
    while day <= today && course.until.is_none_or(|until| day < until) {
        // No practice is open on a Sunday.
        let on = if day.weekday() == SUNDAY && course.every.is_some() { day.plus_days(1) } else { day };
        let as_of = as_of(course.origin, on);
        if as_of <= today && on <= today && on >= oldest(today) {
            lines.extend(course.lines.iter().map(|line| line_of(course, line, on, as_of)));
        }
        match course.every {
            Some(days) if days > 0 => day = day.plus_days(i64::from(days)),
            _ => break,
        }
    }
    lines
}

fn line_of(course: &Course, [name, about, class, amount]: &[String; 4], on: CivilDate, as_of: CivilDate) -> MedicalLine {
    let said = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let source = LineSource { institution: Some(course.institution.clone()), origin: course.origin, as_of };
    MedicalLine { on, is_month: course.is_month, name: name.clone(), about: said(about), class: said(class), amount: said(amount), source }
}

impl MedicalSource for EmbeddedMedical {
    fn ask<'a>(&'a self, asked: &'a Asked) -> Answering<'a> {
        Box::pin(std::future::ready(Ok(self.known(&asked.subject, asked.kind, asked.now))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        CivilDate::try_from(text).unwrap()
    }

    fn known(subject: &str, kind: MedicalKind, on: &str) -> Known {
        EmbeddedMedical::demo().unwrap().known(subject, kind, day(on).at_jst(9, 0))
    }

    fn all_lines(known: &Known) -> Vec<&MedicalLine> {
        known.sections.iter().flat_map(|section| &section.lines).collect()
    }

    #[test]
    fn the_days_of_the_demo_have_histories_of_years_in_every_kind() {
        for (kind, least) in [(MedicalKind::Drug, 200), (MedicalKind::Treatment, 60), (MedicalKind::Surgery, 3), (MedicalKind::Checkup, 40)]
        {
            let known = known("ichiro", kind, "2026-11-20");
            assert!(known.lines() >= least, "{kind:?}: {}", known.lines());
        }
        let known = known("ichiro", MedicalKind::Drug, "2026-11-20");
        let days: Vec<CivilDate> = all_lines(&known).iter().map(|line| line.on).collect();
        assert!(days.iter().min().unwrap().year() <= 2022 && days.iter().max().unwrap().year() == 2026);
        for section in &known.sections {
            assert!(section.lines.is_sorted_by(|one, next| one.on >= next.on), "{:?}: the newest first", section.part);
            assert!(!section.lines.is_empty(), "{:?}", section.part);
        }
        assert!(all_lines(&known).iter().any(|line| line.source.origin == Origin::EPrescription));
    }

    #[test]
    fn claims_come_on_the_eleventh_of_the_month_after() {
        assert_eq!([claims_until(day("2026-11-10")), claims_until(day("2026-11-11"))], [day("2026-09-30"), day("2026-10-31")]);
        assert_eq!(claims_until(day("2026-01-05")), day("2025-11-30"));
        for on in ["2026-11-10", "2026-11-11", "2027-03-01"] {
            let known = known("ichiro", MedicalKind::Drug, on);
            let claims = all_lines(&known).into_iter().filter(|line| line.source.origin == Origin::Claims);
            let last = claims.map(|line| line.on).max().unwrap();
            assert!(last <= known.claims_until.unwrap() && last.plus_days(35) > known.claims_until.unwrap(), "{on}: {last}");
            assert!(all_lines(&known).iter().all(|line| line.source.as_of <= day(on) && line.source.as_of >= line.on), "{on}");
        }
    }

    #[test]
    fn what_was_known_on_a_day_stays_as_it_was() {
        let now = known("hanako", MedicalKind::Drug, "2026-11-20");
        let later = known("hanako", MedicalKind::Drug, "2026-11-27");
        let later: Vec<_> = all_lines(&later);
        assert!(!all_lines(&now).is_empty() && all_lines(&now).iter().all(|line| later.contains(line)));
    }

    #[test]
    fn nothing_is_older_than_five_years_and_a_stranger_has_nothing() {
        for kind in MedicalKind::ALL {
            let known = known("ichiro", kind, "2029-06-15");
            assert!(all_lines(&known).iter().all(|line| line.on >= day("2024-06-01")), "{kind:?}");
            assert!(known.checkups.iter().all(|checkup| checkup.on >= day("2024-06-01")));
        }
        assert_eq!(known("nobody", MedicalKind::Drug, "2026-11-20").lines(), 0);
    }

    #[test]
    fn a_value_is_marked_by_the_range_beside_it() {
        let item = |low, high| Item { place: 1, name: "x".to_owned(), unit: String::new(), low, high };
        assert_eq!(measured(&item(None, Some(5.5)), "5.6").mark, Some(Mark::High));
        assert_eq!(measured(&item(None, Some(5.5)), "5.5").mark, None);
        assert_eq!(measured(&item(Some(40.0), None), "39").mark, Some(Mark::Low));
        assert_eq!(measured(&item(Some(40.0), None), "39").range.as_deref(), Some("40以上"));
        assert_eq!([measured(&item(None, None), "-").mark, measured(&item(None, None), "2+").mark], [None, Some(Mark::High)]);
    }
}
