//! The helper's frames in low and narrow windows, and with letters twice as large: in view, filled, and nothing to be scrolled sideways.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::World;

use crate::pictures::{RULER, another_card};
use crate::{card_check, way};

/// CSS px: 1280 × 800 at 200 %, a small phone upright and lying.
const WINDOWS: [(u32, u32); 3] = [(640, 400), (320, 568), (568, 320)];
/// A phone whose letters are twice as large.
const LARGE: (u32, u32) = (360, 740);
/// Twice the size that browsers come with, px.
const LARGE_FONT: u32 = 32;

/// Asked of the page: the frame stands whole in the window, or begins at its top where the window is too low for it.
const IN_VIEW: &str = r"
const f = document.getElementById('pin-frame').getBoundingClientRect();
const isWhole = f.top >= -1 && f.bottom <= innerHeight + 1;
const isFromTop = f.height > innerHeight && f.top >= -1 && f.top < 24;
return isWhole || isFromTop ? [] : ['the frame stands from ' + f.top + ' to ' + f.bottom + ' in a window of ' + innerHeight];
";

/// Asked of the frame: its last button is at its lower edge, so nothing is hidden below and no half is empty.
const FILLED: &str = r"
const last = [...document.querySelectorAll('button, .warning')].filter(e => e.getClientRects().length).map(e => e.getBoundingClientRect().bottom);
const below = innerHeight - Math.max(...last);
return below >= -1 && below < 32 ? [] : ['the frame ends ' + below + ' px below its last button'];
";

/// Every frame in every such window, with its picture.
pub(crate) async fn windows(world: &mut World) -> anyhow::Result<()> {
    let folder = world.folder.join("../../pictures");
    let large = world.screen_with_letters(820, 1180, LARGE_FONT).await?;
    let usual = world.tablet().await?;
    for (tablet, sizes) in [(&usual, &WINDOWS[..]), (&large, &[LARGE])] {
        let view = View { tablet, folder: folder.clone() };
        another_card(world, "ichiro").await?;
        way::to_card(tablet, &world.reception_url()).await?;
        tablet.sees("カードが置かれています").await?;
        for (at, size) in sizes.iter().enumerate() {
            view.resize(*size).await?;
            view.measure(RULER, "rw-5-ready").await?;
            tablet.press(if at == 0 { "読み取りを始める" } else { "もう一度" }).await?;
            view.frame("rw-5-pin").await?;
            tablet.press("やめる").await?;
            tablet.sees("読み取りをやめました").await?;
        }
        tablet.resize(820, 1180).await?;
        another_card(world, "ichiro:last-try").await?;
        way::to_card(tablet, &world.reception_url()).await?;
        tablet.sees("カードが置かれています").await?;
        for (at, size) in sizes.iter().enumerate() {
            view.resize(*size).await?;
            tablet.press(if at == 0 { "読み取りを始める" } else { "もう一度" }).await?;
            let first = tablet.in_pin_frame(async || tablet.script(FIRST_BUTTON).await).await?;
            let (words, bottom): (String, f64) = serde_json::from_value(first)?;
            ensure!(words == "やめる", "{size:?}: the first button is {words}");
            let top = tablet.script("return document.getElementById('pin-frame').getBoundingClientRect().top").await?;
            let below = top.as_f64().context("a frame")? + bottom;
            ensure!(below <= f64::from(size.1), "{size:?}: 「やめる」 ends at {below}");
            view.frame("rw-5-last-try").await?;
            tablet.in_pin_frame(async || tablet.press("やめる").await).await?;
            tablet.sees("暗証番号の入力をやめました").await?;
            view.measure(RULER, "x03-stopped").await?;
        }
        ensure!(world.verify_count()? == 0, "nobody pressed 確定");
        tablet.resize(1280, 900).await?;
        another_card(world, "ichiro").await?;
        card_check::open(tablet, world).await?;
        tablet.sees("下から、確かめることを選んでください").await?;
        card_check::consent(tablet).await?;
        for size in sizes {
            view.resize(*size).await?;
            tablet.press("カードの中の顔写真を表示").await?;
            view.frame("da-card-frame").await?;
            tablet.press("やめる").await?;
            tablet.press("もう一度").await?;
        }
    }
    Ok(())
}

/// Words and lower edge of the first button that the frame shows.
const FIRST_BUTTON: &str = r"
const b = [...document.querySelectorAll('button')].find(b => b.getClientRects().length);
return [b.innerText.trim(), b.getBoundingClientRect().bottom];
";

struct View<'a> {
    tablet: &'a Tablet,
    folder: PathBuf,
}

impl View<'_> {
    async fn resize(&self, (width, height): (u32, u32)) -> anyhow::Result<()> {
        self.tablet.resize(width, height).await
    }

    /// Asks the page, or the frame that is entered, what is wrong; and axe with it.
    async fn measure(&self, script: &str, name: &str) -> anyhow::Result<()> {
        let wrong = self.tablet.script(script).await?;
        let window = self.window().await?;
        ensure!(wrong == serde_json::json!([]), "{name} at {window}: {wrong}");
        self.tablet.axe().await.with_context(|| format!("{name} at {window}"))
    }

    /// Measures page and frame, and keeps what a person sees without scrolling.
    async fn frame(&self, name: &str) -> anyhow::Result<()> {
        let tablet = self.tablet;
        tablet
            .in_pin_frame(async || {
                self.measure(RULER, name).await?;
                self.measure(FILLED, name).await
            })
            .await?;
        self.measure(IN_VIEW, name).await?;
        self.measure(RULER, name).await?;
        let file = self.folder.join(format!("{name}-{}.png", self.window().await?));
        tablet.picture_of_window(&file).await
    }

    async fn window(&self) -> anyhow::Result<String> {
        let script = "const large = parseFloat(getComputedStyle(document.documentElement).fontSize) > 20;
            return parent === window ? innerWidth + 'x' + innerHeight + (large ? '-large' : '') : 'the frame'";
        Ok(self.tablet.script(script).await?.as_str().unwrap_or_default().to_owned())
    }
}
