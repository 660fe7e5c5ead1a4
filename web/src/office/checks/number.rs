//! OT-12: a check by paper, prescription or number, from the form to its result.

use shared::api::check::{CandidateRow, CheckAnswer, CheckByNumber, CheckDetails, ChooseCheckCoverage, NumberCheck};
use shared::api::office::CoverageChoice;
use shared::domain::asked::{AskedOf, NumbersAsked};
use shared::domain::calendar::CivilDate;
use shared::domain::coverage::Eligibility;
use yew::prelude::*;

use super::form::{INSURER, Typed, fields};
use super::last::LastValues;
use super::view::CheckView;
use crate::part::send_form::form_failure;
use crate::part::table::{Column, Line};
use crate::part::{Button, Confirm, Look, Notice, SendForm, Table, Tone, field, link};
use crate::session::use_session;
use crate::text::office::{self as text, checks as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Form, use_kept_form};

pub(crate) const RESULT: &str = "check-result";

/// Says what the numbers are read from.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ByNumberProps {
    pub(crate) of: AskedOf,
}

/// How far a check has come.
#[derive(Clone, PartialEq, Default)]
pub(crate) enum Stage {
    /// The form is filled in.
    #[default]
    Form,
    /// A number is doubted: a person has a second look.
    Doubted(NumbersAsked),
    /// The numbers fit several people.
    Several(NumbersAsked, Vec<CandidateRow>),
    /// It is kept.
    Made(Box<CheckDetails>),
}

