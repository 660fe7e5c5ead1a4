//! The program killed at any moment: what was answered is there, once.

use std::sync::Mutex;

use shared::api::reception::{Proof, ProofAnswer, VisitOpened, VisitStanding};
use shared::bytes::Base64;

use crate::program::Program;
use crate::world::{TestCard, rows};

/// Opens a visit on the running program.
pub(crate) async fn open(program: &Program, key: &[u8]) -> std::io::Result<VisitOpened> {
    let body = serde_json::json!({
        "key": Base64(key.to_vec()), "notice_version": server::visit::NOTICE_VERSION, "language": "ja",
        "choices": { "surgery": "agree", "treatment_and_drug": "agree", "checkup": "agree", "limit_certificate": "agree",
                     "specific_disease": "agree" }
    });
    let path = format!("/api/reception/{}/visits", program.token());
    let (_, body) = program.ask("POST", &path, &[], &body.to_string()).await?;
    serde_json::from_str(&body).map_err(std::io::Error::other)
}

pub(crate) async fn prove(program: &Program, visit: &VisitOpened, card: &Mutex<TestCard>) -> std::io::Result<(u16, String)> {
    let proof = card.lock().unwrap().sign(&visit.challenge, &program.origin());
    ask_proof(program, visit, proof).await
}

/// Hands in a proof, and says yes where an earlier consent would be replaced.
pub(crate) async fn ask_proof(program: &Program, visit: &VisitOpened, mut proof: Proof) -> std::io::Result<(u16, String)> {
    let path = format!("/api/visits/{}/proof", visit.visit);
    let secret = [("x-uketsuke-visit", visit.secret.to_text())];
    loop {
        let (status, answer) = program.ask("POST", &path, &secret, &serde_json::to_string(&proof).unwrap()).await?;
        // Another tablet may have been quicker.
        match serde_json::from_str(&answer) {
            Ok(ProofAnswer::ConfirmNeeded { replacement }) => proof.replaces = Some(replacement.former),
            _ => return Ok((status, answer)),
        }
    }
}

async fn standing(program: &Program, visit: &VisitOpened) -> VisitStanding {
    let secret = [("x-uketsuke-visit", visit.secret.to_text())];
    let (_, body) = program.ask("GET", &format!("/api/visits/{}", visit.visit), &secret, "").await.unwrap();
    serde_json::from_str(&body).unwrap()
}

pub(crate) fn receipt(answer: &str) -> String {
    match serde_json::from_str(answer).unwrap() {
        ProofAnswer::Done { result } => result.receipt,
        other => panic!("not answered: {other:?}"),
    }
}

#[tokio::test]
async fn an_answered_visit_survives_a_kill_and_is_answered_again() {
    let mut program = Program::demo().await;
    let card = Mutex::new(program.card("ichiro"));
    let proved = open(&program, &[1; 16]).await.unwrap();
    let unproved = open(&program, &[2; 16]).await.unwrap();
    let (status, first) = prove(&program, &proved, &card).await.unwrap();
    assert_eq!(status, 200, "{first}");
    program.kill();
    assert_eq!(rows(&program.database()).await, [1, 1, 1], "control: one of the two visits was proved");

    program.start().await;
    let state = |visit| standing(&program, visit);
    let VisitStanding::Done { result } = state(&proved).await else { panic!("lost") };
    assert_eq!(result.receipt, receipt(&first));
    assert!(matches!(state(&unproved).await, VisitStanding::Open { .. }));
    assert_eq!(prove(&program, &proved, &card).await.unwrap(), (200, first), "the same answer");
    assert_eq!(prove(&program, &unproved, &card).await.unwrap().0, 200, "the other one goes on");
    assert_eq!(rows(&program.database()).await, [2, 2, 2]);
}
