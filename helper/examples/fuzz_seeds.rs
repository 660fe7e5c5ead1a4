//! Writes the inputs that the fuzz targets start from: conversations with the virtual card as they run, the frames of the protocol's
//! dialogues, real files. `cargo run -p helper --example fuzz_seeds -- CARDS CORPUS`; `cargo xtask test fuzz` does it.
//!
//! The form of each input stands in `helper/fuzz/fuzz_targets`.

use std::error::Error;
use std::path::Path;
use std::sync::Mutex;

use helper::card::face::{self, Face, FaceCode};
use helper::card::jpki::{self, Entry, Extended, Pin, Press, Tries};
use helper::card::{Channel, ChannelError};
use shared::reader::examples::{DIALOGUES, GREETING, Line};
use virtual_card::{Card, CardSpec};

/// The virtual card, and its answers as the target `apdu_answers` takes them.
struct Recorder {
    card: Card,
    answers: Vec<u8>,
}

impl Channel for Recorder {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let answer = self.card.transmit(command).map_err(|_| ChannelError::Removed);
        match &answer {
            Err(_) => self.answers.push(0xFE),
            Ok(answer) => {
                match u8::try_from(answer.len()) {
                    Ok(length @ 0..0xFC) => self.answers.push(length),
                    _ => {
                        self.answers.push(0xFC);
                        self.answers.extend(u16::try_from(answer.len()).unwrap_or(u16::MAX).to_be_bytes());
                    }
                }
                self.answers.extend(answer);
            }
        }
        answer
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.answers.push(0);
        self.card.reset();
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let (Some(cards), Some(corpus)) = (args.next(), args.next()) else { return Err("usage: fuzz_seeds CARDS CORPUS".into()) };
    let (cards, corpus) = (Path::new(&cards), Path::new(&corpus));
    #[expect(clippy::disallowed_methods, reason = "certificates must be valid now")]
    let now = std::time::SystemTime::now();
    virtual_card::make(cards, now)?;
    let write = |target: &str, name: &str, bytes: &[u8]| -> Result<(), Box<dyn Error>> {
        let folder = corpus.join(target);
        std::fs::create_dir_all(&folder)?;
        Ok(std::fs::write(folder.join(name), bytes)?)
    };

    for scenario in [
        "normal",
        "no-extended",
        "61-6c",
        "no-user-cert",
        "locked",
        "foreign",
        "phone-android",
        "phone-ios",
        "phone-ios-bio",
        "removed-at-verify",
        "next-gen",
        "tiny-read-17",
    ] {
        let spec: CardSpec = format!("ichiro:{scenario}").parse()?;
        let first = Card::open(cards, &spec)?;
        for operation in 0..8_u8 {
            let mut line = Recorder { card: first.fresh(), answers: Vec::new() };
            converse(&mut line, operation)?;
            let mut input = vec![operation | 0x40, 0, 3];
            input.append(&mut line.answers);
            write("apdu_answers", &format!("{scenario}-{operation}"), &input)?;
        }
    }

    for person in ["ichiro", "hanako"] {
        let mut line = Recorder { card: Card::open(cards, &person.parse()?)?, answers: Vec::new() };
        let code = virtual_card::people().iter().find(|other| other.id == person).ok_or("no such person")?.number_b();
        let code = FaceCode::parse(code.as_bytes())?;
        let press = Press { entry: Entry::Typed(&code), seen: Tries::Left(10), last_try_confirmed: false };
        let (files, _) = face::read(&mut line, &press, &Mutex::default(), &|| false, &mut |_| ());
        let files = files.map_err(|failed| failed.trouble)?;
        let certificate = files.certificate.unwrap_or_default();
        let length = u16::try_from(files.face.len())?.to_be_bytes();
        write("visual_file", person, &[&length[..], &files.face, &certificate].concat())?;
        write("tlv", &format!("{person}-face"), &files.face)?;
        write("tlv", &format!("{person}-key"), &certificate)?;
        write("photo", person, Face::parse(&files.face)?.photo())?;

        let mut line = Recorder { card: Card::open(cards, &person.parse()?)?, answers: Vec::new() };
        let certificate = jpki::identify(&mut line, &Mutex::default(), &|| false)?;
        write("tlv", &format!("{person}-certificate"), &certificate)?;
        write("der_length", person, &certificate)?;
    }
    for (name, start) in [("short", &[0x30, 0x20][..]), ("long", &[0x30, 0x81, 0x90]), ("longer", &[0x30, 0x82, 0x06, 0x32])] {
        write("der_length", name, start)?;
    }

    for (number, dialogue) in std::iter::once(&GREETING).chain(DIALOGUES).enumerate() {
        let frames = GREETING.lines.iter().chain(dialogue.lines).filter_map(|line| match line {
            Line::Page(text) | Line::Helper(text) | Line::Other(text) | Line::ToOther(text) => {
                Some(text.lines().map(str::trim).collect::<String>())
            }
            _ => None,
        });
        write("frames", &format!("dialogue-{number}"), frames.collect::<Vec<_>>().join("\n").as_bytes())?;
    }
    Ok(())
}

/// One conversation, as `apdu_answers` numbers them; how it ends does not matter.
fn converse(line: &mut Recorder, operation: u8) -> Result<(), Box<dyn Error>> {
    let go_on = || false;
    let extended = Mutex::new(Extended::Unknown);
    match operation {
        0 => drop(jpki::kind(line, &go_on)),
        1 => drop(jpki::tries(line, &go_on)),
        2 => drop(jpki::status(line, &go_on)),
        3 => drop(jpki::identify(line, &extended, &go_on)),
        4 => drop(face::tries(line, &go_on)),
        5 => {
            let pin = Pin::parse(b"1234")?;
            let press = Press { entry: Entry::Typed(&pin), seen: Tries::Left(3), last_try_confirmed: true };
            drop(jpki::authenticate(line, &press, b"what is signed", &extended, &go_on, &mut |_| ()));
        }
        6 => drop(jpki::authenticate_iphone(line, None, b"what is signed", &extended, &go_on, &mut |_| ())),
        _ => {
            let code = FaceCode::parse(b"35060220331201")?;
            let press = Press { entry: Entry::Typed(&code), seen: Tries::Left(3), last_try_confirmed: true };
            drop(face::read(line, &press, &extended, &go_on, &mut |_| ()));
        }
    }
    Ok(())
}
