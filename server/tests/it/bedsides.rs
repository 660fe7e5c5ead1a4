//! The check at the device with the card (DA-5…DA-11): by PIN, by the eye, by phone, for the eligibility alone; X08, X23, X27, X49, X55,
//! X56, X63, LA-7.

use server::rule::home::Person;
use shared::api::bedside::{
    BedsideAnswer, BedsideOpened, BedsideProof, BedsideResult, FileBedside, FreshBedside, NewBedside, NotMatched, OpenBedside,
    ProveBedside, SeeBedside, SeeBedsideResult, UNFILED_MS, UnfiledBedside,
};
use shared::api::device::{LogInDevice, Passcode};
use shared::api::device_settings::{SwitchVisual, Visual};
use shared::api::home::TaskKind;
use shared::api::office::ConsentDetail;
use shared::api::reception::Proof;
use shared::api::{Code, Detail, Endpoint as _};
use shared::bytes::Base64;
use shared::domain::account::AccountKind;
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{Choice, Choices};
use shared::domain::coverage::{Provided, Validity};
use shared::domain::settings::{PhoneRule, Settings};
use shared::evidence::Statement;

use crate::device_world::{PASSCODE, TestDevice};
use crate::sample::bedside::{by_pin, new_check};
use crate::sample::code;
use crate::world::{CLINIC, ORIGIN, Refused, STATION, World};

/// A world with a device of an account of the station.
async fn world() -> (World, TestDevice) {
    let world = World::new().await;
    let device = TestDevice::of(&world, STATION, "ippan1").await;
    (world, device)
}

/// Changes settings; those that stand so already stay.
async fn set(world: &World, change: impl Fn(&mut Settings) + Send + 'static) {
    let tenant = server::tenant::Tenant::of_operator(&code(STATION));
    let now = world.store.0.read(move |tx| server::store::settings::current(tx, &tenant)).await.unwrap().unwrap().settings;
    let mut wanted = now.clone();
    change(&mut wanted);
    if wanted != now {
        world.store.set(code(STATION), change).await.unwrap();
    }
}

/// Everything agreed.
fn all() -> Option<Choices> {
    Some(Choices::all(Choice::Agree))
}

async fn open(world: &World, device: &TestDevice, choices: Option<Choices>) -> BedsideOpened {
    // 医療費助成 is not asked in these worlds.
    let choices = choices.map(|choices| Choices { subsidy: Choice::NotAsked, ..choices });
    device.call(world, &OpenBedside, &NewBedside { choices, ..new_check() }).await.unwrap()
}

fn by_eye(proof: Proof) -> BedsideProof {
    BedsideProof { signature: None, way: CheckWay::Visual, ..by_pin(proof) }
}

async fn prove(world: &World, device: &TestDevice, opened: &BedsideOpened, proof: &BedsideProof) -> Result<BedsideAnswer, Refused> {
    device.call(world, &ProveBedside { visit: (&opened.visit).into() }, proof).await
}

async fn done(world: &World, device: &TestDevice, opened: &BedsideOpened, proof: &BedsideProof) -> BedsideResult {
    match prove(world, device, opened, proof).await.unwrap() {
        BedsideAnswer::Done(result) => *result,
        BedsideAnswer::ConfirmNeeded(asked) => panic!("asked first: {asked:?}"),
    }
}

/// A whole check of a card.
async fn check(world: &World, device: &TestDevice, card: &str, choices: Option<Choices>) -> BedsideResult {
    let opened = open(world, device, choices).await;
    let proof = by_pin(world.card(card).sign(&opened.challenge, ORIGIN));
    done(world, device, &opened, &proof).await
}

/// Rows of every table that a check may write: consents, proofs, checks, records of devices.
fn rows(world: &World) -> [i64; 4] {
    let connection = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    ["consents", "proofs", "checks", "bedside_checks"]
        .map(|table| connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap())
}

