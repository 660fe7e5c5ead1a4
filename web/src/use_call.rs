//! A press that changes something on the server, from the press to its answer.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::marker::PhantomData;
use std::rc::Rc;

use shared::api::{Again, Endpoint, Refusal};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::api::{self, Auth, PressKey};
use crate::session::SignedIn;

/// How far a press has come, for the screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    /// The answer is out.
    pub(crate) is_busy: bool,
    /// What the server said instead of doing it; what it says about storing is honest: see [`Refusal::stored`].
    pub(crate) refusal: Option<Refusal>,
}

/// What must outlive a drawing: which question is out, and under which key.
struct Book<K> {
    turn: u32,
    is_out: bool,
    /// The question whose outcome is not known, as a hash of what was sent, and its key.
    open: Option<(u64, Option<K>)>,
}

impl<K> Default for Book<K> {
    fn default() -> Self {
        Self { turn: 0, is_out: false, open: None }
    }
}

impl<K: Clone> Book<K> {
    /// Begins a question; `None` while one is out. The same question whose outcome is not known goes out under the same key: the
    /// server does it once and answers the same.
    fn begin(&mut self, asked: &str, fresh: impl FnOnce() -> Option<K>) -> Option<(u32, Option<K>)> {
        if self.is_out {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        asked.hash(&mut hasher);
        let asked = hasher.finish();
        let again = self.open.take().filter(|(of, _)| *of == asked);
        let (_, key) = self.open.insert(again.unwrap_or_else(|| (asked, fresh())));
        let key = key.clone();
        self.turn += 1;
        self.is_out = true;
        Some((self.turn, key))
    }

    /// True while the answer of this turn is waited for.
    fn is_out(&self, turn: u32) -> bool {
        self.is_out && turn == self.turn
    }

    /// Takes the end of a question; false when nobody waits for it any more. Its key stays while the try is not over.
    fn end(&mut self, turn: u32, is_open: bool) -> bool {
        if turn != self.turn {
            return false;
        }
        self.is_out = false;
        if !is_open {
            self.open = None;
        }
        true
    }

    /// Nobody waits any more: an answer that is out will be dropped.
    fn leave(&mut self) {
        self.turn += 1;
        self.is_out = false;
        self.open = None;
    }
}

/// The way to one endpoint, as [`use_call`] gives it.
pub(crate) struct Call<E> {
    progress: UseStateHandle<Progress>,
    book: Rc<RefCell<Book<PressKey>>>,
    signed_in: Option<SignedIn>,
    of: PhantomData<fn(E)>,
}

impl<E> Clone for Call<E> {
    fn clone(&self) -> Self {
        Self { progress: self.progress.clone(), book: self.book.clone(), signed_in: self.signed_in.clone(), of: PhantomData }
    }
}

impl<E: Endpoint + 'static> Call<E> {
    /// For the screen.
    pub(crate) fn progress(&self) -> Progress {
        (*self.progress).clone()
    }

    /// Asks, unless an answer is out already. `onend` gets the outcome, unless the screen has gone by then; what the outcome says
    /// about the session is followed in any case.
    pub(crate) fn start(&self, endpoint: E, request: E::Request, onend: impl FnOnce(Result<E::Response, Refusal>) + 'static) {
        let fresh = || match E::AGAIN {
            Again::Harmless => None,
            // Without one the server refuses, and stores nothing.
            Again::Keyed | Again::KeyedOnce => PressKey::fresh(),
        };
        // The same question to another row is another press.
        let asked = format!("{}\n{}", endpoint.path(), serde_json::to_string(&request).unwrap_or_default());
        let Some((turn, key)) = self.book.borrow_mut().begin(&asked, fresh) else { return };
        self.progress.set(Progress { is_busy: true, refusal: None });
        let call = self.clone();
        spawn_local(async move {
            let mut outcome = api::call_again(&endpoint, &request, Auth::Office, key.as_ref()).await;
            // Nothing was done yet: after the proof, or once the screen is unlocked, the same goes out again, under the same key.
            while let Some(signed_in) = &call.signed_in {
                // A screen that was left, or another person: what was pressed before is not done any more.
                if !signed_in.may_repeat(&outcome).await || !call.book.borrow().is_out(turn) {
                    break;
                }
                outcome = api::call_again(&endpoint, &request, Auth::Office, key.as_ref()).await;
            }
            if let Some(signed_in) = &call.signed_in {
                signed_in.follow(&outcome);
            }
            let refusal = outcome.as_ref().err().cloned();
            if call.book.borrow_mut().end(turn, refusal.as_ref().is_some_and(Refusal::leaves_open)) {
                call.progress.set(Progress { is_busy: false, refusal });
                onend(outcome);
            }
        });
    }

