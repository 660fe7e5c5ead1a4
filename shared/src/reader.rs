//! Page ⇄ helper, protocol version 1: JSON text frames over `ws://127.0.0.1:{port}/v1`.
//!
//! ```text
//! page    {"v":1,"id":1,"op":"hello","versions":[1],"lang":"ja"}
//! helper  {"id":1,"ok":{"hello":{"version":1,"build":"0.1.0","frame_max":8192,"state":{…}}}}
//! helper  {"ev":"state","seq":1,"state":{…}}                       every change of readers, cards, lease
//! page    {"v":1,"id":2,"op":"authenticate","reader":"r1","generation":4,"nonce":"…","statement":"…","take":null}
//! helper  {"id":2,"ack":true}
//! helper  {"ev":"pin_needed","seq":2,"for":2,"ticket":"…","tries_left":3,"last_try":false,"asks":"pin"}
//! helper  {"ev":"progress","seq":3,"for":2,"step":"verifying"}     after the person pressed 確定 in the frame
//! helper  {"id":2,"ok":{"authenticate":{"certificate":"…","signature":"…"}}}
//! ```
//!
//! The PIN never travels here: it goes from the helper's own frame (`http://127.0.0.1:{port}/pin/{ticket}`) to the helper.
//! Ids rise strictly; an unknown key, a repeated id or a second hello is an error and changes nothing.
//! `seq` counts the events of one connection from 1 and never skips.

pub mod examples;

use serde::{Deserialize, Serialize};

use crate::bytes::Base64;

/// The only version so far.
pub const VERSION: u16 = 1;
/// Longest frame from a page, bytes.
pub const FRAME_MAX: usize = 8192;
/// Path of the WebSocket.
pub const WS_PATH: &str = "/v1";
/// Time the person has for the PIN frame, milliseconds.
pub const PIN_STEP_MS: u64 = 120_000;

/// A frame from the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Protocol version of this frame: 1.
    pub v: u16,
    /// Strictly rising within a connection.
    pub id: u64,
    /// What is asked.
    #[serde(flatten)]
    pub op: Op,
}

/// What a page may ask. High-level only: no APDU, no digest, no PIN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Op {
    /// Must come first; nothing else is accepted before it.
    Hello {
        /// Versions that the page speaks.
        versions: Vec<u16>,
        /// Language of the PIN frame: `ja`.
        lang: String,
        /// 32 random bytes for the helper to sign with its own key, or left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nonce: Option<Base64>,
    },
    /// The person confirms a statement with card and PIN. Ends with the first VERIFY, right or wrong; もう一度 is a new request.
    Authenticate {
        /// Which reader, from the state.
        reader: String,
        /// Which insertion of a card, from the state; another card ends in `card_removed`.
        generation: u64,
        /// 32 bytes of the server.
        nonce: Base64,
        /// `shared::evidence::Statement`; anything else is refused.
        statement: Base64,
        /// The person chose the PIN of an iPhone after `unlock_needed`; else of no effect.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        with_pin: bool,
        /// Take the lease from this holder (`Lease::Other`), or `None` to respect it.
        take: Option<u64>,
    },
    /// The certificate alone, without a PIN, for 目視: proves neither presence nor identity. Only after the person's consent in the page.
    Identify {
        /// Which reader, from the state.
        reader: String,
        /// Which insertion of a card, from the state.
        generation: u64,
        /// The person agreed in the page that the certificate is read; anything but `true` is refused.
        consented: bool,
        /// As in [`Op::Authenticate`].
        take: Option<u64>,
    },
    /// The photo in the chip, opened by 照合番号B, which is typed in the helper's own frame. Only after the person's consent in the page.
    Face {
        /// Which reader, from the state.
        reader: String,
        /// Which insertion of a card, from the state.
        generation: u64,
        /// The person agreed in the page that the photo is read; anything but `true` is refused.
        consented: bool,
        /// As in [`Op::Authenticate`].
        take: Option<u64>,
    },
    /// How many tries the PINs of the card have left. Spends none.
    PinStatus {
        /// Which reader, from the state.
        reader: String,
        /// Which insertion of a card, from the state.
        generation: u64,
        /// As in [`Op::Authenticate`].
        take: Option<u64>,
    },
    /// Ends a running request; the card is free within 100 ms or at the end of the running APDU.
    Cancel {
        /// Id of the request to end.
        target: u64,
    },
}

