//! One person seen in an opening (OT-17e). On paper each page says on what ground, by whom and when.

use shared::api::opening::{OpenedView, OpeningRow};
use shared::domain::opening::{ConsentGround, GroundWord, OpeningKind};
use yew::prelude::*;

use super::{area_words, ground_words};
use crate::office::consent::coverage;
use crate::office::medical::document::OpeningDocuments;
use crate::part::beside::medical_aid;
use crate::part::copy::print;
use crate::part::{Button, DefinitionList, Look, Notice, Panel, Row, Tone, Verdict};
use crate::text::beside;
use crate::text::office::{detail, openings as outer, openings::search as words};

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
                if let Some(aid) = &eligibility.medical_aid {
                    <Panel title={beside::AID} class="detail">{ medical_aid(aid) }</Panel>
                }
                if seen.kind == OpeningKind::Disaster {
                    { medical(seen) }
                }
                <p class="actions on-screen">
                    <Button id="opening-print" look={Look::Secondary} onpress={onprint}>{ words::PRINT }</Button>
                    <Button id="opening-next" onpress={onclose}>{ words::AGAIN }</Button>
                </p>
            </div>
        </div>
    }
}

/// 手術, 診療, 薬剤, 特定健診 (OT-17e): `seen.check` names the view, by which the server says whose they are while the record lives.
fn medical(seen: &OpenedView) -> Html {
    html! { <OpeningDocuments check={seen.check.clone()} /> }
}
