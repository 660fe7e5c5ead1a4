//! Who is in, and how the application stands (X52): the form, the wait, the reason of a return, or the accounts.

use std::cell::Cell;
use std::rc::Rc;

use shared::api::portal::{ApplicantHome, ApplicantState, ApplicationStanding, LogOutApplicant};
use shared::api::{Code, Refusal};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;
use yew_router::AnyRoute;
use yew_router::prelude::*;

use super::LOGIN;
use super::form::ApplicationForm;
use super::sheets::Sheets;
use super::standing::{Left, Standing};
use crate::api::{self, Auth};
use crate::part::{Button, DefinitionList, Heading, IdleGuard, Notice, PageShell, Row, Tone};
use crate::remote::{Remote, failure, loading};
use crate::text::office::apply as words;
use crate::text::office::frame;

/// Asks how the application stands, and shows what follows.
#[component]
pub(super) fn Home() -> Html {
    let remote = use_state(|| Remote::<ApplicantHome>::Loading);
    let turn = use_state(|| 0_u32);
    let navigator = use_navigator();
    let leave = {
        let navigator = navigator.clone();
        Callback::from(move |left: Left| {
            if let Some(navigator) = &navigator {
                navigator.replace_with_state(&AnyRoute::new(LOGIN), left);
            }
        })
    };
    use_effect_with(*turn, {
        let (remote, leave) = (remote.clone(), leave.clone());
        move |_| {
            remote.set(Remote::Loading);
            let is_wanted = Rc::new(Cell::new(true));
            spawn_local({
                let is_wanted = is_wanted.clone();
                async move {
                    let outcome = api::call(&ApplicantState, &(), Auth::Office).await;
                    match outcome {
                        _ if !is_wanted.get() => {}
                        Err(Refusal { code: Code::Session, .. }) => leave.emit(Left::Idle),
                        outcome => remote.set(Remote::read(outcome)),
                    }
                }
            });
            move || is_wanted.set(false)
        }
    });
    let again = Callback::from({
        let turn = turn.clone();
        move |()| turn.set(*turn + 1)
    });
    let onhome = Callback::from({
        let remote = remote.clone();
        move |home| remote.set(Remote::Here(home))
    });
    let onrefused = Callback::from({
        let leave = leave.clone();
        move |refusal: Refusal| {
            if refusal.code == Code::Session {
                leave.emit(Left::Idle);
            }
        }
    });
    // Stable over renders: a new callback would restart the watch.
    let onidle = use_callback(leave.clone(), |(), leave| log_out(leave, Left::Idle));
    let onlife = use_callback((), |(), ()| {
        spawn_local(async {
            // What it says is asked for again with the next press.
            let _ = api::call(&ApplicantState, &(), Auth::Office).await;
        });
    });
    let onlogout = Callback::from(move |()| log_out(&leave, Left::LoggedOut));
    match &*remote {
        Remote::Here(home) => {
            let standing = Standing { home: home.clone(), onhome, onrefused };
            html! {
                <Shown {standing} {again} {onlogout}>
                    <IdleGuard limit_ms={home.idle_ms} warning={frame::IDLE_WARNING} onword={frame::IDLE_CONTINUE} {onidle} {onlife} />
                </Shown>
            }
        }
        Remote::Loading => html! { <PageShell screen="LA-4">{ loading(frame::LOADING) }</PageShell> },
        Remote::Failed(refusal) => {
            html! {
                <PageShell screen="LA-4">
                    <Heading text={words::TITLE_RECEIVED} />
                    { failure(&words::refusal(refusal), &again) }
                </PageShell>
            }
        }
    }
}

/// Leaves at once, whatever the server says: when this is lost, it ends the session by its own clock.
fn log_out(leave: &Callback<Left>, left: Left) {
    spawn_local(async {
        let _ = api::call(&LogOutApplicant, &(), Auth::Office).await;
    });
    leave.emit(left);
}

/// Says what is shown.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct ShownProps {
    /// How it stands.
    pub(super) standing: Standing,
    /// Asks the server again.
    pub(super) again: Callback<()>,
    /// Called on ログアウト.
    pub(super) onlogout: Callback<()>,
    /// The watch over an idle page.
    #[prop_or_default]
    pub(super) children: Html,
}

/// The page with all that it shows.
#[component]
pub(super) fn Shown(props: &ShownProps) -> Html {
    let home = &props.standing.home;
    let before = html! {
        <header class="account-header">
            <div class="account-header__who">
                <p class="account-header__institution">{ home.facility.portal().label() }</p>
                <p class="account-header__user">{ words::signed_in(&home.facility_name, &home.name) }</p>
                <Button id="logout" onpress={props.onlogout.clone()}>{ words::LOG_OUT }</Button>
            </div>
        </header>
    };
    let standing = props.standing.clone();
    let reload = html! { <p class="actions"><Button id="apply-reload" onpress={props.again.clone()}>{ words::RELOAD }</Button></p> };
    let (screen, title, body) = match &home.standing {
        ApplicationStanding::None => ("LA-3", words::TITLE_FORM, html! { <ApplicationForm {standing} former={None} /> }),
        ApplicationStanding::Received { sent, at, due_at } => {
            let mut rows = vec![Row::text(words::SENT_AT, at.jst_minute_text()), Row::text(words::DUE_AT, words::due(*due_at))];
            rows.extend(super::form::rows(*sent));
            let body = html! {
                <>
                    <Notice tone={Tone::Info} role="status" code="U-X52" title={words::RECEIVED}><p>{ words::RECEIVED_NEXT }</p></Notice>
                    <DefinitionList {rows} />
                    { reload }
                </>
            };
            ("LA-4", words::TITLE_RECEIVED, body)
        }
        ApplicationStanding::Returned { sent, reason, .. } => {
            let body = html! {
                <>
                    <Notice tone={Tone::Warn} role="status" code="U-X52" title={words::RETURNED}>
                        <p class="apply-reason">{ reason }</p>
                        <p>{ words::RETURNED_NEXT }</p>
                    </Notice>
                    <ApplicationForm {standing} former={Some(*sent)} />
                </>
            };
            ("LA-3", words::TITLE_FORM, body)
        }
        ApplicationStanding::Approved { institution, at, accounts } => {
            let rows = vec![Row::text(words::CODE, institution.to_string()), Row::text(words::APPROVED_AT, at.jst_minute_text())];
            let body = html! {
                <>
                    <Notice tone={Tone::Good} role="status" title={words::APPROVED} />
                    <DefinitionList {rows} />
                    <Sheets {standing} accounts={accounts.clone()} />
                </>
            };
            ("LA-5", words::TITLE_APPROVED, body)
        }
    };
    html! {
        <PageShell {screen} is_wide=true {before}>
            <Heading key={screen} text={title} />
            { body }
            // Last: it sticks to the lower edge of the window.
            { props.children.clone() }
        </PageShell>
    }
}
