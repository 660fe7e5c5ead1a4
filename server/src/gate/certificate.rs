//! The client certificate of a request, as the institution wants it: looked up with every request, so that one that was ended opens
//! nothing from the next request on, also on a connection that was open before.

use shared::api::certificate::{CertificateRefusal, IssueCertificate};
use shared::api::{Code, Detail, Endpoint as _};
use shared::domain::calendar::UnixMs;
use shared::domain::code::DeviceLabel;
use shared::domain::institution::InstitutionCode;

use super::spared;
use crate::app::App;
use crate::audit::Trail;
use crate::own_authority::{Vouched, told_apart, vouched};
use crate::peer::Presented;
use crate::refused::Refused;
use crate::rule;
use crate::rule::certificate::{NotIssued, Standing, standing};
use crate::store::certificate::{CertificateRecord, NewCertificateRow};
use crate::store::{self, CertificateId};
use crate::tenant::Tenant;

/// Lets the office of an institution open, or refuses with X43. The first refusal of its kind in an hour leaves a row.
pub(super) async fn admits(app: &App, tenant: &Tenant, presented: Option<&Presented>, now: UnixMs, trail: &Trail) -> Result<(), Refused> {
    if !app.door.is_of_office() {
        return Ok(());
    }
    let (asked, fingerprint) = (tenant.clone(), presented.map(|presented| presented.fingerprint));
    let mut standing = app.db.read(move |tx| standing(tx, &asked, fingerprint.as_ref(), now)).await?;
    if let (Some(presented), None) = (presented, &standing.found)
        && keep_vouched(app, tenant, presented, now, trail).await?
    {
        let asked = tenant.clone();
        standing = app.db.read(move |tx| rule::certificate::standing(tx, &asked, fingerprint.as_ref(), now)).await?;
    }
    let Err(why) = standing.judge(now) else { return note(app, tenant, standing, now).await };
    let of = tenant.clone();
    let institution = app.db.read(move |tx| store::institution::find(tx, &of)).await?;
    let row = trail.refused(Code::X43);
    spared(app.db.write(move |tx| rule::audit::refused(tx, &row)).await)?;
    let contact = institution.map(|institution| institution.settings.contact).unwrap_or_default();
    Err(Refused::new(Code::X43).with(Detail::Certificate(CertificateRefusal { why, ends_on: standing.ends_on(), contact })))
}

/// Puts a certificate into the list that the institution's own CA vouches for; false for any other.
async fn keep_vouched(app: &App, tenant: &Tenant, presented: &Presented, now: UnixMs, trail: &Trail) -> Result<bool, Refused> {
    let asked = tenant.clone();
    let authorities = app.db.read(move |tx| store::certificate::own_authorities(tx, &asked)).await?;
    let found = authorities.iter().find_map(|authority| vouched(&authority.certificate, &presented.certificate, now));
    let Some(Vouched { label, serial, starts_at, ends_on }) = found else { return Ok(false) };
    let Ok(holder) = DeviceLabel::try_from(HOLDER) else { return Ok(false) };
    let apart = told_apart(&label, &serial);
    let record = CertificateRecord {
        id: CertificateId::new(now, app.random.bytes()?),
        institution: tenant.code().clone(),
        label,
        holder,
        fingerprint: presented.fingerprint,
        serial,
        is_foreign: true,
        starts_at,
        ends_on,
        issued_by: None,
        renews: None,
        export_until: None,
        last_seen_at: None,
        revoked_at: None,
    };
    let entry = trail.ok(None).about(IssueCertificate::NAME, record.id.as_str());
    let new = NewCertificateRow { record, certificate: presented.certificate.to_vec(), key_sealed: None };
    let tenant = tenant.clone();
    let kept = app.db.write(move |tx| {
        let kept = rule::certificate::issue(tx, &tenant, &new, now, &entry)?;
        match (kept, &apart) {
            // Another terminal has its name.
            (Err(NotIssued::LabelTaken), Some(label)) => {
                let record = CertificateRecord { label: label.clone(), ..new.record.clone() };
                rule::certificate::issue(tx, &tenant, &NewCertificateRow { record, ..new.clone() }, now, &entry)
            }
            (kept, _) => Ok(kept),
        }
    });
    Ok(kept.await?.is_ok())
}

/// Who looks after a certificate of the institution's own CA.
const HOLDER: &str = "機関の認証局";

/// Notes the use of a certificate that opened the office, at most once a minute.
async fn note(app: &App, tenant: &Tenant, standing: Standing, now: UnixMs) -> Result<(), Refused> {
    let Some(found) = standing.found.map(|found| found.record) else { return Ok(()) };
    let is_good = &found.institution == tenant.code() && found.state(now).is_good();
    if is_good && rule::certificate::is_to_be_noted(&found, now) {
        let tenant = tenant.clone();
        spared(app.db.write(move |tx| rule::certificate::seen(tx, &tenant, &found, now)).await)?;
    }
    Ok(())
}

/// The same at a login, where nobody is proved yet: `code` is what somebody typed. Without the certificate that the institution wants, no
/// password is tried.
pub(crate) async fn admits_login(
    app: &App,
    code: &InstitutionCode,
    presented: Option<&Presented>,
    now: UnixMs,
    trail: &Trail,
) -> Result<(), Refused> {
    admits(app, &Tenant::of_gate(code.clone()), presented, now, trail).await
}
