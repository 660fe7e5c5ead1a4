//! The certificate of a terminal: issued and taken in the office, put into the browser's store, chosen, asked for, ended, over.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use e2e::browser::Tablet;
use e2e::stack::{Login, OFFICE, World};
use serde_json::json;

use crate::office;
use crate::pictures::Camera;

/// Where Chromium reads managed policies; replaced within this journey's own mount namespace.
const CHROMIUM: &str = "/etc/chromium";
const TERMINAL: &str = "受付のパソコン";
const OTHER: &str = "予備のパソコン";
const WIDTHS: [u32; 2] = [820, 1280];

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    run("mount", &["-t", "tmpfs", "tmpfs", CHROMIUM]).await?;
    let admin = office::ready_account(world)?;
    let store = NssStore::new(&world.folder).await?;

    // The first origin has no office, and says where it is.
    let bare = world.screen(1280, 900).await?;
    bare.open(&format!("{}{}", world.origin(), world.demo.office)).await?;
    bare.sees("事務所の画面は別のアドレスです").await?;
    bare.sees(&format!("{OFFICE}/o")).await?;
    bare.axe().await?;

    // A browser without any certificate: in, as long as none is wanted.
    office::log_in(&bare, world, &admin).await?;
    bare.heading("メニュー").await?;
    let file = issue_and_take(&bare, world).await?;
    store.import(&file).await?;

    // A browser that has it shows it by itself, as a person would choose it.
    let folder = Path::new(CHROMIUM).join("policies/managed");
    std::fs::create_dir_all(&folder)?;
    let policy = json!({ "AutoSelectCertificateForUrls": [json!({ "pattern": OFFICE, "filter": {} }).to_string()] });
    std::fs::write(folder.join("uketsuke.json"), policy.to_string())?;
    let desk = world.screen(1280, 900).await?;
    desk.open(&world.office_url()).await?;
    desk.heading("ログイン").await?;
    desk.sees(&format!("この端末の証明書: {TERMINAL}")).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    camera.take_at("ot-2-certificate", &WIDTHS).await?;
    office::log_in(&desk, world, &admin).await?;
    desk.heading("メニュー").await?;
    required_from_inside(&desk, &bare, world, &admin).await?;
    reception_asks_nobody(&desk, world).await?;
    ended(&desk, world).await?;
    over(world, &store).await
}

/// Issues a certificate on the screen and takes its file with the password.
async fn issue_and_take(desk: &Tablet, world: &World) -> anyhow::Result<(PathBuf, String)> {
    let mut camera = Camera { tablet: desk, folder: world.folder.join("../../pictures"), taken: 0 };
    desk.press("端末の証明書").await?;
    desk.heading("端末の証明書").await?;
    desk.sees("証明書はまだありません。").await?;
    camera.take_at("ot-1-empty", &[360, 820, 1280]).await?;
    desk.press("発行する").await?;
    desk.sees("端末の名前を入力してください。").await?;
    desk.sees("管理する人を入力してください。").await?;
    desk.fill("端末の名前", TERMINAL).await?;
    desk.fill("管理する人", "事務長").await?;
    desk.press("発行する").await?;
    desk.sees(&format!("「{TERMINAL}」の証明書を発行しました。")).await?;
    camera.take_at("ot-1-list", &[360, 820, 1280]).await?;
    desk.press("ファイルを取り出す").await?;
    desk.sees("もう一度表示することはできません").await?;
    camera.take_at("ot-1-file", &WIDTHS).await?;
    let href = desk.script("return document.querySelector('.download a').getAttribute('href')").await?;
    let content = href.as_str().and_then(|href| href.split_once(";base64,")).map(|(_, content)| content.to_owned()).context("no file")?;
    let password = desk.script("return document.querySelector('.secret__text').textContent").await?;
    let password = password.as_str().context("no password")?.to_owned();
    ensure!(password.len() == 29, "another password than was meant");
    let padding = "=".repeat((4 - content.len() % 4) % 4);
    let file = world.folder.join("terminal.p12");
    std::fs::write(&file, STANDARD.decode(format!("{content}{padding}"))?)?;
    desk.press("控えたので閉じる").await?;
    ensure!(!desk.driver.source().await?.contains(&password), "the password is still in the page");
    Ok((file, password))
}

