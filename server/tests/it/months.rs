//! 再照会 and the work of a month, on both databases.

use std::sync::Arc;

use server::clock::Clock;
use server::eligibility::registry::EmbeddedRegistry;
use server::jobs::Worker;
use server::jobs::requeries::ask;
use server::random::Random;
use server::rule::day::Where;
use server::rule::requery::{Answered, Kept as Outcome, Noted, base, end_relation, keep, standing, why_not};
use server::rule::{claim, day, expiring, job, month as rule};
use server::store::db::Tx;
use server::store::job::Job;
use server::store::month::Place;
use server::store::{CheckId, ConsentId, DayVisitId, StoreError, check, coverage_change, expiring as ends, month, run};
use server::tenant::Tenant;
use shared::api::claims::{ClaimClosing, ClaimKind};
use shared::api::day::{DayState, Insurance, TypedVisit};
use shared::api::expiring::Kind;
use shared::api::month::{MonthRow, Run, Show, WorklistPage};
use shared::api::requery::WhyNot;
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckState, CheckWay};
use shared::domain::consent::EndReason;
use shared::domain::coverage::Validity;
use shared::domain::month::Month;
use shared::domain::note::Note;

use crate::kept::Kept;
use crate::sample::code;
use crate::store::{consent_id, entry, on_both, open, stored, visit_to_open};
use crate::world::{CLINIC, STATION, add_institution, at};

/// In the middle of a month; the consents below end three months later at its end.
const NOON: &str = "2024-01-17T12:00:00+09:00";
const DAY_MS: i64 = 24 * 60 * 60_000;

fn tenant(institution: &str) -> Tenant {
    Tenant::of_operator(&code(institution))
}

fn user(id: &str) -> UserId {
    UserId::try_from(id).unwrap()
}

fn month_of(text: &str) -> Month {
    Month::try_from(text).unwrap()
}

async fn in_tx<T: Send + 'static>(
    store: &Kept,
    institution: &str,
    rule: impl Fn(&mut Tx<'_>, &Tenant) -> Result<T, StoreError> + Send + 'static,
) -> T {
    let tenant = tenant(institution);
    store.0.write(move |tx| rule(tx, &tenant)).await.unwrap()
}

async fn two_institutions(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &Random::machine(), at(NOON)).await;
    }
}

/// What the demo register answers about a person now.
fn answered(number: u8, consent: u32, subject: &str, now: UnixMs) -> Answered {
    let eligibility = ask(&EmbeddedRegistry::demo("{}").unwrap(), subject, now);
    Answered { id: CheckId::new(now, [number; 10]), consent: consent_id(consent), by: user("kanri1"), eligibility }
}

async fn requery(store: &Kept, institution: &str, new: Answered) -> Outcome {
    in_tx(store, institution, move |tx, tenant| keep(tx, tenant, &new)).await
}

async fn worklist(store: &Kept, institution: &str, of: &str, show: Show, after: Option<String>, now: UnixMs) -> WorklistPage {
    let (of, after) = (month_of(of), after.map(|text| Place::parse(&text).unwrap()));
    in_tx(store, institution, move |tx, tenant| rule::worklist(tx, tenant, of, show, after.as_ref(), 50, now)).await
}

