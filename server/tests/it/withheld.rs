//! P-HIDE: what the register withholds, and why, leaves by no way. One walk over every way out, for every person of `domain.md`
//! §2.17 whom it concerns; its controls are a register that leaks and a person who has nothing withheld.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use server::charset::Encoding;
use server::eligibility::asked::{Candidate, InsuranceAsked};
use server::eligibility::registry::EmbeddedRegistry;
use server::eligibility::{Registry, RegistryAnswer};
use server::export::command::write_finished;
use server::store::{CheckId, CheckRecord, check};
use server::tenant::Tenant;
use shared::api::audit::{ExportAudit, SearchAudit};
use shared::api::check::{CheckDetail, SaveChecks, SearchChecks};
use shared::api::hand_over::{FaceMade, SaveFace};
use shared::api::later::PastResults;
use shared::api::office::SearchConsents;
use shared::api::operation::{LookAtOperation, MakeSupportRecord, SeenByPage};
use shared::api::{Code, Endpoint as _, Method, Permission, table};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::consent::{Choice, Choices};
use shared::domain::settings::TermsId;

use crate::sample::code;
use crate::world::{ORIGIN, STATION, With, World, cards_today, holder};

/// What the source keeps to itself, of 空欄 夏子, 両方 秋雄 and 助成 薫.
const WITHHELD: [&str; 6] = ["資格県受付市空欄町", "990-0014", "資格県受付市両方町", "990-0016", "0007914", "20000"];
/// Words of the reasons.
const REASONS: [&str; 8] = ["withheld", "self_use", "不開示", "自己情報", "提供不可", "takes_card", "CardNotTaken", "card_not_taken"];
/// Of 助成 春樹, who has nothing withheld.
const CONTROL: [&str; 3] = ["資格県受付市助成町１４番地", "0004689", "10000"];

/// Every way out, by name, and what left by it.
type Ways = Vec<(String, Vec<u8>)>;

/// Takes the log as it is written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A register that forgets to take an address out.
struct Leaky(EmbeddedRegistry);

impl Registry for Leaky {
    fn holder(&self, fingerprint: [u8; 32], now: UnixMs) -> RegistryAnswer {
        let mut answer = self.0.holder(fingerprint, now);
        if let RegistryAnswer::Known { subject, eligibility } = &mut answer
            && subject == "natsuko"
        {
            eligibility.coverages[0].address = Some("資格県受付市空欄町１９番地".to_owned());
        }
        answer
    }

    fn insured(&self, asked: &InsuranceAsked, now: UnixMs) -> Vec<Candidate> {
        self.0.insured(asked, now)
    }
}

fn people() -> String {
    std::fs::read_to_string(cards_today().join("people.json")).unwrap()
}

async fn world(is_leaky: bool) -> World {
    let world = World::with(|parts| {
        parts.quotas.proofs_of_visit = server::rate::Quota::NONE;
        if is_leaky {
            parts.registry = Arc::new(Leaky(EmbeddedRegistry::demo(&people()).unwrap()));
        }
    })
    .await;
    ask_for_subsidies(&world, true).await;
    world
}

/// N048 on, with its terms, or off.
async fn ask_for_subsidies(world: &World, is_on: bool) {
    use shared::api::settings::{ChangeSettings, SeeSettings, SettingsChange, TermsRead};
    let admin = world.login(STATION, "kanri1").await;
    let mut seen = world.call::<SeeSettings>(&[], &admin, &()).await.unwrap();
    seen.settings.subsidies = is_on;
    let read = |one: &shared::api::settings::TermsSeen| TermsRead { id: one.terms.id, version: one.terms.version.clone() };
    let confirmed = seen.terms.iter().filter(|one| one.terms.id == TermsId::Subsidies && one.confirmed.is_none()).map(read).collect();
    let change = SettingsChange { version: seen.version, settings: seen.settings, confirmed };
    world.call::<ChangeSettings>(&[], &admin, &change).await.unwrap();
}

