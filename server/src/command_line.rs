//! The command line: serving, and what else the program does.

mod import;
mod operation;
mod settings;

mod certificate;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use shared::domain::account::AccountKind;

pub use self::certificate::CertificateCommand;
pub use self::import::{ImportCommand, ImportResults};
pub use self::operation::{DataAt, DeskArgs, DeskCommand, MaintenanceCommand, MunicipalityCommand, OpeningArgs, OpeningCommand};
use crate::config::{PostgresAt, ServeArgs};

pub use self::settings::{Form, Item, OnOff, SettingsCommand, WhatToSet};

/// Serves the reception and office desks of home-visit insurance checks.
#[derive(Parser)]
#[command(
    name = "uketsuke-server",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:\n  \
        uketsuke-server --data ./data --card-ca ./cards/ca.pem --people ./cards/people.json --demo\n  \
        uketsuke-server institution add --data /var/lib/uketsuke --code 9969900001 --name ひなた訪問看護ステーション\n  \
        uketsuke-server account reset --data /var/lib/uketsuke --institution 9969900001 --user kanri1\n  \
        uketsuke-server code issue --data /var/lib/uketsuke --institution 9969900001 --label Aのスマホ1\n  \
        uketsuke-server application list --data /var/lib/uketsuke\n  \
        uketsuke-server --listen 0.0.0.0:443 --origin https://uketsuke.example --data /var/lib/uketsuke \\\n      \
        --card-ca /etc/uketsuke/ca.pem --pages /usr/share/uketsuke --tls-cert chain.pem --tls-key key.pem\n\n\
        Every option can also stand in a TOML file (--config), without the dashes in front: helper-port = 35970"
)]
pub struct CommandLine {
    /// Something else than serving.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to serve.
    #[command(flatten)]
    pub serve: ServeArgs,
}

/// What else this program does.
#[derive(Subcommand)]
pub enum Command {
    /// Looks through the whole database in --data, also while the server runs.
    Check(Check),
    /// Makes a backup of everything that a server needs, also while it runs.
    Backup(Backup),
    /// Puts a backup into a new folder.
    Restore(Restore),
    /// Looks after institutions.
    #[command(subcommand)]
    Institution(InstitutionCommand),
    /// Plans changes of institutions' codes (承継).
    #[command(subcommand)]
    Succession(SuccessionCommand),
    /// Fills and empties institutions for training; never one with real data.
    #[command(subcommand)]
    Training(TrainingCommand),
    /// Looks after accounts, for who has no browser at hand or no admin left.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Writes files for other programs.
    #[command(subcommand)]
    Export(ExportCommand),
    /// Takes in result files of others, for an institution that has no other register. They answer on the day of the file alone.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Looks after the activation codes of devices.
    #[command(subcommand)]
    Code(CodeCommand),
    /// Looks after the certificates of terminals, for who has no browser at hand or is kept out.
    #[command(subcommand)]
    Certificate(CertificateCommand),
    /// Checks what was exported of the audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Looks after the settings of an institution.
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// Puts up notices on the home of the office.
    #[command(subcommand)]
    Notice(NoticeCommand),
    /// Answers the applications of facilities for 資格確認限定型.
    #[command(subcommand)]
    Application(ApplicationCommand),
    /// Looks after the maintenance windows that all institutions see.
    #[command(subcommand)]
    Maintenance(MaintenanceCommand),
    /// Files which municipalities are connected for 医療費助成.
    #[command(subcommand)]
    Municipality(MunicipalityCommand),
    /// Opens 災害・障害時 for the institutions of an area.
    #[command(subcommand)]
    Opening(OpeningCommand),
    /// Looks after the support desks that all institutions see.
    #[command(subcommand)]
    Desk(DeskCommand),
}

/// What can be done about changes of codes.
#[derive(Subcommand)]
pub enum SuccessionCommand {
    /// Plans a change, or all of a file; the admin chooses what follows, and on its day it happens by itself.
    Start(StartSuccession),
    /// Lists all changes, separated by tabs: former code, new code, first day, reason, state.
    List {
        /// Where the data is.
        #[command(flatten)]
        database: DatabaseAt,
        /// The data is a demo's: invented people
        #[arg(long)]
        demo: bool,
    },
    /// Calls a planned change off.
    Cancel {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
    },
}

