//! What a person does and sees: a browser's window driven by what is written on the screen.
//!
//! Journeys are the same for every browser. What only Chromium can be asked for by its own protocol (permissions, keys
//! that stay down, papers) says so and fails elsewhere.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use serde_json::{Value, json};
use thirtyfour::common::command::FormatRequestData;
use thirtyfour::prelude::*;
use thirtyfour::{RequestData, SessionId};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::http::Method;

use crate::wait::{LIMIT, until};

/// Name of a page that counts as public: https, and resolved to this machine by the browser alone.
pub const PUBLIC_HOST: &str = "uketsuke.test";

/// The rules of axe-core, run in the page. MPL-2.0, unmodified, tests only.
const AXE: &str = include_str!("../vendor/axe.min.js");

/// Finds what a person would press: visible, with exactly or at the beginning this text. With a third argument only once the
/// page (or the helper's frame) takes every tap as meant for it.
const FIND: &str = r#"
if (arguments[2] && document.documentElement.hasAttribute('data-settling')) return null;
const want = arguments[0].replace(/\s+/g, '');
const norm = t => (t || '').replace(/\s+/g, '');
const shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
const name = e => norm(e.getAttribute('aria-label') || e.innerText || e.value);
const room = (arguments[1] && [...document.querySelectorAll(arguments[1])].find(shown)) || document;
const all = [...room.querySelectorAll('button, a[href], label, summary, input[type=submit], [role=button], [role=radio], [role=tab]')].filter(shown);
return all.find(e => name(e) === want) || all.find(e => name(e).startsWith(want)) || all.find(e => name(e).includes(want)) || null;
"#;

/// The button of the closed group of a menu in which the one link of this name is, when nothing of that name is shown.
const UNFOLD: &str = r#"
const want = arguments[0].replace(/\s+/g, '');
const norm = t => (t || '').replace(/\s+/g, '');
const shown = e => e.getClientRects().length > 0;
const named = [...document.querySelectorAll('button, a[href], label, summary')].filter(e => norm(e.getAttribute('aria-label') || e.textContent) === want);
const folded = named.some(shown) ? null : named.map(e => e.closest('[hidden][id]')).find(e => e);
return folded && document.querySelector(`[aria-expanded=false][aria-controls="${folded.id}"]`);
"#;

/// The browser of a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// Chromium, with its new headless mode.
    #[default]
    Chromium,
    /// Firefox ESR, headless, by geckodriver.
    Firefox,
    /// WebKitGTK's own small browser on a screen of its own (Xvfb); the engine of Safari, without Apple's rules.
    WebKit,
}

/// Written to the console at the end, to see that errors in it are seen.
const CONTROL: &str = "uketsuke: the last word of this journey";
/// First port of the drivers: one for each window, the journey's network is its own.
const DRIVER_PORT: u16 = 9515;
/// Display of the screen that WebKitGTK draws on, reached by TCP: sockets in `/tmp` would be seen by other journeys.
const DISPLAY: u16 = 7;
/// The small browser that comes with WebKitGTK.
const MINI_BROWSER: &str = "webkit2gtk-4.1/MiniBrowser";
/// Lets Firefox's window become as narrow as a phone.
const NARROW_FIREFOX: &str = ":root { min-width: 0 !important; }";
/// The same for the toolbar of the small browser.
const NARROW_GTK: &str = "toolbar, toolbar *, entry, button { min-width: 0; padding: 0; margin: 0; border-width: 0; }";

/// The film that the browsers' camera shows, in the folder of a journey; made before the browser is opened. `YUV4MPEG2`.
pub const FILM: &str = "camera.y4m";

/// The windows of a journey, each with a driver program and a profile of its own (geckodriver and WebKitWebDriver hold one
/// session each).
pub struct Driver {
    engine: Engine,
    /// Certificates of servers are taken as they are.
    is_trusting: bool,
    folder: PathBuf,
    profiles: tempfile::TempDir,
    screen: Option<Child>,
    programs: Vec<Child>,
    windows: Vec<Tablet>,
}

