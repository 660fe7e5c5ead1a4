//! The boxes of `web/outbox.js`: each is encrypted under a key of this browser that cannot be read, and bound to its name.

use js_sys::{Array, Function, Promise, Reflect};
use shared::api::ANSWER_KEPT_MS;
use shared::domain::calendar::UnixMs;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::Parcel;
use crate::device::shell::home_screen;
use crate::json;

/// What waits, and nobody came back for, stays so long after the server has forgotten its answer, milliseconds: 72 hours (P-KEEP).
const LEFT_MS: i64 = 72 * 60 * 60_000;

/// Sorts what the boxes hold: what is to be sent, and the names of those that are to go: over, or of no use.
fn sort(boxes: Vec<(String, Option<String>)>, now: UnixMs) -> (Vec<Parcel>, Vec<String>) {
    let (mut found, mut gone) = (Vec::new(), Vec::new());
    for (name, text) in boxes {
        match text.as_deref().and_then(|text| json::read::<Parcel>(text).ok()) {
            // The server's word is asked for as long as it can be had; what never went out is said to be late, and goes with that. What
            // nobody came back for goes in the end.
            Some(parcel) if now < parcel.made.plus_ms(ANSWER_KEPT_MS + LEFT_MS) => found.push(parcel),
            _ => gone.push(name),
        }
    }
    (found, gone)
}

/// Calls a function of `web/outbox.js`; `None` when the browser keeps nothing, or not now.
pub(in crate::device) async fn ask(name: &str, args: &[&str]) -> Option<JsValue> {
    let args: Array = args.iter().map(|text| JsValue::from_str(text)).collect();
    ask_with(name, &args).await
}

/// The same with arguments of any kind.
pub(in crate::device) async fn ask_with(name: &str, args: &Array) -> Option<JsValue> {
    let get = |of: &JsValue, name: &str| Reflect::get(of, &JsValue::from_str(name)).ok();
    let of = get(&web_sys::window()?.into(), "uketsukeBox")?;
    let function: Function = get(&of, name)?.dyn_into().ok()?;
    let promise: Promise = function.apply(&of, args).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()
}

/// Keeps a parcel; false where this browser keeps nothing: it is then lost with the page.
pub async fn put_parcel(parcel: &Parcel) -> bool {
    match serde_json::to_string(parcel) {
        Ok(text) => ask("put", &[&parcel.key, &text]).await.is_some(),
        Err(_) => false,
    }
}

fn read_all(all: Array) -> Vec<(String, Option<String>)> {
    let boxes = all.iter().filter_map(|pair| {
        let pair: Array = pair.dyn_into().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1).as_string()))
    });
    boxes.collect()
}

/// All that is kept; what is over, or cannot be opened, goes.
pub async fn list(now: UnixMs) -> Vec<Parcel> {
    let Some(all) = ask("list", &[]).await.and_then(|all| all.dyn_into::<Array>().ok()) else { return Vec::new() };
    let (found, gone) = sort(read_all(all), now);
    for name in gone {
        remove(&name).await;
    }
    found
}

/// Takes one away: it has arrived, or was filed.
pub async fn remove(name: &str) {
    // What stays is opened again with the next page, and ended then.
    let _ = ask("remove", &[name]).await;
}

/// Takes away what waits under a registration that has ended.
pub async fn remove_of(device: &str) {
    let all = ask("list", &[]).await.and_then(|all| all.dyn_into::<Array>().ok()).map(read_all).unwrap_or_default();
    for (name, text) in all {
        let kept = text.as_deref().and_then(|text| json::read::<Parcel>(text).ok());
        if kept.is_some_and(|parcel| parcel.device == device) {
            remove(&name).await;
        }
    }
}

/// Takes everything of this device away, with the key: X41, X42. False: the browser could not.
pub async fn wipe() -> bool {
    home_screen::forget();
    ask("wipe", &[]).await.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_came_back_for_goes_and_what_cannot_be_opened_at_once() {
        let parcel = Parcel {
            key: "k".to_owned(),
            kind: "x".to_owned(),
            device: "d".to_owned(),
            visit: "v".to_owned(),
            content: "{}".to_owned(),
            made: UnixMs(0),
            until: UnixMs(1),
            was_out: false,
            is_kept: true,
        };
        let boxes = || {
            vec![
                ("k".to_owned(), Some(serde_json::to_string(&parcel).unwrap())),
                ("closed".to_owned(), None),
                ("strange".to_owned(), Some("{\"Other\":1}".to_owned())),
            ]
        };
        let last = UnixMs(ANSWER_KEPT_MS + LEFT_MS);
        assert_eq!(sort(boxes(), last.plus_ms(-1)), (vec![parcel.clone()], vec!["closed".to_owned(), "strange".to_owned()]));
        assert_eq!(sort(boxes(), last), (Vec::new(), vec!["k".to_owned(), "closed".to_owned(), "strange".to_owned()]));
    }
}
