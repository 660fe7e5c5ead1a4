//! Rows of `recekon.md` stand in the names of the tests; the table in docs/link.md says which are covered.

use super::*;
use crate::export::layout::{BODY, Field, HEADER, RESULT, Shape, TABLES};
use crate::export::message::{Fault, MAX_BYTES};
use crate::store::ConsentId;
use shared::api::reception::{CertificateChecks, Revocation};

mod aid;
mod bulk;
mod round_trip;

/// A file with one result, in UTF-8, made of what stands between the tags.
fn file(header: &str, body: &str, result: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><XmlMsg><MessageHeader><ProcessExecutionTime>20240117101500</ProcessExecutionTime>\
         <MedicalInstitutionCode>9969900001</MedicalInstitutionCode>{header}</MessageHeader><MessageBody>{body}\
         <ResultList><ResultOfQualificationConfirmation>{result}</ResultOfQualificationConfirmation></ResultList></MessageBody></XmlMsg>"
    )
}

const DONE: &str = "<SegmentOfResult>1</SegmentOfResult>";
const VALID: &str = "<ProcessingResultStatus>1</ProcessingResultStatus><QualificationValidity>1</QualificationValidity>";
const BORN: &str = "<Name>資格　一郎</Name><Birthdate>19600602</Birthdate><Sex1>1</Sex1><InsurerNumber>06990014</InsurerNumber>";

fn message(text: &str) -> Read {
    Message::read(text.as_bytes()).unwrap()
}

fn taken(result: &str) -> Taken {
    Taken::of(&message(&file(DONE, VALID, &format!("{BORN}{result}")))).unwrap()
}

fn coverage(result: &str) -> Coverage {
    taken(result).check.eligibility.coverages.remove(0)
}

fn date(text: &str) -> CivilDate {
    CivilDate::try_from(text).unwrap()
}

/// 資格 一郎 of the fixtures: agreed to everything but the drugs, which go with the treatment.
fn record() -> ConsentRecord {
    let at = date("2024-01-17").at_jst(10, 14).plus_ms(55_123);
    let ichiro = Eligibility {
        validity: Validity::Valid,
        checked_at: at,
        person: Some(Person {
            name: "資格　一郎".to_owned(),
            name_kana: "ｼｶｸ ｲﾁﾛｳ".to_owned(),
            name_of_other: None,
            birth_date: date("1960-06-02"),
            sex: Sex::Male,
        }),
        coverages: vec![Coverage {
            insurer_number: "990010".to_owned(),
            insurer_name: "試験市国保".to_owned(),
            symbol: Some("１２－３４".to_owned()),
            member_number: "0056".to_owned(),
            branch_number: Some("01".to_owned()),
            card_classification: "一般".to_owned(),
            relation: Some(Relation::Insured),
            insured_name: Some("資格　一郎".to_owned()),
            address: Some("資格県受付市在宅町１丁目２番３号".to_owned()),
            post_number: Some("990-0001".to_owned()),
            sex_on_back: None,
            qualified_on: Some(date("2019-04-01")),
            disqualified_on: None,
            loss_reason: None,
            valid_from: Some(date("2019-04-01")),
            valid_until: None,
            copay_ratio: Provided::NotProvided,
            is_preschool: false,
            elderly: Some(ElderlyCertificate { valid_from: date("2024-03-01"), valid_until: None, ratio: Percent(20) }),
            limit: Provided::Value(LimitCertificate { level: "ウ".to_owned(), valid_from: date("2023-08-01"), valid_until: None }),
            specific_diseases: Provided::Value(vec![SpecificDisease {
                category: "人工透析を必要とする慢性腎不全".to_owned(),
                valid_from: date("2022-10-01"),
                valid_until: Some(date("2025-09-30")),
                self_pay_yen: Some(10_000),
            }]),
        }],
        medical_aid: None,
        subsidy_answer: shared::domain::consent::Choice::NotAsked,
        subsidies: Vec::new(),
    };
    let items = ConsentItem::ALL.into_iter().map(|item| {
        let is_refused = matches!(item, ConsentItem::Treatment | ConsentItem::Drug);
        (item, if is_refused { ItemState::Refused } else { ItemState::Agreed })
    });
    ConsentRecord {
        id: ConsentId::parse("BwcHBwcHBwcHBwcHBwcHBw").unwrap(),
        visit_kind: VisitKind::HomeVisit,
        reference_number: Some("00011".to_owned()),
        items: items.collect(),
        consented_at: at,
        expires_at: date("2024-04-30").at_jst(23, 59),
        booked_on: None,
        replaced_at: None,
        ended_why: None,
        receipt: "K7M2QX9A".to_owned(),
        check_way: shared::domain::check::CheckWay::Pin,
        medium: shared::domain::check::Medium::Card,
        eligibility: ichiro,
        checks: Some(CertificateChecks { signature: true, chain: true, period: true, revocation: Revocation::NotChecked }),
        chosen: None,
        occasion: shared::domain::visit::Occasion::default(),
    }
}

fn code() -> InstitutionCode {
    InstitutionCode::try_from("9969900001").unwrap()
}

fn check() -> Check {
    let record = record();
    Check::of(&record, &code(), record.consented_at)
}

fn text(check: &Check) -> String {
    String::from_utf8(check.write(Encoding::Utf8).unwrap()).unwrap()
}

#[test]
fn a_finished_check_reads_as_the_golden_file() {
    assert_eq!(text(&check()), include_str!("tests/golden/check.xml"));
    let back = Message::read(include_bytes!("tests/golden/check.xml")).unwrap();
    let back = Taken::of(&back).unwrap();
    assert_eq!(back.check, check());
    assert!(back.doubts.is_empty() && back.is_confirmed, "{:?}", back.doubts);
}

