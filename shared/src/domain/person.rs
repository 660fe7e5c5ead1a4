//! The person as the insurer's register knows them. No 個人番号: there is no type for it.

use serde::{Deserialize, Serialize};

use super::calendar::CivilDate;

/// 性別 (OQSCD007).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男, code 1.
    Male,
    /// 女, code 2.
    Female,
    /// 未設定, code 3.
    Unset,
}

impl Sex {
    /// The Japanese word shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
            Self::Unset => "未設定",
        }
    }
}

/// Who the eligibility is about. Names may hold ● where the chain could not represent a character: kept as received.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// 氏名: family name, U+3000, given name.
    pub name: String,
    /// 氏名カナ: half-width kana, half-width space.
    pub name_kana: String,
    /// 氏名(その他): another name registered with the insurer.
    pub name_of_other: Option<String>,
    /// 生年月日.
    pub birth_date: CivilDate,
    /// 性別1.
    pub sex: Sex,
}

impl Person {
    /// True when a character of the name could not be represented somewhere on the way (● in its place).
    #[must_use]
    pub fn has_replacement_dot(&self) -> bool {
        [Some(&self.name), Some(&self.name_kana), self.name_of_other.as_ref()].into_iter().flatten().any(|text| text.contains('●'))
    }
}
