//! Frame, login and password, drawn natively.

use shared::api::{Code, Detail, Refusal};
use shared::domain::account::AccountKind;
use shared::right::Act;

use super::lock::{Covered, LockedView};
use super::login::{self, LoginView};
use super::password::{self, PasswordView};
use super::*;
use crate::drawn::{draw, has, institution, refused, session, user};
use crate::session::Ended;
use crate::use_call::Progress;
use crate::use_form::{Faults, Form};

#[derive(Clone, PartialEq, Properties)]
struct BehindProps {
    session: Session,
    #[prop_or_default]
    act: Option<Act>,
}

/// A screen behind the login.
#[component]
fn Behind(props: &BehindProps) -> Html {
    let standing = use_reducer(|| Standing::Asking);
    let view = html! { <p>{ "中身" }</p> };
    let screen = Screen { id: "OT-0", title: "設定の画面", act: props.act, up: Some(("/o", "上へ")), view };
    let menu = Callback::from(|_| html! { <ul><li><a href="/o/other">{ "ほか" }</a></li></ul> });
    let noop = Callback::noop;
    let account = AccountProps {
        path: "/o/settings".into(),
        screen,
        menu,
        cover_ms: None,
        onresume: Callback::noop(),
        onlogin: Callback::noop(),
        onout: noop(),
        onfirst: noop(),
        factors: html! { <p>{ "登録" }</p> },
        other_way: None,
    };
    let signed_in = SignedIn::new(props.session.clone(), props.session.now, standing.dispatcher());
    html! { <ContextProvider<SignedIn> context={signed_in}>{ shown(&account, &props.session) }</ContextProvider<SignedIn>> }
}

#[tokio::test]
async fn the_header_names_institution_user_and_role() {
    let page = |must_change_password: bool| {
        draw(move || {
            let session = Session { must_change_password, ..session(AccountKind::Admin) };
            html! { <Behind {session} /> }
        })
    };
    let html = page(false).await;
    for expected in ["ひなた訪問看護ステーション", "管理 花さん(管理者)", "画面ロック", "ログアウト", "設定の画面", "/o/other"]
    {
        has(&html, expected);
    }
    let first = page(true).await;
    assert!(!first.contains("href=") && !first.contains("設定の画面"), "the first password blocks menu and screen: {first}");
    has(&first, text::password::TITLE_FIRST);
    has(&first, "data-screen=\"OT-4\"");
}

#[tokio::test]
async fn a_screen_is_shown_to_those_who_may_see_it() {
    let shown = |kind: AccountKind, act: Act| draw(move || html! { <Behind session={session(kind)} {act} /> });
    for kind in AccountKind::ALL {
        let is_for = shared::right::may(kind, Act::ReadAuditLog) != shared::right::Right::No;
        let html = shown(kind, Act::ReadAuditLog).await;
        assert_eq!((html.contains("中身"), html.contains(text::frame::NOT_FOR_YOU)), (is_for, !is_for), "{kind:?}");
    }
    assert!(shown(AccountKind::Admin, Act::ReadAuditLog).await.contains("中身"), "and one of them may");
}

#[tokio::test]
async fn a_server_that_does_not_answer_leaves_a_way_on() {
    let html = draw(|| html! { <Unreachable refusal={refused(Code::X01)} on_retry={Callback::noop()} /> }).await;
    has(&html, "U-X01");
    has(&html, "もう一度");
}

async fn locked(refusal: Option<Refusal>, wait_s: u32, is_asking: bool) -> String {
    draw(move || {
        let form = still("kakushigoto".to_owned(), false);
        let progress = Progress { is_busy: false, refusal };
        html! {
            <LockedView who="管理 花さん(管理者)" user="kanri1" {form} {progress} {wait_s} {is_asking} onsubmit={Callback::noop()}
                onleave={Callback::noop()} onstay={Callback::noop()} />
        }
    })
    .await
}

