//! The chip photo: in-process with the virtual card, then from the page's request to the PNG; and that no 個人番号 is ever read.

use std::sync::{Mutex, PoisonError};

use helper::card::face::{self, Face, FaceCode, FaceFiles};
use helper::card::jpki::{self, Entry, Extended, Failed, Pin, Press, Tries, Trouble};
use helper::card::{After, Channel, ChannelError};
use helper::picture::{NotAPhoto, to_png};
use shared::bytes::Base64;
use shared::reader::{Answer, Asks, ErrorCode, Event, FaceSignature, Frame, Spent, What};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use virtual_card::{Card, Fault, Person, people, scenarios};

use super::card::{Habit, Line};
use super::world::{LIMIT, ORIGIN, OTHER_ORIGIN, Page, World, cards, http, trace_log};

const SELECT: &str = "00A4040C0AD3921000310001010402";
const QUERY: &str = "00200092";
const CLEAR: &str = "00A4040C07A0000001510000";

fn person(id: &str) -> &'static Person {
    people().iter().find(|person| person.id == id).unwrap()
}

fn read(channel: &mut dyn Channel, code: &str, extended: &mut Extended) -> (Result<FaceFiles, Failed>, After) {
    let code = FaceCode::parse(code.as_bytes()).unwrap();
    let press = Press { entry: Entry::Typed(&code), seen: Tries::Left(10), last_try_confirmed: false };
    let known = Mutex::new(*extended);
    let done = face::read(channel, &press, &known, &|| false, &mut |_| ());
    *extended = known.into_inner().unwrap();
    done
}

/// What a card without habits gives.
fn files(id: &str) -> FaceFiles {
    let mut line = Line::new(id, Habit::Plain);
    read(&mut line, &person(id).number_b(), &mut Extended::Unknown).0.unwrap_or_else(|failed| panic!("{failed:?}"))
}

fn verify_of(person: &Person) -> String {
    format!("002000920E{}", person.number_b().bytes().map(|digit| format!("{digit:02X}")).collect::<String>())
}

/// READs of a file in the short form.
fn reads(reference: u8, length: usize) -> Vec<String> {
    let read = |n: usize| {
        let le = if length - 256 * n >= 256 { 0 } else { length - 256 * n };
        if n == 0 { format!("00B0{reference:02X}0000") } else { format!("00B0{n:02X}00{le:02X}") }
    };
    (0..length.div_ceil(256)).map(read).collect()
}

fn size(png: &[u8]) -> (u32, u32) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((frame.color_type, frame.bit_depth), (png::ColorType::Grayscale, png::BitDepth::Eight));
    assert!(pixels.iter().any(|pixel| *pixel != pixels[0]), "a picture of something");
    (frame.width, frame.height)
}

#[test]
fn the_whole_conversation_is_the_published_list_extended() {
    let mut line = Line::new("ichiro", Habit::Plain);
    let mut extended = Extended::Unknown;
    let (read, after) = read(&mut line, &person("ichiro").number_b(), &mut extended);
    assert!(read.is_ok());
    assert_eq!((after, extended), (After::Leave, Extended::Works));
    let list = [SELECT, QUERY, "00B08400000000", &verify_of(person("ichiro")), "00B08200000000", CLEAR];
    assert_eq!(line.sent, list, "5 commands and 1 for the key, card.md §10");
}

#[test]
fn the_whole_conversation_is_the_published_list_short() {
    let whole = files("ichiro");
    let mut line = Line::new("ichiro", Habit::Plain);
    let (read, after) = read(&mut line, &person("ichiro").number_b(), &mut Extended::Refused);
    let read = read.unwrap_or_else(|failed| panic!("{failed:?}"));
    assert_eq!((&read.face, &read.certificate, after), (&whole.face, &whole.certificate, After::Leave));
    assert_eq!(read.certificate.as_ref().map(Vec::len), Some(568));
    let start = [SELECT.to_owned(), QUERY.to_owned()];
    let list = [&start[..], &reads(0x84, 568), &[verify_of(person("ichiro"))], &reads(0x82, read.face.len()), &[CLEAR.to_owned()]].concat();
    assert_eq!(line.sent, list);
    assert_eq!(
        line.sent.len() - read.face.len().div_ceil(256) + 3070_usize.div_ceil(256),
        16 + 3,
        "for a face of 3,070 bytes, card.md §10"
    );
}

