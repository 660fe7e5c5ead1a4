//! What a list remembers while one of its rows is open, and over a reload: its conditions and its page.
//!
//! Names, numbers and staff stay in this page's memory; days and choices go into the tab's storage as well.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use gloo_storage::{SessionStorage, Storage as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::api::office::Session;
use shared::domain::account::UserId;
use shared::domain::calendar::CivilDate;
use shared::domain::institution::InstitutionCode;
use yew::prelude::*;

use crate::json;
use crate::part::page_turner::Turned;
use crate::part::{Notice, Tone, field};
use crate::session::use_session;
use crate::text::office::consents as words;
use crate::use_form::{Faults, Form, use_form};

/// Name of the one entry in sessionStorage.
const NAME: &str = "uketsuke.office.conditions";

/// The conditions of a list.
pub(crate) trait Remembered: Clone + PartialEq + Serialize + DeserializeOwned + 'static {
    /// The list's name, its own.
    const NAME: &'static str;

    /// What the list opens with.
    fn first(today: CivilDate) -> Self;

    /// Drops what is of a person; true when there was something.
    fn forget_people(&mut self) -> bool;
}

/// What is remembered of one list. What was kept on another day counts no more: its days have moved on.
#[derive(Clone)]
struct Left<T> {
    day: CivilDate,
    typed: T,
    asked: T,
    turned: Turned,
    has_lost_people: bool,
}

impl<T: Remembered> Left<T> {
    fn first(day: CivilDate) -> Self {
        Self { day, typed: T::first(day), asked: T::first(day), turned: Turned::default(), has_lost_people: false }
    }

    /// As the storage may have it.
    fn without_people(&self) -> Stored {
        let mut asked = self.asked.clone();
        let had_people = asked.forget_people() || self.has_lost_people;
        Stored { list: T::NAME.to_owned(), day: self.day, asked: serde_json::to_string(&asked).unwrap_or_default(), had_people }
    }

    fn from_stored(stored: &Stored) -> Option<Self> {
        let asked: T = json::read(&stored.asked).ok()?;
        let (typed, turned) = (asked.clone(), Turned::default());
        Some(Self { day: stored.day, typed, asked, turned, has_lost_people: stored.had_people })
    }
}

/// One list in the storage: nothing of a person.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    list: String,
    day: CivilDate,
    asked: String,
    had_people: bool,
}

#[derive(Default)]
struct Inner {
    owner: Option<(InstitutionCode, UserId)>,
    here: Vec<(&'static str, Rc<dyn Any>)>,
    stored: Vec<Stored>,
}

impl Inner {
    fn find<T: Remembered>(&self, today: CivilDate) -> Left<T> {
        let here = self.here.iter().find(|(of, _)| *of == T::NAME).and_then(|(_, kept)| kept.downcast_ref::<Left<T>>().cloned());
        let stored = || self.stored.iter().find(|stored| stored.list == T::NAME).and_then(Left::from_stored);
        here.or_else(stored).filter(|kept| kept.day == today).unwrap_or_else(|| Left::first(today))
    }

    fn take_in<T: Remembered>(&mut self, kept: Left<T>) {
        self.stored.retain(|stored| stored.list != T::NAME);
        self.stored.push(kept.without_people());
        self.here.retain(|(of, _)| *of != T::NAME);
        self.here.push((T::NAME, Rc::new(kept)));
    }

    fn belongs_to(&mut self, session: &Session) {
        let owner = Some((session.institution.clone(), session.user.clone()));
        if self.owner != owner {
            *self = Self { owner, ..Self::default() };
        }
    }
}

/// What the lists of this page remember.
#[derive(Clone, Default)]
pub(crate) struct KeptLists(Rc<RefCell<Inner>>);

impl PartialEq for KeptLists {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl KeptLists {
    /// What an earlier page of this tab left.
    pub(crate) fn load() -> Self {
        let stored = json::kept(&SessionStorage::raw(), NAME).unwrap_or_default();
        Self(Rc::new(RefCell::new(Inner { stored, ..Inner::default() })))
    }

    /// A browser without storage forgets on reload and nothing else.
    fn save(&self) {
        let _ = SessionStorage::set(NAME, &self.0.borrow().stored);
    }

    /// Nobody is in: drops what is of a person. Days and choices may stay for the same account.
    pub(crate) fn forget_people(&self) {
        self.0.borrow_mut().here.clear();
    }

    /// Starts anew for another account.
    pub(crate) fn belongs_to(&self, session: &Session) {
        self.0.borrow_mut().belongs_to(session);
        self.save();
    }

