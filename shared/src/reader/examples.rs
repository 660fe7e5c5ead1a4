//! Dialogues of the protocol, as they run: `helper/tests/it/examples.rs` plays each one against the helper with the simulated card, and
//! `helper/PROTOCOL.md` shows them.
//!
//! A frame is JSON as it goes over the wire, broken into lines only to be read. A text `<name>` in it stands for one that differs from run
//! to run: the first time it is taken as it comes, after that it must be the same. Everything else must be equal, order included.

/// A dialogue between page and helper.
#[derive(Debug, Clone, Copy)]
pub struct Dialogue {
    /// Heading.
    pub title: &'static str,
    /// What it shows.
    pub note: &'static str,
    /// Card of the simulator, `PERSON[:SCENARIO]`.
    pub card: &'static str,
    /// What happens, in order.
    pub lines: &'static [Line],
}

/// One thing that happens.
#[derive(Debug, Clone, Copy)]
pub enum Line {
    /// The page sends a frame.
    Page(&'static str),
    /// The helper sends a frame to the page.
    Helper(&'static str),
    /// Another page sends a frame.
    Other(&'static str),
    /// The helper sends a frame to the other page.
    ToOther(&'static str),
    /// The person types these digits in the helper's own frame and presses 確定.
    Person(&'static str),
    /// The same at the last try, which the frame has the person confirm.
    PersonConfirms(&'static str),
    /// The person types the 照合番号B that is printed on the card and presses 確定.
    PersonTypesCode,
    /// Someone does this to the simulated reader: `remove`, `insert`.
    Reader(&'static str),
    /// The page fetches this path with GET and gets this content type.
    Fetch(&'static str, &'static str),
}

use Line::{Fetch, Helper, Other, Page, Person, PersonConfirms, PersonTypesCode, Reader, ToOther};

/// How every dialogue begins: both others and this one greet, and learn what card lies there.
pub const GREETING: Dialogue = Dialogue {
    title: "Hello",
    note: "Every connection begins like this. The card is announced before anything is said to it; what it is follows as an event.",
    card: "ichiro",
    lines: &[
        Page(r#"{"v":1,"id":1,"op":"hello","versions":[1],"lang":"ja"}"#),
        Helper(
            r#"{"id":1,"ok":{"hello":{"version":1,"build":"<build>","frame_max":8192,"simulator":true,
                "state":{"service":"up","readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":null}}],
                "lease":"free"}}}}"#,
        ),
        Helper(
            r#"{"ev":"state","seq":1,"state":{"service":"up",
                "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":"my_number_card"}}],"lease":"free"}}"#,
        ),
    ],
};

