//! The audit log of the office: listed, exported with its hash chain, checked.

use std::sync::Arc;

use server::export::audit::{Checked, Fault, Link, csv, links, verify};
use server::rule::audit::{NO_HASH, chain};
use server::store::AuditEntry;
use server::store::audit::{self, AuditQuery};
use server::tenant::Tenant;
use shared::api::Endpoint as _;
use shared::api::audit::{AuditSearch, ExportAudit, OutcomeFilter, SearchAudit};
use shared::domain::calendar::{CivilDate, UnixMs};

use crate::kept::Kept;
use crate::sample::code;
use crate::store::{entry, on_both};
use crate::world::{CLINIC, STATION, World, add_institution};

const NOW: UnixMs = UnixMs(1_705_454_100_000);

fn tenant() -> Tenant {
    Tenant::of_operator(&code(STATION))
}

fn row(number: i64, actor: &str, outcome: &str) -> AuditEntry {
    let address = Some("192.0.2.7".parse().unwrap());
    AuditEntry { actor: actor.to_owned(), address, outcome: outcome.to_owned(), ..entry(NOW.plus_ms(number), STATION) }
}

async fn add(store: &Kept, entry: AuditEntry) {
    store.0.write(move |tx| audit::add(tx, &entry)).await.unwrap();
}

/// What the export does: gives places, and reads all links.
async fn exported(store: &Kept) -> Vec<Link> {
    let rows = store.0.read(|tx| audit::without_place(tx, &tenant(), 0)).await.unwrap();
    store.0.write(move |tx| chain(tx, &tenant(), &rows)).await.unwrap();
    let rows = store.0.read(|tx| audit::chained(tx, &tenant(), 1, i64::MAX)).await.unwrap();
    links(NO_HASH, rows)
}

fn faults(file: &[u8]) -> Vec<Fault> {
    verify(file).faults
}

async fn filled(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), NOW).await;
    }
    for number in 0..6 {
        let (actor, outcome) = if number % 2 == 0 { ("user kanri1", "ok") } else { ("user ippan1", "U-LOGIN") };
        add(store, row(number, actor, outcome)).await;
        add(store, entry(NOW.plus_ms(number), CLINIC)).await;
    }
}

async fn rows_are_listed_by_their_conditions_page_by_page(store: &Kept) {
    filled(store).await;
    let all =
        AuditQuery { from: NOW, to: NOW.plus_ms(100), before: None, actor: String::new(), action: String::new(), is_done: None, rows: 50 };
    let times = async |query: AuditQuery| {
        let page = store.0.search(move |tx| audit::list(tx, &tenant(), &query)).await.unwrap();
        page.rows.iter().map(|row| row.entry.at.0 - NOW.0).collect::<Vec<_>>()
    };
    assert_eq!(times(all.clone()).await, [5, 4, 3, 2, 1, 0], "the newest first, of the own institution");
    assert_eq!(times(AuditQuery { from: NOW.plus_ms(1), to: NOW.plus_ms(4), ..all.clone() }).await, [3, 2, 1]);
    assert_eq!(times(AuditQuery { actor: "user ippan1".to_owned(), ..all.clone() }).await, [5, 3, 1]);
    assert_eq!(times(AuditQuery { is_done: Some(true), ..all.clone() }).await, [4, 2, 0]);
    assert_eq!(times(AuditQuery { is_done: Some(false), ..all.clone() }).await, [5, 3, 1]);
    assert_eq!(times(AuditQuery { action: "reception.prove".to_owned(), ..all.clone() }).await.len(), 6);
    assert_eq!(times(AuditQuery { action: "office.login".to_owned(), ..all.clone() }).await.len(), 0);
    // Pages by key, also among rows of one instant.
    for _ in 0..3 {
        add(store, row(5, "user kanri1", "ok")).await;
    }
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let query = AuditQuery { before, rows: 2, ..all.clone() };
        let page = store.0.search(move |tx| audit::list(tx, &tenant(), &query)).await.unwrap();
        let Some(last) = page.rows.last() else { break };
        before = Some((last.entry.at, last.id));
        seen.extend(page.rows.iter().map(|row| row.id));
        assert_eq!((page.has_more, page.damaged), (seen.len() < 9, 0));
    }
    let mut once = seen.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!((seen.len(), once.len()), (9, 9), "each once");
}

async fn one_row_that_cannot_be_read_hides_no_other(store: &Kept) {
    filled(store).await;
    let query =
        AuditQuery { from: NOW, to: NOW.plus_ms(100), before: None, actor: String::new(), action: String::new(), is_done: None, rows: 50 };
    // No row is ever changed: one more comes, as a program that errs would write it.
    let bad = "INSERT INTO audit (at, institution, actor, action, address, outcome)
               SELECT $1, code, 'nobody', 'office.login', 'nowhere', 'ok' FROM institutions WHERE code = '9969900001'";
    store.0.write(move |tx| tx.execute(bad, &[NOW.plus_ms(2).0.into()])).await.unwrap();
    let page = store.0.search(move |tx| audit::list(tx, &tenant(), &query)).await.unwrap();
    assert_eq!((page.rows.len(), page.damaged, page.has_more), (6, 1, false));
}

