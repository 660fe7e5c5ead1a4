//! The office desk, first part: login, reception URL, consented list.

mod account;
mod aid;
mod audit;
mod backup;
mod bulk_check;
mod certificate;
mod check;
mod code;
mod consents;
mod day;
mod enquiry;
mod factor;
mod grant;
mod hand_over;
mod home;
mod later;
mod lock;
pub(super) mod login;
mod maintenance;
mod medical;
mod month;
mod notice;
mod opening;
mod operation;
mod passkey_login;
mod posted;
mod reception_url;
mod reference;
mod requery;
mod settings;
mod subsidy;
mod succession;
mod support_desk;
mod token;
mod training;
mod withdrawal;

use std::sync::Arc;

use shared::api::device::DEVICE_IDLE_MS;
use shared::api::office as api;
use shared::api::office::{ChosenCoverage, ConsentDetails, ConsentRow, CoverageChoice, PASSWORD_INPUT_MAX, PasswordChange, Session};
use shared::api::{Code, Detail};
use shared::domain::account::{WeakPassword, check_password};
use shared::domain::calendar::UnixMs;

use crate::account::LoginTry;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::home_screen;
use crate::refused::Refused;
use crate::rule::answer::{Once, once};
use crate::rule::attempt::Counted;
use crate::rule::consent::Chosen;
use crate::session::{self, LOCK_MS, SessionId};
use crate::store::{
    Account, Attempt, AuditEntry, ConsentId, ConsentRecord, FactorStanding, Institution, NewPassword, SessionFound, SessionRecord, Standing,
};
use crate::{rule, store};

/// Longest condition of a search, in characters.
const CONDITION_MAX: usize = 64;

/// The endpoints of this desk, by their handlers.
pub(crate) fn serve<S: Serve>(gate: S) -> S {
    let gate = account::serve(gate);
    let gate = aid::serve(gate);
    let gate = audit::serve(gate);
    let gate = withdrawal::serve(gate);
    let gate = backup::serve(gate);
    let gate = certificate::serve(gate);
    let gate = check::serve(gate);
    let gate = bulk_check::serve(gate);
    let gate = grant::serve(gate);
    let gate = hand_over::serve(gate);
    let gate = code::serve(gate);
    let gate = factor::serve(gate);
    let gate = login::serve(gate);
    let gate = passkey_login::serve(gate);
    let gate = home::serve(gate);
    let gate = lock::serve(gate);
    let gate = notice::serve(gate);
    let gate = posted::serve(gate);
    let gate = settings::serve(gate);
    let gate = operation::serve(gate);
    let gate = maintenance::serve(gate);
    let gate = medical::serve(gate);
    let gate = support_desk::serve(gate);
    let gate = enquiry::serve(gate);
    let gate = reception_url::serve(gate);
    let gate = subsidy::serve(gate);
    let gate = succession::serve(gate);
    let gate = training::serve(gate);
    let gate = token::serve(gate);
    let gate = requery::serve(gate);
    let gate = month::serve(gate);
    let gate = day::serve(gate);
    let gate = opening::serve(gate);
    let gate = later::serve(gate);
    let gate = consents::serve(gate);
    let gate = reference::serve(gate);
    gate.on(logout).on(me).on(change_password).on(consent_detail).on(choose_coverage)
}

async fn logout(app: Arc<App>, call: Call<api::Logout, Staff>) -> Result<Reply<()>, Refused> {
    let (id, entry) = (call.right.found.session.id_sha256, call.trail().ok(None));
    app.db.write(move |tx| rule::session::end(tx, &id, &entry)).await?;
    Ok(Reply::WithCookie((), session::clear_cookie(app.door.origin.is_https())))
}

async fn me(app: Arc<App>, call: Call<api::Me, Staff>) -> Result<Reply<Session>, Refused> {
    let SessionFound { session, account, institution, standing, factor } = call.right.found;
    Ok(Reply::Json(session_of(&app, &session, &account, &institution, standing, &factor, call.now)))
}

