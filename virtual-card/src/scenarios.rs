//! How a card may differ from a healthy one, and the named differences.

use std::time::Duration;

use crate::{
    fault::{Act, At, Sort, Step},
    leaf::Leaf,
};

/// A named way for a card to behave, the part after the colon in `ichiro:locked`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Scenario {
    /// Lower-case ASCII name.
    pub id: &'static str,
    /// One line for help texts.
    pub about: &'static str,
    set: fn(&mut Behaviour),
}

/// Which product answers: it decides applications, token label, ATR and who may read the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A My Number Card (マイナンバーカード), label `JPKIAPICCTOKEN2`.
    MyNumberCard,
    /// An old resident card (住基カード): same application, label `JPKIAPICCTOKEN`.
    ResidentCard,
    /// The token inside an Android phone, label `JPKIAPGPSETOKEN`: it wants the PIN before it shows the certificate.
    AndroidToken,
    /// The token inside an iPhone, label `JPKIAPIOSTOKEN`: locked as [`Unlock`] says, and it expects the farewell `80 FC 00 00`.
    IosToken,
    /// A driving licence: also radio type B, but none of the applications.
    DrivingLicence,
}

/// What opens the key and the certificate of user authentication. Of an iPhone nobody has published which of these it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unlock {
    /// The PIN by VERIFY, as on every other card.
    Pin,
    /// The phone's own face or finger, before it is held to the reader: both are open, and any VERIFY answers
    /// [`Behaviour::blocked_status`].
    Phone,
    /// As [`Unlock::Phone`], and not done in time: both answer 6982 until the application is selected again after such a refusal.
    PhoneLate,
}

/// What stands in place of a user authentication certificate that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoCertificate {
    /// No file: 6A82.
    NoFile,
    /// A file of no bytes: 6B00 from the first.
    EmptyFile,
    /// A file of nothing but filler.
    Filler,
}