/// A frame from the helper: an answer, an acknowledgement, or an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "FlatFrame")]
pub enum Frame {
    /// Something happened.
    Event(Event),
    /// The request will take a while; sent within a second.
    Ack {
        /// The request.
        id: u64,
        /// Always true.
        ack: bool,
    },
    /// The request succeeded.
    Ok {
        /// The request.
        id: u64,
        /// Its answer.
        ok: Answer,
    },
    /// The request failed; nothing more will come for it.
    Err {
        /// The request; 0 when the frame could not be read.
        id: u64,
        /// Why.
        err: Failure,
    },
}

/// Every key that a frame may have, side by side: reads in one pass, where trying one kind after the other costs the page 15 kB of code.
#[derive(Deserialize)]
struct FlatFrame {
    id: Option<u64>,
    ack: Option<bool>,
    ok: Option<Answer>,
    err: Option<Failure>,
    ev: Option<Ev>,
    seq: Option<u64>,
    state: Option<State>,
    #[serde(rename = "for")]
    request: Option<u64>,
    ticket: Option<String>,
    tries_left: Option<u8>,
    last_try: Option<bool>,
    asks: Option<Asks>,
    step: Option<Step>,
    on_pad: Option<bool>,
}

/// The word for a kind of event.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ev {
    State,
    PinNeeded,
    Progress,
    LeaseLost,
}

/// Says that the keys of a frame are of no kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a frame of the helper")]
struct NotAFrame;

impl TryFrom<FlatFrame> for Frame {
    type Error = NotAFrame;

    fn try_from(flat: FlatFrame) -> Result<Self, NotAFrame> {
        let frame = match flat {
            FlatFrame { ev: Some(ev), seq: Some(seq), state, request, ticket, tries_left, last_try, asks, step, on_pad, .. } => {
                let what = match (ev, request) {
                    (Ev::State, _) => What::State { state: state.ok_or(NotAFrame)? },
                    (Ev::PinNeeded, Some(request)) => What::PinNeeded {
                        request,
                        ticket: ticket.ok_or(NotAFrame)?,
                        tries_left,
                        last_try: last_try.ok_or(NotAFrame)?,
                        asks: asks.ok_or(NotAFrame)?,
                    },
                    (Ev::Progress, Some(request)) => {
                        What::Progress { request, step: step.ok_or(NotAFrame)?, on_pad: on_pad.unwrap_or_default() }
                    }
                    (Ev::LeaseLost, Some(request)) => What::LeaseLost { request },
                    (Ev::PinNeeded | Ev::Progress | Ev::LeaseLost, None) => return Err(NotAFrame),
                };
                Self::Event(Event { seq, what })
            }
            FlatFrame { id: Some(id), ok: Some(ok), .. } => Self::Ok { id, ok },
            FlatFrame { id: Some(id), err: Some(err), .. } => Self::Err { id, err },
            FlatFrame { id: Some(id), ack: Some(ack), .. } => Self::Ack { id, ack },
            _ => return Err(NotAFrame),
        };
        Ok(frame)
    }
}

/// Answer of a request that succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// To `hello`.
    Hello {
        /// Version that both speak.
        version: u16,
        /// Release of the helper.
        build: String,
        /// Longest frame from a page, bytes: [`FRAME_MAX`].
        frame_max: usize,
        /// True when the card is the simulator's.
        simulator: bool,
        /// Which helper this is, where the page gave a nonce and the helper has a key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity: Option<Identity>,
        /// The state before the first event.
        state: State,
    },
    /// To `authenticate`.
    Authenticate {
        /// 利用者証明用電子証明書, DER.
        certificate: Base64,
        /// PKCS#1 v1.5 signature over SHA-256 of `shared::evidence::signed_bytes`.
        signature: Base64,
    },
    /// To `identify`.
    Identify {
        /// 利用者証明用電子証明書, DER; whoever holds it may be anybody.
        certificate: Base64,
    },
    /// To `face`.
    Face {
        /// Path of the photo at the helper, a PNG: served once, to this page's origin, within a minute and while the connection lasts.
        photo: String,
        /// What the card's own signature says of it.
        signature: FaceSignature,
    },
    /// To `pin_status`. Tries left are `None` where the card does not say, 0 when locked.
    PinStatus {
        /// Of the 利用者証明用暗証番号.
        auth: Option<u8>,
        /// Of the 署名用暗証番号.
        sign: Option<u8>,
        /// The card holds a 利用者証明用電子証明書.
        certificate: bool,
    },
    /// To `cancel`: the target had run and was told to end (`true`), or was no longer there.
    Cancel {
        /// The target was running.
        was_running: bool,
    },
}

