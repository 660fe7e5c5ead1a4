//! Requests of a device: signed by its key over a nonce of ours, or refused.

use std::borrow::Cow;

use axum::http::HeaderMap;
use shared::api::device::{
    DEVICE_HEADER, DEVICE_SESSION_HEADER, NONCE_HEADER, PUBLIC_KEY_LEN, SIGNATURE_HEADER, SetPasscode, signed_bytes,
};
use shared::api::{Code, Endpoint as _, KEY_HEADER};
use shared::bytes::Base64;
use shared::domain::code::CodeState;

use super::{Asked, spared};
use crate::app::App;
use crate::audit::{Trail, actor_of};
use crate::call::{Device, NewDevice};
use crate::refused::Refused;
use crate::rule;
use crate::session::SessionId;
use crate::store::{self, CodeId};
use crate::tenant::Tenant;

/// A signature, and what it must be of.
pub(super) struct Signed<'a> {
    /// `GET` or `POST`.
    pub(super) method: &'a str,
    /// The path with its query.
    pub(super) path: Cow<'a, str>,
    /// The body as it came.
    pub(super) body: &'a [u8],
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// True where the request says that it is of a device.
pub(super) fn is_of_device(headers: &HeaderMap) -> bool {
    headers.contains_key(DEVICE_HEADER)
}

/// The session that a login at the device opened, as the request says it.
pub(super) fn session_of(headers: &HeaderMap) -> Option<SessionId> {
    text(headers, DEVICE_SESSION_HEADER).and_then(SessionId::parse)
}

/// Looks at nonce and signature. An old nonce is no fault of the device: it is told the next one.
fn check(app: &App, asked: &Asked<'_>, key: &[u8]) -> Result<(), Refused> {
    let nonce = text(asked.headers, NONCE_HEADER).unwrap_or_default();
    if !crate::device::is_nonce(&app.visit_key, nonce, asked.now) {
        return Err(Refused::new(Code::Nonce));
    }
    let signature = text(asked.headers, SIGNATURE_HEADER).and_then(|text| Base64::parse(text).ok());
    let Signed { method, path, body } = &asked.signed;
    let (session, press) = (text(asked.headers, DEVICE_SESSION_HEADER), text(asked.headers, KEY_HEADER));
    let bytes = signed_bytes(method, path, nonce, session, press, body);
    let is_signed = signature.is_some_and(|signature| crate::device::is_signed(key, &bytes, &signature.0));
    if is_signed { Ok(()) } else { Err(Refused::new(Code::Session)) }
}

/// A browser that shows its new key.
pub(super) fn new_device(app: &App, asked: &Asked<'_>) -> Result<NewDevice, Refused> {
    let key = text(asked.headers, DEVICE_HEADER).and_then(|text| Base64::parse(text).ok()).map(|key| key.0);
    let key = key.filter(|key| key.len() == PUBLIC_KEY_LEN).ok_or_else(|| Refused::new(Code::Session))?;
    check(app, asked, &key)?;
    Ok(NewDevice { key })
}

/// The device that signed. One that was ended, or that is not known here, is told to forget everything (X42): at its next request, whatever
/// it asks.
pub(super) async fn device(app: &App, asked: &Asked<'_>) -> Result<Device, Refused> {
    let out = || Refused::new(Code::Session);
    let id = text(asked.headers, DEVICE_HEADER).ok_or_else(out)?;
    let id = CodeId::parse(id).ok_or_else(out)?;
    let read = move |tx: &mut store::tx::Tx<'_>| {
        let Some(record) = store::device::find(tx, &id)? else { return Ok(None) };
        let tenant = Tenant::of_gate(record.institution.clone());
        Ok(store::code::find(tx, &tenant, &id)?.map(|code| (record, code, tenant)))
    };
    let gone = || Refused::new(Code::X42);
    let (record, code, tenant) = app.db.read(read).await?.ok_or_else(gone)?;
    check(app, asked, &record.public_key)?;
    if code.state(asked.now) != CodeState::InUse {
        return Err(gone());
    }
    if rule::device::is_late(&record, asked.now) {
        let actor = code.used_by.as_ref().map(actor_of).unwrap_or_default();
        let entry = Trail::new(asked.now, Some(tenant.code().clone()), actor, asked.address, SetPasscode::NAME).refused(Code::DeviceLate);
        let (of, id) = (tenant.clone(), code.id.clone());
        spared(app.db.write_locked(move |tx| rule::device::end_late(tx, &of, &id, &entry)).await)?;
        return Err(Refused::new(Code::DeviceLate));
    }
    if rule::code::is_to_note(&code, asked.now) {
        let (of, id, now) = (tenant.clone(), code.id.clone(), asked.now);
        spared(app.db.write(move |tx| store::code::touch(tx, &of, &id, now)).await)?;
    }
    Ok(Device { record, code, tenant })
}
