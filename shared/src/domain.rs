//! The field's own words as types that cannot hold a bad value.

pub mod account;
pub mod aid;
pub mod asked;
pub mod calendar;
pub mod certificate;
pub mod check;
pub mod code;
pub mod consent;
pub mod coverage;
pub mod desk;
pub mod enquiry;
pub mod facility;
pub mod factor;
pub mod fee;
pub mod hand_over;
pub mod holiday;
pub mod institution;
pub mod link;
pub mod maintenance;
pub mod medical;
pub mod month;
pub mod municipality;
pub mod note;
pub mod number;
pub mod opening;
pub mod operation;
pub mod pasted;
pub mod person;
pub mod prose;
pub mod reference;
pub mod security_check;
pub mod settings;
pub mod typed;
pub mod validity;
pub mod visit;
pub mod withdrawal;

/// Gives a newtype over `String` its text form in JSON: written as is, read through `TryFrom<&str>`.
macro_rules! text_in_json {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                <$type>::try_from(text.as_ref()).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_in_json;