/// What taps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// A mouse's left button.
    Mouse,
    /// One finger.
    Finger,
}

/// One browser with a profile of its own.
#[derive(Clone)]
pub struct Tablet {
    /// For what the methods here do not offer.
    pub driver: WebDriver,
    engine: Engine,
    /// What driver and browser wrote.
    log: PathBuf,
}

impl Driver {
    pub(crate) async fn start(folder: &Path, engine: Engine, is_trusting: bool) -> anyhow::Result<Self> {
        let home = folder.join("home");
        std::fs::create_dir_all(&home)?;
        let screen = if engine == Engine::WebKit {
            let gtk = home.join(".config/gtk-3.0");
            std::fs::create_dir_all(&gtk)?;
            std::fs::write(gtk.join("gtk.css"), NARROW_GTK)?;
            Some(start_screen(folder).await?)
        } else {
            None
        };
        let profiles = tempfile::tempdir()?;
        Ok(Self { engine, is_trusting, folder: folder.to_owned(), profiles, screen, programs: Vec::new(), windows: Vec::new() })
    }

    pub(crate) async fn open(&mut self, width: u32, height: u32, letters: u32, is_public: bool, page_port: u16) -> anyhow::Result<Tablet> {
        let number = self.windows.len();
        let log = self.folder.join(format!("browser-{number}.log"));
        let profile = self.profiles.path().join(number.to_string());
        let caps = match self.engine {
            Engine::Chromium => {
                let mut caps = chromium(&profile, (width, height), letters, is_public, page_port)?;
                if self.is_trusting {
                    caps.set("acceptInsecureCerts", json!(true))?;
                }
                // A journey that has made a film has a camera that shows it.
                let film = self.folder.join(FILM);
                if film.exists() {
                    caps.add_arg("--use-fake-device-for-media-stream")?;
                    caps.add_arg("--use-fake-ui-for-media-stream")?;
                    caps.add_arg(&format!("--use-file-for-fake-video-capture={}", film.display()))?;
                }
                caps
            }
            Engine::Firefox => firefox(&profile, is_public, page_port)?,
            Engine::WebKit => webkit()?,
        };
        let url = self.start_program(&log).await?;
        let driver = WebDriver::new(url, caps).await.with_context(|| format!("{:?}: see {}", self.engine, log.display()))?;
        let tablet = Tablet { driver, engine: self.engine, log };
        self.windows.push(tablet.clone());
        tablet.resize(width, height).await?;
        if self.engine == Engine::Chromium {
            tablet.cdp("Emulation.setLocaleOverride", json!({ "locale": "ja-JP" })).await?;
            tablet.cdp("Emulation.setTimezoneOverride", json!({ "timezoneId": "Asia/Tokyo" })).await?;
        }
        Ok(tablet)
    }

    /// Starts the driver of one more window and waits until it listens.
    async fn start_program(&mut self, log: &Path) -> anyhow::Result<String> {
        let port = DRIVER_PORT + u16::try_from(2 * self.programs.len())?;
        let (name, args) = match self.engine {
            Engine::Chromium => ("chromedriver", vec![format!("--port={port}")]),
            Engine::Firefox => ("geckodriver", vec![format!("--port={port}"), format!("--websocket-port={}", port + 1)]),
            Engine::WebKit => ("WebKitWebDriver", vec![format!("--port={port}")]),
        };
        let log = std::fs::File::options().create(true).append(true).open(log)?;
        let program = Command::new(name)
            // The browser takes its own words, and the order of day and month in date fields, from here.
            .envs([("LANGUAGE", "ja"), ("LANG", "ja_JP.UTF-8"), ("LC_ALL", "ja_JP.UTF-8"), ("TZ", "Asia/Tokyo")])
            .env("DISPLAY", format!("127.0.0.1:{DISPLAY}"))
            // Which CAs it trusts besides its own stands there (.pki/nssdb); Firefox refuses a home of somebody else.
            .env("HOME", self.folder.join("home"))
            .args(args)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context(name)?;
        self.programs.push(program);
        listens(name, port).await?;
        Ok(format!("http://127.0.0.1:{port}"))
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
            errors.extend(tablet.console_errors().await.unwrap_or_else(|error| vec![format!("{error:#}")]));
            drop(tablet.driver.quit().await);
        }
        for program in self.programs.iter_mut().chain(&mut self.screen) {
            program.start_kill()?;
        }
        ensure!(errors.is_empty(), "errors in the browser's console:\n{}", errors.join("\n"));
        Ok(())
    }
}

