//! What is kept: its types, one function per statement (a module per subject), and the two databases behind [`db::Db`].
//!
//! Every statement on an institution's rows takes the [`Tenant`]. Those that find out whose a thing is (a token's page, a session, a
//! visit by its id) give what the gate makes one of; purges go over all institutions and say so.
//!
//! The statements decide nothing: what is written when is the matter of [`crate::rule`].

pub mod account;
pub mod answer;
pub mod attempt;
pub mod audit;
pub mod code;
pub mod consent;
pub mod db;
pub mod deployment;
pub mod finished;
pub mod institution;
pub mod job;
mod postgres;
mod sqlite;
mod stored;
pub(crate) mod threads;
pub mod tx;
pub mod visit;

use shared::api::office::{ChosenCoverage, ListOrder, StateFilter};
use shared::api::reception::{CertificateChecks, VisitResult};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{Choices, ConsentItem, ItemState};
use shared::domain::coverage::Eligibility;
use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};
use shared::domain::person::Person;

use crate::tenant::Tenant;

/// Says that the store could not do it. The inner cause is for the log.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or failed.
    #[error("the database failed")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The disk is full; nothing was written.
    #[error("the disk is full")]
    Full,
    /// The database file is no whole database.
    #[error("the database is damaged: {0}")]
    Broken(String),
    /// More waits than can be served in time; nothing was done.
    #[error("too much waits for the database")]
    Busy,
    /// The connection was lost while the database committed: whether it counts, the same request asked again tells.
    #[error("the connection was lost during a commit")]
    Unknown(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The address of the database cannot be used.
    #[error("{0}")]
    Address(&'static str, #[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// A commit failed before: no more writes until the next start.
    #[error("the store takes no more writes")]
    Stopped,
    /// A stored value cannot be read back.
    #[error("a stored value cannot be read back: {0}")]
    Damaged(&'static str),
    /// The database engine has a known fault.
    #[error("SQLite {0} is too old")]
    OldEngine(String),
}

/// The characters of URL-safe base64 in the order of their bytes, so that ids compare as texts the way they do as numbers.
const IN_ORDER: base64::alphabet::Alphabet =
    match base64::alphabet::Alphabet::new("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz") {
        Ok(alphabet) => alphabet,
        Err(_) => panic!("64 characters"),
    };
const ID_TEXT: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(&IN_ORDER, base64::engine::general_purpose::NO_PAD);

/// Six bits before the time: with them the ids of today sort after nearly all of the random ones that earlier releases made.
const AFTER_FORMER: u128 = 0b11_1111;
/// Bits of the milliseconds since 1970: enough until 2109.
const TIME_BITS: u32 = 42;
/// Bits that nobody can guess.
const RANDOM_BITS: u32 = 80;

/// The text of an id: 22 characters. Ids made one after the other stand side by side in an index, so that a group of visits
/// writes few pages.
fn id_text(at: UnixMs, random: [u8; 10]) -> String {
    use base64::Engine as _;
    let mut bits = [0; 16];
    bits[6..].copy_from_slice(&random);
    let time = u128::try_from(at.0).unwrap_or(0) & ((1 << TIME_BITS) - 1);
    let id = (AFTER_FORMER << TIME_BITS | time) << RANDOM_BITS | u128::from_be_bytes(bits);
    ID_TEXT.encode(id.to_be_bytes())
}

/// True for an id of [`id_text`], and for one of earlier releases: 16 random bytes in the usual order of the characters.
fn is_id(text: &str) -> bool {
    use base64::Engine as _;
    let is_ours = ID_TEXT.decode(text).is_ok_and(|bytes| bytes.len() == 16);
    is_ours || shared::bytes::Base64::parse(text).is_ok_and(|bytes| bytes.0.len() == 16)
}

/// Names a thing by when it was made and 80 random bits: 22 characters that sort by time.
macro_rules! timed_id {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(String);

        impl $type {
            /// Makes the id of an instant and random bytes.
            #[must_use]
            pub fn new(at: UnixMs, random: [u8; 10]) -> Self {
                Self(id_text(at, random))
            }

            /// Reads an id, also one of earlier releases; `None` for anything that no id can be.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                is_id(text).then(|| Self(text.to_owned()))
            }

            /// The text form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

timed_id! {
    /// Names a visit.
    VisitId
}
timed_id! {
    /// Names a consent.
    ConsentId
}
timed_id! {
    /// Names an activation code.
    CodeId
}

pub use crate::Sha256;

/// An institution as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Institution {
    /// 機関コード.
    pub code: InstitutionCode,
    /// 機関名.
    pub name: String,
    /// Whom to ask, in the institution's own words; may be empty.
    pub contact: String,
    /// 訪問診療等機能 (N041).
    pub uses_home_visit: bool,
    /// Q8: the eligibility is shown on the tablet.
    pub shows_eligibility: bool,
}

impl Institution {
    /// True when the institution has switched this kind of visit on.
    #[must_use]
    pub fn is_on(&self, visit_kind: VisitKind) -> bool {
        match visit_kind {
            VisitKind::HomeVisit => self.uses_home_visit,
        }
    }
}

/// A call of an account that has an idempotency key: what one press of a person stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    /// Who pressed.
    pub user: UserId,
    /// SHA-256 of the key.
    pub key_sha256: Sha256,
    /// Name of the endpoint.
    pub endpoint: &'static str,
    /// SHA-256 of path and body: the same key with another request is refused.
    pub request_sha256: Sha256,
    /// What the key gives beside its hash, never kept: with it an answer that is shown once can be made again and is stored nowhere.
    pub seed: Sha256,
    /// When.
    pub at: UnixMs,
}

/// An account as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// ユーザID.
    pub user: UserId,
    /// ユーザ名.
    pub name: String,
    /// ユーザ名(カナ), half-width; empty for accounts of before it was asked.
    pub kana: String,
    /// 権限区分.
    pub kind: AccountKind,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// The first password was not changed yet (N029).
    pub must_change_password: bool,
    /// 利用開始年月日.
    pub valid_from: Option<CivilDate>,
    /// 利用終了年月日, included.
    pub valid_until: Option<CivilDate>,
    /// Since when it is stopped (停止).
    pub suspended_at: Option<UnixMs>,
}