async fn a_file_is_checked_by_the_words_that_its_acts_have_or_had(store: &Kept) {
    filled(store).await;
    let rows = [("office.unlock_account", 20), ("office.resume_account", 21), ("office.of_later", 22)];
    for (action, number) in rows {
        add(store, AuditEntry { action: action.into(), ..row(number, "user kanri1", "ok") }).await;
    }
    let text = String::from_utf8(csv(&exported(store).await)).unwrap();
    assert_eq!(faults(text.as_bytes()), [], "control");
    for (now, then) in [("ログインの待ちの解除", "ロックの解除"), ("アカウントの停止の解除", "アカウントの再開")]
    {
        assert!(text.contains(now));
        assert_eq!(faults(text.replace(now, then).as_bytes()), [], "saved by an earlier release");
        assert!(matches!(faults(text.replace(now, "ログイン").as_bytes())[..], [Fault::Line(_), ..]), "words that it never had");
    }
    let later = text.replace("\"office.of_later\",\"\"", "\"後の版の操作\",\"\"");
    assert!(later != text && faults(later.as_bytes()).is_empty(), "saved by a later release");
}

async fn an_exported_file_is_whole_and_every_change_of_it_is_told(store: &Kept) {
    filled(store).await;
    let wild = AuditEntry { subject: Some("=1+2\",\"x".to_owned()), ..row(7, "user kanri1", "ok") };
    add(store, wild).await;
    let links = exported(store).await;
    let file = csv(&links);
    assert_eq!(verify(&file), Checked { faults: Vec::new(), ..verify(&file) });
    assert_eq!((links.len(), verify(&file).rows), (7, 7));
    let text = String::from_utf8(file.clone()).unwrap();
    assert!(text.starts_with('\u{FEFF}'));
    assert!(text.contains("\"'=1+2\"\",\"\"x\""), "tamed, and quoted");
    let lines: Vec<&str> = text.split_inclusive("\r\n").collect();
    let joined = |lines: &[&str]| lines.concat().into_bytes();
    // Removed: in the middle, at the end, with and without the last line.
    let without = |place: usize| joined(&[&lines[..place], &lines[place + 1..]].concat());
    assert!(faults(&without(3)).contains(&Fault::Missing(3, 3)));
    assert!(faults(&without(7)).contains(&Fault::End));
    assert!(faults(&joined(&lines[..6])).contains(&Fault::End));
    // A file of a later period begins in the middle: whole by itself.
    let later = csv(&links[3..]);
    assert_eq!((faults(&later), verify(&later).last.unwrap().place), (Vec::new(), 7));
    // Swapped, and one twice.
    let mut swapped = lines.clone();
    swapped.swap(2, 4);
    assert!(faults(&joined(&swapped)).contains(&Fault::Moved(3)), "{:?}", faults(&joined(&swapped)));
    assert!(faults(&joined(&[&lines[..3], &lines[2..]].concat())).contains(&Fault::Moved(2)));
    // Changed: each cell of a row.
    let mut cells: Vec<String> = lines[3].trim_end().split(',').map(str::to_owned).collect();
    assert_eq!(cells.len(), 14);
    for place in 0..cells.len() {
        let before = std::mem::replace(&mut cells[place], "\"7\"".to_owned());
        let line = format!("{}\r\n", cells.join(","));
        let mut changed = lines.clone();
        changed[3] = &line;
        assert!(!faults(&joined(&changed)).is_empty(), "cell {place}");
        cells[place] = before;
    }
    // A row whose own hash was made anew does not fit the next one.
    let mut forged = links.clone();
    forged[2].entry.outcome = "U-X11".to_owned();
    forged[2].hash = server::rule::audit::link(&forged[2].before, 3, &forged[2].entry);
    assert_eq!(faults(&csv(&forged)), [Fault::Changed(4)]);
    for broken in [&b""[..], b"x", &file[3..]] {
        assert!(!faults(broken).is_empty());
    }
}

async fn a_row_gets_its_place_once_and_the_chain_is_never_changed(store: &Kept) {
    filled(store).await;
    let first = exported(store).await;
    add(store, row(-1_000, "user kanri1", "ok")).await;
    let rows = store.0.read(|tx| audit::without_place(tx, &tenant(), 0)).await.unwrap();
    // Two exports at once find the same row.
    for _ in 0..2 {
        let rows = rows.clone();
        store.0.write(move |tx| chain(tx, &tenant(), &rows)).await.unwrap();
    }
    let second = exported(store).await;
    assert_eq!((first.len(), second.len()), (6, 7));
    assert_eq!(second[..6], first[..], "what was exported stays as it was");
    assert_eq!(faults(&csv(&second)), []);
    let place = store.0.read(|tx| audit::places(tx, &tenant(), NOW.plus_ms(-1_000), NOW)).await.unwrap();
    assert_eq!(place, Some((7, 7)));
    for forbidden in ["UPDATE audit_chain SET place = 9", "DELETE FROM audit_chain", "UPDATE audit SET outcome = 'x'", "DELETE FROM audit"]
    {
        assert!(store.0.write(move |tx| tx.execute(forbidden, &[])).await.is_err(), "{forbidden}");
    }
    assert_eq!(exported(store).await, second);
}

