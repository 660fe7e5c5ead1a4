//! The office's list and detail as staff work with them: many visits, searches in any writing, a choice, reload and back, paper.

use std::process::Command;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use e2e::browser::Tablet;
use e2e::stack::World;
use e2e::wait::{LIMIT, until};
use serde_json::{Value, json};
use shared::evidence::{Operation, signed_bytes};
use virtual_card::Card;

use crate::way;

/// Visits of one person: with two others they fill a page of fifty and one row more than two.
const MANY: usize = 50;

/// One POST of the page to its server.
async fn post(tablet: &Tablet, path: &str, secret: Option<&str>, body: &Value) -> anyhow::Result<Value> {
    let script = format!(
        "const headers = {{ 'content-type': 'application/json' }};
         if ({secret}) headers['x-uketsuke-visit'] = {secret};
         const r = await fetch('{path}', {{ method: 'POST', headers, body: JSON.stringify({body}) }});
         return [r.status, await r.json()]",
        secret = json!(secret)
    );
    let answer = tablet.script(&script).await?;
    ensure!(answer.get(0) == Some(&json!(200)), "{path}: {answer}");
    answer.get(1).cloned().context("no answer")
}

/// A whole visit without its screens, everything agreed; gives the number of the receipt.
async fn visit_of(tablet: &Tablet, world: &World, card: &mut Card, number: usize) -> anyhow::Result<String> {
    let text =
        |value: &Value, place: &str| value.pointer(place).and_then(Value::as_str).map(str::to_owned).with_context(|| place.to_owned());
    let page = tablet
        .script(&format!("return (await (await fetch('/api{}')).json())", world.demo.reception.replace("/r/", "/reception/")))
        .await?;
    let agreed = json!({ "surgery": "agree", "treatment_and_drug": "agree", "checkup": "agree", "limit_certificate": "agree", "specific_disease": "agree" });
    let key = URL_SAFE_NO_PAD.encode(u128::try_from(number)?.to_be_bytes());
    let new = json!({ "key": key, "choices": agreed, "notice_version": page.get("notice_version"), "language": "ja" });
    let path = format!("/api{}/visits", world.demo.reception.replace("/r/", "/reception/"));
    let opened = post(tablet, &path, None, &new).await?;
    let (nonce, statement) = (text(&opened, "/challenge/nonce")?, text(&opened, "/challenge/statement")?);
    let (certificate, signature) = sign(card, &world.origin(), &URL_SAFE_NO_PAD.decode(&nonce)?, &URL_SAFE_NO_PAD.decode(statement)?)?;
    let mut proof =
        json!({ "nonce": nonce, "certificate": URL_SAFE_NO_PAD.encode(certificate), "signature": URL_SAFE_NO_PAD.encode(signature) });
    let (path, secret) = (format!("/api/visits/{}/proof", text(&opened, "/visit")?), text(&opened, "/secret")?);
    let mut answer = post(tablet, &path, Some(&secret), &proof).await?;
    // A living consent is replaced after a yes only.
    if let (Some(former), Some(proof_map)) = (answer.pointer("/confirm_needed/replacement/former").cloned(), proof.as_object_mut()) {
        proof_map.insert("replaces".to_owned(), former);
        answer = post(tablet, &path, Some(&secret), &proof).await?;
    }
    text(&answer, "/done/result/receipt").or_else(|_| text(&answer, "/receipt"))
}

/// What a card answers to PIN, signature and certificate: certificate and signature.
fn sign(card: &mut Card, origin: &str, nonce: &[u8], statement: &[u8]) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let sha256 = |bytes: &[u8]| -> anyhow::Result<[u8; 32]> {
        let mut command = Command::new("openssl");
        command.args(["dgst", "-sha256", "-binary"]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.spawn().context("openssl")?;
        std::io::Write::write_all(&mut child.stdin.take().context("stdin")?, bytes)?;
        child.wait_with_output()?.stdout.try_into().map_err(|_| anyhow::anyhow!("no digest"))
    };
    let message = signed_bytes(Operation::Authenticate, &sha256(origin.as_bytes())?, &nonce.try_into()?, statement);
    let head = [0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];
    let digest_info = [&head[..], &sha256(&message)?].concat();
    let mut ask = |apdu: &[u8]| -> anyhow::Result<Vec<u8>> {
        let mut answer = card.transmit(apdu).map_err(|_| anyhow::anyhow!("the card is gone"))?;
        let status = answer.split_off(answer.len().saturating_sub(2));
        ensure!(status == [0x90, 0x00], "the card answers {status:02x?}");
        Ok(answer)
    };
    ask(&[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01])?;
    ask(&[&[0x00, 0x20, 0x00, 0x98, 0x04][..], virtual_card::AUTH_PIN.as_bytes()].concat())?;
    let signature = ask(&[&[0x80, 0x2A, 0x00, 0x97, 0x33][..], &digest_info, &[0x00]].concat())?;
    let mut certificate = ask(&[0x00, 0xB0, 0x8A, 0x00, 0x00, 0x00, 0x00])?;
    // What follows it in its file is filling: DER says its length.
    if let [0x30, 0x82, high, low, ..] = certificate.as_slice() {
        certificate.truncate(4 + usize::from(u16::from_be_bytes([*high, *low])));
    }
    Ok((certificate, signature))
}