/// A value of each form.
fn sample(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "資格　一郎",
        Shape::Key => "0012",
        Shape::Insurer => "990010",
        Shape::Code(table) => table.1[0].0,
        Shape::Day => "20240117",
        Shape::Time => "20240117101455",
        Shape::Percent => "020",
        Shape::One(_) | Shape::Many(..) => "",
    }
}

fn filled(fields: &'static [Field]) -> Record {
    let mut record = Record::default();
    for field in fields {
        match field.shape {
            Shape::One(inner) => record.set_one(field.name, filled(inner)),
            Shape::Many(_, inner) => record.set_many(field.name, vec![filled(inner), filled(inner)]),
            shape => record.set(field.name, Some(sample(shape))),
        }
    }
    record
}

/// Elements of §5.1 to §5.4 in the order of §4.7: the golden file holds each of them, and was compared with the reference by eye.
#[test]
fn every_element_is_written_in_its_order_and_read_back() {
    let full = Message { header: filled(HEADER), body: filled(BODY) };
    for encoding in Encoding::ALL {
        let bytes = full.write(encoding).unwrap();
        let read = Message::read(&bytes).unwrap();
        let mut expected = full.clone();
        expected.header.set("CharacterCodeIdentifier", Some(encoding.identifier()));
        assert_eq!((read.message, read.encoding), (expected, encoding));
        assert!(read.odd.is_empty() && read.refused.is_empty() && !read.has_reference_conflict);
        if encoding == Encoding::Utf8 {
            assert_eq!(String::from_utf8(bytes).unwrap(), include_str!("tests/golden/every_element.xml"));
        }
    }
}

/// Each element alone: what stands beside it does not carry it.
#[test]
fn every_element_of_a_result_stands_alone() {
    for field in RESULT {
        let mut alone = Record::default();
        match field.shape {
            Shape::One(inner) => alone.set_one(field.name, filled(inner)),
            Shape::Many(_, inner) => alone.set_many(field.name, vec![filled(inner)]),
            shape => alone.set(field.name, Some(sample(shape))),
        }
        let mut full = Message::default();
        full.body.set_many("ResultList", vec![alone.clone()]);
        let bytes = full.write(Encoding::ShiftJis).unwrap();
        assert_eq!(Message::read(&bytes).unwrap().message.results(), [alone], "{}", field.name);
    }
}

#[test]
fn every_code_of_the_tables_has_one_meaning_and_comes_back() {
    let sizes = [2, 2, 3, 2, 2, 6, 3, 4, 2, 9, 3, 16, 3, 2, 1, 4, 2, 4];
    for (table, size) in TABLES.iter().zip(sizes) {
        assert_eq!(table.1.len(), size, "OQSCD{}", table.0);
        for (code, meaning) in table.1 {
            assert_eq!(table.code(meaning), *code, "OQSCD{}", table.0);
            assert!(table.0 == "010" && *code == "05" || table.meaning(code) == *meaning, "OQSCD{}", table.0);
        }
        assert_eq!((table.meaning("Z9"), table.code("Z9")), ("Z9", "Z9"), "what no table knows passes");
    }
    for (name, code, meaning) in [
        ("InsuredCardClassification", "06", "特例退職"),
        ("ReasonOfLoss", "03", "医療保険等の資格取得"),
        ("InsuredCardClassification", "X7", "X7"),
    ] {
        let coverage = coverage(&format!("<{name}>{code}</{name}>"));
        let read = if name == "ReasonOfLoss" { coverage.loss_reason.clone() } else { Some(coverage.card_classification.clone()) };
        assert_eq!(read.as_deref(), Some(meaning));
        assert_eq!(coverage_record(&coverage).text(name), Some(code));
    }
}

#[test]
fn oqscd006_every_verdict_is_written_and_read() {
    for (validity, code) in Validity::ALL.into_iter().zip(["1", "2", "3", "4", "5", "6"]) {
        let mut one = check();
        one.eligibility.validity = validity;
        assert!(text(&one).contains(&format!("<QualificationValidity>{code}</QualificationValidity>")), "{validity:?}");
        let back = read(text(&one).as_bytes()).unwrap().unwrap();
        assert_eq!((&back.check, back.is_confirmed), (&one, validity == Validity::Valid));
    }
}

#[test]
fn oqscd007_and_009_are_written_and_read() {
    for (sex, code) in [(Sex::Male, "1"), (Sex::Female, "2"), (Sex::Unset, "3")] {
        let mut one = check();
        one.eligibility.person.as_mut().unwrap().sex = sex;
        one.eligibility.coverages[0].sex_on_back = Some(sex);
        let written = text(&one);
        assert!(written.contains(&format!("<Sex1>{code}</Sex1>")) && written.contains(&format!("<Sex2>{code}</Sex2>")));
        assert_eq!(read(written.as_bytes()).unwrap().unwrap().check, one);
    }
    for (relation, code) in [(Relation::Insured, "1"), (Relation::Family, "2")] {
        let mut one = check();
        one.eligibility.coverages[0].relation = Some(relation);
        assert!(text(&one).contains(&format!("<PersonalFamilyClassification>{code}<")));
        assert_eq!(read(text(&one).as_bytes()).unwrap().unwrap().check, one);
    }
    let odd = taken("<Sex2>9</Sex2><PersonalFamilyClassification>7</PersonalFamilyClassification>");
    assert_eq!(odd.doubts, ["PersonalFamilyClassification", "Sex2"], "an unknown value fails no file");
}

