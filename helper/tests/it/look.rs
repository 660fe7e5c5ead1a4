//! `identify` and `pin_status` on the running helper: nothing is typed, no try is spent.

use shared::reader::{Answer, CardKind, ErrorCode, Frame, Lease};

use super::world::{Page, World};

impl Page {
    /// Asks for the first card with this operation; `more` are its own keys.
    async fn look(&mut self, op: &str, more: &str) -> Frame {
        let id = self.ask_of_card(op, more).await;
        self.answer(id).await
    }

    pub(crate) async fn ask_of_card(&mut self, op: &str, more: &str) -> u64 {
        let state = self.state.clone().unwrap();
        let reader = state.readers.first().expect("a reader");
        let generation = reader.card.map_or(0, |card| card.generation);
        self.ask(&format!(r#""op":"{op}","reader":"{}","generation":{generation},{more}"take":null"#, reader.id)).await
    }
}

fn code(frame: &Frame) -> Option<ErrorCode> {
    match frame {
        Frame::Err { err, .. } => Some(err.code),
        _ => None,
    }
}

#[tokio::test]
async fn the_certificate_comes_only_with_consent() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    world.log();
    let refused = page.look("identify", r#""consented":false,"#).await;
    assert_eq!(code(&refused), Some(ErrorCode::ConsentMissing));
    assert_eq!(code(&page.look("identify", "").await), Some(ErrorCode::BadMessage), "consent cannot be left out");
    assert_eq!(world.log(), Vec::<String>::new(), "nothing was said to the card");

    let Frame::Ok { ok: Answer::Identify { certificate }, .. } = page.look("identify", r#""consented":true,"#).await else {
        panic!("a certificate")
    };
    assert_eq!((certificate.0.len(), world.log().len(), world.verify_count()), (1590, 2, 0));
    page.sees("the lease to be free", |state| state.lease == Lease::Free).await;
    world.end().await;
}

#[tokio::test]
async fn the_counters_are_told_and_none_is_spent() {
    let world = World::new("ichiro:last-try").await;
    let mut page = world.page_with_card().await;
    let Frame::Ok { ok, .. } = page.look("pin_status", "").await else { panic!("the counters") };
    assert_eq!(ok, Answer::PinStatus { auth: Some(1), sign: Some(5), certificate: true });
    let Frame::Ok { ok, .. } = page.look("pin_status", "").await else { panic!("the counters") };
    assert_eq!((ok, world.verify_count()), (Answer::PinStatus { auth: Some(1), sign: Some(5), certificate: true }, 0));
    world.end().await;
}

#[tokio::test]
async fn cards_that_do_not_serve_are_told_apart_before_anything_is_read() {
    for (card, kind, op, expected) in [
        ("ichiro:phone-android", CardKind::PhoneAndroid, "identify", ErrorCode::PinRequired),
        ("ichiro:phone-ios", CardKind::PhoneIos, "identify", ErrorCode::PinRequired),
        ("ichiro:phone-ios-bio", CardKind::PhoneIos, "identify", ErrorCode::PinRequired),
        ("ichiro:juki", CardKind::JukiCard, "identify", ErrorCode::CardUnknown),
        ("ichiro:foreign", CardKind::Foreign, "pin_status", ErrorCode::CardUnknown),
        ("ichiro:no-user-cert", CardKind::MyNumberCard, "identify", ErrorCode::NoCertificate),
    ] {
        let world = World::new(card).await;
        let mut page = world.page().await;
        assert_eq!(page.card().await.1, kind);
        world.log();
        let more = if op == "identify" { r#""consented":true,"# } else { "" };
        assert_eq!(code(&page.look(op, more).await), Some(expected), "{card}");
        assert!(kind == CardKind::MyNumberCard || world.log().is_empty(), "{card}");
        world.end().await;
    }
}
