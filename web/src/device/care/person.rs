//! The person in hand (DA-14): way, check, あとで, card back, and on to the next one.

use shared::api::check::CheckDetails;
use shared::api::day::DayState;
use shared::api::later::ResultRef;
use shared::api::requery::Requery;
use shared::api::room::{CardPlace, InHand, MarkRoom, RoomMark, RoomPerson, RoomRow, RoomState, RoomWay, Rooms, next_of};
use shared::domain::note::Note;
use shared::right::Act;
use yew::prelude::*;

use super::paper::{Paper, PaperCheck};
use super::rooms::{name_of, path_of};
use super::use_today;
use crate::edition;
use crate::office::consent::coverage;
use crate::office::month::parts::differences;
use crate::part::said::{said, use_said};
use crate::part::send_form::form_failure;
use crate::part::{Button, CheckField, DefinitionList, Field, Look, Notice, Panel, Row, SendForm, Tone, Verdict, link};
use crate::remote::{Remote, use_get};
use crate::text::office::{self as office, care as text, care::person as words, month, month::requery as again_words};
use crate::use_call::use_call;
use crate::use_form::{Faults, Form, use_form};

const REASON: &str = "later-reason";

/// Says who.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PersonScreenProps {
    /// The row of today's list.
    pub(crate) id: String,
}

/// The person of the address. From midnight on the list is another one.
#[component]
pub(crate) fn PersonScreen(props: &PersonScreenProps) -> Html {
    let today = use_today();
    html! { <PersonOfDay key={format!("{today} {}", props.id)} id={props.id.clone()} /> }
}

/// What is marked, and whether the answer is to be read again with it.
type Mark = (RoomMark, bool);

#[component]
fn PersonOfDay(props: &PersonScreenProps) -> Html {
    let (remote, again) = use_get(RoomPerson { visit: (&props.id).into() });
    let (rooms, rooms_again) = use_get(Rooms);
    let again_on_failure = again.clone();
    let (mark, requery) = (use_call::<MarkRoom>(), use_call::<Requery>());
    let said_state = use_said();
    let form = use_form(String::new);
    let row = use_state(|| None::<RoomRow>);
    // A check that is kept and not yet marked: the answer to the mark was lost.
    let owed = use_state(|| None::<Mark>);
    let send = {
        let (mark, said, owed, row, form, id) =
            (mark.clone(), said_state.clone(), owed.clone(), row.clone(), form.clone(), props.id.clone());
        Callback::from(move |(what, reads): Mark| {
            let (said, owed, row, form) = (said.clone(), owed.clone(), row.clone(), form.clone());
            let (again, rooms_again) = (again.clone(), rooms_again.clone());
            let is_check = matches!(what, RoomMark::Checked(_) | RoomMark::AskedAgain);
            let words = if what == RoomMark::TakeBack { words::TAKEN_BACK } else { words::MARKED };
            let kept = (what.clone(), reads);
            mark.start(MarkRoom { visit: (&id).into() }, what, move |outcome| match outcome {
                Ok(marked) => {
                    owed.set(None);
                    row.set(Some(marked));
                    form.set(String::new());
                    said.say(words);
                    rooms_again.emit(());
                    if reads {
                        again.emit(());
                    }
                }
                Err(_) if is_check => owed.set(Some(kept)),
                Err(_) => {}
            });
        })
    };
    let onask = {
        let (requery, send) = (requery.clone(), send.clone());
        Callback::from(move |consent: String| {
            let send = send.clone();
            requery.start(Requery { consent: (&consent).into() }, (), move |outcome| {
                if outcome.is_ok() {
                    send.emit((RoomMark::AskedAgain, true));
                }
            });
        })
    };
    let (next, cards) = match &rooms {
        Remote::Here(shown) => beside(&shown.rows, &props.id),
        Remote::Loading | Remote::Failed(_) => (None, Vec::new()),
    };
    let refusals = [mark.progress().refusal, requery.progress().refusal];
    let is_busy = mark.progress().is_busy || requery.progress().is_busy;
    let has_next = matches!(rooms, Remote::Here(_));
    html! {
        <>
            { said(said_state.words()) }
            { for refusals.iter().flatten().map(|refusal| form_failure(&office::refusal(refusal))) }
            if let Some(mark) = (*owed).clone() {
                <Notice tone={Tone::Warn} role="alert" title={words::NOT_MARKED}>
                    <Button id="mark-again" is_off={is_busy} onpress={send.reform(move |()| mark.clone())}>{ words::MARK_AGAIN }</Button>
                </Notice>
            }
            { remote.view(&again_on_failure, |in_hand| {
                let in_hand = InHand { row: (*row).clone().unwrap_or_else(|| in_hand.row.clone()), ..in_hand.clone() };
                html! {
                    <PersonView {in_hand} form={form.clone().held(is_busy)} {is_busy} onmark={send.clone()} onask={onask.clone()} {next} {has_next} {cards} />
                }
            }) }
        </>
    }
}