#[test]
fn t02_the_identifier_is_written_and_never_believed() {
    for (encoding, number) in [(Encoding::Utf8, "0"), (Encoding::ShiftJis, "1")] {
        let bytes = check().write(encoding).unwrap();
        let written = Message::read(&bytes).unwrap();
        assert_eq!(written.message.header.text("CharacterCodeIdentifier"), Some(number));
        for lie in ["0", "1", "2"] {
            let place = bytes.windows(24).position(|part| part == b"CharacterCodeIdentifier>").unwrap() + 24;
            let mut lying = bytes.clone();
            lying[place] = lie.as_bytes()[0];
            assert_eq!(Taken::of(&Message::read(&lying).unwrap()).unwrap().check, check());
        }
    }
}

#[test]
fn t03_any_order_is_read() {
    let written = text(&check());
    let (head, rest) = written.split_once("<ResultOfQualificationConfirmation>\r\n").unwrap();
    let (result, tail) = rest.split_once("      </ResultOfQualificationConfirmation>").unwrap();
    // Single elements backwards; lines of groups stay together.
    let mut parts: Vec<String> = Vec::new();
    for line in result.split_inclusive("\r\n") {
        let is_inner = line.starts_with("          ") || line.starts_with("        </");
        if is_inner { parts.last_mut().unwrap().push_str(line) } else { parts.push(line.to_owned()) }
    }
    assert!(parts.len() > 20);
    parts.reverse();
    let turned = format!("{head}<ResultOfQualificationConfirmation>{}</ResultOfQualificationConfirmation>{tail}", parts.concat());
    assert_ne!(turned, written);
    assert_eq!(read(turned.as_bytes()).unwrap().unwrap().check, check());
    let (before, after) = written.split_once("  <MessageBody>").unwrap();
    let header = before.split_once("<XmlMsg>").unwrap().1;
    let swapped = format!("<XmlMsg><MessageBody>{}{header}</XmlMsg>", after.split_once("</XmlMsg>").unwrap().0);
    assert_eq!(read(swapped.as_bytes()).unwrap().unwrap().check, check());
}

#[test]
fn t04_unknown_elements_are_kept_and_namespaces_do_not_matter() {
    let one = file(DONE, VALID, &format!("{BORN}<QualificationConfirmationKey>K1<x>2</x></QualificationConfirmationKey>"));
    let kept = message(&one);
    let others = &kept.message.results()[0].others;
    assert_eq!((others[0].name.as_str(), others[0].text.as_str(), others[0].children.len()), ("QualificationConfirmationKey", "K1", 1));
    let named = one.replace("<XmlMsg>", "<q:XmlMsg xmlns:q=\"urn:q\">").replace("</XmlMsg>", "</q:XmlMsg>");
    let named = named.replace("<Name>", "<q:Name>").replace("</Name>", "</q:Name>");
    assert_eq!(message(&named), kept);
    let counted = |text: &str| message(text).message.unknown().into_iter().collect::<Vec<_>>();
    let more = one.replace("<ResultList>", "<Later/><ResultList>").replace("</MessageHeader>", "<Later>1</Later></MessageHeader>");
    assert_eq!(counted(&more), [("Later".to_owned(), 2), ("QualificationConfirmationKey".to_owned(), 1)], "counted, wherever they stand");
    assert_eq!(counted(&file(DONE, VALID, BORN)), [], "control");
}

#[test]
fn f01_c11_a_part_of_a_file_is_never_taken_and_names_its_line_and_element() {
    let whole = text(&check());
    let part = whole.split_once("</NameKana>").unwrap().0;
    let line = part.lines().count();
    match Message::read(part.as_bytes()) {
        Err(why @ Unreadable::Broken { .. }) => {
            let said = why.to_string();
            assert!(said.starts_with(&format!("{line}行目(NameKanaの中)")) && said.contains("もう一度"), "{said}");
        }
        other => panic!("{other:?}"),
    }
    for encoding in Encoding::ALL {
        let bytes = check().write(encoding).unwrap();
        let end = bytes.iter().rposition(|byte| *byte == b'>').unwrap();
        for cut in 0..=end {
            assert!(Message::read(&bytes[..cut]).is_err(), "{cut} of {end} bytes");
        }
        assert!(Message::read(&bytes[..=end]).is_ok(), "control: without its last line end");
    }
}

#[test]
fn t05_lists_come_once_repeated_or_not_at_all() {
    const ONE: &str = "<ResultOfQualificationConfirmation>";
    const LIST: &str = "</ResultOfQualificationConfirmation></ResultList><ResultList><ResultOfQualificationConfirmation>";
    let both = |between: &str| file(DONE, VALID, &format!("{BORN}{between}{BORN}"));
    let once = message(&both("</ResultOfQualificationConfirmation><ResultOfQualificationConfirmation>"));
    assert_eq!(once.message.results().len(), 2);
    assert_eq!(message(&both(LIST)), once);
    let bare = both(LIST).replace("<ResultList>", "").replace("</ResultList>", "");
    assert_eq!(message(&bare), once);
    let none = file(DONE, VALID, "").replace(&format!("{ONE}</ResultOfQualificationConfirmation>"), "");
    assert_eq!(message(&none).message.body.many("ResultList"), Some([].as_slice()));
    assert_eq!(Taken::of(&message(&none)).unwrap().check.eligibility.coverages, []);

    assert_eq!(coverage("").specific_diseases, Provided::NotProvided);
    assert_eq!(coverage("<SpecificDiseasesCertificateList/>").specific_diseases, Provided::None);
    let two = "<SpecificDiseasesCertificateList><SpecificDiseasesCertificateInfo><SpecificDiseasesDiseaseCategory>2\
               </SpecificDiseasesDiseaseCategory><SpecificDiseasesValidStartDate>20240101</SpecificDiseasesValidStartDate>\
               </SpecificDiseasesCertificateInfo></SpecificDiseasesCertificateList>"
        .repeat(2);
    assert!(matches!(coverage(&two).specific_diseases, Provided::Value(diseases) if diseases.len() == 2));
    let unknown = taken("<SpecificDiseasesCertificateList><New>1</New></SpecificDiseasesCertificateList>");
    assert_eq!(unknown.check.eligibility.coverages[0].specific_diseases, Provided::NotProvided, "not empty, only unknown");
    assert_eq!(unknown.doubts, ["SpecificDiseasesCertificateList"]);
    assert_eq!(coverage("<LimitApplicationCertificateRelatedInfo/>").limit, Provided::None);
    assert_eq!(coverage("").limit, Provided::NotProvided);
}

