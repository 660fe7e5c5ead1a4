//! The second door against a stand-in for vpcd: a listener that speaks frames by hand.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use virtual_card::{
    Act, At, Fault, PinKind, Sort, Step,
    vpcd::{Player, PlayerError},
};

use crate::{
    script::{SELECT_JPKI, VERIFY_0000, bytes, card},
    world::wait_until,
};

const LIMIT: Duration = Duration::from_secs(10);
const ATR: [u8; 15] = [0x00, 0x0D, 0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F];

struct Reader(TcpListener);

impl Reader {
    fn new() -> (Reader, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        (Reader(listener), addr)
    }

    fn card(&self) -> Line {
        let line = self.0.accept().unwrap().0;
        line.set_read_timeout(Some(LIMIT)).unwrap();
        line.set_nodelay(true).unwrap();
        Line(line)
    }
}

struct Line(TcpStream);

impl Line {
    fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    fn receive<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// One command and its answer, framed by hand; `None` when the card went away.
    fn command(&mut self, hex: &str) -> Option<Vec<u8>> {
        let apdu = bytes(hex);
        self.send(&[&u16::try_from(apdu.len()).unwrap().to_be_bytes(), &apdu[..]].concat());
        let mut length = [0; 2];
        self.0.read_exact(&mut length).ok()?;
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
        self.0.read_exact(&mut answer).ok()?;
        Some(answer)
    }

    fn is_closed(&mut self) -> bool {
        matches!(self.0.read(&mut [0; 16]), Ok(0) | Err(_))
    }
}

#[test]
fn a_card_in_the_reader_answers_whole_frames_in_any_pieces() {
    let (reader, addr) = Reader::new();
    let player = Player::start(addr);
    player.insert(card("ichiro"));
    let mut line = reader.card();
    player.wait_connected(LIMIT).unwrap();

    // Power on and a request for the ATR in one segment.
    line.send(&[0x00, 0x01, 0x01, 0x00, 0x01, 0x04]);
    assert_eq!(line.receive(), ATR);
    // Length and payload apart, as vpcd sends them; then several frames, the last one cut.
    line.send(&[0x00]);
    line.send(&[0x01, 0x04, 0x00, 0x01, 0x02, 0x00, 0x01, 0x04, 0x00]);
    assert_eq!(line.receive::<15>(), ATR);
    assert_eq!(line.receive::<15>(), ATR);
    line.send(&[0x05, 0x00, 0xB0, 0x86, 0x00, 0x20]);
    assert_eq!(line.receive(), [0x00, 0x02, 0x6A, 0x82]);

    assert_eq!(line.command(SELECT_JPKI).unwrap(), [0x90, 0x00]);
    assert_eq!(line.command("00 B0 8A 00 00 00 00").unwrap().len(), 2048 + 2);
    // Power off and on: the selection is gone.
    line.send(&[0x00, 0x01, 0x00, 0x00, 0x01, 0x01]);
    assert_eq!(line.command("00 20 00 98").unwrap(), [0x6A, 0x88]);
    assert_eq!(player.handle().with_card(|card| card.log().len()), Some(4));
}

#[test]
fn a_card_taken_out_and_put_back_keeps_its_counter() {
    let (reader, addr) = Reader::new();
    let player = Player::start(addr);
    assert_eq!(player.wait_connected(LIMIT), Err(PlayerError::NoCard));
    assert!(player.remove().is_none());

    player.insert(card("ichiro"));
    let mut line = reader.card();
    line.command(SELECT_JPKI).unwrap();
    assert_eq!(line.command(VERIFY_0000).unwrap(), [0x63, 0xC2]);
    let card = player.remove().unwrap();
    assert!(line.is_closed());
    assert_eq!(player.handle().with_card(|_| ()), None);

    player.insert(card);
    let mut line = reader.card();
    assert_eq!(line.command("00 20 00 98").unwrap(), [0x6A, 0x88]);
    line.command(SELECT_JPKI).unwrap();
    assert_eq!(line.command("00 20 00 98").unwrap(), [0x63, 0xC2]);
}

