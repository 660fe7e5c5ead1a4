//! 医療情報閲覧 in its states, drawn natively.

use shared::api::medical::{Basis, MedicalPage, ViewPage, ViewRow};
use shared::api::office::{ConsentDetails, ConsentPage, ConsentRow};
use shared::api::{Code, Detail, Refusal};
use shared::domain::account::UserId;
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{ConsentItem, ItemState};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::institution::VisitKind;
use shared::domain::medical::{Checkup, LineSource, Mark, Measured, MedicalKind, MedicalLine, MedicalPart, MedicalSection, Origin};
use shared::domain::person::{Person, Sex};
use yew::prelude::*;

use super::KindsView;
use super::checkup::items;
use super::document::{DocumentView, Grouping, Period, groups};
use super::people::{PeopleView, search_of};
use super::views::{Conditions, ViewsView};
use crate::drawn::{day, draw, has, refused, words};
use crate::remote::Remote;
use crate::use_form::{Faults, Form};

fn ichiro() -> Person {
    Person {
        name: "資格　一郎".to_owned(),
        name_kana: "ｼｶｸ ｲﾁﾛｳ".to_owned(),
        name_of_other: None,
        birth_date: day("1960-06-02"),
        sex: Sex::Male,
    }
}

fn details(items: [ItemState; 6]) -> ConsentDetails {
    let checked_at = day("2026-11-20").at_jst(10, 15);
    let row = ConsentRow {
        hand_over: None,
        id: "c1".to_owned(),
        person: Some(ichiro()),
        reference_number: None,
        items: ConsentItem::ALL.into_iter().zip(items).collect(),
        booked_on: None,
        consented_at: checked_at,
        expires_at: day("2027-02-28").at_jst(23, 59),
        replaced_at: None,
        validity: Validity::Valid,
        is_chosen: false,
    };
    ConsentDetails {
        row,
        receipt: "K7M2QX".to_owned(),
        visit_kind: VisitKind::HomeVisit,
        eligibility: Eligibility::of_insurance(Validity::Valid, checked_at, Some(ichiro()), Vec::new()),
        check_way: CheckWay::Pin,
        medium: Medium::Card,
        checks: None,
        chosen: None,
        occasion: shared::domain::visit::Occasion::default(),
    }
}

fn line(on: &str, name: &str, institution: Option<&str>, origin: Origin) -> MedicalLine {
    let source = LineSource { institution: institution.map(str::to_owned), origin, as_of: day("2026-11-11") };
    MedicalLine {
        on: day(on), is_month: false, name: name.to_owned(), about: None, class: None, amount: Some("1回1錠".to_owned()), source
    }
}

fn page(kind: MedicalKind, sections: Vec<MedicalSection>, checkups: Vec<Checkup>) -> MedicalPage {
    MedicalPage {
        kind,
        person: Some(ichiro()),
        basis: Basis::Consent { visit_kind: VisitKind::HomeVisit, consented_at: day("2026-11-20").at_jst(10, 15) },
        expires_at: day("2027-02-28").at_jst(23, 59),
        asked_at: day("2026-11-20").at_jst(10, 20),
        claims_until: Some(day("2026-10-31")),
        sections,
        checkups,
        viewer: UserId::try_from("ishi1").unwrap(),
    }
}

fn drugs() -> MedicalPage {
    let lines = vec![
        line("2026-10-28", "アムロジピン", Some("つくし薬局"), Origin::Claims),
        line("2026-09-30", "リナグリプチン", Some("さくら薬局"), Origin::Claims),
        line("2026-09-02", "フロセミド", Some("つくし薬局"), Origin::Claims),
        line("2020-01-08", "昔の薬", None, Origin::Claims),
    ];
    let prescribed = vec![line("2026-11-18", "アムロジピンOD", Some("あおば腎クリニック"), Origin::EPrescription)];
    let sections =
        vec![MedicalSection { part: MedicalPart::Dispensed, lines }, MedicalSection { part: MedicalPart::Prescription, lines: prescribed }];
    page(MedicalKind::Drug, sections, Vec::new())
}

async fn document(page: MedicalPage, grouping: Grouping, period: Period) -> String {
    draw(move || html! { <DocumentView id="c1" remote={Remote::Here(page)} {grouping} {period} /> }).await
}

