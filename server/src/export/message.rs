//! A result message of the レセコン link (`XmlMsg`): bytes to values and back, by the tables of [`super::layout`].
//!
//! Reading forgives what the field is known to write (`recekon.md` §8) and keeps what it does not know; writing follows the order of
//! the tables and replaces nothing.

use std::collections::BTreeMap;

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::{number, typed};

use super::layout::{BODY, Field, HEADER, Shape, known_name};
use super::xml::{self, BadXml, Element, Lines};
use crate::charset::{self, Encoding};

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

    fn remove_text(&mut self, name: &str) {
        self.values.remove(name);
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
    /// Results that were not taken, by the element that stands in them twice (T22).
    pub refused: Vec<&'static str>,
    /// Two 照会番号 that contradict each other (T14).
    pub has_reference_conflict: bool,
}

/// Why a file is not read. The file itself is kept and shown.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Larger than [`MAX_BYTES`].
    #[error("ファイルが大きすぎます(4 MiBまで)。レセコンの会社に知らせてください。")]
    Size,
    /// Neither UTF-8 nor Shift_JIS, or no XML.
    #[error("読めないファイルです(暗号化されているかもしれません)。連携アプリの設定を確かめてください。")]
    Foreign(#[source] Option<BadXml>),
    /// XML, but no message of the link.
    #[error("レセコン連携のファイルではありません。フォルダーの指定を確かめてください。")]
    NotAMessage,
    /// An element of header or body that may stand once stands twice.
    #[error("{0}が2回あります。取り込まずに残しました。中身を確かめてください。")]
    Twice(&'static str),
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

impl std::fmt::Display for Unwritable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}で書き込めない文字があります:", self.encoding.name())?;
        for fault in &self.faults {
            write!(f, " {}", fault.label)?;
            for c in &fault.characters {
                let shown = if c.is_control() { String::new() } else { format!("「{c}」") };
                write!(f, "{shown}(U+{:04X})", u32::from(*c))?;
            }
        }
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
        let mut header = self.header.clone();
        header.set("CharacterCodeIdentifier", Some(encoding.identifier()));
        let mut faults = Vec::new();
        let mut lines = Lines::begin(encoding.name());
        lines.tag(0, "", "XmlMsg");
        for (name, fields, record) in [("MessageHeader", HEADER, &header), ("MessageBody", BODY, &self.body)] {
            lines.tag(1, "", name);
            write_fields(fields, record, 2, &mut lines, &mut |field, text| {
                let characters = encoding.misfits(text);
                if !characters.is_empty() {
                    faults.push(Fault { field: field.name, label: field.label, characters });
                }
            });
            lines.tag(1, "/", name);
        }
        lines.tag(0, "/", "XmlMsg");
        if faults.is_empty() { Ok(encoding.encode(&lines.into_text())) } else { Err(Unwritable { encoding, faults }) }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read(bytes: &[u8]) -> Result<Read, Unreadable> {
        if bytes.len() > MAX_BYTES {
            return Err(Unreadable::Size);
        }
        let charset::Decoded { text, encoding, declared } = charset::decode(bytes).ok_or(Unreadable::Foreign(None))?;
        let root = xml::parse(&text).map_err(|why| Unreadable::Foreign(Some(why)))?;
        let part = |name: &str| {
            let mut parts = root.children.iter().filter(|child| child.name == name);
            parts.next().filter(|_| parts.next().is_none()).ok_or(Unreadable::NotAMessage)
        };
        if root.name != "XmlMsg" {
            return Err(Unreadable::NotAMessage);
        }
        let (mut odd, mut refused) = (Vec::new(), Vec::new());
        let header = read_fields(HEADER, part("MessageHeader")?, &mut odd, None).map_err(Unreadable::Twice)?;
        let mut body = read_fields(BODY, part("MessageBody")?, &mut odd, Some(&mut refused)).map_err(Unreadable::Twice)?;
        place_prescription_choice(&mut body);
        let has_reference_conflict = place_reference_numbers(&mut body);
        Ok(Read { message: Self { header, body }, encoding, declared, odd, refused, has_reference_conflict })
    }

    /// The results.
    #[must_use]
    pub fn results(&self) -> &[Record] {
        self.body.many("ResultList").unwrap_or_default()
    }
}

