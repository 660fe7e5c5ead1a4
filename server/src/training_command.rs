//! `training`: an institution for training is filled and emptied by the operator (OT-36, N066).

use server::clock::Clock;
use server::command_line::TrainingCommand;
use server::random::Random;
use server::rule::training::{fill, reset};
use server::store::AuditEntry;
use server::training::invent;
use server::trouble::Trouble;
use shared::api::Endpoint as _;
use shared::api::training::{FillTraining, ResetTraining};

use crate::database::open_institution;
use crate::say;

/// Runs one command.
pub(crate) async fn run(command: TrainingCommand) -> Result<(), Trouble> {
    let (at, is_fill) = match &command {
        TrainingCommand::Fill { at } => (at, true),
        TrainingCommand::Reset { at } => (at, false),
    };
    let (db, tenant) = open_institution(at).await?;
    let now = Clock::machine().now();
    let action = if is_fill { FillTraining::NAME } else { ResetTraining::NAME };
    let entry = AuditEntry::of_operator(now, &tenant, action, tenant.code().as_str());
    let invented = if is_fill { invent(&tenant, &Random::machine(), now, &entry) } else { Ok(Vec::new()) };
    let invented = invented.map_err(|why| Trouble::machine("the machine gives no random numbers", "try again").because(why))?;
    let outcome = db.write(move |tx| if is_fill { fill(tx, &tenant, &invented, &entry) } else { reset(tx, &tenant, &entry) }).await;
    db.close().await;
    match outcome {
        Ok(Ok(status)) => {
            say(&format!("visits    {}\nconsents  {}", status.visits, status.consents));
            Ok(())
        }
        Ok(Err(why)) => Err(Trouble::usage(why.to_string(), "add one for training: `institution add --training`")),
        Err(why) => Err(Trouble::machine("the database took no change", "check rights and space of --data").because(why)),
    }
}
