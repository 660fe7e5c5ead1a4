//! 医療扶助 of the month (P-AID, recekon.md §4.8): matched by number, looked at by a person where only a name fits, and never ended by what
//! is missing; fetched by the clock once after the 15th and once at the month's end; on both databases and over the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use server::Sha256;
use server::clock::Clock;
use server::eligibility::asked::AidOfMonth as Entry;
use server::eligibility::registers::Registers;
use server::eligibility::{Registry, RegistryAnswer, RegistryLook};
use server::jobs::{Worker, aid as job_aid};
use server::random::Random;
use server::rule;
use server::store::settings::SettingsRecord;
use server::store::{CheckId, CheckRecord, aid, check, settings};
use server::tenant::Tenant;
use shared::api::Code;
use shared::api::aid::{AidFetch, AidOfMonth, AidOfMonthCsv, AidShown, FetchAid};
use shared::api::later::LaterChecks;
use shared::domain::aid::{MedicalAid, MedicalAidState, MedicalTicket};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::institution::InstitutionCode;
use shared::domain::month::Month;
use shared::domain::person::{Person, Sex};

use crate::kept::Kept;
use crate::sample::code;
use crate::store::on_both;
use crate::world::{CLINIC, STATION, World, add_institution};

fn day(text: &str) -> CivilDate {
    CivilDate::try_from(text).unwrap()
}

fn at(text: &str) -> UnixMs {
    day(text).at_jst(10, 0)
}

fn month(text: &str) -> Month {
    Month::try_from(text).unwrap()
}

fn of(state: MedicalAidState, number: &str, kinds: &[&str]) -> MedicalAid {
    let ticket = |kind: &&str| MedicalTicket {
        kind: Some((*kind).to_owned()),
        month: Some("2026-11".to_owned()),
        institution_code: Some(STATION.to_owned()),
        ..MedicalTicket::default()
    };
    MedicalAid {
        state,
        payer_number: "12990016".to_owned(),
        office_name: "試験福祉事務所".to_owned(),
        beneficiary_number: number.to_owned(),
        address: Some("資格県受付市".to_owned()),
        post_number: None,
        starts_on: None,
        stops_on: None,
        tickets: kinds.iter().map(ticket).collect(),
    }
}

const BIRTH: &str = "1966-09-09";

fn entry(kana: &str, aid: MedicalAid) -> Entry {
    Entry { name_kana: kana.to_owned(), birth_date: day(BIRTH), aid }
}

/// A check of somebody whose beneficiary number is given.
async fn checked(store: &Kept, number: u8, kana: &str, aid: MedicalAid, at: UnixMs) {
    let person = Person {
        name: format!("扶助　{number}"),
        name_kana: kana.to_owned(),
        name_of_other: None,
        birth_date: day(BIRTH),
        sex: Sex::Female,
    };
    let eligibility = Eligibility { medical_aid: Some(aid), ..Eligibility::of_insurance(Validity::Valid, at, Some(person), Vec::new()) };
    let record = CheckRecord {
        id: CheckId::new(at, [number; 10]),
        visit_kind: None,
        consent: None,
        subject: format!("person{number}"),
        reference_number: None,
        check_way: CheckWay::Paper,
        medium: Medium::Paper,
        done_by: None,
        state: CheckState::Done,
        asked: None,
        eligibility,
        chosen: None,
    };
    store.0.write(move |tx| check::add(tx, &Tenant::of_operator(&code(STATION)), &record)).await.unwrap();
}

async fn keep(store: &Kept, of: &'static str, entries: Vec<Entry>, at: UnixMs) -> AidFetch {
    let write = move |tx: &mut server::store::tx::Tx<'_>| {
        rule::aid_month::keep(tx, &Tenant::of_operator(&code(STATION)), month(of), entries.clone(), None, at)
    };
    store.0.write(write).await.unwrap()
}

async fn one(store: &Kept, of: &'static str, number: u8) -> Option<aid::AidRecord> {
    let subject = format!("person{number}");
    store.0.read(move |tx| aid::find(tx, &Tenant::of_operator(&code(STATION)), month(of), &subject)).await.unwrap()
}