/// The change to plan.
#[derive(Args)]
pub struct StartSuccession {
    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseAt,
    /// The data is a demo's: invented people
    #[arg(long)]
    pub demo: bool,
    /// The present 機関コード
    #[arg(long, value_name = "CODE")]
    pub institution: Option<String>,
    /// The new 機関コード
    #[arg(long, value_name = "CODE")]
    pub new_code: Option<String>,
    /// The first day of the new code, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// A owner, B company form, C same company, D address, E other
    #[arg(long, value_name = "A-E")]
    pub reason: Option<String>,
    /// CSV with the columns old, new, from, reason, for chains: all of them or none
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// What can be done with institutions for training.
#[derive(Subcommand)]
pub enum TrainingCommand {
    /// Removes what is in it and puts invented people, visits and consents of several months in.
    Fill {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
    },
    /// Removes its visits and consents; accounts and settings stay.
    Reset {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
    },
}

/// What to copy, and where to.
#[derive(Args)]
pub struct Backup {
    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseAt,
    /// Folder for the file, on another disk
    #[arg(long, value_name = "DIR", env = "UKETSUKE_BACKUP_TO")]
    pub to: PathBuf,
    /// Key file that seals it, made when missing; keep a copy of it elsewhere
    #[arg(long, value_name = "FILE", env = "UKETSUKE_BACKUP_KEY")]
    pub key: PathBuf,
    /// The server's settings file, to be put in
    #[arg(long, value_name = "FILE", env = "UKETSUKE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Further files to put in, for example of --tls-cert; repeat for more
    #[arg(long, value_name = "FILE", num_args = 1.., value_delimiter = ',')]
    pub also: Vec<PathBuf>,
}

/// Which backup, and where to.
#[derive(Args)]
pub struct Restore {
    /// The backup
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// The key file that sealed it
    #[arg(long, value_name = "FILE", env = "UKETSUKE_BACKUP_KEY")]
    pub key: PathBuf,
    /// The new folder: must be missing or empty
    #[arg(long, value_name = "NEWDIR")]
    pub data: PathBuf,
    /// A new, empty PostgreSQL database, for a backup of one
    #[arg(long, value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Certificates that vouch for the database's server, PEM
    #[arg(long, value_name = "FILE", requires = "database_url")]
    pub database_ca: Option<PathBuf>,
    /// The former data folder, to say what in it is newer [default: the one that the backup names]
    #[arg(long, value_name = "DIR")]
    pub former: Option<PathBuf>,
    /// The former PostgreSQL database, to say what in it is newer
    #[arg(long, value_name = "URL", hide_env_values = true)]
    pub former_url: Option<String>,
}

/// What can be done with activation codes.
#[derive(Subcommand)]
pub enum CodeCommand {
    /// Issues a code for a device, and prints its twelve digits: shown only then.
    Issue {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// What tells the device, for example Aのスマホ1
        #[arg(long, value_name = "LABEL")]
        label: String,
    },
    /// Lists the codes, the newest first, separated by tabs: ID, state, label, issued, last seen.
    List {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
    },
    /// Ends a code: its device is out at its next request.
    Invalidate {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ID of the code, as `code list` says it
        #[arg(long, value_name = "ID")]
        id: String,
    },
}

/// What can be done with the operator's notices. Each prints how a notice stands, separated by tabs: ID, state, to whom, from, until, title.
#[derive(Subcommand)]
pub enum NoticeCommand {
    /// Puts up a notice.
    Add {
        /// Where.
        #[command(flatten)]
        at: NoticeAt,
        /// Its first line, at most 60 characters
        #[arg(long, value_name = "TEXT")]
        title: String,
        /// Its text, at most 2,000 characters
        #[arg(long, value_name = "TEXT")]
        text: String,
        /// First day it is shown; today where it is left out
        #[arg(long, value_name = "DAY")]
        from: Option<String>,
        /// Last day it is shown; open where it is left out
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
        /// Marked as important
        #[arg(long)]
        important: bool,
    },
    /// Lists the operator's notices, the newest first.
    List {
        /// Where.
        #[command(flatten)]
        at: NoticeAt,
    },
    /// Takes a notice of the operator down.
    End {
        /// Where.
        #[command(flatten)]
        at: NoticeAt,
        /// ID of the notice, as `notice list` says it
        #[arg(long, value_name = "ID")]
        id: String,
    },
}

/// To whom, and where the data is.
#[derive(Args)]
pub struct NoticeAt {
    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseAt,
    /// 機関コード of the one institution; left out: all of them
    #[arg(long, value_name = "CODE")]
    pub institution: Option<String>,
    /// The data is a demo's: invented people
    #[arg(long)]
    pub demo: bool,
}

/// Which database, for what is no institution's.
#[derive(Args)]
pub struct PortalAt {
    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseAt,
    /// The data is a demo's: invented people
    #[arg(long)]
    pub demo: bool,
}

/// What can be done with applications.
#[derive(Subcommand)]
pub enum ApplicationCommand {
    /// Lists the applications that wait, the oldest first, separated by tabs: ID, state, received, to be answered by, kind, facility.
    List {
        /// Where.
        #[command(flatten)]
        at: PortalAt,
        /// Also those that were answered
        #[arg(long)]
        all: bool,
    },
    /// Shows one application.
    Show {
        /// Where.
        #[command(flatten)]
        at: PortalAt,
        /// ID, as `application list` says it
        #[arg(long, value_name = "ID")]
        id: String,
    },
    /// Lets the facility in: makes its institution and its accounts, and mails it that its settings can be read.
    #[command(group = clap::ArgGroup::new("check").required(true))]
    Approve {
        /// Where.
        #[command(flatten)]
        at: PortalAt,
        /// ID, as `application list` says it
        #[arg(long, value_name = "ID")]
        id: String,
        /// 機関コード of the facility: ten digits
        #[arg(long, value_name = "CODE")]
        code: String,
        /// The last four digits of its account for claims as you have them: compared with those of the application
        #[arg(long, value_name = "DIGITS", group = "check")]
        digits: Option<String>,
        /// You called the number that the facility is registered with, and it said yes
        #[arg(long, group = "check")]
        called: bool,
    },
    /// Gives an application back: the facility reads the reason, mends it and sends it again.
    Return {
        /// Where.
        #[command(flatten)]
        at: PortalAt,
        /// ID, as `application list` says it
        #[arg(long, value_name = "ID")]
        id: String,
        /// Why, in the words that the facility reads
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Sets a new password for a facility's user whose mails do not arrive, and says it once.
    Reset {
        /// Where.
        #[command(flatten)]
        at: PortalAt,
        /// ID, as `application list` says it
        #[arg(long, value_name = "ID")]
        id: String,
    },
    /// Removes a facility's user. The institution of an approved application stays, with its accounts.
    End {
        /// Where.
        #[command(flatten)]
        at: PortalAt,
        /// ID, as `application list` says it
        #[arg(long, value_name = "ID")]
        id: String,
    },
    /// Sets how many devices an approved facility has: its next settings sheet has codes for all that are not registered yet.
    Devices {
        /// Where.
        #[command(flatten)]
        at: PortalAt,
        /// ID, as `application list` says it
        #[arg(long, value_name = "ID")]
        id: String,
        /// All devices together, those registered already included
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20))]
        devices: u32,
    },
    /// Sends the mails again that were given up, once what was wrong is mended.
    Resend {
        /// Where.
        #[command(flatten)]
        at: PortalAt,
    },
}