#[test]
fn t06_t07_f09_numbers_keep_their_zeros_and_lose_their_padding() {
    let read = coverage(
        "<InsuredIdentificationNumber> 0056 </InsuredIdentificationNumber><InsuredBranchNumber>00</InsuredBranchNumber>\
         <ReferenceNumber> 00011 </ReferenceNumber>",
    );
    assert_eq!((read.member_number.as_str(), read.branch_number.as_deref()), ("0056", Some("00")));
    assert_eq!(taken("<ReferenceNumber> 00011 </ReferenceNumber>").check.reference_number.as_deref(), Some("00011"));
    let padded = message(&file(DONE, VALID, &BORN.replace("06990014", "  990010")));
    assert_eq!(Taken::of(&padded).unwrap().check.eligibility.coverages[0].insurer_number, "990010");
    assert!(text(&check()).contains("<InsurerNumber>  990010</InsurerNumber>"));
}

#[test]
fn t08_empty_and_absent_mean_the_same_and_nothing_empty_is_written() {
    for symbol in ["", "<InsuredCardSymbol></InsuredCardSymbol>", "<InsuredCardSymbol/>", "<InsuredCardSymbol>\r\n  </InsuredCardSymbol>"] {
        assert_eq!(coverage(symbol).symbol, None);
    }
    let mut one = check();
    one.eligibility.coverages[0].symbol = Some(String::new());
    assert!(!text(&one).contains("InsuredCardSymbol"));
}

#[test]
fn the_six_that_readers_ask_for_are_always_written_and_no_others() {
    let mut bare = Message::default();
    bare.body.set_many("ResultList", vec![Record::default()]);
    let bytes = bare.write(Encoding::Utf8).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let empty: Vec<&str> = text.lines().filter(|line| line.contains("></")).map(str::trim).collect();
    let six = ["InsuredCardClassification", "Name", "Sex1", "Birthdate", "QualificationDate", "InsurerName"];
    assert_eq!(empty, six.map(|name| format!("<{name}></{name}>")));
}

#[test]
fn t09_f16_what_is_not_done_is_no_check() {
    for segment in ["2", "3", "9", "0", ""] {
        let header = format!("<SegmentOfResult>{segment}</SegmentOfResult><ErrorCode>E1</ErrorCode><ErrorMessage>混雑</ErrorMessage>");
        let failed = Taken::of(&message(&file(&header, VALID, BORN)));
        assert_eq!(failed, Err(NotACheck::Failed { code: "E1".to_owned(), message: "混雑".to_owned() }), "{segment}");
    }
    let refused = "<ProcessingResultStatus>2</ProcessingResultStatus><ProcessingResultCode>W9</ProcessingResultCode>";
    let failed = Taken::of(&message(&file(DONE, refused, BORN)));
    assert_eq!(failed, Err(NotACheck::Failed { code: "W9".to_owned(), message: String::new() }));
}

#[test]
fn t10_t11_t12_other_spellings_are_read_and_ours_is_written() {
    let drug = |result: &str| taken(result).check.consents;
    let ours = drug(
        "<PharmacistsInfoConsFlg>1</PharmacistsInfoConsFlg><PharmacistsInfoConsTime>20240117101455</PharmacistsInfoConsTime>\
         <PharmacistsInfoAvailableTime>20240430235900</PharmacistsInfoAvailableTime>",
    );
    assert_eq!(ours[0].until, Some(date("2024-04-30").at_jst(23, 59)));
    let theirs = drug(
        "<PharmaceuticalInfoConsFlg>1</PharmaceuticalInfoConsFlg><PharmaceuticalInfoConsTime>20240117101455</PharmaceuticalInfoConsTime>\
         <PharmaceuticalInfoAcquisitionTime>20240430235900</PharmaceuticalInfoAcquisitionTime>",
    );
    assert_eq!(theirs, ours);
    let other =
        drug("<OperationInfoConsFlg>1</OperationInfoConsFlg><OperationInfoAcquisitionTime>20240430235900</OperationInfoAcquisitionTime>");
    assert_eq!(other[0].until, ours[0].until);
    let slip = drug("<DiagnosisInfoConsFlg>1</DiagnosisInfoConsFlg><DiagnosisInfoConsTim>20240117101455</DiagnosisInfoConsTim>");
    assert_eq!(slip[0].at, ours[0].at);
    for name in ["StatusOfInfecton", "StatusOfInfection"] {
        let ticket =
            format!("<PublicExpenseResultList><MedicalTicketInfo><{name}>1</{name}></MedicalTicketInfo></PublicExpenseResultList>");
        let read = message(&file(DONE, VALID, &ticket));
        let tickets = read.message.results()[0].many("PublicExpenseResultList").unwrap();
        assert_eq!(tickets[0].text("StatusOfInfecton"), Some("1"));
    }
    let golden = include_str!("tests/golden/every_element.xml");
    assert!(golden.contains("<StatusOfInfecton>") && golden.contains("<PharmacistsInfoAvailableTime>"));
    assert!(!golden.contains("Acquisition") && !golden.contains("Pharmaceutical") && !golden.contains("StatusOfInfection"));
}

