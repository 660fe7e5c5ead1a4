//! 医療扶助, 医療費助成 and what is withheld (`domain.md` §2.17): at reception, on the office's detail, and on paper.

use anyhow::ensure;
use e2e::browser::Tablet;
use e2e::stack::World;

use crate::office::{log_in, ready_account};
use crate::paper::printed;
use crate::pictures::{Camera, another_card};
use crate::way;

const SETTINGS: &str = "環境設定情報照会・更新";
const QUESTION: &str = "医療費助成の受給者証";
const X59: &str = "医療費助成の情報はありません(終わったとは限りません)。受給者証を確認してください。";
const X60: &str = "住所などは提供されていません。";

/// Card, answer to 医療費助成, and what RW-7 must show of them.
const PEOPLE: [(&str, &str, &[&str]); 8] = [
    ("hachiro", "提供しない", &["資格情報(医療扶助)", "12990016", "0001230", "委託あり", X59]),
    ("towa", "提供しない", &["ひなた健康保険組合", "資格情報(医療扶助)", "0003574", "委託あり"]),
    ("haruki", "提供する", &["公費・医療費助成", "54990015", "0004689", "一般所得Ⅰ", "1か月 10000円"]),
    ("minori", "提供する", &["こども医療(試験市)", "K99-00012345", "償還払いだけ"]),
    ("osamu", "提供する", &["自立支援(精神通院)", "0005793", "1か月 5000円", "難病", "0006809"]),
    ("jin", "提供する", &[X59, X60]),
    ("kaoru", "提供する", &["この医療費助成の内容は提供されていません"]),
    ("natsuko", "提供する", &[X60, X59]),
];

/// The people of the table, through reception and on the office's detail.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let folder = world.folder.join("../../pictures");
    switch_on(world).await?;
    let tablet = world.tablet().await?;
    let mut camera = Camera { tablet: &tablet, folder: folder.clone(), taken: 0 };
    for (place, (card, answer, shown)) in PEOPLE.iter().enumerate() {
        another_card(world, card).await?;
        to_question(&tablet, world).await?;
        if place == 0 {
            // No answer is preselected, and 「すべて同意する」 answers the five questions alone.
            tablet.press("次へ").await?;
            tablet.sees("まだ選んでいないものが1つあります").await?;
            tablet.sees("「提供する」か「提供しない」をお選びください。").await?;
            camera.take_at("rw-3-subsidy", &[360, 820]).await?;
        }
        tablet.pick(QUESTION, answer).await?;
        tablet.press("次へ").await?;
        tablet.heading("この内容でよろしいですか").await?;
        tablet.sees(answer).await?;
        tablet.press("同意内容を登録する").await?;
        tablet.heading("ご本人の確認").await?;
        way::prove(&tablet).await?;
        way::result(&tablet).await?;
        for text in *shown {
            tablet.sees(text).await?;
        }
        no_reason(&tablet, card).await?;
        if ["towa", "osamu", "kaoru"].contains(card) {
            camera.take_at(&format!("rw-7-beside-{card}"), &[360, 820]).await?;
        }
        tablet.press("終了する").await?;
        tablet.heading("終了しました").await?;
    }
    // A refusal at the second visit looks like no data; the entry of the first stays.
    another_card(world, "haruki").await?;
    to_question(&tablet, world).await?;
    tablet.pick(QUESTION, "提供しない").await?;
    to_proof(&tablet).await?;
    tablet.heading("すでに登録があります").await?;
    tablet.press("今回の内容に置きかえる").await?;
    tablet.heading("受付が終わりました").await?;
    way::result(&tablet).await?;
    tablet.sees(X59).await?;
    ensure!(!tablet.text().await?.contains("0004689"), "what was refused is shown");
    tablet.press("終了する").await?;
    tablet.heading("終了しました").await?;
    // X61: the card is refused without a reason, and paper is offered.
    for card in ["fuyuko", "akio"] {
        another_card(world, card).await?;
        to_question(&tablet, world).await?;
        tablet.pick(QUESTION, "提供する").await?;
        to_proof(&tablet).await?;
        tablet.sees("U-X61").await?;
        tablet.sees("このカードでは確認できません").await?;
        no_reason(&tablet, card).await?;
        camera.take_at(&format!("x61-{card}"), &[360, 820]).await?;
        tablet.press("カードを使わない方法").await?;
        tablet.heading("カードを使わない確認の方法").await?;
    }
    at_the_office(world, &folder).await
}