/// What can be done with the audit log.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Checks a CSV file of 操作履歴: says which rows were changed, put elsewhere, or are missing.
    Verify(VerifyAudit),
}

/// Which file.
#[derive(Args)]
pub struct VerifyAudit {
    /// The file, as it was saved
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Compares its last row with the database as well: only so a file that was made anew as a whole is told
    #[command(flatten)]
    pub database: VerifyDatabase,
}

/// The database to compare with.
#[derive(Args)]
pub struct VerifyDatabase {
    /// Folder with the database to compare with
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// PostgreSQL instead of the database in --data
    #[arg(long, value_name = "URL", requires = "data", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Certificates that vouch for the database's server, PEM
    #[arg(long, value_name = "FILE", requires = "database_url")]
    pub database_ca: Option<PathBuf>,
    /// The data is a demo's
    #[arg(long, requires = "data")]
    pub demo: bool,
}

/// Where the data is.
#[derive(Args)]
pub struct DatabaseAt {
    /// Folder with the database
    #[arg(long, value_name = "DIR", env = "UKETSUKE_DATA")]
    pub data: PathBuf,
    /// PostgreSQL instead of the database in --data
    #[arg(long, value_name = "URL", env = "UKETSUKE_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Certificates that vouch for the database's server, PEM
    #[arg(long, value_name = "FILE", env = "UKETSUKE_DATABASE_CA", requires = "database_url")]
    pub database_ca: Option<PathBuf>,
}

