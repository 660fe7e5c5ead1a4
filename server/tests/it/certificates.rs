//! Certificates of terminals on both databases; below: at the office's own door, over TLS with the clients that people have, by command.

mod command;
mod door;
mod wire;

use ring::hmac;
use server::authority::{Authority, Keeper, Subject};
use server::random::Random;
use server::rule::certificate::{self as rule, NotIssued, SEEN_EVERY_MS};
use server::store::certificate::{self as store, CertificateRecord, NewCertificateRow};
use server::store::db::Db;
use server::store::{CertificateId, Sha256};
use server::tenant::Tenant;
use shared::api::certificate::{EXPORT_MS, ModeChange, Modes};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::certificate::{CertificateMode, CertificateState, Shown};
use shared::domain::code::DeviceLabel;
use std::process::{Command, Stdio};

use crate::kept::Kept;
use crate::sample::code;
use crate::store::{entry, on_both};
use crate::world::{CLINIC, STATION, World, add_institution};

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

on_both!(
    a_label_tells_one_living_certificate,
    a_renewed_one_takes_the_place_when_it_is_first_shown,
    the_switch_counts_from_its_day_on,
    a_key_is_forgotten_when_its_file_is_not_to_be_taken_any_more,
);

async fn keep(world: &World, institution: &str, new: &NewCertificateRow) -> CertificateRecord {
    issued(&world.store, institution, new, world.clock.now()).await.unwrap()
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
