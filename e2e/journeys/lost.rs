//! Reload, Back and a lost network: no choice is lost, nothing is registered twice.

use anyhow::ensure;
use e2e::proxy::Loss;
use e2e::stack::World;
use e2e::wait::{LIMIT, until};

use crate::way;

/// Reload and Back on each step keep the choices.
pub(crate) async fn reload_and_back(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_choices(&tablet, &world.reception_url()).await?;
    tablet.pick("手術の情報", "同意しない").await?;
    tablet.driver.refresh().await?;
    way::go_on(&tablet).await?;
    tablet.heading("同意する内容をお選びください").await?;
    let kept = tablet.script("return document.querySelectorAll('input:checked').length").await?;
    ensure!(kept.as_u64().is_some_and(|kept| kept >= 1), "a reload loses the answer");
    tablet.press("すべて同意する").await?;
    tablet.press("次へ").await?;
    tablet.heading("この内容でよろしいですか").await?;
    tablet.driver.refresh().await?;
    way::go_on(&tablet).await?;
    tablet.heading("この内容でよろしいですか").await?;
    tablet.driver.back().await?;
    tablet.heading("同意する内容をお選びください").await?;
    tablet.driver.forward().await?;
    tablet.heading("この内容でよろしいですか").await?;
    tablet.press("同意内容を登録する").await?;
    tablet.heading("ご本人の確認").await?;
    // With the PIN frame open: the reading ends with the page, the card is free, the choices stand.
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet.in_pin_frame(async || Ok(())).await?;
    tablet.driver.refresh().await?;
    way::go_on(&tablet).await?;
    tablet.heading("ご本人の確認").await?;
    tablet.sees("もう一度カードと暗証番号で確かめます").await?;
    way::prove(&tablet).await?;
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");
    tablet.driver.refresh().await?;
    way::go_on(&tablet).await?;
    tablet.heading("受付が終わりました").await?;
    way::result(&tablet).await?;
    ensure!(way::rows(world).await? == 1, "one row");
    Ok(())
}

/// The proof is lost on its way, then its answer is: the same result, one row, one VERIFY each.
pub(crate) async fn network(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    let url = world.reception_url();
    way::to_card(&tablet, &url).await?;
    // A browser may send a lost request once more by itself: lose it twice.
    world.net.lose(Loss::Request("/proof".to_owned()));
    world.net.lose(Loss::Request("/proof".to_owned()));
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    world.net.lost(1).await?;
    tablet.sees("U-X01").await?;
    tablet.axe().await?;
    let happened = world.net.losses_happened();
    tablet.press("もう一度").await?;
    if happened == 1 {
        // The second loss waited for this press.
        tablet.sees("U-X01").await?;
        tablet.press("もう一度").await?;
    }
    tablet.heading("受付が終わりました").await?;
    way::result(&tablet).await?;
    way::finish(&tablet).await?;
    ensure!(world.verify_count()? == 1, "a lost network costs no PIN");
    ensure!(way::rows(world).await? == 1, "one row");
    Ok(())
}

/// The server commits, its answer is lost, the server dies: after its return the same answer, one row.
pub(crate) async fn killed_after_commit(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    world.net.lose(Loss::Answer("/proof".to_owned()));
    world.net.lose(Loss::Answer("/proof".to_owned()));
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    world.net.lost(1).await?;
    world.kill_server().await?;
    tablet.sees("U-X01").await?;
    tablet.sees("二重に登録されることはありません").await?;
    world.start_server().await?;
    // The second loss may still wait for a press.
    until("the patient's part to end", LIMIT, async || {
        let shown = tablet.text().await.map_err(|error| error.to_string())?;
        if shown.contains("受付が終わりました") {
            return Ok(());
        }
        if tablet.offers("もう一度").await.is_ok_and(|offered| offered) {
            tablet.press("もう一度").await.map_err(|error| error.to_string())?;
        }
        Err(shown)
    })
    .await?;
    tablet.heading("受付が終わりました").await?;
    let receipt = way::result(&tablet).await?;
    tablet.driver.refresh().await?;
    ensure!(way::receipt_after_reload(&tablet).await? == receipt, "another receipt after the reload");
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");
    ensure!(way::rows(world).await? == 1, "one row");
    Ok(())
}
