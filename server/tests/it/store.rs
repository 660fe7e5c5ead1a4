//! The contract of `trait Store`: every implementation passes the same suite. A new one joins by one more line at the end.

use std::sync::Arc;

use server::store::sqlite::SqliteStore;
use server::store::{
    Attempt, AttemptPolicy, AuditEntry, ConsentId, ConsentQuery, NewChallenge, NewPassword, NewVisit, Opened, ProofRecord, ProofStored,
    Proved, SessionRecord, Store, Visit, VisitId,
};
use shared::api::office::{ChosenCoverage, ListOrder, StateFilter};
use shared::api::reception::{CertificateChecks, Revocation, VisitResult};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::consent::{Choice, Choices, expires_at};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::institution::{InstitutionCode, ReceptionToken, Use};
use shared::domain::person::{Person, Sex};

use crate::world::{CLINIC, STATION, add_institution, at};

const NOON: &str = "2024-01-17T12:00:00+09:00";

/// Makes ids of a counter, so that their order is known.
fn id(number: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes
}

fn code(text: &str) -> InstitutionCode {
    InstitutionCode::try_from(text).unwrap()
}

fn nonce(number: u32) -> [u8; 32] {
    [id(number), id(number)].concat().try_into().unwrap()
}

fn visit_to_open(number: u32, institution: &str, now: UnixMs) -> NewVisit {
    NewVisit {
        id: VisitId::from_random(id(number)),
        institution: code(institution),
        r#use: Use::HomeVisit,
        key_sha256: nonce(number),
        choices: Choices::all(Choice::Agree),
        notice_version: "2026-11".to_owned(),
        language: "ja".to_owned(),
        opened_at: now,
        expires_at: now.plus_ms(30 * 60_000),
        challenge: NewChallenge { nonce: nonce(number), expires_at: now.plus_ms(5 * 60_000) },
    }
}

fn entry(at: UnixMs, institution: &str) -> AuditEntry {
    let (actor, action, outcome) = ("visit x".to_owned(), "reception.prove".into(), "ok".to_owned());
    AuditEntry { at, institution: Some(code(institution)), actor, action, subject: None, outcome }
}

fn proof_of(number: u32, institution: &str, subject: &str, kana: &str, now: UnixMs) -> Proved {
    let checks = CertificateChecks { signature: true, chain: true, period: true, revocation: Revocation::NotChecked };
    let person = Person {
        name: format!("試験　{number}"),
        name_kana: kana.to_owned(),
        name_of_other: None,
        birth_date: CivilDate::try_from("1960-06-02").unwrap(),
        sex: Sex::Unset,
    };
    Proved {
        visit: VisitId::from_random(id(number)),
        nonce: nonce(number),
        at: now,
        consent: ConsentId::from_random(id(number)),
        subject: subject.to_owned(),
        replaces: None,
        eligibility: Eligibility { validity: Validity::Valid, checked_at: now, person: Some(person), coverages: Vec::new() },
        proof: ProofRecord { certificate: vec![1], signature: vec![2], statement: vec![3], origin_sha256: [4; 32] },
        result: VisitResult {
            receipt: format!("R{number:07}"),
            consented_at: now,
            expires_at: expires_at(Use::HomeVisit, now),
            items: server::consent::outcomes(&Choices::all(Choice::Agree), None, now.jst_date()),
            eligibility: None,
            replaced_until: None,
            certificate_ends_on: None,
            checks,
        },
        audit: entry(now, institution),
    }
}

async fn open(store: &dyn Store, visit: NewVisit) -> Visit {
    match store.open_visit(visit).await.unwrap() {
        Opened::Visit(visit) => *visit,
        Opened::OtherChoices => panic!("other choices"),
    }
}

async fn stored(store: &dyn Store, number: u32, institution: &str, subject: &str, kana: &str, now: UnixMs) -> VisitResult {
    open(store, visit_to_open(number, institution, now)).await;
    newly(store.store_proof(proof_of(number, institution, subject, kana, now)).await.unwrap())
}

