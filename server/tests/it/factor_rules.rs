//! The rules of second factors on both databases: what is used up once, what ends logins, who is asked.

use std::sync::Arc;

use server::factor::{FactorTools, totp, totp_step};
use server::origin::Origin;
use server::rule::account::{self, By, Denied};
use server::rule::factor::{self as rule, NotRemoved};
use server::rule::session;
use server::store::db::Db;
use server::store::factor::{self as store, LoginStep, PasskeyRecord, TotpRecord};
use server::store::tx::Tx;
use server::store::{AuditEntry, SessionRecord, StoreError, account as accounts};
use server::tenant::Tenant;
use shared::api::factor::{QUESTION_MS, TOTP};
use shared::domain::account::{AccountFault, AccountKind, UserId};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::factor::{FactorFault, PASSKEYS_MAX};

use crate::kept::Kept;
use crate::sample::code;
use crate::world::{CLINIC, ORIGIN, STATION, add_institution, at};

const NOON: &str = "2026-11-20T12:00:00+09:00";
const SECRET: &[u8] = b"12345678901234567890";
const OWN: [u8; 32] = [1; 32];

fn staff() -> UserId {
    UserId::try_from("ippan1").unwrap()
}

fn day(text: &str) -> CivilDate {
    CivilDate::try_from(text).unwrap()
}

/// The station of a database, with ippan1 logged in twice.
struct Station {
    store: Kept,
    tenant: Tenant,
    now: UnixMs,
    _folder: Option<tempfile::TempDir>,
}

impl Station {
    async fn on(store: Kept, folder: Option<tempfile::TempDir>) -> Self {
        let now = at(NOON);
        for institution in [STATION, CLINIC] {
            add_institution(&store, institution, "a", &server::random::Random::machine(), now).await;
        }
        let station = Self { store, tenant: Tenant::of_operator(&code(STATION)), now, _folder: folder };
        station.log_in(OWN).await;
        station.log_in([2; 32]).await;
        station
    }

    async fn each() -> [Self; 2] {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = Kept(Arc::new(Db::open_file(&folder.path().join("u.db")).unwrap()));
        let postgres = Kept(Arc::new(crate::postgres::connect(&crate::postgres::fresh_url())));
        [Self::on(sqlite, Some(folder)).await, Self::on(postgres, None).await]
    }

