//! How page and helper find each other, or say why they do not.

use anyhow::ensure;
use e2e::stack::World;

use crate::way;

/// The helper does not run (X15); once started, the page goes on by itself.
pub(crate) async fn no_helper(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.sees("U-X15").await?;
    tablet.sees("読み取りプログラムが見つかりません").await?;
    tablet.axe().await?;
    world.start_helper().await?;
    tablet.sees("カードが置かれています").await?;
    way::prove(&tablet).await?;
    ensure!(way::rows(world).await? == 1, "one row");
    Ok(())
}

/// Another program answers in the helper's place: the page asks a person first. The same helper started again is no stranger.
pub(crate) async fn another_helper(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.sees("カードが置かれています").await?;
    world.kill_helper().await?;
    tablet.sees("読み取りプログラムが見つかりません").await?;
    world.start_helper().await?;
    tablet.sees("カードが置かれています").await?;

    world.kill_helper().await?;
    tablet.sees("読み取りプログラムが見つかりません").await?;
    std::fs::remove_file(world.folder.join("config/uketsuke/identity.p8"))?;
    world.start_helper().await?;
    tablet.sees("読み取りプログラムが、前に使ったものと違います").await?;
    tablet.axe().await?;
    ensure!(!tablet.offers("読み取りを始める").await?, "nothing can be started with a stranger");
    tablet.press("このまま使う").await?;
    tablet.sees("カードが置かれています").await?;
    way::prove(&tablet).await?;
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");
    Ok(())
}

/// A page that counts as public, permission denied (X17): says how to allow it, touches no card; granted, it goes on.
pub(crate) async fn denied(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    tablet.loopback(&world.origin(), "denied").await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.sees("U-X17").await?;
    tablet.sees("ブラウザの接続の許可が止まっています").await?;
    tablet.axe().await?;
    ensure!(world.card(|card| card.log().len())? == 0, "the card was asked something");
    tablet.loopback(&world.origin(), "granted").await?;
    tablet.press("もう一度確かめる").await?;
    tablet.sees("カードが置かれています").await?;
    way::prove(&tablet).await?;
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");
    Ok(())
}

/// A page that counts as public, permission granted beforehand.
pub(crate) async fn granted(world: &mut World) -> anyhow::Result<()> {
    let desk = world.screen(1280, 800).await?;
    desk.loopback(&world.origin(), "granted").await?;
    way::to_card(&desk, &world.reception_url()).await?;
    if desk.offers("接続する").await? {
        desk.press("接続する").await?;
    }
    desk.sees("カードが置かれています").await?;
    way::prove(&desk).await?;
    way::result(&desk).await?;
    way::finish(&desk).await
}

/// Two pages, one card: the second sees that it is in use and may take over; one VERIFY, one row.
pub(crate) async fn two_tabs(world: &mut World) -> anyhow::Result<()> {
    let first = world.tablet().await?;
    let second = world.tablet().await?;
    way::to_card(&first, &world.reception_url()).await?;
    way::to_card(&second, &world.reception_url()).await?;
    first.sees("カードが置かれています").await?;
    first.press("読み取りを始める").await?;
    first.in_pin_frame(async || Ok(())).await?;
    second.sees("ほかの画面で使用中です").await?;
    second.axe().await?;
    second.press("こちらで使う").await?;
    first.sees("ほかの画面に切り替わりました").await?;
    first.axe().await?;
    second.enter_pin(virtual_card::AUTH_PIN).await?;
    second.heading("受付が終わりました").await?;
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");
    ensure!(way::rows(world).await? == 1, "one row");
    Ok(())
}
