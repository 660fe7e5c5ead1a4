//! The form of OT-12: one form, two headings, and the same for numbers alone.

use shared::domain::asked::{AskedOf, Collects, NumbersAsked, SubsidyPair};
use shared::domain::calendar::CivilDate;
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::note::Note;
use shared::domain::typed;
use yew::prelude::*;

use crate::part::field::Input;
use crate::part::{CheckField, DateField, Field, Offer, RadioField};
use crate::text::office::{checks as words, desks};
use crate::use_form::{Faults, Form};

pub(crate) const INSURER: &str = "check-insurer";
pub(crate) const SYMBOL: &str = "check-symbol";
pub(crate) const MEMBER: &str = "check-member";
pub(crate) const BRANCH: &str = "check-branch";
pub(crate) const BIRTH: &str = "check-birth";
pub(crate) const UNTIL: &str = "check-until";
const COLLECTS: &str = "check-collects";

/// The two fields of a pair of 公費.
struct PairFields {
    place: u8,
    payer: &'static str,
    beneficiary: &'static str,
    payer_of: fn(&mut Typed) -> &mut String,
    beneficiary_of: fn(&mut Typed) -> &mut String,
}

const PAIRS: [PairFields; 2] = [
    PairFields {
        place: 0,
        payer: "check-payer-1",
        beneficiary: "check-beneficiary-1",
        payer_of: |typed| &mut typed.first.payer,
        beneficiary_of: |typed| &mut typed.first.beneficiary,
    },
    PairFields {
        place: 1,
        payer: "check-payer-2",
        beneficiary: "check-beneficiary-2",
        payer_of: |typed| &mut typed.second.payer,
        beneficiary_of: |typed| &mut typed.second.beneficiary,
    },
];

/// A pair of 公費 as it was typed.
#[derive(Clone, PartialEq, Default)]
pub(crate) struct TypedPair {
    pub(crate) payer: String,
    pub(crate) beneficiary: String,
}

/// What was typed. No `Debug`: it is a person's.
#[derive(Clone, PartialEq, Default)]
pub(crate) struct Typed {
    pub(crate) insurer: String,
    pub(crate) symbol: String,
    pub(crate) member: String,
    pub(crate) branch: String,
    pub(crate) birth: String,
    pub(crate) until: String,
    pub(crate) with_limit: bool,
    pub(crate) collects: String,
    pub(crate) first: TypedPair,
    pub(crate) second: TypedPair,
}

impl Typed {
    /// The numbers of a former answer, for a person to hold against the paper: those of its one coverage, or the new one. Of several none.
    pub(crate) fn take_over(&mut self, eligibility: &Eligibility) {
        if let Some(person) = &eligibility.person {
            self.birth = person.birth_date.slashed();
        }
        let coverage = eligibility.coverages.first().filter(|_| eligibility.validity != Validity::Several);
        let Some(coverage) = coverage else { return };
        self.insurer.clone_from(&coverage.insurer_number);
        self.symbol = coverage.symbol.clone().unwrap_or_default();
        self.member.clone_from(&coverage.member_number);
        self.branch = coverage.branch_number.clone().unwrap_or_default();
    }

