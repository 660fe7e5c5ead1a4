//! Each screen, each failure and each state of the card, as HTML without a browser.

use std::rc::Rc;

use shared::api::reception::{
    CertificateChecks, Maintenance, PageOpened, Proof, Replacement, Revocation, VisitOpened, VisitResult, VisitStanding,
};
use shared::api::{Code, Detail, Refusal, Stored};
use shared::bytes::Base64;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::consent::{Choice, Choices, ConsentGroup, ConsentItem, ItemState};
use shared::domain::coverage::{Coverage, Eligibility, LimitCertificate, Percent, Provided, Relation, Validity};
use shared::domain::institution::VisitKind;
use shared::domain::maintenance::Span;
use shared::domain::operation::Part;
use shared::domain::person::{Person, Sex};
use shared::domain::visit::Occasion;
use shared::reader::{Asks, Card, CardKind, ErrorCode, Failure, Spent, Step as Work_};
use yew::LocalServerRenderer;
use yew::prelude::*;

use super::desk::{Action, Desk, Ended, Errand, Mark, Page, Step};
use super::draft::Draft;
use super::screen::reader_panel::{ReaderPanel, ReaderPanelProps};
use super::screen::readiness::readiness;
use super::work::Work;
use super::{Screen, ScreenProps};
use crate::json::tests::agree_around;
use crate::part::PageShell;
use crate::reader::{Readers, Shown, View, Why};
use crate::text::reception as t;
use crate::trouble::Trouble;

const RUN: i64 = 1;

fn date(text: &str) -> CivilDate {
    CivilDate::try_from(text).unwrap()
}

fn moment() -> UnixMs {
    date("2024-01-17").at_jst(10, 15)
}

fn page() -> Rc<PageOpened> {
    Rc::new(PageOpened {
        institution_name: "ひなた訪問看護ステーション".to_owned(),
        visit_kind: VisitKind::HomeVisit,
        questions: ConsentGroup::ALL.to_vec(),
        asks_subsidy: false,
        notice_version: "1".to_owned(),
        helper: shared::api::HelperAt { port: 35970, is_tls: false },
        shows_eligibility: true,
        contact: String::new(),
        maintenance: None,
        now: moment(),
        is_training: false,
    })
}

/// 資格 一郎 of recekon.md §13.
fn coverage() -> Coverage {
    Coverage {
        insurer_number: "06990014".to_owned(),
        insurer_name: "ひなた健康保険組合".to_owned(),
        symbol: Some("１２－３４".to_owned()),
        member_number: "56".to_owned(),
        branch_number: Some("01".to_owned()),
        card_classification: "被保険者証".to_owned(),
        relation: Some(Relation::Insured),
        insured_name: None,
        address: Some("ひなた県ひなた市1-2-3".to_owned()),
        post_number: Some("990-0001".to_owned()),
        sex_on_back: None,
        qualified_on: Some(date("2019-04-01")),
        disqualified_on: None,
        loss_reason: None,
        valid_from: Some(date("2019-04-01")),
        valid_until: None,
        copay_ratio: Provided::NotProvided,
        is_preschool: false,
        elderly: None,
        limit: Provided::Value(LimitCertificate {
            level: "ウ".to_owned(),
            valid_from: date("2023-08-01"),
            valid_until: Some(date("2024-07-31")),
        }),
        specific_diseases: Provided::None,
    }
}

fn eligibility(validity: Validity) -> Eligibility {
    let lost = || Coverage { disqualified_on: Some(date("2023-12-31")), loss_reason: Some("退職".to_owned()), ..coverage() };
    let person = Person {
        name: "資格　一郎".to_owned(),
        name_kana: "ｼｶｸ ｲﾁﾛｳ".to_owned(),
        name_of_other: None,
        birth_date: date("1960-06-02"),
        sex: Sex::Male,
    };
    let coverages = match validity {
        Validity::Valid => vec![coverage()],
        Validity::Invalid => vec![lost()],
        Validity::Replaced | Validity::Several => vec![coverage(), lost()],
        Validity::NotFound | Validity::AidNotRegistered => vec![],
    };
    let person = (validity != Validity::NotFound).then_some(person);
    Eligibility::of_insurance(validity, moment(), person, coverages)
}

fn result(validity: Validity) -> VisitResult {
    VisitResult {
        receipt: "A1B2C3".to_owned(),
        consented_at: moment(),
        expires_at: date("2024-04-30").at_jst(23, 59),
        items: ConsentItem::ALL.into_iter().map(|item| (item, ItemState::Agreed)).collect(),
        eligibility: Some(eligibility(validity)),
        replaced_until: None,
        certificate_ends_on: None,
        checks: CertificateChecks { signature: true, chain: true, period: true, revocation: Revocation::NotChecked },
        occasion: Occasion::default(),
        ended_use: None,
        changed_at: None,
    }
}

#[tokio::test]
async fn the_first_screen_ends_with_whom_to_ask_where_the_institution_says_so() {
    let top = |contact: &str| {
        let opened = Rc::new(PageOpened { contact: contact.to_owned(), ..(*page()).clone() });
        draw(Desk::new(Mark { step: Step::Top, run: RUN }, Draft::default()).after(Action::Opened(opened, moment())))
    };
    assert!(top("03-0000-0000 平日").await.contains("困ったときの連絡先: 03-0000-0000 平日"));
    assert!(!top("").await.contains("困ったときの連絡先"));
}

fn agreed(choice: Choice) -> Draft {
    ConsentGroup::ALL.into_iter().fold(Draft::default(), |draft, group| draft.with_answer(group, choice))
}

fn desk_at(step: Step, draft: Draft) -> Desk {
    let desk = Desk::new(Mark { step, run: RUN }, draft).after(Action::GoOn);
    desk.after(Action::Show(step)).after(Action::Opened(page(), moment()))
}

/// The card has signed, and the server asks about a living consent (X25).
fn asked() -> Desk {
    let proof =
        Proof { nonce: Base64(vec![1; 32]), certificate: Base64(vec![4]), signature: Base64(vec![5]), replaces: None, changes: None };
    let mut items: Vec<_> = ConsentItem::ALL.into_iter().map(|item| (item, ItemState::Agreed)).collect();
    let new_items = items.clone();
    if let Some(first) = items.first_mut() {
        first.1 = ItemState::Refused;
    }
    let replacement = Replacement {
        former: "c1".to_owned(),
        former_use: VisitKind::HomeVisit,
        consented_at: date("2023-11-30").at_jst(9, 5),
        expires_at: date("2024-02-29").at_jst(23, 59),
        items,
        new_items,
        new_expires_at: date("2024-04-30").at_jst(23, 59),
        answer_by: date("2024-01-17").at_jst(10, 20),
    };
    identify().after(Action::Signed(errand(), Rc::new(proof))).after(Action::Asked(errand(), Rc::new(replacement)))
}

/// What every call of [`identify`] is made for.
fn errand() -> Errand {
    Errand { run: RUN, key: Some(Base64(vec![9; 16])) }
}

fn identify() -> Desk {
    let opened = VisitOpened {
        visit: "v1".to_owned(),
        secret: Base64(vec![3; 32]),
        challenge: shared::api::reception::Challenge { nonce: Base64(vec![1; 32]), statement: Base64(vec![2]), expires_at: moment() },
        expires_at: moment(),
        consent_until: moment(),
    };
    desk_at(Step::Confirm, agreed(Choice::Agree)).after(Action::Confirm(Base64(vec![9; 16]))).after(Action::VisitOpened(errand(), opened))
}

fn done(result: VisitResult) -> Desk {
    identify().after(Action::Standing(errand(), VisitStanding::Done { result: Box::new(result) })).after(Action::Show(Step::Result))
}

async fn draw(desk: Desk) -> String {
    let work = Work::on(desk, String::new(), false, moment, Callback::noop());
    LocalServerRenderer::<Screen>::with_props(ScreenProps { work, life: 0 }).hydratable(false).render().await
}

