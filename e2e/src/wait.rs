//! Waiting for a condition, bounded; the one place that pauses.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// Long enough for a slow, busy machine; a journey that waits this long has failed.
pub const LIMIT: Duration = Duration::from_secs(45);

/// Looks again and again until `look` gives a value; names what it waited for, and what it last saw, when the limit is over.
///
/// # Errors
/// When nothing came within `limit`.
pub async fn until<T, F, Fut>(what: &str, limit: Duration, mut look: F) -> anyhow::Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, String>>,
{
    let start = Instant::now();
    loop {
        match look().await {
            Ok(value) => return Ok(value),
            Err(seen) if start.elapsed() > limit => anyhow::bail!("waited {limit:?} for {what}; last seen: {seen}"),
            Err(_) => pause().await,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the pause between two looks, inside a bounded wait")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(40)).await;
}
