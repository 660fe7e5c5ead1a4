//! X12 カードが使えないとき: every way on one screen. By 資格確認書 it is a whole check (OT-12); all others leave a 仮確認 with its task.

pub(crate) mod declaration;

use shared::api::later::{AddProvisional, LaterRow, NewProvisional, PastAsked, PastResults, PastShown, ResultRef};
use shared::domain::account::AccountKind;
use shared::domain::institution::VisitKind;
use shared::domain::note::Note;
use shared::domain::opening::CardlessRoute;
use shared::right::{Act, Right, may};
use yew::prelude::*;

use super::who::{self, Wanted, Who};
use crate::part::field::Input;
use crate::part::{Button, Field, Look, Notice, Offer, Panel, RadioField, SendForm, Tone, Verdict, link};
use crate::session::use_session;
use crate::text::office::{self as text, desks, laters as outer, laters::cardless as words, laters::typed};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form, use_kept_form};

const ROUTE: &str = "cardless-route";
const NOTE: &str = "cardless-note";
const PAST: &str = "cardless-past";

/// What was chosen and typed beside the person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Way {
    pub(crate) route: Option<CardlessRoute>,
    pub(crate) note: String,
    pub(crate) past: Option<ResultRef>,
}

impl Way {
    fn check(&self) -> Result<(CardlessRoute, Note<300>), Faults> {
        let note = Note::try_from(self.note.as_str()).map_err(desks::note);
        let lacks_past = self.route == Some(CardlessRoute::Past) && self.past.is_none();
        let faults = Faults::default()
            .note(ROUTE, self.route.is_none().then_some(words::NO_ROUTE))
            .note(PAST, lacks_past.then_some(words::CHOOSE_PAST))
            .note(NOTE, note.clone().err());
        match (self.route, note) {
            (Some(route), Ok(note)) if !lacks_past => Ok((route, note)),
            _ => Err(faults),
        }
    }
}

/// Which fields of the person a way wants.
fn wanted(route: Option<CardlessRoute>) -> Wanted {
    match route {
        Some(CardlessRoute::Notice | CardlessRoute::PortalScreen) => Wanted::Both,
        _ => Wanted::Named,
    }
}

/// X12 of the account that is in. `has_paper`: the check by number (OT-12) is there.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct CardlessScreenProps {
    /// The way to OT-12, where this account finds it.
    pub(crate) paper: Callback<AccountKind, bool>,
    /// At which desk: `/o`, or `/d`, where the paper has a screen of its own and tasks have none.
    #[prop_or("/o")]
    pub(crate) desk: &'static str,
    /// What for, where the way here says so.
    #[prop_or_default]
    pub(crate) visit_kind: Option<VisitKind>,
}

