//! 医療扶助 in a file: a result of its own beside the insurance's (F21), with the tickets of the month (`recekon.md` §5.4).

use shared::domain::aid::{MedicalAid, MedicalAidState, MedicalTicket};
use shared::domain::coverage::Validity;
use shared::domain::institution::InstitutionCode;
use shared::domain::number;

use super::{day_of, packed};
use crate::export::layout::CD010;
use crate::export::message::Record;

const TICKETS: &str = "PublicExpenseResultList";

/// The state as far as a file says it: 6 is 未委託・未登録, a ticket that names the institution is 委託あり.
pub(super) fn state_in_file(validity: Validity, tickets: &[MedicalTicket], institution: &InstitutionCode) -> MedicalAidState {
    let names_us = tickets.iter().any(|ticket| ticket.institution_code.as_deref() == Some(institution.as_str()));
    match validity {
        Validity::AidNotRegistered => MedicalAidState::NotRegistered,
        Validity::Valid if names_us => MedicalAidState::Entrusted,
        _ => MedicalAidState::Unknown,
    }
}

/// True for class A1, and for a payer's number that begins with 12.
pub(super) fn is_aid(result: &Record) -> bool {
    let number = result.text("InsurerNumber").unwrap_or_default();
    result.text("InsuredCardClassification").map(|code| CD010.meaning(code)) == Some("医療扶助")
        || number.len() == 8 && number.starts_with("12") && number.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn aid_record(aid: &MedicalAid) -> Record {
    let mut result = Record::default();
    result.set("InsuredCardClassification", Some(CD010.code("医療扶助")));
    result.set("InsurerNumber", Some(&aid.payer_number));
    result.set("InsuredIdentificationNumber", Some(&aid.beneficiary_number));
    result.set("InsurerName", Some(&aid.office_name));
    result.set("Address", aid.address.clone());
    result.set("PostNumber", aid.post_number.clone());
    result.set("QualificationDate", packed(aid.starts_on));
    result.set("DisqualificationDate", packed(aid.stops_on));
    if !aid.tickets.is_empty() {
        result.set_many(TICKETS, aid.tickets.iter().map(ticket_record).collect());
    }
    result
}

fn ticket_record(ticket: &MedicalTicket) -> Record {
    let mut record = Record::default();
    record.set("TicketType", ticket.kind.clone());
    record.set("MedicalTicketValidDate", packed(ticket.valid_from));
    record.set("MedicalTicketExpirationDate", packed(ticket.valid_until));
    record.set("IssueNumber", ticket.issue_number.clone());
    record.set("MedicalTreatmentMonth", ticket.month.as_deref().map(month_in_file));
    record.set("DesignatedMedicalInstitutionCode", ticket.institution_code.clone());
    record.set("DesignatedMedicalInstitutionName", ticket.institution_name.clone());
    record.set("MedicalTreatmentType", ticket.treatment.clone());
    record.set("SelfPayAmount", ticket.self_pay_yen.map(|yen| yen.to_string()));
    record
}

/// `yyyy-MM` as `yyyyMM`; anything else as it came.
fn month_in_file(month: &str) -> String {
    match month.split_once('-') {
        Some((year, month)) if is_month(year, month) => format!("{year}{month}"),
        _ => month.to_owned(),
    }
}

fn month_of(text: &str) -> String {
    match text.split_at_checked(4) {
        Some((year, month)) if is_month(year, month) => format!("{year}-{month}"),
        _ => text.to_owned(),
    }
}

fn is_month(year: &str, month: &str) -> bool {
    (year.len(), month.len()) == (4, 2) && [year, month].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()))
}

pub(super) fn aid_of(result: &Record, validity: Validity, institution: &InstitutionCode, doubts: &mut Vec<&'static str>) -> MedicalAid {
    let text = |name| result.text(name).map(str::to_owned);
    let payer_number = text("InsurerNumber").unwrap_or_default();
    if number::insurer_doubt(&payer_number).is_some() {
        doubts.push("InsurerNumber");
    }
    let tickets: Vec<MedicalTicket> = result.many(TICKETS).unwrap_or_default().iter().map(|ticket| ticket_of(ticket, doubts)).collect();
    MedicalAid {
        state: state_in_file(validity, &tickets, institution),
        payer_number,
        office_name: text("InsurerName").unwrap_or_default(),
        beneficiary_number: text("InsuredIdentificationNumber").unwrap_or_default(),
        address: text("Address"),
        post_number: text("PostNumber"),
        starts_on: day_of(result, "QualificationDate"),
        stops_on: day_of(result, "DisqualificationDate"),
        tickets,
    }
}

fn ticket_of(record: &Record, doubts: &mut Vec<&'static str>) -> MedicalTicket {
    let text = |name| record.text(name).map(str::to_owned);
    let self_pay = record.text("SelfPayAmount").map(|yen| yen.parse().ok());
    if self_pay == Some(None) {
        doubts.push("SelfPayAmount");
    }
    MedicalTicket {
        kind: text("TicketType"),
        month: record.text("MedicalTreatmentMonth").map(month_of),
        valid_from: day_of(record, "MedicalTicketValidDate"),
        valid_until: day_of(record, "MedicalTicketExpirationDate"),
        issue_number: text("IssueNumber"),
        institution_code: text("DesignatedMedicalInstitutionCode"),
        institution_name: text("DesignatedMedicalInstitutionName"),
        treatment: text("MedicalTreatmentType"),
        self_pay_yen: self_pay.flatten(),
    }
}
