//! Durable visits per second of the server beside bare SQLite commits of the same rows, in one run.
//!
//! `cargo run -p server --example visits_bench --release [-- FOLDER]` — FOLDER decides the disk (default: the system's
//! temporary folder). A *visit* here is one proof through the router: right, signature, chain, period, eligibility, one commit
//! with consent, result, proof and audit row. Opening and signing are done before the clock starts. *Store alone* gives the
//! rule that stores a proof the same rows, from as many tasks. *Bare* writes the same eight statements with the same rows and the
//! same kind of ids, prepared, on one connection with the same settings, once in groups as large as the tablets that ask at
//! once, once visit by visit. Slices alternate A B B A, so that a slow minute of the machine meets all alike; the answer is the
//! median of the pairs' ratios with a bootstrap interval.

mod card;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use card::{certificate, transmit};
use rusqlite::{Connection, ToSql};
use server::accept::Limits;
use server::account::Passwords;
use server::clock::Clock;
use server::eligibility::registry::EmbeddedRegistry;
use server::eligibility::{Registry, RegistryAnswer};
use server::identity::{Anchors, Mode};
use server::origin::Origin;
use server::random::Random;
use server::rate::{Quota, Quotas};
use server::serve::Parts;
use server::store::db::Db;
use server::store::{AuditEntry, ConsentId, Institution, NewChallenge, NewInstitution, ProofRecord, ProofStored, Proved, Sha256, VisitId};
use server::tenant::Tenant;
use server::{rule, store};
use shared::api::reception::{OpenVisit, OpenVisitRequest, Proof, ProofAnswer, Prove, VisitOpened, VisitResult};
use shared::api::{Endpoint as _, VISIT_SECRET_HEADER};
use shared::bytes::Base64;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{Choice, Choices};
use shared::domain::coverage::Eligibility;
use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};
use shared::domain::month::Month;
use shared::domain::visit::Occasion;
use shared::evidence::{Operation, signed_bytes};
use tower::ServiceExt as _;
use virtual_card::{Card, CardSpec};

/// Tablets that prove at once.
const TABLETS: usize = 64;
/// Visits of a slice.
const SLICE: usize = 384;
/// Visits of a slice that commits one by one.
const SINGLE_SLICE: usize = 96;
const PAIRS: usize = 16;
const ORIGIN: &str = "https://uketsuke.example";
const STATION: &str = "9969900001";
const ADD_STATION: &str = "INSERT INTO institutions (code, name, added_at) VALUES ('9969900001', 'a', 0);
    INSERT INTO settings (institution, version, content, changed_at) VALUES ('9969900001', 1, '{}', 0)";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let base = std::env::args().nth(1).map_or_else(std::env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(&base)?;
    let bench = Bench::new(folder.path()).await?;
    let sample = Sample::of(&bench).await?;
    let store = StoreAlone::new(folder.path()).await?;
    let bare = bare_database(folder.path()).await?;
    let (mut server, mut alone, mut grouped, mut single) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        let mut prepared = Some(bench.prepare().await?);
        let mut opened = Some(store.prepare(&sample).await?);
        let order = if pair % 2 == 0 { [0, 1, 2, 3] } else { [3, 2, 1, 0] };
        for turn in order {
            match turn {
                0 => server.push(rate(SLICE, bench.prove(prepared.take().context("prepared once")?).await?)),
                1 => alone.push(rate(SLICE, store.prove(opened.take().context("prepared once")?).await?)),
                2 => grouped.push(rate(SLICE, bare_slice(&bare, &sample, SLICE, TABLETS)?)),
                _ => single.push(rate(SINGLE_SLICE, bare_slice(&bare, &sample, SINGLE_SLICE, 1)?)),
            }
        }
    }
    report(&server, &alone, &grouped, &single, [bench.db.commits(), store.db.commits()]);
    bench.db.close().await;
    store.db.close().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn report(server: &[f64], alone: &[f64], grouped: &[f64], single: &[f64], [commits, alone_commits]: [u64; 2]) {
    let ratios = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(one, other)| one / other).collect::<Vec<_>>();
    println!("durable visits/s, median of {PAIRS} slices; {TABLETS} tablets at once, {SLICE} visits a slice");
    println!("  server, proof to answer      {:>8.0}", median(server));
    println!("  store alone                   {:>8.0}", median(alone));
    println!("  bare SQLite, {TABLETS} per commit    {:>8.0}", median(grouped));
    println!("  bare SQLite, 1 per commit     {:>8.0}", median(single));
    println!("commits of the server's store: {commits}, of the store alone: {alone_commits} (opening included, one by one)");
    let bars = [
        ("E_commit: store alone / bare grouped", ratios(alone, grouped)),
        ("server / bare grouped", ratios(server, grouped)),
        ("server / bare single", ratios(server, single)),
    ];
    for (bar, ratios) in bars {
        let (low, high) = interval(&ratios);
        println!(r#"{{"bar":"{bar}","value":{:.3},"n":{},"ci95":[{low:.3},{high:.3}]}}"#, median(&ratios), ratios.len());
    }
    let spread = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt() / mean
    };
    let [server, alone, grouped, single] = [server, alone, grouped, single].map(spread);
    println!("cv: server {server:.2}, store alone {alone:.2}, bare grouped {grouped:.2}, bare single {single:.2}");
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred visits")]
fn rate(visits: usize, took: Duration) -> f64 {
    visits as f64 / took.as_secs_f64()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Bootstrap interval (95 %) of the median, with a small generator of its own: the same figures give the same interval.
fn interval(values: &[f64]) -> (f64, f64) {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut pick = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let place = usize::try_from(state % values.len() as u64).unwrap_or(0);
        values.get(place).copied().unwrap_or(f64::NAN)
    };
    let mut medians: Vec<f64> = (0..2000).map(|_| median(&(0..values.len()).map(|_| pick()).collect::<Vec<_>>())).collect();
    medians.sort_by(f64::total_cmp);
    (medians.get(50).copied().unwrap_or(f64::NAN), medians.get(1949).copied().unwrap_or(f64::NAN))
}

