//! The program: reads its settings, starts the server, and stops it in order.

mod account_command;
mod application_command;
mod audit_command;
mod backup_command;
mod certificate_command;
mod code_command;
mod database;
mod desk_command;
mod export_command;
mod import_command;
mod institution_command;
mod machine;
mod maintenance_command;
mod municipality_command;
mod notice_command;
mod office;
mod opening_command;
mod settings_command;
mod succession_command;
mod training_command;
mod upkeep;

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use server::accept::Limits;
use server::account::Passwords;
use server::clock::{Clock, Jumps};
use server::command_line::{AuditCommand, Command, CommandLine};
use server::config::{Settings, TEST_CLOCK, TlsChoice};
use server::eligibility::Registry;
use server::eligibility::registers::Registers;
use server::eligibility::registry::EmbeddedRegistry;
use server::eligibility::switch::Switched;
use server::identity::{Anchors, Mode, NotAnAnchor};
use server::jobs::Worker;
use server::medical::embedded::EmbeddedMedical;
use server::medical::{MedicalSource, NotConnected};
use server::origin::Origin;
use server::pages::NoPage;
use server::post::{MailChoice, Mailer, Way};
use server::random::Random;
use server::serve::{self, Parts};
use server::sheet::PaperFont;
use server::trouble::Trouble;
use server::watch::Watch;
use server::{demo, tls};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::database::{check_database, open_database, shared_visit_key, visit_key};
use crate::machine::{asked_to_stop, limits};
use crate::office::Office;
use crate::upkeep::{do_backups, do_jobs, follow, watch_at_start, watch_clock};

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("UKETSUKE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let is_terminal = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(is_terminal).with_target(false).init();
    let line = CommandLine::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(why) => return report(&Trouble::machine("no threads could be started", "free some memory").because(why)),
    };
    match runtime.block_on(run(line)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => report(&trouble),
    }
}

#[expect(clippy::print_stderr, reason = "the program's last words to its operator")]
fn report(trouble: &Trouble) -> ExitCode {
    eprintln!("error: {}\nnext:  {}", trouble.error, trouble.next);
    let mut cause = std::error::Error::source(trouble);
    while let Some(inner) = cause {
        tracing::debug!("cause: {inner}");
        cause = inner.source();
    }
    ExitCode::from(trouble.exit)
}

async fn run(line: CommandLine) -> Result<(), Trouble> {
    match line.command {
        Some(Command::Check(check)) => return check_database(&check.data),
        Some(Command::Backup(command)) => return backup_command::backup(command).await,
        Some(Command::Restore(command)) => return backup_command::restore(command).await,
        Some(Command::Institution(command)) => return institution_command::run(command).await,
        Some(Command::Succession(command)) => return succession_command::run(command).await,
        Some(Command::Training(command)) => return training_command::run(command).await,
        Some(Command::Account(command)) => return account_command::run(command).await,
        Some(Command::Export(command)) => return export_command::run(command).await,
        Some(Command::Import(command)) => return import_command::run(command).await,
        Some(Command::Certificate(command)) => return certificate_command::run(command).await,
        Some(Command::Code(command)) => return code_command::run(command).await,
        Some(Command::Audit(AuditCommand::Verify(verify))) => return audit_command::run(verify).await,
        Some(Command::Settings(command)) => return settings_command::run(command).await,
        Some(Command::Notice(command)) => return notice_command::run(command).await,
        Some(Command::Maintenance(command)) => return maintenance_command::run(command).await,
        Some(Command::Municipality(command)) => return municipality_command::run(command).await,
        Some(Command::Opening(command)) => return opening_command::run(command).await,
        Some(Command::Desk(command)) => return desk_command::run(command).await,
        Some(Command::Application(command)) => return application_command::run(command).await,
        None => {}
    }
    let settings = line.serve.settings(std::env::var(TEST_CLOCK).ok())?;
    serve(settings).await
}

