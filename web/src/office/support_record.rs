//! OT-25 サポートへ送る記録 (N186): shown line by line; what is left out is neither saved nor printed.

use shared::api::operation::{MakeSupportRecord, SeenByPage, SupportRecord};
use shared::domain::operation::Light;
use yew::prelude::*;

use super::operation::reader_light;
use crate::part::copy::print;
use crate::part::{Button, CheckField, Download, LiveRegion, Notice, Panel, SendForm, field};
use crate::reader::{Place, place, use_client};
use crate::session::use_session;
use crate::text::office::{self as text, operation::record as words};
use crate::use_call::{Progress, use_call};

const LINES: &str = "record-lines";

/// A record, and which of its lines go with it.
#[derive(Clone, PartialEq)]
pub(crate) struct Chosen {
    pub(crate) record: SupportRecord,
    pub(crate) is_in: Vec<bool>,
}

impl Chosen {
    fn new(record: SupportRecord) -> Self {
        Self { is_in: vec![true; record.lines.len()], record }
    }

    /// What is saved: the chosen lines, one under the other.
    pub(crate) fn text(&self) -> String {
        let lines = self.record.lines.iter().zip(&self.is_in).filter(|(_, is_in)| **is_in);
        lines.map(|(line, _)| format!("{}: {}\r\n", line.title, line.value)).collect()
    }
}

/// OT-25 of the account that is in.
#[component]
pub(crate) fn SupportRecordScreen() -> Html {
    let helper = use_session().session.helper;
    let (shown, _) = use_client(helper, Callback::noop(), Callback::noop());
    let chosen = use_state(|| None::<Chosen>);
    let call = use_call::<MakeSupportRecord>();
    let is_there = chosen.is_some();
    use_effect_with(is_there, |is_there| {
        if *is_there {
            field::focus(LINES);
        }
    });
    let onmake = {
        let (chosen, call) = (chosen.clone(), call.clone());
        let device = if place() == Place::Phone { Light::Attention } else { Light::Good };
        let seen = SeenByPage { device: Some(device), network: Some(Light::Good), reader: reader_light(&shown.view) };
        Callback::from(move |()| {
            let chosen = chosen.clone();
            call.start(MakeSupportRecord, seen, move |outcome| {
                if let Ok(record) = outcome {
                    chosen.set(Some(Chosen::new(record)));
                }
            });
        })
    };
    let onchoose = {
        let chosen = chosen.clone();
        Callback::from(move |(place, is_in): (usize, bool)| {
            let Some(mut next) = (*chosen).clone() else { return };
            if let Some(one) = next.is_in.get_mut(place) {
                *one = is_in;
            }
            chosen.set(Some(next));
        })
    };
    html! { <SupportRecordView chosen={(*chosen).clone()} progress={call.progress()} {onmake} {onchoose} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SupportRecordViewProps {
    /// The record, once it is made.
    pub(crate) chosen: Option<Chosen>,
    /// How far the press has come.
    #[prop_or_default]
    pub(crate) progress: Progress,
    /// Called on 記録を作る.
    #[prop_or_default]
    pub(crate) onmake: Callback<()>,
    /// Called with a line and whether it goes with it.
    #[prop_or_default]
    pub(crate) onchoose: Callback<(usize, bool)>,
}

/// The button, then each line with its tick, then the two ways out.
#[component]
pub(crate) fn SupportRecordView(props: &SupportRecordViewProps) -> Html {
    let progress = &props.progress;
    html! {
        <>
            <p class="on-screen">{ words::LEAD }</p>
            <div class="on-screen">
                <SendForm id="record-make" submit={words::MAKE} is_busy={progress.is_busy} onsubmit={props.onmake.clone()}
                    failed={progress.refusal.as_ref().map(text::refusal)}>{ Html::default() }</SendForm>
            </div>
            if let Some(chosen) = &props.chosen {
                { lines(props, chosen) }
            }
        </>
    }
}

fn lines(props: &SupportRecordViewProps, chosen: &Chosen) -> Html {
    let file = format!("uketsuke-support-{}.txt", chosen.record.now.jst_packed());
    let count = chosen.is_in.iter().filter(|is_in| **is_in).count();
    let href = format!("data:text/plain;charset=utf-8,{}", encoded(&format!("\u{FEFF}{}", chosen.text())));
    html! {
        <Panel title={words::LINES} class="support-record">
            <p class="on-screen" id={LINES} tabindex="-1">{ words::CHOOSE }</p>
            <ul class="support-record__lines">
                { for chosen.record.lines.iter().zip(&chosen.is_in).enumerate().map(|(place, (line, is_in))| {
                    let onchange = props.onchoose.reform(move |is_in| (place, is_in));
                    html! {
                        <li key={place} class={(!is_in).then_some("is-left-out")}>
                            <CheckField id={format!("record-{place}")} label={format!("{}: {}", line.title, line.value)} is_on={*is_in} {onchange} />
                        </li>
                    }
                }) }
            </ul>
            <div class="on-screen">
                <LiveRegion><p>{ words::chosen(count, chosen.is_in.len()) }</p></LiveRegion>
                if count == 0 {
                    <Notice title={words::NONE} />
                } else {
                    <Download {href} {file} words={words::SAVE} />
                    <p class="actions"><Button id="record-print" onpress={Callback::from(|()| print())}>{ words::PRINT }</Button></p>
                }
            </div>
        </Panel>
    }
}

/// Text as it may stand in a `data:` address: every byte that is no letter, digit, `-`, `.` or `_` as `%XX`.
pub(crate) fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            // Writing into a string does not fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}
