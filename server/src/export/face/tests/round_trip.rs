//! What is written is read back, over generated results in both encodings.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::export::layout::CD012;

/// Results of one run.
const CASES: u32 = 10_000;

/// Characters as they come: ordinary ones, old forms, 外字, letters beyond U+FFFF, marks that XML or a file could lose.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        40 => select("資格一郎受付花子在宅次郎県市町丁目番号０１２３－あいうアイウー　".chars().collect::<Vec<_>>()),
        10 => select("髙﨑神德彅閒晴祥隆①Ⅱ㈱〜～∥−－¥‾\\~".chars().collect::<Vec<_>>()),
        10 => prop::char::range('ｦ', 'ﾟ'),
        10 => prop::char::range(' ', '~'),
        4 => select("<>&\"'\r\n\t●".chars().collect::<Vec<_>>()),
        4 => prop::char::range('一', '龥'),
        1 => select("𠮷𩸽𡈽葛\u{E0100}\u{FE00}\u{E000}\u{E757}\u{F8FF}塚é한🏠\u{200B}\u{FEFF}\u{1}\u{7F}\u{85}\u{FFFE}".chars().collect::<Vec<_>>()),
        1 => any::<char>(),
    ]
}

/// Text of an element: never blank, since blank is absent.
fn words() -> impl Strategy<Value = String> {
    let is_seen = |text: &String| !text.bytes().all(|b| b.is_ascii_whitespace());
    let plain = vec(select("資格一郎髙﨑あア０ ｼｶﾞA<&".chars().collect::<Vec<_>>()), 1..12).prop_map(String::from_iter);
    let wild = vec(character(), 1..12).prop_map(String::from_iter);
    prop_oneof![3 => plain, 2 => wild].prop_filter("blank", is_seen)
}

/// A number or key: no white space around it.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[0-9]{1,20}", 1 => "[0-9A-Za-z０-９ｱ-ﾝ－-]{1,20}"]
}

fn some_day() -> impl Strategy<Value = CivilDate> {
    (0_i64..2_969_000).prop_map(|days| date("1868-01-01").plus_days(days))
}

fn instant() -> impl Strategy<Value = UnixMs> {
    (some_day(), 0_i64..86_400).prop_map(|(day, second)| day.at_jst(0, 0).plus_ms(second * 1000))
}

/// A code in words, or one that no table knows.
fn meaning(table: &'static crate::export::layout::Table) -> impl Strategy<Value = String> {
    let known: Vec<&str> = table.1.iter().map(|(_, meaning)| *meaning).collect();
    prop_oneof![9 => select(known).prop_map(str::to_owned), 1 => "[X-Z][0-9]"]
}

fn sex() -> impl Strategy<Value = Sex> {
    select(vec![Sex::Male, Sex::Female, Sex::Unset])
}

fn provided<T: std::fmt::Debug + Clone>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Provided<T>> {
    of(value).prop_map(|value| value.map_or(Provided::NotProvided, Provided::Value))
}

fn coverages() -> impl Strategy<Value = Coverage> {
    let ratio = || (0..=100_u8).prop_map(Percent);
    let elderly = (some_day(), of(some_day()), ratio()).prop_map(|(valid_from, valid_until, ratio)| ElderlyCertificate {
        valid_from,
        valid_until,
        ratio,
    });
    let limit = (meaning(&CD012), some_day(), of(some_day())).prop_map(|(level, valid_from, valid_until)| LimitCertificate {
        level,
        valid_from,
        valid_until,
    });
    let disease = (meaning(&CD013), some_day(), of(some_day()), of(any::<u32>()));
    let disease = disease.prop_map(|(category, valid_from, valid_until, self_pay_yen)| SpecificDisease {
        category,
        valid_from,
        valid_until,
        self_pay_yen,
    });
    let branch = of(prop_oneof![Just("00".to_owned()), Just("01".to_owned()), "[0-9]{2}"]);
    let number = prop_oneof![Just("06990014".to_owned()), Just("990010".to_owned()), key()];
    let keys = (number, words(), of(words()), key(), branch, meaning(&CD010));
    let person = (of(select(vec![Relation::Insured, Relation::Family])), of(words()), of(words()), of("[0-9]{3}-?[0-9]{4}"), of(sex()));
    let days = (of(some_day()), of(some_day()), of(meaning(&CD008)), of(some_day()), of(some_day()));
    let more = (provided(ratio()), any::<bool>(), of(elderly), provided(limit), provided(vec(disease, 1..4)));
    (keys, person, days, more).prop_map(|(keys, person, days, more)| Coverage {
        insurer_number: keys.0,
        insurer_name: keys.1,
        symbol: keys.2,
        member_number: keys.3,
        branch_number: keys.4,
        card_classification: keys.5,
        relation: person.0,
        insured_name: person.1,
        address: person.2,
        post_number: person.3,
        sex_on_back: person.4,
        qualified_on: days.0,
        disqualified_on: days.1,
        loss_reason: days.2,
        valid_from: days.3,
        valid_until: days.4,
        copay_ratio: more.0,
        is_preschool: more.1,
        elderly: more.2,
        limit: more.3,
        specific_diseases: more.4,
    })
}

