//! The portal of 資格確認限定型 (LA-1…LA-5): registration, login, application, settings sheet.

use std::sync::Arc;

use shared::api::portal::{self as api, ApplicantHome, Application, SHEET_CODE_LIFE_MS, SheetMade};
use shared::api::{Code, Detail};
use shared::bytes::Base64;
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::code::{ActivationCode, DeviceLabel};
use shared::domain::facility::MailAddress;

use crate::account::generated_password;
use crate::app::App;
use crate::call::{Applicant, Call, Nobody, Reply, Serve};
use crate::peer::network_of;
use crate::portal::{check_own_password, confirm_keys, login_keys, opened, read_link, read_reset_link};
use crate::refused::Refused;
use crate::rule::portal::{self as rule, NewSheet};
use crate::session::{SessionId, set_applicant_cookie};
use crate::sheet::{self, NoSheet, PaperFont, SheetText};
use crate::store::code::NewCodeRow;
use crate::store::portal::ApplicantRecord;
use crate::store::{ApplicantId, Attempt, AttemptPolicy, CodeId, Sha256, portal as store};
use crate::tenant::Tenant;
use crate::{rule as rules, store as kept};

/// The endpoints of this desk, by their handlers.
pub(crate) fn serve<S: Serve>(gate: S) -> S {
    gate.on(register).on(confirm).on(log_in).on(ask_password).on(set_password).on(log_out).on(state).on(apply).on(make_sheet)
}

async fn register(app: Arc<App>, call: Call<api::RegisterApplicant, Nobody>) -> Result<Reply<()>, Refused> {
    app.rates.registrations_by_address.take(network_of(call.address), call.now)?;
    let api::Registration { facility, name, facility_name, phone, mail, password } = call.body;
    check_own_password(&password, &mail).map_err(|why| Refused::new(Code::Password).with(Detail::Password(why)))?;
    // The same work whoever asks: how long it takes says nothing about the address.
    let password_hash = app.passwords.hash(password).await?;
    let new = ApplicantRecord {
        id: ApplicantId::new(call.now, app.random.bytes()?),
        facility,
        name: name.to_string(),
        facility_name: facility_name.to_string(),
        phone: phone.to_string(),
        mail_key: mail.key(),
        mail: mail.to_string(),
        password_hash,
        at: call.now,
    };
    app.db.write(move |tx| rule::register(tx, &new)).await?;
    Ok(Reply::Json(()))
}

/// Counts a try, or says how long to wait.
async fn count<const N: usize>(app: &App, keys: [(Sha256, AttemptPolicy); N], now: UnixMs) -> Result<(), Refused> {
    match app.db.write(move |tx| rules::attempt::count(tx, &keys, now)).await? {
        Attempt::Allowed => Ok(()),
        Attempt::Wait { until, .. } => {
            let ms = until.0.saturating_sub(now.0).max(0);
            let seconds = u32::try_from(ms.saturating_add(999) / 1000).unwrap_or(u32::MAX);
            Err(Refused::new(Code::Wait).with(Detail::RetryAfterS(seconds)))
        }
    }
}

/// The try was none that failed.
async fn forgive<const N: usize>(app: &App, keys: [(Sha256, AttemptPolicy); N]) -> Result<(), Refused> {
    let keys = keys.map(|(key, _)| key);
    Ok(app.db.write(move |tx| keys.split_first().map_or(Ok(()), |(own, others)| rules::attempt::forgive(tx, &[*own], others))).await?)
}

async fn confirm(app: Arc<App>, call: Call<api::ConfirmApplicant, Nobody>) -> Result<Reply<()>, Refused> {
    let (api::Confirmation { link, password }, now) = (call.body, call.now);
    let over = || Refused::new(Code::Link);
    let id = read_link(&app.visit_key, &link).ok_or_else(over)?;
    let of = id.clone();
    let found = app.db.read(move |tx| rule::waiting(tx, &of, now)).await?.ok_or_else(over)?;
    let keys = confirm_keys(&id, call.address);
    count(&app, keys, now).await?;
    if !is_right(&app, &found.password_hash, password).await? {
        return Err(Refused::new(Code::Login));
    }
    forgive(&app, keys).await?;
    if !app.db.write(move |tx| rule::confirm(tx, &id, now)).await? {
        return Err(over());
    }
    Ok(Reply::Json(()))
}

async fn is_right(app: &App, hash: &str, password: String) -> Result<bool, Refused> {
    if password.len() > shared::api::office::PASSWORD_INPUT_MAX {
        return Ok(false);
    }
    Ok(app.passwords.is_of(Some(hash), password).await?)
}

