//! 資格情報一括照会 (OT-35): each good line has one check, whoever dies in the middle, on both databases; and 委託先資格情報一括取得, seen by
//! both sides.

use std::sync::Arc;

use server::clock::Clock;
use server::eligibility::Registry;
use server::eligibility::registry::EmbeddedRegistry;
use server::jobs::{Worker, bulk_check as run};
use server::random::Random;
use server::rule::bulk_check::{KIND, Stepped, read, start};
use server::rule::job::{LEASE_MS, take};
use server::store::bulk_check::{LineOutcome, LineResult};
use server::store::job::{Job, Owner};
use server::store::{RunId, bulk_check};
use server::tenant::Tenant;
use shared::api::Code;
use shared::api::Refusal;
use shared::api::bulk_check::{
    BULK_CHECK_COLUMNS, BulkCheckFile, BulkCheckResult, BulkCheckState, BulkRun, DryRunBulkCheck, LineFault, RunState, StartBulkCheck,
    StopBulkCheck,
};
use shared::api::check::CheckSearch;
use shared::api::grant::{FetchAsked, FetchEntrusted, GiveGrant, GrantState, ListGrants, NewGrant, RevokeGrant};
use shared::bytes::Base64;
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::coverage::Validity;

use crate::kept::Kept;
use crate::sample::code;
use crate::store::{entry, on_both};
use crate::world::{CLINIC, STATION, With, World, add_institution, at};

const NOON: &str = "2026-11-20T12:00:00+09:00";
const ONE: Owner = [1; 16];
const OTHER: Owner = [2; 16];

/// So many lines: each third one is of somebody whom nobody knows, and one in the middle is bad.
fn file(lines: u32) -> Vec<u8> {
    let line = |number: u32| match number {
        _ if number == lines / 2 => format!("P{number},,,,,,"),
        _ if number.is_multiple_of(3) => format!("P{number},01990019,,9{number:04},,1954-02-28,"),
        _ => format!("P{number},06990014,12-34,56,01,1960-06-02,{}", if number.is_multiple_of(2) { "する" } else { "" }),
    };
    let lines: String = (0..lines).map(|number| line(number) + "\n").collect();
    format!("{}\n{lines}", BULK_CHECK_COLUMNS.join(",")).into_bytes()
}

fn lines(bytes: &[u8]) -> Vec<server::roster::Line> {
    server::roster::lines(bytes, &BULK_CHECK_COLUMNS, 2_000, 256 * 1024).unwrap()
}

/// A run of 90 lines of which no two are of one person, and its worker's parts.
struct Trial {
    store: Kept,
    tenant: Tenant,
    run: RunId,
    registry: Arc<dyn Registry>,
    random: Random,
}

impl Trial {
    async fn begin(store: &Kept) -> Self {
        let now = at(NOON);
        add_institution(store, STATION, "a", &Random::machine(), now).await;
        let tenant = Tenant::of_operator(&code(STATION));
        let run = RunId::new(now, [3; 10]);
        // Other numbers in each line: nobody is asked for twice.
        let text: String =
            (0..90).map(|number| format!("P{number},06990014,12-34,{}56,01,1960-06-02,\n", "0".repeat(number % 30))).collect();
        let text = format!("{}\n{text}", BULK_CHECK_COLUMNS.join(","));
        let mut new: Vec<_> = read(&lines(text.as_bytes())).into_iter().map(|(_, new)| new).collect();
        for (place, line) in new.iter_mut().enumerate() {
            // Zeros before a number make no other person: lines that the file refuses as doubles are asked here by their branch.
            if line.asked.is_none() {
                line.asked = Some(crate::sample::check::numbers(
                    shared::domain::asked::AskedOf::Bulk,
                    "06990014",
                    "12-34",
                    "56",
                    &format!("{:02}", place % 90),
                    "1960-06-02",
                ));
            }
        }
        let (of, id, audit) = (tenant.clone(), run.clone(), entry(now, STATION));
        let began = store.0.write(move |tx| start(tx, &of, &id, &UserId::try_from("kanri1").unwrap(), &new, &audit)).await.unwrap();
        assert_eq!(began.map(|run| (run.total, run.done, run.state)), Some((90, 0, RunState::Running)));
        let registry: Arc<dyn Registry> = Arc::new(EmbeddedRegistry::demo("{}").unwrap());
        Self { store: store.clone(), tenant, run, registry, random: Random::machine() }
    }

