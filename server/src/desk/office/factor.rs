//! 自分の二段階認証, the institution's policy, and what is done for a lost device (P-PW).

use std::sync::Arc;

use shared::api::Code;
use shared::api::account::AccountRow;
use shared::api::factor::{
    AddPasskey, AddTotp, AskPasskey, AskTotp, ChangeFactorPolicy, FactorPolicy, FactorPolicyNow, Factors, NewRecoveryCodes, OwnFactors,
    PasskeyAsked, RecoveryCodes, RemoveFactor, ResetFactors, TotpAsked,
};
use shared::domain::calendar::UnixMs;
use shared::domain::factor::{FactorFault, totp_code};

use super::account::{by, named, pressed};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::export::qr;
use crate::factor::{TOTP_SECRET, base32, faulty, for_people, totp_match};
use crate::refused::Refused;
use crate::rule::answer::{Once, once};
use crate::rule::factor::{self as rule, ASKED_PASSKEY, ASKED_TOTP, NotRemoved, holder_of};
use crate::store::factor::{self as store, TotpRecord};
use crate::store::tx::Tx;

/// The endpoints of these screens, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(own_factors)
        .on(ask_passkey)
        .on(add_passkey)
        .on(ask_totp)
        .on(add_totp)
        .on(remove_factor)
        .on(new_recovery_codes)
        .on(reset_factors)
        .on(policy_now)
        .on(change_policy)
}

async fn factors(app: &App, staff: &Staff, now: UnixMs) -> Result<Factors, Refused> {
    let (tenant, user, may_have) = (staff.tenant.clone(), staff.found.account.user.clone(), app.factors.has_passkeys());
    Ok(app.db.read(move |tx| rule::own(tx, &tenant, &user, may_have, now)).await?)
}

async fn own_factors(app: Arc<App>, call: Call<OwnFactors, Staff>) -> Result<Reply<Factors>, Refused> {
    factors(&app, &call.right, call.now).await.map(Reply::Json)
}

async fn ask_passkey(app: Arc<App>, call: Call<AskPasskey, Staff>) -> Result<Reply<PasskeyAsked>, Refused> {
    let (Staff { found, tenant }, now) = (call.right, call.now);
    let user = found.account.user;
    let (of, whose) = (tenant.clone(), user.clone());
    let known = app.db.read(move |tx| store::passkeys(tx, &of, &whose)).await?;
    let (options, state) = app.factors.ask_passkey(&tenant, &user, &known)?;
    let holder = holder_of(&tenant, &user);
    app.db.write(move |tx| rule::ask(tx, &holder, ASKED_PASSKEY, &state, now)).await?;
    Ok(Reply::Json(PasskeyAsked { options }))
}

async fn add_passkey(app: Arc<App>, call: Call<AddPasskey, Staff>) -> Result<Reply<Factors>, Refused> {
    let (trail, now) = (call.trail(), call.now);
    let (tenant, user) = (call.right.tenant.clone(), call.right.found.account.user.clone());
    let (own, holder) = (call.right.found.session.id_sha256, holder_of(&tenant, &user));
    let state = app.db.write(move |tx| rule::take(tx, &holder, ASKED_PASSKEY, now)).await?;
    let state = state.ok_or_else(|| Refused::new(Code::Proof))?;
    let id = crate::hex(&app.random.bytes::<16>()?);
    let new = app.factors.judge_new(&call.body.answer, &state, id.clone(), call.body.name.to_string(), now)?;
    let entry = trail.ok(Some(&id));
    app.db.write(move |tx| rule::add_passkey(tx, &tenant, &user, &own, &new, &entry)).await?.map_err(faulty)?;
    factors(&app, &call.right, now).await.map(Reply::Json)
}

async fn ask_totp(app: Arc<App>, call: Call<AskTotp, Staff>) -> Result<Reply<TotpAsked>, Refused> {
    let (Staff { found, tenant }, now) = (call.right, call.now);
    let user = found.account.user;
    let (of, whose) = (tenant.clone(), user.clone());
    if app.db.read(move |tx| store::totp(tx, &of, &whose)).await?.is_some() {
        return Err(faulty(FactorFault::HasTotp));
    }
    let secret = app.random.bytes::<TOTP_SECRET>()?;
    let sealed = app.factors.vault.seal(&tenant, &user, &secret, app.random.bytes()?);
    let state = crate::hex(&sealed.map_err(|why| Refused::new(Code::Internal).because(why))?);
    let holder = holder_of(&tenant, &user);
    app.db.write(move |tx| rule::ask(tx, &holder, ASKED_TOTP, &state, now)).await?;
    let qr_svg = qr::svg(&app.factors.otpauth(&tenant, &user, &secret)).map_err(|why| Refused::new(Code::Internal).because(why))?;
    let groups: Vec<_> = base32(&secret).as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
    Ok(Reply::Json(TotpAsked { secret: groups.join(" "), qr_svg }))
}

