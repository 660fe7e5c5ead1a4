//! A clock that is put back gives no rights.

use server::clock::Jumps;
use server::session::{IDLE_MS, LOCK_MS, SKEW_MS};
use shared::api::office::Me;
use shared::api::reception::{FreshChallenge, VisitStanding, VisitState};
use shared::api::{Code, Stored};
use shared::domain::consent::{Choice, Choices};

use crate::world::{ORIGIN, STATION, With, World, holder};

const HOUR_MS: i64 = 60 * 60_000;

async fn is_in(world: &World, session: &With) -> bool {
    match world.call::<Me>(&[], session, &()).await {
        Ok(_) => true,
        Err((status, refusal)) => {
            assert_eq!((status.as_u16(), refusal.code), (401, Code::Session));
            false
        }
    }
}

#[tokio::test]
async fn a_session_that_has_ended_stays_ended() {
    let world = World::new().await;
    let (told, purged, living) =
        (world.login(STATION, "kanri1").await, world.login(STATION, "kanri1").await, world.login(STATION, "kanri1").await);
    // Just before it would lock itself: then nothing counts as use.
    world.later(LOCK_MS - 1);
    assert!(is_in(&world, &living).await);
    world.later(IDLE_MS - LOCK_MS + 1);
    assert!(!is_in(&world, &told).await, "its browser was told");
    world.purge().await;
    assert!(is_in(&world, &living).await);
    world.later(-IDLE_MS);
    for (session, what) in [(&told, "told"), (&purged, "purged")] {
        assert!(!is_in(&world, session).await, "{what}");
    }
    assert!(!is_in(&world, &living).await, "seen later than now");
}

#[tokio::test]
async fn a_session_of_the_future_does_not_count() {
    let world = World::new().await;
    world.later(HOUR_MS);
    let future = world.login(STATION, "kanri1").await;
    world.later(-SKEW_MS);
    assert!(is_in(&world, &future).await, "control: as far as clocks of two servers may differ");
    world.later(-1);
    assert!(!is_in(&world, &future).await);
    world.later(HOUR_MS);
    assert!(!is_in(&world, &future).await, "nor when that future comes");
}

#[tokio::test]
async fn a_jump_back_ends_what_could_count_again() {
    let world = World::new().await;
    let session = world.login(STATION, "kanri1").await;
    let jumps = Jumps::default();
    let mut passed = std::time::Duration::ZERO;
    let mut look = async |ms: i64| {
        world.later(ms);
        passed += std::time::Duration::from_secs(10);
        let jump = jumps.look(world.clock.now(), passed);
        if let Some(by_ms) = jump {
            server::session::after_jump(&world.store.0, by_ms).await.unwrap();
        }
        jump
    };
    assert_eq!(look(10_000).await, None);
    assert_eq!(look(10_000).await, None);
    assert!(is_in(&world, &session).await, "control: a clock that goes as it should ends nothing");
    assert_eq!(look(70_000).await, Some(60_000));
    assert!(is_in(&world, &session).await, "control: neither does one that is put forward");
    assert_eq!(look(-50_000).await, Some(-60_000));
    assert!(!is_in(&world, &session).await);
    assert_eq!(jumps.so_far(), (2, -60_000), "shown");
    assert!(is_in(&world, &world.login(STATION, "kanri1").await).await);
}

#[tokio::test]
async fn a_consent_is_never_dated_before_its_visit() {
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let opened_at = world.clock.now();
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    world.later(-HOUR_MS);
    let (status, refusal) = world.prove(&visit, &proof).await.unwrap_err();
    assert_eq!((status.as_u16(), refusal.code, refusal.stored), (410, Code::X21, Stored::Nothing), "begin anew");
    assert_eq!(world.call::<FreshChallenge>(&[&visit.visit], &holder(&visit), &()).await.unwrap_err().1.code, Code::X21);
    assert_eq!(world.call::<VisitState>(&[&visit.visit], &holder(&visit), &()).await.unwrap(), VisitStanding::Expired);
    assert_eq!(world.rows().await, [0, 0, 0]);
    // By as little as the clocks of two servers differ it may be; the consent has the time of its visit then.
    world.clock.set(opened_at.plus_ms(-SKEW_MS));
    assert_eq!(world.prove(&visit, &proof).await.unwrap().consented_at, opened_at);
}

#[tokio::test]
async fn a_challenge_does_not_live_longer_for_a_clock_put_back() {
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    world.later(20 * 60_000);
    let fresh = world.call::<FreshChallenge>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    let proof = world.card("ichiro").sign(&fresh, ORIGIN);
    world.later(-10 * 60_000);
    let (_, refusal) = world.prove(&visit, &proof).await.unwrap_err();
    assert_eq!((refusal.code, refusal.stored), (Code::Challenge, Stored::Kept));
    let again = world.call::<FreshChallenge>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    let proof = world.card("ichiro").sign(&again, ORIGIN);
    world.prove(&visit, &proof).await.expect("control: a fresh one serves");
}
