//! What OT-5 shows above its menu: notices, what is to be done, the two ways to check, today's restart (N060, N061, X50).

use shared::api::home::{Home, HomeView, Restart, Restarted, Task};
use shared::api::notice::{Importance, NoticeRow};
use yew::prelude::*;

use crate::part::send_form::form_failure;
use crate::part::{Button, LiveRegion, Notice, Panel, Tone, link};
use crate::remote::{Remote, use_get};
use crate::text::office::{self as text, front as words};
use crate::use_call::{Progress, use_call};

/// Says which ways to check there are.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct FrontProps {
    /// The entries of N061 whose screens exist.
    pub(crate) checks: Html,
}

/// The front of the account that is in.
#[component]
pub(crate) fn Front(props: &FrontProps) -> Html {
    let (remote, on_retry) = use_get(Home);
    let restarted = use_call::<Restarted>();
    let said = use_state(|| None::<Restart>);
    let onrestart = {
        let (restarted, said) = (restarted.clone(), said.clone());
        Callback::from(move |()| {
            let said = said.clone();
            restarted.start(Restarted, (), move |outcome| {
                if let Ok(restart) = outcome {
                    said.set(Some(restart));
                }
            });
        })
    };
    html! {
        <FrontView {remote} restarted={(*said).clone()} restarting={restarted.progress()} {onrestart} {on_retry} checks={props.checks.clone()} />
    }
}

/// Everything that the front shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct FrontViewProps {
    /// What the server says.
    pub(crate) remote: Remote<HomeView>,
    /// The restart as it was said since.
    #[prop_or_default]
    pub(crate) restarted: Option<Restart>,
    /// How far 「再起動しました」 has come.
    #[prop_or_default]
    pub(crate) restarting: Progress,
    /// Called on 「再起動しました」.
    #[prop_or_default]
    pub(crate) onrestart: Callback<()>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
    /// The entries of N061.
    #[prop_or_default]
    pub(crate) checks: Html,
}

/// The parts side by side, one below the other on a tablet.
#[component]
pub(crate) fn FrontView(props: &FrontViewProps) -> Html {
    props.remote.view(&props.on_retry, |home| {
        let restart = props.restarted.as_ref().unwrap_or(&home.restart);
        html! {
            <div class="front">
                <div class="front__part">
                    { tasks(&home.tasks) }
                    { restart_of(restart, props) }
                </div>
                <div class="front__part">
                    { notices(home) }
                    { props.checks.clone() }
                </div>
            </div>
        }
    })
}

fn tasks(tasks: &[Task]) -> Html {
    html! {
        <Panel title={words::TASKS} class="front__tasks">
            if tasks.is_empty() {
                <p>{ words::NO_TASKS }</p>
            } else {
                <ul>
                    { for tasks.iter().map(|task| {
                        let (said, path) = words::task(*task);
                        html! { <li>{ link(path, Some(classes!("front__link")), said) }</li> }
                    }) }
                </ul>
            }
        </Panel>
    }
}

fn notices(home: &HomeView) -> Html {
    html! {
        <Panel title={words::NOTICES} class="front__notices">
            if home.unread > 0 {
                <p class="front__unread">{ words::unread(home.unread) }</p>
            }
            if home.notices.is_empty() {
                <p>{ words::NO_NOTICES }</p>
            } else {
                <ul>{ for home.notices.iter().map(notice) }</ul>
            }
            <p>{ link("/o/notices", Some(classes!("front__link")), words::ALL_NOTICES) }</p>
        </Panel>
    }
}

fn notice(row: &NoticeRow) -> Html {
    let path = format!("/o/notices/of/{}", row.id);
    html! {
        <li>
            { link(&path, Some(classes!("front__link")), row.title.as_str().to_owned()) }
            <span class="front__about">
                if row.importance == Importance::High {
                    <strong>{ row.importance.label() }</strong>{ "　" }
                }
                { words::day(row.from) }
                if !row.is_read {
                    { "　" }<strong>{ words::UNREAD }</strong>
                }
            </span>
        </li>
    }
}