impl DatabaseAt {
    /// The PostgreSQL database, where one is named.
    #[must_use]
    pub fn postgres(&self) -> Option<PostgresAt> {
        self.database_url.clone().map(|url| PostgresAt { url, ca: self.database_ca.clone() })
    }
}

/// Which institution, and where its data is.
#[derive(Args)]
pub struct InstitutionAt {
    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseAt,
    /// 機関コード of the institution
    #[arg(long, value_name = "CODE")]
    pub institution: String,
    /// The data is a demo's: invented people
    #[arg(long)]
    pub demo: bool,
}

/// What can be done with accounts. Each prints how the account stands, separated by tabs: ID, kind, state, period, last login, name.
#[derive(Subcommand)]
pub enum AccountCommand {
    /// Lists the accounts of an institution.
    List {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
    },
    /// Adds an account, and prints its one-time password.
    Add {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// master, admin, general, viewer, link or web-api
        #[arg(long, value_name = "KIND", value_parser = account_kind)]
        kind: AccountKind,
        /// ユーザID: two to eight half-width letters or digits, of nobody else before
        #[arg(long, value_name = "ID")]
        user: String,
        /// ユーザ名
        #[arg(long, value_name = "NAME")]
        name: String,
        /// ユーザ名(カナ)
        #[arg(long, value_name = "KANA")]
        kana: String,
        /// First day [default: today]
        #[arg(long, value_name = "DAY")]
        from: Option<String>,
        /// Last day [default: none]
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
    },
    /// Changes what is given and leaves the rest.
    Change {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ユーザID
        #[arg(long, value_name = "ID")]
        user: String,
        /// ユーザ名
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// ユーザ名(カナ)
        #[arg(long, value_name = "KANA")]
        kana: Option<String>,
        /// First day
        #[arg(long, value_name = "DAY")]
        from: Option<String>,
        /// Last day, or `none`
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
    },
    /// Stops an account; it is out at its next request, and its ID stays taken.
    Suspend {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ユーザID
        #[arg(long, value_name = "ID")]
        user: String,
    },
    /// Lets a stopped account in again.
    Resume {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ユーザID
        #[arg(long, value_name = "ID")]
        user: String,
    },
    /// Prints a new one-time password in place of a forgotten one, and ends the account's logins.
    Reset {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ユーザID
        #[arg(long, value_name = "ID")]
        user: String,
    },
    /// Removes the second factors of an account whose device is lost, and ends its logins.
    ResetFactor {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ユーザID
        #[arg(long, value_name = "ID")]
        user: String,
    },
    /// Forgets an account's failed logins, so that its person need not wait.
    Unlock {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ユーザID
        #[arg(long, value_name = "ID")]
        user: String,
    },
}

