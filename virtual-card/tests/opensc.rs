//! An independent reader: Debian's OpenSC, over its own pcscd, reads the card and signs with it.
//!
//! vpcd listens on every interface and pcscd on one socket of the machine, so this program starts itself again in namespaces of its own
//! (mount, network, processes): nothing on the machine is disturbed, two runs do not meet, and everything ends with the run.
//! Needs `pcscd`, `vsmartcard-vpcd`, `opensc`, `opensc-pkcs11`, `openssl` and `unshare`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test with a main of its own: clippy does not see that it is one"
)]

mod world;

use std::{
    env, fs,
    os::unix::fs::MetadataExt,
    path::Path,
    process::{Command, ExitCode},
    time::Duration,
};

use virtual_card::{
    AUTH_PIN, Card, PinKind, SIGN_PIN,
    vpcd::{DEFAULT_ADDR, Player},
};
use world::{cards, wait_until};

const INSIDE: &str = "VIRTUAL_CARD_TEST_INSIDE";
const LIMIT: Duration = Duration::from_secs(20);

/// Starts a pcscd in the namespaces, waits for its socket, then runs the rest of the command line.
const ISOLATED: &str = r#"
set -e
ip link set lo up
[ -d /run/pcscd ] || { mount -t tmpfs tmpfs /run; mkdir /run/pcscd; }
mount -t tmpfs tmpfs /run/pcscd
pcscd --foreground >"$1" 2>&1 &
shift
timeout 10 sh -c 'until [ -S /run/pcscd/pcscd.comm ]; do sleep 0.05; done' || { echo "pcscd did not start" >&2; exit 1; }
exec "$@"
"#;

fn main() -> ExitCode {
    if env::var_os(INSIDE).is_some() {
        inside();
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        println!("opensc: test");
        return ExitCode::SUCCESS;
    }
    let filters: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    if !filters.is_empty() && !filters.iter().any(|filter| "opensc".contains(filter.as_str())) {
        return ExitCode::SUCCESS;
    }

    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("pcscd.log");
    let mut unshare = Command::new("timeout");
    unshare.args(["--kill-after=5", "120", "unshare", "-m", "-n", "-p", "--fork", "--kill-child", "--mount-proc"]);
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root {
        unshare.args(["-U", "-r"]);
    }
    let status = unshare
        .args(["sh", "-c", ISOLATED, "sh"])
        .arg(&log)
        .arg(env::current_exe().unwrap())
        .env(INSIDE, "1")
        .status()
        .expect("`unshare` of util-linux is installed");
    if status.success() {
        println!("test opensc ... ok");
        return ExitCode::SUCCESS;
    }
    let log = fs::read_to_string(log).unwrap_or_default();
    // Said at every poll of a reader without a card.
    let said: Vec<_> = log.lines().filter(|line| !line.contains("Card not transacted")).collect();
    println!("test opensc ... FAILED ({status})\npcscd said:\n{}", said.join("\n"));
    ExitCode::FAILURE
}

/// Everything that runs inside the namespaces.
fn inside() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let player = Player::start(DEFAULT_ADDR);
    player.insert(Card::open(cards(), &"ichiro".parse().unwrap()).unwrap());
    player.wait_connected(LIMIT).unwrap();
    wait_until("OpenSC sees a card", LIMIT, || run(dir, "opensc-tool", &["-a"]).ok());
    assert_eq!(run(dir, "opensc-tool", &["-n"]).unwrap().trim(), "jpki");

    lists_the_counters(dir, &player, 3, 5);
    let certificate = reads_the_certificate(dir);
    assert_eq!(certificate, on_the_card(&player));
    signs(dir, &player, &certificate);
    signs_by_pkcs11(dir, &player);
    reads_the_signature_certificate(dir, &player);
    spends_one_try_for_one_wrong_pin(dir, &player);
    pulled_and_put_back(dir, &player);
    reads_every_odd_certificate(dir, &player, &certificate);
}

