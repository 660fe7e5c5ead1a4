//! 稼働状況, メンテナンス予定, 問い合わせ先, 問い合わせ管理 and the record for support in their states.

use std::rc::Rc;

use shared::api::desk::{DeskList, DeskRow};
use shared::api::enquiry::{EnquiryPage, EnquiryRow};
use shared::api::maintenance::{CalendarShown, Window, WindowRow};
use shared::api::operation::{Fact, News, Operation, PartState, RecordLine, SupportRecord};
use shared::api::{Code, Refusal};
use shared::domain::calendar::UnixMs;
use shared::domain::desk::{ClosedDays, Desk, Hours, OpenHours};
use shared::domain::enquiry::{Enquiry, EnquiryState};
use shared::domain::maintenance::Span;
use shared::domain::note::Note;
use shared::domain::operation::{Light, Part};
use yew::prelude::*;

use super::cells;
use crate::drawn::{day, draw, has, refused, user};
use crate::news;
use crate::office::desks::{DesksView, form as desk_form};
use crate::office::enquiries::{EnquiriesView, Find, Typed as TypedEnquiry};
use crate::office::maintenance::{MaintenanceView, Typed as TypedWindow};
use crate::office::operation::{Here, OperationView, nothing_seen, reader_light};
use crate::office::support_record::{Chosen, SupportRecordView, encoded};
use crate::reader::{Shown, View, Why};
use crate::remote::Remote;
use crate::use_call::Progress;
use crate::use_form::{Faults, Form};

fn now() -> UnixMs {
    day("2026-11-20").at_jst(10, 15)
}

fn note<const MAX: usize>(text: &str) -> Note<MAX> {
    Note::try_from(text).unwrap()
}

fn state(part: Part, light: Light, fact: Fact) -> PartState {
    PartState { part, light, fact, since: Some(now().plus_ms(-3_600_000)), good_at: Some(now().plus_ms(-7_200_000)) }
}

fn operation() -> Operation {
    let of = |part| match part {
        Part::National => state(part, Light::Bad, Fact::RegisterSilent),
        Part::Store => state(part, Light::Good, Fact::Stored { ms: 3, free_mib: Some(50_000), late_jobs: 0 }),
        Part::Clock => state(part, Light::Good, Fact::ClockSteady),
        _ => state(part, Light::Unknown, Fact::NotConnected),
    };
    Operation { parts: Part::ALL.into_iter().map(of).collect(), windows: vec![window(Part::National, 0, 60)], now: now() }
}

fn window(part: Part, from: i64, to: i64) -> WindowRow {
    let span = Span { from: now().plus_ms(from * 60_000), to: now().plus_ms(to * 60_000) };
    let window = Window { part, span, still: note("紙の確認は使えます"), source: note("お知らせ") };
    WindowRow { id: format!("w{from}"), is_common: false, window, ended_at: None }
}

fn desk(name: &str, parts: Vec<Part>) -> DeskRow {
    let week = Some(Hours::from_typed("9-17").unwrap());
    let hours = OpenHours {
        week: [week, week, week, week, week, None, None],
        is_closed_on_holidays: true,
        closed: vec![ClosedDays::from_typed("12/29-1/3").unwrap()],
        pause: Some(Hours::from_typed("12-13").unwrap()),
    };
    let desk =
        Desk {
            name: note(name), number: note("03-0000-0000"), at_hand: note("製造番号"), hours: Some(hours), parts, ..Desk::default()
        };
    DeskRow { id: name.to_owned(), is_common: false, desk }
}

fn here(view: View) -> Here {
    Here { device: Light::Good, is_on_line: true, trip_ms: Some(12), apart_s: 0, reader: Shown { view, ..nothing_seen() } }
}

fn body(html: &str) -> &str {
    html.split("<tbody").nth(1).unwrap().split("</tbody>").next().unwrap()
}