async fn a_changed_answer_is_kept_beside_the_one_before_it(store: &Kept) {
    two_institutions(store).await;
    let now = at(NOON);
    stored(store, 1, STATION, "taro", "ﾂｳｼｮｳ ﾀﾛｳ", now).await;
    let february = at("2024-02-01T09:00:00+09:00");
    assert_eq!(requery(store, CLINIC, answered(1, 1, "taro", february)).await, Outcome::NotThere, "another's");
    assert_eq!(requery(store, STATION, answered(1, 1, "taro", february)).await, Outcome::Yes(true));
    let later = february.plus_ms(60_000);
    assert_eq!(requery(store, STATION, answered(2, 1, "taro", later)).await, Outcome::Yes(false), "the same again");

    let stands = in_tx(store, STATION, move |tx, tenant| standing(tx, tenant, &consent_id(1), later)).await.unwrap();
    assert_eq!((stands.why_not, stands.answers.len(), stands.former_at), (None, 2, Some(now)));
    let insurer = stands.differences.iter().find(|one| one.field == "保険者名称").unwrap();
    assert_eq!((insurer.former.as_str(), insurer.now.as_str()), ("情報がありません", "協会けんぽ試験支部"));
    let found = in_tx(store, STATION, |tx, tenant| coverage_change::find(tx, tenant, month_of("2024-02"), "taro")).await.unwrap();
    let kept = in_tx(store, STATION, move |tx, tenant| {
        Ok((server::rule::requery::told(tx, tenant, &found.former, later)?, check::find(tx, tenant, &found.check)?))
    })
    .await;
    assert!(kept.0.unwrap().coverages.is_empty() && kept.1.unwrap().eligibility.coverages.len() == 1, "both are kept");

    let page = worklist(store, STATION, "2024-02", Show::Changed, None, later).await;
    assert_eq!((page.counts, page.rows.len()), ([1, 0, 1], 1));
    assert!(page.rows[0].differences.iter().any(|one| one.field == "保険者番号"));
    let check = page.rows[0].check.clone().unwrap();
    assert_eq!((check.way, check.by, check.at), (CheckWay::Requery, Some(user("kanri1")), february));
    assert_eq!(worklist(store, CLINIC, "2024-02", Show::Changed, None, later).await.counts, [0; 3]);
    // The evidence of each month is its first success: of January the consent's own check, of February the re-query.
    for (of, way, at) in [("2024-01", CheckWay::Pin, now), ("2024-02", CheckWay::Requery, february)] {
        let rows = evidence(store, STATION, of).await;
        let check = rows[0].check.clone().unwrap();
        assert_eq!((rows.len(), check.way, check.at), (1, way, at), "{of}");
    }
    assert!(evidence(store, STATION, "2024-03").await.is_empty());
}

async fn evidence(store: &Kept, institution: &str, of: &str) -> Vec<MonthRow> {
    let house = server::store::Institution::new(code(institution), "a", "");
    let of = month_of(of);
    in_tx(store, institution, move |tx, tenant| rule::evidence(tx, tenant, &house, of, None, 50, of.begins_at())).await.rows
}

