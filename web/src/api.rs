//! The HTTP client of the pages: one typed function over the endpoints of [`shared::api`].
//!
//! Never here: a text for people, a retry (the person decides), anything of the helper.

use futures_util::future::{Either, select};
use gloo_net::http::{Request, RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use serde::de::DeserializeOwned;
use shared::api::{Code, Detail, Endpoint, Method, Refusal, SAME_PAGE_HEADER, Stored, VISIT_SECRET_HEADER};
use shared::bytes::Base64;
use web_sys::{AbortController, RequestCache, RequestCredentials};

/// An answer that takes longer than this counts as lost (X01), in milliseconds.
pub const ANSWER_LIMIT_MS: u32 = 20_000;

/// What shows the caller's right; the endpoint's permission says which one is needed.
#[derive(Clone, Copy)]
pub enum Auth<'a> {
    /// Nothing beyond the path.
    None,
    /// The secret of the visit, sent in [`VISIT_SECRET_HEADER`].
    VisitSecret(&'a Base64),
    /// The session cookie of the office, and [`SAME_PAGE_HEADER`].
    Office,
}

/// Makes one call and reads its answer.
///
/// # Errors
/// The server's [`Refusal`] as it came. [`Code::X01`] when no answer arrived within [`ANSWER_LIMIT_MS`]: nothing was stored
/// by a GET, after a POST it cannot be said. [`Code::Wait`] or [`Code::Internal`] when an answer is not of our server's making.
pub async fn call<E: Endpoint>(parts: &[&str], request: &E::Request, auth: Auth<'_>) -> Result<E::Response, Refusal> {
    let lost = || refusal(Code::X01, E::METHOD);
    let abort = AbortController::new().map_err(|_| lost())?;
    let path = E::path(parts);
    let builder = match E::METHOD {
        Method::Get => Request::get(&path),
        Method::Post => Request::post(&path),
    };
    let builder = with_right(builder, auth).cache(RequestCache::NoStore).abort_signal(Some(&abort.signal()));
    let prepared = match E::METHOD {
        Method::Get => builder.build(),
        Method::Post => builder.json(request),
    };
    let exchange = async {
        let response = prepared.map_err(|_| lost())?.send().await.map_err(|_| lost())?;
        let (status, retry_after_s) = (response.status(), retry_after_s(&response));
        let body = response.text().await.map_err(|_| lost())?;
        read(E::METHOD, status, retry_after_s, &body)
    };
    match select(Box::pin(exchange), TimeoutFuture::new(ANSWER_LIMIT_MS)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => {
            abort.abort();
            Err(lost())
        }
    }
}

fn with_right(builder: RequestBuilder, auth: Auth<'_>) -> RequestBuilder {
    match auth {
        Auth::None => builder.credentials(RequestCredentials::Omit),
        Auth::VisitSecret(secret) => builder.credentials(RequestCredentials::Omit).header(VISIT_SECRET_HEADER, &secret.to_text()),
        Auth::Office => builder.credentials(RequestCredentials::SameOrigin).header(SAME_PAGE_HEADER, "1"),
    }
}

fn retry_after_s(response: &Response) -> Option<u32> {
    response.headers().get("retry-after")?.parse().ok()
}

/// Reads a whole answer; `body` may be empty where nothing is answered.
fn read<T: DeserializeOwned>(method: Method, status: u16, retry_after_s: Option<u32>, body: &str) -> Result<T, Refusal> {
    if (200..300).contains(&status) {
        let body = if body.is_empty() { "null" } else { body };
        return serde_json::from_str(body).map_err(|_| refusal(Code::Internal, method));
    }
    Err(match serde_json::from_str::<Refusal>(body) {
        Ok(refusal) => refusal,
        // Turned away before our own code saw it: a limit of the server or of something before it.
        Err(_) if matches!(status, 429 | 503) => {
            Refusal { code: Code::Wait, stored: Stored::Nothing, detail: retry_after_s.map(Detail::RetryAfterS) }
        }
        Err(_) => refusal(Code::Internal, method),
    })
}

fn refusal(code: Code, method: Method) -> Refusal {
    let stored = match method {
        Method::Get => Stored::Nothing,
        Method::Post => Stored::Unknown,
    };
    Refusal { code, stored, detail: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_answer_reads_as_nothing() {
        assert_eq!(read::<()>(Method::Post, 204, None, ""), Ok(()));
        assert_eq!(read::<()>(Method::Post, 200, None, "null"), Ok(()));
    }

    #[test]
    fn a_refusal_arrives_as_the_server_said_it() {
        let said = Refusal { code: Code::Login, stored: Stored::Nothing, detail: Some(Detail::RetryAfterS(30)) };
        let body = serde_json::to_string(&said).unwrap();
        assert_eq!(read::<()>(Method::Post, 401, None, &body), Err(said));
    }

    #[test]
    fn an_answer_of_another_making_is_no_success() {
        let page = "<!doctype html><title>Wi-Fi</title>";
        assert_eq!(read::<u32>(Method::Post, 200, None, page), Err(refusal(Code::Internal, Method::Post)));
        assert_eq!(read::<u32>(Method::Get, 502, None, page), Err(refusal(Code::Internal, Method::Get)));
        let wait = read::<u32>(Method::Post, 429, Some(7), "Too Many Requests").unwrap_err();
        assert_eq!((wait.code, wait.stored, wait.detail), (Code::Wait, Stored::Nothing, Some(Detail::RetryAfterS(7))));
    }

    #[test]
    fn a_lost_answer_leaves_open_what_a_post_did() {
        assert_eq!(refusal(Code::X01, Method::Post).stored, Stored::Unknown);
        assert_eq!(refusal(Code::X01, Method::Get).stored, Stored::Nothing);
    }
}
