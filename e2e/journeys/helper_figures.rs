//! Figures, no check: the helper as it is shipped beside a bare PC/SC loop, in one run (`cargo xtask bench helper`).

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use e2e::page::{Page, frame_origin, press_code, press_pin};
use e2e::stack::{HELPER_PORT, World};
use shared::reader::{CardKind, Event, Frame, Lease, What};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// Operations of a slice; a connection may send a hundred messages at once.
const SLICE: usize = 90;
/// Slices of each side, in the order ABBA.
const SLICES: usize = 24;
/// Starts and insertions that are measured.
const STARTS: usize = 40;
const INSERTIONS: usize = 40;
/// Ways in that are measured, and sockets of the crowd beside.
const HELLOS: usize = 200;
const CROWD: usize = 800;
/// Operations between two looks at its memory.
const OPERATIONS: usize = 10_000;
/// Commands of `pin_status`, byte for byte what the bare loop sends.
const COMMANDS: [&[u8]; 4] = [
    &[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01],
    &[0x00, 0x20, 0x00, 0x98],
    &[0x00, 0x20, 0x00, 0x9B],
    &[0x00, 0xB0, 0x88, 0x00, 0x03],
];

/// Everything, one line each.
pub(crate) async fn all(world: &mut World) -> anyhow::Result<()> {
    let program = program();
    say(&format!("size of the stripped program: {} bytes", program.metadata().context("the helper is not built")?.len()));
    starts(world).await?;
    let helper = Helper::start(world).await?;
    quiet(&helper, "no page connected").await?;
    hellos(world).await?;
    world.put("ichiro")?;
    added_time(world).await?;
    budgets(world).await?;
    release(world).await?;
    growth(world, &helper).await?;
    events(world).await?;
    events_in_the_browser(world).await?;
    helper.end().await
}

#[expect(clippy::print_stdout, reason = "prints figures")]
fn say(line: &str) {
    println!("{line}");
}

fn program() -> PathBuf {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).join("target/small/uketsuke-helper")
}

struct Helper {
    child: Child,
    took: Duration,
}

impl Helper {
    /// Starts it as a person's session would; `took` ends when a page's socket is open.
    async fn start(world: &World) -> anyhow::Result<Self> {
        let begun = Instant::now();
        let mut child = Command::new(program())
            .args(["--reader", "pcsc", "--allow-origin", &world.origin()])
            .args(["--listen", &format!("127.0.0.1:{HELPER_PORT}")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("stdout")?).lines();
        lines.next_line().await?.context("no ready line")?;
        Page::connect(&world.origin()).await?;
        Ok(Self { child, took: begun.elapsed() })
    }

    async fn end(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    fn pid(&self) -> anyhow::Result<u32> {
        self.child.id().context("the helper ended")
    }

    fn memory(&self) -> anyhow::Result<String> {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid()?))?;
        let kib = |key: &str| rollup.lines().find_map(|line| line.strip_prefix(key)).map_or("?", str::trim).to_owned();
        Ok(format!("RSS {}, PSS {}", kib("Rss:"), kib("Pss:")))
    }

    fn handles(&self) -> anyhow::Result<String> {
        let count = |what: &str| anyhow::Ok(std::fs::read_dir(format!("/proc/{}/{what}", self.pid()?))?.count());
        Ok(format!("{} files, {} threads", count("fd")?, count("task")?))
    }

    /// How often its threads were given the processor since they began.
    fn wake_ups(&self) -> anyhow::Result<u64> {
        let mut sum = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.pid()?))? {
            let status = std::fs::read_to_string(task?.path().join("status"))?;
            let switches = status.lines().filter(|line| line.contains("ctxt_switches"));
            sum += switches.filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok()).sum::<u64>();
        }
        Ok(sum)
    }
}

async fn starts(world: &World) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let helper = Helper::start(world).await?;
        times.push(helper.took);
        helper.end().await?;
    }
    say(&format!("program start to open socket of a page, pcscd running: {}", spread(times)));
    Ok(())
}

