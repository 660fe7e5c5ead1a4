//! Visits offered at a rate, whatever becomes of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::client::Client;
use crate::figures::Outcome;
use crate::stage::{Meter, Stage};
use crate::tablet::{Ready, is_done};

/// Visits that wait to be proved, for many at once.
#[derive(Clone)]
pub(crate) struct Waiting(Arc<Mutex<Vec<Ready>>>);

impl Waiting {
    pub(crate) fn new(ready: Vec<Ready>) -> Self {
        Self(Arc::new(Mutex::new(ready)))
    }

    pub(crate) fn next(&self) -> Option<Ready> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

/// What became of one visit.
pub(crate) enum Became {
    Done,
    Refused,
    Other(String),
}

/// One visit opened, one proved.
pub(crate) async fn visit(stage: &Stage, client: &mut Client, waiting: &Waiting) -> anyhow::Result<Became> {
    let opened = stage.signer.ask_to_open(client, &stage.token).await?;
    match (opened.status, opened.says_when) {
        (200, _) => {}
        (503, true) => return Ok(Became::Refused),
        (status, _) => return Ok(Became::Other(format!("opening answered with {status}"))),
    }
    // More are prepared than can be served: none left says that the plan was too small.
    let Some(ready) = waiting.next() else { return Ok(Became::Other("nothing left to prove".to_owned())) };
    let proved = ready.prove(client).await?;
    Ok(match (is_done(&proved), proved.status, proved.says_when) {
        (true, ..) => Became::Done,
        (_, 503, true) => Became::Refused,
        (_, status, _) => Became::Other(format!("proof answered with {status}")),
    })
}

/// How visits are offered.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) rate: u32,
    pub(crate) visits: usize,
    /// Visits that may be under way at once; more than that are sent late, which counts.
    pub(crate) tablets: usize,
    /// Each visit comes on a connection of its own.
    pub(crate) is_fresh: bool,
}

/// Offers visits at a rate, whatever becomes of them.
pub(crate) async fn open_loop(stage: &Arc<Stage>, plan: Plan, ready: Vec<Ready>) -> anyhow::Result<Outcome> {
    let waiting = Waiting::new(ready);
    let mut clients = Vec::with_capacity(plan.tablets);
    for number in 0..plan.tablets {
        clients.push(if plan.is_fresh { None } else { Some(stage.client(number).await?) });
    }
    let meter = Meter::start(stage);
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now() + Duration::from_millis(50);
    let mut tablets = JoinSet::new();
    for (number, mut client) in clients.into_iter().enumerate() {
        let (stage, waiting, next) = (Arc::clone(stage), waiting.clone(), Arc::clone(&next));
        tablets.spawn(async move {
            let mut mine = Outcome::default();
            loop {
                let place = next.fetch_add(1, Ordering::SeqCst);
                if place >= plan.visits {
                    return mine;
                }
                let due = begun + Duration::from_secs(1) * u32::try_from(place).unwrap_or(u32::MAX) / plan.rate;
                sleep_until(due).await;
                let sent = Instant::now();
                mine.late.push(sent - due);
                if client.is_none() || plan.is_fresh {
                    client = stage.client(number).await.ok();
                }
                let became = match &mut client {
                    Some(open) => visit(&stage, open, &waiting).await,
                    None => Err(anyhow::anyhow!("not connected")),
                };
                match became {
                    Ok(Became::Done) => {
                        mine.served.push(due.elapsed());
                        mine.of_sent.served.push(sent.elapsed());
                    }
                    Ok(Became::Refused) => {
                        mine.refused.push(due.elapsed());
                        mine.of_sent.refused.push(sent.elapsed());
                    }
                    Ok(Became::Other(what)) => mine.other(what),
                    Err(why) => {
                        mine.other(format!("no answer: {why}"));
                        client = None;
                    }
                }
            }
        });
    }
    let mut outcome = Outcome::default();
    while let Some(mine) = tablets.join_next().await {
        outcome.add(mine?);
    }
    outcome.took = begun.elapsed();
    outcome.use_of = meter.read();
    Ok(outcome)
}
