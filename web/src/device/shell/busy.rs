//! Whether something is in hand that a reload would end.

use std::rc::Rc;

use yew::prelude::*;

/// How many screens have something in hand.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Count(u32);

impl Count {
    pub(super) fn is_busy(&self) -> bool {
        self.0 > 0
    }
}

/// True: one more; false: one less.
impl Reducible for Count {
    type Action = bool;

    fn reduce(self: Rc<Self>, begins: bool) -> Rc<Self> {
        Rc::new(Self(if begins { self.0 + 1 } else { self.0.saturating_sub(1) }))
    }
}

/// The place where a screen says so.
#[derive(Clone, PartialEq)]
pub(super) struct Busy(pub(super) UseReducerDispatcher<Count>);

/// While `is_busy`, and while the screen stands, the page does not offer to load a new version: a check in hand, a form half filled in.
#[hook]
pub(crate) fn use_busy(is_busy: bool) {
    let busy = use_context::<Busy>();
    use_effect_with(is_busy, move |is_busy| {
        let held = busy.filter(|_| *is_busy);
        if let Some(Busy(count)) = &held {
            count.dispatch(true);
        }
        move || {
            if let Some(Busy(count)) = held {
                count.dispatch(false);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_that_are_busy_are_over_after_both() {
        let after = |events: &[bool]| events.iter().fold(Rc::new(Count::default()), |count, event| count.reduce(*event)).is_busy();
        assert!(!after(&[]) && after(&[true]) && after(&[true, true, false]));
        assert!(!after(&[true, true, false, false]) && after(&[false, true]));
    }
}
