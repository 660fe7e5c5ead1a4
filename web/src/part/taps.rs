//! Two quick taps at one place never act on two screens.
//!
//! A tap is meant for what lay under the finger when it set out. One guard over the whole page, in front of every other listener,
//! holds back the taps of finger, pen or mouse that were meant for something else: whatever has only just appeared, and whatever
//! has taken the place of what was tapped a moment ago. Keys and screen readers press what they name, and are not held back; a key
//! that is held presses once. The same control of the same screen may be tapped as quickly as one likes.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Document, Element, Event, KeyboardEvent, MouseEvent, MutationObserver, MutationObserverInit, MutationRecord, Node};

/// What has been there for less was not seen when the finger set out, milliseconds: a person needs about 250 to see and act, and
/// a slow tablet some to draw.
const UNSEEN_MS: f64 = 400.0;
/// So long after a tap a further one at the same place belongs to it, milliseconds: slow hands included.
const AGAIN_MS: f64 = 600.0;
/// A row of such taps is held back no longer than this after the one that acted, milliseconds.
const ROW_MS: f64 = 1_500.0;
/// Taps not farther apart are at one place, CSS px: the width of two fingers.
const NEAR_PX: f64 = 80.0;
/// A press that is older belongs to no click any more, milliseconds.
const PRESS_MS: f64 = 2_000.0;
/// What a tap acts on.
const CONTROLS: &str = "button, a[href], label, summary, input, select, textarea";
/// What makes a screen another one: its id, its heading, a dialog, the helper's frame, which moves all below it. Not the reader's
/// state: 「やめる」 must act while the card's work goes from step to step.
const SCREEN: &str = "[data-screen], h1, dialog[open], iframe";
/// On the root while a tap may be held back: who drives the page by program waits for its end.
const SETTLING: &str = "data-settling";

/// A place on the screen, CSS px from the window's upper left corner.
type Place = (f64, f64);

/// A control, by what a person can tell: the screen it is on, what it is and says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Thing {
    screen: String,
    control: String,
}

/// The tap that acted last.
#[derive(Debug, Clone, PartialEq)]
struct Acted {
    what: Thing,
    place: Place,
    at: f64,
    /// The last tap of the row that it began.
    row_at: f64,
}

/// What the guard remembers. Times are milliseconds of the page's own time.
#[derive(Debug, Default)]
struct Taps {
    /// The screen became another one.
    changed_at: Option<f64>,
    acted: Option<Acted>,
}

impl Taps {
    /// The tap that acted, while one at `at` and `place` belongs to it.
    fn row(&self, at: f64, place: Place) -> Option<&Acted> {
        let is_near = |acted: &Acted| (acted.place.0 - place.0).hypot(acted.place.1 - place.1) <= NEAR_PX;
        self.acted.as_ref().filter(|acted| at - acted.row_at < AGAIN_MS && at - acted.at < ROW_MS && is_near(acted))
    }

    /// True when a tap was meant for something else. It set out at `at` and hit `what`; `is_new` when that has only just
    /// appeared; `now_at` says what lies at a place.
    fn is_stray(&self, at: f64, place: Place, what: &Thing, is_new: bool, now_at: impl Fn(Place) -> Option<Thing>) -> bool {
        match self.row(at, place) {
            Some(acted) if acted.what == *what => false,
            Some(acted) if now_at(acted.place).as_ref() != Some(&acted.what) => true,
            _ => is_new || self.is_unseen(at),
        }
    }

    /// True when the screen was not seen yet by whoever set out at `at`.
    fn is_unseen(&self, at: f64) -> bool {
        self.changed_at.is_some_and(|changed_at| at - changed_at < UNSEEN_MS)
    }

    /// A tap acts on `what`.
    fn act(&mut self, at: f64, place: Place, what: Thing) {
        self.acted = Some(Acted { what, place, at, row_at: at });
    }

    /// A tap was held back: the row goes on.
    fn hold_back(&mut self, at: f64, place: Place) {
        let row = self.row(at, place).cloned();
        if let Some(row) = row {
            self.acted = Some(Acted { row_at: at, ..row });
        }
    }
}

