//! テスト用データセットアップ (OT-36, N066): the training institution is filled and emptied; real data are refused, whoever asks.

use axum::http::StatusCode;
use server::random::Random;
use server::rule;
use server::store::{AuditEntry, training};
use server::tenant::Tenant;
use server::training::invent;
use shared::api::Code;
use shared::api::office::{Me, SearchConsents};
use shared::api::reception::OpenPage;
use shared::api::training::{FillTraining, ResetTraining, Training, TypedInstitution};
use shared::domain::check::CheckWay;

use crate::kept::Kept;
use crate::sample::code;
use crate::store::on_both;
use crate::world::{CLINIC, STATION, World, add_institution, at, nobody};

const NOON: &str = "2026-11-20T12:00:00+09:00";

fn tenant(of: &str) -> Tenant {
    Tenant::of_operator(&code(of))
}

fn entry(of: &str) -> AuditEntry {
    AuditEntry::of_operator(at(NOON), &tenant(of), "training.fill", of)
}

pub(crate) async fn mark(store: &Kept, of: &'static str) {
    store.0.write(move |tx| server::store::institution::mark_training(tx, &tenant(of))).await.unwrap();
}

async fn fill(store: &Kept, of: &'static str) -> Option<(u64, u64)> {
    let invented = invent(&tenant(of), &Random::machine(), at(NOON), &entry(of)).unwrap();
    let filled = store.0.write(move |tx| rule::training::fill(tx, &tenant(of), &invented, &entry(of))).await.unwrap();
    filled.ok().map(|status| (status.visits, status.consents))
}

async fn it_is_filled_emptied_and_filled_again(store: &Kept) {
    add_institution(store, STATION, "研修", &Random::machine(), at(NOON)).await;
    mark(store, STATION).await;
    let first = fill(store, STATION).await.unwrap();
    assert!(first.0 >= 20 && first.0 == first.1, "{first:?}");
    assert_eq!(fill(store, STATION).await, Some(first), "in the place of what was there");
    let emptied = store.0.write(|tx| rule::training::reset(tx, &tenant(STATION), &entry(STATION))).await.unwrap().unwrap();
    assert_eq!((emptied.visits, emptied.consents, emptied.is_training), (0, 0, true));
    assert!(store.institution(&code(STATION)).await.unwrap().is_some(), "accounts and settings stay");
}

async fn real_data_are_refused_and_untouched(store: &Kept) {
    add_institution(store, STATION, "研修", &Random::machine(), at(NOON)).await;
    add_institution(store, CLINIC, "本番", &Random::machine(), at(NOON)).await;
    assert_eq!(fill(store, CLINIC).await, None);
    let refused = store.0.write(|tx| rule::training::reset(tx, &tenant(CLINIC), &entry(CLINIC))).await.unwrap();
    assert!(refused.is_err());
    // The statements themselves remove nothing of an institution that is not for training, and nothing of another one.
    mark(store, STATION).await;
    fill(store, STATION).await.unwrap();
    assert_eq!(store.0.write(|tx| training::remove_all(tx, &tenant(CLINIC))).await.unwrap(), 0);
    let (visits, _) = store.0.read(|tx| training::counts(tx, &tenant(STATION))).await.unwrap();
    assert!(visits > 0);
    assert!(store.0.write(|tx| training::remove_all(tx, &tenant(STATION))).await.unwrap() > 0, "control");
}

on_both!(it_is_filled_emptied_and_filled_again, real_data_are_refused_and_untouched);

#[tokio::test]
async fn an_admin_fills_it_on_the_screen_and_every_page_says_what_it_is() {
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let typed = |of: &str| TypedInstitution { typed_institution: of.to_owned() };
    let refused = world.call::<FillTraining>(&[], &admin, &typed(STATION)).await.unwrap_err();
    assert_eq!((refused.0, refused.1.code), (StatusCode::FORBIDDEN, Code::Forbidden), "real data");
    assert!(!world.call::<Me>(&[], &admin, &()).await.unwrap().is_training);
    mark(&world.store, STATION).await;
    assert!(world.call::<Me>(&[], &admin, &()).await.unwrap().is_training);
    assert!(world.call::<OpenPage>(&[world.token.as_str()], &nobody(), &()).await.unwrap().is_training);
    assert!(!world.call::<OpenPage>(&[world.other_token.as_str()], &nobody(), &()).await.unwrap().is_training, "control");
    assert_eq!(world.call::<FillTraining>(&[], &admin, &typed(CLINIC)).await.unwrap_err().1.code, Code::Request, "another code was typed");
    let filled = world.call::<FillTraining>(&[], &admin, &typed(STATION)).await.unwrap();
    assert!(filled.consents >= 20);
    let search = serde_json::json!({
        "consented_from": "2026-01-01", "consented_to": "2026-12-31", "name_prefix": "", "reference_number": "", "receipt": "",
        "state": "all", "order": "newest_first"
    });
    let found = world.call::<SearchConsents>(&[], &admin, &serde_json::from_value(search).unwrap()).await.unwrap();
    assert_eq!(u64::from(found.total), filled.consents);
    // No card signed any of them, and none says so.
    let id = server::store::ConsentId::parse(&found.rows[0].id).unwrap();
    let record = world.store.consent(&code(STATION), &id).await.unwrap().unwrap();
    assert!(record.checks.is_none() && record.check_way != CheckWay::Pin);
    assert_eq!(world.call::<ResetTraining>(&[], &admin, &typed(STATION)).await.unwrap().visits, 0);
    assert_eq!(world.call::<Training>(&[], &admin, &()).await.unwrap().consents, 0);
}

/// What stays in a training institution that is emptied: itself, its people, its settings and what they did in the office.
const STAYS: &[&str] = &[
    "accounts",
    "answers",
    "api_tokens",
    "applicants",
    "audit",
    "audit_chain",
    "certificate_authorities",
    "certificate_modes",
    "certificates",
    "codes",
    "desks",
    "device_passkeys",
    "devices",
    "enquiries",
    "grants",
    "houses",
    "known_places",
    "login_steps",
    "maintenance",
    "notice_reads",
    "notices",
    "operation_seen",
    "passkeys",
    "posted_texts",
    "reception_urls",
    "recovery_codes",
    "repeated_refusals",
    "restarts",
    "security_answers",
    "sessions",
    "settings",
    "setup_ticks",
    "sheets",
    "successions",
    "terms_confirmed",
    "totps",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_table_with_an_institution_is_emptied_or_stays() {
    let (store, folder) = crate::store::sqlite().await;
    let file = rusqlite::Connection::open(folder.path().join("u.db")).unwrap();
    let sql =
        "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c ON c.name = 'institution' WHERE t.type = 'table' ORDER BY 1";
    let tables = file.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<Vec<String>, _>>().unwrap();
    let emptied = || server::store::training::EMPTIED.iter().map(|(name, _)| *name);
    let mut listed: Vec<&str> = emptied().chain(STAYS.iter().copied()).collect();
    listed.sort_unstable();
    assert_eq!(tables, listed, "each once");
    store.close().await;
}
