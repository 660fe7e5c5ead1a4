//! What a second file does to what the first one left.

use shared::domain::calendar::CivilDate;

use super::*;
use crate::charset::Encoding;

const CODE: &str = "9969900001";

fn institution() -> InstitutionCode {
    InstitutionCode::try_from(CODE).unwrap()
}

const FULL: &str = "<Address>資格県受付市１</Address><PostNumber>990-0001</PostNumber><QualificationDate>20190401</QualificationDate>\
                    <InsuredCardExpirationDate>20270331</InsuredCardExpirationDate><InsuredPartialContributionRatio>030</InsuredPartialContributionRatio>\
                    <PersonalFamilyClassification>1</PersonalFamilyClassification>";

/// A result of 資格 一郎 on a day.
fn file(day: &str, rest: &str) -> String {
    format!(
        "<XmlMsg><MessageHeader><ProcessExecutionTime>{day}101500</ProcessExecutionTime><MedicalInstitutionCode>{CODE}</MedicalInstitutionCode>\
         <SegmentOfResult>1</SegmentOfResult></MessageHeader><MessageBody><ProcessingResultStatus>1</ProcessingResultStatus>\
         <QualificationValidity>1</QualificationValidity><ResultList><ResultOfQualificationConfirmation><InsurerNumber>06990014</InsurerNumber>\
         <InsuredCardSymbol>１２－３４</InsuredCardSymbol><InsuredIdentificationNumber>56</InsuredIdentificationNumber>\
         <InsuredBranchNumber>01</InsuredBranchNumber><Name>資格　一郎</Name><NameKana>ｼｶｸ ｲﾁﾛｳ</NameKana><Birthdate>19600602</Birthdate>\
         <Sex1>1</Sex1>{rest}</ResultOfQualificationConfirmation></ResultList></MessageBody></XmlMsg>"
    )
}

fn take(people: &mut People, text: &str) -> Outcome {
    people.take(face::read(text.as_bytes()).unwrap(), &institution())
}

fn only(people: &People) -> Kept {
    assert_eq!(people.count(), 1);
    people.all.values().next().unwrap().clone()
}

#[test]
fn a_file_is_added_once_and_the_same_a_second_time() {
    let mut people = People::default();
    assert_eq!(take(&mut people, &file("20260401", FULL)), Outcome::Added);
    let first = only(&people);
    assert_eq!(take(&mut people, &file("20260401", FULL)), Outcome::Same);
    assert_eq!(only(&people), first);
    // A new run starts from what was kept.
    let mut later = People::of([first.clone()]);
    assert_eq!(take(&mut later, &file("20260401", FULL)), Outcome::Same);
    assert_eq!(later.touched().count(), 0, "nothing to write");
    assert_eq!(take(&mut later, &file("20260501", FULL)), Outcome::Same);
    assert_eq!(later.touched().count(), 1, "its newer day is written");
    assert_eq!(take(&mut later, &file("20260430", FULL)), Outcome::Older);
}

#[test]
fn t31_t32_f27_what_is_withheld_or_absent_empties_nothing() {
    let mut people = People::default();
    take(&mut people, &file("20260401", FULL));
    let full = only(&people);
    assert_eq!(take(&mut people, &file("20260501", "<Address></Address><ElderlyRecipientCertificateInfo/>")), Outcome::Same);
    let kept = only(&people);
    assert_eq!(kept.eligibility.coverages, full.eligibility.coverages);
    assert_eq!(kept.eligibility.checked_at, CivilDate::try_from("2026-05-01").unwrap().at_jst(10, 15));
    // Control: what is said counts.
    let moved = take(
        &mut people,
        &file("20260601", "<Address>資格県受付市２</Address><PersonalFamilyClassification>2</PersonalFamilyClassification>"),
    );
    assert_eq!(moved, Outcome::Changed(vec!["address".to_owned(), "relation".to_owned()]));
    let coverage = only(&people).eligibility.coverages.remove(0);
    assert_eq!((coverage.address.as_deref(), coverage.post_number.as_deref()), (Some("資格県受付市２"), Some("990-0001")));
}

#[test]
fn t33_f26_branch_01_00_and_none_are_three_different_people_or_a_question() {
    let mut people = People::default();
    take(&mut people, &file("20260401", FULL));
    for other in ["<InsuredBranchNumber>00</InsuredBranchNumber>", ""] {
        let text = file("20260501", FULL).replace("<InsuredBranchNumber>01</InsuredBranchNumber>", other);
        assert_eq!(take(&mut people, &text), Outcome::Refused(Refusal::Perhaps), "{other}");
        let sibling = text.replace("ｲﾁﾛｳ", "ｼﾞﾛｳ").replace("一郎", "二郎");
        assert_eq!(take(&mut people, &sibling), Outcome::Added, "{other}");
        people = People::of(people.all.into_values().filter(|kept| kept.eligibility.person.as_ref().unwrap().name == "資格　一郎"));
    }
}

