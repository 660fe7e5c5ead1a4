//! OT-7 アカウント管理.

use std::sync::Arc;

use shared::api::account::{
    ACCOUNT_ROWS, AccountDetail, AccountDetails, AccountPage, AccountRow, AddAccount, BulkApply, BulkCheck, BulkDone, BulkReport,
    BulkTemplate, ChangeAccount, EndSessions, FirstPassword, ListAccounts, ResetPassword, ResumeAccount, SuspendAccount, UnlockAccount,
};
use shared::api::{AccountPart, Code, Detail, Endpoint};
use shared::domain::account::{AccountFault, UserId};

use crate::account::generated_password;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::roster::{self, Roster};
use crate::rule::account::{self as rule, By, Denied, Done};
use crate::rule::answer::{Once, once};
use crate::store::tx::Tx;
use crate::store::{Sha256, StoreError};
use crate::tenant::Tenant;

/// The endpoints of OT-7, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(list_accounts)
        .on(add_account)
        .on(account_detail)
        .on(change_account)
        .on(suspend_account)
        .on(resume_account)
        .on(reset_password)
        .on(unlock_account)
        .on(end_sessions)
        .on(bulk_template)
        .on(bulk_check)
        .on(bulk_apply)
}

pub(super) fn by(staff: &Staff) -> By {
    By::Account(staff.found.account.user.clone(), staff.found.account.kind)
}

/// The account that a path names; what no ID can be is no account.
pub(super) fn named(part: &AccountPart) -> Result<UserId, Refused> {
    UserId::try_from(part.as_str()).map_err(|_| Refused::new(Code::NotFound))
}

fn denied(why: Denied) -> Refused {
    match why {
        Denied::NotThere => Refused::new(Code::NotFound),
        Denied::Fault(fault) => faulty(fault),
    }
}

pub(super) fn faulty(fault: AccountFault) -> Refused {
    Refused::new(Code::Account).with(Detail::Account(fault))
}