    /// The question is left: what was said goes, what is still out is dropped.
    pub(crate) fn forget(&self) {
        self.book.borrow_mut().leave();
        self.progress.set(Progress::default());
    }
}

/// A way to the endpoint `E` for this screen: busy while an answer is out, deaf once the screen has gone.
#[hook]
pub(crate) fn use_call<E: Endpoint + 'static>() -> Call<E> {
    let progress = use_state(Progress::default);
    let book = use_memo((), |()| RefCell::new(Book::default()));
    let signed_in = use_context::<SignedIn>();
    use_effect_with((), {
        let book = book.clone();
        move |()| move || book.borrow_mut().leave()
    });
    Call { progress, book, signed_in, of: PhantomData }
}

#[cfg(test)]
mod tests {
    use shared::api::{Code, Stored};

    use super::*;

    fn key(key: u8) -> impl FnOnce() -> Option<u8> {
        move || Some(key)
    }

    #[test]
    fn one_question_is_out_at_a_time() {
        let mut book = Book::default();
        let (turn, _) = book.begin("a", key(1)).unwrap();
        assert!(book.begin("a", key(2)).is_none(), "the second press of a double press");
        assert!(book.end(turn, false));
        assert!(book.begin("a", key(3)).is_some());
    }

    #[test]
    fn a_repeated_press_after_a_lost_answer_has_the_same_key_and_no_other_press_has() {
        let mut book = Book::default();
        let mut ask = |body: &str, fresh: u8, ended: Option<(Code, Stored)>| {
            let (turn, used) = book.begin(body, key(fresh)).unwrap();
            let refusal = ended.map(|(code, stored)| Refusal { code, stored, detail: None });
            assert!(book.end(turn, refusal.is_some_and(|refusal| refusal.leaves_open())));
            used.unwrap()
        };
        let lost = Some((Code::Internal, Stored::Unknown));
        assert_eq!(ask("a", 1, lost), 1);
        assert_eq!(ask("a", 2, lost), 1, "the same again");
        assert_eq!(ask("b", 3, lost), 3, "something else");
        // Whoever says this has not looked at what the first press did.
        for code in [Code::X34, Code::Wait, Code::X35, Code::Nonce, Code::Locked] {
            assert_eq!(ask("b", 4, Some((code, Stored::Nothing))), 3, "{code:?}");
        }
        assert_eq!(ask("b", 5, Some((Code::Request, Stored::Nothing))), 3);
        assert_eq!(ask("b", 6, None), 6, "it is known that nothing was stored");
        assert_eq!(ask("b", 7, None), 7, "it is done; a press means another one");
    }

    #[test]
    fn an_answer_that_nobody_waits_for_is_dropped() {
        let mut book = Book::default();
        let (old, _) = book.begin("a", key(1)).unwrap();
        book.leave();
        let (new, used) = book.begin("a", key(2)).unwrap();
        assert_eq!(used.unwrap(), 2, "who left the question begins anew");
        assert!(!book.end(old, false));
        assert!(book.begin("a", key(3)).is_none(), "the late answer of the old one ends nothing");
        assert!(book.end(new, false));
    }
}
