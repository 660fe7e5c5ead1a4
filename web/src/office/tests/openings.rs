//! 災害・障害時, 利用報告, 後で確認する方 and カードが使えないとき in their states.

use shared::api::Code;
use shared::api::later::{LaterDetails, LaterRow, LaterShown, NewProvisional, PastShown, ResultRef, ResultRow};
use shared::api::opening::{CandidateRow, Found, HandIn, OpenedView, OpeningRow, OpeningSearch, OpeningsShown, Report, ViewLine};
use shared::domain::calendar::UnixMs;
use shared::domain::check::{CheckWay, Medium};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::institution::VisitKind;
use shared::domain::note::Note;
use shared::domain::opening::{CardlessRoute, ConsentGround, GroundWord, Opening, OpeningGround, OpeningKind, TypedInsurance, TypedPerson};
use shared::domain::person::Sex;
use yew::prelude::*;

use super::{coverage, eligibility, ichiro};
use crate::drawn::{day, draw, has, refused, user};
use crate::office::cardless::{CardlessView, Way};
use crate::office::laters::LatersView;
use crate::office::laters::one::OneLaterView;
use crate::office::openings::report::{ReportView, Typed as TypedReport};
use crate::office::openings::search::{At, SearchView};
use crate::office::openings::{OpeningsView, Typed, banner};
use crate::office::who::Who;
use crate::remote::Remote;
use crate::use_form::{Faults, Form};

fn now() -> UnixMs {
    day("2026-11-20").at_jst(10, 15)
}

fn note<const MAX: usize>(text: &str) -> Note<MAX> {
    Note::try_from(text).unwrap()
}

fn answered() -> Eligibility {
    eligibility(Validity::Valid, vec![coverage()])
}

fn form<T: Clone + 'static>(typed: T) -> Form<T> {
    Form::new(typed, Faults::default(), Callback::noop())
}

fn record(id: &str, from_h: i64, to_h: i64) -> OpeningRow {
    let at = |hours: i64| now().plus_ms(hours * 3_600_000);
    let ground = OpeningGround::Notice { number: note("第17号") };
    let opening = Opening { kind: OpeningKind::Disaster, area: note("受付市"), from: at(from_h), to: at(to_h), ground };
    OpeningRow { id: id.to_owned(), opening, opened_at: now(), opened_by: Some(user()), closed: None, handed_in: None }
}

fn oral() -> Option<ConsentGround> {
    Some(ConsentGround { word: GroundWord::Oral, reason: note("") })
}

#[tokio::test]
async fn ot_17_each_record_says_how_it_stands_and_offers_what_the_account_may() {
    let handed = OpeningRow { handed_in: Some((HandIn { on: day("2026-11-20"), to: note("県") }, user())), ..record("d", -9, -8) };
    let of_operator = OpeningRow { opened_by: None, ..record("a", -1, 1) };
    let rows = vec![of_operator, record("b", 1, 2), record("c", -9, -8), handed];
    let shown = OpeningsShown { rows, now: now() };
    let drawn = |may_manage, may_search, shown: OpeningsShown| async move {
        draw(move || {
            html! { <OpeningsView remote={Remote::Here(shown.clone())} form={form(Typed::at(now()))} {may_manage} {may_search} /> }
        })
        .await
    };
    let admin = drawn(true, false, shown.clone()).await;
    for expected in [
        "開いています",
        "まだ始まっていません",
        "利用報告は未提出",
        "利用報告は提出済み",
        "通知 第17号",
        "開始する",
        "href=\"/o/openings/report/a\"",
        "運用者が地域に対して開始",
    ] {
        has(&admin, expected);
    }
    assert!(!admin.contains("/o/openings/of/"), "an admin is offered the search");
    let viewer = drawn(false, true, shown.clone()).await;
    has(&viewer, "href=\"/o/openings/of/a\"");
    assert!(!viewer.contains("/o/openings/of/b") && !viewer.contains("/o/openings/of/c"), "only what lives is searched");
    assert!(!viewer.contains("開始する") && !viewer.contains("終了する"));
    has(&drawn(false, false, OpeningsShown { rows: Vec::new(), now: now() }).await, "開始の記録はありません。");
    // The banner: what lives, and nothing else.
    let said = draw(move || banner::view(&shown)).await;
    has(&said, "災害時医療情報閲覧が開いています");
    assert!(said.contains("class=\"on-screen\""), "it stands on the slips that are printed: {said}");
    assert_eq!(said.matches("開いています").count(), 1);
}