/// Shows that this is the helper which the browser met before: a page remembers the key, and asks a person when it is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Public key on P-256: 65 bytes, not compressed.
    pub key: Base64,
    /// Over `shared::evidence::identity_bytes`: r and s, 64 bytes.
    pub signature: Base64,
}

/// Something that happened, numbered without gaps per connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// 1, 2, 3 … within the connection.
    pub seq: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// Kinds of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ev", rename_all = "snake_case")]
pub enum What {
    /// Readers, cards or the lease changed; the whole state, so a late page needs no history.
    State {
        /// As it is now.
        state: State,
    },
    /// The PIN frame may be shown. Only to the page whose request asked.
    PinNeeded {
        /// Id of the request.
        #[serde(rename = "for")]
        request: u64,
        /// Path part of the frame, 128 bits, serves once.
        ticket: String,
        /// Tries left before this one; `None` when the card does not say.
        tries_left: Option<u8>,
        /// One wrong PIN locks the card: the frame asks once more.
        last_try: bool,
        /// What the frame asks for.
        asks: Asks,
    },
    /// The card works: after the person pressed 確定, or at once where an iPhone asks for no PIN.
    Progress {
        /// Id of the request.
        #[serde(rename = "for")]
        request: u64,
        /// Which step.
        step: Step,
        /// `true` while the person types on the reader's own keys.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        on_pad: bool,
    },
    /// Another page took the lease; the running request ends with `lease_lost`.
    LeaseLost {
        /// Id of the request that ends.
        #[serde(rename = "for")]
        request: u64,
    },
}

/// What is typed in the helper's frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// The 利用者証明用暗証番号: four digits that only the person knows.
    Pin,
    /// The same of a phone: its own four digits, which may differ from the card's.
    PhonePin,
    /// 照合番号B: fourteen digits made of what is printed on the card.
    FaceCode,
}

/// What the signature in the card says of its photo (`card.md` §2.3, §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaceSignature {
    /// It fits the key that the card carries. Who gave that key is not checked: its issuer's key is not on the card.
    Fits,
    /// It does not fit: the photo must not be trusted.
    Wrong,
    /// The card's key or the signature could not be read.
    NotChecked,
}

/// Steps of an operation in which the card works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The PIN is with the card, or is being typed on the reader's own keys.
    Verifying,
    /// The card signs.
    Signing,
    /// The certificate or the photo is read.
    Reading,
}

/// Readers, cards and lease as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The reader service of the machine.
    pub service: Service,
    /// Every reader, in the order of plugging.
    pub readers: Vec<Reader>,
    /// Who uses the card.
    pub lease: Lease,
}

/// State of the PC/SC service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// It answers.
    Up,
    /// It does not run; looked for again without end.
    Down,
    /// It runs, but refuses this user.
    Denied,
}

/// One reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Opaque, stable while plugged in.
    pub id: String,
    /// Name that the system gives it.
    pub name: String,
    /// The card on it.
    pub card: Option<Card>,
}

/// One card on a reader. Announced without any APDU; the kind follows as a second event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Rises with every insertion.
    pub generation: u64,
    /// What it is; `None` while not yet known.
    pub kind: Option<CardKind>,
}

