//! A check as it is shown: the verdict first, what was answered, what was asked, and by whom.

use shared::api::check::CheckDetails;
use shared::api::office::CoverageChoice;
use shared::domain::asked::NumbersAsked;
use shared::domain::coverage::Validity;
use shared::domain::institution::VisitKind;
use yew::prelude::*;

use super::copied;
use crate::office::consent::coverage;
use crate::part;
use crate::part::copy::print;
use crate::part::{Button, CopyButton, DefinitionList, Look, Notice, Panel, Row, Tone, Verdict, link};
use crate::text::beside as beside_words;
use crate::text::office::{checks as words, consents, detail, hand};

/// Says which check.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct CheckViewProps {
    /// The check.
    pub(crate) details: CheckDetails,
    /// The answer to a choice is out.
    #[prop_or_default]
    pub(crate) is_busy: bool,
    /// Called with a choice among several coverages.
    #[prop_or_default]
    pub(crate) onchoose: Callback<CoverageChoice>,
}

/// The verdict, the coverages, the record.
#[component]
pub(crate) fn CheckView(props: &CheckViewProps) -> Html {
    let details = &props.details;
    let text = copied::text(details);
    html! {
        <>
            { verdict(details) }
            { coverages(props) }
            if let Some(aid) = &details.eligibility.medical_aid {
                <Panel title={beside_words::AID} class="detail">{ part::beside::medical_aid(aid) }</Panel>
            }
            { details.asked.as_ref().map(asked).unwrap_or_default() }
            { about(details) }
            <div class="on-screen">
                <CopyButton id="check-copy" words={words::COPY} {text} look={Look::Secondary} />
                <p class="actions"><Button id="check-print" onpress={Callback::from(|()| print())}>{ hand::PRINT }</Button></p>
            </div>
        </>
    }
}

fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// The one thing to know first, in words and with an icon.
fn verdict(details: &CheckDetails) -> Html {
    let eligibility = &details.eligibility;
    let person = eligibility.person.as_ref();
    let meaning = match &details.chosen {
        Some(chosen) => {
            let place = usize::try_from(chosen.coverage).unwrap_or(usize::MAX);
            detail::settled(place.saturating_add(1), eligibility.coverages.len())
        }
        None => detail::verdict(eligibility.validity).to_owned(),
    };
    let lost = eligibility.coverages.iter().filter_map(|coverage| coverage.disqualified_on.map(|on| (on, coverage.loss_reason.as_deref())));
    html! {
        <Panel title={detail::VERDICT} class="detail__verdict">
            <p class="detail__who">{ person.map_or(consents::PERSON_UNKNOWN, |person| person.name.as_str()) }</p>
            <p><Verdict validity={eligibility.validity} /></p>
            <p>{ meaning }</p>
            if eligibility.validity == Validity::Invalid {
                { for lost.map(|(on, reason)| html! { <p>{ detail::lost(on, reason.unwrap_or_default()) }</p> }) }
            }
            if eligibility.validity == Validity::NotFound {
                <p>{ words::NEXT_STEP_NOT_FOUND }</p>
            }
            if person.is_some_and(shared::domain::person::Person::has_replacement_dot) {
                <Notice tone={Tone::Warn} title={detail::DOT}><p>{ detail::DOT_NEXT }</p></Notice>
            }
        </Panel>
    }
}

fn coverages(props: &CheckViewProps) -> Html {
    let eligibility = &props.details.eligibility;
    let reference = props.details.reference_number.as_deref();
    let of = eligibility.coverages.len();
    let title = |place: usize| match (eligibility.validity, place) {
        (Validity::Replaced, 0) => detail::COVERAGE_NEW.to_owned(),
        (Validity::Replaced, _) => detail::COVERAGE_FORMER.to_owned(),
        _ if of > 1 => detail::coverage_of(place + 1, of),
        _ => detail::COVERAGE.to_owned(),
    };
    html! {
        <>
            if eligibility.coverages.is_empty() && eligibility.person.is_some() {
                <Panel title={detail::COVERAGE} class="detail"><DefinitionList rows={coverage::without(eligibility, reference)} /></Panel>
            }
            { for eligibility.coverages.iter().enumerate().map(|(place, coverage)| html! {
                <Panel title={title(place)} class="detail detail__coverage">
                    { choice(props, place) }
                    { coverage::view(eligibility, coverage, reference) }
                </Panel>
            }) }
        </>
    }
}

