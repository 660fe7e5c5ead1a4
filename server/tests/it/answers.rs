//! Answers kept for their keys, on both databases: a press is done once, whatever becomes of its answer.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use server::rule::answer::{Once, once};
use server::rule::institution::change_url;
use server::store::db::{Db, Tx};
use server::store::{AuditEntry, Press, StoreError, answer, institution};
use server::tenant::Tenant;
use shared::api::ANSWER_KEPT_MS;
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::{ReceptionToken, VisitKind};

use crate::kept::Kept;
use crate::sample::code;
use crate::world::{CLINIC, STATION, add_institution};

const NOW: UnixMs = UnixMs(1_705_454_100_000);

fn tenant(institution: &str) -> Tenant {
    Tenant::of_operator(&code(institution))
}

fn press(user: &str, key: u8, request: u8) -> Press {
    let user = UserId::try_from(user).unwrap();
    Press { user, key_sha256: [key; 32], endpoint: "office.test", request_sha256: [request; 32], seed: [key; 32], at: NOW }
}

async fn sqlite() -> (Kept, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Kept(Arc::new(Db::open_file(&folder.path().join("u.db")).unwrap())), folder)
}

fn postgres() -> Kept {
    Kept(Arc::new(crate::postgres::connect(&crate::postgres::fresh_url())))
}

/// Does a press whose answer is `answer`, and says how often the rule ran.
async fn done(store: &Kept, institution: &str, press: &Press, answer: Result<u32, &'static str>) -> (Once<u32, &'static str>, bool) {
    let (tenant, press) = (tenant(institution), press.clone());
    let ran = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = Arc::clone(&ran);
    let outcome = store.0.write(move |tx| {
        once(tx, &tenant, &press, |_| {
            seen.store(true, std::sync::atomic::Ordering::SeqCst);
            Ok(answer)
        })
    });
    (outcome.await.unwrap(), ran.load(std::sync::atomic::Ordering::SeqCst))
}

async fn a_press_is_done_once(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), NOW).await;
    }
    let first = press("kanri1", 1, 1);
    assert_eq!(done(store, STATION, &first, Err("not now")).await, (Once::Refused("not now"), true));
    assert_eq!(done(store, STATION, &first, Ok(1)).await, (Once::Answer(1), true), "what was refused is not kept");
    assert_eq!(done(store, STATION, &first, Ok(2)).await, (Once::Answer(1), false));
    assert_eq!(done(store, STATION, &press("kanri1", 1, 2), Ok(2)).await, (Once::OtherRequest, false));
    let elsewhere = Press { endpoint: "office.other", ..first.clone() };
    assert_eq!(done(store, STATION, &elsewhere, Ok(2)).await, (Once::OtherRequest, false));
    // The key is the account's own.
    assert_eq!(done(store, STATION, &press("ippan1", 1, 1), Ok(3)).await, (Once::Answer(3), true));
    assert_eq!(done(store, CLINIC, &first, Ok(4)).await, (Once::Answer(4), true));
    assert_eq!(done(store, STATION, &press("kanri1", 2, 1), Ok(5)).await, (Once::Answer(5), true));
    // Its time.
    let last = Press { at: NOW.plus_ms(ANSWER_KEPT_MS - 1), ..first.clone() };
    assert_eq!(done(store, STATION, &last, Ok(6)).await, (Once::Answer(1), false));
    let late = Press { at: NOW.plus_ms(ANSWER_KEPT_MS), ..first.clone() };
    assert_eq!(done(store, STATION, &late, Ok(7)).await, (Once::Answer(7), true));
    assert_eq!(done(store, STATION, &Press { at: late.at.plus_ms(1), ..first }, Ok(8)).await, (Once::Answer(7), false));
}

async fn a_press_and_its_answer_are_kept_together_or_not_at_all(store: &Kept) {
    let token = add_institution(store, STATION, "a", &server::random::Random::machine(), NOW).await;
    let (of, one) = (tenant(STATION), press("kanri1", 1, 1));
    let next = ReceptionToken::from_random([2; 32]);
    let entry = AuditEntry {
        at: NOW,
        institution: Some(code(STATION)),
        actor: "user kanri1".to_owned(),
        action: "office.test".into(),
        address: None,
        subject: None,
        outcome: "ok".to_owned(),
    };
    for fails in [true, false] {
        let (of, one, token, next, entry) = (of.clone(), one.clone(), token.clone(), next.clone(), entry.clone());
        let outcome = store.0.write(move |tx| {
            let outcome = once(tx, &of, &one, |tx| {
                let changed = change_url(tx, &of, VisitKind::HomeVisit, &token, &next, &entry)?;
                Ok(changed.map(|url| url.former_urls).ok_or(()))
            })?;
            // As if the process died before the commit.
            if fails { Err(StoreError::Damaged("on purpose")) } else { Ok(outcome) }
        });
        let outcome = outcome.await;
        let of = tenant(STATION);
        let url = store.0.read(move |tx| institution::current_url(tx, &of, VisitKind::HomeVisit)).await.unwrap().unwrap();
        let (of, one) = (tenant(STATION), press("kanri1", 1, 1));
        let kept = store.0.read(move |tx| answer::find(tx, &of, &one)).await.unwrap();
        assert_eq!((outcome.is_err(), url.former_urls, kept.is_none()), (fails, u32::from(!fails), fails));
    }
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap().len(), 1);
}