fn newly(outcome: ProofStored) -> VisitResult {
    match outcome {
        ProofStored::New(result) => *result,
        other => panic!("{other:?}"),
    }
}

fn query(from: &str, to: &str, now: UnixMs) -> ConsentQuery {
    ConsentQuery {
        from: CivilDate::try_from(from).unwrap(),
        to: CivilDate::try_from(to).unwrap(),
        name_key: String::new(),
        reference_number: String::new(),
        receipt: String::new(),
        state: StateFilter::All,
        order: ListOrder::NewestFirst,
        page: 1,
        rows: 50,
        now,
    }
}

async fn a_code_is_added_once(store: &dyn Store) {
    let chance = server::clock::Chance::machine();
    add_institution(store, STATION, "a", &chance, at(NOON)).await;
    let again = server::store::NewInstitution {
        institution: server::store::Institution {
            code: code(STATION),
            name: "b".to_owned(),
            contact: String::new(),
            uses_home_visit: true,
            shows_eligibility: true,
        },
        token: ReceptionToken::from_random([1; 32]),
        accounts: Vec::new(),
        at: at(NOON),
    };
    assert!(!store.add_institution(again).await.unwrap());
    assert_eq!(store.institution(&code(STATION)).await.unwrap().unwrap().name, "a");
    assert_eq!(store.institution(&code(CLINIC)).await.unwrap(), None);
    assert_eq!(store.reception_page(server::sha256(b"x")).await.unwrap(), None);
    let user = UserId::try_from("kanri1").unwrap();
    assert!(store.account(&code(STATION), &user).await.unwrap().is_some());
    assert!(store.account(&code(CLINIC), &user).await.unwrap().is_none());
}

async fn a_former_url_stays_known(store: &dyn Store) {
    let chance = server::clock::Chance::machine();
    let first = add_institution(store, STATION, "a", &chance, at(NOON)).await;
    let (second, third) = (ReceptionToken::from_random([2; 32]), ReceptionToken::from_random([3; 32]));
    let change = |present: &ReceptionToken, next: &ReceptionToken| {
        store.change_reception_url(Use::HomeVisit, present.clone(), next.clone(), entry(at(NOON), STATION))
    };
    assert_eq!(change(&first, &second).await.unwrap().unwrap().former_urls, 1);
    assert_eq!(change(&first, &third).await.unwrap(), None, "not the current one");
    let page = |token: &ReceptionToken| store.reception_page(server::sha256(token.as_str().as_bytes()));
    assert!(!page(&first).await.unwrap().unwrap().is_current);
    assert!(page(&second).await.unwrap().unwrap().is_current);
    assert_eq!(page(&third).await.unwrap(), None);
}

async fn a_key_finds_its_visit(store: &dyn Store) {
    add_institution(store, STATION, "a", &server::clock::Chance::machine(), at(NOON)).await;
    add_institution(store, CLINIC, "b", &server::clock::Chance::machine(), at(NOON)).await;
    let first = open(store, visit_to_open(1, STATION, at(NOON))).await;
    let again = NewVisit {
        id: VisitId::from_random(id(2)),
        challenge: NewChallenge { nonce: [9; 32], expires_at: at(NOON) },
        ..visit_to_open(1, STATION, at(NOON))
    };
    let found = open(store, again.clone()).await;
    assert_eq!((found.id.clone(), found.challenge.nonce), (first.id, [9; 32]));
    let other_choices =
        NewVisit { choices: Choices::all(Choice::Refuse), challenge: NewChallenge { nonce: [8; 32], expires_at: at(NOON) }, ..again };
    assert!(matches!(store.open_visit(other_choices).await.unwrap(), Opened::OtherChoices));
    assert_eq!(store.visit(&found.id).await.unwrap().unwrap().challenge.nonce, [9; 32], "a refusal changes nothing");
    let other_institution = NewVisit { id: VisitId::from_random(id(3)), ..visit_to_open(1, CLINIC, at(NOON)) };
    assert_eq!(open(store, other_institution).await.id, VisitId::from_random(id(3)), "a key belongs to its institution");
}

