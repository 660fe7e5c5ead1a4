//! 医療扶助 in files: F21, F28, and that it never takes the insurance's place.

use shared::domain::aid::{MedicalAid, MedicalAidState, MedicalTicket};

use super::*;

fn aid(state: MedicalAidState, tickets: Vec<MedicalTicket>) -> MedicalAid {
    MedicalAid {
        state,
        payer_number: "12990016".to_owned(),
        office_name: "試験福祉事務所".to_owned(),
        beneficiary_number: "0003574".to_owned(),
        address: None,
        post_number: None,
        starts_on: Some(date("2023-04-01")),
        stops_on: None,
        tickets,
    }
}

fn ticket(code: &str) -> MedicalTicket {
    MedicalTicket {
        kind: Some("1".to_owned()),
        month: Some("2024-01".to_owned()),
        valid_from: Some(date("2024-01-01")),
        valid_until: Some(date("2024-01-31")),
        institution_code: Some(code.to_owned()),
        self_pay_yen: Some(0),
        ..MedicalTicket::default()
    }
}

fn with(validity: Validity, has_insurance: bool, aid: MedicalAid) -> Check {
    let mut record = record();
    record.eligibility.validity = validity;
    record.eligibility.medical_aid = Some(aid);
    if !has_insurance {
        record.eligibility.coverages.clear();
    }
    Check::of(&record, &code(), record.consented_at)
}

fn back(check: &Check) -> Taken {
    read(text(check).as_bytes()).unwrap().unwrap()
}

#[test]
fn f21_insurance_and_medical_aid_are_two_results_of_one_person() {
    let one = with(Validity::Valid, true, aid(MedicalAidState::Entrusted, vec![ticket("9969900001")]));
    let read = back(&one);
    assert_eq!((&read.check, read.is_confirmed, read.doubts.len()), (&one, false, 0));
    assert_eq!(read.check.eligibility.coverages, with(Validity::Valid, true, aid(MedicalAidState::Unknown, vec![])).eligibility.coverages);
    assert_eq!(read.check.eligibility.medical_aid.unwrap().state, MedicalAidState::Entrusted);
    let written = text(&one);
    assert!(written.contains("<MedicalTreatmentMonth>202401<") && written.contains("<InsuredCardClassification>A1<"), "{written}");
    assert_eq!(written.matches("<ResultOfQualificationConfirmation>").count(), 2);
}

#[test]
fn f28_not_registered_is_no_error_and_ends_nothing() {
    let one = with(Validity::AidNotRegistered, false, aid(MedicalAidState::NotRegistered, vec![]));
    let read = back(&one);
    assert_eq!((&read.check, read.is_confirmed), (&one, false));
    assert!(text(&one).contains("<QualificationValidity>6<"));
    let found = read.check.eligibility.medical_aid.unwrap();
    assert_eq!((found.state, found.stops_on), (MedicalAidState::NotRegistered, None), "no end date is made up");
}

#[test]
fn a_ticket_for_another_institution_is_no_entrustment() {
    for (tickets, state) in [
        (vec![ticket("9969900001")], MedicalAidState::Entrusted),
        (vec![ticket("9919900002")], MedicalAidState::Unknown),
        (vec![], MedicalAidState::Unknown),
    ] {
        let one = with(Validity::Valid, false, aid(MedicalAidState::Entrusted, tickets));
        let read = back(&one);
        assert_eq!(read.check.eligibility.medical_aid.unwrap().state, state);
        assert!(read.is_confirmed);
    }
}

#[test]
fn two_of_medical_aid_wait_for_a_person() {
    let one = with(Validity::Valid, false, aid(MedicalAidState::Entrusted, vec![]));
    let written = text(&one);
    let (head, rest) = written.split_once("      <ResultOf").unwrap();
    let (result, foot) = rest.split_once("    </ResultList>").unwrap();
    let twice = format!("{head}      <ResultOf{result}      <ResultOf{result}    </ResultList>{foot}");
    let read = read(twice.as_bytes()).unwrap().unwrap();
    assert_eq!((read.check.eligibility.medical_aid, read.doubts), (None, vec!["InsuredCardClassification"]));
}

#[test]
fn an_insurer_of_a_prefecture_that_begins_with_12_is_no_welfare_office() {
    let insurer = |number: &str| Taken::of(&message(&file(DONE, VALID, &BORN.replace("06990014", number)))).unwrap();
    assert_eq!(insurer("  120006").check.eligibility.medical_aid, None);
    assert!(insurer("12990016").check.eligibility.medical_aid.is_some());
}

/// An element that nothing is known of is left out, never written empty (T31, P-HIDE).
#[test]
fn an_absent_address_has_no_element() {
    let one = with(Validity::Valid, false, aid(MedicalAidState::Entrusted, vec![]));
    assert!(!text(&one).contains("Address") && !text(&one).contains("PostNumber"));
    let there = MedicalAid { address: Some("資格県受付市".to_owned()), ..aid(MedicalAidState::Entrusted, vec![]) };
    assert!(text(&with(Validity::Valid, false, there)).contains("<Address>資格県受付市</Address>"), "control");
}