/// Answers the same and takes the same rate, whoever asks: what follows stands in a mail.
async fn ask_password(app: Arc<App>, call: Call<api::AskApplicantPassword, Nobody>) -> Result<Reply<()>, Refused> {
    app.rates.registrations_by_address.take(network_of(call.address), call.now)?;
    let (key, now) = (call.body.mail.key(), call.now);
    app.db.write(move |tx| rules::applicant::forget_password(tx, &key, now)).await?;
    Ok(Reply::Json(()))
}

async fn set_password(app: Arc<App>, call: Call<api::SetApplicantPassword, Nobody>) -> Result<Reply<()>, Refused> {
    let (api::Confirmation { link, password }, now) = (call.body, call.now);
    let over = || Refused::new(Code::Link);
    let (id, at) = read_reset_link(&app.visit_key, &link).ok_or_else(over)?;
    let of = id.clone();
    let found = app.db.read(move |tx| rules::applicant::of_link(tx, &of, at, now)).await?.ok_or_else(over)?;
    let mail = MailAddress::try_from(found.who.mail.as_str()).map_err(|_| Refused::new(Code::Internal))?;
    check_own_password(&password, &mail).map_err(|why| Refused::new(Code::Password).with(Detail::Password(why)))?;
    let hash = app.passwords.hash(password).await?;
    if !app.db.write(move |tx| rules::applicant::set_password(tx, &id, at, &hash, now)).await? {
        return Err(over());
    }
    Ok(Reply::Json(()))
}

async fn log_in(app: Arc<App>, call: Call<api::LogInApplicant, Nobody>) -> Result<Reply<ApplicantHome>, Refused> {
    let trail = call.trail();
    let (api::ApplicantLogin { mail, password }, now) = (call.body, call.now);
    let wrong = || Refused::new(Code::Login);
    let keys = login_keys(&mail, call.address);
    count(&app, keys, now).await?;
    let key = mail.key();
    let found = app.db.read(move |tx| store::by_mail(tx, &key)).await?;
    let hash = found.as_ref().map(|found| found.who.password_hash.clone());
    let password = if password.len() <= shared::api::office::PASSWORD_INPUT_MAX { password } else { String::new() };
    // The same work for an address that nobody has.
    let is_right = app.passwords.is_of(hash.as_deref(), password).await?;
    if !is_right {
        // Those of an hour are one row; an address that nobody has is nobody's.
        let row = match &found {
            Some(found) => trail.clone().of_applicant(&found.who.id, found.institution.clone()).refused(Code::Login),
            None => trail.refused(Code::Login),
        };
        app.db.write(move |tx| rules::audit::refused(tx, &row)).await?;
    }
    let (Some(found), Some(hash)) = (found.filter(|_| is_right), hash) else { return Err(wrong()) };
    forgive(&app, keys).await?;
    let id = SessionId::new(&app.random)?;
    let (session, applicant) = (opened(&id, found.who.id.clone(), now), found.who.id);
    let done = trail.of_applicant(&applicant, found.institution).ok(None);
    let home = app.db.write(move |tx| {
        if !rule::log_in(tx, &session, &hash)? {
            return Ok(None);
        }
        kept::audit::add(tx, &done)?;
        rule::home(tx, &applicant, now)
    });
    let home = home.await?.ok_or_else(wrong)?;
    Ok(Reply::WithCookie(home, set_applicant_cookie(Some(&id), app.door.origin.is_https())))
}

async fn log_out(app: Arc<App>, call: Call<api::LogOutApplicant, Applicant>) -> Result<Reply<()>, Refused> {
    let id = call.right.session.id_sha256;
    app.db.write(move |tx| store::end_session(tx, &id)).await?;
    Ok(Reply::WithCookie((), set_applicant_cookie(None, app.door.origin.is_https())))
}

/// How the application stands.
async fn home(app: &App, id: ApplicantId, now: UnixMs) -> Result<ApplicantHome, Refused> {
    let home = app.db.read(move |tx| rule::home(tx, &id, now)).await?;
    home.ok_or_else(|| Refused::new(Code::Session))
}

async fn state(app: Arc<App>, call: Call<api::ApplicantState, Applicant>) -> Result<Reply<ApplicantHome>, Refused> {
    home(&app, call.right.found.who.id, call.now).await.map(Reply::Json)
}