fn consents() -> impl Strategy<Value = Vec<ItemConsent>> {
    let answers = vec((0..4_usize, of(instant()), of(instant())), 6);
    (subsequence(ConsentItem::ALL.to_vec(), 0..=6), answers).prop_map(|(items, answers)| {
        let one = |(item, (flag, at, until)): (ConsentItem, (usize, Option<UnixMs>, Option<UnixMs>))| {
            let known = if item == ConsentItem::LimitCertificate { 2 } else { 4 };
            ItemConsent { item, flag: Flag::ALL[flag % known], at, until: until.filter(|_| elements(item).until.is_some()) }
        };
        items.into_iter().zip(answers).map(one).collect()
    })
}

pub(super) fn checks() -> impl Strategy<Value = Check> {
    let person = (words(), words(), of(words()), some_day(), sex());
    let person =
        person.prop_map(|(name, name_kana, name_of_other, birth_date, sex)| Person { name, name_kana, name_of_other, birth_date, sex });
    let head = (select(Validity::ALL.to_vec()), instant(), "[0-9]{10}", of("[0-9A-Za-z_-]{1,50}"), of(key()));
    (head, person, vec(coverages(), 0..4), consents()).prop_map(|(head, person, mut coverages, consents)| {
        let (validity, checked_at, institution, identifier, reference_number) = head;
        let has_result = !coverages.is_empty();
        for coverage in &mut coverages {
            // 医療扶助 has a place of its own.
            if coverage.card_classification == "医療扶助" {
                coverage.card_classification = "一般".to_owned();
            }
            if coverage.insurer_number.len() == 8 && coverage.insurer_number.starts_with("12") {
                coverage.insurer_number = "06990014".to_owned();
            }
            // Code 05 reads by the day of the check.
            if CD010.code(&coverage.card_classification) == "05" {
                coverage.card_classification = classification("05", checked_at.jst_date() < date("2024-12-02")).to_owned();
            }
        }
        Check {
            institution: InstitutionCode::try_from(institution.as_str()).unwrap(),
            identifier,
            reference_number: reference_number.filter(|_| has_result),
            eligibility: Eligibility::of_insurance(validity, checked_at, Some(person).filter(|_| has_result), coverages),
            consents: if has_result { consents } else { Vec::new() },
        }
    })
}

type Writer = fn(&Check, Encoding) -> Result<Vec<u8>, Unwritable>;

/// How often each encoding held a check, and how often it did not.
#[derive(Default, Debug, Clone, Copy)]
struct Seen {
    written: [u32; 2],
    listed: [u32; 2],
}