async fn a_proof_is_stored_once_under_its_challenge(store: &dyn Store) {
    let now = at(NOON);
    add_institution(store, STATION, "a", &server::clock::Chance::machine(), now).await;
    let visit = open(store, visit_to_open(1, STATION, now)).await;
    let proof = proof_of(1, STATION, "ichiro", "ｼｹﾝ", now);
    let gone = |outcome| matches!(outcome, ProofStored::ChallengeGone);
    assert!(gone(store.store_proof(Proved { nonce: [0; 32], ..proof.clone() }).await.unwrap()), "another nonce");
    let late = Proved { at: now.plus_ms(5 * 60_000), ..proof.clone() };
    assert!(gone(store.store_proof(late).await.unwrap()), "too late");
    assert!(store.renew_challenge(visit.id.clone(), NewChallenge { nonce: [7; 32], expires_at: now.plus_ms(1) }).await.unwrap());
    assert!(gone(store.store_proof(proof.clone()).await.unwrap()), "the former challenge");
    let renewed = Proved { nonce: [7; 32], ..proof };
    let ProofStored::New(first) = store.store_proof(renewed.clone()).await.unwrap() else { panic!("not stored") };
    let ProofStored::Before(second) = store.store_proof(renewed.clone()).await.unwrap() else { panic!("stored twice") };
    assert_eq!(first, second);
    assert!(store.visit(&visit.id).await.unwrap().unwrap().is_challenge_used);
    assert!(!store.renew_challenge(visit.id.clone(), NewChallenge { nonce: [6; 32], expires_at: now }).await.unwrap());
    store.leave_visit(visit.id.clone(), now).await.unwrap();
    assert!(matches!(store.store_proof(renewed).await.unwrap(), ProofStored::Over));
    assert_eq!(store.visit(&visit.id).await.unwrap().unwrap().result, None, "the answer is forgotten");
    assert_eq!(store.search_consents(&code(STATION), &query("2024-01-17", "2024-01-17", now)).await.unwrap().total, 1);
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap().len(), 1);
}

async fn consents_end_as_the_sample_row_says(store: &dyn Store) {
    // N108 at store level: given 2024-01-17, living through 2024-04-30 23:59.
    let now = at("2024-01-17T10:15:00+09:00");
    add_institution(store, STATION, "a", &server::clock::Chance::machine(), now).await;
    let result = stored(store, 1, STATION, "ichiro", "ｼｶｸ ｲﾁﾛｳ", now).await;
    assert_eq!(result.expires_at.jst_minute_text(), "2024/04/30 23:59");
    for (instant, living) in [("2024-04-30T23:59:59.999+09:00", 1), ("2024-05-01T00:00:00+09:00", 0)] {
        for (state, total) in [(StateFilter::Living, living), (StateFilter::Expired, 1 - living), (StateFilter::All, 1)] {
            let query = ConsentQuery { state, ..query("2024-01-17", "2024-01-17", at(instant)) };
            assert_eq!(store.search_consents(&code(STATION), &query).await.unwrap().total, total, "{instant} {state:?}");
        }
    }
    // The day is Japan's: 2024-01-17 begins at 15:00 UTC of the 16th.
    for (day, total) in [("2024-01-16", 0), ("2024-01-17", 1), ("2024-01-18", 0)] {
        assert_eq!(store.search_consents(&code(STATION), &query(day, day, now)).await.unwrap().total, total, "{day}");
    }
}

