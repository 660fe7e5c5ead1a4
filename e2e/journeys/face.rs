//! The frame for 照合番号B in a browser, opened by itself. Within the page of an institution: `card_check`.

use anyhow::ensure;
use e2e::browser::Tablet;
use e2e::page::{Heard, Page, frame_origin};
use e2e::stack::World;
use shared::reader::{CardKind, FaceSignature};

use crate::pictures::RULER;

/// Offers the frame for the card that lies there, and opens it in the tablet.
async fn frame(tablet: &Tablet, page: &mut Page) -> anyhow::Result<u64> {
    page.state_is("a known card", |state| {
        state.readers.iter().any(|reader| reader.card.is_some_and(|card| card.kind == Some(CardKind::MyNumberCard)))
    })
    .await?;
    let id = page.face().await?;
    let Heard::PinNeeded { ticket, .. } = page.hear(id).await? else { anyhow::bail!("no frame offered") };
    tablet.open(&format!("{}/pin/{ticket}", frame_origin())).await?;
    Ok(id)
}

async fn is_fit(tablet: &Tablet) -> anyhow::Result<()> {
    tablet.axe().await?;
    let wrong = tablet.script(RULER).await?;
    ensure!(wrong.as_array().is_some_and(Vec::is_empty), "the ruler finds {wrong}");
    Ok(())
}

/// Typed on a keyboard without any other key: refused here when it cannot be, wrong, then right.
pub(crate) async fn by_keys(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    let mut page = Page::connect(&world.origin()).await?;
    frame(&tablet, &mut page).await?;
    tablet.sees("残り10回").await?;
    let focus = "return document.activeElement.id";
    ensure!(tablet.script(focus).await? == "year", "the first field has the focus");
    for width in [360, 820] {
        tablet.resize(width, 1180).await?;
        is_fit(&tablet).await?;
    }

    // What cannot be is told here and spends nothing.
    tablet.press("確定").await?;
    tablet.sees("生年月日の年を").await?;
    ensure!(tablet.script(focus).await? == "year", "the field in question has the focus");
    is_fit(&tablet).await?;
    tablet.keys("3513").await?;
    tablet.press("確定").await?;
    tablet.sees("生年月日の月を").await?;
    // In a low window what is wrong stands beside its field.
    tablet.resize(568, 320).await?;
    for (label, digits) in [("月", "6"), ("日", "2"), ("カードの有効期限", "2033")] {
        tablet.fill(label, digits).await?;
    }
    tablet.press("確定").await?;
    tablet.sees("セキュリティコードを、4けた").await?;
    let in_view = "return ['message', 'code'].map(id => document.getElementById(id).getBoundingClientRect())
        .every(box => box.top >= 0 && box.bottom <= innerHeight)";
    ensure!(tablet.script(in_view).await? == true, "the field or what is wrong with it is out of view");
    is_fit(&tablet).await?;
    tablet.resize(820, 1180).await?;
    ensure!(world.verify_count()? == 0, "nothing was sent");

    // Full-width digits become half-width before the person's eyes; a field that is full leads on to the next.
    tablet.script("document.getElementById('entry').reset(); document.getElementById('year').focus()").await?;
    // So do those of a number pad whose NumLock is off; its point wipes nothing.
    for (place, key) in [("Numpad3", "PageDown"), ("NumpadDecimal", "Delete"), ("Numpad5", "Clear"), ("Numpad0", "Insert")] {
        tablet.number_pad(place, key).await?;
    }
    let typed = tablet.script("return [...document.querySelectorAll('input')].map(i => i.value).join(' ').trim()").await?;
    ensure!(typed == "35 0", "the number pad typed {typed}");
    tablet.script("document.getElementById('entry').reset(); document.getElementById('year').focus()").await?;
    for digits in ["３５", "06", "02", "2033", "9999"] {
        tablet.keys(digits).await?;
    }
    let typed = tablet.script("return [...document.querySelectorAll('input')].map(i => i.value).join(' ')").await?;
    ensure!(typed == "35 06 02 2033 9999", "typed {typed}");
    tablet.key_down("Enter", "\r", true).await?;
    ensure!(world.verify_count()? == 0, "a held key pressed 確定");
    tablet.key_down("Enter", "\r", false).await?;
    tablet.key_up("Enter").await?;
    tablet.sees("カードの数字とちがいます。あと9回").await?;
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");
    is_fit(&tablet).await?;

    // One digit is enough for a month and a day.
    let id = frame(&tablet, &mut page).await?;
    for (label, digits) in [("年", "35"), ("月", "6"), ("日", "2"), ("カードの有効期限", "2033"), ("セキュリティコード", "1201")]
    {
        tablet.fill(label, digits).await?;
    }
    tablet.press("確定").await?;
    tablet.sees("数字を確認しました").await?;
    ensure!(world.verify_count()? == 2, "two presses, two VERIFY");
    ensure!(page.photo(id).await? == FaceSignature::Fits, "the photo came");

    Ok(())
}

/// One try left: the frame asks first.
pub(crate) async fn last_try(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    let mut page = Page::connect(&world.origin()).await?;
    let id = frame(&tablet, &mut page).await?;
    tablet.sees("あと1回まちがえるとロックされます").await?;
    ensure!(!tablet.offers("確定").await?, "the fields are shown before the question was answered");
    is_fit(&tablet).await?;
    tablet.press("わかりました。入力する").await?;
    for digits in ["35", "06", "02", "2033", "1201"] {
        tablet.keys(digits).await?;
    }
    tablet.press("確定").await?;
    tablet.sees("数字を確認しました").await?;
    ensure!(page.photo(id).await? == FaceSignature::Fits, "the photo came");
    Ok(())
}