/// Waits until a program listens on its port.
async fn listens(name: &str, port: u16) -> anyhow::Result<()> {
    until(&format!("{name} on port {port}"), LIMIT, async || {
        TcpStream::connect(("127.0.0.1", port)).await.map(drop).map_err(|error| error.to_string())
    })
    .await
}

/// A screen that nobody looks at.
async fn start_screen(folder: &Path) -> anyhow::Result<Child> {
    let log = std::fs::File::create(folder.join("screen.log"))?;
    let screen = Command::new("Xvfb")
        .args([&format!(":{DISPLAY}"), "-screen", "0", "1400x4000x24"])
        .args(["-nolock", "-nolisten", "unix", "-nolisten", "local", "-listen", "tcp"])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .context("Xvfb")?;
    listens("Xvfb", 6000 + DISPLAY).await?;
    Ok(screen)
}

fn chromium(profile: &Path, (width, height): (u32, u32), letters: u32, is_public: bool, page_port: u16) -> anyhow::Result<Capabilities> {
    let mut caps = DesiredCapabilities::chrome();
    let public = [
        format!("--ip-address-space-overrides=127.0.0.1:{page_port}=public"),
        // The others are for hostile pages.
        format!("--host-resolver-rules=MAP {} 127.0.0.1, MAP *.example 127.0.0.1", PUBLIC_HOST),
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
        &format!("--blink-settings=defaultFontSize={letters}"),
    ];
    for flag in flags.into_iter().chain(public.iter().map(String::as_str)) {
        caps.add_arg(flag)?;
    }
    caps.set("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }))?;
    Ok(caps.into())
}

fn firefox(profile: &Path, is_public: bool, page_port: u16) -> anyhow::Result<Capabilities> {
    std::fs::create_dir_all(profile.join("chrome"))?;
    std::fs::write(profile.join("chrome/userChrome.css"), NARROW_FIREFOX)?;
    let mut caps = Capabilities::new();
    caps.set("browserName", "firefox")?;
    let mut prefs = vec![
        ("intl.accept_languages", json!("ja,en")),
        ("toolkit.legacyUserProfileCustomizations.stylesheets", json!(true)),
        // The console goes to the log: the W3C protocol has no way to ask for it.
        ("devtools.console.stdout.content", json!(true)),
    ];
    if is_public {
        prefs.extend([
            ("network.dns.localDomains", json!(PUBLIC_HOST)),
            ("network.lna.address_space.public.override", json!(format!("127.0.0.1:{page_port}"))),
            // As with strict tracking protection or by a policy: without it Firefox asks nobody.
            ("network.lna.enabled", json!(true)),
            ("network.lna.blocking", json!(true)),
            ("network.lna.websocket.enabled", json!(true)),
        ]);
        caps.set("acceptInsecureCerts", true)?;
    }
    let prefs: serde_json::Map<String, Value> = prefs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let args = json!(["-headless", "-profile", profile]);
    caps.set("moz:firefoxOptions", json!({ "binary": "/usr/bin/firefox-esr", "args": args, "prefs": prefs }))?;
    Ok(caps)
}

fn webkit() -> anyhow::Result<Capabilities> {
    let libraries = std::fs::read_dir("/usr/lib")?.filter_map(Result::ok).map(|entry| entry.path());
    let found = libraries.map(|library| library.join(MINI_BROWSER)).find(|program| program.exists());
    let program = found.context("no MiniBrowser of WebKitGTK in /usr/lib: install webkit2gtk-driver")?;
    let mut caps = Capabilities::new();
    caps.set("webkitgtk:browserOptions", json!({ "binary": program, "args": ["--automation"] }))?;
    Ok(caps)
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
        if self.engine != Engine::Chromium {
            return self.resize_window(width, height).await;
        }
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )
        .await?;
        Ok(())
    }

    /// The same by the size of the window, whose frame and bars are measured first.
    async fn resize_window(&self, width: u32, height: u32) -> anyhow::Result<()> {
        until(&format!("a page of {width}×{height} px"), LIMIT, async || {
            let sizes =
                self.script("return [innerWidth, innerHeight, outerWidth, outerHeight]").await.map_err(|error| error.to_string())?;
            let seen: [u32; 4] = serde_json::from_value(sizes).map_err(|error| error.to_string())?;
            let [inner_width, inner_height, outer_width, outer_height] = seen;
            if (inner_width, inner_height) == (width, height) {
                return Ok(());
            }
            let outer = (width + outer_width.saturating_sub(inner_width), height + outer_height.saturating_sub(inner_height));
            self.driver.set_window_rect(0, 0, outer.0, outer.1).await.map_err(|error| error.to_string())?;
            Err(format!("{seen:?}"))
        })
        .await?;
        // A picture taken before it is painted shows the former size.
        self.painted().await
    }

    /// Waits until the page (or the frame that is entered) was painted as it is now.
    async fn painted(&self) -> anyhow::Result<()> {
        let script = "const done = arguments[arguments.length - 1]; requestAnimationFrame(() => requestAnimationFrame(() => done()))";
        self.driver.execute_async(script, Vec::new()).await.context("a painted page")?;
        Ok(())
    }

    /// One call of Chromium's own protocol.
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
        if self.engine == Engine::Firefox {
            // The W3C's command means the page that is open.
            if !self.driver.current_url().await?.as_str().starts_with(origin) {
                self.open(origin).await?;
            }
            self.driver.cmd(SetLoopback(setting.to_owned())).await?;
            return Ok(());
        }
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

    /// Waits until the heading of the page is this, has the focus, and stands before what the screen shows.
    ///
    /// # Errors
    /// When it does not come in time.
    pub async fn heading(&self, text: &str) -> anyhow::Result<()> {
        until(&format!("the heading 「{text}」 with the focus, on top"), LIMIT, async || {
            let script = "const h = document.querySelector('h1'), of = document.querySelector('.screen');
                const is_first = !of || !h || !!(h.compareDocumentPosition(of) & Node.DOCUMENT_POSITION_FOLLOWING);
                return [h ? h.innerText : '', document.activeElement === h && is_first]";
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
        self.press_that(room, text, false).await
    }

    /// Presses the button with this text although it is switched off.
    ///
    /// # Errors
    /// When there is none in time, or it can be pressed.
    pub async fn press_in_vain(&self, text: &str) -> anyhow::Result<()> {
        self.press_that("body", text, true).await
    }

    async fn press_that(&self, room: &str, text: &str, is_off: bool) -> anyhow::Result<()> {
        until(&format!("something to press: 「{text}」"), LIMIT, async || {
            let folded = self.driver.execute(UNFOLD, vec![json!(text)]).await.map_err(|error| error.to_string())?;
            if let Ok(group) = folded.element() {
                self.tap_on(&group).await?;
            }
            let found = self.driver.execute(FIND, vec![json!(text), json!(room), json!(true)]).await.map_err(|error| error.to_string())?;
            let element = found.element().map_err(|_| "nothing of that name, or it has only just come".to_owned())?;
            if (element.attr("aria-disabled").await.map_err(|error| error.to_string())?.as_deref() == Some("true")) != is_off {
                return Err(if is_off { "it can be pressed" } else { "it cannot be pressed yet" }.to_owned());
            }
            self.tap_on(&element).await
        })
        .await
    }

    /// Taps once; an error when the guard against two quick taps held it back, since what was meant changed under it.
    async fn tap_on(&self, element: &WebElement) -> Result<(), String> {
        let watch = "window.isTapTaken = false; document.addEventListener('click', () => { window.isTapTaken = true; }, { capture: true, once: true });";
        self.driver.execute(watch, Vec::new()).await.map_err(|error| error.to_string())?;
        element.scroll_into_view().await.map_err(|error| error.to_string())?;
        element.click().await.map_err(|error| error.to_string())?;
        // A tap that led away took the watch along.
        let taken = self.driver.execute("return window.isTapTaken !== false", Vec::new()).await;
        match taken.map(|taken| taken.json() == &Value::Bool(false)) {
            Ok(true) => Err("the page held the tap back".to_owned()),
            Ok(false) | Err(_) => Ok(()),
        }
    }

    /// Chooses an answer of the question with this text in its legend.
    ///
    /// # Errors
    /// When there is no such question or answer in time.
    pub async fn pick(&self, question: &str, answer: &str) -> anyhow::Result<()> {
        let script = r"
            if (document.documentElement.hasAttribute('data-settling')) return null;
            const norm = t => (t || '').replace(/\s+/g, '');
            const legend = [...document.querySelectorAll('fieldset > legend')].find(l => norm(l.innerText).includes(norm(arguments[0])));
            const set = legend && legend.parentElement;
            return set ? [...set.querySelectorAll('label')].find(l => norm(l.innerText).startsWith(norm(arguments[1]))) || null : null;";
        until(&format!("the answer 「{answer}」 to 「{question}」"), LIMIT, async || {
            let found = self.driver.execute(script, vec![json!(question), json!(answer)]).await.map_err(|error| error.to_string())?;
            let element = found.element().map_err(|_| "no such answer".to_owned())?;
            self.tap_on(&element).await
        })
        .await
    }

    /// Finds what has this text, brings it into view, and gives the middle of it, CSS px in the window.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn place_of(&self, text: &str) -> anyhow::Result<(f64, f64)> {
        until(&format!("the place of 「{text}」"), LIMIT, async || {
            let found =
                self.driver.execute(FIND, vec![json!(text), json!("body"), json!(true)]).await.map_err(|error| error.to_string())?;
            let element = found.element().map_err(|_| "nothing of that name, or it has only just come".to_owned())?;
            let script = "arguments[0].scrollIntoView({ block: 'nearest' });
                const b = arguments[0].getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]";
            let element = element.to_json().map_err(|error| error.to_string())?;
            let place = self.driver.execute(script, vec![element]).await.map_err(|error| error.to_string())?;
            place.convert::<(f64, f64)>().map_err(|error| error.to_string())
        })
        .await
    }

    /// Taps at several places, one after the other, each so long after the one before as the hand does it. Nothing is waited for:
    /// not for the page to change, nor for it to be ready.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn tap(&self, pointer: Pointer, places: &[(f64, f64)], gap: Duration) -> anyhow::Result<()> {
        let begun = Instant::now();
        for (number, (x, y)) in places.iter().enumerate() {
            tokio::time::sleep_until(begun + gap * u32::try_from(number)?).await;
            match pointer {
                Pointer::Mouse => {
                    for kind in ["mousePressed", "mouseReleased"] {
                        let params = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
                        self.cdp("Input.dispatchMouseEvent", params).await?;
                    }
                }
                Pointer::Finger => {
                    let down = json!({ "type": "touchStart", "touchPoints": [{ "x": x, "y": y }] });
                    self.cdp("Input.dispatchTouchEvent", down).await?;
                    self.cdp("Input.dispatchTouchEvent", json!({ "type": "touchEnd", "touchPoints": [] })).await?;
                }
            }
        }
        Ok(())
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

    /// Presses a key of the number pad while NumLock is off: `place` is its place (`Numpad1`), `key` what it says then (`End`).
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn number_pad(&self, place: &str, key: &str) -> anyhow::Result<()> {
        for kind in ["rawKeyDown", "keyUp"] {
            let params = json!({ "type": kind, "key": key, "code": place, "location": 3, "isKeypad": true, "windowsVirtualKeyCode": number_pad_code(key) });
            self.cdp("Input.dispatchKeyEvent", params).await?;
        }
        Ok(())
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
            if self.engine == Engine::WebKit {
                // As a finger would: there a frame of another origin cannot scroll the page around it.
                found.scroll_into_view().await.map_err(|error| error.to_string())?;
            }
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

    /// Keeps a picture of the whole page; with other browsers than Chromium of what is in view.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn picture(&self, file: &Path) -> anyhow::Result<()> {
        self.keep_picture(file, json!({ "format": "png", "captureBeyondViewport": true })).await
    }

    /// Keeps a picture of what is in view now.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn picture_of_window(&self, file: &Path) -> anyhow::Result<()> {
        self.keep_picture(file, json!({ "format": "png" })).await
    }

    /// What `of` asks of Chromium; elsewhere always what is in view.
    async fn keep_picture(&self, file: &Path, of: Value) -> anyhow::Result<()> {
        let png = if self.engine == Engine::Chromium {
            let shot = self.cdp("Page.captureScreenshot", of).await?;
            let data = shot.get("data").and_then(Value::as_str).context("no picture")?;
            base64::engine::general_purpose::STANDARD.decode(data)?
        } else {
            self.driver.screenshot_as_png().await?
        };
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(file, png)?)
    }

    /// What the console holds since the last look, and looking empties it; with other browsers than Chromium all that
    /// driver and browser wrote.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn console(&self) -> anyhow::Result<Vec<String>> {
        if self.engine != Engine::Chromium {
            return Ok(std::fs::read_to_string(&self.log)?.lines().map(str::to_owned).collect());
        }
        Ok(self.driver.browser_log().await?.iter().map(|entry| format!("{:?}", entry)).collect())
    }

    /// Errors in the console, but for those that a journey causes on purpose: refused or lost connections and refusals of the server.
    ///
    /// An error of our own must be among them: without it, finding none would prove nothing. WebKitGTK tells nobody what
    /// is in its console while it is driven: there nothing is looked at.
    async fn console_errors(&self) -> anyhow::Result<Vec<String>> {
        if self.engine == Engine::WebKit {
            return Ok(Vec::new());
        }
        self.script(&format!("console.error('{CONTROL}')")).await?;
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
        let is_error = |line: &String| match self.engine {
            // What a page says is written as source text; Firefox's own parts put their names there.
            Engine::Firefox => {
                line.strip_prefix("console.error: ").is_some_and(|said| said.starts_with(['"', '(']))
                    || line.starts_with("JavaScript error: http")
            }
            _ => line.to_uppercase().contains("SEVERE"),
        };
        let seen = RefCell::new(Vec::new());
        until("our own word in the console", LIMIT, async || {
            let new = self.console().await.map_err(|error| error.to_string())?;
            let mut seen = seen.borrow_mut();
            seen.extend(new.into_iter().filter(is_error));
            if seen.iter().any(|line| line.contains(CONTROL)) { Ok(()) } else { Err(seen.join("\n")) }
        })
        .await?;
        let mut lines = seen.into_inner();
        lines.retain(|line| !line.contains(CONTROL) && !expected.iter().any(|part| line.contains(part)));
        Ok(lines)
    }
}

/// `POST /session/{id}/permissions` of the Permissions standard, for reaching loopback.
#[derive(Debug)]
struct SetLoopback(String);

impl FormatRequestData for SetLoopback {
    fn format_request(&self, session: &SessionId) -> RequestData {
        RequestData::new(Method::POST, format!("/session/{session}/permissions"))
            .add_body(json!({ "descriptor": { "name": "loopback-network" }, "state": self.0 }))
    }
}

/// The number that the browser's protocol wants beside a key's name.
fn code_of(key: &str) -> u8 {
    if key == "Enter" { 13 } else { 32 }
}

/// The same for the number pad without NumLock: the keys from 33 (`PageUp`) to 40, then 12, 45 and 46.
fn number_pad_code(key: &str) -> u8 {
    let in_order = ["PageUp", "PageDown", "End", "Home", "ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"];
    match in_order.iter().position(|known| *known == key) {
        Some(at) => 33 + u8::try_from(at).unwrap_or_default(),
        None if key == "Insert" => 45,
        None if key == "Delete" => 46,
        None => 12,
    }
}

fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
