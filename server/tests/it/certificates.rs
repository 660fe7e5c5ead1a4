//! Certificates of terminals on both databases, at the office's own door, and over TLS with the clients that people have.

use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use ring::hmac;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use server::accept::Limits;
use server::authority::{Authority, Keeper, Subject};
use server::peer::Presented;
use server::random::Random;
use server::rule::certificate::{self as rule, NotIssued, SEEN_EVERY_MS};
use server::serve::{Running, run};
use server::store::certificate::{self as store, CertificateRecord, NewCertificateRow};
use server::store::db::Db;
use server::store::{CertificateId, Sha256};
use server::tenant::Tenant;
use server::tls;
use shared::api::certificate::{
    CertificateInUse, CertificateList, CertificateRow, EXPORT_MS, ExportCertificate, IssueCertificate, ListCertificates, ModeChange, Modes,
    NewCertificate, RenewCertificate, RevokeCertificate, SetCertificateMode,
};
use shared::api::office::{Login, Me};
use shared::api::{Code, Detail, Endpoint, KEY_HEADER, Method, Refusal, SAME_PAGE_HEADER};
use shared::bytes::Base64;
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::certificate::{CertificateMode, CertificateState, CertificateTrouble, Shown};
use shared::domain::code::DeviceLabel;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

use crate::kept::Kept;
use crate::sample::code;
use crate::store::entry;
use crate::world::{CLINIC, OFFICE, ORIGIN, PASSWORD, STATION, World, add_institution, cookie_of};

const NOW: UnixMs = UnixMs(1_705_454_100_000);
const DAY_MS: i64 = 24 * 60 * 60_000;
/// The key of [`World`].
const VISIT_KEY: [u8; 32] = [7; 32];

fn tenant(institution: &str) -> Tenant {
    Tenant::of_operator(&code(institution))
}

fn keeper() -> Keeper {
    Keeper::new(&hmac::Key::new(hmac::HMAC_SHA256, &VISIT_KEY)).unwrap()
}

/// A certificate with its key, as the office makes them, that ends on a day.
pub(crate) async fn row(institution: &str, label: &str, now: UnixMs, ends_on: CivilDate) -> NewCertificateRow {
    made(institution, label, now, ends_on).await.0
}

/// The same, and its key.
async fn made(institution: &str, label: &str, now: UnixMs, ends_on: CivilDate) -> (NewCertificateRow, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let (db, keeper, random) = (Db::open_file(&folder.path().join("u.db")).unwrap(), keeper(), Random::machine());
    let authority = Authority::current(&db, &keeper, &random, now).await.unwrap();
    db.close().await;
    let made = authority.issue(Subject { label, institution, starts_at: now, ends_on }, &random).unwrap();
    let record = CertificateRecord {
        id: CertificateId::new(now, random.bytes().unwrap()),
        institution: code(institution),
        label: DeviceLabel::try_from(label).unwrap(),
        holder: DeviceLabel::try_from("事務長").unwrap(),
        fingerprint: made.fingerprint,
        serial: made.serial,
        is_foreign: false,
        starts_at: now,
        ends_on,
        issued_by: Some(UserId::try_from("kanri1").unwrap()),
        renews: None,
        export_until: Some(now.plus_ms(EXPORT_MS)),
        last_seen_at: None,
        revoked_at: None,
    };
    let key_sealed = keeper.seal(&made.fingerprint, &made.key, &random).unwrap();
    (NewCertificateRow { record, certificate: made.certificate, key_sealed: Some(key_sealed) }, made.key.to_vec())
}

/// One whose bytes are none: for what only the list decides.
fn bare(number: u8, label: &str, now: UnixMs, ends_on: CivilDate) -> NewCertificateRow {
    let record = CertificateRecord {
        id: CertificateId::new(now.plus_ms(number.into()), [number; 10]),
        institution: code(STATION),
        label: DeviceLabel::try_from(label).unwrap(),
        holder: DeviceLabel::try_from("事務長").unwrap(),
        fingerprint: [number; 32],
        serial: format!("{number:02x}"),
        is_foreign: false,
        starts_at: now,
        ends_on,
        issued_by: None,
        renews: None,
        export_until: Some(now.plus_ms(EXPORT_MS)),
        last_seen_at: None,
        revoked_at: None,
    };
    NewCertificateRow { record, certificate: vec![number], key_sealed: Some(vec![number]) }
}

