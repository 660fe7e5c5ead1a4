//! Checks that no consent's proof made: kept and found on both databases.

use server::store::db::Tx;
use server::store::{CheckId, CheckRecord, StoreError, check};
use server::tenant::Tenant;
use shared::api::office::ChosenCoverage;
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::institution::VisitKind;

use crate::kept::Kept;
use crate::sample::code;
use crate::store::on_both;
use crate::world::{CLINIC, STATION, add_institution};

const NOW: UnixMs = UnixMs(1_705_454_100_000);

fn id(number: u8) -> CheckId {
    CheckId::new(NOW.plus_ms(i64::from(number)), [number; 10])
}

/// The check of a number: made so many milliseconds after [`NOW`].
fn check_of(number: u8, subject: &str, state: CheckState) -> CheckRecord {
    let checked_at = NOW.plus_ms(i64::from(number));
    CheckRecord {
        id: id(number),
        visit_kind: Some(VisitKind::HomeVisit),
        consent: None,
        subject: subject.to_owned(),
        reference_number: None,
        check_way: CheckWay::Paper,
        medium: Medium::Paper,
        done_by: Some(UserId::try_from("kanri1").unwrap()),
        state,
        asked: Some(r#"{"version":1}"#.to_owned()),
        eligibility: Eligibility::of_insurance(Validity::NotFound, checked_at, None, Vec::new()),
        chosen: None,
    }
}

async fn run<T: Send + 'static>(
    store: &Kept,
    institution: &str,
    rule: impl Fn(&mut Tx<'_>, &Tenant) -> Result<T, StoreError> + Send + 'static,
) -> T {
    let tenant = Tenant::of_operator(&code(institution));
    store.0.write(move |tx| rule(tx, &tenant)).await.unwrap()
}

async fn two_institutions(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), NOW).await;
    }
}

async fn a_check_is_kept_whole_once_and_in_its_institution_alone(store: &Kept) {
    two_institutions(store).await;
    let new = check_of(1, "ichiro", CheckState::Done);
    for (institution, was_added) in [(STATION, true), (STATION, false), (CLINIC, true)] {
        let new = new.clone();
        assert_eq!(run(store, institution, move |tx, tenant| check::add(tx, tenant, &new)).await, was_added, "{institution}");
    }
    let new = check_of(2, "ichiro", CheckState::Done);
    run(store, STATION, move |tx, tenant| check::add(tx, tenant, &new)).await;
    assert_eq!(run(store, STATION, |tx, tenant| check::find(tx, tenant, &id(1))).await, Some(check_of(1, "ichiro", CheckState::Done)));
    assert_eq!(run(store, CLINIC, |tx, tenant| check::find(tx, tenant, &id(2))).await, None);

    let choice = ChosenCoverage { coverage: 1, at: NOW, by: UserId::try_from("kanri1").unwrap() };
    let chosen = choice.clone();
    run(store, STATION, move |tx, tenant| check::choose(tx, tenant, &id(1), &chosen)).await;
    assert_eq!(run(store, STATION, |tx, tenant| check::find(tx, tenant, &id(1))).await.unwrap().chosen, Some(choice));
    assert_eq!(run(store, CLINIC, |tx, tenant| check::find(tx, tenant, &id(1))).await.unwrap().chosen, None);
}

async fn the_checks_of_a_person_stand_newest_first_and_nobody_s_are_no_person_s(store: &Kept) {
    two_institutions(store).await;
    for (number, subject) in [(1, "ichiro"), (2, "hanako"), (3, "ichiro"), (4, ""), (5, "ichiro")] {
        let new = check_of(number, subject, CheckState::Done);
        run(store, STATION, move |tx, tenant| check::add(tx, tenant, &new)).await;
    }
    let of = |institution: &'static str, subject: &'static str, rows: u32| async move {
        let found = run(store, institution, move |tx, tenant| check::of_subject(tx, tenant, subject, rows)).await;
        found.into_iter().map(|check| check.id).collect::<Vec<_>>()
    };
    assert_eq!(of(STATION, "ichiro", 50).await, [id(5), id(3), id(1)]);
    assert_eq!(of(STATION, "ichiro", 2).await, [id(5), id(3)]);
    assert!(of(STATION, "", 50).await.is_empty() && of(CLINIC, "ichiro", 50).await.is_empty());
}

async fn a_provisional_check_is_open_until_it_is_settled_or_dropped_once(store: &Kept) {
    two_institutions(store).await;
    for (number, state) in [(1, CheckState::Provisional), (2, CheckState::Done), (3, CheckState::Provisional)] {
        let new = check_of(number, "ichiro", state);
        run(store, STATION, move |tx, tenant| check::add(tx, tenant, &new)).await;
    }
    let open = || async {
        run(store, STATION, |tx, tenant| check::open(tx, tenant, 50)).await.into_iter().map(|check| check.id).collect::<Vec<_>>()
    };
    assert_eq!(open().await, [id(1), id(3)]);
    let settle =
        |institution, to| run(store, institution, move |tx, tenant| check::set_state(tx, tenant, &id(1), CheckState::Provisional, to));
    assert!(!settle(CLINIC, CheckState::Settled).await, "another's");
    assert!(settle(STATION, CheckState::Settled).await);
    assert!(!settle(STATION, CheckState::Dropped).await, "it is settled");
    assert_eq!(open().await, [id(3)]);
}

on_both!(
    a_check_is_kept_whole_once_and_in_its_institution_alone,
    the_checks_of_a_person_stand_newest_first_and_nobody_s_are_no_person_s,
    a_provisional_check_is_open_until_it_is_settled_or_dropped_once,
);

/// Quick by construction: each list goes along the index made for it and sorts nothing.
#[tokio::test(flavor = "multi_thread")]
async fn each_list_of_checks_goes_along_its_index() {
    let (store, folder) = crate::store::sqlite().await;
    let connection = rusqlite::Connection::open_with_flags(folder.path().join("u.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    for (index, sql) in [("checks_by_subject", check::OF_SUBJECT), ("checks_by_consent", check::OF_CONSENT), ("checks_open", check::OPEN)] {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let (mut steps, mut rows) = (Vec::<String>::new(), statement.raw_query());
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get("detail").unwrap());
        }
        assert!(matches!(&steps[..], [one] if one.contains(index)), "{index}: {steps:?}");
    }
    store.close().await;
}
