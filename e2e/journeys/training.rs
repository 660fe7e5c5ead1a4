//! テスト用データセットアップ (OT-36, N066): the operator adds an institution for training, its admin fills and empties it; the demo's own is refused.

use anyhow::Context as _;
use e2e::stack::{Login, World};

use crate::office::{log_in, ready_account};
use crate::pictures::Camera;

const TRAINING: &str = "9969900027";
const CHOSEN: &str = "akai ringo to shiroi kumo 7";

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let desk = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    let real = ready_account(world)?;
    log_in(&desk, world, &real).await?;
    desk.heading("メニュー").await?;
    desk.press("テスト用データセットアップ").await?;
    desk.sees("この機関は研修用ではありません。").await?;
    camera.take_at("ot-36-refused", &[360, 820, 1280]).await?;
    desk.press("ログアウト").await?;

    let data = world.data().to_string_lossy().into_owned();
    let add = [
        ["institution", "add", "--data", &data, "--demo", "--training"],
        ["--code", TRAINING, "--name", "ひなた研修用", "--second-factor-from", "2099-04-01"],
    ]
    .concat();
    let said = world.server_command(&add).await?;
    let password = said.lines().find_map(|line| line.strip_prefix("password  ")).context("no password")?.to_owned();
    log_in(&desk, world, &Login { institution: TRAINING.to_owned(), user: "kanri1".to_owned(), password: password.clone(), ..real })
        .await?;
    desk.fill("初期パスワード", &password).await?;
    desk.fill("新しいパスワード", CHOSEN).await?;
    desk.fill("新しいパスワード(もう一度)", CHOSEN).await?;
    desk.press("パスワードを変更する").await?;
    desk.heading("メニュー").await?;
    desk.sees("研修用の画面です。").await?;
    desk.press("テスト用データセットアップ").await?;
    desk.sees("データは入っていません。").await?;
    desk.press("練習のデータを入れる").await?;
    desk.sees("データを消して、練習のデータを入れますか").await?;
    desk.fill("この機関の機関コードを入力してください", TRAINING).await?;
    desk.axe().await?;
    desk.press_in("dialog", "練習のデータを入れる").await?;
    desk.sees("練習のデータを入れました。").await?;
    camera.take_at("ot-36", &[360, 820, 1280]).await?;
    desk.press("同意済資格情報取得").await?;
    desk.press("検索").await?;
    desk.sees("検索結果：").await?;
    desk.sees("資格").await?;
    desk.press("テスト用データセットアップ").await?;
    desk.press("データを消す").await?;
    desk.fill("この機関の機関コードを入力してください", TRAINING).await?;
    desk.press_in("dialog", "データを消す").await?;
    desk.sees("データを消しました。").await
}
