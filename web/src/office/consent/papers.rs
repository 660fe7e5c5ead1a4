//! 受給者証 from paper on OT-11 (P-PMH): listed beside the result and on its paper, written down and ended by people.

use shared::api::subsidy::{
    AddSubsidyPaper, EndPaper, EndSubsidyPaper, NewPaper, PaperFault, PaperRow, PaperState, PapersShown, SubsidyPapers,
};
use shared::domain::calendar::CivilDate;
use shared::domain::note::Note;
use shared::domain::typed;
use shared::right::{Act, Right, may};
use yew::prelude::*;

use crate::part::beside::subsidy_rows;
use crate::part::said::{said, use_said};
use crate::part::{Button, CheckField, Confirm, DateField, DefinitionList, Field, Notice, Panel, Row, SendForm, Tone};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, papers_of as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form};

const NAME: &str = "paper-name";
const PAYER: &str = "paper-payer";
const BENEFICIARY: &str = "paper-beneficiary";
const CLASS: &str = "paper-class";
const LIMIT: &str = "paper-limit";
const COVERS: &str = "paper-covers";
const FROM: &str = "paper-from";
const UNTIL: &str = "paper-until";
const INSTITUTION: &str = "paper-institution";
const CONDITIONS: &str = "paper-conditions";
const REASON: &str = "paper-reason";

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Typed {
    name: String,
    payer: String,
    beneficiary: String,
    class: String,
    limit: String,
    covers: String,
    from: String,
    until: String,
    institution: String,
    conditions: String,
    is_reimbursed_only: bool,
    reason: String,
}

fn note<const MAX: usize>(text: &str) -> Result<Note<MAX>, &'static str> {
    Note::try_from(text).map_err(|_| words::BAD_TEXT)
}

fn day(text: &str) -> Result<Option<CivilDate>, &'static str> {
    if text.trim().is_empty() { Ok(None) } else { CivilDate::from_typed(text).map(Some).map_err(|_| words::BAD_DAY) }
}

fn yen(text: &str) -> Result<Option<u32>, &'static str> {
    let text = typed::number(text);
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| words::BAD_LIMIT) }
}

impl Typed {
    fn check(&self) -> Result<NewPaper, Faults> {
        let (name, payer, beneficiary) = (note(&self.name), note(&self.payer), note(&self.beneficiary));
        let (class, covers) = (note(&self.class), note(&self.covers));
        let (institution, conditions) = (note(&self.institution), note(&self.conditions));
        let (limit, from, until) = (yen(&self.limit), day(&self.from), day(&self.until));
        let faults = Faults::default()
            .note(NAME, name.clone().err())
            .note(PAYER, payer.clone().err())
            .note(BENEFICIARY, beneficiary.clone().err())
            .note(CLASS, class.clone().err())
            .note(LIMIT, limit.err())
            .note(COVERS, covers.clone().err())
            .note(FROM, from.err())
            .note(UNTIL, until.err())
            .note(INSTITUTION, institution.clone().err())
            .note(CONDITIONS, conditions.clone().err());
        if faults.first().is_some() {
            return Err(faults);
        }
        let paper = NewPaper {
            name: name.unwrap_or_default(),
            payer_number: payer.unwrap_or_default(),
            beneficiary_number: beneficiary.unwrap_or_default(),
            income_class: class.unwrap_or_default(),
            limit_yen: limit.unwrap_or_default(),
            limit_covers: covers.unwrap_or_default(),
            valid_from: from.unwrap_or_default(),
            valid_until: until.unwrap_or_default(),
            is_reimbursed_only: self.is_reimbursed_only.then_some(true),
            institution: institution.unwrap_or_default(),
            conditions: conditions.unwrap_or_default(),
        };
        match paper.read() {
            Ok(_) => Ok(paper),
            Err(why) => {
                let place = match why {
                    PaperFault::Name => NAME,
                    PaperFault::Payer => PAYER,
                    PaperFault::Beneficiary => BENEFICIARY,
                    PaperFault::Period => UNTIL,
                };
                Err(Faults::default().note(place, Some(words::fault(why))))
            }
        }
    }

