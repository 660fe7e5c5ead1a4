//! Nobody registers another person's choices, and nobody's earlier consent goes without a yes.

use anyhow::ensure;
use e2e::browser::Tablet;
use e2e::proxy::Loss;
use e2e::stack::World;

use crate::way;

/// Name of the entry that the page keeps.
const ENTRY: &str = "uketsuke.visit";

/// How many answers stand selected.
async fn selected(tablet: &Tablet) -> anyhow::Result<u64> {
    let chosen = tablet.script("return document.querySelectorAll('input:checked').length").await?;
    chosen.as_u64().ok_or_else(|| anyhow::anyhow!("no number: {chosen}"))
}

/// What the tab keeps.
async fn kept(tablet: &Tablet) -> anyhow::Result<String> {
    let kept = tablet.script(&format!("return sessionStorage.getItem('{ENTRY}') || ''")).await?;
    Ok(kept.as_str().unwrap_or_default().to_owned())
}

/// From the top to the choices, where nothing may be selected on the way.
async fn begins_empty(tablet: &Tablet) -> anyhow::Result<()> {
    tablet.heading("資格確認と同意の受付").await?;
    ensure!(kept(tablet).await?.is_empty(), "something is kept at the top");
    tablet.press("同意登録をする").await?;
    tablet.heading("端末を患者様にお渡しください").await?;
    tablet.press("患者です。はじめます").await?;
    tablet.heading("はじめる前の準備").await?;
    ensure!(selected(tablet).await? == 0, "the checklist of the one before");
    tablet.press("次へ").await?;
    tablet.sees("まだ選んでいないものが4つあります").await?;
    for question in ["マイナンバーカードは手元に", "数字4けたの暗証番号", "カードを健康保険証として"] {
        tablet.pick(question, "はい").await?;
    }
    tablet.pick(way::ASSIST, "本人").await?;
    tablet.press("次へ").await?;
    tablet.heading("同意する内容をお選びください").await?;
    ensure!(selected(tablet).await? == 0, "the answers of the one before");
    Ok(())
}

/// Back to the top, a page opened again, a browser restored late, a clock that was moved: the next person begins with nothing.
pub(crate) async fn choices(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    let url = world.reception_url();
    // Choices, back to the top, another registration.
    way::to_choices(&tablet, &url).await?;
    tablet.press("すべて同意する").await?;
    ensure!(selected(&tablet).await? == 5, "control: five answers");
    for heading in ["はじめる前の準備", "端末を患者様にお渡しください", "資格確認と同意の受付"] {
        tablet.press("もどる").await?;
        tablet.heading(heading).await?;
    }
    begins_empty(&tablet).await?;
    // The browser's own way forward does not bring them back either.
    tablet.press("すべて同意する").await?;
    tablet.press("もどる").await?;
    tablet.heading("はじめる前の準備").await?;
    tablet.press("もどる").await?;
    tablet.heading("端末を患者様にお渡しください").await?;
    tablet.driver.forward().await?;
    begins_empty(&tablet).await?;

    // At the card; the bookmark is opened again in the tab.
    way::to_card(&tablet, &url).await?;
    tablet.sees("登録する同意の内容").await?;
    tablet.open(&url).await?;
    tablet.heading("前の受付が残っています").await?;
    tablet.axe().await?;
    tablet.press("はじめから").await?;
    begins_empty(&tablet).await?;
    // The same person goes on, and sees what will be signed.
    way::to_card(&tablet, &url).await?;
    tablet.open(&url).await?;
    way::go_on(&tablet).await?;
    tablet.heading("ご本人の確認").await?;
    tablet.sees("登録する同意の内容").await?;
    tablet.sees("もう一度カードと暗証番号で確かめます").await?;

    // A restored browser brings storage and history back, however late; the time that was kept tells.
    let minute = 60_000;
    for (what, shift, is_gone) in [
        ("within the idle time", -4 * minute, false),
        ("after the idle time", -5 * minute, true),
        ("a week later", -7 * 24 * 60 * minute, true),
        ("from a time that is yet to come", minute, true),
    ] {
        way::to_card(&tablet, &url).await?;
        let script = format!(
            "const k = JSON.parse(sessionStorage.getItem('{ENTRY}')); k.seen_at += {shift};
             sessionStorage.setItem('{ENTRY}', JSON.stringify(k)); location.reload()"
        );
        tablet.script(&script).await?;
        if is_gone {
            begins_empty(&tablet).await?;
        } else {
            way::go_on(&tablet).await?;
            tablet.heading("ご本人の確認").await?;
        }
        // Who begins anew has said who helps by then: that is kept, and no visit.
        ensure!(kept(&tablet).await?.contains("secret") != is_gone, "{what}");
    }
    // The tablet's own clock says nothing about it: neither forward, where all would be lost, nor back, where all would be kept.
    for (what, clock, age, is_gone) in [("set forward", 60 * minute, 0, false), ("set back", -60 * minute, 6 * minute, true)] {
        way::to_card(&tablet, &url).await?;
        let moved = format!(
            "{{ const now = Date.now; Date.now = () => now() + {clock};
               const k = JSON.parse(sessionStorage.getItem('{ENTRY}') || 'null');
               if (k) {{ k.seen_at -= {age}; sessionStorage.setItem('{ENTRY}', JSON.stringify(k)); }} }}"
        );
        let added = tablet.cdp("Page.addScriptToEvaluateOnNewDocument", serde_json::json!({ "source": moved })).await?;
        tablet.driver.refresh().await?;
        if is_gone {
            tablet.heading("資格確認と同意の受付").await?;
        } else {
            tablet.heading("前の受付が残っています").await?;
        }
        ensure!(kept(&tablet).await?.is_empty() == is_gone, "the clock was {what}");
        tablet.cdp("Page.removeScriptToEvaluateOnNewDocument", added).await?;
    }
    ensure!(way::rows(world).await? == 0, "nothing was registered");
    Ok(())
}

