//! The ground of a view in a disaster (OT-17d): said each time.

use shared::domain::note::Note;
use shared::domain::opening::{ConsentGround, GroundWord};
use yew::prelude::*;

use crate::part::field::Input;
use crate::part::{Field, Offer, RadioField};
use crate::text::office::{desks, openings::search as words};
use crate::use_form::{Faults, Form};

const GROUND: &str = "ground";
const REASON: &str = "ground-reason";

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Typed {
    word: Option<GroundWord>,
    reason: String,
}

impl Typed {
    /// Reads the ground.
    pub(super) fn check(&self) -> Result<ConsentGround, Faults> {
        let is_unable = self.word == Some(GroundWord::Unable);
        let reason = Note::try_from(if is_unable { self.reason.as_str() } else { "" }).map_err(desks::note);
        let missing = reason.as_ref().is_ok_and(|reason| is_unable && reason.is_empty());
        let faults = Faults::default()
            .note(GROUND, self.word.is_none().then_some(words::NO_GROUND))
            .note(REASON, reason.clone().err())
            .note(REASON, missing.then_some(words::NO_REASON));
        match (self.word, reason) {
            (Some(word), Ok(reason)) if faults.first().is_none() => Ok(ConsentGround { word, reason }),
            _ => Err(faults),
        }
    }
}

/// The question.
pub(super) fn fields(form: &Form<Typed>) -> Html {
    let oninput = form.edit(|typed: &mut Typed, word: String| typed.word = GroundWord::of_word(&word));
    let value = form.typed.word.map_or("", GroundWord::word);
    let of = Input { id: GROUND.into(), value: value.into(), fault: form.faults.of(GROUND), is_held: form.is_held(), oninput };
    let offers = GroundWord::ALL.iter().map(|word| Offer { value: word.word(), label: word.label() }).collect::<Vec<_>>();
    html! {
        <>
            <p>{ words::GROUND_ABOUT }</p>
            <RadioField {of} label={words::GROUND} {offers} is_required=true />
            if form.typed.word == Some(GroundWord::Unable) {
                <Field of={form.input(REASON, |typed| &mut typed.reason)} label={words::REASON} is_required=true />
            }
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ot_17d_no_ground_is_taken_for_granted() {
        let of = |word, reason: &str| Typed { word, reason: reason.to_owned() }.check();
        assert_eq!(of(None, "").unwrap_err().first(), Some(GROUND));
        assert_eq!(of(Some(GroundWord::Unable), " ").unwrap_err().first(), Some(REASON));
        assert!(of(Some(GroundWord::Oral), "").is_ok() && of(Some(GroundWord::Unable), "意識がない").unwrap().is_whole());
    }
}
