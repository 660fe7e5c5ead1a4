//! Every screen at three widths, to `target/pictures`, each looked at by axe and by a ruler.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::World;

use crate::{card_check, office, way};

/// Phone, tablet, PC: CSS px.
const WIDTHS: [u32; 3] = [360, 820, 1280];

/// One browser whose pictures are kept.
pub(crate) struct Camera<'a> {
    pub(crate) tablet: &'a Tablet,
    pub(crate) folder: PathBuf,
    pub(crate) taken: usize,
}

impl Camera<'_> {
    /// Takes a screen at the three widths; nothing may stick out, be too small to press or too small to read.
    async fn take(&mut self, name: &str) -> anyhow::Result<()> {
        self.take_at(name, &WIDTHS).await
    }

    /// The same at some widths.
    pub(crate) async fn take_at(&mut self, name: &str, widths: &[u32]) -> anyhow::Result<()> {
        for &width in widths {
            self.tablet.resize(width, if width == 360 { 740 } else { 900 }).await?;
            self.tablet.axe().await.with_context(|| format!("{name} at {width} px"))?;
            let wrong = self.tablet.script(RULER).await?;
            ensure!(wrong == serde_json::json!([]), "{name} at {width} px: {wrong}");
            // As high as the page: a frame of another origin is painted only where it is in view.
            let height = self.tablet.script("return document.documentElement.scrollHeight").await?.as_u64().unwrap_or(900);
            self.tablet.resize(width, u32::try_from(height)?).await?;
            self.tablet.picture(&self.folder.join(format!("{name}-{width}.png"))).await?;
            self.taken += 1;
        }
        self.tablet.resize(820, 1180).await
    }
}

/// What a ruler finds: lines of one character, sideways scrolling, targets below 44 px, text below 18 px on the patient's screens (16 px elsewhere).
pub(crate) const RULER: &str = r"
const wrong = [];
const root = document.documentElement;
if (root.scrollWidth > root.clientWidth + 1) wrong.push('the page is ' + root.scrollWidth + ' px wide');
const shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden' && !e.closest('[aria-hidden=true]');
const patient = location.pathname.startsWith('/r/');
for (const e of document.querySelectorAll('button, a[href], input:not([type=hidden]), select, summary')) {
    if (!shown(e)) continue;
    const label = e.labels && e.labels[0];
    const boxes = [e, label].filter(Boolean).map(x => x.getBoundingClientRect());
    const inline = e.tagName === 'A' && getComputedStyle(e).display === 'inline';
    const skip = e.className && String(e.className).includes('skip');
    if (!inline && !skip && !boxes.some(b => b.height >= 43.5 && b.width >= 43.5))
        wrong.push('small target: ' + (e.innerText || e.name || e.type) + ' ' + boxes.map(b => Math.round(b.width) + 'x' + Math.round(b.height)));
}
const least = patient ? 18 : 14;
for (const e of document.querySelectorAll('main *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (own && shown(e) && parseFloat(getComputedStyle(e).fontSize) < least - 0.1)
        wrong.push('small text: ' + getComputedStyle(e).fontSize + ' ' + e.innerText.slice(0, 20));
}
// A line that holds a single character: the rest of a word torn apart.
for (const e of document.querySelectorAll('main h1, main h2, main h3, main p, main li, main dt, main dd, main legend, main label, main summary, main button')) {
    if (!shown(e) || e.querySelector('p, ul, ol, dl, div, h2, h3, input, iframe')) continue;
    // Letters so large that a phrase is longer than a line: then it has to be torn apart.
    if (e.clientWidth < 10 * parseFloat(getComputedStyle(e).fontSize)) continue;
    const lines = new Map();
    const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode;
        for (let at = 0; at < text.length; at++) {
            // What is there for a screen reader only has no width.
            if (!text.data[at].trim() || text.parentElement.getBoundingClientRect().width < 4) continue;
            const range = document.createRange();
            range.setStart(text, at);
            range.setEnd(text, at + 1);
            const box = range.getClientRects()[0];
            if (!box || box.width < 1) continue;
            const line = [...lines.keys()].find(top => Math.abs(top - box.bottom) < 6) ?? box.bottom;
            lines.set(line, (lines.get(line) || '') + text.data[at]);
        }
    }
    if (lines.size > 1) for (const line of lines.values())
        // A URL breaks where it must.
        if ([...line].length === 1 && line > '\u007f') wrong.push('a line of one character: 「' + line + '」 in ' + e.innerText.slice(0, 30));
}
return wrong.slice(0, 8);
";

