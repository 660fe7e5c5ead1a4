//! What a page's table says about one screen.

use shared::domain::account::AccountKind;
use shared::right::{Act, Right, may};
use yew::prelude::*;

use crate::edition;

/// One screen: a row of a page's table.
#[derive(Clone, PartialEq)]
pub(crate) struct Screen {
    /// Its id in `docs/requirements.md`.
    pub(crate) id: &'static str,
    /// Its heading, the page's title, and its words in the menu; never anything of a person.
    pub(crate) title: &'static str,
    /// What an account must be allowed to do to see it; `None`: every account.
    pub(crate) act: Option<Act>,
    /// The screen above it: where it is, and the words of the way there.
    pub(crate) up: Option<(&'static str, &'static str)>,
    /// What it shows below the heading.
    pub(crate) view: Html,
}

impl Screen {
    /// True when an account of this kind may see it. The server refuses what an account may not do; this only spares the press.
    pub(crate) fn is_for(&self, kind: AccountKind) -> bool {
        self.act.is_none_or(|act| may(kind, act) != Right::No && edition::has(act))
    }
}
