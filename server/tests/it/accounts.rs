//! Accounts on both databases: who looks after whose, what ends a login, what nobody can take from the institution, files of accounts.

use std::sync::Arc;

use server::account::LoginTry;
use server::roster;
use server::rule::account::{self as rule, By, Denied};
use server::rule::attempt::count_login;
use server::rule::session;
use server::store::db::Db;
use server::store::tx::Tx;
use server::store::{Attempt, AuditEntry, SessionRecord, StoreError, account};
use server::tenant::Tenant;
use shared::api::account::{AccountChange, BULK_COLUMNS, BulkAct, BulkFault, NewAccount};
use shared::domain::account::{AccountFault, AccountKind, AccountName, AccountState, HalfKana, UserId};
use shared::domain::calendar::{CivilDate, UnixMs};

use crate::kept::Kept;
use crate::sample::code;
use crate::world::{CLINIC, STATION, add_institution, at};

const NOON: &str = "2026-11-20T12:00:00+09:00";

pub(crate) fn user(text: &str) -> UserId {
    UserId::try_from(text).unwrap()
}

pub(crate) fn admin() -> By {
    By::Account(user("kanri1"), AccountKind::Admin)
}

pub(crate) fn day(text: &str) -> CivilDate {
    CivilDate::try_from(text).unwrap()
}

pub(crate) fn entry(now: UnixMs) -> AuditEntry {
    AuditEntry {
        at: now,
        institution: Some(code(STATION)),
        actor: "user kanri1".to_owned(),
        action: "office.test".into(),
        subject: None,
        address: None,
        outcome: "ok".to_owned(),
    }
}

fn new(id: &str, kind: AccountKind) -> NewAccount {
    NewAccount {
        kind,
        user: user(id),
        name: AccountName::try_from("職員").unwrap(),
        kana: HalfKana::try_from("ｼｮｸｲﾝ").unwrap(),
        valid_from: day("2026-11-01"),
        valid_until: None,
    }
}

pub(crate) fn change(from: &str, until: Option<&str>, typed: Option<&str>) -> AccountChange {
    AccountChange {
        name: AccountName::try_from("改名").unwrap(),
        kana: HalfKana::try_from("ｶｲﾒｲ").unwrap(),
        valid_from: Some(day(from)),
        valid_until: until.map(day),
        typed_user: typed.map(str::to_owned),
    }
}

/// The station of a database, with the accounts of every test: kanri1 and shin1 of 管理, ippan1, etsu1.
pub(crate) struct Station {
    store: Kept,
    tenant: Tenant,
    pub(crate) now: UnixMs,
    _folder: Option<tempfile::TempDir>,
}

