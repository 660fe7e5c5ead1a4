//! DA-10, DA-11 資格確認結果: the verdict first, the person and 負担割合, then every field in the order in which staff copy them.

use std::rc::Rc;

use shared::api::bedside::BedsideResult;
use shared::api::check::CheckDetails;
use shared::domain::check::CheckState;
use shared::domain::coverage::Validity;
use shared::domain::institution::VisitKind;
use shared::domain::person::Person;
use yew::prelude::*;

use super::number::Number;
use super::read::not_begun;
use super::send::use_filing;
use crate::office::checks::copied;
use crate::office::consent::copied::text_of_coverage;
use crate::office::consent::coverage;
use crate::part::copy::print;
use crate::part::{self, Button, CopyButton, DefinitionList, Dialog, Heading, Look, Notice, Panel, Row, Tone, Verdict};
use crate::reception::screen::result::{head_rows, item_row};
use crate::text::beside as beside_words;
use crate::text::office::{bedside as words, checks, detail, hand};
use crate::text::reception as t;
use crate::use_call::Progress;

/// Says which result.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct ResultScreenProps {
    pub(super) result: Rc<BedsideResult>,
    /// It is closed, filed or not.
    pub(super) onclose: Callback<()>,
}

/// The result with its two ways out.
#[component]
pub(super) fn ResultScreen(props: &ResultScreenProps) -> Html {
    let filing = use_filing(&props.result.visit, &props.onclose);
    let (is_busy, is_waiting) = (filing.sending.is_busy, filing.sending.is_waiting);
    let asks = use_state(|| false);
    let is_filed = props.result.is_filed;
    let onclose = {
        let (asks, onclose) = (asks.clone(), props.onclose.clone());
        Callback::from(move |()| if is_filed || is_waiting { onclose.emit(()) } else { asks.set(true) })
    };
    let onstay = {
        let asks = asks.clone();
        Callback::from(move |()| asks.set(false))
    };
    html! {
        <>
            <ResultView result={props.result.clone()} />
            { not_begun(&Progress { is_busy, refusal: filing.sending.refusal.clone() }) }
            <div class="actions on-screen">
                if is_filed {
                    <p>{ words::FILED }</p>
                } else {
                    <Button id="file" look={Look::Primary} is_off={is_busy} onpress={filing.onfile.clone()}>{ words::FILE }</Button>
                }
                <Button id="close" is_off={is_busy && !is_waiting} onpress={onclose}>{ words::CLOSE }</Button>
            </div>
            <p class="on-screen">{ words::FILE_MEANING }</p>
            if *asks {
                <Dialog id="close-asks" title={words::CLOSE_ASK} onclose={onstay.clone()}>
                    <p>{ words::CLOSE_ASK_NEXT }</p>
                    <div class="actions">
                        <Button id="close-stay" onpress={onstay}>{ words::STAY }</Button>
                        <Button id="close-go" look={Look::Primary} onpress={props.onclose.clone()}>{ words::CLOSE }</Button>
                    </div>
                </Dialog>
            }
        </>
    }
}

/// Says which result.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct ResultViewProps {
    pub(super) result: Rc<BedsideResult>,
}

