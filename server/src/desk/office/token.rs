//! Tokens of Web API accounts, at the page of the account (N005, N006).

use std::sync::Arc;

use shared::api::Code;
use shared::api::link::{ListTokens, MakeToken, NewToken, RevokeToken, TOKEN_DAYS_MAX, TOKEN_PREFIX, TokenList, TokenMade, TokenRow};
use shared::bytes::Base64;
use shared::domain::account::AccountFault;

use super::account::{by, faulty, named};
use super::answered;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule::answer::{Once, once};
use crate::rule::link as rule;
use crate::store::TokenId;
use crate::store::link::TokenRecord;

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(list).on(make).on(revoke)
}

async fn list(app: Arc<App>, call: Call<ListTokens, Staff>) -> Result<Reply<TokenList>, Refused> {
    let (user, by, now) = (named(&call.path.user)?, by(&call.right), call.now);
    let tenant = call.right.tenant;
    let rows = app.db.read(move |tx| rule::tokens(tx, &tenant, &by, &user)).await?.map_err(Refused::new)?;
    Ok(Reply::Json(TokenList { rows, now }))
}

async fn make(app: Arc<App>, call: Call<MakeToken, Staff>) -> Result<Reply<TokenMade>, Refused> {
    let (user, by, now) = (named(&call.path.user)?, by(&call.right), call.now);
    let (trail, press) = (call.trail(), call.press()?);
    let NewToken { name, mut scopes, days } = call.body;
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() || !(1..=TOKEN_DAYS_MAX).contains(&days) {
        return Err(Refused::new(Code::Request));
    }
    let token = format!("{TOKEN_PREFIX}{}", Base64(app.random.bytes::<32>()?.to_vec()).to_text());
    let hash = crate::sha256(token.as_bytes());
    let id = TokenId::new(now, app.random.bytes()?);
    let entry = trail.ok(Some(&format!("{} {}", user.as_str(), id.as_str())));
    let tenant = call.right.tenant;
    let new = TokenRecord {
        id,
        institution: tenant.code().clone(),
        user,
        name: name.as_str().to_owned(),
        scopes,
        made_at: now,
        made_by: call.right.found.account.user,
        expires_at: now.jst_date().plus_days(i64::from(days)).at_jst(0, 0),
        last_used_at: None,
        revoked_at: None,
    };
    let answer = app.db.write(move |tx| {
        let mut is_first = false;
        let outcome = once(tx, &tenant, &press, |tx| {
            is_first = true;
            rule::make(tx, &tenant, &by, &new, &hash, &entry)
        })?;
        Ok((outcome, is_first))
    });
    // What is kept for the key is the row alone.
    match answer.await? {
        (Once::Answer(row), is_first) => Ok(Reply::Json(TokenMade { row, token: is_first.then_some(token) })),
        (Once::OtherRequest, _) => Err(Refused::new(Code::Request)),
        (Once::Refused(rule::NotMade::Refused(code)), _) => Err(Refused::new(code)),
        (Once::Refused(rule::NotMade::Full), _) => Err(faulty(AccountFault::Tokens)),
    }
}

async fn revoke(app: Arc<App>, call: Call<RevokeToken, Staff>) -> Result<Reply<TokenRow>, Refused> {
    let (user, by, press) = (named(&call.path.user)?, by(&call.right), call.press()?);
    let id = TokenId::parse(call.path.token.as_str()).ok_or_else(|| Refused::new(Code::NotFound))?;
    let entry = call.trail().ok(Some(&format!("{} {}", user.as_str(), id.as_str())));
    let tenant = call.right.tenant;
    let answer = app.db.write(move |tx| once(tx, &tenant, &press, |tx| rule::end(tx, &tenant, &by, &user, &id, &entry)));
    answered(answer.await?)
}
