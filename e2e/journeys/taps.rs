//! Two quick taps at one place never act on two screens: every step of reception and office, by mouse and finger, at sizes where the
//! buttons of two screens lie on each other. The same taps with the page's guard taken away show what it is for.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use e2e::browser::{Pointer, Tablet};
use e2e::stack::World;
use e2e::wait::{LIMIT, until};
use serde_json::{Value, json};

use crate::pictures::another_card;
use crate::{office, way};

/// Tablet upright, large screen, tablet whose long pages are scrolled down, phone, tablet on its side.
const SIZES: [(u32, u32); 5] = [(768, 1024), (1920, 1080), (820, 1180), (360, 740), (1024, 768)];
const GAPS_MS: [u64; 3] = [60, 150, 300];
const POINTERS: [Pointer; 2] = [Pointer::Mouse, Pointer::Finger];
/// A pair of taps that a busy machine drew out to more than this tells nothing, milliseconds.
const DRAWN_OUT_MS: f64 = 500.0;
/// So often a drawn-out pair is tried again.
const TRIES: usize = 20;

/// Keeps when a pointer went down the last two times, also over the way to another page of this tab.
const TAPE: &str = "if (!window.hasTape) { window.hasTape = true; document.addEventListener('pointerdown', e => {
        const before = JSON.parse(sessionStorage.getItem('tape') || '[]');
        sessionStorage.setItem('tape', JSON.stringify([...before, performance.timeOrigin + e.timeStamp].slice(-2)));
    }, true); }";
/// What the page is now: screen, an open dialog, how many answers stand selected; a call on its way; taps held back.
const NOW: &str =
    "const m = document.querySelector('[data-screen]'), d = document.querySelector('dialog[open]'), w = document.querySelector('.waiting');
    const chosen = document.querySelectorAll('.choice input:checked, #consent:checked').length;
    return [m ? m.dataset.screen + (d ? '+' + d.id : '') + (chosen ? ' with ' + chosen : '') : '', !!w && w.textContent.trim() !== '',
            document.documentElement.hasAttribute('data-settling')]";

/// A button, and the screen that one press on it leads to.
type Step = (&'static str, &'static str);

/// From the top to the card.
const TO_CARD: [Step; 5] =
    [("同意登録をする", "RW-1b"), ("患者です。はじめます", "RW-2"), ("次へ", "RW-3"), ("次へ", "RW-4"), ("同意内容を登録する", "RW-5")];
/// To the confirmation and back to the top; going back is the browser's, and takes a moment.
const AND_BACK: [Step; 8] = [
    ("同意登録をする", "RW-1b"),
    ("患者です。はじめます", "RW-2"),
    ("次へ", "RW-3"),
    ("次へ", "RW-4"),
    ("修正する", "RW-3 with 5"),
    ("もどる", "RW-2 with 4"),
    ("もどる", "RW-1b"),
    ("もどる", "RW-1"),
];
/// From the end of the card's part to the top.
const FROM_CARD: [Step; 3] = [("職員です。結果を見る", "RW-7"), ("終了する", "end"), ("最初の画面へ", "RW-1")];
/// Around the office. Each dialog is opened and left by a press.
const OFFICE: [Step; 8] = [
    ("医療機関別URL取得・変更", "OT-9"),
    ("変更する", "OT-9+url-ask-home-visit"),
    ("やめる", "OT-9"),
    ("同意済資格情報取得", "OT-10"),
    ("検索", "OT-10"),
    ("資格 一郎", "OT-11"),
    ("一覧に戻る", "OT-10"),
    ("端末での確認", "DA-1"),
];

async fn now(tablet: &Tablet) -> anyhow::Result<(String, bool, bool)> {
    Ok(serde_json::from_value(tablet.script(NOW).await?)?)
}

/// Waits until the page is at rest, and gives its screen.
async fn at_rest(tablet: &Tablet) -> anyhow::Result<String> {
    until("a page at rest", LIMIT, async || match now(tablet).await {
        Ok((screen, false, false)) => Ok(screen),
        other => Err(format!("{other:?}")),
    })
    .await
}

