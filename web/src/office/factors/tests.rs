//! The own second factors, drawn natively.

use shared::api::factor::{PasskeyRow, ProofWays, TotpRow};
use shared::domain::account::AccountKind;
use shared::domain::calendar::UnixMs;

use super::*;
use crate::account::proof::{ProofForm, Way};
use crate::drawn::{day, draw, has, refused, session};
use crate::session::{SignedIn, Standing};

fn factors(passkeys: &[&str], has_totp: bool) -> Factors {
    let row = |name: &&str| PasskeyRow { id: format!("{name}-id"), name: (*name).to_owned(), added_at: UnixMs(0), last_used_at: None };
    Factors {
        passkeys: passkeys.iter().map(row).collect(),
        totp: has_totp.then_some(TotpRow { added_at: UnixMs(0), last_used_at: None }),
        recovery_left: 0,
        recovery_made_at: None,
        demanded_from: day("2027-04-01"),
        may_have_passkeys: true,
        now: UnixMs(0),
    }
}

#[derive(Clone, PartialEq, Properties)]
struct BehindProps {
    children: Html,
}

/// Behind the login.
#[component]
fn Behind(props: &BehindProps) -> Html {
    let standing = use_reducer(|| Standing::Asking);
    let session = session(AccountKind::General);
    let signed_in = SignedIn::new(session.clone(), session.now, standing.dispatcher());
    html! { <ContextProvider<SignedIn> context={signed_in}>{ props.children.clone() }</ContextProvider<SignedIn>> }
}

async fn drawn(factors: Factors, is_first: bool, asked: Option<(String, String)>) -> String {
    draw(move || html! { <Behind><FactorsView {factors} {is_first} {asked} /></Behind> }).await
}

#[tokio::test]
async fn nothing_registered_says_so_and_offers_both_ways() {
    let html = drawn(factors(&[], false), false, None).await;
    for expected in [words::NONE_YET, words::ADD_PASSKEY_TITLE, words::BEGIN_TOTP, words::RECOVERY_FIRST] {
        has(&html, expected);
    }
    assert!(!html.contains("factors-go-on") && !html.contains("recovery-make"));
    let none = Factors { may_have_passkeys: false, ..factors(&[], false) };
    let html = drawn(none, false, None).await;
    has(&html, words::NO_PASSKEYS_HERE);
    assert!(!html.contains("passkey-add"));
}

#[tokio::test]
async fn what_is_registered_can_be_removed_and_the_last_one_says_what_follows() {
    let html = drawn(factors(&["受付", "自宅"], true), false, None).await;
    for expected in ["受付", "自宅", words::NEVER, "totp-remove", "recovery-make"] {
        has(&html, expected);
    }
    let ask = || Some(("受付-id".to_owned(), "受付".to_owned()));
    assert!(!drawn(factors(&["受付"], true), false, ask()).await.contains(words::REMOVE_LAST));
    has(&drawn(factors(&["受付"], false), false, ask()).await, words::REMOVE_LAST);
}

#[tokio::test]
async fn what_blocks_the_screens_opens_them_once_there_is_one() {
    has(&drawn(factors(&[], false), true, None).await, words::LEAD_FIRST);
    has(&drawn(factors(&[], true), true, None).await, "factors-go-on");
}

fn ways(passkey: bool, totp: bool, recovery: bool, password: bool) -> ProofWays {
    ProofWays { passkey: passkey.then(|| "{}".to_owned()), totp, recovery, password }
}

#[tokio::test]
async fn a_proof_begins_with_the_best_way_and_leads_to_the_others() {
    assert_eq!(Way::of(&ways(true, true, true, false)), [Way::Passkey, Way::Totp, Way::Recovery]);
    let all = draw(|| html! { <ProofForm ways={ways(true, true, true, false)} onproof={Callback::noop()} /> }).await;
    for expected in ["proof-passkey", "proof-by-totp", "proof-by-recovery"] {
        has(&all, expected);
    }
    assert!(!all.contains("type=\"password\""));
    let app = draw(|| html! { <ProofForm ways={ways(false, true, false, false)} onproof={Callback::noop()} /> }).await;
    has(&app, "one-time-code");
    has(&app, words::TOTP_LABEL);
    let password = draw(|| html! { <ProofForm ways={ways(false, false, false, true)} onproof={Callback::noop()} /> }).await;
    has(&password, "type=\"password\"");
    let wrong = Progress { is_busy: false, refusal: Some(refused(shared::api::Code::Proof)) };
    let html = draw(|| html! { <ProofForm ways={ways(false, true, false, false)} progress={wrong} onproof={Callback::noop()} /> }).await;
    has(&html, words::HINT_TOTP);
}
