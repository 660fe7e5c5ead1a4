//! One kind of medical information: each part by month or by institution, each line with where it comes from and as of when.

use shared::api::medical::{Basis, MedicalDocument, MedicalInOpening, MedicalPage};
use shared::api::{Code, Refusal};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::CheckWay;
use shared::domain::medical::{MedicalKind, MedicalLine, MedicalSection};
use yew::prelude::*;

use super::line::{nothing, source};
use super::{checkup, who};
use crate::part::copy::print;
use crate::part::field::Input;
use crate::part::table::{Column, Line};
use crate::part::{Button, DefinitionList, Notice, Offer, Panel, Row, SelectField, Table, Tone, link};
use crate::remote::{Remote, failure, use_get};
use crate::text::Say;
use crate::text::office as text;
use crate::text::office::medical as words;

/// Says which document.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct DocumentProps {
    /// Id of the consent.
    pub(crate) id: String,
    /// Word of the kind.
    pub(crate) kind: String,
}

/// How the lines are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// By month, the newest first.
    Date,
    /// By institution, the one with the newest line first.
    Institution,
}

/// How far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    /// 3 months.
    Quarter,
    /// 12 months.
    Year,
    /// All that the source gave.
    All,
}

impl Period {
    /// True for a day that is shown.
    pub(crate) fn holds(self, on: CivilDate, now: UnixMs) -> bool {
        let days = match self {
            Self::Quarter => 92,
            Self::Year => 366,
            Self::All => return true,
        };
        on >= now.jst_date().plus_days(-days)
    }
}

/// The document in the address: asked for anew each time it is opened, and each time recorded.
#[component]
pub(crate) fn Document(props: &DocumentProps) -> Html {
    let (remote, on_retry) = use_get(MedicalDocument { consent: (&props.id).into(), kind: (&props.kind).into() });
    html! { <Chosen id={AttrValue::from(props.id.clone())} {remote} {on_retry} /> }
}

/// Says which person of an opening.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OpeningDocumentsProps {
    /// The check that their view was kept as.
    pub(crate) check: String,
}

/// The kinds of a person who is seen in a disaster (OT-17e): each is asked for by a press, and each time recorded.
#[component]
pub(crate) fn OpeningDocuments(props: &OpeningDocumentsProps) -> Html {
    let chosen = use_state(|| None::<MedicalKind>);
    let button = |kind: MedicalKind| {
        let chosen = chosen.clone();
        let onpress = Callback::from(move |()| chosen.set(Some(kind)));
        html! { <Button id={format!("opening-{}", kind.word())} {onpress}>{ words::open(kind) }</Button> }
    };
    html! {
        <>
            <div class="on-screen">
                <Panel title={words::KINDS}>
                    <p>{ words::LOGGED }</p>
                    <p class="actions">{ for MedicalKind::ALL.map(button) }</p>
                </Panel>
            </div>
            if let Some(kind) = *chosen {
                <OpeningDocument key={kind.word()} check={props.check.clone()} {kind} />
            }
        </>
    }
}

/// Says which kind.
#[derive(Clone, PartialEq, Properties)]
struct OpeningDocumentProps {
    check: String,
    kind: MedicalKind,
}

#[component]
fn OpeningDocument(props: &OpeningDocumentProps) -> Html {
    let (remote, on_retry) = use_get(MedicalInOpening { check: (&props.check).into(), kind: props.kind.word().into() });
    html! { <Chosen {remote} {on_retry} /> }
}

/// Says what is shown as a person wants it.
#[derive(Clone, PartialEq, Properties)]
struct ChosenProps {
    #[prop_or_default]
    id: Option<AttrValue>,
    remote: Remote<MedicalPage>,
    on_retry: Callback<()>,
}

