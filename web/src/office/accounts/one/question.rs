//! What is asked before an account is changed.

use yew::prelude::*;

use super::state::{Asked, OneViewProps};
use crate::part::confirm::Words;
use crate::part::{Confirm, Notice, Tone};
use crate::text::office::{self as text, accounts as words};

/// The question, with what it means, and the ID to type where programs depend on the account.
pub(super) fn question(props: &OneViewProps, asked: &Asked) -> Html {
    let row = &props.details.account;
    let (title, act, what) = asked.words();
    let breaks = row.kind.is_of_program() && asked.breaks_links();
    let (then_title, then) = words::then(row.kind, *asked == Asked::Reset);
    let user = row.user.to_string();
    let typed = breaks.then(|| Words {
        label: words::TYPE_USER.into(),
        hint: words::type_hint(&user).into(),
        wrong: words::TYPED_WRONG.into(),
        inputmode: None,
        is_right: Callback::from(move |typed: String| typed.trim() == user),
    });
    let onact = props.onact.reform(|typed: String| typed.trim().to_owned());
    html! {
        <Confirm id="account-ask" {title} {act} words={typed} is_busy={props.progress.is_busy}
            failed={props.progress.refusal.as_ref().map(text::refusal)} {onact} onclose={props.onask.reform(|()| None)}>
            <p>{ words::whose(&row.name, row.user.as_str()) }</p>
            <p>{ what }</p>
            if props.is_self && asked.ends_all_logins() {
                <p>{ words::ENDS_OWN }</p>
            }
            if breaks {
                <Notice tone={Tone::Warn} title={words::BREAKS_TITLE}>
                    <ul>{ for words::BREAKS.iter().map(|one| html! { <li>{ one }</li> }) }</ul>
                    <p>{ then_title }</p>
                    <ul>{ for then.iter().map(|one| html! { <li>{ one }</li> }) }</ul>
                    <p>{ words::CHARGE }</p>
                </Notice>
            }
        </Confirm>
    }
}
