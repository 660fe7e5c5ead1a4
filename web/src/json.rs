//! Reads JSON: the answers of server and helper, and what this browser kept.
//!
//! `serde_json` writes for the pages but does not read for them: its reader also takes every struct as a list, every number with
//! a fraction, and words each mistake, which together is a tenth of what a visit loads. Nothing the pages read needs that.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, EnumAccess, Expected, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor};

/// How deep lists and objects may lie in each other. Ours lie six deep.
const DEEPEST: u8 = 32;

/// Says that a text is no JSON of the wanted kind. Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotJson;

impl std::fmt::Display for NotJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not the JSON that was expected")
    }
}

impl std::error::Error for NotJson {}

/// No mistake is worded: nobody would read it.
impl serde::de::Error for NotJson {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }
    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }
    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn missing_field(_: &'static str) -> Self {
        Self
    }
    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

/// Reads a whole text as one value. A struct is an object; a number with a fraction or an exponent is read only where it is
/// skipped.
///
/// # Errors
/// [`NotJson`] for a text that is no JSON, has more than one value, or is of another kind than `T`.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, NotJson> {
    let mut reader = Reader { rest: text.as_bytes(), depth: 0 };
    let value = T::deserialize(&mut reader)?;
    if reader.peek().is_none() { Ok(value) } else { Err(NotJson) }
}

/// Reads what this browser kept under a name; what cannot be read counts as nothing.
pub fn kept<T: DeserializeOwned>(storage: &web_sys::Storage, name: &str) -> Option<T> {
    read(&storage.get_item(name).ok()??).ok()
}

/// A whole number as it stands in the text.
enum Whole {
    Positive(u64),
    Negative(i64),
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: u8,
}

