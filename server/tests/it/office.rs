//! The office desk: login, first password, URL, list.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use server::account::{LoginTry, Passwords};
use server::rule;
use server::store::Attempt;
use shared::api::office::{
    ChangePassword, ChangeReceptionUrl, ChooseCoverage, ConsentDetail, ConsentSearch, CoverageChoice, ListOrder, Login, Logout, Me,
    PAGE_ROWS, PasswordChange, ReceptionUrl, SearchConsents, Session, StateFilter, UrlChange,
};
use shared::api::reception::OpenPage;
use shared::api::{Code, Detail, Endpoint as _};
use shared::domain::account::{AccountKind, UserId, WeakPassword};
use shared::domain::calendar::CivilDate;
use shared::domain::coverage::Validity;
use shared::domain::institution::InstitutionCode;

use crate::world::{CLINIC, ORIGIN, PASSWORD, STATION, With, World, cookie_of, nobody};

/// The use whose URL is asked for.
const HOME: &str = "home-visit";
const NEW_PASSWORD: &str = "suika to tomato to nasu";

/// Logs in from an address; gives status, code, Retry-After.
async fn try_login(world: &World, from: &str, institution: &str, user: &str, password: &str) -> (u16, Option<String>, Option<String>) {
    let body = serde_json::json!({ "institution": institution, "user": user, "password": password });
    let mut request = Request::builder()
        .method("POST")
        .uri(Login::PATH)
        .header("host", "uketsuke.example")
        .header("origin", ORIGIN)
        .header("x-uketsuke-page", "1")
        .header("content-type", "application/json")
        // A forged header must change nothing.
        .header("x-forwarded-for", "203.0.113.9")
        .body(Body::from(body.to_string()))
        .unwrap();
    let peer: SocketAddr = format!("{from}:1").parse().unwrap();
    request.extensions_mut().insert(server::peer::Peer(peer));
    let (status, headers, body) = world.raw(request).await;
    let code = serde_json::from_slice::<serde_json::Value>(&body).unwrap()["code"].as_str().map(str::to_owned);
    (status.as_u16(), code, headers.get("retry-after").map(|value| value.to_str().unwrap().to_owned()))
}