/// Counts wake-ups while nothing happens. The first seconds belong to the start.
async fn quiet(helper: &Helper, when: &str) -> anyhow::Result<()> {
    pass(Duration::from_secs(3)).await;
    let before = helper.wake_ups()?;
    pass(Duration::from_secs(20)).await;
    let woken = helper.wake_ups()? - before;
    say(&format!("wake-ups in 20 s, {when}: {woken}; memory {}", helper.memory()?));
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measure over time, no synchronisation")]
async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

/// A page's way in, alone and beside a crowd of sockets: whose the connection is must not be looked for among all of them. The control
/// is a look at the whole table, which grows with it.
async fn hellos(world: &World) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let at = listener.local_addr()?;
    let mut crowd = Vec::new();
    let mut medians = Vec::new();
    for sockets in [0, CROWD] {
        while crowd.len() < sockets {
            let (one, (two, _)) = tokio::try_join!(TcpStream::connect(at), listener.accept())?;
            crowd.extend([one, two]);
        }
        let (mut hellos, mut tables) = (Vec::new(), Vec::new());
        for _ in 0..HELLOS {
            let begun = Instant::now();
            Page::connect(&world.origin()).await?;
            hellos.push(begun.elapsed());
            let begun = Instant::now();
            std::fs::read_to_string("/proc/net/tcp")?;
            tables.push(begun.elapsed());
        }
        for (what, times) in [("hello of a page", hellos), ("control: the table of all sockets", tables)] {
            say(&format!("{what}, {sockets} other sockets: {}", spread(times.clone())));
            let mut times = times;
            times.sort();
            medians.push(at_share(&times, 50).as_secs_f64());
        }
    }
    if let [hello, table, hello_beside, table_beside] = *medians {
        say(&format!("beside the crowd: hello × {:.2}, control × {:.2}", hello_beside / hello, table_beside / table));
    }
    Ok(())
}

/// `pin_status` against the same four commands in a bare transaction.
async fn added_time(world: &World) -> anyhow::Result<()> {
    recognised(world).await?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for at in 0..2 * SLICES {
        if matches!(at % 4, 0 | 3) {
            ours.extend(slice_of_helper(world).await?);
        } else {
            bare.extend(tokio::task::spawn_blocking(slice_of_loop).await??);
        }
    }
    let (n, commands) = (ours.len(), u32::try_from(COMMANDS.len())?);
    ours.sort();
    bare.sort();
    let [a50, a99, b50, b99] = [(&ours, 50), (&ours, 99), (&bare, 50), (&bare, 99)].map(|(times, share)| at_share(times, share));
    say(&format!("four commands: helper p50 {} p99 {}, bare loop p50 {} p99 {} (n = {n} each)", ms(a50), ms(a99), ms(b50), ms(b99)));
    let added = |ours: Duration| ms(ours.saturating_sub(b50) / commands);
    say(&format!("added per command over the bare loop's median: p50 {}, p99 {}", added(a50), added(a99)));
    Ok(())
}

async fn recognised(world: &World) -> anyhow::Result<()> {
    let mut page = Page::connect(&world.origin()).await?;
    let known = |state: &shared::reader::State| {
        state.readers.iter().any(|reader| reader.card.is_some_and(|card| card.kind == Some(CardKind::MyNumberCard)))
    };
    page.state_is("the card", known).await
}

async fn slice_of_helper(world: &World) -> anyhow::Result<Vec<Duration>> {
    let mut page = Page::connect(&world.origin()).await?;
    let mut times = Vec::with_capacity(SLICE);
    for _ in 0..SLICE {
        let begun = Instant::now();
        page.pin_status().await?;
        times.push(begun.elapsed());
    }
    Ok(times)
}

fn slice_of_loop() -> anyhow::Result<Vec<Duration>> {
    let context = pcsc::Context::establish(pcsc::Scope::User)?;
    let reader = reader_with_card(&context)?;
    let mut card = context.connect(&reader, pcsc::ShareMode::Shared, pcsc::Protocols::ANY)?;
    let mut buffer = vec![0; 65_538];
    let mut times = Vec::with_capacity(SLICE);
    for _ in 0..SLICE {
        let begun = Instant::now();
        let transaction = card.transaction()?;
        for command in COMMANDS {
            ensure!(transaction.transmit(command, &mut buffer)?.len() >= 2, "no answer");
        }
        transaction.end(pcsc::Disposition::LeaveCard).map_err(|(_, error)| error)?;
        times.push(begun.elapsed());
    }
    Ok(times)
}

