//! Consents, and pages of them.

use shared::api::office::{ChosenCoverage, DaysOf, ListOrder, StateFilter};
use shared::api::reception::CertificateChecks;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{ConsentItem, EndReason, ItemState, ended};
use shared::domain::coverage::Eligibility;
use shared::domain::institution::VisitKind;
use shared::domain::person::Person;
use shared::domain::visit::Occasion;

use crate::consent::without_withdrawn;
use crate::store::id::ConsentId;

/// Which consents to list.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentQuery {
    /// Which day the two are about.
    pub days: DaysOf,
    /// First day.
    pub from: CivilDate,
    /// Last day, included.
    pub to: CivilDate,
    /// 診療区分; `None` = all.
    pub visit_kind: Option<VisitKind>,
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
    /// 予約した診療日.
    pub booked_on: Option<CivilDate>,
    /// Since when it has ended before its deadline, whatever ended it.
    pub replaced_at: Option<UnixMs>,
    /// What ended it before its deadline.
    pub ended_why: Option<EndReason>,
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
    /// How its visit took place; read for one consent and for a person's results, not for the pages of the list.
    pub occasion: Occasion,
}

impl ConsentRecord {
    /// When and how it ended before its deadline.
    #[must_use]
    pub fn early_end(&self) -> Option<(UnixMs, EndReason)> {
        self.replaced_at.map(|at| (at, self.ended_why.unwrap_or(EndReason::Replaced)))
    }

    /// The items as they read at `now`: an agreement that ended by time is expired, one that ended before is replaced or withdrawn,
    /// also once its time would be over.
    #[must_use]
    pub fn items_at(&self, now: UnixMs) -> Vec<(ConsentItem, ItemState)> {
        let ended = ended(self.expires_at, self.early_end(), now);
        let now_is = |state: ItemState| ended.filter(|_| state == ItemState::Agreed).map_or(state, |(_, why)| why.state());
        self.items.iter().map(|(item, state)| (*item, now_is(*state))).collect()
    }

    /// An answer under this consent as it may be shown at `now` ([`without_withdrawn`]).
    #[must_use]
    pub fn shown_at(&self, answer: Eligibility, now: UnixMs) -> Eligibility {
        let is_over = ended(self.expires_at, self.early_end(), now).is_some();
        without_withdrawn(answer, &self.items_at(now), is_over)
    }

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
