//! `helper/PROTOCOL.md` is made here from the types, the limits and the examples, and compared: it cannot drift.
//!
//! The types are read as source (`syn`), because comments are not there at run time. `UKETSUKE_ACCEPT=1` writes the page anew.

use std::fmt::Write as _;
use std::path::Path;

use helper::wire::{Limits, PIECES_MAX};
use helper::{Settings, config};
use serde_json::Value;
use shared::reader::examples::{DIALOGUES, Line};
use shared::reader::{ErrorCode, FRAME_MAX, PIN_STEP_MS, VERSION, WS_PATH, Who};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Field, Fields, GenericArgument, Item, Lit, Meta, PathArguments, Type, Variant};

const TEXT: &str = include_str!("protocol_page.md");
const SOURCE: &str = include_str!("../../../shared/src/reader.rs");
/// Keys that came after version 1, as `Type.key`, with the release of the protocol that brought them.
const LATER: &[(&str, &str)] = &[];
const WIDTH: usize = 150;

/// What an operation does, beyond what its type says.
struct Facts {
    op: &'static str,
    repeat: &'static str,
    on_the_way: &'static str,
    errors: &'static [ErrorCode],
}

/// Codes that any request may get.
const ANY: &[ErrorCode] = {
    use ErrorCode::*;
    &[BadMessage, UnknownOp, BadState, VersionMismatch, RateLimited, Internal]
};
/// Codes of whatever works with a card.
const CARD: &[ErrorCode] = {
    use ErrorCode::*;
    &[PcscDown, PcscDenied, NoReader, ReaderLost, NoCard, CardRemoved, CardUnknown, CardFault, Busy, LeaseHeld, LeaseLost, Cancelled]
};

const FACTS: &[Facts] = &[
    Facts { op: "hello", repeat: "Once per connection.", on_the_way: "No acknowledgement. Events follow from here on.", errors: &[] },
    Facts {
        op: "authenticate",
        repeat: "Not idempotent: every press may spend a try, and every success is another signature. Never repeat it without a person's act.",
        on_the_way: "Acknowledgement, then `pin_needed` with `asks: \"pin\"` (of a phone `\"phone_pin\"`), then `progress`. An iPhone is asked to \
                     sign first and comes to `progress` at once; `pin_needed` follows only in a request with `with_pin`, after one that ended \
                     in `unlock_needed` on the same connection.",
        errors: &[
            ErrorCode::StatementRefused,
            ErrorCode::NoCertificate,
            ErrorCode::CardNewer,
            ErrorCode::UnlockNeeded,
            ErrorCode::Timeout,
            ErrorCode::PinWrong,
            ErrorCode::PinBlocked,
        ],
    },
    Facts {
        op: "identify",
        repeat: "Idempotent: it only reads.",
        on_the_way: "Acknowledgement.",
        errors: &[ErrorCode::ConsentMissing, ErrorCode::PinRequired, ErrorCode::NoCertificate, ErrorCode::CardNewer],
    },
    Facts {
        op: "face",
        repeat: "Not idempotent: a wrong 照合番号B spends one of its ten tries.",
        on_the_way: "Acknowledgement, then `pin_needed` with `asks: \"face_code\"`, then `progress`.",
        errors: &[ErrorCode::ConsentMissing, ErrorCode::CardNewer, ErrorCode::Timeout, ErrorCode::PinWrong, ErrorCode::PinBlocked],
    },
    Facts { op: "pin_status", repeat: "Idempotent: it spends no try.", on_the_way: "Acknowledgement.", errors: &[] },
    Facts {
        op: "cancel",
        repeat: "Idempotent: the second one says that nothing was running.",
        on_the_way: "The target gets its own answer first: `cancelled`, or how it ended, where the card was quicker.",
        errors: &[],
    },
];

