//! What is not shown (any more): people of an opening, what was taken back, 医療扶助 where it is not used; and no answer of a silent
//! register.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use server::Sha256;
use server::eligibility::asked::{Candidate, InsuranceAsked};
use server::eligibility::registry::EmbeddedRegistry;
use server::eligibility::{Registry, RegistryAnswer, RegistryLook};
use server::jobs::Worker;
use server::random::Random;
use shared::api::Code;
use shared::api::bulk_check::{BulkCheckState, RunState, StartBulkCheck};
use shared::api::check::{CheckAnswer, CheckByNumber, CheckDetail, CheckSearch, NumberCheck, SaveChecks, SearchChecks};
use shared::api::claims::{ClaimKind, Claims};
use shared::api::day::{AddDayVisit, CheckDay, DayList, DayState, NewDayVisit};
use shared::api::grant::{FetchAsked, FetchEntrusted, GiveGrant, NewGrant};
use shared::api::later::{PastAsked, PastResults};
use shared::api::month::StartRequeries;
use shared::api::opening::{OpenOpening, OpeningSearch, SearchInOpening, ViewAsked, ViewInOpening};
use shared::api::requery::{Requery, RequeryState};
use shared::api::withdrawal::{Withdraw, WithdrawConsent};
use shared::domain::asked::AskedOf;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::CheckWay;
use shared::domain::consent::ConsentGroup;
use shared::domain::coverage::{Eligibility, Provided};
use shared::domain::month::Month;
use shared::domain::withdrawal::WithdrawCause;

use crate::sample::check::{ichiro, numbers};
use crate::sample::code;
use crate::sample::opening::{ichiro as typed_ichiro, note, outage};
use crate::world::{CLINIC, STATION, World, cards_today};

fn history(world: &World) -> CheckSearch {
    let today = world.clock.now().jst_date();
    CheckSearch {
        from: today,
        to: today,
        name_prefix: String::new(),
        way: None,
        medium: None,
        user: String::new(),
        validity: None,
        state: None,
        after: None,
    }
}

#[tokio::test]
async fn who_was_seen_in_an_opening_stands_in_no_list_of_an_account_that_may_not_search_there() {
    let world = World::new().await;
    let (admin, viewer) = (world.login(STATION, "kanri1").await, world.login(STATION, "etsu1").await);
    let taker = world.login(CLINIC, "ippan1").await;
    let today = world.clock.now().jst_date();
    let new = NewGrant { to: code(CLINIC), from: today, until: today };
    let grant = world.call::<GiveGrant>(&[], &admin, &new).await.unwrap();
    let id = world.call::<OpenOpening>(&[], &admin, &outage(world.clock.now())).await.unwrap().id;
    let search = OpeningSearch::Person(typed_ichiro());
    let key = world.call::<SearchInOpening>(&[&id], &viewer, &search).await.unwrap().candidates[0].key.clone();
    let seen = world.call::<ViewInOpening>(&[&id], &viewer, &ViewAsked { search, key, ground: None }).await.unwrap();

    assert_eq!(world.call::<SearchChecks>(&[], &admin, &history(&world)).await.unwrap().rows, []);
    assert_eq!(world.call::<SaveChecks>(&[], &admin, &history(&world)).await.unwrap().rows, 0);
    assert_eq!(world.call::<CheckDetail>(&[&seen.check], &admin, &()).await.unwrap_err().1.code, Code::NotFound);
    let fetched = world.call::<FetchEntrusted>(&[&grant.id], &taker, &FetchAsked { from: today, to: today }).await.unwrap();
    assert_eq!(fetched.rows, 0);
    let claims = world.call::<Claims>(&[&Month::of(today).to_string()], &admin, &()).await.unwrap();
    let open = claims.groups.into_iter().find(|group| group.kind == ClaimKind::Provisional).unwrap();
    assert_eq!(open.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), [""], "it is open, and nobody's name");
}

fn limit_of(eligibility: &Eligibility) -> bool {
    eligibility.coverages.iter().any(|coverage| matches!(coverage.limit, Provided::Value(_)))
}

#[tokio::test]
async fn what_was_taken_back_is_shown_neither_as_a_past_result_nor_as_a_difference() {
    let world = World::new().await;
    world.visit_of("ichiro").await.unwrap();
    let (consent, staff) = (world.first_consent().await, world.login(STATION, "ippan1").await);
    world.later(60_000);
    world.call::<Requery>(&[&consent], &staff, &()).await.unwrap();
    let rows = world.call::<SearchChecks>(&[], &staff, &history(&world)).await.unwrap().rows;
    let again = rows.into_iter().find(|row| row.check_way == CheckWay::Requery).unwrap().id;
    let asked = PastAsked { kana: note("シカク イチロウ"), birth_date: CivilDate::try_from("1960-06-02").unwrap() };
    let limits = async || {
        let past = world.call::<PastResults>(&[], &staff, &asked).await.unwrap().rows;
        let detail = world.call::<CheckDetail>(&[&again], &staff, &()).await.unwrap();
        (past.iter().map(|row| limit_of(&row.eligibility)).collect::<Vec<_>>(), limit_of(&detail.eligibility))
    };
    assert_eq!(limits().await, (vec![true, true], true));
    let body = Withdraw { groups: vec![ConsentGroup::LimitCertificate], cause: WithdrawCause::RelationEnded };
    world.call::<WithdrawConsent>(&[&consent], &staff, &body).await.unwrap();
    assert_eq!(limits().await, (vec![false, false], false));
    world.later(60_000);
    world.call::<Requery>(&[&consent], &staff, &()).await.unwrap();
    assert_eq!(world.call::<RequeryState>(&[&consent], &staff, &()).await.unwrap().differences, [], "nothing changed but the consent");
}

