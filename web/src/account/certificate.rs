//! The certificate of the terminal, before and beside every screen: which one is in use (OT-1, OT-2), when it ends (P-CERT), and the page
//! that stands where it does not open the office (X43).

use shared::api::certificate::{CertificateInUse, CertificateRefusal, InUse};
use shared::api::{Code, Detail, Refusal, Stored};
use shared::domain::certificate::Due;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::api::{self, Auth};
use crate::part::{Button, ErrorScreen, Look, Notice, PageShell, Tone};
use crate::text::office::{self as text, certificates as words};

/// Asks once which certificate this browser showed; nothing while nobody knows, or where none is asked for.
#[hook]
pub(crate) fn use_certificate() -> Option<InUse> {
    let found = use_state(|| None::<InUse>);
    use_effect_with((), {
        let found = found.clone();
        move |()| {
            spawn_local(async move {
                // Where it cannot be asked, the login says what is wrong.
                found.set(api::call(&CertificateInUse, &(), Auth::Office).await.ok().filter(|used| used.is_asked));
            });
        }
    });
    (*found).clone()
}

/// What the server said about this browser's certificate, as a refusal of the office.
pub(crate) fn refused(said: CertificateRefusal) -> Refusal {
    Refusal { code: Code::X43, stored: Stored::Nothing, detail: Some(Detail::Certificate(said)) }
}

/// Says what is known.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct UsedProps {
    /// What the server said; `None` draws nothing.
    pub(crate) used: Option<InUse>,
    /// Only what is urgent.
    #[prop_or_default]
    pub(crate) is_short: bool,
}

/// Which certificate is in use, and its end.
#[component]
pub(crate) fn Used(props: &UsedProps) -> Html {
    let Some(used) = &props.used else { return Html::default() };
    let Some(certificate) = &used.certificate else {
        let said = if used.is_shown { words::USED_UNKNOWN } else { words::USED_NONE };
        return if props.is_short {
            Html::default()
        } else {
            html! { <p class="account-note">{ said }</p> }
        };
    };
    let due = certificate.due.filter(|due| !props.is_short || due.is_urgent);
    html! {
        <>
            if !props.is_short {
                <p class="account-note">{ words::used(certificate) }</p>
            }
            if let Some(due) = due {
                <Notice tone={tone(due)} role="status" title={words::due(certificate.label.as_str(), certificate.ends_on, due)}>
                    <p>{ words::DUE_NEXT }</p>
                </Notice>
            }
        </>
    }
}

fn tone(due: Due) -> Tone {
    if due.is_urgent { Tone::Warn } else { Tone::Info }
}

/// Says why.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct BarredProps {
    /// X43.
    pub(crate) refusal: Refusal,
}

/// In place of every screen: the certificate does not open the office. The one way on is to come anew, since a browser shows a
/// certificate only when it connects.
#[component]
pub(crate) fn Barred(props: &BarredProps) -> Html {
    let onpress = Callback::from(|()| {
        // A page that does not load again is loaded by hand.
        let _ = web_sys::window().map(|window| window.location().reload());
    });
    html! {
        <PageShell screen="X43">
            <ErrorScreen say={text::refusal(&props.refusal)} tone={Tone::Bad}>
                <Button id="certificate-again" look={Look::Primary} {onpress}>{ words::CHECK_AGAIN }</Button>
            </ErrorScreen>
        </PageShell>
    }
}
