//! OT-3 ログイン: password, then the second factor where the account has one; and the same proof again before a sensitive act.

use std::sync::Arc;

use shared::api::factor::{AskLoginProof, AskProof, LOGIN_STEP_MS, LoggedIn, Proof, ProofWays, ProveAgain, ProveLogin};
use shared::api::office::{Login, LoginRequest, PASSWORD_INPUT_MAX, Session};
use shared::api::{Code, Detail};
use shared::domain::account::{AccountFault, AccountKind, AccountState, UserId};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::factor::{recovery_code, totp_code};
use shared::domain::institution::InstitutionCode;

use super::{count, judge, record, seconds_until, session_of};
use crate::account::{LoginTry, Tried, state_of};
use crate::app::App;
use crate::call::{Call, HalfWay, Nobody, Reply, Serve, Staff};
use crate::gate::certificate as gate;
use crate::peer::network_of;
use crate::refused::Refused;
use crate::rule::attempt::Counted;
use crate::rule::factor::ASKED_PROOF;
use crate::session::{self, SessionId};
use crate::store::factor::LoginStep;
use crate::store::{Account, Attempt, Institution, SessionRecord, Sha256, Standing};
use crate::tenant::Tenant;
use crate::{rule, store};

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(login).on(ask_login_proof).on(prove_login).on(ask_proof).on(prove_again)
}

async fn login(app: Arc<App>, call: Call<Login, Nobody>) -> Result<Reply<LoggedIn>, Refused> {
    let (trail, now) = (call.trail(), call.now);
    let LoginRequest { institution: code, user, password } = call.body;
    // Nobody is named yet: any ID can be typed, and the refusals of an hour are one row.
    gate::admits_login(&app, &code, call.presented.as_ref(), now, &trail.clone().at(&code)).await?;
    let trail = trail.of_login(&code, &user);
    let of = LoginTry::new(&code, &user, call.address, call.browser.as_ref().map(SessionId::sha256));
    let counted = count(&app, &of, now).await?;
    if let Attempt::Wait { until, is_first } = counted.attempt {
        // One row for each wait: whoever keeps on asking does not fill the disk.
        if is_first {
            record(&app, trail.refused(Code::Wait)).await?;
        }
        return Err(wait(until, now));
    }
    let found = if password.len() <= PASSWORD_INPUT_MAX {
        let (code, user) = (code.clone(), user.clone());
        app.db.read(move |tx| store::account::find(tx, &code, &user)).await?
    } else {
        None
    };
    let account = found.as_ref().map(|(account, _)| account);
    let password = if password.len() <= PASSWORD_INPUT_MAX { password } else { String::new() };
    let is_right = judge(&app, &counted, account, password).await?;
    let Some((account, institution)) = found.filter(|_| is_right) else {
        record(&app, trail.refused(Code::Login)).await?;
        return Err(Refused::new(Code::Login));
    };
    let standing = {
        let (code, user) = (code.clone(), user.clone());
        app.db.read(move |tx| store::factor::standing(tx, &code, &user)).await?
    };
    let standing = standing.ok_or_else(|| Refused::new(Code::Login))?;
    // A place is known by a whole login: not yet where a second factor follows.
    let is_half = standing.since.is_some();
    let browser = call.browser.map_or_else(|| SessionId::new(&app.random), Ok)?;
    let place = browser.sha256();
    app.db
        .write(
            move |tx| if is_half { rule::attempt::was_right(tx, &counted) } else { rule::attempt::succeed(tx, &of, &counted, &place, now) },
        )
        .await?;
    if let Err(refused) = check_state(&account, now.jst_date()) {
        record(&app, trail.refused(refused.refusal.code)).await?;
        return Err(refused);
    }
    let closing = closing_of(&app, &code).await?;
    if let Err(refused) = check_closing(&account, &institution, closing, now) {
        record(&app, trail.refused(refused.refusal.code)).await?;
        return Err(refused);
    }
    let id = SessionId::new(&app.random)?;
    let is_https = app.door.origin.is_https();
    if is_half {
        let step = LoginStep {
            id_sha256: id.sha256(),
            institution: code.clone(),
            user: user.clone(),
            judged_sha256: crate::sha256(account.password_hash.as_bytes()),
            opened_at: now,
            ends_at: now.plus_ms(LOGIN_STEP_MS),
        };
        // The row says which part was done.
        let entry = trail.ok(Some("password"));
        let holder = step.id_sha256;
        app.db.write(move |tx| rule::factor::open_step(tx, &step, &entry)).await?;
        let ways = ways(&app, Tenant::of_login(&institution.code), user, holder, true, now).await?;
        return Ok(Reply::WithCookie(LoggedIn::HalfWay(ways), session::set_step_cookie(&id, is_https)));
    }
    let address = Some(network_of(call.address).to_string());
    let opened = SessionRecord { address, ..session::opened(&id, code.clone(), user.clone(), now) };
    let (new, judged, done) = (opened.clone(), account.password_hash.clone(), trail.ok(None));
    if !app.db.write(move |tx| rule::session::log_in(tx, &new, &judged, &done)).await? {
        // The password was changed while this one was judged.
        record(&app, trail.refused(Code::Login)).await?;
        return Err(Refused::new(Code::Login));
    }
    let cookies = vec![session::set_cookie(&id, is_https), session::set_browser_cookie(&browser, is_https)];
    let session = session_of(&app, &opened, &account, &institution, closing, &standing, now);
    Ok(Reply::WithCookies(LoggedIn::In(Box::new(session)), cookies))
}

