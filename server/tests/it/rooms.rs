//! 部屋の一覧 (DA-14), 本日の訪問 (DA-15), 資格確認書で確認 (DA-13): the rules on both databases, and the calls of a device.

use server::random::Random;
use server::rule::day::{self, Where};
use server::rule::room::{self, NotMarked};
use server::store::db::Tx;
use server::store::{CheckId, CheckRecord, DayVisitId, StoreError, check};
use server::tenant::Tenant;
use shared::api::bedside::{OpenBedside, ProveBedside};
use shared::api::check::{CheckAnswer, CheckByNumber, NumberCheck};
use shared::api::day::{AddDayVisit, DayState, ImportDay, NewDayVisit, TypedVisit};
use shared::api::later::ResultRef;
use shared::api::requery::Requery;
use shared::api::room::{CardPlace, InHand, MarkRoom, RoomMark, RoomPerson, RoomRow, RoomState, RoomWay, Rooms, Today};
use shared::api::{Code, check::SearchChecks};
use shared::bytes::Base64;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::note::Note;
use shared::domain::person::{Person, Sex};

use crate::device_world::TestDevice;
use crate::kept::Kept;
use crate::sample::bedside::{by_pin, new_check};
use crate::sample::check::ichiro;
use crate::sample::code;
use crate::store::{consent_id, entry, on_both, stored};
use crate::world::{CLINIC, ORIGIN, STATION, World, add_institution, at};

const NOON: &str = "2024-02-05T12:00:00+09:00";

async fn in_tx<T: Send + 'static>(
    store: &Kept,
    institution: &str,
    rule: impl Fn(&mut Tx<'_>, &Tenant) -> Result<T, StoreError> + Send + 'static,
) -> T {
    let tenant = Tenant::of_operator(&code(institution));
    store.0.write(move |tx| rule(tx, &tenant)).await.unwrap()
}

fn id(number: u8) -> DayVisitId {
    DayVisitId::new(at(NOON), [number; 10])
}

fn typed(name: &str, kana: &str, home: &str, room: &str) -> TypedVisit {
    TypedVisit {
        name: name.try_into().unwrap(),
        kana: kana.try_into().unwrap(),
        birth_date: Some(CivilDate::try_from("1938-05-20").unwrap()),
        room: room.try_into().unwrap(),
        home: home.try_into().unwrap(),
        floor: Note::default(),
        insurance: None,
    }
}

async fn put(store: &Kept, number: u8, typed: TypedVisit) {
    let now = at(NOON);
    in_tx(store, STATION, move |tx, tenant| {
        let at = Where { day: now.jst_date(), id: id(number), by: "ippan1".try_into().unwrap() };
        let new = day::of_typed(tx, tenant, &at, &typed, now)?;
        day::add(tx, tenant, &[new], &entry(now, STATION))
    })
    .await
    .unwrap();
}

/// A check of the station at an instant.
async fn checked(store: &Kept, number: u8, way: CheckWay, state: CheckState, at: UnixMs) -> ResultRef {
    checked_of(store, number, "tome", way, state, at).await
}

async fn checked_of(store: &Kept, number: u8, subject: &str, way: CheckWay, state: CheckState, at: UnixMs) -> ResultRef {
    let person = Person {
        name: "高齢　トメ".to_owned(),
        name_kana: "ｺｳﾚｲ ﾄﾒ".to_owned(),
        name_of_other: None,
        birth_date: CivilDate::try_from("1938-05-20").unwrap(),
        sex: Sex::Female,
    };
    let new = CheckRecord {
        id: CheckId::new(at, [number; 10]),
        visit_kind: None,
        consent: None,
        subject: subject.to_owned(),
        reference_number: None,
        check_way: way,
        medium: Medium::Paper,
        done_by: Some("ippan1".try_into().unwrap()),
        state,
        asked: None,
        eligibility: Eligibility::of_insurance(Validity::Valid, at, Some(person), Vec::new()),
        chosen: None,
    };
    let named = ResultRef::Check(new.id.as_str().to_owned());
    assert!(in_tx(store, STATION, move |tx, tenant| check::add(tx, tenant, &new)).await);
    named
}

