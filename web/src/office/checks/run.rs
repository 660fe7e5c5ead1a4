//! OT-35: one run of 資格情報一括照会, how far it is, and its result.

use gloo_timers::callback::Timeout;
use shared::api::bulk_check::{BulkCheckResult, BulkCheckState, BulkRun, RunState, StopBulkCheck};
use yew::prelude::*;

use crate::office::save_file::SaveFile;
use crate::part::{Button, Confirm, DefinitionList, Panel, Progress, Row};
use crate::remote::{Remote, use_get};
use crate::text::office::{self as text, bulk_checks as words, checks};
use crate::use_call::{Progress as Pressed, use_call};

/// While it runs, it is looked at so often, milliseconds.
const LOOK_EVERY_MS: u32 = 3_000;

/// Says which run.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OneRunProps {
    /// Its id.
    pub(crate) id: String,
}

/// The run of the address; one that goes on is looked at again and again.
#[component]
pub(crate) fn OneRun(props: &OneRunProps) -> Html {
    let (remote, on_retry) = use_get(BulkCheckState { run: (&props.id).into() });
    // What was seen last stays while the next look is on its way.
    let seen = use_state(|| None::<BulkRun>);
    let is_asking = use_state(|| false);
    let stop = use_call::<StopBulkCheck>();
    use_effect_with(remote.clone(), {
        let (seen, on_retry) = (seen.clone(), on_retry.clone());
        move |remote| {
            let mut next = None;
            if let Remote::Here(run) = remote {
                if run.state == RunState::Running {
                    next = Some(Timeout::new(LOOK_EVERY_MS, move || on_retry.emit(())));
                }
                seen.set(Some(run.clone()));
            }
            move || drop(next)
        }
    });
    let onask = {
        let (is_asking, stop) = (is_asking.clone(), stop.clone());
        Callback::from(move |asks: bool| {
            stop.forget();
            is_asking.set(asks);
        })
    };
    let onstop = {
        let (stop, is_asking, on_retry, id) = (stop.clone(), is_asking.clone(), on_retry.clone(), props.id.clone());
        Callback::from(move |()| {
            let (is_asking, on_retry) = (is_asking.clone(), on_retry.clone());
            stop.start(StopBulkCheck { run: (&id).into() }, (), move |outcome| {
                if outcome.is_ok() {
                    is_asking.set(false);
                    on_retry.emit(());
                }
            });
        })
    };
    let remote = match (&remote, &*seen) {
        (Remote::Loading, Some(run)) => Remote::Here(run.clone()),
        _ => remote,
    };
    html! { <RunView {remote} asking={is_asking.then(|| stop.progress())} {onask} {onstop} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct RunViewProps {
    pub(super) remote: Remote<BulkRun>,
    /// Set while it is asked whether to stop.
    #[prop_or_default]
    pub(super) asking: Option<Pressed>,
    #[prop_or_default]
    pub(super) onask: Callback<bool>,
    #[prop_or_default]
    pub(super) onstop: Callback<()>,
    #[prop_or_default]
    pub(super) on_retry: Callback<()>,
}

/// Progress, counts, and the file.
#[component]
pub(super) fn RunView(props: &RunViewProps) -> Html {
    props.remote.view(&props.on_retry, |run| filled(props, run))
}

fn filled(props: &RunViewProps, run: &BulkRun) -> Html {
    let mut rows = vec![Row::text(words::STATE, run.state.label()), Row::text(words::STARTED, checks::minute(run.started_at))];
    rows.extend(run.ended_at.map(|at| Row::text(words::ENDED, checks::minute(at))));
    rows.push(Row::text(words::BY, run.started_by.to_string()));
    let mut counts: Vec<Row> = run.verdicts.iter().map(|(verdict, count)| Row::text(verdict.label(), words::people(*count))).collect();
    if run.several_people > 0 {
        counts.push(Row::text(words::SEVERAL, words::people(run.several_people)));
    }
    if run.faulty > 0 {
        counts.push(Row::text(words::FAULTY, words::people(run.faulty)));
    }
    let is_running = run.state == RunState::Running;
    html! {
        <>
            <Progress label={words::PROGRESS} done={run.done} total={run.total} />
            if is_running {
                <p>{ words::GOES_ON }</p>
            }
            <Panel><DefinitionList {rows} /></Panel>
            <Panel title={words::VERDICTS}>
                <DefinitionList rows={counts} />
                if run.several_people > 0 {
                    <p>{ words::SEVERAL_NEXT }</p>
                }
                <p>{ words::of(run.done, run.total) }</p>
                <SaveFile<BulkCheckResult> id="bulk-check-save" endpoint={BulkCheckResult { run: (&run.id).into() }} request={()} make={words::SAVE} />
            </Panel>
            <p>{ words::kept() }</p>
            if is_running {
                <p class="actions"><Button id="bulk-check-stop" onpress={props.onask.reform(|()| true)}>{ words::STOP }</Button></p>
            }
            if let Some(asking) = &props.asking {
                <Confirm id="bulk-check-stop-ask" title={words::STOP_TITLE} act={words::STOP} is_busy={asking.is_busy}
                    failed={asking.refusal.as_ref().map(text::refusal)} onact={props.onstop.reform(|_: String| ())}
                    onclose={props.onask.reform(|()| false)}>
                    <p>{ words::STOP_ABOUT }</p>
                </Confirm>
            }
        </>
    }
}
