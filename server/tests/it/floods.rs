//! What visitors without an account may do in a time: opened visits and proofs, and that a flood leaves few rows.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::Request;
use server::random::Random;
use server::rate::{Quota, Quotas};
use shared::api::reception::{Proof, VisitStanding, VisitState};
use shared::api::{Code, Detail};
use shared::bytes::Base64;
use shared::domain::consent::{Choice, Choices};

use crate::world::{ORIGIN, World, holder, new_visit};

/// Opens a visit from an address; gives status and Retry-After.
async fn open_from(world: &World, token: &str, address: &str) -> (u16, Option<String>) {
    let body = serde_json::to_vec(&new_visit(Random::machine().bytes().unwrap(), Choices::all(Choice::Agree))).unwrap();
    let mut request = Request::builder()
        .method("POST")
        .uri(format!("/api/reception/{token}/visits"))
        .header("host", "uketsuke.example")
        .header("origin", ORIGIN)
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap();
    let peer: SocketAddr = format!("{address}:1").parse().unwrap();
    request.extensions_mut().insert(server::peer::Peer(peer));
    let (status, headers, _) = world.raw(request).await;
    (status.as_u16(), headers.get("retry-after").map(|value| value.to_str().unwrap().to_owned()))
}

#[tokio::test]
async fn one_url_and_one_address_open_so_many_visits() {
    let quotas = Quotas { visits_by_url: Quota::a_minute(6), visits_by_address: Quota::a_minute(3), ..Quotas::default() };
    let world = World::with(|parts| parts.quotas = quotas).await;
    let (token, other) = (world.token.as_str(), world.other_token.as_str());
    for _ in 0..6 {
        assert_eq!(open_from(&world, token, "10.0.0.1").await.0, 200);
    }
    assert_eq!(open_from(&world, token, "10.0.0.1").await, (429, Some("20".to_owned())), "the address");
    assert_eq!(open_from(&world, other, "10.0.0.1").await.0, 429, "at any URL");
    for number in 0..6 {
        assert_eq!(open_from(&world, token, &format!("10.0.1.{number}")).await.0, 200);
    }
    assert_eq!(open_from(&world, token, "10.0.0.2").await, (429, Some("10".to_owned())), "the URL");
    assert_eq!(open_from(&world, other, "10.0.0.2").await.0, 200, "another institution's patients notice nothing");
    world.later(20_000);
    assert_eq!(open_from(&world, token, "10.0.0.1").await.0, 200, "what was promised is kept");
}

#[tokio::test]
async fn a_clinic_on_its_busiest_day_is_never_told_to_wait() {
    let world = World::new().await;
    // 120 within a moment, as after a lunch break, and then one a second from the same house, for ten minutes.
    for second in 0..600 {
        let many = if second == 0 { 60 } else { 1 };
        for _ in 0..many {
            assert_eq!(open_from(&world, world.token.as_str(), "10.0.0.1").await.0, 200, "second {second}");
        }
        world.later(1_000);
    }
}

#[tokio::test]
async fn bad_proofs_of_one_visit_are_slowed_down_and_leave_few_rows() {
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let good = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    let bad = Proof { signature: Base64(vec![1; 256]), ..good.clone() };
    let (mut judged, mut told) = (0, 0);
    for _ in 0..60 {
        for _ in 0..50 {
            let (status, refusal) = world.ask(&visit, &bad).await.unwrap_err();
            match (status.as_u16(), refusal.code, refusal.detail) {
                (422, Code::X11, None) => judged += 1,
                (429, Code::Wait, Some(Detail::RetryAfterS(1..=15))) => told += 1,
                other => panic!("{other:?}"),
            }
        }
        world.later(1_000);
    }
    assert_eq!((judged, judged + told), (23, 3_000), "twenty, and one each quarter of a minute");
    assert_eq!(world.audited("reception.prove").await, ["U-X11"], "one row for all of them");
    // The honest person at that tablet waits as told, and is then served.
    world.later(15_000);
    assert!(matches!(world.call::<VisitState>(&[&visit.visit], &holder(&visit), &()).await.unwrap(), VisitStanding::Open { .. }));
    let first = world.prove(&visit, &good).await.unwrap();
    // The stored answer is given as often as it is asked for.
    for _ in 0..100 {
        assert_eq!(world.prove(&visit, &good).await.unwrap(), first);
    }
    world.later(server::rule::audit::COUNTED_MS);
    world.purge().await;
    assert_eq!(world.audited("reception.prove").await, ["U-X11", "ok", "U-X11 x22"], "and none of them is lost");
    // Another visit has proofs of its own.
    let other = world.open(Choices::all(Choice::Agree)).await;
    assert_eq!(world.ask(&other, &bad).await.unwrap_err().1.code, Code::Challenge);
}

#[tokio::test]
async fn a_full_disk_still_reads_and_comes_back_by_itself() {
    let world = World::new().await;
    let opened = world.open(Choices::all(Choice::Agree)).await;
    let may_grow = async |sql: &'static str| {
        world.store.0.write(move |tx| tx.row(sql, &[], |row| row.get::<i64>("max_page_count"))).await.unwrap().unwrap()
    };
    // No page more than there is.
    assert!(may_grow("PRAGMA max_page_count = 1").await > 1);
    let mut refused = 0;
    for number in 0..2_000 {
        let (status, retry) = open_from(&world, world.token.as_str(), &format!("10.{}.0.{}", number / 200, number % 200)).await;
        match (status, retry.as_deref()) {
            (200, None) => {}
            (503, Some("60")) => refused += 1,
            other => panic!("{other:?}"),
        }
        world.later(1_000);
        if refused == 20 {
            break;
        }
    }
    assert_eq!(refused, 20, "control: the disk was full at last, longer than five groups");
    let standing = world.call::<VisitState>(&[&opened.visit], &holder(&opened), &()).await.unwrap();
    assert!(matches!(standing, VisitStanding::Open { .. } | VisitStanding::Expired), "reading goes on: {standing:?}");
    may_grow("PRAGMA max_page_count = 1000000").await;
    world.visit_of("ichiro").await.expect("without a new start");
}