/// Whether this coverage is the one that a person chose, and the way to choose it (X31).
fn choice(props: &CheckViewProps, place: usize) -> Html {
    if props.details.eligibility.validity != Validity::Several {
        return Html::default();
    }
    let shown = props.details.chosen.as_ref().map(|chosen| chosen.coverage);
    match &props.details.chosen {
        Some(chosen) if chosen.coverage == number(place) => html! {
            <Notice tone={Tone::Good} title={detail::CHOSEN}><p>{ detail::chosen_by(chosen.at, chosen.by.as_str()) }</p></Notice>
        },
        _ => {
            let onpress = props.onchoose.reform(move |()| CoverageChoice { coverage: number(place), shown });
            html! {
                <p class="actions on-screen">
                    <Button id={format!("coverage-{place}")} is_off={props.is_busy} {onpress}>{ detail::CHOOSE }</Button>
                </p>
            }
        }
    }
}

fn written(text: &str) -> String {
    if text.is_empty() { words::NOT_WRITTEN.to_owned() } else { text.to_owned() }
}

/// What was typed, so that it can be held against the paper later.
fn asked(asked: &NumbersAsked) -> Html {
    let mut rows = vec![
        Row::text(words::OF, asked.of.label()),
        Row::text(words::INSURER, asked.insurer_number.as_str().to_owned()),
        Row::text(words::SYMBOL, written(asked.symbol.as_str())),
        Row::text(words::MEMBER, asked.member_number.as_str().to_owned()),
        Row::text(words::BRANCH, written(asked.branch_number.as_str())),
        Row::text(words::BIRTH, detail::day(asked.birth_date)),
    ];
    rows.extend(asked.paper_until.map(|day| Row::text(words::PAPER_UNTIL, detail::day(day))));
    rows.push(Row::text(words::LIMIT_AGREED, if asked.with_limit { words::AGREED } else { words::NOT_ASKED }));
    rows.extend(asked.collects.map(|who| Row::text(words::COLLECTS, who.label())));
    for (place, pair) in (0_u8..).zip(&asked.subsidies) {
        rows.push(Row::text(words::payer(place), written(pair.payer.as_str())));
        rows.push(Row::text(words::beneficiary(place), written(pair.beneficiary.as_str())));
    }
    let doubts = asked.doubts();
    html! {
        <Panel title={words::ASKED} class="detail">
            <DefinitionList {rows} />
            if !doubts.is_empty() {
                <ul>{ for doubts.into_iter().map(|(number, doubt)| html! { <li>{ words::doubt(number, doubt) }</li> }) }</ul>
            }
        </Panel>
    }
}

fn about(details: &CheckDetails) -> Html {
    let by = details.done_by.as_ref().map_or_else(|| words::BY_JOB.to_owned(), ToString::to_string);
    let mut rows = vec![
        Row::text(words::AT, words::minute(details.eligibility.checked_at)),
        Row::text(words::WAY, details.check_way.label()),
        Row::text(words::MEDIUM, details.medium.label()),
    ];
    rows.extend(details.visit_kind.map(|kind| Row::text(words::USE, VisitKind::label(kind))));
    rows.extend([Row::text(words::BY, by), Row::text(words::STATE, details.state.label())]);
    html! {
        <Panel title={words::ABOUT} class="detail">
            <DefinitionList {rows} />
            if let Some(consent) = &details.consent {
                <p class="on-screen">{ link(&format!("/o/consents/{consent}"), None, words::CONSENT) }</p>
            }
        </Panel>
    }
}
