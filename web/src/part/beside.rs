//! What stands beside the insurance: 医療扶助 and 公費・医療費助成. A field that was not given is left out, on paper without a trace;
//! on the screen the same words stand there whatever the reason (X60).

use shared::domain::aid::{MedicalAid, MedicalAidState, MedicalTicket, Subsidy};
use shared::domain::coverage::Eligibility;
use yew::prelude::*;

use super::{DefinitionList, Notice, Row, Tone};
use crate::text::beside::{self as t, field};

/// X60 where no address was given: for the screen, not for paper.
pub fn without_address(address: Option<&String>) -> Html {
    if address.is_some() {
        Html::default()
    } else {
        html! { <p class="aside on-screen">{ t::X60 }</p> }
    }
}

/// 医療扶助: the state in words first, then what came, as it came.
pub fn medical_aid(aid: &MedicalAid) -> Html {
    html! {
        <>
            if aid.state == MedicalAidState::NotRegistered {
                <Notice tone={Tone::Warn} title={t::state(aid.state)} code="U-X58">
                    <p>{ t::X58 }</p>
                    <p class="say__code">{ "U-X58" }</p>
                </Notice>
            }
            <DefinitionList rows={aid_rows(aid)} />
            { without_address(aid.address.as_ref()) }
            { for aid.tickets.iter().map(|ticket| html! { <DefinitionList rows={ticket_rows(ticket)} /> }) }
        </>
    }
}

/// 公費・医療費助成: each entry on its own; X59 where there is none.
pub fn subsidies(eligibility: &Eligibility) -> Html {
    if eligibility.subsidies.is_empty() {
        return html! { <p data-code="U-X59">{ t::X59 }{ " " }<span class="say__code">{ "U-X59" }</span></p> };
    }
    let entry = |subsidy: &Subsidy| match subsidy_rows(subsidy) {
        rows if rows.len() == 1 => html! { <p class="on-screen">{ t::X60_ENTRY }</p> },
        rows => html! { <DefinitionList {rows} /> },
    };
    html! { <>{ for eligibility.subsidies.iter().map(entry) }</> }
}

fn some(name: &'static str, value: Option<impl Into<String>>) -> Option<Row> {
    value.map(|value| Row::text(name, value.into()))
}

fn aid_rows(aid: &MedicalAid) -> Vec<Row> {
    let rows = [
        some(field::STATE, Some(aid.state.label())),
        some(field::PAYER, Some(aid.payer_number.as_str())),
        some(field::OFFICE, Some(aid.office_name.as_str())),
        some(field::BENEFICIARY, Some(aid.beneficiary_number.as_str())),
        some(field::POST, aid.post_number.as_deref()),
        some(field::ADDRESS, aid.address.as_deref()),
        some(field::PERIOD, t::period(aid.starts_on, aid.stops_on)),
    ];
    rows.into_iter().flatten().collect()
}

fn ticket_rows(ticket: &MedicalTicket) -> Vec<Row> {
    let institution = [ticket.institution_code.as_deref(), ticket.institution_name.as_deref()];
    let institution = institution.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let rows = [
        some(field::TICKET, ticket.kind.as_deref()),
        some(field::MONTH, ticket.month.as_deref()),
        some(field::PERIOD, t::period(ticket.valid_from, ticket.valid_until)),
        some(field::ISSUE, ticket.issue_number.as_deref()),
        some(field::INSTITUTION, (!institution.is_empty()).then_some(institution)),
        some(field::TREATMENT, ticket.treatment.as_deref()),
        some(field::SELF_PAY, ticket.self_pay_yen.map(|yen| t::limit(yen, None))),
    ];
    rows.into_iter().flatten().collect()
}

/// What an entry of 医療費助成 has, with where it was seen.
pub fn subsidy_rows(subsidy: &Subsidy) -> Vec<Row> {
    let rows = [
        some(field::NAME, subsidy.name.as_deref()),
        some(field::PAYER, subsidy.payer_number.as_deref()),
        some(field::BENEFICIARY, subsidy.beneficiary_number.as_deref()),
        some(field::CLASS, subsidy.income_class.as_deref()),
        some(field::LIMIT, subsidy.limit_yen.map(|yen| t::limit(yen, subsidy.limit_covers.as_deref()))),
        some(field::PERIOD, t::period(subsidy.valid_from, subsidy.valid_until)),
        some(field::PAYMENT, subsidy.is_reimbursed_only.map(t::reimbursed)),
        some(field::INSTITUTION, subsidy.institution.as_deref()),
        some(field::CONDITIONS, subsidy.conditions.as_deref()),
        some(field::SOURCE, Some(subsidy.source.label())),
    ];
    rows.into_iter().flatten().collect()
}
