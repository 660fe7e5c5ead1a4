//! Samples of the endpoints about second factors, and how a scene gives an account a second factor past the server.

use server::factor::{FactorTools, TOTP_SECRET, totp, totp_step};
use server::origin::Origin;
use server::random::Random;
use server::rule::factor::{self as rule, ASKED_LOGIN, ASKED_PASSKEY, ASKED_TOTP, holder_of};
use server::session::{self, SessionId};
use server::store::factor::{self as store, LoginStep, PasskeyRecord, TotpRecord};
use server::store::tx::Tx;
use server::store::{AuditEntry, SessionRecord, StoreError};
use server::tenant::Tenant;
use shared::api::factor::{
    AddPasskey, AddTotp, AskLoginProof, AskPasskey, AskPasskeyLogin, AskProof, AskTotp, ChangeFactorPolicy, FactorDay, FactorPolicyNow,
    LOGIN_STEP_MS, LogInByPasskey, NewPasskey, NewRecoveryCodes, OwnFactors, PasskeyLogin, Proof, ProveAgain, ProveLogin, RemoveFactor,
    ResetFactors, TOTP, TotpCode,
};
use shared::api::{Endpoint as _, EndpointRow};
use shared::bytes::Base64;
use shared::domain::account::UserId;

use crate::authenticator::Device;
use crate::sample::{Caller, NO_ID, Sample, Scene, ask, code, get};
use crate::world::{CLINIC, ORIGIN, STATION, With};

/// The secret of every authenticator app of the samples.
const SECRET: [u8; TOTP_SECRET] = [7; TOTP_SECRET];

/// The tools of the world's server: the same address, the same key.
fn tools() -> FactorTools {
    FactorTools::new(&Origin::parse(ORIGIN).unwrap(), &[7; 32])
}

fn station() -> Tenant {
    Tenant::of_operator(&code(STATION))
}

