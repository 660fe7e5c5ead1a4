//! 再照会 (OT-14, P-REQ): asking again about a person under a living consent of a home visit, without card and PIN.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, ConsentPart, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::coverage::Validity;
use crate::right::Act;

/// So many former answers are shown.
pub const ANSWERS_SHOWN: u32 = 12;

super::endpoints! {
    /// Whether this person may be asked about again, and what came of it before.
    RequeryState(consent: ConsentPart) {
        name: "office.requery_state",
        call: Get "/api/office/consents/{consent}/requery",
        right: Permission::Account(Act::Requery),
        asks: Body::None => (),
        answers: Answer::Json => RequeryStanding,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Asks the register now. Without a living consent, or after the end of the relation: [`super::Code::X46`].
    Requery(consent: ConsentPart) {
        name: "office.requery",
        call: Post "/api/office/consents/{consent}/requery",
        right: Permission::Account(Act::Requery),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => RequeryStanding,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Notes the last day of the relation with this person, or that it goes on. A day before the consent: [`super::Code::Request`].
    EndRelation(consent: ConsentPart) {
        name: "office.end_relation",
        call: Post "/api/office/consents/{consent}/relation",
        right: Permission::Account(Act::SeeVisitsOfToday),
        asks: Body::Json(SMALL) => RelationEnd,
        answers: Answer::Json => RequeryStanding,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// Why nobody asks again (X46).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// 期限切れ: the consent ended with this day.
    Expired(CivilDate),
    /// 置き換え済み: a later consent of the same person stands in its place.
    Replaced,
    /// 取消: the person or the institution took it back.
    Withdrawn,
    /// The person gave a consent for another use.
    OtherUse,
    /// 終了日: the relation ended with this day.
    RelationEnded(CivilDate),
    /// The consent is for another use than home visits.
    NoHomeVisit,
}

/// The last day of a relation; `None`: it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelationEnd {
    /// 終了日.
    pub ended_on: Option<CivilDate>,
}

/// How 再照会 stands for one consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequeryStanding {
    /// Why not; `None`: ask.
    pub why_not: Option<WhyNot>,
    /// 終了日 as it was noted.
    pub ended_on: Option<CivilDate>,
    /// The last answers, the newest first; [`ANSWERS_SHOWN`] at most.
    pub answers: Vec<Asked>,
    /// What the newest answer changed against the one before it (X47); empty: nothing, or nothing was asked yet.
    pub differences: Vec<Difference>,
    /// When the answer was given that the newest one is compared with.
    pub former_at: Option<UnixMs>,
    /// The server's clock.
    pub now: UnixMs,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// When.
    pub at: UnixMs,
    /// Who asked; `None`: nobody by hand.
    pub by: Option<UserId>,
    /// The verdict.
    pub validity: Validity,
}

/// What is another than before: old beside new, in the words of the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which field.
    pub field: String,
    /// As it was; `―` for nothing.
    pub former: String,
    /// As it is now.
    pub now: String,
}
