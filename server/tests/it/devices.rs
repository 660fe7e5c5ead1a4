//! Devices: registered with a code, opened by a passcode, signed request by request (DA-1…DA-4, P-DEV, X20, X37–X42).

use axum::body::Body;
use axum::http::{Request, header};
use server::tenant::Tenant;
use shared::api::at_device::{OFFICE_AT_DEVICE, is_by_login, is_callable, is_of_device_desk};
use shared::api::day::DayList;
use shared::api::device::{
    DEVICE_HEADER, DEVICE_IDLE_MS, FIRST_PASSCODE_MS, LogInDevice, NONCE_LIFE_MS, Passcode, SIGNATURE_HEADER, SeeDevice, SetPasscode,
    WAIT_MS, WRONG_TO_WAIT, WRONG_TO_WIPE, WeakPasscode,
};
use shared::api::later::LaterChecks;
use shared::api::month::{Evidence, Worklist};
use shared::api::office::{ChangePassword, Logout, Me, SearchConsents};
use shared::api::{Code, Detail, Endpoint as _, KEY_HEADER, Method, Permission, Refusal, SAME_PAGE_HEADER, table};
use shared::domain::account::{AccountKind, UserId};

use crate::device_world::{PASSCODE, TestDevice, issued, logged_in, nonce};
use crate::sample::{Scene, code};
use crate::world::{CLINIC, ORIGIN, STATION, World};

fn passcode(text: &str) -> Passcode {
    Passcode { passcode: text.to_owned() }
}

async fn refused_with(device: &mut TestDevice, world: &World, institution: &str, user: &str, digits: &str) -> Code {
    device.register(world, institution, user, digits).await.unwrap_err().1.code
}

#[tokio::test]
async fn a_device_is_registered_by_a_code_of_its_institution_and_an_account_that_may() {
    let world = World::new().await;
    let digits = issued(&world, STATION).await;
    let mut device = TestDevice::new();
    // In the order of what is looked at; none of them uses the code up.
    for (institution, user, digits, wanted) in [
        (STATION, "nobody", digits.as_str(), Code::Login),
        (STATION, "kanri1", &digits, Code::X37),
        (STATION, "ippan1", &digits, Code::X38),
    ] {
        assert_eq!(refused_with(&mut device, &world, institution, user, digits).await, wanted, "{user}");
    }
    for institution in [STATION, CLINIC] {
        logged_in(&world, institution, "ippan1").await;
    }
    assert_eq!(refused_with(&mut device, &world, CLINIC, "ippan1", &digits).await, Code::X40, "another institution's");
    assert_eq!(refused_with(&mut device, &world, STATION, "ippan1", "12").await, Code::X40);
    let info = device.register(&world, STATION, "ippan1", &digits).await.unwrap();
    assert!(!info.has_passcode);
    // The answer was lost: the same again is the same. Another device with the code is not.
    let again = TestDevice { id: None, ..device.clone() }.register(&world, STATION, "ippan1", &digits).await.unwrap();
    assert_eq!(again.device, info.device);
    assert_eq!(refused_with(&mut TestDevice::new(), &world, STATION, "ippan1", &digits).await, Code::X40, "used");
    // X20: it is the station's until an admin there ends it.
    let theirs = issued(&world, CLINIC).await;
    assert_eq!(refused_with(&mut TestDevice { id: None, ..device.clone() }, &world, CLINIC, "ippan1", &theirs).await, Code::X20);
    let outcomes = world.audited("device.register").await;
    assert_eq!(
        outcomes,
        ["U-LOGIN", "U-X37", "U-X38", "ok", "ok", "U-X40"],
        "those of the station; digits that are none are nobody's code"
    );
}

