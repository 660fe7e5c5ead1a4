//! Rows of the link's table stand in the names of the tests.

use std::collections::BTreeSet;

use super::*;
use crate::eligibility::registry::EmbeddedRegistry;
use crate::store::ConsentId;
use shared::api::office::ChosenCoverage;
use shared::domain::account::UserId;
use shared::domain::aid::MedicalAidState;
use shared::domain::calendar::CivilDate;
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{Choice, EndReason};
use shared::domain::coverage::{Provided, Validity};
use shared::domain::institution::VisitKind;
use shared::domain::person::Sex;
use shared::domain::visit::{Assist, Occasion};

fn date(text: &str) -> CivilDate {
    CivilDate::try_from(text).unwrap()
}

fn noon() -> UnixMs {
    date("2024-01-17").at_jst(12, 0)
}

fn code() -> InstitutionCode {
    InstitutionCode::try_from("9969900001").unwrap()
}

/// A check with this answer: agreed to everything but the drugs, 特定健診 not asked.
fn record(eligibility: Eligibility) -> ConsentRecord {
    let state = |item| match item {
        ConsentItem::Drug => ItemState::Refused,
        ConsentItem::Checkup => ItemState::NotAsked,
        _ => ItemState::Agreed,
    };
    ConsentRecord {
        id: ConsentId::parse("BwcHBwcHBwcHBwcHBwcHBw").unwrap(),
        visit_kind: VisitKind::HomeVisit,
        reference_number: Some("00011".to_owned()),
        items: ConsentItem::ALL.into_iter().map(|item| (item, state(item))).collect(),
        consented_at: noon(),
        expires_at: date("2024-04-30").at_jst(23, 59),
        booked_on: None,
        replaced_at: None,
        ended_why: None,
        receipt: "K7M2QX9A".to_owned(),
        check_way: CheckWay::Pin,
        medium: Medium::Card,
        eligibility,
        checks: None,
        chosen: None,
        occasion: Occasion { assist: Some(Assist::Family), ..Occasion::default() },
    }
}

/// The answer about a person of the demo register; 医療費助成 was agreed to.
fn answer(subject: &str) -> Eligibility {
    let register = EmbeddedRegistry::demo("{}").unwrap();
    let known = register.people(noon()).into_iter().find(|known| known.subject == subject).unwrap();
    Eligibility { subsidy_answer: Choice::Agree, ..known.eligibility }
}

fn resources(record: &ConsentRecord, now: UnixMs) -> Vec<Value> {
    let entries = Given::of(record, &code(), now, true).entries();
    entries.into_iter().map(|entry| entry["resource"].clone()).collect()
}

fn of_type(record: &ConsentRecord, kind: &str) -> Vec<Value> {
    resources(record, noon()).into_iter().filter(|resource| resource["resourceType"] == kind).collect()
}

fn coverages(eligibility: Eligibility) -> Vec<Value> {
    of_type(&record(eligibility), "Coverage")
}

/// One insurance with this number, symbol, member number and branch.
fn insured(insurer: &str, symbol: Option<&str>, member: &str, branch: Option<&str>) -> Value {
    let mut eligibility = answer("ichiro");
    let coverage = &mut eligibility.coverages[0];
    coverage.insurer_number = insurer.to_owned();
    coverage.symbol = symbol.map(str::to_owned);
    coverage.member_number = member.to_owned();
    coverage.branch_number = branch.map(str::to_owned);
    coverages(eligibility).remove(0)
}

fn slices(coverage: &Value) -> [&str; 2] {
    let identifiers = coverage["identifier"].as_array().unwrap();
    assert_eq!(identifiers[0]["system"], "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID");
    assert_eq!(identifiers[1]["system"], "http://jpfhir.jp/fhir/core/IdSystem/JP_Coverage_id");
    assert_eq!(identifiers.len(), 2);
    [0, 1].map(|place: usize| identifiers[place]["value"].as_str().unwrap())
}

