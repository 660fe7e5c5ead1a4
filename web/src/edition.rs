//! What the institution of the account that is in was let in for (N140): a page has one account at a time.

use std::cell::Cell;

use shared::domain::facility::Edition;
use shared::right::{Act, is_of_limited};

thread_local! {
    static EDITION: Cell<Edition> = const { Cell::new(Edition::HomeConsent) };
}

/// Takes what the server said of the account that is in.
pub(crate) fn take(edition: Edition) {
    EDITION.set(edition);
}

/// True where the institution does this at all. The server refuses what it does not; this only spares the press.
pub(crate) fn has(act: Act) -> bool {
    EDITION.get() == Edition::HomeConsent || is_of_limited(act)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limited_type_is_offered_no_consents() {
        assert!(has(Act::SeeConsents) && has(Act::ManageAccounts));
        take(Edition::EligibilityOnly);
        assert!(!has(Act::SeeConsents) && !has(Act::SeeReceptionUrl) && has(Act::ManageAccounts));
        take(Edition::HomeConsent);
    }
}
