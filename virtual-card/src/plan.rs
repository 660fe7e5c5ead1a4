//! A card described by a small file: a person, a scenario, and what differs from it.

use std::{fmt::Display, path::Path, time::Duration};

use serde::Deserialize;
use toml::{Spanned, Value};

use crate::{Act, At, Behaviour, Card, CardSpec, OpenError, Step, fault::Sort};

/// A card as a TOML file describes it; every key but `person` may be absent.
///
/// ```
/// let plan = virtual_card::CardPlan::parse(r#"
/// person = "ichiro"
/// scenario = "short-read"
/// auth_tries = 2
///
/// [[fault]]
/// at = "VERIFY"
/// do = "remove"
/// when = "during"
/// "#)?;
/// assert_eq!(plan.spec().to_string(), "ichiro:short-read");
/// # Ok::<(), virtual_card::NotAPlan>(())
/// ```
#[derive(Debug, Clone)]
pub struct CardPlan {
    spec: CardSpec,
    changes: Changes,
    steps: Vec<Step>,
}

/// Says what is wrong with a card file, by line and key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, `{key}`: {reason}")]
pub struct NotAPlan {
    /// Line of the file, from 1.
    pub line: usize,
    /// The key, or the text that stands there when it is no key at all.
    pub key: String,
    /// What is wrong and what is allowed.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    person: Spanned<String>,
    scenario: Option<Spanned<String>>,
    auth_tries: Option<Spanned<i64>>,
    sign_tries: Option<Spanned<i64>>,
    face_tries: Option<Spanned<i64>>,
    text_tries: Option<Spanned<i64>>,
    filler: Option<Spanned<i64>>,
    chunk: Option<Spanned<i64>>,
    extended: Option<bool>,
    atr: Option<Spanned<String>>,
    command_ms: Option<Spanned<i64>>,
    command_spread_ms: Option<Spanned<i64>>,
    signature_ms: Option<Spanned<i64>>,
    signature_spread_ms: Option<Spanned<i64>>,
    busy_ms: Option<Spanned<i64>>,
    #[serde(default)]
    fault: Vec<RawFault>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFault {
    at: Spanned<Value>,
    #[serde(rename = "do")]
    act: Spanned<String>,
    sw: Option<Spanned<i64>>,
    ms: Option<Spanned<i64>>,
    when: Option<Spanned<String>>,
}

/// What differs from the scenario.
#[derive(Debug, Clone, Default)]
struct Changes {
    auth_tries: Option<u8>,
    sign_tries: Option<u8>,
    face_tries: Option<u8>,
    text_tries: Option<u8>,
    filler: Option<u8>,
    chunk: Option<usize>,
    extended: Option<bool>,
    atr: Option<Vec<u8>>,
    command: Option<Duration>,
    command_spread: Option<Duration>,
    signature: Option<Duration>,
    signature_spread: Option<Duration>,
    busy: Option<Duration>,
}

/// Longest time a card file may ask for: ten minutes.
const LONGEST_MS: i64 = 600_000;

impl CardPlan {
    /// Reads the text of a card file.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and key.
    pub fn parse(text: &str) -> Result<CardPlan, NotAPlan> {
        let at = Places { text };
        let raw: Raw = toml::from_str(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            NotAPlan { line: at.line(span.start), key: at.key(span.start), reason: error.message().to_owned() }
        })?;