#[tokio::test]
async fn each_state_of_an_item_leads_on_or_says_why_not_and_what_to_do() {
    use ItemState::{Agreed, Expired, NotApplicable, NotAsked, Refused, Replaced};
    // 手術, 診療, 薬剤, 特健.
    let shown = |items: [ItemState; 6]| {
        let details = details(items);
        draw(move || html! { <KindsView remote={Remote::Here(details)} /> })
    };
    let html = shown([Refused, NotAsked, Agreed, NotApplicable, Agreed, Agreed]).await;
    for expected in ["薬剤情報を見る", "同意していません", "たずねていません", "対象外です", "2027/02/28 23:59", "資格　一郎", "K7M2"]
    {
        assert_eq!(html.contains(expected), expected != "K7M2", "{expected}");
    }
    assert_eq!(html.matches("を見る</a>").count(), 1, "a way to what is open only");
    for state in [Expired, Replaced] {
        let html = shown([state; 6]).await;
        assert!(!html.contains("を見る</a>"), "{state:?}");
        has(
            &html,
            if state == Expired {
                "次の訪問で同意をお願いします。"
            } else {
                "新しい同意に置き換わっています。"
            },
        );
    }
}

#[tokio::test]
async fn drugs_say_first_that_recent_ones_may_be_missing_and_each_line_its_source() {
    let html = document(drugs(), Grouping::Date, Period::Year).await;
    let place = |what: &str| html.find(what).unwrap_or_else(|| panic!("no {what}"));
    assert!(place("直近の処方は含まれないことがあります") < place("アムロジピン"));
    assert!(place("2026年10月</h3>") < place("2026年9月</h3>"), "by month, the newest first");
    assert_eq!(html.matches("2026/11/11時点").count(), 4, "each line that is shown");
    assert_eq!(html.matches("medical__mark").count(), 1, "the electronic prescription alone");
    for expected in ["2026年10月の診療分まで", "全4件のうち3件を表示", "ishi1", "2027/02/28 23:59", "「なかった」ことを意味しません"]
    {
        has(&html, expected);
    }
    assert!(!html.contains("昔の薬"), "outside the period");
    has(&document(drugs(), Grouping::Date, Period::All).await, "昔の薬");
    has(&document(drugs(), Grouping::Date, Period::Quarter).await, "全4件のうち3件を表示");
    let by_place = document(drugs(), Grouping::Institution, Period::All).await;
    assert_eq!(by_place.matches("つくし薬局</h3>").count(), 1);
    has(&by_place, "医療機関・薬局の記載なし");
    assert!(!document(page(MedicalKind::Treatment, Vec::new(), Vec::new()), Grouping::Date, Period::All).await.contains("直近の処方"));
}

#[test]
fn groups_keep_the_order_of_the_lines() {
    let drugs = drugs();
    let lines: Vec<&MedicalLine> = drugs.sections[0].lines.iter().collect();
    let named = |grouping| groups(&lines, grouping).into_iter().map(|(name, lines)| (name, lines.len())).collect::<Vec<_>>();
    let of = |names: &[(&str, usize)]| names.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect::<Vec<_>>();
    assert_eq!(named(Grouping::Date), of(&[("2026年10月", 1), ("2026年9月", 2), ("2020年1月", 1)]));
    assert_eq!(named(Grouping::Institution), of(&[("つくし薬局", 2), ("さくら薬局", 1), ("医療機関・薬局の記載なし", 1)]));
}

#[tokio::test]
async fn no_line_is_not_none() {
    let sections = MedicalKind::Treatment.parts().iter().map(|part| MedicalSection { part: *part, lines: Vec::new() }).collect();
    let html = document(page(MedicalKind::Treatment, sections, Vec::new()), Grouping::Date, Period::Year).await;
    assert_eq!(html.matches("情報がありません。").count(), 4, "each part says so");
    assert_eq!(html.matches("「なし」とは限りません").count(), 4);
    has(&document(page(MedicalKind::Checkup, Vec::new(), Vec::new()), Grouping::Date, Period::Year).await, "「なし」とは限りません");
    // What the period hides is told from what is not there.
    let old = MedicalSection { part: MedicalPart::Surgery, lines: vec![line("2020-01-08", "手術", None, Origin::Claims)] };
    let html = document(page(MedicalKind::Surgery, vec![old], Vec::new()), Grouping::Date, Period::Year).await;
    has(&html, "この期間にはありません。");
    assert!(!html.contains("情報がありません。"));
}

fn checkup(on: &str, values: &[(&str, &str, Option<Mark>)]) -> Checkup {
    let value = |(item, value, mark): &(&str, &str, Option<Mark>)| Measured {
        item: (*item).to_owned(),
        value: (*value).to_owned(),
        unit: "mg/dL".to_owned(),
        range: Some("99以下".to_owned()),
        mark: *mark,
    };
    let source =
        LineSource { institution: Some("ひなた健診センター".to_owned()), origin: Origin::Insurer, as_of: day("2026-10-01") };
    Checkup { on: day(on), name: "特定健康診査".to_owned(), source, values: values.iter().map(value).collect() }
}