/// A pointer that went down.
struct Press {
    at: f64,
    is_stray: bool,
}

struct Guard {
    document: Document,
    taps: RefCell<Taps>,
    screen: RefCell<String>,
    /// What appeared of late, and when.
    new: RefCell<Vec<(Node, f64)>>,
    press: RefCell<Option<Press>>,
    wake: RefCell<Option<Timeout>>,
}

/// Watches over the whole page from now on, as long as it lives.
pub fn watch() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let screen = RefCell::new(screen_of(&document));
    let (taps, new, press, wake) = (RefCell::default(), RefCell::default(), RefCell::new(None), RefCell::new(None));
    let guard = Rc::new(Guard { document, taps, screen, new, press, wake });
    listen(&guard);
    observe(&guard);
}

/// In front of every other listener of the page.
fn listen(guard: &Rc<Guard>) {
    let guard = guard.clone();
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| match event.type_().as_str() {
        "pointerdown" => guard.down(event.unchecked_ref()),
        "mousedown" => guard.focus(event.unchecked_ref()),
        "click" => guard.click(event.unchecked_ref()),
        _ => hold_once(event.unchecked_ref()),
    });
    if let Some(window) = web_sys::window() {
        for name in ["pointerdown", "mousedown", "click", "keydown"] {
            let _ = window.add_event_listener_with_callback_and_bool(name, listener.as_ref().unchecked_ref(), true);
        }
    }
    // It lives as long as the page.
    listener.forget();
}

fn observe(guard: &Rc<Guard>) {
    let Some(body) = guard.document.body() else { return };
    let guard = guard.clone();
    let listener = Closure::<dyn Fn(js_sys::Array)>::new(move |records: js_sys::Array| guard.changed(&records));
    let options = MutationObserverInit::new();
    options.set_child_list(true);
    options.set_subtree(true);
    options.set_character_data(true);
    let names = ["id", "open", "data-screen"];
    options.set_attribute_filter(&names.into_iter().map(JsValue::from_str).collect::<js_sys::Array>());
    if let Ok(observer) = MutationObserver::new(listener.as_ref().unchecked_ref()) {
        let _ = observer.observe_with_options(&body, &options);
    }
    listener.forget();
}

/// A key that is held presses once: the screen that follows is not pressed on.
fn hold_once(event: &KeyboardEvent) {
    let is_text = target_of(event).is_some_and(|target| target.tag_name() == "TEXTAREA");
    if event.repeat() && event.key() == "Enter" && !is_text {
        event.prevent_default();
    }
}

impl Guard {
    /// A pointer goes down: the tap is judged by what is there now.
    fn down(&self, event: &MouseEvent) {
        let at = time_of(event);
        let is_stray = match control_of(event) {
            Some(control) => self.is_stray(at, event, &control),
            None => self.taps.borrow().is_unseen(at),
        };
        self.press.replace(Some(Press { at, is_stray }));
    }

    /// A tap that does not act takes no focus either: it stays on the new heading.
    fn focus(&self, event: &MouseEvent) {
        if self.press.borrow().as_ref().is_some_and(|press| press.is_stray) {
            event.prevent_default();
        }
    }

    fn click(self: &Rc<Self>, event: &MouseEvent) {
        // No pointer: a key, a screen reader, or a program.
        if event.detail() == 0 {
            return;
        }
        let Some(control) = control_of(event) else { return };
        let clicked_at = time_of(event);
        let press = self.press.take().filter(|press| clicked_at - press.at < PRESS_MS);
        // It set out when the pointer went down: what came since was not meant.
        let at = press.as_ref().map_or(clicked_at, |press| press.at);
        let place = place_of(event);
        if press.is_some_and(|press| press.is_stray) || self.is_stray(at, event, &control) {
            event.stop_immediate_propagation();
            event.prevent_default();
            self.taps.borrow_mut().hold_back(clicked_at, place);
        } else {
            let what = self.thing(&control);
            self.taps.borrow_mut().act(clicked_at, place, what);
        }
        self.settle();
    }

