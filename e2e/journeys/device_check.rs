//! The check at the device with the card over pcscd (DA-5…DA-11): by PIN, by the eye, by each phone; for the eligibility alone.

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::World;
use serde_json::json;

use crate::card_check::{enter_printed, photo};
use crate::pictures::{Camera, another_card};
use crate::way;

const WIDTHS: [u32; 3] = [360, 820, 1280];
pub(crate) const ALONE: &str = "ご本人が答えられないとき";
pub(crate) const DONE: &str = "資格を確認し、同意を登録しました";

/// Looks at a screen of the device at the three widths.
pub(crate) async fn look(world: &World, tablet: &Tablet, name: &str) -> anyhow::Result<()> {
    let mut camera = Camera { tablet, folder: world.folder.join("../../pictures"), taken: 0 };
    camera.take_at(name, &WIDTHS).await
}

/// From the home to the reader, agreeing to all (DA-7).
pub(crate) async fn to_reader(tablet: &Tablet) -> anyhow::Result<()> {
    tablet.sees("同意する内容をお選びください").await?;
    tablet.pick(way::ASSIST, "本人").await?;
    tablet.press("すべて同意する").await?;
    tablet.press("次へ").await?;
    tablet.sees("この内容でよろしいですか").await?;
    tablet.press("同意内容を登録する").await
}

pub(crate) async fn read(tablet: &Tablet) -> anyhow::Result<()> {
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await
}

pub(crate) async fn close_filed(tablet: &Tablet) -> anyhow::Result<()> {
    tablet.press("保存して閉じる").await?;
    tablet.heading("認証選択").await
}

/// 暗証番号: with consent, closed without filing and found again; and for the eligibility alone (X63).
pub(crate) async fn by_pin(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::device(&tablet, world).await?;
    tablet.sees("この方だけ目視で確認").await?;
    look(world, &tablet, "da-5-home").await?;
    tablet.press("暗証番号で確認").await?;
    tablet.sees("同意する内容をお選びください").await?;
    // Nothing goes on with an answer missing.
    tablet.press("次へ").await?;
    tablet.sees("操作する方をお選びください").await?;
    look(world, &tablet, "da-7-consent").await?;
    // The patient's letters, for as long as the patient looks.
    tablet.press("もっと大きな文字").await?;
    let size = "return document.documentElement.getAttribute('data-text')";
    ensure!(tablet.script(size).await? == json!("2"), "the letters are not larger");
    to_reader(&tablet).await?;
    ensure!(tablet.script(size).await? == json!("2"), "they stay from step to step");
    tablet.sees("暗証番号はご本人が入力します").await?;
    look(world, &tablet, "da-8b-reader").await?;
    read(&tablet).await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    for words in [DONE, "カードをお返しください", "一郎", "負担割合", "照会番号を登録しますか"] {
        tablet.sees(words).await?;
    }
    ensure!(tablet.script(size).await?.is_null(), "the result is the staff's again");
    look(world, &tablet, "da-10-result").await?;
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");

    // Closing deletes nothing, and says so first.
    tablet.script("document.getElementById('close').click()").await?;
    tablet.sees("まだ保存していません。閉じますか").await?;
    tablet.axe().await?;
    tablet.script("document.getElementById('close-go').click()").await?;
    tablet.heading("認証選択").await?;
    tablet.sees("まだ保存していない結果が1件あります").await?;
    let shown = tablet.text().await?;
    ensure!(!shown.contains("一郎"), "the person is still shown: {shown}");
    ensure!(way::rows(world).await? == 1, "the office has it");
    tablet.press("まだ保存していない結果").await?;
    tablet.heading("まだ保存していない結果").await?;
    look(world, &tablet, "x49-unfiled").await?;
    tablet.script("document.querySelector('main table a').click()").await?;
    tablet.sees("一郎").await?;
    close_filed(&tablet).await?;
    ensure!(!tablet.text().await?.contains("まだ保存していない結果が"), "it is filed");

    // X63: no consent is made up.
    tablet.press("暗証番号で確認").await?;
    tablet.press(ALONE).await?;
    tablet.sees("ご本人の意思を確認できないため").await?;
    read(&tablet).await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.sees("同意は登録していません").await?;
    close_filed(&tablet).await?;
    ensure!(way::rows(world).await? == 1, "no further consent");
    Ok(())
}

