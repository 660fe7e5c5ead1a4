//! One person seen in an opening (OT-17e). On paper each page says on what ground, by whom and when.

use shared::api::opening::{MedicalInOpening, OpenedMedical, OpenedView, OpeningRow};
use shared::domain::medical::MedicalKind;
use shared::domain::opening::{ConsentGround, GroundWord, OpeningKind};
use yew::prelude::*;

use super::{area_words, ground_words};
use crate::office::consent::coverage;
use crate::office::medical::checkup;
use crate::office::medical::document::{Grouping, Period, part};
use crate::part::copy::print;
use crate::part::send_form::form_failure;
use crate::part::{Button, DefinitionList, Look, Notice, Panel, Row, Tone, Verdict};
use crate::text::office::{self as text, detail, medical, openings as outer, openings::search as words};
use crate::use_call::use_call;

/// A ground in words.
pub(super) fn consent_words(ground: &ConsentGround) -> String {
    match ground.word {
        GroundWord::Oral => ground.word.label().to_owned(),
        GroundWord::Unable => format!("{}: {}", ground.word.label(), ground.reason.as_str()),
    }
}

/// Eligibility, and in a disaster the place of the medical information.
pub(super) fn view(row: &OpeningRow, seen: &OpenedView, onclose: Callback<()>) -> Html {
    let (user, name) = &seen.viewer;
    let mut head = vec![
        Row::text(outer::KIND, format!("{}({})", seen.kind.label(), area_words(row))),
        Row::text(outer::COLUMNS[3], ground_words(&row.opening.ground)),
    ];
    head.extend(seen.ground.as_ref().map(|ground| Row::text(words::GROUND_TITLE, consent_words(ground))));
    head.extend([Row::text(words::VIEWER, format!("{name}({user})")), Row::text(words::AT, seen.at.jst_minute_text())]);
    let eligibility = &seen.eligibility;
    let onprint = Callback::from(|()| print());
    html! {
        <div class="each-page" id="opening-seen">
            <div class="each-page__head"><DefinitionList rows={head} /></div>
            <div class="each-page__body">
                <div class="on-screen">
                    <Notice tone={Tone::Info} title={words::TO_CHECK}><p>{ words::NOT_KEPT }</p></Notice>
                </div>
                <Panel title={detail::VERDICT} class="detail__verdict">
                    if let Some(person) = &eligibility.person {
                        <p class="detail__who">{ &person.name }</p>
                    }
                    <p><Verdict validity={eligibility.validity} /></p>
                    <p>{ detail::verdict(eligibility.validity) }</p>
                </Panel>
                if eligibility.coverages.is_empty() {
                    <Panel title={detail::COVERAGE} class="detail"><DefinitionList rows={coverage::without(eligibility, None)} /></Panel>
                }
                { for eligibility.coverages.iter().map(|of| html! {
                    <Panel title={detail::COVERAGE} class="detail detail__coverage">{ coverage::view(eligibility, of, None) }</Panel>
                }) }
                if seen.kind == OpeningKind::Disaster {
                    <Medical check={seen.check.clone()} />
                }
                <p class="actions on-screen">
                    <Button id="opening-print" look={Look::Secondary} onpress={onprint}>{ words::PRINT }</Button>
                    <Button id="opening-next" onpress={onclose}>{ words::AGAIN }</Button>
                </p>
            </div>
        </div>
    }
}

/// Says of which view.
#[derive(Clone, PartialEq, Properties)]
struct MedicalProps {
    /// The check that it was kept as.
    check: String,
}

/// 手術, 診療, 薬剤, 特定健診 (OT-17e), each asked for by a press and recorded.
#[component]
fn Medical(props: &MedicalProps) -> Html {
    let call = use_call::<MedicalInOpening>();
    let shown = use_state(Vec::<OpenedMedical>::new);
    let progress = call.progress();
    let ask = |kind: MedicalKind| {
        let (call, shown, check) = (call.clone(), shown.clone(), props.check.clone());
        let onpress = Callback::from(move |()| {
            let shown = shown.clone();
            call.start(MedicalInOpening { later: (&check).into(), kind: kind.word().into() }, (), move |outcome| {
                if let Ok(answer) = outcome {
                    let kind = answer.kind;
                    let others = shown.iter().filter(|other| other.kind != kind).cloned();
                    shown.set(others.chain([answer]).collect());
                }
            });
        });
        html! { <Button id={format!("opening-{}", kind.word())} is_off={progress.is_busy} {onpress}>{ kind.label() }</Button> }
    };
    html! {
        <>
            <div class="on-screen">
                <Panel title={words::MEDICAL}>
                    if let Some(refusal) = &progress.refusal {
                        { form_failure(&text::refusal(refusal)) }
                    }
                    <p class="actions">{ for MedicalKind::ALL.into_iter().map(ask) }</p>
                </Panel>
            </div>
            { for shown.iter().map(document) }
        </>
    }
}

/// One kind: the newest lines first, each with its source.
fn document(of: &OpenedMedical) -> Html {
    let how = (Grouping::Date, Period::All);
    html! {
        <section class="medical">
            <h2>{ of.kind.label() }</h2>
            if of.kind == MedicalKind::Drug {
                <Notice tone={Tone::Warn} title={medical::RECENT}><p>{ medical::RECENT_NEXT }</p></Notice>
            }
            if of.kind == MedicalKind::Checkup {
                { checkup::view(&of.checkups) }
            } else {
                { for of.sections.iter().map(|section| part(how, of.asked_at, section)) }
            }
            <p>{ medical::NOT_ALL }</p>
        </section>
    }
}