#[tokio::test]
async fn checkups_stand_side_by_side_with_their_sources() {
    let checkups = vec![
        checkup("2026-06-12", &[("空腹時血糖", "132", Some(Mark::High)), ("HDL", "38", Some(Mark::Low))]),
        checkup("2025-06-13", &[("空腹時血糖", "98", None), ("AST", "20", None), ("HDL", "44", None)]),
    ];
    let names: Vec<&str> = items(&checkups).into_iter().map(|value| value.item.as_str()).collect();
    assert_eq!(names, ["空腹時血糖", "AST", "HDL"]);
    let html = document(page(MedicalKind::Checkup, Vec::new(), checkups), Grouping::Date, Period::Year).await;
    assert!(html.find("2026/06/12").unwrap() < html.find("2025/06/13").unwrap());
    for (expected, times) in [("ひなた健診センター", 2), ("2026/10/01時点", 2), ("99以下", 3), ("記録なし", 1), ("medical__mark", 2)]
    {
        assert_eq!(html.matches(expected).count(), times, "{expected}");
    }
    has(&html, "診断ではありません");
}

#[tokio::test]
async fn a_refusal_says_how_the_consent_stands_and_what_to_do() {
    let shown = |refusal: Refusal| {
        draw(move || html! { <DocumentView id="c1" remote={Remote::Failed(refusal)} grouping={Grouping::Date} period={Period::Year} /> })
    };
    for (state, expected) in [
        (ItemState::Refused, "この情報を見ることに同意していません"),
        (ItemState::NotAsked, "たずねていません"),
        (ItemState::NotApplicable, "対象外です"),
        (ItemState::Expired, "期限が切れています"),
        (ItemState::Replaced, "新しい同意に置き換わっています"),
    ] {
        has(&shown(Refusal { detail: Some(Detail::Item(state)), ..refused(Code::NotViewable) }).await, expected);
    }
    has(&shown(refused(Code::X34)).await, "全国のシステムが応答しません。");
    has(&shown(refused(Code::NoSource)).await, "照会先につながっていません");
}

#[tokio::test]
async fn the_way_from_the_menu_lists_the_living_consents() {
    let search = search_of(" しかく ", None, day("2026-11-20"));
    assert_eq!((search.consented_to, search.name_prefix.as_str()), (day("2026-11-20"), "しかく"));
    let mut row =
        details([ItemState::Refused, ItemState::Agreed, ItemState::Agreed, ItemState::NotApplicable, ItemState::Agreed, ItemState::Agreed])
            .row;
    row.id = "c7".to_owned();
    let found = |rows: Vec<ConsentRow>| {
        let total = u32::try_from(rows.len()).unwrap();
        let now = day("2026-11-20").at_jst(9, 0);
        let page = ConsentPage { total, is_total_more: false, ahead: 0, previous: None, next: None, damaged: 0, rows, now };
        draw(
            move || html! { <PeopleView form={Form::new(String::new(), Faults::default(), Callback::noop())} remote={Remote::Here(page)} /> },
        )
    };
    let html = found(vec![row]).await;
    has(&html, "薬剤・診療");
    assert!(!html.contains("手術"), "what is not open is not offered: {:?}", words(&html));
    has(&found(Vec::new()).await, "有効な同意のある患者様は見つかりません。");
}

#[tokio::test]
async fn the_history_says_which_of_whom_by_whom_and_when() {
    let row = ViewRow {
        id: "v1".to_owned(),
        at: day("2026-11-20").at_jst(10, 20),
        kind: MedicalKind::Drug,
        consent: Some("c1".to_owned()),
        person: Some(ichiro()),
        user: UserId::try_from("ishi1").unwrap(),
        user_name: Some("医師 花子".to_owned()),
        lines: 42,
    };
    let shown = |rows: Vec<ViewRow>, is_admin: bool| {
        let page = ViewPage { rows, damaged: 0, next: None, is_own_only: !is_admin };
        draw(move || {
            let form = Form::new(Conditions::of_this_month(day("2026-11-20")), Faults::default(), Callback::noop());
            html! { <ViewsView {form} remote={Remote::Here(page)} {is_admin} /> }
        })
    };
    let html = shown(vec![row.clone()], true).await;
    for expected in ["2026/11/20 10:20:00", "薬剤情報", "資格　一郎", "ishi1", "医師 花子", "42", "views-user"] {
        has(&html, expected);
    }
    let own = shown(vec![ViewRow { consent: None, person: None, ..row }], false).await;
    has(&own, "あなたが見た記録だけが出ます。");
    has(&own, "同意の記録がありません");
    assert!(!own.contains("views-user"), "others are not asked for");
    has(&shown(Vec::new(), true).await, "条件に合う閲覧の記録はありません。");
    let backwards = Conditions { from: "2026-11-21".to_owned(), ..Conditions::of_this_month(day("2026-11-20")) };
    assert!(backwards.check().is_err());
}
