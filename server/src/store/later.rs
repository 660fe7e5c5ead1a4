//! Statements on checks that are to be made again (仮確認, OT-17h): which are open, what could settle one, and what became of it.

use shared::api::later::{ResultRef, ResultRow};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::check::CheckWay;

use super::tx::{Row, Tx, values};
use super::{CheckId, CheckRecord, ConsentId, StoreError, check, consent, stored};
use crate::tenant::Tenant;

/// The open ones, oldest first, at most `rows`; those of openings only where `sees_openings`.
pub fn open(tx: &mut Tx<'_>, tenant: &Tenant, sees_openings: bool, rows: u32) -> Result<Vec<CheckRecord>, StoreError> {
    let ids = tx.rows(OPEN, values![tenant, i64::from(sees_openings), rows], |row| row.get::<String>("id"))?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let id = CheckId::parse(&id).ok_or(StoreError::Damaged("check id"))?;
        found.extend(check::find(tx, tenant, &id)?);
    }
    Ok(found)
}

/// Text of [`open`]: along the index `checks_open`.
pub const OPEN: &str = "SELECT id FROM checks WHERE institution = $1 AND state = 'provisional'
     AND ($2 = 1 OR check_way NOT IN ('disaster', 'outage')) ORDER BY checked_at, id LIMIT $3";

/// How many [`open`] would give without its limit.
pub fn count(tx: &mut Tx<'_>, tenant: &Tenant, sees_openings: bool) -> Result<u32, StoreError> {
    let counted = tx.row(COUNT, values![tenant, i64::from(sees_openings)], |row| row.get::<i64>("counted"))?;
    u32::try_from(counted.unwrap_or_default()).map_err(|_| StoreError::Damaged("count"))
}

/// Text of [`count`].
pub const COUNT: &str = "SELECT COUNT(*) AS counted FROM checks WHERE institution = $1 AND state = 'provisional'
     AND ($2 = 1 OR check_way NOT IN ('disaster', 'outage'))";

