//! Whether the office asks for a certificate, from a day on.

use shared::api::certificate::{CertificateList, ModeChange};
use shared::domain::calendar::CivilDate;
use shared::domain::certificate::CertificateMode;
use yew::prelude::*;

use crate::part::field::Input;
use crate::part::{DateField, DefinitionList, Offer, Panel, RadioField, Row, SendForm};
use crate::text::office::certificates as words;
use crate::use_call::Progress;
use crate::use_form::{Faults, Form};

const FROM: &str = "certificate-mode-from";
const MODE: &str = "certificate-mode";

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ModeTyped {
    /// What; as it stands now while nothing was chosen.
    pub(crate) mode: Option<CertificateMode>,
    /// いつから; empty = today.
    pub(crate) from: String,
}

impl ModeTyped {
    /// Reads it; `today` is the server's day.
    pub(crate) fn check(&self, today: CivilDate) -> Result<ModeChange, Faults> {
        let from = if self.from.trim().is_empty() { Some(today) } else { CivilDate::from_typed(&self.from).ok() };
        match (self.mode, from.filter(|from| *from >= today)) {
            (Some(mode), Some(from)) => Ok(ModeChange { mode, from }),
            (mode, from) => Err(Faults::default()
                .note(MODE, mode.is_none().then_some(words::MODE_MISSING))
                .note(FROM, from.is_none().then_some(words::MODE_BAD_DAY))),
        }
    }
}

/// The switch as it stands, and its change.
pub(super) fn view(found: &CertificateList, form: &Form<ModeTyped>, setting: &Progress, onmode: &Callback<CivilDate>) -> Html {
    let (modes, today) = (&found.modes, found.now.jst_date());
    let mut rows = vec![Row::text(words::MODE_NOW, words::mode_now(modes.mode, modes.since.as_ref().map(|(since, _)| *since)))];
    rows.extend(modes.next.as_ref().map(|next| Row::text(words::MODE_NEXT, words::mode_next(next))));
    let form = form.clone().held(setting.is_busy);
    let oninput = form.edit(|typed: &mut ModeTyped, word: String| typed.mode = CertificateMode::from_word(&word));
    let value = form.typed.mode.map(CertificateMode::word).unwrap_or_default();
    let of = Input { id: MODE.into(), value: value.into(), fault: form.faults.of(MODE), is_held: setting.is_busy, oninput };
    let offers = CertificateMode::ALL.map(|mode| Offer { value: mode.word(), label: mode.label() }).to_vec();
    html! {
        <Panel title={words::MODE_TITLE}>
            if !found.is_asked {
                { super::list::not_asked() }
            }
            <DefinitionList {rows} />
            <SendForm id="certificate-mode-submit" submit={words::MODE_SUBMIT} is_busy={setting.is_busy} onsubmit={onmode.reform(move |()| today)}
                failed={setting.refusal.as_ref().map(words::refusal_of_mode)}>
                <RadioField {of} label={words::MODE_FIELD} hint={words::MODE_HINT} is_required=true {offers} />
                <DateField of={form.input(FROM, |typed| &mut typed.from)} label={words::MODE_FROM} />
            </SendForm>
        </Panel>
    }
}
