//! What the operator does for all institutions: maintenance windows, support desks, openings for an area.

use clap::{Args, Subcommand};
use shared::domain::opening::OpeningKind;
use shared::domain::operation::Part;

use super::DatabaseAt;

/// Where the data of all institutions is.
#[derive(Args)]
pub struct DataAt {
    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseAt,
    /// The data is a demo's: invented people
    #[arg(long)]
    pub demo: bool,
}

/// What can be done with the operator's maintenance windows. Each prints how a window stands, separated by tabs: ID, state, part, from–to,
/// what still works, source.
#[derive(Subcommand)]
pub enum MaintenanceCommand {
    /// Writes down a window for all institutions: announced from seven days before. One of portal, national or store refuses new visits.
    Add {
        /// Where.
        #[command(flatten)]
        at: DataAt,
        /// What stands still: device, network, line, portal, national, link, reader, store, clock, backup or client_certificate
        #[arg(long, value_name = "PART", value_parser = part)]
        part: Part,
        /// Its beginning in Japan, for example 2026-12-03T22:00
        #[arg(long, value_name = "TIME")]
        from: String,
        /// Its end
        #[arg(long, value_name = "TIME")]
        to: String,
        /// What still works
        #[arg(long, value_name = "TEXT", default_value = "")]
        still: String,
        /// Where it was announced
        #[arg(long, value_name = "TEXT", default_value = "")]
        source: String,
    },
    /// Lists the operator's windows that are ahead, last, or ended in the last 30 days.
    List {
        /// Where.
        #[command(flatten)]
        at: DataAt,
    },
    /// Ends a window at once, or takes it out before it begins.
    End {
        /// Where.
        #[command(flatten)]
        at: DataAt,
        /// ID of the window, as `maintenance list` says it
        #[arg(long, value_name = "ID")]
        id: String,
    },
}

/// What can be done with openings for an area (OT-17). `add` and `close` print how a record stands, separated by tabs: ID, state, kind,
/// area, from, to, number of institutions.
#[derive(Subcommand)]
pub enum OpeningCommand {
    /// Opens 災害時医療情報閲覧 or 資格情報照会(システム障害時) for all institutions of an area, except those for training.
    Add(Box<OpeningArgs>),
    /// Lists what the operator opened, the newest first.
    List {
        /// Where.
        #[command(flatten)]
        at: DataAt,
    },
    /// Closes a record at once for every institution that it was opened for.
    Close {
        /// Where.
        #[command(flatten)]
        at: DataAt,
        /// ID of the record, as `opening list` says it
        #[arg(long, value_name = "ID")]
        id: String,
    },
}

/// What can be done with the list of municipalities that are connected for 医療費助成. Both print the list, separated by tabs: place, first
/// day, last day, source.
#[derive(Subcommand)]
pub enum MunicipalityCommand {
    /// Puts the list of a file in the place of the former one; a bad line changes nothing.
    Import {
        /// Where.
        #[command(flatten)]
        at: DataAt,
        /// CSV in UTF-8 with a heading: 市区町村 with its prefecture, 接続開始日, 接続終了日 (may be empty), 出典
        file: std::path::PathBuf,
    },
    /// Lists them.
    List {
        /// Where.
        #[command(flatten)]
        at: DataAt,
    },
}

