//! The program: reads its settings, starts the server, and stops it in order.

mod account_command;
mod audit_command;
mod code_command;

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser as _;
use server::accept::Limits;
use server::account::{self, Passwords, generated_password};
use server::clock::{Clock, Jumps};
use server::config::{
    AddInstitution, AuditCommand, Command, CommandLine, ExportCommand, ExportFace, InstitutionAt, InstitutionCommand, PostgresAt, Settings,
    TEST_CLOCK, TlsChoice, Trouble, sync_folder, write_secret,
};
use server::eligibility::registry::EmbeddedRegistry;
use server::identity::{Anchors, Mode, NotAnAnchor};
use server::jobs::Worker;
use server::origin::Origin;
use server::random::Random;
use server::serve::{self, Parts};
use server::store::db::Db;
use server::store::{Account, Institution, NewInstitution, StoreError, deployment};
use server::tenant::Tenant;
use server::tls::Looked;
use server::{demo, export, rule, session, store, tls};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::institution::{InstitutionCode, ReceptionToken};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// How often the table of due work is looked at.
const JOBS_EVERY: Duration = Duration::from_secs(10);
/// How often the files of the TLS certificate, and the clock, are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

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
        Some(Command::Institution(InstitutionCommand::Add(add))) => return add_institution(add).await,
        Some(Command::Account(command)) => return account_command::run(command).await,
        Some(Command::Export(ExportCommand::Face(face))) => return export_face(face).await,
        Some(Command::Code(command)) => return code_command::run(command).await,
        Some(Command::Audit(AuditCommand::Verify(verify))) => return audit_command::run(verify).await,
        None => {}
    }
    let settings = line.settings(std::env::var(TEST_CLOCK).ok())?;
    serve(settings).await
}

async fn export_face(face: ExportFace) -> Result<(), Trouble> {
    let (db, tenant) = open_institution(&face.at).await?;
    let outcome = export::command::run(&db, &tenant, &face, Clock::machine().now()).await;
    db.close().await;
    outcome
}

/// Opens the database for a command about one institution, which must be there.
async fn open_institution(at: &InstitutionAt) -> Result<(Db, Tenant), Trouble> {
    let code = InstitutionCode::from_pasted(&at.institution)
        .map_err(|why| Trouble::usage(format!("--institution is no institution code: {why}"), "for example --institution 9969900001"))?;
    let (data, postgres) = (&at.database.data, at.database.postgres());
    if postgres.is_none() && !data.join(DATABASE).exists() {
        return Err(Trouble::usage(format!("there is no database in {}", data.display()), "give the server's own --data"));
    }
    let db = open_database(data, postgres.as_ref(), if at.demo { Mode::Demo } else { Mode::Production }).await?;
    let tenant = Tenant::of_operator(&code);
    let asked = tenant.clone();
    match db.read(move |tx| store::institution::find(tx, &asked)).await {
        Ok(Some(_)) => Ok((db, tenant)),
        Ok(None) => {
            db.close().await;
            Err(Trouble::usage(format!("there is no institution {code}"), "check --institution and --data; `institution add` adds one"))
        }
        Err(why) => Err(Trouble::machine("the database cannot be read", "check rights and space of --data").because(why)),
    }
}