/// The screen.
#[component]
pub(crate) fn CardlessScreen(props: &CardlessScreenProps) -> Html {
    let kind = use_session().session.kind;
    let way = use_form(Way::default);
    let form = use_kept_form("cardless", Who::default);
    let (add, look) = (use_call::<AddProvisional>(), use_call::<PastResults>());
    let (past, kept) = (use_state(|| None::<PastShown>), use_state(|| None::<LaterRow>));
    let declared = use_state(Who::default);
    let onlook = {
        let (form, look, past, way) = (form.clone(), look.clone(), past.clone(), way.clone());
        Callback::from(move |()| {
            let Some((person, _)) = form.read(|who| who.check(Wanted::Named)) else { return look.forget() };
            let past = past.clone();
            way.set(Way { past: None, ..way.typed.clone() });
            look.start(PastResults, PastAsked { kana: person.kana, birth_date: person.birth_date }, move |outcome| past.set(outcome.ok()));
        })
    };
    let onsave = {
        let (form, way, add, kept, declared) = (form.clone(), way.clone(), add.clone(), kept.clone(), declared.clone());
        let visit_kind = props.visit_kind;
        Callback::from(move |()| {
            let Some((route, note)) = way.read(Way::check) else { return add.forget() };
            let Some((person, insurance)) = form.read(|who| who.check(wanted(Some(route)))) else { return add.forget() };
            let past = way.typed.past.clone().filter(|_| route == CardlessRoute::Past);
            let new = NewProvisional { route, person, insurance, past, note, visit_kind };
            let (kept, form, declared) = (kept.clone(), form.clone(), declared.clone());
            add.start(AddProvisional, new, move |outcome| {
                if outcome.is_ok() {
                    // Done with: only the paper of a declaration still names the person, as long as this screen stands.
                    declared.set(form.typed.clone());
                    form.set(Who::default());
                }
                kept.set(outcome.ok());
            });
        })
    };
    let onagain = {
        let (form, way, add, look, past) = (form.clone(), way.clone(), add.clone(), look.clone(), past.clone());
        let (kept, declared) = (kept.clone(), declared.clone());
        Callback::from(move |()| {
            add.forget();
            look.forget();
            form.set(Who::default());
            declared.set(Who::default());
            way.set(Way::default());
            past.set(None);
            kept.set(None);
        })
    };
    html! {
        <CardlessView desk={props.desk} visit_kind={props.visit_kind} has_paper={props.paper.emit(kind)}
            has_screen={may(kind, Act::LookAtPortalScreen) != Right::No} {way} {form}
            saving={add.progress()} looking={look.progress()} past={(*past).clone()} kept={(*kept).clone()} declared={(*declared).clone()}
            {onlook} {onsave} {onagain} />
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct CardlessViewProps {
    /// The check by number is there.
    pub(crate) has_paper: bool,
    /// At which desk.
    #[prop_or("/o")]
    pub(crate) desk: &'static str,
    /// What for.
    #[prop_or_default]
    pub(crate) visit_kind: Option<VisitKind>,
    /// This account looks at portal screens (X57).
    pub(crate) has_screen: bool,
    /// The way.
    pub(crate) way: Form<Way>,
    /// The person.
    pub(crate) form: Form<Who>,
    /// How far 登録 has come.
    #[prop_or_default]
    pub(crate) saving: Progress,
    /// How far 過去の資格情報を探す has come.
    #[prop_or_default]
    pub(crate) looking: Progress,
    /// What is known of the person.
    #[prop_or_default]
    pub(crate) past: Option<PastShown>,
    /// What was kept a moment ago.
    #[prop_or_default]
    pub(crate) kept: Option<LaterRow>,
    /// Whom it named, for the paper of a declaration.
    #[prop_or_default]
    pub(crate) declared: Who,
    /// Called on 過去の資格情報を探す.
    #[prop_or_default]
    pub(crate) onlook: Callback<()>,
    /// Called on 登録.
    #[prop_or_default]
    pub(crate) onsave: Callback<()>,
    /// Called on 次の方を登録する.
    #[prop_or_default]
    pub(crate) onagain: Callback<()>,
}

/// The ways, the person, and the paper of a declaration.
#[component]
pub(crate) fn CardlessView(props: &CardlessViewProps) -> Html {
    let route = props.way.typed.route;
    if let Some(kept) = &props.kept {
        return html! {
            <>
                <div class="on-screen">
                    <Notice tone={Tone::Good} role="status" title={words::SAVED}>
                        <p>{ words::SAVED_NEXT }</p>
                        if props.desk == "/o" {
                            <p>{ link(&format!("/o/laters/{}", kept.id), None, outer::TITLE_ONE) }</p>
                        }
                    </Notice>
                    <p class="actions"><Button id="cardless-again" onpress={props.onagain.clone()}>{ words::ANOTHER }</Button></p>
                </div>
                if route == Some(CardlessRoute::Declaration) {
                    <declaration::Declaration who={props.declared.clone()} />
                }
            </>
        };
    }
    html! {
        <>
            <p>{ words::LEAD }</p>
            if let Some(of) = props.visit_kind {
                <p><strong>{ format!("{}: {}", VisitKind::NAME, of.label()) }</strong></p>
            }
            if props.has_paper {
                <p>{ link(if props.desk == "/o" { "/o/check/paper" } else { "/d/paper" }, None, words::PAPER) }</p>
            }
            <Panel title={words::ROUTE}>
                <SendForm id="cardless-save" submit={words::SUBMIT} is_busy={props.saving.is_busy} onsubmit={props.onsave.clone()}
                    failed={props.saving.refusal.as_ref().map(text::refusal)}>
                    { ways(props) }
                    if let Some(route) = route {
                        <p>{ words::about(route) }</p>
                        if route == CardlessRoute::SystemDown && props.desk == "/o" {
                            <p>{ words::OPENINGS_ABOUT }</p>
                            <p>{ link("/o/openings", None, words::TO_OPENINGS) }</p>
                        }
                        { who::fields(&props.form.clone().held(props.saving.is_busy), wanted(Some(route))) }
                        if route == CardlessRoute::Past {
                            { past(props) }
                        }
                        <Field of={props.way.clone().held(props.saving.is_busy).input(NOTE, |way| &mut way.note)} label={typed::NOTE}
                            hint={words::NOTE_HINT} />
                    }
                </SendForm>
            </Panel>
        </>
    }
}

fn ways(props: &CardlessViewProps) -> Html {
    let way = &props.way;
    let is_offered = |route: &&CardlessRoute| match route {
        CardlessRoute::PortalScreen => props.has_screen,
        CardlessRoute::Notice | CardlessRoute::Declaration | CardlessRoute::Past | CardlessRoute::SystemDown => true,
    };
    let offers = CardlessRoute::ALL.iter().filter(is_offered).map(|route| Offer { value: route.word(), label: route.label() });
    let oninput = way.edit(|way: &mut Way, word: String| way.route = CardlessRoute::of_word(&word));
    let value = way.typed.route.map_or("", CardlessRoute::word);
    let of = Input { id: ROUTE.into(), value: value.into(), fault: way.faults.of(ROUTE), is_held: props.saving.is_busy, oninput };
    html! { <RadioField {of} label={words::ROUTE} offers={offers.collect::<Vec<_>>()} is_required=true /> }
}

/// What is known of the person from before, of which one is chosen by a person.
fn past(props: &CardlessViewProps) -> Html {
    let chosen = &props.way.typed.past;
    let rows = props.past.iter().flat_map(|past| &past.rows);
    html! {
        <div id={PAST} tabindex="-1">
            <p class="actions"><Button id="cardless-look" is_off={props.looking.is_busy} onpress={props.onlook.clone()}>{ words::FIND_PAST }</Button></p>
            if let Some(refusal) = &props.looking.refusal {
                { crate::part::send_form::form_failure(&text::refusal(refusal)) }
            }
            if props.past.as_ref().is_some_and(|past| past.rows.is_empty()) {
                <Notice title={words::NO_PAST}><p>{ words::NO_PAST_NEXT }</p></Notice>
            }
            if let Some(fault) = props.way.faults.of(PAST) {
                <Notice tone={Tone::Bad} role="alert" title={fault} />
            }
            { for rows.map(|row| {
                let is_chosen = chosen.as_ref() == Some(&row.of);
                let onpress = {
                    let of = row.of.clone();
                    props.way.edit(move |way: &mut Way, ()| way.past = Some(of.clone()))
                };
                let first = row.eligibility.coverages.first();
                html! {
                    <Panel title={format!("{} {}", row.eligibility.checked_at.jst_minute_text(), row.way.label())}>
                        <p><Verdict validity={row.eligibility.validity} /></p>
                        if let Some(first) = first {
                            <p>{ format!("{} {} {}", first.insurer_name, first.symbol.as_deref().unwrap_or_default(), first.member_number) }</p>
                        }
                        <p class="actions">
                            <Button look={if is_chosen { Look::Primary } else { Look::Secondary }} is_off={is_chosen} {onpress}>
                                { if is_chosen { words::PAST_CHOSEN } else { words::PAST_CHOOSE } }
                            </Button>
                        </p>
                    </Panel>
                }
            }) }
        </div>
    }
}