/// An opening for an area.
#[derive(Args)]
pub struct OpeningArgs {
    /// Where.
    #[command(flatten)]
    pub at: DataAt,
    /// disaster or outage
    #[arg(long, value_name = "KIND", value_parser = opening_kind)]
    pub kind: OpeningKind,
    /// The area in words, as it was announced: municipalities
    #[arg(long, value_name = "TEXT")]
    pub area: String,
    /// Institutions of this prefecture: the first two digits of their codes; repeat for more
    #[arg(long, value_name = "NN", required_unless_present = "institution", conflicts_with = "institution")]
    pub prefecture: Vec<String>,
    /// This institution; repeat for more
    #[arg(long, value_name = "CODE")]
    pub institution: Vec<String>,
    /// Its beginning in Japan, for example 2026-12-03T22:00
    #[arg(long, value_name = "TIME")]
    pub from: String,
    /// Its end
    #[arg(long, value_name = "TIME")]
    pub to: String,
    /// Disaster: number of the notice that announced it
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["called_at", "called_whom", "called_back_at", "case_number"])]
    pub notice: Option<String>,
    /// Outage: when the centre was called
    #[arg(long, value_name = "TIME", requires_all = ["called_whom", "called_back_at", "case_number"], required_unless_present = "notice")]
    pub called_at: Option<String>,
    /// Outage: whom at the centre
    #[arg(long, value_name = "TEXT")]
    pub called_whom: Option<String>,
    /// Outage: when the centre called back
    #[arg(long, value_name = "TIME")]
    pub called_back_at: Option<String>,
    /// Outage: number of the case
    #[arg(long, value_name = "TEXT")]
    pub case_number: Option<String>,
}

fn opening_kind(text: &str) -> Result<OpeningKind, String> {
    OpeningKind::of_word(text)
        .ok_or_else(|| format!("one of {}", OpeningKind::ALL.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(", ")))
}

/// What can be done with the support desks that all institutions see. Each prints a desk, separated by tabs: ID, name, number, hours.
#[derive(Subcommand)]
pub enum DeskCommand {
    /// Writes down a support desk for all institutions.
    Add {
        /// Where.
        #[command(flatten)]
        at: DataAt,
        /// What is written down.
        #[command(flatten)]
        desk: Box<DeskArgs>,
    },
    /// Lists the operator's desks.
    List {
        /// Where.
        #[command(flatten)]
        at: DataAt,
    },
    /// Removes one of the operator's desks.
    Remove {
        /// Where.
        #[command(flatten)]
        at: DataAt,
        /// ID of the desk, as `desk list` says it
        #[arg(long, value_name = "ID")]
        id: String,
    },
}

/// A support desk (N181).
#[derive(Args)]
pub struct DeskArgs {
    /// Its name, at most 60 characters
    #[arg(long, value_name = "TEXT")]
    pub name: String,
    /// What it helps with, in words
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub about: String,
    /// Telephone number
    #[arg(long, value_name = "NUMBER", default_value = "")]
    pub number: String,
    /// Mail address
    #[arg(long, value_name = "ADDRESS", default_value = "")]
    pub mail: String,
    /// What a mail's subject must hold
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub mail_subject: String,
    /// Hours from Monday to Friday, for example 9:00-17:30; 0-24 round the clock
    #[arg(long, value_name = "HOURS")]
    pub weekdays: Option<String>,
    /// Hours on Saturdays
    #[arg(long, value_name = "HOURS")]
    pub saturday: Option<String>,
    /// Hours on Sundays
    #[arg(long, value_name = "HOURS")]
    pub sunday: Option<String>,
    /// Nobody answers meanwhile on any day, for example 12:00-13:00
    #[arg(long, value_name = "HOURS")]
    pub pause: Option<String>,
    /// Closed on public holidays
    #[arg(long)]
    pub closed_on_holidays: bool,
    /// Closed every year, for example 12/29-1/3; repeat for more
    #[arg(long, value_name = "DAYS")]
    pub closed: Vec<String>,
    /// Hours of every day in which somebody comes or mends, where those are others
    #[arg(long, value_name = "HOURS")]
    pub repair: Option<String>,
    /// What to have at hand before calling
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub at_hand: String,
    /// A part that it helps with, as of `maintenance add --part`; repeat for more
    #[arg(long, value_name = "PART", value_parser = part)]
    pub part: Vec<Part>,
}

fn part(text: &str) -> Result<Part, String> {
    Part::of_word(text).ok_or_else(|| format!("one of {}", Part::ALL.map(Part::word).join(", ")))
}