#[test]
fn everyones_signature_fits_and_their_photo_is_a_picture() {
    for person in people() {
        let files = files(person.id);
        let face = Face::parse(&files.face).unwrap();
        assert_eq!(face.signature(&files.certificate.unwrap()), FaceSignature::Fits, "{}", person.id);
        assert_eq!(size(&to_png(face.photo()).unwrap()), (160, 200), "{}", person.id);
    }
}

#[test]
fn a_face_that_was_changed_does_not_fit() {
    let (own, other) = (files("ichiro"), files("hanako"));
    let key = own.certificate.unwrap();
    let photo_at = |file: &[u8]| file.windows(2).position(|tag| tag == [0xDF, 0x27]).unwrap();
    // One bit: of the birth date, of the name's picture, of the photo, of the signature.
    let signature_at = own.face.windows(5).position(|tag| tag == [0xDF, 0x28, 0x82, 0x01, 0x00]).unwrap();
    for at in [30, 350, photo_at(&own.face) + 600, signature_at + 100] {
        let mut changed = own.face.clone();
        changed[at] ^= 1;
        assert_eq!(Face::parse(&changed).unwrap().signature(&key), FaceSignature::Wrong, "byte {at}");
    }
    // Another person's photo and signature under the own birth date.
    let mut mixed = other.face.clone();
    mixed[26..37].copy_from_slice(&own.face[26..37]);
    assert_ne!(mixed, other.face);
    assert_eq!(Face::parse(&mixed).unwrap().signature(&key), FaceSignature::Wrong);
    assert_eq!(Face::parse(&other.face).unwrap().signature(&key), FaceSignature::Fits, "control");
    // What is outside the signature may change: expiry and security code prove nothing.
    let mut outside = own.face.clone();
    *outside.last_mut().unwrap() ^= 1;
    assert_eq!(Face::parse(&outside).unwrap().signature(&key), FaceSignature::Fits);
    // The modulus is the last of the 297 bytes behind the name of the certificate.
    let mut other_key = key.clone();
    other_key[300] ^= 1;
    assert_eq!(Face::parse(&own.face).unwrap().signature(&other_key), FaceSignature::Wrong);
    assert_eq!(Face::parse(&own.face).unwrap().signature(&key[..200]), FaceSignature::NotChecked);
}

#[test]
fn odd_readers_and_any_chunk_size_give_the_same_files_with_one_verify() {
    let whole = files("ichiro");
    let code = person("ichiro").number_b();
    let spec = "ichiro:normal".parse().unwrap();
    let chunked = |limit: usize| Line::of(Card::open_with(cards(), &spec, |behaviour| behaviour.read_limit = limit).unwrap(), Habit::Plain);
    let habits =
        [Habit::MoreData, Habit::ExactLength, Habit::SelectFirst, Habit::BreaksOnExtended, Habit::Refuses(0x6700), Habit::Refuses(0x6D00)];
    let lines = habits.map(|habit| Line::new("ichiro", habit)).into_iter().chain([1, 5, 127, 253, 254, 255].map(chunked));
    for mut line in lines {
        for mut extended in [Extended::Unknown, Extended::Refused] {
            line.sent.clear();
            line.card.power_on();
            let before = line.card.verify_count();
            let (read, after) = read(&mut line, &code, &mut extended);
            let read = read.unwrap_or_else(|failed| panic!("{failed:?} after {:?}", line.sent));
            assert_eq!((&read.face, &read.certificate, after), (&whole.face, &whole.certificate, After::Leave));
            assert_eq!(line.card.verify_count() - before, 1);
            let verifies = line.sent.iter().filter(|command| command.starts_with("0020") && command.len() > 8).count();
            assert_eq!(verifies, 1, "{:?}", line.sent);
            // What the next program finds: nothing is open.
            line.transmit(&[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02]).unwrap();
            line.transmit(&[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x02]).unwrap();
            assert_eq!(line.transmit(&[0x00, 0xB0, 0x00, 0x00, 0x10]).unwrap(), [0x69, 0x82], "the state was left behind");
        }
    }
}

