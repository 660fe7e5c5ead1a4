//! The applications of a card.

use serde::{Deserialize, Serialize};

/// An application of the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum App {
    /// The card manager (GlobalPlatform issuer security domain), selected at power-on.
    Manager,
    /// 公的個人認証AP.
    Jpki,
    /// 券面事項確認AP.
    Visual,
    /// 券面入力補助AP.
    Text,
    /// 住基AP.
    Resident,
    /// 共通カードAP.
    Common,
}

impl App {
    /// The application identifier, as public readers of the card use it.
    pub(crate) fn aid(self) -> &'static [u8] {
        match self {
            App::Manager => &[0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00],
            App::Jpki => &[0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01],
            App::Visual => &[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02],
            App::Text => &[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x08],
            App::Resident => &[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x01],
            App::Common => &[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x01, 0x00],
        }
    }
}