/// Switches 医療費助成 on, with its terms.
async fn switch_on(world: &mut World) -> anyhow::Result<()> {
    let desk = world.screen(1280, 900).await?;
    log_in(&desk, world, &ready_account(world)?).await?;
    desk.heading("メニュー").await?;
    desk.press(SETTINGS).await?;
    desk.sees("医療費助成関連項目").await?;
    desk.pick("医療費助成情報", "利用する").await?;
    desk.press("この版を読み、確認しました").await?;
    desk.press("更新する").await?;
    desk.sees("更新しました").await
}

async fn to_question(tablet: &Tablet, world: &World) -> anyhow::Result<()> {
    way::to_choices(tablet, &world.reception_url()).await?;
    tablet.press("すべて同意する").await
}

/// From the answered questions to what the server says of the card.
async fn to_proof(tablet: &Tablet) -> anyhow::Result<()> {
    tablet.press("次へ").await?;
    tablet.heading("この内容でよろしいですか").await?;
    tablet.press("同意内容を登録する").await?;
    tablet.heading("ご本人の確認").await?;
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await
}

/// Nothing on the screen says that something is withheld, or why.
async fn no_reason(tablet: &Tablet, card: &str) -> anyhow::Result<()> {
    let shown = tablet.text().await?;
    for word in ["不開示", "自己情報", "提供不可", "990-0014", "資格県受付市空欄町", "資格県受付市両方町", "0007914"]
    {
        ensure!(!shown.contains(word), "{card}: 「{word}」 is shown: {shown}");
    }
    Ok(())
}

/// OT-11 of each, and one of them on paper.
async fn at_the_office(world: &mut World, folder: &std::path::Path) -> anyhow::Result<()> {
    let desk = world.screen(1280, 900).await?;
    way::to_list(&desk, world).await?;
    let mut camera = Camera { tablet: &desk, folder: folder.to_owned(), taken: 0 };
    for (name, picture, shown) in [
        ("扶助 八郎", None, &["資格情報(医療扶助)", "委託あり", "ひなた訪問看護ステーション", "提供しない"][..]),
        ("併用 十和", Some("ot-11-two-coverages"), &["ひなた健康保険組合", "資格情報(医療扶助)", "試験福祉事務所"]),
        ("助成 治", Some("ot-11-subsidies"), &["公費・医療費助成", "自立支援を先に使います。", "0006809", "提供する"]),
        ("助成 薫", None, &["この医療費助成の内容は提供されていません", "提供する"]),
        ("空欄 夏子", Some("ot-11-x60"), &[X60, X59]),
    ] {
        desk.press(name).await?;
        desk.heading("同意と資格の明細").await?;
        for text in shown {
            desk.sees(text).await?;
        }
        no_reason(&desk, name).await?;
        if let Some(picture) = picture {
            camera.take_at(picture, &[820, 1280]).await?;
        }
        if name == "空欄 夏子" {
            let sheets = printed(&desk, folder, "ot-11-x60-paper").await?.concat();
            ensure!(sheets.contains("空欄夏子") && sheets.contains("8802"), "the person is not on paper: {sheets}");
            for absent in ["住所", "郵便番号", "空欄町", "提供されていません"] {
                ensure!(!sheets.contains(absent), "「{absent}」 is on paper: {sheets}");
            }
        }
        desk.driver.back().await?;
        desk.heading("同意済資格情報取得").await?;
        desk.sees("検索結果").await?;
    }
    Ok(())
}