/// The door is shut from inside; who is outside with a session reads what to do.
async fn required_from_inside(desk: &Tablet, bare: &Tablet, world: &World, admin: &Login) -> anyhow::Result<()> {
    bare.pick("変更後の設定", "必須にする(証明書がないと入れない)").await?;
    bare.press("設定を変更する").await?;
    bare.sees("必須にできませんでした。").await?;
    bare.axe().await?;
    desk.press("端末の証明書").await?;
    desk.heading("端末の証明書").await?;
    desk.sees("今この端末で使っている証明書").await?;
    desk.pick("変更後の設定", "必須にする(証明書がないと入れない)").await?;
    desk.press("設定を変更する").await?;
    desk.sees("更新しました。").await?;
    bare.open(&world.office_url()).await?;
    bare.heading("端末の証明書を確認してください。証明書が選ばれていません。").await?;
    bare.sees("窓をすべて閉じて").await?;
    ensure!(!bare.offers("ログイン").await? && !bare.offers("メニュー").await?, "something else can be reached");
    let mut camera = Camera { tablet: bare, folder: world.folder.join("../../pictures"), taken: 0 };
    camera.take_at("x43-missing", &WIDTHS).await?;
    // Nor is a password tried there.
    let other = Login { password: "wrong".to_owned(), ..admin.clone() };
    let script = format!(
        "const r = await fetch('/api/office/login', {{ method: 'POST', headers: {{ 'content-type': 'application/json', 'x-uketsuke-page': '1' }},
           body: JSON.stringify({}) }}); return (await r.json()).code",
        json!({ "institution": other.institution, "user": other.user, "password": other.password })
    );
    let code = bare.script(&script).await?;
    ensure!(code == json!("U-X43"), "{code}");
    Ok(())
}

/// The control: the same browser with the same certificate at reception, whose server asks for none.
async fn reception_asks_nobody(desk: &Tablet, world: &World) -> anyhow::Result<()> {
    desk.open(&world.reception_url()).await?;
    desk.sees("受付").await?;
    // No call of the office is there, and none asks for a certificate.
    let status = desk.script("return fetch('/api/office/certificate').then(answer => answer.status)").await?;
    ensure!(status == json!(404), "{status}");
    Ok(())
}

/// Ended here, it opens nothing from the next request on.
async fn ended(desk: &Tablet, world: &World) -> anyhow::Result<()> {
    let mut camera = Camera { tablet: desk, folder: world.folder.join("../../pictures"), taken: 0 };
    desk.open(&format!("{}/certificates", world.office_url())).await?;
    desk.heading("端末の証明書").await?;
    desk.press("失効させる").await?;
    desk.sees(&format!("「{TERMINAL}」の証明書を失効させますか")).await?;
    desk.sees("今この端末で使っている証明書です。失効させると").await?;
    camera.take_at("ot-1-revoke", &WIDTHS).await?;
    desk.press_in("dialog", "失効させる").await?;
    desk.heading("端末の証明書は失効しています。").await?;
    desk.sees("U-X43").await?;
    camera.take_at("x43-revoked", &WIDTHS).await?;
    desk.press("開き直す").await?;
    desk.heading("端末の証明書は失効しています。").await
}