/// A server without sockets, and a card.
struct Bench {
    router: Router,
    db: Arc<Db>,
    token: ReceptionToken,
    card: Arc<Mutex<Card>>,
    certificate: Vec<u8>,
    random: Random,
}

type Prepared = Vec<(VisitOpened, Proof)>;

impl Bench {
    async fn new(folder: &Path) -> anyhow::Result<Self> {
        let cards = folder.join("cards");
        let clock = Clock::machine();
        virtual_card::make(&cards, jiff::Timestamp::now().into())?;
        let mut card = Card::open(&cards, &"ichiro".parse::<CardSpec>()?)?;
        card.power_on();
        transmit(&mut card, &[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01])?;
        transmit(&mut card, b"\x00\x20\x00\x98\x041234")?;
        let certificate = certificate(&mut card)?;
        let random = Random::machine();
        let db = Arc::new(Db::open_file(&folder.join("server.db"))?);
        let token = ReceptionToken::from_random(random.bytes()?);
        let institution = Institution::new(InstitutionCode::try_from(STATION)?, "ひなた訪問看護ステーション", "");
        let new = NewInstitution { institution, token: token.clone(), accounts: Vec::new(), at: clock.now() };
        ensure!(db.write(move |tx| rule::institution::add(tx, &new)).await?, "a new database");
        let file = |name: &str| std::fs::read_to_string(cards.join(name));
        let router = Parts {
            db: Arc::clone(&db),
            clock,
            random: random.clone(),
            origin: Origin::parse(ORIGIN)?,
            anchors: Anchors::from_pem(Mode::Demo, &[file("ca.pem")?])?,
            registry: Arc::new(Strangers { known: EmbeddedRegistry::demo(&file("people.json")?)?, met: AtomicU64::new(0) }),
            medical: Arc::new(server::medical::NotConnected),
            passwords: Passwords::new(1, random.clone())?,
            visit_key: random.bytes()?,
            helper: shared::api::HelperAt { port: 35970, is_tls: false },
            is_demo: true,
            pages: None,
            former_pages: None,
            limits: Limits::default(),
            font: server::sheet::FONT.into(),
            quotas: Quotas { visits_by_url: Quota::NONE, visits_by_address: Quota::NONE, ..Quotas::default() },
            jumps: Arc::default(),
            watch: server::watch::Watch::default(),
        }
        .into_router()?;
        Ok(Self { router, db, token, card: Arc::new(Mutex::new(card)), certificate, random })
    }

