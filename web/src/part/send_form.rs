//! A form that is sent by a press of its button or by Enter.

use yew::prelude::*;

use super::button::{Button, Look};
use super::error_screen::say_body;
use super::field;
use super::notice::{Notice, Tone};
use crate::text::{Say, office as text};

/// Says what failed inside a form, which has its own way on.
pub fn form_failure(say: &Say) -> Html {
    html! { <Notice tone={Tone::Bad} role="alert" code={say.code} title={say.happened.clone()}>{ say_body(say) }</Notice> }
}

/// Says what is sent.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SendFormProps {
    /// Element id of the button.
    pub id: AttrValue,
    /// Words of the button.
    pub submit: AttrValue,
    /// What came instead of an answer.
    #[prop_or_default]
    pub failed: Option<Say>,
    /// The answer is out: the button says so and does nothing.
    #[prop_or_default]
    pub is_busy: bool,
    /// The button does nothing yet for another reason.
    #[prop_or_default]
    pub is_off: bool,
    /// Called on a press or Enter, also while busy or off: the caller decides.
    pub onsubmit: Callback<()>,
    /// The fields.
    pub children: Html,
    /// What stands below the button.
    #[prop_or_default]
    pub below: Html,
}

/// What failed, the fields, and one button.
#[component]
pub fn SendForm(props: &SendFormProps) -> Html {
    let onsubmit = props.onsubmit.reform(|event: SubmitEvent| event.prevent_default());
    let failed_id = format!("{}-failed", props.id);
    use_effect_with(props.failed.clone(), {
        let failed_id = failed_id.clone();
        // It stands above the fields, and the button that was pressed below them.
        move |failed| failed.iter().for_each(|_| field::bring_into_view(&failed_id))
    });
    html! {
        <form class="form" {onsubmit} novalidate=true>
            <div id={failed_id}>
                if let Some(say) = &props.failed {
                    { form_failure(say) }
                }
            </div>
            { props.children.clone() }
            <Button id={props.id.clone()} look={Look::Primary} submits=true is_off={props.is_busy || props.is_off}>
                { if props.is_busy { text::frame::BUSY.into() } else { props.submit.clone() } }
            </Button>
            { props.below.clone() }
        </form>
    }
}