#[test]
fn the_protocol_page_says_what_the_types_say() {
    let made = page();
    for (number, line) in (1..).zip(made.lines()) {
        assert!(line.chars().count() <= 160, "line {number} is too long: {line}");
        assert!(!line.contains("{{"), "line {number} has a hole: {line}");
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("PROTOCOL.md");
    if std::env::var_os("UKETSUKE_ACCEPT").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = made.lines().zip(kept.lines()).find(|(made, kept)| made != kept);
    assert!(
        made == kept,
        "helper/PROTOCOL.md is behind, first at {differs:?}: UKETSUKE_ACCEPT=1 cargo test -p helper --test it protocol_page"
    );
}

#[test]
fn a_new_key_or_operation_changes_the_page() {
    let fields = |source: &str| Source::read(source).record("Reader");
    let more = SOURCE.replacen("    pub id: String,", "    pub id: String,\n    /// Made up.\n    pub serial: u32,", 1);
    assert_ne!(fields(SOURCE), fields(&more));
    assert!(fields(&more).contains("| `serial` | integer | 1 | Made up. |"), "{}", fields(&more));
    let ops = Source::read(SOURCE).variants("Op").iter().map(|op| word(&op.ident.to_string())).collect::<Vec<_>>();
    assert_eq!(ops, FACTS.iter().map(|facts| facts.op).collect::<Vec<_>>(), "every operation has its facts");
}

fn page() -> String {
    let source = Source::read(SOURCE);
    let settings = Settings::new(Vec::new(), Vec::new());
    let Limits { messages, ping_every, silence, send } = Limits::default();
    let mut page = TEXT.to_owned();
    for (hole, text) in [
        ("VERSION", VERSION.to_string()),
        ("WS_PATH", WS_PATH.to_owned()),
        ("PORT", config::PORT.to_string()),
        ("FRAME_MAX", FRAME_MAX.to_string()),
        ("PIECES_MAX", PIECES_MAX.to_string()),
        ("PIN_STEP", format!("{} s", PIN_STEP_MS / 1000)),
        ("clients", settings.clients.to_string()),
        ("connections", settings.connections.to_string()),
        ("handshake", format!("{} s", settings.handshake.as_secs())),
        ("wrong_memory", format!("{} minutes", settings.wrong_memory.as_secs() / 60)),
        ("messages", messages.to_string()),
        ("ping_every", format!("{} s", ping_every.as_secs())),
        ("silence", format!("{} s", silence.as_secs())),
        ("send", format!("{} s", send.as_secs())),
        ("end_ja", "この画面と読み取りプログラムの通信方式は、〇年〇月〇日に終わります。それまでに、端末の担当の方に読み取りプログラムの更新を頼んでください。".to_owned()),
        ("end_en", "The way this page talks to the reader program ends on DAY MONTH YEAR. Have the reader program updated before then.".to_owned()),
        ("frame Request", source.record("Request")),
        ("frames", source.choices("Frame", "####")),
        ("events", format!("{}\n{}", source.record("Event"), source.choices("What", "####"))),
        ("operations", operations(&source)),
        ("errors", errors()),
        ("types", types(&source)),
        ("examples", examples()),
    ] {
        page = page.replace(&format!("{{{{{hole}}}}}"), text.trim_end());
    }
    page
}

fn operations(source: &Source) -> String {
    let answers = source.variants("Answer");
    let mut text = String::new();
    for (number, (op, facts)) in (1..).zip(source.variants("Op").into_iter().zip(FACTS)) {
        let answer = answers.iter().find(|answer| answer.ident == op.ident).expect("every operation has an answer");
        let common = if matches!(facts.op, "hello" | "cancel") { "" } else { ", those of a card" };
        let own: String = facts.errors.iter().map(|code| format!(", `{}`", code_word(*code))).collect();
        let answered = doc(&answer.attrs);
        let answered = answered.trim_start_matches(&format!("To `{}`", facts.op)).trim_start_matches([':', '.', ' ']);
        let _ = writeln!(
            text,
            "### 5.{number} `{name}`\n\n{about}\n\n{request}\n- {on_the_way}\n- {repeat}\n- Errors: those of any request{common}{own}.\n\n\
             Answer, in `ok` under the key `{name}`{colon}{answered}\n\n{reply}",
            name = facts.op,
            about = wrap(&doc(&op.attrs)),
            request = fields(&op.fields, facts.op),
            on_the_way = wrap_item(facts.on_the_way),
            repeat = wrap_item(facts.repeat),
            colon = if answered.is_empty() { ":" } else { ": " },
            reply = fields(&answer.fields, &format!("answer to {}", facts.op)),
        );
    }
    let list = |codes: &[ErrorCode]| codes.iter().map(|code| format!("`{}`", code_word(*code))).collect::<Vec<_>>().join(", ");
    let named: Vec<ErrorCode> = FACTS.iter().flat_map(|facts| facts.errors).chain(ANY).chain(CARD).copied().collect();
    for code in ErrorCode::ALL {
        assert!(named.contains(code), "{code:?} belongs to no operation");
    }
    let intro = format!("Errors of any request: {}. Errors of a card: {}.", list(ANY), list(CARD));
    format!("{}\n\n{text}", wrap(&intro))
}

fn errors() -> String {
    let mut text = String::from("| code | who acts | again? | 画面の文 |\n|---|---|---|---|\n");
    for code in ErrorCode::ALL {
        let who = match code.who() {
            Who::User => "the person",
            Who::Admin => "who looks after the device",
            Who::Wait => "nobody: wait",
            Who::Developer => "a developer",
        };
        let again = if code.retriable() { "yes" } else { "no" };
        let _ = writeln!(text, "| `{}` | {who} | {again} | {} |", code_word(*code), code.ja());
    }
    text.push_str("\n`again?` (`retriable`): a new request may succeed, by a person's act.\n\n| code | what happened | English text |\n|---|---|---|\n");
    for code in ErrorCode::ALL {
        let _ = writeln!(text, "| `{}` | {} | {} |", code_word(*code), code.meaning().trim(), code.en());
    }
    text
}

fn code_word(code: ErrorCode) -> String {
    let Ok(Value::String(word)) = serde_json::to_value(code) else { panic!("a code is a word") };
    word
}

fn types(source: &Source) -> String {
    let mut text = String::new();
    for item in &source.0 {
        let (name, is_enum) = match item {
            Item::Struct(item) if is_public(&item.vis) => (item.ident.to_string(), false),
            Item::Enum(item) if is_public(&item.vis) => (item.ident.to_string(), true),
            _ => continue,
        };
        // Those that stand in a section of their own, or are in no frame.
        if !matches!(name.as_str(), "Request" | "Op" | "Frame" | "Answer" | "Event" | "What" | "Who") {
            let body = if is_enum { source.words(&name) } else { source.record(&name) };
            let _ = writeln!(text, "### {name}\n\n{}\n\n{body}", wrap(&source.about(&name)));
        }
    }
    text
}

fn examples() -> String {
    let mut text = String::new();
    for (number, dialogue) in (1..).zip(DIALOGUES) {
        let _ = writeln!(text, "### 10.{number} {}\n\n{} Card: `{}`.\n\n```text", dialogue.title, wrap(dialogue.note), dialogue.card);
        for line in dialogue.lines {
            let (who, what) = match *line {
                Line::Page(frame) => ("page", frame.to_owned()),
                Line::Helper(frame) => ("helper", frame.to_owned()),
                Line::Other(frame) => ("page 2", frame.to_owned()),
                Line::ToOther(frame) => ("helper 2", frame.to_owned()),
                Line::Person(digits) => ("person", format!("types {digits} in the helper's frame and presses 確定")),
                Line::PersonConfirms(digits) => ("person", format!("confirms the last try, types {digits} and presses 確定")),
                Line::PersonTypesCode => ("person", "types the 照合番号B that is printed on the card and presses 確定".to_owned()),
                Line::Reader(order) => ("person", format!("does `{order}` with the card")),
                Line::Fetch(path, kind) => ("page", format!("GET {path}: 200, {kind}")),
            };
            for (at, part) in what.lines().enumerate() {
                let _ = writeln!(text, "{:<9} {}", if at == 0 { who } else { "" }, part.trim_start());
            }
        }
        text.push_str("```\n\n");
    }
    text
}

/// The items of `shared::reader`.
struct Source(Vec<Item>);

impl Source {
    fn read(text: &str) -> Self {
        Self(syn::parse_file(text).expect("the source reads").items)
    }

    fn item(&self, name: &str) -> &Item {
        let is_it = |item: &&Item| match item {
            Item::Struct(item) => item.ident == name,
            Item::Enum(item) => item.ident == name,
            _ => false,
        };
        self.0.iter().find(is_it).unwrap_or_else(|| panic!("no type {name}"))
    }

    fn about(&self, name: &str) -> String {
        match self.item(name) {
            Item::Struct(item) => doc(&item.attrs),
            Item::Enum(item) => doc(&item.attrs),
            _ => String::new(),
        }
    }

    /// The table of a struct.
    fn record(&self, name: &str) -> String {
        let Item::Struct(item) = self.item(name) else { panic!("{name} is no struct") };
        fields(&item.fields, name)
    }

    fn variants(&self, name: &str) -> Vec<&Variant> {
        let Item::Enum(item) = self.item(name) else { panic!("{name} is no enum") };
        assert!(has_serde(&item.attrs, "rename_all", "snake_case") || has_serde(&item.attrs, "untagged", ""), "{name} in JSON");
        item.variants.iter().collect()
    }

    /// An enum whose variants have tables.
    fn choices(&self, name: &str, level: &str) -> String {
        let mut text = String::new();
        for variant in self.variants(name) {
            let word = word(&variant.ident.to_string());
            // The event has a section of its own.
            if !matches!(variant.fields, Fields::Named(_)) {
                continue;
            }
            let table = fields(&variant.fields, &word);
            let _ = writeln!(text, "{level} `{word}`\n\n{}\n\n{table}", wrap(&doc(&variant.attrs)));
        }
        text
    }

    /// An enum of words.
    fn words(&self, name: &str) -> String {
        let mut text = String::from("| value | since | meaning |\n|---|---|---|\n");
        for variant in self.variants(name) {
            let word = word(&variant.ident.to_string());
            let value = match &variant.fields {
                Fields::Unit => format!("\"{word}\""),
                Fields::Unnamed(inner) => format!("{{\"{word}\": {}}}", json(&inner.unnamed.first().expect("one value").ty)),
                Fields::Named(_) => panic!("{name} is no enum of words"),
            };
            let _ = writeln!(text, "| `{value}` | {} | {} |", since(name, &word), doc(&variant.attrs));
        }
        text
    }
}

fn fields(fields: &Fields, of: &str) -> String {
    let Fields::Named(named) = fields else { return String::new() };
    let mut text = String::from("| key | value | since | meaning |\n|---|---|---|---|\n");
    for field in &named.named {
        let key = serde_value(&field.attrs, "rename").unwrap_or_else(|| field.ident.as_ref().expect("a name").to_string());
        let key = key.as_str();
        let row = if has_serde(&field.attrs, "flatten", "") {
            format!(
                "| … | the keys of the {} | {} | {} |",
                if of == "Request" { "operation (§5), `op` among them" } else { "kind, `ev` among them" },
                since(of, key),
                doc(&field.attrs)
            )
        } else {
            format!("| `{key}` | {}{} | {} | {} |", json(&field.ty), optional(field), since(of, key), doc(&field.attrs))
        };
        let _ = writeln!(text, "{row}");
    }
    text
}

fn optional(field: &Field) -> &'static str {
    let is_left_out = |when: &str| has_serde(&field.attrs, "skip_serializing_if", when);
    match (is_left_out("Option::is_none"), is_left_out("std::ops::Not::not")) {
        (true, _) => ", missing if null",
        (false, true) => ", missing if false",
        (false, false) => "",
    }
}

