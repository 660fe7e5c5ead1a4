//! A helper that does not answer: the first screen says why, before the patient is asked anything.

use anyhow::ensure;
use e2e::browser::Tablet;
use e2e::stack::{HELPER_PORT, World};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What stands at the helper's port in its place.
#[derive(Clone, Copy)]
enum Stranger {
    /// Another web server.
    Web,
    /// A program that accepts and says nothing.
    Silent,
    /// A helper whose socket is stopped on the way: its `/health` can be read.
    Stopped,
    /// The same, with no room for another page.
    Full,
}

/// Each cause with its own words on RW-1; each mended, the page goes on.
pub(crate) async fn each_cause(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    let origin = world.origin();
    // Nobody there.
    tablet.open(&world.reception_url()).await?;
    tablet.sees("読み取りプログラムが見つかりません").await?;
    tablet.sees("uketsuke-helper doctor").await?;
    tablet.axe().await?;
    // The usual mistake at a first installation.
    world.start_helper_for("http://localhost:9").await?;
    check_again(&tablet, "このページの利用が許可されていません").await?;
    tablet.sees(&format!("uketsuke-helper allow {origin}")).await?;
    tablet.axe().await?;
    world.kill_helper().await?;
    for (stranger, said) in [
        (Stranger::Web, "読み取りプログラムの場所を、ほかのソフトが使っています"),
        (Stranger::Silent, "読み取りプログラムの場所を、ほかのソフトが使っています"),
        (Stranger::Stopped, "読み取りプログラムとの接続が、途中で止められています"),
        (Stranger::Full, "読み取りプログラムを使うページが多すぎます"),
    ] {
        let there = stand_in(stranger).await?;
        check_again(&tablet, said).await?;
        tablet.axe().await?;
        there.abort();
        drop(there.await);
    }
    world.start_helper().await?;
    check_again(&tablet, "カードリーダーの準備ができています").await?;
    ensure!(world.card(|card| card.verify_count())? == 0, "the first screen asks nothing of a card");
    Ok(())
}

/// A touch tablet that calls itself a Mac: it is told on the first screen that it cannot read a card, and no answer is asked for in vain.
pub(crate) async fn disguised_tablet(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    let agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15";
    tablet.cdp("Emulation.setUserAgentOverride", json!({ "userAgent": agent, "platform": "MacIntel" })).await?;
    tablet.cdp("Emulation.setTouchEmulationEnabled", json!({ "enabled": true, "maxTouchPoints": 5 })).await?;
    tablet.open(&world.reception_url()).await?;
    tablet.sees("この端末ではカードを読み取れません").await?;
    tablet.sees("U-X13").await?;
    tablet.axe().await
}

/// On a page that counts as public the first screen asks nothing of the browser by itself: only a press does.
pub(crate) async fn no_question_by_itself(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    tablet.open(&world.reception_url()).await?;
    tablet.sees("カードリーダーへの接続を許可してください").await?;
    tablet.axe().await?;
    let asked = tablet.script("return performance.getEntriesByType('resource').filter(e => e.name.includes('127.0.0.1')).length").await?;
    ensure!(asked == 0, "{asked} requests to this machine without a press");
    let console = tablet.console().await?.join("\n");
    ensure!(!console.contains("LOCAL_NETWORK"), "the browser was asked: {console}");
    tablet.loopback(&world.origin(), "granted").await?;
    tablet.press("接続する").await?;
    tablet.sees("カードリーダーの準備ができています").await
}

async fn check_again(tablet: &Tablet, said: &str) -> anyhow::Result<()> {
    tablet.press("もう一度確かめる").await?;
    tablet.sees(said).await
}

async fn stand_in(stranger: Stranger) -> anyhow::Result<JoinHandle<()>> {
    let listener = TcpListener::bind(("127.0.0.1", HELPER_PORT)).await?;
    Ok(tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            if matches!(stranger, Stranger::Silent) {
                held.push(stream);
            } else {
                drop(answer(&mut stream, stranger).await);
            }
        }
    }))
}

async fn answer(stream: &mut TcpStream, stranger: Stranger) -> std::io::Result<()> {
    let mut head = vec![0; 4096];
    let read = stream.read(&mut head).await?;
    let head = String::from_utf8_lossy(head.get(..read).unwrap_or_default()).into_owned();
    let origin = head.lines().find_map(|line| line.strip_prefix("Origin: ")).unwrap_or("null").to_owned();
    let room = !matches!(stranger, Stranger::Full);
    let (status, headers, body) = match stranger {
        Stranger::Stopped | Stranger::Full if head.starts_with("GET /health ") => (
            "200 OK",
            format!("access-control-allow-origin: {origin}\r\ncontent-type: application/json\r\n"),
            format!(r#"{{"ok":true,"program":"uketsuke-helper","room":{room},"version":1}}"#),
        ),
        Stranger::Stopped | Stranger::Full => ("403 Forbidden", "cross-origin-resource-policy: same-origin\r\n".to_owned(), String::new()),
        Stranger::Web | Stranger::Silent => ("200 OK", "content-type: text/html\r\n".to_owned(), "hello".to_owned()),
    };
    let text = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await
}
