//! Samples of 医療情報閲覧 and its history.

use server::rule::opening;
use server::store::medical::{NewView, Under, add};
use server::store::opening::ViewNote;
use server::store::tx::Tx;
use server::store::{CheckId, CheckRecord, OpeningId, ViewId};
use server::tenant::Tenant;
use shared::api::medical::{MedicalDocument, MedicalInOpening, SaveViews, SearchViews};
use shared::api::{Endpoint as _, EndpointRow};
use shared::domain::account::UserId;
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::medical::MedicalKind;
use shared::domain::opening::{ConsentGround, GroundWord};

use super::opening::{disaster, entry};
use super::{Caller, NO_ID, Sample, Scene, ask, code, get};
use crate::world::{CLINIC, STATION};

impl Scene {
    pub(crate) async fn of_medical(&self, row: &EndpointRow, caller: &Caller) -> Option<Sample> {
        Some(match row.name {
            MedicalDocument::NAME => {
                let at = |consent: &str| get(MedicalDocument { consent: consent.into(), kind: "drug".into() }.path());
                Sample::with(at(&self.consent().await), at(&self.other_consent), at(NO_ID))
            }
            MedicalInOpening::NAME => {
                let at = |check: &str| get(MedicalInOpening { check: check.into(), kind: "drug".into() }.path());
                let own = self.seen_in_a_disaster(STATION, &caller.user).await;
                Sample::with(at(&own), at(&self.seen_in_a_disaster(CLINIC, &caller.user).await), at(NO_ID))
            }
            SearchViews::NAME | SaveViews::NAME => {
                self.view_of_the_clinic().await;
                let path = if row.name == SearchViews::NAME { SearchViews.path() } else { SaveViews.path() };
                let of = |name: &str| {
                    let body = serde_json::json!({
                        "from": "2026-01-01", "to": "2026-12-31", "user": "", "kind": null, "name_prefix": name, "after": null
                    });
                    ask(path.clone(), &body)
                };
                Sample::with(of(""), of("試● 和"), of("だれも"))
            }
            _ => return None,
        })
    }

    /// 資格 一郎, seen by this account in a disaster.
    pub(crate) async fn seen_in_a_disaster(&self, institution: &str, by: &UserId) -> String {
        let (tenant, now, by) = (Tenant::of_operator(&code(institution)), self.world.clock.now(), by.clone());
        let random = server::random::Random::machine();
        let (opening, id) = (OpeningId::new(now, random.bytes().unwrap()), CheckId::new(now, random.bytes().unwrap()));
        let (named, entry) = (id.as_str().to_owned(), entry(now, institution));
        let ground = Some(ConsentGround { word: GroundWord::Oral, reason: super::opening::note("") });
        let note = ViewNote { id: id.clone(), opening: opening.clone(), at: now, by: by.clone(), ground };
        let record = CheckRecord {
            id,
            visit_kind: None,
            consent: None,
            subject: "ichiro".to_owned(),
            reference_number: None,
            check_way: CheckWay::Disaster,
            medium: Medium::Nothing,
            done_by: Some(by.clone()),
            state: CheckState::Provisional,
            asked: None,
            eligibility: Eligibility::of_insurance(Validity::NotFound, now, None, Vec::new()),
            chosen: None,
        };
        let see = move |tx: &mut Tx<'_>| {
            opening::open(tx, &tenant, &opening, &disaster(now), &by, &entry)?.unwrap();
            assert!(opening::view(tx, &tenant, &note, &record, &entry)?);
            Ok(())
        };
        self.world.store.0.write(see).await.unwrap();
        named
    }

    /// Somebody of the clinic looked at its person.
    async fn view_of_the_clinic(&self) {
        let (now, tenant) = (self.world.clock.now(), Tenant::of_operator(&code(CLINIC)));
        let view = NewView {
            id: ViewId::new(now, server::random::Random::machine().bytes().unwrap()),
            under: Under::Consent(server::store::ConsentId::parse(&self.other_consent).unwrap()),
            subject: "kazuko".to_owned(),
            kind: MedicalKind::Drug,
            at: now,
            by: UserId::try_from("etsu1").unwrap(),
            lines: 1,
        };
        self.world.store.0.write(move |tx| add(tx, &tenant, &view)).await.unwrap();
    }
}
