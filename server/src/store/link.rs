//! Statements on the tokens of Web API accounts, and on what programs are told of.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;
use shared::domain::link::LinkScope;

use super::tx::{Row, Tx, values};
use super::{ConsentId, Sha256, StoreError, TokenId, code_of, user_of};
use crate::tenant::Tenant;

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// Its id.
    pub id: TokenId,
    /// Whose.
    pub institution: InstitutionCode,
    /// The account that it is bound to.
    pub user: UserId,
    /// What it is for.
    pub name: String,
    /// What it opens.
    pub scopes: Vec<LinkScope>,
    /// Since when.
    pub made_at: UnixMs,
    /// Who made it.
    pub made_by: UserId,
    /// It opens nothing from then on.
    pub expires_at: UnixMs,
    /// When it was used last, to the minute.
    pub last_used_at: Option<UnixMs>,
    /// When it was ended.
    pub revoked_at: Option<UnixMs>,
}

fn record_of(row: &Row<'_>) -> Result<TokenRecord, StoreError> {
    let scope = |word: &str| LinkScope::ALL.into_iter().find(|scope| scope.word() == word).ok_or(StoreError::Damaged("scope"));
    Ok(TokenRecord {
        id: TokenId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("token id"))?,
        institution: code_of(&row.get::<String>("institution")?)?,
        user: user_of(&row.get::<String>("user_id")?)?,
        name: row.get("name")?,
        scopes: row.get::<String>("scopes")?.split_whitespace().map(scope).collect::<Result<_, _>>()?,
        made_at: row.instant("made_at")?,
        made_by: user_of(&row.get::<String>("made_by")?)?,
        expires_at: row.instant("expires_at")?,
        last_used_at: row.maybe_instant("last_used_at")?,
        revoked_at: row.maybe_instant("revoked_at")?,
    })
}

/// Adds a token.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, new: &TokenRecord, token_sha256: &Sha256) -> Result<(), StoreError> {
    let scopes = new.scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(" ");
    tx.execute(
        "INSERT INTO api_tokens (id, institution, user_id, name, token_sha256, scopes, made_at, made_by, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![&new.id, tenant, &new.user, &new.name, token_sha256, &scopes, new.made_at, &new.made_by, new.expires_at],
    )
    .map(|_| ())
}

/// The tokens of an account, the newest first.
pub fn of(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<Vec<TokenRecord>, StoreError> {
    tx.rows(
        "SELECT id, institution, user_id, name, scopes, made_at, made_by, expires_at, last_used_at, revoked_at
         FROM api_tokens WHERE institution = $1 AND user_id = $2 ORDER BY made_at DESC, id DESC",
        values![tenant, user],
        record_of,
    )
}

/// The token of this hash, whatever became of it and of whichever institution: it says whose it is.
pub fn by_hash(tx: &mut Tx<'_>, token_sha256: &Sha256) -> Result<Option<TokenRecord>, StoreError> {
    tx.row(
        "SELECT id, institution, user_id, name, scopes, made_at, made_by, expires_at, last_used_at, revoked_at
         FROM api_tokens WHERE token_sha256 = $1",
        values![token_sha256],
        record_of,
    )
}

/// When the institution's first token was made.
pub fn first_made_at(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Option<UnixMs>, StoreError> {
    tx.row("SELECT made_at FROM api_tokens WHERE institution = $1 ORDER BY made_at LIMIT 1", values![tenant], |row| row.instant("made_at"))
}

/// Notes that a token was used.
pub fn touch(tx: &mut Tx<'_>, tenant: &Tenant, id: &TokenId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE api_tokens SET last_used_at = $1 WHERE institution = $2 AND id = $3", values![at, tenant, id]).map(|_| ())
}

/// Ends a token, unless it has ended.
pub fn revoke(tx: &mut Tx<'_>, tenant: &Tenant, id: &TokenId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE api_tokens SET revoked_at = $1 WHERE institution = $2 AND id = $3 AND revoked_at IS NULL", values![at, tenant, id])
        .map(|_| ())
}

/// Ends every living token of every institution.
pub fn revoke_all(tx: &mut Tx<'_>, at: UnixMs) -> Result<u64, StoreError> {
    tx.execute("UPDATE api_tokens SET revoked_at = $1 WHERE revoked_at IS NULL", values![at])
}

/// When the youngest check was finished that programs were told of, or are to be told of.
pub fn newest(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Option<UnixMs>, StoreError> {
    tx.row("SELECT finished_at FROM link_results WHERE institution = $1 ORDER BY finished_at DESC LIMIT 1", values![tenant], |row| {
        row.instant("finished_at")
    })
}

/// Takes in the checks that were finished since an instant and are not in yet; they have no place.
pub fn take_in(tx: &mut Tx<'_>, tenant: &Tenant, since: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO link_results (institution, consent, finished_at)
         SELECT institution, id, consented_at FROM consents WHERE institution = $1 AND consented_at >= $2
         ON CONFLICT (institution, consent) DO NOTHING",
        values![tenant, since],
    )
    .map(|_| ())
}

/// The checks without a place, the oldest first: at most so many.
pub fn without_place(tx: &mut Tx<'_>, tenant: &Tenant, most: u32) -> Result<Vec<ConsentId>, StoreError> {
    tx.rows(
        "SELECT l.consent FROM link_results l WHERE l.institution = $1 AND l.place IS NULL
           AND NOT EXISTS (SELECT 1 FROM consents c JOIN reference_numbers r ON r.institution = c.institution AND r.subject = c.subject
                           AND r.subject <> '' WHERE c.institution = $1 AND c.id = l.consent AND r.held_at IS NOT NULL)
         ORDER BY l.finished_at, l.consent LIMIT $2",
        values![tenant, most],
        id_of,
    )
}

fn id_of(row: &Row<'_>) -> Result<ConsentId, StoreError> {
    ConsentId::parse(&row.get::<String>("consent")?).ok_or(StoreError::Damaged("consent id"))
}

/// The last place that was given; 0: none.
pub fn last_place(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<i64, StoreError> {
    let found = tx.row(
        "SELECT place FROM link_results WHERE institution = $1 AND place IS NOT NULL ORDER BY place DESC LIMIT 1",
        values![tenant],
        |row| row.get::<i64>("place"),
    )?;
    Ok(found.unwrap_or(0))
}

/// Gives a check its place.
pub fn give_place(tx: &mut Tx<'_>, tenant: &Tenant, consent: &ConsentId, place: i64) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE link_results SET place = $1 WHERE institution = $2 AND consent = $3 AND place IS NULL",
        values![place, tenant, consent],
    )
    .map(|_| ())
}

/// The place of a check; `None` where it has none.
pub fn place_of(tx: &mut Tx<'_>, tenant: &Tenant, consent: &ConsentId) -> Result<Option<i64>, StoreError> {
    tx.row(
        "SELECT place FROM link_results WHERE institution = $1 AND consent = $2 AND place IS NOT NULL",
        values![tenant, consent],
        |row| row.get::<i64>("place"),
    )
}

/// The checks behind a place that were finished within a period (its end is not in it), in their order: at most so many.
pub fn after(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    place: i64,
    (from, to): (UnixMs, UnixMs),
    most: u32,
) -> Result<Vec<(ConsentId, UnixMs)>, StoreError> {
    tx.rows(
        "SELECT consent, finished_at FROM link_results
         WHERE institution = $1 AND place > $2 AND finished_at >= $3 AND finished_at < $4 ORDER BY place LIMIT $5",
        values![tenant, place, from, to, most],
        |row| Ok((id_of(row)?, row.instant("finished_at")?)),
    )
}
