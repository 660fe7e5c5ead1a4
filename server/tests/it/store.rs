//! The contract of the store: every database passes the same suite.

use std::sync::Arc;

use server::account::LoginTry;
use server::rule::{self, consent::Chosen};
use server::store::db::{Db, Tx};
use server::store::{
    Attempt, AttemptPolicy, AuditEntry, ConsentId, ConsentQuery, NewChallenge, NewPassword, NewVisit, Opened, ProofRecord, ProofStored,
    Proved, SessionRecord, Visit, VisitId, attempt, consent,
};
use server::tenant::Tenant;
use shared::api::office::{ChosenCoverage, ListOrder, StateFilter};
use shared::api::reception::{CertificateChecks, Revocation, VisitResult};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{Choice, Choices, EndReason, expires_at};
use shared::domain::coverage::{Coverage, Eligibility, LimitCertificate, Percent, Provided, SpecificDisease, Validity};
use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};
use shared::domain::person::{Person, Sex};
use shared::domain::visit::Occasion;

use crate::kept::Kept;
use crate::world::{CLINIC, STATION, add_institution, at};

const NOON: &str = "2024-01-17T12:00:00+09:00";

/// Ids of a counter, so that their order is known.
pub(crate) fn visit_id(number: u32) -> VisitId {
    VisitId::new(UnixMs(number.into()), [0; 10])
}

pub(crate) fn consent_id(number: u32) -> ConsentId {
    ConsentId::new(UnixMs(number.into()), [0; 10])
}

pub(crate) fn code(text: &str) -> InstitutionCode {
    InstitutionCode::try_from(text).unwrap()
}

fn nonce(number: u32) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes
}

pub(crate) fn visit_to_open(number: u32, institution: &str, now: UnixMs) -> NewVisit {
    NewVisit {
        id: visit_id(number),
        tenant: server::tenant::Tenant::of_operator(&code(institution)),
        visit_kind: VisitKind::HomeVisit,
        occasion: Occasion::default(),
        key_sha256: nonce(number),
        choices: Choices::all(Choice::Agree),
        notice_version: "2026-11".to_owned(),
        language: "ja".to_owned(),
        opened_at: now,
        expires_at: now.plus_ms(30 * 60_000),
        challenge: NewChallenge { nonce: nonce(number), expires_at: now.plus_ms(5 * 60_000) },
    }
}

pub(crate) fn entry(at: UnixMs, institution: &str) -> AuditEntry {
    let (actor, action, outcome) = ("visit x".to_owned(), "reception.prove".into(), "ok".to_owned());
    AuditEntry { at, institution: Some(code(institution)), actor, action, address: None, subject: None, outcome }
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
        visit: visit_id(number),
        nonce: nonce(number),
        at: now,
        consent: consent_id(number),
        subject: subject.to_owned(),
        replaces: None,
        eligibility: Eligibility::of_insurance(Validity::Valid, now, Some(person), Vec::new()),
        check_way: CheckWay::Pin,
        medium: Medium::Card,
        proof: Some(ProofRecord { certificate: vec![1], signature: vec![2], statement: vec![3], origin_sha256: [4; 32] }),
        certificate_ends_on: None,
        result: VisitResult {
            receipt: format!("R{number:07}"),
            consented_at: now,
            expires_at: expires_at(VisitKind::HomeVisit, now, None),
            items: server::consent::outcomes(&Choices::all(Choice::Agree), None, now.jst_date()),
            eligibility: None,
            replaced_until: None,
            certificate_ends_on: None,
            checks,
            occasion: Occasion::default(),
            ended_use: None,
            changed_at: None,
        },
        audit: entry(now, institution),
    }
}

fn coverage(member_number: &str) -> Coverage {
    let provided = serde_json::json!({
        "insurer_number": "1", "insurer_name": "x", "symbol": null, "member_number": member_number, "branch_number": null,
        "card_classification": "01", "relation": null, "insured_name": null, "address": null, "post_number": null, "sex_on_back": null,
        "qualified_on": null, "disqualified_on": null, "loss_reason": null, "valid_from": null, "valid_until": null,
        "copay_ratio": serde_json::to_value(Provided::<Percent>::NotProvided).unwrap(), "is_preschool": false, "elderly": null,
        "limit": serde_json::to_value(Provided::<LimitCertificate>::NotProvided).unwrap(),
        "specific_diseases": serde_json::to_value(Provided::<Vec<SpecificDisease>>::NotProvided).unwrap(),
    });
    serde_json::from_value(provided).unwrap()
}

pub(crate) async fn open(store: &Kept, visit: NewVisit) -> Visit {
    match store.open_visit(visit).await.unwrap() {
        Opened::Visit(visit) => *visit,
        Opened::OtherChoices => panic!("other choices"),
    }
}

pub(crate) async fn stored(store: &Kept, number: u32, institution: &str, subject: &str, kana: &str, now: UnixMs) -> VisitResult {
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
        days: shared::api::office::DaysOf::Consented,
        visit_kind: None,
        name_key: String::new(),
        reference_number: String::new(),
        receipt: String::new(),
        state: StateFilter::All,
        order: ListOrder::NewestFirst,
        cursor: None,
        rows: 50,
        now,
    }
}

