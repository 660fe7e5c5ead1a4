//! What a login at a device may call: the device desk, which nobody else may, and of the office what a screen of the device asks.
//!
//! Beside [`crate::right::may`], which says what the account may do wherever it is.

use super::EndpointRow;
use super::check::{CheckByNumber, ChooseCheckCoverage};
use super::later::{AddProvisional, PastResults};
use super::office::{Logout, Me};
use super::reference::SetReference;
use super::requery::{Requery, RequeryState};
use super::{Endpoint as _, Permission};

/// How the path of every endpoint of the device desk begins.
pub const DEVICE_DESK: &str = "/api/device/";

/// The endpoints of the office that a screen of the device asks, by name. All others are refused to a login at a device: lists of past
/// days and months, the administration, medical information.
pub const OFFICE_AT_DEVICE: [&str; 9] = [
    // Who is in, and the end of it.
    Me::NAME,
    Logout::NAME,
    // DA-13 資格確認書で確認, with the numbers of the last check.
    CheckByNumber::NAME,
    ChooseCheckCoverage::NAME,
    PastResults::NAME,
    // X12 カードがない, X34: 仮確認.
    AddProvisional::NAME,
    // DA-12 再照会.
    RequeryState::NAME,
    Requery::NAME,
    // DA-10: the 照会番号 of a person who has none.
    SetReference::NAME,
];

/// True for an endpoint of the device desk.
#[must_use]
pub fn is_of_device_desk(path: &str) -> bool {
    path.starts_with(DEVICE_DESK)
}

/// Says whether a login may call the endpoint of this name and path pattern from where it is: at a device, or at the office.
#[must_use]
pub fn is_callable(name: &str, path: &str, is_at_device: bool) -> bool {
    match (is_of_device_desk(path), is_at_device) {
        (true, at_device) => at_device,
        (false, true) => OFFICE_AT_DEVICE.contains(&name),
        (false, false) => true,
    }
}

/// True for an endpoint that asks for a login, of whichever kind.
#[must_use]
pub const fn is_by_login(row: &EndpointRow) -> bool {
    matches!(row.permission, Permission::AnySession | Permission::AnyAccount | Permission::Account(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::table;
    use crate::domain::account::AccountKind;
    use crate::right::{Right, may};

    #[test]
    fn what_a_device_calls_is_there_and_asks_for_no_fresh_proof() {
        for name in OFFICE_AT_DEVICE {
            let row = table().find(|row| row.name == name).unwrap();
            assert!(is_by_login(row) && !is_of_device_desk(row.path), "{name}");
        }
        for row in table().filter(|row| is_by_login(row) && is_callable(row.name, row.path, true)) {
            if let Permission::Account(act) = row.permission {
                for kind in [AccountKind::General, AccountKind::Viewer] {
                    assert_eq!(may(kind, act), Right::Yes, "{kind:?} {}", row.name);
                }
                // N009
                assert!(!is_of_device_desk(row.path) || may(AccountKind::Admin, act) == Right::No, "{}", row.name);
            }
        }
    }

    #[test]
    fn the_device_desk_is_called_by_devices_alone() {
        let desk: Vec<_> = table().filter(|row| is_by_login(row) && is_of_device_desk(row.path)).collect();
        assert!(desk.len() > 15, "{}", desk.len());
        for row in desk {
            assert_eq!([false, true].map(|at_device| is_callable(row.name, row.path, at_device)), [false, true], "{}", row.name);
        }
    }
}
