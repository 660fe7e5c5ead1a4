//! Lists of the office over many consents of one institution among others, each beside the best plain SQL for the same answer.
//!
//! `cargo run -p server --example search_bench --release -- [--consents N] [--institutions N] [--rounds N] [--postgres]
//! [--database-url URL] [FOLDER]`. One institution has N consents (1,000,000 unless said), the others 20 each. The database is a SQLite
//! file in FOLDER (default: the system's temporary folder); with `--postgres` a cluster of the bench's own, with a URL an empty PostgreSQL
//! database that is filled. A *list* here is the store's rule through its thread: plan, count and page, rows read to types. *Plain SQL*
//! has one prepared statement for the count and one for the page and reads the same columns; where there are several ways to write it,
//! the quicker one by median counts. All take turns in each round, so that a slow minute of the machine meets them alike.
//!
//! Both sides have a thread of their own, to which a question goes and from which its answer comes, as in any server that serves many: the
//! line *nothing* is a rule that asks nothing, and says what that costs. Where the SQL takes less than a millisecond the difference is
//! given in milliseconds as well.

#[path = "../../tests/cluster/mod.rs"]
mod cluster;
mod fill;
mod lists;
mod people;
mod plain;
mod searches;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use plain::{Ask, Asker, Found};
use server::rule;
use server::store::db::{Db, Tx};
use server::store::{Institution, NewInstitution, StoreError};
use server::tenant::Tenant;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::{InstitutionCode, ReceptionToken};

pub(crate) const STATION: &str = "9969900001";
pub(crate) const DAY_MS: i64 = 86_400_000;
/// Days over which the consents were given.
pub(crate) const DAYS: i64 = 3 * 365;

struct Asked {
    scale: fill::Scale,
    rounds: usize,
    url: Option<String>,
    is_postgres: bool,
    /// Only lists whose names begin so.
    only: String,
    folder: PathBuf,
}

fn asked() -> anyhow::Result<Asked> {
    let scale = fill::Scale { rows: 1_000_000, institutions: 5_000 };
    let mut asked = Asked { scale, rounds: 100, url: None, is_postgres: false, only: String::new(), folder: std::env::temp_dir() };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} takes a value"));
        match arg.as_str() {
            "--consents" | "--rows" => asked.scale.rows = value()?.parse()?,
            "--institutions" => asked.scale.institutions = value()?.parse()?,
            "--rounds" => asked.rounds = value()?.parse()?,
            "--database-url" => asked.url = Some(value()?),
            "--only" => asked.only = value()?,
            "--postgres" => asked.is_postgres = true,
            folder => asked.folder = folder.into(),
        }
    }
    Ok(asked)
}

fn main() -> anyhow::Result<()> {
    let mut asked = asked()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let cluster = if asked.is_postgres { Some(cluster::Cluster::start(true)?) } else { None };
    if let Some(cluster) = &cluster {
        asked.url = Some(cluster.database()?);
    }
    let folder = tempfile::tempdir_in(&asked.folder)?;
    let file = folder.path().join("search.db");
    let open = || match &asked.url {
        Some(url) => Db::connect(url, None),
        None => Db::open_file(&file),
    };
    let db = open()?;
    runtime.block_on(add_station(&db))?;
    runtime.block_on(db.close());
    let begun = Instant::now();
    match &asked.url {
        Some(url) => fill::postgres(url, asked.scale)?,
        None => fill::sqlite(&file, asked.scale)?,
    }
    say(&format!(
        "{} consents of one institution, {} other institutions, filled in {:.0} s",
        asked.scale.rows,
        asked.scale.institutions,
        begun.elapsed().as_secs_f64()
    ));
    let db = open()?;
    let plain = Asker::start(asked.url.as_deref(), &file)?;
    say(&format!(
        "{:<30} {:>7} {:>9} {:>9} {:>9} {:>9} {:>7} {:>7} {:>8}",
        "list", "found", "p50 ms", "p99 ms", "SQL p50", "SQL p99", "p50 ×", "p99 ×", "p50 + ms"
    ));
    let before = memory();
    let nothing = Bar::new("nothing", Vec::new(), |_, _| Ok(Found::default()));
    let all = searches::bars(asked.scale.rows).into_iter().chain(lists::bars(asked.scale.rows));
    for bar in std::iter::once(nothing).chain(all.filter(|bar| bar.name.starts_with(&asked.only))) {
        measure(&runtime, &db, &plain, &bar, asked.rounds)?;
    }
    if let (Some(before), Some(after)) = (before, memory()) {
        say(&format!("memory of this process before and after the lists: {before} and {after} MiB (caches of both sides included)"));
    }
    runtime.block_on(db.close());
    Ok(())
}

