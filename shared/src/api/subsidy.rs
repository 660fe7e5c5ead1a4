//! 受給者証 of 医療費助成 as staff read them from paper (P-PMH): kept beside the results of a person, never in their place. What an answer
//! does not hold ends none of them (X59).

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, ConsentPart, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::aid::{Subsidy, SubsidySource};
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::note::Note;
use crate::right::Act;

/// At most so many of a person are kept.
pub const PAPERS_MAX: u32 = 20;
/// Texts of a paper, each character escaped at worst.
const PAPER_MAX: usize = 16 * 1024;

/// The operator's command that files the list of municipalities, in the log.
pub const IMPORT_MUNICIPALITIES: &str = "operator.import_municipalities";

super::endpoints! {
    /// The papers of the person of a consent, the newest first.
    SubsidyPapers(consent: ConsentPart) {
        name: "office.subsidy_papers",
        call: Get "/api/office/consents/{consent}/subsidies",
        right: Permission::Account(Act::SeeConsents),
        asks: Body::None => (),
        answers: Answer::Json => PapersShown,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Writes one down. What [`NewPaper::read`] does not take, or one more than [`PAPERS_MAX`]: [`super::Code::Request`].
    AddSubsidyPaper(consent: ConsentPart) {
        name: "office.add_subsidy_paper",
        call: Post "/api/office/consents/{consent}/subsidies",
        right: Permission::Account(Act::CheckEligibility),
        asks: Body::Json(PAPER_MAX) => NewPaper,
        answers: Answer::Json => PapersShown,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Ends one, with a reason; it stays in the list. One that is not there: [`super::Code::NotFound`].
    EndSubsidyPaper(consent: ConsentPart) {
        name: "office.end_subsidy_paper",
        call: Post "/api/office/consents/{consent}/subsidies/end",
        right: Permission::Account(Act::CheckEligibility),
        asks: Body::Json(SMALL) => EndPaper,
        answers: Answer::Json => PapersShown,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// The papers of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PapersShown {
    /// At most [`PAPERS_MAX`].
    pub rows: Vec<PaperRow>,
    /// False where the municipality of the person's address is not known to be connected; `None` where nothing can be said.
    pub is_connected: Option<bool>,
    /// The server's clock.
    pub now: UnixMs,
}

/// One paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperRow {
    /// Names it.
    pub id: String,
    /// What stands on it; its source is [`SubsidySource::Certificate`].
    pub subsidy: Subsidy,
    /// When it was written down, and by whom.
    pub entered: (UnixMs, UserId),
    /// When a person ended it, who, and why.
    pub ended: Option<(UnixMs, UserId, String)>,
}

/// How a paper stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperState {
    /// It counts, as far as is known.
    Living,
    /// Its first day is ahead.
    Ahead,
    /// Its last day has passed.
    Over,
    /// A person ended it.
    Ended,
}

impl PaperRow {
    /// How it stands.
    #[must_use]
    pub fn state(&self, today: CivilDate) -> PaperState {
        match () {
            () if self.ended.is_some() => PaperState::Ended,
            () if self.subsidy.valid_until.is_some_and(|last| last < today) => PaperState::Over,
            () if self.subsidy.valid_from.is_some_and(|first| today < first) => PaperState::Ahead,
            () => PaperState::Living,
        }
    }
}

/// A paper as it is typed. An empty text was not on it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPaper {
    /// 名称.
    pub name: Note<100>,
    /// 公費負担者番号, 8 digits.
    pub payer_number: Note<20>,
    /// 受給者番号, kept as it is typed.
    pub beneficiary_number: Note<30>,
    /// 所得区分.
    pub income_class: Note<40>,
    /// 上限額, yen.
    pub limit_yen: Option<u32>,
    /// What it covers.
    pub limit_covers: Note<40>,
    /// 有効開始年月日.
    pub valid_from: Option<CivilDate>,
    /// 有効終了年月日.
    pub valid_until: Option<CivilDate>,
    /// 償還払い only.
    pub is_reimbursed_only: Option<bool>,
    /// 指定医療機関.
    pub institution: Note<100>,
    /// Extra conditions.
    pub conditions: Note<200>,
}

