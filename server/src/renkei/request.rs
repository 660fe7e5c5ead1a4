//! Requests: what is asked, as the bytes of a file for the folder `req`.

use std::collections::HashMap;

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::{InstitutionCode, VisitKind};
use shared::domain::month::Month;
use shared::domain::number::Keys;

use super::layout::{BODY, HEADER, MEDICAL_HEADER};
use super::name::Family;
use crate::charset::Encoding;
use crate::export::bulk::MAX_RECEPTION_NUMBER;
use crate::export::message::{Record, Unwritable, file, write_fields};

/// 任意のファイル識別子 has no more characters (C09).
pub const MAX_IDENTIFIER: usize = 50;

/// 任意のファイル識別子 of a new request: the instant in Japan to the millisecond, and random digits, as the field writes it (C09).
#[must_use]
pub fn identifier(at: UnixMs, random: [u8; 4]) -> String {
    format!("{}{:03}-{:08x}", at.jst_packed(), at.0.rem_euclid(1000), u32::from_be_bytes(random))
}

/// From one to another, both included; never backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span<T> {
    from: T,
    to: T,
}

/// Says that an end lies before its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("終わりが始まりより前です。期間を選び直してください。")]
pub struct Backwards;

impl<T: Ord + Copy> Span<T> {
    /// Both ends included.
    ///
    /// # Errors
    /// [`Backwards`].
    pub fn new(from: T, to: T) -> Result<Self, Backwards> {
        if from > to { Err(Backwards) } else { Ok(Self { from, to }) }
    }

    /// The first.
    #[must_use]
    pub fn from(self) -> T {
        self.from
    }

    /// The last.
    #[must_use]
    pub fn to(self) -> T {
        self.to
    }
}

/// What names an insured person, as it was received: a branch of none is never made `00`, an empty symbol is none (T08, T33).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insured {
    /// 保険者番号, without spaces around it.
    pub insurer_number: String,
    /// 被保険者証記号.
    pub symbol: Option<String>,
    /// 被保険者証番号.
    pub member_number: String,
    /// 枝番.
    pub branch_number: Option<String>,
}

impl Insured {
    /// The same for comparing.
    #[must_use]
    pub fn keys(&self) -> Keys<'_> {
        Keys {
            insurer_number: &self.insurer_number,
            symbol: self.symbol.as_deref(),
            member_number: &self.member_number,
            branch_number: self.branch_number.as_deref(),
        }
    }
}

/// A person whose 資格 is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// By which insurance.
    pub insured: Insured,
    /// 生年月日.
    pub birth_date: CivilDate,
    /// True when the person agreed that 限度額適用認定証 is answered.
    pub is_limit_agreed: bool,
    /// 任意の識別子, given back with the result. One of many needs its own.
    pub key: Option<String>,
}

/// A 照会番号 for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// 照会番号.
    pub number: String,
    /// The insurance of the newest result.
    pub insured: Insured,
}

/// By which days オンライン診療等 is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnlineDays {
    /// 同意日.
    Consented(Span<CivilDate>),
    /// 受診日.
    Examined(Span<CivilDate>),
}

/// How medical information is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As a paper.
    Pdf,
    /// As values.
    Xml,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// 資格確認 of one person, as of a day.
    Check {
        /// Who.
        search: Search,
        /// 資格確認日.
        on: CivilDate,
    },
    /// 資格確認 of many.
    Checks(Vec<Search>),
    /// The results that patients gave 訪問診療等 on days of consent.
    Visits(Span<CivilDate>),
    /// The same of オンライン診療等.
    Onlines(OnlineDays),
    /// 医療扶助 of a month.
    Aid(Month),
    /// 照会番号登録 of one person.
    Reference(Registration),
    /// 照会番号登録 of many.
    References(Vec<Registration>),
    /// 薬剤情報 of months, alone or with 診療情報. 診療情報 alone has no category that is known.
    Drugs {
        /// Of whom.
        insured: Insured,
        /// Of which months.
        months: Span<Month>,
        /// With 診療情報.
        has_treatment: bool,
        /// How.
        form: Form,
        /// For which kind of visit the consent was given.
        kind: VisitKind,
    },
    /// 特定健診情報.
    CheckUps {
        /// Of whom.
        insured: Insured,
        /// How.
        form: Form,
        /// For which kind of visit the consent was given.
        kind: VisitKind,
    },
}