/// Resident memory, MiB.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib / 1024)
}

#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
fn say(line: &str) {
    println!("{line}");
}

async fn add_station(db: &Db) -> anyhow::Result<()> {
    let institution = Institution::new(InstitutionCode::try_from(STATION)?, "ひなた訪問看護ステーション", "");
    let new = NewInstitution { institution, token: ReceptionToken::from_random([7; 32]), accounts: Vec::new(), at: UnixMs(0) };
    ensure!(db.write(move |tx| rule::institution::add(tx, &new)).await?, "the database is not empty");
    Ok(())
}

pub(crate) fn first_day() -> UnixMs {
    UnixMs(1_700_000_000_000)
}

pub(crate) fn last_instant() -> UnixMs {
    first_day().plus_ms(DAYS * DAY_MS)
}

/// A list as the store gives it.
type Ours = Arc<dyn Fn(&mut Tx<'_>, &Tenant) -> Result<Found, StoreError> + Send + Sync>;

/// A list, and the same in plain SQL, written in one way or several.
pub(crate) struct Bar {
    name: &'static str,
    ways: Vec<Vec<Ask>>,
    ours: Ours,
}

impl Bar {
    pub(crate) fn new(
        name: &'static str,
        ways: Vec<Vec<Ask>>,
        ours: impl Fn(&mut Tx<'_>, &Tenant) -> Result<Found, StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self { name, ways, ours: Arc::new(ours) }
    }
}

fn measure(runtime: &tokio::runtime::Runtime, db: &Db, plain: &Asker, bar: &Bar, rounds: usize) -> anyhow::Result<()> {
    let tenant = Tenant::of_operator(&InstitutionCode::try_from(STATION)?);
    let ours = || -> anyhow::Result<(Duration, Found)> {
        let (tenant, rule) = (tenant.clone(), Arc::clone(&bar.ours));
        let begun = Instant::now();
        let found = runtime.block_on(db.search(move |tx| rule(tx, &tenant)))?;
        Ok((begun.elapsed(), found))
    };
    let (_, expected) = ours()?;
    let mut of_ours = Vec::new();
    let mut of_ways: Vec<Vec<Duration>> = bar.ways.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds {
        if round % 2 == 0 {
            of_ours.push(ours()?.0);
        }
        for (way, times) in bar.ways.iter().zip(&mut of_ways) {
            // What is far slower than the other way is asked a few times only.
            if round >= 5 && times.iter().sum::<Duration>() > Duration::from_secs(5) {
                continue;
            }
            let (begun, way) = (Instant::now(), way.clone());
            let found = runtime.block_on(plain.ask(way))?;
            times.push(begun.elapsed());
            ensure!(
                found == expected,
                "{}: another answer: {:?} and {} rows, the store {:?} and {} rows",
                bar.name,
                found.counts,
                found.ids.len(),
                expected.counts,
                expected.ids.len()
            );
        }
        if round % 2 == 1 {
            of_ours.push(ours()?.0);
        }
    }
    let at = |times: &[Duration], part: usize| {
        times.get((times.len().saturating_sub(1)) * part / 100).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    };
    of_ours.sort();
    of_ways.iter_mut().for_each(|times| times.sort());
    let found = match expected.counts[..] {
        [count] => count.to_string(),
        _ => expected.ids.len().to_string(),
    };
    let [own50, own99] = [at(&of_ours, 50), at(&of_ours, 99)];
    let Some(best) = of_ways.iter().min_by(|one, other| at(one, 50).total_cmp(&at(other, 50))) else {
        say(&format!("{:<30} {found:>7} {own50:>9.2} {own99:>9.2}", bar.name));
        return Ok(());
    };
    let [best50, best99] = [at(best, 50), at(best, 99)];
    let [of50, of99, more] = [own50 / best50, own99 / best99, own50 - best50];
    say(&format!("{:<30} {found:>7} {own50:>9.2} {own99:>9.2} {best50:>9.2} {best99:>9.2} {of50:>7.2} {of99:>7.2} {more:>8.2}", bar.name));
    say(&format!(
        r#"{{"bar":"search: {}","p50_ms":{own50:.3},"p99_ms":{own99:.3},"sql_p50_ms":{best50:.3},"sql_p99_ms":{best99:.3},{},"n":{rounds}}}"#,
        bar.name,
        format_args!(r#""E_search":{of99:.3},"of_p50":{of50:.3}"#)
    ));
    Ok(())
}
