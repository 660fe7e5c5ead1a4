//! The office desk, first part: login, reception URL, consented list.

use std::sync::Arc;

use shared::api::office::{
    CURSOR_MAX, ChosenCoverage, ConsentDetails, ConsentPage, ConsentRow, ConsentSearch, CoverageChoice, LoginRequest, PAGE_ROWS,
    PASSWORD_INPUT_MAX, PasswordChange, ReceptionUrlInfo, Session, UrlChange,
};
use shared::api::{Code, Detail};
use shared::domain::account::{AccountKind, WeakPassword, check_password};
use shared::domain::calendar::UnixMs;
use shared::domain::institution::{ReceptionToken, VisitKind};
use shared::domain::typed;

use crate::account::{AttemptKeys, is_in_period};
use crate::app::App;
use crate::consent::{items_now, receipt_key, search_key};
use crate::export::qr;
use crate::refused::Refused;
use crate::route::{Call, Nobody, Reply, Staff};
use crate::rule::consent::Chosen;
use crate::session::{self, IDLE_MS, SessionId};
use crate::store::{
    Account, Attempt, AuditEntry, ConsentId, ConsentQuery, ConsentRecord, Cursor, Institution, NewPassword, ReceptionUrlRecord,
    SessionFound, SessionRecord, Sha256,
};
use crate::{rule, store};

/// Longest condition of a search, in characters.
const CONDITION_MAX: usize = 64;

pub(super) async fn login(app: Arc<App>, call: Call<Nobody, LoginRequest>) -> Result<Reply<Session>, Refused> {
    let LoginRequest { institution: code, user, password } = call.body;
    let now = call.now;
    let entry = |outcome: &str| AuditEntry {
        at: now,
        institution: Some(code.clone()),
        actor: format!("user {user}"),
        action: "office.login".into(),
        subject: None,
        outcome: outcome.to_owned(),
    };
    let keys = AttemptKeys::new(&code, &user, call.address);
    if let Attempt::Wait { until, is_first } = count_attempt(&app, &keys, now).await? {
        // One row for each wait: whoever keeps on asking does not fill the disk.
        if is_first {
            record(&app, entry("U-WAIT")).await?;
        }
        return Err(Refused::new(Code::Wait).with(Detail::RetryAfterS(seconds_until(until, now))));
    }
    let found = if password.len() <= PASSWORD_INPUT_MAX {
        let (code, user) = (code.clone(), user.clone());
        app.db.read(move |tx| store::account::find(tx, &code, &user)).await?
    } else {
        None
    };
    let account = found.as_ref().map(|(account, _)| account);
    let password = if password.len() <= PASSWORD_INPUT_MAX { password } else { String::new() };
    let is_right = judge(&app, &keys, account, password).await?;
    let Some((account, institution)) = found.filter(|_| is_right) else {
        record(&app, entry("U-LOGIN")).await?;
        return Err(Refused::new(Code::Login));
    };
    forgive(&app, keys.of_account(), vec![keys.address()]).await?;
    if !is_in_period(&account, now.jst_date()) {
        record(&app, entry("U-X44")).await?;
        return Err(Refused::new(Code::X44));
    }
    let id = SessionId::new(&app.random)?;
    let opened = session::opened(&id, code.clone(), user.clone(), now);
    let (new, judged, done) = (opened.clone(), account.password_hash.clone(), entry("ok"));
    if !app.db.write(move |tx| rule::session::open(tx, &new, &judged, &done)).await? {
        // The password was changed while this one was judged.
        record(&app, entry("U-LOGIN")).await?;
        return Err(Refused::new(Code::Login));
    }
    let cookie = session::set_cookie(&id, app.origin.is_https());
    Ok(Reply::WithCookie(session_of(&app, &opened, &account, &institution, now), cookie))
}

pub(super) async fn logout(app: Arc<App>, call: Call<Staff, ()>) -> Result<Reply<()>, Refused> {
    let found = call.right.0;
    let (id, entry) = (found.session.id_sha256, entry_of(&found, "office.logout", None, call.now));
    app.db.write(move |tx| rule::session::end(tx, &id, &entry)).await?;
    Ok(Reply::WithCookie((), session::clear_cookie(app.origin.is_https())))
}

