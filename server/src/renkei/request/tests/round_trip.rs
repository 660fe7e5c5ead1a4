//! What is written is read back, over generated requests in both encodings.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::export::message::{MAX_BYTES, open, read_fields};

const CASES: u32 = 3_000;

fn words(max: usize) -> impl Strategy<Value = String> {
    let character = prop_oneof![
        20 => select("資格一郎受付０１２－アｲﾁﾞ 　髙﨑①".chars().collect::<Vec<_>>()),
        10 => prop::char::range('!', '~'),
        1 => select("𠮷𩸽¥〜é\u{E000}\u{1}\u{FFFE}".chars().collect::<Vec<_>>()),
    ];
    vec(character, 1..=max).prop_map(String::from_iter)
}

fn insured() -> impl Strategy<Value = Insured> {
    let insurer = prop_oneof![Just("06990014".to_owned()), Just("990010".to_owned()), "[0-9]{1,8}"];
    let branch = prop_oneof![Just("00".to_owned()), "[0-9]{2}"];
    (insurer, of(words(20)), "[0-9A-Zａ-ｚ]{1,20}", of(branch)).prop_map(|(insurer_number, symbol, member_number, branch_number)| Insured {
        insurer_number,
        symbol,
        member_number,
        branch_number,
    })
}

fn days() -> impl Strategy<Value = Span<CivilDate>> {
    (0_i64..60_000, 0_i64..400).prop_map(|(from, more)| {
        let from = day("1868-01-01").plus_days(from);
        Span::new(from, from.plus_days(more)).unwrap()
    })
}

fn searches() -> impl Strategy<Value = Search> {
    (insured(), 0_i64..60_000, any::<bool>(), "[0-9A-Za-z-]{1,50}").prop_map(|(insured, birth, is_limit_agreed, key)| Search {
        insured,
        birth_date: day("1868-01-01").plus_days(birth),
        is_limit_agreed,
        key: Some(key),
    })
}

fn requests() -> impl Strategy<Value = Request> {
    let registration = || (words(50), insured()).prop_map(|(number, insured)| Registration { number, insured });
    let kind = || select(VisitKind::ALL.to_vec());
    let form = || select(vec![Form::Pdf, Form::Xml]);
    let months = days().prop_map(|days| Span::new(Month::of(days.from()), Month::of(days.to())).unwrap());
    let asked = prop_oneof![
        (searches(), days()).prop_map(|(search, days)| Asked::Check { search, on: days.from() }),
        vec(searches(), 1..6).prop_map(Asked::Checks),
        days().prop_map(Asked::Visits),
        days().prop_map(|days| Asked::Onlines(OnlineDays::Consented(days))),
        days().prop_map(|days| Asked::Onlines(OnlineDays::Examined(days))),
        days().prop_map(|days| Asked::Aid(Month::of(days.to()))),
        registration().prop_map(Asked::Reference),
        vec(registration(), 1..6).prop_map(Asked::References),
        (insured(), months, any::<bool>(), form(), kind()).prop_map(|(insured, months, has_treatment, form, kind)| Asked::Drugs {
            insured,
            months,
            has_treatment,
            form,
            kind
        }),
        (insured(), form(), kind()).prop_map(|(insured, form, kind)| Asked::CheckUps { insured, form, kind }),
    ];
    ("[0-9]{10}", "[0-9A-Za-z_-]{1,50}", asked).prop_map(|(code, identifier, asked)| Request {
        institution: InstitutionCode::try_from(code.as_str()).unwrap(),
        identifier,
        asked,
    })
}

/// A request again from what was written, as the other side would understand it.
fn read(bytes: &[u8], asked: &Asked) -> Option<Request> {
    let opened = open(bytes, MAX_BYTES, "", &mut |_| {}).ok()?;
    let is_medical = asked.file_category().is_some();
    let header = read_fields(if is_medical { MEDICAL_HEADER } else { HEADER }, &opened.header, &mut Vec::new(), None).ok()?;
    let body = read_fields(BODY, &opened.body, &mut Vec::new(), None).ok()?;
    if !header.others.is_empty() || !body.others.is_empty() {
        return None;
    }
    let text = |record: &Record, name: &'static str| record.text(name).map(str::to_owned);
    let date = |record: &Record, name| CivilDate::try_from(record.text(name)?).ok();
    let span = |record: &Record, from, to| Span::new(date(record, from)?, date(record, to)?).ok();
    let insured = |record: &Record, names: [&'static str; 4]| {
        Some(Insured {
            insurer_number: text(record, names[0])?,
            symbol: text(record, names[1]),
            member_number: text(record, names[2])?,
            branch_number: text(record, names[3]),
        })
    };
    let search = |record: &Record| {
        Some(Search {
            insured: insured(record, INSURED)?,
            birth_date: date(record, "Birthdate")?,
            is_limit_agreed: record.text("LimitApplicationCertificateRelatedConsFlg")? == "1",
            key: text(record, "ArbitraryIdentifier"),
        })
    };
    let registration =
        |record: &Record| Some(Registration { number: text(record, "ReferenceNumber")?, insured: insured(record, INSURED)? });
    let month = |text: Option<&str>| {
        let (year, month) = text?.split_at_checked(4)?;
        Month::try_from(format!("{year}-{month}").as_str()).ok()
    };
    let found = body.many(SEARCH).unwrap_or_default();
    let registered = body.many(REGISTRATION).unwrap_or_default();
    let medical = ["InsurerNumber", "InsuranceCardSymbol", "InsuredPersonIdentificationNumber", "BranchNumber"];
    let category: Option<u8> = body.text("FileCategory").and_then(|text| text.parse().ok());
    let form = if category.is_some_and(|category| category % 2 == 0) { Form::Xml } else { Form::Pdf };
    let flag = |record: &Record| {
        record.text("MedicalTreatmentFlag").map(|flag| if flag == "2" { VisitKind::HomeVisit } else { VisitKind::Online })
    };
    let asked = match asked {
        Asked::Check { .. } => Asked::Check { search: search(found.first()?)?, on: date(&header, "QualificationConfirmationDate")? },
        Asked::Checks(_) => Asked::Checks(found.iter().map(search).collect::<Option<_>>()?),
        Asked::Visits(_) | Asked::Onlines(_) => {
            let range = found.first()?;
            match (flag(range)?, span(range, "ConsentDateFrom", "ConsentDateTo"), span(range, "ExaminationDateFrom", "ExaminationDateTo")) {
                (VisitKind::HomeVisit, Some(days), None) => Asked::Visits(days),
                (VisitKind::Online, Some(days), None) => Asked::Onlines(OnlineDays::Consented(days)),
                (VisitKind::Online, None, Some(days)) => Asked::Onlines(OnlineDays::Examined(days)),
                _ => return None,
            }
        }
        Asked::Aid(_) => Asked::Aid(month(found.first()?.text("MedicalTreatmentMonth"))?),
        Asked::Reference(_) => Asked::Reference(registration(registered.first()?)?),
        Asked::References(_) => Asked::References(registered.iter().map(registration).collect::<Option<_>>()?),
        Asked::Drugs { .. } => Asked::Drugs {
            insured: insured(&header, medical)?,
            months: Span::new(month(body.text("StartDate"))?, month(body.text("EndDate"))?).ok()?,
            has_treatment: category? > 2,
            form,
            kind: flag(&body)?,
        },
        Asked::CheckUps { .. } => Asked::CheckUps { insured: insured(&header, medical)?, form, kind: flag(&body)? },
    };
    Some(Request {
        institution: InstitutionCode::try_from(header.text("MedicalInstitutionCode")?).ok()?,
        identifier: text(&header, "ArbitraryFileIdentifier")?,
        asked,
    })
}

