//! Statements on the work of a month: what is derived from each check as it is kept, and the lists over it.

use shared::api::month::MonthCheck;
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::coverage::{Coverage, Eligibility, Validity};
use shared::domain::institution::VisitKind;
use shared::domain::month::Month;

use super::tx::{Row, Tx, Value, values};
use super::{CheckRecord, ConsentId, Proved, StoreError, stored, user_of};
use crate::identity;
use crate::tenant::Tenant;

/// Kind of an end in `shown_ends`: a certificate.
pub const CERTIFICATE: &str = "certificate";
/// The same: a 資格確認書.
pub const PAPER: &str = "paper";

/// True where a check found a coverage that counts; the new one of 無効(新しい資格あり) does.
#[must_use]
pub const fn is_success(validity: Validity) -> bool {
    matches!(validity, Validity::Valid | Validity::Several | Validity::Replaced)
}

/// Keeps what follows from a check that no consent's proof made.
///
/// # Errors
/// What the database says; so for every function here.
pub(super) fn derive_check(tx: &mut Tx<'_>, tenant: &Tenant, new: &CheckRecord) -> Result<(), StoreError> {
    if new.state != CheckState::Done || new.subject.is_empty() {
        return Ok(());
    }
    let source = Source {
        consent: new.consent.as_ref().map(ConsentId::as_str),
        check: Some(new.id.as_str()),
        way: new.check_way,
        medium: new.medium,
        by: new.done_by.as_ref(),
    };
    keep(tx, tenant, &new.subject, &new.eligibility, &source)?;
    match new.medium == Medium::Paper && new.check_way != CheckWay::Requery {
        true => note_paper(tx, tenant, &new.subject, &new.eligibility),
        false => Ok(()),
    }
}

/// Keeps what follows from a consent's own proof.
pub(super) fn derive_proved(tx: &mut Tx<'_>, tenant: &Tenant, proved: &Proved) -> Result<(), StoreError> {
    let source = Source { consent: Some(proved.consent.as_str()), check: None, way: proved.check_way, medium: proved.medium, by: None };
    keep(tx, tenant, &proved.subject, &proved.eligibility, &source)?;
    match proved.certificate_ends_on {
        Some(ends_on) => note_end(tx, tenant, CERTIFICATE, &proved.subject, ends_on, proved.eligibility.checked_at),
        None => Ok(()),
    }
}

struct Source<'a> {
    consent: Option<&'a str>,
    check: Option<&'a str>,
    way: CheckWay,
    medium: Medium,
    by: Option<&'a UserId>,
}

/// The first successful check of a month stays; one under a consent takes the place of one without.
fn keep(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str, found: &Eligibility, source: &Source<'_>) -> Result<(), StoreError> {
    if !is_success(found.validity) {
        return Ok(());
    }
    let month = Month::of(found.checked_at.jst_date()).to_string();
    tx.execute(
        "INSERT INTO month_checks (institution, month, subject, checked_at, consent, check_id, check_way, medium, done_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (institution, month, subject) DO UPDATE SET checked_at = excluded.checked_at, consent = excluded.consent,
             check_id = excluded.check_id, check_way = excluded.check_way, medium = excluded.medium, done_by = excluded.done_by
         WHERE month_checks.consent IS NULL AND excluded.consent IS NOT NULL",
        values![
            tenant,
            &month,
            subject,
            found.checked_at,
            source.consent,
            source.check,
            source.way.word(),
            source.medium.word(),
            source.by
        ],
    )
    .map(|_| ())
}

/// The last day of a paper: as the register says, else for 後期高齢者 (39…) the next 31 July, when all of them are renewed.
fn note_paper(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str, found: &Eligibility) -> Result<(), StoreError> {
    let seen_on = found.checked_at.jst_date();
    let renewed =
        |coverage: &Coverage| (coverage.insurer_number.len() == 8 && coverage.insurer_number.starts_with("39")).then(|| next_july(seen_on));
    let ends = found.coverages.first().and_then(|coverage| coverage.valid_until.or_else(|| renewed(coverage)));
    match ends {
        Some(ends_on) => note_end(tx, tenant, PAPER, subject, ends_on, found.checked_at),
        None => Ok(()),
    }
}

/// The next 31 July from a day on.
fn next_july(day: CivilDate) -> CivilDate {
    let year = if day.month() > 7 { day.year().saturating_add(1) } else { day.year() };
    CivilDate::new(year, 7, 31).unwrap_or(day)
}

/// Keeps the last day of what a person showed last.
pub fn note_end(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    kind: &'static str,
    subject: &str,
    ends_on: CivilDate,
    seen_at: UnixMs,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO shown_ends (institution, kind, subject, ends_on, seen_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (institution, kind, subject) DO UPDATE SET ends_on = excluded.ends_on, seen_at = excluded.seen_at
         WHERE shown_ends.seen_at <= excluded.seen_at",
        values![tenant, kind, subject, &ends_on.to_string(), seen_at],
    )
    .map(|_| ())
}

