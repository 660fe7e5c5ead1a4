//! OT-11 明細: one consent with the eligibility that was answered for it.

pub(crate) mod copied;
pub(crate) mod coverage;
mod hand_over;
mod papers;
pub(crate) mod person;
mod requery;
mod withdraw;

use shared::api::office::{ChooseCoverage, ConsentDetail, ConsentDetails, CoverageChoice};
use shared::api::reception::{CertificateChecks, Revocation};
use shared::api::withdrawal::Withdrawn;
use shared::domain::check::CheckWay;
use shared::domain::consent::ItemState;
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::visit::Assist;
use shared::right::{Act, Right, may};
use yew::prelude::*;

use self::hand_over::HandOverPanel;
use self::papers::PapersPanel;
use self::person::PersonPanel;
use withdraw::{WithdrawPanel, WithdrawReceipt};

use crate::part;
use crate::part::copy::print;
use crate::part::{Button, Confirm, CopyButton, DefinitionList, Icon, Notice, Panel, Row, Sign, Tone, Verdict, link};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::beside as beside_words;
use crate::text::office::{self as text, detail as words, detail::field, withdrawals};
use crate::use_call::{Progress, use_call};

/// Says which row.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ConsentProps {
    /// Its id.
    pub(crate) id: String,
}

/// The question before a coverage is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choosing {
    /// Place in the answer's coverages, from 0.
    pub(crate) coverage: u32,
    /// What the server said.
    pub(crate) progress: Progress,
}

