//! The reception desk (`/r/{token}`): patient and staff at a bedside, from the bookmark to the result.
//!
//! [`desk`] decides (no browser), [`work`] does (server, history, storage), [`screen`] draws. Only [`draft`] is ever stored.

pub mod desk;
pub mod draft;
pub mod screen;
pub mod text_size;
pub mod work;

use gloo_timers::callback::Interval;
use shared::api::reception::IDLE_CLEAR_MS;
use shared::domain::consent;
use shared::domain::institution::VisitKind;
use shared::domain::visit::{Place, Purpose};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{PageTransitionEvent, PopStateEvent};
use yew::prelude::*;

use crate::part::{Actor, Button, ErrorScreen, Heading, IdleGuard, Look, PageShell, Steps, Tone};
use crate::text::reception::uses as u;
use crate::text::{errors, reception as t};
use crate::trouble::Trouble;
use desk::{Action, Desk, Page, Step};
use screen::away::Away;
use screen::booking::Booking;
use screen::choose::Choose;
use screen::confirm::Confirm;
use screen::identify::Identify;
use screen::own::{Living, Own};
use screen::paper::Paper;
use screen::place::PlaceScreen;
use screen::prepare::Prepare;
use screen::replace::Replace;
use screen::result::ResultScreen;
use screen::short::{End, GoOn, HandBack, HandOver, Top};
use text_size::TextSize;
use work::Work;

/// So often a page that waits for its next visit reads again what the institution says, milliseconds: maintenance windows above all.
const LOOK_AGAIN_MS: u32 = 10 * 60_000;

/// The reception page in a browser.
#[component]
pub fn Reception() -> Html {
    let redraw = use_force_update();
    let work = use_memo((), |()| Work::start(Callback::from(move |()| redraw.force_update())));
    use_effect_with((), {
        let work = (*work).clone();
        move |()| attend(work)
    });
    html! { <Screen work={(*work).clone()} life={work.life()} /> }
}

/// Opens the page and listens to the browser's history.
fn attend(work: Work) -> impl FnOnce() {
    work.open_page();
    let onshow = {
        let work = work.clone();
        Closure::<dyn Fn(PageTransitionEvent)>::new(move |event: PageTransitionEvent| {
            if event.persisted() {
                // Out of the browser's page cache: the server says where the visit stands, not this memory.
                work.returned();
                let _ = web_sys::window().map(|window| window.location().reload());
            }
        })
    };
    let onpop = Closure::<dyn Fn(PopStateEvent)>::new(move |event: PopStateEvent| work.history_moved(&event.state()));
    let window = web_sys::window();
    if let Some(window) = &window {
        let _ = window.add_event_listener_with_callback("popstate", onpop.as_ref().unchecked_ref());
        let _ = window.add_event_listener_with_callback("pageshow", onshow.as_ref().unchecked_ref());
    }
    move || {
        if let Some(window) = window {
            let _ = window.remove_event_listener_with_callback("popstate", onpop.as_ref().unchecked_ref());
            let _ = window.remove_event_listener_with_callback("pageshow", onshow.as_ref().unchecked_ref());
        }
    }
}

/// Says what to draw.
#[derive(Clone, PartialEq, Properties)]
pub struct ScreenProps {
    /// The desk at work.
    pub work: Work,
    /// Rises with each change: draws again.
    pub life: u64,
}

