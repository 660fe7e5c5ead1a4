//! Clears a screen that nobody touches.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Interval;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use yew::prelude::*;

use super::button::{Button, Look};
use super::notice::{Notice, Tone};
use crate::text;

/// The last stretch before clearing, in which the warning stands: one minute.
pub const WARN_MS: i64 = 60_000;
/// Shortest time between two calls of `onlife`, milliseconds.
const LIFE_MS: i64 = 60_000;
/// The wall clock running ahead of the steady one by more than this, between two looks: the machine slept, or its clock was set.
const JUMP_MS: i64 = 2_000;
/// An answer to that question is waited for so long, milliseconds; then it counts as sleep.
const DOUBT_MS: i64 = 5_000;
/// What counts as a sign of life.
const SIGNS_OF_LIFE: [&str; 3] = ["pointerdown", "keydown", "wheel"];

/// Asked after a jump of the clock: answers how far the clock was set forward since it was compared last, milliseconds; `None`
/// when that cannot be told.
pub type AskSet = Callback<Callback<Option<i64>>>;

/// Says when and what to clear.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct IdleGuardProps {
    /// Time without a touch or key until `onidle`, milliseconds.
    pub limit_ms: i64,
    /// Any change counts as a sign of life: steps of the card, answers of the server.
    #[prop_or_default]
    pub life: u64,
    /// The screen is to be covered after so long, milliseconds; `None`: not before it is over.
    #[prop_or_default]
    pub cover_ms: Option<i64>,
    /// Called when that time has come.
    #[prop_or_default]
    pub oncover: Callback<()>,
    /// Called once when the time is over.
    pub onidle: Callback<()>,
    /// Called at most once a minute while there are signs of life: keeps a session on the server awake.
    #[prop_or_default]
    pub onlife: Callback<()>,
    /// Tells a clock that was set from a machine that slept. Without it, a jump of the clock counts as sleep.
    #[prop_or_default]
    pub onjump: Option<AskSet>,
    /// What is said in the last minute.
    #[prop_or(AttrValue::Static(text::reception::IDLE_WARNING))]
    pub warning: AttrValue,
    /// Words of the button that goes on.
    #[prop_or(AttrValue::Static(text::reception::IDLE_CONTINUE))]
    pub onword: AttrValue,
}

/// How an idle stretch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Idle {
    Quiet,
    Warned,
    Over,
}

fn judge(idle_ms: i64, limit_ms: i64) -> Idle {
    if idle_ms >= limit_ms {
        Idle::Over
    } else if idle_ms >= limit_ms - WARN_MS {
        Idle::Warned
    } else {
        Idle::Quiet
    }
}

/// Both clocks of the machine at one moment, milliseconds. The wall clock goes on while the machine sleeps and jumps when it is
/// set; the steady one does neither on most systems. So a jump of the one against the other leaves open which it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    wall: i64,
    steady: i64,
}

impl Stamp {
    fn now() -> Self {
        let steady = web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now());
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit by far")]
        Self { wall: js_sys::Date::now() as i64, steady: steady as i64 }
    }
}

/// A jump of the clock of which is not known yet what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Doubt {
    number: u64,
    jump: i64,
    /// Idle time before the jump.
    idle: i64,
    /// Life at the jump, and when it was noticed, as [`Watch`] counts.
    active_at: i64,
    since: i64,
}

/// Counts the time that passed, awake or asleep.
#[derive(Debug, Default)]
struct Watch {
    seen: Option<Stamp>,
    passed: i64,
    active_at: i64,
    doubt: Option<Doubt>,
    doubts: u64,
}

impl Watch {
    fn idle_ms(&self) -> i64 {
        self.passed - self.active_at
    }