/// What a result is looked for by.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// The register's id of the person.
    Subject(&'a str),
    /// The folded kana, whole.
    Kana(&'a str),
}

/// A result with the register's id of its person.
pub type OfPerson = (ResultRow, String);

/// Results of a person since an instant (itself in it), the newest first: at most `rows` of consents and as many of checks. Each as it may
/// be shown at `now` ([`consent::shown`]).
pub fn results(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    whose: Whose<'_>,
    since: UnixMs,
    rows: u32,
    now: UnixMs,
) -> Result<Vec<OfPerson>, StoreError> {
    let (consents, checks, key) = match whose {
        Whose::Subject(subject) => (CONSENTS_BY_SUBJECT, CHECKS_BY_SUBJECT, subject),
        Whose::Kana(kana) => (CONSENTS_BY_KANA, CHECKS_BY_KANA, kana),
    };
    if key.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = tx.rows(consents, values![tenant, key, since, rows], |row| read(row, ResultRef::Consent))?;
    found.extend(tx.rows(checks, values![tenant, key, since, rows], |row| read(row, ResultRef::Check))?);
    found.sort_by_key(|(row, _)| std::cmp::Reverse(row.eligibility.checked_at));
    found.into_iter().map(|one| shown(tx, tenant, one, now)).collect()
}

/// A result without what was taken back of its consent.
fn shown(tx: &mut Tx<'_>, tenant: &Tenant, (row, subject): OfPerson, now: UnixMs) -> Result<OfPerson, StoreError> {
    let consent = consent_of(tx, tenant, &row.of)?;
    let eligibility = consent::shown(tx, tenant, consent.as_ref(), row.eligibility, now)?;
    Ok((ResultRow { eligibility, ..row }, subject))
}

/// The consent that a result came under; `None` where it came without one.
pub fn consent_of(tx: &mut Tx<'_>, tenant: &Tenant, of: &ResultRef) -> Result<Option<ConsentId>, StoreError> {
    match of {
        ResultRef::Consent(id) => Ok(ConsentId::parse(id)),
        ResultRef::Check(id) => match CheckId::parse(id) {
            Some(id) => Ok(check::find(tx, tenant, &id)?.and_then(|found| found.consent)),
            None => Ok(None),
        },
    }
}

fn read(row: &Row<'_>, of: fn(String) -> ResultRef) -> Result<OfPerson, StoreError> {
    let way = CheckWay::from_word(&row.get::<String>("check_way")?).ok_or(StoreError::Damaged("check way"))?;
    let eligibility = stored::read_eligibility(&row.get::<String>("eligibility")?)?;
    Ok((ResultRow { of: of(row.get("id")?), way, eligibility }, row.get("subject")?))
}

/// One result, as it may be shown at `now`.
pub fn result(tx: &mut Tx<'_>, tenant: &Tenant, of: &ResultRef, now: UnixMs) -> Result<Option<OfPerson>, StoreError> {
    let found = match of {
        ResultRef::Consent(id) => match ConsentId::parse(id) {
            Some(id) => tx.row(CONSENT, values![tenant, &id], |row| read(row, ResultRef::Consent))?,
            None => None,
        },
        ResultRef::Check(id) => match CheckId::parse(id) {
            Some(id) => tx.row(CHECK, values![tenant, &id], |row| read(row, ResultRef::Check))?,
            None => None,
        },
    };
    found.map(|one| shown(tx, tenant, one, now)).transpose()
}

macro_rules! consents {
    ($by:literal) => {
        concat!(
            "SELECT c.id, c.subject, c.check_way, r.eligibility FROM consents c JOIN results r ON r.consent = c.id
             WHERE c.institution = $1 AND ",
            $by
        )
    };
}

macro_rules! checks {
    ($by:literal) => {
        concat!("SELECT k.id, k.subject, k.check_way, k.eligibility FROM checks k WHERE k.institution = $1 AND k.state = 'done' AND ", $by)
    };
}

const CONSENT: &str = consents!("c.id = $2");
const CHECK: &str = checks!("k.id = $2");
/// Texts of [`results`]: each along the index of what it looks for.
pub const CONSENTS_BY_SUBJECT: &str = consents!("c.subject = $2 AND c.consented_at >= $3 ORDER BY c.consented_at DESC, c.id DESC LIMIT $4");
/// See [`CONSENTS_BY_SUBJECT`].
pub const CONSENTS_BY_KANA: &str = consents!("c.kana_key = $2 AND c.consented_at >= $3 ORDER BY c.consented_at DESC, c.id DESC LIMIT $4");
/// See [`CONSENTS_BY_SUBJECT`].
pub const CHECKS_BY_SUBJECT: &str =
    checks!("k.subject = $2 AND k.subject <> '' AND k.checked_at >= $3 ORDER BY k.checked_at DESC, k.id DESC LIMIT $4");
/// See [`CONSENTS_BY_SUBJECT`].
pub const CHECKS_BY_KANA: &str = checks!("k.kana_key = $2 AND k.checked_at >= $3 ORDER BY k.checked_at DESC, k.id DESC LIMIT $4");

/// Keeps what became of a check: settled by another one, or dropped for a reason.
pub fn note_end(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &CheckId,
    (at, by): (UnixMs, &UserId),
    end: Result<&ResultRef, &str>,
) -> Result<(), StoreError> {
    let (outcome, reason, check, consent) = match end {
        Ok(ResultRef::Check(check)) => ("settled", None, Some(check.as_str()), None),
        Ok(ResultRef::Consent(consent)) => ("settled", None, None, Some(consent.as_str())),
        Err(reason) => ("dropped", Some(reason), None, None),
    };
    tx.execute(
        "INSERT INTO later_checks (institution, id, outcome, done_at, done_by, reason, later_check, later_consent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![tenant, id, outcome, at, by, reason, check, consent],
    )
    .map(|_| ())
}

/// What became of a check, as a word, and why or by what.
pub fn end_of(tx: &mut Tx<'_>, tenant: &Tenant, id: &CheckId) -> Result<Option<(String, Option<String>)>, StoreError> {
    tx.row(
        "SELECT outcome, COALESCE(reason, later_check, later_consent) AS why FROM later_checks WHERE institution = $1 AND id = $2",
        values![tenant, id],
        |row| Ok((row.get("outcome")?, row.get("why")?)),
    )
}
