//! 資格確認限定型 on both databases: registration by mail, application, the operator's answers, the sheet that is read once.

use axum::http::StatusCode;
use server::portal::link_of;
use server::random::Random;
use server::rule::portal::{self as rule, Answered, Approval, Checked, NewSheet};
use server::session::{SessionId, set_applicant_cookie};
use server::store::code::NewCodeRow;
use server::store::portal::{self as store, ApplicantRecord, ApplicationState, SentRecord};
use server::store::tx::Tx;
use server::store::{ApplicantId, AuditEntry, CodeId, StoreError, account, institution, mail};
use server::tenant::Tenant;
use shared::api::Code;
use shared::api::portal::{Application, ApplicationStanding, LINK_LIFE_MS};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::code::{CodeState, DeviceLabel};
use shared::domain::facility::{AccountDigits, FacilityCheck, FacilityKind};
use shared::domain::institution::InstitutionCode;

use crate::kept::Kept;
use crate::sample::code;
use crate::store::on_both;
use crate::world::{PASSWORD, World, at};

pub(crate) const NOON: &str = "2026-11-20T12:00:00+09:00";
const LIMITED: &str = "9969900019";
pub(crate) const DAY_MS: i64 = 24 * 60 * 60_000;

// What the walk over all endpoints needs.

/// A facility's user, and its address.
pub(crate) struct Applied {
    pub(crate) id: ApplicantId,
    pub(crate) mail: String,
}

pub(crate) fn mail_of(number: u32) -> String {
    format!("u{number}@clinic.example")
}

pub(crate) fn record(number: u32, at: UnixMs, password_hash: &str) -> ApplicantRecord {
    ApplicantRecord {
        id: ApplicantId::new(at, Random::machine().bytes().unwrap()),
        facility: FacilityKind::Treatment,
        name: "施術 花子".to_owned(),
        facility_name: "ひなた施術所".to_owned(),
        phone: "0990000000".to_owned(),
        mail: mail_of(number),
        mail_key: mail_of(number),
        password_hash: password_hash.to_owned(),
        at,
    }
}

/// The hash of [`PASSWORD`].
async fn hash(world: &World) -> String {
    let (like, _) = world.store.account(&code(crate::world::STATION), &UserId::try_from("kanri1").unwrap()).await.unwrap().unwrap();
    like.password_hash
}

/// The link of a registration that waits.
pub(crate) async fn waiting(world: &World, number: u32) -> String {
    waiting_since(world, number, 0).await
}

pub(crate) async fn waiting_since(world: &World, number: u32, ago_ms: i64) -> String {
    let new = record(number, world.clock.now().plus_ms(-ago_ms), &hash(world).await);
    let id = new.id.clone();
    world.store.0.write(move |tx| store::add_registration(tx, &new)).await.unwrap();
    link(&id)
}

fn link(id: &ApplicantId) -> String {
    link_of(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[7; 32]), id)
}

/// Uses a link up.
pub(crate) async fn end(world: &World, link: &str) {
    let (id, now) = (ApplicantId::parse(link.split_at(22).0).unwrap(), world.clock.now());
    assert!(world.store.0.write(move |tx| rule::confirm(tx, &id, now)).await.unwrap());
}

/// A user; of an institution with sheets for these accounts, where one is named.
pub(crate) async fn approved(world: &World, number: u32, of: Option<(&str, &[UserId])>) -> Applied {
    let new = record(number, world.clock.now(), &hash(world).await);
    let (id, mail, now) = (new.id.clone(), new.mail.clone(), world.clock.now());
    let of = of.map(|(institution, users)| (code(institution), users.to_vec()));
    let write = move |tx: &mut Tx<'_>| {
        assert!(store::add(tx, &new)?);
        let Some((institution, users)) = &of else { return Ok(()) };
        let sent = SentRecord { check: FacilityCheck::CallBack, digits: None, staff: 3, devices: 2, at: now };
        assert!(store::send(tx, &new.id, 0, &sent)?);
        assert!(store::answer(tx, &new.id, ApplicationState::Approved, None, Some(institution), now)?);
        let tenant = Tenant::of_operator(institution);
        users.iter().try_for_each(|user| server::store::sheet::add_sheet(tx, &tenant, user))
    };
    world.store.0.write(write).await.unwrap();
    Applied { id, mail }
}

