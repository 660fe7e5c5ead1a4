//! `virtual-card`: makes cards and plays them to a virtual reader.
//!
//! Exit codes: 0 done, 2 the command line is wrong, 3 the machine needs something (a folder, a reader).

use std::{
    fs::OpenOptions,
    io::{self, BufRead, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc,
    thread,
    time::{Duration, SystemTime},
};

use clap::{Parser, Subcommand};
use virtual_card::{
    Card, OpenError, Wanted, people, scenarios,
    vpcd::{DEFAULT_ADDR, Player},
};

/// A My Number Card in software, with its own small CA. Its certificates certify nobody.
#[derive(Parser)]
#[command(name = "virtual-card", version)]
struct Line {
    #[command(subcommand)]
    task: Task,
    /// Another clock than the machine's: an RFC 3339 moment or Unix seconds.
    #[arg(long, env = "UKETSUKE_TEST_CLOCK", value_parser = clock, global = true, hide = true)]
    test_clock: Option<SystemTime>,
}

#[derive(Subcommand)]
enum Task {
    /// Makes the CA and everyone's cards in a folder; renews certificates that are out of date, keeps keys.
    Make {
        /// The folder; made if it is not there.
        dir: PathBuf,
    },
    /// Plays a card to vpcd, the virtual reader of pcscd, and reads orders from standard input: `card PERSON[:SCENARIO]`,
    /// `card FILE.toml`, `remove`, `insert`, `quit`. The end of the input leaves the card in.
    Serve {
        /// Where vpcd listens.
        #[arg(long, value_name = "ADDR", default_value_t = DEFAULT_ADDR)]
        connect: SocketAddr,
        /// A folder filled by `make`.
        #[arg(long, value_name = "DIR")]
        cards: PathBuf,
        /// The card to insert first, see `list`; or a card file, whose name ends in `.toml`.
        #[arg(long, value_name = "PERSON[:SCENARIO]|FILE.toml", default_value = "ichiro:normal")]
        card: Wanted,
        /// A file to append every command and its status word to, PINs masked.
        #[arg(long, value_name = "FILE")]
        log: Option<PathBuf>,
    },
    /// Lists people and scenarios.
    List,
}

/// What happened, and what to do about it.
struct Failure {
    error: String,
    next: String,
}

fn main() -> ExitCode {
    let line = Line::parse();
    let done = match line.task {
        Task::Make { dir } => make(&dir, line.test_clock),
        Task::Serve { connect, cards, card, log } => serve(connect, &cards, &card, log.as_deref()),
        Task::List => list(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure);
            ExitCode::from(3)
        }
    }
}

fn make(dir: &Path, test_clock: Option<SystemTime>) -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock enters")]
    let now = test_clock.unwrap_or_else(SystemTime::now);
    virtual_card::make(dir, now).map_err(|error| Failure {
        error: format!("cannot make cards: {error:#}"),
        next: format!("see that {} can be written, or name another folder", dir.display()),
    })
}

fn list() -> Result<(), Failure> {
    let mut text = String::from("people\n");
    for person in people() {
        text += &format!("  {:18} {}\n", person.id, person.about);
    }
    text += "scenarios\n";
    for scenario in scenarios() {
        text += &format!("  {:18} {}\n", scenario.id, scenario.about);
    }
    say(text.trim_end());
    Ok(())
}

/// An order on standard input.
enum Order {
    Card(Wanted),
    Remove,
    Insert,
    Quit,
    Refused(Failure),
}

