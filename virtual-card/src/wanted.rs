//! A card as a person asks for it on a command line: by name, or by a file.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::{Card, CardPlan, CardSpec, NotACard, OpenError};

/// `PERSON[:SCENARIO]`, or the path of a card file, whose name ends in `.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A card by name.
    Spec(CardSpec),
    /// A card that a file describes ([`CardPlan`]); it is read when the card is opened.
    File(PathBuf),
}

impl Wanted {
    /// Takes the card out of a folder that [`make`](crate::make) filled.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(&self, dir: &Path) -> Result<Card, OpenError> {
        let path = match self {
            Wanted::Spec(spec) => return Card::open(dir, spec),
            Wanted::File(path) => path,
        };
        let bad = |reason: String| OpenError::File { path: path.clone(), reason };
        let text = fs::read_to_string(path).map_err(|error| bad(format!("cannot be read: {error}")))?;
        CardPlan::parse(&text).map_err(|error| bad(error.to_string()))?.open(dir)
    }
}

impl FromStr for Wanted {
    type Err = NotACard;

    fn from_str(text: &str) -> Result<Wanted, NotACard> {
        if text.ends_with(".toml") { Ok(Wanted::File(text.into())) } else { text.parse().map(Wanted::Spec) }
    }
}
