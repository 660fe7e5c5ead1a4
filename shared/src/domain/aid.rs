//! What stands beside the insurance: 医療扶助 (welfare medical aid) and 医療費助成 (help with the patient's own share).
//! Neither ends nor overwrites the other or the insurance. What is absent was not provided, which is not "none" (X59, X60).

use serde::{Deserialize, Serialize};

use super::calendar::CivilDate;

/// Whether the institution is named for the person in this month (P-AID).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MedicalAidState {
    /// 委託あり: a ticket of the month names the institution.
    Entrusted,
    /// 未委託・未登録 (X58): nothing of the month is registered yet; the welfare office registers about the 15th.
    NotRegistered,
    /// The answer says neither: what came is shown as it came.
    Unknown,
}

impl MedicalAidState {
    /// Every value, for tables and tests.
    pub const ALL: [Self; 3] = [Self::Entrusted, Self::NotRegistered, Self::Unknown];

    /// The Japanese word shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Entrusted => "委託あり",
            Self::NotRegistered => "未委託・未登録",
            Self::Unknown => "確認できません",
        }
    }
}

/// 医療券・調剤券 of a month (MedicalTicketInfo), each field as it came.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MedicalTicket {
    /// 医療券・調剤券別 as text.
    pub kind: Option<String>,
    /// 診療年月, `yyyy-MM`.
    pub month: Option<String>,
    /// 有効開始年月日.
    pub valid_from: Option<CivilDate>,
    /// 有効終了年月日.
    pub valid_until: Option<CivilDate>,
    /// 交付番号.
    pub issue_number: Option<String>,
    /// 指定医療機関コード.
    pub institution_code: Option<String>,
    /// 指定医療機関名.
    pub institution_name: Option<String>,
    /// 診療別 as text.
    pub treatment: Option<String>,
    /// 本人支払額, yen.
    pub self_pay_yen: Option<u32>,
}

/// 医療扶助: class A1, or a payer number that starts with 12. Beside the insurance, never instead of it (F21).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MedicalAid {
    /// Named for this month or not.
    pub state: MedicalAidState,
    /// 公費負担者番号, 8 digits.
    pub payer_number: String,
    /// 福祉事務所名.
    pub office_name: String,
    /// 公費受給者番号, leading zeros kept.
    pub beneficiary_number: String,
    /// 住所 as filed with the welfare office.
    pub address: Option<String>,
    /// 郵便番号, `123-4567`.
    pub post_number: Option<String>,
    /// Start of welfare.
    pub starts_on: Option<CivilDate>,
    /// Stop of welfare.
    pub stops_on: Option<CivilDate>,
    /// Tickets of the month, none or more.
    pub tickets: Vec<MedicalTicket>,
}

/// Where an entry was seen (P-PMH): the paper 受給者証 goes on beside the data.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubsidySource {
    /// The register answered it.
    Register,
    /// Somebody read the 受給者証.
    Certificate,
}

impl SubsidySource {
    /// The Japanese word shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Register => "資格確認の回答",
            Self::Certificate => "受給者証",
        }
    }
}

/// One entry of 公費・医療費助成. Every field may be absent, whatever the reason (X60); an entry ends by its own date or by a
/// person's act, never because an answer does not hold it (X59).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subsidy {
    /// 名称, at most 100 characters.
    pub name: Option<String>,
    /// 公費負担者番号, 8 digits.
    pub payer_number: Option<String>,
    /// 受給者番号: text of at most 30, letters and signs possible, kept as it came.
    pub beneficiary_number: Option<String>,
    /// 所得区分 as text.
    pub income_class: Option<String>,
    /// 上限額, yen.
    pub limit_yen: Option<u32>,
    /// What the limit covers, for example `1か月`.
    pub limit_covers: Option<String>,
    /// 有効開始年月日.
    pub valid_from: Option<CivilDate>,
    /// 有効終了年月日.
    pub valid_until: Option<CivilDate>,
    /// 償還払い only: paid at the desk, paid back later.
    pub is_reimbursed_only: Option<bool>,
    /// 指定医療機関.
    pub institution: Option<String>,
    /// Extra conditions as text.
    pub conditions: Option<String>,
    /// Where it was seen.
    pub source: SubsidySource,
}