    /// Reads it. A number that only looks wrong is no fault.
    pub(crate) fn check(&self, of: AskedOf) -> Result<NumbersAsked, Faults> {
        fn note<const MAX: usize>(text: &str, missing: Option<&'static str>) -> Result<Note<MAX>, String> {
            let note = Note::try_from(text).map_err(desks::note)?;
            match missing {
                Some(missing) if typed::number(note.as_str()).is_empty() => Err(missing.to_owned()),
                _ => Ok(note),
            }
        }
        let is_prescription = of == AskedOf::Prescription;
        let (insurer, member) = (note(&self.insurer, Some(words::NO_INSURER)), note(&self.member, Some(words::NO_MEMBER)));
        let (symbol, branch) = (note(&self.symbol, None), note(&self.branch, None));
        let birth = CivilDate::from_typed(&self.birth);
        let until = Some(self.until.trim()).filter(|day| of == AskedOf::Paper && !day.is_empty()).map(CivilDate::from_typed).transpose();
        let collects = match self.collects.as_str() {
            "patient" => Some(Collects::Patient),
            "other" => Some(Collects::Other),
            _ => None,
        };
        let pairs = [&self.first, &self.second].map(|pair| (note(&pair.payer, None), note(&pair.beneficiary, None)));
        let no_birth = if self.birth.trim().is_empty() { words::NO_BIRTH } else { words::NO_DAY };
        let mut faults = Faults::default()
            .note(INSURER, insurer.clone().err())
            .note(SYMBOL, symbol.clone().err())
            .note(MEMBER, member.clone().err())
            .note(BRANCH, branch.clone().err())
            .note(BIRTH, birth.is_err().then_some(no_birth))
            .note(UNTIL, until.is_err().then_some(words::NO_DAY));
        if is_prescription {
            for (fields, (payer, beneficiary)) in PAIRS.iter().zip(&pairs) {
                faults = faults.note(fields.payer, payer.clone().err()).note(fields.beneficiary, beneficiary.clone().err());
            }
            faults = faults.note(COLLECTS, collects.is_none().then_some(words::NO_COLLECTS));
        }
        if faults.first().is_some() {
            return Err(faults);
        }
        let (Ok(insurer_number), Ok(symbol), Ok(member_number), Ok(branch_number), Ok(birth_date), Ok(paper_until)) =
            (insurer, symbol, member, branch, birth, until)
        else {
            return Err(faults);
        };
        let pairs =
            pairs.into_iter().filter_map(|(payer, beneficiary)| Some(SubsidyPair { payer: payer.ok()?, beneficiary: beneficiary.ok()? }));
        let is_there = |pair: &SubsidyPair| is_prescription && !(pair.payer.is_empty() && pair.beneficiary.is_empty());
        Ok(NumbersAsked {
            of,
            insurer_number,
            symbol,
            member_number,
            branch_number,
            birth_date,
            paper_until,
            with_limit: self.with_limit,
            collects: collects.filter(|_| is_prescription),
            subsidies: pairs.filter(is_there).collect(),
        })
    }
}

/// The fields under a heading.
pub(super) fn fields(form: &Form<Typed>, of: AskedOf) -> Html {
    let digits = "numeric";
    let limit = form.edit(|typed: &mut Typed, is_on: bool| typed.with_limit = is_on);
    let is_prescription = of == AskedOf::Prescription;
    html! {
        <>
            <Field of={form.input(INSURER, |typed| &mut typed.insurer)} label={words::INSURER} hint={words::INSURER_HINT} is_required=true
                inputmode={digits} autocomplete="off" />
            <Field of={form.input(SYMBOL, |typed| &mut typed.symbol)} label={words::SYMBOL} hint={words::SYMBOL_HINT} autocomplete="off" />
            <Field of={form.input(MEMBER, |typed| &mut typed.member)} label={words::MEMBER} is_required=true autocomplete="off" />
            <Field of={form.input(BRANCH, |typed| &mut typed.branch)} label={words::BRANCH} hint={words::BRANCH_HINT} inputmode={digits}
                autocomplete="off" />
            <DateField of={form.input(BIRTH, |typed| &mut typed.birth)} label={words::BIRTH} is_required=true />
            if of == AskedOf::Paper {
                <DateField of={form.input(UNTIL, |typed| &mut typed.until)} label={words::PAPER_UNTIL} />
            }
            if is_prescription {
                { prescription(form) }
            }
            <CheckField id="check-limit" label={words::WITH_LIMIT} is_on={form.typed.with_limit} is_off={form.is_held()} onchange={limit} />
        </>
    }
}

fn prescription(form: &Form<Typed>) -> Html {
    let oninput = form.edit(|typed: &mut Typed, word: String| typed.collects = word);
    let of = Input {
        id: COLLECTS.into(),
        value: form.typed.collects.clone().into(),
        fault: form.faults.of(COLLECTS),
        is_held: form.is_held(),
        oninput,
    };
    let offers =
        vec![Offer { value: "patient", label: Collects::Patient.label() }, Offer { value: "other", label: Collects::Other.label() }];
    html! {
        <>
            <fieldset class="field">
                <legend class="field__label">{ words::SUBSIDIES }</legend>
                { for PAIRS.iter().map(|fields| html! {
                    <>
                        <Field of={form.input(fields.payer, fields.payer_of)} label={words::payer(fields.place)} inputmode="numeric"
                            autocomplete="off" />
                        <Field of={form.input(fields.beneficiary, fields.beneficiary_of)} label={words::beneficiary(fields.place)}
                            autocomplete="off" />
                    </>
                }) }
            </fieldset>
            <RadioField {of} label={words::COLLECTS} is_required=true {offers} />
        </>
    }
}