async fn a_living_consent_is_replaced_within_its_institution(store: &dyn Store) {
    let now = at(NOON);
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::clock::Chance::machine(), now).await;
    }
    let first = stored(store, 1, STATION, "ichiro", "ｱ", now).await;
    assert_eq!(stored(store, 2, STATION, "hanako", "ｱ", now).await.replaced_until, None);
    assert_eq!(stored(store, 3, CLINIC, "ichiro", "ｱ", now).await.replaced_until, None, "another institution");
    // Not before it is named: then nothing is written, and the challenge serves on.
    let later = now.plus_ms(1);
    let visit = open(store, visit_to_open(4, STATION, later)).await.id;
    let unnamed = proof_of(4, STATION, "ichiro", "ｱ", later);
    let consent_id = |number| ConsentId::from_random(id(number));
    for replaces in [None, Some(consent_id(2)), Some(consent_id(3))] {
        let outcome = store.store_proof(Proved { replaces, ..unnamed.clone() }).await.unwrap();
        let ProofStored::Asks(former) = outcome else { panic!("{outcome:?}") };
        assert_eq!((former.id, former.consented_at, former.expires_at), (consent_id(1), now, first.expires_at));
        assert_eq!(former.items, first.items);
    }
    assert!(!store.visit(&visit).await.unwrap().unwrap().is_challenge_used);
    assert_eq!(store.consent(&code(STATION), &consent_id(1)).await.unwrap().unwrap().replaced_at, None);
    let second = newly(store.store_proof(Proved { replaces: Some(consent_id(1)), ..unnamed }).await.unwrap());
    assert_eq!(second.replaced_until, Some(first.expires_at));
    let replaced = store.consent(&code(STATION), &ConsentId::from_random(id(1))).await.unwrap().unwrap();
    assert_eq!(replaced.replaced_at, Some(now.plus_ms(1)));
    let after = first.expires_at.plus_ms(60_000);
    assert_eq!(stored(store, 5, STATION, "ichiro", "ｱ", after).await.replaced_until, None, "it ended by itself");
}

async fn pages_are_ordered_complete_and_of_one_institution(store: &dyn Store) {
    let now = at(NOON);
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::clock::Chance::machine(), now).await;
    }
    for number in 0..60_u32 {
        let institution = if number % 3 == 0 { CLINIC } else { STATION };
        // Two of each minute, so that equal times need the second order.
        stored(store, number, institution, &format!("p{number}"), "ﾀﾒｼ", now.plus_ms(i64::from(number / 2) * 60_000)).await;
    }
    let mut seen = Vec::new();
    for page in 1..=9 {
        let query = ConsentQuery { page, rows: 7, ..query("2024-01-17", "2024-01-17", now) };
        let hits = store.search_consents(&code(STATION), &query).await.unwrap();
        assert_eq!((hits.total, hits.page), (40, page.min(6)));
        if page <= 6 {
            seen.extend(hits.rows.into_iter().map(|row| (row.consented_at, row.id)));
        }
    }
    assert_eq!(seen.len(), 40);
    assert!(seen.is_sorted_by(|one, next| one > next), "newest first, each once");
    assert_eq!(store.consent(&code(CLINIC), &seen[0].1).await.unwrap(), None, "not there for another institution");
    let by_expiry = ConsentQuery { order: ListOrder::ExpiryFirst, ..query("2024-01-17", "2024-01-17", now) };
    let rows = store.search_consents(&code(STATION), &by_expiry).await.unwrap().rows;
    assert!(rows.is_sorted_by(|one, next| (one.expires_at, &one.id) < (next.expires_at, &next.id)));
}

async fn a_receipt_finds_its_consent(store: &dyn Store) {
    let now = at(NOON);
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::clock::Chance::machine(), now).await;
    }
    stored(store, 1, STATION, "a", "ｼｶｸ", now).await;
    stored(store, 2, STATION, "b", "ｼｶｸ", now).await;
    stored(store, 3, CLINIC, "c", "ｼｶｸ", now).await;
    for (receipt, total) in [("R0000001", 1), ("R0000003", 0), ("R000000", 0), ("", 2)] {
        let query = ConsentQuery { receipt: receipt.to_owned(), ..query("2024-01-17", "2024-01-17", now) };
        assert_eq!(store.search_consents(&code(STATION), &query).await.unwrap().total, total, "{receipt}");
    }
}

