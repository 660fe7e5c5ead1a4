//! What the screen knows between two presses: the consent, the last result, the photo. No clock, no browser.

use std::rc::Rc;

use shared::reader::FaceSignature;
use yew::Reducible;

use crate::reader::{CardId, Got};

/// How long a photo stays, milliseconds: long enough to compare, too short to be forgotten.
pub(in crate::device) const PHOTO_MS: u32 = 120_000;

/// What the card gave, or what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// Tries left.
    Tries {
        /// Of the 利用者証明用暗証番号; `None` where the card does not say.
        auth: Option<u8>,
        /// Of the 署名用暗証番号.
        sign: Option<u8>,
        /// The card holds a 利用者証明用電子証明書.
        has_certificate: bool,
    },
    /// A certificate, DER.
    Certificate(Vec<u8>),
    /// The photo is shown.
    Photo {
        /// Path at the helper.
        path: String,
        /// What the card's own signature says of it.
        signature: FaceSignature,
    },
    /// The photo was shown, and is cleared.
    PhotoEnded(PhotoEnd),
}

/// Why a photo is no longer shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PhotoEnd {
    /// 「一致した」.
    Matched,
    /// 「一致しない」.
    Differed,
    /// 「消す」.
    Cleared,
    /// [`PHOTO_MS`] are over.
    TimedOut,
    /// The page was hidden.
    Hidden,
    /// The browser did not get it.
    NotLoaded,
}

/// Between two presses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Check {
    card: Option<CardId>,
    consent: Option<CardId>,
    /// 「こちらで使う」 was pressed while another page has the card.
    pub(super) takes_over: bool,
    /// What the last operation gave.
    pub(super) found: Option<Found>,
}

/// What changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// The card on the reader in use, and whether another page has it.
    Shows(Option<CardId>, bool),
    /// The consent was ticked or unticked.
    Consents(bool),
    /// 「こちらで使う」.
    TakesOver,
    /// An operation was started.
    Starts,
    /// The card gave it.
    Gives(Got),
    /// The photo is cleared.
    EndsPhoto(PhotoEnd),
}

impl Check {
    /// True when a person ticked the consent for the card that lies there now.
    pub(super) fn is_consented(&self, card: Option<&CardId>) -> bool {
        card.is_some() && self.consent.as_ref() == card
    }

    /// The path of the photo on the screen.
    pub(super) fn photo(&self) -> Option<&str> {
        match &self.found {
            Some(Found::Photo { path, .. }) => Some(path),
            _ => None,
        }
    }

    fn after(mut self, act: Act) -> Self {
        match act {
            Act::Shows(card, is_in_use) => {
                self.takes_over &= is_in_use;
                if self.card != card {
                    // A consent is for one card and ends when it leaves. A photo stays while the card is handed back, not beside the next.
                    self.consent = None;
                    if card.is_some() {
                        self.found = None;
                    }
                    self.card = card;
                }
            }
            Act::Consents(is_given) => self.consent = self.card.clone().filter(|_| is_given),
            Act::TakesOver => self.takes_over = true,
            Act::Starts => self.found = None,
            Act::Gives(got) => {
                self.found = match got {
                    Got::Tries { auth, sign, has_certificate } => Some(Found::Tries { auth, sign, has_certificate }),
                    Got::Certificate(der) => Some(Found::Certificate(der.0)),
                    Got::Photo { path, signature } => Some(Found::Photo { path, signature }),
                    // This screen lets nobody sign.
                    Got::Signed(_) => None,
                }
            }
            Act::EndsPhoto(why) if self.photo().is_some() => self.found = Some(Found::PhotoEnded(why)),
            Act::EndsPhoto(_) => {}
        }
        self
    }
}

impl Reducible for Check {
    type Action = Act;

    fn reduce(self: Rc<Self>, act: Act) -> Rc<Self> {
        Rc::new((*self).clone().after(act))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(generation: u64) -> CardId {
        CardId { reader: "r1".to_owned(), generation }
    }

    fn after(acts: Vec<Act>) -> Check {
        acts.into_iter().fold(Check::default(), Check::after)
    }

    fn photo() -> Act {
        Act::Gives(Got::Photo { path: "/photo/t".to_owned(), signature: FaceSignature::Fits })
    }

    #[test]
    fn a_consent_is_for_one_card_and_ends_when_it_leaves() {
        let consented = || vec![Act::Shows(Some(card(4)), false), Act::Consents(true)];
        assert!(after(consented()).is_consented(Some(&card(4))));
        assert!(!after(consented()).is_consented(Some(&card(5))), "the next card, before the screen has noticed");
        assert!(!after(consented()).is_consented(None));
        for next in [None, Some(card(5)), Some(CardId { reader: "r2".to_owned(), generation: 4 })] {
            let check = after([consented(), vec![Act::Shows(next, false), Act::Shows(Some(card(4)), false)]].concat());
            assert!(!check.is_consented(Some(&card(4))), "back again, it is asked again");
        }
        let check = after([consented(), vec![Act::Consents(false)]].concat());
        assert!(!check.is_consented(Some(&card(4))));
        assert!(after([consented(), vec![Act::Shows(Some(card(4)), false), photo()]].concat()).is_consented(Some(&card(4))), "same card");
    }

    #[test]
    fn nobody_consents_for_a_card_that_is_not_there() {
        let check = after(vec![Act::Consents(true), Act::Shows(Some(card(4)), false)]);
        assert!(!check.is_consented(Some(&card(4))));
    }

    #[test]
    fn a_photo_stays_when_its_card_is_handed_back_and_goes_before_the_next() {
        let shown = || vec![Act::Shows(Some(card(4)), false), Act::Starts, photo()];
        assert_eq!(after([shown(), vec![Act::Shows(None, false)]].concat()).photo(), Some("/photo/t"));
        assert_eq!(after([shown(), vec![Act::Shows(None, false), Act::Shows(Some(card(5)), false)]].concat()).found, None);
        assert_eq!(after([shown(), vec![Act::Starts]].concat()).found, None, "another operation");
    }

    #[test]
    fn a_photo_ends_once_and_says_why() {
        let shown = || vec![Act::Shows(Some(card(4)), false), photo()];
        for why in [PhotoEnd::Matched, PhotoEnd::Differed, PhotoEnd::Cleared, PhotoEnd::TimedOut, PhotoEnd::Hidden, PhotoEnd::NotLoaded] {
            let check = after([shown(), vec![Act::EndsPhoto(why), Act::EndsPhoto(PhotoEnd::TimedOut)]].concat());
            assert_eq!(check.photo(), None);
            assert_eq!(check.found, Some(Found::PhotoEnded(why)));
        }
        let tries = Got::Tries { auth: Some(3), sign: None, has_certificate: true };
        let check = after(vec![Act::Gives(tries), Act::EndsPhoto(PhotoEnd::Hidden)]);
        assert!(matches!(check.found, Some(Found::Tries { .. })), "only a photo ends so");
    }

    #[test]
    fn taking_over_counts_until_the_other_page_is_done() {
        let taken = || vec![Act::Shows(Some(card(4)), true), Act::TakesOver];
        assert!(after(taken()).takes_over);
        assert!(after([taken(), vec![Act::Shows(Some(card(4)), true)]].concat()).takes_over);
        assert!(!after([taken(), vec![Act::Shows(Some(card(4)), false)]].concat()).takes_over);
    }
}
