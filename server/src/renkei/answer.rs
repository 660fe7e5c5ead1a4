//! Answers: what is understood of a file of the folder `res`, and that it belongs to the request (F17).
//!
//! Codes and elements that no table knows pass. A file that is neither XML nor a zip may be encrypted (C11): it is kept and shown.

use std::collections::HashMap;

use shared::domain::calendar::CivilDate;
use shared::domain::number::Keys;

use super::layout::REGISTRATION_OUTCOME;
use super::request::{Asked, Insured, Registration, Request, Search};
use super::zip::BadZip;
use crate::export::bulk::{self, Accepted, NotAccepted, Stage, Unit, Whole};
use crate::export::face::{NotACheck, Taken};
use crate::export::layout::HEADER;
use crate::export::message::{MAX_BYTES, Message, Record, Unreadable, open, read_fields};

/// Says that a file is the answer to something else (F17). It is kept and shown, never taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOurs {
    /// Of another institution, or of none. The former code of an institution is for the caller to know (F32).
    #[error("別の医療機関コードのファイルです。取り込まずに残しました。フォルダーの設定を確かめてください。")]
    Institution,
    /// To another request.
    #[error("別の要求への回答です。取り込まずに残しました。")]
    Identifier,
    /// With another 受付番号.
    #[error("受付番号が要求とちがいます。取り込まずに残しました。")]
    ReceptionNumber,
    /// About somebody else.
    #[error("要求した方とちがう方の回答です。取り込まずに残しました。ファイルを開いて確かめてください。")]
    Person,
    /// The request asked for something that is answered in another form.
    #[error("要求した内容とちがう種類の回答です。取り込まずに残しました。")]
    Family,
}

/// Why an answer is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// It is no such file.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It is a zip out of which nothing can be taken.
    #[error(transparent)]
    Zip(#[from] BadZip),
    /// It is not the answer to our request.
    #[error(transparent)]
    NotOurs(#[from] NotOurs),
}

/// Reads the answer to 資格確認 of one person. What is a check is about the person who was asked for, by the birth date and by what the
/// answer gives back of the request; the insurance in it may be a newer one.
///
/// # Errors
/// [`NotTaken`]; inside, [`NotACheck`] for an answer of ours that holds no finished check (F16).
pub fn check(bytes: &[u8], request: &Request) -> Result<Result<Taken, NotACheck>, NotTaken> {
    let Asked::Check { search, .. } = &request.asked else { return Err(NotOurs::Family.into()) };
    let read = Message::read(bytes)?;
    let taken = Taken::of(&read);
    belongs(&read.message.header, request, taken.is_ok())?;
    let echo = read.message.body.one("QualificationConfirmSearchInfo");
    is_about(search, echo, taken.as_ref().ok())?;
    Ok(taken)
}

/// Reads the receipt of a bulk request (`01res`). It says nothing about the work itself (B06).
///
/// # Errors
/// [`NotTaken`]; inside, [`NotAccepted`] for a request that was not taken. It is not sent again by itself (B05).
pub fn accepted(bytes: &[u8], request: &Request) -> Result<Result<Accepted, NotAccepted>, NotTaken> {
    let (header, body) = bulk::heading(bytes)?;
    let accepted = bulk::accepted_of(&header, &body);
    belongs(&header, request, accepted.is_ok())?;
    Ok(accepted)
}

/// Whose result a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Somebody of the range that was asked for.
    InRange,
    /// The person at this place of the list that was asked for, from 0.
    Asked(usize),
    /// Nobody who was asked for, or somebody else under their key (F17): kept and shown, never taken.
    Stranger,
}

/// Reads results (`02res`, out of its zip) of any bulk request but 照会番号登録, and hands over the units one after the other. Nothing is
/// handed over unless the other side is done, and the answer is ours. Numbers that do not fit the units are named, and the units taken
/// all the same (B09).
///
/// # Errors
/// [`NotTaken`].
pub fn results(bytes: &[u8], request: &Request, reception_number: &str, each: &mut dyn FnMut(Whose, Unit)) -> Result<Whole, NotTaken> {
    if !request.asked.family().is_bulk() || matches!(request.asked, Asked::References(_)) {
        return Err(NotOurs::Family.into());
    }
    let mut is_ours = Ok(());
    let mut may = |whole: &Whole| {
        is_ours = whole_belongs(whole, request, reception_number);
        is_ours.is_ok() && whole.stage == Stage::Done
    };
    let listed = Listed::of(&request.asked);
    let whole = bulk::read_if(bytes, &mut may, &mut |unit| each(listed.whose(&unit), unit))?;
    is_ours?;
    Ok(whole)
}

