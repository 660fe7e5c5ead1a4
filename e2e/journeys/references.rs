//! From the list to the detail, as text and on paper, the 照会番号, and a wrong link corrected (OT-10, OT-11, OT-20, OT-21).

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::World;
use e2e::wait::{LIMIT, until};
use serde_json::json;

use crate::office_list::visits;
use crate::paper::printed;
use crate::pictures::Camera;
use crate::way;

const WIDTHS: [u32; 2] = [820, 1280];

/// Opens the person's newest row from the list.
async fn open(desk: &Tablet, name: &str) -> anyhow::Result<()> {
    desk.press(name).await?;
    desk.heading("同意と資格の明細").await?;
    desk.sees("この方の資格確認").await
}

/// The text behind the next press on コピー, in place of a clipboard that a page without a person's touch has not.
async fn copied(desk: &Tablet) -> anyhow::Result<String> {
    desk.script(
        "window.copied = null;
         Object.defineProperty(navigator, 'clipboard', { configurable: true, value: { writeText: t => { window.copied = t; return Promise.resolve(); } } })",
    )
    .await?;
    desk.press("結果をコピーする").await?;
    until("the copied text", LIMIT, async || {
        let text = desk.script("return window.copied").await.map_err(|error| error.to_string())?;
        text.as_str().map(str::to_owned).ok_or_else(|| "nothing was copied".to_owned())
    })
    .await
}

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let receipts = visits(world, &[("ichiro", 2), ("kazuko", 1)]).await?;
    let desk = world.screen(1280, 900).await?;
    let folder = world.folder.clone();
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    way::to_list(&desk, world).await?;
    camera.take_at("ot-10-list", &WIDTHS).await?;

    // The list as a file.
    desk.press("一覧をファイルにする(CSV)").await?;
    desk.sees("保存する(CSV)").await?;
    let file =
        desk.script("const a = document.querySelector('.download a'); return [a.download, atob(a.href.split(',')[1]).length]").await?;
    ensure!(file.get(0).and_then(|name| name.as_str()).is_some_and(|name| name.starts_with("uketsuke-consents-")), "{file}");
    ensure!(file.get(1).and_then(serde_json::Value::as_u64).is_some_and(|bytes| bytes > 500), "{file}");

    // The result as text, in the order of the app, and on paper.
    open(&desk, "資格 一郎").await?;
    desk.axe().await?;
    let text = copied(&desk).await?;
    let lines: Vec<&str> = text.split("\r\n").collect();
    ensure!(lines.first() == Some(&"資格情報") && lines.get(1).is_some_and(|line| line.starts_with("確認日 : \t20")), "{text}");
    let place = |label: &str| lines.iter().position(|line| line.starts_with(&format!("{label}\t"))).with_context(|| label.to_owned());
    ensure!(place("保険者番号")? < place("番号")? && place("フリガナ")? < place("氏名")? && place("氏名")? < place("生年月日")?, "{text}");
    let pages = printed(&desk, &folder, "detail").await?;
    ensure!(pages.len() <= 2, "{} pages", pages.len());
    ensure!(pages.concat().contains("保険者番号") && !pages.concat().contains("この方の記録"), "{pages:?}");

    // The number: refused as no number, kept, found in the list.
    desk.fill("照会番号", "資格").await?;
    desk.press("照会番号を登録する").await?;
    desk.sees("50文字までで入れてください").await?;
    desk.fill("照会番号", "００-123").await?;
    desk.press("照会番号を登録する").await?;
    desk.sees("照会番号を登録しました。").await?;
    desk.sees("登録済").await?;
    camera.take_at("ot-11-person", &WIDTHS).await?;
    desk.axe().await?;
    ensure!(copied(&desk).await?.starts_with("照会番号\t00-123\r\n"), "the number leads the text");
    desk.press("一覧に戻る").await?;
    desk.fill("照会番号", "00123").await?;
    desk.press("検索").await?;
    desk.sees("検索結果：2件").await?;

    // The list of numbers, and a file that is tried first.
    desk.press("照会番号管理").await?;
    desk.heading("照会番号管理").await?;
    desk.sees("登録済").await?;
    camera.take_at("ot-21", &WIDTHS).await?;
    desk.axe().await?;
    bulk(&desk, &mut camera, receipts.get(1).context("no receipt")?).await?;

    relink(&desk, &mut camera, receipts.get(1).context("no receipt")?).await
}

