//! `Coverage`: one for each insurance, for 医療扶助 and for each 公費・医療費助成. None is folded into another.

use serde_json::Value;
use shared::domain::aid::{MedicalAid, MedicalAidState, Subsidy};
use shared::domain::calendar::CivilDate;
use shared::domain::coverage::{Coverage, Eligibility, Percent, Provided, Relation, Validity};

use super::node::{Node, coding, concept, identifier, period, words};
use super::text::{eight_digits, full_width};
use super::{Given, INSURER_NUMBER, OURS, PROFILE};

const EXTENSION: &str = "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Coverage_Insured";
const MEMBER_ID: &str = "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID";
const COVERAGE_ID: &str = "http://jpfhir.jp/fhir/core/IdSystem/JP_Coverage_id";
const RELATIONSHIP: &str = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/InsuredPersonCategory";
const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const COPAY: &str = "http://terminology.hl7.org/CodeSystem/coverage-copay-type";
const ORGANIZATION_TYPE: &str = "http://terminology.hl7.org/CodeSystem/organization-type";

/// One coverage of a check.
pub(super) struct One {
    /// Names it within its check.
    pub(super) part: String,
    /// Whether it counts now; `None` where that is not known.
    pub(super) is_in_force: Option<bool>,
    /// The payer, to be named elsewhere.
    pub(super) payer: Value,
    /// The resource.
    pub(super) node: Node,
}

/// Where a coverage stands (`fm-status`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Active,
    Cancelled,
    Draft,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Cancelled => "cancelled",
            Self::Draft => "draft",
        }
    }

    fn is_in_force(self) -> Option<bool> {
        match self {
            Self::Active => Some(true),
            Self::Cancelled => Some(false),
            Self::Draft => None,
        }
    }

    /// Of what counts while its days last.
    fn within(from: Option<CivilDate>, until: Option<CivilDate>, on: CivilDate) -> Self {
        if until.is_some_and(|until| until < on) {
            Self::Cancelled
        } else if from.is_some_and(|from| on < from) {
            Self::Draft
        } else {
            Self::Active
        }
    }
}

/// Every coverage of the check, the insurance first. 該当資格なし has none, and without a person nobody is covered.
pub(super) fn all(given: &Given<'_>, eligibility: &Eligibility) -> Vec<One> {
    if eligibility.person.is_none() || eligibility.validity == Validity::NotFound {
        return Vec::new();
    }
    let on = eligibility.checked_at.jst_date();
    let mut all = Vec::new();
    for (place, coverage) in eligibility.coverages.iter().enumerate() {
        all.push(insurance(given, eligibility, (place, coverage), on));
    }
    all.extend(eligibility.medical_aid.iter().map(|aid| medical_aid(given, aid, on)));
    all.extend(eligibility.subsidies.iter().enumerate().map(|(place, subsidy)| public(given, place, subsidy, on)));
    for (order, one) in (1_u32..).zip(&mut all) {
        one.node = std::mem::take(&mut one.node).set("order", order);
    }
    all
}

fn profiled() -> Node {
    Node::resource("Coverage").set("meta", Node::new().list("profile", vec![Value::from(format!("{PROFILE}JP_Coverage"))]).value())
}

/// The payer as an organization inside the coverage; where nothing of it is known, only that there is one.
fn payer(node: Node, number: Option<&str>, name: Option<&str>, what: &str) -> (Node, Value) {
    let number = number.map(str::trim).filter(|number| !number.is_empty());
    let identifiers: Vec<Value> = number.map(|number| identifier(INSURER_NUMBER, number)).into_iter().collect();
    let known = Node::new().list("identifier", identifiers.clone()).text("name", name);
    let outside = Node::new().set("type", "Organization").maybe("identifier", identifiers.into_iter().next());
    let outside = outside.set("display", name.filter(|name| !name.trim().is_empty()).unwrap_or(what)).value();
    if known.is_empty() {
        return (node.list("payor", vec![outside.clone()]), outside);
    }
    let profile = Value::from(format!("{PROFILE}JP_Organization"));
    let organization = known
        .set("resourceType", "Organization")
        .set("id", "payor")
        .set("meta", Node::new().list("profile", vec![profile]).value())
        .list("type", vec![concept(ORGANIZATION_TYPE, "pay", "Payer")]);
    let inside = Node::new().set("reference", "#payor").value();
    (node.list("contained", vec![organization.value()]).list("payor", vec![inside]), outside)
}

