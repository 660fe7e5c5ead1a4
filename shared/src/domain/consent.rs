//! Consent (同意): what is asked, what may be answered, and until when an answer counts.

use serde::{Deserialize, Serialize};

use super::calendar::{CivilDate, UnixMs};
use super::institution::VisitKind;
use super::validity::{Validity, validity};

/// One question on the choice screen (RW-3); five of them, in the order of the screen (N093).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentGroup {
    /// 手術情報.
    Surgery,
    /// 診療情報・薬剤情報: one question, stored as two flags (policy Q15).
    TreatmentAndDrug,
    /// 特定健診情報: from 40 years of age.
    Checkup,
    /// 限度額適用認定証情報.
    LimitCertificate,
    /// 特定疾病療養受療証情報.
    SpecificDisease,
}

impl ConsentGroup {
    /// The five questions in the order of the screen.
    pub const ALL: [Self; 5] = [Self::Surgery, Self::TreatmentAndDrug, Self::Checkup, Self::LimitCertificate, Self::SpecificDisease];

    /// The code inside the signed statement, 1–5. Never renumbered.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Surgery => 1,
            Self::TreatmentAndDrug => 2,
            Self::Checkup => 3,
            Self::LimitCertificate => 4,
            Self::SpecificDisease => 5,
        }
    }

    /// Reads the code of the signed statement.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.code() == code)
    }

    /// The kinds of information that the answer opens or closes.
    #[must_use]
    pub fn items(self) -> &'static [ConsentItem] {
        match self {
            Self::Surgery => &[ConsentItem::Surgery],
            Self::TreatmentAndDrug => &[ConsentItem::Treatment, ConsentItem::Drug],
            Self::Checkup => &[ConsentItem::Checkup],
            Self::LimitCertificate => &[ConsentItem::LimitCertificate],
            Self::SpecificDisease => &[ConsentItem::SpecificDisease],
        }
    }
}

/// One kind of information with its own flag; six columns of the office list, in their order (N107).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentItem {
    /// 手術 (SHJ).
    Surgery,
    /// 診療 (SRJ).
    Treatment,
    /// 薬剤 (YZK).
    Drug,
    /// 特健 (TKK).
    Checkup,
    /// 限適.
    LimitCertificate,
    /// 特疾 (TSR).
    SpecificDisease,
}

impl ConsentItem {
    /// The six columns in the order of the office list.
    pub const ALL: [Self; 6] = [Self::Surgery, Self::Treatment, Self::Drug, Self::Checkup, Self::LimitCertificate, Self::SpecificDisease];

    /// The question that asks for this kind.
    #[must_use]
    pub fn group(self) -> ConsentGroup {
        match self {
            Self::Surgery => ConsentGroup::Surgery,
            Self::Treatment | Self::Drug => ConsentGroup::TreatmentAndDrug,
            Self::Checkup => ConsentGroup::Checkup,
            Self::LimitCertificate => ConsentGroup::LimitCertificate,
            Self::SpecificDisease => ConsentGroup::SpecificDisease,
        }
    }

    /// Column heading of the office list (N107).
    #[must_use]
    pub fn short_label(self) -> &'static str {
        match self {
            Self::Surgery => "手術",
            Self::Treatment => "診療",
            Self::Drug => "薬剤",
            Self::Checkup => "特健",
            Self::LimitCertificate => "限適",
            Self::SpecificDisease => "特疾",
        }
    }
}

/// One answer. There is no default: an unanswered question is the absence of a `Choice`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// 同意する.
    Agree,
    /// 同意しない: stored as a refusal, not as absent.
    Refuse,
    /// The institution does not ask this (P-ITEM): nobody answered, so it is neither of the two.
    NotAsked,
}

impl Choice {
    fn not_asked() -> Self {
        Self::NotAsked
    }

    /// True when nobody was asked.
    #[must_use]
    pub fn is_not_asked(&self) -> bool {
        *self == Self::NotAsked
    }
}

/// An answer to each of the five questions, or that it was not asked; cannot be made with one missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choices {
    /// 手術情報.
    pub surgery: Choice,
    /// 診療情報・薬剤情報.
    pub treatment_and_drug: Choice,
    /// 特定健診情報 (40歳以上の方).
    pub checkup: Choice,
    /// 限度額適用認定証情報.
    pub limit_certificate: Choice,
    /// 特定疾病療養受療証情報.
    pub specific_disease: Choice,
    /// 医療費助成の受給者証, 提供する or 提供しない: a flag of its own beside the five, asked where N048 is on (P-PMH).
    #[serde(default = "Choice::not_asked", skip_serializing_if = "Choice::is_not_asked")]
    pub subsidy: Choice,
}