async fn serve(settings: Settings) -> Result<(), Trouble> {
    let random = Random::machine();
    let clock = settings.test_clock.map_or_else(Clock::machine, Clock::running_from);
    let anchors = anchors(&settings)?;
    let registry = registry(&settings)?;
    let medical = medical(&settings)?;
    let mode = if settings.is_demo { Mode::Demo } else { Mode::Production };
    let db = open_database(&settings.data, settings.postgres.as_ref(), mode).await?;
    if settings.is_demo {
        demo::ensure(&db, &settings.data, &random, clock.now()).await.map_err(|why| {
            Trouble::machine(format!("the demo could not be set up: {why}"), "give another folder with --data, or empty this one")
        })?;
    }
    let listener = TcpListener::bind(settings.listen).await.map_err(|why| {
        let next = "stop the program that uses it, or choose another with --listen ADDR:PORT";
        Trouble::machine(format!("{} cannot be listened on", settings.listen), next).because(why)
    })?;
    let origin = origin(&settings, &listener)?;
    let tls = match &settings.tls {
        TlsChoice::None => None,
        TlsChoice::Files(chain, key) => Some(tls::Certificate::read(chain, key)),
        TlsChoice::SelfMade => Some(tls::self_made(&settings.data, &origin.host())),
    };
    let no_tls = |why: tls::NoTls| Trouble::machine(why.to_string(), "check --tls-cert and --tls-key").because(why);
    let certificate = tls.transpose().map_err(no_tls)?;
    let tls = certificate.as_ref().map(tls::Certificate::acceptor).transpose().map_err(no_tls)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let passwords = Passwords::new(cores.saturating_sub(1).max(1), random.clone())
        .map_err(|why| Trouble::machine("no password could be worked on", "free some memory").because(why))?;
    let visit_key = match &settings.postgres {
        None => visit_key(&settings.data, &random)?,
        Some(_) => shared_visit_key(&db, &random).await?,
    };
    let db = Arc::new(db);
    let limits = limits();
    let jumps = Arc::new(Jumps::default());
    watch_at_start(&db, &jumps, clock.now())
        .await
        .map_err(|why| Trouble::machine("the database cannot be read", "check rights and space of --data").because(why))?;
    let worker = Worker::new(Arc::clone(&db), clock.clone(), &random)
        .map_err(|why| Trouble::machine("the machine gives no random numbers", "try again").because(why))?;
    let office = match &settings.office {
        Some(at) => Some(Office::bind(at, &settings.data, &db, &visit_key, &random, clock.now()).await?),
        None => None,
    };
    // The space of a database elsewhere is not this machine's.
    let watch = if settings.postgres.is_some() { Watch::default() } else { Watch::of_folder(settings.data.clone()) };
    let worker =
        worker.with_mailer(mailer(&settings, &origin, &visit_key)?).with_registers(Registers::new(Arc::clone(&registry), settings.is_demo));
    if let Err(why) = PaperFont::read(&settings.font) {
        tracing::warn!("no settings sheet can be made: {why}");
    }
    let keeper = backup_command::keeper(&settings, &db, &clock, &random)?;
    let parts = Parts {
        db: Arc::clone(&db),
        clock: clock.clone(),
        passwords,
        origin: origin.clone(),
        anchors,
        registry,
        medical,
        visit_key,
        random,
        helper: settings.helper,
        is_demo: settings.is_demo,
        pages: settings.pages,
        former_pages: Some(settings.data.join(server::files::FORMER_PAGES)),
        limits,
        font: settings.font,
        quotas: settings.quotas,
        jumps: Arc::clone(&jumps),
        watch,
    };
    let no_page = |why: NoPage| Trouble::machine(why.to_string(), "build the pages first, or check --pages").because(why);
    let no_address = |why| Trouble::machine("the listener has no address", "choose another with --listen").because(why);
    // The two listeners share what the machine gives.
    let quarter = (limits.connections / 4).max(1);
    let limits = if office.is_some() { Limits { connections: limits.connections - quarter, ..limits } } else { limits };
    let (router, mut followed, mut beside) = match office {
        None => (parts.into_router().map_err(no_page)?, Vec::new(), Vec::new()),
        Some(office) => {
            let (router, of_office) = parts.into_routers(office.origin.clone(), office.tls.is_some()).map_err(no_page)?;
            say(&format!("office {}", office.origin.as_str()));
            let running =
                serve::run(office.listener, office.tls, of_office, Limits { connections: quarter, ..limits }).map_err(no_address)?;
            (router, Vec::from_iter(office.certificate), vec![running])
        }
    };
    let running = serve::run(listener, tls, router, limits).map_err(no_address)?;
    followed.extend(certificate);
    beside.push(running);
    let stop = asked_to_stop()
        .map_err(|why| Trouble::machine("the signals that stop a program cannot be listened to", "start it in another way").because(why))?;
    let mut work = tokio::task::JoinSet::new();
    work.spawn(do_jobs(worker));
    if let Some(keeper) = keeper {
        work.spawn(do_backups(keeper));
    }
    work.spawn(watch_clock(Arc::clone(&db), clock, jumps));
    for certificate in followed {
        work.spawn(follow(certificate));
    }
    say(&format!("ready {}", origin.as_str()));
    let is_sound = tokio::select! {
        () = stop => true,
        () = db.failed() => false,
    };
    tracing::info!("stopping");
    for running in beside {
        running.stop().await;
    }
    work.shutdown().await;
    if is_sound {
        db.close().await;
        return Ok(());
    }
    Err(Trouble::machine(
        "the disk did not take what was written; nothing unsafe was answered",
        "check disk and space, then start again: the database recovers by itself",
    ))
}