async fn a_code_is_added_once(store: &Kept) {
    let random = server::random::Random::machine();
    add_institution(store, STATION, "a", &random, at(NOON)).await;
    let again = server::store::NewInstitution {
        institution: server::store::Institution::new(code(STATION), "b", ""),
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

async fn a_former_url_stays_known(store: &Kept) {
    let random = server::random::Random::machine();
    let first = add_institution(store, STATION, "a", &random, at(NOON)).await;
    let (second, third) = (ReceptionToken::from_random([2; 32]), ReceptionToken::from_random([3; 32]));
    let change = |present: &ReceptionToken, next: &ReceptionToken| {
        store.change_reception_url(VisitKind::HomeVisit, present.clone(), next.clone(), entry(at(NOON), STATION))
    };
    assert_eq!(change(&first, &second).await.unwrap().unwrap().former_urls, 1);
    assert_eq!(change(&first, &third).await.unwrap(), None, "not the current one");
    let page = |token: &ReceptionToken| store.reception_page(server::sha256(token.as_str().as_bytes()));
    assert!(!page(&first).await.unwrap().unwrap().is_current);
    assert!(page(&second).await.unwrap().unwrap().is_current);
    assert_eq!(page(&third).await.unwrap(), None);
}

async fn a_key_finds_its_visit(store: &Kept) {
    add_institution(store, STATION, "a", &server::random::Random::machine(), at(NOON)).await;
    add_institution(store, CLINIC, "b", &server::random::Random::machine(), at(NOON)).await;
    let first = open(store, visit_to_open(1, STATION, at(NOON))).await;
    let again = NewVisit {
        id: visit_id(2),
        challenge: NewChallenge { nonce: [9; 32], expires_at: at(NOON) },
        ..visit_to_open(1, STATION, at(NOON))
    };
    let found = open(store, again.clone()).await;
    assert_eq!((found.id.clone(), found.challenge.nonce), (first.id, [9; 32]));
    let other_choices =
        NewVisit { choices: Choices::all(Choice::Refuse), challenge: NewChallenge { nonce: [8; 32], expires_at: at(NOON) }, ..again };
    assert!(matches!(store.open_visit(other_choices).await.unwrap(), Opened::OtherChoices));
    assert_eq!(store.visit(&found.id).await.unwrap().unwrap().challenge.nonce, [9; 32], "a refusal changes nothing");
    let other_institution = NewVisit { id: visit_id(3), ..visit_to_open(1, CLINIC, at(NOON)) };
    assert_eq!(open(store, other_institution).await.id, visit_id(3), "a key belongs to its institution");
}

async fn a_proof_is_stored_once_under_its_challenge(store: &Kept) {
    let now = at(NOON);
    add_institution(store, STATION, "a", &server::random::Random::machine(), now).await;
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
    let other = ProofRecord { signature: vec![9], ..renewed.proof.clone().unwrap() };
    let outrun = store.store_proof(Proved { proof: Some(other), ..renewed.clone() }).await.unwrap();
    assert!(matches!(outrun, ProofStored::DoneOtherwise), "another proof came first: {outrun:?}");
    assert!(store.visit(&visit.id).await.unwrap().unwrap().is_challenge_used);
    assert!(!store.renew_challenge(visit.id.clone(), NewChallenge { nonce: [6; 32], expires_at: now }).await.unwrap());
    store.leave_visit(visit.id.clone(), now).await.unwrap();
    assert!(matches!(store.store_proof(renewed).await.unwrap(), ProofStored::Over));
    assert_eq!(store.visit(&visit.id).await.unwrap().unwrap().result, None, "the answer is forgotten");
    assert_eq!(store.search_consents(&code(STATION), &query("2024-01-17", "2024-01-17", now)).await.unwrap().total, 1);
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap().len(), 1);
}

async fn consents_end_as_the_sample_row_says(store: &Kept) {
    // N108 at store level: given 2024-01-17, living through 2024-04-30 23:59.
    let now = at("2024-01-17T10:15:00+09:00");
    add_institution(store, STATION, "a", &server::random::Random::machine(), now).await;
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

async fn a_living_consent_is_replaced_within_its_institution(store: &Kept) {
    let now = at(NOON);
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), now).await;
    }
    let first = stored(store, 1, STATION, "ichiro", "ｱ", now).await;
    assert_eq!(stored(store, 2, STATION, "hanako", "ｱ", now).await.replaced_until, None);
    assert_eq!(stored(store, 3, CLINIC, "ichiro", "ｱ", now).await.replaced_until, None, "another institution");
    // Not before it is named: then nothing is written, and the challenge serves on.
    let later = now.plus_ms(1);
    let visit = open(store, visit_to_open(4, STATION, later)).await.id;
    let unnamed = proof_of(4, STATION, "ichiro", "ｱ", later);
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
    let replaced = store.consent(&code(STATION), &consent_id(1)).await.unwrap().unwrap();
    assert_eq!(replaced.replaced_at, Some(now.plus_ms(1)));
    let after = first.expires_at.plus_ms(60_000);
    assert_eq!(stored(store, 5, STATION, "ichiro", "ｱ", after).await.replaced_until, None, "it ended by itself");
}

