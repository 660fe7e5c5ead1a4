//! At the office's own door: each state of a certificate, what is served where, and what an admin does.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use server::peer::Presented;
use server::random::Random;
use shared::api::certificate::{
    CertificateInUse, CertificateList, CertificateRow, ExportCertificate, IssueCertificate, ListCertificates, ModeChange, NewCertificate,
    RenewCertificate, RevokeCertificate, SetCertificateMode,
};
use shared::api::office::{Login, Me};
use shared::api::{Code, Detail, Endpoint, KEY_HEADER, Method, Refusal, SAME_PAGE_HEADER};
use shared::bytes::Base64;
use shared::domain::calendar::CivilDate;
use shared::domain::certificate::{CertificateMode, CertificateState, CertificateTrouble};
use shared::domain::code::DeviceLabel;
use tower::ServiceExt as _;

use super::{DAY_MS, keep, listed, pem_of, revoked, row, set};
use crate::world::{CLINIC, OFFICE, ORIGIN, PASSWORD, STATION, World, cookie_of};

/// A terminal at the office's door: what it shows, and who is in at it.
#[derive(Clone, Default)]
pub(super) struct Terminal {
    pub(super) shows: Option<Presented>,
    pub(super) cookie: Option<String>,
}

impl Terminal {
    pub(super) fn with(certificate: &[u8]) -> Self {
        Self { shows: Some(Presented::new(certificate)), cookie: None }
    }

    async fn send(&self, world: &World, method: &str, path: &str, body: String) -> (StatusCode, HeaderMap, Vec<u8>) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, OFFICE.strip_prefix("https://").unwrap())
            .header(header::CONTENT_TYPE, "application/json")
            .header(KEY_HEADER, Base64(Random::machine().bytes::<16>().unwrap().to_vec()).to_text());
        if method == "POST" {
            request = request.header(header::ORIGIN, OFFICE).header(SAME_PAGE_HEADER, "1");
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let mut request = request.body(Body::from(body)).unwrap();
        if let Some(shows) = &self.shows {
            request.extensions_mut().insert(shows.clone());
        }
        let (parts, body) = world.office.clone().unwrap().oneshot(request).await.unwrap().into_parts();
        (parts.status, parts.headers, axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec())
    }

    async fn call<E: Endpoint>(&self, world: &World, part: &str, body: &E::Request) -> Result<E::Response, Refusal> {
        let path = E::from_parts(|_| Some(part)).unwrap().path();
        let (status, _, bytes) = match E::METHOD {
            Method::Get => self.send(world, "GET", &path, String::new()).await,
            Method::Post => self.send(world, "POST", &path, serde_json::to_string(body).unwrap()).await,
        };
        if status.is_success() { Ok(serde_json::from_slice(&bytes).unwrap()) } else { Err(serde_json::from_slice(&bytes).unwrap()) }
    }

    pub(super) async fn login(&self, world: &World, user: &str, password: &str) -> Result<Self, Refusal> {
        let body = serde_json::json!({ "institution": STATION, "user": user, "password": password }).to_string();
        let (status, headers, bytes) = self.send(world, "POST", Login::PATH, body).await;
        if status.is_success() {
            return Ok(Self { cookie: Some(cookie_of(&headers)), ..self.clone() });
        }
        Err(serde_json::from_slice(&bytes).unwrap())
    }
}

/// Why X43 was said, with the last day; panics for anything else.
fn x43<T>(refused: Result<T, Refusal>) -> (CertificateTrouble, Option<CivilDate>) {
    let Err(refusal) = refused else { panic!("let in") };
    assert_eq!(refusal.code, Code::X43);
    let Some(Detail::Certificate(said)) = refusal.detail else { panic!("no reason") };
    assert_eq!(said.contact, "事務所 受付", "whom to ask");
    (said.why, said.ends_on)
}