#[tokio::test]
async fn every_failed_login_reads_the_same() {
    let world = World::new().await;
    let wrong = try_login(&world, "10.0.0.1", STATION, "kanri1", "not the password").await;
    assert_eq!(wrong, (401, Some("U-LOGIN".to_owned()), None));
    let long = "x".repeat(513);
    for (institution, user, password) in
        [(STATION, "nobody1", PASSWORD), ("9939900008", "kanri1", PASSWORD), (STATION, "KANRI1", PASSWORD), (STATION, "kanri1", &long)]
    {
        assert_eq!(try_login(&world, "10.0.0.1", institution, user, password).await, wrong);
    }
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", PASSWORD).await.0, 200, "control");
    assert_eq!(world.audited("office.login").await, ["U-LOGIN", "U-LOGIN", "U-LOGIN", "U-LOGIN", "ok"]);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_the_honest_user_elsewhere_is_not() {
    let world = World::new().await;
    for _ in 0..5 {
        assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", "wrong wrong wrong").await.0, 401);
    }
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", "wrong wrong wrong").await.0, 401);
    let (status, code, retry) = try_login(&world, "10.0.0.1", STATION, "kanri1", PASSWORD).await;
    assert_eq!((status, code.as_deref(), retry.as_deref()), (429, Some("U-WAIT"), Some("30")), "also with the right password");
    assert_eq!(try_login(&world, "10.0.0.2", STATION, "kanri1", PASSWORD).await.0, 200);
    // Unknown users are slowed down alike.
    for _ in 0..6 {
        try_login(&world, "10.0.0.3", STATION, "nobody1", PASSWORD).await;
    }
    assert_eq!(try_login(&world, "10.0.0.3", STATION, "nobody1", PASSWORD).await.0, 429);
    // What Retry-After promised is kept, and the next wait is longer.
    world.later(29_999);
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", "wrong wrong wrong").await.2.as_deref(), Some("1"));
    world.later(1);
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", "wrong wrong wrong").await.0, 401);
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", PASSWORD).await.2.as_deref(), Some("60"));
    world.later(60_000);
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", PASSWORD).await.0, 200);
    for _ in 0..5 {
        assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", "wrong wrong wrong").await.0, 401, "success starts anew");
    }
}

#[tokio::test]
async fn a_wait_leaves_one_row() {
    let world = World::new().await;
    for _ in 0..6 {
        assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", "wrong wrong wrong").await.0, 401);
    }
    for round in 1..=2 {
        for _ in 0..10 {
            assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", PASSWORD).await.0, 429);
        }
        let waits = world.audited("office.login").await.into_iter().filter(|outcome| outcome == "U-WAIT").count();
        assert_eq!(waits, round, "one row a wait");
        world.later(60_000);
        assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", "wrong wrong wrong").await.0, 401);
    }
}

/// Counts a try of `kanri1` without judging it, as a guess from an address.
async fn guess(world: &World, address: &str, browser: Option<[u8; 32]>) -> Attempt {
    let (code, user) = (InstitutionCode::try_from(STATION).unwrap(), UserId::try_from("kanri1").unwrap());
    let of = LoginTry::new(&code, &user, address.parse().unwrap(), browser);
    let now = world.clock.now();
    world.store.0.write(move |tx| rule::attempt::count_login(tx, &of, now)).await.unwrap().attempt
}

#[tokio::test]
async fn many_addresses_guess_an_account_no_faster_than_one() {
    let world = World::new().await;
    for number in 0..=30 {
        assert_eq!(guess(&world, &format!("192.0.2.{number}"), None).await, Attempt::Allowed, "{number}");
    }
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", PASSWORD).await.2.as_deref(), Some("1"), "from any new place");
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "ippan1", PASSWORD).await.0, 200, "another account");
    for number in 0..10 {
        world.later(60_000);
        assert_eq!(guess(&world, &format!("198.51.100.{number}"), None).await, Attempt::Allowed, "no wait is longer than a minute");
    }
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", PASSWORD).await.2.as_deref(), Some("60"));
    world.later(60_000);
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", PASSWORD).await.0, 200);
    assert_eq!(guess(&world, "198.51.100.77", None).await, Attempt::Allowed, "the right one is given back");
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", PASSWORD).await.0, 200, "known from now on");
    // A cookie that somebody invented is no known browser.
    assert!(matches!(guess(&world, "203.0.113.1", Some([9; 32])).await, Attempt::Wait { .. }));
}

#[tokio::test]
async fn outsiders_who_guess_keep_nobody_out_where_they_logged_in_before() {
    // Twenty addresses, one try a second each, for an hour; none of them knows the password.
    const SECONDS: u32 = 3_600;
    let world = World::new().await;
    // The honest user logged in from the office once, and with a tablet that is somewhere else today.
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", PASSWORD).await.0, 200);
    let (status, headers) = login_with(&world, "10.0.0.2", None).await;
    assert_eq!(status, 200);
    let tablet = headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).find(|cookie| cookie.contains("-browser="));
    let tablet = tablet.unwrap().split(';').next().unwrap().to_owned();
    let (mut judged, mut newcomers) = (0, 0);
    for second in 0..SECONDS {
        for number in 0..20 {
            judged += u32::from(guess(&world, &format!("192.0.2.{number}"), None).await == Attempt::Allowed);
        }
        if second % 12 == 0 && second < 180 {
            assert_eq!(try_login(&world, "10.0.0.1", STATION, "kanri1", PASSWORD).await.0, 200, "known address, second {second}");
            assert_eq!(login_with(&world, &format!("172.16.0.{second}"), Some(&tablet)).await.0, 200, "known browser, second {second}");
            // From a place where the account never was: at once, too, since the first try of a place stands in no queue behind others.
            newcomers += u32::from(try_login(&world, &format!("10.9.9.{second}"), STATION, "kanri1", PASSWORD).await.0 == 200);
        }
        world.later(1_000);
    }
    assert_eq!(newcomers, 15);
    // 30 free ones and then one a minute in the queue of those who failed five times, and five free ones of each address.
    assert!((100..=20 * 5 + 30 + 60 + 7).contains(&judged), "{judged} guesses in an hour");
    // Control: a place where nobody logged in before stands in the queue with the guessers once it has failed as often as they.
    for _ in 0..5 {
        guess(&world, "10.9.9.250", None).await;
    }
    assert!(matches!(guess(&world, "10.9.9.250", None).await, Attempt::Wait { .. }));
}

