//! OT-8 アクティベーションコード管理 (N050–N058).

mod list;
mod sheet;

use shared::api::activation::{CodeIssued, CodePage, CodeRow, CodeSearch, InvalidateCode, IssueCode, NewCode, SearchCodes};
use shared::domain::code::{CodeState, DeviceLabel};
use yew::prelude::*;

use self::list::CodeList;
pub(crate) use self::list::Find;
use self::sheet::CodeSheet;
use crate::part::page_turner::Turned;
use crate::part::{Confirm, Field, LiveRegion, Notice, OneTimeSecret, Panel, SendForm, Tone, field};
use crate::remote::{Remote, use_search};
use crate::session::use_session;
use crate::text::office::{self as text, codes as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form, use_kept_form};

const LABEL: &str = "code-label";
const SECRET: &str = "code-secret";
const ENDED: &str = "code-ended";

/// Reads the label.
fn label_of(typed: &str) -> Result<DeviceLabel, Faults> {
    DeviceLabel::try_from(typed).map_err(|why| Faults::default().note(LABEL, Some(words::fault(why))))
}

/// OT-8 of the account that is in.
#[component]
pub(crate) fn CodesScreen() -> Html {
    let form = use_kept_form("codes", String::new);
    let find = use_form(Find::default);
    let asked = use_state(|| (Find::default(), Turned::default()));
    let issued = use_state(|| None::<CodeIssued>);
    let asking = use_state(|| None::<CodeRow>);
    let ended = use_state(|| None::<CodeRow>);
    let (issue, invalidate) = (use_call::<IssueCode>(), use_call::<InvalidateCode>());
    let (of, turned) = &*asked;
    let search = CodeSearch { label: of.label.trim().to_owned(), state: of.state, after: turned.after() };
    let (remote, on_retry) = use_search(SearchCodes, search);
    // Digits and news come into view, and to who hears them, once they are drawn and a dialog has given the focus back.
    let focus = use_state(|| (0_u32, None::<&'static str>));
    use_effect_with(*focus, |(_, id)| id.iter().for_each(|id| field::focus(id)));
    let onfocus = Callback::from(move |id: &'static str| focus.set((focus.0 + 1, Some(id))));
    let onissue = {
        let (form, issue, issued, ended, asked, on_retry, onfocus) =
            (form.clone(), issue.clone(), issued.clone(), ended.clone(), asked.clone(), on_retry.clone(), onfocus.clone());
        Callback::from(move |()| {
            if issue.progress().is_busy {
                return;
            }
            let Some(label) = form.read(|typed| label_of(typed)) else { return issue.forget() };
            ended.set(None);
            let (form, issued, asked, on_retry, onfocus) = (form.clone(), issued.clone(), asked.clone(), on_retry.clone(), onfocus.clone());
            issue.start(IssueCode, NewCode { label }, move |outcome| {
                if let Ok(code) = outcome {
                    form.set(String::new());
                    issued.set(Some(code));
                    onfocus.emit(SECRET);
                    asked.set((asked.0.clone(), Turned::default()));
                    on_retry.emit(());
                }
            });
        })
    };
    let ondone = {
        let (issued, onfocus) = (issued.clone(), onfocus.clone());
        Callback::from(move |()| {
            issued.set(None);
            onfocus.emit(LABEL);
        })
    };
    let onask = {
        let (asking, invalidate, on_retry) = (asking.clone(), invalidate.clone(), on_retry.clone());
        Callback::from(move |row: Option<CodeRow>| {
            // After an answer that was lost, only the server knows how the code stands.
            if invalidate.progress().refusal.is_some() {
                on_retry.emit(());
            }
            invalidate.forget();
            asking.set(row);
        })
    };
    let onend = {
        let (asking, invalidate, ended, on_retry) = (asking.clone(), invalidate.clone(), ended.clone(), on_retry.clone());
        Callback::from(move |row: CodeRow| {
            let (asking, ended, on_retry, onfocus) = (asking.clone(), ended.clone(), on_retry.clone(), onfocus.clone());
            invalidate.start(InvalidateCode { code: row.id.as_str().into() }, (), move |outcome| {
                if let Ok(row) = outcome {
                    asking.set(None);
                    ended.set(Some(row));
                    onfocus.emit(ENDED);
                    on_retry.emit(());
                }
            });
        })
    };
    let onfind = {
        let (asked, find, on_retry) = (asked.clone(), find.clone(), on_retry.clone());
        Callback::from(move |()| {
            let next = (find.typed.clone(), Turned::default());
            // The same again finds what came since.
            if *asked == next { on_retry.emit(()) } else { asked.set(next) }
        })
    };
    let onturn = {
        let asked = asked.clone();
        Callback::from(move |turned: Turned| {
            field::focus(list::HEADING);
            asked.set((asked.0.clone(), turned));
        })
    };
    let asking = (*asking).clone().map(|row| (row, invalidate.progress()));
    let session = use_session().session;
    let (institution_name, institution) = (session.institution_name, session.institution.to_string());
    html! {
        <CodesView {form} issuing={issue.progress()} issued={(*issued).clone()} {find} {remote} turned={turned.clone()} {asking}
            ended={(*ended).clone()} {institution_name} {institution} {onissue} {ondone} {onask} {onend} {onfind} {onturn} {on_retry} />
    }
}

/// Everything that the screen shows. No `Debug`: it holds the digits.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct CodesViewProps {
    /// The label of the next code.
    pub(crate) form: Form<String>,
    /// How far 発行 has come.
    #[prop_or_default]
    pub(crate) issuing: Progress,
    /// The code that was issued here and is still shown.
    #[prop_or_default]
    pub(crate) issued: Option<CodeIssued>,
    /// The conditions of the list.
    pub(crate) find: Form<Find>,
    /// The list.
    pub(crate) remote: Remote<CodePage>,
    /// Which page of it.
    #[prop_or_default]
    pub(crate) turned: Turned,
    /// The question before 無効化する, and how far it has come.
    #[prop_or_default]
    pub(crate) asking: Option<(CodeRow, Progress)>,
    /// The code that was ended here a moment ago.
    #[prop_or_default]
    pub(crate) ended: Option<CodeRow>,
    /// 機関名.
    pub(crate) institution_name: String,
    /// 機関コード.
    pub(crate) institution: AttrValue,
    /// Called on 発行.
    #[prop_or_default]
    pub(crate) onissue: Callback<()>,
    /// Called when the person has the digits.
    #[prop_or_default]
    pub(crate) ondone: Callback<()>,
    /// Opens the question about a code, or leaves it.
    #[prop_or_default]
    pub(crate) onask: Callback<Option<CodeRow>>,
    /// Called with the code to end.
    #[prop_or_default]
    pub(crate) onend: Callback<CodeRow>,
    /// Called on 検索.
    #[prop_or_default]
    pub(crate) onfind: Callback<()>,
    /// Called with the page that is wanted.
    #[prop_or_default]
    pub(crate) onturn: Callback<Turned>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// 発行, the digits once, and the list.
#[component]
pub(crate) fn CodesView(props: &CodesViewProps) -> Html {
    let CodesViewProps { form, issuing, issued, find, remote, turned, asking, ended, institution_name, .. } = props;
    let of = form.clone().held(issuing.is_busy).input(LABEL, |typed| typed);
    let said = ended.as_ref().map(|row| {
        html! { <div id={ENDED} tabindex="-1"><Notice tone={Tone::Good} title={words::invalidated(row.label.as_str())} /></div> }
    });
    html! {
        <>
            <p>{ words::LEAD }</p>
            if let Some(code) = issued {
                <OneTimeSecret id={SECRET} title={words::SECRET} whose={words::whose(code.row.label.as_str())} secret={code.digits.clone()}
                    next={words::NEXT} ondone={props.ondone.clone()} />
                <CodeSheet code={code.clone()} institution={props.institution.clone()} />
            } else {
                <Panel title={words::NEW_TITLE}>
                    <SendForm id="code-issue" submit={words::ISSUE} is_busy={issuing.is_busy} onsubmit={props.onissue.clone()}
                        failed={issuing.refusal.as_ref().map(text::refusal_of_code)}>
                        <Field {of} label={words::LABEL} hint={words::LABEL_HINT} is_required=true autocomplete="off" />
                    </SendForm>
                </Panel>
            }
            <LiveRegion>{ said.unwrap_or_default() }</LiveRegion>
            <CodeList form={find.clone()} remote={remote.clone()} turned={turned.clone()} institution_name={institution_name.clone()}
                onfind={props.onfind.clone()} onturn={props.onturn.clone()} onask={props.onask.reform(Some)} on_retry={props.on_retry.clone()} />
            if let Some((row, progress)) = asking {
                { question(props, row, progress) }
            }
        </>
    }
}

fn question(props: &CodesViewProps, row: &CodeRow, progress: &Progress) -> Html {
    let onact = {
        let row = row.clone();
        props.onend.reform(move |_: String| row.clone())
    };
    html! {
        <Confirm id="code-ask" title={words::ask(row.label.as_str())} act={words::INVALIDATE} is_busy={progress.is_busy}
            failed={progress.refusal.as_ref().map(text::refusal)} {onact} onclose={props.onask.reform(|()| None)}>
            <p>{ if row.state == CodeState::InUse { words::ASK_DEVICE } else { words::ASK_UNUSED } }</p>
            <p>{ words::ASK_BACK }</p>
        </Confirm>
    }
}
