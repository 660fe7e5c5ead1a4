//! The card check in its states, drawn natively.

use std::rc::Rc;

use shared::bytes::Base64;
use shared::reader::{Asks, ErrorCode, Failure, Spent, Step};

use super::*;
use crate::drawn::{day, draw, has, words};
use crate::reader::{CardId, Readers, Why};

fn card() -> CardId {
    CardId { reader: "r1".to_owned(), generation: 1 }
}

fn after(acts: Vec<Act>) -> Check {
    let check = acts.into_iter().fold(Rc::new(Check::default()), Reducible::reduce);
    (*check).clone()
}

fn placed(is_in_use: bool) -> Act {
    Act::Shows(Some(card()), is_in_use)
}

async fn screen(view: View, acts: Vec<Act>) -> String {
    draw(move || {
        let props = CardCheckViewProps {
            shown: Shown { view, readers: Readers::default(), card: Some(card()), kind: None },
            check: after(acts),
            helper: HelperAt { port: 35970, is_tls: false },
            now: day("2026-11-26").at_jst(9, 0),
            onact: Callback::noop(),
            onstart: Callback::noop(),
            oninput: Callback::noop(),
        };
        html! { <CardCheckView ..props /> }
    })
    .await
}

/// True where the button does nothing.
fn is_off(html: &str, id: &str) -> bool {
    let button = html.split(&format!("id=\"{id}\"")).nth(1).and_then(|rest| rest.split('>').next());
    button.unwrap_or_else(|| panic!("no {id} in {html}")).contains("aria-disabled")
}

fn offs(html: &str) -> [bool; 3] {
    ["pin-status", "identify", "face"].map(|id| is_off(html, id))
}

#[tokio::test]
async fn certificate_and_photo_wait_for_a_consent_that_a_person_ticked() {
    let html = screen(View::Ready, vec![placed(false)]).await;
    assert_eq!(offs(&html), [false, true, true]);
    for expected in [text::NOT_RECORDED, text::CONSENT, text::NEEDS_CONSENT] {
        has(&html, expected);
    }
    assert!(!html.contains("checked"), "ticked by nobody: {html}");
    let html = screen(View::Ready, vec![placed(false), Act::Consents(true)]).await;
    assert_eq!(offs(&html), [false, false, false]);
    assert!(html.contains("checked"));
    let html = screen(View::PutCard, vec![placed(false), Act::Consents(true), Act::Shows(None, false)]).await;
    assert_eq!(offs(&html), [true, true, true]);
    has(&html, text::NEEDS_CARD);
}

#[tokio::test]
async fn a_card_in_use_elsewhere_is_taken_by_a_press_of_its_own() {
    let html = screen(View::InUse, vec![placed(true)]).await;
    assert!(!is_off(&html, "take"));
    assert_eq!(offs(&html), [true, true, true]);
    let html = screen(View::InUse, vec![placed(true), Act::TakesOver]).await;
    assert_eq!(offs(&html), [false, true, true]);
    has(&html, text::TAKE_NEXT);
}

#[tokio::test]
async fn the_code_is_typed_in_the_helpers_frame_and_nowhere_else() {
    let pin = |last_try| View::Pin { ticket: "abc".to_owned(), tries_left: Some(1), last_try, asks: Asks::FaceCode };
    let html = screen(pin(false), vec![placed(false), Act::Consents(true)]).await;
    has(&html, "src=\"http://127.0.0.1:35970/pin/abc\"");
    has(&html, "title=\"カードの表の数字の入力\"");
    has(&html, "カードの表の数字を入力してください");
    assert!(!html.contains("<input") && !html.contains("id=\"face\""), "nothing else to press: {html}");
    assert!(!html.contains(text::LAST_TRY));
    let html = screen(pin(true), vec![]).await;
    has(&html, text::LAST_TRY);
    assert!(!html.split("<iframe").next().unwrap_or_default().contains("<button"), "the frame's own button to stop comes first: {html}");
}