#[tokio::test]
async fn the_first_passcode_lets_in_and_the_next_login_asks_for_it() {
    let world = World::new().await;
    let digits = issued(&world, STATION).await;
    logged_in(&world, STATION, "etsu1").await;
    let mut device = TestDevice::new();
    device.register(&world, STATION, "etsu1", &digits).await.unwrap();
    let weak = device.call(&world, &SetPasscode, &passcode("123456")).await.err().unwrap().1;
    assert_eq!((weak.code, weak.detail), (Code::Passcode, Some(Detail::Passcode(WeakPasscode::TooSimple))));
    assert_eq!(device.call(&world, &LogInDevice, &passcode("")).await.err().unwrap().1.code, Code::Passcode, "none is set");
    let login = device.call(&world, &SetPasscode, &passcode(PASSCODE)).await.unwrap();
    assert_eq!((login.who.user.as_str(), login.who.kind, login.device.has_passcode), ("etsu1", AccountKind::Viewer, true));
    device.session = Some(login.session.to_text());
    assert_eq!(device.call(&world, &Me, &()).await.unwrap().idle_ms, DEVICE_IDLE_MS);
    assert_eq!(device.call(&world, &SetPasscode, &passcode("918273")).await.err().unwrap().1.code, Code::Forbidden, "there is one");
    // Nobody touches it: it asks again, and the former login is none.
    world.later(DEVICE_IDLE_MS + 60_000);
    assert_eq!(device.call(&world, &Me, &()).await.unwrap_err().1.code, Code::Session);
    let again = device.call(&world, &LogInDevice, &passcode(PASSCODE)).await.unwrap();
    device.session = Some(again.session.to_text());
    assert!(device.call(&world, &Me, &()).await.is_ok());
}

#[tokio::test]
async fn da_3_a_device_without_a_passcode_ends_after_half_an_hour_and_is_registered_anew() {
    let world = World::new().await;
    logged_in(&world, STATION, "etsu1").await;
    let register = async || {
        let (digits, mut device) = (issued(&world, STATION).await, TestDevice::new());
        device.register(&world, STATION, "etsu1", &digits).await.unwrap();
        (digits, device)
    };
    let ((_, in_time), (digits, late), (_, reloaded)) = (register().await, register().await, register().await);
    world.later(FIRST_PASSCODE_MS - 1);
    assert!(in_time.call(&world, &SetPasscode, &passcode(PASSCODE)).await.is_ok(), "the last moment");
    assert!(reloaded.call(&world, &SeeDevice, &()).await.is_ok());
    world.later(1);
    assert_eq!(late.call(&world, &SetPasscode, &passcode(PASSCODE)).await.err().unwrap().1.code, Code::DeviceLate);
    assert_eq!(reloaded.call(&world, &SeeDevice, &()).await.unwrap_err().1.code, Code::DeviceLate, "the page was opened again");
    // They have ended, also by a clock that is put back, and their codes with them.
    world.later(-2);
    for device in [&late, &reloaded] {
        assert_eq!(device.call(&world, &SetPasscode, &passcode(PASSCODE)).await.err().unwrap().1.code, Code::X42);
    }
    let mut late = TestDevice { id: None, ..late };
    assert_eq!(refused_with(&mut late, &world, STATION, "etsu1", &digits).await, Code::X40);
    assert_eq!(world.audited(SetPasscode::NAME).await, ["ok", "U-DEVICE-LATE", "U-DEVICE-LATE"]);
    // A device with a passcode never ends by that; one that is registered anew has its own time.
    let (_, anew) = register().await;
    assert!(anew.call(&world, &SetPasscode, &passcode(PASSCODE)).await.is_ok());
    world.later(FIRST_PASSCODE_MS);
    for device in [in_time, anew] {
        assert!(device.call(&world, &LogInDevice, &passcode(PASSCODE)).await.is_ok());
    }
}

