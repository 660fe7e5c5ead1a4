//! The database under test, asked by name: each call is one rule or statement in a transaction of its own.

use std::sync::Arc;

use server::rule::{self, consent::Chosen};
use server::store::db::{Db, Tx};
use server::store::settings as store_settings;
use server::store::{
    Account, Attempt, AttemptPolicy, AuditEntry, ConsentHits, ConsentId, ConsentQuery, ConsentRecord, Institution, NewChallenge,
    NewInstitution, NewPassword, NewVisit, Opened, PageFound, ProofStored, Proved, ReceptionUrlRecord, SessionFound, SessionRecord, Sha256,
    StoreError, Visit, VisitId, account, audit, consent, institution, visit,
};
use server::tenant::Tenant;
use shared::api::office::ChosenCoverage;
use shared::api::settings::SettingsChange;
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};
use shared::domain::settings::Settings;

type Answer<T> = Result<T, StoreError>;

/// The tenant of a visit, as the gate would make it.
fn of_visit(tx: &mut Tx<'_>, id: &VisitId) -> Answer<Option<Tenant>> {
    Ok(visit::find(tx, id)?.map(|found| Tenant::of_operator(&found.institution)))
}

#[derive(Clone)]
pub(crate) struct Kept(pub(crate) Arc<Db>);

