//! One finished check as FHIR R4 (JP Core 1.2 where it has a profile): a `Bundle` of `Patient`, `Coverage`, `Consent`,
//! `CoverageEligibilityResponse` and `Provenance`. Read [`Given::of`] for what leaves the server.
//!
//! What the source did not give is left out and never explained (T31). 個人番号 and 性別2 have no place here; nor have 限度額 and 特定疾病,
//! for which JP Core has none.

mod consent;
mod coverage;
mod node;
mod person;
mod response;
mod text;

use serde_json::Value;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{ConsentItem, ItemState};
use shared::domain::coverage::Eligibility;
use shared::domain::institution::InstitutionCode;

use crate::store::ConsentRecord;
use node::Node;

/// The media type of a resource.
pub const MEDIA_TYPE: &str = "application/fhir+json";

const PROFILE: &str = "http://jpfhir.jp/fhir/core/StructureDefinition/";
const INSURER_NUMBER: &str = "http://jpfhir.jp/fhir/core/mhlw/IdSystem/InsurerNumber";
const INSTITUTION_NUMBER: &str = "http://jpfhir.jp/fhir/core/IdSystem/insurance-medical-institution-no";
/// Before every name of ours: none of these is known to JP Core.
const OURS: &str = "urn:x-uketsuke:";

/// A check as it may leave.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    record: &'a ConsentRecord,
    institution: &'a InstitutionCode,
    now: UnixMs,
    /// Whether the consents leave with it.
    has_consents: bool,
}

impl<'a> Given<'a> {
    /// The check behind a stored consent as it may leave at `now`; its consents only for who may read them.
    #[must_use]
    pub fn of(record: &'a ConsentRecord, institution: &'a InstitutionCode, now: UnixMs, has_consents: bool) -> Self {
        Self { record, institution, now, has_consents }
    }

    /// The bundle of this check alone; the same as long as nothing of it changes.
    #[must_use]
    pub fn bundle(&self) -> Value {
        page(std::iter::once(*self), None)
    }

    /// Its resources, each with its `fullUrl`, as entries of a bundle.
    #[must_use]
    pub fn entries(&self) -> Vec<Value> {
        let eligibility = self.eligibility();
        let coverages = coverage::all(self, &eligibility);
        let consent = self.has_consents.then(|| consent::consent(self)).flatten();
        let response = response::response(self, &eligibility, &coverages);
        let patient = eligibility.person.as_ref().map(|person| person::patient(self, person, &eligibility));
        let mut resources: Vec<(String, Node)> = vec![("institution".to_owned(), person::institution(self))];
        resources.extend(patient.map(|patient| ("patient".to_owned(), patient)));
        resources.extend(coverages.into_iter().map(|coverage| (coverage.part, coverage.node)));
        resources.extend(consent.map(|consent| ("consent".to_owned(), consent)));
        resources.push(("response".to_owned(), response));
        let targets: Vec<Value> =
            resources.iter().filter(|(part, _)| part != "institution").map(|(part, _)| self.reference(part)).collect();
        resources.push(("provenance".to_owned(), response::provenance(self, targets)));
        let entry = |(part, node): (String, Node)| {
            let resource = node.set("id", self.id(&part)).value();
            Node::new().set("fullUrl", self.url(&part)).set("resource", resource).value()
        };
        resources.into_iter().map(entry).collect()
    }

    /// The eligibility without what a consent that ended, or was taken back, had opened.
    fn eligibility(&self) -> Eligibility {
        self.record.shown_at(self.record.eligibility.clone(), self.now)
    }

    /// The items that were asked and apply, as they stand now.
    fn items(&self) -> Vec<(ConsentItem, ItemState)> {
        let items = self.record.items_at(self.now).into_iter();
        items.filter(|(_, state)| !matches!(state, ItemState::NotAsked | ItemState::NotApplicable)).collect()
    }

    /// Names a resource of this check: made of the check's own id, so that it is the same on every fetch.
    fn id(&self, part: &str) -> String {
        named(self.record.id.as_str(), part)
    }

    fn url(&self, part: &str) -> String {
        format!("urn:uuid:{}", self.id(part))
    }

    fn reference(&self, part: &str) -> Value {
        Node::new().set("reference", self.url(part)).value()
    }
}

/// An id made of what it is of.
fn named(of: &str, part: &str) -> String {
    let hash = crate::sha256(format!("uketsuke fhir\n{of}\n{part}").as_bytes());
    let mut hex: Vec<char> = hash.iter().take(16).flat_map(|byte| format!("{byte:02x}").chars().collect::<Vec<_>>()).collect();
    // Version 8: of our own making.
    for (place, digit) in [(12, '8'), (16, '8')] {
        if let Some(one) = hex.get_mut(place) {
            *one = digit;
        }
    }
    let part = |from: usize, to: usize| hex.iter().skip(from).take(to - from).collect::<String>();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// Some checks in one bundle; `next` is what to ask with for those behind them.
#[must_use]
pub fn page<'a>(checks: impl Iterator<Item = Given<'a>>, next: Option<&str>) -> Value {
    let mut entries = Vec::new();
    let mut ids = String::new();
    for check in checks {
        ids.push_str(check.record.id.as_str());
        entries.extend(check.entries());
    }
    let link = |after: &str| Node::new().set("relation", "next").set("url", format!("{OURS}after:{after}")).value();
    Node::resource("Bundle")
        .set("id", named("page", &ids))
        .set("type", "collection")
        .list("link", next.map(link).into_iter().collect())
        .list("entry", entries)
        .value()
}

/// An instant as FHIR writes it, to the second, in Japan's time.
fn instant(at: UnixMs) -> String {
    let (hour, minute) = at.jst_time();
    format!("{}T{hour:02}:{minute:02}:{:02}+09:00", at.jst_date(), at.0.div_euclid(1000).rem_euclid(60))
}

#[cfg(test)]
mod tests;
