//! DA-4: of which institution the device is opened, where it has codes of several of one house (X20).

use shared::api::device::DeviceInfo;
use yew::prelude::*;

use crate::part::{Button, Heading, Look, PageShell};
use crate::text::office::activation as words;

/// Says which there are.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct WhichProps {
    /// One for each institution, the one used last first.
    pub(super) devices: Vec<DeviceInfo>,
    /// Called with the one.
    pub(super) onpick: Callback<DeviceInfo>,
}

/// The question.
#[component]
pub(super) fn Which(props: &WhichProps) -> Html {
    let one = |info: &DeviceInfo| {
        let onpress = {
            let (onpick, info) = (props.onpick.clone(), info.clone());
            Callback::from(move |()| onpick.emit(info.clone()))
        };
        html! {
            <li key={info.device.clone()}>
                <Button id={format!("which-{}", info.institution)} look={Look::Primary} {onpress}>{ &info.institution_name }</Button>
                <p class="account-note">{ format!("{} {}", info.institution, words::device_of(info.label.as_str(), info.user.as_str())) }</p>
            </li>
        }
    };
    html! {
        <PageShell screen="DA-4">
            <Heading text={words::WHICH_TITLE} />
            <p>{ words::WHICH_WHY }</p>
            <ul class="desk-which">{ for props.devices.iter().map(one) }</ul>
        </PageShell>
    }
}
