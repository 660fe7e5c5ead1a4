//! Receipts and results of bulk requests.

use shared::domain::aid::MedicalAidState;

use super::*;
use crate::renkei::request::tests::{check_of_ichiro, every_family, many_checks, many_references};

const RECEIPT: &str = "<ProcessExecutionTime>20261120101502</ProcessExecutionTime><MedicalInstitutionCode>9919900002</MedicalInstitutionCode>\
                       <ArbitraryFileIdentifier>A-1</ArbitraryFileIdentifier><CharacterCodeIdentifier>0</CharacterCodeIdentifier>";
const DONE: &str = "<ProcessExecutionTime>20261120101602</ProcessExecutionTime><MedicalInstitutionCode>9919900002</MedicalInstitutionCode>\
                    <ReceptionNumber>R-1</ReceptionNumber><SegmentOfResult>1</SegmentOfResult>";

fn visits() -> Request {
    let asked = every_family().into_iter().map(|(asked, _)| asked).find(|asked| matches!(asked, Asked::Visits(_)));
    Request { asked: asked.unwrap(), ..check_of_ichiro() }
}

fn unit(result: &str, key: &str) -> String {
    let echo = if key.is_empty() {
        String::new()
    } else {
        format!("<QualificationConfirmSearchInfo><ArbitraryIdentifier>{key}</ArbitraryIdentifier></QualificationConfirmSearchInfo>")
    };
    format!(
        "<BulkConfirmUnit>{echo}{VALID}<ResultOfQualificationConfirmation>{result}</ResultOfQualificationConfirmation></BulkConfirmUnit>"
    )
}

fn read(text: &str, request: &Request) -> Result<(Whole, Vec<(Whose, Unit)>), NotTaken> {
    let mut units = Vec::new();
    results(text.as_bytes(), request, "R-1", &mut |whose, unit| units.push((whose, unit))).map(|whole| (whole, units))
}