/// Registers visits: the last number of receipt of each person.
pub(crate) async fn visits(world: &mut World, people: &[(&str, usize)]) -> anyhow::Result<Vec<String>> {
    let tablet = world.tablet().await?;
    tablet.open(&world.reception_url()).await?;
    tablet.heading("資格確認と同意の受付").await?;
    let mut receipts = Vec::new();
    let mut number = 0;
    for (person, times) in people {
        let mut card = world.fresh(person)?;
        let mut last = String::new();
        for _ in 0..*times {
            number += 1;
            last = visit_of(&tablet, world, &mut card, number).await?;
        }
        receipts.push(last);
    }
    Ok(receipts)
}

/// Waits for 「検索結果：n件 …」 exactly.
async fn shows(desk: &Tablet, count: &str) -> anyhow::Result<()> {
    until(&format!("「{count}」"), LIMIT, async || {
        let script = "const c = document.querySelector('.results__count'); return c ? c.innerText.trim() : ''";
        let seen = desk.script(script).await.map_err(|error| error.to_string())?;
        if seen == json!(count) { Ok(()) } else { Err(seen.to_string()) }
    })
    .await
}

/// What of a person is in address, title, storages or history: nothing.
async fn keeps_nobody(desk: &Tablet) -> anyhow::Result<()> {
    let kept = desk
        .script("return JSON.stringify([location.href, document.title, Object.entries(sessionStorage), Object.entries(localStorage), history.state])")
        .await?;
    let kept = kept.as_str().context("storage")?.to_owned();
    for of_a_person in ["通称", "つうし", "ツウシ", "一郎", "太郎", "TSUSHO", "kanri"] {
        ensure!(!kept.contains(of_a_person), "「{of_a_person}」 is kept: {kept}");
    }
    Ok(())
}

async fn search(desk: &Tablet, label: &str, text: &str, count: &str) -> anyhow::Result<()> {
    desk.fill(label, text).await?;
    desk.press("検索").await?;
    shows(desk, count).await
}