#[tokio::test]
async fn x43_each_state_at_login_and_in_a_session() {
    let world = World::with_office().await;
    let (now, today) = (world.clock.now(), world.clock.now().jst_date());
    let good = row(STATION, "a", now, today.plus_days(100)).await;
    let record = keep(&world, STATION, &good).await;
    let theirs = row(CLINIC, "b", now, today.plus_days(100)).await;
    keep(&world, CLINIC, &theirs).await;
    let future = row(STATION, "c", now.plus_ms(1), today.plus_days(100)).await;
    keep(&world, STATION, &future).await;
    let ended = row(STATION, "d", now.plus_ms(-9 * DAY_MS), today.plus_days(-1)).await;
    keep(&world, STATION, &ended).await;
    let lost = row(STATION, "e", now, today.plus_days(100)).await;
    let lost_record = keep(&world, STATION, &lost).await;
    revoked(&world.store, STATION, &lost_record.id, now).await.unwrap();
    let unknown = row(STATION, "f", now, today.plus_days(100)).await;
    use CertificateTrouble::{Expired, Missing, NotYet, OtherInstitution, Revoked, Unknown};
    let end = Some(today.plus_days(100));
    let cases = [
        (Terminal::default(), Ok(()), Err((Missing, None))),
        (Terminal::with(&unknown.certificate), Ok(()), Err((Unknown, None))),
        (Terminal::with(&theirs.certificate), Err((OtherInstitution, None)), Err((OtherInstitution, None))),
        (Terminal::with(&future.certificate), Ok(()), Err((NotYet, end))),
        (Terminal::with(&ended.certificate), Ok(()), Err((Expired, Some(today.plus_days(-1))))),
        (Terminal::with(&lost.certificate), Err((Revoked, end)), Err((Revoked, end))),
        (Terminal::with(&good.certificate), Ok(()), Ok(())),
    ];
    // Not asked for, any of them and none is let in.
    let mut inside = Vec::new();
    for (terminal, ..) in &cases {
        inside.push(terminal.login(&world, "kanri1", PASSWORD).await.unwrap());
    }
    for (mode, place) in [(CertificateMode::Wanted, 1), (CertificateMode::Required, 2)] {
        set(&world.store, mode, today, now).await;
        for ((terminal, wanted, required), session) in cases.iter().zip(&inside) {
            let expected = if place == 1 { *wanted } else { *required };
            for outcome in
                [session.call::<Me>(&world, "", &()).await.map(|_| ()), terminal.login(&world, "kanri1", PASSWORD).await.map(|_| ())]
            {
                match expected {
                    Ok(()) => assert!(outcome.is_ok(), "{mode:?} {outcome:?}"),
                    Err(why) => assert_eq!(x43(outcome), why, "{mode:?}"),
                }
            }
        }
    }
    // Without the certificate no password is tried: right and wrong are one answer.
    assert_eq!(x43(Terminal::default().login(&world, "kanri1", "wrong").await), (Missing, None));
    // The refusals are on record, each kind once an hour, and the log knows no fingerprint.
    let refused = world.audited("office.login").await.iter().filter(|outcome| *outcome == "U-X43").count();
    assert_eq!(refused, 1, "who goes on asking does not fill the log");
    // The use of the good one is noted.
    let seen = listed(&world.store).await.into_iter().find(|one| one.id == record.id).unwrap().last_seen_at;
    assert_eq!(seen, Some(now));
    // An end counts from the next request on.
    let session = inside.last().unwrap();
    assert!(session.call::<Me>(&world, "", &()).await.is_ok());
    revoked(&world.store, STATION, &record.id, now).await.unwrap();
    assert_eq!(x43(session.call::<Me>(&world, "", &()).await), (Revoked, end));
    // And so does the last day's.
    let other = row(STATION, "g", now, today).await;
    keep(&world, STATION, &other).await;
    let session = Terminal { shows: Some(Presented::new(&other.certificate)), ..session.clone() };
    assert!(session.call::<Me>(&world, "", &()).await.is_ok());
    world.clock.set(today.plus_days(1).at_jst(0, 0));
    assert_eq!(x43(Terminal { cookie: None, ..session }.login(&world, "kanri1", PASSWORD).await), (Expired, Some(today)));
}

