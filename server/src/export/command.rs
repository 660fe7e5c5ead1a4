//! `uketsuke-server export face`: writes the finished checks of an institution into a folder, each once.

use std::collections::HashSet;
use std::path::Path;

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::hand_over::{HandOverFault, HandOverState};
use shared::domain::settings::FileWay;

use super::face::{self, Check};
use super::message::Unwritable;
use super::outbox::{CannotSend, Outbox, Sent};
use super::state::{self, Unsettled, of_folder};
use crate::charset::Encoding;
use crate::command_line::ExportFace;
use crate::store::db::Db;
use crate::store::{AuditEntry, ConsentId, ConsentRecord, StoreError, audit, consent, finished, handover, institution, reference};
use crate::tenant::Tenant;
use crate::trouble::Trouble;

/// What a run did.
#[derive(Debug, Default)]
pub struct Report {
    /// Files that lie in the folder now.
    pub written: u32,
    /// Files that were there already, as they would have been written.
    pub found: u32,
    /// 受付番号 of checks that the encoding cannot hold, and why. They are tried again by the next run.
    pub unwritable: Vec<(String, Unwritable)>,
    /// 受付番号 of checks whose link is said to be wrong (X62): they wait until it is corrected.
    pub held: Vec<String>,
    /// What stood in the way of single files; the next run tries again.
    pub problems: Vec<CannotSend>,
    /// Stored checks that cannot be read back.
    pub damaged: u32,
}

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// No such institution.
    #[error("there is no such institution")]
    NoInstitution,
    /// The database.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// The folder. What was written so far stays, and the next run goes on.
    #[error(transparent)]
    Folder(#[from] CannotSend),
}

impl From<Unsettled> for Stopped {
    fn from(why: Unsettled) -> Self {
        match why {
            Unsettled::Store(why) => Self::Store(why),
            Unsettled::Folder(why) => Self::Folder(why),
        }
    }
}

/// Writes what [`write_all`] says, and lets the office know where each check stands, also when the folder is in the way.
///
/// # Errors
/// [`Stopped`].
pub async fn write_finished(
    db: &Db,
    tenant: &Tenant,
    folder: &Path,
    encoding: Encoding,
    since: Option<CivilDate>,
    now: UnixMs,
) -> Result<Report, Stopped> {
    let done = write_all(db, tenant, folder, encoding, since, now).await;
    if let Err(Stopped::Folder(why)) = &done
        && let Some(fault) = state::fault_of(why)
    {
        let yesterday = now.jst_date().plus_days(-1);
        state::stopped(db, tenant, since.map_or(yesterday, |since| since.min(yesterday)), fault, now).await?;
    }
    done
}

/// Writes every finished check that this folder has not got yet: of a folder that has none, those since `since` or else of today; of
/// another, those since the day before the newest one it got, and the ones that could not be written before.
///
/// # Errors
/// [`Stopped`].
async fn write_all(
    db: &Db,
    tenant: &Tenant,
    folder: &Path,
    encoding: Encoding,
    since: Option<CivilDate>,
    now: UnixMs,
) -> Result<Report, Stopped> {
    let (code, asked) = (tenant.code(), tenant.clone());
    if db.read(move |tx| institution::find(tx, &asked)).await?.is_none() {
        return Err(Stopped::NoInstitution);
    }
    let (mut outbox, problems) = Outbox::open(folder, code.as_str())?;
    state::settle(db, tenant, &outbox, now).await?;
    let mut run = Run { tenant, encoding, now, tried: HashSet::new(), report: Report { problems, ..Report::default() } };
    let waiting: Vec<ConsentId> = outbox.waiting().filter_map(ConsentId::parse).collect();
    // The folder may have been away on the first day: then its log knows nothing of what it kept out.
    let kept_out = state::kept_out(db, tenant, now).await?;
    for id in waiting.into_iter().chain(kept_out) {
        run.one(db, &mut outbox, id).await?;
    }
    // A check may be stored a moment after one that is a moment younger: a day more is looked at.
    let last = outbox.newest().map(|day| day.min(now.jst_date()).plus_days(-1));
    let from = last.into_iter().chain(since).min().unwrap_or_else(|| now.jst_date());
    let (mut at, mut id) = (from.at_jst(0, 0), String::new());
    loop {
        let (asked, after) = (tenant.clone(), id.clone());
        let some = db.search(move |tx| finished::after(tx, &asked, at, &after)).await?;
        let is_end = some.len() < finished::AT_ONCE;
        if let Some((last_at, last_id)) = some.last() {
            (at, id) = (*last_at, last_id.as_str().to_owned());
        }
        for (_, one) in some {
            run.one(db, &mut outbox, one).await?;
        }
        if is_end {
            state::settle(db, tenant, &outbox, now).await?;
            return Ok(run.report);
        }
    }
}

