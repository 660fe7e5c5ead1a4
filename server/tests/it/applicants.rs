//! Users of facilities after their registration, on both databases: a forgotten password, and what the operator does for them.

use axum::http::StatusCode;
use server::portal::opened;
use server::rule::applicant::{Became, Deed, by_operator, forget_password, of_link, set_password};
use server::session::SessionId;
use server::store::portal::{self as store, ApplicationState, SentRecord};
use server::store::{ApplicantId, mail};
use shared::api::Code;
use shared::api::portal::{
    AskApplicantPassword, Confirmation, DEVICES, END, ForgottenPassword, RESET, RESET_LIFE_MS, SetApplicantPassword,
};
use shared::domain::calendar::UnixMs;
use shared::domain::facility::FacilityCheck;

use crate::kept::Kept;
use crate::portal::{approved, forgotten, mail_of, record, run};
use crate::sample::code;
use crate::store::on_both;
use crate::world::{PASSWORD, STATION, World, add_institution, at, nobody};

const NOON: &str = "2026-11-20T12:00:00+09:00";
const NEW: &str = "suika to tomato to nasu";

/// A user with a session.
async fn registered(kept: &Kept) -> (ApplicantId, UnixMs) {
    let now = at(NOON);
    let new = record(1, now, "old");
    let id = new.id.clone();
    let session = opened(&SessionId::new(&server::random::Random::machine()).unwrap(), id.clone(), now);
    run(kept, move |tx| {
        assert!(store::add(tx, &new)? && store::add_session(tx, &session, "old")?);
        Ok(())
    })
    .await;
    (id, now)
}

async fn hash_of(kept: &Kept, id: &ApplicantId) -> Option<String> {
    let id = id.clone();
    run(kept, move |tx| store::find(tx, &id)).await.map(|found| found.who.password_hash)
}

async fn mails(kept: &Kept, now: UnixMs) -> bool {
    let id = format!("forgotten.{}.{}", hash_free_id(kept).await.as_str(), now.0);
    run(kept, move |tx| mail::find(tx, &id)).await.is_some()
}

async fn hash_free_id(kept: &Kept) -> ApplicantId {
    run(kept, |tx| store::by_mail(tx, &mail_of(1))).await.unwrap().who.id
}

async fn a_forgotten_password_is_set_by_a_link_once(kept: &Kept) {
    let (id, now) = registered(kept).await;
    let ask = async |mail: String, now: UnixMs| run(kept, move |tx| forget_password(tx, &mail, now)).await;
    let set = async |asked: UnixMs, hash: &'static str, now: UnixMs| {
        let id = id.clone();
        run(kept, move |tx| set_password(tx, &id, asked, hash, now)).await
    };
    ask("nobody@clinic.example".to_owned(), now).await;
    assert!(!set(now, "new", now).await, "nothing was asked for");
    ask(mail_of(1), now).await;
    assert!(mails(kept, now).await);
    // Asked again while a link counts: no second mail.
    let soon = now.plus_ms(RESET_LIFE_MS - 1);
    ask(mail_of(1), soon).await;
    assert!(!mails(kept, soon).await);
    assert!(!set(soon, "new", soon).await, "a link of another instant");
    let of = id.clone();
    assert!(run(kept, move |tx| of_link(tx, &of, now, soon)).await.is_some());
    assert!(set(now, "new", soon).await);
    assert_eq!(hash_of(kept, &id).await.as_deref(), Some("new"));
    assert!(!set(now, "third", soon).await, "a second time");
    // Later, and too late.
    let next = now.plus_ms(2 * RESET_LIFE_MS);
    ask(mail_of(1), next).await;
    assert!(mails(kept, next).await);
    assert!(!set(next, "third", next.plus_ms(RESET_LIFE_MS)).await);
    assert_eq!(hash_of(kept, &id).await.as_deref(), Some("new"));
}

