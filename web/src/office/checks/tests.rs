//! The screens of OT-12, OT-13 and OT-35, drawn.

use shared::api::Code;
use shared::api::bulk_check::{BulkCheckLine, BulkCheckReport, BulkRun, BulkRuns, LineDoubt, LineFault, RunState};
use shared::api::check::{CandidateRow, CheckDetails, CheckPage, CheckRow};
use shared::api::grant::{FetchRow, GrantRow, GrantState, Grants};
use shared::api::office::ChosenCoverage;
use shared::domain::account::AccountKind;
use shared::domain::asked::{AskedOf, Collects, NumbersAsked, SubsidyPair};
use shared::domain::calendar::UnixMs;
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::note::Note;
use yew::prelude::*;

use super::bulk::{BulkView, BulkViewProps, Stage as BulkStage};
use super::form::Typed;
use super::grants::{GrantsView, GrantsViewProps, Typed as TypedGrant};
use super::history::{Conditions, HistoryView};
use super::number::{ByNumberView, ByNumberViewProps, Stage};
use super::run::RunView;
use super::view::CheckView;
use crate::drawn::{day, draw, has, institution, refused, user, words};
use crate::office::tests::{coverage, eligibility};
use crate::remote::Remote;
use crate::use_call::Progress;
use crate::use_form::{Faults, Form};

fn form<T: Clone + 'static>(typed: T) -> Form<T> {
    Form::new(typed, Faults::default(), Callback::noop())
}

fn typed() -> Typed {
    Typed {
        insurer: "０６９９－００１５".to_owned(),
        symbol: "12-34".to_owned(),
        member: "0056".to_owned(),
        branch: "01".to_owned(),
        birth: "S35.6.2".to_owned(),
        ..Typed::default()
    }
}

