//! アカウント管理(登録) (N020–N028).

use shared::api::account::{AddAccount, FirstPassword, NewAccount};
use shared::api::office::Session;
use shared::api::{Detail, Refusal};
use shared::domain::account::{AccountFault, AccountKind, UserId};
use shared::domain::calendar::CivilDate;
use shared::right::{Right, looks_after};
use yew::prelude::*;

use super::fields::{Typed, fields};
use super::slip::slip;
use crate::part::{Button, Confirm, DefinitionList, Field, Notice, Offer, OneTimeSecret, Row, SelectField, SendForm, Tone, field, link};
use crate::session::use_session;
use crate::text::office::{self as text, accounts as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_kept_form};

const KIND: &str = "account-kind";
const USER: &str = "account-user";
/// Element id of what [`first_password`] shows, for the focus.
pub(crate) const SECRET: &str = "account-secret";

/// The value of a kind in the list.
fn value(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Master => "master",
        AccountKind::Admin => "admin",
        AccountKind::General => "general",
        AccountKind::Viewer => "viewer",
        AccountKind::Link => "link",
        AccountKind::WebApi => "web_api",
    }
}

/// The kinds that an account may make; 医療情報閲覧 first, which the device needs (N010).
fn made_by(by: AccountKind) -> Vec<AccountKind> {
    let first = [AccountKind::Viewer, AccountKind::General, AccountKind::Admin, AccountKind::Link, AccountKind::WebApi];
    first.into_iter().filter(|kind| looks_after(by, *kind) != Right::No).collect()
}

impl Typed {
    /// The form as it begins: from today, with the first of the kinds.
    pub(crate) fn begin(by: AccountKind, today: CivilDate) -> Self {
        let kind = made_by(by).first().map_or("", |kind| value(*kind));
        Self { kind: kind.to_owned(), from: today.slashed(), ..Self::default() }
    }

    /// Reads the whole form.
    pub(crate) fn new_account(&self, by: AccountKind) -> Result<NewAccount, Faults> {
        let user = UserId::try_from(self.user.trim());
        let kind = made_by(by).into_iter().find(|kind| value(*kind) == self.kind);
        let faults =
            Faults::default().note(KIND, kind.is_none().then_some(words::BAD_KIND)).note(USER, user.is_err().then_some(words::BAD_USER));
        let read = self.read(faults, true)?;
        let (Ok(user), Some(kind), Some(valid_from)) = (user, kind, read.valid_from) else {
            return Err(Faults::default().note(USER, Some(words::BAD_USER)));
        };
        Ok(NewAccount { kind, user, name: read.name, kana: read.kana, valid_from, valid_until: read.valid_until })
    }
}

/// The form, and after it the initial password.
#[component]
pub(crate) fn NewAccountScreen() -> Html {
    let signed_in = use_session();
    let session = signed_in.session.clone();
    let today = signed_in.now().jst_date();
    let form = use_kept_form("new-account", || Typed::begin(session.kind, today));
    let call = use_call::<AddAccount>();
    let made = use_state(|| None::<FirstPassword>);
    let progress = call.progress();
    let past = use_state(|| None::<NewAccount>);
    let send = {
        let (form, made, by, call, past) = (form.clone(), made.clone(), session.kind, call.clone(), past.clone());
        move |request: NewAccount| {
            let (form, made, past) = (form.clone(), made.clone(), past.clone());
            call.start(AddAccount, request, move |outcome| {
                past.set(None);
                match outcome {
                    Ok(first) => {
                        form.set(Typed::begin(by, today));
                        made.set(Some(first));
                    }
                    Err(Refusal { detail: Some(Detail::Account(AccountFault::IdTaken)), .. }) => {
                        form.mark(Faults::default().note(USER, Some(words::fault(AccountFault::IdTaken).0)));
                    }
                    Err(_) => {}
                }
            });
        }
    };
    let onsubmit = {
        let (form, past, by, call, send) = (form.clone(), past.clone(), session.kind, call.clone(), send.clone());
        Callback::from(move |()| {
            let Some(request) = form.read(|typed| typed.new_account(by)) else { return call.forget() };
            if request.valid_until.is_some_and(|until| until < today) {
                call.forget();
                past.set(Some(request));
            } else {
                send(request);
            }
        })
    };
    let asked = past.as_ref().map(|request| {
        let onact = {
            let request = request.clone();
            Callback::from(move |_: String| send(request.clone()))
        };
        let onclose = {
            let (past, call) = (past.clone(), call.clone());
            Callback::from(move |()| {
                call.forget();
                past.set(None);
            })
        };
        html! {
            <Confirm id="account-past" title={words::PERIOD_PAST} act={words::SUBMIT_NEW} is_busy={progress.is_busy} {onact} {onclose}>
                <p>{ words::PAST_UNTIL }</p>
            </Confirm>
        }
    });
    let ondone = {
        let made = made.clone();
        Callback::from(move |()| made.set(None))
    };
    let is_made = made.is_some();
    use_effect_with(is_made, |is_made| {
        if *is_made {
            field::focus(SECRET);
        }
    });
    let form = form.held(progress.is_busy);
    let shown = view(&session, &form, &progress, (*made).as_ref(), onsubmit, ondone);
    html! { <>{ shown }{ asked.unwrap_or_default() }</> }
}