/// An account with what happened to it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountEntry {
    /// The account.
    pub account: Account,
    /// The last login; `None`: it never logged in (N030).
    pub last_login_at: Option<UnixMs>,
}

/// The institution behind a reception token, and whether the token is still the current one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFound {
    /// Whose page.
    pub institution: Institution,
    /// What for.
    pub visit_kind: VisitKind,
    /// False for a former URL (X18).
    pub is_current: bool,
}

/// The current reception URL of an institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceptionUrlRecord {
    /// The secret part of the URL.
    pub token: ReceptionToken,
    /// Since when it counts.
    pub issued_at: UnixMs,
    /// How many came before.
    pub former_urls: u32,
}

/// A nonce for the card.
#[derive(Clone, PartialEq, Eq)]
pub struct NewChallenge {
    /// 32 random bytes.
    pub nonce: [u8; 32],
    /// Ends here.
    pub expires_at: UnixMs,
}

/// A visit to open.
#[derive(Clone, PartialEq, Eq)]
pub struct NewVisit {
    /// Its id.
    pub id: VisitId,
    /// Whose.
    pub tenant: Tenant,
    /// What for.
    pub visit_kind: VisitKind,
    /// SHA-256 of the tablet's idempotency key.
    pub key_sha256: Sha256,
    /// The confirmed choices.
    pub choices: Choices,
    /// Version of the notice text that was shown.
    pub notice_version: String,
    /// Language of the screens.
    pub language: String,
    /// When; the time inside the statement.
    pub opened_at: UnixMs,
    /// The visit ends here.
    pub expires_at: UnixMs,
    /// The first challenge.
    pub challenge: NewChallenge,
}