fn why(text: &str, request: &Request) -> NotOurs {
    let mut units = 0;
    let outcome = results(text.as_bytes(), request, "R-1", &mut |_, _| units += 1);
    assert_eq!(units, 0, "nothing of it is handed over");
    match outcome {
        Err(NotTaken::NotOurs(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn b05_b06_f17_a_receipt_is_taken_when_it_is_ours() {
    let receipt = |header: &str, body: &str| accepted(xml(header, body).as_bytes(), &visits());
    let number = "<ReceptionNumber>R-1</ReceptionNumber><ReceptionDateTime>20261120101503</ReceptionDateTime>";
    let taken = receipt(RECEIPT, number).unwrap().unwrap();
    assert_eq!((taken.reception_number.as_str(), taken.at.is_some()), ("R-1", true));
    let refused = receipt(&format!("{RECEIPT}<ErrorCode>E7</ErrorCode><ErrorMessage>期間</ErrorMessage>"), "").unwrap();
    assert_eq!(refused, Err(NotAccepted::Refused { code: "E7".to_owned(), message: "期間".to_owned() }));
    let long = receipt(RECEIPT, &format!("<ReceptionNumber>{}</ReceptionNumber>", "1".repeat(101))).unwrap();
    assert_eq!(long, Err(NotAccepted::TooLong));
    for (found, other, expected) in
        [("9919900002", "9919900010", NotOurs::Institution), (">A-1<", ">A-2<", NotOurs::Identifier), (">A-1<", "><", NotOurs::Identifier)]
    {
        let outcome = receipt(&RECEIPT.replace(found, other), number);
        assert!(matches!(outcome, Err(NotTaken::NotOurs(why)) if why == expected), "{other}");
    }
    let refused = receipt(&RECEIPT.replace(">A-1<", ">A-2<"), "");
    assert!(matches!(refused, Err(NotTaken::NotOurs(NotOurs::Identifier))), "a refusal of another request is none of ours");
}

#[test]
fn b01_t09_units_are_handed_over_when_the_other_side_is_done() {
    for (segment, stage) in [
        ("1", Stage::Done),
        ("2", Stage::Processing),
        ("9", Stage::Failed),
        ("3", Stage::Failed),
        ("", Stage::NotYet),
        ("0", Stage::NotYet),
    ] {
        let text = xml(&DONE.replace(">1</Seg", &format!(">{segment}</Seg")), &unit(ICHIRO, ""));
        let (whole, units) = read(&text, &visits()).unwrap();
        assert_eq!((whole.stage, units.len()), (stage, usize::from(stage == Stage::Done)), "{segment}");
    }
    let bare = xml("<SegmentOfResult>2</SegmentOfResult>", "");
    assert_eq!(read(&bare, &visits()).unwrap().0.stage, Stage::Processing, "what is not done may say no more");
}

#[test]
fn f17_results_of_another_run_are_refused_as_a_whole() {
    let good = xml(DONE, &unit(ICHIRO, ""));
    assert_eq!(read(&good, &visits()).unwrap().1.len(), 1, "control");
    assert_eq!(why(&good.replace("9919900002", "9919900010"), &visits()), NotOurs::Institution);
    assert_eq!(why(&good.replace(">R-1<", ">R-2<"), &visits()), NotOurs::ReceptionNumber);
    assert_eq!(why(&good.replace("<ReceptionNumber>R-1</ReceptionNumber>", ""), &visits()), NotOurs::ReceptionNumber);
    let other = good.replace("<ReceptionNumber>", "<ArbitraryFileIdentifier>A-2</ArbitraryFileIdentifier><ReceptionNumber>");
    assert_eq!(why(&other, &visits()), NotOurs::Identifier);
    assert!(read(&other.replace("A-2", "A-1"), &visits()).is_ok());
    assert_eq!(why(&good, &check_of_ichiro()), NotOurs::Family);
    assert_eq!(why(&good, &many_references()), NotOurs::Family);
}

#[test]
fn b08_b09_t25_units_of_a_range_are_read_as_bulk_files_are() {
    let counts = "<NumberOfProcessingResult>3</NumberOfProcessingResult><NumberOfNormalProcessing>2</NumberOfNormalProcessing>";
    let refused = "<BulkConfirmUnit><ProcessingResultStatus>2</ProcessingResultStatus><ProcessingResultCode>E1</ProcessingResultCode></BulkConfirmUnit>";
    let inherited = unit(ICHIRO, "").replace("<ProcessingResultStatus>1</ProcessingResultStatus>", "");
    let body = format!("<ProcessingResultStatus>1</ProcessingResultStatus>{inherited}{refused}");
    let (whole, units) = read(&xml(&format!("{DONE}{counts}"), &body), &visits()).unwrap();
    assert_eq!(whole.miscounted, ["NumberOfProcessingResult", "NumberOfNormalProcessing"]);
    assert_eq!(units[0].0, Whose::InRange);
    let first = units[0].1.taken.as_ref().unwrap();
    assert_eq!(first.check.eligibility.checked_at.jst_date().packed(), "20261120", "T25: the day of the execution");
    assert_eq!(units[1].1.taken, Err(NotACheck::Failed { code: "E1".to_owned(), message: String::new() }));
}

#[test]
fn f17_each_of_many_is_who_was_asked_for() {
    let hanako = ICHIRO.replace("19600602", "19481103");
    let body = [unit(&hanako, "p3"), unit(ICHIRO, "p1"), unit(ICHIRO, "p2"), unit(ICHIRO, "p9"), unit(ICHIRO, "")].concat();
    let (_, units) = read(&xml(DONE, &body), &many_checks()).unwrap();
    let places: Vec<Whose> = units.iter().map(|(whose, _)| *whose).collect();
    assert_eq!(places, [Whose::Asked(2), Whose::Asked(0), Whose::Stranger, Whose::Stranger, Whose::Stranger]);
    let refused = "<BulkConfirmUnit><QualificationConfirmSearchInfo><ArbitraryIdentifier>p2</ArbitraryIdentifier>\
                   </QualificationConfirmSearchInfo><ProcessingResultStatus>2</ProcessingResultStatus></BulkConfirmUnit>";
    let (_, units) = read(&xml(DONE, refused), &many_checks()).unwrap();
    assert!(units[0].0 == Whose::Asked(1) && units[0].1.taken.is_err());
}

#[test]
fn medical_aid_of_a_month_may_come_under_names_of_its_own() {
    let asked = every_family().into_iter().map(|(asked, _)| asked).find(|asked| matches!(asked, Asked::Aid(_)));
    let request = Request { asked: asked.unwrap(), ..check_of_ichiro() };
    let hachiro = "<InsuredCardClassification>A1</InsuredCardClassification><PublicExpenseNumber>12990016</PublicExpenseNumber>\
                   <BeneficiaryNumber>0001230</BeneficiaryNumber><WelfareOfficeName>試験福祉事務所</WelfareOfficeName>\
                   <Name>扶助　八郎</Name><NameKana>ﾌｼﾞｮ ﾊﾁﾛｳ</NameKana><Sex1>1</Sex1><Birthdate>19570808</Birthdate>\
                   <PublicExpenseResultList><MedicalTicketInfo><MedicalTreatmentMonth>202611</MedicalTreatmentMonth>\
                   <DesignatedMedicalInstitutionCode>9919900002</DesignatedMedicalInstitutionCode></MedicalTicketInfo></PublicExpenseResultList>";
    let common = hachiro
        .replace("PublicExpenseNumber", "InsurerNumber")
        .replace("BeneficiaryNumber", "InsuredIdentificationNumber")
        .replace("WelfareOfficeName", "InsurerName");
    for text in [hachiro, common.as_str()] {
        let (whole, units) = read(&xml(DONE, &unit(text, "")), &request).unwrap();
        let aid = units[0].1.taken.as_ref().unwrap().check.eligibility.medical_aid.clone().unwrap();
        assert_eq!(
            (aid.payer_number.as_str(), aid.beneficiary_number.as_str(), aid.state),
            ("12990016", "0001230", MedicalAidState::Entrusted)
        );
        assert_eq!((aid.office_name.as_str(), aid.tickets.len(), whole.unknown.len()), ("試験福祉事務所", 1, 0));
    }
}

const INFO: &str = "<ReferenceNumberRegistrationInfo><InsurerNumber>  990010</InsurerNumber><InsuredCardSymbol>試－７</InsuredCardSymbol>\
                    <InsuredIdentificationNumber>0089</InsuredIdentificationNumber><InsuredBranchNumber>03</InsuredBranchNumber>\
                    <ReferenceNumber>00011</ReferenceNumber></ReferenceNumberRegistrationInfo>";
const GOOD: &str = "<ProcessingResultStatus>1</ProcessingResultStatus>";
const BAD: &str = "<ProcessingResultStatus>2</ProcessingResultStatus><ProcessingResultCode>E5</ProcessingResultCode>\
                   <ProcessingResultMessage>該当なし</ProcessingResultMessage>";

fn refusal() -> Registered {
    Registered::Refused { code: "E5".to_owned(), message: "該当なし".to_owned() }
}

#[test]
fn f17_a_registration_counts_with_the_same_code_identifier_number_and_insurance() {
    let request = Request { asked: asked::reference(), ..check_of_ichiro() };
    let registered = |header: &str, body: &str| reference(xml(header, body).as_bytes(), &request);
    let good = format!("{INFO}{GOOD}");
    assert_eq!(registered(HEAD, &good).unwrap(), Registered::Done);
    assert_eq!(registered(HEAD, &format!("{INFO}{BAD}")).unwrap(), refusal());
    assert_eq!(registered(HEAD, BAD).unwrap(), refusal(), "a refusal need not give back what was sent");
    let failed = HEAD.replace("Result>1<", "Result>9<") + "<ErrorCode>E1</ErrorCode>";
    assert_eq!(registered(&failed, "").unwrap(), Registered::Refused { code: "E1".to_owned(), message: String::new() });
    for segment in ["2", "0", ""] {
        let header = HEAD.replace("Result>1<", &format!("Result>{segment}<"));
        assert_eq!(registered(&header, &good).unwrap(), Registered::NotYet);
    }
    let refused = |header: &str, body: &str| match registered(header, body) {
        Err(NotTaken::NotOurs(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&HEAD.replace("9919900002", "9919900010"), &good), NotOurs::Institution);
    assert_eq!(refused(&HEAD.replace(">A-1<", ">A-2<"), &good), NotOurs::Identifier);
    for (found, other) in [("00011", "00012"), ("0089", "0088"), (">03<", ">00<"), ("  990010", "39990015"), ("  990010", "")] {
        assert_eq!(refused(HEAD, &good.replace(found, other)), NotOurs::Person, "{other}");
    }
    assert_eq!(refused(HEAD, GOOD), NotOurs::Person, "a success gives back what was sent");
}

fn registration_unit(info: &str, status: &str) -> String {
    format!("<BulkRegistrationUnit>\n{info}{status}</BulkRegistrationUnit>")
}

#[test]
fn f31_one_of_many_that_is_refused_keeps_no_other_back() {
    let hanako = "<ReferenceNumberRegistrationInfo><ReferenceNumber>00012</ReferenceNumber><InsurerNumber>39990015</InsurerNumber>\
                  <InsuredIdentificationNumber>00001234</InsuredIdentificationNumber></ReferenceNumberRegistrationInfo>";
    let read = |body: &str| references(xml(DONE, body).as_bytes(), &many_references(), "R-1").unwrap();
    let both = read(&[registration_unit(hanako, BAD), registration_unit(INFO, GOOD)].concat());
    assert_eq!(both.each, [Some(Registered::Done), Some(refusal())]);
    assert_eq!((both.whole.units, both.unplaced.len()), (2, 0));
    let one = read(&registration_unit(INFO, GOOD));
    assert_eq!(one.each, [Some(Registered::Done), None], "nothing is made up about the other");
    let strange = read(
        &[registration_unit(&INFO.replace("00011", "00099"), GOOD), registration_unit(&hanako.replace("39990015", "01990019"), GOOD)]
            .concat(),
    );
    assert_eq!((strange.each, strange.unplaced.len()), (vec![None, None], 2));
    let twice = read(&[registration_unit(INFO, GOOD), registration_unit(INFO, BAD), registration_unit(INFO, GOOD)].concat());
    assert_eq!((twice.each, twice.unplaced), (vec![Some(Registered::Done), None], vec![2]), "the second word about one person is shown");
    let broken = read(&[registration_unit(&format!("{INFO}{GOOD}"), GOOD), registration_unit(hanako, GOOD)].concat());
    assert_eq!((broken.each, broken.unplaced), (vec![None, Some(Registered::Done)], vec![1]), "T22");
    let inherited = references(xml(DONE, &format!("{GOOD}{}", registration_unit(INFO, ""))).as_bytes(), &many_references(), "R-1").unwrap();
    assert_eq!(inherited.each[0], Some(Registered::Done), "B08");
    let other = references(xml(&DONE.replace("R-1", "R-2"), &registration_unit(INFO, GOOD)).as_bytes(), &many_references(), "R-1");
    assert!(matches!(other, Err(NotTaken::NotOurs(NotOurs::ReceptionNumber))));
}

#[test]
fn f31_four_hundred_ninety_nine_of_five_hundred() {
    let numbered = |n: usize| Registration {
        number: format!("{n:05}"),
        insured: Insured { insurer_number: "990010".to_owned(), symbol: None, member_number: n.to_string(), branch_number: None },
    };
    let sent: Vec<Registration> = (1..=500).map(numbered).collect();
    let request = Request { asked: Asked::References(sent.clone()), ..check_of_ichiro() };
    let units = sent.iter().map(|one| {
        let info = format!(
            "<ReferenceNumberRegistrationInfo><ReferenceNumber>{}</ReferenceNumber><InsurerNumber>  990010</InsurerNumber>\
             <InsuredIdentificationNumber>{}</InsuredIdentificationNumber></ReferenceNumberRegistrationInfo>",
            one.number, one.insured.member_number
        );
        registration_unit(&info, if one.number == "00250" { BAD } else { GOOD })
    });
    let answer = references(xml(DONE, &units.collect::<String>()).as_bytes(), &request, "R-1").unwrap();
    assert_eq!(answer.each.iter().filter(|one| **one == Some(Registered::Done)).count(), 499);
    assert_eq!(answer.each[249], Some(refusal()));
    assert!(answer.unplaced.is_empty() && answer.whole.miscounted.is_empty());
}
