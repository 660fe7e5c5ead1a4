//! 画面ロック (OT-18, X45): a half-filled form behind a lock, over a reload, on two pages; who comes back, and who takes over.

use anyhow::ensure;
use e2e::browser::Tablet;
use e2e::stack::{Login, World};
use e2e::wait::{LIMIT, until};
use serde_json::json;

use crate::pictures::Camera;
use crate::{office, office_list, way};

const WIDTHS: [u32; 2] = [820, 1280];
/// What the half-filled form holds.
const NAME: &str = "看護 花子";

/// The form with a name in it, and nothing sent.
async fn half_filled(desk: &Tablet, world: &World) -> anyhow::Result<()> {
    desk.open(&format!("{}/accounts/new", world.office_url())).await?;
    desk.heading("アカウント管理(登録)").await?;
    desk.fill("ユーザID", "kango1").await?;
    desk.fill("ユーザ名", NAME).await
}

async fn typed(desk: &Tablet) -> anyhow::Result<serde_json::Value> {
    desk.script("return ['account-user', 'account-name'].map(id => (document.getElementById(id) || {}).value)").await
}

/// Nothing of what was on the screen is in the document, in its title, in the tree of a screen reader, or on paper.
async fn shows_nothing(desk: &Tablet) -> anyhow::Result<()> {
    desk.heading("ロック中です").await?;
    hides_all(desk).await
}

async fn hides_all(desk: &Tablet) -> anyhow::Result<()> {
    let source = desk.driver.source().await?;
    let title = desk.driver.title().await?;
    ensure!(title == "ロック中です | uketsuke", "the title of a locked page: {title}");
    let tree = desk.cdp("Accessibility.getFullAXTree", json!({})).await?.to_string();
    ensure!(tree.contains("ロックを解除する"), "control: the tree lacks the lock screen");
    let inputs = desk.script("return [...document.querySelectorAll('input')].map(input => input.value).join()").await?.to_string();
    for hidden in ["アカウント管理", "kango1", NAME, "ひなた", "資格", "account-name"] {
        ensure!(!source.contains(hidden) && !tree.contains(hidden) && !inputs.contains(hidden), "「{hidden}」 is in a locked page");
    }
    Ok(())
}

/// What the server answers to this page's session.
async fn status(desk: &Tablet, path: &str) -> anyhow::Result<u64> {
    let status = desk.script(&format!("return (await fetch('{path}')).status")).await?;
    Ok(status.as_u64().unwrap_or_default())
}