/// Why a paper is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaperFault {
    /// The name is missing.
    #[error("a name is needed")]
    Name,
    /// 公費負担者番号 has not eight digits.
    #[error("the payer number has eight digits")]
    Payer,
    /// 受給者番号 is missing.
    #[error("a beneficiary number is needed")]
    Beneficiary,
    /// It ends before it begins.
    #[error("it ends before it begins")]
    Period,
}

impl NewPaper {
    /// What stands on the paper.
    ///
    /// # Errors
    /// [`PaperFault`], the first one.
    pub fn read(&self) -> Result<Subsidy, PaperFault> {
        let payer = crate::domain::typed::number(self.payer_number.as_str());
        if self.name.is_empty() {
            return Err(PaperFault::Name);
        }
        if payer.len() != 8 || !payer.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PaperFault::Payer);
        }
        if self.beneficiary_number.is_empty() {
            return Err(PaperFault::Beneficiary);
        }
        if self.valid_from.zip(self.valid_until).is_some_and(|(from, until)| until < from) {
            return Err(PaperFault::Period);
        }
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(Subsidy {
            name: text(self.name.as_str()),
            payer_number: Some(payer),
            beneficiary_number: text(self.beneficiary_number.as_str()),
            income_class: text(self.income_class.as_str()),
            limit_yen: self.limit_yen,
            limit_covers: text(self.limit_covers.as_str()),
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            is_reimbursed_only: self.is_reimbursed_only,
            institution: text(self.institution.as_str()),
            conditions: text(self.conditions.as_str()),
            source: SubsidySource::Certificate,
        })
    }
}

/// Which paper is ended, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndPaper {
    /// [`PaperRow::id`].
    pub paper: String,
    /// Why, not empty.
    pub reason: Note<200>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note<const MAX: usize>(text: &str) -> Note<MAX> {
        Note::try_from(text).unwrap()
    }

    fn paper() -> NewPaper {
        NewPaper {
            name: note("こども医療"),
            payer_number: note("８０９９００１２"),
            beneficiary_number: note("A-001"),
            ..NewPaper::default()
        }
    }

    #[test]
    fn p_pmh_a_paper_names_itself_payer_and_beneficiary_and_is_marked_as_paper() {
        let read = paper().read().unwrap();
        assert_eq!((read.payer_number.as_deref(), read.beneficiary_number.as_deref()), (Some("80990012"), Some("A-001")));
        assert_eq!((read.source, read.limit_covers), (SubsidySource::Certificate, None));
        assert_eq!(NewPaper { name: note(" "), ..paper() }.read(), Err(PaperFault::Name));
        assert_eq!(NewPaper { payer_number: note("8099001"), ..paper() }.read(), Err(PaperFault::Payer));
        assert_eq!(NewPaper { beneficiary_number: note(""), ..paper() }.read(), Err(PaperFault::Beneficiary));
        let [first, last] = ["2026-04-01", "2026-03-31"].map(|day| CivilDate::try_from(day).ok());
        assert_eq!(NewPaper { valid_from: first, valid_until: last, ..paper() }.read(), Err(PaperFault::Period));
    }

    #[test]
    fn p_pmh_it_ends_by_its_own_date_or_by_a_person() {
        let day = |text| CivilDate::try_from(text).unwrap();
        let user = UserId::try_from("ippan1").unwrap();
        let period = NewPaper { valid_from: Some(day("2026-04-01")), valid_until: Some(day("2027-03-31")), ..paper() };
        let row = PaperRow { id: "a".to_owned(), subsidy: period.read().unwrap(), entered: (UnixMs(0), user.clone()), ended: None };
        for (on, state) in [
            ("2026-03-31", PaperState::Ahead),
            ("2026-04-01", PaperState::Living),
            ("2027-03-31", PaperState::Living),
            ("2027-04-01", PaperState::Over),
        ] {
            assert_eq!(row.state(day(on)), state, "{on}");
        }
        let ended = PaperRow { ended: Some((UnixMs(0), user, "転出".to_owned())), ..row };
        assert_eq!(ended.state(day("2026-05-01")), PaperState::Ended);
    }
}