/// The row of a part: part, light, sentence, since when, what to do.
async fn row(last: Option<Operation>, refusal: Option<Refusal>, here: Here, part: Part) -> Vec<String> {
    let html = operation_screen(last, refusal, here).await;
    let place = Part::ALL.iter().position(|one| *one == part).unwrap();
    cells(body(&html).split("<tr").nth(place + 1).unwrap())
}

async fn operation_screen(last: Option<Operation>, refusal: Option<Refusal>, here: Here) -> String {
    draw(move || {
        let desks = Rc::new(vec![desk("全国の窓口", vec![Part::National])]);
        html! { <OperationView {last} {refusal} {here} {desks} /> }
    })
    .await
}

#[tokio::test]
async fn each_part_has_light_sentence_times_and_what_to_do() {
    let national = row(Some(operation()), None, here(View::PutCard), Part::National).await;
    assert_eq!(national[..2], ["全国のシステム(資格情報)", "停止"]);
    for (cell, expected) in [
        (2, "全国のシステムが止まっています。"),
        (2, "メンテナンス中: 令和8年11月20日 10:15〜11:15"),
        (3, "2026/11/20 09:15から"),
        (3, "最後に正常: 2026/11/20 08:15"),
        (4, "後日もう一度確認"),
        (4, "全国の窓口"),
        (4, "03-0000-0000"),
        (4, "受付中(11/20(金) 12:00まで)"),
    ] {
        assert!(national[cell].contains(expected), "{expected} in {national:?}");
    }
    let store = row(Some(operation()), None, here(View::PutCard), Part::Store).await;
    assert_eq!((store[1].as_str(), store[4].as_str()), ("正常", "―"));
    assert!(store[2].contains("3ミリ秒") && store[2].contains("空き48GB"), "{store:?}");
    let portal = row(Some(operation()), None, here(View::PutCard), Part::Portal).await;
    assert_eq!(portal[1], "不明", "what nobody can know is no failure");
    assert!(portal[4].contains("メンテナンス予定"), "{portal:?}");
}

#[tokio::test]
async fn the_reader_is_what_this_page_sees() {
    for (view, light) in [
        (View::PutCard, "正常"),
        (View::Ready, "正常"),
        (View::Absent(Why::NotRunning), "停止"),
        (View::ServiceDown, "停止"),
        (View::NoReader, "注意"),
        (View::AskFirst, "不明"),
        (View::Connecting, "不明"),
    ] {
        let seen = row(Some(operation()), None, here(view.clone()), Part::Reader).await;
        assert_eq!(seen[1], light, "{view:?}");
        assert!(!seen[2].is_empty(), "{view:?} has no words");
    }
    assert_eq!(reader_light(&View::Connecting), None, "nothing is kept before it is known");
}

#[tokio::test]
async fn a_lost_line_is_said_and_what_stands_behind_it_is_unknown() {
    let lost = operation_screen(Some(operation()), Some(refused(Code::X01)), here(View::PutCard)).await;
    has(&lost, "data-code=\"U-X36\"");
    has(&lost, "事業所の回線につながりません。受付内容は保管しています。");
    assert_eq!(row(Some(operation()), Some(refused(Code::X01)), here(View::PutCard), Part::Line).await[1], "停止");
    assert_eq!(row(Some(operation()), Some(refused(Code::X01)), here(View::PutCard), Part::Store).await[1], "不明");
    assert_eq!(row(Some(operation()), None, here(View::PutCard), Part::Store).await[1], "正常", "control");
    let offline = Here { is_on_line: false, ..here(View::PutCard) };
    assert_eq!(row(Some(operation()), Some(refused(Code::X01)), offline, Part::Network).await[1], "停止");
    let first = operation_screen(None, Some(refused(Code::X01)), here(View::PutCard)).await;
    has(&first, "id=\"retry\"");
    has(&first, "href=\"/o/desks\"");
    assert!(
        !operation_screen(None, Some(refused(Code::Forbidden)), here(View::PutCard)).await.contains("/o/desks"),
        "nobody to call for that"
    );
    has(&operation_screen(None, None, here(View::PutCard)).await, "読み込んでいます");
}

