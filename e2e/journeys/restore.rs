//! A visit is made, backed up while the server runs, restored into a new folder, and found in the office of the server on it.

use anyhow::{Context as _, ensure};
use e2e::stack::World;
use e2e::wait::{LIMIT, until};

use crate::office::{log_in, ready_account};
use crate::pictures::Camera;
use crate::way;

/// The whole way (OT-37, P-BACKUP).
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let text = |path: std::path::PathBuf| path.into_os_string().into_string().map_err(|path| anyhow::anyhow!("{path:?}"));
    let (backups, key, new) = (world.folder.join("backups"), world.folder.join("backup.key"), world.folder.join("restored"));
    std::fs::create_dir_all(&backups)?;
    let admin = ready_account(world)?;
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    way::prove(&tablet).await?;
    let receipt = way::result(&tablet).await?;

    // Nobody makes backups: the screen says so, in red.
    let desk = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    log_in(&desk, world, &admin).await?;
    desk.heading("メニュー").await?;
    desk.press("バックアップと復元").await?;
    desk.heading("バックアップと復元").await?;
    desk.sees("バックアップが設定されていません。").await?;
    desk.sees("控えはまだありません。").await?;
    camera.take_at("ot-37-none", &[360, 820, 1280]).await?;

    // The operator sets them up; the first one is made and tried at once.
    world.kill_server().await?;
    world.settings = vec![("UKETSUKE_BACKUP_TO", text(backups.clone())?), ("UKETSUKE_BACKUP_KEY", text(key.clone())?)];
    world.start_server().await?;
    let url = format!("{}/backups", world.office_url());
    until("a good backup on the screen", LIMIT, async || {
        desk.open(&url).await.map_err(|error| error.to_string())?;
        desk.sees("いまの状態").await.map_err(|error| error.to_string())?;
        let shown = desk.text().await.map_err(|error| error.to_string())?;
        if shown.contains("控えは取れています。") { Ok(()) } else { Err(shown) }
    })
    .await?;
    desk.sees("3時間ごとに取り、7日間残します").await?;
    camera.take_at("ot-37", &[360, 820, 1280]).await?;

    // By hand as well, while the server runs.
    let (data, to, key) = (text(world.data().to_owned())?, text(backups)?, text(key)?);
    let said = world.server_command(&["backup", "--data", &data, "--to", &to, "--key", &key]).await?;
    let file = said.lines().find_map(|line| line.strip_prefix("backup    ")).context("no file was named")?.to_owned();
    ensure!(said.contains("consents  1"), "{said}");
    let said = world.server_command(&["restore", "--from", &file, "--key", &key, "--data", &text(new.clone())?]).await?;
    ensure!(said.contains("newer     0 consents, 0 visits, 0 accounts"), "{said}");

    // The former server is gone; one on the new folder has the visit.
    world.kill_server().await?;
    world.settings.clear();
    world.move_to(new);
    world.start_server().await?;
    desk.open("about:blank").await?;
    log_in(&desk, world, &admin).await.context("the accounts came along, the logins did not")?;
    desk.heading("メニュー").await?;
    desk.press("同意済資格情報取得").await?;
    desk.heading("同意済資格情報取得").await?;
    desk.press("検索").await?;
    desk.sees("検索結果：1件").await?;
    desk.sees("資格").await?;
    ensure!(!receipt.is_empty(), "no receipt");
    desk.fill("受付番号", &receipt).await?;
    desk.press("検索").await?;
    desk.sees("検索結果：1件").await
}
