//! The PIN frame: a page of this program, shown inside the app, so that no script of the app ever sees a digit.
//!
//! `GET /pin/{ticket}` shows it while the ticket lives; `POST /pin/{ticket}` uses the ticket up and gives the card one PIN, once: with
//! `{"pin":"1234"}`, with `{"pad":true}` where the person types on the reader's own keys, or with `{"code":"…"}` where 照合番号B is asked for;
//! and `"last_try":true` after the fresh confirmation. `{"stop":true}` ends the request and spends nothing. The frame learns how it ended and
//! nothing else.
//! Source: `reader-helper.md` §5.9.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Json, Response};
use futures_util::StreamExt as _;
use serde::Deserialize;
use shared::reader::Asks;
use tokio::sync::oneshot;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::app::App;
use crate::card::face::FaceCode;
use crate::card::jpki::Pin;
use crate::gate::Origin;
use crate::hub::{FrameView, Input, Pressed};
use crate::work::Secret;

const PIN_PAGE: &str = include_str!("pin.html");
const FACE_PAGE: &str = include_str!("face.html");
const ENDED_PAGE: &str = include_str!("pin_ended.html");
/// Longest body of a press: the two keys and fourteen digits.
const PRESS_MAX: usize = 64;
/// Time for so short a body to arrive.
const PRESS_LIMIT: Duration = Duration::from_secs(3);

/// Body of a press. Borrows from the request, so that no copy of the digits stays behind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Press<'a> {
    /// The four digits of the PIN,
    pin: Option<&'a str>,
    /// or the fourteen of 照合番号B,
    code: Option<&'a str>,
    /// or neither: they are typed on the reader's own keys.
    #[serde(default)]
    pad: bool,
    /// or it ends here, with nothing typed.
    #[serde(default)]
    stop: bool,
    #[serde(default)]
    last_try: bool,
}

/// What a press is for.
enum Meant {
    Stop,
    Try { secret: Secret, last_try_confirmed: bool },
}

/// `GET /pin/{ticket}`.
pub(crate) async fn show(State(app): State<App>, Path(ticket): Path<String>) -> Response {
    let (reply, view) = oneshot::channel();
    app.hub.tell(Input::FrameOpened { ticket, reply });
    match view.await {
        Ok(view) => page(StatusCode::OK, fill(&view), view.origin.as_str()),
        Err(_) => {
            let allowed = app.list.current();
            let allowed: Vec<&str> = allowed.iter().map(Origin::as_str).collect();
            page(StatusCode::NOT_FOUND, ENDED_PAGE.to_owned(), &allowed.join(" "))
        }
    }
}

/// An origin holds only `a-z0-9.-:[]` behind its scheme, so it needs no escaping in HTML or in a header.
fn fill(view: &FrameView) -> String {
    let tries = view.tries_left.map(|left| left.to_string()).unwrap_or_default();
    let pad = if view.has_pad { "yes" } else { "" };
    let (page, phone) = match view.asks {
        Asks::Pin => (PIN_PAGE, ""),
        Asks::PhonePin => (PIN_PAGE, "yes"),
        Asks::FaceCode => (FACE_PAGE, ""),
    };
    page.replace("{{host}}", view.origin.host()).replace("{{tries}}", &tries).replace("{{pad}}", pad).replace("{{phone}}", phone)
}

fn page(status: StatusCode, html: String, ancestors: &str) -> Response {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors {ancestors}"
    );
    (status, [(CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}

/// `POST /pin/{ticket}`: one press of 確定, or of 「やめる」.
pub(crate) async fn press(State(app): State<App>, Path(ticket): Path<String>, headers: HeaderMap, body: Body) -> Response {
    if headers.get(CONTENT_TYPE).is_none_or(|kind| kind != "application/json") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let Ok(Some(body)) = timeout(PRESS_LIMIT, read(body)).await else {
        return answer(Pressed::Format);
    };
    let pressed = serde_json::from_slice::<Press<'_>>(&body).ok().and_then(|press| {
        let secret = match (press.pin, press.code, press.pad, press.stop) {
            (None, None, false, true) => return Some(Meant::Stop),
            (Some(digits), None, false, false) => Secret::Pin(Pin::parse(digits.as_bytes()).ok()?),
            (None, Some(digits), false, false) => Secret::FaceCode(FaceCode::parse(digits.as_bytes()).ok()?),
            (None, None, true, false) => Secret::OnPad,
            _ => return None,
        };
        Some(Meant::Try { secret, last_try_confirmed: press.last_try })
    });
    drop(body);
    let Some(meant) = pressed else { return answer(Pressed::Format) };
    let (reply, word) = oneshot::channel();
    app.hub.tell(match meant {
        Meant::Stop => Input::Stopped { ticket, reply },
        Meant::Try { secret, last_try_confirmed } => Input::Pressed { ticket, secret, last_try_confirmed, reply },
    });
    answer(word.await.unwrap_or(Pressed::Ended))
}

