//! The rows of the tables stand in the names of the tests.

mod bulk;
mod mangled;

use super::*;
use crate::charset::Encoding;
use crate::renkei::request::tests as asked;

const VALID: &str = "<ProcessingResultStatus>1</ProcessingResultStatus><QualificationValidity>1</QualificationValidity>";
const HEAD: &str = "<ProcessExecutionTime>20261120101502</ProcessExecutionTime><MedicalInstitutionCode>9919900002</MedicalInstitutionCode>\
                    <ArbitraryFileIdentifier>A-1</ArbitraryFileIdentifier><SegmentOfResult>1</SegmentOfResult>";
const ICHIRO: &str = "<InsurerNumber>06990014</InsurerNumber><InsuredCardSymbol>１２－３４</InsuredCardSymbol>\
                      <InsuredIdentificationNumber>56</InsuredIdentificationNumber><InsuredBranchNumber>01</InsuredBranchNumber>\
                      <Name>資格　一郎</Name><NameKana>ｼｶｸ ｲﾁﾛｳ</NameKana><Sex1>1</Sex1><Birthdate>19600602</Birthdate>";

/// A file of what stands between the tags.
fn xml(header: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><XmlMsg><MessageHeader>{header}</MessageHeader><MessageBody>{body}</MessageBody></XmlMsg>"
    )
}

fn single(header: &str, result: &str, echo: &str) -> String {
    xml(
        header,
        &format!(
            "{VALID}<ResultList><ResultOfQualificationConfirmation>{result}</ResultOfQualificationConfirmation></ResultList>\
             <QualificationConfirmSearchInfo>{echo}</QualificationConfirmSearchInfo>"
        ),
    )
}

fn check_of(text: &str) -> Result<Result<Taken, NotACheck>, NotTaken> {
    check(text.as_bytes(), &asked::check_of_ichiro())
}

fn not_ours(text: &str) -> NotOurs {
    match check_of(text) {
        Err(NotTaken::NotOurs(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_answer_to_a_check_is_taken_in_both_encodings() {
    let text = single(HEAD, ICHIRO, ICHIRO);
    for encoding in Encoding::ALL {
        let taken = check(&encoding.encode(&text), &asked::check_of_ichiro()).unwrap().unwrap();
        assert!(taken.is_confirmed && taken.doubts.is_empty(), "{:?}", taken.doubts);
        assert_eq!(taken.check.eligibility.person.unwrap().name, "資格　一郎");
    }
    let newer = ICHIRO.replace("06990014", "01990019");
    assert!(check_of(&single(HEAD, &newer, ICHIRO)).unwrap().is_ok(), "a newer insurance of the same person");
    assert!(check_of(&single(HEAD, ICHIRO, "")).unwrap().is_ok(), "nothing need be given back");
    let folded = ICHIRO.replace("１２－３４", "12-34").replace(">56<", ">0056<").replace(">06990014<", ">6990014<");
    assert!(check_of(&single(HEAD, ICHIRO, &folded)).unwrap().is_ok(), "T07, T08: the same numbers in another dress");
}

#[test]
fn f17_an_answer_to_something_else_is_refused() {
    let good = single(HEAD, ICHIRO, ICHIRO);
    assert!(check_of(&good).is_ok(), "control");
    assert_eq!(not_ours(&good.replace("9919900002", "9919900010")), NotOurs::Institution);
    assert_eq!(not_ours(&good.replace(">A-1<", ">A-2<")), NotOurs::Identifier);
    assert_eq!(not_ours(&good.replace("<ArbitraryFileIdentifier>A-1</ArbitraryFileIdentifier>", "")), NotOurs::Identifier);
    assert_eq!(not_ours(&single(HEAD, &ICHIRO.replace("19600602", "19600603"), "")), NotOurs::Person);
    for (found, other) in [("19600602", "19600603"), ("06990014", "01990019"), (">56<", ">57<"), (">01<", ">00<"), ("３４", "３５")] {
        assert_eq!(not_ours(&single(HEAD, ICHIRO, &ICHIRO.replace(found, other))), NotOurs::Person, "{other}");
    }
    let key = "<ArbitraryIdentifier>p2</ArbitraryIdentifier>";
    assert_eq!(not_ours(&single(HEAD, ICHIRO, key)), NotOurs::Person);
    assert!(check_of(&single(HEAD, ICHIRO, &key.replace("p2", "p1"))).is_ok());
    let registration = Request { asked: asked::reference(), ..asked::check_of_ichiro() };
    assert!(matches!(check(good.as_bytes(), &registration), Err(NotTaken::NotOurs(NotOurs::Family))));
}

#[test]
fn f16_t09_what_failed_is_shown_with_its_code_and_nothing_of_it_is_taken() {
    for segment in ["9", "3", "2", "0", ""] {
        let error = "<ErrorCode>E9</ErrorCode><ErrorMessage>混み合っています</ErrorMessage>";
        let header = HEAD.replace("<SegmentOfResult>1<", &format!("{error}<SegmentOfResult>{segment}<"));
        let failed = check_of(&single(&header, ICHIRO, "")).unwrap().unwrap_err();
        assert_eq!(failed, NotACheck::Failed { code: "E9".to_owned(), message: "混み合っています".to_owned() }, "{segment}");
    }
    let bare = xml("<SegmentOfResult>9</SegmentOfResult><ErrorCode>E1</ErrorCode>", "");
    assert!(matches!(check_of(&bare).unwrap().unwrap_err(), NotACheck::Failed { .. }), "an error may give nothing back");
    let elsewhere = xml("<MedicalInstitutionCode>9919900010</MedicalInstitutionCode><SegmentOfResult>9</SegmentOfResult>", "");
    assert_eq!(not_ours(&elsewhere), NotOurs::Institution);
}

#[test]
fn c11_f15_t21_what_is_no_message_is_said_so() {
    let unreadable = |bytes: &[u8]| match check(bytes, &asked::check_of_ichiro()) {
        Err(NotTaken::Unreadable(why)) => why,
        other => panic!("{other:?}"),
    };
    let encrypted = unreadable(b"\x8f\x01\xfe\xff\x00 secret");
    assert!(matches!(encrypted, Unreadable::Foreign(_)) && encrypted.to_string().contains("暗号化"));
    assert!(matches!(unreadable(b"<!DOCTYPE a [<!ENTITY b \"c\">]><XmlMsg/>"), Unreadable::Foreign(Some(crate::export::xml::BadXml::Dtd))));
    assert!(matches!(unreadable(&vec![b' '; 4 * 1024 * 1024 + 1]), Unreadable::Size(4)));
    assert!(matches!(unreadable(single(HEAD, ICHIRO, "").split_at(300).0.as_bytes()), Unreadable::Broken { .. }));
}

#[test]
fn t04_codes_and_elements_that_no_table_knows_pass() {
    let more = "<QualificationConfirmationKey>k</QualificationConfirmationKey>";
    let odd = format!("{ICHIRO}<InsuredCardClassification>99</InsuredCardClassification>{more}<New><Deeper>1</Deeper></New>");
    let taken = check_of(&single(&format!("{HEAD}{more}"), &odd, ICHIRO)).unwrap().unwrap();
    assert_eq!(taken.check.eligibility.coverages[0].card_classification, "99");
}
