//! RW-7 受付結果 and RW-8 控え.

use std::rc::Rc;

use shared::api::reception::{CertificateChecks, PageOpened, Revocation, VisitResult};
use shared::domain::consent::{ConsentItem, ItemState};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::institution::VisitKind;
use shared::domain::visit::{Place, Purpose};
use yew::prelude::*;

use super::eligibility::{EligibilityPanel, ratio};
use crate::part::{Button, DefinitionList, Heading, Icon, Look, Notice, Panel, Row, Sign, Tone, Verdict};
use crate::text::reception::field;
use crate::text::reception::uses as u;
use crate::text::{errors, reception as t};

/// Says what is shown.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ResultProps {
    /// The institution.
    pub page: Rc<PageOpened>,
    /// The stored answer.
    pub result: Rc<VisitResult>,
    /// 「終了する」.
    pub onfinish: Callback<()>,
    /// 「控えだけを印刷する」 (`true`) or 「すべて印刷する」.
    pub onprint: Callback<bool>,
}

/// RW-7 受付結果: one verdict with the person and the ratio, what it means, the consents with their end, the eligibility, the checks, the receipt.
#[component]
pub fn ResultScreen(props: &ResultProps) -> Html {
    let result = &props.result;
    let say = result.eligibility.as_ref().and_then(|eligibility| errors::result(eligibility.validity, &eligibility.coverages));
    let purpose = result.occasion.purpose;
    // A change is of the consent's own use, whichever page it was made on.
    let kind = result.ended_use.filter(|_| purpose != Purpose::Register).unwrap_or(props.page.visit_kind);
    let use_label = kind.label();
    let until = if purpose == Purpose::Withdraw { u::WOULD_HAVE_ENDED } else { t::UNTIL };
    let mut receipt = vec![
        Row::text(t::RECEIPT, result.receipt.clone()),
        Row::text(t::INSTITUTION, props.page.institution_name.clone()),
        Row::text(t::USE, use_label),
    ];
    receipt.extend(u::occasion(&result.occasion).into_iter().map(|(name, words)| Row::text(name, words)));
    receipt.extend(done_rows(purpose, &result.items));
    receipt.push(Row::text(t::CONSENTED_AT, t::moment(result.consented_at)));
    receipt.push(Row::text(until, t::until(result.expires_at)));
    receipt.extend(result.changed_at.map(|at| Row::text(u::CHANGED_AT, t::moment(at))));
    let heading = match purpose {
        Purpose::Register => t::RESULT,
        Purpose::Review => u::UPDATED,
        Purpose::Withdraw => u::WITHDRAWN,
    };
    let done = match purpose {
        Purpose::Register => t::slip_until(result.expires_at),
        Purpose::Review => format!("{}／{}", u::done_at(u::DONE_REVIEW, result.changed_at), t::slip_until(result.expires_at)),
        Purpose::Withdraw => u::done_at(u::DONE_WITHDRAW, result.changed_at),
    };
    let needs_photo = kind == VisitKind::Online && purpose == Purpose::Register && result.occasion.place == Some(Place::Home);
    let consents: Vec<Row> = result.items.iter().map(|(item, state)| item_row(*item, *state)).collect();
    html! {
        <>
            <Heading text={heading} />
            if let Some(eligibility) = &result.eligibility {
                <div class="result__head">
                    <p class="result__verdict"><Verdict validity={eligibility.validity} /></p>
                    <DefinitionList rows={head_rows(eligibility)} />
                </div>
            }
            if let Some(say) = say {
                <Notice tone={Tone::Warn} title={say.happened.clone()} code={say.code}>
                    <p class="say__stored">{ &say.stored }</p>
                    <p class="say__next">{ &say.next }</p>
                    <p class="say__code">{ say.code }</p>
                </Notice>
            }
            if let Some(on) = result.certificate_ends_on {
                <Notice tone={Tone::Warn} title={t::certificate_ends(on)} code="U-X07"><p class="say__code">{ "U-X07" }</p></Notice>
            }
            if needs_photo {
                <Notice tone={Tone::Warn} title={u::PHOTO_ID} code="U-X51"><p>{ u::PHOTO_ID_WHY }</p><p class="say__code">{ "U-X51" }</p></Notice>
            }
            if let Some(of) = result.ended_use.filter(|_| purpose == Purpose::Register) {
                <Notice tone={Tone::Info} title={u::ended_use(of)} code="U-X26"><p class="say__code">{ "U-X26" }</p></Notice>
            } else if let Some(until) = result.replaced_until {
                <Notice tone={Tone::Info} title={t::replaced(until)} code="U-X25"><p class="say__code">{ "U-X25" }</p></Notice>
            }
            <Panel title={t::SLIP} class="slip"><DefinitionList rows={receipt} /></Panel>
            <Panel title={t::CONSENTS}><DefinitionList rows={consents} /></Panel>
            if purpose == Purpose::Register {
            <Panel title={t::ELIGIBILITY}>
                if let Some(eligibility) = &result.eligibility {
                    <EligibilityPanel eligibility={eligibility.clone()} items={result.items.clone()} />
                } else {
                    <p>{ t::ELIGIBILITY_HIDDEN }</p>
                }
            </Panel>
            }
            <Panel title={t::CHECKS}><DefinitionList rows={checks(result.checks)} /></Panel>
            <p class="slip__text">
                { t::slip(&props.page.institution_name, use_label, &result.receipt, result.consented_at, &done) }
            </p>
            <div class="actions">
                <Button id="print-slip" onpress={props.onprint.reform(|()| true)}>{ t::PRINT_SLIP }</Button>
                <Button id="print" onpress={props.onprint.reform(|()| false)}>{ t::PRINT }</Button>
                <Button look={Look::Primary} id="finish" onpress={props.onfinish.clone()}>{ t::FINISH }</Button>
            </div>
            <p class="aside">{ t::FINISH_LEAD }</p>
        </>
    }
}

