//! What programs are given, as files for checks by others: each person of the demo register as a bundle of FHIR.
//!
//! `cargo run -p server --example link_samples -- FOLDER`: `FOLDER/fhir/PERSON-CASE.json`, and `FOLDER/openapi.json`.

use std::path::PathBuf;

use anyhow::Context as _;
use server::eligibility::registry::EmbeddedRegistry;
use server::export::fhir::{self, Given};
use server::export::openapi;
use server::store::{ConsentId, ConsentRecord};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{Choice, ConsentItem, EndReason, ItemState};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::institution::{InstitutionCode, VisitKind};
use shared::domain::visit::{Assist, Occasion};

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).context("name a folder")?);
    let fhir = folder.join("fhir");
    std::fs::create_dir_all(&fhir)?;
    let now = CivilDate::try_from("2024-01-17")?.at_jst(12, 0);
    let institution = InstitutionCode::try_from("9969900001")?;
    let register = EmbeddedRegistry::demo("{}")?;
    let mut records = Vec::new();
    let mut number = 0_u8;
    for known in register.people(now) {
        for case in Case::ALL {
            number = number.wrapping_add(1);
            let record = record(number, known.eligibility.clone(), case, now)?;
            let given = Given::of(&record, &institution, now.plus_ms(1000), case != Case::WithoutConsents);
            std::fs::write(fhir.join(format!("{}-{case:?}.json", known.subject)), given.bundle().to_string())?;
            records.push(record);
        }
    }
    let page = fhir::page(records.iter().map(|record| Given::of(record, &institution, now, true)), Some("AAAA"));
    std::fs::write(fhir.join("page.json"), page.to_string())?;
    std::fs::write(folder.join("openapi.json"), openapi::document().to_string())?;
    Ok(())
}

/// How a check came about and stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    /// Card and PIN; the consents live.
    Living,
    /// For a program that may not read consents.
    WithoutConsents,
    /// Taken back, by paper.
    Withdrawn,
    /// 複数該当.
    Several,
    /// 該当資格なし.
    NotFound,
}

impl Case {
    const ALL: [Self; 5] = [Self::Living, Self::WithoutConsents, Self::Withdrawn, Self::Several, Self::NotFound];
}

fn record(number: u8, eligibility: Eligibility, case: Case, now: UnixMs) -> anyhow::Result<ConsentRecord> {
    let mut eligibility = Eligibility { subsidy_answer: Choice::Agree, ..eligibility };
    match case {
        Case::Several => {
            eligibility.validity = Validity::Several;
            let again = eligibility.coverages.clone();
            eligibility.coverages.extend(again);
        }
        Case::NotFound => eligibility = Eligibility::of_insurance(Validity::NotFound, now, None, Vec::new()),
        Case::Living | Case::WithoutConsents | Case::Withdrawn => {}
    }
    let is_ended = case == Case::Withdrawn;
    let state = |item| if item == ConsentItem::Drug { ItemState::Refused } else { ItemState::Agreed };
    Ok(ConsentRecord {
        id: ConsentId::new(now, [number; 10]),
        visit_kind: VisitKind::HomeVisit,
        reference_number: number.is_multiple_of(2).then(|| format!("000{number}")),
        items: ConsentItem::ALL.into_iter().map(|item| (item, state(item))).collect(),
        consented_at: now,
        expires_at: CivilDate::try_from("2024-04-30")?.at_jst(23, 59),
        booked_on: None,
        replaced_at: is_ended.then_some(now),
        ended_why: is_ended.then_some(EndReason::Patient),
        receipt: "K7M2QX9A".to_owned(),
        check_way: if is_ended { CheckWay::Paper } else { CheckWay::Pin },
        medium: if is_ended { Medium::Paper } else { Medium::Card },
        eligibility,
        checks: None,
        chosen: None,
        occasion: Occasion { assist: is_ended.then_some(Assist::Staff), ..Occasion::default() },
    })
}
