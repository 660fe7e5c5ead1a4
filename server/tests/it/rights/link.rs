//! The walk of what programs ask: the token counts, whoever is logged in at the office besides.

use shared::domain::link::LinkScope;

use super::*;
use crate::sample::link::bearer;

impl Walk<'_> {
    pub(super) async fn by_token_of(&mut self, row: &EndpointRow, caller: &Caller, case: Case, sample: &Sample, scope: LinkScope) {
        let (scene, kind, out) = (self.scene, caller.kind, (401, Code::Session));
        let is_program = kind == AccountKind::WebApi;
        match case {
            Case::Own | Case::Locked if is_program => {
                let with = bearer(&scene.token_of(caller, &LinkScope::ALL, 1).await);
                self.wants_own(row, kind, case, &sample.own, &with).await;
                let others: Vec<_> = LinkScope::ALL.into_iter().filter(|other| *other != scope).collect();
                let with = bearer(&scene.token_of(caller, &others, 1).await);
                self.wants_refused(row, kind, case, &sample.own, &with, (403, Code::Forbidden)).await;
            }
            Case::Others | Case::Missing if is_program => {
                let with = bearer(&scene.token_of(caller, &LinkScope::ALL, 1).await);
                self.wants_alike(row, kind, case, sample, &with).await;
                let missing = sample.missing.clone().unwrap();
                self.wants_refused(row, kind, case, &missing, &with, (404, Code::NotFound)).await;
            }
            // A token of an account of another kind would open nothing.
            Case::Own | Case::Locked | Case::Others | Case::Missing => {
                let with = bearer(&scene.token_of(caller, &LinkScope::ALL, 1).await);
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
            }
            Case::Expired => {
                let with = bearer(&scene.token_of(caller, &LinkScope::ALL, 0).await);
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
            }
            Case::None => {
                self.wants_refused(row, kind, case, &sample.own, &nobody(), out).await;
                let with = scene.session(caller, 0).await;
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
                self.wants_refused(row, kind, case, &sample.own, &bearer("uketsuke_AAAA"), out).await;
            }
            Case::Withdrawn => {
                // The period of the account is over; one is stopped; a token was taken back.
                let with = bearer(&scene.token_of(caller, &LinkScope::ALL, 1).await);
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
                let stopped = scene.caller(kind, false, 1).await;
                let with = bearer(&scene.token_of(&stopped, &LinkScope::ALL, 1).await);
                scene.suspend(&stopped).await;
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
                let living = scene.caller(kind, false, 1).await;
                let with = bearer(&scene.token_of(&living, &LinkScope::ALL, 1).await);
                scene.revoke_tokens(&living).await;
                self.wants_refused(row, kind, case, &sample.own, &with, out).await;
            }
        }
    }
}