impl Asked {
    /// The family of the file's name.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Self::Check { .. } => Family::Check,
            Self::Checks(_) => Family::Checks,
            Self::Visits(_) => Family::Visits,
            Self::Onlines(_) => Family::Onlines,
            Self::Aid(_) => Family::Aid,
            Self::Reference(_) => Family::Reference,
            Self::References(_) => Family::References,
            Self::Drugs { .. } => Family::Drugs,
            Self::CheckUps { .. } => Family::CheckUps,
        }
    }

    /// FileCategory of a request for medical information: 1 and 2 are 薬剤情報 (or 特定健診情報), 3 and 4 with 診療情報; odd ones are PDF.
    #[must_use]
    pub const fn file_category(&self) -> Option<u8> {
        let (form, before) = match self {
            Self::Drugs { form, has_treatment, .. } => (*form, if *has_treatment { 2 } else { 0 }),
            Self::CheckUps { form, .. } => (*form, 0),
            _ => return None,
        };
        Some(match form {
            Form::Pdf => before + 1,
            Form::Xml => before + 2,
        })
    }
}

/// A request with its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// 医療機関コード.
    pub institution: InstitutionCode,
    /// 任意のファイル識別子: unique for each request, given back in the answer (C08); opaque.
    pub identifier: String,
    /// What is asked.
    pub asked: Asked,
}

/// Why there is no file. Nothing was replaced, cut or made up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotWritten {
    /// Characters that the encoding cannot hold, by element (T27).
    #[error("{}。要求を出せません。連携アプリがUTF-8を読めるときは、文字コードの設定をUTF-8にしてください。", .0.listed())]
    Characters(#[from] Unwritable),
    /// An element that the other side needs is empty: its Japanese name (F12).
    #[error("{0}がありません。資格情報を確かめてから、もう一度送ってください。")]
    Missing(&'static str),
    /// A value is longer than the other side takes it.
    #[error("{label}が長すぎます({max}文字まで)。資格情報を確かめてください。")]
    TooLong {
        /// Its Japanese name.
        label: &'static str,
        /// How many characters it may have.
        max: usize,
    },
    /// Two of a list cannot be told apart in the answer, or stand for one another.
    #[error("{first}件目と{second}件目の{label}が同じです。どちらか一方にしてください。")]
    Twice {
        /// What is the same.
        label: &'static str,
        /// The first of the two, from 1.
        first: usize,
        /// The second.
        second: usize,
    },
    /// A list of nobody.
    #[error("送る方がいません。")]
    Nobody,
}

impl Request {
    /// The file of the first step.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub fn write(&self, encoding: Encoding) -> Result<Vec<u8>, NotWritten> {
        let mut header = Record::default();
        header.set("MedicalInstitutionCode", Some(self.institution.as_str()));
        header.set("ArbitraryFileIdentifier", Some(needed("任意のファイル識別子", &self.identifier, MAX_IDENTIFIER)?));
        let mut body = Record::default();
        let mut fields = HEADER;
        match &self.asked {
            Asked::Check { search, on } => {
                header.set("QualificationConfirmationDate", Some(on.packed()));
                body.set_many(SEARCH, vec![search_record(search)?]);
            }
            Asked::Checks(searches) => body.set_many(SEARCH, searches_of(searches)?),
            Asked::Visits(days) => {
                body.set_many(SEARCH, vec![range(["ConsentDateFrom", "ConsentDateTo"], *days, VisitKind::HomeVisit)]);
            }
            Asked::Onlines(days) => {
                let range = match days {
                    OnlineDays::Consented(days) => range(["ConsentDateFrom", "ConsentDateTo"], *days, VisitKind::Online),
                    OnlineDays::Examined(days) => range(["ExaminationDateFrom", "ExaminationDateTo"], *days, VisitKind::Online),
                };
                body.set_many(SEARCH, vec![range]);
            }
            Asked::Aid(of) => {
                let mut record = Record::default();
                record.set("MedicalTreatmentMonth", Some(month(*of)));
                body.set_many(SEARCH, vec![record]);
            }
            Asked::Reference(registration) => body.set_many(REGISTRATION, vec![registration_record(registration)?]),
            Asked::References(registrations) => body.set_many(REGISTRATION, registrations_of(registrations)?),
            Asked::Drugs { insured, kind, .. } | Asked::CheckUps { insured, kind, .. } => {
                fields = MEDICAL_HEADER;
                set_insured(
                    &mut header,
                    ["InsurerNumber", "InsuranceCardSymbol", "InsuredPersonIdentificationNumber", "BranchNumber"],
                    insured,
                )?;
                if let Asked::Drugs { months, .. } = &self.asked {
                    body.set("StartDate", Some(month(months.from())));
                    body.set("EndDate", Some(month(months.to())));
                }
                body.set("FileCategory", self.asked.file_category().map(|category| category.to_string()));
                body.set("PrDiInfClassification", Some("1"));
                body.set("MedicalTreatmentFlag", Some(kind.classification().to_string()));
            }
        }
        Ok(file(encoding, fields, &header, &mut |lines, check| write_fields(BODY, &body, 2, lines, check))?)
    }
}