async fn a_choice_among_coverages_is_not_overwritten_unseen(store: &dyn Store) {
    let now = at(NOON);
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::clock::Chance::machine(), now).await;
    }
    stored(store, 1, STATION, "a", "ｼｶｸ", now).await;
    let id = ConsentId::from_random(id(1));
    let choose = |institution: &str, coverage: u32, shown: Option<u32>| {
        let choice = ChosenCoverage { coverage, at: now, by: UserId::try_from("kanri1").unwrap() };
        store.choose_coverage(code(institution), id.clone(), choice, shown, entry(now, institution))
    };
    let rows = store.audit_of(&code(STATION)).await.unwrap().len();
    assert!(!choose(CLINIC, 1, None).await.unwrap(), "not there for another institution");
    assert!(!choose(STATION, 1, Some(0)).await.unwrap(), "nothing was chosen yet");
    assert!(choose(STATION, 1, None).await.unwrap());
    assert!(choose(STATION, 1, None).await.unwrap(), "sent again");
    assert!(!choose(STATION, 0, None).await.unwrap(), "someone chose meanwhile");
    assert!(choose(STATION, 0, Some(1)).await.unwrap());
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap().len(), rows + 2, "one row a choice");
    let kept = store.consent(&code(STATION), &id).await.unwrap().unwrap();
    assert_eq!(kept.chosen.map(|chosen| (chosen.coverage, chosen.at)), Some((0, now)));
    assert_eq!(kept.eligibility.validity, Validity::Valid, "what the register answered stays");
}

async fn an_answer_does_not_outlive_its_tablet(store: &dyn Store) {
    let now = at(NOON);
    add_institution(store, STATION, "a", &server::clock::Chance::machine(), now).await;
    stored(store, 1, STATION, "a", "ｼｶｸ", now).await;
    stored(store, 2, STATION, "b", "ｼｶｸ", now.plus_ms(1)).await;
    open(store, visit_to_open(3, STATION, now)).await;
    let kept = async |number: u32| store.visit(&VisitId::from_random(id(number))).await.unwrap().unwrap().result.is_some();
    assert_eq!(store.forget_results(now.plus_ms(-1)).await.unwrap(), 0);
    assert!(kept(1).await && kept(2).await);
    assert_eq!(store.forget_results(now).await.unwrap(), 1);
    assert!(!kept(1).await && kept(2).await);
    assert_eq!(store.forget_results(now).await.unwrap(), 0);
    assert_eq!(
        store.search_consents(&code(STATION), &query("2024-01-17", "2024-01-17", now)).await.unwrap().total,
        2,
        "the office keeps both"
    );
}

async fn names_are_found_by_either_beginning(store: &dyn Store) {
    let now = at(NOON);
    add_institution(store, STATION, "a", &server::clock::Chance::machine(), now).await;
    stored(store, 1, STATION, "a", "ｼｶｸ ｲﾁﾛｳ", now).await;
    stored(store, 2, STATION, "b", "ｼｶﾞ ｼﾞﾛｳ", now).await;
    for (text, total) in [("シカ", 1), ("しが", 1), ("シ", 2), ("試験 1", 1), ("試験", 2), ("イチロウ", 0), ("\u{10FFFF}", 0)]
    {
        let query = ConsentQuery { name_key: server::consent::search_key(text), ..query("2024-01-17", "2024-01-17", now) };
        assert_eq!(store.search_consents(&code(STATION), &query).await.unwrap().total, total, "{text}");
    }
}

