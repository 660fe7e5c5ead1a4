//! The addresses of the staff page. None of them holds anything of a person.

use yew_router::Routable;

/// What an address shows.
#[derive(Debug, Clone, PartialEq, Eq, Routable)]
pub(crate) enum Route {
    /// OT-5 ホーム.
    #[at("/o")]
    Home,
    /// OT-9 医療機関別URL取得・変更.
    #[at("/o/url")]
    ReceptionUrl,
    /// OT-10 同意済資格情報取得.
    #[at("/o/consents")]
    Consents,
    /// OT-11 明細.
    #[at("/o/consents/:id")]
    Consent {
        /// Id of the row, no meaning.
        id: String,
    },
    /// OT-4 パスワード変更.
    #[at("/o/password")]
    Password,
    /// カードの確認 of the device desk.
    #[at("/d")]
    Device,
    /// Below the device desk.
    #[at("/d/*rest")]
    DeviceBelow {
        /// What follows.
        rest: String,
    },
    /// Anything else.
    #[not_found]
    #[at("/o/404")]
    Missing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_has_its_address() {
        for (path, route) in [
            ("/o", Route::Home),
            ("/o/url", Route::ReceptionUrl),
            ("/o/consents", Route::Consents),
            ("/o/consents/7", Route::Consent { id: "7".to_owned() }),
            ("/o/password", Route::Password),
            ("/d", Route::Device),
            ("/d/a/b", Route::DeviceBelow { rest: "a/b".to_owned() }),
            ("/o/other", Route::Missing),
        ] {
            assert_eq!(Route::recognize(path), Some(route), "{path}");
        }
    }
}