impl Choices {
    /// The same answer to each of the five questions: 「すべて同意する」, or all refused (X22).
    #[must_use]
    pub fn all(choice: Choice) -> Self {
        Self {
            surgery: choice,
            treatment_and_drug: choice,
            checkup: choice,
            limit_certificate: choice,
            specific_disease: choice,
            subsidy: Choice::NotAsked,
        }
    }

    /// Collects the answers to the five questions; `None` while one is missing.
    #[must_use]
    pub fn collect(answer: impl Fn(ConsentGroup) -> Option<Choice>) -> Option<Self> {
        Some(Self {
            surgery: answer(ConsentGroup::Surgery)?,
            treatment_and_drug: answer(ConsentGroup::TreatmentAndDrug)?,
            checkup: answer(ConsentGroup::Checkup)?,
            limit_certificate: answer(ConsentGroup::LimitCertificate)?,
            specific_disease: answer(ConsentGroup::SpecificDisease)?,
            subsidy: Choice::NotAsked,
        })
    }

    /// The answer to one question.
    #[must_use]
    pub fn of(&self, group: ConsentGroup) -> Choice {
        match group {
            ConsentGroup::Surgery => self.surgery,
            ConsentGroup::TreatmentAndDrug => self.treatment_and_drug,
            ConsentGroup::Checkup => self.checkup,
            ConsentGroup::LimitCertificate => self.limit_certificate,
            ConsentGroup::SpecificDisease => self.specific_disease,
        }
    }

    /// True when nothing was agreed to (X22: only the eligibility is checked).
    #[must_use]
    pub fn all_refused(&self) -> bool {
        ConsentGroup::ALL.iter().all(|group| self.of(*group) != Choice::Agree)
    }

    /// True when exactly these questions were answered.
    #[must_use]
    pub fn answer_just(&self, asked: &[ConsentGroup]) -> bool {
        ConsentGroup::ALL.iter().all(|group| (self.of(*group) != Choice::NotAsked) == asked.contains(group))
    }

    /// What is stored for each kind once the person is known: 特定健診 is "not applicable" below 40, by the day (X23, Q14).
    /// `birth_date` is `None` when the register has no row for the card.
    #[must_use]
    pub fn outcome(&self, item: ConsentItem, birth_date: Option<CivilDate>, consented_on: CivilDate) -> ItemState {
        let too_young = birth_date.is_some_and(|birth| birth.age_on(consented_on) < CHECKUP_FROM_AGE);
        match self.of(item.group()) {
            Choice::NotAsked => ItemState::NotAsked,
            _ if item == ConsentItem::Checkup && too_young => ItemState::NotApplicable,
            Choice::Agree => ItemState::Agreed,
            Choice::Refuse => ItemState::Refused,
        }
    }
}

/// 特定健診情報 is asked from this age on (N093).
pub const CHECKUP_FROM_AGE: u16 = 40;

/// How a kind of information stands in a stored consent.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// 同意あり (OQSCD016: 1).
    Agreed,
    /// 同意なし (0).
    Refused,
    /// 対象外: the person is below 40, the answer about 特定健診 does not count.
    NotApplicable,
    /// たずねていない: the institution did not ask for it.
    NotAsked,
    /// 同意有効期限切れ (2).
    Expired,
    /// 置換: a later consent of the same person took its place (X25). Not expired, neither before its deadline nor after.
    Replaced,
    /// 取消: ended before its deadline by the patient, the institution or a consent for another use (P-END).
    Withdrawn,
}

impl ItemState {
    /// The state as it reads at `now`: an agreement past its deadline is expired.
    #[must_use]
    pub fn at(self, now: UnixMs, expires_at: UnixMs) -> Self {
        match self {
            Self::Agreed if !is_living(now, expires_at) => Self::Expired,
            other => other,
        }
    }
}