/// The screen of the shown step, or what stands in its way.
#[component]
pub fn Screen(props: &ScreenProps) -> Html {
    let work = &props.work;
    let desk = work.desk();
    use_effect_with(desk.step == Step::Top, {
        let work = work.clone();
        move |is_top| {
            let looks = is_top.then(|| Interval::new(LOOK_AGAIN_MS, move || work.look_again()));
            move || drop(looks)
        }
    });
    let (screen, actor, content) = content(work, &desk);
    let is_on_the_way = desk.trouble.is_none() && desk.ended.is_none() && !desk.asks_to_go_on;
    let progress = if is_on_the_way { desk.step.progress() } else { None };
    let before = html! {
        <>
            <TextSize size={work.text_size()} onsize={let work = work.clone(); Callback::from(move |size| work.set_text_size(size))} />
            if let (Some(current), Page::Open(_)) = (progress, &desk.page) {
                <Steps label={t::STEPS} names={t::STEP_NAMES.map(AttrValue::Static).to_vec()} {current} />
            }
        </>
    };
    let banner = matches!(&desk.page, Page::Open(page) if page.is_training).then(|| AttrValue::from(crate::text::TRAINING));
    let onidle = {
        let work = work.clone();
        Callback::from(move |()| work.end(true))
    };
    let onjump = {
        let work = work.clone();
        Callback::from(move |answer| work.compare_clocks(answer))
    };
    let onlife = {
        let work = work.clone();
        Callback::from(move |()| work.keep())
    };
    html! {
        <PageShell {screen} {actor} {before} {banner}>
            <div key={screen}>{ content }</div>
            if desk.holds_a_person() {
                <IdleGuard limit_ms={IDLE_CLEAR_MS} life={props.life} {onidle} {onlife} {onjump} />
            }
        </PageShell>
    }
}

