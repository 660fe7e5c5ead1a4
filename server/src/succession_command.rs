//! `succession`: the operator plans a change of an institution's code, calls it off, lists what is planned (OT-30, N187).

use server::clock::Clock;
use server::command_line::{StartSuccession, SuccessionCommand};
use server::identity::Mode;
use server::rule::succession::{NotPlanned, cancel, start};
use server::store::StoreError;
use server::store::db::Db;
use server::store::succession::{Record, all};
use server::tenant::Tenant;
use server::trouble::Trouble;
use shared::api::succession::Reason;
use shared::domain::calendar::CivilDate;
use shared::domain::institution::InstitutionCode;

use crate::database::{open_database, open_institution};
use crate::say;

/// Runs one command.
pub(crate) async fn run(command: SuccessionCommand) -> Result<(), Trouble> {
    match command {
        SuccessionCommand::Start(of) => plan(of).await,
        SuccessionCommand::Cancel { at } => {
            let (db, tenant) = open_institution(&at).await?;
            let now = Clock::machine().now();
            let cancelled = db.write(move |tx| cancel(tx, &tenant, now)).await;
            db.close().await;
            if cancelled.map_err(failed)? {
                say("called off: nothing changes");
                return Ok(());
            }
            Err(Trouble::usage("no change of this institution's code is planned", "see `uketsuke-server succession list`"))
        }
        SuccessionCommand::List { database, demo } => {
            let mode = if demo { Mode::Demo } else { Mode::Production };
            let db = open_database(&database.data, database.postgres().as_ref(), mode).await?;
            let found = db.read(all).await;
            db.close().await;
            found.map_err(failed)?.iter().for_each(|record| say(&line(record)));
            Ok(())
        }
    }
}

fn failed(why: StoreError) -> Trouble {
    Trouble::machine("the database took no change", "check rights and space of --data").because(why)
}

/// Former code, new code, first day, reason, state, separated by tabs.
fn line(record: &Record) -> String {
    let change = &record.change;
    let state = match (record.cancelled_at, change.done_at, &change.items) {
        (Some(_), ..) => "called off",
        (None, Some(_), _) => "done",
        (None, None, Some(_)) => "planned, chosen",
        (None, None, None) => "planned, nothing chosen yet",
    };
    format!("{}\t{}\t{}\t{}\t{state}", record.institution, change.new_code, change.from, change.reason.letter())
}

/// One change, as it is planned.
struct Wanted {
    former: String,
    new: InstitutionCode,
    from: CivilDate,
    reason: Reason,
}

fn wanted(former: &str, new: &str, from: &str, reason: &str) -> Result<Wanted, Trouble> {
    let bad = |what: &str, next: &str| Trouble::usage(what.to_owned(), next.to_owned());
    Ok(Wanted {
        former: former.to_owned(),
        new: InstitutionCode::from_pasted(new).map_err(|why| bad(&format!("{new} is no institution code: {why}"), "ten digits"))?,
        from: CivilDate::try_from(from).map_err(|_| bad(&format!("{from} is no day"), "for example --from 2027-04-01"))?,
        reason: Reason::of_letter(reason).ok_or_else(|| bad(&format!("{reason} is no reason"), "one of A, B, C, D, E (N187)"))?,
    })
}

/// Plans one change, or all of a file: then all or none.
async fn plan(of: StartSuccession) -> Result<(), Trouble> {
    let mut all = Vec::new();
    match (&of.file, &of.institution, &of.new_code, &of.from, &of.reason) {
        (Some(file), None, None, None, None) => {
            let unread = |why: csv::Error| {
                Trouble::usage(
                    format!("{} cannot be read: {why}", file.display()),
                    "four columns: old, new, from, reason; a first line with these names",
                )
            };
            let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(file).map_err(unread)?;
            for (place, row) in reader.records().enumerate() {
                let row = row.map_err(unread)?;
                let cell = |column: usize| row.get(column).unwrap_or_default();
                let one = wanted(cell(0), cell(1), cell(2), cell(3))
                    .map_err(|why| Trouble { error: format!("line {}: {}", place + 2, why.error), ..why })?;
                all.push(one);
            }
        }
        (None, Some(former), Some(new), Some(from), Some(reason)) => all.push(wanted(former, new, from, reason)?),
        _ => {
            return Err(Trouble::usage(
                "a change needs --institution, --new-code, --from and --reason, or --file alone",
                "for example --institution 9919900002 --new-code 9919900010 --from 2027-04-01 --reason A",
            ));
        }
    }
    let mode = if of.demo { Mode::Demo } else { Mode::Production };
    let db = open_database(&of.database.data, of.database.postgres().as_ref(), mode).await?;
    let outcome = plan_all(&db, &all).await;
    db.close().await;
    outcome?;
    for one in &all {
        say(&format!("{}\t{}\t{}\t{}\tplanned", one.former, one.new, one.from, one.reason.letter()));
    }
    say("The admin chooses what follows under 機関コードの変更(承継); on its day the change happens by itself.");
    Ok(())
}

async fn plan_all(db: &Db, all: &[Wanted]) -> Result<(), Trouble> {
    let now = Clock::machine().now();
    let mut planned = Vec::new();
    for one in all {
        let former = InstitutionCode::from_pasted(&one.former)
            .map_err(|why| Trouble::usage(format!("{} is no institution code: {why}", one.former), "ten digits"))?;
        planned.push((Tenant::of_operator(&former), one.new.clone(), one.from, one.reason));
    }
    let outcome = db.write(move |tx| {
        for (place, (tenant, new, from, reason)) in planned.iter().enumerate() {
            if let Err(why) = start(tx, tenant, new, *from, *reason, now)? {
                // All or none: an error undoes what was planned before it.
                return Err(StoreError::Database(Box::new(Line { place: place + 1, why })));
            }
        }
        Ok(())
    });
    outcome.await.map_err(|why| match &why {
        StoreError::Database(inner) if inner.is::<Line>() => {
            Trouble::usage(inner.to_string(), "nothing was planned; correct it and run it again")
        }
        _ => failed(why),
    })
}

/// Which of several changes is refused, and why.
#[derive(Debug, thiserror::Error)]
#[error("change {place}: {why}")]
struct Line {
    place: usize,
    why: NotPlanned,
}