/// The operator issues another one by command; when the server's day is behind its end, the page says so.
async fn over(world: &mut World, store: &NssStore) -> anyhow::Result<()> {
    let institution = office::ready_account(world)?.institution;
    let file = world.folder.join("other.p12");
    let to = file.to_str().context("a path in letters")?;
    let data = world.data().to_str().context("a path in letters")?.to_owned();
    let at = ["--data", data.as_str(), "--demo", "--institution", institution.as_str()];
    let said =
        world.server_command(&[&["certificate", "issue"], &at[..], &["--label", OTHER, "--holder", "事務長", "--to", to]].concat()).await?;
    let password = said.lines().find_map(|line| line.strip_prefix("password  ")).context("no password")?.to_owned();
    let listed = world.server_command(&[&["certificate", "list"], &at[..]].concat()).await?;
    ensure!(listed.contains("\t有効\t予備のパソコン\t") && listed.contains("\t失効\t受付のパソコン\t"), "{listed}");
    store.remove_all().await?;
    store.import(&(file, password)).await?;
    let desk = world.screen(1280, 900).await?;
    desk.open(&world.office_url()).await?;
    desk.sees(&format!("この端末の証明書: {OTHER}")).await?;

    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    let today = last_day(&said)?;
    for (name, days, shows) in [("x43-near", -5_i64, "あと5日"), ("x43-expired", 1, "端末の証明書の期限が切れています")]
    {
        world.kill_server().await?;
        let clock = format!("{}T10:00:00+09:00", plus_days(&today, days)?);
        world.settings = vec![("UKETSUKE_TEST_CLOCK", clock)];
        world.start_server().await?;
        desk.open(&world.office_url()).await?;
        desk.sees(shows).await?;
        camera.take_at(name, &WIDTHS).await?;
    }
    ensure!(!desk.offers("ログイン").await?, "the login is still offered");
    // The way back for who is kept out.
    let modes = world.server_command(&[&["certificate", "mode"], &at[..], &["--set", "off"]].concat()).await?;
    ensure!(modes.starts_with("now   off"), "{modes}");
    desk.press("開き直す").await?;
    desk.heading("ログイン").await
}

/// The last day of the certificate, as the command said it.
fn last_day(said: &str) -> anyhow::Result<String> {
    let line = said.lines().next().context("no line")?;
    line.split('\t').nth(3).map(str::to_owned).context("no day")
}

fn plus_days(day: &str, days: i64) -> anyhow::Result<String> {
    let output = std::process::Command::new("date").args(["-u", "-d", &format!("{day} {days} days"), "+%Y-%m-%d"]).output()?;
    ensure!(output.status.success(), "date");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The store of certificates from which Chromium offers them.
struct NssStore(String);

impl NssStore {
    async fn new(folder: &Path) -> anyhow::Result<Self> {
        let store = folder.join("home/.pki/nssdb");
        std::fs::create_dir_all(&store)?;
        let store = Self(format!("sql:{}", store.display()));
        run("certutil", &["-d", &store.0, "-N", "--empty-password"]).await?;
        Ok(store)
    }

    async fn import(&self, (file, password): &(PathBuf, String)) -> anyhow::Result<()> {
        let file = file.to_str().context("a path in letters")?;
        run("pk12util", &["-i", file, "-d", &self.0, "-W", password, "-K", ""]).await?;
        let wrong = tokio::process::Command::new("pk12util").args(["-i", file, "-d", &self.0, "-W", "wrong", "-K", ""]).output().await?;
        ensure!(!wrong.status.success(), "the file opens with any password");
        Ok(())
    }

    async fn remove_all(&self) -> anyhow::Result<()> {
        let listed = tokio::process::Command::new("certutil").args(["-d", &self.0, "-K"]).output().await?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        // `< 0> ec  <id of the key>  NSS Certificate DB:<name>`
        for line in listed.lines().filter(|line| line.starts_with('<')) {
            let name = line.split_once("ec").and_then(|(_, rest)| rest.trim().split_once(char::is_whitespace)).context("no name")?.1.trim();
            let name = name.strip_prefix("NSS Certificate DB:").unwrap_or(name);
            run("certutil", &["-d", &self.0, "-F", "-n", name]).await?;
        }
        Ok(())
    }
}

async fn run(program: &str, args: &[&str]) -> anyhow::Result<()> {
    let done = tokio::process::Command::new(program).args(args).output().await.with_context(|| program.to_owned())?;
    ensure!(done.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}
