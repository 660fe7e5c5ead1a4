//! A My Number Card (マイナンバーカード) in software, with its own small CA: for tests, for a demonstration, and for anyone else's tests.
//!
//! [`make`] writes the CA and everyone's keys and certificates into a folder, [`Card::open`] takes one card out of it, and
//! [`Card::transmit`] answers commands as the real one is known to: applications, PIN counters, status words, filler, short reads.
//! [`vpcd::Player`] puts a card into the virtual reader of pcscd, so that any PC/SC program can use it.
//!
//! It never talks to a real card, and it shares no encoder, parser or table with any reader: a mistake made in both would go unseen.
//! Its certificates are refused by everything that trusts the real CA; the roots say what they are in [`DEMO_CA_MARKER_OID`].
//!
//! Read [`Card`] first, then [`Behaviour`].

mod apdu;
mod apps;
mod card;
mod certificate;
mod chip;
mod der;
mod face;
mod fault;
mod files;
mod leaf;
mod log;
mod make;
mod people;
mod pictures;
mod pins;
mod plan;
mod scenarios;
mod spec;
mod store;
mod text;
pub mod vpcd;
mod wanted;

pub use card::{Card, OpenError};
pub use fault::{Act, At, Fault, Gone, Sort, Step};
pub use log::LogEntry;
pub use make::make;
pub use people::{Person, Sex, people};
pub use pins::PinKind;
pub use plan::{CardPlan, NotAPlan};
pub use scenarios::{Behaviour, Kind, NoCertificate, Scenario, Unlock, scenarios};
pub use spec::{CardSpec, NotACard};
pub use wanted::Wanted;

/// The extension every root made here carries, non-critical, its value a UTF8String: "this CA certifies nobody".
///
/// A server scans the extensions of its configured CAs for it and refuses such a CA outside a demonstration. The arc is below 2.25
/// (UUID-derived, ITU-T X.667) but keeps 31 bits of a random UUID only, since common parsers hold an arc in 32 bits.
pub const DEMO_CA_MARKER_OID: &str = "2.25.904549751.1";

/// The certificate policy of user authentication certificates made here (critical extension), with a CPS pointer.
pub const AUTH_POLICY_OID: &str = "2.25.904549751.8.5.1.0.30";

/// The certificate policy of signature certificates made here (critical extension), with a CPS pointer.
pub const SIGN_POLICY_OID: &str = "2.25.904549751.8.5.1.0.20";

/// The user authentication PIN (利用者証明用電子証明書の暗証番号) of every card made here.
pub const AUTH_PIN: &str = "1234";

/// The signature PIN (署名用電子証明書の暗証番号) of every card made here.
pub const SIGN_PIN: &str = "ABC123";

/// The PIN of the text, the resident and the common application (券面入力補助用, 住民基本台帳用の暗証番号) of every card made here.
pub const TEXT_PIN: &str = "5678";