/// The request as a file can hold it: nothing but white space is none, white space around a value is not of it, and the odd route is
/// written as online.
fn held(mut request: Request) -> Request {
    let trim = |text: &mut Option<String>| *text = text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    match &mut request.asked {
        Asked::Check { search, .. } => trim(&mut search.insured.symbol),
        Asked::Checks(searches) => searches.iter_mut().for_each(|search| trim(&mut search.insured.symbol)),
        Asked::Reference(one) => {
            trim(&mut one.insured.symbol);
            one.number = one.number.trim().to_owned();
        }
        Asked::References(all) => all.iter_mut().for_each(|one| {
            trim(&mut one.insured.symbol);
            one.number = one.number.trim().to_owned();
        }),
        Asked::Drugs { insured, kind, .. } | Asked::CheckUps { insured, kind, .. } => {
            trim(&mut insured.symbol);
            *kind = if *kind == VisitKind::OffRoute { VisitKind::Online } else { *kind };
        }
        Asked::Visits(_) | Asked::Onlines(_) | Asked::Aid(_) => {}
    }
    request
}

/// How many were written in each encoding, and how many could not be.
#[derive(Default, Debug, Clone, Copy)]
struct Seen {
    written: [u32; 2],
    characters: [u32; 2],
}

type Writer = fn(&Request, Encoding) -> Result<Vec<u8>, NotWritten>;

fn run(write: Writer) -> Result<Seen, String> {
    let seen = std::cell::Cell::new(Seen::default());
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&requests(), |request| {
        let mut now = seen.get();
        for (place, encoding) in Encoding::ALL.into_iter().enumerate() {
            match write(&request, encoding) {
                Ok(bytes) => {
                    now.written[place] += 1;
                    prop_assert_eq!(read(&bytes, &request.asked), Some(held(request.clone())));
                }
                Err(NotWritten::Characters(why)) => {
                    now.characters[place] += 1;
                    let all: String = why.faults.iter().flat_map(|fault| &fault.characters).collect();
                    prop_assert!(!all.is_empty() && all.chars().all(|c| !encoding.fits(c)));
                }
                // Generated lists hold the same number now and then, and a number may be nothing but white space.
                Err(NotWritten::Twice { .. } | NotWritten::Missing("照会番号")) => {}
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
            }
        }
        seen.set(now);
        Ok(())
    });
    outcome.map(|()| seen.get()).map_err(|why| why.to_string())
}

#[test]
fn generated_requests_come_back_in_both_encodings() {
    let seen = run(Request::write).unwrap();
    assert!(seen.written.iter().all(|count| *count > CASES / 2), "{seen:?}");
    assert!(seen.characters[1] > CASES / 20 && seen.characters[0] > 0, "{seen:?}");
}

#[test]
fn a_writer_that_makes_up_or_loses_something_is_caught() {
    let faulty: [Writer; 3] = [
        |request, encoding| {
            let mut other = request.clone();
            if let Asked::Check { search, .. } = &mut other.asked {
                search.insured.branch_number.get_or_insert_with(|| "00".to_owned());
            }
            other.write(encoding)
        },
        |request, encoding| {
            let bytes = request.write(encoding)?;
            let text = crate::charset::decode(&bytes).map(|read| read.text).unwrap_or_default();
            Ok(encoding.encode(&text.replace("ConsentDateTo", "ConsentDateFrom")))
        },
        |request, encoding| {
            let mut other = request.clone();
            if let Asked::References(all) = &mut other.asked {
                all.truncate(1);
            }
            other.write(encoding)
        },
    ];
    for write in faulty {
        assert!(run(write).is_err());
    }
}
