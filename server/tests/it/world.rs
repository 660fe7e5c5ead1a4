//! A world for one test: an own folder, a standing clock, real cards, and the router without a socket.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use crate::kept::Kept;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use server::accept::Limits;
use server::account::{Passwords, hash};
use server::clock::Clock;
use server::eligibility::registry::EmbeddedRegistry;
use server::identity::{Anchors, Mode};
use server::jobs::Worker;
use server::origin::Origin;
use server::random::Random;
use server::serve::Parts;
use server::store::db::Db;
use server::store::{Account, Institution, NewInstitution};
use shared::api::office::{Login, LoginRequest};
use shared::api::reception::{Challenge, OpenVisit, OpenVisitRequest, Proof, ProofAnswer, Prove, Replacement, VisitOpened, VisitResult};
use shared::api::{Endpoint, KEY_HEADER, Method, Refusal, SAME_PAGE_HEADER, VISIT_SECRET_HEADER};
use shared::bytes::Base64;
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{Choice, Choices};
use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};
use shared::domain::visit::Occasion;
use shared::evidence::{Operation, signed_bytes};
use tower::ServiceExt as _;
use virtual_card::{Card, CardSpec};

/// The day on which most tests happen, a Friday.
pub(crate) const TODAY: &str = "2026-11-20T10:15:00+09:00";
/// The day of the sample row N108.
pub(crate) const N108_DAY: &str = "2024-01-17T10:15:00+09:00";
pub(crate) const ORIGIN: &str = "https://uketsuke.example";
/// Of a world with an office of its own.
pub(crate) const OFFICE: &str = "https://office.uketsuke.example";
pub(crate) const PASSWORD: &str = "asagao himawari kabocha";
pub(crate) const STATION: &str = "9969900001";
pub(crate) const CLINIC: &str = "9919900002";

/// Cards are made once per clock and only read afterwards.
static CARDS_TODAY: LazyLock<tempfile::TempDir> = LazyLock::new(|| cards(None, TODAY));
static CARDS_N108: LazyLock<tempfile::TempDir> = LazyLock::new(|| cards(Some(CARDS_TODAY.path()), N108_DAY));

/// The folder of cards made for [`TODAY`].
pub(crate) fn cards_today() -> &'static Path {
    CARDS_TODAY.path()
}