async fn change_password(app: Arc<App>, call: Call<api::ChangePassword, Staff>) -> Result<Reply<Session>, Refused> {
    let trail = call.trail();
    let (Staff { found, tenant }, PasswordChange { old, new }) = (call.right, call.body);
    if old.len() > PASSWORD_INPUT_MAX || new.len() > PASSWORD_INPUT_MAX {
        return Err(Refused::new(Code::Password).with(Detail::Password(WeakPassword::TooLong)));
    }
    let (code, user) = (&found.institution.code, &found.account.user);
    let browser = call.browser.as_ref().map(SessionId::sha256);
    let of = LoginTry { has_session: true, ..LoginTry::new(code, user, call.address, browser) };
    let counted = count(&app, &of, call.now).await?;
    if let Attempt::Wait { until, .. } = counted.attempt {
        return Err(Refused::new(Code::Wait).with(Detail::RetryAfterS(seconds_until(until, call.now))));
    }
    let is_same = old == new;
    if !judge(&app, &counted, Some(&found.account), old).await? {
        record(&app, trail.refused(Code::Login)).await?;
        return Err(Refused::new(Code::Login));
    }
    app.db.write(move |tx| rule::attempt::was_right(tx, &counted)).await?;
    let refused = |why| Refused::new(Code::Password).with(Detail::Password(why));
    check_password(&new, user, code.as_str()).map_err(refused)?;
    if is_same {
        return Err(refused(WeakPassword::Unchanged));
    }
    let password_hash = app.passwords.hash(new).await?;
    let id = SessionId::new(&app.random)?;
    // The new session does not live longer than the one it takes the place of.
    let opened = SessionRecord {
        ends_at: found.session.ends_at,
        opened_at: found.session.opened_at,
        address: found.session.address.clone(),
        proved_at: found.session.proved_at,
        ..session::opened(&id, code.clone(), user.clone(), call.now)
    };
    let new = NewPassword {
        session: opened.clone(),
        former: found.session.id_sha256,
        judged: found.account.password_hash.clone(),
        password_hash,
        audit: trail.ok(None),
    };
    if !app.db.write(move |tx| rule::session::change_password(tx, &tenant, &new)).await? {
        // Logged out, or changed elsewhere, while this one was judged.
        return Err(Refused::new(Code::Session));
    }
    let account = Account { must_change_password: false, ..found.account };
    let cookie = session::set_cookie(&id, app.door.origin.is_https());
    Ok(Reply::WithCookie(session_of(&app, &opened, &account, &found.institution, found.standing, &found.factor, call.now), cookie))
}

pub(super) async fn count(app: &App, of: &LoginTry, now: UnixMs) -> Result<Counted, Refused> {
    let of = of.clone();
    Ok(app.db.write(move |tx| rule::attempt::count_login(tx, &of, now)).await?)
}

pub(super) async fn record(app: &App, entry: AuditEntry) -> Result<(), Refused> {
    Ok(app.db.write(move |tx| store::audit::add(tx, &entry)).await?)
}

/// True when the password is the account's. A password that could not be judged is no failure of who tried.
pub(super) async fn judge(app: &App, counted: &Counted, account: Option<&Account>, password: String) -> Result<bool, Refused> {
    match app.passwords.verify(account, password).await {
        Ok(is_right) => Ok(is_right),
        Err(why) => {
            let given_back = counted.keys();
            app.db.write(move |tx| rule::attempt::forgive(tx, &[], &given_back)).await?;
            Err(why.into())
        }
    }
}

/// What a press came to, as an answer.
pub(super) fn answered<T>(once: Once<T, Code>) -> Result<Reply<T>, Refused> {
    match once {
        Once::Answer(answer) => Ok(Reply::Json(answer)),
        Once::OtherRequest => Err(Refused::new(Code::Request)),
        Once::Refused(code) => Err(Refused::new(code)),
    }
}

