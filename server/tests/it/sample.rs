//! A sample of each endpoint: a request that its right lets through, the same for another institution's thing, and for nothing.
//! An endpoint without a sample makes the walk (`rights`) fail.

pub(crate) mod bedside;
pub(crate) mod check;
pub(crate) mod device;
pub(crate) mod link;
mod medical;
pub(crate) mod month;
pub(crate) mod opening;
pub(crate) mod operation;
mod reference;

use server::session::{self, SessionId};
use server::store::{Account, ApplicantId, AuditEntry, SessionRecord};
use shared::api::account::{
    AccountChange, AccountDetail, AccountQuery, AddAccount, BulkApply, BulkCheck, BulkFile, BulkTemplate, ChangeAccount, EndSessions,
    ListAccounts, NewAccount, ResetPassword, ResumeAccount, SessionsToEnd, SuspendAccount, TypedUser, UnlockAccount,
};
use shared::api::activation::{InvalidateCode, IssueCode, SearchCodes};
use shared::api::audit::{ExportAudit, SearchAudit};
use shared::api::backup::Backups;
use shared::api::certificate::{
    CertificateInUse, ExportCertificate, IssueCertificate, ListCertificates, RenewCertificate, RevokeCertificate, SetCertificateMode,
};
use shared::api::lock::{Lock, Unlock, UnlockProof};
use shared::api::office::{
    ChangePassword, ChangeReceptionUrl, ChooseCoverage, ConsentDetail, CoverageChoice, FormerReceptionUrls, Login, Logout, Me,
    PasswordChange, ReceptionQrPng, ReceptionQrSvg, ReceptionUrl, SearchConsents, UrlChange,
};
use shared::api::portal::{
    ApplicantState, AskApplicantPassword, ConfirmApplicant, LogInApplicant, LogOutApplicant, MakeSheet, RegisterApplicant, SendApplication,
    SetApplicantPassword,
};
use shared::api::reception::{FreshChallenge, LeaveVisit, OpenPage, OpenVisit, ProofAnswer, Prove, VisitOpened, VisitState};
use shared::api::settings::{ChangeSettings, HistoryAsked, SeeSettings, SettingsChange, SettingsHistory, SettingsSeen};
use shared::api::succession::{ChooseSuccession, Succession};
use shared::api::training::{FillTraining, ResetTraining, Training};
use shared::api::withdrawal::{ExportEndings, SearchEndings, WithdrawConsent};
use shared::api::{Code, Endpoint as _, EndpointRow};
use shared::bytes::Base64;
use shared::domain::account::{AccountKind, UserId};
use shared::domain::consent::{Choice, Choices};
use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};

use crate::device_world::TestDevice;
use crate::portal::{self, Applied};
use crate::world::{CLINIC, ORIGIN, PASSWORD, STATION, With, World, holder, new_visit, nobody, yes};

/// A request without who asks.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) path: String,
    pub(crate) body: String,
    /// The visit secret that goes with it.
    pub(crate) secret: Option<Base64>,
}

/// What an endpoint is walked with.
pub(crate) struct Sample {
    /// Of the station, whose accounts and tablets call.
    pub(crate) own: Ask,
    /// The same, of the clinic; `None` where a request names nothing.
    pub(crate) others: Option<Ask>,
    /// The same, of nobody.
    pub(crate) missing: Option<Ask>,
    /// What a tablet gets that has left its visit; `None`: an answer that shows nothing of it.
    pub(crate) after_leaving: Option<(u16, Code)>,
    /// The facility's user that asks, where one does.
    pub(crate) applicant: Option<ApplicantId>,
    /// The device that asks, where one does.
    pub(crate) device: Option<TestDevice>,
    /// What is asked by nobody when its right was taken back, and how another's thing and none are refused.
    pub(crate) withdrawn: Option<(Ask, (u16, Code))>,
}

impl Sample {
    pub(crate) fn of(own: Ask) -> Self {
        Self { own, others: None, missing: None, after_leaving: None, applicant: None, device: None, withdrawn: None }
    }

    pub(crate) fn with(own: Ask, others: Ask, missing: Ask) -> Self {
        Self { others: Some(others), missing: Some(missing), ..Self::of(own) }
    }
}

/// An account of the station, made for one call.
pub(crate) struct Caller {
    pub(crate) user: UserId,
    pub(crate) kind: AccountKind,
}

pub(crate) fn ask(path: String, body: &impl serde::Serialize) -> Ask {
    Ask { path, body: serde_json::to_string(body).unwrap(), secret: None }
}

pub(crate) fn get(path: String) -> Ask {
    Ask { path, body: String::new(), secret: None }
}

