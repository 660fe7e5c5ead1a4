//! OT-18 画面ロック: what a locked session answers, what unlocks it, when it locks itself and when it ends.

use std::sync::Arc;

use axum::http::StatusCode;
use server::rule::session::{self, Unlocking};
use server::session::{IDLE_MS, LIFE_MS, LOCK_MS};
use server::store::account;
use server::store::db::Db;
use server::store::{AuditEntry, SessionRecord};
use server::tenant::Tenant;
use shared::api::lock::{Lock, Unlock, UnlockProof};
use shared::api::office::{FormerReceptionUrls, Me, Session};
use shared::api::{Code, Detail, Endpoint as _, Refusal};
use shared::domain::account::UserId;

use crate::kept::Kept;
use crate::sample::code;
use crate::store::entry;
use crate::world::{CLINIC, PASSWORD, STATION, With, World, add_institution, at, cookie_of};

const NOON: &str = "2026-11-20T12:00:00+09:00";

/// The answer to an unlock.
async fn unlock(world: &World, with: &With, password: &str) -> Result<Session, (u16, Refusal)> {
    unlock_with_cookie(world, with, password).await.map(|(session, _)| session)
}

/// Unlocks, and gives the session under its new id.
async fn unlocked(world: &World, with: &With) -> With {
    unlock_with_cookie(world, with, PASSWORD).await.unwrap_or_else(|(status, refusal)| panic!("{status} {refusal:?}")).1
}

async fn unlock_with_cookie(world: &World, with: &With, password: &str) -> Result<(Session, With), (u16, Refusal)> {
    let body = serde_json::to_vec(&UnlockProof { password: password.to_owned() }).unwrap();
    let (status, headers, body) = world.send("POST", Unlock::PATH, with, body).await;
    if status == StatusCode::OK {
        let cookie = cookie_of(&headers);
        Ok((serde_json::from_slice(&body).unwrap(), With { cookie: Some(cookie), secret: None }))
    } else {
        Err((status.as_u16(), serde_json::from_slice(&body).unwrap()))
    }
}

/// What a session answers to a call that needs no proof of its own: `None` where it answers.
async fn refused(world: &World, with: &With) -> Option<(u16, Code)> {
    let outcome = world.call::<FormerReceptionUrls>(&[], with, &()).await;
    outcome.err().map(|(status, refusal)| (status.as_u16(), refusal.code))
}

async fn is_locked(world: &World, with: &With) -> Option<bool> {
    world.call::<Me>(&[], with, &()).await.ok().map(|session| session.is_locked)
}

const LOCKED: Option<(u16, Code)> = Some((423, Code::Locked));
const OUT: Option<(u16, Code)> = Some((401, Code::Session));

#[tokio::test]
async fn a_locked_session_answers_nothing_until_its_password_comes() {
    let world = World::new().await;
    let (session, other) = (world.login(STATION, "kanri1").await, world.login(STATION, "kanri1").await);
    assert_eq!((refused(&world, &session).await, is_locked(&world, &session).await), (None, Some(false)), "control");
    world.call::<Lock>(&[], &session, &()).await.unwrap();
    assert_eq!((refused(&world, &session).await, is_locked(&world, &session).await), (LOCKED, Some(true)));
    assert_eq!(refused(&world, &other).await, None, "another session of the same account");
    let again = world.call::<Lock>(&[], &session, &()).await.unwrap_err();
    assert_eq!(again.1.code, Code::Locked);
    for wrong in ["", "chigau himitsu no kotoba", &"a".repeat(600)] {
        let (status, refusal) = unlock(&world, &session, wrong).await.unwrap_err();
        assert_eq!((status, refusal.code, is_locked(&world, &session).await), (401, Code::Login, Some(true)));
    }
    let open = unlocked(&world, &session).await;
    assert_eq!((refused(&world, &open).await, is_locked(&world, &open).await), (None, Some(false)));
    assert_eq!(refused(&world, &session).await, OUT, "who proves again has a new id");
    assert_eq!(world.audited(Lock::NAME).await, ["ok"]);
    assert_eq!(world.audited(Unlock::NAME).await, ["U-LOGIN", "U-LOGIN", "U-LOGIN", "ok"]);
    // A page that locked itself and could not say so: unlocking is no harm.
    assert!(unlock(&world, &open, PASSWORD).await.is_ok_and(|session| !session.is_locked));
}

