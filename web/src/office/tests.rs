//! Each screen of the office in its states, drawn natively.

mod certificates;
mod codes;
mod details;
mod list;
mod openings;
mod operation;
mod references;
mod screens;

use shared::api::office::{ConsentDetails, ConsentPage, ConsentRow, ReceptionUrlInfo};
use shared::api::reception::{CertificateChecks, Revocation};
use shared::api::{Code, Refusal, Stored};
use shared::domain::account::AccountKind;
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{ConsentItem, ItemState};
use shared::domain::coverage::{Coverage, Eligibility, Provided, Relation, Validity};
use shared::domain::institution::{Use, VisitKind};
use shared::domain::person::{Person, Sex};
use yew::prelude::*;

use crate::drawn::{day, draw, has, institution, refused, user, words};

/// The words of each cell of a table part, joined.
fn cells(part: &str) -> Vec<String> {
    let starts = part.replace("<th ", "\u{1}<th ").replace("<td ", "\u{1}<td ");
    starts.split('\u{1}').skip(1).map(|cell| words(cell).concat()).collect()
}

/// 資格 一郎 of N108.
fn ichiro() -> Person {
    Person {
        name: "資格　一郎".to_owned(),
        name_kana: "ｼｶｸ ｲﾁﾛｳ".to_owned(),
        name_of_other: None,
        birth_date: day("1960-06-02"),
        sex: Sex::Male,
    }
}

/// The row of N108.
fn n108() -> ConsentRow {
    ConsentRow {
        hand_over: None,
        id: "c1".to_owned(),
        person: Some(ichiro()),
        reference_number: None,
        items: ConsentItem::ALL.map(|item| (item, ItemState::Agreed)).to_vec(),
        booked_on: None,
        consented_at: day("2024-01-17").at_jst(10, 14),
        expires_at: day("2024-04-30").at_jst(23, 59),
        replaced_at: None,
        validity: Validity::Valid,
        is_chosen: false,
    }
}

fn page_of(total: u32, page: u32, rows: Vec<ConsentRow>) -> ConsentPage {
    let cursor = |is_there: bool| is_there.then(|| "n.1.50.z".to_owned());
    ConsentPage {
        total,
        is_total_more: false,
        ahead: (page - 1) * 50,
        previous: cursor(page > 1),
        next: cursor(page * 50 < total),
        damaged: 0,
        rows,
        now: day("2024-01-17").at_jst(10, 15),
    }
}

pub(crate) fn coverage() -> Coverage {
    Coverage {
        insurer_number: "06990014".to_owned(),
        insurer_name: "ひなた健康保険組合".to_owned(),
        symbol: Some("１２－３４".to_owned()),
        member_number: "56".to_owned(),
        branch_number: Some("01".to_owned()),
        card_classification: "被保険者証(一般)".to_owned(),
        relation: Some(Relation::Insured),
        insured_name: None,
        address: None,
        post_number: None,
        sex_on_back: None,
        qualified_on: Some(day("2019-04-01")),
        disqualified_on: None,
        loss_reason: None,
        valid_from: Some(day("2019-04-01")),
        valid_until: None,
        copay_ratio: Provided::NotProvided,
        is_preschool: false,
        elderly: None,
        limit: Provided::NotProvided,
        specific_diseases: Provided::None,
    }
}

pub(crate) fn eligibility(validity: Validity, coverages: Vec<Coverage>) -> Eligibility {
    let person = (validity != Validity::NotFound).then(ichiro);
    Eligibility::of_insurance(validity, day("2024-01-17").at_jst(10, 15), person, coverages)
}

fn details(eligibility: Eligibility) -> ConsentDetails {
    ConsentDetails {
        row: ConsentRow { validity: eligibility.validity, person: eligibility.person.clone(), ..n108() },
        receipt: "K7M2QX".to_owned(),
        visit_kind: VisitKind::HomeVisit,
        eligibility,
        check_way: CheckWay::Pin,
        medium: Medium::Card,
        checks: Some(CertificateChecks { signature: true, chain: true, period: true, revocation: Revocation::NotChecked }),
        chosen: None,
        occasion: shared::domain::visit::Occasion::default(),
    }
}

fn url_info(may_change: bool) -> ReceptionUrlInfo {
    ReceptionUrlInfo {
        visit_kind: VisitKind::HomeVisit,
        url: "http://localhost:8080/r/AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIIIJJJJKKK".to_owned(),
        institution_name: "ひなた訪問看護ステーション".to_owned(),
        contact: "電話 099-000-0000".to_owned(),
        issued_at: day("2024-01-17").at_jst(9, 0),
        former_urls: 2,
        may_change,
        qr_svg: "<?xml version=\"1.0\"?><svg viewBox=\"0 0 9 9\"><path fill=\"#000\" d=\"M0 0h9v9\"/></svg>".to_owned(),
    }
}
