//! `uketsuke-helper`: see `--help`.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use helper::command::Args;
use helper::config::{Checked, ReaderChoice};
use helper::doctor::{self, PortSeen};
use helper::reader::Readers;
use helper::reader::pcsc::MachineReaders;
use helper::{NotStarted, Running};
use tokio::sync::oneshot;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Wrong usage.
const USAGE: u8 = 2;
/// The machine needs something.
const MACHINE: u8 = 3;
/// Life of a thread that has nothing to do.
const IDLE_THREAD: std::time::Duration = std::time::Duration::from_secs(1);

fn main() -> ExitCode {
    let args = Args::parse();
    // Only our own lines: what a library would print of a frame or a command is not ours to vouch for.
    let own = Targets::new().with_target("helper", args.flags.log);
    tracing_subscriber::registry()
        .with(own)
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()))
        .init();
    keep_no_dumps();
    let flags = match args.carry_out() {
        Ok(flags) => flags,
        Err(done) => return done,
    };
    let checked = match flags.file().and_then(|file| flags.check(file)) {
        Ok(checked) => checked,
        Err(error) => return fail(USAGE, &error.to_string(), None),
    };
    // What waits for the system does so on threads that come and go: an idle program has none, and nothing wakes it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().thread_keep_alive(IDLE_THREAD).build();
    match runtime.context("no runtime").and_then(|runtime| runtime.block_on(run(checked))) {
        Ok(code) => code,
        Err(error) => fail(1, &format!("{error:#}"), Some("report this")),
    }
}

async fn run(checked: Checked) -> anyhow::Result<ExitCode> {
    let (quit, told_to_quit) = oneshot::channel();
    let readers = match readers(checked.readers, quit) {
        Ok(readers) => readers,
        Err(code) => return Ok(code),
    };
    let mut settings = checked.settings;
    settings.identity = helper::user_files::folder();
    #[cfg(feature = "tls")]
    if checked.tls {
        match helper::tls::server(settings.lists.own.as_deref(), (settings.clock)()) {
            Ok(tls) => settings.tls = Some(tls),
            Err(error) => return Ok(fail(MACHINE, &format!("--tls: {error}"), Some(helper::tls::next(&error)))),
        }
    }
    let mut running = match helper::start(settings, readers).await {
        Ok(running) => running,
        Err(error) => return Ok(not_started(&error)),
    };
    if running.allows_nobody() {
        say_next("no page is allowed yet", "uketsuke-helper allow https://…");
    }
    say_ready(&running);
    let is_broken = tokio::select! {
        ended = wait_for_end(told_to_quit) => ended.map(|()| false)?,
        () = running.broken() => true,
    };
    running.stop().await;
    Ok(if is_broken { fail(1, "a part of the program broke down", Some("start it again, and report this")) } else { ExitCode::SUCCESS })
}

/// A program that breaks down leaves its memory to nobody: a person's digits may be in it. Tools that take dumps by a pipe follow this limit
/// as well. Elsewhere than on Unix a dump is a choice of the administrator's.
fn keep_no_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let nothing = Rlimit { current: Some(0), maximum: Some(0) };
        if let Err(error) = setrlimit(Resource::Core, nothing) {
            tracing::warn!(%error, "a dump of this program's memory cannot be ruled out");
        }
    }
}

#[expect(clippy::print_stdout, reason = "the one line that other programs wait for")]
fn say_ready(running: &Running) {
    use std::io::Write as _;
    println!("ready {}", running.url());
    drop(std::io::stdout().flush());
}

#[expect(clippy::print_stderr, reason = "for the person who started the program")]
fn say_next(what: &str, next: &str) {
    eprintln!("{what}\nnext: {next}");
}

#[expect(clippy::print_stderr, reason = "errors for the person who started the program")]
fn fail(code: u8, what: &str, next: Option<&str>) -> ExitCode {
    eprintln!("error: {what}");
    if let Some(next) = next {
        eprintln!("next: {next}");
    }
    ExitCode::from(code)
}

fn not_started(error: &NotStarted) -> ExitCode {
    let (address, seen) = match error {
        NotStarted::NoAddress => return fail(MACHINE, &error.to_string(), Some("use 127.0.0.1:PORT or [::1]:PORT with --listen")),
        NotStarted::Address { address, inner } => (*address, doctor::why_not(*address, inner)),
    };
    if seen == PortSeen::Running {
        let holder = helper::sockets::holder(address).map(|holder| format!(": {holder}")).unwrap_or_default();
        let next = "use the one that runs, or end it first (systemctl --user stop uketsuke-helper)";
        return fail(MACHINE, &format!("this program runs already at {address}{holder}"), Some(next));
    }
    let found = doctor::at_port(address, &seen);
    let next = found.next_en.unwrap_or_else(|| "use 127.0.0.1:PORT or [::1]:PORT with --listen".to_owned());
    fail(MACHINE, &format!("cannot listen: {}", found.text_en), Some(&next))
}

/// The readers that were chosen. `quit` is rung by the simulator's stdin, or never.
fn readers(choice: ReaderChoice, quit: oneshot::Sender<()>) -> Result<Box<dyn Readers>, ExitCode> {
    match choice {
        ReaderChoice::Pcsc => {
            drop(quit);
            Ok(Box::new(MachineReaders))
        }
        #[cfg(feature = "simulator")]
        ReaderChoice::Simulator { cards, card } => {
            let wanted = card.parse().map_err(|why: virtual_card::NotACard| {
                fail(USAGE, &format!("--simulator-card {card}: {why}"), Some("choose one of those, as in ichiro:normal"))
            })?;
            let simulator = helper::reader::simulator::Simulator::new(cards, &wanted).map_err(|why| {
                let next = match why {
                    virtual_card::OpenError::File { .. } => "mend the card file; virtual-card/README.md tells every key",
                    _ => "make the cards with `virtual-card make DIR`",
                };
                fail(MACHINE, &why.to_string(), Some(next))
            })?;
            listen_to_stdin(simulator.clone(), quit);
            Ok(Box::new(simulator))
        }
        #[cfg(not(feature = "simulator"))]
        ReaderChoice::Simulator { .. } => Err(fail(USAGE, "this build has no simulator", Some("use --reader pcsc"))),
    }
}

/// Carries out the lines of stdin; its end changes nothing.
#[cfg(feature = "simulator")]
fn listen_to_stdin(simulator: helper::reader::simulator::Simulator, quit: oneshot::Sender<()>) {
    use helper::reader::simulator::{ORDERS, Told};
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            match simulator.tell(&line) {
                Ok(Told::Done) => {}
                Ok(Told::Quit) => {
                    let _ = quit.send(());
                    return;
                }
                Err(why) => drop(fail(USAGE, &why.to_string(), Some(&format!("type one of: {ORDERS}")))),
            }
        }
    });
}

/// Waits for the word; where nobody can say it any more, for ever.
async fn told(quit: oneshot::Receiver<()>) {
    if quit.await.is_err() {
        std::future::pending().await
    }
}

async fn wait_for_end(told_to_quit: oneshot::Receiver<()>) -> anyhow::Result<()> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).context("no signals")?;
    #[cfg(unix)]
    let terminated = terminate.recv();
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = told(told_to_quit) => {}
        interrupted = tokio::signal::ctrl_c() => interrupted.context("no signals")?,
        _ = terminated => {}
    }
    Ok(())
}