pub(super) async fn me(app: Arc<App>, call: Call<Staff, ()>) -> Result<Reply<Session>, Refused> {
    let SessionFound { session, account, institution } = call.right.0;
    Ok(Reply::Json(session_of(&app, &session, &account, &institution, call.now)))
}

pub(super) async fn change_password(app: Arc<App>, call: Call<Staff, PasswordChange>) -> Result<Reply<Session>, Refused> {
    let (found, PasswordChange { old, new }) = (call.right.0, call.body);
    if old.len() > PASSWORD_INPUT_MAX || new.len() > PASSWORD_INPUT_MAX {
        return Err(Refused::new(Code::Password).with(Detail::Password(WeakPassword::TooLong)));
    }
    let (code, user) = (&found.institution.code, &found.account.user);
    let keys = AttemptKeys::new(code, user, call.address);
    if let Attempt::Wait { until, .. } = count_attempt(&app, &keys, call.now).await? {
        return Err(Refused::new(Code::Wait).with(Detail::RetryAfterS(seconds_until(until, call.now))));
    }
    let is_same = old == new;
    if !judge(&app, &keys, Some(&found.account), old).await? {
        let entry = AuditEntry { outcome: "U-LOGIN".to_owned(), ..entry_of(&found, "office.change_password", None, call.now) };
        record(&app, entry).await?;
        return Err(Refused::new(Code::Login));
    }
    forgive(&app, keys.of_account(), vec![keys.address()]).await?;
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
        ..session::opened(&id, code.clone(), user.clone(), call.now)
    };
    let new = NewPassword {
        session: opened.clone(),
        former: found.session.id_sha256,
        judged: found.account.password_hash.clone(),
        password_hash,
        audit: entry_of(&found, "office.change_password", None, call.now),
    };
    if !app.db.write(move |tx| rule::session::change_password(tx, &new)).await? {
        // Logged out, or changed elsewhere, while this one was judged.
        return Err(Refused::new(Code::Session));
    }
    let account = Account { must_change_password: false, ..found.account };
    let cookie = session::set_cookie(&id, app.origin.is_https());
    Ok(Reply::WithCookie(session_of(&app, &opened, &account, &found.institution, call.now), cookie))
}

async fn count_attempt(app: &App, keys: &AttemptKeys, now: UnixMs) -> Result<Attempt, Refused> {
    let policies = keys.policies();
    Ok(app.db.write(move |tx| rule::attempt::count(tx, &policies, now)).await?)
}

async fn forgive(app: &App, forgotten: Vec<Sha256>, given_back: Vec<Sha256>) -> Result<(), Refused> {
    Ok(app.db.write(move |tx| rule::attempt::forgive(tx, &forgotten, &given_back)).await?)
}

async fn record(app: &App, entry: AuditEntry) -> Result<(), Refused> {
    Ok(app.db.write(move |tx| store::audit::add(tx, &entry)).await?)
}

/// True when the password is the account's. A password that could not be judged is no failure of who tried.
async fn judge(app: &App, keys: &AttemptKeys, account: Option<&Account>, password: String) -> Result<bool, Refused> {
    match app.passwords.verify(account, password).await {
        Ok(is_right) => Ok(is_right),
        Err(why) => {
            forgive(app, Vec::new(), keys.all()).await?;
            Err(why.into())
        }
    }
}

pub(super) async fn reception_url(app: Arc<App>, call: Call<Staff, ()>) -> Result<Reply<ReceptionUrlInfo>, Refused> {
    let found = call.right.0;
    let record = current_url(&app, &found).await?;
    url_info(&app, &found, record).map(Reply::Json)
}

pub(super) async fn reception_qr_svg(app: Arc<App>, call: Call<Staff, ()>) -> Result<Reply<()>, Refused> {
    let record = current_url(&app, &call.right.0).await?;
    let bytes = qr::svg(&full_url(&app, &record.token)).map_err(no_qr)?.into_bytes();
    Ok(Reply::File { media_type: "image/svg+xml", name: file_name(&call.right.0, "svg"), bytes })
}

