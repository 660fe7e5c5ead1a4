//! The question before something half typed is dropped for another row.

use yew::prelude::*;

use crate::part::Confirm;
use crate::text::office::drop_ask as words;
use crate::use_form::Drafts;

/// The place where the question stands; whoever draws the screen draws [`DropAsk::view`].
pub(crate) struct DropAsk {
    asked: UseStateHandle<Option<Callback<()>>>,
    drafts: Drafts,
}

impl DropAsk {
    /// Does it; where something is half typed, after the question.
    pub(crate) fn or_ask(&self, deed: Callback<()>) {
        if self.drafts.is_typed() { self.asked.set(Some(deed)) } else { deed.emit(()) }
    }

    /// The question, while it is asked.
    pub(crate) fn view(&self) -> Html {
        let Some(deed) = (*self.asked).clone() else { return Html::default() };
        let onact = {
            let asked = self.asked.clone();
            Callback::from(move |_: String| {
                asked.set(None);
                deed.emit(());
            })
        };
        let asked = self.asked.clone();
        html! {
            <Confirm id="drop-ask" title={words::ASK} act={words::ACT} {onact} onclose={Callback::from(move |()| asked.set(None))}>
                <p>{ words::WHAT }</p>
            </Confirm>
        }
    }
}

impl Clone for DropAsk {
    fn clone(&self) -> Self {
        Self { asked: self.asked.clone(), drafts: self.drafts.clone() }
    }
}

/// The question of a screen whose forms are kept ([`crate::use_form::use_kept_form`]).
#[hook]
pub(crate) fn use_drop_ask() -> DropAsk {
    DropAsk { asked: use_state(|| None), drafts: use_context::<Drafts>().unwrap_or_default() }
}
