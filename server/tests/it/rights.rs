//! The walk: every endpoint of the table × every kind of account × {own, other's, missing, expired session, locked session,
//! none, withdrawn}.
//! Own is 2xx where the right says so, other's is the missing one's answer byte for byte. A new endpoint is walked by its row
//! and its sample (`sample`); one without a sample is a fault.

mod link;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request as AxumRequest;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use server::session::{IDLE_MS, LOCK_MS};
use server::tenant::Tenant;
use shared::api::factor::{LOGIN_STEP_MS, STEP_UP_MS};
use shared::api::office::{ChangeReceptionUrl, ConsentDetail, Me, SearchConsents};
use shared::api::{
    Again, Answer, Audit, Code, Endpoint as _, EndpointRow, KEY_HEADER, Method, Permission, Refusal, SAME_PAGE_HEADER, VISIT_SECRET_HEADER,
    table,
};
use shared::bytes::Base64;
use shared::domain::account::{AccountKind, UserId};
use shared::domain::consent::{Choice, Choices};
use shared::right::{Act, Right, may};
use tower::ServiceExt as _;

use crate::device_world::TestDevice;
use crate::portal;
use crate::sample::device::DEVICE_USER;
use crate::sample::{Ask, Caller, Sample, Scene, code};
use crate::world::{CLINIC, ORIGIN, STATION, With, World, holder, nobody, put_off_second_factor};

/// How the caller stands, or what is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    /// A living right, the own thing.
    Own,
    /// The other institution's thing.
    Others,
    /// Nobody's thing.
    Missing,
    /// The session has ended.
    Expired,
    /// The session is locked: by its person, or for want of use.
    Locked,
    /// Nothing proves a right.
    None,
    /// The right was taken back: the account's period is over, it was removed or stopped, the URL was changed, the visit was left.
    Withdrawn,
}

const CASES: [Case; 7] = [Case::Own, Case::Others, Case::Missing, Case::Expired, Case::Locked, Case::None, Case::Withdrawn];

/// How long ago the session of a case was used that asks nothing by it, milliseconds.
fn ago_of(case: Case) -> i64 {
    match case {
        Case::Expired => IDLE_MS,
        Case::Locked => LOCK_MS,
        _ => 0,
    }
}

/// An answer as its receiver sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answered {
    status: u16,
    /// All of them: nothing may tell two answers apart.
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answered {
    fn is_refusal(&self, status: u16, code: Code) -> bool {
        let said = serde_json::from_slice::<Refusal>(&self.body).ok();
        self.status == status && said.is_some_and(|refusal| refusal.code == code)
    }

    fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn words(&self) -> String {
        format!("{} {}", self.status, String::from_utf8_lossy(&self.body).chars().take(120).collect::<String>())
    }
}

/// The secrets of an answer that says them once, and the rest of it.
fn without_secret(body: &[u8]) -> (Vec<String>, serde_json::Value) {
    fn take(value: &mut serde_json::Value, told: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(fields) => {
                for (name, field) in fields {
                    match field.as_str() {
                        Some(secret) if name == "password" || name == "token" => {
                            told.push(secret.to_owned());
                            *field = serde_json::Value::Null;
                        }
                        _ => take(field, told),
                    }
                }
            }
            serde_json::Value::Array(values) => values.iter_mut().for_each(|value| take(value, told)),
            _ => {}
        }
    }
    let mut rest = serde_json::from_slice(body).unwrap_or_default();
    let mut told = Vec::new();
    take(&mut rest, &mut told);
    (told, rest)
}

/// A walk over one scene: what was wrong, and how many cells were walked.
struct Walk<'a> {
    scene: &'a Scene,
    /// The real app, or a copy with a leak planted.
    router: Router,
    faults: Vec<String>,
    cells: usize,
}

impl<'a> Walk<'a> {
    fn new(scene: &'a Scene, router: Router) -> Self {
        Self { scene, router, faults: Vec::new(), cells: 0 }
    }

