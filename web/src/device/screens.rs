//! The screens of the device page: one table.

use yew::prelude::*;

use super::card::CardCheck;
use super::shell::home_screen::HomeScreen;
use crate::account::Screen;
use crate::news::NewsBox;
use crate::text::office::{self as text, frame};

/// The table: address, id, title, right, and what is shown.
pub(crate) fn screen(path: &str) -> Screen {
    let row = |id, title, view| Screen { id, title, act: None, up: None, view };
    match path.split('/').skip(1).collect::<Vec<_>>()[..] {
        ["d"] => row("DA", text::device::TITLE, html! { <><NewsBox /><CardCheck /><HomeScreen /></> }),
        _ => row("DA", frame::NO_SUCH_PAGE, html! { <><p>{ frame::NO_SUCH_PAGE_NEXT }</p><p><a href="/o">{ frame::TO_MENU }</a></p></> }),
    }
}

/// The header's menu: the office, which is a page of its own, and where one is.
pub(crate) fn menu() -> Html {
    html! {
        <ul>
            <li><a class="account-header__link" href="/o">{ frame::MENU }</a></li>
            <li><a class="account-header__link is-here" href="/d" aria-current="page">{ text::device::TITLE }</a></li>
        </ul>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_has_its_address() {
        assert_eq!(screen("/d").title, text::device::TITLE);
        for path in ["/d/a/b", "/d/", "/o"] {
            assert_eq!(screen(path).title, frame::NO_SUCH_PAGE, "{path}");
        }
    }
}
