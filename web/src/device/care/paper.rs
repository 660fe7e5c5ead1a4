//! DA-13 資格確認書で確認: the same check as at the office (OT-12), by large keys.

use shared::api::check::{CheckAnswer, CheckByNumber, CheckDetails, ChooseCheckCoverage, NumberCheck};
use shared::api::day::Insurance;
use shared::api::later::{PastAsked, PastResults};
use shared::api::office::CoverageChoice;
use shared::domain::asked::{AskedNumber, AskedOf, NumbersAsked};
use shared::domain::calendar::CivilDate;
use shared::domain::coverage::Provided;
use shared::domain::note::Note;
use shared::domain::number::{branch_doubt, insurer_doubt};
use shared::domain::typed;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::pad::{Key, Pad, pressed};
use crate::office::checks::form::{self, Typed};
use crate::office::checks::number::{RESULT, Stage, doubted, several};
use crate::office::checks::view::CheckView;
use crate::part::field::{self, Input};
use crate::part::send_form::form_failure;
use crate::part::{Button, DateField, Field, LiveRegion, Look, Notice, Offer, RadioField, SendForm, Tone};
use crate::session::use_session;
use crate::text::office::{self as text, care::paper as words, checks};
use crate::use_call::use_call;
use crate::use_form::{Faults, Form, use_form};

const SHARE: &str = "check-share";
const KANA: &str = "check-kana";
const SEND: &str = "check-send";

/// What was typed. No `Debug`: it is a person's.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Paper {
    pub(super) of: Typed,
    /// 負担割合 in percent as the paper says it; empty: nothing is said.
    pub(super) share: String,
    kana: String,
}

impl Paper {
    /// What the list of the day knows.
    pub(super) fn of_list(insurance: Option<&Insurance>, birth_date: Option<CivilDate>, kana: &str) -> Self {
        let mut of = Typed::default();
        if let Some(insurance) = insurance {
            insurance.insurer_number.as_str().clone_into(&mut of.insurer);
            insurance.symbol.as_str().clone_into(&mut of.symbol);
            insurance.member_number.as_str().clone_into(&mut of.member);
            insurance.branch_number.as_str().clone_into(&mut of.branch);
        }
        of.birth = birth_date.map(CivilDate::slashed).unwrap_or_default();
        Self { of, share: String::new(), kana: kana.to_owned() }
    }

    /// 負担割合 of the paper is another one than the answer's.
    pub(super) fn is_other_share(share: &str, details: &CheckDetails) -> bool {
        let said = details.eligibility.coverages.first().map(|coverage| &coverage.copay_ratio);
        matches!((share.parse::<u8>(), said), (Ok(typed), Some(Provided::Value(found))) if typed != found.0)
    }
}

/// A field that the pad types into.
struct Slot {
    id: &'static str,
    is_day: bool,
    of: fn(&mut Paper) -> &mut String,
}

const SLOTS: [Slot; 6] = [
    Slot { id: form::INSURER, is_day: false, of: |paper| &mut paper.of.insurer },
    Slot { id: form::SYMBOL, is_day: false, of: |paper| &mut paper.of.symbol },
    Slot { id: form::MEMBER, is_day: false, of: |paper| &mut paper.of.member },
    Slot { id: form::BRANCH, is_day: false, of: |paper| &mut paper.of.branch },
    Slot { id: form::BIRTH, is_day: true, of: |paper| &mut paper.of.birth },
    Slot { id: form::UNTIL, is_day: true, of: |paper| &mut paper.of.until },
];

/// Says what is known already, and what follows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PaperCheckProps {
    /// What stands in the fields at first.
    #[prop_or_default]
    pub(super) start: Paper,
    /// Called once the check is kept.
    #[prop_or_default]
    pub(crate) onmade: Callback<CheckDetails>,
    /// The way on stands elsewhere.
    #[prop_or_default]
    pub(crate) is_part: bool,
}