/// A state of the reader inside the page's frame.
#[component]
fn ReaderScreen(props: &ReaderPanelProps) -> Html {
    html! {
        <PageShell screen="RW-5" actor={crate::part::Actor::Patient}>
            <h1>{ crate::text::reception::IDENTIFY }</h1>
            <ReaderPanel ..props.clone() />
        </PageShell>
    }
}

async fn draw_reader(view: View) -> String {
    draw_readers(view, Readers::default()).await
}

async fn draw_readers(view: View, readers: Readers) -> String {
    let props = ReaderPanelProps {
        shown: Shown { view, readers, card: None, kind: None },
        helper: shared::api::HelperAt { port: 35970, is_tls: false },
        is_busy: false,
        onstart: Callback::noop(),
        ontake: Callback::noop(),
        ontrust: Callback::noop(),
        onstop: Callback::noop(),
        onagain: Callback::noop(),
        onconnect: Callback::noop(),
        onpaper: Callback::noop(),
        onchoose: Callback::noop(),
    };
    LocalServerRenderer::<ReaderScreen>::with_props(props).hydratable(false).render().await
}

/// The text between the first `start` and the next `end`.
fn between<'a>(html: &'a str, start: &str, end: &str) -> &'a str {
    html.split_once(start).and_then(|(_, rest)| rest.split_once(end)).map_or("", |(found, _)| found)
}

fn live(html: &str) -> &str {
    between(html, "aria-live=\"polite\"", "</div>")
}

fn text_of(html: &str) -> String {
    html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect()
}

/// Every failure of the server: code, and a word of each of the three parts.
#[tokio::test]
async fn each_refusal_says_what_happened_what_was_stored_and_what_to_do() {
    let refusal = |code, stored| Refusal { code, stored, detail: None };
    let with = |code, detail| Refusal { code, stored: Stored::Nothing, detail: Some(detail) };
    for (refusal, code, happened, stored, next) in [
        (refusal(Code::X01, Stored::Nothing), "U-X01", "通信できません", "登録はまだ行われていません", "もう一度"),
        (refusal(Code::X01, Stored::Unknown), "U-X01", "通信できません", "二重に登録されることはありません", "もう一度"),
        (with(Code::X09, Detail::ExpiredOn(date("2023-06-02"))), "U-X09", "令和5年6月2日", "登録は行われていません", "市区町村"),
        (refusal(Code::X10, Stored::Nothing), "U-X10", "利用登録がまだです", "登録は行われていません", "マイナポータル"),
        (refusal(Code::X11, Stored::Nothing), "U-X11", "確認できませんでした", "登録は行われていません", "もう一度"),
        (
            refusal(Code::RealCardInDemo, Stored::Nothing),
            "U-REAL-CARD",
            "実カードはデモでは使えません",
            "登録は行われていません",
            "お試し用",
        ),
        (refusal(Code::X21, Stored::Nothing), "U-X21", "最初からやり直して", "登録は行われていません", "最初からはじめる"),
        (refusal(Code::X21, Stored::Kept), "U-X21", "もう終わっています", "登録は済んでいます", "最初の画面に戻ります"),
        (refusal(Code::X23, Stored::Nothing), "U-X23", "おたずねしていない項目", "登録は行われていません", "40歳以上"),
        (
            with(Code::X35, Detail::Maintenance(window(0))),
            "U-X35",
            "令和6年1月17日 10:15〜翌18日 6:00は受付できません",
            "残っています",
            "もう一度",
        ),
        (refusal(Code::Challenge, Stored::Nothing), "U-CHALLENGE", "時間が過ぎました", "選んだ内容はこの画面に残っています", "もう一度"),
        (refusal(Code::DoneOtherwise, Stored::Nothing), "U-DONE", "別のカードで終わっています", "登録されていません", "最初からはじめる"),
        (with(Code::Wait, Detail::RetryAfterS(30)), "U-WAIT", "こみ合っています", "登録は行われていません", "30秒"),
        (refusal(Code::Internal, Stored::Unknown), "U-INTERNAL", "うまくいきませんでした", "まだわかりません", "もう一度"),
    ] {
        let html = draw(identify().after(Action::Failed(errand(), Trouble::of_server(&refusal)))).await;
        assert_three_parts(&html, code, happened, stored, next);
        assert!(html.contains("<button"), "{code} leaves no way on: {html}");
    }
}

/// A window that begins so many minutes after [`moment`].
fn window(after: i64) -> Span {
    Span { from: moment().plus_ms(after * 60_000), to: date("2024-01-18").at_jst(6, 0) }
}

#[tokio::test]
async fn maintenance_is_announced_and_stands_in_the_place_of_the_start() {
    let top = async |part: Part, after: i64| {
        let page = PageOpened { maintenance: Some(Maintenance { span: window(after), part }), ..(*page()).clone() };
        draw(Desk::new(Mark { step: Step::Top, run: RUN }, Draft::default()).after(Action::Opened(Rc::new(page), moment()))).await
    };
    let ahead = top(Part::Portal, 60).await;
    assert!(ahead.contains("令和6年1月17日 11:15〜翌18日 6:00は受付できません") && ahead.contains("id=\"register\""), "{ahead}");
    let now = top(Part::Portal, 0).await;
    assert!(now.contains("data-code=\"U-X35\"") && now.contains("id=\"again\"") && !now.contains("id=\"register\""), "{now}");
    let other = top(Part::Link, 0).await;
    assert!(other.contains("レセコンへの連携が止まります") && other.contains("id=\"register\"") && !other.contains("U-X35"), "{other}");
}

/// The page itself cannot be shown (RW-0).
#[tokio::test]
async fn each_way_in_that_is_closed_says_so() {
    let refusal = |code, detail| Refusal { code, stored: Stored::Nothing, detail };
    let contact = Detail::Contact("電話 00-0000-0000".to_owned());
    for (refusal, code, happened, stored, next) in [
        (refusal(Code::X01, None), "U-X01", "通信できません", "登録はまだ行われていません", "電波のよい所"),
        (refusal(Code::X18, None), "U-X18", "新しいものに変わりました", "登録は行われていません", "連絡先は、訪問のときの書類"),
        (
            refusal(Code::X18, Some(contact.clone())),
            "U-X18",
            "新しいものに変わりました",
            "登録は行われていません",
            "連絡先：電話 00-0000-0000",
        ),
        (refusal(Code::X19, Some(contact)), "U-X19", "現在利用していません", "登録は行われていません", "電話 00-0000-0000"),
        (
            refusal(Code::X64, Some(Detail::CodeChanged { on: date("2024-01-17"), contact: "電話 00-0000-0000".to_owned() })),
            "U-X64",
            "医療機関コードが令和6年1月17日に変わりました",
            "登録は行われていません",
            "新しい二次元コード",
        ),
        (refusal(Code::NotFound, None), "U-NOT-FOUND", "見つかりません", "登録は行われていません", "アドレス"),
    ] {
        let desk = Desk::new(Mark { step: Step::Top, run: RUN }, Draft::default());
        let html = draw(desk.after(Action::OpenFailed(Trouble::of_server(&refusal)))).await;
        assert_three_parts(&html, code, happened, stored, next);
    }
}

fn assert_three_parts(html: &str, code: &str, happened: &str, stored: &str, next: &str) {
    assert!(text_of(between(html, "<h1", "</h1>")).contains(happened), "{code} says not what happened: {html}");
    assert!(text_of(between(html, "class=\"say__stored\"", "</p>")).contains(stored), "{code} says not what was stored: {html}");
    assert!(text_of(between(html, "class=\"say__next\"", "</p>")).contains(next), "{code} says not what to do: {html}");
    assert!(text_of(between(html, "class=\"say__code\"", "</p>")).contains(code), "{code} is not shown: {html}");
}

