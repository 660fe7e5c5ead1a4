//! The boxes of `web/outbox.js`: each is encrypted under a key of this browser that cannot be read, and bound to its name.

use js_sys::{Array, Function, Promise, Reflect};
use serde::{Deserialize, Serialize};
use shared::api::ANSWER_KEPT_MS;
use shared::domain::calendar::UnixMs;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{Parcel, RESULT_KEPT_MS};
use crate::device::shell::home_screen;
use crate::json;

/// What lies in a box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Kept {
    /// Something to send.
    Parcel(Parcel),
    /// A result that nobody has filed.
    Result {
        /// As the screen needs it, JSON.
        text: String,
        /// It goes then (P-KEEP).
        until: UnixMs,
    },
}

/// What was kept, sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// What is to be sent.
    pub parcels: Vec<Parcel>,
    /// Results: the name that they were kept under, and their text.
    pub results: Vec<(String, String)>,
}

/// Sorts what the boxes hold; the names of those that are to go: over, or of no use.
fn sort(boxes: Vec<(String, Option<String>)>, now: UnixMs) -> (Found, Vec<String>) {
    let (mut found, mut gone) = (Found::default(), Vec::new());
    for (name, text) in boxes {
        match text.as_deref().and_then(|text| json::read::<Kept>(text).ok()) {
            // The server's word is asked for as long as it can be had; what never went out is said to be late, and goes with that. What
            // nobody came back for goes as results do.
            Some(Kept::Parcel(parcel)) if now < parcel.made.plus_ms(ANSWER_KEPT_MS + RESULT_KEPT_MS) => found.parcels.push(parcel),
            Some(Kept::Result { text, until }) if now < until => found.results.push((name, text)),
            Some(Kept::Parcel(_) | Kept::Result { .. }) | None => gone.push(name),
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

async fn put(name: &str, kept: &Kept) -> bool {
    match serde_json::to_string(kept) {
        Ok(text) => ask("put", &[name, &text]).await.is_some(),
        Err(_) => false,
    }
}

/// Keeps a parcel; false where this browser keeps nothing: it is then lost with the page.
pub async fn put_parcel(parcel: &Parcel) -> bool {
    put(&parcel.key, &Kept::Parcel(parcel.clone())).await
}

/// Keeps a result until it is filed, and for [`RESULT_KEPT_MS`] from `now` at most. False: the browser keeps nothing.
pub async fn put_result(name: &str, text: &str, now: UnixMs) -> bool {
    put(name, &Kept::Result { text: text.to_owned(), until: now.plus_ms(RESULT_KEPT_MS) }).await
}

fn read_all(all: Array) -> Vec<(String, Option<String>)> {
    let boxes = all.iter().filter_map(|pair| {
        let pair: Array = pair.dyn_into().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1).as_string()))
    });
    boxes.collect()
}

/// All that is kept; what is over, or cannot be opened, goes.
pub async fn list(now: UnixMs) -> Found {
    let Some(all) = ask("list", &[]).await.and_then(|all| all.dyn_into::<Array>().ok()) else { return Found::default() };
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
        let kept = text.as_deref().and_then(|text| json::read::<Kept>(text).ok());
        if matches!(kept, Some(Kept::Parcel(parcel)) if parcel.device == device) {
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
    fn a_result_goes_after_72_hours_and_what_cannot_be_opened_at_once() {
        let text = |kept: &Kept| Some(serde_json::to_string(kept).unwrap());
        let result = Kept::Result { text: "r".to_owned(), until: UnixMs(RESULT_KEPT_MS) };
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
                ("result".to_owned(), text(&result)),
                ("k".to_owned(), text(&Kept::Parcel(parcel.clone()))),
                ("closed".to_owned(), None),
                ("strange".to_owned(), Some("{\"Other\":1}".to_owned())),
            ]
        };
        let before = Found { parcels: vec![parcel.clone()], results: vec![("result".to_owned(), "r".to_owned())] };
        assert_eq!(sort(boxes(), UnixMs(RESULT_KEPT_MS - 1)), (before, vec!["closed".to_owned(), "strange".to_owned()]));
        let (after, gone) = sort(boxes(), UnixMs(RESULT_KEPT_MS));
        assert_eq!((after.results.len(), gone), (0, vec!["result".to_owned(), "closed".to_owned(), "strange".to_owned()]));
        let last = UnixMs(ANSWER_KEPT_MS + RESULT_KEPT_MS);
        assert_eq!(sort(boxes(), last.plus_ms(-1)).0.parcels.len(), 1);
        assert_eq!(sort(boxes(), last).0.parcels.len(), 0, "nobody came back for it");
    }
}