    fn is_stray(&self, at: f64, event: &MouseEvent, control: &Element) -> bool {
        let is_about = |node: &Node| node.contains(Some(control)) || control.contains(Some(node));
        let is_new = self.new.borrow().iter().any(|(node, since)| at - since < UNSEEN_MS && is_about(node));
        self.taps.borrow().is_stray(at, place_of(event), &self.thing(control), is_new, |place| self.now_at(place))
    }

    /// Something on the page has changed.
    fn changed(self: &Rc<Self>, records: &js_sys::Array) {
        let now = now();
        let mut new = self.new.borrow_mut();
        new.retain(|(_, since)| now - since < UNSEEN_MS);
        for record in records.iter() {
            let record: MutationRecord = record.unchecked_into();
            let added = record.added_nodes();
            let target = if record.type_() == "childList" { None } else { record.target() };
            let nodes = (0..added.length()).filter_map(|place| added.item(place)).chain(target);
            new.extend(nodes.filter(is_about_a_control).map(|node| (node, now)));
        }
        drop(new);
        let screen = screen_of(&self.document);
        if self.screen.replace(screen.clone()) != screen {
            self.taps.borrow_mut().changed_at = Some(now);
        }
        self.settle();
    }

    /// Keeps the mark on the root as long as a tap may be held back: also after a tap whose control is still there, since the page
    /// may be scrolled from under the finger.
    fn settle(self: &Rc<Self>) {
        let now = now();
        let taps = self.taps.borrow();
        let newest = self.new.borrow().iter().map(|(_, since)| *since).chain(taps.changed_at).fold(f64::MIN, f64::max);
        let left_ms = (newest + UNSEEN_MS).max(taps.acted.as_ref().map_or(f64::MIN, |acted| acted.row_at + AGAIN_MS)) - now;
        drop(taps);
        let Some(root) = self.document.document_element() else { return };
        if left_ms > 0.0 {
            let _ = root.set_attribute(SETTLING, "");
            let guard = self.clone();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1,500")]
            let wake = Timeout::new(left_ms.ceil() as u32 + 1, move || guard.settle());
            self.wake.replace(Some(wake));
        } else {
            let _ = root.remove_attribute(SETTLING);
        }
    }

    fn thing(&self, control: &Element) -> Thing {
        let text = control.text_content().unwrap_or_default();
        Thing { screen: self.screen.borrow().clone(), control: format!("{}#{} {text}", control.tag_name(), control.id()) }
    }

    /// The control that lies at a place.
    fn now_at(&self, (x, y): Place) -> Option<Thing> {
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a screen")]
        let element = self.document.element_from_point(x as f32, y as f32)?;
        control(&element).map(|control| self.thing(&control))
    }
}

/// What the screen is, as far as a tap is concerned.
fn screen_of(document: &Document) -> String {
    let Ok(marks) = document.query_selector_all(SCREEN) else { return String::new() };
    let mark = |place| {
        let element: Element = marks.item(place)?.unchecked_into();
        let attribute = element.get_attribute("data-screen").unwrap_or_default();
        let words = if element.tag_name() == "H1" { element.text_content().unwrap_or_default() } else { String::new() };
        Some(format!("{}#{} {attribute} {words}|", element.tag_name(), element.id()))
    };
    (0..marks.length()).filter_map(mark).collect()
}

/// The control that an element belongs to; an answer with its label counts as one.
fn control(element: &Element) -> Option<Element> {
    let label = element.closest("label").ok().flatten();
    label.or_else(|| element.closest(CONTROLS).ok().flatten())
}

fn is_about_a_control(node: &Node) -> bool {
    let element = node.dyn_ref::<Element>().cloned().or_else(|| node.parent_element());
    element.is_some_and(|element| control(&element).is_some() || element.query_selector(CONTROLS).is_ok_and(|found| found.is_some()))
}

