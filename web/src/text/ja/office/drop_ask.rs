//! The question before something half typed is dropped for another row.

pub(crate) const ASK: &str = "入力の途中のものを消しますか";
pub(crate) const WHAT: &str = "まだ登録していない入力があります。続けると、その入力は消えます。";
pub(crate) const ACT: &str = "消して続ける";
