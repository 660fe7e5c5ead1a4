//! Certificates in phones, from the page's request to its answer: an Android phone has a PIN of its own; an iPhone its owner's face or finger,
//! and perhaps a PIN. Nobody has published which (`card.md` §8), so both are played, and neither may cost a try on a guess.

use shared::reader::{Asks, CardKind, ErrorCode, Event, Frame, Spent, What};
use virtual_card::PinKind;

use super::world::{NONCE, Page, World, statement};
use shared::bytes::Base64;

const RIGHT: &str = r#"{"pin":"1234"}"#;
const ENDED: &str = r#"{"result":"ended"}"#;

impl Page {
    /// Asks for a signature; the person has chosen to type the phone's PIN.
    async fn authenticate_with_pin(&mut self) -> u64 {
        let (nonce, statement) = (Base64::from(&NONCE[..]).to_text(), Base64(statement()).to_text());
        self.ask_of_card("authenticate", &format!(r#""nonce":"{nonce}","statement":"{statement}","with_pin":true,"#)).await
    }

    /// How a request goes on first: with a frame that asks for this, or with an answer.
    async fn frame_or_answer(&mut self, wanted: u64) -> Result<(String, Asks), Frame> {
        self.until("a frame or an answer", |frame| match frame {
            Frame::Event(Event { what: What::PinNeeded { request, ticket, asks, .. }, .. }) if *request == wanted => {
                Some(Ok((ticket.clone(), *asks)))
            }
            Frame::Ok { id, .. } | Frame::Err { id, .. } if *id == wanted => Some(Err(frame.clone())),
            _ => None,
        })
        .await
    }

    /// The request ends as one that finds an iPhone locked: no frame came before, and no try is gone.
    async fn finds_it_locked(&mut self, id: u64) {
        match self.frame_or_answer(id).await {
            Err(Frame::Err { err, .. }) => {
                assert_eq!((err.code, err.retriable, err.try_spent), (ErrorCode::UnlockNeeded, true, Spent::No));
            }
            other => panic!("{other:?}"),
        }
    }
}

fn untouched(world: &World) -> (usize, u8) {
    (world.verify_count(), world.simulator.with(|card| card.tries_left(PinKind::Auth)))
}

#[tokio::test]
async fn an_iphone_that_its_owner_unlocked_signs_and_nobody_is_asked_for_a_pin() {
    for scenario in ["phone-ios-bio", "phone-ios-bio-9000", "phone-ios-bio-6a88"] {
        let world = World::new(&format!("ichiro:{scenario}")).await;
        let mut page = world.page_with_card().await;
        assert_eq!(page.card().await.1, CardKind::PhoneIos, "{scenario}");
        world.log();
        for wish in [false, true] {
            let id = if wish { page.authenticate_with_pin().await } else { page.authenticate(None).await };
            assert!(matches!(page.frame_or_answer(id).await, Err(Frame::Ok { .. })), "{scenario}: no frame, wished for or not");
        }
        let log = world.log();
        assert_eq!(log.iter().filter(|line| line.starts_with("80 FC 00 00 -> 9000")).count(), 2, "its farewell: {log:?}");
        assert_eq!(untouched(&world), (0, 3), "{scenario}");
        world.end().await;
    }
}

/// The institution would have burnt three tries of a phone whose owner only had to look at it.
#[tokio::test]
async fn a_locked_iphone_gets_a_pin_only_when_its_person_chose_that() {
    let world = World::new("ichiro:phone-ios").await;
    let mut page = world.page_with_card().await;
    // A page that wishes for the PIN at once gets none: the phone has to have said that it is locked.
    for _ in 0..2 {
        let id = page.authenticate_with_pin().await;
        if let Ok((_, asks)) = page.frame_or_answer(id).await {
            assert_eq!((asks, untouched(&world)), (Asks::PhonePin, (0, 3)), "only after that word");
            page.cancel(id).await;
            page.failure(id).await;
        }
    }
    let id = page.authenticate(None).await;
    page.finds_it_locked(id).await;
    assert_eq!(untouched(&world), (0, 3));

    let id = page.authenticate_with_pin().await;
    let (ticket, asks) = page.frame_or_answer(id).await.unwrap();
    assert_eq!((asks, untouched(&world)), (Asks::PhonePin, (0, 3)));
    assert_eq!(world.press(&ticket, r#"{"pin":"0000"}"#).await.1, r#"{"result":"wrong","tries_left":2}"#);
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.try_spent), (ErrorCode::PinWrong, Spent::Yes));
    let id = page.authenticate_with_pin().await;
    let (ticket, _) = page.frame_or_answer(id).await.unwrap();
    assert_eq!(world.press(&ticket, RIGHT).await.1, r#"{"result":"ok"}"#);
    page.signed(id).await;
    assert_eq!(untouched(&world), (2, 3));

    // Another page has not met it: what this one knows is not the phone's.
    let mut other = world.page_with_card().await;
    let id = other.authenticate_with_pin().await;
    other.finds_it_locked(id).await;
    world.end().await;
}

#[tokio::test]
async fn an_iphone_unlocked_too_late_signs_when_it_is_asked_again() {
    let world = World::new("ichiro:phone-ios-bio-late").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    page.finds_it_locked(id).await;
    let id = page.authenticate(None).await;
    page.signed(id).await;
    assert_eq!(untouched(&world), (0, 3));
    world.end().await;
}

/// "Your PIN is locked" would have sent its owner to the municipal office for nothing.
#[tokio::test]
async fn an_iphone_that_takes_no_pin_is_not_called_blocked() {
    let world = World::new("ichiro:phone-ios-bio-late").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    page.finds_it_locked(id).await;
    let id = page.authenticate_with_pin().await;
    let (ticket, _) = page.frame_or_answer(id).await.unwrap();
    assert_eq!(world.press(&ticket, RIGHT).await.1, ENDED);
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.try_spent, failure.tries_left), (ErrorCode::UnlockNeeded, Spent::No, None));
    assert_eq!(untouched(&world), (1, 3), "one press, one VERIFY");
    // From here on the wish is not heeded: this one wants its owner's face.
    let id = page.authenticate_with_pin().await;
    page.signed(id).await;
    assert_eq!(untouched(&world), (1, 3));
    world.end().await;
}

#[tokio::test]
async fn a_phone_with_a_pin_asks_for_it_by_its_own_name() {
    let world = World::new("ichiro:phone-android").await;
    let mut page = world.page_with_card().await;
    assert_eq!(page.card().await.1, CardKind::PhoneAndroid);
    let id = page.authenticate(None).await;
    let (ticket, asks) = page.frame_or_answer(id).await.unwrap();
    assert_eq!(asks, Asks::PhonePin);
    let host = format!("127.0.0.1:{}", world.port());
    let (_, _, html) = super::world::http(world.port(), "GET", &format!("/pin/{ticket}"), &[("Host", &host)], "").await;
    assert!(html.contains(r#"data-phone="yes""#), "{html}");
    world.end().await;
}

#[tokio::test]
async fn the_counter_of_a_phone_is_told_where_it_has_one() {
    for (scenario, expected) in
        [("phone-android", Some(3)), ("phone-ios", Some(3)), ("phone-ios-bio-6a88", None), ("phone-ios-bio-9000", None)]
    {
        let world = World::new(&format!("ichiro:{scenario}")).await;
        let mut page = world.page_with_card().await;
        let id = page.ask_of_card("pin_status", "").await;
        match page.answer(id).await {
            Frame::Ok { ok: shared::reader::Answer::PinStatus { auth, .. }, .. } => assert_eq!(auth, expected, "{scenario}"),
            other => panic!("{scenario}: {other:?}"),
        }
        world.end().await;
    }
}
