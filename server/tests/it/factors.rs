//! Second factors as a page meets them: login in steps, registration, recovery, "prove again", policy, and what is tried against them.

use server::factor::{base32, totp, totp_step};
use shared::api::account::{AccountDetail, AccountQuery, ListAccounts, SuspendAccount, TypedUser};
use shared::api::factor::{
    AddPasskey, AddTotp, AskLoginProof, AskPasskey, AskPasskeyLogin, AskProof, AskTotp, ChangeFactorPolicy, FactorDay, FactorPolicyNow,
    LOGIN_STEP_MS, LogInByPasskey, LoggedIn, NewPasskey, NewRecoveryCodes, OwnFactors, PasskeyLogin, Proof, ProofWays, ProveAgain,
    ProveLogin, QUESTION_MS, RemoveFactor, ResetFactors, STEP_UP_MS, TOTP, TotpCode,
};
use shared::api::office::{ChangePassword, Login, LoginRequest, Me, PasswordChange, Session};
use shared::api::{Code, Detail, Endpoint};
use shared::domain::factor::FactorFault;

use crate::authenticator::Device;
use crate::sample::code;
use crate::world::{ORIGIN, PASSWORD, STATION, With, World, nobody, put_off_second_factor};

/// The cookies of an answer that are not taken back, as the browser sends them.
fn cookies(headers: &axum::http::HeaderMap) -> With {
    let set = headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let kept: Vec<_> =
        set.filter(|cookie| !cookie.contains("Max-Age=0")).map(|cookie| cookie.split(';').next().unwrap().to_owned()).collect();
    With { cookie: Some(kept.join("; ")), secret: None }
}

fn code_of(refused: Result<impl Sized, crate::world::Refused>) -> Code {
    match refused {
        Ok(_) => panic!("not refused"),
        Err((_, refusal)) => refusal.code,
    }
}

impl World {
    async fn send_to<E: Endpoint>(&self, with: &With, body: &E::Request) -> Result<(With, E::Response), Code> {
        let path = E::from_parts(|_| None).unwrap().path();
        let (status, headers, bytes) = self.send("POST", &path, with, serde_json::to_vec(body).unwrap()).await;
        if status.is_success() {
            return Ok((cookies(&headers), serde_json::from_slice(&bytes).unwrap()));
        }
        Err(serde_json::from_slice::<shared::api::Refusal>(&bytes).unwrap().code)
    }

    async fn password_step(&self, user: &str) -> (With, LoggedIn) {
        let request = LoginRequest { institution: code(STATION), user: user.try_into().unwrap(), password: PASSWORD.to_owned() };
        self.send_to::<Login>(&nobody(), &request).await.unwrap()
    }

    /// The half-way cookie and what is asked, of an account with a second factor.
    async fn half_way(&self, user: &str) -> (With, ProofWays) {
        match self.password_step(user).await {
            (with, LoggedIn::HalfWay(ways)) => (with, ways),
            (_, LoggedIn::In(_)) => panic!("the password alone let {user} in"),
        }
    }

    /// Registers an authenticator app, and gives its secret.
    async fn add_totp(&self, with: &With) -> Vec<u8> {
        let asked = self.call::<AskTotp>(&[], with, &()).await.unwrap();
        let secret = from_base32(&asked.secret.replace(' ', ""));
        assert!(asked.qr_svg.contains("<svg"));
        self.call::<AddTotp>(&[], with, &TotpCode { code: self.totp_now(&secret) }).await.unwrap();
        secret
    }

    fn totp_now(&self, secret: &[u8]) -> String {
        format!("{:06}", totp(secret, totp_step(self.clock.now())))
    }

    async fn add_passkey(&self, with: &With, device: &mut Device, name: &str) -> usize {
        let asked = self.call::<AskPasskey>(&[], with, &()).await.unwrap();
        let answer = device.create(&asked.options, ORIGIN).await;
        let new = NewPasskey { name: name.try_into().unwrap(), answer };
        self.call::<AddPasskey>(&[], with, &new).await.unwrap().passkeys.len()
    }