async fn nobody_is_asked_about_without_a_living_consent_and_a_relation(store: &Kept) {
    two_institutions(store).await;
    let now = at(NOON);
    stored(store, 1, STATION, "ichiro", "ｼｶｸ ｲﾁﾛｳ", now).await;
    let why = |number: u32, now: UnixMs| async move {
        in_tx(store, STATION, move |tx, tenant| Ok(base(tx, tenant, &consent_id(number))?.and_then(|base| why_not(&base, now)))).await
    };
    let end = |day: Option<&'static str>, now: UnixMs| async move {
        let day = day.map(|day| CivilDate::try_from(day).unwrap());
        let noted =
            in_tx(store, STATION, move |tx, tenant| end_relation(tx, tenant, &consent_id(1), day, &user("kanri1"), &entry(now, STATION)));
        noted.await
    };
    assert_eq!(why(1, now).await, None);
    assert_eq!(end(Some("2024-01-16"), now).await, Noted::TooEarly, "before the consent");
    assert!(matches!(end(Some("2024-01-31"), now).await, Noted::Yes(standing) if standing.why_not.is_none()), "not over yet");
    let february = at("2024-02-01T00:00:00+09:00");
    let ended = WhyNot::RelationEnded(CivilDate::try_from("2024-01-31").unwrap());
    assert_eq!((why(1, february.plus_ms(-1)).await, why(1, february).await), (None, Some(ended)));
    assert_eq!(requery(store, STATION, answered(1, 1, "ichiro", february)).await, Outcome::No(ended), "and nothing is kept");
    assert!(in_tx(store, STATION, |tx, tenant| check::of_subject(tx, tenant, "ichiro", 9)).await.is_empty());
    assert!(matches!(end(None, february).await, Noted::Yes(_)));
    assert_eq!(why(1, february).await, None, "it goes on");

    let may = at("2024-05-01T00:00:00+09:00");
    let expired = WhyNot::Expired(CivilDate::try_from("2024-04-30").unwrap());
    assert_eq!((why(1, may.plus_ms(-1)).await, why(1, may).await), (None, Some(expired)));
    // A later consent takes the place of this one, and the relation that had ended begins again with it.
    end(Some("2024-01-31"), february).await;
    open(store, visit_to_open(2, STATION, february)).await;
    for (reason, told) in [
        (EndReason::Institution, WhyNot::Withdrawn),
        (EndReason::Patient, WhyNot::Withdrawn),
        (EndReason::OtherUse, WhyNot::OtherUse),
        (EndReason::Replaced, WhyNot::Replaced),
    ] {
        in_tx(store, STATION, move |tx, tenant| server::store::change::end(tx, tenant, &consent_id(1), reason, february)).await;
        assert_eq!(why(1, february).await, Some(told), "{reason:?}");
    }
    stored(store, 3, STATION, "ichiro", "ｼｶｸ ｲﾁﾛｳ", february).await;
    assert_eq!((why(1, february).await, why(3, february).await), (Some(WhyNot::Replaced), None));
    assert!(in_tx(store, CLINIC, |tx, tenant| base(tx, tenant, &consent_id(1))).await.is_none(), "another's");
}

/// People whose consents are of the month before.
async fn many(store: &Kept, count: u32) {
    two_institutions(store).await;
    for number in 0..count {
        stored(store, number, STATION, &format!("nobody{number}"), "ｼｹﾝ", at(NOON)).await;
    }
    stored(store, count, STATION, "taro", "ﾂｳｼｮｳ ﾀﾛｳ", at(NOON)).await;
    stored(store, count + 1, STATION, "ichiro", "ｼｶｸ ｲﾁﾛｳ", at(NOON)).await;
}

async fn start(store: &Kept, now: UnixMs) -> Option<Run> {
    in_tx(store, STATION, move |tx, tenant| rule::start(tx, tenant, month_of("2024-02"), &user("kanri1"), &entry(now, STATION))).await
}

async fn run_of(store: &Kept) -> Run {
    in_tx(store, STATION, |tx, tenant| run::find(tx, tenant, rule::KIND, "2024-02")).await.unwrap()
}

async fn checks_of(store: &Kept, subject: &'static str) -> usize {
    in_tx(store, STATION, move |tx, tenant| check::of_subject(tx, tenant, subject, 99)).await.len()
}

/// The first step of a job by hand; true when it counted.
async fn one_step(store: &Kept, job: &Job, now: UnixMs) -> bool {
    let of = month_of("2024-02");
    let found = job.clone();
    let batch = in_tx(store, STATION, move |tx, tenant| rule::batch(tx, tenant, of, &found)).await;
    let Some(batch) = batch else { return false };
    let registry = EmbeddedRegistry::demo("{}").unwrap();
    let answers: Vec<_> = (0_u8..)
        .zip(&batch.rows)
        .map(|(number, base)| Answered {
            id: CheckId::new(now, [number; 10]),
            consent: base.consent.id.clone(),
            by: user("kanri1"),
            eligibility: ask(&registry, &base.subject, now),
        })
        .collect();
    let job = job.clone();
    in_tx(store, STATION, move |tx, tenant| rule::step(tx, tenant, of, &job, &batch, &answers, now)).await
}