/// What the card says it is (application and token label, never the ATR). A page takes a word that it does not know for `unknown_token`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// マイナンバーカード.
    MyNumberCard,
    /// 住民基本台帳カード: no longer usable.
    JukiCard,
    /// An Android phone with a certificate of its own: it asks for the phone's own PIN.
    PhoneAndroid,
    /// An iPhone with a certificate of its own: the person unlocks it on the phone; whether it also asks for a PIN shows only then.
    PhoneIos,
    /// Some other card.
    Foreign,
    /// A card that does not answer.
    Mute,
    /// A JPKI application with a label we do not know.
    #[serde(other)]
    UnknownToken,
}

/// Who uses the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lease {
    /// Nobody.
    Free,
    /// This connection.
    Mine,
    /// Another page; the number is for `take`.
    Other(u64),
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Row of the error table.
    pub code: ErrorCode,
    /// The same request may succeed later (as a new request, by a person's act).
    pub retriable: bool,
    /// Tries left after it, where the card said so; where nothing was sent, as the frame showed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<u8>,
    /// Whether a PIN try was spent.
    pub try_spent: Spent,
}

/// Whether a PIN try was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spent {
    /// No try was lost: no VERIFY reached the card, or the PIN was right.
    No,
    /// The card counted one.
    Yes,
    /// The card was gone before it answered; the counter is asked again on its return.
    Unknown,
}