    fn reason(&self) -> Result<Note<200>, Faults> {
        let fault = |words| Faults::default().note(REASON, Some(words));
        match note::<200>(&self.reason) {
            Ok(reason) if reason.is_empty() => Err(fault(words::NO_REASON)),
            Ok(reason) => Ok(reason),
            Err(words) => Err(fault(words)),
        }
    }
}

/// Says whose.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PapersPanelProps {
    /// A consent of the person.
    pub(crate) consent: String,
}

/// The panel, with its own question to the server.
#[component]
pub(crate) fn PapersPanel(props: &PapersPanelProps) -> Html {
    let may_enter = may(use_session().session.kind, Act::CheckEligibility) != Right::No;
    let (remote, on_retry) = use_get(SubsidyPapers { consent: (&props.consent).into() });
    let changed = use_state(|| None::<PapersShown>);
    let (add, end) = (use_call::<AddSubsidyPaper>(), use_call::<EndSubsidyPaper>());
    let (form, news) = (use_form(Typed::default), use_said());
    let asking = use_state(|| None::<PaperRow>);
    let remote = match (*changed).clone() {
        Some(shown) => Remote::Here(shown),
        None => remote,
    };
    let onadd = {
        let (add, form, changed, news, consent) = (add.clone(), form.clone(), changed.clone(), news.clone(), props.consent.clone());
        Callback::from(move |()| {
            let Some(paper) = form.read(Typed::check) else { return add.forget() };
            let (form, changed, news) = (form.clone(), changed.clone(), news.clone());
            add.start(AddSubsidyPaper { consent: (&consent).into() }, paper, move |outcome| {
                if let Ok(shown) = outcome {
                    form.set(Typed::default());
                    changed.set(Some(shown));
                    news.say(words::ADDED);
                }
            });
        })
    };
    let onask = {
        let (asking, end) = (asking.clone(), end.clone());
        Callback::from(move |row: Option<PaperRow>| {
            end.forget();
            asking.set(row);
        })
    };
    let onend = {
        let (asking, end, form, changed, news) = (asking.clone(), end.clone(), form.clone(), changed.clone(), news.clone());
        let consent = props.consent.clone();
        Callback::from(move |_: String| {
            let Some(row) = (*asking).clone() else { return };
            let Some(reason) = form.read(Typed::reason) else { return };
            let (asking, form, changed, news) = (asking.clone(), form.clone(), changed.clone(), news.clone());
            end.start(EndSubsidyPaper { consent: (&consent).into() }, EndPaper { paper: row.id, reason }, move |outcome| {
                if let Ok(shown) = outcome {
                    form.set(Typed::default());
                    asking.set(None);
                    changed.set(Some(shown));
                    news.say(words::ENDED);
                }
            });
        })
    };
    let asking = (*asking).clone().map(|row| (row, end.progress()));
    let view =
        PapersViewProps { remote, form, may_enter, progress: add.progress(), asking, said: news.words(), onadd, onask, onend, on_retry };
    html! { <PapersView ..view /> }
}

/// Everything that the panel shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PapersViewProps {
    /// What is known.
    pub(crate) remote: Remote<PapersShown>,
    /// What is typed.
    pub(crate) form: Form<Typed>,
    /// Whether the account writes down and ends.
    pub(crate) may_enter: bool,
    /// How far 登録する has come.
    #[prop_or_default]
    pub(crate) progress: Progress,
    /// The question before 終了する.
    #[prop_or_default]
    pub(crate) asking: Option<(PaperRow, Progress)>,
    /// What was done a moment ago.
    #[prop_or_default]
    pub(crate) said: Option<&'static str>,
    /// Called on 登録する.
    #[prop_or_default]
    pub(crate) onadd: Callback<()>,
    /// Opens the question, or leaves it.
    #[prop_or_default]
    pub(crate) onask: Callback<Option<PaperRow>>,
    /// Called when it is to be ended.
    #[prop_or_default]
    pub(crate) onend: Callback<String>,
    /// Asks the server again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// On paper without the form, and without a trace where there is none.