/// Logs in from an address with a cookie; gives status and headers.
async fn login_with(world: &World, from: &str, cookie: Option<&str>) -> (u16, axum::http::HeaderMap) {
    let body = serde_json::json!({ "institution": STATION, "user": "kanri1", "password": PASSWORD });
    let mut request = Request::builder()
        .method("POST")
        .uri(Login::PATH)
        .header("host", "uketsuke.example")
        .header("origin", ORIGIN)
        .header("x-uketsuke-page", "1")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    if let Some(cookie) = cookie {
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
    }
    request.extensions_mut().insert(server::peer::Peer(format!("{from}:1").parse().unwrap()));
    let (status, headers, _) = world.raw(request).await;
    (status.as_u16(), headers)
}

#[tokio::test]
async fn one_network_of_ipv6_guesses_as_one_address() {
    let world = World::new().await;
    for number in 1..=6 {
        assert_eq!(try_login(&world, &format!("[2001:db8::{number}]"), STATION, "kanri1", "wrong wrong wrong").await.0, 401);
    }
    assert_eq!(try_login(&world, "[2001:db8::ffff:7]", STATION, "kanri1", PASSWORD).await.0, 429);
    assert_eq!(try_login(&world, "[2001:db8:0:1::7]", STATION, "kanri1", PASSWORD).await.0, 200, "control: the next network");
}

#[tokio::test]
async fn a_password_that_nobody_had_time_for_is_no_failure() {
    // No hash is ever worked on: who comes first waits, the rest is told to come back.
    let world = World::with(|parts| parts.passwords = Passwords::new(0, parts.random.clone()).unwrap()).await;
    let world = std::sync::Arc::new(world);
    let mut waiting = tokio::task::JoinSet::new();
    for number in 0..65 {
        let world = std::sync::Arc::clone(&world);
        waiting.spawn(async move { try_login(&world, &format!("192.0.2.{number}"), STATION, &format!("u{number}"), PASSWORD).await });
    }
    let told = tokio::time::timeout(std::time::Duration::from_secs(60), waiting.join_next()).await.expect("the queue is full").unwrap();
    assert_eq!(told.unwrap().2.as_deref(), Some("5"));
    for number in 0..20 {
        let told = try_login(&world, "10.0.0.1", STATION, "kanri1", PASSWORD).await;
        assert_eq!((told.0, told.2.as_deref()), (429, Some("5")), "{number}: told to come back, not blocked");
    }
    assert_eq!(world.audited("office.login").await.len(), 0);
}

#[tokio::test]
async fn the_first_password_is_changed_before_anything_else() {
    // N029, X39
    let world = World::new().await;
    let first = world.login(STATION, "shin1").await;
    let me = world.call::<Me>(&[], &first, &()).await.unwrap();
    assert!(me.must_change_password);
    assert_eq!(me.helper, shared::api::HelperAt { port: 35970, is_tls: false });
    let refused = world.call::<ReceptionUrl>(&[HOME], &first, &()).await.unwrap_err();
    assert_eq!((refused.0, refused.1.code), (StatusCode::FORBIDDEN, Code::X39));

    let change = |old: &str, new: &str| PasswordChange { old: old.to_owned(), new: new.to_owned() };
    let refused = world.call::<ChangePassword>(&[], &first, &change("wrong wrong wrong", NEW_PASSWORD)).await.unwrap_err();
    assert_eq!((refused.0.as_u16(), refused.1.code), (401, Code::Login));
    for (new, why) in [
        ("ａｓａｇａｏ to himawari", WeakPassword::NotAlike),
        ("short", WeakPassword::TooShort),
        (PASSWORD, WeakPassword::Unchanged),
        ("my shin1 is a good one", WeakPassword::HoldsId),
        (&"x1 y2 z3 ".repeat(60), WeakPassword::TooLong),
    ] {
        let refused = world.call::<ChangePassword>(&[], &first, &change(PASSWORD, new)).await.unwrap_err();
        assert_eq!((refused.0.as_u16(), refused.1.detail), (422, Some(Detail::Password(why))));
    }

    let elsewhere = world.login(STATION, "shin1").await;
    let body = serde_json::to_vec(&change(PASSWORD, NEW_PASSWORD)).unwrap();
    let (status, headers, body) = world.send("POST", ChangePassword::PATH, &first, body).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!serde_json::from_slice::<Session>(&body).unwrap().must_change_password);
    let renewed = With { cookie: Some(cookie_of(&headers)), secret: None };
    assert_ne!(renewed.cookie, first.cookie, "a new id");
    assert!(world.call::<ReceptionUrl>(&[HOME], &renewed, &()).await.is_ok());
    for dead in [&first, &elsewhere] {
        assert_eq!(world.call::<Me>(&[], dead, &()).await.unwrap_err().1.code, Code::Session, "the others are ended");
    }
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "shin1", PASSWORD).await.0, 401);
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "shin1", NEW_PASSWORD).await.0, 200);
}

