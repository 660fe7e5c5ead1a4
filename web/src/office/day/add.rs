//! A person that is typed.

use shared::api::day::{AddDayVisit, Insurance, NewDayVisit, TypedVisit};
use shared::domain::calendar::CivilDate;
use shared::domain::note::Note;
use yew::prelude::*;

use super::AddProps;
use crate::part::{DateField, Field, Panel, SendForm};
use crate::text::office::{self as text, month::day};
use crate::use_call::use_call;
use crate::use_form::{Faults, use_kept_form};

const NAME: &str = "visit-name";
const KANA: &str = "visit-kana";
const BIRTH: &str = "visit-birth";
const ROOM: &str = "visit-room";
const HOME: &str = "visit-home";
const FLOOR: &str = "visit-floor";
const INSURER: &str = "visit-insurer";
const SYMBOL: &str = "visit-symbol";
const MEMBER: &str = "visit-member";
const BRANCH: &str = "visit-branch";

/// What was typed.
#[derive(Debug, Clone, PartialEq, Default)]
struct Typed {
    name: String,
    kana: String,
    birth: String,
    room: String,
    home: String,
    floor: String,
    insurer: String,
    symbol: String,
    member: String,
    branch: String,
}

impl Typed {
    fn check(&self) -> Result<TypedVisit, Faults> {
        let (name, kana, room) = (note::<60>(&self.name), note::<60>(&self.kana), note::<40>(&self.room));
        let (insurer, symbol, member, branch) =
            (note::<16>(&self.insurer), note::<40>(&self.symbol), note::<40>(&self.member), note::<4>(&self.branch));
        let (home, floor) = (note::<40>(&self.home), note::<20>(&self.floor));
        let birth = CivilDate::from_typed(&self.birth).ok();
        let has_numbers = [&self.insurer, &self.symbol, &self.member, &self.branch].iter().any(|text| !text.trim().is_empty());
        let is_short = |text: &Option<Note<16>>| text.as_ref().is_some_and(Note::is_empty);
        let no_name = name.as_ref().is_some_and(Note::is_empty).then_some(day::NO_NAME);
        let bad = |is_bad: bool| is_bad.then_some(day::BAD_TEXT);
        let no_birth = (birth.is_none() && (has_numbers || !self.birth.trim().is_empty())).then_some(day::NO_BIRTH);
        let faults = Faults::default()
            .note(NAME, no_name.or(bad(name.is_none())))
            .note(KANA, bad(kana.is_none()))
            .note(BIRTH, no_birth)
            .note(ROOM, bad(room.is_none()))
            .note(HOME, bad(home.is_none()))
            .note(FLOOR, bad(floor.is_none()))
            .note(INSURER, (has_numbers && is_short(&insurer)).then_some(day::NO_MEMBER).or(bad(insurer.is_none())))
            .note(SYMBOL, bad(symbol.is_none()))
            .note(MEMBER, (has_numbers && member.as_ref().is_some_and(Note::is_empty)).then_some(day::NO_MEMBER).or(bad(member.is_none())))
            .note(BRANCH, bad(branch.is_none()));
        let insurance = match (insurer, symbol, member, branch) {
            (Some(insurer_number), Some(symbol), Some(member_number), Some(branch_number)) if has_numbers => {
                Some(Insurance { insurer_number, symbol, member_number, branch_number })
            }
            _ => None,
        };
        match (faults.first(), name.zip(kana), room.zip(home).zip(floor)) {
            (None, Some((name, kana)), Some(((room, home), floor))) => {
                Ok(TypedVisit { name, kana, birth_date: birth, room, home, floor, insurance })
            }
            _ => Err(faults),
        }
    }
}

fn note<const MAX: usize>(text: &str) -> Option<Note<MAX>> {
    Note::try_from(text).ok()
}

/// The form.
#[component]
pub(super) fn AddPart(props: &AddProps) -> Html {
    let form = use_kept_form("day-visit", Typed::default);
    let call = use_call::<AddDayVisit>();
    let onsubmit = {
        let (form, call, day, onadded) = (form.clone(), call.clone(), props.day, props.onadded.clone());
        Callback::from(move |()| {
            if call.progress().is_busy {
                return;
            }
            let Some(typed) = form.read(Typed::check) else { return call.forget() };
            let (form, onadded) = (form.clone(), onadded.clone());
            call.start(AddDayVisit { day: day.to_string().into() }, NewDayVisit::Typed(typed), move |outcome| {
                if let Ok(added) = outcome {
                    form.set(Typed::default());
                    onadded.emit(added.was_there);
                }
            });
        })
    };
    let progress = call.progress();
    let form = form.held(progress.is_busy);
    html! {
        <Panel title={day::ADD_TITLE}>
            <SendForm id="visit-add" submit={day::ADD} is_busy={progress.is_busy} {onsubmit} failed={progress.refusal.as_ref().map(text::refusal)}>
                <Field of={form.input(NAME, |typed| &mut typed.name)} label={day::NAME} is_required=true />
                <Field of={form.input(KANA, |typed| &mut typed.kana)} label={day::KANA} hint={day::KANA_HINT} />
                <DateField of={form.input(BIRTH, |typed| &mut typed.birth)} label={day::BIRTH} />
                <Field of={form.input(HOME, |typed| &mut typed.home)} label={day::HOME} hint={day::HOME_HINT} />
                <Field of={form.input(FLOOR, |typed| &mut typed.floor)} label={day::FLOOR} hint={day::FLOOR_HINT} />
                <Field of={form.input(ROOM, |typed| &mut typed.room)} label={day::ROOM} />
                <details>
                    <summary>{ day::NUMBERS }</summary>
                    <Field of={form.input(INSURER, |typed| &mut typed.insurer)} label={day::INSURER} inputmode="numeric" />
                    <Field of={form.input(SYMBOL, |typed| &mut typed.symbol)} label={day::SYMBOL} />
                    <Field of={form.input(MEMBER, |typed| &mut typed.member)} label={day::MEMBER} />
                    <Field of={form.input(BRANCH, |typed| &mut typed.branch)} label={day::BRANCH} inputmode="numeric" />
                </details>
            </SendForm>
        </Panel>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_enough_and_numbers_want_a_birth_date() {
        let typed = Typed { name: "資格 一郎".to_owned(), ..Typed::default() };
        assert!(typed.check().unwrap().insurance.is_none());
        assert_eq!(Typed::default().check().unwrap_err().first(), Some(NAME));
        let numbers = Typed { insurer: "06990014".to_owned(), ..typed };
        let faults = numbers.check().unwrap_err();
        assert_eq!((faults.first(), faults.of(MEMBER).is_some()), (Some(BIRTH), true));
        let whole = Typed { member: "56".to_owned(), birth: "昭35.6.2".to_owned(), ..numbers };
        assert_eq!(whole.check().unwrap().insurance.unwrap().member_number.as_str(), "56");
        let hidden = Typed { name: concat!("1234567890", "18").to_owned(), ..Typed::default() };
        assert_eq!(hidden.check().unwrap_err().first(), Some(NAME), "no individual number");
    }
}