on_both!(
    rows_are_listed_by_their_conditions_page_by_page,
    one_row_that_cannot_be_read_hides_no_other,
    a_file_is_checked_by_the_words_that_its_acts_have_or_had,
    an_exported_file_is_whole_and_every_change_of_it_is_told,
    a_row_gets_its_place_once_and_the_chain_is_never_changed,
);

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_postgres_shows_late_is_not_lost() {
    let url = crate::postgres::fresh_url();
    let store = Kept(Arc::new(crate::postgres::connect(&url)));
    add_institution(&store, STATION, "a", &server::random::Random::machine(), NOW).await;
    let (at, station) = (NOW.0, STATION);
    let insert = format!(
        "INSERT INTO audit (at, institution, actor, action, outcome) VALUES ({at}, '{station}', 'user kanri1', 'office.login', 'ok')"
    );
    let mut late = crate::postgres::blocking(|| {
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        client.batch_execute(&format!("BEGIN; {insert}")).unwrap();
        client
    });
    // Its number is greater, and it is there first.
    add(&store, row(1, "user ippan1", "ok")).await;
    let first = exported(&store).await;
    assert_eq!(first.len(), 1);
    crate::postgres::blocking(|| late.batch_execute("COMMIT").unwrap());
    let second = exported(&store).await;
    assert_eq!((second.len(), second[0].entry.actor.as_str(), second[1].entry.actor.as_str()), (2, "user ippan1", "user kanri1"));
    assert_eq!((&second[..1], faults(&csv(&second))), (&first[..], Vec::new()));
    crate::postgres::blocking(move || drop(late));
    store.close().await;
}

fn search(user: &str, outcome: OutcomeFilter) -> AuditSearch {
    let day = |text| CivilDate::try_from(text).unwrap();
    AuditSearch { from: day("2026-11-01"), to: day("2026-11-30"), user: user.to_owned(), action: String::new(), outcome, after: None }
}

#[tokio::test]
async fn the_admin_reads_and_saves_the_log_and_each_reading_is_in_it() {
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    world.login(STATION, "ippan1").await;
    let page = world.call::<SearchAudit>(&[], &admin, &search("", OutcomeFilter::All)).await.unwrap();
    let said = |rows: &[shared::api::audit::AuditRow]| rows.iter().map(|row| format!("{} {}", row.actor, row.action)).collect::<Vec<_>>();
    assert_eq!(said(&page.rows), ["user ippan1 office.login", "user kanri1 office.login"]);
    assert_eq!((page.rows[0].address.as_deref(), page.next), (Some("0.0.0.0"), None), "the peer; here there is none");
    let own = world.call::<SearchAudit>(&[], &admin, &search("kanri1", OutcomeFilter::Done)).await.unwrap();
    assert_eq!(said(&own.rows), ["user kanri1 office.search_audit", "user kanri1 office.login"]);
    assert!(world.call::<SearchAudit>(&[], &admin, &search("kanri1", OutcomeFilter::Refused)).await.unwrap().rows.is_empty());
    for bad in [search("no user", OutcomeFilter::All), AuditSearch { action: "x".to_owned(), ..search("", OutcomeFilter::All) }] {
        assert_eq!(world.call::<SearchAudit>(&[], &admin, &bad).await.unwrap_err().0, 400);
    }
    let path = ExportAudit { from: "2026-11-01".into(), to: "2026-11-30".into() }.path();
    let (status, headers, file) = world.send("GET", &path, &admin, "").await;
    assert_eq!((status.as_u16(), headers["content-type"].to_str().unwrap()), (200, "text/csv; charset=utf-8"));
    assert_eq!(headers["content-disposition"], "attachment; filename=\"uketsuke-audit-20261101-20261130.csv\"");
    let Checked { rows, last, faults } = verify(&file);
    assert_eq!((rows, faults), (5, Vec::new()));
    let last = last.unwrap();
    let log = world.store.audit_of(&code(STATION)).await.unwrap();
    let saved = log.last().unwrap();
    assert_eq!(saved.subject.as_deref(), Some(format!("5 {}", server::hex(&last.hash)).as_str()), "the end of the file is in the log");
    // The next file goes on where this one ended, with the row of its saving.
    let (_, _, next) = world.send("GET", &path, &admin, "").await;
    assert_eq!((verify(&next).rows, verify(&next).faults), (6, Vec::new()));
    let text = String::from_utf8(next).unwrap();
    assert!(text.contains("操作履歴の保存(CSV)") && !text.contains(CLINIC));
}
