//! 稼働状況 (OT-23): each part measured when it is asked for, never assumed. What cannot be measured is unknown, and says so.

mod backup;
mod certificate;
pub(crate) mod health;
mod link;
pub(crate) mod support;

use std::time::Instant;

use shared::api::operation::{Fact, Operation, PartState, SeenByPage};
use shared::domain::calendar::UnixMs;
use shared::domain::operation::{Light, Part};

use crate::app::App;
use crate::eligibility::RegistryLook;
use crate::rule;
use crate::store::operation::{Seen, late_jobs, read_probe, seen};
use crate::store::{Sha256, StoreError};
use crate::tenant::Tenant;

/// A write that takes longer needs a look, milliseconds.
const SLOW_MS: u32 = 2_000;
/// With less space left it needs a look, MiB.
const LITTLE_SPACE_MIB: u32 = 1024;
/// With less it will stop soon, MiB.
const NO_SPACE_MIB: u32 = 100;
/// A job is late so long after it was due, milliseconds.
const LATE_MS: i64 = 10 * 60_000;
/// A job that was tried so often fails again and again.
const TRIES: u32 = 3;
/// A jump of the clock is shown for so long, milliseconds: a day.
const JUMP_SHOWN_MS: i64 = 24 * 60 * 60_000;

/// How a part was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Measured {
    pub(crate) light: Light,
    pub(crate) fact: Fact,
}

impl Measured {
    pub(crate) fn new(light: Light, fact: Fact) -> Self {
        Self { light, fact }
    }

    /// What nobody here can say.
    pub(crate) fn unknown(fact: Fact) -> Self {
        Self::new(Light::Unknown, fact)
    }
}

/// Looks at every part now, and keeps what is seen. A store that takes nothing keeps nothing: then what was kept before is read.
///
/// # Errors
/// What the store says to reading.
pub(crate) async fn look(
    app: &App,
    tenant: &Tenant,
    browser: Option<Sha256>,
    of_page: SeenByPage,
    now: UnixMs,
) -> Result<Operation, StoreError> {
    let measured = [
        (Part::Line, Measured::new(Light::Good, Fact::Reached)),
        (Part::Portal, Measured::unknown(Fact::NotConnected)),
        (Part::National, of_registry(app.registers.of_tenant(&app.db, tenant).await?.look())),
        (Part::Link, link::look(app, tenant, now).await?),
        (Part::Store, of_store(app, now).await),
        (Part::Clock, of_clock(app, now)),
        (Part::Backup, backup::look(app, now).await?),
        (Part::ClientCertificate, certificate::look(app, tenant, now).await?),
    ];
    let lights: Vec<_> = measured.iter().map(|(part, measured)| (*part, measured.light)).collect();
    let kept = keep(app, tenant, String::new(), lights, now).await?;
    let of_page: Vec<_> = of_page.lights().collect();
    let kept_for_page = match browser {
        Some(browser) => keep(app, tenant, crate::hex(&browser), of_page.clone(), now).await?,
        None => Vec::new(),
    };
    let asked = tenant.clone();
    let windows = app.db.read(move |tx| rule::maintenance::announced(tx, &asked, now)).await?;
    let state = |part: Part| {
        let (light, fact, kept) = match measured.iter().find(|(of, _)| *of == part) {
            Some((_, measured)) => (measured.light, measured.fact.clone(), &kept),
            None => {
                let light = of_page.iter().find(|(of, _)| *of == part).map_or(Light::Unknown, |(_, light)| *light);
                (light, Fact::SeenByPage, &kept_for_page)
            }
        };
        let seen = kept.iter().find(|seen| seen.part == part);
        // What could not be kept now says since when only where it stood so before.
        let since = seen.filter(|seen| seen.light == light).map(|seen| seen.since);
        PartState { part, light, fact, since, good_at: seen.and_then(|seen| seen.good_at) }
    };
    let windows = windows.into_iter().filter(|row| row.is_now(now)).collect();
    Ok(Operation { parts: Part::ALL.into_iter().map(state).collect(), windows, now })
}

async fn keep(app: &App, tenant: &Tenant, place: String, lights: Vec<(Part, Light)>, now: UnixMs) -> Result<Vec<Seen>, StoreError> {
    let (of, at) = (tenant.clone(), place.clone());
    let kept = app.db.write(move |tx| rule::operation::look(tx, &of, &at, &lights, now)).await;
    match kept {
        Ok(kept) => Ok(kept),
        Err(cause) => {
            tracing::warn!(%cause, "what was seen of the parts could not be kept");
            let of = tenant.clone();
            app.db.read(move |tx| seen(tx, &of, &place)).await
        }
    }
}

fn of_registry(look: RegistryLook) -> Measured {
    match look {
        RegistryLook::Answers => Measured::new(Light::Good, Fact::RegisterAnswers),
        RegistryLook::Silent => Measured::new(Light::Bad, Fact::RegisterSilent),
        RegistryLook::Demo(people) => Measured::unknown(Fact::DemoRegister { people }),
        RegistryLook::Empty => Measured::unknown(Fact::NoRegister),
        RegistryLook::NotSaid => Measured::unknown(Fact::NotConnected),
    }
}

/// Writes a row durably, reads it back, and looks at the space and the work that waits.
pub(crate) async fn of_store(app: &App, now: UnixMs) -> Measured {
    let begun = Instant::now();
    let written = app.db.write(move |tx| rule::operation::probe(tx, now)).await;
    let read = app.db.read(move |tx| Ok((read_probe(tx)?, late_jobs(tx, now.plus_ms(-LATE_MS), TRIES)?))).await;
    let ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
    match (written, read) {
        (Err(StoreError::Full), _) => Measured::new(Light::Bad, Fact::StoreFull),
        // Others wrote it meanwhile, too: what counts is that it can be read.
        (Ok(()), Ok((Some(_), late_jobs))) => {
            let free_mib = (app.watch.free_space)().map(|bytes| u32::try_from(bytes / (1024 * 1024)).unwrap_or(u32::MAX));
            let light = match free_mib {
                Some(free) if free < NO_SPACE_MIB => Light::Bad,
                Some(free) if free < LITTLE_SPACE_MIB => Light::Attention,
                _ if ms > SLOW_MS || late_jobs > 0 => Light::Attention,
                _ => Light::Good,
            };
            Measured::new(light, Fact::Stored { ms, free_mib, late_jobs })
        }
        (written, read) => {
            let cause = written.err().or_else(|| read.err()).map(|cause| cause.to_string());
            tracing::error!(cause, "the store does not take and give back what is written");
            Measured::new(Light::Bad, Fact::StoreFailed)
        }
    }
}

fn of_clock(app: &App, now: UnixMs) -> Measured {
    match app.jumps.last() {
        Some((at, by_ms)) if now.0.saturating_sub(at.0) < JUMP_SHOWN_MS => Measured::new(Light::Attention, Fact::ClockJumped { at, by_ms }),
        _ => Measured::new(Light::Good, Fact::ClockSteady),
    }
}