/// The link of a user who has forgotten the password, as its mail has it.
pub(crate) async fn forgotten(world: &World, of: &Applied) -> String {
    let (key, id, now) = (of.mail.clone(), of.id.clone(), world.clock.now());
    world.store.0.write(move |tx| server::rule::applicant::forget_password(tx, &key, now)).await.unwrap();
    server::portal::reset_link_of(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[7; 32]), &id, now)
}

/// The cookie of a session that was opened so long ago.
pub(crate) async fn session(world: &World, applicant: &ApplicantId, ago_ms: i64) -> String {
    let id = SessionId::new(&Random::machine()).unwrap();
    let opened = server::portal::opened(&id, applicant.clone(), world.clock.now().plus_ms(-ago_ms));
    let judged = hash(world).await;
    assert!(world.store.0.write(move |tx| rule::log_in(tx, &opened, &judged)).await.unwrap());
    set_applicant_cookie(Some(&id), true).split(';').next().unwrap().to_owned()
}

/// Ends the sessions of all facilities' users.
pub(crate) async fn end_sessions(world: &World) {
    assert!(world.store.0.write(store::end_all_sessions).await.unwrap() > 0);
}

/// Takes a user away, past the server: there is no call for it.
pub(crate) fn remove(world: &World, applicant: &Applied) {
    let connection = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    assert_eq!(connection.execute("DELETE FROM applicants WHERE id = ?1", [applicant.id.as_str()]).unwrap(), 1);
}

// The rules.

pub(crate) async fn run<T: Send + 'static>(kept: &Kept, rule: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static) -> T {
    kept.0.write(rule).await.unwrap()
}

pub(crate) fn application(round: u32, digits: Option<&str>) -> Application {
    let digits = digits.map(|digits| AccountDigits::try_from(digits).unwrap());
    let check = if digits.is_some() { FacilityCheck::Account } else { FacilityCheck::CallBack };
    Application { round, check, digits, staff: 5, devices: 2 }
}

fn user(text: &str) -> UserId {
    UserId::try_from(text).unwrap()
}

fn institution_code() -> InstitutionCode {
    InstitutionCode::try_from(LIMITED).unwrap()
}

fn approval(id: &ApplicantId, checked: Checked, at: UnixMs) -> Approval {
    Approval { applicant: id.clone(), institution: institution_code(), checked, admin: user("kanri234"), general: user("app567"), at }
}

async fn approve(kept: &Kept, approval: Approval) -> Answered {
    let entry =
        AuditEntry::of_operator(approval.at, &Tenant::of_operator(&approval.institution), "portal.approve", approval.applicant.as_str());
    run(kept, move |tx| rule::approve(tx, &approval, &entry)).await
}

async fn standing(kept: &Kept, id: &ApplicantId, now: UnixMs) -> ApplicationStanding {
    let id = id.clone();
    run(kept, move |tx| rule::home(tx, &id, now)).await.unwrap().standing
}

/// A registered user without an application.
pub(crate) async fn registered(kept: &Kept, now: UnixMs) -> ApplicantId {
    let new = record(1, now, "hash");
    let id = new.id.clone();
    run(kept, move |tx| rule::register(tx, &new)).await;
    let of = id.clone();
    assert!(run(kept, move |tx| rule::confirm(tx, &of, now)).await);
    id
}