#[test]
fn f08_f10_who_it_is_is_never_guessed() {
    let number = |number: &str| format!("{FULL}<ReferenceNumber>{number}</ReferenceNumber>");
    let mut people = People::default();
    take(&mut people, &file("20260401", &number("0007")));
    let moved = file("20260501", &number("0007")).replace("06990014", "01990019");
    assert_eq!(take(&mut people, &moved), Outcome::Changed(vec!["insurer_number".to_owned()]), "known by 照会番号");
    let back = file("20260601", FULL);
    assert_eq!(take(&mut people, &back), Outcome::Refused(Refusal::Perhaps), "a former insurance and a name are no proof");
    let other = file("20260601", &number("0007")).replace("<Birthdate>19600602", "<Birthdate>19600603").replace("06990014", "31990013");
    assert_eq!(take(&mut people, &other), Outcome::Refused(Refusal::OtherNumber));
    let named = moved.replace("ｲﾁﾛｳ", "ｼﾞﾛｳ").replace("一郎", "二郎");
    assert_eq!(take(&mut people, &named), Outcome::Refused(Refusal::OtherName));
    assert_eq!(people.count(), 1);
}

#[test]
fn f12_f16_f17_what_is_not_sure_is_refused_with_its_reason() {
    let good = file("20260401", FULL);
    for (from, to, refusal) in [
        (CODE, "9919900002", Refusal::Institution(InstitutionCode::try_from("9919900002").unwrap())),
        ("<QualificationValidity>1", "<QualificationValidity>2", Refusal::NotConfirmed("無効")),
        ("<InsuredIdentificationNumber>56</InsuredIdentificationNumber>", "", Refusal::NoKeys),
        ("06990014", "12990016", Refusal::Aid),
        ("<Birthdate>19600602</Birthdate>", "", Refusal::NotACheck(NotACheck::Element("Birthdate"))),
        ("<SegmentOfResult>1", "<SegmentOfResult>9", Refusal::NotACheck(NotACheck::Failed { code: String::new(), message: String::new() })),
    ] {
        let mut people = People::default();
        assert_eq!(take(&mut people, &good.replace(from, to)), Outcome::Refused(refusal), "{to}");
        assert_eq!(people.count(), 0);
    }
}

#[test]
fn a_run_over_files_reports_each() {
    let (mut people, mut report) = (People::default(), Report::default());
    let mut run = |name: &str, bytes: &[u8]| take_file(&mut people, &institution(), name, bytes, &mut report);
    let doubtful = file("20260401", &format!("{FULL}<New/>")).replace("06990014", "06990015");
    run("one.xml", &Encoding::ShiftJis.encode(&doubtful));
    run("one again.xml", doubtful.as_bytes());
    run("cut.xml", doubtful.split_once("</ResultList>").unwrap().0.as_bytes());
    let unit = |text: &str| {
        format!(
            "<BulkConfirmUnit>{}</BulkConfirmUnit>\n",
            text.split_once("<MessageBody>").unwrap().1.split_once("</MessageBody>").unwrap().0
        )
    };
    let hanako = file("20260401", FULL).replace("一郎", "花子").replace("ｲﾁﾛｳ", "ﾊﾅｺ").replace("19600602", "19481103");
    let ended = hanako.replace("<QualificationValidity>1", "<QualificationValidity>2").replace("19481103", "19481104");
    let head = hanako.split_once("<MessageBody>").unwrap().0;
    run("bulk.xml", format!("{head}<MessageBody>\n{}{}</MessageBody></XmlMsg>", unit(&hanako), unit(&ended)).as_bytes());
    assert_eq!((report.added, report.same, report.changed.len()), (2, 1, 0));
    let doubts = vec!["InsurerNumber"];
    assert_eq!(report.doubtful, [("one.xml".to_owned(), None, doubts.clone()), ("one again.xml".to_owned(), None, doubts)]);
    assert_eq!(report.refused, [("bulk.xml".to_owned(), Some(3), Refusal::NotConfirmed("無効"))]);
    assert!(report.unreadable.len() == 1 && report.unreadable[0].1.starts_with("1行目(ResultListの中)"), "{:?}", report.unreadable);
    assert_eq!(report.unknown.into_iter().collect::<Vec<_>>(), [("New".to_owned(), 2)]);
    assert_eq!(people.touched().count(), 2);
}

#[test]
fn files_are_taken_in_by_the_time_in_their_name() {
    let mut names = ["OQSsiquc01res_face_20260501101500.xml", "b.xml", "OQSsiquc01res_face_9969900001600_20260401101500.xml", "a.xml"];
    names.sort_by_key(|name| order_of(name));
    assert_eq!(names, ["a.xml", "b.xml", "OQSsiquc01res_face_9969900001600_20260401101500.xml", "OQSsiquc01res_face_20260501101500.xml"]);
}
