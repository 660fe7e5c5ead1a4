//! The device desk: 初期登録, パスコード, ログイン (DA-1…DA-4).

mod room;
pub(crate) mod settings;

use std::sync::Arc;

use shared::api::device::{
    self as api, DEVICE_NOTICE, DeviceInfo, DeviceLogin, Nonce, Passcode, Registration, WRONG_TO_WIPE, check_passcode,
};
use shared::api::office::{PASSWORD_INPUT_MAX, Session};
use shared::api::{Code, Detail};
use shared::bytes::Base64;
use shared::domain::calendar::UnixMs;
use shared::domain::code::ActivationCode;

use super::office::login::{check_closing, check_state, closing_of, wait};
use super::office::{count, judge, record, session_of};
use crate::account::LoginTry;
use crate::app::App;
use crate::audit::Trail;
use crate::call::{Call, Device, NewDevice, Nobody, Reply, Serve};
use crate::peer::network_of;
use crate::refused::Refused;
use crate::rule::code::{Redeemed, Redeeming};
use crate::rule::device::Try;
use crate::session::{self, SessionId};
use crate::store::code::CodeRecord;
use crate::store::device::DeviceRecord;
use crate::store::{Account, Attempt, FactorStanding, Institution, SessionRecord, Standing};
use crate::tenant::Tenant;
use crate::{rule, store};

/// The endpoints of this desk, by their handlers.
pub(crate) fn serve<S: Serve>(gate: S) -> S {
    let gate = room::serve(gate);
    settings::serve(gate.on(ask_nonce).on(register).on(see).on(set_passcode).on(log_in))
}

async fn ask_nonce(app: Arc<App>, call: Call<api::AskNonce, Nobody>) -> Result<Reply<Nonce>, Refused> {
    Ok(Reply::Json(Nonce { nonce: crate::device::nonce(&app.visit_key, call.now) }))
}

async fn register(app: Arc<App>, call: Call<api::RegisterDevice, NewDevice>) -> Result<Reply<DeviceInfo>, Refused> {
    let (trail, now, key) = (call.trail(), call.now, call.right.key);
    let Registration { institution: code, user, password, code: typed, notice_version } = call.body;
    if notice_version != DEVICE_NOTICE || password.len() > PASSWORD_INPUT_MAX {
        return Err(Refused::new(Code::Request));
    }
    let digits = ActivationCode::from_typed(&typed).map_err(|_| Refused::new(Code::X40))?;
    let trail = trail.of_login(&code, &user);
    let of = LoginTry::new(&code, &user, call.address, call.browser.as_ref().map(SessionId::sha256));
    let counted = count(&app, &of, now).await?;
    if let Attempt::Wait { until, is_first } = counted.attempt {
        if is_first {
            record(&app, trail.refused(Code::Wait)).await?;
        }
        return Err(wait(until, now));
    }
    let found = {
        let (code, user) = (code.clone(), user.clone());
        app.db.read(move |tx| store::account::find(tx, &code, &user)).await?
    };
    if !judge(&app, &counted, found.as_ref().map(|(account, _)| account), password).await? || found.is_none() {
        record(&app, trail.refused(Code::Login)).await?;
        return Err(Refused::new(Code::Login));
    }
    app.db.write(move |tx| rule::attempt::was_right(tx, &counted)).await?;
    let tenant = Tenant::of_login(&code);
    let closing = closing_of(&app, &code).await?;
    if let Some(at) = closing.closed_at {
        record(&app, trail.refused(Code::X64)).await?;
        return Err(Refused::code_changed(at, String::new()));
    }
    let hash = app.passwords.hash_of_code(digits, &code).await?;
    let redeeming = Redeeming { user, hash, device_key: crate::sha256(&key), address: call.address, now };
    let (of, entry) = (tenant.clone(), trail.ok(None));
    let redeemed = app.db.write(move |tx| rule::device::register(tx, &of, &redeeming, &key, DEVICE_NOTICE, &entry)).await?;
    let device = match redeemed {
        Redeemed::Device(code) => *code,
        Redeemed::Wait { until } => return Err(wait(until, now)),
        Redeemed::Admin => return Err(Refused::new(Code::X37)),
        Redeemed::NeverLoggedIn => return Err(Refused::new(Code::X38)),
        Redeemed::OutOfPeriod => return Err(Refused::new(Code::X44)),
        Redeemed::OtherInstitution => return Err(Refused::new(Code::X20)),
        Redeemed::NoCode(_) => return Err(Refused::new(Code::X40)),
    };
    let id = device.id.clone();
    let kept = app.db.read(move |tx| store::device::find(tx, &id)).await?.ok_or_else(|| Refused::new(Code::X42))?;
    let who = whose(&app, &Device { record: kept, code: device, tenant }).await?;
    Ok(Reply::Json(who.info(now)))
}

