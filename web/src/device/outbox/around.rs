//! The outbox around the screens of a device: what it sends, and where an answer goes that no screen waits for.

use std::collections::HashSet;

use shared::api::bedside::{BedsideAnswer, FileBedside, ProveBedside};
use shared::api::{Endpoint as _, Refusal};
use yew::prelude::*;
use yew_router::AnyRoute;
use yew_router::hooks::use_navigator;

use super::hook::{Deliver, damaged, send, use_outbox};
use super::{OutboxHandle, Parcel, Reason, State};
use crate::json;
use crate::session::use_session;

/// Says whose page it is, and where it is.
#[derive(Clone, PartialEq, Properties)]
pub(in crate::device) struct OutboxAroundProps {
    /// The id of this device: it sends its own.
    pub(in crate::device) device: AttrValue,
    /// Its address.
    pub(in crate::device) path: AttrValue,
    /// The screens.
    pub(in crate::device) children: Html,
}

async fn deliver(parcel: &Parcel) -> Result<String, Refusal> {
    let visit = parcel.visit.as_str();
    match parcel.kind.as_str() {
        ProveBedside::NAME => send(&ProveBedside { visit: visit.into() }, parcel, |body| json::read::<BedsideAnswer>(body).is_ok()).await,
        FileBedside::NAME => send(&FileBedside { visit: visit.into() }, parcel, |body| matches!(body, "" | "null")).await,
        _ => Err(damaged()),
    }
}

/// Sends what waits while somebody is in. A result that came for a check of before the reload is opened from the home (DA-10).
#[component]
pub(in crate::device) fn OutboxAround(props: &OutboxAroundProps) -> Html {
    let signed_in = use_session();
    let navigator = use_navigator();
    let deliver = Deliver::new(move |parcel| {
        let signed_in = signed_in.clone();
        Box::pin(async move {
            let outcome = deliver(&parcel).await;
            signed_in.follow(&outcome);
            outcome
        })
    });
    let onfound = {
        let navigator = navigator.clone();
        // Nothing is begun yet: the check of before is told of on the home, and not amid a new one.
        Callback::from(move |()| {
            if let Some(navigator) = &navigator {
                navigator.replace(&AnyRoute::new("/d"));
            }
        })
    };
    let outbox = use_outbox(props.device.clone(), deliver, onfound);
    // What came while another person was being checked is opened by a press alone.
    let told = use_mut_ref(HashSet::<String>::new);
    use_effect_with((outbox.clone(), props.path.clone()), move |(outbox, path)| {
        let mut is_home = path == "/d";
        for entry in outbox.unwatched() {
            let key = &entry.parcel.key;
            let State::Sent { answer } = &entry.state else {
                // The check is there all the same, and named among those that are not filed (X49).
                if entry.parcel.kind == FileBedside::NAME && matches!(entry.state, State::Failed(Reason::Late | Reason::Unknown)) {
                    outbox.dismiss(key);
                }
                continue;
            };
            match json::read::<BedsideAnswer>(answer) {
                _ if entry.parcel.kind != ProveBedside::NAME => outbox.dismiss(key),
                Ok(BedsideAnswer::ConfirmNeeded(_)) => outbox.asks(key),
                _ if is_home && !told.borrow().contains(key) => {
                    is_home = false;
                    outbox.dismiss(key);
                    if let Some(navigator) = &navigator {
                        navigator.push(&AnyRoute::new(format!("/d/result/{}", entry.parcel.visit)));
                    }
                }
                _ => {
                    told.borrow_mut().insert(key.clone());
                    outbox.take_out(key);
                }
            }
        }
    });
    html! { <ContextProvider<OutboxHandle> context={outbox}>{ props.children.clone() }</ContextProvider<OutboxHandle>> }
}
