//! `uketsuke-server audit verify`: whether an exported audit log is whole and unchanged.

use server::command_line::VerifyAudit;
use server::config::PostgresAt;
use server::export::audit::{Checked, verify};
use server::identity::Mode;
use server::store::audit::hash_at;
use server::tenant::Tenant;
use server::trouble::Trouble;

use crate::database::open_database;
use crate::say;

/// Runs the command.
pub(crate) async fn run(args: VerifyAudit) -> Result<(), Trouble> {
    let bytes = std::fs::read(&args.file)
        .map_err(|why| Trouble::usage(format!("{} cannot be read", args.file.display()), "check the name of the file").because(why))?;
    let Checked { rows, last, faults } = verify(&bytes);
    for fault in &faults {
        say(&fault.to_string());
    }
    if !faults.is_empty() {
        return Err(Trouble::usage(
            format!("the file is not as it was exported: {} faults", faults.len()),
            "save it once more from 操作履歴 and compare; spreadsheets change a file that they save",
        ));
    }
    let Some(last) = last else {
        say("0 rows: nothing to check");
        return Ok(());
    };
    if let Some(data) = &args.database.data {
        let postgres = args.database.database_url.clone().map(|url| PostgresAt { url, ca: args.database.database_ca.clone() });
        let mode = if args.database.demo { Mode::Demo } else { Mode::Production };
        let db = open_database(data, postgres.as_ref(), mode).await?;
        let (tenant, place) = (Tenant::of_operator(&last.institution), last.place);
        let kept = db.read(move |tx| hash_at(tx, &tenant, place)).await;
        db.close().await;
        let kept = kept.map_err(|why| Trouble::machine("the database cannot be read", "check rights and space of --data").because(why))?;
        if kept != Some(last.hash) {
            return Err(Trouble::usage(
                format!("row {place} of {} is not what the database has: file and database were not made together", last.institution),
                "compare with a file that was saved earlier",
            ));
        }
        say(&format!("{rows} rows whole and unchanged, as the database has them"));
        return Ok(());
    }
    say(&format!("{rows} rows whole and unchanged (not compared with the database: --data DIR)"));
    Ok(())
}
