//! OT-1 端末の証明書: which one is in use, the list, issue, renewal, end, the file, and whether one is asked for (N170–N174).

use std::sync::Arc;

use shared::api::certificate::{
    self as api, CertificateFile, CertificateList, CertificateRefusal, CertificateRow, InUse, Modes, UsedCertificate,
};
use shared::api::{Code, Detail};
use shared::bytes::Base64;
use shared::domain::calendar::UnixMs;
use shared::domain::certificate::{CertificateMode, CertificateTrouble, Shown, due, judge};
use shared::domain::code::DeviceLabel;

use super::answered;
use crate::account::generated_password;
use crate::app::App;
use crate::authority::{Keeper, NoCertificate, Wanted, made_for, pkcs12};
use crate::call::{Call, Nobody, Reply, Serve, Staff};
use crate::peer::Presented;
use crate::refused::Refused;
use crate::rule;
use crate::rule::answer::once;
use crate::rule::certificate::{NotIssued, row_of};
use crate::store::CertificateId;
use crate::store::certificate::{self as store, NewCertificateRow, WithKey};

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(in_use).on(list).on(issue).on(renew).on(revoke).on(export).on(set_mode)
}

fn failed(why: NoCertificate) -> Refused {
    match why {
        NoCertificate::Store(why) => why.into(),
        why => Refused::new(Code::Internal).because(why),
    }
}

fn refusal_of(why: NotIssued) -> Code {
    match why {
        NotIssued::LabelTaken => Code::Taken,
        NotIssued::NotThere => Code::NotFound,
        NotIssued::TooMany | NotIssued::NotNow => Code::Request,
    }
}

fn id_of(path: &shared::api::CertificatePart) -> Result<CertificateId, Refused> {
    CertificateId::parse(path.as_str()).ok_or_else(|| Refused::new(Code::NotFound))
}

async fn in_use(app: Arc<App>, call: Call<api::CertificateInUse, Nobody>) -> Result<Reply<InUse>, Refused> {
    let now = call.now;
    let nothing = InUse { is_asked: app.door.asks, is_shown: call.presented.is_some(), certificate: None, refused: None };
    let Some(fingerprint) = call.presented.map(|presented| presented.fingerprint) else { return Ok(Reply::Json(nothing)) };
    let found = app.db.read(move |tx| store::by_fingerprint(tx, &fingerprint, now.jst_date())).await?;
    let Some(found) = found else { return Ok(Reply::Json(nothing)) };
    let record = &found.record;
    let shown =
        Shown::Known { is_own: true, starts_at: record.starts_at, ends_on: record.ends_on, is_revoked: record.revoked_at.is_some() };
    let refused = judge(found.mode, shown, now).err();
    let refused = refused.map(|why| CertificateRefusal { why, ends_on: Some(record.ends_on), contact: found.contact.clone() });
    let certificate = UsedCertificate {
        label: record.label.clone(),
        institution_name: found.institution_name,
        state: record.state(now),
        ends_on: record.ends_on,
        due: due(record.ends_on, now.jst_date()),
    };
    Ok(Reply::Json(InUse { certificate: Some(certificate), refused, ..nothing }))
}

async fn list(app: Arc<App>, call: Call<api::ListCertificates, Staff>) -> Result<Reply<CertificateList>, Refused> {
    let (tenant, now, used) = (call.right.tenant, call.now, fingerprint_of(call.presented.as_ref()));
    let (modes, all) = app.db.read(move |tx| Ok((rule::certificate::modes(tx, &tenant, now)?, store::list(tx, &tenant)?))).await?;
    let rows = all.iter().map(|record| row_of(record, &all, used.as_ref(), now)).collect();
    Ok(Reply::Json(CertificateList { is_asked: app.door.asks, modes, rows, now }))
}

fn fingerprint_of(presented: Option<&Presented>) -> Option<crate::Sha256> {
    presented.map(|presented| presented.fingerprint)
}

/// A certificate that is made but not kept yet; `of` is who asks.
async fn made(
    app: &App,
    of: &Staff,
    label: DeviceLabel,
    holder: DeviceLabel,
    renews: Option<CertificateId>,
    now: UnixMs,
) -> Result<NewCertificateRow, Refused> {
    let keeper = Keeper::new(&app.visit_key).map_err(failed)?;
    let (institution, issued_by) = (of.found.institution.clone(), Some(of.found.account.user.clone()));
    let wanted = Wanted { institution, label, holder, issued_by, renews };
    made_for(&app.db, &keeper, &app.random, wanted, now).await.map_err(failed)
}