async fn search(at: At, row: Option<OpeningRow>) -> String {
    let remote = Remote::Here(OpeningsShown { rows: row.iter().cloned().collect(), now: now() });
    draw(move || {
        html! {
            <SearchView remote={remote.clone()} row={row.clone()} by_paper={false} form={form(Who::default())}
                grounds={form(Default::default())} at={at.clone()} />
        }
    })
    .await
}

fn asked() -> OpeningSearch {
    let (name, kana) = (note(""), note("シカク イチロウ"));
    OpeningSearch::Person(TypedPerson { name, kana, birth_date: day("1960-06-02"), sex: Sex::Male, address: note("受付市") })
}

#[tokio::test]
async fn ot_17c_d_a_person_is_chosen_and_a_ground_is_said() {
    let one = CandidateRow { key: "k".to_owned(), person: ichiro(), address: None };
    let of = |candidates: Vec<CandidateRow>, is_more| Found { candidates, is_more };
    let living = || Some(record("a", -1, 1));
    let ahead = search(At::Start, None).await;
    has(&ahead, "この記録は開いていません。");
    has(&ahead, "もう一度調べる");
    let ended = search(At::Ended, living()).await;
    has(&ended, "閲覧の画面を閉じました。");
    assert!(!ended.contains("もう一度調べる"), "what has ended does not come back");
    let nobody = search(At::Found(asked(), of(Vec::new(), false)), living()).await;
    has(&nobody, "この検索も記録されました。");
    let many = search(At::Found(asked(), of(vec![one.clone()], true)), living()).await;
    has(&many, "20人より多く見つかりました。");
    has(&many, "自動では選びません。");
    assert!(!many.contains("閲覧する"), "nobody is chosen yet");
    let chosen = search(At::Chosen(asked(), of(vec![one.clone()], false), one), living()).await;
    has(&chosen, "意思を確認できない");
    has(&chosen, "閲覧する");
}

#[tokio::test]
async fn ot_17e_a_view_says_on_what_ground_by_whom_and_when() {
    let eligibility = answered();
    let seen = OpenedView {
        check: "x".to_owned(),
        kind: OpeningKind::Disaster,
        eligibility,
        ground: Some(ConsentGround { word: GroundWord::Unable, reason: note("意識がない") }),
        viewer: (user(), "閲覧 次郎".to_owned()),
        at: now(),
        until: now().plus_ms(1),
    };
    let html = search(At::Seen(Box::new(seen.clone())), Some(record("a", -1, 1))).await;
    let head = html.split("each-page__body").next().unwrap();
    for expected in ["意思を確認できない: 意識がない", "閲覧 次郎", "2026", "第17号"] {
        has(head, expected);
    }
    has(&html, "資格　一郎");
    let ended = search(At::Seen(Box::new(seen)), None).await;
    assert!(!ended.contains("資格　一郎"), "the record ended: nothing of the person is shown");
}

#[tokio::test]
async fn ot_17g_the_report_counts_names_viewers_and_is_handed_in_once_over() {
    let view =
        ViewLine { at: now(), viewer: user(), person: Some(("ｼｶｸ ｲﾁﾛｳ".to_owned(), day("1960-06-02"))), ground: oral() };
    let of = |row| Report { row, searches: 3, empty_searches: 1, persons: 1, views: vec![view.clone()], now: now() };
    let drawn = |report: Report| async move {
        let typed = TypedReport { on: String::new(), to: String::new() };
        draw(move || html! { <ReportView remote={Remote::Here(report.clone())} form={form(typed.clone())} /> }).await
    };
    let over = drawn(of(record("a", -9, -8))).await;
    for expected in ["3回", "1人", "口頭で同意", "ｼｶｸ ｲﾁﾛｳ", "提出を記録", "id=\"report-save\""] {
        has(&over, expected);
    }
    let open = drawn(of(record("a", -1, 1))).await;
    has(&open, "まだ開いています。");
    assert!(!open.contains("提出を記録"));
    let none = drawn(Report { views: Vec::new(), ..of(record("a", -9, -8)) }).await;
    has(&none, "閲覧はありませんでした。");
}

fn task(route: Option<CardlessRoute>) -> LaterRow {
    let way = if route.is_some() { CheckWay::Provisional } else { CheckWay::Disaster };
    let (due_on, by, visit_kind) = (None, None, route.map(|_| VisitKind::OffRoute));
    LaterRow { id: "t".to_owned(), person: Some(ichiro()), at: now(), due_on, way, route, medium: Medium::Nothing, by, visit_kind }
}