#[tokio::test]
async fn clocks_that_are_apart_need_a_look() {
    let apart = Here { apart_s: -3_600, ..here(View::PutCard) };
    let clock = row(Some(operation()), None, apart, Part::Clock).await;
    assert_eq!(clock[1], "注意");
    assert!(clock[2].contains("3600秒ちがいます"), "{clock:?}");
    let near = Here { apart_s: 59, ..here(View::PutCard) };
    assert_eq!(row(Some(operation()), None, near, Part::Clock).await[1], "正常", "control");
}

async fn calendar(rows: Vec<WindowRow>, may_edit: bool, typed: TypedWindow) -> String {
    draw(move || {
        let faults = typed.check(now()).err().unwrap_or_default();
        let form = Form::new(typed, faults, Callback::noop());
        html! { <MaintenanceView remote={Remote::Here(CalendarShown { rows, now: now() })} {form} {may_edit} /> }
    })
    .await
}

#[tokio::test]
async fn the_calendar_says_what_lasts_and_only_an_admin_edits_it() {
    let common = WindowRow { is_common: true, id: "c".to_owned(), ..window(Part::Portal, 60, 120) };
    let ended = WindowRow { ended_at: Some(now().plus_ms(-60_000)), id: "e".to_owned(), ..window(Part::Line, -60, 60) };
    let rows = vec![window(Part::National, -10, 60), common, ended, window(Part::Link, -90, -80)];
    let html = calendar(rows.clone(), true, TypedWindow::default()).await;
    let lines: Vec<_> = body(&html).split("<tr").skip(1).map(cells).collect();
    let states: Vec<_> = lines.iter().map(|line| line[2].as_str()).collect();
    assert_eq!(states, ["メンテナンス中", "予定", "早く終わりました", "終わりました"]);
    assert_eq!(lines.iter().map(|line| line[5].as_str()).collect::<Vec<_>>(), ["終了する", "―", "―", "―"], "the operator's is not its own");
    has(&html, "id=\"window-add\"");
    let others = calendar(rows, false, TypedWindow::default()).await;
    assert!(!others.contains("id=\"window-add\"") && !others.contains("終了する"));
    has(&calendar(Vec::new(), false, TypedWindow::default()).await, "予定はありません。");
}

#[test]
fn a_window_is_read_or_said_what_is_wrong() {
    let typed = |from: &str, from_time: &str, to: &str, to_time: &str| TypedWindow {
        from_day: from.to_owned(),
        from_time: from_time.to_owned(),
        to_day: to.to_owned(),
        to_time: to_time.to_owned(),
        ..TypedWindow::default()
    };
    let good = typed("2026-12-03", "22:00", "2026-12-04", "06:00").check(now()).unwrap();
    assert_eq!((good.part, good.span.words().as_str()), (Part::Portal, "令和8年12月3日 22:00〜翌4日 6:00"));
    for (odd, id) in [
        (typed("", "22:00", "2026-12-04", "06:00"), "window-from-day"),
        (typed("2026-12-03", "", "2026-12-04", "06:00"), "window-from-time"),
        (typed("2026-12-03", "22:00", "2026-12-03", "21:00"), "window-to-day"),
        (typed("2026-12-03", "22:00", "2027-12-03", "21:00"), "window-to-day"),
        (typed("2026-11-01", "22:00", "2026-11-02", "21:00"), "window-to-day"),
    ] {
        assert_eq!(odd.check(now()).unwrap_err().first(), Some(id), "{odd:?}");
    }
    let number = TypedWindow { source: concat!("1234567890", "18").to_owned(), ..typed("2026-12-03", "22:00", "2026-12-04", "06:00") };
    assert_eq!(number.check(now()).unwrap_err().first(), Some("window-source"));
}

