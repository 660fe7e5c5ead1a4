//! `export`: files for other programs.

use server::clock::Clock;
use server::command_line::ExportCommand;
use server::export;
use server::trouble::Trouble;

use crate::database::open_institution;

/// Does it.
pub(crate) async fn run(command: ExportCommand) -> Result<(), Trouble> {
    let ExportCommand::Face(face) = command;
    let (db, tenant) = open_institution(&face.at).await?;
    let outcome = export::command::run(&db, &tenant, &face, Clock::machine().now()).await;
    db.close().await;
    outcome
}