#[tokio::test]
async fn sessions_end_when_idle_when_old_and_when_logged_out() {
    let world = World::new().await;
    let idle = world.login(STATION, "kanri1").await;
    let used = world.login(STATION, "kanri1").await;
    assert_ne!(idle.cookie, used.cookie);
    let mut minutes = 0;
    while minutes < 8 * 60 - 5 {
        world.later(5 * 60_000);
        minutes += 5;
        assert!(world.call::<Me>(&[], &used, &()).await.is_ok(), "used after {minutes} minutes");
        // The first time it is asked it is locked already, so asking is no use of it.
        if minutes >= 10 {
            let is_locked = world.call::<Me>(&[], &idle, &()).await.map(|session| session.is_locked);
            match is_locked {
                Ok(is_locked) => assert!(is_locked && minutes < 60, "{minutes}"),
                Err((_, refusal)) => assert!(refusal.code == Code::Session && minutes >= 60, "{minutes}"),
            }
        }
    }
    world.later(5 * 60_000);
    assert_eq!(world.call::<Me>(&[], &used, &()).await.unwrap_err().1.code, Code::Session, "eight hours");

    let left = world.login(STATION, "kanri1").await;
    let (status, headers, _) = world.send("POST", Logout::PATH, &left, "null").await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(world.call::<Me>(&[], &left, &()).await.unwrap_err().1.code, Code::Session);
}

#[tokio::test]
async fn an_account_counts_within_its_period_only() {
    // N026, N027, X44
    use server::store::Account;
    let world = World::new().await;
    let code = InstitutionCode::try_from(STATION).unwrap();
    let (like, _) = world.store.account(&code, &UserId::try_from("ippan1").unwrap()).await.unwrap().unwrap();
    let account = Account {
        user: UserId::try_from("kikan1").unwrap(),
        kind: AccountKind::General,
        valid_from: CivilDate::try_from("2026-11-21").ok(),
        valid_until: CivilDate::try_from("2026-11-21").ok(),
        ..like
    };
    assert!(world.store.add_account(code, account).await.unwrap());
    let refused = (403, Some("U-X44".to_owned()), None);
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "kikan1", PASSWORD).await, refused);
    assert_eq!(try_login(&world, "10.0.0.1", STATION, "kikan1", "wrong wrong wrong").await.0, 401, "said only to who knows the password");
    world.clock.set(crate::world::at("2026-11-21T23:55:00+09:00"));
    let session = world.login(STATION, "kikan1").await;
    assert!(world.call::<Me>(&[], &session, &()).await.is_ok());
    world.clock.set(crate::world::at("2026-11-22T00:00:00+09:00"));
    assert_eq!(world.call::<Me>(&[], &session, &()).await.unwrap_err().1.code, Code::Session, "also in a running session");
}