async fn issued(store: &Kept, institution: &str, new: &NewCertificateRow, now: UnixMs) -> Result<CertificateRecord, NotIssued> {
    let (tenant, entry, new) = (tenant(institution), entry(now, institution), new.clone());
    store.0.write(move |tx| rule::issue(tx, &tenant, &new, now, &entry)).await.unwrap()
}

async fn renewed(store: &Kept, former: &CertificateId, new: NewCertificateRow, now: UnixMs) -> Result<CertificateRecord, NotIssued> {
    let (tenant, entry, former) = (tenant(STATION), entry(now, STATION), former.clone());
    let new = NewCertificateRow { record: CertificateRecord { renews: Some(former.clone()), ..new.record }, ..new };
    store.0.write(move |tx| rule::renew(tx, &tenant, &former, &new, now, &entry)).await.unwrap()
}

async fn revoked(store: &Kept, institution: &str, id: &CertificateId, now: UnixMs) -> Option<CertificateRecord> {
    let (tenant, entry, id) = (tenant(institution), entry(now, institution), id.clone());
    store.0.write(move |tx| rule::revoke(tx, &tenant, &id, &entry)).await.unwrap()
}

async fn standing(store: &Kept, institution: &str, fingerprint: Option<Sha256>, now: UnixMs) -> rule::Standing {
    let tenant = tenant(institution);
    store.0.read(move |tx| rule::standing(tx, &tenant, fingerprint.as_ref(), now)).await.unwrap()
}

async fn listed(store: &Kept) -> Vec<CertificateRecord> {
    let tenant = tenant(STATION);
    store.0.read(move |tx| store::list(tx, &tenant)).await.unwrap()
}

async fn set(store: &Kept, mode: CertificateMode, from: CivilDate, at: UnixMs) -> Modes {
    let (tenant, entry, change) = (tenant(STATION), entry(at, STATION), ModeChange { mode, from });
    store.0.write(move |tx| rule::set_mode(tx, &tenant, &change, None, &entry)).await.unwrap()
}

async fn two_institutions(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &Random::machine(), NOW).await;
    }
}

fn far() -> CivilDate {
    shared::domain::certificate::last_day(NOW.jst_date())
}

async fn a_label_tells_one_living_certificate(store: &Kept) {
    two_institutions(store).await;
    let first = issued(store, STATION, &bare(1, "受付のパソコン", NOW, far()), NOW).await.unwrap();
    assert_eq!((first.state(NOW), first.revoked_at), (CertificateState::Valid, None));
    assert_eq!(issued(store, STATION, &bare(2, "受付のﾊﾟｿｺﾝ", NOW, far()), NOW).await, Err(NotIssued::LabelTaken), "in any writing");
    assert_eq!(issued(store, STATION, &bare(1, "別", NOW, far()), NOW).await, Err(NotIssued::LabelTaken), "the same certificate again");
    assert!(issued(store, CLINIC, &bare(3, "受付のパソコン", NOW, far()), NOW).await.is_ok(), "another institution's");
    // Ended, the label is free again; what ended stays as it ended.
    assert_eq!(revoked(store, CLINIC, &first.id, NOW).await, None, "another institution ends nothing");
    assert_eq!(revoked(store, STATION, &first.id, NOW.plus_ms(1)).await.unwrap().revoked_at, Some(NOW.plus_ms(1)));
    assert_eq!(revoked(store, STATION, &first.id, NOW.plus_ms(2)).await.unwrap().revoked_at, Some(NOW.plus_ms(1)));
    assert!(issued(store, STATION, &bare(4, "受付のパソコン", NOW, far()), NOW).await.is_ok());
    assert_eq!(listed(store).await.iter().map(|one| one.serial.as_str()).collect::<Vec<_>>(), ["04", "01"], "the newest first");
}

