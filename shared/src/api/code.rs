//! What can fail, as a code: one row each.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $word:literal $status:literal;)*) => {
        /// The kind of a failure: one row of the error table (X-numbers) or a general one. The texts are the page's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl Code {
            /// Every code, for tables and tests.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as it stands in answers, logs and audit rows, and as people read it to each other.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// The HTTP status of a refusal with it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)*
                }
            }
        }
    };
}

codes! {
    /// No or bad network (made by the page).
    X01 "U-X01" 500;
    /// Certificate expired or not usable.
    X09 "U-X09" 422;
    /// Not registered for insurance use.
    X10 "U-X10" 422;
    /// Certificate, chain or signature not trusted.
    X11 "U-X11" 422;
    /// Former URL.
    X18 "U-X18" 410;
    /// Use switched off.
    X19 "U-X19" 403;
    /// The device is another institution's.
    X20 "U-X20" 409;
    /// Session too old.
    X21 "U-X21" 410;
    /// Below 40, or an item that this use does not ask for.
    X23 "U-X23" 422;
    /// Booked date missing, past, or too far ahead.
    X24 "U-X24" 422;
    /// The register does not answer.
    X34 "U-X34" 503;
    /// A maintenance window of a part that every visit needs.
    X35 "U-X35" 503;
    /// An admin's account at a device.
    X37 "U-X37" 403;
    /// An account that has never logged in at the office.
    X38 "U-X38" 403;
    /// First password must be changed.
    X39 "U-X39" 403;
    /// Activation code wrong, used or ended: one code for all three.
    X40 "U-X40" 422;
    /// Too many wrong passcodes: the device has ended, and forgets everything.
    X41 "U-X41" 410;
    /// The device was ended by the institution, or is not known: it forgets everything.
    X42 "U-X42" 410;
    /// No passcode was registered in time after the device (DA-3): the device has ended, and forgets everything.
    DeviceLate "U-DEVICE-LATE" 410;
    /// The terminal's certificate does not open the office; why stands in [`Detail::Certificate`](super::Detail::Certificate).
    X43 "U-X43" 403;
    /// Account outside its period.
    X44 "U-X44" 403;
    /// Asked again without a living consent, or after the relation ended; why stands in [`Detail::NoRequery`](super::Detail::NoRequery).
    X46 "U-X46" 409;
    /// What was shown is not taken here: a phone where the institution takes none, or one by the eye (P-MEDIUM).
    X55 "U-X55" 422;
    /// The certificate of a phone has ended: it has no grace, unlike the card's (X08).
    X56 "U-X56" 422;
    /// The register takes no check by this card, whatever the reason: paper works.
    X61 "U-X61" 422;
    /// The institution's code was changed; what is under the former one can be read for a time, and nothing else.
    X64 "U-X64" 410;
    /// A real card shown to the demo.
    RealCardInDemo "U-REAL-CARD" 422;
    /// The challenge was used or is too old: ask for a fresh one, choices are kept.
    Challenge "U-CHALLENGE" 409;
    /// The visit was finished by another proof: another card, or one that cannot be read. Nothing of this one is stored: open a new visit.
    DoneOtherwise "U-DONE" 409;
    /// User id or password wrong; says no more.
    Login "U-LOGIN" 401;
    /// Too many tries or too much load: wait.
    Wait "U-WAIT" 429;
    /// The passcode is wrong; how many tries are left stands in [`Detail::TriesLeft`](super::Detail::TriesLeft). Or it is not taken; why
    /// stands in [`Detail::Passcode`](super::Detail::Passcode).
    Passcode "U-PASSCODE" 422;
    /// The nonce of a device's request is too old: the same is sent again over the one of this answer. Nothing was done.
    Nonce "U-NONCE" 401;
    /// Not logged in, or logged out meanwhile.
    Session "U-SESSION" 401;
    /// The session is locked (OT-18, X45): unlock it.
    Locked "U-LOCKED" 423;
    /// Not there, or not yours.
    NotFound "U-NOT-FOUND" 404;
    /// The account may not do this.
    Forbidden "U-FORBIDDEN" 403;
    /// Who is at the screen was proved too long ago for this: prove it again, then the same call is let through. Nothing was done.
    StepUp "U-STEPUP" 403;
    /// A second factor must be registered first; nothing else opens.
    Factor "U-FACTOR" 403;
    /// A second factor is wrong, was used before, or answers no question of now.
    Proof "U-PROOF" 422;
    /// Nothing was done to a second factor; why stands in [`Detail::Factor`](super::Detail::Factor).
    FactorFault "U-FACTOR-FAULT" 409;
    /// The chosen password is refused.
    Password "U-PASSWORD" 422;
    /// An account is not made, changed or let in; why stands in [`Detail::Account`](super::Detail::Account).
    Account "U-ACCOUNT" 409;
    /// Settings are not taken; why stands in [`Detail::Settings`](super::Detail::Settings).
    Settings "U-SETTINGS" 409;
    /// Nothing was done to a 照会番号; why stands in [`Detail::Reference`](super::Detail::Reference).
    Reference "U-REFERENCE" 409;
    /// The consent has ended already, by its deadline or by somebody else.
    Ended "U-ENDED" 409;
    /// The name is in use already.
    Taken "U-TAKEN" 409;
    /// The link of a mail was used, or its time is over.
    Link "U-LINK" 410;
    /// The application stands otherwise than the page shows (X52).
    Application "U-APPLICATION" 409;
    /// The settings sheet was made already: it is read once, a further one ends it.
    Sheet "U-SHEET" 409;
    /// The opening (OT-17) is over, or has not begun: nothing is searched or shown.
    Opening "U-OPENING" 409;
    /// No paper can be made: this server has no Japanese font.
    Paper "U-PAPER" 503;
    /// There is no living consent to view this; how it stands says [`Detail::Item`](super::Detail::Item).
    NotViewable "U-NOT-VIEWABLE" 403;
    /// This server is connected to nothing that knows medical information.
    NoSource "U-NO-SOURCE" 503;
    /// The request cannot be understood.
    Request "U-REQUEST" 400;
    /// A fault of the server.
    Internal "U-INTERNAL" 500;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_one_word_and_is_no_success() {
        for (place, code) in Code::ALL.iter().enumerate() {
            assert_eq!(serde_json::to_value(code).unwrap(), code.word());
            assert!((400..600).contains(&code.status()), "{code:?}");
            assert!(Code::ALL[..place].iter().all(|other| other.word() != code.word()), "{code:?}");
        }
    }
}
