//! No bug, retry, reconnect, duplicate message or hostile page spends a PIN try: random sequences over hub, its queue and card threads.
//!
//! A card thread stops before everything it does (`harness`), and between two stops anything may happen (`sequence`): presses, cancels, reloads,
//! replays, cards pulled, readers lost, faults at any command, the helper killed. The oracle counts presses and asks the card itself.
//! The mutants show that the oracle sees what it should.

mod harness;
mod sequence;

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

use shared::bytes::Base64;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{Choice, Choices};
use shared::domain::institution::{InstitutionCode, VisitKind};
use shared::domain::visit::Purpose;
use shared::evidence::Statement;
use virtual_card::{Card, people};

use self::harness::{Dice, shrunk};
use self::sequence::Sequence;

/// Sequences of a plain test run. `UKETSUKE_PIN_MACHINE_CASES` asks for others, `UKETSUKE_PIN_MACHINE_SEED` for another first seed.
const CASES: u64 = 10_000;
/// Sequences within which every mutant must be found.
const MUTANT_CASES: u64 = 4_000;

/// A fault put in on purpose, between helper and card or between person and helper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mutant {
    /// The card channel sends a VERIFY again when its answer is lost.
    RepeatsVerify,
    /// The card thread works on each task twice, as if a ticket served two presses.
    WorksTwice,
    /// The word for the last try is said for the person.
    SaysTheWord,
    /// The retry query is answered from memory.
    CountsFromMemory,
    /// A VERIFY whose answer is lost is told as refused.
    HidesTheLoss,
    /// The PIN state is not cleared.
    NeverClears,
}

const MUTANTS: [Mutant; 6] =
    [Mutant::RepeatsVerify, Mutant::WorksTwice, Mutant::SaysTheWord, Mutant::CountsFromMemory, Mutant::HidesTheLoss, Mutant::NeverClears];

/// How often what happened, so that a run that reaches nothing cannot pass.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    presses: usize,
    verifies: usize,
    spent: usize,
    right: usize,
    wrong: usize,
    unknown: usize,
    faults: usize,
    given_up: usize,
    cuts: usize,
    replays: usize,
    kills: usize,
    others: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.presses, other.presses),
            (&mut self.verifies, other.verifies),
            (&mut self.spent, other.spent),
            (&mut self.right, other.right),
            (&mut self.wrong, other.wrong),
            (&mut self.unknown, other.unknown),
            (&mut self.faults, other.faults),
            (&mut self.given_up, other.given_up),
            (&mut self.cuts, other.cuts),
            (&mut self.replays, other.replays),
            (&mut self.kills, other.kills),
            (&mut self.others, other.others),
        ];
        pairs.into_iter().for_each(|(sum, more)| *sum += more);
    }

    fn numbers(&self) -> [usize; 12] {
        let Self { presses, verifies, spent, right, wrong, unknown, faults, given_up, cuts, replays, kills, others } = *self;
        [presses, verifies, spent, right, wrong, unknown, faults, given_up, cuts, replays, kills, others]
    }
}

/// Cards to begin with; keys are made once and signatures once.
struct Cards(Mutex<Vec<(Card, String)>>);

