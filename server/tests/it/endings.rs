//! 同意取消 and its list on both databases.

use shared::api::withdrawal::{EndedBy, Withdraw};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{ConsentGroup, ConsentItem, EndReason};
use shared::domain::withdrawal::WithdrawCause;

use server::rule::withdrawal::{Withdrew, withdraw};
use server::store::ConsentId;
use server::store::ending::{EndingQuery, list};
use server::tenant::Tenant;

use crate::kept::Kept;
use crate::store::{code, consent_id, entry, on_both, stored};
use crate::world::{CLINIC, STATION, add_institution, at};

const NOON: &str = "2026-11-20T12:00:00+09:00";

async fn ends(store: &Kept, institution: &'static str, of: u32, change: u8, groups: &[ConsentGroup], now: UnixMs) -> Withdrew {
    let asked = Withdraw { groups: groups.to_vec(), cause: WithdrawCause::Moved };
    store
        .0
        .write(move |tx| {
            let (change, by) = (ConsentId::new(now, [change; 10]), UserId::try_from("ippan1").unwrap());
            withdraw(tx, &Tenant::of_operator(&code(institution)), &consent_id(of), &asked, (&change, "R", &by), &entry(now, institution))
        })
        .await
        .unwrap()
}

fn query(by: EndedBy, now: UnixMs) -> EndingQuery {
    let (from, to) = (at("2026-01-01T00:00:00+09:00"), at("2028-01-01T00:00:00+09:00"));
    EndingQuery { from, to, of: None, by, name_key: String::new(), before: None, rows: 2, now }
}

async fn what_ended_is_found_by_who_ended_it_and_by_nobody_else(store: &Kept) {
    let now = at(NOON);
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), now).await;
    }
    for (number, subject) in [(1, "s1"), (2, "s2"), (3, "s3")] {
        stored(store, number, STATION, subject, "ｼｶｸ ｲﾁﾛｳ", now).await;
    }
    let all = ConsentGroup::ALL;
    assert!(matches!(ends(store, CLINIC, 1, 1, &all, now).await, Withdrew::NotThere), "another institution's");
    assert!(
        matches!(ends(store, STATION, 1, 1, &[ConsentGroup::Surgery], now).await, Withdrew::Done(_, gone, false) if gone == [ConsentItem::Surgery])
    );
    assert!(matches!(ends(store, STATION, 1, 2, &all, now.plus_ms(1)).await, Withdrew::NotOffered), "surgery has ended");
    assert!(matches!(ends(store, STATION, 1, 2, &all[1..], now.plus_ms(1)).await, Withdrew::Done(_, _, true)));
    assert!(matches!(ends(store, STATION, 1, 3, &all, now.plus_ms(2)).await, Withdrew::Ended));
    assert!(matches!(ends(store, STATION, 2, 4, &all, now.plus_ms(3)).await, Withdrew::Done(_, _, true)));
    // Two years later the third has ended by the clock.
    let later = at("2027-12-01T00:00:00+09:00");
    assert!(matches!(ends(store, STATION, 3, 5, &all, later).await, Withdrew::Ended));
    let page = async |institution: &'static str, query: EndingQuery| {
        store.0.read(move |tx| list(tx, &Tenant::of_operator(&code(institution)), &query)).await.unwrap()
    };
    let first = page(STATION, query(EndedBy::All, later)).await;
    assert_eq!(first.rows.iter().map(|row| row.why).collect::<Vec<_>>(), [EndReason::Deadline, EndReason::Institution]);
    assert!(first.has_more && first.damaged == 0);
    let last = first.rows.last().map(|row| (row.ended_at, row.id.clone()));
    let second = page(STATION, EndingQuery { before: last, ..query(EndedBy::All, later) }).await;
    assert_eq!(second.rows.iter().map(|row| (row.is_whole, row.ended.len())).collect::<Vec<_>>(), [(true, 5), (false, 1)]);
    assert!(!second.has_more);
    assert_eq!(page(STATION, query(EndedBy::Patient, later)).await.rows.len(), 0);
    assert_eq!(page(STATION, query(EndedBy::Deadline, now)).await.rows.len(), 0, "it lives yet");
    let named = |name: &str| EndingQuery { name_key: server::consent::search_key(name), ..query(EndedBy::Deadline, later) };
    assert_eq!((page(STATION, named("しかく")).await.rows.len(), page(STATION, named("ほか")).await.rows.len()), (1, 0));
    assert_eq!(page(CLINIC, query(EndedBy::All, later)).await.rows.len(), 0);
}

async fn a_consent_with_nothing_agreed_to_ends_as_a_whole(store: &Kept) {
    let now = at(NOON);
    add_institution(store, STATION, "a", &server::random::Random::machine(), now).await;
    stored(store, 1, STATION, "s1", "ｼｶｸ ｲﾁﾛｳ", now).await;
    assert!(matches!(ends(store, STATION, 1, 1, &[], now).await, Withdrew::NotOffered), "something is agreed to: it is named");
    let none = |tx: &mut server::store::db::Tx<'_>| {
        server::store::change::keep_items(tx, &Tenant::of_operator(&code(STATION)), &consent_id(1), "RRRRRR")
    };
    store.0.write(none).await.unwrap();
    assert!(matches!(ends(store, STATION, 1, 2, &[ConsentGroup::Surgery], now).await, Withdrew::NotOffered));
    assert!(matches!(ends(store, STATION, 1, 3, &[], now.plus_ms(1)).await, Withdrew::Done(_, gone, true) if gone.is_empty()));
    assert!(matches!(ends(store, STATION, 1, 4, &[], now.plus_ms(2)).await, Withdrew::Ended));
}

on_both!(what_ended_is_found_by_who_ended_it_and_by_nobody_else, a_consent_with_nothing_agreed_to_ends_as_a_whole);
