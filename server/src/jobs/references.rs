//! Registers 照会番号 that wait for it: failure never stops a reception, and what got no answer is asked again.

use shared::domain::calendar::UnixMs;
use shared::domain::reference::SendState;

use crate::clock::Clock;
use crate::eligibility::Registry;
use crate::eligibility::reference::{ReferenceAnswer, ReferenceAsked};
use crate::eligibility::registers::Registers;
use crate::rule;
use crate::store::db::Db;
use crate::store::job::Job;
use crate::store::reference::{Kept, find, put, waiting};
use crate::store::{StoreError, tx::Tx};
use crate::tenant::Tenant;

/// Name of the job.
pub const KIND: &str = "references";
/// How often it looks, milliseconds.
pub const EVERY_MS: i64 = 60_000;
/// What waits longer is 遅れ, milliseconds.
pub const LATE_MS: i64 = 10 * 60_000;

/// Asks for one number and keeps the answer, unless it was changed meanwhile.
///
/// # Errors
/// What the database says.
pub async fn send(db: &Db, registry: &dyn Registry, tenant: &Tenant, id: &str, now: UnixMs) -> Result<(), StoreError> {
    let (of, asked) = (id.to_owned(), tenant.clone());
    let Some(kept) = db.read(move |tx| find(tx, &asked, &of)).await?.filter(is_waiting) else { return Ok(()) };
    let answer = registry.register_reference(&ReferenceAsked { number: kept.number.clone(), insurance: kept.insurance.clone() });
    let of = tenant.clone();
    db.write(move |tx| note(tx, &of, &kept, &answer, now)).await
}

fn is_waiting(kept: &Kept) -> bool {
    matches!(kept.state, SendState::Sending | SendState::Late)
}

fn note(tx: &mut Tx<'_>, tenant: &Tenant, asked: &Kept, answer: &ReferenceAnswer, now: UnixMs) -> Result<(), StoreError> {
    let Some(kept) = find(tx, tenant, &asked.id)? else { return Ok(()) };
    // Another number or another insurance by now: that answer is of before.
    if !is_waiting(&kept) || (&kept.number, &kept.insurance, kept.changed_at) != (&asked.number, &asked.insurance, asked.changed_at) {
        return Ok(());
    }
    let kept = match answer {
        ReferenceAnswer::Registered => Kept { state: SendState::Registered, code: None, message: None, ..kept },
        ReferenceAnswer::Refused { code, message } => {
            Kept { state: SendState::Refused, code: Some(code.clone()), message: Some(message.clone()), ..kept }
        }
        ReferenceAnswer::Away if kept.changed_at.plus_ms(LATE_MS) <= now => Kept { state: SendState::Late, ..kept },
        ReferenceAnswer::Away => return Ok(()),
    };
    put(tx, tenant, &kept)
}

/// Asks for all that wait.
///
/// # Errors
/// What the database says.
pub async fn run(db: &Db, registers: &Registers, clock: &Clock, job: &Job) -> Result<(), StoreError> {
    let now = clock.now();
    for (institution, id) in db.read(move |tx| waiting(tx, now)).await? {
        let tenant = Tenant::of_operator(&institution);
        send(db, &**registers.of_tenant(db, &tenant).await?, &tenant, &id, now).await?;
    }
    let of = job.clone();
    db.write(move |tx| rule::job::finish(tx, &of, now)).await.map(|_| ())
}