async fn add_totp(app: Arc<App>, call: Call<AddTotp, Staff>) -> Result<Reply<Factors>, Refused> {
    let (trail, now) = (call.trail(), call.now);
    let (tenant, user) = (call.right.tenant.clone(), call.right.found.account.user.clone());
    let (own, holder) = (call.right.found.session.id_sha256, holder_of(&tenant, &user));
    let wrong = || Refused::new(Code::Proof);
    // It stays until it was confirmed: a mistyped code is typed again.
    let question = app.db.read(move |tx| store::question(tx, &holder, ASKED_TOTP)).await?;
    let Some((state, _)) = question.filter(|(_, ends_at)| now < *ends_at) else {
        // Registered, and the answer was lost: the page goes on from there.
        let (of, whose) = (tenant.clone(), user.clone());
        let has_one = app.db.read(move |tx| store::totp(tx, &of, &whose)).await?.is_some();
        return Err(if has_one { faulty(FactorFault::HasTotp) } else { wrong() });
    };
    let secret = from_hex(&state).ok_or_else(|| Refused::new(Code::Internal))?;
    let opened = app.factors.vault.open(&tenant, &user, &secret).map_err(|why| Refused::new(Code::Internal).because(why))?;
    let code = totp_code(&call.body.code).ok_or_else(wrong)?;
    let last_step = totp_match(&opened, code, now, i64::MIN).ok_or_else(wrong)?;
    let new = TotpRecord { secret, last_step, added_at: now, last_used_at: None };
    let entry = trail.ok(Some(shared::api::factor::TOTP));
    app.db.write(move |tx| rule::add_totp(tx, &tenant, &user, &own, &new, &entry)).await?.map_err(faulty)?;
    factors(&app, &call.right, now).await.map(Reply::Json)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

async fn remove_factor(app: Arc<App>, call: Call<RemoveFactor, Staff>) -> Result<Reply<Factors>, Refused> {
    let (press, now, which) = (call.press()?, call.now, call.path.factor.as_str().to_owned());
    let entry = call.trail().ok(Some(&which));
    let (tenant, may_have) = (call.right.tenant.clone(), app.factors.has_passkeys());
    let (user, own) = (call.right.found.account.user.clone(), call.right.found.session.id_sha256);
    let removed = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| match rule::remove(tx, &tenant, &user, &own, &which, &entry)? {
            Ok(()) => rule::own(tx, &tenant, &user, may_have, now).map(Ok),
            Err(why) => Ok(Err(why)),
        })
    });
    match removed.await? {
        Once::Answer(factors) => Ok(Reply::Json(factors)),
        Once::OtherRequest => Err(Refused::new(Code::Request)),
        Once::Refused(NotRemoved::NotThere) => Err(Refused::new(Code::NotFound)),
        Once::Refused(NotRemoved::Fault(fault)) => Err(faulty(fault)),
    }
}

async fn new_recovery_codes(app: Arc<App>, call: Call<NewRecoveryCodes, Staff>) -> Result<Reply<RecoveryCodes>, Refused> {
    let (press, entry) = (call.press()?, call.trail().ok(None));
    let (tenant, user) = (call.right.tenant.clone(), call.right.found.account.user.clone());
    let codes = app.factors.recovery_codes(&tenant, &press);
    let hashes = app.passwords.hash_of_recovery(codes.clone(), &tenant, &user).await?;
    // What is kept for the key is the instant alone.
    let made = app.db.write(move |tx| once(tx, &tenant, &press, |tx| rule::new_recovery(tx, &tenant, &user, &hashes, &entry))).await?;
    match made {
        Once::Answer(made_at) => Ok(Reply::Json(RecoveryCodes { codes: for_people(&codes), made_at })),
        Once::OtherRequest => Err(Refused::new(Code::Request)),
        Once::Refused(fault) => Err(faulty(fault)),
    }
}

async fn reset_factors(app: Arc<App>, call: Call<ResetFactors, Staff>) -> Result<Reply<AccountRow>, Refused> {
    let (user, by) = (named(&call.path.user)?, by(&call.right));
    let entry = call.trail().ok(Some(user.as_str()));
    let (row, _) = pressed(&app, &call, move |tx: &mut Tx<'_>, tenant| rule::reset(tx, tenant, &by, &user, &entry)).await?;
    Ok(Reply::Json(row))
}

async fn policy_now(app: Arc<App>, call: Call<FactorPolicyNow, Staff>) -> Result<Reply<FactorPolicy>, Refused> {
    let (tenant, today) = (call.right.tenant, call.now.jst_date());
    Ok(Reply::Json(app.db.read(move |tx| rule::policy(tx, &tenant, today)).await?))
}

async fn change_policy(app: Arc<App>, call: Call<ChangeFactorPolicy, Staff>) -> Result<Reply<FactorPolicy>, Refused> {
    let (press, entry, by, from) = (call.press()?, call.trail().ok(None), by(&call.right), call.body.from);
    let tenant = call.right.tenant;
    let changed = app.db.write(move |tx| once(tx, &tenant, &press, |tx| rule::change_policy(tx, &tenant, &by, from, &entry))).await?;
    match changed {
        Once::Answer(policy) => Ok(Reply::Json(policy)),
        Once::OtherRequest => Err(Refused::new(Code::Request)),
        Once::Refused(fault) => Err(faulty(fault)),
    }
}