const ASK: Line = Page(
    r#"{"v":1,"id":2,"op":"authenticate","reader":"r1","generation":1,
        "nonce":"<nonce>","statement":"<statement>","take":null}"#,
);
const MINE: Line = Helper(
    r#"{"ev":"state","seq":2,"state":{"service":"up",
        "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":"my_number_card"}}],"lease":"mine"}}"#,
);
const ACK: Line = Helper(r#"{"id":2,"ack":true}"#);
const PIN_NEEDED: Line = Helper(r#"{"ev":"pin_needed","seq":3,"for":2,"ticket":"<ticket>","tries_left":3,"last_try":false,"asks":"pin"}"#);

/// Every dialogue. All after the first go on from the end of the first.
pub const DIALOGUES: &[Dialogue] = &[
    GREETING,
    Dialogue {
        title: "Which helper it is",
        note: "A page that gives a nonce learns the helper's own key, remembers it, and sees by the signature that it is the same helper again.",
        card: "ichiro",
        lines: &[
            Page(r#"{"v":1,"id":1,"op":"hello","versions":[1],"lang":"ja","nonce":"<nonce>"}"#),
            Helper(
                r#"{"id":1,"ok":{"hello":{"version":1,"build":"<build>","frame_max":8192,"simulator":true,
                    "identity":{"key":"<key>","signature":"<signature>"},
                    "state":{"service":"up","readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":null}}],
                    "lease":"free"}}}}"#,
            ),
        ],
    },
    Dialogue {
        title: "A signature",
        note: "The page shows the helper's frame while the person types; it never learns a digit.",
        card: "ichiro",
        lines: &[
            ASK,
            ACK,
            MINE,
            PIN_NEEDED,
            Person("1234"),
            Helper(r#"{"ev":"progress","seq":4,"for":2,"step":"verifying"}"#),
            Helper(r#"{"ev":"progress","seq":5,"for":2,"step":"signing"}"#),
            Helper(r#"{"ev":"progress","seq":6,"for":2,"step":"reading"}"#),
            Helper(r#"{"id":2,"ok":{"authenticate":{"certificate":"<certificate>","signature":"<signature>"}}}"#),
            Helper(
                r#"{"ev":"state","seq":7,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":"my_number_card"}}],"lease":"free"}}"#,
            ),
        ],
    },
    Dialogue {
        title: "A wrong PIN, then another request",
        note: "The first VERIFY ends the request, right or wrong. もう一度 is a new request with a new ticket, and the counter is read anew.",
        card: "ichiro",
        lines: &[
            ASK,
            ACK,
            MINE,
            PIN_NEEDED,
            Person("0000"),
            Helper(r#"{"ev":"progress","seq":4,"for":2,"step":"verifying"}"#),
            Helper(r#"{"id":2,"err":{"code":"pin_wrong","retriable":true,"tries_left":2,"try_spent":"yes"}}"#),
            Helper(
                r#"{"ev":"state","seq":5,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":"my_number_card"}}],"lease":"free"}}"#,
            ),
            Page(
                r#"{"v":1,"id":3,"op":"authenticate","reader":"r1","generation":1,
                    "nonce":"<nonce>","statement":"<statement>","take":null}"#,
            ),
            Helper(r#"{"id":3,"ack":true}"#),
            Helper(
                r#"{"ev":"state","seq":6,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":"my_number_card"}}],"lease":"mine"}}"#,
            ),
            Helper(r#"{"ev":"pin_needed","seq":7,"for":3,"ticket":"<another ticket>","tries_left":2,"last_try":false,"asks":"pin"}"#),
        ],
    },
    Dialogue {
        title: "The last try, lost",
        note: "The frame has the person confirm that one more wrong PIN locks the card; the page only sees that this is the last try.",
        card: "ichiro:last-try",
        lines: &[
            ASK,
            ACK,
            MINE,
            Helper(r#"{"ev":"pin_needed","seq":3,"for":2,"ticket":"<ticket>","tries_left":1,"last_try":true,"asks":"pin"}"#),
            PersonConfirms("0000"),
            Helper(r#"{"ev":"progress","seq":4,"for":2,"step":"verifying"}"#),
            Helper(r#"{"id":2,"err":{"code":"pin_blocked","retriable":false,"tries_left":0,"try_spent":"yes"}}"#),
        ],
    },
    Dialogue {
        title: "A locked card",
        note: "Known before anyone is asked for a PIN: no ticket is given.",
        card: "ichiro:locked",
        lines: &[ASK, ACK, MINE, Helper(r#"{"id":2,"err":{"code":"pin_blocked","retriable":false,"tries_left":0,"try_spent":"no"}}"#)],
    },
    Dialogue {
        title: "The certificate alone",
        note: "For 目視. Without the person's consent it is refused, and the card hears nothing.",
        card: "ichiro",
        lines: &[
            Page(r#"{"v":1,"id":2,"op":"identify","reader":"r1","generation":1,"consented":false,"take":null}"#),
            Helper(r#"{"id":2,"err":{"code":"consent_missing","retriable":false,"try_spent":"no"}}"#),
            Page(r#"{"v":1,"id":3,"op":"identify","reader":"r1","generation":1,"consented":true,"take":null}"#),
            Helper(r#"{"id":3,"ack":true}"#),
            MINE,
            Helper(r#"{"id":3,"ok":{"identify":{"certificate":"<certificate>"}}}"#),
        ],
    },
    Dialogue {
        title: "The photo in the chip",
        note: "The frame asks for 照合番号B. The page gets a path that gives the picture once.",
        card: "ichiro",
        lines: &[
            Page(r#"{"v":1,"id":2,"op":"face","reader":"r1","generation":1,"consented":true,"take":null}"#),
            ACK,
            MINE,
            Helper(r#"{"ev":"pin_needed","seq":3,"for":2,"ticket":"<ticket>","tries_left":10,"last_try":false,"asks":"face_code"}"#),
            PersonTypesCode,
            Helper(r#"{"ev":"progress","seq":4,"for":2,"step":"verifying"}"#),
            Helper(r#"{"ev":"progress","seq":5,"for":2,"step":"reading"}"#),
            Helper(r#"{"id":2,"ok":{"face":{"photo":"<photo>","signature":"fits"}}}"#),
            Fetch("<photo>", "image/png"),
        ],
    },
    Dialogue {
        title: "An Android phone",
        note: "It gives nothing without its own PIN, which the frame asks for by that name.",
        card: "ichiro:phone-android",
        lines: &[
            Page(r#"{"v":1,"id":2,"op":"identify","reader":"r1","generation":1,"consented":true,"take":null}"#),
            Helper(r#"{"id":2,"err":{"code":"pin_required","retriable":false,"try_spent":"no"}}"#),
            Page(
                r#"{"v":1,"id":3,"op":"authenticate","reader":"r1","generation":1,
                    "nonce":"<nonce>","statement":"<statement>","take":null}"#,
            ),
            Helper(r#"{"id":3,"ack":true}"#),
            Helper(
                r#"{"ev":"state","seq":2,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":"phone_android"}}],"lease":"mine"}}"#,
            ),
            Helper(r#"{"ev":"pin_needed","seq":3,"for":3,"ticket":"<ticket>","tries_left":3,"last_try":false,"asks":"phone_pin"}"#),
        ],
    },
    Dialogue {
        title: "An iPhone that its owner has unlocked",
        note: "No PIN is asked for: face or finger on the phone opened the key. Nobody presses anything but the page's own button.",
        card: "ichiro:phone-ios-bio",
        lines: &[
            ASK,
            ACK,
            Helper(
                r#"{"ev":"state","seq":2,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":"phone_ios"}}],"lease":"mine"}}"#,
            ),
            Helper(r#"{"ev":"progress","seq":3,"for":2,"step":"signing"}"#),
            Helper(r#"{"ev":"progress","seq":4,"for":2,"step":"reading"}"#),
            Helper(r#"{"id":2,"ok":{"authenticate":{"certificate":"<certificate>","signature":"<signature>"}}}"#),
        ],
    },
    Dialogue {
        title: "An iPhone that is still locked",
        note: "It was not unlocked in time, or it is one that asks for its PIN; it says the same of both and no try is spent. The person unlocks \
               it and the page asks again, or the person chooses the PIN and the page says so. A wish for the PIN that comes before that word \
               changes nothing: the first request here has it too.",
        card: "ichiro:phone-ios",
        lines: &[
            Page(
                r#"{"v":1,"id":2,"op":"authenticate","reader":"r1","generation":1,
                    "nonce":"<nonce>","statement":"<statement>","with_pin":true,"take":null}"#,
            ),
            ACK,
            Helper(
                r#"{"ev":"state","seq":2,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":"phone_ios"}}],"lease":"mine"}}"#,
            ),
            Helper(r#"{"ev":"progress","seq":3,"for":2,"step":"signing"}"#),
            Helper(r#"{"id":2,"err":{"code":"unlock_needed","retriable":true,"try_spent":"no"}}"#),
            Helper(
                r#"{"ev":"state","seq":4,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":"phone_ios"}}],"lease":"free"}}"#,
            ),
            Page(
                r#"{"v":1,"id":3,"op":"authenticate","reader":"r1","generation":1,
                    "nonce":"<nonce>","statement":"<statement>","with_pin":true,"take":null}"#,
            ),
            Helper(r#"{"id":3,"ack":true}"#),
            Helper(
                r#"{"ev":"state","seq":5,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":"phone_ios"}}],"lease":"mine"}}"#,
            ),
            Helper(r#"{"ev":"pin_needed","seq":6,"for":3,"ticket":"<ticket>","tries_left":3,"last_try":false,"asks":"phone_pin"}"#),
            Person("1234"),
            Helper(r#"{"ev":"progress","seq":7,"for":3,"step":"verifying"}"#),
            Helper(r#"{"ev":"progress","seq":8,"for":3,"step":"signing"}"#),
            Helper(r#"{"ev":"progress","seq":9,"for":3,"step":"reading"}"#),
            Helper(r#"{"id":3,"ok":{"authenticate":{"certificate":"<certificate>","signature":"<signature>"}}}"#),
        ],
    },
    Dialogue {
        title: "A newer card",
        note: "Known only when it refuses to sign and its certificate was read. Placing it again would not help; the right PIN costs no try.",
        card: "ichiro:next-gen",
        lines: &[
            ASK,
            ACK,
            MINE,
            PIN_NEEDED,
            Person("1234"),
            Helper(r#"{"ev":"progress","seq":4,"for":2,"step":"verifying"}"#),
            Helper(r#"{"ev":"progress","seq":5,"for":2,"step":"signing"}"#),
            Helper(r#"{"ev":"progress","seq":6,"for":2,"step":"reading"}"#),
            Helper(r#"{"id":2,"err":{"code":"card_newer","retriable":false,"try_spent":"no"}}"#),
        ],
    },
    Dialogue {
        title: "How many tries are left",
        note: "Spends none.",
        card: "ichiro",
        lines: &[
            Page(r#"{"v":1,"id":2,"op":"pin_status","reader":"r1","generation":1,"take":null}"#),
            ACK,
            MINE,
            Helper(r#"{"id":2,"ok":{"pin_status":{"auth":3,"sign":5,"certificate":true}}}"#),
        ],
    },
    Dialogue {
        title: "Cancel",
        note: "The request gets its one answer first, then the cancel gets its own. A ticket dies with its request.",
        card: "ichiro",
        lines: &[
            ASK,
            ACK,
            MINE,
            PIN_NEEDED,
            Page(r#"{"v":1,"id":3,"op":"cancel","target":2}"#),
            Helper(r#"{"id":2,"err":{"code":"cancelled","retriable":true,"tries_left":3,"try_spent":"no"}}"#),
            Helper(r#"{"id":3,"ok":{"cancel":{"was_running":true}}}"#),
            Helper(
                r#"{"ev":"state","seq":4,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":"my_number_card"}}],"lease":"free"}}"#,
            ),
            Page(r#"{"v":1,"id":4,"op":"cancel","target":2}"#),
            Helper(r#"{"id":4,"ok":{"cancel":{"was_running":false}}}"#),
        ],
    },
    Dialogue {
        title: "Two pages",
        note: "The second page is told that the first one works, and takes over what it saw. The number is that of the grant.",
        card: "ichiro",
        lines: &[
            ASK,
            ACK,
            MINE,
            PIN_NEEDED,
            ToOther(
                r#"{"ev":"state","seq":1,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":"my_number_card"}}],
                    "lease":{"other":1}}}"#,
            ),
            Other(
                r#"{"v":1,"id":2,"op":"authenticate","reader":"r1","generation":1,
                    "nonce":"<nonce>","statement":"<statement>","take":null}"#,
            ),
            ToOther(r#"{"id":2,"err":{"code":"lease_held","retriable":true,"try_spent":"no"}}"#),
            Other(
                r#"{"v":1,"id":3,"op":"authenticate","reader":"r1","generation":1,
                    "nonce":"<nonce>","statement":"<statement>","take":1}"#,
            ),
            Helper(r#"{"ev":"lease_lost","seq":4,"for":2}"#),
            Helper(r#"{"id":2,"err":{"code":"lease_lost","retriable":true,"tries_left":3,"try_spent":"no"}}"#),
            ToOther(r#"{"id":3,"ack":true}"#),
            Helper(
                r#"{"ev":"state","seq":5,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":1,"kind":"my_number_card"}}],
                    "lease":{"other":2}}}"#,
            ),
        ],
    },
    Dialogue {
        title: "The card is taken away",
        note: "While the person types. The card that comes back is another insertion: its number is new, and the old one is refused.",
        card: "ichiro",
        lines: &[
            ASK,
            ACK,
            MINE,
            PIN_NEEDED,
            Reader("remove"),
            Helper(r#"{"id":2,"err":{"code":"card_removed","retriable":true,"try_spent":"no"}}"#),
            Helper(
                r#"{"ev":"state","seq":4,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":null}],"lease":"free"}}"#,
            ),
            Reader("insert"),
            Helper(
                r#"{"ev":"state","seq":5,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":2,"kind":null}}],"lease":"free"}}"#,
            ),
            Helper(
                r#"{"ev":"state","seq":6,"state":{"service":"up",
                    "readers":[{"id":"r1","name":"Simulated reader","card":{"generation":2,"kind":"my_number_card"}}],"lease":"free"}}"#,
            ),
            Page(r#"{"v":1,"id":3,"op":"pin_status","reader":"r1","generation":1,"take":null}"#),
            Helper(r#"{"id":3,"err":{"code":"card_removed","retriable":true,"try_spent":"no"}}"#),
        ],
    },
    Dialogue {
        title: "Another card",
        note: "Recognised by what it says, never by its ATR.",
        card: "ichiro:juki",
        lines: &[
            Page(r#"{"v":1,"id":2,"op":"pin_status","reader":"r1","generation":1,"take":null}"#),
            Helper(r#"{"id":2,"err":{"code":"card_unknown","retriable":true,"try_spent":"no"}}"#),
        ],
    },
    Dialogue {
        title: "Refused frames",
        note: "A frame that cannot be read as a request does not use up its id; one that was read and then refused does. \
               Id 0 answers a frame whose own could not be read.",
        card: "ichiro",
        lines: &[
            Page(r#"{"v":1,"id":2,"op":"cancel"}"#),
            Helper(r#"{"id":2,"err":{"code":"bad_message","retriable":false,"try_spent":"no"}}"#),
            Page(r#"{"v":1,"op":"cancel","target":1}"#),
            Helper(r#"{"id":0,"err":{"code":"bad_message","retriable":false,"try_spent":"no"}}"#),
            Page(r#"{"v":1,"id":2,"op":"transmit","apdu":"00200098"}"#),
            Helper(r#"{"id":2,"err":{"code":"unknown_op","retriable":false,"try_spent":"no"}}"#),
            Page(r#"{"v":2,"id":2,"op":"cancel","target":1}"#),
            Helper(r#"{"id":2,"err":{"code":"version_mismatch","retriable":false,"try_spent":"no"}}"#),
            Page(r#"{"v":1,"id":2,"op":"authenticate","reader":"r1","generation":1,"nonce":"<nonce>","statement":"AAAA","take":null}"#),
            Helper(r#"{"id":2,"err":{"code":"statement_refused","retriable":false,"try_spent":"no"}}"#),
            Page(r#"{"v":1,"id":2,"op":"cancel","target":1}"#),
            Helper(r#"{"id":2,"err":{"code":"bad_state","retriable":false,"try_spent":"no"}}"#),
            Page(r#"{"v":1,"id":3,"op":"cancel","target":1}"#),
            Helper(r#"{"id":3,"ok":{"cancel":{"was_running":false}}}"#),
        ],
    },
];
