//! カードの確認 of the device desk, and the choice among several readers.

use anyhow::ensure;
use e2e::browser::Tablet;
use e2e::stack::World;
use e2e::wait::{LIMIT, until};

use crate::way;

/// What is printed on the card of 資格 一郎, field by field.
const PRINTED: [(&str, &str); 5] = [("年", "35"), ("月", "06"), ("日", "02"), ("カードの有効期限", "2033"), ("セキュリティコード", "1201")];
const CONSENT: &str = "患者ご本人に、カードの読み取りについて説明し、同意を得ました";
const FACE: &str = "カードの中の顔写真を表示";

/// Opens the screen, on a device.
pub(crate) async fn open(desk: &Tablet, world: &World) -> anyhow::Result<()> {
    way::device(desk, world).await?;
    desk.press("カードの確認").await?;
    desk.heading("カードの確認").await
}

/// Ticks the consent.
pub(crate) async fn consent(desk: &Tablet) -> anyhow::Result<()> {
    desk.press(CONSENT).await
}

/// Types what is printed on the card into the helper's frame, with another security code where one is given.
pub(crate) async fn enter_printed(desk: &Tablet, code: Option<&str>) -> anyhow::Result<()> {
    desk.in_pin_frame(async || {
        for (label, digits) in PRINTED {
            let digits = code.filter(|_| label == "セキュリティコード").unwrap_or(digits);
            desk.fill(label, digits).await?;
        }
        desk.press("確定").await
    })
    .await
}

/// Waits until the photo is there and drawn.
pub(crate) async fn photo(desk: &Tablet) -> anyhow::Result<()> {
    until("the photo", LIMIT, async || {
        let script = "const p = document.getElementById('card-photo'); return p && p.complete ? [p.naturalWidth, p.clientWidth] : [0, 0]";
        let seen = desk.script(script).await.map_err(|error| error.to_string())?;
        let width = |at: usize| seen.get(at).and_then(serde_json::Value::as_u64).unwrap_or(0);
        if width(0) > 0 && width(1) >= 240 { Ok(()) } else { Err(seen.to_string()) }
    })
    .await
}

async fn is_consented(desk: &Tablet) -> anyhow::Result<bool> {
    Ok(desk.script("return document.getElementById('consent').checked").await? == true)
}

async fn has_photo(desk: &Tablet) -> anyhow::Result<bool> {
    Ok(desk.script("return !!document.querySelector('img')").await? == true)
}

/// Counters, certificate, photo: each after what it needs, and nothing of it is left.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let desk = world.screen(1280, 900).await?;
    open(&desk, world).await?;
    desk.sees("この画面の結果は記録されません").await?;
    desk.sees("下から、確かめることを選んでください").await?;
    desk.axe().await?;

    desk.press("暗証番号の残り回数を確認").await?;
    for words in ["あと3回", "あと5回", "あります"] {
        desk.sees(words).await?;
    }
    ensure!(desk.script("return document.activeElement.id").await? == "card-result", "the result has no focus");
    desk.axe().await?;

    // Not before a person ticked the consent.
    world.take_apdus()?;
    ensure!(!is_consented(&desk).await?, "ticked by nobody");
    for words in ["電子証明書だけを読み取る", FACE] {
        desk.press_in_vain(words).await?;
    }
    ensure!(desk.script("return document.getElementById('reader').dataset.reader").await? == "ready", "an operation began");
    ensure!(world.take_apdus()?.is_empty(), "the card was asked without a consent");

    consent(&desk).await?;
    desk.press("電子証明書だけを読み取る").await?;
    desk.sees("ご本人であることも、ご本人がここにいることも証明していません").await?;
    desk.sees("年）6月2日まで").await?;
    desk.axe().await?;
    ensure!(world.verify_count()? == 0, "no code was typed yet");

    desk.press(FACE).await?;
    enter_printed(&desk, Some("9999")).await?;
    desk.sees("カードの表の数字と合いません。あと9回").await?;
    desk.axe().await?;
    desk.press("もう一度").await?;
    desk.press(FACE).await?;
    enter_printed(&desk, None).await?;
    photo(&desk).await?;
    desk.sees("カードの中の署名と一致しました(署名した機関の確認は行っていません)").await?;
    desk.axe().await?;
    ensure!(world.verify_count()? == 2, "two presses, two VERIFY");

    // The card may leave while the person is compared; its consent leaves with it.
    let card = world.remove().await?;
    desk.sees("カードを置いてください").await?;
    photo(&desk).await?;
    desk.press("一致した").await?;
    desk.sees("この結果は記録されていません").await?;
    ensure!(!has_photo(&desk).await?, "the photo is still there");
    world.put_back(card);
    desk.sees("下から、確かめることを選んでください").await?;
    ensure!(!is_consented(&desk).await?, "the consent outlived the card");

    // A page that nobody sees shows no photo.
    consent(&desk).await?;
    desk.press(FACE).await?;
    enter_printed(&desk, None).await?;
    photo(&desk).await?;
    desk.script(
        "Object.defineProperty(document, 'hidden', { value: true, configurable: true });
         document.dispatchEvent(new Event('visibilitychange'));
         delete document.hidden;
         document.dispatchEvent(new Event('visibilitychange'));",
    )
    .await?;
    desk.sees("画面を離れたため、写真を消しました").await?;
    ensure!(!has_photo(&desk).await?, "the photo is still there");
    // A number by which pages tell each other apart, the key of the helper that was met, and whose name the page has on a home screen:
    // nothing of a patient.
    let left = desk.script("return [...Object.keys(sessionStorage), ...Object.keys(localStorage)].sort().join()").await?;
    ensure!(left == "uketsuke.device.manifest,uketsuke.helper,uketsuke.office.life", "left on the desk: {left}");
    let life = desk.script("return Number(localStorage.getItem('uketsuke.office.life'))").await?;
    ensure!(life.as_f64().is_some(), "no number: {life}");
    ensure!(way::rows(world).await? == 0, "the server has a row");
    Ok(())
}

/// A foreign card on the first reader: the page finds the right one on the second; by hand each of them can be chosen.
pub(crate) async fn two_readers(world: &mut World) -> anyhow::Result<()> {
    world.put_beside("ichiro")?;
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.sees("カードが置かれています").await?;
    tablet.press("カードリーダーを選ぶ").await?;
    tablet.sees("使うカードリーダー").await?;
    tablet.sees("ほかのカードがあります").await?;
    tablet.sees("マイナンバーカードがあります").await?;
    tablet.axe().await?;

    tablet.pick("使うカードリーダー", "Virtual PCD 00 00").await?;
    tablet.sees("このカードは使えません").await?;
    tablet.axe().await?;
    tablet.pick("使うカードリーダー", "自動で選ぶ").await?;
    tablet.sees("カードが置かれています").await?;
    tablet.pick("使うカードリーダー", "Virtual PCD 00 01").await?;
    tablet.sees("カードが置かれています").await?;
    way::prove(&tablet).await?;
    ensure!(world.verify_count()? == 0, "the foreign card was given a PIN");
    ensure!(way::rows(world).await? == 1, "one visit, one row");
    Ok(())
}
