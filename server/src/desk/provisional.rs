//! 仮確認 from reception while the register is away (X34).

use std::sync::Arc;

use shared::api::Code;
use shared::api::later::{NewProvisional, ProvisionalAtReception};
use shared::domain::check::Medium;
use shared::domain::note::Note;
use shared::domain::opening::{CardlessRoute, TypedInsurance};

use crate::app::App;
use crate::call::{Call, Reply, Serve, VisitHolder};
use crate::refused::Refused;
use crate::rule::{later, visit};
use crate::store::CheckId;

/// The endpoint of this screen, by its handler.
pub(crate) fn serve<S: Serve>(gate: S) -> S {
    gate.on(provisional)
}

async fn provisional(app: Arc<App>, call: Call<ProvisionalAtReception, VisitHolder>) -> Result<Reply<()>, Refused> {
    let trail = call.trail();
    let (VisitHolder { visit, tenant }, person) = (call.right, call.body);
    if visit.closed_at.is_some() || visit.left_at.is_some() || visit.done_at.is_some() || !visit::is_in_time(&visit, call.now) {
        return Err(Refused::new(Code::X21));
    }
    // The same sent again is kept once; what was corrected is kept beside it.
    let typed = serde_json::to_string(&person).map_err(|why| Refused::new(Code::Internal).because(why))?;
    let mut random = [0; 10];
    random.copy_from_slice(&crate::sha256(format!("provisional {} {typed}", visit.id.as_str()).as_bytes())[..10]);
    let id = CheckId::new(visit.opened_at, random);
    let entry = trail.ok(Some(id.as_str()));
    let act = later::Act { id, by: None, visit_kind: Some(visit.visit_kind), medium: Medium::Card };
    let (past, insurance, note) = (None, TypedInsurance::default(), Note::default());
    let new = NewProvisional { route: CardlessRoute::SystemDown, person, insurance, past, note, visit_kind: None };
    let kept = app.db.write(move |tx| later::add(tx, &tenant, &act, &new, &entry)).await?;
    kept.map(|_| Reply::Json(())).map_err(|_| Refused::new(Code::Request))
}