impl Reader<'_> {
    /// The next byte after blanks; it stays.
    fn peek(&mut self) -> Option<u8> {
        while let Some((b' ' | b'\n' | b'\r' | b'\t', rest)) = self.rest.split_first() {
            self.rest = rest;
        }
        self.rest.first().copied()
    }

    /// The next byte, also a blank.
    fn next(&mut self) -> Result<u8, NotJson> {
        let (first, rest) = self.rest.split_first().ok_or(NotJson)?;
        self.rest = rest;
        Ok(*first)
    }

    /// Takes this byte if it is the very next.
    fn has(&mut self, byte: u8) -> bool {
        let is_next = self.rest.first() == Some(&byte);
        if is_next {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        is_next
    }

    fn take(&mut self, byte: u8) -> Result<(), NotJson> {
        self.peek();
        if self.has(byte) { Ok(()) } else { Err(NotJson) }
    }

    /// `true`, `false` or `null`.
    fn word(&mut self, word: &str) -> Result<(), NotJson> {
        self.peek();
        self.rest = self.rest.strip_prefix(word.as_bytes()).ok_or(NotJson)?;
        Ok(())
    }

    #[inline(never)]
    fn bool(&mut self) -> Result<bool, NotJson> {
        let is_true = self.peek() == Some(b't');
        self.word(if is_true { "true" } else { "false" })?;
        Ok(is_true)
    }

    #[inline(never)]
    fn string(&mut self) -> Result<String, NotJson> {
        self.take(b'"')?;
        let mut text = Vec::new();
        loop {
            match self.next()? {
                b'"' => return String::from_utf8(text).map_err(|_| NotJson),
                b'\\' => text.extend_from_slice(self.escaped()?.encode_utf8(&mut [0; 4]).as_bytes()),
                0..0x20 => return Err(NotJson),
                byte => text.push(byte),
            }
        }
    }

    /// What stands after a backslash.
    fn escaped(&mut self) -> Result<char, NotJson> {
        Ok(match self.next()? {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.four()?;
                // A character beyond the first 65 536 is written as two halves.
                let code = match first {
                    0xd800..0xdc00 => {
                        if self.next()? != b'\\' || self.next()? != b'u' {
                            return Err(NotJson);
                        }
                        let second = self.four()?.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or(NotJson)?;
                        0x1_0000 + (first - 0xd800) * 0x400 + second
                    }
                    whole => whole,
                };
                char::from_u32(code).ok_or(NotJson)?
            }
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            _ => return Err(NotJson),
        })
    }

    /// Four hexadecimal digits.
    fn four(&mut self) -> Result<u32, NotJson> {
        (0..4).try_fold(0, |code, _| Ok(code * 16 + char::from(self.next()?).to_digit(16).ok_or(NotJson)?))
    }

    /// Digits, at least one; `None` when they are too many for a number.
    fn digits(&mut self) -> Result<Option<u64>, NotJson> {
        let mut value = char::from(self.next()?).to_digit(10).map(u64::from);
        if value.is_none() {
            return Err(NotJson);
        }
        while let Some(digit @ b'0'..=b'9') = self.rest.first().copied() {
            let _ = self.next();
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
        }
        Ok(value)
    }

    /// A number; `None` when it is not whole or too great.
    #[inline(never)]
    fn number(&mut self) -> Result<Option<Whole>, NotJson> {
        self.peek();
        let is_negative = self.has(b'-');
        let starts_with_zero = self.rest.first() == Some(&b'0') && self.rest.get(1).is_some_and(u8::is_ascii_digit);
        if starts_with_zero {
            return Err(NotJson);
        }
        let mut value = self.digits()?;
        if self.has(b'.') {
            self.digits()?;
            value = None;
        }
        if self.has(b'e') || self.has(b'E') {
            let _ = self.has(b'-') || self.has(b'+');
            self.digits()?;
            value = None;
        }
        Ok(match value {
            // -0 has a sign to keep: it is none of the whole numbers.
            Some(size) if is_negative => (size > 0).then(|| 0_i64.checked_sub_unsigned(size)).flatten().map(Whole::Negative),
            size => size.map(Whole::Positive),
        })
    }

    /// Reads a value of any kind for its form alone.
    fn skip(&mut self) -> Result<(), NotJson> {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b't' | b'f') => self.bool().map(drop),
            Some(b'n') => self.word("null"),
            Some(b'[') => self.open(b'[').and_then(|mut items| {
                while items.has_more(b']')? {
                    items.reader.skip()?;
                }
                items.close(b']')
            }),
            Some(b'{') => self.open(b'{').and_then(|mut items| {
                while items.has_more(b'}')? {
                    items.reader.string()?;
                    items.reader.take(b':')?;
                    items.reader.skip()?;
                }
                items.close(b'}')
            }),
            _ => self.number().map(drop),
        }
    }
}

/// The rest is the same for every list and every object: written once, it is in the page once.
impl<'a> Reader<'a> {
    #[inline(never)]
    fn open(&mut self, bracket: u8) -> Result<Items<'_, 'a>, NotJson> {
        self.take(bracket)?;
        self.depth += 1;
        if self.depth > DEEPEST { Err(NotJson) } else { Ok(Items { reader: self, is_first: true, is_over: false }) }
    }
}

/// Inside a list or an object.
struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    is_first: bool,
    is_over: bool,
}

impl Items<'_, '_> {
    /// True before one more item; takes the comma before it, or the closing bracket.
    #[inline(never)]
    fn has_more(&mut self, bracket: u8) -> Result<bool, NotJson> {
        if self.is_over {
            return Ok(false);
        }
        self.reader.peek();
        self.is_over = self.reader.has(bracket);
        if !self.is_over && !std::mem::take(&mut self.is_first) {
            self.reader.take(b',')?;
        }
        Ok(!self.is_over)
    }

