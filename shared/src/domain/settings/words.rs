//! Settings in words: what each one is called, and what changed from one record to the next.

use serde::{Deserialize, Serialize};

use super::{PhoneRule, PrescriptionForm, Settings};
use crate::domain::consent::ConsentGroup;
use crate::domain::institution::Use;

/// One setting that was changed, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What.
    pub name: String,
    /// As it was.
    pub old: String,
    /// As it is.
    pub new: String,
}

impl ConsentGroup {
    /// What is asked, as the settings call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Surgery => "手術情報",
            Self::TreatmentAndDrug => "診療情報・薬剤情報",
            Self::Checkup => "特定健診情報",
            Self::LimitCertificate => "限度額適用認定証情報",
            Self::SpecificDisease => "特定疾病療養受療証情報",
        }
    }
}

impl PhoneRule {
    /// Every rule, in the order of the screen.
    pub const ALL: [Self; 3] = [Self::Policy, Self::Taken, Self::NotTaken];

    /// As the screen says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Policy => "国の扱いに合わせる",
            Self::Taken => "使う",
            Self::NotTaken => "使わない",
        }
    }
}

impl PrescriptionForm {
    /// Every way, in the order of the screen.
    pub const ALL: [Self; 3] = [Self::NotAsked, Self::AtReception, Self::AtConsultation];

    /// As the screen says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::NotAsked => "たずねない",
            Self::AtReception => "受付のときにたずねる",
            Self::AtConsultation => "診察のときに職員が確認する",
        }
    }
}

const fn on_off(is_on: bool) -> &'static str {
    if is_on { "利用する" } else { "利用しない" }
}

/// Every setting with its value, in words and in the order of the screen.
#[must_use]
pub fn lines(settings: &Settings) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for of in Use::ALL {
        let (set, label) = (settings.of(of), of.label());
        let items: Vec<_> = set.items.iter().map(|item| item.label()).collect();
        lines.push((format!("{label}機能"), on_off(set.is_on).to_owned()));
        lines.push((format!("{label}: 受付でたずねる項目"), items.join("、")));
        lines.push((format!("{label}: Androidスマートフォン"), set.android.label().to_owned()));
        lines.push((format!("{label}: iPhone"), set.iphone.label().to_owned()));
    }
    let contact = if settings.contact.is_empty() { "(なし)" } else { &settings.contact };
    for (name, value) in [
        ("医療扶助", on_off(settings.medical_aid)),
        ("医療費助成情報", on_off(settings.subsidies)),
        ("電子処方箋", on_off(settings.e_prescription)),
        ("処方箋の発行形態", settings.prescription_form.label()),
        ("目視確認", if settings.visual_check { "認める" } else { "認めない" }),
        ("受付の端末での資格の表示", if settings.shows_eligibility { "表示する" } else { "表示しない" }),
        ("結果の自動書き出し", on_off(settings.hand_over.is_on)),
        ("書き出しの方法", settings.hand_over.way.label()),
        ("書き出しの文字コード", settings.hand_over.encoding.label()),
        ("連絡先", contact),
    ] {
        lines.push((name.to_owned(), value.to_owned()));
    }
    lines
}

/// What changed from `old` to `new`.
#[must_use]
pub fn differences(old: &Settings, new: &Settings) -> Vec<Difference> {
    let pairs = lines(old).into_iter().zip(lines(new));
    pairs.filter(|(old, new)| old != new).map(|((name, old), (_, new))| Difference { name, old, new }).collect()
}
