//! The question before a screen is left on which a secret stands that is shown once.

pub(crate) const ASK: &str = "この画面を離れますか";
pub(crate) const WHAT: &str = "表示しているパスワードやコードは、離れるともう表示できません。控えたか、印刷したかを確かめてください。";
pub(crate) const ACT: &str = "離れる";
