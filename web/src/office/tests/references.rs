//! この方の記録, 結びつけの訂正, 照会番号管理, the text of a result.

use shared::api::reference::{
    LineAct, LinkCorrection, PersonCard, PersonFile, ReferenceEvent, ReferenceLine, ReferenceListed, ReferencePage, ReferenceReport,
    ReferenceRow, ResultHere, SentAs, SentResult,
};
use shared::domain::note::Note;
use shared::domain::reference::{LinkReason, ReferenceAct, ReferenceFault, SendState};

use super::*;
use crate::office::consent::person::PersonView;
use crate::office::link::{LinkView, Search, Typed};
use crate::office::references::bulk::{ReferenceBulkView, Stage};
use crate::office::references::{Find, ReferencesView};
use crate::remote::Remote;
use crate::text::office::references as said;
use crate::use_form::{Faults, Form};

fn row(number: Option<&str>, state: SendState) -> ReferenceRow {
    ReferenceRow {
        id: "r1".to_owned(),
        number: number.map(str::to_owned),
        state,
        code: None,
        message: None,
        changed_at: day("2024-01-17").at_jst(11, 0),
        changed_by: Some(crate::drawn::user()),
        held_at: None,
        held_by: None,
    }
}

fn file(reference: Option<ReferenceRow>) -> PersonFile {
    let result = ResultHere {
        consent: Some("c1".to_owned()),
        at: day("2024-01-17").at_jst(10, 14),
        check_way: CheckWay::Pin,
        medium: Medium::Card,
        visit_kind: Some(VisitKind::HomeVisit),
        validity: Validity::Valid,
        by: None,
        assist: Some(shared::domain::visit::Assist::Family),
        insurance: "06990014 １２－３４ 56 01".to_owned(),
    };
    let paper =
        ResultHere { consent: None, check_way: CheckWay::Paper, visit_kind: None, by: Some(crate::drawn::user()), ..result.clone() };
    let event = ReferenceEvent {
        at: day("2024-01-17").at_jst(11, 0),
        by: None,
        act: ReferenceAct::Changed,
        former: Some("1".to_owned()),
        number: Some("2".to_owned()),
        reason: Some(LinkReason::Mistyped),
        note: "".to_owned(),
    };
    let sent = SentResult { at: day("2024-01-17").at_jst(12, 0), what: SentAs::FaceFile, number: Some("1".to_owned()) };
    PersonFile {
        reference,
        changes: vec![event],
        results: vec![result, paper],
        has_more: false,
        sent: vec![sent],
        may_set: true,
        may_correct: true,
        now: day("2024-01-17").at_jst(12, 0),
    }
}

fn form<T: Clone + 'static>(typed: T) -> Form<T> {
    Form::new(typed, Faults::default(), Callback::noop())
}

async fn person(file: PersonFile) -> String {
    draw(move || html! { <PersonView consent="c1" remote={Remote::Here(file)} form={form(String::new())} /> }).await
}

#[tokio::test]
async fn a_persons_number_stands_with_its_state_and_history() {
    let never = person(file(None)).await;
    has(&never, said::NEVER);
    has(&never, said::SET);
    assert!(!never.contains(said::TO_LINK) && !never.contains(said::TAKE_OFF), "nothing to take off or to correct");
    let html = person(file(Some(row(Some("2"), SendState::Registered)))).await;
    for expected in [
        "登録済",
        said::CHANGE,
        said::TAKE_OFF,
        said::TO_LINK,
        "href=\"/o/consents/c1/link\"",
        "照会番号を変更(1 → 2) 理由: 番号を打ちまちがえた",
    ] {
        has(&html, expected);
    }
    has(&html, said::THIS_ONE);
    has(&html, "資格確認書等");
    has(&html, said::WITHOUT_CONSENT);
    let refused = ReferenceRow { code: Some("IND00901".to_owned()), ..row(Some("2"), SendState::Refused) };
    has(&person(file(Some(refused))).await, "拒否(IND00901)");
    let held = ReferenceRow {
        held_at: Some(day("2024-01-18").at_jst(9, 0)),
        held_by: Some(crate::drawn::user()),
        ..row(Some("2"), SendState::Registered)
    };
    let html = person(file(Some(held))).await;
    has(&html, said::HELD);
    assert!(!html.contains("reference-set"), "a wrong link is corrected, not overwritten");
    let reader = PersonFile { may_set: false, may_correct: false, ..file(Some(row(Some("2"), SendState::Late))) };
    let html = person(reader).await;
    assert!(html.contains("遅れ") && !html.contains("reference-set") && !html.contains(said::TO_LINK));
}

fn card(name: &str) -> PersonCard {
    PersonCard {
        consent: "c9".to_owned(),
        person: Some(Person { name: name.to_owned(), ..ichiro() }),
        address: Some("東京都".to_owned()),
        insurance: "06990014 1 2".to_owned(),
        number: None,
        at: day("2024-01-16").at_jst(9, 0),
    }
}

async fn link(search: Search, asked: Option<LinkCorrection>) -> String {
    let remote = Remote::Here((details(eligibility(Validity::Valid, vec![coverage()])), file(Some(row(Some("2"), SendState::Registered)))));
    draw(move || html! { <LinkView id="c1" {remote} form={form(Typed::default())} {search} {asked} /> }).await
}

