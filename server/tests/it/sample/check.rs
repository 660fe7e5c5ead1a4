//! Samples of the checks by number and their history.

use server::rule::check::record;
use server::store::bulk_check::NewLine;
use server::store::{CheckId, GrantId, RunId, bulk_check, check, grant};
use shared::api::bulk_check::{
    BULK_CHECK_COLUMNS, BulkCheckFile, BulkCheckResult, BulkCheckState, BulkCheckTemplate, DryRunBulkCheck, ListBulkChecks, StartBulkCheck,
    StopBulkCheck,
};
use shared::api::check::{CheckByNumber, CheckDetail, ChooseCheckCoverage, SaveChecks, SearchChecks};
use shared::api::grant::{FetchEntrusted, GiveGrant, ListGrants, RevokeGrant};
use shared::api::office::CoverageChoice;
use shared::api::{Endpoint as _, EndpointRow};
use shared::bytes::Base64;
use shared::domain::account::UserId;
use shared::domain::asked::{AskedOf, NumbersAsked};
use shared::domain::calendar::CivilDate;
use shared::domain::note::Note;

use super::{Ask, NO_ID, Sample, Scene, ask, code, get};
use crate::world::{CLINIC, STATION, add_institution};

/// An institution that neither calls nor has a person.
pub(crate) const THIRD: &str = "9969900035";

/// The numbers of a person of the demo; `goro` has several coverages.
pub(crate) fn numbers(of: AskedOf, insurer: &str, symbol: &str, member: &str, branch: &str, birth: &str) -> NumbersAsked {
    fn note<const MAX: usize>(text: &str) -> Note<MAX> {
        Note::try_from(text).unwrap()
    }
    NumbersAsked {
        of,
        insurer_number: note(insurer),
        symbol: note(symbol),
        member_number: note(member),
        branch_number: note(branch),
        birth_date: CivilDate::try_from(birth).unwrap(),
        paper_until: None,
        with_limit: false,
        collects: None,
        subsidies: Vec::new(),
    }
}

pub(crate) fn ichiro() -> NumbersAsked {
    numbers(AskedOf::Paper, "06990014", "12-34", "56", "01", "1960-06-02")
}

/// A file that asks for `ichiro` in its only line.
pub(crate) fn bulk_file() -> BulkCheckFile {
    let text = format!("{}\n1001,06990014,12-34,56,01,1960-06-02,\n", BULK_CHECK_COLUMNS.join(","));
    BulkCheckFile { file: Base64(text.into_bytes()) }
}

impl Scene {
    /// A check of an institution, of the person of the demo who is named so in the register.
    pub(crate) async fn check_of(&self, institution: &str, subject: &str) -> String {
        use server::eligibility::Registry as _;
        let now = self.world.clock.now();
        let registry = server::eligibility::registry::EmbeddedRegistry::demo("{}").unwrap();
        let server::eligibility::RegistryAnswer::Known { subject, eligibility } = registry.subject(subject, now) else { panic!("known") };
        let candidate = server::eligibility::asked::Candidate { subject, eligibility: *eligibility };
        let id = CheckId::new(now, server::random::Random::machine().bytes().unwrap());
        let made = record(id.clone(), &ichiro(), Some(Box::new(candidate)), None, now).unwrap();
        let tenant = server::tenant::Tenant::of_operator(&code(institution));
        assert!(self.world.store.0.write(move |tx| check::add(tx, &tenant, &made)).await.unwrap());
        id.as_str().to_owned()
    }

    /// A run of an institution, with a line that waits.
    async fn run_of(&self, institution: &str) -> String {
        let (now, random) = (self.world.clock.now(), server::random::Random::machine());
        let id = RunId::new(now, random.bytes().unwrap());
        let lines = [NewLine { line: 2, label: "1".to_owned(), asked: Some(NumbersAsked { of: AskedOf::Bulk, ..ichiro() }) }];
        let (tenant, run, by) = (server::tenant::Tenant::of_operator(&code(institution)), id.clone(), UserId::try_from("kanri1").unwrap());
        self.world.store.0.write(move |tx| bulk_check::add(tx, &tenant, &run, &by, now, &lines)).await.unwrap();
        id.as_str().to_owned()
    }