async fn see(app: Arc<App>, call: Call<api::SeeDevice, Device>) -> Result<Reply<DeviceInfo>, Refused> {
    Ok(Reply::Json(whose(&app, &call.right).await?.info(call.now)))
}

async fn set_passcode(app: Arc<App>, call: Call<api::SetPasscode, Device>) -> Result<Reply<DeviceLogin>, Refused> {
    let (trail, now, passcode) = (call.trail(), call.now, call.body.passcode);
    check_passcode(&passcode).map_err(|why| Refused::new(Code::Passcode).with(Detail::Passcode(why)))?;
    let who = whose(&app, &call.right).await?;
    let trail = trail.of_login(&who.institution.code, &who.account.user);
    who.may_log_in(&app, &trail, now).await?;
    let hash = app.passwords.hash(passcode).await?;
    let (id, opened) = who.opened(&app, network_of(call.address).to_string(), now)?;
    let (tenant, device, new, judged) = (call.right.tenant, who.code.id.clone(), opened.clone(), who.account.password_hash.clone());
    let entry = trail.ok(Some(device.as_str()));
    if !app.db.write(move |tx| rule::device::set_first(tx, &tenant, &device, &hash, (&new, &judged), &entry)).await? {
        // There is one: whoever holds the device knows it, or has it ended.
        return Err(Refused::new(Code::Forbidden));
    }
    let device = DeviceInfo { has_passcode: true, ..who.info(now) };
    Ok(Reply::Json(DeviceLogin { session: token(&id), who: who.session(&app, &opened, now), device }))
}

async fn log_in(app: Arc<App>, call: Call<api::LogInDevice, Device>) -> Result<Reply<DeviceLogin>, Refused> {
    let (trail, now, Passcode { passcode }) = (call.trail(), call.now, call.body);
    let who = whose(&app, &call.right).await?;
    let trail = trail.of_login(&who.institution.code, &who.account.user);
    who.may_log_in(&app, &trail, now).await?;
    judge_passcode(&app, &call.right, &trail, passcode, now).await?;
    let Device { record: kept, tenant, .. } = call.right;
    let (id, opened) = who.opened(&app, network_of(call.address).to_string(), now)?;
    let (device, new, judged) = (kept.code, opened.clone(), who.account.password_hash.clone());
    let entry = trail.ok(Some(device.as_str()));
    if !app.db.write(move |tx| rule::device::succeed(tx, &tenant, &device, (&new, &judged), &entry)).await? {
        return Err(Refused::new(Code::Login));
    }
    let device = DeviceInfo { tries_left: WRONG_TO_WIPE, waits_until: None, ..who.info(now) };
    Ok(Reply::Json(DeviceLogin { session: token(&id), who: who.session(&app, &opened, now), device }))
}

/// Judges a passcode, counting the try first; the tenth wrong one ends the device (X41). A right one leaves it to what follows to count
/// nothing any more.
async fn judge_passcode(app: &App, device: &Device, trail: &Trail, passcode: String, now: UnixMs) -> Result<(), Refused> {
    let Device { record: kept, tenant, .. } = device;
    let Some(stored) = kept.passcode_hash.clone() else { return Err(Refused::new(Code::Passcode)) };
    let (of, id) = (tenant.clone(), kept.code.clone());
    let left = match app.db.write_locked(move |tx| rule::device::begin_try(tx, &of, &id, now)).await? {
        Try::Counted { left } => left,
        Try::Wait(until) => return Err(wait(until, now)),
        Try::Over => return Err(Refused::new(Code::X41)),
    };
    let passcode = if passcode.len() <= api::PASSCODE_MAX { passcode } else { String::new() };
    let is_right = match app.passwords.is_of(Some(&stored), passcode).await {
        Ok(is_right) => is_right,
        Err(why) => {
            let (tenant, id) = (tenant.clone(), kept.code.clone());
            app.db.write_locked(move |tx| rule::device::give_back(tx, &tenant, &id)).await?;
            return Err(why.into());
        }
    };
    if is_right {
        return Ok(());
    }
    let code = if left == 0 { Code::X41 } else { Code::Passcode };
    let (tenant, id, entry) = (tenant.clone(), kept.code.clone(), trail.refused(code));
    app.db.write(move |tx| rule::device::fail(tx, &tenant, &id, left == 0, &entry)).await?;
    Err(if left == 0 { Refused::new(code) } else { Refused::new(code).with(Detail::TriesLeft(left)) })
}

