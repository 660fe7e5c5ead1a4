//! Web API accounts (N005, N006): their tokens, and in which order programs are told of finished checks.

use shared::api::Code;
use shared::api::link::{ResultPage, ResultRow, TOKENS_MAX, TokenRow};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::hand_over::HandOverWay;

use super::account::{By, Denied, theirs_not_own};
use crate::account::is_living;
use crate::store::link::{self, TokenRecord, add, by_hash, revoke, touch};
use crate::store::tx::Tx;
use crate::store::{Account, AuditEntry, ConsentId, Sha256, StoreError, TokenId, account, audit, handover, institution};
use crate::tenant::Tenant;

/// A token's use is noted at most this often, milliseconds.
pub const USED_EVERY_MS: i64 = 60_000;
/// Places given at once.
const PLACES: u32 = 1_000;

/// What a rule here came to.
type Done<T> = Result<Result<T, Code>, StoreError>;

/// The row of a token.
#[must_use]
pub fn row_of(record: TokenRecord) -> TokenRow {
    let TokenRecord { id, institution: _, user: _, name, scopes, made_at, made_by, expires_at, last_used_at, revoked_at } = record;
    TokenRow { id: id.as_str().to_owned(), name, scopes, made_at, made_by, expires_at, last_used_at, revoked_at }
}

/// The Web API account, if it is theirs to look after. Only such an account has tokens.
fn program(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, user: &UserId) -> Done<()> {
    Ok(match theirs_not_own(tx, tenant, by, user)? {
        Err(Denied::NotThere) => Err(Code::NotFound),
        Ok(found) if found.account.kind == AccountKind::WebApi => Ok(()),
        Ok(_) | Err(Denied::Fault(_)) => Err(Code::Forbidden),
    })
}

/// The tokens of an account.
///
/// # Errors
/// What the database says; so for every rule.
pub fn tokens(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, user: &UserId) -> Done<Vec<TokenRow>> {
    if let Err(why) = program(tx, tenant, by, user)? {
        return Ok(Err(why));
    }
    Ok(Ok(link::of(tx, tenant, user)?.into_iter().map(row_of).collect()))
}

/// Why no token was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMade {
    /// The account is not theirs to look after, or has no tokens.
    Refused(Code),
    /// It has [`TOKENS_MAX`] living ones.
    Full,
}

/// Makes a token beside those there are.
pub fn make(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    by: &By,
    new: &TokenRecord,
    hash: &Sha256,
    entry: &AuditEntry,
) -> Result<Result<TokenRow, NotMade>, StoreError> {
    if let Err(why) = program(tx, tenant, by, &new.user)? {
        return Ok(Err(NotMade::Refused(why)));
    }
    // One after the other: two presses at once do not both find the last place.
    tx.lock(&format!("tokens {} {}", tenant.code(), new.user))?;
    let living = link::of(tx, tenant, &new.user)?.into_iter().filter(|record| row_of(record.clone()).is_living(entry.at)).count();
    if living >= TOKENS_MAX {
        return Ok(Err(NotMade::Full));
    }
    add(tx, tenant, new, hash)?;
    audit::add(tx, entry)?;
    Ok(Ok(row_of(new.clone())))
}

/// Ends a token of an account.
pub fn end(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, user: &UserId, id: &TokenId, entry: &AuditEntry) -> Done<TokenRow> {
    if let Err(why) = program(tx, tenant, by, user)? {
        return Ok(Err(why));
    }
    revoke(tx, tenant, id, entry.at)?;
    let Some(ended) = link::of(tx, tenant, user)?.into_iter().find(|record| record.id == *id) else { return Ok(Err(Code::NotFound)) };
    audit::add(tx, entry)?;
    Ok(Ok(row_of(ended)))
}

