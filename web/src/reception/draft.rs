//! What the tablet keeps of a visit over a reload: the answers, the idempotency key, visit id and visit secret, and when somebody
//! was last there. Nothing else.

use gloo_storage::{SessionStorage, Storage as _};
use serde::{Deserialize, Serialize};
use shared::api::reception::IDLE_CLEAR_MS;
use shared::bytes::Base64;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{Choice, Choices, ConsentGroup};
use shared::domain::visit::{Occasion, Purpose};

use crate::json;

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
    /// 医療費助成の受給者証, where it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subsidy: Option<Choice>,
    /// Made when the choices were confirmed; the same key never opens two visits.
    pub key: Option<Base64>,
    /// The visit of these choices.
    pub visit: Option<Visit>,
    /// What for and how it takes place: booked date, place, who helps. Names no person.
    #[serde(default)]
    pub occasion: Occasion,
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
        Self { answers, key: None, visit: None, ..self.clone() }
    }

    /// The draft with another answer about 医療費助成; ends key and visit in the same way.
    #[must_use]
    pub fn with_subsidy(&self, choice: Choice) -> Self {
        if self.subsidy == Some(choice) {
            return self.clone();
        }
        Self { subsidy: Some(choice), key: None, visit: None, ..self.clone() }
    }

    /// The draft of another occasion; a change ends key and visit as one of an answer does.
    #[must_use]
    pub fn with_occasion(&self, occasion: Occasion) -> Self {
        if self.occasion == occasion {
            return self.clone();
        }
        Self { occasion, key: None, visit: None, ..self.clone() }
    }

    /// The answers in the order of the screen.
    pub fn answers(&self) -> impl Iterator<Item = Option<Choice>> + use<> {
        self.answers.into_iter()
    }

    /// The answers, once all of these questions have one; what the institution does not ask is said to be so.
    #[must_use]
    pub fn choices(&self, questions: &[ConsentGroup]) -> Option<Choices> {
        if self.occasion.purpose != Purpose::Register {
            return Some(Choices::all(Choice::NotAsked));
        }
        Choices::collect(|group| if questions.contains(&group) { self.answer(group) } else { Some(Choice::NotAsked) })
    }

    /// Those of these questions that have no answer.
    #[must_use]
    pub fn missing(&self, questions: &[ConsentGroup]) -> Vec<ConsentGroup> {
        questions.iter().copied().filter(|group| self.answer(*group).is_none()).collect()
    }
}

/// A draft in the tab's storage. Browsers bring it back with a restored, reopened or duplicated tab, however late: so its time
/// is kept with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The draft.
    pub draft: Draft,
    /// When somebody was last there, by the server's clock: the tablet's own may be moved in between.
    pub seen_at: UnixMs,
}

impl Kept {
    /// Reads what is stored; what cannot be read counts as nothing.
    #[must_use]
    pub fn load() -> Option<Self> {
        json::kept(&SessionStorage::raw(), NAME)
    }

    /// Stores it.
    pub fn save(&self) {
        // A browser without storage loses the answers on reload and nothing else.
        let _ = SessionStorage::set(NAME, self);
    }

    /// Removes the entry.
    pub fn forget() {
        SessionStorage::delete(NAME);
    }
}

/// True while less than the idle time has passed since somebody was there. A time that is yet to come tells nothing: false.
#[must_use]
pub fn is_fresh(seen_at: UnixMs, now: UnixMs) -> bool {
    (0..IDLE_CLEAR_MS).contains(&now.0.saturating_sub(seen_at.0))
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
        assert_eq!(draft.missing(&ConsentGroup::ALL), ConsentGroup::ALL);
        assert_eq!(draft.choices(&ConsentGroup::ALL), None);
        let draft = draft.with_answer(ConsentGroup::Checkup, Choice::Refuse);
        assert_eq!(draft.answer(ConsentGroup::Checkup), Some(Choice::Refuse));
        assert_eq!(draft.missing(&ConsentGroup::ALL).len(), 4);
        let asked = [ConsentGroup::Checkup];
        let only = draft.choices(&asked).expect("all that is asked has an answer");
        assert!(draft.missing(&asked).is_empty() && only.answer_just(&asked));
    }

    #[test]
    fn a_changed_answer_ends_key_and_visit_and_the_same_one_keeps_them() {
        let draft = confirmed();
        assert_eq!(draft.with_answer(ConsentGroup::Surgery, Choice::Agree), draft);
        let changed = draft.with_answer(ConsentGroup::Surgery, Choice::Refuse);
        assert_eq!((changed.key, changed.visit), (None, None));
        let changed = draft.with_subsidy(Choice::Agree);
        assert_eq!((changed.subsidy, &changed.key, &changed.visit), (Some(Choice::Agree), &None, &None));
        let kept = Draft { key: draft.key.clone(), ..changed };
        assert_eq!(kept.with_subsidy(Choice::Agree), kept);
    }

    #[test]
    fn storage_holds_answers_key_visit_secret_and_a_time_only() {
        let kept = Kept { draft: confirmed(), seen_at: UnixMs(7) };
        let text = serde_json::to_string(&kept).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&value), ["draft", "seen_at"]);
        assert_eq!(names(&value["draft"]), ["answers", "key", "occasion", "visit"]);
        assert_eq!(names(&value["draft"]["visit"]), ["id", "secret"]);
        assert_eq!(json::read::<Kept>(&text), Ok(kept));
        let timeless = serde_json::to_string(&confirmed()).unwrap();
        assert!(json::read::<Kept>(&timeless).is_err(), "choices without a time are nobody's");
    }

    #[test]
    fn what_a_restored_browser_brings_back_after_the_idle_time_is_nobodys() {
        for (passed, is_fresh) in [
            (0, true),
            (IDLE_CLEAR_MS - 1, true),
            (IDLE_CLEAR_MS, false),
            (24 * 60 * 60_000, false),
            (-1, false),
            (i64::MAX - 1_000_000, false),
        ] {
            assert_eq!(super::is_fresh(UnixMs(1_000_000), UnixMs(1_000_000 + passed)), is_fresh, "{passed} ms later");
        }
    }
}