async fn mark(store: &Kept, institution: &'static str, number: u8, what: RoomMark) -> Result<RoomRow, NotMarked> {
    let now = at(NOON);
    in_tx(store, institution, move |tx, tenant| room::mark(tx, tenant, now.jst_date(), &id(number), &what, &entry(now, institution))).await
}

async fn in_hand_of(store: &Kept, number: u8) -> InHand {
    let now = at(NOON);
    let by = "ippan1".try_into().unwrap();
    in_tx(store, STATION, move |tx, tenant| room::person(tx, tenant, now.jst_date(), &id(number), &by, &entry(now, STATION))).await.unwrap()
}

async fn home(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &Random::machine(), at(NOON)).await;
    }
    put(store, 1, typed("高齢 トメ", "コウレイ トメ", "ひなた苑", "201")).await;
    put(store, 2, typed("試験 花", "シケン ハナ", "ひなた苑", "101")).await;
    put(store, 3, typed("訪問 一", "ホウモン ハジメ", "", "")).await;
}

async fn a_mark_is_taken_back_and_the_check_stays(store: &Kept) {
    home(store).await;
    let day = at(NOON).jst_date();
    let rooms = || async { in_tx(store, STATION, move |tx, tenant| room::rooms(tx, tenant, day)).await };
    let shown = rooms().await;
    let told: Vec<_> = shown.iter().map(|row| (row.floor.as_str(), row.room.as_str(), row.initials.as_str())).collect();
    assert_eq!(told, [("1", "101", "シ・ハ"), ("2", "201", "コ・ト")], "by floor and room, and nobody without a room");
    assert!(in_tx(store, CLINIC, move |tx, tenant| room::rooms(tx, tenant, day)).await.is_empty());

    let later = mark(store, STATION, 1, RoomMark::Later("入浴中".try_into().unwrap())).await.unwrap();
    assert_eq!(later.state, RoomState::Later("入浴中".to_owned()));
    assert_eq!(mark(store, STATION, 1, RoomMark::Later(Note::default())).await, Err(NotMarked::NoReason));
    assert_eq!(mark(store, CLINIC, 1, RoomMark::TakeBack).await, Err(NotMarked::NotThere), "another institution's");
    let open = mark(store, STATION, 1, RoomMark::TakeBack).await.unwrap();
    assert_eq!((open.state, open.card), (RoomState::Open, CardPlace::Untouched));

    let named = checked(store, 1, CheckWay::Paper, CheckState::Done, at(NOON)).await;
    let done = mark(store, STATION, 1, RoomMark::Checked(named.clone())).await.unwrap();
    assert_eq!((done.state.clone(), done.said, done.checked_at), (RoomState::Paper, DayState::NoReference, Some(at(NOON))));
    assert_eq!(rooms().await[1], done, "a reload shows the same");
    let in_hand = in_hand_of(store, 1).await;
    assert_eq!((in_hand.name.as_str(), in_hand.result.map(|found| found.validity)), ("高齢 トメ", Some(Validity::Valid)));
    assert_eq!(mark(store, STATION, 1, RoomMark::TakeBack).await.unwrap().state, RoomState::Open);
    let in_hand = in_hand_of(store, 1).await;
    assert_eq!(in_hand.offered.iter().map(|one| &one.of).collect::<Vec<_>>(), [&named], "a check that was made is offered");
    let other = in_hand_of(store, 2).await;
    assert!(other.offered.is_empty(), "to nobody else");
    let kept = in_tx(store, STATION, |tx, tenant| check::of_subject(tx, tenant, "tome", 9)).await;
    assert_eq!(kept.len(), 1, "the check stays");
    // The other person's birth date is the same, the name is not.
    let other = mark(store, STATION, 2, RoomMark::Checked(named)).await.unwrap();
    assert_eq!(other.said, DayState::Mismatch);
}