fn reader_with_card(context: &pcsc::Context) -> anyhow::Result<std::ffi::CString> {
    for reader in context.list_readers_owned()? {
        let mut state = [pcsc::ReaderState::new(reader.clone(), pcsc::State::UNAWARE)];
        context.get_status_change(Duration::ZERO, &mut state)?;
        if state.iter().any(|state| state.event_state().contains(pcsc::State::PRESENT)) {
            return Ok(reader);
        }
    }
    anyhow::bail!("no card on any reader")
}

/// What each operation says to the card, by the card's own log.
async fn budgets(world: &World) -> anyhow::Result<()> {
    world.take_apdus()?;
    let mut page = Page::connect(&world.origin()).await?;
    page.pin_status().await?;
    let status = world.take_apdus()?.len();
    let id = page.authenticate(None).await?;
    let e2e::page::Heard::PinNeeded { ticket, .. } = page.hear(id).await? else { anyhow::bail!("no frame") };
    let counter = world.take_apdus()?.len();
    press_pin(&ticket, virtual_card::AUTH_PIN, &frame_origin()).await?;
    page.hear(id).await?;
    let signed = world.take_apdus()?.len();
    say(&format!("commands: pin_status {status}; authenticate {counter} before the frame, {signed} after the press (extended)"));
    page.identify().await?;
    let identified = world.take_apdus()?.len();
    let id = page.face().await?;
    let e2e::page::Heard::PinNeeded { ticket, .. } = page.hear(id).await? else { anyhow::bail!("no frame") };
    let counter = world.take_apdus()?.len();
    let ichiro = virtual_card::people().iter().find(|person| person.id == "ichiro").context("nobody of that name")?;
    press_code(&ticket, &ichiro.number_b(), &frame_origin()).await?;
    page.photo(id).await?;
    let seen = world.take_apdus()?.len();
    say(&format!(
        "commands: identify {identified}; face {counter} before the frame, {seen} after the press, signature included (extended)"
    ));
    Ok(())
}

/// How soon another page hears that the card is free: after a page that had it cancelled, and after one that went away.
async fn release(world: &World) -> anyhow::Result<()> {
    let is_free = |state: &shared::reader::State| state.lease == Lease::Free;
    let mut watcher = Page::connect(&world.origin()).await?;
    let (mut cancelled, mut closed) = (Vec::new(), Vec::new());
    for at in 0..2 * STARTS {
        let is_cancel = at % 2 == 0;
        let mut holder = Page::connect(&world.origin()).await?;
        let id = holder.authenticate(None).await?;
        holder.hear(id).await?;
        watcher.state_is("the lease to be held", |state| !is_free(state)).await?;
        let begun = Instant::now();
        let times = if is_cancel {
            holder.cancel(id).await?;
            &mut cancelled
        } else {
            drop(holder);
            &mut closed
        };
        watcher.state_is("the lease to be free", is_free).await?;
        times.push(begun.elapsed());
    }
    say(&format!("cancel to card free for others: {}", spread(cancelled)));
    say(&format!("socket gone to card free for others: {}", spread(closed)));
    Ok(())
}

/// Memory, files and threads before and after ten thousand operations.
async fn growth(world: &World, helper: &Helper) -> anyhow::Result<()> {
    let before = (helper.memory()?, helper.handles()?);
    for _ in 0..OPERATIONS.div_ceil(SLICE) {
        slice_of_helper(world).await?;
    }
    let after = (helper.memory()?, helper.handles()?);
    say(&format!("before {OPERATIONS} operations: {}, {}; after: {}, {}", before.0, before.1, after.0, after.1));
    Ok(())
}

