//! `uketsuke-server desk …`: support desks for all institutions (N181). Every change leaves an audit row of the actor `operator`.

use server::clock::Clock;
use server::command_line::{DeskArgs, DeskCommand};
use server::random::Random;
use server::store::db::Db;
use server::store::desk::{DeskRecord, add, common, remove};
use server::store::{AuditEntry, DeskId, StoreError, audit};
use server::trouble::Trouble;
use shared::api::Endpoint as _;
use shared::api::desk::{AddDesk, RemoveDesk};
use shared::domain::calendar::UnixMs;
use shared::domain::desk::{ClosedDays, Desk, Hours, OpenHours, Standing, standing};
use shared::domain::note::Note;

use crate::database::open_existing;
use crate::say;

/// Runs one command.
pub(crate) async fn run(command: DeskCommand) -> Result<(), Trouble> {
    let (DeskCommand::Add { at, .. } | DeskCommand::List { at } | DeskCommand::Remove { at, .. }) = &command;
    let db = open_existing(&at.database, at.demo).await?;
    let outcome = on(&db, &command).await;
    db.close().await;
    outcome
}

async fn on(db: &Db, command: &DeskCommand) -> Result<(), Trouble> {
    let now = Clock::machine().now();
    match command {
        DeskCommand::Add { desk, .. } => {
            let desk = desk_of(desk)?;
            if desk.name.is_empty() {
                return Err(Trouble::usage("--name is empty", "say what the desk is called"));
            }
            let random = Random::machine().bytes();
            let random = random.map_err(|why| Trouble::machine("the machine gives no random numbers", "try again").because(why))?;
            let record = DeskRecord { id: DeskId::new(now, random), is_common: true, desk };
            let entry = AuditEntry::of_operator_to(now, None, AddDesk::NAME, record.id.as_str());
            let added = record.clone();
            let written = db.write(move |tx| {
                add(tx, None, &added.id, &added.desk, now, None)?;
                audit::add(tx, &entry)
            });
            written.await.map_err(unwritten)?;
            say(&line(&record, now));
        }
        DeskCommand::List { .. } => {
            db.read(common).await.map_err(unread)?.iter().for_each(|record| say(&line(record, now)));
        }
        DeskCommand::Remove { id, .. } => {
            let no_such = || Trouble::usage("there is no such desk of the operator", "see its ID with `uketsuke-server desk list`");
            let id = DeskId::parse(id).ok_or_else(no_such)?;
            let entry = AuditEntry::of_operator_to(now, None, RemoveDesk::NAME, id.as_str());
            let removed = db.write(move |tx| {
                let is_there = remove(tx, None, &id)?;
                if is_there {
                    audit::add(tx, &entry)?;
                }
                Ok(is_there)
            });
            if !removed.await.map_err(unwritten)? {
                return Err(no_such());
            }
            say("removed");
        }
    }
    Ok(())
}

fn desk_of(args: &DeskArgs) -> Result<Desk, Trouble> {
    let (weekdays, saturday, sunday) = (
        hours("--weekdays", args.weekdays.as_deref())?,
        hours("--saturday", args.saturday.as_deref())?,
        hours("--sunday", args.sunday.as_deref())?,
    );
    let week = [weekdays, weekdays, weekdays, weekdays, weekdays, saturday, sunday];
    let closed = args.closed.iter().map(|days| {
        ClosedDays::from_typed(days).map_err(|_| Trouble::usage("--closed names no days of the year", "for example --closed 12/29-1/3"))
    });
    let closed = closed.collect::<Result<_, _>>()?;
    let pause = hours("--pause", args.pause.as_deref())?;
    let open = OpenHours { week, is_closed_on_holidays: args.closed_on_holidays, closed, pause };
    let repair = hours("--repair", args.repair.as_deref())?.map(|hours| OpenHours { week: [Some(hours); 7], ..OpenHours::default() });
    Ok(Desk {
        name: note("--name", &args.name)?,
        about: note("--about", &args.about)?,
        number: note("--number", &args.number)?,
        mail: note("--mail", &args.mail)?,
        mail_subject: note("--mail-subject", &args.mail_subject)?,
        hours: open.week.iter().any(Option::is_some).then_some(open),
        repair_hours: repair,
        at_hand: note("--at-hand", &args.at_hand)?,
        parts: args.part.clone(),
    })
}

fn hours(option: &str, text: Option<&str>) -> Result<Option<Hours>, Trouble> {
    let read = |text| Hours::from_typed(text).map_err(|why| Trouble::usage(format!("{option}: {why}"), "for example 9:00-17:30"));
    text.map(read).transpose()
}

fn note<const MAX: usize>(option: &str, text: &str) -> Result<Note<MAX>, Trouble> {
    Note::try_from(text).map_err(|why| Trouble::usage(format!("{option}: {why}"), "give a shorter text, without any person's number"))
}

/// ID, name, number, hours with whether anybody answers now.
fn line(record: &DeskRecord, now: UnixMs) -> String {
    let Desk { name, number, hours, .. } = &record.desk;
    let hours = hours.as_ref().map_or_else(
        || "-".to_owned(),
        |hours| {
            let is_open = matches!(standing(hours, now), Standing::Open { .. });
            format!("{} ({})", hours.words(), if is_open { "open" } else { "closed" })
        },
    );
    format!("{}\t{}\t{}\t{hours}", record.id.as_str(), name.as_str(), number.as_str())
}

fn unread(why: StoreError) -> Trouble {
    Trouble::machine("the database cannot be read", "check rights and space of --data").because(why)
}

fn unwritten(why: StoreError) -> Trouble {
    Trouble::machine("the database took no change", "check rights and space of --data").because(why)
}