async fn a_bulk_that_dies_in_the_middle_goes_on_and_asks_once_about_each(store: &Kept) {
    many(store, 60).await;
    let now = at("2024-02-01T07:00:00+09:00");
    assert_eq!(start(store, at(NOON)).await, None, "not the running month");
    assert_eq!(start(store, now).await.unwrap().total, 62);
    assert_eq!(start(store, now.plus_ms(1_000)).await.unwrap().started_at, now, "one that runs goes on");
    let died = store.0.write(move |tx| job::take(tx, &[1; 16], now)).await.unwrap().unwrap();
    assert!(one_step(store, &died, now).await);
    assert_eq!(run_of(store).await.done, rule::STEP_ROWS);
    let over = now.plus_ms(job::LEASE_MS);
    let clock = Clock::standing_at(over);
    let registry = Arc::new(EmbeddedRegistry::demo("{}").unwrap());
    let worker = Worker::new(Arc::clone(&store.0), clock, &Random::machine()).unwrap().with_registry(registry);
    worker.run_due().await.unwrap();
    let ran = run_of(store).await;
    assert_eq!(
        (ran.done, ran.refused, ran.changed, ran.finished_at),
        (62, 0, 62, Some(over)),
        "each differs from a consent without coverages"
    );
    for subject in ["nobody0", "nobody19", "nobody20", "nobody59", "taro", "ichiro"] {
        assert_eq!(checks_of(store, subject).await, 1, "{subject}");
    }
    // The first one was only slow: what it does now counts nothing.
    assert!(!one_step(store, &died, over).await);
    assert_eq!((run_of(store).await.done, checks_of(store, "nobody0").await), (62, 1));
    // Control: the same answers without the job's progress would be a second check.
    assert!(matches!(requery(store, STATION, answered(200, 61, "ichiro", over.plus_ms(1))).await, Outcome::Yes(_)));
    assert_eq!(checks_of(store, "ichiro").await, 2);

    // Whom the register does not know has an answer and no success: open until a visit.
    let page = worklist(store, STATION, "2024-02", Show::Open, None, over).await;
    assert_eq!((page.counts, page.rows.len(), page.run.unwrap().done), ([62, 60, 2], 50, 62));
    let next = worklist(store, STATION, "2024-02", Show::Open, page.next.clone(), over).await;
    let mut seen: Vec<_> = page.rows.iter().chain(&next.rows).map(|row| row.consent.clone()).collect();
    seen.sort();
    seen.dedup();
    assert_eq!((next.rows.len(), next.next, seen.len()), (10, None, 60), "each once over two pages");
    assert!(next.rows.iter().all(|row| row.why_not.is_none()));
    let done = worklist(store, STATION, "2024-02", Show::Done, None, over).await;
    assert_eq!(done.rows.iter().map(|row| row.check.as_ref().unwrap().way).collect::<Vec<_>>(), [CheckWay::Requery; 2]);
    // A new start asks about those who are open, and about nobody else.
    assert_eq!(start(store, over.plus_ms(1)).await.unwrap().total, 60);
}

fn typed(name: &str, kana: &str, birth: Option<&str>, insurance: Option<Insurance>) -> TypedVisit {
    TypedVisit {
        name: name.try_into().unwrap(),
        kana: kana.try_into().unwrap(),
        birth_date: birth.map(|day| CivilDate::try_from(day).unwrap()),
        room: "201".try_into().unwrap(),
        home: Note::default(),
        floor: Note::default(),
        insurance,
    }
}

fn paper(insurer: &str, symbol: &str, member: &str, branch: &str) -> Option<Insurance> {
    Some(Insurance {
        insurer_number: insurer.try_into().unwrap(),
        symbol: symbol.try_into().unwrap(),
        member_number: member.try_into().unwrap(),
        branch_number: branch.try_into().unwrap(),
    })
}