    async fn post(router: Router, path: String, secret: Option<String>, body: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        let mut request = Request::post(path).header(header::HOST, "uketsuke.example").header(header::CONTENT_TYPE, "application/json");
        if let Some(secret) = secret {
            request = request.header(VISIT_SECRET_HEADER, secret);
        }
        let response = router.oneshot(request.body(Body::from(body))?).await?;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await?;
        ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&bytes));
        Ok(bytes.to_vec())
    }

    /// Opens the visits of a slice and has the card sign them.
    async fn prepare(&self) -> anyhow::Result<Prepared> {
        let mut prepared = Vec::with_capacity(SLICE);
        for _ in 0..SLICE {
            let request = OpenVisitRequest {
                key: Base64(self.random.bytes::<16>()?.to_vec()),
                choices: Choices::all(Choice::Agree),
                notice_version: server::visit::NOTICE_VERSION.to_owned(),
                language: "ja".to_owned(),
                occasion: Occasion::default(),
            };
            let path = OpenVisit { token: self.token.as_str().into() }.path();
            let opened = Self::post(self.router.clone(), path, None, serde_json::to_vec(&request)?).await?;
            let visit: VisitOpened = serde_json::from_slice(&opened)?;
            let proof = self.sign(&visit)?;
            prepared.push((visit, proof));
        }
        Ok(prepared)
    }

    fn sign(&self, visit: &VisitOpened) -> anyhow::Result<Proof> {
        let nonce: [u8; 32] = visit.challenge.nonce.0.as_slice().try_into()?;
        let message = signed_bytes(Operation::Authenticate, &server::sha256(ORIGIN.as_bytes()), &nonce, &visit.challenge.statement.0);
        let digest_info = [
            &[0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20][..],
            &server::sha256(&message),
        ]
        .concat();
        let command = [&[0x80, 0x2A, 0x00, 0x97, 0x33][..], &digest_info, &[0x00]].concat();
        let mut card = self.card.lock().map_err(|_| anyhow::anyhow!("the card is lost"))?;
        let signature = transmit(&mut card, &command)?;
        let certificate = Base64(self.certificate.clone());
        Ok(Proof { nonce: visit.challenge.nonce.clone(), certificate, signature: Base64(signature), replaces: None, changes: None })
    }

    /// Proves them all, so many at once, and gives the time from the first request to the last answer.
    async fn prove(&self, prepared: Prepared) -> anyhow::Result<Duration> {
        let mut requests = Vec::with_capacity(prepared.len());
        for (visit, proof) in prepared {
            requests.push((Prove { visit: (&visit.visit).into() }.path(), visit.secret.to_text(), serde_json::to_vec(&proof)?));
        }
        let waiting = Arc::new(Mutex::new(requests));
        let begun = Instant::now();
        let tablets: Vec<_> = (0..TABLETS)
            .map(|_| {
                let (router, waiting) = (self.router.clone(), Arc::clone(&waiting));
                tokio::spawn(async move {
                    loop {
                        let next = waiting.lock().map_err(|_| anyhow::anyhow!("a tablet died"))?.pop();
                        let Some((path, secret, body)) = next else { return anyhow::Ok(()) };
                        Self::post(router.clone(), path, Some(secret), body).await?;
                    }
                })
            })
            .collect();
        for tablet in tablets {
            tablet.await??;
        }
        Ok(begun.elapsed())
    }
}

/// A register in which every proof is another person's: one card serves all visits, and none has a consent to be asked about.
struct Strangers {
    known: EmbeddedRegistry,
    met: AtomicU64,
}

impl Registry for Strangers {
    fn holder(&self, fingerprint: Sha256, now: UnixMs) -> RegistryAnswer {
        match self.known.holder(fingerprint, now) {
            RegistryAnswer::Known { eligibility, .. } => {
                let subject = format!("stranger {}", self.met.fetch_add(1, Ordering::Relaxed));
                RegistryAnswer::Known { subject, eligibility }
            }
            other => other,
        }
    }
}

/// A database with the server's tables and settings, and nobody else on it.
async fn bare_database(folder: &Path) -> anyhow::Result<Connection> {
    let file = folder.join("bare.db");
    Db::open_file(&file)?.close().await;
    let connection = Connection::open(&file)?;
    connection.execute_batch("PRAGMA journal_mode = wal; PRAGMA synchronous = full; PRAGMA foreign_keys = 1")?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(ADD_STATION)?;
    Ok(connection)
}

/// What every visit of the store alone and of the bare side writes: taken from a real one.
struct Sample {
    result: VisitResult,
    eligibility: Eligibility,
    proof: ProofRecord,
    ends_on: CivilDate,
    random: Random,
}

