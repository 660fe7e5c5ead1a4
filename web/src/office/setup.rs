//! OT-19 準備チェックリスト: what is measured, one way to each missing step, and the sheet.

use shared::api::setup::{Setup, SetupList, SetupLists, SetupUse, Step, StepRow, StepState, Tick, TickStep};
use shared::domain::account::AccountKind;
use yew::prelude::*;

use crate::part::copy::print;
use crate::part::send_form::form_failure;
use crate::part::table::{Column, Line};
use crate::part::{Button, Icon, LiveRegion, Sign, Table, link};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, setup as words};
use crate::use_call::{Progress, use_call};

/// Where a step is done; `None`: on the list itself. The screens of a later release count once they are there.
pub(crate) const fn place_of(step: Step) -> &'static str {
    match step {
        Step::Switch | Step::Terms => "/o/settings",
        Step::Account => "/o/accounts/new",
        Step::FirstLogin => "/o/accounts",
        Step::Code | Step::Device => "/o/codes",
        Step::Url | Step::TestRead => "/o/url",
        Step::Certificate | Step::CertificateCopy => "/o/certificates",
        Step::SecondFactor => "/o/factors",
        Step::Application => "/o/application",
    }
}

/// Whether a screen exists, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// This account may open it.
    Open,
    /// Another account may.
    OthersOnly,
    /// There is none.
    Nowhere,
}

/// Says which screens there are.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SetupProps {
    /// Whether an account of a kind finds the screen of an address.
    pub(crate) finds: Callback<(&'static str, AccountKind), Found>,
}

