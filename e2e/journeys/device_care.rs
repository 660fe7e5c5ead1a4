//! Work at the device without a card in hand: a care home of ninety from the office's file to the last card (DA-14, DA-15, DA-12), and the
//! paper at the bedside by keys and by the screen's own pad (DA-13).

use anyhow::ensure;
use e2e::browser::Tablet;
use e2e::stack::World;
use e2e::wait::{LIMIT, until};
use serde_json::json;
use thirtyfour::{By, Key};

use crate::office::{log_in, ready_account};
use crate::office_list::visits;
use crate::pictures::Camera;
use crate::way;

const WIDTHS: [u32; 3] = [360, 820, 1280];

async fn reload(tablet: &Tablet, heading: &str) -> anyhow::Result<()> {
    tablet.driver.refresh().await?;
    tablet.heading("ログイン").await?;
    tablet.fill("パスコード", way::PASSCODE).await?;
    tablet.press("開く").await?;
    tablet.heading(heading).await
}

/// Goes to a screen of the header's menu.
async fn go(tablet: &Tablet, title: &str) -> anyhow::Result<()> {
    let script = "const of = document.querySelector('h1'); return of ? of.innerText : ''";
    // Where one is already, nothing moves.
    if tablet.script(script).await? == json!(title) {
        return Ok(());
    }
    tablet.press(title).await?;
    tablet.heading(title).await
}

/// Opens a room of the list.
async fn room(tablet: &Tablet, room: &str) -> anyhow::Result<()> {
    go(tablet, "部屋の一覧").await?;
    tablet.press(&format!("{room}号室")).await?;
    tablet.heading("部屋の方の確認").await
}

/// The residents' file is put on today's list at the office; the people are ninety.
async fn import(desk: &Tablet, world: &World) -> anyhow::Result<()> {
    log_in(desk, world, &ready_account(world)?).await?;
    desk.heading("メニュー").await?;
    go(desk, "本日の訪問・予約").await?;
    let file = world.data().join("hinata-en.csv");
    desk.driver.find(By::Css("#day-file")).await?.send_keys(file.to_string_lossy().into_owned()).await?;
    desk.press("内容を確かめる").await?;
    desk.press("この内容で登録する").await?;
    desk.sees("一覧に登録しました。").await
}

/// Paper, 再照会, a card that is given back, あとで, a mark that is taken back, a reload, the office's bulk check, and the end.
pub(crate) async fn rooms(world: &mut World) -> anyhow::Result<()> {
    visits(world, &[("ichiro", 1)]).await?;
    let desk = world.screen(1280, 900).await?;
    let tablet = world.tablet().await?;
    let mut camera = Camera { tablet: &tablet, folder: world.folder.join("../../pictures"), taken: 0 };
    way::device(&tablet, world).await?;
    camera.take_at("da-05", &WIDTHS).await?;
    go(&tablet, "部屋の一覧").await?;
    tablet.sees("今日の一覧に部屋のある方がいません。").await?;
    go(&tablet, "本日の訪問").await?;
    tablet.sees("今日の訪問はまだ登録されていません。").await?;
    import(&desk, world).await?;

    go(&tablet, "部屋の一覧").await?;
    tablet.sees("90人のうち0人が済みました。").await?;
    let names = tablet.text().await?;
    ensure!(!names.contains("日向") && !names.contains("花子"), "a name on the list of rooms");
    camera.take_at("da-14", &WIDTHS).await?;

    // 資格確認書: the office's list has filled the form in.
    tablet.press("次の方 101号室").await?;
    tablet.heading("部屋の方の確認").await?;
    tablet.sees("日向　ハツ").await?;
    tablet.press_in("main", "資格確認書").await?;
    tablet.sees("資格確認書のとおりに入力してください。").await?;
    camera.take_at("da-14-person", &WIDTHS).await?;
    tablet.press("確認する").await?;
    tablet.sees("この確認を記録しました。").await?;
    tablet.sees("紙 患者番号なし(有効)").await?;
    camera.take_at("da-14-paper", &WIDTHS).await?;

    // あとで with a reason; taken back; and again.
    tablet.press("次の方 102号室").await?;
    tablet.heading("部屋の方の確認").await?;
    tablet.sees("102号室").await?;
    tablet.press("入浴中").await?;
    tablet.sees("あとで(入浴中)").await?;
    tablet.press("取り消す").await?;
    tablet.sees("印を取り消しました。").await?;
    tablet.press("あとでにする").await?;
    tablet.sees("理由を入力してください。").await?;
    tablet.fill("理由", "散歩中").await?;
    tablet.press("あとでにする").await?;
    tablet.sees("あとで(散歩中)").await?;

    // 再照会 of who has a living consent.
    room(&tablet, "110").await?;
    tablet.press_in("main", "再照会").await?;
    tablet.press("再照会する").await?;
    tablet.sees("今日の確認の結果").await?;
    tablet.sees("ひなた健康保険組合").await?;
    camera.take_at("da-14-requery", &WIDTHS).await?;

    // The mark is taken back, the check is not: it is offered to this person.
    tablet.press("取り消す").await?;
    tablet.sees("今日の確認があります").await?;
    tablet.press("この方の確認として記録する").await?;
    tablet.sees("今日の確認の結果").await?;

    // A card in hand is said until it is back.
    room(&tablet, "120").await?;
    tablet.press_in("main", "目視").await?;
    tablet.sees("カードを預かったら").await?;
    go(&tablet, "部屋の一覧").await?;
    tablet.sees("返していないカード").await?;
    tablet.sees("90人のうち2人が済みました。").await?;
    camera.take_at("da-14-cards", &WIDTHS).await?;

    // A reload, and everything stands there.
    reload(&tablet, "部屋の一覧").await?;
    tablet.sees("90人のうち2人が済みました。").await?;
    tablet.sees("あとで(散歩中)").await?;
    tablet.sees("カード未返却").await?;
    // The next person's screen says it, and a mark that is taken back does not end it.
    room(&tablet, "121").await?;
    tablet.sees("返していないカード").await?;
    room(&tablet, "120").await?;
    tablet.press("取り消す").await?;
    tablet.sees("印を取り消しました。").await?;
    tablet.sees("預からなかったときも、印を付けてください。").await?;
    tablet.press("カードを返しました").await?;
    tablet.sees("記録しました。").await?;

    // The office checks everybody who has a paper; who is left is seen at the device.
    desk.press("まだの方をまとめて確かめる").await?;
    desk.sees("確認を開始しました。").await?;
    until("the end of the bulk check", LIMIT, async || {
        let seen = desk.script("return document.querySelectorAll('[data-run=ended]').length").await.map_err(|error| error.to_string())?;
        if seen == json!(1) { Ok(()) } else { Err(seen.to_string()) }
    })
    .await?;
    go(&tablet, "本日の訪問").await?;
    go(&tablet, "部屋の一覧").await?;
    tablet.sees("90人のうち82人が済みました。").await?;
    let mut left = 0;
    while !tablet.text().await?.contains("未の方はいません。") {
        left += 1;
        ensure!(left <= 8, "more people are left than have a card");
        tablet.press("次の方").await?;
        tablet.heading("部屋の方の確認").await?;
        tablet.press("不在").await?;
        tablet.sees("あとで(不在)").await?;
        go(&tablet, "部屋の一覧").await?;
        tablet.sees("90人のうち82人が済みました。").await?;
    }
    ensure!(left == 8, "{left} people were left");
    tablet.sees("あとでの方").await?;
    let text = tablet.text().await?;
    ensure!(!text.contains("返していないカード"), "a card that is back is out");
    camera.take_at("da-14-end", &WIDTHS).await?;

    go(&tablet, "本日の訪問").await?;
    tablet.sees("日向　ハツ").await?;
    tablet.sees("ﾋ・ﾊ").await?;
    camera.take_at("da-15", &WIDTHS).await?;
    // DA-12 by the list of the day.
    tablet.press_in("main", "再照会").await?;
    tablet.heading("再照会").await?;
    tablet.press("再照会する").await?;
    tablet.sees("再照会しました。").await?;
    camera.take_at("da-12", &WIDTHS).await
}

