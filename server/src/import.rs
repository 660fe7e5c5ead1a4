//! Results that came as files, taken into what is kept about people: what is new is added, what is the same stays, what a file does
//! not say empties nothing, and whatever is not sure is refused with its reason and left to a person.

pub mod run;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use shared::domain::calendar::UnixMs;
use shared::domain::coverage::{Coverage, Eligibility, Provided};
use shared::domain::institution::InstitutionCode;
use shared::domain::person::{Person, Sex};

use crate::consent::search_key;
use crate::export::bulk;
use crate::export::face::{self, NotACheck, Taken};
use crate::export::message::{Message, Unreadable};
use crate::store::reference::Insurance;
use crate::store::register::Kept;

/// What became of one result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody new.
    Added,
    /// Nothing that was not kept already.
    Same,
    /// Somebody known, with other values in these fields.
    Changed(Vec<String>),
    /// Not taken.
    Refused(Refusal),
    /// A newer result of the person is kept: it stays.
    Older,
}

/// Why a result is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no finished check.
    #[error(transparent)]
    NotACheck(#[from] NotACheck),
    /// F17.
    #[error("it is of another institution, {0}")]
    Institution(InstitutionCode),
    /// Not valid, or not exactly one result: shown to people, never filed by itself (`recekon.md` §4.1).
    #[error("資格有効性 is {0}: look at the file")]
    NotConfirmed(&'static str),
    /// 医療扶助 is of a month, and comes with the month's answer.
    #[error("it is about 医療扶助, which is fetched month by month")]
    Aid,
    /// F12.
    #[error("it has no 保険者番号 or no 被保険者証番号")]
    NoKeys,
    /// Somebody with these numbers and this birth date has another name.
    #[error("somebody with the same insurance and birth date is kept under another name: look whether it is one person")]
    OtherName,
    /// F08.
    #[error("its 照会番号 is kept for somebody else: correct the link first")]
    OtherNumber,
    /// F10: a name and a birth date alone never decide.
    #[error("somebody with the same name and birth date is kept with another insurance: look whether it is one person")]
    Perhaps,
}

/// The people who are kept, found by what a file says of them.
#[derive(Debug, Default)]
pub struct People {
    all: HashMap<String, Kept>,
    by_insurance: HashMap<String, Vec<String>>,
    by_number: HashMap<String, String>,
    by_name: HashMap<String, Vec<String>>,
    touched: BTreeSet<String>,
}

impl People {
    /// Those that are kept so far.
    #[must_use]
    pub fn of(kept: impl IntoIterator<Item = Kept>) -> Self {
        let mut people = Self::default();
        for one in kept {
            people.put(one);
        }
        people
    }

    /// Those that were added or changed, or have a newer day: to be written.
    pub fn touched(&self) -> impl Iterator<Item = &Kept> {
        self.touched.iter().filter_map(|id| self.all.get(id))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.all.len()
    }

    fn put(&mut self, kept: Kept) {
        let Some((person, coverage)) = parts(&kept.eligibility) else { return };
        let place = |map: &mut HashMap<String, Vec<String>>, key: String| {
            let ids = map.entry(key).or_default();
            if !ids.contains(&kept.id) {
                ids.push(kept.id.clone());
            }
        };
        place(&mut self.by_insurance, insurance_key(person, coverage));
        place(&mut self.by_name, name_key(person));
        if let Some(number) = &kept.reference_number {
            self.by_number.insert(number.clone(), kept.id.clone());
        }
        self.all.insert(kept.id.clone(), kept);
    }

    /// Takes one result in. The same result twice changes nothing the second time.
    pub fn take(&mut self, taken: Result<Taken, NotACheck>, institution: &InstitutionCode) -> Outcome {
        match self.try_take(taken, institution) {
            Ok(outcome) => outcome,
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    fn try_take(&mut self, taken: Result<Taken, NotACheck>, institution: &InstitutionCode) -> Result<Outcome, Refusal> {
        let Taken { check, is_confirmed, .. } = taken?;
        if check.institution != *institution {
            return Err(Refusal::Institution(check.institution));
        }
        if check.eligibility.medical_aid.is_some() {
            return Err(Refusal::Aid);
        }
        if !is_confirmed {
            return Err(Refusal::NotConfirmed(check.eligibility.validity.label()));
        }
        let new = Kept { id: String::new(), reference_number: check.reference_number, eligibility: check.eligibility };
        let Some((person, coverage)) = parts(&new.eligibility) else { return Err(Refusal::NoKeys) };
        if coverage.insurer_number.is_empty() || coverage.member_number.is_empty() {
            return Err(Refusal::NoKeys);
        }
        let Some(kept) = self.find(person, coverage, new.reference_number.as_deref())? else {
            let id = crate::hex(&crate::sha256(format!("{}\n{}", insurance_key(person, coverage), name_key(person)).as_bytes()));
            self.touched.insert(id.clone());
            self.put(Kept { id, ..new });
            return Ok(Outcome::Added);
        };
        let (kept_at, new_at) = (kept.eligibility.checked_at, new.eligibility.checked_at);
        if new_at < kept_at {
            return Ok(Outcome::Older);
        }
        let (former, merged) = (kept.clone(), merged(kept, new));
        let changed = differences(&former, &merged);
        if new_at > kept_at || !changed.is_empty() {
            self.touched.insert(merged.id.clone());
            self.put(merged);
        }
        Ok(if changed.is_empty() { Outcome::Same } else { Outcome::Changed(changed) })
    }

    /// Who a result is about: by insurance and birth date, or by 照会番号; never by a name alone.
    fn find(&self, person: &Person, coverage: &Coverage, number: Option<&str>) -> Result<Option<&Kept>, Refusal> {
        let kept = |ids: Option<&Vec<String>>| ids.into_iter().flatten().filter_map(|id| self.all.get(id)).collect::<Vec<_>>();
        let is_named = |one: &Kept| one.eligibility.person.as_ref().is_some_and(|kept| is_same_name(kept, person));
        let key = insurance_key(person, coverage);
        // Somebody's former insurance is no key to them.
        let insured: Vec<_> = kept(self.by_insurance.get(&key))
            .into_iter()
            .filter(|one| parts(&one.eligibility).is_some_and(|(person, coverage)| insurance_key(person, coverage) == key))
            .collect();
        let numbered = number.and_then(|number| self.by_number.get(number)).and_then(|id| self.all.get(id));
        if let Some(found) = insured.iter().find(|one| is_named(one)) {
            return if numbered.is_none_or(|other| other.id == found.id) { Ok(Some(found)) } else { Err(Refusal::OtherNumber) };
        }
        if !insured.is_empty() {
            return Err(Refusal::OtherName);
        }
        if let Some(found) = numbered {
            let is_born = found.eligibility.person.as_ref().is_some_and(|kept| kept.birth_date == person.birth_date);
            return if is_born && is_named(found) { Ok(Some(found)) } else { Err(Refusal::OtherNumber) };
        }
        let is_alike = |one: &&Kept| one.eligibility.person.as_ref().is_some_and(|kept| name_key(kept) == name_key(person));
        if kept(self.by_name.get(&name_key(person))).iter().any(is_alike) { Err(Refusal::Perhaps) } else { Ok(None) }
    }
}

fn parts(eligibility: &Eligibility) -> Option<(&Person, &Coverage)> {
    eligibility.person.as_ref().zip(eligibility.coverages.first())
}

/// T33: a branch number 00 is another than none.
fn insurance_key(person: &Person, coverage: &Coverage) -> String {
    format!("{} {}", person.birth_date, Insurance::of(coverage).key)
}

fn name_key(person: &Person) -> String {
    let name = if person.name_kana.is_empty() { &person.name } else { &person.name_kana };
    format!("{} {}", person.birth_date, search_key(name))
}

/// By kana; where one side has none, by the name.
fn is_same_name(one: &Person, other: &Person) -> bool {
    let [kana, other_kana, name, other_name] = [&one.name_kana, &other.name_kana, &one.name, &other.name].map(|text| search_key(text));
    if kana.is_empty() || other_kana.is_empty() { name == other_name } else { kana == other_kana }
}

fn keep<T>(new: &mut Option<T>, former: Option<T>) {
    if new.is_none() {
        *new = former;
    }
}

fn keep_provided<T>(new: &mut Provided<T>, former: Provided<T>) {
    if matches!(new, Provided::NotProvided) {
        *new = former;
    }
}

fn keep_text(new: &mut String, former: String) {
    if new.trim().is_empty() {
        *new = former;
    }
}

/// The new result over the former one: what the new one does not say stays (T31, T32).
fn merged(former: &Kept, mut new: Kept) -> Kept {
    new.id.clone_from(&former.id);
    keep(&mut new.reference_number, former.reference_number.clone());
    if let (Some(person), Some(old)) = (&mut new.eligibility.person, former.eligibility.person.clone()) {
        keep_text(&mut person.name, old.name);
        keep_text(&mut person.name_kana, old.name_kana);
        keep(&mut person.name_of_other, old.name_of_other);
        if person.sex == Sex::Unset {
            person.sex = old.sex;
        }
    }
    if let (Some(new), Some(old)) = (new.eligibility.coverages.first_mut(), former.eligibility.coverages.first().cloned())
        && Insurance::of(new).key == Insurance::of(&old).key
    {
        // 未就学 is the one field whose absence says no (T18).
        keep_text(&mut new.insurer_name, old.insurer_name);
        keep_text(&mut new.card_classification, old.card_classification);
        keep(&mut new.relation, old.relation);
        keep(&mut new.insured_name, old.insured_name);
        keep(&mut new.address, old.address);
        keep(&mut new.post_number, old.post_number);
        keep(&mut new.sex_on_back, old.sex_on_back);
        keep(&mut new.qualified_on, old.qualified_on);
        keep(&mut new.disqualified_on, old.disqualified_on);
        keep(&mut new.loss_reason, old.loss_reason);
        keep(&mut new.valid_from, old.valid_from);
        keep(&mut new.valid_until, old.valid_until);
        keep_provided(&mut new.copay_ratio, old.copay_ratio);
        keep(&mut new.elderly, old.elderly);
        keep_provided(&mut new.limit, old.limit);
        keep_provided(&mut new.specific_diseases, old.specific_diseases);
    }
    new
}

/// The fields that are not the same, by the names in which they are kept.
fn differences(former: &Kept, new: &Kept) -> Vec<String> {
    let fields = |kept: &Kept| {
        let mut all = BTreeMap::new();
        let parts = [
            serde_json::to_value(&kept.eligibility.person),
            serde_json::to_value(kept.eligibility.coverages.first()),
            Ok(serde_json::json!({ "reference_number": kept.reference_number })),
        ];
        for part in parts.into_iter().flatten() {
            if let serde_json::Value::Object(object) = part {
                all.extend(object);
            }
        }
        all
    };
    let (former, new) = (fields(former), fields(new));
    let names: BTreeSet<&String> = former.keys().chain(new.keys()).collect();
    names.into_iter().filter(|name| former.get(*name) != new.get(*name)).cloned().collect()
}

/// What a run did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Somebody new.
    pub added: usize,
    /// Known, and nothing new.
    pub same: usize,
    /// Of which a newer result is kept.
    pub older: usize,
    /// Known, and changed: file, line of a unit, and the fields.
    pub changed: Vec<(String, Option<usize>, Vec<String>)>,
    /// Taken all the same, but a person should look: file, line, and the elements (a check digit, an unknown code).
    pub doubtful: Vec<(String, Option<usize>, Vec<&'static str>)>,
    /// Not taken: file, line, and why.
    pub refused: Vec<(String, Option<usize>, Refusal)>,
    /// Files that cannot be read, and why.
    pub unreadable: Vec<(String, String)>,
    /// Elements that no table knows, by name.
    pub unknown: BTreeMap<String, usize>,
}

/// Reads a file, a single result or an answer to a bulk request, and takes in what it holds. `name` is what the report calls it.
pub fn take_file(people: &mut People, institution: &InstitutionCode, name: &str, bytes: &[u8], report: &mut Report) {
    if let Err(why) = try_file(people, institution, name, bytes, report) {
        report.unreadable.push((name.to_owned(), why.to_string()));
    }
}

fn try_file(people: &mut People, institution: &InstitutionCode, name: &str, bytes: &[u8], report: &mut Report) -> Result<(), Unreadable> {
    let mut one = |line: Option<usize>, taken: Result<Taken, NotACheck>| {
        let doubts = taken.as_ref().map(|taken| taken.doubts.clone()).unwrap_or_default();
        let outcome = people.take(taken, institution);
        if !doubts.is_empty() && !matches!(outcome, Outcome::Refused(_)) {
            report.doubtful.push((name.to_owned(), line, doubts));
        }
        match outcome {
            Outcome::Added => report.added += 1,
            Outcome::Same => report.same += 1,
            Outcome::Older => report.older += 1,
            Outcome::Changed(fields) => report.changed.push((name.to_owned(), line, fields)),
            Outcome::Refused(why) => report.refused.push((name.to_owned(), line, why)),
        }
    };
    // Both encodings write this name in the same bytes.
    let is_bulk = bytes.windows(BULK_MARK.len()).any(|part| part == BULK_MARK);
    let unknown = if is_bulk {
        bulk::read(bytes, &mut |unit| one(Some(unit.line), unit.taken))?.unknown
    } else {
        let read = Message::read(bytes)?;
        one(None, Taken::of(&read));
        read.message.unknown()
    };
    for (element, count) in unknown {
        *report.unknown.entry(element).or_default() += count;
    }
    Ok(())
}

const BULK_MARK: &[u8] = b"BulkConfirmUnit";

/// The order in which files are taken in: by the time in their name, then by name, so that the newest has the last word.
#[must_use]
pub fn order_of(name: &str) -> (UnixMs, String) {
    (face::time_in_name(name).unwrap_or(UnixMs(0)), name.to_owned())
}

#[cfg(test)]
mod tests;
