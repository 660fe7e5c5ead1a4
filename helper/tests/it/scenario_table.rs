//! Every scenario of the virtual card × every operation: what the page is told, and what became of the tries.
//!
//! `scenario_table.md` is made here and compared: a scenario without its row fails, and so does an outcome that changed.
//! `UKETSUKE_ACCEPT=1` writes it anew; what it then says is to be read, line by line.

use std::cell::Cell;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::Serialize;
use shared::bytes::Base64;
use shared::reader::{Answer, Event, Failure, Frame, Spent, What};
use virtual_card::{Person, PinKind, people, scenarios};

use super::world::{NONCE, Page, World, statement};

const LEGEND: &str = "\
# Every scenario × every operation

Made and compared by `scenario_table.rs`. One cell is one card, fresh in its reader, and one request of a page.

- *kind*: what the page sees of the card. `gone, then …`: it was pulled meanwhile and is put back.
- *1234*, *0000*: `authenticate` with the right and with a wrong PIN. *code*, *wrong code*: `face` with the right and a wrong 照合番号B.
- `3 ▸ …`: the frame asked, and showed three tries; `1! ▸ …`: it warned of the last one; `? ▸ …`: the card tells no number.
  Without `▸` nobody was asked for anything.
- `a; b`: after the answer *a* the page asked again, as its person would: an iPhone is unlocked, then its PIN is chosen; a card that was
  pulled is put back.
- An error is its code; then the tries left and what became of the try, where it says so. *status*: tries of both PINs, certificate or none.
";

const COLUMNS: [Column; 7] =
    [Column::Kind, Column::Status, Column::Pin("1234"), Column::Pin("0000"), Column::Identify, Column::Code(true), Column::Code(false)];

/// Worlds at once: most of their time is waiting.
const AT_ONCE: usize = 12;

#[derive(Debug, Clone, Copy)]
enum Column {
    Kind,
    Status,
    Pin(&'static str),
    Identify,
    /// Whether it is the right one.
    Code(bool),
}

impl Column {
    fn title(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Status => "status",
            Self::Pin(pin) => pin,
            Self::Identify => "identify",
            Self::Code(true) => "code",
            Self::Code(false) => "wrong code",
        }
    }

