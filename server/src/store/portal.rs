//! Statements on the users of facilities that ask for 資格確認限定型: registrations, applicants, their sessions, settings sheets.

use shared::domain::calendar::UnixMs;
use shared::domain::facility::{FacilityCheck, FacilityKind};
use shared::domain::institution::InstitutionCode;

use super::tx::{Row, Tx, values};
use super::{ApplicantId, Sha256, StoreError, code_of, fixed};

/// What a facility's user said of itself (N143). No `Debug`: it is of a person.
#[derive(Clone, PartialEq, Eq)]
pub struct ApplicantRecord {
    /// Its id.
    pub id: ApplicantId,
    /// Kind of the facility.
    pub facility: FacilityKind,
    /// 氏名.
    pub name: String,
    /// 医療機関名.
    pub facility_name: String,
    /// 電話番号.
    pub phone: String,
    /// メールアドレス as it was written.
    pub mail: String,
    /// The same for every way of writing it.
    pub mail_key: String,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// When it was registered.
    pub at: UnixMs,
}

/// How an application stands, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationState {
    /// None was sent.
    None,
    /// 受付中.
    Received,
    /// 差し戻し.
    Returned,
    /// 承認.
    Approved,
}

impl ApplicationState {
    /// The word that is kept, and that the operator reads.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Received => "received",
            Self::Returned => "returned",
            Self::Approved => "approved",
        }
    }

    fn from_word(word: &str) -> Result<Self, StoreError> {
        [Self::None, Self::Received, Self::Returned, Self::Approved]
            .into_iter()
            .find(|state| state.word() == word)
            .ok_or(StoreError::Damaged("state of an application"))
    }
}

/// What was applied for (N144). No `Debug`: digits of an account.
#[derive(Clone, PartialEq, Eq)]
pub struct SentRecord {
    /// 施設の確認方法.
    pub check: FacilityCheck,
    /// 口座番号の下4桁, until the answer.
    pub digits: Option<String>,
    /// 職員数.
    pub staff: u32,
    /// 申請台数.
    pub devices: u32,
    /// When.
    pub at: UnixMs,
}

/// An applicant with its application.
#[derive(Clone, PartialEq, Eq)]
pub struct ApplicantEntry {
    /// Who.
    pub who: ApplicantRecord,
    /// How the application stands.
    pub state: ApplicationState,
    /// How often it was answered.
    pub round: u32,
    /// What was sent last.
    pub sent: Option<SentRecord>,
    /// When it was answered last.
    pub answered_at: Option<UnixMs>,
    /// Why it came back.
    pub reason: Option<String>,
    /// What came of it.
    pub institution: Option<InstitutionCode>,
}

fn number(value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|_| StoreError::Damaged("a count of an application"))
}

fn read_record(row: &Row<'_>, at: &'static str) -> Result<ApplicantRecord, StoreError> {
    Ok(ApplicantRecord {
        id: ApplicantId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("applicant id"))?,
        facility: FacilityKind::from_word(&row.get::<String>("facility")?).ok_or(StoreError::Damaged("kind of a facility"))?,
        name: row.get("name")?,
        facility_name: row.get("facility_name")?,
        phone: row.get("phone")?,
        mail: row.get("mail")?,
        mail_key: row.get("mail_key")?,
        password_hash: row.get("password_hash")?,
        at: row.instant(at)?,
    })
}

fn read(row: &Row<'_>) -> Result<ApplicantEntry, StoreError> {
    let sent = match row.maybe_instant("sent_at")? {
        None => None,
        Some(at) => Some(SentRecord {
            check: row
                .get::<Option<String>>("checked_by")?
                .and_then(|word| FacilityCheck::from_word(&word))
                .ok_or(StoreError::Damaged("check of a facility"))?,
            digits: row.get("digits")?,
            staff: number(row.get::<Option<i64>>("staff")?.unwrap_or_default())?,
            devices: number(row.get::<Option<i64>>("devices")?.unwrap_or_default())?,
            at,
        }),
    };
    Ok(ApplicantEntry {
        who: read_record(row, "registered_at")?,
        state: ApplicationState::from_word(&row.get::<String>("state")?)?,
        round: number(row.get("round")?)?,
        sent,
        answered_at: row.maybe_instant("answered_at")?,
        reason: row.get("reason")?,
        institution: row.get::<Option<String>>("institution")?.map(|code| code_of(&code)).transpose()?,
    })
}

/// Adds a registration that waits for its mail to be followed.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add_registration(tx: &mut Tx<'_>, new: &ApplicantRecord) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO registrations (id, facility, name, facility_name, phone, mail, mail_key, password_hash, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            new.id.as_str(),
            new.facility.word(),
            &new.name,
            &new.facility_name,
            &new.phone,
            &new.mail,
            &new.mail_key,
            &new.password_hash,
            new.at,
        ],
    )
    .map(|_| ())
}

