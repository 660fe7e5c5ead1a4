//! `import`: result files of others.

use server::clock::Clock;
use server::command_line::{ImportCommand, InstitutionAt};
use server::import::run as import;
use server::store::db::Db;
use server::store::institution;
use server::tenant::Tenant;
use server::trouble::Trouble;

use crate::database::open_institution;
use crate::say;

/// Does it.
pub(crate) async fn run(command: ImportCommand) -> Result<(), Trouble> {
    match command {
        ImportCommand::Results(args) => {
            let files = import::found(&args.files)?;
            let (db, tenant) = open(&args.at).await?;
            let outcome = import::take_in(&db, &tenant, &files, args.dry_run, Clock::machine().now()).await;
            db.close().await;
            let report = outcome.map_err(no_change)?;
            import::lines(&report, &files, args.dry_run).iter().for_each(|line| say(line));
            import::verdict(&report)
        }
        ImportCommand::Forget { at } => {
            let (db, tenant) = open(&at).await?;
            let outcome = import::forget(&db, &tenant, Clock::machine().now()).await;
            db.close().await;
            say(&format!("forgotten {}", outcome.map_err(no_change)?));
            Ok(())
        }
    }
}

fn no_change(why: server::store::StoreError) -> Trouble {
    Trouble::machine("the database took no change", "check rights and space of --data, then run it again: it goes on where it stopped")
        .because(why)
}

/// Real people have no place among invented ones, and the invented ones of a demo or of training are not asked for in files.
async fn open(at: &InstitutionAt) -> Result<(Db, Tenant), Trouble> {
    if at.demo {
        return Err(Trouble::usage("a demo has people of its own: nothing is taken in", "leave --demo out, and name a real institution"));
    }
    let (db, tenant) = open_institution(at).await?;
    let asked = tenant.clone();
    let found = db.read(move |tx| institution::find_standing(tx, &asked)).await;
    if found.ok().flatten().is_some_and(|(_, standing)| standing.is_training) {
        db.close().await;
        return Err(Trouble::usage("this institution is for training: its people are invented", "name the real institution"));
    }
    Ok((db, tenant))
}
