//! X34 on the tablet: the register is away, and the visit keeps what was typed until it ends.

use yew::prelude::*;

use crate::part::away::{Away as Form, ToKeep, Written};
use crate::reception::work::Work;

/// Says whose visit.
#[derive(Clone, PartialEq, Properties)]
pub struct AwayProps {
    /// The desk at work.
    pub work: Work,
}

/// The things to write down, for this visit.
#[component]
pub fn Away(props: &AwayProps) -> Html {
    let (work, keeper) = (props.work.clone(), props.work.clone());
    let onwrite = Callback::from(move |written: Written| work.write_down(written));
    let onkeep = Callback::from(move |(person, onend): ToKeep| keeper.note_provisional(person, move |is_kept| onend.emit(is_kept)));
    html! { <Form written={props.work.written()} {onwrite} {onkeep} /> }
}