/// A registration.
pub fn registration(tx: &mut Tx<'_>, id: &ApplicantId) -> Result<Option<ApplicantRecord>, StoreError> {
    tx.row(
        "SELECT id, facility, name, facility_name, phone, mail, mail_key, password_hash, at FROM registrations WHERE id = $1",
        values![id.as_str()],
        |row| read_record(row, "at"),
    )
}

/// How many registrations an address has had since an instant.
pub fn registrations_since(tx: &mut Tx<'_>, mail_key: &str, since: UnixMs) -> Result<u32, StoreError> {
    let counted =
        tx.row("SELECT COUNT(*) AS counted FROM registrations WHERE mail_key = $1 AND at > $2", values![mail_key, since], |row| {
            row.get::<i64>("counted")
        })?;
    number(counted.unwrap_or_default())
}

/// Removes a registration; false when it is gone.
pub fn take_registration(tx: &mut Tx<'_>, id: &ApplicantId) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM registrations WHERE id = $1", values![id.as_str()])? == 1)
}

/// Removes 500 registrations at most from before an instant, or after `not_yet`; says how many.
pub fn forget_registrations(tx: &mut Tx<'_>, before: UnixMs, not_yet: UnixMs) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM registrations WHERE id IN (SELECT id FROM registrations WHERE at <= $1 OR at > $2 LIMIT 500)",
        values![before, not_yet],
    )
}

/// Adds an applicant without an application; false when its address has one.
pub fn add(tx: &mut Tx<'_>, new: &ApplicantRecord) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO applicants (id, facility, name, facility_name, phone, mail, mail_key, password_hash, registered_at, state, round)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0) ON CONFLICT (mail_key) DO NOTHING",
        values![
            new.id.as_str(),
            new.facility.word(),
            &new.name,
            &new.facility_name,
            &new.phone,
            &new.mail,
            &new.mail_key,
            &new.password_hash,
            new.at,
            ApplicationState::None.word(),
        ],
    )?;
    Ok(added == 1)
}

/// The applicant of an address.
pub fn by_mail(tx: &mut Tx<'_>, mail_key: &str) -> Result<Option<ApplicantEntry>, StoreError> {
    tx.row(
        "SELECT id, facility, name, facility_name, phone, mail, mail_key, password_hash, registered_at, state, round, checked_by, digits,
                staff, devices, sent_at, answered_at, reason, institution FROM applicants WHERE mail_key = $1",
        values![mail_key],
        read,
    )
}

/// An applicant.
pub fn find(tx: &mut Tx<'_>, id: &ApplicantId) -> Result<Option<ApplicantEntry>, StoreError> {
    tx.row(
        "SELECT id, facility, name, facility_name, phone, mail, mail_key, password_hash, registered_at, state, round, checked_by, digits,
                staff, devices, sent_at, answered_at, reason, institution FROM applicants WHERE id = $1",
        values![id.as_str()],
        read,
    )
}

/// The applicants with an application in a state, the one that waits longest first, those after `after`.
pub fn in_state(tx: &mut Tx<'_>, state: ApplicationState) -> Result<Vec<ApplicantEntry>, StoreError> {
    tx.rows(
        "SELECT id, facility, name, facility_name, phone, mail, mail_key, password_hash, registered_at, state, round, checked_by, digits,
                staff, devices, sent_at, answered_at, reason, institution FROM applicants WHERE state = $1 ORDER BY sent_at, id",
        values![state.word()],
        read,
    )
}

/// How many applications have waited since an instant or longer.
pub fn waiting_since(tx: &mut Tx<'_>, since: UnixMs) -> Result<u32, StoreError> {
    let counted = tx.row(
        "SELECT COUNT(*) AS counted FROM applicants WHERE state = $1 AND sent_at <= $2",
        values![ApplicationState::Received.word(), since],
        |row| row.get::<i64>("counted"),
    )?;
    number(counted.unwrap_or_default())
}

/// Keeps what was sent, where the application stands as the sender knew it; false when it does not.
pub fn send(tx: &mut Tx<'_>, id: &ApplicantId, round: u32, sent: &SentRecord) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE applicants SET state = $1, checked_by = $2, digits = $3, staff = $4, devices = $5, sent_at = $6, reason = NULL
         WHERE id = $7 AND round = $8 AND state IN ('none', 'returned')",
        values![
            ApplicationState::Received.word(),
            sent.check.word(),
            sent.digits.as_deref(),
            sent.staff,
            sent.devices,
            sent.at,
            id.as_str(),
            round,
        ],
    )?;
    Ok(changed == 1)
}