async fn pages_are_ordered_complete_and_of_one_institution(store: &Kept) {
    let now = at(NOON);
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), now).await;
    }
    for number in 0..60_u32 {
        let institution = if number % 3 == 0 { CLINIC } else { STATION };
        // Two of each minute, so that equal times need the second order.
        stored(store, number, institution, &format!("p{number}"), "ﾀﾒｼ", now.plus_ms(i64::from(number / 2) * 60_000)).await;
    }
    for order in [ListOrder::NewestFirst, ListOrder::ExpiryFirst] {
        let (mut seen, mut cursors) = (Vec::new(), vec![None]);
        while let Some(cursor) = cursors.last().filter(|_| cursors.len() < 9).cloned() {
            let query = ConsentQuery { cursor, order, rows: 7, ..query("2024-01-17", "2024-01-17", now) };
            let hits = store.search_consents(&code(STATION), &query).await.unwrap();
            assert_eq!((hits.total, hits.is_total_more, hits.ahead), (40, false, u32::try_from(seen.len()).unwrap()));
            assert_eq!(hits.previous.is_some(), !seen.is_empty());
            seen.extend(hits.rows.into_iter().map(|row| (row.consented_at, row.expires_at, row.id)));
            match hits.next {
                Some(next) => cursors.push(Some(next)),
                None => break,
            }
        }
        assert_eq!((seen.len(), cursors.len()), (40, 6));
        match order {
            ListOrder::NewestFirst => assert!(seen.is_sorted_by(|one, next| (one.0, &one.2) > (next.0, &next.2)), "each once"),
            ListOrder::ExpiryFirst => assert!(seen.is_sorted_by(|one, next| (one.1, &one.2) < (next.1, &next.2)), "each once"),
        }
        assert_eq!(store.consent(&code(CLINIC), &seen[0].2).await.unwrap(), None, "not there for another institution");
        // And back again: the same pages, the first of them without a cursor.
        let last = ConsentQuery { cursor: cursors[5].clone(), order, rows: 7, ..query("2024-01-17", "2024-01-17", now) };
        let mut hits = store.search_consents(&code(STATION), &last).await.unwrap();
        for page in (0..5).rev() {
            let back = ConsentQuery { cursor: hits.previous, ..last.clone() };
            hits = store.search_consents(&code(STATION), &back).await.unwrap();
            let ids: Vec<_> = hits.rows.iter().map(|row| &row.id).collect();
            assert!(ids.into_iter().eq(seen[page * 7..page * 7 + 7].iter().map(|row| &row.2)), "page {page}");
            assert_eq!((hits.ahead, hits.next.is_some()), (u32::try_from(page * 7).unwrap(), true));
        }
        assert_eq!(hits.previous, None);
    }
}

fn is_withdrawn(row: &server::store::ConsentRecord) -> bool {
    matches!(row.ended_why, Some(EndReason::Institution | EndReason::Patient))
}

/// Whatever way a search goes: the same rows as a plain walk over all of them.
async fn every_condition_finds_what_it_says(store: &Kept) {
    let now = at(NOON);
    add_institution(store, STATION, "a", &server::random::Random::machine(), now).await;
    let kanas = ["ｻﾄｳ ｱｲ", "ｻｻｷ ｹﾝ", "ｽｽﾞｷ ｱｲ", "ﾀﾅｶ ｹﾝ"];
    let mut all = Vec::new();
    for number in 0..48_u32 {
        // Each person comes twice, so the first consent of each is replaced.
        let (person, day) = (number % 24, i64::from(number) * 5);
        let then = now.plus_ms(day * 86_400_000);
        open(store, visit_to_open(number, STATION, then)).await;
        let kana = kanas[usize::try_from(person % 4).unwrap()];
        let mut proof = proof_of(number, STATION, &format!("p{person}"), kana, then);
        if let Some(named) = proof.eligibility.person.as_mut().filter(|_| person % 8 == 0) {
            named.name_of_other = Some("サトウ　アイ".to_owned());
        }
        let replaces = (number >= 24).then(|| consent_id(number - 24));
        match store.store_proof(proof.clone()).await.unwrap() {
            ProofStored::New(_) => {}
            ProofStored::Asks(_) => drop(newly(store.store_proof(Proved { replaces, ..proof }).await.unwrap())),
            other => panic!("{other:?}"),
        }
        all.push(store.consent(&code(STATION), &consent_id(number)).await.unwrap().unwrap());
    }
    let today = now.plus_ms(200 * 86_400_000);
    // Some were ended by hand: no replacement.
    for (number, why) in [(25_u32, EndReason::Patient), (30, EndReason::Institution), (47, EndReason::Patient), (46, EndReason::OtherUse)] {
        let end =
            move |tx: &mut Tx<'_>| server::store::change::end(tx, &Tenant::of_operator(&code(STATION)), &consent_id(number), why, today);
        store.0.write(end).await.unwrap();
    }
    for (number, row) in all.iter_mut().enumerate() {
        *row = store.consent(&code(STATION), &consent_id(u32::try_from(number).unwrap())).await.unwrap().unwrap();
    }
    let mut found = 0;
    for (from, to) in [("2024-01-01", "2025-12-31"), ("2024-02-01", "2024-06-30")] {
        for name in ["", "サ", "サトウ", "す", "試験", "ナ"] {
            for state in [StateFilter::All, StateFilter::Living, StateFilter::Expired, StateFilter::Replaced, StateFilter::Withdrawn] {
                for order in [ListOrder::NewestFirst, ListOrder::ExpiryFirst] {
                    let name_key = server::consent::search_key(name);
                    let query = ConsentQuery { name_key: name_key.clone(), state, order, ..query(from, to, today) };
                    let keys = |row: &server::store::ConsentRecord| {
                        let person = row.person().unwrap();
                        [Some(&person.name), Some(&person.name_kana), person.name_of_other.as_ref()]
                            .into_iter()
                            .flatten()
                            .any(|text| server::consent::search_key(text).starts_with(&name_key))
                    };
                    let mut expected: Vec<_> = all
                        .iter()
                        .filter(|row| (query.from..=query.to).contains(&row.consented_at.jst_date()) && keys(row))
                        .filter(|row| {
                            let is_living = shared::domain::consent::is_living(today, row.expires_at);
                            match state {
                                StateFilter::All => true,
                                StateFilter::Living => row.replaced_at.is_none() && is_living,
                                StateFilter::Expired => row.replaced_at.is_none() && !is_living,
                                StateFilter::Replaced => row.replaced_at.is_some() && !is_withdrawn(row),
                                StateFilter::Withdrawn => is_withdrawn(row),
                            }
                        })
                        .collect();
                    match order {
                        ListOrder::NewestFirst => expected.sort_by_key(|row| std::cmp::Reverse((row.consented_at, row.id.clone()))),
                        ListOrder::ExpiryFirst => expected.sort_by_key(|row| (row.expires_at, row.id.clone())),
                    }
                    let hits = store.search_consents(&code(STATION), &query).await.unwrap();
                    let ids: Vec<_> = hits.rows.iter().map(|row| &row.id).collect();
                    let expected: Vec<_> = expected.iter().map(|row| &row.id).collect();
                    assert_eq!(ids, expected, "{from} {name} {state:?} {order:?}");
                    assert_eq!(usize::try_from(hits.total).unwrap(), expected.len());
                    found += expected.len();
                }
            }
        }
    }
    assert!(found > 400, "{found}: the conditions must find something");
}