    /// Nothing may be left that nobody asked for.
    #[inline(never)]
    fn close(&mut self, bracket: u8) -> Result<(), NotJson> {
        self.reader.depth -= 1;
        if self.has_more(bracket)? { Err(NotJson) } else { Ok(()) }
    }
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = NotJson;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, NotJson> {
        if self.has_more(b']')? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Items<'_, '_> {
    type Error = NotJson;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, NotJson> {
        if !self.has_more(b'}')? {
            return Ok(None);
        }
        let key = self.reader.string()?;
        self.reader.take(b':')?;
        seed.deserialize(StrDeserializer::new(&key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, NotJson> {
        seed.deserialize(&mut *self.reader)
    }
}

/// A variant: bare as a word, or the one key of an object with what it holds.
struct Variant<'r, 'a> {
    reader: &'r mut Reader<'a>,
    is_bare: bool,
}

impl Variant<'_, '_> {
    /// The variant has to hold something.
    fn full(&mut self) -> Result<(), NotJson> {
        if self.is_bare { Err(NotJson) } else { Ok(()) }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, '_> {
    type Error = NotJson;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), NotJson> {
        let name = self.reader.string()?;
        if !self.is_bare {
            self.reader.take(b':')?;
        }
        Ok((seed.deserialize(StrDeserializer::new(&name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = NotJson;

    fn unit_variant(self) -> Result<(), NotJson> {
        if self.is_bare { Ok(()) } else { self.reader.word("null") }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<S::Value, NotJson> {
        self.full()?;
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(mut self, _: usize, visitor: V) -> Result<V::Value, NotJson> {
        self.full()?;
        serde::Deserializer::deserialize_seq(self.reader, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(mut self, _: &'static [&'static str], visitor: V) -> Result<V::Value, NotJson> {
        self.full()?;
        serde::Deserializer::deserialize_map(self.reader, visitor)
    }
}

/// Hands a whole number over under each of the names that serde has for it.
macro_rules! whole {
    ($($name:ident)*) => {
        $(fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
            match self.number()?.ok_or(NotJson)? {
                Whole::Positive(value) => visitor.visit_u64(value),
                Whole::Negative(value) => visitor.visit_i64(value),
            }
        })*
    };
}

impl<'de> serde::Deserializer<'de> for &mut Reader<'_> {
    type Error = NotJson;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        match self.peek() {
            Some(b'"') => self.deserialize_string(visitor),
            Some(b't' | b'f') => self.deserialize_bool(visitor),
            Some(b'n') => self.deserialize_unit(visitor),
            Some(b'[') => self.deserialize_seq(visitor),
            Some(b'{') => self.deserialize_map(visitor),
            _ => self.deserialize_u64(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        visitor.visit_bool(self.bool()?)
    }

    whole! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        visitor.visit_str(&self.string()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        visitor.visit_string(self.string()?)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        if self.peek() == Some(b'n') {
            self.word("null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.word("null")?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NotJson> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        let mut items = self.open(b'[')?;
        let value = visitor.visit_seq(&mut items)?;
        items.close(b']')?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        let mut items = self.open(b'{')?;
        let value = visitor.visit_map(&mut items)?;
        items.close(b'}')?;
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, NotJson> {
        let is_bare = self.peek() != Some(b'{');
        if !is_bare {
            self.take(b'{')?;
        }
        let value = visitor.visit_enum(Variant { reader: self, is_bare })?;
        if !is_bare {
            self.take(b'}')?;
        }
        Ok(value)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.skip()?;
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { f32 f64 char bytes byte_buf unit_struct tuple_struct }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fmt::Debug;

    use serde::de::IgnoredAny;
    use shared::reader::examples::{DIALOGUES, Line};
    use shared::reader::{Frame, State};

    use super::*;

    /// Both readers take the text for the same value, or both refuse it.
    fn agree<T: DeserializeOwned + PartialEq + Debug>(text: &str) -> bool {
        let (ours, theirs) = (read::<T>(text).ok(), serde_json::from_str::<T>(text).ok());
        assert_eq!(ours, theirs, "{text}");
        ours.is_some()
    }

    /// Holds this reader against `serde_json`'s: on the text, on each beginning of it, and with each character left out or another
    /// in its place.
    pub(crate) fn agree_around<T: DeserializeOwned + PartialEq + Debug>(text: &str) {
        assert!(agree::<T>(text), "{text}");
        for (place, character) in text.char_indices() {
            let (before, rest) = text.split_at(place);
            let after = rest.strip_prefix(character).unwrap();
            assert!(!agree::<T>(before), "{before}");
            for other in ["", "\"", "\\", "}", "]", ",", "-", "0", "n", ".", " ", "\u{1}"] {
                agree::<T>(&format!("{before}{other}{after}"));
            }
        }
        assert!(!agree::<T>(&format!("{text}{text}")));
    }

    #[test]
    fn every_frame_of_the_documented_dialogues_reads_as_it_did() {
        let mut frames = 0;
        for line in DIALOGUES.iter().flat_map(|dialogue| dialogue.lines) {
            let (Line::Helper(text) | Line::ToOther(text)) = line else { continue };
            // What differs from run to run stands there as a name; four letters are base64, too.
            let text: String =
                text.split('<').map(|part| part.split_once('>').map_or(part.to_owned(), |(_, rest)| format!("AAAA{rest}"))).collect();
            let text = text.replace("\n", "").replace("  ", "");
            agree_around::<Frame>(&text);
            frames += 1;
        }
        assert!(frames > 20, "{frames}");
    }

    #[test]
    fn single_values_read_as_they_did() {
        for text in [
            "0",
            "7",
            "-7",
            "-0",
            "00",
            "01",
            "-",
            "+1",
            "1.0",
            "1e2",
            "255",
            "256",
            "-128",
            "18446744073709551615",
            "18446744073709551616",
        ] {
            agree::<u64>(text);
            agree::<i64>(text);
            agree::<u8>(text);
        }
        assert_eq!(read::<i64>("-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(read::<i64>("-9223372036854775809"), Err(NotJson));
        for text in [
            r#""""#,
            r#""受付 😀""#,
            r#""\u53d7\uD83D\ude00\/\\\"\b\f\n\r\t""#,
            r#""\ud83d""#,
            r#""\ud83d \ude00""#,
            r#""\ude00""#,
            r#""\ud83d\u0041""#,
            r#""\u12""#,
            r#""\x""#,
            "\"\n\"",
            "\"a",
        ] {
            agree::<String>(text);
        }
        assert_eq!(read::<String>(r#" "\uD83D\ude00" "#).as_deref(), Ok("😀"));
        for text in ["[]", "[1]", "[1,2]", "[ 1 , 2 ]", "[1,2,]", "[,1]", "[1 2]", "[1,2,3]", "[1", "null", "{}"] {
            agree::<Vec<u8>>(text);
            agree::<[u8; 2]>(text);
            agree::<(u8, u8)>(text);
            agree::<Option<Vec<u8>>>(text);
            agree::<()>(text);
        }
        for text in ["true", "false", "tru", "True", "null"] {
            agree::<bool>(text);
        }
    }

    #[test]
    fn what_a_newer_helper_says_more_is_passed_over() {
        let known = r#"{"service":"up","readers":[],"lease":"free"}"#;
        let more = r#"{"service":"up","new":{"a":[1.5,-2e-7,{"b":null}],"c":"\u0041","d":true},"readers":[],"lease":"free"}"#;
        assert_eq!(read::<State>(more), read::<State>(known));
        assert!(read::<State>(known).is_ok());
        for bad in ["[1.]", "[1e]", "[.5]", "[1,]", r#"{"a":1,}"#, r#"{"a"}"#, r#"{a:1}"#, "[nul]", "[\"]", "01", ""] {
            assert!(read::<IgnoredAny>(bad).is_err() && serde_json::from_str::<IgnoredAny>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_list_is_no_struct_and_depth_has_an_end() {
        assert_eq!(read::<State>(r#"["up",[],"free"]"#), Err(NotJson));
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let deep = |depth: usize| read::<IgnoredAny>(&format!("{}1{}", open.repeat(depth), close.repeat(depth)));
            assert!(deep(DEEPEST.into()).is_ok());
            assert!(deep(usize::from(DEEPEST) + 1).is_err());
            assert!(deep(100_000).is_err());
        }
    }
}
