//! How finished checks get into other programs: what is noted, what stays, what is unsent (X49); on both databases.

use server::store::handover;
use server::store::{ConsentId, StoreError};
use server::tenant::Tenant;
use shared::domain::calendar::UnixMs;
use shared::domain::hand_over::{HandOver, HandOverFault, HandOverState, HandOverWay, Misfit};

use crate::kept::Kept;
use crate::sample::code;
use crate::store::{consent_id, on_both, stored};
use crate::world::{CLINIC, STATION, add_institution, at};

const NOON: &str = "2024-01-17T12:00:00+09:00";

fn folder(state: HandOverState, at: UnixMs, file: Option<&str>, fault: Option<HandOverFault>) -> HandOver {
    HandOver { way: HandOverWay::Folder, state, at, file: file.map(str::to_owned), fault }
}

async fn note(store: &Kept, institution: &str, consent: ConsentId, of: HandOver) -> bool {
    let tenant = Tenant::of_operator(&code(institution));
    store.0.write(move |tx| handover::note(tx, &tenant, &consent, &of)).await.unwrap()
}

async fn of(store: &Kept, institution: &str, consent: ConsentId) -> Vec<HandOver> {
    let tenant = Tenant::of_operator(&code(institution));
    store.0.read(move |tx| handover::of(tx, &tenant, &consent)).await.unwrap()
}

async fn received(store: &Kept, institution: &str, consent: ConsentId, way: HandOverWay, at: UnixMs) -> bool {
    let tenant = Tenant::of_operator(&code(institution));
    store.0.write(move |tx| handover::note_received(tx, &tenant, &consent, way, at)).await.unwrap()
}

async fn unsent(store: &Kept, institution: &str, span: (UnixMs, UnixMs)) -> Vec<ConsentId> {
    let tenant = Tenant::of_operator(&code(institution));
    store.0.read(move |tx| handover::unsent(tx, &tenant, span, 100)).await.unwrap()
}

async fn a_way_goes_on_to_its_end_and_no_further(store: &Kept) {
    let now = at(NOON);
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), now).await;
    }
    for (number, institution) in [(1, STATION), (2, STATION), (3, CLINIC)] {
        stored(store, number, institution, &format!("p{number}"), "ｼｶｸ", now).await;
    }
    let (one, day) = (consent_id(1), (now, now.plus_ms(1)));
    assert_eq!(unsent(store, STATION, day).await, [one.clone(), consent_id(2)]);
    assert_eq!(unsent(store, STATION, (now.plus_ms(1), now.plus_ms(2))).await, []);

    let misfit = Misfit { label: "氏名".to_owned(), characters: "𠮷".to_owned() };
    let failed = folder(HandOverState::Failed, now, None, Some(HandOverFault::Characters(vec![misfit])));
    assert!(!note(store, CLINIC, one.clone(), failed.clone()).await, "another institution's check");
    assert!(note(store, STATION, one.clone(), failed.clone()).await);
    assert_eq!(of(store, STATION, one.clone()).await, std::slice::from_ref(&failed));
    assert!(of(store, CLINIC, one.clone()).await.is_empty());
    assert_eq!(unsent(store, STATION, day).await.len(), 2, "what failed is unsent");

    let begun = folder(HandOverState::Waiting, now.plus_ms(5), Some("a.xml"), None);
    let written = folder(HandOverState::Written, now.plus_ms(6), None, None);
    assert!(note(store, STATION, one.clone(), begun).await && note(store, STATION, one.clone(), written).await);
    let open = {
        let tenant = Tenant::of_operator(&code(STATION));
        let of = |from: UnixMs| {
            let tenant = tenant.clone();
            store.0.read(move |tx| handover::open_files(tx, &tenant, from))
        };
        assert!(of(now.plus_ms(7)).await.unwrap().is_empty());
        of(now).await.unwrap()
    };
    assert_eq!(open, [(one.clone(), folder(HandOverState::Written, now.plus_ms(6), Some("a.xml"), None))], "the name stays");
    assert_eq!(unsent(store, STATION, day).await, [consent_id(2)]);

    assert!(received(store, STATION, one.clone(), HandOverWay::Folder, now.plus_ms(9)).await);
    assert!(!received(store, STATION, one.clone(), HandOverWay::Folder, now.plus_ms(10)).await, "once");
    assert!(!note(store, STATION, one.clone(), failed).await, "the end");
    assert!(received(store, STATION, one.clone(), HandOverWay::Api, now.plus_ms(11)).await, "another way is its own");
    let states: Vec<_> = of(store, STATION, one).await.into_iter().map(|one| (one.way, one.state, one.at)).collect();
    let end = HandOverState::Received;
    assert_eq!(states, [(HandOverWay::Api, end, now.plus_ms(11)), (HandOverWay::Folder, end, now.plus_ms(9))]);
    assert!(!received(store, CLINIC, consent_id(2), HandOverWay::Api, now).await, "not theirs");
    let tenant = Tenant::of_operator(&code(STATION));
    let all = [consent_id(1), consent_id(2), consent_id(3)];
    let states = store.0.read(move |tx| handover::states(tx, &tenant, &all.iter().collect::<Vec<_>>())).await;
    assert_eq!(
        states.map(|states| states.into_iter().collect::<Vec<_>>()).map_err(|why: StoreError| why.to_string()),
        Ok(vec![(consent_id(1), end)])
    );
}

/// The statements as they run: along an index, no table from end to end.
#[tokio::test]
async fn nothing_is_gone_through_from_end_to_end() {
    let world = crate::world::World::new().await;
    let database = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    for (sql, index) in [
        (handover::STATES, "PRIMARY KEY (institution=? AND consent=?)"),
        (handover::OPEN_FILES, "hand_overs_open (institution=? AND at>?)"),
        (handover::UNSENT, "consents_by_day (institution=? AND consented_at>? AND consented_at<?)"),
    ] {
        let mut statement = database.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = statement.raw_query();
        let mut plan = String::new();
        while let Some(row) = rows.next().unwrap() {
            plan += &row.get::<_, String>("detail").unwrap();
            plan.push('\n');
        }
        assert!(plan.contains(index) && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}

on_both!(a_way_goes_on_to_its_end_and_no_further,);