/// A visit as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Visit {
    /// Its id.
    pub id: VisitId,
    /// Whose.
    pub institution: InstitutionCode,
    /// What for.
    pub visit_kind: VisitKind,
    /// The confirmed choices.
    pub choices: Choices,
    /// Version of the notice text that was shown.
    pub notice_version: String,
    /// Language of the screens.
    pub language: String,
    /// The time inside the statement.
    pub opened_at: UnixMs,
    /// The visit ends here.
    pub expires_at: UnixMs,
    /// When the proof was stored.
    pub done_at: Option<UnixMs>,
    /// When the tablet left.
    pub left_at: Option<UnixMs>,
    /// The stored answer, until the tablet leaves.
    pub result: Option<VisitResult>,
    /// Q8, as the institution has it now.
    pub shows_eligibility: bool,
    /// The current challenge.
    pub challenge: NewChallenge,
    /// The current challenge served already.
    pub is_challenge_used: bool,
}

/// What became of opening a visit.
pub enum Opened {
    /// The new visit, or the one that the same key opened before with the same choices; both with the given challenge.
    Visit(Box<Visit>),
    /// The key was used with other choices.
    OtherChoices,
}

/// A proved visit to store: consent, result, proof, challenge use and audit row in one transaction.
#[derive(Clone)]
pub struct Proved {
    /// Which visit.
    pub visit: VisitId,
    /// The challenge that was signed.
    pub nonce: [u8; 32],
    /// When.
    pub at: UnixMs,
    /// Id of the consent.
    pub consent: ConsentId,
    /// Who, in the registry's words (`cert:…` when the registry does not know the certificate).
    pub subject: String,
    /// The consent that the person agreed to replace (X25).
    pub replaces: Option<ConsentId>,
    /// The eligibility as answered, already without what was not consented to.
    pub eligibility: Eligibility,
    /// 確認の方法.
    pub check_way: CheckWay,
    /// What the person showed.
    pub medium: Medium,
    /// What the card signed; `None` where none did (目視, paper).
    pub proof: Option<ProofRecord>,
    /// The answer; `replaced_until` is filled in by the store.
    pub result: VisitResult,
    /// The audit row.
    pub audit: AuditEntry,
}

/// What the card signed, kept so that anyone can check it again.
#[derive(Clone)]
pub struct ProofRecord {
    /// DER.
    pub certificate: Vec<u8>,
    /// 256 bytes.
    pub signature: Vec<u8>,
    /// `shared::evidence`.
    pub statement: Vec<u8>,
    /// SHA-256 of the origin.
    pub origin_sha256: Sha256,
}

/// A living consent that a proof would replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// Its id.
    pub id: ConsentId,
    /// As stored.
    pub items: Vec<(ConsentItem, ItemState)>,
    /// 同意年月日.
    pub consented_at: UnixMs,
    /// 同意有効期限.
    pub expires_at: UnixMs,
}

/// What became of storing a proof.
#[derive(Debug)]
pub enum ProofStored {
    /// Stored now.
    New(Box<VisitResult>),
    /// Stored before, the same to the byte: the first answer.
    Before(Box<VisitResult>),
    /// The visit was finished by another proof; nothing of this one is stored.
    DoneOtherwise,
    /// Nothing stored, challenge not used: a living consent other than [`Proved::replaces`] would be replaced.
    Asks(Box<Former>),
    /// The challenge is no longer the current one, was used, or ended.
    ChallengeGone,
    /// The visit was left, or is over.
    Over,
}

/// Which consents to list.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentQuery {
    /// First day.
    pub from: CivilDate,
    /// Last day, included.
    pub to: CivilDate,
    /// Normalised beginning of name, kana or other name ([`crate::consent::search_key`]); empty = all.
    pub name_key: String,
    /// Whole 照会番号 as [`shared::domain::typed::number`] gives it; empty = all.
    pub reference_number: String,
    /// Whole 受付番号 ([`crate::consent::receipt_key`]); empty = all.
    pub receipt: String,
    /// Living, expired, replaced, or all.
    pub state: StateFilter,
    /// Order.
    pub order: ListOrder,
    /// Where the page begins; `None` is the first one.
    pub cursor: Option<Cursor>,
    /// Rows of a page.
    pub rows: u32,
    /// Living or not is decided at this instant.
    pub now: UnixMs,
}