/// A file with a bad row changes nothing; a good one does.
async fn bulk(desk: &Tablet, camera: &mut Camera<'_>, receipt: &str) -> anyhow::Result<()> {
    desk.press("CSVでまとめて登録する").await?;
    desk.heading("照会番号の一括登録").await?;
    let choose = async |rows: &str| {
        let text = format!("照会番号,保険者番号,記号,番号,枝番,受付番号\r\n{rows}");
        let script = format!(
            "const input = document.getElementById('references-file'); const files = new DataTransfer();
             files.items.add(new File([{}], 'numbers.csv', {{ type: 'text/csv' }})); input.files = files.files;
             input.dispatchEvent(new Event('change', {{ bubbles: true }}))",
            json!(text)
        );
        desk.script(&script).await?;
        desk.sees("numbers.csv").await?;
        desk.press("内容を確かめる").await
    };
    choose(&format!("200,,,,,{receipt}\r\n200,99999900,1,2,,\r\n")).await?;
    desk.sees("直すところが1行あります").await?;
    desk.sees("一人に一つだけにしてください").await?;
    camera.take_at("ot-21-bulk-faults", &WIDTHS).await?;
    desk.axe().await?;
    choose(&format!("200,,,,,{receipt}\r\n")).await?;
    desk.sees("全部の行を登録できます").await?;
    desk.press("この内容で登録する").await?;
    desk.sees("登録・変更 1件").await
}

/// The number of one person is another's: said, stopped, compared, corrected.
async fn relink(desk: &Tablet, camera: &mut Camera<'_>, receipt: &str) -> anyhow::Result<()> {
    desk.press("照会番号管理に戻る").await?;
    desk.heading("照会番号管理").await?;
    desk.press("資格 一郎").await?;
    desk.heading("同意と資格の明細").await?;
    desk.press("別の方の記録に結びついているとき").await?;
    desk.heading("結びつけの訂正").await?;
    desk.sees("照会番号 00-123 の登録").await?;
    desk.press("まちがいと記録して").await?;
    desk.sees("自動の書き出しを止めています").await?;
    desk.sees("この結果は別の方の記録に結びついています。").await?;
    desk.fill("今の照会番号の正しい方を探す", receipt).await?;
    desk.press("探す").await?;
    desk.press("この方を選ぶ").await?;
    camera.take_at("ot-20", &WIDTHS).await?;
    desk.axe().await?;
    desk.press("内容を確かめる").await?;
    desk.sees("理由を選んでください。").await?;
    let choose = "const of = document.getElementById('link-reason'); of.value = 'like_name'; of.dispatchEvent(new Event('change', { bubbles: true }))";
    desk.script(choose).await?;
    desk.press("内容を確かめる").await?;
    desk.sees("結びつけを訂正しますか").await?;
    desk.axe().await?;
    camera.take_at("ot-20-ask", &[1280]).await?;
    desk.press_in("dialog", "訂正する").await?;
    desk.sees("結びつけを訂正しました。").await?;
    desk.press("明細に戻る").await?;
    desk.heading("同意と資格の明細").await?;
    desk.sees("結びつけを外した(あとで結びつける)(00-123 → なし)").await?;
    desk.sees("理由: 同じ名前・似た名前の方と取りちがえた").await?;
    // Reload: nothing of a person is in the address or kept.
    let kept = desk.script("return JSON.stringify([location.href, document.title, Object.entries(sessionStorage)])").await?.to_string();
    for of_a_person in ["一郎", "00-123", receipt] {
        ensure!(!kept.contains(of_a_person), "「{of_a_person}」 is kept: {kept}");
    }
    Ok(())
}