/// The card's proof, up to the question about the earlier consent.
async fn ask(tablet: &Tablet) -> anyhow::Result<()> {
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.heading("すでに登録があります").await
}

/// From the bookmark to the question, refusing all.
async fn refuse_all(tablet: &Tablet, url: &str) -> anyhow::Result<()> {
    way::to_choices(tablet, url).await?;
    tablet.press("すべて同意しない").await?;
    tablet.press("次へ").await?;
    tablet.heading("この内容でよろしいですか").await?;
    tablet.press("同意内容を登録する").await?;
    tablet.heading("ご本人の確認").await?;
    ask(tablet).await
}

/// A living consent (X25): asked about before it is replaced; no keeps it, a reload keeps it, another device's is asked about anew.
pub(crate) async fn earlier_consent(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    let url = world.reception_url();
    way::to_card(&tablet, &url).await?;
    way::prove(&tablet).await?;
    way::result(&tablet).await?;
    way::finish(&tablet).await?;

    refuse_all(&tablet, &url).await?;
    for said in ["前の登録", "今回の内容", "前と変わります", "まだ登録していません", "までにお選びください"]
    {
        tablet.sees(said).await?;
    }
    tablet.axe().await?;
    // Back does not answer it, a reload does not either.
    tablet.driver.back().await?;
    tablet.heading("すでに登録があります").await?;
    tablet.driver.refresh().await?;
    way::go_on(&tablet).await?;
    tablet.heading("ご本人の確認").await?;
    tablet.sees("もう一度カードと暗証番号で確かめます").await?;
    ensure!(way::rows(world).await? == 1, "a question stored something");
    ask(&tablet).await?;
    tablet.press("前の登録のままにする").await?;
    tablet.heading("終了しました").await?;
    tablet.sees("登録は行われていません").await?;
    tablet.sees("前の登録は、そのままです").await?;
    ensure!(way::rows(world).await? == 1, "a no stored something");

    // Two tablets ask about the same one; the yes of the second was given to a consent that is no more.
    let other = world.tablet().await?;
    refuse_all(&other, &url).await?;
    refuse_all(&tablet, &url).await?;
    // The answer to the yes is lost on its way: the same again, stored once.
    world.net.lose(Loss::Answer("/proof".to_owned()));
    world.net.lose(Loss::Answer("/proof".to_owned()));
    tablet.press("今回の内容に置きかえる").await?;
    world.net.lost(1).await?;
    tablet.sees("U-X01").await?;
    let happened = world.net.losses_happened();
    tablet.press("もう一度").await?;
    if happened == 1 {
        tablet.sees("U-X01").await?;
        tablet.press("もう一度").await?;
    }
    tablet.heading("受付が終わりました").await?;
    way::result(&tablet).await?;
    tablet.sees("今回の内容に置きかわりました").await?;
    way::finish(&tablet).await?;
    ensure!(way::rows(world).await? == 2, "one more row");
    other.press("今回の内容に置きかえる").await?;
    other.sees("ほかの端末で登録が変わったため").await?;
    ensure!(way::rows(world).await? == 2, "a yes to another consent counted");
    other.press("今回の内容に置きかえる").await?;
    other.heading("受付が終わりました").await?;
    ensure!(way::rows(world).await? == 3, "the yes to what was shown");
    ensure!(world.verify_count()? == 5, "a question costs no PIN: five presses, five VERIFY");
    Ok(())
}