#[tokio::test]
async fn wrong_tries_wait_as_those_of_a_login_do() {
    let world = World::new().await;
    let session = world.login(STATION, "kanri1").await;
    world.call::<Lock>(&[], &session, &()).await.unwrap();
    let mut tries = 0;
    let wait = loop {
        let (_, refusal) = unlock(&world, &session, "chigau himitsu no kotoba").await.unwrap_err();
        match refusal.code {
            Code::Login => tries += 1,
            Code::Wait => break refusal.detail,
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(wait, Some(Detail::RetryAfterS(seconds)) if seconds > 0), "{wait:?}");
    assert!((3..=10).contains(&tries), "{tries} tries");
    let (_, refusal) = unlock(&world, &session, PASSWORD).await.unwrap_err();
    assert_eq!(refusal.code, Code::Wait, "also the right one has to wait");
    world.later(LOCK_MS);
    assert!(unlock(&world, &session, PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_session_that_is_not_used_locks_itself_and_ends_later() {
    let world = World::new().await;
    let session = world.login(STATION, "kanri1").await;
    world.later(LOCK_MS - 1);
    assert_eq!(refused(&world, &session).await, None, "in use until now");
    world.later(LOCK_MS - 1);
    assert_eq!(refused(&world, &session).await, None, "that was use");
    world.later(LOCK_MS);
    assert_eq!((refused(&world, &session).await, is_locked(&world, &session).await), (LOCKED, Some(true)));
    // Whoever asks a locked session does not keep it alive.
    world.later(IDLE_MS - LOCK_MS - 1);
    assert_eq!(is_locked(&world, &session).await, Some(true));
    let open = unlocked(&world, &session).await;
    assert_eq!(refused(&world, &open).await, None, "unlocking is use");
    world.later(IDLE_MS);
    assert_eq!((refused(&world, &open).await, is_locked(&world, &open).await), (OUT, None));
    assert_eq!(unlock(&world, &open, PASSWORD).await.unwrap_err().1.code, Code::Session);
}

#[tokio::test]
async fn a_session_ends_after_eight_hours_of_use_and_unlocking_does_not_make_it_longer() {
    let world = World::new().await;
    let mut session = world.login(STATION, "kanri1").await;
    let step = LOCK_MS - 1;
    let mut passed = 0;
    while passed + step < LIFE_MS {
        world.later(step);
        passed += step;
        assert_eq!(refused(&world, &session).await, None, "{passed}");
    }
    world.call::<Lock>(&[], &session, &()).await.unwrap();
    session = unlocked(&world, &session).await;
    world.later(LIFE_MS - passed - 1);
    assert_eq!(refused(&world, &session).await, None, "control: a moment before");
    world.later(1);
    assert_eq!(refused(&world, &session).await, OUT);
}

/// The rules on one database.
async fn rules(store: &Kept) {
    let now = at(NOON);
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), now).await;
    }
    let (own, other) = (Tenant::of_operator(&code(STATION)), Tenant::of_operator(&code(CLINIC)));
    let user = UserId::try_from("kanri1").unwrap();
    let hash = store.account(&code(STATION), &user).await.unwrap().unwrap().0.password_hash;
    let opened = SessionRecord {
        id_sha256: [1; 32],
        institution: code(STATION),
        user: user.clone(),
        opened_at: now,
        seen_at: now,
        ends_at: now.plus_ms(LIFE_MS),
        address: Some("192.0.2.7".to_owned()),
        proved_at: now,
        locked_at: None,
        device: None,
    };
    assert!(store.open_session(opened.clone(), hash.clone(), entry(now, STATION)).await.unwrap());
    let lock = async |tenant: &Tenant, ms: i64| {
        let (tenant, entry) = (tenant.clone(), AuditEntry { at: now.plus_ms(ms), ..entry(now, STATION) });
        store.0.write(move |tx| session::lock(tx, &tenant, &[1; 32], &entry)).await.unwrap();
    };
    let found = async |byte: u8| store.session([byte; 32]).await.unwrap().map(|found| found.session);
    lock(&other, 1).await;
    assert_eq!(found(1).await.unwrap().locked_at, None, "another institution's");
    lock(&own, 2).await;
    lock(&own, 3).await;
    assert_eq!(found(1).await.unwrap().locked_at, Some(now.plus_ms(2)), "locked once");
    let unlock = async |tenant: &Tenant, judged: &str| {
        let by = Unlocking { former: [1; 32], next: [2; 32], judged: judged.to_owned(), at: now.plus_ms(9) };
        let (tenant, entry) = (tenant.clone(), entry(now, STATION));
        store.0.write(move |tx| session::unlock(tx, &tenant, &by, &entry)).await.unwrap()
    };
    let rows = store.audit_of(&code(STATION)).await.unwrap().len();
    assert!(!unlock(&own, "another hash").await, "the password was changed meanwhile");
    assert!(!unlock(&other, &hash).await, "another institution's");
    let stop = async |at| {
        let (tenant, user) = (own.clone(), user.clone());
        store.0.write(move |tx| account::set_suspended(tx, &tenant, &user, at)).await.unwrap();
    };
    stop(Some(now)).await;
    assert!(!unlock(&own, &hash).await, "the account was stopped meanwhile");
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap().len(), rows, "what was not done leaves no row");
    stop(None).await;
    assert!(unlock(&own, &hash).await);
    assert_eq!(found(1).await, None);
    assert_eq!(found(2).await, Some(SessionRecord { id_sha256: [2; 32], seen_at: now.plus_ms(9), ..opened }));
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap().len(), rows + 1);
    assert!(!unlock(&own, &hash).await, "there is none of that id any more");
}

#[tokio::test]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    rules(&Kept(Arc::new(Db::open_file(&folder.path().join("u.db")).unwrap()))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    rules(&Kept(Arc::new(crate::postgres::connect(&crate::postgres::fresh_url())))).await;
}
