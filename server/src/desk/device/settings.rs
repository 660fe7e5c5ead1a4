//! セキュリティ設定 of a device (DA-6), and its login by a passkey (DA-4).

use std::sync::Arc;

use shared::api::device::{DeviceLogin, Passcode, WeakPasscode, check_passcode};
use shared::api::device_settings::{self as api, DeviceSettings, PasscodeChange, PasskeyAnswer};
use shared::api::factor::PasskeyAsked;
use shared::api::{Code, Detail};
use shared::domain::factor::FactorFault;

use super::{judge_passcode, token, whose};
use crate::app::App;
use crate::call::{Call, Device, Reply, Serve, Staff};
use crate::factor::faulty;
use crate::peer::network_of;
use crate::refused::Refused;
use crate::rule::answer::{Once, once};
use crate::rule::device::settings::{self as rule, ASKED_LOGIN, ASKED_PASSKEY, holder_of};
use crate::store;
use crate::store::device::passkey;

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(see).on(switch_visual).on(change_passcode).on(ask_passkey).on(add_passkey).on(remove_passkey).on(ask_login).on(log_in)
}

/// The device at which somebody is in. A login of the office is at none.
pub(crate) async fn at_device(app: &App, staff: &Staff) -> Result<Device, Refused> {
    let id = staff.found.session.device.clone().ok_or_else(|| Refused::new(Code::Forbidden))?;
    let tenant = staff.tenant.clone();
    let found = app.db.read(move |tx| Ok((store::device::find(tx, &id)?, store::code::find(tx, &tenant, &id)?))).await?;
    let (Some(record), Some(code)) = found else { return Err(Refused::new(Code::X42)) };
    Ok(Device { record, code, tenant: staff.tenant.clone() })
}

async fn settings(app: &App, staff: &Staff, device: &Device) -> Result<DeviceSettings, Refused> {
    let (tenant, code, may_have) = (device.tenant.clone(), device.code.clone(), app.factors.has_passkeys());
    let may_be_visual = staff.found.institution.settings.visual_check;
    Ok(app.db.read(move |tx| rule::see(tx, &tenant, &code, may_be_visual, may_have)).await?)
}

async fn see(app: Arc<App>, call: Call<api::SeeDeviceSettings, Staff>) -> Result<Reply<DeviceSettings>, Refused> {
    let device = at_device(&app, &call.right).await?;
    settings(&app, &call.right, &device).await.map(Reply::Json)
}

async fn switch_visual(app: Arc<App>, call: Call<api::SwitchVisual, Staff>) -> Result<Reply<DeviceSettings>, Refused> {
    let (trail, device, is_visual) = (call.trail(), at_device(&app, &call.right).await?, call.body.is_visual);
    if is_visual && !call.right.found.institution.settings.visual_check {
        super::record(&app, trail.refused(Code::Forbidden)).await?;
        return Err(Refused::new(Code::Forbidden));
    }
    let (tenant, id) = (device.tenant.clone(), device.code.id.clone());
    let entry = trail.ok(Some(&format!("{} {}", id.as_str(), if is_visual { "on" } else { "off" })));
    app.db.write(move |tx| rule::switch(tx, &tenant, &id, is_visual, &entry)).await?;
    settings(&app, &call.right, &device).await.map(Reply::Json)
}

async fn change_passcode(app: Arc<App>, call: Call<api::ChangePasscode, Staff>) -> Result<Reply<DeviceSettings>, Refused> {
    let (trail, device) = (call.trail(), at_device(&app, &call.right).await?);
    let PasscodeChange { former, passcode } = call.body;
    check_passcode(&passcode).map_err(|why| Refused::new(Code::Passcode).with(Detail::Passcode(why)))?;
    let judged = device.record.passcode_hash.clone().ok_or_else(|| Refused::new(Code::Passcode))?;
    // One guess for one counted try: the new one is held against nothing that is kept. Whoever sends it again after the answer was lost
    // gives a former one that is wrong now.
    let is_same = former == passcode;
    judge_passcode(&app, &device, &trail, former, call.now).await?;
    if is_same {
        let (tenant, id) = (device.tenant.clone(), device.code.id.clone());
        app.db.write(move |tx| rule::was_right(tx, &tenant, &id)).await?;
        return Err(Refused::new(Code::Passcode).with(Detail::Passcode(WeakPasscode::SameAsBefore)));
    }
    let hash = app.passwords.hash(passcode).await?;
    let (tenant, id, entry) = (device.tenant.clone(), device.code.id.clone(), trail.ok(Some(device.code.id.as_str())));
    if !app.db.write(move |tx| crate::rule::device::change(tx, &tenant, &id, &judged, &hash, &entry)).await? {
        return Err(Refused::new(Code::Passcode));
    }
    settings(&app, &call.right, &device).await.map(Reply::Json)
}

