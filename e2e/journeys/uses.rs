//! Every use at reception, the patient's own hand, and the office's withdrawal.

use anyhow::ensure;
use e2e::browser::Tablet;
use e2e::stack::World;

use crate::pictures::Camera;
use crate::way;

/// Phone and tablet, CSS px.
const WIDTHS: [u32; 2] = [360, 820];

/// The card's proof, up to a heading.
async fn prove_to(tablet: &Tablet, heading: &str) -> anyhow::Result<()> {
    tablet.heading("ご本人の確認").await?;
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.heading(heading).await
}

/// From the bookmark of another use to the card: place, hand-over, checklist, date, choices.
async fn to_card(tablet: &Tablet, url: &str, place: &str, camera: Option<&mut Camera<'_>>) -> anyhow::Result<()> {
    tablet.open("about:blank").await?;
    tablet.open(url).await?;
    tablet.heading("資格確認と同意の受付").await?;
    tablet.press("同意登録をする").await?;
    tablet.heading("場所と付き添い").await?;
    tablet.press("次へ").await?;
    tablet.sees("場所をお選びください").await?;
    tablet.pick("患者様はどこで", place).await?;
    let mut camera = camera;
    if let Some(camera) = &mut camera {
        camera.take_at("rw-13-place", &WIDTHS).await?;
    }
    tablet.press("次へ").await?;
    tablet.heading("端末を患者様にお渡しください").await?;
    tablet.press("患者です。はじめます").await?;
    tablet.heading("はじめる前の準備").await?;
    for question in way::READY {
        tablet.pick(question, "はい").await?;
    }
    tablet.press("次へ").await?;
    tablet.sees("操作する方をお選びください").await?;
    tablet.pick(way::ASSIST, "家族").await?;
    tablet.press("次へ").await?;
    tablet.heading("予約した診療日").await?;
    tablet.press("次へ").await?;
    tablet.sees("予約がなければ本日").await?;
    tablet.press("予約がない（本日）").await?;
    if let Some(camera) = &mut camera {
        camera.take_at("rw-11-booking", &WIDTHS).await?;
    }
    tablet.press("次へ").await?;
    tablet.heading("同意する内容をお選びください").await?;
    tablet.press("すべて同意する").await?;
    tablet.press("次へ").await?;
    tablet.heading("この内容でよろしいですか").await?;
    tablet.sees("予約した診療日").await?;
    tablet.press("同意内容を登録する").await
}

/// S25: online, then the odd route, which ends the first one with the person's yes (X26).
pub(crate) async fn registration(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    let mut camera = Camera { tablet: &tablet, folder: world.folder.clone(), taken: 0 };
    let (online, off_route) = (format!("{}{}", world.origin(), world.demo.online), format!("{}{}", world.origin(), world.demo.off_route));
    to_card(&tablet, &online, "自宅など", Some(&mut camera)).await?;
    prove_to(&tablet, "受付が終わりました").await?;
    way::result(&tablet).await?;
    for part in ["オンライン診療等", "自宅など", "家族・後見人が介助", "U-X51"] {
        tablet.sees(part).await?;
    }
    camera.take_at("rw-7-online", &WIDTHS).await?;
    tablet.axe().await?;
    way::finish(&tablet).await?;

    to_card(&tablet, &off_route, "車", None).await?;
    prove_to(&tablet, "別の用途の同意は取り消されます").await?;
    camera.take_at("rw-12-other-use", &WIDTHS).await?;
    ensure!(way::rows(world).await? == 1, "nothing is stored before the yes");
    tablet.press("取り消して登録する").await?;
    tablet.heading("受付が終わりました").await?;
    way::result(&tablet).await?;
    tablet.sees("U-X26").await?;
    way::finish(&tablet).await?;
    ensure!(way::rows(world).await? == 2, "both stand in the office");
    Ok(())
}

