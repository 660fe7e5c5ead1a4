//! `doctor --card` on the virtual card: what it asks, and that it asks nothing unless told to.

use helper::doctor::{CardSeen, ReadersSeen, look_at_readers};
use helper::reader::simulator::Simulator;
use shared::reader::CardKind;

use super::world::cards;

#[test]
fn the_card_test_asks_for_the_kind_and_for_no_pin() {
    for (card, kind) in [("ichiro", CardKind::MyNumberCard), ("ichiro:juki", CardKind::JukiCard), ("ichiro:foreign", CardKind::Foreign)] {
        let simulator = Simulator::new(cards().to_owned(), &card.parse().unwrap()).unwrap();
        let asked = || simulator.with(|card| (card.verify_count(), card.take_log().len()));
        let (readers, seen) = look_at_readers(&simulator, false);
        assert!(matches!(&readers, ReadersSeen::Names(names) if names.len() == 1), "{readers:?}");
        assert_eq!((seen, asked()), (None, (0, 0)), "not told to");
        let (_, seen) = look_at_readers(&simulator, true);
        let seen: Vec<CardSeen> = seen.unwrap().into_iter().map(|(_, card)| card).collect();
        assert_eq!(seen, [CardSeen::Kind(kind)], "{card}");
        let (pins, commands) = asked();
        assert!(pins == 0 && (1..=3).contains(&commands), "{card}: {pins} PINs, {commands} commands");
    }
}

#[test]
fn an_empty_reader_is_no_fault() {
    let simulator = Simulator::new(cards().to_owned(), &"ichiro".parse().unwrap()).unwrap();
    simulator.tell("remove").unwrap();
    let (_, seen) = look_at_readers(&simulator, true);
    assert_eq!(seen.unwrap().first().map(|(_, card)| *card), Some(CardSeen::Nothing));
}