#[test]
fn the_slices_are_those_of_the_guide() {
    for (insurer, symbol, member, branch, first, second, subscriber) in [
        (
            "00012345",
            Some("あいう"),
            "187",
            Some("05"),
            "00012345:あいう:１８７:05",
            "\"00012345\",\"あいう\",\"１８７\",\"05\"",
            "あいう:１８７",
        ),
        ("12345", None, "１８７", None, "00012345::１８７:", "\"00012345\",\"\",\"１８７\",\"\"", ":１８７"),
        (
            "00012345",
            Some("12-34"),
            "5678",
            Some("00"),
            "00012345:１２－３４:５６７８:00",
            "\"00012345\",\"１２－３４\",\"５６７８\",\"00\"",
            "１２－３４:５６７８",
        ),
        (
            "06990014",
            Some("１２－３４"),
            "56",
            Some("01"),
            "06990014:１２－３４:５６:01",
            "\"06990014\",\"１２－３４\",\"５６\",\"01\"",
            "１２－３４:５６",
        ),
        // Half-width kana with their marks, spaces between, a colon within.
        (
            "990010",
            Some("ﾊﾞﾋﾟ ｱ"),
            "　7:8 ",
            Some("03"),
            "00990010:バピア:７：８:03",
            "\"00990010\",\"バピア\",\"７：８\",\"03\"",
            "バピア:７：８",
        ),
    ] {
        let coverage = insured(insurer, symbol, member, branch);
        assert_eq!(slices(&coverage), [first, second]);
        assert_eq!(coverage["subscriberId"], subscriber);
    }
}

#[test]
fn t33_f26_branches_01_00_and_none_stay_three() {
    let seen = [Some("01"), Some("00"), None].map(|branch| {
        let coverage = insured("06990014", Some("12"), "56", branch);
        assert_eq!(coverage.get("dependent").and_then(Value::as_str), branch);
        let extension =
            coverage["extension"].as_array().unwrap().iter().find(|one| one["url"].as_str().unwrap().ends_with("PersonSubNumber"));
        assert_eq!(extension.map(|one| one["valueString"].as_str().unwrap()), branch);
        slices(&coverage).map(str::to_owned)
    });
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 3);
    // One that is no branch is said as it came, and stands in no slice.
    let odd = insured("06990014", Some("12"), "56", Some("1"));
    assert_eq!((odd.get("identifier"), odd["dependent"].as_str()), (None, Some("1")));
}

#[test]
fn t07_an_insurance_says_its_payer_as_on_the_card_and_its_type() {
    let coverage = insured("990010", Some("試－７"), "0089", Some("03"));
    let payer = &coverage["contained"][0];
    assert_eq!(coverage["payor"][0]["reference"], format!("#{}", payer["id"].as_str().unwrap()));
    assert_eq!(payer["identifier"][0]["system"], "http://jpfhir.jp/fhir/core/mhlw/IdSystem/InsurerNumber");
    assert_eq!(payer["identifier"][0]["value"], "990010");
    assert_eq!((payer["type"][0]["coding"][0]["code"].as_str(), payer["name"].as_str()), (Some("pay"), Some("ひなた健康保険組合")));
    assert_eq!(coverage["type"]["coding"][0]["code"], "PUBLICPOL");
    assert_eq!(coverage["relationship"]["coding"][0]["code"], "1");
    assert_eq!(coverage["period"], serde_json::json!({ "start": "2019-04-01" }), "no end, none written");
    assert_eq!(coverage["meta"]["profile"][0], "http://jpfhir.jp/fhir/core/StructureDefinition/JP_Coverage");
    let family = coverages(answer("jiro")).remove(0);
    assert_eq!(family["relationship"]["coding"][0]["code"], "2");
    let late = coverages(answer("hanako")).remove(0);
    let ratio = &late["costToBeneficiary"][0];
    assert_eq!((ratio["type"]["coding"][0]["code"].as_str(), ratio["valueQuantity"]["value"].as_u64()), (Some("copaypct"), Some(10)));
    assert!(late["extension"].as_array().unwrap().iter().all(|one| !one["url"].as_str().unwrap().ends_with("PersonSymbol")), "T08");
    // 高齢受給者証 counts from 2024-03-01.
    let mut elderly = answer("kazuko");
    assert_eq!(coverages(elderly.clone())[0].get("costToBeneficiary"), None);
    elderly.checked_at = date("2024-03-01").at_jst(9, 0);
    assert_eq!(coverages(elderly)[0]["costToBeneficiary"][0]["valueQuantity"]["value"], 20);
}