/// All of them.
pub(crate) async fn all(world: &mut World) -> anyhow::Result<()> {
    let folder = world.folder.join("../../pictures");
    let tablet = world.tablet().await?;
    let mut camera = Camera { tablet: &tablet, folder: folder.clone(), taken: 0 };
    reception(world, &tablet, &mut camera).await?;
    results(world, &tablet, &mut camera).await?;
    device_screens(world, &folder).await?;
    troubles(world, &tablet, &mut camera).await?;
    office_screens(world, &folder).await?;
    // The parts that no screen may show yet: the page that a test of `web` leaves among what is built.
    let gallery = world.folder.join("../../gallery.html").canonicalize().context("cargo test -p web gallery")?;
    tablet.open(&format!("file://{}", gallery.display())).await?;
    tablet.sees("部品の見本").await?;
    camera.take("parts").await?;
    ensure!(camera.taken >= 60, "only {} pictures", camera.taken);
    Ok(())
}

/// The way of a patient.
async fn reception(world: &mut World, tablet: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    tablet.open(&world.reception_url()).await?;
    tablet.heading("資格確認と同意の受付").await?;
    tablet.sees("カードリーダーの準備ができています").await?;
    camera.take("rw-1-top").await?;
    tablet.press("同意登録をする").await?;
    tablet.heading("端末を患者様にお渡しください").await?;
    camera.take("rw-1-hand-over").await?;
    tablet.press("患者です。はじめます").await?;
    tablet.heading("はじめる前の準備").await?;
    camera.take("rw-2-prepare").await?;
    tablet.press("次へ").await?;
    tablet.sees("まだ選んでいないものが4つあります").await?;
    camera.take("rw-2-missing").await?;
    tablet.pick("数字4けたの暗証番号", "まだ").await?;
    camera.take("rw-2-not-yet").await?;
    way::to_choices(tablet, &world.reception_url()).await?;
    tablet.press("次へ").await?;
    tablet.sees("まだ選んでいないものが5つあります").await?;
    camera.take("rw-3-missing").await?;
    for (question, answer) in [
        ("手術の情報", "同意する"),
        ("診療・薬剤の情報", "同意する"),
        ("特定健診の情報", "同意しない"),
        ("限度額適用認定証", "同意する"),
        ("特定疾病", "同意する"),
    ] {
        tablet.pick(question, answer).await?;
    }
    camera.take("rw-3-choices").await?;
    tablet.press("次へ").await?;
    tablet.heading("この内容でよろしいですか").await?;
    camera.take("rw-4-confirm").await?;
    tablet.press("同意内容を登録する").await?;
    tablet.heading("ご本人の確認").await?;
    tablet.sees("カードが置かれています").await?;
    camera.take("rw-5-ready").await?;
    tablet.press("読み取りを始める").await?;
    tablet.in_pin_frame(async || Ok(())).await?;
    camera.take("rw-5-pin").await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.heading("受付が終わりました").await?;
    camera.take("rw-6-hand-back").await?;
    way::result(tablet).await?;
    camera.take("rw-7-result").await?;
    slip(tablet, camera).await?;
    tablet.press("終了する").await?;
    tablet.heading("終了しました").await?;
    camera.take("rw-end").await
}

/// What 「控えだけを印刷する」 sends to the printer.
async fn slip(tablet: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    tablet.script("window.print = () => {}; return 1").await?;
    tablet.press("控えだけを印刷する").await?;
    tablet.cdp("Emulation.setEmulatedMedia", serde_json::json!({ "media": "print" })).await?;
    let printed = tablet.text().await?;
    ensure!(
        printed.contains("受付番号") && !printed.contains("資格 一郎") && !printed.contains("保険者"),
        "the slip is not alone: {printed}"
    );
    tablet.picture(&camera.folder.join("rw-8-slip.png")).await?;
    tablet.cdp("Emulation.setEmulatedMedia", serde_json::json!({ "media": "" })).await.map(drop)
}