async fn ask_passkey(app: Arc<App>, call: Call<api::AskDevicePasskey, Staff>) -> Result<Reply<PasskeyAsked>, Refused> {
    let (trail, device, Passcode { passcode }) = (call.trail(), at_device(&app, &call.right).await?, call.body);
    if !app.factors.has_passkeys() {
        return Err(faulty(FactorFault::NoPasskeys));
    }
    judge_passcode(&app, &device, &trail, passcode, call.now).await?;
    let (of, id) = (device.tenant.clone(), device.code.id.clone());
    let known = app.db.read(move |tx| passkey::all(tx, &of, &id)).await?;
    let (options, state) = app.factors.ask_device_passkey(&device.tenant, &device.code, &known)?;
    let (tenant, id, entry) = (device.tenant, device.code.id.clone(), trail.ok(Some(device.code.id.as_str())));
    app.db.write(move |tx| rule::ask(tx, &tenant, &id, &state, &entry)).await?;
    Ok(Reply::Json(PasskeyAsked { options }))
}

async fn add_passkey(app: Arc<App>, call: Call<api::AddDevicePasskey, Staff>) -> Result<Reply<DeviceSettings>, Refused> {
    let (trail, device, now) = (call.trail(), at_device(&app, &call.right).await?, call.now);
    let holder = holder_of(&device.code.id);
    let state = app.db.write(move |tx| crate::rule::factor::take(tx, &holder, ASKED_PASSKEY, now)).await?;
    let state = state.ok_or_else(|| Refused::new(Code::Proof))?;
    let id = crate::hex(&app.random.bytes::<16>()?);
    let new = app.factors.judge_new(&call.body.answer, &state, id.clone(), call.body.name.to_string(), now)?;
    let (tenant, of, entry) = (device.tenant.clone(), device.code.id.clone(), trail.ok(Some(&id)));
    app.db.write(move |tx| rule::add_passkey(tx, &tenant, &of, &new, &entry)).await?.map_err(faulty)?;
    settings(&app, &call.right, &device).await.map(Reply::Json)
}

async fn remove_passkey(app: Arc<App>, call: Call<api::RemoveDevicePasskey, Staff>) -> Result<Reply<DeviceSettings>, Refused> {
    let (press, which) = (call.press()?, call.path.passkey.as_str().to_owned());
    let (entry, device) = (call.trail().ok(Some(&which)), at_device(&app, &call.right).await?);
    let (may_be_visual, may_have) = (call.right.found.institution.settings.visual_check, app.factors.has_passkeys());
    let Device { code, tenant, .. } = device;
    let removed = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| match rule::remove_passkey(tx, &tenant, &code.id, &which, &entry)? {
            true => rule::see(tx, &tenant, &code, may_be_visual, may_have).map(Ok),
            false => Ok(Err(())),
        })
    });
    match removed.await? {
        Once::Answer(settings) => Ok(Reply::Json(settings)),
        Once::OtherRequest => Err(Refused::new(Code::Request)),
        Once::Refused(()) => Err(Refused::new(Code::NotFound)),
    }
}

async fn ask_login(app: Arc<App>, call: Call<api::AskDeviceLogin, Device>) -> Result<Reply<PasskeyAsked>, Refused> {
    let (Device { code, tenant, .. }, now) = (call.right, call.now);
    let (of, id) = (tenant, code.id.clone());
    let known = app.db.read(move |tx| passkey::all(tx, &of, &id)).await?;
    let (options, state) = app.factors.ask_proof(&known)?.ok_or_else(|| Refused::new(Code::Proof))?;
    let holder = holder_of(&code.id);
    app.db.write(move |tx| crate::rule::factor::ask(tx, &holder, ASKED_LOGIN, &state, now)).await?;
    Ok(Reply::Json(PasskeyAsked { options }))
}

async fn log_in(app: Arc<App>, call: Call<api::LogInByDevicePasskey, Device>) -> Result<Reply<DeviceLogin>, Refused> {
    let (trail, now, PasskeyAnswer { answer }) = (call.trail(), call.now, call.body);
    let who = whose(&app, &call.right).await?;
    let trail = trail.of_login(&who.institution.code, &who.account.user);
    who.may_log_in(&app, &trail, now).await?;
    let Device { code, tenant, .. } = call.right;
    let (of, id) = (tenant.clone(), code.id.clone());
    let taken = app.db.write(move |tx| rule::take_login(tx, &of, &id, now)).await?;
    let judged = match taken {
        Some((known, state)) => app.factors.judge(&answer, &state, &known, now),
        None => Err(Refused::new(Code::Proof)),
    };
    let used = match judged {
        Ok(used) => used,
        Err(refused) => {
            super::record(&app, trail.refused(refused.refusal.code)).await?;
            return Err(refused);
        }
    };
    let (id, opened) = who.opened(&app, network_of(call.address).to_string(), now)?;
    let (device, new, password) = (code.id, opened.clone(), who.account.password_hash.clone());
    let entry = trail.ok(Some(device.as_str()));
    if !app.db.write(move |tx| rule::log_in(tx, &tenant, &device, &used, (&new, &password), &entry)).await? {
        return Err(Refused::new(Code::Login));
    }
    Ok(Reply::Json(DeviceLogin { session: token(&id), who: who.session(&app, &opened, now), device: who.info(now) }))
}