/// Every way a card can differ; the default is a healthy card.
///
/// Nobody has published the card's command set. Where practice does not settle a point, the default is the answer that hurts a careless
/// reader most. [`Card::open_with`](crate::Card::open_with) changes single fields.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Behaviour {
    /// Which product this is.
    pub kind: Kind,
    pub(crate) leaf: Leaf,
    /// Another token label than the product's, at most 32 bytes of ASCII.
    pub label: Option<&'static str>,
    /// What opens the user authentication key.
    pub unlock: Unlock,
    /// Tries left of the four-digit PIN (利用者証明用), 0–3.
    pub auth_tries: u8,
    /// Tries left of the signature PIN (署名用), 0–5.
    pub sign_tries: u8,
    /// Tries left of 照合番号B in the visual application, 0–10.
    pub visual_number_b_tries: u8,
    /// Tries left of the PIN of the text application, 0–3.
    pub text_tries: u8,
    /// Whether the user authentication certificate and its key are on the card.
    pub has_auth_certificate: bool,
    /// Whether the list of certificates (EF 0008) names the user authentication certificate that is there.
    pub lists_auth_certificate: bool,
    /// Another length of the user authentication certificate, 4 bytes or more: one DER sequence that says so and is no certificate.
    pub certificate_length: Option<u16>,
    /// Whether the signature certificate and its key are on the card.
    pub has_sign_certificate: bool,
    /// What is in the file when it is not.
    pub no_certificate: NoCertificate,
    /// Whether commands may name a file by its short identifier; if not, they answer 6A86 and the file has to be selected first.
    pub short_identifiers: bool,
    /// Whether the answer to reset over contacts (GET DATA 5F51) is hidden while no application is selected.
    pub contact_atr_needs_application: bool,
    /// Whether extended-length commands are understood; if not, they answer [`Behaviour::extended_refusal`].
    pub extended_length: bool,
    /// Status word for an extended-length command that is not understood.
    pub extended_refusal: u16,
    /// Whether an extended-length command is carried out and loses the connection with its answer, for one second.
    pub extended_loses_link: bool,
    /// Whether the reader in between speaks T=0: 61xx and GET RESPONSE, 6Cxx for another Le than there is data.
    pub speaks_t0: bool,
    /// Most bytes one READ BINARY returns, whatever was asked for; at least 1.
    pub read_limit: usize,
    /// The byte that fills a certificate file after the certificate.
    pub filler: u8,
    /// Whether the first command after power-on answers 6F00 and does nothing.
    pub first_command_fails: bool,
    /// Whether the selected application survives a warm reset (the verified PINs do in any case).
    pub selection_survives_reset: bool,
    /// Whether a retry query with `Lc 00` is answered as a query; otherwise 6700.
    pub query_accepts_lc: bool,
    /// Whether a retry query answers 9000 while the PIN is verified; otherwise always 63Cx.
    pub query_shows_verified: bool,
    /// Status word for every retry query of the four-digit PIN, whatever the counter is; `None` for 63Cx.
    pub auth_query_status: Option<u16>,
    /// Status word for VERIFY of a blocked PIN.
    pub blocked_status: u16,
    /// Whether a wrong PIN answers 63Cx with the tries left; otherwise 6300 without a number.
    pub wrong_pin_shows_tries: bool,
    /// Whether a wrong PIN answers 6Cxx, as if the command only had to be repeated; each repetition costs a try.
    pub wrong_pin_answers_6c: bool,
    /// Whether both JPKI PINs are verified right after power-on, as if another program had been there before.
    pub verified_at_power_on: bool,
    /// Whether a PIN of an impossible length costs a try; otherwise it answers 6700.
    pub wrong_length_costs_a_try: bool,
    /// Time every command takes.
    pub command_time: Duration,
    /// At most this much more, drawn anew for every command.
    pub command_spread: Duration,
    /// Time a signature takes on top of it.
    pub signature_time: Duration,
    /// At most this much more, drawn anew for every signature.
    pub signature_spread: Duration,
    /// How long another program holds the card after each insertion; only a door can play it ([`Card::busy_for`](crate::Card::busy_for)).
    pub busy_time: Duration,
    /// Accidents planned from the start; [`Card::set_script`](crate::Card::set_script) replaces them.
    pub script: Vec<Step>,
    /// Another answer to reset than the product's usual one, 2 to 33 bytes.
    pub atr: Option<Vec<u8>>,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        Behaviour {
            kind: Kind::MyNumberCard,
            leaf: Leaf::Normal,
            label: None,
            unlock: Unlock::Pin,
            auth_tries: 3,
            sign_tries: 5,
            visual_number_b_tries: 10,
            text_tries: 3,
            has_auth_certificate: true,
            lists_auth_certificate: true,
            certificate_length: None,
            has_sign_certificate: true,
            no_certificate: NoCertificate::NoFile,
            short_identifiers: true,
            contact_atr_needs_application: false,
            extended_length: true,
            extended_refusal: 0x6700,
            extended_loses_link: false,
            speaks_t0: false,
            read_limit: usize::MAX,
            filler: 0xFF,
            first_command_fails: false,
            selection_survives_reset: false,
            query_accepts_lc: false,
            query_shows_verified: false,
            auth_query_status: None,
            blocked_status: 0x6984,
            wrong_pin_shows_tries: true,
            wrong_pin_answers_6c: false,
            verified_at_power_on: false,
            wrong_length_costs_a_try: true,
            command_time: Duration::ZERO,
            command_spread: Duration::ZERO,
            signature_time: Duration::ZERO,
            signature_spread: Duration::ZERO,
            busy_time: Duration::ZERO,
            script: Vec::new(),
            atr: None,
        }
    }
}

/// All scenarios, in the order help texts list them.
pub fn scenarios() -> &'static [Scenario] {
    &SCENARIOS
}

/// The behaviour of a scenario; of `removed-at-` and `removed-after-` with any number too, of which only the first is listed.
pub(crate) fn behaviour(id: &str) -> Option<Behaviour> {
    let Some(scenario) = SCENARIOS.iter().find(|scenario| scenario.id == id) else {
        let at = id.strip_prefix("removed-at-").map(|n| (n, Act::RemoveDuring));
        let (n, act) = at.or_else(|| id.strip_prefix("removed-after-").map(|n| (n, Act::RemoveAfter)))?;
        let n = n.parse().ok().filter(|n| *n > 0)?;
        return Some(Behaviour { script: vec![Step { at: At::Command(n), act }], ..Behaviour::default() });
    };
    let mut behaviour = Behaviour::default();
    (scenario.set)(&mut behaviour);
    Some(behaviour)
}