fn restart_of(restart: &Restart, props: &FrontViewProps) -> Html {
    let (tone, title) = if restart.is_today { (Tone::Good, words::RESTARTED) } else { (Tone::Info, words::RESTART_MISSING) };
    let failed = props.restarting.refusal.as_ref().map(|refusal| form_failure(&text::refusal(refusal)));
    html! {
        <Panel title={words::RESTART} class="front__restart">
            <LiveRegion>
                <Notice {tone} title={title} code={(!restart.is_today).then_some("U-X50")}>
                    if let Some(said) = words::restarted(restart) {
                        <p>{ said }</p>
                    }
                </Notice>
            </LiveRegion>
            <p>{ words::RESTART_WHY }</p>
            if !restart.is_today {
                <p>{ words::RESTART_UNMEASURED }</p>
                { failed.unwrap_or_default() }
                <Button id="restarted" is_off={props.restarting.is_busy} onpress={props.onrestart.clone()}>
                    { if props.restarting.is_busy { text::frame::BUSY } else { words::RESTARTED } }
                </Button>
            }
        </Panel>
    }
}

#[cfg(test)]
mod tests {
    use shared::api::Code;
    use shared::api::home::TaskKind;
    use shared::api::notice::NoticeState;

    use super::*;
    use crate::drawn::{day, draw, has, refused, user};

    fn row(id: &str, importance: Importance, is_read: bool) -> NoticeRow {
        let (from, until) = (day("2026-11-30"), None);
        NoticeRow {
            id: id.to_owned(),
            title: format!("題名{id}").as_str().try_into().unwrap(),
            importance,
            by: None,
            from,
            until,
            state: NoticeState::Shown,
            is_read,
        }
    }

    fn home(tasks: Vec<Task>, notices: Vec<NoticeRow>, restart: Restart) -> Remote<HomeView> {
        Remote::Here(HomeView {
            unread: u32::try_from(notices.iter().filter(|row| !row.is_read).count()).unwrap(),
            notices,
            tasks,
            restart,
        })
    }

    fn not_today() -> Restart {
        Restart { said_at: Some(day("2026-11-29").at_jst(8, 30)), said_by: Some(user()), is_today: false }
    }

    #[tokio::test]
    async fn notices_tasks_and_the_restart_are_said() {
        let tasks = [TaskKind::Setup, TaskKind::Notices, TaskKind::FirstLogins, TaskKind::Codes];
        let tasks = tasks.into_iter().zip(2..).map(|(kind, count)| Task { kind, count }).collect();
        let rows = vec![row("a", Importance::High, false), row("b", Importance::Normal, true)];
        let html = draw(move || html! { <FrontView remote={home(tasks, rows, not_today())} /> }).await;
        for expected in [
            "準備がまだのものが2つあります",
            "href=\"/o/setup\"",
            "読んでいないお知らせが3件あります",
            "アカウントが4件あります",
            "アクティベーションコードが5件あります",
            "href=\"/o/codes\"",
            "未読 1件",
            "href=\"/o/notices/of/a\"",
            "重要",
            "本日の再起動がまだです。",
            "U-X50",
            "先にこの端末、次にレセコン",
            "2026/11/29 08:30",
            "id=\"restarted\"",
        ] {
            has(&html, expected);
        }
        assert_eq!(html.matches("未読</strong>").count(), 1, "b was read");
    }

    #[tokio::test]
    async fn nothing_to_do_and_a_restart_of_today_ask_for_nothing() {
        let today = Restart { is_today: true, ..not_today() };
        let html = draw(move || html! { <FrontView remote={home(Vec::new(), Vec::new(), not_today())} restarted={Some(today)} /> }).await;
        for expected in [words::NO_TASKS, words::NO_NOTICES, "再起動しました"] {
            has(&html, expected);
        }
        assert!(!html.contains("id=\"restarted\"") && !html.contains("未読") && !html.contains("U-X50"));
    }

    #[tokio::test]
    async fn loading_and_failure_are_said() {
        has(&draw(|| html! { <FrontView remote={Remote::Loading} /> }).await, "読み込んでいます");
        let failed = draw(|| html! { <FrontView remote={Remote::Failed(refused(Code::X01))} /> }).await;
        has(&failed, "もう一度");
    }
}