/// Every failure of card and helper: its code, and a word of each of the three parts, all read aloud.
#[tokio::test]
async fn each_failure_of_the_card_says_what_happened_what_was_stored_and_what_to_do() {
    let failed = |code: ErrorCode, tries_left, try_spent| View::Failed(Failure { code, retriable: true, tries_left, try_spent });
    let unspent = |code: ErrorCode| View::Failed(code.unspent());
    for (view, code, happened, stored, next) in [
        (failed(ErrorCode::PinWrong, Some(2), Spent::Yes), "U-X02", "あと2回でロックされます", "登録は行われていません", "もう一度"),
        (
            failed(ErrorCode::PinWrong, Some(1), Spent::Yes),
            "U-X03",
            "暗証番号がちがいます。あと1回まちがえるとロックされます",
            "登録は行われていません",
            "ここでやめて",
        ),
        (failed(ErrorCode::PinWrong, Some(0), Spent::Yes), "U-X04", "ちがったため、ロックされました", "登録は行われていません", "市区町村"),
        (
            failed(ErrorCode::PinBlocked, Some(0), Spent::Yes),
            "U-X04",
            "ちがったため、ロックされました",
            "登録は行われていません",
            "コンビニ",
        ),
        (failed(ErrorCode::PinBlocked, None, Spent::No), "U-X04", "暗証番号は使えません", "登録は行われていません", "市区町村"),
        (unspent(ErrorCode::NoCertificate), "U-X06", "電子証明書が入っていません", "登録は行われていません", "カードを使わない方法"),
        (View::Phone, "U-X13", "この端末ではカードを読み取れません", "登録は行われていません", "Windows"),
        (View::NoReader, "U-X13", "カードリーダーがつながっていません", "登録は行われていません", "つないで"),
        (View::ServiceDown, "U-X13", "準備ができていません", "登録は行われていません", "端末の担当"),
        (View::ServiceDenied, "U-X13", "準備ができていません", "登録は行われていません", "許可"),
        (failed(ErrorCode::CardRemoved, None, Spent::No), "U-X14", "読み取れませんでした", "回数は減っていません", "動かさずに"),
        (failed(ErrorCode::CardRemoved, None, Spent::Yes), "U-X14", "読み取れませんでした", "1回使われました", "動かさずに"),
        (failed(ErrorCode::CardRemoved, None, Spent::Unknown), "U-X14", "読み取れませんでした", "まだわかりません", "動かさずに"),
        (View::Absent(Why::NotRunning), "U-X15", "見つかりません", "登録は行われていません", "起動してください"),
        (View::Absent(Why::MayBePermission), "U-X15", "見つかりません", "登録は行われていません", "許可"),
        (View::Absent(Why::NotAllowed), "U-X15", "このページの利用が許可されていません", "登録は行われていません", "下の命令で"),
        (View::Absent(Why::PortTaken), "U-X15", "ほかのソフトが使っています", "登録は行われていません", "終わらせて"),
        (View::Absent(Why::Stopped), "U-X15", "途中で止められています", "登録は行われていません", "広告ブロック"),
        (View::Absent(Why::NoRoom), "U-X15", "多すぎます", "登録は行われていません", "閉じて"),
        (View::Lost(Spent::Unknown), "U-X15", "接続が切れました", "まだわかりません", "もう一度"),
        (View::OldHelper, "U-X15", "更新が必要です", "登録は行われていません", "更新を頼んで"),
        (View::OtherHelper, "U-X15", "前に使ったものと違います", "登録は行われていません", "端末の担当の方に見せて"),
        (View::Denied, "U-X17", "許可が止まっています", "登録は行われていません", "許可のしかた"),
        (unspent(ErrorCode::Cancelled), "U-CANCELLED", "やめました", "登録は行われていません", "もう一度"),
        (failed(ErrorCode::Cancelled, Some(1), Spent::No), "U-CANCELLED", "やめました", "回数は減っていません", "カードを使わない方法"),
        (unspent(ErrorCode::Timeout), "U-TIMEOUT", "時間切れ", "登録は行われていません", "もう一度"),
        (unspent(ErrorCode::Busy), "U-BUSY", "ほかのソフト", "登録は行われていません", "終わらせて"),
        (failed(ErrorCode::ReaderLost, None, Spent::Unknown), "U-X14", "読み取れませんでした", "まだわかりません", "もう一度"),
        (failed(ErrorCode::Cancelled, None, Spent::Unknown), "U-X14", "読み取れませんでした", "まだわかりません", "もう一度"),
        (failed(ErrorCode::LeaseLost, None, Spent::Yes), "U-X14", "読み取れませんでした", "1回使われました", "もう一度"),
        (failed(ErrorCode::Busy, None, Spent::Unknown), "U-X14", "読み取れませんでした", "まだわかりません", "もう一度"),
        (failed(ErrorCode::Timeout, None, Spent::Yes), "U-X14", "読み取れませんでした", "1回使われました", "もう一度"),
        (unspent(ErrorCode::NoReader), "U-X13", "つながっていません", "回数は減っていません", "つないでから、「もう一度」"),
        (unspent(ErrorCode::ReaderLost), "U-X13", "つながっていません", "回数は減っていません", "つないでから、「もう一度」"),
        (unspent(ErrorCode::PcscDown), "U-X13", "準備ができていません", "回数は減っていません", "動いたら「もう一度」"),
        (View::Held, "U-BUSY", "ほかのソフト", "回数は減っていません", "自動で先へ"),
        (unspent(ErrorCode::LeaseLost), "U-LEASE", "ほかの画面に切り替わりました", "登録は行われていません", "もう一度"),
        (unspent(ErrorCode::CardUnknown), "U-CARD", "このカードは使えません", "登録は行われていません", "マイナンバーカード"),
        (unspent(ErrorCode::CardNewer), "U-CARD-NEWER", "まだ対応していません", "回数は減っていません", "置き直しても読み取れません"),
        (unspent(ErrorCode::UnlockNeeded), "U-PHONE-LOCKED", "iPhoneの認証", "回数は減っていません", "もう一度認証してから"),
        (unspent(ErrorCode::PinRequired), "U-X55", "目視の確認ができません", "回数は減っていません", "マイナンバーカード"),
        (View::WrongCard(CardKind::PhoneIos), "U-X55", "iPhone", "回数は減っていません", "マイナンバーカード"),
        (View::WrongCard(CardKind::PhoneAndroid), "U-X55", "Android", "回数は減っていません", "マイナンバーカード"),
        (unspent(ErrorCode::Internal), "U-INTERNAL", "うまくいきませんでした", "登録は行われていません", "もう一度"),
    ] {
        let has_ended = matches!(view, View::Failed(_) | View::Lost(_));
        let html = draw_reader(view).await;
        let said = text_of(live(&html));
        for part in [happened, stored, next, code] {
            assert!(said.contains(part), "{code}: 「{part}」 is not read aloud: {said}");
        }
        assert!(html.contains("<button"), "{code} leaves no way on: {html}");
        assert!(!has_ended || !said.contains("自動"), "{code}: nothing goes on by itself after an end: {said}");
    }
}

/// A counter without a try left tells no one why: a person without a PIN is not called locked out, and either finds their way.
#[tokio::test]
async fn a_card_without_a_pin_is_not_called_locked_and_both_ways_are_named() {
    let blocked = |try_spent| View::Failed(Failure { try_spent, tries_left: Some(0), ..ErrorCode::PinBlocked.unspent() });
    let html = draw_reader(blocked(Spent::No)).await;
    let said = text_of(live(&html));
    let (before, without) = said.split_once("「顔認証」と書かれているとき").unwrap_or_else(|| panic!("no way for such cards: {said}"));
    assert!(!before.contains("ロック") && before.contains("追記欄"), "called locked before anybody looked: {before}");
    let (without, locked) = without.split_once("書かれていないとき").unwrap_or_else(|| panic!("no way for a locked PIN: {said}"));
    assert!(without.contains("暗証番号のないカード") && without.contains("顔を見て"), "{without}");
    for way in ["市区町村の窓口", "代理の方", "署名用のパスワード", "コンビニの機械"] {
        assert!(locked.contains(way), "{way}: {locked}");
    }
    assert!(between(&html, "id=\"paper\"", "</button>").contains("button--primary"), "{html}");
    // Locked by a number typed just now: nothing else can be meant.
    let said = text_of(live(&draw_reader(blocked(Spent::Yes)).await));
    assert!(said.contains("ロックされました") && said.contains("コンビニの機械") && !said.contains("顔認証"), "{said}");
    let x10 = crate::text::errors::trouble(&Trouble::NotRegistered).next;
    assert!(x10.contains("「顔認証」") && x10.contains("顔認証付きカードリーダーだけ"), "{x10}");
}

