//! What every request has in common: the parts of the running server.

use std::sync::Arc;
use std::time::Duration;

use ring::hmac;
use shared::api::HelperAt;

use crate::account::Passwords;
use crate::clock::{Clock, Jumps};
use crate::door::Door;
use crate::eligibility::registers::Registers;
use crate::factor::FactorTools;
use crate::identity::Anchors;
use crate::medical::Sources;
use crate::origin::Origin;
use crate::random::Random;
use crate::rate::Rates;
use crate::store::db::Db;
use crate::terms::TermsBook;
use crate::watch::Watch;

/// The parts of the running server, as one of its listeners has them. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// What is kept.
    pub db: Arc<Db>,
    /// The time.
    pub clock: Clock,
    /// Random bytes.
    pub random: Random,
    /// Where reception and devices find this server, as browsers write it: what reception URLs, QR codes and cards are made with.
    pub origin: Origin,
    /// The listener that a request came through: its origin is what Host, Origin and cookies are judged by.
    pub door: Door,
    /// The CAs of cards.
    pub anchors: Anchors,
    /// Whom to ask about eligibility.
    pub registers: Registers,
    /// Whom to ask about medical information.
    pub medical: Sources,
    /// Password work.
    pub passwords: Arc<Passwords>,
    /// Key from which visit secrets are derived.
    pub visit_key: hmac::Key,
    /// Work on second factors.
    pub factors: Arc<FactorTools>,
    /// Where the helper is on the tablet.
    pub helper: HelperAt,
    /// Jumps of the clock so far.
    pub jumps: Arc<Jumps>,
    /// What 稼働状況 looks at besides the database.
    pub watch: Arc<Watch>,
    /// What visitors did in the last minutes.
    pub rates: Arc<Rates>,
    /// File of the font that papers are drawn with.
    pub font: std::path::PathBuf,
    /// 利用規約 with all their versions.
    pub terms: TermsBook,
    /// A body must be complete within this time.
    pub body_limit: Duration,
}

#[cfg(test)]
impl App {
    /// The parts of a server that no card is shown to; for tests of what stands before a rule.
    pub(crate) fn of_test(db: Arc<Db>, clock: Clock, random: Random) -> Self {
        Self {
            db,
            clock,
            origin: Origin::parse("https://uketsuke.example").unwrap(),
            door: Door::of_all(Origin::parse("https://uketsuke.example").unwrap()),
            anchors: Anchors::from_pem(crate::identity::Mode::Demo, &[]).unwrap(),
            registers: Registers::new(Arc::new(crate::eligibility::registry::EmbeddedRegistry::empty()), true),
            medical: Sources::new(Arc::new(crate::medical::NotConnected), true),
            passwords: Arc::new(Passwords::new(1, random.clone()).unwrap()),
            random,
            visit_key: hmac::Key::new(hmac::HMAC_SHA256, &[0; 32]),
            factors: Arc::new(FactorTools::new(&Origin::parse("https://uketsuke.example").unwrap(), &[0; 32])),
            helper: HelperAt { port: 1, is_tls: false },
            jumps: Arc::default(),
            watch: Arc::default(),
            rates: Arc::new(Rates::new(crate::rate::Quotas::default())),
            font: crate::sheet::FONT.into(),
            terms: TermsBook::built_in(),
            body_limit: Duration::from_secs(1),
        }
    }
}
