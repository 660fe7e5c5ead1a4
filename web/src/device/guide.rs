//! この端末の準備 (S22, N080–N084): what this device can do, found by asking it, and how it is prepared. Open before 初期登録 too.

mod find;
mod pictures;

use shared::api::HelperAt;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use self::find::{Found, State, find};
use crate::part::{Button, Panel};
use crate::reader::{Place, View, place, use_client};
use crate::remote::loading;
use crate::session::SignedIn;
use crate::text::office::device_guide as words;

/// Where the guide stands.
pub(super) const PATH: &str = "/d/guide";

/// The guide, for whoever stands before the device: where somebody is in, reader and reading program are asked as well.
#[component]
pub(super) fn Guide() -> Html {
    let found = use_state(|| None::<Found>);
    let turn = use_state(|| 0_u32);
    use_effect_with(*turn, {
        let found = found.clone();
        move |_| {
            spawn_local(async move { found.set(find().await) });
        }
    });
    let onagain = {
        let turn = turn.clone();
        Callback::from(move |()| turn.set(*turn + 1))
    };
    let signed_in = use_context::<SignedIn>();
    html! {
        <>
            <p>{ words::LEAD }</p>
            { match (*found, signed_in) {
                (None, _) => loading(words::ASKING),
                (Some(found), Some(signed_in)) => html! { <WithReader {found} helper={signed_in.session.helper} /> },
                (Some(found), None) => {
                    let view = if place() == Place::Phone { Some(View::Phone) } else { None };
                    html! { <GuideView {found} {view} /> }
                }
            } }
            <p><Button id="guide-again" onpress={onagain}>{ words::ASK_AGAIN }</Button></p>
            <Ways />
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct WithReaderProps {
    found: Found,
    helper: HelperAt,
}

/// Asks the reading program, as the card's screens do.
#[component]
fn WithReader(props: &WithReaderProps) -> Html {
    let (shown, _) = use_client(props.helper, Callback::noop(), Callback::noop());
    html! { <GuideView found={props.found} view={Some(shown.view.clone())} /> }
}

/// How the reading program and the reader stand, and what to do: by what the card's screens would show; `None`: nobody is in.
fn of_reader(view: Option<&View>) -> [(State, &'static str); 2] {
    match view {
        None => [(State::NotYet, words::HELPER_LATER), (State::NotYet, words::READER_LATER)],
        Some(View::Phone) => [(State::Cannot, words::HELPER_PHONE), (State::Cannot, words::HELPER_PHONE)],
        Some(View::NoReader | View::ServiceDown | View::ServiceDenied) => [(State::Done, ""), (State::NotYet, words::READER_NEXT)],
        Some(View::Connecting | View::AskFirst | View::Denied | View::Absent(_) | View::OldHelper | View::OtherHelper | View::Lost(_)) => {
            [(State::NotYet, words::HELPER_NEXT), (State::NotYet, words::READER_LATER)]
        }
        Some(_) => [(State::Done, ""), (State::Done, "")],
    }
}

/// Everything that the list shows.
#[derive(Clone, PartialEq, Properties)]
struct GuideViewProps {
    found: Found,
    view: Option<View>,
}

/// The list of points.
#[component]
fn GuideView(props: &GuideViewProps) -> Html {
    let Found { secure, key, offline, passkey, camera } = props.found;
    let [helper, reader] = of_reader(props.view.as_ref());
    let rows = [
        ("secure", words::SECURE, secure, words::SECURE_NEXT),
        ("key", words::KEY, key, words::KEY_NEXT),
        ("helper", words::HELPER, helper.0, helper.1),
        ("reader", words::READER, reader.0, reader.1),
        ("offline", words::OFFLINE, offline, words::OFFLINE_NEXT),
        ("passkey", words::PASSKEY, passkey, words::PASSKEY_NEXT),
        ("camera", words::CAMERA, camera, words::CAMERA_NEXT),
    ];
    let line = |(key, point, state, next): (&'static str, &'static str, State, &'static str)| {
        let (word, class) = match state {
            State::Done => (words::DONE, "guide-state--done"),
            State::NotYet => (words::NOT_YET, "guide-state--open"),
            State::Cannot => (words::CANNOT, "guide-state--none"),
        };
        html! {
            <li {key} class="guide-point">
                <span class="guide-point__what">{ point }</span>
                <strong id={format!("guide-{key}")} class={classes!("guide-state", class)}>{ word }</strong>
                if state != State::Done {
                    <p class="guide-point__next">{ next }</p>
                }
            </li>
        }
    };
    html! { <ul class="guide-points">{ for rows.into_iter().map(line) }</ul> }
}

/// What is done on each system. Which one this is, its user knows better than a page.
#[component]
fn Ways() -> Html {
    let way = |title: &'static str, picture: Html, steps: &'static [&'static str]| {
        html! {
            <section class="guide-way">
                <h3>{ title }</h3>
                { picture }
                <ol>{ for steps.iter().map(|step| html! { <li>{ *step }</li> }) }</ol>
            </section>
        }
    };
    html! {
        <Panel title={words::WAYS_TITLE}>
            { way(words::PC, pictures::computer(words::PC_PICTURE), words::PC_STEPS) }
            { way(words::ANDROID, pictures::phone(words::ANDROID_PICTURE), words::ANDROID_STEPS) }
            { way(words::IPHONE, pictures::phone_with_face(words::IPHONE_PICTURE), words::IPHONE_STEPS) }
            <p>{ words::OFFICIAL }</p>
        </Panel>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{draw, has};

    fn all(state: State) -> Found {
        Found { secure: state, key: state, offline: state, passkey: state, camera: state }
    }

    #[tokio::test]
    async fn each_point_that_is_not_ready_says_what_to_do() {
        let ready = draw(|| html! { <GuideView found={all(State::Done)} view={Some(View::PutCard)} /> }).await;
        assert!(!ready.contains(words::KEY_NEXT) && !ready.contains(words::NOT_YET));
        let open = draw(|| html! { <GuideView found={all(State::NotYet)} view={None::<View>} /> }).await;
        for wanted in [words::SECURE_NEXT, words::KEY_NEXT, words::OFFLINE_NEXT, words::PASSKEY_NEXT, words::HELPER_LATER] {
            has(&open, wanted);
        }
        assert!(!open.contains(words::DONE));
    }

    #[test]
    fn x13_a_phone_is_told_at_once_that_it_reads_no_card() {
        for (state, next) in of_reader(Some(&View::Phone)) {
            assert_eq!((state, next), (State::Cannot, words::HELPER_PHONE));
        }
        assert_eq!(of_reader(Some(&View::NoReader)).map(|(state, _)| state), [State::Done, State::NotYet]);
        assert_eq!(of_reader(Some(&View::PutCard)).map(|(state, _)| state), [State::Done; 2]);
        assert_eq!(of_reader(Some(&View::Connecting)).map(|(state, _)| state), [State::NotYet; 2]);
    }

    #[tokio::test]
    async fn n081_n082_the_steps_of_the_official_app_are_information() {
        let shown = draw(|| html! { <Ways /> }).await;
        for wanted in ["Reader/Writer, P2P", "Face ID", "Google Play", "App Store", words::OFFICIAL, words::PC_PICTURE] {
            has(&shown, wanted);
        }
    }
}
