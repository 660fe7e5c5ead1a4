//! The PINs of a card: whose they are, their counters, and what is verified.

use std::collections::BTreeMap;

use crate::{AUTH_PIN, SIGN_PIN, TEXT_PIN, apps::App, people::Person, scenarios::Behaviour};

/// Which secret of the card: a PIN, or one of the numbers printed on it that open the card face. Each has its own counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PinKind {
    /// User authentication (利用者証明用), JPKI application, four digits, 3 tries.
    Auth,
    /// Signature (署名用), JPKI application, 6 to 16 capital letters and digits, 5 tries.
    Sign,
    /// The holder's birth date, visual application (券面事項確認AP): opens the age record only, 10 tries.
    VisualBirth,
    /// 照合番号A, visual application, 10 tries.
    VisualNumberA,
    /// 照合番号B, visual application, fourteen digits, 10 tries.
    VisualNumberB,
    /// The PIN of the text application (券面入力補助AP), four digits, 3 tries.
    Text,
    /// A reference of the text application that is blocked on every card.
    TextBlocked,
    /// 照合番号A, text application, 10 tries.
    TextNumberA,
    /// 照合番号B, text application, 10 tries.
    TextNumberB,
    /// The PIN of the resident application (住基AP), four digits, 3 tries.
    Resident,
    /// The PIN of the common application (共通カードAP), four digits, 3 tries.
    Common,
}

impl PinKind {
    /// The application that forgets this PIN when another one is selected.
    fn app(self) -> App {
        match self {
            PinKind::Auth | PinKind::Sign => App::Jpki,
            PinKind::VisualBirth | PinKind::VisualNumberA | PinKind::VisualNumberB => App::Visual,
            PinKind::Text | PinKind::TextBlocked | PinKind::TextNumberA | PinKind::TextNumberB => App::Text,
            PinKind::Resident => App::Resident,
            PinKind::Common => App::Common,
        }
    }

    pub(crate) fn lengths(self) -> std::ops::RangeInclusive<usize> {
        match self {
            PinKind::Auth | PinKind::Text | PinKind::TextBlocked | PinKind::Resident | PinKind::Common => 4..=4,
            PinKind::Sign => 6..=16,
            PinKind::VisualBirth => 6..=6,
            PinKind::VisualNumberA | PinKind::TextNumberA => 12..=12,
            PinKind::VisualNumberB | PinKind::TextNumberB => 14..=14,
        }
    }

    /// Whether a holder can choose it; what is printed on the card cannot change.
    pub(crate) fn can_change(self) -> bool {
        matches!(self, PinKind::Auth | PinKind::Sign | PinKind::Text | PinKind::Resident | PinKind::Common)
    }

    /// Whether a new PIN has the shape of its kind: four digits, or capitals and digits with at least one of each.
    pub(crate) fn accepts(self, new: &[u8]) -> bool {
        let has = |is: fn(&u8) -> bool| new.iter().any(is);
        self.lengths().contains(&new.len())
            && match self {
                PinKind::Sign => {
                    new.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                        && has(u8::is_ascii_uppercase)
                        && has(u8::is_ascii_digit)
                }
                _ => new.iter().all(u8::is_ascii_digit),
            }
    }
}

/// One secret and its counter.
pub(crate) struct Pin {
    pub(crate) digits: Vec<u8>,
    pub(crate) tries: u8,
    pub(crate) full: u8,
    pub(crate) is_verified: bool,
}

/// All secrets of a card.
pub(crate) struct Pins(BTreeMap<PinKind, Pin>);

impl Pins {
    pub(crate) fn new(person: &Person, behaviour: &Behaviour) -> Pins {
        let number_b = person.number_b();
        let all = [
            (PinKind::Auth, AUTH_PIN, behaviour.auth_tries, 3),
            (PinKind::Sign, SIGN_PIN, behaviour.sign_tries, 5),
            (PinKind::VisualBirth, &person.birth_key(), 10, 10),
            (PinKind::VisualNumberA, person.number_a, 10, 10),
            (PinKind::VisualNumberB, &number_b, behaviour.visual_number_b_tries, 10),
            (PinKind::Text, TEXT_PIN, behaviour.text_tries, 3),
            (PinKind::TextBlocked, "", 0, 0),
            (PinKind::TextNumberA, person.number_a, 10, 10),
            (PinKind::TextNumberB, &number_b, 10, 10),
            (PinKind::Resident, TEXT_PIN, 3, 3),
            (PinKind::Common, TEXT_PIN, 3, 3),
        ];
        let pin = |digits: &str, tries: u8, full: u8| Pin { digits: digits.into(), tries: tries.min(full), full, is_verified: false };
        Pins(all.into_iter().map(|(kind, digits, tries, full)| (kind, pin(digits, tries, full))).collect())
    }

    pub(crate) fn tries(&self, kind: PinKind) -> u8 {
        self.0.get(&kind).map_or(0, |pin| pin.tries)
    }

    pub(crate) fn is_verified(&self, kind: PinKind) -> bool {
        self.0.get(&kind).is_some_and(|pin| pin.is_verified)
    }

    pub(crate) fn get_mut(&mut self, kind: PinKind) -> Option<&mut Pin> {
        self.0.get_mut(&kind)
    }

    /// Forgets what is verified in every application but `kept`.
    pub(crate) fn forget_except(&mut self, kept: Option<App>) {
        for (_, pin) in self.0.iter_mut().filter(|(kind, _)| Some(kind.app()) != kept) {
            pin.is_verified = false;
        }
    }
}
