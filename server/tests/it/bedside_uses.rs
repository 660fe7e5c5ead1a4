//! The odd route at the device (RW-11, RW-13, N042): its use, its booked day and its place, as at reception; and the record of who could not
//! be checked there.

use server::store::settings;
use server::store::tx::Tx;
use server::tenant::Tenant;
use shared::api::Code;
use shared::api::bedside::{BedsideAnswer, BedsideProof, BedsideResult, NewBedside, OpenBedside, ProveBedside, SeeBedside};
use shared::api::device::{LogInDevice, Passcode};
use shared::api::later::{AddProvisional, LaterChecks, NewProvisional};
use shared::api::office::ConsentDetail;
use shared::domain::calendar::CivilDate;
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{Choice, Choices};
use shared::domain::institution::VisitKind;
use shared::domain::opening::CardlessRoute;
use shared::domain::settings::{PhoneRule, Settings};
use shared::domain::visit::{Assist, Place};
use shared::evidence::Statement;

use crate::device_world::{PASSCODE, TestDevice};
use crate::sample::bedside::{by_pin, new_check};
use crate::sample::opening::{ichiro, provisional};
use crate::uses::Uses;
use crate::world::{ORIGIN, Refused, STATION, World};

/// A station with every use on, and a device.
async fn flow() -> (World, TestDevice) {
    let Uses { world, .. } = Uses::new().await;
    let device = TestDevice::of(&world, STATION, "ippan1").await;
    (world, device)
}

/// Changes settings, past the terms that nobody has confirmed in these worlds.
async fn set(world: &World, change: impl Fn(&mut Settings) + Send + 'static) {
    let tenant = Tenant::of_operator(&crate::sample::code(STATION));
    let write = move |tx: &mut Tx<'_>| {
        let mut record = settings::current(tx, &tenant)?.unwrap();
        let former = record.version;
        record.version += 1;
        change(&mut record.settings);
        assert!(settings::point_to(tx, &tenant, former, record.version)?);
        settings::add(tx, &tenant, &record)
    };
    world.store.0.write(write).await.unwrap();
}

/// Everything agreed, in a car.
fn in_car(booked_on: Option<CivilDate>) -> NewBedside {
    let choices = Some(Choices { subsidy: Choice::NotAsked, ..Choices::all(Choice::Agree) });
    let (assist, place) = (Some(Assist::Staff), Some(Place::Car));
    NewBedside { choices, visit_kind: VisitKind::OffRoute, assist, booked_on, place, ..new_check() }
}

async fn prove(world: &World, device: &TestDevice, new: &NewBedside, replaces: Option<String>) -> Result<BedsideAnswer, Refused> {
    let opened = device.call(world, &OpenBedside, new).await?;
    let proof = by_pin(world.card("ichiro").sign(&opened.challenge, ORIGIN));
    device.call(world, &ProveBedside { visit: (&opened.visit).into() }, &BedsideProof { replaces, ..proof }).await
}

async fn done(world: &World, device: &TestDevice, new: &NewBedside) -> BedsideResult {
    match prove(world, device, new, None).await.unwrap() {
        BedsideAnswer::Done(result) => *result,
        BedsideAnswer::ConfirmNeeded(asked) => panic!("asked first: {asked:?}"),
    }
}

#[tokio::test]
async fn a_check_on_the_odd_route_has_its_use_its_day_and_its_place() {
    let (world, device) = flow().await;
    let today = world.clock.now().jst_date();
    for (booked_on, day) in [(None, today), (Some(today.plus_days(3)), today.plus_days(3))] {
        let new = in_car(booked_on);
        let opened = device.call(&world, &OpenBedside, &new).await.unwrap();
        let said = Statement::parse(&opened.challenge.statement.0).unwrap();
        assert_eq!((said.visit_kind, said.booked_on), (VisitKind::OffRoute, Some(day)), "the card signs it");
        let card = if booked_on.is_none() { "ichiro" } else { "hanako" };
        let proof = by_pin(world.card(card).sign(&opened.challenge, ORIGIN));
        let answer = device.call(&world, &ProveBedside { visit: (&opened.visit).into() }, &proof).await.unwrap();
        let BedsideAnswer::Done(result) = answer else { panic!("{answer:?}") };
        let consent = result.consent.unwrap();
        assert_eq!((consent.visit_kind, consent.expires_at), (VisitKind::OffRoute, day.at_jst(23, 59)));
        let office = world.login(STATION, "ippan1").await;
        let shown = world.call::<ConsentDetail>(&[&consent.id], &office, &()).await.unwrap();
        assert_eq!((shown.visit_kind, shown.occasion.booked_on), (VisitKind::OffRoute, Some(day)));
        assert_eq!((shown.occasion.place, shown.occasion.assist), (Some(Place::Car), Some(Assist::Staff)));
    }
    // For the eligibility alone the use stands beside the check.
    let check = done(&world, &device, &NewBedside { choices: None, ..in_car(None) }).await;
    assert!(check.consent.is_none() && check.check.is_some());
    let connection = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    let stored: u8 = connection.query_row("SELECT use FROM checks", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, VisitKind::OffRoute.code());
}