impl Sample {
    async fn of(bench: &Bench) -> anyhow::Result<Self> {
        let (visit, proof) = bench.prepare().await?.pop().context("a visit")?;
        let record = ProofRecord {
            certificate: proof.certificate.0.clone(),
            signature: proof.signature.0.clone(),
            statement: visit.challenge.statement.0.clone(),
            origin_sha256: server::sha256(ORIGIN.as_bytes()),
        };
        let answer = Bench::post(
            bench.router.clone(),
            Prove { visit: (&visit.visit).into() }.path(),
            Some(visit.secret.to_text()),
            serde_json::to_vec(&proof)?,
        );
        let ProofAnswer::Done { result } = serde_json::from_slice(&answer.await?)? else { anyhow::bail!("a stranger has no consent") };
        let eligibility = result.eligibility.clone().context("it is shown")?;
        let ends_on = server::identity::ends_on(&record.certificate).context("a certificate")?;
        Ok(Self { result: *result, eligibility, proof: record, ends_on, random: bench.random.clone() })
    }

    fn visit(&self) -> anyhow::Result<store::NewVisit> {
        let now = Clock::machine().now();
        Ok(store::NewVisit {
            id: VisitId::new(now, self.random.bytes()?),
            tenant: station()?,
            visit_kind: VisitKind::HomeVisit,
            occasion: Occasion::default(),
            key_sha256: self.random.bytes()?,
            choices: Choices::all(Choice::Agree),
            notice_version: server::visit::NOTICE_VERSION.to_owned(),
            language: "ja".to_owned(),
            opened_at: now,
            expires_at: now.plus_ms(1_800_000),
            challenge: NewChallenge { nonce: self.random.bytes()?, expires_at: now.plus_ms(300_000) },
        })
    }

    fn proved(&self, visit: &store::NewVisit) -> anyhow::Result<Proved> {
        let now = Clock::machine().now();
        let consent = ConsentId::new(now, self.random.bytes()?);
        Ok(Proved {
            visit: visit.id.clone(),
            nonce: visit.challenge.nonce,
            at: now,
            audit: AuditEntry {
                at: now,
                institution: Some(visit.tenant.code().clone()),
                actor: format!("visit {}", visit.id.as_str()),
                action: "reception.prove".into(),
                address: None,
                subject: Some(consent.as_str().to_owned()),
                outcome: "ok".to_owned(),
            },
            subject: format!("stranger {}", consent.as_str()),
            consent,
            replaces: None,
            eligibility: self.eligibility.clone(),
            check_way: CheckWay::Pin,
            medium: Medium::Card,
            proof: Some(self.proof.clone()),
            certificate_ends_on: Some(self.ends_on),
            result: VisitResult { consented_at: now, ..self.result.clone() },
        })
    }
}

fn station() -> anyhow::Result<Tenant> {
    Ok(Tenant::of_operator(&InstitutionCode::try_from(STATION)?))
}

/// The store without what stands before it.
struct StoreAlone {
    db: Arc<Db>,
}

impl StoreAlone {
    async fn new(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join("store.db");
        let db = Arc::new(Db::open_file(&file)?);
        Connection::open(&file)?.execute_batch(ADD_STATION)?;
        Ok(Self { db })
    }

    async fn prepare(&self, sample: &Sample) -> anyhow::Result<Vec<Proved>> {
        let mut proofs = Vec::with_capacity(SLICE);
        for _ in 0..SLICE {
            let new = sample.visit()?;
            proofs.push(sample.proved(&new)?);
            self.db.write_locked(move |tx| rule::visit::open(tx, &new).map(|_| ())).await?;
        }
        Ok(proofs)
    }

