//! OT-9 医療機関別URL取得・変更 (N070–N074): for each use its own URL, code, sheet and change.

use shared::api::office::{ChangeReceptionUrl, ReceptionQrPng, ReceptionQrSvg, ReceptionUrl, ReceptionUrlInfo, UrlChange};
use shared::api::{Code, Endpoint};
use shared::domain::institution::{InstitutionCode, Use};
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
    // Which sheet goes on paper: all of them, until one is asked for.
    let printed = use_state(|| (0_u32, None::<Use>));
    use_effect_with(*printed, |(presses, _)| {
        if *presses > 0 {
            print();
        }
    });
    let onprint = {
        let printed = printed.clone();
        Callback::from(move |of: Use| printed.set((printed.0 + 1, Some(of))))
    };
    let is_printed = |of: Use| printed.1.is_none_or(|only| only == of);
    html! {
        <>
            <p>{ words::LEAD }</p>
            { for Use::ALL.map(|of| html! { <UrlOfUse key={of.word()} {of} is_printed={is_printed(of)} onprint={onprint.clone()} /> }) }
        </>
    }
}

/// A use that has no URL now: why, and where it is switched on.
fn without_url(of: Use, title: &'static str, why: &'static str) -> Html {
    html! {
        <>
            <h2>{ of.label() }</h2>
            <Notice {title}><p>{ why }</p><p>{ link("/o/settings", None, words::TO_SETTINGS) }</p></Notice>
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct UrlOfUseProps {
    of: Use,
    is_printed: bool,
    onprint: Callback<Use>,
}

#[component]
fn UrlOfUse(props: &UrlOfUseProps) -> Html {
    let of = props.of;
    let (remote, on_retry) = use_get(ReceptionUrl { of: of.word().into() });
    let changed = use_state(|| None::<ReceptionUrlInfo>);
    let is_asked = use_state(|| false);
    let call = use_call::<ChangeReceptionUrl>();
    let is_changed = changed.is_some();
    let remote = match &*changed {
        Some(info) => Remote::Here(info.clone()),
        None => remote,
    };
    // The focus goes to the news once the dialog has given it back.
    use_effect_with(is_changed, move |is_changed| {
        if *is_changed {
            field::focus(&id(CHANGED, of));
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
            call.start(ChangeReceptionUrl { of: of.word().into() }, change, move |outcome| {
                if let Ok(info) = outcome {
                    is_asked.set(false);
                    changed.set(Some(info));
                }
            });
        })
    };
    let asking = is_asked.then(|| call.progress());
    let institution = use_session().session.institution;
    html! {
        <ReceptionUrlView {of} {remote} {is_changed} {asking} {institution} is_printed={props.is_printed}
            onprint={props.onprint.reform(move |()| of)} {on_retry} {onask} {onchange} />
    }
}

const CHANGED: &str = "url-changed";

/// The element id of a part of one use.
fn id(part: &str, of: Use) -> String {
    format!("{part}-{}", of.word())
}

/// Everything that the screen shows of one use.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ReceptionUrlViewProps {
    /// The use.
    pub(crate) of: Use,
    /// The URL.
    pub(crate) remote: Remote<ReceptionUrlInfo>,
    /// It was changed a moment ago, here.
    #[prop_or_default]
    pub(crate) is_changed: bool,
    /// The question before a change; `None` while it is not asked.
    #[prop_or_default]
    pub(crate) asking: Option<Progress>,
    /// What must be typed, and stands on the sheet.
    pub(crate) institution: InstitutionCode,
    /// Its sheet goes on paper.
    #[prop_or(true)]
    pub(crate) is_printed: bool,
    /// Prints its sheet alone.
    #[prop_or_default]
    pub(crate) onprint: Callback<()>,
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
    match &props.remote {
        Remote::Failed(refusal) if refusal.code == Code::X19 => without_url(props.of, words::IS_OFF, words::IS_OFF_WHY),
        remote => html! {
            <>
                <h2>{ props.of.label() }</h2>
                { remote.view(&props.on_retry, |info| filled(props, info)) }
            </>
        },
    }
}

fn filled(props: &ReceptionUrlViewProps, info: &ReceptionUrlInfo) -> Html {
    let of = props.of;
    let rows = vec![
        Row::text(words::INSTITUTION, info.institution_name.clone()),
        Row::text(words::ISSUED, info.issued_at.jst_minute_text()),
        Row {
            name: words::FORMER.into(),
            value: match info.former_urls {
                0 => html! { { words::former(0) } },
                times => link("/o/url/former", None, words::former(times)),
            },
        },
    ];
    let part = || of.word().into();
    let file = |extension: &str| format!("uketsuke-{}.{extension}", of.word());
    html! {
        <>
            if props.is_changed {
                <div id={id(CHANGED, of)} tabindex="-1">
                    <Notice tone={Tone::Good} role="status" title={words::CHANGED}><p>{ words::CHANGED_NEXT }</p></Notice>
                </div>
            }
            <div class="office-url">
                <div class="office-url__code">
                    { qr(&info.qr_svg, words::QR) }
                    <Download href={ReceptionQrSvg { of: part() }.path()} file={file("svg")} words={words::FILE_SVG} />
                    <Download href={ReceptionQrPng { of: part() }.path()} file={file("png")} words={words::FILE_PNG} />
                </div>
                <div class="office-url__text">
                    <DefinitionList {rows} />
                    <h3>{ words::URL }</h3>
                    <p class="office-url__url" id={id("reception-url", of)} translate="no">{ &info.url }</p>
                    // Another URL is not copied yet.
                    <CopyButton key={info.url.clone()} id={id("url-copy", of)} look={Look::Primary} words={words::COPY} text={info.url.clone()}>
                        <Button id={id("url-print", of)} onpress={props.onprint.clone()}>{ words::PRINT }</Button>
                    </CopyButton>
                </div>
            </div>
            { change(props, info) }
            if props.is_printed {
                <Sheet info={info.clone()} institution={props.institution.clone()} />
            }
        </>
    }
}

fn change(props: &ReceptionUrlViewProps, info: &ReceptionUrlInfo) -> Html {
    let onask = props.onask.reform(|()| true);
    html! {
        <Panel title={words::CHANGE_TITLE} class="office-url__change">
            <p>{ words::CHANGE_WHY }</p>
            if info.may_change {
                <p><Button id={id("url-change", props.of)} onpress={onask}>{ words::CHANGE }</Button></p>
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
        <Confirm id={id("url-ask", props.of)} title={words::ask_title(props.of.label())} act={words::CHANGE} words={code_words} is_busy={asking.is_busy}
            failed={asking.refusal.as_ref().map(text::refusal_of_url_change)} {onact} onclose={props.onask.reform(|()| false)}>
            <p>{ words::ASK_DIES }</p>
            <ul>{ for words::DIES.iter().map(|what| html! { <li>{ what }</li> }) }</ul>
            <p>{ words::STAYS }</p>
        </Confirm>
    }
}
