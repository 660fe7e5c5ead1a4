//! `uketsuke-server maintenance …`: windows for all institutions (OT-24). Every change leaves an audit row of the actor `operator`.

use server::clock::Clock;
use server::command_line::MaintenanceCommand;
use server::random::Random;
use server::rule::maintenance::is_sound;
use server::store::db::Db;
use server::store::maintenance::{add, common, end};
use server::store::{AuditEntry, StoreError, WindowId, audit};
use server::trouble::Trouble;
use shared::api::Endpoint as _;
use shared::api::maintenance::{AddWindow, EndWindow, SHOWN_AFTER_MS, Window, WindowRow};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::maintenance::Span;
use shared::domain::note::Note;

use crate::database::open_existing;
use crate::say;

/// Runs one command.
pub(crate) async fn run(command: MaintenanceCommand) -> Result<(), Trouble> {
    let (MaintenanceCommand::Add { at, .. } | MaintenanceCommand::List { at } | MaintenanceCommand::End { at, .. }) = &command;
    let db = open_existing(&at.database, at.demo).await?;
    let outcome = on(&db, &command).await;
    db.close().await;
    outcome
}

async fn on(db: &Db, command: &MaintenanceCommand) -> Result<(), Trouble> {
    let now = Clock::machine().now();
    match command {
        MaintenanceCommand::Add { part, from, to, still, source, .. } => {
            let window = Window {
                part: *part,
                span: Span { from: instant("--from", from)?, to: instant("--to", to)? },
                still: note("--still", still)?,
                source: note("--source", source)?,
            };
            if !is_sound(&window, now) {
                return Err(Trouble::usage(
                    "there is no such window: it is over, ends before it begins, or lasts longer than 31 days",
                    "check --from and --to: they are times in Japan",
                ));
            }
            let random = Random::machine().bytes();
            let random = random.map_err(|why| Trouble::machine("the machine gives no random numbers", "try again").because(why))?;
            let id = WindowId::new(now, random);
            let entry = AuditEntry::of_operator_to(now, None, AddWindow::NAME, id.as_str());
            let row = WindowRow { id: id.as_str().to_owned(), is_common: true, window: window.clone(), ended_at: None };
            let written = db.write(move |tx| {
                add(tx, None, &id, &window, now, None)?;
                audit::add(tx, &entry)
            });
            written.await.map_err(unwritten)?;
            say(&line(&row, now));
        }
        MaintenanceCommand::List { .. } => {
            let rows = db.read(move |tx| common(tx, now.plus_ms(-SHOWN_AFTER_MS))).await.map_err(unread)?;
            rows.iter().for_each(|row| say(&line(row, now)));
        }
        MaintenanceCommand::End { id, .. } => {
            let no_such =
                || Trouble::usage("there is no such window of the operator", "see its ID with `uketsuke-server maintenance list`");
            let id = WindowId::parse(id).ok_or_else(no_such)?;
            let entry = AuditEntry::of_operator_to(now, None, EndWindow::NAME, id.as_str());
            let ended = db.write(move |tx| {
                let ended = end(tx, None, &id, now)?;
                if ended.is_some() {
                    audit::add(tx, &entry)?;
                }
                Ok(ended)
            });
            say(&line(&ended.await.map_err(unwritten)?.ok_or_else(no_such)?, now));
        }
    }
    Ok(())
}

/// `2026-12-03T22:00`, a time in Japan.
pub(crate) fn instant(option: &str, text: &str) -> Result<UnixMs, Trouble> {
    let read = || {
        let (day, time) = text.split_once(['T', ' '])?;
        let (hour, minute) = time.split_once(':')?;
        let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
        let day = CivilDate::try_from(day).ok()?;
        (hour < 24 && minute < 60).then(|| day.at_jst(hour, minute))
    };
    read().ok_or_else(|| Trouble::usage(format!("{option} is no time"), format!("for example {option} 2026-12-03T22:00")))
}

pub(crate) fn note<const MAX: usize>(option: &str, text: &str) -> Result<Note<MAX>, Trouble> {
    Note::try_from(text).map_err(|why| Trouble::usage(format!("{option}: {why}"), "give a shorter text, without any person's number"))
}

/// ID, state, part, from–to, what still works, source.
fn line(row: &WindowRow, now: UnixMs) -> String {
    let state = match row.ended_at {
        Some(_) => "ended",
        None if row.is_now(now) => "now",
        None if row.window.span.to <= now => "over",
        None => "ahead",
    };
    let Window { part, span, still, source } = &row.window;
    format!("{}\t{state}\t{}\t{}\t{}\t{}", row.id, part.word(), span.words(), still.as_str(), source.as_str())
}

fn unread(why: StoreError) -> Trouble {
    Trouble::machine("the database cannot be read", "check rights and space of --data").because(why)
}

fn unwritten(why: StoreError) -> Trouble {
    Trouble::machine("the database took no change", "check rights and space of --data").because(why)
}