async fn serve(settings: Settings) -> Result<(), Trouble> {
    let random = Random::machine();
    let clock = settings.test_clock.map_or_else(Clock::machine, Clock::running_from);
    let anchors = anchors(&settings)?;
    let registry = registry(&settings)?;
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
    let parts = Parts {
        db: Arc::clone(&db),
        clock: clock.clone(),
        passwords,
        origin: origin.clone(),
        anchors,
        registry: Arc::new(registry),
        visit_key,
        random,
        helper: settings.helper,
        is_demo: settings.is_demo,
        pages: settings.pages,
        limits,
        quotas: settings.quotas,
        jumps: Arc::clone(&jumps),
    };
    let router =
        parts.into_router().map_err(|why| Trouble::machine(why.to_string(), "build the pages first, or check --pages").because(why))?;
    let running = serve::run(listener, tls, router, limits)
        .map_err(|why| Trouble::machine("the listener has no address", "choose another with --listen").because(why))?;
    let stop = asked_to_stop()
        .map_err(|why| Trouble::machine("the signals that stop a program cannot be listened to", "start it in another way").because(why))?;
    let mut work = tokio::task::JoinSet::new();
    work.spawn(do_jobs(worker));
    work.spawn(watch_clock(Arc::clone(&db), clock, jumps));
    if let Some(certificate) = certificate {
        work.spawn(follow(certificate));
    }
    say(&format!("ready {}", origin.as_str()));
    let is_sound = tokio::select! {
        () = stop => true,
        () = db.failed() => false,
    };
    tracing::info!("stopping");
    running.stop().await;
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

/// Files that are open besides connections: database, pages, sockets of the runtime.
const OTHER_FILES: usize = 64;

/// The limits of this machine: as many connections as it allows open files for, after asking for as many as it may give.
fn limits() -> Limits {
    let limits = Limits::default();
    #[cfg(unix)]
    let limits = {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let allowed = getrlimit(Resource::Nofile);
        let raised = Rlimit { current: allowed.maximum, maximum: allowed.maximum };
        let files = if setrlimit(Resource::Nofile, raised).is_ok() { allowed.maximum } else { allowed.current };
        let files = files.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
        let connections = limits.connections.min(files.saturating_sub(OTHER_FILES).max(1));
        if connections < limits.connections {
            tracing::warn!(connections, "fewer connections than usual: the machine allows {files} open files (ulimit -n)");
        }
        Limits { connections, ..limits }
    };
    limits
}

/// Finds out whether the clock was put back while no server ran.
async fn watch_at_start(db: &Db, jumps: &Jumps, now: UnixMs) -> Result<(), StoreError> {
    match jumps.look_at_start(now, db.read(store::audit::newest_at).await?) {
        Some(by_ms) => session::after_jump(db, by_ms).await,
        None => Ok(()),
    }
}

/// Looks whether the clock goes as time does.
async fn watch_clock(db: Arc<Db>, clock: Clock, jumps: Arc<Jumps>) {
    let begun = Instant::now();
    let mut pending = None;
    loop {
        // What could not be done about a jump is tried again.
        pending = jumps.look(clock.now(), begun.elapsed()).or(pending);
        if let Some(by_ms) = pending {
            match session::after_jump(&db, by_ms).await {
                Ok(()) => pending = None,
                Err(cause) => tracing::error!(%cause, "sessions could not be ended after the clock was put back"),
            }
        }
        pause(LOOK_EVERY).await;
    }
}

/// Does the work that is due by the clock.
async fn do_jobs(worker: Worker) {
    loop {
        if let Err(cause) = worker.run_due().await {
            tracing::warn!(%cause, "the due work could not be looked at");
        }
        pause(JOBS_EVERY).await;
    }
}

/// Follows the files of the certificate.
async fn follow(mut certificate: tls::Certificate) {
    loop {
        pause(LOOK_EVERY).await;
        match certificate.look() {
            Looked::Same => {}
            Looked::Renewed => tracing::info!("the renewed TLS certificate is in use"),
            Looked::Unusable(why) => {
                let cause = std::error::Error::source(&why).map(ToString::to_string).unwrap_or_default();
                tracing::error!(cause, "the TLS files changed and cannot be used ({why}): the former certificate stays in use");
            }
        }
    }
}

/// Work that is done by the clock and by nothing else.
#[expect(clippy::disallowed_methods, reason = "nothing to wait for but time")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
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

fn registry(settings: &Settings) -> Result<EmbeddedRegistry, Trouble> {
    if !settings.is_demo {
        return Ok(EmbeddedRegistry::empty());
    }
    let people = match &settings.people {
        None => "{}".to_owned(),
        Some(file) => std::fs::read_to_string(file).map_err(|why| {
            Trouble::machine(format!("the list of people {} cannot be read", file.display()), "check --people").because(why)
        })?,
    };
    EmbeddedRegistry::demo(&people)
        .map_err(|why| Trouble::usage(why.to_string(), "give people.json as `virtual-card make` writes it").because(why))
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

/// Name of the database in the folder of `--data`.
const DATABASE: &str = "uketsuke.db";
/// Name of the key from which visit secrets are derived.
const VISIT_KEY: &str = "visit.key";
/// What to do about a database that is damaged or gone.
const RESTORE: &str = "stop the server, keep a copy of the folder, and put the newest backup of uketsuke.db in its place (docs/operate.md)";

/// A folder with a key had a database: one that is gone or empty by now is not begun anew without a word.
fn refuse_lost_data(folder: &Path) -> Result<(), Trouble> {
    let length = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |found| found.len());
    let log = format!("{DATABASE}-wal");
    if length(VISIT_KEY) == 0 || length(DATABASE) > 0 || length(&log) > 0 {
        return Ok(());
    }
    Err(Trouble::machine(
        format!("the database in {} is empty or gone, but the key beside it says that there was one", folder.display()),
        format!("{RESTORE}; to begin with nothing, remove {VISIT_KEY}"),
    ))
}

/// Looks through a whole database and says what is wrong with it.
fn check_database(folder: &Path) -> Result<(), Trouble> {
    let file = folder.join(DATABASE);
    let trouble = |what: String| Trouble::machine(format!("{}: {what}", file.display()), RESTORE);
    refuse_lost_data(folder)?;
    let wrong = Db::check_file(&file).map_err(|why| trouble(why.to_string()).because(why))?;
    for one in &wrong {
        say(one);
    }
    if wrong.is_empty() {
        say(&format!("{} is sound", file.display()));
        return Ok(());
    }
    Err(trouble(format!("{} faults", wrong.len())))
}

/// Opens the database of a folder that is of this mode, or of none yet.
async fn open_database(folder: &Path, postgres: Option<&PostgresAt>, mode: Mode) -> Result<Db, Trouble> {
    let folder_trouble = |why: std::io::Error| {
        let next = "check that it exists and that this user may write there";
        Trouble::machine(format!("the folder {} cannot be used", folder.display()), next).because(why)
    };
    make_folder(folder).map_err(folder_trouble)?;
    let database_trouble = |why: StoreError| match why {
        StoreError::OldEngine(_) => Trouble::machine(why.to_string(), "build with the bundled SQLite (3.51.3 or newer)"),
        StoreError::Address(..) => {
            Trouble::usage(format!("--database-url: {why}"), "for example postgres://uketsuke@localhost/uketsuke").because(why)
        }
        StoreError::Broken(_) => Trouble::machine(format!("{}: {why}", folder.join(DATABASE).display()), RESTORE).because(why),
        StoreError::Full => Trouble::machine("the disk is full", "make room for the database, then start again").because(why),
        StoreError::Database(_) | StoreError::Stopped | StoreError::Busy | StoreError::Unknown(_) | StoreError::Damaged(_) => {
            let (what, next) = match postgres {
                Some(_) => {
                    ("the PostgreSQL database cannot be used".to_owned(), "check that it runs, --database-url and the rights of its user")
                }
                None => (format!("the database in {} cannot be opened", folder.display()), "check rights and space of the folder"),
            };
            Trouble::machine(what, next).because(why)
        }
    };
    let db = match postgres {
        None => {
            refuse_lost_data(folder)?;
            Db::open_file(&folder.join(DATABASE))
        }
        Some(at) => {
            let ca = at.ca.as_ref().map(std::fs::read_to_string).transpose();
            let ca = ca.map_err(|why| Trouble::usage("--database-ca cannot be read", "check the file").because(why))?;
            Db::connect(&at.url, ca.as_deref())
        }
    };
    let db = db.map_err(database_trouble)?;
    let kind = match mode {
        Mode::Demo => "demo",
        Mode::Production => "production",
    };
    if db.write(move |tx| deployment::is_of(tx, kind)).await.map_err(database_trouble)? {
        return Ok(db);
    }
    db.close().await;
    let (place, other) = match postgres {
        None => (folder.display().to_string(), "give another folder with --data"),
        Some(_) => ("the PostgreSQL database".to_owned(), "give another one with --database-url"),
    };
    Err(match mode {
        Mode::Production => Trouble::usage(
            format!("{place} holds a demo: its logins are known, it must not serve real visits"),
            format!("{other}, or start the demo with --demo"),
        ),
        Mode::Demo => Trouble::usage(format!("{place} holds real data: a demo must not serve it"), format!("{other}, or leave out --demo")),
    })
}

/// Makes the folder for its owner alone. One that is there already is the operator's: others who can look in are named only.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let is_new = !folder.exists();
    builder.create(folder)?;
    if is_new && let Some(parent) = folder.canonicalize()?.parent() {
        sync_folder(parent)?;
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(folder)?.permissions()) & 0o077 != 0 {
        tracing::warn!("other users of this machine can look into the folder of --data: chmod 700 it");
    }
    Ok(())
}