async fn a_renewed_one_takes_the_place_when_it_is_first_shown(store: &Kept) {
    two_institutions(store).await;
    let ends_on = NOW.jst_date().plus_days(91);
    let first = issued(store, STATION, &bare(1, "a", NOW, ends_on), NOW).await.unwrap();
    assert_eq!(renewed(store, &first.id, bare(2, "a", NOW, far()), NOW).await, Err(NotIssued::NotNow), "91 days before the end");
    let soon = NOW.plus_ms(DAY_MS);
    let second = renewed(store, &first.id, bare(2, "a", soon, far()), soon).await.unwrap();
    assert_eq!(renewed(store, &first.id, bare(3, "a", soon, far()), soon).await, Err(NotIssued::NotNow), "renewed already");
    let missing = CertificateId::new(NOW, [9; 10]);
    assert_eq!(renewed(store, &missing, bare(4, "a", soon, far()), soon).await, Err(NotIssued::NotThere));
    // Both count until the new one is shown: nobody is locked out between.
    for number in [1, 2] {
        let of = standing(store, STATION, Some([number; 32]), soon).await;
        assert!(matches!(of.shown, Shown::Known { is_own: true, is_revoked: false, .. }), "{number}");
    }
    let ending = async |now| {
        let tenant = tenant(STATION);
        store.0.read(move |tx| rule::ending(tx, &tenant, now)).await.unwrap()
    };
    assert_eq!(ending(soon).await, [], "the one that is renewed is no task any more");
    let of = tenant(STATION);
    let record = second.clone();
    store.0.write(move |tx| rule::seen(tx, &of, &record, soon)).await.unwrap();
    let of = standing(store, STATION, Some([1; 32]), soon).await;
    assert!(matches!(of.shown, Shown::Known { is_revoked: true, .. }), "{of:?}");
    let noted = standing(store, STATION, Some([2; 32]), soon).await.found.unwrap().record;
    assert_eq!(noted.last_seen_at, Some(soon));
    assert!(!rule::is_to_be_noted(&noted, soon.plus_ms(SEEN_EVERY_MS - 1)) && rule::is_to_be_noted(&noted, soon.plus_ms(SEEN_EVERY_MS)));
    // The second one's own end is told in its time, and after it too.
    let before = far().plus_days(-30).at_jst(9, 0);
    assert_eq!(ending(before).await.iter().map(|one| (one.due.days_left, one.due.step)).collect::<Vec<_>>(), [(30, 30)]);
    assert_eq!(ending(far().plus_days(3).at_jst(9, 0)).await[0].due.days_left, -3);
    assert_eq!(ending(soon).await, []);
}

async fn the_switch_counts_from_its_day_on(store: &Kept) {
    two_institutions(store).await;
    let (today, now) = (NOW.jst_date(), NOW);
    let mode = async |at: UnixMs| standing(store, STATION, None, at).await.mode;
    assert_eq!(mode(now).await, CertificateMode::Off, "before anyone set it");
    let modes = set(store, CertificateMode::Required, today.plus_days(7), now).await;
    assert_eq!((modes.mode, modes.next.map(|next| next.mode)), (CertificateMode::Off, Some(CertificateMode::Required)));
    let modes = set(store, CertificateMode::Wanted, today, now).await;
    assert_eq!((modes.mode, modes.next), (CertificateMode::Wanted, None), "what was to come is replaced");
    set(store, CertificateMode::Required, today.plus_days(7), now).await;
    for (days, wanted) in [(0, CertificateMode::Wanted), (6, CertificateMode::Wanted), (7, CertificateMode::Required)] {
        assert_eq!(mode(today.plus_days(days).at_jst(0, 0)).await, wanted, "{days}");
    }
    assert_eq!(standing(store, CLINIC, None, now.plus_ms(30 * DAY_MS)).await.mode, CertificateMode::Off, "the institution's own");
}

async fn a_key_is_forgotten_when_its_file_is_not_to_be_taken_any_more(store: &Kept) {
    two_institutions(store).await;
    let first = issued(store, STATION, &bare(1, "a", NOW, far()), NOW).await.unwrap();
    let second = issued(store, STATION, &bare(2, "b", NOW.plus_ms(10), far()), NOW).await.unwrap();
    let third = NewCertificateRow {
        record: CertificateRecord { export_until: None, ..bare(3, "c", NOW, far()).record },
        ..bare(3, "c", NOW, far())
    };
    issued(store, STATION, &NewCertificateRow { key_sealed: None, ..third }, NOW).await.unwrap();
    let taken = async |id: &CertificateId, now| {
        let (tenant, entry, id) = (tenant(STATION), entry(now, STATION), id.clone());
        store.0.write(move |tx| rule::export(tx, &tenant, &id, now, &entry)).await.unwrap().is_some()
    };
    let last = NOW.plus_ms(EXPORT_MS - 1);
    assert!(taken(&first.id, last).await && taken(&first.id, last).await, "as often as it takes");
    assert!(!taken(&first.id, NOW.plus_ms(EXPORT_MS)).await, "also before the purge");
    revoked(store, STATION, &second.id, NOW).await.unwrap();
    assert!(!taken(&second.id, last).await, "ended: nothing is given out");
    assert_eq!(store.0.write(move |tx| store::forget_keys(tx, last)).await.unwrap(), 0);
    assert_eq!(store.0.write(move |tx| store::forget_keys(tx, NOW.plus_ms(EXPORT_MS))).await.unwrap(), 1);
    assert!(!taken(&first.id, last).await, "the key is gone, whatever the clock says");
}