#[test]
fn t13_the_prescription_choice_of_the_body_wins() {
    let choice = |body: &str, result: &str| {
        let read = message(&file(DONE, &format!("{body}{VALID}"), result));
        assert!(read.message.results()[0].others.is_empty());
        read.message.body.text("PrescriptionIssueSelect").map(str::to_owned)
    };
    let (one, two) = ("<PrescriptionIssueSelect>1</PrescriptionIssueSelect>", "<PrescriptionIssueSelect>2</PrescriptionIssueSelect>");
    assert_eq!(choice(one, two).as_deref(), Some("1"));
    assert_eq!(choice("", two).as_deref(), Some("2"));
    assert_eq!(choice("", ""), None);
}

#[test]
fn t14_a_reference_number_is_found_wherever_it_stands() {
    let number = |n: &str| format!("<ReferenceNumber>{n}</ReferenceNumber>");
    let two = format!("{BORN}</ResultOfQualificationConfirmation><ResultOfQualificationConfirmation>{BORN}");
    let numbers = |body: &str, result: &str| {
        let read = message(&file(DONE, &format!("{VALID}{body}"), result));
        let numbers: Vec<_> = read.message.results().iter().map(|result| result.text("ReferenceNumber").map(str::to_owned)).collect();
        (numbers, read.has_reference_conflict)
    };
    let some = |n: &str| Some(n.to_owned());
    assert_eq!(numbers("", &number("007")), (vec![some("007")], false));
    assert_eq!(numbers("", &format!("<Nested><More>{}</More></Nested>", number("007"))), (vec![some("007")], false));
    assert_eq!(numbers(&number("1"), &two), (vec![some("1"), some("1")], false), "one for all");
    assert_eq!(numbers(&[number("1"), number("2")].concat(), &two), (vec![some("1"), some("2")], false), "by position");
    assert_eq!(numbers(&number("1"), &number("2")), (vec![some("2")], true), "a conflict is looked at");
    assert_eq!(numbers("", BORN), (vec![None], false));
    let conflict = message(&file(DONE, &format!("{VALID}{}", number("1")), &format!("{BORN}{}", number("2"))));
    assert_eq!(Taken::of(&conflict).unwrap().doubts, ["ReferenceNumber"]);
}

#[test]
fn t15_f19_four_answers_and_none_come_back_as_they_were() {
    for item in ConsentItem::ALL {
        let names = elements(item);
        for flag in Flag::ALL {
            let read = taken(&format!("<{0}>{1}</{0}>", names.flag, flag.code()));
            if item == ConsentItem::LimitCertificate && matches!(flag, Flag::Expired | Flag::Unobtainable) {
                assert_eq!((read.check.consents.len(), read.doubts), (0, vec![names.flag]), "OQSCD001 knows 0 and 1");
                continue;
            }
            assert_eq!(read.check.consents, [ItemConsent { item, flag, at: None, until: None }]);
            assert!(text(&read.check).contains(&format!("<{0}>{1}</{0}>", names.flag, flag.code())));
        }
        let read = taken(&format!("<{0}>7</{0}>", names.flag));
        assert_eq!((read.check.consents.len(), read.doubts), (0, vec![names.flag]));
    }
    assert_eq!(taken("").check.consents, []);
}

/// The split kinds of 2025 and others that our consents do not know pass through the message (R8).
#[test]
fn r8_split_kinds_stay_in_the_message() {
    for kind in ["DiagnosisName", "InfectiousInfo", "AllergyInfo", "ContraindicationInfo", "TestInfo", "PrescriptionInfo"] {
        let read = message(&file(DONE, VALID, &format!("<{kind}ConsFlg>2</{kind}ConsFlg>")));
        assert_eq!(read.message.results()[0].text(&format!("{kind}ConsFlg")), Some("2"));
    }
}

#[test]
fn t16_dates_in_three_forms_and_others_as_they_came() {
    for text in ["20240117", "2024-01-17", "2024/01/17", " 20240117 "] {
        assert_eq!(coverage(&format!("<InsuredCardValidDate>{text}</InsuredCardValidDate>")).valid_from, Some(date("2024-01-17")));
    }
    for text in ["99999999", "令和6年1月17日", "2024-1-17", "00000000"] {
        let read = message(&file(DONE, VALID, &format!("{BORN}<InsuredCardExpirationDate>{text}</InsuredCardExpirationDate>")));
        assert_eq!(read.odd, ["InsuredCardExpirationDate"]);
        assert_eq!(read.message.results()[0].text("InsuredCardExpirationDate"), Some(text), "kept");
        assert_eq!(Taken::of(&read).unwrap().doubts, ["InsuredCardExpirationDate"]);
    }
    let open = coverage("<InsuredCardExpirationDate>99991231</InsuredCardExpirationDate>");
    assert_eq!(open.valid_until, Some(date("9999-12-31")));
}

#[test]
fn t17_99_is_other() {
    assert_eq!(coverage("<ReasonOfLoss>99</ReasonOfLoss>").loss_reason.as_deref(), Some("その他"));
}

