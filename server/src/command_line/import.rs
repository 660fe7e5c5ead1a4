//! `import …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::InstitutionAt;

/// What can be taken in.
#[derive(Subcommand)]
pub enum ImportCommand {
    /// Takes in result files (OQSsiquc01res, and answers to bulk requests of visits, online visits and by number): who is new is added, what
    /// changed is changed, what a file does not say stays. The files stay where they are.
    Results(ImportResults),
    /// Forgets everybody who was taken in for an institution. Checks that were made stay.
    Forget {
        /// Whose.
        #[command(flatten)]
        at: InstitutionAt,
    },
}

/// Which files, and for whom.
#[derive(Args)]
pub struct ImportResults {
    /// For whom; a file of another institution is refused.
    #[command(flatten)]
    pub at: InstitutionAt,
    /// Says what would be done, and does nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Files, or folders with such files (names that begin with OQS and end in .xml)
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}