async fn a_damaged_row_is_counted_and_hides_no_other(store: &Kept) {
    let now = at(NOON);
    add_institution(store, STATION, "a", &server::random::Random::machine(), now).await;
    for number in 0..9 {
        stored(store, number, STATION, &format!("p{number}"), "ｼｶｸ", now.plus_ms(i64::from(number))).await;
    }
    let spoil = |sql: &'static str, number: u32| {
        let id = consent_id(number);
        store.0.write(move |tx| tx.execute(sql, &[(&id).into()]))
    };
    for (number, sql) in [
        (1, "UPDATE results SET eligibility = '{}' WHERE consent = $1"),
        (2, "UPDATE consents SET use = 250 WHERE id = $1"),
        (3, "UPDATE consents SET items = 'AAAAA?' WHERE id = $1"),
        (4, "UPDATE consents SET check_way = 'by_magic' WHERE id = $1"),
        (8, "UPDATE consents SET medium = 'watch' WHERE id = $1"),
    ] {
        assert_eq!(spoil(sql, number).await.unwrap(), 1);
    }
    let all = ConsentQuery { rows: 5, ..query("2024-01-17", "2024-01-17", now) };
    let first = store.search_consents(&code(STATION), &all).await.unwrap();
    assert_eq!((first.total, first.rows.len(), first.damaged), (9, 3, 2));
    let second = store.search_consents(&code(STATION), &ConsentQuery { cursor: first.next, ..all }).await.unwrap();
    assert_eq!((second.ahead, second.rows.len(), second.damaged, second.next), (5, 1, 3, None));
    assert!(store.consent(&code(STATION), &consent_id(1)).await.is_err(), "asked for by itself it is an error");
}

async fn a_consent_without_a_signature_is_kept_as_such(store: &Kept) {
    let now = at(NOON);
    add_institution(store, STATION, "a", &server::random::Random::machine(), now).await;
    for (number, check_way, medium) in [(1, CheckWay::Visual, Medium::Card), (2, CheckWay::Paper, Medium::Paper)] {
        open(store, visit_to_open(number, STATION, now)).await;
        let unsigned = Proved { check_way, medium, proof: None, ..proof_of(number, STATION, &format!("p{number}"), "ｼｶｸ", now) };
        newly(store.store_proof(unsigned).await.unwrap());
        let kept = store.consent(&code(STATION), &consent_id(number)).await.unwrap().unwrap();
        assert_eq!((kept.check_way, kept.medium, kept.checks), (check_way, medium, None));
    }
    stored(store, 3, STATION, "p3", "ｼｶｸ", now).await;
    let hits = store.search_consents(&code(STATION), &query("2024-01-17", "2024-01-17", now)).await.unwrap();
    let checks: Vec<_> = hits.rows.iter().map(|row| row.checks.is_some()).collect();
    assert_eq!(checks, [true, false, false], "listed with the others; only the card's own has been checked");
}

async fn a_receipt_finds_its_consent(store: &Kept) {
    let now = at(NOON);
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), now).await;
    }
    stored(store, 1, STATION, "a", "ｼｶｸ", now).await;
    stored(store, 2, STATION, "b", "ｼｶｸ", now).await;
    stored(store, 3, CLINIC, "c", "ｼｶｸ", now).await;
    for (receipt, total) in [("R0000001", 1), ("R0000003", 0), ("R000000", 0), ("", 2)] {
        let query = ConsentQuery { receipt: receipt.to_owned(), ..query("2024-01-17", "2024-01-17", now) };
        assert_eq!(store.search_consents(&code(STATION), &query).await.unwrap().total, total, "{receipt}");
    }
    for (name, total) in [("シカク", 1), ("ハナコ", 0)] {
        let name_key = server::consent::search_key(name);
        let query = ConsentQuery { receipt: "R0000001".to_owned(), name_key, ..query("2024-01-17", "2024-01-17", now) };
        assert_eq!(store.search_consents(&code(STATION), &query).await.unwrap().total, total, "both conditions count: {name}");
    }
}