#[tokio::test]
async fn wrong_passcodes_wait_and_the_tenth_ends_the_device() {
    let world = World::new().await;
    let mut device = TestDevice::of(&world, STATION, "ippan1").await;
    let wrong = passcode("918273");
    for tried in 1..WRONG_TO_WAIT {
        let refusal = device.call(&world, &LogInDevice, &wrong).await.err().unwrap().1;
        assert_eq!((refusal.code, refusal.detail), (Code::Passcode, Some(Detail::TriesLeft(WRONG_TO_WIPE - tried))));
    }
    assert_eq!(device.call(&world, &LogInDevice, &wrong).await.err().unwrap().1.code, Code::Passcode, "the fifth");
    assert_eq!(device.call(&world, &LogInDevice, &passcode(PASSCODE)).await.err().unwrap().1.code, Code::Wait, "also the right one");
    assert!(device.call(&world, &SeeDevice, &()).await.unwrap().waits_until.is_some());
    world.later(WAIT_MS);
    assert!(device.call(&world, &LogInDevice, &passcode(PASSCODE)).await.is_ok());
    assert_eq!(device.call(&world, &SeeDevice, &()).await.unwrap().tries_left, WRONG_TO_WIPE, "nothing counts any more");
    for tried in 1..=WRONG_TO_WIPE {
        let refusal = device.call(&world, &LogInDevice, &wrong).await.err().unwrap().1;
        assert_eq!(refusal.code, if tried == WRONG_TO_WIPE { Code::X41 } else { Code::Passcode }, "{tried}");
        world.later(WAIT_MS);
    }
    // What was in before is out as well.
    for session in [device.session.clone(), None] {
        device.session = session;
        assert_eq!(device.call(&world, &Me, &()).await.unwrap_err().1.code, Code::X42);
        assert_eq!(device.call(&world, &LogInDevice, &passcode(PASSCODE)).await.err().unwrap().1.code, Code::X42);
    }
}

#[tokio::test]
async fn many_tries_at_once_are_no_more_than_one_after_the_other() {
    let world = World::new().await;
    let device = TestDevice::of(&world, STATION, "ippan1").await;
    let wrong = passcode("918273");
    let tries = (0..20).map(|_| device.call(&world, &LogInDevice, &wrong));
    let codes: Vec<_> = futures(tries).await.into_iter().map(|outcome| outcome.err().unwrap().1.code).collect();
    let judged = codes.iter().filter(|code| **code == Code::Passcode).count();
    assert!(judged <= usize::try_from(WRONG_TO_WAIT).unwrap(), "{codes:?}");
    assert!(judged >= 1 && codes.iter().all(|code| matches!(code, Code::Passcode | Code::Wait)), "{codes:?}");
}

/// Runs futures together.
async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = all.map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        for (one, done) in &mut waiting {
            if done.is_none()
                && let std::task::Poll::Ready(output) = one.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        if waiting.iter().all(|(_, done)| done.is_some()) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    waiting.into_iter().filter_map(|(_, done)| done).collect()
}

#[tokio::test]
async fn a_device_that_an_admin_ended_is_out_at_its_next_request() {
    let world = World::new().await;
    let device = TestDevice::of(&world, STATION, "ippan1").await;
    assert!(device.call(&world, &Me, &()).await.is_ok());
    let (tenant, id) = (Tenant::of_operator(&code(STATION)), server::store::CodeId::parse(device.id.as_ref().unwrap()).unwrap());
    let entry = crate::store::entry(world.clock.now(), STATION);
    world.store.0.write(move |tx| server::rule::code::invalidate(tx, &tenant, &id, &entry)).await.unwrap();
    assert_eq!(device.call(&world, &Me, &()).await.unwrap_err().1.code, Code::X42);
    assert_eq!(device.call(&world, &SeeDevice, &()).await.unwrap_err().1.code, Code::X42);
}

