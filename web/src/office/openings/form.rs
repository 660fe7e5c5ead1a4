//! The form of a record (OT-17a): kind, area, from–to, ground.

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::note::Note;
use shared::domain::opening::{Opening, OpeningFault, OpeningGround, OpeningKind, policy_on};
use yew::prelude::*;

use crate::part::field::Input;
use crate::part::{Field, Offer, Panel, RadioField, SendForm};
use crate::text::office::{self as text, desks, openings as words};
use crate::use_call::Progress;
use crate::use_form::{Faults, Form};

const AREA: &str = "opening-area";
const NOTICE: &str = "opening-notice";
const CALL_DAY: &str = "opening-call-day";
const CALL_TIME: &str = "opening-call-time";
const BACK_TIME: &str = "opening-back-time";
const WHOM: &str = "opening-whom";
const CASE: &str = "opening-case";
const FROM_DAY: &str = "opening-from-day";
const FROM_TIME: &str = "opening-from-time";
const TO_DAY: &str = "opening-to-day";
const TO_TIME: &str = "opening-to-time";

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) kind: OpeningKind,
    pub(crate) area: String,
    pub(crate) notice: String,
    pub(crate) call_day: String,
    pub(crate) call_time: String,
    pub(crate) back_time: String,
    pub(crate) whom: String,
    pub(crate) case_number: String,
    pub(crate) from: (String, String),
    pub(crate) to: (String, String),
    /// The start that was proposed, as long as no person has changed start or end.
    pub(crate) proposed: Option<UnixMs>,
}

const DAY_MS: i64 = 24 * 3_600_000;

/// When a record for a failure that begins then ends at the latest.
fn latest_end(from: UnixMs) -> UnixMs {
    from.plus_ms(i64::from(policy_on(from.jst_date()).outage_hours) * 3_600_000)
}

/// Day and time as inputs of a browser hold them.
fn parts(at: UnixMs) -> (String, String) {
    let (hour, minute) = at.jst_time();
    (at.jst_date().to_string(), format!("{hour:02}:{minute:02}"))
}

fn instant((day, time): &(String, String)) -> (Option<CivilDate>, Option<UnixMs>) {
    let day = CivilDate::try_from(day.as_str()).ok();
    let time = time.split_once(':').and_then(|(hour, minute)| Some((hour.parse().ok()?, minute.get(..2)?.parse().ok()?)));
    let time = time.filter(|(hour, minute): &(u8, u8)| *hour < 24 && *minute < 60);
    (day, day.zip(time).map(|(day, (hour, minute))| day.at_jst(hour, minute)))
}

impl Typed {
    /// An empty one, from the next minute on, as long as one for a failure may last.
    pub(crate) fn at(now: UnixMs) -> Self {
        let from = UnixMs((now.0.div_euclid(60_000) + 1) * 60_000);
        let empty = String::new;
        Self {
            kind: OpeningKind::Outage,
            area: empty(),
            notice: empty(),
            call_day: parts(now).0,
            call_time: empty(),
            back_time: empty(),
            whom: empty(),
            case_number: empty(),
            from: parts(from),
            to: parts(latest_end(from)),
            proposed: Some(from),
        }
    }

    /// The day of the call, the call, and the call back; one at an earlier time of day came after midnight.
    fn calls(&self) -> (Option<CivilDate>, Option<UnixMs>, Option<UnixMs>) {
        let of = |time: &String| instant(&(self.call_day.clone(), time.clone()));
        let ((day, called), (_, back)) = (of(&self.call_time), of(&self.back_time));
        let back = back.map(|back| if called.is_some_and(|called| back < called) { back.plus_ms(DAY_MS) } else { back });
        (day, called, back)
    }

    /// Moves the proposed start behind the call back.
    fn follow(&mut self) {
        if let Some(proposed) = self.proposed {
            let from = self.calls().2.map_or(proposed, |back| back.max(proposed));
            (self.from, self.to) = (parts(from), parts(latest_end(from)));
        }
    }

