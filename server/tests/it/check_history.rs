//! 資格確認履歴照会 (OT-13): consents' own checks and all others in one list, on both databases; and checks by number (OT-12) over HTTP.

use std::sync::Arc;

use server::consent::search_key;
use server::eligibility::asked::{Candidate, InsuranceAsked};
use server::eligibility::registry::EmbeddedRegistry;
use server::eligibility::{Registry, RegistryAnswer};
use server::store::check::history::{self, History, HistoryQuery};
use server::store::{CheckId, CheckRecord, bulk_check, check};
use server::tenant::Tenant;
use shared::api::Code;
use shared::api::check::{
    CheckAnswer, CheckByNumber, CheckDetail, CheckDetails, CheckSearch, ChooseCheckCoverage, NumberCheck, SaveChecks, SearchChecks,
};
use shared::api::office::CoverageChoice;
use shared::domain::account::UserId;
use shared::domain::asked::{AskedOf, Collects, NumbersAsked, SubsidyPair};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::coverage::{Eligibility, Provided, Validity};
use shared::domain::note::Note;
use shared::domain::person::{Person, Sex};

use crate::kept::Kept;
use crate::sample::check::{ichiro, numbers};
use crate::sample::code;
use crate::store::{on_both, stored};
use crate::world::{CLINIC, STATION, With, World, add_institution, at};

const NOON: &str = "2024-01-17T12:00:00+09:00";

fn query(now: UnixMs) -> HistoryQuery {
    HistoryQuery {
        from: now.plus_ms(-86_400_000),
        to: now.plus_ms(86_400_000),
        name_key: String::new(),
        way: None,
        medium: None,
        user: None,
        validity: None,
        state: None,
        sees_openings: true,
        after: None,
        rows: 50,
    }
}

/// A check that was made so many milliseconds after noon.
fn made(ms: i64, kana: &str, way: CheckWay, user: Option<&str>, validity: Validity, state: CheckState) -> CheckRecord {
    let checked_at = at(NOON).plus_ms(ms);
    let person = Person {
        name: format!("氏名{kana}"),
        name_kana: kana.to_owned(),
        name_of_other: Some(format!("ﾂｳｼﾖｳ{kana}")),
        birth_date: CivilDate::new(1950, 4, 1).unwrap(),
        sex: Sex::Male,
    };
    CheckRecord {
        id: CheckId::new(checked_at, [7; 10]),
        visit_kind: None,
        consent: None,
        subject: kana.to_owned(),
        reference_number: None,
        check_way: way,
        medium: if way == CheckWay::Requery { Medium::Card } else { Medium::Paper },
        done_by: user.map(|user| UserId::try_from(user).unwrap()),
        state,
        asked: None,
        eligibility: Eligibility::of_insurance(validity, checked_at, Some(person), Vec::new()),
        chosen: None,
    }
}

async fn keep(store: &Kept, institution: &str, checks: Vec<CheckRecord>) {
    let tenant = Tenant::of_operator(&code(institution));
    // A transaction of all of them would last longer than one may on a busy machine.
    for some in checks.chunks(500) {
        let (some, tenant) = (some.to_vec(), tenant.clone());
        let add = move |tx: &mut server::store::tx::Tx<'_>| some.iter().try_for_each(|one| check::add(tx, &tenant, one).map(|_| ()));
        store.0.write(add).await.unwrap();
    }
}

async fn list(store: &Kept, institution: &str, query: HistoryQuery) -> History {
    let tenant = Tenant::of_operator(&code(institution));
    store.0.search(move |tx| history::list(tx, &tenant, &query)).await.unwrap()
}

/// Milliseconds after noon of each row.
fn times(page: &History) -> Vec<i64> {
    page.rows.iter().map(|row| row.at.0 - at(NOON).0).collect()
}