fn asked(of: AskedOf) -> NumbersAsked {
    let typed = Typed { collects: "other".to_owned(), ..typed() };
    typed.check(of).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// Of a paper that has ended.
fn past() -> NumbersAsked {
    NumbersAsked { paper_until: Some(day("2026-11-19")), ..asked(AskedOf::Paper) }
}

fn details(eligibility: Eligibility, asked: Option<NumbersAsked>) -> CheckDetails {
    CheckDetails {
        id: "7".to_owned(),
        visit_kind: None,
        consent: None,
        check_way: CheckWay::Prescription,
        medium: Medium::Paper,
        done_by: Some(user()),
        state: CheckState::Done,
        asked,
        reference_number: None,
        eligibility,
        chosen: None,
    }
}

#[test]
fn what_is_missing_is_said_and_what_only_looks_wrong_is_read() {
    let faults = Typed::default().check(AskedOf::Paper).unwrap_err();
    assert_eq!(faults.first(), Some("check-insurer"));
    for (id, is_faulty) in [("check-member", true), ("check-birth", true), ("check-symbol", false), ("check-collects", false)] {
        assert_eq!(faults.of(id).is_some(), is_faulty, "{id}");
    }
    assert!(typed().check(AskedOf::Prescription).unwrap_err().of("check-collects").is_some(), "who collects is asked");
    let paper = typed().check(AskedOf::Paper).unwrap();
    assert_eq!(paper.birth_date, day("1960-06-02"));
    assert_eq!(paper.doubts().len(), 1, "a check digit that does not fit");
    let twelve = Typed { member: concat!("1234567890", "18").to_owned(), ..typed() };
    assert!(twelve.check(AskedOf::Number).unwrap_err().of("check-member").is_some(), "an individual number");
    // What only a prescription has is not sent by another heading.
    let mut more = Typed { collects: "patient".to_owned(), ..typed() };
    more.first.payer = "12990016".to_owned();
    let (prescription, paper) = (more.check(AskedOf::Prescription).unwrap(), more.check(AskedOf::Paper).unwrap());
    assert_eq!((prescription.collects, prescription.subsidies.len()), (Some(Collects::Patient), 1));
    assert_eq!((paper.collects, paper.subsidies.len()), (None, 0));
}

#[test]
fn last_values_are_those_of_one_coverage_and_of_several_none() {
    let mut typed = Typed::default();
    typed.take_over(&eligibility(Validity::Several, vec![coverage(), coverage()]));
    assert!(typed.insurer.is_empty() && !typed.birth.is_empty());
    typed.take_over(&eligibility(Validity::Valid, vec![coverage()]));
    assert_eq!((typed.insurer.as_str(), typed.member.as_str()), (coverage().insurer_number.as_str(), coverage().member_number.as_str()));
}

fn screen(of: AskedOf, stage: Stage, is_pharmacy: bool) -> ByNumberViewProps {
    ByNumberViewProps {
        of,
        today: day("2026-11-20"),
        is_pharmacy,
        form: form(typed()),
        stage,
        asking: Progress::default(),
        choosing: Progress::default(),
        onsubmit: Callback::noop(),
        onask: Callback::noop(),
        onback: Callback::noop(),
        onnext: Callback::noop(),
        onchoose: Callback::noop(),
        ontake: Callback::noop(),
    }
}

async fn shown(make: impl FnOnce() -> ByNumberViewProps + Send + 'static) -> String {
    draw(move || html! { <ByNumberView ..make() /> }).await
}

#[tokio::test]
async fn one_form_has_two_headings_and_that_of_prescriptions_stands_first_for_pharmacies() {
    let paper = shown(|| screen(AskedOf::Paper, Stage::Form, false)).await;
    has(&paper, "有効期限");
    assert!(!paper.contains("受け取りに来た方"));
    let prescription = shown(|| screen(AskedOf::Prescription, Stage::Form, false)).await;
    for part in ["受け取りに来た方", "公費負担者番号(第二公費)", "代わりの方"] {
        has(&prescription, part);
    }
    let place = |html: &str, what: &str| html.find(what).unwrap();
    assert!(place(&paper, "資格確認書等で確認") < place(&paper, "処方箋で確認"));
    let pharmacy = shown(|| screen(AskedOf::Paper, Stage::Form, true)).await;
    assert!(place(&pharmacy, "処方箋で確認") < place(&pharmacy, "資格確認書等で確認"));
}

#[tokio::test]
async fn a_doubt_is_a_question_and_several_people_are_a_choice() {
    let doubted = shown(|| screen(AskedOf::Paper, Stage::Doubted(past()), false)).await;
    for part in
        ["番号をもう一度確かめてください", "保険者番号: 検証番号(最後の数字)が合いません", "有効期限が過ぎています。", "このまま確認する"]
    {
        has(&doubted, part);
    }
    let row = |key: &str, branch: &str| CandidateRow {
        key: key.to_owned(),
        person: eligibility(Validity::Valid, vec![coverage()]).person,
        branch_number: Some(branch.to_owned()),
    };
    let several =
        shown(move || screen(AskedOf::Number, Stage::Several(asked(AskedOf::Number), vec![row("a", "01"), row("b", "02")]), false)).await;
    has(&several, "まだ記録していません。");
    assert_eq!(several.matches("この方で確認する").count(), 2, "none is chosen before");
}

#[tokio::test]
async fn the_result_says_the_verdict_first_then_the_coverage_then_what_was_typed() {
    let of = asked(AskedOf::Prescription);
    let of = NumbersAsked {
        subsidies: vec![SubsidyPair { payer: Note::try_from("12990016").unwrap(), beneficiary: Note::try_from("ひ-1").unwrap() }],
        ..of
    };
    let made = details(eligibility(Validity::Valid, vec![coverage()]), Some(of));
    let html = shown(move || screen(AskedOf::Prescription, Stage::Made(Box::new(made)), false)).await;
    let place = |what: &str| html.find(what).unwrap_or_else(|| panic!("no {what} in {}", words(&html).join("\n")));
    assert!(place("detail__verdict") < place("detail__coverage") && place("detail__coverage") < place("入力した内容"));
    for part in ["代わりの方", "ひ-1", "kanri1", "結果をコピーする", "印刷する", "次の方を確認する"] {
        has(&html, part);
    }
    let none = details(Eligibility::of_insurance(Validity::NotFound, UnixMs(0), None, Vec::new()), Some(asked(AskedOf::Paper)));
    has(&draw(move || html! { <CheckView details={none} /> }).await, "加入したばかりのときは");
    let mut several = details(eligibility(Validity::Several, vec![coverage(), coverage()]), None);
    several.chosen = Some(ChosenCoverage { coverage: 1, at: UnixMs(0), by: user() });
    let html = draw(move || html! { <CheckView details={several} /> }).await;
    assert_eq!((html.matches("id=\"coverage-0\"").count(), html.matches("id=\"coverage-1\"").count()), (1, 0));
}

fn row(id: &str, is_consent: bool) -> CheckRow {
    CheckRow {
        id: id.to_owned(),
        is_consent,
        at: UnixMs(0),
        person: None,
        visit_kind: None,
        check_way: CheckWay::Paper,
        medium: Medium::Paper,
        done_by: None,
        validity: Validity::NotFound,
        state: CheckState::Done,
    }
}

async fn history(rows: Vec<CheckRow>, next: Option<&'static str>, is_cut: bool) -> String {
    let page = CheckPage { rows, damaged: 0, next: next.map(str::to_owned), is_cut, now: UnixMs(0) };
    let remote = Remote::Here(page);
    draw(move || html! { <HistoryView form={form(Conditions::of_this_month(day("2026-11-20")))} {remote} /> }).await
}

#[tokio::test]
async fn a_row_leads_to_its_consent_or_its_check_and_a_search_that_stopped_says_so() {
    let html = history(vec![row("a", true), row("b", false)], None, false).await;
    for part in ["/o/consents/a", "/o/checks/of/b", "該当者なし", "患者(受付)", "自動"] {
        has(&html, part);
    }
    has(&history(Vec::new(), None, false).await, "条件に合う確認はありません。");
    let cut = history(Vec::new(), Some("1.x"), true).await;
    has(&cut, "まだ探していない期間があります。");
    assert!(!cut.contains("条件に合う確認はありません。"), "nobody knows yet");
    let failed = draw(|| {
        html! { <HistoryView form={form(Conditions::default())} remote={Remote::Failed(refused(Code::X01))} /> }
    });
    has(&failed.await, "もう一度");
}

#[test]
fn the_conditions_of_a_history_are_read_or_refused_at_their_field() {
    let of = |from: &str, to: &str, user: &str| Conditions {
        from: from.to_owned(),
        to: to.to_owned(),
        user: user.to_owned(),
        way: "prescription".to_owned(),
        validity: "aid".to_owned(),
        ..Conditions::default()
    };
    let search = of("2026-11-01", "2026-11-20", "kanri1").check().unwrap();
    assert_eq!((search.way, search.validity, search.medium), (Some(CheckWay::Prescription), Some(Validity::AidNotRegistered), None));
    for (from, to, user, id) in [
        ("", "2026-11-20", "", "checks-from"),
        ("2026-11-20", "2026-11-19", "", "checks-to"),
        ("2025-11-19", "2026-11-20", "", "checks-to"),
        ("2026-11-01", "2026-11-20", "だれか", "checks-user"),
    ] {
        assert_eq!(of(from, to, user).check().unwrap_err().first(), Some(id), "{from} {to} {user}");
    }
}

fn run(state: RunState, done: u32) -> BulkRun {
    BulkRun {
        id: "7".to_owned(),
        started_at: UnixMs(0),
        started_by: user(),
        state,
        ended_at: (state != RunState::Running).then_some(UnixMs(60_000)),
        total: 120,
        done,
        faulty: 2,
        several_people: 1,
        verdicts: vec![(Validity::Valid, done.saturating_sub(1))],
    }
}

fn bulk(report: Option<BulkCheckReport>) -> BulkViewProps {
    BulkViewProps {
        stage: BulkStage { file: Some(("a.csv".to_owned(), vec![1])), fault: None, report },
        runs: Remote::Here(BulkRuns { rows: vec![run(RunState::Running, 45)] }),
        is_checking: false,
        is_starting: false,
        not_checked: Some(refused(Code::Request)),
        not_started: None,
        onchoose: Callback::noop(),
        oncheck: Callback::noop(),
        onstart: Callback::noop(),
        on_retry: Callback::noop(),
    }
}

#[tokio::test]
async fn a_file_says_line_by_line_what_it_would_ask_and_starts_only_with_a_good_one() {
    let line = |line, faults, doubts| BulkCheckLine { line, key: format!("P{line}"), faults, doubts };
    let rows = vec![line(2, vec![], vec![LineDoubt::Insurer]), line(3, vec![LineFault::Birth, LineFault::MyNumber], vec![])];
    let mixed = BulkCheckReport { rows: rows.clone() };
    let html = draw(move || html! { <BulkView ..bulk(Some(mixed)) /> }).await;
    for part in [
        "1行に誤りがあります。",
        "このまま照会もできます。",
        "生年月日を確かめてください。",
        "誤りのない行だけ照会を始める",
        "120件中 45件",
    ] {
        has(&html, part);
    }
    has(&html, "このファイルは様式とちがいます");
    let bad = BulkCheckReport { rows: rows.into_iter().skip(1).collect() };
    let html = draw(move || html! { <BulkView ..bulk(Some(bad)) /> }).await;
    has(&html, "照会できる行がありません。");
    assert!(!html.contains("bulk-check-start"));
    for fault in LineFault::ALL {
        assert!(!crate::text::office::bulk_checks::fault(fault).is_empty());
    }
}

#[tokio::test]
async fn a_run_shows_how_far_it_is_and_can_be_stopped_while_it_goes_on() {
    let shown = |state| draw(move || html! { <RunView remote={Remote::Here(run(state, 45))} asking={Some(Progress::default())} /> });
    let running = shown(RunState::Running).await;
    for part in ["120件中 45件", "実行中", "中止する", "結果を保存する(CSV)", "複数の方が該当", "この画面を閉じても照会は続きます。"]
    {
        has(&running, part);
    }
    let done = shown(RunState::Done).await;
    has(&done, "完了");
    assert!(!done.contains("id=\"bulk-check-stop\""));
}

fn grant(state: GrantState) -> GrantRow {
    GrantRow {
        id: "7".to_owned(),
        other: institution(),
        other_name: "試験クリニック".to_owned(),
        from: day("2026-11-20"),
        until: day("2026-12-20"),
        state,
        given_at: UnixMs(0),
        given_by: user(),
        revoked_at: (state == GrantState::Revoked).then_some(UnixMs(0)),
        fetches: vec![FetchRow { at: UnixMs(0), by: user(), from: day("2026-11-20"), to: day("2026-11-21"), rows: 12 }],
    }
}

fn grants(kind: AccountKind, state: GrantState) -> GrantsViewProps {
    GrantsViewProps {
        kind,
        form: form(TypedGrant::default()),
        remote: Remote::Here(Grants { given: vec![grant(state)], received: vec![grant(state)] }),
        giving: Progress { is_busy: false, refusal: Some(refused(Code::NotFound)) },
        asking: None,
        today: day("2026-11-21"),
        done: None,
        ongive: Callback::noop(),
        onask: Callback::noop(),
        onrevoke: Callback::noop(),
        on_retry: Callback::noop(),
    }
}

#[tokio::test]
async fn both_sides_see_the_grant_and_only_the_admin_gives_or_takes_back() {
    let admin = draw(|| html! { <GrantsView ..grants(AccountKind::Admin, GrantState::Living) /> }).await;
    for part in ["取得する", "許可を取り消す", "12件", "その機関コードの機関は、ここで利用していません"]
    {
        has(&admin, part);
    }
    assert_eq!(admin.matches("2026/11/20〜2026/12/20").count(), 2, "the same on both sides");
    let staff = draw(|| html! { <GrantsView ..grants(AccountKind::General, GrantState::Living) /> }).await;
    assert!(staff.contains("取得する") && !staff.contains("許可を取り消す") && !staff.contains("委託先に許可する"));
    let revoked = draw(|| html! { <GrantsView ..grants(AccountKind::Admin, GrantState::Revoked) /> }).await;
    has(&revoked, "取消済み");
    assert!(!revoked.contains("grant-fetch-7") && !revoked.contains("grant-revoke-7"));
}
