//! The answer (`CoverageEligibilityResponse`, base R4), and how it came about (`Provenance`).

use serde_json::Value;
use shared::domain::coverage::Eligibility;

use super::coverage::One;
use super::node::{Node, concept, identifier, words};
use super::{Given, OURS, instant};

/// The answer. A check that is stored was answered, so its outcome is `complete`; what was answered stands in the disposition.
pub(super) fn response(given: &Given<'_>, eligibility: &Eligibility, coverages: &[One]) -> Node {
    let nobody = || Node::new().set("type", "Patient").set("display", "該当する資格がありません").value();
    let patient = if eligibility.person.is_some() { given.reference("patient") } else { nobody() };
    let insurer = coverages.first().map(|one| one.payer.clone());
    let insurer = insurer.unwrap_or_else(|| Node::new().set("type", "Organization").set("display", "資格確認の回答").value());
    let insurance =
        coverages.iter().map(|one| Node::new().set("coverage", given.reference(&one.part)).maybe("inforce", one.is_in_force).value());
    let receipt = identifier(&format!("{OURS}receipt"), &given.record.receipt);
    Node::resource("CoverageEligibilityResponse")
        .list("identifier", vec![receipt.clone()])
        .set("status", "active")
        .list("purpose", vec![Value::from("validation")])
        .set("patient", patient)
        .set("servicedDate", eligibility.checked_at.jst_date().to_string())
        .set("created", instant(eligibility.checked_at))
        .set("requestor", given.reference("institution"))
        .set("request", Node::new().set("type", "CoverageEligibilityRequest").set("identifier", receipt).value())
        .set("outcome", "complete")
        .set("disposition", eligibility.validity.label())
        .set("insurer", insurer)
        .list("insurance", insurance.collect())
}

/// By which way and with what the person was known, who helped, and whose check it is.
pub(super) fn provenance(given: &Given<'_>, targets: Vec<Value>) -> Node {
    let record = given.record;
    let medium = Node::new()
        .set("identifier", identifier(&format!("{OURS}medium"), record.medium.word()))
        .set("display", record.medium.label())
        .value();
    let kind = |code: &str, display: &str| concept("http://terminology.hl7.org/CodeSystem/provenance-participant-type", code, display);
    let asked_by = Node::new().set("type", kind("performer", "Performer")).set("who", given.reference("institution")).value();
    let helped_by = record
        .occasion
        .assist
        .map(|assist| Node::new().set("type", words("介助")).set("who", Node::new().set("display", assist.label()).value()).value());
    Node::resource("Provenance")
        .list("target", targets)
        .set("recorded", instant(record.consented_at))
        .set("activity", concept(&format!("{OURS}check-way"), record.check_way.word(), record.check_way.label()))
        .list("agent", std::iter::once(asked_by).chain(helped_by).collect())
        .list("entity", vec![Node::new().set("role", "source").set("what", medium).value()])
}
