//! From the bedside to the folder of the レセコン: the institution's settings, the command, and what the office sees of each result
//! (OT-6, OT-10, OT-11, OT-27; X48, X49).

use std::path::Path;

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::World;

use crate::office::ready_account;
use crate::office_list::visits;
use crate::pictures::Camera;
use crate::way;

const WIDTHS: [u32; 2] = [820, 1280];
const SETTINGS: &str = "環境設定情報照会・更新";
const LIST: &str = "同意済資格情報取得";

/// Names of the files that the レセコン would see.
fn files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let names = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names: Vec<String> = names.collect::<anyhow::Result<_>>()?;
    Ok(names.into_iter().filter(|name| name.starts_with("OQSsiquc01res_face_")).collect())
}

/// One run of the command, as a timer would start it.
async fn export(world: &World, folder: &Path) -> anyhow::Result<String> {
    let (data, to) = (world.data().to_string_lossy().into_owned(), folder.to_string_lossy().into_owned());
    let code = ready_account(world)?.institution;
    world.server_command(&["export", "face", "--demo", "--data", &data, "--institution", &code, "--to", &to]).await
}

async fn searched(desk: &Tablet) -> anyhow::Result<()> {
    desk.press(LIST).await?;
    desk.heading(LIST).await?;
    desk.press("検索").await
}

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    visits(world, &[("ichiro", 1), ("hanako", 1)]).await?;
    let folder = world.folder.join("face");
    std::fs::create_dir_all(&folder)?;
    let desk = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    way::to_list(&desk, world).await?;
    desk.sees("レセコン: 書き出し待ち").await?;

    // The レセコン reads Shift_JIS alone.
    desk.press(SETTINGS).await?;
    desk.heading(SETTINGS).await?;
    desk.pick("書き出しの文字コード", "Shift_JIS").await?;
    camera.take_at("ot-6-hand-over", &WIDTHS).await?;
    desk.press("更新する").await?;
    desk.sees("更新しました").await?;
    desk.press_in("dialog", "OK").await?;

    // A name that it lacks: the other one leaves, this one is said with its character.
    let database = rusqlite::Connection::open(world.folder.join("data/uketsuke.db"))?;
    database.busy_timeout(std::time::Duration::from_secs(10))?;
    let renamed = "UPDATE results SET eligibility = replace(eligibility, '資格　一郎', '𠮷田　一郎') WHERE eligibility LIKE '%資格　一郎%'";
    ensure!(database.execute(renamed, [])? == 1, "no result of that name");
    let refused = export(world, &folder).await;
    ensure!(refused.is_err(), "the command says that something stayed behind");
    let written = files(&folder)?;
    ensure!(written.len() == 1, "{written:?}");
    searched(&desk).await?;
    desk.sees("レセコン: 書き出した").await?;
    desk.sees("レセコン: 失敗").await?;
    camera.take_at("ot-10-hand-over", &WIDTHS).await?;
    desk.press("𠮷田 一郎").await?;
    desk.heading("同意と資格の明細").await?;
    desk.sees("氏名「𠮷」(U+20BB7)").await?;
    desk.axe().await?;
    camera.take_at("ot-11-hand-over", &WIDTHS).await?;
    desk.press("レセコン用のファイルを作る").await?;
    desk.sees("ファイルを作れませんでした。").await?;
    desk.press("請求前の確認").await?;
    desk.heading("請求前の確認").await?;
    desk.sees("未送信の結果 1件").await?;
    desk.axe().await?;
    camera.take_at("ot-27-unsent", &WIDTHS).await?;

    // The レセコン takes what lies there. UTF-8 holds every name; this one is saved by hand.
    std::fs::remove_file(folder.join(written.first().context("no file")?))?;
    desk.press(SETTINGS).await?;
    desk.heading(SETTINGS).await?;
    desk.pick("書き出しの文字コード", "UTF-8").await?;
    desk.press("更新する").await?;
    desk.sees("更新しました").await?;
    desk.press_in("dialog", "OK").await?;
    let said = export(world, &folder).await?;
    ensure!(said.starts_with("written 1, there already 0"), "{said}");
    searched(&desk).await?;
    desk.sees("レセコン: 受け取られた").await?;
    desk.press("𠮷田 一郎").await?;
    desk.heading("同意と資格の明細").await?;
    desk.press("レセコン用のファイルを作る").await?;
    desk.sees("ファイルを保存(XML)").await?;
    let name = desk.script("return document.querySelector('.download a').download").await?;
    ensure!(name.as_str().is_some_and(|name| name.starts_with("OQSsiquc01res_face_")), "{name}");
    desk.press("請求前の確認").await?;
    desk.heading("請求前の確認").await?;
    desk.sees("未送信の結果 0件").await
}
