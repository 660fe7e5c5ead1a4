//! OT-17b–e: the two searches, the choice of a person, the ground, the view. All of it is gone when the screen is left or the record
//! ends.

use gloo_timers::callback::Interval;
use shared::api::Code;
use shared::api::opening::{
    CandidateRow, Found, OpenedView, OpeningRow, OpeningSearch, Openings, OpeningsShown, SearchInOpening, ViewAsked, ViewInOpening,
};
use shared::domain::opening::OpeningKind;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{ground, view};
use crate::api::{self, Auth};
use crate::office::who::{self, Wanted, Who};
use crate::part::field::Input;
use crate::part::table::{Column, Line};
use crate::part::{Button, Look, Notice, Offer, Panel, RadioField, SendForm, Table, Tone, field};
use crate::remote::{Remote, use_get};
use crate::text::office::{self as text, openings as outer, openings::search as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Form, use_form};

/// While somebody is seen it is looked so often whether the record still lives, milliseconds.
const LOOK_MS: u32 = 5_000;
/// Element id of the heading above who was found.
const FOUND: &str = "opening-found";

/// Says in which record.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SearchScreenProps {
    /// Its id.
    pub(crate) id: String,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum At {
    /// Nobody was looked for yet.
    Start,
    /// Who was found by this search.
    Found(OpeningSearch, Found),
    /// One of them is to be seen.
    Chosen(OpeningSearch, Found, CandidateRow),
    /// One is seen.
    Seen(Box<OpenedView>),
    /// The record ended while somebody was seen.
    Ended,
}

/// The search in one record.
#[component]
pub(crate) fn SearchScreen(props: &SearchScreenProps) -> Html {
    let (remote, on_retry) = use_get(Openings);
    let by_paper = use_state(|| false);
    let form = use_form(Who::default);
    let grounds = use_form(ground::Typed::default);
    let (search, see) = (use_call::<SearchInOpening>(), use_call::<ViewInOpening>());
    let at = use_state(|| At::Start);
    use_watch(&props.id, &at);
    let wanted = if *by_paper { Wanted::Paper } else { Wanted::Person };
    let onsearch = {
        let (form, grounds, search, at, id) = (form.clone(), grounds.clone(), search.clone(), at.clone(), props.id.clone());
        Callback::from(move |()| {
            let Some((person, insurance)) = form.read(|who| who.check(wanted)) else { return search.forget() };
            let asked = match wanted {
                Wanted::Paper => OpeningSearch::Paper { insurance, birth_date: person.birth_date },
                _ => OpeningSearch::Person(person),
            };
            let (at, grounds, of) = (at.clone(), grounds.clone(), asked.clone());
            search.start(SearchInOpening { opening: id.as_str().into() }, asked, move |outcome| match outcome {
                Ok(found) => {
                    grounds.set(ground::Typed::default());
                    at.set(At::Found(of, found));
                    field::focus(FOUND);
                }
                Err(refusal) if refusal.code == Code::Opening => at.set(At::Ended),
                Err(_) => {}
            });
        })
    };
    let onsee = {
        let (grounds, see, at, id) = (grounds.clone(), see.clone(), at.clone(), props.id.clone());
        Callback::from(move |kind: OpeningKind| {
            let At::Chosen(search, _, one) = &*at else { return };
            let ground = match kind {
                OpeningKind::Disaster => match grounds.read(ground::Typed::check) {
                    Some(ground) => Some(ground),
                    None => return see.forget(),
                },
                OpeningKind::Outage => None,
            };
            let asked = ViewAsked { search: search.clone(), key: one.key.clone(), ground };
            let (at, grounds) = (at.clone(), grounds.clone());
            see.start(ViewInOpening { opening: id.as_str().into() }, asked, move |outcome| match outcome {
                Ok(seen) => {
                    // The next one needs a ground of their own.
                    grounds.set(ground::Typed::default());
                    at.set(At::Seen(Box::new(seen)));
                }
                Err(refusal) if refusal.code == Code::Opening => at.set(At::Ended),
                Err(_) => {}
            });
        })
    };
    let ongo = {
        let (at, form, grounds, search, see) = (at.clone(), form.clone(), grounds.clone(), search.clone(), see.clone());
        Callback::from(move |next: At| {
            see.forget();
            // The ground is said for one person, never for the next one (OT-17d).
            grounds.set(ground::Typed::default());
            if next == At::Start {
                search.forget();
                form.set(Who::default());
            }
            at.set(next);
        })
    };
    let onway = {
        let (by_paper, form) = (by_paper.clone(), form.clone());
        Callback::from(move |is_paper: bool| {
            by_paper.set(is_paper);
            form.set(form.typed.clone());
        })
    };
    let row = match &remote {
        Remote::Here(shown) => Some(living(shown, &props.id)),
        Remote::Loading | Remote::Failed(_) => None,
    };
    html! {
        <SearchView remote={remote.clone()} row={row.flatten()} by_paper={*by_paper} {form} {grounds} searching={search.progress()} seeing={see.progress()}
            at={(*at).clone()} {onway} {onsearch} {onsee} {ongo} {on_retry} />
    }
}