/// Copies the body into memory that is wiped when it is dropped; `None` when it is too long or breaks off. The connection's own read buffer,
/// which the pieces come from, is beyond reach: it is freed with the connection, and not wiped.
async fn read(body: Body) -> Option<Zeroizing<Vec<u8>>> {
    // All of it at once: a vector that grows leaves copies behind.
    let mut read = Zeroizing::new(Vec::with_capacity(PRESS_MAX));
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.ok()?;
        if read.len() + piece.len() > PRESS_MAX {
            return None;
        }
        read.extend_from_slice(&piece);
    }
    Some(read)
}

fn answer(pressed: Pressed) -> Response {
    let status = match pressed {
        Pressed::Right | Pressed::Wrong { .. } | Pressed::Locked | Pressed::Stopped => StatusCode::OK,
        Pressed::Confirm => StatusCode::CONFLICT,
        Pressed::Format => StatusCode::UNPROCESSABLE_ENTITY,
        Pressed::Ended => StatusCode::GONE,
    };
    // The connection's buffer held the digits: it is freed now.
    (status, [(CONNECTION, "close")], Json(pressed)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_shows_who_asks_and_how_many_tries_are_left() {
        let origin = Origin::parse("https://uketsuke.example:8443").unwrap();
        let html = fill(&FrameView { origin: origin.clone(), tries_left: Some(2), asks: Asks::Pin, has_pad: true });
        assert!(html.contains("uketsuke.example:8443") && html.contains(r#"data-tries="2" data-pad="yes""#) && !html.contains("{{"));
        assert!(
            fill(&FrameView { origin: origin.clone(), tries_left: None, asks: Asks::Pin, has_pad: false })
                .contains(r#"data-tries="" data-pad="" data-phone="""#)
        );
        let html = fill(&FrameView { origin: origin.clone(), tries_left: Some(3), asks: Asks::PhonePin, has_pad: false });
        assert!(html.contains(r#"data-tries="3" data-pad="" data-phone="yes""#) && !html.contains("{{"));
        let html = fill(&FrameView { origin, tries_left: Some(10), asks: Asks::FaceCode, has_pad: false });
        assert!(html.contains("uketsuke.example:8443") && html.contains(r#"data-tries="10""#) && !html.contains("{{"));
        assert!(html.contains("セキュリティコード") && !html.contains("data-digit"));
    }

    #[test]
    fn words_for_the_frame_have_the_published_form() {
        for (word, json) in [
            (Pressed::Right, r#"{"result":"ok"}"#),
            (Pressed::Wrong { tries_left: Some(2) }, r#"{"result":"wrong","tries_left":2}"#),
            (Pressed::Wrong { tries_left: None }, r#"{"result":"wrong","tries_left":null}"#),
            (Pressed::Locked, r#"{"result":"locked"}"#),
            (Pressed::Confirm, r#"{"result":"confirm"}"#),
            (Pressed::Format, r#"{"result":"format"}"#),
            (Pressed::Stopped, r#"{"result":"stopped"}"#),
            (Pressed::Ended, r#"{"result":"ended"}"#),
        ] {
            assert_eq!(serde_json::to_string(&word).unwrap(), json);
        }
    }

    #[tokio::test]
    async fn digits_that_come_in_pieces_lie_in_one_place_that_is_wiped() {
        let pieces = |pieces: &[&'static str]| {
            let pieces: Vec<std::io::Result<&'static str>> = pieces.iter().map(|piece| Ok(*piece)).collect();
            read(Body::from_stream(futures_util::stream::iter(pieces)))
        };
        let body = pieces(&[r#"{"pin""#, r#":"12"#, r#"34"}"#]).await.unwrap();
        assert_eq!((body.as_slice(), body.capacity()), (&br#"{"pin":"1234"}"#[..], PRESS_MAX), "it never grew: no copy stays behind");
        let full: &str = "x".repeat(PRESS_MAX).leak();
        assert_eq!(pieces(&[full]).await.unwrap().len(), PRESS_MAX);
        assert!(pieces(&[full, "x"]).await.is_none());
    }

    #[test]
    fn the_pages_hold_no_script_and_no_style_of_their_own() {
        for page in [PIN_PAGE, FACE_PAGE, ENDED_PAGE] {
            assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("onclick"), "the policy would refuse it");
            assert!(page.matches("<script").count() == page.matches("<script src=\"/pin-assets/").count());
        }
    }
}
