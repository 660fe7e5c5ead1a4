//! The command line: what the program is told to do, and who does it.

pub mod allow;

use std::process::ExitCode;

use clap::Parser;

use crate::config::Flags;
#[cfg(feature = "deliver")]
use crate::deliver;
#[cfg(feature = "tls")]
use crate::tls;
use crate::{browser_policy, doctor};

/// Offers the card readers of this machine to the pages you allow, on loopback only.
#[derive(Debug, Parser)]
#[command(
    name = "uketsuke-helper",
    version,
    disable_help_subcommand = true,
    override_usage = "uketsuke-helper [--allow-origin <URL>]... [OPTIONS]\n       uketsuke-helper allow | revoke <URL>\n       \
        uketsuke-helper list | doctor\n       uketsuke-helper browser-policy <URL>\n       \
        uketsuke-helper deliver --config <FILE>\n       \
        uketsuke-helper tls install | remove | status",
    after_help = "Examples:
  uketsuke-helper allow https://uketsuke.example
  uketsuke-helper --allow-origin https://uketsuke.example
  uketsuke-helper --allow-origin http://localhost:8080 --reader simulator --simulator-cards cards --simulator-card ichiro:normal

The page does not find the reader?  uketsuke-helper doctor"
)]
pub struct Args {
    /// What to do instead of running.
    #[command(subcommand)]
    command: Option<Command>,
    /// How.
    #[command(flatten)]
    pub flags: Flags,
}

/// What else the program can do.
#[derive(Debug, Clone, clap::Subcommand)]
enum Command {
    /// Which pages may use the reader.
    #[command(flatten)]
    Pages(allow::Action),
    /// Says what is in the way of a page that does not find the reader; changes nothing, touches no card unasked.
    Doctor(doctor::Args),
    /// Prints the policy that spares people at managed machines the browser's question.
    BrowserPolicy(browser_policy::Args),
    /// Lays the files of finished results into the folder that レセコン reads.
    #[cfg(feature = "deliver")]
    Deliver(deliver::Args),
    /// Makes, deletes or looks at the certificate for --tls.
    #[cfg(feature = "tls")]
    #[command(subcommand)]
    Tls(tls::Action),
}

impl Args {
    /// Carries out what was asked for; the flags again where the program is to run.
    ///
    /// # Errors
    /// The exit code of a command that is done.
    pub fn carry_out(self) -> Result<Flags, ExitCode> {
        let flags = self.flags;
        Err(match self.command {
            None => return Ok(flags),
            Some(Command::Pages(action)) => allow::run(flags, action),
            Some(Command::Doctor(args)) => doctor::run(flags, args),
            Some(Command::BrowserPolicy(args)) => browser_policy::run(args),
            #[cfg(feature = "deliver")]
            Some(Command::Deliver(args)) => deliver::run(&args),
            #[cfg(feature = "tls")]
            Some(Command::Tls(action)) => tls::run(flags, action),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::File;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }

    #[test]
    fn the_examples_of_the_help_are_right() {
        use clap::CommandFactory as _;
        let help = Args::command().render_help().to_string();
        let examples: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  uketsuke-helper --")).collect();
        assert_eq!(examples.len(), 2, "{help}");
        assert!(help.contains("\n  uketsuke-helper allow https://"));
        for example in examples {
            let words: Vec<&str> = example.split(' ').collect();
            let first = format!("--{}", words[0]);
            let args = Args::parse_from([&["uketsuke-helper", first.as_str()], &words[1..]].concat());
            assert!(args.flags.check(File::default()).is_ok(), "{example}");
        }
    }
}