/// Does a press once: `rule` runs, or its answer of before is given again.
pub(super) async fn pressed<E, T, R>(app: &App, call: &Call<E, Staff>, rule: R) -> Result<(T, bool), Refused>
where
    E: Endpoint,
    T: serde::Serialize + serde::de::DeserializeOwned + Send + 'static,
    R: Fn(&mut Tx<'_>, &Tenant) -> Done<T> + Send + 'static,
{
    let (tenant, press) = (call.right.tenant.clone(), call.press()?);
    let answer = app.db.write(move |tx| {
        let mut is_first = false;
        let outcome = once(tx, &tenant, &press, |tx| {
            is_first = true;
            rule(tx, &tenant)
        })?;
        Ok((outcome, is_first))
    });
    match answer.await? {
        (Once::Answer(answer), is_first) => Ok((answer, is_first)),
        (Once::OtherRequest, _) => Err(Refused::new(Code::Request)),
        (Once::Refused(why), _) => Err(denied(why)),
    }
}

async fn list_accounts(app: Arc<App>, call: Call<ListAccounts, Staff>) -> Result<Reply<AccountPage>, Refused> {
    let (by, now, query) = (by(&call.right), call.now, call.body);
    let tenant = call.right.tenant;
    let page = app.db.search(move |tx| rule::list(tx, &tenant, &by, query.after.as_ref(), ACCOUNT_ROWS, now));
    Ok(Reply::Json(page.await?))
}

async fn account_detail(app: Arc<App>, call: Call<AccountDetail, Staff>) -> Result<Reply<AccountDetails>, Refused> {
    let (user, by, now) = (named(&call.path.user)?, by(&call.right), call.now);
    let Staff { found, tenant } = call.right;
    let details = app.db.read(move |tx| rule::details(tx, &tenant, &by, &user, Some(&found.session.id_sha256), now));
    details.await?.map(Reply::Json).map_err(denied)
}

/// A new initial password and its hash.
async fn first_password(app: &App) -> Result<(String, String), Refused> {
    let password = generated_password(&app.random)?;
    let hash = app.passwords.hash(password.clone()).await?;
    Ok((password, hash))
}

/// The answer with the password, or without it when it was said before. What is kept for the press never holds it.
fn said_once(account: AccountRow, password: String, is_first: bool) -> FirstPassword {
    FirstPassword { account, password: is_first.then_some(password) }
}

async fn add_account(app: Arc<App>, call: Call<AddAccount, Staff>) -> Result<Reply<FirstPassword>, Refused> {
    let (by, new) = (by(&call.right), call.body.clone());
    let entry = call.trail().ok(Some(new.user.as_str()));
    let (password, hash) = first_password(&app).await?;
    let (row, is_first) = pressed(&app, &call, move |tx, tenant| rule::add(tx, tenant, &by, &new, &hash, &entry)).await?;
    Ok(Reply::Json(said_once(row, password, is_first)))
}

async fn change_account(app: Arc<App>, call: Call<ChangeAccount, Staff>) -> Result<Reply<AccountRow>, Refused> {
    let (user, by, new) = (named(&call.path.user)?, by(&call.right), call.body.clone());
    let entry = call.trail().ok(Some(user.as_str()));
    let (row, _) = pressed(&app, &call, move |tx, tenant| rule::change(tx, tenant, &by, &user, &new, &entry)).await?;
    Ok(Reply::Json(row))
}

async fn suspend_account(app: Arc<App>, call: Call<SuspendAccount, Staff>) -> Result<Reply<AccountRow>, Refused> {
    let (user, by, typed) = (named(&call.path.user)?, by(&call.right), call.body.typed_user.clone());
    let entry = call.trail().ok(Some(user.as_str()));
    let (row, _) = pressed(&app, &call, move |tx, tenant| rule::suspend(tx, tenant, &by, &user, typed.as_deref(), &entry)).await?;
    Ok(Reply::Json(row))
}

async fn resume_account(app: Arc<App>, call: Call<ResumeAccount, Staff>) -> Result<Reply<AccountRow>, Refused> {
    let (user, by) = (named(&call.path.user)?, by(&call.right));
    let entry = call.trail().ok(Some(user.as_str()));
    let (row, _) = pressed(&app, &call, move |tx, tenant| rule::resume(tx, tenant, &by, &user, &entry)).await?;
    Ok(Reply::Json(row))
}

async fn reset_password(app: Arc<App>, call: Call<ResetPassword, Staff>) -> Result<Reply<FirstPassword>, Refused> {
    let (user, by, typed) = (named(&call.path.user)?, by(&call.right), call.body.typed_user.clone());
    let entry = call.trail().ok(Some(user.as_str()));
    let (password, hash) = first_password(&app).await?;
    let reset = move |tx: &mut Tx<'_>, tenant: &Tenant| rule::reset(tx, tenant, &by, &user, typed.as_deref(), &hash, &entry);
    let (row, is_first) = pressed(&app, &call, reset).await?;
    Ok(Reply::Json(said_once(row, password, is_first)))
}

async fn unlock_account(app: Arc<App>, call: Call<UnlockAccount, Staff>) -> Result<Reply<AccountRow>, Refused> {
    let (user, by) = (named(&call.path.user)?, by(&call.right));
    let entry = call.trail().ok(Some(user.as_str()));
    let (row, _) = pressed(&app, &call, move |tx, tenant| rule::unlock(tx, tenant, &by, &user, &entry)).await?;
    Ok(Reply::Json(row))
}

async fn end_sessions(app: Arc<App>, call: Call<EndSessions, Staff>) -> Result<Reply<AccountDetails>, Refused> {
    let (user, by, own) = (named(&call.path.user)?, by(&call.right), call.right.found.session.id_sha256);
    let which = call.body.session.as_deref().map(|text| session_id(text).ok_or_else(|| Refused::new(Code::Request))).transpose()?;
    let entry = call.trail().ok(Some(user.as_str()));
    let end = move |tx: &mut Tx<'_>, tenant: &Tenant| rule::end_sessions(tx, tenant, &by, &user, which.as_ref(), Some(&own), &entry);
    let (details, _) = pressed(&app, &call, end).await?;
    Ok(Reply::Json(details))
}

/// Reads [`shared::api::account::SessionRow::id`].
fn session_id(text: &str) -> Option<Sha256> {
    let bytes = text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    bytes.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

async fn bulk_template(_: Arc<App>, _: Call<BulkTemplate, Staff>) -> Result<Reply<()>, Refused> {
    Ok(Reply::File { media_type: "text/csv; charset=utf-8", name: "uketsuke-accounts.csv".to_owned(), bytes: roster::template() })
}

async fn bulk_check(app: Arc<App>, call: Call<BulkCheck, Staff>) -> Result<Reply<BulkReport>, Refused> {
    let by = by(&call.right);
    let roster = roster::read(&call.body.file.0).map_err(faulty)?;
    let report = check(&app, call.right.tenant, by, roster).await?;
    Ok(Reply::Json(report))
}

async fn check(app: &App, tenant: Tenant, by: By, roster: Roster) -> Result<BulkReport, StoreError> {
    app.db.search(move |tx| rule::check_roster(tx, &tenant, &by, &roster)).await
}

async fn bulk_apply(app: Arc<App>, call: Call<BulkApply, Staff>) -> Result<Reply<BulkDone>, Refused> {
    let by = by(&call.right);
    let roster = roster::read(&call.body.file.0).map_err(faulty)?;
    let entry = call.trail().ok(None);
    let report = check(&app, call.right.tenant.clone(), by.clone(), roster.clone()).await?;
    // A press that is answered again finds its IDs taken and makes none anew.
    let wanted = if report.is_good() { rule::additions(&report) } else { 0 };
    let (mut passwords, mut hashes) = (Vec::with_capacity(wanted), Vec::with_capacity(wanted));
    for _ in 0..wanted {
        let (password, hash) = first_password(&app).await?;
        passwords.push(password);
        hashes.push(hash);
    }
    let apply = move |tx: &mut Tx<'_>, tenant: &Tenant| rule::apply_roster(tx, tenant, &by, &roster, &hashes, &entry);
    let ((rows, changed), is_first) = pressed(&app, &call, apply).await?;
    let mut passwords = passwords.into_iter();
    let added = rows.into_iter().map(|account| FirstPassword { account, password: passwords.next().filter(|_| is_first) }).collect();
    Ok(Reply::Json(BulkDone { added, changed }))
}