async fn desks(rows: Vec<DeskRow>, may_edit: bool, at: UnixMs) -> String {
    draw(move || {
        let form = Form::new(desk_form::Typed::default(), Faults::default(), Callback::noop());
        html! { <DesksView remote={Remote::Here(DeskList { rows, now: at })} {form} {may_edit} /> }
    })
    .await
}

#[tokio::test]
async fn a_desk_says_whether_anybody_answers_and_its_number_can_be_pressed() {
    let html = desks(vec![desk("回線の窓口", vec![Part::Line])], true, now()).await;
    for expected in [
        "回線の窓口",
        "受付中(11/20(金) 12:00まで)",
        "href=\"tel:03-0000-0000\"",
        "月〜金 9:00〜17:00",
        "毎年の休み: 12/29〜1/3",
        "事業所の回線",
        "製造番号を聞かれます",
    ] {
        has(&html, expected);
    }
    has(&desks(vec![desk("a", Vec::new())], false, day("2026-12-31").at_jst(10, 0)).await, "受付時間外(次は1/4(月) 9:00)");
    has(&desks(Vec::new(), true, now()).await, "下の「登録」から");
    let others = desks(Vec::new(), false, now()).await;
    has(&others, "管理者に、登録を頼んでください。");
    assert!(!others.contains("desk-save"));
    let common = DeskRow { is_common: true, ..desk("運用", Vec::new()) };
    let html = desks(vec![common], true, now()).await;
    assert!(html.contains("運用者の窓口") && !html.contains("運用を更新"), "the operator's cannot be changed here");
}

#[test]
fn a_desk_goes_into_the_form_and_comes_out_as_it_was() {
    let mut row = desk("回線の窓口", vec![Part::Line, Part::Network]);
    row.desk.repair_hours = Some(OpenHours { week: [Some(Hours::ALL_DAY); 7], ..OpenHours::default() });
    assert_eq!(desk_form::Typed::of(&row).check(), Ok(row.desk));
    let typed = |change: fn(&mut desk_form::Typed)| {
        let mut typed = desk_form::Typed { name: "a".to_owned(), ..desk_form::Typed::default() };
        change(&mut typed);
        typed.check().err().and_then(|faults| faults.first().map(|id| &*id.to_owned().leak()))
    };
    assert_eq!(typed(|_| {}), None, "a name is enough");
    assert_eq!(typed(|typed| typed.name.clear()), Some("desk-name"));
    assert_eq!(typed(|typed| typed.saturday = "9".to_owned()), Some("desk-saturday"));
    assert_eq!(typed(|typed| typed.closed = "2/30".to_owned()), Some("desk-closed"));
    assert_eq!(typed(|typed| typed.at_hand = concat!("1234567890", "18").to_owned()), Some("desk-at-hand"));
}

fn enquiry_row(question: &str) -> EnquiryRow {
    let enquiry = Enquiry { desk: note("回線の窓口"), who: note("事務"), question: note(question), ..Enquiry::default() };
    EnquiryRow { id: "q".to_owned(), enquiry, made_at: now(), changed_at: now(), changed_by: user() }
}

async fn enquiries(rows: Vec<EnquiryRow>, typed: TypedEnquiry, saving: Progress) -> String {
    draw(move || {
        let faults = typed.check().err().unwrap_or_default();
        let form = Form::new(typed, faults, Callback::noop());
        let find = Form::new(Find::default(), Faults::default(), Callback::noop());
        let total = u32::try_from(rows.len()).unwrap();
        let remote = Remote::Here(EnquiryPage { total, rows, next: None });
        let desks = Rc::new(vec![desk("回線の窓口", Vec::new())]);
        html! { <EnquiriesView {form} {find} {remote} {desks} {saving} /> }
    })
    .await
}

