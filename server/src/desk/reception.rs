//! The reception desk.

use std::sync::Arc;

use shared::api::reception::{Challenge, NewVisit, PageOpened, Proof, ProofAnswer, VisitOpened, VisitStanding};
use shared::domain::consent::ConsentGroup;

use crate::accept::network_of;
use crate::app::App;
use crate::refused::Refused;
use crate::route::{Call, Holder, Page, Reply};
use crate::{store, visit};

pub(super) async fn open_page(app: Arc<App>, call: Call<Page, ()>) -> Result<Reply<PageOpened>, Refused> {
    let page = call.right.0;
    Ok(Reply::Json(PageOpened {
        institution_name: page.institution.name,
        visit_kind: page.visit_kind,
        questions: ConsentGroup::ALL.to_vec(),
        notice_version: visit::NOTICE_VERSION.to_owned(),
        helper: app.helper,
        shows_eligibility: page.institution.shows_eligibility,
        contact: page.institution.contact,
        now: call.now,
    }))
}

pub(super) async fn open_visit(app: Arc<App>, call: Call<Page, NewVisit>) -> Result<Reply<VisitOpened>, Refused> {
    let page = &call.right.0;
    app.rates.visits_by_address.take(network_of(call.address), call.now)?;
    app.rates.visits_by_url.take((page.institution.code.clone(), page.visit_kind), call.now)?;
    visit::open(&app, &call.right.0, call.body, call.now).await.map(Reply::Json)
}

pub(super) async fn fresh_challenge(app: Arc<App>, call: Call<Holder, ()>) -> Result<Reply<Challenge>, Refused> {
    visit::fresh_challenge(&app, call.right.0, call.now).await.map(Reply::Json)
}

pub(super) async fn prove(app: Arc<App>, call: Call<Holder, Proof>) -> Result<Reply<ProofAnswer>, Refused> {
    visit::prove(&app, call.right.0, call.body, call.now).await.map(Reply::Json)
}

pub(super) async fn visit_state(_: Arc<App>, call: Call<Holder, ()>) -> Result<Reply<VisitStanding>, Refused> {
    Ok(Reply::Json(visit::standing(call.right.0, call.now)))
}

pub(super) async fn leave_visit(app: Arc<App>, call: Call<Holder, ()>) -> Result<Reply<()>, Refused> {
    tracing::info!(visit = call.right.0.id.as_str(), "visit left");
    let (id, now) = (call.right.0.id, call.now);
    app.db.write(move |tx| store::visit::leave(tx, &id, now)).await?;
    Ok(Reply::Json(()))
}
