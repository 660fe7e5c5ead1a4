//! `uketsuke-server opening …`: 災害・障害時 for the institutions of an area (OT-17, P-OPEN). Every change leaves an audit row of the actor
//! `operator` at each of them.

use std::collections::BTreeMap;

use server::clock::Clock;
use server::command_line::{OpeningArgs, OpeningCommand};
use server::random::Random;
use server::rule::opening::{Area, close_for_area, open_for_area};
use server::store::db::Db;
use server::store::opening::of_operator;
use server::store::{OpeningId, StoreError};
use server::trouble::Trouble;
use shared::api::opening::OpeningRow;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;
use shared::domain::opening::{Opening, OpeningFault, OpeningGround};

use crate::database::open_existing;
use crate::maintenance_command::{instant, note};
use crate::say;

/// Rows that are listed at most.
const LISTED: u32 = 10_000;

/// Runs one command.
pub(crate) async fn run(command: OpeningCommand) -> Result<(), Trouble> {
    let at = match &command {
        OpeningCommand::Add(args) => &args.at,
        OpeningCommand::List { at } | OpeningCommand::Close { at, .. } => at,
    };
    let db = open_existing(&at.database, at.demo).await?;
    let outcome = on(&db, &command).await;
    db.close().await;
    outcome
}

async fn on(db: &Db, command: &OpeningCommand) -> Result<(), Trouble> {
    let now = Clock::machine().now();
    match command {
        OpeningCommand::Add(args) => {
            let (of, area) = (opening(args)?, area(args)?);
            of.check(now).map_err(unsound)?;
            let random = Random::machine().bytes();
            let random = random.map_err(|why| Trouble::machine("the machine gives no random numbers", "try again").because(why))?;
            let id = OpeningId::new(now, random);
            let (named, written) = (id.clone(), db.write(move |tx| open_for_area(tx, &area, &id, &of, now)).await);
            if written.map_err(unwritten)?.is_empty() {
                let next = "check --prefecture or --institution; those for training and former codes are left out";
                return Err(Trouble::usage("no institution is in this area: nothing was opened", next));
            }
            list(db, Some(&named), now).await
        }
        OpeningCommand::List { .. } => list(db, None, now).await,
        OpeningCommand::Close { id, .. } => {
            let no_such = || Trouble::usage("there is no such record of the operator", "see its ID with `uketsuke-server opening list`");
            let id = OpeningId::parse(id).ok_or_else(no_such)?;
            let named = id.clone();
            db.write(move |tx| close_for_area(tx, &id, now)).await.map_err(unwritten)?.ok_or_else(no_such)?;
            list(db, Some(&named), now).await
        }
    }
}

fn opening(args: &OpeningArgs) -> Result<Opening, Trouble> {
    let ground = match (&args.notice, &args.called_at, &args.called_whom, &args.called_back_at, &args.case_number) {
        (Some(number), ..) => OpeningGround::Notice { number: note("--notice", number)? },
        (None, Some(at), Some(whom), Some(back), Some(case)) => OpeningGround::Call {
            at: instant("--called-at", at)?,
            whom: note("--called-whom", whom)?,
            called_back_at: instant("--called-back-at", back)?,
            case_number: note("--case-number", case)?,
        },
        _ => return Err(unsound(OpeningFault::Ground)),
    };
    let (from, to) = (instant("--from", &args.from)?, instant("--to", &args.to)?);
    Ok(Opening { kind: args.kind, area: note("--area", &args.area)?, from, to, ground })
}

fn area(args: &OpeningArgs) -> Result<Area, Trouble> {
    if args.institution.is_empty() {
        let is_prefecture = |text: &String| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !args.prefecture.iter().all(is_prefecture) {
            return Err(Trouble::usage("--prefecture is no number of a prefecture", "give two digits, for example --prefecture 13"));
        }
        return Ok(Area::Prefectures(args.prefecture.clone()));
    }
    let code = |text: &String| {
        let bad = |why| Trouble::usage(format!("--institution is no institution code: {why}"), "for example --institution 9969900001");
        InstitutionCode::from_pasted(text).map_err(bad)
    };
    args.institution.iter().map(code).collect::<Result<_, _>>().map(Area::Institutions)
}

fn unsound(why: OpeningFault) -> Trouble {
    let (what, next) = match why {
        OpeningFault::Ground => {
            ("a ground is missing, or is one of the other kind", "give --notice for a disaster, the --call… options for an outage")
        }
        OpeningFault::CalledBack => {
            ("the centre called back before it was called, or has not yet", "check --called-at and --called-back-at")
        }
        OpeningFault::Span => ("it ends before it begins, or is over", "check --from and --to: they are times in Japan"),
        OpeningFault::BeforeCall => ("it begins before the centre called back", "check --from and --called-back-at"),
        OpeningFault::TooLong(_) => {
            ("an outage is opened for no longer than the rules say", "give an earlier --to, and a further record later")
        }
    };
    Trouble::usage(what, next)
}

/// Prints the records, one line for all institutions of each.
async fn list(db: &Db, only: Option<&OpeningId>, now: UnixMs) -> Result<(), Trouble> {
    let rows = db.read(move |tx| of_operator(tx, LISTED)).await;
    let rows = rows.map_err(|why| Trouble::machine("the database cannot be read", "check rights and space of --data").because(why))?;
    let mut records: BTreeMap<String, Vec<OpeningRow>> = BTreeMap::new();
    for (_, row) in rows.into_iter().filter(|(_, row)| only.is_none_or(|id| id.as_str() == row.id)) {
        records.entry(row.id.clone()).or_default().push(row);
    }
    records.values().rev().for_each(|rows| say(&line(rows, now)));
    Ok(())
}

/// ID, state, kind, area, from, to, number of institutions.
fn line(rows: &[OpeningRow], now: UnixMs) -> String {
    let Some(OpeningRow { id, opening, .. }) = rows.first() else { return String::new() };
    let state = match rows.iter().filter(|row| row.is_living(now)).count() {
        0 if rows.iter().any(|row| now < row.ends_at()) => "ahead",
        0 => "over",
        _ => "open",
    };
    let time = |at: UnixMs| {
        let (hour, minute) = at.jst_time();
        format!("{}T{hour:02}:{minute:02}", at.jst_date())
    };
    let (from, to) = (time(opening.from), time(opening.to));
    format!("{id}\t{state}\t{}\t{}\t{from}\t{to}\t{}", opening.kind.word(), opening.area.as_str(), rows.len())
}

fn unwritten(why: StoreError) -> Trouble {
    Trouble::machine("the database took no change", "check rights and space of --data").because(why)
}