async fn a_card_in_hand_is_out_until_it_is_given_back(store: &Kept) {
    home(store).await;
    let way = |way| RoomMark::Way(way);
    assert_eq!(mark(store, STATION, 1, way(RoomWay::Paper)).await.unwrap().card, CardPlace::Untouched);
    assert_eq!(mark(store, STATION, 1, way(RoomWay::Visual)).await.unwrap().card, CardPlace::Out);
    let named = checked(store, 1, CheckWay::Visual, CheckState::Done, at(NOON)).await;
    let done = mark(store, STATION, 1, RoomMark::Checked(named)).await.unwrap();
    assert_eq!((done.state, done.way, done.card), (RoomState::Done, Some(RoomWay::Visual), CardPlace::Out));
    let back = mark(store, STATION, 1, RoomMark::CardBack(true)).await.unwrap();
    assert_eq!(back.card, CardPlace::Back);
    assert_eq!(mark(store, STATION, 1, RoomMark::TakeBack).await.unwrap().card, CardPlace::Back, "a card that is back stays back");
    assert_eq!(mark(store, STATION, 1, RoomMark::CardBack(false)).await.unwrap().card, CardPlace::Out);
    // Only chosen, and nothing was read: the card may be in hand, so it is asked for until somebody says that it is back.
    for next in [way(RoomWay::Pin), RoomMark::TakeBack, way(RoomWay::Paper), RoomMark::Later("不在".try_into().unwrap())] {
        assert_eq!(mark(store, STATION, 2, next.clone()).await.unwrap().card, CardPlace::Out, "{next:?}");
    }
    assert_eq!(mark(store, STATION, 2, RoomMark::CardBack(true)).await.unwrap().card, CardPlace::Back);
}

/// A person of whom the list has no kana and no birth date.
async fn a_neighbour_s_check_that_is_taken_back_leaves_nothing_in_the_row(store: &Kept) {
    home(store).await;
    put(store, 4, TypedVisit { birth_date: None, ..typed("表札", "", "ひなた苑", "102") }).await;
    let neighbour = checked(store, 1, CheckWay::Visual, CheckState::Done, at(NOON)).await;
    assert_eq!(mark(store, STATION, 4, RoomMark::Checked(neighbour)).await.unwrap().state, RoomState::Done);
    assert_eq!(mark(store, STATION, 4, RoomMark::TakeBack).await.unwrap().state, RoomState::Open);
    let day = at(NOON).jst_date();
    let kept = in_tx(store, STATION, move |tx, tenant| server::store::room::find(tx, tenant, day, &id(4))).await.unwrap();
    assert_eq!((kept.visit.subject.as_str(), kept.visit.check), ("", None), "the neighbour is gone from the row");
    // The person's own check is theirs, and no doubt about it.
    let own = checked_of(store, 2, "hana", CheckWay::Visual, CheckState::Done, at(NOON)).await;
    let done = mark(store, STATION, 4, RoomMark::Checked(own)).await.unwrap();
    assert_eq!((done.state, done.said), (RoomState::Done, DayState::NoReference));
    // Whom a consent names stays who they are.
    stored(store, 1, STATION, "tome", "ｺｳﾚｲ ﾄﾒ", at(NOON)).await;
    in_tx(store, STATION, move |tx, tenant| {
        let place = Where { day, id: id(5), by: "ippan1".try_into().unwrap() };
        day::add_of_consent(tx, tenant, &place, &consent_id(1), &entry(at(NOON), STATION))
    })
    .await
    .unwrap();
    let named = ResultRef::Consent(consent_id(1).as_str().to_owned());
    assert!(mark(store, STATION, 5, RoomMark::Checked(named)).await.is_ok());
    assert!(mark(store, STATION, 5, RoomMark::TakeBack).await.is_ok());
    let kept = in_tx(store, STATION, move |tx, tenant| server::store::room::find(tx, tenant, day, &id(5))).await.unwrap();
    assert_eq!(kept.visit.subject, "tome");
}