#[tokio::test]
async fn a_changed_url_stops_the_former_one_at_once() {
    // N070-N072
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let general = world.login(STATION, "ippan1").await;
    let shown = world.call::<ReceptionUrl>(&[HOME], &general, &()).await.unwrap();
    assert_eq!(shown.url, format!("{ORIGIN}/r/{}", world.token.as_str()));
    assert_eq!((shown.may_change, shown.former_urls), (false, 0));
    assert!(shown.qr_svg.starts_with("<svg ") && !shown.qr_svg.contains("style"));

    let change = |typed: &str, present: &str| UrlChange { typed_institution: typed.to_owned(), present_url: present.to_owned() };
    let others = format!("{ORIGIN}/r/{}", world.other_token.as_str());
    for bad in [
        change(STATION, &others),
        change(CLINIC, &shown.url),
        change("", &shown.url),
        change(STATION, &format!("{}x", shown.url)),
        change(STATION, ""),
    ] {
        let refused = world.call::<ChangeReceptionUrl>(&[HOME], &admin, &bad).await.unwrap_err();
        assert_eq!((refused.0.as_u16(), refused.1.code), (400, Code::Request));
    }
    for token in [&world.token, &world.other_token] {
        assert!(world.call::<OpenPage>(&[token.as_str()], &nobody(), &()).await.is_ok(), "nothing happened yet");
    }

    let changed = world.call::<ChangeReceptionUrl>(&[HOME], &admin, &change(STATION, &shown.url)).await.unwrap();
    assert_ne!(changed.url, shown.url);
    assert_eq!((changed.may_change, changed.former_urls, changed.issued_at), (true, 1, world.clock.now()));
    let former = world.call::<OpenPage>(&[world.token.as_str()], &nobody(), &()).await.unwrap_err();
    assert_eq!((former.0.as_u16(), former.1.code), (410, Code::X18));
    let token = changed.url.rsplit('/').next().unwrap();
    assert!(world.call::<OpenPage>(&[token], &nobody(), &()).await.is_ok());
    let late = world.call::<ChangeReceptionUrl>(&[HOME], &admin, &change(STATION, &shown.url)).await.unwrap_err();
    assert_eq!(late.1.code, Code::Request, "the page showed a URL that someone else changed meanwhile");
    assert_eq!(world.audited("office.change_reception_url").await, ["U-REQUEST", "ok"], "what was refused is on the record, once an hour");
}

#[tokio::test]
async fn a_use_that_is_off_shows_no_url() {
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let shown = world.call::<ReceptionUrl>(&[HOME], &admin, &()).await.unwrap();
    let change = UrlChange { typed_institution: STATION.to_owned(), present_url: shown.url.clone() };
    let of = async |word: &str| {
        let got = world.call::<ReceptionUrl>(&[word], &admin, &()).await.map_err(|refused| refused.1.code);
        let changed = world.call::<ChangeReceptionUrl>(&[word], &admin, &change).await.map_err(|refused| refused.1.code);
        let (files, _, _) = world.send("GET", &format!("/api/office/reception-url/of/{word}/qr.png"), &admin, "").await;
        assert_eq!(files.is_success(), got.is_ok(), "{word}");
        (got.map(drop), changed.map(drop))
    };
    for (word, code) in [("online", Code::X19), ("off-route", Code::X19), ("front-desk", Code::NotFound)] {
        assert_eq!(of(word).await, (Err(code), Err(code)), "{word}");
    }
    let code = shared::domain::institution::InstitutionCode::try_from(STATION).unwrap();
    world.store.switch_home_visit(&code, false).await.unwrap();
    assert_eq!(of(HOME).await, (Err(Code::X19), Err(Code::X19)));
    // Switched on again, the printed sheets still lead there.
    world.store.switch_home_visit(&code, true).await.unwrap();
    assert_eq!(world.call::<ReceptionUrl>(&[HOME], &admin, &()).await.unwrap().url, shown.url);
}

#[tokio::test]
async fn the_qr_code_comes_as_files() {
    let world = World::new().await;
    let session = world.login(STATION, "ippan1").await;
    for (path, media_type, name, magic) in [
        ("/api/office/reception-url/of/home-visit/qr.svg", "image/svg+xml", "uketsuke-9969900001-home-visit.svg", &b"<svg "[..]),
        ("/api/office/reception-url/of/home-visit/qr.png", "image/png", "uketsuke-9969900001-home-visit.png", b"\x89PNG"),
    ] {
        let (status, headers, body) = world.send("GET", path, &session, "").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["content-type"], media_type);
        assert_eq!(headers["content-disposition"], format!("attachment; filename=\"{name}\""));
        assert!(body.starts_with(magic));
    }
}