    /// The account that this tab was left with is in again: after a reload.
    pub(crate) fn goes_on_for(&self, session: &Session) {
        self.0.borrow_mut().owner.get_or_insert_with(|| (session.institution.clone(), session.user.clone()));
    }
}

/// The conditions of a list as one drawing of it has them.
pub(crate) struct Kept<T> {
    /// What is typed.
    pub(crate) form: Form<T>,
    /// What is shown below.
    pub(crate) asked: T,
    /// Which page of it.
    pub(crate) turned: Turned,
    /// A reload took names or numbers away with which there had been a search.
    pub(crate) has_lost_people: bool,
    /// Called with what is to be shown, and its page.
    pub(crate) ask: Callback<(T, Turned)>,
}

impl<T: Remembered> Kept<T> {
    /// 検索: shows the first page of what `check` takes; the same again finds what came since, by `on_retry`.
    pub(crate) fn onsearch<R: 'static>(&self, check: fn(&T) -> Result<R, Faults>, on_retry: &Callback<()>) -> Callback<()> {
        let (form, ask, on_retry) = (self.form.clone(), self.ask.clone(), on_retry.clone());
        let now = (self.asked.clone(), self.turned.clone());
        Callback::from(move |()| {
            if form.read(check).is_some() {
                let next = (form.typed.clone(), Turned::default());
                if now == next {
                    on_retry.emit(());
                }
                ask.emit(next);
            }
        })
    }

    /// Turns to another page of the same, and takes the focus to the heading with this id.
    pub(crate) fn onturn(&self, heading: &'static str) -> Callback<Turned> {
        let asked = self.asked.clone();
        self.ask.reform(move |turned: Turned| {
            field::focus(heading);
            (asked.clone(), turned)
        })
    }
}

/// The conditions of the list `T`, as they were left.
#[hook]
pub(crate) fn use_conditions<T: Remembered>() -> Kept<T> {
    let lists = use_context::<KeptLists>().unwrap_or_default();
    let today = use_session().now().jst_date();
    let state = use_state(|| lists.0.borrow().find::<T>(today));
    let form = use_form(|| state.typed.clone()).watched({
        let lists = lists.clone();
        move |typed: &T| {
            let kept = lists.0.borrow().find::<T>(today);
            lists.0.borrow_mut().take_in(Left { typed: typed.clone(), ..kept });
        }
    });
    let ask = {
        let state = state.clone();
        Callback::from(move |(asked, turned): (T, Turned)| {
            let kept = Left { day: today, typed: asked.clone(), asked, turned, has_lost_people: false };
            lists.0.borrow_mut().take_in(kept.clone());
            lists.save();
            state.set(kept);
        })
    };
    let Left { asked, turned, has_lost_people, .. } = (*state).clone();
    Kept { form, asked, turned, has_lost_people, ask }
}

/// Says that names and numbers are to be typed again; nothing where none was lost.
pub(crate) fn lost_people(is_so: bool) -> Html {
    if is_so {
        html! { <Notice tone={Tone::Info} title={words::LOST_PEOPLE} /> }
    } else {
        Html::default()
    }
}

#[cfg(test)]
mod tests {
    use shared::domain::account::AccountKind;

    use super::*;
    use crate::drawn::day;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Find {
        from: String,
        name: String,
    }

    impl Remembered for Find {
        const NAME: &'static str = "find";

        fn first(today: CivilDate) -> Self {
            Self { from: today.to_string(), name: String::new() }
        }

        fn forget_people(&mut self) -> bool {
            !std::mem::take(&mut self.name).is_empty()
        }
    }

    fn session(user: &str) -> Session {
        Session { user: UserId::try_from(user).unwrap(), ..crate::drawn::session(AccountKind::General) }
    }

    fn searched() -> Inner {
        let mut inner = Inner::default();
        inner.belongs_to(&session("staff11"));
        let asked = Find { from: "2026-10-01".to_owned(), name: "シカク".to_owned() };
        let turned = Turned::default().forth("row".to_owned());
        inner.take_in(Left { day: day("2026-11-30"), typed: asked.clone(), asked, turned, has_lost_people: false });
        inner
    }

    #[test]
    fn the_way_back_finds_conditions_and_page_on_the_same_day() {
        let kept = searched().find::<Find>(day("2026-11-30"));
        assert_eq!((kept.asked.name.as_str(), kept.turned.after().as_deref(), kept.has_lost_people), ("シカク", Some("row"), false));
        assert_eq!(searched().find::<Find>(day("2026-12-01")).asked, Find::first(day("2026-12-01")));
    }

    #[test]
    fn a_reload_finds_the_days_and_says_that_a_name_is_gone() {
        let text = serde_json::to_string(&searched().stored).unwrap();
        for of_a_person in ["シカク", "staff11", "row"] {
            assert!(!text.contains(of_a_person), "{text}");
        }
        let mut after = Inner { stored: json::read(&text).unwrap(), ..Inner::default() };
        let kept = after.find::<Find>(day("2026-11-30"));
        assert_eq!((kept.asked.from.as_str(), kept.asked.name.as_str(), kept.has_lost_people), ("2026-10-01", "", true));
        after.take_in(Left { typed: kept.typed.clone(), ..kept });
        assert!(after.stored.iter().all(|stored| stored.had_people), "also after a second reload");
    }

    #[test]
    fn another_account_finds_nothing() {
        let mut inner = searched();
        inner.belongs_to(&session("staff12"));
        assert!(inner.here.is_empty() && inner.stored.is_empty());
        let mut same = searched();
        same.belongs_to(&session("staff11"));
        assert_eq!(same.stored.len(), 1);
    }
}
