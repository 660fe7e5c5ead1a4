//! Samples of the device desk.

use server::session::{self, SessionId};
use server::store::SessionRecord;
use shared::api::device::{AskNonce, DEVICE_NOTICE, LogInDevice, Passcode, RegisterDevice, SeeDevice, SetPasscode};
use shared::api::device_settings::{
    AddDevicePasskey, AskDeviceLogin, AskDevicePasskey, ChangePasscode, LogInByDevicePasskey, RemoveDevicePasskey, SeeDeviceSettings,
    SwitchVisual,
};
use shared::api::factor::PasskeyAsked;
use shared::api::room::{MarkRoom, RoomPerson, Rooms, Today};
use shared::api::{Endpoint as _, EndpointRow};
use shared::domain::account::UserId;

use super::month::put;
use super::{NO_ID, Sample, Scene, ask, code, get};
use crate::authenticator::Device;
use crate::device_world::{PASSCODE, TestDevice, issued, logged_in};
use crate::store::entry;
use crate::world::{CLINIC, ORIGIN, PASSWORD, STATION, World};

/// A device without a passcode.
async fn registered(world: &World) -> TestDevice {
    let digits = issued(world, STATION).await;
    logged_in(world, STATION, "etsu1").await;
    let mut device = TestDevice::new();
    device.register(world, STATION, "etsu1", &digits).await.unwrap();
    device
}

/// The samples of the rooms of a home.
pub(super) async fn of_rooms(scene: &Scene, row: &EndpointRow) -> Option<Sample> {
    let sample = match row.name {
        Rooms::NAME => Sample::of(get(Rooms.path())),
        Today::NAME => Sample::of(get(Today.path())),
        RoomPerson::NAME => {
            let of = |id: &str| get(RoomPerson { visit: id.into() }.path());
            let (own, others) = (put(scene, STATION).await, put(scene, CLINIC).await);
            Sample::with(of(own.as_str()), of(others.as_str()), of(NO_ID))
        }
        MarkRoom::NAME => {
            let of = |id: &str| ask(MarkRoom { visit: id.into() }.path(), &serde_json::json!({ "later": "外出" }));
            let (own, others) = (put(scene, STATION).await, put(scene, CLINIC).await);
            Sample::with(of(own.as_str()), of(others.as_str()), of(NO_ID))
        }
        _ => return None,
    };
    Some(Sample { device: Some(scene.device().await), ..sample })
}

/// By whose account the device of a walk is used.
pub(crate) const DEVICE_USER: &str = "etsu1";

impl Scene {
    /// A device of the station at which [`DEVICE_USER`] is in, by a fresh session. Not by a login: the walk needs hundreds.
    pub(crate) async fn device(&self) -> TestDevice {
        let (world, mut kept) = (&self.world, self.device.lock().await);
        let device = match kept.take() {
            Some(device) if device.call(world, &SeeDevice, &()).await.is_ok() => device,
            _ => TestDevice::of(world, STATION, DEVICE_USER).await,
        };
        *kept = Some(device.clone());
        let id = SessionId::new(&server::random::Random::machine()).unwrap();
        let user = UserId::try_from(DEVICE_USER).unwrap();
        let at_device = device.id.as_deref().and_then(server::store::CodeId::parse);
        let opened = session::opened(&id, code(STATION), user.clone(), world.clock.now());
        let (account, _) = world.store.account(&code(STATION), &user).await.unwrap().unwrap();
        let record = SessionRecord { device: at_device, ..opened };
        assert!(world.store.open_session(record, account.password_hash, entry(world.clock.now(), STATION)).await.unwrap());
        let cookie = session::set_cookie(&id, true);
        let secret = cookie.split(';').next().and_then(|pair| pair.split_once('=')).map(|(_, secret)| secret.to_owned());
        TestDevice { session: Some(secret.unwrap()), ..device }
    }
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
        _ => return settings_sample(world, row).await,
    })
}

/// A device at which somebody is in, and what its browser makes of a question for a new passkey.
async fn asked(world: &World, browser: &mut Device) -> (TestDevice, String) {
    let device = TestDevice::of(world, STATION, "etsu1").await;
    let passcode = Passcode { passcode: PASSCODE.to_owned() };
    let PasskeyAsked { options } = device.call(world, &AskDevicePasskey, &passcode).await.ok().unwrap();
    let made = browser.create(&options, ORIGIN).await;
    (device, made)
}

/// A device with a passkey.
async fn with_passkey(world: &World, browser: &mut Device) -> (TestDevice, String) {
    let (device, answer) = asked(world, browser).await;
    let new = shared::api::factor::NewPasskey { name: "鍵".try_into().unwrap(), answer };
    let settings = device.call(world, &AddDevicePasskey, &new).await.unwrap();
    (device, settings.passkeys[0].id.clone())
}

/// The sample of an endpoint of セキュリティ設定.
async fn settings_sample(world: &World, row: &EndpointRow) -> Option<Sample> {
    let mut browser = Device::default();
    let of = |device: TestDevice, own| Sample { device: Some(device), ..Sample::of(own) };
    let own = TestDevice::of(world, STATION, "etsu1");
    Some(match row.name {
        SeeDeviceSettings::NAME => of(own.await, get(SeeDeviceSettings.path())),
        SwitchVisual::NAME => of(own.await, ask(SwitchVisual.path(), &serde_json::json!({ "is_visual": true }))),
        ChangePasscode::NAME => of(own.await, ask(ChangePasscode.path(), &serde_json::json!({ "former": PASSCODE, "passcode": "918273" }))),
        AskDevicePasskey::NAME => of(own.await, ask(AskDevicePasskey.path(), &serde_json::json!({ "passcode": PASSCODE }))),
        AddDevicePasskey::NAME => {
            let (device, answer) = asked(world, &mut browser).await;
            of(device, ask(AddDevicePasskey.path(), &serde_json::json!({ "name": "鍵", "answer": answer })))
        }
        RemoveDevicePasskey::NAME => {
            let (device, id) = with_passkey(world, &mut browser).await;
            of(device, ask(RemoveDevicePasskey { passkey: id.as_str().into() }.path(), &()))
        }
        AskDeviceLogin::NAME => of(with_passkey(world, &mut browser).await.0, ask(AskDeviceLogin.path(), &())),
        LogInByDevicePasskey::NAME => {
            let (device, _) = with_passkey(world, &mut browser).await;
            let PasskeyAsked { options } = device.call(world, &AskDeviceLogin, &()).await.ok().unwrap();
            let answer = browser.get(&options, ORIGIN).await;
            let device = TestDevice { session: None, ..device };
            of(device, ask(LogInByDevicePasskey.path(), &serde_json::json!({ "answer": answer })))
        }
        _ => return None,
    })
}
