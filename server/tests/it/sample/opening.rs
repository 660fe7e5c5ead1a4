//! Samples of openings (OT-17), 仮確認 and later checks.

use server::rule::{later, opening};
use server::store::tx::Tx;
use server::store::{AuditEntry, CheckId, OpeningId};
use server::tenant::Tenant;
use shared::api::later::{
    AddProvisional, DropLater, LaterCheck, LaterChecks, NewProvisional, PastResults, ProvisionalAtReception, ResultRef, SettleLater,
};
use shared::api::opening::{
    CloseOpening, HandInReport, OpenOpening, OpeningSearch, Openings, SearchInOpening, UseReport, UseReportFile, ViewAsked, ViewInOpening,
};
use shared::api::reception::ProofAnswer;
use shared::api::{Code, Endpoint as _, EndpointRow};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::Medium;
use shared::domain::note::Note;
use shared::domain::opening::{CardlessRoute, Opening, OpeningGround, OpeningKind, TypedInsurance, TypedPerson};
use shared::domain::person::Sex;

use super::{NO_ID, Sample, Scene, ask, code, get};
use crate::world::{CLINIC, ORIGIN, STATION, yes};

const HOUR_MS: i64 = 3_600_000;

pub(crate) fn note<const MAX: usize>(text: &str) -> Note<MAX> {
    Note::try_from(text).unwrap()
}

/// A failure of the system, for two hours from now on.
pub(crate) fn outage(now: UnixMs) -> Opening {
    let ground = OpeningGround::Call {
        at: now.plus_ms(-HOUR_MS),
        whom: note("窓口の担当"),
        called_back_at: now.plus_ms(-60_000),
        case_number: note("A-17"),
    };
    Opening { kind: OpeningKind::Outage, area: note(""), from: now, to: now.plus_ms(2 * HOUR_MS), ground }
}

/// A disaster that was announced for a week.
pub(crate) fn disaster(now: UnixMs) -> Opening {
    let ground = OpeningGround::Notice { number: note("事務連絡 第17号") };
    Opening { kind: OpeningKind::Disaster, area: note("受付市"), from: now, to: now.plus_ms(7 * 24 * HOUR_MS), ground }
}

pub(crate) fn typed(name: &str, kana: &str, birth: &str, sex: Sex) -> TypedPerson {
    let birth_date = CivilDate::try_from(birth).unwrap();
    TypedPerson { name: note(name), kana: note(kana), birth_date, sex, address: note("資格県受付市") }
}

/// 資格 一郎 of the demo's register.
pub(crate) fn ichiro() -> TypedPerson {
    typed("資格　一郎", "シカク イチロウ", "1960-06-02", Sex::Male)
}

pub(crate) fn provisional(route: CardlessRoute, person: TypedPerson) -> NewProvisional {
    let insurance = TypedInsurance { insurer_number: note("06990014"), member_number: note("56"), ..TypedInsurance::default() };
    NewProvisional { route, person, insurance, past: None, note: note(""), visit_kind: None }
}

pub(crate) fn entry(at: UnixMs, institution: &str) -> AuditEntry {
    let (institution, outcome) = (Some(code(institution)), "ok".to_owned());
    AuditEntry { at, institution, actor: "test".to_owned(), action: "test".into(), address: None, subject: None, outcome }
}