impl Kept {
    async fn write<T: Send + 'static>(&self, rule: impl Fn(&mut Tx<'_>) -> Answer<T> + Send + 'static) -> Answer<T> {
        self.0.write(rule).await
    }

    async fn write_locked<T: Send + 'static>(&self, rule: impl Fn(&mut Tx<'_>) -> Answer<T> + Send + 'static) -> Answer<T> {
        self.0.write_locked(rule).await
    }

    async fn read<T: Send + 'static>(&self, rule: impl Fn(&mut Tx<'_>) -> Answer<T> + Send + 'static) -> Answer<T> {
        self.0.read(rule).await
    }

    pub(crate) async fn add_institution(&self, new: NewInstitution) -> Answer<bool> {
        self.write(move |tx| rule::institution::add(tx, &new)).await
    }

    pub(crate) async fn institution(&self, code: &InstitutionCode) -> Answer<Option<Institution>> {
        let code = code.clone();
        self.read(move |tx| institution::find(tx, &Tenant::of_operator(&code))).await
    }

    pub(crate) async fn switch_home_visit(&self, code: &InstitutionCode, is_on: bool) -> Answer<()> {
        let code = code.clone();
        self.set(code, move |settings| settings.home_visit.is_on = is_on).await
    }

    pub(crate) async fn switch_eligibility_view(&self, code: &InstitutionCode, is_on: bool) -> Answer<()> {
        let code = code.clone();
        self.set(code, move |settings| settings.shows_eligibility = is_on).await
    }

    /// Changes settings as the operator would.
    pub(crate) async fn set(&self, code: InstitutionCode, change: impl Fn(&mut Settings) + Send + 'static) -> Answer<()> {
        self.write(move |tx| {
            let tenant = Tenant::of_operator(&code);
            let former = store_settings::current(tx, &tenant)?.expect("settings");
            let mut settings = former.settings;
            change(&mut settings);
            let wanted = SettingsChange { version: former.version, settings, confirmed: Vec::new() };
            let entry = AuditEntry::of_operator(former.changed_at, &tenant, "test", "");
            rule::settings::change(tx, &tenant, &wanted, &[], None, &entry)?.expect("settings that can be");
            Ok(())
        })
        .await
    }

    pub(crate) async fn reception_page(&self, token_sha256: Sha256) -> Answer<Option<PageFound>> {
        self.read(move |tx| institution::page_behind(tx, &token_sha256)).await
    }

    pub(crate) async fn reception_url(&self, code: &InstitutionCode, visit_kind: VisitKind) -> Answer<Option<ReceptionUrlRecord>> {
        let code = code.clone();
        self.read(move |tx| institution::current_url(tx, &Tenant::of_operator(&code), visit_kind)).await
    }

    pub(crate) async fn change_reception_url(
        &self,
        visit_kind: VisitKind,
        present: ReceptionToken,
        next: ReceptionToken,
        entry: AuditEntry,
    ) -> Answer<Option<ReceptionUrlRecord>> {
        let tenant = Tenant::of_operator(entry.institution.as_ref().unwrap());
        self.write(move |tx| rule::institution::change_url(tx, &tenant, visit_kind, &present, &next, &entry)).await
    }

    pub(crate) async fn open_visit(&self, new: NewVisit) -> Answer<Opened> {
        self.write_locked(move |tx| rule::visit::open(tx, &new)).await
    }

    pub(crate) async fn visit(&self, id: &VisitId) -> Answer<Option<Visit>> {
        let id = id.clone();
        self.read(move |tx| visit::find(tx, &id)).await
    }

    pub(crate) async fn renew_challenge(&self, id: VisitId, challenge: NewChallenge) -> Answer<bool> {
        self.write(move |tx| match of_visit(tx, &id)? {
            Some(tenant) => rule::visit::renew_challenge(tx, &tenant, &id, &challenge),
            None => Ok(false),
        })
        .await
    }

    pub(crate) async fn store_proof(&self, proved: Proved) -> Answer<ProofStored> {
        self.write(move |tx| match of_visit(tx, &proved.visit)? {
            Some(tenant) => rule::visit::store_proof(tx, &tenant, &proved),
            None => Ok(ProofStored::Over),
        })
        .await
    }

    pub(crate) async fn leave_visit(&self, id: VisitId, at: UnixMs) -> Answer<()> {
        self.write(move |tx| match of_visit(tx, &id)? {
            Some(tenant) => visit::leave(tx, &tenant, &id, at),
            None => Ok(()),
        })
        .await
    }

    pub(crate) async fn search_consents(&self, code: &InstitutionCode, query: &ConsentQuery) -> Answer<ConsentHits> {
        let (code, query) = (code.clone(), query.clone());
        self.0.search(move |tx| consent::search(tx, &Tenant::of_operator(&code), &query)).await
    }

    pub(crate) async fn consent(&self, code: &InstitutionCode, id: &ConsentId) -> Answer<Option<ConsentRecord>> {
        let (code, id) = (code.clone(), id.clone());
        self.read(move |tx| consent::find(tx, &Tenant::of_operator(&code), &id)).await
    }

    pub(crate) async fn choose_coverage(
        &self,
        code: InstitutionCode,
        id: ConsentId,
        choice: ChosenCoverage,
        shown: Option<u32>,
        entry: AuditEntry,
    ) -> Answer<Chosen> {
        self.write(move |tx| rule::consent::choose_coverage(tx, &Tenant::of_operator(&code), &id, &choice, shown, &entry)).await
    }

    pub(crate) async fn forget_results(&self, done_by: UnixMs) -> Answer<u64> {
        self.write(move |tx| visit::forget_results(tx, done_by, done_by.plus_ms(60_000))).await
    }

    pub(crate) async fn account(&self, code: &InstitutionCode, user: &UserId) -> Answer<Option<(Account, Institution)>> {
        let (code, user) = (code.clone(), user.clone());
        self.read(move |tx| account::find(tx, &code, &user)).await
    }

    pub(crate) async fn add_account(&self, code: InstitutionCode, account: Account) -> Answer<bool> {
        self.write(move |tx| account::add(tx, &Tenant::of_operator(&code), &account)).await
    }

    pub(crate) async fn change_password(&self, new: NewPassword) -> Answer<bool> {
        self.write(move |tx| rule::session::change_password(tx, &Tenant::of_operator(&new.session.institution), &new)).await
    }

    pub(crate) async fn open_session(&self, session: SessionRecord, judged: String, entry: AuditEntry) -> Answer<bool> {
        self.write(move |tx| rule::session::open(tx, &session, &judged, &entry)).await
    }

    pub(crate) async fn session(&self, id_sha256: Sha256) -> Answer<Option<SessionFound>> {
        self.read(move |tx| account::find_session(tx, &id_sha256)).await
    }

    pub(crate) async fn touch_session(&self, id_sha256: Sha256, at: UnixMs) -> Answer<()> {
        self.write(move |tx| account::touch_session(tx, &id_sha256, at)).await
    }

    pub(crate) async fn end_session(&self, id_sha256: Sha256, entry: AuditEntry) -> Answer<()> {
        self.write(move |tx| rule::session::end(tx, &id_sha256, &entry)).await
    }

    pub(crate) async fn count_attempt(&self, keys: Vec<(Sha256, AttemptPolicy)>, now: UnixMs) -> Answer<Attempt> {
        self.write(move |tx| rule::attempt::count(tx, &keys, now)).await
    }

    pub(crate) async fn forgive_attempt(&self, forgotten: Vec<Sha256>, given_back: Vec<Sha256>) -> Answer<()> {
        self.write(move |tx| rule::attempt::forgive(tx, &forgotten, &given_back)).await
    }

    pub(crate) async fn audit_of(&self, code: &InstitutionCode) -> Answer<Vec<AuditEntry>> {
        let code = code.clone();
        self.read(move |tx| audit::of(tx, &Tenant::of_operator(&code))).await
    }

    pub(crate) fn commits(&self) -> u64 {
        self.0.commits()
    }

    pub(crate) async fn close(&self) {
        self.0.close().await;
    }
}
