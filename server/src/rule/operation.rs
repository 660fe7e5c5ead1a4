//! 稼働状況 (OT-23): since when a part stands as it does, and when it was good last.

use shared::domain::calendar::UnixMs;
use shared::domain::operation::{Light, Part};

use crate::store::StoreError;
use crate::store::operation::{self, Seen};
use crate::store::tx::Tx;
use crate::tenant::Tenant;

/// What a browser saw is forgotten so long after it looked last, milliseconds: 30 days.
pub const PLACE_KEPT_MS: i64 = 30 * 24 * 60 * 60_000;

/// The store has room where so much can be written, bytes: a visit takes less.
const ROOM: usize = 64 * 1024;

/// Writes the probe with as much as a visit may need, and gives the room back: a row that has its place already is taken by a full disk, too.
///
/// # Errors
/// What the database says.
pub fn probe(tx: &mut Tx<'_>, now: UnixMs) -> Result<(), StoreError> {
    operation::write_probe(tx, now, &"x".repeat(ROOM))?;
    operation::write_probe(tx, now, "")
}

/// How a part stands after another look: the time since when goes on while the light is the same.
#[must_use]
pub fn after_look(former: Option<Seen>, part: Part, light: Light, now: UnixMs) -> Seen {
    let since = former.filter(|former| former.light == light).map_or(now, |former| former.since);
    let good_at = if light == Light::Good { Some(now) } else { former.and_then(|former| former.good_at) };
    Seen { part, light, since, good_at }
}

/// Keeps what was seen at a place (empty: by the server), and gives it with since when and when last good.
///
/// # Errors
/// What the database says; so for every rule.
pub fn look(tx: &mut Tx<'_>, tenant: &Tenant, place: &str, lights: &[(Part, Light)], now: UnixMs) -> Result<Vec<Seen>, StoreError> {
    let former = operation::seen(tx, tenant, place)?;
    let mut seen = Vec::new();
    for (part, light) in lights {
        let now_seen = after_look(former.iter().find(|one| one.part == *part).copied(), *part, *light, now);
        operation::keep(tx, tenant, place, &now_seen, now)?;
        seen.push(now_seen);
    }
    operation::forget_places(tx, tenant, now.plus_ms(-PLACE_KEPT_MS))?;
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_when_goes_on_and_the_last_good_moment_stays() {
        let at = |s: i64| UnixMs(s * 1000);
        let look = |former, light, now| after_look(former, Part::Store, light, at(now));
        let first = look(None, Light::Good, 1);
        assert_eq!((first.since, first.good_at), (at(1), Some(at(1))));
        let second = look(Some(first), Light::Good, 2);
        assert_eq!((second.since, second.good_at), (at(1), Some(at(2))));
        let bad = look(Some(second), Light::Bad, 3);
        assert_eq!((bad.since, bad.good_at), (at(3), Some(at(2))), "the last good moment");
        let still = look(Some(bad), Light::Bad, 4);
        assert_eq!((still.since, still.good_at), (at(3), Some(at(2))));
        assert_eq!(look(None, Light::Unknown, 5).good_at, None, "never seen good");
    }
}