/// What a review or a withdrawal did, for the receipt.
fn done_rows(purpose: Purpose, items: &[(ConsentItem, ItemState)]) -> Vec<Row> {
    let (done, name, state) = match purpose {
        Purpose::Register => return Vec::new(),
        Purpose::Review => (u::DONE_REVIEW, u::NOW_AGREED, ItemState::Agreed),
        Purpose::Withdraw => (u::DONE_WITHDRAW, u::NOW_WITHDRAWN, ItemState::Withdrawn),
    };
    let names = items.iter().filter(|(_, of)| *of == state).map(|(item, _)| t::item_name(*item)).collect::<Vec<_>>();
    let names = if names.is_empty() { t::NONE.to_owned() } else { names.join("、") };
    vec![Row::text(u::DONE, done), Row::text(name, names)]
}

/// Who it is about and what they pay, beside the verdict. An insurance that is not valid has no ratio to go by.
pub(crate) fn head_rows(eligibility: &Eligibility) -> Vec<Row> {
    let person = eligibility
        .person
        .iter()
        .flat_map(|person| [Row::text(field::NAME, person.name.clone()), Row::text(field::BIRTH, t::day(person.birth_date))]);
    let ratio = match (eligibility.validity, eligibility.coverages.first()) {
        (Validity::Invalid | Validity::NotFound | Validity::AidNotRegistered, _) | (_, None) => None,
        (Validity::Several, _) => Some(t::RATIO_OF_EACH.to_owned()),
        (Validity::Valid | Validity::Replaced, Some(coverage)) => Some(ratio(coverage)),
    };
    person.chain(ratio.map(|ratio| Row::text(field::RATIO, ratio))).collect()
}

/// A kind of information and how it is stored.
pub(crate) fn item_row(item: ConsentItem, state: ItemState) -> Row {
    let sign = match state {
        ItemState::Agreed => Sign::Good,
        ItemState::Refused => Sign::Bad,
        ItemState::NotApplicable | ItemState::NotAsked => Sign::Dash,
        ItemState::Expired | ItemState::Replaced | ItemState::Withdrawn => Sign::Warn,
    };
    Row { name: t::item_name(item).into(), value: html! { <span class="mark"><Icon {sign} />{ t::item_state(state) }</span> } }
}

fn checks(checks: CertificateChecks) -> Vec<Row> {
    let line = |name: &'static str, held: bool| {
        let (sign, word) = if held { (Sign::Good, t::CHECKED) } else { (Sign::Dash, t::NOT_CHECKED) };
        Row { name: name.into(), value: html! { <span class="mark"><Icon {sign} />{ word }</span> } }
    };
    let revocation = match checks.revocation {
        Revocation::NotChecked => t::REVOCATION_NOT_CHECKED,
    };
    vec![
        line(t::CHECK_SIGNATURE, checks.signature),
        line(t::CHECK_CHAIN, checks.chain),
        line(t::CHECK_PERIOD, checks.period),
        Row { name: t::CHECK_REVOCATION.into(), value: html! { <span class="mark"><Icon sign={Sign::Dash} />{ revocation }</span> } },
    ]
}