/// The file of the second step: asks for the results of a bulk request by its 受付番号. Each asking is a new file (B02).
///
/// # Errors
/// [`NotWritten`].
pub fn download(institution: &InstitutionCode, reception_number: &str, encoding: Encoding) -> Result<Vec<u8>, NotWritten> {
    let (mut header, mut body) = (Record::default(), Record::default());
    header.set("MedicalInstitutionCode", Some(institution.as_str()));
    body.set("ReceptionNumber", Some(needed("受付番号", reception_number, MAX_RECEPTION_NUMBER)?));
    Ok(file(encoding, HEADER, &header, &mut |lines, check| write_fields(BODY, &body, 2, lines, check))?)
}

const SEARCH: &str = "QualificationConfirmSearchInfo";
const REGISTRATION: &str = "ReferenceNumberRegistrationInfo";

/// A value that must be there.
fn needed(label: &'static str, text: &str, max: usize) -> Result<String, NotWritten> {
    optional(label, Some(text), max)?.ok_or(NotWritten::Missing(label))
}

/// A value that may be there; blank is not there.
fn optional(label: &'static str, text: Option<&str>, max: usize) -> Result<Option<String>, NotWritten> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > max {
        return Err(NotWritten::TooLong { label, max });
    }
    Ok(Some(text.to_owned()))
}

fn set_insured(record: &mut Record, names: [&'static str; 4], insured: &Insured) -> Result<(), NotWritten> {
    let [insurer, symbol, member, branch] = names;
    record.set(insurer, Some(needed("保険者番号", &insured.insurer_number, 8)?));
    record.set(symbol, optional("被保険者証記号", insured.symbol.as_deref(), 20)?);
    record.set(member, Some(needed("被保険者証番号", &insured.member_number, 20)?));
    record.set(branch, optional("被保険者証枝番", insured.branch_number.as_deref(), 20)?);
    Ok(())
}

const INSURED: [&str; 4] = ["InsurerNumber", "InsuredCardSymbol", "InsuredIdentificationNumber", "InsuredBranchNumber"];

fn search_record(search: &Search) -> Result<Record, NotWritten> {
    let mut record = Record::default();
    set_insured(&mut record, INSURED, &search.insured)?;
    record.set("Birthdate", Some(search.birth_date.packed()));
    record.set("LimitApplicationCertificateRelatedConsFlg", Some(if search.is_limit_agreed { "1" } else { "0" }));
    record.set("ArbitraryIdentifier", optional("任意の識別子", search.key.as_deref(), MAX_IDENTIFIER)?);
    Ok(record)
}

fn searches_of(searches: &[Search]) -> Result<Vec<Record>, NotWritten> {
    let keys = searches.iter().map(|search| needed("任意の識別子", search.key.as_deref().unwrap_or_default(), MAX_IDENTIFIER));
    all_different("任意の識別子", keys.collect::<Result<Vec<_>, _>>()?)?;
    searches.iter().map(search_record).collect()
}

fn registration_record(registration: &Registration) -> Result<Record, NotWritten> {
    let mut record = Record::default();
    record.set("ReferenceNumber", Some(needed("照会番号", &registration.number, 50)?));
    set_insured(&mut record, INSURED, &registration.insured)?;
    Ok(record)
}

fn registrations_of(registrations: &[Registration]) -> Result<Vec<Record>, NotWritten> {
    let records = registrations.iter().map(registration_record).collect::<Result<Vec<_>, _>>()?;
    all_different("照会番号", registrations.iter().map(|one| one.number.trim().to_owned()).collect())?;
    all_different("保険", registrations.iter().map(|one| one.insured.keys().text()).collect())?;
    Ok(records)
}

fn all_different(label: &'static str, texts: Vec<String>) -> Result<(), NotWritten> {
    if texts.is_empty() {
        return Err(NotWritten::Nobody);
    }
    let mut places = HashMap::new();
    for (second, text) in (1..).zip(texts) {
        if let Some(first) = places.insert(text, second) {
            return Err(NotWritten::Twice { label, first, second });
        }
    }
    Ok(())
}

fn range([from, to]: [&'static str; 2], days: Span<CivilDate>, kind: VisitKind) -> Record {
    let mut record = Record::default();
    record.set(from, Some(days.from().packed()));
    record.set(to, Some(days.to().packed()));
    record.set("MedicalTreatmentFlag", Some(kind.classification().to_string()));
    record
}

/// `yyyyMM`.
fn month(month: Month) -> String {
    month.to_string().replace('-', "")
}

#[cfg(test)]
pub(super) mod tests;