fn since(of: &str, key: &str) -> String {
    let name = format!("{of}.{key}");
    LATER.iter().find(|(later, _)| *later == name).map_or_else(|| "1".to_owned(), |(_, since)| (*since).to_owned())
}

/// How a type looks in JSON.
fn json(of: &Type) -> String {
    let Type::Path(path) = of else { panic!("a type that this page cannot name") };
    let last = path.path.segments.last().expect("a name");
    let inner = || match &last.arguments {
        PathArguments::AngleBracketed(given) => match given.args.first() {
            Some(GenericArgument::Type(inner)) => json(inner),
            _ => panic!("a type that this page cannot name"),
        },
        _ => panic!("a type that this page cannot name"),
    };
    match last.ident.to_string().as_str() {
        "bool" => "true or false".to_owned(),
        "u8" | "u16" | "u64" | "u32" | "usize" => "integer".to_owned(),
        "String" => "string".to_owned(),
        "Base64" => "string: base64url, unpadded".to_owned(),
        "Option" => format!("{} or null", inner()),
        "Vec" => format!("array of {}", inner()),
        "Answer" => "the answer (§5)".to_owned(),
        "ErrorCode" => "string (§8)".to_owned(),
        name => format!("[{name}](#{})", name.to_lowercase()),
    }
}

