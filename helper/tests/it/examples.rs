//! Every example of the protocol's page runs here, frame by frame and in its order.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::bytes::Base64;
use shared::reader::examples::{DIALOGUES, Dialogue, GREETING, Line};
use shared::reader::{ErrorCode, Frame, Request};

use super::world::{NONCE, ORIGIN, OTHER_ORIGIN, Page, World, http, statement};

/// Texts that differ from run to run, by their name.
struct Names(BTreeMap<String, String>);

impl Names {
    fn new() -> Self {
        let given = [("<nonce>", NONCE.to_vec()), ("<statement>", statement())];
        Self(given.map(|(name, bytes)| (name.to_owned(), Base64(bytes).to_text())).into())
    }

    /// Puts the texts in the places of their names.
    fn fill(&self, text: &str) -> String {
        let filled = self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
        assert!(!filled.contains('<'), "a name that nothing was learned for: {filled}");
        filled
    }

    /// Whether a frame is as the example says; a name takes its text when it is met first.
    fn fits(&mut self, example: &Value, real: &Value) -> bool {
        match (example, real) {
            (Value::String(name), Value::String(text)) if name.starts_with('<') => {
                !text.is_empty() && self.0.entry(name.clone()).or_insert_with(|| text.clone()) == text
            }
            (Value::Object(example), Value::Object(real)) => {
                example.len() == real.len() && example.iter().all(|(key, value)| real.get(key).is_some_and(|real| self.fits(value, real)))
            }
            (Value::Array(example), Value::Array(real)) => {
                example.len() == real.len() && example.iter().zip(real).all(|(example, real)| self.fits(example, real))
            }
            (example, real) => example == real,
        }
    }
}

struct Play {
    world: World,
    names: Names,
    page: Page,
    other: Option<Page>,
    ticket: String,
    /// Where the helper's own key lies.
    _own: tempfile::TempDir,
}

impl Play {
    async fn begin(dialogue: &Dialogue) -> Self {
        let own = tempfile::tempdir().unwrap();
        let world = World::with(dialogue.card, |settings| settings.identity = Some(own.path().to_owned())).await;
        let mut page = Page::connect(world.port(), ORIGIN).await.ok().unwrap();
        let mut other = None;
        let greets_itself = matches!(dialogue.lines[0], Line::Page(text) if text.contains("hello"));
        if !greets_itself {
            greet(&mut page).await;
            while page.next_json().await["state"]["readers"][0]["card"]["kind"].is_null() {}
        }
        if dialogue.lines.iter().any(|line| matches!(line, Line::Other(_))) {
            let mut second = Page::connect(world.port(), OTHER_ORIGIN).await.ok().unwrap();
            greet(&mut second).await;
            other = Some(second);
        }
        Self { world, names: Names::new(), page, other, ticket: String::new(), _own: own }
    }

