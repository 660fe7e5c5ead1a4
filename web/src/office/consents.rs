//! OT-10 同意済資格情報取得 (N105–N108).

pub(crate) mod conditions;
mod list;

use shared::api::office::{ConsentPage, ConsentSearch, SearchConsents, Session};
use shared::api::{Refusal, Stored};
use shared::domain::account::UserId;
use shared::domain::institution::InstitutionCode;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use self::conditions::{Conditions, ConditionsForm, Faults};
use self::list::Results;
use super::desk::use_desk;
use super::remote::Remote;
use crate::api::{self, Auth};
use crate::part::{Heading, field};
use crate::text::office::consents as words;

/// What the list remembers while a row is open: in this page's memory, never in an address or a storage.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    owner: Option<(InstitutionCode, UserId)>,
    conditions: Option<Conditions>,
    asked: Option<ConsentSearch>,
}

impl Memory {
    /// Drops what is of a person; the days may stay for the next login.
    pub(crate) fn forget_people(&mut self) {
        self.asked = None;
        if let Some(conditions) = &mut self.conditions {
            conditions.forget_people();
        }
    }

    /// Starts anew for another account.
    pub(crate) fn belongs_to(&mut self, session: &Session) {
        let owner = Some((session.institution.clone(), session.user.clone()));
        if self.owner != owner {
            *self = Self { owner, ..Self::default() };
        }
    }
}

/// OT-10: conditions, and below them what was found. A row that was opened and left again finds both as they were.
#[component]
pub(crate) fn Consents() -> Html {
    let desk = use_desk();
    let conditions = {
        let desk = desk.clone();
        use_state(move || desk.memory().conditions.unwrap_or_else(|| Conditions::of_this_month(desk.now().jst_date())))
    };
    let asked = {
        let desk = desk.clone();
        use_state(move || desk.memory().asked.map(|search| (search, 0_u32)))
    };
    let faults = use_state(Faults::default);
    let remote = use_state(|| None::<Remote<ConsentPage>>);
    use_effect_with((*asked).clone(), {
        let (desk, remote) = (desk.clone(), remote.clone());
        move |asked| {
            let is_wanted = Rc::new(Cell::new(true));
            if let Some((search, _)) = asked.clone() {
                remote.set(Some(Remote::Loading));
                let is_wanted = is_wanted.clone();
                spawn_local(async move {
                    let outcome = api::call::<SearchConsents>(&[], &search, Auth::Office).await;
                    if is_wanted.get() {
                        desk.heed(&outcome);
                        // A search changes nothing, also when its answer is lost.
                        let outcome = outcome.map_err(|refusal| Refusal { stored: Stored::Nothing, ..refusal });
                        remote.set(Some(outcome.into()));
                    }
                });
            }
            // The answer to an older question is dropped.
            move || is_wanted.set(false)
        }
    });
    let ask = {
        let (desk, asked, conditions) = (desk.clone(), asked.clone(), conditions.clone());
        Callback::from(move |search: ConsentSearch| {
            let turn = asked.as_ref().map_or(0, |(_, turn)| turn + 1);
            let memory = Memory { conditions: Some((*conditions).clone()), asked: Some(search.clone()), ..desk.memory() };
            desk.remember(memory);
            asked.set(Some((search, turn)));
        })
    };
    let onsearch = {
        let (conditions, faults, ask) = (conditions.clone(), faults.clone(), ask.clone());
        Callback::from(move |()| match conditions.check() {
            Ok(search) => {
                faults.set(Faults::default());
                ask.emit(search);
            }
            Err(found) => {
                found.first_field().into_iter().for_each(field::focus);
                faults.set(found);
            }
        })
    };
    let onpage = {
        let (asked, ask) = (asked.clone(), ask.clone());
        Callback::from(move |page: u32| {
            if let Some((search, _)) = &*asked {
                field::focus(list::HEADING);
                ask.emit(ConsentSearch { page, ..search.clone() });
            }
        })
    };
    let on_retry = {
        let asked = asked.clone();
        Callback::from(move |()| {
            if let Some((search, _)) = &*asked {
                ask.emit(search.clone());
            }
        })
    };
    let onchange = {
        let conditions = conditions.clone();
        Callback::from(move |new: Conditions| {
            desk.remember(Memory { conditions: Some(new.clone()), ..desk.memory() });
            conditions.set(new);
        })
    };
    html! {
        <ConsentsView conditions={(*conditions).clone()} faults={*faults} remote={(*remote).clone()} {onchange} {onsearch} {onpage} {on_retry} />
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ConsentsViewProps {
    /// What was typed.
    pub(crate) conditions: Conditions,
    /// What is wrong with it.
    #[prop_or_default]
    pub(crate) faults: Faults,
    /// What was found; `None` before the first search.
    pub(crate) remote: Option<Remote<ConsentPage>>,
    /// Called with each change.
    #[prop_or_default]
    pub(crate) onchange: Callback<Conditions>,
    /// Called on 検索.
    #[prop_or_default]
    pub(crate) onsearch: Callback<()>,
    /// Called with the page that is wanted.
    #[prop_or_default]
    pub(crate) onpage: Callback<u32>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// Conditions and results.
#[component]
pub(crate) fn ConsentsView(props: &ConsentsViewProps) -> Html {
    let ConsentsViewProps { conditions, faults, remote, onchange, onsearch, onpage, on_retry } = props.clone();
    html! {
        <>
            <Heading text={words::TITLE} />
            <ConditionsForm {conditions} {faults} {onchange} {onsearch} />
            <Results {remote} {onpage} {on_retry} />
        </>
    }
}

#[cfg(test)]
mod tests {
    use shared::domain::account::AccountKind;
    use shared::domain::calendar::CivilDate;

    use super::*;

    fn session(user: &str) -> Session {
        Session { user: UserId::try_from(user).unwrap(), ..crate::office::tests::session(AccountKind::General) }
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
    fn another_account_finds_nothing_of_the_one_before() {
        let mut memory = searched_by("staff11");
        memory.belongs_to(&session("kanri1"));
        assert!(memory.conditions.is_none() && memory.asked.is_none());
    }
}