fn content(work: &Work, desk: &Desk) -> (&'static str, Option<Actor>, Html) {
    let page = match &desk.page {
        Page::Loading => {
            // As the shell of index.html has it: nothing moves when the answer comes.
            let heading = if desk.step == Step::Top { t::TOP } else { t::OPENING };
            return ("RW-0", Some(desk.step.actor()), html! { <><Heading text={heading} /><p role="status">{ t::WAITING }</p></> });
        }
        Page::Failed(trouble) => return ("RW-0", None, opening_failed(work, trouble)),
        Page::Open(page) => page,
    };
    let press = |run: fn(&Work)| {
        let work = work.clone();
        Callback::from(move |()| run(&work))
    };
    let go = |step: Step| {
        let work = work.clone();
        Callback::from(move |()| work.go(step))
    };
    if let Some(ended) = desk.ended {
        return ("end", Some(Actor::Staff), html! { <End {ended} ontop={press(Work::next_visit)} /> });
    }
    if desk.asks_to_go_on {
        let go_on = html! { <GoOn is_busy={desk.is_busy} ongoon={press(Work::go_on)} onbegin={press(Work::restart)} /> };
        return ("go-on", Some(Actor::Staff), go_on);
    }
    if let Some(trouble) = &desk.trouble {
        let actor = if is_written_down(desk, trouble) { Actor::Staff } else { desk.step.actor() };
        return ("trouble", Some(actor), stopped(work, desk, trouble));
    }
    if let Some(replacement) = &desk.replacement {
        let replace = html! {
            <Replace visit_kind={page.visit_kind} replacement={replacement.clone()} is_asked_again={desk.is_asked_again} is_busy={desk.is_busy}
                onreplace={press(Work::replace)} onkeep={press(|work| work.end(false))} />
        };
        let screen = if replacement.former_use == page.visit_kind { "X25" } else { "RW-12" };
        return (screen, Some(Actor::Patient), replace);
    }
    let purpose = desk.draft.occasion.purpose;
    if let Some(living) = &desk.living {
        let onrevise = {
            let work = work.clone();
            Callback::from(move |changes| work.revise(changes))
        };
        let living = html! {
            <Living living={living.clone()} {purpose} is_asked_again={desk.is_asked_again} is_busy={desk.is_busy} {onrevise}
                onleave={press(|work| work.end(false))} />
        };
        return (if purpose == Purpose::Withdraw { "RW-10b" } else { "RW-9b" }, Some(Actor::Patient), living);
    }
    let institution = AttrValue::from(page.institution_name.clone());
    let questions = page.questions.clone();
    let content = match (desk.step, &desk.result) {
        (Step::Top, _) => html! {
            <Top page={page.clone()} is_phone={work.is_phone()} now={work.server_now()} onagain={press(Work::open_page)}
                onstart={let work = work.clone(); Callback::from(move |purpose| work.begin(purpose))} />
        },
        (Step::Place, _) => {
            let (for_place, for_name) = (work.clone(), work.clone());
            let onplace = Callback::from(move |place: Place| {
                for_place.tell(|occasion| {
                    occasion.place = Some(place);
                    if !place.has_name() {
                        occasion.place_name.clear();
                    }
                });
            });
            let onname = Callback::from(move |name| for_name.tell(|occasion| occasion.place_name = name));
            html! {
                <PlaceScreen places={desk.places()} occasion={desk.draft.occasion.clone()} {onplace} {onname} onnext={go(Step::HandOver)}
                    onback={press(Work::back)} />
            }
        }
        (Step::HandOver, _) => {
            html! { <HandOver onnext={go(if purpose == Purpose::Register { Step::Prepare } else { Step::Own })} onback={press(Work::back)} /> }
        }
        (Step::Own, _) => html! {
            <Own {institution} {purpose} is_busy={desk.is_busy} onnext={press(Work::submit)} onback={press(Work::back)} />
        },
        (Step::Booking, _) => {
            let for_day = work.clone();
            let onday = Callback::from(move |day| for_day.tell(|occasion| occasion.booked_on = day));
            html! {
                <Booking today={work.server_now().jst_date()} booked_on={desk.draft.occasion.booked_on} offers_today={page.visit_kind == VisitKind::OffRoute}
                    {onday} onnext={go(Step::Choose)} onback={press(Work::back)} />
            }
        }
        (Step::Prepare, _) => {
            let for_assist = work.clone();
            let onassist = Callback::from(move |assist| for_assist.tell(|occasion| occasion.assist = Some(assist)));
            let onpick = {
                let work = work.clone();
                Callback::from(move |(place, pick)| work.act(Action::Prepare(place, pick)))
            };
            html! {
                <Prepare prepared={desk.prepared} {onpick} assist={desk.draft.occasion.assist} {onassist}
                    onnext={go(desk.after_prepare())} onback={press(Work::back)} onpaper={go(Step::Paper)} />
            }
        }
        (Step::Choose, _) => {
            let (for_answer, for_all, for_subsidy) = (work.clone(), work.clone(), work.clone());
            let onanswer = Callback::from(move |(group, choice)| for_answer.act(Action::Answer(group, choice)));
            let onall = Callback::from(move |choice| for_all.act(Action::AnswerAll(choice)));
            let onsubsidy = Callback::from(move |choice| for_subsidy.act(Action::AnswerSubsidy(choice)));
            html! {
                <Choose {institution} {questions} asks_subsidy={page.asks_subsidy} {onsubsidy} draft={desk.draft.clone()}
                    points_out_missing={desk.points_out_missing}
                    missing_presses={desk.missing_presses} {onanswer} {onall} onnext={press(choices_made)} onback={press(Work::back)} />
            }
        }
        (Step::Confirm, _) => match desk.choices() {
            Some(choices) => {
                let booked_on = desk.draft.occasion.booked_on;
                let until = consent::expires_at(page.visit_kind, work.server_now(), booked_on);
                html! {
                    <Confirm {institution} {questions} {choices} {booked_on} {until} is_busy={desk.is_busy} oncorrect={press(Work::back)}
                        onsubmit={press(Work::submit)} />
                }
            }
            None => Html::default(),
        },
        (Step::Identify, _) => html! {
            <Identify work={work.clone()} helper={page.helper} {questions} choices={desk.choices()} is_busy={desk.is_busy}
                asks_pin_again={desk.asks_pin_again}
                onlife={press(Work::live)} onpaper={go(Step::Paper)} onback={press(Work::back)} />
        },
        (Step::HandBack, Some(result)) => html! { <HandBack result={result.clone()} onnext={go(Step::Result)} /> },
        (Step::Result, Some(result)) => html! {
            <ResultScreen page={page.clone()} result={result.clone()} onfinish={press(|work| work.end(false))} onprint={Callback::from(print)} />
        },
        (Step::HandBack | Step::Result, None) => Html::default(),
        (Step::Paper, _) => {
            html! { <Paper is_phone={work.is_phone()} onback={press(Work::back)} onfinish={press(|work| work.end(false))} /> }
        }
    };
    let id = if desk.step == Step::Own && purpose == Purpose::Withdraw { "RW-10" } else { desk.step.id() };
    (id, Some(desk.step.actor()), content)
}