        let spec = CardSpec {
            person: raw.person.get_ref().clone(),
            scenario: raw.scenario.as_ref().map_or("normal", |id| id.get_ref().as_str()).to_owned(),
        };
        spec.check().map_err(|error| match (&error, &raw.scenario) {
            (crate::NotACard::Scenario { .. }, Some(scenario)) => at.wrong("scenario", scenario, &error),
            _ => at.wrong("person", &raw.person, &error),
        })?;
        let time = |key, value: &Option<Spanned<i64>>| -> Result<Option<Duration>, NotAPlan> {
            Ok(at.number(key, value.as_ref(), 0, LONGEST_MS)?.map(milliseconds))
        };
        let tries = |key, value: &Option<Spanned<i64>>, full| -> Result<Option<u8>, NotAPlan> { at.byte(key, value.as_ref(), full) };
        let changes = Changes {
            auth_tries: tries("auth_tries", &raw.auth_tries, 3)?,
            sign_tries: tries("sign_tries", &raw.sign_tries, 5)?,
            face_tries: tries("face_tries", &raw.face_tries, 10)?,
            text_tries: tries("text_tries", &raw.text_tries, 3)?,
            filler: at.byte("filler", raw.filler.as_ref(), 0xFF)?,
            chunk: at.number("chunk", raw.chunk.as_ref(), 1, 65_536)?.and_then(|chunk| usize::try_from(chunk).ok()),
            extended: raw.extended,
            atr: raw.atr.as_ref().map(|atr| at.atr(atr)).transpose()?,
            command: time("command_ms", &raw.command_ms)?,
            command_spread: time("command_spread_ms", &raw.command_spread_ms)?,
            signature: time("signature_ms", &raw.signature_ms)?,
            signature_spread: time("signature_spread_ms", &raw.signature_spread_ms)?,
            busy: time("busy_ms", &raw.busy_ms)?,
        };
        let steps = raw.fault.iter().map(|fault| at.step(fault)).collect::<Result<_, _>>()?;
        Ok(CardPlan { spec, changes, steps })
    }

    /// The person and the scenario it starts from.
    pub fn spec(&self) -> &CardSpec {
        &self.spec
    }

    /// Takes the card out of a folder that [`make`](crate::make) filled.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(&self, dir: &Path) -> Result<Card, OpenError> {
        Card::open_with(dir, &self.spec, |behaviour| self.apply(behaviour))
    }

    fn apply(&self, behaviour: &mut Behaviour) {
        fn set<T: Clone>(field: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                field.clone_from(value);
            }
        }
        let changes = &self.changes;
        set(&mut behaviour.auth_tries, changes.auth_tries.as_ref());
        set(&mut behaviour.sign_tries, changes.sign_tries.as_ref());
        set(&mut behaviour.visual_number_b_tries, changes.face_tries.as_ref());
        set(&mut behaviour.text_tries, changes.text_tries.as_ref());
        set(&mut behaviour.filler, changes.filler.as_ref());
        set(&mut behaviour.read_limit, changes.chunk.as_ref());
        set(&mut behaviour.extended_length, changes.extended.as_ref());
        set(&mut behaviour.command_time, changes.command.as_ref());
        set(&mut behaviour.command_spread, changes.command_spread.as_ref());
        set(&mut behaviour.signature_time, changes.signature.as_ref());
        set(&mut behaviour.signature_spread, changes.signature_spread.as_ref());
        set(&mut behaviour.busy_time, changes.busy.as_ref());
        if changes.atr.is_some() {
            behaviour.atr.clone_from(&changes.atr);
        }
        behaviour.script.extend(&self.steps);
    }
}

/// Milliseconds that were checked to be positive.
fn milliseconds(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// Knows where in the text something stands.
struct Places<'a> {
    text: &'a str,
}

