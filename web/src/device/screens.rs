//! The screens of the device page: one table.

use shared::domain::account::AccountKind;
use shared::domain::institution::VisitKind;
use shared::right::{Act, Right, may};
use yew::prelude::*;

use super::card::CardCheck;
use super::care::paper::PaperCheck;
use super::care::person::PersonScreen;
use super::care::requery::RequeryScreen;
use super::care::rooms::RoomsScreen;
use super::care::today::TodayScreen;
use super::check::{Bedside, By, OneResult, Unfiled};
use super::guide::{self, Guide};
use super::home::Home;
use super::settings::Settings;
use crate::account::Screen;
use crate::edition;
use crate::office::cardless::CardlessScreen;
use crate::part::MenuLink;
use crate::text::office::{self as text, activation as words, bedside, care, device_guide, device_settings, frame};

/// What DA-5 offers, in its order.
pub(crate) const WAYS: &[&str] = &["/d/check", "/d/today", "/d/rooms", "/d/paper", "/d/cardless", "/d/card", "/d/settings", guide::PATH];

/// The table: address, id, title, right, and what is shown.
pub(crate) fn screen(path: &str) -> Screen {
    let row = |id, title, act, view| Screen { id, title, act: Some(act), up: Some(("/d", words::HOME)), view };
    let paper = Callback::from(|kind| may(kind, Act::CheckAtBedside) == Right::Yes && edition::has(Act::CheckAtBedside));
    match path.split('/').skip(1).collect::<Vec<_>>()[..] {
        ["d"] => Screen { up: None, ..row("DA-5", words::HOME, Act::UseDevice, html! { <Home ways={Callback::from(beside)} /> }) },
        ["d", "check"] => row("DA-8B", bedside::TITLE, Act::UseDevice, html! { <Bedside key="card" by={By::Card} /> }),
        ["d", "check", "visual"] => row("DA-8A", bedside::EYE_TITLE, Act::SwitchVisualCheck, html! { <Bedside key="eye" by={By::Eye} /> }),
        ["d", "flow"] => row(
            "DA-5-flow",
            VisitKind::OffRoute.label(),
            Act::UseDevice,
            html! { <Bedside key="flow" by={By::Card} visit_kind={VisitKind::OffRoute} /> },
        ),
        ["d", "flow", "record"] => Screen {
            up: Some(("/d/flow", VisitKind::OffRoute.label())),
            ..row(
                "X12-flow",
                bedside::one_hand::RECORD,
                Act::CheckEligibility,
                html! {
                    <div class="one-hand"><CardlessScreen key="flow" {paper} desk="/d" visit_kind={VisitKind::OffRoute} /></div>
                },
            )
        },
        ["d", "unfiled"] => row("X49", bedside::UNFILED_TITLE, Act::UseDevice, html! { <Unfiled /> }),
        ["d", "result", visit] => row("DA-10", bedside::RESULT_TITLE, Act::UseDevice, html! { <OneResult visit={visit.to_owned()} /> }),
        ["d", "card"] => row("DA-card", text::device::TITLE, Act::UseDevice, html! { <CardCheck /> }),
        ["d", "today"] => row("DA-15", care::TODAY, Act::SeeVisitsOfToday, html! { <TodayScreen /> }),
        ["d", "rooms"] => row("DA-14", care::ROOMS, Act::SeeVisitsOfToday, html! { <RoomsScreen /> }),
        ["d", "rooms", id] => Screen {
            up: Some(("/d/rooms", care::TO_ROOMS)),
            ..row("DA-14-person", care::PERSON, Act::SeeVisitsOfToday, html! { <PersonScreen id={id.to_owned()} /> })
        },
        ["d", "requery", id] => Screen {
            up: Some(("/d/today", care::TO_TODAY)),
            ..row("DA-12", care::REQUERY, Act::Requery, html! { <RequeryScreen id={id.to_owned()} /> })
        },
        ["d", "paper"] => row("DA-13", care::PAPER, Act::CheckAtBedside, html! { <PaperCheck /> }),
        ["d", "cardless"] => row("X12", care::CARDLESS, Act::CheckEligibility, html! { <CardlessScreen key="any" {paper} desk="/d" /> }),
        ["d", "settings"] => row("DA-6", device_settings::TITLE, Act::UseDevice, html! { <Settings /> }),
        ["d", "guide"] => row("DA-guide", device_guide::TITLE, Act::UseDevice, html! { <Guide /> }),
        _ => row("DA", frame::NO_SUCH_PAGE, Act::UseDevice, html! { <p>{ frame::NO_SUCH_PAGE_NEXT }</p> }),
    }
}

/// What DA-5 offers below the check with a card, which stands above by what the institution allows.
fn beside(kind: AccountKind) -> Vec<(&'static str, &'static str)> {
    let ways = WAYS.iter().filter(|path| **path != "/d/check").map(|path| (*path, screen(path)));
    ways.filter(|(_, screen)| screen.is_for(kind)).map(|(path, screen)| (path, screen.title)).collect()
}

/// Says where the page is, and who is in.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct MenuProps {
    /// The address of the screen that is shown.
    pub(crate) here: AttrValue,
    /// The kind of the account.
    pub(crate) kind: AccountKind,
}

/// The ways of the header: home, and what home offers. Folded, because a telephone's whole screen is needed for the person; home
/// itself offers them all and has none.
#[component]
pub(crate) fn Menu(props: &MenuProps) -> Html {
    let is_open = use_state(|| false);
    if props.here == "/d" {
        return Html::default();
    }
    let ways = ["/d"].iter().chain(WAYS).map(|path| (*path, screen(path))).filter(|(_, screen)| screen.is_for(props.kind));
    let item = |(path, screen): (&'static str, Screen)| {
        let is_here = props.here == path;
        let classes = classes!("account-header__link", is_here.then_some("is-here"));
        html! { <li key={path}><MenuLink {path} {classes} words={screen.title} {is_here} /></li> }
    };
    let onclick = {
        let is_open = is_open.clone();
        Callback::from(move |_: MouseEvent| is_open.set(!*is_open))
    };
    html! {
        <nav class="account-header__menu" aria-label={frame::MENU}>
            <button
                type="button"
                class="account-header__link menu__fold"
                aria-expanded={is_open.to_string()}
                aria-controls="menu"
                {onclick}
            >
                { frame::MENU }
            </button>
            <ul id="menu" class="menu__panel" hidden={!*is_open}>{ for ways.map(item) }</ul>
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_has_its_address() {
        assert_eq!(screen("/d").title, words::HOME);
        for path in WAYS.iter().chain(&["/d/flow", "/d/flow/record"]) {
            assert_ne!(screen(path).title, frame::NO_SUCH_PAGE, "{path}");
        }
        for path in ["/d/a/b", "/d/", "/o"] {
            assert_eq!(screen(path).title, frame::NO_SUCH_PAGE, "{path}");
        }
    }
}