#[test]
fn the_status_follows_verdict_and_period() {
    let of = |validity: Validity, from: &str, until: Option<&str>| {
        let mut eligibility = Eligibility { validity, ..answer("ichiro") };
        eligibility.coverages[0].valid_from = Some(date(from));
        eligibility.coverages[0].valid_until = until.map(date);
        let coverage = coverages(eligibility).remove(0);
        coverage["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(of(Validity::Valid, "2019-04-01", Some("2024-01-17")), "active");
    assert_eq!(of(Validity::Valid, "2019-04-01", Some("2024-01-16")), "cancelled");
    assert_eq!(of(Validity::Valid, "2024-01-18", None), "draft");
    for validity in [Validity::Invalid, Validity::Replaced] {
        assert_eq!(of(validity, "2019-04-01", None), "cancelled", "{validity:?}");
    }
    assert_eq!(of(Validity::Several, "2019-04-01", None), "draft");
    // Replaced: the new one, which stands first, and the one that was asked about.
    let mut eligibility = Eligibility { validity: Validity::Replaced, ..answer("ichiro") };
    eligibility.coverages.push(answer("kazuko").coverages.remove(0));
    let words = |coverages: Vec<Value>| coverages.iter().map(|one| one["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(words(coverages(eligibility.clone())), ["active", "cancelled"]);
    // Several: one for each, flagged, until a person chose.
    eligibility.validity = Validity::Several;
    let candidates = coverages(eligibility.clone());
    assert!(candidates.iter().all(|one| one["meta"]["tag"][0]["code"] == "candidate"));
    assert_eq!(words(candidates), ["draft", "draft"]);
    let chosen = ChosenCoverage { coverage: 1, at: noon(), by: UserId::try_from("kanri1").unwrap() };
    let chosen = of_type(&ConsentRecord { chosen: Some(chosen), ..record(eligibility.clone()) }, "Coverage");
    assert_eq!(
        (chosen[0]["meta"]["tag"][0]["code"].as_str(), chosen[1]["meta"]["tag"][0]["code"].as_str()),
        (Some("candidate"), Some("chosen"))
    );
    assert_eq!(words(chosen), ["draft", "active"]);
    // 該当資格なし: none, and an answer that says so.
    let none = record(Eligibility { person: None, validity: Validity::NotFound, coverages: Vec::new(), ..answer("ichiro") });
    assert!(of_type(&none, "Coverage").is_empty() && of_type(&none, "Patient").is_empty());
    let response = of_type(&none, "CoverageEligibilityResponse").remove(0);
    assert_eq!((response["disposition"].as_str(), response.get("insurance")), (Some("該当資格なし"), None));
}

#[test]
fn f21_medical_aid_and_each_subsidy_stand_beside_the_insurance() {
    let mut eligibility = answer("osamu");
    let mut aid = answer("towa").medical_aid.unwrap();
    assert_eq!((eligibility.coverages.len(), eligibility.subsidies.len()), (1, 2));
    let of = |eligibility: &Eligibility| coverages(eligibility.clone());
    (aid.state, aid.starts_on, aid.stops_on) = (MedicalAidState::Entrusted, Some(date("2020-01-01")), None);
    eligibility.medical_aid = Some(aid);
    let all = of(&eligibility);
    let orders: Vec<_> = all.iter().map(|one| one["order"].as_u64().unwrap()).collect();
    assert_eq!(orders, [1, 2, 3, 4]);
    let alone = coverages(Eligibility { medical_aid: None, subsidies: Vec::new(), ..eligibility.clone() });
    assert_eq!(alone[0], all[0], "nothing is folded into the insurance");
    assert_eq!((all[1]["type"]["text"].as_str(), all[1]["status"].as_str()), (Some("公費(医療扶助)"), Some("active")));
    assert_eq!(
        (all[1]["subscriberId"].as_str(), all[1]["contained"][0]["identifier"][0]["value"].as_str()),
        (Some("0003574"), Some("12990016"))
    );
    let subsidy = &eligibility.subsidies[0];
    assert_eq!(all[2]["subscriberId"].as_str(), subsidy.beneficiary_number.as_deref());
    assert_eq!(all[2]["type"]["text"], format!("公費({})", subsidy.name.as_deref().unwrap()));
    let limit = &all[2]["costToBeneficiary"][0];
    assert_eq!((limit["valueMoney"]["value"].as_u64(), limit["valueMoney"]["currency"].as_str()), (Some(5000), Some("JPY")));
    for state in [MedicalAidState::NotRegistered, MedicalAidState::Unknown] {
        eligibility.medical_aid.as_mut().unwrap().state = state;
        assert_eq!(of(&eligibility)[1]["status"], "draft", "X58");
    }
    // Without anything but its being there: no end is made up (X59).
    let bare = &mut eligibility.subsidies[0];
    (bare.name, bare.payer_number, bare.valid_from, bare.valid_until, bare.limit_yen) = (None, None, None, None, None);
    let bare = &of(&eligibility)[2];
    assert_eq!((bare["status"].as_str(), bare["type"]["text"].as_str(), bare.get("period")), (Some("draft"), Some("公費"), None));
    assert_eq!((bare.get("contained"), bare["payor"].as_array().map(Vec::len)), (None, Some(1)));
}

#[test]
fn a_patient_has_both_names_and_nothing_that_may_not_leave() {
    let mut eligibility = answer("taro");
    let patient = of_type(&record(eligibility.clone()), "Patient").remove(0);
    let names = patient["name"].as_array().unwrap();
    let seen: Vec<_> =
        names.iter().map(|name| (name["extension"][0]["valueCode"].as_str().unwrap(), name["text"].as_str().unwrap())).collect();
    assert_eq!(seen, [("IDE", "通称 太郎"), ("SYL", "ツウショウ タロウ"), ("ABC", "TSUSHO TARO")]);
    assert_eq!((names[0]["family"].as_str(), names[0]["given"][0].as_str()), (Some("通称"), Some("太郎")));
    assert_eq!((patient["birthDate"].as_str(), patient["gender"].as_str()), (Some("1985-08-15"), Some("male")));
    let bare = |eligibility: &Eligibility| of_type(&record(eligibility.clone()), "Patient").remove(0);
    eligibility.coverages[0].sex_on_back = Some(Sex::Female);
    assert_eq!(bare(&eligibility), patient, "性別2 does not leave");
    eligibility.person.as_mut().unwrap().sex = Sex::Unset;
    assert_eq!(bare(&eligibility)["gender"], "unknown");
    (eligibility.coverages[0].address, eligibility.coverages[0].post_number) = (None, None);
    assert_eq!(bare(&eligibility).get("address"), None, "T31, F27");
    let identifiers = patient["identifier"].as_array().unwrap();
    assert_eq!((identifiers.len(), identifiers[0]["value"].as_str()), (1, Some("00011")), "照会番号 and no other number");
    let unknown = ConsentRecord { reference_number: None, ..record(eligibility) };
    assert_eq!(of_type(&unknown, "Patient")[0].get("identifier"), None);
}

#[test]
fn a_consent_that_ended_closes_what_it_opened() {
    let mut of = record(answer("osamu"));
    let at = |of: &ConsentRecord, now: UnixMs| {
        let all = resources(of, now);
        let consent = all.iter().find(|one| one["resourceType"] == "Consent").unwrap().clone();
        let coverages = all.iter().filter(|one| one["resourceType"] == "Coverage").count();
        let provisions = consent["provision"]["provision"].as_array().unwrap();
        let provisions: Vec<_> = provisions
            .iter()
            .map(|one| {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                [text(&one["code"][0]["coding"][0]["code"]), text(&one["type"]), text(&one["extension"][0]["valueCode"])].join(" ")
            })
            .collect();
        (consent, coverages, provisions)
    };
    let (consent, coverages, provisions) = at(&of, noon());
    assert_eq!((consent["status"].as_str(), coverages), (Some("active"), 3));
    let agreed = [
        "surgery permit agreed",
        "treatment permit agreed",
        "drug deny refused",
        "limit_certificate permit agreed",
        "specific_disease permit agreed",
    ];
    assert_eq!(provisions, agreed, "特定健診 was not asked");
    let period = &consent["provision"]["period"];
    assert_eq!((period["start"].as_str(), period["end"].as_str()), (Some("2024-01-17T12:00:00+09:00"), Some("2024-04-30T23:59:00+09:00")));
    assert_eq!(
        (consent["verification"][0]["verified"].as_bool(), consent["verification"][0]["extension"][0]["valueCode"].as_str()),
        (Some(true), Some("pin"))
    );
    // F25: lapsed, which is not refused; and its last minute still counts.
    assert_eq!(at(&of, of.expires_at.plus_ms(59_999)).0["status"], "active");
    let (consent, coverages, provisions) = at(&of, of.expires_at.plus_ms(60_000));
    assert_eq!((consent["status"].as_str(), coverages), (Some("inactive"), 1), "公費 counted as long as the consent");
    assert_eq!((provisions[0].as_str(), provisions[2].as_str()), ("surgery permit expired", "drug deny refused"));
    // One kind taken back while the rest lives.
    of.items[0].1 = ItemState::Withdrawn;
    let (consent, coverages, provisions) = at(&of, noon());
    assert_eq!((consent["status"].as_str(), coverages, provisions[0].as_str()), (Some("active"), 3, "surgery deny withdrawn"));
    // All of it.
    (of.replaced_at, of.ended_why) = (Some(noon().plus_ms(1000)), Some(EndReason::Patient));
    let (consent, coverages, _) = at(&of, noon().plus_ms(2000));
    assert_eq!((consent["status"].as_str(), coverages), (Some("inactive"), 1));
    assert_eq!(consent["provision"]["period"]["end"], "2024-01-17T12:00:01+09:00");
    of.check_way = CheckWay::Paper;
    assert_eq!(at(&of, noon()).0["verification"][0]["verified"], false);
}

#[test]
fn the_way_the_medium_and_who_helped_are_told() {
    for way in CheckWay::ALL {
        for medium in Medium::ALL {
            let of = ConsentRecord { check_way: way, medium, ..record(answer("ichiro")) };
            let provenance = of_type(&of, "Provenance").remove(0);
            assert_eq!(provenance["activity"]["coding"][0]["code"], way.word());
            assert_eq!(provenance["entity"][0]["what"]["identifier"]["value"], medium.word());
            assert_eq!(provenance["agent"][1]["who"]["display"], Assist::Family.label());
        }
    }
}

fn walk(value: &Value, look: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                look(name, member);
                walk(member, look);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| walk(value, look)),
        _ => {}
    }
}

/// Every reference names something of the bundle, and nothing is empty.
fn faults(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().unwrap();
    let urls: BTreeSet<&str> = entries.iter().map(|entry| entry["fullUrl"].as_str().unwrap()).collect();
    let mut faults = Vec::new();
    if urls.len() != entries.len() {
        faults.push("fullUrl".to_owned());
    }
    walk(bundle, &mut |name, value| {
        let is_empty = match value {
            Value::Null => true,
            Value::String(text) => text.trim().is_empty(),
            Value::Array(values) => values.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        let leads_nowhere = name == "reference" && value.as_str().is_none_or(|to| to != "#payor" && !urls.contains(to));
        if is_empty || leads_nowhere {
            faults.push(name.to_owned());
        }
    });
    faults
}

#[test]
fn t31_every_bundle_of_the_demo_holds_together_and_is_the_same_again() {
    let people = EmbeddedRegistry::demo("{}").unwrap().people(noon());
    assert!(people.len() >= 18);
    for known in people {
        let record = record(Eligibility { subsidy_answer: Choice::Agree, ..known.eligibility });
        let bundle = Given::of(&record, &code(), noon(), true).bundle();
        assert_eq!(faults(&bundle), Vec::<String>::new(), "{}", known.subject);
        assert_eq!(Given::of(&record, &code(), noon().plus_ms(1000), true).bundle(), bundle, "the same on every fetch");
        let without = Given::of(&record, &code(), noon(), false).bundle();
        assert!(!without.to_string().contains("\"Consent\""), "{}", known.subject);
        assert_eq!(without["entry"].as_array().unwrap().len() + 1, bundle["entry"].as_array().unwrap().len());
        let other = ConsentRecord { id: ConsentId::parse("CAgICAgICAgICAgICAgICA").unwrap(), ..record };
        assert_ne!(Given::of(&other, &code(), noon(), true).bundle()["id"], bundle["id"]);
    }
    // The control: what points nowhere or is empty is found.
    let mut broken = Given::of(&record(answer("ichiro")), &code(), noon(), true).bundle();
    broken["entry"][2]["resource"]["beneficiary"]["reference"] = "urn:uuid:0".into();
    broken["entry"][2]["resource"]["dependent"] = "".into();
    assert_eq!(faults(&broken).len(), 2);
    // A field that was not provided leaves no trace, whatever it is.
    let mut bare = answer("ichiro");
    let coverage = &mut bare.coverages[0];
    (coverage.relation, coverage.valid_from, coverage.valid_until, coverage.copay_ratio) = (None, None, None, Provided::NotProvided);
    let bare = coverages(bare).remove(0);
    for name in ["relationship", "period", "costToBeneficiary"] {
        assert_eq!(bare.get(name), None, "{name}");
    }
}