/// At the last try the frame comes first, with its own button to stop; nothing of the page stands between.
#[tokio::test]
async fn before_the_last_try_the_page_leaves_the_stop_to_the_frame() {
    let pin = |last_try| View::Pin { ticket: "t".to_owned(), tries_left: Some(1), last_try, asks: Asks::Pin };
    let html = draw_reader(pin(true)).await;
    assert!(text_of(live(&html)).contains("下の枠の「やめる」"), "{html}");
    assert!(html.contains("data-code=\"U-X03\"") && !html.contains("class=\"notice"), "{html}");
    let (above, _) = html.split_once("<iframe").unwrap_or_else(|| panic!("no frame: {html}"));
    assert!(!above.contains("<button"), "a button before the frame: {above}");
    assert!(!draw_reader(pin(false)).await.contains("U-X03"));
    // Who stopped there is not led back to the keys first.
    let stopped = View::Failed(Failure { tries_left: Some(1), ..ErrorCode::Cancelled.unspent() });
    assert!(between(&draw_reader(stopped).await, "id=\"paper\"", "</button>").contains("button--primary"));
}

/// A card that was pulled right after 確定 says nothing of its PIN, and so does the page.
#[tokio::test]
async fn a_removal_never_reads_as_a_wrong_pin() {
    for try_spent in [Spent::No, Spent::Unknown] {
        let failed = View::Failed(Failure { try_spent, ..ErrorCode::CardRemoved.unspent() });
        let said = text_of(live(&draw_reader(failed).await));
        assert!(said.contains("離れたため") && !said.contains("ちがいます") && !said.contains("まちがえ"), "{said}");
    }
}

/// X05 is said by the helper's frame, before anything reaches the card; the row of the table stands all the same.
#[test]
fn a_pin_of_another_shape_reaches_no_card() {
    let say = crate::text::errors::trouble(&Trouble::PinShape);
    assert_eq!(say.code, "U-X05");
    assert!(say.happened.contains("数字4けた") && say.stored.contains("回数は減っていません") && say.next.contains("入力してください"));
}

#[test]
fn every_code_of_server_and_helper_has_its_own_text() {
    let server = Code::ALL.iter().copied().map(|code| Trouble::of_server(&Refusal { code, stored: Stored::Nothing, detail: None }));
    let helper = ErrorCode::ALL.iter().map(|code| Trouble::of_helper(&code.unspent()));
    for trouble in server.chain(helper) {
        let say = crate::text::errors::trouble(&trouble);
        assert!(say.code.starts_with("U-"), "{trouble:?}");
        for part in [&say.stored, &say.next] {
            assert!(part.ends_with('。'), "{trouble:?}: {part}");
        }
        assert!(!say.happened.is_empty());
    }
}

/// One test per live state: what is read aloud.
macro_rules! card_state {
    ($($name:ident, $view:expr, $said:literal;)*) => { $(
        #[tokio::test]
        async fn $name() {
            let html = draw_reader($view).await;
            let said = text_of(live(&html));
            assert!(said.contains($said), "read aloud: {said}");
            assert!(html.contains("<svg"), "no icon beside the words: {html}");
        }
    )* };
}

card_state! {
    state_connecting_is_read_aloud, View::Connecting, "読み取りプログラムにつないでいます";
    state_no_helper_is_read_aloud, View::Absent(Why::NotRunning), "読み取りプログラムが見つかりません";
    state_not_yet_allowed_is_read_aloud, View::AskFirst, "カードリーダーへの接続を許可してください";
    state_refused_by_the_browser_is_read_aloud, View::Denied, "ブラウザの接続の許可が止まっています";
    state_phone_is_read_aloud, View::Phone, "この端末ではカードを読み取れません";
    state_old_helper_is_read_aloud, View::OldHelper, "読み取りプログラムの更新が必要です";
    state_other_helper_is_read_aloud, View::OtherHelper, "読み取りプログラムが、前に使ったものと違います";
    state_service_down_is_read_aloud, View::ServiceDown, "カードリーダーを使うための仕組みが動いていません";
    state_service_denied_is_read_aloud, View::ServiceDenied, "カードリーダーを使う許可がありません";
    state_no_reader_is_read_aloud, View::NoReader, "カードリーダーがつながっていません";
    state_put_card_is_read_aloud, View::PutCard, "カードを置いてください";
    state_recognising_is_read_aloud, View::Recognising, "カードを確かめています";
    state_foreign_card_is_read_aloud, View::WrongCard(CardKind::Foreign), "このカードは使えません";
    state_juki_card_is_read_aloud, View::WrongCard(CardKind::JukiCard), "住民基本台帳カードは使えません";
    state_android_phone_is_read_aloud, View::WrongCard(CardKind::PhoneAndroid), "Androidスマートフォンの電子証明書は、ここでは使えません";
    state_iphone_is_read_aloud, View::WrongCard(CardKind::PhoneIos), "iPhoneの電子証明書は、ここでは使えません";
    state_mute_card_is_read_aloud, View::WrongCard(CardKind::Mute), "カードを読み取れません";
    state_in_use_is_read_aloud, View::InUse, "ほかの画面で使用中です";
    state_ready_is_read_aloud, View::Ready, "カードが置かれています";
    state_starting_is_read_aloud, View::Starting, "カードの準備をしています";
    state_pin_is_read_aloud, View::Pin { ticket: "t".to_owned(), tries_left: Some(3), last_try: false, asks: Asks::Pin }, "暗証番号を入力してください";
    state_verifying_is_read_aloud, View::Working(Work_::Verifying), "読み取り中です。動かさないでください";
    state_signing_is_read_aloud, View::Working(Work_::Signing), "読み取り中です。動かさないでください";
    state_reading_is_read_aloud, View::Working(Work_::Reading), "読み取り中です。動かさないでください";
    state_put_card_beside_another_is_read_aloud, View::PutCardBeside(Some(CardKind::Foreign)), "マイナンバーカードを置いてください";
    state_on_pad_is_read_aloud, View::OnPad, "カードリーダーの確定キーを押してください";
    state_stopping_on_pad_is_read_aloud, View::StoppingOnPad, "カードリーダーの取消キーを押してください";
    state_stopping_is_read_aloud, View::Stopping, "読み取りをやめています";
    state_signed_is_read_aloud, View::Done, "カードの読み取りが終わりました";
    state_removed_too_early_is_read_aloud, View::Failed(ErrorCode::CardRemoved.unspent()), "読み取れませんでした";
    state_helper_gone_is_read_aloud, View::Lost(Spent::No), "読み取りプログラムとの接続が切れました";
}

#[tokio::test]
async fn the_pin_is_typed_in_the_helpers_frame_and_nowhere_else() {
    let html = draw_reader(View::Pin { ticket: "abc".to_owned(), tries_left: Some(1), last_try: true, asks: Asks::Pin }).await;
    let frame = between(&html, "<iframe", ">");
    for part in ["src=\"http://127.0.0.1:35970/pin/abc\"", "allow=\"loopback-network\"", "title=\"暗証番号の入力\""] {
        assert!(frame.contains(part), "{frame}");
    }
    assert!(!html.contains("<input"), "the page has a field of its own: {html}");
    assert!(html.contains("data-code=\"U-X03\""), "the last try is not announced before the pad: {html}");
}

/// A screen of several readers, of which one was chosen by hand.
fn two_readers(chosen: Option<&str>) -> Readers {
    let reader = |id: &str, name: &str, kind| shared::reader::Reader {
        id: id.to_owned(),
        name: name.to_owned(),
        card: Some(Card { generation: 1, kind: Some(kind) }),
    };
    let all = vec![reader("r1", "Alpha 00 00", CardKind::Foreign), reader("r2", "Beta 01 00", CardKind::MyNumberCard)];
    Readers { all, chosen: chosen.map(str::to_owned), used: Some("r2".to_owned()), has_lost_choice: false }
}

