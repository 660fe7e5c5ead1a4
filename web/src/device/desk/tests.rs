//! What stands before the screens of a device.

use shared::api::{Code, Refusal, Stored};

use super::login::Login;
use super::passcode::Typed;
use super::*;
use crate::drawn::{device_info, draw};

#[test]
fn a_device_that_the_server_does_not_know_begins_anew_and_a_lost_line_asks_again() {
    let refusal = |code| Refusal { code, stored: Stored::Nothing, detail: None };
    for (code, wanted) in
        [(Code::X42, true), (Code::X41, true), (Code::DeviceLate, true), (Code::Session, true), (Code::X01, false), (Code::Internal, false)]
    {
        assert_eq!(matches!(after(refusal(code)), Stage::Gone(_)), wanted, "{code:?}");
    }
}

#[tokio::test]
async fn a_device_that_got_no_passcode_in_time_is_told_so_and_begins_anew() {
    for (code, wanted) in
        [(Code::DeviceLate, "30分以内"), (Code::X41, "パスコードを確認できません"), (Code::Session, "使えなくなっています")]
    {
        let shown = draw(move || html! { <Gone {code} onagain={Callback::noop()} /> }).await;
        for wanted in [wanted, "新しいアクティベーションコード", words::START_AGAIN] {
            assert!(shown.contains(wanted), "{wanted}: {shown}");
        }
    }
}

#[test]
fn a_passcode_is_typed_twice_and_is_not_the_first_that_anybody_tries() {
    let typed = |passcode: &str, again: &str| Typed { passcode: passcode.to_owned(), again: again.to_owned() };
    assert!(typed("294817", "294817").check().is_ok_and(|read| read.passcode == "294817"));
    assert!(typed("２９４ ８１７", "294817").check().is_ok_and(|read| read.passcode == "294817"), "width and spaces make no difference");
    for (passcode, again, field, fault) in [
        ("29481", "29481", "passcode", words::NOT_DIGITS),
        ("123456", "123456", "passcode", words::TOO_SIMPLE),
        ("294817", "294818", "passcode-again", words::NOT_THE_SAME),
    ] {
        let faults = typed(passcode, again).check().err().unwrap();
        assert_eq!((faults.first(), faults.of(field)), (Some(field), Some(fault.into())), "{passcode}");
    }
}

#[tokio::test]
async fn the_login_says_whose_device_it_is_and_why_it_asks() {
    for (why, words) in [(Why::Opened, "パスコードを忘れたとき"), (Why::Idle, words::ENDED_IDLE), (Why::Closed, words::ENDED_CLOSED)]
    {
        let shown = draw(move || {
            html! { <Login info={device_info()} {why} onlogin={Callback::noop()} onrefused={Callback::noop()} onfurther={Callback::noop()}
            onother={Callback::noop()} /> }
        })
        .await;
        for wanted in ["Aのスマホ1", "ひなた", words] {
            assert!(shown.contains(wanted), "{wanted}: {shown}");
        }
    }
}
