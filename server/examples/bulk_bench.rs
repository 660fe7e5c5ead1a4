//! All results of an institution through the Web API, page by page, over 10,000 and 100,000 people: time and memory per person.
//!
//! `cargo run -p server --example bulk_bench --release [-- FOLDER]` — FOLDER decides the disk (default: the system's temporary folder).
//! Each scale has a process of its own, so that the memory of one is not the other's: resident memory at its highest, less what the
//! process had before its first page. A *person* is one result, read through the router as JSON or as a bundle of FHIR, its handing on
//! noted. Each answer is read and dropped before the next page is asked for, as a program does that writes it to its disk.

#[expect(dead_code, reason = "of the bench of the lists: it fills PostgreSQL as well")]
#[path = "search_bench/fill.rs"]
mod fill;
#[path = "search_bench/people.rs"]
mod people;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use server::accept::Limits;
use server::account::Passwords;
use server::clock::Clock;
use server::eligibility::registry::EmbeddedRegistry;
use server::identity::{Anchors, Mode};
use server::origin::Origin;
use server::random::Random;
use server::rate::{Quota, Quotas};
use server::rule;
use server::serve::Parts;
use server::store::db::Db;
use server::store::link::TokenRecord;
use server::store::{Account, Institution, NewInstitution, TokenId, link};
use server::tenant::Tenant;
use shared::api::Endpoint as _;
use shared::api::link::{BulkAsked, BulkFhir, BulkPage, BulkResults, TOKEN_PREFIX};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::institution::{InstitutionCode, ReceptionToken};
use shared::domain::link::LinkScope;
use tower::ServiceExt as _;

pub(crate) const STATION: &str = "9969900001";
pub(crate) const DAY_MS: i64 = 86_400_000;
/// Days over which the consents were given.
pub(crate) const DAYS: i64 = 365;

pub(crate) fn first_day() -> UnixMs {
    UnixMs(1_700_000_000_000)
}

pub(crate) fn last_instant() -> UnixMs {
    first_day().plus_ms(DAYS * DAY_MS)
}

#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
fn say(line: &str) {
    println!("{line}");
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [scale, path, folder] = args.as_slice() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        return runtime.block_on(one(scale.parse()?, path, Path::new(folder)));
    }
    let folder = args.first().map_or_else(std::env::temp_dir, PathBuf::from);
    say(&format!("{:<28} {:>8} {:>12} {:>14} {:>12}", "call", "people", "ms a person", "B mem a person", "MiB more"));
    for path in [BulkResults.path(), BulkFhir.path()] {
        let mut before: Option<[f64; 2]> = None;
        for scale in [10_000_u32, 100_000] {
            let child = std::process::Command::new(std::env::current_exe()?).args([&scale.to_string(), &path]).arg(&folder).output()?;
            ensure!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
            let line = String::from_utf8(child.stdout)?;
            let figures: Vec<f64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
            let [ms, bytes] = figures[..] else { anyhow::bail!("no figures: {line}") };
            let people = f64::from(scale);
            say(&format!("{path:<28} {scale:>8} {:>12.3} {:>14.0} {:>12.1}", ms / people, bytes / people, bytes / 1_048_576.0));
            if let Some([time, memory]) = before {
                say(&format!("  ten times as many: time a person × {:.2}, memory × {:.2}", ms / people / time, bytes / memory));
            }
            before = Some([ms / people, bytes]);
        }
    }
    Ok(())
}

/// One scale: prints its time in milliseconds and its memory in bytes.
async fn one(scale: u32, path: &str, folder: &Path) -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(folder)?;
    let file = folder.path().join("bulk.db");
    let db = Db::open_file(&file)?;
    let token = add_program(&db).await?;
    db.close().await;
    fill::sqlite(&file, fill::Scale { rows: scale, institutions: 1 })?;
    let router = router(folder.path(), Arc::new(Db::open_file(&file)?))?;
    let before = memory("VmRSS:")?;
    // What filling took is none of the reading's.
    std::fs::write("/proc/self/clear_refs", "5").context("the highest memory so far cannot be forgotten")?;
    let begun = Instant::now();
    let (mut people, mut after) = (0, None);
    loop {
        let asked = BulkAsked { from: None, until: None, after: after.clone(), limit: None };
        let request = Request::post(path)
            .header(header::HOST, "uketsuke.example")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        let response = router.clone().oneshot(request.body(Body::from(serde_json::to_vec(&asked)?))?).await?;
        ensure!(response.status().is_success(), "{}", response.status());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await?;
        let (found, next) = if path == BulkResults.path() { of_json(&bytes)? } else { of_fhir(&bytes)? };
        people += found;
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let ms = begun.elapsed().as_secs_f64() * 1000.0;
    ensure!(people == scale, "{people} of {scale}");
    say(&format!("{ms} {}", memory("VmHWM:")?.saturating_sub(before)));
    Ok(())
}

