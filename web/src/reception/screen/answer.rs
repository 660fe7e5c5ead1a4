//! An answer as the two buttons of a question show it.

use shared::domain::consent::Choice;

use crate::part::Pick;

pub(super) fn choice_of(pick: Pick) -> Choice {
    match pick {
        Pick::First => Choice::Agree,
        Pick::Second => Choice::Refuse,
    }
}

pub(super) fn pick_of(choice: Choice) -> Option<Pick> {
    match choice {
        Choice::Agree => Some(Pick::First),
        Choice::Refuse => Some(Pick::Second),
        Choice::NotAsked => None,
    }
}
