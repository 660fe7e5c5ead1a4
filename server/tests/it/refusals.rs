//! Every way in which a visit is refused, and that nothing of it is stored.

use shared::api::reception::{FreshChallenge, OpenPage, OpenVisit, OpenVisitRequest, Proof, VisitStanding, VisitState};
use shared::api::{Code, Detail, Stored};
use shared::bytes::Base64;
use shared::domain::calendar::CivilDate;
use shared::domain::consent::{Choice, Choices};
use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};

use crate::world::{N108_DAY, ORIGIN, Refused, STATION, World, at, holder, new_visit, nobody};

/// Status, code, what is stored, detail.
fn told(refused: Refused) -> (u16, Code, Stored, Option<Detail>) {
    (refused.0.as_u16(), refused.1.code, refused.1.stored, refused.1.detail)
}

async fn refused_card(world: &World, card: &str) -> (u16, Code, Stored, Option<Detail>) {
    told(world.visit_of(card).await.unwrap_err())
}

#[tokio::test]
async fn cards_that_prove_nothing_store_nothing() {
    let world = World::new().await;
    let expired = |day| Some(Detail::ExpiredOn(CivilDate::try_from(day).unwrap()));
    let cases = [
        ("ichiro:expired", Code::X09, expired("2026-11-19")),
        ("ichiro:expired-long", Code::X09, expired("2026-06-23")),
        ("mutsuko", Code::X10, None),
        ("fuyuko", Code::X61, None),
        ("akio", Code::X61, None),
        ("ichiro:not-yet-valid", Code::X11, None),
        ("ichiro:old-ca-1", Code::X11, None),
        ("ichiro:forged", Code::X11, None),
        ("ichiro:forged-own-id", Code::X11, None),
    ];
    for (card, code, detail) in cases.clone() {
        assert_eq!(refused_card(&world, card).await, (422, code, Stored::Nothing, detail), "{card}");
    }
    assert_eq!(world.rows().await, [0, 0, 0]);
    let outcomes: Vec<String> = cases.iter().map(|(_, code, _)| code.word().to_owned()).collect();
    assert_eq!(world.audited("reception.prove").await, outcomes, "each try leaves its row");
}

#[tokio::test]
async fn every_living_generation_of_the_ca_is_good() {
    let world = World::new().await;
    assert!(world.visit_of("ichiro:old-ca-2").await.unwrap().checks.chain);
}

#[tokio::test]
async fn a_certificate_for_signing_documents_proves_no_visit() {
    use der::{Decode as _, EncodePem as _};
    use server::identity::{Anchors, Mode, NotTrusted};
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let (proof, ca) = world.card("ichiro").sign_as_document(&visit.challenge, ORIGIN);
    let refused = world.prove(&visit, &proof).await.unwrap_err();
    assert_eq!(told(refused), (422, Code::X11, Stored::Nothing, None));

    // Also where its CA was given as a card CA by mistake: signature and chain hold then, its policy does not.
    let pem = x509_cert::Certificate::from_der(&ca).unwrap().to_pem(der::pem::LineEnding::LF).unwrap();
    let anchors = Anchors::from_pem(Mode::Demo, &[pem]).unwrap();
    let signed = shared::evidence::signed_bytes(
        shared::evidence::Operation::Authenticate,
        &server::sha256(ORIGIN.as_bytes()),
        proof.nonce.0.as_slice().try_into().unwrap(),
        &visit.challenge.statement.0,
    );
    let judged = anchors.check(&proof.certificate.0, &signed, &proof.signature.0, world.clock.now());
    assert_eq!(judged, Err(NotTrusted::Policy));
}

#[tokio::test]
async fn a_real_card_is_named_in_the_demo() {
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    // The key id of the second production generation in the place of ours: the card's signature still fits.
    let real = [0x8C, 0xD5, 0x58, 0x6A, 0x89, 0x14, 0x85, 0xE5, 0x59, 0x37, 0x9B, 0x7E, 0x29, 0xD4, 0x10, 0xCF, 0xD2, 0x8B, 0x35, 0x93];
    let mut certificate = proof.certificate.0.clone();
    let place = authority_key_id(&certificate);
    certificate[place..place + 20].copy_from_slice(&real);
    let refused = world.prove(&visit, &Proof { certificate: Base64(certificate.clone()), ..proof.clone() }).await.unwrap_err();
    assert_eq!(told(refused), (422, Code::RealCardInDemo, Stored::Nothing, None));
    // Control: any other key id is just unknown.
    certificate[place] ^= 1;
    let refused = world.prove(&visit, &Proof { certificate: Base64(certificate), ..proof }).await.unwrap_err();
    assert_eq!(refused.1.code, Code::X11);
}

