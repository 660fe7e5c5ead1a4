//! 災害・障害時 (OT-17, S26) from the record to the report, and the ways without a usable card (X12, X34) to the task that is worked off.

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::{Login, World};
use serde_json::json;

use crate::paper::printed;
use crate::pictures::Camera;
use crate::{office, way};

const WIDTHS: [u32; 2] = [820, 1280];
const CHOSEN: &str = "akai ringo to shiroi kumo 7";

/// An account that the operator makes, past its first password.
async fn person(world: &mut World, kind: &str, user: &str) -> anyhow::Result<Tablet> {
    let institution = office::ready_account(world)?.institution;
    let data = world.data().to_str().context("a path in letters")?.to_owned();
    let made = ["account", "add", "--data", &data, "--demo", "--institution", &institution, "--kind", kind, "--user", user];
    let said = world.server_command(&[&made[..], &["--name", "閲覧 次郎", "--kana", "エツラン ジロウ"]].concat()).await?;
    let password = said.lines().find_map(|line| line.strip_prefix("password")).context("no password")?.trim().to_owned();
    let desk = world.screen(1280, 900).await?;
    let login = Login { user: user.to_owned(), password: password.clone(), ..office::ready_account(world)? };
    office::log_in(&desk, world, &login).await?;
    desk.heading("初期パスワードの変更").await?;
    desk.fill("初期パスワード", &password).await?;
    desk.fill("新しいパスワード", CHOSEN).await?;
    desk.fill("新しいパスワード(もう一度)", CHOSEN).await?;
    desk.press("パスワードを変更する").await?;
    desk.heading("メニュー").await?;
    Ok(desk)
}

/// Sets inputs of days and times, which a browser keeps in its own form, to so many minutes from now.
async fn times(desk: &Tablet, of: &[(&str, i64, &str)]) -> anyhow::Result<()> {
    for (id, minutes, part) in of {
        let script = format!(
            "const input = document.getElementById('{id}');
             const value = new Date(Date.now() + {minutes} * 60000 + 9 * 3600000).toISOString().{part};
             Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, value);
             input.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        );
        desk.script(&script).await?;
    }
    Ok(())
}

/// 資格 一郎 as OT-17c asks for him.
async fn ichiro(desk: &Tablet) -> anyhow::Result<()> {
    desk.fill("氏名(カナ)", "シカク イチロウ").await?;
    desk.fill("生年月日", "昭和35年6月2日").await?;
    desk.pick("性別", "男").await?;
    desk.fill("住所", "資格県受付市").await
}

/// The whole way of a disaster.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let admin = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &admin, folder: world.folder.join("../../pictures"), taken: 0 };
    office::log_in(&admin, world, &office::ready_account(world)?).await?;
    admin.heading("メニュー").await?;
    admin.press("災害・障害時").await?;
    admin.heading("災害・障害時").await?;
    admin.sees("開始の記録はありません。").await?;
    camera.take_at("ot-17-none", &WIDTHS).await?;
    // No ground, no record.
    admin.press("開始する").await?;
    admin.sees("入力してください。根拠がなければ開始できません。").await?;
    admin.pick("種別", "災害時医療情報閲覧").await?;
    admin.fill("根拠になる通知の番号", "事務連絡 第17号").await?;
    admin.fill("対象の地域", "受付市").await?;
    times(&admin, &[("opening-from-day", -1, "slice(0, 10)"), ("opening-from-time", -1, "slice(11, 16)")]).await?;
    camera.take_at("ot-17-form", &WIDTHS).await?;
    admin.press("開始する").await?;
    admin.sees("開始しました。").await?;
    admin.sees("災害時医療情報閲覧が開いています").await?;
    camera.take_at("ot-17-open", &WIDTHS).await?;
    ensure!(!admin.offers("照会する").await?, "an admin is offered the search");

    let viewer = person(world, "viewer", "etsuran").await?;
    viewer.sees("災害時医療情報閲覧が開いています").await?;
    viewer.press("災害・障害時").await?;
    viewer.press("照会する").await?;
    viewer.heading("災害・障害時の照会").await?;
    let mut camera = Camera { tablet: &viewer, folder: world.folder.join("../../pictures"), taken: 0 };
    seen(&viewer, &mut camera).await?;
    let pages = printed(&viewer, &world.folder, "opening").await?;
    ensure!(!pages.is_empty(), "no page");
    for page in &pages {
        for part in ["事務連絡第17号", "口頭で同意", "閲覧次郎", "閲覧日時"] {
            ensure!(page.contains(part), "a page lacks {part}: {page}");
        }
    }

    // Closed by hand: the open view ends, and nothing is searched any more.
    admin.press("終了する").await?;
    admin.press_in("dialog", "終了する").await?;
    admin.sees("終了しました。利用報告を提出してください。").await?;
    viewer.sees("記録が終わったため、閲覧の画面を閉じました。").await?;
    ensure!(!viewer.text().await?.contains("資格　一郎"), "the person is still shown");
    reported(&admin, world).await
}

/// A search that finds nobody, one by person, the ground, the view.
async fn seen(viewer: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    viewer.press("検索").await?;
    viewer.sees("入力してください。").await?;
    camera.take_at("ot-17-search-faults", &WIDTHS).await?;
    ichiro(viewer).await?;
    viewer.fill("氏名(カナ)", "ダレモ イナイ").await?;
    viewer.press("検索").await?;
    viewer.sees("見つかりませんでした。").await?;
    viewer.fill("氏名(カナ)", "シカク イチロウ").await?;
    viewer.press("検索").await?;
    viewer.sees("自動では選びません。").await?;
    viewer.press("この方を選ぶ").await?;
    camera.take_at("ot-17-candidates", &WIDTHS).await?;
    viewer.press("閲覧する").await?;
    viewer.sees("根拠を選んでください。").await?;
    viewer.pick("根拠", "口頭で同意").await?;
    viewer.press("閲覧する").await?;
    viewer.sees("この方は「後で確認する方」に入りました。").await?;
    viewer.sees("資格　一郎").await?;
    camera.take_at("ot-17-view", &WIDTHS).await
}

