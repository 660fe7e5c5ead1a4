//! Settings as they are kept. A use or a switch that is missing is off, items that are missing are all that the screen knows:
//! an institution of before there were settings asked all.

use serde::{Deserialize, Serialize};
use shared::domain::consent::ConsentGroup;
use shared::domain::institution::Use;
use shared::domain::settings::{FileEncoding, FileWay, HandOverSettings, PhoneRule, PrescriptionForm, Settings, UseSettings};

use super::{Text, VERSION};
use crate::store::StoreError;

words!(group_word, group_of: ConsentGroup {
    Surgery = "surgery", TreatmentAndDrug = "treatment_and_drug", Checkup = "checkup", LimitCertificate = "limit_certificate",
    SpecificDisease = "specific_disease",
});
words!(phone_word, phone_of: PhoneRule { Policy = "policy", Taken = "taken", NotTaken = "not_taken" });
words!(form_word, form_of: PrescriptionForm {
    NotAsked = "not_asked", AtReception = "at_reception", AtConsultation = "at_consultation",
});
words!(way_word, way_of: FileWay { Folder = "folder", Download = "download" });
words!(encoding_word, encoding_of: FileEncoding { Utf8 = "utf_8", ShiftJis = "shift_jis" });

#[derive(Serialize, Deserialize)]
struct StoredSettings<'a> {
    #[serde(default)]
    version: u32,
    #[serde(default)]
    uses: StoredUses<'a>,
    #[serde(default)]
    medical_aid: bool,
    #[serde(default)]
    subsidies: bool,
    #[serde(default)]
    e_prescription: bool,
    #[serde(default)]
    prescription_form: Text<'a>,
    #[serde(default)]
    visual_check: bool,
    #[serde(default)]
    shows_eligibility: bool,
    /// Missing as long as it is as it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hand_over: Option<StoredHandOver<'a>>,
    #[serde(default)]
    contact: Text<'a>,
}

#[derive(Serialize, Deserialize)]
struct StoredHandOver<'a> {
    #[serde(default)]
    is_on: bool,
    #[serde(default)]
    way: Text<'a>,
    #[serde(default)]
    encoding: Text<'a>,
}

impl StoredHandOver<'_> {
    fn of(value: HandOverSettings) -> Option<Self> {
        let stored = Self { is_on: value.is_on, way: way_word(value.way), encoding: encoding_word(value.encoding) };
        (value != HandOverSettings::default()).then_some(stored)
    }

    fn read(&self) -> HandOverSettings {
        let (way, encoding) = (way_of(&self.way).unwrap_or_default(), encoding_of(&self.encoding).unwrap_or_default());
        HandOverSettings { is_on: self.is_on, way, encoding }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct StoredUses<'a> {
    #[serde(default)]
    home_visit: StoredUse<'a>,
    #[serde(default)]
    online: StoredUse<'a>,
    #[serde(default)]
    off_route: StoredUse<'a>,
}

#[derive(Default, Serialize, Deserialize)]
struct StoredUse<'a> {
    #[serde(default)]
    is_on: bool,
    #[serde(default)]
    items: Vec<Text<'a>>,
    #[serde(default)]
    android: Text<'a>,
    #[serde(default)]
    iphone: Text<'a>,
}

impl StoredUse<'_> {
    fn of(value: &UseSettings) -> Self {
        Self {
            is_on: value.is_on,
            items: value.items.iter().map(|item| group_word(*item)).collect(),
            android: phone_word(value.android),
            iphone: phone_word(value.iphone),
        }
    }

    fn read(&self) -> UseSettings {
        let items: Vec<_> = self.items.iter().filter_map(|word| group_of(word)).collect();
        UseSettings {
            is_on: self.is_on,
            items: if items.is_empty() { ConsentGroup::ALL.to_vec() } else { items },
            android: phone_of(&self.android).unwrap_or_default(),
            iphone: phone_of(&self.iphone).unwrap_or_default(),
        }
    }
}

/// The text to keep.
pub(in crate::store) fn settings(value: &Settings) -> Result<String, StoreError> {
    let of = |of| StoredUse::of(value.of(of));
    let stored = StoredSettings {
        version: VERSION,
        uses: StoredUses { home_visit: of(Use::HomeVisit), online: of(Use::Online), off_route: of(Use::OffRoute) },
        medical_aid: value.medical_aid,
        subsidies: value.subsidies,
        e_prescription: value.e_prescription,
        prescription_form: form_word(value.prescription_form),
        visual_check: value.visual_check,
        shows_eligibility: value.shows_eligibility,
        hand_over: StoredHandOver::of(value.hand_over),
        contact: value.contact.as_str().into(),
    };
    serde_json::to_string(&stored).map_err(|_| StoreError::Damaged("settings"))
}

/// Reads a kept text.
pub(in crate::store) fn read_settings(text: &str) -> Result<Settings, StoreError> {
    let stored: StoredSettings<'_> = serde_json::from_str(text).map_err(|_| StoreError::Damaged("settings"))?;
    Ok(Settings {
        home_visit: stored.uses.home_visit.read(),
        online: stored.uses.online.read(),
        off_route: stored.uses.off_route.read(),
        medical_aid: stored.medical_aid,
        subsidies: stored.subsidies,
        e_prescription: stored.e_prescription,
        prescription_form: form_of(&stored.prescription_form).unwrap_or_default(),
        visual_check: stored.visual_check,
        shows_eligibility: stored.shows_eligibility,
        hand_over: stored.hand_over.as_ref().map(StoredHandOver::read).unwrap_or_default(),
        contact: stored.contact.into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As each version wrote them. They are only ever added to.
    const WRITTEN: &str = include_str!("settings_v1.json");

    #[test]
    fn what_is_written_is_of_this_version_and_reads_back() {
        let read = read_settings(WRITTEN).unwrap();
        assert!(read.home_visit.is_on && read.subsidies && !read.shows_eligibility);
        assert_eq!(read.home_visit.items, [ConsentGroup::Surgery, ConsentGroup::Checkup]);
        assert_eq!((read.home_visit.android, read.prescription_form), (PhoneRule::Taken, PrescriptionForm::AtConsultation));
        assert_eq!(settings(&read).unwrap(), WRITTEN.trim_end(), "a change of the text needs a version of its own");
    }

    #[test]
    fn the_way_out_reads_back_and_begins_on() {
        let mut of = Settings::at_start("");
        assert!(read_settings(&settings(&of).unwrap()).unwrap().hand_over.is_on);
        of.hand_over = HandOverSettings { is_on: false, way: FileWay::Download, encoding: FileEncoding::ShiftJis };
        assert_eq!(read_settings(&settings(&of).unwrap()).unwrap(), of);
    }

    #[test]
    fn what_a_later_version_says_reads_as_what_does_least() {
        let read = read_settings(r#"{"version":9,"uses":{"online":{"is_on":true,"items":["more"],"android":"often"}},"new":1}"#).unwrap();
        assert!(!read.home_visit.is_on && read.online.is_on && !read.visual_check);
        assert_eq!((read.online.items.as_slice(), read.online.android), (ConsentGroup::ALL.as_slice(), PhoneRule::Policy));
        assert!(read_settings("").is_err() && read_settings("{").is_err());
    }
}
