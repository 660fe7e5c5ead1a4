//! Tokens of Web API accounts (N005, N006): what a program at the institution may read with one.

use serde::{Deserialize, Serialize};

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkScope {
    /// 結果を読む.
    Results,
    /// 同意を読む.
    Consents,
}

impl LinkScope {
    /// Every scope, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Results, Self::Consents];

    /// Name in words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Results => "結果を読む",
            Self::Consents => "同意を読む",
        }
    }

    /// As it is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Results => "results",
            Self::Consents => "consents",
        }
    }
}
