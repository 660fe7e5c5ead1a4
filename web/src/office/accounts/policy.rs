//! 二段階認証の方針: from when the institution asks for a second factor, and how many people have none.

use shared::api::factor::{ChangeFactorPolicy, FactorDay, FactorPolicy, FactorPolicyNow};
use shared::domain::calendar::CivilDate;
use shared::right::{Act, Right, may};
use yew::prelude::*;

use crate::part::{Button, DateField, Notice, Panel, SendForm, Tone, field};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, factors as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form};

const DAY: &str = "policy-day";

/// The policy of the institution that is in.
#[component]
pub(crate) fn PolicyPanel() -> Html {
    let (remote, on_retry) = use_get(FactorPolicyNow);
    let kind = use_session().session.kind;
    let changed = use_state(|| None::<FactorPolicy>);
    let is_open = use_state(|| false);
    let form = use_form(String::new);
    let call = use_call::<ChangeFactorPolicy>();
    let remote = match (*changed).clone() {
        Some(policy) => Remote::Here(policy),
        None => remote,
    };
    let onopen = {
        let (is_open, call, form) = (is_open.clone(), call.clone(), form.clone());
        Callback::from(move |open: bool| {
            call.forget();
            form.set(String::new());
            is_open.set(open);
            if open {
                field::focus(DAY);
            }
        })
    };
    let onsubmit = {
        let (form, call, changed, is_open) = (form.clone(), call.clone(), changed.clone(), is_open.clone());
        Callback::from(move |()| {
            let read = |typed: &String| {
                let from = CivilDate::from_typed(typed);
                from.map(|from| FactorDay { from }).map_err(|_| Faults::default().note(DAY, Some(words::BAD_DAY)))
            };
            let Some(day) = form.read(read) else { return call.forget() };
            let (changed, is_open) = (changed.clone(), is_open.clone());
            call.start(ChangeFactorPolicy, day, move |outcome| {
                if let Ok(policy) = outcome {
                    is_open.set(false);
                    changed.set(Some(policy));
                }
            });
        })
    };
    let may_change = may(kind, Act::ManageAccounts) != Right::No;
    let (is_changed, is_open, progress) = (changed.is_some(), *is_open, call.progress());
    let form = form.held(progress.is_busy);
    remote.view(&on_retry, |policy| {
        html! { <PolicyView policy={policy.clone()} {may_change} {is_changed} {is_open} {form} {progress} {onopen} {onsubmit} /> }
    })
}

/// Everything that the panel shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PolicyViewProps {
    /// As the server said it.
    pub(crate) policy: FactorPolicy,
    /// The day is theirs to change.
    pub(crate) may_change: bool,
    /// It was changed a moment ago.
    #[prop_or_default]
    pub(crate) is_changed: bool,
    /// The form is open.
    #[prop_or_default]
    pub(crate) is_open: bool,
    /// The day, as typed.
    pub(crate) form: Form<String>,
    /// What the server said.
    #[prop_or_default]
    pub(crate) progress: Progress,
    /// Opens the form, or leaves it.
    #[prop_or_default]
    pub(crate) onopen: Callback<bool>,
    /// Called on この日からにする.
    #[prop_or_default]
    pub(crate) onsubmit: Callback<()>,
}

/// Since when, who has none, and another day.
#[component]
pub(crate) fn PolicyView(props: &PolicyViewProps) -> Html {
    let PolicyViewProps { policy, form, progress, .. } = props;
    let of = form.input(DAY, |typed| typed);
    let below = html! {
        <Button id="policy-cancel" is_off={progress.is_busy} onpress={props.onopen.reform(|()| false)}>{ text::confirm::CANCEL }</Button>
    };
    html! {
        <Panel title={words::POLICY} class="accounts">
            if props.is_changed {
                <Notice tone={Tone::Good} role="status" title={words::POLICY_CHANGED} />
            }
            <p id="policy-from">{ words::from(policy.from, policy.today) }</p>
            <p id="policy-without">{ words::without(policy.without, policy.people) }</p>
            <p>{ words::POLICY_WHAT }</p>
            if props.may_change && props.is_open {
                <SendForm id="policy-submit" submit={words::POLICY_SUBMIT} failed={progress.refusal.as_ref().map(text::refusal)}
                    is_busy={progress.is_busy} onsubmit={props.onsubmit.clone()} {below}>
                    <DateField {of} label={words::POLICY_LABEL} is_required=true />
                    <p>{ words::POLICY_HINT }</p>
                </SendForm>
            } else if props.may_change && policy.from > policy.today {
                <p class="actions"><Button id="policy-change" onpress={props.onopen.reform(|()| true)}>{ words::POLICY_CHANGE }</Button></p>
            }
        </Panel>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{day, draw, has};

    async fn drawn(from: &str, without: u32, may_change: bool) -> String {
        let policy = FactorPolicy { from: day(from), people: 4, without, today: day("2026-11-20") };
        draw(move || {
            let form = Form::new(String::new(), Faults::default(), Callback::noop());
            html! { <PolicyView {policy} {may_change} {form} /> }
        })
        .await
    }

    #[tokio::test]
    async fn the_day_is_said_and_brought_forward_while_it_is_to_come() {
        let html = drawn("2027-04-01", 3, true).await;
        for expected in ["2027/04/01", "4人のうち3人", "policy-change"] {
            has(&html, expected);
        }
        let html = drawn("2026-11-20", 0, true).await;
        has(&html, words::FULL);
        assert!(!html.contains("policy-change"), "it is in force");
        assert!(!drawn("2027-04-01", 3, false).await.contains("policy-change"), "マスタ only looks");
    }
}