/// Whether the institution is for training, and whether its code has ended.
pub(in crate::desk) async fn closing_of(app: &App, code: &InstitutionCode) -> Result<Standing, Refused> {
    let code = code.clone();
    Ok(app.db.read(move |tx| store::institution::standing_of(tx, &code)).await?.unwrap_or_default())
}

/// Refuses an account that may not be used on a day.
pub(in crate::desk) fn check_state(account: &Account, today: CivilDate) -> Result<(), Refused> {
    match state_of(account, today) {
        AccountState::Living => Ok(()),
        AccountState::Suspended => Err(Refused::new(Code::Account).with(Detail::Account(AccountFault::Suspended))),
        AccountState::NotYet | AccountState::Over => Err(Refused::new(Code::X44)),
    }
}

/// Under a code that has ended its admins read for a time, and nobody does anything else (OT-30).
pub(in crate::desk) fn check_closing(account: &Account, of: &Institution, closing: Standing, now: UnixMs) -> Result<(), Refused> {
    match closing.closed_at {
        Some(at) if account.kind != AccountKind::Admin || !rule::succession::is_readable(at, now) => {
            Err(Refused::code_changed(at, of.settings.contact.clone()))
        }
        _ => Ok(()),
    }
}

pub(in crate::desk) fn wait(until: UnixMs, now: UnixMs) -> Refused {
    Refused::new(Code::Wait).with(Detail::RetryAfterS(seconds_until(until, now)))
}

/// How an account can prove who is there, with a question for its passkeys that is kept for `holder`.
async fn ways(app: &App, tenant: Tenant, user: UserId, holder: Sha256, is_login: bool, now: UnixMs) -> Result<ProofWays, Refused> {
    let read = move |tx: &mut store::tx::Tx<'_>| {
        let passkeys = store::factor::passkeys(tx, &tenant, &user)?;
        let totp = store::factor::totp(tx, &tenant, &user)?.is_some();
        let recovery = store::factor::recovery(tx, &tenant, &user)?.is_some_and(|(left, _)| left > 0);
        Ok((passkeys, totp, recovery))
    };
    let (passkeys, totp, recovery) = app.db.read(read).await?;
    let has_one = totp || !passkeys.is_empty();
    let passkey = match app.factors.ask_proof(&passkeys)? {
        Some((options, state)) => {
            app.db.write(move |tx| rule::factor::ask(tx, &holder, ASKED_PROOF, &state, now)).await?;
            Some(options)
        }
        None => None,
    };
    Ok(ProofWays { passkey, totp, recovery: recovery && is_login, password: !has_one && !is_login })
}