static SCENARIOS: [Scenario; 76] = [
    Scenario { id: "normal", about: "valid certificate, full PIN counters", set: |_| {} },
    Scenario { id: "wrong-pin-1", about: "one wrong PIN already: 2 tries left", set: |b| b.auth_tries = 2 },
    Scenario { id: "last-try", about: "two wrong PINs already: 1 try left", set: |b| b.auth_tries = 1 },
    Scenario { id: "locked", about: "PIN blocked: 0 tries left", set: |b| b.auth_tries = 0 },
    Scenario { id: "expired", about: "certificate expired yesterday", set: |b| b.leaf = Leaf::Expired },
    Scenario { id: "expired-long", about: "certificate expired more than 3 months ago", set: |b| b.leaf = Leaf::ExpiredLong },
    Scenario { id: "expires-soon", about: "certificate expires within 3 months", set: |b| b.leaf = Leaf::ExpiresSoon },
    Scenario { id: "not-yet-valid", about: "certificate valid from tomorrow", set: |b| b.leaf = Leaf::NotYetValid },
    Scenario { id: "no-user-cert", about: "no user authentication certificate on the card", set: |b| b.has_auth_certificate = false },
    Scenario { id: "no-pin", about: "card issued without PINs: blocked from the start, no signature certificate", set: no_pin },
    Scenario { id: "old-ca-1", about: "certificate of CA generation 1, whose root has expired", set: |b| b.leaf = Leaf::OldCa1 },
    Scenario { id: "old-ca-2", about: "certificate of CA generation 2", set: |b| b.leaf = Leaf::OldCa2 },
    Scenario {
        id: "forged",
        about: "certificate of a foreign key that copies name and key id of CA generation 3",
        set: |b| b.leaf = Leaf::Forged,
    },
    Scenario {
        id: "forged-own-id",
        about: "certificate of a foreign key with the name of our CA and its own key id",
        set: |b| b.leaf = Leaf::ForgedOwnId,
    },
    Scenario { id: "foreign", about: "a driving licence: not this kind of card at all", set: |b| b.kind = Kind::DrivingLicence },
    Scenario { id: "juki", about: "an old resident card: same application, other label", set: |b| b.kind = Kind::ResidentCard },
    Scenario {
        id: "unknown-token",
        about: "a token whose label nobody knows; it begins like a known one",
        set: |b| b.label = Some("JPKIAPICCTOKEN3"),
    },
    Scenario {
        id: "phone-android",
        about: "the token in an Android phone: certificate readable after the PIN only",
        set: |b| b.kind = Kind::AndroidToken,
    },
    Scenario { id: "no-extended", about: "extended-length commands answer 6700", set: |b| b.extended_length = false },
    Scenario { id: "short-read", about: "READ returns at most 253 bytes", set: |b| b.read_limit = 253 },
    Scenario { id: "tiny-read", about: "READ returns one byte at a time", set: |b| b.read_limit = 1 },
    Scenario { id: "tiny-read-3", about: "READ returns at most 3 bytes", set: |b| b.read_limit = 3 },
    Scenario { id: "tiny-read-17", about: "READ returns at most 17 bytes, half of a token label", set: |b| b.read_limit = 17 },
    Scenario {
        id: "dribble",
        about: "one byte for a READ, and 1.9 s for every command",
        set: |b| (b.read_limit, b.command_time) = (1, Duration::from_millis(1900)),
    },
    Scenario { id: "filler-00", about: "certificate files filled up with 00 instead of FF", set: |b| b.filler = 0x00 },
    Scenario { id: "first-6f00", about: "the first command after power-on answers 6F00", set: |b| b.first_command_fails = true },
    Scenario {
        id: "slow",
        about: "60 ms for a command, 1.5 s more for a signature",
        set: |b| {
            b.command_time = Duration::from_millis(60);
            b.signature_time = Duration::from_millis(1500);
        },
    },
    Scenario { id: "small-cert", about: "a certificate below 256 bytes, of no CA, with a 512-bit key", set: |b| b.leaf = Leaf::Small },
    Scenario { id: "long-cert", about: "a certificate file of 9,000 bytes that say to be one", set: |b| b.certificate_length = Some(9000) },
    Scenario {
        id: "availability-00",
        about: "the list of certificates says there is none, and there is one",
        set: |b| b.lists_auth_certificate = false,
    },
    Scenario {
        id: "select-first",
        about: "short file identifiers answer 6A86: every file has to be selected",
        set: |b| b.short_identifiers = false,
    },
    Scenario {
        id: "atr-app-only",
        about: "GET DATA 5F51 answers only with an application selected",
        set: |b| b.contact_atr_needs_application = true,
    },
    Scenario {
        id: "sw-6983",
        about: "PIN blocked, and VERIFY answers 6983 instead of 6984",
        set: |b| {
            b.auth_tries = 0;
            b.blocked_status = 0x6983;
        },
    },
    Scenario { id: "sw-6300", about: "a wrong PIN answers 6300 without the tries left", set: |b| b.wrong_pin_shows_tries = false },
    Scenario { id: "sw-9000-query", about: "the retry query answers 9000 while verified", set: |b| b.query_shows_verified = true },
    Scenario { id: "lc-00-query", about: "the retry query is also understood with Lc 00", set: |b| b.query_accepts_lc = true },
    Scenario { id: "kept-on-reset", about: "the selected application survives a warm reset", set: |b| b.selection_survives_reset = true },
    Scenario {
        id: "length-6700",
        about: "a PIN of impossible length answers 6700 and costs nothing",
        set: |b| {
            b.wrong_length_costs_a_try = false;
        },
    },
    Scenario { id: "wrong-pin-2", about: "as normal: a wrong PIN leaves 2 tries", set: |_| {} },
    Scenario { id: "locks-now", about: "as last-try: a wrong PIN blocks", set: |b| b.auth_tries = 1 },
    Scenario { id: "face-last-try", about: "one try left of the number that opens the photo", set: |b| b.visual_number_b_tries = 1 },
    Scenario { id: "face-locked", about: "the number that opens the photo is blocked", set: |b| b.visual_number_b_tries = 0 },
    Scenario {
        id: "no-user-cert-empty",
        about: "a file of no bytes in place of the user authentication certificate",
        set: |b| (b.has_auth_certificate, b.no_certificate) = (false, NoCertificate::EmptyFile),
    },
    Scenario {
        id: "no-user-cert-ff",
        about: "a file of FF in place of the user authentication certificate",
        set: |b| (b.has_auth_certificate, b.no_certificate) = (false, NoCertificate::Filler),
    },
    Scenario {
        id: "no-user-cert-00",
        about: "a file of 00 in place of the user authentication certificate",
        set: |b| (b.has_auth_certificate, b.no_certificate, b.filler) = (false, NoCertificate::Filler, 0x00),
    },
    Scenario { id: "expires-today", about: "certificate valid until midnight in Japan", set: |b| b.leaf = Leaf::ExpiresToday },
    Scenario { id: "next-gen", about: "a P-384 user key, as the next generation is to have", set: |b| b.leaf = Leaf::NextGen },
    Scenario {
        id: "phone-ios",
        about: "the token in an iPhone that wants its PIN: as Android, and answers 80 FC 00 00",
        set: |b| b.kind = Kind::IosToken,
    },
    Scenario { id: "phone-ios-bio", about: "the token in an iPhone unlocked by face or finger: no VERIFY, it answers 6984", set: ios_bio },
    Scenario {
        id: "phone-ios-bio-9000",
        about: "as phone-ios-bio, and the retry query answers 9000",
        set: |b| {
            ios_bio(b);
            b.auth_query_status = Some(0x9000);
        },
    },
    Scenario {
        id: "phone-ios-bio-6a88",
        about: "as phone-ios-bio, and the retry query answers 6A88: there is no PIN",
        set: |b| {
            ios_bio(b);
            b.auth_query_status = Some(0x6A88);
        },
    },
    Scenario {
        id: "phone-ios-bio-late",
        about: "as phone-ios-bio, unlocked only after the first refusal: 6982 until it is selected again",
        set: |b| {
            ios_bio(b);
            b.unlock = Unlock::PhoneLate;
        },
    },
    Scenario {
        id: "phone-ended",
        about: "the token in an Android phone, its certificate expired yesterday",
        set: |b| (b.kind, b.leaf) = (Kind::AndroidToken, Leaf::Expired),
    },
    Scenario {
        id: "phone-ios-ended",
        about: "as phone-ios-bio, its certificate expired yesterday",
        set: |b| {
            ios_bio(b);
            b.leaf = Leaf::Expired;
        },
    },
    Scenario { id: "short-read-254", about: "READ returns at most 254 bytes", set: |b| b.read_limit = 254 },
    Scenario {
        id: "no-extended-6a86",
        about: "extended-length commands answer 6A86",
        set: |b| (b.extended_length, b.extended_refusal) = (false, 0x6A86),
    },
    Scenario {
        id: "no-extended-6d00",
        about: "extended-length commands answer 6D00",
        set: |b| (b.extended_length, b.extended_refusal) = (false, 0x6D00),
    },
    Scenario {
        id: "extended-lost",
        about: "an extended-length command loses the reader for a second",
        set: |b| b.extended_loses_link = true,
    },
    Scenario {
        id: "61-6c",
        about: "a T=0 reader in between: 61xx, 6Cxx, no extended length",
        set: |b| (b.speaks_t0, b.extended_length) = (true, false),
    },
    Scenario { id: "verify-6c", about: "a wrong PIN answers 6C04 and costs a try each time", set: |b| b.wrong_pin_answers_6c = true },
    Scenario {
        id: "sw-odd",
        about: "6983 when blocked, 6300 for a wrong PIN, 9000 to the query while verified",
        set: |b| {
            b.blocked_status = 0x6983;
            b.wrong_pin_shows_tries = false;
            b.query_shows_verified = true;
        },
    },
    Scenario {
        id: "slow-uneven",
        about: "20 to 100 ms for a command, 0.5 to 5 s more for a signature",
        set: |b| {
            (b.command_time, b.command_spread) = (Duration::from_millis(20), Duration::from_millis(80));
            (b.signature_time, b.signature_spread) = (Duration::from_millis(500), Duration::from_millis(4500));
        },
    },
    Scenario { id: "pin-kept", about: "both PINs are verified after power-on, by somebody else", set: |b| b.verified_at_power_on = true },
    Scenario { id: "silent", about: "no answer to any command, ever", set: |b| b.script = vec![Step { at: At::Every, act: Act::Silent }] },
    Scenario {
        id: "removed-at-select",
        about: "pulled while the first SELECT is on its way",
        set: |b| b.script = once(Sort::Select, Act::RemoveDuring),
    },
    Scenario {
        id: "removed-at-verify",
        about: "pulled after the first VERIFY is carried out and before its answer",
        set: |b| b.script = once(Sort::Verify, Act::RemoveDuring),
    },
    Scenario { id: "removed-at-sign", about: "pulled during the first signature", set: |b| b.script = once(Sort::Sign, Act::RemoveDuring) },
    Scenario { id: "removed-at-read", about: "pulled during the first READ", set: |b| b.script = once(Sort::Read, Act::RemoveDuring) },
    Scenario {
        id: "frame-cut",
        about: "half of the answer to the first signature arrives, then the card is gone",
        set: |b| b.script = once(Sort::Sign, Act::Cut),
    },
    Scenario {
        id: "reader-lost",
        about: "the reader goes away during the first VERIFY and is back after 2 s",
        set: |b| b.script = once(Sort::Verify, Act::LoseReader(Duration::from_secs(2))),
    },
    Scenario {
        id: "removed-at-1",
        about: "pulled during the first command; any other number works as well",
        set: |b| b.script = vec![Step { at: At::Command(1), act: Act::RemoveDuring }],
    },
    Scenario {
        id: "removed-after-1",
        about: "pulled right after the answer to the first command; any other number works as well",
        set: |b| b.script = vec![Step { at: At::Command(1), act: Act::RemoveAfter }],
    },
    Scenario { id: "old-ca", about: "as old-ca-1: the root has expired", set: |b| b.leaf = Leaf::OldCa1 },
    Scenario { id: "filler", about: "as filler-00", set: |b| b.filler = 0x00 },
    Scenario { id: "no-pin-card", about: "as no-pin", set: no_pin },
    Scenario {
        id: "busy",
        about: "another program holds the card for 10 s after each insertion (in the helper's simulator)",
        set: |b| b.busy_time = Duration::from_secs(10),
    },
];

/// Issued without PINs.
fn no_pin(behaviour: &mut Behaviour) {
    behaviour.auth_tries = 0;
    behaviour.sign_tries = 0;
    behaviour.has_sign_certificate = false;
}

/// An iPhone that was unlocked by its holder's face or finger before it came to the reader.
fn ios_bio(behaviour: &mut Behaviour) {
    behaviour.kind = Kind::IosToken;
    behaviour.unlock = Unlock::Phone;
}

/// One accident at the next command of a sort.
fn once(sort: Sort, act: Act) -> Vec<Step> {
    vec![Step { at: At::Next(sort), act }]
}
