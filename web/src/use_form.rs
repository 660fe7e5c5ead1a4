//! A form: what was typed, what is wrong with it, and the focus on the first field that needs another look.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use shared::api::office::Session;
use shared::domain::account::UserId;
use shared::domain::institution::InstitutionCode;
use yew::prelude::*;

use crate::part::field::{self, Input};

/// What is wrong, by the id of the field, in the order of the fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(Vec<(&'static str, AttrValue)>);

impl Faults {
    /// Adds what is wrong with a field, if anything is.
    #[must_use]
    pub fn note(mut self, id: &'static str, fault: Option<impl Into<AttrValue>>) -> Self {
        self.0.extend(fault.map(|words| (id, words.into())));
        self
    }

    /// What is wrong with this field.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<AttrValue> {
        self.0.iter().find(|(of, _)| *of == id).map(|(_, words)| words.clone())
    }

    /// The first field that needs another look.
    #[must_use]
    pub fn first(&self) -> Option<&'static str> {
        self.0.first().map(|(id, _)| *id)
    }
}

/// A form as one drawing of it has it: a plain value, so that a screen can be drawn with any.
#[derive(Clone, PartialEq)]
pub struct Form<T> {
    /// What was typed.
    pub typed: T,
    /// What is wrong with it, since it was sent last.
    pub faults: Faults,
    is_held: bool,
    change: Callback<(T, Faults)>,
    /// Called after what was typed was put away by the screen itself.
    onset: Callback<()>,
}

impl<T: Clone + 'static> Form<T> {
    /// A form with this in it; `change` is called with what takes its place.
    #[must_use]
    pub fn new(typed: T, faults: Faults, change: Callback<(T, Faults)>) -> Self {
        Self { typed, faults, is_held: false, change, onset: Callback::noop() }
    }

    /// The same, and nothing can be changed while `is_held`: it is on its way to the server.
    #[must_use]
    pub fn held(self, is_held: bool) -> Self {
        Self { is_held, ..self }
    }

    /// The same with something else in it.
    #[must_use]
    pub fn with(&self, typed: T) -> Self {
        Self { typed, ..self.clone() }
    }

    /// The same; `onchange` hears first of each change of what was typed.
    #[must_use]
    pub fn watched(self, onchange: impl Fn(&T) + 'static) -> Self {
        let change = self.change;
        let change = Callback::from(move |(typed, faults): (T, Faults)| {
            onchange(&typed);
            change.emit((typed, faults));
        });
        Self { change, ..self }
    }

    /// True while it is on its way to the server.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.is_held
    }

    /// What the input of this id shows, and what typing into it does.
    #[must_use]
    pub fn input(&self, id: &'static str, part: fn(&mut T) -> &mut String) -> Input {
        let value = part(&mut self.typed.clone()).clone();
        let oninput = self.edit(move |typed, value| *part(typed) = value);
        Input { id: id.into(), value: value.into(), fault: self.faults.of(id), is_held: self.is_held, oninput }
    }

    /// Called with what one control gives, takes it into the form.
    pub fn edit<V: 'static>(&self, set: impl Fn(&mut T, V) + 'static) -> Callback<V> {
        let form = self.clone();
        Callback::from(move |value: V| {
            let mut typed = form.typed.clone();
            set(&mut typed, value);
            form.change.emit((typed, form.faults.clone()));
        })
    }

    /// Puts this into the form in place of what was typed; nothing is wrong with it yet.
    pub fn set(&self, typed: T) {
        self.change.emit((typed, Faults::default()));
        self.onset.emit(());
    }

    /// Says what the server found wrong, and moves the focus to the first such field.
    pub fn mark(&self, faults: Faults) {
        faults.first().into_iter().for_each(field::focus);
        self.change.emit((self.typed.clone(), faults));
    }

    /// Reads what was typed. Where something is wrong, says so and moves the focus to the first such field.
    pub fn read<R>(&self, check: impl FnOnce(&T) -> Result<R, Faults>) -> Option<R> {
        let (found, request) = match check(&self.typed) {
            Ok(request) => (Faults::default(), Some(request)),
            Err(faults) => (faults, None),
        };
        found.first().into_iter().for_each(field::focus);
        self.change.emit((self.typed.clone(), found));
        request
    }
}

/// A form of this screen, gone with it. For secrets there is no other.
#[hook]
pub fn use_form<T: Clone + PartialEq + 'static>(empty: impl FnOnce() -> T) -> Form<T> {
    let state = use_state(|| (empty(), Faults::default()));
    let (typed, faults) = (*state).clone();
    Form::new(typed, faults, Callback::from(move |new| state.set(new)))
}

/// What was typed into forms when the screen was cleared for want of a touch, or the session ended: in memory, for the same
/// account, until it goes to another screen. Nothing secret goes here.
#[derive(Clone, Default)]
pub struct Drafts(Rc<RefCell<Kept>>);

#[derive(Default)]
struct Kept {
    owner: Option<(InstitutionCode, UserId)>,
    typed: Vec<(String, Rc<dyn Any>)>,
}

impl PartialEq for Drafts {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Drafts {
    /// Drops what another account has typed.
    pub fn belongs_to(&self, session: &Session) {
        let owner = Some((session.institution.clone(), session.user.clone()));
        if self.0.borrow().owner != owner {
            *self.0.borrow_mut() = Kept { owner, typed: Vec::new() };
        }
    }

    /// Drops all: the screen was left, or the account.
    pub fn forget(&self) {
        self.0.borrow_mut().typed.clear();
    }

    /// True while something is half filled in: typed, and neither sent nor put away.
    #[must_use]
    pub fn is_typed(&self) -> bool {
        !self.0.borrow().typed.is_empty()
    }

