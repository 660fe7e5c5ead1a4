//! Papers of the house: 掲示・ウェブ掲載文 (OT-32) and チェックリスト回答 (OT-33).

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, Permission, YearPart};
use crate::domain::account::UserId;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::fee::Place;
use crate::domain::prose::{Prose, Title};
use crate::domain::security_check::Reply;
use crate::right::Act;

/// Longest body: all answers of a check list, or one text.
const PAPER_BYTES: usize = 32 * 1024;

super::endpoints! {
    /// The texts that the institution keeps for its notices. Everyone may print them.
    PostedTexts {
        name: "office.posted_texts",
        call: Get "/api/office/posted",
        right: Permission::Account(Act::ReadNotices),
        asks: Body::None => (),
        answers: Answer::Json => Posted,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Keeps a text, or goes back to the offered wording.
    SavePosted {
        name: "office.save_posted",
        call: Post "/api/office/posted",
        right: Permission::Account(Act::EditPostedNotices),
        asks: Body::Json(PAPER_BYTES) => NewText,
        answers: Answer::Json => Posted,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// The answers of a fiscal year. A year without a list is not there.
    SecurityCheck(year: YearPart) {
        name: "office.security_check",
        call: Get "/api/office/security-check/{year}",
        right: Permission::Account(Act::EditPostedNotices),
        asks: Body::None => (),
        answers: Answer::Json => CheckSheet,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Keeps the answers that are given; those that are not stay as they are.
    SaveSecurityCheck(year: YearPart) {
        name: "office.save_security_check",
        call: Post "/api/office/security-check/{year}",
        right: Permission::Account(Act::EditPostedNotices),
        asks: Body::Json(PAPER_BYTES) => NewAnswers,
        answers: Answer::Json => CheckSheet,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// The texts of an institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// Those that were changed; of the others the offered wording counts.
    pub texts: Vec<KeptText>,
    /// 機関名.
    pub institution_name: String,
    /// Whom to ask; may be empty.
    pub contact: String,
    /// The account may change them.
    pub may_change: bool,
    /// The server's clock: what counts today.
    pub now: UnixMs,
}

/// A text that the institution wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptText {
    /// Id of the fee ([`crate::domain::fee::Fee::id`]).
    pub fee: String,
    /// Where it is read.
    pub place: Place,
    /// The text.
    pub text: Prose,
    /// Who wrote it.
    pub by: UserId,
    /// When.
    pub at: UnixMs,
}

/// A text to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewText {
    /// Id of the fee; one that is not known is refused ([`super::Code::Request`]).
    pub fee: String,
    /// Where it is read.
    pub place: Place,
    /// The text; `None`: the offered wording again.
    pub text: Option<Prose>,
}

/// The answers of a fiscal year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSheet {
    /// Which fiscal year.
    pub year: u16,
    /// The questions that have an answer.
    pub answers: Vec<CheckAnswer>,
    /// 機関名.
    pub institution_name: String,
    /// The server's clock.
    pub now: UnixMs,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAnswer {
    /// Number of the question.
    pub question: String,
    /// What was answered.
    pub reply: Reply,
    /// いいえ: by when it will be done.
    pub due: Option<CivilDate>,
    /// A remark.
    pub note: Option<Title>,
    /// Who answered last.
    pub by: UserId,
    /// When.
    pub at: UnixMs,
}

/// Answers to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAnswers {
    /// Each with a question of the year's list (else [`super::Code::Request`]).
    pub answers: Vec<NewAnswer>,
}

/// One answer to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    /// Number of the question.
    pub question: String,
    /// The answer; `None` takes it back.
    pub reply: Option<Reply>,
    /// By when it will be done; only with いいえ.
    pub due: Option<CivilDate>,
    /// A remark.
    pub note: Option<Title>,
}