#[tokio::test]
async fn x24_a_day_that_cannot_be_booked_opens_no_check() {
    let (world, device) = flow().await;
    let today = world.clock.now().jst_date();
    for (new, code) in [
        (in_car(Some(today.plus_days(-1))), Code::X24),
        (in_car(Some(today.plus_days(93))), Code::X24),
        (NewBedside { visit_kind: VisitKind::HomeVisit, place: None, ..in_car(Some(today)) }, Code::X24),
        (NewBedside { visit_kind: VisitKind::HomeVisit, ..in_car(None) }, Code::Request),
        (NewBedside { place: Some(Place::Home), ..in_car(None) }, Code::Request),
        (NewBedside { visit_kind: VisitKind::Online, place: None, ..in_car(Some(today)) }, Code::Forbidden),
    ] {
        assert_eq!(device.call(&world, &OpenBedside, &new).await.unwrap_err().1.code, code, "{new:?}");
    }
    // Opened before midnight, proved after it.
    world.clock.set(today.at_jst(23, 58));
    let mut device = device.clone();
    device.session = None;
    let passcode = Passcode { passcode: PASSCODE.to_owned() };
    device.session = Some(device.call(&world, &LogInDevice, &passcode).await.unwrap_or_else(|_| panic!("login")).session.to_text());
    let opened = device.call(&world, &OpenBedside, &in_car(None)).await.unwrap();
    let proof = by_pin(world.card("ichiro").sign(&opened.challenge, ORIGIN));
    world.clock.set(today.plus_days(1).at_jst(0, 1));
    let late = device.call(&world, &ProveBedside { visit: (&opened.visit).into() }, &proof).await;
    assert_eq!((late.unwrap_err().1.code, world.rows().await), (Code::X24, [0; 3]));
}

#[tokio::test]
async fn n042_the_odd_route_is_there_where_it_is_switched_on_and_never_for_the_limited_type() {
    let (world, device) = flow().await;
    let off_route = async || device.call(&world, &SeeBedside, &()).await.unwrap().off_route;
    assert!(off_route().await.is_some());
    set(&world, |settings| settings.off_route.is_on = false).await;
    assert_eq!(off_route().await, None);
    assert_eq!(device.call(&world, &OpenBedside, &in_car(None)).await.unwrap_err().1.code, Code::Forbidden);
    set(&world, |settings| settings.off_route.is_on = true).await;
    let connection = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    connection.execute("UPDATE institutions SET edition = 'eligibility_only' WHERE code = ?1", [STATION]).unwrap();
    assert_eq!(off_route().await, None);
    assert_eq!(device.call(&world, &OpenBedside, &in_car(None)).await.unwrap_err().1.code, Code::Forbidden);
}

#[tokio::test]
async fn a_phone_is_taken_by_the_rule_of_the_use() {
    let (world, device) = flow().await;
    set(&world, |settings| {
        settings.home_visit.android = PhoneRule::NotTaken;
        settings.off_route.android = PhoneRule::Taken;
    })
    .await;
    let desk = device.call(&world, &SeeBedside, &()).await.unwrap();
    assert!(!desk.media.contains(&Medium::Android) && desk.for_off_route().unwrap().media.contains(&Medium::Android));
    let home = NewBedside { choices: None, ..new_check() };
    for (new, is_taken) in [(NewBedside { choices: None, ..in_car(None) }, true), (home, false)] {
        let opened = device.call(&world, &OpenBedside, &new).await.unwrap();
        let proof = BedsideProof { medium: Medium::Android, ..by_pin(world.card("ichiro").sign(&opened.challenge, ORIGIN)) };
        let outcome = device.call(&world, &ProveBedside { visit: (&opened.visit).into() }, &proof).await;
        assert_eq!(outcome.map_err(|(_, refusal)| refusal.code).map(|_| ()), if is_taken { Ok(()) } else { Err(Code::X55) });
    }
}

#[tokio::test]
async fn x26_a_consent_of_home_visits_ends_with_a_yes_only() {
    let (world, device) = flow().await;
    let home = NewBedside { visit_kind: VisitKind::HomeVisit, place: None, ..in_car(None) };
    done(&world, &device, &home).await;
    let answer = prove(&world, &device, &in_car(None), None).await.unwrap();
    let BedsideAnswer::ConfirmNeeded(asked) = answer else { panic!("stored without a yes") };
    assert_eq!((asked.former_use, world.rows().await[0]), (VisitKind::HomeVisit, 1));
    let answer = prove(&world, &device, &in_car(None), Some(asked.former)).await.unwrap();
    assert!(matches!(answer, BedsideAnswer::Done(_)));
    assert_eq!(world.rows().await[0], 2);
}

#[tokio::test]
async fn who_could_not_be_checked_stands_on_the_worklist_with_the_use() {
    let (world, device) = flow().await;
    let record = |visit_kind| NewProvisional { visit_kind, ..provisional(CardlessRoute::SystemDown, ichiro()) };
    for kind in [Some(VisitKind::OffRoute), None] {
        let row = device.call(&world, &AddProvisional, &record(kind)).await.unwrap();
        assert_eq!((row.visit_kind, row.way, row.medium), (kind, CheckWay::Provisional, Medium::Nothing));
    }
    let office = world.login(STATION, "ippan1").await;
    let kinds = async || {
        let rows = world.call::<LaterChecks>(&[], &office, &()).await.unwrap().rows;
        rows.into_iter().map(|row| row.visit_kind).collect::<Vec<_>>()
    };
    let mut listed = kinds().await;
    listed.sort_by_key(Option::is_none);
    assert_eq!(listed, [Some(VisitKind::OffRoute), None]);
    set(&world, |settings| settings.off_route.is_on = false).await;
    let refused = device.call(&world, &AddProvisional, &record(Some(VisitKind::OffRoute))).await;
    assert_eq!(refused.unwrap_err().1.code, Code::Forbidden);
    assert_eq!(kinds().await.len(), 2);
}
