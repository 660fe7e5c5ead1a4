//! A person as written down by hand: the fields of the searches of OT-17 and of the ways without a card (X12).

use shared::domain::calendar::CivilDate;
use shared::domain::note::Note;
use shared::domain::opening::{TypedInsurance, TypedPerson};
use shared::domain::person::Sex;
use yew::prelude::*;

use crate::part::field::Input;
use crate::part::{DateField, Field, Offer, RadioField};
use crate::text::office::{desks, laters::typed as words};
use crate::use_form::{Faults, Form};

const NAME: &str = "who-name";
const KANA: &str = "who-kana";
const BIRTH: &str = "who-birth";
const SEX: &str = "who-sex";
const ADDRESS: &str = "who-address";
const INSURER: &str = "who-insurer";
const SYMBOL: &str = "who-symbol";
const NUMBER: &str = "who-number";
const BRANCH: &str = "who-branch";

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Who {
    pub(crate) name: String,
    pub(crate) kana: String,
    pub(crate) birth: String,
    pub(crate) sex: Option<Sex>,
    pub(crate) address: String,
    pub(crate) insurer: String,
    pub(crate) symbol: String,
    pub(crate) number: String,
    pub(crate) branch: String,
}

fn note<const MAX: usize>(text: &str, is_needed: bool) -> Result<Note<MAX>, String> {
    let note = Note::try_from(text).map_err(desks::note)?;
    if is_needed && note.is_empty() { Err(words::MISSING.to_owned()) } else { Ok(note) }
}

/// Who, which fields must be filled, and whether the numbers of a paper are among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Kana, birth date, sex, address (OT-17c).
    Person,
    /// The numbers and the birth date (OT-17b).
    Paper,
    /// The same and the name; with the numbers of a paper or a screen.
    Both,
    /// The person with name.
    Named,
}

impl Who {
    /// The birth date as far as it can be read.
    pub(crate) fn birth_date(&self) -> Option<CivilDate> {
        CivilDate::from_typed(self.birth.trim()).ok()
    }

    /// Reads the fields that are wanted; the others are left empty.
    pub(crate) fn check(&self, wanted: Wanted) -> Result<(TypedPerson, TypedInsurance), Faults> {
        let (has_name, has_person) = (matches!(wanted, Wanted::Both | Wanted::Named), wanted != Wanted::Paper);
        let has_numbers = matches!(wanted, Wanted::Both | Wanted::Paper);
        let of = |text: &'_ str, is_asked: bool| if is_asked { text.to_owned() } else { String::new() };
        let (name, kana) = (note(&of(&self.name, has_name), has_name), note(&of(&self.kana, has_person), has_person));
        let address = note(&of(&self.address, has_person), wanted == Wanted::Person);
        let (insurer, symbol) = (note(&of(&self.insurer, has_numbers), has_numbers), note(&of(&self.symbol, has_numbers), false));
        let (number, branch) = (note(&of(&self.number, has_numbers), has_numbers), note(&of(&self.branch, has_numbers), false));
        let birth = self.birth_date();
        let sex = self.sex.or((!has_person).then_some(Sex::Unset));
        let faults = Faults::default()
            .note(NAME, name.clone().err())
            .note(KANA, kana.clone().err())
            .note(INSURER, insurer.clone().err())
            .note(SYMBOL, symbol.clone().err())
            .note(NUMBER, number.clone().err())
            .note(BRANCH, branch.clone().err())
            .note(BIRTH, birth.is_none().then_some(words::NO_DAY))
            .note(SEX, sex.is_none().then_some(words::NO_SEX))
            .note(ADDRESS, address.clone().err());
        match (name, kana, birth, sex, address, (insurer, symbol, number, branch)) {
            (Ok(name), Ok(kana), Some(birth_date), Some(sex), Ok(address), (Ok(insurer), Ok(symbol), Ok(number), Ok(branch))) => Ok((
                TypedPerson { name, kana, birth_date, sex, address },
                TypedInsurance { insurer_number: insurer, symbol, member_number: number, branch_number: branch },
            )),
            _ => Err(faults),
        }
    }
}

/// The fields that are wanted.
pub(crate) fn fields(form: &Form<Who>, wanted: Wanted) -> Html {
    let has_name = matches!(wanted, Wanted::Both | Wanted::Named);
    html! {
        <>
            if has_name {
                <Field of={form.input(NAME, |who| &mut who.name)} label={words::NAME} is_required=true />
            }
            if wanted != Wanted::Paper {
                <Field of={form.input(KANA, |who| &mut who.kana)} label={words::KANA} is_required=true />
            }
            if matches!(wanted, Wanted::Both | Wanted::Paper) {
                <Field of={form.input(INSURER, |who| &mut who.insurer)} label={words::INSURER} inputmode="numeric" is_required=true />
                <Field of={form.input(SYMBOL, |who| &mut who.symbol)} label={words::SYMBOL} />
                <Field of={form.input(NUMBER, |who| &mut who.number)} label={words::NUMBER} is_required=true />
                <Field of={form.input(BRANCH, |who| &mut who.branch)} label={words::BRANCH} inputmode="numeric" />
            }
            <DateField of={form.input(BIRTH, |who| &mut who.birth)} label={words::BIRTH} is_required=true />
            if wanted != Wanted::Paper {
                { sex(form) }
                <Field of={form.input(ADDRESS, |who| &mut who.address)} label={words::ADDRESS} is_required={wanted == Wanted::Person} />
            }
        </>
    }
}

const SEXES: [(&str, Sex); 3] = [("male", Sex::Male), ("female", Sex::Female), ("unset", Sex::Unset)];

fn sex(form: &Form<Who>) -> Html {
    let oninput = form.edit(|who: &mut Who, word: String| who.sex = SEXES.iter().find(|(of, _)| *of == word).map(|(_, sex)| *sex));
    let value = SEXES.iter().find(|(_, sex)| Some(*sex) == form.typed.sex).map_or("", |(word, _)| *word);
    let of = Input { id: SEX.into(), value: value.into(), fault: form.faults.of(SEX), is_held: form.is_held(), oninput };
    let offers = SEXES.map(|(value, sex)| Offer { value, label: sex.label() }).to_vec();
    html! { <RadioField {of} label={words::SEX} {offers} is_required=true /> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_search_wants_its_own_fields_and_reads_no_others() {
        let who =
            Who { kana: "シカク イチロウ".into(), birth: "昭和35年6月2日".into(), sex: Some(Sex::Male), ..Who::default() };
        assert_eq!(who.check(Wanted::Person).unwrap_err().first(), Some(ADDRESS));
        let whole = Who { address: "受付市".into(), insurer: "x".into(), ..who.clone() };
        let (person, insurance) = whole.check(Wanted::Person).unwrap();
        assert_eq!((person.birth_date.slashed(), insurance.insurer_number.is_empty()), ("1960/06/02".to_owned(), true));
        assert_eq!(who.check(Wanted::Paper).unwrap_err().first(), Some(INSURER));
        let paper = Who { insurer: "06990014".into(), number: "56".into(), birth: "1960/06/02".into(), ..Who::default() };
        assert!(paper.check(Wanted::Paper).is_ok(), "neither name nor sex");
        assert_eq!(who.check(Wanted::Named).unwrap_err().first(), Some(NAME));
        let hidden = Who { number: concat!("1234567890", "18").into(), ..paper };
        assert_eq!(hidden.check(Wanted::Paper).unwrap_err().first(), Some(NUMBER), "X53");
    }
}