pub(super) async fn reception_qr_png(app: Arc<App>, call: Call<Staff, ()>) -> Result<Reply<()>, Refused> {
    let record = current_url(&app, &call.right.0).await?;
    let bytes = qr::png(&full_url(&app, &record.token)).map_err(no_qr)?;
    Ok(Reply::File { media_type: "image/png", name: file_name(&call.right.0, "png"), bytes })
}

pub(super) async fn change_reception_url(app: Arc<App>, call: Call<Staff, UrlChange>) -> Result<Reply<ReceptionUrlInfo>, Refused> {
    let (found, change) = (call.right.0, call.body);
    if change.typed_institution != found.institution.code.as_str() {
        return Err(Refused::new(Code::Request));
    }
    let present = current_url(&app, &found).await?.token;
    if full_url(&app, &present) != change.present_url {
        return Err(Refused::new(Code::Request));
    }
    let next = ReceptionToken::from_random(app.random.bytes()?);
    let entry = entry_of(&found, "office.change_reception_url", None, call.now);
    let changed = app.db.write(move |tx| rule::institution::change_url(tx, VisitKind::HomeVisit, &present, &next, &entry)).await?;
    let record = changed.ok_or_else(|| Refused::new(Code::Request))?;
    url_info(&app, &found, record).map(Reply::Json)
}

pub(super) async fn search_consents(app: Arc<App>, call: Call<Staff, ConsentSearch>) -> Result<Reply<ConsentPage>, Refused> {
    let (found, search) = (call.right.0, call.body);
    let is_long = |text: &str| text.chars().count() > CONDITION_MAX;
    let conditions = [&search.name_prefix, &search.reference_number, &search.receipt];
    if search.consented_from > search.consented_to || conditions.into_iter().any(|text| is_long(text)) {
        return Err(Refused::new(Code::Request));
    }
    let read = |text: &String| Cursor::parse(text).filter(|_| text.len() <= CURSOR_MAX).ok_or_else(|| Refused::new(Code::Request));
    let cursor = search.cursor.as_ref().map(read).transpose()?;
    let query = ConsentQuery {
        from: search.consented_from,
        to: search.consented_to,
        name_key: search_key(&search.name_prefix),
        reference_number: typed::number(&search.reference_number),
        receipt: receipt_key(&search.receipt),
        state: search.state,
        order: search.order,
        cursor,
        rows: PAGE_ROWS,
        now: call.now,
    };
    let code = found.institution.code.clone();
    let hits = app.db.search(move |tx| store::consent::search(tx, &code, &query)).await?;
    record(&app, entry_of(&found, "office.search_consents", None, call.now)).await?;
    let rows = hits.rows.iter().map(|record| row_of(record, call.now)).collect();
    let text = |cursor: Option<Cursor>| cursor.map(|cursor| cursor.to_text());
    let (previous, next) = (text(hits.previous), text(hits.next));
    let store::ConsentHits { total, is_total_more, ahead, damaged, .. } = hits;
    Ok(Reply::Json(ConsentPage { total, is_total_more, ahead, previous, next, damaged, rows, now: call.now }))
}

pub(super) async fn consent_detail(app: Arc<App>, call: Call<Staff, ()>) -> Result<Reply<ConsentDetails>, Refused> {
    let found = call.right.0;
    let not_there = || Refused::new(Code::NotFound);
    let id = ConsentId::parse(&call.part).ok_or_else(not_there)?;
    let (code, of) = (found.institution.code.clone(), id.clone());
    let consent = app.db.read(move |tx| store::consent::find(tx, &code, &of)).await?.ok_or_else(not_there)?;
    record(&app, entry_of(&found, "office.consent_detail", Some(&id), call.now)).await?;
    Ok(Reply::Json(details_of(consent, call.now)))
}

