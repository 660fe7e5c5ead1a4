//! Answers that were broken on their way: whatever is still taken is of our request and of the person who was asked for.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::renkei::request::tests::check_of_ichiro;

const CASES: u32 = 4_000;

type Reader = fn(&[u8]) -> Result<Result<Taken, NotACheck>, NotTaken>;

/// How many were taken, were no finished check, were not ours, and could not be read.
#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    taken: u32,
    no_check: u32,
    not_ours: u32,
    unreadable: u32,
}

fn run(read: Reader) -> Result<Seen, String> {
    let lines: Vec<String> = single(HEAD, ICHIRO, ICHIRO).replace("><", ">\n<").lines().map(str::to_owned).collect();
    let values = select(vec![
        "",
        "1",
        "2",
        "9",
        "19600602",
        "19600603",
        "1960-06-02",
        "9919900002",
        "9919900010",
        "A-1",
        "A-2",
        "56",
        "0056",
        "57",
        "不明",
        "<x/>",
        "&x;",
    ]);
    let change = (0..lines.len(), 0..5_u8, values, 0..lines.len());
    let seen = std::cell::Cell::new(Seen::default());
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&(vec(change, 1..4), any::<bool>()), |(changes, is_shift_jis)| {
        let mut lines = lines.clone();
        for (place, kind, value, other) in changes {
            let place = place % lines.len().max(1);
            match kind {
                0 => drop(lines.remove(place)),
                1 => lines.insert(place, lines[place].clone()),
                2 => lines.truncate(other.max(1)),
                _ => {
                    let line = &mut lines[place];
                    if let (Some(begin), Some(end)) = (line.find('>'), line.rfind("</"))
                        && begin < end
                    {
                        line.replace_range(begin + 1..end, value);
                    }
                }
            }
            if lines.is_empty() {
                lines.push(String::new());
            }
        }
        let encoding = if is_shift_jis { Encoding::ShiftJis } else { Encoding::Utf8 };
        let mut now = seen.get();
        match read(&encoding.encode(&lines.join("\n"))) {
            Ok(Ok(taken)) => {
                now.taken += 1;
                let request = check_of_ichiro();
                prop_assert_eq!(&taken.check.institution, &request.institution);
                prop_assert_eq!(taken.check.identifier.as_ref(), Some(&request.identifier));
                let born = taken.check.eligibility.person.map(|person| person.birth_date.packed());
                prop_assert!(born.is_none_or(|day| day == "19600602"));
            }
            Ok(Err(_)) => now.no_check += 1,
            Err(NotTaken::NotOurs(_)) => now.not_ours += 1,
            Err(NotTaken::Unreadable(_) | NotTaken::Zip(_)) => now.unreadable += 1,
        }
        seen.set(now);
        Ok(())
    });
    outcome.map(|()| seen.get()).map_err(|why| why.to_string())
}

#[test]
fn f17_a_mangled_answer_is_never_taken_for_another() {
    let seen = run(|bytes| check(bytes, &check_of_ichiro())).unwrap();
    for count in [seen.taken, seen.no_check, seen.not_ours, seen.unreadable] {
        assert!(count > CASES / 50, "{seen:?}");
    }
}

#[test]
fn a_reader_that_does_not_look_whose_it_is_is_caught() {
    let unbound: Reader = |bytes| Ok(Taken::of(&Message::read(bytes)?));
    assert!(run(unbound).is_err());
}

#[test]
fn any_bytes_are_refused_without_a_panic() {
    let mut runner = TestRunner::new(Config { cases: 2_000, failure_persistence: None, ..Config::default() });
    let request = check_of_ichiro();
    let beginnings: Vec<&[u8]> = vec![b"", b"<XmlMsg>", b"PK\x03\x04", b"PK\x05\x06", b"\xEF\xBB\xBF<?xml?>", b"%PDF-"];
    let outcome = runner.run(&(select(beginnings), vec(any::<u8>(), 0..200)), |(beginning, bytes)| {
        let bytes = [beginning, &bytes].concat();
        prop_assert!(check(&bytes, &request).is_err());
        prop_assert!(accepted(&bytes, &request).is_err());
        let name = crate::renkei::name::parse("OQSmuhvq02res_1.zip");
        let crate::renkei::name::Found::Exchange(name) = name else { return Err(TestCaseError::fail("a name of ours")) };
        prop_assert!(crate::renkei::zip::plain(&bytes, &name).map_or(true, |plain| plain == bytes));
        Ok(())
    });
    outcome.unwrap();
}