/// The last minute in which a consent counts: policy P-VALID. For a home visit the end of the third month after,
/// 23:59 Japan time (anchor N108: 2024-01-17 → 2024-04-30 23:59); for the other uses 23:59 of the booked date, without one of
/// the day itself.
#[must_use]
pub fn expires_at(visit_kind: VisitKind, consented_at: UnixMs, booked_on: Option<CivilDate>) -> UnixMs {
    let today = consented_at.jst_date();
    let last_day = match validity(visit_kind.usage(), today) {
        Validity::EndOfMonthAfter(months) => today.end_of_month_after(months),
        Validity::BookedDay => booked_on.unwrap_or(today),
    };
    last_day.at_jst(23, 59)
}

/// Why a consent, or some of its items, ended (P-END).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// 期限: the deadline was reached.
    Deadline,
    /// 機関: 同意取消 by the institution (OT-15).
    Institution,
    /// 患者: すべての同意を取消す, or an item refused at 同意照会・更新.
    Patient,
    /// 用途変更: a consent for another use took its place (X26).
    OtherUse,
    /// 置換: a later consent for the same use took its place (X25).
    Replaced,
}

impl EndReason {
    /// Every reason that stands in the store; never renumbered.
    pub const ALL: [Self; 5] = [Self::Deadline, Self::Institution, Self::Patient, Self::OtherUse, Self::Replaced];

    /// 期限切れ理由 (OQSCD031) of P-END, 0 to 3; our own 9 for a replacement by the same use, which has none.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Deadline => 0,
            Self::Institution => 1,
            Self::Patient => 2,
            Self::OtherUse => 3,
            Self::Replaced => 9,
        }
    }

    /// Reads [`Self::code`].
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// Who ended it, as people say it (終えた人).
    #[must_use]
    pub const fn who(self) -> &'static str {
        match self {
            Self::Deadline => "期限",
            Self::Institution => "機関",
            Self::Patient => "患者",
            Self::OtherUse | Self::Replaced => "患者(用途変更・再登録)",
        }
    }

    /// 理由, as people say it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Deadline => "有効期限切れ",
            Self::Institution => "医療機関・事業所による取消し",
            Self::Patient => "患者様による取消し",
            Self::OtherUse => "別の用途の同意の登録",
            Self::Replaced => "同じ用途の同意の登録し直し",
        }
    }

    /// How an item that was agreed to reads after such an end.
    #[must_use]
    pub const fn state(self) -> ItemState {
        match self {
            Self::Deadline => ItemState::Expired,
            Self::Replaced => ItemState::Replaced,
            Self::Institution | Self::Patient | Self::OtherUse => ItemState::Withdrawn,
        }
    }
}

/// How a consent ended, and when: before its deadline by what is stored of it, else by the clock; `None` while it lives.
/// The one rule for every screen and file.
#[must_use]
pub fn ended(expires_at: UnixMs, early: Option<(UnixMs, EndReason)>, now: UnixMs) -> Option<(UnixMs, EndReason)> {
    let by_clock = (!is_living(now, expires_at)).then_some((expires_at, EndReason::Deadline));
    early.or(by_clock)
}