    /// Counts up to now; gives the number of a new doubt where `may_ask` and there is one.
    fn look(&mut self, now: Stamp, limit_ms: i64, may_ask: bool) -> Option<u64> {
        let before = self.seen.replace(now).unwrap_or(now);
        let steady = (now.steady - before.steady).max(0);
        let jump = now.wall - before.wall - steady;
        let idle = self.idle_ms();
        self.passed += steady;
        if self.doubt.is_some_and(|doubt| self.passed - doubt.since >= DOUBT_MS) {
            self.settle(None, limit_ms);
        }
        if jump <= JUMP_MS {
            return None;
        }
        match &mut self.doubt {
            Some(doubt) => doubt.jump += jump,
            None if may_ask => {
                self.doubts += 1;
                self.doubt = Some(Doubt { number: self.doubts, jump, idle, active_at: self.active_at, since: self.passed });
                return Some(self.doubts);
            }
            None => self.passed += jump,
        }
        None
    }

    /// A sign of life, unless the time was over before it: whoever wakes a machine finds its screen cleared.
    fn sign(&mut self, now: Stamp, limit_ms: i64, may_ask: bool) -> Option<u64> {
        let asks = self.look(now, limit_ms, may_ask);
        if judge(self.idle_ms(), limit_ms) != Idle::Over {
            self.active_at = self.passed;
        }
        asks
    }

    /// What the jump was: by so much the clock was set, the rest was sleep.
    fn answer(&mut self, number: u64, set_ms: Option<i64>, limit_ms: i64) {
        if self.doubt.is_some_and(|doubt| doubt.number == number) {
            self.settle(set_ms, limit_ms);
        }
    }

    fn settle(&mut self, set_ms: Option<i64>, limit_ms: i64) {
        let Some(doubt) = self.doubt.take() else { return };
        let slept = set_ms.map_or(doubt.jump, |set| (doubt.jump - set).clamp(0, doubt.jump));
        if doubt.active_at == self.active_at {
            self.passed += slept;
        } else if doubt.idle + slept >= limit_ms {
            // Touched after waking, and before it was known how long the sleep was.
            self.active_at = self.passed - limit_ms;
        }
    }
}

/// Watches touches and keys of the whole page; warns in the last minute; then calls `onidle`.
///
/// Time asleep counts, so a tablet that slept clears at its first tick after waking; a clock that was set does not count, where
/// `onjump` can tell the two apart.
#[component]
pub fn IdleGuard(props: &IdleGuardProps) -> Html {
    let stands = use_state_eq(|| Idle::Quiet);
    let watch = use_memo((), |()| RefCell::new(Watch::default()));
    let guard = Guard { watch, limit_ms: props.limit_ms, onjump: props.onjump.clone() };
    use_effect_with(props.life, {
        let guard = guard.clone();
        move |_| guard.sign()
    });
    use_effect_with((props.limit_ms, props.cover_ms, props.onidle.clone(), props.onlife.clone(), props.oncover.clone()), {
        let (guard, stands) = (guard.clone(), stands.clone());
        move |(_, cover_ms, onidle, onlife, oncover)| {
            let cover = cover_ms.map(|cover_ms| (cover_ms, oncover.clone()));
            attend(&guard, &stands, cover, onidle.clone(), onlife.clone())
        }
    });
    let oncontinue = Callback::from(move |()| guard.sign());
    html! {
        <div class="idle" role="alert">
            if *stands == Idle::Warned {
                <Notice tone={Tone::Warn} title={props.warning.clone()}>
                    <Button look={Look::Primary} id="idle-continue" onpress={oncontinue}>{ &props.onword }</Button>
                </Notice>
            }
        </div>
    }
}

/// The watch in a browser.
#[derive(Clone)]
struct Guard {
    watch: Rc<RefCell<Watch>>,
    limit_ms: i64,
    onjump: Option<AskSet>,
}

impl Guard {
    fn sign(&self) {
        let asks = self.watch.borrow_mut().sign(Stamp::now(), self.limit_ms, self.onjump.is_some());
        self.ask(asks);
    }

