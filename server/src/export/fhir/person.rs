//! Who: `Patient`, and the institution as `Organization`.

use serde_json::Value;
use shared::domain::coverage::Eligibility;
use shared::domain::person::{Person, Sex};

use super::node::{Node, identifier};
use super::text::full_kana;
use super::{Given, INSTITUTION_NUMBER, PROFILE};

/// How a name is written: `IDE` kanji, `SYL` kana, `ABC` letters.
const REPRESENTATION: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation";

/// The institution whose check this is.
pub(super) fn institution(given: &Given<'_>) -> Node {
    let profile = Value::from(format!("{PROFILE}JP_Organization"));
    Node::resource("Organization")
        .set("meta", Node::new().list("profile", vec![profile]).value())
        .list("identifier", vec![identifier(INSTITUTION_NUMBER, given.institution.as_str())])
}

/// The person. Their 照会番号 is the number that the institution has for them.
pub(super) fn patient(given: &Given<'_>, person: &Person, eligibility: &Eligibility) -> Node {
    let profile = Value::from(format!("{PROFILE}JP_Patient"));
    let number = given.record.reference_number.as_deref();
    // JP Core: the root of an institution's own numbers is 1 and its ten digits.
    let number = number.map(|number| identifier(&format!("urn:oid:1.2.392.100495.20.3.51.1{}", given.institution), number));
    let other = person.name_of_other.as_deref();
    let letters = if other.is_some_and(|name| name.is_ascii()) { "ABC" } else { "IDE" };
    let names = [
        name("official", "IDE", Some(&person.name)),
        name("official", "SYL", Some(&full_kana(&person.name_kana))),
        name("usual", letters, other),
    ];
    let gender = match person.sex {
        Sex::Male => "male",
        Sex::Female => "female",
        Sex::Unset => "unknown",
    };
    Node::resource("Patient")
        .set("meta", Node::new().list("profile", vec![profile]).value())
        .list("identifier", number.into_iter().collect())
        .list("name", names.into_iter().flatten().collect())
        .set("gender", gender)
        .set("birthDate", person.birth_date.to_string())
        .list("address", addresses(eligibility))
        .set("managingOrganization", given.reference("institution"))
}

fn name(usage: &str, representation: &str, name: Option<&str>) -> Option<Value> {
    let name = name.map(str::trim).filter(|name| !name.is_empty())?;
    let extension = Node::new().set("url", REPRESENTATION).set("valueCode", representation).value();
    let node = Node::new().list("extension", vec![extension]).set("use", usage).set("text", name);
    let node = match name.split_once(char::is_whitespace) {
        Some((family, given)) => node.text("family", Some(family)).list("given", vec![Value::from(given.trim())]),
        None => node,
    };
    Some(node.value())
}

/// The addresses that were given, each once.
fn addresses(eligibility: &Eligibility) -> Vec<Value> {
    let insurance = eligibility.coverages.iter().map(|coverage| (coverage.address.as_deref(), coverage.post_number.as_deref()));
    let aid = eligibility.medical_aid.iter().map(|aid| (aid.address.as_deref(), aid.post_number.as_deref()));
    let mut addresses = Vec::new();
    for (text, post) in insurance.chain(aid) {
        let node = Node::new().text("text", text).text("postalCode", post);
        if !node.is_empty() && !addresses.contains(&node) {
            addresses.push(node);
        }
    }
    addresses.into_iter().map(|node| node.set("country", "JP").value()).collect()
}