    async fn take(&self, owner: Owner, now: UnixMs) -> Option<Job> {
        self.store.0.write(move |tx| take(tx, &owner, now)).await.unwrap()
    }

    async fn step(&self, job: &Job, now: UnixMs) -> Stepped {
        run::step(&self.store.0, &Clock::standing_at(now), &self.random, &self.registry, job).await.unwrap()
    }

    async fn state(&self) -> BulkRun {
        let (tenant, run) = (self.tenant.clone(), self.run.clone());
        self.store.0.read(move |tx| bulk_check::find(tx, &tenant, &run)).await.unwrap().unwrap()
    }

    async fn results(&self) -> Vec<LineResult> {
        let (tenant, run) = (self.tenant.clone(), self.run.clone());
        self.store.0.read(move |tx| bulk_check::results(tx, &tenant, &run)).await.unwrap()
    }

    /// Checks in the history.
    async fn checks(&self) -> usize {
        let tenant = self.tenant.clone();
        let query = server::store::check::history::HistoryQuery {
            from: at(NOON).plus_ms(-1_000),
            to: at(NOON).plus_ms(86_400_000),
            name_key: String::new(),
            way: None,
            medium: None,
            user: None,
            validity: None,
            state: None,
            sees_openings: true,
            after: None,
            rows: 1_000,
        };
        let found = self.store.0.search(move |tx| server::store::check::history::list(tx, &tenant, &query)).await.unwrap();
        found.rows.len()
    }

    /// Each line has its check, and no check is over.
    async fn is_each_once(&self) -> bool {
        let made = self.results().await.iter().filter(|line| line.outcome == Some(LineOutcome::Made)).count();
        made == 90 && self.checks().await == 90
    }
}

async fn a_run_that_is_killed_in_the_middle_goes_on_and_asks_each_line_once(store: &Kept) {
    let trial = Trial::begin(store).await;
    let now = at(NOON);
    let died = trial.take(ONE, now).await.unwrap();
    assert_eq!(died.kind, KIND);
    for done in [20, 40] {
        assert_eq!(trial.step(&died, now).await, Stepped::More);
        assert_eq!(trial.state().await.done, done);
    }
    // It says nothing more. Nobody else goes on before its lease is over.
    assert_eq!(trial.take(OTHER, now.plus_ms(LEASE_MS - 1)).await, None);
    let over = now.plus_ms(LEASE_MS);
    let next = trial.take(OTHER, over).await.unwrap();
    assert_eq!(trial.step(&next, over).await, Stepped::More);
    // The first one was only slow: what it was answered meanwhile counts nothing.
    assert_eq!(trial.step(&died, over).await, Stepped::Lost);
    assert_eq!((trial.state().await.done, trial.checks().await), (60, 60));
    assert!(!trial.is_each_once().await, "it is not over");
    while trial.step(&next, over).await == Stepped::More {}
    assert!(trial.is_each_once().await);
    let state = trial.state().await;
    assert_eq!((state.state, state.total, state.done, state.ended_at), (RunState::Done, 90, 90, Some(over)));
    assert_eq!(state.verdicts.iter().map(|(_, count)| count).sum::<u32>(), 90);
    assert_eq!(trial.take(OTHER, over.plus_ms(LEASE_MS * 10)).await, None, "the job has left");
}

async fn the_control_a_worker_that_forgot_what_it_did_is_told(store: &Kept) {
    let trial = Trial::begin(store).await;
    let now = at(NOON);
    let job = trial.take(ONE, now).await.unwrap();
    assert_eq!(trial.step(&job, now).await, Stepped::More);
    // What a server loses that keeps the checks and notes the lines later: the notes.
    let lose = |tx: &mut server::store::tx::Tx<'_>| tx.execute("UPDATE bulk_check_rows SET outcome = NULL, check_id = NULL", &[]);
    assert_eq!(store.0.write(lose).await.unwrap(), 90);
    while trial.step(&job, now).await == Stepped::More {}
    assert_eq!(trial.checks().await, 110);
    assert!(!trial.is_each_once().await, "twenty lines were asked twice, and the test above would say so");
}

on_both!(a_run_that_is_killed_in_the_middle_goes_on_and_asks_each_line_once, the_control_a_worker_that_forgot_what_it_did_is_told,);

