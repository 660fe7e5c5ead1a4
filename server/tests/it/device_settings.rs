//! セキュリティ設定 of a device, its passkeys, and houses (DA-4, DA-6, N124, P-DEV, X20).

use server::store::CodeId;
use server::store::settings::{self, SettingsRecord};
use server::tenant::Tenant;
use shared::api::device::{LogInDevice, Passcode, SeeDevice, WAIT_MS, WRONG_TO_WAIT, WRONG_TO_WIPE, WeakPasscode};
use shared::api::device_settings::{
    AddDevicePasskey, AskDeviceLogin, AskDevicePasskey, ChangePasscode, LogInByDevicePasskey, PasscodeChange, PasskeyAnswer,
    RemoveDevicePasskey, SeeDeviceSettings, SwitchVisual, Visual,
};
use shared::api::factor::{NewPasskey, QUESTION_MS};
use shared::api::office::Me;
use shared::api::{Code, Detail};
use shared::domain::settings::Settings;

use crate::authenticator::Device;
use crate::device_world::{PASSCODE, TestDevice, issued, logged_in};
use crate::kept::Kept;
use crate::sample::code;
use crate::store::{entry, on_both};
use crate::world::{CLINIC, ORIGIN, STATION, World, add_institution};

fn passcode(text: &str) -> Passcode {
    Passcode { passcode: text.to_owned() }
}

fn change(former: &str, new: &str) -> PasscodeChange {
    PasscodeChange { former: former.to_owned(), passcode: new.to_owned() }
}

/// Registers a passkey at a device, whose browser is given; says its id.
async fn add(world: &World, device: &TestDevice, browser: &mut Device) -> String {
    let asked = device.call(world, &AskDevicePasskey, &passcode(PASSCODE)).await.ok().unwrap();
    let answer = browser.create(&asked.options, ORIGIN).await;
    let new = NewPasskey { name: "指紋".try_into().unwrap(), answer };
    device.call(world, &AddDevicePasskey, &new).await.unwrap().passkeys.last().unwrap().id.clone()
}

/// What the browser makes of the question for a login.
async fn proof(world: &World, device: &TestDevice, browser: &mut Device) -> PasskeyAnswer {
    let asked = device.call(world, &AskDeviceLogin, &()).await.ok().unwrap();
    PasskeyAnswer { answer: browser.get(&asked.options, ORIGIN).await }
}

#[tokio::test]
async fn n124_the_switch_stays_until_it_is_switched_back_and_the_institution_may_forbid_it() {
    let world = World::new().await;
    let device = TestDevice::of(&world, STATION, "ippan1").await;
    assert!(!device.call(&world, &SeeDeviceSettings, &()).await.unwrap().is_visual);
    for is_visual in [true, false, true] {
        assert_eq!(device.call(&world, &SwitchVisual, &Visual { is_visual }).await.unwrap().is_visual, is_visual);
        assert_eq!(device.call(&world, &SeeDevice, &()).await.unwrap().is_visual, is_visual, "DA-5 shows it");
    }
    assert_eq!(world.audited("device.switch_visual").await, ["ok"; 3]);
    let other = TestDevice::of(&world, STATION, "etsu1").await;
    assert!(!other.call(&world, &SeeDevice, &()).await.unwrap().is_visual, "it is this device's");
    let (tenant, now) = (Tenant::of_operator(&code(STATION)), world.clock.now());
    let forbid = move |tx: &mut server::store::tx::Tx<'_>| {
        let former = settings::current(tx, &tenant)?.unwrap();
        settings::point_to(tx, &tenant, former.version, former.version + 1)?;
        let next = Settings { visual_check: false, ..former.settings };
        settings::add(tx, &tenant, &SettingsRecord { version: former.version + 1, settings: next, changed_at: now, changed_by: None })
    };
    world.store.0.write(forbid).await.unwrap();
    let settings = device.call(&world, &SeeDeviceSettings, &()).await.unwrap();
    assert!(!settings.is_visual && !settings.may_be_visual);
    assert!(!device.call(&world, &SeeDevice, &()).await.unwrap().is_visual);
    assert_eq!(device.call(&world, &SwitchVisual, &Visual { is_visual: true }).await.unwrap_err().1.code, Code::Forbidden);
    assert!(device.call(&world, &SwitchVisual, &Visual { is_visual: false }).await.is_ok(), "off is never forbidden");
}