#[test]
fn only_a_grey_picture_of_a_sensible_size_is_shown() {
    let files = files("ichiro");
    let photo = Face::parse(&files.face).unwrap().photo().to_vec();
    for bad in [&b""[..], b"\x89PNG\r\n\x1a\n", &photo[..60]] {
        assert!(matches!(to_png(bad), Err(NotAPhoto::Format | NotAPhoto::Pieces)));
    }
    // SIZ: marker FF51, length, capabilities, then width and height, their offset, the tile's width and height.
    let siz = photo.windows(2).position(|marker| marker == [0xFF, 0x51]).unwrap();
    let sized = |area: [u32; 2], tile: [u32; 2]| {
        let mut sized = photo.clone();
        for (at, [width, height]) in [(siz + 6, area), (siz + 22, tile)] {
            sized[at..at + 8].copy_from_slice(&[width.to_be_bytes(), height.to_be_bytes()].concat());
        }
        to_png(&sized)
    };
    assert_eq!(sized([1001, 200], [1001, 200]), Err(NotAPhoto::Size { width: 1001, height: 200 }));
    assert_eq!(sized([160, 1001], [160, 1001]), Err(NotAPhoto::Size { width: 160, height: 1001 }));
    assert!(sized([u32::MAX; 2], [u32::MAX; 2]).is_err());
    assert!(sized([160, 200], [160, 200]).is_ok(), "control");
    // A few bytes that ask for very much memory: a million tiles, a million precincts.
    assert_eq!(sized([1000, 1000], [1, 1]), Err(NotAPhoto::Pieces));
    let cod = photo.windows(2).position(|marker| marker == [0xFF, 0x52]).unwrap();
    let mut precincts = photo.clone();
    precincts[cod + 4] |= 1;
    assert_eq!(to_png(&precincts), Err(NotAPhoto::Pieces));
    let mut many_channels = photo.clone();
    many_channels[siz + 38..siz + 40].copy_from_slice(&0x4000_u16.to_be_bytes());
    assert_eq!(to_png(&many_channels), Err(NotAPhoto::Pieces));
    // A palette of one colour, and a map that asks for the one channel twice; four bytes would ask for each further copy.
    let boxes = [&b"\0\0\0\x0Dpclr\0\x01\x01\x07\0"[..], b"\0\0\0\x10cmap\0\0\0\0\0\0\0\0"].concat();
    let header = photo.windows(4).position(|name| name == b"jp2h").unwrap() - 4;
    let length = u32::from_be_bytes(photo[header..header + 4].try_into().unwrap());
    let mut mapped = photo.clone();
    let end = header + usize::try_from(length).unwrap();
    mapped.splice(end..end, boxes.iter().copied());
    mapped[header..header + 4].copy_from_slice(&(length + u32::try_from(boxes.len()).unwrap()).to_be_bytes());
    assert_eq!(to_png(&mapped), to_png(&photo), "the map is not followed");
    let mut two_parts = photo;
    two_parts.extend_from_slice(&[0xFF, 0x90]);
    assert_eq!(to_png(&two_parts), Err(NotAPhoto::Pieces));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    #[test]
    fn a_broken_photo_ends_without_a_panic(places in proptest::collection::vec((0_usize..1800, 0_u8..), 1..8)) {
        static PHOTO: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut photo = PHOTO.get_or_init(|| Face::parse(&files("jiro").face).unwrap().photo().to_vec()).clone();
        let length = photo.len();
        for (at, byte) in places {
            photo[at % length] = byte;
        }
        if let Ok(png) = to_png(&photo) {
            proptest::prop_assert!(png.starts_with(b"\x89PNG"));
        }
    }
}

/// Everything between a program and a card, and what the 個人番号 of the person looks like.
struct Watch {
    card: Card,
    sent: Vec<Vec<u8>>,
    /// The data of all answers, one after the other: a file may come in pieces.
    told: Vec<u8>,
}

