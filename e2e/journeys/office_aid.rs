//! 医療扶助 of the month and a 受給者証 from paper, as staff use them (P-AID, P-PMH, OT-11); and the line that goes and comes back (X36).

use e2e::stack::World;
use e2e::wait::{LIMIT, until};

use crate::office_list::visits;
use crate::paper::printed;
use crate::pictures::Camera;
use crate::way;

const WIDTHS: [u32; 2] = [820, 1280];
const AID: &str = "医療扶助(今月の券)";
const PAPERS: &str = "受給者証(紙で確認したもの)";
const X36: &str = "事業所の回線につながりません。";

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    visits(world, &[("hachiro", 1), ("ichiro", 1)]).await?;
    let desk = world.screen(1280, 900).await?;
    let folder = world.folder.join("../../pictures");
    let mut camera = Camera { tablet: &desk, folder: folder.clone(), taken: 0 };
    way::to_list(&desk, world).await?;
    desk.sees("検索結果").await?;

    // Fetched by hand, whatever the day's job has fetched: the person stands there with the state of the month.
    desk.press(AID).await?;
    desk.heading(AID).await?;
    desk.sees("取得の記録").await?;
    desk.press("今すぐ取得する").await?;
    desk.sees("取得しました。").await?;
    desk.sees("扶助 八郎").await?;
    desk.sees("委託あり").await?;
    camera.take_at("ot-aid", &WIDTHS).await?;
    let sheets = printed(&desk, &folder, "ot-aid-paper").await?.concat();
    anyhow::ensure!(sheets.contains("扶助八郎"), "the person is not on paper: {sheets}");

    // The line goes under the open screen and comes back: said, and nobody has to press anything.
    world.net.set_down(true);
    desk.script("dispatchEvent(new Event('online')); return 1").await?;
    desk.sees(X36).await?;
    desk.sees("お急ぎのときは").await?;
    camera.take_at("x36-office", &WIDTHS).await?;
    world.net.set_down(false);
    desk.script("dispatchEvent(new Event('online')); return 1").await?;
    until("the line again", LIMIT, async || {
        let text = desk.text().await.map_err(|error| error.to_string())?;
        if text.contains(X36) { Err(text) } else { Ok(()) }
    })
    .await?;

    // A 受給者証 that the answer does not hold: written down from the paper, a fault said at its field first.
    desk.press("扶助 八郎").await?;
    desk.heading("同意と資格の明細").await?;
    desk.sees(PAPERS).await?;
    desk.sees("登録はありません。").await?;
    desk.press("受給者証を登録する").await?;
    desk.fill("名称", "こども医療費").await?;
    desk.fill("公費負担者番号", "8099").await?;
    desk.fill("受給者番号", "0001234").await?;
    desk.fill("上限額", "500").await?;
    desk.fill("有効終了年月日", "2099/3/31").await?;
    desk.press_in("form:has(#paper-add)", "登録する").await?;
    desk.sees("公費負担者番号は8桁の数字です。").await?;
    desk.fill("公費負担者番号", "80990012").await?;
    desk.press_in("form:has(#paper-add)", "登録する").await?;
    desk.sees("受給者証を登録しました。").await?;
    desk.sees("80990012").await?;
    camera.take_at("ot-11-papers", &WIDTHS).await?;
    let sheets = printed(&desk, &folder, "ot-11-papers-paper").await?.concat();
    anyhow::ensure!(
        sheets.contains("こども医療費") && !sheets.contains("そのほかの条件"),
        "the paper is not on paper, or its form is: {sheets}"
    );

    // It is ended with a reason, and stays to be read.
    desk.press("終了する").await?;
    desk.sees("記録は残ります。").await?;
    desk.press_in("dialog", "終了する").await?;
    desk.sees("理由を入力してください。").await?;
    desk.fill("理由", "転出のため").await?;
    camera.take_at("ot-11-papers-end", &WIDTHS).await?;
    desk.press_in("dialog", "終了する").await?;
    desk.sees("受給者証を終了しました。").await?;
    desk.sees("転出のため").await
}
