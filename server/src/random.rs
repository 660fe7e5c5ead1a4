//! Random bytes: they come into a rule as values, never from the machine by itself.

use std::sync::Arc;

use ring::rand::SecureRandom as _;

/// Gives random bytes. Cheap to clone.
#[derive(Clone)]
pub struct Random(Arc<Source>);

type Source = dyn Fn(&mut [u8]) -> Result<(), NoRandom> + Send + Sync;

/// Says that the machine gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the machine gave no random bytes")]
pub struct NoRandom;

impl Random {
    /// The operating system's generator.
    #[must_use]
    pub fn machine() -> Self {
        let random = ring::rand::SystemRandom::new();
        Self::from_source(move |bytes| random.fill(bytes).map_err(|_| NoRandom))
    }

    /// Any source; for tests.
    pub fn from_source(source: impl Fn(&mut [u8]) -> Result<(), NoRandom> + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// `N` random bytes.
    ///
    /// # Errors
    /// [`NoRandom`]; the caller stops rather than going on with anything guessable.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], NoRandom> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes)?;
        Ok(bytes)
    }
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Random")
    }
}

/// Picks `count` characters of an alphabet of 32 that has no look-alikes (no I, O, 0, 1); 5 bits each.
///
/// # Errors
/// [`NoRandom`].
pub fn readable<const N: usize>(random: &Random) -> Result<String, NoRandom> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let bytes = random.bytes::<N>()?;
    Ok(bytes.iter().filter_map(|b| ALPHABET.get(usize::from(b % 32)).map(|c| char::from(*c))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readable_texts_have_no_look_alikes() {
        let text = readable::<200>(&Random::machine()).unwrap();
        assert_eq!(text.len(), 200);
        assert!(!text.contains(['I', 'O', '0', '1']));
    }

    #[test]
    fn without_chance_nothing_is_made() {
        assert_eq!(Random::from_source(|_| Err(NoRandom)).bytes::<16>(), Err(NoRandom));
    }
}
