//! Frame, menu, login, password and reception URL.

use shared::api::Detail;

use super::*;
use crate::office::desk::{Ended, Unreachable};
use crate::office::frame::Header;
use crate::office::home::HomeView;
use crate::office::login::{self, LoginView};
use crate::office::password::{self, PasswordView};
use crate::office::reception_url::{Asking, Copied, ReceptionUrlView};
use crate::office::remote::Remote;
use crate::office::route::Route;
use crate::text::office as text;

#[tokio::test]
async fn the_menu_offers_its_entries_to_every_kind() {
    for kind in AccountKind::ALL {
        let html = draw(move || html! { <HomeView {kind} /> }).await;
        for (path, title) in [("/o/consents", "同意済資格情報取得"), ("/o/url", "医療機関別URL取得・変更"), ("/d", "カードの確認")]
        {
            has(&html, &format!("href=\"{path}\""));
            has(&html, title);
        }
    }
}

#[tokio::test]
async fn the_header_names_institution_user_and_role() {
    let header = |must_change_password: bool| {
        draw(move || {
            let session = Session { must_change_password, ..session(AccountKind::Admin) };
            html! { <Header {session} route={Route::Home} onlogout={Callback::noop()} /> }
        })
    };
    let html = header(false).await;
    for expected in ["ひなた訪問看護ステーション", "管理 花さん(管理者)", "ログアウト", "パスワード変更", "/o/consents", "/o/url"]
    {
        has(&html, expected);
    }
    assert!(!header(true).await.contains("href="), "the first password blocks the menu");
}

#[tokio::test]
async fn a_server_that_does_not_answer_leaves_a_way_on() {
    let html = draw(|| html! { <Unreachable refusal={refused(Code::X01)} on_retry={Callback::noop()} /> }).await;
    has(&html, "U-X01");
    has(&html, "もう一度");
}

async fn login(why: Ended, refusal: Option<Refusal>, wait_s: u32, is_busy: bool) -> String {
    draw(move || {
        let typed = login::Typed { institution: "9969900001".to_owned(), user: "kanri1".to_owned(), password: "kakushigoto".to_owned() };
        html! { <LoginView {why} {typed} {refusal} {wait_s} {is_busy} onchange={Callback::noop()} onsubmit={Callback::noop()} /> }
    })
    .await
}

#[tokio::test]
async fn the_login_asks_for_three_things_and_keeps_none() {
    let html = login(Ended::NotBegun, None, 0, false).await;
    for expected in ["機関コード", "ユーザID", "パスワード", "type=\"password\"", "current-password", "これは国のアプリではありません"]
    {
        has(&html, expected);
    }
    assert!(!html.contains("readonly") && !html.contains("onpaste"), "pasting works");
}

#[tokio::test]
async fn the_login_says_why_it_is_there() {
    for (why, expected) in [
        (Ended::LoggedOut, text::frame::ENDED_LOGGED_OUT),
        (Ended::Idle, text::frame::ENDED_IDLE),
        (Ended::Expired, text::frame::ENDED_EXPIRED),
    ] {
        has(&login(why, None, 0, false).await, expected);
    }
    let fresh = login(Ended::NotBegun, None, 0, false).await;
    assert!(!fresh.contains("data-code") && !fresh.contains(text::frame::ENDED_EXPIRED));
}

#[tokio::test]
async fn a_failed_login_says_no_more_than_that() {
    let html = login(Ended::NotBegun, Some(refused(Code::Login)), 0, false).await;
    has(&html, "ログインできませんでした。");
    has(&html, "U-LOGIN");
    has(&html, "role=\"alert\"");
    for (code, expected) in [(Code::X44, "利用期間外"), (Code::X01, "通信できません"), (Code::Internal, "U-INTERNAL")] {
        has(&login(Ended::NotBegun, Some(refused(code)), 0, false).await, expected);
    }
}

#[tokio::test]
async fn waiting_is_said_in_seconds() {
    let said = Refusal { detail: Some(Detail::RetryAfterS(27)), ..refused(Code::Wait) };
    let html = login(Ended::NotBegun, Some(said.clone()), 27, false).await;
    has(&html, "あと27秒待つと");
    has(&login(Ended::NotBegun, Some(said), 0, false).await, text::login::WAITED);
    has(&html, "aria-disabled=\"true\"");
    has(&login(Ended::NotBegun, None, 0, true).await, text::frame::BUSY);
}