/// `PinNeeded` → `pin_needed`, as serde does.
fn word(name: &str) -> String {
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

/// The comment of an item on one line, without the links of rustdoc.
fn doc(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(value) => match &value.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    let text = attributes.iter().filter_map(line).collect::<Vec<_>>().join(" ");
    assert!(!text.is_empty(), "a comment is missing");
    let text = text.replace("[`", "`").replace("`]", "`").replace("None", "null").replace("`Lease::Other`", "`other`");
    source_names(text)
}

/// `Op::PinStatus` → `pin_status`.
fn source_names(text: String) -> String {
    let names = text.split("Op::").skip(1).map(|rest| rest.chars().take_while(|c| c.is_alphanumeric()).collect::<String>());
    names.collect::<Vec<_>>().iter().fold(text, |text, name| text.replace(&format!("Op::{name}"), &word(name)))
}

fn has_serde(attributes: &[Attribute], key: &str, value: &str) -> bool {
    if !value.is_empty() {
        return serde_value(attributes, key).is_some_and(|text| text == value);
    }
    serde_metas(attributes).iter().any(|meta| matches!(meta, Meta::Path(path) if path.is_ident(key)))
}

/// The text of `#[serde(key = "text")]`.
fn serde_value(attributes: &[Attribute], key: &str) -> Option<String> {
    serde_metas(attributes).into_iter().find_map(|meta| match meta {
        Meta::NameValue(meta) if meta.path.is_ident(key) => match meta.value {
            Expr::Lit(lit) => match lit.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

fn serde_metas(attributes: &[Attribute]) -> Vec<Meta> {
    let of_serde = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let metas = of_serde
        .map(|attribute| attribute.parse_args_with(Punctuated::<Meta, syn::Token![,]>::parse_terminated).expect("serde's own form"));
    metas.flatten().collect()
}

fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

fn wrap(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("a line");
        if !last.is_empty() && last.chars().count() + word.chars().count() >= WIDTH {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.join("\n")
}

fn wrap_item(text: &str) -> String {
    wrap(text).replace('\n', "\n  ")
}
