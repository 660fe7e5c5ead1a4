//! OT-9 医療機関別URL取得・変更 (N070–N074).

use shared::api::Endpoint;
use shared::api::office::{ChangeReceptionUrl, ReceptionQrPng, ReceptionQrSvg, ReceptionUrl, ReceptionUrlInfo, UrlChange};
use shared::domain::institution::InstitutionCode;
use shared::domain::typed;
use yew::prelude::*;

use super::sheet::Sheet;
use crate::part::confirm::Words;
use crate::part::copy::print;
use crate::part::{Button, Confirm, CopyButton, DefinitionList, Download, Look, Notice, Panel, Row, Tone, field, link, qr};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, url as words};
use crate::use_call::{Progress, use_call};

/// OT-9 of the account that is in.
#[component]
pub(crate) fn ReceptionUrlScreen() -> Html {
    let (remote, on_retry) = use_get(ReceptionUrl);
    let changed = use_state(|| None::<ReceptionUrlInfo>);
    let is_asked = use_state(|| false);
    let call = use_call::<ChangeReceptionUrl>();
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
    let onask = {
        let (is_asked, call, changed, on_retry) = (is_asked.clone(), call.clone(), changed.clone(), on_retry.clone());
        Callback::from(move |asks: bool| {
            // After an answer that was lost, only the server knows which URL counts.
            if call.progress().refusal.is_some() {
                changed.set(None);
                on_retry.emit(());
            }
            call.forget();
            is_asked.set(asks);
        })
    };
    let onchange = {
        let (call, changed, is_asked) = (call.clone(), changed.clone(), is_asked.clone());
        Callback::from(move |change: UrlChange| {
            let (changed, is_asked) = (changed.clone(), is_asked.clone());
            call.start(ChangeReceptionUrl, change, move |outcome| {
                if let Ok(info) = outcome {
                    is_asked.set(false);
                    changed.set(Some(info));
                }
            });
        })
    };
    let asking = is_asked.then(|| call.progress());
    let institution = use_session().session.institution;
    html! { <ReceptionUrlView {remote} {is_changed} {asking} {institution} {on_retry} {onask} {onchange} /> }
}

const CHANGED: &str = "url-changed";

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ReceptionUrlViewProps {
    /// The URL.
    pub(crate) remote: Remote<ReceptionUrlInfo>,
    /// It was changed a moment ago, here.
    #[prop_or_default]
    pub(crate) is_changed: bool,
    /// The question before a change; `None` while it is not asked.
    #[prop_or_default]
    pub(crate) asking: Option<Progress>,
    /// What must be typed.
    pub(crate) institution: InstitutionCode,
    /// Asks the server again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
    /// Opens the question, or leaves it.
    #[prop_or_default]
    pub(crate) onask: Callback<bool>,
    /// Called with the URL that shall stop, and what was typed.
    #[prop_or_default]
    pub(crate) onchange: Callback<UrlChange>,
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
    let rows = vec![
        Row::text(words::INSTITUTION, info.institution_name.clone()),
        Row::text(words::USE, info.visit_kind.label()),
        Row::text(words::ISSUED, info.issued_at.jst_minute_text()),
        Row {
            name: words::FORMER.into(),
            value: match info.former_urls {
                0 => html! { { words::former(0) } },
                times => link("/o/url/former", None, words::former(times)),
            },
        },
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
                    { qr(&info.qr_svg, words::QR) }
                    <Download href={ReceptionQrSvg.path()} file="uketsuke-qr.svg" words={words::FILE_SVG} />
                    <Download href={ReceptionQrPng.path()} file="uketsuke-qr.png" words={words::FILE_PNG} />
                </div>
                <div class="office-url__text">
                    <DefinitionList {rows} />
                    <h2>{ words::URL }</h2>
                    <p class="office-url__url" id="reception-url" translate="no">{ &info.url }</p>
                    // Another URL is not copied yet.
                    <CopyButton key={info.url.clone()} id="url-copy" look={Look::Primary} words={words::COPY} text={info.url.clone()}>
                        <Button id="url-print" onpress={Callback::from(|()| print())}>{ words::PRINT }</Button>
                    </CopyButton>
                </div>
            </div>
            { change(props, info) }
            <Sheet info={info.clone()} />
        </>
    }
}

fn change(props: &ReceptionUrlViewProps, info: &ReceptionUrlInfo) -> Html {
    let onask = props.onask.reform(|()| true);
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

/// What dies and what stays, and the code to type.
fn question(props: &ReceptionUrlViewProps, info: &ReceptionUrlInfo, asking: &Progress) -> Html {
    let code = props.institution.clone();
    let code_words = Words {
        label: words::TYPE_CODE.into(),
        hint: words::code_hint(code.as_str()).into(),
        wrong: words::TYPED_WRONG.into(),
        inputmode: Some("numeric".into()),
        is_right: Callback::from(move |typed: String| typed::number(&typed) == code.as_str()),
    };
    let present_url = info.url.clone();
    let onact = props
        .onchange
        .reform(move |typed: String| UrlChange { typed_institution: typed::number(&typed), present_url: present_url.clone() });
    html! {
        <Confirm id="url-ask" title={words::ASK_TITLE} act={words::CHANGE} words={code_words} is_busy={asking.is_busy}
            failed={asking.refusal.as_ref().map(text::refusal_of_url_change)} {onact} onclose={props.onask.reform(|()| false)}>
            <p>{ words::ASK_DIES }</p>
            <ul>{ for words::DIES.iter().map(|what| html! { <li>{ what }</li> }) }</ul>
            <p>{ words::STAYS }</p>
        </Confirm>
    }
}
