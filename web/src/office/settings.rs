//! OT-6 環境設定情報照会・更新 (N040–N049).

mod blocks;
mod history;
mod terms;

use shared::api::settings::{
    ChangeSettings, HistoryAsked, HistoryPage, SeeSettings, SettingsChange, SettingsHistory, SettingsSeen, TermsRead,
};
use shared::api::{Detail, Refusal};
use shared::domain::institution::Use;
use shared::domain::settings::{Settings, SettingsFault, contact_of, lines};
use shared::right::{Act, Right, may};
use yew::prelude::*;

use self::blocks::blocks;
use self::history::{History, changes_since};
use crate::part::page_turner::Turned;
use crate::part::{Button, DefinitionList, Dialog, Look, Notice, Panel, Row, SendForm, Tone, field};
use crate::remote::{Remote, use_get, use_search};
use crate::session::{Ended, SignedIn, use_session};
use crate::text::office::{self as text, settings as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_kept_form};

const MEANWHILE: &str = "settings-meanwhile";

/// What an admin has put together so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    /// Number of the record that it began from.
    base: u32,
    /// That record.
    began: Settings,
    /// All settings as they are to be.
    mine: Settings,
    /// The terms that were ticked.
    read: Vec<TermsRead>,
}

impl Draft {
    /// Nothing changed yet.
    pub(crate) fn of(seen: &SettingsSeen) -> Self {
        Self { base: seen.version, began: seen.settings.clone(), mine: seen.settings.clone(), read: Vec::new() }
    }

    /// The same changes, on top of a newer record.
    fn on(&self, seen: &SettingsSeen) -> Self {
        let mine = seen.settings.with_changes_of(&self.mine, &self.began);
        Self { mine, read: self.read.clone(), ..Self::of(seen) }
    }

    /// The terms that are needed and neither confirmed before nor ticked now.
    fn missing<'a>(&self, seen: &'a SettingsSeen) -> Option<&'a shared::api::settings::Terms> {
        let needed = self.mine.terms();
        let open = seen.terms.iter().filter(|one| needed.contains(&one.terms.id) && one.confirmed.is_none());
        open.map(|one| &one.terms).find(|terms| !self.read.contains(&terms::read(terms)))
    }

    /// What is wrong with it, by the fields in their order.
    pub(crate) fn check(&self, seen: &SettingsSeen) -> Result<SettingsChange, Faults> {
        let without = Use::ALL.into_iter().find(|of| self.mine.of(*of).items.is_empty());
        let faults = Faults::default().note(blocks::ITEMS, without.map(|of| words::fault(SettingsFault::Items(of)).1));
        let faults = self.missing(seen).map_or(faults.clone(), |terms| faults.note(terms::tick(terms.id), Some(words::TERMS_MISSING)));
        let faults = faults.note(blocks::CONTACT, contact_of(&self.mine.contact).err().map(words::contact_fault));
        match faults.first() {
            None => Ok(SettingsChange { version: self.base, settings: self.mine.clone(), confirmed: self.read.clone() }),
            Some(_) => Err(faults),
        }
    }
}

/// OT-6 of the account that is in.
#[component]
pub(crate) fn SettingsScreen() -> Html {
    let (remote, on_retry) = use_get(SeeSettings);
    let turned = use_state(Turned::default);
    let (history, on_history) = use_search(SettingsHistory, HistoryAsked { before: turned.after().and_then(|text| text.parse().ok()) });
    let form = use_kept_form("settings", || None::<Draft>);
    let seen = use_state(|| None::<SettingsSeen>);
    let meanwhile = use_state(|| None::<u32>);
    let is_done = use_state(|| false);
    let call = use_call::<ChangeSettings>();
    // What the server says first, after a lock, and after somebody else's change.
    use_effect_with(remote.clone(), {
        let (form, seen, meanwhile) = (form.clone(), seen.clone(), meanwhile.clone());
        move |remote| {
            let Remote::Here(new) = remote else { return };
            match &form.typed {
                None => form.set(Some(Draft::of(new))),
                Some(draft) if draft.base != new.version => {
                    meanwhile.set(Some(draft.base));
                    form.set(Some(draft.on(new)));
                }
                Some(_) => {}
            }
            seen.set(Some(new.clone()));
        }
    });
    use_effect_with(*meanwhile, |meanwhile| {
        if meanwhile.is_some() {
            field::focus(MEANWHILE);
        }
    });
    let onsubmit = {
        let (form, seen, meanwhile, is_done, call) = (form.clone(), seen.clone(), meanwhile.clone(), is_done.clone(), call.clone());
        let (turned, on_history, on_retry) = (turned.clone(), on_history.clone(), on_retry.clone());
        Callback::from(move |()| {
            let Some(now) = (*seen).clone().filter(|_| !call.progress().is_busy) else { return };
            let check = |draft: &Option<Draft>| draft.as_ref().map_or_else(|| Err(Faults::default()), |draft| draft.check(&now));
            let Some(change) = form.read(check) else { return call.forget() };
            let (form, seen, meanwhile, is_done) = (form.clone(), seen.clone(), meanwhile.clone(), is_done.clone());
            let (turned, on_history, on_retry) = (turned.clone(), on_history.clone(), on_retry.clone());
            call.start(ChangeSettings, change, move |outcome| match outcome {
                Ok(new) => {
                    form.set(Some(Draft::of(&new)));
                    seen.set(Some(new));
                    meanwhile.set(None);
                    is_done.set(true);
                    turned.set(Turned::default());
                    on_history.emit(());
                }
                Err(refusal) if fault_of(&refusal) == Some(SettingsFault::ChangedMeanwhile) => {
                    turned.set(Turned::default());
                    on_history.emit(());
                    on_retry.emit(());
                }
                Err(_) => {}
            });
        })
    };
    let onok = {
        let is_done = is_done.clone();
        Callback::from(move |()| is_done.set(false))
    };
    let onturn = {
        let turned = turned.clone();
        Callback::from(move |next: Turned| turned.set(next))
    };
    let signed_in = use_session();
    let shown = match &*seen {
        Some(seen) => Remote::Here(seen.clone()),
        None => remote,
    };
    let props = SettingsViewProps {
        form,
        remote: shown,
        history,
        turned: (*turned).clone(),
        meanwhile: *meanwhile,
        is_done: *is_done,
        sending: call.progress(),
        onsubmit,
        onok,
        onturn,
        on_retry,
    };
    view(&props, &signed_in)
}

