//! The program killed at any moment: what was answered is there, once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shared::api::reception::{ProofAnswer, VisitOpened, VisitStanding};
use shared::bytes::Base64;

use crate::program::Program;
use crate::world::{ORIGIN, TestCard, rows};

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
    let mut proof = card.lock().unwrap().sign(&visit.challenge, &program.origin());
    let path = format!("/api/visits/{}/proof", visit.visit);
    let secret = [("x-uketsuke-visit", visit.secret.to_text())];
    loop {
        let (status, answer) = program.ask("POST", &path, &secret, &serde_json::to_string(&proof).unwrap()).await?;
        // All of them are one person's: each takes the place of the one before, after a yes. Another tablet may have been quicker.
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

fn receipt(answer: &str) -> String {
    match serde_json::from_str(answer).unwrap() {
        ProofAnswer::Done { result } => result.receipt,
        ProofAnswer::ConfirmNeeded { replacement } => panic!("not answered: {replacement:?}"),
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

#[tokio::test(flavor = "multi_thread")]
async fn kills_under_load_lose_and_double_nothing() {
    const ROUNDS: usize = 4;
    const TABLETS: usize = 6;
    let mut program = Program::demo().await;
    let card = Arc::new(Mutex::new(program.card("ichiro")));
    let mut answered: Vec<(VisitOpened, String)> = Vec::new();
    for round in 0..ROUNDS {
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let running = Arc::new(program);
        let tablets: Vec<_> = (0..TABLETS)
            .map(|tablet| {
                let (program, card, acknowledged) = (Arc::clone(&running), Arc::clone(&card), Arc::clone(&acknowledged));
                tokio::spawn(async move {
                    let mut mine = Vec::new();
                    // Ends with the first call that the kill cuts.
                    for number in 0_u32.. {
                        let mut key = [u8::try_from(round).unwrap(); 16];
                        key[1] = u8::try_from(tablet).unwrap();
                        key[2..6].copy_from_slice(&number.to_be_bytes());
                        let Ok(visit) = open(&program, &key).await else { break };
                        let Ok((200, answer)) = prove(&program, &visit, &card).await else { break };
                        acknowledged.fetch_add(1, Ordering::SeqCst);
                        mine.push((visit, receipt(&answer)));
                    }
                    mine
                })
            })
            .collect();
        crate::program::wait_until("some visits are answered", || acknowledged.load(Ordering::SeqCst) >= 10 + round).await;
        running.kill_now();
        for tablet in tablets {
            answered.extend(tokio::time::timeout(Duration::from_secs(60), tablet).await.expect("ends with the server").unwrap());
        }
        program = Arc::into_inner(running).unwrap();
        program.start().await;
    }
    assert!(answered.len() >= 10 * ROUNDS);
    for (visit, receipt) in &answered {
        let VisitStanding::Done { result } = standing(&program, visit).await else { panic!("an answered visit is lost") };
        assert_eq!(&result.receipt, receipt);
    }
    let [consents, results, proofs] = rows(&program.database()).await;
    assert!(consents == results && consents == proofs, "half a visit");
    let answered = i64::try_from(answered.len()).unwrap();
    let unanswered = i64::try_from(ROUNDS * TABLETS).unwrap();
    assert!((answered..=answered + unanswered).contains(&consents), "{consents} rows for {answered} answers");
    assert!(ORIGIN.starts_with("https://") && program.origin().starts_with("http://localhost:"), "signed for the running origin");
}
