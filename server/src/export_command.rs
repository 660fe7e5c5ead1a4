//! `export`: files for other programs.

use server::clock::Clock;
use server::command_line::ExportCommand;
use server::export;
use server::store::institution;
use server::trouble::Trouble;

use crate::database::open_institution;

/// Does it.
pub(crate) async fn run(command: ExportCommand) -> Result<(), Trouble> {
    let ExportCommand::Face(face) = command;
    let (db, tenant) = open_institution(&face.at).await?;
    let asked = tenant.clone();
    let found = db.read(move |tx| institution::find_standing(tx, &asked)).await;
    let is_training = found.ok().flatten().is_some_and(|(_, standing)| standing.is_training);
    if is_training != face.training {
        db.close().await;
        return Err(if is_training {
            Trouble::usage(
                "this institution is for training: its people are invented",
                "add --training if the folder is of a レセコン for training",
            )
        } else {
            Trouble::usage("--training: this institution is not for training, its people are real", "leave --training out")
        });
    }
    let outcome = export::command::run(&db, &tenant, &face, Clock::machine().now()).await;
    db.close().await;
    outcome
}
