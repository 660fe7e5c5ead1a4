//! アカウント管理(更新): one account, what can be done to it, and where it is logged in.

mod logins;
mod question;
mod state;
mod view;

use shared::api::Stored;
use shared::api::account::{
    AccountChange, AccountDetail, AccountDetails, AccountRow, ChangeAccount, EndSessions, FirstPassword, ResetPassword, ResumeAccount,
    SessionsToEnd, SuspendAccount, TypedUser, UnlockAccount,
};
use shared::api::factor::ResetFactors;
use shared::domain::account::AccountKind;
use shared::domain::calendar::CivilDate;
use yew::prelude::*;

pub(crate) use self::state::{Asked, OneViewProps};
pub(crate) use self::view::OneView;
use super::fields::Typed;
use super::new::{SECRET, first_password};
use super::period;
use super::tokens::Tokens;
use crate::part::{Notice, Tone, field};
use crate::remote::{Remote, use_get};
use crate::session::{Ended, use_session};
use crate::text::office::{accounts as words, factors};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, use_kept_form};

const NEWS: &str = "account-news";

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
    let look = use_call::<AccountDetail>();
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
        let (shown, look, user) = (shown.clone(), look.clone(), props.user.clone());
        Callback::from(move |new: Shown| {
            shown.set(new.clone());
            // Where it is logged in now, only the server knows. After a new password: nowhere.
            if new.first.is_none() {
                let shown = shown.clone();
                look.forget();
                look.start(AccountDetail { user: user.as_str().into() }, (), move |outcome| {
                    if let Ok(details) = outcome {
                        shown.set(Shown { details: Some(details), ..new });
                    }
                });
            }
        })
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
                if details.account.kind == AccountKind::WebApi && details.account.may_change {
                    <Tokens user={details.account.user.to_string()} />
                }
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
        let (is_busy, today) = (progress.is_busy, signed_in.now().jst_date());
        Callback::from(move |()| {
            if is_busy {
                return;
            }
            let Some(read) = form.read(|typed| typed.read(Faults::default(), row.valid_from.is_some())) else { return change.forget() };
            let request = AccountChange {
                name: read.name,
                kana: read.kana,
                valid_from: read.valid_from,
                valid_until: read.valid_until,
                typed_user: None,
            };
            let is_same_period = (row.valid_from, row.valid_until) == (read.valid_from, read.valid_until);
            let is_over = read.valid_until.is_some_and(|until| until < today);
            if !is_same_period && (is_over || row.kind.is_of_program()) {
                change.forget();
                asked.set(Some(Asked::Change { request, is_over }));
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
                Some(Asked::Change { request, .. }) => send_change(AccountChange { typed_user, ..request }),
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