fn fault_of(refusal: &Refusal) -> Option<SettingsFault> {
    match refusal.detail {
        Some(Detail::Settings(fault)) => Some(fault),
        _ => None,
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq)]
pub(crate) struct SettingsViewProps {
    /// What was put together; `None` before the settings have come.
    pub(crate) form: Form<Option<Draft>>,
    /// The settings as they are.
    pub(crate) remote: Remote<SettingsSeen>,
    /// The history.
    pub(crate) history: Remote<HistoryPage>,
    /// Which page of it.
    pub(crate) turned: Turned,
    /// The record that the draft began from, where somebody else changed it since.
    pub(crate) meanwhile: Option<u32>,
    /// They were changed a moment ago, here.
    pub(crate) is_done: bool,
    /// How far the change has come.
    pub(crate) sending: Progress,
    /// Called on 更新する.
    pub(crate) onsubmit: Callback<()>,
    /// Called when the news was read.
    pub(crate) onok: Callback<()>,
    /// Called with the page of the history that is wanted.
    pub(crate) onturn: Callback<Turned>,
    /// Asks the server again.
    pub(crate) on_retry: Callback<()>,
}

fn view(props: &SettingsViewProps, signed_in: &SignedIn) -> Html {
    let session = &signed_in.session;
    let may_change = may(session.kind, Act::ChangeSettings) == Right::Yes;
    let onagain = {
        let signed_in = signed_in.clone();
        Callback::from(move |()| signed_in.end(Ended::LoggedOut))
    };
    props.remote.view(&props.on_retry, |seen| {
        let head = vec![
            Row::text(words::INSTITUTION, format!("{}{}", seen.institution_name, words::NAME_FIXED)),
            Row::text(words::CODE, session.institution.to_string()),
            Row::text(words::ROLE, session.kind.label()),
            Row::text(words::CHANGED, words::changed(seen.changed_at, seen.changed_by.as_ref())),
        ];
        html! {
            <>
                <p>{ words::LEAD }</p>
                <DefinitionList rows={head} />
                if let (true, Some(draft)) = (may_change, &props.form.typed) {
                    { filled(props, seen, draft) }
                } else {
                    <p>{ words::READ_ONLY }</p>
                    <Panel title={words::VALUES}>
                        <DefinitionList rows={lines(&seen.settings).into_iter().map(|(name, value)| Row::text(name, value)).collect::<Vec<_>>()} />
                    </Panel>
                }
                <History history={props.history.clone()} turned={props.turned.clone()} onturn={props.onturn.clone()} on_retry={props.on_retry.clone()} />
                if props.is_done {
                    <Dialog id="settings-done" title={words::UPDATED} onclose={props.onok.clone()}>
                        <p>{ words::COUNTS }</p>
                        <p>{ words::COUNTS_OTHERS }</p>
                        <p class="actions">
                            <Button look={Look::Primary} id="settings-ok" onpress={props.onok.clone()}>{ words::OK }</Button>
                            <Button id="settings-again" onpress={onagain.clone()}>{ words::AGAIN }</Button>
                        </p>
                    </Dialog>
                }
            </>
        }
    })
}

fn filled(props: &SettingsViewProps, seen: &SettingsSeen, draft: &Draft) -> Html {
    let is_held = props.sending.is_busy;
    let form = props.form.clone().held(is_held);
    // What came meanwhile has a notice of its own, once it is here.
    let has_notice = |refusal: &Refusal| props.meanwhile.is_some() && fault_of(refusal) == Some(SettingsFault::ChangedMeanwhile);
    let failed = props.sending.refusal.as_ref().filter(|refusal| !has_notice(refusal));
    html! {
        <>
            if let Some(base) = props.meanwhile {
                <div id={MEANWHILE} tabindex="-1">
                    <Notice tone={Tone::Warn} role="alert" title={words::MEANWHILE}>
                        <p>{ words::MEANWHILE_NEXT }</p>
                        { changes_since(&props.history, base) }
                    </Notice>
                </div>
            }
            <SendForm id="settings-submit" submit={words::SUBMIT} is_busy={is_held} onsubmit={props.onsubmit.clone()}
                failed={failed.map(text::refusal)}>
                { blocks(&form, seen, draft, is_held) }
            </SendForm>
        </>
    }
}

#[cfg(test)]
mod tests;
