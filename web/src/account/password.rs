//! OT-4 初期パスワード変更, and パスワード変更 from the menu.

use shared::api::Refusal;
use shared::api::office::{ChangePassword, PasswordChange};
use shared::domain::account::{PASSWORD_MIN_CHARS, UserId, WeakPassword, check_password};
use shared::domain::institution::InstitutionCode;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::screen::Screen;
use crate::api::{self, Auth};
use crate::part::{Button, LiveRegion, Look, Notice, SecretField, Tone, field};
use crate::remote::form_failure;
use crate::session::use_session;
use crate::text::office::{self as text, password as words};

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

/// What is wrong with what was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Faults {
    old: Option<String>,
    new: Option<String>,
    again: Option<String>,
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
            Err(Faults { old, new, again })
        }
    }
}

impl Faults {
    fn first_field(&self) -> Option<&'static str> {
        [(&self.old, OLD), (&self.new, NEW), (&self.again, AGAIN)].into_iter().find_map(|(fault, id)| fault.is_some().then_some(id))
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
    let typed = use_state(Typed::default);
    let faults = use_state(Faults::default);
    let refusal = use_state(|| None::<Refusal>);
    let is_busy = use_state(|| false);
    let is_changed = use_state(|| false);
    let onsubmit = {
        let (typed, faults, refusal, is_busy, is_changed) =
            (typed.clone(), faults.clone(), refusal.clone(), is_busy.clone(), is_changed.clone());
        let (signed_in, onfirst) = (signed_in.clone(), props.onfirst.clone());
        Callback::from(move |()| {
            if *is_busy {
                return;
            }
            let request = match typed.check(&signed_in.session.user, &signed_in.session.institution) {
                Ok(request) => request,
                Err(found) => {
                    found.first_field().into_iter().for_each(field::focus);
                    faults.set(found);
                    refusal.set(None);
                    return;
                }
            };
            faults.set(Faults::default());
            refusal.set(None);
            is_busy.set(true);
            let (typed, refusal, is_busy, is_changed, signed_in) =
                (typed.clone(), refusal.clone(), is_busy.clone(), is_changed.clone(), signed_in.clone());
            let onfirst = onfirst.clone();
            spawn_local(async move {
                let outcome = api::call::<ChangePassword>(&[], &request, Auth::Office).await;
                is_busy.set(false);
                signed_in.follow(&outcome);
                match outcome {
                    Ok(session) => {
                        if signed_in.session.must_change_password {
                            onfirst.emit(());
                        } else {
                            typed.set(Typed::default());
                            is_changed.set(true);
                        }
                        signed_in.renew(session);
                    }
                    Err(said) => refusal.set(Some(said)),
                }
            });
        })
    };
    let onchange = {
        let typed = typed.clone();
        Callback::from(move |new: Typed| typed.set(new))
    };
    html! {
        <PasswordView user={signed_in.session.user.clone()} institution={signed_in.session.institution.clone()}
            is_first={signed_in.session.must_change_password} typed={(*typed).clone()} faults={(*faults).clone()}
            refusal={(*refusal).clone()} is_busy={*is_busy} is_changed={*is_changed}
            way_on={props.way_on.clone()} {onchange} {onsubmit} />
    }
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
    pub(crate) typed: Typed,
    /// What is wrong with it.
    #[prop_or_default]
    pub(crate) faults: Faults,
    /// What the server said.
    #[prop_or_default]
    pub(crate) refusal: Option<Refusal>,
    /// The server was asked.
    #[prop_or_default]
    pub(crate) is_busy: bool,
    /// It is done.
    #[prop_or_default]
    pub(crate) is_changed: bool,
    /// The way on from there.
    #[prop_or_default]
    pub(crate) way_on: Html,
    /// Called with each change.
    pub(crate) onchange: Callback<Typed>,
    /// Called on パスワードを変更する.
    pub(crate) onsubmit: Callback<()>,
}

/// The rules in plain words, the form, and while typing whether the new password will do.
#[component]
pub(crate) fn PasswordView(props: &PasswordViewProps) -> Html {
    if props.is_changed && !props.is_first {
        return html! { <Notice tone={Tone::Good} role="status" title={words::CHANGED}><p>{ props.way_on.clone() }</p></Notice> };
    }
    let change = |set: fn(&mut Typed, String)| {
        let typed = props.typed.clone();
        props.onchange.reform(move |value: String| {
            let mut new = typed.clone();
            set(&mut new, value);
            new
        })
    };
    let fault = |fault: &Option<String>| fault.clone().map(AttrValue::from);
    let onsubmit = props.onsubmit.reform(|event: SubmitEvent| event.prevent_default());
    html! {
        <>
            if props.is_first {
                <Notice tone={Tone::Info} title={words::FIRST} />
            }
            if let Some(said) = &props.refusal {
                { form_failure(&text::refusal_of_old_password(said)) }
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
            <form class="form" {onsubmit} novalidate=true>
                // For password managers: whose password this is.
                <input class="visually-hidden" type="text" autocomplete="username" value={props.user.to_string()} tabindex="-1"
                    aria-hidden="true" readonly=true />
                <SecretField id={OLD} label={if props.is_first { words::OLD_FIRST } else { words::OLD }} value={props.typed.old.clone()}
                    autocomplete="current-password" is_held={props.is_busy} fault={fault(&props.faults.old)}
                    oninput={change(|typed, value| typed.old = value)} />
                <SecretField id={NEW} label={words::NEW} value={props.typed.new.clone()} autocomplete="new-password"
                    described_by={STATE} is_held={props.is_busy}
                    fault={fault(&props.faults.new)} oninput={change(|typed, value| typed.new = value)} />
                <div id={STATE}><LiveRegion class="form__judged">{ judged(props) }</LiveRegion></div>
                <SecretField id={AGAIN} label={words::AGAIN} value={props.typed.again.clone()} autocomplete="new-password" is_held={props.is_busy}
                    fault={fault(&props.faults.again)} oninput={change(|typed, value| typed.again = value)} />
                <p>{ words::OTHER_SESSIONS }</p>
                <Button id="password-submit" look={Look::Primary} submits=true is_off={props.is_busy}>
                    { if props.is_busy { text::frame::BUSY } else { words::SUBMIT } }
                </Button>
            </form>
        </>
    }
}

/// While typing: what the new password lacks, or that it will do.
fn judged(props: &PasswordViewProps) -> Html {
    let chars = props.typed.new.chars().count();
    let (class, said) = match props.typed.judge(&props.user, &props.institution) {
        _ if chars == 0 => return Html::default(),
        Ok(()) => ("is-good", words::GOOD.to_owned()),
        Err(WeakPassword::TooShort) => ("is-open", words::missing_chars(PASSWORD_MIN_CHARS - chars)),
        Err(why) => ("is-open", words::weak(why)),
    };
    html! { <p {class}>{ said }</p> }
}
