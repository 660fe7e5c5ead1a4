//! A failure on its way to the edge: an outer part for the person ([`Refusal`]), an inner part for the log.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use shared::api::{Code, Detail, Refusal, Stored};
use shared::domain::calendar::UnixMs;

use crate::random::NoRandom;
use crate::store::StoreError;

/// When to ask again, seconds, for who is told that too much waits.
pub const BUSY_RETRY_S: u32 = 5;
/// The same where the disk is full: somebody has to make room first.
pub const FULL_RETRY_S: u32 = 60;

/// What a rule or a desk answers instead of a result.
#[derive(Debug, thiserror::Error)]
#[error("refused with {:?}", refusal.code)]
pub struct Refused {
    /// For the person.
    pub refusal: Refusal,
    /// For the log; never holds a value of a person.
    #[source]
    pub inner: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Refused {
    /// X64: since when there is another code, and never which.
    #[must_use]
    pub fn code_changed(at: UnixMs, contact: String) -> Self {
        Self::new(Code::X64).with(Detail::CodeChanged { on: at.jst_date(), contact })
    }

    /// Refuses with nothing stored.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { refusal: Refusal { code, stored: Stored::Nothing, detail: None }, inner: None }
    }

    /// Says what became of the request.
    #[must_use]
    pub fn stored(mut self, stored: Stored) -> Self {
        self.refusal.stored = stored;
        self
    }

    /// Adds what the text needs.
    #[must_use]
    pub fn with(mut self, detail: Detail) -> Self {
        self.refusal.detail = Some(detail);
        self
    }

    /// Adds the cause for the log.
    #[must_use]
    pub fn because(mut self, inner: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.inner = Some(Box::new(inner));
        self
    }

    /// True when the server has too much to do or no room on its disk; the request itself is not at fault.
    #[must_use]
    pub fn is_overload(&self) -> bool {
        self.inner.as_ref().and_then(|inner| inner.downcast_ref()).is_some_and(|why| matches!(why, StoreError::Busy | StoreError::Full))
    }

    /// True when the body was announced longer than any of its kind.
    #[must_use]
    pub fn is_too_long(&self) -> bool {
        self.inner.as_ref().is_some_and(|inner| inner.is::<TooLong>())
    }
}

/// A body that says that it is longer than the endpoint takes.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("body announced too long")]
pub struct TooLong;

/// The refusal as JSON, with the status that fits it and an honest `Retry-After`.
#[must_use]
pub fn refusal_response(refused: &Refused) -> Response {
    let status = match refused {
        _ if refused.is_overload() => StatusCode::SERVICE_UNAVAILABLE,
        _ if refused.is_too_long() => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::from_u16(refused.refusal.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    };
    let mut response = (status, axum::Json(&refused.refusal)).into_response();
    if let Some(Detail::RetryAfterS(seconds)) = refused.refusal.detail {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => return Self::new(Code::Wait).with(Detail::RetryAfterS(BUSY_RETRY_S)).because(error),
            StoreError::Full => return Self::new(Code::Wait).with(Detail::RetryAfterS(FULL_RETRY_S)).because(error),
            _ => {}
        }
        // Whether a lost write reached the disk cannot be said; asking again under the same key tells.
        Self::new(Code::Internal).stored(Stored::Unknown).because(error)
    }
}

impl From<NoRandom> for Refused {
    fn from(error: NoRandom) -> Self {
        Self::new(Code::Internal).because(error)
    }
}
