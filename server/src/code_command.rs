//! `uketsuke-server code …`: what OT-8 does, for the operator of the host. Every change leaves an audit row of the actor `operator`.

use server::account::hash_of_code;
use server::clock::Clock;
use server::command_line::CodeCommand;
use server::random::Random;
use server::rule::code::{Issued, invalidate, issue};
use server::store::code::{CodeQuery, CodeRecord, NewCodeRow, list};
use server::store::db::Db;
use server::store::readable::Readable;
use server::store::{AuditEntry, CodeId, StoreError};
use server::tenant::Tenant;
use server::trouble::Trouble;
use shared::api::Endpoint as _;
use shared::api::activation::{CODE_LIFE_MS, InvalidateCode, IssueCode};
use shared::domain::calendar::UnixMs;
use shared::domain::code::{ActivationCode, DeviceLabel};

use crate::database::open_institution;
use crate::say;

/// Rows that are read at a time.
const AT_ONCE: u32 = 500;

/// Runs one command.
pub(crate) async fn run(command: CodeCommand) -> Result<(), Trouble> {
    let (CodeCommand::Issue { at, .. } | CodeCommand::List { at } | CodeCommand::Invalidate { at, .. }) = &command;
    let (db, tenant) = open_institution(at).await?;
    let outcome = on(&db, &tenant, &command).await;
    db.close().await;
    outcome
}

async fn on(db: &Db, tenant: &Tenant, command: &CodeCommand) -> Result<(), Trouble> {
    let now = Clock::machine().now();
    match command {
        CodeCommand::Issue { label, .. } => {
            let label = DeviceLabel::try_from(label.as_str())
                .map_err(|why| Trouble::usage(format!("--label: {why}"), "for example --label Aのスマホ1"))?;
            let (digits, expires_at) = issue_one(db, tenant, label, now).await?;
            say(&format!("code       {}", digits.grouped()));
            say(&format!("good until {}", expires_at.jst_minute_text()));
            say("These digits are shown only now; they open one device, once.");
        }
        CodeCommand::List { .. } => {
            let mut after = None;
            loop {
                let query = CodeQuery { label_key: String::new(), state: None, after: after.take(), rows: AT_ONCE, now };
                let asked = tenant.clone();
                let Readable { rows, damaged, has_more } = db.search(move |tx| list(tx, &asked, &query)).await.map_err(unread)?;
                rows.iter().for_each(|record| say(&line(record, now)));
                if damaged > 0 {
                    say(&format!("{damaged} codes cannot be read from the database; the log names them"));
                }
                if !has_more || rows.is_empty() {
                    break;
                }
                after = rows.last().map(|record| record.id.clone());
            }
        }
        CodeCommand::Invalidate { id, .. } => {
            let no_such = || Trouble::usage("there is no such code in this institution", "see its ID with `uketsuke-server code list`");
            let id = CodeId::parse(id).ok_or_else(no_such)?;
            let (asked, entry) = (tenant.clone(), AuditEntry::of_operator(now, tenant, InvalidateCode::NAME, id.as_str()));
            let ended = db.write(move |tx| invalidate(tx, &asked, &id, &entry)).await.map_err(unwritten)?;
            say(&line(&ended.ok_or_else(no_such)?, now));
        }
    }
    Ok(())
}

async fn issue_one(db: &Db, tenant: &Tenant, label: DeviceLabel, now: UnixMs) -> Result<(ActivationCode, UnixMs), Trouble> {
    let random = Random::machine();
    let no_random = |why: server::random::NoRandom| Trouble::machine("the machine gives no random numbers", "try again").because(why);
    let digits = ActivationCode::from_random(random.bytes().map_err(no_random)?);
    let hash = hash_of_code(&digits, tenant.code())
        .map_err(|why| Trouble::machine("the code could not be worked on", "free some memory").because(why))?;
    let (id, expires_at) = (CodeId::new(now, random.bytes().map_err(no_random)?), now.plus_ms(CODE_LIFE_MS));
    let (asked, entry) = (tenant.clone(), AuditEntry::of_operator(now, tenant, IssueCode::NAME, id.as_str()));
    let new = NewCodeRow { id, label, hash, issued_at: now, issued_by: None, expires_at };
    match db.write(move |tx| issue(tx, &asked, &new, &entry)).await.map_err(unwritten)? {
        Issued::Code(_) => Ok((digits, expires_at)),
        Issued::LabelTaken => Err(Trouble::usage("another device has this label", "choose another, or end that one's code first")),
        Issued::DigitsTaken => Err(Trouble::machine("these digits were drawn before", "run it again")),
    }
}

/// ID, state, label, issued, last seen, separated by tabs.
fn line(record: &CodeRecord, now: UnixMs) -> String {
    let seen = record.last_seen_at.map_or_else(|| "-".to_owned(), UnixMs::jst_minute_text);
    let (id, state, label) = (record.id.as_str(), record.state(now).label(), record.label.as_str());
    format!("{id}\t{state}\t{label}\t{}\t{seen}", record.issued_at.jst_minute_text())
}

fn unread(why: StoreError) -> Trouble {
    Trouble::machine("the database cannot be read", "check rights and space of --data").because(why)
}

fn unwritten(why: StoreError) -> Trouble {
    Trouble::machine("the database took no change", "check rights and space of --data").because(why)
}