/// OT-19 of the account that is in.
#[component]
pub(crate) fn SetupScreen(props: &SetupProps) -> Html {
    let (remote, on_retry) = use_get(SetupLists);
    let tick = use_call::<TickStep>();
    let ticked = use_state(|| None::<Setup>);
    let kind = use_session().session.kind;
    let ontick = {
        let (tick, ticked) = (tick.clone(), ticked.clone());
        Callback::from(move |new: Tick| {
            let ticked = ticked.clone();
            tick.start(TickStep, new, move |outcome| {
                if let Ok(setup) = outcome {
                    ticked.set(Some(setup));
                }
            });
        })
    };
    let on_again = {
        let ticked = ticked.clone();
        on_retry.reform(move |()| ticked.set(None))
    };
    let remote = ticked.as_ref().map_or(remote, |setup| Remote::Here(setup.clone()));
    let finds = props.finds.reform(move |path: &'static str| (path, kind));
    html! { <SetupView {remote} {finds} ticking={tick.progress()} {ontick} on_retry={on_again} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SetupViewProps {
    /// What was measured.
    pub(crate) remote: Remote<Setup>,
    /// Whether the account finds the screen of an address.
    pub(crate) finds: Callback<&'static str, Found>,
    /// How far a tick has come.
    #[prop_or_default]
    pub(crate) ticking: Progress,
    /// Called with a tick.
    #[prop_or_default]
    pub(crate) ontick: Callback<Tick>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// A table for each use, and the sheet of all.
#[component]
pub(crate) fn SetupView(props: &SetupViewProps) -> Html {
    let failed = props.ticking.refusal.as_ref().map(|refusal| form_failure(&text::refusal(refusal)));
    html! {
        <>
            <p>{ words::LEAD }</p>
            { failed.unwrap_or_default() }
            { props.remote.view(&props.on_retry, |setup| html! {
                <>
                    <p class="actions">
                        <Button id="setup-again" onpress={props.on_retry.clone()}>{ words::AGAIN }</Button>
                        <Button id="setup-print" onpress={Callback::from(|()| print())}>{ words::PRINT }</Button>
                    </p>
                    { for setup.lists.iter().map(|list| table(list, setup.may_tick, props)) }
                </>
            }) }
            if let Remote::Here(setup) = &props.remote {
                { sheet(setup) }
            }
        </>
    }
}

fn table(list: &SetupList, may_tick: bool, props: &SetupViewProps) -> Html {
    let name = words::of(list.of);
    let sign = if list.is_ready() { Sign::Good } else { Sign::Info };
    let lines: Vec<Line> = list.rows.iter().map(|row| line(list.of, row, may_tick, props)).collect();
    html! {
        <section class="setup" key={list.of.word()} data-ready={list.is_ready().to_string()}>
            <h2>{ name }</h2>
            <LiveRegion><p class="setup__verdict"><Icon {sign} />{ words::verdict(list) }</p></LiveRegion>
            <Table class="setup__table" caption={name} scrolls={format!("{name}: {}", words::SCROLLS)}
                columns={words::COLUMNS.map(Column::words).to_vec()} {lines} empty={Html::default()} />
        </section>
    }
}

fn line(of: SetupUse, row: &StepRow, may_tick: bool, props: &SetupViewProps) -> Line {
    let state = html! { <span class={mark(row.state)}>{ words::state(row) }</span> };
    let cells = vec![html! { { words::step(row.step) } }, state, next(of, row, may_tick, props)];
    Line { key: row.step.word().into(), cells }
}

fn mark(state: StepState) -> &'static str {
    match state {
        StepState::Done => "is-good",
        StepState::NotYet => "is-open",
        StepState::Unknown | StepState::NotHere => "",
    }
}

/// One way on for a missing step.
fn next(of: SetupUse, row: &StepRow, may_tick: bool, props: &SetupViewProps) -> Html {
    let step = row.step;
    if step.is_by_hand() && may_tick && matches!(row.state, StepState::NotYet | StepState::Done) {
        let is_done = row.state != StepState::Done;
        let onpress = props.ontick.reform(move |()| Tick { of, step, is_done });
        let said = if is_done { words::TICK } else { words::UNTICK };
        return html! { <Button id={format!("tick-{}", step.word())} is_off={props.ticking.is_busy} {onpress}>{ said }</Button> };
    }
    if !matches!(row.state, StepState::NotYet | StepState::Unknown) {
        return html! { { words::NOTHING } };
    }
    let path = place_of(step);
    match props.finds.emit(path) {
        Found::Open => link(path, Some(classes!("front__link")), words::way(step)),
        Found::OthersOnly => html! { { words::ASK_ADMIN } },
        Found::Nowhere => html! { { words::ASK_OPERATOR } },
    }
}

/// All lists on one page of A4: on paper only.
fn sheet(setup: &Setup) -> Html {
    let row = |row: &StepRow| {
        let mark = if row.state == StepState::Done { "☑" } else { "☐" };
        html! { <li>{ format!("{mark} {} … {}", words::step(row.step), words::state(row)) }</li> }
    };
    html! {
        <section class="sheet setup-sheet" aria-hidden="true">
            <p class="sheet__heading">{ words::TITLE }</p>
            <p class="sheet__for">{ &setup.institution_name }</p>
            <p class="sheet__note">{ format!("{}: {}", words::PRINTED, setup.now.jst_minute_text()) }</p>
            { for setup.lists.iter().map(|list| html! {
                <>
                    <p class="sheet__title">{ format!("{} … {}", words::of(list.of), words::verdict(list)) }</p>
                    <ul>{ for list.rows.iter().map(row) }</ul>
                </>
            }) }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use shared::api::Code;
    use shared::api::setup::LISTS;

    use super::*;
    use crate::drawn::{day, draw, has, refused, user};

    fn row(step: Step, state: StepState) -> StepRow {
        StepRow { step, state, at: (state == StepState::Done).then(|| day("2026-11-30").at_jst(9, 5)), by: None }
    }

    fn setup(rows: Vec<StepRow>, is_on: bool) -> Setup {
        let lists = vec![SetupList { of: SetupUse::HomeVisit, is_on, rows }];
        Setup { lists, institution_name: "ひなた".to_owned(), may_tick: true, now: day("2026-11-30").at_jst(9, 30) }
    }

    async fn shown(setup: Setup, found: Found) -> String {
        draw(move || {
            let finds = Callback::from(move |_: &'static str| found);
            html! { <SetupView remote={Remote::Here(setup)} {finds} /> }
        })
        .await
    }

    #[tokio::test]
    async fn each_missing_step_has_one_way_on() {
        let rows = vec![row(Step::Switch, StepState::Done), row(Step::Account, StepState::NotYet), row(Step::Device, StepState::NotHere)];
        let html = shown(setup(rows.clone(), true), Found::Open).await;
        for expected in ["訪問診療等・訪問看護", "あと1つです。", "済み(2026/11/30 09:05)", "まだです", "端末の登録は次の版でできます"]
        {
            has(&html, expected);
        }
        assert_eq!(html.matches("href=").count(), 1, "one for what is missing");
        has(&html, "href=\"/o/accounts/new\"");
        has(&html, "data-ready=\"false\"");
        for (found, said) in [(Found::OthersOnly, words::ASK_ADMIN), (Found::Nowhere, words::ASK_OPERATOR)] {
            let html = shown(setup(rows.clone(), true), found).await;
            has(&html, said);
            assert!(!html.contains("href="));
        }
    }

    #[tokio::test]
    async fn a_ready_list_and_one_that_is_not_used_say_so() {
        let ready = vec![row(Step::Switch, StepState::Done), row(Step::Device, StepState::NotHere)];
        let html = shown(setup(ready, true), Found::Open).await;
        has(&html, "準備ができています。");
        has(&html, "data-ready=\"true\"");
        has(&shown(setup(vec![row(Step::Switch, StepState::NotYet)], false), Found::Open).await, "今は使っていません。");
        has(&shown(setup(vec![row(Step::Switch, StepState::NotHere)], false), Found::Open).await, "この版ではまだ使えません。");
    }

    #[tokio::test]
    async fn only_what_cannot_be_measured_is_ticked_and_with_whom() {
        for (_, steps) in LISTS {
            for step in steps {
                let html = shown(setup(vec![row(*step, StepState::NotYet)], true), Found::Open).await;
                assert_eq!(html.contains("id=\"tick-"), step.is_by_hand(), "{step:?}");
            }
        }
        let ticked = StepRow { by: Some(user()), ..row(Step::CertificateCopy, StepState::Done) };
        has(&shown(setup(vec![ticked], true), Found::Open).await, "kanri1さんの記録");
    }

    #[tokio::test]
    async fn the_sheet_has_every_step_with_its_box() {
        let rows = vec![row(Step::Switch, StepState::Done), row(Step::Account, StepState::NotYet)];
        let html = shown(setup(rows, true), Found::Open).await;
        let sheet = html.split("setup-sheet").nth(1).unwrap();
        for expected in ["ひなた", "2026/11/30 09:30", "☑ 機能を", "☐ 使う人の"] {
            has(sheet, expected);
        }
    }

    #[tokio::test]
    async fn loading_and_failure_are_said() {
        let finds = || Callback::from(|_: &'static str| Found::Open);
        has(&draw(move || html! { <SetupView remote={Remote::Loading} finds={finds()} /> }).await, "読み込んでいます");
        has(&draw(move || html! { <SetupView remote={Remote::Failed(refused(Code::X01))} finds={finds()} /> }).await, "もう一度");
    }
}
