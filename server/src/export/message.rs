//! A result message of the レセコン link (`XmlMsg`): bytes to values and back, by the tables of [`super::layout`].
//!
//! Reading forgives what the field is known to write (`recekon.md` §8) and keeps what it does not know; writing follows the order of
//! the tables and replaces nothing.

mod read;
mod write;

use std::collections::BTreeMap;

use super::layout::{BODY, HEADER};
use super::xml::{BadXml, Element, Stopped};
use crate::charset::Encoding;

pub(super) use self::read::body_of;
pub(crate) use self::read::{Opened, Twice, open, read_fields};
pub use self::read::{day, percent};
pub(crate) use self::write::{file, write_fields};

/// No single result file is larger (T21).
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Elements with their values, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    values: BTreeMap<&'static str, Value>,
    /// Elements that no table knows, as they came. Never written.
    pub others: Vec<Element>,
}

/// What an element holds. Every single value is text: numbers keep their zeros (T06).
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    One(Record),
    Many(Vec<Record>),
}

impl Record {
    /// A value; `None` when the element is absent or empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A group.
    #[must_use]
    pub fn one(&self, name: &str) -> Option<&Record> {
        match self.values.get(name) {
            Some(Value::One(record)) => Some(record),
            _ => None,
        }
    }

    /// A list; `None` when the element is absent, which an empty list is not.
    #[must_use]
    pub fn many(&self, name: &str) -> Option<&[Record]> {
        match self.values.get(name) {
            Some(Value::Many(records)) => Some(records),
            _ => None,
        }
    }

    /// Sets a value, where there is one.
    pub fn set(&mut self, name: &'static str, text: Option<impl Into<String>>) {
        if let Some(text) = text {
            self.values.insert(name, Value::Text(text.into()));
        }
    }

    /// Sets a group.
    pub fn set_one(&mut self, name: &'static str, record: Record) {
        self.values.insert(name, Value::One(record));
    }

    /// Sets a list.
    pub fn set_many(&mut self, name: &'static str, records: Vec<Record>) {
        self.values.insert(name, Value::Many(records));
    }

    fn remove(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// Gives a list another name; without it nothing changes.
    pub(super) fn rename(&mut self, from: &str, to: &'static str) {
        if let Some(value) = self.values.remove(from) {
            self.values.insert(to, value);
        }
    }

    /// Counts the elements here that no table knows, by name.
    pub(crate) fn count_others(&self, counts: &mut BTreeMap<String, usize>) {
        for other in &self.others {
            *counts.entry(other.name.clone()).or_default() += 1;
        }
        for value in self.values.values() {
            match value {
                Value::Text(_) => {}
                Value::One(record) => record.count_others(counts),
                Value::Many(records) => records.iter().for_each(|record| record.count_others(counts)),
            }
        }
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// `MessageHeader`.
    pub header: Record,
    /// `MessageBody`.
    pub body: Record,
}

/// A message that was read, with what is odd about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The message.
    pub message: Message,
    /// How it was encoded in fact.
    pub encoding: Encoding,
    /// How it said it was encoded.
    pub declared: Option<String>,
    /// Elements whose value is not of the form it should have: kept as it came (T16, T23).
    pub odd: Vec<&'static str>,
    /// Results that were not taken, by the element that stands in them twice, and the line where it stands again (T22).
    pub refused: Vec<(&'static str, usize)>,
    /// Two 照会番号 that contradict each other (T14).
    pub has_reference_conflict: bool,
}

/// Why a file is not read. The file itself is kept and shown.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Larger than so many MiB ([`MAX_BYTES`], for bulk files [`super::bulk::MAX_BYTES`]).
    #[error("ファイルが大きすぎます({0} MiBまで)。レセコンの会社に知らせてください。")]
    Size(usize),
    /// Neither UTF-8 nor Shift_JIS, or no XML from the beginning.
    #[error("読めないファイルです(暗号化されているかもしれません)。連携アプリの設定を確かめてください。")]
    Foreign(#[source] Option<BadXml>),
    /// XML that can be read to a line and no further: half written, cut off, or broken.
    #[error(
        "{line}行目({element}の中)から先を読めません。書きかけか、途中で切れたか、こわれたファイルです。取り込まずに残しました。もう一度受け取ってください。"
    )]
    Broken {
        /// The line, from 1.
        line: usize,
        /// The innermost element that was open there.
        element: String,
        /// What was wrong.
        #[source]
        why: BadXml,
    },
    /// XML, but no message of the link.
    #[error("レセコン連携のファイルではありません。フォルダーの指定を確かめてください。")]
    NotAMessage,
    /// An element of header or body that may stand once stands twice: its name, and the line where it stands again.
    #[error("{1}行目: {0}が2回あります。取り込まずに残しました。中身を確かめてください。")]
    Twice(&'static str, usize),
}

impl From<Stopped> for Unreadable {
    fn from(stopped: Stopped) -> Self {
        match stopped.inside {
            Some(element) => Self::Broken { line: stopped.line, element, why: stopped.why },
            None => Self::Foreign(Some(stopped.why)),
        }
    }
}

impl From<Twice> for Unreadable {
    fn from(Twice { name, line }: Twice) -> Self {
        Self::Twice(name, line)
    }
}

/// Characters of one element that an encoding cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The element.
    pub field: &'static str,
    /// Its Japanese name.
    pub label: &'static str,
    /// The characters, each once.
    pub characters: Vec<char>,
}

