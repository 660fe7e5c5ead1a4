//! Answers: what is understood of a file of the folder `res`, and that it belongs to the request (F17).
//!
//! Codes and elements that no table knows pass. A file that is neither XML nor a zip may be encrypted (C11): it is kept and shown.

use super::request::{Asked, Insured, Request, Search};
use crate::export::face::{NotACheck, Taken};
use crate::export::message::{Message, Record, Unreadable};
use shared::domain::calendar::CivilDate;

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
    let born: Option<CivilDate> = taken.and_then(|taken| taken.check.eligibility.person.as_ref()).map(|person| person.birth_date);
    if is_echo && born.is_none_or(|day| day == search.birth_date) { Ok(()) } else { Err(NotOurs::Person) }
}

/// The same insurance, as far as a record says it.
fn is_same(insured: &Insured, record: &Record) -> bool {
    let asked = insured.keys();
    let found = shared::domain::number::Keys {
        insurer_number: record.text("InsurerNumber").unwrap_or(asked.insurer_number),
        symbol: record.text("InsuredCardSymbol").or(asked.symbol),
        member_number: record.text("InsuredIdentificationNumber").unwrap_or(asked.member_number),
        branch_number: record.text("InsuredBranchNumber").or(asked.branch_number),
    };
    asked.is_same(&found)
}

#[cfg(test)]
mod tests;
