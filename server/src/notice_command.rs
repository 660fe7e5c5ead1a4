//! `uketsuke-server notice …`: what the operator tells the office on its home (N060). Every change leaves an audit row of the actor
//! `operator`.

use server::clock::Clock;
use server::command_line::{NoticeAt, NoticeCommand};
use server::random::Random;
use server::store::db::Db;
use server::store::notice::{NewNoticeRow, NoticeRecord, add, end_of_operator, of_operator};
use server::store::{AuditEntry, NoticeId, StoreError, audit};
use server::tenant::Tenant;
use server::trouble::Trouble;
use shared::api::Endpoint as _;
use shared::api::notice::{AddNotice, EndNotice, Importance, NoticeState};
use shared::domain::calendar::CivilDate;
use shared::domain::prose::{NotProse, Prose, Title};

use crate::database::{institution_in, open_existing};
use crate::say;

/// Rows that are read at a time.
const AT_ONCE: u32 = 500;

/// Runs one command.
pub(crate) async fn run(command: NoticeCommand) -> Result<(), Trouble> {
    let (NoticeCommand::Add { at, .. } | NoticeCommand::List { at } | NoticeCommand::End { at, .. }) = &command;
    let db = open_existing(&at.database, at.demo).await?;
    let outcome = on(&db, &command).await;
    db.close().await;
    outcome
}

/// The one institution that is meant; `None`: all.
async fn whom(db: &Db, at: &NoticeAt) -> Result<Option<Tenant>, Trouble> {
    match &at.institution {
        Some(code) => institution_in(db, code).await.map(Some),
        None => Ok(None),
    }
}

async fn on(db: &Db, command: &NoticeCommand) -> Result<(), Trouble> {
    let now = Clock::machine().now();
    match command {
        NoticeCommand::Add { at, title, text, from, until, important } => {
            let to = whom(db, at).await?;
            let title = Title::try_from(title.as_str()).map_err(|why| unfit("--title", why))?;
            let text = Prose::try_from(text.as_str()).map_err(|why| unfit("--text", why))?;
            let from = from.as_deref().map(|text| day("--from", text)).transpose()?.unwrap_or(now.jst_date());
            let until = until.as_deref().map(|text| day("--until", text)).transpose()?;
            if until.is_some_and(|until| until < from) {
                return Err(Trouble::usage("--until is before the first day", "give a later day, or leave it out"));
            }
            let random = Random::machine().bytes();
            let random = random.map_err(|why| Trouble::machine("the machine gives no random numbers", "try again").because(why))?;
            let id = NoticeId::new(now, random);
            let importance = if *important { Importance::High } else { Importance::Normal };
            let new = NewNoticeRow { id: id.clone(), by: None, title, text, importance, from, until, at: now };
            let entry = AuditEntry::of_operator_to(now, to.as_ref(), AddNotice::NAME, id.as_str());
            let written = db.write(move |tx| {
                add(tx, to.as_ref(), &new)?;
                audit::add(tx, &entry)
            });
            written.await.map_err(unwritten)?;
            say_one(db, &id, now.jst_date()).await
        }
        NoticeCommand::List { at } => {
            let to = whom(db, at).await?;
            let is_wanted = |code: Option<&str>| to.as_ref().is_none_or(|to| code == Some(to.code().as_str()));
            each(db, |code, record| {
                if is_wanted(code) {
                    say(&line(code, record, now.jst_date()));
                }
                true
            })
            .await
        }
        NoticeCommand::End { id, .. } => {
            let no_such = || Trouble::usage("there is no such notice of the operator", "see its ID with `uketsuke-server notice list`");
            let id = NoticeId::parse(id).ok_or_else(no_such)?;
            let (named, entry) = (id.clone(), AuditEntry::of_operator_to(now, None, EndNotice::NAME, id.as_str()));
            let ended = db.write(move |tx| {
                let is_there = end_of_operator(tx, &named, now)?;
                if is_there {
                    audit::add(tx, &entry)?;
                }
                Ok(is_there)
            });
            if !ended.await.map_err(unwritten)? {
                return Err(no_such());
            }
            say_one(db, &id, now.jst_date()).await
        }
    }
}

/// Goes through the operator's notices, the newest first, until `see` says that it has enough.
async fn each(db: &Db, see: impl Fn(Option<&str>, &NoticeRecord) -> bool) -> Result<(), Trouble> {
    let mut after: Option<NoticeId> = None;
    loop {
        let from = after.take();
        let rows = db.read(move |tx| of_operator(tx, from.as_ref(), AT_ONCE)).await.map_err(unread)?;
        let is_last = rows.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
        if !rows.iter().all(|(code, record)| see(code.as_deref(), record)) || is_last {
            return Ok(());
        }
        after = rows.last().map(|(_, record)| record.id.clone());
    }
}

async fn say_one(db: &Db, id: &NoticeId, today: CivilDate) -> Result<(), Trouble> {
    each(db, |code, record| {
        let is_it = &record.id == id;
        if is_it {
            say(&line(code, record, today));
        }
        !is_it
    })
    .await
}

/// ID, state, to whom, from, until, title, separated by tabs.
fn line(code: Option<&str>, record: &NoticeRecord, today: CivilDate) -> String {
    let state = match record.state(today) {
        NoticeState::Shown => "shown",
        NoticeState::NotYet => "not-yet",
        NoticeState::Over => "over",
    };
    let until = record.until.map_or_else(|| "-".to_owned(), |day| day.to_string());
    [record.id.as_str(), state, code.unwrap_or("all"), &record.from.to_string(), &until, record.title.as_str()].join("\t")
}

fn unfit(option: &str, why: NotProse) -> Trouble {
    Trouble::usage(format!("{option}: {why}"), "a notice names no person by number; shorten it where it is too long")
}

fn day(option: &str, text: &str) -> Result<CivilDate, Trouble> {
    CivilDate::from_typed(text).map_err(|_| Trouble::usage(format!("{option} is no day"), "write it as 2026-12-01"))
}

fn unread(why: StoreError) -> Trouble {
    Trouble::machine("the database cannot be read", "check rights and space of --data").because(why)
}

fn unwritten(why: StoreError) -> Trouble {
    Trouble::machine("the database took no change", "check rights and space of --data").because(why)
}
