//! A field that takes a file.

use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

use super::{Frame, Input};
use crate::text::office::field as words;

/// Says which file is asked for.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct FileFieldProps {
    /// Element id; hint and fault as at [`Input`].
    pub id: AttrValue,
    /// What is asked for.
    pub label: AttrValue,
    /// Kinds and size.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// What is wrong and how to mend it.
    #[prop_or_default]
    pub fault: Option<AttrValue>,
    /// True when it cannot be left out: said in words.
    #[prop_or_default]
    pub is_required: bool,
    /// `accept` of the input: `.csv,text/csv`. The browser only offers by it; whoever reads the file checks it.
    #[prop_or_default]
    pub accept: Option<AttrValue>,
    /// Name of the chosen file and its size in bytes; none before a choice.
    #[prop_or_default]
    pub chosen: Option<(AttrValue, u64)>,
    /// True while it cannot be changed.
    #[prop_or_default]
    pub is_held: bool,
    /// Called with the file; none when the choice was taken back.
    pub onchoose: Callback<Option<File>>,
}

/// A file of this machine; its name and size are said once it is chosen.
#[component]
pub fn FileField(props: &FileFieldProps) -> Html {
    let of =
        Input { id: props.id.clone(), value: "".into(), fault: props.fault.clone(), is_held: props.is_held, oninput: Callback::noop() };
    let frame = Frame { of: &of, label: &props.label, hint: props.hint.as_ref(), is_required: props.is_required };
    let onchange =
        props.onchoose.reform(|event: Event| event.target_unchecked_into::<HtmlInputElement>().files().and_then(|files| files.get(0)));
    // The same name again is a choice too: a file that was mended keeps it.
    let onclick = Callback::from(|event: MouseEvent| event.target_unchecked_into::<HtmlInputElement>().set_value(""));
    frame.around(html! {
        <>
            <input class="field__input field__input--file" type="file" id={of.id.clone()} accept={props.accept.clone()} disabled={of.is_held}
                aria-required={props.is_required.then_some("true")} aria-invalid={of.fault.is_some().then_some("true")}
                aria-describedby={frame.described_by(None)} {onclick} {onchange} />
            if let Some((name, bytes)) = &props.chosen {
                <p class="field__read">{ words::chosen(name, *bytes) }</p>
            }
        </>
    })
}