/// Where the authority key identifier's key id stands: after its OID, OCTET STRING, SEQUENCE and `80 14`.
fn authority_key_id(certificate: &[u8]) -> usize {
    let oid = [0x06, 0x03, 0x55, 0x1D, 0x23];
    let place = certificate.windows(oid.len()).position(|window| window == oid).unwrap();
    place + certificate[place..].windows(2).position(|window| window == [0x80, 0x14]).unwrap() + 2
}

#[tokio::test]
async fn every_changed_byte_of_a_proof_is_refused() {
    let world = World::with(|parts| parts.quotas.proofs_of_visit = server::rate::Quota::NONE).await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let good = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    let with_signature = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut proof = good.clone();
        change(&mut proof.signature.0);
        proof
    };
    let with_certificate = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut proof = good.clone();
        change(&mut proof.certificate.0);
        proof
    };
    let mut bad = vec![
        with_signature(&|bytes| bytes[0] ^= 1),
        with_signature(&Vec::clear),
        with_signature(&|bytes| bytes.push(0)),
        with_certificate(&|bytes| bytes.push(0)),
        with_certificate(&|bytes| bytes.truncate(100)),
        with_certificate(&Vec::clear),
        with_certificate(&|bytes| *bytes = vec![0x30; 8193]),
    ];
    let length = good.certificate.0.len();
    bad.extend((0..length).step_by(97).map(|place| with_certificate(&|bytes| bytes[place] ^= 0x01)));
    for proof in bad {
        let (status, refusal) = world.prove(&visit, &proof).await.unwrap_err();
        assert_eq!((status.as_u16(), refusal.code), (422, Code::X11));
    }
    assert_eq!(world.rows().await, [0, 0, 0]);
    world.prove(&visit, &good).await.expect("the challenge was not used up by refusals");
}

#[tokio::test]
async fn a_signature_made_elsewhere_or_over_something_else_is_refused() {
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Refuse)).await;
    let other = world.open(Choices::all(Choice::Agree)).await;
    let mut card = world.card("ichiro");
    let relayed = card.sign(&visit.challenge, "https://uketsuke.example.evil");
    let with_other_choices = card.sign_bytes(&visit.challenge.nonce.0, &other.challenge.statement.0, ORIGIN);
    for proof in [relayed, with_other_choices] {
        assert_eq!(world.prove(&visit, &proof).await.unwrap_err().1.code, Code::X11);
    }
    let of_other_visit = card.sign(&other.challenge, ORIGIN);
    assert_eq!(world.prove(&visit, &of_other_visit).await.unwrap_err().1.code, Code::Challenge);
}

#[tokio::test]
async fn a_challenge_serves_once_and_for_five_minutes() {
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let old = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    world.later(5 * 60_000);
    let gone = (409, Code::Challenge, Stored::Kept, None);
    assert_eq!(told(world.prove(&visit, &old).await.unwrap_err()), gone);
    let fresh = world.call::<FreshChallenge>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    let fresher = world.call::<FreshChallenge>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    assert_eq!(fresh.statement, fresher.statement, "choices and their time are kept");
    let killed = world.card("ichiro").sign(&fresh, ORIGIN);
    assert_eq!(told(world.prove(&visit, &killed).await.unwrap_err()), gone, "a fresh one kills the former");
    world.later(5 * 60_000 - 1);
    world.prove(&visit, &world.card("ichiro").sign(&fresher, ORIGIN)).await.unwrap();
}

#[tokio::test]
async fn a_visit_lives_thirty_minutes() {
    // X21
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    world.later(29 * 60_000);
    let fresh = world.call::<FreshChallenge>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    let proof = world.card("ichiro").sign(&fresh, ORIGIN);
    world.later(60_000);
    let over = (410, Code::X21, Stored::Nothing, None);
    assert_eq!(told(world.prove(&visit, &proof).await.unwrap_err()), over);
    assert_eq!(told(world.call::<FreshChallenge>(&[&visit.visit], &holder(&visit), &()).await.unwrap_err()), over);
    assert_eq!(world.call::<VisitState>(&[&visit.visit], &holder(&visit), &()).await.unwrap(), VisitStanding::Expired);
    assert_eq!(world.rows().await, [0, 0, 0]);
}

#[tokio::test]
async fn a_left_visit_cannot_be_proved() {
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    world.call::<shared::api::reception::LeaveVisit>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    assert_eq!(told(world.prove(&visit, &proof).await.unwrap_err()), (410, Code::X21, Stored::Nothing, None));
}

