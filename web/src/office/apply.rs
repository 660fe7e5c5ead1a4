//! 資格確認限定型の利用申請 (`/o/apply…`, LA-1…LA-5): pages of a facility's user, who has no account of the office.

mod enter;
mod form;
mod home;
mod password;
mod register;
mod sheets;
mod standing;
#[cfg(test)]
mod tests;

use shared::domain::facility::{FacilityKind, Portal};
use yew::prelude::*;

use self::enter::{Confirm, Login};
use self::home::Home;
use self::password::Password;
use self::register::Register;
use crate::part::{Heading, PageShell, link};
use crate::text::office::apply as words;
use crate::text::office::frame;

/// Begins every address of these pages.
const START: &str = "/o/apply";
/// Login.
const LOGIN: &str = "/o/apply/login";
/// A forgotten password.
const PASSWORD: &str = "/o/apply/password";
/// State and what follows from it.
const HOME: &str = "/o/apply/home";

/// True for an address of these pages.
pub(super) fn is_here(path: &str) -> bool {
    path == START || path.starts_with("/o/apply/")
}

/// Says which page.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct ApplyProps {
    /// Its address.
    pub(super) path: AttrValue,
}

/// The page of an address.
#[component]
pub(super) fn Apply(props: &ApplyProps) -> Html {
    match props.path.split('/').skip(3).collect::<Vec<_>>()[..] {
        [] => start(),
        ["register", word] => match FacilityKind::from_word(word) {
            Some(facility) => html! { <Register {facility} /> },
            None => start(),
        },
        ["confirm"] => html! { <Confirm /> },
        ["login"] => html! { <Login /> },
        ["password"] => html! { <Password /> },
        ["home"] => html! { <Home /> },
        _ => html! {
            <PageShell screen="LA-1">
                <Heading text={frame::NO_SUCH_PAGE} />
                <p>{ link(START, None, words::TO_START) }</p>
            </PageShell>
        },
    }
}

/// LA-1: the kind of the facility says which portal it is (N141).
fn start() -> Html {
    let kinds = |portal: Portal| {
        let ways = FacilityKind::all().filter(|kind| kind.portal() == portal).map(|kind| {
            html! { <li>{ link(&format!("{START}/register/{}", kind.word()), None, kind.label()) }</li> }
        });
        html! {
            <section class="apply-kinds">
                <h3>{ portal.label() }</h3>
                <ul>{ for ways }</ul>
            </section>
        }
    };
    html! {
        <PageShell screen="LA-1">
            <Heading text={words::TITLE} />
            <p>{ words::ABOUT }</p>
            <section class="apply">
                <h2>{ words::KNOWN }</h2>
                <p>{ link(LOGIN, Some(classes!("button", "button--secondary")), words::TO_LOGIN) }</p>
            </section>
            <section class="apply">
                <h2>{ words::STEPS }</h2>
                <ol>{ for words::STEP_LIST.iter().map(|step| html! { <li>{ *step }</li> }) }</ol>
            </section>
            <section class="apply">
                <h2>{ words::CHOOSE }</h2>
                { kinds(Portal::Medical) }
                { kinds(Portal::Treatment) }
            </section>
        </PageShell>
    }
}
