//! What the screens of the month share: the month that is shown, a bulk check, old beside new.

use gloo_timers::callback::Interval;
use shared::api::Endpoint;
use shared::api::file::SavedFile;
use shared::api::month::{Run, RunOf};
use shared::api::requery::Difference;
use shared::domain::month::Month;
use shared::domain::person::Person;
use yew::prelude::*;

use crate::office::save_file::SaveFile;
use crate::part::copy::print;
use crate::part::{Button, DefinitionList, Notice, Progress, Row, Tone, link};
use crate::text::office::month as words;
use crate::use_call::use_call;

/// A bulk check is looked at again so often, milliseconds.
const EVERY_MS: u32 = 3_000;

/// 前の月, the month, 次の月; none after the running month.
pub(crate) fn turner(of: Month, today: Month, onturn: &Callback<Month>) -> Html {
    let to = |month: Month| onturn.reform(move |()| month);
    html! {
        <div class="month-turner">
            <span class="on-screen"><Button id="month-previous" onpress={to(of.before())}>{ words::PREVIOUS }</Button></span>
            <strong class="month-turner__month">{ of.label() }</strong>
            <span class="on-screen">
                <Button id="month-next" is_off={of >= today} onpress={to(of.after())}>{ words::NEXT }</Button>
            </span>
        </div>
    }
}

/// Print and file; nothing of it on paper.
pub(crate) fn ways_out(save: Html) -> Html {
    html! {
        <div class="actions on-screen">
            <Button id="month-print" onpress={Callback::from(|()| print())}>{ words::PRINT }</Button>
            { save }
        </div>
    }
}

/// The file of a list that is asked for by its address alone.
pub(crate) fn save<E>(endpoint: E) -> Html
where
    E: Endpoint<Request = (), Response = SavedFile> + Clone + PartialEq + 'static,
{
    html! { <SaveFile<E> id="month-save" {endpoint} request={()} /> }
}

/// Old beside new.
pub(crate) fn differences(all: &[Difference]) -> Html {
    let row = |one: &Difference| {
        let value = html! { <><span class="was">{ &one.former }</span>{ " → " }<strong>{ &one.now }</strong></> };
        Row { name: one.field.clone().into(), value }
    };
    html! { <DefinitionList rows={all.iter().map(row).collect::<Vec<_>>()} /> }
}

/// Name and kana, the way to the consent where there is one.
pub(crate) fn who(person: Option<&Person>, consent: Option<&str>) -> Html {
    let name = person.map(|person| person.name.clone()).filter(|name| !name.is_empty()).unwrap_or_else(|| words::NOBODY.to_owned());
    let shown = match consent {
        Some(id) => link(&format!("/o/consents/{id}"), None, name),
        None => html! { { name } },
    };
    let kana = person.map(|person| person.name_kana.clone()).unwrap_or_default();
    html! { <>{ shown }<br /><span class="month__kana">{ kana }</span></> }
}

/// Says which bulk check.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct RunBoxProps {
    /// The month or the day.
    pub(crate) of: String,
    /// What is done.
    pub(crate) label: &'static str,
    /// As it was known with the page.
    pub(crate) run: Option<Run>,
    /// Called once when it has ended.
    pub(crate) onend: Callback<()>,
}

/// How far it has come; looked at again until it ends. Its key is the month or the day: another one has another result.
#[component]
pub(crate) fn RunBox(props: &RunBoxProps) -> Html {
    let seen = use_state(|| None::<Run>);
    let call = use_call::<RunOf>();
    let run = (*seen).clone().filter(|seen| props.run.as_ref().is_none_or(|first| seen.started_at >= first.started_at));
    let run = run.or_else(|| props.run.clone());
    let is_on = run.as_ref().is_some_and(|run| run.finished_at.is_none());
    use_effect_with((is_on, props.of.clone()), {
        let (seen, onend) = (seen.clone(), props.onend.clone());
        move |(is_on, of)| {
            let of = of.clone();
            let every = is_on.then(|| {
                Interval::new(EVERY_MS, move || {
                    let (seen, onend) = (seen.clone(), onend.clone());
                    call.start(RunOf { of: of.as_str().into() }, (), move |outcome| {
                        if let Ok(shown) = outcome {
                            let has_ended = shown.run.as_ref().is_none_or(|run| run.finished_at.is_some());
                            seen.set(shown.run);
                            if has_ended {
                                onend.emit(());
                            }
                        }
                    });
                })
            });
            move || drop(every)
        }
    });
    let Some(run) = run else { return Html::default() };
    if is_on {
        html! {
            <div data-run="on">
                <Progress label={props.label} done={run.done + run.refused} total={Some(run.total)} />
                <p>{ words::ran(&run) }</p>
            </div>
        }
    } else {
        html! { <div data-run="ended"><Notice tone={Tone::Info} title={words::ran(&run)} /></div> }
    }
}