async fn only_a_whole_check_of_the_day_is_somebody_s(store: &Kept) {
    home(store).await;
    let yesterday = at("2024-02-04T23:59:00+09:00");
    let midnight = at("2024-02-05T00:00:00+09:00");
    for (number, way, state, at, is_taken) in [
        (1, CheckWay::Paper, CheckState::Done, yesterday, false),
        (2, CheckWay::Provisional, CheckState::Provisional, midnight, false),
        (3, CheckWay::Paper, CheckState::Done, midnight, true),
    ] {
        let named = checked(store, number, way, state, at).await;
        assert_eq!(mark(store, STATION, 1, RoomMark::Checked(named)).await.is_ok(), is_taken, "{way:?} {at:?}");
    }
    let nobody = ResultRef::Check(CheckId::new(midnight, [99; 10]).as_str().to_owned());
    assert_eq!(mark(store, STATION, 1, RoomMark::Checked(nobody)).await, Err(NotMarked::NotThere));
    assert_eq!(mark(store, STATION, 1, RoomMark::AskedAgain).await, Err(NotMarked::NotThere), "nobody was asked again");
    // A consent's own check, made at reception or by a card here.
    stored(store, 1, STATION, "tome", "ｺｳﾚｲ ﾄﾒ", at(NOON)).await;
    let named = ResultRef::Consent(consent_id(1).as_str().to_owned());
    let done = mark(store, STATION, 1, RoomMark::Checked(named)).await.unwrap();
    assert_eq!((done.state, done.way), (RoomState::Done, Some(RoomWay::Pin)));
    let by = "ippan1".try_into().unwrap();
    let day = at(NOON).jst_date();
    let (own, later) = in_tx(store, STATION, move |tx, tenant| room::own(tx, tenant, day, &by)).await;
    let told: Vec<_> = own.iter().map(|one| (one.initials.as_str(), one.way)).collect();
    assert_eq!((told, later), (vec![("ｺ・ﾄ", CheckWay::Paper), ("ｺ・ﾄ", CheckWay::Provisional)], 1), "of the day, by this account");
}

on_both!(
    a_mark_is_taken_back_and_the_check_stays,
    a_card_in_hand_is_out_until_it_is_given_back,
    a_neighbour_s_check_that_is_taken_back_leaves_nothing_in_the_row,
    only_a_whole_check_of_the_day_is_somebody_s,
);

#[tokio::test]
async fn a_device_works_through_the_rooms_without_a_card() {
    let world = World::new().await;
    world.visit_of("taro").await.unwrap();
    let consent = world.first_consent().await;
    let device = TestDevice::of(&world, STATION, "ippan1").await;
    let today = world.clock.now().jst_date().to_string();
    let office = world.login(STATION, "ippan1").await;
    let text = "氏名,氏名(カナ),生年月日,部屋,保険者番号,記号,番号,枝番,施設,階\n\
                資格 一郎,シカク イチロウ,1960-06-02,102,06990014,12-34,56,01,ひなた苑,\n";
    let file = shared::api::day::DayFile { file: Base64(text.as_bytes().to_vec()), is_trial: false };
    assert!(world.call::<ImportDay>(&[&today], &office, &file).await.unwrap().is_done);
    world.call::<AddDayVisit>(&[&today], &office, &NewDayVisit::Consent(consent.clone())).await.unwrap();

    let rooms = device.call(&world, &Rooms, &()).await.unwrap().rows;
    let [row] = &rooms[..] else { panic!("{}", rooms.len()) };
    let in_hand = device.call(&world, &RoomPerson { visit: (&row.id).into() }, &()).await.unwrap();
    assert_eq!((in_hand.name.as_str(), in_hand.insurance.unwrap().member_number.as_str()), ("資格 一郎", "56"));
    let check = NumberCheck { asked: ichiro(), chosen: None };
    let CheckAnswer::Made(made) = device.call(&world, &CheckByNumber, &check).await.unwrap() else { panic!() };
    let marked = RoomMark::Checked(ResultRef::Check(made.id.clone()));
    let done = device.call(&world, &MarkRoom { visit: (&row.id).into() }, &marked).await.unwrap();
    assert_eq!((done.state, done.way), (RoomState::Paper, Some(RoomWay::Paper)));

    // 再照会 of who is on the list without a room.
    let shown = device.call(&world, &Today, &()).await.unwrap();
    assert_eq!(shown.own.len(), 1);
    let other = shown.rows.iter().find(|row| row.consent.is_some()).unwrap();
    device.call(&world, &Requery { consent: (&consent).into() }, &()).await.unwrap();
    let asked = device.call(&world, &MarkRoom { visit: (&other.id).into() }, &RoomMark::AskedAgain).await.unwrap();
    assert_eq!((asked.state, asked.way), (RoomState::Done, Some(RoomWay::Requery)));
    assert_eq!(device.call(&world, &Today, &()).await.unwrap().own.len(), 2);
    // The history of all checks is the office's.
    let search = serde_json::json!({ "from": today, "to": today, "name_prefix": "", "way": null, "medium": null, "user": "", "validity": null,
        "state": null, "after": null });
    let refused = device.call(&world, &SearchChecks, &serde_json::from_value(search).unwrap()).await.unwrap_err().1.code;
    assert_eq!(refused, Code::Forbidden);
}