async fn answers_are_forgotten_by_their_age(store: &Kept) {
    add_institution(store, STATION, "a", &server::random::Random::machine(), NOW).await;
    for (key, at) in [(1, 0), (2, 10), (3, 20)] {
        done(store, STATION, &Press { at: NOW.plus_ms(at), ..press("kanri1", key, 1) }, Ok(1)).await;
    }
    let forget = async |at: i64| store.0.write(move |tx| answer::forget(tx, NOW.plus_ms(at), NOW.plus_ms(1_000_000_000))).await.unwrap();
    assert_eq!(forget(10).await, 2);
    assert_eq!(forget(10).await, 0);
    assert_eq!(done(store, STATION, &press("kanri1", 1, 9), Ok(2)).await, (Once::Answer(2), true));
    assert_eq!(done(store, STATION, &press("kanri1", 3, 9), Ok(2)).await, (Once::OtherRequest, false), "the young one stays");
}

/// Changes the URL that stands at first, holding a lock of its own as rules under `write_locked` do; says so on `inside` and goes on
/// only when `go` comes or is dropped.
async fn changed_under_lock(
    store: Kept,
    key: u8,
    from: ReceptionToken,
    gate: Option<(Sender<()>, Receiver<()>)>,
) -> Once<u32, &'static str> {
    let (of, one, gate) = (tenant(STATION), press("kanri1", key, 1), Mutex::new(gate));
    let next = ReceptionToken::from_random([2; 32]);
    let entry = AuditEntry {
        at: NOW,
        institution: Some(code(STATION)),
        actor: "user kanri1".to_owned(),
        action: "office.test".into(),
        address: None,
        subject: None,
        outcome: "ok".to_owned(),
    };
    let rule = move |tx: &mut Tx<'_>| {
        once(tx, &of, &one, |tx| {
            tx.lock("the URL")?;
            if let Some((inside, go)) = gate.lock().unwrap().take() {
                inside.send(()).unwrap();
                let _ = go.recv();
            }
            let changed = change_url(tx, &of, VisitKind::HomeVisit, &from, &next, &entry)?;
            Ok(changed.map(|url| url.former_urls).ok_or("it was changed before"))
        })
    };
    store.0.write_locked(rule).await.unwrap()
}

/// A press comes twice, the second time while the rule of the first runs. `waits` returns once it waits for the first.
async fn of_two_equal_presses_the_second_gets_the_answer_of_the_first(store: &Kept, waits: impl AsyncFn()) {
    let token = add_institution(store, STATION, "a", &server::random::Random::machine(), NOW).await;
    let (inside, is_inside) = channel();
    let (go, may_go) = channel();
    let first = tokio::spawn(changed_under_lock(store.clone(), 1, token.clone(), Some((inside, may_go))));
    tokio::task::spawn_blocking(move || is_inside.recv().unwrap()).await.unwrap();
    let equal = tokio::spawn(changed_under_lock(store.clone(), 1, token.clone(), None));
    let other = tokio::spawn(changed_under_lock(store.clone(), 2, token, None));
    waits().await;
    drop(go);
    assert_eq!(first.await.unwrap(), Once::Answer(1));
    assert_eq!(equal.await.unwrap(), Once::Answer(1), "the same press");
    assert_eq!(other.await.unwrap(), Once::Refused("it was changed before"), "control: another press is refused");
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_equal_presses_on_sqlite() {
    let (store, _folder) = sqlite().await;
    // The one writer runs the first; what else comes stands in its queue.
    of_two_equal_presses_the_second_gets_the_answer_of_the_first(&store, async || tokio::task::yield_now().await).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_equal_presses_on_postgres() {
    let url = crate::postgres::fresh_url();
    let store = Kept(Arc::new(crate::postgres::connect(&url)));
    let two_wait = async || {
        let waiting = "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'";
        crate::program::wait_until("two wait for a lock", || crate::postgres::texts(&url, waiting).len() == 2).await;
    };
    of_two_equal_presses_the_second_gets_the_answer_of_the_first(&store, two_wait).await;
    store.close().await;
}

#[tokio::test]
async fn on_sqlite() {
    let [one, two, three] = [sqlite().await, sqlite().await, sqlite().await];
    a_press_is_done_once(&one.0).await;
    a_press_and_its_answer_are_kept_together_or_not_at_all(&two.0).await;
    answers_are_forgotten_by_their_age(&three.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    a_press_is_done_once(&postgres()).await;
    a_press_and_its_answer_are_kept_together_or_not_at_all(&postgres()).await;
    answers_are_forgotten_by_their_age(&postgres()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_press_on_two_servers_at_once_is_done_once() {
    let url = crate::postgres::fresh_url();
    let servers = [0, 1].map(|_| Kept(Arc::new(crate::postgres::connect(&url))));
    add_institution(&servers[0], STATION, "a", &server::random::Random::machine(), NOW).await;
    for key in 0..20 {
        let tries: Vec<_> = (0..8_u32)
            .map(|number| {
                let store = servers[usize::from(number % 2 == 0)].clone();
                tokio::spawn(async move { done(&store, STATION, &press("kanri1", key, 1), Ok(number)).await.0 })
            })
            .collect();
        let mut answers = Vec::new();
        for one in tries {
            answers.push(one.await.unwrap());
        }
        assert!(matches!(answers[0], Once::Answer(_)) && answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
    for store in servers {
        store.close().await;
    }
}