async fn unlock(desk: &Tablet, login: &Login) -> anyhow::Result<()> {
    desk.fill("パスワード", &login.password).await?;
    desk.press("ロックを解除する").await
}

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let desk = world.screen(1280, 900).await?;
    let login = office::ready_account(world)?;
    office::log_in(&desk, world, &login).await?;
    desk.heading("メニュー").await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    camera.take_at("ot-5-with-lock", &[360, 820, 1280]).await?;

    half_filled(&desk, world).await?;
    ensure!(status(&desk, "/api/office/reception-url/former").await? == 200, "control: not locked yet");
    desk.press("画面ロック").await?;
    shows_nothing(&desk).await?;
    until("the server to hear of it", LIMIT, async || match status(&desk, "/api/office/reception-url/former").await {
        Ok(423) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await?;
    ensure!(status(&desk, "/api/office/me").await? == 200, "who am I");
    camera.take_at("ot-18-locked", &[360, 820, 1280]).await?;

    // A wrong password says so and shows nothing; the right one brings everything back as it was.
    unlock(&desk, &Login { password: "chigau himitsu no kotoba".to_owned(), ..login.clone() }).await?;
    desk.sees("パスワードがちがいます。").await?;
    camera.take_at("ot-18-wrong", &WIDTHS).await?;
    shows_nothing_but_the_failure(&desk).await?;
    unlock(&desk, &login).await?;
    until("the form as it was", LIMIT, async || match typed(&desk).await {
        Ok(seen) if seen == json!(["kango1", NAME]) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await?;
    ensure!(desk.driver.title().await?.starts_with("アカウント管理(登録)"), "the title is not back");
    desk.press("登録する").await?;
    desk.sees("カナで入力してください。").await?;
    ensure!(status(&desk, "/api/office/reception-url/former").await? == 200, "unlocked");

    // By the key; a reload stays locked, and is unlocked into the same screen.
    desk.script(
        "window.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyL', key: 'L', altKey: true, shiftKey: true, bubbles: true }))",
    )
    .await?;
    shows_nothing(&desk).await?;
    desk.driver.refresh().await?;
    shows_nothing(&desk).await?;
    ensure!(!desk.text().await?.contains("パスワードがちがいます"), "a fresh lock screen");
    unlock(&desk, &login).await?;
    desk.heading("アカウント管理(登録)").await?;

    in_the_moment(world, &desk, &login).await?;
    two_pages(world, &desk, &login).await?;
    somebody_else(world, &desk, &login).await
}

async fn shows_nothing_but_the_failure(desk: &Tablet) -> anyhow::Result<()> {
    let source = desk.driver.source().await?;
    ensure!(!source.contains("kango1") && !source.contains("account-name"), "the form is in the page after a wrong password");
    Ok(())
}

/// A form sent in the moment of a lock, of which the page has not heard: done once it is unlocked, without another press.
async fn in_the_moment(world: &World, desk: &Tablet, login: &Login) -> anyhow::Result<()> {
    half_filled(desk, world).await?;
    desk.fill("ユーザ名(カナ)", "カンゴ ハナコ").await?;
    let lock = "return (await fetch('/api/office/lock', { method: 'POST', headers: { 'x-uketsuke-page': '1' } })).status";
    ensure!(desk.script(lock).await? == json!(200), "the server did not lock");
    desk.press("登録する").await?;
    shows_nothing(desk).await?;
    unlock(desk, login).await?;
    desk.sees("控えたので閉じる").await?;
    desk.press("控えたので閉じる").await?;
    desk.sees("機関コード").await?;
    let list = format!("{}/accounts", world.office_url());
    desk.open(&list).await?;
    desk.sees(NAME).await
}

/// What one page locks, the other locks; what one unlocks, the other unlocks, each as it was.
async fn two_pages(world: &World, desk: &Tablet, login: &Login) -> anyhow::Result<()> {
    half_filled(desk, world).await?;
    let first = desk.driver.window().await?;
    let second = desk.driver.new_tab().await?;
    desk.driver.switch_to_window(second.clone()).await?;
    desk.open(&format!("{}/codes", world.office_url())).await?;
    desk.heading("アクティベーションコード管理").await?;
    desk.fill("端末の名前", "Aのスマホ").await?;
    desk.press("画面ロック").await?;
    desk.heading("ロック中です").await?;
    desk.driver.switch_to_window(first.clone()).await?;
    desk.sees("ロック中です").await?;
    hides_all(desk).await?;
    unlock(desk, login).await?;
    until("the form as it was", LIMIT, async || match typed(desk).await {
        Ok(seen) if seen == json!(["kango1", NAME]) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await?;
    desk.driver.switch_to_window(second).await?;
    until("the other page unlocked", LIMIT, async || {
        let seen = desk.script("return (document.getElementById('code-label') || {}).value").await.map_err(|error| error.to_string())?;
        if seen == json!("Aのスマホ") { Ok(()) } else { Err(seen.to_string()) }
    })
    .await?;
    desk.driver.close_window().await?;
    desk.driver.switch_to_window(first).await?;
    Ok(())
}

/// Somebody else takes over: asked first where something is half filled in, and nothing of it is left.
async fn somebody_else(world: &World, desk: &Tablet, login: &Login) -> anyhow::Result<()> {
    desk.press("画面ロック").await?;
    desk.heading("ロック中です").await?;
    desk.press("別の人に替わる").await?;
    desk.sees("ログアウトしますか").await?;
    let mut camera = Camera { tablet: desk, folder: world.folder.join("../../pictures"), taken: 0 };
    camera.take_at("ot-18-other", &WIDTHS).await?;
    desk.press("やめる").await?;
    // The focus is back at the button that asked.
    hides_all(desk).await?;
    desk.press("別の人に替わる").await?;
    desk.press_in("dialog", "ログアウトして替わる").await?;
    desk.heading("ログイン").await?;
    office::log_in(desk, world, login).await?;
    desk.heading("メニュー").await?;
    desk.open(&format!("{}/accounts/new", world.office_url())).await?;
    desk.heading("アカウント管理(登録)").await?;
    ensure!(typed(desk).await? == json!(["", ""]), "what the one before has typed is still there");
    // With nothing half filled in nobody is asked.
    desk.press("画面ロック").await?;
    desk.heading("ロック中です").await?;
    desk.press("別の人に替わる").await?;
    desk.heading("ログイン").await
}

/// Nobody touches the page: covered after two minutes, locked after ten, warned before the login ends.
pub(crate) async fn idle(world: &mut World) -> anyhow::Result<()> {
    office_list::visits(world, &[("ichiro", 1)]).await?;
    let desk = world.screen(1280, 900).await?;
    way::to_list(&desk, world).await?;
    desk.sees("資格 一郎").await?;
    desk.script("window.ahead = 0; const now = Date.now; Date.now = () => now() + window.ahead").await?;
    desk.script("window.ahead = 3 * 60000").await?;
    desk.heading("画面を隠しています").await?;
    ensure!(!desk.driver.source().await?.contains("一郎"), "the person is in a covered page");
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    camera.take_at("ot-18-cover", &WIDTHS).await?;
    desk.press("続ける").await?;
    desk.sees("資格 一郎").await?;
    ensure!(status(&desk, "/api/office/reception-url/former").await? == 200, "covered is not locked");

    desk.script("window.ahead += 11 * 60000").await?;
    desk.heading("ロック中です").await?;
    ensure!(!desk.driver.source().await?.contains("一郎"), "the person is in a locked page");
    until("the server to hear of it", LIMIT, async || match status(&desk, "/api/office/reception-url/former").await {
        Ok(423) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await?;
    unlock(&desk, &office::ready_account(world)?).await?;
    // The list comes back as it was, without being asked for again.
    desk.sees("資格 一郎").await?;

    // The page believes that eight hours are nearly over: it says so, and asks the server, which knows better, at the end.
    desk.script("window.ahead += 8 * 60 * 60000 - 2 * 60000; window.dispatchEvent(new Event('pointerdown'))").await?;
    desk.heading("ロック中です").await?;
    desk.sees("でログアウトします。保存してください。").await
}