async fn sessions_end_with_the_password(store: &dyn Store) {
    let now = at(NOON);
    add_institution(store, STATION, "a", &server::clock::Chance::machine(), now).await;
    let session = |byte: u8, user: &str| SessionRecord {
        id_sha256: [byte; 32],
        institution: code(STATION),
        user: UserId::try_from(user).unwrap(),
        opened_at: now,
        seen_at: now,
        ends_at: now.plus_ms(1000),
    };
    let first = store.account(&code(STATION), &UserId::try_from("kanri1").unwrap()).await.unwrap().unwrap().0.password_hash;
    for (byte, user) in [(1, "kanri1"), (2, "kanri1"), (3, "ippan1")] {
        assert!(store.open_session(session(byte, user), first.clone(), entry(now, STATION)).await.unwrap());
    }
    store.touch_session([1; 32], now.plus_ms(5)).await.unwrap();
    store.touch_session([1; 32], now).await.unwrap();
    assert_eq!(store.session([1; 32]).await.unwrap().unwrap().session.seen_at, now.plus_ms(5), "never back in time");
    let change = |former: u8, judged: &str, next: u8, to: &str| {
        let (former, judged, password_hash) = ([former; 32], judged.to_owned(), to.to_owned());
        store.change_password(NewPassword { session: session(next, "kanri1"), former, judged, password_hash, audit: entry(now, STATION) })
    };
    let rows = store.audit_of(&code(STATION)).await.unwrap().len();
    assert!(!change(9, &first, 4, "x").await.unwrap(), "a session that has ended");
    assert!(!change(3, &first, 4, "x").await.unwrap(), "a session of another account");
    assert!(!change(1, "another hash", 4, "x").await.unwrap(), "another password than the judged one");
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap().len(), rows, "what was not done is not on the record");
    assert!(change(1, &first, 4, "hash").await.unwrap());
    // Judged before that change, but only stored after it: by the old password, and by a session that has ended since.
    assert!(!store.open_session(session(5, "kanri1"), first.clone(), entry(now, STATION)).await.unwrap());
    assert!(store.session([5; 32]).await.unwrap().is_none());
    assert!(!change(2, &first, 5, "outrun").await.unwrap());
    assert!(!change(4, &first, 5, "outrun").await.unwrap());
    for (byte, is_there) in [(1, false), (2, false), (3, true), (4, true)] {
        assert_eq!(store.session([byte; 32]).await.unwrap().is_some(), is_there, "{byte}");
    }
    assert_eq!(store.session([4; 32]).await.unwrap().unwrap().account.password_hash, "hash");
    store.end_session([4; 32], entry(now, STATION)).await.unwrap();
    assert!(store.session([4; 32]).await.unwrap().is_none());
}

async fn attempts_wait_longer_and_longer(store: &dyn Store) {
    let now = at(NOON);
    let policy = AttemptPolicy { free: 2, first_wait_ms: 100, longest_wait_ms: 300, forget_after_ms: 10_000 };
    let tried = async |key: u8, at| {
        let attempt = store.count_attempt(vec![([key; 32], policy)], at).await;
        attempt.map(|attempt| if let Attempt::Wait { until, .. } = attempt { Attempt::Wait { until, is_first: false } } else { attempt })
    };
    for _ in 0..3 {
        assert_eq!(tried(1, now).await.unwrap(), Attempt::Allowed);
    }
    let wait = |ms| Attempt::Wait { until: now.plus_ms(ms), is_first: false };
    assert_eq!(tried(1, now).await.unwrap(), wait(100));
    assert_eq!(tried(1, now.plus_ms(99)).await.unwrap(), wait(100), "a refused try costs nothing");
    assert_eq!(tried(1, now.plus_ms(100)).await.unwrap(), Attempt::Allowed);
    assert_eq!(tried(1, now.plus_ms(100)).await.unwrap(), wait(300));
    assert_eq!(tried(1, now.plus_ms(300)).await.unwrap(), Attempt::Allowed);
    assert_eq!(tried(1, now.plus_ms(300)).await.unwrap(), wait(600), "never longer than the longest");
    assert_eq!(tried(2, now).await.unwrap(), Attempt::Allowed, "another key");
    let both = vec![([2; 32], policy), ([1; 32], policy)];
    assert_eq!(store.count_attempt(both, now.plus_ms(300)).await.unwrap(), wait(600), "one that waits is enough");
    store.forgive_attempt(vec![[1; 32]], vec![[9; 32]]).await.unwrap();
    assert_eq!(tried(1, now.plus_ms(300)).await.unwrap(), Attempt::Allowed);
    for _ in 0..10 {
        assert_eq!(tried(4, now).await.unwrap(), Attempt::Allowed, "successes of an address do not add up");
        store.forgive_attempt(vec![[1; 32]], vec![[4; 32]]).await.unwrap();
    }
    for _ in 0..2 {
        tried(3, now).await.unwrap();
    }
    assert_eq!(tried(3, now.plus_ms(10_000)).await.unwrap(), Attempt::Allowed);
    assert_eq!(tried(3, now.plus_ms(10_000)).await.unwrap(), Attempt::Allowed, "forgotten after a while");
}