#[tokio::test]
async fn enquiries_are_listed_opened_and_refused_in_words() {
    let new = || TypedEnquiry::new("管理 花", day("2026-11-20"));
    let html =
        enquiries(vec![enquiry_row("つながらない")], TypedEnquiry { desk: "a".into(), question: "b".into(), ..new() }, Progress::default())
            .await;
    let line = cells(body(&html));
    assert_eq!((line[1].as_str(), line[2].as_str(), line[6].as_str()), ("回答待ち", "回線の窓口", "―"));
    assert!(html.contains("value=\"管理 花\"") && html.contains("value=\"2026/11/20\""), "who and today stand there");
    has(&html, "新しい問い合わせ");
    has(&html, "enquiries-print");
    has(&enquiries(Vec::new(), new(), Progress::default()).await, "条件に合う問い合わせはありません。");
    let changing = TypedEnquiry::of(&enquiry_row("つながらない"));
    let refusal = Some(refused(Code::Taken));
    let html = enquiries(Vec::new(), changing, Progress { is_busy: false, refusal }).await;
    for expected in ["問い合わせの更新", "ほかの人が先に更新しました。", "enquiry-cancel"] {
        has(&html, expected);
    }
    let number = TypedEnquiry { question: concat!("番号 1234567890", "18").into(), desk: "a".into(), ..new() };
    assert_eq!(number.check().unwrap_err().first(), Some("enquiry-question"));
    has(&enquiries(Vec::new(), number, Progress::default()).await, crate::text::office::accounts::MY_NUMBER);
    let whole = TypedEnquiry { desk: "a".into(), question: "b".into(), state: EnquiryState::Answered, ..new() }.check().unwrap();
    assert_eq!((whole.asked_on, whole.state), (Some(day("2026-11-20")), EnquiryState::Answered));
    assert_eq!(new().check().unwrap_err().first(), Some("enquiry-desk"));
}

#[tokio::test]
async fn the_record_is_shown_line_by_line_and_what_is_left_out_is_not_saved() {
    let lines = ["サーバーの版", "サーバーと保管"].map(|title| RecordLine { title: title.to_owned(), value: "1.0".to_owned() }).to_vec();
    let chosen = Chosen { record: SupportRecord { lines, now: now() }, is_in: vec![true, false] };
    assert_eq!(chosen.text(), "サーバーの版: 1.0\r\n");
    let shown = chosen.clone();
    let html = draw(move || html! { <SupportRecordView chosen={Some(shown)} /> }).await;
    assert!(
        html.contains(&encoded("サーバーの版: 1.0")) && !html.contains(&encoded("サーバーと保管")),
        "the file has the chosen lines alone"
    );
    has(&html, "uketsuke-support-20261120101500.txt");
    has(&html, "2行のうち1行");
    assert_eq!(html.matches("is-left-out").count(), 1);
    let none = Chosen { is_in: vec![false, false], ..chosen };
    let html = draw(move || html! { <SupportRecordView chosen={Some(none)} /> }).await;
    assert!(html.contains("送る行がありません。") && !html.contains("download="));
    let html = draw(|| html! { <SupportRecordView chosen={None::<Chosen>} /> }).await;
    assert!(html.contains("記録を作る") && !html.contains("record-0"));
    assert_eq!(encoded("あ a-1&#"), "%E3%81%82%20a-1%26%23");
}

#[tokio::test]
async fn home_and_device_page_say_what_is_ahead() {
    let news = News { windows: vec![window(Part::Portal, 60, 120), window(Part::Link, -5, 5)], open_enquiries: 2, now: now() };
    let with = news.clone();
    let office = draw(move || news::view(&with, true)).await;
    for expected in [
        "メンテナンスの予定: 令和8年11月20日 11:15〜12:15は受付できません",
        "メンテナンス中: 令和8年11月20日 10:10〜10:20",
        "紙の確認は使えます",
        "回答待ちの問い合わせが2件あります",
        "/o/enquiries",
    ] {
        has(&office, expected);
    }
    let device = draw(move || news::view(&news, false)).await;
    assert!(device.contains("受付できません") && !device.contains("/o/enquiries"));
}
