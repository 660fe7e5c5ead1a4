//! OT-37 バックアップと復元: how the backups stand, and how to restore one, to be printed.

use shared::api::backup::{BackupOutcome, BackupRow, BackupState, BackupStatus, Backups};
use yew::prelude::*;

use crate::part::copy::print;
use crate::part::definitions::Row;
use crate::part::table::{Column, Line};
use crate::part::{Button, DefinitionList, Notice, Panel, Table, Tone};
use crate::remote::{Remote, use_get};
use crate::text::office::backups as words;

/// OT-37 of the account that is in.
#[component]
pub(crate) fn BackupsScreen() -> Html {
    let (remote, on_retry) = use_get(Backups);
    view(&remote, &on_retry)
}

fn view(remote: &Remote<BackupStatus>, on_retry: &Callback<()>) -> Html {
    html! {
        <>
            <p>{ words::LEAD }</p>
            { remote.view(on_retry, shown) }
            <Panel title={words::HOW}>
                <p>{ words::HOW_WHEN }</p>
                <ol>{ for words::STEPS.iter().map(|step| html! { <li>{ *step }</li> }) }</ol>
                <p class="actions on-screen"><Button id="backups-print" onpress={Callback::from(|()| print())}>{ words::PRINT }</Button></p>
            </Panel>
        </>
    }
}

fn shown(of: &BackupStatus) -> Html {
    let (title, next) = words::state(of.state);
    let tone = match of.state {
        BackupState::Good => Tone::Good,
        BackupState::Untried => Tone::Warn,
        BackupState::NotSetUp | BackupState::Old => Tone::Bad,
    };
    let columns = words::COLUMNS.map(Column::words).to_vec();
    html! {
        <>
            <Notice {tone} {title} role={of.state.is_bad().then_some("alert")}><p>{ next }</p></Notice>
            <Panel title={words::STATUS}><DefinitionList rows={facts(of)} /></Panel>
            <Table caption={words::LIST} scrolls={words::SCROLLS} {columns} lines={of.rows.iter().map(line).collect::<Vec<_>>()}
                empty={html! { <Notice title={words::EMPTY}><p>{ words::EMPTY_NEXT }</p></Notice> }} />
        </>
    }
}

fn facts(of: &BackupStatus) -> Vec<Row> {
    let text = |name: &'static str, value: Option<String>| Row::text(name, value.unwrap_or_else(|| words::NONE_YET.to_owned()));
    let good = of.last_good.as_ref();
    let next = match of.next_at {
        None => words::NO_PLAN.to_owned(),
        Some(at) if at <= of.now => words::NOW.to_owned(),
        Some(at) => at.jst_minute_text(),
    };
    let trial = of.last_trial.as_ref().map(|trial| words::trial(&trial.at.jst_minute_text(), words::outcome(trial.outcome)));
    vec![
        text(words::LAST_GOOD, good.map(|row| row.made_at.jst_minute_text())),
        text(words::AGE, good.map(|row| words::age(of.now.0 - row.made_at.0))),
        text(words::PLACE, of.place.clone().or_else(|| good.map(|row| row.place.clone()))),
        text(words::FILE, good.and_then(|row| row.file.clone())),
        text(words::SIZE, good.and_then(|row| row.bytes).map(words::size)),
        Row::text(words::NEXT, next),
        Row::text(words::EVERY, words::every(of.every_ms, of.kept_ms)),
        text(words::TRIAL, trial),
    ]
}

fn line(row: &BackupRow) -> Line {
    let size = row.bytes.map(words::size).unwrap_or_default();
    let outcome = match row.outcome {
        BackupOutcome::Ok => html! { { words::outcome(row.outcome) } },
        failed => html! { <strong>{ words::outcome(failed) }</strong> },
    };
    let file = row.file.clone().unwrap_or_default();
    Line {
        key: format!("{}", row.made_at.0).into(),
        cells: vec![html! { { row.made_at.jst_minute_text() } }, outcome, html! { { file } }, html! { { size } }],
    }
}

#[cfg(test)]
mod tests {
    use shared::api::Code;
    use shared::api::backup::BackupTrial;
    use shared::domain::calendar::UnixMs;

    use super::*;
    use crate::drawn::{day, draw, has, refused};

    fn status(state: BackupState, rows: Vec<BackupRow>) -> BackupStatus {
        let now = day("2026-11-30").at_jst(12, 0);
        let last_trial = Some(BackupTrial { at: now, of: now, outcome: BackupOutcome::Ok });
        let last_good = rows.iter().find(|row| row.outcome == BackupOutcome::Ok).cloned();
        let place = Some("/mnt/backup".to_owned());
        let (every_ms, kept_ms) = (shared::api::backup::BACKUP_EVERY_MS, shared::api::backup::BACKUP_KEPT_MS);
        BackupStatus { state, place, every_ms, kept_ms, next_at: Some(now.plus_ms(3_600_000)), last_good, last_trial, rows, now }
    }

    fn row(at: UnixMs, outcome: BackupOutcome) -> BackupRow {
        let made = outcome == BackupOutcome::Ok;
        let (file, bytes) = (made.then(|| "uketsuke-20261130-100000-000.uks".to_owned()), made.then_some(2_500_000));
        BackupRow { made_at: at, place: "/mnt/backup".to_owned(), file, bytes, outcome }
    }

    async fn drawn(remote: Remote<BackupStatus>) -> String {
        draw(move || view(&remote, &Callback::noop())).await
    }

    #[tokio::test]
    async fn the_last_good_one_its_age_and_how_to_restore_are_said() {
        let at = day("2026-11-30").at_jst(10, 0);
        let rows = vec![row(at.plus_ms(3_600_000), BackupOutcome::Full), row(at, BackupOutcome::Ok)];
        let html = drawn(Remote::Here(status(BackupState::Good, rows))).await;
        for expected in [
            "控えは取れています",
            "2026/11/30 10:00",
            "2時間前",
            "/mnt/backup",
            "uketsuke-20261130-100000-000.uks",
            "約3MB",
            "2026/11/30 13:00",
            "3時間ごとに取り、7日間残します",
            "<strong>置き場所に空きがありません</strong>",
            "uketsuke-server restore --from",
            "id=\"backups-print\"",
        ] {
            has(&html, expected);
        }
        assert!(!html.contains("role=\"alert\""));
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_at_once_and_restoring_stays_readable() {
        for state in [BackupState::NotSetUp, BackupState::Old, BackupState::Untried] {
            let html = drawn(Remote::Here(status(state, Vec::new()))).await;
            has(&html, words::state(state).0);
            has(&html, "role=\"alert\"");
            has(&html, words::EMPTY_NEXT);
        }
        for remote in [Remote::Loading, Remote::Failed(refused(Code::X01))] {
            has(&drawn(remote).await, "uketsuke-server restore --from");
        }
    }

    #[test]
    fn ages_are_in_the_unit_that_says_most() {
        assert_eq!(
            [0, 59, 60, 23 * 60, 24 * 60, 72 * 60].map(|minutes| words::age(minutes * 60_000)),
            ["0分前", "59分前", "1時間前", "23時間前", "1日前", "3日前"]
        );
    }
}