async fn a_wait_is_told_once_and_survives_no_clock(store: &dyn Store) {
    let now = at(NOON);
    let policy = AttemptPolicy { free: 0, first_wait_ms: 100, longest_wait_ms: 300, forget_after_ms: 10_000 };
    let tried = |keys: &[u8], at| store.count_attempt(keys.iter().map(|key| ([*key; 32], policy)).collect(), at);
    let wait = |until, is_first| Attempt::Wait { until, is_first };
    assert_eq!(tried(&[1], now).await.unwrap(), Attempt::Allowed);
    let until = now.plus_ms(100);
    assert_eq!(tried(&[1, 2], now).await.unwrap(), wait(until, true));
    for key in [2, 3, 4] {
        assert_eq!(tried(&[1, key], now).await.unwrap(), wait(until, false), "whichever account is tried besides");
    }
    assert_eq!(tried(&[1], until).await.unwrap(), Attempt::Allowed);
    assert_eq!(tried(&[1], until).await.unwrap(), wait(until.plus_ms(200), true), "a new wait");
    // The clock is put back by a day: the wait is no longer than the longest, and ends.
    let before = now.plus_ms(-24 * 60 * 60_000);
    for later in [0, 100, 299] {
        assert_eq!(tried(&[1], before.plus_ms(later)).await.unwrap(), wait(before.plus_ms(300), false));
    }
    assert_eq!(tried(&[1], before.plus_ms(300)).await.unwrap(), Attempt::Allowed);
    // A try that could not be judged is given back.
    for _ in 0..5 {
        assert_eq!(tried(&[5], now).await.unwrap(), Attempt::Allowed);
        store.forgive_attempt(Vec::new(), vec![[5; 32]]).await.unwrap();
    }
}

/// Runs each law of the contract on a store of its own.
macro_rules! contract {
    ($name:ident, $make:expr, [$($law:ident),* $(,)?]) => {
        mod $name {
            $(
                #[tokio::test]
                async fn $law() {
                    let (store, _kept) = $make.await;
                    super::$law(&*store).await;
                    store.close().await;
                }
            )*
        }
    };
}

async fn sqlite() -> (Arc<dyn Store>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Arc::new(SqliteStore::open(&folder.path().join("u.db")).await.unwrap()), folder)
}

contract!(
    on_sqlite,
    super::sqlite(),
    [
        a_code_is_added_once,
        a_former_url_stays_known,
        a_key_finds_its_visit,
        a_proof_is_stored_once_under_its_challenge,
        consents_end_as_the_sample_row_says,
        a_living_consent_is_replaced_within_its_institution,
        pages_are_ordered_complete_and_of_one_institution,
        names_are_found_by_either_beginning,
        a_receipt_finds_its_consent,
        a_choice_among_coverages_is_not_overwritten_unseen,
        an_answer_does_not_outlive_its_tablet,
        sessions_end_with_the_password,
        attempts_wait_longer_and_longer,
        a_wait_is_told_once_and_survives_no_clock,
    ]
);