/// Keys are copied from another folder where there is one: making them takes seconds.
fn cards(keys: Option<&Path>, now: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in keys.into_iter().flat_map(|from| std::fs::read_dir(from).unwrap()) {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    virtual_card::make(folder.path(), now.parse::<jiff::Timestamp>().unwrap().into()).unwrap();
    folder
}

pub(crate) fn at(instant: &str) -> UnixMs {
    UnixMs(instant.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

pub(crate) struct World {
    folder: tempfile::TempDir,
    cards: PathBuf,
    pub(crate) clock: Clock,
    pub(crate) store: Kept,
    pub(crate) router: Router,
    /// The office, where it has an origin of its own ([`OFFICE`]).
    pub(crate) office: Option<Router>,
    pub(crate) token: ReceptionToken,
    /// Token of the other institution.
    pub(crate) other_token: ReceptionToken,
}

/// What a request brings along.
#[derive(Clone, Default)]
pub(crate) struct With {
    pub(crate) cookie: Option<String>,
    pub(crate) secret: Option<Base64>,
}

pub(crate) fn nobody() -> With {
    With::default()
}

/// A refusal as the page sees it.
pub(crate) type Refused = (StatusCode, Refusal);

impl World {
    pub(crate) async fn new() -> Self {
        Self::build(TODAY, &CARDS_TODAY, |_| {}, None).await
    }

    /// A world whose office has an origin of its own and asks for certificates.
    pub(crate) async fn with_office() -> Self {
        Self::build(TODAY, &CARDS_TODAY, |_| {}, Some(OFFICE)).await
    }

    /// A world at the day of the sample row N108.
    pub(crate) async fn n108() -> Self {
        Self::build(N108_DAY, &CARDS_N108, |_| {}, None).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Parts)) -> Self {
        Self::build(TODAY, &CARDS_TODAY, change, None).await
    }

    async fn build(now: &str, cards: &tempfile::TempDir, change: impl FnOnce(&mut Parts), office: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let random = Random::machine();
        let clock = Clock::standing_at(at(now));
        let store = Kept(Arc::new(Db::open_file(&folder.path().join("u.db")).unwrap()));
        let token = add_institution(&store, STATION, "ひなた訪問看護ステーション", &random, clock.now()).await;
        let other_token = add_institution(&store, CLINIC, "試験クリニック", &random, clock.now()).await;
        let file = |name: &str| std::fs::read_to_string(cards.path().join(name)).unwrap();
        let mut parts = Parts {
            db: Arc::clone(&store.0),
            clock: clock.clone(),
            random: random.clone(),
            origin: Origin::parse(ORIGIN).unwrap(),
            anchors: Anchors::from_pem(Mode::Demo, &[file("ca.pem")]).unwrap(),
            registry: Arc::new(EmbeddedRegistry::demo(&file("people.json")).unwrap()),
            medical: Arc::new(server::medical::embedded::EmbeddedMedical::demo().unwrap()),
            passwords: Passwords::new(4, random).unwrap(),
            visit_key: [7; 32],
            helper: shared::api::HelperAt { port: 35970, is_tls: false },
            is_demo: true,
            pages: None,
            former_pages: None,
            limits: Limits::default(),
            quotas: server::rate::Quotas::default(),
            jumps: Arc::default(),
            font: server::sheet::FONT.into(),
            watch: server::watch::Watch::default(),
        };
        change(&mut parts);
        let (router, office) = match office.map(|text| Origin::parse(text).unwrap()) {
            None => (parts.into_router().unwrap(), None),
            Some(origin) => {
                let (router, office) = parts.into_routers(origin, true).unwrap();
                (router, Some(office))
            }
        };
        Self { folder, cards: cards.path().to_owned(), clock, store, router, office, token, other_token }
    }

    /// Puts the clock forward.
    pub(crate) fn later(&self, ms: i64) {
        self.clock.set(self.clock.now().plus_ms(ms));
    }

    /// Does the work that is due by the clock.
    pub(crate) async fn purge(&self) {
        let worker = Worker::new(Arc::clone(&self.store.0), self.clock.clone(), &Random::machine()).unwrap();
        worker.run_due().await.unwrap();
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn card(&self, spec: &str) -> TestCard {
        TestCard::open(&self.cards, spec)
    }

    /// Sends a request as a page of ours would, and gives status, headers and body.
    pub(crate) async fn send(&self, method: &str, path: &str, with: &With, body: impl Into<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, ORIGIN.strip_prefix("https://").unwrap())
            .header(header::CONTENT_TYPE, "application/json");
        if method == "POST" {
            let key: [u8; 16] = Random::machine().bytes().unwrap();
            request =
                request.header(header::ORIGIN, ORIGIN).header(SAME_PAGE_HEADER, "1").header(KEY_HEADER, Base64(key.to_vec()).to_text());
        }
        if let Some(cookie) = &with.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if let Some(secret) = &with.secret {
            request = request.header(VISIT_SECRET_HEADER, secret.to_text());
        }
        self.raw(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn raw(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec())
    }

    /// Calls an endpoint.
    pub(crate) async fn call<E: Endpoint>(&self, parts: &[&str], with: &With, body: &E::Request) -> Result<E::Response, Refused> {
        let named: Vec<_> = E::PARTS.iter().zip(parts).collect();
        let path = E::from_parts(|name| named.iter().find(|(other, _)| **other == name).map(|(_, part)| **part)).unwrap().path();
        let (status, _, bytes) = match E::METHOD {
            Method::Get => self.send("GET", &path, with, Body::empty()).await,
            Method::Post => self.send("POST", &path, with, serde_json::to_vec(body).unwrap()).await,
        };
        if status.is_success() {
            Ok(serde_json::from_slice(&bytes).unwrap())
        } else {
            Err((status, serde_json::from_slice(&bytes).unwrap()))
        }
    }

    /// Opens a visit with these choices and a key of its own.
    pub(crate) async fn open(&self, choices: Choices) -> VisitOpened {
        let key: [u8; 16] = Random::machine().bytes().unwrap();
        self.call::<OpenVisit>(&[self.token.as_str()], &nobody(), &new_visit(key, choices)).await.unwrap()
    }

    /// Hands in a proof.
    pub(crate) async fn ask(&self, visit: &VisitOpened, proof: &Proof) -> Result<ProofAnswer, Refused> {
        self.call::<Prove>(&[&visit.visit], &holder(visit), proof).await
    }

    /// The same, for a person who has no living consent, or says yes to its replacement.
    pub(crate) async fn prove(&self, visit: &VisitOpened, proof: &Proof) -> Result<VisitResult, Refused> {
        match self.ask(visit, proof).await? {
            ProofAnswer::Done { result } => Ok(*result),
            other => panic!("asked first: {other:?}"),
        }
    }

    /// A whole visit with everything agreed, also in the place of an earlier one.
    pub(crate) async fn visit_of(&self, card: &str) -> Result<VisitResult, Refused> {
        let visit = self.open(Choices::all(Choice::Agree)).await;
        let proof = self.card(card).sign(&visit.challenge, ORIGIN);
        match self.ask(&visit, &proof).await? {
            ProofAnswer::Done { result } => Ok(*result),
            ProofAnswer::ConfirmNeeded { replacement } => self.prove(&visit, &yes(&proof, &replacement)).await,
            ProofAnswer::Living { living } => panic!("a registration shows none: {living:?}"),
        }
    }

    /// Logs in and gives the cookie.
    pub(crate) async fn login(&self, institution: &str, user: &str) -> With {
        let request = LoginRequest {
            institution: InstitutionCode::try_from(institution).unwrap(),
            user: UserId::try_from(user).unwrap(),
            password: PASSWORD.to_owned(),
        };
        let body = serde_json::to_vec(&request).unwrap();
        let (status, headers, _) = self.send("POST", Login::PATH, &nobody(), body).await;
        assert_eq!(status, StatusCode::OK);
        With { cookie: Some(cookie_of(&headers)), secret: None }
    }

    /// Rows of the tables that a visit writes: consents, results, proofs.
    pub(crate) async fn rows(&self) -> [i64; 3] {
        rows(&self.folder.path().join("u.db")).await
    }

    /// Outcomes of all audit rows of an action in the station, oldest first.
    pub(crate) async fn audited(&self, action: &str) -> Vec<String> {
        let rows = self.store.audit_of(&InstitutionCode::try_from(STATION).unwrap()).await.unwrap();
        rows.into_iter().filter(|row| row.action == action).map(|row| row.outcome).collect()
    }
}

/// Rows of the tables that a visit writes, read by a connection of the test's own.
pub(crate) async fn rows(file: &Path) -> [i64; 3] {
    let connection = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    ["consents", "results", "proofs"]
        .map(|table| connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap())
}

pub(crate) fn cookie_of(headers: &HeaderMap) -> String {
    headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
}

/// The same proof with the person's yes.
pub(crate) fn yes(proof: &Proof, replacement: &Replacement) -> Proof {
    Proof { replaces: Some(replacement.former.clone()), ..proof.clone() }
}

pub(crate) fn holder(visit: &VisitOpened) -> With {
    With { cookie: None, secret: Some(visit.secret.clone()) }
}

pub(crate) fn new_visit(key: [u8; 16], choices: Choices) -> OpenVisitRequest {
    OpenVisitRequest {
        key: Base64(key.to_vec()),
        choices,
        notice_version: server::visit::NOTICE_VERSION.to_owned(),
        language: "ja".to_owned(),
        occasion: Occasion::default(),
    }
}

pub(crate) async fn add_institution(store: &Kept, code: &str, name: &str, random: &Random, now: UnixMs) -> ReceptionToken {
    static HASH: LazyLock<String> = LazyLock::new(|| hash(PASSWORD, &Random::machine()).unwrap());
    let account = |user: &str, kind, must_change_password| Account {
        user: UserId::try_from(user).unwrap(),
        name: "担当".to_owned(),
        kana: "ﾀﾝﾄｳ".to_owned(),
        kind,
        password_hash: HASH.clone(),
        must_change_password,
        valid_from: None,
        valid_until: None,
        suspended_at: None,
    };
    let token = ReceptionToken::from_random(random.bytes().unwrap());
    let institution = Institution::new(InstitutionCode::try_from(code).unwrap(), name, "事務所 受付");
    let accounts = vec![
        account("kanri1", AccountKind::Admin, false),
        account("ippan1", AccountKind::General, false),
        account("etsu1", AccountKind::Viewer, false),
        account("shin1", AccountKind::Admin, true),
    ];
    let new = NewInstitution { institution, token: token.clone(), accounts, at: now };
    assert!(store.add_institution(new).await.unwrap());
    // What a second factor changes is the matter of its own tests (`factors`).
    put_off_second_factor(store, code, "2099-04-01").await;
    assert_eq!(store.reception_url(&InstitutionCode::try_from(code).unwrap(), VisitKind::HomeVisit).await.unwrap().unwrap().token, token);
    token
}

/// From when an institution asks for a second factor.
pub(crate) async fn put_off_second_factor(store: &Kept, institution: &str, from: &str) {
    let tenant = server::tenant::Tenant::of_operator(&InstitutionCode::try_from(institution).unwrap());
    let from = shared::domain::calendar::CivilDate::try_from(from).unwrap();
    store.0.write(move |tx| server::store::factor::set_demanded_from(tx, &tenant, from)).await.unwrap();
}

/// What a card signs for PKCS#1 v1.5 with SHA-256.
fn digest_info(message: &[u8]) -> Vec<u8> {
    let algorithm = [0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];
    [&algorithm[..], &server::sha256(message)].concat()
}

/// A virtual card driven by bare APDUs.
pub(crate) struct TestCard(Card);

impl TestCard {
    pub(crate) fn open(folder: &Path, spec: &str) -> Self {
        let spec: CardSpec = spec.parse().unwrap();
        let mut card = Card::open(folder, &spec).unwrap();
        card.power_on();
        Self(card)
    }

    fn transmit(&mut self, apdu: &[u8]) -> Vec<u8> {
        let mut answer = self.0.transmit(apdu).unwrap();
        let status = answer.split_off(answer.len() - 2);
        assert_eq!(status, [0x90, 0x00], "APDU {:02x?}", &apdu[..4]);
        answer
    }

    /// Selects the JPKI application, verifies the PIN, signs the challenge for `origin`, reads the certificate.
    pub(crate) fn sign(&mut self, challenge: &Challenge, origin: &str) -> Proof {
        self.sign_bytes(&challenge.nonce.0, &challenge.statement.0, origin)
    }

    pub(crate) fn sign_bytes(&mut self, nonce: &[u8], statement: &[u8], origin: &str) -> Proof {
        let message = signed_bytes(Operation::Authenticate, &server::sha256(origin.as_bytes()), &nonce.try_into().unwrap(), statement);
        self.transmit(&[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01]);
        self.transmit(b"\x00\x20\x00\x98\x041234");
        let signature = self.transmit(&[&[0x80, 0x2A, 0x00, 0x97, 0x33][..], &digest_info(&message), &[0x00]].concat());
        Proof {
            nonce: Base64(nonce.to_vec()),
            certificate: Base64(self.binary(0x8A)),
            signature: Base64(signature),
            replaces: None,
            changes: None,
        }
    }

    /// The same with the signature key and its certificate, behind the signature PIN; the last one is that certificate's CA.
    pub(crate) fn sign_as_document(&mut self, challenge: &Challenge, origin: &str) -> (Proof, Vec<u8>) {
        let nonce = &challenge.nonce.0;
        let message = signed_bytes(
            Operation::Authenticate,
            &server::sha256(origin.as_bytes()),
            nonce.as_slice().try_into().unwrap(),
            &challenge.statement.0,
        );
        self.transmit(&[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01]);
        self.transmit(&[b"\x00\x20\x00\x9B\x06", virtual_card::SIGN_PIN.as_bytes()].concat());
        let signature = self.transmit(&[&[0x80, 0x2A, 0x00, 0x9A, 0x33][..], &digest_info(&message), &[0x00]].concat());
        let certificate = self.binary(0x81);
        let proof = Proof {
            nonce: challenge.nonce.clone(),
            certificate: Base64(certificate),
            signature: Base64(signature),
            replaces: None,
            changes: None,
        };
        (proof, self.binary(0x82))
    }

    /// A certificate's file, by its short identifier.
    fn binary(&mut self, file: u8) -> Vec<u8> {
        let mut bytes = self.transmit(&[0x00, 0xB0, file, 0x00, 0x00]);
        assert_eq!(bytes[..2], [0x30, 0x82], "the cards of these tests have long certificates");
        let length = 4 + usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
        while bytes.len() < length {
            let [high, low] = u16::try_from(bytes.len()).unwrap().to_be_bytes();
            let more = self.transmit(&[0x00, 0xB0, high, low, 0x00]);
            assert!(!more.is_empty());
            bytes.extend(more);
        }
        bytes.truncate(length);
        bytes
    }
}

impl World {
    /// Id of the newest consent of the station.
    pub(crate) async fn first_consent(&self) -> String {
        use server::store::ConsentQuery;
        use shared::api::office::{ListOrder, StateFilter};
        let today = self.clock.now().jst_date();
        let query = ConsentQuery {
            from: today.plus_days(-400),
            to: today,
            days: shared::api::office::DaysOf::Consented,
            visit_kind: None,
            name_key: String::new(),
            reference_number: String::new(),
            receipt: String::new(),
            state: StateFilter::All,
            order: ListOrder::NewestFirst,
            cursor: None,
            rows: 1,
            now: self.clock.now(),
        };
        let hits = self.store.search_consents(&InstitutionCode::try_from(STATION).unwrap(), &query).await.unwrap();
        hits.rows[0].id.as_str().to_owned()
    }
}