#[tokio::test]
async fn what_was_copied_from_a_device_opens_nothing_without_its_key() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let own = TestDevice::of(world, STATION, "ippan1").await;
    // Everything that a storage or a cookie could hold: id and login. The key cannot leave the browser.
    let thief = TestDevice { id: own.id.clone(), session: own.session.clone(), ..TestDevice::new() };
    let (mut walked, mut accepted) = (0, 0);
    for row in table().filter(|row| row.permission != Permission::Anyone && row.permission != Permission::Login) {
        let caller = scene.caller(AccountKind::General, false, 1).await;
        let sample = scene.sample(row, &caller).await.unwrap();
        let (method, path, body) = (row.method.word(), &sample.own.path, &sample.own.body);
        let answer = thief.send(world, method, path, body).await;
        walked += 1;
        accepted += usize::from(answer.0.is_success());
        let by_visit = matches!(row.permission, Permission::VisitHolder | Permission::ReceptionPage);
        assert!(by_visit || !answer.0.is_success(), "{}: {}", row.name, answer.0);
        accepted -= usize::from(by_visit && answer.0.is_success());
    }
    assert_eq!(accepted, 0, "of {walked}");
    // Control: the device itself is let in.
    assert!(own.call(world, &Me, &()).await.is_ok());
}