#[tokio::test]
async fn the_certificate_in_use_is_told_to_its_holder_alone() {
    let world = World::with_office().await;
    let (now, today) = (world.clock.now(), world.clock.now().jst_date());
    let none = Terminal::default().call::<CertificateInUse>(&world, "", &()).await.unwrap();
    assert_eq!((none.is_asked, none.is_shown, none.certificate, none.refused), (true, false, None, None));
    let near = row(STATION, "受付のパソコン", now, today.plus_days(12)).await;
    let terminal = Terminal::with(&near.certificate);
    let unknown = terminal.call::<CertificateInUse>(&world, "", &()).await.unwrap();
    assert_eq!((unknown.is_shown, unknown.certificate), (true, None), "not in the list");
    let record = keep(&world, STATION, &near).await;
    let used = terminal.call::<CertificateInUse>(&world, "", &()).await.unwrap();
    let known = used.certificate.unwrap();
    assert_eq!((known.label.as_str(), known.institution_name.as_str()), ("受付のパソコン", "ひなた訪問看護ステーション"));
    assert_eq!((known.state, known.ends_on, known.due.unwrap().step), (CertificateState::NearEnd, today.plus_days(12), 15));
    assert_eq!(used.refused, None);
    revoked(&world.store, STATION, &record.id, now).await.unwrap();
    assert_eq!(terminal.call::<CertificateInUse>(&world, "", &()).await.unwrap().refused, None, "nothing is asked for");
    set(&world.store, CertificateMode::Wanted, today, now).await;
    let refused = terminal.call::<CertificateInUse>(&world, "", &()).await.unwrap().refused.unwrap();
    assert_eq!((refused.why, refused.contact.as_str()), (CertificateTrouble::Revoked, "事務所 受付"));
}

#[tokio::test]
async fn an_admin_issues_takes_the_file_and_shuts_the_door_from_inside_only() {
    let world = World::with_office().await;
    let admin = Terminal::default().login(&world, "kanri1", PASSWORD).await.unwrap();
    let today = world.clock.now().jst_date();
    let new = NewCertificate {
        label: DeviceLabel::try_from("受付のパソコン").unwrap(), holder: DeviceLabel::try_from("事務長").unwrap()
    };
    let issued: CertificateRow = admin.call::<IssueCertificate>(&world, "", &new).await.unwrap();
    assert_eq!((issued.state, issued.ends_on), (CertificateState::Valid, shared::domain::certificate::last_day(today)));
    assert_eq!(admin.call::<IssueCertificate>(&world, "", &new).await.err().unwrap().code, Code::Taken);
    assert_eq!(admin.call::<RenewCertificate>(&world, &issued.id, &()).await.err().unwrap().code, Code::Request, "too early");
    let file = admin.call::<ExportCertificate>(&world, &issued.id, &()).await.unwrap();
    let again = admin.call::<ExportCertificate>(&world, &issued.id, &()).await.unwrap();
    assert_ne!(file.password, again.password, "another password each time");
    assert!(file.password.len() >= 29 && file.file_name.ends_with(".p12"), "{}", file.file_name);
    let pem = pem_of(&file.file.0, &file.password);
    let shown = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    // Neither password nor key stands in the database; the label is the control.
    let disk: Vec<u8> = std::fs::read(world.folder().join("u.db-wal")).unwrap();
    let holds = |bytes: &[u8]| disk.windows(bytes.len()).any(|window| window == bytes);
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap();
    assert!(holds("受付のパソコン".as_bytes()) && !holds(file.password.as_bytes()) && !holds(&key.secret_der()[36..68]));
    // Required from today on: from inside with a good certificate alone.
    let required = ModeChange { mode: CertificateMode::Required, from: today };
    let refused = admin.call::<SetCertificateMode>(&world, "", &required).await.err().unwrap();
    let Some(Detail::Certificate(said)) = refused.detail else { panic!("no reason") };
    assert_eq!((refused.code, said.why), (Code::Request, CertificateTrouble::Missing));
    let yesterday = ModeChange { mode: CertificateMode::Off, from: today.plus_days(-1) };
    assert_eq!(admin.call::<SetCertificateMode>(&world, "", &yesterday).await.err().unwrap().code, Code::Request);
    let inside = Terminal { shows: Some(Presented::new(&shown)), ..admin.clone() };
    let modes = inside.call::<SetCertificateMode>(&world, "", &required).await.unwrap();
    assert_eq!((modes.mode, modes.since.unwrap().1.unwrap().as_str()), (CertificateMode::Required, "kanri1"));
    assert_eq!(x43(admin.call::<Me>(&world, "", &()).await), (CertificateTrouble::Missing, None), "at the next request");
    let list: CertificateList = inside.call::<ListCertificates>(&world, "", &()).await.unwrap();
    assert!(list.is_asked && list.rows.len() == 1 && list.rows[0].is_in_use);
    // Near its end it is renewed; the days that are left are lost.
    world.clock.set(issued.ends_on.plus_days(-40).at_jst(10, 0));
    let inside = Terminal { cookie: None, ..inside }.login(&world, "kanri1", PASSWORD).await.unwrap();
    let list = inside.call::<ListCertificates>(&world, "", &()).await.unwrap();
    assert_eq!((list.rows[0].days_left, list.rows[0].can_be_renewed), (40, true));
    let next = inside.call::<RenewCertificate>(&world, &issued.id, &()).await.unwrap();
    assert_eq!(next.ends_on, shared::domain::certificate::last_day(issued.ends_on.plus_days(-40)));
    let file = inside.call::<ExportCertificate>(&world, &next.id, &()).await.unwrap();
    let shown = CertificateDer::from_pem_slice(pem_of(&file.file.0, &file.password).as_bytes()).unwrap();
    let renewed = Terminal { shows: Some(Presented::new(&shown)), ..inside.clone() };
    assert!(inside.call::<Me>(&world, "", &()).await.is_ok(), "the former one still counts");
    assert!(renewed.call::<Me>(&world, "", &()).await.is_ok());
    assert_eq!(x43(inside.call::<Me>(&world, "", &()).await).0, CertificateTrouble::Revoked, "until the new one is used");
    let ended = renewed.call::<RevokeCertificate>(&world, &next.id, &()).await.unwrap();
    assert_eq!(ended.state, CertificateState::Revoked);
    assert_eq!(x43(renewed.call::<Me>(&world, "", &()).await).0, CertificateTrouble::Revoked);
}