/// The document with its order and period.
#[component]
fn Chosen(props: &ChosenProps) -> Html {
    let grouping = use_state(|| Grouping::Date);
    let period = use_state(|| Period::Year);
    let ongroup = {
        let grouping = grouping.clone();
        Callback::from(move |value: String| grouping.set(if value == "institution" { Grouping::Institution } else { Grouping::Date }))
    };
    let onperiod = {
        let period = period.clone();
        Callback::from(move |value: String| {
            period.set(match value.as_str() {
                "quarter" => Period::Quarter,
                "all" => Period::All,
                _ => Period::Year,
            });
        })
    };
    let ChosenProps { id, remote, on_retry } = props.clone();
    html! { <DocumentView {id} {remote} grouping={*grouping} period={*period} {ongroup} {onperiod} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct DocumentViewProps {
    /// Id of the consent; `None` in an opening.
    #[prop_or_default]
    pub(crate) id: Option<AttrValue>,
    /// The document.
    pub(crate) remote: Remote<MedicalPage>,
    /// How the lines are grouped.
    pub(crate) grouping: Grouping,
    /// How far back.
    pub(crate) period: Period,
    /// Called with the grouping that is wanted.
    #[prop_or_default]
    pub(crate) ongroup: Callback<String>,
    /// Called with the period that is wanted.
    #[prop_or_default]
    pub(crate) onperiod: Callback<String>,
    /// Asks the server again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// Whose and until when, then the parts.
#[component]
pub(crate) fn DocumentView(props: &DocumentViewProps) -> Html {
    match &props.remote {
        Remote::Failed(refusal) => failure(&refused(refusal), &props.on_retry),
        remote => remote.view(&props.on_retry, |page| filled(props, page)),
    }
}

fn filled(props: &DocumentViewProps, page: &MedicalPage) -> Html {
    let onprint = Callback::from(|()| print());
    let body = if page.kind == MedicalKind::Checkup {
        checkup::view(&page.checkups)
    } else {
        html! {
            <>
                { choices(props) }
                { for page.sections.iter().map(|section| part(props, page, section)) }
            </>
        }
    };
    html! {
        <div class="medical">
            if let Some(id) = &props.id {
                <p class="on-screen">{ link(&format!("/o/consents/{id}/medical"), None, words::TO_KINDS) }</p>
            }
            { head(page) }
            if page.kind == MedicalKind::Drug {
                <Notice tone={Tone::Warn} title={words::RECENT}><p>{ words::RECENT_NEXT }</p></Notice>
            }
            { body }
            <p>{ words::NOT_ALL }</p>
            <p class="actions on-screen"><Button id="medical-print" onpress={onprint}>{ words::PRINT }</Button></p>
        </div>
    }
}

fn head(page: &MedicalPage) -> Html {
    let mut rows = who(page.person.as_ref());
    let (basis, deadline) = match page.basis {
        Basis::Consent { visit_kind, .. } => (visit_kind.label(), words::DEADLINE),
        Basis::Disaster => (CheckWay::Disaster.label(), words::UNTIL),
    };
    rows.extend([
        Row::text(words::USE, basis),
        Row::text(deadline, words::minute(page.expires_at)),
        Row::text(words::ASKED, words::minute(page.asked_at)),
        Row::text(words::VIEWER, page.viewer.as_str().to_owned()),
    ]);
    let has_claims = page.kind != MedicalKind::Checkup;
    rows.extend(page.claims_until.filter(|_| has_claims).map(|last| Row::text(words::CLAIMS, words::claims_until(last))));
    html! { <Panel title={page.kind.label()} class="medical__head"><DefinitionList {rows} /></Panel> }
}

fn choices(props: &DocumentViewProps) -> Html {
    let choice = |id: &'static str, value: &'static str, oninput: &Callback<String>| Input {
        id: id.into(),
        value: value.into(),
        fault: None,
        is_held: false,
        oninput: oninput.clone(),
    };
    let grouping = match props.grouping {
        Grouping::Date => "date",
        Grouping::Institution => "institution",
    };
    let period = match props.period {
        Period::Quarter => "quarter",
        Period::Year => "year",
        Period::All => "all",
    };
    let groupings = [("date", words::BY_DATE), ("institution", words::BY_INSTITUTION)];
    let periods = [("quarter", words::QUARTER), ("year", words::YEAR), ("all", words::ALL)];
    let offers = |of: &[(&'static str, &'static str)]| of.iter().map(|(value, label)| Offer { value, label }).collect::<Vec<_>>();
    html! {
        <form class="conditions on-screen" aria-label={words::VIEW}>
            <div class="conditions__more">
                <SelectField of={choice("medical-period", period, &props.onperiod)} label={words::PERIOD} offers={offers(&periods)} />
                <SelectField of={choice("medical-order", grouping, &props.ongroup)} label={words::ORDER} offers={offers(&groupings)} />
            </div>
        </form>
    }
}

/// The lines of a part in their groups; each group keeps the order of the lines.
pub(crate) fn groups<'a>(lines: &[&'a MedicalLine], grouping: Grouping) -> Vec<(String, Vec<&'a MedicalLine>)> {
    let mut groups: Vec<(String, Vec<&MedicalLine>)> = Vec::new();
    for line in lines {
        let name = match grouping {
            Grouping::Date => words::month(line.on),
            Grouping::Institution => line.source.institution.clone().unwrap_or_else(|| words::NO_INSTITUTION.to_owned()),
        };
        match groups.iter_mut().find(|(other, _)| *other == name) {
            Some((_, found)) => found.push(line),
            None => groups.push((name, vec![line])),
        }
    }
    groups
}

fn part(props: &DocumentViewProps, page: &MedicalPage, section: &MedicalSection) -> Html {
    let lines: Vec<&MedicalLine> = section.lines.iter().filter(|line| props.period.holds(line.on, page.asked_at)).collect();
    let body = match (section.lines.is_empty(), lines.is_empty()) {
        (true, _) => html! { <Notice title={words::EMPTY}><p>{ words::EMPTY_NEXT }</p></Notice> },
        (false, true) => html! { <Notice title={words::HIDDEN}><p>{ words::shown(0, section.lines.len()) }</p></Notice> },
        (false, false) => html! {
            <>
                <p role="status">{ words::shown(lines.len(), section.lines.len()) }</p>
                { for groups(&lines, props.grouping).into_iter().map(|(name, lines)| group(props, section, &name, &lines)) }
            </>
        },
    };
    html! { <Panel title={section.part.label()} class="medical__part">{ body }</Panel> }
}

fn group(props: &DocumentViewProps, section: &MedicalSection, name: &str, lines: &[&MedicalLine]) -> Html {
    let has_institution = props.grouping == Grouping::Date;
    // The institution stands in the heading.
    let is_shown = |place: usize| has_institution || place != 4;
    let columns = words::columns(section.part).into_iter().enumerate().filter(|(place, _)| is_shown(*place));
    let columns: Vec<Column> = columns.map(|(_, title)| Column::words(title)).collect();
    let line = |(place, line): (usize, &&MedicalLine)| {
        let cells = cells(line).into_iter().enumerate().filter(|(place, _)| is_shown(*place)).map(|(_, cell)| cell).collect();
        Line { key: place.to_string().into(), cells }
    };
    html! {
        <>
            <h3>{ name }</h3>
            <Table class="medical__table" caption={name.to_owned()} scrolls={words::scrolls(section.part, name)} {columns}
                lines={lines.iter().enumerate().map(line).collect::<Vec<_>>()} empty={Html::default()} />
        </>
    }
}

fn cells(line: &MedicalLine) -> [Html; 6] {
    let about = line.about.as_ref().map(|about| html! { <span class="medical__about">{ about }</span> });
    [
        html! { { words::day_of_line(line.on, line.is_month) } },
        html! { <>{ &line.name }{ about.unwrap_or_default() }</> },
        or_nothing(line.class.as_deref()),
        or_nothing(line.amount.as_deref()),
        or_nothing(line.source.institution.as_deref()),
        source(&line.source),
    ]
}

fn or_nothing(text: Option<&str>) -> Html {
    text.map_or_else(nothing, |text| html! { { text } })
}

/// The words of a refusal of a document; the national system may be away (X34).
fn refused(refusal: &Refusal) -> Say {
    let say = text::refusal(refusal);
    match refusal.code {
        Code::X34 => Say { happened: words::AWAY.0.into(), next: words::AWAY.1.into(), ..say },
        _ => say,
    }
}