/// Pages, reload and back; searches in any writing; 置換; a wrong date; a choice among coverages; the verdict in view.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let receipts = visits(world, &[("ichiro", MANY), ("taro", 1), ("goro", 1)]).await?;
    let desk = world.screen(1280, 900).await?;
    way::to_list(&desk, world).await?;
    shows(&desk, "検索結果：52件 1-50件表示").await?;
    desk.axe().await?;

    // Reload and back keep search and page.
    desk.press("次へ").await?;
    shows(&desk, "検索結果：52件 51-52件表示").await?;
    desk.driver.refresh().await?;
    shows(&desk, "検索結果：52件 51-52件表示").await?;
    desk.press("資格 一郎").await?;
    desk.heading("同意と資格の明細").await?;
    desk.driver.refresh().await?;
    desk.heading("同意と資格の明細").await?;
    desk.driver.back().await?;
    shows(&desk, "検索結果：52件 51-52件表示").await?;
    keeps_nobody(&desk).await?;

    // Small kana typed large; a name stays in this page alone.
    search(&desk, "氏名・カナ・通称", "つうしよう", "検索結果：1件 1-1件表示").await?;
    keeps_nobody(&desk).await?;
    desk.press("通称 太郎").await?;
    desk.heading("同意と資格の明細").await?;
    desk.driver.back().await?;
    shows(&desk, "検索結果：1件 1-1件表示").await?;
    desk.driver.refresh().await?;
    desk.sees("氏名や番号の条件は、この端末に残しません").await?;
    ensure!(!desk.text().await?.contains("検索結果："), "without the name, others are listed");
    desk.axe().await?;
    search(&desk, "氏名・カナ・通称", "ｔｓｕｓｈｏ", "検索結果：1件 1-1件表示").await?;
    search(&desk, "氏名・カナ・通称", "資\u{fe00}格\u{200b}", &format!("検索結果：{MANY}件 1-{MANY}件表示")).await?;
    search(&desk, "氏名・カナ・通称", "だれもいない", "検索結果：0件").await?;
    desk.sees("カナで探す").await?;

    // A receipt as it was read out.
    desk.fill("氏名・カナ・通称", " ").await?;
    let receipt = receipts.get(1).context("no receipt")?.to_lowercase();
    let (first, last) = receipt.split_at_checked(4).context("no receipt")?;
    search(&desk, "受付番号", &format!("{first}-{last}"), "検索結果：1件 1-1件表示").await?;
    desk.sees("通称 太郎").await?;
    desk.fill("受付番号", " ").await?;

    // 置換 is not 期限切.
    let choose = async |state: &str| {
        let script = format!(
            "const s = document.getElementById('consents-state'); s.value = '{state}'; s.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        );
        desk.script(&script).await?;
        desk.press("検索").await
    };
    choose("replaced").await?;
    shows(&desk, &format!("検索結果：{0}件 1-{0}件表示", MANY - 1)).await?;
    let marks = desk.script("return [...new Set([...document.querySelectorAll('.consents__mark')].map(m => m.innerText))]").await?;
    ensure!(marks == json!(["置換"]), "a replaced consent is marked {marks}");
    choose("expired").await?;
    shows(&desk, "検索結果：0件").await?;
    choose("all").await?;
    shows(&desk, "検索結果：52件 1-50件表示").await?;

    // At a tablet's width name and verdict are in view without moving the table.
    desk.resize(820, 1180).await?;
    let in_view = "return [...document.querySelectorAll('.consents tbody tr')].slice(0, 3).every(row => {
        const [a, z] = [row.cells[0], row.cells[row.cells.length - 1]].map(cell => cell.getBoundingClientRect());
        return a.left >= 0 && z.right <= innerWidth && a.right <= z.left && row.querySelector('.verdict').getBoundingClientRect().right <= innerWidth;
    })";
    ensure!(desk.script(in_view).await? == json!(true), "the verdict is out of view at 820 px");
    desk.axe().await?;
    desk.resize(1280, 900).await?;

    // A wrong date takes the old answer away.
    desk.script("const to = document.getElementById('consents-to'); to.value = '2001-01-01'; to.dispatchEvent(new InputEvent('input', { bubbles: true }))")
        .await?;
    desk.press("検索").await?;
    desk.sees("終了は、開始と同じ日か、それより後にしてください").await?;
    ensure!(desk.script("return document.querySelectorAll('.consents').length").await? == json!(0), "old hits stand below a wrong date");

    choice(world).await
}

/// 複数該当: a person chooses, sees it again after a reload, and the list says so.
async fn choice(world: &mut World) -> anyhow::Result<()> {
    let desk = world.screen(1280, 900).await?;
    way::to_list(&desk, world).await?;
    search(&desk, "氏名・カナ・通称", "ふくすう", "検索結果：1件 1-1件表示").await?;
    desk.press("複数 五郎").await?;
    desk.heading("同意と資格の明細").await?;
    desk.sees("複数の資格があります").await?;
    desk.axe().await?;
    desk.press("この資格を使う").await?;
    desk.sees("この資格を使いますか").await?;
    desk.axe().await?;
    // Held back, so that the way to the server takes as long as the test wants.
    hold(&desk).await?;
    desk.press_in("dialog", "この資格を使う").await?;
    desk.sees("お待ちください").await?;
    for _ in 0..3 {
        for kind in ["rawKeyDown", "keyUp"] {
            desk.cdp("Input.dispatchKeyEvent", json!({ "type": kind, "key": "Escape", "code": "Escape", "windowsVirtualKeyCode": 27 }))
                .await?;
        }
    }
    // The browser closes it at the second press whatever a page says: it is back at once, and as it was.
    until("the dialog at work to stand after Esc", LIMIT, async || {
        let script = "const d = document.querySelector('dialog'); return d ? [d.open, d.matches(':modal'), d.innerText] : null";
        let seen = desk.script(script).await.map_err(|error| error.to_string())?;
        let stands = seen.get(0) == Some(&json!(true)) && seen.get(1) == Some(&json!(true));
        if stands && seen.to_string().contains("お待ちください") { Ok(()) } else { Err(seen.to_string()) }
    })
    .await?;
    release(&desk).await?;
    desk.sees("職員が「資格情報 1/2」を選びました").await?;
    ensure!(desk.script("return document.querySelector('dialog') === null").await? == json!(true), "the dialog stands after its end");
    desk.driver.refresh().await?;
    desk.sees("職員がこの資格を選びました").await?;
    desk.axe().await?;
    desk.press("一覧に戻る").await?;
    search(&desk, "氏名・カナ・通称", "ふくすう", "検索結果：1件 1-1件表示").await?;
    desk.sees("職員が選択済み").await
}