async fn numbers_match_names_are_looked_at_and_what_is_missing_ends_nothing(store: &Kept) {
    use MedicalAidState::{Entrusted, NotRegistered, Unknown};
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &Random::machine(), at("2026-11-01")).await;
    }
    checked(store, 1, "フジョ イチ", of(NotRegistered, "0000011", &[]), at("2026-11-02")).await;
    checked(store, 2, "フジョ ニ", of(NotRegistered, "0000022", &[]), at("2026-11-02")).await;
    checked(store, 3, "フジョ サン", of(Entrusted, "0000033", &["医療券"]), at("2026-10-20")).await;
    let entries = vec![
        // Width and zeros make no difference; 医療券 and 調剤券 come apart.
        entry("べつの カナ", of(Entrusted, "１１", &["医療券"])),
        entry("べつの カナ", of(Entrusted, "0000011", &["調剤券"])),
        entry("ﾌｼﾞｮ ﾆ", of(Entrusted, "0000099", &["医療券"])),
        entry("シラナイ ヒト", of(Entrusted, "0000098", &["医療券"])),
    ];
    let when = at("2026-11-16");
    let fetch = keep(store, "2026-11", entries.clone(), when).await;
    let counts = |fetch: &AidFetch| [fetch.entries, fetch.matched, fetch.changed, fetch.to_review, fetch.nobody, fetch.missing];
    assert_eq!(counts(&fetch), [3, 1, 1, 1, 1, 1]);
    let first = one(store, "2026-11", 1).await.unwrap();
    let kept = first.aid.as_ref().unwrap();
    assert_eq!((kept.state, kept.tickets.len(), &kept.address), (Entrusted, 2, &None));
    assert_eq!((first.former_state, first.changed_at, first.missing_at), (Some(NotRegistered), Some(when), None));
    // By name and birth date alone: said, and nothing of it counts.
    let second = one(store, "2026-11", 2).await.unwrap();
    assert_eq!((second.aid.unwrap().state, second.review.unwrap().beneficiary_number.as_str()), (NotRegistered, "0000099"));
    // Known from the month before and not in the answer: said, and nothing ends.
    let third = one(store, "2026-11", 3).await.unwrap();
    assert_eq!((third.aid, third.missing_at), (None, Some(when)));
    assert_eq!(one(store, "2026-10", 3).await.unwrap().aid.unwrap().state, Entrusted);
    // The same again changes nothing; nothing at all empties nothing.
    assert_eq!(counts(&keep(store, "2026-11", entries, when.plus_ms(1)).await), [3, 1, 0, 1, 1, 1]);
    assert_eq!(counts(&keep(store, "2026-11", Vec::new(), when.plus_ms(2)).await), [0, 0, 0, 0, 0, 3]);
    let first = one(store, "2026-11", 1).await.unwrap();
    assert_eq!((first.aid.unwrap().state, first.missing_at), (Entrusted, Some(when.plus_ms(2))));
    // A ticket that names another institution says nothing about this one.
    let mut elsewhere = of(Entrusted, "0000011", &["医療券"]);
    elsewhere.tickets[0].institution_code = Some(CLINIC.to_owned());
    keep(store, "2026-11", vec![entry("フジョ イチ", elsewhere)], when.plus_ms(3)).await;
    assert_eq!(one(store, "2026-11", 1).await.unwrap().aid.unwrap().state, Unknown);
    // A further check is the last word, and takes the notes away.
    checked(store, 1, "フジョ イチ", of(Entrusted, "0000011", &["医療券"]), at("2026-11-20")).await;
    let first = one(store, "2026-11", 1).await.unwrap();
    assert_eq!((first.aid.unwrap().state, first.of_month, first.missing_at), (Entrusted, false, None));
    let others = store.0.read(|tx| aid::list(tx, &Tenant::of_operator(&code(CLINIC)), month("2026-11"), 10)).await.unwrap();
    assert_eq!(others, []);
}

/// Counts how often it is asked for a month; the third institution makes it fall silent, once.
struct Played {
    asked: AtomicU32,
    is_silent: AtomicBool,
}

impl Registry for Played {
    fn look(&self) -> RegistryLook {
        if self.is_silent.load(Ordering::SeqCst) { RegistryLook::Silent } else { RegistryLook::Answers }
    }

    fn holder(&self, _: Sha256, _: UnixMs) -> RegistryAnswer {
        RegistryAnswer::NotRegistered
    }

    fn aid_of_month(&self, _: &InstitutionCode, _: Month, _: UnixMs) -> Option<Vec<Entry>> {
        self.is_silent.store(self.asked.fetch_add(1, Ordering::SeqCst) == 2, Ordering::SeqCst);
        Some(Vec::new())
    }
}