struct Run<'a> {
    tenant: &'a Tenant,
    encoding: Encoding,
    now: UnixMs,
    tried: HashSet<ConsentId>,
    report: Report,
}

impl Run<'_> {
    async fn one(&mut self, db: &Db, outbox: &mut Outbox, id: ConsentId) -> Result<(), Stopped> {
        if outbox.is_sent(id.as_str()) || !self.tried.insert(id.clone()) {
            return Ok(());
        }
        let tenant = self.tenant.clone();
        match db.read(move |tx| consent::find(tx, &tenant, &id)).await {
            // Said to hang on another person's records: not before a person has corrected that (X62).
            Ok(Some(record)) if self.is_held(db, &record).await? => {
                outbox.note_unwritable(record.id.as_str(), record.consented_at.jst_date())?;
                self.tell(db, &record, HandOverState::Waiting, HandOverFault::Held).await?;
                self.report.held.push(record.receipt);
                Ok(())
            }
            Ok(Some(record)) => self.send(db, outbox, &record).await,
            Ok(None) => Ok(()),
            // One bad row keeps no other from leaving.
            Err(StoreError::Damaged(_)) => {
                self.report.damaged += 1;
                Ok(())
            }
            Err(why) => Err(why.into()),
        }
    }

    async fn is_held(&self, db: &Db, record: &ConsentRecord) -> Result<bool, StoreError> {
        let (tenant, id) = (self.tenant.clone(), record.id.clone());
        db.read(move |tx| reference::is_held(tx, &tenant, &id)).await
    }

    /// Lets the office know why a check has not left.
    async fn tell(&self, db: &Db, record: &ConsentRecord, state: HandOverState, fault: HandOverFault) -> Result<(), StoreError> {
        let (tenant, id, of) = (self.tenant.clone(), record.id.clone(), of_folder(state, self.now, None, Some(fault)));
        db.write(move |tx| handover::note(tx, &tenant, &id, &of)).await.map(|_| ())
    }

    /// What leaves is on the record before it leaves: a row too many after a kill, never one too few.
    async fn note(&self, db: &Db, record: &ConsentRecord, name: &str, outcome: &str) -> Result<(), StoreError> {
        let done = AuditEntry::of_operator(self.now, self.tenant, "export.face", record.id.as_str());
        let entry = done.with_outcome(outcome);
        let (tenant, id, number, at) = (self.tenant.clone(), record.id.clone(), record.reference_number.clone(), self.now);
        let (has_left, name) = (outcome == "ok", name.to_owned());
        db.write(move |tx| {
            if has_left {
                reference::note_sent(tx, &tenant, &id, at, number.as_deref())?;
                state::begin(tx, &tenant, &id, at, &name)?;
            }
            audit::add(tx, &entry)
        })
        .await
    }

    async fn send(&mut self, db: &Db, outbox: &mut Outbox, record: &ConsentRecord) -> Result<(), Stopped> {
        let (id, day) = (record.id.as_str(), record.consented_at.jst_date());
        let check = Check::of(record, self.tenant.code(), self.now);
        let bytes = match check.write(self.encoding) {
            Ok(bytes) => bytes,
            Err(unwritable) => {
                outbox.note_unwritable(id, day)?;
                self.tell(db, record, HandOverState::Failed, state::misfits(&unwritable)).await?;
                self.report.unwritable.push((record.receipt.clone(), unwritable));
                return Ok(());
            }
        };
        let name = face::file_name(self.tenant.code(), record.visit_kind, id, check.eligibility.checked_at);
        self.note(db, record, &name, "ok").await?;
        let sent = outbox.send(id, day, &name, &bytes);
        if let Err(why) = &sent {
            self.note(db, record, &name, "U-X48").await?;
            if let Some(fault) = state::fault_of(why) {
                self.tell(db, record, HandOverState::Failed, fault).await?;
            }
        }
        match sent {
            Ok(Sent::Now) => self.report.written += 1,
            Ok(Sent::SameFile) => self.report.found += 1,
            Ok(Sent::Before) => {}
            Err(why @ CannotSend::Conflict(_)) => self.report.problems.push(why),
            Err(why) => return Err(why.into()),
        }
        Ok(())
    }
}

