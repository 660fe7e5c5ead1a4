//! Work that is due by the clock: each job once per due time, whoever dies in the middle, on both databases.

use std::sync::Arc;

use server::clock::Clock;
use server::jobs::purge::{EVERY_MS, Stepped, UNFINISHED_MS, step};
use server::jobs::{Worker, purge};
use server::random::Random;
use server::rule::audit::COUNTED_MS;
use server::rule::job::{self, LEASE_MS};
use server::session::IDLE_MS;
use server::store::job::{Job, Owner};
use server::store::{SessionRecord, StoreError};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;

use crate::kept::Kept;
use crate::store::{code, entry, on_both, open, sqlite, stored, visit_id, visit_to_open};
use crate::world::{STATION, add_institution, at};

const NOON: &str = "2024-01-17T12:00:00+09:00";
const DAY_MS: i64 = 24 * 60 * 60_000;
const ONE: Owner = [1; 16];
const OTHER: Owner = [2; 16];

async fn plan(store: &Kept, now: UnixMs) {
    store.0.write(move |tx| job::plan(tx, purge::KIND, EVERY_MS, now)).await.unwrap();
}

async fn take(store: &Kept, owner: Owner, now: UnixMs) -> Option<Job> {
    store.0.write(move |tx| job::take(tx, &owner, now)).await.unwrap()
}

async fn one_step(store: &Kept, job: &Job, now: UnixMs) -> Stepped {
    let job = job.clone();
    store.0.write(move |tx| step(tx, &job, now)).await.unwrap()
}

async fn finish(store: &Kept, job: &Job, now: UnixMs) -> bool {
    let job = job.clone();
    store.0.write(move |tx| job::finish(tx, &job, now)).await.unwrap()
}

async fn of_many_workers_one_does_each_job_per_due_time(store: &Kept) {
    let now = at(NOON);
    for _ in 0..3 {
        plan(store, now).await;
    }
    let mut rounds = 0;
    for round in 0..3 {
        let now = now.plus_ms(round * EVERY_MS);
        let tries: Vec<_> = (0..16_u8)
            .map(|worker| {
                let store = store.clone();
                tokio::spawn(async move { take(&store, [worker; 16], now).await })
            })
            .collect();
        let mut taken = Vec::new();
        for one in tries {
            taken.extend(one.await.unwrap());
        }
        assert_eq!(taken.len(), 1, "round {round}");
        assert!(finish(store, &taken[0], now).await);
        assert_eq!(take(store, OTHER, now.plus_ms(EVERY_MS - 1)).await, None, "not before its next time");
        rounds += 1;
    }
    assert_eq!(rounds, 3);
}