async fn everybody_of_a_day_is_checked_as_far_as_somebody_can_be_asked(store: &Kept) {
    two_institutions(store).await;
    let now = at(NOON);
    stored(store, 1, STATION, "taro", "ﾂｳｼｮｳ ﾀﾛｳ", now).await;
    let later = at("2024-02-05T07:00:00+09:00");
    let today = later.jst_date();
    let put = |number: u8, typed: TypedVisit| async move {
        in_tx(store, STATION, move |tx, tenant| {
            let at = Where { day: today, id: DayVisitId::new(later, [number; 10]), by: user("ippan1") };
            let new = day::of_typed(tx, tenant, &at, &typed, later)?;
            day::add(tx, tenant, &[new], &entry(later, STATION))
        })
        .await
        .unwrap()
    };
    // Found among the consents by kana in any writing and birth date; not without the date, nor with another.
    put(1, typed("通称 太郎", "つうしょう たろう", Some("1960-06-02"), None)).await;
    assert!(put(2, typed("太郎", "ツウショウ タロウ", Some("1960-06-02"), None)).await.was_there, "the same person once");
    put(3, typed("資格 一郎", "シカク イチロウ", Some("1960-06-02"), paper("06990014", "12-34", "56", "01"))).await;
    put(4, typed("別の 名前", "ベツ ノ ナマエ", Some("1960-06-02"), paper("06990014", "12-34", "56", ""))).await;
    put(5, typed("不明 一", "フメイ ハジメ", Some("1960-06-02"), paper("06990014", "12-34", "999", ""))).await;
    put(6, typed("誰か", "", None, None)).await;
    let list = |institution: &'static str| async move { in_tx(store, institution, move |tx, tenant| day::list(tx, tenant, today)).await };
    let first: Vec<_> = list(STATION).await.into_iter().map(|row| (row.consent.is_some(), row.is_first, row.state)).collect();
    assert_eq!(first[0], (true, Some(true), DayState::Open));
    assert_eq!(first[1..], [(false, None, DayState::Open); 4]);
    assert!(list(CLINIC).await.is_empty());

    let started = in_tx(store, STATION, move |tx, tenant| day::start(tx, tenant, today, &user("ippan1"), &entry(later, STATION))).await;
    assert_eq!(started.total, 5);
    let registry = Arc::new(EmbeddedRegistry::demo("{}").unwrap());
    let worker = Worker::new(Arc::clone(&store.0), Clock::standing_at(later), &Random::machine()).unwrap().with_registry(registry);
    worker.run_due().await.unwrap();
    let rows = list(STATION).await;
    // His birth date is another one at the register of the demo.
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    let wanted = [DayState::Mismatch, DayState::NoReference, DayState::Mismatch, DayState::NoInsurance, DayState::CannotAsk];
    assert_eq!(states, wanted);
    assert_eq!(rows[1].is_first, Some(true), "found by number, and checked today");
    let ran = in_tx(store, STATION, move |tx, tenant| run::find(tx, tenant, day::KIND, &today.to_string())).await.unwrap();
    assert_eq!((ran.done, ran.refused, ran.finished_at), (4, 1, Some(later)));
    // By number it is a check of its own; nobody is found twice.
    let found = in_tx(store, STATION, |tx, tenant| check::of_subject(tx, tenant, "ichiro", 9)).await;
    assert!(!found.is_empty() && found.iter().all(|check| check.check_way == CheckWay::Paper && check.state == CheckState::Done));
    // Who was checked stays checked; only the one that could not be asked about is tried again.
    let again = later.plus_ms(1);
    let started = in_tx(store, STATION, move |tx, tenant| day::start(tx, tenant, today, &user("ippan1"), &entry(again, STATION))).await;
    assert_eq!(started.total, 1);
    let tomorrow = today.plus_days(1);
    in_tx(store, STATION, move |tx, tenant| {
        let at = Where { day: tomorrow, id: DayVisitId::new(later, [9; 10]), by: user("ippan1") };
        day::add_of_consent(tx, tenant, &at, &consent_id(1), &entry(later, STATION))
    })
    .await
    .unwrap();
    let rows = in_tx(store, STATION, move |tx, tenant| day::list(tx, tenant, tomorrow)).await;
    assert_eq!((rows[0].name.as_str(), rows[0].is_first), ("試験　1", Some(false)), "checked yesterday");
}

