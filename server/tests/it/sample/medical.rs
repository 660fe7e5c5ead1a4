//! Samples of 医療情報閲覧 and its history.

use server::store::ViewId;
use server::store::medical::{NewView, add};
use server::tenant::Tenant;
use shared::api::medical::{MedicalDocument, SaveViews, SearchViews};
use shared::api::{Endpoint as _, EndpointRow};
use shared::domain::account::UserId;
use shared::domain::medical::MedicalKind;

use super::{NO_ID, Sample, Scene, ask, code, get};
use crate::world::CLINIC;

impl Scene {
    pub(crate) async fn of_medical(&self, row: &EndpointRow) -> Option<Sample> {
        Some(match row.name {
            MedicalDocument::NAME => {
                let at = |consent: &str| get(MedicalDocument { consent: consent.into(), kind: "drug".into() }.path());
                Sample::with(at(&self.consent().await), at(&self.other_consent), at(NO_ID))
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

    /// Somebody of the clinic looked at its person.
    async fn view_of_the_clinic(&self) {
        let (now, tenant) = (self.world.clock.now(), Tenant::of_operator(&code(CLINIC)));
        let view = NewView {
            id: ViewId::new(now, server::random::Random::machine().bytes().unwrap()),
            consent: server::store::ConsentId::parse(&self.other_consent).unwrap(),
            subject: "kazuko".to_owned(),
            kind: MedicalKind::Drug,
            at: now,
            by: UserId::try_from("etsu1").unwrap(),
            lines: 1,
        };
        self.world.store.0.write(move |tx| add(tx, &tenant, &view)).await.unwrap();
    }
}