    fn look(&self) -> Idle {
        let asks = self.watch.borrow_mut().look(Stamp::now(), self.limit_ms, self.onjump.is_some());
        self.ask(asks);
        judge(self.watch.borrow().idle_ms(), self.limit_ms)
    }

    fn ask(&self, asks: Option<u64>) {
        if let (Some(number), Some(onjump)) = (asks, &self.onjump) {
            let (watch, limit_ms) = (Rc::clone(&self.watch), self.limit_ms);
            onjump.emit(Callback::from(move |set_ms| watch.borrow_mut().answer(number, set_ms, limit_ms)));
        }
    }
}

/// Listens and ticks until the returned cleaner runs.
fn attend(
    guard: &Guard,
    stands: &UseStateHandle<Idle>,
    cover: Option<(i64, Callback<()>)>,
    onidle: Callback<()>,
    onlife: Callback<()>,
) -> impl FnOnce() + use<> {
    let end = {
        let (guard, stands) = (guard.clone(), stands.clone());
        Rc::new(move |now: Idle| {
            stands.set(now);
            if now == Idle::Over {
                let mut watch = guard.watch.borrow_mut();
                watch.active_at = watch.passed;
                drop(watch);
                onidle.emit(());
            }
        })
    };
    let listener = {
        let (guard, end) = (guard.clone(), Rc::clone(&end));
        Closure::<dyn Fn()>::new(move || {
            guard.sign();
            // Of its own: what ends the stretch changes the watch.
            let idle_ms = guard.watch.borrow().idle_ms();
            end(judge(idle_ms, guard.limit_ms));
        })
    };
    let target = web_sys::window();
    for name in SIGNS_OF_LIFE {
        if let Some(target) = &target {
            let _ = target.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        }
    }
    let tick = {
        let guard = guard.clone();
        let told = Cell::new(guard.watch.borrow().passed);
        Interval::new(1_000, move || {
            let now = guard.look();
            let (active_at, passed) = (guard.watch.borrow().active_at, guard.watch.borrow().passed);
            if now != Idle::Over && active_at > told.get() && passed - told.get() >= LIFE_MS {
                told.set(passed);
                onlife.emit(());
            }
            if let Some((_, oncover)) = cover.as_ref().filter(|(cover_ms, _)| now != Idle::Over && passed - active_at >= *cover_ms) {
                oncover.emit(());
            }
            end(now);
        })
    };
    move || {
        drop(tick);
        for name in SIGNS_OF_LIFE {
            if let Some(target) = &target {
                let _ = target.remove_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_minute_warns_and_the_limit_clears() {
        let limit = 5 * 60_000;
        for (idle_ms, expected) in [
            (0, Idle::Quiet),
            (239_999, Idle::Quiet),
            (240_000, Idle::Warned),
            (299_999, Idle::Warned),
            (300_000, Idle::Over),
            (9_999_999, Idle::Over),
        ] {
            assert_eq!(judge(idle_ms, limit), expected, "{idle_ms}");
        }
    }

    const LIMIT: i64 = 5 * 60_000;
    const MINUTE: i64 = 60_000;

    /// A watch over a machine whose clocks a test moves.
    struct Machine {
        watch: Watch,
        now: Stamp,
        may_ask: bool,
        asked: Option<u64>,
    }

    impl Machine {
        fn new(may_ask: bool) -> Self {
            let mut machine = Self { watch: Watch::default(), now: Stamp { wall: 1_700_000_000_000, steady: 5_000 }, may_ask, asked: None };
            machine.touch();
            machine
        }

        fn tick(&mut self) -> Idle {
            self.asked = self.watch.look(self.now, LIMIT, self.may_ask).or(self.asked);
            judge(self.watch.idle_ms(), LIMIT)
        }

        fn touch(&mut self) {
            self.asked = self.watch.sign(self.now, LIMIT, self.may_ask).or(self.asked);
        }

        /// Awake for so long, with a tick each second.
        fn wait(&mut self, ms: i64) -> Idle {
            for _ in 0..ms / 1_000 {
                self.now = Stamp { wall: self.now.wall + 1_000, steady: self.now.steady + 1_000 };
                self.tick();
            }
            judge(self.watch.idle_ms(), LIMIT)
        }

        /// Asleep for so long, or the clock set by so much: for the two clocks it is the same.
        fn jump(&mut self, ms: i64) {
            self.now.wall += ms;
        }

        fn answer(&mut self, set_ms: Option<i64>) -> Idle {
            self.watch.answer(self.asked.take().expect("asked"), set_ms, LIMIT);
            judge(self.watch.idle_ms(), LIMIT)
        }
    }

    #[test]
    fn a_clock_set_forward_wipes_nothing() {
        let mut machine = Machine::new(true);
        machine.wait(MINUTE);
        machine.jump(10 * MINUTE);
        assert_eq!(machine.tick(), Idle::Quiet, "not before it is known what it was");
        assert_eq!(machine.answer(Some(10 * MINUTE - 300)), Idle::Quiet);
        assert_eq!(machine.wait(2 * MINUTE), Idle::Quiet, "three minutes of five");
        assert_eq!(machine.wait(MINUTE), Idle::Warned);
        assert_eq!(machine.wait(MINUTE), Idle::Over);
    }

    #[test]
    fn a_clock_set_back_lets_nobody_see_more() {
        let mut machine = Machine::new(true);
        machine.jump(-60 * MINUTE);
        assert_eq!(machine.wait(LIMIT - 1_000), Idle::Warned);
        assert_eq!(machine.wait(1_000), Idle::Over);
        assert_eq!(machine.asked, None);
    }

    #[test]
    fn a_sleep_clears_also_when_a_touch_ends_it() {
        for touches in [false, true] {
            // The steady clock stood still: the server says that its own went on.
            let mut machine = Machine::new(true);
            machine.wait(MINUTE);
            machine.jump(4 * MINUTE);
            if touches {
                machine.touch();
            } else {
                machine.tick();
            }
            machine.wait(1_000);
            assert_eq!(machine.answer(Some(2_000)), if touches { Idle::Quiet } else { Idle::Warned }, "a second less than five minutes");
            let mut machine = Machine::new(true);
            machine.wait(MINUTE);
            machine.jump(4 * MINUTE);
            if touches {
                machine.touch();
            } else {
                machine.tick();
            }
            assert_eq!(machine.answer(Some(0)), Idle::Over, "five minutes");
            // The steady clock went on.
            let mut machine = Machine::new(true);
            machine.now = Stamp { wall: machine.now.wall + LIMIT, steady: machine.now.steady + LIMIT };
            if touches {
                machine.touch();
            }
            assert_eq!(machine.tick(), Idle::Over);
        }
    }

    #[test]
    fn a_jump_that_nobody_explains_is_a_sleep() {
        let mut machine = Machine::new(true);
        machine.jump(LIMIT);
        machine.tick();
        assert_eq!(machine.answer(None), Idle::Over, "no network");
        let mut machine = Machine::new(true);
        machine.jump(LIMIT);
        machine.tick();
        assert_eq!(machine.wait(4_000), Idle::Quiet);
        assert_eq!(machine.wait(1_000), Idle::Over, "no answer");
        let mut machine = Machine::new(false);
        machine.jump(LIMIT);
        machine.touch();
        assert_eq!(machine.tick(), Idle::Over, "nobody to ask");
    }

    #[test]
    fn an_answer_to_an_earlier_question_settles_no_later_one() {
        let mut machine = Machine::new(true);
        machine.jump(MINUTE);
        machine.tick();
        let first = machine.asked.take().unwrap();
        machine.wait(6_000);
        machine.jump(LIMIT);
        machine.tick();
        machine.watch.answer(first, Some(LIMIT), LIMIT);
        assert_eq!(machine.answer(Some(0)), Idle::Over);
    }
}