#[tokio::test]
async fn a_locked_screen_says_whose_it_is_and_asks_for_the_password_alone() {
    let html = locked(None, 0, false).await;
    for expected in ["ロック中です", "管理 花さん", "current-password", "ロックを解除する", "別の人に替わる", "data-screen=\"OT-18\""]
    {
        has(&html, expected);
    }
    assert!(!html.contains("ログアウトしますか") && !html.contains("data-code") && !html.contains("href="));
    has(&locked(None, 0, true).await, "ログアウトしますか");
    let wrong = locked(Some(refused(Code::Login)), 0, false).await;
    has(&wrong, "パスワードがちがいます。");
    has(&wrong, "画面はロックされたままです。");
    let waits = Refusal { detail: Some(Detail::RetryAfterS(27)), ..refused(Code::Wait) };
    has(&locked(Some(waits.clone()), 27, false).await, "あと27秒待つと");
    has(&locked(Some(waits), 0, false).await, text::lock::WAITED);
}

#[tokio::test]
async fn a_covered_screen_says_how_it_comes_back() {
    let html = draw(|| html! { <Covered oncontinue={Callback::noop()} /> }).await;
    has(&html, "画面を隠しています");
    has(&html, "続ける");
}

/// A form that nobody types into.
fn still<T: Clone + 'static>(typed: T, is_busy: bool) -> Form<T> {
    Form::new(typed, Faults::default(), Callback::noop()).held(is_busy)
}

async fn login(why: Ended, refusal: Option<Refusal>, wait_s: u32, is_busy: bool) -> String {
    draw(move || {
        let typed = login::Typed { institution: "9969900001".to_owned(), user: "kanri1".to_owned(), password: "kakushigoto".to_owned() };
        let progress = Progress { is_busy, refusal };
        html! { <LoginView {why} form={still(typed, is_busy)} {progress} {wait_s} onsubmit={Callback::noop()} /> }
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
    for (why, expected) in [(Ended::LoggedOut, text::frame::ENDED_LOGGED_OUT), (Ended::Expired, text::frame::ENDED_EXPIRED)] {
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
        [("996990000", "kanri1", "x"), ("9969900001", "k", "x"), ("9969900001", "kanri1", ""), ("", "", "")]
    {
        assert!(typed(institution, user, password).check().is_err(), "{institution} {user}");
    }
    assert!(typed("9969900002", "kanri1", "x").check().is_ok(), "a code in use may fail its check digit");
}

#[tokio::test]
async fn a_code_that_fails_its_check_digit_is_doubted_and_not_refused() {
    let shown = |institution: &str| {
        let institution = institution.to_owned();
        draw(move || {
            let typed = login::Typed { institution, ..login::Typed::default() };
            html! { <LoginView why={Ended::NotBegun} form={still(typed, false)} onsubmit={Callback::noop()} /> }
        })
    };
    has(&shown("９９６９９００００２").await, text::login::DOUBTFUL);
    for fine in ["9969900001", "996990000", ""] {
        assert!(!shown(fine).await.contains(text::login::DOUBTFUL), "{fine}");
    }
}

#[tokio::test]
async fn a_full_width_password_is_noticed_before_it_fails() {
    let shown = |password: &str| {
        let password = password.to_owned();
        draw(move || {
            let typed = login::Typed { password, ..login::Typed::default() };
            html! { <LoginView why={Ended::NotBegun} form={still(typed, false)} onsubmit={Callback::noop()} /> }
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
}

async fn password_screen(is_first: bool, new: &str, refusal: Option<Refusal>, is_changed: bool) -> String {
    let new = new.to_owned();
    draw(move || {
        let typed = password::Typed { old: "shoki".to_owned(), new, again: String::new() };
        let progress = Progress { is_busy: false, refusal };
        html! {
            <PasswordView user={user()} institution={institution()} {is_first} form={still(typed, false)} {progress} {is_changed}
                onsubmit={Callback::noop()} />
        }
    })
    .await
}

#[tokio::test]
async fn the_password_screen_says_its_rules_and_judges_while_typing() {
    let html = password_screen(true, "", None, false).await;
    for expected in ["15文字以上、128文字以内", "5種類以上", "機関コードとユーザIDを入れない", "new-password"] {
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
