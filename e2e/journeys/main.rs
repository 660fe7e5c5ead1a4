//! Journeys: each is one way of a person through the whole stack, and runs in namespaces of its own.
//!
//! `journey list` names them; `journey NAME FOLDER` runs one and keeps what it saw in FOLDER.

use std::path::Path;
use std::process::ExitCode;

use e2e::browser::Engine;
use e2e::stack::{Begin, World};

mod accounts;
mod another_person;
mod beside;
mod card_check;
mod checks;
mod client_certificate;
mod device_care;
mod device_check;
mod device_flow;
mod device_outage;
mod device_prepare;
mod device_shell;
mod face;
mod factor;
mod gate;
mod helper_figures;
mod home;
mod limited;
mod link_agent;
mod link_files;
mod lock;
mod lost;
mod medical;
mod month;
mod office;
mod office_admin;
mod office_aid;
mod office_list;
mod operation;
mod outage;
mod paper;
mod pictures;
mod pin;
mod pin_machine;
mod policy;
mod prepare;
mod pulled;
mod recovery;
mod references;
mod restore;
mod settings;
mod shell;
mod short;
mod silent;
mod speed;
mod succession;
mod taps;
mod training;
mod uses;
mod visit;
mod way;
mod ways_in;

/// A journey: what it starts with, and the way.
type Way = fn(&mut World) -> std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + '_>>;

macro_rules! journeys {
    ($($name:literal, $begin:expr, $way:path;)*) => {
        const JOURNEYS: &[(&str, fn() -> Begin, Way)] = &[$(($name, || $begin, |world| Box::pin($way(world))),)*];
    };
}