/// The people who were asked for, by their keys; `None` for a range.
struct Listed<'a>(Option<HashMap<&'a str, (usize, &'a Search)>>);

impl<'a> Listed<'a> {
    fn of(asked: &'a Asked) -> Self {
        let Asked::Checks(searches) = asked else { return Self(None) };
        let keyed = searches.iter().enumerate().filter_map(|(place, search)| Some((search.key.as_deref()?.trim(), (place, search))));
        Self(Some(keyed.collect()))
    }

    fn whose(&self, unit: &Unit) -> Whose {
        let Some(people) = &self.0 else { return Whose::InRange };
        let born = unit.taken.as_ref().ok().and_then(born);
        match unit.key.as_deref().and_then(|key| people.get(key)) {
            Some((place, search)) if born.is_none_or(|day| day == search.birth_date) => Whose::Asked(*place),
            _ => Whose::Stranger,
        }
    }
}

/// What became of a 照会番号登録.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// 登録済: a good status, and the number and the insurance given back as they were sent.
    Done,
    /// 拒否: code and text as they came; both may be empty.
    Refused {
        /// ErrorCode or ProcessingResultCode.
        code: String,
        /// Its text.
        message: String,
    },
    /// The other side is not done.
    NotYet,
}

/// Reads the answer to 照会番号登録 of one person.
///
/// # Errors
/// [`NotTaken`].
pub fn reference(bytes: &[u8], request: &Request) -> Result<Registered, NotTaken> {
    let Asked::Reference(registration) = &request.asked else { return Err(NotOurs::Family.into()) };
    let opened = open(bytes, MAX_BYTES, "", &mut |_| {})?;
    let mut odd = Vec::new();
    let header = read_fields(HEADER, &opened.header, &mut odd, None).map_err(Unreadable::from)?;
    let body = read_fields(REGISTRATION_OUTCOME, &opened.body, &mut odd, None).map_err(Unreadable::from)?;
    let stage = Stage::of(&header);
    belongs(&header, request, stage == Stage::Done && bulk::is_normal(&body))?;
    match stage {
        Stage::NotYet | Stage::Processing => return Ok(Registered::NotYet),
        Stage::Failed => {
            let (code, message) = bulk::said(&header, &body);
            return Ok(Registered::Refused { code, message });
        }
        Stage::Done => {}
    }
    if !is_of(registration, &body) {
        return Err(NotOurs::Person.into());
    }
    Ok(outcome(&body))
}

/// What became of 照会番号登録 of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registrations {
    /// The answer as a whole.
    pub whole: Whole,
    /// One for each that was sent, in their order; `None` where the answer says nothing.
    pub each: Vec<Option<Registered>>,
    /// The lines of units that are about nobody who was sent, that say another thing of somebody once more, or that cannot be read.
    pub unplaced: Vec<usize>,
}

/// Reads the results of 照会番号登録 of many (`02res`, out of its zip). One that is refused keeps no other back (F31).
///
/// # Errors
/// [`NotTaken`].
pub fn references(bytes: &[u8], request: &Request, reception_number: &str) -> Result<Registrations, NotTaken> {
    let Asked::References(sent) = &request.asked else { return Err(NotOurs::Family.into()) };
    let mut is_ours = Ok(());
    let mut may = |whole: &Whole| {
        is_ours = whole_belongs(whole, request, reception_number);
        is_ours.is_ok() && whole.stage == Stage::Done
    };
    let places: HashMap<&str, (usize, &Registration)> =
        sent.iter().enumerate().map(|(place, one)| (one.number.trim(), (place, one))).collect();
    let (mut each, mut unplaced) = (vec![None; sent.len()], Vec::new());
    let whole = bulk::read_units(bytes, "BulkRegistrationUnit", &mut may, &mut |element, around, unknown| {
        let Ok(mut unit) = read_fields(REGISTRATION_OUTCOME, &element, &mut Vec::new(), None) else {
            unplaced.push(element.line);
            return false;
        };
        unit.count_others(unknown);
        if unit.text(STATUS).is_none() {
            unit.set(STATUS, around.status.as_deref());
        }
        let number = unit.one(REGISTRATION).and_then(|info| info.text("ReferenceNumber"));
        let became = outcome(&unit);
        let place = number.and_then(|number| places.get(number)).filter(|(_, one)| is_of(one, &unit));
        let slot = place.and_then(|(place, _)| each.get_mut(*place));
        match slot {
            Some(slot) if slot.as_ref().is_none_or(|former| *former == became) => *slot = Some(became),
            _ => unplaced.push(element.line),
        }
        bulk::is_normal(&unit)
    })?;
    is_ours?;
    Ok(Registrations { whole, each, unplaced })
}