/// The screen of one heading.
#[component]
pub(crate) fn ByNumber(props: &ByNumberProps) -> Html {
    let of = props.of;
    let session = use_session();
    let today = session.now().jst_date();
    let form = use_kept_form("check", Typed::default);
    let stage = use_state(Stage::default);
    let (call, choice) = (use_call::<CheckByNumber>(), use_call::<ChooseCheckCoverage>());
    let ask = {
        let (form, stage, call) = (form.clone(), stage.clone(), call.clone());
        Callback::from(move |(asked, chosen): (NumbersAsked, Option<String>)| {
            let (form, stage) = (form.clone(), stage.clone());
            call.start(CheckByNumber, NumberCheck { asked: asked.clone(), chosen }, move |outcome| match outcome {
                Ok(CheckAnswer::Made(details)) => {
                    // Done with: whoever comes back to the screen finds nothing of this person.
                    form.set(Typed::default());
                    stage.set(Stage::Made(details));
                }
                Ok(CheckAnswer::Several(rows)) => stage.set(Stage::Several(asked, rows)),
                Err(_) => stage.set(Stage::Form),
            });
        })
    };
    let onsubmit = {
        let (form, stage, ask) = (form.clone(), stage.clone(), ask.clone());
        Callback::from(move |()| {
            let Some(asked) = form.read(|typed| typed.check(of)) else { return stage.set(Stage::Form) };
            if asked.doubts().is_empty() && !asked.is_past(today) { ask.emit((asked, None)) } else { stage.set(Stage::Doubted(asked)) }
        })
    };
    let onback = {
        let (stage, call) = (stage.clone(), call.clone());
        Callback::from(move |()| {
            call.forget();
            stage.set(Stage::Form);
            field::focus(INSURER);
        })
    };
    let onnext = {
        let (form, onback) = (form.clone(), onback.clone());
        Callback::from(move |()| {
            form.set(Typed::default());
            onback.emit(());
        })
    };
    let onchoose = {
        let (stage, choice) = (stage.clone(), choice.clone());
        Callback::from(move |chosen: CoverageChoice| {
            let Stage::Made(details) = &*stage else { return };
            let stage = stage.clone();
            choice.start(ChooseCheckCoverage { check: (&details.id).into() }, chosen, move |outcome| {
                if let Ok(details) = outcome {
                    stage.set(Stage::Made(Box::new(details)));
                }
            });
        })
    };
    let ontake = {
        let form = form.clone();
        Callback::from(move |eligibility: Eligibility| {
            let mut typed = form.typed.clone();
            typed.take_over(&eligibility);
            form.set(typed);
            field::focus(INSURER);
        })
    };
    let is_news = !matches!(*stage, Stage::Form | Stage::Doubted(_));
    use_effect_with(is_news, |is_news| is_news.then_some(RESULT).into_iter().for_each(field::focus));
    let is_pharmacy = session.session.institution.as_str().as_bytes().get(2) == Some(&b'4');
    let props = ByNumberViewProps {
        of,
        today,
        is_pharmacy,
        form: form.clone().held(call.progress().is_busy),
        stage: (*stage).clone(),
        asking: call.progress(),
        choosing: choice.progress(),
        onsubmit,
        onask: ask,
        onback,
        onnext,
        onchoose,
        ontake,
    };
    html! { <ByNumberView ..props /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct ByNumberViewProps {
    pub(super) of: AskedOf,
    pub(super) today: CivilDate,
    pub(super) is_pharmacy: bool,
    pub(super) form: Form<Typed>,
    pub(super) stage: Stage,
    pub(super) asking: Progress,
    pub(super) choosing: Progress,
    pub(super) onsubmit: Callback<()>,
    pub(super) onask: Callback<(NumbersAsked, Option<String>)>,
    pub(super) onback: Callback<()>,
    pub(super) onnext: Callback<()>,
    pub(super) onchoose: Callback<CoverageChoice>,
    pub(super) ontake: Callback<Eligibility>,
}

/// The headings, the form, and what came of it.
#[component]
pub(super) fn ByNumberView(props: &ByNumberViewProps) -> Html {
    let say = |progress: &Progress| progress.refusal.as_ref().map(text::refusal);
    match &props.stage {
        Stage::Made(details) => {
            let (details, is_busy) = ((**details).clone(), props.choosing.is_busy);
            html! {
                <>
                    <div id={RESULT} tabindex="-1" class="on-screen"><Notice tone={Tone::Good} role="status" title={words::KEPT} /></div>
                    if let Some(say) = say(&props.choosing) {
                        { form_failure(&say) }
                    }
                    <CheckView {details} {is_busy} onchoose={props.onchoose.clone()} />
                    <p class="actions on-screen">
                        <Button id="check-next" look={Look::Primary} onpress={props.onnext.clone()}>{ words::NEXT }</Button>
                    </p>
                </>
            }
        }
        Stage::Several(asked, rows) => several(asked, rows, props.asking.is_busy, &props.onask, &props.onback),
        Stage::Form | Stage::Doubted(_) => html! {
            <>
                { headings(props) }
                <LastValues today={props.today} ontake={props.ontake.clone()} />
                <p>{ words::LEAD }</p>
                <SendForm id="check-send" submit={words::CHECK} is_busy={props.asking.is_busy} failed={say(&props.asking)}
                    onsubmit={props.onsubmit.clone()}>
                    { fields(&props.form, props.of) }
                </SendForm>
                if let Stage::Doubted(asked) = &props.stage {
                    { doubted(asked, props.today, props.asking.is_busy, &props.onask, &props.onback) }
                }
            </>
        },
    }
}

/// The two headings; that of prescriptions stands first for pharmacies.
fn headings(props: &ByNumberViewProps) -> Html {
    let mut ways = vec![
        (AskedOf::Paper, "/o/check/paper", words::PAPER_TITLE),
        (AskedOf::Prescription, "/o/check/prescription", words::PRESCRIPTION_TITLE),
        (AskedOf::Number, "/o/check/number", words::NUMBER_TITLE),
    ];
    if props.is_pharmacy {
        ways.swap(0, 1);
    }
    let way = |(of, path, title): (AskedOf, &'static str, &'static str)| {
        let shown = if of == props.of {
            html! { <strong aria-current="page">{ title }</strong> }
        } else {
            link(path, None, title)
        };
        html! { <li>{ shown }</li> }
    };
    html! { <nav aria-label={words::WAYS}><ul class="check__ways">{ for ways.into_iter().map(way) }</ul></nav> }
}

/// Asks about numbers; with the person that was chosen where they fit several.
type Ask = Callback<(NumbersAsked, Option<String>)>;

/// A second look at numbers that look wrong, or at a paper that has ended.
pub(crate) fn doubted(asked: &NumbersAsked, today: CivilDate, is_busy: bool, onask: &Ask, onback: &Callback<()>) -> Html {
    let onact = {
        let asked = asked.clone();
        onask.reform(move |_: String| (asked.clone(), None))
    };
    html! {
        <Confirm id="check-doubt" title={words::DOUBT_TITLE} act={words::DOUBT_ACT} {is_busy} {onact} onclose={onback.clone()}>
            <ul>
                { for asked.doubts().into_iter().map(|(number, doubt)| html! { <li>{ words::doubt(number, doubt) }</li> }) }
                if asked.is_past(today) {
                    <li>{ words::PAST }</li>
                }
            </ul>
            <p>{ words::DOUBT_NEXT }</p>
        </Confirm>
    }
}

/// The people whom the numbers fit.
pub(crate) fn several(asked: &NumbersAsked, rows: &[CandidateRow], is_busy: bool, onask: &Ask, onback: &Callback<()>) -> Html {
    let line = |(place, row): (usize, &CandidateRow)| {
        let person = row.person.as_ref();
        let (asked, key) = (asked.clone(), row.key.clone());
        let onpress = onask.reform(move |()| (asked.clone(), Some(key.clone())));
        let button = html! {
            <Button id={format!("check-person-{place}")} is_off={is_busy} {onpress}>{ words::CHOOSE_PERSON }</Button>
        };
        let texts = [
            person.map(|person| person.name.clone()),
            person.map(|person| person.name_kana.clone()),
            person.map(|person| person.sex.label().to_owned()),
            row.branch_number.clone(),
        ];
        let texts = texts.into_iter().map(|text| html! { { text.unwrap_or_else(|| words::NOT_WRITTEN.to_owned()) } });
        Line { key: row.key.clone().into(), cells: texts.chain([button]).collect() }
    };
    html! {
        <>
            <div id={RESULT} tabindex="-1">
                <Notice tone={Tone::Warn} role="status" title={words::SEVERAL_TITLE}><p>{ words::SEVERAL_NEXT }</p></Notice>
            </div>
            <Table caption={words::SEVERAL_TITLE} scrolls={words::SEVERAL_SCROLLS} columns={words::SEVERAL_COLUMNS.map(Column::words).to_vec()}
                lines={rows.iter().enumerate().map(line).collect::<Vec<_>>()} empty={Html::default()} />
            <p class="actions"><Button id="check-back" onpress={onback.clone()}>{ text::confirm::CANCEL }</Button></p>
        </>
    }
}