async fn what_is_open_before_claims_is_closed_by_a_person_with_a_reason(store: &Kept) {
    two_institutions(store).await;
    let now = at(NOON);
    let today = now.jst_date();
    let of = month_of("2024-01");
    stored(store, 1, STATION, "taro", "ﾂｳｼｮｳ ﾀﾛｳ", now).await;
    requery(store, STATION, answered(1, 1, "taro", now.plus_ms(60_000))).await;
    in_tx(store, STATION, move |tx, tenant| {
        let at = Where { day: today, id: DayVisitId::new(now, [1; 10]), by: user("ippan1") };
        let new = day::of_typed(tx, tenant, &at, &typed("未確認 花", "", None, None), now)?;
        day::add(tx, tenant, &[new], &entry(now, STATION))?;
        // Who was checked in the month stands not here.
        let at = Where { day: today, id: DayVisitId::new(now, [2; 10]), by: user("ippan1") };
        day::add_of_consent(tx, tenant, &at, &consent_id(1), &entry(now, STATION))
    })
    .await
    .unwrap();
    let groups = |institution: &'static str| async move {
        in_tx(store, institution, move |tx, tenant| claim::groups(tx, tenant, of, 200, claim::Looks { sees_openings: false, now })).await
    };
    let found = groups(STATION).await;
    let names: Vec<Vec<_>> = found.iter().map(|group| group.rows.iter().map(|row| row.name.clone()).collect()).collect();
    assert_eq!(names, [vec!["未確認 花".to_owned()], vec!["試験　1".to_owned()], vec![], vec!["試験　1".to_owned()]]);
    assert!(found[1].rows[0].differences.iter().any(|one| one.field == "保険者番号"));
    assert!(groups(CLINIC).await.iter().all(|group| group.rows.is_empty()));

    let about = found[0].rows[0].about.clone();
    let close = |institution: &'static str, about: String, note: Option<&'static str>| async move {
        let closing = ClaimClosing { kind: ClaimKind::NoCheck, about, note: note.map(|note| note.try_into().unwrap()) };
        in_tx(store, institution, move |tx, tenant| {
            claim::close(tx, tenant, of, &closing, 200, (&user("kanri1"), false), &entry(now, institution))
        })
        .await
    };
    assert!(close(CLINIC, about.clone(), Some("x")).await.is_none(), "another's");
    assert!(close(STATION, "nothing".to_owned(), Some("x")).await.is_none());
    assert!(close(STATION, about.clone(), Some("  ")).await.is_none(), "without a reason");
    let closed = close(STATION, about.clone(), Some("紙で確かめた")).await.unwrap();
    let told = closed[0].rows[0].closed.clone().unwrap();
    assert_eq!((told.note.as_str(), told.by, told.at), ("紙で確かめた", user("kanri1"), now));
    assert!(close(STATION, about, None).await.unwrap()[0].rows[0].closed.is_none(), "open again");
}