fn anchors(settings: &Settings) -> Result<Anchors, Trouble> {
    let mode = if settings.is_demo { Mode::Demo } else { Mode::Production };
    if settings.card_ca.is_empty() {
        tracing::warn!("no --card-ca: every card will be refused");
    }
    let read = |file: &std::path::PathBuf| {
        std::fs::read_to_string(file)
            .map_err(|why| Trouble::machine(format!("the card CA {} cannot be read", file.display()), "check --card-ca").because(why))
    };
    let bundles = settings.card_ca.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Anchors::from_pem(mode, &bundles).map_err(|why| match why {
        NotAnAnchor::DemoCa => Trouble::usage(why.to_string(), "give the real CA with --card-ca, or add --demo to try things out"),
        NotAnAnchor::NotPem | NotAnAnchor::NotACa { .. } => {
            Trouble::usage(format!("--card-ca: {why}"), "give PEM files with CA certificates only").because(why)
        }
    })
}

/// The register. That of the demo can be said to be away by a line on stdin; otherwise stdin is not read.
fn registry(settings: &Settings) -> Result<Arc<dyn Registry>, Trouble> {
    if !settings.is_demo {
        return Ok(Arc::new(EmbeddedRegistry::empty()));
    }
    let people = match &settings.people {
        None => "{}".to_owned(),
        Some(file) => std::fs::read_to_string(file).map_err(|why| {
            Trouble::machine(format!("the list of people {} cannot be read", file.display()), "check --people").because(why)
        })?,
    };
    let demo = EmbeddedRegistry::demo(&people)
        .map_err(|why| Trouble::usage(why.to_string(), "give people.json as `virtual-card make` writes it").because(why))?;
    let register = Switched::new(demo);
    register.listen();
    Ok(Arc::new(register))
}

fn medical(settings: &Settings) -> Result<Arc<dyn MedicalSource>, Trouble> {
    if !settings.is_demo {
        return Ok(Arc::new(NotConnected));
    }
    let demo = EmbeddedMedical::demo().map_err(|why| Trouble::machine(why.to_string(), "report it").because(why))?;
    Ok(Arc::new(demo))
}

fn mailer(settings: &Settings, origin: &Origin, key: &[u8; 32]) -> Result<Mailer, Trouble> {
    let way = match &settings.mail {
        MailChoice::Folder(folder) => Way::Folder(folder.clone()),
        MailChoice::Smtp(url) => Way::relay(url).map_err(|why| {
            Trouble::usage(
                format!("--smtp: {why}"),
                "write it as smtps://user:password@mail.example or smtp://mail.example:587?tls=required",
            )
            .because(why)
        })?,
    };
    let from = settings.mail_from.clone().map_or_else(|| format!("uketsuke@{}", origin.host()).parse(), Ok);
    let from = from.map_err(|why| {
        Trouble::usage("mails need a sender that the host of --origin cannot give", "give one with --mail-from ADDRESS").because(why)
    })?;
    // The links of mails lead to the office's page.
    let pages = settings.office.as_ref().map_or(origin, |office| &office.origin);
    Ok(Mailer::new(way, from, pages.clone(), key))
}

fn origin(settings: &Settings, listener: &TcpListener) -> Result<Origin, Trouble> {
    if let Some(origin) = &settings.origin {
        return Ok(origin.clone());
    }
    let port = listener.local_addr().map_or(settings.listen.port(), |address| address.port());
    let scheme = if settings.tls == TlsChoice::None { "http" } else { "https" };
    Origin::parse(&format!("{scheme}://localhost:{port}"))
        .map_err(|why| Trouble::usage("this server does not know its own address", "give it with --origin URL").because(why))
}

#[expect(clippy::print_stdout, reason = "the lines that the operator or the starting program waits for")]
fn say(line: &str) {
    println!("{line}");
}
