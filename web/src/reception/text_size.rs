//! 「文字を大きく」 (RD-5): three sizes on every screen, kept until the visit ends.

use yew::prelude::*;

use crate::text::reception::uses as u;

/// Says which size is shown.
#[derive(Clone, PartialEq, Properties)]
pub struct TextSizeProps {
    /// Place of the size, from 0.
    pub size: usize,
    /// Called with another one.
    pub onsize: Callback<usize>,
}

/// One button for each size, the larger ones with larger letters.
#[component]
pub fn TextSize(props: &TextSizeProps) -> Html {
    let size = props.size;
    use_effect_with(size, |size| {
        if let Some(root) = web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element()) {
            // The style sheet goes by it. A refusal leaves the size as it was.
            let _ = root.set_attribute("data-text", &size.to_string());
        }
    });
    html! {
        <div class="sizes" role="group" aria-label={u::TEXT_SIZE}>
            <span class="sizes__name" aria-hidden="true">{ u::TEXT_SIZE }</span>
            { for u::TEXT_SIZES.iter().enumerate().map(|(place, name)| html! {
                <button type="button" id={format!("text-{place}")} class={format!("sizes__size sizes__size--{place}")} aria-label={*name}
                    aria-pressed={if place == size { "true" } else { "false" }} onclick={props.onsize.reform(move |_: MouseEvent| place)}>{ "あ" }</button>
            }) }
        </div>
    }
}
