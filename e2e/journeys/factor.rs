//! 二段階認証: registered because it must be, then login by passkey, by an app's number, by a recovery code; the question before a sensitive
//! act keeps what was typed; a lost device.

use std::process::Command;

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::{Login, World};
use e2e::wait::{LIMIT, until};
use serde_json::json;

use crate::office;
use crate::pictures::Camera;

const WIDTHS: [u32; 2] = [820, 1280];
const CHOSEN: &str = "akai ringo to shiroi kumo 7";

/// The number that an authenticator app with this secret shows, worked out by the browser (RFC 6238).
async fn number(tablet: &Tablet, secret: &str) -> anyhow::Result<String> {
    let script = format!(
        r"const bits = [...'{secret}'].map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
        const bytes = new Uint8Array(bits.match(/.{{8}}/g).map(byte => parseInt(byte, 2)));
        const step = new DataView(new ArrayBuffer(8));
        step.setUint32(4, Math.floor(Date.now() / 30000));
        return crypto.subtle.importKey('raw', bytes, {{ name: 'HMAC', hash: 'SHA-1' }}, false, ['sign'])
            .then(key => crypto.subtle.sign('HMAC', key, step.buffer))
            .then(tag => {{
                const view = new DataView(tag), at = view.getUint8(19) & 15;
                return String((view.getUint32(at) & 0x7fffffff) % 1000000).padStart(6, '0');
            }});"
    );
    Ok(tablet.script(&script).await?.as_str().context("no number")?.to_owned())
}

/// The number of the next half minute: one counts once.
async fn next_number(tablet: &Tablet, secret: &str, used: &str) -> anyhow::Result<String> {
    until("the app's next number", LIMIT * 4, async || {
        let shown = number(tablet, secret).await.map_err(|error| error.to_string())?;
        if shown == used { Err(shown) } else { Ok(shown) }
    })
    .await
}

pub(crate) async fn authenticator(tablet: &Tablet) -> anyhow::Result<String> {
    tablet.cdp("WebAuthn.enable", json!({})).await?;
    let options = json!({ "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
        "isUserVerified": true, "automaticPresenceSimulation": true });
    let made = tablet.cdp("WebAuthn.addVirtualAuthenticator", json!({ "options": options })).await?;
    Ok(made.get("authenticatorId").and_then(|id| id.as_str()).context("no authenticator")?.to_owned())
}

/// Runs the operator's command beside the server.
fn command(world: &World, args: &[&str]) -> anyhow::Result<String> {
    let data = world.folder.join("data");
    let program = std::env::current_exe()?.with_file_name("uketsuke-server");
    let institution = &world.demo.logins.first().context("no login")?.institution;
    let said = Command::new(program).args(args).arg("--demo").arg("--data").arg(data).args(["--institution", institution]).output()?;
    ensure!(said.status.success(), "{args:?}: {}", String::from_utf8_lossy(&said.stderr));
    Ok(String::from_utf8_lossy(&said.stdout).into_owned())
}

/// Registers a passkey where one must be registered first, and goes on.
pub(crate) async fn add_first(tablet: &Tablet, name: &str) -> anyhow::Result<()> {
    authenticator(tablet).await?;
    tablet.fill("パスキーの名前", name).await?;
    tablet.press("パスキーを登録する").await?;
    tablet.press("続ける").await
}

async fn log_out(tablet: &Tablet) -> anyhow::Result<()> {
    tablet.press("ログアウト").await?;
    tablet.heading("ログイン").await
}