async fn apply(app: Arc<App>, call: Call<api::SendApplication, Applicant>) -> Result<Reply<ApplicantHome>, Refused> {
    let (id, now, application): (_, _, Application) = (call.right.found.who.id, call.now, call.body);
    if !application.is_whole() {
        return Err(Refused::new(Code::Request));
    }
    let of = id.clone();
    if !app.db.write(move |tx| rule::apply(tx, &of, &application, now)).await? {
        return Err(Refused::new(Code::Application));
    }
    home(&app, id, now).await.map(Reply::Json)
}

/// A code for a device, drawn now: its row, and the digits that no row has.
async fn new_code(app: &App, tenant: &Tenant, number: u32, now: UnixMs) -> Result<(NewCodeRow, ActivationCode), Refused> {
    let digits = ActivationCode::from_random(app.random.bytes()?);
    let hash = app.passwords.hash_of_code(digits.clone(), tenant.code()).await?;
    let label = DeviceLabel::try_from(format!("端末{number}").as_str()).map_err(|why| Refused::new(Code::Internal).because(why))?;
    let (id, expires_at) = (CodeId::new(now, app.random.bytes()?), now.plus_ms(SHEET_CODE_LIFE_MS));
    Ok((NewCodeRow { id, label, hash, issued_at: now, issued_by: None, expires_at }, digits))
}

async fn make_sheet(app: Arc<App>, call: Call<api::MakeSheet, Applicant>) -> Result<Reply<SheetMade>, Refused> {
    let not_there = || Refused::new(Code::NotFound);
    let (trail, now, made) = (call.trail(), call.now, call.body.made);
    let user = UserId::try_from(call.path.user.as_str()).map_err(|_| not_there())?;
    let Applicant { found, tenant, .. } = call.right;
    let tenant = tenant.ok_or_else(not_there)?;
    let of = tenant.clone();
    let (institution, standing) = app.db.read(move |tx| kept::institution::find_standing(tx, &of)).await?.ok_or_else(not_there)?;
    // Under a code that has ended nobody is let in any more (OT-30).
    if let Some(at) = standing.closed_at {
        return Err(Refused::code_changed(at, institution.settings.contact));
    }
    let (of, named) = (tenant.clone(), user.clone());
    let account = app.db.read(move |tx| kept::account::of(tx, &of, &named)).await?.ok_or_else(not_there)?.account;
    // Before anything is changed: without a font there is no paper.
    let font = font(&app).await?;
    let password = generated_password(&app.random)?;
    let password_hash = app.passwords.hash(password.clone()).await?;
    let devices = if account.kind == AccountKind::General { found.sent.as_ref().map_or(0, |sent| sent.devices) } else { 0 };
    let (mut codes, mut digits) = (Vec::new(), Vec::new());
    for number in 1..=devices {
        let (row, code) = new_code(&app, &tenant, number, now).await?;
        digits.push((row.label.clone(), code));
        codes.push(row);
    }
    let new = NewSheet { user: user.clone(), made, password_hash, codes };
    let (of, entry) = (tenant.clone(), trail.ok(Some(user.as_str())));
    let told = app.db.write(move |tx| rule::sheet(tx, &of, &new, &entry)).await?.map_err(Refused::new)?;
    let text = SheetText {
        institution: institution.code,
        institution_name: institution.name,
        user,
        kind: told.kind,
        password,
        codes: digits.into_iter().filter(|(label, _)| told.codes.contains(label)).collect(),
        in_use: told.in_use,
        codes_until: now.plus_ms(SHEET_CODE_LIFE_MS),
        origin: app.door.origin.as_str().to_owned(),
        made_at: now,
        number: made.saturating_add(1),
    };
    let drawn = tokio::task::spawn_blocking(move || sheet::pdf(&font, &text));
    let pdf = drawn.await.map_err(|why| Refused::new(Code::Internal).because(why))?.map_err(no_sheet)?;
    let home = home(&app, found.who.id, now).await?;
    Ok(Reply::Json(SheetMade { pdf: Base64(pdf), home }))
}

/// The font of this server's papers.
async fn font(app: &App) -> Result<PaperFont, Refused> {
    let file = app.font.clone();
    let read = tokio::task::spawn_blocking(move || PaperFont::read(&file));
    read.await.map_err(|why| Refused::new(Code::Internal).because(why))?.map_err(no_sheet)
}

fn no_sheet(why: NoSheet) -> Refused {
    match why {
        NoSheet::Unreadable(..) | NoSheet::NoFont(_) => {
            tracing::error!("a settings sheet was asked for: {why}");
            Refused::new(Code::Paper).because(why)
        }
        NoSheet::Page(_) => Refused::new(Code::Internal).because(why),
    }
}
