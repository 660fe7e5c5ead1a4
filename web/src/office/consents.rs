//! OT-10 同意済資格情報取得 (N105–N108).

pub(crate) mod conditions;
mod list;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_storage::{SessionStorage, Storage as _};
use gloo_timers::callback::Timeout;
use serde::{Deserialize, Serialize};
use shared::api::office::{ConsentPage, ConsentSearch, DaysOf, ListOrder, SearchConsents, Session, StateFilter};
use shared::domain::account::UserId;
use shared::domain::calendar::CivilDate;
use shared::domain::institution::{InstitutionCode, VisitKind};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use self::conditions::{Conditions, ConditionsForm};
use self::list::Results;
use crate::api::{self, Auth};
use crate::json;
use crate::part::field;
use crate::remote::Remote;
use crate::session::use_session;
use crate::use_form::{Form, use_form};

/// What the list remembers while a row is open, and over a reload. Names and numbers stay in this page's memory; days, state,
/// order and page go into the tab's storage as well ([`Kept`]).
#[derive(Clone, Default)]
pub(crate) struct Memory {
    owner: Option<(InstitutionCode, UserId)>,
    conditions: Option<Conditions>,
    asked: Option<ConsentSearch>,
    /// A reload took names or numbers away with which there had been a search.
    lost_people: bool,
}

/// Name of the one entry in sessionStorage.
const NAME: &str = "uketsuke.office.search";

/// What a reload finds again: nothing of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    from: String,
    to: String,
    state: StateFilter,
    #[serde(default)]
    visit_kind: Option<VisitKind>,
    #[serde(default)]
    days: DaysOf,
    order: ListOrder,
    default_of: Option<CivilDate>,
    /// There was a search.
    is_asked: bool,
    /// The page that was shown; none is the first.
    cursor: Option<String>,
    /// The search had conditions that are not kept.
    had_people: bool,
}

impl Memory {
    /// What an earlier page of this tab left.
    fn load() -> Self {
        json::kept::<Kept>(&SessionStorage::raw(), NAME).map(Self::from_kept).unwrap_or_default()
    }

    /// Keeps what a reload shall find.
    fn save(&self) {
        match self.kept() {
            // A browser without storage forgets the search on reload and nothing else.
            Some(kept) => drop(SessionStorage::set(NAME, kept)),
            None => SessionStorage::delete(NAME),
        }
    }

    fn kept(&self) -> Option<Kept> {
        let mut conditions = self.conditions.clone()?;
        let asked = self.asked.as_ref();
        let is_of_people =
            |search: &ConsentSearch| !(search.name_prefix.is_empty() && search.reference_number.is_empty() && search.receipt.is_empty());
        let had_people = self.lost_people || asked.is_some_and(is_of_people);
        conditions.forget_people();
        let Conditions { from, to, state, visit_kind, days, order, default_of, .. } = conditions;
        let (is_asked, cursor) = (asked.is_some(), asked.and_then(|search| search.cursor.clone()));
        Some(Kept { from, to, state, visit_kind, days, order, default_of, is_asked, cursor, had_people })
    }

    fn from_kept(kept: Kept) -> Self {
        let Kept { from, to, state, visit_kind, days, order, default_of, is_asked, cursor, had_people } = kept;
        let nobody = || String::new();
        let (name, reference, receipt) = (nobody(), nobody(), nobody());
        let conditions = Conditions { from, to, name, reference, receipt, state, visit_kind, days, order, default_of };
        // Without its names a search would show other people than before: the person types them again.
        let asked = (is_asked && !had_people).then(|| conditions.check().ok()).flatten().map(|search| ConsentSearch { cursor, ..search });
        Self { owner: None, conditions: Some(conditions), asked, lost_people: had_people }
    }

    /// The search that was shown, unless its days have moved on since.
    fn asked_on(self, today: CivilDate) -> Option<ConsentSearch> {
        let default_of = self.conditions.and_then(|conditions| conditions.default_of);
        self.asked.filter(|_| default_of.is_none_or(|day| day == today))
    }

    /// Drops what is of a person; the days may stay for the next login.
    fn forget_people(&mut self) {
        self.asked = None;
        self.lost_people = false;
        if let Some(conditions) = &mut self.conditions {
            conditions.forget_people();
        }
    }

    /// Starts anew for another account.
    fn belongs_to(&mut self, session: &Session) {
        let owner = Some((session.institution.clone(), session.user.clone()));
        if self.owner != owner {
            *self = Self { owner, ..Self::default() };
        }
    }

    /// The account that this tab was left with is in again: after a reload.
    fn goes_on_for(&mut self, session: &Session) {
        self.owner.get_or_insert_with(|| (session.institution.clone(), session.user.clone()));
    }
}

/// The [`Memory`] of this page, and with it what a reload finds again.
#[derive(Clone)]
pub(crate) struct KeptSearch(Rc<RefCell<Memory>>);

