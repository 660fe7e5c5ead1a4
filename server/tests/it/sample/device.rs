//! Samples of the device desk.

use shared::api::device::{AskNonce, DEVICE_NOTICE, LogInDevice, RegisterDevice, SeeDevice, SetPasscode};
use shared::api::{Endpoint as _, EndpointRow};

use super::{Sample, ask, get};
use crate::device_world::{PASSCODE, TestDevice, issued, logged_in};
use crate::world::{PASSWORD, STATION, World};

/// A device without a passcode.
async fn registered(world: &World) -> TestDevice {
    let digits = issued(world, STATION).await;
    logged_in(world, STATION, "etsu1").await;
    let mut device = TestDevice::new();
    device.register(world, STATION, "etsu1", &digits).await.unwrap();
    device
}

/// The sample of an endpoint of this desk.
pub(super) async fn sample(world: &World, row: &EndpointRow) -> Option<Sample> {
    let passcode = serde_json::json!({ "passcode": PASSCODE });
    Some(match row.name {
        AskNonce::NAME => Sample::of(get(AskNonce.path())),
        RegisterDevice::NAME => {
            let digits = issued(world, STATION).await;
            logged_in(world, STATION, "etsu1").await;
            let body = serde_json::json!({
                "institution": STATION, "user": "etsu1", "password": PASSWORD, "code": digits, "notice_version": DEVICE_NOTICE
            });
            Sample { device: Some(TestDevice::new()), ..Sample::of(ask(RegisterDevice.path(), &body)) }
        }
        SeeDevice::NAME => Sample { device: Some(registered(world).await), ..Sample::of(get(SeeDevice.path())) },
        SetPasscode::NAME => Sample { device: Some(registered(world).await), ..Sample::of(ask(SetPasscode.path(), &passcode)) },
        LogInDevice::NAME => {
            let device = TestDevice { session: None, ..TestDevice::of(world, STATION, "etsu1").await };
            Sample { device: Some(device), ..Sample::of(ask(LogInDevice.path(), &passcode)) }
        }
        _ => return None,
    })
}
