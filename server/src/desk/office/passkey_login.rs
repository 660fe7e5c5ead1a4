//! OT-3 ログイン by a passkey alone: no ID is typed. The passkey names its account, and its device has looked who is there (user
//! verification), so it stands for password and second factor.

use std::sync::Arc;

use shared::api::Code;
use shared::api::factor::{AskPasskeyLogin, LogInByPasskey, PasskeyLoginAsked, Proof};
use shared::api::office::Session;
use shared::bytes::Base64;

use super::login::{check_closing, check_state, closing_of, count_factor, wait};
use super::{record, session_of};
use crate::account::LoginTry;
use crate::app::App;
use crate::call::{Call, Nobody, Reply, Serve};
use crate::factor::read_answer;
use crate::gate::certificate as gate;
use crate::peer::network_of;
use crate::refused::Refused;
use crate::rule::factor::ASKED_LOGIN;
use crate::session::{self, SessionId};
use crate::store::{Attempt, SessionRecord, Sha256};
use crate::tenant::Tenant;
use crate::{rule, store};

/// The endpoints of this way in, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(ask).on(log_in)
}

/// The holder of a page's question.
fn holder_of(question: &[u8]) -> Sha256 {
    crate::sha256(&[b"passkey login\n", question].concat())
}

async fn ask(app: Arc<App>, call: Call<AskPasskeyLogin, Nobody>) -> Result<Reply<PasskeyLoginAsked>, Refused> {
    let now = call.now;
    app.rates.passkeys_by_address.take(network_of(call.address), now)?;
    let (options, state) = app.factors.ask_login()?;
    let question = app.random.bytes::<32>()?;
    let holder = holder_of(&question);
    app.db.write(move |tx| rule::factor::ask(tx, &holder, ASKED_LOGIN, &state, now)).await?;
    Ok(Reply::Json(PasskeyLoginAsked { question: Base64(question.to_vec()), options }))
}

async fn log_in(app: Arc<App>, call: Call<LogInByPasskey, Nobody>) -> Result<Reply<Session>, Refused> {
    let (trail, now, wrong) = (call.trail(), call.now, || Refused::new(Code::Proof));
    app.rates.passkeys_by_address.take(network_of(call.address), now)?;
    let (holder, answer) = (holder_of(&call.body.question.0), read_answer(&call.body.answer)?);
    let credential_id = answer.get_credential_id().to_vec();
    let taken = app
        .db
        .write(move |tx| Ok((rule::factor::take(tx, &holder, ASKED_LOGIN, now)?, store::factor::passkey_of_anybody(tx, &credential_id)?)));
    // A passkey that was removed since, or of a server before this one, is nobody's.
    let (Some(state), Some((code, user, record_of))) = taken.await? else { return Err(wrong()) };
    let trail = trail.of_login(&code, &user);
    let of = LoginTry::new(&code, &user, call.address, call.browser.as_ref().map(SessionId::sha256));
    let (of, counted) = count_factor(&app, of, &Proof::Passkey(String::new()), now).await?;
    if let Attempt::Wait { until, is_first } = counted.attempt {
        if is_first {
            record(&app, trail.refused(Code::Wait)).await?;
        }
        return Err(wait(until, now));
    }
    let tenant = Tenant::of_login(&code);
    let used = match app.factors.judge_login(&answer, &state, (&tenant, &user), &record_of, now) {
        Ok(used) => used,
        Err(refused) => {
            record(&app, trail.refused(refused.refusal.code)).await?;
            return Err(refused);
        }
    };
    gate::admits_login(&app, &code, call.presented.as_ref(), now, &trail).await?;
    let (at, whose) = (code.clone(), user.clone());
    let found = app.db.read(move |tx| Ok((store::account::find(tx, &at, &whose)?, store::factor::standing(tx, &at, &whose)?))).await?;
    let (Some((account, institution)), Some(standing)) = found else { return Err(wrong()) };
    let closing = closing_of(&app, &code).await?;
    let checked = check_state(&account, now.jst_date()).and_then(|()| check_closing(&account, &institution, closing, now));
    if let Err(refused) = checked {
        record(&app, trail.refused(refused.refusal.code)).await?;
        return Err(refused);
    }
    let (id, browser) = (SessionId::new(&app.random)?, call.browser.map_or_else(|| SessionId::new(&app.random), Ok)?);
    let (place, address) = (browser.sha256(), Some(network_of(call.address).to_string()));
    let opened = SessionRecord { address, ..session::opened(&id, code, user.clone(), now) };
    let (new, judged, done) = (opened.clone(), account.password_hash.clone(), trail.ok(Some("passkey")));
    let is_open = app.db.write(move |tx| {
        store::factor::use_passkey(tx, &tenant, &user, &used)?;
        rule::attempt::succeed(tx, &of, &counted, &place, now)?;
        rule::session::log_in(tx, &new, &judged, &done)
    });
    if !is_open.await? {
        // The password was changed meanwhile: whoever did it ends all logins.
        record(&app, trail.refused(Code::Proof)).await?;
        return Err(wrong());
    }
    let is_https = app.door.origin.is_https();
    let cookies = vec![session::set_cookie(&id, is_https), session::set_browser_cookie(&browser, is_https)];
    Ok(Reply::WithCookies(session_of(&app, &opened, &account, &institution, closing, &standing, now), cookies))
}