#[test]
fn t18_only_1_is_preschool() {
    for (code, is_preschool) in [("1", true), ("2", false), ("", false)] {
        let read = coverage(&format!("<PreschoolClassification>{code}</PreschoolClassification>"));
        assert_eq!(read.is_preschool, is_preschool);
        assert_eq!(coverage_record(&read).text("PreschoolClassification"), is_preschool.then_some("1"));
    }
}

#[test]
fn t19_class_05_is_named_by_the_day_and_never_refused() {
    let class = |time: &str| {
        let text = file(DONE, VALID, &format!("{BORN}<InsuredCardClassification>05</InsuredCardClassification>"));
        let read = read(text.replace("20240117101500", time).as_bytes()).unwrap().unwrap();
        assert!(read.doubts.is_empty());
        assert_eq!(coverage_record(&read.check.eligibility.coverages[0]).text("InsuredCardClassification"), Some("05"));
        read.check.eligibility.coverages[0].card_classification.clone()
    };
    assert_eq!(class("20241201235959"), "資格証明書");
    assert_eq!(class("20241202000000"), "特別療養費支給対象者");
}

#[test]
fn c11_t21_f15_large_foreign_and_dangerous_files_are_refused() {
    let good = file(DONE, VALID, BORN);
    let mut large = good.clone().into_bytes();
    large.resize(MAX_BYTES, b' ');
    assert!(Message::read(&large).is_ok(), "control: 4 MiB are read");
    large.push(b' ');
    assert!(matches!(Message::read(&large), Err(Unreadable::Size(4))));
    let dtd = good.replace("<XmlMsg>", "<!DOCTYPE XmlMsg SYSTEM \"file:///etc/passwd\"><XmlMsg>");
    assert!(matches!(Message::read(dtd.as_bytes()), Err(Unreadable::Foreign(Some(_)))));
    for foreign in [b"\x8f\xff\x01\x02 encrypted".as_slice(), b"PK\x03\x04", b"", b"{\"XmlMsg\":{}}", b"<a>\x83</a>"] {
        let why = Message::read(foreign).unwrap_err();
        assert!(matches!(why, Unreadable::Foreign(_)) && why.to_string().contains("確かめてください"), "{why}");
    }
    for other in
        ["<html/>", "<XmlMsg/>", "<XmlMsg><MessageHeader/></XmlMsg>", "<XmlMsg><MessageHeader/><MessageHeader/><MessageBody/></XmlMsg>"]
    {
        assert!(matches!(Message::read(other.as_bytes()), Err(Unreadable::NotAMessage)), "{other}");
    }
}

#[test]
fn t22_an_element_that_stands_twice_refuses_its_record() {
    let twice = message(&file(DONE, VALID, &format!("{BORN}<Name>別の人</Name>")));
    assert_eq!((twice.refused.as_slice(), twice.message.results().len()), ([("Name", 1)].as_slice(), 0));
    assert_eq!(Taken::of(&twice), Err(NotACheck::Twice("Name", 1)));
    let same = message(&file(DONE, VALID, &format!("{BORN}<Sex1>1</Sex1>")));
    assert_eq!(same.refused, [("Sex1", 1)], "also with the same value");
    let inner = "<ElderlyRecipientCertificateInfo><ElderlyRecipientCertificateDate>20240101</ElderlyRecipientCertificateDate>\
                 <ElderlyRecipientCertificateDate>20240101</ElderlyRecipientCertificateDate></ElderlyRecipientCertificateInfo>";
    assert_eq!(message(&file(DONE, VALID, inner)).refused, [("ElderlyRecipientCertificateDate", 1)]);
    let header = file(&format!("{DONE}\n\n{DONE}"), VALID, BORN);
    assert!(matches!(Message::read(header.as_bytes()), Err(Unreadable::Twice("SegmentOfResult", 3))));
    let flags = |other: &str| {
        let result =
            format!("<PharmacistsInfoConsFlg>1</PharmacistsInfoConsFlg><PharmaceuticalInfoConsFlg>{other}</PharmaceuticalInfoConsFlg>");
        message(&file(DONE, VALID, &result)).refused.len()
    };
    assert_eq!((flags("1"), flags("0")), (0, 1), "an old and a new name may say the same");
}

#[test]
fn t23_ratios_in_every_form_and_absent_is_not_zero() {
    let ratio = |text: &str| coverage(&format!("<InsuredPartialContributionRatio>{text}</InsuredPartialContributionRatio>")).copay_ratio;
    for (text, percent) in [("010", 10), ("10", 10), ("1割", 10), ("２割", 20), ("30%", 30), ("３０％", 30), ("000", 0), ("100", 100)]
    {
        assert_eq!(ratio(text), Provided::Value(Percent(percent)), "{text}");
    }
    for odd in ["1", "101", "十割", "-10", "12割", "0x1", "1000"] {
        assert_eq!(ratio(odd), Provided::NotProvided, "{odd}");
    }
    assert_eq!(coverage("").copay_ratio, Provided::NotProvided);
    let mut one = check();
    one.eligibility.coverages[0].copay_ratio = Provided::Value(Percent(10));
    assert!(text(&one).contains("<InsuredPartialContributionRatio>010</InsuredPartialContributionRatio>"));
}

#[test]
fn t24_a_code_beside_a_success_is_a_notice() {
    let body =
        format!("{VALID}<ProcessingResultCode>I1</ProcessingResultCode><ProcessingResultMessage>期限が近い</ProcessingResultMessage>");
    let read = Taken::of(&message(&file(DONE, &body, BORN))).unwrap();
    assert_eq!(read.notice, Some(("I1".to_owned(), "期限が近い".to_owned())));
    assert!(read.is_confirmed);
    assert_eq!(taken("").notice, None);
}