async fn work(world: &World) {
    let registry: Arc<dyn Registry> = Arc::new(EmbeddedRegistry::demo("{}").unwrap());
    let worker = Worker::new(Arc::clone(&world.store.0), world.clock.clone(), &Random::machine()).unwrap();
    worker.with_registry(registry).run_due().await.unwrap();
}

#[tokio::test]
async fn a_file_is_read_asked_by_the_job_and_given_back_line_by_line() {
    let world = World::new().await;
    let staff = world.login(STATION, "ippan1").await;
    let text = format!(
        "{}\nP1,06990014,12-34,56,01,S35.6.2,する\nP2,,,,,,\nP3,01990019,,9,,1954-02-28,\nP4,06990014,12-34,56,01,S35.6.2,する\n",
        BULK_CHECK_COLUMNS.join(",")
    );
    let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
    for bytes in [text.clone().into_bytes(), cp932.into_owned()] {
        let report = world.call::<DryRunBulkCheck>(&[], &staff, &BulkCheckFile { file: Base64(bytes) }).await.unwrap();
        assert_eq!(
            report.rows.iter().map(|row| (row.line, row.key.as_str())).collect::<Vec<_>>(),
            [(2, "P1"), (3, "P2"), (4, "P3"), (5, "P4")]
        );
        assert_eq!(report.rows[1].faults, [LineFault::Birth, LineFault::Insurer, LineFault::Member]);
        assert_eq!((report.rows[3].faults.as_slice(), report.good()), ([LineFault::Twice].as_slice(), 2));
    }
    let begun = world.call::<StartBulkCheck>(&[], &staff, &BulkCheckFile { file: Base64(text.into_bytes()) }).await.unwrap();
    assert_eq!((begun.total, begun.faulty, begun.done), (2, 2, 0));
    world.purge().await;
    assert_eq!(world.call::<BulkCheckState>(&[&begun.id], &staff, &()).await.unwrap().done, 0, "a server without a register asks nobody");
    world.later(60_000);
    work(&world).await;
    let done = world.call::<BulkCheckState>(&[&begun.id], &staff, &()).await.unwrap();
    assert_eq!((done.state, done.done, done.verdicts), (RunState::Done, 2, vec![(Validity::NotFound, 1), (Validity::Valid, 1)]));
    let saved = world.call::<BulkCheckResult>(&[&begun.id], &staff, &()).await.unwrap();
    let csv = String::from_utf8(saved.file.0).unwrap();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!((saved.rows, rows.len()), (4, 5));
    for (row, wanted) in
        [(1, "\"2\",\"P1\",\"照会済み\",\"有効\""), (2, "\"3\",\"P2\",\"行に誤り"), (3, "\"4\",\"P3\",\"照会済み\",\"該当資格なし\"")]
    {
        assert!(rows[row].starts_with(wanted), "{}", rows[row]);
    }
    assert_eq!(world.audited("office.bulk_check_result").await, ["ok"]);

    // What is no such file, and a file without a good line.
    for bad in [b"".to_vec(), file(0), b"a,b\n1,2\n".to_vec(), format!("{}\n,,,,,,\n", BULK_CHECK_COLUMNS.join(",")).into_bytes()] {
        let refused = world.call::<StartBulkCheck>(&[], &staff, &BulkCheckFile { file: Base64(bad) }).await.unwrap_err();
        assert_eq!(refused.1.code, Code::Request);
    }
    // A run that is stopped keeps what it has, and asks no more.
    let second = world.call::<StartBulkCheck>(&[], &staff, &BulkCheckFile { file: Base64(file(9)) }).await.unwrap();
    let stopped = world.call::<StopBulkCheck>(&[&second.id], &staff, &()).await.unwrap();
    work(&world).await;
    let state = world.call::<BulkCheckState>(&[&second.id], &staff, &()).await.unwrap();
    assert_eq!((stopped.state, state.state, state.done), (RunState::Stopped, RunState::Stopped, 0));
    // After its time nothing of a run is left but its checks.
    world.later(91 * 86_400_000);
    world.purge().await;
    let staff = world.login(STATION, "ippan1").await;
    assert_eq!(world.call::<BulkCheckState>(&[&begun.id], &staff, &()).await.unwrap_err().1.code, Code::NotFound);
    let search = CheckSearch {
        from: CivilDate::new(2026, 11, 1).unwrap(),
        to: CivilDate::new(2026, 12, 31).unwrap(),
        name_prefix: String::new(),
        way: None,
        medium: None,
        user: "ippan1".to_owned(),
        validity: None,
        state: None,
        after: None,
    };
    assert_eq!(world.call::<shared::api::check::SearchChecks>(&[], &staff, &search).await.unwrap().rows.len(), 2);
}