fn living(shown: &OpeningsShown, id: &str) -> Option<OpeningRow> {
    shown.rows.iter().find(|row| row.id == id && row.is_living(shown.now)).cloned()
}

/// Closes the view at once when the record ends, by itself or by hand (OT-17f).
#[hook]
fn use_watch(id: &str, at: &UseStateHandle<At>) {
    let is_seen = matches!(**at, At::Seen(_) | At::Found(..) | At::Chosen(..));
    use_effect_with((id.to_owned(), is_seen), {
        let at = at.clone();
        move |(id, is_seen): &(String, bool)| {
            let id = id.clone();
            let look = is_seen.then(|| {
                Interval::new(LOOK_MS, move || {
                    let (at, id) = (at.clone(), id.clone());
                    spawn_local(async move {
                        // No answer is no end: what was opened was opened, and the server gives nothing more.
                        if let Ok(shown) = api::call(&Openings, &(), Auth::Office).await
                            && living(&shown, &id).is_none()
                        {
                            at.set(At::Ended);
                        }
                    });
                })
            });
            move || drop(look)
        }
    });
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SearchViewProps {
    /// All records.
    pub(crate) remote: Remote<OpeningsShown>,
    /// This one, while it lives.
    pub(crate) row: Option<OpeningRow>,
    /// Which of the two searches.
    pub(crate) by_paper: bool,
    /// What was typed.
    pub(crate) form: Form<Who>,
    /// The ground that is being said.
    pub(crate) grounds: Form<ground::Typed>,
    /// How far the search has come.
    #[prop_or_default]
    pub(crate) searching: Progress,
    /// How far 閲覧する has come.
    #[prop_or_default]
    pub(crate) seeing: Progress,
    /// How far it is.
    pub(crate) at: At,
    /// Called with the search that is wanted: by paper, or not.
    #[prop_or_default]
    pub(crate) onway: Callback<bool>,
    /// Called on 検索.
    #[prop_or_default]
    pub(crate) onsearch: Callback<()>,
    /// Called on 閲覧する.
    #[prop_or_default]
    pub(crate) onsee: Callback<OpeningKind>,
    /// Called with where to go on.
    #[prop_or_default]
    pub(crate) ongo: Callback<At>,
    /// Asks for the records again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// The search, or the person who is seen.
#[component]
pub(crate) fn SearchView(props: &SearchViewProps) -> Html {
    if let (At::Seen(seen), Some(row)) = (&props.at, &props.row) {
        let onclose = props.ongo.reform(|()| At::Start);
        return view::view(row, seen, onclose);
    }
    props.remote.view(&props.on_retry, |_| match &props.row {
        None => not_open(false, &props.on_retry),
        Some(_) if props.at == At::Ended => not_open(true, &props.on_retry),
        Some(row) => html! { <>{ asking(props, row) }{ found(props, row) }</> },
    })
}

fn not_open(has_closed: bool, on_retry: &Callback<()>) -> Html {
    let title = if has_closed { words::ENDED } else { words::NOT_OPEN };
    html! {
        <Notice tone={Tone::Warn} role="alert" {title}>
            <p>{ words::NOT_OPEN_NEXT }</p>
            if !has_closed {
                <Button id="opening-look" onpress={on_retry.clone()}>{ words::LOOK_AGAIN }</Button>
            }
        </Notice>
    }
}

const WAYS: [Offer; 2] = [Offer { value: "person", label: words::BY_PERSON }, Offer { value: "paper", label: words::BY_PAPER }];

fn asking(props: &SearchViewProps, row: &OpeningRow) -> Html {
    let form = props.form.clone().held(props.searching.is_busy);
    let value = if props.by_paper { "paper" } else { "person" };
    let oninput = props.onway.reform(|word: String| word == "paper");
    let of = Input { id: "opening-way".into(), value: value.into(), fault: None, is_held: props.searching.is_busy, oninput };
    let wanted = if props.by_paper { Wanted::Paper } else { Wanted::Person };
    html! {
        <Panel title={row.opening.kind.label()}>
            <p>{ outer::period(row.opening.from, row.ends_at()) }</p>
            <SendForm id="opening-search" submit={words::SUBMIT} is_busy={props.searching.is_busy} onsubmit={props.onsearch.clone()}
                failed={props.searching.refusal.as_ref().map(text::refusal)}>
                <RadioField {of} label={words::BY} offers={WAYS.to_vec()} />
                { who::fields(&form, wanted) }
            </SendForm>
        </Panel>
    }
}

fn found(props: &SearchViewProps, row: &OpeningRow) -> Html {
    let (search, found, chosen) = match &props.at {
        At::Found(search, found) => (search, found, None),
        At::Chosen(search, found, chosen) => (search, found, Some(chosen)),
        At::Start | At::Seen(_) | At::Ended => return Html::default(),
    };
    let lines = found.candidates.iter().map(|one| {
        let onpress = {
            let (search, found, one) = (search.clone(), found.clone(), one.clone());
            props.ongo.reform(move |()| At::Chosen(search.clone(), found.clone(), one.clone()))
        };
        let cells = vec![
            html! { <>{ &one.person.name }<br />{ &one.person.name_kana }</> },
            html! { { one.person.birth_date.wareki() } },
            html! { { one.person.sex.label() } },
            html! { { one.address.clone().unwrap_or_else(|| "―".to_owned()) } },
            html! { <Button {onpress}>{ words::CHOOSE }</Button> },
        ];
        Line { key: one.key.clone().into(), cells }
    });
    let empty = html! { <Notice title={words::NOBODY}><p>{ words::NOBODY_NEXT }</p></Notice> };
    html! {
        <section class="panel">
            <h2 class="panel__title" id={FOUND} tabindex="-1">{ words::CANDIDATES }</h2>
            if found.is_more {
                <Notice tone={Tone::Warn} title={words::MORE}><p>{ words::MORE_NEXT }</p></Notice>
            }
            if !found.candidates.is_empty() {
                <p>{ words::CHOOSE_NEXT }</p>
            }
            <Table caption={words::CANDIDATES} scrolls={words::CANDIDATES} columns={words::COLUMNS.map(Column::words).to_vec()}
                lines={lines.collect::<Vec<_>>()} {empty} />
            if let Some(one) = chosen {
                { chosen_one(props, row, one) }
            }
        </section>
    }
}

fn chosen_one(props: &SearchViewProps, row: &OpeningRow, one: &CandidateRow) -> Html {
    let kind = row.opening.kind;
    let form = props.grounds.clone().held(props.seeing.is_busy);
    let submit = if kind == OpeningKind::Disaster { words::VIEW } else { words::VIEW_OUTAGE };
    html! {
        <Panel title={one.person.name.clone()}>
            <SendForm id="opening-view" {submit} is_busy={props.seeing.is_busy} onsubmit={props.onsee.reform(move |()| kind)}
                failed={props.seeing.refusal.as_ref().map(text::refusal)}>
                if kind == OpeningKind::Disaster {
                    <h3>{ words::GROUND_TITLE }</h3>
                    { ground::fields(&form) }
                }
            </SendForm>
            <p class="actions"><Button look={Look::Quiet} onpress={props.ongo.reform(|()| At::Start)}>{ words::AGAIN }</Button></p>
        </Panel>
    }
}
