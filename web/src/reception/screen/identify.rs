//! RW-5 本人確認: joins the page to the helper while the screen is shown.

use std::cell::Cell;
use std::rc::Rc;

use shared::api::HelperAt;
use shared::domain::consent::{Choice, Choices, ConsentGroup};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::reader_panel::ReaderPanel;
use super::subsidy::subsidy_row;
use crate::part::{Button, DefinitionList, Heading, Look, Notice, Panel, Row, Tone};
use crate::reader::{Ask, Got, Input, View, Want, use_client};
use crate::reception::work::Work;
use crate::text::reception as t;

/// Says what is to be signed, and by which way.
#[derive(Clone, PartialEq, Properties)]
pub struct IdentifyProps {
    /// Calls to the server.
    pub work: Work,
    /// Where the helper is.
    pub helper: HelperAt,
    /// The questions in the order of the screen.
    pub questions: Vec<ConsentGroup>,
    /// The answers that will be signed.
    pub choices: Option<Choices>,
    /// A call is on its way.
    pub is_busy: bool,
    /// A reload lost an unsent signature.
    pub asks_pin_again: bool,
    /// A sign of life: a reading that goes on.
    pub onlife: Callback<()>,
    /// To the ways without a card.
    pub onpaper: Callback<()>,
    /// Back to the choices.
    pub onback: Callback<()>,
}

/// RW-5 本人確認. Only a press starts an operation; leaving the screen ends it and frees the card.
#[component]
pub fn Identify(props: &IdentifyProps) -> Html {
    let ongot = {
        let work = props.work.clone();
        Callback::from(move |got: Got| {
            if let Got::Signed(signed) = got {
                work.clone().prove(signed);
            }
        })
    };
    let (shown, client) = use_client(props.helper, props.onlife.clone(), ongot);
    let view = &shown.view;

    let start = {
        let (client, work) = (client.clone(), props.work.clone());
        let is_fetching = use_mut_ref(|| Rc::new(Cell::new(false)));
        move |takes_over: bool| {
            let (client, work, is_fetching) = (client.clone(), work.clone(), is_fetching.borrow().clone());
            if is_fetching.replace(true) {
                return;
            }
            spawn_local(async move {
                if let Some(challenge) = work.challenge().await {
                    let want = Want::Authenticate { nonce: challenge.nonce, statement: challenge.statement };
                    client.feed(Input::Start(Ask { want, takes_over }));
                }
                is_fetching.set(false);
            });
        }
    };
    let onagain = {
        let (client, start) = (client.clone(), start.clone());
        Callback::from(move |()| {
            client.feed(Input::Dismiss);
            if client.view() == View::Ready {
                start(false);
            }
        })
    };
    let feed = |input: Input| {
        let client = client.clone();
        Callback::from(move |()| client.feed(input.clone()))
    };
    let is_at_rest = !view.is_running();
    let onchoose = {
        let client = client.clone();
        Callback::from(move |reader: Option<String>| client.feed(Input::Choose(reader)))
    };
    html! {
        <>
            <Heading text={t::IDENTIFY} />
            if is_at_rest && *view != View::Phone {
                <p>{ t::IDENTIFY_LEAD }</p>
            }
            if let Some(choices) = props.choices.filter(|choices| *choices != Choices::all(Choice::NotAsked)) {
                <Panel title={t::SIGNED} class="signed"><DefinitionList rows={by_answer(&props.questions, &choices)} /></Panel>
            }
            if props.asks_pin_again && is_at_rest {
                <Notice tone={Tone::Info} title={t::PIN_AGAIN}><p>{ t::PIN_AGAIN_STORED }</p></Notice>
            }
            <ReaderPanel shown={(*shown).clone()} helper={props.helper} is_busy={props.is_busy}
                onstart={let start = start.clone(); Callback::from(move |()| start(false))}
                ontake={Callback::from(move |()| start(true))} ontrust={feed(Input::Trust)}
                onstop={feed(Input::Cancel)} {onagain} onconnect={feed(Input::Connect)} onpaper={props.onpaper.clone()} {onchoose} />
            <details class="help"><summary>{ t::HELP_PIN }</summary><p>{ t::HELP_PIN_TEXT }</p></details>
            <details class="help"><summary>{ t::HELP_CARD }</summary><p>{ t::HELP_CARD_TEXT }</p></details>
            if is_at_rest {
                <div class="actions">
                    <Button look={Look::Quiet} id="paper-link" is_off={props.is_busy} onpress={props.onpaper.clone()}>{ t::TO_PAPER }</Button>
                    <Button look={Look::Quiet} id="correct" is_off={props.is_busy} onpress={props.onback.clone()}>{ t::CORRECT }</Button>
                </div>
            }
        </>
    }
}

/// The questions by their answer, in few lines: reader and frame stay in view below them.
fn by_answer(questions: &[ConsentGroup], choices: &Choices) -> Vec<Row> {
    let row = |choice: Choice| {
        let names: Vec<_> = questions.iter().filter(|group| choices.of(**group) == choice).map(|group| t::group_name(*group)).collect();
        (!names.is_empty()).then(|| Row::text(t::choice_word(choice), names.join("、")))
    };
    [Choice::Agree, Choice::Refuse].into_iter().filter_map(row).chain(subsidy_row(choices.subsidy)).collect()
}