async fn consent_detail(app: Arc<App>, call: Call<api::ConsentDetail, Staff>) -> Result<Reply<ConsentDetails>, Refused> {
    let not_there = || Refused::new(Code::NotFound);
    let trail = call.trail();
    let id = ConsentId::parse(call.path.consent.as_str()).ok_or_else(not_there)?;
    let (tenant, of) = (call.right.tenant, id.clone());
    let consent = app.db.read(move |tx| store::consent::find(tx, &tenant, &of)).await?.ok_or_else(not_there)?;
    record(&app, trail.ok(Some(id.as_str()))).await?;
    Ok(Reply::Json(details_of(consent, call.now)))
}

async fn choose_coverage(app: Arc<App>, call: Call<api::ChooseCoverage, Staff>) -> Result<Reply<ConsentDetails>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, CoverageChoice { coverage, shown }) = (call.right, call.body);
    let id = ConsentId::parse(call.path.consent.as_str()).ok_or_else(|| Refused::new(Code::NotFound))?;
    let choice = ChosenCoverage { coverage, at: now, by: found.account.user };
    let entry = trail.ok(Some(id.as_str()));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            Ok(match rule::consent::choose_coverage(tx, &tenant, &id, &choice, shown, &entry)? {
                Chosen::Kept(consent) => Ok(details_of(*consent, now)),
                Chosen::NotThere => Err(Code::NotFound),
                Chosen::NotOffered | Chosen::ChangedMeanwhile => Err(Code::Request),
            })
        })
    });
    answered(answer.await?)
}

fn details_of(record: ConsentRecord, now: UnixMs) -> ConsentDetails {
    let row = row_of(&record, now);
    let eligibility = record.shown_at(record.eligibility.clone(), now);
    let ConsentRecord { receipt, visit_kind, check_way, medium, checks, chosen, occasion, .. } = record;
    ConsentDetails { row, receipt, visit_kind, eligibility, check_way, medium, checks, chosen, occasion }
}

fn row_of(record: &ConsentRecord, now: UnixMs) -> ConsentRow {
    ConsentRow {
        hand_over: None,
        id: record.id.as_str().to_owned(),
        person: record.person().cloned(),
        reference_number: record.reference_number.clone(),
        items: record.items_at(now),
        booked_on: record.booked_on,
        consented_at: record.consented_at,
        expires_at: record.expires_at,
        replaced_at: record.replaced_at,
        validity: record.eligibility.validity,
        is_chosen: record.chosen.is_some(),
    }
}

pub(super) fn session_of(
    app: &App,
    session: &SessionRecord,
    account: &Account,
    institution: &Institution,
    standing: Standing,
    factor: &FactorStanding,
    now: UnixMs,
) -> Session {
    Session {
        institution: institution.code.clone(),
        institution_name: institution.name.clone(),
        user: account.user.clone(),
        user_name: account.name.clone(),
        kind: account.kind,
        edition: institution.edition,
        must_change_password: account.must_change_password,
        must_add_factor: rule::factor::is_missing(account.kind, factor, now.jst_date()),
        has_second_factor: factor.since.is_some(),
        second_factor_from: factor.demanded_from,
        idle_ms: if session.device.is_some() { DEVICE_IDLE_MS } else { LOCK_MS },
        is_locked: session::is_locked(session, now),
        ends_at: session.ends_at,
        now,
        helper: app.helper,
        is_training: standing.is_training,
        readable_until: standing.closed_at.map(rule::succession::readable_until),
        manifest: home_screen::manifest_path(&app.visit_key, &institution.code),
    }
}

fn seconds_until(until: UnixMs, now: UnixMs) -> u32 {
    let ms = until.0.saturating_sub(now.0).max(0);
    u32::try_from(ms.saturating_add(999) / 1000).unwrap_or(u32::MAX)
}