macro_rules! on_both {
    ($($law:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $law() {
                let folder = tempfile::tempdir().unwrap();
                let store = super::Kept(super::Arc::new(super::Db::open_file(&folder.path().join("u.db")).unwrap()));
                super::$law(&store).await;
                store.close().await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $law() {
                let store = super::Kept(super::Arc::new(crate::postgres::connect(&crate::postgres::fresh_url())));
                super::$law(&store).await;
                store.close().await;
            })*
        }
    };
}

on_both!(
    a_label_tells_one_living_certificate,
    a_renewed_one_takes_the_place_when_it_is_first_shown,
    the_switch_counts_from_its_day_on,
    a_key_is_forgotten_when_its_file_is_not_to_be_taken_any_more,
);

/// A terminal at the office's door: what it shows, and who is in at it.
#[derive(Clone, Default)]
struct Terminal {
    shows: Option<Presented>,
    cookie: Option<String>,
}

impl Terminal {
    fn with(certificate: &[u8]) -> Self {
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

    async fn login(&self, world: &World, user: &str, password: &str) -> Result<Self, Refusal> {
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

async fn keep(world: &World, institution: &str, new: &NewCertificateRow) -> CertificateRecord {
    issued(&world.store, institution, new, world.clock.now()).await.unwrap()
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
    let url = admin.call::<shared::api::office::ReceptionUrl>(&world, "", &()).await.unwrap();
    assert!(url.url.starts_with(&format!("{ORIGIN}/r/")), "{}", url.url);
}

fn openssl(args: &[&str], input: &[u8]) -> String {
    use std::io::Write as _;
    let mut child = Command::new("openssl").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// What openssl reads in a PKCS #12 file.
fn pem_of(file: &[u8], password: &str) -> String {
    openssl(&["pkcs12", "-noenc", "-passin", &format!("pass:{password}")], file)
}

/// Both doors on sockets with TLS.
struct Served {
    world: World,
    first: Running,
    office: Running,
    folder: tempfile::TempDir,
}

impl Served {
    async fn new() -> Self {
        let world = World::with_office().await;
        let folder = tempfile::tempdir().unwrap();
        let certificate = tls::self_made(folder.path(), "localhost").unwrap();
        let (keeper, random, now) = (keeper(), Random::machine(), world.clock.now());
        Authority::current(&world.store.0, &keeper, &random, now).await.unwrap();
        let name = |der: &Vec<u8>| {
            use x509_cert::der::{Decode as _, Encode as _};
            x509_cert::Certificate::from_der(der).unwrap().tbs_certificate().subject().to_der().unwrap()
        };
        let names = world.store.0.read(store::authorities).await.unwrap().iter().map(name).collect();
        let listen = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
        let limits = Limits::default();
        let first = run(listen().await, Some(certificate.acceptor().unwrap()), world.router.clone(), limits).unwrap();
        let asking = certificate.asking_acceptor(names).unwrap();
        let office = run(listen().await, Some(asking), world.office.clone().unwrap(), limits).unwrap();
        Self { world, first, office, folder }
    }

    /// A certificate of this server's CA in the list, and its two files.
    async fn terminal(&self, label: &str) -> (CertificateRecord, Vec<u8>, Vec<u8>) {
        let (keeper, random, now) = (keeper(), Random::machine(), self.world.clock.now());
        let authority = Authority::current(&self.world.store.0, &keeper, &random, now).await.unwrap();
        let ends_on = now.jst_date().plus_days(400);
        let made = authority.issue(Subject { label, institution: "ひなた", starts_at: now, ends_on }, &random).unwrap();
        let like = bare(1, label, now, ends_on);
        let record = CertificateRecord { fingerprint: made.fingerprint, serial: made.serial, ..like.record };
        let new = NewCertificateRow { record, certificate: made.certificate.clone(), key_sealed: None };
        (keep(&self.world, STATION, &new).await, made.certificate, made.key.to_vec())
    }

    async fn stop(self) {
        self.first.stop().await;
        self.office.stop().await;
    }
}

/// A TLS client that shows a certificate, or none.
async fn tls_to(served: &Served, shows: Option<(&[u8], &[u8])>) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    let file = std::fs::read(served.folder.path().join("tls-localhost.pem")).unwrap();
    roots.add(CertificateDer::from_pem_slice(&file).unwrap()).unwrap();
    let builder = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match shows {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let key = PrivateKeyDer::try_from(key.to_vec()).unwrap();
            builder.with_client_auth_cert(vec![CertificateDer::from(certificate.to_vec())], key).unwrap()
        }
    };
    let stream = TcpStream::connect(served.office.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

/// One exchange on a connection that stays open: everything up to the end of the JSON.
async fn exchange(stream: &mut tokio_rustls::client::TlsStream<TcpStream>, path: &str, more: &str) -> String {
    let host = OFFICE.strip_prefix("https://").unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{more}\r\n").as_bytes()).await.unwrap();
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = tokio::time::timeout(std::time::Duration::from_secs(20), stream.read(&mut buffer)).await.unwrap().unwrap();
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let length = text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
        if read == 0 || length.is_some_and(|length| body.is_some_and(|body| body >= length)) {
            return text;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_connection_is_refused_as_soon_as_its_certificate_is_ended() {
    let served = Served::new().await;
    let (record, certificate, key) = served.terminal("受付のパソコン").await;
    let mut stream = tls_to(&served, Some((&certificate, &key))).await;
    let told = exchange(&mut stream, CertificateInUse::PATH, "").await;
    assert!(told.starts_with("HTTP/1.1 200") && told.contains("受付のパソコン"), "{told}");
    let world = &served.world;
    set(&world.store, CertificateMode::Required, world.clock.now().jst_date(), world.clock.now()).await;
    let inside = Terminal::with(&certificate).login(world, "kanri1", PASSWORD).await.unwrap();
    let cookie = format!("cookie: {}\r\n", inside.cookie.unwrap());
    let told = exchange(&mut stream, Me::PATH, &cookie).await;
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    // The session alone opens nothing.
    let mut bare = tls_to(&served, None).await;
    let told = exchange(&mut bare, Me::PATH, &cookie).await;
    assert!(told.contains("U-X43") && told.contains("missing"), "{told}");
    revoked(&world.store, STATION, &record.id, world.clock.now()).await.unwrap();
    let told = exchange(&mut stream, Me::PATH, &cookie).await;
    assert!(told.contains("U-X43") && told.contains("revoked"), "on the same connection: {told}");
    // A certificate whose key the peer has not got is no certificate.
    let (_, stranger) = made(STATION, "x", NOW, far()).await;
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty());
    let key = PrivateKeyDer::try_from(stranger).unwrap();
    assert!(config.with_client_auth_cert(vec![CertificateDer::from(certificate)], key).is_err(), "a client does not even try");
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_is_asked_for_a_certificate_at_the_office_alone() {
    let served = Served::new().await;
    let (_, certificate, key) = served.terminal("受付のパソコン").await;
    let file = |name: &str, bytes: &[u8]| {
        let path = served.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (certificate, key) = (file("c.der", &certificate), file("k.der", &key));
    let (first, office) = (served.first.address.to_string(), served.office.address.to_string());
    let host = OFFICE.strip_prefix("https://").unwrap();
    let ask = |path: &str, host: &str| format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let client = |address: &str, more: &[&str], input: String| {
        let args = [&["s_client", "-connect", address, "-servername", "localhost", "-ign_eof"], more].concat();
        let args: Vec<String> = args.into_iter().map(str::to_owned).collect();
        let run = move || openssl(&args.iter().map(String::as_str).collect::<Vec<_>>(), input.as_bytes());
        tokio::task::spawn_blocking(run)
    };
    let asked = client(&office, &[], ask(CertificateInUse::PATH, host)).await.unwrap();
    assert!(asked.contains("Acceptable client certificate CA names") && asked.contains("uketsuke office"), "{asked}");
    assert!(asked.contains("\"is_shown\":false"), "none is needed: {asked}");
    let shown = ["-cert", &certificate, "-certform", "DER", "-key", &key, "-keyform", "DER"];
    let asked = client(&office, &shown, ask(CertificateInUse::PATH, host)).await.unwrap();
    assert!(asked.contains("受付のパソコン") && asked.contains("\"state\":\"valid\""), "{asked}");
    // The control: reception's door never asks, whatever the client has.
    let asked = client(&first, &shown, ask("/nothing", "uketsuke.example")).await.unwrap();
    assert!(asked.contains("No client certificate CA names sent") && asked.contains("U-NOT-FOUND"), "{asked}");
    assert!(!asked.contains("Acceptable client certificate CA names"), "{asked}");
    served.stop().await;
}
