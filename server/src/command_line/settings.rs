//! The options of `settings`.

use clap::{Args, Subcommand, ValueEnum};
use shared::domain::consent::ConsentGroup;
use shared::domain::settings::{PhoneRule, PrescriptionForm};

use super::InstitutionAt;

/// What can be done with the settings of an institution (OT-6). Each prints them as they stand, one on a line: name, tab, value.
#[derive(Subcommand)]
pub enum SettingsCommand {
    /// Prints the settings.
    Show {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
    },
    /// Changes what is named, and nothing else. What needs terms is switched on by an admin of the institution, at /o.
    Set {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// What.
        #[command(flatten)]
        what: WhatToSet,
    },
}

/// The settings that are changed.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub struct WhatToSet {
    /// 訪問診療等機能
    #[arg(long, value_name = "ON|OFF")]
    pub home_visit: Option<OnOff>,
    /// What the reception of home visits asks, separated by commas
    #[arg(long, value_name = "ITEM", value_delimiter = ',')]
    pub ask: Option<Vec<Item>>,
    /// Whether home visits take a phone in the card's place, of either kind (P-MEDIUM)
    #[arg(long, value_name = "WHEN")]
    pub home_visit_phones: Option<Phones>,
    /// 医療扶助
    #[arg(long, value_name = "ON|OFF")]
    pub medical_aid: Option<OnOff>,
    /// 医療費助成情報; on needs its terms
    #[arg(long, value_name = "ON|OFF")]
    pub subsidies: Option<OnOff>,
    /// 電子処方箋
    #[arg(long, value_name = "ON|OFF")]
    pub e_prescription: Option<OnOff>,
    /// Whether, and when, the form of the prescription is asked
    #[arg(long, value_name = "WHEN")]
    pub prescription_form: Option<Form>,
    /// 目視確認 on the devices
    #[arg(long, value_name = "ON|OFF")]
    pub visual_check: Option<OnOff>,
    /// The eligibility on the tablet of the reception
    #[arg(long, value_name = "ON|OFF")]
    pub shows_eligibility: Option<OnOff>,
    /// 結果の自動書き出し: finished checks leave as files by themselves
    #[arg(long, value_name = "ON|OFF")]
    pub hand_over: Option<OnOff>,
    /// Whom to ask, at most 120 characters; empty = none
    #[arg(long, value_name = "TEXT")]
    pub contact: Option<String>,
}

/// Yes and no.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnOff {
    /// Yes.
    On,
    /// No.
    Off,
}

/// Whether a phone is taken.
#[derive(Clone, Copy, ValueEnum)]
pub enum Phones {
    /// As the dated row of the use says.
    Policy,
    /// Yes.
    On,
    /// No.
    Off,
}

impl Phones {
    /// The rule.
    #[must_use]
    pub const fn rule(self) -> PhoneRule {
        match self {
            Self::Policy => PhoneRule::Policy,
            Self::On => PhoneRule::Taken,
            Self::Off => PhoneRule::NotTaken,
        }
    }
}

/// A question of the reception.
#[derive(Clone, Copy, ValueEnum)]
pub enum Item {
    /// 手術情報
    Surgery,
    /// 診療情報・薬剤情報
    TreatmentAndDrug,
    /// 特定健診情報
    Checkup,
    /// 限度額適用認定証情報
    LimitCertificate,
    /// 特定疾病療養受療証情報
    SpecificDisease,
}

impl Item {
    /// The question.
    #[must_use]
    pub const fn group(self) -> ConsentGroup {
        match self {
            Self::Surgery => ConsentGroup::Surgery,
            Self::TreatmentAndDrug => ConsentGroup::TreatmentAndDrug,
            Self::Checkup => ConsentGroup::Checkup,
            Self::LimitCertificate => ConsentGroup::LimitCertificate,
            Self::SpecificDisease => ConsentGroup::SpecificDisease,
        }
    }
}

/// When the form of the prescription is asked.
#[derive(Clone, Copy, ValueEnum)]
pub enum Form {
    /// たずねない
    Never,
    /// 受付のとき
    AtReception,
    /// 診察のとき
    AtConsultation,
}

impl Form {
    /// The setting.
    #[must_use]
    pub const fn setting(self) -> PrescriptionForm {
        match self {
            Self::Never => PrescriptionForm::NotAsked,
            Self::AtReception => PrescriptionForm::AtReception,
            Self::AtConsultation => PrescriptionForm::AtConsultation,
        }
    }
}
