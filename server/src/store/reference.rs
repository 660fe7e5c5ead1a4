//! Statements on 照会番号, what happened to them, and what was handed on.

use shared::api::reference::{PERSON_ROWS, ReferenceEvent, ReferenceRow, SentAs, SentResult};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::coverage::Coverage;
use shared::domain::institution::InstitutionCode;
use shared::domain::reference::{LinkReason, ReferenceAct, SendState};

use super::tx::{Row, Tx, values};
use super::{ConsentId, StoreError, code_of, user_of};
use crate::consent::insurance_key;
use crate::tenant::Tenant;

/// The insurance that a number is registered with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Insurance {
    /// [`crate::consent::insurance_key`] of the others.
    pub key: String,
    /// 保険者番号.
    pub insurer: String,
    /// 記号.
    pub symbol: Option<String>,
    /// 番号.
    pub member: String,
    /// 枝番.
    pub branch: Option<String>,
}

impl Insurance {
    /// That of a coverage.
    #[must_use]
    pub fn of(coverage: &Coverage) -> Self {
        let (symbol, branch) = (coverage.symbol.clone(), coverage.branch_number.clone());
        let key = insurance_key(&coverage.insurer_number, symbol.as_deref(), &coverage.member_number, branch.as_deref());
        Self { key, insurer: coverage.insurer_number.clone(), symbol, member: coverage.member_number.clone(), branch }
    }

    /// In one line, as people read it.
    #[must_use]
    pub fn line(&self) -> String {
        let parts = [Some(self.insurer.as_str()), self.symbol.as_deref(), Some(self.member.as_str()), self.branch.as_deref()];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// A number as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: String,
    /// The register's id of the person; empty for somebody who was not here yet.
    pub subject: String,
    /// 照会番号 as it was written; empty where it was taken off.
    pub number: String,
    /// What it is found by ([`shared::domain::reference::ReferenceNumber::key`]).
    pub number_key: String,
    /// The insurance.
    pub insurance: Insurance,
    /// How far its registration is.
    pub state: SendState,
    /// Code of a refusal.
    pub code: Option<String>,
    /// What the other side said.
    pub message: Option<String>,
    /// When it was changed last.
    pub changed_at: UnixMs,
    /// By whom; `None`: by itself.
    pub changed_by: Option<UserId>,
    /// Since when it is said to hang on another person's records (X62).
    pub held_at: Option<UnixMs>,
    /// Who said so.
    pub held_by: Option<UserId>,
    /// The register's id of the person whose records they are, where it is known.
    pub held_with: Option<String>,
}

impl Kept {
    /// As the office sees it.
    #[must_use]
    pub fn row(&self) -> ReferenceRow {
        ReferenceRow {
            id: self.id.clone(),
            number: Some(self.number.clone()).filter(|number| !number.is_empty()),
            state: self.state,
            code: self.code.clone(),
            message: self.message.clone(),
            changed_at: self.changed_at,
            changed_by: self.changed_by.clone(),
            held_at: self.held_at,
            held_by: self.held_by.clone(),
        }
    }
}

macro_rules! columns {
    () => {
        "id, subject, number, number_key, insurance_key, insurer, symbol, member, branch, state, code, message, changed_at, changed_by,
         held_at, held_by, held_with"
    };
}

fn maybe_user(text: Option<String>) -> Result<Option<UserId>, StoreError> {
    text.map(|text| user_of(&text)).transpose()
}

fn read(row: &Row<'_>) -> Result<Kept, StoreError> {
    Ok(Kept {
        id: row.get("id")?,
        subject: row.get("subject")?,
        number: row.get("number")?,
        number_key: row.get("number_key")?,
        insurance: Insurance {
            key: row.get("insurance_key")?,
            insurer: row.get("insurer")?,
            symbol: row.get("symbol")?,
            member: row.get("member")?,
            branch: row.get("branch")?,
        },
        state: SendState::of_word(&row.get::<String>("state")?).ok_or(StoreError::Damaged("state of a number"))?,
        code: row.get("code")?,
        message: row.get("message")?,
        changed_at: row.instant("changed_at")?,
        changed_by: maybe_user(row.get("changed_by")?)?,
        held_at: row.maybe_instant("held_at")?,
        held_by: maybe_user(row.get("held_by")?)?,
        held_with: row.get("held_with")?,
    })
}

/// Text of [`of_subject`].
pub const OF_SUBJECT: &str =
    concat!("SELECT ", columns!(), " FROM reference_numbers WHERE institution = $1 AND subject = $2 AND subject <> ''");
/// Text of [`of_number`].
pub const OF_NUMBER: &str =
    concat!("SELECT ", columns!(), " FROM reference_numbers WHERE institution = $1 AND number_key = $2 AND number_key <> ''");
/// Text of [`of_insurance`].
pub const OF_INSURANCE: &str =
    concat!("SELECT ", columns!(), " FROM reference_numbers WHERE institution = $1 AND insurance_key = $2 AND number_key <> ''");

/// The number of a person.
///
/// # Errors
/// What the database says; so for every function here.
pub fn of_subject(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str) -> Result<Option<Kept>, StoreError> {
    tx.row(OF_SUBJECT, values![tenant, subject], read)
}

/// Whose a number is.
pub fn of_number(tx: &mut Tx<'_>, tenant: &Tenant, key: &str) -> Result<Option<Kept>, StoreError> {
    tx.row(OF_NUMBER, values![tenant, key], read)
}

/// The number that is registered with an insurance.
pub fn of_insurance(tx: &mut Tx<'_>, tenant: &Tenant, key: &str) -> Result<Option<Kept>, StoreError> {
    tx.row(OF_INSURANCE, values![tenant, key], read)
}

/// One by its id.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, id: &str) -> Result<Option<Kept>, StoreError> {
    let sql = concat!("SELECT ", columns!(), " FROM reference_numbers WHERE institution = $1 AND id = $2");
    tx.row(sql, values![tenant, id], read)
}

