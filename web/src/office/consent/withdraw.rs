//! 同意取消 from the detail (OT-15): items, reason, a second question, and the patient's receipt.

use shared::api::office::ConsentDetails;
use shared::api::withdrawal::{Withdraw, WithdrawConsent, Withdrawn};
use shared::domain::consent::{ConsentGroup, ItemState};
use shared::domain::withdrawal::WithdrawCause;
use shared::right::{Act, Right, may};
use yew::prelude::*;

use crate::part::copy::print;
use crate::part::field::Input;
use crate::part::{Button, CheckField, Confirm, DefinitionList, Look, Notice, Offer, Panel, Row, SelectField, Tone, field};
use crate::session::use_session;
use crate::text::office::{self as text, withdrawals as words};
use crate::use_call::use_call;

const CAUSE: &str = "withdraw-cause";

/// Says which consent.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct WithdrawPanelProps {
    /// As it stands.
    pub(crate) details: ConsentDetails,
    /// Called with the receipt; the consent reads otherwise from then on.
    pub(crate) onwithdrawn: Callback<Withdrawn>,
}

/// The questions that are agreed to now.
pub(crate) fn agreed(details: &ConsentDetails) -> Vec<ConsentGroup> {
    let is_agreed =
        |group: &ConsentGroup| details.row.items.iter().any(|(item, state)| item.group() == *group && *state == ItemState::Agreed);
    ConsentGroup::ALL.into_iter().filter(is_agreed).collect()
}

fn id_of(group: ConsentGroup) -> String {
    format!("withdraw-{}", group.code())
}

/// True where nothing was ever agreed to, or all of it was taken back one by one: the consent itself still stands.
fn is_bare(details: &ConsentDetails) -> bool {
    let is_over = |state: ItemState| matches!(state, ItemState::Agreed | ItemState::Expired | ItemState::Replaced);
    details.row.replaced_at.is_none() && !details.row.items.iter().any(|(_, state)| is_over(*state))
}

