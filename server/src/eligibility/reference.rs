//! Registering a 照会番号 where results come from (recekon.md §4.3): afterwards it returns with them.

use crate::store::reference::Insurance;

/// What is to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceAsked {
    /// 照会番号.
    pub number: String,
    /// The insurance of the newest result.
    pub insurance: Insurance,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceAnswer {
    /// 登録済: status 1, with the same number and insurance.
    Registered,
    /// 拒否.
    Refused {
        /// ProcessingResultCode.
        code: String,
        /// ProcessingResultMessage.
        message: String,
    },
    /// No answer: asked again later.
    Away,
}