/// Notes the ends of certificates that were kept before there was a table of them.
pub(super) fn note_former_ends(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    const MADE: i64 = 1;
    let made_by = tx.row("SELECT version FROM derived WHERE name = 'certificate_ends'", values![], |row| row.get::<i64>("version"))?;
    if made_by == Some(MADE) {
        return Ok(());
    }
    let mut last = String::new();
    loop {
        let some = tx.rows(
            "SELECT c.id, c.institution, c.subject, c.consented_at, p.certificate FROM consents c JOIN proofs p ON p.consent = c.id
             WHERE c.id > $1 ORDER BY c.id LIMIT 500",
            values![&last],
            |row| {
                let of = (row.get::<String>("institution")?, row.get::<String>("subject")?);
                Ok((row.get::<String>("id")?, of, row.instant("consented_at")?, row.get::<Vec<u8>>("certificate")?))
            },
        )?;
        for (_, (institution, subject), at, certificate) in &some {
            let Some(ends_on) = identity::ends_on(certificate) else { continue };
            tx.execute(
                "INSERT INTO shown_ends (institution, kind, subject, ends_on, seen_at) VALUES ($1, 'certificate', $2, $3, $4)
                 ON CONFLICT (institution, kind, subject) DO UPDATE SET ends_on = excluded.ends_on, seen_at = excluded.seen_at
                 WHERE shown_ends.seen_at <= excluded.seen_at",
                values![institution, subject, &ends_on.to_string(), *at],
            )?;
        }
        let Some((id, ..)) = some.into_iter().next_back() else { break };
        last = id;
    }
    tx.execute(
        "INSERT INTO derived (name, version) VALUES ('certificate_ends', $1) ON CONFLICT (name) DO UPDATE SET version = excluded.version",
        values![MADE],
    )?;
    Ok(())
}

/// The person of a consent, in the register's words.
pub fn subject_of(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId) -> Result<Option<String>, StoreError> {
    tx.row("SELECT subject FROM consents WHERE id = $1 AND institution = $2", values![id, tenant], |row| row.get("subject"))
}

/// The newest consent of a person and what its own check found.
pub fn newest_consent(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str) -> Result<Option<(ConsentId, Eligibility)>, StoreError> {
    tx.row(NEWEST_CONSENT, values![tenant, subject], |row| {
        Ok((consent_id(&row.get::<String>("id")?)?, stored::read_eligibility(&row.get::<String>("eligibility")?)?))
    })
}

/// Text of [`newest_consent`]: one step in the index `consents_by_subject`.
pub const NEWEST_CONSENT: &str = "SELECT c.id, r.eligibility FROM consents c JOIN results r ON r.consent = c.id
     WHERE c.institution = $1 AND c.subject = $2 ORDER BY c.consented_at DESC, c.id DESC LIMIT 1";

fn consent_id(text: &str) -> Result<ConsentId, StoreError> {
    ConsentId::parse(text).ok_or(StoreError::Damaged("consent id"))
}

/// Which row a list goes on behind: a place in its order and what tells rows of one place apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Instant.
    pub at: i64,
    /// The rest of the key.
    pub rest: String,
}

impl Place {
    /// Before the first row of a list that rises.
    #[must_use]
    pub const fn first() -> Self {
        Self { at: i64::MIN, rest: String::new() }
    }

    /// Before the first row of a list that falls.
    #[must_use]
    pub const fn last() -> Self {
        Self { at: i64::MAX, rest: String::new() }
    }

    /// For a page.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}.{}", self.at, self.rest)
    }

    /// Reads [`Self::to_text`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (at, rest) = text.split_once('.')?;
        Some(Self { at: at.parse().ok()?, rest: rest.to_owned() })
    }
}

/// A person of a month, to be looked up further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it stands in its list.
    pub place: Place,
    /// Who.
    pub subject: String,
    /// The consent; a change may have been found without one.
    pub consent: Option<ConsentId>,
    /// The check that counts.
    pub check: Option<MonthCheck>,
}

/// The consents of home visits that lived in a month and whose person has no successful check under a consent in it; the next
/// deadline first.
pub fn open(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, after: &Place, rows: u32) -> Result<Vec<Found>, StoreError> {
    // One that ended before the month began is of no use in it.
    let after = if after.at < month.begins_at().0 { &Place { at: month.begins_at().0, rest: String::new() } } else { after };
    let of = month.to_string();
    tx.rows(OPEN, values![tenant, after.at, &after.rest, month.ends_at(), &of, i64::from(VisitKind::HomeVisit.code()), rows], |row| {
        let id = row.get::<String>("id")?;
        Ok(Found {
            place: Place { at: row.get("expires_at")?, rest: id.clone() },
            subject: row.get("subject")?,
            consent: Some(consent_id(&id)?),
            check: None,
        })
    })
}