#[tokio::test]
async fn the_tries_are_said_and_what_is_not_known_is_not_made_up() {
    for (auth, sign, has_certificate, expected) in [
        (Some(3), Some(5), true, vec!["あと3回", "あと5回", "あります"]),
        (
            Some(0),
            None,
            true,
            vec![
                "0回(使えません)",
                "「顔認証」と書かれているとき",
                "暗証番号のないカードです",
                "カードから回数が得られません",
                "コンビニの機械",
            ],
        ),
        (Some(3), Some(0), true, vec!["あと3回", "資格の確認には使わない番号です"]),
        (None, Some(5), false, vec!["カードから回数が得られません", "利用者証明用電子証明書がありません", "市区町村の窓口で発行できます"]),
    ] {
        let html = screen(View::Ready, vec![placed(false), Act::Gives(Got::Tries { auth, sign, has_certificate })]).await;
        for words in expected {
            has(&html, words);
        }
        assert_eq!(html.contains(text::LOCKED_TITLE), auth == Some(0), "{html}");
    }
}

#[tokio::test]
async fn a_certificate_alone_is_said_to_prove_nothing() {
    let html = screen(View::Ready, vec![placed(false), Act::Gives(Got::Certificate(Base64(vec![1, 2, 3])))]).await;
    for expected in [text::PROVES_NOTHING, text::NOT_CHECKED_WHAT, text::UNTIL_UNREADABLE] {
        has(&html, expected);
    }
    assert_eq!(text::valid_until(day("2028-06-02")), "令和10年（2028年）6月2日まで");
}

#[tokio::test]
async fn the_photo_comes_from_the_helper_with_what_its_signature_says() {
    for (signature, expected, may_match) in [
        (FaceSignature::Fits, "カードの中の署名と一致しました(署名した機関の確認は行っていません)", true),
        (FaceSignature::Wrong, "写真が書き換えられているおそれがあります。この写真で本人確認をしないでください。", false),
        (FaceSignature::NotChecked, "署名は確認できませんでした", true),
    ] {
        let html = screen(View::Ready, vec![placed(false), Act::Gives(Got::Photo { path: "/photo/xyz".to_owned(), signature })]).await;
        has(&html, "src=\"http://127.0.0.1:35970/photo/xyz\"");
        has(&html, "crossorigin=\"anonymous\"");
        for words in [expected, text::PHOTO_COMPARE, text::PHOTO_DIFFERS, text::PHOTO_CLEAR] {
            has(&html, words);
        }
        assert_eq!(words(&html).iter().any(|words| words == text::PHOTO_MATCHES), may_match, "{signature:?}");
        assert_eq!(html.contains("role=\"alert\""), signature == FaceSignature::Wrong, "{signature:?}");
    }
}

#[tokio::test]
async fn a_photo_that_ended_is_gone_and_says_what_to_do() {
    for (why, expected) in [
        (PhotoEnd::Matched, "この結果は記録されていません"),
        (PhotoEnd::Differed, "このカードでは本人確認ができません"),
        (PhotoEnd::Cleared, "写真を消しました"),
        (PhotoEnd::TimedOut, "2分たったため"),
        (PhotoEnd::Hidden, "画面を離れたため"),
        (PhotoEnd::NotLoaded, "写真を表示できませんでした"),
    ] {
        let got = Got::Photo { path: "/photo/xyz".to_owned(), signature: FaceSignature::Fits };
        let html = screen(View::Ready, vec![placed(false), Act::Gives(got), Act::EndsPhoto(why)]).await;
        assert!(!html.contains("/photo/") && !html.contains("<img"), "{why:?}: {html}");
        has(&html, expected);
    }
}

