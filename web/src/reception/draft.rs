//! What the tablet keeps of a visit over a reload: the answers, the idempotency key, visit id and visit secret. Nothing else (DESIGN §7.7).

use gloo_storage::{SessionStorage, Storage as _};
use serde::{Deserialize, Serialize};
use shared::bytes::Base64;
use shared::domain::consent::{Choice, Choices, ConsentGroup};

/// Name of the one entry in sessionStorage.
const NAME: &str = "uketsuke.visit";
/// Length of an idempotency key in bytes.
pub const KEY_LEN: usize = 16;

/// A visit that the server knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Base64,
}

/// The answers so far and, once they were confirmed, the visit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    answers: [Option<Choice>; ConsentGroup::ALL.len()],
    /// Made when the choices were confirmed; the same key never opens two visits.
    pub key: Option<Base64>,
    /// The visit of these choices.
    pub visit: Option<Visit>,
}

impl Draft {
    /// The answer to a question; `None` while there is none.
    #[must_use]
    pub fn answer(&self, group: ConsentGroup) -> Option<Choice> {
        self.answers.get(place(group)).copied().flatten()
    }

    /// The draft with another answer. A changed answer ends the key and the visit: they belong to the former choices.
    #[must_use]
    pub fn with_answer(&self, group: ConsentGroup, choice: Choice) -> Self {
        if self.answer(group) == Some(choice) {
            return self.clone();
        }
        let mut answers = self.answers;
        if let Some(answer) = answers.get_mut(place(group)) {
            *answer = Some(choice);
        }
        Self { answers, key: None, visit: None }
    }

    /// The answers in the order of the screen.
    pub fn answers(&self) -> impl Iterator<Item = Option<Choice>> + use<> {
        self.answers.into_iter()
    }

    /// The answers, once all are given.
    #[must_use]
    pub fn choices(&self) -> Option<Choices> {
        Choices::collect(|group| self.answer(group))
    }

    /// The questions without an answer, in the order of the screen.
    #[must_use]
    pub fn missing(&self) -> Vec<ConsentGroup> {
        ConsentGroup::ALL.into_iter().filter(|group| self.answer(*group).is_none()).collect()
    }

    /// Reads the stored draft; what cannot be read counts as none.
    #[must_use]
    pub fn load() -> Self {
        SessionStorage::get(NAME).unwrap_or_default()
    }

    /// Stores the draft, or removes the entry when there is nothing to keep.
    pub fn save(&self) {
        if *self == Self::default() {
            SessionStorage::delete(NAME);
        } else {
            // A browser without storage loses the answers on reload and nothing else.
            let _ = SessionStorage::set(NAME, self);
        }
    }
}

fn place(group: ConsentGroup) -> usize {
    ConsentGroup::ALL.iter().position(|other| *other == group).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confirmed() -> Draft {
        let answered = ConsentGroup::ALL.into_iter().fold(Draft::default(), |draft, group| draft.with_answer(group, Choice::Agree));
        Draft { key: Some(Base64(vec![1; KEY_LEN])), visit: Some(Visit { id: "v".to_owned(), secret: Base64(vec![2; 32]) }), ..answered }
    }

    #[test]
    fn nothing_is_answered_before_it_is_answered() {
        let draft = Draft::default();
        assert_eq!(draft.missing(), ConsentGroup::ALL);
        assert_eq!(draft.choices(), None);
        let draft = draft.with_answer(ConsentGroup::Checkup, Choice::Refuse);
        assert_eq!(draft.answer(ConsentGroup::Checkup), Some(Choice::Refuse));
        assert_eq!(draft.missing().len(), 4);
    }

    #[test]
    fn a_changed_answer_ends_key_and_visit_and_the_same_one_keeps_them() {
        let draft = confirmed();
        assert_eq!(draft.with_answer(ConsentGroup::Surgery, Choice::Agree), draft);
        let changed = draft.with_answer(ConsentGroup::Surgery, Choice::Refuse);
        assert_eq!((changed.key, changed.visit), (None, None));
    }

    #[test]
    fn storage_holds_answers_key_visit_and_secret_only() {
        let text = serde_json::to_string(&confirmed()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let names: Vec<&String> = value.as_object().unwrap().keys().collect();
        assert_eq!(names, ["answers", "key", "visit"]);
        assert_eq!(value["visit"].as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "secret"]);
        assert_eq!(serde_json::from_str::<Draft>(&text).unwrap(), confirmed());
    }
}