pub(crate) async fn mails(kept: &Kept, id: &ApplicantId) -> Vec<String> {
    let (id, kinds) = (id.clone(), ["confirm", "registered", "received", "returned", "approved"]);
    run(kept, move |tx| {
        let mut found = Vec::new();
        for kind in kinds {
            for end in [String::new(), ".0".to_owned(), ".1".to_owned(), ".2".to_owned()] {
                found.extend(mail::find(tx, &format!("{kind}.{}{end}", id.as_str()))?.map(|_| format!("{kind}{end}")));
            }
        }
        Ok(found)
    })
    .await
}

async fn a_link_counts_once_and_a_day(kept: &Kept) {
    let now = at(NOON);
    let new = record(1, now, "hash");
    let id = new.id.clone();
    run(kept, move |tx| rule::register(tx, &new)).await;
    let confirm = async |id: &ApplicantId, now: UnixMs| {
        let id = id.clone();
        run(kept, move |tx| rule::confirm(tx, &id, now)).await
    };
    assert!(!confirm(&id, now.plus_ms(LINK_LIFE_MS)).await, "too late");
    assert!(!confirm(&ApplicantId::new(now, [9; 10]), now).await, "of none");
    assert!(confirm(&id, now.plus_ms(LINK_LIFE_MS - 1)).await);
    assert!(!confirm(&id, now).await, "used");
    assert_eq!(mails(kept, &id).await, ["confirm", "registered"]);
    // The address again, by whoever: only it is told that it is known, and the link in no mail makes a second user of it.
    let again = record(1, now.plus_ms(1), "another hash");
    let again_id = again.id.clone();
    run(kept, move |tx| rule::register(tx, &again)).await;
    let of = again_id.clone();
    let told = run(kept, move |tx| mail::find(tx, &format!("confirm.{}", of.as_str()))).await.unwrap();
    assert!(told.text.contains("すでに登録されています") && !told.text.contains(server::letter::LINK), "{}", told.text);
    assert!(!confirm(&again_id, now.plus_ms(2)).await);
    let kept_hash = run(kept, move |tx| store::by_mail(tx, &mail_of(1))).await.unwrap().who.password_hash;
    assert_eq!(kept_hash, "hash");
}

async fn nobodys_mailbox_is_filled(kept: &Kept) {
    let now = at(NOON);
    let mut sent = 0;
    for round in 0..9 {
        let new = record(1, now.plus_ms(round), "hash");
        let id = new.id.clone();
        run(kept, move |tx| rule::register(tx, &new)).await;
        sent += mails(kept, &id).await.len();
    }
    assert_eq!(sent, 5);
    let new = record(2, now, "hash");
    let id = new.id.clone();
    run(kept, move |tx| rule::register(tx, &new)).await;
    assert_eq!(mails(kept, &id).await.len(), 1, "another address");
}

async fn x52_an_application_is_answered_once_per_round(kept: &Kept) {
    let now = at(NOON);
    let id = registered(kept, now).await;
    let apply = async |application: Application, now: UnixMs| {
        let id = id.clone();
        run(kept, move |tx| rule::apply(tx, &id, &application, now)).await
    };
    assert_eq!(standing(kept, &id, now).await, ApplicationStanding::None);
    assert!(!apply(application(1, Some("1234")), now).await, "of a page that is not of now");
    assert!(apply(application(0, Some("1234")), now).await);
    assert!(apply(application(0, Some("1234")), now.plus_ms(5)).await, "sent again");
    assert!(!apply(application(0, Some("9999")), now.plus_ms(5)).await, "something else while one waits");
    let ApplicationStanding::Received { due_at, .. } = standing(kept, &id, now).await else { panic!("not received") };
    assert_eq!(due_at, now.plus_ms(7 * DAY_MS), "N145");

    let give_back = async |reason: &'static str, now: UnixMs| {
        let id = id.clone();
        run(kept, move |tx| rule::give_back(tx, &id, reason, now)).await
    };
    assert_eq!(give_back("台数を確かめてください。", now).await, Answered::Done);
    assert_eq!(give_back("もう一度", now).await, Answered::NotWaiting);
    assert!(matches!(standing(kept, &id, now).await, ApplicationStanding::Returned { reason, .. } if reason.contains("台数")));
    let digits = run(kept, {
        let id = id.clone();
        move |tx| store::find(tx, &id)
    })
    .await
    .unwrap()
    .sent
    .unwrap()
    .digits;
    assert_eq!(digits, None, "they have served");
    assert!(apply(application(1, Some("1234")), now).await);
    assert_eq!(mails(kept, &id).await, ["confirm", "registered", "received.0", "received.1", "returned.1"]);
}