    async fn run<T: Send + 'static>(&self, rule: impl Fn(&mut Tx<'_>, &Tenant) -> Result<T, StoreError> + Send + 'static) -> T {
        let tenant = self.tenant.clone();
        self.store.0.write(move |tx| rule(tx, &tenant)).await.unwrap()
    }

    fn session(&self, id_sha256: [u8; 32]) -> SessionRecord {
        SessionRecord {
            id_sha256,
            institution: code(STATION),
            user: staff(),
            opened_at: self.now,
            seen_at: self.now,
            ends_at: self.now.plus_ms(1_000),
            address: None,
            proved_at: self.now,
            locked_at: None,
            device: None,
        }
    }

    fn entry(&self, at: UnixMs) -> AuditEntry {
        AuditEntry::of_operator(at, &self.tenant, "office.test", "test")
    }

    async fn log_in(&self, id_sha256: [u8; 32]) {
        let (session, entry) = (self.session(id_sha256), self.entry(self.now));
        let judged = self.store.account(&code(STATION), &staff()).await.unwrap().unwrap().0.password_hash;
        assert!(self.run(move |tx, _| session::log_in(tx, &session, &judged, &entry)).await);
    }

    async fn sessions(&self) -> Vec<[u8; 32]> {
        let mut ids: Vec<_> =
            self.run(|tx, tenant| accounts::sessions_of(tx, tenant, &staff())).await.into_iter().map(|one| one.id_sha256).collect();
        ids.sort_unstable();
        ids
    }

    async fn add_totp(&self) {
        let tools = FactorTools::new(&Origin::parse(ORIGIN).unwrap(), &[7; 32]);
        let secret = tools.vault.seal(&self.tenant, &staff(), SECRET, [3; 12]).unwrap();
        let (new, entry) = (TotpRecord { secret, last_step: 0, added_at: self.now, last_used_at: None }, self.entry(self.now));
        assert_eq!(self.run(move |tx, tenant| rule::add_totp(tx, tenant, &staff(), &OWN, &new, &entry)).await, Ok(()));
    }

    async fn add_passkey(&self, number: u8) -> Result<(), FactorFault> {
        let new = PasskeyRecord {
            id: format!("key{number}"),
            credential_id: vec![number; 16],
            name: "鍵".to_owned(),
            credential: "{}".to_owned(),
            added_at: self.now.plus_ms(number.into()),
            last_used_at: None,
        };
        let entry = self.entry(self.now);
        self.run(move |tx, tenant| rule::add_passkey(tx, tenant, &staff(), &OWN, &new, &entry)).await
    }

    async fn remove(&self, which: &'static str, at: UnixMs) -> Result<(), NotRemoved> {
        let entry = self.entry(at);
        self.run(move |tx, tenant| rule::remove(tx, tenant, &staff(), &OWN, which, &entry)).await
    }

    async fn since(&self) -> Option<UnixMs> {
        self.run(|tx, tenant| store::standing(tx, tenant.code(), &staff())).await.unwrap().since
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_of_an_app_is_used_once_and_none_before_it() {
    for station in Station::each().await {
        station.add_totp().await;
        assert_eq!(station.sessions().await, [OWN], "the other login ends");
        let (now, step) = (station.now, totp_step(station.now));
        let used = async |step: i64| {
            let code = totp(SECRET, step);
            let tools = FactorTools::new(&Origin::parse(ORIGIN).unwrap(), &[7; 32]);
            station.run(move |tx, tenant| rule::use_totp(tx, tenant, &staff(), &tools.vault, code, now)).await
        };
        assert!(used(step).await);
        assert!(!used(step).await && !used(step - 1).await, "used, and the one before it");
        assert!(used(step + 1).await && !used(step + 2).await);
        let other = station.entry(now);
        let new = TotpRecord { secret: Vec::new(), last_step: 0, added_at: now, last_used_at: None };
        let second = station.run(move |tx, tenant| rule::add_totp(tx, tenant, &staff(), &OWN, &new, &other)).await;
        assert_eq!(second, Err(FactorFault::HasTotp));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_is_used_once_and_goes_with_its_set_and_the_last_factor() {
    for station in Station::each().await {
        let make = async |first: u8| {
            let (hashes, entry) = ([[first; 32], [first + 1; 32]], station.entry(station.now));
            station.run(move |tx, tenant| rule::new_recovery(tx, tenant, &staff(), &hashes, &entry)).await
        };
        assert_eq!(make(10).await, Err(FactorFault::NoFactor));
        station.add_totp().await;
        assert_eq!(make(10).await, Ok(station.now));
        let now = station.now;
        let used = async |hash: u8| station.run(move |tx, tenant| store::use_recovery(tx, tenant, &staff(), &[hash; 32], now)).await;
        let left = async || station.run(|tx, tenant| store::recovery(tx, tenant, &staff())).await.map(|(left, _)| left);
        assert!(used(10).await && !used(10).await && !used(99).await);
        assert_eq!(left().await, Some(1));
        assert_eq!(make(20).await, Ok(station.now));
        assert!(!used(11).await && used(20).await, "a new set ends the old one");
        assert_eq!(station.remove(TOTP, now).await, Ok(()));
        assert_eq!((left().await, station.since().await), (None, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_taken_once_and_in_time_by_its_holder() {
    for station in Station::each().await {
        let now = station.now;
        let ask = async |state: &'static str| station.run(move |tx, _| rule::ask(tx, &OWN, "proof", state, now)).await;
        let take = async |holder: u8, purpose: &'static str, later: i64| {
            station.run(move |tx, _| rule::take(tx, &[holder; 32], purpose, now.plus_ms(later))).await
        };
        ask("a").await;
        ask("b").await;
        assert_eq!((take(2, "proof", 0).await, take(1, "passkey", 0).await), (None, None));
        assert_eq!(take(1, "proof", QUESTION_MS - 1).await.as_deref(), Some("b"), "the last one counts");
        assert_eq!(take(1, "proof", 0).await, None);
        ask("c").await;
        assert_eq!(take(1, "proof", QUESTION_MS).await, None, "too late");
        ask("d").await;
        assert_eq!(take(1, "proof", -60_000).await, None, "of a time that is to come");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passkeys_are_one_persons_ten_at_most_and_the_last_stays_while_one_is_asked_for() {
    for station in Station::each().await {
        assert_eq!(station.add_passkey(1).await, Ok(()));
        assert_eq!(station.since().await, Some(station.now));
        assert_eq!(station.add_passkey(1).await, Err(FactorFault::Known));
        let other = PasskeyRecord {
            id: "theirs".to_owned(),
            credential_id: vec![1; 16],
            name: "鍵".to_owned(),
            credential: "{}".to_owned(),
            added_at: station.now,
            last_used_at: None,
        };
        let clinic = Tenant::of_operator(&code(CLINIC));
        let entry = station.entry(station.now);
        let added = station.run(move |tx, _| rule::add_passkey(tx, &clinic, &staff(), &OWN, &other, &entry)).await;
        assert_eq!(added, Err(FactorFault::Known), "of somebody else");
        assert_eq!(station.remove("none", station.now).await, Err(NotRemoved::NotThere));
        let demanded = |from: &'static str| station.run(move |tx, tenant| store::set_demanded_from(tx, tenant, day(from)));
        demanded("2026-11-20").await;
        assert_eq!(station.remove("key1", station.now).await, Err(NotRemoved::Fault(FactorFault::Last)));
        assert_eq!(station.add_passkey(2).await, Ok(()));
        assert_eq!(station.remove("key1", station.now).await, Ok(()));
        demanded("2026-11-21").await;
        assert_eq!(station.remove("key2", station.now).await, Ok(()), "not asked for yet");
        for number in 10..10 + u8::try_from(PASSKEYS_MAX).unwrap() {
            assert_eq!(station.add_passkey(number).await, Ok(()));
        }
        assert_eq!(station.add_passkey(99).await, Err(FactorFault::TooMany));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_step_opens_one_session_for_the_password_it_was_judged_by() {
    for station in Station::each().await {
        let judged = station.store.account(&code(STATION), &staff()).await.unwrap().unwrap().0.password_hash;
        let step = |id: u8, of: &str| LoginStep {
            id_sha256: [id; 32],
            institution: code(STATION),
            user: staff(),
            judged_sha256: server::sha256(of.as_bytes()),
            opened_at: station.now,
            ends_at: station.now.plus_ms(1_000),
        };
        let open = async |step: LoginStep, session: u8| {
            let (session, judged, entry) = (station.session([session; 32]), judged.clone(), station.entry(station.now));
            station.run(move |tx, _| rule::log_in(tx, &step, &session, &judged, &entry)).await
        };
        let (good, stale) = (step(50, &judged), step(51, "another password"));
        for one in [good.clone(), stale.clone()] {
            let entry = station.entry(station.now);
            station.run(move |tx, _| rule::open_step(tx, &one, &entry)).await;
        }
        assert!(!open(stale, 60).await);
        assert!(open(good.clone(), 61).await && !open(good, 62).await, "a step leads to one session");
        // Proved again, the session goes on under another id, once.
        let renew = async |next: u8| {
            let entry = station.entry(station.now.plus_ms(5));
            station.run(move |tx, _| session::prove_again(tx, &[61; 32], &[next; 32], &entry)).await
        };
        assert!(renew(63).await && !renew(64).await);
        let found = station.run(|tx, _| accounts::find_session(tx, &[63; 32])).await.unwrap();
        assert_eq!(found.session.proved_at, station.now.plus_ms(5));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_device_is_taken_off_by_those_who_look_after_the_account() {
    for station in Station::each().await {
        station.add_totp().await;
        let reset = async |by: By, user: &'static str| {
            let entry = station.entry(station.now);
            let user = UserId::try_from(user).unwrap();
            station.run(move |tx, tenant| rule::reset(tx, tenant, &by, &user, &entry)).await.map(|row| row.has_second_factor)
        };
        let by = |user: &str, kind| By::Account(UserId::try_from(user).unwrap(), kind);
        let others = Err(Denied::Fault(AccountFault::OthersKind));
        assert_eq!(reset(by("etsu1", AccountKind::Viewer), "ippan1").await, others);
        assert_eq!(reset(by("kanri1", AccountKind::Admin), "kanri1").await, others, "the own ones are removed by oneself");
        assert_eq!(reset(by("kanri1", AccountKind::Admin), "none0").await, Err(Denied::NotThere));
        assert!(
            station
                .run(|tx, tenant| account::details(tx, tenant, &By::Operator, &staff(), None, at(NOON)))
                .await
                .unwrap()
                .account
                .has_second_factor
        );
        assert_eq!(reset(by("kanri1", AccountKind::Admin), "ippan1").await, Ok(false));
        assert!(station.sessions().await.is_empty());
        assert_eq!(reset(By::Operator, "kanri1").await, Ok(false));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restore_nothing_that_was_open_counts() {
    for station in Station::each().await {
        let (now, entry) = (station.now, station.entry(station.now));
        let step = LoginStep {
            id_sha256: [7; 32],
            institution: code(STATION),
            user: staff(),
            judged_sha256: [8; 32],
            opened_at: now,
            ends_at: now.plus_ms(1_000),
        };
        let who = crate::portal::record(1, now, "x");
        let session = server::store::portal::ApplicantSession {
            id_sha256: [9; 32],
            applicant: who.id.clone(),
            opened_at: now,
            seen_at: now,
            ends_at: now.plus_ms(1_000),
        };
        station
            .run(move |tx, _| {
                rule::open_step(tx, &step, &entry)?;
                rule::ask(tx, &[7; 32], rule::ASKED_PROOF, "{}", now)?;
                assert!(server::store::portal::add(tx, &who)?);
                assert!(server::store::portal::add_session(tx, &session, "x")?);
                Ok(())
            })
            .await;
        let open = async || {
            let found = station.run(|tx, _| {
                Ok((
                    store::find_step(tx, &[7; 32])?.is_some(),
                    store::question(tx, &[7; 32], rule::ASKED_PROOF)?.is_some(),
                    server::store::portal::find_session(tx, &[9; 32])?.is_some(),
                ))
            });
            found.await
        };
        assert_eq!((station.sessions().await.len(), open().await), (2, (true, true, true)), "control");
        station.run(move |tx, _| server::rule::backup::restored(tx, "a copy", now)).await;
        assert_eq!((station.sessions().await.len(), open().await), (0, (false, false, false)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_and_those_who_cannot_come_in_are_not_counted() {
    for station in Station::each().await {
        let count = async || station.run(|tx, tenant| rule::policy(tx, tenant, day("2026-11-20"))).await;
        assert_eq!((count().await.people, count().await.without), (4, 4));
        station.add_totp().await;
        assert_eq!((count().await.people, count().await.without), (4, 3));
        let now = station.now;
        station.run(move |tx, tenant| accounts::set_suspended(tx, tenant, &UserId::try_from("etsu1").unwrap(), Some(now))).await;
        assert_eq!((count().await.people, count().await.without), (3, 2));
        let (like, _) = station.store.account(&code(STATION), &staff()).await.unwrap().unwrap();
        let program = server::store::Account { user: UserId::try_from("link1").unwrap(), kind: AccountKind::Link, ..like };
        assert!(station.store.add_account(code(STATION), program).await.unwrap());
        assert_eq!(count().await.people, 3);
        let change = async |by: By, from: &'static str| {
            let entry = station.entry(station.now);
            station
                .run(move |tx, tenant| rule::change_policy(tx, tenant, &by, day(from), &entry))
                .await
                .map(|policy| policy.from.to_string())
        };
        let admin = || By::Account(UserId::try_from("kanri1").unwrap(), AccountKind::Admin);
        assert_eq!(change(admin(), "2027-01-01").await.as_deref(), Ok("2027-01-01"));
        assert_eq!(change(admin(), "2027-01-02").await, Err(FactorFault::PutOff));
        assert_eq!(change(By::Operator, "2027-04-01").await.as_deref(), Ok("2027-04-01"));
    }
}