/// The results that are not simply valid, each with its own words.
async fn results(world: &mut World, tablet: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    for (card, name, words) in [
        ("hanako", "rw-7-over-75", "1割"),
        ("saburo", "rw-7-x28-invalid", "U-X28"),
        ("shiro", "rw-7-x29-replaced", "U-X29"),
        ("nanako", "rw-7-x30-not-found", "U-X30"),
        ("goro", "rw-7-x31-several", "U-X31"),
        ("jiro", "rw-7-x23-under-40", "対象外"),
        ("kazuko", "rw-7-x33-dot", "表示できない文字"),
        ("taro:expires-soon", "rw-7-x07-expires-soon", "電子証明書の期限が近づいています"),
    ] {
        another_card(world, card).await?;
        way::to_card(tablet, &world.reception_url()).await?;
        tablet.sees("カードが置かれています").await?;
        way::prove(tablet).await?;
        way::result(tablet).await?;
        tablet.sees(words).await?;
        camera.take(name).await?;
        tablet.press("終了する").await?;
        tablet.heading("終了しました").await?;
    }
    // The earlier consent of the first visit: opened again in the middle, asked, kept; asked once more, replaced.
    another_card(world, "ichiro").await?;
    way::to_card(tablet, &world.reception_url()).await?;
    tablet.driver.refresh().await?;
    tablet.heading("前の受付が残っています").await?;
    camera.take("rw-go-on").await?;
    way::go_on(tablet).await?;
    for answer in ["前の登録のままにする", "今回の内容に置きかえる"] {
        tablet.sees("カードが置かれています").await?;
        tablet.press("読み取りを始める").await?;
        tablet.enter_pin(virtual_card::AUTH_PIN).await?;
        tablet.heading("すでに登録があります").await?;
        camera.take("rw-x25-asked").await?;
        tablet.press(answer).await?;
        if answer == "前の登録のままにする" {
            tablet.heading("終了しました").await?;
            camera.take("rw-end-former-stays").await?;
            way::to_card(tablet, &world.reception_url()).await?;
        }
    }
    tablet.heading("受付が終わりました").await?;
    way::result(tablet).await?;
    tablet.sees("今回の内容に置きかわりました").await?;
    camera.take("rw-7-x25-replaced").await?;
    tablet.press("終了する").await?;
    tablet.heading("終了しました").await
}