impl Station {
    async fn on(store: Kept, folder: Option<tempfile::TempDir>) -> Self {
        let now = at(NOON);
        for institution in [STATION, CLINIC] {
            add_institution(&store, institution, "a", &server::random::Random::machine(), now).await;
        }
        Self { store, tenant: Tenant::of_operator(&code(STATION)), now, _folder: folder }
    }

    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_file(&folder.path().join("u.db")).unwrap();
        Self::on(Kept(Arc::new(db)), Some(folder)).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::on(Kept(Arc::new(crate::postgres::connect(&crate::postgres::fresh_url()))), None).await
    }

    pub(crate) async fn run<T: Send + 'static>(&self, rule: impl Fn(&mut Tx<'_>, &Tenant) -> Result<T, StoreError> + Send + 'static) -> T {
        let tenant = self.tenant.clone();
        self.store.0.write(move |tx| rule(tx, &tenant)).await.unwrap()
    }

    async fn add(&self, by: By, new: NewAccount) -> Result<(), Denied> {
        let now = self.now;
        self.run(move |tx, tenant| rule::add(tx, tenant, &by, &new, "hash", &entry(now))).await.map(|_| ())
    }

    pub(crate) async fn change(&self, by: By, id: &str, new: AccountChange) -> Result<AccountState, Denied> {
        let (now, id) = (self.now, user(id));
        self.run(move |tx, tenant| rule::change(tx, tenant, &by, &id, &new, &entry(now))).await.map(|row| row.state)
    }

    async fn suspend(&self, by: By, id: &str, typed: Option<&str>) -> Result<AccountState, Denied> {
        let (now, id, typed) = (self.now, user(id), typed.map(str::to_owned));
        self.run(move |tx, tenant| rule::suspend(tx, tenant, &by, &id, typed.as_deref(), &entry(now))).await.map(|row| row.state)
    }

    async fn reset(&self, by: By, id: &str, typed: Option<&str>) -> Result<bool, Denied> {
        let (now, id, typed) = (self.now, user(id), typed.map(str::to_owned));
        self.run(move |tx, tenant| rule::reset(tx, tenant, &by, &id, typed.as_deref(), "other hash", &entry(now)))
            .await
            .map(|row| row.must_change_password)
    }

    /// Logs in under the hash that the account has now; false when it is refused.
    async fn log_in(&self, id: &str, byte: u8) -> bool {
        let (now, id) = (self.now, user(id));
        self.run(move |tx, tenant| {
            let hash = account::of(tx, tenant, &id)?.unwrap().account.password_hash;
            let session = SessionRecord {
                id_sha256: [byte; 32],
                institution: tenant.code().clone(),
                user: id.clone(),
                opened_at: now,
                seen_at: now,
                ends_at: now.plus_ms(1000),
                address: Some("192.0.2.7".to_owned()),
                locked_at: None,
                proved_at: now,
                device: None,
            };
            session::log_in(tx, &session, &hash, &entry(now))
        })
        .await
    }

    async fn sessions(&self, id: &str) -> usize {
        let (now, id) = (self.now, user(id));
        self.run(move |tx, tenant| rule::details(tx, tenant, &admin(), &id, None, now)).await.unwrap().sessions.len()
    }
}

const OTHERS: Result<(), Denied> = Err(Denied::Fault(AccountFault::OthersKind));

async fn who_makes_whom(station: &Station) {
    let master = By::Account(user("master"), AccountKind::Master);
    let general = By::Account(user("ippan1"), AccountKind::General);
    for (number, kind) in AccountKind::ALL.into_iter().enumerate() {
        let id = |who: &str| format!("{who}{number}");
        let by_master = if kind == AccountKind::Admin { Ok(()) } else { OTHERS };
        let by_admin = if matches!(kind, AccountKind::Admin | AccountKind::Master) { OTHERS } else { Ok(()) };
        assert_eq!(station.add(master.clone(), new(&id("m"), kind)).await, by_master, "{kind:?}");
        assert_eq!(station.add(admin(), new(&id("a"), kind)).await, by_admin, "{kind:?}");
        assert_eq!(station.add(general.clone(), new(&id("g"), kind)).await, OTHERS, "{kind:?}");
        assert_eq!(station.add(By::Operator, new(&id("o"), kind)).await, Ok(()), "{kind:?}");
    }
    // What is another kind's is not changed either; a missing one, and the clinic's, is not there.
    let others = Err(Denied::Fault(AccountFault::OthersKind));
    assert_eq!(station.suspend(admin(), "shin1", None).await, others);
    assert_eq!(station.reset(admin(), "shin1", None).await, Err(Denied::Fault(AccountFault::OthersKind)));
    assert_eq!(station.reset(admin(), "kanri1", None).await, Err(Denied::Fault(AccountFault::OthersKind)), "the own one by OT-4");
    assert_eq!(station.reset(By::Operator, "kanri1", None).await, Ok(true), "the way back");
    assert_eq!(station.suspend(master, "ippan1", None).await, others);
    assert_eq!(station.suspend(admin(), "none0", None).await, Err(Denied::NotThere));
    let elsewhere = Tenant::of_operator(&code(CLINIC));
    let now = station.now;
    assert_eq!(station.add(admin(), new("only1", AccountKind::General)).await, Ok(()));
    let gone = station.run(move |tx, _| rule::suspend(tx, &elsewhere, &admin(), &user("only1"), None, &entry(now))).await;
    assert_eq!(gone.map(|_| ()), Err(Denied::NotThere));
}