#[tokio::test]
async fn several_readers_are_offered_with_what_lies_on_them() {
    for (chosen, picked) in [(None, ""), (Some("r1"), "r1")] {
        let html = draw_readers(View::Ready, two_readers(chosen)).await;
        assert_eq!(between(&html, "<details", ">").contains("open"), chosen.is_some(), "closed until it is needed: {html}");
        let list = between(&html, "カードリーダーを選ぶ</summary>", "</fieldset>");
        assert_eq!(list.matches("type=\"radio\"").count(), 3, "{list}");
        for words in
            ["使うカードリーダー", "自動で選ぶ", "Alpha 00 00", "ほかのカードがあります", "Beta 01 00", "マイナンバーカードがあります"]
        {
            assert!(text_of(list).contains(words), "{words}: {list}");
        }
        let checked: Vec<&str> = list.split("<input").skip(1).filter(|one| between(one, "", ">").contains("checked")).collect();
        let [one] = checked.as_slice() else { panic!("{list}") };
        assert!(one.contains(&format!("value=\"{picked}\"")), "{one}");
    }
}

#[tokio::test]
async fn a_choice_that_was_lost_is_read_aloud_even_when_one_reader_is_left() {
    let readers = Readers { all: Vec::new(), chosen: None, has_lost_choice: true, ..Readers::default() };
    let html = draw_readers(View::Ready, readers).await;
    assert!(text_of(between(&html, "reader__choice-lost\"", "</div>")).contains("自動で選ぶようにもどしました"), "{html}");
    let html = draw_reader(View::Ready).await;
    assert!(!html.contains("自動で選ぶ") && !html.contains("type=\"radio\""), "one reader leaves nothing to choose: {html}");
}

#[tokio::test]
async fn only_a_card_that_serves_offers_a_press() {
    for (view, is_off) in [(View::Ready, false), (View::PutCard, true), (View::NoReader, true), (View::WrongCard(CardKind::Foreign), true)]
    {
        let html = draw_reader(view.clone()).await;
        let button = between(&html, "id=\"start\"", ">");
        assert_eq!(button.contains("aria-disabled=\"true\""), is_off, "{view:?}: {html}");
    }
}

/// 無効, 新しい資格あり, 該当なし, 複数該当: their own words beside the badge.
#[tokio::test]
async fn each_result_that_is_not_valid_says_three_parts() {
    for (validity, code, happened, next) in [
        (Validity::Invalid, "U-X28", "資格は無効です（喪失日 令和5年12月31日、退職）", "新しい保険証"),
        (Validity::Replaced, "U-X29", "新しい資格があります", "患者様に確かめて"),
        (Validity::NotFound, "U-X30", "該当する資格が見つかりません", "後日もう一度"),
        (Validity::Several, "U-X31", "複数の資格があります", "自動では決めません"),
    ] {
        let html = draw(done(result(validity))).await;
        let notice = text_of(between(&html, &format!("data-code=\"{code}\""), "</div></div>"));
        for part in [happened, "同意と確認の結果は登録されました。", next, code] {
            assert!(notice.contains(part), "{code}: 「{part}」 is missing: {html}");
        }
        let badge = text_of(between(&html, "class=\"verdict", "</span></span>"));
        assert!(badge.contains(validity.label()), "{badge}");
    }
    let valid = draw(done(result(Validity::Valid))).await;
    assert!(text_of(between(&valid, "class=\"verdict", "</span></span>")).contains("有効"));
    assert!(!valid.contains("U-X28"));
}

#[tokio::test]
async fn the_result_shows_the_fields_in_the_order_of_the_source() {
    let html = text_of(&draw(done(result(Validity::Valid))).await);
    let mut rest = html.split_once("資格の確認").map_or("", |(_, rest)| rest);
    for name in [
        "確認日",
        "保険者番号",
        "保険者名",
        "記号",
        "番号",
        "枝番",
        "フリガナ",
        "氏名",
        "生年月日",
        "性別",
        "郵便番号",
        "住所",
        "証区分",
        "有効開始日",
        "資格取得年月日",
        "負担割合",
        "本人・家族の別",
        "限度額適用認定証",
        "特定疾病療養受療証",
    ] {
        rest = rest.split_once(name).unwrap_or_else(|| panic!("{name} is missing or too early: {html}")).1;
    }
    for said in ["情報がありません（「なし」とは限りません）", "なし", "失効の確認はしていません", "A1B2C3", "令和6年（2024年）4月30日"]
    {
        assert!(html.contains(said), "「{said}」 is missing: {html}");
    }
}

#[tokio::test]
async fn notes_on_certificate_former_consent_and_unknown_characters_stand_on_the_result() {
    let mut noted = result(Validity::Valid);
    noted.certificate_ends_on = Some(date("2024-03-31"));
    noted.replaced_until = Some(date("2024-02-29").at_jst(23, 59));
    if let Some(person) = noted.eligibility.as_mut().and_then(|eligibility| eligibility.person.as_mut()) {
        person.name = "試●　和子".to_owned();
    }
    let html = draw(done(noted)).await;
    for (code, said) in [("U-X07", "令和6年（2024年）3月31日"), ("U-X25", "令和6年（2024年）2月29日"), ("U-X33", "表示できない文字")]
    {
        assert!(text_of(between(&html, &format!("data-code=\"{code}\""), "</div></div>")).contains(said), "{code}: {html}");
    }
}

#[tokio::test]
async fn a_page_opened_again_names_nothing_of_the_person_before() {
    let refused = ConsentGroup::ALL.into_iter().fold(identify().draft, |draft, group| draft.with_answer(group, Choice::Refuse));
    for (step, draft) in [(Step::Choose, agreed(Choice::Agree)), (Step::Confirm, refused), (Step::Identify, identify().draft)] {
        let html = draw(Desk::new(Mark { step, run: RUN }, draft).after(Action::Opened(page(), moment()))).await;
        for offered in ["続ける", "はじめから"] {
            assert!(html.contains(offered), "{step:?}: {html}");
        }
        for told in ["同意する", "同意しない", "手術", "本人確認", "aria-current", "class=\"reader"] {
            assert!(!html.contains(told), "{step:?} tells 「{told}」: {html}");
        }
        let (go_on, begin) = (between(&html, "id=\"go-on\"", ">"), between(&html, "id=\"begin\"", ">"));
        assert!(go_on.contains("button--secondary") && begin.contains("button--secondary"), "no way is the proposed one: {html}");
    }
}

#[tokio::test]
async fn the_card_signs_what_its_screen_lists() {
    let mixed = agreed(Choice::Agree).with_answer(ConsentGroup::Checkup, Choice::Refuse);
    let html = draw(Desk { draft: mixed, ..identify() }).await;
    let list = text_of(between(&html, "登録する同意の内容", "</dl>"));
    let agreed = "同意する手術の情報、診療・薬剤の情報、限度額適用認定証の情報、特定疾病療養受療証の情報";
    assert!(list.ends_with(&format!("{agreed}同意しない特定健診の情報（40歳以上の方）")), "{list}");
    let html = draw(identify()).await;
    let list = text_of(between(&html, "登録する同意の内容", "</dl>"));
    assert!(list.contains("特定健診の情報") && !list.contains("同意しない"), "{list}");
}