#[tokio::test]
async fn with_an_office_of_its_own_each_door_serves_its_desks() {
    let world = World::with_office().await;
    let office = Terminal::default();
    // The first door: no office, and a page that says where it is.
    for path in ["/o", "/o/certificates", "/"] {
        let (status, headers, body) = world.send("GET", path, &crate::world::nobody(), Body::empty()).await;
        let text = String::from_utf8(body).unwrap();
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(text.contains(&format!("href=\"{OFFICE}/o\"")) && text.contains("別のアドレス"), "{text}");
        assert!(headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("default-src 'none'"));
    }
    let (status, _, body) = world.send("GET", ListCertificates::PATH, &crate::world::nobody(), Body::empty()).await;
    assert_eq!((status, serde_json::from_slice::<Refusal>(&body).unwrap().code), (StatusCode::NOT_FOUND, Code::NotFound));
    assert!(!String::from_utf8_lossy(&body).contains("office.uketsuke"), "a program is not told");
    // A device's header opens no login of the office there, whatever stands in it.
    let body = serde_json::json!({ "institution": STATION, "user": "kanri1", "password": PASSWORD }).to_string();
    let request = Request::builder().method("POST").uri(Login::PATH).header(header::HOST, "uketsuke.example");
    let request = request.header(header::CONTENT_TYPE, "application/json").header(header::ORIGIN, ORIGIN);
    let request = request.header(SAME_PAGE_HEADER, "1").header("x-uketsuke-device", "AAAAAAAAAAAAAAAAAAAAAA");
    let (status, headers, _) = world.raw(request.body(Body::from(body)).unwrap()).await;
    assert_eq!((status, headers.get(header::SET_COOKIE)), (StatusCode::NOT_FOUND, None));
    // The office's door: nothing else.
    for path in ["/r/AAAA", "/d", "/d/", "/api/reception/AAAA"] {
        let (status, headers, _) = office.send(&world, "GET", path, String::new()).await;
        assert_eq!((status, headers.get(header::LOCATION)), (StatusCode::NOT_FOUND, None), "{path}");
    }
    // Host and Origin are those of the door.
    let request = Request::builder().uri("/o?x=1").header(header::HOST, "uketsuke.example").body(Body::empty()).unwrap();
    let answer = world.office.clone().unwrap().oneshot(request).await.unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()[header::LOCATION]),
        (StatusCode::PERMANENT_REDIRECT, &format!("{OFFICE}/o?x=1").parse().unwrap())
    );
    let post = |origin: &str| {
        let body = serde_json::json!({ "institution": STATION, "user": "kanri1", "password": PASSWORD }).to_string();
        let request = Request::builder().method("POST").uri(Login::PATH).header(header::HOST, OFFICE.strip_prefix("https://").unwrap());
        let request = request.header(header::CONTENT_TYPE, "application/json").header(header::ORIGIN, origin).header(SAME_PAGE_HEADER, "1");
        world.office.clone().unwrap().oneshot(request.body(Body::from(body)).unwrap())
    };
    assert_eq!(post(ORIGIN).await.unwrap().status(), StatusCode::FORBIDDEN, "a page of the first door");
    let opened = post(OFFICE).await.unwrap();
    assert_eq!(opened.status(), StatusCode::OK);
    assert!(opened.headers()[header::SET_COOKIE].to_str().unwrap().starts_with("__Host-"));
    // What the office gives out leads to the first door: patients and devices go there.
    let admin = office.login(&world, "kanri1", PASSWORD).await.unwrap();
    let url = admin.call::<shared::api::office::ReceptionUrl>(&world, "home-visit", &()).await.unwrap();
    assert!(url.url.starts_with(&format!("{ORIGIN}/r/")), "{}", url.url);
}