    async fn send(&self, row: &EndpointRow, ask: &Ask, with: &With, key: [u8; 16]) -> Answered {
        let method = match row.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let mut request = Request::builder()
            .method(method)
            .uri(&ask.path)
            .header(header::HOST, ORIGIN.strip_prefix("https://").unwrap())
            .header(header::CONTENT_TYPE, "application/json");
        if row.method == Method::Post {
            request = request.header(header::ORIGIN, ORIGIN).header(SAME_PAGE_HEADER, "1");
        }
        if row.again.is_keyed() {
            request = request.header(KEY_HEADER, Base64(key.to_vec()).to_text());
        }
        if let Some(cookie) = &with.cookie {
            let name = if cookie.starts_with("Bearer ") { header::AUTHORIZATION } else { header::COOKIE };
            request = request.header(name, cookie);
        }
        if let Some(secret) = with.secret.as_ref() {
            request = request.header(VISIT_SECRET_HEADER, secret.to_text());
        }
        let request = request.body(Body::from(ask.body.clone())).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answered { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Rows of the station that an action left.
    async fn audited(&self, action: &str) -> Vec<String> {
        self.scene.world.audited(action).await
    }

    fn fault(&mut self, row: &EndpointRow, kind: AccountKind, case: Case, why: &str, answer: &Answered) {
        self.faults.push(format!("{} by {kind:?}, {case:?}: {why}: {}", row.name, answer.words()));
    }

    async fn endpoint(&mut self, row: &EndpointRow) {
        for kind in AccountKind::ALL {
            for case in CASES {
                self.cells += 1;
                self.cell(row, kind, case).await;
            }
        }
    }

    async fn cell(&mut self, row: &EndpointRow, kind: AccountKind, case: Case) {
        let scene = self.scene;
        // What one URL and one address may open in a row is another test's.
        scene.world.later(2_000);
        let days = if case == Case::Withdrawn { -1 } else { 1 };
        let caller = scene.caller(kind, false, days).await;
        let Some(sample) = scene.sample(row, &caller).await else {
            self.faults.push(format!("{} has no sample", row.name));
            return;
        };
        match row.permission {
            Permission::Account(_) if sample.device.is_some() => self.by_device(row, &caller, case, &sample).await,
            Permission::Account(_) | Permission::AnyAccount | Permission::AnySession => self.by_session(row, &caller, case, &sample).await,
            Permission::HalfWay => self.by_step(row, &caller, case, &sample).await,
            Permission::VisitHolder => self.by_secret(row, &caller, case, &sample).await,
            Permission::ReceptionPage => self.by_token(row, &caller, case, &sample).await,
            Permission::Applicant => self.by_applicant(row, &caller, case, &sample).await,
            Permission::Login | Permission::Anyone => self.by_nothing(row, &caller, case, &sample).await,
            Permission::Link(scope) => self.by_token_of(row, &caller, case, &sample, scope).await,
            Permission::NewDevice | Permission::Device => self.by_device(row, &caller, case, &sample).await,
        }
    }

    /// Asks for the own thing and wants 2xx, nothing of the other institution in it, and the audit row that the declaration says.
    async fn wants_own(&mut self, row: &EndpointRow, kind: AccountKind, case: Case, ask: &Ask, with: &With) {
        let before = self.audited(row.name).await.len();
        let key = server::random::Random::machine().bytes().unwrap();
        let answer = self.send(row, ask, with, key).await;
        if !answer.is_ok() {
            return self.fault(row, kind, case, "the own thing is refused", &answer);
        }
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        if let Some(mark) = self.scene.marks().into_iter().find(|mark| said.contains(mark)) {
            self.fault(row, kind, case, &format!("holds {mark} of another institution"), &answer);
        }
        if answer.headers.contains_key(header::CONTENT_DISPOSITION) != (row.answer == Answer::File) {
            self.fault(row, kind, case, "is not what it is declared to answer", &answer);
        }
        let after = self.audited(row.name).await;
        if after.len() - before != usize::from(row.audit == Audit::Row) {
            self.fault(row, kind, case, &format!("left {} audit rows", after.len() - before), &answer);
        }
        if row.again.is_keyed() {
            let again = self.send(row, ask, with, key).await;
            let is_same = match row.again {
                // The secret is said once: the rest is the same, and the secret is nowhere in it.
                Again::KeyedOnce => {
                    let (told, rest) = without_secret(&answer.body);
                    let (told_again, rest_again) = without_secret(&again.body);
                    (answer.status, &answer.headers.len(), rest) == (again.status, &again.headers.len(), rest_again)
                        && !told.is_empty()
                        && told_again.is_empty()
                }
                Again::Keyed | Again::Harmless => again == answer,
            };
            if !is_same {
                self.fault(row, kind, case, "the same press sent again is answered otherwise", &again);
            }
            if self.audited(row.name).await.len() != after.len() {
                self.fault(row, kind, case, "the same press sent again is done again", &again);
            }
            // Without a body there is no other request on the same path.
            if row.body != shared::api::Body::None {
                let other = Ask { body: format!("{} ", ask.body), ..ask.clone() };
                let other = self.send(row, &other, with, key).await;
                if !other.is_refusal(400, Code::Request) {
                    self.fault(row, kind, case, "another request under a used key", &other);
                }
            }
        }
    }

    async fn wants_refused(&mut self, row: &EndpointRow, kind: AccountKind, case: Case, ask: &Ask, with: &With, wanted: (u16, Code)) {
        let answer = self.send(row, ask, with, [1; 16]).await;
        if !answer.is_refusal(wanted.0, wanted.1) {
            self.fault(row, kind, case, &format!("not refused with {wanted:?}"), &answer);
        }
    }

    /// Other's and missing are one answer, and none that is told to who may see it.
    async fn wants_alike(&mut self, row: &EndpointRow, kind: AccountKind, case: Case, sample: &Sample, with: &With) {
        let (Some(others), Some(missing)) = (&sample.others, &sample.missing) else { return };
        let [others, missing] = [self.send(row, others, with, [2; 16]).await, self.send(row, missing, with, [3; 16]).await];
        if others != missing {
            self.fault(row, kind, case, &format!("another's is told from a missing one ({})", missing.words()), &others);
        }
        let said = String::from_utf8_lossy(&others.body).into_owned();
        if self.scene.marks().into_iter().any(|mark| said.contains(mark)) {
            self.fault(row, kind, case, "shows another institution's", &others);
        }
        let is_named = !row.parts.is_empty();
        if is_named && !missing.is_refusal(404, Code::NotFound) && !missing.is_refusal(403, Code::Forbidden) {
            self.fault(row, kind, case, "a missing one is answered", &missing);
        }
    }

    /// The device's signature counts, whoever is logged in at the office besides. What is registered with whose code, and the tries of a
    /// passcode: `devices`.
    async fn by_device(&mut self, row: &EndpointRow, caller: &Caller, case: Case, sample: &Sample) {
        let (scene, kind) = (self.scene, caller.kind);
        let device = sample.device.clone().unwrap();
        let (method, ask) = (row.method.word(), &sample.own);
        let send = async |device: &TestDevice, ask: &Ask| {
            let (status, headers, body) = device.send(&scene.world, method, &ask.path, &ask.body).await;
            Answered { status: status.as_u16(), headers, body }
        };
        let send_as = async |device: &TestDevice, ask: &Ask, key: &str| {
            let (status, headers, body) = device.send_as(&scene.world, method, &ask.path, &ask.body, key).await;
            Answered { status: status.as_u16(), headers, body }
        };
        match case {
            Case::Own | Case::Locked => {
                let before = self.audited(row.name).await.len();
                let key = Base64(server::random::Random::machine().bytes::<16>().unwrap().to_vec()).to_text();
                let answer = send_as(&device, ask, &key).await;
                let said = String::from_utf8_lossy(&answer.body).into_owned();
                if !answer.is_ok() {
                    self.fault(row, kind, case, "the own thing is refused", &answer);
                }
                if scene.marks().into_iter().any(|mark| said.contains(mark)) {
                    self.fault(row, kind, case, "shows another institution's", &answer);
                }
                if row.again.is_keyed() && send_as(&device, ask, &key).await.body != answer.body {
                    self.fault(row, kind, case, "the same press sent again is answered otherwise", &answer);
                }
                if self.audited(row.name).await.len() - before != usize::from(row.audit == Audit::Row) {
                    self.fault(row, kind, case, "leaves other rows than declared", &answer);
                }
            }
            Case::Others | Case::Missing | Case::None => {
                let with = scene.session(caller, 0).await;
                // A login of the office is at no device, whoever it is of.
                let is_login = matches!(row.permission, Permission::Account(_));
                let wanted = if is_login { (403, Code::Forbidden) } else { (401, Code::Session) };
                self.wants_refused(row, kind, case, ask, &with, wanted).await;
                if is_login {
                    let user = UserId::try_from(DEVICE_USER).unwrap();
                    let with = scene.session_in(STATION, &user, 0).await;
                    self.wants_refused(row, kind, case, ask, &with, wanted).await;
                }
                if let (Some(others), Some(missing)) = (&sample.others, &sample.missing) {
                    let [others, missing] = [send(&device, others).await, send(&device, missing).await];
                    if others != missing || !missing.is_refusal(404, Code::NotFound) {
                        self.fault(row, kind, case, "another's is told from a missing one", &others);
                    }
                }
                let stranger = TestDevice { id: device.id.clone().or(Some("AAAAAAAAAAAAAAAAAAAAAA".to_owned())), ..TestDevice::new() };
                let answer = send(&stranger, ask).await;
                if !answer.is_refusal(401, Code::Session) && !answer.is_refusal(410, Code::X42) {
                    self.fault(row, kind, case, "another key is let in", &answer);
                }
            }
            Case::Expired => {}
            Case::Withdrawn => {
                if let Some((id, wanted)) = device.id.as_ref().map(|id| (id.clone(), (410, Code::X42))) {
                    let (tenant, entry) = (Tenant::of_operator(&code(STATION)), crate::store::entry(scene.world.clock.now(), STATION));
                    let id = server::store::CodeId::parse(&id).unwrap();
                    scene.world.store.0.write(move |tx| server::rule::code::invalidate(tx, &tenant, &id, &entry)).await.unwrap();
                    let answer = send(&device, ask).await;
                    if !answer.is_refusal(wanted.0, wanted.1) {
                        self.fault(row, kind, case, "a device that was ended is let in", &answer);
                    }
                }
            }
        }
    }

    async fn by_session(&mut self, row: &EndpointRow, caller: &Caller, case: Case, sample: &Sample) {
        let (scene, kind) = (self.scene, caller.kind);
        let is_allowed = match row.permission {
            // A fresh session is a fresh proof.
            Permission::Account(act) => may(kind, act) != Right::No,
            _ => true,
        };
        let out = (401, Code::Session);
        match case {
            Case::Own if is_allowed => {
                let with = scene.session(caller, 0).await;
                self.wants_own(row, kind, case, &sample.own, &with).await;
            }
            Case::Own => {
                let with = scene.session(caller, 0).await;
                let before = self.audited(row.name).await;
                self.wants_refused(row, kind, case, &sample.own, &with, (403, Code::Forbidden)).await;
                let after = self.audited(row.name).await;
                if after.len() != before.len() + 1 || after.last().is_none_or(|outcome| outcome != "U-FORBIDDEN") {
                    self.faults.push(format!("{} by {kind:?}: a refusal by right leaves one audit row", row.name));
                }
            }
            Case::Others | Case::Missing => {
                let with = scene.session(caller, 0).await;
                self.wants_alike(row, kind, case, sample, &with).await;
            }
            Case::Expired => {
                let with = scene.session(caller, IDLE_MS).await;
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
            }
            Case::Locked => {
                for is_unused in [false, true] {
                    let with = scene.session(caller, if is_unused { LOCK_MS } else { 0 }).await;
                    if !is_unused {
                        scene.lock(&with).await;
                    }
                    if row.permission == Permission::AnySession {
                        // A second sample: the first one may be used up.
                        let sample = scene.sample(row, caller).await.unwrap();
                        self.wants_own(row, kind, case, &sample.own, &with).await;
                    } else {
                        self.wants_refused(row, kind, case, &sample.own, &with, (423, Code::Locked)).await;
                    }
                }
            }
            Case::None => self.wants_refused(row, kind, case, &sample.own, &nobody(), out).await,
            Case::Withdrawn => {
                let with = scene.session(caller, 0).await;
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
                let removed = scene.caller(kind, false, 1).await;
                let with = scene.session(&removed, 0).await;
                scene.remove(&removed);
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
                let stopped = scene.caller(kind, false, 1).await;
                let with = scene.session(&stopped, 0).await;
                scene.suspend(&stopped).await;
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
            }
        }
    }

    /// The step counts, and no session does.
    async fn by_step(&mut self, row: &EndpointRow, caller: &Caller, case: Case, sample: &Sample) {
        let (scene, kind) = (self.scene, caller.kind);
        let out = (401, Code::Session);
        match case {
            Case::Own => {
                let with = scene.half_way(caller, 0).await;
                self.wants_own(row, kind, case, &sample.own, &with).await;
            }
            Case::Others | Case::Missing | Case::Locked => {
                let with = scene.session(caller, 0).await;
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
            }
            Case::Expired => {
                let with = scene.half_way(caller, LOGIN_STEP_MS).await;
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
            }
            Case::None => self.wants_refused(row, kind, case, &sample.own, &nobody(), out).await,
            Case::Withdrawn => {
                let with = scene.half_way(caller, 0).await;
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
                let stopped = scene.caller(kind, false, 1).await;
                let with = scene.half_way(&stopped, 0).await;
                scene.suspend(&stopped).await;
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
            }
        }
    }

    /// The secret counts, whoever is logged in besides.
    async fn by_secret(&mut self, row: &EndpointRow, caller: &Caller, case: Case, sample: &Sample) {
        let (scene, kind) = (self.scene, caller.kind);
        let cookie = scene.session(caller, ago_of(case)).await.cookie;
        let with = With { cookie: cookie.clone(), secret: sample.own.secret.clone() };
        let not_there = (404, Code::NotFound);
        match case {
            Case::Own | Case::Expired | Case::Locked => self.wants_own(row, kind, case, &sample.own, &with).await,
            Case::Others | Case::Missing => {
                self.wants_alike(row, kind, case, sample, &with).await;
                let others = With { cookie, ..scene.other_holder() };
                self.wants_refused(row, kind, case, &sample.own, &others, not_there).await;
            }
            Case::None => self.wants_refused(row, kind, case, &sample.own, &With { secret: None, ..with }, not_there).await,
            Case::Withdrawn => {
                scene.leave(&sample.own).await;
                match sample.after_leaving {
                    Some(wanted) => self.wants_refused(row, kind, case, &sample.own, &with, wanted).await,
                    None => {
                        let answer = self.send(row, &sample.own, &with, [1; 16]).await;
                        if !answer.is_ok() || !matches!(answer.body.as_slice(), b"null" | b"\"left\"") {
                            self.fault(row, kind, case, "shows something of a visit that was left", &answer);
                        }
                    }
                }
            }
        }
    }

    /// The token counts, whoever is logged in besides.
    async fn by_token(&mut self, row: &EndpointRow, caller: &Caller, case: Case, sample: &Sample) {
        let (scene, kind) = (self.scene, caller.kind);
        let with = match case {
            Case::None => nobody(),
            _ => scene.session(caller, ago_of(case)).await,
        };
        match case {
            Case::Own | Case::Expired | Case::Locked | Case::None => self.wants_own(row, kind, case, &sample.own, &with).await,
            Case::Others | Case::Missing => {
                let missing = sample.missing.clone().unwrap();
                self.wants_refused(row, kind, case, &missing, &with, (404, Code::NotFound)).await;
            }
            Case::Withdrawn => {
                scene.withdraw_url().await;
                self.wants_refused(row, kind, case, &sample.own, &with, (410, Code::X18)).await;
            }
        }
    }

    /// What the request says counts, not who is logged in.
    async fn by_nothing(&mut self, row: &EndpointRow, caller: &Caller, case: Case, sample: &Sample) {
        let (scene, kind) = (self.scene, caller.kind);
        let with = match case {
            Case::None => nobody(),
            _ => scene.session(caller, ago_of(case)).await,
        };
        if row.permission == Permission::Anyone {
            // Whoever asks and whatever became of who was in: the answer is one.
            return self.wants_own(row, kind, case, &sample.own, &with).await;
        }
        match case {
            Case::Own | Case::Expired | Case::Locked | Case::None => self.wants_own(row, kind, case, &sample.own, &with).await,
            Case::Others | Case::Missing => {
                self.wants_alike(row, kind, case, sample, &with).await;
                let wanted = sample.withdrawn.as_ref().map_or((401, Code::Login), |(_, wanted)| *wanted);
                if let Some(others) = &sample.others {
                    self.wants_refused(row, kind, case, others, &with, wanted).await;
                }
                // What one address may try in a row is another test's.
                scene.world.later(60 * 60_000);
            }
            Case::Withdrawn => match (&sample.withdrawn, row.permission) {
                (Some((ask, wanted)), _) => self.wants_refused(row, kind, case, ask, &with, *wanted).await,
                // Who is nobody has nothing that could be taken back.
                (None, Permission::Anyone) => {}
                (None, _) => self.wants_refused(row, kind, case, &sample.own, &with, (403, Code::X44)).await,
            },
        }
    }

    /// The facility's user counts, whoever is logged in at the office besides; and an account of the office is none.
    async fn by_applicant(&mut self, row: &EndpointRow, caller: &Caller, case: Case, sample: &Sample) {
        let (scene, kind, out) = (self.scene, caller.kind, (401, Code::Session));
        let staff = scene.session(caller, 0).await.cookie.unwrap();
        let id = sample.applicant.clone().unwrap();
        let both = async |ago_ms: i64| {
            let cookie = portal::session(&scene.world, &id, ago_ms).await;
            With { cookie: Some(format!("{staff}; {cookie}")), secret: None }
        };
        match case {
            // A lock of the office's session is not the applicant's.
            Case::Own | Case::Locked => self.wants_own(row, kind, case, &sample.own, &both(0).await).await,
            Case::Others | Case::Missing => self.wants_alike(row, kind, case, sample, &both(0).await).await,
            Case::Expired => self.wants_refused(row, kind, case, &sample.own, &both(10 * 60_000).await, out).await,
            Case::None => {
                self.wants_refused(row, kind, case, &sample.own, &nobody(), out).await;
                let with = With { cookie: Some(staff.clone()), secret: None };
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
            }
            Case::Withdrawn => {
                let with = both(0).await;
                portal::end_sessions(&scene.world).await;
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
            }
        }
    }
}

#[tokio::test]
async fn every_endpoint_answers_those_with_its_right_and_tells_nobody_else_anything() {
    let scene = Scene::new().await;
    let mut walk = Walk::new(&scene, scene.world.router.clone());
    for row in table() {
        walk.endpoint(row).await;
    }
    assert!(walk.faults.is_empty(), "{:#?}", walk.faults);
    assert_eq!(walk.cells, table().count() * AccountKind::ALL.len() * CASES.len());
}

/// A leak planted in a copy of the app.
#[derive(Debug, Clone, Copy)]
enum Leak {
    /// A handler that asks for a row without the tenant.
    ForgetsTheTenant,
    /// The same, and another's row differs from none by a header only.
    TellsApart,
    /// A list of all institutions.
    ListsEverything,
    /// A gate that forgets the kind of the account.
    ForgetsTheKind,
    /// A gate that takes an ended session.
    TakesAnEndedSession,
    /// A gate that does not look for the answer of before.
    DoesItAgain,
}

impl Leak {
    fn endpoint(self) -> &'static EndpointRow {
        let name = match self {
            Self::ForgetsTheTenant | Self::TellsApart => ConsentDetail::NAME,
            Self::ListsEverything => SearchConsents::NAME,
            Self::ForgetsTheKind | Self::DoesItAgain => ChangeReceptionUrl::NAME,
            Self::TakesAnEndedSession => Me::NAME,
        };
        table().find(|row| row.name == name).unwrap()
    }
}

/// The same app, but what it refuses is asked once more by someone who may.
fn with_leak(scene_router: Router, leak: Leak, theirs: String, admin: String, consent: Arc<str>) -> Router {
    scene_router.layer(axum::middleware::from_fn(move |request: AxumRequest, next: Next| {
        let (theirs, admin, consent) = (theirs.clone(), admin.clone(), Arc::clone(&consent));
        async move { leaking(leak, &theirs, &admin, &consent, request, next).await }
    }))
}

async fn leaking(leak: Leak, theirs: &str, admin: &str, consent: &str, request: AxumRequest, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let is_their_row = parts.uri.path().ends_with(consent);
    if matches!(leak, Leak::DoesItAgain) {
        let key: [u8; 16] = server::random::Random::machine().bytes().unwrap();
        parts.headers.insert(KEY_HEADER, Base64(key.to_vec()).to_text().parse().unwrap());
    }
    let again = |parts: &axum::http::request::Parts, cookie: &str| {
        let mut parts = parts.clone();
        parts.headers.insert(header::COOKIE, cookie.parse().unwrap());
        AxumRequest::from_parts(parts, Body::from(body.clone()))
    };
    let first = next.clone().run(AxumRequest::from_parts(parts.clone(), Body::from(body.clone()))).await;
    match (leak, first.status()) {
        (Leak::ForgetsTheTenant, StatusCode::NOT_FOUND) => next.run(again(&parts, theirs)).await,
        (Leak::ListsEverything, StatusCode::OK) => next.run(again(&parts, theirs)).await,
        (Leak::ForgetsTheKind, StatusCode::FORBIDDEN) | (Leak::TakesAnEndedSession, StatusCode::UNAUTHORIZED) => {
            next.run(again(&parts, admin)).await
        }
        (Leak::TellsApart, StatusCode::NOT_FOUND) if is_their_row => {
            let mut first = first;
            first.headers_mut().insert("x-row", "1".parse().unwrap());
            first
        }
        _ => first,
    }
}

#[tokio::test]
async fn the_walk_finds_each_leak_that_is_planted() {
    let scene = Scene::new().await;
    let admin = UserId::try_from("kanri1").unwrap();
    let consent: Arc<str> = scene.marks()[3].into();
    for leak in [
        Leak::ForgetsTheTenant,
        Leak::TellsApart,
        Leak::ListsEverything,
        Leak::ForgetsTheKind,
        Leak::TakesAnEndedSession,
        Leak::DoesItAgain,
    ] {
        let theirs = scene.session_in(CLINIC, &admin, 0).await.cookie.unwrap();
        let own = scene.session_in(STATION, &admin, 0).await.cookie.unwrap();
        let router = with_leak(scene.world.router.clone(), leak, theirs, own, Arc::clone(&consent));
        let mut walk = Walk::new(&scene, router);
        walk.endpoint(leak.endpoint()).await;
        assert!(!walk.faults.is_empty(), "{leak:?} is not seen");
        let mut control = Walk::new(&scene, scene.world.router.clone());
        control.endpoint(leak.endpoint()).await;
        assert!(control.faults.is_empty(), "control without {leak:?}: {:#?}", control.faults);
    }
}

#[tokio::test]
async fn an_endpoint_without_a_sample_is_a_fault() {
    let scene = Scene::new().await;
    let mut walk = Walk::new(&scene, scene.world.router.clone());
    walk.cell(&EndpointRow { name: "office.not_built", ..Me::ROW }, AccountKind::Admin, Case::Own).await;
    assert_eq!(walk.faults, ["office.not_built has no sample"]);
}

#[tokio::test]
async fn who_must_change_the_password_first_does_nothing_else() {
    let scene = Scene::new().await;
    let mut walk = Walk::new(&scene, scene.world.router.clone());
    for row in table() {
        let caller = scene.caller(AccountKind::Admin, true, 1).await;
        let sample = scene.sample(row, &caller).await.unwrap();
        let with = scene.session(&caller, 0).await;
        match row.permission {
            Permission::Account(_) => walk.wants_refused(row, caller.kind, Case::Own, &sample.own, &with, (403, Code::X39)).await,
            Permission::AnyAccount | Permission::AnySession => walk.wants_own(row, caller.kind, Case::Own, &sample.own, &with).await,
            _ => {}
        }
    }
    assert!(walk.faults.is_empty(), "{:#?}", walk.faults);
}

#[tokio::test]
async fn who_must_add_a_second_factor_does_nothing_else() {
    let scene = Scene::new().await;
    put_off_second_factor(&scene.world.store, STATION, "2026-11-20").await;
    let mut walk = Walk::new(&scene, scene.world.router.clone());
    let mut opened = Vec::new();
    for row in table() {
        let caller = scene.caller(AccountKind::Admin, false, 1).await;
        let sample = scene.sample(row, &caller).await.unwrap();
        scene.forget_factors(&caller).await;
        let with = scene.session(&caller, 0).await;
        match row.permission {
            Permission::Account(Act::ManageOwnFactors) => opened.push(row.name),
            Permission::Account(_) => walk.wants_refused(row, caller.kind, Case::Own, &sample.own, &with, (403, Code::Factor)).await,
            _ => {}
        }
        // A program has nobody at a screen.
        if let Permission::Account(act) = row.permission
            && may(AccountKind::Link, act) == Right::Yes
        {
            let program = scene.caller(AccountKind::Link, false, 1).await;
            let with = scene.session(&program, 0).await;
            walk.wants_own(row, program.kind, Case::Own, &sample.own, &with).await;
        }
    }
    assert!(walk.faults.is_empty(), "{:#?}", walk.faults);
    assert_eq!(opened.len(), 6, "{opened:?}");
}

#[tokio::test]
async fn a_login_between_password_and_second_factor_opens_nothing() {
    let scene = Scene::new().await;
    let mut walk = Walk::new(&scene, scene.world.router.clone());
    for row in table().filter(|row| matches!(row.permission, Permission::AnyAccount | Permission::Account(_))) {
        let caller = scene.caller(AccountKind::Admin, false, 1).await;
        let sample = scene.sample(row, &caller).await.unwrap();
        let half_way = scene.half_way(&caller, 0).await;
        let as_session = half_way.cookie.as_ref().unwrap().replace("uketsuke-step=", "uketsuke=");
        for cookie in [half_way.cookie.clone().unwrap(), as_session] {
            let with = With { cookie: Some(cookie), secret: None };
            walk.wants_refused(row, caller.kind, Case::Own, &sample.own, &with, (401, Code::Session)).await;
        }
    }
    assert!(walk.faults.is_empty(), "{:#?}", walk.faults);
}

#[tokio::test]
async fn what_asks_for_a_fresh_proof_is_not_done_after_an_old_one() {
    let scene = Scene::new().await;
    let mut walk = Walk::new(&scene, scene.world.router.clone());
    let mut walked = 0;
    for row in table() {
        let Permission::Account(act) = row.permission else { continue };
        for kind in AccountKind::ALL.into_iter().filter(|kind| may(*kind, act) == Right::StepUp) {
            let caller = scene.caller(kind, false, 1).await;
            let sample = scene.sample(row, &caller).await.unwrap();
            let before = scene.world.audited(row.name).await.len();
            let old = scene.session_proved(&caller, STEP_UP_MS).await;
            walk.wants_refused(row, kind, Case::Own, &sample.own, &old, (403, Code::StepUp)).await;
            assert_eq!(scene.world.audited(row.name).await.len(), before, "{}: nothing was done", row.name);
            let fresh = scene.session_proved(&caller, STEP_UP_MS - 1).await;
            walk.wants_own(row, kind, Case::Own, &sample.own, &fresh).await;
            walked += 1;
        }
    }
    assert!(walk.faults.is_empty(), "{:#?}", walk.faults);
    assert!(walked > 30, "{walked}");
}

#[tokio::test]
async fn an_id_that_none_can_be_is_missing_like_any_other() {
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let missing = world.send("GET", "/api/office/consents/AAAAAAAAAAAAAAAAAAAAAA", &admin, "").await;
    assert_eq!(missing.0, StatusCode::NOT_FOUND);
    assert_eq!(missing, world.send("GET", "/api/office/consents/x", &admin, "").await);
    let missing = world.send("GET", &format!("/api/reception/{}", "A".repeat(43)), &nobody(), "").await;
    assert_eq!(missing.0, StatusCode::NOT_FOUND);
    assert_eq!(missing, world.send("GET", "/api/reception/x", &nobody(), "").await);
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let missing = world.send("GET", "/api/visits/AAAAAAAAAAAAAAAAAAAAAA", &holder(&visit), "").await;
    assert_eq!(missing.0, StatusCode::NOT_FOUND);
    assert_eq!(missing, world.send("GET", "/api/visits/x", &holder(&visit), "").await);
}

#[tokio::test]
async fn a_post_by_cookie_must_come_from_our_page() {
    let scene = Scene::new().await;
    let good = [("origin", ORIGIN), (SAME_PAGE_HEADER, "1")];
    let bad: [&[(&str, &str)]; 7] = [
        &[],
        &[("origin", ORIGIN)],
        &[(SAME_PAGE_HEADER, "1")],
        &[("origin", "null"), (SAME_PAGE_HEADER, "1")],
        &[("origin", "https://uketsuke.example.evil"), (SAME_PAGE_HEADER, "1")],
        &[("origin", "http://uketsuke.example"), (SAME_PAGE_HEADER, "1")],
        &[("origin", ORIGIN), (SAME_PAGE_HEADER, "1"), ("sec-fetch-site", "cross-site")],
    ];
    let mut walked = 0;
    for row in table().filter(|row| row.method == Method::Post && row.permission.is_by_cookie()) {
        let caller = scene.caller(whoever_may(row), false, 1).await;
        let is_half = row.permission == Permission::HalfWay;
        let with = if is_half { scene.half_way(&caller, 0).await } else { scene.session(&caller, 0).await };
        let sample = scene.sample(row, &caller).await.unwrap();
        let with = match &sample.applicant {
            Some(id) => With { cookie: Some(portal::session(&scene.world, id, 0).await), secret: None },
            None => with,
        };
        let ask = |headers: &[(&str, &str)]| {
            let mut request = Request::builder()
                .method("POST")
                .uri(&sample.own.path)
                .header("host", "uketsuke.example")
                .header("content-type", "application/json")
                .header(KEY_HEADER, Base64(vec![9; 16]).to_text())
                .header("cookie", with.cookie.clone().unwrap());
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            scene.world.raw(request.body(Body::from(sample.own.body.clone())).unwrap())
        };
        for headers in bad {
            let (status, _, body) = ask(headers).await;
            let refusal = serde_json::from_slice::<Refusal>(&body).unwrap();
            assert_eq!((status, refusal.code), (StatusCode::FORBIDDEN, Code::Forbidden), "{} with {headers:?}", row.name);
        }
        assert_eq!(ask(&good).await.0.is_success(), sample.device.is_none(), "{}", row.name);
        walked += 1;
    }
    assert!(walked >= 6, "login, logout, password, URL, search, choice: {walked}");
    let visit = scene.fresh_visit().await;
    // The visit's secret is no cookie: no browser sends it by itself. A foreign Origin is refused all the same.
    let ask = |origin: Option<&str>| {
        let mut request = Request::builder()
            .method("POST")
            .uri(format!("/api/visits/{}/challenge", visit.visit))
            .header("host", "uketsuke.example")
            .header(VISIT_SECRET_HEADER, visit.secret.to_text());
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        scene.world.raw(request.body(Body::empty()).unwrap())
    };
    assert_eq!(ask(None).await.0, StatusCode::OK);
    assert_eq!(ask(Some("https://elsewhere.example")).await.0, StatusCode::FORBIDDEN);
}

/// An admin, or who is let in where an admin is not.
fn whoever_may(row: &EndpointRow) -> AccountKind {
    match row.permission {
        Permission::Account(act) if may(AccountKind::Admin, act) == Right::No => AccountKind::Viewer,
        _ => AccountKind::Admin,
    }
}

#[tokio::test]
async fn a_call_that_needs_a_key_is_refused_without_a_good_one() {
    let scene = Scene::new().await;
    for row in table().filter(|row| row.again.is_keyed()) {
        let caller = scene.caller(whoever_may(row), false, 1).await;
        let with = scene.session(&caller, 0).await;
        let sample = scene.sample(row, &caller).await.unwrap();
        if let Some(device) = &sample.device {
            let Ask { path, body, .. } = &sample.own;
            for bad in ["", "???", &"A".repeat(20), &"A".repeat(44)] {
                let (status, ..) = device.send_as(&scene.world, "POST", path, body, bad).await;
                assert_eq!(status, StatusCode::BAD_REQUEST, "{} with {bad:?}", row.name);
            }
            // Those of a device are one account's: a key is of one row.
            let good = Base64(server::sha256(row.name.as_bytes()).to_vec()).to_text();
            let (status, ..) = device.send_as(&scene.world, "POST", path, body, &good).await;
            assert!(status.is_success(), "{}: {status}", row.name);
            continue;
        }
        let ask = |key: Option<String>| {
            let mut request = Request::builder()
                .method("POST")
                .uri(&sample.own.path)
                .header("host", "uketsuke.example")
                .header("content-type", "application/json")
                .header("origin", ORIGIN)
                .header(SAME_PAGE_HEADER, "1")
                .header("cookie", with.cookie.clone().unwrap());
            if let Some(key) = key {
                request = request.header(KEY_HEADER, key);
            }
            scene.world.raw(request.body(Body::from(sample.own.body.clone())).unwrap())
        };
        for bad in [None, Some(String::new()), Some("???".to_owned()), Some("A".repeat(20)), Some("A".repeat(44))] {
            assert_eq!(ask(bad.clone()).await.0, StatusCode::BAD_REQUEST, "{} with {bad:?}", row.name);
        }
        let (status, ..) = ask(Some(Base64(vec![7; 32]).to_text())).await;
        assert!(status.is_success(), "{}: {status}", row.name);
    }
}

#[tokio::test]
async fn a_key_belongs_to_its_account_and_ends_after_a_day() {
    use shared::api::office::{ReceptionUrlInfo, UrlChange};
    let scene = Scene::new().await;
    let world = &scene.world;
    let callers = [scene.caller(AccountKind::Admin, false, 9).await, scene.caller(AccountKind::Admin, false, 9).await];
    let walk = Walk::new(&scene, world.router.clone());
    let change = async |caller: &Caller, present: &str| {
        let with = scene.session(caller, 0).await;
        let body = UrlChange { typed_institution: STATION.to_owned(), present_url: present.to_owned() };
        let ask =
            Ask { path: ChangeReceptionUrl { of: "home-visit".into() }.path(), body: serde_json::to_string(&body).unwrap(), secret: None };
        let answer = walk.send(&ChangeReceptionUrl::ROW, &ask, &with, [5; 16]).await;
        (answer.status, serde_json::from_slice::<ReceptionUrlInfo>(&answer.body).ok().map(|info| info.url))
    };
    let first_url = format!("{ORIGIN}/r/{}", world.token.as_str());
    let (status, second_url) = change(&callers[0], &first_url).await;
    assert_eq!(status, 200);
    assert_eq!(change(&callers[0], &first_url).await.1, second_url, "asked again after the answer was lost");
    let second_url = second_url.unwrap();
    let (status, third_url) = change(&callers[1], &second_url).await;
    assert_eq!(status, 200, "another account's key is another key");
    assert_ne!(third_url.as_ref(), Some(&second_url));
    assert_eq!(world.audited(ChangeReceptionUrl::NAME).await.len(), 2);
    // A day later the answer of then is not given any more.
    world.later(shared::api::ANSWER_KEPT_MS - 1);
    assert_eq!(change(&callers[0], &first_url).await, (200, Some(second_url)));
    world.later(1);
    assert_eq!(change(&callers[0], &first_url).await.0, 400, "the first URL is not the present one");
}

#[tokio::test]
async fn lists_hold_the_own_institution_only() {
    let scene = Scene::new().await;
    for (institution, names) in [(STATION, &["五郎", "太郎"][..]), (CLINIC, &["和子"][..])] {
        let with = scene.session_in(institution, &UserId::try_from("kanri1").unwrap(), 0).await;
        let caller = scene.caller(AccountKind::Admin, false, 1).await;
        let sample = scene.sample(&SearchConsents::ROW, &caller).await.unwrap();
        let (status, _, body) = scene.world.send("POST", &sample.own.path, &with, sample.own.body).await;
        let page: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status.as_u16(), page["total"].as_u64()), (200, Some(names.len() as u64)), "{institution}");
        for (place, name) in names.iter().enumerate() {
            assert!(page["rows"][place]["person"]["name"].as_str().unwrap().contains(name), "{institution}");
        }
    }
    assert_ne!(code(STATION), code(CLINIC));
}