async fn visit(world: &World, card: &str, subsidy: Choice) -> (With, Result<Vec<u8>, Code>) {
    let visit = world.open(Choices { subsidy, ..Choices::all(Choice::Agree) }).await;
    let proof = world.card(card).sign(&visit.challenge, ORIGIN);
    let proved = match world.prove(&visit, &proof).await {
        Ok(result) => Ok(serde_json::to_vec(&result).unwrap()),
        Err((_, refusal)) => Err(refusal.code),
    };
    (holder(&visit), proved)
}

/// 両方 秋雄 by his paper, kept as a desk keeps it.
async fn paper(world: &World) {
    let asked = InsuranceAsked {
        insurer_number: "01990019".to_owned(),
        symbol: Some("8803".to_owned()),
        member_number: "41".to_owned(),
        branch_number: Some("01".to_owned()),
        birth_date: CivilDate::try_from("1968-11-11").unwrap(),
    };
    let now = world.clock.now();
    let mut found = EmbeddedRegistry::demo(&people()).unwrap().insured(&asked, now);
    let Candidate { subject, eligibility } = found.pop().expect("paper works");
    let new = CheckRecord {
        id: CheckId::new(now, [7; 10]),
        visit_kind: None,
        consent: None,
        subject,
        reference_number: None,
        check_way: CheckWay::Paper,
        medium: Medium::Paper,
        done_by: None,
        state: CheckState::Done,
        asked: None,
        eligibility,
        chosen: None,
    };
    let tenant = Tenant::of_operator(&code(STATION));
    assert!(world.store.0.write(move |tx| check::add(tx, &tenant, &new)).await.unwrap());
}

/// Sends everybody through, and collects what leaves by each way.
async fn ways(world: &World) -> Ways {
    let log = Log::default();
    let sink = log.clone();
    let subscriber =
        tracing_subscriber::fmt().without_time().with_max_level(tracing::Level::TRACE).with_writer(move || sink.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let mut ways: Ways = Vec::new();
    for card in ["natsuko", "kaoru", "jin", "haruki"] {
        let (_, proved) = visit(world, card, Choice::Agree).await;
        ways.push((format!("answer to the tablet of {card}"), proved.unwrap()));
        world.later(1000);
    }
    for card in ["fuyuko", "akio"] {
        assert_eq!(visit(world, card, Choice::Agree).await.1.unwrap_err(), Code::X61, "{card}");
    }
    paper(world).await;
    let admin = world.login(STATION, "kanri1").await;
    let viewer = world.login(STATION, "etsu1").await;
    let ids = of_all(world, &admin, &mut ways).await;
    by_post(world, [&admin, &viewer], &mut ways).await;
    for with in [&admin, &viewer] {
        for row in table().filter(|row| row.method == Method::Get && !matches!(row.permission, Permission::ReceptionPage)) {
            let parts: Vec<Vec<&str>> = match row.parts {
                [] => vec![vec![]],
                ["consent"] => ids.iter().map(|id| vec![id.as_str()]).collect(),
                _ => continue,
            };
            for part in parts {
                let path = part.iter().fold(row.path.to_owned(), |path, part| path.replace("{consent}", part));
                let (_, headers, body) = world.send("GET", &path, with, "").await;
                ways.push((format!("{} {:?}", row.name, part), [format!("{headers:?}").into_bytes(), body].concat()));
            }
        }
    }
    for id in &ids {
        match world.call::<SaveFace>(&[id], &viewer, &()).await.unwrap() {
            FaceMade::File(file) => ways.push(("file by hand".to_owned(), [file.name.into_bytes(), file.file.0].concat())),
            FaceMade::Fault(fault) => panic!("{fault:?}"),
        }
    }
    for encoding in Encoding::ALL {
        let folder = tempfile::tempdir().unwrap();
        let tenant = Tenant::of_operator(&code(STATION));
        write_finished(&world.store.0, &tenant, folder.path(), encoding, None, world.clock.now()).await.unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap()).filter(|file| file.file_type().unwrap().is_file()) {
            let text = server::charset::decode(&std::fs::read(file.path()).unwrap()).unwrap().text;
            ways.push((format!("face file in {}", encoding.name()), format!("{} {text}", file.file_name().display()).into_bytes()));
        }
    }
    drop(guard);
    let said = log.0.lock().unwrap().clone();
    assert!(!said.is_empty(), "the log is listened to");
    ways.push(("log".to_owned(), said));
    // Whatever is made of the store, backups and packages among them, is made of these.
    for name in ["u.db", "u.db-wal"] {
        ways.push((format!("store {name}"), std::fs::read(world.folder().join(name)).unwrap_or_default()));
    }
    ways
}

