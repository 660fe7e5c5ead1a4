//! The eligibility in the order of recekon.md §10, §5.3.

use shared::domain::calendar::CivilDate;
use shared::domain::consent::{ConsentItem, ItemState};
use shared::domain::coverage::{Coverage, Eligibility, Provided, SpecificDisease, Validity};
use shared::domain::person::Person;
use yew::prelude::*;

use crate::part::beside;
use crate::part::{DefinitionList, Notice, Row, Tone};
use crate::text::beside as beside_words;
use crate::text::reception as t;
use crate::text::reception::field;

/// Says what is shown.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct EligibilityProps {
    /// The register's answer.
    pub eligibility: Eligibility,
    /// How each kind was stored: what is not consented to is said so.
    pub items: Vec<(ConsentItem, ItemState)>,
}

/// The register's answer: every coverage with the person; what is not provided is said so (X32), ● is pointed out (X33).
#[component]
pub fn EligibilityPanel(props: &EligibilityProps) -> Html {
    let eligibility = &props.eligibility;
    let person = eligibility.person.as_ref();
    let has_dot = person.is_some_and(Person::has_replacement_dot)
        || eligibility
            .coverages
            .iter()
            .any(|coverage| [&coverage.address, &coverage.insured_name].into_iter().flatten().any(|text| text.contains('●')));
    let heading = |place: usize| match eligibility.validity {
        Validity::Replaced if place == 0 => Some(t::COVERAGE_NEW.to_owned()),
        Validity::Replaced => Some(t::COVERAGE_FORMER.to_owned()),
        Validity::Several => Some(t::coverage_of_several(place + 1)),
        Validity::Valid | Validity::Invalid | Validity::NotFound | Validity::AidNotRegistered => None,
    };
    let checked = Row::text(field::CHECKED_ON, t::day(eligibility.checked_at.jst_date()));
    html! {
        <>
            if has_dot {
                <Notice tone={Tone::Warn} title={t::REPLACEMENT_DOT} code="U-X33"><p class="say__code">{ "U-X33" }</p></Notice>
            }
            if eligibility.coverages.is_empty() {
                <DefinitionList rows={std::iter::once(checked.clone()).chain(person.into_iter().flat_map(person_rows)).collect::<Vec<_>>()} />
            }
            { for eligibility.coverages.iter().enumerate().map(|(place, coverage)| html! {
                <>
                    if let Some(heading) = heading(place) { <h3>{ heading }</h3> }
                    <DefinitionList rows={coverage_rows(checked.clone(), person, coverage, &props.items)} />
                    { beside::without_address(coverage.address.as_ref()) }
                </>
            }) }
            if let Some(aid) = &eligibility.medical_aid {
                <h3>{ beside_words::AID }</h3>
                { beside::medical_aid(aid) }
            }
            if !eligibility.subsidy_answer.is_not_asked() {
                <h3>{ beside_words::SUBSIDIES }</h3>
                { beside::subsidies(eligibility) }
            }
        </>
    }
}

/// 負担割合: of the 高齢受給者証 where there is one, else of the coverage.
pub(super) fn ratio(coverage: &Coverage) -> String {
    match (&coverage.elderly, &coverage.copay_ratio) {
        (Some(elderly), _) => elderly.ratio.label(),
        (None, Provided::Value(ratio)) => ratio.label(),
        (None, Provided::None) => t::NONE.to_owned(),
        (None, Provided::NotProvided) => t::NOT_PROVIDED.to_owned(),
    }
}

fn optional(name: &'static str, value: Option<&String>) -> Option<Row> {
    value.map(|value| Row::text(name, value.clone()))
}

fn date(name: &'static str, value: Option<CivilDate>) -> Option<Row> {
    value.map(|value| Row::text(name, t::day(value)))
}

fn person_rows(person: &Person) -> Vec<Row> {
    vec![
        Row::text(field::KANA, person.name_kana.clone()),
        Row::text(field::NAME, person.name.clone()),
        Row::text(field::BIRTH, t::day(person.birth_date)),
        Row::text(field::SEX, person.sex.label()),
    ]
}

