//! One task of OT-17h: what was taken in, what a later check says beside it, and its end.

use shared::api::later::{DropLater, DropReason, LaterCheck, LaterDetails, ResultRef, ResultRow, SettleLater};
use shared::api::{Code, Refusal};
use shared::domain::calendar::CivilDate;
use shared::domain::coverage::{Coverage, Eligibility, Percent, Provided};
use shared::domain::institution::VisitKind;
use shared::domain::note::Note;
use yew::prelude::*;

use crate::part::table::{Column, Line};
use crate::part::{Button, Confirm, DefinitionList, Field, Look, Notice, Panel, Row, SendForm, Table, Tone, Verdict, link};
use crate::remote::{Remote, use_get};
use crate::text::Say;
use crate::text::office::{self as text, desks, detail::field, laters as words, laters::typed};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form};

const REASON: &str = "later-reason";

/// Says which task.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OneLaterProps {
    /// The id of its check.
    pub(crate) id: String,
}

/// One task of the account that is in.
#[component]
pub(crate) fn OneLater(props: &OneLaterProps) -> Html {
    let (remote, on_retry) = use_get(LaterCheck { later: (&props.id).into() });
    let (settle, give_up) = (use_call::<SettleLater>(), use_call::<DropLater>());
    let form = use_form(String::new);
    let asking = use_state(|| None::<ResultRef>);
    let left = use_state(|| None::<u32>);
    let onask = {
        let (asking, settle) = (asking.clone(), settle.clone());
        Callback::from(move |of: Option<ResultRef>| {
            settle.forget();
            asking.set(of);
        })
    };
    let onsettle = {
        let (asking, settle, left, id) = (asking.clone(), settle.clone(), left.clone(), props.id.clone());
        Callback::from(move |of: ResultRef| {
            let (asking, left) = (asking.clone(), left.clone());
            settle.start(SettleLater { later: (&id).into() }, of, move |outcome| {
                if let Ok(done) = outcome {
                    asking.set(None);
                    left.set(Some(done.left));
                }
            });
        })
    };
    let ondrop = {
        let (form, give_up, left, id) = (form.clone(), give_up.clone(), left.clone(), props.id.clone());
        Callback::from(move |()| {
            let Some(reason) = form.read(|text| reason_of(text)) else { return give_up.forget() };
            let left = left.clone();
            give_up.start(DropLater { later: (&id).into() }, DropReason { reason }, move |outcome| {
                if let Ok(done) = outcome {
                    left.set(Some(done.left));
                }
            });
        })
    };
    let asking = (*asking).clone().map(|of| (of, settle.progress()));
    html! { <OneLaterView {remote} {form} left={*left} {asking} dropping={give_up.progress()} {onask} {onsettle} {ondrop} {on_retry} /> }
}