/// What is withdrawn and why; nothing where the consent has ended, or the account may not. One with nothing agreed to ends as a whole.
#[component]
pub(crate) fn WithdrawPanel(props: &WithdrawPanelProps) -> Html {
    let offered = agreed(&props.details);
    // What cannot be undone is proposed by nobody.
    let chosen = use_state(Vec::<ConsentGroup>::new);
    let cause = use_state(String::new);
    let (faults, is_asked) = (use_state(|| (false, false)), use_state(|| false));
    let call = use_call::<WithdrawConsent>();
    let signed_in = use_session();
    let is_bare = is_bare(&props.details);
    if (offered.is_empty() && !is_bare)
        || may(signed_in.session.kind, Act::WithdrawConsent) == Right::No
        || signed_in.session.readable_until.is_some()
    {
        return Html::default();
    }
    let groups: Vec<ConsentGroup> = offered.iter().copied().filter(|group| chosen.contains(group)).collect();
    let why = WithdrawCause::from_word(&cause);
    let onask = {
        let (faults, is_asked, has_groups) = (faults.clone(), is_asked.clone(), is_bare || !groups.is_empty());
        let first = offered.first().map(|group| id_of(*group)).unwrap_or_default();
        Callback::from(move |()| {
            faults.set((!has_groups, why.is_none()));
            match (has_groups, why) {
                (false, _) => field::focus(&first),
                (true, None) => field::focus(CAUSE),
                (true, Some(_)) => is_asked.set(true),
            }
        })
    };
    let onact = {
        let (call, is_asked, groups, id) = (call.clone(), is_asked.clone(), groups.clone(), props.details.row.id.clone());
        let onwithdrawn = props.onwithdrawn.clone();
        Callback::from(move |_: String| {
            let Some(cause) = why else { return };
            let (is_asked, onwithdrawn) = (is_asked.clone(), onwithdrawn.clone());
            call.start(WithdrawConsent { consent: (&id).into() }, Withdraw { groups: groups.clone(), cause }, move |outcome| {
                if let Ok(done) = outcome {
                    is_asked.set(false);
                    onwithdrawn.emit(done);
                }
            });
        })
    };
    let onclose = {
        let (call, is_asked) = (call.clone(), is_asked.clone());
        Callback::from(move |()| {
            call.forget();
            is_asked.set(false);
        })
    };
    let oncause = {
        let cause = cause.clone();
        Callback::from(move |word: String| cause.set(word))
    };
    let (lacks_items, lacks_cause) = *faults;
    let checks = offered.iter().map(|group| {
        let (group, of) = (*group, chosen.clone());
        let onchange = Callback::from(move |is_on: bool| {
            let others = of.iter().copied().filter(|other| *other != group);
            of.set(others.chain(is_on.then_some(group)).collect());
        });
        html! { <CheckField id={id_of(group)} label={words::group(group)} is_on={chosen.contains(&group)} {onchange} /> }
    });
    let fault = (lacks_cause && why.is_none()).then_some(AttrValue::Static(words::CAUSE_MISSING));
    let of = Input { id: CAUSE.into(), value: (*cause).clone().into(), fault, is_held: false, oninput: oncause };
    let offers =
        [Offer { value: "", label: "" }].into_iter().chain(WithdrawCause::ALL.map(|one| Offer { value: one.word(), label: one.label() }));
    let progress = call.progress();
    html! {
        <Panel title={words::ACT} class="detail on-screen">
            <p>{ words::ACT_LEAD }</p>
            if !is_bare {
                <fieldset class="stack">
                    <legend>{ words::ITEMS }</legend>
                    if lacks_items && groups.is_empty() {
                        <Notice tone={Tone::Warn} title={words::ITEMS_MISSING} />
                    }
                    { for checks }
                </fieldset>
            }
            <SelectField {of} label={words::CAUSE} is_required=true offers={offers.collect::<Vec<_>>()} />
            <p class="actions"><Button id="withdraw-ask" onpress={onask}>{ words::GO }</Button></p>
            if *is_asked {
                <Confirm id="withdraw" title={words::ASK} act={words::WITHDRAW} is_busy={progress.is_busy}
                    failed={progress.refusal.as_ref().map(text::refusal)} {onact} {onclose}>
                    <ul>{ for groups.iter().map(|group| html! { <li>{ words::group(*group) }</li> }) }</ul>
                    <p>{ if groups.len() == offered.len() { words::ASK_ALL } else { words::ASK_SOME } }</p>
                </Confirm>
            }
        </Panel>
    }
}

/// Says what was withdrawn.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ReceiptProps {
    /// The receipt.
    pub(crate) done: Withdrawn,
    /// Back to the detail.
    pub(crate) onback: Callback<()>,
}

/// The patient's receipt, on one page when it is printed.
#[component]
pub(crate) fn WithdrawReceipt(props: &ReceiptProps) -> Html {
    let done = &props.done;
    let signed_in = use_session();
    let name = done.details.row.person.as_ref().map_or(words::UNKNOWN.to_owned(), |person| person.name.clone());
    let rows = vec![
        Row::text(words::RECEIPT_NUMBER, done.receipt.clone()),
        Row::text(words::HOUSE, signed_in.session.institution_name.clone()),
        Row::text(words::PATIENT_NAME, name),
        Row::text(words::USE, done.details.visit_kind.label()),
        Row::text(words::CONSENTED, done.details.row.consented_at.jst_minute_text()),
        Row::text(words::AT, done.at.jst_minute_text()),
        Row::text(words::ENDED, words::items(&done.ended)),
        Row::text(words::REST, if done.is_whole { words::REST_NONE } else { words::REST_GOES_ON }),
    ];
    html! {
        <div class="stack withdraw-receipt" id="withdrawn" tabindex="-1">
            <Notice tone={Tone::Good} title={words::DONE}><p>{ words::DONE_NEXT }</p></Notice>
            <Panel title={words::RECEIPT} class="detail"><DefinitionList {rows} /></Panel>
            <p class="actions on-screen">
                <Button look={Look::Primary} id="withdraw-print" onpress={Callback::from(|()| print())}>{ words::PRINT }</Button>
                <Button id="withdraw-back" onpress={props.onback.clone()}>{ words::BACK }</Button>
            </p>
        </div>
    }
}
