//! Screens drawn natively, for tests.

use shared::api::office::Session;
use shared::api::{Code, Refusal, Stored};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::InstitutionCode;
use yew::ServerRenderer;
use yew::prelude::*;
use yew_router::Router;
use yew_router::history::{AnyHistory, MemoryHistory};

#[derive(PartialEq, Properties)]
struct PlaceProps {
    children: Html,
}

/// Stands in for the browser's address.
#[component]
fn Place(props: &PlaceProps) -> Html {
    html! { <Router history={AnyHistory::from(MemoryHistory::new())}>{ props.children.clone() }</Router> }
}

/// The HTML of a screen.
pub(crate) async fn draw(screen: impl FnOnce() -> Html + Send + 'static) -> String {
    ServerRenderer::<Place>::with_props(move || PlaceProps { children: screen() }).hydratable(false).render().await
}

/// The words between the tags, one line per run.
pub(crate) fn words(html: &str) -> Vec<String> {
    html.split('<')
        .filter_map(|piece| piece.split_once('>'))
        .map(|(_, text)| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect()
}

pub(crate) fn has(html: &str, expected: &str) {
    assert!(html.contains(expected), "no {expected:?} in\n{}", words(html).join("\n"));
}

pub(crate) fn day(text: &str) -> CivilDate {
    text.try_into().unwrap()
}

pub(crate) fn refused(code: Code) -> Refusal {
    Refusal { code, stored: Stored::Nothing, detail: None }
}

pub(crate) fn institution() -> InstitutionCode {
    InstitutionCode::try_from("9969900001").unwrap()
}

pub(crate) fn user() -> UserId {
    UserId::try_from("kanri1").unwrap()
}

pub(crate) fn session(kind: AccountKind) -> Session {
    Session {
        institution: institution(),
        institution_name: "ひなた訪問看護ステーション".to_owned(),
        user: user(),
        user_name: "管理 花".to_owned(),
        kind,
        edition: shared::domain::facility::Edition::HomeConsent,
        must_change_password: false,
        must_add_factor: false,
        has_second_factor: false,
        second_factor_from: day("2099-04-01"),
        idle_ms: 600_000,
        is_locked: false,
        ends_at: UnixMs(0),
        now: UnixMs(0),
        helper: shared::api::HelperAt { port: 35970, is_tls: false },
        is_training: false,
        readable_until: None,
        manifest: "/d/app/9969900001.x/manifest.webmanifest".to_owned(),
    }
}

/// A registered device.
pub(crate) fn device_info() -> shared::api::device::DeviceInfo {
    shared::api::device::DeviceInfo {
        device: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        institution: institution(),
        institution_name: "ひなた訪問看護ステーション".to_owned(),
        edition: shared::domain::facility::Edition::HomeConsent,
        label: "Aのスマホ1".try_into().unwrap(),
        user: user(),
        has_passcode: true,
        has_passkey: false,
        is_visual: false,
        tries_left: 10,
        waits_until: None,
        is_training: false,
        now: UnixMs(0),
    }
}
