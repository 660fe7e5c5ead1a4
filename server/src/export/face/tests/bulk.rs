//! Answers to bulk requests: the B rows of `recekon.md`, as far as they concern a file.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::round_trip::checks;
use super::*;
use crate::export::bulk::{self, MAX_RECEPTION_NUMBER, NotAccepted, Stage, Unit, Whole};
use crate::export::layout::{BULK_BODY, BULK_HEADER, UNIT};

const HEAD: &str = "<ProcessExecutionTime>20240117101500</ProcessExecutionTime><MedicalInstitutionCode>9969900001</MedicalInstitutionCode>\
                    <ReceptionNumber>R1</ReceptionNumber>";

/// An answer of these units, made of what stands between the tags; several lines, so that each has its own.
fn answer(header: &str, body: &str, units: &[&str]) -> String {
    let units: String = units.iter().map(|unit| format!("<BulkConfirmUnit>\n{unit}</BulkConfirmUnit>\n")).collect();
    format!("<XmlMsg><MessageHeader>{HEAD}{header}</MessageHeader>\n<MessageBody>{body}\n{units}</MessageBody></XmlMsg>")
}

fn unit(rest: &str) -> String {
    format!("{VALID}<ResultOfQualificationConfirmation>{BORN}{rest}</ResultOfQualificationConfirmation>")
}

fn read_bytes(bytes: &[u8]) -> Result<(Whole, Vec<Unit>), Unreadable> {
    let mut units = Vec::new();
    bulk::read(bytes, &mut |unit| units.push(unit)).map(|whole| (whole, units))
}

fn read_text(text: &str) -> (Whole, Vec<Unit>) {
    read_bytes(text.as_bytes()).unwrap()
}

#[test]
fn b01_t09_how_far_the_other_side_is() {
    let stage = |segment: &str| read_text(&answer(segment, "", &[])).0.stage;
    for (code, expected) in [
        ("", Stage::NotYet),
        ("0", Stage::NotYet),
        ("1", Stage::Done),
        ("2", Stage::Processing),
        ("9", Stage::Failed),
        ("3", Stage::Failed),
    ] {
        assert_eq!(stage(&format!("<SegmentOfResult>{code}</SegmentOfResult>")), expected, "{code}");
    }
    assert_eq!(stage(""), Stage::NotYet);
    let failed = answer("<SegmentOfResult>9</SegmentOfResult><ErrorCode>E1</ErrorCode><ErrorMessage>混雑</ErrorMessage>", "", &[&unit("")]);
    let (whole, units) = read_text(&failed);
    assert_eq!(whole.said, ("E1".to_owned(), "混雑".to_owned()));
    assert!(matches!(units[0].taken, Err(NotACheck::Failed { .. })), "F16: a unit of a run that failed is no check");
}

#[test]
fn b05_b06_a_receipt_without_a_usable_number_is_none() {
    let receipt = |header: &str, body: &str| {
        bulk::read_accepted(answer(header, body, &[]).replace("<ReceptionNumber>R1</ReceptionNumber>", "").as_bytes()).unwrap()
    };
    let taken = receipt(
        "<ArbitraryFileIdentifier>A1</ArbitraryFileIdentifier>",
        "<ReceptionNumber> 0012 </ReceptionNumber><ReceptionDateTime>20240117101501</ReceptionDateTime>",
    )
    .unwrap();
    assert_eq!(
        (taken.reception_number.as_str(), taken.identifier.as_deref(), taken.institution.as_deref()),
        ("0012", Some("A1"), Some("9969900001"))
    );
    assert_eq!(taken.at, Some(date("2024-01-17").at_jst(10, 15).plus_ms(1000)));
    let refused = receipt("", "<ProcessingResultCode>E2</ProcessingResultCode><ProcessingResultMessage>項目</ProcessingResultMessage>");
    assert_eq!(refused, Err(NotAccepted::Refused { code: "E2".to_owned(), message: "項目".to_owned() }));
    let number = |length: usize| format!("<ReceptionNumber>{}</ReceptionNumber>", "1".repeat(length));
    assert!(receipt("", &number(MAX_RECEPTION_NUMBER)).is_ok());
    assert_eq!(receipt("", &number(MAX_RECEPTION_NUMBER + 1)), Err(NotAccepted::TooLong));
    let failed = receipt("<SegmentOfResult>9</SegmentOfResult><ErrorCode>E3</ErrorCode>", &number(3));
    assert_eq!(failed, Err(NotAccepted::Refused { code: "E3".to_owned(), message: String::new() }));
}