async fn the_operator_sets_a_password_counts_devices_and_removes(kept: &Kept) {
    let (id, now) = registered(kept).await;
    add_institution(kept, STATION, "a", &server::random::Random::machine(), now).await;
    let deed = async |deed: fn() -> Deed, action: &'static str| {
        let id = id.clone();
        run(kept, move |tx| by_operator(tx, &id, &deed(), action, now)).await
    };
    assert_eq!(deed(|| Deed::Password("reset".to_owned()), RESET).await, Became::Done);
    assert_eq!(hash_of(kept, &id).await.as_deref(), Some("reset"));
    assert_eq!(deed(|| Deed::Devices(3), DEVICES).await, Became::NotApproved);
    let of = id.clone();
    run(kept, move |tx| {
        let sent = SentRecord { check: FacilityCheck::CallBack, digits: None, staff: 3, devices: 2, at: now };
        assert!(store::send(tx, &of, 0, &sent)?);
        assert!(store::answer(tx, &of, ApplicationState::Approved, None, Some(&code(STATION)), now)?);
        Ok(())
    })
    .await;
    assert_eq!(deed(|| Deed::Devices(3), DEVICES).await, Became::Done);
    let of = id.clone();
    assert_eq!(run(kept, move |tx| store::find(tx, &of)).await.unwrap().sent.map(|sent| sent.devices), Some(3));
    assert_eq!(deed(|| Deed::End, END).await, Became::Done);
    assert_eq!(hash_of(kept, &id).await, None);
    assert_eq!(deed(|| Deed::End, END).await, Became::NotThere);
    let rows: Vec<_> = kept.audit_of(&code(STATION)).await.unwrap().into_iter().map(|row| row.action.to_string()).collect();
    assert_eq!(rows, [DEVICES, END], "what was before the approval is in no institution's log");
}

on_both!(a_forgotten_password_is_set_by_a_link_once, the_operator_sets_a_password_counts_devices_and_removes,);

#[tokio::test]
async fn n143_a_forgotten_password_over_the_page() {
    let world = World::new().await;
    let own = approved(&world, 1, None).await;
    let ask = async |mail: &str| {
        let body = ForgottenPassword { mail: mail.try_into().unwrap() };
        world.call::<AskApplicantPassword>(&[], &nobody(), &body).await
    };
    assert!(ask("nobody@clinic.example").await.is_ok() && ask(&own.mail).await.is_ok(), "the same for all");
    let link = forgotten(&world, &own).await;
    let set = async |link: &str, password: &str| {
        let body = Confirmation { link: link.to_owned(), password: password.to_owned() };
        world.call::<SetApplicantPassword>(&[], &nobody(), &body).await.map_err(|(status, refusal)| (status, refusal.code))
    };
    let short = set(&link, "mijikai").await.unwrap_err();
    assert_eq!(short.1, Code::Password, "the link still counts");
    assert_eq!(set(&link, NEW).await, Ok(()));
    assert_eq!(set(&link, NEW).await, Err((StatusCode::GONE, Code::Link)));
    assert_eq!(set("A.1.B", NEW).await, Err((StatusCode::GONE, Code::Link)));
    let log_in = async |password: &str| {
        let body = shared::api::portal::ApplicantLogin { mail: own.mail.as_str().try_into().unwrap(), password: password.to_owned() };
        world.call::<shared::api::portal::LogInApplicant>(&[], &nobody(), &body).await.map(|_| ()).map_err(|(_, refusal)| refusal.code)
    };
    assert_eq!((log_in(PASSWORD).await, log_in(NEW).await), (Err(Code::Login), Ok(())));
}

#[tokio::test]
async fn a_failed_login_of_an_approved_facility_is_in_its_log_and_a_closed_one_gets_no_sheet() {
    let world = World::new().await;
    let user = shared::domain::account::UserId::try_from("ippan1").unwrap();
    let own = approved(&world, 1, Some((STATION, std::slice::from_ref(&user)))).await;
    let body = shared::api::portal::ApplicantLogin { mail: own.mail.as_str().try_into().unwrap(), password: "chigau himitsu".to_owned() };
    for _ in 0..2 {
        assert!(world.call::<shared::api::portal::LogInApplicant>(&[], &nobody(), &body).await.is_err());
    }
    let rows = world.store.audit_of(&code(STATION)).await.unwrap();
    let rows: Vec<_> =
        rows.iter().filter(|row| row.action == "portal.login").map(|row| (row.actor.as_str(), row.outcome.as_str())).collect();
    assert_eq!(rows, [(format!("applicant {}", own.id.as_str()).as_str(), "U-LOGIN")], "those of an hour are one row");
    let connection = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    connection.execute("UPDATE institutions SET closed_at = 1 WHERE code = ?1", [STATION]).unwrap();
    let with = crate::world::With { cookie: Some(crate::portal::session(&world, &own.id, 0).await), secret: None };
    let wish = shared::api::portal::SheetWish { made: 0 };
    let refused = world.call::<shared::api::portal::MakeSheet>(&["ippan1"], &with, &wish).await.err().map(|(_, refusal)| refusal.code);
    assert_eq!(refused, Some(Code::X64));
}
