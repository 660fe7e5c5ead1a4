//! What is known of readers and cards: opaque ids, generations, kinds.

use shared::reader::{Card, CardKind, ErrorCode, Reader, Service};

use crate::reader::{Place, Presence, Report, Slot};

/// Readers and cards as pages see them.
pub(crate) struct Machine {
    service: Service,
    readers: Vec<Known>,
    readers_seen: u64,
    generation: u64,
}

struct Known {
    id: String,
    name: String,
    card: Option<KnownCard>,
}

struct KnownCard {
    generation: u64,
    mark: u64,
    kind: Option<CardKind>,
    is_asked: bool,
}

/// A card that a page named rightly.
pub(crate) struct Found {
    pub(crate) place: Place,
    pub(crate) kind: Option<CardKind>,
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self { service: Service::Down, readers: Vec::new(), readers_seen: 0, generation: 0 }
    }

    /// Takes in what the watch saw. Readers and cards that stayed keep their names.
    pub(crate) fn see(&mut self, report: Report) {
        let (service, slots) = match report {
            Report::Down => (Service::Down, Vec::new()),
            Report::Denied => (Service::Denied, Vec::new()),
            Report::Slots(slots) => (Service::Up, slots),
        };
        self.service = service;
        self.readers.retain(|known| slots.iter().any(|slot| slot.name == known.name));
        for slot in slots {
            self.see_slot(slot);
        }
    }

    fn see_slot(&mut self, slot: Slot) {
        let generation = &mut self.generation;
        let known = match self.readers.iter_mut().position(|known| known.name == slot.name) {
            Some(at) => self.readers.get_mut(at),
            None => {
                self.readers_seen += 1;
                self.readers.push(Known { id: format!("r{}", self.readers_seen), name: slot.name, card: None });
                self.readers.last_mut()
            }
        };
        let Some(known) = known else { return };
        let stayed = matches!((&known.card, slot.card), (Some(card), Some(seen)) if card.mark == seen.mark);
        if stayed {
            // Power came after presence, and the card did not answer to it.
            if let (Some(card), Some(Presence { is_mute: true, .. })) = (&mut known.card, slot.card) {
                card.kind = card.kind.or(Some(CardKind::Mute));
            }
            return;
        }
        known.card = slot.card.map(|seen| {
            *generation += 1;
            let kind = seen.is_mute.then_some(CardKind::Mute);
            KnownCard { generation: *generation, mark: seen.mark, kind, is_asked: seen.is_mute }
        });
    }

    /// Service and readers in the form of the protocol.
    pub(crate) fn view(&self) -> (Service, Vec<Reader>) {
        let card = |card: &KnownCard| Card { generation: card.generation, kind: card.kind };
        let reader = |known: &Known| Reader { id: known.id.clone(), name: known.name.clone(), card: known.card.as_ref().map(card) };
        (self.service, self.readers.iter().map(reader).collect())
    }

    /// Cards whose kind nobody asked for yet, with their generation; they count as asked from now on.
    pub(crate) fn take_unasked(&mut self) -> Vec<(u64, Place)> {
        let mut unasked = Vec::new();
        for known in &mut self.readers {
            if let Some(card) = known.card.as_mut().filter(|card| !card.is_asked) {
                card.is_asked = true;
                unasked.push((card.generation, Place { reader: known.name.clone(), mark: card.mark }));
            }
        }
        unasked
    }

    /// Notes what a card is, if it is still there.
    pub(crate) fn set_kind(&mut self, generation: u64, kind: CardKind) {
        if let Some(card) = self.card_mut(generation) {
            card.kind = Some(kind);
        }
    }

    /// Someone else held the card: it may be asked again, if nobody knows it by now.
    pub(crate) fn ask_again(&mut self, generation: u64) {
        if let Some(card) = self.card_mut(generation).filter(|card| card.kind.is_none()) {
            card.is_asked = false;
        }
    }

    fn card_mut(&mut self, generation: u64) -> Option<&mut KnownCard> {
        self.readers.iter_mut().filter_map(|known| known.card.as_mut()).find(|card| card.generation == generation)
    }

    /// Finds the card that a page named.
    pub(crate) fn find(&self, reader: &str, generation: u64) -> Result<Found, ErrorCode> {
        match self.service {
            Service::Down => return Err(ErrorCode::PcscDown),
            Service::Denied => return Err(ErrorCode::PcscDenied),
            Service::Up => {}
        }
        let Some(known) = self.readers.iter().find(|known| known.id == reader) else {
            let was_there =
                reader.strip_prefix('r').and_then(|n| n.parse().ok()).is_some_and(|n: u64| (1..=self.readers_seen).contains(&n));
            return Err(if was_there { ErrorCode::ReaderLost } else { ErrorCode::NoReader });
        };
        match &known.card {
            None => Err(ErrorCode::NoCard),
            Some(card) if card.generation != generation => Err(ErrorCode::CardRemoved),
            Some(card) => Ok(Found { place: Place { reader: known.name.clone(), mark: card.mark }, kind: card.kind }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(name: &str, mark: Option<u64>) -> Slot {
        Slot { name: name.to_owned(), card: mark.map(|mark| Presence { mark, is_mute: false }) }
    }

    fn view(machine: &Machine) -> Vec<(String, Option<u64>)> {
        machine.view().1.into_iter().map(|reader| (reader.id, reader.card.map(|card| card.generation))).collect()
    }

    #[test]
    fn names_stay_while_things_stay() {
        let mut machine = Machine::new();
        machine.see(Report::Slots(vec![slot("A", None), slot("B", Some(1))]));
        assert_eq!(view(&machine), [("r1".to_owned(), None), ("r2".to_owned(), Some(1))]);
        machine.see(Report::Slots(vec![slot("B", Some(1)), slot("C", Some(1))]));
        assert_eq!(view(&machine), [("r2".to_owned(), Some(1)), ("r3".to_owned(), Some(2))], "B stays, C is new");
        machine.see(Report::Slots(vec![slot("B", Some(3)), slot("C", None)]));
        assert_eq!(view(&machine), [("r2".to_owned(), Some(3)), ("r3".to_owned(), None)], "a quick replug is another insertion");
        machine.see(Report::Down);
        assert_eq!(view(&machine), []);
        machine.see(Report::Slots(vec![slot("B", Some(3))]));
        assert_eq!(view(&machine), [("r4".to_owned(), Some(4))], "after the service was away nothing is taken for the same");
    }

    #[test]
    fn a_card_is_asked_once_for_its_kind() {
        let mut machine = Machine::new();
        machine.see(Report::Slots(vec![slot("A", Some(1))]));
        assert_eq!(machine.take_unasked().len(), 1);
        assert_eq!(machine.take_unasked().len(), 0);
        machine.ask_again(1);
        assert_eq!(machine.take_unasked().len(), 1);
        machine.see(Report::Slots(vec![slot("A", Some(2))]));
        machine.set_kind(1, CardKind::Foreign);
        assert_eq!(machine.view().1.first().unwrap().card.unwrap().kind, None, "an answer about a card that is gone");
    }

    #[test]
    fn a_card_that_turns_out_mute_is_said_to_be() {
        let mut machine = Machine::new();
        machine.see(Report::Slots(vec![slot("A", Some(1))]));
        machine.see(Report::Slots(vec![Slot { name: "A".to_owned(), card: Some(Presence { mark: 1, is_mute: true }) }]));
        let card = machine.view().1.first().unwrap().card.unwrap();
        assert_eq!((card.generation, card.kind), (1, Some(CardKind::Mute)));
    }

    #[test]
    fn a_wrong_name_says_what_is_wrong() {
        let mut machine = Machine::new();
        let code = |machine: &Machine, reader: &str, generation| machine.find(reader, generation).err();
        assert_eq!(code(&machine, "r1", 1), Some(ErrorCode::PcscDown));
        machine.see(Report::Denied);
        assert_eq!(code(&machine, "r1", 1), Some(ErrorCode::PcscDenied));
        machine.see(Report::Slots(vec![slot("A", None), slot("B", Some(1))]));
        assert_eq!(code(&machine, "r1", 1), Some(ErrorCode::NoCard));
        assert_eq!(code(&machine, "r2", 1), None);
        assert_eq!(code(&machine, "r2", 2), Some(ErrorCode::CardRemoved));
        assert_eq!(code(&machine, "A", 1), Some(ErrorCode::NoReader));
        machine.see(Report::Slots(vec![]));
        assert_eq!(code(&machine, "r2", 1), Some(ErrorCode::ReaderLost));
        assert_eq!(code(&machine, "r9", 1), Some(ErrorCode::NoReader));
    }
}