async fn an_approval_is_all_or_nothing(kept: &Kept) {
    let now = at(NOON);
    let id = registered(kept, now).await;
    let digits = |text: &str| Checked::Digits(AccountDigits::try_from(text).unwrap());
    assert_eq!(approve(kept, approval(&id, digits("1234"), now)).await, Answered::NotWaiting);
    let of = id.clone();
    assert!(run(kept, move |tx| rule::apply(tx, &of, &application(0, Some("1234")), now)).await);
    assert_eq!(approve(kept, approval(&id, digits("4321"), now)).await, Answered::OtherDigits);
    assert_eq!(approve(kept, approval(&id, Checked::Called, now)).await, Answered::OtherCheck);
    assert_eq!(approve(kept, approval(&ApplicantId::new(now, [9; 10]), Checked::Called, now)).await, Answered::NotThere);
    let tenant = Tenant::of_operator(&institution_code());
    let of = tenant.clone();
    assert!(run(kept, move |tx| institution::find(tx, &of)).await.is_none(), "nothing of what was refused is left");
    assert_eq!(approve(kept, approval(&id, digits("1234"), now)).await, Answered::Done);
    assert_eq!(approve(kept, approval(&id, digits("1234"), now)).await, Answered::NotWaiting);
    let of = tenant.clone();
    let made = run(kept, move |tx| Ok((institution::find(tx, &of)?, account::list(tx, &of, None, 9)?))).await;
    let institution = made.0.unwrap();
    assert!(institution.is_limited() && !institution.is_on(shared::domain::institution::VisitKind::HomeVisit), "N140");
    let kinds: Vec<_> = made.1.rows.iter().map(|entry| (entry.account.user.as_str(), entry.account.kind)).collect();
    assert_eq!(kinds, [("app567", AccountKind::General), ("kanri234", AccountKind::Admin)]);
    let of = tenant.clone();
    let url = run(kept, move |tx| institution::current_url(tx, &of, shared::domain::institution::VisitKind::HomeVisit)).await;
    assert!(url.is_none(), "no reception URL");
    let audit = kept.audit_of(&institution_code()).await.unwrap();
    assert_eq!(audit.iter().map(|row| (row.actor.as_str(), row.action.as_ref())).collect::<Vec<_>>(), [("operator", "portal.approve")]);
    assert_eq!(mails(kept, &id).await, ["confirm", "registered", "received.0", "approved"]);
    // Another facility does not get the same code, and nothing of it is left.
    let other = record(2, now, "hash");
    let other_id = other.id.clone();
    run(kept, move |tx| store::add(tx, &other)).await;
    let of = other_id.clone();
    assert!(run(kept, move |tx| rule::apply(tx, &of, &application(0, None), now)).await);
    assert_eq!(approve(kept, approval(&other_id, Checked::Called, now)).await, Answered::CodeTaken);
    assert!(matches!(standing(kept, &other_id, now).await, ApplicationStanding::Received { .. }));
}

