//! 利用規約 beside the switch that needs them.

use shared::api::settings::{SettingsSeen, Terms, TermsRead};
use shared::domain::settings::TermsId;
use yew::prelude::*;

use super::Draft;
use crate::part::CheckField;
use crate::text::office::settings as words;
use crate::use_form::Form;

/// Element id of the tick.
pub(super) const fn tick(id: TermsId) -> &'static str {
    match id {
        TermsId::OnlineCheck => "terms-online-check",
        TermsId::Subsidies => "terms-subsidies",
    }
}

/// That a text was read.
pub(super) fn read(terms: &Terms) -> TermsRead {
    TermsRead { id: terms.id, version: terms.version.clone() }
}

/// The text in force, and the tick that confirms it: where it is needed and nobody has confirmed this version.
pub(super) fn terms(form: &Form<Option<Draft>>, seen: &SettingsSeen, draft: &Draft, id: TermsId, is_held: bool) -> Html {
    let Some(one) = seen.terms.iter().find(|one| one.terms.id == id) else { return Html::default() };
    let terms = &one.terms;
    if let Some(confirmed) = &one.confirmed {
        return html! { <p class="settings__terms">{ words::confirmed(&terms.version, confirmed.at, &confirmed.by) }</p> };
    }
    let is_needed = draft.mine.terms().contains(&id);
    let onchange = {
        let of = read(terms);
        form.edit(move |draft: &mut Option<Draft>, is_on: bool| {
            if let Some(draft) = draft {
                draft.read.retain(|other| *other != of);
                draft.read.extend(is_on.then(|| of.clone()));
            }
        })
    };
    html! {
        <>
            <details class="help settings__terms" open={is_needed}>
                <summary>{ words::TERMS_SHOW }</summary>
                <h4>{ format!("{}({})", terms.title, words::version(&terms.version)) }</h4>
                { for terms.text.iter().map(|paragraph| html! { <p>{ paragraph }</p> }) }
            </details>
            if is_needed {
                <CheckField id={tick(id)} label={words::TERMS_TICK} is_on={draft.read.contains(&read(terms))} is_off={is_held}
                    fault={form.faults.of(tick(id))} {onchange} />
            }
        </>
    }
}

/// What is said before the switch (N048).
pub(super) fn note(seen: &SettingsSeen, id: TermsId) -> Option<&str> {
    seen.terms.iter().map(|one| &one.terms).find(|terms| terms.id == id).map(|terms| terms.note.as_str()).filter(|note| !note.is_empty())
}