fn token(id: &SessionId) -> Base64 {
    Base64(id.bytes().to_vec())
}

/// A device with the account that it is used by.
struct Whose {
    code: CodeRecord,
    kept: DeviceRecord,
    account: Account,
    institution: Institution,
    standing: Standing,
    factor: FactorStanding,
    has_passkey: bool,
}

/// Reads whose a device is. One whose account is gone opens nothing.
async fn whose(app: &App, device: &Device) -> Result<Whose, Refused> {
    let out = || Refused::new(Code::X42);
    let user = device.code.used_by.clone().ok_or_else(out)?;
    let institution = device.tenant.code().clone();
    let (tenant, id) = (device.tenant.clone(), device.code.id.clone());
    let read = move |tx: &mut store::tx::Tx<'_>| {
        let has_passkey = !store::device::passkey::all(tx, &tenant, &id)?.is_empty();
        let found = store::account::find(tx, &institution, &user)?.map(|found| (found, has_passkey));
        let (standing, factor) = (store::institution::standing_of(tx, &institution)?, store::factor::standing(tx, &institution, &user)?);
        Ok((found, standing, factor))
    };
    let (found, standing, factor) = app.db.read(read).await?;
    let (((account, institution), has_passkey), factor) = (found.ok_or_else(out)?, factor.ok_or_else(out)?);
    let standing = standing.unwrap_or_default();
    Ok(Whose { code: device.code.clone(), kept: device.record.clone(), account, institution, standing, factor, has_passkey })
}

impl Whose {
    fn info(&self, now: UnixMs) -> DeviceInfo {
        DeviceInfo {
            device: self.code.id.as_str().to_owned(),
            institution: self.institution.code.clone(),
            institution_name: self.institution.name.clone(),
            edition: self.institution.edition,
            label: self.code.label.clone(),
            user: self.account.user.clone(),
            has_passcode: self.kept.passcode_hash.is_some(),
            has_passkey: self.has_passkey,
            is_visual: self.kept.is_visual && self.institution.settings.visual_check,
            tries_left: WRONG_TO_WIPE.saturating_sub(self.kept.wrong_passcodes),
            waits_until: self.kept.waits_until.filter(|until| now < *until),
            is_training: self.standing.is_training,
            now,
        }
    }

    /// Refuses an account that may not be used today, or not at a device.
    async fn may_log_in(&self, app: &App, trail: &Trail, now: UnixMs) -> Result<(), Refused> {
        let may_use = shared::right::may(self.account.kind, shared::right::Act::UseDevice) == shared::right::Right::Yes;
        let judged = check_state(&self.account, now.jst_date())
            .and_then(|()| if may_use { Ok(()) } else { Err(Refused::new(Code::X37)) })
            .and_then(|()| if self.account.must_change_password { Err(Refused::new(Code::X39)) } else { Ok(()) })
            .and_then(|()| check_closing(&self.account, &self.institution, self.standing, now));
        if let Err(refused) = &judged {
            record(app, trail.refused(refused.refusal.code)).await?;
        }
        judged
    }

    fn opened(&self, app: &App, address: String, now: UnixMs) -> Result<(SessionId, SessionRecord), Refused> {
        let id = SessionId::new(&app.random)?;
        let opened = session::opened(&id, self.institution.code.clone(), self.account.user.clone(), now);
        let device = Some(self.code.id.clone());
        Ok((id, SessionRecord { device, address: Some(address), ..opened }))
    }

    fn session(&self, app: &App, opened: &SessionRecord, now: UnixMs) -> Session {
        session_of(app, opened, &self.account, &self.institution, self.standing, &self.factor, now)
    }
}