journeys! {
    "visit", Begin::default(), visit::by_hand;
    "visit-firefox", Begin { browser: Engine::Firefox, ..Begin::default() }, visit::by_hand;
    "visit-webkit", Begin { browser: Engine::WebKit, ..Begin::default() }, visit::by_hand;
    "visit-postgres", Begin { is_on_postgres: true, ..Begin::default() }, visit::by_hand;
    "visit-by-keys", Begin::default(), visit::by_keys;
    "wrong-pin", Begin::default(), pin::wrong_then_right;
    "last-try-stopped", Begin { card: Some("ichiro:last-try"), ..Begin::default() }, pin::stopped_before_the_last_try;
    "no-pin", Begin { card: Some("ichiro:no-pin"), ..Begin::default() }, pin::none;
    "number-pad", Begin::default(), pin::number_pad;
    "card-that-stays", Begin { card: None, ..Begin::default() }, pin::beside_a_card_that_stays;
    "short-windows", Begin::default(), short::windows;
    "held-key", Begin::default(), pin::held_key;
    "face", Begin::default(), face::by_keys;
    "face-last-try", Begin { card: Some("ichiro:face-last-try"), ..Begin::default() }, face::last_try;
    "card-check", Begin::default(), card_check::whole;
    "two-readers", Begin { card: Some("ichiro:foreign"), ..Begin::default() }, card_check::two_readers;
    "cancel", Begin::default(), pin::cancelled;
    "pin-machine", Begin { card: None, ..Begin::default() }, pin_machine::sequences;
    "pulled", Begin { card: None, ..Begin::default() }, pulled::at_every_command;
    "hostile-pages", Begin { is_public: true, helper: false, ..Begin::default() }, gate::hostile_pages;
    "recovery", Begin::default(), recovery::service;
    "replugged", Begin { card: None, ..Begin::default() }, recovery::replugged;
    "held-card", Begin { helper: false, ..Begin::default() }, recovery::held;
    "no-helper", Begin { helper: false, ..Begin::default() }, ways_in::no_helper;
    "translated", Begin::default(), shell::translated;
    "no-program", Begin::default(), shell::no_program;
    "nothing-moves", Begin::default(), shell::nothing_moves;
    "silent-helper", Begin { helper: false, ..Begin::default() }, silent::each_cause;
    "silent-firefox", Begin { helper: false, browser: Engine::Firefox, ..Begin::default() }, silent::each_cause;
    "silent-webkit", Begin { helper: false, browser: Engine::WebKit, ..Begin::default() }, silent::each_cause;
    "disguised-tablet", Begin::default(), silent::disguised_tablet;
    "no-question", Begin { is_public: true, card: None, ..Begin::default() }, silent::no_question_by_itself;
    "page-figures", Begin::default(), shell::figures;
    "another-helper", Begin::default(), ways_in::another_helper;
    "public-denied", Begin { is_public: true, ..Begin::default() }, ways_in::denied;
    "public-granted", Begin { is_public: true, ..Begin::default() }, ways_in::granted;
    "public-firefox", Begin { is_public: true, browser: Engine::Firefox, ..Begin::default() }, ways_in::denied;
    "managed-policy", Begin { is_public: true, ..Begin::default() }, policy::managed;
    "trusted-types", Begin { card: None, ..Begin::default() }, policy::trusted_types;
    "wss", Begin { is_tls: true, ..Begin::default() }, policy::wss;
    "another-person", Begin::default(), another_person::choices;
    "asked-first", Begin::default(), another_person::earlier_consent;
    "two-taps", Begin::default(), taps::twice;
    "two-tabs", Begin::default(), ways_in::two_tabs;
    "reload", Begin::default(), lost::reload_and_back;
    "lost-network", Begin::default(), lost::network;
    "killed-server", Begin::default(), lost::killed_after_commit;
    "killed-server-postgres", Begin { is_on_postgres: true, ..Begin::default() }, lost::killed_after_commit;
    "uses", Begin::default(), uses::registration;
    "own-consent", Begin::default(), uses::own_consent;
    "office-withdraws", Begin::default(), uses::office_withdraws;
    "first-password", Begin::default(), office::first_password;
    "pictures", Begin::default(), pictures::all;
    "helper-figures", Begin { card: None, helper: false, ..Begin::default() }, helper_figures::all;
    "speed", Begin::default(), speed::last_key_to_result;
    "accounts", Begin { card: None, helper: false, ..Begin::default() }, accounts::whole;
    "second-factor", Begin { card: None, helper: false, ..Begin::default() }, factor::whole;
    "medical", Begin::default(), medical::whole;
    "home", Begin { card: None, helper: false, ..Begin::default() }, home::whole;
    "setup-000", Begin::default(), prepare::order_000;
    "setup-001", Begin::default(), prepare::order_001;
    "setup-004", Begin::default(), prepare::order_004;
    "setup-any", Begin::default(), prepare::any_order;
    "reception-url", Begin::default(), office::reception_url;
    "operation", Begin::default(), operation::whole;
    "outage", Begin { card: None, helper: false, ..Begin::default() }, outage::whole;
    "without-card", Begin::default(), outage::without_card;
    "enquiries", Begin { card: None, helper: false, ..Begin::default() }, operation::enquiries;
    "check-by-number", Begin { card: None, helper: false, ..Begin::default() }, checks::by_number;
    "check-in-bulk", Begin { card: None, helper: false, ..Begin::default() }, checks::in_bulk;
    "beside-the-insurance", Begin::default(), beside::whole;
    "settings", Begin::default(), settings::whole;
    "urls", Begin { card: None, helper: false, ..Begin::default() }, settings::urls;
    "device-prepare", Begin { card: None, ..Begin::default() }, device_prepare::whole;
    "codes", Begin { card: None, helper: false, ..Begin::default() }, office_admin::codes;
    "restore", Begin::default(), restore::whole;
    "succession", Begin::default(), succession::whole;
    "office-aid", Begin { card: None, helper: false, ..Begin::default() }, office_aid::whole;
    "requery", Begin { card: None, helper: false, ..Begin::default() }, month::requery;
    "device-rooms", Begin { card: None, helper: false, ..Begin::default() }, device_care::rooms;
    "device-paper", Begin { card: None, helper: false, ..Begin::default() }, device_care::paper;
    "month-worklist", Begin { card: None, helper: false, ..Begin::default() }, month::worklist;
    "training", Begin { card: None, helper: false, ..Begin::default() }, training::whole;
    "audit", Begin { card: None, helper: false, ..Begin::default() }, office_admin::audit;
    "client-certificate", Begin { card: None, helper: false, has_office: true, ..Begin::default() }, client_certificate::whole;
    "limited", Begin { card: None, helper: false, ..Begin::default() }, limited::whole;
    "office-list", Begin { card: None, helper: false, ..Begin::default() }, office_list::whole;
    "office-idle", Begin { card: None, helper: false, ..Begin::default() }, lock::idle;
    "lock", Begin { card: None, helper: false, ..Begin::default() }, lock::whole;
    "references", Begin { card: None, helper: false, ..Begin::default() }, references::whole;
    "link-files", Begin { card: None, helper: false, ..Begin::default() }, link_files::whole;
    "link-agent", Begin { card: None, helper: false, is_public: true, ..Begin::default() }, link_agent::whole;
    "office-print", Begin { card: None, ..Begin::default() }, office_list::paper;
    "clock", Begin { card: None, helper: false, ..Begin::default() }, office_list::clock;
    "device-pin", Begin::default(), device_check::by_pin;
    "device-flow", Begin::default(), device_flow::whole;
    "device-visual", Begin::default(), device_check::by_eye;
    "device-phone", Begin { card: Some("ichiro:phone-android"), ..Begin::default() }, device_check::by_phone;
    "device-outage", Begin::default(), device_outage::whole;
    "device-shell", Begin::default(), device_shell::whole;
    "device-shell-firefox", Begin { browser: Engine::Firefox, ..Begin::default() }, device_shell::whole;
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the list and the failure are for people")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["list"] => {
            for (name, ..) in JOURNEYS {
                println!("{name}");
            }
            ExitCode::SUCCESS
        }
        [name, folder] => match JOURNEYS.iter().find(|(known, ..)| known == name) {
            Some((_, begin, way)) => match run(Path::new(folder), &begin(), *way) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("error: {error:#}");
                    ExitCode::FAILURE
                }
            },
            None => {
                eprintln!("error: no journey `{name}`\nnext:  journey list");
                ExitCode::from(2)
            }
        },
        _ => {
            eprintln!("usage: journey list | journey NAME FOLDER");
            ExitCode::from(2)
        }
    }
}

fn run(folder: &Path, begin: &Begin, way: Way) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut world = World::start(folder, begin).await?;
        let walked = way(&mut world).await;
        if walked.is_err() {
            world.autopsy().await;
            return walked;
        }
        world.end().await
    })
}
