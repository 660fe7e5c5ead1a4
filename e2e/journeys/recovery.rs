//! The page's socket stays open while everything behind the helper comes and goes.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use e2e::page::{Heard, Page, frame_origin, press_pin};
use e2e::stack::World;
use e2e::wait::LIMIT;
use shared::reader::{CardKind, ErrorCode, Failure, Lease, Reader, Service, Spent, State};
use tokio::sync::oneshot;
use virtual_card::vpcd::{DEFAULT_ADDR, Player};

/// Insertions on each of two readers; as many removals.
const INSERTIONS: usize = 20;

/// The reader service is stopped and started again, in order and by force, with the PIN frame open and without.
#[expect(clippy::print_stdout, reason = "times, for the record only")]
pub(crate) async fn service(world: &mut World) -> anyhow::Result<()> {
    let mut page = Page::connect(&world.origin()).await?;
    page.state_is("a known card", |state| state.readers.iter().any(is_known)).await?;
    let mut last = generation(&page.state)?;
    for (by_force, with_frame) in [(false, false), (true, false), (false, true), (true, true)] {
        let asked = if with_frame { Some(page.authenticate(None).await?) } else { None };
        if let Some(id) = asked {
            ensure!(matches!(page.hear(id).await?, Heard::PinNeeded { .. }), "the PIN is asked for");
        }
        world.stop_reader_service(by_force).await?;
        if let Some(id) = asked {
            let Heard::Failed(Failure { code, try_spent, .. }) = page.hear(id).await? else { anyhow::bail!("it went on without readers") };
            let is_told = matches!(code, ErrorCode::PcscDown | ErrorCode::ReaderLost | ErrorCode::CardRemoved);
            ensure!(is_told && try_spent == Spent::No, "{code:?}, {try_spent:?}");
        }
        page.state_is("the service away", |state| state.service == Service::Down && state.readers.is_empty()).await?;
        ensure!(page.state.lease == Lease::Free, "the lease of a request that ended");
        world.start_reader_service().await?;
        let ready = Instant::now();
        page.state_is("the service back", |state| state.service == Service::Up).await?;
        let up = ready.elapsed();
        page.state_is("reader and card again", |state| state.readers.iter().any(is_known)).await?;
        println!(
            "by force {by_force}, frame {with_frame}: service told {} ms after pcscd is ready, card known after {} ms",
            up.as_millis(),
            ready.elapsed().as_millis()
        );
        let now = generation(&page.state)?;
        ensure!(now > last, "a card after the restart is another insertion: {now} after {last}");
        last = now;
        whole(&mut page).await?;
    }
    ensure!(world.verify_count()? == 4, "one VERIFY for each press");
    Ok(())
}

/// Two readers, a card put in and taken out of each again and again at odd moments.
#[expect(clippy::print_stdout, reason = "a count, for the record")]
pub(crate) async fn replugged(world: &mut World) -> anyhow::Result<()> {
    let mut page = Page::connect(&world.origin()).await?;
    let mut beside = DEFAULT_ADDR;
    beside.set_port(DEFAULT_ADDR.port() + 1);
    let beside = Player::start(beside);
    let mut waiting = [Some(world.fresh("ichiro")?), Some(world.fresh("hanako")?)];
    let mut chance = 0x5EED_u64;
    let mut moves = [0; 2];
    while moves.iter().any(|moves| *moves < 2 * INSERTIONS) {
        // A small generator with a fixed beginning: odd, and the same each time.
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        let slot = usize::from(chance & 1 == 1);
        let (Some(waiting), Some(moves)) = (waiting.get_mut(slot), moves.get_mut(slot)) else { continue };
        if *moves == 2 * INSERTIONS {
            continue;
        }
        let player = if slot == 0 { world.player() } else { &beside };
        match waiting.take() {
            Some(card) => player.insert(card),
            None => *waiting = Some(player.remove().context("no card to take away")?),
        }
        *moves += 1;
        page.listen(Duration::from_millis(chance % 600)).await?;
    }
    // As many removals as insertions leave both empty; then one gets its card for good.
    page.state_is("two empty readers", |state| state.readers.len() >= 2 && state.readers.iter().all(|reader| reader.card.is_none()))
        .await?;
    let [Some(ichiro), Some(_)] = waiting else { anyhow::bail!("a card is still in a reader") };
    world.put_back(ichiro);
    page.state_is("the card on its reader", |state| state.readers.iter().filter(|reader| is_known(reader)).count() == 1).await?;
    let with_card = page.state.readers.iter().find(|reader| reader.card.is_some()).context("no card")?;
    ensure!(with_card.name.ends_with("00 00"), "it lies on the first reader, not on {}", with_card.name);
    // A visit shorter than the reader's own look (about 400 ms) goes unseen; most must not.
    let seen = generation(&page.state)?;
    ensure!(seen > u64::try_from(INSERTIONS)? / 2, "only {seen} of {} insertions were seen", 2 * INSERTIONS + 1);
    println!("{seen} of {} insertions were seen", 2 * INSERTIONS + 1);
    whole(&mut page).await?;
    ensure!(world.verify_count()? == 1, "one VERIFY for the one press");
    drop(beside);
    Ok(())
}