fn write_fields(fields: &[Field], record: &Record, depth: usize, lines: &mut Lines, check: &mut dyn FnMut(&Field, &str)) {
    for field in fields {
        match (record.values.get(field.name), field.shape) {
            (Some(Value::One(one)), Shape::One(inner)) if !one.values.is_empty() => {
                lines.tag(depth, "", field.name);
                write_fields(inner, one, depth + 1, lines, check);
                lines.tag(depth, "/", field.name);
            }
            (Some(Value::Many(many)), Shape::Many(item, inner)) if !many.is_empty() => {
                lines.tag(depth, "", field.name);
                for one in many {
                    lines.tag(depth + 1, "", item);
                    write_fields(inner, one, depth + 2, lines, check);
                    lines.tag(depth + 1, "/", item);
                }
                lines.tag(depth, "/", field.name);
            }
            (value, shape) => {
                let text = match value {
                    Some(Value::Text(text)) if !is_blank(text) => text.as_str(),
                    _ if field.is_always => "",
                    _ => continue,
                };
                check(field, text);
                match shape {
                    Shape::Insurer if !text.is_empty() => lines.value(depth, field.name, &number::with_spaces(text)),
                    _ => lines.value(depth, field.name, text),
                }
            }
        }
    }
}

/// Reads the children of an element. `refused` takes what is wrong inside a result, which else goes up to the caller.
fn read_fields(
    fields: &'static [Field],
    element: &Element,
    odd: &mut Vec<&'static str>,
    mut refused: Option<&mut Vec<&'static str>>,
) -> Result<Record, &'static str> {
    let mut record = Record::default();
    let mut found: BTreeMap<&'static str, &str> = BTreeMap::new();
    for child in &element.children {
        let name = known_name(&child.name);
        let is_it = |field: &&Field| field.name == name || matches!(field.shape, Shape::Many(item, _) if item == name);
        let Some(field) = fields.iter().find(is_it) else {
            record.others.push(child.clone());
            continue;
        };
        if let Shape::Many(item, inner) = field.shape {
            // Some repeat the list, some put one list around all, some leave the list out (T05).
            let Value::Many(records) = record.values.entry(field.name).or_insert_with(|| Value::Many(Vec::new())) else { continue };
            let items = if child.name == item { std::slice::from_ref(child) } else { child.children.as_slice() };
            let (items, others): (Vec<_>, Vec<_>) = items.iter().partition(|one| one.name == item);
            for one in items {
                match (read_fields(inner, one, odd, None), &mut refused) {
                    (Ok(read), _) => records.push(read),
                    (Err(twice), Some(refused)) => refused.push(twice),
                    (Err(twice), None) => return Err(twice),
                }
            }
            if !others.is_empty() && !odd.contains(&field.name) {
                odd.push(field.name);
            }
            record.others.extend(others.into_iter().cloned());
            continue;
        }
        // Twice under one name is refused; under an old and a new name it may say the same.
        if let Some(former) = found.insert(field.name, &child.name)
            && (former == child.name || record.text(field.name) != normal(field.shape, &child.text).0.as_deref())
        {
            return Err(field.name);
        }
        let value = match field.shape {
            Shape::One(inner) => Some(Value::One(read_fields(inner, child, odd, None)?)),
            shape => {
                let (text, is_odd) = normal(shape, &child.text);
                if is_odd && !odd.contains(&field.name) {
                    odd.push(field.name);
                }
                text.map(Value::Text)
            }
        };
        if let Some(value) = value {
            record.values.insert(field.name, value);
        }
    }
    Ok(record)
}

