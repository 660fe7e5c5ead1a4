//! What a person does and sees: a Chromium window driven by what is written on the screen.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::wait::{LIMIT, until};

/// The rules of axe-core, run in the page. MPL-2.0, unmodified, tests only.
const AXE: &str = include_str!("../vendor/axe.min.js");

/// Finds what a person would press: visible, with exactly or at the beginning this text.
const FIND: &str = r#"
const want = arguments[0].replace(/\s+/g, '');
const norm = t => (t || '').replace(/\s+/g, '');
const shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
const name = e => norm(e.getAttribute('aria-label') || e.innerText || e.value);
const room = (arguments[1] && [...document.querySelectorAll(arguments[1])].find(shown)) || document;
const all = [...room.querySelectorAll('button, a[href], label, summary, input[type=submit], [role=button], [role=radio], [role=tab]')].filter(shown);
return all.find(e => name(e) === want) || all.find(e => name(e).startsWith(want)) || all.find(e => name(e).includes(want)) || null;
"#;

/// The ChromeDriver of a journey and the windows it opened.
pub struct Driver {
    child: Child,
    url: String,
    windows: Vec<Tablet>,
    profiles: tempfile::TempDir,
}

/// One browser with a profile of its own.
#[derive(Clone)]
pub struct Tablet {
    /// For what the methods here do not offer.
    pub driver: WebDriver,
}

impl Driver {
    pub(crate) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let log = std::fs::File::create(folder.join("chromedriver.log"))?;
        std::fs::create_dir_all(folder.join("home"))?;
        // The browser takes its own words, and the order of day and month in date fields, from here.
        let mut child = Command::new("chromedriver")
            .envs([("LANGUAGE", "ja"), ("LANG", "ja_JP.UTF-8"), ("LC_ALL", "ja_JP.UTF-8")])
            // Which CAs it trusts besides its own stands there (.pki/nssdb).
            .env("HOME", folder.join("home"))
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("chromedriver")?;
        let mut lines = BufReader::new(child.stdout.take().context("stdout")?).lines();
        let port = tokio::time::timeout(LIMIT, async {
            while let Some(line) = lines.next_line().await? {
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    return Ok(port.trim_end_matches('.').to_owned());
                }
            }
            anyhow::bail!("chromedriver ended before it was ready")
        })
        .await??;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, url: format!("http://127.0.0.1:{port}"), windows: Vec::new(), profiles: tempfile::tempdir()? })
    }

    pub(crate) async fn open(&mut self, width: u32, height: u32, is_public: bool, page_port: u16) -> anyhow::Result<Tablet> {
        let mut caps = DesiredCapabilities::chrome();
        let profile = self.profiles.path().join(self.windows.len().to_string());
        let public = [
            format!("--ip-address-space-overrides=127.0.0.1:{page_port}=public"),
            // The others are for hostile pages.
            format!("--host-resolver-rules=MAP {} 127.0.0.1, MAP *.example 127.0.0.1", crate::stack::PUBLIC_HOST),
            "--ignore-certificate-errors".to_owned(),
        ];
        let public: &[String] = if is_public { &public } else { &[] };
        let flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--hide-scrollbars",
            "--lang=ja",
            &format!("--user-data-dir={}", profile.display()),
            &format!("--window-size={width},{height}"),
        ];
        for flag in flags.into_iter().chain(public.iter().map(String::as_str)) {
            caps.add_arg(flag)?;
        }
        caps.set("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }))?;
        let driver = WebDriver::new(&self.url, caps).await.context("Chromium")?;
        let tablet = Tablet { driver };
        tablet.resize(width, height).await?;
        tablet.cdp("Emulation.setLocaleOverride", json!({ "locale": "ja-JP" })).await?;
        tablet.cdp("Emulation.setTimezoneOverride", json!({ "timezoneId": "Asia/Tokyo" })).await?;
        self.windows.push(tablet.clone());
        Ok(tablet)
    }

    pub(crate) async fn autopsy(&mut self, folder: &Path) {
        for (number, tablet) in self.windows.iter().enumerate() {
            drop(tablet.driver.screenshot(&folder.join(format!("failed-{number}.png"))).await);
            if let Ok(source) = tablet.driver.source().await {
                drop(std::fs::write(folder.join(format!("failed-{number}.html")), source));
            }
            if let Ok(text) = tablet.text().await {
                drop(std::fs::write(folder.join(format!("failed-{number}.txt")), text));
            }
            let console = tablet.console().await.unwrap_or_default().join("\n");
            drop(std::fs::write(folder.join(format!("failed-{number}.console.txt")), console));
        }
    }

    pub(crate) async fn end(&mut self) -> anyhow::Result<()> {
        let mut errors = Vec::new();
        for tablet in std::mem::take(&mut self.windows) {
            errors.extend(tablet.console_errors().await.unwrap_or_default());
            drop(tablet.driver.quit().await);
        }
        self.child.start_kill()?;
        ensure!(errors.is_empty(), "errors in the browser's console:\n{}", errors.join("\n"));
        Ok(())
    }
}