impl Channel for Watch {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        self.sent.push(command.to_vec());
        let answer = self.card.transmit(command).map_err(|_| ChannelError::Removed)?;
        if let Some((data, _)) = answer.split_last_chunk::<2>() {
            self.told.extend_from_slice(data);
        }
        Ok(answer)
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.card.reset();
        Ok(())
    }
}

impl Watch {
    fn new(spec: &str) -> Self {
        let mut card = Card::open(cards(), &spec.parse().unwrap()).unwrap();
        card.set_wait(|_| ());
        card.power_on();
        Self { card, sent: Vec::new(), told: Vec::new() }
    }

    /// What was asked for that must not be, and what was told that must not be.
    fn findings(&self, number: &str, picture: &[u8]) -> Vec<String> {
        let mut findings = Vec::new();
        let allowed: [&[u8]; 3] = [
            &[0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01],
            &[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02],
            &[0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00],
        ];
        // Files and references by application: 0 JPKI, 1 visual, 2 none.
        let files: [&[u8]; 3] = [&[0x06, 0x08, 0x0A, 0x17, 0x18, 0x1B], &[0x02, 0x04, 0x12], &[]];
        let mut app = 2;
        for command in &self.sent {
            let is_fine = match command.as_slice() {
                [0x00, 0xA4, 0x04, 0x0C, _, aid @ ..] => {
                    allowed.iter().position(|known| known == &aid).inspect(|known| app = *known).is_some()
                }
                [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, file] => files[app].contains(file),
                [0x00, 0xB0, file @ 0x80..=0xFF, ..] => files[app].contains(&(file & 0x1F)),
                [0x00, 0x20, 0x00, 0x80, ..] | [0x00, 0xB0, ..] | [0x00, 0xC0, ..] => app != 2,
                [0x00, 0x20, 0x00, file, ..] => files[app].contains(&(file & 0x1F)),
                [0x80, 0x2A, 0x00, ..] | [0x80, 0xFC, 0x00, 0x00] => app == 0,
                _ => false,
            };
            if !is_fine {
                findings.push(format!("sent {command:02X?}"));
            }
        }
        for (what, secret) in [("number", number.as_bytes()), ("picture", picture)] {
            if self.told.windows(secret.len()).any(|part| part == secret) {
                findings.push(format!("told the {what}"));
            }
        }
        findings
    }
}

/// The picture of the 個人番号, as only someone reads it who knows the number: the test, for comparison.
fn number_picture(person: &Person) -> (Watch, Vec<u8>) {
    let mut card = Watch::new(person.id);
    let verify = [&[0x00, 0x20, 0x00, 0x93, 0x0C], person.number_a.as_bytes()].concat();
    for command in [&[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02][..], &verify] {
        assert_eq!(card.transmit(command).unwrap(), [0x90, 0x00]);
    }
    let file = card.transmit(&[0x00, 0xB0, 0x85, 0x00, 0x00, 0x00, 0x00]).unwrap();
    let at = file.windows(4).position(|start| start == b"\x89PNG").unwrap();
    let end = file.windows(4).position(|end| end == b"IEND").unwrap() + 4;
    (card, file[at..end].to_vec())
}