/// An empty element, or one with nothing but line ends and indentation, holds nothing.
fn is_blank(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_whitespace())
}

/// A value in the form in which it is kept, and whether it is odd.
fn normal(shape: Shape, text: &str) -> (Option<String>, bool) {
    if is_blank(text) {
        return (None, false);
    }
    let trimmed = text.trim();
    let (known, is_free) = match shape {
        Shape::Text => (Some(text.to_owned()), true),
        Shape::Key | Shape::Insurer | Shape::Code(_) => (Some(trimmed.to_owned()).filter(|text| !text.is_empty()), true),
        Shape::Day => (day(trimmed).map(CivilDate::packed), false),
        Shape::Time => (UnixMs::from_jst_packed(trimmed).ok().map(UnixMs::jst_packed), false),
        Shape::Percent => (percent(trimmed).map(|percent| format!("{percent:03}")), false),
        Shape::One(_) | Shape::Many(..) => (None, true),
    };
    match known {
        None if !is_free => (Some(trimmed.to_owned()), true),
        known => (known, false),
    }
}

/// A day as files write it: `yyyyMMdd`, `yyyy-MM-dd`, `yyyy/MM/dd` (T16).
#[must_use]
pub fn day(text: &str) -> Option<CivilDate> {
    CivilDate::try_from(text.replace('/', "-").as_str()).ok()
}

/// A ratio as files write it: `010`, `10`, `10%`, `1割` (T23).
#[must_use]
pub fn percent(text: &str) -> Option<u8> {
    let text = typed::code(text);
    let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u8>().ok()).flatten();
    let percent = match (text.strip_suffix('割'), text.strip_suffix('%')) {
        (Some(tenths), _) if tenths.len() == 1 => number(tenths)?.checked_mul(10)?,
        (None, Some(digits)) => number(digits)?,
        (None, None) if (2..=3).contains(&text.len()) => number(&text)?,
        _ => return None,
    };
    (percent <= 100).then_some(percent)
}

/// 処方箋発行形態 stands in the body or in a result; the body wins (T13).
fn place_prescription_choice(body: &mut Record) {
    const NAME: &str = "PrescriptionIssueSelect";
    let Some(Value::Many(results)) = body.values.get_mut("ResultList") else { return };
    let mut chosen = None;
    for result in results {
        result.others.retain(|other| {
            let is_it = other.name == NAME;
            if is_it && !is_blank(&other.text) {
                chosen.get_or_insert_with(|| other.text.trim().to_owned());
            }
            !is_it
        });
    }
    if body.text(NAME).is_none() {
        body.set(NAME, chosen);
    }
}

/// 照会番号 stands in a result, deeper in it, or beside the results, once for each or once for all (T14). True when two disagree.
fn place_reference_numbers(body: &mut Record) -> bool {
    const NAME: &str = "ReferenceNumber";
    fn collect(elements: &mut Vec<Element>, found: &mut Vec<String>) {
        for element in elements.iter_mut() {
            collect(&mut element.children, found);
        }
        elements.retain(|element| {
            let is_it = element.name == NAME;
            if is_it && !is_blank(&element.text) {
                found.push(element.text.trim().to_owned());
            }
            !is_it
        });
    }
    let mut beside = Vec::new();
    collect(&mut body.others, &mut beside);
    let Some(Value::Many(results)) = body.values.get_mut("ResultList") else { return false };
    let count = results.len();
    let mut is_conflict = false;
    for (place, result) in results.iter_mut().enumerate() {
        let mut all: Vec<String> = result.text(NAME).map(str::to_owned).into_iter().collect();
        collect(&mut result.others, &mut all);
        all.extend(if beside.len() == count { beside.get(place) } else { beside.first() }.cloned());
        is_conflict |= all.iter().any(|one| Some(one) != all.first());
        result.remove_text(NAME);
        result.set(NAME, all.into_iter().next());
    }
    is_conflict
}