    /// A grant of one institution to another, for today and tomorrow.
    async fn grant_of(&self, giver: &str, taker: &str) -> String {
        if self.world.store.institution(&code(THIRD)).await.unwrap().is_none() {
            let random = server::random::Random::machine();
            add_institution(&self.world.store, THIRD, "第三クリニック", &random, self.world.clock.now()).await;
        }
        let (now, random) = (self.world.clock.now(), server::random::Random::machine());
        let id = GrantId::new(now, random.bytes().unwrap());
        let (tenant, taker, by) = (server::tenant::Tenant::of_operator(&code(giver)), code(taker), UserId::try_from("kanri1").unwrap());
        let (grant, days) = (id.clone(), (now.jst_date(), now.jst_date().plus_days(1)));
        self.world.store.0.write(move |tx| grant::add(tx, &tenant, &grant, &taker, days, &by, now)).await.unwrap();
        id.as_str().to_owned()
    }

    pub(super) async fn of_checks(&self, row: &EndpointRow) -> Option<Sample> {
        Some(match row.name {
            CheckByNumber::NAME => Sample::of(ask(CheckByNumber.path(), &serde_json::json!({ "asked": ichiro(), "chosen": null }))),
            SearchChecks::NAME | SaveChecks::NAME => {
                let of = |name: &str| -> Ask {
                    let body = serde_json::json!({
                        "from": "2026-01-01", "to": "2026-12-31", "name_prefix": name, "way": null, "medium": null, "user": "",
                        "validity": null, "state": null, "after": null
                    });
                    ask(if row.name == SearchChecks::NAME { SearchChecks.path() } else { SaveChecks.path() }, &body)
                };
                self.check_of(CLINIC, "kazuko").await;
                Sample::with(of(""), of("ﾀﾒｼ ｶ"), of("だれも"))
            }
            CheckDetail::NAME => {
                let at = |check: &str| get(CheckDetail { check: check.into() }.path());
                Sample::with(at(&self.check_of(STATION, "ichiro").await), at(&self.check_of(CLINIC, "kazuko").await), at(NO_ID))
            }
            ChooseCheckCoverage::NAME => {
                let choice = CoverageChoice { coverage: 0, shown: None };
                let at = |check: &str| ask(ChooseCheckCoverage { check: check.into() }.path(), &choice);
                Sample::with(at(&self.check_of(STATION, "goro").await), at(&self.check_of(CLINIC, "goro").await), at(NO_ID))
            }
            BulkCheckTemplate::NAME => Sample::of(get(BulkCheckTemplate.path())),
            DryRunBulkCheck::NAME => Sample::of(ask(DryRunBulkCheck.path(), &bulk_file())),
            StartBulkCheck::NAME => Sample::of(ask(StartBulkCheck.path(), &bulk_file())),
            ListBulkChecks::NAME => Sample::of(get(ListBulkChecks.path())),
            BulkCheckState::NAME => {
                let at = |run: &str| get(BulkCheckState { run: run.into() }.path());
                Sample::with(at(&self.run_of(STATION).await), at(&self.run_of(CLINIC).await), at(NO_ID))
            }
            BulkCheckResult::NAME => {
                let at = |run: &str| ask(BulkCheckResult { run: run.into() }.path(), &());
                Sample::with(at(&self.run_of(STATION).await), at(&self.run_of(CLINIC).await), at(NO_ID))
            }
            StopBulkCheck::NAME => {
                let at = |run: &str| ask(StopBulkCheck { run: run.into() }.path(), &());
                Sample::with(at(&self.run_of(STATION).await), at(&self.run_of(CLINIC).await), at(NO_ID))
            }
            ListGrants::NAME => Sample::of(get(ListGrants.path())),
            GiveGrant::NAME => {
                self.grant_of(THIRD, STATION).await;
                let of = |to: &str| ask(GiveGrant.path(), &serde_json::json!({ "to": to, "from": "2026-12-01", "until": "2026-12-31" }));
                Sample { missing: Some(of("9969900050")), ..Sample::of(of(THIRD)) }
            }
            RevokeGrant::NAME => {
                let at = |grant: &str| ask(RevokeGrant { grant: grant.into() }.path(), &());
                // One that it was given is not its own to take back.
                Sample::with(at(&self.grant_of(STATION, THIRD).await), at(&self.grant_of(THIRD, STATION).await), at(NO_ID))
            }
            FetchEntrusted::NAME => {
                let days = serde_json::json!({ "from": "2026-01-01", "to": "2026-12-31" });
                let at = |grant: &str| ask(FetchEntrusted { grant: grant.into() }.path(), &days);
                // One that it gave is not its own to fetch by.
                Sample::with(at(&self.grant_of(THIRD, STATION).await), at(&self.grant_of(CLINIC, THIRD).await), at(NO_ID))
            }
            _ => return None,
        })
    }
}