/// Keeps every further call of the page back until [`release`].
async fn hold(desk: &Tablet) -> anyhow::Result<()> {
    let script = "const real = window.fetch; const waiting = [];
        window.fetch = (...args) => new Promise(done => waiting.push(() => done(real(...args))));
        window.release = () => { window.fetch = real; waiting.forEach(go => go()); };";
    desk.script(script).await.map(drop)
}

async fn release(desk: &Tablet) -> anyhow::Result<()> {
    desk.script("window.release()").await.map(drop)
}

/// The tablet's clock is set forward by minutes: nothing is wiped. A sleep of minutes wipes, also when the server cannot be asked.
pub(crate) async fn clock(world: &mut World) -> anyhow::Result<()> {
    const COUNT: &str = "const asked = e => e.name.includes('/api/reception/') && e.responseEnd > 0;
        return [performance.getEntriesByType('resource').filter(asked).length, window.looks]";
    let tablet = world.tablet().await?;
    let answered = async || -> anyhow::Result<(u64, u64)> {
        let seen = tablet.script(COUNT).await?;
        let number = |place| seen.get(place).and_then(Value::as_u64).unwrap_or_default();
        Ok((number(0), number(1)))
    };
    way::to_choices(&tablet, &world.reception_url()).await?;
    tablet.pick("手術の情報", "同意する").await?;
    tablet
        .script(
            "window.ahead = 0; window.looks = 0; const now = Date.now; Date.now = () => { window.looks += 1; return now() + window.ahead }",
        )
        .await?;
    let (asked, _) = answered().await?;
    tablet.script("window.ahead = 7 * 60000").await?;
    let looks = until("the page to ask for the server's clock", LIMIT, async || match answered().await {
        Ok((now, looks)) if now > asked => Ok(looks),
        other => Err(format!("{other:?}")),
    })
    .await?;
    // Long enough for the answer to count: each look of the guard reads the clock.
    until("further looks at the clock", LIMIT, async || match answered().await {
        Ok((_, now)) if now >= looks + 5 => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await?;
    tablet.sees("同意する内容をお選びください").await?;
    let kept = tablet.script("return document.querySelectorAll('input:checked').length").await?;
    ensure!(kept == json!(1), "the answer is gone: {kept}");

    // A machine whose steady clock goes on while it sleeps.
    tablet.script("const steady = performance.now.bind(performance); performance.now = () => steady() + 6 * 60000").await?;
    tablet.heading("終了しました").await?;

    // One whose steady clock stands still, and no network after waking.
    way::to_choices(&tablet, &world.reception_url()).await?;
    tablet.pick("手術の情報", "同意する").await?;
    world.net.set_down(true);
    tablet.script("const now = Date.now; Date.now = () => now() + 7 * 60000").await?;
    tablet.heading("終了しました").await?;
    world.net.set_down(false);
    Ok(())
}

/// A page on paper.
struct Paper {
    /// CSS px are no measure here: points.
    width: f64,
    /// Words with the right end of each.
    words: Vec<(String, f64)>,
}

impl Paper {
    fn text(&self) -> String {
        self.words.iter().map(|(word, _)| word.as_str()).collect()
    }

    fn has(&self, text: &str) -> bool {
        self.text().contains(&text.chars().filter(|c| !c.is_whitespace()).collect::<String>())
    }
}

/// What the page prints, sheet by sheet, as a program reads it; a picture of each sheet stays in the journey's folder.
async fn printed(desk: &Tablet, world: &World, name: &str) -> anyhow::Result<Vec<Paper>> {
    let pdf = desk.cdp("Page.printToPDF", json!({ "preferCSSPageSize": true, "printBackground": false })).await?;
    let pdf = STANDARD.decode(pdf.get("data").and_then(Value::as_str).context("no PDF")?)?;
    let file = format!("{name}.pdf");
    std::fs::write(world.folder.join(&file), pdf)?;
    let drawn = Command::new("pdftoppm").current_dir(&world.folder).args(["-png", "-r", "60", &file, name]).status()?;
    ensure!(drawn.success(), "pdftoppm");
    let output = Command::new("pdftotext").current_dir(&world.folder).args(["-bbox", &file, "-"]).output()?;
    let text = String::from_utf8(output.stdout)?;
    let number =
        |line: &str, attribute: &str| -> Option<f64> { line.split_once(&format!("{attribute}=\""))?.1.split('"').next()?.parse().ok() };
    let mut papers: Vec<Paper> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("<page ") {
            papers.push(Paper { width: number(line, "width").context("width")?, words: Vec::new() });
        } else if let (Some(paper), Some(right)) = (papers.last_mut(), number(line, "xMax").filter(|_| line.starts_with("<word "))) {
            let word = line.split_once('>').and_then(|(_, rest)| rest.strip_suffix("</word>")).context("word")?;
            paper.words.push((word.to_owned(), right));
        }
    }
    for (place, paper) in (1..).zip(&papers) {
        ensure!(paper.text().chars().count() > 40, "{name}: sheet {place} is as good as empty: {}", paper.text());
        let cut = paper.words.iter().find(|(_, right)| *right > paper.width);
        ensure!(cut.is_none(), "{name}: sheet {place} is cut at {cut:?} of {} pt", paper.width);
    }
    ensure!(papers.first().is_some_and(|paper| paper.has("お試し用の画面です")), "{name}: paper of the demo does not say so");
    Ok(papers)
}

/// List, detail and result on paper: no empty sheet, no column cut off, no more than is needed.
pub(crate) async fn paper(world: &mut World) -> anyhow::Result<()> {
    visits(world, &[("ichiro", 48), ("goro", 1), ("nanako", 1)]).await?;
    let desk = world.screen(1280, 900).await?;
    way::to_list(&desk, world).await?;
    shows(&desk, "検索結果：50件 1-50件表示").await?;
    // Also from a tablet, whose screen shows less than the paper.
    for (width, name) in [(1280, "list-1280"), (820, "list-820"), (360, "list-360")] {
        desk.resize(width, 900).await?;
        let sheets = printed(&desk, world, name).await?;
        ensure!(sheets.len() <= 2, "{name}: {} sheets for fifty rows", sheets.len());
        let first = sheets.first().context("no sheet")?;
        ensure!(first.width > 800.0, "{name}: not on landscape paper: {} pt", first.width);
        ensure!(
            first.has("検索結果：50件") && first.has("複数 五郎"),
            "{name}: the list does not begin on the first sheet: {}",
            first.text()
        );
        for (place, sheet) in (1..).zip(&sheets) {
            for column in ["氏名(カナ)", "生年月日", "性別", "照会番号", "手術", "特疾", "同意年月日", "同意有効期限", "資格有効性"]
            {
                ensure!(sheet.has(column), "{name}: sheet {place} has no 「{column}」: {}", sheet.text());
            }
        }
        let all: String = sheets.iter().map(Paper::text).collect();
        ensure!(all.matches("シカク").count() + all.matches("ｼｶｸ").count() == 48, "{name}: rows are missing");
        for needless in ["検索条件", "必須", "メニュー", "ログアウト", "前へ"] {
            ensure!(!all.contains(needless), "{name}: 「{needless}」 on paper");
        }
    }
    desk.resize(1280, 900).await?;
    for (person, most, last) in [("資格 一郎", 1, "失効の確認はしていません"), ("複数 五郎", 2, "失効の確認はしていません")]
    {
        desk.press(person).await?;
        desk.heading("同意と資格の明細").await?;
        desk.sees(last).await?;
        let name = if most == 1 { "detail" } else { "detail-several" };
        let sheets = printed(&desk, world, name).await?;
        ensure!(sheets.len() <= most, "{name}: {} sheets", sheets.len());
        let first = sheets.first().context("no sheet")?;
        for part in ["同意と資格の明細", person, "保険者番号"] {
            ensure!(first.has(part), "{name}: 「{part}」 does not stand on the first sheet: {}", first.text());
        }
        let all: String = sheets.iter().map(Paper::text).collect();
        ensure!(all.contains(last), "{name}: the end is missing");
        for needless in ["一覧に戻る", "印刷する", "この資格を使う", "記録されます", "ログアウト"] {
            ensure!(!all.contains(needless), "{name}: 「{needless}」 on paper");
        }
        desk.press("一覧に戻る").await?;
        shows(&desk, "検索結果：50件 1-50件表示").await?;
    }
    let tablet = world.tablet().await?;
    world.put("hanako")?;
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.sees("カードが置かれています").await?;
    way::prove(&tablet).await?;
    let receipt = way::result(&tablet).await?;
    let sheets = printed(&tablet, world, "result").await?;
    ensure!(sheets.len() <= 2, "result: {} sheets", sheets.len());
    ensure!(sheets.first().is_some_and(|sheet| sheet.has(&receipt)), "the receipt does not stand on the first sheet");
    way::finish(&tablet).await
}
