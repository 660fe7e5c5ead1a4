//! Frames: what a page may send, and what a page makes of what it gets.
//!
//! The input is text, a frame on each line. The first half of the lines' judgement is the helper's own order of things: what is refused
//! changes nothing, ids only rise, hello comes first and once. The page's side must read or refuse every line, and what either side reads
//! must write and read back as the same.

#![no_main]

use helper::fuzzing::Conversation;
use libfuzzer_sys::fuzz_target;
use shared::reader::{ErrorCode, FRAME_MAX, Frame, Op};

fuzz_target!(|text: &str| {
    let mut conversation = Conversation::default();
    let mut last = None;
    for line in text.lines().map(|line| line.get(..FRAME_MAX).unwrap_or(line)) {
        let before = format!("{conversation:?}");
        match conversation.read(line) {
            Ok(request) => {
                assert!(Some(request.id) > last, "an id again");
                assert_eq!(matches!(request.op, Op::Hello { .. }), last.is_none(), "hello is the first and the only one");
                last = Some(request.id);
                let written = serde_json::to_string(&request).expect("a request can be written");
                assert_eq!(serde_json::from_str::<shared::reader::Request>(&written).ok(), Some(request));
            }
            Err((_, code)) => {
                use ErrorCode::{BadMessage, BadState, UnknownOp, VersionMismatch};
                assert!(matches!(code, BadMessage | BadState | UnknownOp | VersionMismatch), "{code:?}");
                assert_eq!(format!("{conversation:?}"), before, "a refused frame changed something");
            }
        }
        if let Ok(frame) = serde_json::from_str::<Frame>(line) {
            let written = serde_json::to_string(&frame).expect("a frame can be written");
            assert_eq!(serde_json::from_str::<Frame>(&written).ok(), Some(frame));
        }
    }
});
