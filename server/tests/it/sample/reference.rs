//! Samples of 照会番号, links, and the list as a file.

use server::store::{ConsentId, consent::person, reference};
use server::tenant::Tenant;
use shared::api::consents::SaveConsents;
use shared::api::hand_over::{HandOverOf, SaveFace};
use shared::api::reference::{
    ApplyReferences, CheckReferences, CorrectLink, FindPerson, HoldLink, PersonAsked, PersonHere, REFERENCE_COLUMNS, ReferenceFile,
    ReferenceSearch, ReferenceTemplate, SearchReferences, SetReference,
};
use shared::api::{Endpoint as _, EndpointRow};
use shared::bytes::Base64;

use super::{NO_ID, Sample, Scene, ask, code, get};
use crate::world::{ORIGIN, STATION};

impl Scene {
    /// A consent of somebody with one insurance, and the number that the person has.
    async fn numbered(&self) -> (String, Option<String>) {
        let mut plain = self.plain.lock().unwrap().clone();
        let id = ConsentId::parse(&plain).unwrap();
        // Emptied, or under another code by now.
        if self.world.store.consent(&code(STATION), &id).await.unwrap().is_none() {
            let visit = super::open_at(&self.world, &self.token().await).await;
            let proof = self.world.card("taro").sign(&visit.challenge, ORIGIN);
            self.world.prove(&visit, &proof).await.unwrap();
            plain = self.world.first_consent().await;
            self.plain.lock().unwrap().clone_from(&plain);
        }
        let (id, tenant) = (ConsentId::parse(&plain).unwrap(), Tenant::of_operator(&code(STATION)));
        let read = self.world.store.0.read(move |tx| {
            let subject = person::subject_of(tx, &tenant, &id)?.unwrap();
            reference::of_subject(tx, &tenant, &subject)
        });
        let kept = read.await.unwrap();
        (plain, kept.map(|kept| kept.number).filter(|number| !number.is_empty()))
    }

    pub(super) async fn of_references(&self, row: &EndpointRow) -> Option<Sample> {
        let number = self.made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let three = |own: &str, at: &dyn Fn(&str) -> super::Ask| Sample::with(at(own), at(&self.other_consent), at(NO_ID));
        let file = format!("{}\nF-{number},99999900,1-2,{number},01,\n", REFERENCE_COLUMNS.join(","));
        let file = ReferenceFile { file: Base64(file.into_bytes()) };
        Some(match row.name {
            PersonHere::NAME => three(&self.consent().await, &|consent| get(PersonHere { consent: consent.into() }.path())),
            HandOverOf::NAME => three(&self.consent().await, &|consent| get(HandOverOf { consent: consent.into() }.path())),
            SaveFace::NAME => three(&self.consent().await, &|consent| ask(SaveFace { consent: consent.into() }.path(), &())),
            SetReference::NAME => {
                let (own, shown) = self.numbered().await;
                let change = serde_json::json!({ "number": format!("S-{number}"), "shown": shown });
                three(&own, &|consent| ask(SetReference { consent: consent.into() }.path(), &change))
            }
            HoldLink::NAME => {
                let (own, _) = self.numbered().await;
                let id = ConsentId::parse(&own).unwrap();
                let tenant = Tenant::of_operator(&code(STATION));
                let is_held = self.world.store.0.read(move |tx| reference::is_held(tx, &tenant, &id)).await.unwrap();
                let hold = serde_json::json!({ "is_wrong": !is_held, "others": null });
                three(&own, &|consent| ask(HoldLink { consent: consent.into() }.path(), &hold))
            }
            CorrectLink::NAME => {
                let (own, shown) = self.numbered().await;
                let to = serde_json::json!({
                    "reason": "mistyped", "note": "", "number": format!("C-{number}"), "others": null, "shown": shown
                });
                three(&own, &|consent| ask(CorrectLink { consent: consent.into() }.path(), &to))
            }
            FindPerson::NAME => {
                let of = |number: &str| ask(FindPerson.path(), &PersonAsked { number: number.to_owned() });
                Sample::with(of("123"), of(&self.other_receipt), of("ZZZZZZZZ"))
            }
            SearchReferences::NAME => {
                let all = ReferenceSearch { number: String::new(), state: None, only_held: false, after: None };
                Sample::of(ask(SearchReferences.path(), &all))
            }
            ReferenceTemplate::NAME => Sample::of(get(ReferenceTemplate.path())),
            CheckReferences::NAME => Sample::of(ask(CheckReferences.path(), &file)),
            ApplyReferences::NAME => Sample::of(ask(ApplyReferences.path(), &file)),
            SaveConsents::NAME => {
                let of = |receipt: &str| {
                    let body = serde_json::json!({
                        "consented_from": "2026-01-01", "consented_to": "2026-12-31", "name_prefix": "", "reference_number": "",
                        "receipt": receipt, "state": "all", "order": "newest_first"
                    });
                    ask(SaveConsents.path(), &body)
                };
                Sample::with(of(""), of(&self.other_receipt), of("ZZZZZZZZ"))
            }
            _ => return None,
        })
    }
}
