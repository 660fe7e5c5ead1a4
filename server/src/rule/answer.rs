//! A press that is sent again: the same key gets the same answer, and nothing is done twice.

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::api::ANSWER_KEPT_MS;

use crate::session::SKEW_MS;
use crate::store::tx::Tx;
use crate::store::{Press, StoreError, answer};
use crate::tenant::Tenant;

/// What a press came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Once<T, N> {
    /// The answer, of now or of before.
    Answer(T),
    /// The key was used for another request.
    OtherRequest,
    /// The rule refused, and nothing is kept: the same press may be tried again.
    Refused(N),
}

/// What a press came to before, where its answer is kept or its key was used for another request; `None`: nothing is known of it. Asked
/// before anybody else is asked for the press, such as the register: what was done is not done there a second time, and is known while the
/// register is away.
///
/// # Errors
/// What the database says.
pub fn before<T: DeserializeOwned, N>(tx: &mut Tx<'_>, tenant: &Tenant, press: &Press) -> Result<Option<Once<T, N>>, StoreError> {
    let kept = answer::find(tx, tenant, press)?
        .filter(|kept| press.at < kept.answered_at.plus_ms(ANSWER_KEPT_MS) && kept.answered_at <= press.at.plus_ms(SKEW_MS));
    let Some(kept) = kept else { return Ok(None) };
    if (kept.endpoint.as_str(), kept.request_sha256) != (press.endpoint, press.request_sha256) {
        return Ok(Some(Once::OtherRequest));
    }
    serde_json::from_str(&kept.answer).map(Once::Answer).map(Some).map_err(|_| StoreError::Damaged("answer"))
}

/// Runs `rule` and keeps its answer with it in one transaction; under a key that was used before, gives the answer of then.
///
/// The key is locked before all else, so that of two equal presses at once the second waits for the answer of the first, also where the
/// rule's own locks would show it only what the first one did ([`crate::store::db::Db::write_locked`]).
///
/// # Errors
/// What the database or the rule says.
pub fn once<T: Serialize + DeserializeOwned, N>(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    press: &Press,
    rule: impl FnOnce(&mut Tx<'_>) -> Result<Result<T, N>, StoreError>,
) -> Result<Once<T, N>, StoreError> {
    tx.lock(&format!("press {} {} {}", tenant.code(), press.user.as_str(), crate::hex(&press.key_sha256)))?;
    if let Some(known) = before(tx, tenant, press)? {
        return Ok(known);
    }
    match rule(tx)? {
        Ok(given) => {
            let text = serde_json::to_string(&given).map_err(|_| StoreError::Damaged("answer"))?;
            answer::keep(tx, tenant, press, &text)?;
            Ok(Once::Answer(given))
        }
        Err(refused) => Ok(Once::Refused(refused)),
    }
}
