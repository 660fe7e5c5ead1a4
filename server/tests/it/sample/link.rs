//! Samples of the tokens of Web API accounts and of what is read with one.

use server::store::link::{self, TokenRecord};
use server::store::{Account, TokenId};
use server::tenant::Tenant;
use shared::api::link::{
    BulkAsked, BulkFhir, BulkResults, LinkedConsents, LinkedFace, LinkedFhir, LinkedResult, ListTokens, MakeToken, NewResults, NewToken,
    OpenApi, Received, ResultsAsked, RevokeToken, TOKEN_PREFIX,
};
use shared::api::{Endpoint as _, EndpointRow};
use shared::bytes::Base64;
use shared::domain::account::{AccountKind, AccountName, UserId};
use shared::domain::institution::InstitutionCode;
use shared::domain::link::LinkScope;

use super::{Ask, Caller, NO_ID, Sample, Scene, ask, code, get};
use crate::kept::Kept;
use crate::world::{CLINIC, STATION, With};

/// What a program sends: no cookie, and a token where a cookie would stand.
pub(crate) fn bearer(token: &str) -> With {
    With { cookie: Some(format!("Bearer {token}")), secret: None }
}

/// A token of any account, past the office; its text and its id.
pub(crate) async fn token(
    store: &Kept,
    institution: InstitutionCode,
    user: UserId,
    scopes: &[LinkScope],
    at: shared::domain::calendar::UnixMs,
    days: i64,
) -> (String, TokenId) {
    let random = server::random::Random::machine();
    let text = format!("{TOKEN_PREFIX}{}", Base64(random.bytes::<32>().unwrap().to_vec()).to_text());
    let hash = server::sha256(text.as_bytes());
    let new = TokenRecord {
        id: TokenId::new(at, random.bytes().unwrap()),
        institution: institution.clone(),
        user: user.clone(),
        name: "レセコン".to_owned(),
        scopes: scopes.to_vec(),
        made_at: at,
        made_by: user,
        expires_at: at.plus_ms(days * 24 * 60 * 60_000),
        last_used_at: None,
        revoked_at: None,
    };
    let (tenant, id) = (Tenant::of_operator(&institution), new.id.clone());
    store.0.write(move |tx| link::add(tx, &tenant, &new, &hash)).await.unwrap();
    (text, id)
}

impl Scene {
    /// A token of a caller that counts so many days from now.
    pub(crate) async fn token_of(&self, caller: &Caller, scopes: &[LinkScope], days: i64) -> String {
        token(&self.world.store, code(STATION), caller.user.clone(), scopes, self.world.clock.now(), days).await.0
    }

    pub(crate) async fn revoke_tokens(&self, caller: &Caller) {
        let (tenant, user, now) = (Tenant::of_operator(&code(STATION)), caller.user.clone(), self.world.clock.now());
        let revoke = move |tx: &mut server::store::tx::Tx<'_>| {
            link::of(tx, &tenant, &user)?.into_iter().try_for_each(|record| link::revoke(tx, &tenant, &record.id, now))
        };
        self.world.store.0.write(revoke).await.unwrap();
    }

    pub(super) async fn of_link(&self, row: &EndpointRow) -> Option<Sample> {
        if row.name == OpenApi::NAME {
            return Some(Sample::of(get(OpenApi.path())));
        }
        if let Some(path) =
            [(BulkResults::NAME, BulkResults.path()), (BulkFhir::NAME, BulkFhir.path())].iter().find(|(name, _)| *name == row.name)
        {
            let after = |after: Option<&str>| {
                let asked = BulkAsked { from: None, until: None, after: after.map(str::to_owned), limit: Some(2) };
                ask(path.1.clone(), &asked)
            };
            return Some(Sample::with(after(None), after(Some(&self.other_consent)), after(Some(NO_ID))));
        }
        if ![NewResults::NAME, Received::NAME, LinkedResult::NAME, LinkedConsents::NAME, LinkedFace::NAME, LinkedFhir::NAME]
            .contains(&row.name)
        {
            return self.of_tokens(row).await;
        }
        let own = self.consent().await;
        let named = |path: &dyn Fn(&str) -> String| Sample::with(get(path(&own)), get(path(&self.other_consent)), get(path(NO_ID)));
        Some(match row.name {
            NewResults::NAME => {
                let after = |after: Option<&str>| ask(NewResults.path(), &ResultsAsked { after: after.map(str::to_owned), limit: Some(2) });
                Sample::with(after(None), after(Some(&self.other_consent)), after(Some(NO_ID)))
            }
            Received::NAME => {
                let (tenant, begin) = (Tenant::of_operator(&code(STATION)), shared::domain::calendar::UnixMs(0));
                let tell =
                    move |tx: &mut server::store::tx::Tx<'_>| server::rule::link::new_results(tx, &tenant, None, 100, (begin, begin));
                self.world.store.0.write_locked(tell).await.unwrap();
                let of = |consent: &str| ask(Received { consent: consent.into() }.path(), &());
                Sample::with(of(&own), of(&self.other_consent), of(NO_ID))
            }
            LinkedResult::NAME => named(&|consent| LinkedResult { consent: consent.into() }.path()),
            LinkedConsents::NAME => named(&|consent| LinkedConsents { consent: consent.into() }.path()),
            LinkedFhir::NAME => named(&|consent| LinkedFhir { consent: consent.into() }.path()),
            _ => named(&|consent| LinkedFace { consent: consent.into(), encoding: "utf-8".into() }.path()),
        })
    }

    async fn of_tokens(&self, row: &EndpointRow) -> Option<Sample> {
        if ![ListTokens::NAME, MakeToken::NAME, RevokeToken::NAME].contains(&row.name) {
            return None;
        }
        let (world, now) = (&self.world, self.world.clock.now());
        let theirs = self.caller(AccountKind::WebApi, false, 9).await.user;
        let (like, _) = world.store.account(&code(CLINIC), &UserId::try_from("kanri1").unwrap()).await.unwrap().unwrap();
        let others = UserId::try_from(theirs.as_str().replace('w', "c").as_str()).unwrap();
        assert!(world.store.add_account(code(CLINIC), Account { user: others.clone(), kind: AccountKind::WebApi, ..like }).await.unwrap());
        let named = |path: &dyn Fn(&str, &str) -> String, ids: [&str; 2], body: &str| {
            let of = |user: &str, id: &str| Ask { path: path(user, id), body: body.to_owned(), secret: None };
            Sample::with(of(theirs.as_str(), ids[0]), of(others.as_str(), ids[1]), of("none0", NO_ID))
        };
        Some(match row.name {
            ListTokens::NAME => named(&|user, _| ListTokens { user: user.into() }.path(), [""; 2], ""),
            MakeToken::NAME => {
                let new = NewToken { name: AccountName::try_from("レセコン").unwrap(), scopes: LinkScope::ALL.to_vec(), days: 30 };
                named(&|user, _| MakeToken { user: user.into() }.path(), [""; 2], &serde_json::to_string(&new).unwrap())
            }
            _ => {
                let (_, own) = token(&world.store, code(STATION), theirs.clone(), &LinkScope::ALL, now, 9).await;
                let (_, other) = token(&world.store, code(CLINIC), others.clone(), &LinkScope::ALL, now, 9).await;
                let path = |user: &str, id: &str| RevokeToken { user: user.into(), token: id.into() }.path();
                named(&path, [own.as_str(), other.as_str()], "null")
            }
        })
    }
}
