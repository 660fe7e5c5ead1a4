//! What an account may do, as far as screens and buttons ask for it.

use shared::domain::account::AccountKind;

/// What a screen or a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// 同意済資格情報取得.
    SeeConsents,
    /// 医療機関別URL取得.
    SeeReceptionUrl,
}

/// True when an account of this kind may do it. The server decides; this only spares the press.
pub(crate) fn may(kind: AccountKind, act: Act) -> bool {
    match (act, kind) {
        (Act::SeeConsents | Act::SeeReceptionUrl, AccountKind::Admin | AccountKind::General | AccountKind::Viewer) => true,
    }
}