fn new_sheet(user: &str, made: u32, seed: u8, now: UnixMs) -> NewSheet {
    let code = |number: u8| NewCodeRow {
        id: CodeId::new(now, [seed + number; 10]),
        label: DeviceLabel::try_from(format!("端末{number}").as_str()).unwrap(),
        hash: [seed + number; 32],
        issued_at: now,
        issued_by: None,
        expires_at: now.plus_ms(30 * DAY_MS),
    };
    NewSheet { user: UserId::try_from(user).unwrap(), made, password_hash: format!("hash {seed}"), codes: vec![code(1), code(2)] }
}

async fn n146_a_sheet_is_read_once_and_the_next_one_ends_it(kept: &Kept) {
    let now = at(NOON);
    let id = registered(kept, now).await;
    let of = id.clone();
    assert!(run(kept, move |tx| rule::apply(tx, &of, &application(0, None), now)).await);
    assert_eq!(approve(kept, approval(&id, Checked::Called, now)).await, Answered::Done);
    let tenant = Tenant::of_operator(&institution_code());
    let sheet = async |user: &'static str, made: u32, seed: u8, now: UnixMs| {
        let tenant = tenant.clone();
        run(kept, move |tx| {
            let entry = AuditEntry::of_operator(now, &tenant, "portal.make_sheet", user);
            rule::sheet(tx, &tenant, &new_sheet(user, made, seed, now), &entry)
        })
        .await
    };
    assert_eq!(sheet("none0", 0, 10, now).await, Err(Code::NotFound));
    let first = sheet("app567", 0, 20, now).await.unwrap();
    assert_eq!((first.kind, first.codes.len(), first.in_use.len()), (AccountKind::General, 2, 0));
    assert_eq!(sheet("app567", 0, 30, now).await, Err(Code::Sheet), "the same press again tells nothing");
    let states = async || {
        let tenant = tenant.clone();
        let query = server::store::code::CodeQuery { label_key: String::new(), state: None, after: None, rows: 50, now };
        let rows = run(kept, move |tx| server::store::code::list(tx, &tenant, &query)).await;
        rows.rows.iter().map(|row| (row.label.as_str().to_owned(), row.state(now))).collect::<Vec<_>>()
    };
    assert_eq!(states().await.len(), 2);
    // One device is registered; the paper is lost.
    let of = tenant.clone();
    let bound = run(kept, move |tx| {
        server::store::code::bind(tx, &of, &CodeId::new(now, [21; 10]), &UserId::try_from("app567").unwrap(), &[5; 32], now)
    });
    assert!(bound.await);
    let second = sheet("app567", 1, 40, now).await.unwrap();
    assert_eq!(second.codes.iter().map(DeviceLabel::as_str).collect::<Vec<_>>(), ["端末2"]);
    assert_eq!(second.in_use.iter().map(DeviceLabel::as_str).collect::<Vec<_>>(), ["端末1"], "it goes on");
    let mut after = states().await;
    after.sort_by(|a, b| (a.0.as_str(), a.1.label()).cmp(&(b.0.as_str(), b.1.label())));
    let count = |label: &str, state: CodeState| after.iter().filter(|row| (row.0.as_str(), row.1) == (label, state)).count();
    assert_eq!(
        [count("端末1", CodeState::InUse), count("端末2", CodeState::Invalid), count("端末2", CodeState::Unused), after.len()],
        [1, 1, 1, 3]
    );
    let of = tenant.clone();
    let entry = run(kept, move |tx| account::of(tx, &of, &user("app567"))).await.unwrap();
    assert_eq!((entry.account.password_hash.as_str(), entry.account.must_change_password), ("hash 40", true), "only the newest counts");
    // An admin uses no device (N009).
    assert_eq!(sheet("kanri234", 0, 60, now).await.unwrap().codes, []);
    let ApplicationStanding::Approved { accounts, .. } = standing(kept, &id, now).await else { panic!("not approved") };
    let made: Vec<_> = accounts.iter().map(|row| (row.user.as_str(), row.made)).collect();
    assert_eq!(made, [("app567", 2), ("kanri234", 1)]);
}