#[tokio::test]
async fn a_former_url_says_whom_to_ask_and_not_the_new_one() {
    // X18
    let world = World::new().await;
    let next = ReceptionToken::from_random([5; 32]);
    let audit = server::store::AuditEntry {
        at: world.clock.now(),
        institution: Some(InstitutionCode::try_from(STATION).unwrap()),
        actor: "user kanri1".to_owned(),
        action: "office.change_reception_url".into(),
        address: None,
        subject: None,
        outcome: "ok".to_owned(),
    };
    world.store.change_reception_url(VisitKind::HomeVisit, world.token.clone(), next.clone(), audit).await.unwrap().unwrap();
    let (status, headers, body) = world.send("GET", &format!("/api/reception/{}", world.token.as_str()), &nobody(), "").await;
    assert_eq!(status.as_u16(), 410);
    assert_eq!(String::from_utf8(body).unwrap(), r#"{"code":"U-X18","stored":"nothing","detail":{"contact":"事務所 受付"}}"#);
    assert!(!headers.contains_key("location"));
    let request = new_visit([1; 16], Choices::all(Choice::Agree));
    let refused = world.call::<OpenVisit>(&[world.token.as_str()], &nobody(), &request).await.unwrap_err();
    assert_eq!(told(refused), (410, Code::X18, Stored::Nothing, Some(Detail::Contact("事務所 受付".to_owned()))));
    world.call::<OpenPage>(&[next.as_str()], &nobody(), &()).await.unwrap();
}

#[tokio::test]
async fn a_use_that_is_switched_off_says_whom_to_ask() {
    // X19
    let world = World::new().await;
    world.store.switch_home_visit(&InstitutionCode::try_from(STATION).unwrap(), false).await.unwrap();
    let refused = world.call::<OpenPage>(&[world.token.as_str()], &nobody(), &()).await.unwrap_err();
    assert_eq!(told(refused), (403, Code::X19, Stored::Nothing, Some(Detail::Contact("事務所 受付".to_owned()))));
    assert!(world.call::<OpenPage>(&[world.other_token.as_str()], &nobody(), &()).await.is_ok());
}

#[tokio::test]
async fn requests_that_no_page_of_ours_makes_are_refused() {
    let world = World::new().await;
    let good = new_visit([1; 16], Choices::all(Choice::Agree));
    let bad = [
        OpenVisitRequest { key: Base64(vec![1; 15]), ..good.clone() },
        OpenVisitRequest { key: Base64(vec![1; 33]), ..good.clone() },
        OpenVisitRequest { notice_version: "another".to_owned(), ..good.clone() },
        OpenVisitRequest { language: "xx".to_owned(), ..good.clone() },
    ];
    for request in bad {
        let refused = world.call::<OpenVisit>(&[world.token.as_str()], &nobody(), &request).await.unwrap_err();
        assert_eq!(told(refused), (400, Code::Request, Stored::Nothing, None));
    }
    let path = format!("/api/reception/{}/visits", world.token.as_str());
    let good = serde_json::to_value(&good).unwrap();
    let mut extra = good.clone();
    extra["is_admin"] = true.into();
    let mut unanswered = good.clone();
    unanswered["choices"].as_object_mut().unwrap().remove("checkup");
    for body in [extra.to_string(), unanswered.to_string(), "{".to_owned(), String::new(), format!("{good}{good}")] {
        let (status, _, answer) = world.send("POST", &path, &nobody(), body).await;
        assert_eq!(status.as_u16(), 400, "{}", String::from_utf8_lossy(&answer));
    }
    let long = format!("{good}{}", " ".repeat(5000));
    assert_eq!(world.send("POST", &path, &nobody(), long).await.0.as_u16(), 413, "longer than the route takes");
    assert_eq!(world.send("POST", &path, &nobody(), good.to_string()).await.0.as_u16(), 200, "control");
}

#[tokio::test]
async fn the_clock_of_the_sample_day_is_another_day() {
    // A card made for today does not prove anything in 2024: its certificate is not valid yet or its CA unknown there.
    let world = World::new().await;
    world.clock.set(at(N108_DAY));
    assert_eq!(refused_card(&world, "jiro").await.1, Code::X11);
}

#[tokio::test]
async fn a_fault_inside_says_nothing_and_stops_nothing() {
    use server::random::{NoRandom, Random};
    use std::sync::atomic::{AtomicU8, Ordering};
    // The machine gives no random bytes, then a part of ours panics, then all is well again.
    let turn = AtomicU8::new(0);
    let random = Random::from_source(move |bytes| match turn.fetch_add(1, Ordering::SeqCst) {
        0 => Err(NoRandom),
        1 => panic!("planted"),
        _ => {
            bytes.fill(7);
            Ok(())
        }
    });
    let world = World::with(|parts| parts.random = random).await;
    let path = format!("/api/reception/{}/visits", world.token.as_str());
    let body = serde_json::to_string(&new_visit([1; 16], Choices::all(Choice::Agree))).unwrap();
    for stored in ["nothing", "unknown"] {
        let (status, headers, answer) = world.send("POST", &path, &nobody(), body.clone()).await;
        assert_eq!(status.as_u16(), 500);
        assert_eq!(String::from_utf8(answer).unwrap(), format!(r#"{{"code":"U-INTERNAL","stored":"{stored}"}}"#));
        assert_eq!(headers["cache-control"], "no-store", "also then");
    }
    assert_eq!(world.send("POST", &path, &nobody(), body).await.0.as_u16(), 200);
}
