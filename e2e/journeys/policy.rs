//! What an administrator prepares: the browser's policy, and the certificate for wss.

use std::path::Path;

use anyhow::{Context as _, ensure};
use e2e::stack::World;

use crate::{office, way};

/// Where Chromium reads managed policies; replaced within this journey's own mount namespace.
const CHROMIUM: &str = "/etc/chromium";

/// A page that counts as public needs nobody's word when the managed policy is the one that the helper prints; the same browser
/// without that file refuses it.
pub(crate) async fn managed(world: &mut World) -> anyhow::Result<()> {
    run("mount", &["-t", "tmpfs", "tmpfs", CHROMIUM]).await?;
    let without = world.tablet().await?;
    way::to_card(&without, &world.reception_url()).await?;
    if without.offers("接続する").await? {
        without.press("接続する").await?;
    }
    without.sees("ブラウザの接続の許可が止まっています").await?;
    ensure!(world.card(|card| card.log().len())? == 0, "the card was asked something");

    let policy = world.helper_command(&["browser-policy", &world.origin(), "--browser", "chromium"]).await?;
    let folder = Path::new(CHROMIUM).join("policies/managed");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("uketsuke.json"), policy)?;
    let managed = world.tablet().await?;
    way::to_card(&managed, &world.reception_url()).await?;
    managed.sees("カードが置かれています").await?;
    way::prove(&managed).await?;
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");
    Ok(())
}

/// The whole visit over wss with the PIN frame over https; a browser that does not trust the CA finds no helper.
pub(crate) async fn wss(world: &mut World) -> anyhow::Result<()> {
    let stranger = world.tablet().await?;
    way::to_card(&stranger, &world.reception_url()).await?;
    stranger.sees("読み取りプログラムが見つかりません").await?;

    let ca = world.folder.join("config/uketsuke/tls/ca.pem");
    let ca = ca.to_str().context("a path in letters")?;
    let store = world.folder.join("home/.pki/nssdb");
    std::fs::create_dir_all(&store)?;
    let store = format!("sql:{}", store.display());
    run("certutil", &["-d", &store, "-N", "--empty-password"]).await?;
    run("certutil", &["-d", &store, "-A", "-t", "C,,", "-n", "uketsuke-helper", "-i", ca]).await?;
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.sees("カードが置かれています").await?;
    way::prove(&tablet).await?;
    way::result(&tablet).await?;
    let addresses = tablet.script("return performance.getEntriesByType('resource').map(entry => entry.name).join(' ')").await?;
    let addresses = addresses.as_str().unwrap_or_default();
    ensure!(!addresses.contains("http://127.0.0.1"), "something went plain: {addresses}");
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");
    ensure!(way::rows(world).await? == 1, "one row");
    // The helper's own page, while the card lies there: it runs, and not a word more.
    tablet.open("https://127.0.0.1:35970/").await?;
    tablet.sees("カード読み取りプログラムは動いています").await?;
    tablet.axe().await?;
    let text = tablet.text().await?;
    ensure!(!["localhost", "8080", "Virtual", "マイナンバー"].iter().any(|data| text.contains(data)), "the status page shows data: {text}");
    Ok(())
}

/// No page of ours makes elements or a program of text, whatever asks for it; the control is the helper's page, whose policy does not say so.
pub(crate) async fn trusted_types(world: &mut World) -> anyhow::Result<()> {
    let text_to_elements =
        "try { document.createElement('p').innerHTML = '<b>x</b>'; return 'made' } catch (refused) { return refused.name }";
    let tablet = world.tablet().await?;
    for (path, heading) in
        [(world.reception_url(), "受付"), (world.office_url(), "ログイン"), (format!("{}/d", world.origin()), "はじめにお読みください")]
    {
        tablet.open(&path).await?;
        tablet.sees(heading).await?;
        let outcome = tablet.script(text_to_elements).await?;
        ensure!(outcome.as_str() == Some("TypeError"), "{path}: {outcome}");
        let policy = "try { trustedTypes.createPolicy('any', {}); return 'made' } catch (refused) { return refused.name }";
        let outcome = tablet.script(policy).await?;
        ensure!(outcome.as_str() == Some("TypeError"), "{path}: a policy: {outcome}");
        let console = tablet.console().await?;
        let told = console.iter().filter(|line| line.contains("Trusted")).count();
        ensure!(told == 2, "{path}: our two tries and nothing of the page's own, not {told}: {console:?}");
    }
    // What the pages themselves draw, a QR code among it, does without.
    let admin = office::ready_account(world)?;
    let desk = world.screen(1280, 900).await?;
    office::log_in(&desk, world, &admin).await?;
    desk.heading("メニュー").await?;
    desk.press("医療機関別URL取得・変更").await?;
    desk.sees(&world.reception_url()).await?;
    let drawn = desk.script("return document.querySelector('.office-qr path').getBoundingClientRect().width > 50").await?;
    ensure!(drawn.as_bool() == Some(true), "no QR code is drawn");

    tablet.open("http://127.0.0.1:35970/").await?;
    tablet.sees("カード読み取りプログラムは動いています").await?;
    let outcome = tablet.script(text_to_elements).await?;
    ensure!(outcome.as_str() == Some("made"), "the control: {outcome}");
    Ok(())
}

async fn run(program: &str, args: &[&str]) -> anyhow::Result<()> {
    let done = tokio::process::Command::new(program).args(args).output().await.with_context(|| program.to_owned())?;
    ensure!(done.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}