    async fn prove(&self, proofs: Vec<Proved>) -> anyhow::Result<Duration> {
        let waiting = Arc::new(Mutex::new(proofs));
        let tenant = station()?;
        let begun = Instant::now();
        let tasks: Vec<_> = (0..TABLETS)
            .map(|_| {
                let tenant = tenant.clone();
                let (db, waiting) = (Arc::clone(&self.db), Arc::clone(&waiting));
                tokio::spawn(async move {
                    loop {
                        let next = waiting.lock().map_err(|_| anyhow::anyhow!("a task died"))?.pop();
                        let Some(proved) = next else { return anyhow::Ok(()) };
                        let tenant = tenant.clone();
                        let outcome = db.write_locked(move |tx| rule::visit::store_proof(tx, &tenant, &proved)).await?;
                        ensure!(matches!(outcome, ProofStored::New(_)), "{outcome:?}");
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await??;
        }
        Ok(begun.elapsed())
    }
}

/// Writes the rows of `visits` proofs, `group` per commit, with prepared statements and ids as the server's. Their visits and
/// challenges are there before the clock starts, as they are for the server.
fn bare_slice(connection: &Connection, sample: &Sample, visits: usize, group: usize) -> anyhow::Result<Duration> {
    let run = |sql: &str, values: &[&dyn ToSql]| connection.prepare_cached(sql)?.execute(values).map(|_| ());
    let mut proofs = Vec::with_capacity(visits);
    for _ in 0..visits {
        let new = sample.visit()?;
        run("BEGIN IMMEDIATE", &[])?;
        run(
            "INSERT INTO visits (id, institution, use, key_sha256, choices, notice_version, language, opened_at, expires_at)
             VALUES (?1, ?2, 2, ?3, 'AAAAA', ?4, 'ja', ?5, ?6)",
            &[&new.id.as_str(), &STATION, &new.key_sha256, &new.notice_version, &new.opened_at.0, &new.expires_at.0],
        )?;
        run(
            "INSERT INTO challenges (visit, nonce, expires_at) VALUES (?1, ?2, ?3)",
            &[&new.id.as_str(), &new.challenge.nonce, &new.challenge.expires_at.0],
        )?;
        run("COMMIT", &[])?;
        proofs.push(sample.proved(&new)?);
    }
    // Everything that is no statement is done before the clock starts.
    let eligibility = serde_json::to_string(&sample.eligibility)?;
    let result = serde_json::to_string(&sample.result)?;
    let checks = serde_json::to_string(&sample.result.checks)?;
    let person = sample.eligibility.person.as_ref().context("a person")?;
    let coverage = sample.eligibility.coverages.first().context("a coverage")?;
    let (symbol, branch) = (coverage.symbol.as_deref(), coverage.branch_number.as_deref());
    let insurance = server::consent::insurance_key(&coverage.insurer_number, symbol, &coverage.member_number, branch);
    let (month, ends_on) = (Month::of(sample.eligibility.checked_at.jst_date()).to_string(), sample.ends_on.to_string());
    let (name, kana) = (server::consent::search_key(&person.name), server::consent::search_key(&person.name_kana));

    let begun = Instant::now();
    for proofs in proofs.chunks(group) {
        run("BEGIN IMMEDIATE", &[])?;
        for proved in proofs {
            let (visit, consent) = (proved.visit.as_str(), proved.consent.as_str());
            run("UPDATE challenges SET used_at = ?2 WHERE visit = ?1", &[&visit, &proved.at.0])?;
            run(
                "INSERT INTO consents (id, institution, use, visit, subject, name_key, kana_key, other_key, items, consented_at, expires_at,
                                       receipt, check_way, medium, insurance_key)
                 VALUES (?1, ?2, 2, ?3, ?4, ?5, ?6, '', 'AAAAAA', ?7, ?8, ?9, 'pin', 'card', ?10)",
                &[
                    &consent,
                    &STATION,
                    &visit,
                    &proved.subject,
                    &name,
                    &kana,
                    &proved.result.consented_at.0,
                    &proved.result.expires_at.0,
                    &proved.result.receipt,
                    &insurance,
                ],
            )?;
            run(
                "INSERT INTO results (consent, checked_at, eligibility, validity) VALUES (?1, ?2, ?3, 'valid')",
                &[&consent, &proved.at.0, &eligibility],
            )?;
            run(
                "INSERT INTO month_checks (institution, month, subject, checked_at, consent, check_way, medium)
                 VALUES (?1, ?2, ?3, ?4, ?5, 'pin', 'card')",
                &[&STATION, &month, &proved.subject, &proved.at.0, &consent],
            )?;
            run(
                "INSERT INTO shown_ends (institution, kind, subject, ends_on, seen_at) VALUES (?1, 'certificate', ?2, ?3, ?4)",
                &[&STATION, &proved.subject, &ends_on, &proved.at.0],
            )?;
            let ProofRecord { certificate, signature, statement, origin_sha256 } = &sample.proof;
            run(
                "INSERT INTO proofs (consent, certificate, signature, nonce, statement, origin_sha256, checks)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                &[&consent, certificate, signature, &proved.nonce, statement, origin_sha256, &checks],
            )?;
            run(
                "INSERT INTO audit (at, institution, actor, action, subject, outcome)
                 VALUES (?1, ?2, ?3, 'reception.prove', ?4, 'ok')",
                &[&proved.at.0, &STATION, &proved.audit.actor, &consent],
            )?;
            run(
                "UPDATE visits SET done_at = ?3, result = ?2, check_way = 'pin', medium = 'card' WHERE id = ?1",
                &[&visit, &result, &proved.at.0],
            )?;
        }
        run("COMMIT", &[])?;
    }
    Ok(begun.elapsed())
}
