//! The reception desk.

use std::sync::Arc;

use shared::api::reception as api;
use shared::api::reception::{Challenge, PageOpened, ProofAnswer, VisitOpened, VisitStanding};
use shared::api::{Code, Detail};
use shared::domain::visit::Purpose;

use crate::app::App;
use crate::call::{Call, ReceptionPage, Reply, Serve, VisitHolder};
use crate::peer::network_of;
use crate::refused::Refused;
use crate::{rule, visit};

/// The endpoints of this desk, by their handlers.
pub(crate) fn serve<S: Serve>(gate: S) -> S {
    gate.on(open_page).on(open_visit).on(fresh_challenge).on(prove).on(visit_state).on(leave_visit)
}

async fn open_page(app: Arc<App>, call: Call<api::OpenPage, ReceptionPage>) -> Result<Reply<PageOpened>, Refused> {
    let ReceptionPage { page, tenant } = call.right;
    let now = call.now;
    let maintenance = app.db.read(move |tx| rule::maintenance::for_tablet(tx, &tenant, now)).await?;
    let settings = page.institution.settings;
    Ok(Reply::Json(PageOpened {
        institution_name: page.institution.name,
        visit_kind: page.visit_kind,
        questions: settings.asked(page.visit_kind, call.now.jst_date()),
        asks_subsidy: settings.subsidies,
        notice_version: visit::NOTICE_VERSION.to_owned(),
        helper: app.helper,
        shows_eligibility: settings.shows_eligibility,
        contact: settings.contact,
        maintenance,
        now,
        is_training: page.standing.is_training,
    }))
}

async fn open_visit(app: Arc<App>, call: Call<api::OpenVisit, ReceptionPage>) -> Result<Reply<VisitOpened>, Refused> {
    let ReceptionPage { page, tenant } = call.right;
    app.rates.visits_by_address.take(network_of(call.address), call.now)?;
    app.rates.visits_by_url.take((tenant.code().clone(), page.visit_kind), call.now)?;
    let (of, now) = (tenant.clone(), call.now);
    if let Some(span) = app.db.read(move |tx| rule::maintenance::blocking(tx, &of, now)).await? {
        return Err(Refused::new(Code::X35).with(Detail::Maintenance(span)));
    }
    let asked = page.institution.settings.asked(page.visit_kind, call.now.jst_date());
    // Where it is asked it has an answer, and elsewhere none.
    let is_asked = page.institution.settings.subsidies && call.body.occasion.purpose == Purpose::Register;
    if call.body.choices.subsidy.is_not_asked() == is_asked {
        return Err(Refused::new(Code::X23));
    }
    visit::open(&app, &tenant, page.visit_kind, &asked, call.body, call.now).await.map(Reply::Json)
}

async fn fresh_challenge(app: Arc<App>, call: Call<api::FreshChallenge, VisitHolder>) -> Result<Reply<Challenge>, Refused> {
    let VisitHolder { visit, tenant } = call.right;
    visit::fresh_challenge(&app, tenant, visit, call.now).await.map(Reply::Json)
}

async fn prove(app: Arc<App>, call: Call<api::Prove, VisitHolder>) -> Result<Reply<ProofAnswer>, Refused> {
    let trail = call.trail();
    let VisitHolder { visit, tenant } = call.right;
    visit::prove(&app, tenant, visit, call.body, trail, call.now).await.map(Reply::Json)
}

async fn visit_state(_: Arc<App>, call: Call<api::VisitState, VisitHolder>) -> Result<Reply<VisitStanding>, Refused> {
    Ok(Reply::Json(visit::standing(call.right.visit, call.now)))
}

async fn leave_visit(app: Arc<App>, call: Call<api::LeaveVisit, VisitHolder>) -> Result<Reply<()>, Refused> {
    let (VisitHolder { visit, tenant }, now) = (call.right, call.now);
    tracing::info!(visit = visit.id.as_str(), "visit left");
    app.db.write_locked(move |tx| rule::visit::leave(tx, &tenant, &visit.id, now)).await?;
    Ok(Reply::Json(()))
}