fn search(name: &str) -> ConsentSearch {
    ConsentSearch {
        consented_from: CivilDate::try_from("2026-11-20").unwrap(),
        consented_to: CivilDate::try_from("2026-11-20").unwrap(),
        days: shared::api::office::DaysOf::Consented,
        visit_kind: None,
        name_prefix: name.to_owned(),
        reference_number: String::new(),
        receipt: String::new(),
        state: StateFilter::All,
        order: ListOrder::NewestFirst,
        cursor: None,
    }
}

#[tokio::test]
async fn names_are_found_by_their_beginning_in_any_writing() {
    let world = World::new().await;
    for card in ["ichiro", "hanako", "taro", "nanako"] {
        world.visit_of(card).await.unwrap();
    }
    let session = world.login(STATION, "ippan1").await;
    for (name, total) in [
        ("", 4),
        ("資格", 1),
        ("資格 一郎", 1),
        ("資格　一郎", 1),
        ("しかく", 1),
        ("ｼｶｸ ｲ", 1),
        ("シカク", 1),
        ("う", 1),
        ("つうしょう", 1),
        ("つうしよう", 1),
        ("TSUSHO", 1),
        ("ｔｓｕｓｈｏ　ｔ", 1),
        ("資\u{FE00}格\u{200B}", 1),
        ("一郎", 0),
        ("%", 0),
        ("_", 0),
        ("' OR 1=1 --", 0),
    ] {
        assert_eq!(world.call::<SearchConsents>(&[], &session, &search(name)).await.unwrap().total, total, "{name}");
    }
    let backwards = ConsentSearch { consented_to: CivilDate::try_from("2026-11-19").unwrap(), ..search("") };
    assert_eq!(world.call::<SearchConsents>(&[], &session, &backwards).await.unwrap_err().1.code, Code::Request);
    let long = search(&"あ".repeat(65));
    assert_eq!(world.call::<SearchConsents>(&[], &session, &long).await.unwrap_err().1.code, Code::Request);
    let none = ConsentSearch { reference_number: "0001".to_owned(), ..search("") };
    assert_eq!(world.call::<SearchConsents>(&[], &session, &none).await.unwrap().total, 0);
    assert_eq!(world.audited("office.search_consents").await.len(), 18, "each answered search leaves its row");
}

#[tokio::test]
async fn a_receipt_that_was_read_out_finds_its_visit() {
    let world = World::new().await;
    let receipt = world.visit_of("ichiro").await.unwrap().receipt;
    world.visit_of("hanako").await.unwrap();
    let session = world.login(STATION, "ippan1").await;
    let (first, last) = receipt.split_at(4);
    for (typed, total) in [
        (receipt.clone(), 1),
        (format!(" {}\u{3000}{} ", first.to_lowercase(), last.to_lowercase()), 1),
        (format!("{first}-{last}\u{200B}"), 1),
        (first.to_owned(), 0),
        ("x".repeat(64), 0),
    ] {
        let found = world.call::<SearchConsents>(&[], &session, &ConsentSearch { receipt: typed.clone(), ..search("") }).await.unwrap();
        assert_eq!(found.total, total, "{typed}");
    }
    let long = ConsentSearch { receipt: "x".repeat(65), ..search("") };
    assert_eq!(world.call::<SearchConsents>(&[], &session, &long).await.unwrap_err().1.code, Code::Request);
}

