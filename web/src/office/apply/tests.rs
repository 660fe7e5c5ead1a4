//! The pages of the portal, drawn natively.

use shared::api::Code;
use shared::api::portal::{ApplicantHome, ApplicationStanding, Sent, SheetRow};
use shared::bytes::Base64;
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::facility::{FacilityCheck, FacilityKind};
use yew::prelude::*;

use super::home::Shown;
use super::sheets::{Paper, Ways, data_address};
use super::standing::{Left, Standing};
use super::{Apply, enter, form, is_here, password, register, sheets};
use crate::drawn::{draw, has, institution, refused};
use crate::text::office::apply as words;
use crate::use_call::Progress;
use crate::use_form::{Faults, Form};

fn home(standing: ApplicationStanding) -> Standing {
    let home = ApplicantHome {
        facility: FacilityKind::Treatment,
        name: "施術 花子".to_owned(),
        facility_name: "ひなた施術所".to_owned(),
        round: 0,
        standing,
        idle_ms: 600_000,
        now: UnixMs(0),
    };
    Standing { home, onhome: Callback::noop(), onrefused: Callback::noop() }
}

async fn shown(standing: ApplicationStanding) -> String {
    draw(move || html! { <Shown standing={home(standing)} again={Callback::noop()} onlogout={Callback::noop()} /> }).await
}

fn sent() -> Sent {
    Sent { check: FacilityCheck::Account, staff: 5, devices: 2 }
}

fn row(made: u32) -> SheetRow {
    let user = UserId::try_from("app567").unwrap();
    SheetRow { user, kind: AccountKind::General, made, made_at: (made > 0).then_some(UnixMs(1_795_000_000_000)) }
}

#[tokio::test]
async fn la1_each_kind_leads_to_the_registration_of_its_portal() {
    let html = draw(|| html! { <Apply path="/o/apply" /> }).await;
    for kind in FacilityKind::all() {
        has(&html, kind.label());
        has(&html, &format!("/o/apply/register/{}", kind.word()));
        assert!(is_here(&format!("/o/apply/register/{}", kind.word())));
    }
    has(&html, "医療機関等向けポータル");
    has(&html, "施術所等向けポータル");
    assert!(is_here("/o/apply") && !is_here("/o/applyx") && !is_here("/o"));
    has(&draw(|| html! { <Apply path="/o/apply/other" /> }).await, "このページはありません");
}

#[test]
fn n143_what_is_typed_is_read_or_its_faults_are_named() {
    let empty = register::Typed::default();
    assert_eq!(empty.read(FacilityKind::Treatment).err().and_then(|faults| faults.first()), Some("register-name"));
    let typed = register::Typed {
        name: "施術 花子".to_owned(),
        facility: "ひなた施術所".to_owned(),
        phone: "099-000-0000".to_owned(),
        mail: "hinata@clinic.example".to_owned(),
        password: "akai ringo to shiroi kumo".to_owned(),
        again: "akai ringo to shiroi kumo".to_owned(),
    };
    assert!(typed.read(FacilityKind::Treatment).is_ok());
    let differs = register::Typed { again: "another".to_owned(), ..typed };
    assert_eq!(differs.read(FacilityKind::Treatment).err().and_then(|faults| faults.first()), Some("register-again"));
}

#[test]
fn n144_the_digits_go_with_their_check_alone() {
    let typed = form::Typed { check: "account".to_owned(), digits: "12".to_owned(), staff: "５".to_owned(), devices: "2".to_owned() };
    assert_eq!(typed.read(0).err().and_then(|faults| faults.first()), Some("apply-digits"));
    let whole = form::Typed { digits: "1234".to_owned(), ..typed.clone() };
    assert!(whole.read(0).unwrap().is_whole());
    let by_call = form::Typed { check: "call_back".to_owned(), ..whole }.read(1).unwrap();
    assert_eq!((by_call.digits.is_none(), by_call.round, by_call.is_whole()), (true, 1, true));
    let too_many = form::Typed { check: "call_back".to_owned(), devices: "21".to_owned(), ..typed };
    assert_eq!(too_many.read(0).err().and_then(|faults| faults.first()), Some("apply-devices"));
}