/// From the moment another PC/SC program wakes up for a card to the event at a page without a browser.
async fn events(world: &World) -> anyhow::Result<()> {
    let mut page = Page::connect(&world.origin()).await?;
    let mut times = Vec::new();
    for _ in 0..INSERTIONS {
        let card = world.remove().await?;
        page.state_is("no card", |state| state.readers.iter().all(|reader| reader.card.is_none())).await?;
        let woken = tokio::task::spawn_blocking(wake_up);
        world.put_back(card);
        let seen = loop {
            if let Frame::Event(Event { what: What::State { state }, .. }) = page.next().await?
                && state.readers.iter().any(|reader| reader.card.is_some())
            {
                break Instant::now();
            }
        };
        times.push(seen.saturating_duration_since(woken.await??.0));
    }
    say(&format!("wake-up of another PC/SC program to event at a socket: {}", spread(times)));
    Ok(())
}

/// The same to `onmessage` of a page in Chromium. Both ends read one clock; the browser rounds to 0.1 ms.
async fn events_in_the_browser(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    tablet.open(&world.office_url()).await?;
    tablet
        .script(&format!(
            r#"window.seen = 0;
               const socket = new WebSocket("ws://127.0.0.1:{HELPER_PORT}/v1");
               socket.onopen = () => socket.send('{{"v":1,"id":1,"op":"hello","versions":[1],"lang":"ja"}}');
               socket.onmessage = (event) => {{
                 const now = performance.timeOrigin + performance.now();
                 const frame = JSON.parse(event.data);
                 if (frame.ev !== "state") return;
                 const isThere = frame.state.readers.some((reader) => reader.card);
                 if (isThere && !window.seen) window.seen = now;
                 if (!isThere) window.seen = 0;
               }};"#
        ))
        .await?;
    let mut times = Vec::new();
    for _ in 0..INSERTIONS {
        let card = world.remove().await?;
        e2e::wait::until("the page to see no card", e2e::wait::LIMIT, async || seen(&tablet).await.and_then(not).map(drop)).await?;
        let woken = tokio::task::spawn_blocking(wake_up);
        world.put_back(card);
        let seen = e2e::wait::until("the page to see the card", e2e::wait::LIMIT, async || seen(&tablet).await.and_then(some)).await?;
        let woken = woken.await??.1.duration_since(UNIX_EPOCH)?.as_secs_f64() * 1000.0;
        times.push(Duration::from_secs_f64(((seen - woken) / 1000.0).max(0.0)));
    }
    say(&format!("wake-up of another PC/SC program to onmessage in Chromium: {}", spread(times)));
    Ok(())
}

async fn seen(tablet: &e2e::browser::Tablet) -> Result<f64, String> {
    let value = tablet.script("return window.seen;").await.map_err(|error| error.to_string())?;
    value.as_f64().ok_or_else(|| "no number".to_owned())
}

fn some(at: f64) -> Result<f64, String> {
    if at > 0.0 { Ok(at) } else { Err("not yet".to_owned()) }
}

fn not(at: f64) -> Result<f64, String> {
    if at > 0.0 { Err("still there".to_owned()) } else { Ok(at) }
}

/// Blocks until PC/SC says that a card lies on some reader; the moment it did, by both clocks.
fn wake_up() -> anyhow::Result<(Instant, SystemTime)> {
    let context = pcsc::Context::establish(pcsc::Scope::User)?;
    let mut states: Vec<_> =
        context.list_readers_owned()?.into_iter().map(|name| pcsc::ReaderState::new(name, pcsc::State::UNAWARE)).collect();
    loop {
        context.get_status_change(e2e::wait::LIMIT, &mut states)?;
        #[expect(clippy::disallowed_methods, reason = "a measure; the page reads the same clock")]
        let now = (Instant::now(), SystemTime::now());
        if states.iter().any(|state| state.event_state().contains(pcsc::State::PRESENT)) {
            return Ok(now);
        }
        states.iter_mut().for_each(pcsc::ReaderState::sync_current_state);
    }
}

fn at_share(sorted: &[Duration], share: usize) -> Duration {
    sorted.get((sorted.len() * share / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

fn ms(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1000.0)
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort();
    format!("median {}, p95 {}, n = {}", ms(at_share(&times, 50)), ms(at_share(&times, 95)), times.len())
}