#[tokio::test]
async fn several_coverages_are_settled_by_a_person() {
    // X31
    let world = World::new().await;
    world.visit_of("goro").await.unwrap();
    let id = world.first_consent().await;
    let session = world.login(STATION, "ippan1").await;
    let choose =
        async |coverage: u32, shown: Option<u32>| world.call::<ChooseCoverage>(&[&id], &session, &CoverageChoice { coverage, shown }).await;
    let before = world.call::<ConsentDetail>(&[&id], &session, &()).await.unwrap();
    assert_eq!((before.chosen, before.row.is_chosen), (None, false), "the machine picks none");
    let chosen = choose(1, None).await.unwrap();
    let choice = chosen.chosen.clone().unwrap();
    assert_eq!((choice.coverage, choice.at, choice.by.as_str()), (1, world.clock.now(), "ippan1"));
    assert_eq!((chosen.row.validity, chosen.row.is_chosen), (Validity::Several, true));
    assert_eq!(chosen.eligibility, before.eligibility, "what the register answered stays");
    assert_eq!(choose(1, None).await.unwrap(), chosen, "sent again");
    assert_eq!(choose(0, None).await.unwrap_err().1.code, Code::Request, "the page showed another choice");
    assert_eq!(choose(0, Some(1)).await.unwrap().chosen.unwrap().coverage, 0);
    for bad in [2, u32::MAX] {
        assert_eq!(choose(bad, Some(0)).await.unwrap_err().1.code, Code::Request, "{bad}");
    }
    let list = world.call::<SearchConsents>(&[], &session, &search("")).await.unwrap();
    assert!(list.rows[0].is_chosen);
    assert_eq!(world.audited("office.choose_coverage").await, ["ok", "U-REQUEST", "ok"]);
    let stranger = world.login(CLINIC, "kanri1").await;
    let foreign = world.call::<ChooseCoverage>(&[&id], &stranger, &CoverageChoice { coverage: 0, shown: Some(0) }).await.unwrap_err();
    assert_eq!(foreign.0, StatusCode::NOT_FOUND);
    assert_eq!(
        world.store.audit_of(&InstitutionCode::try_from(CLINIC).unwrap()).await.unwrap().len(),
        2,
        "the login, and what was refused"
    );
    // One coverage is nothing to choose from.
    world.visit_of("ichiro").await.unwrap();
    let one = world.call::<SearchConsents>(&[], &session, &search("資格")).await.unwrap().rows[0].id.clone();
    let refused = world.call::<ChooseCoverage>(&[&one], &session, &CoverageChoice { coverage: 0, shown: None }).await.unwrap_err();
    assert_eq!(refused.1.code, Code::Request);
}

#[tokio::test]
async fn a_page_is_asked_for_by_a_cursor_and_by_nothing_else() {
    let world = World::new().await;
    world.visit_of("ichiro").await.unwrap();
    let session = world.login(STATION, "ippan1").await;
    let page = world.call::<SearchConsents>(&[], &session, &search("")).await.unwrap();
    assert_eq!((page.total, page.is_total_more, page.ahead, page.rows.len()), (1, false, 0, 1));
    assert_eq!((page.previous, page.next, page.damaged), (None, None, 0));
    // Behind the only row is nothing; before it is the beginning.
    let row = page.rows.first().unwrap();
    for (way, ahead, rows) in [("n", 1, 0), ("b", 0, 1)] {
        let cursor = Some(format!("{way}.{}.1.{}", row.consented_at.0, row.id));
        let page = world.call::<SearchConsents>(&[], &session, &ConsentSearch { cursor, ..search("") }).await.unwrap();
        assert_eq!((page.ahead, page.rows.len()), (ahead, rows), "{way}");
    }
    for bad in ["", "1", "n.1.1.", "n.1.1.資格", &"n".repeat(5_000)] {
        let cursor = Some(bad.to_owned());
        let refused = world.call::<SearchConsents>(&[], &session, &ConsentSearch { cursor, ..search("") }).await.unwrap_err();
        assert_eq!(refused.1.code, Code::Request, "{bad}");
    }
    let empty = world.call::<SearchConsents>(&[], &session, &search("だれも")).await.unwrap();
    assert_eq!((empty.total, empty.ahead, empty.rows.len()), (0, 0, 0));
    assert_eq!(PAGE_ROWS, 50);
}

#[tokio::test]
async fn every_view_of_a_row_leaves_an_audit_row_without_a_name() {
    let world = World::new().await;
    world.visit_of("ichiro").await.unwrap();
    let id = world.first_consent().await;
    let session = world.login(STATION, "etsu1").await;
    for _ in 0..2 {
        world.call::<ConsentDetail>(&[&id], &session, &()).await.unwrap();
    }
    let audit = world.store.audit_of(&InstitutionCode::try_from(STATION).unwrap()).await.unwrap();
    let views: Vec<_> = audit.iter().filter(|row| row.action == "office.consent_detail").collect();
    assert_eq!(views.len(), 2);
    assert_eq!((views[0].actor.as_str(), views[0].subject.as_deref(), views[0].at), ("user etsu1", Some(id.as_str()), world.clock.now()));
    let proved = audit.iter().find(|row| row.action == "reception.prove").unwrap();
    assert_eq!(proved.subject.as_deref(), Some(id.as_str()));
    assert!(!format!("{audit:?}").contains("資格"));
}
