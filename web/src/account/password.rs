//! OT-4 初期パスワード変更, and パスワード変更 from the menu.

use shared::api::office::{ChangePassword, PasswordChange, Session};
use shared::domain::account::{PASSWORD_MIN_CHARS, UserId, WeakPassword, check_password};
use shared::domain::institution::InstitutionCode;
use yew::prelude::*;

use super::screen::Screen;
use crate::part::{LiveRegion, Notice, SecretField, SendForm, Tone};
use crate::session::use_session;
use crate::text::office::{self as text, password as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form};

/// What was typed. No `Debug`: passwords.
#[derive(Clone, PartialEq, Default)]
pub(crate) struct Typed {
    /// The present password.
    pub(crate) old: String,
    /// The chosen one.
    pub(crate) new: String,
    /// The chosen one, once more.
    pub(crate) again: String,
}

impl Typed {
    fn judge(&self, user: &UserId, institution: &InstitutionCode) -> Result<(), WeakPassword> {
        check_password(&self.new, user, institution.as_str())?;
        if self.new == self.old { Err(WeakPassword::Unchanged) } else { Ok(()) }
    }

    /// Reads the three fields.
    pub(crate) fn check(&self, user: &UserId, institution: &InstitutionCode) -> Result<PasswordChange, Faults> {
        let new = match self.judge(user, institution) {
            _ if self.new.is_empty() => Some(words::NO_NEW.to_owned()),
            Err(why) => Some(words::weak(why)),
            Ok(()) => None,
        };
        let old = self.old.is_empty().then(|| words::NO_OLD.to_owned());
        let again = (self.new != self.again).then(|| words::DIFFERENT.to_owned());
        if old.is_none() && new.is_none() && again.is_none() {
            Ok(PasswordChange { old: self.old.clone(), new: self.new.clone() })
        } else {
            Err(Faults::default().note(OLD, old).note(NEW, new).note(AGAIN, again))
        }
    }
}

const OLD: &str = "password-old";
const NEW: &str = "password-new";
const AGAIN: &str = "password-again";
const STATE: &str = "password-state";

/// The first change: while it is asked for, nothing else is shown.
pub(crate) fn first(onfirst: &Callback<()>) -> Screen {
    let view = html! { <Password onfirst={onfirst.clone()} /> };
    Screen { id: "OT-4", title: words::TITLE_FIRST, act: None, up: None, view }
}

/// Says what follows a change.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PasswordProps {
    /// The way on after a change from the menu.
    #[prop_or_default]
    pub(crate) way_on: Html,
    /// Called after the first change, before the screens open.
    #[prop_or_default]
    pub(crate) onfirst: Callback<()>,
}

/// OT-4: old, new, again.
#[component]
pub(crate) fn Password(props: &PasswordProps) -> Html {
    let signed_in = use_session();
    let form = use_form(Typed::default);
    let call = use_call::<ChangePassword>();
    let is_changed = use_state(|| false);
    let Session { user, institution, must_change_password: is_first, .. } = signed_in.session.clone();
    let progress = call.progress();
    let onsubmit = {
        let (form, is_changed, onfirst) = (form.clone(), is_changed.clone(), props.onfirst.clone());
        let (user, institution) = (user.clone(), institution.clone());
        Callback::from(move |()| {
            let Some(request) = form.read(|typed| typed.check(&user, &institution)) else { return call.forget() };
            let (form, is_changed, onfirst, signed_in) = (form.clone(), is_changed.clone(), onfirst.clone(), signed_in.clone());
            call.start(ChangePassword, request, move |outcome| {
                if let Ok(session) = outcome {
                    if is_first {
                        onfirst.emit(());
                    } else {
                        form.set(Typed::default());
                        is_changed.set(true);
                    }
                    signed_in.renew(session);
                }
            });
        })
    };
    let form = form.held(progress.is_busy);
    let way_on = props.way_on.clone();
    html! { <PasswordView {user} {institution} {is_first} {form} {progress} is_changed={*is_changed} {way_on} {onsubmit} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PasswordViewProps {
    /// Whose password.
    pub(crate) user: UserId,
    /// Where.
    pub(crate) institution: InstitutionCode,
    /// The first change, which blocks all else.
    pub(crate) is_first: bool,
    /// What was typed.
    pub(crate) form: Form<Typed>,
    /// What the server said.
    #[prop_or_default]
    pub(crate) progress: Progress,
    /// It is done.
    #[prop_or_default]
    pub(crate) is_changed: bool,
    /// The way on from there.
    #[prop_or_default]
    pub(crate) way_on: Html,
    /// Called on パスワードを変更する.
    pub(crate) onsubmit: Callback<()>,
}

/// The rules in plain words, the form, and while typing whether the new password will do.
#[component]
pub(crate) fn PasswordView(props: &PasswordViewProps) -> Html {
    if props.is_changed && !props.is_first {
        return html! { <Notice tone={Tone::Good} role="status" title={words::CHANGED}><p>{ props.way_on.clone() }</p></Notice> };
    }
    let form = &props.form;
    let failed = props.progress.refusal.as_ref().map(text::refusal_of_old_password);
    html! {
        <>
            if props.is_first {
                <Notice tone={Tone::Info} title={words::FIRST} />
            }
            <section class="account-rules">
                <h2>{ words::RULES }</h2>
                <ul>
                    <li>{ words::rule_length() }</li>
                    <li>{ words::RULE_REGULAR }</li>
                    <li>{ words::RULE_ALIKE }</li>
                    <li>{ words::RULE_ID }</li>
                    <li>{ words::RULE_OTHER }</li>
                </ul>
                <p>{ words::RULE_FREE }</p>
            </section>
            <SendForm id="password-submit" submit={words::SUBMIT} {failed} is_busy={props.progress.is_busy} onsubmit={props.onsubmit.clone()}>
                // For password managers: whose password this is.
                <input class="visually-hidden" type="text" autocomplete="username" value={props.user.to_string()} tabindex="-1"
                    aria-hidden="true" readonly=true />
                <SecretField of={form.input(OLD, |typed| &mut typed.old)} label={if props.is_first { words::OLD_FIRST } else { words::OLD }}
                    autocomplete="current-password" />
                <SecretField of={form.input(NEW, |typed| &mut typed.new)} label={words::NEW} autocomplete="new-password" described_by={STATE} />
                <div id={STATE}><LiveRegion class="form__judged">{ judged(props) }</LiveRegion></div>
                <SecretField of={form.input(AGAIN, |typed| &mut typed.again)} label={words::AGAIN} autocomplete="new-password" />
                <p>{ words::OTHER_SESSIONS }</p>
            </SendForm>
        </>
    }
}

/// While typing: what the new password lacks, or that it will do.
fn judged(props: &PasswordViewProps) -> Html {
    let chars = props.form.typed.new.chars().count();
    let (class, said) = match props.form.typed.judge(&props.user, &props.institution) {
        _ if chars == 0 => return Html::default(),
        Ok(()) => ("is-good", words::GOOD.to_owned()),
        Err(WeakPassword::TooShort) => ("is-open", words::missing_chars(PASSWORD_MIN_CHARS - chars)),
        Err(why) => ("is-open", words::weak(why)),
    };
    html! { <p {class}>{ said }</p> }
}