    /// Reads the record.
    pub(crate) fn check(&self, now: UnixMs) -> Result<Opening, Faults> {
        let is_outage = self.kind == OpeningKind::Outage;
        fn note<const MAX: usize>(text: &str, is_needed: bool) -> Result<Note<MAX>, String> {
            let note = Note::try_from(text).map_err(desks::note)?;
            if is_needed && note.is_empty() { Err(words::NO_GROUND.to_owned()) } else { Ok(note) }
        }
        let unless = |is_off: bool, text: &str| if is_off { String::new() } else { text.to_owned() };
        let area = note(&self.area, false);
        let number = note(&unless(is_outage, &self.notice), !is_outage);
        let (whom, case_number) =
            (note(&unless(!is_outage, &self.whom), is_outage), note(&unless(!is_outage, &self.case_number), is_outage));
        let (call_day, called, back) = self.calls();
        let ((from_day, from), (to_day, to)) = (instant(&self.from), instant(&self.to));
        let late = |is_missing: bool, words: &'static str| is_missing.then_some(words);
        let faults = Faults::default()
            .note(AREA, area.clone().err())
            .note(NOTICE, number.clone().err())
            .note(CALL_DAY, late(is_outage && call_day.is_none(), words::NO_DAY))
            .note(CALL_TIME, late(is_outage && called.is_none(), words::NO_TIME))
            .note(WHOM, whom.clone().err())
            .note(BACK_TIME, late(is_outage && back.is_none(), words::NO_TIME))
            .note(CASE, case_number.clone().err())
            .note(FROM_DAY, late(from_day.is_none(), words::NO_DAY))
            .note(FROM_TIME, late(from.is_none(), words::NO_TIME))
            .note(TO_DAY, late(to_day.is_none(), words::NO_DAY))
            .note(TO_TIME, late(to.is_none(), words::NO_TIME));
        let (Ok(area), Ok(number), Ok(whom), Ok(case_number), Some(from), Some(to)) = (area, number, whom, case_number, from, to) else {
            return Err(faults);
        };
        let ground = match (called, back) {
            _ if !is_outage => OpeningGround::Notice { number },
            (Some(at), Some(called_back_at)) => OpeningGround::Call { at, whom, called_back_at, case_number },
            _ => return Err(faults),
        };
        let opening = Opening { kind: self.kind, area, from, to, ground };
        match opening.check(now) {
            Ok(()) => Ok(opening),
            Err(why) => {
                let at = match why {
                    OpeningFault::Ground if is_outage => CASE,
                    OpeningFault::Ground => NOTICE,
                    OpeningFault::CalledBack => BACK_TIME,
                    OpeningFault::BeforeCall => FROM_TIME,
                    OpeningFault::Span | OpeningFault::TooLong(_) => TO_TIME,
                };
                Err(Faults::default().note(at, Some(words::fault(why))))
            }
        }
    }
}