impl Cards {
    fn get() -> &'static Self {
        static CARDS: OnceLock<Cards> = OnceLock::new();
        CARDS.get_or_init(|| {
            let folder = folder();
            #[expect(clippy::disallowed_methods, reason = "certificates must be valid now")]
            let now = std::time::SystemTime::now();
            virtual_card::make(&folder, now).expect("cards can be made");
            let open = |text: &str| {
                let mut card = Card::open(&folder, &text.parse().unwrap()).unwrap();
                card.remember_signatures(true);
                let person = people().iter().find(|person| text.starts_with(person.id)).unwrap();
                (card, person.number_b())
            };
            let specs = [
                "ichiro:normal",
                "hanako:normal",
                "ichiro:wrong-pin-1",
                "hanako:last-try",
                "ichiro:last-try",
                "hanako:face-last-try",
                "ichiro:sw-6300",
                "hanako:sw-9000-query",
                "ichiro:first-6f00",
                "hanako:no-extended",
                "ichiro:verify-6c",
                "hanako:61-6c",
                "ichiro:phone-android",
                "hanako:kept-on-reset",
                "ichiro:locked",
                "hanako:no-user-cert",
                "ichiro:juki",
                "hanako:phone-ios",
                "ichiro:phone-ios-bio",
                "hanako:phone-ios-bio-late",
                "ichiro:next-gen",
            ];
            Self(Mutex::new(specs.map(open).into()))
        })
    }

    /// A fresh card and its 照合番号B; healthy ones are the most.
    fn fresh(&self, number: u64) -> (Card, String) {
        let cards = self.0.lock().unwrap();
        let healthy = number % 100 < 60;
        let at = usize::try_from(number / 100).unwrap_or(0) % if healthy { 6 } else { cards.len() };
        let (card, face_code) = &cards[at];
        (card.fresh(), face_code.clone())
    }

    fn nonce() -> &'static str {
        static NONCE: OnceLock<String> = OnceLock::new();
        NONCE.get_or_init(|| Base64(vec![0x5A; 32]).to_text())
    }

    fn statement() -> &'static str {
        static STATEMENT: OnceLock<String> = OnceLock::new();
        STATEMENT.get_or_init(|| {
            let statement = Statement {
                institution: InstitutionCode::try_from("9969900001").unwrap(),
                visit_kind: VisitKind::HomeVisit,
                purpose: Purpose::Register,
                booked_on: None,
                choices: Choices::all(Choice::Agree),
                notice_version: "2026-11".to_owned(),
                language: "ja".to_owned(),
                at: UnixMs(1_705_454_100_000),
            };
            Base64(statement.to_bytes()).to_text()
        })
    }
}

/// Beside the test programs, kept between runs.
fn folder() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.ancestors().nth(3).unwrap().join("tmp/machine-of-tries-cards")
}

/// The steps of a sequence.
fn steps(seed: u64) -> Vec<u64> {
    let mut dice = Dice(seed);
    let length = 15 + dice.below(65);
    (0..length).map(|_| dice.next()).collect()
}

/// Runs one sequence; `Err` says what was wrong, with the story if it was wanted.
fn run(seed: u64, steps: &[u64], mutant: Option<Mutant>, is_told: bool) -> (Tally, Result<(), (String, Vec<String>)>) {
    let mut sequence = Sequence::begin(Cards::get(), Dice(!seed), mutant, is_told);
    for step in steps {
        sequence.step(*step);
        if sequence.violation.is_some() {
            break;
        }
    }
    if sequence.violation.is_none() {
        sequence.settle();
    }
    sequence.kill();
    let story = sequence.story.take().unwrap_or_default();
    (sequence.tally, sequence.violation.take().map_or(Ok(()), |what| Err((what, story))))
}

/// Says all that is needed to understand and repeat a failure.
fn report(seed: u64, what: &str) -> String {
    let fails = |steps: &[u64]| run(seed, steps, None, false).1.is_err();
    let fewest = shrunk(steps(seed), fails);
    let story = run(seed, &fewest, None, true).1.err().map(|(_, story)| story).unwrap_or_default();
    format!(
        "{what}\nagain: UKETSUKE_PIN_MACHINE_SEED={seed} UKETSUKE_PIN_MACHINE_CASES=1\n{} steps are enough:\n  {}",
        fewest.len(),
        story.join("\n  ")
    )
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn no_sequence_of_events_spends_more_tries_than_a_person_pressed() {
    let (first, cases) = (number("UKETSUKE_PIN_MACHINE_SEED", 1), number("UKETSUKE_PIN_MACHINE_CASES", CASES));
    let begun = std::time::Instant::now();
    let mut sum = Tally::default();
    for seed in first..first + cases {
        let steps = steps(seed);
        let ran = std::panic::catch_unwind(|| run(seed, &steps, None, false));
        let (tally, result) = ran.unwrap_or_else(|_| panic!("seed {seed} panicked"));
        if let Err((what, _)) = result {
            panic!("{}", report(seed, &what));
        }
        sum.add(&tally);
    }
    println!("{cases} sequences from seed {first} in {:.1} s, no violation: {sum:?}", begun.elapsed().as_secs_f64());
    assert!(cases < 1000 || sum.numbers().iter().all(|number| *number > 0), "something never happened: {sum:?}");
}

#[test]
fn the_oracle_finds_every_mutant() {
    for mutant in MUTANTS {
        let caught = (1..=MUTANT_CASES).find_map(|seed| Some((seed, run(seed, &steps(seed), Some(mutant), false).1.err()?.0)));
        let (seed, what) = caught.unwrap_or_else(|| panic!("{mutant:?} was not found within {MUTANT_CASES} sequences"));
        println!("{mutant:?}: found by sequence {seed}: {what}");
    }
}
