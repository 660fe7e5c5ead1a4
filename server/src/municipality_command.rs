//! `uketsuke-server municipality …`: which municipalities are connected for 医療費助成, and since when (P-PMH). None are shipped: who runs
//! the server files the list as it was announced.

use server::clock::Clock;
use server::command_line::MunicipalityCommand;
use server::store::db::Db;
use server::store::subsidy::{municipalities, replace_municipalities};
use server::store::{AuditEntry, StoreError, audit};
use server::trouble::Trouble;
use shared::api::subsidy::IMPORT_MUNICIPALITIES;
use shared::domain::municipality::{BadLine, read_list};

use crate::database::open_existing;
use crate::say;

/// Longest file, in bytes.
const FILE_MAX: u64 = 1024 * 1024;

/// Runs one command.
pub(crate) async fn run(command: MunicipalityCommand) -> Result<(), Trouble> {
    let (MunicipalityCommand::Import { at, .. } | MunicipalityCommand::List { at }) = &command;
    let db = open_existing(&at.database, at.demo).await?;
    let outcome = on(&db, &command).await;
    db.close().await;
    outcome
}

async fn on(db: &Db, command: &MunicipalityCommand) -> Result<(), Trouble> {
    if let MunicipalityCommand::Import { file, .. } = command {
        let next = "give a CSV file in UTF-8 of at most 1 MiB";
        let unread = || Trouble::usage(format!("{} cannot be read", file.display()), next);
        let length = std::fs::metadata(file).map_err(|why| unread().because(why))?.len();
        if length > FILE_MAX {
            return Err(unread());
        }
        let text = std::fs::read_to_string(file).map_err(|why| unread().because(why))?;
        let list = read_list(&text).map_err(|BadLine(line)| {
            let next = "each line is: place with its prefecture, first day, last day or nothing, source";
            Trouble::usage(format!("line {line} of {} is none of a municipality: nothing was changed", file.display()), next)
        })?;
        let now = Clock::machine().now();
        let entry = AuditEntry::of_operator_to(now, None, IMPORT_MUNICIPALITIES, &format!("{} rows", list.len()));
        let written = db.write(move |tx| {
            replace_municipalities(tx, &list, now)?;
            audit::add(tx, &entry)
        });
        written.await.map_err(|why: StoreError| {
            let next = "check that no place stands twice with the same first day, then rights and space of --data";
            Trouble::machine("the database took no change", next).because(why)
        })?;
    }
    let list = db.read(municipalities).await;
    let list = list.map_err(|why| Trouble::machine("the database cannot be read", "check rights and space of --data").because(why))?;
    for one in list {
        let until = one.until.map(|day| day.to_string()).unwrap_or_default();
        say(&format!("{}\t{}\t{until}\t{}", one.place, one.from, one.source));
    }
    Ok(())
}
