//! The rows of the tables stand in the names of the tests. The golden files were compared with what the field writes by eye.

mod round_trip;

use super::*;

fn day(text: &str) -> CivilDate {
    CivilDate::try_from(text).unwrap()
}

fn of(asked: Asked) -> Request {
    Request { institution: InstitutionCode::try_from("9919900002").unwrap(), identifier: "A-1".to_owned(), asked }
}

fn ichiro() -> Search {
    Search {
        insured: Insured {
            insurer_number: "06990014".to_owned(),
            symbol: Some("１２－３４".to_owned()),
            member_number: "56".to_owned(),
            branch_number: Some("01".to_owned()),
        },
        birth_date: day("1960-06-02"),
        is_limit_agreed: true,
        key: Some("p1".to_owned()),
    }
}

/// Of 国保, with six digits.
fn jiro() -> Search {
    Search {
        insured: Insured {
            insurer_number: "990010".to_owned(),
            symbol: Some("試－７".to_owned()),
            member_number: "0089".to_owned(),
            branch_number: Some("03".to_owned()),
        },
        birth_date: day("2022-04-10"),
        is_limit_agreed: false,
        key: Some("p2".to_owned()),
    }
}

/// Without symbol and branch.
fn hanako() -> Search {
    Search {
        insured: Insured { insurer_number: "39990015".to_owned(), symbol: None, member_number: "00001234".to_owned(), branch_number: None },
        birth_date: day("1948-11-03"),
        is_limit_agreed: true,
        key: Some("p3".to_owned()),
    }
}

fn registration(number: &str, search: Search) -> Registration {
    Registration { number: number.to_owned(), insured: search.insured }
}

pub(in crate::renkei) fn check_of_ichiro() -> Request {
    of(Asked::Check { search: ichiro(), on: day("2026-11-20") })
}

pub(in crate::renkei) fn reference() -> Asked {
    Asked::Reference(registration("00011", jiro()))
}

pub(in crate::renkei) fn many_checks() -> Request {
    of(Asked::Checks(vec![ichiro(), jiro(), hanako()]))
}

pub(in crate::renkei) fn many_references() -> Request {
    of(Asked::References(vec![registration("00011", jiro()), registration("00012", hanako())]))
}