#[test]
fn a_card_put_in_place_of_another_is_another_connection() {
    let (reader, addr) = Reader::new();
    let player = Player::start(addr);
    player.insert(card("ichiro:foreign"));
    let mut first = reader.card();
    assert_eq!(first.command(SELECT_JPKI).unwrap(), [0x6A, 0x82]);
    player.insert(card("ichiro"));
    assert!(first.is_closed());
    assert_eq!(reader.card().command(SELECT_JPKI).unwrap(), [0x90, 0x00]);
}

#[test]
fn a_fault_closes_the_connection_before_during_or_after_the_answer() {
    for (fault, is_answered, tries) in
        [(Fault::RemoveBefore(1), false, 3), (Fault::RemoveDuring(1), false, 2), (Fault::RemoveAfter(1), true, 2)]
    {
        let (reader, addr) = Reader::new();
        let player = Player::start(addr);
        player.insert(card("ichiro"));
        let mut line = reader.card();
        line.command(SELECT_JPKI).unwrap();
        player.handle().with_card(|card| card.set_fault(Some(fault))).unwrap();
        assert_eq!(line.command(VERIFY_0000).is_some(), is_answered, "{fault:?}");
        assert!(line.is_closed());
        drop(line);
        wait_until("the player knows", LIMIT, || (player.wait_connected(LIMIT) == Err(PlayerError::NoCard)).then_some(()));
        assert_eq!(player.handle().with_card(|card| card.tries_left(PinKind::Auth)), Some(tries), "{fault:?}");
        // Put back, it is a card again.
        player.insert(player.remove().unwrap());
        let mut line = reader.card();
        line.send(&[0x00, 0x01, 0x01]);
        assert_eq!(line.command(SELECT_JPKI).unwrap(), [0x90, 0x00]);
    }
}

#[test]
fn a_card_that_an_accident_took_away_answers_when_it_is_put_back() {
    let (reader, addr) = Reader::new();
    let player = Player::start(addr);
    let mut lost = card("ichiro");
    lost.power_on();
    lost.set_fault(Some(Fault::RemoveBefore(1)));
    player.insert(lost);
    let mut line = reader.card();
    line.send(&[0, 1, 1]);
    assert_eq!(line.command(SELECT_JPKI), None, "pulled");
    player.insert(player.remove().unwrap());
    let mut line = reader.card();
    // vpcd looks before it gives power.
    line.send(&[0, 1, 0, 0, 1, 4]);
    assert_eq!(line.receive::<15>(), ATR);
    line.send(&[0, 1, 1]);
    assert_eq!(line.command(SELECT_JPKI), Some(vec![0x90, 0x00]));
}

#[test]
fn half_an_answer_can_arrive() {
    let (reader, addr) = Reader::new();
    let player = Player::start(addr);
    player.insert(card("ichiro"));
    let mut line = reader.card();
    line.command(SELECT_JPKI).unwrap();
    player.handle().with_card(|card| card.set_script(vec![Step { at: At::Next(Sort::Read), act: Act::Cut }])).unwrap();
    line.send(&[0x00, 0x05, 0x00, 0xB0, 0x86, 0x00, 0x20]);
    let mut received = Vec::new();
    line.0.read_to_end(&mut received).unwrap();
    // 34 bytes were announced, and sixteen came.
    assert_eq!(received, b"\x00\x22JPKIAPICCTOKEN2 "[..18]);
    wait_until("the card is out", LIMIT, || (player.wait_connected(LIMIT) == Err(PlayerError::NoCard)).then_some(()));
}

#[test]
fn a_lost_reader_comes_back_by_itself_after_its_time_and_the_card_has_lost_power() {
    let (reader, addr) = Reader::new();
    let player = Player::start(addr);
    player.insert(card("ichiro"));
    let mut line = reader.card();
    line.command(SELECT_JPKI).unwrap();
    let away = Duration::from_millis(300);
    player.handle().with_card(|card| card.set_script(vec![Step { at: At::Next(Sort::Verify), act: Act::LoseReader(away) }])).unwrap();
    assert_eq!(line.command(VERIFY_0000), None);
    let before = Instant::now();
    drop(line);
    let mut line = reader.card();
    assert!(before.elapsed() >= away - Duration::from_millis(50), "{:?}", before.elapsed());
    player.wait_connected(LIMIT).unwrap();
    line.send(&[0x00, 0x01, 0x01]);
    assert_eq!(line.command("00 20 00 98").unwrap(), [0x6A, 0x88]);
    assert_eq!(line.command(SELECT_JPKI).unwrap(), [0x90, 0x00]);
    assert_eq!(line.command("00 20 00 98").unwrap(), [0x63, 0xC2]);

    // While it is away the card can be taken out, at once.
    let far = Duration::from_secs(600);
    player.handle().with_card(|card| card.set_script(vec![Step { at: At::Every, act: Act::LoseReader(far) }])).unwrap();
    assert_eq!(line.command("00 20 00 98"), None);
    assert!(player.remove().is_some());
    player.insert(card("hanako"));
    assert_eq!(reader.card().command(SELECT_JPKI).unwrap(), [0x90, 0x00]);
}