#[component]
pub(crate) fn PapersView(props: &PapersViewProps) -> Html {
    let is_empty = matches!(&props.remote, Remote::Here(shown) if shown.rows.is_empty());
    html! {
        <div class={classes!(is_empty.then_some("on-screen"))}>
            <Panel title={words::TITLE} class="detail">
                <p class="on-screen">{ words::LEAD }</p>
                { said(props.said) }
                { props.remote.view(&props.on_retry, |shown| filled(props, shown)) }
            </Panel>
        </div>
    }
}

fn filled(props: &PapersViewProps, shown: &PapersShown) -> Html {
    html! {
        <>
            if shown.is_connected == Some(false) {
                <div class="on-screen"><Notice tone={Tone::Info} title={words::NOT_CONNECTED} /></div>
            }
            if shown.rows.is_empty() {
                <p>{ words::NONE }</p>
            }
            { for shown.rows.iter().map(|row| paper(props, row, shown.now.jst_date())) }
            if props.may_enter {
                <div class="on-screen">{ entry(props) }</div>
            }
            if let Some((row, progress)) = &props.asking {
                <Confirm id="paper-end-ask" title={words::END_TITLE} act={words::END} is_busy={progress.is_busy}
                    failed={progress.refusal.as_ref().map(text::refusal)} onact={props.onend.clone()} onclose={props.onask.reform(|()| None)}>
                    <p>{ row.subsidy.name.clone().unwrap_or_default() }</p>
                    <p>{ words::END_ABOUT }</p>
                    <Field of={props.form.input(REASON, |typed| &mut typed.reason)} label={words::REASON} hint={words::REASON_HINT} is_required=true />
                </Confirm>
            }
        </>
    }
}

fn paper(props: &PapersViewProps, row: &PaperRow, today: CivilDate) -> Html {
    let state = row.state(today);
    let mut rows = subsidy_rows(&row.subsidy);
    let told = match &row.ended {
        Some((at, by, reason)) => words::ended(*at, by.as_str(), reason),
        None => words::state(state).to_owned(),
    };
    rows.insert(0, Row::text(words::STATE, told));
    rows.push(Row::text(words::ENTERED, words::by(row.entered.0, row.entered.1.as_str())));
    let onpress = {
        let row = row.clone();
        props.onask.reform(move |()| Some(row.clone()))
    };
    html! {
        <div key={row.id.clone()}>
            <DefinitionList {rows} />
            if props.may_enter && state != PaperState::Ended {
                <p class="actions on-screen"><Button id={format!("paper-end-{}", row.id)} {onpress}>{ words::END }</Button></p>
            }
        </div>
    }
}