pub(in crate::renkei) fn every_family() -> [(Asked, &'static [u8]); 10] {
    let days = Span::new(day("2026-11-18"), day("2026-11-20")).unwrap();
    let months = Span::new(Month::of(day("2026-06-01")), Month::of(day("2026-11-01"))).unwrap();
    let insured = ichiro().insured;
    [
        (check_of_ichiro().asked, include_bytes!("../golden/check.xml")),
        (many_checks().asked, include_bytes!("../golden/checks.xml")),
        (Asked::Visits(days), include_bytes!("../golden/visits.xml")),
        (Asked::Onlines(OnlineDays::Consented(days)), include_bytes!("../golden/onlines_consented.xml")),
        (Asked::Onlines(OnlineDays::Examined(days)), include_bytes!("../golden/onlines_examined.xml")),
        (Asked::Aid(Month::of(day("2026-11-01"))), include_bytes!("../golden/aid.xml")),
        (reference(), include_bytes!("../golden/reference.xml")),
        (many_references().asked, include_bytes!("../golden/references.xml")),
        (
            Asked::Drugs { insured: insured.clone(), months, has_treatment: true, form: Form::Xml, kind: VisitKind::HomeVisit },
            include_bytes!("../golden/drugs.xml"),
        ),
        (Asked::CheckUps { insured, form: Form::Pdf, kind: VisitKind::OffRoute }, include_bytes!("../golden/check_ups.xml")),
    ]
}

#[test]
fn every_family_reads_as_its_golden_file() {
    for (asked, golden) in every_family() {
        let family = asked.family();
        let written = of(asked).write(Encoding::ShiftJis).unwrap();
        let text = |bytes: &[u8]| crate::charset::decode(bytes).unwrap().text;
        assert_eq!(text(&written), text(golden), "{family:?}");
        assert_eq!(written, golden, "{family:?}: the bytes too");
    }
    let institution = InstitutionCode::try_from("9919900002").unwrap();
    assert_eq!(download(&institution, "R-20261120-0001", Encoding::ShiftJis).unwrap(), include_bytes!("../golden/download.xml"));
}

#[test]
fn requests_say_how_they_are_encoded() {
    for encoding in Encoding::ALL {
        let bytes = check_of_ichiro().write(encoding).unwrap();
        let read = crate::charset::decode(&bytes).unwrap();
        assert_eq!((read.encoding, read.declared.as_deref()), (encoding, Some(encoding.name())));
        assert!(read.text.starts_with(&format!("<?xml version=\"1.0\" encoding=\"{}\" standalone=\"no\"?>\r\n<XmlMsg>", encoding.name())));
        assert!(!read.text.contains("CharacterCodeIdentifier"), "that is of an answer");
    }
}

#[test]
fn t07_t08_t33_numbers_are_written_as_they_are() {
    let text = |search: Search| {
        let bytes = of(Asked::Check { search, on: day("2026-11-20") }).write(Encoding::Utf8).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    assert!(text(jiro()).contains("<InsurerNumber>  990010</InsurerNumber>"), "T07: two spaces, no zeros");
    let hanako = text(hanako());
    assert!(!hanako.contains("Symbol") && !hanako.contains("Branch"), "T08, T33: none is no element");
    for branch in ["00", "01"] {
        let mut search = ichiro();
        search.insured.branch_number = Some(branch.to_owned());
        assert!(text(search).contains(&format!("<InsuredBranchNumber>{branch}<")));
    }
    let mut blank = ichiro();
    blank.insured.symbol = Some(" ".to_owned());
    assert!(!text(blank).contains("Symbol"));
    assert!(text(ichiro()).contains("<LimitApplicationCertificateRelatedConsFlg>1<") && text(jiro()).contains("ConsFlg>0<"));
}

#[test]
fn c08_c09_an_identifier_is_an_instant_and_random_digits() {
    let at = day("2026-11-20").at_jst(10, 15).plus_ms(7_042);
    assert_eq!(identifier(at, [0, 0x1b, 2, 0xff]), "20261120101507042-001b02ff");
    assert_ne!(identifier(at, [0; 4]), identifier(at, [0, 0, 0, 1]));
    let request = Request { identifier: identifier(at, [7; 4]), ..check_of_ichiro() };
    assert!(request.write(Encoding::ShiftJis).is_ok());
}

#[test]
fn t27_what_cannot_be_written_is_named_and_not_replaced() {
    let mut search = ichiro();
    search.insured.symbol = Some("𠮷－１".to_owned());
    let request = of(Asked::Check { search, on: day("2026-11-20") });
    let NotWritten::Characters(why) = request.write(Encoding::ShiftJis).unwrap_err() else { panic!("characters") };
    assert_eq!((why.faults[0].field, why.faults[0].characters.as_slice()), ("InsuredCardSymbol", ['𠮷'].as_slice()));
    let said = NotWritten::Characters(why).to_string();
    assert!(said.contains("被保険者証記号「𠮷」") && said.contains("UTF-8"), "{said}");
    assert!(request.write(Encoding::Utf8).is_ok());
}

#[test]
fn a_range_never_runs_backwards() {
    let (first, second) = (day("2026-11-18"), day("2026-11-19"));
    assert_eq!(Span::new(second, first), Err(Backwards));
    assert!(Span::new(first, first).is_ok() && Span::new(first, second).is_ok());
}

#[test]
fn f12_c09_b05_what_the_other_side_needs_is_there_and_short_enough() {
    let refused = |change: fn(&mut Search)| {
        let mut search = ichiro();
        change(&mut search);
        of(Asked::Check { search, on: day("2026-11-20") }).write(Encoding::Utf8).err()
    };
    assert_eq!(refused(|_| ()), None, "control");
    assert_eq!(refused(|search| search.insured.insurer_number.clear()), Some(NotWritten::Missing("保険者番号")));
    assert_eq!(refused(|search| search.insured.member_number = " ".to_owned()), Some(NotWritten::Missing("被保険者証番号")));
    assert_eq!(
        refused(|search| search.insured.symbol = Some("１".repeat(21))),
        Some(NotWritten::TooLong { label: "被保険者証記号", max: 20 })
    );
    assert_eq!(refused(|search| search.insured.symbol = Some("１".repeat(20))), None);
    let long = Asked::Reference(registration(&"1".repeat(51), jiro()));
    assert_eq!(of(long).write(Encoding::Utf8), Err(NotWritten::TooLong { label: "照会番号", max: 50 }));
    let mut unnamed = check_of_ichiro();
    unnamed.identifier.clear();
    assert_eq!(unnamed.write(Encoding::Utf8), Err(NotWritten::Missing("任意のファイル識別子")));
    unnamed.identifier = "a".repeat(51);
    assert_eq!(unnamed.write(Encoding::Utf8), Err(NotWritten::TooLong { label: "任意のファイル識別子", max: 50 }));
    let institution = InstitutionCode::try_from("9919900002").unwrap();
    assert_eq!(download(&institution, "", Encoding::Utf8), Err(NotWritten::Missing("受付番号")));
    assert!(download(&institution, &"1".repeat(101), Encoding::Utf8).is_err());
}

#[test]
fn f31_of_a_list_no_two_are_the_same() {
    let write = |asked| of(asked).write(Encoding::Utf8);
    let twice = |label, second| Err(NotWritten::Twice { label, first: 1, second });
    let mut same_key = jiro();
    same_key.key = ichiro().key;
    assert_eq!(write(Asked::Checks(vec![ichiro(), hanako(), same_key])), twice("任意の識別子", 3));
    let mut no_key = jiro();
    no_key.key = None;
    assert_eq!(write(Asked::Checks(vec![no_key])), Err(NotWritten::Missing("任意の識別子")));
    let number = Asked::References(vec![registration("00011", jiro()), registration("00011", hanako())]);
    assert_eq!(write(number), twice("照会番号", 2));
    let mut dressed = jiro();
    dressed.insured.member_number = "89".to_owned();
    let insurance = Asked::References(vec![registration("00011", jiro()), registration("00012", dressed)]);
    assert_eq!(write(insurance), twice("保険", 2));
    assert_eq!(write(Asked::References(Vec::new())), Err(NotWritten::Nobody));
    assert_eq!(write(Asked::Checks(Vec::new())), Err(NotWritten::Nobody));
    let family = |number: &str, branch: &str| {
        let mut search = ichiro();
        search.insured.branch_number = Some(branch.to_owned());
        registration(number, search)
    };
    assert!(write(Asked::References(vec![family("1", "01"), family("2", "02")])).is_ok(), "one family, two people");
}

#[test]
fn file_categories_are_those_of_the_field() {
    let insured = ichiro().insured;
    let months = Span::new(Month::of(day("2026-06-01")), Month::of(day("2026-06-01"))).unwrap();
    let drugs = |has_treatment, form| {
        Asked::Drugs { insured: insured.clone(), months, has_treatment, form, kind: VisitKind::HomeVisit }.file_category()
    };
    assert_eq!([drugs(false, Form::Pdf), drugs(false, Form::Xml), drugs(true, Form::Pdf), drugs(true, Form::Xml)], [1, 2, 3, 4].map(Some));
    let check_ups = |form| Asked::CheckUps { insured: insured.clone(), form, kind: VisitKind::Online }.file_category();
    assert_eq!([check_ups(Form::Pdf), check_ups(Form::Xml)], [1, 2].map(Some));
    assert_eq!(reference().file_category(), None);
}