#[tokio::test]
async fn da_8b_a_consent_at_the_device_has_the_evidence_of_one_at_reception() {
    let (world, device) = world().await;
    let opened = open(&world, &device, all()).await;
    let said = Statement::parse(&opened.challenge.statement.0).unwrap();
    assert_eq!((said.institution.as_str(), said.choices.surgery), (STATION, Choice::Agree));
    let proof = by_pin(world.card("ichiro").sign(&opened.challenge, ORIGIN));
    let result = done(&world, &device, &opened, &proof).await;
    assert_eq!((result.check_way, result.medium, result.done_by.as_str()), (CheckWay::Pin, Medium::Card, "ippan1"));
    assert_eq!((result.eligibility.validity, result.is_filed, result.is_grace), (Validity::Valid, false, false));
    assert!(result.checks.signature && result.check.is_none());
    assert_eq!(rows(&world), [1, 1, 0, 1]);
    // The office has it, whatever the device does next.
    let consent = result.consent.clone().unwrap();
    let office = world.login(STATION, "ippan1").await;
    let shown = world.call::<ConsentDetail>(&[&consent.id], &office, &()).await.unwrap();
    assert_eq!((shown.receipt, shown.check_way, shown.checks.unwrap().signature), (consent.receipt, CheckWay::Pin, true));
    // Of the device's record: which one, and whose.
    let connection = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    let of: (String, String) =
        connection.query_row("SELECT device, done_by FROM bedside_checks", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(of, (device.id.clone().unwrap(), "ippan1".to_owned()));
    assert_eq!(world.audited(ProveBedside::NAME).await, ["ok"]);
}

#[tokio::test]
async fn a_press_that_comes_again_is_kept_once_and_another_proof_never_takes_its_place() {
    for (choices, wanted) in [(all(), [1, 1, 0, 1]), (None, [0, 0, 1, 1])] {
        let (world, device) = world().await;
        let opened = open(&world, &device, choices).await;
        let proof = by_pin(world.card("ichiro").sign(&opened.challenge, ORIGIN));
        let body = serde_json::to_string(&proof).unwrap();
        let path = ProveBedside { visit: (&opened.visit).into() }.path();
        let press = Base64(vec![5; 16]).to_text();
        let first = device.send_as(&world, "POST", &path, &body, &press).await;
        assert!(first.0.is_success(), "{}", String::from_utf8_lossy(&first.2));
        let again = device.send_as(&world, "POST", &path, &body, &press).await;
        assert_eq!((again.0, again.2), (first.0, first.2));
        assert_eq!(rows(&world), wanted);
        // A stranger's card on the same check.
        let other = by_pin(world.card("hanako").sign(&opened.challenge, ORIGIN));
        assert_eq!(prove(&world, &device, &opened, &other).await.unwrap_err().1.code, Code::DoneOtherwise);
        assert_eq!(rows(&world), wanted);
    }
}

#[tokio::test]
async fn x25_a_living_consent_is_replaced_with_a_yes_only() {
    let (world, device) = world().await;
    check(&world, &device, "ichiro", all()).await;
    world.later(60_000);
    let opened = open(&world, &device, all()).await;
    let proof = by_pin(world.card("ichiro").sign(&opened.challenge, ORIGIN));
    let BedsideAnswer::ConfirmNeeded(asked) = prove(&world, &device, &opened, &proof).await.unwrap() else {
        panic!("stored without a yes")
    };
    assert_eq!(rows(&world), [1, 1, 0, 1]);
    let yes = BedsideProof { replaces: Some(asked.former), ..proof };
    done(&world, &device, &opened, &yes).await;
    assert_eq!(rows(&world), [2, 2, 0, 2]);
    assert_eq!(world.audited(ProveBedside::NAME).await, ["ok", "confirm_needed", "ok"]);
}

#[tokio::test]
async fn da_8a_by_the_eye_nothing_is_signed_and_nothing_is_claimed() {
    for (choices, wanted) in [(all(), [1, 0, 0, 1]), (None, [0, 0, 1, 1])] {
        let (world, device) = world().await;
        let opened = open(&world, &device, choices).await;
        let proof = by_eye(world.card("ichiro").sign(&opened.challenge, ORIGIN));
        let result = done(&world, &device, &opened, &proof).await;
        assert_eq!((result.check_way, result.done_by.as_str(), result.checks.signature), (CheckWay::Visual, "ippan1", false));
        assert_eq!(rows(&world), wanted);
        let connection = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
        let signed: i64 =
            connection.query_row("SELECT count(*) FROM bedside_checks WHERE signature IS NOT NULL", [], |row| row.get(0)).unwrap();
        assert_eq!(signed, 0);
        if let Some(consent) = result.consent {
            let office = world.login(STATION, "ippan1").await;
            let shown = world.call::<ConsentDetail>(&[&consent.id], &office, &()).await.unwrap();
            assert_eq!((shown.check_way, shown.checks), (CheckWay::Visual, None));
        }
    }
}

#[tokio::test]
async fn what_was_shown_is_taken_by_the_settings_and_the_dated_rows_alone() {
    use CheckWay::{Paper, PhoneUnlock, Pin, Visual};
    use Medium::{Android, Card, Iphone};
    let (world, device) = world().await;
    let (on, off) = (PhoneRule::Taken, PhoneRule::NotTaken);
    // (rule for phones, 目視) → way, medium, what comes of it.
    for (phones, visual, way, medium, wanted) in [
        (PhoneRule::Policy, true, Pin, Card, None),
        (PhoneRule::Policy, true, Visual, Card, None),
        (PhoneRule::Policy, false, Visual, Card, Some(Code::Forbidden)),
        (PhoneRule::Policy, true, Pin, Android, Some(Code::X55)),
        (PhoneRule::Policy, true, PhoneUnlock, Iphone, Some(Code::X55)),
        (off, true, Pin, Iphone, Some(Code::X55)),
        (on, true, Pin, Android, None),
        (on, true, Pin, Iphone, None),
        (on, true, PhoneUnlock, Iphone, None),
        (on, true, PhoneUnlock, Android, Some(Code::Request)),
        (on, true, PhoneUnlock, Card, Some(Code::Request)),
        (on, true, Visual, Android, Some(Code::X55)),
        (on, true, Visual, Iphone, Some(Code::X55)),
        (on, true, Paper, Card, Some(Code::Request)),
    ] {
        set(&world, move |settings| {
            (settings.home_visit.android, settings.home_visit.iphone, settings.visual_check) = (phones, phones, visual);
        })
        .await;
        let desk = device.call(&world, &SeeBedside, &()).await.unwrap();
        assert_eq!((desk.allows_visual, desk.media.contains(&medium)), (visual, medium == Card || phones == on));
        let opened = open(&world, &device, None).await;
        let signed = world.card("ichiro").sign(&opened.challenge, ORIGIN);
        let proof = if way == Visual { by_eye(signed) } else { by_pin(signed) };
        let before = rows(&world);
        let outcome = prove(&world, &device, &opened, &BedsideProof { way, medium, ..proof }).await;
        let name = format!("{phones:?} {visual} {way:?} {medium:?}");
        match (outcome, wanted) {
            (Ok(BedsideAnswer::Done(result)), None) => assert_eq!((result.check_way, result.medium), (way, medium), "{name}"),
            (Err((_, refusal)), Some(code)) => {
                assert_eq!((refusal.code, rows(&world)), (code, before), "{name}");
                // The text names what is taken here, and 目視 where it was that which a phone cannot be checked by.
                let said = (code == Code::X55).then(|| Detail::Takes { media: desk.media, was_by_eye: way == Visual });
                assert_eq!(refusal.detail, said, "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn each_card_that_cannot_be_checked_says_why_and_leaves_nothing() {
    let (world, device) = world().await;
    set(&world, |settings| settings.home_visit.android = PhoneRule::Taken).await;
    for (card, medium, wanted) in [
        ("ichiro:expired-long", Medium::Card, Code::X09),
        ("ichiro:expired", Medium::Android, Code::X56),
        ("ichiro:expired-long", Medium::Android, Code::X56),
        ("mutsuko", Medium::Card, Code::X10),
        ("fuyuko", Medium::Card, Code::X61),
    ] {
        for is_signed in [true, false] {
            if !is_signed && medium != Medium::Card {
                continue;
            }
            let opened = open(&world, &device, all()).await;
            let signed = world.card(card).sign(&opened.challenge, ORIGIN);
            let proof = if is_signed { by_pin(signed) } else { by_eye(signed) };
            let (_, refusal) = prove(&world, &device, &opened, &BedsideProof { medium, ..proof }).await.unwrap_err();
            assert_eq!((refusal.code, rows(&world)), (wanted, [0; 4]), "{card} {medium:?} {is_signed}");
        }
    }
    // A signature over another challenge, and the same said to be over this one.
    let (one, other) = (open(&world, &device, all()).await, open(&world, &device, all()).await);
    let proof = by_pin(world.card("ichiro").sign(&one.challenge, ORIGIN));
    assert_eq!(prove(&world, &device, &other, &proof).await.unwrap_err().1.code, Code::Challenge);
    let borrowed = BedsideProof { nonce: other.challenge.nonce.clone(), ..proof.clone() };
    assert_eq!(prove(&world, &device, &other, &borrowed).await.unwrap_err().1.code, Code::X11);
    let fresh = device.call(&world, &FreshBedside { visit: (&one.visit).into() }, &()).await.unwrap();
    assert_ne!(fresh.nonce, one.challenge.nonce);
    assert_eq!(prove(&world, &device, &one, &proof).await.unwrap_err().1.code, Code::Challenge, "the former one is dead");
    assert_eq!(rows(&world), [0; 4]);
}

#[tokio::test]
async fn x08_a_card_that_ended_lately_shows_the_eligibility_alone() {
    for is_signed in [true, false] {
        let (world, device) = world().await;
        let opened = open(&world, &device, all()).await;
        let signed = world.card("ichiro:expired").sign(&opened.challenge, ORIGIN);
        let proof = if is_signed { by_pin(signed) } else { by_eye(signed) };
        let result = done(&world, &device, &opened, &proof).await;
        assert!(result.is_grace && result.consent.is_none() && result.certificate_ends_on.is_some());
        assert_eq!((result.checks.period, result.checks.signature), (false, is_signed));
        assert!(result.eligibility.coverages.iter().all(|coverage| coverage.limit == Provided::NotProvided));
        assert_eq!(rows(&world), [0, 0, 1, 1], "whatever was answered, no consent");
    }
    // Three months after it: no more.
    let (world, device) = world().await;
    let opened = open(&world, &device, None).await;
    let proof = by_pin(world.card("ichiro:expired").sign(&opened.challenge, ORIGIN));
    let ended = done(&world, &device, &opened, &proof).await.certificate_ends_on.unwrap();
    for (days, is_taken) in [(89, true), (95, false)] {
        world.clock.set(ended.plus_days(days).at_jst(10, 0));
        let mut device = device.clone();
        device.session = None;
        let passcode = Passcode { passcode: PASSCODE.to_owned() };
        let login = device.call(&world, &LogInDevice, &passcode).await;
        device.session = Some(login.ok().unwrap().session.to_text());
        let opened = open(&world, &device, None).await;
        let proof = by_pin(world.card("ichiro:expired").sign(&opened.challenge, ORIGIN));
        match prove(&world, &device, &opened, &proof).await {
            Ok(BedsideAnswer::Done(result)) => assert!(is_taken && result.is_grace, "{days}"),
            Err((_, refusal)) => {
                assert_eq!((is_taken, refusal.code, refusal.detail), (false, Code::X09, Some(Detail::ExpiredOn(ended))), "{days}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn x63_and_the_limited_type_make_no_consent() {
    let (world, device) = world().await;
    let result = check(&world, &device, "ichiro", None).await;
    assert!(result.consent.is_none() && result.check.is_some());
    assert_eq!(rows(&world), [0, 0, 1, 1]);
    let connection = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    let signed: i64 =
        connection.query_row("SELECT count(*) FROM bedside_checks WHERE signature IS NOT NULL", [], |row| row.get(0)).unwrap();
    assert_eq!(signed, 1, "what the card signed stays with it");
    connection.execute("UPDATE institutions SET edition = 'eligibility_only' WHERE code = ?1", [STATION]).unwrap();
    let desk = device.call(&world, &SeeBedside, &()).await.unwrap();
    assert!(!desk.asks_consent && desk.questions.is_empty() && !desk.asks_subsidy);
    let asks = NewBedside { choices: all(), ..new_check() };
    assert_eq!(device.call(&world, &OpenBedside, &asks).await.unwrap_err().1.code, Code::X23, "by right, not by hiding");
    let result = check(&world, &device, "hanako", None).await;
    assert!(result.consent.is_none() && result.eligibility.subsidies.is_empty());
    assert_eq!(rows(&world), [0, 0, 2, 2]);
}

#[tokio::test]
async fn x23_only_what_is_asked_is_answered() {
    let (world, device) = world().await;
    for choices in [
        Choices { surgery: Choice::NotAsked, subsidy: Choice::NotAsked, ..Choices::all(Choice::Agree) },
        Choices { subsidy: Choice::Agree, ..Choices::all(Choice::Agree) },
        Choices::all(Choice::NotAsked),
    ] {
        let asks = NewBedside { choices: Some(choices), ..new_check() };
        assert_eq!(device.call(&world, &OpenBedside, &asks).await.unwrap_err().1.code, Code::X23, "{choices:?}");
    }
}

#[tokio::test]
async fn x27_a_face_that_does_not_match_ends_the_check_and_is_all_that_is_kept() {
    let (world, device) = world().await;
    let opened = open(&world, &device, all()).await;
    let at = NotMatched { visit: (&opened.visit).into() };
    device.call(&world, &at, &()).await.unwrap();
    assert_eq!((rows(&world), world.audited(NotMatched::NAME).await), ([0; 4], vec!["U-X27".to_owned()]));
    let proof = by_eye(world.card("ichiro").sign(&opened.challenge, ORIGIN));
    assert_eq!(prove(&world, &device, &opened, &proof).await.unwrap_err().1.code, Code::X21, "not by a second look either");
    // What was proved is not taken back by it.
    let opened = open(&world, &device, None).await;
    let proof = by_pin(world.card("ichiro").sign(&opened.challenge, ORIGIN));
    done(&world, &device, &opened, &proof).await;
    let at = NotMatched { visit: (&opened.visit).into() };
    assert_eq!(device.call(&world, &at, &()).await.unwrap_err().1.code, Code::NotFound);
}

/// OT-21 at DA-10: one press at the device, for the person of its own result.
#[tokio::test]
async fn da_10_the_number_of_the_chart_is_registered_at_the_device() {
    use shared::api::reference::{ReferenceChange, SetReference};
    let (world, device) = world().await;
    let result = check(&world, &device, "ichiro", all()).await;
    assert_eq!(result.reference_number, None);
    let at = SetReference { consent: result.consent.unwrap().id.as_str().into() };
    let change = ReferenceChange { number: Some("00123".try_into().unwrap()), shown: None };
    let theirs = TestDevice::of(&world, CLINIC, "ippan1").await;
    assert_eq!(theirs.call(&world, &at, &change).await.unwrap_err().1.code, Code::NotFound);
    device.call(&world, &at, &change).await.unwrap();
    let seen = device.call(&world, &SeeBedsideResult { visit: (&result.visit).into() }, &()).await.unwrap();
    assert_eq!(seen.reference_number.as_deref(), Some("00123"));
    // The next result of the same person has it by itself; another number is for the office.
    assert_eq!(check(&world, &device, "ichiro", None).await.reference_number.as_deref(), Some("00123"));
}

#[tokio::test]
async fn x49_what_has_not_left_an_hour_later_is_counted_at_the_device_of_a_linked_institution() {
    use shared::domain::hand_over::{HandOver, HandOverFault, HandOverState, HandOverWay};
    let (world, device) = world().await;
    let result = check(&world, &device, "ichiro", all()).await;
    let id = server::store::ConsentId::parse(result.consent.unwrap().id.as_str()).unwrap();
    world.later(61 * 60_000);
    let device = TestDevice::of(&world, STATION, "etsu1").await;
    let unsent = async || device.call(&world, &SeeBedside, &()).await.unwrap().unsent;
    assert_eq!(unsent().await, 0, "no link was ever there");
    let note = async |state, fault| {
        let tenant = server::tenant::Tenant::of_operator(&code(STATION));
        let (id, at) = (id.clone(), world.clock.now());
        let of = HandOver { way: HandOverWay::Folder, state, at, file: None, fault };
        world.store.0.write(move |tx| server::store::handover::note(tx, &tenant, &id, &of)).await.unwrap();
    };
    note(HandOverState::Failed, Some(HandOverFault::FolderGone)).await;
    assert_eq!(unsent().await, 1);
    note(HandOverState::Written, None).await;
    assert_eq!(unsent().await, 0);
}

#[tokio::test]
async fn x49_a_result_waits_for_its_account_until_it_is_filed() {
    let (world, device) = world().await;
    let result = check(&world, &device, "ichiro", all()).await;
    let other = TestDevice::of(&world, STATION, "etsu1").await;
    let theirs = TestDevice::of(&world, CLINIC, "ippan1").await;
    let rows = device.call(&world, &UnfiledBedside, &()).await.unwrap();
    assert_eq!((rows.len(), rows[0].visit == result.visit, rows[0].validity), (1, true, Validity::Valid));
    assert!(!rows[0].initials.contains("一郎") && !rows[0].initials.is_empty(), "{}", rows[0].initials);
    assert_eq!(device.call(&world, &SeeBedside, &()).await.unwrap().unfiled, 1);
    // Closing is no filing, and an hour later it is there again.
    let at = SeeBedsideResult { visit: (&result.visit).into() };
    assert_eq!(device.call(&world, &at, &()).await.unwrap(), result);
    for stranger in [&other, &theirs] {
        assert_eq!(stranger.call(&world, &UnfiledBedside, &()).await.unwrap(), []);
        assert_eq!(stranger.call(&world, &at, &()).await.unwrap_err().1.code, Code::NotFound);
        let file = FileBedside { visit: (&result.visit).into() };
        assert_eq!(stranger.call(&world, &file, &()).await.unwrap_err().1.code, Code::NotFound);
    }
    for _ in 0..2 {
        device.call(&world, &FileBedside { visit: (&result.visit).into() }, &()).await.unwrap();
    }
    assert_eq!(device.call(&world, &UnfiledBedside, &()).await.unwrap(), []);
    assert!(device.call(&world, &at, &()).await.unwrap().is_filed);
    // P-KEEP: after 72 hours the device names it no more; the office has it.
    check(&world, &device, "hanako", None).await;
    let since = world.clock.now();
    // OT-5 says so to the same account, and to nobody else.
    let count = async |user: &str, now| {
        let person = Person { user: user.try_into().unwrap(), kind: AccountKind::General, now };
        let tenant = server::tenant::Tenant::of_operator(&code(STATION));
        let tasks = world.store.0.read(move |tx| server::rule::home::tasks(tx, &tenant, &person)).await.unwrap();
        tasks.iter().find(|task| task.kind == TaskKind::Unfiled).map(|task| task.count)
    };
    assert_eq!(count("ippan1", since.plus_ms(UNFILED_MS)).await, Some(1));
    assert_eq!(count("etsu1", since.plus_ms(UNFILED_MS)).await, None);
    assert_eq!(count("ippan1", since.plus_ms(UNFILED_MS + 1)).await, None);
}

#[tokio::test]
async fn a_check_is_its_accounts_and_one_of_reception_is_none() {
    let (world, device) = world().await;
    let opened = open(&world, &device, all()).await;
    let other = TestDevice::of(&world, STATION, "etsu1").await;
    let proof = by_pin(world.card("ichiro").sign(&opened.challenge, ORIGIN));
    assert_eq!(prove(&world, &other, &opened, &proof).await.unwrap_err().1.code, Code::NotFound);
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let opened = BedsideOpened { visit: visit.visit, challenge: visit.challenge.clone(), expires_at: visit.expires_at };
    let proof = by_eye(world.card("ichiro").sign(&visit.challenge, ORIGIN));
    assert_eq!(prove(&world, &device, &opened, &proof).await.unwrap_err().1.code, Code::NotFound, "no staff sees for a patient's answers");
    assert_eq!(rows(&world), [0; 4]);
}

#[tokio::test]
async fn n124_the_toggle_stays_on_its_device_until_it_is_switched_back_or_forbidden() {
    let (world, device) = world().await;
    let other = TestDevice::of(&world, STATION, "ippan1").await;
    let stands = async |device: &TestDevice| device.call(&world, &SeeBedside, &()).await.unwrap().is_visual;
    let switch = async |is_visual| device.call(&world, &SwitchVisual, &Visual { is_visual }).await;
    assert!(!stands(&device).await);
    switch(true).await.unwrap();
    assert_eq!((stands(&device).await, stands(&other).await), (true, false));
    set(&world, |settings| settings.visual_check = false).await;
    assert!(!stands(&device).await, "what the institution forbids does not stand");
    assert_eq!(switch(true).await.unwrap_err().1.code, Code::Forbidden);
    switch(false).await.unwrap();
    set(&world, |settings| settings.visual_check = true).await;
    assert!(!stands(&device).await);
    assert_eq!(world.audited(SwitchVisual::NAME).await, ["ok", "U-FORBIDDEN", "ok"]);
}