fn entry(props: &PapersViewProps) -> Html {
    let form = props.form.clone().held(props.progress.is_busy);
    let failed = props.progress.refusal.as_ref().map(text::refusal);
    let onchange = form.edit(|typed: &mut Typed, is_on: bool| typed.is_reimbursed_only = is_on);
    html! {
        <details>
            <summary>{ words::NEW }</summary>
            <SendForm id="paper-add" submit={words::ADD} {failed} is_busy={props.progress.is_busy} onsubmit={props.onadd.clone()}>
                <Field of={form.input(NAME, |typed| &mut typed.name)} label={words::NAME} hint={words::NAME_HINT} is_required=true />
                <Field of={form.input(PAYER, |typed| &mut typed.payer)} label={words::PAYER} hint={words::PAYER_HINT} inputmode="numeric"
                    is_required=true />
                <Field of={form.input(BENEFICIARY, |typed| &mut typed.beneficiary)} label={words::BENEFICIARY} hint={words::BENEFICIARY_HINT}
                    is_required=true />
                <Field of={form.input(CLASS, |typed| &mut typed.class)} label={words::CLASS} />
                <Field of={form.input(LIMIT, |typed| &mut typed.limit)} label={words::LIMIT} inputmode="numeric" unit={words::YEN} />
                <Field of={form.input(COVERS, |typed| &mut typed.covers)} label={words::COVERS} />
                <DateField of={form.input(FROM, |typed| &mut typed.from)} label={words::FROM} />
                <DateField of={form.input(UNTIL, |typed| &mut typed.until)} label={words::UNTIL} />
                <CheckField id="paper-reimbursed" label={words::REIMBURSED} is_on={form.typed.is_reimbursed_only} is_off={props.progress.is_busy}
                    {onchange} />
                <Field of={form.input(INSTITUTION, |typed| &mut typed.institution)} label={words::INSTITUTION} />
                <Field of={form.input(CONDITIONS, |typed| &mut typed.conditions)} label={words::CONDITIONS} />
            </SendForm>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use shared::domain::account::UserId;
    use shared::domain::calendar::UnixMs;

    use super::*;
    use crate::drawn::{draw, has};

    fn typed() -> Typed {
        Typed { name: "こども".to_owned(), payer: "80990012".to_owned(), beneficiary: "A-1".to_owned(), ..Typed::default() }
    }

    fn form(typed: Typed) -> Form<Typed> {
        Form::new(typed, Faults::default(), Callback::noop())
    }

    #[test]
    fn the_field_that_lacks_something_is_named() {
        assert!(typed().check().is_ok());
        let first = |typed: Typed| typed.check().unwrap_err().first();
        assert_eq!(first(Typed { name: String::new(), ..typed() }), Some(NAME));
        assert_eq!(first(Typed { payer: "1".to_owned(), ..typed() }), Some(PAYER));
        assert_eq!(first(Typed { beneficiary: String::new(), ..typed() }), Some(BENEFICIARY));
        assert_eq!(first(Typed { limit: "千円".to_owned(), ..typed() }), Some(LIMIT));
        assert_eq!(first(Typed { until: "いつか".to_owned(), ..typed() }), Some(UNTIL));
        assert!(Typed::default().reason().is_err());
    }

    #[tokio::test]
    async fn a_paper_is_marked_as_one_and_ends_by_its_date_or_by_a_person() {
        let day = |text| CivilDate::try_from(text).ok();
        let user = UserId::try_from("ippan1").unwrap();
        let at = CivilDate::try_from("2026-11-20").unwrap().at_jst(9, 0);
        let paper = NewPaper { valid_until: day("2026-11-19"), ..typed().check().unwrap() };
        let over = PaperRow { id: "a".to_owned(), subsidy: paper.read().unwrap(), entered: (UnixMs(0), user.clone()), ended: None };
        let living = PaperRow { id: "b".to_owned(), subsidy: typed().check().unwrap().read().unwrap(), ..over.clone() };
        let ended = PaperRow { id: "c".to_owned(), ended: Some((at, user, "転出".to_owned())), ..living.clone() };
        let shown = PapersShown { rows: vec![over, living, ended], is_connected: Some(false), now: at };
        let drawn = |may_enter, shown: PapersShown| async move {
            draw(move || html! { <PapersView remote={Remote::Here(shown.clone())} form={form(Typed::default())} {may_enter} /> }).await
        };
        let staff = drawn(true, shown.clone()).await;
        for expected in ["有効期限が過ぎています", "転出", "受給者証", "80990012", "接続が確認できていません", "paper-end-b", "paper-add"]
        {
            has(&staff, expected);
        }
        assert!(!staff.contains("paper-end-c"), "one that ended is not ended again");
        let other = drawn(false, shown).await;
        assert!(!other.contains("paper-add") && !other.contains("paper-end-b"));
        let none = drawn(true, PapersShown { rows: Vec::new(), is_connected: None, now: at }).await;
        has(&none, words::NONE);
        assert!(!none.contains("接続が確認できていません"));
    }
}
