//! Values to bytes.

use shared::domain::number;

use super::super::layout::{Field, Shape};
use super::super::xml::Lines;
use super::read::is_blank;
use super::{Fault, Record, Unwritable, Value};
use crate::charset::{self, Encoding};

/// Writes the inside of a body, and lets every text be checked.
type Inside<'a> = dyn FnMut(&mut Lines, &mut dyn FnMut(&Field, &str)) + 'a;

/// A file: header, and a body that `inside` writes two steps in. 文字コード識別 is set to `encoding`.
///
/// # Errors
/// [`Unwritable`] lists every character in the way.
pub(crate) fn file(encoding: Encoding, fields: &[Field], header: &Record, inside: &mut Inside<'_>) -> Result<Vec<u8>, Unwritable> {
    let mut header = header.clone();
    header.set("CharacterCodeIdentifier", Some(encoding.identifier()));
    let mut faults = Vec::new();
    let mut check = |field: &Field, text: &str| {
        let characters = encoding.misfits(text);
        if !characters.is_empty() {
            faults.push(Fault { field: field.name, label: field.label, characters });
        }
    };
    let mut lines = Lines::begin(encoding.name());
    lines.tag(0, "", "XmlMsg");
    lines.tag(1, "", "MessageHeader");
    write_fields(fields, &header, 2, &mut lines, &mut check);
    lines.tag(1, "/", "MessageHeader");
    lines.tag(1, "", "MessageBody");
    inside(&mut lines, &mut check);
    lines.tag(1, "/", "MessageBody");
    lines.tag(0, "/", "XmlMsg");
    if !faults.is_empty() {
        return Err(Unwritable { encoding, faults });
    }
    let text = lines.into_text();
    let bytes = encoding.encode(&text);
    if charset::decode(&bytes).is_some_and(|read| read.text == text) {
        return Ok(bytes);
    }
    // Few characters of Shift_JIS can be those of UTF-8 as well (T01). One more that cannot, in a remark, leaves no doubt.
    Ok(encoding.encode(&text.replacen("?>", "?><!-- 表 -->", 1)))
}

/// Writes a record by its table. A list whose items bear its own name stands without an element around them.
pub(crate) fn write_fields(fields: &[Field], record: &Record, depth: usize, lines: &mut Lines, check: &mut dyn FnMut(&Field, &str)) {
    for field in fields {
        match (record.values.get(field.name), field.shape) {
            (Some(Value::One(one)), Shape::One(inner)) if !one.values.is_empty() => {
                lines.tag(depth, "", field.name);
                write_fields(inner, one, depth + 1, lines, check);
                lines.tag(depth, "/", field.name);
            }
            (Some(Value::Many(many)), Shape::Many(item, inner)) if !many.is_empty() => {
                let has_list = field.name != item;
                let within = depth + usize::from(has_list);
                if has_list {
                    lines.tag(depth, "", field.name);
                }
                for one in many {
                    lines.tag(within, "", item);
                    write_fields(inner, one, within + 1, lines, check);
                    lines.tag(within, "/", item);
                }
                if has_list {
                    lines.tag(depth, "/", field.name);
                }
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