async fn an_id_stands_for_one_person_for_good(station: &Station) {
    let taken = Err(Denied::Fault(AccountFault::IdTaken));
    assert_eq!(station.add(admin(), new("taro1", AccountKind::General)).await, Ok(()));
    assert_eq!(station.add(admin(), new("taro1", AccountKind::Viewer)).await, taken);
    assert_eq!(station.add(admin(), new("TARO1", AccountKind::Viewer)).await, taken, "by its letters");
    assert_eq!(station.suspend(admin(), "taro1", None).await, Ok(AccountState::Suspended));
    assert_eq!(station.add(admin(), new("taro1", AccountKind::General)).await, taken, "a stopped one keeps its ID");
    assert_eq!(station.change(admin(), "taro1", change("2026-01-01", Some("2026-01-02"), None)).await, Ok(AccountState::Suspended));
    assert_eq!(station.add(admin(), new("taro1", AccountKind::General)).await, taken);
    let backwards = NewAccount { valid_until: Some(day("2026-10-31")), ..new("jiro1", AccountKind::General) };
    assert_eq!(station.add(admin(), backwards).await, Err(Denied::Fault(AccountFault::PeriodBackwards)));
    let one_day = NewAccount { valid_until: Some(day("2026-11-01")), ..new("jiro1", AccountKind::General) };
    assert_eq!(station.add(admin(), one_day).await, Ok(()));
}

async fn what_ends_a_login(station: &Station) {
    assert!(station.log_in("ippan1", 1).await && station.log_in("ippan1", 2).await && station.log_in("etsu1", 3).await);
    assert_eq!(station.sessions("ippan1").await, 2);
    // A name ends none, a period that goes on neither.
    station.change(admin(), "ippan1", change("2026-11-01", Some("2026-11-20"), None)).await.unwrap();
    assert_eq!(station.sessions("ippan1").await, 2);
    assert_eq!(station.change(admin(), "ippan1", change("2026-11-01", Some("2026-11-19"), None)).await, Ok(AccountState::Over));
    assert_eq!(station.sessions("ippan1").await, 0, "an end that is over");
    assert_eq!(station.change(admin(), "ippan1", change("2026-11-21", None, None)).await, Ok(AccountState::NotYet));
    station.change(admin(), "ippan1", change("2026-11-20", None, None)).await.unwrap();
    assert!(station.log_in("ippan1", 4).await);
    assert_eq!(station.reset(admin(), "ippan1", None).await, Ok(true));
    assert_eq!(station.sessions("ippan1").await, 0, "a new password");
    assert!(station.log_in("ippan1", 5).await && station.log_in("ippan1", 6).await);
    let now = station.now;
    let end = |which: Option<u8>| {
        let which = which.map(|byte| [byte; 32]);
        station.run(move |tx, tenant| rule::end_sessions(tx, tenant, &admin(), &user("ippan1"), which.as_ref(), None, &entry(now)))
    };
    assert_eq!(end(Some(3)).await.unwrap().sessions.len(), 2, "another account's session is not ended by its id");
    assert_eq!(station.sessions("etsu1").await, 1);
    let left = end(Some(5)).await.unwrap().sessions;
    assert_eq!((left.len(), left[0].address.as_deref(), left[0].id.as_str()), (1, Some("192.0.2.7"), "06".repeat(32).as_str()));
    assert_eq!(end(None).await.unwrap().sessions.len(), 0);
    assert!(station.log_in("ippan1", 7).await);
    assert_eq!(station.suspend(admin(), "ippan1", None).await, Ok(AccountState::Suspended));
    assert_eq!(station.sessions("ippan1").await, 0);
    assert!(!station.log_in("ippan1", 8).await, "also for who was judged before the stop");
    let resumed = station.run(move |tx, tenant| rule::resume(tx, tenant, &admin(), &user("ippan1"), &entry(now))).await.unwrap();
    assert_eq!((resumed.state, resumed.last_login_at), (AccountState::Living, Some(now)), "it has logged in once (N030)");
    assert!(station.log_in("ippan1", 9).await);
}