async fn a_choice_among_coverages_is_not_overwritten_unseen(store: &Kept) {
    let now = at(NOON);
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), now).await;
    }
    open(store, visit_to_open(1, STATION, now)).await;
    let mut proof = proof_of(1, STATION, "a", "ｼｶｸ", now);
    proof.eligibility.validity = Validity::Several;
    proof.eligibility.coverages = vec![coverage("1"), coverage("2")];
    newly(store.store_proof(proof).await.unwrap());
    stored(store, 2, STATION, "b", "ｼｶｸ", now).await;
    let choose = async |institution: &str, number: u32, coverage: u32, shown: Option<u32>| {
        let choice = ChosenCoverage { coverage, at: now, by: UserId::try_from("kanri1").unwrap() };
        store.choose_coverage(code(institution), consent_id(number), choice, shown, entry(now, institution)).await.unwrap()
    };
    let rows = store.audit_of(&code(STATION)).await.unwrap().len();
    assert!(matches!(choose(CLINIC, 1, 1, None).await, Chosen::NotThere), "not there for another institution");
    assert!(matches!(choose(STATION, 1, 2, None).await, Chosen::NotOffered));
    assert!(matches!(choose(STATION, 2, 0, None).await, Chosen::NotOffered), "nothing to choose there");
    assert!(matches!(choose(STATION, 1, 1, Some(0)).await, Chosen::ChangedMeanwhile), "nothing was chosen yet");
    assert!(matches!(choose(STATION, 1, 1, None).await, Chosen::Kept(_)));
    assert!(matches!(choose(STATION, 1, 1, None).await, Chosen::Kept(_)), "sent again");
    assert!(matches!(choose(STATION, 1, 0, None).await, Chosen::ChangedMeanwhile), "someone chose meanwhile");
    assert!(matches!(choose(STATION, 1, 0, Some(1)).await, Chosen::Kept(_)));
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap().len(), rows + 2, "one row a choice");
    let kept = store.consent(&code(STATION), &consent_id(1)).await.unwrap().unwrap();
    assert_eq!(kept.chosen.map(|chosen| (chosen.coverage, chosen.at)), Some((0, now)));
    assert_eq!(kept.eligibility.validity, Validity::Several, "what the register answered stays");
}

