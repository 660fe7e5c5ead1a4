//! Bytes to values.

use std::collections::BTreeMap;

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::typed;

use super::super::layout::{Field, Shape, known_name};
use super::super::xml::{self, Element};
use super::{Message, Read, Record, Unreadable, Value};
use crate::charset::{self, Encoding};

/// An element that may stand once and stands again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Twice {
    /// Its name.
    pub(crate) name: &'static str,
    /// The line of the second one.
    pub(crate) line: usize,
}

/// The two parts of a message, before they are understood.
pub(crate) struct Opened {
    pub(crate) header: Element,
    pub(crate) body: Element,
    pub(crate) encoding: Encoding,
    pub(crate) declared: Option<String>,
}

/// Decodes a file and takes it apart. Elements named `taken_out` are handed over instead of kept ([`xml::parse_without`]).
pub(crate) fn open(bytes: &[u8], max: usize, taken_out: &str, take: &mut dyn FnMut(Element)) -> Result<Opened, Unreadable> {
    if bytes.len() > max {
        return Err(Unreadable::Size(max / (1024 * 1024)));
    }
    let charset::Decoded { text, encoding, declared } = charset::decode(bytes).ok_or(Unreadable::Foreign(None))?;
    let root = xml::parse_without(&text, taken_out, take)?;
    if root.name != "XmlMsg" {
        return Err(Unreadable::NotAMessage);
    }
    let (mut header, mut body) = (None, None);
    for child in root.children {
        let place = match child.name.as_str() {
            "MessageHeader" => &mut header,
            "MessageBody" => &mut body,
            _ => continue,
        };
        if place.replace(child).is_some() {
            return Err(Unreadable::NotAMessage);
        }
    }
    let (header, body) = header.zip(body).ok_or(Unreadable::NotAMessage)?;
    Ok(Opened { header, body, encoding, declared })
}

/// A body (of a message, or of a unit of a bulk message) by its table, beside a header that was read. The list of results stands under
/// `ResultList` afterwards, whatever the table calls it.
pub(crate) fn body_of(fields: &'static [Field], body: &Element, header: Record, encoding: Encoding) -> Result<Read, Twice> {
    let (mut odd, mut refused) = (Vec::new(), Vec::new());
    let mut body = read_fields(fields, body, &mut odd, Some(&mut refused))?;
    body.rename("ResultOfQualificationConfirmation", "ResultList");
    place_prescription_choice(&mut body);
    let has_reference_conflict = place_reference_numbers(&mut body);
    let refused = refused.into_iter().map(|Twice { name, line }| (name, line)).collect();
    Ok(Read { message: Message { header, body }, encoding, declared: None, odd, refused, has_reference_conflict })
}

/// Reads the children of an element. `refused` takes what is wrong inside a result, which else goes up to the caller.
pub(crate) fn read_fields(
    fields: &'static [Field],
    element: &Element,
    odd: &mut Vec<&'static str>,
    mut refused: Option<&mut Vec<Twice>>,
) -> Result<Record, Twice> {
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
            return Err(Twice { name: field.name, line: child.line });
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
pub(super) fn is_blank(text: &str) -> bool {
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
        result.remove(NAME);
        result.set(NAME, all.into_iter().next());
    }
    is_conflict
}