#[tokio::test]
async fn a_failure_speaks_of_the_numbers_on_the_card_and_never_of_a_registration() {
    let failed = |code: ErrorCode, tries_left, try_spent| View::Failed(Failure { tries_left, try_spent, ..code.unspent() });
    for (view, expected) in [
        (failed(ErrorCode::PinWrong, Some(9), Spent::Yes), vec!["カードの表の数字と合いません。あと9回でロックされます", "1回減りました"]),
        (failed(ErrorCode::PinWrong, Some(0), Spent::Yes), vec!["ロックされています", "市区町村の窓口で解除できます"]),
        (failed(ErrorCode::PinBlocked, Some(0), Spent::No), vec!["ロックされています", "減っていません"]),
        (failed(ErrorCode::Cancelled, Some(1), Spent::No), vec!["数字の入力をやめました", "あと1回", "減っていません"]),
        (failed(ErrorCode::NoCertificate, None, Spent::No), vec!["利用者証明用電子証明書がありません"]),
        (failed(ErrorCode::CardRemoved, None, Spent::Unknown), vec!["読み取れませんでした", "まだわかりません"]),
        (View::Lost(Spent::No), vec!["接続が切れました"]),
    ] {
        let html = screen(view.clone(), vec![placed(false)]).await;
        for words in expected {
            has(&html, words);
        }
        assert!(!is_off(&html, "again"), "{view:?}");
        assert!(!html.contains("id=\"face\""), "one way on at a time: {html}");
    }
    for code in ErrorCode::ALL {
        let said = words(&screen(View::Failed(code.unspent()), vec![]).await).join("\n");
        assert!(!said.contains("登録は") && !said.contains("選んだ内容"), "{code:?}: {said}");
    }
}

#[tokio::test]
async fn every_state_of_the_reader_has_its_words() {
    for view in [
        View::Connecting,
        View::AskFirst,
        View::Denied,
        View::Absent(Why::MayBePermission),
        View::OldHelper,
        View::OtherHelper,
        View::ServiceDown,
        View::ServiceDenied,
        View::NoReader,
        View::PutCard,
        View::PutCardBeside(None),
        View::Recognising,
        View::Held,
        View::InUse,
        View::Ready,
        View::Starting,
        View::Working(Step::Verifying),
        View::Working(Step::Reading),
        View::OnPad,
        View::Stopping,
        View::StoppingOnPad,
        View::Done,
        View::Phone,
    ] {
        let html = screen(view.clone(), vec![]).await;
        let title = html.split("reader__title\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
        assert!(!title.is_empty(), "{view:?}: {html}");
        let said = words(&html).join("\n");
        assert!(!said.contains("受付ページ") && !said.contains("読み取りを始める"), "{view:?}: {said}");
    }
}

/// What a text tells the staff to press is on the same screen.
#[tokio::test]
async fn no_text_of_the_reader_names_a_button_that_is_not_there() {
    use crate::text::reception as t;
    const NAMES: [&str; 9] = [t::AGAIN, t::CHECK_AGAIN, t::CONNECT, t::TRUST, t::TAKE, t::STOP, t::TO_PAPER, t::TO_PREPARE, t::START_OVER];
    let why = [Why::MayBePermission, Why::NotRunning, Why::NotAllowed, Why::PortTaken, Why::Stopped, Why::NoRoom].map(View::Absent);
    let rest =
        [View::AskFirst, View::Denied, View::OldHelper, View::OtherHelper, View::NoReader, View::ServiceDown, View::InUse, View::Held];
    let failed = ErrorCode::ALL.iter().map(|code| View::Failed(code.unspent()));
    let lost = [Spent::No, Spent::Yes, Spent::Unknown].map(View::Lost);
    let mut seen = 0;
    for view in why.into_iter().chain(rest).chain(lost).chain(failed) {
        let html = screen(view.clone(), vec![]).await;
        let said = words(&html).join("\n");
        for named in said.split('「').skip(1).filter_map(|piece| piece.split_once('」')).map(|(named, _)| named) {
            if NAMES.contains(&named) {
                seen += 1;
                assert!(html.contains(&format!(">{named}</button>")), "{view:?} names 「{named}」, which is not there: {said}");
            }
        }
    }
    assert!(seen > 20, "only {seen} names were looked at");
}