/// The token of a hash with its account, while both count: the token is neither ended nor over, the account is a living one of Web API,
/// and its institution has not got another code.
pub fn living(
    tx: &mut Tx<'_>,
    hash: &Sha256,
    tenant_of: impl Fn(&TokenRecord) -> Tenant,
    now: UnixMs,
) -> Result<Option<(TokenRecord, Account)>, StoreError> {
    let Some(record) = by_hash(tx, hash)?.filter(|record| record.revoked_at.is_none() && now < record.expires_at) else { return Ok(None) };
    let tenant = tenant_of(&record);
    let standing = institution::find_standing(tx, &tenant)?;
    let is_open = standing.is_some_and(|(institution, standing)| standing.closed_at.is_none() && !institution.is_limited());
    let found = account::of(tx, &tenant, &record.user)?.map(|entry| entry.account);
    let found = found.filter(|account| is_open && account.kind == AccountKind::WebApi && is_living(account, now.jst_date()));
    Ok(found.map(|account| (record, account)))
}

/// Notes that a token was used; not with each of its requests.
pub fn note_use(tx: &mut Tx<'_>, tenant: &Tenant, record: &TokenRecord, now: UnixMs) -> Result<(), StoreError> {
    touch(tx, tenant, &record.id, now)
}

/// True where a use is to be noted.
#[must_use]
pub fn is_to_note(record: &TokenRecord, now: UnixMs) -> bool {
    record.last_used_at.is_none_or(|used| now >= used.plus_ms(USED_EVERY_MS))
}

/// Notes that a program has a result, and says when that was said first; `None`: no program was told of it.
pub fn received(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId, entry: &AuditEntry) -> Result<Option<UnixMs>, StoreError> {
    if link::place_of(tx, tenant, id)?.is_none() {
        return Ok(None);
    }
    handover::note_received(tx, tenant, id, HandOverWay::Api, entry.at)?;
    audit::add(tx, entry)?;
    let ways = handover::of(tx, tenant, id)?;
    Ok(ways.into_iter().find(|one| one.way == HandOverWay::Api).map(|one| one.at))
}

/// The results behind one that was told of. Each gets its place when it is first told of, one asker after the other: what was stored a
/// moment later than a younger one comes after it and is not skipped. What a wrong link holds back (X62) gets its place when that is
/// corrected. `begin`: what was finished before is not told of. A check of a clock that was ahead of `now` keeps none back. `None`: nobody
/// was told of `last`.
pub fn new_results(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    last: Option<&ConsentId>,
    limit: u32,
    span: (UnixMs, UnixMs),
) -> Result<Option<ResultPage>, StoreError> {
    results_within(tx, tenant, last, limit, span, EVER)
}

/// Every instant.
pub const EVER: (UnixMs, UnixMs) = (UnixMs(i64::MIN), UnixMs(i64::MAX));

/// Of [`new_results`] those that were finished within a period; its end is not in it.
pub fn results_within(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    last: Option<&ConsentId>,
    limit: u32,
    (begin, now): (UnixMs, UnixMs),
    period: (UnixMs, UnixMs),
) -> Result<Option<ResultPage>, StoreError> {
    tx.lock(&format!("link {}", tenant.code()))?;
    // A check may be stored a moment after one that is a moment younger: a day more is looked at.
    let since = link::newest(tx, tenant)?.map_or(begin, |at| at.jst_date().min(now.jst_date()).plus_days(-1).at_jst(0, 0).max(begin));
    link::take_in(tx, tenant, since)?;
    let mut place = link::last_place(tx, tenant)?;
    for consent in link::without_place(tx, tenant, PLACES)? {
        place += 1;
        link::give_place(tx, tenant, &consent, place)?;
    }
    let after = match last {
        None => 0,
        Some(last) => match link::place_of(tx, tenant, last)? {
            Some(place) => place,
            None => return Ok(None),
        },
    };
    let mut rows = link::after(tx, tenant, after, period, limit + 1)?;
    let has_more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows.last().map(|(id, _)| id).or(last).map(|id| id.as_str().to_owned());
    let rows = rows.into_iter().map(|(id, finished_at)| ResultRow { id: id.as_str().to_owned(), finished_at }).collect();
    Ok(Some(ResultPage { rows, next, has_more }))
}
