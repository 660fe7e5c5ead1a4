//! The fields of one coverage in the order of the result, 和暦 beside each day. What is missing says how it is missing (X32).

use shared::domain::calendar::CivilDate;
use shared::domain::coverage::{Coverage, ElderlyCertificate, Eligibility, LimitCertificate, Percent, Provided, Relation, SpecificDisease};
use shared::domain::person::Person;
use yew::prelude::*;

use crate::part::beside::without_address;
use crate::part::{DefinitionList, Row};
use crate::text::office::detail::{self as words, field};

/// What stands there when the register has no coverage (X30).
pub(crate) fn without(eligibility: &Eligibility, reference: Option<&str>) -> Vec<Row> {
    let mut rows = vec![Row::text(field::REFERENCE, written(reference)), Row::text(field::CHECKED, words::minute(eligibility.checked_at))];
    if let Some(person) = &eligibility.person {
        rows.extend(who(person));
    }
    rows
}

/// One coverage: its own fields, then the groups that it has.
pub(crate) fn view(eligibility: &Eligibility, coverage: &Coverage, reference: Option<&str>) -> Html {
    let elderly = coverage.elderly.as_ref().map(elderly).unwrap_or_default();
    let list = |rows: Vec<Row>| html! { <DefinitionList {rows} /> };
    let limit = provided(&coverage.limit, |limit| list(limit_rows(limit)));
    let diseases =
        provided(&coverage.specific_diseases, |diseases| html! { { for diseases.iter().map(|disease| list(disease_rows(disease))) } });
    let group = |title: &'static str, body: Html| html! { <><h3>{ title }</h3>{ body }</> };
    let listed = |title: &'static str, rows: Vec<Row>| if rows.is_empty() { Html::default() } else { group(title, list(rows)) };
    html! {
        <>
            <DefinitionList rows={main_rows(eligibility, coverage, reference)} />
            { without_address(coverage.address.as_ref()) }
            { listed(words::ON_BACK, on_back(eligibility, coverage)) }
            { listed(words::ELDERLY, elderly) }
            { group(words::LIMIT, limit) }
            { group(words::SPECIFIC_DISEASE, diseases) }
        </>
    }
}

/// "Not provided" and "none" are said apart.
fn provided<T>(value: &Provided<T>, filled: impl FnOnce(&T) -> Html) -> Html {
    match value {
        Provided::NotProvided => html! { <p>{ words::NOT_PROVIDED }</p> },
        Provided::None => html! { <p>{ words::NONE }</p> },
        Provided::Value(value) => filled(value),
    }
}

fn main_rows(eligibility: &Eligibility, coverage: &Coverage, reference: Option<&str>) -> Vec<Row> {
    let preschool = if coverage.is_preschool { words::PRESCHOOL } else { words::NOT_PRESCHOOL };
    let mut rows = vec![
        Row::text(field::REFERENCE, written(reference)),
        Row::text(field::PRESCHOOL, preschool),
        Row::text(field::CHECKED, words::minute(eligibility.checked_at)),
        Row::text(field::INSURER_NUMBER, coverage.insurer_number.clone()),
        Row::text(field::INSURER_NAME, coverage.insurer_name.clone()),
        Row::text(field::SYMBOL, written(coverage.symbol.as_deref())),
        Row::text(field::MEMBER_NUMBER, coverage.member_number.clone()),
        Row::text(field::BRANCH_NUMBER, written(coverage.branch_number.as_deref())),
    ];
    if let Some(person) = &eligibility.person {
        rows.extend(who(person));
    }
    // Left out where they were not given (X60), on paper without a trace.
    rows.extend(coverage.post_number.clone().map(|number| Row::text(field::POST_NUMBER, number)));
    rows.extend(coverage.address.clone().map(|address| Row::text(field::ADDRESS, address)));
    rows.extend([
        Row::text(field::CLASSIFICATION, coverage.card_classification.clone()),
        Row::text(field::VALID_FROM, day(coverage.valid_from)),
        Row::text(field::VALID_UNTIL, day(coverage.valid_until)),
        Row::text(field::QUALIFIED, day(coverage.qualified_on)),
    ]);
    if coverage.disqualified_on.is_some() || coverage.loss_reason.is_some() {
        rows.extend([
            Row::text(field::DISQUALIFIED, day(coverage.disqualified_on)),
            Row::text(field::LOSS_REASON, written(coverage.loss_reason.as_deref())),
        ]);
    }
    let copay = match &coverage.copay_ratio {
        Provided::NotProvided => words::NOT_PROVIDED.to_owned(),
        Provided::None => words::NONE.to_owned(),
        Provided::Value(ratio) => ratio.label(),
    };
    rows.extend([
        Row::text(field::COPAY, copay),
        Row::text(field::RELATION, written(coverage.relation.map(Relation::label))),
        Row::text(field::INSURED_NAME, written(coverage.insured_name.as_deref())),
    ]);
    rows
}

fn who(person: &Person) -> [Row; 4] {
    [
        Row::text(field::KANA, person.name_kana.clone()),
        Row::text(field::NAME, person.name.clone()),
        Row::text(field::BIRTH, words::day(person.birth_date)),
        Row::text(field::SEX, person.sex.label()),
    ]
}

fn on_back(eligibility: &Eligibility, coverage: &Coverage) -> Vec<Row> {
    let other = eligibility.person.as_ref().and_then(|person| person.name_of_other.clone());
    let other = other.map(|name| Row::text(field::NAME_OF_OTHER, name));
    let sex = coverage.sex_on_back.map(|sex| Row::text(field::SEX, sex.label()));
    other.into_iter().chain(sex).collect()
}

fn period(from: CivilDate, until: Option<CivilDate>) -> [Row; 2] {
    [Row::text(field::VALID_FROM, words::day(from)), Row::text(field::VALID_UNTIL, day(until))]
}

fn elderly(elderly: &ElderlyCertificate) -> Vec<Row> {
    let ratio = Row::text(field::COPAY, Percent::label(elderly.ratio));
    period(elderly.valid_from, elderly.valid_until).into_iter().chain([ratio]).collect()
}

fn limit_rows(limit: &LimitCertificate) -> Vec<Row> {
    let level = Row::text(field::LEVEL, limit.level.clone());
    [level].into_iter().chain(period(limit.valid_from, limit.valid_until)).collect()
}

fn disease_rows(disease: &SpecificDisease) -> Vec<Row> {
    let category = Row::text(field::DISEASE, disease.category.clone());
    let self_pay = disease.self_pay_yen.map_or_else(|| words::NOT_WRITTEN.to_owned(), words::yen_a_month);
    let period = period(disease.valid_from, disease.valid_until);
    [category].into_iter().chain(period).chain([Row::text(field::SELF_PAY, self_pay)]).collect()
}

fn written(text: Option<&str>) -> String {
    text.unwrap_or(words::NOT_WRITTEN).to_owned()
}

fn day(day: Option<CivilDate>) -> String {
    day.map_or_else(|| words::NOT_WRITTEN.to_owned(), words::day)
}