/// The demo's register, which says nothing while it is away.
struct Away(EmbeddedRegistry, Arc<AtomicBool>);

impl Registry for Away {
    fn look(&self) -> RegistryLook {
        if self.1.load(Ordering::SeqCst) { RegistryLook::Silent } else { RegistryLook::Answers }
    }

    fn holder(&self, fingerprint: Sha256, now: UnixMs) -> RegistryAnswer {
        self.0.holder(fingerprint, now)
    }

    fn insured(&self, asked: &InsuranceAsked, now: UnixMs) -> Vec<Candidate> {
        if self.1.load(Ordering::SeqCst) { Vec::new() } else { self.0.insured(asked, now) }
    }

    fn subject(&self, subject: &str, now: UnixMs) -> RegistryAnswer {
        if self.1.load(Ordering::SeqCst) { RegistryAnswer::NoRow { subject: subject.to_owned() } } else { self.0.subject(subject, now) }
    }
}

#[tokio::test]
async fn x34_silence_is_no_answer_at_the_desks_and_the_jobs_come_again() {
    let is_away = Arc::new(AtomicBool::new(false));
    let people = std::fs::read_to_string(cards_today().join("people.json")).unwrap();
    let registry: Arc<dyn Registry> = Arc::new(Away(EmbeddedRegistry::demo(&people).unwrap(), Arc::clone(&is_away)));
    let world = World::with(|parts| parts.registry = Arc::clone(&registry)).await;
    world.visit_of("ichiro").await.unwrap();
    // The next month: everybody is to be asked about.
    world.later(32 * 86_400_000);
    let (consent, staff) = (world.first_consent().await, world.login(STATION, "kanri1").await);
    let today = world.clock.now().jst_date();
    let checks = async || world.call::<SearchChecks>(&[], &staff, &history(&world)).await.unwrap().rows.len();
    is_away.store(true, Ordering::SeqCst);
    let by_number = NumberCheck { asked: ichiro(), chosen: None };
    assert_eq!(world.call::<CheckByNumber>(&[], &staff, &by_number).await.unwrap_err().1.code, Code::X34);
    assert_eq!(world.call::<Requery>(&[&consent], &staff, &()).await.unwrap_err().1.code, Code::X34);

    world.call::<AddDayVisit>(&[&today.to_string()], &staff, &NewDayVisit::Consent(consent.clone())).await.unwrap();
    world.call::<CheckDay>(&[&today.to_string()], &staff, &()).await.unwrap();
    world.call::<StartRequeries>(&[&Month::of(today).to_string()], &staff, &()).await.unwrap();
    let run = world.call::<StartBulkCheck>(&[], &staff, &crate::sample::check::bulk_file()).await.unwrap();
    let work = async || {
        let worker = Worker::new(Arc::clone(&world.store.0), world.clock.clone(), &Random::machine()).unwrap();
        worker.with_registry(Arc::clone(&registry)).run_due().await.unwrap();
    };
    let bulk = async || world.call::<BulkCheckState>(&[&run.id], &staff, &()).await.unwrap();
    let day = async || world.call::<DayList>(&[&today.to_string()], &staff, &()).await.unwrap().rows[0].state;
    work().await;
    assert_eq!((checks().await, bulk().await.state, bulk().await.done, day().await), (0, RunState::Running, 0, DayState::Open));
    // It is back: each comes again by itself.
    is_away.store(false, Ordering::SeqCst);
    world.later(60_000);
    work().await;
    assert_eq!((bulk().await.state, bulk().await.done), (RunState::Done, 1));
    assert!(checks().await >= 2 && day().await == DayState::NoReference, "{:?}", day().await);
}

#[tokio::test]
async fn a_check_by_number_and_a_view_in_an_opening_leave_medical_aid_out_where_it_is_not_used() {
    let world = World::new().await;
    let (admin, viewer) = (world.login(STATION, "kanri1").await, world.login(STATION, "etsu1").await);
    let asked = NumberCheck { asked: numbers(AskedOf::Paper, "06990014", "45-66", "70", "02", "1958-10-10"), chosen: None };
    let person = crate::sample::opening::typed("併用　十和", "ヘイヨウ トワ", "1958-10-10", shared::domain::person::Sex::Female);
    let search = OpeningSearch::Person(person);
    let id = world.call::<OpenOpening>(&[], &admin, &outage(world.clock.now())).await.unwrap().id;
    let aids = async || {
        let CheckAnswer::Made(made) = world.call::<CheckByNumber>(&[], &admin, &asked).await.unwrap() else { panic!("several") };
        let kept = world.call::<CheckDetail>(&[&made.id], &admin, &()).await.unwrap();
        let key = world.call::<SearchInOpening>(&[&id], &viewer, &search).await.unwrap().candidates[0].key.clone();
        let view = ViewAsked { search: search.clone(), key, ground: None };
        let seen = world.call::<ViewInOpening>(&[&id], &viewer, &view).await.unwrap();
        [made.eligibility, kept.eligibility, seen.eligibility].map(|eligibility| eligibility.medical_aid.is_some())
    };
    assert_eq!(aids().await, [true; 3]);
    world.store.set(code(STATION), |settings| settings.medical_aid = false).await.unwrap();
    assert_eq!(aids().await, [false; 3]);
}
