//! How a visit takes place, as it is kept. What is missing was not asked; a word that is not known says nothing.

use serde::{Deserialize, Serialize};
use shared::domain::visit::{Assist, Occasion, Place, Purpose};

use super::{Text, day, day_text, json, parsed, text};
use crate::store::StoreError;

words!(purpose_word, purpose_of: Purpose { Register = "register", Review = "review", Withdraw = "withdraw" });
words!(assist_word, assist_of: Assist { Alone = "alone", Family = "family", Staff = "staff" });
words!(place_word, place_of: Place {
    Home = "home", Facility = "facility", WithNurse = "with_nurse", Counter = "counter", Car = "car", OtherRoom = "other_room",
});

/// Version of what is written.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(super) struct StoredOccasion<'a> {
    #[serde(default)]
    version: u32,
    purpose: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    booked_on: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    assist: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    place_name: Text<'a>,
}

impl<'a> StoredOccasion<'a> {
    pub(super) fn of(value: &'a Occasion) -> Self {
        Self {
            version: VERSION,
            purpose: purpose_word(value.purpose),
            booked_on: value.booked_on.map(day_text),
            assist: value.assist.map(assist_word),
            place: value.place.map(place_word),
            place_name: text(&value.place_name),
        }
    }

    pub(super) fn read(self) -> Result<Occasion, StoreError> {
        Ok(Occasion {
            // What a visit is for is never invented.
            purpose: purpose_of(&self.purpose).ok_or(StoreError::Damaged("purpose"))?,
            booked_on: self.booked_on.map(|text| day(&text)).transpose()?,
            assist: self.assist.and_then(|word| assist_of(&word)),
            place: self.place.and_then(|word| place_of(&word)),
            place_name: self.place_name.into_owned(),
        })
    }
}

/// The text of an occasion; `None` for one of which nothing is known.
pub(in crate::store) fn occasion(value: &Occasion) -> Result<Option<String>, StoreError> {
    (*value != Occasion::default()).then(|| json(&StoredOccasion::of(value))).transpose()
}

/// Reads [`occasion`]; without a text it is a registration of which nothing else is known.
pub(in crate::store) fn read_occasion(text: Option<&str>) -> Result<Occasion, StoreError> {
    text.map_or_else(|| Ok(Occasion::default()), |text| parsed::<StoredOccasion<'_>>(text, "occasion")?.read())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str =
        r#"{"version":1,"purpose":"register","booked_on":"2026-12-01","assist":"staff","place":"with_nurse","place_name":"ひなた"}"#;

    #[test]
    fn an_occasion_reads_back_and_a_later_word_says_nothing() {
        let read = read_occasion(Some(WRITTEN)).unwrap();
        assert_eq!(occasion(&read).unwrap().as_deref(), Some(WRITTEN));
        let later = read_occasion(Some(&WRITTEN.replace("with_nurse", "another").replace("\"staff\"", "\"another\""))).unwrap();
        assert_eq!((later.place, later.assist, later.booked_on), (None, None, read.booked_on));
        assert!(matches!(read_occasion(Some(&WRITTEN.replace("register", "another"))), Err(StoreError::Damaged("purpose"))));
        assert_eq!(occasion(&read_occasion(None).unwrap()).unwrap(), None);
    }
}
