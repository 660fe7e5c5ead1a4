//! OT-7 アカウント管理 (N020–N034): the list; the other screens stand beside it.

pub(crate) mod bulk;
pub(crate) mod fields;
pub(crate) mod new;
pub(crate) mod one;
pub(crate) mod policy;
pub(crate) mod slip;
pub(crate) mod tokens;

use shared::api::account::{AccountQuery, AccountRow, ListAccounts};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::CivilDate;
use shared::right::{Act, Right, may};
use yew::prelude::*;

use crate::part::table::{Column, Line};
use crate::part::{Button, Notice, Table, link};
use crate::remote::{Remote, damaged, unchanged};
use crate::session::use_session;
use crate::text::office::{accounts as words, factors, frame};
use crate::use_call::use_call;

/// What of the list has been fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fetched {
    rows: Vec<AccountRow>,
    damaged: u32,
    next: Option<UserId>,
}

/// The accounts of the institution that is in.
#[component]
pub(crate) fn Accounts() -> Html {
    let call = use_call::<ListAccounts>();
    let fetched = use_state(|| None::<Fetched>);
    let kind = use_session().session.kind;
    let ask = {
        let (call, fetched) = (call.clone(), fetched.clone());
        Callback::from(move |after: Option<UserId>| {
            let fetched = fetched.clone();
            call.start(ListAccounts, AccountQuery { after: after.clone() }, move |outcome| {
                if let Ok(page) = outcome {
                    let before = (*fetched).clone().filter(|_| after.is_some());
                    let (mut rows, damaged) = before.map(|found| (found.rows, found.damaged)).unwrap_or_default();
                    rows.extend(page.rows);
                    fetched.set(Some(Fetched { rows, damaged: damaged.saturating_add(page.damaged), next: page.next }));
                }
            });
        })
    };
    use_effect_with((), {
        let ask = ask.clone();
        move |()| ask.emit(None)
    });
    let progress = call.progress();
    let remote = match ((*fetched).clone(), &progress.refusal) {
        (_, Some(refusal)) => Remote::Failed(unchanged(refusal.clone())),
        (Some(found), None) => Remote::Here(found),
        (None, None) => Remote::Loading,
    };
    let is_here = matches!(remote, Remote::Here(_));
    html! {
        <>
            { view(&remote, kind, progress.is_busy, &ask) }
            if is_here {
                <policy::PolicyPanel />
            }
        </>
    }
}

fn view(remote: &Remote<Fetched>, kind: AccountKind, is_busy: bool, ask: &Callback<Option<UserId>>) -> Html {
    let may_bulk = may(kind, Act::RegisterAccountsInBulk) != Right::No;
    html! {
        <>
            <p>{ if kind == AccountKind::Master { words::LEAD_MASTER } else { words::LEAD } }</p>
            <p class="actions">
                { link("/o/accounts/new", Some(classes!("button", "button--primary")), words::NEW) }
                if may_bulk {
                    { link("/o/accounts/bulk", Some(classes!("button", "button--secondary")), words::BULK) }
                }
            </p>
            { remote.view(&ask.reform(|()| None), |found| list(found, is_busy, ask)) }
        </>
    }
}

fn list(found: &Fetched, is_busy: bool, ask: &Callback<Option<UserId>>) -> Html {
    let columns = [words::USER, words::NAME, words::KIND, words::STATE, factors::COLUMN, words::PERIOD, words::LAST_LOGIN]
        .map(Column::words)
        .to_vec();
    let next = found.next.clone();
    html! {
        <>
            { damaged(found.damaged) }
            <Table caption={words::TITLE} scrolls={words::SCROLLS} {columns} lines={found.rows.iter().map(line).collect::<Vec<_>>()}
                empty={html! { <Notice title={words::EMPTY} /> }} />
            if let Some(next) = next {
                <p><Button id="accounts-more" is_off={is_busy} onpress={ask.reform(move |()| Some(next.clone()))}>
                    { if is_busy { frame::BUSY } else { words::MORE } }
                </Button></p>
            }
        </>
    }
}

fn line(row: &AccountRow) -> Line {
    let last = row.last_login_at.map_or_else(|| words::NEVER.to_owned(), |at| at.jst_minute_text());
    let cells = vec![
        link(&format!("/o/accounts/of/{}", row.user), None, row.user.to_string()),
        html! { <span>{ &row.name }<br /><span class="accounts__kana">{ &row.kana }</span></span> },
        html! { { row.kind.label() } },
        html! {
            <span>
                { words::state(row.state, row.must_change_password) }
                if let Some(until) = row.waits_until {
                    <br /><span class="accounts__kana">{ words::waits(until) }</span>
                }
            </span>
        },
        html! { { second_factor(row) } },
        html! { { period(row.valid_from, row.valid_until) } },
        html! { { last } },
    ];
    Line { key: row.user.to_string().into(), cells }
}

/// あり, なし, or of a program, which is asked for none.
pub(crate) fn second_factor(row: &AccountRow) -> &'static str {
    match (row.kind.is_of_program(), row.has_second_factor) {
        (true, _) => factors::OF_PROGRAM,
        (false, true) => factors::HAS,
        (false, false) => factors::HAS_NOT,
    }
}

/// 「2026/12/01〜2027/03/31」; an open end stays open, and an account of before it was asked has none.
pub(crate) fn period(from: Option<CivilDate>, until: Option<CivilDate>) -> String {
    if from.is_none() && until.is_none() {
        return words::NO_PERIOD.to_owned();
    }
    let day = |day: Option<CivilDate>| day.map(CivilDate::slashed).unwrap_or_default();
    format!("{}〜{}", day(from), day(until))
}

#[cfg(test)]
mod tests;