#[test]
fn b08_a_unit_without_a_status_has_that_of_the_body() {
    let bare = unit("").replace("<ProcessingResultStatus>1</ProcessingResultStatus>", "");
    let of = |status: &str| {
        read_text(&answer(DONE, &format!("<ProcessingResultStatus>{status}</ProcessingResultStatus>"), &[&bare])).1.remove(0).taken
    };
    assert!(of("1").is_ok());
    assert!(matches!(of("2"), Err(NotACheck::Failed { .. })));
    let own = answer(DONE, "<ProcessingResultStatus>2</ProcessingResultStatus>", &[&unit("")]);
    assert!(read_text(&own).1[0].taken.is_ok(), "its own status comes first");
}

#[test]
fn b09_numbers_that_do_not_fit_the_units_are_named_and_the_units_taken() {
    let counted = |all: u32, normal: u32, error: u32| {
        let header = format!(
            "{DONE}<NumberOfProcessingResult>{all}</NumberOfProcessingResult><NumberOfNormalProcessing>{normal}</NumberOfNormalProcessing>\
             <NumberOfError>{error}</NumberOfError>"
        );
        let failed = "<ProcessingResultStatus>2</ProcessingResultStatus><ProcessingResultCode>E1</ProcessingResultCode>";
        let (whole, units) = read_text(&answer(&header, "", &[&unit(""), failed, &unit("")]));
        assert_eq!((whole.units, units.iter().filter(|unit| unit.taken.is_ok()).count()), (3, 2));
        assert!(matches!(&units[1].taken, Err(NotACheck::Failed { code, .. }) if code == "E1"));
        whole.miscounted
    };
    assert_eq!(counted(3, 2, 1), Vec::<&str>::new());
    assert_eq!(counted(4, 3, 1), ["NumberOfProcessingResult", "NumberOfNormalProcessing"]);
    assert_eq!(counted(3, 2, 0), ["NumberOfError"]);
    assert_eq!(read_text(&answer(DONE, "", &[&unit("")])).0.miscounted, Vec::<&str>::new(), "no number says nothing");
}

#[test]
fn t04_t05_results_stand_at_any_depth_and_unknown_elements_are_counted() {
    let one = unit("");
    let (status, result) = one.split_once("<ResultOf").unwrap();
    let listed = format!("{status}<ResultList><ResultOf{result}</ResultList>");
    let deeper = format!("{status}<Wrapped><ResultList><ResultOf{result}</ResultList></Wrapped>");
    let plain = read_text(&answer(DONE, "", &[&one]));
    for (text, unknown) in [(&listed, vec![]), (&deeper, vec![("Wrapped".to_owned(), 1)])] {
        let (whole, units) = read_text(&answer(DONE, "", &[text]));
        assert_eq!(units[0].taken, plain.1[0].taken);
        assert_eq!(whole.unknown.into_iter().collect::<Vec<_>>(), unknown);
    }
    let more = answer(&format!("{DONE}<New/>"), "<New/>", &[&unit("<New>1</New>"), "<New/>"]);
    assert_eq!(read_text(&more).0.unknown.into_iter().collect::<Vec<_>>(), [("New".to_owned(), 4)]);
    assert_eq!(read_text(&answer(DONE, "", &[])).1, [], "no unit is no fault");
}

#[test]
fn t03_t25_the_header_may_come_last_and_its_day_may_be_missing() {
    let text = answer(DONE, "", &[&unit("")]);
    let (head, rest) = text.split_once("<MessageBody>").unwrap();
    let header = head.strip_prefix("<XmlMsg>").unwrap();
    let turned = format!("<XmlMsg><MessageBody>{}{header}</XmlMsg>", rest.strip_suffix("</XmlMsg>").unwrap());
    let taken = read_text(&turned).1.remove(0).taken.unwrap();
    assert_eq!(taken.check.eligibility.checked_at, date("2024-01-17").at_jst(10, 15));
    assert_eq!(Ok(taken), read_text(&text).1.remove(0).taken);
}