/// Lists, histories, files and records that are asked for by a body, and the two that name days or a check in their path.
async fn by_post(world: &World, [admin, viewer]: [&With; 2], ways: &mut Ways) {
    let checks = serde_json::json!({
        "from": "2026-01-01", "to": "2026-12-31", "name_prefix": "", "way": null, "medium": null, "user": "", "validity": null,
        "state": null, "after": null
    });
    let audit = serde_json::json!({
        "from": "2026-01-01", "to": "2026-12-31", "user": "", "action": "", "outcome": "all", "after": null
    });
    let seen = serde_json::to_value(SeenByPage::default()).unwrap();
    let past = |kana: &str, birth: &str| serde_json::json!({ "kana": kana, "birth_date": birth });
    let asks = [
        (viewer, SearchChecks::PATH, checks.clone()),
        (viewer, SaveChecks::PATH, checks),
        (admin, SearchAudit::PATH, audit),
        (admin, MakeSupportRecord::PATH, seen.clone()),
        (admin, LookAtOperation::PATH, seen),
        (viewer, PastResults::PATH, past("クウラン ナツコ", "1979-07-21")),
        (viewer, PastResults::PATH, past("リョウホウ アキオ", "1968-11-11")),
        (viewer, PastResults::PATH, past("ジョセイ ハルキ", "1975-04-01")),
    ];
    for (with, path, body) in asks {
        let (status, headers, bytes) = world.send("POST", path, with, body.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        ways.push((path.to_owned(), [format!("{headers:?}").into_bytes(), bytes].concat()));
    }
    let check = CheckId::new(world.clock.now(), [7; 10]);
    for (with, path) in [
        (admin, ExportAudit { from: "2026-01-01".into(), to: "2026-12-31".into() }.path()),
        (viewer, CheckDetail { check: check.as_str().into() }.path()),
    ] {
        let (status, _, bytes) = world.send("GET", &path, with, "").await;
        assert_eq!(status, StatusCode::OK, "{path}");
        ways.push((path, bytes));
    }
}

/// The list, and the ids on it.
async fn of_all(world: &World, with: &With, ways: &mut Ways) -> Vec<String> {
    let body = serde_json::json!({
        "consented_from": "2026-01-01", "consented_to": "2026-12-31", "name_prefix": "", "reference_number": "", "receipt": "",
        "state": "all", "order": "newest_first"
    });
    let (status, _, bytes) = world.send("POST", SearchConsents::PATH, with, body.to_string()).await;
    assert_eq!(status, StatusCode::OK);
    let page: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    ways.push(("list".to_owned(), bytes));
    page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// Which ways hold which of these words.
fn found(ways: &Ways, words: &[&str]) -> Vec<String> {
    let holds = |bytes: &[u8], word: &str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
    let in_way = |(name, bytes): &(String, Vec<u8>)| {
        let hits: Vec<_> = words.iter().filter(|word| holds(bytes, word)).map(|word| format!("{name}: {word}")).collect();
        hits
    };
    ways.iter().flat_map(in_way).collect()
}

#[tokio::test]
async fn what_is_withheld_and_why_leaves_by_no_way() {
    let ways = ways(&world(false).await).await;
    assert_eq!(found(&ways, &WITHHELD), [""; 0]);
    assert_eq!(found(&ways, &REASONS), [""; 0]);
    // The walk sees: of somebody who has nothing withheld it finds each field on the ways that carry it.
    let seen = found(&ways, &CONTROL);
    for way in
        ["answer to the tablet", "office.consent_detail", "file by hand", "face file in UTF-8", "face file in Shift_JIS", "store u.db"]
    {
        assert!(seen.iter().any(|hit| hit.starts_with(way) && hit.contains(CONTROL[0])), "{way}: {seen:?}");
    }
    assert!(seen.iter().any(|hit| hit.starts_with("office.consent_detail") && hit.contains("0004689")), "{seen:?}");
    assert!(!seen.iter().any(|hit| hit.starts_with("log")), "no log holds anybody's: {seen:?}");
    assert!(seen.iter().any(|hit| hit.starts_with(PastResults::PATH)), "{seen:?}");
    let names: Vec<_> = ways.iter().map(|(name, _)| name.as_str()).collect();
    for way in ["list", SearchChecks::PATH, SaveChecks::PATH, SearchAudit::PATH, MakeSupportRecord::PATH, "log"] {
        assert!(names.contains(&way), "{way}: {names:?}");
    }
}

/// Control: a register that forgets one field is found on every way that the field takes.
#[tokio::test]
async fn a_register_that_leaks_is_found_out() {
    let ways = ways(&world(true).await).await;
    let hits = found(&ways, &WITHHELD);
    for way in [
        "answer to the tablet of natsuko",
        "office.consent_detail",
        "file by hand",
        "face file in UTF-8",
        "face file in Shift_JIS",
        "store u.db",
    ] {
        assert!(hits.iter().any(|hit| hit.starts_with(way)), "{way}: {hits:?}");
    }
}

/// X60 and X61 for everybody: what is answered of a person with a flag differs in nothing but the person from what is answered of
/// one whose insurer never filed an address.
#[tokio::test]
async fn by_the_answer_nobody_tells_a_flag_from_what_was_never_filed() {
    let world = world(false).await;
    let shape = async |card| {
        let (_, proved) = visit(&world, card, Choice::Refuse).await;
        let answer: serde_json::Value = serde_json::from_slice(&proved.unwrap()).unwrap();
        let coverage = answer["eligibility"]["coverages"][0].as_object().unwrap().clone();
        coverage.into_iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name).collect::<Vec<_>>()
    };
    let (by_flag, never) = (shape("natsuko").await, shape("jin").await);
    assert_eq!(by_flag, never);
    assert_ne!(by_flag, shape("haruki").await, "control");
}

/// P-PMH: refused looks like no data, and the entry of the first visit stays as it was.
#[tokio::test]
async fn a_refusal_is_stored_and_ends_no_entry_of_ours() {
    let world = world(false).await;
    let kept = async |world: &World| {
        let id = server::store::ConsentId::parse(&world.first_consent().await).unwrap();
        (id.clone(), world.store.consent(&code(STATION), &id).await.unwrap().unwrap().eligibility)
    };
    visit(&world, "haruki", Choice::Agree).await.1.unwrap();
    let (first, before) = kept(&world).await;
    assert_eq!((before.subsidy_answer, before.subsidies.len()), (Choice::Agree, 1));
    world.later(1000);
    let second = world.open(Choices { subsidy: Choice::Refuse, ..Choices::all(Choice::Agree) }).await;
    let proof = world.card("haruki").sign(&second.challenge, ORIGIN);
    let shared::api::reception::ProofAnswer::ConfirmNeeded { replacement } = world.ask(&second, &proof).await.unwrap() else { panic!() };
    world.prove(&second, &crate::world::yes(&proof, &replacement)).await.unwrap();
    let (_, after) = kept(&world).await;
    assert_eq!((after.subsidy_answer, after.subsidies.len()), (Choice::Refuse, 0), "as X59 looks");
    let stays = world.store.consent(&code(STATION), &first).await.unwrap().unwrap();
    assert_eq!(stays.eligibility, before);
}

/// N048: asked where it is switched on, and nowhere else; the card signs the answer.
#[tokio::test]
async fn the_question_is_asked_where_it_is_switched_on_alone() {
    use shared::api::reception::{OpenPage, OpenVisit};
    let world = world(false).await;
    let token = world.token.as_str();
    let nobody = crate::world::nobody();
    let page = world.call::<OpenPage>(&[token], &nobody, &()).await.unwrap();
    assert!(page.asks_subsidy);
    let open = async |key: u8, subsidy| {
        let choices = Choices { subsidy, ..Choices::all(Choice::Agree) };
        world.call::<OpenVisit>(&[token], &nobody, &crate::world::new_visit([key; 16], choices)).await
    };
    assert_eq!(open(1, Choice::NotAsked).await.unwrap_err().1.code, Code::X23);
    let visit = open(2, Choice::Agree).await.unwrap();
    let signed = shared::evidence::Statement::parse(&visit.challenge.statement.0).unwrap();
    assert_eq!(signed.choices.subsidy, Choice::Agree);
    // Who looks up or withdraws is not asked.
    let occasion = shared::domain::visit::Occasion { purpose: shared::domain::visit::Purpose::Review, ..Default::default() };
    let review = shared::api::reception::OpenVisitRequest { occasion, ..crate::world::new_visit([5; 16], Choices::all(Choice::NotAsked)) };
    assert!(world.call::<OpenVisit>(&[token], &nobody, &review).await.is_ok());
    ask_for_subsidies(&world, false).await;
    assert!(!world.call::<OpenPage>(&[token], &nobody, &()).await.unwrap().asks_subsidy);
    assert_eq!(open(3, Choice::Agree).await.unwrap_err().1.code, Code::X23);
    assert!(open(4, Choice::NotAsked).await.is_ok());
}

/// P-AID: with the block off an institution is answered the insurance alone.
#[tokio::test]
async fn medical_aid_counts_where_it_is_used() {
    use shared::domain::coverage::Validity;
    let world = World::new().await;
    let of = async |card| world.visit_of(card).await.unwrap().eligibility.unwrap();
    let both = of("towa").await;
    assert!(both.medical_aid.is_some() && both.coverages.len() == 1);
    assert_eq!(of("hachiro").await.validity, Validity::Valid);
    world.store.set(code(STATION), |settings| settings.medical_aid = false).await.unwrap();
    let insurance = of("towa").await;
    assert_eq!((insurance.medical_aid, insurance.validity, insurance.coverages), (None, Validity::Valid, both.coverages));
    assert_eq!(of("hachiro").await.validity, Validity::NotFound);
}

/// X58: a task of the 16th, one for a person and month, in the list of later checks; closed by 委託あり, and by nothing that is missing.
#[tokio::test]
async fn not_registered_leaves_a_task_of_the_16th_that_entrusted_closes() {
    use shared::api::home::{Home, TaskKind};
    use shared::api::later::LaterChecks;
    let world = World::new().await;
    // Ten days before the 20th.
    world.clock.set(CivilDate::try_from("2026-11-10").unwrap().at_jst(10, 0));
    let tasks = async || {
        let admin = world.login(STATION, "ippan1").await;
        let shown = world.call::<LaterChecks>(&[], &admin, &()).await.unwrap();
        let home = world.call::<Home>(&[], &admin, &()).await.unwrap();
        let counted = home.tasks.iter().find(|task| task.kind == TaskKind::LaterChecks).map_or(0, |task| task.count);
        assert_eq!(usize::try_from(counted).unwrap(), shown.rows.len());
        shown.rows.iter().map(|row| row.due_on.map(|day| day.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(world.visit_of("kumi").await.unwrap().eligibility.unwrap().validity, shared::domain::coverage::Validity::AidNotRegistered);
    assert_eq!(tasks().await, [Some("2026-11-16".to_owned())]);
    world.later(60_000);
    world.visit_of("kumi").await.unwrap();
    assert_eq!(tasks().await.len(), 1, "one for a person and month");
    world.visit_of("hachiro").await.unwrap();
    assert_eq!(tasks().await.len(), 1, "another's 委託あり closes nothing");
    world.clock.set(CivilDate::try_from("2026-11-16").unwrap().at_jst(10, 0));
    world.visit_of("kumi").await.unwrap();
    assert_eq!(tasks().await, [None::<String>; 0]);
}
