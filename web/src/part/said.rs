//! What was done a moment ago: said in a box that takes the focus, and read out.

use yew::prelude::*;

use super::{LiveRegion, Notice, Tone, field};

const ID: &str = "said";

/// The place where a screen says what was done.
#[derive(Clone, PartialEq)]
pub struct Said(UseStateHandle<(u32, Option<&'static str>)>);

impl Said {
    /// Says it, also when the same was said before.
    pub fn say(&self, words: &'static str) {
        self.0.set((self.0.0 + 1, Some(words)));
    }

    /// What was said last.
    #[must_use]
    pub fn words(&self) -> Option<&'static str> {
        self.0.1
    }
}

/// A place for one screen; what is drawn with [`said`] gets the focus each time something is said.
#[hook]
pub fn use_said() -> Said {
    let state = use_state(|| (0_u32, None));
    use_effect_with(*state, |(_, words)| words.iter().for_each(|_| field::focus(ID)));
    Said(state)
}

/// The box; not on paper.
pub fn said(words: Option<&'static str>) -> Html {
    html! {
        <LiveRegion>
            if let Some(words) = words {
                <div id={ID} tabindex="-1" class="on-screen"><Notice tone={Tone::Good} title={words} /></div>
            }
        </LiveRegion>
    }
}
