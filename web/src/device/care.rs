//! Work without a card in hand: DA-12 再照会, DA-13 資格確認書で確認, DA-14 部屋の一覧, DA-15 本日の訪問.

pub(crate) mod pad;
pub(crate) mod paper;
pub(crate) mod person;
pub(crate) mod requery;
pub(crate) mod rooms;
#[cfg(test)]
mod tests;
pub(crate) mod today;

use gloo_timers::callback::Timeout;
use shared::domain::calendar::CivilDate;
use yew::prelude::*;

use crate::session::use_session;

/// The longest wait of a timer: a browser that slept may be late, and looks again.
const LOOK_MS: i64 = 10 * 60_000;

/// The day in Japan by the server's clock; another one from midnight on. What is shown of a day is keyed by it, and so cleared.
#[hook]
pub(crate) fn use_today() -> CivilDate {
    let signed_in = use_session();
    let look = use_state(|| 0_u32);
    let now = signed_in.now();
    let today = now.jst_date();
    use_effect_with((today, *look), {
        let look = look.clone();
        move |(today, turn)| {
            let left = today.plus_days(1).at_jst(0, 0).0 - now.0;
            let wait = u32::try_from(left.clamp(1, LOOK_MS)).unwrap_or(1);
            let next = turn.wrapping_add(1);
            let timer = Timeout::new(wait, move || look.set(next));
            move || drop(timer)
        }
    });
    today
}