/// A stored consent with its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRecord {
    /// Its id.
    pub id: ConsentId,
    /// What for.
    pub visit_kind: VisitKind,
    /// 照会番号.
    pub reference_number: Option<String>,
    /// As stored, not as they read now.
    pub items: Vec<(ConsentItem, ItemState)>,
    /// 同意年月日.
    pub consented_at: UnixMs,
    /// 同意有効期限.
    pub expires_at: UnixMs,
    /// When a later consent of the same person took its place.
    pub replaced_at: Option<UnixMs>,
    /// Number of the receipt.
    pub receipt: String,
    /// 確認の方法.
    pub check_way: CheckWay,
    /// What the person showed.
    pub medium: Medium,
    /// The eligibility as it was answered.
    pub eligibility: Eligibility,
    /// How far the certificate was checked; `None` where no card signed.
    pub checks: Option<CertificateChecks>,
    /// Which of several coverages a person chose.
    pub chosen: Option<ChosenCoverage>,
}

impl ConsentRecord {
    /// Who; `None` when the register had no row.
    #[must_use]
    pub fn person(&self) -> Option<&Person> {
        self.eligibility.person.as_ref()
    }
}

/// The row that a page of consents is next to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The page ends before that row; else it begins behind it.
    pub is_back: bool,
    /// The row's place in the order: its consent or its deadline.
    pub at: UnixMs,
    /// The row's id.
    pub id: String,
    /// How many rows stood before: before the page that begins here, or before the one that ended it.
    pub ahead: u32,
}

/// One page of consents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentHits {
    /// How many in all, up to [`shared::api::office::TOTAL_MAX`].
    pub total: u32,
    /// There are more than that.
    pub is_total_more: bool,
    /// How many stand before the first row of this page.
    pub ahead: u32,
    /// Its rows.
    pub rows: Vec<ConsentRecord>,
    /// Further rows of this page that cannot be read.
    pub damaged: u32,
    /// Leads to the page before; `None` on the first one.
    pub previous: Option<Cursor>,
    /// Leads to the next page; `None` on the last one.
    pub next: Option<Cursor>,
}

/// A session as it is kept: only the hash of its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// SHA-256 of the id in the cookie.
    pub id_sha256: Sha256,
    /// Whose institution.
    pub institution: InstitutionCode,
    /// Whose.
    pub user: UserId,
    /// Opened.
    pub opened_at: UnixMs,
    /// Last seen; the idle limit counts from here.
    pub seen_at: UnixMs,
    /// Ends here whatever happens.
    pub ends_at: UnixMs,
    /// From where it was opened: the peer's network ([`crate::peer::network_of`]), where one was kept.
    pub address: Option<String>,
}

/// A session with the account and the institution behind it, as they are now.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionFound {
    /// The session.
    pub session: SessionRecord,
    /// The account.
    pub account: Account,
    /// The institution.
    pub institution: Institution,
}

/// A password to set: by the holder of a session who knew the one before. No `Debug`.
#[derive(Clone)]
pub struct NewPassword {
    /// Opened in the place of all others.
    pub session: SessionRecord,
    /// The session that asked; nothing is changed when it has ended.
    pub former: Sha256,
    /// The hash that the old password was judged by; nothing is changed when there is another.
    pub judged: String,
    /// The hash to keep.
    pub password_hash: String,
    /// Its audit row.
    pub audit: AuditEntry,
}

/// Whether a login may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Go on; the attempt is counted already.
    Allowed,
    /// Not before an instant; not counted.
    Wait {
        /// The instant.
        until: UnixMs,
        /// True for the first try that this wait refuses.
        is_first: bool,
    },
}

/// How failures in a row slow further tries down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptPolicy {
    /// So many failures cost nothing.
    pub free: u32,
    /// The first wait, milliseconds; doubled with each further failure.
    pub first_wait_ms: i64,
    /// No wait is longer, milliseconds.
    pub longest_wait_ms: i64,
    /// After so long without a try the count starts anew, milliseconds.
    pub forget_after_ms: i64,
}

impl AttemptPolicy {
    /// The wait after `failures` failures in a row.
    #[must_use]
    pub fn wait_ms(&self, failures: u32) -> i64 {
        match failures.checked_sub(self.free) {
            None | Some(0) => 0,
            Some(over) => self.first_wait_ms.saturating_mul(1_i64 << over.saturating_sub(1).min(30)).min(self.longest_wait_ms),
        }
    }
}

