//! The card is pulled at every command of the operation: never a second VERIFY, and the truth about the try.

use std::cell::Cell;

use anyhow::{Context as _, ensure};
use e2e::page::{Heard, Page, frame_origin, press_pin};
use e2e::stack::World;
use shared::reader::{CardKind, Failure, Spent, State};
use virtual_card::Fault;

/// VERIFY with data, as the card's log writes it.
const VERIFY: &str = "00 20 00 98 04";

/// Through helper, pcscd and vpcd, without a browser: two dozen pulls would only be slow in one.
pub(crate) async fn at_every_command(world: &mut World) -> anyhow::Result<()> {
    let mut page = Page::connect(&world.origin()).await?;
    before_it_is_known(world, &mut page).await?;
    by_its_own_link(world, &mut page).await?;

    // Once undisturbed: this is what there is to disturb.
    known_card(world, &mut page, "ichiro").await?;
    world.take_apdus()?;
    ensure!(matches!(operation(&mut page).await?.0, Heard::Signed), "the undisturbed operation");
    let commands = world.take_apdus()?;
    let verify = 1 + commands.iter().position(|command| command.starts_with(VERIFY)).context("no VERIFY")?;
    ensure!(commands.len() >= 7, "too few commands to be the whole operation: {commands:#?}");

    for n in 1..=commands.len() {
        let index = u32::try_from(n)?;
        for fault in [Fault::RemoveBefore(index), Fault::RemoveDuring(index), Fault::RemoveAfter(index)] {
            let verify_count = with_fault(world, &mut page, fault).await.with_context(|| format!("{fault:?} of {commands:#?}"))?;
            // The press comes only after the counter was read; a pull before that ends the operation without one.
            let reached = n > verify || (n == verify && !matches!(fault, Fault::RemoveBefore(_)));
            ensure!(verify_count == usize::from(reached), "{fault:?}: {verify_count} VERIFY");
        }
    }
    Ok(())
}

/// Pulled while it is asked what it is: it has left, and was never shown as a card that is mute or of another kind.
async fn before_it_is_known(world: &World, page: &mut Page) -> anyhow::Result<()> {
    for card in ["ichiro:removed-at-1", "ichiro:removed-after-1", "ichiro:removed-at-2"] {
        page.state_is("an empty reader", |state| state.readers.iter().all(|reader| reader.card.is_none())).await?;
        world.put(card)?;
        let odd = Cell::new(None);
        let look = |state: &State| {
            let kinds = state.readers.iter().filter_map(|reader| reader.card?.kind).filter(|kind| *kind != CardKind::MyNumberCard);
            kinds.for_each(|kind| odd.set(Some(kind)));
        };
        let is_there = |state: &State| state.readers.iter().any(|reader| reader.card.is_some());
        for (what, expected) in [("a card", true), ("the card gone", false)] {
            page.state_is(what, |state| {
                look(state);
                is_there(state) == expected
            })
            .await
            .with_context(|| card.to_owned())?;
        }
        ensure!(odd.get().is_none(), "{card} was shown as {:?}", odd.get());
        drop(world.remove().await?);
    }
    Ok(())
}

/// The link breaks over a READ that only saves time, after the PIN was right and the card has signed: nobody is asked for the PIN again.
async fn by_its_own_link(world: &World, page: &mut Page) -> anyhow::Result<()> {
    known_card(world, page, "ichiro:extended-lost").await?;
    let (heard, pressed) = operation(page).await?;
    let card = world.remove().await?;
    ensure!(pressed && matches!(heard, Heard::Signed), "{heard:?}");
    ensure!(card.verify_count() == 1, "{} VERIFY", card.verify_count());
    Ok(())
}

/// One disturbed operation; gives how many VERIFY the card received.
async fn with_fault(world: &World, page: &mut Page, fault: Fault) -> anyhow::Result<usize> {
    known_card(world, page, "ichiro").await?;
    world.card(|card| card.set_fault(Some(fault)))?;
    let (heard, pressed) = operation(page).await?;
    let card = world.remove().await?;
    let count = card.verify_count();
    ensure!(count <= usize::from(pressed), "{count} VERIFY after {} press", u8::from(pressed));
    match heard {
        Heard::Signed => ensure!(count == 1, "signed without VERIFY"),
        Heard::Failed(Failure { try_spent, code, .. }) => {
            // A right PIN never lowers the counter; what the helper cannot know it must not claim.
            let honest = match try_spent {
                Spent::No => true,
                Spent::Unknown => pressed,
                Spent::Yes => false,
            };
            ensure!(honest, "{code:?} says {try_spent:?} with {count} VERIFY");
            ensure!(code == shared::reader::ErrorCode::CardRemoved, "{code:?}");
        }
        Heard::PinNeeded { .. } => anyhow::bail!("asked for the PIN twice"),
    }
    Ok(count)
}

/// Puts a fresh card on the empty reader and waits until the helper knows what it is.
async fn known_card(world: &World, page: &mut Page, card: &str) -> anyhow::Result<()> {
    if world.card(|_| ()).is_ok() {
        drop(world.remove().await?);
    }
    page.state_is("an empty reader", |state| state.readers.iter().all(|reader| reader.card.is_none())).await?;
    world.put(card)?;
    page.state_is("a known card", |state| {
        state.readers.iter().any(|reader| reader.card.is_some_and(|card| card.kind == Some(CardKind::MyNumberCard)))
    })
    .await
}

/// Asks, presses once when the frame is offered, and gives how it ended and whether there was a press.
async fn operation(page: &mut Page) -> anyhow::Result<(Heard, bool)> {
    let id = page.authenticate(None).await?;
    match page.hear(id).await? {
        Heard::PinNeeded { ticket, .. } => {
            press_pin(&ticket, virtual_card::AUTH_PIN, &frame_origin()).await?;
            Ok((page.hear(id).await?, true))
        }
        other => Ok((other, false)),
    }
}