/// What the station's code is changed to.
const NEXT_CODE: &str = "9969900027";

pub(crate) const NO_ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";

pub(crate) fn code(text: &str) -> InstitutionCode {
    InstitutionCode::try_from(text).unwrap()
}

/// Two institutions, each with a person's consent.
pub(crate) struct Scene {
    pub(crate) world: World,
    /// The station's consent: several coverages.
    consent: std::sync::Mutex<String>,
    /// The station's consent of somebody with one insurance.
    plain: std::sync::Mutex<String>,
    /// The clinic's.
    other_consent: String,
    other_receipt: String,
    /// A visit of the clinic that waits for its card.
    other_visit: VisitOpened,
    made: std::sync::atomic::AtomicU32,
    /// A device of the station, once one is asked for.
    device: tokio::sync::Mutex<Option<TestDevice>>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        // A walk opens more visits than anybody on foot.
        let none = server::rate::Quota::NONE;
        let quotas = server::rate::Quotas {
            visits_by_url: none,
            visits_by_address: none,
            proofs_of_visit: none,
            registrations_by_address: none,
            passkeys_by_address: none,
            calls_by_token: none,
            bad_tokens_by_address: none,
        };
        let world = World::with(|parts| parts.quotas = quotas).await;
        world.visit_of("taro").await.unwrap();
        let plain = world.first_consent().await;
        world.later(1);
        world.visit_of("goro").await.unwrap();
        let consent = world.first_consent().await;
        let visit = open_at(&world, &world.other_token).await;
        let proof = world.card("kazuko").sign(&visit.challenge, ORIGIN);
        let other_receipt = world.prove(&visit, &proof).await.unwrap().receipt;
        let other_visit = open_at(&world, &world.other_token).await;
        let audit = world.store.audit_of(&code(CLINIC)).await.unwrap();
        let other_consent = audit.iter().find_map(|row| row.subject.clone()).unwrap();
        Self {
            world,
            consent: consent.into(),
            other_consent,
            other_receipt,
            other_visit,
            made: 0.into(),
            plain: plain.into(),
            device: None.into(),
        }
    }

    /// Words that stand in no answer to the station.
    pub(crate) fn marks(&self) -> [&str; 6] {
        ["試験クリニック", "和子", self.world.other_token.as_str(), &self.other_consent, &self.other_receipt, "よその端末"]
    }

    /// A fresh account of the station; `days` from today its period ends.
    pub(crate) async fn caller(&self, kind: AccountKind, must_change_password: bool, days: i64) -> Caller {
        let number = self.made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let user = UserId::try_from(format!("w{number}").as_str()).unwrap();
        let (like, _) = self.world.store.account(&code(STATION), &UserId::try_from("kanri1").unwrap()).await.unwrap().unwrap();
        let valid_until = Some(self.world.clock.now().jst_date().plus_days(days));
        let account = Account { user: user.clone(), kind, must_change_password, valid_until, ..like };
        assert!(self.world.store.add_account(code(STATION), account).await.unwrap());
        Caller { user, kind }
    }

    /// The cookie of a session that a caller opened so long ago. Not by a login: the walk needs hundreds.
    pub(crate) async fn session(&self, caller: &Caller, ago_ms: i64) -> With {
        self.session_in(STATION, &caller.user, ago_ms).await
    }

    /// The same, of any account.
    pub(crate) async fn session_in(&self, institution: &str, user: &UserId, ago_ms: i64) -> With {
        let world = &self.world;
        let id = SessionId::new(&server::random::Random::machine()).unwrap();
        let at = world.clock.now().plus_ms(-ago_ms);
        let record: SessionRecord = session::opened(&id, code(institution), user.clone(), at);
        let (account, _) = world.store.account(&code(institution), user).await.unwrap().unwrap();
        let entry = AuditEntry {
            at,
            institution: Some(code(institution)),
            actor: "test".to_owned(),
            action: "test".into(),
            address: None,
            subject: None,
            outcome: "ok".to_owned(),
        };
        assert!(world.store.open_session(record, account.password_hash, entry).await.unwrap());
        With { cookie: Some(session::set_cookie(&id, true).split(';').next().unwrap().to_owned()), secret: None }
    }

    /// Locks a session.
    pub(crate) async fn lock(&self, with: &With) {
        self.world.call::<Lock>(&[], with, &()).await.unwrap();
    }

    /// Stops an account and leaves its sessions, as if one was opened while it was stopped.
    pub(crate) async fn suspend(&self, caller: &Caller) {
        let (user, now) = (caller.user.clone(), self.world.clock.now());
        let tenant = server::tenant::Tenant::of_operator(&code(STATION));
        let stop = move |tx: &mut server::store::tx::Tx<'_>| server::store::account::set_suspended(tx, &tenant, &user, Some(now));
        self.world.store.0.write(stop).await.unwrap();
    }

    /// Takes an account away, past the server: there is no call for it.
    pub(crate) fn remove(&self, caller: &Caller) {
        let connection = rusqlite::Connection::open(self.world.folder().join("u.db")).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        let removed = connection.execute("DELETE FROM accounts WHERE institution = ?1 AND user_id = ?2", [STATION, caller.user.as_str()]);
        assert_eq!(removed.unwrap(), 1);
    }

    /// The id of a fresh code of an institution.
    async fn code_of(&self, institution: &str, label: &str) -> String {
        let random = server::random::Random::machine();
        let (now, number) = (self.world.clock.now(), self.made.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
        let new = server::store::code::NewCodeRow {
            id: server::store::CodeId::new(now, random.bytes().unwrap()),
            label: format!("{label}{number}").as_str().try_into().unwrap(),
            // No digits are typed here.
            hash: random.bytes().unwrap(),
            issued_at: now,
            issued_by: None,
            expires_at: now.plus_ms(1_000),
        };
        let (id, tenant) = (new.id.clone(), server::tenant::Tenant::of_operator(&code(institution)));
        self.world.store.0.write(move |tx| server::store::code::add(tx, &tenant, &new, new.label.as_str())).await.unwrap();
        id.as_str().to_owned()
    }

    /// A visit of the station on its present URL.
    pub(crate) async fn fresh_visit(&self) -> VisitOpened {
        open_at(&self.world, &self.token().await).await
    }

    fn station(&self) -> server::tenant::Tenant {
        server::tenant::Tenant::of_operator(&code(STATION))
    }

    /// The station's consent; another one where it was removed by a sample of the training.
    async fn consent(&self) -> String {
        let found = self.consent.lock().unwrap().clone();
        let id = server::store::ConsentId::parse(&found).unwrap();
        if self.world.store.consent(&code(STATION), &id).await.unwrap().is_some() {
            return found;
        }
        // At the present URL: a walk changes it.
        let visit = open_at(&self.world, &self.token().await).await;
        let proof = self.world.card("goro").sign(&visit.challenge, ORIGIN);
        if let ProofAnswer::ConfirmNeeded { replacement } = self.world.ask(&visit, &proof).await.unwrap() {
            self.world.prove(&visit, &yes(&proof, &replacement)).await.unwrap();
        }
        let audit = self.world.store.audit_of(&code(STATION)).await.unwrap();
        let made = audit.iter().rev().find(|row| row.actor.starts_with("visit ")).and_then(|row| row.subject.clone()).unwrap();
        self.consent.lock().unwrap().clone_from(&made);
        made
    }

    async fn token(&self) -> ReceptionToken {
        self.world.store.reception_url(&code(STATION), VisitKind::HomeVisit).await.unwrap().unwrap().token
    }

    /// Takes back what `own` is asked by: the URL is changed, the visit is left.
    pub(crate) async fn withdraw_url(&self) {
        let entry = AuditEntry {
            at: self.world.clock.now(),
            institution: Some(code(STATION)),
            actor: "test".to_owned(),
            action: "test".into(),
            address: None,
            subject: None,
            outcome: "ok".to_owned(),
        };
        let next = ReceptionToken::from_random(server::random::Random::machine().bytes().unwrap());
        let changed = self.world.store.change_reception_url(VisitKind::HomeVisit, self.token().await, next, entry).await.unwrap();
        assert!(changed.is_some());
    }

    pub(crate) async fn leave(&self, own: &Ask) {
        let id = own.path.split('/').nth(3).unwrap();
        let id = server::store::VisitId::parse(id).unwrap();
        self.world.store.leave_visit(id, self.world.clock.now()).await.unwrap();
    }

    /// A sample for one call, made anew, since a call may use up what it names; `None`: the endpoint has none.
    pub(crate) async fn sample(&self, row: &EndpointRow, caller: &Caller) -> Option<Sample> {
        if let Some(sample) = self.of_factors(row, caller).await {
            return Some(sample);
        }
        if let Some(sample) = self.of_link(row).await {
            return Some(sample);
        }
        if let Some(sample) = self.of_medical(row, caller).await {
            return Some(sample);
        }
        if let Some(sample) = self.of_opening(row).await {
            return Some(sample);
        }
        if let Some(sample) = self.of_checks(row).await {
            return Some(sample);
        }
        if let Some(sample) = device::of_rooms(self, row).await {
            return Some(sample);
        }
        if let Some(sample) = self.of_bedside(row).await {
            return Some(sample);
        }
        if let Some(sample) = device::sample(&self.world, row).await {
            return Some(sample);
        }
        let sample = match row.name {
            OpenPage::NAME => {
                let at = |token: &str| get(OpenPage { token: token.into() }.path());
                Sample { missing: Some(at(&"A".repeat(43))), ..Sample::of(at(self.token().await.as_str())) }
            }
            OpenVisit::NAME => {
                let key = server::random::Random::machine().bytes().unwrap();
                let body = new_visit(key, Choices::all(Choice::Agree));
                let at = |token: &str| ask(OpenVisit { token: token.into() }.path(), &body);
                Sample { missing: Some(at(&"A".repeat(43))), ..Sample::of(at(self.token().await.as_str())) }
            }
            FreshChallenge::NAME | Prove::NAME | VisitState::NAME | LeaveVisit::NAME => self.of_visit(row).await?,
            Login::NAME => {
                let of = |user: &str| {
                    let body = serde_json::json!({ "institution": STATION, "user": user, "password": PASSWORD });
                    ask(Login.path(), &body)
                };
                // An account that only the clinic has, and one that nobody has.
                let number = caller.user.as_str().trim_start_matches('w');
                let (theirs, nobodys) = (format!("k{number}"), format!("n{number}"));
                let user = UserId::try_from(theirs.as_str()).unwrap();
                let (like, _) = self.world.store.account(&code(CLINIC), &UserId::try_from("kanri1").unwrap()).await.unwrap().unwrap();
                // Asked for a second time, it is there already.
                self.world.store.add_account(code(CLINIC), Account { user, ..like }).await.unwrap();
                Sample::with(of(caller.user.as_str()), of(&theirs), of(&nobodys))
            }
            Logout::NAME => Sample::of(ask(Logout.path(), &())),
            Me::NAME => Sample::of(get(Me.path())),
            Lock::NAME => Sample::of(ask(Lock.path(), &())),
            Unlock::NAME => Sample::of(ask(Unlock.path(), &UnlockProof { password: PASSWORD.to_owned() })),
            ChangePassword::NAME => {
                let change = PasswordChange { old: PASSWORD.to_owned(), new: "suika to tomato to nasu".to_owned() };
                Sample::of(ask(ChangePassword.path(), &change))
            }
            ReceptionUrl::NAME => {
                let at = |of: &str| get(ReceptionUrl { of: of.into() }.path());
                Sample { missing: Some(at("front-desk")), ..Sample::of(at("home-visit")) }
            }
            FormerReceptionUrls::NAME => Sample::of(get(FormerReceptionUrls.path())),
            ReceptionQrSvg::NAME => {
                let at = |of: &str| get(ReceptionQrSvg { of: of.into() }.path());
                Sample { missing: Some(at("front-desk")), ..Sample::of(at("home-visit")) }
            }
            ReceptionQrPng::NAME => {
                let at = |of: &str| get(ReceptionQrPng { of: of.into() }.path());
                Sample { missing: Some(at("front-desk")), ..Sample::of(at("home-visit")) }
            }
            ChangeReceptionUrl::NAME => {
                let present_url = format!("{ORIGIN}/r/{}", self.token().await.as_str());
                let change = UrlChange { typed_institution: STATION.to_owned(), present_url };
                let at = |of: &str| ask(ChangeReceptionUrl { of: of.into() }.path(), &change);
                // That another's URL is none of one's own: `a_changed_url_stops_the_former_one_at_once`.
                Sample { missing: Some(at("front-desk")), ..Sample::of(at("home-visit")) }
            }
            SearchConsents::NAME => {
                let of = |receipt: &str| {
                    let body = serde_json::json!({
                        "consented_from": "2026-01-01", "consented_to": "2026-12-31", "name_prefix": "", "reference_number": "",
                        "receipt": receipt, "state": "all", "order": "newest_first"
                    });
                    ask(SearchConsents.path(), &body)
                };
                Sample::with(of(""), of(&self.other_receipt), of("ZZZZZZZZ"))
            }
            ConsentDetail::NAME => {
                let at = |consent: &str| get(ConsentDetail { consent: consent.into() }.path());
                Sample::with(at(&self.consent().await), at(&self.other_consent), at(NO_ID))
            }
            SearchEndings::NAME | ExportEndings::NAME => {
                let of = |name: &str| {
                    let body = serde_json::json!({
                        "from": "2026-01-01", "to": "2026-12-31", "of": null, "by": "anyone", "name_prefix": name, "after": null
                    });
                    ask(if row.name == SearchEndings::NAME { SearchEndings.path() } else { ExportEndings.path() }, &body)
                };
                Sample::of(of(""))
            }
            WithdrawConsent::NAME => {
                // A consent that lives: whoever else withdraws, withdraws another one.
                let visit = open_at(&self.world, &self.token().await).await;
                let proof = self.world.card("hanako").sign(&visit.challenge, ORIGIN);
                if let ProofAnswer::ConfirmNeeded { replacement } = self.world.ask(&visit, &proof).await.unwrap() {
                    self.world.prove(&visit, &yes(&proof, &replacement)).await.unwrap();
                }
                let audit = self.world.store.audit_of(&code(STATION)).await.unwrap();
                let is_stored = |row: &&AuditEntry| row.actor.starts_with("visit ") && row.outcome == "ok";
                let own = audit.iter().rev().find(is_stored).and_then(|row| row.subject.clone()).unwrap();
                let body = serde_json::json!({ "groups": ["surgery"], "cause": "request" });
                let at = |consent: &str| ask(WithdrawConsent { consent: consent.into() }.path(), &body);
                Sample::with(at(&own), at(&self.other_consent), at(NO_ID))
            }
            ChooseCoverage::NAME => {
                let own = self.consent().await;
                let id = server::store::ConsentId::parse(&own).unwrap();
                let shown = self.world.store.consent(&code(STATION), &id).await.unwrap().unwrap().chosen.map(|chosen| chosen.coverage);
                let choice = CoverageChoice { coverage: if shown == Some(0) { 1 } else { 0 }, shown };
                let at = |consent: &str| ask(ChooseCoverage { consent: consent.into() }.path(), &choice);
                Sample::with(at(&own), at(&self.other_consent), at(NO_ID))
            }
            IssueCode::NAME => {
                let number = self.made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                Sample::of(ask(IssueCode.path(), &serde_json::json!({ "label": format!("端末{number}") })))
            }
            SearchCodes::NAME => {
                let of = |label: &str| ask(SearchCodes.path(), &serde_json::json!({ "label": label, "state": null, "after": null }));
                self.code_of(CLINIC, "よその端末").await;
                Sample::with(of(""), of("よその"), of("だれも"))
            }
            InvalidateCode::NAME => {
                let at = |id: &str| ask(InvalidateCode { code: id.into() }.path(), &());
                Sample::with(at(&self.code_of(STATION, "端末").await), at(&self.code_of(CLINIC, "よその端末").await), at(NO_ID))
            }
            Succession::NAME => Sample::of(get(Succession.path())),
            ChooseSuccession::NAME => {
                let (tenant, new, now) = (self.station(), code(NEXT_CODE), self.world.clock.now());
                let from = now.jst_date().plus_days(30);
                let reason = shared::api::succession::Reason::E;
                // Asked for a second time, it is planned already.
                let planned = self.world.store.0.write(move |tx| server::rule::succession::start(tx, &tenant, &new, from, reason, now));
                let _ = planned.await.unwrap();
                Sample::of(ask(ChooseSuccession.path(), &serde_json::json!({ "items": ["accounts"], "typed_code": NEXT_CODE })))
            }
            Training::NAME => Sample::of(get(Training.path())),
            FillTraining::NAME | ResetTraining::NAME => {
                // From here on the station is one for training: what its samples name is made again when it is gone.
                let tenant = self.station();
                self.world.store.0.write(move |tx| server::store::institution::mark_training(tx, &tenant)).await.unwrap();
                let path = if row.name == FillTraining::NAME { FillTraining.path() } else { ResetTraining.path() };
                Sample::of(ask(path, &serde_json::json!({ "typed_institution": STATION })))
            }
            Backups::NAME => Sample::of(get(Backups.path())),
            SearchAudit::NAME => {
                let of = |user: &str| {
                    let body = serde_json::json!({
                        "from": "2026-01-01", "to": "2026-12-31", "user": user, "action": "", "outcome": "all", "after": null
                    });
                    ask(SearchAudit.path(), &body)
                };
                Sample::of(of(""))
            }
            ExportAudit::NAME => {
                let at = |from: &str| get(ExportAudit { from: from.into(), to: "2026-12-31".into() }.path());
                Sample { missing: Some(at("2026-02-30")), ..Sample::of(at("2026-01-01")) }
            }
            CertificateInUse::NAME
            | ListCertificates::NAME
            | IssueCertificate::NAME
            | RenewCertificate::NAME
            | RevokeCertificate::NAME
            | ExportCertificate::NAME
            | SetCertificateMode::NAME => self.of_certificates(row).await?,
            SeeSettings::NAME => Sample::of(get(SeeSettings.path())),
            SettingsHistory::NAME => Sample::of(ask(SettingsHistory.path(), &HistoryAsked { before: None })),
            ChangeSettings::NAME => {
                let (tenant, terms) = (server::tenant::Tenant::of_operator(&code(STATION)), Vec::new());
                let now = self.world.clock.now();
                let seen = move |tx: &mut server::store::tx::Tx<'_>| server::rule::settings::seen(tx, &tenant, "", &terms, now);
                let SettingsSeen { mut settings, version, .. } = self.world.store.0.read(seen).await.unwrap();
                settings.visual_check = !settings.visual_check;
                Sample::of(ask(ChangeSettings.path(), &SettingsChange { version, settings, confirmed: Vec::new() }))
            }
            name if name.starts_with("portal.") => return self.of_portal(row).await,
            _ => match crate::home::sample(self, row).await {
                Some(sample) => sample,
                None => match self.of_operation(row).await {
                    Some(sample) => sample,
                    None => match month::sample(self, row).await {
                        Some(sample) => sample,
                        None => match self.of_references(row).await {
                            Some(sample) => sample,
                            None => return self.of_accounts(row, caller).await,
                        },
                    },
                },
            },
        };
        Some(sample)
    }

    /// A certificate of an institution that ends in 30 days and whose file can be taken.
    async fn certificate_of(&self, institution: &str, label: &str) -> String {
        let number = self.made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let now = self.world.clock.now();
        let new = crate::certificates::row(institution, &format!("{label}{number}"), now, now.jst_date().plus_days(30)).await;
        let (id, tenant) = (new.record.id.clone(), server::tenant::Tenant::of_operator(&code(institution)));
        let add = move |tx: &mut server::store::tx::Tx<'_>| server::store::certificate::add(tx, &tenant, &new, new.record.label.as_str());
        assert!(self.world.store.0.write(add).await.unwrap());
        id.as_str().to_owned()
    }

    async fn of_certificates(&self, row: &EndpointRow) -> Option<Sample> {
        let path: &dyn Fn(&str) -> String = match row.name {
            CertificateInUse::NAME => return Some(Sample::of(get(CertificateInUse.path()))),
            ListCertificates::NAME => return Some(Sample::of(get(ListCertificates.path()))),
            IssueCertificate::NAME => {
                let number = self.made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let new = serde_json::json!({ "label": format!("事務所{number}"), "holder": "事務長" });
                return Some(Sample::of(ask(IssueCertificate.path(), &new)));
            }
            SetCertificateMode::NAME => {
                let change = serde_json::json!({ "mode": "off", "from": self.world.clock.now().jst_date() });
                return Some(Sample::of(ask(SetCertificateMode.path(), &change)));
            }
            RenewCertificate::NAME => &|id| RenewCertificate { certificate: id.into() }.path(),
            RevokeCertificate::NAME => &|id| RevokeCertificate { certificate: id.into() }.path(),
            ExportCertificate::NAME => &|id| ExportCertificate { certificate: id.into() }.path(),
            _ => return None,
        };
        let of = |id: &str| ask(path(id), &());
        let (own, others) = (self.certificate_of(STATION, "事務所").await, self.certificate_of(CLINIC, "よその端末").await);
        Some(Sample::with(of(&own), of(&others), of(NO_ID)))
    }

    /// An account of the kind that the caller looks after, and one of the same ID length at the clinic.
    pub(crate) async fn account_to_look_after(&self, caller: &Caller) -> (UserId, UserId) {
        let kind = if caller.kind == AccountKind::Master { AccountKind::Admin } else { AccountKind::Viewer };
        let theirs = self.caller(kind, false, 9).await.user;
        let (like, _) = self.world.store.account(&code(CLINIC), &UserId::try_from("kanri1").unwrap()).await.unwrap().unwrap();
        let others = UserId::try_from(theirs.as_str().replace('w', "c").as_str()).unwrap();
        assert!(self.world.store.add_account(code(CLINIC), Account { user: others.clone(), kind, ..like }).await.unwrap());
        (theirs, others)
    }

    async fn of_accounts(&self, row: &EndpointRow, caller: &Caller) -> Option<Sample> {
        let (theirs, others) = self.account_to_look_after(caller).await;
        let fresh = format!("n{}", theirs.as_str().trim_start_matches('w'));
        let today = self.world.clock.now().jst_date();
        let named = |path: &dyn Fn(&str) -> String, body: Option<String>| {
            let of = |user: &str| Ask { path: path(user), body: body.clone().unwrap_or_default(), secret: None };
            Sample::with(of(theirs.as_str()), of(others.as_str()), of("none0"))
        };
        let json = |body: &dyn Fn() -> serde_json::Value| Some(body().to_string());
        let typed = || json(&|| serde_json::to_value(TypedUser { typed_user: None }).unwrap());
        let nothing = || Some("null".to_owned());
        let name = shared::domain::account::AccountName::try_from("職員").unwrap();
        let kana = shared::domain::account::HalfKana::try_from("ｼｮｸｲﾝ").unwrap();
        let file = || {
            let text = String::from_utf8(server::roster::template()).unwrap();
            let head = text.lines().next().unwrap();
            BulkFile {
                file: Base64(format!("{head}\n登録,医療情報閲覧,{fresh},職員,ショクイン,2026-01-01,\n").into_bytes())
            }
        };
        Some(match row.name {
            ListAccounts::NAME => Sample::of(ask(ListAccounts.path(), &AccountQuery { after: None })),
            AddAccount::NAME => {
                let kind = if caller.kind == AccountKind::Master { AccountKind::Admin } else { AccountKind::Viewer };
                let user = UserId::try_from(fresh.as_str()).unwrap();
                let new = NewAccount { kind, user, name, kana, valid_from: today, valid_until: None };
                Sample::of(ask(AddAccount.path(), &new))
            }
            AccountDetail::NAME => named(&|user| AccountDetail { user: user.into() }.path(), None),
            ChangeAccount::NAME => {
                let change = AccountChange { name, kana, valid_from: Some(today), valid_until: None, typed_user: None };
                let body = json(&|| serde_json::to_value(&change).unwrap());
                named(&|user| ChangeAccount { user: user.into() }.path(), body)
            }
            SuspendAccount::NAME => named(&|user| SuspendAccount { user: user.into() }.path(), typed()),
            ResumeAccount::NAME => named(&|user| ResumeAccount { user: user.into() }.path(), nothing()),
            ResetPassword::NAME => named(&|user| ResetPassword { user: user.into() }.path(), typed()),
            UnlockAccount::NAME => named(&|user| UnlockAccount { user: user.into() }.path(), nothing()),
            EndSessions::NAME => {
                let body = json(&|| serde_json::to_value(SessionsToEnd { session: None }).unwrap());
                named(&|user| EndSessions { user: user.into() }.path(), body)
            }
            BulkTemplate::NAME => Sample::of(get(BulkTemplate.path())),
            BulkCheck::NAME => Sample::of(ask(BulkCheck.path(), &file())),
            BulkApply::NAME => Sample::of(ask(BulkApply.path(), &file())),
            _ => return None,
        })
    }

    async fn of_portal(&self, row: &EndpointRow) -> Option<Sample> {
        let number = self.made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let (mail, password) = (format!("u{number}@clinic.example"), PASSWORD);
        let by = |applicant: &Applied, sample: Sample| Sample { applicant: Some(applicant.id.clone()), ..sample };
        Some(match row.name {
            RegisterApplicant::NAME => Sample::of(ask(
                RegisterApplicant.path(),
                &serde_json::json!({
                    "facility": "treatment", "name": "施術 花子", "facility_name": "ひなた施術所", "phone": "099-000-0000",
                    "mail": mail, "password": "akai ringo to shiroi kumo"
                }),
            )),
            ConfirmApplicant::NAME => {
                let of = |link: &str| ask(ConfirmApplicant.path(), &serde_json::json!({ "link": link, "password": password }));
                let [own, used] = [portal::waiting(&self.world, number).await, portal::waiting(&self.world, number + 500_000).await];
                portal::end(&self.world, &used).await;
                let late = portal::waiting_since(&self.world, number + 700_000, shared::api::portal::LINK_LIFE_MS).await;
                let over = (410, Code::Link);
                Sample { withdrawn: Some((of(&late), over)), ..Sample::with(of(&own), of(&used), of(&"A".repeat(65))) }
            }
            AskApplicantPassword::NAME => {
                let own = portal::approved(&self.world, number, None).await;
                Sample::of(ask(AskApplicantPassword.path(), &serde_json::json!({ "mail": own.mail })))
            }
            SetApplicantPassword::NAME => {
                let own = portal::approved(&self.world, number, None).await;
                let link = portal::forgotten(&self.world, &own).await;
                Sample::of(ask(SetApplicantPassword.path(), &serde_json::json!({ "link": link, "password": "akai ringo to shiroi kumo" })))
            }
            LogInApplicant::NAME => {
                let of = |mail: &str| ask(LogInApplicant.path(), &serde_json::json!({ "mail": mail, "password": password }));
                // A login is in the log of an approved facility.
                let own = portal::approved(&self.world, number, Some((STATION, &[]))).await;
                let gone = portal::approved(&self.world, number + 500_000, None).await;
                portal::remove(&self.world, &gone);
                portal::waiting(&self.world, number + 700_000).await;
                let wrong = (401, Code::Login);
                let sample = Sample::with(of(&own.mail), of(&portal::mail_of(number + 700_000)), of("nobody@clinic.example"));
                Sample { withdrawn: Some((of(&gone.mail), wrong)), ..sample }
            }
            LogOutApplicant::NAME => by(&portal::approved(&self.world, number, None).await, Sample::of(ask(LogOutApplicant.path(), &()))),
            ApplicantState::NAME => {
                let applicant = portal::approved(&self.world, number, Some((STATION, &[]))).await;
                by(&applicant, Sample::of(get(ApplicantState.path())))
            }
            SendApplication::NAME => {
                let applicant = portal::approved(&self.world, number, None).await;
                let body = serde_json::json!({ "round": 0, "check": "account", "digits": "1234", "staff": 3, "devices": 2 });
                by(&applicant, Sample::of(ask(SendApplication.path(), &body)))
            }
            MakeSheet::NAME => {
                let user = self.caller(AccountKind::General, false, 9).await.user;
                let (like, _) = self.world.store.account(&code(CLINIC), &UserId::try_from("kanri1").unwrap()).await.unwrap().unwrap();
                let others = UserId::try_from(user.as_str().replace('w', "c").as_str()).unwrap();
                assert!(self.world.store.add_account(code(CLINIC), Account { user: others.clone(), ..like }).await.unwrap());
                portal::approved(&self.world, number + 500_000, Some((CLINIC, std::slice::from_ref(&others)))).await;
                let applicant = portal::approved(&self.world, number, Some((STATION, std::slice::from_ref(&user)))).await;
                let at = |user: &str| ask(MakeSheet { user: user.into() }.path(), &serde_json::json!({ "made": 0 }));
                by(&applicant, Sample::with(at(user.as_str()), at(others.as_str()), at("none0")))
            }
            _ => return None,
        })
    }

    async fn of_visit(&self, row: &EndpointRow) -> Option<Sample> {
        let visit = open_at(&self.world, &self.token().await).await;
        let over = Some((410, Code::X21));
        let (at, body, after_leaving): (fn(&str) -> String, _, _) = match row.name {
            FreshChallenge::NAME => (|id| FreshChallenge { visit: id.into() }.path(), "null".to_owned(), over),
            Prove::NAME => {
                let proof = self.world.card("ichiro").sign(&visit.challenge, ORIGIN);
                // The person may have a consent here already: the yes to its replacement goes with it.
                let asked = self.world.ask(&visit, &proof).await.unwrap();
                let (visit, proof) = match asked {
                    ProofAnswer::ConfirmNeeded { replacement } => (visit, yes(&proof, &replacement)),
                    _ => {
                        let visit = open_at(&self.world, &self.token().await).await;
                        let proof = self.world.card("ichiro").sign(&visit.challenge, ORIGIN);
                        let ProofAnswer::ConfirmNeeded { replacement } = self.world.ask(&visit, &proof).await.unwrap() else {
                            panic!("a living consent is asked about")
                        };
                        (visit, yes(&proof, &replacement))
                    }
                };
                let body = serde_json::to_string(&proof).unwrap();
                return Some(self.three(|id| Prove { visit: id.into() }.path(), &visit, body, over));
            }
            VisitState::NAME => (|id| VisitState { visit: id.into() }.path(), String::new(), None),
            LeaveVisit::NAME => (|id| LeaveVisit { visit: id.into() }.path(), "null".to_owned(), None),
            _ => return None,
        };
        Some(self.three(at, &visit, body, after_leaving))
    }

    fn three(&self, at: fn(&str) -> String, visit: &VisitOpened, body: String, after_leaving: Option<(u16, Code)>) -> Sample {
        let of = |id: &str| Ask { path: at(id), body: body.clone(), secret: Some(visit.secret.clone()) };
        Sample { after_leaving, ..Sample::with(of(&visit.visit), of(&self.other_visit.visit), of(NO_ID)) }
    }

    /// Who holds the clinic's visit.
    pub(crate) fn other_holder(&self) -> With {
        holder(&self.other_visit)
    }
}

async fn open_at(world: &World, token: &ReceptionToken) -> VisitOpened {
    let key = server::random::Random::machine().bytes().unwrap();
    world.call::<OpenVisit>(&[token.as_str()], &nobody(), &new_visit(key, Choices::all(Choice::Agree))).await.unwrap()
}