/// What stands in the way of a card, each with its own words; none of them stores anything.
async fn troubles(world: &mut World, tablet: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    let before = way::rows(world).await?;
    // Decided by the server after the proof, or by the certificate after the PIN.
    for (card, name, words) in [
        ("mutsuko", "x10-not-registered", "U-X10"),
        ("ichiro:expired", "x09-expired", "U-X09"),
        ("ichiro:forged", "x11-forged", "U-X11"),
        ("ichiro:next-gen", "card-newer", "U-CARD-NEWER"),
    ] {
        another_card(world, card).await?;
        way::to_card(tablet, &world.reception_url()).await?;
        tablet.sees("カードが置かれています").await?;
        tablet.press("読み取りを始める").await?;
        tablet.enter_pin(virtual_card::AUTH_PIN).await?;
        tablet.sees(words).await?;
        camera.take(name).await?;
    }
    // Decided by the card, before any PIN.
    for (card, name, words) in [
        ("ichiro:locked", "x04-locked", "書かれていないとき"),
        ("ichiro:no-pin", "x06-no-pin", "「顔認証」と書かれているとき"),
        ("ichiro:no-user-cert", "x06-no-certificate", "U-X06"),
        ("ichiro:last-try", "x03-last-try", "あと1回まちがえるとロックされます"),
    ] {
        another_card(world, card).await?;
        way::to_card(tablet, &world.reception_url()).await?;
        tablet.sees("カードが置かれています").await?;
        tablet.press("読み取りを始める").await?;
        tablet.sees(words).await?;
        camera.take(name).await?;
        ensure!(world.verify_count()? == 0, "{card}: a PIN was sent");
    }
    tablet.in_pin_frame(async || tablet.press("やめる").await).await?;
    tablet.sees("暗証番号の入力をやめました").await?;
    camera.take("x03-stopped").await?;
    // Decided by the card, after one.
    another_card(world, "ichiro").await?;
    way::to_card(tablet, &world.reception_url()).await?;
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    for (pin, name, words) in [("9876", "x02-wrong", "U-X02"), ("9875", "x03-wrong-again", "U-X03")] {
        tablet.enter_pin(pin).await?;
        tablet.sees(words).await?;
        camera.take(name).await?;
        tablet.press("もう一度").await?;
    }
    another_card(world, "ichiro").await?;
    way::to_card(tablet, &world.reception_url()).await?;
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet.in_pin_frame(async || Ok(())).await?;
    world.card(|card| card.set_fault(Some(virtual_card::Fault::RemoveDuring(3))))?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.sees("離れたため").await?;
    camera.take("x14-removed").await?;
    // Put there before the page looked: it may be one that lies there for good, and the other reader is empty.
    another_card(world, "ichiro:juki").await?;
    way::to_card(tablet, &world.reception_url()).await?;
    tablet.sees("マイナンバーカードに置きかえてください").await?;
    camera.take("card-beside").await?;
    for (card, name, words) in [
        ("ichiro:foreign", "card-foreign", "このカードは使えません"),
        ("ichiro:juki", "card-juki", "住民基本台帳カードは使えません"),
        ("ichiro:phone-android", "x55-android", "Androidスマートフォンの電子証明書は、ここでは使えません"),
        ("ichiro:phone-ios", "x55-iphone", "iPhoneの電子証明書は、ここでは使えません"),
    ] {
        another_card(world, card).await?;
        tablet.sees(words).await?;
        camera.take(name).await?;
    }
    drop(world.remove().await?);
    tablet.sees("カードを置いてください").await?;
    camera.take("rw-5-no-card").await?;
    tablet.press("カードを使わない方法").await?;
    tablet.heading("カードを使わない確認の方法").await?;
    camera.take("x12-paper").await?;
    world.kill_helper().await?;
    way::to_card(tablet, &world.reception_url()).await?;
    tablet.sees("U-X15").await?;
    camera.take("x15-no-helper").await?;
    tablet.open("about:blank").await?;
    tablet.open(&world.reception_url()).await?;
    tablet.sees("uketsuke-helper doctor").await?;
    camera.take("rw-1-no-helper").await?;
    world.start_helper_for("http://localhost:9").await?;
    tablet.press("もう一度確かめる").await?;
    tablet.sees("uketsuke-helper allow").await?;
    camera.take("rw-1-not-allowed").await?;
    tablet.open(&format!("{}/r/{}", world.origin(), "A".repeat(43))).await?;
    tablet.sees("U-NOT-FOUND").await?;
    camera.take("not-found").await?;
    tablet.open(&format!("{}/r/", world.origin())).await?;
    tablet.sees("ページが見つかりません").await?;
    camera.take("nothing-here").await?;
    ensure!(way::rows(world).await? == before, "a refused visit left a row");
    Ok(())
}

/// Puts another card on the reader, and waits until the system has seen the empty reader in between.
pub(crate) async fn another_card(world: &World, card: &str) -> anyhow::Result<()> {
    let mut page = e2e::page::Page::connect(&world.origin()).await?;
    if world.card(|_| ()).is_ok() {
        drop(world.remove().await?);
    }
    page.state_is("an empty reader", |state| state.readers.iter().all(|reader| reader.card.is_none())).await?;
    world.put(card)?;
    page.state_is("a card with its kind", |state| state.readers.iter().any(|reader| reader.card.is_some_and(|card| card.kind.is_some())))
        .await
}

/// The card check of the device desk.
async fn device_screens(world: &mut World, folder: &std::path::Path) -> anyhow::Result<()> {
    another_card(world, "ichiro").await?;
    let desk = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &desk, folder: folder.to_owned(), taken: 0 };
    card_check::open(&desk, world).await?;
    desk.sees("下から、確かめることを選んでください").await?;
    camera.take("da-card-ready").await?;
    desk.press("暗証番号の残り回数を確認").await?;
    desk.sees("あと5回").await?;
    camera.take("da-card-tries").await?;
    card_check::consent(&desk).await?;
    desk.press("電子証明書だけを読み取る").await?;
    desk.sees("年）6月2日まで").await?;
    camera.take("da-card-certificate").await?;
    desk.press("カードの中の顔写真を表示").await?;
    desk.in_pin_frame(async || Ok(())).await?;
    camera.take("da-card-frame").await?;
    card_check::enter_printed(&desk, Some("9999")).await?;
    desk.sees("カードの表の数字と合いません").await?;
    camera.take("da-card-wrong").await?;
    desk.press("もう一度").await?;
    desk.press("カードの中の顔写真を表示").await?;
    card_check::enter_printed(&desk, None).await?;
    card_check::photo(&desk).await?;
    camera.take("da-card-photo").await?;
    desk.press("一致しない").await?;
    desk.sees("写真を消しました").await?;
    camera.take("da-card-differs").await?;
    another_card(world, "ichiro:locked").await?;
    desk.press("暗証番号の残り回数を確認").await?;
    desk.sees("ロックされています").await?;
    camera.take("da-card-locked").await?;
    drop(world.remove().await?);
    desk.sees("カードを置いてください").await?;
    camera.take("da-card-none").await
}