/// Where a person is, and who.
type Place = (String, String);

/// The next person of the home, and whose cards there are not back, besides the one in hand.
pub(super) fn beside(rows: &[RoomRow], id: &str) -> (Option<Place>, Vec<Place>) {
    let Some(here) = rows.iter().find(|row| row.id == id) else { return (None, Vec::new()) };
    let place = |row: &RoomRow| (path_of(row), name_of(row));
    let is_out = |row: &&RoomRow| row.home == here.home && row.id != id && row.card == CardPlace::Out;
    (next_of(rows, &here.home, Some(id)).map(place), rows.iter().filter(is_out).map(place).collect())
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct PersonViewProps {
    pub(super) in_hand: InHand,
    /// The reason of あとで.
    pub(super) form: Form<String>,
    #[prop_or_default]
    pub(super) is_busy: bool,
    #[prop_or_default]
    pub(super) onmark: Callback<Mark>,
    /// Called with the consent to ask again under.
    #[prop_or_default]
    pub(super) onask: Callback<String>,
    /// Where the next person is, and who.
    #[prop_or_default]
    pub(super) next: Option<Place>,
    /// The other cards of the home that are not back.
    #[prop_or_default]
    pub(super) cards: Vec<Place>,
    /// The list is there: without a next person nobody is left.
    #[prop_or_default]
    pub(super) has_next: bool,
}

#[component]
pub(super) fn PersonView(props: &PersonViewProps) -> Html {
    let InHand { row, name, kana, birth_date, .. } = &props.in_hand;
    let mut rows = vec![
        Row::text(words::ROOM, format!("{} {} {}", row.home, text::floor(&row.floor), text::room(&row.room))),
        Row::text(words::NAME, name.clone()),
        Row::text(words::KANA, kana.clone()),
    ];
    rows.extend(birth_date.map(|day| Row::text(words::BIRTH, day.wareki())));
    let is_done = matches!(row.state, RoomState::Done | RoomState::Paper);
    let said = if is_done { format!("{} {}", text::state(&row.state), row.said.label()) } else { text::state(&row.state) };
    rows.push(Row::text(words::STATE, said));
    let is_marked = row.state != RoomState::Open || row.way.is_some();
    html! {
        <>
            <Panel title={words::WHO} class="detail"><DefinitionList {rows} /></Panel>
            if row.said == DayState::Mismatch {
                <Notice tone={Tone::Bad} role="alert" title={words::MISMATCH}><p>{ words::MISMATCH_NEXT }</p></Notice>
            }
            { card(props) }
            { result(&props.in_hand) }
            if !is_done {
                { offered(props) }
                { ways(props) }
            }
            { work(props, is_done) }
            if !is_done {
                { later(props) }
            }
            <div class="actions on-screen">
                if is_marked {
                    <Button id="take-back" is_off={props.is_busy} onpress={props.onmark.reform(|()| (RoomMark::TakeBack, true))}>
                        { words::TAKE_BACK }
                    </Button>
                }
                if let Some((path, who)) = &props.next {
                    { link(path, Some(classes!("button", "button--primary")), format!("{} {who}", text::rooms::NEXT)) }
                }
            </div>
            if is_marked {
                <p class="on-screen">{ words::TAKE_BACK_ABOUT }</p>
            }
            if !props.cards.is_empty() {
                <Notice tone={Tone::Warn} title={text::rooms::CARDS}>
                    <ul class="rooms">{ for props.cards.iter().map(|(path, who)| html! { <li key={path.clone()}>{ link(path, None, who.clone()) }</li> }) }</ul>
                </Notice>
            }
            if props.has_next && props.next.is_none() {
                <p>{ text::rooms::END }</p>
            }
        </>
    }
}

/// 「カードを返しました」, once a card was taken into hand.
fn card(props: &PersonViewProps) -> Html {
    if props.in_hand.row.card == CardPlace::Untouched {
        return Html::default();
    }
    let onchange = props.onmark.reform(|is_on| (RoomMark::CardBack(is_on), false));
    let is_on = props.in_hand.row.card == CardPlace::Back;
    html! { <CheckField id="card-back" label={words::RETURNED} hint={words::RETURNED_HINT} {is_on} is_off={props.is_busy} {onchange} /> }
}

/// The answer of today's check, with what it changed (X47).
fn result(in_hand: &InHand) -> Html {
    let Some(eligibility) = &in_hand.result else { return Html::default() };
    html! {
        <>
            if !in_hand.differences.is_empty() {
                <Notice tone={Tone::Warn} title={again_words::CHANGED}>
                    <p>{ again_words::CHANGED_NEXT }</p>
                    <h3>{ month::CHANGED_FIELDS }</h3>
                    { differences(&in_hand.differences) }
                </Notice>
            }
            <Panel title={words::RESULT} class="detail">
                <p><Verdict validity={eligibility.validity} /></p>
                { for eligibility.coverages.iter().map(|coverage| coverage::view(eligibility, coverage, None)) }
            </Panel>
        </>
    }
}

/// A check of today that was made at another screen, or before a reload.
fn offered(props: &PersonViewProps) -> Html {
    if props.in_hand.offered.is_empty() {
        return Html::default();
    }
    let line = |(place, one): (usize, &shared::api::room::Offered)| {
        let of = one.of.clone();
        let onpress = props.onmark.reform(move |()| (RoomMark::Checked(of.clone()), true));
        html! {
            <li>
                <p>{ format!("{} {} {} {}", one.at.jst_minute_text(), one.way.label(), one.validity.label(), one.initials) }</p>
                <p class="actions"><Button id={format!("take-{place}")} is_off={props.is_busy} {onpress}>{ words::TAKE }</Button></p>
            </li>
        }
    };
    html! {
        <Notice title={words::OFFERED}>
            <p>{ words::OFFERED_NEXT }</p>
            <ul class="rooms">{ for props.in_hand.offered.iter().enumerate().map(line) }</ul>
        </Notice>
    }
}

fn ways(props: &PersonViewProps) -> Html {
    let is_offered = |way: &RoomWay| match way {
        RoomWay::Requery => edition::has(Act::Requery) && props.in_hand.consent.is_some(),
        RoomWay::Paper => edition::has(Act::CheckAtBedside),
        RoomWay::Visual | RoomWay::Pin => true,
    };
    let button = |way: RoomWay| {
        let is_chosen = props.in_hand.row.way == Some(way);
        let onpress = props.onmark.reform(move |()| (RoomMark::Way(way), false));
        html! {
            <li>
                <Button id={format!("way-{}", way.word())} look={if is_chosen { Look::Primary } else { Look::Secondary }}
                    is_off={props.is_busy || is_chosen} {onpress}>{ way.label() }</Button>
                <span>{ text::about(way) }</span>
            </li>
        }
    };
    html! {
        <Panel title={words::WAY}>
            <ul class="rooms__ways">{ for RoomWay::ALL.into_iter().filter(is_offered).map(button) }</ul>
        </Panel>
    }
}

/// What the chosen way wants. A form whose check was just kept stays with its result.
fn work(props: &PersonViewProps, is_done: bool) -> Html {
    let InHand { row, insurance, birth_date, kana, consent, result, .. } = &props.in_hand;
    match row.way {
        Some(RoomWay::Paper) if result.is_none() => {
            let start = Paper::of_list(insurance.as_ref(), *birth_date, kana);
            let onmade = props.onmark.reform(|made: CheckDetails| (RoomMark::Checked(ResultRef::Check(made.id)), false));
            html! { <PaperCheck {start} {onmade} is_part=true /> }
        }
        Some(RoomWay::Requery) if !is_done => {
            let Some(consent) = consent.clone() else { return html! { <p>{ words::NO_CONSENT }</p> } };
            let onpress = props.onask.reform(move |()| consent.clone());
            html! {
                <p class="actions"><Button id="requery" look={Look::Primary} is_off={props.is_busy} {onpress}>{ words::ASK }</Button></p>
            }
        }
        Some(way @ (RoomWay::Visual | RoomWay::Pin)) if !is_done => {
            let path = if way == RoomWay::Visual { "/d/check/visual" } else { "/d/check" };
            html! {
                <>
                    <p>{ words::CARD_NEXT }</p>
                    <p class="actions">{ link(path, Some(classes!("button", "button--primary")), words::TO_CARD) }</p>
                </>
            }
        }
        _ => Html::default(),
    }
}

/// あとで: a reason by one press, or typed.
fn later(props: &PersonViewProps) -> Html {
    let quick = |reason: &'static str| {
        let onpress = props.onmark.reform(move |()| (RoomMark::Later(Note::try_from(reason).unwrap_or_default()), false));
        html! { <Button is_off={props.is_busy} {onpress}>{ reason }</Button> }
    };
    let onsubmit = {
        let (form, onmark) = (props.form.clone(), props.onmark.clone());
        Callback::from(move |()| {
            let reason = form.read(|typed| {
                let note = Note::try_from(typed.as_str()).map_err(|why| Faults::default().note(REASON, Some(office::desks::note(why))))?;
                if note.is_empty() { Err(Faults::default().note(REASON, Some(words::NO_REASON))) } else { Ok(note) }
            });
            if let Some(reason) = reason {
                onmark.emit((RoomMark::Later(reason), false));
            }
        })
    };
    html! {
        <Panel title={words::LATER}>
            <p>{ words::LATER_ABOUT }</p>
            <div class="actions" role="group" aria-label={words::LATER}>{ for words::REASONS.into_iter().map(quick) }</div>
            <SendForm id="later" submit={words::SET_LATER} is_busy={props.is_busy} {onsubmit}>
                <Field of={props.form.input(REASON, |typed| typed)} label={words::REASON} />
            </SendForm>
            <p>{ link("/d/cardless", None, text::CARDLESS) }</p>
        </Panel>
    }
}