fn account_kind(text: &str) -> Result<AccountKind, &'static str> {
    match text {
        "master" => Ok(AccountKind::Master),
        "admin" => Ok(AccountKind::Admin),
        "general" => Ok(AccountKind::General),
        "viewer" => Ok(AccountKind::Viewer),
        "link" => Ok(AccountKind::Link),
        "web-api" => Ok(AccountKind::WebApi),
        _ => Err("one of master, admin, general, viewer, link, web-api"),
    }
}

/// What can be written.
#[derive(Subcommand)]
pub enum ExportCommand {
    /// Writes finished checks into the face folder of a レセコン, each once; run it again for what came since.
    Face(ExportFace),
}

/// Which checks, and where to.
#[derive(Args)]
pub struct ExportFace {
    /// Whose checks.
    #[command(flatten)]
    pub at: InstitutionAt,
    /// The face folder; must exist
    #[arg(long, value_name = "FOLDER")]
    pub to: PathBuf,
    /// utf-8 or shift_jis, for this run [default: as the institution has set]; what shift_jis cannot hold is listed, not written
    #[arg(long, value_name = "ENCODING", ignore_case = true, value_parser = ["utf-8", "shift_jis"])]
    pub encoding: Option<String>,
    /// The folder is of a レセコン for training: only then checks of an institution for training are written
    #[arg(long)]
    pub training: bool,
    /// First day, YYYY-MM-DD [default: today for a folder that got nothing yet, else what came since]
    #[arg(long, value_name = "DAY")]
    pub since: Option<String>,
}

/// What to look through.
#[derive(Args)]
pub struct Check {
    /// Folder with the database
    #[arg(long, value_name = "DIR", env = "UKETSUKE_DATA")]
    pub data: PathBuf,
}

/// What can be done with institutions.
#[derive(Subcommand)]
pub enum InstitutionCommand {
    /// Adds an institution with its first admin, and prints the admin's one-time password.
    Add(AddInstitution),
    /// Sets from which day the institution's people need a second factor at the login.
    SecondFactor {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// First day, for example 2027-04-01
        #[arg(long, value_name = "DAY")]
        from: String,
    },
    /// Lets institutions of one house (one place with several registrations) share a device: one that is registered with a code of one of
    /// them may be registered with codes of the others as well (U-X20 otherwise), and asks at its start which one.
    House(HouseOf),
}

/// Institutions of one house.
#[derive(Args)]
pub struct HouseOf {
    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseAt,
    /// 機関コード of each
    #[arg(required = true, value_name = "CODE")]
    pub codes: Vec<String>,
    /// Takes them out of their house instead; a device that is registered stays so until its code is ended
    #[arg(long)]
    pub apart: bool,
    /// The data is a demo's: invented people
    #[arg(long)]
    pub demo: bool,
}

/// The institution to add.
#[derive(Args)]
pub struct AddInstitution {
    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseAt,
    /// 機関コード: ten digits, the last one a check digit
    #[arg(long, value_name = "CODE")]
    pub code: String,
    /// 機関名, as patients read it
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// Whom patients and staff ask, shown as it is: a telephone number, a name
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub contact: String,
    /// ユーザID of the first admin: two to eight half-width letters or digits
    #[arg(long, value_name = "ID", default_value = "kanri1")]
    pub user: String,
    /// ユーザ名 of the first admin
    #[arg(long, value_name = "NAME", default_value = "管理者")]
    pub user_name: String,
    /// For training: may be filled with invented people, says so on every page, and stays one
    #[arg(long)]
    pub training: bool,
    /// The data is a demo's: invented people
    #[arg(long)]
    pub demo: bool,
    /// From which day people need a second factor at the login [default: from the first login]
    #[arg(long, value_name = "DAY")]
    pub second_factor_from: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_help_are_understood() {
        let reset = "uketsuke-server account reset --data /var/lib/uketsuke --institution 9969900001 --user kanri1";
        assert!(CommandLine::try_parse_from(reset.split_whitespace()).unwrap().command.is_some());
        let add = "uketsuke-server institution add --data /var/lib/uketsuke --code 9969900001 --name ひなた訪問看護ステーション";
        assert!(CommandLine::try_parse_from(add.split_whitespace()).unwrap().command.is_some());
    }
}