    async fn line(&mut self, line: &Line) {
        match *line {
            Line::Page(text) => self.page.send(&self.names.fill(text)).await,
            Line::Other(text) => self.other.as_mut().unwrap().send(&self.names.fill(text)).await,
            Line::Helper(text) => {
                let real = self.page.next_json().await;
                if let Some(ticket) = real["ticket"].as_str() {
                    self.ticket = ticket.to_owned();
                }
                self.compare(text, &real);
            }
            Line::ToOther(text) => {
                let real = self.other.as_mut().unwrap().next_json().await;
                self.compare(text, &real);
            }
            Line::Person(digits) => drop(self.world.press(&self.ticket, &format!(r#"{{"pin":"{digits}"}}"#)).await),
            Line::PersonConfirms(digits) => {
                drop(self.world.press(&self.ticket, &format!(r#"{{"pin":"{digits}","last_try":true}}"#)).await);
            }
            Line::PersonTypesCode => {
                let person = virtual_card::people().iter().find(|person| person.id == "ichiro").expect("ichiro");
                drop(self.world.press(&self.ticket, &format!(r#"{{"code":"{}"}}"#, person.number_b())).await);
            }
            Line::Reader(order) => drop(self.world.simulator.tell(order).unwrap()),
            Line::Fetch(path, kind) => {
                let host = format!("127.0.0.1:{}", self.world.port());
                let head = [("Host", host.as_str()), ("Origin", ORIGIN)];
                let (status, head, _) = http(self.world.port(), "GET", &self.names.fill(path), &head, "").await;
                assert_eq!(status, 200);
                assert!(head.contains(&format!("content-type: {kind}\r\n")), "{head}");
            }
        }
    }

    fn compare(&mut self, text: &str, real: &Value) {
        let example: Value = serde_json::from_str(text).expect(text);
        assert!(self.names.fits(&example, real), "the example says\n  {example}\nand the helper\n  {real}");
    }
}

async fn greet(page: &mut Page) {
    let Line::Page(hello) = GREETING.lines[0] else { panic!("the greeting begins with the page") };
    page.send(hello).await;
    assert!(page.next_json().await["ok"]["hello"].is_object());
}

#[tokio::test]
async fn every_dialogue_happens_as_it_is_written() {
    for dialogue in DIALOGUES {
        println!("{}", dialogue.title);
        let mut play = Play::begin(dialogue).await;
        for line in dialogue.lines {
            play.line(line).await;
        }
        play.world.end().await;
    }
}

#[tokio::test]
#[should_panic(expected = "the example says")]
async fn an_example_that_is_wrong_by_one_number_is_found() {
    let mut play = Play::begin(&GREETING).await;
    play.line(&GREETING.lines[0]).await;
    let Line::Helper(text) = GREETING.lines[1] else { panic!("the answer") };
    let wrong: &'static str = text.replace("8192", "8191").leak();
    play.line(&Line::Helper(wrong)).await;
}

#[test]
fn a_name_stands_for_one_text_only() {
    let mut names = Names::new();
    let example = serde_json::json!({"a": "<x>", "b": ["<x>", 1]});
    assert!(names.fits(&example, &serde_json::json!({"a": "T", "b": ["T", 1]})));
    for wrong in [
        serde_json::json!({"a": "U", "b": ["U", 1]}),
        serde_json::json!({"a": "T", "b": ["T", 2]}),
        serde_json::json!({"a": "T", "b": ["T", 1], "c": 1}),
        serde_json::json!({"a": "T", "b": ["T"]}),
        serde_json::json!({"a": "T"}),
    ] {
        assert!(!names.fits(&example, &wrong), "{wrong}");
    }
}

#[test]
fn every_example_reads_as_its_type_and_each_kind_of_frame_has_one() {
    let names = Names::new();
    let (mut sent, mut heard) = (String::new(), String::new());
    for line in DIALOGUES.iter().flat_map(|dialogue| dialogue.lines) {
        match *line {
            Line::Helper(text) | Line::ToOther(text) => {
                // Texts that only a run can fill in: any will do where the type asks for base64.
                let any = text.replace("<certificate>", "AAAA").replace("<signature>", "AAAA").replace("<key>", "AAAA");
                serde_json::from_str::<Frame>(&any).expect(text);
                heard.push_str(text);
            }
            Line::Page(text) | Line::Other(text) => {
                let filled = names.fill(text);
                let is_refused = ["transmit", r#""op":"cancel"}"#, r#"{"v":1,"op""#].iter().any(|part| text.contains(part));
                assert_eq!(serde_json::from_str::<Request>(&filled).is_err(), is_refused, "{text}");
                sent.push_str(text);
            }
            Line::Person(_) | Line::PersonConfirms(_) | Line::PersonTypesCode | Line::Reader(_) | Line::Fetch(..) => {}
        }
    }
    for op in ["hello", "authenticate", "identify", "face", "pin_status", "cancel"] {
        assert!(sent.contains(&format!(r#""op":"{op}""#)), "{op}");
        assert!(heard.contains(&format!(r#""ok":{{"{op}""#)), "an answer to {op}");
    }
    for event in ["state", "pin_needed", "progress", "lease_lost"] {
        assert!(heard.contains(&format!(r#""ev":"{event}""#)), "{event}");
    }
    let codes = ErrorCode::ALL.iter().filter(|code| heard.contains(&format!(r#""code":{}"#, serde_json::to_string(code).unwrap()))).count();
    assert!(codes >= 12, "{codes} codes have an example");
}
