//! Samples of the check at the device with the card.

use shared::api::bedside::{
    BedsideOpened, BedsideProof, FileBedside, FreshBedside, NewBedside, NotMatched, OpenBedside, ProveBedside, SeeBedside,
    SeeBedsideResult, UnfiledBedside,
};
use shared::api::reception::Proof;
use shared::api::{Endpoint as _, EndpointRow};
use shared::bytes::Base64;
use shared::domain::account::UserId;
use shared::domain::check::{CheckWay, Medium};
use shared::right::{Act, Right, may};

use super::{Caller, NO_ID, Sample, Scene, ask, get};
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
    /// A check of an account with its proof, opened or done.
    async fn bedside_of(&self, institution: &str, user: &UserId, card: &str, is_done: bool) -> (BedsideOpened, BedsideProof) {
        let with = self.session_in(institution, user, 0).await;
        let opened = self.world.call::<OpenBedside>(&[], &with, &new_check()).await.unwrap();
        let proof = by_pin(self.world.card(card).sign(&opened.challenge, ORIGIN));
        if is_done {
            self.world.call::<ProveBedside>(&[&opened.visit], &with, &proof).await.unwrap();
        }
        (opened, proof)
    }

    pub(super) async fn of_bedside(&self, row: &EndpointRow, caller: &Caller) -> Option<Sample> {
        let of_another = UserId::try_from("ippan1").unwrap();
        let user = if may(caller.kind, Act::UseDevice) == Right::No { &of_another } else { &caller.user };
        let check = async |is_done: bool| {
            let (own, proof) = self.bedside_of(STATION, user, "taro", is_done).await;
            let (theirs, _) = self.bedside_of(CLINIC, &of_another, "kazuko", is_done).await;
            (own.visit, theirs.visit, proof)
        };
        Some(match row.name {
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
        })
    }
}