/// The proof of every session becomes an old one, as after ten minutes.
pub(crate) fn age_proofs(world: &World) -> anyhow::Result<()> {
    let database = rusqlite::Connection::open(world.folder.join("data/uketsuke.db"))?;
    database.busy_timeout(LIMIT)?;
    ensure!(database.execute("UPDATE sessions SET proved_at = 0", [])? > 0, "no session");
    Ok(())
}

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let said = command(world, &["institution", "second-factor", "--from", "2026-01-01"])?;
    ensure!(said.contains("from 2026-01-01") && said.contains("without 3"), "{said}");
    let login = world.demo.logins.get(1).cloned().context("the demo has no second account")?;
    let staff = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &staff, folder: world.folder.join("../../pictures"), taken: 0 };
    let chosen = Login { password: CHOSEN.to_owned(), ..login.clone() };
    let passkeys = authenticator(&staff).await?;
    forced(&staff, world, &mut camera, &login).await?;
    let codes = recovery(&staff, &mut camera).await?;
    let (secret, used) = app(&staff, &mut camera).await?;
    log_out(&staff).await?;

    office::log_in(&staff, world, &chosen).await?;
    staff.heading("ログイン(本人の確認)").await?;
    camera.take_at("ot-3-second", &[360, 820, 1280]).await?;
    staff.press("パスキーで確認する").await?;
    staff.heading("メニュー").await?;
    log_out(&staff).await?;

    // The passkey alone, without ID and password.
    camera.take_at("ot-3-login", &[360, 820, 1280]).await?;
    staff.press("パスキーでログイン").await?;
    staff.heading("メニュー").await?;
    ensure!(staff.text().await?.contains("スタッフ"), "another account");
    log_out(&staff).await?;

    // An app's number counts once.
    office::log_in(&staff, world, &chosen).await?;
    staff.press("認証アプリの番号で確認する").await?;
    staff.fill("認証アプリに表示されている番号", &used).await?;
    staff.press("確認する").await?;
    staff.sees("U-PROOF").await?;
    camera.take_at("ot-3-second-refused", &WIDTHS).await?;
    // What was said of one way is not said of another.
    staff.press("予備コードで確認する").await?;
    staff.sees("紙に控えた12文字").await?;
    ensure!(!staff.text().await?.contains("U-PROOF"), "the number's refusal stands at the recovery code");
    staff.press("認証アプリの番号で確認する").await?;
    let fresh = next_number(&staff, &secret, &used).await?;
    staff.fill("認証アプリに表示されている番号", &fresh).await?;
    staff.press("確認する").await?;
    staff.heading("メニュー").await?;
    log_out(&staff).await?;

    // The device is lost: a code of the paper, once.
    staff.cdp("WebAuthn.removeVirtualAuthenticator", json!({ "authenticatorId": passkeys })).await?;
    let code = codes.first().context("no code")?;
    let empty = authenticator(&staff).await?;
    staff.press("パスキーでログイン").await?;
    staff.sees("この端末に使えるパスキーがありません。").await?;
    staff.cdp("WebAuthn.removeVirtualAuthenticator", json!({ "authenticatorId": empty })).await?;
    camera.take_at("ot-3-no-passkey", &WIDTHS).await?;
    office::log_in(&staff, world, &chosen).await?;
    staff.press("予備コードで確認する").await?;
    staff.fill("予備コード", code).await?;
    staff.press("確認する").await?;
    staff.heading("メニュー").await?;
    log_out(&staff).await?;
    office::log_in(&staff, world, &chosen).await?;
    staff.press("予備コードで確認する").await?;
    staff.fill("予備コード", code).await?;
    staff.press("確認する").await?;
    staff.sees("U-PROOF").await?;
    staff.axe().await?;

    admin(world, &chosen).await
}

/// The first login: password, then a passkey, before anything opens.
async fn forced(staff: &Tablet, world: &World, camera: &mut Camera<'_>, login: &Login) -> anyhow::Result<()> {
    office::log_in(staff, world, login).await?;
    staff.heading("初期パスワードの変更").await?;
    staff.fill("初期パスワード", &login.password).await?;
    staff.fill("新しいパスワード", CHOSEN).await?;
    staff.fill("新しいパスワード(もう一度)", CHOSEN).await?;
    staff.press("パスワードを変更する").await?;
    staff.heading("二段階認証の登録").await?;
    staff.open(&format!("{}/consents", world.office_url())).await?;
    staff.heading("二段階認証の登録").await?;
    camera.take_at("ot-3-first-factor", &[360, 820, 1280]).await?;
    staff.press("パスキーを登録する").await?;
    staff.sees("名前は1〜40文字で入力してください。").await?;
    staff.fill("パスキーの名前", "受付のパソコン").await?;
    staff.press("パスキーを登録する").await?;
    staff.sees("パスキーを登録しました。").await?;
    staff.sees("受付のパソコン").await
}

