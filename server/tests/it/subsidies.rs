//! 受給者証 from paper and the list of municipalities (P-PMH, X59): on both databases and over the wire.

use server::store::subsidy::{municipalities, of_subject, replace_municipalities};
use server::store::{AuditEntry, ConsentId, PaperId, consent};
use server::tenant::Tenant;
use shared::api::subsidy::{AddSubsidyPaper, EndPaper, EndSubsidyPaper, NewPaper, PaperState, SubsidyPapers};
use shared::api::{Code, Endpoint as _};
use shared::domain::account::UserId;
use shared::domain::aid::SubsidySource;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::municipality::{Municipality, read_list};
use shared::domain::note::Note;

use crate::kept::Kept;
use crate::sample::code;
use crate::store::{consent_id, on_both, stored};
use crate::world::{CLINIC, STATION, World, add_institution};

const NOW: UnixMs = UnixMs(1_705_454_100_000);

fn note<const MAX: usize>(text: &str) -> Note<MAX> {
    Note::try_from(text).unwrap()
}

fn paper() -> NewPaper {
    NewPaper {
        name: note("こども医療費"),
        payer_number: note("80990012"),
        beneficiary_number: note("A-001"),
        valid_until: CivilDate::try_from("2027-03-31").ok(),
        ..NewPaper::default()
    }
}

fn entry(of: &str) -> AuditEntry {
    AuditEntry::of_operator(NOW, &Tenant::of_operator(&code(of)), AddSubsidyPaper::NAME, "a")
}

async fn a_paper_belongs_to_a_person_of_one_institution_and_ends_once(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), NOW).await;
    }
    stored(store, 1, STATION, "ichiro", "ｼｶｸ ｲﾁﾛｳ", NOW).await;
    let by = UserId::try_from("ippan1").unwrap();
    let add = async |of: &'static str, new: NewPaper| {
        let by = by.clone();
        let write = move |tx: &mut server::store::tx::Tx<'_>| {
            let id = PaperId::new(NOW, [1; 10]);
            server::rule::subsidy::add(tx, &Tenant::of_operator(&code(of)), &consent_id(1), &id, &new, &by, &entry(of))
        };
        store.0.write(write).await.unwrap()
    };
    assert!(add(CLINIC, paper()).await.is_err(), "another's");
    assert!(add(STATION, NewPaper { name: note(""), ..paper() }).await.is_err());
    let kept = add(STATION, paper()).await.unwrap();
    assert_eq!((kept.rows.len(), kept.rows[0].subsidy.source), (1, SubsidySource::Certificate));
    let read = |of: &'static str| store.0.read(move |tx| of_subject(tx, &Tenant::of_operator(&code(of)), "ichiro", 9));
    assert_eq!([read(STATION).await.unwrap().len(), read(CLINIC).await.unwrap().len()], [1, 0]);
    let end = async |of: &'static str, reason: &str| {
        let (by, how) = (by.clone(), EndPaper { paper: kept.rows[0].id.clone(), reason: note(reason) });
        let write = move |tx: &mut server::store::tx::Tx<'_>| {
            server::rule::subsidy::end(tx, &Tenant::of_operator(&code(of)), &consent_id(1), &how, &by, &entry(of))
        };
        store.0.write(write).await.unwrap()
    };
    assert!(end(STATION, " ").await.is_err(), "without a reason");
    assert!(end(CLINIC, "転出").await.is_err());
    let ended = end(STATION, "転出").await.unwrap();
    assert_eq!(ended.rows[0].ended.as_ref().map(|(_, _, reason)| reason.as_str()), Some("転出"), "it stays in the list");
    assert!(end(STATION, "もう一度").await.is_err(), "once");
    // The list of municipalities is the operator's: a further one takes its place.
    let file = async |text: &'static str| {
        store.0.write(move |tx| replace_municipalities(tx, &read_list(text).unwrap(), NOW)).await.unwrap();
        store.0.read(municipalities).await.unwrap()
    };
    let list = file("a\n資格県受付市,2026-04-01,,告知1\n資格県審査町,2026-04-01,2026-05-01,告知2").await;
    assert_eq!(list.iter().map(|one| one.place.as_str()).collect::<Vec<_>>(), ["資格県受付市", "資格県審査町"]);
    assert_eq!(file("a\n資格県審査町,2026-04-01,,告知3").await.iter().map(|one| &*one.source).collect::<Vec<_>>(), ["告知3"]);
}

on_both!(a_paper_belongs_to_a_person_of_one_institution_and_ends_once);

#[tokio::test]
async fn x59_no_answer_ends_a_paper_and_a_municipality_is_at_most_not_known_to_be_connected() {
    let world = World::new().await;
    world.visit_of("ichiro").await.unwrap();
    let (consent, staff) = (world.first_consent().await, world.login(STATION, "ippan1").await);
    let see = async || world.call::<SubsidyPapers>(&[&consent], &staff, &()).await.unwrap();
    assert_eq!((see().await.rows, see().await.is_connected), (Vec::new(), None), "without a list nothing is said");
    world.call::<AddSubsidyPaper>(&[&consent], &staff, &paper()).await.unwrap();
    // A further answer without 医療費助成, under a consent that takes the place of the first: the paper stands at both.
    world.later(60_000);
    world.visit_of("ichiro").await.unwrap();
    let shown = see().await;
    assert_eq!(shown.rows[0].state(shown.now.jst_date()), PaperState::Living);
    let id = ConsentId::parse(&consent).unwrap();
    let result = world.store.0.read(move |tx| consent::find(tx, &Tenant::of_operator(&code(STATION)), &id)).await.unwrap().unwrap();
    assert!(result.eligibility.subsidies.is_empty(), "kept beside the result, not in it");
    let address = result.eligibility.addresses().first().map(|address| (*address).to_owned()).unwrap();
    for (place, connected) in [(address, true), ("資格県他市".to_owned(), false)] {
        let one = Municipality { place, from: CivilDate::try_from("2026-01-01").unwrap(), until: None, source: "告知".to_owned() };
        world.store.0.write(move |tx| replace_municipalities(tx, std::slice::from_ref(&one), NOW)).await.unwrap();
        assert_eq!(see().await.is_connected, Some(connected));
    }
    let full = NewPaper { payer_number: note("1"), ..paper() };
    assert_eq!(world.call::<AddSubsidyPaper>(&[&consent], &staff, &full).await.unwrap_err().1.code, Code::Request);
    let none = EndPaper { paper: "x".to_owned(), reason: note("y") };
    assert_eq!(world.call::<EndSubsidyPaper>(&[&consent], &staff, &none).await.unwrap_err().1.code, Code::NotFound);
    let viewer = world.login(STATION, "etsu1").await;
    assert!(world.call::<SubsidyPapers>(&[&consent], &viewer, &()).await.is_ok(), "as the result itself");
}
