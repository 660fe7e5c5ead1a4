//! An institution for training asks no real source about its invented people (OT-36): neither by hand nor by a job.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use server::Sha256;
use server::eligibility::asked::{Candidate, InsuranceAsked, PersonAsked};
use server::eligibility::reference::{ReferenceAnswer, ReferenceAsked};
use server::eligibility::registers::Registers;
use server::eligibility::{Registry, RegistryAnswer, RegistryLook};
use server::jobs::Worker;
use server::medical::{Answering, Asked, Known, MedicalSource};
use server::random::Random;
use shared::api::check::{CheckAnswer, CheckByNumber, NumberCheck};
use shared::api::medical::MedicalDocument;
use shared::api::month::StartRequeries;
use shared::api::office::SearchConsents;
use shared::api::operation::{Fact, LookAtOperation, SeenByPage};
use shared::api::requery::Requery;
use shared::api::training::{FillTraining, TypedInstitution};
use shared::domain::calendar::UnixMs;
use shared::domain::medical::MedicalKind;
use shared::domain::month::Month;
use shared::domain::operation::Part;

use crate::sample::check::ichiro;
use crate::trainings::mark;
use crate::world::{CLINIC, STATION, World};

/// A register and a source that stand for real ones, and count how often they are asked.
#[derive(Default)]
struct Real(AtomicU32);

impl Real {
    fn count(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Registry for Real {
    fn look(&self) -> RegistryLook {
        RegistryLook::Answers
    }

    fn register_reference(&self, _: &ReferenceAsked) -> ReferenceAnswer {
        self.count();
        ReferenceAnswer::Away
    }

    fn holder(&self, fingerprint: Sha256, _: UnixMs) -> RegistryAnswer {
        self.count();
        RegistryAnswer::NoRow { subject: format!("cert:{}", fingerprint[0]) }
    }

    fn insured(&self, _: &InsuranceAsked, _: UnixMs) -> Vec<Candidate> {
        self.count();
        Vec::new()
    }

    fn persons(&self, _: &PersonAsked, _: UnixMs) -> Vec<Candidate> {
        self.count();
        Vec::new()
    }

    fn subject(&self, subject: &str, _: UnixMs) -> RegistryAnswer {
        self.count();
        RegistryAnswer::NoRow { subject: subject.to_owned() }
    }
}

impl MedicalSource for Real {
    fn ask<'a>(&'a self, _: &'a Asked) -> Answering<'a> {
        self.count();
        Box::pin(std::future::ready(Ok(Known::default())))
    }
}

#[tokio::test]
async fn on_a_production_server_training_asks_invented_sources_alone() {
    let real = Arc::new(Real::default());
    let world = World::with(|parts| {
        (parts.registry, parts.medical, parts.is_demo) = (Arc::clone(&real) as _, Arc::clone(&real) as _, false);
    })
    .await;
    mark(&world.store, STATION).await;
    let (admin, viewer) = (world.login(STATION, "kanri1").await, world.login(STATION, "etsu1").await);
    world.call::<FillTraining>(&[], &admin, &TypedInstitution { typed_institution: STATION.to_owned() }).await.unwrap();
    let search = serde_json::json!({
        "consented_from": "2026-01-01", "consented_to": "2026-12-31", "name_prefix": "シカク イチロウ", "reference_number": "",
        "receipt": "", "state": "all", "order": "newest_first"
    });
    let found = world.call::<SearchConsents>(&[], &admin, &serde_json::from_value(search).unwrap()).await.unwrap();
    let ichiro_here = found.rows[0].id.clone();

    let by_number = NumberCheck { asked: ichiro(), chosen: None };
    let CheckAnswer::Made(made) = world.call::<CheckByNumber>(&[], &admin, &by_number).await.unwrap() else { panic!() };
    assert_eq!(made.eligibility.person.unwrap().name, "資格　一郎");
    world.call::<Requery>(&[&ichiro_here], &admin, &()).await.unwrap();
    let page = world.call::<MedicalDocument>(&[&ichiro_here, MedicalKind::Drug.word()], &viewer, &()).await.unwrap();
    assert!(page.sections.iter().any(|section| !section.lines.is_empty()), "the invented histories");
    world.visit_of("ichiro").await.unwrap();
    let month = Month::of(world.clock.now().jst_date()).to_string();
    world.call::<StartRequeries>(&[&month], &admin, &()).await.unwrap();
    let registers = Registers::new(Arc::clone(&real) as _, false);
    let worker = Worker::new(Arc::clone(&world.store.0), world.clock.clone(), &Random::machine()).unwrap();
    worker.with_registers(registers).run_due().await.unwrap();
    assert_eq!(real.0.load(Ordering::SeqCst), 0, "nobody invented is asked about");
    let light = world.call::<LookAtOperation>(&[], &admin, &SeenByPage { device: None, network: None, reader: None }).await.unwrap();
    let national = light.parts.into_iter().find(|part| part.part == Part::National).unwrap();
    assert!(matches!(national.fact, Fact::DemoRegister { .. }), "said where its light stands");

    // Control: another institution of the same server asks the real one.
    let other = world.login(CLINIC, "kanri1").await;
    world.call::<CheckByNumber>(&[], &other, &by_number).await.unwrap();
    assert_eq!(real.0.load(Ordering::SeqCst), 1);
}