impl Tablet {
    /// Opens a URL.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn open(&self, url: &str) -> anyhow::Result<()> {
        Ok(self.driver.goto(url).await?)
    }

    /// Sets the size of the page, CSS px.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn resize(&self, width: u32, height: u32) -> anyhow::Result<()> {
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )
        .await?;
        Ok(())
    }

    /// One call of the browser's own protocol.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn cdp(&self, method: &str, params: Value) -> anyhow::Result<Value> {
        self.driver.cdp().send_raw(method, params).await.with_context(|| method.to_owned())
    }

    /// Grants, denies or resets the permission to reach loopback for a page that counts as public.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn loopback(&self, origin: &str, setting: &str) -> anyhow::Result<()> {
        let params = json!({ "permission": { "name": "loopback-network" }, "setting": setting, "origin": origin });
        self.cdp("Browser.setPermission", params).await.map(drop)
    }

    /// All that can be read on the page now.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn text(&self) -> anyhow::Result<String> {
        let text = self.driver.execute("return document.body ? document.body.innerText : ''", Vec::new()).await?;
        Ok(text.convert::<String>().unwrap_or_default())
    }

    /// Waits until the page shows a text; spaces and line breaks do not count.
    ///
    /// # Errors
    /// When it does not come in time.
    pub async fn sees(&self, text: &str) -> anyhow::Result<()> {
        let want = without_space(text);
        until(&format!("「{text}」"), LIMIT, async || {
            let shown = self.text().await.map_err(|error| error.to_string())?;
            if without_space(&shown).contains(&want) { Ok(()) } else { Err(shown) }
        })
        .await
    }

    /// Waits until the heading of the page is this, and has the focus.
    ///
    /// # Errors
    /// When it does not come in time.
    pub async fn heading(&self, text: &str) -> anyhow::Result<()> {
        until(&format!("the heading 「{text}」 with the focus"), LIMIT, async || {
            let script = "const h = document.querySelector('h1'); return [h ? h.innerText : '', document.activeElement === h]";
            let seen = self.driver.execute(script, Vec::new()).await.map_err(|error| error.to_string())?;
            match seen.convert::<(String, bool)>() {
                Ok((heading, true)) if without_space(&heading).contains(&without_space(text)) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await
    }

    /// Presses the button, link or label with this text, once it is there and can be pressed.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn press(&self, text: &str) -> anyhow::Result<()> {
        self.press_in("body", text).await
    }

    /// The same, inside the first visible element that fits the selector.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn press_in(&self, room: &str, text: &str) -> anyhow::Result<()> {
        until(&format!("something to press: 「{text}」"), LIMIT, async || {
            let found = self.driver.execute(FIND, vec![json!(text), json!(room)]).await.map_err(|error| error.to_string())?;
            let element = found.element().map_err(|_| "nothing of that name".to_owned())?;
            if element.attr("aria-disabled").await.map_err(|error| error.to_string())?.as_deref() == Some("true") {
                return Err("it cannot be pressed yet".to_owned());
            }
            element.scroll_into_view().await.map_err(|error| error.to_string())?;
            element.click().await.map_err(|error| error.to_string())
        })
        .await
    }

    /// Chooses an answer of the question with this text in its legend.
    ///
    /// # Errors
    /// When there is no such question or answer in time.
    pub async fn pick(&self, question: &str, answer: &str) -> anyhow::Result<()> {
        let script = r"
            const norm = t => (t || '').replace(/\s+/g, '');
            const legend = [...document.querySelectorAll('fieldset > legend')].find(l => norm(l.innerText).includes(norm(arguments[0])));
            const set = legend && legend.parentElement;
            return set ? [...set.querySelectorAll('label')].find(l => norm(l.innerText).startsWith(norm(arguments[1]))) || null : null;";
        until(&format!("the answer 「{answer}」 to 「{question}」"), LIMIT, async || {
            let found = self.driver.execute(script, vec![json!(question), json!(answer)]).await.map_err(|error| error.to_string())?;
            let element = found.element().map_err(|_| "no such answer".to_owned())?;
            element.scroll_into_view().await.map_err(|error| error.to_string())?;
            element.click().await.map_err(|error| error.to_string())
        })
        .await
    }

    /// True when there is something to press with this text.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn offers(&self, text: &str) -> anyhow::Result<bool> {
        let found = self.driver.execute(FIND, vec![json!(text)]).await?;
        Ok(!found.json().is_null())
    }

    /// Types into the field that carries this label.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn fill(&self, label: &str, value: &str) -> anyhow::Result<()> {
        let script = r"
            const want = arguments[0].replace(/\s+/g, '');
            const label = [...document.querySelectorAll('label')].find(l => l.innerText.replace(/\s+/g, '').startsWith(want));
            return label ? (label.control || document.getElementById(label.htmlFor)) : null;";
        until(&format!("the field 「{label}」"), LIMIT, async || {
            let found = self.driver.execute(script, vec![json!(label)]).await.map_err(|error| error.to_string())?;
            let field = found.element().map_err(|_| "no such field".to_owned())?;
            field.clear().await.map_err(|error| error.to_string())?;
            field.send_keys(value).await.map_err(|error| error.to_string())
        })
        .await
    }

    /// Sends keys to whatever has the focus.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn keys(&self, keys: impl Into<thirtyfour::TypingData>) -> anyhow::Result<()> {
        let active = self.driver.active_element().await?;
        Ok(active.send_keys(keys).await?)
    }

    /// Lets a key go down, or repeat because it is held.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn key_down(&self, key: &str, text: &str, is_repeat: bool) -> anyhow::Result<()> {
        let params = json!({ "type": "keyDown", "key": key, "text": text, "autoRepeat": is_repeat, "windowsVirtualKeyCode": code_of(key) });
        self.cdp("Input.dispatchKeyEvent", params).await.map(drop)
    }

    /// Lets a key come up.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn key_up(&self, key: &str) -> anyhow::Result<()> {
        let params = json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code_of(key) });
        self.cdp("Input.dispatchKeyEvent", params).await.map(drop)
    }

    /// Runs a script and gives what it returns.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn script(&self, script: &str) -> anyhow::Result<Value> {
        Ok(self.driver.execute(script, Vec::new()).await?.json().clone())
    }

    /// Waits for the PIN frame, types the digits on its pad or keyboard and presses 確定: one press, one VERIFY.
    ///
    /// # Errors
    /// When the frame does not come.
    pub async fn enter_pin(&self, digits: &str) -> anyhow::Result<()> {
        self.in_pin_frame(async || {
            for digit in digits.chars() {
                self.press(&digit.to_string()).await?;
            }
            self.press("確定").await
        })
        .await
    }

    /// The same with one try left, where the frame asks before it shows its keys.
    ///
    /// # Errors
    /// When the frame does not come, or does not ask.
    pub async fn enter_last_pin(&self, digits: &str) -> anyhow::Result<()> {
        self.in_pin_frame(async || {
            self.sees("あと1回まちがえるとロックされます").await?;
            ensure!(!self.offers("確定").await?, "the keys are shown before the question was answered");
            self.press("わかりました。入力する").await
        })
        .await?;
        self.enter_pin(digits).await
    }

    /// Does something inside the PIN frame.
    ///
    /// # Errors
    /// When the frame does not come, or the deed fails.
    pub async fn in_pin_frame<T>(&self, deed: impl AsyncFnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        until("the PIN frame", LIMIT, async || {
            let found = self.driver.find(By::Css("iframe")).await.map_err(|error| error.to_string())?;
            found.enter_frame().await.map_err(|error| error.to_string())?;
            // Its keys, or with one try left the question before them.
            let shown = without_space(&self.text().await.unwrap_or_default());
            if shown.contains("確定") || shown.contains("入力する") {
                return Ok(());
            }
            drop(self.driver.enter_default_frame().await);
            Err("a frame without its keys".to_owned())
        })
        .await?;
        let done = deed().await;
        // The frame may be gone by now.
        self.driver.enter_default_frame().await?;
        done
    }

    /// Runs axe on the page (or in the frame that is entered): no violation is accepted.
    ///
    /// # Errors
    /// The violations.
    pub async fn axe(&self) -> anyhow::Result<()> {
        let found = self.axe_rules().await?;
        ensure!(found.is_empty(), "axe: {}", found.join("; "));
        Ok(())
    }

    /// The rules that axe finds broken, each with its first place.
    ///
    /// # Errors
    /// When axe does not run.
    pub async fn axe_rules(&self) -> anyhow::Result<Vec<String>> {
        self.driver.execute(AXE, Vec::new()).await.context("axe")?;
        let script = "const done = arguments[arguments.length - 1];
            axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
                .then(r => done(r.violations.map(v => v.id + ' @ ' +
                          v.nodes.map(n => n.target.join(' ') + ' ' + (n.failureSummary || '')).slice(0, 3).join(' | '))),
                      e => done(['axe failed: ' + e]));";
        Ok(self.driver.execute_async(script, Vec::new()).await?.convert()?)
    }

    /// Keeps a picture of the whole page.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn picture(&self, file: &Path) -> anyhow::Result<()> {
        let shot = self.cdp("Page.captureScreenshot", json!({ "format": "png", "captureBeyondViewport": true })).await?;
        let data = shot.get("data").and_then(Value::as_str).context("no picture")?;
        use base64::Engine as _;
        let png = base64::engine::general_purpose::STANDARD.decode(data)?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(file, png)?)
    }

    /// What the console holds since the last look; looking empties it.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn console(&self) -> anyhow::Result<Vec<String>> {
        Ok(self.driver.browser_log().await?.iter().map(|entry| format!("{:?}", entry)).collect())
    }

    /// Errors in the console, but for those that a journey causes on purpose: refused or lost connections and refusals of the server.
    async fn console_errors(&self) -> anyhow::Result<Vec<String>> {
        let expected = [
            "Failed to load resource",
            "WebSocket connection to",
            "net::ERR_",
            "preload",
            "ERR_BLOCKED_BY_LOCAL_NETWORK",
            // The page looks why no socket opens (helper/PROTOCOL.md §1.8).
            "blocked by CORS policy",
            "EventSource's response",
        ];
        let lines = self.console().await?;
        Ok(lines
            .into_iter()
            .filter(|line| line.to_uppercase().contains("SEVERE") && !expected.iter().any(|part| line.contains(part)))
            .collect())
    }
}

/// The number that the browser's protocol wants beside a key's name.
fn code_of(key: &str) -> u8 {
    if key == "Enter" { 13 } else { 32 }
}

fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