fn serve(addr: SocketAddr, cards: &Path, first: &Wanted, log: Option<&Path>) -> Result<(), Failure> {
    let player = Player::start(addr);
    let mut aside = None;
    let card = take_card(cards, first, log)?;
    let spec = card.spec().clone();
    player.insert(card);
    wait_connected(&player)?;
    say(&format!("inserted {spec}"));

    let (orders, received) = mpsc::channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if orders.send(order(line.trim())).is_err() {
                return;
            }
        }
        // The end of the input is no order: a script may start this in the background with no input at all.
        thread::park();
        drop(orders);
    });

    let handle = player.handle();
    loop {
        let order = match received.recv_timeout(Duration::from_millis(500)) {
            Ok(order) => order,
            Err(_) => match handle.failure() {
                Some(failure) => return Err(no_reader(&failure)),
                None => continue,
            },
        };
        match order {
            Order::Card(wanted) => match take_card(cards, &wanted, log) {
                Ok(card) => {
                    let spec = card.spec().clone();
                    aside = None;
                    player.insert(card);
                    wait_connected(&player)?;
                    say(&format!("inserted {spec}"));
                }
                Err(failure) => complain(&failure),
            },
            Order::Remove => {
                if let Some(card) = player.remove() {
                    say(&format!("removed {}", card.spec()));
                    aside = Some(card);
                }
            }
            Order::Insert => {
                // A card that a fault pulled is still in the player.
                let is_pulled = handle.with_card(|card| card.is_gone()) == Some(true);
                if let Some(card) = aside.take().or_else(|| is_pulled.then(|| player.remove()).flatten()) {
                    let spec = card.spec().clone();
                    player.insert(card);
                    wait_connected(&player)?;
                    say(&format!("inserted {spec}"));
                }
            }
            Order::Quit => return Ok(()),
            Order::Refused(failure) => complain(&failure),
        }
    }
}

fn order(line: &str) -> Order {
    let refused = |error: String, next: &str| Order::Refused(Failure { error, next: next.to_owned() });
    match line.split_once(char::is_whitespace) {
        Some(("card", spec)) => match spec.trim().parse() {
            Ok(spec) => Order::Card(spec),
            Err(error) => refused(format!("{error}"), "virtual-card list"),
        },
        None if line == "remove" => Order::Remove,
        None if line == "insert" => Order::Insert,
        None if line == "quit" => Order::Quit,
        _ => refused(format!("`{line}` is no order"), "write card PERSON[:SCENARIO], card FILE.toml, remove, insert or quit"),
    }
}

fn take_card(cards: &Path, wanted: &Wanted, log: Option<&Path>) -> Result<Card, Failure> {
    let mut card = wanted.open(cards).map_err(|error| Failure {
        next: match error {
            OpenError::Spec(_) => "virtual-card list".to_owned(),
            OpenError::File { .. } => {
                "mend that line, or name a card file that can be read; the README of virtual-card tells every key".to_owned()
            }
            OpenError::NotMade { .. } => format!("virtual-card make {}", cards.display()),
            _ => format!("remove {} and run: virtual-card make {0}", cards.display()),
        },
        error: error.to_string(),
    })?;
    if !card.busy_for().is_zero() {
        complain(&Failure {
            error: format!("{} is not held here: only a second PC/SC program can do that", card.spec()),
            next: "connect to it from that program with SCARD_SHARE_EXCLUSIVE, or use the helper's simulator".to_owned(),
        });
    }
    if let Some(path) = log {
        let mut file = OpenOptions::new().append(true).create(true).open(path).map_err(|error| Failure {
            error: format!("cannot write {}: {error}", path.display()),
            next: "name another file with --log".to_owned(),
        })?;
        // A full disk must not stop the card; the log is a convenience.
        card.set_observer(move |entry| drop(file.write_all(format!("{entry}\n").as_bytes())));
    }
    Ok(card)
}

fn wait_connected(player: &Player) -> Result<(), Failure> {
    // Longer than the player itself tries, so that its own reason is the one reported.
    player.wait_connected(virtual_card::vpcd::CONNECT_LIMIT + Duration::from_secs(5)).map_err(|error| no_reader(&error))
}

fn no_reader(error: &virtual_card::vpcd::PlayerError) -> Failure {
    Failure {
        error: error.to_string(),
        next: "install vsmartcard-vpcd and start pcscd, or give the right address with --connect".to_owned(),
    }
}

fn clock(text: &str) -> Result<SystemTime, String> {
    let seconds = text.parse::<i64>().ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    match seconds {
        Some(moment) => Ok(moment.into()),
        None => text.parse::<jiff::Timestamp>().map(SystemTime::from).map_err(|error| error.to_string()),
    }
}

/// Tells a script the state; nobody listening is no reason to stop.
fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

#[expect(clippy::print_stderr, reason = "standard error is where a person reads what to do")]
fn complain(failure: &Failure) {
    eprintln!("error: {}\nnext: {}", failure.error, failure.next);
}
