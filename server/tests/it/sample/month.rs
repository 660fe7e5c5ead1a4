//! Samples of the month's endpoints.

use server::store::day::{DayRecord, add};
use server::store::{ConsentId, DayVisitId, PaperId};
use server::tenant::Tenant;
use shared::api::aid::{AidOfMonth, AidOfMonthCsv, FetchAid};
use shared::api::claims::{Claims, ClaimsCsv, CloseClaim};
use shared::api::day::{AddDayVisit, CheckDay, DayCsv, DayFile, DayList, DayState, ImportDay, RemoveDayVisit};
use shared::api::expiring::{Expiring, ExpiringCsv};
use shared::api::month::{Evidence, EvidenceCsv, RunOf, StartRequeries, Usage, UsageCsv, Worklist, WorklistCsv};
use shared::api::requery::{EndRelation, Requery, RequeryState};
use shared::api::subsidy::{AddSubsidyPaper, EndSubsidyPaper, NewPaper, SubsidyPapers};
use shared::api::{Endpoint as _, EndpointRow};
use shared::bytes::Base64;
use shared::domain::account::UserId;
use shared::domain::month::Month;

use super::{Ask, NO_ID, Sample, Scene, ask, code, get};
use crate::world::{CLINIC, STATION};

/// The sample of one of these endpoints; `None` for another's.
pub(crate) async fn sample(scene: &Scene, row: &EndpointRow) -> Option<Sample> {
    let today = scene.world.clock.now().jst_date();
    let (day, month) = (today.to_string(), Month::of(today).to_string());
    let own = if row.path.contains("{consent}") || row.name == AddDayVisit::NAME { scene.consent().await } else { String::new() };
    let consents = |of: &dyn Fn(&str) -> Ask| Sample::with(of(&own), of(&scene.other_consent), of(NO_ID));
    // A path that names no person has no other's; what is no month or day is nobody's.
    let named = |right: &str, of: &dyn Fn(&str) -> Ask| Sample { missing: Some(of("2026-13")), ..Sample::of(of(right)) };
    let nothing = |path: String| ask(path, &());
    Some(match row.name {
        RequeryState::NAME => consents(&|id| get(RequeryState { consent: id.into() }.path())),
        Requery::NAME => consents(&|id| nothing(Requery { consent: id.into() }.path())),
        EndRelation::NAME => consents(&|id| ask(EndRelation { consent: id.into() }.path(), &serde_json::json!({ "ended_on": null }))),
        Worklist::NAME => Sample::of(ask(Worklist.path(), &serde_json::json!({ "month": month, "show": "done", "after": null }))),
        WorklistCsv::NAME => named(&month, &|of| nothing(WorklistCsv { month: of.into() }.path())),
        StartRequeries::NAME => named(&month, &|of| nothing(StartRequeries { month: of.into() }.path())),
        RunOf::NAME => named(&month, &|of| get(RunOf { of: of.into() }.path())),
        Evidence::NAME => Sample::of(ask(Evidence.path(), &serde_json::json!({ "month": month, "after": null }))),
        EvidenceCsv::NAME => named(&month, &|of| nothing(EvidenceCsv { month: of.into() }.path())),
        Usage::NAME => named(&month, &|of| get(Usage { month: of.into() }.path())),
        UsageCsv::NAME => named(&month, &|of| get(UsageCsv { month: of.into() }.path())),
        DayList::NAME => named(&day, &|of| get(DayList { day: of.into() }.path())),
        DayCsv::NAME => named(&day, &|of| nothing(DayCsv { day: of.into() }.path())),
        AddDayVisit::NAME => {
            let body = |id: &str| serde_json::json!({ "consent": id });
            let of = |id: &str| ask(AddDayVisit { day: day.as_str().into() }.path(), &body(id));
            Sample::with(of(&own), of(&scene.other_consent), of(NO_ID))
        }
        ImportDay::NAME => named(&day, &|of| {
            let text = "氏名,氏名(カナ),生年月日,部屋,保険者番号,記号,番号,枝番\n試験 花,シケン ハナ,,,,,,\n";
            let file = DayFile { file: Base64(text.as_bytes().to_vec()), is_trial: false };
            ask(ImportDay { day: of.into() }.path(), &file)
        }),
        RemoveDayVisit::NAME => {
            let of = |id: &str| nothing(RemoveDayVisit { day: day.as_str().into(), visit: id.into() }.path());
            let (own, others) = (put(scene, STATION).await, put(scene, CLINIC).await);
            Sample::with(of(own.as_str()), of(others.as_str()), of(NO_ID))
        }
        CheckDay::NAME => named(&day, &|of| nothing(CheckDay { day: of.into() }.path())),
        AidOfMonth::NAME => named(&month, &|of| get(AidOfMonth { month: of.into() }.path())),
        AidOfMonthCsv::NAME => named(&month, &|of| nothing(AidOfMonthCsv { month: of.into() }.path())),
        FetchAid::NAME => named(&month, &|of| nothing(FetchAid { month: of.into() }.path())),
        SubsidyPapers::NAME => consents(&|id| get(SubsidyPapers { consent: id.into() }.path())),
        AddSubsidyPaper::NAME => consents(&|id| ask(AddSubsidyPaper { consent: id.into() }.path(), &paper())),
        EndSubsidyPaper::NAME => {
            let kept = paper_of(scene, &own).await;
            let of = |id: &str| ask(EndSubsidyPaper { consent: id.into() }.path(), &serde_json::json!({ "paper": kept, "reason": "転出" }));
            Sample::with(of(&own), of(&scene.other_consent), of(NO_ID))
        }
        Claims::NAME => named(&month, &|of| get(Claims { month: of.into() }.path())),
        ClaimsCsv::NAME => named(&month, &|of| nothing(ClaimsCsv { month: of.into() }.path())),
        CloseClaim::NAME => {
            let of = |id: &DayVisitId| {
                let body = serde_json::json!({ "kind": "no_check", "about": format!("{day} {}", id.as_str()), "note": "電話で確かめた" });
                ask(CloseClaim { month: month.as_str().into() }.path(), &body)
            };
            let (own, others) = (put(scene, STATION).await, put(scene, CLINIC).await);
            Sample::with(of(&own), of(&others), of(&DayVisitId::parse(NO_ID).unwrap()))
        }
        Expiring::NAME => Sample::of(ask(Expiring.path(), &serde_json::json!({ "kind": "certificate", "after": null }))),
        ExpiringCsv::NAME => {
            let of = |kind: &str| nothing(ExpiringCsv { kind: kind.into() }.path());
            Sample { missing: Some(of("nothing")), ..Sample::of(of("consent")) }
        }
        _ => return None,
    })
}