    /// The request, without reader and generation, and what a person types in the frame.
    fn request(self, holder: &Person) -> Option<(String, String)> {
        let (nonce, statement) = (Base64(NONCE.to_vec()).to_text(), Base64(statement()).to_text());
        let (request, typed) = match self {
            Self::Kind => return None,
            Self::Status => (r#""op":"pin_status""#.to_owned(), String::new()),
            Self::Pin(pin) => (format!(r#""op":"authenticate","nonce":"{nonce}","statement":"{statement}""#), format!(r#""pin":"{pin}""#)),
            Self::Identify => (r#""op":"identify","consented":true"#.to_owned(), String::new()),
            Self::Code(is_right) => {
                let code = if is_right { holder.number_b() } else { "35060220339999".to_owned() };
                (r#""op":"face","consented":true"#.to_owned(), format!(r#""code":"{code}""#))
            }
        };
        Some((request, typed))
    }

    fn pin(self) -> PinKind {
        if matches!(self, Self::Code(_)) { PinKind::VisualNumberB } else { PinKind::Auth }
    }
}

/// The word that a value has on the wire.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().expect("a word").to_owned()
}

/// Waits until the kind of this insertion or a later one is known, or the card is gone again.
async fn settled(page: &mut Page, generation: u64) -> String {
    let was_there = Cell::new(false);
    let state = page
        .sees("a card that is known or gone", |state| {
            let card = state.readers.first().and_then(|reader| reader.card).filter(|card| card.generation >= generation);
            was_there.set(was_there.get() || card.is_some());
            card.map_or(was_there.get(), |card| card.kind.is_some())
        })
        .await;
    state.readers.first().and_then(|reader| reader.card).and_then(|card| card.kind).map_or("gone".to_owned(), word)
}

/// What comes of a request that was sent: the frame's question and a person's press are answered on the way.
async fn outcome(world: &World, page: &mut Page, id: u64, typed: &str) -> (String, usize, Option<Failure>) {
    enum Came {
        Asked(String, Option<u8>, bool),
        Done(Result<Answer, Failure>),
    }
    let next = |frame: &Frame| match frame {
        Frame::Event(Event { what: What::PinNeeded { request, ticket, tries_left, last_try, .. }, .. }) if *request == id => {
            Some(Came::Asked(ticket.clone(), *tries_left, *last_try))
        }
        Frame::Ok { id: done, ok } if *done == id => Some(Came::Done(Ok(ok.clone()))),
        Frame::Err { id: done, err } if *done == id => Some(Came::Done(Err(err.clone()))),
        _ => None,
    };
    let (mut text, mut presses) = (String::new(), 0);
    loop {
        match page.until("the question or the answer", next).await {
            Came::Asked(ticket, tries_left, last_try) => {
                presses += 1;
                let shown = tries_left.map_or("?".to_owned(), |left| left.to_string());
                let _ = write!(text, "{shown}{} ▸ ", if last_try { "!" } else { "" });
                world.press(&ticket, &format!(r#"{{{typed},"last_try":{last_try}}}"#)).await;
            }
            Came::Done(Ok(answer)) => {
                match answer {
                    Answer::Authenticate { .. } => text.push_str("signed"),
                    Answer::Identify { certificate } => {
                        let _ = write!(text, "{} bytes", certificate.0.len());
                    }
                    Answer::Face { signature, .. } => {
                        let _ = write!(text, "photo, {}", word(signature));
                    }
                    Answer::PinStatus { auth, sign, certificate } => {
                        let number = |tries: Option<u8>| tries.map_or("?".to_owned(), |tries| tries.to_string());
                        let _ = write!(text, "{} {} {}", number(auth), number(sign), if certificate { "yes" } else { "none" });
                    }
                    other => panic!("not asked for: {other:?}"),
                }
                return (text, presses, None);
            }
            Came::Done(Err(failure)) => {
                text.push_str(&word(failure.code));
                if let Some(left) = failure.tries_left {
                    let _ = write!(text, ", {left} left");
                }
                match failure.try_spent {
                    Spent::No => {}
                    Spent::Yes => text.push_str(", spent"),
                    Spent::Unknown => text.push_str(", spent?"),
                }
                return (text, presses, Some(failure));
            }
        }
    }
}

/// One cell.
async fn cell(id: &'static str, column: Column) -> String {
    let world = World::with(&format!("ichiro:{id}"), |settings| {
        if id == "dribble" {
            // The patience with a whole task, shortened; that it ends the task is what is to be seen.
            settings.patience.task = Duration::from_secs(6);
        }
    })
    .await;
    if id == "slow-uneven" {
        // At its longest it is as slow as the helper is patient, and the dice would decide.
        #[expect(clippy::disallowed_methods, reason = "the time of a slow card, shortened")]
        world.simulator.with(|card| card.set_wait(|time| std::thread::sleep(time / 10)));
    }
    let mut page = world.page().await;
    // Held by another program for longer than anybody wants to wait: that is what is to be told.
    let is_held = world.simulator.with(|card| card.busy_for()) > Duration::ZERO;
    let mut kind = if is_held { "not known".to_owned() } else { settled(&mut page, 1).await };
    if kind == "gone" {
        world.simulator.insert();
        kind = format!("gone, then {}", settled(&mut page, 2).await);
    }
    let holder = people().iter().find(|person| person.id == "ichiro").unwrap();
    let Some((request, typed)) = column.request(holder) else {
        world.end().await;
        return kind;
    };
    let mut told = Vec::new();
    let mut wishes = ["", r#","with_pin":true"#].into_iter();
    let (mut wish, mut is_second) = ("", false);
    loop {
        let reader = page.state.clone().unwrap().readers.first().cloned().expect("a reader");
        let generation = reader.card.map_or(0, |card| card.generation);
        let request = format!(r#"{request},"reader":"{}","generation":{generation},"take":null{wish}"#, reader.id);
        let (text, code) = request_by_law(&world, &mut page, &request, &typed, column.pin()).await;
        told.push(text);
        match code.as_deref() {
            Some("unlock_needed") => match wishes.next() {
                Some(next) => wish = next,
                None => break,
            },
            Some("card_removed" | "reader_lost") if !is_second => {
                is_second = true;
                // A reader that went away is back by itself.
                world.simulator.insert();
                settled(&mut page, generation + 1).await;
            }
            _ => break,
        }
    }
    world.end().await;
    told.join("; ")
}

/// One request, and the laws that hold for every card, whatever the table says: what was told, and the code of a failure.
async fn request_by_law(world: &World, page: &mut Page, request: &str, typed: &str, pin: PinKind) -> (String, Option<String>) {
    let look = || world.simulator.with(|card| (card.tries_left(pin), card.verify_count()));
    let (before, verifies) = look();
    let id = page.ask(request).await;
    let (text, presses, failure) = outcome(world, page, id, typed).await;
    let (after, verifies) = (look().0, look().1 - verifies);
    let what = format!("{}: {text}", world.simulator.with(|card| card.spec().to_string()));
    assert!(verifies <= presses && presses <= 1, "{what}: {verifies} VERIFY for {presses} presses");
    let Some(failure) = failure else {
        assert!(after >= before, "{what}: {before} tries before, {after} after");
        return (text, None);
    };
    match failure.try_spent {
        Spent::No => assert!(after >= before, "{what}: {before} tries before, {after} after, and none is said to be spent"),
        Spent::Yes => assert_eq!(after + 1, before, "{what}"),
        Spent::Unknown => assert!(verifies == 1 && after + 1 >= before, "{what}"),
    }
    if let Some(left) = failure.tries_left {
        assert_eq!(left, after, "{what}");
    }
    (text, Some(word(failure.code)))
}

/// The whole table, cells filled up so that columns stand below each other.
fn table() -> String {
    let next = AtomicUsize::new(0);
    // A thread for each world at work: one that opens its card must not hold up the page of another.
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::SeqCst);
            let (row, at) = (number / COLUMNS.len(), number % COLUMNS.len());
            let Some(scenario) = scenarios().get(row) else { return done };
            // Whatever breaks in one cell, the others are told too; what it was stands above the comparison.
            let text = catch_unwind(AssertUnwindSafe(|| runtime.block_on(cell(scenario.id, COLUMNS[at]))));
            done.push((row, at, text.unwrap_or_else(|_| "PANIC".to_owned())));
        }
    };
    let mut rows = vec![vec![String::new(); COLUMNS.len()]; scenarios().len()];
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        for (row, at, text) in threads.into_iter().flat_map(|thread| thread.join().unwrap()) {
            rows[row][at] = text;
        }
    });
    let names = scenarios().iter().map(|scenario| scenario.id.to_owned());
    let head = ["scenario"].into_iter().chain(COLUMNS.map(Column::title)).map(str::to_owned).collect();
    let mut lines: Vec<Vec<String>> = vec![head];
    lines.extend(names.zip(rows).map(|(name, row)| [vec![name], row].concat()));
    let widths: Vec<usize> = (0..=COLUMNS.len()).map(|at| lines.iter().map(|line| line[at].chars().count()).max().unwrap()).collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    lines.insert(1, rule);
    let mut text = format!("{LEGEND}\n");
    for line in lines {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

#[test]
fn each_operation_on_each_card_ends_as_the_table_says() {
    let made = table();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/scenario_table.md");
    if std::env::var_os("UKETSUKE_ACCEPT").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let rows = |text: &str| -> Vec<String> { text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect() };
    let (kept_rows, made_rows) = (rows(&kept), rows(&made));
    let missing: Vec<&String> = made_rows.iter().filter(|row| !kept_rows.contains(row)).collect();
    let over: Vec<&String> = kept_rows.iter().filter(|row| !made_rows.contains(row)).collect();
    assert!(
        made == kept,
        "helper/tests/it/scenario_table.md is another.\nit happened:\n{missing:#?}\nthe table says:\n{over:#?}\n\
         to take what happened: UKETSUKE_ACCEPT=1 cargo test -p helper --test it scenario_table"
    );
}

#[test]
fn no_scenario_is_without_its_row() {
    let names: Vec<&str> = include_str!("scenario_table.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | "))
        .map(|(name, _)| name.trim())
        .skip(2)
        .collect();
    assert_eq!(names, scenarios().iter().map(|scenario| scenario.id).collect::<Vec<_>>());
}