    async fn is_in(&self, with: &With) -> bool {
        self.call::<Me>(&[], with, &()).await.is_ok()
    }
}

fn from_base32(text: &str) -> Vec<u8> {
    let bits: Vec<bool> = text
        .bytes()
        .flat_map(|letter| {
            let place = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|other| *other == letter).unwrap();
            (0..5).rev().map(move |bit| place >> bit & 1 == 1)
        })
        .collect();
    let bytes: Vec<u8> = bits.chunks_exact(8).map(|eight| eight.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect();
    assert_eq!(base32(&bytes), text);
    bytes
}

#[tokio::test]
async fn a_passkey_follows_the_password_and_its_answer_counts_once() {
    let world = World::new().await;
    let mut device = Device::default();
    let first = world.login(STATION, "kanri1").await;
    let elsewhere = world.login(STATION, "kanri1").await;
    assert_eq!(world.add_passkey(&first, &mut device, "受付のパソコン").await, 1);
    assert!(world.is_in(&first).await && !world.is_in(&elsewhere).await, "other logins end");

    let (step, ways) = world.half_way("kanri1").await;
    assert!(ways.passkey.is_some() && !ways.totp && !ways.recovery && !ways.password);
    let options = ways.passkey.unwrap();
    assert!(options.contains(r#""userVerification":"required""#), "{options}");
    assert_eq!(code_of(world.call::<Me>(&[], &step, &()).await), Code::Session, "half-way is no session");
    // A page elsewhere: the authenticator signs for it, and the server does not take it.
    let foreign = device.get(&options, "https://evil.uketsuke.example").await;
    assert_eq!(world.send_to::<ProveLogin>(&step, &Proof::Passkey(foreign)).await.err(), Some(Code::Proof));
    // Its question is used up by that: a fresh one.
    let (_, ways) = world.send_to::<AskLoginProof>(&step, &()).await.unwrap();
    let answer = device.get(&ways.passkey.unwrap(), ORIGIN).await;
    let (session, who): (With, Session) = world.send_to::<ProveLogin>(&step, &Proof::Passkey(answer.clone())).await.unwrap();
    assert!(who.has_second_factor && !who.must_add_factor && world.is_in(&session).await);
    // The step is gone, and the same answer opens no other one.
    assert_eq!(world.send_to::<ProveLogin>(&step, &Proof::Passkey(answer.clone())).await.err(), Some(Code::Session));
    let (step, _) = world.half_way("kanri1").await;
    assert_eq!(world.send_to::<ProveLogin>(&step, &Proof::Passkey(answer)).await.err(), Some(Code::Proof));
    // A question that waits too long.
    let (_, ways) = world.send_to::<AskLoginProof>(&step, &()).await.unwrap();
    let answer = device.get(&ways.passkey.unwrap(), ORIGIN).await;
    world.later(QUESTION_MS);
    assert_eq!(world.send_to::<ProveLogin>(&step, &Proof::Passkey(answer)).await.err(), Some(Code::Proof));
    let used = world.call::<OwnFactors>(&[], &session, &()).await.unwrap();
    assert!(used.passkeys[0].last_used_at.is_some() && used.passkeys[0].name == "受付のパソコン");
    assert_eq!(world.audited(ProveLogin::NAME).await, ["U-PROOF", "ok", "U-PROOF", "U-PROOF"]);
}

#[tokio::test]
async fn a_new_passkey_is_for_this_page_its_account_and_one_registration() {
    let world = World::new().await;
    let (mut device, admin) = (Device::default(), world.login(STATION, "kanri1").await);
    let asked = world.call::<AskPasskey>(&[], &admin, &()).await.unwrap();
    let new = |answer: String| NewPasskey { name: "鍵".try_into().unwrap(), answer };
    let foreign = device.create(&asked.options, "https://evil.uketsuke.example").await;
    assert_eq!(code_of(world.call::<AddPasskey>(&[], &admin, &new(foreign)).await), Code::Proof);
    let asked = world.call::<AskPasskey>(&[], &admin, &()).await.unwrap();
    let answer = device.create(&asked.options, ORIGIN).await;
    let other = world.login(STATION, "ippan1").await;
    assert_eq!(code_of(world.call::<AddPasskey>(&[], &other, &new(answer.clone())).await), Code::Proof, "asked of somebody else");
    assert_eq!(world.call::<AddPasskey>(&[], &admin, &new(answer.clone())).await.unwrap().passkeys.len(), 1);
    assert_eq!(code_of(world.call::<AddPasskey>(&[], &admin, &new(answer)).await), Code::Proof, "a second time");
    for bad in ["", "{}", "null"] {
        world.call::<AskPasskey>(&[], &admin, &()).await.unwrap();
        assert_eq!(code_of(world.call::<AddPasskey>(&[], &admin, &new(bad.to_owned())).await), Code::Proof, "{bad}");
    }
    // Several devices, and one is removed.
    world.later(1);
    assert_eq!(world.add_passkey(&admin, &mut Device::default(), "タブレット").await, 2);
    let own = world.call::<OwnFactors>(&[], &admin, &()).await.unwrap();
    let left = world.call::<RemoveFactor>(&[&own.passkeys[0].id], &admin, &()).await.unwrap();
    assert_eq!(left.passkeys.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["タブレット"]);
    let (step, ways) = world.half_way("kanri1").await;
    let options: serde_json::Value = serde_json::from_str(&ways.passkey.unwrap()).unwrap();
    assert_eq!(options["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1, "the removed one is not asked for");
    drop(step);
}

#[tokio::test]
async fn a_code_of_an_app_counts_once_also_for_two_at_once() {
    let world = World::new().await;
    let session = world.login(STATION, "kanri1").await;
    let asked = world.call::<AskTotp>(&[], &session, &()).await.unwrap();
    let secret = from_base32(&asked.secret.replace(' ', ""));
    let wrong = format!("{:06}", (totp(&secret, totp_step(world.clock.now())) + 1) % 1_000_000);
    assert_eq!(code_of(world.call::<AddTotp>(&[], &session, &TotpCode { code: wrong.clone() }).await), Code::Proof);
    assert!(!world.call::<OwnFactors>(&[], &session, &()).await.unwrap().has_one(), "without a right code it does not count");
    let code = world.totp_now(&secret);
    world.call::<AddTotp>(&[], &session, &TotpCode { code: code.clone() }).await.unwrap();
    let (step, ways) = world.half_way("kanri1").await;
    assert!(ways.totp && ways.passkey.is_none());
    assert_eq!(world.send_to::<ProveLogin>(&step, &Proof::Totp(code)).await.err(), Some(Code::Proof), "used for the registration");
    world.later(30_000);
    let code = Proof::Totp(world.totp_now(&secret));
    assert_eq!(world.send_to::<ProveLogin>(&step, &Proof::Totp(wrong)).await.err(), Some(Code::Proof));
    let (other, _) = world.half_way("kanri1").await;
    let (one, two) = tokio::join!(world.send_to::<ProveLogin>(&step, &code), world.send_to::<ProveLogin>(&other, &code));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "one code lets one in");
    // What is kept is sealed.
    let kept = std::fs::read(world.folder().join("u.db")).unwrap();
    let log = std::fs::read(world.folder().join("u.db-wal")).unwrap_or_default();
    assert!(!kept.windows(20).chain(log.windows(20)).any(|bytes| bytes == secret.as_slice()), "the secret lies open in the database");
    assert_eq!(code_of(world.call::<AskTotp>(&[], &world.login_with(&secret).await, &()).await), Code::FactorFault, "one app");
}

impl World {
    /// A whole login of kanri1 by its app, half a minute later.
    async fn login_with(&self, secret: &[u8]) -> With {
        self.later(30_000);
        let (step, _) = self.half_way("kanri1").await;
        self.send_to::<ProveLogin>(&step, &Proof::Totp(self.totp_now(secret))).await.unwrap().0
    }
}

#[tokio::test]
async fn a_passkey_alone_logs_in_and_names_its_account() {
    let world = World::new().await;
    let mut device = Device::default();
    let admin = world.login(STATION, "kanri1").await;
    let asked = world.call::<AskPasskey>(&[], &admin, &()).await.unwrap();
    assert!(asked.options.contains(r#""residentKey":"preferred""#), "{}", asked.options);
    world.add_passkey(&admin, &mut device, "受付のパソコン").await;
    let ask = async || world.send_to::<AskPasskeyLogin>(&nobody(), &()).await.unwrap().1;
    let send = async |question: &shared::bytes::Base64, answer: &str| {
        let login = PasskeyLogin { question: question.clone(), answer: answer.to_owned() };
        world.send_to::<LogInByPasskey>(&nobody(), &login).await
    };
    let asked = ask().await;
    assert!(asked.options.contains(r#""userVerification":"required""#), "{}", asked.options);
    let foreign = device.find(&asked.options, "https://evil.uketsuke.example").await;
    assert_eq!(send(&asked.question, &foreign).await.err(), Some(Code::Proof), "a page elsewhere");
    let (first, second) = (ask().await, ask().await);
    let answer = device.find(&first.options, ORIGIN).await;
    assert_eq!(send(&second.question, &answer).await.err(), Some(Code::Proof), "another question's");
    let (session, who) = send(&first.question, &answer).await.unwrap();
    assert_eq!((who.user.as_str(), who.has_second_factor), ("kanri1", true));
    assert!(world.is_in(&session).await);
    // A fresh proof, by which what asks for one opens.
    assert!(world.call::<ListAccounts>(&[], &session, &AccountQuery { after: None }).await.is_ok());
    assert_eq!(send(&first.question, &answer).await.err(), Some(Code::Proof), "an answer counts once");
    let late = ask().await;
    let answer = device.find(&late.options, ORIGIN).await;
    world.later(QUESTION_MS);
    assert_eq!(send(&late.question, &answer).await.err(), Some(Code::Proof), "too late");
    // Removed: it is nobody's.
    let id = world.call::<OwnFactors>(&[], &session, &()).await.unwrap().passkeys[0].id.clone();
    assert!(world.call::<OwnFactors>(&[], &session, &()).await.unwrap().passkeys[0].last_used_at.is_some());
    world.call::<RemoveFactor>(&[&id], &session, &()).await.unwrap();
    let asked = ask().await;
    let answer = device.find(&asked.options, ORIGIN).await;
    assert_eq!(send(&asked.question, &answer).await.err(), Some(Code::Proof), "removed");
    assert_eq!(world.audited(LogInByPasskey::NAME).await, ["U-PROOF", "U-PROOF", "ok"]);
}

#[tokio::test]
async fn one_address_begins_so_many_passkey_logins() {
    let world = World::new().await;
    let mut begun = 0;
    while world.send_to::<AskPasskeyLogin>(&nobody(), &()).await.is_ok() {
        begun += 1;
        assert!(begun < 1_000, "no limit");
    }
    assert_eq!(begun, 60);
    assert_eq!(world.send_to::<AskPasskeyLogin>(&nobody(), &()).await.err(), Some(Code::Wait));
    world.later(2_000);
    assert!(world.send_to::<AskPasskeyLogin>(&nobody(), &()).await.is_ok());
}

#[tokio::test]
async fn an_app_whose_registration_lost_its_answer_is_said_to_be_there() {
    let world = World::new().await;
    let session = world.login(STATION, "kanri1").await;
    let code = TotpCode { code: "123456".to_owned() };
    assert_eq!(code_of(world.call::<AddTotp>(&[], &session, &code).await), Code::Proof, "nothing was begun");
    let secret = world.add_totp(&session).await;
    // The page never heard of it, and the person presses again; later with another number.
    for code in [world.totp_now(&secret), "123456".to_owned()] {
        let said = world.call::<AddTotp>(&[], &session, &TotpCode { code }).await.unwrap_err().1;
        assert_eq!((said.code, said.detail), (Code::FactorFault, Some(Detail::Factor(FactorFault::HasTotp))));
    }
    assert!(world.call::<OwnFactors>(&[], &session, &()).await.unwrap().totp.is_some());
}

#[tokio::test]
async fn a_recovery_code_counts_once_and_a_new_set_ends_the_old_one() {
    let world = World::new().await;
    let session = world.login(STATION, "kanri1").await;
    assert_eq!(code_of(world.call::<NewRecoveryCodes>(&[], &session, &()).await), Code::FactorFault, "not without a factor");
    world.add_totp(&session).await;
    let old = world.call::<NewRecoveryCodes>(&[], &session, &()).await.unwrap().codes;
    let new = world.call::<NewRecoveryCodes>(&[], &session, &()).await.unwrap().codes;
    assert!(new.len() == 10 && new.iter().all(|code| code.len() == 14 && !old.contains(code)));
    let kept = std::fs::read(world.folder().join("u.db")).unwrap();
    let plain = new[0].replace('-', "");
    assert!(!kept.windows(12).any(|bytes| bytes == plain.as_bytes()));
    let (step, ways) = world.half_way("kanri1").await;
    assert!(ways.recovery);
    assert_eq!(world.send_to::<ProveLogin>(&step, &Proof::Recovery(old[0].clone())).await.err(), Some(Code::Proof));
    let typed = new[0].to_ascii_lowercase().replace('-', " ");
    let (session, _) = world.send_to::<ProveLogin>(&step, &Proof::Recovery(typed)).await.unwrap();
    assert_eq!(world.call::<OwnFactors>(&[], &session, &()).await.unwrap().recovery_left, 9);
    let (step, _) = world.half_way("kanri1").await;
    assert_eq!(world.send_to::<ProveLogin>(&step, &Proof::Recovery(new[0].clone())).await.err(), Some(Code::Proof), "a second time");
    // In a session a recovery code proves nothing.
    assert_eq!(world.send_to::<ProveAgain>(&session, &Proof::Recovery(new[1].clone())).await.err(), Some(Code::Proof));
}

#[tokio::test]
async fn whoever_must_has_to_add_a_factor_before_anything_opens() {
    let world = World::new().await;
    put_off_second_factor(&world.store, STATION, "2026-11-20").await;
    let (session, LoggedIn::In(who)) = world.password_step("shin1").await else { panic!("no factor to ask for") };
    assert!(who.must_change_password && who.must_add_factor);
    assert_eq!(code_of(world.call::<AskTotp>(&[], &session, &()).await), Code::X39, "the initial password first");
    let change = PasswordChange { old: PASSWORD.to_owned(), new: "suika to tomato to nasu".to_owned() };
    let (session, who) = world.send_to::<ChangePassword>(&session, &change).await.unwrap();
    assert!(!who.must_change_password && who.must_add_factor);
    let list = AccountQuery { after: None };
    assert_eq!(code_of(world.call::<ListAccounts>(&[], &session, &list).await), Code::Factor);
    world.add_totp(&session).await;
    assert!(world.call::<ListAccounts>(&[], &session, &list).await.is_ok());
    let me = world.call::<Me>(&[], &session, &()).await.unwrap();
    assert!(me.has_second_factor && !me.must_add_factor);
    let last = world.call::<RemoveFactor>(&[TOTP], &session, &()).await.unwrap_err().1;
    assert_eq!((last.code, last.detail), (Code::FactorFault, Some(Detail::Factor(FactorFault::Last))));
    // The day comes while somebody is in.
    put_off_second_factor(&world.store, STATION, "2026-11-21").await;
    let (session, _) = world.password_step("ippan1").await;
    assert!(!world.call::<Me>(&[], &session, &()).await.unwrap().must_add_factor);
    put_off_second_factor(&world.store, STATION, "2026-11-20").await;
    assert!(world.call::<Me>(&[], &session, &()).await.unwrap().must_add_factor);
}

#[tokio::test]
async fn a_fresh_proof_is_asked_for_and_renews_the_session() {
    let world = World::new().await;
    let session = world.login(STATION, "kanri1").await;
    let list = AccountQuery { after: None };
    let stays = async |with: &With| {
        // Somebody is there all the time.
        world.later(STEP_UP_MS / 2);
        assert!(world.is_in(with).await);
        world.later(STEP_UP_MS / 2);
    };
    stays(&session).await;
    assert_eq!(code_of(world.call::<ListAccounts>(&[], &session, &list).await), Code::StepUp);
    let (_, ways) = world.send_to::<AskProof>(&session, &()).await.unwrap();
    assert!(ways.password && !ways.totp && ways.passkey.is_none());
    assert_eq!(world.send_to::<ProveAgain>(&session, &Proof::Password("himawari".to_owned())).await.err(), Some(Code::Proof));
    let (renewed, _) = world.send_to::<ProveAgain>(&session, &Proof::Password(PASSWORD.to_owned())).await.unwrap();
    assert!(!world.is_in(&session).await, "under a new id");
    assert!(world.call::<ListAccounts>(&[], &renewed, &list).await.is_ok());
    // With a second factor it is that one, and the password no more.
    let secret = world.add_totp(&renewed).await;
    let mut device = Device::default();
    world.add_passkey(&renewed, &mut device, "鍵").await;
    stays(&renewed).await;
    assert_eq!(code_of(world.call::<RemoveFactor>(&[TOTP], &renewed, &()).await), Code::StepUp);
    assert_eq!(world.send_to::<ProveAgain>(&renewed, &Proof::Password(PASSWORD.to_owned())).await.err(), Some(Code::Request));
    let (by_app, _) = world.send_to::<ProveAgain>(&renewed, &Proof::Totp(world.totp_now(&secret))).await.unwrap();
    assert!(world.call::<ListAccounts>(&[], &by_app, &list).await.is_ok());
    stays(&by_app).await;
    let (_, ways) = world.send_to::<AskProof>(&by_app, &()).await.unwrap();
    assert!(!ways.password && ways.totp && !ways.recovery);
    let answer = device.get(&ways.passkey.unwrap(), ORIGIN).await;
    let (by_key, _) = world.send_to::<ProveAgain>(&by_app, &Proof::Passkey(answer)).await.unwrap();
    assert!(world.call::<ListAccounts>(&[], &by_key, &list).await.is_ok());
    assert_eq!(world.audited(ProveAgain::NAME).await, ["U-PROOF", "ok", "ok", "ok"]);
}

#[tokio::test]
async fn wrong_factors_wait_and_keep_nobody_out_where_they_logged_in_before() {
    let world = World::new().await;
    let session = world.login(STATION, "kanri1").await;
    let secret = world.add_totp(&session).await;
    world.later(30_000);
    let (step, _) = world.half_way("kanri1").await;
    let (known, _) = world.send_to::<ProveLogin>(&step, &Proof::Totp(world.totp_now(&secret))).await.unwrap();
    let browser = known.cookie.as_ref().unwrap().split("; ").find(|cookie| cookie.contains("-browser=")).unwrap().to_owned();
    // Somebody who has the password guesses codes from this address.
    world.later(30_000);
    let right = world.totp_now(&secret);
    let (step, _) = world.half_way("kanri1").await;
    let guess = Proof::Totp(if right == "000000" { "000001" } else { "000000" }.to_owned());
    for _ in 0..6 {
        assert_eq!(world.send_to::<ProveLogin>(&step, &guess).await.err(), Some(Code::Proof));
    }
    assert_eq!(world.send_to::<ProveLogin>(&step, &Proof::Totp(right.clone())).await.err(), Some(Code::Wait), "the right one waits too");
    // The browser that logged in before does not.
    let own = With { cookie: Some(format!("{}; {browser}", step.cookie.unwrap())), secret: None };
    assert!(world.send_to::<ProveLogin>(&own, &Proof::Totp(right)).await.is_ok());
    assert_eq!(world.audited(ProveLogin::NAME).await.iter().filter(|outcome| *outcome == "U-WAIT").count(), 1);
}

#[tokio::test]
async fn a_lost_device_is_taken_off_by_the_admin_and_every_login_ends() {
    let world = World::new().await;
    let (admin, staff) = (world.login(STATION, "kanri1").await, world.login(STATION, "ippan1").await);
    world.add_totp(&staff).await;
    world.call::<NewRecoveryCodes>(&[], &staff, &()).await.unwrap();
    let (step, _) = world.half_way("ippan1").await;
    assert!(world.call::<AccountDetail>(&["ippan1"], &admin, &()).await.unwrap().account.has_second_factor);
    let row = world.call::<ResetFactors>(&["ippan1"], &admin, &()).await.unwrap();
    assert!(!row.has_second_factor && !world.is_in(&staff).await);
    assert_eq!(world.send_to::<AskLoginProof>(&step, &()).await.err(), Some(Code::Session), "half-way logins end too");
    let (_, LoggedIn::In(who)) = world.password_step("ippan1").await else { panic!("a factor is left") };
    assert!(!who.has_second_factor);
    assert_eq!(code_of(world.call::<ResetFactors>(&["kanri1"], &admin, &()).await), Code::Account, "the own ones are removed by oneself");
    assert_eq!(world.audited(ResetFactors::NAME).await, ["ok", "U-ACCOUNT"]);
}

#[tokio::test]
async fn a_login_half_way_ends_with_its_time_a_stop_and_a_new_password() {
    let world = World::new().await;
    let session = world.login(STATION, "ippan1").await;
    let secret = world.add_totp(&session).await;
    let (old, _) = world.half_way("ippan1").await;
    world.later(LOGIN_STEP_MS - 1);
    assert!(world.send_to::<AskLoginProof>(&old, &()).await.is_ok());
    world.later(1);
    let code = Proof::Totp(world.totp_now(&secret));
    assert_eq!(world.send_to::<ProveLogin>(&old, &code).await.err(), Some(Code::Session));
    let (step, _) = world.half_way("ippan1").await;
    let admin = world.login(STATION, "kanri1").await;
    world.call::<SuspendAccount>(&["ippan1"], &admin, &TypedUser { typed_user: None }).await.unwrap();
    assert_eq!(world.send_to::<ProveLogin>(&step, &code).await.err(), Some(Code::Session));
    assert_eq!(world.purged_steps().await, 0);
}

impl World {
    /// Steps that are left after a purge, a day later.
    async fn purged_steps(&self) -> i64 {
        self.later(24 * 60 * 60_000);
        self.purge().await;
        let connection = rusqlite::Connection::open(self.folder().join("u.db")).unwrap();
        connection
            .query_row("SELECT (SELECT count(*) FROM login_steps) + (SELECT count(*) FROM factor_questions)", [], |row| row.get(0))
            .unwrap()
    }
}

#[tokio::test]
async fn the_institution_brings_the_day_forward_and_sees_who_has_none() {
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let policy = world.call::<FactorPolicyNow>(&[], &admin, &()).await.unwrap();
    assert_eq!((policy.people, policy.without, policy.from.to_string().as_str()), (4, 4, "2099-04-01"));
    world.add_totp(&admin).await;
    let day = |text: &str| FactorDay { from: text.try_into().unwrap() };
    let policy = world.call::<ChangeFactorPolicy>(&[], &admin, &day("2027-01-01")).await.unwrap();
    assert_eq!((policy.without, policy.from.to_string().as_str()), (3, "2027-01-01"));
    let refused = world.call::<ChangeFactorPolicy>(&[], &admin, &day("2027-01-02")).await.unwrap_err().1;
    assert_eq!(refused.detail, Some(Detail::Factor(FactorFault::PutOff)));
    let staff = world.login(STATION, "ippan1").await;
    assert_eq!(code_of(world.call::<FactorPolicyNow>(&[], &staff, &()).await), Code::Forbidden);
    assert_eq!(world.audited(ChangeFactorPolicy::NAME).await, ["ok", "U-FACTOR-FAULT"]);
}