/// The form, and what came of it.
#[component]
pub(crate) fn PaperCheck(props: &PaperCheckProps) -> Html {
    let today = use_session().now().jst_date();
    let form = use_form({
        let start = props.start.clone();
        move || start
    });
    let stage = use_state(Stage::default);
    let share = use_state(String::new);
    let (call, choice) = (use_call::<CheckByNumber>(), use_call::<ChooseCheckCoverage>());
    let ask = {
        let (form, stage, call, share, onmade) = (form.clone(), stage.clone(), call.clone(), share.clone(), props.onmade.clone());
        Callback::from(move |(asked, chosen): (NumbersAsked, Option<String>)| {
            let (form, stage, share, onmade) = (form.clone(), stage.clone(), share.clone(), onmade.clone());
            call.start(CheckByNumber, NumberCheck { asked: asked.clone(), chosen }, move |outcome| match outcome {
                Ok(CheckAnswer::Made(details)) => {
                    share.set(form.typed.share.clone());
                    form.set(Paper::default());
                    onmade.emit((*details).clone());
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
            let Some(asked) = form.read(|paper| paper.of.check(AskedOf::Paper)) else { return stage.set(Stage::Form) };
            if asked.doubts().is_empty() && !asked.is_past(today) { ask.emit((asked, None)) } else { stage.set(Stage::Doubted(asked)) }
        })
    };
    let onback = {
        let (stage, call) = (stage.clone(), call.clone());
        Callback::from(move |()| {
            call.forget();
            stage.set(Stage::Form);
            field::focus(form::INSURER);
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
    let is_news = !matches!(*stage, Stage::Form | Stage::Doubted(_));
    use_effect_with(is_news, |is_news| is_news.then_some(RESULT).into_iter().for_each(field::focus));
    let progress = call.progress();
    match &*stage {
        Stage::Made(details) => {
            let progress = choice.progress();
            html! {
                <>
                    <div id={RESULT} tabindex="-1" class="on-screen"><Notice tone={Tone::Good} role="status" title={checks::KEPT} /></div>
                    if Paper::is_other_share(&share, details) {
                        <Notice tone={Tone::Warn} title={words::OTHER_SHARE}><p>{ words::OTHER_SHARE_NEXT }</p></Notice>
                    }
                    if let Some(refusal) = &progress.refusal {
                        { form_failure(&text::refusal(refusal)) }
                    }
                    <CheckView details={(**details).clone()} is_busy={progress.is_busy} {onchoose} />
                    if !props.is_part {
                        <p class="actions on-screen"><Button id="check-next" look={Look::Primary} onpress={onback}>{ checks::NEXT }</Button></p>
                    }
                </>
            }
        }
        Stage::Several(asked, rows) => several(asked, rows, progress.is_busy, &ask, &onback),
        Stage::Form | Stage::Doubted(_) => html! {
            <>
                <p>{ words::LEAD }</p>
                if !props.is_part {
                    <Before form={form.clone()} />
                }
                <PaperForm form={form.held(progress.is_busy)} is_busy={progress.is_busy} {onsubmit}
                    failed={progress.refusal.as_ref().map(text::refusal)} />
                if let Stage::Doubted(asked) = &*stage {
                    { doubted(asked, today, progress.is_busy, &ask, &onback) }
                }
            </>
        },
    }
}

/// Says what the form holds.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct PaperFormProps {
    pub(super) form: Form<Paper>,
    #[prop_or_default]
    pub(super) is_busy: bool,
    #[prop_or_default]
    pub(super) failed: Option<crate::text::Say>,
    #[prop_or_default]
    pub(super) onsubmit: Callback<()>,
}

/// The fields beside the pad.
#[component]
pub(super) fn PaperForm(props: &PaperFormProps) -> Html {
    let form = &props.form;
    let active = use_state(|| form::INSURER);
    let onfocusin = {
        let active = active.clone();
        Callback::from(move |event: FocusEvent| {
            let id = event.target_dyn_into::<HtmlElement>().map(|element| element.id()).unwrap_or_default();
            if let Some(slot) = SLOTS.iter().find(|slot| slot.id == id) {
                active.set(slot.id);
            }
        })
    };
    let place = SLOTS.iter().position(|slot| slot.id == *active).unwrap_or(0);
    let onkey = {
        let form = form.clone();
        Callback::from(move |key: Key| {
            let (Some(slot), next) = (SLOTS.get(place), SLOTS.get(place + 1)) else { return };
            if key == Key::Next {
                return field::focus(next.map_or(SEND, |slot| slot.id));
            }
            if !form.is_held() {
                form.edit(move |paper: &mut Paper, key: Key| *(slot.of)(paper) = pressed((slot.of)(paper), key)).emit(key);
            }
            field::focus(slot.id);
        })
    };
    let hint = |number: AskedNumber, doubt: Option<_>| doubt.map(|doubt| checks::doubt(number, doubt)).unwrap_or_default();
    let insurer = typed::number(&form.typed.of.insurer);
    // Six digits may become eight: seven are none of either.
    let insurer_hint =
        hint(AskedNumber::Insurer, Some(&insurer).filter(|digits| matches!(digits.len(), 6 | 8..)).and_then(|of| insurer_doubt(of)));
    let branch = typed::number(&form.typed.of.branch);
    let branch_hint = hint(AskedNumber::Branch, Some(&branch).filter(|digits| digits.len() >= 2).and_then(|of| branch_doubt(of)));
    let said = |id: &'static str, words: String| html! { <LiveRegion class="paper-check__hint"><p {id}>{ words }</p></LiveRegion> };
    let share = Input {
        id: SHARE.into(),
        value: form.typed.share.clone().into(),
        fault: None,
        is_held: form.is_held(),
        oninput: form.edit(|paper: &mut Paper, word: String| paper.share = word),
    };
    let offers = words::SHARES.into_iter().map(|(value, label)| Offer { value, label });
    let offers: Vec<Offer> = offers.chain([Offer { value: "", label: words::SHARE_NONE }]).collect();
    let digits = "none";
    html! {
        <div class="paper-check" {onfocusin}>
            <SendForm id={SEND} submit={checks::CHECK} is_busy={props.is_busy} failed={props.failed.clone()} onsubmit={props.onsubmit.clone()}>
                <Field of={form.input(form::INSURER, |paper| &mut paper.of.insurer)} label={checks::INSURER} hint={checks::INSURER_HINT}
                    is_required=true inputmode={digits} described_by="check-insurer-doubt" />
                { said("check-insurer-doubt", insurer_hint) }
                <Field of={form.input(form::SYMBOL, |paper| &mut paper.of.symbol)} label={checks::SYMBOL} hint={checks::SYMBOL_HINT} />
                <Field of={form.input(form::MEMBER, |paper| &mut paper.of.member)} label={checks::MEMBER} is_required=true inputmode={digits} />
                <Field of={form.input(form::BRANCH, |paper| &mut paper.of.branch)} label={checks::BRANCH} hint={checks::BRANCH_HINT}
                    inputmode={digits} described_by="check-branch-doubt" />
                { said("check-branch-doubt", branch_hint) }
                <DateField of={form.input(form::BIRTH, |paper| &mut paper.of.birth)} label={checks::BIRTH} is_required=true />
                <DateField of={form.input(form::UNTIL, |paper| &mut paper.of.until)} label={checks::PAPER_UNTIL} />
                <RadioField of={share} label={words::SHARE} {offers} />
            </SendForm>
            <Pad is_day={SLOTS.get(place).is_some_and(|slot| slot.is_day)} {onkey} />
        </div>
    }
}

/// Says into which form.
#[derive(Clone, PartialEq, Properties)]
struct BeforeProps {
    form: Form<Paper>,
}

/// The numbers of the last check of somebody who is known here, for a person to hold against the paper.
#[component]
fn Before(props: &BeforeProps) -> Html {
    let form = &props.form;
    let look = use_call::<PastResults>();
    let found = use_state(|| None::<bool>);
    let onfind = {
        let (form, look, found) = (form.clone(), look.clone(), found.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let asked = form.read(|paper| {
                let kana = Note::try_from(paper.kana.trim()).ok().filter(|kana: &Note<100>| !kana.is_empty());
                let birth = CivilDate::from_typed(paper.of.birth.trim()).ok();
                match (kana, birth) {
                    (Some(kana), Some(birth_date)) => Ok(PastAsked { kana, birth_date }),
                    (kana, birth) => Err(Faults::default()
                        .note(KANA, kana.is_none().then_some(words::NO_KANA))
                        .note(BEFORE_BIRTH, birth.is_none().then_some(checks::NO_BIRTH))),
                }
            });
            let Some(asked) = asked else { return look.forget() };
            let (form, found) = (form.clone(), found.clone());
            look.start(PastResults, asked, move |outcome| {
                let Ok(past) = outcome else { return };
                let last = past.rows.into_iter().find(|row| !row.eligibility.coverages.is_empty());
                found.set(Some(last.is_some()));
                if let Some(row) = last {
                    let mut typed = form.typed.clone();
                    typed.of.take_over(&row.eligibility);
                    form.set(typed);
                }
            });
        })
    };
    let progress = look.progress();
    html! {
        <details class="panel">
            <summary>{ words::BEFORE }</summary>
            <form class="form" onsubmit={onfind} novalidate=true>
                <Field of={form.input(KANA, |paper| &mut paper.kana)} label={words::KANA} />
                <DateField of={form.input(BEFORE_BIRTH, |paper| &mut paper.of.birth)} label={checks::BIRTH} />
                <p class="actions"><Button id="check-before" submits=true is_off={progress.is_busy}>{ words::FIND }</Button></p>
            </form>
            if let Some(refusal) = progress.refusal.map(crate::remote::unchanged) {
                { form_failure(&text::refusal(&refusal)) }
            }
            <LiveRegion>
                if let Some(is_found) = *found {
                    <p>{ if is_found { words::FOUND } else { words::NONE_BEFORE } }</p>
                }
            </LiveRegion>
        </details>
    }
}

const BEFORE_BIRTH: &str = "check-before-birth";