/// Runs a program in the folder; its standard output, or everything it said when it failed.
fn run(dir: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).current_dir(dir).output().map_err(|error| format!("{program}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = format!("{program} {arguments:?}: {}\n{text}{}", output.status, String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(text) } else { Err(said) }
}

/// The certificate as the card has it, by an extended READ straight from the library and cut at its DER length.
fn on_the_card(player: &Player) -> Vec<u8> {
    player
        .handle()
        .with_card(|card| {
            card.transmit(&[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01]).unwrap();
            let mut file = card.transmit(&[0x00, 0xB0, 0x8A, 0x00, 0x00, 0x00, 0x00]).unwrap();
            file.truncate(4 + usize::from(u16::from_be_bytes([file[2], file[3]])));
            file
        })
        .unwrap()
}

fn tries(player: &Player) -> (u8, u8, usize) {
    let look = |card: &mut Card| (card.tries_left(PinKind::Auth), card.tries_left(PinKind::Sign), card.verify_count());
    player.handle().with_card(look).unwrap()
}

fn lists_the_counters(dir: &Path, player: &Player, auth: u8, sign: u8) {
    let (.., before) = tries(player);
    let listed = run(dir, "pkcs15-tool", &["--list-pins"]).unwrap();
    let left: Vec<_> = listed.lines().filter_map(|line| line.trim().strip_prefix("Tries left")).collect();
    assert_eq!(left.len(), 2, "{listed}");
    for (line, expected) in left.iter().zip([auth, sign]) {
        assert_eq!(line.trim_start_matches([' ', ':']), expected.to_string(), "{listed}");
    }
    assert_eq!(tries(player), (auth, sign, before), "listing spends nothing");
    println!("listed the counters");
}

fn reads_the_certificate(dir: &Path) -> Vec<u8> {
    run(dir, "pkcs15-tool", &["--read-certificate", "01", "-o", "auth.pem"]).unwrap();
    run(dir, "openssl", &["x509", "-in", "auth.pem", "-outform", "DER", "-out", "auth.der"]).unwrap();
    let der = fs::read(dir.join("auth.der")).unwrap();
    assert_eq!(der.len(), 1590);
    println!("read the certificate");
    der
}

/// The public key of the certificate read last, as `key.pem`.
fn public_key(dir: &Path) {
    run(dir, "openssl", &["x509", "-in", "auth.pem", "-noout", "-pubkey", "-out", "key.pem"]).unwrap();
}

fn signs(dir: &Path, player: &Player, certificate: &[u8]) {
    assert_eq!(fs::read(dir.join("auth.der")).unwrap(), certificate);
    public_key(dir);
    fs::write(dir.join("message"), "a message").unwrap();
    run(dir, "openssl", &["dgst", "-sha256", "-binary", "-out", "hash", "message"]).unwrap();
    let (.., before) = tries(player);
    let sign = ["--sign", "--key", "1", "--pin", AUTH_PIN, "--pkcs1", "--sha-256", "-i", "hash", "-o", "signature", "-R"];
    run(dir, "pkcs15-crypt", &sign).unwrap();
    let verify = ["dgst", "-sha256", "-verify", "key.pem", "-signature", "signature"];
    run(dir, "openssl", &[&verify[..], &["message"]].concat()).unwrap();
    assert!(run(dir, "openssl", &[&verify[..], &["hash"]].concat()).is_err(), "the check can fail");
    assert_eq!(tries(player), (3, 5, before + 1));
    println!("signed");
}

fn signs_by_pkcs11(dir: &Path, player: &Player) {
    power_off(player);
    let token = ["--token-label", "JPKI (User Authentication PIN)", "--id", "01"];
    let sign = ["--login", "--pin", AUTH_PIN, "--sign", "--mechanism", "SHA256-RSA-PKCS", "-i", "message", "-o", "signature11"];
    run(dir, "pkcs11-tool", &[&token[..], &sign[..]].concat()).unwrap();
    run(dir, "openssl", &["dgst", "-sha256", "-verify", "key.pem", "-signature", "signature11", "message"]).unwrap();
    println!("signed by PKCS #11");
}

fn reads_the_signature_certificate(dir: &Path, player: &Player) {
    power_off(player);
    assert!(run(dir, "pkcs15-tool", &["--read-certificate", "02"]).is_err(), "closed without its PIN");
    power_off(player);
    let read = ["--read-certificate", "02", "--auth-id", "02", "--verify-pin", "--pin", SIGN_PIN, "-o", "sign.pem"];
    run(dir, "pkcs15-tool", &read).unwrap();
    let text = run(dir, "openssl", &["x509", "-in", "sign.pem", "-noout", "-text"]).unwrap();
    assert!(text.contains("Non Repudiation"), "{text}");
    println!("read the signature certificate");
}

fn spends_one_try_for_one_wrong_pin(dir: &Path, player: &Player) {
    power_off(player);
    let verify = |pin: &str| run(dir, "pkcs15-tool", &["--verify-pin", "--auth-id", "01", "--pin", pin]);
    assert!(verify("0000").is_err());
    lists_the_counters(dir, player, 2, 5);
    verify(AUTH_PIN).unwrap();
    lists_the_counters(dir, player, 3, 5);
}

fn pulled_and_put_back(dir: &Path, player: &Player) {
    let card = player.remove().unwrap();
    wait_until("OpenSC sees no card", LIMIT, || {
        run(dir, "opensc-tool", &["--list-readers"]).ok().filter(|listed| listed.lines().filter(|line| line.contains(" Yes ")).count() == 0)
    });
    player.insert(card);
    wait_until("OpenSC sees the card again", LIMIT, || run(dir, "opensc-tool", &["-a"]).ok());
    lists_the_counters(dir, player, 3, 5);
}

/// Other filler, no extended length, a blocked PIN: the same certificate all the same.
fn reads_every_odd_certificate(dir: &Path, player: &Player, certificate: &[u8]) {
    for scenario in ["filler-00", "no-extended", "locked"] {
        drop(player.remove());
        wait_until("OpenSC sees no card", LIMIT, || run(dir, "opensc-tool", &["-a"]).is_err().then_some(()));
        player.insert(Card::open(cards(), &format!("ichiro:{scenario}").parse().unwrap()).unwrap());
        wait_until("OpenSC sees the next card", LIMIT, || run(dir, "opensc-tool", &["-a"]).ok());
        assert_eq!(reads_the_certificate(dir), certificate, "{scenario}");
    }
    lists_the_counters(dir, player, 0, 5);
}

/// OpenSC leaves a verified PIN behind; the next step must not profit from it.
fn power_off(player: &Player) {
    player.handle().with_card(|card| {
        card.power_off();
        card.power_on();
    });
}