fn of_json(bytes: &[u8]) -> anyhow::Result<(u32, Option<String>)> {
    let page: BulkPage = serde_json::from_slice(bytes)?;
    Ok((u32::try_from(page.rows.len())?, page.next.filter(|_| page.has_more)))
}

fn of_fhir(bytes: &[u8]) -> anyhow::Result<(u32, Option<String>)> {
    let bundle: serde_json::Value = serde_json::from_slice(bytes)?;
    let kind_of = |entry: &serde_json::Value| entry.pointer("/resource/resourceType").and_then(|kind| kind.as_str()).map(str::to_owned);
    let entries = bundle.pointer("/entry").and_then(|entries| entries.as_array());
    let answers =
        entries.map(|entries| entries.iter().filter(|entry| kind_of(entry).as_deref() == Some("CoverageEligibilityResponse")).count());
    let next = bundle.pointer("/link/0/url").and_then(|url| url.as_str());
    let next = next.and_then(|url| url.strip_prefix("urn:x-uketsuke:after:"));
    Ok((u32::try_from(answers.unwrap_or_default())?, next.map(str::to_owned)))
}

/// Memory of this process, bytes.
fn memory(name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

async fn add_program(db: &Db) -> anyhow::Result<String> {
    let (code, user, at) = (InstitutionCode::try_from(STATION)?, UserId::try_from("webapi1")?, first_day());
    let account = Account {
        user: user.clone(),
        name: "Web API".to_owned(),
        kana: String::new(),
        kind: AccountKind::WebApi,
        password_hash: "-".to_owned(),
        must_change_password: false,
        valid_from: None,
        valid_until: None,
        suspended_at: None,
    };
    let institution = Institution::new(code.clone(), "ひなた訪問看護ステーション", "");
    let new = NewInstitution { institution, token: ReceptionToken::from_random([7; 32]), accounts: vec![account], at };
    ensure!(db.write(move |tx| rule::institution::add(tx, &new)).await?, "the database is not empty");
    let text = format!("{TOKEN_PREFIX}{}", "A".repeat(43));
    let hash = server::sha256(text.as_bytes());
    let token = TokenRecord {
        id: TokenId::new(at, [1; 10]),
        institution: code.clone(),
        user: user.clone(),
        name: "bench".to_owned(),
        scopes: LinkScope::ALL.to_vec(),
        made_at: at,
        made_by: user,
        expires_at: UnixMs(i64::MAX),
        last_used_at: None,
        revoked_at: None,
    };
    let tenant = Tenant::of_operator(&code);
    db.write(move |tx| link::add(tx, &tenant, &token, &hash)).await?;
    Ok(text)
}

fn router(folder: &Path, db: Arc<Db>) -> anyhow::Result<Router> {
    let (random, cards) = (Random::machine(), folder.join("cards"));
    virtual_card::make(&cards, jiff::Timestamp::now().into())?;
    let parts = Parts {
        db,
        clock: Clock::machine(),
        random: random.clone(),
        origin: Origin::parse("https://uketsuke.example")?,
        anchors: Anchors::from_pem(Mode::Demo, &[std::fs::read_to_string(cards.join("ca.pem"))?])?,
        registry: Arc::new(EmbeddedRegistry::empty()),
        medical: Arc::new(server::medical::NotConnected),
        passwords: Passwords::new(1, random.clone())?,
        visit_key: random.bytes()?,
        helper: shared::api::HelperAt { port: 35970, is_tls: false },
        is_demo: true,
        pages: None,
        former_pages: None,
        limits: Limits::default(),
        font: server::sheet::FONT.into(),
        quotas: Quotas { calls_by_token: Quota::NONE, ..Quotas::default() },
        jumps: Arc::default(),
        watch: server::watch::Watch::default(),
    };
    Ok(parts.into_router()?)
}