/// The form.
pub(super) fn view(form: &Form<Typed>, opening: &Progress, onopen: &Callback<()>) -> Html {
    let form = form.clone().held(opening.is_busy);
    let is_outage = form.typed.kind == OpeningKind::Outage;
    let oninput = form.edit(|typed: &mut Typed, word: String| {
        if let Some(kind) = OpeningKind::of_word(&word) {
            typed.kind = kind;
        }
    });
    let kind = Input { id: "opening-kind".into(), value: form.typed.kind.word().into(), fault: None, is_held: opening.is_busy, oninput };
    let call = |id, part: fn(&mut Typed) -> &mut String| {
        let oninput = form.edit(move |typed: &mut Typed, word| {
            *part(typed) = word;
            typed.follow();
        });
        Input { oninput, ..form.input(id, part) }
    };
    // What a person set does not follow the call back.
    let span = |id, part: fn(&mut Typed) -> &mut String| {
        let oninput = form.edit(move |typed: &mut Typed, word| {
            *part(typed) = word;
            typed.proposed = None;
        });
        Input { oninput, ..form.input(id, part) }
    };
    let offers = OpeningKind::ALL.iter().map(|kind| Offer { value: kind.word(), label: kind.label() }).collect::<Vec<_>>();
    let from = CivilDate::try_from(form.typed.from.0.as_str()).ok();
    let hours = from.map_or(24, |day| policy_on(day).outage_hours);
    html! {
        <div class="on-screen">
            <Panel title={words::NEW}>
                <SendForm id="opening-open" submit={words::START} is_busy={opening.is_busy} onsubmit={onopen.clone()}
                    failed={opening.refusal.as_ref().map(text::refusal)}>
                    <RadioField of={kind} label={words::KIND} {offers} />
                    <p>{ words::lead_of(form.typed.kind, hours) }</p>
                    <Field of={form.input(AREA, |typed| &mut typed.area)} label={words::AREA} hint={words::AREA_HINT} />
                    if is_outage {
                        <Field of={call(CALL_DAY, |typed| &mut typed.call_day)} kind="date" label={words::CALL_DAY} is_required=true />
                        <Field of={call(CALL_TIME, |typed| &mut typed.call_time)} kind="time" label={words::CALL_TIME} is_required=true />
                        <Field of={form.input(WHOM, |typed| &mut typed.whom)} label={words::WHOM} is_required=true />
                        <Field of={call(BACK_TIME, |typed| &mut typed.back_time)} kind="time" label={words::BACK_TIME} hint={words::BACK_HINT}
                            is_required=true />
                        <Field of={form.input(CASE, |typed| &mut typed.case_number)} label={words::CASE} is_required=true />
                    } else {
                        <Field of={form.input(NOTICE, |typed| &mut typed.notice)} label={words::NOTICE} is_required=true />
                    }
                    <Field of={span(FROM_DAY, |typed| &mut typed.from.0)} kind="date" label={words::FROM_DAY} is_required=true />
                    <Field of={span(FROM_TIME, |typed| &mut typed.from.1)} kind="time" label={words::FROM_TIME} is_required=true />
                    <Field of={span(TO_DAY, |typed| &mut typed.to.0)} kind="date" label={words::TO_DAY} is_required=true />
                    <Field of={span(TO_TIME, |typed| &mut typed.to.1)} kind="time" label={words::TO_TIME} is_required=true />
                </SendForm>
            </Panel>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_795_000_030_000);

    #[test]
    fn ot_17a_a_record_needs_its_ground_and_ends_in_time() {
        let empty = Typed::at(NOW);
        assert_eq!(empty.check(NOW).unwrap_err().first(), Some(CALL_TIME));
        let (day, time) = parts(NOW.plus_ms(-600_000));
        let whole =
            Typed { call_day: day, call_time: time.clone(), back_time: time, whom: "窓口".into(), case_number: "1".into(), ..empty };
        let opening = whole.check(NOW).unwrap();
        assert_eq!(opening.to.0 - opening.from.0, 24 * 3_600_000);
        let long = Typed { to: parts(opening.to.plus_ms(60_000)), ..whole.clone() };
        assert_eq!(long.check(NOW).unwrap_err().first(), Some(TO_TIME));
        let ahead = Typed { back_time: parts(NOW.plus_ms(3_600_000)).1, ..whole.clone() };
        assert_eq!(ahead.check(NOW).unwrap_err().first(), Some(BACK_TIME));
        let disaster = Typed { kind: OpeningKind::Disaster, ..whole };
        assert_eq!(disaster.check(NOW).unwrap_err().first(), Some(NOTICE));
        assert!(Typed { notice: "第1号".into(), ..disaster }.check(NOW).is_ok());
    }

    #[test]
    fn ot_17a_a_call_back_may_come_after_midnight_and_the_proposed_start_follows_it() {
        let day = |text: &str| CivilDate::try_from(text).unwrap();
        let (called, back, now) = (day("2026-11-20").at_jst(23, 50), day("2026-11-21").at_jst(0, 10), day("2026-11-21").at_jst(0, 12));
        let mut typed = Typed { whom: "窓口".into(), case_number: "1".into(), ..Typed::at(called) };
        (typed.call_time, typed.back_time) = ("23:50".into(), "00:10".into());
        typed.follow();
        let opening = typed.check(now).unwrap();
        let OpeningGround::Call { at, called_back_at, .. } = opening.ground else { panic!() };
        assert_eq!((at, called_back_at, opening.from), (called, back, back));
        assert_eq!(opening.to, back.plus_ms(DAY_MS));
        // A time mistyped and corrected leaves nothing behind; what a person set stays.
        typed.back_time = "23:50".into();
        typed.follow();
        assert_eq!(typed.from, parts(called.plus_ms(60_000)));
        let mut set = Typed { from: parts(now), proposed: None, ..typed };
        set.back_time = "00:10".into();
        set.follow();
        assert_eq!(set.from, parts(now));
    }
}