on_both!(
    a_link_counts_once_and_a_day,
    nobodys_mailbox_is_filled,
    x52_an_application_is_answered_once_per_round,
    an_approval_is_all_or_nothing,
    n146_a_sheet_is_read_once_and_the_next_one_ends_it,
);

// Through the router.

#[tokio::test]
async fn a_registration_says_nothing_about_its_address_and_is_limited() {
    let world = World::new().await;
    let known = approved(&world, 1, None).await;
    let ask = async |mail: &str| {
        let body = serde_json::json!({
            "facility": "treatment", "name": "施術 花子", "facility_name": "ひなた施術所", "phone": "099-000-0000",
            "mail": mail, "password": "akai ringo to shiroi kumo"
        });
        world.send("POST", "/api/portal/register", &crate::world::nobody(), body.to_string()).await
    };
    let (first, second) = (ask(&known.mail).await, ask("new@clinic.example").await);
    assert_eq!(first, second, "a known address is answered as a new one");
    assert_eq!(first.0, StatusCode::OK);
    let mut let_in = 2;
    while ask("new@clinic.example").await.0 == StatusCode::OK {
        let_in += 1;
    }
    assert_eq!(let_in, 10, "of one address");
    // A password that is wrong and an address that nobody has are one answer too.
    let log_in = async |mail: &str, password: &str| {
        let body = serde_json::json!({ "mail": mail, "password": password });
        world.send("POST", "/api/portal/login", &crate::world::nobody(), body.to_string()).await
    };
    assert_eq!(log_in(&known.mail, "not the password").await, log_in("nobody@clinic.example", "not the password").await);
    assert_eq!(log_in(&known.mail, PASSWORD).await.0, StatusCode::OK);
    for _ in 0..6 {
        assert_eq!(log_in(&known.mail, "not the password").await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(log_in(&known.mail, PASSWORD).await.0, StatusCode::TOO_MANY_REQUESTS, "a guesser waits");
}

#[tokio::test]
async fn without_a_font_nothing_is_changed_and_it_is_said() {
    let world = World::with(|parts| parts.font = "/nowhere/font.ttc".into()).await;
    let general = user("ippan1");
    let applicant = approved(&world, 1, Some((crate::world::STATION, std::slice::from_ref(&general)))).await;
    let with = crate::world::With { cookie: Some(session(&world, &applicant.id, 0).await), secret: None };
    let path = "/api/portal/accounts/ippan1/sheet";
    let (status, _, body) = world.send("POST", path, &with, r#"{"made":0}"#).await;
    let refusal: shared::api::Refusal = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, refusal.code), (StatusCode::SERVICE_UNAVAILABLE, Code::Paper));
    assert!(world.login(crate::world::STATION, "ippan1").await.cookie.is_some(), "the password is as it was");
}

#[tokio::test]
async fn a_limited_institution_has_no_consents_by_right() {
    let world = World::new().await;
    let sql = "UPDATE institutions SET edition = 'eligibility_only' WHERE code = ?1";
    let staff = world.login(crate::world::STATION, "kanri1").await;
    let ask = async |path: &str| world.send("GET", path, &staff, "").await.0;
    assert_eq!(ask("/api/office/reception-url/of/home-visit").await, StatusCode::OK, "control");
    let connection = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    assert_eq!(connection.execute(sql, [crate::world::STATION]).unwrap(), 1);
    assert_eq!(ask("/api/office/reception-url/of/home-visit").await, StatusCode::FORBIDDEN);
    assert_eq!(ask("/api/office/consents/AAAAAAAAAAAAAAAAAAAAAA").await, StatusCode::FORBIDDEN);
    assert_eq!(ask("/api/office/me").await, StatusCode::OK);
    let page = world.send("GET", &format!("/api/reception/{}", world.token.as_str()), &crate::world::nobody(), "").await;
    assert_eq!(page.0, StatusCode::FORBIDDEN, "nor a reception page, whatever was switched on");
}
