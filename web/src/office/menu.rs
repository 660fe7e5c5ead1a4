//! The header's menu: what is used every day stands open, the rest in groups that fold; the group of the screen that is shown is open.

use shared::domain::account::AccountKind;
use yew::prelude::*;

use super::screens::{MENU, screen, way};
use crate::part::MenuLink;
use crate::text::office::{accounts, checks, front, grants, home, medical, menu as words, month, openings};

/// What stands open before the groups: the way home and what is used at each visit.
const DAILY: [&str; 3] = ["/o", "/o/consents", "/d"];

/// What an account does for itself: it is no card of the home screen.
const OWN: [&str; 2] = ["/o/password", "/o/factors"];

/// The folding groups in their order, each with the headings of the home screen whose entries it holds.
const FOLDS: [(&str, &[&str]); 6] = [
    (words::CONSENTS, &[home::GROUP_CONSENTS, home::GROUP_RECEPTION, home::GROUP_CARD]),
    (words::CHECKS, &[checks::GROUP, grants::GROUP]),
    (words::MONTH, &[month::GROUP]),
    (words::MEDICAL, &[medical::GROUP, openings::GROUP]),
    (words::ADMIN, &[front::GROUP_OFFICE, accounts::GROUP, home::GROUP_ADMIN]),
    (words::HELP, &[home::GROUP_HELP]),
];

/// The groups that an account of this kind sees, each with the addresses in it; none is empty.
fn folds(kind: AccountKind) -> Vec<(&'static str, Vec<&'static str>)> {
    let is_for = |path: &&'static str| screen(path).is_for(kind);
    let of = |headings: &[&str]| {
        let found = MENU.iter().filter(|(group, path, _)| headings.contains(group) && !DAILY.contains(path));
        found.map(|(_, path, _)| *path).filter(is_for).collect::<Vec<_>>()
    };
    let folds = FOLDS.iter().map(|(name, headings)| (*name, of(headings)));
    folds.chain([(words::OWN, OWN.into_iter().filter(is_for).collect())]).filter(|(_, paths)| !paths.is_empty()).collect()
}

/// Says where the page is, and who is in.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct MenuProps {
    /// The address of the screen that is shown.
    pub(crate) here: AttrValue,
    /// The kind of the account.
    pub(crate) kind: AccountKind,
}

/// The menu. One group is open at a time; its links stand below the row of groups. What an account may not use is absent.
#[component]
pub(crate) fn Menu(props: &MenuProps) -> Html {
    let (here, kind) = (props.here.as_str(), props.kind);
    let up = screen(here).up.map(|(path, _)| path);
    let is_here = |path: &str| path == here || Some(path) == up;
    let folds = folds(kind);
    let first = folds.iter().position(|(_, paths)| paths.iter().any(|path| is_here(path)));
    let open = use_state(|| first);
    let item = |path: &&'static str| {
        let words = screen(path).title;
        let classes = if is_here(path) { "account-header__link is-here" } else { "account-header__link" };
        let shown = if path.starts_with("/o") {
            html! { <MenuLink path={(*path).to_owned()} classes={classes!(classes)} {words} is_here={*path == here} /> }
        } else {
            way(path, classes, words)
        };
        html! { <li>{ shown }</li> }
    };
    let button = |(place, (name, paths)): (usize, &(&'static str, Vec<&'static str>))| {
        let is_open = *open == Some(place);
        let onclick = {
            let open = open.clone();
            Callback::from(move |_: MouseEvent| open.set((!is_open).then_some(place)))
        };
        let class = classes!("account-header__link", "menu__fold", paths.iter().any(|path| is_here(path)).then_some("is-here"));
        html! {
            <li>
                <button type="button" {class} aria-expanded={is_open.to_string()} aria-controls={panel(place)} {onclick}>{ *name }</button>
            </li>
        }
    };
    html! {
        <div class="menu">
            <ul>
                { for DAILY.iter().filter(|path| screen(path).is_for(kind)).map(item) }
                { for folds.iter().enumerate().map(button) }
            </ul>
            { for folds.iter().enumerate().map(|(place, (name, paths))| html! {
                <ul id={panel(place)} class="menu__panel" aria-label={*name} hidden={*open != Some(place)}>{ for paths.iter().map(item) }</ul>
            }) }
        </div>
    }
}

fn panel(place: usize) -> String {
    format!("menu-{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_of_the_home_screen_is_in_the_header_once() {
        let folded: Vec<&str> = folds(AccountKind::Admin).into_iter().flat_map(|(_, paths)| paths).collect();
        for (group, path, _) in MENU.iter().filter(|(_, path, _)| screen(path).is_for(AccountKind::Admin)) {
            let times = folded.iter().chain(&DAILY).filter(|found| *found == path).count();
            assert_eq!(times, 1, "{path} of {group}");
        }
    }

    #[test]
    fn no_group_of_the_home_screen_is_in_two_groups_or_none() {
        for (group, path, _) in MENU {
            assert_eq!(FOLDS.iter().filter(|(_, headings)| headings.contains(group)).count(), 1, "{group} of {path}");
        }
    }
}