#[test]
fn what_is_typed_into_the_login_is_checked_for_its_form_only() {
    let typed = |institution: &str, user: &str, password: &str| login::Typed {
        institution: institution.to_owned(),
        user: user.to_owned(),
        password: password.to_owned(),
    };
    let request =
        typed(" ９９６９９００００１", "ｋａｎｒｉ１ ", " 全角　も そのまま ").check().unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_eq!((request.institution.as_str(), request.user.as_str()), ("9969900001", "kanri1"));
    assert_eq!(request.password, " 全角　も そのまま ");
    let pasted = typed("\u{FEFF}99-6990 ０００１\u{200B}", "kan\u{200B}ri1", "x").check().unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_eq!((pasted.institution.as_str(), pasted.user.as_str()), ("9969900001", "kanri1"));
    for (institution, user, password) in
        [("996990000", "kanri1", "x"), ("9969900002", "kanri1", "x"), ("9969900001", "k", "x"), ("9969900001", "kanri1", ""), ("", "", "")]
    {
        assert!(typed(institution, user, password).check().is_err(), "{institution} {user}");
    }
}

#[tokio::test]
async fn a_full_width_password_is_noticed_before_it_fails() {
    let shown = |password: &str| {
        let password = password.to_owned();
        draw(move || {
            let typed = login::Typed { password, ..login::Typed::default() };
            html! { <LoginView why={Ended::NotBegun} {typed} onchange={Callback::noop()} onsubmit={Callback::noop()} /> }
        })
    };
    for other in ["ａｓａｇａｏ", "asagao\u{3000}himawari", "ｱｻｶﾞｵ", "asagao\u{200B}"] {
        has(&shown(other).await, "全角と半角は、ちがうパスワードになります。");
    }
    for same in ["", "asagao himawari", "あさがお"] {
        assert!(!shown(same).await.contains("全角と半角"), "{same}");
    }
}

#[tokio::test]
async fn nothing_can_be_changed_while_the_answer_is_out() {
    let html = login(Ended::NotBegun, None, 0, true).await;
    assert_eq!(html.matches("readonly=").count(), 3, "code, id and password");
    assert!(!login(Ended::NotBegun, Some(refused(Code::Login)), 0, false).await.contains("readonly"));
    let busy = Asking { typed: "9969900001".to_owned(), is_busy: true, ..Asking::default() };
    let dialog = url_screen(Remote::Here(url_info(true)), false, Copied::NotYet, Some(busy)).await;
    let dialog = dialog.split("<dialog").nth(1).unwrap();
    assert_eq!((dialog.matches("readonly=").count(), dialog.matches("aria-disabled=\"true\"").count()), (1, 2));
}

#[test]
fn a_failed_read_says_that_nothing_was_changed() {
    let said = Refusal { stored: Stored::Unknown, ..refused(Code::Internal) };
    let Remote::Failed(read) = Remote::<ReceptionUrlInfo>::read(Err(said)) else { panic!() };
    assert_eq!(text::refusal(&read).stored, "何も変わっていません。");
}

async fn password_screen(is_first: bool, new: &str, refusal: Option<Refusal>, is_changed: bool) -> String {
    let new = new.to_owned();
    draw(move || {
        let typed = password::Typed { old: "shoki".to_owned(), new, again: String::new() };
        html! {
            <PasswordView user={user()} institution={institution()} {is_first} {typed} {refusal} {is_changed}
                onchange={Callback::noop()} onsubmit={Callback::noop()} />
        }
    })
    .await
}

#[tokio::test]
async fn the_password_screen_says_its_rules_and_judges_while_typing() {
    let html = password_screen(true, "", None, false).await;
    for expected in ["初期パスワードの変更", "15文字以上、128文字以内", "5種類以上", "機関コードとユーザIDを入れない", "new-password"]
    {
        has(&html, expected);
    }
    for (new, expected) in [
        ("abc", "あと12文字以上必要です。"),
        ("ａｓａｇａｏ to himawari", "ほかの端末で同じように入力できない文字"),
        ("aaaaaaaaaaaaaaaaaaaa", "同じ文字や続いた文字が多すぎます"),
        ("xx kanri1 no himitsu", "機関コードやユーザIDが入っています"),
        ("asagao to himawari", "このパスワードは使えます。"),
    ] {
        has(&password_screen(false, new, None, false).await, expected);
    }
}

#[tokio::test]
async fn the_password_screen_says_how_it_ended() {
    has(&password_screen(false, "", Some(refused(Code::Login)), false).await, "今のパスワードがちがいます。");
    let weak = Refusal { detail: Some(Detail::Password(shared::domain::account::WeakPassword::Unchanged)), ..refused(Code::Password) };
    has(&password_screen(false, "", Some(weak), false).await, "今のパスワードと同じです");
    let done = password_screen(false, "", None, true).await;
    has(&done, "パスワードを変更しました。");
    assert!(!done.contains("<input"));
}

