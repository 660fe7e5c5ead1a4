//! OT-1 端末の証明書 (N170–N174, P-CERT).

mod file;
mod list;
mod mode;

use shared::api::certificate::{
    CertificateFile, CertificateList, CertificateRow, ExportCertificate, IssueCertificate, ListCertificates, NewCertificate,
    RenewCertificate, RevokeCertificate, SetCertificateMode,
};
use shared::domain::code::DeviceLabel;
use yew::prelude::*;

use self::file::CertificateFileView;
pub(crate) use self::mode::ModeTyped;
use crate::part::{Confirm, Field, LiveRegion, Notice, Panel, SendForm, Tone, field};
use crate::remote::{Remote, use_get};
use crate::text::office::{self as text, certificates as words, codes};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form, use_kept_form};

const LABEL: &str = "certificate-label";
const HOLDER: &str = "certificate-holder";
const SECRET: &str = "certificate-secret";
const NEWS: &str = "certificate-news";

/// What was typed for a new certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Typed {
    /// 端末の名前.
    pub(crate) label: String,
    /// 管理する人.
    pub(crate) holder: String,
}

impl Typed {
    fn check(&self) -> Result<NewCertificate, Faults> {
        match (DeviceLabel::try_from(self.label.as_str()), DeviceLabel::try_from(self.holder.as_str())) {
            (Ok(label), Ok(holder)) => Ok(NewCertificate { label, holder }),
            (label, holder) => Err(Faults::default()
                .note(LABEL, label.err().map(codes::fault))
                .note(HOLDER, holder.err().map(|why| words::fault(why, words::NO_HOLDER)))),
        }
    }
}

/// What is asked before it is done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Asking {
    /// 失効.
    Revoke(CertificateRow),
    /// 更新.
    Renew(CertificateRow),
}

/// What was done here a moment ago.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum News {
    /// 発行, or 更新.
    Issued(String),
    /// 失効.
    Revoked(String),
    /// The switch.
    Mode,
}

