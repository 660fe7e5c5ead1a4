//! What the office is told of the folder: the state of each check, by what the folder and its log show.
//!
//! Before a file is written its name is noted ([`begin`]); what became of it is read from the folder, at the beginning of a run and at
//! its end ([`settle`]). So a run that dies in between leaves nothing that the next one does not put right.

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::hand_over::{HandOver, HandOverFault, HandOverState, HandOverWay, Misfit};

use super::message::Unwritable;
use super::outbox::{CannotSend, Outbox, Seen};
use crate::store::db::Db;
use crate::store::tx::Tx;
use crate::store::{ConsentId, StoreError, handover};
use crate::tenant::Tenant;

/// Files older than this are not looked after: whether they were taken stays open.
const LOOKS_BACK_DAYS: i64 = 31;

/// At most so many checks are told that the folder cannot be reached.
const TOLD_AT_ONCE: u32 = 500;

/// A state of the folder's way.
#[must_use]
pub fn of_folder(state: HandOverState, at: UnixMs, file: Option<String>, fault: Option<HandOverFault>) -> HandOver {
    HandOver { way: HandOverWay::Folder, state, at, file, fault }
}

/// What the encoding lacks, as it is kept.
#[must_use]
pub fn misfits(of: &Unwritable) -> HandOverFault {
    let misfit = |fault: &super::message::Fault| Misfit { label: fault.label.to_owned(), characters: fault.characters.iter().collect() };
    HandOverFault::Characters(of.faults.iter().map(misfit).collect())
}

/// What kept a file out, as it is kept; `None` for what is over by itself.
#[must_use]
pub fn fault_of(why: &CannotSend) -> Option<HandOverFault> {
    match why {
        CannotSend::Gone(_) => Some(HandOverFault::FolderGone),
        CannotSend::Full(_) => Some(HandOverFault::FolderFull),
        CannotSend::NotAllowed(_) => Some(HandOverFault::FolderNotAllowed),
        CannotSend::Conflict(_) => Some(HandOverFault::Conflict),
        CannotSend::Disk(_) => Some(HandOverFault::Disk),
        CannotSend::Busy => None,
    }
}

/// Notes that a file of this name is about to be written.
///
/// # Errors
/// What the database says.
pub fn begin(tx: &mut Tx<'_>, tenant: &Tenant, consent: &ConsentId, at: UnixMs, name: &str) -> Result<(), StoreError> {
    handover::note(tx, tenant, consent, &of_folder(HandOverState::Waiting, at, Some(name.to_owned()), None)).map(|_| ())
}

/// Why the state could not be settled.
#[derive(Debug, thiserror::Error)]
pub enum Unsettled {
    /// The database.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// The folder.
    #[error(transparent)]
    Folder(#[from] CannotSend),
}

/// Notes of each open file what the folder shows: it lies there, it was taken, or its name is another file's.
///
/// # Errors
/// [`Unsettled`].
pub async fn settle(db: &Db, tenant: &Tenant, outbox: &Outbox, now: UnixMs) -> Result<(), Unsettled> {
    let (asked, since) = (tenant.clone(), now.jst_date().plus_days(-LOOKS_BACK_DAYS).at_jst(0, 0));
    let open = db.search(move |tx| handover::open_files(tx, &asked, since)).await?;
    let mut changed = Vec::new();
    for (consent, one) in open {
        let Some(name) = one.file.as_deref() else { continue };
        let state = match outbox.seen(consent.as_str(), name)? {
            Some(Seen::Lies) => HandOverState::Written,
            Some(Seen::Taken) => HandOverState::Received,
            None => continue,
        };
        if state != one.state {
            changed.push((consent, of_folder(state, now, None, None)));
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let tenant = tenant.clone();
    db.write(move |tx| changed.iter().try_for_each(|(consent, of)| handover::note(tx, &tenant, consent, of).map(|_| ()))).await?;
    Ok(())
}

/// Checks that the folder kept out, which go as soon as it takes files.
///
/// # Errors
/// What the database says.
pub async fn kept_out(db: &Db, tenant: &Tenant, now: UnixMs) -> Result<Vec<ConsentId>, StoreError> {
    let (tenant, since) = (tenant.clone(), now.jst_date().plus_days(-LOOKS_BACK_DAYS).at_jst(0, 0));
    db.search(move |tx| handover::kept_out(tx, &tenant, since, TOLD_AT_ONCE)).await
}

/// Notes that nothing gets into the folder, for the checks since a day that have not left by any way.
///
/// # Errors
/// What the database says.
pub async fn stopped(db: &Db, tenant: &Tenant, since: CivilDate, fault: HandOverFault, now: UnixMs) -> Result<(), StoreError> {
    let tenant = tenant.clone();
    db.write(move |tx| {
        for consent in handover::unsent(tx, &tenant, (since.at_jst(0, 0), now.plus_ms(1)), TOLD_AT_ONCE)? {
            // What is held back by a person, or cannot be written, keeps its own reason.
            let ways = handover::of(tx, &tenant, &consent)?;
            let has_reason = |one: &HandOver| matches!(one.fault, Some(HandOverFault::Held | HandOverFault::Characters(_)));
            if !ways.iter().any(has_reason) {
                handover::note(tx, &tenant, &consent, &of_folder(HandOverState::Failed, now, None, Some(fault.clone())))?;
            }
        }
        Ok(())
    })
    .await
}