#[test]
fn a_silent_card_keeps_the_connection_until_it_is_taken_out() {
    let (reader, addr) = Reader::new();
    let player = Player::start(addr);
    player.insert(card("ichiro"));
    let mut line = reader.card();
    player.wait_connected(LIMIT).unwrap();
    player.handle().with_card(|card| card.set_fault(Some(Fault::SilentAt(1)))).unwrap();
    line.send(&[0x00, 0x04, 0x00, 0x20, 0x00, 0x98, 0x00, 0x01, 0x04]);
    wait_until("the card is silent", LIMIT, || player.handle().with_card(|card| card.is_silent()).filter(|is_silent| *is_silent));
    line.0.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let seen = line.0.read(&mut [0; 16]);
    assert!(seen.is_err(), "neither an answer nor an end: {seen:?}");
    assert!(player.handle().is_connected());
    assert!(player.remove().is_some());
    line.0.set_read_timeout(Some(LIMIT)).unwrap();
    assert!(line.is_closed());
}

#[test]
fn a_reader_that_comes_late_or_comes_back_is_found() {
    let (reader, addr) = Reader::new();
    drop(reader);
    let player = Player::start(addr);
    player.insert(card("ichiro"));
    assert_eq!(player.wait_connected(Duration::from_millis(100)), Err(PlayerError::Late { limit: Duration::from_millis(100) }));

    let reader = Reader(TcpListener::bind(addr).unwrap());
    let mut line = reader.card();
    line.command(SELECT_JPKI).unwrap();
    drop(line);
    // The reader was gone, so the card lost power.
    assert_eq!(reader.card().command("00 20 00 98").unwrap(), [0x6A, 0x88]);
}

#[test]
fn a_slow_card_can_be_pulled_in_the_middle_of_a_command() {
    let (reader, addr) = Reader::new();
    let player = Player::start(addr);
    let mut slow = card("ichiro:slow");
    let (begun, has_begun) = std::sync::mpsc::channel();
    let (end, is_over) = std::sync::mpsc::channel::<()>();
    slow.set_wait(move |_| {
        let _ = begun.send(());
        let _ = is_over.recv_timeout(LIMIT);
    });
    player.insert(slow);
    let mut line = reader.card();
    let apdu = bytes(SELECT_JPKI);
    line.send(&[&[0x00, 0x0F], &apdu[..]].concat());
    has_begun.recv_timeout(LIMIT).unwrap();
    std::thread::scope(|scope| {
        let removed = scope.spawn(|| player.remove());
        assert!(line.is_closed(), "the connection ends while the card is still at work");
        end.send(()).unwrap();
        assert!(removed.join().unwrap().is_some());
    });
}

#[test]
fn dropping_the_player_takes_the_card_out_at_once() {
    let (reader, addr) = Reader::new();
    let player = Player::start(addr);
    player.insert(card("ichiro"));
    let mut line = reader.card();
    let before = Instant::now();
    drop(player);
    assert!(line.is_closed());
    assert!(before.elapsed() < LIMIT);
}

#[test]
fn many_insertions_and_removals_leave_nothing_behind() {
    let (reader, addr) = Reader::new();
    let player = Player::start(addr);
    let mut inserted = Some(card("ichiro"));
    for _ in 0..50 {
        player.insert(inserted.take().unwrap());
        inserted = player.remove();
    }
    player.insert(inserted.take().unwrap());
    player.wait_connected(LIMIT).unwrap();
    // Connections of removed cards end; the one that lives answers.
    let answered = wait_until("a connection answers", LIMIT, || reader.card().command(SELECT_JPKI));
    assert_eq!(answered, [0x90, 0x00]);
}