async fn the_last_admin_stays(station: &Station) {
    let last = Err(Denied::Fault(AccountFault::LastAdmin));
    // Another one lives on: shin1.
    let until = |until: &'static str| change("2026-01-01", Some(until), None);
    assert_eq!(station.change(admin(), "kanri1", until("2026-11-30")).await, Ok(AccountState::Living));
    assert_eq!(station.change(By::Operator, "shin1", until("2026-11-30")).await, last, "nobody would be left in December");
    assert_eq!(station.change(admin(), "kanri1", until("2026-12-31")).await, Ok(AccountState::Living), "a later end is no loss");
    assert_eq!(station.change(By::Operator, "shin1", until("2026-11-30")).await, Ok(AccountState::Living));
    assert_eq!(station.change(admin(), "kanri1", until("2026-11-30")).await, last);
    assert_eq!(station.change(admin(), "kanri1", change("2026-11-21", None, None)).await, Ok(AccountState::NotYet), "shin1 lives today");
    assert_eq!(station.suspend(By::Operator, "shin1", None).await, last, "kanri1 is not there yet");
    station.change(admin(), "kanri1", change("2026-01-01", None, None)).await.unwrap();
    assert_eq!(station.suspend(By::Operator, "shin1", None).await, Ok(AccountState::Suspended));
    assert_eq!(station.suspend(admin(), "kanri1", None).await, last);
    assert_eq!(station.change(admin(), "kanri1", until("2026-11-19")).await, last);
    assert_eq!(station.change(admin(), "kanri1", change("2026-01-01", None, None)).await, Ok(AccountState::Living), "its name changes");
    station.add(By::Operator, new("master", AccountKind::Master)).await.unwrap();
    assert_eq!(station.suspend(admin(), "kanri1", None).await, last, "a master looks after admins only");
}

async fn what_programs_depend_on_is_typed_first(station: &Station) {
    let not_typed = Err(Denied::Fault(AccountFault::NotTyped));
    for (id, kind) in [("link1", AccountKind::Link), ("api1", AccountKind::WebApi)] {
        station.add(admin(), new(id, kind)).await.unwrap();
        for typed in [None, Some(""), Some("link"), Some("LINK1")] {
            assert_eq!(station.suspend(admin(), id, typed).await, not_typed);
            assert_eq!(station.reset(admin(), id, typed).await, Err(Denied::Fault(AccountFault::NotTyped)));
            assert_eq!(station.change(admin(), id, change("2026-11-01", Some("2026-12-01"), typed)).await, not_typed);
        }
        assert_eq!(station.change(admin(), id, change("2026-11-01", None, None)).await, Ok(AccountState::Living), "a name breaks nothing");
        assert_eq!(station.reset(admin(), id, Some(id)).await, Ok(true));
        assert_eq!(station.change(admin(), id, change("2026-11-01", Some("2026-12-01"), Some(id))).await, Ok(AccountState::Living));
        assert_eq!(station.suspend(admin(), id, Some(id)).await, Ok(AccountState::Suspended));
    }
}

async fn an_unlocked_account_need_not_wait(station: &Station) {
    let now = station.now;
    let of = LoginTry::new(&code(STATION), &user("ippan1"), "192.0.2.9".parse().unwrap(), None);
    let count = async |after_ms: i64| {
        let of = of.clone();
        station.run(move |tx, _| count_login(tx, &of, now.plus_ms(after_ms))).await.attempt
    };
    for after_ms in 0..6 {
        assert_eq!(count(after_ms).await, Attempt::Allowed);
    }
    assert!(matches!(count(6).await, Attempt::Wait { .. }), "the control");
    let unlocked = move |ms: i64| AuditEntry { at: now.plus_ms(ms), ..entry(now) };
    station.run(move |tx, tenant| rule::unlock(tx, tenant, &admin(), &user("etsu1"), &unlocked(7))).await.unwrap();
    assert!(matches!(count(8).await, Attempt::Wait { .. }), "another account");
    station.run(move |tx, tenant| rule::unlock(tx, tenant, &admin(), &user("ippan1"), &unlocked(9))).await.unwrap();
    for after_ms in 10..16 {
        assert_eq!(count(after_ms).await, Attempt::Allowed, "{after_ms}");
    }
    assert!(matches!(count(16).await, Attempt::Wait { .. }), "failures after it count");
}

