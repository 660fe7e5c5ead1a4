//! Web API accounts (N005, N006): tokens from the office, results behind a cursor, one result, its file; and what is refused.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use server::export::face;
use server::rate::{Quota, Quotas};
use server::rule::link::new_results;
use server::store::{Account, ConsentId, finished, handover};
use server::tenant::Tenant;
use shared::api::account::{SuspendAccount, TypedUser};
use shared::api::audit::{AuditSearch, OutcomeFilter, SearchAudit};
use shared::api::link::{
    BulkAsked, BulkFhir, BulkPage, BulkResults, LinkConsents, LinkResult, LinkedConsents, LinkedFace, LinkedFhir, LinkedResult, ListTokens,
    NewResults, NewToken, OpenApi, Received, ResultPage, ResultReceived, ResultsAsked, RevokeToken, TOKEN_PREFIX, TokenMade,
};
use shared::api::{Code, Detail, Endpoint as _, KEY_HEADER, Refusal, SAME_PAGE_HEADER};
use shared::bytes::Base64;
use shared::domain::account::{AccountFault, AccountKind, AccountName, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::hand_over::{HandOverFault, HandOverState, HandOverWay, Misfit};
use shared::domain::link::LinkScope;

use crate::kept::Kept;
use crate::sample::code;
use crate::store::{consent_id, on_both, stored};
use crate::world::{CLINIC, ORIGIN, STATION, With, World, add_institution, at};

const PROGRAM: &str = "webapi1";

async fn ask(world: &World, token: &str, method: &str, path: &str, body: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, ORIGIN.strip_prefix("https://").unwrap())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    world.raw(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn page(world: &World, token: &str, after: Option<&str>, limit: u32) -> Result<ResultPage, Code> {
    let body = ResultsAsked { after: after.map(str::to_owned), limit: Some(limit) };
    let (status, _, bytes) = ask(world, token, "POST", &NewResults.path(), &serde_json::to_string(&body).unwrap()).await;
    if status.is_success() { Ok(serde_json::from_slice(&bytes).unwrap()) } else { Err(code_of(&bytes)) }
}

fn code_of(body: &[u8]) -> Code {
    serde_json::from_slice::<Refusal>(body).unwrap().code
}

/// The station with a Web API account.
async fn with_program(quotas: Quotas) -> (World, With) {
    let world = World::with(|parts| parts.quotas = quotas).await;
    let admin = world.login(STATION, "kanri1").await;
    let (like, _) = world.store.account(&code(STATION), &UserId::try_from("kanri1").unwrap()).await.unwrap().unwrap();
    let program = Account { user: UserId::try_from(PROGRAM).unwrap(), kind: AccountKind::WebApi, valid_until: None, ..like };
    assert!(world.store.add_account(code(STATION), program).await.unwrap());
    (world, admin)
}

/// One press at the office.
async fn make(world: &World, admin: &With, scopes: &[LinkScope], key: u8) -> TokenMade {
    press(world, admin, scopes, key).await.unwrap()
}

async fn press(world: &World, admin: &With, scopes: &[LinkScope], key: u8) -> Result<TokenMade, Refusal> {
    let new = NewToken { name: AccountName::try_from("レセコン").unwrap(), scopes: scopes.to_vec(), days: 30 };
    let path = shared::api::link::MakeToken { user: PROGRAM.into() }.path();
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header(header::HOST, ORIGIN.strip_prefix("https://").unwrap())
        .header(header::ORIGIN, ORIGIN)
        .header(SAME_PAGE_HEADER, "1")
        .header(KEY_HEADER, Base64(vec![key; 16]).to_text())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::COOKIE, admin.cookie.clone().unwrap());
    let (status, _, bytes) = world.raw(request.body(Body::from(serde_json::to_vec(&new).unwrap())).unwrap()).await;
    if status.is_success() { Ok(serde_json::from_slice(&bytes).unwrap()) } else { Err(serde_json::from_slice(&bytes).unwrap()) }
}

#[tokio::test]
async fn n005_a_token_is_said_once_lives_beside_the_next_one_and_ends_at_once() {
    let (world, admin) = with_program(Quotas::default()).await;
    let made = make(&world, &admin, &LinkScope::ALL, 1).await;
    let first = made.token.unwrap();
    assert!(first.starts_with(TOKEN_PREFIX));
    assert!(make(&world, &admin, &LinkScope::ALL, 1).await.token.is_none(), "the same press again says it no more");
    let second = make(&world, &admin, &[LinkScope::Results], 2).await.token.unwrap();
    for token in [&first, &second] {
        assert_eq!(page(&world, token, None, 10).await.unwrap().rows.len(), 0);
    }
    let listed = world.call::<ListTokens>(&[PROGRAM], &admin, &()).await.unwrap();
    assert_eq!(listed.rows.len(), 2);
    assert!(listed.rows.iter().all(|row| row.last_used_at == Some(listed.now) && row.is_living(listed.now)));
    // Rotation: the first one is ended, the second one goes on.
    let ended = world.call::<RevokeToken>(&[PROGRAM, &made.row.id], &admin, &()).await.unwrap();
    assert!(!ended.is_living(world.clock.now()));
    assert_eq!(page(&world, &first, None, 10).await.unwrap_err(), Code::Session);
    assert!(page(&world, &second, None, 10).await.is_ok());
    let typed_user = Some(PROGRAM.to_owned());
    world.call::<SuspendAccount>(&[PROGRAM], &admin, &TypedUser { typed_user }).await.unwrap();
    assert_eq!(page(&world, &second, None, 10).await.unwrap_err(), Code::Session, "a stopped account");
    let nobodys = world.call::<ListTokens>(&["ippan1"], &admin, &()).await.unwrap_err();
    assert_eq!(nobodys.1.code, Code::Forbidden, "accounts of people have no tokens");
    assert_eq!(world.audited("office.make_token").await, ["ok", "ok"]);
    assert_eq!(world.audited("office.revoke_token").await, ["ok"]);
    // On the disk stand neither of them. The name is the control.
    world.store.close().await;
    let mut disk = Vec::new();
    for file in std::fs::read_dir(world.folder()).unwrap() {
        disk.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let stands = |text: &str| disk.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(stands("レセコン") && !stands(&first) && !stands(&second));
}

#[tokio::test]
async fn a_token_ends_with_its_day() {
    let (world, admin) = with_program(Quotas::default()).await;
    let made = make(&world, &admin, &LinkScope::ALL, 1).await;
    let token = made.token.unwrap();
    world.later(made.row.expires_at.0 - world.clock.now().0 - 1);
    assert!(page(&world, &token, None, 10).await.is_ok());
    world.later(1);
    assert_eq!(page(&world, &token, None, 10).await.unwrap_err(), Code::Session);
}

#[tokio::test]
async fn a_restore_ends_every_token() {
    let (world, admin) = with_program(Quotas::default()).await;
    let token = make(&world, &admin, &LinkScope::ALL, 1).await.token.unwrap();
    assert!(page(&world, &token, None, 10).await.is_ok());
    let now = world.clock.now();
    // One that was revoked after the copy would live again.
    world.store.0.write(move |tx| server::rule::backup::restored(tx, "a copy", now)).await.unwrap();
    assert_eq!(page(&world, &token, None, 10).await.unwrap_err(), Code::Session);
}

#[tokio::test]
async fn what_leaves_is_among_what_was_handed_on_and_a_bad_row_is_not_there() {
    let (world, admin) = with_program(Quotas::default()).await;
    let token = make(&world, &admin, &LinkScope::ALL, 1).await.token.unwrap();
    for card in ["ichiro", "hanako"] {
        world.visit_of(card).await.unwrap();
        world.later(1000);
    }
    let told = page(&world, &token, None, 10).await.unwrap();
    let [first, second] = [&told.rows[0].id, &told.rows[1].id];
    let file = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    let sent = || file.query_row("SELECT count(*) FROM sent_results WHERE consent = ?1", [first], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(ask(&world, &token, "GET", &LinkedConsents { consent: first.as_str().into() }.path(), "").await.0, StatusCode::OK);
    assert_eq!(sent(), 0, "no result has left");
    assert_eq!(ask(&world, &token, "GET", &LinkedResult { consent: first.as_str().into() }.path(), "").await.0, StatusCode::OK);
    assert_eq!(sent(), 1, "noted as it leaves, whatever the program says of it later");
    world.later(1000);
    let face = |id: &str| LinkedFace { consent: id.into(), encoding: "utf-8".into() }.path();
    assert_eq!(ask(&world, &token, "GET", &face(first), "").await.0, StatusCode::OK);
    assert_eq!(sent(), 2);
    assert_eq!(file.execute("UPDATE results SET eligibility = '{' WHERE consent = ?1", [first]).unwrap(), 1);
    assert_eq!(ask(&world, &token, "GET", &face(first), "").await.0, StatusCode::NOT_FOUND, "a program goes on to the others");
    assert_eq!(ask(&world, &token, "GET", &face(second), "").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_visit_is_told_of_and_read_as_json_and_as_a_file() {
    let (world, admin) = with_program(Quotas::default()).await;
    let token = make(&world, &admin, &LinkScope::ALL, 1).await.token.unwrap();
    let result = world.visit_of("ichiro").await.unwrap();
    let told = page(&world, &token, None, 10).await.unwrap();
    assert_eq!((told.rows.len(), told.has_more), (1, false));
    let id = told.rows[0].id.clone();
    assert_eq!(told.next.as_deref(), Some(id.as_str()));
    let (_, _, bytes) = ask(&world, &token, "GET", &LinkedResult { consent: id.as_str().into() }.path(), "").await;
    let read: LinkResult = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(read.receipt, result.receipt);
    assert_eq!(read.eligibility.person, result.eligibility.clone().unwrap().person);
    let (_, _, bytes) = ask(&world, &token, "GET", &LinkedConsents { consent: id.as_str().into() }.path(), "").await;
    let consents: LinkConsents = serde_json::from_slice(&bytes).unwrap();
    assert!(!consents.items.is_empty());
    for (encoding, has_consents) in [("utf-8", true), ("shift_jis", true), ("utf-8", false)] {
        let token = if has_consents { token.clone() } else { make(&world, &admin, &[LinkScope::Results], 3).await.token.unwrap() };
        let path = LinkedFace { consent: id.as_str().into(), encoding: encoding.into() }.path();
        let (status, headers, bytes) = ask(&world, &token, "GET", &path, "").await;
        assert_eq!(status, StatusCode::OK);
        assert!(headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains("OQSsiquc01res_face_"));
        let taken = face::read(&bytes).unwrap().unwrap();
        assert_eq!(taken.check.eligibility.person, read.eligibility.person);
        assert_eq!(!taken.check.consents.is_empty(), has_consents, "{encoding}");
    }
    let path = Received { consent: id.as_str().into() }.path();
    let said = async || {
        let (status, _, bytes) = ask(&world, &token, "POST", &path, "null").await;
        assert_eq!(status, StatusCode::OK);
        serde_json::from_slice::<ResultReceived>(&bytes).unwrap()
    };
    let first = said().await;
    world.later(60_000);
    assert_eq!((said().await, &first.id), (first.clone(), &id), "said again, it changes nothing");
    let (tenant, of) = (Tenant::of_operator(&code(STATION)), ConsentId::parse(&id).unwrap());
    let ways = world.store.0.read(move |tx| handover::of(tx, &tenant, &of)).await.unwrap();
    let ways: Vec<_> = ways.iter().map(|one| (one.way, one.state, one.at)).collect();
    assert_eq!(ways, [(HandOverWay::Api, HandOverState::Received, first.received_at)], "the office sees it");
    let path = LinkedFace { consent: id.as_str().into(), encoding: "utf-16".into() }.path();
    assert_eq!(ask(&world, &token, "GET", &path, "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(world.audited("link.result").await, ["ok"]);
    assert_eq!(world.audited("link.face").await, ["ok"; 3]);
    assert!(page(&world, &token, Some("AAAAAAAAAAAAAAAAAAAAAA"), 10).await.is_err(), "an unknown place");
    for limit in [0, 101] {
        assert_eq!(page(&world, &token, None, limit).await.unwrap_err(), Code::Request);
    }
}

#[tokio::test]
async fn a_visit_is_read_as_fhir_and_its_consents_only_by_who_may() {
    let (world, admin) = with_program(Quotas::default()).await;
    let token = make(&world, &admin, &LinkScope::ALL, 1).await.token.unwrap();
    let few = make(&world, &admin, &[LinkScope::Results], 2).await.token.unwrap();
    let result = world.visit_of("ichiro").await.unwrap();
    let id = page(&world, &token, None, 10).await.unwrap().rows[0].id.clone();
    let path = LinkedFhir { consent: id.as_str().into() }.path();
    let bundle = async |token: &str| {
        let (status, headers, bytes) = ask(&world, token, "GET", &path, "").await;
        assert_eq!((status, headers[header::CONTENT_TYPE].to_str().unwrap()), (StatusCode::OK, "application/fhir+json"));
        serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()
    };
    let kinds = |bundle: &serde_json::Value| -> Vec<String> {
        let entries = bundle["entry"].as_array().unwrap().iter();
        entries.map(|entry| entry["resource"]["resourceType"].as_str().unwrap().to_owned()).collect()
    };
    let whole = bundle(&token).await;
    let wanted = ["Organization", "Patient", "Coverage", "Consent", "CoverageEligibilityResponse", "Provenance"];
    assert_eq!(kinds(&whole), wanted);
    let part = bundle(&few).await;
    assert_eq!(kinds(&part), wanted.into_iter().filter(|kind| *kind != "Consent").collect::<Vec<_>>());
    let person = result.eligibility.unwrap().person.unwrap();
    assert_eq!(whole["entry"][1]["resource"]["name"][0]["text"], person.name.replace('\u{3000}', " "));
    world.later(60_000);
    assert_eq!(bundle(&token).await, whole, "the same on every fetch");
    assert_eq!(world.audited("link.fhir").await, ["ok"; 3]);
    let file = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    let sent: i64 = file.query_row("SELECT count(*) FROM sent_results WHERE consent = ?1", [&id], |row| row.get(0)).unwrap();
    assert!(sent > 0, "among what was handed on");
    let missing = LinkedFhir { consent: "AAAAAAAAAAAAAAAAAAAAAA".into() }.path();
    assert_eq!(ask(&world, &token, "GET", &missing, "").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_account_has_ten_living_tokens_and_the_next_one_is_refused_with_its_reason() {
    let (world, admin) = with_program(Quotas::default()).await;
    let first = make(&world, &admin, &LinkScope::ALL, 1).await;
    for key in 2..=10 {
        make(&world, &admin, &LinkScope::ALL, key).await;
    }
    let refused = press(&world, &admin, &LinkScope::ALL, 11).await.err().unwrap();
    assert_eq!((refused.code, refused.detail), (Code::Account, Some(Detail::Account(AccountFault::Tokens))));
    // One that ended counts no more.
    world.call::<RevokeToken>(&[PROGRAM, &first.row.id], &admin, &()).await.unwrap();
    assert!(make(&world, &admin, &LinkScope::ALL, 11).await.token.is_some());
}

#[tokio::test]
async fn what_shift_jis_lacks_is_named_and_the_record_names_the_token() {
    let (world, admin) = with_program(Quotas::default()).await;
    let made = make(&world, &admin, &LinkScope::ALL, 1).await;
    let token = made.token.unwrap();
    world.visit_of("ichiro").await.unwrap();
    crate::export::change_name(&world, "資格　一郎", "𠮷田　一郎");
    let id = page(&world, &token, None, 10).await.unwrap().rows[0].id.clone();
    let face = |encoding: &str| LinkedFace { consent: id.as_str().into(), encoding: encoding.into() }.path();
    let (status, _, bytes) = ask(&world, &token, "GET", &face("shift_jis"), "").await;
    let refusal: Refusal = serde_json::from_slice(&bytes).unwrap();
    let misfit = |label: &str| Misfit { label: label.to_owned(), characters: "𠮷".to_owned() };
    let misfits = ["被保険者氏名(世帯主氏名)", "氏名"].map(misfit).to_vec();
    let wanted = Detail::HandOver(HandOverFault::Characters(misfits));
    assert_eq!((status, refusal.code, refusal.detail), (StatusCode::BAD_REQUEST, Code::Request, Some(wanted)));
    assert_eq!(ask(&world, &token, "GET", &face("utf-8"), "").await.0, StatusCode::OK);
    let file = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    let actor: String = file.query_row("SELECT actor FROM audit WHERE action = 'link.face'", [], |row| row.get(0)).unwrap();
    assert_eq!(actor, format!("user {PROGRAM} {}", made.row.id), "the token by its id");
    assert!(!actor.contains(&token));
    // Looked for by the account, the rows of its tokens are found; those of one whose name only begins so are not.
    let found = async |user: &str| {
        let day = world.clock.now().jst_date();
        let (user, action) = (user.to_owned(), "link.face".to_owned());
        let asked = AuditSearch { from: day, to: day, user, action, outcome: OutcomeFilter::All, after: None };
        world.call::<SearchAudit>(&[], &admin, &asked).await.unwrap().rows.len()
    };
    assert_eq!((found(PROGRAM).await, found("webapi").await), (1, 0));
}

/// Reads the results of a period page by page: their ids, those that are not there, and how many pages it took.
async fn bulk(world: &World, token: &str, asked: &BulkAsked) -> (Vec<String>, Vec<String>, usize) {
    let (mut asked, mut ids, mut absent, mut pages) = (asked.clone(), Vec::new(), Vec::new(), 0);
    loop {
        let body = serde_json::to_string(&asked).unwrap();
        let (status, _, bytes) = ask(world, token, "POST", &BulkResults.path(), &body).await;
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&bytes));
        let page: BulkPage = serde_json::from_slice(&bytes).unwrap();
        ids.extend(page.rows.into_iter().map(|row| row.id));
        absent.extend(page.absent);
        pages += 1;
        if !page.has_more {
            return (ids, absent, pages);
        }
        asked.after = page.next;
    }
}

#[tokio::test]
async fn the_results_of_a_period_come_page_by_page_as_json_and_as_fhir() {
    let (world, admin) = with_program(Quotas::default()).await;
    let token = make(&world, &admin, &LinkScope::ALL, 1).await.token.unwrap();
    let first_day = world.clock.now().jst_date();
    for card in ["ichiro", "hanako", "jiro"] {
        world.visit_of(card).await.unwrap();
        world.later(1000);
    }
    world.later(24 * 60 * 60_000);
    world.visit_of("taro").await.unwrap();
    let told: Vec<_> = page(&world, &token, None, 10).await.unwrap().rows.into_iter().map(|row| row.id).collect();
    let asked = |from, until| BulkAsked { from, until, after: None, limit: Some(2) };
    assert_eq!(bulk(&world, &token, &asked(None, None)).await, (told.clone(), Vec::new(), 2));
    assert_eq!(bulk(&world, &token, &asked(None, Some(first_day))).await, (told[..3].to_vec(), Vec::new(), 2));
    assert_eq!(bulk(&world, &token, &asked(Some(first_day.plus_days(1)), None)).await, (told[3..].to_vec(), Vec::new(), 1));
    let backwards = serde_json::to_string(&asked(Some(first_day.plus_days(1)), Some(first_day))).unwrap();
    assert_eq!(ask(&world, &token, "POST", &BulkResults.path(), &backwards).await.0, StatusCode::BAD_REQUEST);
    // One bad row is named and keeps no other back.
    let file = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    assert_eq!(file.execute("UPDATE results SET eligibility = '{' WHERE consent = ?1", [&told[1]]).unwrap(), 1);
    let rest = [&told[..1], &told[2..]].concat();
    assert_eq!(bulk(&world, &token, &asked(None, None)).await, (rest.clone(), vec![told[1].clone()], 2));
    let sent: i64 = file.query_row("SELECT count(DISTINCT consent) FROM sent_results", [], |row| row.get(0)).unwrap();
    assert_eq!(sent, 4, "all were handed on before");
    // As FHIR: the same ones, and where to go on.
    let body = serde_json::to_string(&asked(None, None)).unwrap();
    let (status, headers, bytes) = ask(&world, &token, "POST", &BulkFhir.path(), &body).await;
    assert_eq!((status, headers[header::CONTENT_TYPE].to_str().unwrap()), (StatusCode::OK, "application/fhir+json"));
    let bundle: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let patients = bundle["entry"].as_array().unwrap().iter().filter(|entry| entry["resource"]["resourceType"] == "Patient").count();
    assert_eq!((patients, bundle["link"][0]["url"].as_str()), (1, Some(&*format!("urn:x-uketsuke:after:{}", told[1]))));
}

/// The document as a schema of its parts: [`jsonschema`] looks for `#/components/schemas/…` in the whole.
fn validator(document: &serde_json::Value, schema: &serde_json::Value) -> jsonschema::Validator {
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    jsonschema::draft202012::new(&whole).unwrap()
}

#[tokio::test]
async fn every_call_of_the_document_answers_as_the_document_says() {
    let (world, admin) = with_program(Quotas::default()).await;
    let token = make(&world, &admin, &LinkScope::ALL, 1).await.token.unwrap();
    for card in ["ichiro", "hanako", "osamu", "towa"] {
        world.visit_of(card).await.unwrap();
        world.later(1000);
    }
    // Without a token: it is public.
    let (status, _, bytes) = ask(&world, "", "GET", &OpenApi.path(), "").await;
    assert_eq!(status, StatusCode::OK);
    let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let ids: Vec<_> = page(&world, &token, None, 10).await.unwrap().rows.into_iter().map(|row| row.id).collect();
    let mut played = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            for id in &ids {
                let path = path.replace("{consent}", id).replace("{encoding}", "utf-8");
                let body = operation.get("requestBody").map(|body| {
                    let schema = &body["content"]["application/json"]["schema"];
                    let (good, bad) = (serde_json::json!({ "limit": 3 }), serde_json::json!({ "limit": 3, "more": 1 }));
                    assert!(validator(&document, schema).is_valid(&good) && !validator(&document, schema).is_valid(&bad));
                    good
                });
                let body = body.map(|body| body.to_string()).unwrap_or_default();
                let (status, headers, bytes) = ask(&world, &token, &method.to_uppercase(), &path, &body).await;
                assert_eq!(status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&bytes));
                let (media_type, content) = operation["responses"]["200"]["content"].as_object().unwrap().iter().next().unwrap();
                assert!(headers[header::CONTENT_TYPE].to_str().unwrap().starts_with(media_type), "{path}");
                if media_type.ends_with("json") {
                    let mut answer: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                    let validator = validator(&document, &content["schema"]);
                    let faults: Vec<_> = validator.iter_errors(&answer).map(|fault| fault.to_string()).collect();
                    assert!(faults.is_empty(), "{path}: {faults:?}");
                    // The control: a member of another type is found, where the schema names any.
                    if content["schema"].get("$ref").is_some() {
                        for member in answer.as_object_mut().unwrap().values_mut() {
                            *member = serde_json::json!({ "other": 1 });
                        }
                        assert!(!validator.is_valid(&answer), "{path}");
                    }
                }
                played += 1;
            }
            if operation["security"].as_array().is_some_and(|security| !security.is_empty()) {
                let (_, _, bytes) = ask(&world, "uketsuke_wrong", &method.to_uppercase(), path, "null").await;
                let refused = &document["components"]["responses"]["Refusal"]["content"]["application/json"]["schema"];
                assert!(validator(&document, refused).is_valid(&serde_json::from_slice(&bytes).unwrap()), "{path}");
            }
        }
    }
    assert_eq!(played, 9 * ids.len());
}

#[tokio::test]
async fn who_asks_too_often_or_with_wrong_tokens_waits() {
    let few = Quota { burst: 3, per_minute: 6 };
    let (world, admin) = with_program(Quotas { calls_by_token: few, bad_tokens_by_address: few, ..Quotas::default() }).await;
    let one = make(&world, &admin, &LinkScope::ALL, 1).await.token.unwrap();
    let other = make(&world, &admin, &LinkScope::ALL, 2).await.token.unwrap();
    for _ in 0..3 {
        assert!(page(&world, &one, None, 1).await.is_ok());
    }
    let (status, headers, _) = ask(&world, &one, "POST", &NewResults.path(), r#"{"after":null,"limit":1}"#).await;
    assert_eq!((status, headers[header::RETRY_AFTER].to_str().unwrap()), (StatusCode::TOO_MANY_REQUESTS, "10"));
    assert!(page(&world, &other, None, 1).await.is_ok(), "each token for itself");
    world.later(10_000);
    assert!(page(&world, &one, None, 1).await.is_ok());
    for _ in 0..3 {
        assert_eq!(page(&world, "uketsuke_wrong", None, 1).await.unwrap_err(), Code::Session);
    }
    assert_eq!(page(&world, "uketsuke_wrong", None, 1).await.unwrap_err(), Code::Wait);
    assert!(page(&world, &other, None, 1).await.is_ok(), "a right one of the same address does not wait for that");
}

async fn two_institutions(store: &Kept, now: UnixMs) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), now).await;
    }
}

async fn told(store: &Kept, last: Option<ConsentId>, limit: u32, begin: UnixMs) -> Option<ResultPage> {
    let tenant = Tenant::of_operator(&code(STATION));
    store.0.write_locked(move |tx| new_results(tx, &tenant, last.as_ref(), limit, (begin, begin.plus_ms(12 * 60 * 60_000)))).await.unwrap()
}

/// Reads on from a place to the end.
async fn all(store: &Kept, mut last: Option<ConsentId>, begin: UnixMs) -> Vec<ConsentId> {
    let mut ids = Vec::new();
    loop {
        let page = told(store, last, 2, begin).await.unwrap();
        ids.extend(page.rows.iter().map(|row| ConsentId::parse(&row.id).unwrap()));
        last = page.next.as_deref().and_then(ConsentId::parse);
        if !page.has_more {
            return ids;
        }
    }
}

async fn nothing_is_skipped_or_doubled_when_an_older_one_is_stored_later(store: &Kept) {
    let noon = at("2024-01-17T12:00:00+09:00");
    two_institutions(store, noon).await;
    let begin = noon.jst_date().at_jst(0, 0);
    assert_eq!(told(store, None, 10, begin).await.unwrap(), ResultPage { rows: Vec::new(), next: None, has_more: false });
    for (number, institution, ms) in [(1, STATION, 10), (2, STATION, 30), (3, CLINIC, 20), (9, STATION, -24 * 60 * 60_000)] {
        stored(store, number, institution, &format!("p{number}"), "ｼｶｸ", noon.plus_ms(ms)).await;
    }
    let first = all(store, None, begin).await;
    assert_eq!(first, [consent_id(1), consent_id(2)], "of the own institution, since the day of the token");
    // Stored later, finished between the two.
    stored(store, 4, STATION, "p4", "ｼｶｸ", noon.plus_ms(20)).await;
    stored(store, 5, STATION, "p5", "ｼｶｸ", noon.plus_ms(40)).await;
    let further = all(store, first.last().cloned(), begin).await;
    assert_eq!(further, [consent_id(4), consent_id(5)], "and nothing of before the day of the token");
    let whole = [first, further].concat();
    assert_eq!(all(store, None, begin).await, whole, "the order stays");
    assert!(all(store, whole.last().cloned(), begin).await.is_empty());
    // The control: a place by time and id skips the one that was stored late.
    let tenant = Tenant::of_operator(&code(STATION));
    let by_time = store.0.read(move |tx| finished::after(tx, &tenant, noon.plus_ms(30), consent_id(2).as_str())).await.unwrap();
    assert!(by_time.iter().all(|(_, id)| *id != consent_id(4)));
    assert_eq!(told(store, Some(consent_id(3)), 10, begin).await, None, "another institution's place is none");
}

async fn many_askers_at_once_are_told_the_same(store: &Kept) {
    let noon = at("2024-01-17T12:00:00+09:00");
    two_institutions(store, noon).await;
    let begin = noon.jst_date().at_jst(0, 0);
    let mut askers = Vec::new();
    for number in 1..=12 {
        stored(store, number, STATION, &format!("p{number}"), "ｼｶｸ", noon.plus_ms(100 - i64::from(number))).await;
        let store = store.clone();
        askers.push(tokio::spawn(async move { all(&store, None, begin).await }));
    }
    let mut seen = Vec::new();
    for asker in askers {
        seen.push(asker.await.unwrap());
    }
    let last = all(store, None, begin).await;
    assert_eq!(last.len(), 12);
    for one in seen {
        assert_eq!(one, last[..one.len()], "what one was told of is the beginning of what the next one is told of");
    }
}

/// A clock that was three days ahead for one check, and was put right.
async fn a_clock_that_was_ahead_keeps_no_later_result_back(store: &Kept) {
    let noon = at("2024-01-17T12:00:00+09:00");
    two_institutions(store, noon).await;
    let begin = noon.jst_date().at_jst(0, 0);
    stored(store, 1, STATION, "p1", "ｼｶｸ", noon.plus_ms(3 * 24 * 60 * 60_000)).await;
    assert_eq!(all(store, None, begin).await, [consent_id(1)]);
    stored(store, 2, STATION, "p2", "ｼｶｸ", noon).await;
    assert_eq!(all(store, Some(consent_id(1)), begin).await, [consent_id(2)]);
}

on_both!(
    a_clock_that_was_ahead_keeps_no_later_result_back,
    nothing_is_skipped_or_doubled_when_an_older_one_is_stored_later,
    many_askers_at_once_are_told_the_same
);
