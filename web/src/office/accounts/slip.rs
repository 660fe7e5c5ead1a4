//! An initial password on paper: one page for each person, nothing else on it.

use shared::api::account::AccountRow;
use shared::domain::institution::InstitutionCode;
use yew::prelude::*;

use crate::part::address;
use crate::text::office::accounts as words;

/// The page; it is on paper only.
pub(crate) fn slip(institution: &InstitutionCode, institution_name: &str, account: &AccountRow, password: &str) -> Html {
    let rows = [
        (words::SLIP_ADDRESS, address("/o")),
        (words::INSTITUTION_NAME, institution_name.to_owned()),
        (words::INSTITUTION, institution.to_string()),
        (words::USER, account.user.to_string()),
        (words::NAME, account.name.clone()),
    ];
    html! {
        <section class="sheet slip" aria-hidden="true" key={account.user.to_string()}>
            <p class="sheet__heading">{ words::SLIP_TITLE }</p>
            { for rows.into_iter().map(|(name, value)| html! { <p class="slip__row">{ format!("{name}: {value}") }</p> }) }
            <p class="slip__row">{ words::FIRST_PASSWORD }</p>
            <p class="slip__password" translate="no">{ password.to_owned() }</p>
            <ol>{ for words::SLIP_STEPS.iter().map(|step| html! { <li>{ step }</li> }) }</ol>
        </section>
    }
}
