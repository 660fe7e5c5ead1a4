//! The PIN: tries spent are presses, never more; ending is always possible.

use anyhow::ensure;
use e2e::page::{Heard, Page, frame_origin, press_pin};
use e2e::stack::World;
use shared::reader::{CardKind, ErrorCode, Failure, Spent};

use crate::way;

/// Wrong, wrong once more, then right on the last try, which is asked for again.
pub(crate) async fn wrong_then_right(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.press("読み取りを始める").await?;
    tablet.enter_pin("9876").await?;
    tablet.sees("U-X02").await?;
    tablet.sees("あと2回でロックされます").await?;
    tablet.axe().await?;
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");

    again(&tablet).await?;
    tablet.enter_pin("9875").await?;
    tablet.sees("あと1回").await?;
    ensure!(world.verify_count()? == 2, "two presses, two VERIFY");
    tablet.axe().await?;

    again(&tablet).await?;
    tablet.sees("あと1回まちがえるとロックされます").await?;
    tablet.in_pin_frame(async || tablet.axe().await).await?;
    tablet.enter_last_pin(virtual_card::AUTH_PIN).await?;
    tablet.heading("受付が終わりました").await?;
    ensure!(world.verify_count()? == 3, "three presses, three VERIFY");
    ensure!(world.card(|card| card.tries_left(virtual_card::PinKind::Auth))? == 3, "a success fills the counter");
    ensure!(way::rows(world).await? == 1, "one visit, one row");
    Ok(())
}

async fn again(tablet: &e2e::browser::Tablet) -> anyhow::Result<()> {
    tablet.press("もう一度").await?;
    if tablet.offers("読み取りを始める").await? {
        tablet.press("読み取りを始める").await?;
    }
    Ok(())
}

/// A key that is held presses once: it never runs on into 確定. A fifth digit starts the entry anew.
pub(crate) async fn held_key(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.press("読み取りを始める").await?;
    let focus = "return document.activeElement.id";
    let world = &*world;
    tablet
        .in_pin_frame(async || {
            for digit in ["9", "8", "7", "6", "5"] {
                tablet.press(digit).await?;
            }
            tablet.sees("暗証番号は数字4けたです").await?;
            ensure!(tablet.script(focus).await? == "heading", "確定 kept the focus");
            for (key, text) in [("Enter", "\r"), (" ", " ")] {
                for digit in ["1", "2", "3"] {
                    tablet.press(digit).await?;
                }
                tablet.script("document.querySelector('[data-digit=\"4\"]').focus()").await?;
                tablet.key_down(key, text, false).await?;
                for _ in 0..5 {
                    tablet.key_down(key, text, true).await?;
                }
                tablet.key_up(key).await?;
                tablet.sees("4けた入力しました").await?;
                ensure!(tablet.script(focus).await? == "ok", "確定 has no focus after {key:?}");
                ensure!(world.verify_count()? == 0, "holding {key:?} pressed 確定");
                if key == "Enter" {
                    tablet.press("全部消す").await?;
                }
            }
            tablet.key_down("Enter", "\r", false).await
        })
        .await?;
    tablet.heading("受付が終わりました").await?;
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");
    Ok(())
}

/// The person stops with the frame open; nothing is stored, the card is free at once; then it goes on after all.
pub(crate) async fn cancelled(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.press("読み取りを始める").await?;
    tablet.in_pin_frame(async || Ok(())).await?;
    tablet.press("やめる").await?;
    tablet.sees("読み取りをやめました").await?;
    tablet.axe().await?;
    ensure!(world.verify_count()? == 0, "no press, no VERIFY");
    ensure!(way::rows(world).await? == 0, "nothing is stored");
    again(&tablet).await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.heading("受付が終わりました").await?;

    // In the middle of the card's work: it ends with the running command, and the card is free for the next page.
    drop(world.remove().await?);
    let mut page = Page::connect(&world.origin()).await?;
    page.state_is("an empty reader", |state| state.readers.iter().all(|reader| reader.card.is_none())).await?;
    world.put("ichiro:slow")?;
    page.state_is("a known card", |state| {
        state.readers.iter().any(|reader| reader.card.is_some_and(|card| card.kind == Some(CardKind::MyNumberCard)))
    })
    .await?;
    let id = page.authenticate(None).await?;
    let Heard::PinNeeded { ticket, .. } = page.hear(id).await? else { anyhow::bail!("no frame offered") };
    let press = tokio::spawn(async move { press_pin(&ticket, virtual_card::AUTH_PIN, &frame_origin()).await });
    page.progress(id).await?;
    page.cancel(id).await?;
    let heard = page.hear(id).await?;
    ensure!(matches!(heard, Heard::Failed(Failure { code: ErrorCode::Cancelled, try_spent: Spent::No | Spent::Unknown, .. })), "{heard:?}");
    drop(press.await?);
    // Free: another page gets its frame, and the card has no verified state left.
    let mut other = Page::connect(&world.origin()).await?;
    let id = other.authenticate(None).await?;
    ensure!(matches!(other.hear(id).await?, Heard::PinNeeded { .. }), "the card is not free");
    ensure!(world.verify_count()? <= 1, "one press, at most one VERIFY");
    Ok(())
}
