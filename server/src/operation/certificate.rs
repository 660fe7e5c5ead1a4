//! The light of the client certificates.

use shared::api::operation::Fact;
use shared::domain::calendar::UnixMs;
use shared::domain::certificate::CertificateMode;
use shared::domain::operation::Light;

use super::Measured;
use crate::app::App;
use crate::rule::certificate::ending;
use crate::store::StoreError;
use crate::store::certificate::{list, mode_on};
use crate::tenant::Tenant;

/// How the institution's client certificates stand (P-CERT): unknown where they are not used, bad where none opens the office.
pub(super) async fn look(app: &App, tenant: &Tenant, now: UnixMs) -> Result<Measured, StoreError> {
    let of = tenant.clone();
    let looked = app.db.search(move |tx| Ok((mode_on(tx, &of, now.jst_date())?, list(tx, &of)?, ending(tx, &of, now)?)));
    let (mode, all, ending) = looked.await?;
    if mode.is_none_or(|set| set.mode == CertificateMode::Off) {
        return Ok(Measured::unknown(Fact::NotUsed));
    }
    let count = |found: usize| u32::try_from(found).unwrap_or(u32::MAX);
    let (good, ending) = (count(all.iter().filter(|record| record.state(now).is_good()).count()), count(ending.len()));
    let light = match (good, ending) {
        (0, _) => Light::Bad,
        (_, 0) => Light::Good,
        _ => Light::Attention,
    };
    Ok(Measured::new(light, Fact::Certificates { good, ending }))
}