impl Scene {
    async fn write<T: Send + 'static>(&self, rule: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static) -> T {
        self.world.store.0.write(rule).await.unwrap()
    }

    /// Gives the caller an authenticator app, and says its code of now.
    pub(crate) async fn totp_of(&self, caller: &Caller) -> String {
        let (user, now) = (caller.user.clone(), self.world.clock.now());
        let secret = tools().vault.seal(&station(), &user, &SECRET, Random::machine().bytes().unwrap()).unwrap();
        let new = TotpRecord { secret, last_step: 0, added_at: now, last_used_at: None };
        self.write(move |tx| {
            store::add_totp(tx, &station(), &user, &new)?;
            store::set_since(tx, &station(), &user, Some(now))
        })
        .await;
        format!("{:06}", totp(&SECRET, totp_step(now)))
    }

    /// Takes the second factors of the caller away again.
    pub(crate) async fn forget_factors(&self, caller: &Caller) {
        let user = caller.user.clone();
        self.write(move |tx| {
            store::remove_totp(tx, &station(), &user)?;
            store::set_since(tx, &station(), &user, None)
        })
        .await;
    }

    /// The caller was asked for an app: the code that confirms it.
    async fn asked_totp(&self, caller: &Caller) -> String {
        let (user, now) = (caller.user.clone(), self.world.clock.now());
        let sealed = tools().vault.seal(&station(), &user, &SECRET, Random::machine().bytes().unwrap()).unwrap();
        let holder = holder_of(&station(), &user);
        self.write(move |tx| rule::ask(tx, &holder, ASKED_TOTP, &server::hex(&sealed), now)).await;
        format!("{:06}", totp(&SECRET, totp_step(now)))
    }

    /// The caller was asked for a passkey: what the browser makes of it.
    async fn new_passkey(&self, caller: &Caller) -> String {
        let (user, now) = (caller.user.clone(), self.world.clock.now());
        let Ok((options, state)) = tools().ask_passkey(&station(), &user, &[]) else { panic!("no question") };
        let holder = holder_of(&station(), &user);
        self.write(move |tx| rule::ask(tx, &holder, ASKED_PASSKEY, &state, now)).await;
        Device::default().create(&options, ORIGIN).await
    }

    /// The caller has a passkey, and its device was asked for a login: what the page sends.
    async fn passkey_login(&self, caller: &Caller) -> PasskeyLogin {
        let (user, now, mut device) = (caller.user.clone(), self.world.clock.now(), Device::default());
        let Ok((options, state)) = tools().ask_passkey(&station(), &user, &[]) else { panic!("no question") };
        let made = device.create(&options, ORIGIN).await;
        let id = server::hex(&Random::machine().bytes::<16>().unwrap());
        let Ok(new) = tools().judge_new(&made, &state, id, "鍵".to_owned(), now) else { panic!("not taken") };
        let (Ok((options, state)), question) = (tools().ask_login(), Random::machine().bytes::<32>().unwrap()) else {
            panic!("no question")
        };
        let holder = server::sha256(&[b"passkey login\n".as_slice(), &question].concat());
        self.write(move |tx| {
            store::add_passkey(tx, &station(), &user, &new)?;
            store::set_since(tx, &station(), &user, Some(now))?;
            rule::ask(tx, &holder, ASKED_LOGIN, &state, now)
        })
        .await;
        PasskeyLogin { question: Base64(question.to_vec()), answer: device.find(&options, ORIGIN).await }
    }

    /// The id of a passkey of the clinic.
    async fn passkey_of_others(&self) -> String {
        let (bytes, now) = (Random::machine().bytes::<16>().unwrap(), self.world.clock.now());
        let id = server::hex(&bytes);
        let credential = "{}".to_owned();
        let new = PasskeyRecord {
            id: id.clone(),
            credential_id: bytes.to_vec(),
            name: "よその鍵".to_owned(),
            credential,
            added_at: now,
            last_used_at: None,
        };
        let user = UserId::try_from("kanri1").unwrap();
        self.write(move |tx| store::add_passkey(tx, &Tenant::of_operator(&code(CLINIC)), &user, &new)).await;
        id
    }

    /// The cookie of a login whose password was right so long ago. Not by a login: the walk needs hundreds.
    pub(crate) async fn half_way(&self, caller: &Caller, ago_ms: i64) -> With {
        let id = SessionId::new(&Random::machine()).unwrap();
        let (account, _) = self.world.store.account(&code(STATION), &caller.user).await.unwrap().unwrap();
        let opened_at = self.world.clock.now().plus_ms(-ago_ms);
        let step = LoginStep {
            id_sha256: id.sha256(),
            institution: code(STATION),
            user: caller.user.clone(),
            judged_sha256: server::sha256(account.password_hash.as_bytes()),
            opened_at,
            ends_at: opened_at.plus_ms(LOGIN_STEP_MS),
        };
        self.write(move |tx| store::add_step(tx, &step)).await;
        With { cookie: Some(session::set_step_cookie(&id, true).split(';').next().unwrap().to_owned()), secret: None }
    }

    /// The cookie of a session in use whose person was proved so long ago.
    pub(crate) async fn session_proved(&self, caller: &Caller, ago_ms: i64) -> With {
        let (world, id) = (&self.world, SessionId::new(&Random::machine()).unwrap());
        let now = world.clock.now();
        let opened = session::opened(&id, code(STATION), caller.user.clone(), now);
        let record = SessionRecord { proved_at: now.plus_ms(-ago_ms), ..opened };
        let (account, _) = world.store.account(&code(STATION), &caller.user).await.unwrap().unwrap();
        let entry = AuditEntry::of_operator(now, &station(), "test", "test");
        assert!(world.store.open_session(record, account.password_hash, entry).await.unwrap());
        With { cookie: Some(session::set_cookie(&id, true).split(';').next().unwrap().to_owned()), secret: None }
    }

    /// The samples of these endpoints.
    pub(crate) async fn of_factors(&self, row: &EndpointRow, caller: &Caller) -> Option<Sample> {
        Some(match row.name {
            AskLoginProof::NAME => {
                self.totp_of(caller).await;
                Sample::of(ask(AskLoginProof.path(), &()))
            }
            ProveLogin::NAME => Sample::of(ask(ProveLogin.path(), &Proof::Totp(self.totp_of(caller).await))),
            AskPasskeyLogin::NAME => Sample::of(ask(AskPasskeyLogin.path(), &())),
            LogInByPasskey::NAME => Sample::of(ask(LogInByPasskey.path(), &self.passkey_login(caller).await)),
            AskProof::NAME => Sample::of(ask(AskProof.path(), &())),
            ProveAgain::NAME => Sample::of(ask(ProveAgain.path(), &Proof::Totp(self.totp_of(caller).await))),
            OwnFactors::NAME => Sample::of(get(OwnFactors.path())),
            AskPasskey::NAME => Sample::of(ask(AskPasskey.path(), &())),
            AddPasskey::NAME => {
                let answer = self.new_passkey(caller).await;
                Sample::of(ask(AddPasskey.path(), &NewPasskey { name: "鍵".try_into().unwrap(), answer }))
            }
            AskTotp::NAME => Sample::of(ask(AskTotp.path(), &())),
            AddTotp::NAME => Sample::of(ask(AddTotp.path(), &TotpCode { code: self.asked_totp(caller).await })),
            RemoveFactor::NAME => {
                self.totp_of(caller).await;
                let at = |factor: &str| ask(RemoveFactor { factor: factor.into() }.path(), &());
                Sample::with(at(TOTP), at(&self.passkey_of_others().await), at(NO_ID))
            }
            NewRecoveryCodes::NAME => {
                self.totp_of(caller).await;
                Sample::of(ask(NewRecoveryCodes.path(), &()))
            }
            ResetFactors::NAME => {
                let (theirs, others) = self.account_to_look_after(caller).await;
                let at = |user: &str| ask(ResetFactors { user: user.into() }.path(), &());
                Sample::with(at(theirs.as_str()), at(others.as_str()), at("none0"))
            }
            FactorPolicyNow::NAME => Sample::of(get(FactorPolicyNow.path())),
            ChangeFactorPolicy::NAME => {
                // The day that is set already: what it changes is another test's.
                let from = "2026-11-20".try_into().unwrap();
                let from = if self.is_demanded().await { from } else { "2099-04-01".try_into().unwrap() };
                Sample::of(ask(ChangeFactorPolicy.path(), &FactorDay { from }))
            }
            _ => return None,
        })
    }

    async fn is_demanded(&self) -> bool {
        let from = self.write(|tx| store::demanded_from(tx, &station())).await;
        from <= self.world.clock.now().jst_date()
    }
}