#[tokio::test]
async fn an_earlier_consent_is_shown_beside_the_new_one_before_it_is_replaced() {
    let html = draw(asked()).await;
    let former = text_of(between(&html, "前の登録</h2>", "</dl>"));
    let new = text_of(between(&html, "今回の内容</h2>", "</dl>"));
    for said in ["令和5年（2023年）11月30日", "9時05分", "令和6年（2024年）2月29日", "手術の情報同意しない", "薬剤の情報同意する"]
    {
        assert!(former.contains(said), "「{said}」 is missing: {former}");
    }
    for said in ["まだ登録していません", "令和6年（2024年）4月30日", "手術の情報同意する前と変わります"] {
        assert!(new.contains(said), "「{said}」 is missing: {new}");
    }
    assert_eq!(new.matches("前と変わります").count(), 1, "{new}");
    let text = text_of(&html);
    for said in ["令和6年（2024年）2月29日", "10時20分まで", "資格の確認の結果は登録されず", "U-X25"] {
        assert!(text.contains(said), "「{said}」 is missing: {text}");
    }
    assert!(!text.contains("ほかの端末で"), "{text}");
    let (yes, no) = (between(&html, "id=\"replace\"", ">"), between(&html, "id=\"keep\"", ">"));
    assert_eq!(yes, no, "both answers look the same");
    let busy = draw(asked().after(Action::Replaces)).await;
    for id in ["replace", "keep"] {
        assert!(between(&busy, &format!("id=\"{id}\""), ">").contains("aria-disabled=\"true\""), "{id}: {busy}");
    }
    let kept = text_of(&draw(asked().after(Action::End(Ended { by_idling: false, stored: Stored::Nothing, keeps_former: true }, 2))).await);
    assert!(kept.contains("登録は行われていません。") && kept.contains("前の登録は、そのままです。"), "{kept}");
}

#[tokio::test]
async fn what_was_refused_is_told_apart_from_what_is_unknown() {
    let mut refused = result(Validity::Valid);
    refused.items = vec![(ConsentItem::LimitCertificate, ItemState::Refused), (ConsentItem::Checkup, ItemState::NotApplicable)];
    if let Some(coverage) = refused.eligibility.as_mut().and_then(|eligibility| eligibility.coverages.first_mut()) {
        coverage.limit = Provided::NotProvided;
        coverage.specific_diseases = Provided::NotProvided;
        coverage.copay_ratio = Provided::Value(Percent(10));
    }
    let html = text_of(&draw(done(refused)).await);
    for said in ["限度額適用認定証同意がないため表示しません", "特定疾病療養受療証情報がありません", "負担割合1割", "対象外（40歳未満）"]
    {
        assert!(html.contains(said), "「{said}」 is missing: {html}");
    }
}

#[tokio::test]
async fn the_choices_start_empty_and_both_answers_look_the_same() {
    let html = draw(desk_at(Step::Choose, Draft::default())).await;
    assert!(!html.contains("checked"), "something is preselected: {html}");
    assert!(!html.contains("is-picked"), "something is preselected: {html}");
    assert_eq!(html.matches("type=\"radio\"").count(), 10);
    assert_eq!(html.matches("class=\"choice__answer\"").count(), 10);
    for all in ["id=\"agree-all\" class=\"button button--secondary\"", "id=\"refuse-all\" class=\"button button--secondary\""] {
        assert!(html.contains(all), "{all}: {html}");
    }
    assert!(html.contains("ひなた訪問看護ステーション"));
}

#[tokio::test]
async fn missing_answers_are_pointed_out_one_by_one() {
    let draft = Draft::default().with_answer(ConsentGroup::Surgery, Choice::Agree);
    let html = draw(desk_at(Step::Choose, draft).after(Action::PointOutMissing)).await;
    assert_eq!(html.matches("class=\"choice__missing\"").count(), 4);
    assert!(html.contains("まだ選んでいないものが4つあります。"));
}

#[tokio::test]
async fn the_confirmation_says_until_when_and_what_all_refused_means() {
    let html = text_of(&draw(desk_at(Step::Confirm, agreed(Choice::Agree))).await);
    assert!(html.contains("令和6年（2024年）4月30日 23時59分まで"), "{html}");
    assert!(!html.contains("U-X22"));
    let html = text_of(&draw(desk_at(Step::Confirm, agreed(Choice::Refuse))).await);
    assert!(html.contains("資格の確認だけを行います。よろしいですか。") && html.contains("U-X22"), "{html}");
    let subsidised = agreed(Choice::Refuse).with_subsidy(Choice::Agree);
    let mut desk = desk_at(Step::Confirm, subsidised);
    desk.page = Page::Open(Rc::new(PageOpened { asks_subsidy: true, ..(*page()).clone() }));
    let html = text_of(&draw(desk).await);
    assert!(!html.contains("資格の確認だけを行います") && !html.contains("U-X22"), "the subsidy is agreed to: {html}");
}

#[tokio::test]
async fn every_screen_says_who_acts_and_has_one_heading() {
    for (name, html) in every_screen().await {
        if !["opening", "closed"].contains(&name.as_str()) {
            assert!(html.contains("いま操作するのは："), "{name} says not who acts: {html}");
        }
        assert_eq!(html.matches("<h1").count(), 1, "{name}: {html}");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        assert!(html.contains("これは国のアプリではありません"), "{name}");
        assert!(!html.contains(" style="), "{name} needs an inline style, which the CSP refuses: {html}");
        keep(&name, &html);
    }
}

async fn every_screen() -> Vec<(String, String)> {
    let lost = Action::Failed(errand(), Trouble::Network(Stored::Unknown));
    let proof = Rc::new(Proof {
        nonce: Base64(vec![1; 32]),
        certificate: Base64(vec![4]),
        signature: Base64(vec![5]),
        replaces: None,
        changes: None,
    });
    let empty = || Desk::new(Mark { step: Step::Top, run: RUN }, Draft::default());
    let half = Draft::default().with_answer(ConsentGroup::Surgery, Choice::Refuse);
    let ended = |by_idling, stored, keeps_former| Action::End(Ended { by_idling, stored, keeps_former }, RUN);
    let again = Desk::new(Mark { step: Step::Identify, run: RUN }, identify().draft).after(Action::Opened(page(), moment()));
    let reload = again.after(Action::GoOn);
    let desks = [
        ("opening", empty()),
        ("closed", empty().after(Action::OpenFailed(Trouble::FormerUrl(String::new())))),
        ("top", desk_at(Step::Top, Draft::default())),
        ("hand-over", desk_at(Step::HandOver, Draft::default())),
        ("prepare", desk_at(Step::Prepare, Draft::default()).after(Action::Prepare(1, crate::part::Pick::Second))),
        ("choose", desk_at(Step::Choose, Draft::default())),
        ("choose-all", desk_at(Step::Choose, agreed(Choice::Agree))),
        ("choose-missing", desk_at(Step::Choose, half).after(Action::PointOutMissing)),
        ("confirm", desk_at(Step::Confirm, agreed(Choice::Agree))),
        ("confirm-refused", desk_at(Step::Confirm, agreed(Choice::Refuse))),
        ("identify-reload", reload),
        ("lost", identify().after(Action::Signed(errand(), proof)).after(lost)),
        ("expired", identify().after(Action::Failed(errand(), Trouble::Expired(Some(date("2023-06-02")))))),
        ("not-registered", identify().after(Action::Failed(errand(), Trouble::NotRegistered))),
        ("hand-back", identify().after(Action::Standing(errand(), VisitStanding::Done { result: Box::new(result(Validity::Valid)) }))),
        ("result", done(result(Validity::Valid))),
        ("result-replaced", done(result(Validity::Replaced))),
        ("result-none", done(result(Validity::NotFound))),
        ("paper", desk_at(Step::Paper, Draft::default())),
        ("end", identify().after(ended(false, Stored::Kept, false))),
        ("end-idle", identify().after(ended(true, Stored::Nothing, false))),
        ("end-former-stays", identify().after(ended(false, Stored::Nothing, true))),
        ("go-on", again),
        ("replace", asked()),
    ];
    let mut screens = Vec::new();
    for (name, desk) in desks {
        screens.push((name.to_owned(), draw(desk).await));
    }
    screens.push(("reader-several".to_owned(), draw_readers(View::Ready, two_readers(None)).await));
    for view in [
        View::AskFirst,
        View::Denied,
        View::PutCard,
        View::Ready,
        View::InUse,
        View::Pin { ticket: "t".to_owned(), tries_left: Some(1), last_try: true, asks: Asks::Pin },
        View::PutCardBeside(Some(CardKind::Foreign)),
        View::OnPad,
        View::StoppingOnPad,
        View::Working(Work_::Signing),
        View::Failed(Failure { code: ErrorCode::PinWrong, retriable: true, tries_left: Some(2), try_spent: Spent::Yes }),
    ] {
        let name = format!("reader-{}", crate::part::reader_box::state_name(&view));
        screens.push((name, draw_reader(view).await));
    }
    screens
}