/// The screen with all that it shows.
pub(crate) fn view(
    session: &Session,
    form: &Form<Typed>,
    progress: &Progress,
    made: Option<&FirstPassword>,
    onsubmit: Callback<()>,
    ondone: Callback<()>,
) -> Html {
    if let Some(first) = made {
        let path = format!("/o/accounts/of/{}", first.account.user);
        return html! {
            <>
                { first_password(session, words::MADE, first, ondone) }
                if first.password.is_none() {
                    <p>{ link(&path, None, words::TITLE_ONE) }</p>
                }
            </>
        };
    }
    let offers = made_by(session.kind).into_iter().map(|kind| Offer { value: value(kind), label: kind.label() }).collect::<Vec<_>>();
    let hint = if session.kind == AccountKind::Master { words::KIND_HINT_MASTER } else { words::KIND_HINT };
    let rows = vec![
        Row::text(words::INSTITUTION, session.institution.to_string()),
        Row::text(words::INSTITUTION_NAME, session.institution_name.clone()),
    ];
    html! {
        <>
            <DefinitionList {rows} />
            <SendForm id="account-submit" submit={words::SUBMIT_NEW} failed={progress.refusal.as_ref().map(text::refusal)}
                is_busy={progress.is_busy} {onsubmit}>
                <SelectField of={form.input(KIND, |typed| &mut typed.kind)} label={words::KIND} {hint} is_required=true {offers} />
                <Field of={form.input(USER, |typed| &mut typed.user)} label={words::USER} hint={words::USER_HINT} is_required=true />
                { fields(form, true) }
            </SendForm>
        </>
    }
}

/// The initial password, shown once, and its slip on paper; or that it was shown before.
pub(crate) fn first_password(session: &Session, news: &'static str, first: &FirstPassword, ondone: Callback<()>) -> Html {
    let FirstPassword { account, password } = first;
    let whose = words::whose(&account.name, account.user.as_str());
    let Some(password) = password else {
        return html! {
            <div id={SECRET} tabindex="-1">
                <Notice tone={Tone::Warn} role="status" title={words::MADE_BEFORE}>
                    <p>{ whose }</p>
                    <p>{ words::MADE_BEFORE_NEXT }</p>
                    <p><Button id="account-secret-close" onpress={ondone.reform(|()| ())}>{ words::CLOSE }</Button></p>
                </Notice>
            </div>
        };
    };
    html! {
        <>
            <Notice tone={Tone::Good} role="status" title={news} />
            <OneTimeSecret id={SECRET} title={words::FIRST_PASSWORD} {whose} secret={password.clone()} next={words::FIRST_NEXT} {ondone} />
            { slip(&session.institution, &session.institution_name, account, password) }
        </>
    }
}