fn refused<T>(answer: Result<T, (axum::http::StatusCode, Refusal)>) -> Code {
    answer.err().expect("refused").1.code
}

#[tokio::test]
async fn a_grant_opens_what_was_checked_in_its_period_until_it_is_taken_back_and_both_see_it() {
    let world = World::new().await;
    let (giver, taker) = (world.login(STATION, "kanri1").await, world.login(CLINIC, "ippan1").await);
    // Before it, and in it.
    world.visit_of("hanako").await.unwrap();
    world.later(86_400_000);
    let (giver, taker) = (again(&world, STATION, "kanri1", giver).await, again(&world, CLINIC, "ippan1", taker).await);
    let today = world.clock.now().jst_date();
    let new = |to: &str, from: i64, until: i64| NewGrant { to: code(to), from: today.plus_days(from), until: today.plus_days(until) };
    for (bad, why) in [
        (new(STATION, 0, 1), Code::Request),
        (new(CLINIC, -1, 1), Code::Request),
        (new(CLINIC, 1, 0), Code::Request),
        (new(CLINIC, 0, 366), Code::Request),
        (new("9969900050", 0, 1), Code::NotFound),
    ] {
        assert_eq!(refused(world.call::<GiveGrant>(&[], &giver, &bad).await), why, "{bad:?}");
    }
    let grant = world.call::<GiveGrant>(&[], &giver, &new(CLINIC, 0, 1)).await.unwrap();
    assert_eq!((grant.state, grant.other_name.as_str()), (GrantState::Living, "試験クリニック"));
    world.visit_of("ichiro").await.unwrap();
    let days = FetchAsked { from: today.plus_days(-30), to: today.plus_days(30) };
    let fetched = world.call::<FetchEntrusted>(&[&grant.id], &taker, &days).await.unwrap();
    let text = String::from_utf8(fetched.file.0).unwrap();
    assert_eq!(fetched.rows, 1, "only what was checked in the period");
    assert!(text.contains("資格　一郎") && !text.contains("花子"), "{text}");
    // Both see the grant, its period, and the fetch.
    let (given, received) =
        (world.call::<ListGrants>(&[], &giver, &()).await.unwrap(), world.call::<ListGrants>(&[], &taker, &()).await.unwrap());
    assert_eq!(given.given[0].fetches, received.received[0].fetches);
    assert_eq!(
        given.given[0].fetches.iter().map(|fetch| (fetch.by.as_str(), fetch.rows, fetch.from)).collect::<Vec<_>>(),
        [("ippan1", 1, today)]
    );
    assert_eq!(received.received[0].other, code(STATION));
    assert!(given.received.is_empty() && received.given.is_empty());
    // Taken back: at once, and both see that.
    assert_eq!(refused(world.call::<RevokeGrant>(&[&grant.id], &world.login(CLINIC, "kanri1").await, &()).await), Code::NotFound);
    let revoked = world.call::<RevokeGrant>(&[&grant.id], &giver, &()).await.unwrap();
    assert_eq!((revoked.state, revoked.revoked_at), (GrantState::Revoked, Some(world.clock.now())));
    assert_eq!(refused(world.call::<FetchEntrusted>(&[&grant.id], &taker, &days).await), Code::NotFound);
    assert_eq!(world.call::<ListGrants>(&[], &taker, &()).await.unwrap().received[0].state, GrantState::Revoked);
    // Not yet, and no more.
    let later = world.call::<GiveGrant>(&[], &giver, &new(CLINIC, 1, 1)).await.unwrap();
    assert_eq!(refused(world.call::<FetchEntrusted>(&[&later.id], &taker, &days).await), Code::NotFound, "not yet");
    world.later(2 * 86_400_000);
    let taker = again(&world, CLINIC, "ippan1", taker).await;
    assert_eq!(refused(world.call::<FetchEntrusted>(&[&later.id], &taker, &days).await), Code::NotFound, "no more");
}

/// A session of today: the one of before is over.
async fn again(world: &World, institution: &str, user: &str, _: With) -> With {
    world.login(institution, user).await
}
