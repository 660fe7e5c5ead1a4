//! OT-11: where a check stands on its way into the レセコン, and its file for the person at the page.

use std::sync::Arc;

use shared::api::Code;
use shared::api::file::SavedFile;
use shared::api::hand_over::{FaceMade, HandOverOf, HandOverShown, SaveFace};
use shared::domain::hand_over::{HandOver, HandOverFault, HandOverState, HandOverWay};

use super::record;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::charset::Encoding;
use crate::export::face::{self, Check};
use crate::export::state::misfits;
use crate::refused::Refused;
use crate::store::{ConsentId, audit, consent, handover, reference};

/// The endpoints of this part, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(shown).on(save)
}

fn id_of(text: &str) -> Result<ConsentId, Refused> {
    ConsentId::parse(text).ok_or_else(|| Refused::new(Code::NotFound))
}

async fn shown(app: Arc<App>, call: Call<HandOverOf, Staff>) -> Result<Reply<HandOverShown>, Refused> {
    let (trail, id) = (call.trail(), id_of(call.path.consent.as_str())?);
    let entry = trail.ok(Some(id.as_str()));
    let Staff { found, tenant } = call.right;
    let read = app.db.read(move |tx| {
        if consent::find(tx, &tenant, &id)?.is_none() {
            return Ok(None);
        }
        Ok(Some((handover::of(tx, &tenant, &id)?, reference::is_held(tx, &tenant, &id)?)))
    });
    let (ways, is_held) = read.await?.ok_or_else(|| Refused::new(Code::NotFound))?;
    record(&app, entry).await?;
    let state = HandOverState::overall(ways.iter().map(|one| one.state));
    Ok(Reply::Json(HandOverShown { set: found.institution.settings.hand_over, state, ways, is_held }))
}

async fn save(app: Arc<App>, call: Call<SaveFace, Staff>) -> Result<Reply<FaceMade>, Refused> {
    let (trail, now, id) = (call.trail(), call.now, id_of(call.path.consent.as_str())?);
    let entry = trail.ok(Some(id.as_str()));
    let Staff { found, tenant } = call.right;
    let encoding = Encoding::from(found.institution.settings.hand_over.encoding);
    let made = app.db.write(move |tx| {
        let Some(of) = consent::find(tx, &tenant, &id)? else { return Ok(None) };
        let written = if reference::is_held(tx, &tenant, &id)? {
            Err(HandOverFault::Held)
        } else {
            Check::of(&of, tenant.code(), now).write(encoding).map_err(|why| misfits(&why))
        };
        audit::add(tx, &entry)?;
        Ok(Some(match written {
            Ok(bytes) => {
                reference::note_sent(tx, &tenant, &id, now, of.reference_number.as_deref())?;
                handover::note_received(tx, &tenant, &id, HandOverWay::Download, now)?;
                let name = face::file_name(tenant.code(), of.visit_kind, id.as_str(), of.eligibility.checked_at);
                FaceMade::File(SavedFile::whole(name, bytes, 1))
            }
            Err(HandOverFault::Held) => FaceMade::Fault(HandOverFault::Held),
            Err(fault) => {
                let state = HandOverState::Failed;
                let failed = HandOver { way: HandOverWay::Download, state, at: now, file: None, fault: Some(fault.clone()) };
                handover::note(tx, &tenant, &id, &failed)?;
                FaceMade::Fault(fault)
            }
        }))
    });
    made.await?.map(Reply::Json).ok_or_else(|| Refused::new(Code::NotFound))
}