#[tokio::test]
async fn a_passcode_is_changed_by_the_former_one_and_wrong_ones_count() {
    let world = World::new().await;
    let device = TestDevice::of(&world, STATION, "ippan1").await;
    let weak = device.call(&world, &ChangePasscode, &change(PASSCODE, "111111")).await.unwrap_err().1;
    assert!(matches!(weak.detail, Some(Detail::Passcode(_))));
    let wrong = device.call(&world, &ChangePasscode, &change("555123", "918273")).await.unwrap_err().1;
    assert_eq!((wrong.code, wrong.detail), (Code::Passcode, Some(Detail::TriesLeft(WRONG_TO_WIPE - 1))));
    // One guess for one counted try: that the new one is the device's says nothing, and lets nobody in.
    let guess = device.call(&world, &ChangePasscode, &change("555123", PASSCODE)).await.unwrap_err().1;
    assert_eq!((guess.code, guess.detail), (Code::Passcode, Some(Detail::TriesLeft(WRONG_TO_WIPE - 2))));
    assert_eq!(device.call(&world, &SeeDevice, &()).await.unwrap().tries_left, WRONG_TO_WIPE - 2);
    let guess = device.call(&world, &ChangePasscode, &change("555123", "555123")).await.unwrap_err().1;
    assert_eq!(guess.detail, Some(Detail::TriesLeft(WRONG_TO_WIPE - 3)), "a wrong one twice is a wrong one");
    let same = device.call(&world, &ChangePasscode, &change(PASSCODE, PASSCODE)).await.unwrap_err().1;
    assert_eq!((same.code, same.detail), (Code::Passcode, Some(Detail::Passcode(WeakPasscode::SameAsBefore))));
    assert_eq!(device.call(&world, &SeeDevice, &()).await.unwrap().tries_left, WRONG_TO_WIPE, "the former one was right");
    assert!(device.call(&world, &ChangePasscode, &change(PASSCODE, "918273")).await.is_ok());
    assert_eq!(device.call(&world, &SeeDevice, &()).await.unwrap().tries_left, WRONG_TO_WIPE);
    // The answer was lost: the former one is none any more, and the new one lets in.
    assert_eq!(device.call(&world, &ChangePasscode, &change(PASSCODE, "918273")).await.unwrap_err().1.code, Code::Passcode);
    assert_eq!(device.call(&world, &LogInDevice, &passcode(PASSCODE)).await.err().unwrap().1.code, Code::Passcode);
    assert!(device.call(&world, &LogInDevice, &passcode("918273")).await.is_ok());
    // An open screen is no way to guess on.
    for tried in 1..=WRONG_TO_WIPE {
        if tried > WRONG_TO_WAIT {
            world.later(WAIT_MS);
        }
        let refusal = device.call(&world, &ChangePasscode, &change("555123", "271828")).await.unwrap_err().1;
        assert_eq!(refusal.code, if tried == WRONG_TO_WIPE { Code::X41 } else { Code::Passcode }, "{tried}");
    }
    assert_eq!(device.call(&world, &Me, &()).await.unwrap_err().1.code, Code::X42);
}

#[tokio::test]
async fn a_passkey_opens_its_device_until_it_is_removed() {
    let world = World::new().await;
    let (mut device, mut browser) = (TestDevice::of(&world, STATION, "ippan1").await, Device::default());
    assert_eq!(device.call(&world, &AskDevicePasskey, &passcode("555123")).await.err().unwrap().1.code, Code::Passcode);
    assert_eq!(device.call(&world, &AskDeviceLogin, &()).await.err().unwrap().1.code, Code::Proof, "there is none");
    let id = add(&world, &device, &mut browser).await;
    device.session = None;
    assert!(device.call(&world, &SeeDevice, &()).await.unwrap().has_passkey);
    let answer = proof(&world, &device, &mut browser).await;
    let login = device.call(&world, &LogInByDevicePasskey, &answer).await.unwrap();
    // A question is answered once.
    assert_eq!(device.call(&world, &LogInByDevicePasskey, &answer).await.err().unwrap().1.code, Code::Proof);
    device.session = Some(login.session.to_text());
    assert_eq!(device.call(&world, &Me, &()).await.unwrap().user.as_str(), "ippan1");
    let used = device.call(&world, &SeeDeviceSettings, &()).await.unwrap();
    assert_eq!(used.passkeys[0].last_used_at, Some(world.clock.now()));
    let late = proof(&world, &device, &mut browser).await;
    world.later(QUESTION_MS);
    assert_eq!(device.call(&world, &LogInByDevicePasskey, &late).await.err().unwrap().1.code, Code::Proof, "too late");
    let login = device.call(&world, &LogInDevice, &passcode(PASSCODE)).await.unwrap();
    device.session = Some(login.session.to_text());
    let asked = proof(&world, &device, &mut browser).await;
    assert!(device.call(&world, &RemoveDevicePasskey { passkey: id.as_str().into() }, &()).await.unwrap().passkeys.is_empty());
    assert_eq!(device.call(&world, &LogInByDevicePasskey, &asked).await.err().unwrap().1.code, Code::Proof, "removed meanwhile");
    assert_eq!(device.call(&world, &RemoveDevicePasskey { passkey: id.as_str().into() }, &()).await.unwrap_err().1.code, Code::NotFound);
}