fn reason_of(text: &str) -> Result<Note<300>, Faults> {
    let reason = Note::try_from(text).map_err(desks::note);
    let reason = reason.and_then(|reason: Note<300>| if reason.is_empty() { Err(words::NO_REASON.to_owned()) } else { Ok(reason) });
    reason.map_err(|why| Faults::default().note(REASON, Some(why)))
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OneLaterViewProps {
    /// The task.
    pub(crate) remote: Remote<LaterDetails>,
    /// The reason that is being typed.
    pub(crate) form: Form<String>,
    /// It is done, and so many are left.
    #[prop_or_default]
    pub(crate) left: Option<u32>,
    /// The question before it is settled.
    #[prop_or_default]
    pub(crate) asking: Option<(ResultRef, Progress)>,
    /// How far 取り下げる has come.
    #[prop_or_default]
    pub(crate) dropping: Progress,
    /// Called with the later check that may settle it.
    #[prop_or_default]
    pub(crate) onask: Callback<Option<ResultRef>>,
    /// Called when it is to be settled.
    #[prop_or_default]
    pub(crate) onsettle: Callback<ResultRef>,
    /// Called on 取り下げる.
    #[prop_or_default]
    pub(crate) ondrop: Callback<()>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// What was taken in, later checks beside it, the two ends.
#[component]
pub(crate) fn OneLaterView(props: &OneLaterViewProps) -> Html {
    if let Some(left) = props.left {
        return html! {
            <Notice tone={Tone::Good} role="status" title={words::DONE}>
                <p>{ words::left(left) }</p>
                <p>{ link("/o/laters", None, words::BACK) }</p>
            </Notice>
        };
    }
    props.remote.view(&props.on_retry, |details| filled(props, details))
}

fn filled(props: &OneLaterViewProps, details: &LaterDetails) -> Html {
    if !details.is_open {
        return html! { <Notice title={words::DONE_BEFORE}><p>{ words::DONE_BEFORE_NEXT }</p></Notice> };
    }
    html! {
        <>
            <Panel title={words::TAKEN_IN}>
                <DefinitionList rows={taken_in(details)} />
                if let Some(then) = &details.then {
                    <p><Verdict validity={then.validity} /></p>
                } else {
                    <p>{ words::NOT_ASKED }</p>
                }
            </Panel>
            if details.since.is_empty() {
                <Notice title={words::NO_SINCE}><p>{ words::NO_SINCE_NEXT }</p></Notice>
            }
            { for details.since.iter().map(|row| since(props, details, row)) }
            { give_up(props) }
            if let Some((of, progress)) = &props.asking {
                <Confirm id="later-ask" title={words::SETTLE_TITLE} act={words::SETTLE} is_busy={progress.is_busy}
                    failed={progress.refusal.as_ref().map(refusal)} onclose={props.onask.reform(|()| None)}
                    onact={{ let of = of.clone(); props.onsettle.reform(move |_: String| of.clone()) }}>
                    <p>{ words::SETTLE_ABOUT }</p>
                </Confirm>
            }
        </>
    }
}

fn taken_in(details: &LaterDetails) -> Vec<Row> {
    let row = &details.row;
    let mut rows = vec![
        Row::text(words::COLUMNS[1], row.at.jst_minute_text()),
        Row::text(words::COLUMNS[2], words::way(row.way, row.route)),
        Row::text(words::COLUMNS[3], row.by.as_ref().map_or(words::TABLET, |by| by.as_str()).to_owned()),
    ];
    rows.extend(row.visit_kind.map(|of| Row::text(VisitKind::NAME, of.label())));
    if let Some(person) = &row.person {
        rows.extend([
            Row::text(typed::NAME, person.name.clone()),
            Row::text(typed::KANA, person.name_kana.clone()),
            Row::text(typed::BIRTH, person.birth_date.wareki()),
            Row::text(typed::SEX, person.sex.label()),
        ]);
    }
    if let Some(of) = &details.typed {
        let insurance = &of.insurance;
        let texts = [
            (typed::ADDRESS, of.person.address.as_str()),
            (typed::INSURER, insurance.insurer_number.as_str()),
            (typed::SYMBOL, insurance.symbol.as_str()),
            (typed::NUMBER, insurance.member_number.as_str()),
            (typed::BRANCH, insurance.branch_number.as_str()),
            (typed::NOTE, of.note.as_str()),
        ];
        rows.extend(texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| Row::text(name, text.to_owned())));
    }
    rows
}

/// The fields that a claim depends on, old beside new; typed numbers stand for an answer that nobody asked for.
pub(super) fn compared(details: &LaterDetails, new: &Eligibility) -> Vec<(&'static str, String, String)> {
    let unknown = || words::NOT_KNOWN.to_owned();
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map_or_else(unknown, str::to_owned);
    let day = |day: Option<CivilDate>| day.map_or_else(unknown, CivilDate::wareki);
    let of = |eligibility: Option<&Eligibility>| {
        let first: Option<&Coverage> = eligibility.and_then(|eligibility| eligibility.coverages.first());
        let copay = first.and_then(|first| match &first.copay_ratio {
            Provided::Value(ratio) => Some(Percent::label(*ratio)),
            Provided::None | Provided::NotProvided => first.elderly.as_ref().map(|elderly| elderly.ratio.label()),
        });
        [
            eligibility.map_or_else(unknown, |eligibility| eligibility.validity.label().to_owned()),
            text(first.map(|first| first.insurer_number.as_str())),
            text(first.and_then(|first| first.symbol.as_deref())),
            text(first.map(|first| first.member_number.as_str())),
            text(first.and_then(|first| first.branch_number.as_deref())),
            copay.unwrap_or_else(unknown),
            day(first.and_then(|first| first.valid_from)),
            day(first.and_then(|first| first.disqualified_on)),
        ]
    };
    let mut old = of(details.then.as_ref());
    if let (None, Some(typed)) = (&details.then, &details.typed) {
        let insurance = &typed.insurance;
        let typed = [
            &insurance.insurer_number.as_str(),
            &insurance.symbol.as_str(),
            &insurance.member_number.as_str(),
            &insurance.branch_number.as_str(),
        ];
        old.iter_mut().skip(1).zip(typed).for_each(|(old, typed)| *old = text(Some(typed)));
    }
    let names = [
        words::VALIDITY,
        field::INSURER_NUMBER,
        field::SYMBOL,
        field::MEMBER_NUMBER,
        field::BRANCH_NUMBER,
        field::COPAY,
        field::VALID_FROM,
        field::DISQUALIFIED,
    ];
    names.into_iter().zip(old).zip(of(Some(new))).map(|((name, old), new)| (name, old, new)).collect()
}

fn since(props: &OneLaterViewProps, details: &LaterDetails, row: &ResultRow) -> Html {
    let lines = compared(details, &row.eligibility).into_iter().map(|(name, old, new)| {
        let is_other = old != new && old != words::NOT_KNOWN;
        let new = html! { <>{ new }if is_other { <>{ " " }<strong>{ words::CHANGED }</strong></> }</> };
        Line { key: name.into(), cells: vec![html! { { name } }, html! { { old } }, new] }
    });
    let onpress = {
        let of = row.of.clone();
        props.onask.reform(move |()| Some(of.clone()))
    };
    html! {
        <Panel title={words::SINCE}>
            <p>{ format!("{} {}", row.eligibility.checked_at.jst_minute_text(), row.way.label()) }</p>
            <p><Verdict validity={row.eligibility.validity} /></p>
            <Table caption={words::COMPARE_CAPTION} scrolls={words::COMPARE_CAPTION} columns={words::COMPARE.map(Column::words).to_vec()}
                lines={lines.collect::<Vec<_>>()} empty={Html::default()} />
            <p class="actions"><Button look={Look::Primary} {onpress}>{ words::SETTLE }</Button></p>
        </Panel>
    }
}

fn give_up(props: &OneLaterViewProps) -> Html {
    let form = props.form.clone().held(props.dropping.is_busy);
    html! {
        <Panel title={words::DROP_TITLE}>
            <p>{ words::DROP_ABOUT }</p>
            <SendForm id="later-drop" submit={words::DROP} is_busy={props.dropping.is_busy} onsubmit={props.ondrop.clone()}
                failed={props.dropping.refusal.as_ref().map(refusal)}>
                <Field of={form.input(REASON, |text| text)} label={words::REASON} is_required=true />
            </SendForm>
        </Panel>
    }
}

fn refusal(said: &Refusal) -> Say {
    let say = text::refusal(said);
    match said.code {
        Code::Taken => Say { happened: words::DONE_BEFORE.into(), next: words::DONE_BEFORE_NEXT.into(), ..say },
        _ => say,
    }
}