/// Says that a message was not written, and which characters of which elements are in the way (T27). Nothing was replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Unwritable {
    /// The encoding that was asked for.
    pub encoding: Encoding,
    /// One for each element, in the order of writing.
    pub faults: Vec<Fault>,
}

impl Unwritable {
    /// The encoding, the elements and the characters, as one clause without its full stop.
    pub(crate) fn listed(&self) -> String {
        let faults = self.faults.iter().map(|fault| {
            let characters = fault.characters.iter().map(|c| {
                let shown = if c.is_control() { String::new() } else { format!("「{c}」") };
                format!("{shown}(U+{:04X})", u32::from(*c))
            });
            format!(" {}{}", fault.label, characters.collect::<String>())
        });
        format!("{}で書き込めない文字があります:{}", self.encoding.name(), faults.collect::<String>())
    }
}

impl std::fmt::Display for Unwritable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.listed())?;
        match self.encoding {
            Encoding::ShiftJis => {
                f.write_str("。レセコンがUTF-8を読めるなら、UTF-8で書き出してください。読めないなら、画面を見て入力してください。")
            }
            Encoding::Utf8 => f.write_str("。XMLに書けない文字です。画面を見て入力してください。"),
        }
    }
}

impl Message {
    /// The file. 文字コード識別 is set to `encoding`.
    ///
    /// # Errors
    /// [`Unwritable`] lists every character in the way.
    pub fn write(&self, encoding: Encoding) -> Result<Vec<u8>, Unwritable> {
        file(encoding, HEADER, &self.header, &mut |lines, check| write_fields(BODY, &self.body, 2, lines, check))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read(bytes: &[u8]) -> Result<Read, Unreadable> {
        let Opened { header, body, encoding, declared } = open(bytes, MAX_BYTES, "", &mut |_| {})?;
        let mut odd = Vec::new();
        let header = read_fields(HEADER, &header, &mut odd, None)?;
        let mut read = body_of(BODY, &body, header, encoding)?;
        read.declared = declared;
        odd.retain(|name| !read.odd.contains(name));
        read.odd.splice(0..0, odd);
        Ok(read)
    }

    /// The results.
    #[must_use]
    pub fn results(&self) -> &[Record] {
        self.body.many("ResultList").unwrap_or_default()
    }

    /// How many elements there are that no table knows, by name: they are kept, and nothing is done with them (T04).
    #[must_use]
    pub fn unknown(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        self.header.count_others(&mut counts);
        self.body.count_others(&mut counts);
        counts
    }
}
