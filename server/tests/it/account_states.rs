//! How accounts are shown to who looks after them: who has to wait, who has no first day, and beside a row that cannot be read.

use server::account::LoginTry;
use server::rule::account::{self as rule, Denied};
use server::rule::attempt::{count_login, was_right};
use server::store::AuditEntry;
use shared::api::account::AccountChange;
use shared::domain::account::{AccountFault, AccountState};

use crate::accounts::{Station, admin, change, day, entry, user};
use crate::sample::code;
use crate::world::STATION;

async fn who_has_to_wait_is_seen_by_who_looks_after_them(station: &Station) {
    let now = station.now;
    let of = LoginTry::new(&code(STATION), &user("ippan1"), "192.0.2.9".parse().unwrap(), None);
    let waits = async |id: &str, after_ms: i64| {
        let (id, at) = (user(id), now.plus_ms(after_ms));
        let listed = station.run(move |tx, tenant| rule::list(tx, tenant, &admin(), None, 50, at)).await;
        listed.rows.into_iter().find(|row| row.user == id).unwrap().waits_until
    };
    let count = async |after_ms: i64| {
        let of = of.clone();
        station.run(move |tx, _| count_login(tx, &of, now.plus_ms(after_ms))).await
    };
    for after_ms in 0..5 {
        count(after_ms).await;
        assert_eq!(waits("ippan1", 5).await, None, "five are free");
    }
    let counted = count(5).await;
    assert_eq!(waits("ippan1", 6).await, Some(now.plus_ms(5 + 30_000)));
    assert_eq!(waits("etsu1", 6).await, None, "another account");
    assert_eq!(waits("ippan1", 5 + 30_000).await, None, "it is over by itself");
    station.run(move |tx, _| was_right(tx, &counted)).await;
    assert_eq!(waits("ippan1", 6).await, None, "the password was right");
    for after_ms in 40_000..40_007 {
        count(after_ms).await;
    }
    assert!(waits("ippan1", 40_010).await.is_some());
    let entry = AuditEntry { at: now.plus_ms(40_011), ..entry(now) };
    let row = station.run(move |tx, tenant| rule::unlock(tx, tenant, &admin(), &user("ippan1"), &entry)).await.unwrap();
    assert_eq!((row.waits_until, waits("ippan1", 40_012).await), (None, None));
}

async fn an_account_of_before_has_no_first_day_and_needs_none(station: &Station) {
    let first_day = async || {
        let now = station.now;
        station.run(move |tx, tenant| rule::list(tx, tenant, &admin(), None, 50, now)).await.rows.remove(0).valid_from
    };
    assert_eq!(first_day().await, None, "as the operator's command makes them");
    let without = |until| AccountChange { valid_from: None, ..change("2026-01-01", until, None) };
    assert_eq!(station.change(admin(), "etsu1", without(Some("2030-01-01"))).await, Ok(AccountState::Living));
    assert_eq!(first_day().await, None);
    assert_eq!(station.change(admin(), "etsu1", change("2026-11-01", None, None)).await, Ok(AccountState::Living));
    assert_eq!(station.change(admin(), "etsu1", without(None)).await, Ok(AccountState::Living));
    assert_eq!(first_day().await, Some(day("2026-11-01")), "left out is left as it is");
    let backwards = Err(Denied::Fault(AccountFault::PeriodBackwards));
    assert_eq!(station.change(admin(), "etsu1", without(Some("2026-10-31"))).await, backwards);
}

async fn one_row_that_cannot_be_read_hides_no_other(station: &Station) {
    let now = station.now;
    let list = async || station.run(move |tx, tenant| rule::list(tx, tenant, &admin(), None, 50, now)).await;
    let whole = list().await;
    assert_eq!(whole.damaged, 0, "control");
    station.run(|tx, _| tx.execute("UPDATE accounts SET kind = 'of later' WHERE user_id = $1", &["ippan1".into()])).await;
    let rest = list().await;
    assert_eq!((rest.rows.len(), rest.damaged), (whole.rows.len() - 1, 1));
    assert!(rest.rows.iter().all(|row| row.user.as_str() != "ippan1"));
}

async fn all_on(fresh: impl AsyncFn() -> Station) {
    who_has_to_wait_is_seen_by_who_looks_after_them(&fresh().await).await;
    an_account_of_before_has_no_first_day_and_needs_none(&fresh().await).await;
    one_row_that_cannot_be_read_hides_no_other(&fresh().await).await;
}

#[tokio::test]
async fn on_sqlite() {
    all_on(Station::sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    all_on(Station::postgres).await;
}