fn insurance(given: &Given<'_>, eligibility: &Eligibility, (place, coverage): (usize, &Coverage), on: CivilDate) -> One {
    let chosen = given.record.chosen.as_ref().is_some_and(|chosen| usize::try_from(chosen.coverage) == Ok(place));
    let within = Status::within(coverage.valid_from, coverage.valid_until, on);
    let status = match eligibility.validity {
        Validity::Valid | Validity::AidNotRegistered => within,
        // The new one stands first (X29); the one that was asked about is over.
        Validity::Replaced if place == 0 && eligibility.coverages.len() > 1 && coverage.disqualified_on.is_none() => within,
        Validity::Invalid | Validity::Replaced | Validity::NotFound => Status::Cancelled,
        // A person chose it (X31); until then none is the one.
        Validity::Several if chosen => within,
        Validity::Several => Status::Draft,
    };
    let tags = match (eligibility.validity, chosen) {
        (Validity::Several, false) => vec![coding(&format!("{OURS}candidate"), "candidate", Validity::Several.label())],
        (Validity::Several, true) => vec![coding(&format!("{OURS}candidate"), "chosen", "複数該当から選ばれた資格")],
        _ => Vec::new(),
    };
    let profile = Value::from(format!("{PROFILE}JP_Coverage"));
    let node = Node::resource("Coverage").set("meta", Node::new().list("profile", vec![profile]).list("tag", tags).value());
    let (node, payer) = payer(node, Some(&coverage.insurer_number), Some(&coverage.insurer_name), "保険者");
    let symbol = coverage.symbol.as_deref().unwrap_or_default();
    let extensions = [
        ("PersonSymbol", Some(symbol)),
        ("PersonNumber", Some(&*coverage.member_number)),
        ("PersonSubNumber", coverage.branch_number.as_deref()),
    ];
    let extensions = extensions.into_iter().filter_map(|(name, text)| {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        Some(Node::new().set("url", format!("{EXTENSION}{name}")).set("valueString", text).value())
    });
    let (symbol, number) = (full_width(symbol), full_width(&coverage.member_number));
    let relationship = coverage.relation.map(|relation| match relation {
        Relation::Insured => concept(RELATIONSHIP, "1", "被保険者"),
        Relation::Family => concept(RELATIONSHIP, "2", "被扶養者"),
    });
    let node = node
        .list("extension", extensions.collect())
        .list("identifier", identifiers(coverage, &symbol, &number))
        .set("status", status.word())
        .set("type", concept(ACT_CODE, "PUBLICPOL", "public healthcare"))
        .maybe("subscriberId", (!number.is_empty()).then(|| format!("{symbol}:{number}")))
        .set("beneficiary", given.reference("patient"))
        .text("dependent", coverage.branch_number.as_deref())
        .maybe("relationship", relationship)
        .maybe("period", period(coverage.valid_from, coverage.valid_until))
        .list("costToBeneficiary", ratio(coverage, on).map(percent).into_iter().collect());
    One { part: format!("coverage {place}"), is_in_force: status.is_in_force(), payer, node }
}