#[test]
fn t14_reference_numbers_of_a_unit() {
    let of = |rest: &str| {
        let two = format!("{}<ResultOfQualificationConfirmation>{BORN}</ResultOfQualificationConfirmation>{rest}", unit(""));
        let taken = read_text(&answer(DONE, "", &[&two])).1.remove(0).taken.unwrap();
        (taken.check.reference_number, taken.doubts)
    };
    assert_eq!(of("<ReferenceNumber>0007</ReferenceNumber>"), (Some("0007".to_owned()), vec![]));
    assert_eq!(
        of("<ReferenceNumber>0007</ReferenceNumber><ReferenceNumber>0008</ReferenceNumber>").0.as_deref(),
        Some("0007"),
        "by position"
    );
    let inside = unit("<ReferenceNumber>0009</ReferenceNumber>") + "<ReferenceNumber>0007</ReferenceNumber>";
    let taken = read_text(&answer(DONE, "", &[&inside])).1.remove(0).taken.unwrap();
    assert_eq!(taken.doubts, ["ReferenceNumber"], "two that disagree are for a person");
}

#[test]
fn t22_one_unit_with_an_element_twice_is_refused_alone_and_says_where() {
    let inner = unit("\n<Name>別の人</Name>");
    let outer = unit("") + "\n" + VALID;
    let (whole, units) = read_text(&answer(DONE, "", &[&unit(""), &inner, &outer, &unit("")]));
    assert_eq!(whole.units, 4);
    assert!(units[0].taken.is_ok() && units[3].taken.is_ok());
    assert_eq!((units[1].line, &units[1].taken), (5, &Err(NotACheck::Twice("Name", 7))));
    assert_eq!(units[2].taken, Err(NotACheck::Twice("ProcessingResultStatus", 10)));
}

#[test]
fn f01_f15_t21_a_broken_or_large_answer_hands_over_nothing() {
    let whole = answer(DONE, "", &[&unit(""), &unit("")]);
    let mut handed = 0;
    let mut count = |_: Unit| handed += 1;
    let end = whole.find("</MessageBody>").unwrap();
    let why = bulk::read(&whole.as_bytes()[..end], &mut count).unwrap_err();
    assert!(matches!(&why, Unreadable::Broken { line: 7, element, .. } if element == "MessageBody"), "{why}");
    let large = vec![b' '; bulk::MAX_BYTES + 1];
    assert!(matches!(bulk::read(&large, &mut count), Err(Unreadable::Size(64))));
    assert!(matches!(bulk::read(b"PK\x03\x04", &mut count), Err(Unreadable::Foreign(_))));
    assert_eq!(handed, 0);
}

/// Own keys of `muquc` come back, with the elements that only bulk answers have.
#[test]
fn the_own_key_and_every_element_of_a_unit_come_back() {
    let mut full = filled(UNIT);
    full.rename("ResultOfQualificationConfirmation", "ResultList");
    for encoding in Encoding::ALL {
        let bytes = bulk::write(&filled(BULK_HEADER), &[full.clone()], encoding).unwrap();
        let text = crate::charset::decode(&bytes).unwrap().text;
        for field in UNIT.iter().chain(BULK_HEADER) {
            assert!(text.contains(&format!("<{}>", field.name)), "{}", field.name);
        }
        assert!(!text.contains("<ResultList>"), "results stand in the unit itself");
        let (whole, units) = read_bytes(&bytes).unwrap();
        assert_eq!((whole.encoding, units[0].key.as_deref(), whole.reception_number.as_deref()), (encoding, Some("0012"), Some("0012")));
        assert!(whole.unknown.is_empty() && whole.miscounted.is_empty());
        let receipt = bulk::write_accepted(&filled(BULK_HEADER), &filled(BULK_BODY), encoding).unwrap();
        assert_eq!(bulk::read_accepted(&receipt).unwrap().unwrap().reception_number, "0012");
    }
}