/// Judges a second factor, and uses it up: in words what it was.
async fn judge_factor(
    app: &App,
    tenant: &Tenant,
    user: &UserId,
    holder: Sha256,
    proof: Proof,
    is_login: bool,
    now: UnixMs,
) -> Result<&'static str, Refused> {
    let wrong = || Refused::new(Code::Proof);
    let (of, whose) = (tenant.clone(), user.clone());
    match proof {
        Proof::Passkey(answer) => {
            let take = move |tx: &mut store::tx::Tx<'_>| {
                Ok((rule::factor::take(tx, &holder, ASKED_PROOF, now)?, store::factor::passkeys(tx, &of, &whose)?))
            };
            let (state, passkeys) = app.db.write(take).await?;
            let used = app.factors.judge(&answer, &state.ok_or_else(wrong)?, &passkeys, now)?;
            let (of, whose) = (tenant.clone(), user.clone());
            app.db.write(move |tx| store::factor::use_passkey(tx, &of, &whose, &used)).await?;
            Ok("passkey")
        }
        Proof::Totp(text) => {
            let code = totp_code(&text).ok_or_else(wrong)?;
            let tools = Arc::clone(&app.factors);
            let is_right = app.db.write(move |tx| rule::factor::use_totp(tx, &of, &whose, &tools.vault, code, now)).await?;
            if is_right { Ok("totp") } else { Err(wrong()) }
        }
        Proof::Recovery(text) if is_login => {
            let code = recovery_code(&text).ok_or_else(wrong)?;
            let hash = app.passwords.hash_of_recovery(vec![code], tenant, user).await?.pop().ok_or_else(wrong)?;
            let is_right = app.db.write(move |tx| store::factor::use_recovery(tx, &of, &whose, &hash, now)).await?;
            if is_right { Ok("recovery") } else { Err(wrong()) }
        }
        Proof::Recovery(_) | Proof::Password(_) => Err(wrong()),
    }
}

/// Counts a try of a second factor; an answer of a passkey cannot be guessed, so tries from elsewhere do not keep it out.
pub(super) async fn count_factor(app: &App, of: LoginTry, proof: &Proof, now: UnixMs) -> Result<(LoginTry, Counted), Refused> {
    let has_session = of.has_session || matches!(proof, Proof::Passkey(_));
    let of = LoginTry { tried: Tried::Factor, has_session, ..of };
    let counted = count(app, &of, now).await?;
    Ok((of, counted))
}

async fn ask_login_proof(app: Arc<App>, call: Call<AskLoginProof, HalfWay>) -> Result<Reply<ProofWays>, Refused> {
    let HalfWay { step, tenant } = call.right;
    ways(&app, tenant, step.user, step.id_sha256, true, call.now).await.map(Reply::Json)
}