const REGISTRATION: &str = "ReferenceNumberRegistrationInfo";
const STATUS: &str = "ProcessingResultStatus";

fn outcome(record: &Record) -> Registered {
    if bulk::is_normal(record) {
        return Registered::Done;
    }
    let text = |name| record.text(name).unwrap_or_default().to_owned();
    Registered::Refused { code: text("ProcessingResultCode"), message: text("ProcessingResultMessage") }
}

/// The number and the insurance are those that were sent. A refusal may leave them out; a success never.
fn is_of(registration: &Registration, record: &Record) -> bool {
    let Some(info) = record.one(REGISTRATION) else { return !bulk::is_normal(record) };
    let number = info.text("ReferenceNumber");
    let is_whole = ["InsurerNumber", "InsuredIdentificationNumber"].iter().all(|name| info.text(name).is_some());
    is_same(&registration.insured, info)
        && number.map_or(!bulk::is_normal(record), |number| number == registration.number.trim())
        && (is_whole || !bulk::is_normal(record))
}

/// The institution and the identifier are those of the request. One that failed may leave them out: it is shown, and nothing of it is taken.
fn belongs(header: &Record, request: &Request, is_good: bool) -> Result<(), NotOurs> {
    let is = |name, expected: &str| header.text(name).map_or(!is_good, |found| found == expected);
    if !is("MedicalInstitutionCode", request.institution.as_str()) {
        return Err(NotOurs::Institution);
    }
    if !is("ArbitraryFileIdentifier", request.identifier.trim()) {
        return Err(NotOurs::Identifier);
    }
    Ok(())
}

/// What the answer gives back of the request, and the birth date of its person, are those that were asked for.
fn is_about(search: &Search, echo: Option<&Record>, taken: Option<&Taken>) -> Result<(), NotOurs> {
    let is_echo = echo.is_none_or(|echo| {
        let key = echo.text("ArbitraryIdentifier").zip(search.key.as_deref());
        let born = echo.text("Birthdate");
        is_same(&search.insured, echo)
            && born.is_none_or(|text| text == search.birth_date.packed())
            && key.is_none_or(|(found, asked)| found == asked.trim())
    });
    if is_echo && taken.and_then(born).is_none_or(|day| day == search.birth_date) { Ok(()) } else { Err(NotOurs::Person) }
}

fn born(taken: &Taken) -> Option<CivilDate> {
    taken.check.eligibility.person.as_ref().map(|person| person.birth_date)
}

/// The institution, the identifier and the 受付番号 are those of the request. What is not done may leave them out. The identifier was
/// not sent once more in the second step, so that results may leave it out too.
fn whole_belongs(whole: &Whole, request: &Request, reception_number: &str) -> Result<(), NotOurs> {
    let is_done = whole.stage == Stage::Done;
    let is = |found: &Option<String>, expected: &str, is_needed: bool| found.as_deref().map_or(!is_needed, |found| found == expected);
    if !is(&whole.institution, request.institution.as_str(), is_done) {
        return Err(NotOurs::Institution);
    }
    if !is(&whole.identifier, request.identifier.trim(), false) {
        return Err(NotOurs::Identifier);
    }
    if !is(&whole.reception_number, reception_number.trim(), is_done) {
        return Err(NotOurs::ReceptionNumber);
    }
    Ok(())
}

/// The same insurance, as far as a record says it.
fn is_same(insured: &Insured, record: &Record) -> bool {
    let asked = insured.keys();
    let found = Keys {
        insurer_number: record.text("InsurerNumber").unwrap_or(asked.insurer_number),
        symbol: record.text("InsuredCardSymbol").or(asked.symbol),
        member_number: record.text("InsuredIdentificationNumber").unwrap_or(asked.member_number),
        branch_number: record.text("InsuredBranchNumber").or(asked.branch_number),
    };
    asked.is_same(&found)
}

#[cfg(test)]
mod tests;