/// The report, reminded of on the home until it was handed in.
async fn reported(admin: &Tablet, world: &World) -> anyhow::Result<()> {
    let mut camera = Camera { tablet: admin, folder: world.folder.join("../../pictures"), taken: 0 };
    admin.open(&world.office_url()).await?;
    admin.sees("提出していない利用報告が1件あります").await?;
    admin.press("災害・障害時").await?;
    admin.press("利用報告").await?;
    admin.heading("利用報告").await?;
    admin.sees("etsuran(1回)").await?;
    camera.take_at("ot-17-report", &WIDTHS).await?;
    let pages = printed(admin, &world.folder, "opening-report").await?;
    ensure!(pages.first().is_some_and(|page| page.contains("口頭で同意") && page.contains("2回")), "{pages:?}");
    admin.press("提出を記録").await?;
    admin.sees("提出先を入力してください。").await?;
    admin.fill("提出先", "支払基金").await?;
    admin.press("提出を記録").await?;
    admin.sees("提出を記録しました。").await?;
    admin.sees("支払基金へ提出済み").await?;
    admin.open(&world.office_url()).await?;
    admin.heading("メニュー").await?;
    ensure!(!admin.text().await?.contains("提出していない利用報告"), "it is still reminded of");
    Ok(())
}

/// X34 at reception, X12 at the office, and the tasks of both.
pub(crate) async fn without_card(world: &mut World) -> anyhow::Result<()> {
    world.register(true).await?;
    let tablet = world.tablet().await?;
    let mut camera = Camera { tablet: &tablet, folder: world.folder.join("../../pictures"), taken: 0 };
    way::to_card(&tablet, &world.reception_url()).await?;
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.sees("U-X34").await?;
    tablet.press("仮確認として登録").await?;
    tablet.sees("すべて入力してください。").await?;
    camera.take_at("x34", &[360, 820, 1280]).await?;
    tablet.fill("氏名", "資格　一郎").await?;
    tablet.script("const k = document.getElementById('away-kana'); k.value = 'シカク イチロウ';").await?;
    tablet.script("document.getElementById('away-birth').value = '1960-06-02';").await?;
    tablet.fill("住所", "資格県受付市").await?;
    tablet.script("document.getElementById('away-sex').value = 'm';").await?;
    tablet.press("仮確認として登録").await?;
    tablet.sees("仮確認として登録しました").await?;
    camera.take_at("x34-kept", &WIDTHS).await?;
    // The system is back: the same proof goes on.
    world.register(false).await?;
    tablet.press("もう一度").await?;
    tablet.heading("受付が終わりました").await?;

    let desk = person(world, "general", "ippan77").await?;
    desk.sees("後で確認する方が1人います").await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    declared(&desk, world, &mut camera).await?;
    worked_off(&desk, world, &mut camera).await
}

/// X12: the ways, a declaration with its paper.
async fn declared(desk: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    desk.press("カードが使えないとき").await?;
    desk.heading("カードが使えないとき").await?;
    desk.press("仮確認として登録").await?;
    desk.sees("選んでください。").await?;
    desk.pick("お持ちのもの", "過去の資格情報").await?;
    desk.fill("氏名", "資格　一郎").await?;
    ichiro(desk).await?;
    desk.press("過去の資格情報を探す").await?;
    desk.press("これを使う").await?;
    desk.sees("選びました").await?;
    camera.take_at("x12-past", &WIDTHS).await?;
    desk.pick("お持ちのもの", "被保険者資格申立書").await?;
    camera.take_at("x12-declaration", &WIDTHS).await?;
    desk.press("仮確認として登録").await?;
    desk.sees("仮確認として登録しました。").await?;
    camera.take_at("x12-kept", &WIDTHS).await?;
    let pages = printed(desk, &world.folder, "declaration").await?;
    ensure!(pages.len() == 1, "{} pages", pages.len());
    ensure!(pages.first().is_some_and(|page| page.contains("シカクイチロウ") && page.contains("署名")), "{pages:?}");
    Ok(())
}

/// OT-17h: old beside new, settled by the visit, and dropped with a reason.
async fn worked_off(desk: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    desk.open(&format!("{}/laters", world.office_url())).await?;
    desk.heading("後で確認する方").await?;
    desk.sees("訪問先の端末").await?;
    camera.take_at("ot-17-laters", &WIDTHS).await?;
    desk.press("開く").await?;
    desk.heading("後の確認").await?;
    desk.sees("その後の確認").await?;
    camera.take_at("ot-17-later", &WIDTHS).await?;
    desk.press("この確認で確定する").await?;
    desk.press_in("dialog", "この確認で確定する").await?;
    desk.sees("残りは1人です。").await?;
    desk.press("後で確認する方へ戻る").await?;
    desk.press("開く").await?;
    desk.sees("その後の確認は、まだありません。").await?;
    desk.press("取り下げる").await?;
    desk.sees("理由を入力してください。").await?;
    desk.fill("理由", "転居したため").await?;
    desk.press("取り下げる").await?;
    desk.sees("残りの方はいません。").await?;
    desk.press("後で確認する方へ戻る").await?;
    desk.sees("後で確認する方はいません。").await?;
    camera.take_at("ot-17-laters-none", &WIDTHS).await?;
    ensure!(desk.script("return document.querySelectorAll('table').length").await? == json!(0), "a table of nobody");
    Ok(())
}