/// Visits that were never proved, ended long ago.
async fn forgotten_visits(store: &Kept, count: u32, now: UnixMs) {
    add_institution(store, STATION, "a", &Random::machine(), now).await;
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { open(&store, visit_to_open(number, STATION, now.plus_ms(-2 * DAY_MS))).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

async fn left(store: &Kept, count: u32) -> u32 {
    let mut left = 0;
    for number in 0..count {
        left += u32::from(store.visit(&visit_id(number)).await.unwrap().is_some());
    }
    left
}

async fn a_worker_that_dies_in_the_middle_is_followed_by_the_next(store: &Kept) {
    let now = at(NOON);
    forgotten_visits(store, 700, now).await;
    plan(store, now).await;
    let died = take(store, ONE, now).await.unwrap();
    assert_eq!(one_step(store, &died, now).await, Stepped::More, "results");
    assert_eq!(one_step(store, &died, now).await, Stepped::More, "the first 500 visits");
    assert_eq!(left(store, 700).await, 200);
    // It says nothing more. Nobody else may go on before its lease is over, and then from where it came.
    assert_eq!(take(store, OTHER, now.plus_ms(LEASE_MS - 1)).await, None);
    let over = now.plus_ms(LEASE_MS);
    let next = take(store, OTHER, over).await.unwrap();
    assert_eq!((next.progress.as_str(), next.tries), ("visits", 2));
    // The first one was only slow: what it does now counts nothing, and it can neither end nor keep the job.
    assert_eq!(one_step(store, &died, over).await, Stepped::Lost);
    assert_eq!(left(store, 700).await, 200);
    assert!(!finish(store, &died, over).await);
    let job = died.clone();
    assert!(!store.0.write(move |tx| job::advance(tx, &job, "results", over)).await.unwrap());
    // It dies as well, and nobody looks for a while: by then there may be more to do than it had left.
    let late = now.plus_ms(EVERY_MS);
    let next = take(store, ONE, late).await.unwrap();
    assert_eq!((next.progress.as_str(), next.tries), ("", 3));
    let over = late;
    while one_step(store, &next, over).await == Stepped::More {}
    assert_eq!(left(store, 700).await, 0);
    assert_eq!(take(store, ONE, over.plus_ms(EVERY_MS - 1)).await, None);
    let again = take(store, ONE, over.plus_ms(EVERY_MS)).await.unwrap();
    assert_eq!((again.progress.as_str(), again.tries), ("", 1), "from its beginning");
}

async fn a_clock_put_back_stops_no_job(store: &Kept) {
    let now = at(NOON);
    plan(store, now).await;
    // A clock a year ahead took it, and died.
    let wrong = now.plus_ms(365 * DAY_MS);
    assert!(take(store, ONE, wrong).await.is_some());
    let job = take(store, OTHER, now).await.expect("no lease of today reaches that far");
    // Or did it, and planned it a year ahead.
    assert!(finish(store, &job, wrong).await);
    assert!(take(store, ONE, now).await.is_some(), "no next time of today lies that far");
    // Control: a server whose clock is a little behind takes nothing away.
    assert_eq!(take(store, OTHER, now.plus_ms(-20_000)).await, None);
}

async fn a_job_that_fails_comes_again_later_each_time(store: &Kept) {
    let now = at(NOON);
    let once = Job {
        id: "once".to_owned(),
        kind: "of a newer release".to_owned(),
        body: String::new(),
        due_at: now,
        every_ms: None,
        owner: None,
        leased_until: None,
        progress: "half".to_owned(),
        tries: 0,
    };
    assert!(store.0.write(move |tx| server::store::job::add(tx, &once)).await.unwrap());
    let clock = Clock::standing_at(now);
    let worker = Worker::new(Arc::clone(&store.0), clock.clone(), &Random::machine()).unwrap();
    assert_eq!(
        worker.run_due().await.unwrap(),
        4,
        "the purge, the looks at applications and at changes of codes, and the one of an unknown kind"
    );
    for wait_ms in [job::AGAIN_MS, 2 * job::AGAIN_MS, 4 * job::AGAIN_MS] {
        let kept = store.0.read(|tx| server::store::job::find(tx, "once")).await.unwrap().unwrap();
        assert_eq!((kept.due_at, kept.progress.as_str()), (clock.now().plus_ms(wait_ms), "half"), "it goes on from where it came");
        clock.set(kept.due_at);
        worker.run_due().await.unwrap();
    }
    let later = clock.now().plus_ms(job::AGAIN_MAX_MS);
    while let Some(job) = take(store, ONE, later).await {
        assert!(finish(store, &job, later).await);
    }
    assert_eq!(store.0.read(|tx| server::store::job::find(tx, "once")).await.unwrap(), None, "done once, it leaves");
}

async fn the_purge_takes_what_nobody_needs_and_leaves_the_rest(store: &Kept) {
    let now = at(NOON);
    forgotten_visits(store, 3, now).await;
    let ended = now.plus_ms(-UNFINISHED_MS);
    let life_ms = 30 * 60_000;
    for (number, opened_at) in [(10, ended.plus_ms(-life_ms)), (11, ended.plus_ms(1 - life_ms)), (12, now)] {
        open(store, visit_to_open(number, STATION, opened_at)).await;
    }
    stored(store, 13, STATION, "ichiro", "ｼｹﾝ", now.plus_ms(-10 * DAY_MS)).await;
    let session = |byte: u8, opened_ms: i64, seen_ms: i64, ends_ms: i64| SessionRecord {
        id_sha256: [byte; 32],
        institution: code(STATION),
        user: UserId::try_from("kanri1").unwrap(),
        opened_at: now.plus_ms(opened_ms),
        seen_at: now.plus_ms(seen_ms),
        ends_at: now.plus_ms(ends_ms),
        address: None,
        locked_at: None,
        proved_at: now,
        device: None,
    };
    let hash = store.account(&code(STATION), &UserId::try_from("kanri1").unwrap()).await.unwrap().unwrap().0.password_hash;
    for one in
        [session(1, -1, -1, DAY_MS), session(2, -DAY_MS, -1, 0), session(3, -DAY_MS, -IDLE_MS, 1), session(4, 60_000, 60_000, DAY_MS)]
    {
        assert!(store.open_session(one, hash.clone(), entry(now, STATION)).await.unwrap());
    }
    let worker = Worker::new(Arc::clone(&store.0), Clock::standing_at(now), &Random::machine()).unwrap();
    assert_eq!(worker.run_due().await.unwrap(), 3, "the purge, and the looks at applications and at changes of codes");
    assert_eq!(worker.run_due().await.unwrap(), 0, "once per due time");
    let is_there = async |number: u32| store.visit(&visit_id(number)).await.unwrap().is_some();
    for (number, stays) in [(0, false), (1, false), (2, false), (10, false), (11, true), (12, true), (13, true)] {
        assert_eq!(is_there(number).await, stays, "visit {number}");
    }
    assert_eq!(store.visit(&visit_id(13)).await.unwrap().unwrap().result, None, "its tablet's answer");
    for (byte, stays) in [(1, true), (2, false), (3, false), (4, false)] {
        assert_eq!(store.session([byte; 32]).await.unwrap().is_some(), stays, "session {byte}");
    }
}

async fn refusals_that_repeat_share_a_row(store: &Kept) {
    let now = at(NOON);
    let refuse = async |outcome: &str, at: UnixMs| {
        let entry = server::store::AuditEntry { outcome: outcome.to_owned(), ..entry(at, STATION) };
        store.0.write(move |tx| server::rule::audit::refused(tx, &entry)).await.unwrap();
    };
    for n in 0..1_000 {
        refuse("U-X11", now.plus_ms(n)).await;
    }
    refuse("U-X10", now).await;
    let outcomes = async || {
        let rows = store.audit_of(&code(STATION)).await.unwrap();
        rows.into_iter().map(|row| (row.outcome, row.at)).collect::<Vec<_>>()
    };
    let first = [("U-X11".to_owned(), now), ("U-X10".to_owned(), now)];
    assert_eq!(outcomes().await, first, "the first of each at once");
    let sum_up = async |at: UnixMs| {
        store.0.write(move |tx| server::rule::audit::sum_up(tx, at.plus_ms(-COUNTED_MS), at.plus_ms(5_000))).await.unwrap()
    };
    assert_eq!(sum_up(now.plus_ms(COUNTED_MS - 1)).await, 0);
    assert_eq!(sum_up(now.plus_ms(COUNTED_MS)).await, 2);
    assert_eq!(outcomes().await, [&first[..], &[("U-X11 x999".to_owned(), now.plus_ms(999))]].concat(), "none of them is lost");
    refuse("U-X11", now.plus_ms(COUNTED_MS)).await;
    assert_eq!(outcomes().await.len(), 4, "a row at once again");
}

on_both!(
    of_many_workers_one_does_each_job_per_due_time,
    a_worker_that_dies_in_the_middle_is_followed_by_the_next,
    a_clock_put_back_stops_no_job,
    a_job_that_fails_comes_again_later_each_time,
    the_purge_takes_what_nobody_needs_and_leaves_the_rest,
    refusals_that_repeat_share_a_row,
);

#[tokio::test]
async fn a_step_that_fails_is_undone_and_its_job_goes_on() {
    let (store, _folder) = sqlite().await;
    let now = at(NOON);
    forgotten_visits(&store, 3, now).await;
    plan(&store, now).await;
    let job = take(&store, ONE, now).await.unwrap();
    assert_eq!(one_step(&store, &job, now).await, Stepped::More);
    let failing = job.clone();
    let failed = store.0.write(move |tx| {
        step(tx, &failing, now)?;
        Err::<(), _>(StoreError::Damaged("on purpose"))
    });
    assert!(failed.await.is_err());
    assert_eq!(left(&store, 3).await, 3, "neither the step nor its note counts");
    assert_eq!(one_step(&store, &job, now).await, Stepped::More);
    assert_eq!(left(&store, 3).await, 0);
    store.close().await;
}