#[tokio::test]
async fn people_from_before_an_update_are_found_as_well() {
    use sqlx::Connection as _;
    let (store, folder) = sqlite().await;
    let file = folder.path().join("u.db");
    let now = at(NOON);
    add_institution(&*store, STATION, "a", &server::clock::Chance::machine(), now).await;
    open(&*store, visit_to_open(1, STATION, now)).await;
    let mut proof = proof_of(1, STATION, "a", "ｼﾖｳﾀ", now);
    if let Some(person) = &mut proof.eligibility.person {
        person.name_of_other = Some("TSUSHO TARO".to_owned());
    }
    assert!(matches!(store.store_proof(proof).await.unwrap(), ProofStored::New(_)));
    store.close().await;
    // As an older version left it.
    let mut old = sqlx::SqliteConnection::connect_with(&sqlx::sqlite::SqliteConnectOptions::new().filename(&file)).await.unwrap();
    sqlx::raw_sql("UPDATE consents SET kana_key = 'x', other_key = ''; PRAGMA user_version = 0").execute(&mut old).await.unwrap();
    old.close().await.unwrap();
    let store = SqliteStore::open(&file).await.unwrap();
    for (text, total) in [("ショウタ", 1), ("tsusho", 1), ("Taro", 0), ("試験", 1)] {
        let query = ConsentQuery { name_key: server::consent::search_key(text), ..query("2024-01-17", "2024-01-17", now) };
        assert_eq!(store.search_consents(&code(STATION), &query).await.unwrap().total, total, "{text}");
    }
    store.close().await;
}

#[tokio::test]
async fn ten_thousand_consents_page_from_the_index() {
    use sqlx::{Connection as _, Row as _};
    let (store, folder) = sqlite().await;
    let now = at(NOON);
    add_institution(&*store, STATION, "a", &server::clock::Chance::machine(), now).await;
    let numbers: Vec<u32> = (0..10_000).collect();
    for chunk in numbers.chunks(500) {
        let tasks: Vec<_> = chunk
            .iter()
            .map(|number| {
                let (store, number) = (Arc::clone(&store), *number);
                tokio::spawn(async move {
                    let kana = if number % 100 == 0 { "ｱｵｷ" } else { "ｼｹﾝ" };
                    stored(&*store, number, STATION, &format!("p{number}"), kana, now.plus_ms(i64::from(number))).await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
    let last = ConsentQuery { page: 200, ..query("2024-01-17", "2024-01-17", now) };
    let hits = store.search_consents(&code(STATION), &last).await.unwrap();
    assert_eq!((hits.total, hits.rows.len(), hits.rows[49].receipt.as_str()), (10_000, 50, "R0000000"));
    let named = ConsentQuery { name_key: server::consent::search_key("あお"), ..query("2024-01-17", "2024-01-17", now) };
    assert_eq!(store.search_consents(&code(STATION), &named).await.unwrap().total, 100);

    // Quick by construction, not by the clock: neither order sorts nor reads the table to find its page.
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("u.db")).read_only(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    for (order, index) in [("consented_at DESC, id DESC", "consents_by_day"), ("expires_at, id", "consents_by_expiry")] {
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT id FROM consents INDEXED BY {index} WHERE institution = ?1 AND consented_at >= ?2 AND consented_at < ?3 \
             AND (?4 = 0 OR ?4 = CASE WHEN replaced_at IS NOT NULL THEN 3 WHEN expires_at > ?5 THEN 1 ELSE 2 END) \
             AND (?6 = '' OR replace(reference_number, '-', '') = ?6) \
             ORDER BY {order} LIMIT 50 OFFSET 9950"
        );
        let plan = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get::<String, _>("detail")).collect();
        assert!(plan[0].contains(&format!("COVERING INDEX {index}")), "{plan:?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?}");
    }
    let standing = "EXPLAIN QUERY PLAN SELECT id FROM consents INDEXED BY consents_standing WHERE institution = ?1 AND use = ?2 \
                    AND subject = ?3 AND replaced_at IS NULL ORDER BY expires_at DESC LIMIT 1";
    let plan = sqlx::query(standing).fetch_all(&mut connection).await.unwrap();
    let plan: Vec<String> = plan.iter().map(|row| row.get::<String, _>("detail")).collect();
    assert_eq!(plan.len(), 1, "{plan:?}");
    assert!(plan[0].contains("consents_standing (institution=? AND use=? AND subject=?)"), "{plan:?}");
    store.close().await;
}