#[test]
fn t25_day_and_time_stand_for_each_other() {
    let at = |header: &str| Taken::of(&message(&file(&format!("{DONE}{header}"), VALID, BORN)));
    let time = date("2024-01-17").at_jst(10, 15);
    assert_eq!(at("").unwrap().check.eligibility.checked_at, time, "no day: that of the time");
    let other = at("<QualificationConfirmationDate>20240116</QualificationConfirmationDate>").unwrap();
    assert_eq!((other.check.eligibility.checked_at, other.doubts.len()), (date("2024-01-16").at_jst(0, 0), 1));
    let day =
        file(DONE, VALID, BORN).replace("ProcessExecutionTime>", "QualificationConfirmationDate>").replace("20240117101500", "20240117");
    assert_eq!(Taken::of(&message(&day)).unwrap().check.eligibility.checked_at, date("2024-01-17").at_jst(0, 0));
    let none = file(DONE, VALID, BORN).replace("20240117101500", "");
    assert_eq!(Taken::of(&message(&none)), Err(NotACheck::Element("QualificationConfirmationDate")));
}

#[test]
fn t26_names_stay_to_the_letter() {
    for name in ["試●　和子", "髙橋　﨑", " ﾀﾅｶ  ﾀﾛｳ ", "葛\u{E0100}城　𠮷", "ﾀﾒｼ ｶｽﾞｺ", "神\u{FA19}", "\u{E000}外字"]
    {
        let mut one = check();
        one.eligibility.person.as_mut().unwrap().name = name.to_owned();
        assert_eq!(read(text(&one).as_bytes()).unwrap().unwrap().check.eligibility.person.unwrap().name, name);
    }
}

#[test]
fn t27_what_shift_jis_lacks_is_listed_by_field_and_never_replaced() {
    let mut one = check();
    let person = one.eligibility.person.as_mut().unwrap();
    person.name = "𠮷田　𠮷−\u{1}".to_owned();
    one.eligibility.coverages[0].address = Some("資格県\u{E000}町".to_owned());
    let unwritable = one.write(Encoding::ShiftJis).unwrap_err();
    let fault = |field, label, characters: &str| Fault { field, label, characters: characters.chars().collect() };
    assert_eq!(unwritable.faults, [fault("Name", "氏名", "\u{1}−𠮷"), fault("Address", "住所", "\u{E000}")]);
    let said = unwritable.to_string();
    assert!(said.contains("氏名(U+0001)「−」(U+2212)「𠮷」(U+20BB7) 住所") && said.contains("UTF-8で書き出してください"), "{said}");
    assert_eq!(one.write(Encoding::Utf8).unwrap_err().faults, [fault("Name", "氏名", "\u{1}")], "no XML has it");
    one.eligibility.person.as_mut().unwrap().name = "𠮷田　𠮷−".to_owned();
    assert_eq!(read(&one.write(Encoding::Utf8).unwrap()).unwrap().unwrap().check, one);
}

/// Some texts are the same bytes in Shift_JIS as another text is in UTF-8; a reader that goes by the bytes would take the other.
#[test]
fn t01_no_written_file_can_be_taken_for_the_other_encoding() {
    for words in ["驕０", "\u{ff9e}格\u{ff9e}一ｼア", "ﾃｱ", "表"] {
        let mut message = Message::default();
        message.header.set("CharacterCodeIdentifier", Some("1"));
        message.header.set("ErrorMessage", Some(words));
        let bytes = message.write(Encoding::ShiftJis).unwrap();
        let read = Message::read(&bytes).unwrap();
        assert_eq!((&read.message, read.encoding), (&message, Encoding::ShiftJis), "{words}");
    }
    // Control: those bytes alone are in doubt.
    assert!(std::str::from_utf8(&Encoding::ShiftJis.encode("驕０")).is_ok());
}

#[test]
fn t28_t31_t32_f27_nothing_is_written_that_the_source_did_not_give() {
    let mut one = check();
    let coverage = &mut one.eligibility.coverages[0];
    (coverage.address, coverage.post_number, coverage.insured_name) = (None, None, None);
    (coverage.limit, coverage.specific_diseases, coverage.elderly) = (Provided::NotProvided, Provided::NotProvided, None);
    let written = text(&one);
    for absent in ["Address", "PostNumber", "InsuredName", "LimitApplicationCertificateRelatedInfo", "Certificate", "PublicExpense"] {
        let lines: Vec<&str> = written.lines().filter(|line| line.contains(absent) && !line.contains("RelatedCons")).collect();
        assert_eq!(lines, [""; 0], "{absent}");
    }
    assert!(!written.contains("<InsuredCardExpirationDate>"), "no end date was given");
    let back = read(written.as_bytes()).unwrap().unwrap().check;
    assert_eq!(back, one);
}

#[test]
fn t30_any_line_ends_and_indentation_are_read() {
    let written = text(&check());
    for other in
        [written.replace("\r\n", "\n"), written.replace("\r\n", "\r\n\t"), written.replace("\r\n", ""), written.replace("  <", "<")]
    {
        assert_eq!(read(other.as_bytes()).unwrap().unwrap().check, check());
    }
}

#[test]
fn t33_f26_branch_01_00_and_none_stay_three() {
    let branches = [Some("01"), Some("00"), None].map(|branch| branch.map(str::to_owned));
    for branch in &branches {
        let mut one = check();
        one.eligibility.coverages[0].branch_number.clone_from(branch);
        for encoding in Encoding::ALL {
            let back = read(&one.write(encoding).unwrap()).unwrap().unwrap().check;
            assert_eq!(back.eligibility.coverages[0].branch_number, *branch);
        }
        assert_eq!(text(&one).contains("InsuredBranchNumber"), branch.is_some());
    }
}