/// OT-11 of the row in the address.
#[component]
pub(crate) fn Consent(props: &ConsentProps) -> Html {
    let (remote, on_retry) = use_get(ConsentDetail { consent: (&props.id).into() });
    let changed = use_state(|| None::<ConsentDetails>);
    let choosing = use_state(|| None::<u32>);
    let call = use_call::<ChooseCoverage>();
    let again = use_call::<ConsentDetail>();
    let remote = match &*changed {
        Some(details) => Remote::Here(details.clone()),
        None => remote,
    };
    let onask = {
        let (choosing, call, changed, on_retry) = (choosing.clone(), call.clone(), changed.clone(), on_retry.clone());
        Callback::from(move |coverage: Option<u32>| {
            // After an answer that was lost, only the server knows what is chosen.
            if coverage.is_none() && call.progress().refusal.is_some() {
                changed.set(None);
                on_retry.emit(());
            }
            call.forget();
            choosing.set(coverage);
        })
    };
    let onchoose = {
        let (choosing, call, id, changed) = (choosing.clone(), call.clone(), props.id.clone(), changed.clone());
        Callback::from(move |choice: CoverageChoice| {
            let (choosing, changed) = (choosing.clone(), changed.clone());
            call.start(ChooseCoverage { consent: (&id).into() }, choice, move |outcome| {
                if let Ok(details) = outcome {
                    choosing.set(None);
                    changed.set(Some(details));
                }
            });
        })
    };
    let choosing = choosing.map(|coverage| Choosing { coverage, progress: call.progress() });
    let onchanged = {
        // What is shown stays until the new one is there: the panel that asks for it stands in it.
        let (changed, again, id) = (changed.clone(), again.clone(), props.id.clone());
        Callback::from(move |()| {
            let changed = changed.clone();
            again.start(ConsentDetail { consent: (&id).into() }, (), move |outcome| changed.set(outcome.ok()));
        })
    };
    let person = html! {
        <div key={props.id.clone()} class="detail-person">
            <HandOverPanel consent={props.id.clone()} />
            <PapersPanel consent={props.id.clone()} />
            <PersonPanel consent={props.id.clone()} {onchanged} />
        </div>
    };
    let withdrawn = use_state(|| None::<Withdrawn>);
    let onwithdrawn = {
        let (changed, withdrawn) = (changed.clone(), withdrawn.clone());
        Callback::from(move |done: Withdrawn| {
            changed.set(Some(done.details.clone()));
            withdrawn.set(Some(done));
        })
    };
    use_effect_with(withdrawn.is_some(), |is_done| {
        if *is_done {
            part::field::focus("withdrawn");
        }
    });
    let may_view = may(use_session().session.kind, Act::ViewMedicalInformation) != Right::No;
    if let Some(done) = &*withdrawn {
        let withdrawn = withdrawn.clone();
        return html! { <WithdrawReceipt done={done.clone()} onback={Callback::from(move |()| withdrawn.set(None))} /> };
    }
    let panel = match &remote {
        Remote::Here(details) => html! { <WithdrawPanel details={details.clone()} {onwithdrawn} /> },
        _ => Html::default(),
    };
    html! {
        <>
            if may_view {
                <p class="on-screen">{ link(&format!("/o/consents/{}/medical", props.id), None, text::medical::FROM_DETAIL) }</p>
            }
            <ConsentView {remote} {choosing} {person} {on_retry} {onask} {onchoose} />
            <div class="on-screen"><requery::RequeryPart id={props.id.clone()} /></div>
            { panel }
        </>
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ConsentViewProps {
    /// The row.
    pub(crate) remote: Remote<ConsentDetails>,
    /// The question before a coverage is chosen; `None` while it is not asked.
    #[prop_or_default]
    pub(crate) choosing: Option<Choosing>,
    /// What is known here of the person.
    #[prop_or_default]
    pub(crate) person: Html,
    /// Asks the server again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
    /// Opens the question about a coverage, or leaves it.
    #[prop_or_default]
    pub(crate) onask: Callback<Option<u32>>,
    /// Called with the choice.
    #[prop_or_default]
    pub(crate) onchoose: Callback<CoverageChoice>,
}

/// The verdict, the coverages, the consents, how it was received.
#[component]
pub(crate) fn ConsentView(props: &ConsentViewProps) -> Html {
    props.remote.view(&props.on_retry, |details| filled(props, details))
}

fn filled(props: &ConsentViewProps, details: &ConsentDetails) -> Html {
    let onprint = Callback::from(|()| print());
    html! {
        <>
            if is_withdrawn(details) {
                <Notice tone={Tone::Warn} title={withdrawals::IS_WITHDRAWN}><p>{ withdrawals::IS_WITHDRAWN_NEXT }</p></Notice>
            } else if details.row.replaced_at.is_some() {
                <Notice tone={Tone::Warn} title={words::REPLACED}><p>{ words::REPLACED_NEXT }</p></Notice>
            }
            { verdict(details) }
            { coverages(props, details) }
            { beside(&details.eligibility) }
            { consents(details) }
            { reception(details) }
            { hand_on(details, onprint) }
            { props.person.clone() }
            <p class="on-screen">{ words::LOGGED }</p>
            if let Some(choosing) = &props.choosing {
                { question(props, details, choosing) }
            }
        </>
    }
}

/// As text, and onto paper.
fn hand_on(details: &ConsentDetails, onprint: Callback<()>) -> Html {
    let print = html! { <Button id="detail-print" onpress={onprint}>{ words::PRINT }</Button> };
    let is_open = details.eligibility.validity == Validity::Several && details.chosen.is_none();
    html! {
        <div class="on-screen">
            if let Some(text) = copied::text_of(details) {
                <CopyButton id="detail-copy" words={words::COPY} {text}>{ " " }{ print }</CopyButton>
                { new_patient(details) }
            } else {
                <p class="actions">{ print }</p>
                if is_open {
                    <p>{ words::COPY_NOT_CHOSEN }</p>
                }
            }
        </div>
    }
}

/// 「新しい患者として渡す」: a person without a number of the house, for the レセコン to take in by hand.
fn new_patient(details: &ConsentDetails) -> Html {
    let Some(text) = copied::new_patient_of(details) else { return Html::default() };
    html! {
        <Panel title={words::NEW_PATIENT}>
            <p>{ words::NEW_PATIENT_ABOUT }</p>
            <p>{ words::NEW_PATIENT_BY_HAND }</p>
            <CopyButton id="new-patient-copy" words={words::NEW_PATIENT_COPY} {text} />
            <p>{ words::NEW_PATIENT_THEN }</p>
        </Panel>
    }
}

/// Place of a coverage as the server counts it.
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// The place of the coverage that a person chose.
fn chosen_place(details: &ConsentDetails) -> Option<usize> {
    let chosen = details.chosen.as_ref()?;
    (0..details.eligibility.coverages.len()).find(|place| number(*place) == chosen.coverage)
}

/// What is chosen.
fn question(props: &ConsentViewProps, details: &ConsentDetails, choosing: &Choosing) -> Html {
    let coverages = &details.eligibility.coverages;
    let found = coverages.iter().enumerate().find(|(place, _)| number(*place) == choosing.coverage);
    let Some((place, coverage)) = found else { return Html::default() };
    let cancel = props.onask.reform(|()| None);
    let choice = CoverageChoice { coverage: choosing.coverage, shown: details.chosen.as_ref().map(|chosen| chosen.coverage) };
    let onchoose = props.onchoose.reform(move |_: String| choice.clone());
    let number = [coverage.symbol.as_deref(), Some(coverage.member_number.as_str()), coverage.branch_number.as_deref()];
    let number = number.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let rows = vec![
        Row::text(field::INSURER_NAME, coverage.insurer_name.clone()),
        Row::text(field::INSURER_NUMBER, coverage.insurer_number.clone()),
        Row::text(words::SYMBOL_AND_NUMBER, number),
    ];
    html! {
        <Confirm id="coverage-ask" title={words::CHOOSE_TITLE} act={words::CHOOSE} is_busy={choosing.progress.is_busy}
            failed={choosing.progress.refusal.as_ref().map(text::refusal_of_choice)} onact={onchoose} onclose={cancel}>
            <p>{ words::coverage_of(place + 1, coverages.len()) }</p>
            <DefinitionList {rows} />
            <p>{ words::CHOOSE_FIRST }</p>
            <p>{ words::CHOOSE_LOGGED }</p>
        </Confirm>
    }
}

/// The one thing to know first, in words and with an icon.
fn verdict(details: &ConsentDetails) -> Html {
    let eligibility = &details.eligibility;
    let meaning = match chosen_place(details) {
        Some(place) => words::settled(place + 1, eligibility.coverages.len()),
        None => words::verdict(eligibility.validity).to_owned(),
    };
    let person = eligibility.person.as_ref();
    let who = person.map_or(text::consents::PERSON_UNKNOWN, |person| person.name.as_str());
    let lost = eligibility.coverages.iter().filter_map(|coverage| coverage.disqualified_on.map(|on| (on, coverage.loss_reason.as_deref())));
    html! {
        <Panel title={words::VERDICT} class="detail__verdict">
            <p class="detail__who">{ who }</p>
            <p><Verdict validity={eligibility.validity} /></p>
            <p>{ meaning }</p>
            if eligibility.validity == Validity::Invalid {
                { for lost.map(|(on, reason)| html! { <p>{ words::lost(on, reason.unwrap_or_default()) }</p> }) }
            }
            if person.is_some_and(shared::domain::person::Person::has_replacement_dot) {
                <Notice tone={Tone::Warn} title={words::DOT}><p>{ words::DOT_NEXT }</p></Notice>
            }
        </Panel>
    }
}

fn coverages(props: &ConsentViewProps, details: &ConsentDetails) -> Html {
    let eligibility = &details.eligibility;
    let of = eligibility.coverages.len();
    let title = |place: usize| match (eligibility.validity, place) {
        (Validity::Replaced, 0) => words::COVERAGE_NEW.to_owned(),
        (Validity::Replaced, _) => words::COVERAGE_FORMER.to_owned(),
        _ if of > 1 => words::coverage_of(place + 1, of),
        _ => words::COVERAGE.to_owned(),
    };
    let reference = details.row.reference_number.as_deref();
    html! {
        <>
            if eligibility.coverages.is_empty() {
                <Panel title={words::COVERAGE} class="detail"><DefinitionList rows={coverage::without(eligibility, reference)} /></Panel>
            }
            { for eligibility.coverages.iter().enumerate().map(|(place, coverage)| html! {
                <Panel title={title(place)} class="detail detail__coverage">
                    { choice(props, details, place) }
                    { coverage::view(eligibility, coverage, reference) }
                </Panel>
            }) }
        </>
    }
}

/// 医療扶助 and 医療費助成, each a panel of its own. The answer about 医療費助成 stands here and in no list.
fn beside(eligibility: &Eligibility) -> Html {
    let answer = eligibility.subsidy_answer;
    html! {
        <>
            if let Some(aid) = &eligibility.medical_aid {
                <Panel title={beside_words::AID} class="detail">{ part::beside::medical_aid(aid) }</Panel>
            }
            if !answer.is_not_asked() {
                <Panel title={beside_words::SUBSIDIES} class="detail">
                    <DefinitionList rows={vec![Row::text(beside_words::QUESTION, beside_words::answer(answer))]} />
                    { part::beside::subsidies(eligibility) }
                </Panel>
            }
        </>
    }
}

/// Whether this coverage is the one that a person chose, and the way to choose it (X31).
fn choice(props: &ConsentViewProps, details: &ConsentDetails, place: usize) -> Html {
    if details.eligibility.validity != Validity::Several {
        return Html::default();
    }
    match &details.chosen {
        Some(chosen) if chosen.coverage == number(place) => html! {
            <Notice tone={Tone::Good} title={words::CHOSEN}><p>{ words::chosen_by(chosen.at, chosen.by.as_str()) }</p></Notice>
        },
        chosen => html! {
            <div class="detail__choice">
                if chosen.is_some() {
                    <p>{ words::NOT_CHOSEN }</p>
                }
                <p class="actions on-screen">
                    <Button id={format!("coverage-{place}")} onpress={props.onask.reform(move |()| Some(number(place)))}>{ words::CHOOSE }</Button>
                </p>
            </div>
        },
    }
}

/// It ended before its deadline, and no later consent for the same use says so.
fn is_withdrawn(details: &ConsentDetails) -> bool {
    details.row.replaced_at.is_some() && details.row.items.iter().any(|(_, state)| *state == ItemState::Withdrawn)
}

fn consents(details: &ConsentDetails) -> Html {
    let row = &details.row;
    let mut rows =
        vec![Row::text(field::CONSENTED, words::minute(row.consented_at)), Row::text(field::EXPIRES, words::minute(row.expires_at))];
    let ended = if is_withdrawn(details) { withdrawals::AT } else { field::REPLACED };
    rows.extend(row.replaced_at.map(|at| Row::text(ended, words::minute(at))));
    rows.push(Row::text(field::USE, details.visit_kind.label()));
    rows.extend(details.row.booked_on.map(|day| Row::text(field::BOOKED, words::day(day))));
    rows.extend(row.items.iter().map(|(item, state)| {
        let (mark, _) = text::consents::mark(*state);
        let value = html! {
            <><span class="consents__mark" aria-hidden="true">{ mark }</span>{ " " }{ words::consent_until(*state, row.expires_at) }</>
        };
        Row { name: text::item(*item).into(), value }
    }));
    html! { <Panel title={words::CONSENT} class="detail"><DefinitionList {rows} /></Panel> }
}

fn reception(details: &ConsentDetails) -> Html {
    let identity = match details.check_way {
        CheckWay::Pin => words::PIN.to_owned(),
        other => words::other_identity(other.label(), details.medium.label()),
    };
    let mut rows = vec![Row::text(field::RECEIPT, details.receipt.clone()), Row::text(field::IDENTITY, identity)];
    let occasion = &details.occasion;
    rows.push(Row::text(field::ASSIST, occasion.assist.map_or(words::NOT_ASKED, Assist::label)));
    rows.extend(occasion.place.map(|place| Row::text(field::PLACE, words::place(place, &occasion.place_name))));
    rows.extend(details.checks.iter().flat_map(checks));
    html! { <Panel title={words::RECEPTION} class="detail"><DefinitionList {rows} /></Panel> }
}

/// Each check on its own line; what was not checked is said.
fn checks(checks: &CertificateChecks) -> Vec<Row> {
    let line = |name: &'static str, is_done: bool| {
        let (sign, said) = if is_done { (Sign::Good, words::DONE) } else { (Sign::Unknown, words::NOT_DONE) };
        Row { name: name.into(), value: html! { <span class="detail__check"><Icon {sign} />{ said }</span> } }
    };
    let revocation = match checks.revocation {
        Revocation::NotChecked => words::REVOCATION_NOT_CHECKED,
    };
    let revocation = html! { <span class="detail__check"><Icon sign={Sign::Unknown} />{ revocation }</span> };
    vec![
        line(field::SIGNATURE, checks.signature),
        line(field::CHAIN, checks.chain),
        line(field::PERIOD, checks.period),
        Row { name: field::REVOCATION.into(), value: revocation },
    ]
}
