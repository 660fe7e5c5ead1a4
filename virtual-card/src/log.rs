//! What a card was asked and what it answered, without the secrets.

use std::fmt;

use crate::apdu::Command;

/// Instructions whose data is a secret, whatever the class byte says: VERIFY, CHANGE (two forms), RESET RETRY COUNTER.
const SECRET: [u8; 4] = [0x20, 0x24, 0x2C, 0x32];

/// One command and what became of it. Holds no PIN: the data of VERIFY and of a PIN change never gets in here.
///
/// `Display` is one line in upper-case hex: `00 20 00 98 04 ** ** ** ** -> 9000`, with answer data `00 B0 86 00 20 -> 9000, 32 bytes`,
/// without an answer `00 20 00 98 04 ** ** ** ** -> none`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    command: Vec<Option<u8>>,
    status: Option<u16>,
    answer_length: usize,
}

impl LogEntry {
    pub(crate) fn new(apdu: &[u8], answer: Option<(u16, usize)>) -> LogEntry {
        LogEntry { command: masked(apdu), status: answer.map(|(status, _)| status), answer_length: answer.map_or(0, |(_, length)| length) }
    }

    /// The command's bytes, header to Le; `None` for a masked byte.
    pub fn command(&self) -> &[Option<u8>] {
        &self.command
    }

    /// The status word; `None` when the card was pulled or silent and nobody saw one.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Number of data bytes answered, status word not counted.
    pub fn answer_length(&self) -> usize {
        self.answer_length
    }
}

/// Keeps header, lengths and harmless data; of a secret that cannot be taken apart only the header.
fn masked(apdu: &[u8]) -> Vec<Option<u8>> {
    let is_secret = apdu.get(1).is_some_and(|ins| SECRET.contains(ins));
    let hidden = match Command::parse(apdu) {
        _ if !is_secret => 0..0,
        Some(command) if command.data.is_empty() => 0..0,
        Some(command) => {
            let start = if command.is_extended { 7 } else { 5 };
            start..start + command.data.len()
        }
        None => 4..apdu.len().max(4),
    };
    apdu.iter().enumerate().map(|(at, byte)| (!hidden.contains(&at)).then_some(*byte)).collect()
}

impl fmt::Display for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in &self.command {
            match byte {
                Some(byte) => write!(f, "{byte:02X} ")?,
                None => write!(f, "** ")?,
            }
        }
        match (self.status, self.answer_length) {
            (None, _) => write!(f, "-> none"),
            (Some(status), 0) => write!(f, "-> {status:04X}"),
            (Some(status), length) => write!(f, "-> {status:04X}, {length} bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(apdu: &[u8], answer: Option<(u16, usize)>) -> String {
        LogEntry::new(apdu, answer).to_string()
    }

    #[test]
    fn a_line_is_the_command_and_its_status() {
        assert_eq!(line(&[0, 0x20, 0, 0x98], Some((0x63C3, 0))), "00 20 00 98 -> 63C3");
        assert_eq!(line(&[0, 0xB0, 0x86, 0, 0x20], Some((0x9000, 32))), "00 B0 86 00 20 -> 9000, 32 bytes");
    }

    #[test]
    fn a_pin_is_masked_under_every_class_and_form() {
        assert_eq!(line(b"\x00\x20\x00\x98\x041234", Some((0x9000, 0))), "00 20 00 98 04 ** ** ** ** -> 9000");
        assert_eq!(line(b"\x00\x20\x00\x98\x0212\x00", Some((0x6700, 0))), "00 20 00 98 02 ** ** 00 -> 6700");
        assert_eq!(line(b"\x00\x20\x00\x98\x00\x00\x0212", None), "00 20 00 98 00 00 02 ** ** -> none");
        assert_eq!(line(b"\x80\x32\x00\x80\x041234", Some((0x6D00, 0))), "80 32 00 80 04 ** ** ** ** -> 6D00");
        assert_eq!(line(b"\x00\x24\x01\x80\x045678", Some((0x9000, 0))), "00 24 01 80 04 ** ** ** ** -> 9000");
        assert_eq!(line(b"\x00\x20\x00\x98\x081234", Some((0x6700, 0))), "00 20 00 98 ** ** ** ** ** -> 6700");
        assert_eq!(line(b"\x00\x20\x00", Some((0x6700, 0))), "00 20 00 -> 6700");
    }
}
