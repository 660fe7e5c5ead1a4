//! `Consent`: base R4, since JP Core has only a placeholder.

use serde_json::Value;
use shared::domain::check::CheckWay;
use shared::domain::consent::{ConsentItem, ItemState, ended};

use super::node::{Node, concept, words};
use super::{Given, OURS, instant};

/// What was answered; `None` where nothing was asked.
pub(super) fn consent(given: &Given<'_>) -> Option<Node> {
    let record = given.record;
    let items = given.items();
    if items.is_empty() {
        return None;
    }
    let over = ended(record.expires_at, record.early_end(), given.now);
    let is_over = over.is_some();
    let end = over.map_or(record.expires_at, |(at, _)| at);
    let provisions = items.iter().map(|(item, state)| provision(*item, *state, is_over)).collect();
    let provision = Node::new()
        .set("period", Node::new().set("start", instant(record.consented_at)).set("end", instant(end)).value())
        .list("provision", provisions);
    let why = over.map(|(_, why)| Node::new().set("url", format!("{OURS}end-reason")).set("valueString", why.label()).value());
    let who = record.person().map(|_| given.reference("patient"));
    let node = Node::resource("Consent")
        .list("extension", why.into_iter().collect())
        .set("status", if is_over { "inactive" } else { "active" })
        .set("scope", concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy", "Privacy Consent"))
        .list("category", vec![concept("http://loinc.org", "59284-0", "Consent Document")])
        .maybe("patient", who.clone())
        .set("dateTime", instant(record.consented_at))
        .list("organization", vec![given.reference("institution")])
        .set("policyRule", words("オンライン資格確認での情報の提供・閲覧の同意"))
        .list("verification", vec![verification(given, who)])
        .set("provision", provision.value());
    Some(node)
}

/// How the person was known: PIN, the eye, or without a card.
fn verification(given: &Given<'_>, who: Option<Value>) -> Value {
    let way = given.record.check_way;
    let extension = Node::new().set("url", format!("{OURS}check-way")).set("valueCode", way.word()).value();
    let is_verified = matches!(way, CheckWay::Pin | CheckWay::Visual | CheckWay::PhoneUnlock);
    Node::new()
        .list("extension", vec![extension])
        .set("verified", is_verified)
        .maybe("verifiedWith", who)
        .set("verificationDate", instant(given.record.consented_at))
        .value()
}

/// One kind. What a living consent no longer opens is denied; one that is over as a whole says by its period that it opens nothing.
fn provision(item: ConsentItem, state: ItemState, is_over: bool) -> Value {
    let (word, label) = name(item);
    let (answer, permits) = match state {
        ItemState::Agreed => ("agreed", true),
        ItemState::Refused => ("refused", false),
        ItemState::Expired => ("expired", is_over),
        ItemState::Replaced => ("replaced", is_over),
        ItemState::Withdrawn => ("withdrawn", is_over),
        ItemState::NotApplicable | ItemState::NotAsked => ("not_asked", false),
    };
    let extension = Node::new().set("url", format!("{OURS}item-state")).set("valueCode", answer).value();
    Node::new()
        .list("extension", vec![extension])
        .set("type", if permits { "permit" } else { "deny" })
        .list("code", vec![concept(&format!("{OURS}consent-item"), word, label)])
        .value()
}

fn name(item: ConsentItem) -> (&'static str, &'static str) {
    match item {
        ConsentItem::Surgery => ("surgery", "手術情報"),
        ConsentItem::Treatment => ("treatment", "診療情報"),
        ConsentItem::Drug => ("drug", "薬剤情報"),
        ConsentItem::Checkup => ("checkup", "特定健診情報"),
        ConsentItem::LimitCertificate => ("limit_certificate", "限度額情報"),
        ConsentItem::SpecificDisease => ("specific_disease", "特定疾病療養受療証情報"),
    }
}