/// Another program holds the card: by exclusive access, and by a transaction.
pub(crate) async fn held(world: &mut World) -> anyhow::Result<()> {
    // The helper meets a held card: it says that one is there, and recognises it when it is free.
    let holder = Holder::take(pcsc::ShareMode::Exclusive).await?;
    world.start_helper().await?;
    let mut page = Page::connect(&world.origin()).await?;
    page.state_is("a card", |state| state.readers.iter().any(|reader| reader.card.is_some())).await?;
    is_busy(&mut page).await?;
    ensure!(page.state.readers.iter().all(|reader| !is_known(reader)), "known without a word from the card");
    drop(holder);
    page.state_is("a known card", |state| state.readers.iter().any(is_known)).await?;
    whole(&mut page).await?;

    for mode in [pcsc::ShareMode::Exclusive, pcsc::ShareMode::Shared] {
        let holder = Holder::take(mode).await?;
        // Twice: waiting for a card must not use anything up.
        is_busy(&mut page).await?;
        is_busy(&mut page).await?;
        drop(holder);
        // A thread of the helper that still waits in the service may get the card first.
        let free = async {
            loop {
                match once(&mut page).await? {
                    Heard::Signed => return anyhow::Ok(()),
                    Heard::Failed(Failure { code: ErrorCode::Busy, .. }) => {}
                    other => anyhow::bail!("{other:?}"),
                }
            }
        };
        tokio::time::timeout(LIMIT, free).await.context("the card never became free")??;
    }
    ensure!(world.verify_count()? == 3, "one VERIFY for each press");
    Ok(())
}

/// A request while another program holds the card.
async fn is_busy(page: &mut Page) -> anyhow::Result<()> {
    let id = page.authenticate(None).await?;
    let heard = page.hear(id).await?;
    let Heard::Failed(Failure { code, retriable, try_spent, .. }) = heard else { anyhow::bail!("not busy: {heard:?}") };
    ensure!(code == ErrorCode::Busy && retriable && try_spent == Spent::No, "{code:?}");
    page.state_is("a free lease", |state| state.lease == Lease::Free).await
}

/// A whole `authenticate`, with one press.
async fn whole(page: &mut Page) -> anyhow::Result<()> {
    let heard = once(page).await?;
    ensure!(matches!(heard, Heard::Signed), "{heard:?}");
    Ok(())
}

/// Asks, presses when the frame is offered, and gives how it ended.
async fn once(page: &mut Page) -> anyhow::Result<Heard> {
    page.state_is("a free lease", |state| state.lease == Lease::Free).await?;
    let id = page.authenticate(None).await?;
    match page.hear(id).await? {
        Heard::PinNeeded { ticket, .. } => {
            press_pin(&ticket, virtual_card::AUTH_PIN, &frame_origin()).await?;
            page.hear(id).await
        }
        other => Ok(other),
    }
}

fn is_known(reader: &Reader) -> bool {
    reader.card.is_some_and(|card| card.kind == Some(CardKind::MyNumberCard))
}

fn generation(state: &State) -> anyhow::Result<u64> {
    state.readers.iter().find_map(|reader| reader.card).map(|card| card.generation).context("no card")
}

/// Another program with the card: a thread that keeps it until this is dropped.
struct Holder {
    release: Option<mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Holder {
    /// Takes the card as soon as nobody else has it.
    async fn take(mode: pcsc::ShareMode) -> anyhow::Result<Self> {
        let (release, released) = mpsc::channel();
        let (tell, told) = oneshot::channel();
        // A failure drops `tell`: the other side waits for a word that does not come, and says so.
        let thread = std::thread::spawn(move || drop(hold(mode, tell, &released)));
        tokio::time::timeout(LIMIT, told).await.context("the card was never free")?.context("the other program failed")?;
        Ok(Self { release: Some(release), thread: Some(thread) })
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.release.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Holds the first card that can be had until the other end of `released` is dropped.
fn hold(mode: pcsc::ShareMode, tell: oneshot::Sender<()>, released: &mpsc::Receiver<()>) -> anyhow::Result<()> {
    let context = pcsc::Context::establish(pcsc::Scope::User)?;
    let mut card = loop {
        let names = context.list_readers_owned()?;
        if let Some(card) = names.iter().find_map(|name| context.connect(name, mode, pcsc::Protocols::ANY).ok()) {
            break card;
        }
        // The helper has it, or it is not seen yet.
        ensure!(released.recv_timeout(Duration::from_millis(20)) == Err(mpsc::RecvTimeoutError::Timeout), "nobody waits any more");
    };
    let transaction = if mode == pcsc::ShareMode::Shared { Some(card.transaction()?) } else { None };
    if tell.send(()).is_ok() {
        // Nothing is ever sent: this ends when the other end is dropped.
        let _ = released.recv();
    }
    drop(transaction);
    card.disconnect(pcsc::Disposition::LeaveCard).map_err(|(_, error)| error)?;
    Ok(())
}
