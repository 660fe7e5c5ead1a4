//! Insurance eligibility (資格) as the register answers it. Unknown stays unknown: "not provided" is not "none".

use serde::{Deserialize, Serialize};

use super::aid::{MedicalAid, Subsidy};
use super::calendar::{CivilDate, UnixMs};
use super::consent::Choice;
use super::person::{Person, Sex};

/// 資格有効性 (OQSCD006).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// 1 有効.
    Valid,
    /// 2 無効 (X28).
    Invalid,
    /// 3 無効(新しい資格あり) (X29): the new coverage stands first, the former one after it.
    Replaced,
    /// 4 該当資格なし (X30).
    NotFound,
    /// 5 複数該当 (X31): stored as such, chosen in the office, never picked by the machine.
    Several,
    /// 6 有効(未登録), for 医療扶助 alone: shown as 未委託・未登録 (X58).
    AidNotRegistered,
}

impl Validity {
    /// What it is called over every column, field and file.
    pub const NAME: &'static str = "資格有効性";

    /// Every value, for tables and tests.
    pub const ALL: [Self; 6] = [Self::Valid, Self::Invalid, Self::Replaced, Self::NotFound, Self::Several, Self::AidNotRegistered];

    /// The Japanese word shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Valid => "有効",
            Self::Invalid => "無効",
            Self::Replaced => "無効(新しい資格あり)",
            Self::NotFound => "該当資格なし",
            Self::Several => "複数該当",
            Self::AidNotRegistered => "未委託・未登録",
        }
    }
}

/// A field that the source may leave out: "not provided" must never read as "none" (X32).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provided<T> {
    /// The source says nothing: 情報がありません(「なし」とは限りません).
    NotProvided,
    /// The source says there is none.
    None,
    /// The value.
    Value(T),
}

/// 本人・家族の別 (OQSCD009).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// 1 本人.
    Insured,
    /// 2 家族.
    Family,
}

impl Relation {
    /// The Japanese word shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Insured => "本人",
            Self::Family => "家族",
        }
    }
}

/// A co-payment ratio (一部負担金割合) in percent, 0–100.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Percent(pub u8);

impl Percent {
    /// `1割`, or `15%` when it is no multiple of ten.
    #[must_use]
    pub fn label(self) -> String {
        if self.0.is_multiple_of(10) { format!("{}割", self.0 / 10) } else { format!("{}%", self.0) }
    }
}

/// 高齢受給者証情報 (70–74 years).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElderlyCertificate {
    /// 有効開始年月日.
    pub valid_from: CivilDate,
    /// 有効終了年月日.
    pub valid_until: Option<CivilDate>,
    /// 一部負担金割合.
    pub ratio: Percent,
}

/// 限度額適用認定証関連情報: only with consent.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitCertificate {
    /// 適用区分 as text, for example `ウ` (OQSCD012).
    pub level: String,
    /// 有効開始年月日.
    pub valid_from: CivilDate,
    /// 有効終了年月日.
    pub valid_until: Option<CivilDate>,
}

/// 特定疾病療養受療証情報: only with consent.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecificDisease {
    /// 認定疾病区分 as text (OQSCD013).
    pub category: String,
    /// 有効開始年月日.
    pub valid_from: CivilDate,
    /// 有効終了年月日.
    pub valid_until: Option<CivilDate>,
    /// 自己負担限度額, yen a month.
    pub self_pay_yen: Option<u32>,
}

/// One insurance coverage: the result fields of the eligibility answer, in the order in which they are shown.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// 保険者番号, digits as received without padding.
    pub insurer_number: String,
    /// 保険者名称.
    pub insurer_name: String,
    /// 被保険者証記号; absent for 後期高齢者.
    pub symbol: Option<String>,
    /// 被保険者証番号, leading zeros kept.
    pub member_number: String,
    /// 枝番.
    pub branch_number: Option<String>,
    /// 被保険者証区分 as text (OQSCD010).
    pub card_classification: String,
    /// 本人・家族の別.
    pub relation: Option<Relation>,
    /// 被保険者氏名(世帯主氏名).
    pub insured_name: Option<String>,
    /// 住所 as filed with the insurer.
    pub address: Option<String>,
    /// 郵便番号, `123-4567`.
    pub post_number: Option<String>,
    /// 性別2, where the insurer keeps one on the back of the card.
    pub sex_on_back: Option<Sex>,
    /// 資格取得年月日.
    pub qualified_on: Option<CivilDate>,
    /// 資格喪失年月日.
    pub disqualified_on: Option<CivilDate>,
    /// 資格喪失事由 as text (OQSCD008).
    pub loss_reason: Option<String>,
    /// 有効開始年月日.
    pub valid_from: Option<CivilDate>,
    /// 有効終了年月日; may be absent.
    pub valid_until: Option<CivilDate>,
    /// 一部負担金割合 (後期高齢者).
    pub copay_ratio: Provided<Percent>,
    /// 未就学区分.
    pub is_preschool: bool,
    /// 高齢受給者証情報.
    pub elderly: Option<ElderlyCertificate>,
    /// 限度額適用認定証関連情報; `NotProvided` without consent.
    pub limit: Provided<LimitCertificate>,
    /// 特定疾病療養受療証情報; `NotProvided` without consent.
    pub specific_diseases: Provided<Vec<SpecificDisease>>,
}

/// The answer to an eligibility check (資格確認): one verdict, and the coverages behind it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eligibility {
    /// The verdict, shown first and in words.
    pub validity: Validity,
    /// When the register was asked (確認日).
    pub checked_at: UnixMs,
    /// Who; `None` when the register has no row (X30).
    pub person: Option<Person>,
    /// Insurance. None for `NotFound` and for 医療扶助 alone, two or more for `Several`, new then former for `Replaced`, else one.
    pub coverages: Vec<Coverage>,
    /// 医療扶助, beside the insurance or alone.
    pub medical_aid: Option<MedicalAid>,
    /// Whether 医療費助成 was asked for with this check, and the person's answer: a refusal looks like no data (X59) to everyone but the
    /// office's detail.
    pub subsidy_answer: Choice,
    /// 公費・医療費助成: none reads "no information", never "ended" (X59); none also where it was not asked or refused.
    pub subsidies: Vec<Subsidy>,
}

impl Eligibility {
    /// An answer about insurance and nothing beside it.
    #[must_use]
    pub fn of_insurance(validity: Validity, checked_at: UnixMs, person: Option<Person>, coverages: Vec<Coverage>) -> Self {
        Self { validity, checked_at, person, coverages, medical_aid: None, subsidy_answer: Choice::NotAsked, subsidies: Vec::new() }
    }

    /// The addresses that were given, of insurance and 医療扶助.
    #[must_use]
    pub fn addresses(&self) -> Vec<&str> {
        let insurance = self.coverages.iter().filter_map(|coverage| coverage.address.as_deref());
        insurance.chain(self.medical_aid.iter().filter_map(|aid| aid.address.as_deref())).collect()
    }

    /// True when a verdict stands for something: a coverage or 医療扶助.
    #[must_use]
    pub fn has_result(&self) -> bool {
        !self.coverages.is_empty() || self.medical_aid.is_some()
    }
}