/// The result as it is read, copied and printed.
#[component]
pub(super) fn ResultView(props: &ResultViewProps) -> Html {
    // What was typed here stands with this result and no other.
    let typed = use_state(|| None::<(String, String)>);
    let (visit, kept) = (props.result.visit.clone(), typed.clone());
    let onkept = Callback::from(move |number| kept.set(Some((visit.clone(), number))));
    let typed = typed.as_ref().filter(|(visit, _)| *visit == props.result.visit).map(|(_, number)| number.clone());
    let result = &typed.as_ref().map_or_else(
        || props.result.clone(),
        |number| Rc::new(BedsideResult { reference_number: Some(number.clone()), ..props.result.as_ref().clone() }),
    );
    let eligibility = &result.eligibility;
    let reference = result.reference_number.as_deref();
    let of = eligibility.coverages.len();
    let title = |place: usize| match (eligibility.validity, place) {
        (Validity::Replaced, 0) => detail::COVERAGE_NEW.to_owned(),
        (Validity::Replaced, _) => detail::COVERAGE_FORMER.to_owned(),
        _ if of > 1 => detail::coverage_of(place + 1, of),
        _ => detail::COVERAGE.to_owned(),
    };
    let has_dot = eligibility.person.as_ref().is_some_and(Person::has_replacement_dot)
        || eligibility.addresses().into_iter().any(|address| address.contains('●'));
    html! {
        <>
            <Heading text={if result.consent.is_some() { words::DONE_CONSENT } else { words::DONE }} />
            <div class="result__head">
                <p class="result__verdict"><Verdict validity={eligibility.validity} /></p>
                <DefinitionList rows={head_rows(eligibility)} />
            </div>
            <p>{ detail::verdict(eligibility.validity) }</p>
            <Notice title={words::GIVE_BACK} />
            if result.is_grace {
                <Notice tone={Tone::Warn} title={words::GRACE} code="U-X08">
                    { for result.certificate_ends_on.map(|on| html! { <p>{ words::grace(on) }</p> }) }
                    <p class="say__code">{ "U-X08" }</p>
                </Notice>
            } else if let Some(on) = result.certificate_ends_on {
                <Notice tone={Tone::Warn} title={words::ends_soon(on)} code="U-X07"><p class="say__code">{ "U-X07" }</p></Notice>
            }
            if has_dot {
                <Notice tone={Tone::Warn} title={detail::DOT} code="U-X33"><p>{ detail::DOT_NEXT }</p></Notice>
            }
            if eligibility.coverages.is_empty() && eligibility.person.is_some() {
                <Panel title={detail::COVERAGE} class="detail"><DefinitionList rows={coverage::without(eligibility, reference)} /></Panel>
            }
            { for eligibility.coverages.iter().enumerate().map(|(place, of)| html! {
                <Panel title={title(place)} class="detail detail__coverage">{ coverage::view(eligibility, of, reference) }</Panel>
            }) }
            if let Some(aid) = &eligibility.medical_aid {
                <Panel title={beside_words::AID} class="detail">{ part::beside::medical_aid(aid) }</Panel>
            }
            if !eligibility.subsidy_answer.is_not_asked() {
                <Panel title={beside_words::SUBSIDIES} class="detail">{ part::beside::subsidies(eligibility) }</Panel>
            }
            { consents(result) }
            { record(result) }
            if reference.is_none() && eligibility.person.is_some() {
                if let Some(consent) = &result.consent {
                    <Number consent={consent.id.clone()} {onkept} />
                } else {
                    <Notice title={words::REFERENCE_ASK}><p>{ words::REFERENCE_ASK_OFFICE }</p></Notice>
                }
            }
            if typed.is_some() {
                <Notice tone={Tone::Good} role="status" title={words::REFERENCE_KEPT} />
            }
            <div class="on-screen">
                <CopyButton id="result-copy" words={checks::COPY} text={text_of(result)} look={Look::Secondary} />
                <p class="actions"><Button id="result-print" onpress={Callback::from(|()| print())}>{ hand::PRINT }</Button></p>
            </div>
        </>
    }
}

fn consents(result: &BedsideResult) -> Html {
    let Some(consent) = &result.consent else { return html! { <p>{ words::NO_CONSENT }</p> } };
    let of = Row::text(VisitKind::NAME, consent.visit_kind.label());
    let mut rows = vec![Row::text(t::RECEIPT, consent.receipt.clone()), of, Row::text(t::UNTIL, words::until(consent.expires_at))];
    rows.extend(consent.items.iter().map(|(item, state)| item_row(*item, *state)));
    html! { <Panel title={words::CONSENTS} class="detail"><DefinitionList {rows} /></Panel> }
}

fn record(result: &BedsideResult) -> Html {
    let signed = if result.checks.signature { detail::DONE } else { words::SIGNED_NO };
    let rows = vec![
        Row::text(checks::WAY, result.check_way.label()),
        Row::text(checks::MEDIUM, result.medium.label()),
        Row::text(checks::AT, checks::minute(result.done_at)),
        Row::text(checks::BY, result.done_by.as_str().to_owned()),
        Row::text(words::SIGNED, signed),
    ];
    html! { <Panel title={words::RECORD} class="detail"><DefinitionList {rows} /><p>{ detail::REVOCATION_NOT_CHECKED }</p></Panel> }
}

/// The text to copy: of one coverage as the official app writes it, which other programs read (X31: of several, all that there is).
fn text_of(result: &BedsideResult) -> String {
    match result.eligibility.coverages.as_slice() {
        [one] => text_of_coverage(&result.eligibility, one, result.reference_number.as_deref()),
        _ => copied::text(&details(result)),
    }
}

/// The same as the office's checks have it: for the text to copy.
fn details(result: &BedsideResult) -> CheckDetails {
    CheckDetails {
        id: result.check.clone().unwrap_or_default(),
        visit_kind: result.consent.as_ref().map(|consent| consent.visit_kind),
        consent: result.consent.as_ref().map(|consent| consent.id.clone()),
        check_way: result.check_way,
        medium: result.medium,
        done_by: Some(result.done_by.clone()),
        state: CheckState::Done,
        asked: None,
        reference_number: result.reference_number.clone(),
        eligibility: result.eligibility.clone(),
        chosen: None,
    }
}
