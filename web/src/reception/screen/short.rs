//! The short screens: top, the two hand-overs, the end.

use std::rc::Rc;

use shared::api::reception::{Maintenance, PageOpened, VisitResult};
use shared::domain::calendar::UnixMs;
use shared::domain::coverage::Validity;
use shared::domain::visit::Purpose;
use yew::prelude::*;

use super::readiness::Readiness;
use crate::part::{Button, DefinitionList, Heading, Icon, LiveRegion, Look, Notice, Panel, Row, Sign, Tone, Verdict};
use crate::reception::desk::Ended;
use crate::text::reception::uses as u;
use crate::text::{self, errors, reception as t};
use crate::trouble::Trouble;

/// Says what the top shows.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct TopProps {
    /// The institution.
    pub page: Rc<PageOpened>,
    /// This device cannot read a card (X13): said before the patient is asked anything.
    pub is_phone: bool,
    /// The server's clock: whether a maintenance window lasts.
    pub now: UnixMs,
    /// 「同意登録をする」, and the two that go with a consent that is registered.
    pub onstart: Callback<Purpose>,
    /// Asks the server again.
    pub onagain: Callback<()>,
}

/// RW-1 top: what is done here, and whether helper and reader are ready for it (X13, X15, X17).
#[component]
pub fn Top(props: &TopProps) -> Html {
    let phone = errors::trouble(&Trouble::Phone);
    let start = |purpose: Purpose| props.onstart.reform(move |()| purpose);
    let rows = vec![Row::text(t::INSTITUTION, props.page.institution_name.clone()), Row::text(t::USE, props.page.visit_kind.label())];
    html! {
        <>
            <Heading text={t::TOP} />
            <p>{ t::TOP_LEAD }</p>
            <Panel><DefinitionList {rows} /></Panel>
            if props.is_phone {
                <Notice tone={Tone::Warn} title={phone.happened.clone()} code={phone.code}>
                    <p>{ &phone.next }</p>
                    <p class="say__code">{ phone.code }</p>
                </Notice>
            }
            // A page that stays open for days announces nothing that is over.
            if let Some(ahead) = props.page.maintenance.as_ref().filter(|ahead| props.now < ahead.span.to) {
                { maintenance(ahead, props) }
            }
            if !stops_visits(props) {
                <p>{ t::TOP_NEXT }</p>
                <div class="actions"><Button look={Look::Primary} id="register" onpress={start(Purpose::Register)}>{ t::REGISTER }</Button></div>
                <h2>{ u::OWN_CONSENTS }</h2>
                <div class="actions">
                    <Button id="review" onpress={start(Purpose::Review)}>{ u::REVIEW }</Button>
                    <Button id="withdraw-all" onpress={start(Purpose::Withdraw)}>{ u::WITHDRAW }</Button>
                </div>
            }
            // Below the button: what it says changes, and moves nothing that is pressed.
            if !props.is_phone {
                <h2>{ t::READINESS }</h2>
                <Readiness helper={props.page.helper} />
            }
            <p class="aside">{ text::NOT_THE_STATE }</p>
            // The last of all: nothing moves when it comes.
            if !props.page.contact.is_empty() {
                <p class="aside">{ t::contact(&props.page.contact) }</p>
            }
        </>
    }
}

/// True while a maintenance window keeps a visit from beginning (X35).
fn stops_visits(props: &TopProps) -> bool {
    props.page.maintenance.is_some_and(|ahead| ahead.part.blocks_a_visit() && ahead.span.is_now(props.now))
}

/// Maintenance, announced from seven days before; while it lasts, in the place of the start.
fn maintenance(ahead: &Maintenance, props: &TopProps) -> Html {
    if stops_visits(props) {
        let say = errors::trouble(&Trouble::Maintenance(Some(ahead.span)));
        return html! {
            <Notice tone={Tone::Warn} role="alert" title={say.happened.clone()} code={say.code}>
                <p>{ &say.next }</p>
                <p class="say__code">{ say.code }</p>
                <Button id="again" onpress={props.onagain.clone()}>{ t::AGAIN }</Button>
            </Notice>
        };
    }
    let title = if ahead.part.blocks_a_visit() { t::no_visits(ahead.span) } else { t::part_stops(ahead.part, ahead.span) };
    html! { <Notice {title} /> }
}