    fn drop(&self, name: &str) {
        self.0.borrow_mut().typed.retain(|(of, _)| of != name);
    }

    fn take_in<T: 'static>(&self, name: &str, typed: T) {
        let mut kept = self.0.borrow_mut();
        kept.typed.retain(|(of, _)| *of != name);
        kept.typed.push((name.to_owned(), Rc::new(typed)));
    }

    fn find<T: Clone + 'static>(&self, name: &str) -> Option<T> {
        let kept = self.0.borrow();
        let (_, typed) = kept.typed.iter().find(|(of, _)| *of == name)?;
        typed.downcast_ref::<T>().cloned()
    }
}

/// A form whose content is still there when the same account comes back after a lock. `name` is the form's own.
#[hook]
pub fn use_kept_form<T: Clone + PartialEq + 'static>(name: &str, empty: impl FnOnce() -> T) -> Form<T> {
    let drafts = use_context::<Drafts>().unwrap_or_default();
    let name = name.to_owned();
    let onset = {
        let (drafts, name) = (drafts.clone(), name.clone());
        Callback::from(move |()| drafts.drop(&name))
    };
    let form = use_form(|| drafts.find(&name).unwrap_or_else(empty)).watched(move |typed| drafts.take_in(&name, typed.clone()));
    Form { onset, ..form }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{draw, has, session};
    use shared::domain::account::AccountKind;

    #[derive(Debug, Clone, PartialEq, Default)]
    struct Typed {
        name: String,
        note: String,
    }

    type Taken = Rc<RefCell<Vec<(Typed, Faults)>>>;

    /// A form, and what it was changed to.
    fn form(typed: Typed, faults: Faults) -> (Form<Typed>, Taken) {
        let taken = Taken::default();
        let into = taken.clone();
        (Form::new(typed, faults, Callback::from(move |new| into.borrow_mut().push(new))), taken)
    }

    fn typed(name: &str, note: &str) -> Typed {
        Typed { name: name.to_owned(), note: note.to_owned() }
    }

    #[test]
    fn typing_changes_its_own_field_and_leaves_the_faults() {
        let faults = Faults::default().note("name", Some("名前を入力してください。")).note("note", None::<&str>);
        let (form, taken) = form(typed("", "x"), faults.clone());
        let input = form.input("name", |typed| &mut typed.name);
        assert_eq!((input.value.as_str(), input.fault.as_deref(), input.is_held), ("", Some("名前を入力してください。"), false));
        input.oninput.emit("花".to_owned());
        assert_eq!(taken.take(), [(typed("花", "x"), faults)]);
        assert!(form.held(true).input("note", |typed| &mut typed.note).is_held);
    }

    #[test]
    fn reading_gives_the_request_or_says_what_is_wrong_in_the_order_of_the_fields() {
        let (form, taken) = form(typed("花", ""), Faults::default().note("name", Some("old")));
        assert_eq!(form.read(|typed| Ok(typed.name.clone())), Some("花".to_owned()));
        assert_eq!(taken.take(), [(typed("花", ""), Faults::default())], "what was wrong before is not wrong any more");
        let none = None::<&str>;
        let found = Faults::default().note("name", none).note("note", Some("b")).note("more", Some("c"));
        assert_eq!((found.first(), found.of("note").as_deref(), found.of("name")), (Some("note"), Some("b"), None));
        form.set(typed("", ""));
        assert_eq!(taken.take(), [(typed("", ""), Faults::default())]);
    }

    #[test]
    fn a_draft_is_found_again_by_its_account_only() {
        let drafts = Drafts::default();
        drafts.belongs_to(&session(AccountKind::General));
        drafts.take_in("a", typed("花", "x"));
        drafts.take_in("a", typed("花子", "x"));
        drafts.belongs_to(&session(AccountKind::General));
        assert_eq!(drafts.find::<Typed>("a"), Some(typed("花子", "x")));
        assert_eq!((drafts.find::<Typed>("b"), drafts.find::<String>("a")), (None, None));
        let other = Session { user: "other1".try_into().unwrap(), ..session(AccountKind::General) };
        drafts.belongs_to(&other);
        assert_eq!(drafts.find::<Typed>("a"), None, "another account");
        assert!(!drafts.is_typed());
        drafts.take_in("a", typed("太郎", ""));
        assert!(drafts.is_typed());
        drafts.drop("b");
        assert!(drafts.is_typed());
        drafts.drop("a");
        assert!(!drafts.is_typed(), "sent");
        drafts.take_in("a", typed("太郎", ""));
        drafts.forget();
        assert_eq!(drafts.find::<Typed>("a"), None, "another screen");
    }

    #[derive(Clone, PartialEq, Properties)]
    struct LockedProps {
        name: &'static str,
    }

    /// A screen that comes back after a lock.
    #[component]
    fn Back(props: &LockedProps) -> Html {
        let form = use_kept_form(props.name, Typed::default);
        html! { <p>{ format!("[{}]", form.typed.name) }</p> }
    }

    #[component]
    fn Locked(props: &LockedProps) -> Html {
        let drafts = Drafts::default();
        drafts.take_in("settings", typed("花", ""));
        html! { <ContextProvider<Drafts> context={drafts}><Back name={props.name} /></ContextProvider<Drafts>> }
    }

    #[tokio::test]
    async fn a_screen_after_a_lock_begins_with_its_draft() {
        has(&draw(|| html! { <Locked name="settings" /> }).await, "[花]");
        has(&draw(|| html! { <Locked name="another" /> }).await, "[]");
    }
}