/// Writes a screen with its styles to the folder in `UKETSUKE_SCREENS`, to be looked at without a server.
fn keep(name: &str, html: &str) {
    let Ok(folder) = std::env::var("UKETSUKE_SCREENS") else { return };
    let styles: String =
        ["tokens", "base", "part", "reception"].map(|css| std::fs::read_to_string(format!("style/{css}.css")).unwrap()).concat();
    let shell = std::fs::read_to_string("../index.html").unwrap();
    let header = between(&shell, "<body>", "<div id=\"app\">");
    let head = format!(
        "<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{name}</title><style>{styles}</style>"
    );
    let body = format!("{header}<div id=\"app\">{html}</div>");
    let file = format!("<!DOCTYPE html><html lang=\"ja\"><head>{head}</head><body>{body}</body></html>");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(format!("{folder}/{name}.html"), file).unwrap();
}

#[test]
fn all_refused_is_a_choice_like_any_other() {
    assert_eq!(agreed(Choice::Refuse).choices(&ConsentGroup::ALL), Some(Choices::all(Choice::Refuse)));
}

/// X12 is reached from where the card cannot help any more, and names every way.
#[tokio::test]
async fn the_ways_without_a_card_are_one_press_away() {
    let blocked = Failure { code: ErrorCode::PinBlocked, retriable: false, tries_left: Some(0), try_spent: Spent::No };
    for view in
        [View::Failed(blocked), View::Failed(ErrorCode::NoCertificate.unspent()), View::Failed(ErrorCode::CardNewer.unspent()), View::Phone]
    {
        let html = draw_reader(view.clone()).await;
        assert!(between(&html, "id=\"paper\"", "</button>").contains("button--primary"), "{view:?}: {html}");
    }
    let expired = draw(identify().after(Action::Failed(errand(), Trouble::Expired(None)))).await;
    assert!(expired.contains("id=\"paper\""), "{expired}");
    let html = draw(desk_at(Step::Paper, Draft::default())).await;
    for way in ["端末を職員にお渡しください", "資格確認書", "資格情報のお知らせ", "マイナポータル", "被保険者資格申立書", "U-X12"]
    {
        assert!(html.contains(way), "{way}: {html}");
    }
    // 目視 leads to what there is today, and says what that cannot do.
    assert!(between(&html, "<a ", "</a>").contains("href=\"/d\""), "{html}");
    for honest in ["カードの確認", "記録されず、資格の確認にもなりません", "職員がパスコードを入力します"]
    {
        assert!(html.contains(honest), "{honest}: {html}");
    }
    assert!(!html.contains("資格確認アプリ"), "there is none: {html}");
}

#[test]
fn every_page_holds_the_note_of_a_demo_and_a_heading_before_any_program() {
    for html in [include_str!("../../../index.html"), include_str!("../../device.html"), include_str!("../../office.html")] {
        // The build takes `hidden` away for a demo server; nobody else shows it.
        assert_eq!(html.matches("<p class=\"site__demo\" hidden>お試し用の画面です。").count(), 1);
        assert_eq!(html.matches("<h1").count(), 1);
        // A translated page loses its words; this one is told not to be.
        assert!(html.contains("<html lang=\"ja\" translate=\"no\" class=\"notranslate\">"));
        assert!(html.contains("<meta name=\"google\" content=\"notranslate\" />"));
    }
}

/// The shell shows the first screen's own words: nothing jumps when the program takes over.
#[tokio::test]
async fn the_shell_and_the_first_screen_say_the_same() {
    let shell = include_str!("../../../index.html");
    let top = draw(desk_at(Step::Top, Draft::default())).await;
    let loading = draw(Desk::new(Mark { step: Step::Top, run: RUN }, Draft::default())).await;
    for words in [t::TOP, t::STAFF_ACTS] {
        for html in [shell, &top, &loading] {
            assert!(html.contains(words), "「{words}」: {html}");
        }
    }
    assert!(shell.contains(t::TOP_LEAD) && shell.contains(t::OPENING));
    let resumed = draw(Desk::new(Mark { step: Step::Choose, run: RUN }, agreed(Choice::Agree))).await;
    assert!(!resumed.contains(t::TOP) && resumed.contains(t::OPENING), "a page opened again is not the first screen: {resumed}");
}

/// What a text tells a person to press, or to look at, is on the same screen.
#[tokio::test]
async fn no_text_names_a_button_that_is_not_there() {
    const NAMES: [&str; 16] = [
        t::NEXT,
        t::BACK,
        t::AGAIN,
        t::START_OVER,
        t::FINISH,
        t::TO_PAPER,
        t::TO_PREPARE,
        t::REGISTER,
        t::START,
        t::TAKE,
        t::STOP,
        t::CONNECT,
        t::TRUST,
        t::CHECK_AGAIN,
        t::CORRECT,
        crate::text::reader::HELP_ALLOW,
    ];
    let mut screens = every_screen().await;
    let refused = Code::ALL.iter().copied().flat_map(|code| {
        [Stored::Nothing, Stored::Kept, Stored::Unknown].map(|stored| Trouble::of_server(&Refusal { code, stored, detail: None }))
    });
    for trouble in refused {
        let name = format!("{trouble:?}");
        let empty = Desk::new(Mark { step: Step::Top, run: RUN }, Draft::default());
        // What a page's opening can end with, and what a visit can.
        if matches!(
            trouble,
            Trouble::Network(_)
                | Trouble::Wait(_)
                | Trouble::Internal(_)
                | Trouble::FormerUrl(_)
                | Trouble::SwitchedOff(_)
                | Trouble::CodeChanged(..)
                | Trouble::NotFound
        ) {
            screens.push((format!("opening {name}"), draw(empty.after(Action::OpenFailed(trouble.clone()))).await));
        }
        screens.push((format!("visit {name}"), draw(identify().after(Action::Failed(errand(), trouble))).await));
    }
    let why = [Why::MayBePermission, Why::NotRunning, Why::NotAllowed, Why::PortTaken, Why::Stopped, Why::NoRoom];
    let states = [View::Phone, View::OldHelper, View::OtherHelper, View::ServiceDown, View::ServiceDenied, View::NoReader, View::Held];
    let lost = [Spent::No, Spent::Yes, Spent::Unknown].map(View::Lost);
    let failed = ErrorCode::ALL.iter().map(|code| View::Failed(code.unspent()));
    let kinds = [CardKind::JukiCard, CardKind::PhoneAndroid, CardKind::PhoneIos, CardKind::Foreign, CardKind::Mute].map(View::WrongCard);
    for view in why.map(View::Absent).into_iter().chain(states).chain(lost).chain(kinds).chain(failed) {
        let is_at_rest = !matches!(view, View::Failed(_) | View::Lost(_));
        screens.push((format!("reader {view:?}"), draw_reader(view.clone()).await));
        if is_at_rest {
            screens.push((format!("top {view:?}"), draw_readiness(view).await));
        }
    }
    screens.push(("top ask".to_owned(), draw_readiness(View::AskFirst).await));
    screens.push(("top denied".to_owned(), draw_readiness(View::Denied).await));
    let mut seen = 0;
    for (name, html) in screens {
        let offers = |word: &str| {
            ["button", "h2", "summary"].iter().any(|tag| {
                html.split(&format!("<{tag}"))
                    .skip(1)
                    .any(|piece| text_of(&format!("<{}", between(piece, "", &format!("</{tag}>")))).trim() == word)
            })
        };
        // Help that describes another step is no instruction for this one.
        let said = text_of(&html);
        for named in said.split('「').skip(1).filter_map(|piece| piece.split_once('」')).map(|(named, _)| named) {
            if NAMES.contains(&named) {
                seen += 1;
                assert!(offers(named), "{name} names 「{named}」, which is not there: {said}");
            }
        }
    }
    assert!(seen > 40, "only {seen} names were looked at");
}