async fn an_answer_does_not_outlive_its_tablet(store: &Kept) {
    let now = at(NOON);
    add_institution(store, STATION, "a", &server::random::Random::machine(), now).await;
    stored(store, 1, STATION, "a", "ｼｶｸ", now).await;
    stored(store, 2, STATION, "b", "ｼｶｸ", now.plus_ms(1)).await;
    open(store, visit_to_open(3, STATION, now)).await;
    let kept = async |number: u32| store.visit(&visit_id(number)).await.unwrap().unwrap().result.is_some();
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

async fn names_are_found_by_either_beginning(store: &Kept) {
    let now = at(NOON);
    add_institution(store, STATION, "a", &server::random::Random::machine(), now).await;
    stored(store, 1, STATION, "a", "ｼｶｸ ｲﾁﾛｳ", now).await;
    stored(store, 2, STATION, "b", "ｼｶﾞ ｼﾞﾛｳ", now).await;
    for (text, total) in [("シカ", 1), ("しが", 1), ("シ", 2), ("試験 1", 1), ("試験", 2), ("イチロウ", 0), ("\u{10FFFF}", 0)]
    {
        let query = ConsentQuery { name_key: server::consent::search_key(text), ..query("2024-01-17", "2024-01-17", now) };
        assert_eq!(store.search_consents(&code(STATION), &query).await.unwrap().total, total, "{text}");
    }
}

async fn sessions_end_with_the_password(store: &Kept) {
    let now = at(NOON);
    add_institution(store, STATION, "a", &server::random::Random::machine(), now).await;
    let session = |byte: u8, user: &str| SessionRecord {
        id_sha256: [byte; 32],
        institution: code(STATION),
        user: UserId::try_from(user).unwrap(),
        opened_at: now,
        seen_at: now,
        ends_at: now.plus_ms(1000),
        address: None,
        locked_at: None,
        proved_at: now,
        device: None,
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

async fn attempts_wait_longer_and_longer(store: &Kept) {
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

async fn a_wait_is_told_once_and_survives_no_clock(store: &Kept) {
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

async fn a_place_where_the_account_logged_in_has_tries_of_its_own(store: &Kept) {
    let now = at(NOON);
    let try_from = |address: &str, browser: Option<u8>| {
        let (code, user) = (code(STATION), UserId::try_from("kanri1").unwrap());
        LoginTry::new(&code, &user, address.parse().unwrap(), browser.map(|byte| [byte; 32]))
    };
    let count = async |of: LoginTry| store.0.write(move |tx| rule::attempt::count_login(tx, &of, now)).await.unwrap();
    let of = try_from("10.0.0.1", None);
    let counted = count(of.clone()).await;
    store.0.write(move |tx| rule::attempt::succeed(tx, &of, &counted, &[1; 32], now)).await.unwrap();
    for number in 0..40 {
        count(try_from(&format!("192.0.2.{number}"), None)).await;
    }
    for (address, browser, is_let_in) in [("10.0.0.1", None, true), ("10.9.9.9", Some(1), true), ("10.9.9.9", Some(2), false)] {
        let attempt = count(try_from(address, browser)).await.attempt;
        assert_eq!(attempt == Attempt::Allowed, is_let_in, "{address} {browser:?}");
    }
    // Each of them waits by itself after failures of its own.
    for _ in 0..6 {
        count(try_from("10.9.9.9", Some(1))).await;
    }
    assert!(matches!(count(try_from("10.8.8.8", Some(1))).await.attempt, Attempt::Wait { .. }), "also from elsewhere");
    assert_eq!(count(try_from("10.0.0.1", None)).await.attempt, Attempt::Allowed);
    // Forgotten places are as new as any other.
    store.0.write(move |tx| attempt::forget_places(tx, now)).await.unwrap();
    assert!(matches!(count(try_from("10.0.0.1", None)).await.attempt, Attempt::Allowed), "its counter of steps is another one");
    assert!(matches!(count(try_from("10.7.7.7", Some(1))).await.attempt, Attempt::Wait { .. }));
}

/// Runs each law of the contract on a store of its own.
macro_rules! contract {
    ($name:ident, $make:expr, [$($law:ident),* $(,)?]) => {
        mod $name {
            $(
                #[tokio::test]
                async fn $law() {
                    let (store, _kept) = $make.await;
                    super::$law(&store).await;
                    store.close().await;
                }
            )*
        }
    };
}

pub(crate) async fn sqlite() -> (Kept, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Kept(Arc::new(Db::open_file(&folder.path().join("u.db")).unwrap())), folder)
}

pub(crate) async fn postgres() -> (Kept, String) {
    let url = crate::postgres::fresh_url();
    (Kept(Arc::new(crate::postgres::connect(&url))), url)
}

/// Makes a test of each law for either database: a law takes `&Kept`, which is empty.
macro_rules! on_both {
    ($($law:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $law() {
                let (store, _folder) = crate::store::sqlite().await;
                super::$law(&store).await;
                store.close().await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $law() {
                let (store, _url) = crate::store::postgres().await;
                super::$law(&store).await;
                store.close().await;
            })*
        }
    };
}
pub(crate) use on_both;

macro_rules! contract_on_both {
    ($($law:ident),* $(,)?) => {
        contract!(on_sqlite, super::sqlite(), [$($law),*]);
        contract!(on_postgres, super::postgres(), [$($law),*]);
    };
}

contract_on_both!(
    a_code_is_added_once,
    a_former_url_stays_known,
    a_key_finds_its_visit,
    a_proof_is_stored_once_under_its_challenge,
    consents_end_as_the_sample_row_says,
    a_living_consent_is_replaced_within_its_institution,
    pages_are_ordered_complete_and_of_one_institution,
    every_condition_finds_what_it_says,
    a_damaged_row_is_counted_and_hides_no_other,
    a_consent_without_a_signature_is_kept_as_such,
    names_are_found_by_either_beginning,
    a_receipt_finds_its_consent,
    a_choice_among_coverages_is_not_overwritten_unseen,
    an_answer_does_not_outlive_its_tablet,
    sessions_end_with_the_password,
    attempts_wait_longer_and_longer,
    a_place_where_the_account_logged_in_has_tries_of_its_own,
    a_wait_is_told_once_and_survives_no_clock,
    a_rule_that_panics_has_written_nothing_and_the_next_one_runs,
    a_rule_that_goes_on_after_an_error_is_not_called_done,
);

/// Two servers on one database.
async fn two_servers() -> (Kept, Kept, String) {
    let (one, url) = postgres().await;
    (one, Kept(Arc::new(crate::postgres::connect(&url))), url)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_opened_on_one_server_is_proved_on_another() {
    let (one, other, _) = two_servers().await;
    let now = at(NOON);
    let token = add_institution(&one, STATION, "a", &server::random::Random::machine(), now).await;
    open(&one, visit_to_open(1, STATION, now)).await;
    newly(other.store_proof(proof_of(1, STATION, "ichiro", "ｱ", now)).await.unwrap());
    let before = one.store_proof(proof_of(1, STATION, "ichiro", "ｱ", now)).await.unwrap();
    assert!(matches!(before, ProofStored::Before(_)), "and answered again by the first");
    let hash = server::sha256(token.as_str().as_bytes());
    assert!(other.reception_page(hash).await.unwrap().unwrap().is_current);
    let next = ReceptionToken::from_random([5; 32]);
    one.change_reception_url(VisitKind::HomeVisit, token, next, entry(now, STATION)).await.unwrap().unwrap();
    assert!(!other.reception_page(hash).await.unwrap().unwrap().is_current, "a change counts everywhere at once");
    let key = |kept: &Kept, fresh: u8| {
        let db = Arc::clone(&kept.0);
        async move { db.write(move |tx| server::store::deployment::shared_key(tx, "visit", &[fresh; 32])).await.unwrap() }
    };
    assert_eq!(key(&one, 1).await, key(&other, 2).await, "secrets are derived alike");
    one.close().await;
    other.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_proofs_on_two_servers_each_counts_once_and_none_replaces_unseen() {
    const VISITS: u32 = 24;
    let (one, other, _) = two_servers().await;
    let now = at(NOON);
    add_institution(&one, STATION, "a", &server::random::Random::machine(), now).await;
    for number in 0..VISITS {
        open(&one, visit_to_open(number, STATION, now)).await;
    }
    // Each proof twice, on both servers at once; all of the same person.
    let tries: Vec<_> = (0..2 * VISITS)
        .map(|n| {
            let server = if n % 2 == 0 { one.clone() } else { other.clone() };
            tokio::spawn(async move { server.store_proof(proof_of(n / 2, STATION, "ichiro", "ｱ", now)).await.unwrap() })
        })
        .collect();
    let (mut new, mut asked) = (0, 0);
    for one in tries {
        match one.await.unwrap() {
            ProofStored::New(_) => new += 1,
            ProofStored::Asks(_) => asked += 1,
            ProofStored::Before(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(new, 1, "the first one stands");
    assert!(asked >= 2 * VISITS - 2, "{asked} of the others were asked");
    assert_eq!(one.search_consents(&code(STATION), &query("2024-01-17", "2024-01-17", now)).await.unwrap().total, 1);
    one.close().await;
    other.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_to_log_in_add_up_over_servers() {
    let (one, other, _) = two_servers().await;
    let policy = AttemptPolicy { free: 10, first_wait_ms: 1000, longest_wait_ms: 1000, forget_after_ms: 10_000 };
    let now = at(NOON);
    let tries: Vec<_> = (0..40)
        .map(|n| {
            let server = if n % 2 == 0 { one.clone() } else { other.clone() };
            tokio::spawn(async move { server.count_attempt(vec![([1; 32], policy)], now).await.unwrap() == Attempt::Allowed })
        })
        .collect();
    let mut allowed = 0;
    for one in tries {
        allowed += u32::from(one.await.unwrap());
    }
    assert_eq!(allowed, 11, "ten that cost nothing, and the one whose failure makes the next wait");
    one.close().await;
    other.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_to_the_database_ends_nothing() {
    let (store, url) = postgres().await;
    let now = at(NOON);
    add_institution(&store, STATION, "a", &server::random::Random::machine(), now).await;
    for number in 0..20 {
        crate::postgres::cut_connections(&url);
        open(&store, visit_to_open(number, STATION, now)).await;
        newly(store.store_proof(proof_of(number, STATION, &format!("p{number}"), "ｱ", now)).await.unwrap());
    }
    let hits = store.search_consents(&code(STATION), &query("2024-01-17", "2024-01-17", now)).await.unwrap();
    assert_eq!(hits.total, 20);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_in_the_middle_of_a_rule_is_made_anew_and_the_rule_run_again() {
    use std::sync::atomic::{AtomicU32, Ordering};
    let (store, _) = postgres().await;
    add_institution(&store, STATION, "a", &server::random::Random::machine(), at(NOON)).await;
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let added = store.0.write(move |tx| {
        server::store::audit::add(tx, &entry(at(NOON), STATION))?;
        if counted.fetch_add(1, Ordering::SeqCst) == 0 {
            tx.row("SELECT pg_terminate_backend(pg_backend_pid()) AS ended", &[], |row| row.get::<bool>("ended"))?;
        }
        Ok(())
    });
    added.await.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap().len(), 1, "what the lost run wrote does not count");
    store.close().await;
}

async fn a_rule_that_panics_has_written_nothing_and_the_next_one_runs(store: &Kept) {
    add_institution(store, STATION, "a", &server::random::Random::machine(), at(NOON)).await;
    for _ in 0..20 {
        let written = store.0.write(|tx| -> Result<(), _> {
            server::store::audit::add(tx, &entry(at(NOON), STATION))?;
            panic!("on purpose")
        });
        assert!(matches!(written.await, Err(server::store::StoreError::Damaged("a rule panicked"))));
        let read = store.0.read(|_| -> Result<(), _> { panic!("on purpose") });
        assert!(matches!(read.await, Err(server::store::StoreError::Damaged(_))));
        assert!(store.0.search(|_| -> Result<(), _> { panic!("on purpose") }).await.is_err());
    }
    assert!(store.audit_of(&code(STATION)).await.unwrap().is_empty());
    assert!(store.institution(&code(STATION)).await.unwrap().is_some());
    open(store, visit_to_open(1, STATION, at(NOON))).await;
    let hits = store.search_consents(&code(STATION), &query("2024-01-17", "2024-01-17", at(NOON))).await.unwrap();
    assert_eq!(hits.total, 0, "searches go on, too");
}

async fn a_rule_that_goes_on_after_an_error_is_not_called_done(store: &Kept) {
    add_institution(store, STATION, "a", &server::random::Random::machine(), at(NOON)).await;
    let done = store.0.write(|tx| {
        server::store::audit::add(tx, &entry(at(NOON), STATION))?;
        let _ = tx.execute("INSERT INTO no_such_table VALUES (1)", &[]);
        Ok(())
    });
    let is_done = done.await.is_ok();
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap().len(), usize::from(is_done), "an answer means what is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_too_audit_rows_are_only_ever_added() {
    let (store, url) = postgres().await;
    let first = add_institution(&store, STATION, "a", &server::random::Random::machine(), at(NOON)).await;
    let second = ReceptionToken::from_random([2; 32]);
    store.change_reception_url(VisitKind::HomeVisit, first, second, entry(at(NOON), STATION)).await.unwrap().unwrap();
    for forbidden in ["UPDATE audit SET outcome = 'x'", "DELETE FROM audit", "TRUNCATE audit"] {
        let refused = crate::postgres::by_hand(&url, forbidden).unwrap_err();
        assert!(refused.as_db_error().unwrap().message().contains("never changed"), "{forbidden}");
    }
    assert_eq!(store.audit_of(&code(STATION)).await.unwrap(), [entry(at(NOON), STATION)]);
    store.close().await;
}

#[test]
fn what_is_said_to_a_database_elsewhere_is_not_sent_in_clear() {
    for (url, ca) in [
        ("postgres://u@db.example/uketsuke", None),
        ("postgres://u@192.0.2.1/uketsuke", None),
        ("postgres://u@localhost,db.example/uketsuke", None),
        ("postgres://u@db.example/uketsuke?sslmode=disable", None),
        ("postgres:///uketsuke?hostaddr=192.0.2.1", None),
        ("postgres://localhost/uketsuke?hostaddr=192.0.2.1", None),
        ("host=localhost dbname=uketsuke", None),
        ("postgres://u@db.example/uketsuke", Some("no certificate")),
        ("mysql://u@localhost/uketsuke", None),
    ] {
        let refused = Db::connect(url, ca).err().unwrap_or_else(|| panic!("{url} was used"));
        assert!(matches!(refused, server::store::StoreError::Address(..)), "{url}: {refused:?}");
    }
}

#[tokio::test]
async fn people_from_before_an_update_are_found_as_well() {
    let (store, folder) = sqlite().await;
    let file = folder.path().join("u.db");
    let now = at(NOON);
    add_institution(&store, STATION, "a", &server::random::Random::machine(), now).await;
    open(&store, visit_to_open(1, STATION, now)).await;
    let mut proof = proof_of(1, STATION, "a", "ｼﾖｳﾀ", now);
    if let Some(person) = &mut proof.eligibility.person {
        person.name_of_other = Some("TSUSHO TARO".to_owned());
    }
    assert!(matches!(store.store_proof(proof).await.unwrap(), ProofStored::New(_)));
    store.close().await;
    // As an older version left it.
    let old = rusqlite::Connection::open(&file).unwrap();
    old.execute_batch("UPDATE consents SET kana_key = 'x', other_key = '', reference_number = '00-12'; DELETE FROM derived").unwrap();
    drop(old);
    let store = Kept(Arc::new(Db::open_file(&file).unwrap()));
    for (text, total) in [("ショウタ", 1), ("tsusho", 1), ("Taro", 0), ("試験", 1)] {
        let query = ConsentQuery { name_key: server::consent::search_key(text), ..query("2024-01-17", "2024-01-17", now) };
        assert_eq!(store.search_consents(&code(STATION), &query).await.unwrap().total, total, "{text}");
    }
    for (number, total) in [("0012", 1), ("012", 0), ("00120", 0)] {
        let query = ConsentQuery { reference_number: number.to_owned(), ..query("2024-01-17", "2024-01-17", now) };
        assert_eq!(store.search_consents(&code(STATION), &query).await.unwrap().total, total, "{number}");
    }
    store.close().await;
}

#[tokio::test]
async fn ten_thousand_consents_page_from_the_index() {
    let (store, folder) = sqlite().await;
    let now = at(NOON);
    add_institution(&store, STATION, "a", &server::random::Random::machine(), now).await;
    let numbers: Vec<u32> = (0..10_000).collect();
    for chunk in numbers.chunks(500) {
        let tasks: Vec<_> = chunk
            .iter()
            .map(|number| {
                let (store, number) = (store.clone(), *number);
                tokio::spawn(async move {
                    let kana = if number % 100 == 0 { "ｱｵｷ" } else { "ｼｹﾝ" };
                    stored(&store, number, STATION, &format!("p{number}"), kana, now.plus_ms(i64::from(number))).await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
    let mut query_of_page = query("2024-01-17", "2024-01-17", now);
    let mut hits = store.search_consents(&code(STATION), &query_of_page).await.unwrap();
    assert_eq!((hits.total, hits.is_total_more), (10_000, false));
    for _ in 1..200 {
        query_of_page.cursor = hits.next;
        hits = store.search_consents(&code(STATION), &query_of_page).await.unwrap();
    }
    assert_eq!((hits.ahead, hits.rows.len(), hits.rows[49].receipt.as_str(), &hits.next), (9_950, 50, "R0000000", &None));
    stored(&store, 10_000, STATION, "p10000", "ｼｹﾝ", now.plus_ms(10_000)).await;
    let hits = store.search_consents(&code(STATION), &query("2024-01-17", "2024-01-17", now)).await.unwrap();
    assert_eq!((hits.total, hits.is_total_more), (10_000, true), "counted no further");
    let named = ConsentQuery { name_key: server::consent::search_key("あお"), ..query("2024-01-17", "2024-01-17", now) };
    assert_eq!(store.search_consents(&code(STATION), &named).await.unwrap().total, 100);

    // Quick by construction, not by the clock: neither order sorts nor reads the table to find its page.
    let connection = rusqlite::Connection::open_with_flags(folder.path().join("u.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    // The statements themselves are explained, as their rule runs them.
    let plan = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let (mut steps, mut rows) = (Vec::new(), statement.raw_query());
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get("detail").unwrap());
        }
        steps
    };
    let told = |sql: &&str| server::store::consent::search::statement_of_end(sql);
    let all = server::store::consent::search::STATEMENTS;
    let texts = all.iter().flat_map(|(name, texts)| texts.iter().flat_map(move |sql| [(*name, (*sql).to_owned()), (*name, told(sql))]));
    for (name, sql) in texts {
        let plan = plan(&sql);
        // Rows that a statement made itself (those of its page, a union of names) are gone through; the table never is.
        let is_made = |name: &str| plan.iter().any(|step| [format!("CO-ROUTINE {name}"), format!("MATERIALIZE {name}")].contains(step));
        for step in plan.iter().filter_map(|step| step.strip_prefix("SCAN ")) {
            assert!(step == "CONSTANT ROW" || is_made(step), "{name}, SCAN {step}: {plan:?}");
        }
        for step in plan.iter().filter(|step| step.starts_with("SEARCH")) {
            assert!(["(institution=?", "(id=?", "(consent=?"].iter().any(|key| step.contains(key)), "{name}, {step}: {plan:?}");
        }
        // Each by the index made for it, and only by that.
        let index = match name {
            "walk" | "short walk" | "short walk, named" => "consents_by_",
            "days" => "consents_by_day",
            "living" => "consents_by_expiry",
            "replaced" => "consents_replaced",
            "withdrawn" => "consents_withdrawn",
            "name" => "consents_by_name",
            "kana" => "consents_by_kana",
            "other name" => "consents_by_other_name",
            "receipt" => "consents_by_receipt",
            "reference" => "consents_by_reference",
            _ => "consents_",
        };
        assert!(plan.iter().any(|step| step.contains(index)), "{name}: {plan:?}");
        // A walk never sorts more than its one page, which comes last.
        if name.contains("walk") {
            let walk = plan.split_last().unwrap().1;
            assert!(!walk.iter().any(|step| step.contains("TEMP B-TREE")), "{name}: {plan:?}");
        }
    }
    let plan = plan(consent::STANDING);
    assert_eq!(plan.len(), 1, "{plan:?}");
    assert!(plan[0].contains("consents_standing (institution=? AND use=? AND subject=?)"), "{plan:?}");
    store.close().await;
}