async fn both_sources_stand_in_one_list_and_each_condition_finds_its_rows(store: &Kept) {
    let now = at(NOON);
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), now).await;
    }
    stored(store, 1, STATION, "ichiro", "ｼｶｸ ｲﾁﾛｳ", now.plus_ms(20)).await;
    keep(
        store,
        STATION,
        vec![
            made(10, "ｼｶｸ ﾊﾅｺ", CheckWay::Paper, Some("kanri1"), Validity::Valid, CheckState::Done),
            made(30, "ﾀﾒｼ ﾀﾛｳ", CheckWay::Prescription, Some("ippan1"), Validity::Invalid, CheckState::Done),
            made(40, "ﾀﾒｼ ﾀﾛｳ", CheckWay::Provisional, None, Validity::NotFound, CheckState::Provisional),
            made(50, "ｼｶｸ ﾊﾅｺ", CheckWay::Requery, Some("kanri1"), Validity::Valid, CheckState::Done),
        ],
    )
    .await;
    keep(store, CLINIC, vec![made(15, "ｼｶｸ ﾊﾅｺ", CheckWay::Paper, Some("kanri1"), Validity::Valid, CheckState::Done)]).await;

    let all = query(now);
    let user = |user: &str| Some(UserId::try_from(user).unwrap());
    let cases: Vec<(&str, HistoryQuery, &[i64])> = vec![
        ("all", all.clone(), &[50, 40, 30, 20, 10]),
        ("paper", HistoryQuery { way: Some(CheckWay::Paper), ..all.clone() }, &[10]),
        ("the card's own", HistoryQuery { way: Some(CheckWay::Pin), ..all.clone() }, &[20]),
        ("by card", HistoryQuery { medium: Some(Medium::Card), ..all.clone() }, &[50, 20]),
        ("by who", HistoryQuery { user: user("kanri1"), ..all.clone() }, &[50, 10]),
        ("by nobody", HistoryQuery { user: user("nobody1"), ..all.clone() }, &[]),
        ("invalid", HistoryQuery { validity: Some(Validity::Invalid), ..all.clone() }, &[30]),
        ("open", HistoryQuery { state: Some(CheckState::Provisional), ..all.clone() }, &[40]),
        ("name", HistoryQuery { name_key: search_key("しかく"), ..all.clone() }, &[50, 20, 10]),
        ("kanji", HistoryQuery { name_key: search_key("氏名ﾀﾒｼ"), ..all.clone() }, &[40, 30]),
        ("other name", HistoryQuery { name_key: search_key("つうしょうタメシ"), ..all.clone() }, &[40, 30]),
        ("name and way", HistoryQuery { name_key: search_key("シカク"), way: Some(CheckWay::Requery), ..all.clone() }, &[50]),
        ("period", HistoryQuery { from: now.plus_ms(20), to: now.plus_ms(40), ..all.clone() }, &[30, 20]),
    ];
    for (what, query, wanted) in cases {
        let page = list(store, STATION, query).await;
        assert_eq!((times(&page).as_slice(), page.damaged, page.is_cut), (wanted, 0, false), "{what}");
    }
    assert_eq!(times(&list(store, CLINIC, all.clone()).await), [15], "another's");

    // Page by page the same rows, each once.
    for name_key in [String::new(), search_key("氏名")] {
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = list(store, STATION, HistoryQuery { rows: 2, after, name_key: name_key.clone(), ..all.clone() }).await;
            seen.extend(times(&page));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let whole = times(&list(store, STATION, HistoryQuery { name_key, ..all.clone() }).await);
        assert_eq!(seen, whole);
    }
}

async fn what_little_matches_is_found_behind_many_rows_and_no_page_reads_more_than_its_walks(store: &Kept) {
    let now = at(NOON);
    add_institution(store, STATION, "a", &server::random::Random::machine(), now).await;
    let rare = made(0, "ﾏﾚ", CheckWay::Outage, None, Validity::Valid, CheckState::Done);
    let many = (1..=11_000).map(|ms| made(ms, "ﾖｸ", CheckWay::Paper, None, Validity::Valid, CheckState::Done));
    keep(store, STATION, std::iter::once(rare).chain(many).collect()).await;
    stored(store, 1, STATION, "ichiro", "ｼｶｸ ｲﾁﾛｳ", now.plus_ms(7_000)).await;
    let of = |way| HistoryQuery { way: Some(way), ..query(now) };
    assert_eq!(times(&list(store, STATION, of(CheckWay::Outage)).await), [0], "behind two walks");
    assert_eq!(times(&list(store, STATION, of(CheckWay::Pin)).await), [7_000], "a consent among them");
    // A page that is full of the one source does not pass over what the other has behind the end of its walk.
    for number in 2_u32..=54 {
        let at = if number < 4 { now.plus_ms(i64::from(4 - number)) } else { now.plus_ms(-i64::from(number)) };
        stored(store, number, STATION, &format!("s{number}"), "ﾍﾞﾂ", at).await;
    }
    let few = made(5_500, "ﾍﾞﾂ", CheckWay::Pin, None, Validity::Valid, CheckState::Done);
    keep(store, STATION, vec![CheckRecord { id: CheckId::new(few.eligibility.checked_at, [8; 10]), ..few }]).await;
    let page = list(store, STATION, of(CheckWay::Pin)).await;
    assert_eq!((&times(&page)[..2], page.rows.len()), (&[7_000, 5_500][..], 50), "a full page leaves nothing out");
    let named = HistoryQuery { name_key: search_key("氏名ヨク"), ..query(now) };
    assert_eq!(times(&list(store, STATION, named).await).first(), Some(&11_000), "a name that many have is walked to");
    assert_eq!(list(store, STATION, HistoryQuery { sees_openings: false, ..of(CheckWay::Outage) }).await.rows.len(), 0, "OT-17");
    let none = list(store, STATION, of(CheckWay::Disaster)).await;
    assert_eq!((none.rows.len(), none.next, none.is_cut), (0, None, false));
}