#[test]
fn no_operation_on_any_card_asks_for_or_hears_the_individual_number() {
    let ichiro = person("ichiro");
    let (control, picture) = number_picture(ichiro);
    let found = control.findings(ichiro.number_a, &picture);
    assert!(found.iter().any(|finding| finding == "told the picture") && found.len() == 3, "control: the checker sees it: {found:?}");
    let mut control = Watch::new("ichiro");
    for command in
        [&b"\x00\xA4\x04\x0C\x0A\xD3\x92\x10\x00\x31\x00\x01\x01\x04\x08"[..], b"\x00\x20\x00\x91\x045678", b"\x00\xB0\x81\x00\x00"]
    {
        control.transmit(command).unwrap();
    }
    let found = control.findings(ichiro.number_a, &picture);
    assert!(found.iter().any(|finding| finding == "told the number") && found.len() > 1, "control: in the text application too: {found:?}");

    let pin = Pin::parse(b"1234").unwrap();
    let code = FaceCode::parse(ichiro.number_b().as_bytes()).unwrap();
    let (mut photos, mut signatures) = (0, 0);
    for scenario in scenarios() {
        for start in [Extended::Unknown, Extended::Refused] {
            let mut card = Watch::new(&format!("ichiro:{}", scenario.id));
            let extended = Mutex::new(start);
            let go = || false;
            let _ = jpki::kind(&mut card, &go);
            let _ = jpki::status(&mut card, &go);
            let _ = jpki::identify(&mut card, &extended, &go);
            if let Ok(seen) = jpki::tries(&mut card, &go) {
                let press = Press { entry: Entry::Typed(&pin), seen, last_try_confirmed: true };
                signatures += i32::from(jpki::authenticate(&mut card, &press, b"message", &extended, &go, &mut |_| ()).0.is_ok());
            }
            if let Ok(seen) = face::tries(&mut card, &go) {
                let press = Press { entry: Entry::Typed(&code), seen, last_try_confirmed: true };
                photos += i32::from(face::read(&mut card, &press, &extended, &go, &mut |_| ()).0.is_ok());
            }
            assert_eq!(card.findings(ichiro.number_a, &picture), [""; 0], "{}", scenario.id);
        }
    }
    assert!(photos > 60 && signatures > 40, "most cards gave what they have: {photos} photos, {signatures} signatures");
}