#[tokio::test]
async fn a_passkey_of_one_device_opens_no_other() {
    let world = World::new().await;
    let (one, other) = (TestDevice::of(&world, STATION, "ippan1").await, TestDevice::of(&world, STATION, "etsu1").await);
    let (mut of_one, mut of_other) = (Device::default(), Device::default());
    add(&world, &one, &mut of_one).await;
    let others_id = add(&world, &other, &mut of_other).await;
    let answer = proof(&world, &one, &mut of_one).await;
    let _ = proof(&world, &other, &mut of_other).await;
    assert_eq!(other.call(&world, &LogInByDevicePasskey, &answer).await.err().unwrap().1.code, Code::Proof);
    // Control: it opens its own.
    assert!(one.call(&world, &LogInByDevicePasskey, &answer).await.is_ok());
    assert_eq!(
        one.call(&world, &RemoveDevicePasskey { passkey: others_id.as_str().into() }, &()).await.unwrap_err().1.code,
        Code::NotFound
    );
    assert_eq!(other.call(&world, &SeeDeviceSettings, &()).await.unwrap().passkeys.len(), 1);
}

async fn house(world: &World, codes: &'static [&'static str]) {
    let now = world.clock.now();
    let tenants: Vec<_> = codes.iter().map(|one| Tenant::of_operator(&code(one))).collect();
    world.store.0.write(move |tx| server::rule::house::join(tx, &tenants, now)).await.unwrap();
}

#[tokio::test]
async fn x20_a_device_is_shared_within_a_house_alone() {
    let world = World::new().await;
    let station = TestDevice::of(&world, STATION, "ippan1").await;
    logged_in(&world, CLINIC, "ippan1").await;
    let digits = issued(&world, CLINIC).await;
    let mut clinic = TestDevice { id: None, session: None, ..station.clone() };
    assert_eq!(clinic.register(&world, CLINIC, "ippan1", &digits).await.unwrap_err().1.code, Code::X20);
    house(&world, &[STATION, CLINIC]).await;
    let info = clinic.register(&world, CLINIC, "ippan1", &digits).await.unwrap();
    assert_eq!((info.institution, info.has_passcode), (code(CLINIC), false), "a passcode of its own");
    assert_ne!(clinic.id, station.id);
    // Each opens its own institution, and goes on when the other ends.
    assert!(station.call(&world, &Me, &()).await.is_ok());
    let borrowed = TestDevice { id: clinic.id.clone(), ..station.clone() };
    assert_eq!(borrowed.call(&world, &Me, &()).await.unwrap_err().1.code, Code::Session);
    let (tenant, id) = (Tenant::of_operator(&code(STATION)), CodeId::parse(station.id.as_ref().unwrap()).unwrap());
    let row = entry(world.clock.now(), STATION);
    world.store.0.write(move |tx| server::rule::code::invalidate(tx, &tenant, &id, &row)).await.unwrap();
    assert_eq!(station.call(&world, &SeeDevice, &()).await.unwrap_err().1.code, Code::X42);
    assert!(clinic.call(&world, &SeeDevice, &()).await.is_ok());
}

async fn houses_are_joined_and_parted(store: &Kept) {
    use server::rule::house::{is_one, join, part};
    let now = shared::domain::calendar::UnixMs(1_796_000_000_000);
    let codes = [STATION, CLINIC, "9969900027"];
    let all: Vec<_> = codes.iter().map(|one| Tenant::of_operator(&code(one))).collect();
    for one in codes {
        add_institution(store, one, "同じ家", &server::random::Random::machine(), now).await;
    }
    let (one, two) = (all.clone(), all.clone());
    store.0.write(move |tx| join(tx, &one[..2], now)).await.unwrap();
    let joined = store.0.write(move |tx| join(tx, &two[1..], now)).await.unwrap();
    assert_eq!(joined.len(), 3, "who is in a house brings it along");
    let is = async |a: usize, b: usize| {
        let (a, b) = (code(codes[a]), code(codes[b]));
        store.0.read(move |tx| is_one(tx, &a, &b)).await.unwrap()
    };
    assert!(is(0, 1).await && is(0, 2).await && is(2, 1).await);
    let left = all[1].clone();
    store.0.write(move |tx| part(tx, &left, now)).await.unwrap();
    assert!(is(0, 2).await && !is(0, 1).await && !is(1, 1).await);
}

on_both!(houses_are_joined_and_parted);
