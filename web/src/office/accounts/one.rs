//! アカウント管理(更新): one account, what can be done to it, and where it is logged in.

use shared::api::Stored;
use shared::api::account::{
    AccountChange, AccountDetail, AccountDetails, AccountRow, ChangeAccount, EndSessions, FirstPassword, ResetPassword, ResumeAccount,
    SessionRow, SessionsToEnd, SuspendAccount, TypedUser, UnlockAccount,
};
use shared::api::factor::ResetFactors;
use shared::domain::account::{AccountKind, AccountState};
use shared::domain::calendar::CivilDate;
use yew::prelude::*;

use super::fields::{Typed, fields};
use super::new::{SECRET, first_password};
use super::{period, second_factor};
use crate::part::confirm::Words;
use crate::part::table::{Column, Line};
use crate::part::{Button, Confirm, DefinitionList, Notice, Panel, Row, SendForm, Table, Tone, field};
use crate::remote::{Remote, use_get};
use crate::session::{Ended, use_session};
use crate::text::office::{self as text, accounts as words, factors};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_kept_form};

const NEWS: &str = "account-news";

/// What the person was asked to confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    Suspend,
    Resume,
    Reset,
    Unlock,
    /// The second factors of a lost device.
    ResetFactors,
    /// All logins, or the one of this id.
    End(Option<String>),
    /// A change of the period, where programs depend on the account.
    Change(AccountChange),
}

impl Asked {
    /// Title, button, what it means.
    fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Suspend => (words::SUSPEND_ASK, words::SUSPEND, words::SUSPEND_WHAT),
            Self::Resume => (words::RESUME_ASK, words::RESUME, words::RESUME_WHAT),
            Self::Reset => (words::RESET_ASK, words::RESET, words::RESET_WHAT),
            Self::Unlock => (words::UNLOCK_ASK, words::UNLOCK, words::UNLOCK_WHAT),
            Self::ResetFactors => (factors::RESET_ASK, factors::RESET, factors::RESET_WHAT),
            Self::End(None) => (words::END_ASK, words::END_ALL, words::END_WHAT),
            Self::End(Some(_)) => (words::END_ASK, words::END_ONE, words::END_WHAT),
            Self::Change(_) => (words::PERIOD_ASK, words::SUBMIT_CHANGE, words::PERIOD_WHAT),
        }
    }

    /// True where the logins of the account end, all of them.
    fn ends_all_logins(&self) -> bool {
        matches!(self, Self::Suspend | Self::Reset | Self::ResetFactors | Self::End(None))
    }

    /// True where programs stop working (N176, N178, X54).
    fn breaks_links(&self) -> bool {
        matches!(self, Self::Suspend | Self::Reset | Self::Change(_))
    }
}

/// What stands on the screen beside what the server said first.
#[derive(Clone, PartialEq, Default)]
struct Shown {
    details: Option<AccountDetails>,
    news: Option<&'static str>,
    first: Option<FirstPassword>,
}

/// Says which account.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OneAccountProps {
    /// ユーザID, as it stands in the address.
    pub(crate) user: String,
}

/// One account.
#[component]
pub(crate) fn OneAccount(props: &OneAccountProps) -> Html {
    let (remote, on_retry) = use_get(AccountDetail { user: (&props.user).into() });
    let session = use_session().session;
    let shown = use_state(Shown::default);
    let details = match (&shown.details, remote) {
        (Some(details), _) => Remote::Here(details.clone()),
        (None, remote) => remote,
    };
    let has_news = shown.news.is_some();
    use_effect_with((has_news, shown.details.clone()), |(has_news, _)| {
        if *has_news {
            field::focus(NEWS);
        }
    });
    use_effect_with(shown.first.is_some(), |is_first| {
        if *is_first {
            field::focus(SECRET);
        }
    });
    if let Some(first) = &shown.first {
        let ondone = {
            let shown = shown.clone();
            Callback::from(move |()| shown.set(Shown { first: None, ..(*shown).clone() }))
        };
        return first_password(&session, words::RESET_DONE, first, ondone);
    }
    let onshown = {
        let shown = shown.clone();
        Callback::from(move |new| shown.set(new))
    };
    let onlost = {
        let (shown, on_retry) = (shown.clone(), on_retry.clone());
        Callback::from(move |()| {
            shown.set(Shown::default());
            on_retry.emit(());
        })
    };
    details.view(&on_retry, |details| {
        html! {
            <>
                if let Some(news) = shown.news {
                    <div id={NEWS} tabindex="-1"><Notice tone={Tone::Good} role="status" title={news} /></div>
                }
                <Opened key={opened_key(&details.account)} details={details.clone()} {onshown} {onlost} />
            </>
        }
    })
}