/// True while a consent counts; the deadline is inclusive to the minute.
#[must_use]
pub fn is_living(now: UnixMs, expires_at: UnixMs) -> bool {
    now < expires_at.plus_ms(60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn home_visit_consent_ends_with_the_third_month_after() {
        for (on, until) in [
            ("2024-01-17", "2024/04/30 23:59"), // N108
            ("2024-01-01", "2024/04/30 23:59"),
            ("2024-01-31", "2024/04/30 23:59"),
            ("2023-11-30", "2024/02/29 23:59"),
            ("2024-12-01", "2025/03/31 23:59"),
        ] {
            let day = CivilDate::try_from(on).unwrap();
            for (hour, minute) in [(0, 0), (10, 14), (23, 59)] {
                let given = day.at_jst(hour, minute);
                assert_eq!(expires_at(VisitKind::HomeVisit, given, None).jst_minute_text(), until, "{on}");
            }
        }
    }

    #[test]
    fn other_consents_end_with_the_booked_date() {
        let day = |text| CivilDate::try_from(text).unwrap();
        let given = day("2026-11-30").at_jst(23, 59);
        for kind in [VisitKind::Online, VisitKind::OffRoute] {
            assert_eq!(expires_at(kind, given, Some(day("2027-03-02"))).jst_minute_text(), "2027/03/02 23:59");
            assert_eq!(expires_at(kind, given, None).jst_minute_text(), "2026/11/30 23:59");
        }
    }

    #[test]
    fn an_early_end_stands_and_the_clock_ends_the_rest() {
        let end = CivilDate::try_from("2024-04-30").unwrap().at_jst(23, 59);
        let early = Some((end.plus_ms(-1), EndReason::Patient));
        for now in [end, end.plus_ms(60_000)] {
            assert_eq!(ended(end, early, now), early);
        }
        assert_eq!(ended(end, None, end), None);
        assert_eq!(ended(end, None, end.plus_ms(60_000)), Some((end, EndReason::Deadline)));
        for reason in EndReason::ALL {
            assert_eq!(EndReason::from_code(reason.code()), Some(reason));
            assert_ne!(reason.state(), ItemState::Agreed);
        }
    }

    #[test]
    fn the_last_minute_still_counts() {
        let end = CivilDate::try_from("2024-04-30").unwrap().at_jst(23, 59);
        assert!(is_living(end, end));
        assert!(is_living(end.plus_ms(59_999), end));
        assert!(!is_living(end.plus_ms(60_000), end));
        assert_eq!(ItemState::Agreed.at(end.plus_ms(60_000), end), ItemState::Expired);
        assert_eq!(ItemState::Refused.at(end.plus_ms(60_000), end), ItemState::Refused);
    }

    #[test]
    fn checkup_is_not_applicable_below_forty() {
        let today = CivilDate::try_from("2026-11-20").unwrap();
        let born = |text| Some(CivilDate::try_from(text).unwrap());
        let agreed = Choices::all(Choice::Agree);
        assert_eq!(agreed.outcome(ConsentItem::Checkup, born("1986-11-20"), today), ItemState::Agreed);
        assert_eq!(agreed.outcome(ConsentItem::Checkup, born("1986-11-21"), today), ItemState::NotApplicable);
        assert_eq!(agreed.outcome(ConsentItem::Checkup, None, today), ItemState::Agreed);
        assert_eq!(agreed.outcome(ConsentItem::Drug, born("2022-04-10"), today), ItemState::Agreed);
    }

    #[test]
    fn five_questions_cover_the_six_columns_once() {
        let covered: Vec<ConsentItem> = ConsentGroup::ALL.iter().flat_map(|group| group.items().iter().copied()).collect();
        assert_eq!(covered, ConsentItem::ALL);
        for group in ConsentGroup::ALL {
            assert_eq!(ConsentGroup::from_code(group.code()), Some(group));
            assert!(group.items().iter().all(|item| item.group() == group));
        }
    }

    #[test]
    fn a_missing_answer_makes_no_choices() {
        assert_eq!(Choices::collect(|group| (group != ConsentGroup::Checkup).then_some(Choice::Agree)), None);
        assert!(Choices::collect(|_| Some(Choice::Refuse)).unwrap().all_refused());
    }

    #[test]
    fn what_was_not_asked_is_no_refusal_and_no_agreement() {
        let asked = [ConsentGroup::Surgery, ConsentGroup::Checkup];
        let answers = |choice| Choices::collect(|group| Some(if asked.contains(&group) { choice } else { Choice::NotAsked })).unwrap();
        let today = CivilDate::try_from("2026-11-20").unwrap();
        assert!(answers(Choice::Agree).answer_just(&asked) && !answers(Choice::Agree).all_refused());
        assert!(answers(Choice::Refuse).all_refused());
        for (other, why) in [(&asked[..1], "one less"), (&ConsentGroup::ALL[..], "all"), (&[], "none")] {
            assert!(!answers(Choice::Agree).answer_just(other), "{why}");
        }
        assert!(!Choices::all(Choice::Agree).answer_just(&asked));
        for choice in [Choice::Agree, Choice::Refuse] {
            assert_eq!(answers(choice).outcome(ConsentItem::Drug, None, today), ItemState::NotAsked);
        }
        let young = Some(CivilDate::try_from("2020-01-01").unwrap());
        assert_eq!(answers(Choice::Agree).outcome(ConsentItem::Checkup, young, today), ItemState::NotApplicable);
        let unasked = Choices { checkup: Choice::NotAsked, ..Choices::all(Choice::Agree) };
        assert_eq!(unasked.outcome(ConsentItem::Checkup, young, today), ItemState::NotAsked);
    }
}