/// OT-1 of the admin who is in.
#[component]
pub(crate) fn CertificatesScreen() -> Html {
    let form = use_kept_form("certificates", Typed::default);
    let mode_form = use_form(ModeTyped::default);
    let (remote, on_retry) = use_get(ListCertificates);
    let file = use_state(|| None::<CertificateFile>);
    let asking = use_state(|| None::<Asking>);
    let news = use_state(|| None::<News>);
    let (issue, export, mode) = (use_call::<IssueCertificate>(), use_call::<ExportCertificate>(), use_call::<SetCertificateMode>());
    let (renew, revoke) = (use_call::<RenewCertificate>(), use_call::<RevokeCertificate>());
    // What is new comes into view, and to who hears it, once it is drawn and a dialog has given the focus back.
    let focus = use_state(|| (0_u32, None::<&'static str>));
    use_effect_with(*focus, |(_, id)| id.iter().for_each(|id| field::focus(id)));
    let done = {
        let (news, asking, on_retry, focus) = (news.clone(), asking.clone(), on_retry.clone(), focus.clone());
        Callback::from(move |what: News| {
            asking.set(None);
            news.set(Some(what));
            focus.set((focus.0 + 1, Some(NEWS)));
            on_retry.emit(());
        })
    };
    let onissue = {
        let (form, issue, done) = (form.clone(), issue.clone(), done.clone());
        Callback::from(move |()| {
            if issue.progress().is_busy {
                return;
            }
            let Some(new) = form.read(Typed::check) else { return issue.forget() };
            let (form, done) = (form.clone(), done.clone());
            issue.start(IssueCertificate, new, move |outcome| {
                if let Ok(row) = outcome {
                    form.set(Typed::default());
                    done.emit(News::Issued(row.label.as_str().to_owned()));
                }
            });
        })
    };
    let onmode = {
        let (form, mode, done) = (mode_form.clone(), mode.clone(), done.clone());
        Callback::from(move |today| {
            if mode.progress().is_busy {
                return;
            }
            let Some(change) = form.read(|typed: &ModeTyped| typed.check(today)) else { return mode.forget() };
            let (form, done) = (form.clone(), done.clone());
            mode.start(SetCertificateMode, change, move |outcome: Result<_, _>| {
                if outcome.is_ok() {
                    form.set(ModeTyped::default());
                    done.emit(News::Mode);
                }
            });
        })
    };
    let onexport = {
        let (export, file, news, focus) = (export.clone(), file.clone(), news.clone(), focus.clone());
        Callback::from(move |row: CertificateRow| {
            news.set(None);
            let (file, focus) = (file.clone(), focus.clone());
            export.start(ExportCertificate { certificate: row.id.as_str().into() }, (), move |outcome| {
                if let Ok(made) = outcome {
                    file.set(Some(made));
                    focus.set((focus.0 + 1, Some(SECRET)));
                }
            });
        })
    };
    let ondone = {
        let (file, focus) = (file.clone(), focus.clone());
        Callback::from(move |()| {
            file.set(None);
            focus.set((focus.0 + 1, Some(list::HEADING)));
        })
    };
    let onask = {
        let (asking, renew, revoke, on_retry) = (asking.clone(), renew.clone(), revoke.clone(), on_retry.clone());
        Callback::from(move |what: Option<Asking>| {
            // After an answer that was lost, only the server knows how the certificate stands.
            if renew.progress().refusal.is_some() || revoke.progress().refusal.is_some() {
                on_retry.emit(());
            }
            renew.forget();
            revoke.forget();
            asking.set(what);
        })
    };
    let onact = {
        let (renew, revoke) = (renew.clone(), revoke.clone());
        Callback::from(move |what: Asking| {
            let done = done.clone();
            match what {
                Asking::Revoke(row) => revoke.start(RevokeCertificate { certificate: row.id.as_str().into() }, (), move |outcome| {
                    if let Ok(row) = outcome {
                        done.emit(News::Revoked(row.label.as_str().to_owned()));
                    }
                }),
                Asking::Renew(row) => renew.start(RenewCertificate { certificate: row.id.as_str().into() }, (), move |outcome| {
                    if let Ok(row) = outcome {
                        done.emit(News::Issued(row.label.as_str().to_owned()));
                    }
                }),
            }
        })
    };
    let asking = (*asking).clone().map(|what| {
        let progress = if matches!(what, Asking::Revoke(_)) { revoke.progress() } else { renew.progress() };
        (what, progress)
    });
    html! {
        <CertificatesView {form} {mode_form} issuing={issue.progress()} exporting={export.progress()} setting={mode.progress()} {remote}
            file={(*file).clone()} {asking} news={(*news).clone()} {onissue} {onmode} {onexport} {ondone} {onask} {onact} {on_retry} />
    }
}

/// Everything that the screen shows. No `Debug`: it holds the password of a file.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct CertificatesViewProps {
    /// The next certificate.
    pub(crate) form: Form<Typed>,
    /// The next setting of the switch.
    pub(crate) mode_form: Form<ModeTyped>,
    /// How far 発行 has come.
    #[prop_or_default]
    pub(crate) issuing: Progress,
    /// How far the file has come.
    #[prop_or_default]
    pub(crate) exporting: Progress,
    /// How far the switch has come.
    #[prop_or_default]
    pub(crate) setting: Progress,
    /// The list.
    pub(crate) remote: Remote<CertificateList>,
    /// The file that was taken here and is still shown.
    #[prop_or_default]
    pub(crate) file: Option<CertificateFile>,
    /// The question before something is done, and how far it has come.
    #[prop_or_default]
    pub(crate) asking: Option<(Asking, Progress)>,
    /// What was done here a moment ago.
    #[prop_or_default]
    pub(crate) news: Option<News>,
    /// Called on 発行する.
    #[prop_or_default]
    pub(crate) onissue: Callback<()>,
    /// Called on 設定を変更する with the server's day.
    #[prop_or_default]
    pub(crate) onmode: Callback<shared::domain::calendar::CivilDate>,
    /// Called with the certificate whose file is wanted.
    #[prop_or_default]
    pub(crate) onexport: Callback<CertificateRow>,
    /// Called when the person has file and password.
    #[prop_or_default]
    pub(crate) ondone: Callback<()>,
    /// Opens a question, or leaves it.
    #[prop_or_default]
    pub(crate) onask: Callback<Option<Asking>>,
    /// Does what was asked.
    #[prop_or_default]
    pub(crate) onact: Callback<Asking>,
    /// Asks for the list again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// The file once, or 発行; the list; the switch.
#[component]
pub(crate) fn CertificatesView(props: &CertificatesViewProps) -> Html {
    let form = props.form.clone().held(props.issuing.is_busy);
    let said = props.news.as_ref().map(|news| {
        let title = match news {
            News::Issued(label) => words::issued(label),
            News::Revoked(label) => words::revoked(label),
            News::Mode => words::MODE_CHANGED.to_owned(),
        };
        html! { <div id={NEWS} tabindex="-1"><Notice tone={Tone::Good} {title} /></div> }
    });
    let failed = props.exporting.refusal.as_ref().map(|refusal| crate::part::send_form::form_failure(&text::refusal(refusal)));
    html! {
        <>
            <p>{ words::LEAD }</p>
            if let Some(file) = &props.file {
                <CertificateFileView id={SECRET} file={file.clone()} ondone={props.ondone.clone()} />
            } else {
                <Panel title={words::NEW_TITLE}>
                    <SendForm id="certificate-issue" submit={words::ISSUE} is_busy={props.issuing.is_busy} onsubmit={props.onissue.clone()}
                        failed={props.issuing.refusal.as_ref().map(words::refusal_of_issue)}>
                        <Field of={form.input(LABEL, |typed| &mut typed.label)} label={words::LABEL} hint={words::LABEL_HINT} is_required=true />
                        <Field of={form.input(HOLDER, |typed| &mut typed.holder)} label={words::HOLDER} hint={words::HOLDER_HINT}
                            is_required=true />
                    </SendForm>
                </Panel>
            }
            <LiveRegion>{ said.unwrap_or_default() }</LiveRegion>
            { failed.unwrap_or_default() }
            { props.remote.view(&props.on_retry, |found| html! {
                <>
                    { list::view(found, props.exporting.is_busy, &props.onexport, &props.onask) }
                    { mode::view(found, &props.mode_form, &props.setting, &props.onmode) }
                </>
            }) }
            if let Some((what, progress)) = &props.asking {
                { question(props, what, progress) }
            }
        </>
    }
}

fn question(props: &CertificatesViewProps, what: &Asking, progress: &Progress) -> Html {
    let onact = {
        let what = what.clone();
        props.onact.reform(move |_: String| what.clone())
    };
    let (is_busy, failed) = (progress.is_busy, progress.refusal.as_ref().map(text::refusal));
    let onclose = props.onask.reform(|()| None);
    let today = match &props.remote {
        Remote::Here(found) => found.now.jst_date(),
        Remote::Loading | Remote::Failed(_) => match what {
            Asking::Revoke(row) | Asking::Renew(row) => row.ends_on.plus_days(-row.days_left),
        },
    };
    match what {
        Asking::Revoke(row) => html! {
            <Confirm id="certificate-ask" title={words::ask_revoke(row.label.as_str())} act={words::REVOKE} {is_busy} {failed} {onact} {onclose}>
                if row.is_in_use {
                    <Notice tone={Tone::Warn} title={words::REVOKE_THIS} />
                }
                <p>{ words::REVOKE_DOES }</p>
                <p>{ words::REVOKE_BACK }</p>
            </Confirm>
        },
        Asking::Renew(row) => html! {
            <Confirm id="certificate-ask" title={words::ask_renew(row.label.as_str())} act={words::RENEW} {is_busy} {failed} {onact} {onclose}>
                <p>{ words::RENEW_DOES }</p>
                <p>{ words::renew_costs(row.days_left, today) }</p>
                <p>{ words::RENEW_BACKUP }</p>
            </Confirm>
        },
    }
}