/// Taps twice on a button; gives the screen that this led to, and how long after the first the second tap came.
async fn tap_twice(tablet: &Tablet, pointer: Pointer, gap_ms: u64, (button, leads_to): Step) -> anyhow::Result<(String, f64)> {
    let place = tablet.place_of(button).await?;
    tablet.script(TAPE).await?;
    let from = now(tablet).await?.0;
    tablet.tap(pointer, &[place, place], Duration::from_millis(gap_ms)).await?;
    // It leads there at least for a moment, or, where two taps act, past it.
    if from != leads_to {
        until(&format!("「{button}」 to lead to {leads_to}"), Duration::from_secs(10), async || match now(tablet).await {
            Ok((screen, ..)) if screen != from => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await?;
    }
    let screen = at_rest(tablet).await?;
    let tape = tablet.script("return JSON.parse(sessionStorage.getItem('tape') || '[]')").await?;
    let at = |place| tape.get(place).and_then(Value::as_f64).unwrap_or_default();
    Ok((screen, at(1) - at(0)))
}

/// How a walk went.
enum Walked {
    /// Each pair of taps acted once.
    Fine,
    /// A busy machine drew a pair out: it tells nothing.
    DrawnOut,
    /// Two taps acted on two screens.
    Slipped(String),
}

/// Walks from the screen that is shown, tapping twice at every step.
async fn once(tablet: &Tablet, with: (Pointer, u64), steps: &[Step]) -> anyhow::Result<Walked> {
    for step in steps {
        let (screen, gap) = tap_twice(tablet, with.0, with.1, *step).await?;
        if gap >= DRAWN_OUT_MS {
            return Ok(Walked::DrawnOut);
        }
        if screen != step.1 {
            return Ok(Walked::Slipped(format!("「{}」 twice within {gap:.0} ms led to {screen:?} instead of {}", step.0, step.1)));
        }
        if screen == "RW-2" {
            for question in way::READY {
                tablet.pick(question, "はい").await?;
            }
            tablet.pick(way::ASSIST, "本人").await?;
        }
        if screen == "RW-3" {
            answer_all(tablet, with).await?;
        }
    }
    Ok(Walked::Fine)
}

/// Walks, again from the beginning while the machine is too busy. Gives the place where two taps acted, if they did.
async fn walk(
    tablet: &Tablet,
    begin: impl AsyncFn() -> anyhow::Result<()>,
    with: (Pointer, u64),
    steps: &[Step],
) -> anyhow::Result<Option<String>> {
    for _ in 0..TRIES {
        begin().await?;
        match once(tablet, with, steps).await? {
            Walked::Fine => return Ok(None),
            Walked::DrawnOut => {}
            Walked::Slipped(slip) => return Ok(Some(slip)),
        }
    }
    anyhow::bail!("the machine was too busy to tap twice within {DRAWN_OUT_MS} ms")
}

/// Quick taps on one screen all count: two questions one after the other, then all at once.
async fn answer_all(tablet: &Tablet, (pointer, gap_ms): (Pointer, u64)) -> anyhow::Result<()> {
    let script = "const at = id => document.getElementById(id).parentElement.getBoundingClientRect();
        document.querySelector('fieldset').scrollIntoView({ block: 'start' });
        const all = [...document.querySelectorAll('fieldset')].slice(0, 2).map(f => at(f.id + '-second'));
        return all.map(b => [b.left + b.width / 2, b.top + b.height / 2])";
    let places: Vec<(f64, f64)> = serde_json::from_value(tablet.script(script).await?)?;
    // Both in view: on the lowest screens only the first is.
    let height = tablet.script("return innerHeight").await?.as_f64().unwrap_or_default();
    let places: Vec<_> = places.into_iter().filter(|(_, y)| *y < height).collect();
    tablet.tap(pointer, &places, Duration::from_millis(gap_ms)).await?;
    let chosen = "return document.querySelectorAll('input:checked').length";
    until("every quick tap to count", Duration::from_secs(10), async || {
        let seen = tablet.script(chosen).await.map_err(|error| error.to_string())?;
        if seen == json!(places.len()) { Ok(()) } else { Err(format!("{seen} of {}", places.len())) }
    })
    .await?;
    tablet.press("すべて同意する").await
}

/// A tablet of this size, with a mouse or a finger, at the top of the reception.
async fn top(tablet: &Tablet, world: &World) -> anyhow::Result<()> {
    tablet.open("about:blank").await?;
    tablet.open(&world.reception_url()).await?;
    tablet.heading("資格確認と同意の受付").await
}

async fn set_up(tablet: &Tablet, (width, height): (u32, u32), pointer: Pointer) -> anyhow::Result<()> {
    tablet.resize(width, height).await?;
    tablet.cdp("Emulation.setTouchEmulationEnabled", json!({ "enabled": pointer == Pointer::Finger })).await?;
    Ok(())
}

/// Every step × size × pointer × gap; the card's part, the office, and the control.
#[expect(clippy::print_stdout, reason = "what the control showed, for the record")]
pub(crate) async fn twice(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    for size in SIZES {
        for pointer in POINTERS {
            set_up(&tablet, size, pointer).await?;
            for gap_ms in GAPS_MS {
                let begin = async || top(&tablet, world).await;
                // Back once for each size and pointer is enough: the buttons are few and small.
                let steps: &[Step] = if gap_ms == 60 { &AND_BACK } else { &TO_CARD };
                let slip = walk(&tablet, begin, (pointer, gap_ms), steps).await?;
                ensure!(slip.is_none(), "{size:?}, {pointer:?}: {}", slip.unwrap_or_default());
            }
        }
    }
    for (person, size, pointer, gap_ms) in [
        ("ichiro", (820, 1180), Pointer::Finger, 150),
        ("hanako", (360, 740), Pointer::Finger, 60),
        ("saburo", (1024, 768), Pointer::Mouse, 300),
        ("shiro", (1920, 1080), Pointer::Mouse, 60),
    ] {
        set_up(&tablet, size, pointer).await?;
        another_card(world, person).await?;
        card(world, &tablet, (pointer, gap_ms)).await.with_context(|| format!("{person}, {size:?}, {pointer:?}"))?;
    }
    for pointer in POINTERS {
        office_round(world, pointer).await.with_context(|| format!("office, {pointer:?}"))?;
    }

    // Without the guard, the same taps act twice: the journey sees what it looks for.
    let bare = world.tablet().await?;
    let source = "const add = EventTarget.prototype.addEventListener;
        EventTarget.prototype.addEventListener = function (name, hear, how) {
            const isGuard = this === window && how === true && ['click', 'pointerdown', 'mousedown'].includes(name);
            if (!isGuard) return add.call(this, name, hear, how);
        }";
    bare.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await?;
    for pointer in POINTERS {
        let mut slips = Vec::new();
        for size in [(360, 740), (768, 1024), (1024, 768)] {
            set_up(&bare, size, pointer).await?;
            let begin = async || top(&bare, world).await;
            slips.extend(walk(&bare, begin, (pointer, 150), &TO_CARD).await?.map(|slip| format!("{size:?}: {slip}")));
        }
        println!("without the guard, {pointer:?}: {slips:?}");
        ensure!(!slips.is_empty(), "two taps never acted twice without the guard: the walk tells nothing about {pointer:?}");
    }
    Ok(())
}

/// The card's part: the frame that appears under the finger takes no digit from it, 確定 and what follows act once.
async fn card(world: &World, tablet: &Tablet, with: (Pointer, u64)) -> anyhow::Result<()> {
    let (pointer, gap_ms) = with;
    let begin = async || top(tablet, world).await;
    let slip = walk(tablet, begin, with, &TO_CARD).await?;
    ensure!(slip.is_none(), "{}", slip.unwrap_or_default());
    tablet.sees("カードが置かれています").await?;
    let place = tablet.place_of("読み取りを始める").await?;
    tablet.tap(pointer, &[place, place], Duration::from_millis(gap_ms)).await?;
    tablet.in_pin_frame(async || tablet.sees("確定").await).await?;
    // Where the frame is now, a third tap a moment later lands on its keys at some of the sizes.
    tablet
        .in_pin_frame(async || {
            at_ease(tablet).await?;
            let typed = tablet.script("return document.querySelectorAll('#dots .on').length").await?;
            ensure!(typed == 0, "{typed} digits were typed by a tap on the page's button");
            for digit in virtual_card::AUTH_PIN.chars() {
                tablet.press(&digit.to_string()).await?;
            }
            Ok(())
        })
        .await?;
    let place = in_window(tablet, "#ok").await?;
    tablet.tap(pointer, &[place, place], Duration::from_millis(gap_ms)).await?;
    tablet.sees("受付が終わりました").await?;
    ensure!(at_rest(tablet).await? == "RW-6", "確定 twice led past the end");
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");
    // There is no way back to try a drawn-out pair again: the other sizes do.
    match once(tablet, with, &FROM_CARD).await? {
        Walked::Slipped(slip) => anyhow::bail!(slip),
        Walked::Fine | Walked::DrawnOut => Ok(()),
    }
}

/// Waits until the page or frame takes every tap as meant for it.
async fn at_ease(tablet: &Tablet) -> anyhow::Result<()> {
    until("no tap to be held back", LIMIT, async || {
        let seen =
            tablet.script("return document.documentElement.hasAttribute('data-settling')").await.map_err(|error| error.to_string())?;
        if seen == json!(false) { Ok(()) } else { Err(seen.to_string()) }
    })
    .await
}

/// The middle of something in the helper's frame, as the window sees it.
async fn in_window(tablet: &Tablet, selector: &str) -> anyhow::Result<(f64, f64)> {
    let middle = format!(
        "const b = document.querySelector('{selector}').getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]"
    );
    let inside: (f64, f64) = tablet.in_pin_frame(async || Ok(serde_json::from_value(tablet.script(&middle).await?)?)).await?;
    let script = format!(
        "const f = document.querySelector('iframe'), b = f.getBoundingClientRect(), y = {}; const below = b.top + f.clientTop + y - innerHeight + 40;
         if (below > 0) scrollBy(0, below);
         const now = f.getBoundingClientRect(); return [now.left + f.clientLeft, now.top + f.clientTop]",
        inside.1
    );
    let corner: (f64, f64) = serde_json::from_value(tablet.script(&script).await?)?;
    Ok((corner.0 + inside.0, corner.1 + inside.1))
}

/// Every button of the office's screens that leads somewhere.
async fn office_round(world: &mut World, pointer: Pointer) -> anyhow::Result<()> {
    let desk = world.screen(1280, 900).await?;
    // The device desk is a page of its own.
    desk.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": TAPE })).await?;
    let login = office::ready_account(world)?;
    office::log_in(&desk, world, &login).await?;
    desk.heading("メニュー").await?;
    for size in [(768, 1024), (1280, 800)] {
        set_up(&desk, size, pointer).await?;
        for gap_ms in GAPS_MS {
            let begin = async || {
                desk.open(&world.office_url()).await?;
                desk.heading("メニュー").await
            };
            let slip = walk(&desk, begin, (pointer, gap_ms), &OFFICE).await?;
            ensure!(slip.is_none(), "{size:?}: {}", slip.unwrap_or_default());
        }
    }
    // The walk ends at the device's page, which has no login of the office.
    desk.open(&world.office_url()).await?;
    desk.heading("メニュー").await?;
    match once(&desk, (pointer, 150), &[("ログアウト", "OT-3")]).await? {
        Walked::Slipped(slip) => anyhow::bail!(slip),
        Walked::Fine | Walked::DrawnOut => Ok(()),
    }
}