pub(super) async fn choose_coverage(app: Arc<App>, call: Call<Staff, CoverageChoice>) -> Result<Reply<ConsentDetails>, Refused> {
    let (found, CoverageChoice { coverage, shown }, now) = (call.right.0, call.body, call.now);
    let not_there = || Refused::new(Code::NotFound);
    let (code, id) = (found.institution.code.clone(), ConsentId::parse(&call.part).ok_or_else(not_there)?);
    let choice = ChosenCoverage { coverage, at: now, by: found.account.user.clone() };
    let entry = entry_of(&found, "office.choose_coverage", Some(&id), now);
    match app.db.write(move |tx| rule::consent::choose_coverage(tx, &code, &id, &choice, shown, &entry)).await? {
        Chosen::Kept(consent) => Ok(Reply::Json(details_of(*consent, now))),
        Chosen::NotThere => Err(not_there()),
        Chosen::NotOffered | Chosen::ChangedMeanwhile => Err(Refused::new(Code::Request)),
    }
}

fn details_of(record: ConsentRecord, now: UnixMs) -> ConsentDetails {
    let row = row_of(&record, now);
    let ConsentRecord { receipt, visit_kind, eligibility, check_way, medium, checks, chosen, .. } = record;
    ConsentDetails { row, receipt, visit_kind, eligibility, check_way, medium, checks, chosen }
}

fn row_of(record: &ConsentRecord, now: UnixMs) -> ConsentRow {
    ConsentRow {
        id: record.id.as_str().to_owned(),
        person: record.person().cloned(),
        reference_number: record.reference_number.clone(),
        items: items_now(record, now),
        consented_at: record.consented_at,
        expires_at: record.expires_at,
        replaced_at: record.replaced_at,
        validity: record.eligibility.validity,
        is_chosen: record.chosen.is_some(),
    }
}

fn session_of(app: &App, session: &SessionRecord, account: &Account, institution: &Institution, now: UnixMs) -> Session {
    Session {
        institution: institution.code.clone(),
        institution_name: institution.name.clone(),
        user: account.user.clone(),
        user_name: account.name.clone(),
        kind: account.kind,
        must_change_password: account.must_change_password,
        idle_ms: IDLE_MS,
        ends_at: session.ends_at,
        now,
        helper: app.helper,
    }
}

fn entry_of(found: &SessionFound, action: &'static str, subject: Option<&ConsentId>, at: UnixMs) -> AuditEntry {
    AuditEntry {
        at,
        institution: Some(found.institution.code.clone()),
        actor: format!("user {}", found.account.user),
        action: action.into(),
        subject: subject.map(|id| id.as_str().to_owned()),
        outcome: "ok".to_owned(),
    }
}

async fn current_url(app: &App, found: &SessionFound) -> Result<ReceptionUrlRecord, Refused> {
    let code = found.institution.code.clone();
    let current = app.db.read(move |tx| store::institution::current_url(tx, &code, VisitKind::HomeVisit)).await?;
    current.ok_or_else(|| Refused::new(Code::NotFound))
}

fn full_url(app: &App, token: &ReceptionToken) -> String {
    format!("{}/r/{}", app.origin.as_str(), token.as_str())
}

fn url_info(app: &App, found: &SessionFound, record: ReceptionUrlRecord) -> Result<ReceptionUrlInfo, Refused> {
    let url = full_url(app, &record.token);
    Ok(ReceptionUrlInfo {
        visit_kind: VisitKind::HomeVisit,
        qr_svg: qr::svg(&url).map_err(no_qr)?,
        url,
        institution_name: found.institution.name.clone(),
        contact: found.institution.contact.clone(),
        issued_at: record.issued_at,
        former_urls: record.former_urls,
        may_change: found.account.kind == AccountKind::Admin,
    })
}

fn no_qr(why: qr::NoQr) -> Refused {
    Refused::new(Code::Internal).because(why)
}

fn file_name(found: &SessionFound, extension: &str) -> String {
    format!("uketsuke-{}.{extension}", found.institution.code)
}

fn seconds_until(until: UnixMs, now: UnixMs) -> u32 {
    let ms = until.0.saturating_sub(now.0).max(0);
    u32::try_from(ms.saturating_add(999) / 1000).unwrap_or(u32::MAX)
}