#[tokio::test]
async fn an_institutions_own_ca_lets_its_terminals_in_and_no_other_institution() {
    let world = World::with_office().await;
    let (now, today) = (world.clock.now(), world.clock.now().jst_date());
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name.push(rcgen::DnType::CommonName, "機関の認証局");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let ca = params.self_signed(&key).unwrap();
    let issuer = rcgen::Issuer::from_params(&params, &key);
    let leaf = |name: &str| {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        params.signed_by(&rcgen::KeyPair::generate().unwrap(), &issuer).unwrap().der().to_vec()
    };
    for institution in [STATION, CLINIC] {
        let (tenant, entry) = (super::tenant(institution), crate::store::entry(now, institution));
        let change = ModeChange { mode: CertificateMode::Required, from: today };
        world.store.0.write(move |tx| super::rule::set_mode(tx, &tenant, &change, None, &entry)).await.unwrap();
    }
    let terminal = Terminal::with(&leaf("受付のパソコン"));
    assert_eq!(x43(terminal.login(&world, "kanri1", PASSWORD).await).0, CertificateTrouble::Unknown);
    let (tenant, record) = (super::tenant(STATION), server::own_authority::read(ca.pem().as_bytes(), now).unwrap());
    let add = move |tx: &mut server::store::tx::Tx<'_>| super::store::add_own_authority(tx, &tenant, &record);
    assert!(world.store.0.write(add.clone()).await.unwrap() && !world.store.0.write(add).await.unwrap(), "once");
    let inside = terminal.login(&world, "kanri1", PASSWORD).await.unwrap();
    let row = inside.call::<ListCertificates>(&world, "", &()).await.unwrap().rows.remove(0);
    assert_eq!((row.label.as_str(), row.is_foreign, row.is_in_use, row.export_until), ("受付のパソコン", true, true, None));
    assert!(!row.can_be_renewed, "its own CA renews it");
    // Another terminal of the same name is told apart; the clinic has not trusted this CA.
    Terminal::with(&leaf("受付のパソコン")).login(&world, "kanri1", PASSWORD).await.unwrap();
    let labels: Vec<String> = listed(&world.store).await.iter().map(|one| one.label.as_str().to_owned()).collect();
    assert!(labels.len() == 2 && labels.iter().any(|label| label.starts_with("受付のパソコン (")), "{labels:?}");
    let body = serde_json::json!({ "institution": CLINIC, "user": "kanri1", "password": PASSWORD }).to_string();
    for (shows, why) in [(&inside, "other_institution"), (&Terminal::with(&leaf("c")), "unknown")] {
        let (status, _, answer) = Terminal { cookie: None, ..shows.clone() }.send(&world, "POST", Login::PATH, body.clone()).await;
        let said = String::from_utf8(answer).unwrap();
        assert!(status == StatusCode::FORBIDDEN && said.contains(why), "{said}");
    }
    // It is ended like any other, also while the CA goes on.
    inside.call::<RevokeCertificate>(&world, &row.id, &()).await.unwrap();
    assert_eq!(x43(inside.call::<Me>(&world, "", &()).await).0, CertificateTrouble::Revoked);
}
