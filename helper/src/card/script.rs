//! A card whose words are written by hand, for the tests of the flows.

use std::collections::VecDeque;

use super::{Channel, ChannelError};

/// A card that expects these commands in this order and answers as written.
pub(super) struct Script {
    pub(super) expected: VecDeque<(String, Result<Vec<u8>, ChannelError>)>,
    pub(super) sent: Vec<String>,
}

impl Channel for Script {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let command = hex(command);
        let (expected, answer) = self.expected.pop_front().unwrap_or_else(|| panic!("one command too many: {command}"));
        if expected == "SIGN" {
            assert!(command.starts_with("802A009733") && command.len() == 2 * 57, "{command}");
        } else {
            assert_eq!(command, expected, "after {:?}", self.sent);
        }
        self.sent.push(command);
        answer
    }

    fn verify_on_pad(&mut self, command: &[u8], _: &dyn Fn() -> bool) -> Result<Vec<u8>, ChannelError> {
        let (expected, answer) = self.expected.pop_front().expect("the keys are not used twice");
        assert_eq!(format!("PAD{}", hex(command)), expected, "after {:?}", self.sent);
        answer
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.sent.push("reconnect".to_owned());
        Ok(())
    }
}

pub(super) fn script(lines: &[(&str, &str)]) -> Script {
    let answer = |text: &str| match text {
        "removed" => Err(ChannelError::Removed),
        "fault" => Err(ChannelError::Fault),
        text => Ok(unhex(text)),
    };
    Script { expected: lines.iter().map(|(command, text)| ((*command).to_owned(), answer(text))).collect(), sent: Vec::new() }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

pub(super) fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|digits| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap()).collect()
}

pub(super) fn go() -> bool {
    false
}

/// Runs a flow and checks that the script was used up.
pub(super) fn played<T>(lines: &[(&str, &str)], flow: impl FnOnce(&mut Script) -> T) -> T {
    let mut card = script(lines);
    let result = flow(&mut card);
    assert!(card.expected.is_empty(), "not sent: {:?}", card.expected);
    result
}