#[tokio::test]
async fn x52_each_standing_says_what_it_is_and_what_comes() {
    has(&shown(ApplicationStanding::None).await, words::TO_REVIEW);
    let received = shown(ApplicationStanding::Received { sent: sent(), at: UnixMs(0), due_at: UnixMs(604_800_000) }).await;
    for expected in [words::RECEIVED, words::RECEIVED_NEXT, "U-X52", words::RELOAD, "1970/01/08"] {
        has(&received, expected);
    }
    let reason = "台数を確かめてください。".to_owned();
    let returned = shown(ApplicationStanding::Returned { sent: sent(), reason: reason.clone(), at: UnixMs(0) }).await;
    for expected in [words::RETURNED, &reason, words::RETURNED_NEXT, words::TO_REVIEW, "value=\"5\""] {
        has(&returned, expected);
    }
    let approved = ApplicationStanding::Approved { institution: institution(), at: UnixMs(0), accounts: vec![row(0), row(1)] };
    let approved = shown(approved).await;
    for expected in ["9969900001", words::ONCE, words::NOT_MADE, words::MAKE, words::MAKE_AGAIN, "1回目"] {
        has(&approved, expected);
    }
}

#[tokio::test]
async fn the_review_shows_what_is_sent_and_the_failure_stays_beside_it() {
    let progress = Progress { is_busy: false, refusal: Some(refused(Code::Application)) };
    let html = draw(move || {
        let typed = form::Typed { check: "account".to_owned(), digits: "1234".to_owned(), staff: "5".to_owned(), devices: "2".to_owned() };
        let application = typed.read(0).ok();
        let form = Form::new(typed, Faults::default(), Callback::noop());
        form::view(&form, application.as_ref(), &progress, Callback::noop(), Callback::noop(), Callback::noop())
    })
    .await;
    for expected in [words::REVIEW, "1234", "5人", "2台", words::SEND, words::BACK, "U-APPLICATION"] {
        has(&html, expected);
    }
}

fn ways() -> Ways {
    Ways { onask: Callback::noop(), onclose: Callback::noop(), onact: Callback::noop(), ondone: Callback::noop() }
}

#[tokio::test]
async fn n146_the_sheet_is_offered_to_be_saved_and_its_end_is_said() {
    let html = draw(|| {
        let paper = Paper { user: "app567".to_owned(), href: data_address(&Base64(vec![0xFB, 0xFF])) };
        sheets::view(&[row(1)], None, Some(&paper), &Progress::default(), &ways())
    })
    .await;
    for expected in ["data:application/pdf;base64,+/8=", words::MADE_NEXT, words::SAVED, "download=\"uketsuke-settings.pdf\""] {
        has(&html, expected);
    }
    let asked = draw(|| sheets::view(&[row(1)], Some(&row(1)), None, &Progress::default(), &ways())).await;
    has(&asked, words::ASK_AGAIN_ABOUT);
    let first = draw(|| sheets::view(&[row(0)], Some(&row(0)), None, &Progress::default(), &ways())).await;
    has(&first, words::ASK_ABOUT);
}

#[tokio::test]
async fn a_mail_without_its_end_says_where_to_look() {
    let view = |has_link: bool, is_done: bool| {
        draw(move || {
            let form = Form::new(enter::Typed::default(), Faults::default(), Callback::noop());
            enter::confirm_view(has_link, &form, &Progress::default(), is_done, Callback::noop())
        })
    };
    has(&view(false, false).await, words::NO_LINK_NEXT);
    has(&view(true, false).await, words::CONFIRM);
    has(&view(true, true).await, words::CONFIRMED_NEXT);
    let login = draw(|| {
        let form = Form::new(enter::Typed::default(), Faults::default(), Callback::noop());
        let progress = Progress { is_busy: false, refusal: Some(refused(Code::Login)) };
        enter::login_view(Some(Left::Idle), &form, &progress, Callback::noop())
    })
    .await;
    let forgotten = |is_by_link: bool, is_done: bool| {
        draw(move || {
            let form = Form::new(password::Typed::default(), Faults::default(), Callback::noop());
            password::view(is_by_link, &form, &Progress::default(), is_done, Callback::noop())
        })
    };
    has(&forgotten(false, false).await, words::FORGOTTEN_ASK);
    has(&forgotten(false, true).await, words::FORGOTTEN_SENT_NEXT);
    has(&forgotten(true, false).await, words::PASSWORD_SAVE);
    has(&forgotten(true, true).await, words::PASSWORD_SET_NEXT);
    let typed = |new: &str, again: &str| password::Typed { new: new.to_owned(), again: again.to_owned(), ..password::Typed::default() };
    assert_eq!(typed("a", "a").password().ok().as_deref(), Some("a"));
    assert!(typed("a", "b").password().is_err() && typed("", "").password().is_err());
    for expected in [words::IDLE, "メールアドレスとパスワードを確かめて", words::FORGOTTEN] {
        has(&login, expected);
    }
}