on_both!(
    both_sources_stand_in_one_list_and_each_condition_finds_its_rows,
    what_little_matches_is_found_behind_many_rows_and_no_page_reads_more_than_its_walks,
);

/// The steps that SQLite takes for a statement.
pub(crate) fn plan(connection: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let (mut steps, mut rows) = (Vec::<String>::new(), statement.raw_query());
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get("detail").unwrap());
    }
    steps
}

/// The plan of a statement, and the tables it goes through from end to end.
pub(crate) fn scanned(connection: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let steps = plan(connection, sql);
    let is_made = |name: &str| steps.iter().any(|step| [format!("CO-ROUTINE {name}"), format!("MATERIALIZE {name}")].contains(step));
    let scans = steps.iter().filter_map(|step| step.strip_prefix("SCAN ")).filter(|step| *step != "CONSTANT ROW" && !is_made(step));
    scans.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_of_the_history_goes_through_a_table() {
    let (store, folder) = crate::store::sqlite().await;
    let connection = rusqlite::Connection::open_with_flags(folder.path().join("u.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let of_runs = [bulk_check::OPEN_LINES, bulk_check::COUNTS, bulk_check::RESULTS];
    for sql in history::STATEMENTS.into_iter().chain(of_runs) {
        assert_eq!(scanned(&connection, sql), Vec::<String>::new(), "{sql}");
    }
    // The control: what no index serves is told.
    assert_eq!(scanned(&connection, "SELECT id FROM checks k WHERE k.asked = $1"), ["k"]);
    store.close().await;
}

/// A register that knows twins: the same numbers, another branch.
struct Twins(EmbeddedRegistry);

impl Registry for Twins {
    fn holder(&self, fingerprint: [u8; 32], now: UnixMs) -> RegistryAnswer {
        self.0.holder(fingerprint, now)
    }

    fn insured(&self, asked: &InsuranceAsked, now: UnixMs) -> Vec<Candidate> {
        let found = self.0.insured(asked, now);
        let twin = |one: &Candidate| {
            let mut other = one.clone();
            other.subject = format!("{}-twin", one.subject);
            other.eligibility.coverages[0].branch_number = Some("02".to_owned());
            other
        };
        let both: Vec<Candidate> = found.iter().cloned().chain(found.first().map(twin)).collect();
        both.into_iter()
            .filter(|one| one.eligibility.person.as_ref().is_some_and(|person| asked.fits(person, &one.eligibility.coverages[0])))
            .collect()
    }
}

async fn ask(world: &World, with: &With, asked: &NumbersAsked, chosen: Option<&str>) -> Result<CheckAnswer, (u16, Code)> {
    let check = NumberCheck { asked: asked.clone(), chosen: chosen.map(str::to_owned) };
    world.call::<CheckByNumber>(&[], with, &check).await.map_err(|(status, refusal)| (status.as_u16(), refusal.code))
}

fn kept(answer: Result<CheckAnswer, (u16, Code)>) -> CheckDetails {
    match answer.unwrap() {
        CheckAnswer::Made(details) => *details,
        CheckAnswer::Several(rows) => panic!("{} people", rows.len()),
    }
}

#[tokio::test]
async fn a_check_by_number_is_kept_like_a_card_s_and_a_doubt_refuses_nothing() {
    let world = World::new().await;
    let staff = world.login(STATION, "ippan1").await;
    let made = kept(ask(&world, &staff, &ichiro(), None).await);
    assert_eq!((made.check_way, made.medium, made.eligibility.validity), (CheckWay::Paper, Medium::Paper, Validity::Valid));
    assert_eq!(made.done_by.as_ref().map(UserId::as_str), Some("ippan1"));
    assert_eq!(made.asked, Some(ichiro()));
    let seen = world.call::<CheckDetail>(&[&made.id], &staff, &()).await.unwrap();
    assert_eq!(seen, made);
    assert_eq!(world.audited("office.check_detail").await, ["ok"]);

    // The limit information is given where the person agreed, and nothing is said of it else.
    let is_given = |details: &CheckDetails| details.eligibility.coverages[0].limit != Provided::NotProvided;
    let with_limit = kept(ask(&world, &staff, &NumbersAsked { with_limit: true, ..ichiro() }, None).await);
    assert!(!is_given(&made));
    assert_eq!(is_given(&with_limit), {
        let all = EmbeddedRegistry::demo("{}").unwrap().people(UnixMs(0));
        all.iter().any(|one| one.subject == "ichiro" && one.eligibility.coverages[0].limit != Provided::NotProvided)
    });

    // A check digit that is wrong, a paper that has ended: asked all the same, and what was asked is kept.
    let wrong = NumbersAsked {
        paper_until: CivilDate::new(2020, 1, 1).ok(),
        ..numbers(AskedOf::Prescription, "06990015", "12-34", "56", "01", "1960-06-02")
    };
    let wrong = NumbersAsked {
        collects: Some(Collects::Other),
        subsidies: vec![SubsidyPair { payer: Note::try_from("1299").unwrap(), beneficiary: Note::try_from("ひ-1").unwrap() }],
        ..wrong
    };
    assert!(!wrong.doubts().is_empty());
    let none = kept(ask(&world, &staff, &wrong, None).await);
    assert_eq!((none.eligibility.validity, none.check_way, none.asked), (Validity::NotFound, CheckWay::Prescription, Some(wrong)));

    // What is not whole is refused.
    let empty = NumbersAsked { member_number: Note::default(), ..ichiro() };
    assert_eq!(ask(&world, &staff, &empty, None).await, Err((400, Code::Request)));
    assert_eq!(ask(&world, &staff, &NumbersAsked { of: AskedOf::Bulk, ..ichiro() }, None).await, Err((400, Code::Request)));
}

#[tokio::test]
async fn of_several_people_a_person_chooses_and_of_several_coverages_too() {
    let world = World::with(|parts| parts.registry = Arc::new(Twins(EmbeddedRegistry::demo("{}").unwrap()))).await;
    let staff = world.login(STATION, "ippan1").await;
    let asked = NumbersAsked { branch_number: Note::default(), ..ichiro() };
    let Ok(CheckAnswer::Several(rows)) = ask(&world, &staff, &asked, None).await else { panic!("several") };
    assert_eq!(rows.iter().map(|row| row.branch_number.as_deref()).collect::<Vec<_>>(), [Some("01"), Some("02")]);
    let search = CheckSearch {
        from: CivilDate::new(2026, 1, 1).unwrap(),
        to: CivilDate::new(2026, 12, 31).unwrap(),
        name_prefix: String::new(),
        way: None,
        medium: None,
        user: String::new(),
        validity: None,
        state: None,
        after: None,
    };
    assert!(world.call::<SearchChecks>(&[], &staff, &search).await.unwrap().rows.is_empty(), "nothing is kept before");
    let second = kept(ask(&world, &staff, &asked, Some(&rows[1].key)).await);
    assert_eq!(second.eligibility.coverages[0].branch_number.as_deref(), Some("02"));
    assert_eq!(ask(&world, &staff, &asked, Some("00")).await, Err((404, Code::NotFound)), "not among them");

    let found = world.call::<SearchChecks>(&[], &staff, &search).await.unwrap();
    assert_eq!(found.rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), [second.id.as_str()]);
    let file = world.call::<SaveChecks>(&[], &staff, &search).await.unwrap();
    let text = String::from_utf8(file.file.0).unwrap();
    assert_eq!((file.rows, text.lines().count()), (1, 2));
    assert!(text.contains("\"資格確認書等\"") && text.contains("\"02\""), "{text}");
    let too_long = CheckSearch { to: CivilDate::new(2027, 1, 2).unwrap(), ..search };
    assert_eq!(world.call::<SearchChecks>(&[], &staff, &too_long).await.unwrap_err().1.code, Code::Request);
}

#[tokio::test]
async fn of_several_coverages_the_choice_is_a_person_s_and_the_same_press_keeps_one_check() {
    let world = World::new().await;
    let staff = world.login(STATION, "ippan1").await;
    let registry = EmbeddedRegistry::demo("{}").unwrap();
    let RegistryAnswer::Known { eligibility: goro, .. } = registry.subject("goro", UnixMs(0)) else { panic!() };
    let (person, coverage) = (goro.person.unwrap(), &goro.coverages[0]);
    let asked = numbers(
        AskedOf::Number,
        &coverage.insurer_number,
        coverage.symbol.as_deref().unwrap_or_default(),
        &coverage.member_number,
        coverage.branch_number.as_deref().unwrap_or_default(),
        &person.birth_date.to_string(),
    );
    let made = kept(ask(&world, &staff, &asked, None).await);
    assert_eq!((made.eligibility.validity, made.chosen.as_ref()), (Validity::Several, None));
    let choose = |coverage, shown| {
        let (world, staff, id) = (&world, &staff, made.id.clone());
        async move { world.call::<ChooseCheckCoverage>(&[&id], staff, &CoverageChoice { coverage, shown }).await }
    };
    assert_eq!(choose(1, None).await.unwrap().chosen.unwrap().coverage, 1);
    assert_eq!(choose(0, None).await.unwrap_err().1.code, Code::Request, "another was chosen since");
    assert_eq!(choose(9, Some(1)).await.unwrap_err().1.code, Code::Request);
}
