//! How a card may differ from a healthy one, and the named differences.

use std::time::Duration;

use crate::leaf::Leaf;

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

impl Scenario {
    pub(crate) fn behaviour(&self) -> Behaviour {
        let mut behaviour = Behaviour::default();
        (self.set)(&mut behaviour);
        behaviour
    }
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
    /// A driving licence: also radio type B, but none of the applications.
    DrivingLicence,
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
    /// Whether the signature certificate and its key are on the card.
    pub has_sign_certificate: bool,
    /// Whether extended-length commands are understood; if not, they answer 6700.
    pub extended_length: bool,
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
    /// Status word for VERIFY of a blocked PIN.
    pub blocked_status: u16,
    /// Whether a wrong PIN answers 63Cx with the tries left; otherwise 6300 without a number.
    pub wrong_pin_shows_tries: bool,
    /// Whether a PIN of an impossible length costs a try; otherwise it answers 6700.
    pub wrong_length_costs_a_try: bool,
    /// Time every command takes.
    pub command_time: Duration,
    /// Time a signature takes on top of it.
    pub signature_time: Duration,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        Behaviour {
            kind: Kind::MyNumberCard,
            leaf: Leaf::Normal,
            auth_tries: 3,
            sign_tries: 5,
            visual_number_b_tries: 10,
            text_tries: 3,
            has_auth_certificate: true,
            has_sign_certificate: true,
            extended_length: true,
            read_limit: usize::MAX,
            filler: 0xFF,
            first_command_fails: false,
            selection_survives_reset: false,
            query_accepts_lc: false,
            query_shows_verified: false,
            blocked_status: 0x6984,
            wrong_pin_shows_tries: true,
            wrong_length_costs_a_try: true,
            command_time: Duration::ZERO,
            signature_time: Duration::ZERO,
        }
    }
}

/// All scenarios, in the order help texts list them.
pub fn scenarios() -> &'static [Scenario] {
    &SCENARIOS
}

pub(crate) fn scenario(id: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.id == id)
}

static SCENARIOS: [Scenario; 30] = [
    Scenario { id: "normal", about: "valid certificate, full PIN counters", set: |_| {} },
    Scenario { id: "wrong-pin-1", about: "one wrong PIN already: 2 tries left", set: |b| b.auth_tries = 2 },
    Scenario { id: "last-try", about: "two wrong PINs already: 1 try left", set: |b| b.auth_tries = 1 },
    Scenario { id: "locked", about: "PIN blocked: 0 tries left", set: |b| b.auth_tries = 0 },
    Scenario { id: "expired", about: "certificate expired yesterday", set: |b| b.leaf = Leaf::Expired },
    Scenario { id: "expired-long", about: "certificate expired more than 3 months ago", set: |b| b.leaf = Leaf::ExpiredLong },
    Scenario { id: "expires-soon", about: "certificate expires within 3 months", set: |b| b.leaf = Leaf::ExpiresSoon },
    Scenario { id: "not-yet-valid", about: "certificate valid from tomorrow", set: |b| b.leaf = Leaf::NotYetValid },
    Scenario { id: "no-user-cert", about: "no user authentication certificate on the card", set: |b| b.has_auth_certificate = false },
    Scenario {
        id: "no-pin",
        about: "card issued without PINs: blocked from the start, no signature certificate",
        set: |b| {
            b.auth_tries = 0;
            b.sign_tries = 0;
            b.has_sign_certificate = false;
        },
    },
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
        id: "phone-android",
        about: "the token in an Android phone: certificate readable after the PIN only",
        set: |b| b.kind = Kind::AndroidToken,
    },
    Scenario { id: "no-extended", about: "extended-length commands answer 6700", set: |b| b.extended_length = false },
    Scenario { id: "short-read", about: "READ returns at most 253 bytes", set: |b| b.read_limit = 253 },
    Scenario { id: "tiny-read", about: "READ returns one byte at a time", set: |b| b.read_limit = 1 },
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
];