/// From the top to the card of one of the two functions about the own consent.
async fn own(tablet: &Tablet, url: &str, function: &str) -> anyhow::Result<()> {
    tablet.open("about:blank").await?;
    tablet.open(url).await?;
    tablet.heading("資格確認と同意の受付").await?;
    tablet.press(function).await?;
    tablet.heading("端末を患者様にお渡しください").await?;
    tablet.press("患者です。はじめます").await?;
    tablet.heading(function).await?;
    tablet.press("カードで確かめる").await
}

/// RW-9 and RW-10: one item taken back, then all, each with a receipt; 「文字を大きく」.
pub(crate) async fn own_consent(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    let mut camera = Camera { tablet: &tablet, folder: world.folder.clone(), taken: 0 };
    let url = world.reception_url();
    own(&tablet, &url, "同意照会・更新").await?;
    prove_to(&tablet, "有効な同意はありません").await?;
    tablet.press("終了する").await?;
    way::to_card(&tablet, &url).await?;
    way::prove(&tablet).await?;
    way::result(&tablet).await?;
    way::finish(&tablet).await?;

    own(&tablet, &url, "同意照会・更新").await?;
    prove_to(&tablet, "登録されている同意").await?;
    tablet.sees("変わったところがありません").await?;
    camera.take_at("rw-9-review", &WIDTHS).await?;
    tablet.pick("手術の情報", "同意しない").await?;
    tablet.press("変更を登録する").await?;
    tablet.heading("受付が終わりました").await?;
    tablet.press("職員です。結果を見る").await?;
    tablet.heading("同意の変更を登録しました").await?;
    camera.take_at("rw-7-updated", &WIDTHS).await?;
    way::finish(&tablet).await?;

    own(&tablet, &url, "すべての同意を取消す").await?;
    prove_to(&tablet, "次の同意を取り消します").await?;
    camera.take_at("rw-10-withdraw", &WIDTHS).await?;
    tablet.axe().await?;
    tablet.press("取消す").await?;
    tablet.heading("受付が終わりました").await?;
    tablet.press("職員です。結果を見る").await?;
    tablet.heading("同意を取り消しました").await?;
    way::receipt(&tablet).await?;
    camera.take_at("rw-7-withdrawn", &WIDTHS).await?;
    way::finish(&tablet).await
}

/// OT-15: the office withdraws, the patient gets a receipt, the list says who and why.
pub(crate) async fn office_withdraws(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_card(&tablet, &world.reception_url()).await?;
    way::prove(&tablet).await?;
    way::result(&tablet).await?;
    way::finish(&tablet).await?;
    let screen = world.screen(1280, 900).await?;
    way::to_list(&screen, world).await?;
    screen.press("資格 一郎").await?;
    screen.heading("同意と資格の明細").await?;
    screen.press("確認へ進む").await?;
    screen.sees("取り消す項目をお選びください。").await?;
    screen.sees("理由をお選びください").await?;
    for item in ["手術情報", "診療情報・薬剤情報", "特定健診情報", "限度額適用認定証情報", "特定疾病療養受療証情報"]
    {
        screen.pick("取り消す項目", item).await?;
    }
    let choose = "const s = document.getElementById('withdraw-cause'); s.value = 'relation_ended';
        s.dispatchEvent(new Event('change', { bubbles: true })); return s.value";
    ensure!(screen.script(choose).await? == "relation_ended", "the reason is offered");
    screen.press("確認へ進む").await?;
    screen.sees("この同意を取り消しますか").await?;
    screen.axe().await?;
    screen.press("取り消す").await?;
    screen.sees("同意取消の控え").await?;
    let mut camera = Camera { tablet: &screen, folder: world.folder.clone(), taken: 0 };
    camera.take_at("ot-15-receipt", &[820, 1280]).await?;
    screen.open(&world.office_url()).await?;
    screen.heading("メニュー").await?;
    screen.press("同意取消照会").await?;
    screen.heading("同意取消照会").await?;
    for part in ["資格 一郎", "診療・訪問の終了(1)", "機関(kanri1)"] {
        screen.sees(part).await?;
    }
    camera.take_at("ot-15-list", &[820, 1280]).await?;
    screen.axe().await
}
