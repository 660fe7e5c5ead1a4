//! 確認 (OT-12), 資格確認履歴照会 (OT-13), 一括照会 and 委託先 (OT-35).

pub(crate) mod bulk;
pub(crate) mod copied;
mod form;
pub(crate) mod grants;
pub(crate) mod history;
mod last;
pub(crate) mod number;
pub(crate) mod one;
pub(crate) mod run;
#[cfg(test)]
mod tests;
mod view;

use shared::api::check::SavedFile;
use yew::prelude::*;

use crate::part::Download;
use crate::text::office::checks as words;

/// A file that was made, to be saved with a press.
pub(crate) fn saved(file: &SavedFile) -> Html {
    // A data address is in ordinary base64; its padding may be left out.
    let href = format!("data:text/csv;charset=utf-8;base64,{}", file.file.to_text().replace('-', "+").replace('_', "/"));
    html! { <Download {href} file={file.name.clone()} words={words::SAVE} about={words::rows(file.rows)} /> }
}