fn paper() -> NewPaper {
    let note = |text: &str| text.try_into().unwrap();
    NewPaper {
        name: note("こども医療費"),
        payer_number: "80990012".try_into().unwrap(),
        beneficiary_number: "1".try_into().unwrap(),
        ..NewPaper::default()
    }
}

/// A paper of the person of a consent of the station.
async fn paper_of(scene: &Scene, consent: &str) -> String {
    let now = scene.world.clock.now();
    let id = PaperId::new(now, server::random::Random::machine().bytes().unwrap());
    let (named, of) = (id.clone(), ConsentId::parse(consent).unwrap());
    let write = move |tx: &mut server::store::tx::Tx<'_>| {
        let tenant = Tenant::of_operator(&code(STATION));
        let subject = server::store::consent::subject_of(tx, &tenant, &of)?.unwrap();
        let by = UserId::try_from("ippan1").unwrap();
        server::store::subsidy::add(tx, &tenant, &subject, &id, &paper().read().unwrap(), (now, &by))
    };
    scene.world.store.0.write(write).await.unwrap();
    named.as_str().to_owned()
}

/// A person on the list of today who is not known.
pub(super) async fn put(scene: &Scene, institution: &str) -> DayVisitId {
    let now = scene.world.clock.now();
    let id = DayVisitId::new(now, server::random::Random::machine().bytes().unwrap());
    let name = if institution == STATION { "試験 花" } else { "よその端末" };
    let new = DayRecord {
        day: now.jst_date(),
        id: id.clone(),
        name: name.to_owned(),
        kana: String::new(),
        birth_date: None,
        room: String::new(),
        home: String::new(),
        floor: String::new(),
        subject: String::new(),
        consent: None,
        insurance: None,
        state: DayState::Open,
        check: None,
        checked_at: None,
        added_by: "kanri1".try_into().unwrap(),
        added_at: now,
    };
    let tenant = server::tenant::Tenant::of_operator(&code(institution));
    scene.world.store.0.write(move |tx| add(tx, &tenant, &new)).await.unwrap();
    id
}