#[tokio::test]
async fn ot_17h_tasks_of_both_kinds_stand_in_one_list() {
    let rows = vec![task(None), task(Some(CardlessRoute::Declaration))];
    let html = draw(move || html! { <LatersView remote={Remote::Here(LaterShown { rows: rows.clone(), now: now() })} /> }).await;
    for expected in ["災害時の確認", "仮確認(被保険者資格申立書)", "外来診療等(通常とは異なる動線)", "訪問先の端末", "href=\"/o/laters/t\""]
    {
        has(&html, expected);
    }
    let none = draw(|| html! { <LatersView remote={Remote::Here(LaterShown { rows: Vec::new(), now: now() })} /> }).await;
    has(&none, "後で確認する方はいません。");
    let failed = draw(|| html! { <LatersView remote={Remote::<LaterShown>::Failed(refused(Code::X34))} /> }).await;
    has(&failed, "全国のシステムが止まっています。");
}

#[tokio::test]
async fn ot_17h_old_stands_beside_new_and_what_changed_is_said() {
    let new = answered();
    let typed = NewProvisional {
        route: CardlessRoute::Notice,
        person: match asked() {
            OpeningSearch::Person(person) => person,
            OpeningSearch::Paper { .. } => panic!(),
        },
        insurance: TypedInsurance { insurer_number: note("99999999"), ..TypedInsurance::default() },
        past: None,
        note: note("紛失"),
        visit_kind: None,
    };
    let of = ResultRef::Consent("c1".to_owned());
    let since = vec![ResultRow { of, way: CheckWay::Pin, eligibility: new.clone() }];
    let row = task(Some(CardlessRoute::Notice));
    let details = LaterDetails { row, is_open: true, typed: Some(typed), then: None, since, now: now() };
    let drawn = |details: LaterDetails| async move {
        draw(move || html! { <OneLaterView remote={Remote::Here(details.clone())} form={form(String::new())} /> }).await
    };
    let html = drawn(details.clone()).await;
    for expected in
        ["99999999", new.coverages[0].insurer_number.as_str(), "変わりました", "紛失", "この確認で確定する", "資格は照会していません"]
    {
        has(&html, expected);
    }
    has(&drawn(LaterDetails { since: Vec::new(), ..details.clone() }).await, "その後の確認は、まだありません。");
    has(&drawn(LaterDetails { is_open: false, ..details }).await, "ほかの人が、もう終わらせています。");
}

#[tokio::test]
async fn x12_every_way_stands_on_one_screen() {
    let drawn = |way: Way, has_paper: bool, has_screen: bool, past: Option<PastShown>| async move {
        draw(move || {
            html! {
                <CardlessView {has_paper} {has_screen} way={form(way.clone())} form={form(Who::default())} past={past.clone()} />
            }
        })
        .await
    };
    let all = drawn(Way::default(), true, true, None).await;
    for expected in ["href=\"/o/check/paper\"", "資格情報のお知らせ", "マイナポータルの画面", "被保険者資格申立書", "過去の資格情報"]
    {
        has(&all, expected);
    }
    has(&all, "全国のシステムの停止");
    assert!(!drawn(Way::default(), false, false, None).await.contains("マイナポータルの画面"));
    let of = |route| Way { route: Some(route), ..Way::default() };
    has(&drawn(of(CardlessRoute::Notice), false, true, None).await, "who-insurer");
    assert!(!drawn(of(CardlessRoute::Declaration), false, true, None).await.contains("who-insurer"));
    // X34: written down for later, and the way to OT-17 beside it.
    let away = drawn(of(CardlessRoute::SystemDown), false, true, None).await;
    has(&away, "氏名、性別、生年月日、住所を書き取り");
    has(&away, "href=\"/o/openings\"");
    let nothing = drawn(of(CardlessRoute::Past), false, true, Some(PastShown { rows: Vec::new() })).await;
    has(&nothing, "この方の過去の資格情報は見つかりません。");
    let eligibility = answered();
    let known = ResultRow { of: ResultRef::Check("k".to_owned()), way: CheckWay::Paper, eligibility };
    let past = drawn(of(CardlessRoute::Past), false, true, Some(PastShown { rows: vec![known] })).await;
    has(&past, "これを使う");
}