impl Places<'_> {
    fn line(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
    }

    /// What stands before the equals sign on the line of an offset.
    fn key(&self, offset: usize) -> String {
        let line = self.text.lines().nth(self.line(offset) - 1).unwrap_or_default();
        line.split('=').next().unwrap_or_default().trim().to_owned()
    }

    fn wrong<T>(&self, key: &str, value: &Spanned<T>, reason: impl Display) -> NotAPlan {
        NotAPlan { line: self.line(value.span().start), key: key.to_owned(), reason: reason.to_string() }
    }

    fn number(&self, key: &str, value: Option<&Spanned<i64>>, least: i64, most: i64) -> Result<Option<i64>, NotAPlan> {
        let Some(value) = value else { return Ok(None) };
        let number = *value.get_ref();
        if (least..=most).contains(&number) {
            Ok(Some(number))
        } else {
            Err(self.wrong(key, value, format!("{least} to {most} is allowed")))
        }
    }

    fn byte(&self, key: &str, value: Option<&Spanned<i64>>, most: u8) -> Result<Option<u8>, NotAPlan> {
        Ok(self.number(key, value, 0, i64::from(most))?.and_then(|number| u8::try_from(number).ok()))
    }

    fn atr(&self, value: &Spanned<String>) -> Result<Vec<u8>, NotAPlan> {
        let digits: Vec<u8> = value.get_ref().bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let byte =
            |pair: &[u8]| std::str::from_utf8(pair).ok().filter(|_| pair.len() == 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        digits
            .chunks(2)
            .map(byte)
            .collect::<Option<Vec<u8>>>()
            .filter(|atr| (2..=33).contains(&atr.len()))
            .ok_or_else(|| self.wrong("atr", value, "2 to 33 bytes in hex are allowed"))
    }

    fn step(&self, fault: &RawFault) -> Result<Step, NotAPlan> {
        let at = match fault.at.get_ref() {
            Value::Integer(n) => u32::try_from(*n).ok().filter(|n| *n > 0).map(At::Command),
            Value::String(name) if name == "every" => Some(At::Every),
            Value::String(name) => Sort::NAMES.iter().find(|(known, _)| known == name).map(|(_, sort)| At::Next(*sort)),
            _ => None,
        };
        let names: Vec<&str> = Sort::NAMES.iter().map(|(name, _)| *name).collect();
        let at = at.ok_or_else(|| {
            self.wrong("at", &fault.at, format!("a command number from 1, \"every\" or one of {} is allowed", names.join(", ")))
        })?;

        let act = fault.act.get_ref().as_str();
        let needs = |key: &str| self.wrong("do", &fault.act, format!("`{act}` needs `{key}`"));
        let time = || -> Result<Duration, NotAPlan> {
            Ok(milliseconds(self.number("ms", fault.ms.as_ref(), 1, LONGEST_MS)?.ok_or_else(|| needs("ms"))?))
        };
        let (has_sw, has_ms, has_when) = match act {
            "fail" => (true, false, false),
            "delay" | "reader-lost" => (false, true, false),
            "remove" => (false, false, true),
            _ => (false, false, false),
        };
        let not_here = |key: &str| format!("not with `{act}`; `{key}` has no meaning there");
        let act = match act {
            "fail" => {
                let status = self.number("sw", fault.sw.as_ref(), 0x6100, 0x9FFF)?.ok_or_else(|| needs("sw"))?;
                Act::Fail(u16::try_from(status).map_err(|_| needs("sw"))?)
            }
            "delay" => Act::Delay(time()?),
            "remove" => match fault.when.as_ref().map(|when| when.get_ref().as_str()) {
                Some("before") => Act::RemoveBefore,
                None | Some("during") => Act::RemoveDuring,
                Some("after") => Act::RemoveAfter,
                Some(_) => {
                    return Err(fault
                        .when
                        .as_ref()
                        .map_or_else(|| needs("when"), |when| self.wrong("when", when, "before, during or after is allowed")));
                }
            },
            "cut" => Act::Cut,
            "silent" => Act::Silent,
            "reader-lost" => Act::LoseReader(time()?),
            _ => {
                return Err(self.wrong("do", &fault.act, "fail, delay, remove, cut, silent or reader-lost is allowed"));
            }
        };
        match fault {
            RawFault { sw: Some(sw), .. } if !has_sw => Err(self.wrong("sw", sw, not_here("sw"))),
            RawFault { ms: Some(ms), .. } if !has_ms => Err(self.wrong("ms", ms, not_here("ms"))),
            RawFault { when: Some(when), .. } if !has_when => Err(self.wrong("when", when, not_here("when"))),
            _ => Ok(Step { at, act }),
        }
    }
}