/// The office's screens.
async fn office_screens(world: &mut World, folder: &std::path::Path) -> anyhow::Result<()> {
    let desk = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &desk, folder: folder.to_owned(), taken: 0 };
    desk.open(&world.office_url()).await?;
    desk.heading("ログイン").await?;
    camera.take("ot-3-login").await?;
    desk.fill("パスワード", "ａｓａｇａｏ").await?;
    desk.sees("全角と半角は、ちがうパスワードになります").await?;
    camera.take("ot-3-full-width").await?;
    let login = office::ready_account(world)?;
    office::log_in(&desk, world, &login).await?;
    desk.heading("メニュー").await?;
    camera.take("ot-5-menu").await?;
    for (path, heading, name) in [
        ("setup", "準備チェックリスト", "ot-19-list"),
        ("accounts/new", "アカウント管理(登録)", "ot-7-form"),
        ("codes", "アクティベーションコード管理", "ot-8-codes"),
    ] {
        desk.open(&format!("{}/{path}", world.office_url())).await?;
        desk.heading(heading).await?;
        camera.take(name).await?;
    }
    desk.open(&world.office_url()).await?;
    desk.heading("メニュー").await?;
    desk.press("医療機関別URL取得・変更").await?;
    desk.heading("医療機関別URL取得・変更").await?;
    desk.sees("発行日時").await?;
    camera.take("ot-9-url").await?;
    desk.press("変更する").await?;
    desk.sees("URLを変更しますか").await?;
    camera.take("ot-9-change").await?;
    desk.press("やめる").await?;
    desk.open(&format!("{}/url/former", world.office_url())).await?;
    desk.sees("これまでに変更したことはありません").await?;
    camera.take("ot-9-former").await?;
    desk.open(&format!("{}/consents", world.office_url())).await?;
    desk.heading("同意済資格情報取得").await?;
    camera.take("ot-10-conditions").await?;
    desk.press("検索").await?;
    desk.sees("検索結果：").await?;
    camera.take("ot-10-list").await?;
    desk.press("受付 花子").await?;
    desk.heading("同意と資格の明細").await?;
    desk.sees("保険者番号").await?;
    camera.take("ot-11-detail").await?;
    desk.driver.back().await?;
    desk.press("複数 五郎").await?;
    desk.heading("同意と資格の明細").await?;
    desk.sees("複数の資格があります").await?;
    camera.take("ot-11-several").await?;
    desk.press("この資格を使う").await?;
    desk.sees("この資格を使いますか").await?;
    camera.take("ot-11-choose").await?;
    desk.press_in("dialog", "この資格を使う").await?;
    desk.sees("職員がこの資格を選びました").await?;
    camera.take("ot-11-chosen").await?;
    desk.open(&format!("{}/consents", world.office_url())).await?;
    desk.fill("氏名・カナ・通称", "だれもいない").await?;
    desk.press("検索").await?;
    desk.sees("条件に合う同意はありません").await?;
    camera.take("ot-10-empty").await?;
    desk.driver.refresh().await?;
    desk.sees("氏名や番号の条件は、この端末に残しません").await?;
    camera.take("ot-10-reloaded").await?;
    let second = world.demo.logins.get(1).cloned().context("the demo has no second account")?;
    desk.press("ログアウト").await?;
    desk.heading("ログイン").await?;
    office::log_in(&desk, world, &second).await?;
    desk.heading("初期パスワードの変更").await?;
    camera.take("ot-4-first-password").await
}