/// The same key for every server on one database: a visit that was opened on one is proved on another.
async fn shared_visit_key(db: &Db, random: &Random) -> Result<[u8; 32], Trouble> {
    let trouble = || Trouble::machine("the servers' common key cannot be read from the database", "check the database");
    let fresh = random.bytes().map_err(|why| trouble().because(why))?;
    db.write(move |tx| deployment::shared_key(tx, "visit", &fresh)).await.map_err(|why| trouble().because(why))
}

/// The key from which visit secrets are derived: made once, so that a tablet goes on after a restart.
fn visit_key(folder: &Path, random: &Random) -> Result<[u8; 32], Trouble> {
    let file = folder.join(VISIT_KEY);
    let trouble =
        || Trouble::machine(format!("the key {} cannot be used", file.display()), "check it, or remove it: open visits then start anew");
    match std::fs::read(&file) {
        Ok(bytes) => bytes.try_into().map_err(|_| trouble()),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
            let key = random.bytes().map_err(|why| trouble().because(why))?;
            write_secret(&file, &key).map_err(|why| trouble().because(why))?;
            Ok(key)
        }
        Err(why) => Err(trouble().because(why)),
    }
}

async fn add_institution(add: AddInstitution) -> Result<(), Trouble> {
    let code = InstitutionCode::from_pasted(&add.code).map_err(|why| {
        Trouble::usage(
            format!("--code is no institution code: {why}"),
            "copy the ten digits from the notice of your code, for example 9969900001",
        )
    })?;
    let user = UserId::try_from(add.user.as_str()).map_err(|why| Trouble::usage(format!("--user: {why}"), "for example --user kanri1"))?;
    let name = add.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Trouble::usage("--name is empty or longer than 100 characters", "give the name that patients know"));
    }
    let (random, clock) = (Random::machine(), Clock::machine());
    let no_random = |why: server::random::NoRandom| Trouble::machine("the machine gives no random numbers", "try again").because(why);
    let password = generated_password(&random).map_err(no_random)?;
    let password_hash = account::hash(&password, &random)
        .map_err(|why| Trouble::machine("the password could not be worked on", "free some memory").because(why))?;
    let admin = Account {
        user: user.clone(),
        name: add.user_name,
        kana: String::new(),
        kind: AccountKind::Admin,
        password_hash,
        must_change_password: true,
        valid_from: None,
        valid_until: None,
        suspended_at: None,
    };
    let institution =
        Institution { code: code.clone(), name: name.to_owned(), contact: add.contact, uses_home_visit: true, shows_eligibility: true };
    let token = ReceptionToken::from_random(random.bytes().map_err(no_random)?);
    let postgres = add.database.postgres();
    let db = open_database(&add.database.data, postgres.as_ref(), Mode::Production).await?;
    let new = NewInstitution { institution, token, accounts: vec![admin], at: clock.now() };
    let added = db.write(move |tx| rule::institution::add(tx, &new)).await;
    db.close().await;
    match added {
        Ok(true) => {
            say(&format!("institution {code} added\nuser      {user}\npassword  {password}"));
            say("This password is shown only now; it must be changed at the first login at /o.");
            if code.doubt().is_some() {
                say("Look again: the last digit of the code is not its check digit. Some codes in use are like that.");
            }
            Ok(())
        }
        Ok(false) => Err(Trouble::usage(format!("institution {code} exists already"), "nothing was changed; log in with its admin")),
        Err(why) => Err(Trouble::machine("the institution could not be stored", "check rights and space of --data").because(why)),
    }
}

#[expect(clippy::print_stdout, reason = "the lines that the operator or the starting program waits for")]
fn say(line: &str) {
    println!("{line}");
}

/// Starts listening for the signals at once, and gives what to wait for: one that comes right after `ready` counts too.
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // Without a way to be told, the process runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