impl Scene {
    async fn opening_of(&self, institution: &str, of: Opening, is_over: bool) -> String {
        let (tenant, by, now) = (Tenant::of_operator(&code(institution)), UserId::try_from("kanri1").unwrap(), self.world.clock.now());
        let id = OpeningId::new(now, server::random::Random::machine().bytes().unwrap());
        let (named, entry) = (id.as_str().to_owned(), entry(now, institution));
        let add = move |tx: &mut Tx<'_>| {
            opening::open(tx, &tenant, &id, &of, &by, &entry)?.unwrap();
            if is_over {
                opening::close(tx, &tenant, &id, &by, &entry)?.unwrap();
            }
            Ok(())
        };
        self.world.store.0.write(add).await.unwrap();
        named
    }

    /// A 仮確認 of an institution.
    async fn task_of(&self, institution: &str, person: TypedPerson) -> String {
        let (tenant, now) = (Tenant::of_operator(&code(institution)), self.world.clock.now());
        let id = CheckId::new(now, server::random::Random::machine().bytes().unwrap());
        let (named, entry) = (id.as_str().to_owned(), entry(now, institution));
        let act = later::Act { id, by: None, visit_kind: None, medium: Medium::Nothing };
        let new = provisional(CardlessRoute::Declaration, person);
        self.world.store.0.write(move |tx| later::add(tx, &tenant, &act, &new, &entry)).await.unwrap().unwrap();
        named
    }

    /// The sample of one of these calls.
    pub(super) async fn of_opening(&self, row: &EndpointRow) -> Option<Sample> {
        let now = self.world.clock.now();
        let of_theirs = || Opening { area: note("よその端末"), ..disaster(now) };
        let paths = |at: fn(&str) -> super::Ask, is_over: bool| async move {
            let own = self.opening_of(STATION, outage(now), is_over).await;
            Sample::with(at(&own), at(&self.opening_of(CLINIC, of_theirs(), is_over).await), at(NO_ID))
        };
        Some(match row.name {
            Openings::NAME => {
                self.opening_of(CLINIC, of_theirs(), false).await;
                Sample::of(get(Openings.path()))
            }
            OpenOpening::NAME => Sample::of(ask(OpenOpening.path(), &outage(now))),
            CloseOpening::NAME => paths(|id| ask(CloseOpening { opening: id.into() }.path(), &()), false).await,
            HandInReport::NAME => {
                let how = |on: CivilDate| serde_json::json!({ "on": on.to_string(), "to": "支払基金" });
                let (own, theirs) = (self.opening_of(STATION, outage(now), true).await, self.opening_of(CLINIC, of_theirs(), true).await);
                let at = |id: &str| ask(HandInReport { opening: id.into() }.path(), &how(now.jst_date()));
                Sample::with(at(&own), at(&theirs), at(NO_ID))
            }
            UseReport::NAME => paths(|id| get(UseReport { opening: id.into() }.path()), true).await,
            UseReportFile::NAME => paths(|id| ask(UseReportFile { opening: id.into() }.path(), &()), true).await,
            SearchInOpening::NAME => {
                paths(|id| ask(SearchInOpening { opening: id.into() }.path(), &OpeningSearch::Person(ichiro())), false).await
            }
            ViewInOpening::NAME => {
                paths(
                    |id| {
                        let key = server::hex(&server::sha256(b"candidate ichiro"));
                        let asked = ViewAsked { search: OpeningSearch::Person(ichiro()), key, ground: None };
                        ask(ViewInOpening { opening: id.into() }.path(), &asked)
                    },
                    false,
                )
                .await
            }
            LaterChecks::NAME => {
                self.task_of(CLINIC, typed("よその端末", "ヨソ", "1960-06-02", Sex::Male)).await;
                Sample::of(get(LaterChecks.path()))
            }
            LaterCheck::NAME => {
                let theirs = self.task_of(CLINIC, typed("よその端末", "ヨソ", "1960-06-02", Sex::Male)).await;
                let at = |id: &str| get(LaterCheck { later: id.into() }.path());
                Sample::with(at(&self.task_of(STATION, ichiro()).await), at(&theirs), at(NO_ID))
            }
            SettleLater::NAME => {
                // The clock stands: a consent of now is none of before the task.
                let (consent, person) = self.consent_now().await;
                let own = typed(&person.name, &person.name_kana, &person.birth_date.to_string(), person.sex);
                let own = self.task_of(STATION, own).await;
                let theirs = self.task_of(CLINIC, typed("よその端末", "ヨソ", "1960-06-02", Sex::Male)).await;
                let at = |id: &str| ask(SettleLater { later: id.into() }.path(), &ResultRef::Consent(consent.clone()));
                Sample::with(at(&own), at(&theirs), at(NO_ID))
            }
            DropLater::NAME => {
                let theirs = self.task_of(CLINIC, typed("よその端末", "ヨソ", "1960-06-02", Sex::Male)).await;
                let at = |id: &str| ask(DropLater { later: id.into() }.path(), &serde_json::json!({ "reason": "転居" }));
                Sample::with(at(&self.task_of(STATION, ichiro()).await), at(&theirs), at(NO_ID))
            }
            PastResults::NAME => {
                let of = |kana: &str| ask(PastResults.path(), &serde_json::json!({ "kana": kana, "birth_date": "1960-06-02" }));
                Sample::with(of("シカク イチロウ"), of("シカク カズコ"), of("ダレモ"))
            }
            AddProvisional::NAME => Sample::of(ask(AddProvisional.path(), &provisional(CardlessRoute::Declaration, ichiro()))),
            ProvisionalAtReception::NAME => {
                let visit = self.fresh_visit().await;
                let body = serde_json::to_string(&ichiro()).unwrap();
                self.three(|id| ProvisionalAtReception { visit: id.into() }.path(), &visit, body, Some((410, Code::X21)))
            }
            _ => return None,
        })
    }

    /// A consent of the station that was given just now, and whose.
    async fn consent_now(&self) -> (String, shared::domain::person::Person) {
        let visit = self.fresh_visit().await;
        let proof = self.world.card("goro").sign(&visit.challenge, ORIGIN);
        if let ProofAnswer::ConfirmNeeded { replacement } = self.world.ask(&visit, &proof).await.unwrap() {
            self.world.prove(&visit, &yes(&proof, &replacement)).await.unwrap();
        }
        let audit = self.world.store.audit_of(&code(STATION)).await.unwrap();
        let id = audit.iter().rev().filter(|row| row.action == "reception.prove").find_map(|row| row.subject.clone()).unwrap();
        let of = server::store::ConsentId::parse(&id).unwrap();
        let consent = self.world.store.consent(&code(STATION), &of).await.unwrap().unwrap();
        (id, consent.eligibility.person.unwrap())
    }
}