macro_rules! error_table {
    ($($(#[doc = $doc:literal])* $(#[serde($other:ident)])? $name:ident, $who:ident, $retriable:literal, $ja:literal, $en:literal;)*) => {
        /// Everything that can go wrong between page and helper. A page takes a word that it does not know for `internal`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode { $($(#[doc = $doc])* $(#[serde($other)])? $name,)* }

        impl ErrorCode {
            /// Every row of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// What it stands for, for developers.
            #[must_use]
            pub fn meaning(self) -> &'static str { match self { $(Self::$name => concat!($($doc),*),)* } }

            /// Who has to act.
            #[must_use]
            pub fn who(self) -> Who { match self { $(Self::$name => Who::$who,)* } }

            /// A new request may succeed.
            #[must_use]
            pub fn retriable(self) -> bool { match self { $(Self::$name => $retriable,)* } }

            /// What happened and what to do, Japanese.
            #[must_use]
            pub fn ja(self) -> &'static str { match self { $(Self::$name => $ja,)* } }

            /// What happened and what to do, English.
            #[must_use]
            pub fn en(self) -> &'static str { match self { $(Self::$name => $en,)* } }
        }
    };
}

/// Who has to act on a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The person at the tablet.
    User,
    /// Whoever looks after the tablet.
    Admin,
    /// Nobody: wait a little.
    Wait,
    /// Whoever wrote page or helper.
    Developer,
}

error_table! {
    /// Page and helper share no version.
    VersionMismatch, Admin, false, "読み取りプログラムの更新が必要です。", "The reader program must be updated.";
    /// The frame is not of this protocol.
    BadMessage, Developer, false, "内部の通信エラーです。ページを開き直してください。", "Internal protocol error. Reload the page.";
    /// The operation is not known.
    UnknownOp, Developer, false, "内部の通信エラーです。ページを開き直してください。", "Internal protocol error. Reload the page.";
    /// Not now: no hello yet, a second one, or an id that does not rise.
    BadState, Developer, false, "内部の通信エラーです。ページを開き直してください。", "Internal protocol error. Reload the page.";
    /// Too many messages.
    RateLimited, Wait, true, "しばらく待ってから、もう一度お試しください。", "Wait a little, then try again.";
    /// The statement is not one that may be signed.
    StatementRefused, Developer, false, "署名する内容を確認できませんでした。ページを開き直してください。", "The statement was refused. Reload the page.";
    /// The page did not say that the person agreed.
    ConsentMissing, Developer, false, "本人の同意を確認できませんでした。ページを開き直してください。", "The person's consent is missing. Reload the page.";
    /// The PC/SC service does not run.
    PcscDown, Admin, true, "カードリーダーのサービスが動いていません。端末の担当の方に起動を頼んでください。", "The smart-card service is not running. Start it.";
    /// The PC/SC service refuses this user.
    PcscDenied, Admin, false, "カードリーダーを使う権限がありません。端末の担当の方に確認してください。", "This user may not use the reader. Check the permissions.";
    /// No such reader.
    NoReader, User, true, "カードリーダーをつないでください。", "Connect the card reader.";
    /// The reader went away.
    ReaderLost, User, true, "カードリーダーをつなぎ直してください。", "Connect the card reader again.";
    /// No card on the reader.
    NoCard, User, true, "カードを置いてください。", "Place the card on the reader.";
    /// The card went away or was changed.
    CardRemoved, User, true, "カードをもう一度置いて、動かさないでください。", "Place the card on the reader again and leave it there.";
    /// Not a My Number Card, or one that cannot be used.
    CardUnknown, User, true, "このカードは使えません。マイナンバーカードを置いてください。", "This card cannot be used. Place a My Number Card.";
    /// A newer card: its key or certificate is of an unknown kind.
    CardNewer, Admin, false, "新しい種類のカードで、この読み取りプログラムはまだ対応していません。カードを使わない方法で確認してください。",
        "A newer card, not supported yet. Use a way without it.";
    /// A phone gives its certificate only unlocked: never for 目視.
    PinRequired, User, false, "スマートフォンでは、目視の確認ができません。マイナンバーカードを置いてください。",
        "A phone cannot be checked by face. Place a My Number Card.";
    /// An iPhone not unlocked in time, or that wants its PIN.
    UnlockNeeded, User, true, "iPhoneの認証を確かめられませんでした。iPhoneでもう一度認証してから、かざしてください。暗証番号を入力する方法もあります。",
        "The iPhone was locked. Unlock it and hold it again, or use its PIN.";
    /// The card does not answer in time, or answers nonsense.
    CardFault, User, true, "カードを読み取れませんでした。置き直してください。", "The card could not be read. Place it again.";
    /// The card holds no authentication certificate.
    NoCertificate, User, false, "このカードには利用者証明用電子証明書がありません。市区町村の窓口で確認してください。", "This card has no authentication certificate. Ask at the municipal office.";
    /// Another program uses the card.
    Busy, Wait, true, "ほかのソフトがカードを使っています。終わってから、もう一度お試しください。", "Another program is using the card. Try again when it is done.";
    /// Another page uses the card.
    LeaseHeld, User, true, "ほかの画面で使用中です。", "In use in another tab.";
    /// Another page took over.
    LeaseLost, User, true, "ほかの画面に切り替わりました。", "Another tab took over.";
    /// Ended by the page or the person.
    Cancelled, User, true, "中止しました。", "Cancelled.";
    /// The person did not act in time.
    Timeout, User, true, "時間切れです。もう一度お試しください。", "Timed out. Try again.";
    /// Wrong PIN.
    PinWrong, User, true, "暗証番号がちがいます。", "Wrong PIN.";
    /// No try is left: locked, or a card set up without a PIN.
    PinBlocked, User, false, "暗証番号が使えません。ロックされているか、暗証番号のないカード(追記欄に「顔認証」)です。", "The PIN is locked, or the card has none (marked 顔認証).";
    /// A fault of the helper.
    #[serde(other)]
    Internal, Developer, true, "予期しないエラーです。もう一度お試しください。", "Unexpected error. Try again.";
}

impl ErrorCode {
    /// The failure of this code with no try spent.
    #[must_use]
    pub fn unspent(self) -> Failure {
        Failure { code: self, retriable: self.retriable(), tries_left: None, try_spent: Spent::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Request, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn the_documented_dialogue_reads() {
        let hello = parse(r#"{"v":1,"id":1,"op":"hello","versions":[1],"lang":"ja"}"#).unwrap();
        assert_eq!(hello.op, Op::Hello { versions: vec![1], lang: "ja".to_owned(), nonce: None });
        let ask = r#"{"v":1,"id":2,"op":"authenticate","reader":"r1","generation":4,"nonce":"AAE","statement":"AA","take":null}"#;
        assert_eq!(parse(ask).unwrap().id, 2);
        let event: Frame =
            serde_json::from_str(r#"{"ev":"pin_needed","seq":2,"for":2,"ticket":"x","tries_left":3,"last_try":false,"asks":"pin"}"#)
                .unwrap();
        let Frame::Event(event) = event else { panic!("an event") };
        assert_eq!(event.seq, 2);
    }

    #[test]
    fn unknown_keys_and_operations_are_refused() {
        for bad in [
            r#"{"v":1,"id":1,"op":"hello","versions":[1],"lang":"ja","x":1}"#,
            r#"{"v":1,"id":1,"op":"apdu","data":"00A4"}"#,
            r#"{"v":1,"id":1,"op":"cancel"}"#,
            r#"{"v":1,"id":-1,"op":"cancel","target":1}"#,
            r#"{"id":1,"op":"cancel","target":1}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn frames_are_told_apart() {
        for frame in [
            Frame::Ack { id: 2, ack: true },
            Frame::Ok { id: 3, ok: Answer::Cancel { was_running: true } },
            Frame::Err { id: 4, err: ErrorCode::PinWrong.unspent() },
            Frame::Event(Event { seq: 1, what: What::Progress { request: 2, step: Step::Signing, on_pad: false } }),
            Frame::Event(Event { seq: 1, what: What::Progress { request: 2, step: Step::Verifying, on_pad: true } }),
            Frame::Event(Event {
                seq: 2,
                what: What::State { state: State { service: Service::Up, readers: vec![], lease: Lease::Other(7) } },
            }),
        ] {
            let text = serde_json::to_string(&frame).unwrap();
            assert_eq!(serde_json::from_str::<Frame>(&text).unwrap(), frame, "{text}");
        }
    }

    #[test]
    fn half_a_frame_is_no_frame() {
        for bad in [
            r#"{"id":1}"#,
            r#"{"ok":{"cancel":{"was_running":true}}}"#,
            r#"{"ev":"state","seq":1}"#,
            r#"{"ev":"progress","seq":1,"step":"signing"}"#,
            r#"{"ev":"pin_needed","seq":1,"for":2,"tries_left":3,"last_try":false,"asks":"pin"}"#,
            r#"{"ev":"pin_needed","for":2,"ticket":"x","tries_left":3,"last_try":false,"asks":"pin"}"#,
            r#"{"ev":"pin_needed","seq":1,"for":2,"ticket":"x","tries_left":3,"last_try":false}"#,
            r#"{"ev":"other","seq":1}"#,
        ] {
            assert!(serde_json::from_str::<Frame>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_page_that_is_older_than_the_helper_still_reads_its_frames() {
        let card: Card = serde_json::from_str(r#"{"generation":4,"kind":"made_up"}"#).unwrap();
        assert_eq!(card.kind, Some(CardKind::UnknownToken));
        let failure: Failure = serde_json::from_str(r#"{"code":"made_up","retriable":true,"try_spent":"yes"}"#).unwrap();
        assert_eq!((failure.code, failure.retriable, failure.try_spent), (ErrorCode::Internal, true, Spent::Yes));
        for (kind, word) in [(CardKind::PhoneIos, "\"phone_ios\""), (CardKind::UnknownToken, "\"unknown_token\"")] {
            assert_eq!(serde_json::to_string(&kind).unwrap(), word);
            assert_eq!(serde_json::from_str::<CardKind>(word).unwrap(), kind);
        }
    }

    #[test]
    fn the_wish_for_a_phones_pin_may_be_left_out() {
        let ask = |more: &str| {
            let text = format!(r#"{{"v":1,"id":2,"op":"authenticate","reader":"r1","generation":4,"nonce":"AAE","statement":"AA"{more}}}"#);
            parse(&text).unwrap()
        };
        assert!(matches!(ask("").op, Op::Authenticate { with_pin: false, take: None, .. }));
        let wish = ask(r#","with_pin":true"#);
        assert!(matches!(wish.op, Op::Authenticate { with_pin: true, .. }));
        assert!(!serde_json::to_string(&ask("")).unwrap().contains("with_pin"), "an older helper knows no such key");
        assert!(serde_json::to_string(&wish).unwrap().contains(r#""with_pin":true"#));
    }

    #[test]
    fn every_code_says_what_to_do_in_both_languages() {
        for code in ErrorCode::ALL {
            assert!(code.ja().ends_with('。') && code.en().ends_with('.'), "{code:?}");
        }
    }
}
