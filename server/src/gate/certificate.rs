//! The client certificate of a request, as the institution wants it: looked up with every request, so that one that was ended opens
//! nothing from the next request on, also on a connection that was open before.

use shared::api::certificate::CertificateRefusal;
use shared::api::{Code, Detail};
use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use super::spared;
use crate::app::App;
use crate::audit::Trail;
use crate::peer::Presented;
use crate::refused::Refused;
use crate::rule;
use crate::rule::certificate::{Standing, standing};
use crate::store;
use crate::tenant::Tenant;

/// Lets the office of an institution open, or refuses with X43. The first refusal of its kind in an hour leaves a row.
pub(super) async fn admits(app: &App, tenant: &Tenant, presented: Option<&Presented>, now: UnixMs, trail: &Trail) -> Result<(), Refused> {
    if !app.door.is_of_office() {
        return Ok(());
    }
    let (asked, fingerprint) = (tenant.clone(), presented.map(|presented| presented.fingerprint));
    let standing = app.db.read(move |tx| standing(tx, &asked, fingerprint.as_ref(), now)).await?;
    let Err(why) = standing.judge(now) else { return note(app, tenant, standing, now).await };
    let of = tenant.clone();
    let institution = app.db.read(move |tx| store::institution::find(tx, &of)).await?;
    let row = trail.refused(Code::X43);
    spared(app.db.write(move |tx| rule::audit::refused(tx, &row)).await)?;
    let contact = institution.map(|institution| institution.contact).unwrap_or_default();
    Err(Refused::new(Code::X43).with(Detail::Certificate(CertificateRefusal { why, ends_on: standing.ends_on(), contact })))
}

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
