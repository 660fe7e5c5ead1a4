//! 医療情報 (OT-16): what the national system knows about a person besides the insurance, kind by kind, line by line. Each line says
//! where it comes from and as of when; that a line is missing says nothing about the person.

use serde::{Deserialize, Serialize};

use super::calendar::CivilDate;
use super::consent::ConsentItem;

/// One kind of document, opened by the consent to one item (N107).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MedicalKind {
    /// 薬剤情報 (YZK).
    Drug,
    /// 診療情報 (SRJ).
    Treatment,
    /// 手術情報 (SHJ).
    Surgery,
    /// 特定健診情報 (TKK).
    Checkup,
}

impl MedicalKind {
    /// Every kind, in the order of the screen.
    pub const ALL: [Self; 4] = [Self::Drug, Self::Treatment, Self::Surgery, Self::Checkup];

    /// The word in addresses, in the store and in messages: never renamed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Drug => "drug",
            Self::Treatment => "treatment",
            Self::Surgery => "surgery",
            Self::Checkup => "checkup",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The Japanese name shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Drug => "薬剤情報",
            Self::Treatment => "診療情報",
            Self::Surgery => "手術情報",
            Self::Checkup => "特定健診情報",
        }
    }

    /// The item whose consent opens it.
    #[must_use]
    pub fn item(self) -> ConsentItem {
        match self {
            Self::Drug => ConsentItem::Drug,
            Self::Treatment => ConsentItem::Treatment,
            Self::Surgery => ConsentItem::Surgery,
            Self::Checkup => ConsentItem::Checkup,
        }
    }

    /// Its parts in their order; 特定健診 has none, it is a table of its own ([`Checkup`]).
    #[must_use]
    pub fn parts(self) -> &'static [MedicalPart] {
        match self {
            Self::Drug => &[MedicalPart::Dispensed, MedicalPart::Prescription],
            Self::Treatment => &[MedicalPart::Treatment, MedicalPart::DrugAllergy, MedicalPart::OtherAllergy, MedicalPart::Test],
            Self::Surgery => &[MedicalPart::Surgery, MedicalPart::DiagnosisName, MedicalPart::Infection],
            Self::Checkup => &[],
        }
    }
}

/// A part with a consent flag of its own since 2025-01 (OQSCD036, P-ITEM): the flag follows from the answer for its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MedicalPart {
    /// 薬剤 that were handed out (YZK).
    Dispensed,
    /// 処方 (YZK).
    Prescription,
    /// 診療 (SRJ).
    Treatment,
    /// 薬剤アレルギー等 (SRJ).
    DrugAllergy,
    /// その他アレルギー等 (SRJ).
    OtherAllergy,
    /// 検査 (SRJ).
    Test,
    /// 手術 (SHJ).
    Surgery,
    /// 傷病名 (SHJ).
    DiagnosisName,
    /// 感染症 (SHJ).
    Infection,
}

impl MedicalPart {
    /// The Japanese name shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Dispensed => "薬剤(調剤・投薬)",
            Self::Prescription => "処方",
            Self::Treatment => "診療",
            Self::DrugAllergy => "薬剤アレルギー等",
            Self::OtherAllergy => "その他アレルギー等",
            Self::Test => "検査",
            Self::Surgery => "手術",
            Self::DiagnosisName => "傷病名",
            Self::Infection => "感染症",
        }
    }
}

/// What a line was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// レセプト: weeks to months behind.
    Claims,
    /// 電子処方箋: within the day; such lines are marked (OT-16).
    EPrescription,
    /// What a hospital's record system shared.
    SharedRecord,
    /// 保険者, from the checkup that it paid for.
    Insurer,
}

impl Origin {
    /// The Japanese name shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Claims => "レセプト",
            Self::EPrescription => "電子処方箋",
            Self::SharedRecord => "電子カルテ情報共有",
            Self::Insurer => "保険者(健診)",
        }
    }
}

/// Where a line comes from, and as of when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineSource {
    /// 医療機関・薬局・健診機関; `None` where the source does not say.
    pub institution: Option<String>,
    /// What it was taken from.
    pub origin: Origin,
    /// The day as of which the source knew it.
    pub as_of: CivilDate,
}

/// One line of a part, as text: what the source gives, without a judgement of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MedicalLine {
    /// The day it was done, handed out or found.
    pub on: CivilDate,
    /// Only year and month of it are known.
    pub is_month: bool,
    /// 医薬品名, 診療行為名, 手術名, 傷病名, …
    pub name: String,
    /// 成分名, 部位, …
    pub about: Option<String>,
    /// 内服・外用, 入院・外来, …
    pub class: Option<String>,
    /// 用法と量, 回数, 測定値, …
    pub amount: Option<String>,
    /// Where from.
    pub source: LineSource,
}

/// A part with its lines, the newest first. No line is no statement about the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MedicalSection {
    /// Which part.
    pub part: MedicalPart,
    /// Its lines.
    pub lines: Vec<MedicalLine>,
}

/// How a measured value stands to the range that the source gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Below it.
    Low,
    /// Above it.
    High,
}

/// One measured value of a checkup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// 検査項目.
    pub item: String,
    /// As it was written.
    pub value: String,
    /// Unit; empty where it has none.
    pub unit: String,
    /// The range that the source gives, as text.
    pub range: Option<String>,
    /// Outside of it.
    pub mark: Option<Mark>,
}

/// One 特定健診 (or that of 後期高齢者).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkup {
    /// 受診日.
    pub on: CivilDate,
    /// Which checkup, as the source names it.
    pub name: String,
    /// Where from.
    pub source: LineSource,
    /// Its values in their order.
    pub values: Vec<Measured>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_are_those_of_the_messages() {
        for kind in MedicalKind::ALL {
            assert_eq!(MedicalKind::from_word(kind.word()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
        assert_eq!(MedicalKind::from_word(""), None);
    }

    #[test]
    fn each_kind_has_its_own_item_and_each_part_one_kind() {
        let mut parts: Vec<MedicalPart> = Vec::new();
        for (place, kind) in MedicalKind::ALL.into_iter().enumerate() {
            assert!(MedicalKind::ALL[..place].iter().all(|other| other.item() != kind.item()), "{kind:?}");
            parts.extend(kind.parts());
        }
        for (place, part) in parts.iter().enumerate() {
            assert!(!parts[..place].contains(part), "{part:?}");
        }
        assert_eq!(parts.len(), 9);
    }
}
