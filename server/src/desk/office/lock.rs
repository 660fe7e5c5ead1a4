//! OT-18 画面ロック.

use std::sync::Arc;

use shared::api::lock::{Lock, Unlock, UnlockProof};
use shared::api::office::{PASSWORD_INPUT_MAX, Session};
use shared::api::{Code, Detail};

use super::{count, judge, record, seconds_until, session_of};
use crate::account::LoginTry;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule;
use crate::rule::attempt::Counted;
use crate::rule::session::Unlocking;
use crate::session::{self, SessionId};
use crate::store::{Attempt, SessionFound, SessionRecord};

/// The endpoints of OT-18, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(lock).on(unlock)
}

async fn lock(app: Arc<App>, call: Call<Lock, Staff>) -> Result<Reply<()>, Refused> {
    let entry = call.trail().ok(None);
    let Staff { found, tenant } = call.right;
    app.db.write(move |tx| rule::session::lock(tx, &tenant, &found.session.id_sha256, &entry)).await?;
    Ok(Reply::Json(()))
}

/// What proves that who unlocks is who opened the session: the one place that says so. A second factor is asked here.
async fn proves(app: &App, counted: &Counted, found: &SessionFound, proof: UnlockProof) -> Result<bool, Refused> {
    let UnlockProof { password } = proof;
    if password.len() > PASSWORD_INPUT_MAX { Ok(false) } else { judge(app, counted, Some(&found.account), password).await }
}

async fn unlock(app: Arc<App>, call: Call<Unlock, Staff>) -> Result<Reply<Session>, Refused> {
    let (trail, now) = (call.trail(), call.now);
    let (Staff { found, tenant }, proof) = (call.right, call.body);
    let (code, user) = (&found.institution.code, &found.account.user);
    let browser = call.browser.as_ref().map(SessionId::sha256);
    let of = LoginTry { has_session: true, ..LoginTry::new(code, user, call.address, browser) };
    let counted = count(&app, &of, now).await?;
    if let Attempt::Wait { until, is_first } = counted.attempt {
        if is_first {
            record(&app, trail.refused(Code::Wait)).await?;
        }
        return Err(Refused::new(Code::Wait).with(Detail::RetryAfterS(seconds_until(until, now))));
    }
    if !proves(&app, &counted, &found, proof).await? {
        record(&app, trail.refused(Code::Login)).await?;
        return Err(Refused::new(Code::Login));
    }
    app.db.write(move |tx| rule::attempt::was_right(tx, &counted)).await?;
    let id = SessionId::new(&app.random)?;
    let (former, judged) = (found.session.id_sha256, found.account.password_hash.clone());
    let (by, done) = (Unlocking { former, next: id.sha256(), judged, at: now }, trail.ok(None));
    if !app.db.write(move |tx| rule::session::unlock(tx, &tenant, &by, &done)).await? {
        return Err(Refused::new(Code::Session));
    }
    let unlocked = SessionRecord { id_sha256: id.sha256(), locked_at: None, seen_at: now, ..found.session };
    let cookie = session::set_cookie(&id, app.door.origin.is_https());
    Ok(Reply::WithCookie(session_of(&app, &unlocked, &found.account, &found.institution, found.standing, &found.factor, now), cookie))
}
