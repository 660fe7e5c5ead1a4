//! 委託先資格情報一括取得 (OT-35, N062): an institution lets another one (委託先) fetch the results of its checks, for a period. Both see
//! the grant and what was fetched; it can be taken back at any time.

use serde::{Deserialize, Serialize};

use super::file::SavedFile;
use super::{Again, Answer, Audit, Body, GrantPart, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::institution::InstitutionCode;
use crate::right::Act;

/// A grant goes over so many days at most.
pub const GRANT_DAYS_MAX: i64 = 366;
/// Grants that are listed on each side, the newest.
pub const GRANTS: u32 = 100;
/// Fetches that are listed of each grant, the newest.
pub const FETCHES: u32 = 20;

super::endpoints! {
    /// The grants that this institution gave, and those that it was given.
    ListGrants {
        name: "office.list_grants",
        call: Get "/api/office/grants",
        right: Permission::Account(Act::CheckInBulk),
        asks: Body::None => (),
        answers: Answer::Json => Grants,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Gives another institution a grant, from today on at the earliest. An institution that is not here: [`super::Code::NotFound`]; its
    /// own, or a period that cannot be: [`super::Code::Request`].
    GiveGrant {
        name: "office.give_grant",
        call: Post "/api/office/grants",
        right: Permission::Account(Act::GrantEntrusted),
        asks: Body::Json(SMALL) => NewGrant,
        answers: Answer::Json => GrantRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Takes a grant back, at once.
    RevokeGrant(grant: GrantPart) {
        name: "office.revoke_grant",
        call: Post "/api/office/grants/{grant}/revoke",
        right: Permission::Account(Act::GrantEntrusted),
        asks: Body::None => (),
        answers: Answer::Json => GrantRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Fetches what the other institution checked in the grant's period, as CSV. Each fetch is seen by both. A grant that does not count
    /// (yet, or any more) is one that is not there.
    FetchEntrusted(grant: GrantPart) {
        name: "office.fetch_entrusted",
        call: Post "/api/office/grants/{grant}/fetch",
        right: Permission::Account(Act::SaveBulkResults),
        asks: Body::Json(SMALL) => FetchAsked,
        answers: Answer::Json => SavedFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// A grant to be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// 機関コード of the 委託先.
    pub to: InstitutionCode,
    /// First day.
    pub from: CivilDate,
    /// Last day, included.
    pub until: CivilDate,
}

/// Which days are fetched; only those of the grant's period come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchAsked {
    /// First day.
    pub from: CivilDate,
    /// Last day, included.
    pub to: CivilDate,
}

/// The grants of an institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Given to others, the newest first.
    pub given: Vec<GrantRow>,
    /// Given by others, the newest first.
    pub received: Vec<GrantRow>,
}

/// Whether a grant counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// 開始前.
    Waiting,
    /// 有効.
    Living,
    /// 終了.
    Ended,
    /// 取消済み.
    Revoked,
}

impl GrantState {
    /// The Japanese name shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "開始前",
            Self::Living => "有効",
            Self::Ended => "期間終了",
            Self::Revoked => "取消済み",
        }
    }
}

/// A grant as one side sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRow {
    /// Names it.
    pub id: String,
    /// 機関コード of the other side.
    pub other: InstitutionCode,
    /// Its name.
    pub other_name: String,
    /// First day.
    pub from: CivilDate,
    /// Last day, included.
    pub until: CivilDate,
    /// Whether it counts.
    pub state: GrantState,
    /// When it was given.
    pub given_at: UnixMs,
    /// Whose account gave it.
    pub given_by: UserId,
    /// When it was taken back.
    pub revoked_at: Option<UnixMs>,
    /// What was fetched, the newest first, at most [`FETCHES`].
    pub fetches: Vec<FetchRow>,
}

/// A fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchRow {
    /// When.
    pub at: UnixMs,
    /// Whose account of the 委託先.
    pub by: UserId,
    /// First day.
    pub from: CivilDate,
    /// Last day.
    pub to: CivilDate,
    /// How many rows.
    pub rows: u32,
}
