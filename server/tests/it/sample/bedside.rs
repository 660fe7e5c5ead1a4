//! Samples of the check at the device with the card.

use server::rule;
use server::rule::bedside::{BedsideKept, Judged, Keeping};
use server::store::bedside::BedsideRecord;
use server::store::{CheckId, CheckRecord, NewVisit, Opened};
use shared::api::bedside::{
    BedsideProof, FileBedside, FreshBedside, NewBedside, NotMatched, OpenBedside, ProveBedside, SeeBedside, SeeBedsideResult,
    UnfiledBedside,
};
use shared::api::reception::{CertificateChecks, Proof, Revocation};
use shared::api::{Endpoint as _, EndpointRow};
use shared::bytes::Base64;
use shared::domain::account::UserId;
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::consent::{Choice, Choices};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::visit::Purpose;
use shared::evidence::Statement;

use super::device::DEVICE_USER;
use super::{NO_ID, Sample, Scene, ask, code, get};
use crate::store::{entry, visit_to_open};
use crate::world::{CLINIC, ORIGIN, STATION};

/// A check for the eligibility alone.
pub(crate) fn new_check() -> NewBedside {
    let key: [u8; 16] = server::random::Random::machine().bytes().unwrap();
    let notice_version = server::visit::NOTICE_VERSION.to_owned();
    NewBedside { key: Base64(key.to_vec()), choices: None, assist: None, notice_version }
}

/// What a card proves by its PIN.
pub(crate) fn by_pin(proof: Proof) -> BedsideProof {
    let Proof { nonce, certificate, signature, .. } = proof;
    BedsideProof { nonce, certificate, signature: Some(signature), way: CheckWay::Pin, medium: Medium::Card, replaces: None }
}

impl Scene {
    /// A check of an account with its proof, opened or done. Past the gate: whoever walks may lack what the gate asks for.
    async fn bedside_of(&self, institution: &str, user: &UserId, card: &str, is_done: bool) -> (String, BedsideProof) {
        let now = self.world.clock.now();
        let number = 1_000_000 + self.made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let new = NewVisit { choices: Choices::all(Choice::NotAsked), ..visit_to_open(number, institution, now) };
        let statement = Statement {
            institution: code(institution),
            visit_kind: new.visit_kind,
            purpose: Purpose::Register,
            choices: new.choices,
            booked_on: None,
            notice_version: new.notice_version.clone(),
            language: new.language.clone(),
            at: now,
        };
        let proof = by_pin(self.world.card(card).sign_bytes(&new.challenge.nonce, &statement.to_bytes(), ORIGIN));
        let (visit, nonce, by) = (new.id.clone(), new.challenge.nonce, user.clone());
        let opened = self.world.store.0.write(move |tx| rule::bedside::open(tx, &new, &by)).await.unwrap();
        assert!(matches!(opened, Some(Opened::Visit(_))));
        if is_done {
            let id = CheckId::new(now, server::random::Random::machine().bytes().unwrap());
            let judged = Judged {
                keeping: Keeping::Check(
                    Box::new(CheckRecord {
                        id: id.clone(),
                        visit_kind: None,
                        consent: None,
                        subject: String::new(),
                        reference_number: None,
                        check_way: CheckWay::Visual,
                        medium: Medium::Card,
                        done_by: Some(user.clone()),
                        state: CheckState::Done,
                        asked: None,
                        eligibility: Eligibility::of_insurance(Validity::NotFound, now, None, Vec::new()),
                        chosen: None,
                    }),
                    None,
                ),
                record: BedsideRecord {
                    visit: visit.clone(),
                    device: None,
                    consent: None,
                    check: Some(id),
                    is_grace: false,
                    ends_on: None,
                    checks: CertificateChecks { signature: false, chain: true, period: true, revocation: Revocation::NotChecked },
                    done_at: now,
                    done_by: user.clone(),
                    filed_at: None,
                },
                nonce,
                audit: entry(now, institution),
            };
            let tenant = server::tenant::Tenant::of_operator(&code(institution));
            let kept = self.world.store.0.write(move |tx| rule::bedside::keep(tx, &tenant, &judged)).await.unwrap();
            assert!(matches!(kept, BedsideKept::Done(_)));
        }
        (visit.as_str().to_owned(), proof)
    }

    pub(super) async fn of_bedside(&self, row: &EndpointRow) -> Option<Sample> {
        let [user, of_another] = [DEVICE_USER, "ippan1"].map(|user| UserId::try_from(user).unwrap());
        let check = async |is_done: bool| {
            let (own, proof) = self.bedside_of(STATION, &user, "taro", is_done).await;
            let (theirs, _) = self.bedside_of(CLINIC, &of_another, "kazuko", is_done).await;
            (own, theirs, proof)
        };
        let sample = match row.name {
            SeeBedside::NAME => Sample::of(get(SeeBedside.path())),
            UnfiledBedside::NAME => Sample::of(get(UnfiledBedside.path())),
            OpenBedside::NAME => Sample::of(ask(OpenBedside.path(), &new_check())),
            FreshBedside::NAME => {
                let (own, theirs, _) = check(false).await;
                let at = |visit: &str| ask(FreshBedside { visit: visit.into() }.path(), &());
                Sample::with(at(&own), at(&theirs), at(NO_ID))
            }
            ProveBedside::NAME => {
                let (own, theirs, proof) = check(false).await;
                let at = |visit: &str| ask(ProveBedside { visit: visit.into() }.path(), &proof);
                Sample::with(at(&own), at(&theirs), at(NO_ID))
            }
            NotMatched::NAME => {
                let (own, theirs, _) = check(false).await;
                let at = |visit: &str| ask(NotMatched { visit: visit.into() }.path(), &());
                Sample::with(at(&own), at(&theirs), at(NO_ID))
            }
            SeeBedsideResult::NAME => {
                let (own, theirs, _) = check(true).await;
                let at = |visit: &str| get(SeeBedsideResult { visit: visit.into() }.path());
                Sample::with(at(&own), at(&theirs), at(NO_ID))
            }
            FileBedside::NAME => {
                let (own, theirs, _) = check(true).await;
                let at = |visit: &str| ask(FileBedside { visit: visit.into() }.path(), &());
                Sample::with(at(&own), at(&theirs), at(NO_ID))
            }
            _ => return None,
        };
        Some(Sample { device: Some(self.device().await), ..sample })
    }
}