/// Says what to do with what an earlier load left.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct GoOnProps {
    /// The server is asked.
    pub is_busy: bool,
    /// 「続ける」.
    pub ongoon: Callback<()>,
    /// 「はじめから」.
    pub onbegin: Callback<()>,
}

/// The page was opened again in the middle of a visit: by the same person or another one, it cannot know. Shows nothing of the
/// visit, and neither way is the proposed one.
#[component]
pub fn GoOn(props: &GoOnProps) -> Html {
    html! {
        <div class="hand">
            <Heading text={t::FOUND} />
            <p>{ t::FOUND_LEAD }</p>
            <p>{ t::FOUND_CLEARS }</p>
            <LiveRegion class="waiting">{ props.is_busy.then_some(t::WAITING) }</LiveRegion>
            <div class="actions">
                <Button id="go-on" is_off={props.is_busy} onpress={props.ongoon.clone()}>{ t::GO_ON }</Button>
                <Button id="begin" onpress={props.onbegin.clone()}>{ t::BEGIN }</Button>
            </div>
        </div>
    }
}

/// Says who goes on.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct HandOverProps {
    /// The patient has the tablet.
    pub onnext: Callback<()>,
    /// Back to the top.
    pub onback: Callback<()>,
}

/// The tablet goes from the staff to the patient.
#[component]
pub fn HandOver(props: &HandOverProps) -> Html {
    html! {
        <div class="hand">
            <div class="hand__signs"><Icon sign={Sign::Staff} /><span class="hand__arrow" aria-hidden="true">{ "→" }</span><Icon sign={Sign::Patient} /></div>
            <Heading text={t::HAND_OVER} />
            <p>{ t::HAND_OVER_LEAD }</p>
            <div class="actions">
                <Button look={Look::Primary} id="i-am-patient" onpress={props.onnext.clone()}>{ t::I_AM_PATIENT }</Button>
                <Button look={Look::Quiet} onpress={props.onback.clone()}>{ t::BACK }</Button>
            </div>
        </div>
    }
}

/// Says what was stored.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct HandBackProps {
    /// The stored answer.
    pub result: Rc<VisitResult>,
    /// The staff have the tablet.
    pub onnext: Callback<()>,
}

/// RW-6: both see the verdict; the tablet goes back to the staff.
#[component]
pub fn HandBack(props: &HandBackProps) -> Html {
    html! {
        <div class="hand">
            <Heading text={t::HAND_BACK} />
            if let Some(eligibility) = &props.result.eligibility {
                <p>{ t::ELIGIBILITY }</p>
                <p class="hand__verdict"><Verdict validity={eligibility.validity} /></p>
                if eligibility.validity != Validity::Valid {
                    if let Some(say) = errors::result(eligibility.validity, &eligibility.coverages) {
                        <p data-code={say.code}>{ &say.stored }</p>
                    }
                    <p class="hand__guides">{ t::STAFF_GUIDES }</p>
                }
            }
            <p>{ t::HAND_BACK_LEAD }</p>
            <div class="hand__signs"><Icon sign={Sign::Patient} /><span class="hand__arrow" aria-hidden="true">{ "→" }</span><Icon sign={Sign::Staff} /></div>
            <div class="actions"><Button look={Look::Primary} id="i-am-staff" onpress={props.onnext.clone()}>{ t::I_AM_STAFF }</Button></div>
        </div>
    }
}

/// Says how it ended.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct EndProps {
    /// How.
    pub ended: Ended,
    /// To the top.
    pub ontop: Callback<()>,
}

/// The end: everything of the person is gone from this tablet.
#[component]
pub fn End(props: &EndProps) -> Html {
    html! {
        <div class="hand">
            <Heading text={t::ended(props.ended.by_idling)} />
            <p>{ t::ended_stored(props.ended.stored) }</p>
            if props.ended.keeps_former {
                <p>{ t::FORMER_STAYS }</p>
            }
            <p>{ t::ENDED_CLEARED }</p>
            <div class="actions"><Button look={Look::Primary} id="to-top" onpress={props.ontop.clone()}>{ t::TO_TOP }</Button></div>
        </div>
    }
}