/// Writes and reads generated checks; the first that comes back otherwise is an error.
fn run(cases: u32, write: Writer) -> Result<Seen, String> {
    let seen = std::cell::Cell::new(Seen::default());
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&checks(), |check| {
        let mut now = seen.get();
        for (place, encoding) in Encoding::ALL.into_iter().enumerate() {
            match write(&check, encoding) {
                Ok(bytes) => {
                    now.written[place] += 1;
                    let read = Message::read(&bytes).map_err(|why| TestCaseError::fail(why.to_string()))?;
                    prop_assert!(read.encoding == encoding || bytes.is_ascii());
                    prop_assert!(read.odd.is_empty() && !read.has_reference_conflict);
                    prop_assert_eq!(&Taken::of(&read).map_err(|why| TestCaseError::fail(why.to_string()))?.check, &check);
                }
                Err(unwritable) => {
                    now.listed[place] += 1;
                    prop_assert!(!unwritable.faults.is_empty());
                    let all: String = unwritable.faults.iter().flat_map(|fault| &fault.characters).collect();
                    prop_assert!(all.chars().all(|c| !encoding.fits(c)));
                }
            }
        }
        seen.set(now);
        Ok(())
    });
    outcome.map(|()| seen.get()).map_err(|why| why.to_string())
}

#[test]
fn ten_thousand_results_come_back_in_both_encodings() {
    let seen = run(CASES, Check::write).unwrap();
    // Both ways out of both encodings were taken, often.
    assert!(seen.written.iter().all(|count| *count > CASES / 10), "{seen:?}");
    assert!(seen.listed[1] > CASES / 10 && seen.listed[0] > CASES / 1000, "{seen:?}");
}

/// Controls: writers with the faults that this is about do not pass.
#[test]
fn a_writer_that_replaces_or_loses_something_is_caught() {
    let replacing: Writer = |check, encoding| {
        let text = String::from_utf8(check.write(Encoding::Utf8)?).unwrap();
        let fits = |c: char| if c.is_control() || encoding.fits(c) { c } else { '?' };
        Ok(encoding.encode(&text.replace("UTF-8", encoding.name()).chars().map(fits).collect::<String>()))
    };
    let no_branch_becomes_00: Writer = |check, encoding| {
        let mut check = check.clone();
        for coverage in &mut check.eligibility.coverages {
            coverage.branch_number.get_or_insert_with(|| "00".to_owned());
        }
        check.write(encoding)
    };
    let refusals_become_absent: Writer = |check, encoding| {
        let mut check = check.clone();
        check.consents.retain(|consent| consent.flag != Flag::Refused);
        check.write(encoding)
    };
    let line_ends_get_lost: Writer = |check, encoding| {
        let text = String::from_utf8(check.write(Encoding::Utf8)?).unwrap().replace("&#13;", "");
        check.write(encoding).map(|_| encoding.encode(&text))
    };
    for (name, writer) in [
        ("replacing", replacing),
        ("branch", no_branch_becomes_00),
        ("refusals", refusals_become_absent),
        ("line ends", line_ends_get_lost),
    ] {
        assert!(run(CASES, writer).is_err(), "{name}");
    }
}

/// The message with every element filled at random, also those that our checks do not know.
fn records(fields: &'static [Field]) -> BoxedStrategy<Record> {
    let mut all: BoxedStrategy<Record> = Just(Record::default()).boxed();
    for field in fields {
        let name = field.name;
        all = match field.shape {
            Shape::One(inner) => {
                let one = of(records(inner).prop_filter("empty", |one| *one != Record::default()));
                (all, one)
                    .prop_map(move |(mut all, one)| {
                        if let Some(one) = one {
                            all.set_one(name, one)
                        }
                        all
                    })
                    .boxed()
            }
            Shape::Many(_, inner) => {
                let many = of(vec(records(inner), 1..3));
                (all, many)
                    .prop_map(move |(mut all, many)| {
                        if let Some(many) = many {
                            all.set_many(name, many)
                        }
                        all
                    })
                    .boxed()
            }
            shape => {
                let value = match shape {
                    Shape::Text => words().boxed(),
                    Shape::Code(table) => select(table.1).prop_map(|(code, _)| (*code).to_owned()).boxed(),
                    Shape::Day => some_day().prop_map(CivilDate::packed).boxed(),
                    Shape::Time => instant().prop_map(UnixMs::jst_packed).boxed(),
                    Shape::Percent => (0..=100_u8).prop_map(|percent| format!("{percent:03}")).boxed(),
                    Shape::Key | Shape::Insurer | Shape::One(_) | Shape::Many(..) => key().boxed(),
                };
                (all, of(value))
                    .prop_map(move |(mut all, value)| {
                        all.set(name, value);
                        all
                    })
                    .boxed()
            }
        };
    }
    all
}