async fn issue(app: Arc<App>, call: Call<api::IssueCertificate, Staff>) -> Result<Reply<CertificateRow>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let api::NewCertificate { label, holder } = call.body;
    let new = made(&app, &call.right, label, holder, None, now).await?;
    let (tenant, entry) = (call.right.tenant, trail.ok(Some(new.record.id.as_str())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let issued = rule::certificate::issue(tx, &tenant, &new, now, &entry)?;
            Ok(issued.map(|record| row_of(&record, &[], None, now)).map_err(refusal_of))
        })
    });
    answered(answer.await?)
}

async fn renew(app: Arc<App>, call: Call<api::RenewCertificate, Staff>) -> Result<Reply<CertificateRow>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let former = id_of(&call.path.certificate)?;
    let (of, id) = (call.right.tenant.clone(), former.clone());
    let found = app.db.read(move |tx| store::find(tx, &of, &id)).await?.ok_or_else(|| Refused::new(Code::NotFound))?;
    let new = made(&app, &call.right, found.label, found.holder, Some(former.clone()), now).await?;
    let (tenant, entry) = (call.right.tenant, trail.ok(Some(new.record.id.as_str())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let renewed = rule::certificate::renew(tx, &tenant, &former, &new, now, &entry)?;
            Ok(renewed.map(|record| row_of(&record, &[], None, now)).map_err(refusal_of))
        })
    });
    answered(answer.await?)
}

async fn revoke(app: Arc<App>, call: Call<api::RevokeCertificate, Staff>) -> Result<Reply<CertificateRow>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let id = id_of(&call.path.certificate)?;
    let (tenant, used) = (call.right.tenant, fingerprint_of(call.presented.as_ref()));
    let entry = trail.ok(Some(id.as_str()));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let ended = rule::certificate::revoke(tx, &tenant, &id, &entry)?;
            Ok(ended.map(|record| row_of(&record, &[], used.as_ref(), now)).ok_or(Code::NotFound))
        })
    });
    answered(answer.await?)
}

async fn export(app: Arc<App>, call: Call<api::ExportCertificate, Staff>) -> Result<Reply<CertificateFile>, Refused> {
    let (trail, now) = (call.trail(), call.now);
    let id = id_of(&call.path.certificate)?;
    let (tenant, entry, used) = (call.right.tenant, trail.ok(Some(id.as_str())), fingerprint_of(call.presented.as_ref()));
    let found = app.db.write(move |tx| rule::certificate::export(tx, &tenant, &id, now, &entry)).await?;
    let (record, WithKey { certificate, key_sealed }) = found.ok_or_else(|| Refused::new(Code::NotFound))?;
    let keeper = Keeper::new(&app.visit_key).map_err(failed)?;
    // Of a server whose key was lost: as good as not there.
    let key = keeper.open(&record.fingerprint, &key_sealed).ok_or_else(|| Refused::new(Code::NotFound))?;
    let password = generated_password(&app.random)?;
    let (label, opens) = (record.label.as_str().to_owned(), password.clone());
    let work = tokio::task::spawn_blocking(move || pkcs12(&label, &certificate, &key, &opens));
    let file = work.await.map_err(|why| Refused::new(Code::Internal).because(why))?.map_err(failed)?;
    let row = row_of(&record, &[], used.as_ref(), now);
    let short: String = record.serial.chars().take(8).collect();
    Ok(Reply::Json(CertificateFile { row, file_name: format!("terminal-{short}.p12"), file: Base64(file), password }))
}

async fn set_mode(app: Arc<App>, call: Call<api::SetCertificateMode, Staff>) -> Result<Reply<Modes>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, change) = (call.right, call.body);
    if change.from < now.jst_date() {
        return Err(Refused::new(Code::Request));
    }
    if change.mode == CertificateMode::Required {
        // Whoever shuts the door is to be inside it: from today on, with a certificate that opens it.
        let (of, shown) = (tenant.clone(), fingerprint_of(call.presented.as_ref()));
        let standing = app.db.read(move |tx| rule::certificate::standing(tx, &of, shown.as_ref(), now)).await?;
        let is_today = change.from == now.jst_date();
        let trouble = judge(CertificateMode::Required, standing.shown, now).err().filter(|_| is_today);
        let trouble = trouble.or((!app.door.asks).then_some(CertificateTrouble::Missing));
        if let Some(why) = trouble {
            let contact = found.institution.settings.contact;
            let refusal = CertificateRefusal { why, ends_on: standing.ends_on(), contact };
            return Err(Refused::new(Code::Request).with(Detail::Certificate(refusal)));
        }
    }
    let (by, entry) = (found.account.user, trail.ok(Some(change.mode.word())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| Ok(Ok(rule::certificate::set_mode(tx, &tenant, &change, Some(by.clone()), &entry)?)))
    });
    answered(answer.await?)
}
