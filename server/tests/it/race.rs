//! Many at once, and answers that were lost: always one row and one answer.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use server::eligibility::{Registry, RegistryAnswer};
use shared::api::reception::{OpenVisit, ProofAnswer, VisitStanding, VisitState};
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{Choice, Choices};

use crate::world::{ORIGIN, World, holder, new_visit, nobody, yes};

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_proofs_at_once_make_one_row() {
    let world = Arc::new(World::new().await);
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    let tries: Vec<_> = (0..64)
        .map(|_| {
            let (world, visit, proof) = (Arc::clone(&world), visit.clone(), proof.clone());
            tokio::spawn(async move { world.prove(&visit, &proof).await })
        })
        .collect();
    let mut receipts = BTreeSet::new();
    for one in tries {
        receipts.insert(one.await.unwrap().expect("each gets the answer").receipt);
    }
    assert_eq!(receipts.len(), 1);
    assert_eq!(world.rows().await, [1, 1, 1]);
    assert_eq!(world.audited("reception.prove").await, ["ok"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_openings_with_one_key_make_one_visit() {
    let world = Arc::new(World::new().await);
    let tries: Vec<_> = (0..64)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let request = new_visit([9; 16], Choices::all(Choice::Agree));
                world.call::<OpenVisit>(&[world.token.as_str()], &nobody(), &request).await.unwrap()
            })
        })
        .collect();
    let mut visits = BTreeSet::new();
    for one in tries {
        let opened = one.await.unwrap();
        visits.insert((opened.visit, opened.secret.to_text()));
    }
    assert_eq!(visits.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tablets_at_once_one_stores_and_the_others_ask() {
    // X25 in one transaction: nobody replaces what came a moment earlier without having seen it.
    const TABLETS: usize = 16;
    let world = Arc::new(World::new().await);
    let mut card = world.card("ichiro");
    let mut ready = Vec::new();
    for _ in 0..TABLETS {
        let visit = world.open(Choices::all(Choice::Agree)).await;
        let proof = card.sign(&visit.challenge, ORIGIN);
        ready.push((visit, proof));
    }
    let mut proofs = ready;
    // Round by round each tablet that was asked says yes to what it was shown.
    for left in (1..=TABLETS).rev() {
        let tries: Vec<_> = proofs
            .into_iter()
            .map(|(visit, proof)| {
                let world = Arc::clone(&world);
                tokio::spawn(async move {
                    let answer = world.ask(&visit, &proof).await.unwrap();
                    (visit, proof, answer)
                })
            })
            .collect();
        proofs = Vec::new();
        for one in tries {
            let (visit, proof, answer) = one.await.unwrap();
            if let ProofAnswer::ConfirmNeeded { replacement } = answer {
                proofs.push((visit, yes(&proof, &replacement)));
            }
        }
        assert_eq!(proofs.len(), left - 1, "exactly one of them stores");
    }
    let stored = i64::try_from(TABLETS).unwrap();
    assert_eq!(world.rows().await, [stored, stored, stored]);
}

/// A register in which every proof is another person's.
pub(crate) struct Strangers(pub(crate) AtomicU64);

impl Registry for Strangers {
    fn holder(&self, _: [u8; 32], _: UnixMs) -> RegistryAnswer {
        RegistryAnswer::NoRow { subject: format!("stranger {}", self.0.fetch_add(1, Ordering::Relaxed)) }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_that_come_together_share_commits() {
    const VISITS: u64 = 48;
    let world = Arc::new(World::with(|parts| parts.registry = Arc::new(Strangers(AtomicU64::new(0)))).await);
    let mut card = world.card("ichiro");
    let mut ready = Vec::new();
    for _ in 0..VISITS {
        let visit = world.open(Choices::all(Choice::Agree)).await;
        let proof = card.sign(&visit.challenge, ORIGIN);
        ready.push((visit, proof));
    }
    let before = world.store.commits();
    let tries: Vec<_> = ready
        .into_iter()
        .map(|(visit, proof)| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.prove(&visit, &proof).await.unwrap() })
        })
        .collect();
    for one in tries {
        one.await.unwrap();
    }
    let commits = world.store.commits() - before;
    assert!(commits < VISITS, "{commits} commits for {VISITS} visits");
    assert_eq!(world.rows().await, [48, 48, 48]);
}

#[tokio::test]
async fn a_caller_that_dies_before_its_answer_finds_the_same_answer() {
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    // The connection is cut at every point at which the request can wait, until it gets through.
    let mut polls = 0;
    let first = loop {
        polls += 1;
        let mut request = Box::pin(world.prove(&visit, &proof));
        if let Some(answer) = poll_times(request.as_mut(), polls).await {
            break answer.unwrap();
        }
        drop(request);
        assert!(polls < 1000, "never answered");
    };
    assert!(polls > 1, "control: the first try was cut");
    let standing = world.call::<VisitState>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    assert_eq!(standing, VisitStanding::Done { result: Box::new(first) });
    assert_eq!(world.rows().await, [1, 1, 1]);
}

/// Polls a future so many times at most.
async fn poll_times<F: Future>(mut future: std::pin::Pin<&mut F>, mut times: usize) -> Option<F::Output> {
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending if times <= 1 => std::task::Poll::Ready(None),
        std::task::Poll::Pending => {
            times -= 1;
            std::task::Poll::Pending
        }
    })
    .await
}