#[test]
fn every_element_comes_back_with_any_value() {
    let mut runner = TestRunner::new(Config { cases: 1000, failure_persistence: None, ..Config::default() });
    let messages = (records(HEADER), records(BODY)).prop_map(|(header, body)| Message { header, body });
    let written = std::cell::Cell::new([0_u32; 2]);
    let outcome = runner.run(&messages, |mut message| {
        for (place, encoding) in Encoding::ALL.into_iter().enumerate() {
            if let Ok(bytes) = message.write(encoding) {
                let mut count = written.get();
                count[place] += 1;
                written.set(count);
                message.header.set("CharacterCodeIdentifier", Some(encoding.identifier()));
                let read = Message::read(&bytes).map_err(|why| TestCaseError::fail(why.to_string()))?;
                prop_assert_eq!(&read.message, &message);
                prop_assert!(read.odd.is_empty() && read.refused.is_empty());
            }
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(written.get().iter().all(|count| *count > 20), "{:?}", written.get());
}

/// Lines of a good file taken out, doubled, moved or given another text: nothing breaks the reader, and what it understood it also
/// writes and understands again.
#[test]
fn a_mangled_file_is_refused_or_understood_the_same_way_twice() {
    let golden: Vec<&str> = include_str!("golden/check.xml").lines().collect();
    let odd = select(vec![
        "",
        " ",
        "0",
        "2",
        "99999999",
        "2024-01-17",
        "20240117101455",
        "1割",
        "A1",
        "不明",
        "　",
        "\u{E000}",
        "&#x41;",
        "&x;",
        "<x/>",
    ]);
    let change = (0..golden.len(), 0..4_u8, odd, 0..golden.len());
    let mut runner = TestRunner::new(Config { cases: 3000, failure_persistence: None, ..Config::default() });
    let counts = std::cell::Cell::new([0_u32; 3]);
    let outcome = runner.run(&(vec(change, 1..4), any::<bool>()), |(changes, is_shift_jis)| {
        let mut lines: Vec<String> = golden.iter().map(|line| (*line).to_owned()).collect();
        for (place, kind, text, other) in changes {
            let place = place % lines.len();
            match kind {
                0 => drop(lines.remove(place)),
                1 => lines.insert(place, lines[place].clone()),
                2 => {
                    let line = lines.remove(place);
                    lines.insert(other.min(lines.len()), line);
                }
                _ => {
                    if let (Some(begin), Some(end)) = (lines[place].find('>'), lines[place].rfind("</"))
                        && begin < end
                    {
                        lines[place].replace_range(begin + 1..end, text);
                    }
                }
            }
        }
        let encoding = if is_shift_jis { Encoding::ShiftJis } else { Encoding::Utf8 };
        let mut now = counts.get();
        let outcome = Message::read(&encoding.encode(&lines.join("\n"))).map(|read| Taken::of(&read));
        match &outcome {
            Err(_) => now[0] += 1,
            Ok(Err(_)) => now[1] += 1,
            Ok(Ok(taken)) => {
                now[2] += 1;
                let again =
                    Message::read(&taken.check.write(Encoding::Utf8).unwrap()).map_err(|why| TestCaseError::fail(why.to_string()))?;
                let mut expected = taken.check.clone();
                for coverage in &mut expected.eligibility.coverages {
                    // What is empty is left out when written.
                    if coverage.limit == Provided::None {
                        coverage.limit = Provided::NotProvided;
                    }
                    if coverage.specific_diseases == Provided::None {
                        coverage.specific_diseases = Provided::NotProvided;
                    }
                }
                prop_assert_eq!(&Taken::of(&again).map_err(|why| TestCaseError::fail(why.to_string()))?.check, &expected);
            }
        }
        counts.set(now);
        Ok(())
    });
    outcome.unwrap();
    assert!(counts.get().iter().all(|count| *count > 100), "{:?}", counts.get());
}
