//! What OT-20 shows.

use shared::api::office::ConsentDetails;
use shared::api::reference::{LinkCorrection, PersonCard, PersonFile};
use shared::domain::reference::LinkReason;
use yew::prelude::*;

use super::{FIND, NOTE, NUMBER, REASON, Search, Typed};
use crate::part::said::said;
use crate::part::send_form::form_failure;
use crate::part::{
    Button, Confirm, DefinitionList, Field, LiveRegion, Notice, Offer, Panel, Row, SelectField, SendForm, TextArea, Tone, link,
};
use crate::remote::{Remote, unchanged};
use crate::text::office::{self as text, consents, detail, detail::field, references as words};
use crate::use_call::Progress;
use crate::use_form::Form;

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LinkViewProps {
    /// The consent.
    pub(crate) id: String,
    /// The result, and what is known of its person.
    pub(crate) remote: Remote<(ConsentDetails, PersonFile)>,
    /// What was typed.
    pub(crate) form: Form<Typed>,
    /// The other person.
    #[prop_or_default]
    pub(crate) search: Search,
    /// The second question; `None` while it is not asked.
    #[prop_or_default]
    pub(crate) asked: Option<LinkCorrection>,
    /// How far the search has come.
    #[prop_or_default]
    pub(crate) finding: Progress,
    /// How far 「まちがいと記録」 has come.
    #[prop_or_default]
    pub(crate) holding: Progress,
    /// How far the correction has come.
    #[prop_or_default]
    pub(crate) correcting: Progress,
    /// What was done a moment ago.
    #[prop_or_default]
    pub(crate) said: Option<&'static str>,
    /// Called on 探す.
    #[prop_or_default]
    pub(crate) onfind: Callback<()>,
    /// Called with who was chosen.
    #[prop_or_default]
    pub(crate) onchoose: Callback<Option<PersonCard>>,
    /// Says that the link is wrong, or right after all.
    #[prop_or_default]
    pub(crate) onhold: Callback<bool>,
    /// Asks the second question.
    #[prop_or_default]
    pub(crate) onnext: Callback<()>,
    /// Leaves it.
    #[prop_or_default]
    pub(crate) onleave: Callback<()>,
    /// Does it.
    #[prop_or_default]
    pub(crate) oncorrect: Callback<String>,
    /// Asks the server again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// Two people, what was handed on, the right link.
#[component]
pub(crate) fn LinkView(props: &LinkViewProps) -> Html {
    html! {
        <>
            <p>{ words::LINK_LEAD }</p>
            <p>{ link(&format!("/o/consents/{}", props.id), None, words::TO_DETAIL) }</p>
            { said(props.said) }
            { props.remote.view(&props.on_retry, |(details, file)| filled(props, details, file)) }
        </>
    }
}

fn name_of(details: &ConsentDetails) -> &str {
    details.row.person.as_ref().map_or(consents::PERSON_UNKNOWN, |person| person.name.as_str())
}

fn filled(props: &LinkViewProps, details: &ConsentDetails, file: &PersonFile) -> Html {
    let row = file.reference.as_ref();
    let number = row.and_then(|row| row.number.clone());
    let is_held = row.is_some_and(|row| row.held_at.is_some());
    let this = PersonCard {
        consent: details.row.id.clone(),
        person: details.row.person.clone(),
        address: details.eligibility.coverages.first().and_then(|coverage| coverage.address.clone()),
        insurance: file.results.first().map(|result| result.insurance.clone()).unwrap_or_default(),
        number: number.clone(),
        at: details.row.consented_at,
    };
    html! {
        <>
            if is_held {
                <Notice tone={Tone::Warn} code="U-X62" title={words::HELD}><p>{ words::HELD_NEXT }</p></Notice>
            }
            if number.is_none() && !is_held {
                <Notice tone={Tone::Info} title={words::NOT_LINKED}><p>{ words::NOT_LINKED_NEXT }</p></Notice>
            }
            <div class="link-pair">
                <Panel title={words::THIS_PERSON} class="detail"><DefinitionList rows={card_rows(&this)} /></Panel>
                <Panel title={words::OTHER_PERSON} class="detail">{ other(props, &this) }</Panel>
            </div>
            <Panel title={words::SENT} class="detail">{ sent(file) }</Panel>
            { hold(props, is_held) }
            if number.is_some() || is_held {
                { correction(props) }
            }
            if let Some(asked) = &props.asked {
                { question(props, details, number.as_deref(), asked) }
            }
        </>
    }
}

/// The same rows for both, so that they can be compared line by line.
fn card_rows(card: &PersonCard) -> Vec<Row> {
    let missing = || detail::NOT_WRITTEN.to_owned();
    let person = card.person.as_ref();
    vec![
        Row::text(field::KANA, person.map_or_else(missing, |person| person.name_kana.clone())),
        Row::text(field::NAME, person.map_or_else(missing, |person| person.name.clone())),
        Row::text(field::BIRTH, person.map_or_else(missing, |person| detail::day(person.birth_date))),
        Row::text(field::SEX, person.map_or_else(missing, |person| person.sex.label().to_owned())),
        Row::text(words::ADDRESS, card.address.clone().unwrap_or_else(missing)),
        Row::text(words::INSURANCE, card.insurance.clone()),
        Row::text(words::NUMBER, card.number.clone().unwrap_or_else(|| words::NEVER.to_owned())),
        Row::text(words::RESULT_DAY, card.at.jst_minute_text()),
    ]
}

fn other(props: &LinkViewProps, this: &PersonCard) -> Html {
    if let Some(card) = &props.search.chosen {
        return html! {
            <>
                <DefinitionList rows={card_rows(card)} />
                <p class="actions"><Button id="link-rechoose" onpress={props.onchoose.reform(|()| None)}>{ words::CHOOSE_NONE }</Button></p>
            </>
        };
    }
    let found = match &props.search.found {
        None => html! { <p>{ words::OTHER_UNKNOWN }</p> },
        Some(people) if people.is_empty() => html! { <p>{ words::FOUND_NONE }</p> },
        Some(people) => html! {
            { for people.iter().enumerate().map(|(place, card)| {
                // The person's results have the newest one in common, whichever number led to them.
                let is_same = card.person == this.person && card.insurance == this.insurance && card.number == this.number;
                let chosen = card.clone();
                html! {
                    <div class="link-pair__found">
                        <DefinitionList rows={card_rows(card)} />
                        if is_same {
                            <p>{ words::SAME_ONE }</p>
                        } else {
                            <p class="actions">
                                <Button id={format!("link-choose-{place}")} onpress={props.onchoose.reform(move |()| Some(chosen.clone()))}>
                                    { words::CHOOSE }
                                </Button>
                            </p>
                        }
                    </div>
                }
            }) }
        },
    };
    html! {
        <>
            <SendForm id="link-find-go" submit={words::FIND} failed={props.finding.refusal.clone().map(unchanged).as_ref().map(text::refusal)}
                is_busy={props.finding.is_busy} onsubmit={props.onfind.clone()}>
                <Field of={props.form.input(FIND, |typed| &mut typed.find)} label={words::FIND_LABEL} hint={words::FIND_HINT} />
            </SendForm>
            <LiveRegion>{ found }</LiveRegion>
        </>
    }
}

fn sent(file: &PersonFile) -> Html {
    let there = file.reference.as_ref().and_then(|row| words::stays_there(row.number.as_deref()?, row.state));
    if file.sent.is_empty() && there.is_none() {
        return html! { <p>{ words::SENT_NONE }</p> };
    }
    html! {
        <>
            <ul class="link-sent">
                { for there.iter().map(|what| html! { <li>{ what }</li> }) }
                { for file.sent.iter().map(|of| html! { <li>{ words::sent(of.at, of.what, of.number.as_deref()) }</li> }) }
            </ul>
            <p>{ words::SENT_NEXT }</p>
        </>
    }
}

fn hold(props: &LinkViewProps, is_held: bool) -> Html {
    let act = if is_held { words::MARK_RIGHT } else { words::MARK_WRONG };
    html! {
        <>
            if !is_held {
                <p>{ words::MARK_LEAD }</p>
            }
            if let Some(refusal) = &props.holding.refusal {
                { form_failure(&text::refusal(refusal)) }
            }
            <p class="actions">
                <Button id="link-hold" is_off={props.holding.is_busy} onpress={props.onhold.reform(move |()| !is_held)}>{ act }</Button>
            </p>
        </>
    }
}

fn correction(props: &LinkViewProps) -> Html {
    let form = &props.form;
    let none = [Offer { value: "", label: words::CHOOSE_REASON }];
    let offers = none.into_iter().chain(LinkReason::ALL.map(|reason| Offer { value: reason.word(), label: reason.label() }));
    html! {
        <Panel title={words::FORM} class="detail">
            <SendForm id="link-next" submit={words::NEXT} onsubmit={props.onnext.clone()}>
                <Field of={form.input(NUMBER, |typed| &mut typed.number)} label={words::RIGHT_NUMBER} hint={words::RIGHT_NUMBER_HINT} />
                <SelectField of={form.input(REASON, |typed| &mut typed.reason)} label={words::REASON} is_required=true
                    offers={offers.collect::<Vec<_>>()} />
                <TextArea of={form.input(NOTE, |typed| &mut typed.note)} label={words::NOTE} hint={words::NOTE_HINT} />
            </SendForm>
        </Panel>
    }
}

/// What follows from it, once more in words.
fn question(props: &LinkViewProps, details: &ConsentDetails, present: Option<&str>, asked: &LinkCorrection) -> Html {
    let this = name_of(details);
    let other = props.search.chosen.as_ref().and_then(|card| card.person.as_ref()).map(|person| person.name.as_str());
    let present = present.unwrap_or_default();
    html! {
        <Confirm id="link-ask" title={words::ASK_TITLE} act={words::CORRECT} is_busy={props.correcting.is_busy}
            failed={props.correcting.refusal.as_ref().map(text::refusal)} onact={props.oncorrect.clone()} onclose={props.onleave.clone()}>
            <ul>
                if let Some(other) = other {
                    <li>{ words::will_move(present, other) }</li>
                }
                <li>{ match &asked.number {
                    Some(number) => words::will_get(number.as_str(), this),
                    None => words::will_lose(present, this),
                } }</li>
                <li>{ format!("{}: {}", words::REASON, asked.reason.label()) }</li>
            </ul>
            <p>{ words::LINK_LEAD }</p>
        </Confirm>
    }
}
