//! OT-9 医療機関別URL取得・変更 (N070–N074).

use shared::api::office::{ChangeReceptionUrl, ReceptionQrPng, ReceptionQrSvg, ReceptionUrl, ReceptionUrlInfo, UrlChange};
use shared::api::{Endpoint, Refusal};
use shared::domain::institution::InstitutionCode;
use shared::domain::typed;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

use super::sheet::Sheet;
use crate::api::{self, Auth};
use crate::part::{Button, DefinitionList, Dialog, Field, LiveRegion, Look, Notice, Panel, Row, Tone, field};
use crate::remote::{Remote, form_failure, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, url as words};

/// What became of a press on コピー.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copied {
    /// Not pressed.
    NotYet,
    /// In the clipboard.
    Done,
    /// The browser gives this page no clipboard.
    Refused,
}

/// The question before a change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Asking {
    /// The institution code as typed.
    pub(crate) typed: String,
    /// What was typed is not the code.
    pub(crate) is_wrong: bool,
    /// The server was asked.
    pub(crate) is_busy: bool,
    /// What the server said.
    pub(crate) refusal: Option<Refusal>,
}

/// OT-9 of the account that is in.
#[component]
pub(crate) fn ReceptionUrlScreen() -> Html {
    let signed_in = use_session();
    let (remote, on_retry) = use_get::<ReceptionUrl>(Vec::new());
    let changed = use_state(|| None::<ReceptionUrlInfo>);
    let copied = use_state(|| Copied::NotYet);
    let asking = use_state(|| None::<Asking>);
    let is_changed = changed.is_some();
    let remote = match &*changed {
        Some(info) => Remote::Here(info.clone()),
        None => remote,
    };
    // The focus goes to the news once the dialog has given it back.
    use_effect_with(is_changed, |is_changed| {
        if *is_changed {
            field::focus(CHANGED);
        }
    });
    let oncopy = {
        let copied = copied.clone();
        Callback::from(move |url: String| {
            let copied = copied.clone();
            spawn_local(async move { copied.set(copy(&url).await) });
        })
    };
    let onask = {
        let asking = asking.clone();
        Callback::from(move |new: Option<Asking>| asking.set(new))
    };
    let oncancel = {
        let (asking, on_retry) = (asking.clone(), on_retry.clone());
        Callback::from(move |()| {
            // After an answer that was lost, only the server knows which URL counts.
            if asking.as_ref().is_some_and(|asking| asking.refusal.is_some()) {
                on_retry.emit(());
            }
            asking.set(None);
        })
    };
    let onchange = {
        let (signed_in, asking, changed, copied) = (signed_in.clone(), asking.clone(), changed.clone(), copied.clone());
        Callback::from(move |present_url: String| {
            let Some(question) = (*asking).clone().filter(|question| !question.is_busy) else { return };
            let typed_institution = typed::number(&question.typed);
            if typed_institution != signed_in.session.institution.as_str() {
                asking.set(Some(Asking { is_wrong: true, refusal: None, ..question }));
                field::focus(TYPED);
                return;
            }
            let busy = Asking { is_wrong: false, is_busy: true, refusal: None, ..question };
            asking.set(Some(busy.clone()));
            let (signed_in, asking, changed, copied) = (signed_in.clone(), asking.clone(), changed.clone(), copied.clone());
            spawn_local(async move {
                let outcome = api::call::<ChangeReceptionUrl>(&[], &UrlChange { typed_institution, present_url }, Auth::Office).await;
                signed_in.follow(&outcome);
                match outcome {
                    Ok(info) => {
                        asking.set(None);
                        copied.set(Copied::NotYet);
                        changed.set(Some(info));
                    }
                    Err(said) => asking.set(Some(Asking { is_busy: false, refusal: Some(said), ..busy })),
                }
            });
        })
    };
    html! {
        <ReceptionUrlView {remote} {is_changed} copied={*copied} asking={(*asking).clone()} institution={signed_in.session.institution.clone()}
            {on_retry} {oncopy} {onask} {oncancel} {onchange} />
    }
}

/// Puts a text into the clipboard; pages without TLS have none.
async fn copy(text: &str) -> Copied {
    let Some(navigator) = web_sys::window().map(|window| window.navigator()) else { return Copied::Refused };
    let has_clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_object());
    if has_clipboard && JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok() { Copied::Done } else { Copied::Refused }
}

const CHANGED: &str = "url-changed";
const TYPED: &str = "url-typed";

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ReceptionUrlViewProps {
    /// The URL.
    pub(crate) remote: Remote<ReceptionUrlInfo>,
    /// It was changed a moment ago, here.
    #[prop_or_default]
    pub(crate) is_changed: bool,
    /// What became of コピー.
    #[prop_or(Copied::NotYet)]
    pub(crate) copied: Copied,
    /// The question before a change; `None` while it is not asked.
    #[prop_or_default]
    pub(crate) asking: Option<Asking>,
    /// What must be typed.
    pub(crate) institution: InstitutionCode,
    /// Asks the server again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
    /// Called with the URL to copy.
    #[prop_or_default]
    pub(crate) oncopy: Callback<String>,
    /// Opens the question, or follows what is typed into it.
    #[prop_or_default]
    pub(crate) onask: Callback<Option<Asking>>,
    /// Leaves the question.
    #[prop_or_default]
    pub(crate) oncancel: Callback<()>,
    /// Called with the URL that shall stop.
    #[prop_or_default]
    pub(crate) onchange: Callback<String>,
}