/// Runs the command and tells its operator what became of it.
///
/// # Errors
/// [`Trouble`], also when single checks were not written.
pub async fn run(db: &Db, tenant: &Tenant, args: &ExportFace, now: UnixMs) -> Result<(), Trouble> {
    let asked = tenant.clone();
    let found = db.read(move |tx| institution::find(tx, &asked)).await;
    let found = found.map_err(|why| Trouble::machine("the settings cannot be read", "check --data or --database-url").because(why))?;
    let set = found.map(|found| found.settings.hand_over).unwrap_or_default();
    if !set.is_on {
        say("written 0: 結果の自動書き出し is off (OT-6, or `settings set --hand-over on`)");
        return Ok(());
    }
    if set.way == FileWay::Download {
        say("written 0: the way out of this institution is the download at the office (OT-6)");
        return Ok(());
    }
    // What stands on the command line counts for this run: a timer that named it before there was the setting goes on as it was.
    let encoding = match &args.encoding {
        None => Encoding::from(set.encoding),
        Some(name) => Encoding::ALL
            .into_iter()
            .find(|encoding| encoding.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| Trouble::usage("--encoding is neither", "utf-8 or shift_jis"))?,
    };
    let since = args.since.as_deref().map(CivilDate::try_from).transpose();
    let since = since.map_err(|why| Trouble::usage(format!("--since is {why}"), "for example --since 2026-11-30"))?;
    let report = write_finished(db, tenant, &args.to, encoding, since, now).await.map_err(|why| match why {
        Stopped::NoInstitution => Trouble::usage("there is no such institution", "check --institution and --data"),
        Stopped::Store(why) => {
            Trouble::machine("the checks cannot be read from the database", "check --data or --database-url").because(why)
        }
        Stopped::Folder(why) => {
            Trouble::machine(why.to_string(), "check --to, then run it again: it goes on where it stopped").because(why)
        }
    })?;
    say(&format!("written {}, there already {}", report.written, report.found));
    for (receipt, unwritable) in &report.unwritable {
        say(&format!("not written: 受付番号 {receipt}: {unwritable}"));
    }
    for receipt in &report.held {
        say(&format!("not written: 受付番号 {receipt}: its link is said to be wrong (OT-20); it waits until that is corrected"));
    }
    for problem in &report.problems {
        say(&format!("not written: {problem}"));
    }
    match report.unwritable.len() + report.problems.len() + usize::try_from(report.damaged).unwrap_or(0) {
        0 => Ok(()),
        count => Err(Trouble::machine(
            format!("{count} checks were not written ({} of them cannot be read from the database)", report.damaged),
            "see the lines above; the next run tries them again",
        )),
    }
}

#[expect(clippy::print_stdout, reason = "what the operator asked for")]
fn say(line: &str) {
    println!("{line}");
}