/// Makes generated checks the units of one answer.
fn as_answer(checks: &mut [Check]) {
    for check in checks.iter_mut() {
        // These stand in the header of the answer, once for all.
        check.institution = InstitutionCode::try_from("9969900001").unwrap();
        check.identifier = None;
        check.eligibility.checked_at = date("2026-11-30").at_jst(9, 0);
        for coverage in &mut check.eligibility.coverages {
            if CD010.code(&coverage.card_classification) == "05" {
                coverage.card_classification = classification("05", false).to_owned();
            }
        }
    }
}

fn bulk_header() -> Record {
    let mut header = Record::default();
    header.set("ProcessExecutionTime", Some("20261130090000"));
    header.set("QualificationConfirmationDate", Some("20261130"));
    header.set("MedicalInstitutionCode", Some("9969900001"));
    header.set("ReceptionNumber", Some("0001"));
    header.set("SegmentOfResult", Some("1"));
    header
}

type BulkWriter = fn(&Record, &[Record], Encoding) -> Result<Vec<u8>, Unwritable>;

/// Answers of 50 units each; how many units came back in each encoding, and how many answers could not be written.
fn run_bulk(answers: u32, write: BulkWriter) -> Result<([usize; 2], u32), String> {
    let seen = std::cell::Cell::new(([0_usize; 2], 0_u32));
    let mut runner = TestRunner::new(Config { cases: answers, failure_persistence: None, max_shrink_iters: 0, ..Config::default() });
    let outcome = runner.run(&vec(checks(), 50), |mut all| {
        as_answer(&mut all);
        let mut now = seen.get();
        for (place, encoding) in Encoding::ALL.into_iter().enumerate() {
            let fitting: Vec<Check> = all.iter().filter(|check| check.write(encoding).is_ok()).cloned().collect();
            let bodies = |checks: &[Check]| checks.iter().map(|check| check.message().body).collect::<Vec<_>>();
            if fitting.len() < all.len() {
                prop_assert!(bulk::write(&bulk_header(), &bodies(&all), encoding).is_err(), "nothing is replaced");
                now.1 += 1;
            }
            let bytes = write(&bulk_header(), &bodies(&fitting), encoding).map_err(|why| TestCaseError::fail(why.to_string()))?;
            let (whole, units) = read_bytes(&bytes).map_err(|why| TestCaseError::fail(why.to_string()))?;
            prop_assert!(whole.miscounted.is_empty() && whole.unknown.is_empty() && whole.stage == Stage::Done);
            prop_assert_eq!(units.len(), fitting.len());
            for (unit, check) in units.iter().zip(&fitting) {
                let taken = unit.taken.as_ref().map_err(|why| TestCaseError::fail(why.to_string()))?;
                prop_assert_eq!(&taken.check, check);
            }
            now.0[place] += units.len();
        }
        seen.set(now);
        Ok(())
    });
    outcome.map(|()| seen.get()).map_err(|why| why.to_string())
}

#[test]
fn ten_thousand_units_come_back_in_both_encodings() {
    let (units, unwritten) = run_bulk(240, bulk::write).unwrap();
    assert!(units[0] >= 10_000, "{units:?}");
    assert!(units[1] > 1000 && unwritten > 24, "{units:?} {unwritten}");
}

/// Controls: a writer that replaces, one that loses a unit, and one that mixes two up do not pass.
#[test]
fn a_bulk_writer_that_loses_something_is_caught() {
    let last_is_lost: BulkWriter = |header, units, encoding| bulk::write(header, units.get(1..).unwrap_or_default(), encoding);
    let order_is_lost: BulkWriter = |header, units, encoding| {
        let turned: Vec<Record> = units.iter().rev().cloned().collect();
        bulk::write(header, &turned, encoding)
    };
    let replacing: BulkWriter = |header, units, encoding| {
        let text = crate::charset::decode(&bulk::write(header, units, encoding)?).unwrap().text;
        Ok(encoding.encode(&text.replace('髙', "?")))
    };
    for (name, writer) in [("lost", last_is_lost), ("order", order_is_lost), ("replaced", replacing)] {
        assert!(run_bulk(20, writer).is_err(), "{name}");
    }
}