/// A form begins anew when the account was changed.
fn opened_key(row: &AccountRow) -> String {
    format!("{}/{}/{}", row.name, row.kana, period(row.valid_from, row.valid_until))
}

#[derive(Clone, PartialEq, Properties)]
struct OpenedProps {
    details: AccountDetails,
    onshown: Callback<Shown>,
    /// How the account stands is not known any more.
    onlost: Callback<()>,
}

/// The account once it is there: its form and its questions.
#[component]
fn Opened(props: &OpenedProps) -> Html {
    let row = props.details.account.clone();
    let form = use_kept_form(&format!("account/{}", row.user), || typed_of(&row));
    let signed_in = use_session();
    let is_self = signed_in.session.user == row.user;
    let asked = use_state(|| None::<Asked>);
    let change = use_call::<ChangeAccount>();
    let suspend = use_call::<SuspendAccount>();
    let resume = use_call::<ResumeAccount>();
    let reset = use_call::<ResetPassword>();
    let unlock = use_call::<UnlockAccount>();
    let end = use_call::<EndSessions>();
    let lost = use_call::<ResetFactors>();
    let all = [&change.progress(), &suspend.progress(), &resume.progress(), &reset.progress(), &unlock.progress(), &end.progress()];
    let all = all.into_iter().chain([&lost.progress()]).cloned().collect::<Vec<_>>();
    let progress = all.into_iter().find(|one| *one != Progress::default()).unwrap_or_default();
    // A row in place of the one before; what ended the logins left none.
    let onrow = |news: &'static str, ends: bool| {
        let (asked, onshown, details, signed_in) = (asked.clone(), props.onshown.clone(), props.details.clone(), signed_in.clone());
        move |account: AccountRow| {
            asked.set(None);
            if ends && is_self {
                return signed_in.end(Ended::Expired);
            }
            let sessions = if ends { Vec::new() } else { details.sessions.clone() };
            onshown.emit(Shown { details: Some(AccountDetails { account, sessions }), news: Some(news), first: None });
        }
    };
    let send_change = {
        let (change, row, form) = (change.clone(), row.clone(), form.clone());
        let done = onrow(words::CHANGED, false);
        move |request: AccountChange| {
            let (done, form) = (done.clone(), form.clone());
            change.start(ChangeAccount { user: row.user.as_str().into() }, request, move |outcome| {
                if let Ok(account) = outcome {
                    form.set(typed_of(&account));
                    done(account);
                }
            });
        }
    };
    let onask = {
        let calls = (change.clone(), suspend.clone(), resume.clone(), reset.clone(), unlock.clone(), end.clone(), lost.clone());
        let (asked, onlost) = (asked.clone(), props.onlost.clone());
        let is_lost = progress.refusal.as_ref().is_some_and(|refusal| refusal.stored == Stored::Unknown);
        Callback::from(move |next: Option<Asked>| {
            // After an answer that was lost, only the server knows how the account stands: it is looked at before anything else is asked.
            if is_lost {
                onlost.emit(());
            }
            calls.0.forget();
            calls.1.forget();
            calls.2.forget();
            calls.3.forget();
            calls.4.forget();
            calls.5.forget();
            calls.6.forget();
            asked.set(next.filter(|_| !is_lost));
        })
    };
    let onsubmit = {
        let (form, row, asked, change, send_change) = (form.clone(), row.clone(), asked.clone(), change.clone(), send_change.clone());
        let is_busy = progress.is_busy;
        Callback::from(move |()| {
            if is_busy {
                return;
            }
            let Some(read) = form.read(|typed| typed.read(Faults::default())) else { return change.forget() };
            let request = AccountChange {
                name: read.name,
                kana: read.kana,
                valid_from: read.valid_from,
                valid_until: read.valid_until,
                typed_user: None,
            };
            let is_same_period = (row.valid_from, row.valid_until) == (Some(read.valid_from), read.valid_until);
            if row.kind.is_of_program() && !is_same_period {
                change.forget();
                asked.set(Some(Asked::Change(request)));
            } else {
                send_change(request);
            }
        })
    };
    let onact = {
        let (asked, row, signed_in) = (asked.clone(), row.clone(), signed_in.clone());
        let onshown = props.onshown.clone();
        let done =
            [onrow(words::SUSPENDED, true), onrow(words::RESUMED, false), onrow(words::UNLOCKED, false), onrow(factors::RESET_DONE, true)];
        Callback::from(move |typed: String| {
            let user = || row.user.as_str().into();
            let typed_user = Some(typed).filter(|typed| !typed.is_empty());
            let [suspended, resumed, unlocked, taken_off] = done.clone();
            let (onshown, asking, signed_in) = (onshown.clone(), asked.clone(), signed_in.clone());
            match (*asked).clone() {
                None => {}
                Some(Asked::Suspend) => suspend.start(SuspendAccount { user: user() }, TypedUser { typed_user }, move |outcome| {
                    outcome.into_iter().for_each(suspended);
                }),
                Some(Asked::Resume) => resume.start(ResumeAccount { user: user() }, (), move |outcome| {
                    outcome.into_iter().for_each(resumed);
                }),
                Some(Asked::Unlock) => unlock.start(UnlockAccount { user: user() }, (), move |outcome| {
                    outcome.into_iter().for_each(unlocked);
                }),
                Some(Asked::ResetFactors) => lost.start(ResetFactors { user: user() }, (), move |outcome| {
                    outcome.into_iter().for_each(taken_off);
                }),
                Some(Asked::Reset) => reset.start(ResetPassword { user: user() }, TypedUser { typed_user }, move |outcome| {
                    if let Ok(first) = outcome {
                        asking.set(None);
                        let details = AccountDetails { account: first.account.clone(), sessions: Vec::new() };
                        onshown.emit(Shown { details: Some(details), news: None, first: Some(first) });
                    }
                }),
                Some(Asked::End(session)) => {
                    end.start(EndSessions { user: user() }, SessionsToEnd { session: session.clone() }, move |outcome| {
                        if let Ok(details) = outcome {
                            asking.set(None);
                            if is_self && session.is_none() {
                                return signed_in.end(Ended::Expired);
                            }
                            onshown.emit(Shown { details: Some(details), news: Some(words::ENDED), first: None });
                        }
                    })
                }
                Some(Asked::Change(request)) => send_change(AccountChange { typed_user, ..request }),
            }
        })
    };
    let form = form.held(progress.is_busy);
    let by = signed_in.session.kind;
    let props =
        OneViewProps { details: props.details.clone(), is_self, by, form, progress, asked: (*asked).clone(), onsubmit, onask, onact };
    html! { <OneView ..props /> }
}

