//! The program at レセコン against a server over HTTPS: a token from the office, killed again and again while it delivers, each file once;
//! `doctor` says how it stands.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use e2e::browser::{PUBLIC_HOST, Tablet};
use e2e::stack::{World, program};
use serde_json::Value;
use tokio::process::Command;

use crate::accounts;
use crate::office;
use crate::office_list::visits;

/// Results of one person: each replaces the consent before it, and each is a result of its own.
const RESULTS: usize = 24;
/// The first one is killed at once, each further one lives so much longer.
const LIVES_MS: u64 = 4;

/// The レセコン: takes the files away.
fn take(folder: &Path, taken: &mut BTreeMap<String, usize>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() {
            let text = std::fs::read_to_string(entry.path())?;
            ensure!(text.trim_end().ends_with("</XmlMsg>"), "{name} is not whole");
            std::fs::remove_file(entry.path())?;
            *taken.entry(name).or_default() += 1;
        }
    }
    Ok(())
}

struct Agent {
    config: PathBuf,
    folder: PathBuf,
    server: String,
}

impl Agent {
    fn new(world: &World, token: &str) -> anyhow::Result<Self> {
        let home = world.folder.join("レセコン");
        let (folder, token_file, config) = (home.join("face"), home.join("token"), home.join("deliver.toml"));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(&token_file, format!("{token}\n"))?;
        std::fs::set_permissions(&token_file, std::fs::Permissions::from_mode(0o600))?;
        let (server, ca) = (world.origin(), world.data().join(format!("tls-{PUBLIC_HOST}.pem")));
        let text = format!("server = {server:?}\ntoken_file = {token_file:?}\nfolder = {folder:?}\nca_file = {ca:?}\nevery_s = 1\n");
        std::fs::write(&config, text)?;
        Ok(Self { config, folder, server })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program("uketsuke-helper"));
        command.args(["deliver", "--config"]).arg(&self.config).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        command
    }

    async fn once(&self) -> anyhow::Result<String> {
        self.says("--once").await
    }

    async fn says(&self, how: &str) -> anyhow::Result<String> {
        let said = self.command().arg(how).stderr(Stdio::piped()).output().await?;
        ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        Ok(String::from_utf8(said.stdout)?)
    }

    /// Level and English text of what `doctor` says of it.
    async fn doctor(&self) -> anyhow::Result<Vec<(String, String)>> {
        let config = self.config.to_string_lossy();
        let args = ["doctor", "--json", "--allow-origin", &self.server, "--deliver", &config];
        let said = Command::new(program("uketsuke-helper")).args(args).stdin(Stdio::null()).output().await?;
        let said: Value = serde_json::from_slice(&said.stdout)?;
        let text = |one: &Value, key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let found = said.get("findings").and_then(Value::as_array).context("no findings")?;
        Ok(found.iter().filter(|one| text(one, "id") == "deliver").map(|one| (text(one, "level"), text(one, "text_en"))).collect())
    }
}

fn says(found: &[(String, String)], level: &str, words: &str) -> anyhow::Result<()> {
    ensure!(found.iter().any(|(is, text)| is == level && text.contains(words)), "no {level} 「{words}」: {found:?}");
    Ok(())
}

/// The name of the page leads to this machine for programs too, within this journey's own mount namespace.
async fn name_it(world: &World) -> anyhow::Result<()> {
    let hosts = world.folder.join("hosts");
    std::fs::write(&hosts, format!("127.0.0.1 localhost {PUBLIC_HOST}\n"))?;
    let mounted = Command::new("mount").arg("--bind").arg(&hosts).arg("/etc/hosts").status().await?;
    ensure!(mounted.success(), "mount: {mounted}");
    Ok(())
}

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    name_it(world).await?;
    visits(world, &[("ichiro", RESULTS)]).await?;
    let desk = world.screen(1280, 900).await?;
    office::log_in(&desk, world, &office::ready_account(world)?).await?;
    desk.heading("メニュー").await?;
    let token = accounts::token(&desk, world).await?;
    let agent = Agent::new(world, &token)?;
    says(&agent.doctor().await?, "problem", "never ran")?;
    agent.says("--check").await?;
    each_once(&agent).await?;
    ended(&desk, world, &agent).await
}

/// Killed at any moment, it loses nothing and doubles nothing.
async fn each_once(agent: &Agent) -> anyhow::Result<()> {
    let mut taken = BTreeMap::new();
    let mut kills = 0;
    for life in 0.. {
        let mut running = agent.command().stderr(Stdio::null()).spawn()?;
        // Not to wait for something: the moment of the kill is what differs.
        let ended = tokio::time::timeout(Duration::from_millis(life * LIVES_MS), running.wait()).await;
        ensure!(ended.is_err(), "it ended by itself: {ended:?}");
        running.kill().await?;
        kills += 1;
        take(&agent.folder, &mut taken)?;
        if taken.len() >= RESULTS {
            break;
        }
        ensure!(life < 150, "only {} files", taken.len());
    }
    agent.once().await?;
    take(&agent.folder, &mut taken)?;
    ensure!(taken.len() == RESULTS && taken.values().all(|times| *times == 1), "after {kills} kills: {taken:?}");
    ensure!(kills > 10, "it was killed {kills} times only: the moments are not many");
    says(&agent.doctor().await?, "ok", "Results are delivered into")?;
    says(&agent.doctor().await?, "ok", "takes the token")?;

    // The control: one that forgets how far it was begins again.
    std::fs::remove_file(agent.folder.join(".uketsuke-deliver/state.json"))?;
    let said = agent.once().await?;
    ensure!(said.starts_with(&format!("delivered {RESULTS}, waiting 0")), "{said}");
    take(&agent.folder, &mut taken)?;
    ensure!(taken.values().all(|times| *times == 2), "the control doubles nothing: {taken:?}");
    Ok(())
}

/// A token that was taken back: it says so, and what to do.
async fn ended(desk: &Tablet, world: &World, agent: &Agent) -> anyhow::Result<()> {
    desk.open(&format!("{}/consents", world.office_url())).await?;
    desk.heading("同意済資格情報取得").await?;
    desk.press("検索").await?;
    desk.sees("レセコン: 受け取られた").await?;
    accounts::end_token(desk, world).await?;
    ensure!(agent.once().await.is_err(), "a token that ended still reads");
    says(&agent.doctor().await?, "problem", "The token has ended")
}
