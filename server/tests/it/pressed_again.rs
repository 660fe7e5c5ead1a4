//! A press whose answer was lost: its answer of then, without another question to the register, also while that is away (X34).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use server::eligibility::asked::{Candidate, InsuranceAsked};
use server::eligibility::registry::EmbeddedRegistry;
use server::eligibility::{Registry, RegistryAnswer, RegistryLook};
use shared::api::bedside::{BedsideAnswer, NewBedside, OpenBedside, ProveBedside};
use shared::api::check::{CheckByNumber, NumberCheck};
use shared::api::requery::Requery;
use shared::api::{Code, Endpoint as _, Refusal};
use shared::bytes::Base64;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{Choice, Choices};

use crate::device_world::TestDevice;
use crate::sample::bedside::{by_pin, new_check};
use crate::sample::check::ichiro;
use crate::world::{ORIGIN, STATION, World, cards_today};

/// The demo's register: how often it was asked, and whether it is away.
struct Watched {
    of: EmbeddedRegistry,
    asked: Arc<AtomicU32>,
    is_away: Arc<AtomicBool>,
}

impl Registry for Watched {
    fn look(&self) -> RegistryLook {
        if self.is_away.load(Ordering::SeqCst) { RegistryLook::Silent } else { RegistryLook::Answers }
    }

    fn holder(&self, fingerprint: server::Sha256, now: UnixMs) -> RegistryAnswer {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.of.holder(fingerprint, now)
    }

    fn insured(&self, asked: &InsuranceAsked, now: UnixMs) -> Vec<Candidate> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.of.insured(asked, now)
    }

    fn subject(&self, subject: &str, now: UnixMs) -> RegistryAnswer {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.of.subject(subject, now)
    }
}

#[tokio::test]
async fn x34_after_a_lost_answer_the_same_press_has_its_answer_and_the_register_is_not_asked_again() {
    let (asked, is_away) = (Arc::<AtomicU32>::default(), Arc::<AtomicBool>::default());
    let people = std::fs::read_to_string(cards_today().join("people.json")).unwrap();
    let world = World::with(|parts| {
        let of = EmbeddedRegistry::demo(&people).unwrap();
        parts.registry = Arc::new(Watched { of, asked: Arc::clone(&asked), is_away: Arc::clone(&is_away) });
    })
    .await;
    let device = TestDevice::of(&world, STATION, "ippan1").await;
    // DA-8B with a consent, DA-8B for the eligibility alone, DA-13, DA-12.
    let agreed = Choices { subsidy: Choice::NotAsked, ..Choices::all(Choice::Agree) };
    let mut presses = Vec::new();
    for choices in [Some(agreed), None] {
        let opened = device.call(&world, &OpenBedside, &NewBedside { choices, ..new_check() }).await.unwrap();
        let proof = by_pin(world.card("ichiro").sign(&opened.challenge, ORIGIN));
        presses.push((ProveBedside { visit: (&opened.visit).into() }.path(), serde_json::to_string(&proof).unwrap()));
    }
    let paper = NumberCheck { asked: ichiro(), chosen: None };
    presses.push((CheckByNumber.path(), serde_json::to_string(&paper).unwrap()));
    let mut done = Vec::new();
    for (path, body) in presses {
        done.push(pressed(&world, &device, path, body).await);
    }
    let BedsideAnswer::Done(result) = serde_json::from_slice(&done[0].answer).unwrap() else { panic!("asked first") };
    let requery = Requery { consent: result.consent.unwrap().id.as_str().into() };
    world.later(1_000);
    done.push(pressed(&world, &device, requery.path(), "null".to_owned()).await);
    let before = asked.load(Ordering::SeqCst);
    assert!(before >= 4, "each was asked for: {before}");
    for away in [true, false] {
        is_away.store(away, Ordering::SeqCst);
        for Pressed { path, body, key, answer } in &done {
            let (status, _, again) = device.send_as(&world, "POST", path, body, key).await;
            assert!(status.is_success() && &again == answer, "{path}, away {away}: {status}");
        }
    }
    assert_eq!(asked.load(Ordering::SeqCst), before, "the register is not asked again");
    // Control: another press is asked for, and has no answer while the register is away.
    is_away.store(true, Ordering::SeqCst);
    for Pressed { path, body, .. } in &done[2..] {
        let (_, _, other) = device.send(&world, "POST", path, body).await;
        assert_eq!(serde_json::from_slice::<Refusal>(&other).unwrap().code, Code::X34, "{path}");
    }
    assert!(asked.load(Ordering::SeqCst) > before);
}

/// A press that was done.
struct Pressed {
    path: String,
    body: String,
    key: String,
    answer: Vec<u8>,
}

async fn pressed(world: &World, device: &TestDevice, path: String, body: String) -> Pressed {
    let key = Base64(server::random::Random::machine().bytes::<16>().unwrap().to_vec()).to_text();
    let (status, _, answer) = device.send_as(world, "POST", &path, &body, &key).await;
    assert!(status.is_success(), "{path}: {}", String::from_utf8_lossy(&answer));
    Pressed { path, body, key, answer }
}