/// Adds a number, or puts it in the place of what stood under its id.
pub fn put(tx: &mut Tx<'_>, tenant: &Tenant, of: &Kept) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO reference_numbers (id, institution, subject, number, number_key, insurance_key, insurer, symbol, member, branch, state,
             code, message, changed_at, changed_by, held_at, held_by, held_with)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         ON CONFLICT (id) DO UPDATE SET subject = excluded.subject, number = excluded.number, number_key = excluded.number_key,
             insurance_key = excluded.insurance_key, insurer = excluded.insurer, symbol = excluded.symbol, member = excluded.member,
             branch = excluded.branch, state = excluded.state, code = excluded.code, message = excluded.message,
             changed_at = excluded.changed_at, changed_by = excluded.changed_by, held_at = excluded.held_at, held_by = excluded.held_by,
             held_with = excluded.held_with",
        values![
            &of.id,
            tenant,
            &of.subject,
            &of.number,
            &of.number_key,
            &of.insurance.key,
            &of.insurance.insurer,
            of.insurance.symbol.as_deref(),
            &of.insurance.member,
            of.insurance.branch.as_deref(),
            of.state.word(),
            of.code.as_deref(),
            of.message.as_deref(),
            of.changed_at,
            of.changed_by.as_ref(),
            of.held_at,
            of.held_by.as_ref(),
            of.held_with.as_deref(),
        ],
    )
    .map(|_| ())
}

/// Puts a number on all results of a person, or takes it off them.
pub fn mark_results(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str, number: Option<&str>) -> Result<(), StoreError> {
    tx.execute("UPDATE consents SET reference_number = $1 WHERE institution = $2 AND subject = $3", values![number, tenant, subject])
        .map(|_| ())
}

/// Puts a number on one result.
pub fn mark_result(tx: &mut Tx<'_>, tenant: &Tenant, consent: &ConsentId, number: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE consents SET reference_number = $1 WHERE institution = $2 AND id = $3", values![number, tenant, consent]).map(|_| ())
}

/// Notes what happened to a number.
pub fn note(tx: &mut Tx<'_>, tenant: &Tenant, reference: &str, of: &ReferenceEvent) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO reference_events (institution, reference, at, act, former, number, reason, note, done_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (reference, at, act) DO NOTHING",
        values![
            tenant,
            reference,
            of.at,
            of.act.word(),
            of.former.as_deref(),
            of.number.as_deref(),
            of.reason.map(LinkReason::word),
            &of.note,
            of.by.as_ref(),
        ],
    )
    .map(|_| ())
}

/// What happened to a number, the newest first.
pub fn events(tx: &mut Tx<'_>, tenant: &Tenant, reference: &str) -> Result<Vec<ReferenceEvent>, StoreError> {
    tx.rows(
        "SELECT at, act, former, number, reason, note, done_by FROM reference_events WHERE reference = $1 AND institution = $2
         ORDER BY at DESC, act LIMIT $3",
        values![reference, tenant, PERSON_ROWS],
        |row| {
            let reason = row.get::<Option<String>>("reason")?;
            let reason = reason.map(|word| LinkReason::of_word(&word).ok_or(StoreError::Damaged("reason of a link"))).transpose()?;
            Ok(ReferenceEvent {
                at: row.instant("at")?,
                by: maybe_user(row.get("done_by")?)?,
                act: ReferenceAct::of_word(&row.get::<String>("act")?).ok_or(StoreError::Damaged("act on a number"))?,
                former: row.get("former")?,
                number: row.get("number")?,
                reason,
                note: row.get("note")?,
            })
        },
    )
}

