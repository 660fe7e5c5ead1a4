//! OT-30 機関コードの変更(承継): what is planned, what follows by the admin's choice, what ends.

use shared::api::succession::{ChooseSuccession, CodeChange, Item, Succession, SuccessionChoice, SuccessionStatus};
use shared::domain::institution::InstitutionCode;
use shared::domain::typed;
use yew::prelude::*;

use crate::part::confirm::Words;
use crate::part::copy::print;
use crate::part::definitions::Row;
use crate::part::{Button, CheckField, Confirm, DefinitionList, LiveRegion, Look, Notice, Panel, Tone};
use crate::remote::{Remote, use_get};
use crate::text::office::{self as text, succession as words};
use crate::use_call::{Progress, use_call};

/// OT-30 of the account that is in.
#[component]
pub(crate) fn SuccessionScreen() -> Html {
    let (remote, on_retry) = use_get(Succession);
    let saved = use_state(|| None::<SuccessionStatus>);
    let chosen = use_state(|| None::<Vec<Item>>);
    let is_asked = use_state(|| false);
    let call = use_call::<ChooseSuccession>();
    let onchoose = {
        let chosen = chosen.clone();
        Callback::from(move |items: Vec<Item>| chosen.set(Some(items)))
    };
    let onask = {
        let (is_asked, call) = (is_asked.clone(), call.clone());
        Callback::from(move |is_on: bool| {
            call.forget();
            is_asked.set(is_on);
        })
    };
    let onsave = {
        let (saved, is_asked, call) = (saved.clone(), is_asked.clone(), call.clone());
        Callback::from(move |choice: SuccessionChoice| {
            let (saved, is_asked) = (saved.clone(), is_asked.clone());
            call.start(ChooseSuccession, choice, move |outcome| {
                if let Ok(status) = outcome {
                    is_asked.set(false);
                    saved.set(Some(status));
                }
            });
        })
    };
    let is_saved = saved.is_some();
    let remote = (*saved).clone().map_or(remote, Remote::Here);
    let asking = is_asked.then(|| call.progress());
    html! { <SuccessionView {remote} chosen={(*chosen).clone()} {asking} {is_saved} {onchoose} {onask} {onsave} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SuccessionViewProps {
    /// What is planned, or was done.
    pub(crate) remote: Remote<SuccessionStatus>,
    /// What was ticked here; `None`: as it is kept.
    #[prop_or_default]
    pub(crate) chosen: Option<Vec<Item>>,
    /// The question before it is kept, and how far it has come.
    #[prop_or_default]
    pub(crate) asking: Option<Progress>,
    /// It was kept a moment ago.
    #[prop_or_default]
    pub(crate) is_saved: bool,
    /// Called with what is ticked.
    #[prop_or_default]
    pub(crate) onchoose: Callback<Vec<Item>>,
    /// Opens the question, or leaves it.
    #[prop_or_default]
    pub(crate) onask: Callback<bool>,
    /// Keeps it.
    #[prop_or_default]
    pub(crate) onsave: Callback<SuccessionChoice>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// The plan, the ticks, what ends.
#[component]
pub(crate) fn SuccessionView(props: &SuccessionViewProps) -> Html {
    html! {
        <>
            <p>{ words::LEAD }</p>
            <LiveRegion>
                if props.is_saved {
                    <Notice tone={Tone::Good} title={words::SAVED} />
                }
            </LiveRegion>
            { props.remote.view(&props.on_retry, |status| shown(props, status)) }
        </>
    }
}

fn shown(props: &SuccessionViewProps, status: &SuccessionStatus) -> Html {
    let Some(change) = &status.change else {
        return html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
    };
    let until = status.readable_until.map(|day| words::until(&day.slashed()));
    html! {
        <>
            if change.done_at.is_some() {
                <Notice tone={Tone::Good} title={words::DONE}><p>{ words::DONE_NEXT }</p></Notice>
            }
            if let Some(until) = until {
                <p>{ until }</p>
            }
            <Panel title={words::PLAN}><DefinitionList rows={plan(change)} /></Panel>
            if change.done_at.is_none() {
                { choice(props, change) }
            }
            <Panel title={words::ENDS}>
                <ul>{ for words::ENDED.iter().map(|what| html! { <li>{ *what }</li> }) }</ul>
                <p>{ words::READABLE }</p>
            </Panel>
            <p class="actions on-screen"><Button id="succession-print" onpress={Callback::from(|()| print())}>{ words::PRINT }</Button></p>
            if let Some(progress) = &props.asking {
                { question(props, change, progress) }
            }
        </>
    }
}

fn plan(change: &CodeChange) -> Vec<Row> {
    let reason = format!("{} {}", change.reason.letter(), change.reason.label());
    let chosen = match &change.items {
        None => words::NOT_CHOSEN.to_owned(),
        Some(items) if items.is_empty() => words::NOTHING.to_owned(),
        Some(items) => items.iter().map(|item| words::item(*item).0).collect::<Vec<_>>().join("、"),
    };
    vec![
        Row::text(words::NEW_CODE, change.new_code.to_string()),
        Row::text(words::FROM, text::field::day(change.from)),
        Row::text(words::REASON, reason),
        Row::text(words::CHOSEN, chosen),
    ]
}

/// What is ticked: here, or else as it is kept.
fn ticked(props: &SuccessionViewProps, change: &CodeChange) -> Vec<Item> {
    props.chosen.clone().or_else(|| change.items.clone()).unwrap_or_default()
}

/// One more or one less. A reference number goes with the history, and without it there is none.
fn with(mut items: Vec<Item>, item: Item, is_on: bool) -> Vec<Item> {
    items.retain(|one| *one != item);
    if is_on {
        items.push(item);
        if item == Item::ReferenceNumbers && !items.contains(&Item::History) {
            items.push(Item::History);
        }
    } else if item == Item::History {
        items.retain(|one| *one != Item::ReferenceNumbers);
    }
    items.sort();
    items
}

const IDS: [&str; 4] = ["succession-accounts", "succession-history", "succession-numbers", "succession-settings"];

fn choice(props: &SuccessionViewProps, change: &CodeChange) -> Html {
    let ticked = ticked(props, change);
    let field = |(item, id): (Item, &'static str)| {
        let (label, hint) = words::item(item);
        let onchange = {
            let ticked = ticked.clone();
            props.onchoose.reform(move |is_on: bool| with(ticked.clone(), item, is_on))
        };
        html! { <CheckField {id} {label} {hint} is_on={ticked.contains(&item)} {onchange} /> }
    };
    html! {
        <Panel title={words::CHOOSE} class="on-screen">
            <p>{ words::CHOOSE_LEAD }</p>
            { for Item::ALL.into_iter().zip(IDS).map(field) }
            <p class="actions">
                <Button id="succession-save" look={Look::Primary} onpress={props.onask.reform(|()| true)}>{ words::SAVE }</Button>
            </p>
        </Panel>
    }
}

fn question(props: &SuccessionViewProps, change: &CodeChange, progress: &Progress) -> Html {
    let items = ticked(props, change);
    let new_code = change.new_code.clone();
    let code_words = Words {
        label: words::TYPE.into(),
        hint: words::hint(new_code.as_str()).into(),
        wrong: words::WRONG.into(),
        inputmode: Some("numeric".into()),
        is_right: Callback::from(move |typed: String| InstitutionCode::from_pasted(&typed).is_ok_and(|typed| typed == new_code)),
    };
    let onact = {
        let items = items.clone();
        props.onsave.reform(move |typed: String| SuccessionChoice { items: items.clone(), typed_code: typed::number(&typed) })
    };
    html! {
        <Confirm id="succession-ask" title={words::ASK} act={words::SAVE} words={code_words} is_busy={progress.is_busy}
            failed={progress.refusal.as_ref().map(text::refusal)} {onact} onclose={props.onask.reform(|()| false)}>
            <p>{ words::ASK_LEAD }</p>
            if items.is_empty() {
                <p>{ words::NOTHING }</p>
            } else {
                <ul>{ for items.iter().map(|item| html! { <li>{ words::item(*item).0 }</li> }) }</ul>
            }
        </Confirm>
    }
}

#[cfg(test)]
mod tests {
    use shared::api::Code;
    use shared::api::succession::Reason;

    use super::*;
    use crate::drawn::{day, draw, has, refused};

    fn change(items: Option<Vec<Item>>) -> CodeChange {
        let new_code = InstitutionCode::try_from("9919900010").unwrap();
        CodeChange { new_code, from: day("2027-04-01"), reason: Reason::A, items, chosen_at: None, done_at: None }
    }

    fn status(change: Option<CodeChange>) -> SuccessionStatus {
        SuccessionStatus { change, closed_at: None, readable_until: None, now: day("2026-11-30").at_jst(12, 0) }
    }

    async fn drawn(remote: Remote<SuccessionStatus>, asking: Option<Progress>) -> String {
        draw(move || html! { <SuccessionView {remote} {asking} /> }).await
    }

    #[tokio::test]
    async fn n187_each_item_says_what_follows_and_what_ends_is_summed_up() {
        let html = drawn(Remote::Here(status(Some(change(None)))), None).await;
        for item in Item::ALL {
            has(&html, words::item(item).0);
            has(&html, words::item(item).1);
        }
        for expected in ["9919900010", "2027/04/01", "A 開設者の変更", words::NOT_CHOSEN, words::ENDED[0], words::ENDED[2], words::READABLE] {
            has(&html, expected);
        }
        assert!(!html.contains("checked"), "nothing is ticked for the admin");
        let chosen = change(Some(vec![Item::Accounts, Item::Settings]));
        has(&drawn(Remote::Here(status(Some(chosen))), None).await, "アカウント、環境設定");
    }

    #[tokio::test]
    async fn the_new_code_is_typed_before_anything_is_kept() {
        let html = drawn(Remote::Here(status(Some(change(Some(Vec::new()))))), Some(Progress::default())).await;
        for expected in [words::ASK, words::NOTHING, "succession-ask-typed"] {
            has(&html, expected);
        }
    }

    #[tokio::test]
    async fn nothing_planned_done_loading_and_failed_are_said() {
        has(&drawn(Remote::Here(status(None)), None).await, words::NONE_NEXT);
        let done_at = Some(day("2027-04-01").at_jst(0, 0));
        let done = SuccessionStatus {
            closed_at: done_at,
            readable_until: Some(day("2027-07-30")),
            ..status(Some(CodeChange { done_at, ..change(None) }))
        };
        let html = drawn(Remote::Here(done), None).await;
        has(&html, "2027/07/30");
        assert!(!html.contains("succession-save"), "nothing is chosen any more");
        has(&drawn(Remote::Loading, None).await, "読み込んでいます");
        has(&drawn(Remote::Failed(refused(Code::X01)), None).await, "もう一度");
    }

    #[test]
    fn reference_numbers_go_with_the_history() {
        assert_eq!(with(vec![Item::Accounts], Item::ReferenceNumbers, true), [Item::Accounts, Item::History, Item::ReferenceNumbers]);
        assert_eq!(with(vec![Item::History, Item::ReferenceNumbers, Item::Settings], Item::History, false), [Item::Settings]);
        assert_eq!(with(vec![Item::History], Item::History, true), [Item::History]);
    }
}