async fn prove_login(app: Arc<App>, call: Call<ProveLogin, HalfWay>) -> Result<Reply<Session>, Refused> {
    let (trail, now) = (call.trail(), call.now);
    let (HalfWay { step, tenant }, proof) = (call.right, call.body);
    let of = LoginTry::new(&step.institution, &step.user, call.address, call.browser.as_ref().map(SessionId::sha256));
    let (of, counted) = count_factor(&app, of, &proof, now).await?;
    if let Attempt::Wait { until, is_first } = counted.attempt {
        if is_first {
            record(&app, trail.refused(Code::Wait)).await?;
        }
        return Err(wait(until, now));
    }
    let way = match judge_factor(&app, &tenant, &step.user, step.id_sha256, proof, true, now).await {
        Ok(way) => way,
        Err(refused) => {
            record(&app, trail.refused(refused.refusal.code)).await?;
            return Err(refused);
        }
    };
    // A browser keeps its id, whoever logs in with it.
    let browser = call.browser.map_or_else(|| SessionId::new(&app.random), Ok)?;
    let place = browser.sha256();
    app.db.write(move |tx| rule::attempt::succeed(tx, &of, &counted, &place, now)).await?;
    let (code, user) = (step.institution.clone(), step.user.clone());
    let found = app.db.read(move |tx| Ok((store::account::find(tx, &code, &user)?, store::factor::standing(tx, &code, &user)?))).await?;
    let (Some((account, institution)), Some(standing)) = found else { return Err(Refused::new(Code::Session)) };
    let id = SessionId::new(&app.random)?;
    let address = Some(network_of(call.address).to_string());
    let opened = SessionRecord { address, ..session::opened(&id, step.institution.clone(), step.user.clone(), now) };
    let (new, judged, done) = (opened.clone(), account.password_hash.clone(), trail.ok(Some(way)));
    if !app.db.write(move |tx| rule::factor::log_in(tx, &step, &new, &judged, &done)).await? {
        // The password was changed since, or the same step was gone through twice at once.
        record(&app, trail.refused(Code::Session)).await?;
        return Err(Refused::new(Code::Session));
    }
    let is_https = app.door.origin.is_https();
    let cookies =
        vec![session::set_cookie(&id, is_https), session::set_browser_cookie(&browser, is_https), session::clear_step_cookie(is_https)];
    let closing = closing_of(&app, &institution.code).await?;
    Ok(Reply::WithCookies(session_of(&app, &opened, &account, &institution, closing, &standing, now), cookies))
}

async fn ask_proof(app: Arc<App>, call: Call<AskProof, Staff>) -> Result<Reply<ProofWays>, Refused> {
    let Staff { found, tenant } = call.right;
    ways(&app, tenant, found.account.user, found.session.id_sha256, false, call.now).await.map(Reply::Json)
}

async fn prove_again(app: Arc<App>, call: Call<ProveAgain, Staff>) -> Result<Reply<Session>, Refused> {
    let (trail, now) = (call.trail(), call.now);
    let (Staff { found, tenant }, proof) = (call.right, call.body);
    let browser = call.browser.as_ref().map(SessionId::sha256);
    let of = LoginTry { has_session: true, ..LoginTry::new(tenant.code(), &found.account.user, call.address, browser) };
    let is_password = matches!(proof, Proof::Password(_));
    // Whoever has a second factor proves it by that one.
    if is_password && found.factor.since.is_some() {
        return Err(Refused::new(Code::Request));
    }
    let counted = if is_password { count(&app, &of, now).await? } else { count_factor(&app, of, &proof, now).await?.1 };
    if let Attempt::Wait { until, .. } = counted.attempt {
        return Err(wait(until, now));
    }
    let judged = match proof {
        Proof::Password(password) => {
            let is_right = password.len() <= PASSWORD_INPUT_MAX && judge(&app, &counted, Some(&found.account), password).await?;
            if is_right { Ok("password") } else { Err(Refused::new(Code::Proof)) }
        }
        proof => judge_factor(&app, &tenant, &found.account.user, found.session.id_sha256, proof, false, now).await,
    };
    let way = match judged {
        Ok(way) => way,
        Err(refused) => {
            record(&app, trail.refused(refused.refusal.code)).await?;
            return Err(refused);
        }
    };
    let id = SessionId::new(&app.random)?;
    let (former, next, done) = (found.session.id_sha256, id.sha256(), trail.ok(Some(way)));
    let renew = move |tx: &mut store::tx::Tx<'_>| {
        rule::attempt::was_right(tx, &counted)?;
        rule::session::prove_again(tx, &former, &next, &done)
    };
    if !app.db.write(renew).await? {
        return Err(Refused::new(Code::Session));
    }
    let opened = SessionRecord { id_sha256: next, seen_at: now, proved_at: now, ..found.session };
    let session = session_of(&app, &opened, &found.account, &found.institution, found.standing, &found.factor, now);
    Ok(Reply::WithCookie(session, session::set_cookie(&id, app.door.origin.is_https())))
}