async fn stands_in(tablet: &Tablet, id: &str) -> anyhow::Result<bool> {
    Ok(tablet.script("return document.activeElement.id").await? == json!(id))
}

/// A paper by the keyboard alone, then one by the pad with a doubted digit.
pub(crate) async fn paper(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    let mut camera = Camera { tablet: &tablet, folder: world.folder.join("../../pictures"), taken: 0 };
    way::device(&tablet, world).await?;
    go(&tablet, "資格確認書で確認").await?;
    camera.take_at("da-13", &WIDTHS).await?;

    let mut steps = 0;
    while !stands_in(&tablet, "check-insurer").await? {
        steps += 1;
        ensure!(steps < 30, "the keyboard does not come to the form");
        tablet.keys(Key::Tab).await?;
    }
    for (id, text) in [
        ("check-insurer", "39990015"),
        ("check-symbol", ""),
        ("check-member", "00001234"),
        ("check-branch", ""),
        ("check-birth", "昭23.11.3"),
        ("check-until", "令9.7.31"),
    ] {
        ensure!(stands_in(&tablet, id).await?, "the keyboard does not come to {id}");
        if !text.is_empty() {
            tablet.keys(text).await?;
        }
        tablet.keys(Key::Tab).await?;
    }
    tablet.keys(Key::Enter).await?;
    tablet.sees("この確認を記録しました。").await?;
    tablet.sees("受付　花子").await?;
    camera.take_at("da-13-result", &WIDTHS).await?;
    tablet.press("次の方を確認する").await?;

    // By the pad: a digit that does not fit is said while it is typed.
    for key in "06990015".chars() {
        tablet.press_in(".pad", &key.to_string()).await?;
    }
    tablet.sees("保険者番号: 検証番号(最後の数字)が合いません").await?;
    camera.take_at("da-13-doubt", &WIDTHS).await?;
    tablet.press_in(".pad", "1文字消す").await?;
    tablet.press_in(".pad", "4").await?;
    let value = tablet.script("return document.querySelector('#check-insurer').value").await?;
    ensure!(value == json!("06990014"), "the pad typed {value}");
    tablet.press_in(".pad", "次の項目へ").await?;
    ensure!(stands_in(&tablet, "check-symbol").await?, "the pad does not go on");
    for (label, value) in [("記号", "１２－３４"), ("番号", "56"), ("枝番", "01"), ("生年月日", "昭和35年6月2日")] {
        tablet.fill(label, value).await?;
    }
    tablet.press("3割").await?;
    tablet.press("確認する").await?;
    tablet.sees("この確認を記録しました。").await?;
    tablet.sees("資格　一郎").await?;
    go(&tablet, "カードなしの確認").await?;
    camera.take_at("da-x12", &WIDTHS).await
}