#[tokio::test]
async fn former_urls_are_listed_by_their_times_alone() {
    use shared::api::office::FormerReceptionUrls;
    let scene = Scene::new().await;
    let world = &scene.world;
    let admin = world.login(STATION, "kanri1").await;
    let former = async || world.call::<FormerReceptionUrls>(&[], &admin, &()).await.unwrap().rows;
    assert!(former().await.is_empty());
    let start = world.clock.now();
    world.later(1_000);
    scene.withdraw_url().await;
    world.later(1_000);
    scene.withdraw_url().await;
    let rows = former().await;
    let times: Vec<_> = rows.iter().map(|row| (row.issued_at.0 - start.0, row.retired_at.0 - start.0)).collect();
    // The scene took a millisecond between its visits.
    assert_eq!(times, [(1_000, 2_000), (-1, 1_000)], "the last one first");
    let stranger = world.login(CLINIC, "kanri1").await;
    assert!(world.call::<FormerReceptionUrls>(&[], &stranger, &()).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn only_the_declared_methods_are_served() {
    let scene = Scene::new().await;
    let caller = scene.caller(AccountKind::Admin, false, 1).await;
    for row in table() {
        let with = scene.session(&caller, 0).await;
        let sample = scene.sample(row, &caller).await.unwrap();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"] {
            let declared = table().any(|other| {
                let is_method = matches!((other.method, method), (Method::Get, "GET") | (Method::Post, "POST"));
                other.path == row.path && is_method
            });
            if !declared {
                let (status, _, _) = scene.world.send(method, &sample.own.path, &with, "").await;
                assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {}", row.path);
            }
        }
    }
}