#[tokio::test]
async fn a_signature_is_of_one_request_and_of_a_nonce_of_now() {
    let world = World::new().await;
    let device = TestDevice::of(&world, STATION, "ippan1").await;
    let fresh = nonce(&world).await;
    let send =
        |method: &'static str, path: String, headers: Vec<(&'static str, String)>, press: Option<&'static str>, body: &'static str| {
            let mut request = Request::builder().method(method).uri(path).header(header::HOST, "uketsuke.example");
            request = request.header(header::CONTENT_TYPE, "application/json");
            if let Some(press) = press {
                request = request.header(header::ORIGIN, ORIGIN).header(SAME_PAGE_HEADER, "1").header(KEY_HEADER, press);
            }
            for (name, value) in headers {
                request = request.header(name, value);
            }
            world.raw(request.body(Body::from(body)).unwrap())
        };
    let code_of = |body: &[u8]| serde_json::from_slice::<Refusal>(body).map(|refusal| refusal.code).ok();
    let me = Me.path();
    let signed = || device.headers("GET", &me, &fresh, None, b"");
    let (status, headers, _) = send("GET", me.clone(), signed(), None, "").await;
    assert!(status.is_success() && headers.contains_key("x-uketsuke-nonce"), "the next nonce comes along");
    let other = SeeDevice.path();
    for (what, path, headers, wanted) in [
        ("another path", other.clone(), signed(), Code::Session),
        ("no signature", me.clone(), signed().into_iter().filter(|(name, _)| *name != SIGNATURE_HEADER).collect(), Code::Session),
        ("no nonce", me.clone(), device.headers("GET", &me, "", None, b""), Code::Nonce),
        (
            "another login",
            me.clone(),
            TestDevice { session: Some("AAAA".to_owned()), ..device.clone() }.headers("GET", &me, &fresh, None, b""),
            Code::Session,
        ),
        ("no device", me.clone(), signed().into_iter().filter(|(name, _)| *name != DEVICE_HEADER).collect(), Code::Session),
    ] {
        let (_, _, body) = send("GET", path, headers, None, "").await;
        assert_eq!(code_of(&body), Some(wanted), "{what}");
    }
    // Another body, another key of the press.
    let login = LogInDevice.path();
    let of_press = device.headers("POST", &login, &fresh, Some("AAAAAAAAAAAAAAAAAAAAAA"), br#"{"passcode":"918273"}"#);
    for (press, body) in [("AAAAAAAAAAAAAAAAAAAAAA", r#"{"passcode":"294817"}"#), ("BAAAAAAAAAAAAAAAAAAAAA", r#"{"passcode":"918273"}"#)] {
        let (_, _, answer) = send("POST", login.clone(), of_press.clone(), Some(press), body).await;
        assert_eq!(code_of(&answer), Some(Code::Session), "{press} {body}");
    }
    world.later(NONCE_LIFE_MS);
    let (_, _, body) = send("GET", me.clone(), signed(), None, "").await;
    assert_eq!(code_of(&body), Some(Code::Nonce), "an old one");
}

#[tokio::test]
async fn a_device_may_call_what_the_bedside_needs_and_an_office_login_is_none_of_a_device() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let device = TestDevice::of(world, STATION, "ippan1").await;
    let (mut let_in, mut shut_out) = (Vec::new(), 0);
    for row in table().filter(|row| is_by_login(row) && row.name != Logout::NAME) {
        let caller = scene.caller(AccountKind::General, false, 1).await;
        let wanted = is_callable(row.name, row.path, true);
        let sample = scene.sample(row, &caller).await.unwrap();
        // What a sample names may be its caller's alone.
        let own = if wanted { TestDevice::of(world, STATION, caller.user.as_str()).await } else { device.clone() };
        let own = sample.device.clone().unwrap_or(own);
        let (status, _, body) = own.send(world, row.method.word(), &sample.own.path, &sample.own.body).await;
        let code = serde_json::from_slice::<Refusal>(&body).ok().map(|refusal| refusal.code);
        if status.is_success() {
            let_in.push(row.name);
        } else {
            assert_eq!(code, Some(Code::Forbidden), "{}: {status}", row.name);
            shut_out += 1;
        }
    }
    let of_desk = table().filter(|row| is_by_login(row) && is_of_device_desk(row.path)).map(|row| row.name);
    let mut wanted: Vec<_> = of_desk.chain(OFFICE_AT_DEVICE).filter(|name| *name != Logout::NAME).collect();
    wanted.sort_unstable();
    let_in.sort_unstable();
    assert_eq!(let_in, wanted);
    assert!(shut_out > 100, "{shut_out}");
    // Lists of the past and of the office are none of a device's; its own are.
    for name in [Worklist::NAME, Evidence::NAME, DayList::NAME, LaterChecks::NAME, SearchConsents::NAME, ChangePassword::NAME] {
        assert!(table().any(|row| row.name == name) && !let_in.contains(&name), "{name}");
    }
    // The login of a device is no cookie of the office, nor the other way round.
    let office = world.login(STATION, "ippan1").await;
    let cookie = office.cookie.clone().unwrap();
    let as_cookie = format!("__Host-uketsuke={}", device.session.clone().unwrap());
    for cookie in [as_cookie, format!("{cookie}; x=1")] {
        let by_cookie = crate::world::With { cookie: Some(cookie.clone()), secret: None };
        let is_office = cookie.ends_with("x=1");
        assert_eq!(world.call::<Me>(&[], &by_cookie, &()).await.is_ok(), is_office, "{is_office}");
    }
    let id = cookie.split_once('=').unwrap().1.to_owned();
    let borrowed = TestDevice { session: Some(id), ..device.clone() };
    assert_eq!(borrowed.call(world, &Me, &()).await.unwrap_err().1.code, Code::Session);
    // The end of a login at a device, last of all.
    assert!(device.call(world, &Logout, &()).await.is_ok());
    assert_eq!(device.call(world, &Me, &()).await.unwrap_err().1.code, Code::Session);
}

#[tokio::test]
async fn an_account_that_was_stopped_opens_no_device() {
    let world = World::new().await;
    let device = TestDevice::of(&world, STATION, "ippan1").await;
    let (tenant, user, now) = (Tenant::of_operator(&code(STATION)), UserId::try_from("ippan1").unwrap(), world.clock.now());
    world.store.0.write(move |tx| server::store::account::set_suspended(tx, &tenant, &user, Some(now))).await.unwrap();
    assert_eq!(device.call(&world, &Me, &()).await.unwrap_err().1.code, Code::Session);
    assert_eq!(device.call(&world, &LogInDevice, &passcode(PASSCODE)).await.err().unwrap().1.code, Code::Account);
    assert_eq!(Method::Post, LogInDevice::METHOD);
}