/// The two slices; a number that does not fit one is in neither.
fn identifiers(coverage: &Coverage, symbol: &str, number: &str) -> Vec<Value> {
    let branch = coverage.branch_number.as_deref().unwrap_or_default();
    let is_branch = branch.is_empty() || branch.len() == 2 && branch.bytes().all(|b| b.is_ascii_digit());
    let Some(insurer) = eight_digits(&coverage.insurer_number).filter(|_| is_branch && !number.is_empty()) else { return Vec::new() };
    vec![
        identifier(MEMBER_ID, &format!("{insurer}:{symbol}:{number}:{branch}")),
        identifier(COVERAGE_ID, &format!("\"{insurer}\",\"{symbol}\",\"{number}\",\"{branch}\"")),
    ]
}

/// 一部負担金割合: of 後期高齢者, or of the 高齢受給者証 while it counts.
fn ratio(coverage: &Coverage, on: CivilDate) -> Option<Percent> {
    match &coverage.copay_ratio {
        Provided::Value(ratio) => Some(*ratio),
        Provided::NotProvided | Provided::None => coverage
            .elderly
            .as_ref()
            .filter(|elderly| Status::within(Some(elderly.valid_from), elderly.valid_until, on) == Status::Active)
            .map(|elderly| elderly.ratio),
    }
}

fn percent(ratio: Percent) -> Value {
    let quantity = Node::new().set("value", ratio.0).set("unit", "%").set("system", "http://unitsofmeasure.org").set("code", "%");
    Node::new().set("type", concept(COPAY, "copaypct", "Copay Percentage")).set("valueQuantity", quantity.value()).value()
}

fn medical_aid(given: &Given<'_>, aid: &MedicalAid, on: CivilDate) -> One {
    let status = match (aid.state, Status::within(aid.starts_on, aid.stops_on, on)) {
        (_, Status::Cancelled) => Status::Cancelled,
        (MedicalAidState::Entrusted, within) => within,
        // Nothing says yet that this institution is asked to treat (X58).
        (MedicalAidState::NotRegistered | MedicalAidState::Unknown, _) => Status::Draft,
    };
    let number = eight_digits(&aid.payer_number).unwrap_or_else(|| aid.payer_number.clone());
    let (node, payer) = payer(profiled(), Some(&number), Some(&aid.office_name), "公費負担者");
    let node = node
        .set("status", status.word())
        .set("type", words("公費(医療扶助)"))
        .text("subscriberId", Some(&aid.beneficiary_number))
        .set("beneficiary", given.reference("patient"))
        .maybe("period", period(aid.starts_on, aid.stops_on));
    One { part: "aid".to_owned(), is_in_force: status.is_in_force(), payer, node }
}

fn public(given: &Given<'_>, place: usize, subsidy: &Subsidy, on: CivilDate) -> One {
    // Without a day nobody said that it counts today (X59).
    let status = match (subsidy.valid_from, subsidy.valid_until) {
        (None, None) => Status::Draft,
        (from, until) => Status::within(from, until, on),
    };
    let number = subsidy.payer_number.as_deref().map(|number| eight_digits(number).unwrap_or_else(|| number.to_owned()));
    let (node, payer) = payer(profiled(), number.as_deref(), None, "公費負担者");
    let name = subsidy.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let limit = subsidy.limit_yen.map(|yen| {
        let text = subsidy.limit_covers.as_deref();
        let kind = Node::new().list("coding", vec![coding(COPAY, "maxoutofpocket", "Maximum out of pocket")]).text("text", text);
        let money = Node::new().set("value", yen).set("currency", "JPY").value();
        Node::new().set("type", kind.value()).set("valueMoney", money).value()
    });
    let node = node
        .set("status", status.word())
        .set("type", words(&name.map_or_else(|| "公費".to_owned(), |name| format!("公費({name})"))))
        .text("subscriberId", subsidy.beneficiary_number.as_deref())
        .set("beneficiary", given.reference("patient"))
        .maybe("period", period(subsidy.valid_from, subsidy.valid_until))
        .list("costToBeneficiary", limit.into_iter().collect());
    One { part: format!("subsidy {place}"), is_in_force: status.is_in_force(), payer, node }
}