/// Keeps the answer to what waits: the digits have served and leave. False when nothing waits.
pub fn answer(
    tx: &mut Tx<'_>,
    id: &ApplicantId,
    state: ApplicationState,
    reason: Option<&str>,
    institution: Option<&InstitutionCode>,
    at: UnixMs,
) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE applicants SET state = $1, reason = $2, institution = $3, answered_at = $4, digits = NULL, round = round + 1
         WHERE id = $5 AND state = 'received'",
        values![state.word(), reason, institution, at, id.as_str()],
    )?;
    Ok(changed == 1)
}

/// A session of an applicant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicantSession {
    /// SHA-256 of the secret in the cookie.
    pub id_sha256: Sha256,
    /// Whose.
    pub applicant: ApplicantId,
    /// When it was opened.
    pub opened_at: UnixMs,
    /// When it was used last.
    pub seen_at: UnixMs,
    /// It ends then whatever happens.
    pub ends_at: UnixMs,
}

/// Adds a session, where the password is still the one that was judged.
pub fn add_session(tx: &mut Tx<'_>, session: &ApplicantSession, judged: &str) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO applicant_sessions (id_sha256, applicant, opened_at, seen_at, ends_at)
         SELECT $1, id, $2, $3, $4 FROM applicants WHERE id = $5 AND password_hash = $6",
        values![&session.id_sha256, session.opened_at, session.seen_at, session.ends_at, session.applicant.as_str(), judged],
    )?;
    Ok(added == 1)
}

/// A session, whatever its age, with its applicant.
pub fn find_session(tx: &mut Tx<'_>, id_sha256: &Sha256) -> Result<Option<(ApplicantSession, ApplicantEntry)>, StoreError> {
    tx.row(
        "SELECT s.id_sha256, s.opened_at, s.seen_at, s.ends_at, a.id, a.facility, a.name, a.facility_name, a.phone, a.mail, a.mail_key,
                a.password_hash, a.registered_at, a.state, a.round, a.checked_by, a.digits, a.staff, a.devices, a.sent_at, a.answered_at,
                a.reason, a.institution
         FROM applicant_sessions s JOIN applicants a ON a.id = s.applicant WHERE s.id_sha256 = $1",
        values![id_sha256],
        |row| {
            let entry = read(row)?;
            let session = ApplicantSession {
                id_sha256: fixed(row.get("id_sha256")?)?,
                applicant: entry.who.id.clone(),
                opened_at: row.instant("opened_at")?,
                seen_at: row.instant("seen_at")?,
                ends_at: row.instant("ends_at")?,
            };
            Ok((session, entry))
        },
    )
}

/// Notes that a session was used; never back in time.
pub fn touch_session(tx: &mut Tx<'_>, id_sha256: &Sha256, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE applicant_sessions SET seen_at = $1 WHERE id_sha256 = $2 AND seen_at < $1", values![at, id_sha256]).map(|_| ())
}

/// Removes a session.
pub fn end_session(tx: &mut Tx<'_>, id_sha256: &Sha256) -> Result<(), StoreError> {
    tx.execute("DELETE FROM applicant_sessions WHERE id_sha256 = $1", values![id_sha256]).map(|_| ())
}

/// Removes every session of every applicant; says how many.
pub fn end_all_sessions(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM applicant_sessions", values![])
}

/// Removes 500 sessions at most that ended by `at`, were last seen at `idle_since` or before, or opened after `not_yet`.
pub fn drop_ended_sessions(tx: &mut Tx<'_>, at: UnixMs, idle_since: UnixMs, not_yet: UnixMs) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM applicant_sessions WHERE id_sha256 IN
           (SELECT id_sha256 FROM applicant_sessions WHERE ends_at <= $1 OR seen_at <= $2 OR opened_at > $3 LIMIT 500)",
        values![at, idle_since, not_yet],
    )
}

/// Sets another password.
pub fn set_password(tx: &mut Tx<'_>, id: &ApplicantId, hash: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE applicants SET password_hash = $1 WHERE id = $2", values![hash, id.as_str()]).map(|_| ())
}

/// Ends every session of an applicant.
pub fn end_sessions_of(tx: &mut Tx<'_>, id: &ApplicantId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM applicant_sessions WHERE applicant = $1", values![id.as_str()]).map(|_| ())
}

/// Removes an applicant without sessions.
pub fn remove(tx: &mut Tx<'_>, id: &ApplicantId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM applicants WHERE id = $1", values![id.as_str()]).map(|_| ())
}

/// Sets how many devices an approved facility has; false when it is not approved.
pub fn set_devices(tx: &mut Tx<'_>, id: &ApplicantId, devices: u32) -> Result<bool, StoreError> {
    Ok(tx.execute("UPDATE applicants SET devices = $1 WHERE id = $2 AND state = 'approved'", values![devices, id.as_str()])? == 1)
}