fn coverage_rows(checked: Row, person: Option<&Person>, coverage: &Coverage, items: &[(ConsentItem, ItemState)]) -> Vec<Row> {
    let provided = |name: &'static str, item: ConsentItem, provided: Provided<Vec<String>>| {
        let is_refused = items.iter().any(|(other, state)| *other == item && *state != ItemState::Agreed);
        match provided {
            Provided::NotProvided if is_refused => vec![Row::text(name, t::WITHOUT_CONSENT)],
            Provided::NotProvided => vec![Row::text(name, t::NOT_PROVIDED)],
            Provided::None => vec![Row::text(name, t::NONE)],
            Provided::Value(texts) => texts.into_iter().map(|text| Row::text(name, text)).collect(),
        }
    };
    let ratio = match &coverage.copay_ratio {
        Provided::Value(ratio) => ratio.label(),
        Provided::None => t::NONE.to_owned(),
        Provided::NotProvided => t::NOT_PROVIDED.to_owned(),
    };
    let limit = match &coverage.limit {
        Provided::Value(limit) => Provided::Value(vec![t::with_period(&limit.level, limit.valid_from, limit.valid_until)]),
        Provided::None => Provided::None,
        Provided::NotProvided => Provided::NotProvided,
    };
    let diseases = match &coverage.specific_diseases {
        Provided::Value(diseases) => {
            let text = |disease: &SpecificDisease| {
                let what = t::with_period(&disease.category, disease.valid_from, disease.valid_until);
                disease.self_pay_yen.map_or(what.clone(), |yen| format!("{what} {}", t::self_pay(yen)))
            };
            Provided::Value(diseases.iter().map(text).collect())
        }
        Provided::None => Provided::None,
        Provided::NotProvided => Provided::NotProvided,
    };
    let other_name = person.and_then(|person| person.name_of_other.as_ref());
    let mut rows: Vec<Row> = Vec::with_capacity(32);
    if coverage.is_preschool {
        rows.push(Row::text(field::PRESCHOOL.0, field::PRESCHOOL.1));
    }
    rows.extend([
        checked,
        Row::text(field::INSURER_NUMBER, coverage.insurer_number.clone()),
        Row::text(field::INSURER_NAME, coverage.insurer_name.clone()),
    ]);
    rows.extend(optional(field::SYMBOL, coverage.symbol.as_ref()));
    rows.push(Row::text(field::NUMBER, coverage.member_number.clone()));
    rows.extend(optional(field::BRANCH, coverage.branch_number.as_ref()));
    rows.extend(person.into_iter().flat_map(person_rows));
    rows.extend(optional(field::POST, coverage.post_number.as_ref()));
    rows.extend(optional(field::ADDRESS, coverage.address.as_ref()));
    rows.push(Row::text(field::CLASSIFICATION, coverage.card_classification.clone()));
    rows.extend(date(field::VALID_FROM, coverage.valid_from));
    rows.extend(date(field::VALID_UNTIL, coverage.valid_until));
    rows.extend(date(field::QUALIFIED, coverage.qualified_on));
    rows.extend(date(field::DISQUALIFIED, coverage.disqualified_on));
    rows.extend(optional(field::LOSS_REASON, coverage.loss_reason.as_ref()));
    rows.push(Row::text(field::RATIO, ratio));
    rows.extend(coverage.relation.map(|relation| Row::text(field::RELATION, relation.label())));
    rows.extend(optional(field::INSURED, coverage.insured_name.as_ref()));
    rows.extend(optional(field::OTHER_NAME, other_name));
    rows.extend(coverage.sex_on_back.map(|sex| Row::text(field::OTHER_SEX, sex.label())));
    rows.extend(
        coverage
            .elderly
            .as_ref()
            .map(|elderly| Row::text(field::ELDERLY, t::with_period(&elderly.ratio.label(), elderly.valid_from, elderly.valid_until))),
    );
    rows.extend(provided(field::LIMIT, ConsentItem::LimitCertificate, limit));
    rows.extend(provided(field::DISEASE, ConsentItem::SpecificDisease, diseases));
    rows
}