/// URL, QR code, files, printed sheet, and for an admin the change.
#[component]
pub(crate) fn ReceptionUrlView(props: &ReceptionUrlViewProps) -> Html {
    html! {
        <>
            <p>{ words::LEAD }</p>
            { props.remote.view(&props.on_retry, |info| filled(props, info)) }
        </>
    }
}

fn filled(props: &ReceptionUrlViewProps, info: &ReceptionUrlInfo) -> Html {
    let said = match props.copied {
        Copied::NotYet => Html::default(),
        Copied::Done => html! { <p class="is-good">{ words::COPIED }</p> },
        Copied::Refused => html! { <p class="is-open">{ words::NOT_COPIED }</p> },
    };
    let oncopy = {
        let (oncopy, url) = (props.oncopy.clone(), info.url.clone());
        Callback::from(move |()| oncopy.emit(url.clone()))
    };
    let onprint = Callback::from(|()| print());
    let rows = vec![
        Row::text(words::INSTITUTION, info.institution_name.clone()),
        Row::text(words::USE, info.visit_kind.label()),
        Row::text(words::ISSUED, info.issued_at.jst_minute_text()),
        Row::text(words::FORMER, words::former(info.former_urls)),
    ];
    html! {
        <>
            if props.is_changed {
                <div id={CHANGED} tabindex="-1">
                    <Notice tone={Tone::Good} role="status" title={words::CHANGED}><p>{ words::CHANGED_NEXT }</p></Notice>
                </div>
            }
            <div class="office-url">
                <div class="office-url__code">
                    { qr(&info.qr_svg) }
                    <p><a class="button button--secondary" href={ReceptionQrSvg::path(&[])} download="uketsuke-qr.svg">{ words::FILE_SVG }</a></p>
                    <p><a class="button button--secondary" href={ReceptionQrPng::path(&[])} download="uketsuke-qr.png">{ words::FILE_PNG }</a></p>
                </div>
                <div class="office-url__text">
                    <DefinitionList {rows} />
                    <h2>{ words::URL }</h2>
                    <p class="office-url__url" id="reception-url" translate="no">{ &info.url }</p>
                    <p class="actions">
                        <Button id="url-copy" look={Look::Primary} onpress={oncopy}>{ words::COPY }</Button>
                        <Button id="url-print" onpress={onprint}>{ words::PRINT }</Button>
                    </p>
                    <LiveRegion>{ said }</LiveRegion>
                </div>
            </div>
            { change(props, info) }
            <Sheet info={info.clone()} />
        </>
    }
}

fn change(props: &ReceptionUrlViewProps, info: &ReceptionUrlInfo) -> Html {
    let onask = props.onask.reform(|()| Some(Asking::default()));
    html! {
        <Panel title={words::CHANGE_TITLE} class="office-url__change">
            <p>{ words::CHANGE_WHY }</p>
            if info.may_change {
                <p><Button id="url-change" onpress={onask}>{ words::CHANGE }</Button></p>
            } else {
                <p>{ words::ADMIN_ONLY }</p>
            }
            if let Some(asking) = &props.asking {
                { question(props, info, asking) }
            }
        </Panel>
    }
}

/// What dies and what stays, the code to type, and two ways out of which やめる comes first.
fn question(props: &ReceptionUrlViewProps, info: &ReceptionUrlInfo, asking: &Asking) -> Html {
    let oninput = {
        let asking = asking.clone();
        props.onask.reform(move |typed: String| Some(Asking { typed, is_wrong: false, ..asking.clone() }))
    };
    let onsubmit = {
        let url = info.url.clone();
        props.onchange.reform(move |event: SubmitEvent| {
            event.prevent_default();
            url.clone()
        })
    };
    html! {
        <Dialog id="url-ask" title={words::ASK_TITLE} onclose={props.oncancel.clone()} is_held={asking.is_busy}>
            <p>{ words::ASK_DIES }</p>
            <ul>{ for words::DIES.iter().map(|what| html! { <li>{ what }</li> }) }</ul>
            <p>{ words::STAYS }</p>
            if let Some(said) = &asking.refusal {
                { form_failure(&text::refusal_of_url_change(said)) }
            }
            <form {onsubmit} novalidate=true>
                <Field id={TYPED} label={words::TYPE_CODE} hint={words::code_hint(props.institution.as_str())} value={asking.typed.clone()}
                    inputmode="numeric" is_held={asking.is_busy} fault={asking.is_wrong.then_some(AttrValue::Static(words::TYPED_WRONG))} {oninput} />
                <p class="actions">
                    <Button id="url-ask-cancel" look={Look::Secondary} is_off={asking.is_busy} onpress={props.oncancel.clone()}>{ words::CANCEL }</Button>
                    <Button id="url-ask-change" look={Look::Primary} submits=true is_off={asking.is_busy}>
                        { if asking.is_busy { text::frame::BUSY } else { words::CHANGE } }
                    </Button>
                </p>
            </form>
        </Dialog>
    }
}

/// The QR code as the server drew it, without an XML prologue before it.
pub(crate) fn qr(svg: &str) -> Html {
    let drawing = svg.find("<svg").and_then(|start| svg.get(start..)).unwrap_or_default().to_owned();
    html! { <div class="office-qr" role="img" aria-label={words::QR}>{ Html::from_html_unchecked(drawing.into()) }</div> }
}

/// Opens the browser's print dialog.
pub(crate) fn print() {
    if let Some(window) = web_sys::window() {
        // Refused in a frame or by policy: the browser's own menu still prints.
        let _ = window.print();
    }
}