#[test]
fn f21_two_results_are_one_person_with_two_coverages() {
    let mut one = check();
    one.eligibility.validity = Validity::Replaced;
    let mut former = one.eligibility.coverages[0].clone();
    former.insurer_number = "06990014".to_owned();
    former.disqualified_on = Some(date("2023-12-01"));
    one.eligibility.coverages.push(former);
    let back = read(text(&one).as_bytes()).unwrap().unwrap();
    assert_eq!(back.check, one);
    assert!(!back.is_confirmed);
    let other = text(&one).replacen("19600602", "19600603", 1);
    assert_eq!(read(other.as_bytes()).unwrap(), Err(NotACheck::Persons));
}

#[test]
fn doubtful_numbers_are_named_and_taken() {
    let read = taken("<InsuredBranchNumber>1</InsuredBranchNumber>");
    assert_eq!(read.doubts, ["InsuredBranchNumber"]);
    let text = file(DONE, VALID, &BORN.replace("06990014", "06990015")).replace("9969900001", "9969900002");
    let read = Taken::of(&message(&text)).unwrap();
    assert_eq!(read.doubts, ["InsurerNumber", "MedicalInstitutionCode"]);
    assert_eq!(read.check.eligibility.coverages[0].insurer_number, "06990015");
}

#[test]
fn what_an_ended_consent_had_opened_does_not_leave() {
    let record = record();
    let late = Check::of(&record, &code(), record.expires_at.plus_ms(60_000));
    assert_eq!(late.eligibility.coverages[0].limit, Provided::NotProvided);
    assert_eq!(late.eligibility.coverages[0].specific_diseases, Provided::NotProvided);
    let flags: Vec<_> = late.consents.iter().map(|consent| (consent.item, consent.flag)).collect();
    assert_eq!(
        flags,
        [
            (ConsentItem::Surgery, Flag::Expired),
            (ConsentItem::Treatment, Flag::Refused),
            (ConsentItem::Drug, Flag::Refused),
            (ConsentItem::Checkup, Flag::Expired),
            (ConsentItem::SpecificDisease, Flag::Expired),
        ]
    );
    let replaced = ConsentRecord { replaced_at: Some(record.consented_at.plus_ms(1)), ..record.clone() };
    assert_eq!(Check::of(&replaced, &code(), record.consented_at.plus_ms(2)), late);
    assert_eq!(check().eligibility.coverages[0].limit, record.eligibility.coverages[0].limit, "control: while it lives it does");
    let mut young = record;
    young.items[3].1 = ItemState::NotApplicable;
    let young = Check::of(&young, &code(), young.consented_at);
    assert!(!text(&young).contains("SpecificHealthCheckups"), "対象外 is not asked");
}

#[test]
fn a_check_without_a_result_is_written_too() {
    let mut none = record();
    none.eligibility = Eligibility { validity: Validity::NotFound, person: None, coverages: Vec::new(), ..none.eligibility };
    let none = Check::of(&none, &code(), none.consented_at);
    assert!(!text(&none).contains("ResultList"));
    assert_eq!(read(text(&none).as_bytes()).unwrap().unwrap().check, none);
}

#[test]
fn f06_f24_names_of_the_folder() {
    let at = date("2024-01-17").at_jst(10, 15);
    let name = file_name(&code(), VisitKind::HomeVisit, "BwcHBwcHBwcHBwcHBwcHBw", at);
    let (id, rest) = name.strip_prefix(PREFIX).unwrap().split_once('_').unwrap();
    assert_eq!((id.len(), rest), (30, "20240117101500.xml"));
    assert!(id.starts_with("9969900001600") && id.bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(time_in_name(&name), Some(at));
    for known in [
        "OQSsiquc01res_face_20240117101500.xml",
        "oqssiquc01RES_FACE_9969900001a0b1c2d3e4f5a6b7c8d9_20240117101500.XML",
        "OQSsiquc01res_face_996990000180012345678901234567_20240117101500.xml",
        "OQSsiquc01res_face_9969900001-20240117101500.xml",
    ] {
        assert_eq!(time_in_name(known), Some(at), "{known}");
    }
    for other in [
        "OQSsiquc01res_202401170001.xml",
        "OQSsiquc01res_face_.xml",
        "OQSsiquc01res_face_資資資資資資.xml",
        "OQSsiquc01res_face_x_20240230101500.xml",
        "OQSsiquc01res_face_20240117101500.zip",
        "prescription_20240117101500.xml",
        "publicmedicalhub20240117101500.xml",
    ] {
        assert_eq!(time_in_name(other), None, "{other}");
    }
}

#[test]
fn names_are_the_same_for_the_same_check_and_differ_for_others() {
    let at = date("2024-01-17").at_jst(10, 15);
    let names: std::collections::BTreeSet<String> = (0..50_000_u32)
        .map(|number| file_name(&code(), VisitKind::HomeVisit, ConsentId::new(UnixMs(number.into()), [0; 10]).as_str(), at))
        .collect();
    assert_eq!(names.len(), 50_000);
    assert_eq!(file_name(&code(), VisitKind::HomeVisit, "a", at), file_name(&code(), VisitKind::HomeVisit, "a", at));
    assert_ne!(file_name(&code(), VisitKind::HomeVisit, "a", at), file_name(&code(), VisitKind::HomeVisit, "b", at));
}