/// Text of [`open`]: along the index `consents_by_expiry`, one look per row into the key of `month_checks`.
pub const OPEN: &str = "SELECT c.id, c.subject, c.expires_at FROM consents c
     WHERE c.institution = $1 AND (c.expires_at, c.id) > ($2, $3) AND c.consented_at < $4 AND c.replaced_at IS NULL AND c.use = $6
       AND NOT EXISTS (SELECT 1 FROM month_checks m
                       WHERE m.institution = $1 AND m.month = $5 AND m.subject = c.subject AND m.consent IS NOT NULL)
     ORDER BY c.expires_at, c.id LIMIT $7";

/// How many of [`open`], up to a number.
pub fn count_open(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, most: u32) -> Result<u32, StoreError> {
    let of = month.to_string();
    let kind = i64::from(VisitKind::HomeVisit.code());
    count(tx, COUNT_OPEN, values![tenant, month.begins_at(), month.ends_at(), &of, kind, most])
}

/// Text of [`count_open`].
pub const COUNT_OPEN: &str = "SELECT count(*) AS n FROM (SELECT 1 AS one FROM consents c
     WHERE c.institution = $1 AND c.expires_at >= $2 AND c.consented_at < $3 AND c.replaced_at IS NULL AND c.use = $5
       AND NOT EXISTS (SELECT 1 FROM month_checks m
                       WHERE m.institution = $1 AND m.month = $4 AND m.subject = c.subject AND m.consent IS NOT NULL)
     LIMIT $6) AS counted";

fn count(tx: &mut Tx<'_>, sql: &'static str, values: &[Value<'_>]) -> Result<u32, StoreError> {
    let n = tx.row(sql, values, |row| row.get::<i64>("n"))?.unwrap_or(0);
    Ok(u32::try_from(n).unwrap_or(u32::MAX))
}

fn check_of(row: &Row<'_>) -> Result<MonthCheck, StoreError> {
    Ok(MonthCheck {
        at: row.instant("checked_at")?,
        way: CheckWay::from_word(&row.get::<String>("check_way")?).ok_or(StoreError::Damaged("check way"))?,
        medium: Medium::from_word(&row.get::<String>("medium")?).ok_or(StoreError::Damaged("medium"))?,
        by: row.get::<Option<String>>("done_by")?.map(|user| user_of(&user)).transpose()?,
        validity: None,
    })
}

fn done_of(row: &Row<'_>) -> Result<Found, StoreError> {
    let subject = row.get::<String>("subject")?;
    Ok(Found {
        place: Place { at: row.get("checked_at")?, rest: subject.clone() },
        subject,
        consent: row.get::<Option<String>>("consent")?.map(|id| consent_id(&id)).transpose()?,
        check: Some(check_of(row)?),
    })
}

/// The first successful check of one person in a month.
pub fn of_month(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, subject: &str) -> Result<Option<Found>, StoreError> {
    tx.row(
        "SELECT subject, checked_at, consent, check_way, medium, done_by FROM month_checks
         WHERE institution = $1 AND month = $2 AND subject = $3",
        values![tenant, &month.to_string(), subject],
        done_of,
    )
}

/// The people with a successful check under a consent in a month, in the order of its time.
pub fn evidence(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, after: &Place, rows: u32) -> Result<Vec<Found>, StoreError> {
    tx.rows(EVIDENCE, values![tenant, &month.to_string(), after.at, &after.rest, rows], done_of)
}

/// Text of [`evidence`]: along the index `month_checks_by_time`.
pub const EVIDENCE: &str = "SELECT subject, checked_at, consent, check_way, medium, done_by FROM month_checks
     WHERE institution = $1 AND month = $2 AND (checked_at, subject) > ($3, $4) AND consent IS NOT NULL
     ORDER BY checked_at, subject LIMIT $5";

/// The same, the newest first.
pub fn done(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, after: &Place, rows: u32) -> Result<Vec<Found>, StoreError> {
    tx.rows(DONE, values![tenant, &month.to_string(), after.at, &after.rest, rows], done_of)
}

/// Text of [`done`].
pub const DONE: &str = "SELECT subject, checked_at, consent, check_way, medium, done_by FROM month_checks
     WHERE institution = $1 AND month = $2 AND (checked_at, subject) < ($3, $4) AND consent IS NOT NULL
     ORDER BY checked_at DESC, subject DESC LIMIT $5";

/// How many of them, up to a number.
pub fn count_done(tx: &mut Tx<'_>, tenant: &Tenant, month: Month, most: u32) -> Result<u32, StoreError> {
    count(tx, COUNT_DONE, values![tenant, &month.to_string(), most])
}

/// Text of [`count_done`].
pub const COUNT_DONE: &str = "SELECT count(*) AS n FROM (SELECT 1 AS one FROM month_checks
     WHERE institution = $1 AND month = $2 AND consent IS NOT NULL LIMIT $3) AS counted";