#[tokio::test]
async fn a_check_by_card_comes_to_a_person_of_whom_the_list_has_a_name_alone() {
    let world = World::new().await;
    let device = TestDevice::of(&world, STATION, "ippan1").await;
    let other = TestDevice::of(&world, STATION, "etsu1").await;
    let office = world.login(STATION, "ippan1").await;
    let today = world.clock.now().jst_date().to_string();
    for room in ["101", "102"] {
        let row = TypedVisit { birth_date: None, ..typed(room, "", "ひなた苑", room) };
        world.call::<AddDayVisit>(&[&today], &office, &NewDayVisit::Typed(row)).await.unwrap();
    }
    let rooms = device.call(&world, &Rooms, &()).await.unwrap().rows;
    let offered = async |device: &TestDevice, place: usize| {
        device.call(&world, &RoomPerson { visit: (&rooms[place].id).into() }, &()).await.unwrap().offered
    };
    assert_eq!(offered(&device, 0).await, []);
    let opened = device.call(&world, &OpenBedside, &new_check()).await.unwrap();
    let proof = by_pin(world.card("ichiro").sign(&opened.challenge, ORIGIN));
    device.call(&world, &ProveBedside { visit: (&opened.visit).into() }, &proof).await.unwrap();
    let found = offered(&device, 0).await;
    let [one] = &found[..] else { panic!("{found:?}") };
    assert!(!one.initials.is_empty() && !one.initials.contains("一郎"), "{}", one.initials);
    assert_eq!(offered(&other, 0).await, [], "another account's");
    let marked = RoomMark::Checked(one.of.clone());
    let done = device.call(&world, &MarkRoom { visit: (&rooms[0].id).into() }, &marked).await.unwrap();
    assert_eq!((done.state, done.way), (RoomState::Done, Some(RoomWay::Pin)));
    assert_eq!(offered(&device, 1).await, [], "it is somebody's");
    device.call(&world, &MarkRoom { visit: (&rooms[0].id).into() }, &RoomMark::TakeBack).await.unwrap();
    assert_eq!((offered(&device, 0).await.len(), offered(&device, 1).await.len()), (1, 1), "it is offered again");
}

#[tokio::test]
async fn the_limited_type_checks_no_paper_at_a_device() {
    let world = World::new().await;
    let device = TestDevice::of(&world, STATION, "ippan1").await;
    let check = NumberCheck { asked: ichiro(), chosen: None };
    assert!(device.call(&world, &CheckByNumber, &check).await.is_ok(), "control");
    let connection = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    let sql = "UPDATE institutions SET edition = 'eligibility_only' WHERE code = ?1";
    assert_eq!(connection.execute(sql, [STATION]).unwrap(), 1);
    assert_eq!(device.call(&world, &CheckByNumber, &check).await.unwrap_err().1.code, Code::Forbidden, "Q28");
    // At the office it is its daily work.
    let office = world.login(STATION, "ippan1").await;
    assert!(world.call::<CheckByNumber>(&[], &office, &check).await.is_ok());
    assert!(device.call(&world, &Rooms, &()).await.is_ok(), "its list of today stays");
}