#[test]
fn a_change_of_password_needs_old_new_and_the_same_again() {
    let typed = |old: &str, new: &str, again: &str| password::Typed { old: old.to_owned(), new: new.to_owned(), again: again.to_owned() };
    let good = "asagao to himawari";
    assert!(typed("shoki", good, good).check(&user(), &institution()).is_ok());
    for (old, new, again) in
        [("", good, good), ("shoki", good, "asagao"), ("shoki", "", ""), ("shoki", "mijikai", "mijikai"), (good, good, good)]
    {
        assert!(typed(old, new, again).check(&user(), &institution()).is_err(), "{old} {new} {again}");
    }
}

async fn url_screen(remote: Remote<ReceptionUrlInfo>, is_changed: bool, copied: Copied, asking: Option<Asking>) -> String {
    draw(move || html! { <ReceptionUrlView {remote} {is_changed} {copied} {asking} institution={institution()} /> }).await
}

#[tokio::test]
async fn the_url_screen_shows_url_code_files_and_sheet() {
    let html = url_screen(Remote::Here(url_info(true)), false, Copied::NotYet, None).await;
    for expected in [
        "http://localhost:8080/r/AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIIIJJJJKKK",
        "href=\"/api/office/reception-url/qr.svg\"",
        "href=\"/api/office/reception-url/qr.png\"",
        "download=",
        "<path d=\"M0 0h9v9\"",
        "A4で印刷する",
        "URLをコピー",
        "2024/01/17 09:00",
        "2回",
        "id=\"url-change\"",
    ] {
        has(&html, expected);
    }
    assert!(!html.contains("<?xml"));
    let sheet = html.split("class=\"sheet\"").nth(1).unwrap();
    for expected in [
        "ひなた訪問看護ステーション",
        "訪問診療等",
        "2024/01/17",
        "Windows(Edge)",
        "Mac・Linux(Chrome)",
        "Android・iPhone・iPad",
        "099-000-0000",
        "実際のサイズ",
    ] {
        has(sheet, expected);
    }
    let place = |what: &str| sheet.find(what).unwrap();
    assert!(
        place("Windows") < place("Android") && place("カードを読み取れます") < place("カードは読み取れません"),
        "what reads cards stands first"
    );
}

#[tokio::test]
async fn only_an_admin_is_offered_the_change() {
    let html = url_screen(Remote::Here(url_info(false)), false, Copied::NotYet, None).await;
    assert!(!html.contains("id=\"url-change\""));
    has(&html, "変更は管理者だけができます");
}

#[tokio::test]
async fn the_change_asks_first_and_says_what_dies() {
    let html = url_screen(Remote::Here(url_info(true)), false, Copied::NotYet, Some(Asking::default())).await;
    for expected in
        ["<dialog", "印刷して配った紙", "ブックマーク", "登録済みの同意", "やめる", "機関コードを入力してください", "9969900001"]
    {
        has(&html, expected);
    }
    let wrong = Asking { typed: "1".to_owned(), is_wrong: true, ..Asking::default() };
    has(&url_screen(Remote::Here(url_info(true)), false, Copied::NotYet, Some(wrong)).await, "機関コードがちがいます");
    let refusal = Some(Refusal { stored: Stored::Unknown, ..refused(Code::X01) });
    let lost = url_screen(Remote::Here(url_info(true)), false, Copied::NotYet, Some(Asking { refusal, ..Asking::default() })).await;
    has(&lost, "変更されたかどうかは、まだ分かりません。");
    has(&lost, "発行日時が変わったかを確かめてください");
}

#[tokio::test]
async fn after_a_change_the_sheets_are_to_be_replaced() {
    let html = url_screen(Remote::Here(url_info(true)), true, Copied::NotYet, None).await;
    has(&html, "新しいURLに変わりました");
    has(&html, "印刷した紙を新しいものに取り替え");
    has(&url_screen(Remote::Here(url_info(true)), false, Copied::Done, None).await, "URLをコピーしました。");
    has(&url_screen(Remote::Here(url_info(true)), false, Copied::Refused, None).await, "コピーできません");
}

#[tokio::test]
async fn the_url_screen_draws_loading_and_failure() {
    has(&url_screen(Remote::Loading, false, Copied::NotYet, None).await, "読み込んでいます");
    let failed = url_screen(Remote::Failed(refused(Code::Forbidden)), false, Copied::NotYet, None).await;
    has(&failed, "U-FORBIDDEN");
    has(&failed, "もう一度");
}