async fn draw_readiness(view: View) -> String {
    #[derive(Clone, PartialEq, Properties)]
    struct Drawn {
        view: View,
    }
    #[component]
    fn Readiness(props: &Drawn) -> Html {
        readiness(&props.view, page().helper, &Callback::noop())
    }
    LocalServerRenderer::<Readiness>::with_props(Drawn { view }).hydratable(false).render().await
}

/// Staff see on the first screen whether a card can be read, before the patient answers anything.
#[tokio::test]
async fn the_first_screen_says_whether_helper_and_reader_are_ready() {
    let top = draw(desk_at(Step::Top, Draft::default())).await;
    assert!(top.contains("data-reader=\"connecting\"") && text_of(&top).contains("カードリーダーの準備"), "{top}");
    for (view, said, button) in [
        (View::PutCard, "準備ができています", ""),
        (View::Ready, "前の方のカード", ""),
        (View::NoReader, "カードリーダーがつながっていません", ""),
        (View::AskFirst, "接続を許可してください", "接続する"),
        (View::Denied, "許可が止まっています", "もう一度確かめる"),
        (View::Phone, "U-X13", ""),
        (View::Absent(Why::NotRunning), "uketsuke-helper doctor", "もう一度確かめる"),
        (View::Absent(Why::NotAllowed), "uketsuke-helper allow", "もう一度確かめる"),
        (View::Absent(Why::PortTaken), "ほかのソフトが使っています", "もう一度確かめる"),
        (View::Absent(Why::Stopped), "広告ブロック", "もう一度確かめる"),
    ] {
        let html = draw_readiness(view.clone()).await;
        assert!(text_of(&html).contains(said), "{view:?}: {html}");
        assert_eq!(text_of(&format!("<{}", between(&html, "<button", "</button>"))).trim_start_matches('<'), button, "{view:?}: {html}");
        assert!(!html.contains("選んだ内容"), "nothing was chosen yet: {html}");
    }
}

/// Not found, not allowed, port taken, stopped on the way: four texts, each with the command for 端末の担当.
#[tokio::test]
async fn each_cause_of_a_silent_helper_has_its_own_words_and_command() {
    let mut titles = Vec::new();
    for (why, command) in [
        (Why::NotRunning, "uketsuke-helper doctor"),
        (Why::NotAllowed, "uketsuke-helper allow"),
        (Why::PortTaken, "uketsuke-helper doctor"),
        (Why::Stopped, "uketsuke-helper doctor"),
    ] {
        let html = draw_reader(View::Absent(why)).await;
        assert!(between(&html, "<code>", "</code>").starts_with(command), "{why:?}: {html}");
        titles.push(between(&html, "reader__title\">", "</p>").to_owned());
    }
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), 4, "{titles:?}");
}

/// The verdict is read together with the person it is about and what they pay.
#[tokio::test]
async fn the_verdict_stands_beside_person_birth_date_and_ratio() {
    let mut valid = result(Validity::Valid);
    if let Some(coverage) = valid.eligibility.as_mut().and_then(|eligibility| eligibility.coverages.first_mut()) {
        coverage.copay_ratio = Provided::Value(Percent(30));
    }
    let html = draw(done(valid)).await;
    let head = text_of(between(&html, "class=\"result__head\"", "</dl>"));
    for said in ["有効", "資格　一郎", "昭和35年（1960年）6月2日", "負担割合3割"] {
        assert!(head.contains(said), "「{said}」 is not beside the verdict: {head}");
    }
    for (validity, has_person, ratio) in [
        (Validity::Invalid, true, ""),
        (Validity::Replaced, true, "負担割合情報がありません"),
        (Validity::Several, true, "負担割合資格ごとに"),
        (Validity::NotFound, false, ""),
    ] {
        let html = draw(done(result(validity))).await;
        let head = text_of(between(&html, "class=\"result__head\"", "</dl>"));
        assert_eq!(head.contains("資格　一郎"), has_person, "{validity:?}: {head}");
        assert!(if ratio.is_empty() { !head.contains("負担割合") } else { head.contains(ratio) }, "{validity:?}: {head}");
    }
}

#[tokio::test]
async fn a_patient_whose_insurance_is_not_valid_is_told_that_staff_will_help() {
    for validity in [Validity::Valid, Validity::Invalid, Validity::Replaced, Validity::NotFound, Validity::Several] {
        let standing = VisitStanding::Done { result: Box::new(result(validity)) };
        let html = text_of(&draw(identify().after(Action::Standing(errand(), standing))).await);
        assert_eq!(html.contains("職員がご案内します。"), validity != Validity::Valid, "{validity:?}: {html}");
    }
}

#[tokio::test]
async fn the_slip_can_be_printed_alone() {
    let html = draw(done(result(Validity::Valid))).await;
    assert!(text_of(&html).contains("控えだけを印刷する") && text_of(&html).contains("すべて印刷する"), "{html}");
    let slip = text_of(between(&html, "class=\"panel slip\"", "</section>"));
    assert!(slip.contains("A1B2C3") && slip.contains("令和6年（2024年）1月17日"), "{slip}");
    for secret in ["資格　一郎", "06990014", "有効"] {
        assert!(!slip.contains(secret), "the slip says {secret}: {slip}");
    }
}

/// Whoever answered all at once need not look for the way on at the end of a long screen.
#[tokio::test]
async fn the_way_on_stands_beside_agreeing_to_all() {
    let html = draw(desk_at(Step::Choose, Draft::default())).await;
    let all = between(&html, "class=\"choose-all\"", "</section>");
    let (agree, next) = (all.find("すべて同意する").unwrap(), all.find("id=\"next-all\"").unwrap());
    assert!(agree < next, "{all}");
}

/// 「まだ」 is no dead end: without card or PIN the way without them comes first.
#[tokio::test]
async fn not_yet_leads_to_help() {
    use crate::part::Pick;
    for (place, leads) in [(0, true), (1, true), (2, false)] {
        let html = draw(desk_at(Step::Prepare, Draft::default()).after(Action::Prepare(place, Pick::Second))).await;
        let help = between(&html, "class=\"notice tone--info\"", "</fieldset>");
        assert_eq!(text_of(help).contains("カードを使わない方法"), leads, "{place}: {html}");
        let actions = between(&html, "class=\"actions\"", "</div>");
        let primary = text_of(&format!("<{}", between(actions, "button--primary", "</button>")));
        assert!(primary.contains(if leads { "カードを使わない方法" } else { "次へ" }), "{place}: {actions}");
    }
}

/// No point is passed over (N091): which ones lack an answer is said.
#[tokio::test]
async fn a_point_without_an_answer_is_pointed_out() {
    use crate::part::Pick;
    use crate::reception::screen::prepare::Prepare;
    let shown = |prepared: [Option<Pick>; 3], points_out_missing: bool| {
        crate::drawn::draw(move || {
            html! {
                <Prepare {prepared} assist={Some(shared::domain::visit::Assist::Alone)} onassist={Callback::noop()} {points_out_missing}
                    onpick={Callback::noop()} onnext={Callback::noop()} onback={Callback::noop()}
                    onpaper={Callback::noop()} />
            }
        })
    };
    let html = shown([Some(Pick::First), None, None], true).await;
    assert_eq!(html.matches(t::PREPARE_MISSING).count(), 2, "{html}");
    assert!(html.contains("まだ選んでいないものが2つあります。"));
    let fresh = shown([None; 3], false).await;
    assert!(!fresh.contains(t::PREPARE_MISSING) && !fresh.contains("まだ選んでいない"), "nobody has pressed yet");
    assert!(!shown([Some(Pick::First); 3], true).await.contains("まだ選んでいない"));
}

#[test]
fn what_the_server_answers_a_visit_reads_as_it_was_meant() {
    agree_around::<PageOpened>(&serde_json::to_string(&*page()).unwrap());
    let done = VisitStanding::Done { result: Box::new(result(Validity::Valid)) };
    agree_around::<VisitStanding>(&serde_json::to_string(&done).unwrap());
}

#[path = "uses_tests.rs"]
mod uses;
