//! What is measured.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::ensure;
use tokio::io::AsyncReadExt as _;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::Options;
use crate::client::{Client, connect};
use crate::figures::{Outcome, bar, memory_of, percentile};
use crate::offered::{Became, Plan, Waiting, open_loop, visit};
use crate::stage::{CODE, Ground, Kind, Meter, PASSWORD, Stage, USER};

/// Clients of the closed loop.
const CLIENTS: [usize; 4] = [1, 16, 64, 256];
/// Slices of each number of clients; an even number, so that each order comes as often as its reverse.
const SLICES: usize = 4;
/// Who search beside the visits.
const SEARCHERS: usize = 8;
/// Connections that try wrong passwords.
const GUESSERS: usize = 32;
const CROWD_ADDRESSES: usize = 40;

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let ground = Ground::new(&options.folder)?;
    let kinds: &[Kind] = if options.postgres { &[Kind::Sqlite, Kind::Postgres] } else { &[Kind::Sqlite] };
    let all = ["nation", "overload", "search", "crowd", "logins"];
    let wanted: Vec<&str> = if options.lines.is_empty() { all.to_vec() } else { options.lines.iter().map(String::as_str).collect() };
    let (closed_ones, wanted): (Vec<&str>, Vec<&str>) = wanted.into_iter().partition(|line| *line == "closed");
    if !closed_ones.is_empty() {
        title("closed");
        closed(&ground, kinds, options).await?;
    }
    for kind in kinds {
        for line in &wanted {
            title(&format!("{line}, on {}", kind.name()));
            match *line {
                "nation" => nation(&ground, *kind, options).await?,
                "overload" => overload(&ground, *kind, options).await?,
                "search" => search(&ground, *kind, options).await?,
                "crowd" => crowd(&ground, *kind, options).await?,
                "logins" => logins(&ground, *kind, options).await?,
                other => anyhow::bail!("no line `{other}`; there are: closed, {}", all.join(", ")),
            }
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
fn title(text: &str) {
    println!("── {text}");
}

#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
fn say(text: &str) {
    println!("  {text}");
}

/// What was answered is stored, and nothing twice; what had no answer may be.
async fn is_kept(stage: &Stage, before: usize, outcome: &Outcome) -> anyhow::Result<()> {
    let (stored, answered) = (stage.stored().await? - before, outcome.served.len());
    let unknown: usize = outcome.others.values().sum();
    ensure!((answered..=answered + unknown).contains(&stored), "{answered} visits answered, {stored} stored");
    Ok(())
}

/// Closed loop: so many clients, each with its next visit once the last is answered. All databases in turn, in the order A B C C B A.
async fn closed(ground: &Ground, kinds: &[Kind], options: &Options) -> anyhow::Result<()> {
    let mut stages = Vec::new();
    for kind in kinds {
        for servers in if *kind == Kind::Postgres { 1..=2 } else { 1..=1 } {
            stages.push((*kind, servers, Arc::new(Stage::start(ground, *kind, servers).await?), Outcome::default()));
        }
    }
    for clients in CLIENTS {
        let visits = options.visits.min(clients * 250 + 250) / SLICES;
        for _ in 0..SLICES {
            for (_, _, stage, outcome) in &mut stages {
                outcome.add(closed_slice(stage, clients, visits).await?);
            }
            // The next time the other way round.
            stages.reverse();
        }
        for (kind, servers, _, outcome) in &mut stages {
            let outcome = std::mem::take(outcome);
            let name = format!("{clients} clients, {servers} server{}", if *servers == 1 { "" } else { "s" });
            outcome.print(&format!("{}, {name}", kind.name()));
            bar(&format!("visits/s, {name}"), kind.name(), outcome.rate(), outcome.served.len());
            bar(&format!("p99 ms, {name}"), kind.name(), outcome.percentile(0.99), outcome.served.len());
        }
    }
    Ok(())
}

async fn closed_slice(stage: &Arc<Stage>, clients: usize, visits: usize) -> anyhow::Result<Outcome> {
    let waiting = Waiting::new(stage.prepare(visits).await?);
    let before = stage.stored().await?;
    let mut connected = Vec::new();
    for number in 0..clients {
        connected.push(stage.client(number).await?);
    }
    let meter = Meter::start(stage);
    let begun = Instant::now();
    let mut tablets = JoinSet::new();
    for mut client in connected {
        let (stage, waiting) = (Arc::clone(stage), waiting.clone());
        tablets.spawn(async move {
            let mut mine = Outcome::default();
            loop {
                let asked = Instant::now();
                match visit(&stage, &mut client, &waiting).await? {
                    Became::Done => mine.served.push(asked.elapsed()),
                    Became::Refused => mine.refused.push(asked.elapsed()),
                    Became::Other(_) if waiting.is_empty() => return anyhow::Ok(mine),
                    Became::Other(what) => mine.other(what),
                }
            }
        });
    }
    let mut outcome = Outcome::default();
    while let Some(mine) = tablets.join_next().await {
        outcome.add(mine??);
    }
    outcome.took = begun.elapsed();
    outcome.use_of = meter.read();
    is_kept(stage, before, &outcome).await?;
    Ok(outcome)
}

/// The nation's rate.
async fn nation(ground: &Ground, kind: Kind, options: &Options) -> anyhow::Result<()> {
    let stage = Arc::new(Stage::start(ground, kind, 1).await?);
    let visits = usize::try_from(options.rate * options.seconds)?;
    let plan = Plan { rate: options.rate, visits, tablets: 2000, is_fresh: false };
    let outcome = open_loop(&stage, plan, stage.prepare(visits).await?).await?;
    outcome.print(&format!("{} visits/s offered for {} s", options.rate, options.seconds));
    is_kept(&stage, 0, &outcome).await?;
    bar("nation: visits/s answered, of those offered", kind.name(), outcome.rate() / f64::from(options.rate), outcome.served.len());
    bar("nation: p99 ms", kind.name(), outcome.percentile(0.99), outcome.served.len());
    Ok(())
}

/// Far more than can be served.
async fn overload(ground: &Ground, kind: Kind, options: &Options) -> anyhow::Result<()> {
    let stage = Arc::new(Stage::start(ground, kind, 1).await?);
    let (rate, seconds) = (options.overload_rate, (options.seconds / 6).max(1));
    let plan = Plan { rate, visits: usize::try_from(rate * seconds)?, tablets: 3500, is_fresh: false };
    // More than can be served of it, also of what still waits at the end.
    let ready = stage.prepare(plan.visits.min(usize::try_from(3000 * (seconds + 3))?)).await?;
    let outcome = open_loop(&stage, plan, ready).await?;
    outcome.print(&format!("{rate} visits/s offered for {seconds} s"));
    is_kept(&stage, 0, &outcome).await?;
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let share = outcome.refused.len() as f64 / plan.visits as f64;
    bar("overload: refused with Retry-After, of those offered", kind.name(), share, plan.visits);
    bar("overload: p99 ms of those served, from when they were due", kind.name(), outcome.percentile(0.99), outcome.served.len());
    let sent = &outcome.of_sent;
    bar("overload: p99 ms of those served, from sending", kind.name(), percentile(&sent.served, 0.99), sent.served.len());
    bar("overload: p99 ms of those refused, from sending", kind.name(), percentile(&sent.refused, 0.99), sent.refused.len());
    Ok(())
}

/// Visits without and with something beside them, in the order A B B A: both outcomes, and what was beside them.
async fn compared<B: Beside>(stage: &Arc<Stage>, options: &Options, plan: Plan, beside: &B) -> anyhow::Result<[Outcome; 2]> {
    let mut outcomes = [Outcome::default(), Outcome::default()];
    for is_beside in [false, true, true, false] {
        let ready = stage.prepare(plan.visits).await?;
        let before = stage.stored().await?;
        let running = if is_beside { Some(beside.start(stage, options).await?) } else { None };
        let outcome = open_loop(stage, plan, ready).await?;
        drop(running);
        is_kept(stage, before, &outcome).await?;
        let [quiet, with] = &mut outcomes;
        if is_beside { with } else { quiet }.add(outcome);
    }
    Ok(outcomes)
}

/// Something that keeps the server busy until what `start` gave is dropped.
trait Beside {
    async fn start(&self, stage: &Arc<Stage>, options: &Options) -> anyhow::Result<JoinSet<()>>;
}

fn report(kind: Kind, name: &str, [quiet, with]: &[Outcome; 2]) {
    quiet.print("quiet");
    with.print(name);
    bar(&format!("{name}: p99 of visits, of quiet"), kind.name(), with.percentile(0.99) / quiet.percentile(0.99), with.served.len());
    bar(&format!("{name}: visits answered, of quiet"), kind.name(), with.rate() / quiet.rate(), with.served.len());
}

fn quiet_plan(options: &Options, rate: u32, is_fresh: bool) -> anyhow::Result<Plan> {
    let visits = usize::try_from(rate * (options.seconds / 6).max(1))?;
    // Each kept connection is used within five seconds: the server closes one that is idle for ten.
    let tablets = if is_fresh { visits.min(2000) } else { visits.min(usize::try_from(5 * rate)?) };
    Ok(Plan { rate, visits, tablets, is_fresh })
}

/// Times of all that was asked beside the visits.
#[derive(Default, Clone)]
struct Times(Arc<Mutex<Vec<Duration>>>);

impl Times {
    fn add(&self, time: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(time);
    }

    fn say(&self, what: &str) {
        let times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        say(&format!("{}: {what}, p50 {:.1} ms, p99 {:.1} ms", times.len(), percentile(&times, 0.5), percentile(&times, 0.99)));
    }
}

struct Searches(Times);

impl Beside for Searches {
    async fn start(&self, stage: &Arc<Stage>, _: &Options) -> anyhow::Result<JoinSet<()>> {
        let mut client = stage.client(150 * 100).await?;
        let body = serde_json::json!({ "institution": CODE, "user": USER, "password": PASSWORD });
        let answer = client.post("/api/office/login", "", body.to_string().as_bytes()).await?;
        ensure!(answer.status == 200, "login: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        let cookie = format!("cookie: {}\r\n", answer.cookie.unwrap_or_default());
        let body = serde_json::json!({
            "consented_from": "2026-01-01", "consented_to": "2027-12-31", "name_prefix": "カ", "reference_number": "", "receipt": "",
            "state": "all", "order": "newest_first", "cursor": null
        });
        let mut searchers = JoinSet::new();
        for number in 0..SEARCHERS {
            let (mut client, cookie, body) = (stage.client(151 * 100 + number).await?, cookie.clone(), body.to_string());
            let first = client.post("/api/office/consents/search", &cookie, body.as_bytes()).await?;
            ensure!(first.status == 200, "search: {} {}", first.status, String::from_utf8_lossy(&first.body));
            let times = self.0.clone();
            searchers.spawn(async move {
                loop {
                    let asked = Instant::now();
                    // One that is refused or lost counts with its time; the next one follows at once.
                    if client.post("/api/office/consents/search", &cookie, body.as_bytes()).await.is_err() {
                        return;
                    }
                    times.add(asked.elapsed());
                }
            });
        }
        Ok(searchers)
    }
}

/// Name searches over a large database.
async fn search(ground: &Ground, kind: Kind, options: &Options) -> anyhow::Result<()> {
    let mut stage = Stage::start(ground, kind, 1).await?;
    let begun = Instant::now();
    stage.fill(options.rows).await?;
    say(&format!("{} consents made in {:.0} s", options.rows, begun.elapsed().as_secs_f64()));
    let searches = Searches(Times::default());
    let outcomes = compared(&Arc::new(stage), options, quiet_plan(options, options.quiet_rate, false)?, &searches).await?;
    report(kind, &format!("{SEARCHERS} searches of one kana over {} consents", options.rows), &outcomes);
    searches.0.say("searches");
    Ok(())
}

struct Crowd(Arc<AtomicUsize>);

impl Beside for Crowd {
    async fn start(&self, stage: &Arc<Stage>, options: &Options) -> anyhow::Result<JoinSet<()>> {
        let mut crowd = JoinSet::new();
        let to = stage.address();
        for number in 0..usize::try_from(options.crowd)? {
            let from = Ipv4Addr::new(127, 0, 1, 1 + u8::try_from(number % CROWD_ADDRESSES)?);
            let count = Arc::clone(&self.0);
            crowd.spawn(async move {
                loop {
                    // Whoever is closed comes again.
                    let Ok(mut stream) = connect(from, to).await else {
                        sleep_until(Instant::now() + Duration::from_millis(100)).await;
                        continue;
                    };
                    count.fetch_add(1, Ordering::SeqCst);
                    let _ = stream.read(&mut [0]).await;
                }
            });
        }
        // Most of them stand before the visits come.
        let patience = Instant::now() + Duration::from_secs(5);
        sleep_until(patience).await;
        Ok(crowd)
    }
}

/// Many connections that ask nothing.
async fn crowd(ground: &Ground, kind: Kind, options: &Options) -> anyhow::Result<()> {
    let stage = Arc::new(Stage::start(ground, kind, 1).await?);
    let crowd = Crowd(Arc::default());
    let outcomes = compared(&stage, options, quiet_plan(options, (options.quiet_rate / 4).max(1), true)?, &crowd).await?;
    report(kind, &format!("{} connections of {CROWD_ADDRESSES} addresses that ask nothing", options.crowd), &outcomes);
    say(&format!("{} connections stood in all", crowd.0.load(Ordering::SeqCst)));
    Ok(())
}

struct Guesses {
    times: Times,
    number: Arc<AtomicUsize>,
}

impl Beside for Guesses {
    async fn start(&self, stage: &Arc<Stage>, _: &Options) -> anyhow::Result<JoinSet<()>> {
        let mut guessers = JoinSet::new();
        let to = stage.address();
        for _ in 0..GUESSERS {
            let (times, number) = (self.times.clone(), Arc::clone(&self.number));
            guessers.spawn(async move {
                loop {
                    // Another address and another account each time: no limit of one of them stops it.
                    let place = number.fetch_add(1, Ordering::SeqCst);
                    let [_, high, middle, low] = u32::try_from(place % 60_000 + 1).unwrap_or(1).to_be_bytes();
                    let from = Ipv4Addr::new(127, 3 + high, middle, low.max(1));
                    let body = serde_json::json!({ "institution": CODE, "user": format!("x{:07x}", place % 0x0FFF_FFFF), "password": "not this one at all" });
                    let asked = Instant::now();
                    let Ok(mut client) = Client::connect(from, to).await else { continue };
                    if client.post("/api/office/login", "", body.to_string().as_bytes()).await.is_ok() {
                        times.add(asked.elapsed());
                    }
                }
            });
        }
        Ok(guessers)
    }
}

/// Wrong passwords at full speed.
async fn logins(ground: &Ground, kind: Kind, options: &Options) -> anyhow::Result<()> {
    let stage = Arc::new(Stage::start(ground, kind, 1).await?);
    let memory = || stage.server_processes().into_iter().map(memory_of).sum::<f64>();
    let plan = quiet_plan(options, options.quiet_rate, false)?;
    // Visits first: what they need is not the logins' doing.
    open_loop(&stage, plan, stage.prepare(plan.visits).await?).await?;
    let before = memory();
    let guesses = Guesses { times: Times::default(), number: Arc::default() };
    let outcomes = compared(&stage, options, plan, &guesses).await?;
    report(kind, &format!("{GUESSERS} wrong logins at once"), &outcomes);
    guesses.times.say("wrong logins answered");
    let after = memory();
    say(&format!("memory of the server: {before:.0} MiB before, {after:.0} MiB after"));
    bar("logins: memory of the server, MiB more", kind.name(), after - before, guesses.number.load(Ordering::SeqCst));
    Ok(())
}
