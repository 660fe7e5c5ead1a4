//! 確認 (OT-12), 資格確認履歴照会 (OT-13), 一括照会 and 委託先 (OT-35).

pub(crate) mod bulk;
pub(crate) mod copied;
pub(crate) mod form;
pub(crate) mod grants;
pub(crate) mod history;
mod last;
pub(crate) mod number;
pub(crate) mod one;
pub(crate) mod run;
#[cfg(test)]
mod tests;
pub(crate) mod view;