impl PartialEq for KeptSearch {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl KeptSearch {
    /// What an earlier page of this tab left.
    pub(crate) fn load() -> Self {
        Self(Rc::new(RefCell::new(Memory::load())))
    }

    fn get(&self) -> Memory {
        self.0.borrow().clone()
    }

    fn set(&self, memory: Memory) {
        self.change(|kept| *kept = memory);
    }

    fn change(&self, change: impl FnOnce(&mut Memory)) {
        let mut memory = self.0.borrow_mut();
        change(&mut memory);
        memory.save();
    }

    /// Nobody is in: drops what is of a person.
    pub(crate) fn forget_people(&self) {
        self.change(Memory::forget_people);
    }

    /// Starts anew for another account.
    pub(crate) fn belongs_to(&self, session: &Session) {
        self.change(|memory| memory.belongs_to(session));
    }

    /// The account that this tab was left with is in again: after a reload.
    pub(crate) fn goes_on_for(&self, session: &Session) {
        self.change(|memory| memory.goes_on_for(session));
    }
}

/// What the list remembers.
///
/// # Panics
/// Outside the office page: the list is drawn nowhere else.
#[hook]
#[expect(clippy::expect_used, reason = "a list outside the office is a fault of this page, not of its user")]
fn use_kept_search() -> KeptSearch {
    use_context::<KeptSearch>().expect("inside the office")
}

/// OT-10: conditions, and below them what was found. A row that was opened and left again finds both as they were.
#[component]
pub(crate) fn Consents() -> Html {
    let (signed_in, kept) = (use_session(), use_kept_search());
    let today = signed_in.now().jst_date();
    let before = kept.get();
    let form = use_form(|| before.conditions.clone().map_or_else(|| Conditions::of_this_month(today), |conditions| conditions.on(today)));
    let lost_people = use_state(|| before.lost_people);
    let asked = use_state(|| before.asked_on(today).map(|search| (search, 0_u32)));
    let form = form.watched({
        let kept = kept.clone();
        move |conditions| kept.set(Memory { conditions: Some(conditions.clone()), ..kept.get() })
    });
    let remote = use_state(|| None::<Remote<ConsentPage>>);
    use_effect_with((*asked).clone(), {
        let (signed_in, remote) = (signed_in.clone(), remote.clone());
        move |asked| {
            let is_wanted = Rc::new(Cell::new(true));
            if let Some((search, _)) = asked.clone() {
                remote.set(Some(Remote::Loading));
                let is_wanted = is_wanted.clone();
                spawn_local(async move {
                    let outcome = api::call(&SearchConsents, &search, Auth::Office).await;
                    if is_wanted.get() {
                        signed_in.follow(&outcome);
                        remote.set(Some(Remote::read(outcome)));
                    }
                });
            }
            // The answer to an older question is dropped.
            move || is_wanted.set(false)
        }
    });
    // The days that nobody chose follow midnight, also on a screen that stands open.
    use_effect_with(form.typed.clone(), {
        let (signed_in, form) = (signed_in.clone(), form.clone());
        move |shown| {
            let shown = shown.clone();
            let midnight = shown.default_of.map(|day| {
                // A second later: a timer that is early would find the old day and set no other.
                let wait_ms = day.plus_days(1).at_jst(0, 0).0.saturating_sub(signed_in.now().0).max(0) + 1_000;
                Timeout::new(u32::try_from(wait_ms).unwrap_or(u32::MAX), move || form.set(shown.on(signed_in.now().jst_date())))
            });
            move || drop(midnight)
        }
    });
    let ask = {
        let (asked, lost_people) = (asked.clone(), lost_people.clone());
        Callback::from(move |search: Option<ConsentSearch>| {
            let turn = asked.as_ref().map_or(0, |(_, turn)| turn + 1);
            kept.set(Memory { asked: search.clone(), lost_people: false, ..kept.get() });
            lost_people.set(false);
            asked.set(search.map(|search| (search, turn)));
        })
    };
    let onsearch = {
        let (form, ask, remote) = (form.clone(), ask.clone(), remote.clone());
        Callback::from(move |()| {
            let search = form.with(form.typed.clone().on(signed_in.now().jst_date())).read(Conditions::check);
            if search.is_none() {
                // What stands below would be taken for the answer.
                remote.set(None);
            }
            ask.emit(search);
        })
    };
    let onpage = {
        let (asked, ask) = (asked.clone(), ask.clone());
        Callback::from(move |cursor: Option<String>| {
            if let Some((search, _)) = &*asked {
                field::focus(list::HEADING);
                ask.emit(Some(ConsentSearch { cursor, ..search.clone() }));
            }
        })
    };
    let onorder = {
        let (form, ask) = (form.clone(), ask.clone());
        Callback::from(move |order: ListOrder| {
            // Where a condition cannot be read, what was found stays.
            if let Some(search) = form.with(Conditions { order, ..form.typed.clone() }).read(Conditions::check) {
                ask.emit(Some(search));
            }
        })
    };
    let order = asked.as_ref().map(|(search, _)| search.order);
    let searched = asked.as_ref().map(|(search, _)| search.clone());
    let on_retry = Callback::from(move |()| {
        if let Some((search, _)) = &*asked {
            ask.emit(Some(search.clone()));
        }
    });
    html! { <ConsentsView {form} remote={(*remote).clone()} lost_people={*lost_people} {order} {searched} {onsearch} {onpage} {onorder} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ConsentsViewProps {
    /// What was typed.
    pub(crate) form: Form<Conditions>,
    /// What was found; `None` before the first search.
    pub(crate) remote: Option<Remote<ConsentPage>>,
    /// A reload took names or numbers away.
    #[prop_or_default]
    pub(crate) lost_people: bool,
    /// Called on 検索.
    #[prop_or_default]
    pub(crate) onsearch: Callback<()>,
    /// Called with what leads to the page that is wanted.
    #[prop_or_default]
    pub(crate) onpage: Callback<Option<String>>,
    /// The order of what was found.
    #[prop_or_default]
    pub(crate) order: Option<ListOrder>,
    /// What was asked, for the file of it.
    #[prop_or_default]
    pub(crate) searched: Option<ConsentSearch>,
    /// Called with the order that is wanted.
    #[prop_or_default]
    pub(crate) onorder: Callback<ListOrder>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// Conditions and results.
#[component]
pub(crate) fn ConsentsView(props: &ConsentsViewProps) -> Html {
    let ConsentsViewProps { form, remote, lost_people, order, searched, onsearch, onpage, onorder, on_retry } = props.clone();
    html! {
        <>
            <ConditionsForm {form} {onsearch} />
            <Results {remote} {lost_people} {order} {searched} {onpage} {onorder} {on_retry} />
        </>
    }
}

#[cfg(test)]
mod tests {
    use shared::domain::account::AccountKind;
    use shared::domain::calendar::CivilDate;

    use super::*;

    fn session(user: &str) -> Session {
        Session { user: UserId::try_from(user).unwrap(), ..crate::drawn::session(AccountKind::General) }
    }

    fn searched_by(user: &str) -> Memory {
        let mut memory = Memory::default();
        memory.belongs_to(&session(user));
        let mut conditions = Conditions::of_this_month(CivilDate::new(2024, 1, 17).unwrap());
        conditions.from = "2023-12-01".to_owned();
        conditions.name = "シカク".to_owned();
        memory.asked = conditions.check().ok();
        memory.conditions = Some(conditions);
        memory
    }

    #[test]
    fn the_end_of_a_session_forgets_people_and_keeps_the_days() {
        let mut memory = searched_by("staff11");
        assert!(memory.asked.is_some());
        memory.forget_people();
        memory.belongs_to(&session("staff11"));
        assert!(memory.asked.is_none());
        let kept = memory.conditions.unwrap();
        assert_eq!((kept.from.as_str(), kept.name.as_str()), ("2023-12-01", ""));
    }

    #[test]
    fn a_reload_finds_the_search_and_its_page_and_nothing_of_a_person() {
        let mut memory = searched_by("staff11");
        let mut conditions = memory.conditions.clone().unwrap();
        (conditions.reference, conditions.receipt) = ("007".to_owned(), "K7M2QX9A".to_owned());
        memory.asked = conditions.check().ok();
        memory.conditions = Some(conditions);
        let text = serde_json::to_string(&memory.kept().unwrap()).unwrap();
        for of_a_person in ["シカク", "007", "K7M2", "staff11", "9969900001"] {
            assert!(!text.contains(of_a_person), "{text}");
        }
        let after = Memory::from_kept(json::read(&text).unwrap());
        assert!(after.asked.is_none() && after.lost_people, "without the name, others would be listed");
        assert_eq!(after.conditions.clone().unwrap().from, "2023-12-01");
        assert!(Memory::from_kept(after.kept().unwrap()).lost_people, "also after a second reload");

        let mut conditions = Conditions::of_this_month(CivilDate::new(2024, 1, 17).unwrap());
        conditions.state = StateFilter::Living;
        let asked = conditions.check().ok().map(|search| ConsentSearch { cursor: Some("n.1.50.z".to_owned()), ..search });
        let memory = Memory { conditions: Some(conditions), asked, ..Memory::default() };
        let after = Memory::from_kept(memory.kept().unwrap());
        assert_eq!((&after.asked, after.lost_people), (&memory.asked, false));
        assert!(after.conditions == memory.conditions);
        let day = |day| CivilDate::new(2024, 1, day).unwrap();
        assert_eq!(after.clone().asked_on(day(17)), memory.asked);
        assert_eq!(after.asked_on(day(18)), None, "the days stand on today, the hits would be yesterday's");
    }

    #[test]
    fn another_account_finds_nothing_of_the_one_before() {
        let mut memory = searched_by("staff11");
        memory.belongs_to(&session("kanri1"));
        assert!(memory.conditions.is_none() && memory.asked.is_none());
    }
}
