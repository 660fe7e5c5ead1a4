//! 医療扶助 of the month (P-AID): what was fetched about the institution's people, and asking by hand. No answer ends or empties anything.

use serde::{Deserialize, Serialize};

use super::file::SavedFile;
use super::{Again, Answer, Audit, Body, MonthPart, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::aid::{MedicalAidState, MedicalTicket};
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::month::Month;
use crate::right::Act;

/// At most so many people are shown; the file has as many.
pub const AID_ROWS: u32 = 500;
/// So many fetches of a month are shown.
pub const FETCHES_SHOWN: u32 = 10;

super::endpoints! {
    /// The people of a month with the state of their 医療扶助, and the fetches so far.
    AidOfMonth(month: MonthPart) {
        name: "office.aid_of_month",
        call: Get "/api/office/aid/{month}",
        right: Permission::Account(Act::FetchMedicalAidTickets),
        asks: Body::None => (),
        answers: Answer::Json => AidShown,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The same as CSV (UTF-8 with BOM).
    AidOfMonthCsv(month: MonthPart) {
        name: "office.aid_of_month_csv",
        call: Post "/api/office/aid/{month}/csv",
        right: Permission::Account(Act::Export),
        asks: Body::None => (),
        answers: Answer::Json => SavedFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Asks now for the running month. Another month, or an institution that does not use 医療扶助: [`super::Code::Request`]; the register
    /// is silent: [`super::Code::X34`]; it cannot be asked so: [`super::Code::NoSource`].
    FetchAid(month: MonthPart) {
        name: "office.fetch_aid",
        call: Post "/api/office/aid/{month}/ask",
        right: Permission::Account(Act::FetchMedicalAidTickets),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => AidShown,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// A month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AidShown {
    /// Which.
    pub month: Month,
    /// The block of OT-6 is on.
    pub is_used: bool,
    /// At most [`FETCHES_SHOWN`], the newest first.
    pub fetches: Vec<AidFetch>,
    /// The day of the next fetch by the clock.
    pub next_run: CivilDate,
    /// What is to be looked at and what changed first; at most [`AID_ROWS`].
    pub rows: Vec<AidRow>,
    /// There are more.
    pub has_more: bool,
    /// The institution's name, for the paper.
    pub institution_name: String,
    /// The server's clock.
    pub now: UnixMs,
}

/// One fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AidFetch {
    /// When.
    pub at: UnixMs,
    /// Who asked; `None`: by the clock.
    pub by: Option<UserId>,
    /// People in the answer.
    pub entries: u32,
    /// Found here by their numbers.
    pub matched: u32,
    /// Of them new in this month, or otherwise than before.
    pub changed: u32,
    /// Fit somebody by name and birth date alone.
    pub to_review: u32,
    /// Fit nobody here. They are not kept.
    pub nobody: u32,
    /// Known here and not in the answer.
    pub missing: u32,
}

/// One person of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AidRow {
    /// 氏名.
    pub name: String,
    /// 生年月日.
    pub birth_date: CivilDate,
    /// The consent, for the way to its detail.
    pub consent: Option<String>,
    /// As last answered in this month; `None`: nothing was.
    pub state: Option<MedicalAidState>,
    /// Tickets of the month.
    pub tickets: Vec<MedicalTicket>,
    /// When it was answered.
    pub answered_at: Option<UnixMs>,
    /// By a fetch, not by a check.
    pub of_month: bool,
    /// How it stood before it changed in this month.
    pub former_state: Option<MedicalAidState>,
    /// When it changed.
    pub changed_at: Option<UnixMs>,
    /// The fetch whose answer had no ticket of the person.
    pub missing_at: Option<UnixMs>,
    /// 公費負担者番号 and 受給者番号 of an entry that fits by name and birth date alone.
    pub review: Option<(String, String)>,
}

impl AidRow {
    /// The state in Japanese.
    #[must_use]
    pub fn state_words(&self) -> &'static str {
        self.state.map_or("今月の回答なし", MedicalAidState::label)
    }

    /// What else is said of it, in Japanese: what changed, what is missing, what is to be looked at, and what to do.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some((payer, beneficiary)) = &self.review {
            notes.push(format!(
                "氏名と生年月日だけが一致する回答があります(公費負担者番号 {payer}、受給者番号 {beneficiary})。ご本人を資格確認してください。"
            ));
        }
        if let (Some(former), Some(at)) = (self.former_state, self.changed_at) {
            notes.push(format!("{}から変わりました({})。", former.label(), at.jst_minute_text()));
        }
        if self.state == Some(MedicalAidState::NotRegistered) {
            notes.push("登録は月の中ごろです。16日を過ぎても変わらないときは、福祉事務所に確認してください。".to_owned());
        }
        if let Some(at) = self.missing_at {
            notes.push(format!("{}の回答に医療券・調剤券はありません(終わったとは限りません)。", at.jst_date().slashed()));
        }
        notes
    }
}

/// Tickets in one line of Japanese: 医療券・調剤券別, 診療年月, 診療別, 交付番号, 本人支払額, as they came.
#[must_use]
pub fn tickets_words(tickets: &[MedicalTicket]) -> String {
    let one = |ticket: &MedicalTicket| {
        let parts = [
            ticket.kind.clone(),
            ticket.month.clone(),
            ticket.treatment.clone(),
            ticket.issue_number.as_ref().map(|number| format!("交付番号 {number}")),
            ticket.self_pay_yen.map(|yen| format!("本人支払額 {yen}円")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    tickets.iter().map(one).collect::<Vec<_>>().join("、")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> AidRow {
        AidRow {
            name: "扶助 九美".to_owned(),
            birth_date: CivilDate::try_from("1966-09-09").unwrap(),
            consent: None,
            state: Some(MedicalAidState::Entrusted),
            tickets: Vec::new(),
            answered_at: None,
            of_month: true,
            former_state: None,
            changed_at: None,
            missing_at: None,
            review: None,
        }
    }

    #[test]
    fn what_is_missing_is_never_said_to_have_ended() {
        assert_eq!((row().state_words(), row().notes().len()), ("委託あり", 0));
        let at = CivilDate::try_from("2026-11-16").unwrap().at_jst(6, 0);
        let missing = AidRow { state: None, missing_at: Some(at), ..row() };
        assert_eq!(missing.state_words(), "今月の回答なし");
        assert!(missing.notes()[0].contains("終わったとは限りません"));
        let changed = AidRow { former_state: Some(MedicalAidState::NotRegistered), changed_at: Some(at), ..row() };
        assert_eq!(changed.notes(), ["未委託・未登録から変わりました(2026/11/16 06:00)。"]);
        assert!(AidRow { review: Some(("12990016".to_owned(), "1".to_owned())), ..row() }.notes()[0].contains("資格確認してください"));
    }

    #[test]
    fn a_ticket_is_told_as_it_came() {
        let ticket = MedicalTicket { kind: Some("医療券".to_owned()), self_pay_yen: Some(0), ..MedicalTicket::default() };
        assert_eq!(tickets_words(&[ticket.clone(), ticket]), "医療券 本人支払額 0円、医療券 本人支払額 0円");
    }
}
