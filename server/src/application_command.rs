//! `uketsuke-server application …`: LA-4, the operator's answers to facilities that ask for 資格確認限定型.

use server::account::{NotJudged, generated_password, hash};
use server::clock::Clock;
use server::command_line::{ApplicationCommand, PortalAt};
use server::identity::Mode;
use server::random::{NoRandom, Random, readable};
use server::rule::applicant::{self, Became, Deed};
use server::rule::portal::{Answered, Approval, Checked, approve, due_at, give_back};
use server::store::db::Db;
use server::store::portal::{ApplicantEntry, ApplicationState, find, in_state};
use server::store::{ApplicantId, AuditEntry, StoreError, mail};
use server::tenant::Tenant;
use server::trouble::Trouble;
use shared::api::portal::{APPROVE, DEVICES, END, REASON_MAX_CHARS, RESET};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::facility::{AccountDigits, FacilityCheck};
use shared::domain::institution::InstitutionCode;

use crate::database::open_database;
use crate::say;

/// Runs one command.
pub(crate) async fn run(command: ApplicationCommand) -> Result<(), Trouble> {
    let (ApplicationCommand::List { at, .. }
    | ApplicationCommand::Show { at, .. }
    | ApplicationCommand::Approve { at, .. }
    | ApplicationCommand::Return { at, .. }
    | ApplicationCommand::Reset { at, .. }
    | ApplicationCommand::End { at, .. }
    | ApplicationCommand::Devices { at, .. }
    | ApplicationCommand::Resend { at }) = &command;
    let db = open(at).await?;
    let outcome = on(&db, &command, Clock::machine().now()).await;
    db.close().await;
    outcome
}

async fn open(at: &PortalAt) -> Result<Db, Trouble> {
    let postgres = at.database.postgres();
    open_database(&at.database.data, postgres.as_ref(), if at.demo { Mode::Demo } else { Mode::Production }).await
}

async fn on(db: &Db, command: &ApplicationCommand, now: UnixMs) -> Result<(), Trouble> {
    match command {
        ApplicationCommand::List { all, .. } => {
            let states: &[ApplicationState] = if *all {
                &[ApplicationState::Received, ApplicationState::Returned, ApplicationState::Approved]
            } else {
                &[ApplicationState::Received]
            };
            for state in states.iter().copied() {
                let rows = db.search(move |tx| in_state(tx, state)).await.map_err(unread)?;
                rows.iter().for_each(|entry| say(&line(entry, now)));
            }
            let dead = db.read(mail::dead).await.map_err(unread)?;
            if !dead.is_empty() {
                say(&format!("{} mails were given up: mend --smtp or --mail-dir, then `uketsuke-server application resend`", dead.len()));
            }
            Ok(())
        }
        ApplicationCommand::Show { id, .. } => {
            let id = read_id(id)?;
            let of = id.clone();
            let entry = db.read(move |tx| find(tx, &of)).await.map_err(unread)?.ok_or_else(no_such)?;
            let dead = db.read(move |tx| mail::dead_of(tx, &id)).await.map_err(unread)?;
            show(&entry, &dead, now);
            Ok(())
        }
        ApplicationCommand::Approve { id, code, digits, called, .. } => {
            let institution = InstitutionCode::from_pasted(code)
                .map_err(|why| Trouble::usage(format!("--code is no institution code: {why}"), "for example --code 9969900001"))?;
            let checked = match (digits, called) {
                (Some(digits), false) => Checked::Digits(
                    AccountDigits::try_from(digits.as_str())
                        .map_err(|why| Trouble::usage(format!("--digits: {why}"), "for example --digits 1234"))?,
                ),
                _ => Checked::Called,
            };
            let random = Random::machine();
            let approval = Approval {
                applicant: read_id(id)?,
                institution: institution.clone(),
                checked,
                admin: user_id("kanri", &random)?,
                general: user_id("app", &random)?,
                at: now,
            };
            // It is made by this command.
            let tenant = Tenant::of_operator(&institution);
            let entry = AuditEntry::of_operator(now, &tenant, APPROVE, approval.applicant.as_str());
            let answered = db.write(move |tx| approve(tx, &approval, &entry)).await.map_err(unwritten)?;
            done(answered)?;
            say(&format!("institution {institution} added; the facility is mailed that it can read its settings"));
            if institution.doubt().is_some() {
                say("Look again: the last digit of the code is not its check digit. Some codes in use are like that.");
            }
            Ok(())
        }
        ApplicationCommand::Return { id, reason, .. } => {
            let (id, reason) = (read_id(id)?, reason.trim().to_owned());
            if reason.is_empty() || reason.chars().count() > REASON_MAX_CHARS {
                let what = format!("--reason is empty or longer than {REASON_MAX_CHARS} characters");
                return Err(Trouble::usage(what, "say what the facility has to mend"));
            }
            done(db.write(move |tx| give_back(tx, &id, &reason, now)).await.map_err(unwritten)?)?;
            say("given back; the facility is mailed the reason");
            Ok(())
        }
        ApplicationCommand::Reset { id, .. } => {
            let no_password = |why: NotJudged| Trouble::machine("no password could be made", "try again").because(why);
            let random = Random::machine();
            let password = generated_password(&random).map_err(|why| no_password(why.into()))?;
            let hashed = hash(&password, &random).map_err(no_password)?;
            by_operator(db, id, Deed::Password(hashed), RESET, now).await?;
            say(&format!("password  {password}"));
            say("Said once. Tell it to the facility by the telephone number that it is registered with; it logs in at /o/apply/login.");
            Ok(())
        }
        ApplicationCommand::End { id, .. } => {
            by_operator(db, id, Deed::End, END, now).await?;
            say("removed: the address can be registered anew");
            Ok(())
        }
        ApplicationCommand::Devices { id, devices, .. } => {
            by_operator(db, id, Deed::Devices(*devices), DEVICES, now).await?;
            say(&format!("{devices} devices: the facility makes its settings sheet again, which has codes for those not registered yet"));
            Ok(())
        }
        ApplicationCommand::Resend { .. } => {
            let revived = db.write(move |tx| server::rule::mail::revive(tx, now)).await.map_err(unwritten)?;
            say(&format!("{revived} mails wait to be sent again"));
            Ok(())
        }
    }
}