/// Ten codes, once, on one page.
async fn recovery(staff: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<Vec<String>> {
    staff.press("予備コードを作る").await?;
    staff.sees("控えたので閉じる").await?;
    camera.take_at("factors-recovery", &WIDTHS).await?;
    let text = staff.script("return document.querySelector('.secret__text').textContent").await?;
    let codes: Vec<String> = text.as_str().unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    ensure!(codes.len() == 10, "{} recovery codes", codes.len());
    staff.press("控えたので閉じる").await?;
    staff.sees("まだ使っていない予備コード: 10個").await?;
    let first = codes.first().context("no code")?;
    ensure!(!staff.driver.source().await?.contains(first), "the codes are still in the page");
    staff.press("続ける").await?;
    staff.heading("同意済資格情報取得").await?;
    Ok(codes)
}

/// The authenticator app: its secret and the number that confirmed it.
async fn app(staff: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<(String, String)> {
    staff.press("自分の二段階認証").await?;
    staff.heading("自分の二段階認証").await?;
    camera.take_at("factors", &[360, 820, 1280]).await?;
    staff.press("認証アプリを登録する").await?;
    staff.sees("アプリに入力する文字").await?;
    camera.take_at("factors-totp", &WIDTHS).await?;
    let secret = staff.script("return document.getElementById('totp-secret').textContent.replace(/ /g, '')").await?;
    let secret = secret.as_str().context("no secret")?.to_owned();
    staff.fill("認証アプリに表示されている番号", "12").await?;
    staff.press("確かめて登録する").await?;
    staff.sees("番号は数字6けたで入力してください。").await?;
    // The answer is lost on its way: the page says that it does not know, and goes on at the next press.
    staff
        .script(
            "const ask = window.fetch;
            window.fetch = async (...of) => {
                const answer = await ask(...of);
                const url = of[0].url || String(of[0]);
                if (!url.endsWith('/api/office/factors/totp')) return answer;
                window.fetch = ask;
                throw new TypeError('lost');
            }",
        )
        .await?;
    let used = number(staff, &secret).await?;
    staff.fill("認証アプリに表示されている番号", &used).await?;
    staff.press("確かめて登録する").await?;
    staff.sees("U-X01").await?;
    staff.press("確かめて登録する").await?;
    staff.sees("認証アプリを登録してあります。").await?;
    ensure!(!staff.driver.source().await?.contains(&secret), "the secret is still in the page");
    Ok((secret, used))
}

/// The admin registers too; the question before a sensitive act keeps what was typed; the lost device is taken off.
async fn admin(world: &mut World, staff: &Login) -> anyhow::Result<()> {
    let login = office::ready_account(world)?;
    let desk = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    office::log_in(&desk, world, &login).await?;
    desk.heading("二段階認証の登録").await?;
    add_first(&desk, "事務所").await?;
    desk.heading("メニュー").await?;
    desk.press("アカウント管理").await?;
    desk.sees("のうち1人").await?;
    camera.take_at("ot-7-factors", &[360, 820, 1280]).await?;

    desk.press("アカウントを登録する").await?;
    desk.fill("ユーザID", "kango1").await?;
    desk.fill("ユーザ名", "看護 花子").await?;
    desk.fill("ユーザ名(カナ)", "カンゴ ハナコ").await?;
    age_proofs(world)?;
    desk.press("登録する").await?;
    desk.sees("もう一度、本人の確認をしてください").await?;
    camera.take_at("step-up", &[360, 820, 1280]).await?;
    // Left: nothing is done, and what was typed stays.
    desk.press_in("dialog", "やめる").await?;
    desk.sees("U-STEPUP").await?;
    let typed = "return document.getElementById('account-name').value";
    ensure!(desk.script(typed).await? == json!("看護 花子"), "what was typed is gone");
    desk.press("登録する").await?;
    desk.press_in("dialog", "パスキーで確認する").await?;
    desk.sees("控えたので閉じる").await?;
    desk.press("控えたので閉じる").await?;

    // A list asks as well, and comes by itself afterwards.
    age_proofs(world)?;
    desk.open(&format!("{}/accounts/of/{}", world.office_url(), staff.user)).await?;
    desk.press_in("dialog", "パスキーで確認する").await?;
    desk.sees("二段階認証を解除する").await?;
    camera.take_at("ot-7-one-factors", &WIDTHS).await?;
    desk.press("二段階認証を解除する").await?;
    desk.press_in("dialog", "二段階認証を解除する").await?;
    desk.sees("二段階認証を解除しました").await?;
    ensure!(command(world, &["account", "list"])?.lines().any(|line| line.starts_with(&staff.user) && line.ends_with("\t-")), "it has one");
    // What the operator does for the admin's own lost device.
    ensure!(command(world, &["account", "reset-factor", "--user", &login.user])?.ends_with("\t-\n"), "the admin has one");
    desk.press("アカウントの一覧に戻る").await?;
    desk.heading("ログイン").await
}
