//! What one connection says: reading its frames, the rules of order, numbers of events. Without a socket.

use shared::evidence::NONCE_LEN;
use shared::reader::{ErrorCode, Event, Frame, Op, Request, VERSION, What};

/// Longest language tag.
const LANG_MAX: usize = 8;

/// What a connection has said so far.
#[derive(Debug, Default)]
pub(crate) struct Talk {
    last_id: u64,
    seq: u64,
    pub(crate) has_greeted: bool,
}

impl Talk {
    /// Reads a frame and checks its place in the conversation. A frame that is refused changes nothing.
    pub(crate) fn read(&mut self, text: &str) -> Result<Request, (u64, ErrorCode)> {
        let envelope: Envelope = serde_json::from_str(text).map_err(|_| (0, ErrorCode::BadMessage))?;
        let id = envelope.id;
        if envelope.v != VERSION {
            return Err((id, ErrorCode::VersionMismatch));
        }
        if !matches!(envelope.op.as_str(), "hello" | "authenticate" | "identify" | "face" | "pin_status" | "cancel") {
            return Err((id, ErrorCode::UnknownOp));
        }
        let request: Request = serde_json::from_str(text).map_err(|_| (id, ErrorCode::BadMessage))?;
        let is_hello = matches!(request.op, Op::Hello { .. });
        if is_hello == self.has_greeted || id <= self.last_id {
            return Err((id, ErrorCode::BadState));
        }
        if let Op::Hello { versions, lang, nonce } = &request.op {
            if lang.len() > LANG_MAX || nonce.as_ref().is_some_and(|nonce| nonce.0.len() != NONCE_LEN) {
                return Err((id, ErrorCode::BadMessage));
            }
            if !versions.contains(&VERSION) {
                return Err((id, ErrorCode::VersionMismatch));
            }
            self.has_greeted = true;
        }
        self.last_id = id;
        Ok(request)
    }

    /// Numbers an event: 1, 2, 3 … without gaps.
    pub(crate) fn event(&mut self, what: What) -> Frame {
        self.seq += 1;
        Frame::Event(Event { seq: self.seq, what })
    }
}

/// What must stand in every frame, so that a refusal can name its request.
#[derive(serde::Deserialize)]
pub(crate) struct Envelope {
    v: u16,
    pub(crate) id: u64,
    op: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: &str = r#"{"v":1,"id":1,"op":"hello","versions":[1],"lang":"ja"}"#;

    fn code(talk: &mut Talk, text: &str) -> Option<(u64, ErrorCode)> {
        talk.read(text).err()
    }

    #[test]
    fn frames_out_of_place_are_refused_and_change_nothing() {
        use ErrorCode::{BadMessage, BadState, UnknownOp, VersionMismatch};
        let mut talk = Talk::default();
        for (text, expected) in [
            ("", (0, BadMessage)),
            ("[]", (0, BadMessage)),
            ("{}", (0, BadMessage)),
            (r#"{"v":1,"id":-1,"op":"hello","versions":[1],"lang":"ja"}"#, (0, BadMessage)),
            (r#"{"v":2,"id":1,"op":"hello","versions":[1],"lang":"ja"}"#, (1, VersionMismatch)),
            (r#"{"v":1,"id":1,"op":"hello","versions":[2],"lang":"ja"}"#, (1, VersionMismatch)),
            (r#"{"v":1,"id":1,"op":"hello","versions":[1],"lang":"far too long"}"#, (1, BadMessage)),
            (r#"{"v":1,"id":1,"op":"hello","versions":[1],"lang":"ja","pin":"1"}"#, (1, BadMessage)),
            (r#"{"v":1,"id":1,"op":"hello","versions":[1],"lang":"ja","nonce":"AAEC"}"#, (1, BadMessage)),
            (r#"{"v":1,"id":1,"op":"transmit","apdu":"00A4"}"#, (1, UnknownOp)),
            (r#"{"v":1,"id":1,"op":"cancel","target":1}"#, (1, BadState)),
        ] {
            assert_eq!(code(&mut talk, text), Some(expected), "{text}");
        }
        assert_eq!(code(&mut talk, HELLO), None);
        assert_eq!(code(&mut talk, HELLO), Some((1, BadState)), "a second hello");
        assert_eq!(code(&mut talk, &HELLO.replace(r#""id":1"#, r#""id":2"#)), Some((2, BadState)), "a second hello with a new id");
        assert_eq!(code(&mut talk, r#"{"v":1,"id":1,"op":"cancel","target":1}"#), Some((1, BadState)), "an id again");
        assert_eq!(code(&mut talk, r#"{"v":1,"id":2,"op":"cancel","target":1}"#), None);
        assert_eq!(code(&mut talk, r#"{"v":1,"id":2,"op":"cancel","target":1}"#), Some((2, BadState)));
    }

    #[test]
    fn events_are_numbered_without_gaps() {
        let mut talk = Talk::default();
        for expected in 1..=5 {
            let Frame::Event(event) = talk.event(What::LeaseLost { request: 9 }) else { panic!("an event") };
            assert_eq!(event.seq, expected);
        }
    }
}