async fn lists_go_by_id_page_by_page(station: &Station) {
    for number in 0..5 {
        station.add(admin(), new(&format!("p{number}"), AccountKind::General)).await.unwrap();
    }
    let (mut after, mut seen, mut pages) = (None, Vec::new(), 0);
    loop {
        let from = after.clone();
        let now = station.now;
        let page = station.run(move |tx, tenant| rule::list(tx, tenant, &admin(), from.as_ref(), 3, now)).await;
        seen.extend(page.rows.into_iter().map(|row| (row.user.to_string(), row.may_change)));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let ids: Vec<&str> = seen.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!((ids.as_slice(), pages), (["etsu1", "ippan1", "kanri1", "p0", "p1", "p2", "p3", "p4", "shin1"].as_slice(), 3));
    let fixed: Vec<&str> = seen.iter().filter(|(_, may_change)| !may_change).map(|(id, _)| id.as_str()).collect();
    assert_eq!(fixed, ["shin1"], "another admin");
}

fn file(rows: &[&str]) -> roster::Roster {
    let text = format!("{}\n{}\n", BULK_COLUMNS.join(","), rows.join("\n"));
    roster::read(text.as_bytes()).unwrap()
}

async fn a_file_is_judged_row_by_row(station: &Station) {
    station.add(admin(), new("link1", AccountKind::Link)).await.unwrap();
    let cases: [(&str, &[BulkFault]); 19] = [
        ("登録,医療情報閲覧,new1,看護 花子,カンゴ ハナコ,R8.11.1,2027/3/31", &[]),
        ("更新,一般利用者,ippan1,事務 太郎,ｼﾞﾑ ﾀﾛｳ,2026-11-01,", &[]),
        ("登録,一般利用者", &[BulkFault::Columns]),
        ("削除,一般利用者,new2,花,ﾊﾅ,2026-11-01,", &[BulkFault::Act]),
        ("登録,管理者,new3,花,ﾊﾅ,2026-11-01,", &[BulkFault::Kind]),
        ("登録,,new4,花,ﾊﾅ,2026-11-01,", &[BulkFault::Kind]),
        ("更新,医療情報閲覧,kanri1,花,ﾊﾅ,2026-11-01,", &[BulkFault::OthersKind]),
        ("更新,連携アプリ用,link1,花,ﾊﾅ,2026-11-01,", &[BulkFault::OfProgram]),
        ("更新,一般利用者,etsu1,花,ﾊﾅ,2026-11-01,", &[BulkFault::KindChanged]),
        ("登録,一般利用者,a,花,ﾊﾅ,2026-11-01,", &[BulkFault::UserId]),
        ("登録,一般利用者,SHIN1,花,ﾊﾅ,2026-11-01,", &[BulkFault::IdTaken]),
        ("登録,一般利用者,NEW1,花,ﾊﾅ,2026-11-01,", &[BulkFault::Twice]),
        ("更新,一般利用者,none0,花,ﾊﾅ,2026-11-01,", &[BulkFault::NotThere]),
        ("登録,一般利用者,new5,,ﾊﾅ,2026-11-01,", &[BulkFault::Name]),
        (concat!("登録,一般利用者,new6,1234567890", "18,ﾊﾅ,2026-11-01,"), &[BulkFault::MyNumber]),
        ("登録,一般利用者,new7,花,花,2026-11-01,", &[BulkFault::Kana]),
        ("登録,一般利用者,new8,花,ﾊﾅ,,いつか", &[BulkFault::From, BulkFault::Until]),
        ("登録,一般利用者,new9,花,ﾊﾅ,2026-11-02,2026-11-01", &[BulkFault::PeriodBackwards]),
        (
            "しない,誰か,?,,,,x",
            &[BulkFault::Act, BulkFault::Kind, BulkFault::UserId, BulkFault::Name, BulkFault::Kana, BulkFault::From, BulkFault::Until],
        ),
    ];
    let met: Vec<BulkFault> = cases.iter().flat_map(|(_, faults)| faults.iter().copied()).collect();
    assert!(BulkFault::ALL.into_iter().all(|fault| met.contains(&fault)), "each fault has its row");
    let roster = file(&cases.map(|(row, _)| row));
    let (all, now) = (roster.clone(), station.now);
    let report = station.run(move |tx, tenant| rule::check_roster(tx, tenant, &admin(), &all)).await;
    for ((place, row), (text, faults)) in report.rows.iter().enumerate().zip(cases) {
        assert_eq!((row.line as usize, row.faults.as_slice(), row.act.is_some()), (place + 2, faults, faults.is_empty()), "{text}");
    }
    assert_eq!(report.rows[0].act, Some(BulkAct::Add(AccountKind::Viewer)));
    assert_eq!(report.rows[1].act, Some(BulkAct::Change(vec![3, 4, 5])));
    // One bad row, and nothing is done.
    let before = station.store.audit_of(&code(STATION)).await.unwrap().len();
    let apply = |roster: roster::Roster, hashes: usize| {
        let hashes = vec!["hash".to_owned(); hashes];
        station.run(move |tx, tenant| rule::apply_roster(tx, tenant, &admin(), &roster, &hashes, &entry(now)))
    };
    assert_eq!(apply(roster, 1).await.map(|_| ()), Err(Denied::Fault(AccountFault::Rows)));
    let is_there = async |id: &str| {
        let id = user(id);
        station.run(move |tx, tenant| account::of(tx, tenant, &id)).await.is_some()
    };
    assert!(!is_there("new1").await);
    assert_eq!(station.store.audit_of(&code(STATION)).await.unwrap().len(), before);
    // The good ones by themselves.
    let good = file(&[cases[0].0, cases[1].0]);
    let (added, changed) = apply(good.clone(), 1).await.unwrap();
    assert_eq!((added.len(), added[0].kana.as_str(), added[0].must_change_password, changed), (1, "ｶﾝｺﾞ ﾊﾅｺ", true, 1));
    let actions: Vec<_> = station.store.audit_of(&code(STATION)).await.unwrap().split_off(before);
    let actions: Vec<_> = actions.iter().map(|row| (row.action.as_ref(), row.subject.as_deref())).collect();
    assert_eq!(actions, [("office.add_account", Some("new1")), ("office.change_account", Some("ippan1")), ("office.test", None)]);
    assert_eq!(apply(good, 1).await.map(|_| ()), Err(Denied::Fault(AccountFault::Rows)), "its IDs are taken now");
    let same = file(&[cases[1].0]);
    let report = station.run(move |tx, tenant| rule::check_roster(tx, tenant, &admin(), &same)).await;
    assert_eq!(report.rows[0].act, Some(BulkAct::Change(Vec::new())), "everything is so already");
}

async fn all_on(fresh: impl AsyncFn() -> Station) {
    who_makes_whom(&fresh().await).await;
    an_id_stands_for_one_person_for_good(&fresh().await).await;
    what_ends_a_login(&fresh().await).await;
    the_last_admin_stays(&fresh().await).await;
    what_programs_depend_on_is_typed_first(&fresh().await).await;
    an_unlocked_account_need_not_wait(&fresh().await).await;
    lists_go_by_id_page_by_page(&fresh().await).await;
    a_file_is_judged_row_by_row(&fresh().await).await;
}

#[tokio::test]
async fn on_sqlite() {
    all_on(Station::sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    all_on(Station::postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_that_stop_themselves_at_once_leave_one() {
    for round in 0..5 {
        let station = Station::postgres().await;
        let (one, other) = tokio::join!(
            station.suspend(admin(), "kanri1", None),
            station.suspend(By::Account(user("shin1"), AccountKind::Admin), "shin1", None)
        );
        assert_eq!(u32::from(one.is_ok()) + u32::from(other.is_ok()), 1, "round {round}: {one:?} {other:?}");
    }
}