async fn what_ends_soon_is_listed_with_whom_to_tell(store: &Kept) {
    two_institutions(store).await;
    let now = at("2026-07-01T09:00:00+09:00");
    let today = now.jst_date();
    stored(store, 1, STATION, "ichiro", "ｼｶｸ ｲﾁﾛｳ", now.plus_ms(-100 * DAY_MS)).await;
    stored(store, 2, STATION, "hanako", "ｳｹﾂｹ ﾊﾅｺ", now).await;
    // A paper of 後期高齢者 without a last day is renewed with all others.
    let paper = |subject: &'static str| {
        let eligibility = ask(&EmbeddedRegistry::demo("{}").unwrap(), subject, now);
        server::store::CheckRecord {
            id: CheckId::new(now, [7; 10]),
            visit_kind: None,
            consent: None,
            subject: subject.to_owned(),
            reference_number: None,
            check_way: CheckWay::Paper,
            medium: shared::domain::check::Medium::Paper,
            done_by: None,
            state: CheckState::Done,
            asked: None,
            eligibility,
            chosen: None,
        }
    };
    let new = paper("hanako");
    assert!(in_tx(store, STATION, move |tx, tenant| check::add(tx, tenant, &new)).await);
    for (subject, day) in [("ichiro", "2026-10-01"), ("hanako", "2026-10-02"), ("gone", "2026-03-01"), ("late", "2026-06-30")] {
        let day = CivilDate::try_from(day).unwrap();
        in_tx(store, STATION, move |tx, tenant| month::note_end(tx, tenant, month::CERTIFICATE, subject, day, now)).await;
    }
    let page = |institution: &'static str, kind: Kind, after: Option<Place>, rows: u32| async move {
        in_tx(store, institution, move |tx, tenant| expiring::page(tx, tenant, kind, after.as_ref(), rows, today)).await
    };
    let days =
        |rows: Vec<shared::api::expiring::ExpiringRow>| rows.into_iter().map(|row| (row.name, row.ends_on.to_string())).collect::<Vec<_>>();
    let line = |name: &str, day: &str| (name.to_owned(), day.to_owned());
    let (rows, next) = page(STATION, Kind::Certificate, None, 1).await;
    assert_eq!(days(rows), [line("", "2026-06-30")], "one that nobody knows any more is told by its day");
    let (rows, next) = page(STATION, Kind::Certificate, next, 50).await;
    assert_eq!((days(rows), next), (vec![line("試験　1", "2026-10-01")], None), "the same day of the third month still counts");
    assert_eq!(days(page(STATION, Kind::Paper, None, 50).await.0), [line("試験　2", "2026-07-31")]);
    assert_eq!(days(page(STATION, Kind::Consent, None, 50).await.0), [line("試験　1", "2026-06-30")][..0]);
    assert!(page(CLINIC, Kind::Certificate, None, 50).await.0.is_empty());
    // An older sight of a card does not take the place of a newer one.
    let day = CivilDate::try_from("2026-09-09").unwrap();
    in_tx(store, STATION, move |tx, tenant| month::note_end(tx, tenant, month::CERTIFICATE, "ichiro", day, now.plus_ms(-1))).await;
    assert_eq!(days(page(STATION, Kind::Certificate, None, 50).await.0).len(), 2);

    let counts = in_tx(store, STATION, |tx, tenant| ends::usage(tx, tenant, month_of("2026-07"))).await;
    let told: Vec<_> = counts.into_iter().map(|count| (count.of.is_some(), count.way, count.count)).collect();
    assert_eq!(told, [(true, CheckWay::Pin, 1), (false, CheckWay::Paper, 1)]);
}

on_both!(
    a_changed_answer_is_kept_beside_the_one_before_it,
    nobody_is_asked_about_without_a_living_consent_and_a_relation,
    a_bulk_that_dies_in_the_middle_goes_on_and_asks_once_about_each,
    everybody_of_a_day_is_checked_as_far_as_somebody_can_be_asked,
    what_is_open_before_claims_is_closed_by_a_person_with_a_reason,
    what_ends_soon_is_listed_with_whom_to_tell,
);

