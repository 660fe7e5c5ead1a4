//! OT-11 明細: one consent with the eligibility that was answered for it.

mod coverage;

use shared::api::office::{ConsentDetail, ConsentDetails};
use shared::api::reception::{CertificateChecks, Revocation};
use shared::domain::coverage::{Eligibility, Validity};
use yew::prelude::*;
use yew_router::prelude::*;

use super::reception_url::print;
use super::remote::{Remote, use_get};
use super::route::Route;
use crate::part::{Button, DefinitionList, Heading, Icon, Notice, Panel, Row, Sign, Tone, Verdict};
use crate::text::office::{self as text, detail as words, detail::field};

/// Says which row.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ConsentProps {
    /// Its id.
    pub(crate) id: String,
}

/// OT-11 of the row in the address.
#[component]
pub(crate) fn Consent(props: &ConsentProps) -> Html {
    let (remote, on_retry) = use_get::<ConsentDetail>(vec![props.id.clone()]);
    html! { <ConsentView {remote} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ConsentViewProps {
    /// The row.
    pub(crate) remote: Remote<ConsentDetails>,
    /// Asks the server again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// The verdict, the coverages, the consents, how it was received.
#[component]
pub(crate) fn ConsentView(props: &ConsentViewProps) -> Html {
    html! {
        <>
            <p class="on-screen"><Link<Route> to={Route::Consents}>{ words::BACK }</Link<Route>></p>
            <Heading text={words::TITLE} />
            { props.remote.view(&props.on_retry, filled) }
        </>
    }
}

fn filled(details: &ConsentDetails) -> Html {
    let onprint = Callback::from(|()| print());
    html! {
        <>
            if details.is_replaced {
                <Notice tone={Tone::Warn} title={words::REPLACED}><p>{ words::REPLACED_NEXT }</p></Notice>
            }
            { verdict(&details.eligibility) }
            { coverages(details) }
            { consents(details) }
            { reception(details) }
            <p class="actions on-screen"><Button id="detail-print" onpress={onprint}>{ words::PRINT }</Button></p>
            <p class="on-screen">{ words::LOGGED }</p>
        </>
    }
}

/// The one thing to know first, in words and with an icon.
fn verdict(eligibility: &Eligibility) -> Html {
    let person = eligibility.person.as_ref();
    let who = person.map_or(text::consents::PERSON_UNKNOWN, |person| person.name.as_str());
    let lost = eligibility.coverages.iter().filter_map(|coverage| coverage.disqualified_on.map(|on| (on, coverage.loss_reason.as_deref())));
    html! {
        <Panel title={words::VERDICT} class="detail__verdict">
            <p class="detail__who">{ who }</p>
            <p><Verdict validity={eligibility.validity} /></p>
            <p>{ words::verdict(eligibility.validity) }</p>
            if eligibility.validity == Validity::Invalid {
                { for lost.map(|(on, reason)| html! { <p>{ words::lost(on, reason.unwrap_or_default()) }</p> }) }
            }
            if person.is_some_and(shared::domain::person::Person::has_replacement_dot) {
                <Notice tone={Tone::Warn} title={words::DOT}><p>{ words::DOT_NEXT }</p></Notice>
            }
        </Panel>
    }
}

fn coverages(details: &ConsentDetails) -> Html {
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
                <Panel title={title(place)} class="detail detail__coverage">{ coverage::view(eligibility, coverage, reference) }</Panel>
            }) }
        </>
    }
}

fn consents(details: &ConsentDetails) -> Html {
    let row = &details.row;
    let mut rows = vec![
        Row::text(field::CONSENTED, words::minute(row.consented_at)),
        Row::text(field::EXPIRES, words::minute(row.expires_at)),
        Row::text(field::USE, details.r#use.label()),
    ];
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
    let identity = match details.identity_check.as_str() {
        "pin" => words::PIN.to_owned(),
        other => words::other_identity(other),
    };
    let mut rows = vec![Row::text(field::RECEIPT, details.receipt.clone()), Row::text(field::IDENTITY, identity)];
    rows.extend(checks(&details.checks));
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
