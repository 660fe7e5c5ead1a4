//! Programs at the institution (Web API accounts, N005, N006): tokens, which the office makes, and what is read with one.
//!
//! A token is sent as `Authorization: Bearer …`. Names of JSON members are those of the shared types.

use serde::{Deserialize, Serialize};

use super::{AccountPart, Again, Answer, Audit, Body, ConsentPart, EncodingPart, LinkTokenPart, Permission, SMALL};
use crate::domain::account::{AccountName, UserId};
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::consent::{ConsentItem, ItemState};
use crate::domain::coverage::Eligibility;
use crate::domain::institution::VisitKind;
use crate::domain::link::LinkScope;
use crate::right::Act;

/// Results of a page at most.
pub const LINK_ROWS_MAX: u32 = 100;
/// A token lives a year at most, days.
pub const TOKEN_DAYS_MAX: u16 = 366;
/// An account has so many living tokens at most: two for each of five programs, while they are changed.
pub const TOKENS_MAX: usize = 10;
/// What a token begins with, so that one that got lost is known for what it is.
pub const TOKEN_PREFIX: &str = "uketsuke_";

super::endpoints! {
    /// The tokens of an account, the newest first.
    ListTokens(user: AccountPart) {
        name: "office.tokens",
        call: Get "/api/office/account/{user}/tokens",
        right: Permission::Account(Act::ManageAccounts),
        asks: Body::None => (),
        answers: Answer::Json => TokenList,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Makes a token beside those there are. It stands in the first answer only.
    MakeToken(user: AccountPart) {
        name: "office.make_token",
        call: Post "/api/office/account/{user}/tokens/add",
        right: Permission::Account(Act::ManageAccounts),
        asks: Body::Json(SMALL) => NewToken,
        answers: Answer::Json => TokenMade,
        audit: Audit::Row,
        again: Again::KeyedOnce,
    }

    /// Ends a token: its next request is refused. Done again, it changes nothing.
    RevokeToken(user: AccountPart, token: LinkTokenPart) {
        name: "office.revoke_token",
        call: Post "/api/office/account/{user}/tokens/{token}/revoke",
        right: Permission::Account(Act::ManageAccounts),
        asks: Body::None => (),
        answers: Answer::Json => TokenRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// The finished checks behind a place, in the order in which they are told of: none is skipped, none comes twice.
    NewResults {
        name: "link.new_results",
        call: Post "/api/link/v1/results/new",
        right: Permission::Link(LinkScope::Results),
        asks: Body::Json(SMALL) => ResultsAsked,
        answers: Answer::Json => ResultPage,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Many results at once, as far as they may leave: those of a period, in the order of [`NewResults`]. What is not there now (held, or
    /// not to be read) is named, to be asked for later.
    BulkResults {
        name: "link.bulk",
        call: Post "/api/link/v1/results/bulk",
        right: Permission::Link(LinkScope::Results),
        asks: Body::Json(SMALL) => BulkAsked,
        answers: Answer::Json => BulkPage,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The same as one `Bundle` of FHIR R4. Where there is more, its link `next` is `urn:x-uketsuke:after:` and what to ask with next.
    BulkFhir {
        name: "link.bulk_fhir",
        call: Post "/api/link/v1/results/bulk/fhir",
        right: Permission::Link(LinkScope::Results),
        asks: Body::Json(SMALL) => BulkAsked,
        answers: Answer::File => (),
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// One result, as far as it may leave.
    LinkedResult(consent: ConsentPart) {
        name: "link.result",
        call: Get "/api/link/v1/results/{consent}",
        right: Permission::Link(LinkScope::Results),
        asks: Body::None => (),
        answers: Answer::Json => LinkResult,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The consents that were given with it, as they stand now.
    LinkedConsents(consent: ConsentPart) {
        name: "link.consents",
        call: Get "/api/link/v1/results/{consent}/consents",
        right: Permission::Link(LinkScope::Consents),
        asks: Body::None => (),
        answers: Answer::Json => LinkConsents,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// 受け取りました: notes that a program has a result. Said again, it changes nothing.
    Received(consent: ConsentPart) {
        name: "link.received",
        call: Post "/api/link/v1/results/{consent}/received",
        right: Permission::Link(LinkScope::Results),
        asks: Body::None => (),
        answers: Answer::Json => ResultReceived,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The same result as the file that レセコン read, with its consents where the token may read them. `utf-8` or `shift_jis`.
    LinkedFace(consent: ConsentPart, encoding: EncodingPart) {
        name: "link.face",
        call: Get "/api/link/v1/results/{consent}/face/{encoding}",
        right: Permission::Link(LinkScope::Results),
        asks: Body::None => (),
        answers: Answer::File => (),
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// What programs may call, as OpenAPI 3.1: made from these declarations. Public, as it says nothing of anybody.
    OpenApi {
        name: "link.openapi",
        call: Get "/api/link/v1/openapi.json",
        right: Permission::Anyone,
        asks: Body::None => (),
        answers: Answer::File => (),
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// The same result as a `Bundle` of FHIR R4 (`application/fhir+json`), with its consents where the token may read them.
    LinkedFhir(consent: ConsentPart) {
        name: "link.fhir",
        call: Get "/api/link/v1/results/{consent}/fhir",
        right: Permission::Link(LinkScope::Results),
        asks: Body::None => (),
        answers: Answer::File => (),
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// The tokens of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenList {
    /// The newest first; those that ended stay for the record.
    pub rows: Vec<TokenRow>,
    /// The server's clock.
    pub now: UnixMs,
}

/// One token: never its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRow {
    /// Names it; opens nothing.
    pub id: String,
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
    /// Last request; noted every minute.
    pub last_used_at: Option<UnixMs>,
    /// When it was ended.
    pub revoked_at: Option<UnixMs>,
}

impl TokenRow {
    /// True where it opens something at `now`, if its account does.
    #[must_use]
    pub fn is_living(&self, now: UnixMs) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// A token to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub name: AccountName,
    /// What it opens; one at least.
    pub scopes: Vec<LinkScope>,
    /// Days that it counts, 1 to [`TOKEN_DAYS_MAX`].
    pub days: u16,
}

/// A token that was made. No `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenMade {
    /// Its row.
    pub row: TokenRow,
    /// The token; `None` when the same press is answered again: it was said before, and is kept nowhere.
    pub token: Option<String>,
}

/// Which results.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultsAsked {
    /// [`ResultPage::next`] of the last page; `None` = from the first one. One that is not known is 404: begin anew without it.
    pub after: Option<String>,
    /// 1 to [`LINK_ROWS_MAX`]; all that a page holds when missing.
    pub limit: Option<u32>,
}

/// Which results, of a period.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkAsked {
    /// First day in Japan on which they were finished; from the first one when missing.
    pub from: Option<CivilDate>,
    /// Last such day.
    pub until: Option<CivilDate>,
    /// [`BulkPage::next`] of the last page; `None` = from the first one. One that is not known is 404: begin anew without it.
    pub after: Option<String>,
    /// 1 to [`LINK_ROWS_MAX`]; all that a page holds when missing.
    pub limit: Option<u32>,
}

/// Some results of a period.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkPage {
    /// In their order.
    pub rows: Vec<LinkResult>,
    /// Those that are not there now, by their ids.
    pub absent: Vec<String>,
    /// What to ask with next; `None` where nothing was asked with and there is no result.
    pub next: Option<String>,
    /// There is more now.
    pub has_more: bool,
}

/// Some results.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultPage {
    /// In their order.
    pub rows: Vec<ResultRow>,
    /// What to ask with next, also when there is nothing now; `None` while there has been no result.
    pub next: Option<String>,
    /// There is more now.
    pub has_more: bool,
}

/// A result without its person.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultRow {
    /// Names it for the other calls.
    pub id: String,
    /// When it was finished.
    pub finished_at: UnixMs,
}

/// One result.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkResult {
    /// Names it.
    pub id: String,
    /// 受付番号, as the patient saw it.
    pub receipt: String,
    /// The use.
    pub visit_kind: VisitKind,
    /// 照会番号, where the person has one.
    pub reference_number: Option<String>,
    /// Verdict, person and coverages, without what a consent that ended had opened.
    pub eligibility: Eligibility,
}

/// That a program has a result.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultReceived {
    /// Names the result.
    pub id: String,
    /// When it was said first.
    pub received_at: UnixMs,
}

/// The consents of one result.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkConsents {
    /// Names the result.
    pub id: String,
    /// When they were given.
    pub consented_at: UnixMs,
    /// Until when they count.
    pub expires_at: UnixMs,
    /// Item by item, as it stands now.
    pub items: Vec<LinkItem>,
}

/// One item.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkItem {
    /// Which.
    pub item: ConsentItem,
    /// How it stands.
    pub state: ItemState,
}