/// 目視: once, with the chip's photo; standing, and not matched.
pub(crate) async fn by_eye(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::device(&tablet, world).await?;
    tablet.press("この方だけ目視で確認").await?;
    to_reader(&tablet).await?;
    tablet.sees("カードの顔写真とご本人を見くらべてください").await?;
    world.take_apdus()?;
    tablet.press_in_vain("一致した").await?;
    tablet.press("患者ご本人に、カードの読み取りについて説明し、同意を得ました").await?;
    tablet.press("カードの中の顔写真も見る").await?;
    enter_printed(&tablet, None).await?;
    photo(&tablet).await?;
    look(world, &tablet, "da-8a-eye").await?;
    ensure!(world.verify_count()? == 1, "照合番号B alone");
    tablet.press("一致した").await?;
    for words in [DONE, "目視", "ありません(職員が見くらべました)"] {
        tablet.sees(words).await?;
    }
    ensure!(tablet.script("return !!document.querySelector('img')").await? == false, "the photo is still there");
    ensure!(world.verify_count()? == 1, "no PIN was typed");
    close_filed(&tablet).await?;

    // The toggle stands, over a reload too; what does not match reads nothing (X27).
    tablet.press("目視確認で本人認証").await?;
    tablet.sees("目視で確認").await?;
    way::device(&tablet, world).await?;
    tablet.sees("目視で確認").await?;
    ensure!(tablet.script("return document.getElementById('visual-toggle').checked").await? == true, "the toggle fell back");
    tablet.script("document.querySelector('.desk-ways a[href=\"/d/check/visual\"]').click()").await?;
    tablet.press(ALONE).await?;
    tablet.sees("カードの顔写真とご本人を見くらべてください").await?;
    world.take_apdus()?;
    tablet.press("一致しない").await?;
    tablet.sees("本人確認ができませんでした").await?;
    look(world, &tablet, "x27-not-matched").await?;
    ensure!(world.take_apdus()?.is_empty(), "something was read of the card");
    ensure!(way::rows(world).await? == 1, "something of it is stored");
    Ok(())
}

/// スマホ: refused by the dated rows, taken where the institution says so, each kind told apart, no try wasted.
pub(crate) async fn by_phone(world: &mut World) -> anyhow::Result<()> {
    let institution = world.demo.logins.first().context("no login")?.institution.clone();
    let tablet = world.tablet().await?;
    way::device(&tablet, world).await?;
    tablet.press("暗証番号で確認").await?;
    tablet.press(ALONE).await?;
    tablet.sees("ここでは使えません").await?;
    world.operate(&["settings", "set", "--institution", institution.as_str(), "--home-visit-phones", "on"])?;

    way::device(&tablet, world).await?;
    tablet.press("暗証番号で確認").await?;
    to_reader(&tablet).await?;
    tablet.pick("何をかざしますか", "iPhone").await?;
    tablet.sees("選んだものとちがうものが置かれています(Androidスマートフォン)").await?;
    tablet.pick("何をかざしますか", "Androidスマートフォン").await?;
    look(world, &tablet, "da-8c-phone").await?;
    read(&tablet).await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    for words in [DONE, "Android"] {
        tablet.sees(words).await?;
    }
    close_filed(&tablet).await?;

    // An iPhone that its owner unlocked: no pad, no VERIFY; X25 first.
    another_card(world, "ichiro:phone-ios-bio").await?;
    let before = world.verify_count()?;
    tablet.press("暗証番号で確認").await?;
    to_reader(&tablet).await?;
    read(&tablet).await?;
    tablet.press("今回の内容に置きかえる").await?;
    for words in [DONE, "iPhone", "スマートフォンの画面ロック"] {
        tablet.sees(words).await?;
    }
    ensure!(world.verify_count()? == before, "a try was spent on an unlocked phone");
    close_filed(&tablet).await?;

    // X56: no grace for a phone. X55: none by the eye.
    another_card(world, "ichiro:phone-ended").await?;
    tablet.press("暗証番号で確認").await?;
    tablet.press(ALONE).await?;
    read(&tablet).await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.sees("スマートフォンの電子証明書は使えなくなっています").await?;
    tablet.axe().await?;
    way::device(&tablet, world).await?;
    tablet.press("この方だけ目視で確認").await?;
    tablet.press(ALONE).await?;
    tablet.sees("ここでは使えません").await?;
    // X08: the card itself is still in its grace.
    way::device(&tablet, world).await?;
    another_card(world, "ichiro:expired").await?;
    tablet.press("暗証番号で確認").await?;
    to_reader(&tablet).await?;
    read(&tablet).await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.sees("資格の確認はできますが、診療・薬剤などの情報は見られません").await?;
    tablet.sees("同意は登録していません").await?;
    look(world, &tablet, "x08-grace").await
}