/// Which numbers to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceQuery {
    /// Whole number without hyphens; empty = all.
    pub number_key: String,
    /// `None` = all.
    pub state: Option<SendState>,
    /// Only those with X62.
    pub only_held: bool,
    /// Behind this id; empty = from the first.
    pub after: String,
    /// At most so many.
    pub rows: u32,
}

/// Texts of [`list`]: all, of a state, held, of a number. The first two say what is equal as bounds and order by it too: beside equalities
/// PostgreSQL may take the key on `id` for the order and go through the rows of all institutions.
pub const LISTS: [&str; 4] = [
    concat!(
        "SELECT ",
        columns!(),
        " FROM reference_numbers WHERE (institution, id) > ($1, $2) AND institution <= $1 ORDER BY institution, id LIMIT $3"
    ),
    concat!(
        "SELECT ",
        columns!(),
        " FROM reference_numbers WHERE institution = $1 AND (state, id) > ($4, $2) AND state <= $4 ORDER BY state, id LIMIT $3"
    ),
    concat!(
        "SELECT ",
        columns!(),
        " FROM reference_numbers WHERE institution = $1 AND id > $2 AND held_at IS NOT NULL ORDER BY id LIMIT $3"
    ),
    concat!(
        "SELECT ",
        columns!(),
        " FROM reference_numbers WHERE institution = $1 AND id > $2 AND number_key = $4 AND number_key <> '' LIMIT $3"
    ),
];

/// A page of numbers in the order of their ids: the way in which they came.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, query: &ReferenceQuery) -> Result<Vec<Kept>, StoreError> {
    let [all, of_state, held, of_number] = LISTS;
    let (after, rows) = (&query.after, query.rows);
    match (query.number_key.as_str(), query.only_held, query.state) {
        ("", true, _) => tx.rows(held, values![tenant, after, rows], read),
        ("", false, Some(state)) => tx.rows(of_state, values![tenant, after, rows, state.word()], read),
        ("", false, None) => tx.rows(all, values![tenant, after, rows], read),
        (number, ..) => tx.rows(of_number, values![tenant, after, rows, number], read),
    }
}

/// Text of [`waiting`].
pub const WAITING: &str = "SELECT institution, id FROM reference_numbers WHERE state IN ('sending', 'late') AND changed_at <= $1
     ORDER BY changed_at LIMIT 100";

/// Numbers of all institutions whose registration has waited since an instant: at most 100.
pub fn waiting(tx: &mut Tx<'_>, until: UnixMs) -> Result<Vec<(InstitutionCode, String)>, StoreError> {
    tx.rows(WAITING, values![until], |row| Ok((code_of(&row.get::<String>("institution")?)?, row.get("id")?)))
}

/// True where a result of this person is not to leave by itself (X62): it is said of the person, or of another with this one.
pub fn is_held(tx: &mut Tx<'_>, tenant: &Tenant, consent: &ConsentId) -> Result<bool, StoreError> {
    let found = tx.row(
        "SELECT r.held_at FROM consents c JOIN reference_numbers r ON r.institution = c.institution AND r.subject = c.subject
             AND r.subject <> ''
         WHERE c.institution = $1 AND c.id = $2 AND r.held_at IS NOT NULL",
        values![tenant, consent],
        |row| row.maybe_instant("held_at"),
    )?;
    Ok(found.is_some())
}

/// Notes that a result left as a file.
pub fn note_sent(tx: &mut Tx<'_>, tenant: &Tenant, consent: &ConsentId, at: UnixMs, number: Option<&str>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO sent_results (institution, consent, what, at, number) VALUES ($1, $2, 'face', $3, $4)
         ON CONFLICT (consent, what, at) DO NOTHING",
        values![tenant, consent, at, number],
    )
    .map(|_| ())
}

/// What left of a person's results, the newest first.
pub fn sent(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str) -> Result<Vec<SentResult>, StoreError> {
    tx.rows(
        "SELECT s.at, s.number FROM consents c JOIN sent_results s ON s.consent = c.id WHERE c.institution = $1 AND c.subject = $2
         ORDER BY s.at DESC LIMIT $3",
        values![tenant, subject, PERSON_ROWS],
        |row| Ok(SentResult { at: row.instant("at")?, what: SentAs::FaceFile, number: row.get("number")? }),
    )
}