async fn by_the_clock_each_institution_once_also_where_it_stopped_in_the_middle(store: &Kept) {
    let institutions = [CLINIC, STATION, "9969900035", "9969900043"];
    for institution in institutions {
        add_institution(store, institution, "a", &Random::machine(), at("2026-11-01")).await;
    }
    // One of them does not use 医療扶助.
    store
        .0
        .write(|tx| {
            let tenant = Tenant::of_operator(&code("9969900043"));
            let found = server::store::institution::find(tx, &tenant)?.unwrap();
            let off = shared::domain::settings::Settings { medical_aid: false, ..found.settings };
            let former = settings::current(tx, &tenant)?.unwrap();
            settings::add(tx, &tenant, &SettingsRecord { settings: off, version: 2, ..former })?;
            settings::point_to(tx, &tenant, 1, 2)
        })
        .await
        .unwrap();
    let played = Arc::new(Played { asked: AtomicU32::new(0), is_silent: AtomicBool::new(false) });
    let work = async |now: UnixMs| {
        let worker = Worker::new(Arc::clone(&store.0), Clock::standing_at(now), &Random::machine()).unwrap();
        worker.with_registers(Registers::new(Arc::clone(&played) as _, true)).run_due().await.unwrap();
        played.asked.load(Ordering::SeqCst)
    };
    let fetched = async |institution: &'static str| {
        let fetches =
            store.0.read(move |tx| aid::fetches(tx, &Tenant::of_operator(&code(institution)), month("2026-11"), 9)).await.unwrap();
        fetches.iter().map(|fetch| fetch.at.jst_date().to_string()).collect::<Vec<_>>()
    };
    let hour = job_aid::EVERY_MS;
    assert_eq!(work(at("2026-11-10")).await, 0, "before the 16th nobody asks");
    // The third is silent: nothing of it is kept, and the job goes on with it later, not with the first.
    let sixteenth = at("2026-11-16");
    assert_eq!(work(sixteenth).await, 3);
    assert_eq!([fetched(CLINIC).await.len(), fetched(STATION).await.len(), fetched("9969900035").await.len()], [1, 1, 0]);
    assert_eq!(work(sixteenth.plus_ms(rule::job::AGAIN_MS)).await, 4);
    assert_eq!(fetched("9969900035").await, ["2026-11-16"]);
    for later in [1, 2, 30] {
        assert_eq!(work(sixteenth.plus_ms(later * hour)).await, 4, "once");
    }
    // At the end of the month once more; missed by a day, it is made up once.
    assert_eq!(work(at("2026-12-01")).await, 7);
    assert_eq!(work(at("2026-12-02")).await, 7);
    assert_eq!(fetched(STATION).await, ["2026-12-01", "2026-11-16"]);
    assert_eq!(fetched("9969900043").await, [""; 0], "who does not use it is not asked for");
}

on_both!(
    numbers_match_names_are_looked_at_and_what_is_missing_ends_nothing,
    by_the_clock_each_institution_once_also_where_it_stopped_in_the_middle,
);

#[tokio::test]
async fn asked_by_hand_what_changed_stands_first_and_the_task_of_x58_closes() {
    let world = World::new().await;
    world.clock.set(at("2026-11-10"));
    world.visit_of("kumi").await.unwrap();
    world.visit_of("hachiro").await.unwrap();
    let staff = world.login(STATION, "ippan1").await;
    let see = async || world.call::<AidOfMonth>(&["2026-11"], &staff, &()).await.unwrap();
    let told = |shown: &AidShown| {
        let mut rows: Vec<_> = shown.rows.iter().map(|row| (row.name.clone(), row.state_words(), row.former_state)).collect();
        rows.sort_by(|one, other| one.0.cmp(&other.0));
        rows
    };
    let before = see().await;
    assert_eq!((before.is_used, before.fetches.len(), before.next_run), (true, 0, day("2026-11-16")));
    let [eight, nine] = ["扶助　八郎", "扶助　九美"].map(str::to_owned);
    let mut wanted = vec![(eight, "委託あり", None), (nine.clone(), "未委託・未登録", None)];
    wanted.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(told(&before), wanted);
    let tasks = async || world.call::<LaterChecks>(&[], &staff, &()).await.unwrap().rows.len();
    assert_eq!(tasks().await, 1);

    world.clock.set(at("2026-11-16"));
    let staff = world.login(STATION, "ippan1").await;
    let after = world.call::<FetchAid>(&["2026-11"], &staff, &()).await.unwrap();
    assert_eq!((after.rows[0].name.as_str(), after.rows[0].former_state), (nine.as_str(), Some(MedicalAidState::NotRegistered)));
    assert_eq!(after.rows[0].state, Some(MedicalAidState::Entrusted));
    assert_eq!((after.fetches[0].matched, after.fetches[0].changed), (2, 1));
    assert_eq!(after.fetches[0].by.as_ref().map(|by| by.as_str()), Some("ippan1"));
    assert_eq!(world.call::<LaterChecks>(&[], &staff, &()).await.unwrap().rows.len(), 0);
    assert_eq!(world.call::<FetchAid>(&["2026-10"], &staff, &()).await.unwrap_err().1.code, Code::Request, "not the running month");
    let file = world.call::<AidOfMonthCsv>(&["2026-11"], &staff, &()).await.unwrap().file.0;
    let file = String::from_utf8(file).unwrap();
    assert!(file.contains("未委託・未登録から変わりました") && file.contains("終わり 2件"), "{file}");
    assert!(!file.contains("扶助町"), "no address");
    let other = world.login(CLINIC, "kanri1").await;
    assert_eq!(world.call::<AidOfMonth>(&["2026-11"], &other, &()).await.unwrap().rows, [], "another's");
}

#[tokio::test]
async fn without_a_register_that_can_be_asked_so_nothing_is_noted() {
    let world = World::with(|parts| parts.registry = Arc::new(server::eligibility::registry::EmbeddedRegistry::empty())).await;
    let staff = world.login(STATION, "kanri1").await;
    let now = Month::of(world.clock.now().jst_date()).to_string();
    assert_eq!(world.call::<FetchAid>(&[&now], &staff, &()).await.unwrap_err().1.code, Code::NoSource);
    assert_eq!(world.call::<AidOfMonth>(&[&now], &staff, &()).await.unwrap().fetches, []);
}