/// One row of the audit log. No name, no token, no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: UnixMs,
    /// In which institution, where one is known.
    pub institution: Option<InstitutionCode>,
    /// Who: `user ID`, `visit ID`, `operator` or `nobody`.
    pub actor: String,
    /// What: the name of the endpoint, put in by the gate.
    pub action: std::borrow::Cow<'static, str>,
    /// From where: the address of the peer, kept so that a misused account can be followed to its terminal (guideline §17); `None`
    /// for the operator's commands and for sums over several calls.
    pub address: Option<std::net::IpAddr>,
    /// About what: a consent id.
    pub subject: Option<String>,
    /// `ok`, or the code of the refusal; `U-X11 x57`: 57 more of them came until then.
    pub outcome: String,
}

impl AuditEntry {
    /// The row of a command of the operator that was done.
    #[must_use]
    pub fn of_operator(at: UnixMs, tenant: &Tenant, action: &'static str, subject: &str) -> Self {
        Self {
            at,
            institution: Some(tenant.code().clone()),
            actor: "operator".to_owned(),
            action: action.into(),
            address: None,
            subject: Some(subject.to_owned()),
            outcome: "ok".to_owned(),
        }
    }

    /// The same row for a part of what was done.
    #[must_use]
    pub fn about(self, action: &'static str, subject: &str) -> Self {
        Self { action: action.into(), subject: Some(subject.to_owned()), ..self }
    }

    /// The same row with another outcome.
    #[must_use]
    pub fn with_outcome(self, outcome: &str) -> Self {
        Self { outcome: outcome.to_owned(), ..self }
    }
}

/// An institution to add, with its first URL and accounts.
pub struct NewInstitution {
    /// The institution.
    pub institution: Institution,
    /// Its first reception URL.
    pub token: ReceptionToken,
    /// Its first accounts.
    pub accounts: Vec<Account>,
    /// When.
    pub at: UnixMs,
}

fn code_of(text: &str) -> Result<InstitutionCode, StoreError> {
    InstitutionCode::try_from(text).map_err(|_| StoreError::Damaged("institution code"))
}

fn visit_kind_of(code: i64) -> Result<VisitKind, StoreError> {
    u8::try_from(code).ok().and_then(VisitKind::from_code).ok_or(StoreError::Damaged("use"))
}

fn user_of(text: &str) -> Result<UserId, StoreError> {
    UserId::try_from(text).map_err(|_| StoreError::Damaged("user id"))
}

fn fixed(bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged("32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_their_time_as_texts_and_differ_in_eighty_bits() {
        let mut last = String::new();
        let times = [0, 1, 63, 64, 65, 1_795_000_000_000, 1_795_000_000_001, 1_795_000_100_000, 4_398_046_511_103];
        for at in times.map(UnixMs) {
            for random in [[0; 10], [1; 10], [0xff; 10]] {
                let id = VisitId::new(at, random);
                assert_eq!(id.as_str().len(), 22);
                assert!(id.as_str() > last.as_str(), "{} {last}", id.as_str());
                assert_eq!(VisitId::parse(id.as_str()), Some(id.clone()));
                last = id.as_str().to_owned();
            }
        }
        // Each random bit counts.
        let all: std::collections::HashSet<String> = (0..80_usize)
            .map(|bit| {
                let mut random = [0; 10];
                random[bit / 8] = 1 << (bit % 8);
                id_text(UnixMs(1), random)
            })
            .collect();
        assert_eq!(all.len(), 80);
    }

    #[test]
    fn ids_of_before_are_read_and_most_stand_before_the_new_ones() {
        let new = VisitId::new(UnixMs(1_795_000_000_000), [0; 10]);
        let mut before = 0;
        for first in 0..=255_u8 {
            let text = shared::bytes::Base64([[first; 8], [0xA5; 8]].concat()).to_text();
            let former = VisitId::parse(&text).expect("an id of before");
            before += u32::from(former < new);
        }
        assert!(before >= 252, "{before} of 256");
        for bad in ["", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA!", "AAAAAAAAAAAAAAAAAAAAAB"] {
            assert_eq!(VisitId::parse(bad), None, "{bad}");
        }
    }
}