/// Does something for a facility's user.
async fn by_operator(db: &Db, id: &str, deed: Deed, action: &'static str, now: UnixMs) -> Result<(), Trouble> {
    let id = read_id(id)?;
    match db.write(move |tx| applicant::by_operator(tx, &id, &deed, action, now)).await.map_err(unwritten)? {
        Became::Done => Ok(()),
        Became::NotThere => Err(no_such()),
        Became::NotApproved => {
            Err(Trouble::usage("this application was not approved; nothing was changed", "`application show` says how it stands"))
        }
    }
}

/// What is left of the outcome when it is none that was wanted.
fn done(answered: Answered) -> Result<(), Trouble> {
    let (what, next) = match answered {
        Answered::Done => return Ok(()),
        Answered::NotThere => return Err(no_such()),
        Answered::NotWaiting => ("this application waits for no answer", "`application show` says how it stands"),
        Answered::OtherCheck => {
            ("the facility chose another way to be checked", "`application show` names it: --digits for account, --called for call_back")
        }
        Answered::OtherDigits => (
            "these are not the digits that the facility gave",
            "look them up again, or give the application back with `application return`",
        ),
        Answered::CodeTaken => ("an institution has this code already", "check --code"),
    };
    Err(Trouble::usage(format!("{what}; nothing was changed"), next))
}

/// A ユーザID that people can tell apart: a word and as many digits as there is room for, none of which looks like a letter.
fn user_id(word: &str, random: &Random) -> Result<UserId, Trouble> {
    let no_id = || Trouble::machine("the machine gives no random numbers", "try again");
    let digits = readable::<64>(random).map_err(|why: NoRandom| no_id().because(why))?;
    let digits = digits.chars().filter(char::is_ascii_digit).take(3);
    UserId::try_from(word.chars().chain(digits).collect::<String>().as_str()).map_err(|why| no_id().because(why))
}

/// ID, state, received, to be answered by, kind, facility; separated by tabs.
fn line(entry: &ApplicantEntry, now: UnixMs) -> String {
    let (id, kind, facility) = (entry.who.id.as_str(), entry.who.facility.word(), &entry.who.facility_name);
    let at = |at: Option<UnixMs>| at.map_or_else(|| "-".to_owned(), UnixMs::jst_minute_text);
    let sent = entry.sent.as_ref().map(|sent| sent.at);
    [id, &state(entry, now), &at(sent), &at(sent.map(due_at)), kind, facility].join("\t")
}

/// The state, and whether it should have been answered by now.
fn state(entry: &ApplicantEntry, now: UnixMs) -> String {
    let is_overdue = entry.state == ApplicationState::Received && entry.sent.as_ref().is_some_and(|sent| due_at(sent.at) <= now);
    format!("{}{}", entry.state.word(), if is_overdue { " OVERDUE" } else { "" })
}

fn show(entry: &ApplicantEntry, dead_mails: &[String], now: UnixMs) {
    let who = &entry.who;
    say(&format!("id          {}", who.id.as_str()));
    say(&format!("state       {}", state(entry, now)));
    say(&format!("portal      {}", who.facility.portal().label()));
    say(&format!("kind        {}", who.facility.label()));
    say(&format!("facility    {}", who.facility_name));
    say(&format!("name        {}", who.name));
    say(&format!("telephone   {}", who.phone));
    say(&format!("mail        {}", who.mail));
    say(&format!("registered  {}", who.at.jst_minute_text()));
    if let Some(sent) = &entry.sent {
        say(&format!("received    {}", sent.at.jst_minute_text()));
        say(&format!("answer by   {}", due_at(sent.at).jst_minute_text()));
        let check = match sent.check {
            FacilityCheck::Account => "account: look the digits up and give them with --digits",
            FacilityCheck::CallBack => "call_back: call the number that the facility is registered with, then --called",
        };
        say(&format!("check       {check}"));
        say(&format!("staff       {}", sent.staff));
        say(&format!("devices     {}", sent.devices));
    }
    say(&format!("answered    {} times", entry.round));
    if let Some(reason) = &entry.reason {
        say(&format!("reason      {reason}"));
    }
    if let Some(institution) = &entry.institution {
        say(&format!("institution {institution}"));
    }
    for id in dead_mails {
        say(&format!("mail given up: {}", id.split('.').next().unwrap_or_default()));
    }
}

fn read_id(id: &str) -> Result<ApplicantId, Trouble> {
    ApplicantId::parse(id).ok_or_else(no_such)
}

fn no_such() -> Trouble {
    Trouble::usage("there is no such application", "see its ID with `uketsuke-server application list`")
}

fn unread(why: StoreError) -> Trouble {
    Trouble::machine("the database cannot be read", "check rights and space of --data").because(why)
}

fn unwritten(why: StoreError) -> Trouble {
    Trouble::machine("the database took no change", "check rights and space of --data").because(why)
}
