//! 再照会 and the month: one by one with a changed result; today's list and its check; a row before claims that is closed; and in an
//! institution for training the worklist of a month, asked about in one go.

use anyhow::Context as _;
use e2e::browser::Tablet;
use e2e::stack::{Login, World};
use e2e::wait::{LIMIT, until};
use serde_json::json;

use crate::office::{log_in, ready_account};
use crate::office_list::visits;
use crate::paper::printed;
use crate::pictures::Camera;
use crate::way;

const TRAINING: &str = "9969900027";
const CHOSEN: &str = "akai ringo to shiroi kumo 7";

async fn open(desk: &Tablet, title: &str) -> anyhow::Result<()> {
    desk.press(title).await?;
    desk.heading(title).await
}

/// Waits until a bulk check of this screen has ended.
async fn ran(desk: &Tablet) -> anyhow::Result<()> {
    until("the end of the bulk check", LIMIT, async || {
        let seen = desk.script("return document.querySelectorAll('[data-run=ended]').length").await.map_err(|error| error.to_string())?;
        if seen == json!(1) { Ok(()) } else { Err(seen.to_string()) }
    })
    .await
}

/// X47 on the detail, then its row at the head of the month; the relation ends, and X46 says so.
pub(crate) async fn requery(world: &mut World) -> anyhow::Result<()> {
    visits(world, &[("taro", 1), ("ichiro", 1)]).await?;
    let desk = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    way::to_list(&desk, world).await?;
    desk.press("通称 太郎").await?;
    desk.heading("同意と資格の明細").await?;
    desk.sees("カードも暗証番号も使わずに、今の資格を確かめられます。").await?;
    desk.press("再照会する").await?;
    desk.sees("資格が変わりました。").await?;
    desk.sees("協会けんぽ試験支部").await?;
    desk.sees("ひなた健康保険組合").await?;
    camera.take_at("ot-11-requery", &[820, 1280]).await?;

    open(&desk, "月次再照会").await?;
    desk.sees("資格が変わりました。 1件").await?;
    desk.sees("01990019").await?;
    camera.take_at("ot-14", &[820, 1280]).await?;
    printed(&desk, &world.folder, "ot-14").await?;
    desk.press("加算の根拠一覧").await?;
    desk.heading("加算の根拠一覧").await?;
    desk.sees("訪問看護医療DX情報活用加算").await?;
    desk.sees("本人(訪問先の端末)").await?;
    camera.take_at("ot-14-evidence", &[820, 1280]).await?;
    open(&desk, "利用状況").await?;
    desk.sees("合計 3件、うちカード・スマートフォン 2件").await?;
    camera.take_at("ot-28", &[820, 1280]).await?;
    open(&desk, "期限の近い方").await?;
    desk.sees("期限の近い方はいません。").await?;
    camera.take_at("ot-34", &[820, 1280]).await?;

    // Before claims: nothing is closed by itself.
    open(&desk, "本日の訪問・予約").await?;
    desk.sees("この日の訪問はまだ登録されていません。").await?;
    desk.fill("氏名", "未確認 花").await?;
    desk.press("登録").await?;
    desk.sees("一覧に登録しました。").await?;
    desk.press("まだの方をまとめて確かめる").await?;
    desk.sees("確認を開始しました。").await?;
    ran(&desk).await?;
    desk.sees("確認できません").await?;
    camera.take_at("ot-26", &[820, 1280]).await?;
    open(&desk, "請求前の確認").await?;
    desk.sees("資格確認のない訪問 1件").await?;
    desk.press_in("main", "確認済みにする").await?;
    desk.press_in("dialog", "確認済みにする").await?;
    desk.sees("確かめた内容を入力してください。").await?;
    desk.fill("確かめた内容", "資格確認書を見た").await?;
    desk.axe().await?;
    desk.press_in("dialog", "確認済みにする").await?;
    desk.sees("確認済みにしました。").await?;
    desk.sees("資格確認のない訪問 0件").await?;
    desk.sees("確認済み: 資格確認書を見た").await?;
    camera.take_at("ot-27", &[820, 1280]).await?;

    // X46.
    desk.press("同意済資格情報取得").await?;
    desk.press("検索").await?;
    desk.press("資格 一郎").await?;
    desk.heading("同意と資格の明細").await?;
    desk.press("終了日を登録").await?;
    desk.sees("同意の日かその後の日付を入力してください。").await
}

/// The worklist of a month whose consents are of the months before.
pub(crate) async fn worklist(world: &mut World) -> anyhow::Result<()> {
    let desk = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    let data = world.data().to_string_lossy().into_owned();
    let add = [
        ["institution", "add", "--data", &data, "--demo", "--training"],
        ["--code", TRAINING, "--name", "ひなた研修用", "--second-factor-from", "2099-04-01"],
    ]
    .concat();
    let said = world.server_command(&add).await?;
    let password = said.lines().find_map(|line| line.strip_prefix("password  ")).context("no password")?.to_owned();
    let real = ready_account(world)?;
    log_in(&desk, world, &Login { institution: TRAINING.to_owned(), user: "kanri1".to_owned(), password: password.clone(), ..real })
        .await?;
    desk.fill("初期パスワード", &password).await?;
    desk.fill("新しいパスワード", CHOSEN).await?;
    desk.fill("新しいパスワード(もう一度)", CHOSEN).await?;
    desk.press("パスワードを変更する").await?;
    desk.heading("メニュー").await?;
    desk.press("テスト用データセットアップ").await?;
    desk.press("練習のデータを入れる").await?;
    desk.fill("この機関の機関コードを入力してください", TRAINING).await?;
    desk.press_in("dialog", "練習のデータを入れる").await?;
    desk.sees("練習のデータを入れました。").await?;

    open(&desk, "月次再照会").await?;
    desk.sees("できます").await?;
    camera.take_at("ot-14-open", &[820, 1280]).await?;
    desk.press("まだの方をまとめて再照会する").await?;
    desk.sees("まだの方をまとめて再照会しますか").await?;
    desk.press_in("dialog", "まだの方をまとめて再照会する").await?;
    desk.sees("再照会を開始しました。").await?;
    ran(&desk).await?;
    desk.sees("に終わりました。照会").await?;
    desk.pick("表示", "済みの方").await?;
    desk.sees("再照会").await?;
    camera.take_at("ot-14-done", &[820, 1280]).await
}