#[tokio::test]
async fn two_people_stand_side_by_side_and_what_left_is_listed() {
    let html = link(Search::default(), None).await;
    for expected in
        [said::THIS_PERSON, said::OTHER_PERSON, said::OTHER_UNKNOWN, said::MARK_WRONG, "照会番号 2 の登録(送信先)", "照会番号 1"]
    {
        has(&html, expected);
    }
    let none = link(Search { found: Some(Vec::new()), chosen: None }, None).await;
    has(&none, said::FOUND_NONE);
    let chosen = Search { found: None, chosen: Some(card("同名　正")) };
    let html = link(chosen.clone(), None).await;
    has(&html, "同名　正");
    for name in ["フリガナ", "生年月日", "性別", said::ADDRESS, said::INSURANCE] {
        assert_eq!(html.matches(&format!("<dt>{name}</dt>")).count(), 2, "{name} of both");
    }
    let asked = LinkCorrection {
        reason: LinkReason::LikeName,
        note: Note::default(),
        number: None,
        others: Some("c9".to_owned()),
        shown: Some("2".to_owned()),
    };
    let html = link(chosen, Some(asked)).await;
    has(&html, &said::will_move("2", "同名　正"));
    has(&html, &said::will_lose("2", "資格　一郎"));
}

#[test]
fn a_correction_needs_a_reason_and_other_reasons_words() {
    let typed = |number: &str, reason: &str, note: &str| Typed {
        number: number.to_owned(),
        reason: reason.to_owned(),
        note: note.to_owned(),
        ..Typed::default()
    };
    for (typed, wrong) in [
        (typed("", "", ""), crate::office::link::REASON),
        (typed("資格", "mistyped", ""), crate::office::link::NUMBER),
        (typed("1", "other", " "), crate::office::link::NOTE),
        (typed("1", "mistyped", &"あ".repeat(201)), crate::office::link::NOTE),
    ] {
        assert_eq!(typed.check(None, Some("2")).unwrap_err().first(), Some(wrong));
    }
    let good = typed(" 00-7 ", "other", "カルテを分けた").check(Some(&card("同名　正")), Some("2")).unwrap();
    assert_eq!((good.number.unwrap().as_str(), good.others.as_deref(), good.shown.as_deref()), ("00-7", Some("c9"), Some("2")));
    assert_eq!(typed("", "mistyped", "").check(None, Some("2")).unwrap().number, None, "linked later");
}

#[tokio::test]
async fn the_list_of_numbers_says_whose_and_how_far() {
    let listed = |name: Option<&str>| ReferenceListed {
        row: row(Some("2"), SendState::Sending),
        consent: name.map(|_| "c1".to_owned()),
        name: name.map(str::to_owned),
        insurance: "06990014 1 2".to_owned(),
    };
    let page = ReferencePage { rows: vec![listed(Some("資格　一郎")), listed(None)], next: None };
    let html = draw(move || html! { <ReferencesView form={form(Find::default())} remote={Remote::Here(page)} /> }).await;
    for expected in ["資格　一郎", said::NOBODY_YET, "送信中", said::TO_BULK] {
        has(&html, expected);
    }
    let empty = ReferencePage { rows: Vec::new(), next: None };
    has(&draw(move || html! { <ReferencesView form={form(Find::default())} remote={Remote::Here(empty)} /> }).await, said::NONE);
}

#[tokio::test]
async fn a_file_says_row_by_row_what_it_would_do() {
    let report = |outcome| ReferenceReport { rows: vec![ReferenceLine { line: 2, number: "1".to_owned(), outcome }] };
    let drawn = |report| draw(move || html! { <ReferenceBulkView stage={Stage { report: Some(report), ..Stage::default() }} /> });
    let good = drawn(report(Ok(LineAct::Ahead))).await;
    has(&good, said::ALL_GOOD);
    has(&good, said::APPLY);
    let bad = drawn(report(Err(ReferenceFault::Twice))).await;
    has(&bad, &said::faulty_rows(1));
    assert!(!bad.contains("references-apply"));
}

#[test]
fn a_result_is_copied_in_the_order_of_the_app_and_never_a_guess() {
    use crate::office::consent::copied::text_of;
    let mut one = details(eligibility(Validity::Valid, vec![coverage()]));
    one.row.reference_number = Some("00-7".to_owned());
    let text = text_of(&one).unwrap();
    let expected = "照会番号\t00-7\r\n資格情報\r\n確認日 : \t2024/01/17\r\n保険者番号\t06990014\r\n保険者名\tひなた健康保険組合\r\n記号\t１２－３４\r\n\
         番号\t56\r\n枝番\t01\r\nフリガナ\tｼｶｸ ｲﾁﾛｳ\r\n氏名\t資格　一郎\r\n生年月日\t1960/06/02\r\n性別\t男\r\n証区分\t被保険者証(一般)\r\n\
         有効開始日\t2019/04/01\r\n資格取得年月日\t2019/04/01\r\n本人・家族の別\t本人\r\n";
    assert_eq!(text, expected, "what was not given has no line");
    let several = |chosen: Option<u32>| {
        let other = Coverage { member_number: "99".to_owned(), ..coverage() };
        let mut of = details(eligibility(Validity::Several, vec![coverage(), other]));
        of.chosen =
            chosen.map(|coverage| shared::api::office::ChosenCoverage { coverage, at: of.row.consented_at, by: crate::drawn::user() });
        text_of(&of)
    };
    assert_eq!(several(None), None, "nobody has chosen");
    assert!(several(Some(1)).unwrap().contains("\r\n番号\t99\r\n"));
    assert_eq!(text_of(&details(eligibility(Validity::NotFound, Vec::new()))), None);
}
