//! 機関コードの変更・承継 (OT-30, X64): planned by the operator, chosen by the admin, done by itself; the old bookmark says so.

use anyhow::ensure;
use e2e::stack::{Login, World};
use e2e::wait::{LIMIT, until};

use crate::office::{log_in, ready_account};
use crate::pictures::Camera;
use crate::way;

const NEW: &str = "9919900010";

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let admin = ready_account(world)?;
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    way::prove(&tablet).await?;
    way::result(&tablet).await?;

    let desk = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    log_in(&desk, world, &admin).await?;
    desk.heading("メニュー").await?;
    desk.press("機関コードの変更(承継)").await?;
    desk.heading("機関コードの変更(承継)").await?;
    desk.sees("機関コードの変更は予定されていません。").await?;
    camera.take_at("ot-30-none", &[360, 820, 1280]).await?;

    // For today: it happens within a minute or so, and the admin is quicker.
    let data = world.data().to_string_lossy().into_owned();
    let today = today(world).await?;
    let start = ["succession", "start", "--data", &data, "--demo", "--institution", &admin.institution, "--new-code", NEW];
    let later = [&start[..], &["--from", "2099-04-01", "--reason", "A"]].concat();
    world.server_command(&later).await?;
    desk.open(&format!("{}/succession", world.office_url())).await?;
    desk.sees("A 開設者の変更").await?;
    desk.sees("まだ選んでいません").await?;
    desk.press("アカウント").await?;
    desk.press("照会番号").await?;
    camera.take_at("ot-30", &[360, 820, 1280]).await?;
    desk.press("この内容で決める").await?;
    desk.sees("引き継ぐものを決めますか").await?;
    desk.fill("新しい機関コードを入力してください", &admin.institution).await?;
    desk.press_in("dialog", "この内容で決める").await?;
    desk.sees("新しい機関コードとちがいます。").await?;
    desk.axe().await?;
    desk.fill("新しい機関コードを入力してください", NEW).await?;
    desk.press_in("dialog", "この内容で決める").await?;
    desk.sees("引き継ぐものを決めました。").await?;
    desk.sees("アカウント、資格確認の履歴、照会番号").await?;

    // Called off, and planned for today instead: the choice is made again.
    world.server_command(&["succession", "cancel", "--data", &data, "--demo", "--institution", &admin.institution]).await?;
    let now = [&start[..], &["--from", &today, "--reason", "D"]].concat();
    world.server_command(&now).await?;
    let url = world.reception_url();
    until("the end of the former code", 4 * LIMIT, async || {
        tablet.open("about:blank").await.map_err(|error| error.to_string())?;
        tablet.open(&url).await.map_err(|error| error.to_string())?;
        let shown = tablet.text().await.map_err(|error| error.to_string())?;
        if shown.contains("U-X64") { Ok(()) } else { Err(shown) }
    })
    .await?;
    let shown = tablet.text().await?;
    ensure!(shown.contains("医療機関コードが") && !shown.contains(NEW), "the bookmark says too little or too much: {shown}");
    let mut second = Camera { tablet: &tablet, folder: world.folder.join("../../pictures"), taken: 0 };
    second.take_at("x64", &[360, 820]).await?;

    // The former code is read by its admin, and the new one is entered with the same account.
    desk.open("about:blank").await?;
    log_in(&desk, world, &admin).await?;
    desk.sees("見ることだけができます").await?;
    desk.press("機関コードの変更(承継)").await?;
    desk.sees("機関コードは切り替わりました。").await?;
    camera.take_at("ot-30-done", &[360, 1280]).await?;
    desk.press("同意済資格情報取得").await?;
    desk.press("検索").await?;
    desk.sees("検索結果：1件").await?;
    desk.press("ログアウト").await?;
    log_in(&desk, world, &Login { institution: NEW.to_owned(), ..admin }).await?;
    desk.heading("メニュー").await
}

/// Today in Japan, by the browser's clock.
async fn today(world: &mut World) -> anyhow::Result<String> {
    let window = world.screen(820, 900).await?;
    let day = window.script("return new Date(Date.now() + 9 * 3600e3).toISOString().slice(0, 10)").await?;
    Ok(day.as_str().unwrap_or_default().to_owned())
}