fn choices_made(work: &Work) {
    if work.desk().choices().is_some() {
        work.go(Step::Confirm);
    } else {
        work.act(Action::PointOutMissing);
    }
}

/// Prints the slip alone, or the screen. The style sheet goes by the mark, which the next press sets anew.
fn print(is_slip: bool) {
    let Some(window) = web_sys::window() else { return };
    if let Some(root) = window.document().and_then(|document| document.document_element()) {
        let _ = root.set_attribute("data-print", if is_slip { "slip" } else { "all" });
    }
    // A browser that cannot print does nothing.
    let _ = window.print();
}

fn opening_failed(work: &Work, trouble: &Trouble) -> Html {
    let may_help = matches!(trouble, Trouble::Network(_) | Trouble::Wait(_) | Trouble::Internal(_));
    let onpress = {
        let work = work.clone();
        Callback::from(move |()| work.open_page())
    };
    html! {
        <ErrorScreen say={errors::trouble(trouble)}>
            if may_help {
                <Button look={Look::Primary} id="again" {onpress}>{ t::AGAIN }</Button>
            }
        </ErrorScreen>
    }
}

/// What the server, or the way to it, put in the way: the three parts and the ways on.
fn stopped(work: &Work, desk: &Desk, trouble: &Trouble) -> Html {
    let press = |run: fn(&Work)| {
        let work = work.clone();
        Callback::from(move |()| run(&work))
    };
    let button = |look: Look, id: &'static str, word: &'static str, run: fn(&Work)| {
        html! { <Button {look} {id} is_off={desk.is_busy} onpress={press(run)}>{ word }</Button> }
    };
    let again = |look| button(look, "again", t::AGAIN, Work::again);
    let card_again = |look| button(look, "again", t::AGAIN, |work| work.act(Action::Dismiss));
    let start_over = |look| button(look, "start-over", t::START_OVER, Work::restart);
    let paper = |look| button(look, "paper", t::TO_PAPER, |work| work.go(Step::Paper));
    let finish = || button(Look::Quiet, "finish", t::FINISH, |work| work.end(false));
    let (tone, buttons) = match trouble {
        Trouble::NotAsked => (Tone::Warn, button(Look::Primary, "start-over", t::START_OVER, Work::restart_anew)),
        Trouble::BookedDate => (Tone::Warn, button(Look::Primary, "booking", u::TO_BOOKING, |work| work.go(Step::Booking))),
        Trouble::TooOld(_) | Trouble::DoneOtherwise => (Tone::Warn, html! { { start_over(Look::Primary) } }),
        Trouble::NotRegistered => {
            let prepare = button(Look::Primary, "prepare", t::TO_PREPARE, |work| work.go(Step::Prepare));
            (Tone::Warn, html! { <>{ prepare }{ paper(Look::Secondary) }{ finish() }</> })
        }
        Trouble::Expired(_) | Trouble::NotTrusted => {
            (Tone::Bad, html! { <>{ paper(Look::Primary) }{ card_again(Look::Secondary) }{ finish() }</> })
        }
        Trouble::CardNotTaken => (Tone::Warn, html! { <>{ paper(Look::Primary) }{ finish() }</> }),
        Trouble::RealCard | Trouble::Challenge => (Tone::Warn, html! { <>{ card_again(Look::Primary) }{ finish() }</> }),
        Trouble::Internal(_) => (Tone::Bad, html! { <>{ again(Look::Primary) }{ start_over(Look::Quiet) }</> }),
        _ => (Tone::Warn, html! { <>{ again(Look::Primary) }{ finish() }</> }),
    };
    html! {
        <>
            <ErrorScreen say={errors::trouble(trouble)} {tone}>{ buttons }</ErrorScreen>
            if is_written_down(desk, trouble) {
                <Away work={work.clone()} />
            }
        </>
    }
}

/// X34: the staff write down who it is, as long as there is a visit to note it under.
fn is_written_down(desk: &Desk, trouble: &Trouble) -> bool {
    *trouble == Trouble::SystemDown && desk.visit().is_some()
}

#[cfg(test)]
#[path = "reception/screen_tests.rs"]
mod tests;
