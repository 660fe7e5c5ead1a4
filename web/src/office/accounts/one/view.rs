//! How an account stands, its form, and what can be done to it.

use shared::domain::account::{AccountKind, AccountState};
use yew::prelude::*;

use super::super::fields::fields;
use super::super::{period, second_factor};
use super::logins::logins;
use super::question::question;
use super::state::{Asked, OneViewProps};
use crate::part::{Button, DefinitionList, Notice, Panel, Row, SendForm};
use crate::text::office::{self as text, accounts as words, factors};

/// How it stands, the form, the actions, the logins, and the question that is asked.
#[component]
pub(crate) fn OneView(props: &OneViewProps) -> Html {
    let row = &props.details.account;
    let last = row.last_login_at.map_or_else(|| words::NEVER.to_owned(), |at| at.jst_minute_text());
    let state = words::state(row.state, row.must_change_password);
    let state = row.waits_until.map_or_else(|| state.to_owned(), |until| format!("{state}。{}。", words::waits(until)));
    let rows = vec![
        Row::text(words::USER, row.user.to_string()),
        Row::text(words::KIND, row.kind.label()),
        Row::text(words::STATE, state),
        Row::text(factors::COLUMN, second_factor(row)),
        Row::text(words::NAME, row.name.clone()),
        Row::text(words::KANA, row.kana.clone()),
        Row::text(words::PERIOD, period(row.valid_from, row.valid_until)),
        Row::text(words::LAST_LOGIN, last),
    ];
    html! {
        <>
            <DefinitionList {rows} />
            if row.last_login_at.is_none() && matches!(row.kind, AccountKind::General | AccountKind::Viewer) {
                <p>{ words::NEVER_NEXT }</p>
            }
            if row.may_change {
                { changes(props) }
            } else {
                <Notice title={if props.by == AccountKind::Master { words::READ_ONLY_MASTER } else { words::READ_ONLY }} />
            }
            <Panel title={words::SESSIONS} class="accounts">{ logins(props) }</Panel>
            if let Some(asked) = &props.asked {
                { question(props, asked) }
            }
        </>
    }
}

fn changes(props: &OneViewProps) -> Html {
    let row = &props.details.account;
    // What was refused is said where it was asked: here, or in the question.
    let failed = props.progress.refusal.as_ref().filter(|_| props.asked.is_none()).map(text::refusal);
    let act = |id: &'static str, asked: Asked, words: &'static str| {
        html! { <Button {id} onpress={props.onask.reform(move |()| Some(asked.clone()))}>{ words }</Button> }
    };
    html! {
        <>
            <Panel title={words::CHANGE_TITLE}>
                <SendForm id="account-change" submit={words::SUBMIT_CHANGE} {failed} is_busy={props.progress.is_busy && props.asked.is_none()}
                    onsubmit={props.onsubmit.clone()}>
                    { fields(&props.form, row.valid_from.is_some()) }
                </SendForm>
            </Panel>
            <Panel title={words::ACTIONS} class="accounts">
                <p class="actions">
                    if row.state == AccountState::Suspended {
                        { act("account-resume", Asked::Resume, words::RESUME) }
                    } else {
                        { act("account-suspend", Asked::Suspend, words::SUSPEND) }
                    }
                    if !props.is_self {
                        { act("account-reset", Asked::Reset, words::RESET) }
                        if row.has_second_factor {
                            { act("account-reset-factors", Asked::ResetFactors, factors::RESET) }
                        }
                    }
                    { act("account-unlock", Asked::Unlock, words::UNLOCK) }
                </p>
                if props.is_self {
                    <p>{ words::OWN_PASSWORD }</p>
                }
            </Panel>
        </>
    }
}
