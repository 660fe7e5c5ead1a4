//! Requests of programs: the token of a Web API account in `Authorization`.

use axum::http::header;
use shared::api::Code;
use shared::api::link::TOKEN_PREFIX;
use shared::domain::link::LinkScope;

use super::{Asked, spared, trail};
use crate::app::App;
use crate::call::{Program, Proved};
use crate::peer::network_of;
use crate::refused::Refused;
use crate::rule;
use crate::tenant::Tenant;

/// The account behind the token, if the token opens this. Wrong ones are counted by address, right ones each for itself.
pub(super) async fn program(app: &App, asked: &Asked<'_>, scope: LinkScope) -> Result<Program, Refused> {
    let (now, place) = (asked.now, network_of(asked.address));
    // A right token is not kept waiting by wrong ones of its neighbours: all of a house may have one address.
    let Some((tenant, record)) = found(app, asked).await? else {
        app.rates.bad_tokens_by_address.look(&place, now)?;
        app.rates.bad_tokens_by_address.take(place, now)?;
        return Err(Refused::new(Code::Session));
    };
    app.rates.calls_by_token.take(record.id.clone(), now)?;
    if rule::link::is_to_note(&record, now) {
        let (tenant, record) = (tenant.clone(), record.clone());
        spared(app.db.write(move |tx| rule::link::note_use(tx, &tenant, &record, now)).await)?;
    }
    let is_open = record.scopes.contains(&scope);
    let program = Program { tenant, record };
    if is_open {
        return Ok(program);
    }
    let row = trail(&Proved::Program(program), now, asked.address, asked.name).refused(Code::Forbidden);
    app.db.write(move |tx| rule::audit::refused(tx, &row)).await?;
    Err(Refused::new(Code::Forbidden))
}

async fn found(app: &App, asked: &Asked<'_>) -> Result<Option<(Tenant, crate::store::link::TokenRecord)>, Refused> {
    let sent = asked.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = sent.and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some(token) = token.map(|(_, token)| token.trim()).filter(|token| token.starts_with(TOKEN_PREFIX)) else { return Ok(None) };
    let (hash, now) = (crate::sha256(token.as_bytes()), asked.now);
    let tenant_of = |record: &crate::store::link::TokenRecord| Tenant::of_gate(record.institution.clone());
    let found = app.db.read(move |tx| rule::link::living(tx, &hash, tenant_of, now)).await?;
    Ok(found.map(|(record, _)| (tenant_of(&record), record)))
}
