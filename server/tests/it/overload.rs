//! More than can be served in time: refused at once, with when to come again; nothing of it is stored, and asked again it is
//! stored once.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use axum::http::{StatusCode, header};
use server::store::db::{Db, Value};
use server::store::{NewInstitution, StoreError};
use shared::api::{Endpoint as _, reception::OpenVisit, reception::Prove};
use shared::domain::consent::{Choice, Choices};
use shared::domain::institution::InstitutionCode;

use crate::kept::Kept;
use crate::program::wait_until;
use crate::race::Strangers;
use crate::world::{STATION, With, World, holder, new_visit, nobody};

/// Threads that write to PostgreSQL; SQLite has one.
const POSTGRES_THREADS: usize = 8;
/// Visits opened, and visits proved, while it is full.
const VISITS: u8 = 12;

/// A gate that rules wait at.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn pass(&self) {
        let (is_open, changed) = &*self.0;
        drop(changed.wait_while(is_open.lock().unwrap(), |is_open| !*is_open).unwrap());
    }

    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

/// Keeps the database at work and its queue full until the gate is opened. Gives what waits.
async fn fill(db: &Arc<Db>, gate: &Gate, threads: usize) -> Vec<Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>> {
    let begun = Arc::new(AtomicUsize::new(0));
    for _ in 0..threads {
        let (db, gate, begun) = (Arc::clone(db), gate.clone(), Arc::clone(&begun));
        tokio::spawn(async move {
            let hold = move |_: &mut server::store::db::Tx<'_>| {
                begun.fetch_add(1, Ordering::SeqCst);
                gate.pass();
                Ok(())
            };
            db.write(hold).await
        });
    }
    wait_until("the database is at work", || begun.load(Ordering::SeqCst) >= threads).await;
    let mut waiting = Vec::new();
    for _ in 0..100_000 {
        let db = Arc::clone(db);
        let mut one: Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>> = Box::pin(async move { db.write(|_| Ok(())).await });
        match std::future::poll_fn(|context| std::task::Poll::Ready(one.as_mut().poll(context))).await {
            std::task::Poll::Pending => waiting.push(one),
            std::task::Poll::Ready(full) => {
                assert!(matches!(full, Err(StoreError::Busy)));
                return waiting;
            }
        }
    }
    panic!("it takes whatever comes");
}

async fn refuses_and_stores_once(world: World, db: Arc<Db>, threads: usize) {
    let choices = Choices::all(Choice::Agree);
    let mut card = world.card("ichiro");
    let mut asked: Vec<(String, With, Vec<u8>)> = Vec::new();
    for number in 0..VISITS {
        let visit = world.open(choices).await;
        let proof = card.sign(&visit.challenge, crate::world::ORIGIN);
        asked.push((Prove { visit: (&visit.visit).into() }.path(), holder(&visit), serde_json::to_vec(&proof).unwrap()));
        let new = new_visit([number; 16], choices);
        asked.push((OpenVisit { token: world.token.as_str().into() }.path(), nobody(), serde_json::to_vec(&new).unwrap()));
    }
    assert_eq!(counts(&db).await, [VISITS.into(), 0, 0], "control: at rest nothing is refused");

    let gate = Gate::default();
    let waiting = fill(&db, &gate, threads).await;
    for (path, with, body) in &asked {
        let (status, headers, said) = world.send("POST", path, with, body.clone()).await;
        let said = String::from_utf8(said).unwrap();
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {said}");
        assert!(headers[header::RETRY_AFTER].to_str().unwrap().parse::<u32>().unwrap() > 0);
        assert!(said.contains(r#""stored":"nothing""#), "{said}");
    }
    gate.open();
    for one in waiting {
        one.await.unwrap();
    }
    assert_eq!(counts(&db).await, [VISITS.into(), 0, 0], "nothing of what was refused");

    for _ in 0..2 {
        for (path, with, body) in &asked {
            let (status, _, said) = world.send("POST", path, with, body.clone()).await;
            assert_eq!(status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&said));
        }
        assert_eq!(counts(&db).await, [2 * i64::from(VISITS), VISITS.into(), VISITS.into()], "each once");
    }
}

/// Visits, consents, audit rows of consents.
async fn counts(db: &Db) -> [i64; 3] {
    let texts = [
        "SELECT count(*) AS n FROM visits",
        "SELECT count(*) AS n FROM consents",
        "SELECT count(*) AS n FROM audit a JOIN consents c ON c.id = a.subject WHERE a.outcome = 'ok'",
    ];
    let mut counts = [0; 3];
    for (count, text) in counts.iter_mut().zip(texts) {
        let none: &[Value<'_>] = &[];
        *count = db.read(move |tx| tx.row(text, none, |row| row.get::<i64>("n"))).await.unwrap().unwrap();
    }
    counts
}

fn strangers() -> Arc<Strangers> {
    Arc::new(Strangers(AtomicU64::new(0)))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_is_refused_and_asked_again_stored_once_on_sqlite() {
    let world = World::with(|parts| parts.registry = strangers()).await;
    let db = Arc::clone(&world.store.0);
    refuses_and_stores_once(world, db, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_is_refused_and_asked_again_stored_once_on_postgres() {
    let url = crate::postgres::fresh_url();
    let db = Arc::new(crate::postgres::connect(&url));
    let same = Arc::clone(&db);
    let world = World::with(|parts| (parts.registry, parts.db) = (strangers(), same)).await;
    let institution = world.store.institution(&InstitutionCode::try_from(STATION).unwrap()).await.unwrap().unwrap();
    let new = NewInstitution { institution, token: world.token.clone(), accounts: Vec::new(), at: world.clock.now() };
    assert!(Kept(Arc::clone(&db)).add_institution(new).await.unwrap());
    refuses_and_stores_once(world, db, POSTGRES_THREADS).await;
}
