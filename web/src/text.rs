//! Every text that a person reads, by language. One constant or function per message: a missing one does not compile.
//!
//! A further language is a module beside [`ja`] with the same names, and a switch here.

pub mod ja;

use yew::AttrValue;

pub use ja::{away, beside, errors, office, reader, reception};

/// On every page of an institution for training (OT-36).
pub const TRAINING: &str = "研修用の画面です。実際の患者様の情報やカードは使わないでください。";
/// Said on the first screen and in the footer.
pub const NOT_THE_STATE: &str = "これは国のアプリではありません。独立したソフトウェア「uketsuke」です。";

/// What a failure says, in its three parts, and its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// `U-X…`, shown small at the end.
    pub code: &'static str,
    /// What happened.
    pub happened: AttrValue,
    /// Whether anything was stored.
    pub stored: AttrValue,
    /// What to do next.
    pub next: AttrValue,
    /// Where that depends on something to look at: what one may find, and what to do then.
    pub ways: &'static [(&'static str, &'static str)],
}
