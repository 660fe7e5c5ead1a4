//! The odd route at the device (S25, RW-11, RW-13): day and place on a phone in one hand, the check with the card, the office's list; and
//! the record of who could not be checked.

use anyhow::ensure;
use e2e::browser::Tablet;
use e2e::stack::World;
use serde_json::json;

use crate::pictures::Camera;
use crate::way;

const USE: &str = "外来診療等(通常とは異なる動線)";
const WIDTHS: [u32; 4] = [360, 430, 820, 1280];
/// Phones that one hand holds, CSS px.
const PHONES: [(u32, u32); 2] = [(360, 740), (430, 900)];

/// The press that goes on: at least 56 px high, whole in the lower half of a phone's window, before anything is scrolled.
async fn one_hand(tablet: &Tablet, id: &str) -> anyhow::Result<()> {
    for (width, height) in PHONES {
        tablet.resize(width, height).await?;
        let script = format!(
            "scrollTo(0, 0);
             const at = document.getElementById('{id}').getBoundingClientRect();
             const over = document.elementFromPoint(at.left + at.width / 2, at.top + at.height / 2);
             return [at.height >= 55.5, at.top >= innerHeight / 2 - 1, at.bottom <= innerHeight + 1, !!over && !!over.closest('#{id}')]"
        );
        let seen = tablet.script(&script).await?;
        ensure!(seen == json!([true, true, true, true]), "{id} at {width} px: {seen}");
    }
    tablet.resize(820, 1180).await
}

async fn start(tablet: &Tablet) -> anyhow::Result<()> {
    tablet.press_in("main", USE).await?;
    // Its own heading, below that of the screen, has the focus.
    tablet.sees("患者様はどこにいますか").await
}

/// The use chosen, a check with the PIN on the office's list, then nothing to check by, on the office's worklist.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    let mut camera = Camera { tablet: &tablet, folder: world.folder.join("../../pictures"), taken: 0 };
    way::device(&tablet, world).await?;
    start(&tablet).await?;
    one_hand(&tablet, "go-card").await?;
    camera.take_at("da-5-flow", &WIDTHS).await?;
    tablet.press_in("main", "暗証番号で確認").await?;
    tablet.sees("場所をお選びください。").await?;
    tablet.pick("患者様はどこにいますか", "車").await?;
    tablet.pick(way::ASSIST, "職員").await?;
    tablet.press_in("main", "暗証番号で確認").await?;
    tablet.sees("同意する内容をお選びください").await?;
    one_hand(&tablet, "next").await?;
    camera.take_at("da-7-flow", &WIDTHS).await?;
    tablet.press("すべて同意する").await?;
    tablet.press("次へ").await?;
    tablet.sees("この内容でよろしいですか").await?;
    tablet.sees("予約した診療日").await?;
    one_hand(&tablet, "submit").await?;
    tablet.press("同意内容を登録する").await?;
    tablet.sees("カードが置かれています").await?;
    camera.take_at("da-8b-flow", &WIDTHS).await?;
    tablet.press("読み取りを始める").await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    for words in ["資格を確認し、同意を登録しました", USE, "23:59まで有効"] {
        tablet.sees(words).await?;
    }
    one_hand(&tablet, "file").await?;
    camera.take_at("da-10-flow", &WIDTHS).await?;
    tablet.press("保存して閉じる").await?;
    tablet.heading("認証選択").await?;

    let office = world.screen(1280, 900).await?;
    way::to_list(&office, world).await?;
    ensure!(way::count(&office).await? == 1, "one row");
    office.press("資格 一郎").await?;
    office.heading("同意と資格の明細").await?;
    for words in [USE, "車", "職員が介助"] {
        office.sees(words).await?;
    }

    // Nothing to check by.
    start(&tablet).await?;
    tablet.press("確認できないときの記録").await?;
    tablet.heading("確認できないときの記録").await?;
    tablet.sees(USE).await?;
    tablet.pick("お持ちのもの", "全国のシステムの停止").await?;
    tablet.fill("氏名", "資格　花子").await?;
    tablet.fill("氏名(カナ)", "シカク ハナコ").await?;
    tablet.fill("生年月日", "昭和40年1月15日").await?;
    tablet.pick("性別", "女").await?;
    tablet.fill("住所", "資格県受付市").await?;
    one_hand(&tablet, "cardless-save").await?;
    camera.take_at("da-x12-flow", &WIDTHS).await?;
    tablet.press("仮確認として登録").await?;
    tablet.sees("仮確認として登録しました。").await?;
    office.open(&format!("{}/laters", world.office_url())).await?;
    office.heading("後で確認する方").await?;
    for words in ["資格　花子", USE, "仮確認(全国のシステムの停止)"] {
        office.sees(words).await?;
    }
    office.axe().await
}