fn target_of(event: &Event) -> Option<Element> {
    event.target().and_then(|target| target.dyn_into::<Element>().ok())
}

fn control_of(event: &Event) -> Option<Element> {
    target_of(event).and_then(|target| control(&target))
}

fn place_of(event: &MouseEvent) -> Place {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

/// When the event happened to the hand; the page may hear of it later.
fn time_of(event: &Event) -> f64 {
    event.time_stamp().min(now())
}

fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(screen: &str, control: &str) -> Thing {
        Thing { screen: screen.to_owned(), control: control.to_owned() }
    }

    /// A tap on 次へ at `at` that brought another screen `answer_ms` later.
    fn after_next(at: f64, answer_ms: f64) -> Taps {
        let mut taps = Taps::default();
        taps.act(at, (100.0, 700.0), thing("choices", "next"));
        taps.changed_at = Some(at + answer_ms);
        taps
    }

    /// True when a second tap on the other screen's button acts.
    fn acts(taps: &Taps, at: f64, place: Place) -> bool {
        let submit = thing("confirm", "submit");
        !taps.is_stray(at, place, &submit, false, |_| Some(submit.clone()))
    }

    #[test]
    fn a_second_tap_does_not_confirm_what_nobody_saw() {
        for after_ms in [0.0, 60.0, 150.0, 300.0, 599.0] {
            assert!(!acts(&after_next(1_000.0, 5.0), 1_000.0 + after_ms, (104.0, 690.0)), "{after_ms} ms later");
        }
        assert!(acts(&after_next(1_000.0, 5.0), 1_700.0, (104.0, 690.0)), "a person who has read it");
    }

    #[test]
    fn a_tap_that_set_out_before_a_slow_answer_came_is_not_meant_for_it() {
        let taps = after_next(1_000.0, 4_000.0);
        for at in [4_990.0, 5_000.0, 5_200.0, 5_399.0] {
            for place in [(100.0, 700.0), (600.0, 50.0)] {
                assert!(!acts(&taps, at, place), "{at} at {place:?}");
            }
        }
        assert!(acts(&taps, 5_400.0, (100.0, 700.0)));
    }

    #[test]
    fn a_row_of_taps_acts_once_and_ends() {
        let mut taps = after_next(1_000.0, 5.0);
        let place = (100.0, 700.0);
        let mut acted_at = None;
        for number in 1..20 {
            let at = 1_000.0 + 200.0 * f64::from(number);
            if acts(&taps, at, place) {
                acted_at = Some(at);
                break;
            }
            taps.hold_back(at, place);
        }
        assert_eq!(acted_at, Some(2_600.0), "nobody is locked out by tapping on");
    }

    #[test]
    fn quick_taps_on_one_screen_all_count() {
        let (first, second) = (thing("choices", "agree 1"), thing("choices", "agree 2"));
        let mut taps = Taps { changed_at: Some(0.0), acted: None };
        taps.act(1_000.0, (100.0, 300.0), first.clone());
        let stays = |_| Some(first.clone());
        assert!(!taps.is_stray(1_060.0, (100.0, 360.0), &second, false, stays), "the next answer");
        assert!(!taps.is_stray(1_060.0, (100.0, 300.0), &first, false, stays), "the same one again");
        // The list was drawn anew, and the same button is under the finger.
        let next_page = thing("list", "next");
        taps.act(2_000.0, (500.0, 800.0), next_page.clone());
        assert!(!taps.is_stray(2_150.0, (500.0, 800.0), &next_page, true, |_| None), "the page after");
        assert!(taps.is_stray(2_150.0, (500.0, 790.0), &thing("list", "資格　一郎"), false, |_| None), "a row in its place");
    }

    #[test]
    fn what_has_just_appeared_was_not_meant() {
        let (again, stop) = (thing("card", "again"), thing("card", "stop"));
        let taps = Taps::default();
        assert!(taps.is_stray(1_000.0, (0.0, 0.0), &stop, true, |_| None));
        assert!(!taps.is_stray(1_000.0, (0.0, 0.0), &again, false, |_| None));
    }
}
