//! `uketsuke-helper doctor`: what is in the way. Changes nothing, touches no card.

use std::net::TcpListener;
use std::process::ExitCode;

use pcsc::{Context, Error, Scope};

use crate::config::{Flags, ReaderChoice};

/// One line of the findings.
struct Finding {
    subject: &'static str,
    text: String,
    /// What to do; `None` when all is well.
    next: Option<&'static str>,
}

/// Prints the findings; exit code 3 when there is a problem, 2 when the settings are wrong.
#[must_use]
#[expect(clippy::print_stdout, reason = "the findings are what was asked for")]
pub fn run(flags: Flags) -> ExitCode {
    let checked = match flags.file().and_then(|file| flags.check(file)) {
        Ok(checked) => checked,
        Err(error) => {
            println!("problem settings  {}", error.to_string().replace('\n', "\n                  "));
            return ExitCode::from(2);
        }
    };
    let mut findings: Vec<Finding> = checked.settings.listen.iter().map(|listen| port(listen.address)).collect();
    match checked.readers {
        ReaderChoice::Pcsc => findings.extend(service()),
        ReaderChoice::Simulator { .. } => findings.push(well("reader", "simulated: no real card can be read".to_owned())),
    }
    let origins: Vec<&str> = checked.settings.allow.iter().map(crate::gate::Origin::as_str).collect();
    findings.push(well("pages", origins.join(" ")));
    for Finding { subject, text, next } in &findings {
        println!("{:<8}{subject:<10}{text}", if next.is_some() { "problem" } else { "ok" });
        if let Some(next) = next {
            println!("                  next: {next}");
        }
    }
    let problems = findings.iter().filter(|finding| finding.next.is_some()).count();
    println!("{problems} problem{}. No card was touched.", if problems == 1 { "" } else { "s" });
    if problems == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) }
}

fn well(subject: &'static str, text: String) -> Finding {
    Finding { subject, text, next: None }
}

fn port(address: std::net::SocketAddr) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => well("port", format!("{address} is free")),
        Err(error) => Finding {
            subject: "port",
            text: format!("{address}: {error}"),
            next: Some("if uketsuke-helper runs already, all is well; else stop the other program or use --listen"),
        },
    }
}

fn service() -> Vec<Finding> {
    let bad = |subject, text: String, next| Finding { subject, text, next: Some(next) };
    let context = match Context::establish(Scope::User) {
        Ok(context) => context,
        Err(Error::SecurityViolation) => {
            return vec![bad(
                "service",
                "PC/SC refuses this user".to_owned(),
                "log in at the machine itself, or allow the user by a polkit rule",
            )];
        }
        Err(error) => return vec![bad("service", error.to_string(), "install and start pcscd (on Debian: apt install pcscd)")],
    };
    let service = well("service", "PC/SC answers".to_owned());
    let reader = match context.list_readers_owned() {
        Ok(names) if !names.is_empty() => {
            let names: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
            well("reader", names.join(", "))
        }
        Ok(_) | Err(Error::NoReadersAvailable) => bad("reader", "none connected".to_owned(), "plug in the reader, then run this again"),
        Err(error) => bad("reader", error.to_string(), "unplug the reader, plug it in, then run this again"),
    };
    vec![service, reader]
}