/// Quick by construction: each list goes along the index made for it, sorts nothing and scans no table.
#[tokio::test(flavor = "multi_thread")]
async fn each_list_of_the_month_goes_along_its_index() {
    let (store, folder) = crate::store::sqlite().await;
    let connection = rusqlite::Connection::open_with_flags(folder.path().join("u.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    use server::store::day as days;
    for (index, sql) in [
        ("consents_of_use_by_expiry", month::OPEN),
        ("consents_of_use_by_expiry", month::COUNT_OPEN),
        ("month_checks_by_time", month::EVIDENCE),
        ("month_checks_by_time", month::DONE),
        ("month_checks", month::COUNT_DONE),
        ("consents_by_subject", month::NEWEST_CONSENT),
        ("coverage_changes_by_time", coverage_change::LIST),
        ("coverage_changes", coverage_change::COUNT),
        ("SEARCH d", days::LIST),
        ("SEARCH d", days::WITHOUT_CHECK),
        ("consents_by_day", days::WITHOUT_SUCCESS),
        ("consents_by_kana", days::BY_KANA),
        ("shown_ends_by_day", ends::ENDS),
        ("consents_of_use_by_expiry", ends::CONSENTS_ENDING),
        ("consents_by", ends::USAGE[0]),
        ("checks_by", ends::USAGE[1]),
    ] {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let (mut steps, mut rows) = (Vec::<String>::new(), statement.raw_query());
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get("detail").unwrap());
        }
        // A row of a count's inner query is no table; a group is sorted within its month.
        let is_scan = |step: &String| step.starts_with("SCAN ") && !step.contains("counted");
        let is_sort = |step: &String| step.contains("USE TEMP B-TREE FOR ORDER BY") && !sql.contains("GROUP BY") && sql != days::BY_KANA;
        assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:?}");
        assert!(!steps.iter().any(|step| is_scan(step) || is_sort(step)), "{index}: {steps:?}");
    }
    store.close().await;
}

/// What a card showed is known by its certificate, on the visit's own way.
#[tokio::test(flavor = "multi_thread")]
async fn a_visit_notes_the_end_of_its_certificate() {
    let world = crate::world::World::new().await;
    world.visit_of("ichiro").await.unwrap();
    let far = CivilDate::try_from("2099-12-31").unwrap();
    let found = in_tx(&world.store, STATION, move |tx, tenant| {
        ends::ends(tx, tenant, month::CERTIFICATE, &Place { at: 20_000_101, rest: String::new() }, far, 9)
    })
    .await;
    assert_eq!(found.iter().map(|end| end.subject.as_str()).collect::<Vec<_>>(), ["ichiro"]);
    assert!(found[0].ends_on > world.clock.now().jst_date());
    assert!(ConsentId::parse("x").is_none() && Validity::ALL.iter().any(|one| month::is_success(*one)));
}

/// OT-27: who came without a success stands among the visits before claims, with what was answered, until a check of the month finds one.
#[tokio::test(flavor = "multi_thread")]
async fn a_visit_at_reception_without_a_success_is_seen_before_claims() {
    use shared::api::claims::{Claims, ClaimsCsv, CloseClaim};
    let world = crate::world::World::new().await;
    world.visit_of("ichiro").await.unwrap();
    world.visit_of("saburo").await.unwrap();
    let staff = world.login(STATION, "ippan1").await;
    let of = Month::of(world.clock.now().jst_date()).to_string();
    let shown = world.call::<Claims>(&[&of], &staff, &()).await.unwrap();
    let rows = &shown.groups[0].rows;
    assert_eq!(rows.iter().map(|row| row.answered).collect::<Vec<_>>(), [Some(Validity::Invalid)], "not who was valid");
    let note = "電話で確かめた".try_into().unwrap();
    let closing = ClaimClosing { kind: ClaimKind::NoCheck, about: rows[0].about.clone(), note: Some(note) };
    let closed = world.call::<CloseClaim>(&[&of], &staff, &closing).await.unwrap();
    assert!(closed.groups[0].rows[0].closed.is_some());
    let file = world.call::<ClaimsCsv>(&[&of], &staff, &()).await.unwrap().file.0;
    assert!(String::from_utf8(file).unwrap().contains(Validity::Invalid.label()));
    let other = world.login(CLINIC, "kanri1").await;
    assert!(world.call::<Claims>(&[&of], &other, &()).await.unwrap().groups[0].rows.is_empty(), "another's");
}