fn typed_of(row: &AccountRow) -> Typed {
    let day = |day: Option<CivilDate>| day.map(CivilDate::slashed).unwrap_or_default();
    Typed { name: row.name.clone(), kana: row.kana.clone(), from: day(row.valid_from), until: day(row.valid_until), ..Typed::default() }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OneViewProps {
    pub(crate) details: AccountDetails,
    /// The account of who looks.
    pub(crate) is_self: bool,
    /// Its kind.
    pub(crate) by: AccountKind,
    pub(crate) form: Form<Typed>,
    pub(crate) progress: Progress,
    pub(crate) asked: Option<Asked>,
    pub(crate) onsubmit: Callback<()>,
    pub(crate) onask: Callback<Option<Asked>>,
    pub(crate) onact: Callback<String>,
}

/// How it stands, the form, the actions, the logins, and the question that is asked.
#[component]
pub(crate) fn OneView(props: &OneViewProps) -> Html {
    let row = &props.details.account;
    let last = row.last_login_at.map_or_else(|| words::NEVER.to_owned(), |at| at.jst_minute_text());
    let rows = vec![
        Row::text(words::USER, row.user.to_string()),
        Row::text(words::KIND, row.kind.label()),
        Row::text(words::STATE, words::state(row.state, row.must_change_password)),
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
            <Panel title={words::SESSIONS} class="accounts">{ sessions(props) }</Panel>
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
                    { fields(&props.form) }
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

fn sessions(props: &OneViewProps) -> Html {
    let columns = [words::SINCE, words::SEEN, words::FROM_WHERE, words::END_COLUMN].map(Column::words).to_vec();
    let may_end = props.details.account.may_change;
    let line = |session: &SessionRow| {
        let (id, end_id) = (session.id.clone(), format!("end-{}", session.id.chars().take(8).collect::<String>()));
        let end = if session.is_own {
            html! { { words::OWN } }
        } else if may_end {
            let onpress = props.onask.reform(move |()| Some(Asked::End(Some(id.clone()))));
            let whose = words::of_login(&session.opened_at.jst_minute_text());
            html! { <Button id={end_id} {onpress}>{ words::END_ONE }<span class="visually-hidden">{ whose }</span></Button> }
        } else {
            Html::default()
        };
        let address = session.address.clone().unwrap_or_else(|| words::UNKNOWN.to_owned());
        let texts = [session.opened_at.jst_minute_text(), session.seen_at.jst_minute_text(), address];
        let cells = texts.into_iter().map(|text| html! { { text } }).chain([end]).collect();
        Line { key: session.id.clone().into(), cells }
    };
    let lines: Vec<Line> = props.details.sessions.iter().map(line).collect();
    html! {
        <>
            <Table caption={words::SESSIONS} scrolls={words::SESSIONS_SCROLLS} {columns} lines={lines.clone()}
                empty={html! { <p>{ words::SESSIONS_NONE }</p> }} />
            if may_end && lines.len() > 1 {
                <p><Button id="account-end-all" onpress={props.onask.reform(|()| Some(Asked::End(None)))}>{ words::END_ALL }</Button></p>
            }
        </>
    }
}

fn question(props: &OneViewProps, asked: &Asked) -> Html {
    let row = &props.details.account;
    let (title, act, what) = asked.words();
    let breaks = row.kind.is_of_program() && asked.breaks_links();
    let (then_title, then) = words::then(row.kind, *asked == Asked::Reset);
    let user = row.user.to_string();
    let typed = breaks.then(|| Words {
        label: words::TYPE_USER.into(),
        hint: words::type_hint(&user).into(),
        wrong: words::TYPED_WRONG.into(),
        inputmode: None,
        is_right: Callback::from(move |typed: String| typed.trim() == user),
    });
    let onact = props.onact.reform(|typed: String| typed.trim().to_owned());
    html! {
        <Confirm id="account-ask" {title} {act} words={typed} is_busy={props.progress.is_busy}
            failed={props.progress.refusal.as_ref().map(text::refusal)} {onact} onclose={props.onask.reform(|()| None)}>
            <p>{ words::whose(&row.name, row.user.as_str()) }</p>
            <p>{ what }</p>
            if props.is_self && asked.ends_all_logins() {
                <p>{ words::ENDS_OWN }</p>
            }
            if breaks {
                <Notice tone={Tone::Warn} title={words::BREAKS_TITLE}>
                    <ul>{ for words::BREAKS.iter().map(|one| html! { <li>{ one }</li> }) }</ul>
                    <p>{ then_title }</p>
                    <ul>{ for then.iter().map(|one| html! { <li>{ one }</li> }) }</ul>
                    <p>{ words::CHARGE }</p>
                </Notice>
            }
        </Confirm>
    }
}