async fn ask(page: &mut Page, consented: bool) -> u64 {
    let reader = page.state.clone().unwrap().readers.first().cloned().expect("a reader");
    let generation = reader.card.map_or(0, |card| card.generation);
    let request = format!(r#""op":"face","reader":"{}","generation":{generation},"consented":{consented},"take":null"#, reader.id);
    page.ask(&request).await
}

/// The ticket of the frame, and the tries left; the frame asks for the code and not for the PIN.
async fn code_needed(page: &mut Page, wanted: u64) -> (String, Option<u8>) {
    page.until("the frame", |frame| match frame {
        Frame::Event(Event { what: What::PinNeeded { request, ticket, tries_left, asks, .. }, .. }) if *request == wanted => {
            assert_eq!(*asks, Asks::FaceCode);
            Some((ticket.clone(), *tries_left))
        }
        Frame::Err { id, err } if *id == wanted => panic!("{err:?}"),
        _ => None,
    })
    .await
}

fn right() -> String {
    format!(r#"{{"code":"{}"}}"#, person("ichiro").number_b())
}

const WRONG: &str = r#"{"code":"35060220339999"}"#;
const ENDED: &str = r#"{"result":"ended"}"#;

/// Path of the photo, and what its signature says.
async fn photo(page: &mut Page, id: u64) -> (String, FaceSignature) {
    match page.answer(id).await {
        Frame::Ok { ok: Answer::Face { photo, signature }, .. } => (photo, signature),
        other => panic!("not a photo: {other:?}"),
    }
}

/// Status, head and body of a GET with this Origin; the body is no text.
async fn get(port: u16, path: &str, origin: Option<&str>) -> (u16, String, Vec<u8>) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let origin = origin.map_or(String::new(), |origin| format!("Origin: {origin}\r\n"));
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{origin}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(LIMIT, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    let end = answer.windows(4).position(|end| end == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_ascii_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head, answer[end + 4..].to_vec())
}

#[tokio::test]
async fn the_photo_comes_once_to_the_page_that_asked() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    world.log();
    let id = ask(&mut page, true).await;
    let (ticket, tries_left) = code_needed(&mut page, id).await;
    assert_eq!((Base64::parse(&ticket).unwrap().0.len(), tries_left), (16, Some(10)), "128 bits");
    let visual = "00 A4 04 0C 0A D3 92 10 00 31 00 01 01 04 02 -> 9000";
    assert_eq!(world.log(), [visual, "00 20 00 92 -> 63CA"], "counter: 2 commands");

    let host = format!("127.0.0.1:{}", world.port());
    let (status, _, frame) = http(world.port(), "GET", &format!("/pin/{ticket}"), &[("Host", &host)], "").await;
    assert!(status == 200 && frame.contains("セキュリティコード") && frame.contains(r#"data-tries="10""#), "{frame}");

    assert_eq!(world.press(&ticket, &right()).await, (200, r#"{"result":"ok"}"#.to_owned()));
    let (path, signature) = photo(&mut page, id).await;
    assert_eq!(signature, FaceSignature::Fits);
    let log = world.log();
    assert_eq!(log.len(), 6, "code, key and face: 6 commands, {log:?}");
    assert_eq!(log[..2], [visual, "00 20 00 92 -> 63CA"]);
    assert_eq!(log[2], "00 B0 84 00 00 00 00 -> 9000, 568 bytes");
    assert_eq!(log[3], format!("00 20 00 92 0E{} -> 9000", " **".repeat(14)));
    assert!(log[4].starts_with("00 B0 82 00 00 00 00 -> 9000"), "{log:?}");
    assert_eq!(log[5], "00 A4 04 0C 07 A0 00 00 01 51 00 00 -> 9000");

    assert_eq!(Base64::parse(path.strip_prefix("/photo/").unwrap()).unwrap().0.len(), 16, "128 bits");
    assert_ne!(path, format!("/photo/{ticket}"));
    // Nobody else gets it, nor does their asking use it up.
    assert_eq!(get(world.port(), &path, Some(OTHER_ORIGIN)).await.0, 404, "allowed, but not the one that asked");
    for origin in [None, Some("null"), Some("https://elsewhere.example"), Some(format!("http://{host}").as_str())] {
        assert_eq!(get(world.port(), &path, origin).await.0, 403, "{origin:?}");
    }
    // Nor does a question about it: link checkers and caches ask so before they fetch.
    let (status, head, _) = http(world.port(), "HEAD", &path, &[("Host", &host), ("Origin", ORIGIN)], "").await;
    assert_eq!(status, 405);
    assert!(head.contains("allow: get"), "{head}");
    let (status, head, png) = get(world.port(), &path, Some(ORIGIN)).await;
    assert_eq!((status, size(&png)), (200, (160, 200)));
    for line in [
        "content-type: image/png".to_owned(),
        "cache-control: no-store".to_owned(),
        "x-content-type-options: nosniff".to_owned(),
        format!("access-control-allow-origin: {ORIGIN}"),
        "vary: origin".to_owned(),
    ] {
        assert!(head.lines().any(|found| found == line), "{line} in {head}");
    }
    let (status, _, again) = get(world.port(), &path, Some(ORIGIN)).await;
    assert_eq!((status, again), (404, Vec::new()), "the second time it is gone");
    assert_eq!(world.press(&ticket, &right()).await, (410, ENDED.to_owned()), "the ticket is used up");
    assert_eq!(world.verify_count(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_photo_dies_with_the_connection_that_asked_for_it() {
    let world = World::with("ichiro", |settings| settings.clients = 2).await;
    let mut paths = Vec::new();
    let mut stays = world.page_with_card().await;
    let mut leaves = world.page_with_card().await;
    for page in [&mut leaves, &mut stays] {
        let id = ask(page, true).await;
        let (ticket, _) = code_needed(page, id).await;
        assert_eq!(world.press(&ticket, &right()).await.0, 200);
        paths.push(photo(page, id).await.0);
    }
    leaves.leave().await;
    // There is a place for a third page when the helper has seen the first one leave.
    let third = async {
        loop {
            match Page::connect(world.port(), ORIGIN).await {
                Ok(page) => break page,
                Err(status) => assert_eq!(status, 429),
            }
        }
    };
    let _third = timeout(LIMIT, third).await.expect("the helper sees the end of a connection");
    assert_eq!(get(world.port(), &paths[0], Some(ORIGIN)).await.0, 404, "gone with its page");
    assert_eq!(get(world.port(), &paths[1], Some(ORIGIN)).await.0, 200, "control: the other page's is there");
    world.end().await;
}

#[tokio::test]
async fn a_wrong_code_ends_the_request_with_one_verify() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let id = ask(&mut page, true).await;
    let (ticket, _) = code_needed(&mut page, id).await;
    assert_eq!(world.press(&ticket, WRONG).await, (200, r#"{"result":"wrong","tries_left":9}"#.to_owned()));
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.tries_left, failure.try_spent), (ErrorCode::PinWrong, Some(9), Spent::Yes));
    assert_eq!(world.press(&ticket, &right()).await, (410, ENDED.to_owned()));
    let id = ask(&mut page, true).await;
    let (ticket, tries_left) = code_needed(&mut page, id).await;
    assert_eq!(tries_left, Some(9));
    assert_eq!(world.press(&ticket, &right()).await.0, 200);
    assert_eq!(photo(&mut page, id).await.1, FaceSignature::Fits);
    assert_eq!(world.verify_count(), 2);
    world.end().await;
}

#[tokio::test]
async fn a_press_that_is_not_a_code_spends_nothing_and_the_ticket_lives() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let id = ask(&mut page, true).await;
    let (ticket, _) = code_needed(&mut page, id).await;
    for bad in [
        "",
        "{}",
        r#"{"pin":"1234"}"#,
        r#"{"pad":true}"#,
        r#"{"code":"3506022033120"}"#,
        r#"{"code":"350602203312010"}"#,
        r#"{"code":"35060220331２01"}"#,
        r#"{"code":"35060220331201","pin":"1234"}"#,
        r#"{"code":35060220331201}"#,
    ] {
        assert_eq!(world.press(&ticket, bad).await, (422, r#"{"result":"format"}"#.to_owned()), "{bad}");
    }
    assert_eq!(world.verify_count(), 0);
    assert_eq!(world.press(&ticket, &right()).await.0, 200);
    photo(&mut page, id).await;
    assert_eq!(world.verify_count(), 1);
    // The other way round: the frame for the PIN takes no code.
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    assert_eq!(world.press(&ticket, &right()).await, (422, r#"{"result":"format"}"#.to_owned()));
    assert_eq!(world.verify_count(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_locked_or_last_code_and_a_missing_consent_are_told_before_anything_is_sent() {
    let world = World::new("ichiro:face-locked").await;
    let mut page = world.page_with_card().await;
    let id = ask(&mut page, true).await;
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.tries_left, failure.try_spent), (ErrorCode::PinBlocked, Some(0), Spent::No));
    world.log();
    let id = ask(&mut page, false).await;
    assert_eq!(page.code(id).await, ErrorCode::ConsentMissing);
    assert_eq!(world.log(), [""; 0], "no command without consent");
    assert_eq!(world.verify_count(), 0);
    world.end().await;

    let world = World::new("ichiro:face-last-try").await;
    let mut page = world.page_with_card().await;
    let id = ask(&mut page, true).await;
    let (ticket, tries_left) = code_needed(&mut page, id).await;
    assert_eq!(tries_left, Some(1));
    assert_eq!(world.press(&ticket, &right()).await, (409, r#"{"result":"confirm"}"#.to_owned()));
    assert_eq!(world.verify_count(), 0);
    let confirmed = right().replace('}', r#","last_try":true}"#);
    assert_eq!(world.press(&ticket, &confirmed).await.0, 200);
    photo(&mut page, id).await;
    world.end().await;
}

#[tokio::test]
async fn a_phone_and_a_foreign_card_have_no_photo() {
    for card in ["ichiro:phone-android", "ichiro:phone-ios", "ichiro:phone-ios-bio", "ichiro:juki", "ichiro:foreign"] {
        let world = World::new(card).await;
        let mut page = world.page_with_card().await;
        let id = ask(&mut page, true).await;
        assert_eq!(page.code(id).await, ErrorCode::CardUnknown, "{card}");
        assert_eq!(world.verify_count(), 0);
        world.end().await;
    }
}

#[tokio::test]
async fn a_card_pulled_at_any_command_never_meets_a_second_verify() {
    for n in 1..=6 {
        for fault in [Fault::RemoveBefore(n), Fault::RemoveDuring(n), Fault::RemoveAfter(n)] {
            let world = World::new("ichiro").await;
            let mut page = world.page_with_card().await;
            let id = ask(&mut page, true).await;
            let (ticket, _) = code_needed(&mut page, id).await;
            world.simulator.with(|card| card.set_fault(Some(fault)));
            let (_, word) = world.press(&ticket, &right()).await;
            // Pulled after the last answer, or while the state was being cleared: the result is whole.
            let is_whole = n == 6 || matches!(fault, Fault::RemoveAfter(5));
            match page.answer(id).await {
                Frame::Ok { .. } => assert!(is_whole, "{fault:?}"),
                Frame::Err { err, .. } => {
                    assert!(!is_whole, "{fault:?}");
                    assert_eq!(err.code, ErrorCode::CardRemoved, "{fault:?}");
                    let lost_at_verify = matches!(fault, Fault::RemoveBefore(4) | Fault::RemoveDuring(4) | Fault::RemoveAfter(3));
                    assert_eq!(err.try_spent, if lost_at_verify { Spent::Unknown } else { Spent::No }, "{fault:?}");
                    assert!(word == ENDED || (word == r#"{"result":"ok"}"# && n >= 4), "{fault:?}: {word}");
                }
                other => panic!("{other:?}"),
            }
            let reached = !matches!(fault, Fault::RemoveBefore(1..=4) | Fault::RemoveDuring(1..=3) | Fault::RemoveAfter(1..=3));
            assert_eq!(world.verify_count(), usize::from(reached), "{fault:?}");
            world.end().await;
        }
    }
}

#[tokio::test]
async fn the_digits_are_in_no_log() {
    let log = trace_log();
    let world = World::new("nanako").await;
    let mut page = world.page_with_card().await;
    let code = person("nanako").number_b();
    let id = ask(&mut page, true).await;
    let (ticket, _) = code_needed(&mut page, id).await;
    assert_eq!(world.press(&ticket, &format!(r#"{{"code":"{code}"}}"#)).await.0, 200);
    let (path, _) = photo(&mut page, id).await;
    assert_eq!(get(world.port(), &path, Some(ORIGIN)).await.0, 200);
    world.end().await;
    let log = String::from_utf8_lossy(&log.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    assert!(log.contains("instruction=20") && log.contains("face done"), "control: it was logged");
    let hex: String = code.bytes().map(|digit| format!("{digit:02X}")).collect();
    for secret in [code.as_str(), &hex, &hex.to_lowercase(), path.trim_start_matches("/photo/"), &ticket, person("nanako").number_a] {
        assert!(!log.contains(secret), "{secret}");
    }
}

/// The numbers of one person's card would have gone to another person's, and cost it a try.
#[test]
fn a_card_that_came_in_the_place_of_the_first_gets_no_code() {
    for habit in [Habit::ReplacedOnExtended, Habit::BreaksLinkOnExtended] {
        let mut line = Line::new("ichiro", habit);
        let (read, _) = read(&mut line, &person("ichiro").number_b(), &mut Extended::Unknown);
        assert_eq!(read.err(), Some(Failed { trouble: Trouble::Channel(ChannelError::Removed), spent: Spent::No }));
        let back = line.sent.iter().position(|sent| sent == "come back").expect("control: the exchange broke");
        assert_eq!(line.sent[back + 1..], [CLEAR], "nothing but the clearing: {:?}", line.sent);
        assert_eq!(line.card.verify_count(), 0);
    }
}

#[test]
fn a_locked_code_is_known_without_a_try() {
    let mut line = Line::new("ichiro:face-locked", Habit::Plain);
    assert_eq!(face::tries(&mut line, &|| false), Ok(Tries::Left(0)));
    let (read, after) = read(&mut line, &person("ichiro").number_b(), &mut Extended::Unknown);
    assert_eq!((read.err(), after), (Some(Failed { trouble: Trouble::Locked, spent: Spent::No }), After::Leave));
    assert_eq!(line.card.verify_count(), 0);
}
