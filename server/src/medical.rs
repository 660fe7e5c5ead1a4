//! Medical information (OT-16): asks whoever knows it about one person and one kind. It may be slow or away; nothing is fetched ahead and
//! nothing of it is kept here.

pub mod embedded;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::medical::{Checkup, MedicalKind, MedicalSection};

/// A source answers within this time, or counts as away.
pub const WAIT: Duration = Duration::from_secs(10);

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Of whom, in the register's words.
    pub subject: String,
    /// Which kind.
    pub kind: MedicalKind,
    /// When.
    pub now: UnixMs,
}

/// What a source knows. No line says nothing about the person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Parts that have lines, the newest line first.
    pub sections: Vec<MedicalSection>,
    /// 特定健診, the newest first.
    pub checkups: Vec<Checkup>,
    /// The last day of the months whose claims it has.
    pub claims_until: Option<CivilDate>,
}

impl Known {
    /// How many lines there are; the values of a checkup count one by one.
    #[must_use]
    pub fn lines(&self) -> u32 {
        let lines = self.sections.iter().map(|section| section.lines.len());
        u32::try_from(lines.chain(self.checkups.iter().map(|checkup| checkup.values.len())).sum::<usize>()).unwrap_or(u32::MAX)
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It does not answer, or not in time (X34).
    #[error("the source of medical information does not answer")]
    Away,
    /// There is none.
    #[error("no source of medical information is connected")]
    NotConnected,
}

/// An answer on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Known, Fault>> + Send + 'a>>;

/// Whoever knows medical information: the embedded one of the demo here, others later.
pub trait MedicalSource: Send + Sync {
    /// Asks; may take its time.
    fn ask<'a>(&'a self, asked: &'a Asked) -> Answering<'a>;
}

/// No source: for a production server until one is connected.
pub struct NotConnected;

impl MedicalSource for NotConnected {
    fn ask<'a>(&'a self, _: &'a Asked) -> Answering<'a> {
        Box::pin(std::future::ready(Err(Fault::NotConnected)))
    }
}

/// The sources of a server: an institution for training never asks the real one about its invented people (OT-36).
#[derive(Clone)]
pub struct Sources {
    usual: Arc<dyn MedicalSource>,
    training: Arc<dyn MedicalSource>,
}

impl Sources {
    /// Those of a server whose own source is `usual`. In the demo that one is invented itself, and everybody asks it.
    #[must_use]
    pub fn new(usual: Arc<dyn MedicalSource>, is_demo: bool) -> Self {
        let training = if is_demo {
            Arc::clone(&usual)
        } else {
            // The plans are a part of this program.
            Arc::new(embedded::EmbeddedMedical::demo().unwrap_or_default())
        };
        Self { usual, training }
    }

    /// The one to ask for an institution, by whether it is for training.
    #[must_use]
    pub fn of(&self, is_training: bool) -> &dyn MedicalSource {
        if is_training { &*self.training } else { &*self.usual }
    }
}

/// Asks a source and waits no longer than `limit`. Parts of other kinds are left out, whatever it answered.
///
/// # Errors
/// [`Fault`].
pub async fn ask(source: &dyn MedicalSource, asked: &Asked, limit: Duration) -> Result<Known, Fault> {
    let mut known = tokio::time::timeout(limit, source.ask(asked)).await.unwrap_or(Err(Fault::Away))?;
    known.sections.retain(|section| asked.kind.parts().contains(&section.part));
    if asked.kind != MedicalKind::Checkup {
        known.checkups.clear();
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use shared::domain::medical::MedicalPart;

    use super::*;

    struct Never;

    impl MedicalSource for Never {
        fn ask<'a>(&'a self, _: &'a Asked) -> Answering<'a> {
            Box::pin(std::future::pending())
        }
    }

    /// Answers more than it was asked.
    struct Talkative;

    impl MedicalSource for Talkative {
        fn ask<'a>(&'a self, _: &'a Asked) -> Answering<'a> {
            let section = |part| MedicalSection { part, lines: Vec::new() };
            let sections = vec![section(MedicalPart::Surgery), section(MedicalPart::Dispensed)];
            Box::pin(std::future::ready(Ok(Known { sections, ..Known::default() })))
        }
    }

    fn asked(kind: MedicalKind) -> Asked {
        Asked { subject: "ichiro".to_owned(), kind, now: UnixMs(0) }
    }

    #[tokio::test]
    async fn a_source_that_never_answers_is_away() {
        assert_eq!(ask(&Never, &asked(MedicalKind::Drug), Duration::ZERO).await, Err(Fault::Away));
        assert_eq!(ask(&NotConnected, &asked(MedicalKind::Drug), WAIT).await, Err(Fault::NotConnected));
    }

    #[tokio::test]
    async fn what_belongs_to_another_kind_is_left_out() {
        let known = ask(&Talkative, &asked(MedicalKind::Drug), WAIT).await.unwrap();
        assert_eq!(known.sections.iter().map(|section| section.part).collect::<Vec<_>>(), [MedicalPart::Dispensed]);
    }
}
