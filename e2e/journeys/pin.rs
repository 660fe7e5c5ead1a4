//! The PIN: tries spent are presses, never more; ending is always possible.

use anyhow::{Context as _, ensure};
use e2e::page::{Heard, Page, frame_origin, press_pin};
use e2e::stack::World;
use shared::reader::{CardKind, ErrorCode, Failure, Spent};

use crate::{card_check, way};

/// Wrong, wrong once more, then right on the last try, which is asked for again.
pub(crate) async fn wrong_then_right(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet.enter_pin("9876").await?;
    tablet.sees("U-X02").await?;
    tablet.sees("あと2回でロックされます").await?;
    tablet.axe().await?;
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");

    again(&tablet).await?;
    tablet.enter_pin("9875").await?;
    tablet.sees("暗証番号がちがいます。あと1回まちがえるとロックされます").await?;
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
    tablet.sees("カードが置かれています").await?;
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
    tablet.sees("カードが置かれています").await?;
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

/// With one try left the frame's first button ends it: nothing is sent, and the page leads to the ways without the PIN.
pub(crate) async fn stopped_before_the_last_try(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet
        .in_pin_frame(async || {
            tablet.sees("あと1回まちがえるとロックされます").await?;
            // From where the focus is, the first key that presses something presses this.
            tablet.keys("\u{E004}").await?;
            ensure!(tablet.script("return document.activeElement.id").await? == "stop", "the first button is another one");
            tablet.press("やめる").await
        })
        .await?;
    tablet.sees("暗証番号の入力をやめました").await?;
    tablet.sees("暗証番号の回数は減っていません").await?;
    tablet.axe().await?;
    ensure!(world.verify_count()? == 0, "nobody pressed 確定");
    let first = tablet.script("return document.querySelector('#reader .actions button').id").await?;
    ensure!(first == "paper", "the first way on is {first}");
    tablet.press_in("#reader .actions", "カードを使わない方法").await?;
    tablet.heading("カードを使わない確認の方法").await
}

/// A card that was set up without a PIN: not called locked, and led to what there is for it.
pub(crate) async fn none(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet.sees("「顔認証」と書かれているとき").await?;
    tablet.sees("暗証番号のないカードです").await?;
    tablet.sees("書かれていないとき").await?;
    let title = tablet.script("return document.querySelector('.reader__title').innerText").await?;
    ensure!(title == "このカードの暗証番号は使えません", "it is called {title}");
    tablet.axe().await?;
    tablet.press_in("#reader .actions", "カードを使わない方法").await?;
    tablet.heading("カードを使わない確認の方法").await?;
    tablet.axe().await?;
    let desk = tablet.script("return [...document.querySelectorAll('main a')].map(a => a.href)").await?;
    ensure!(desk == serde_json::json!([format!("{}/d", world.origin())]), "it leads to {desk}");
    tablet.open(&format!("{}/d", world.origin())).await?;
    card_check::open(&tablet, world).await?;
    tablet.press("暗証番号の残り回数を確認").await?;
    tablet.sees("「顔認証」と書かれているとき").await?;
    tablet.axe().await?;
    ensure!(world.verify_count()? == 0, "a PIN was sent");
    Ok(())
}

/// A keyboard whose number pad has NumLock off: its keys are digits all the same, and its point wipes nothing.
pub(crate) async fn number_pad(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    let on = "return document.querySelectorAll('#dots .on').length";
    tablet
        .in_pin_frame(async || {
            for (place, key) in [("Numpad0", "Insert"), ("Numpad5", "Clear"), ("Numpad9", "PageUp")] {
                tablet.number_pad(place, key).await?;
            }
            tablet.sees("3けた入力しました").await?;
            tablet.number_pad("NumpadDecimal", "Delete").await?;
            tablet.sees("数字4けたで入力してください").await?;
            ensure!(tablet.script(on).await? == 3, "the point beside the digits wiped them");
            tablet.press("全部消す").await?;
            for (place, key) in [("Numpad1", "End"), ("Numpad2", "ArrowDown"), ("Numpad3", "PageDown"), ("Numpad4", "ArrowLeft")] {
                tablet.number_pad(place, key).await?;
            }
            tablet.press("確定").await
        })
        .await?;
    tablet.heading("受付が終わりました").await?;
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");
    Ok(())
}

/// A reader that holds a card of its own for good, beside the one for the patient: that one asks for the card. Who takes it away right
/// after 確定 is not told that the number was wrong.
pub(crate) async fn beside_a_card_that_stays(world: &mut World) -> anyhow::Result<()> {
    world.put_beside("ichiro:foreign")?;
    let mut page = Page::connect(&world.origin()).await?;
    page.state_is("the card that stays", |state| {
        state.readers.iter().any(|reader| reader.card.is_some_and(|card| card.kind == Some(CardKind::Foreign)))
    })
    .await?;
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.sees("マイナンバーカードを置いてください").await?;
    tablet.axe().await?;
    world.put("ichiro")?;
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet.in_pin_frame(async || Ok(())).await?;
    // VERIFY is the third command after the press.
    world.card(|card| card.set_fault(Some(virtual_card::Fault::RemoveDuring(3))))?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.sees("カードがカードリーダーから離れたため").await?;
    tablet.sees("暗証番号が合っていたかどうかも").await?;
    let shown = tablet.text().await?;
    ensure!(!shown.contains("ちがいます") && !shown.contains("U-X02"), "it reads as a wrong PIN: {shown}");
    tablet.axe().await?;
    // Both readers have seen it leave; the one that holds its own card hides nothing.
    let card = world.player().remove().context("the card")?;
    ensure!(card.verify_count() == 1, "one press, one VERIFY");
    page.state_is("an empty reader", |state| state.readers.iter().any(|reader| reader.card.is_none())).await?;
    tablet.press("もう一度").await?;
    tablet.sees("マイナンバーカードを置いてください").await?;
    world.put_back(card);
    tablet.sees("カードが置かれています").await?;
    way::prove(&tablet).await?;
    ensure!(way::rows(world).await? == 1, "one visit, one row");
    Ok(())
}
