//! The demo: server and helper with a simulated card and an invented institution.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use crate::page;
use crate::prepare::{self, Needs};
use crate::step::{Failure, cargo, command, run as step, say, target};

/// Longest time a program may take until it is ready.
const READY_LIMIT: Duration = Duration::from_secs(60);

struct Settings {
    listen: SocketAddr,
    helper_listen: SocketAddr,
    data: PathBuf,
    real_readers: bool,
}

const OPTIONS: [&str; 4] = ["--listen", "--helper-listen", "--data", "--reader"];

fn settings(args: &[&str]) -> Result<Settings, Failure> {
    let next = "cargo xtask help";
    let mut settings = Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
        helper_listen: SocketAddr::from(([127, 0, 0, 1], 35970)),
        data: target().join("demo"),
        real_readers: false,
    };
    let mut args = args.iter().flat_map(|arg| match arg.split_once('=') {
        Some((name, value)) if name.starts_with("--") => vec![name, value],
        _ => vec![*arg],
    });
    while let Some(name) = args.next() {
        // First what is wrong: an option that nobody knows does not lack a value.
        if !OPTIONS.contains(&name) {
            return Err(Failure::usage(format!("{name} is no option of `run`; it has {}", OPTIONS.join(", ")), next));
        }
        let value = args.next().ok_or_else(|| Failure::usage(format!("{name} needs a value"), next))?;
        let address = || own_address(name, value);
        match (name, value) {
            ("--listen", _) => settings.listen = address()?,
            ("--helper-listen", _) => settings.helper_listen = address()?,
            ("--data", dir) => settings.data = std::path::absolute(dir)?,
            ("--reader", "pcsc") => settings.real_readers = true,
            ("--reader", "simulator") => settings.real_readers = false,
            _ => return Err(Failure::usage(format!("{name} {value}: it is `simulator` or `pcsc`"), next)),
        }
    }
    Ok(settings)
}

/// An address that only this machine reaches. Said before anything is built: neither program would take another one.
fn own_address(name: &str, value: &str) -> Result<SocketAddr, Failure> {
    let is_server = name == "--listen";
    let example = format!("{name} 127.0.0.1:{}", if is_server { 8080 } else { 35970 });
    let Ok(address) = value.parse::<SocketAddr>() else {
        return Err(Failure::usage(format!("{name} {value}: not an address and port in numbers"), format!("write it as in {example}")));
    };
    if address.ip() != Ipv4Addr::LOCALHOST && address.ip() != Ipv6Addr::LOCALHOST {
        let what = format!("{name} {value}: others could reach it, and the demo is for this machine only");
        let elsewhere = "; for other devices start uketsuke-server itself, with a certificate (uketsuke-server --help)";
        return Err(Failure::usage(what, format!("write it as in {example}{}", if is_server { elsewhere } else { "" })));
    }
    if address.port() == 0 {
        return Err(Failure::usage(
            format!("{name} {value}: the demo's pages need a port that is known before"),
            format!("write it as in {example}"),
        ));
    }
    Ok(address)
}

/// Builds what is not built, starts both programs, prints the ready line, and passes stdin to the simulator.
pub(crate) fn run(args: &[&str]) -> Result<(), Failure> {
    let settings = settings(args)?;
    prepare::packages(if settings.real_readers { Needs::Readers } else { Needs::Build })?;
    page::build()?;
    build_programs()?;
    let cards = settings.data.join("cards");
    step("demo cards", command(program("virtual-card")).arg("make").arg(&cards), "look at the message above")?;

    let origin = format!("http://localhost:{}", settings.listen.port());
    let mut server = Running::start(
        "server",
        command(program("uketsuke-server"))
            .arg("--demo")
            .args([
                "--listen",
                &settings.listen.to_string(),
                "--origin",
                &origin,
                "--helper-port",
                &settings.helper_listen.port().to_string(),
            ])
            .arg("--data")
            .arg(settings.data.join("server"))
            .arg("--card-ca")
            .arg(cards.join("ca.pem"))
            .arg("--people")
            .arg(cards.join("people.json"))
            .arg("--pages")
            .arg(page::pages_dir()),
        "do what it says; where its port is in use, choose one with --listen 127.0.0.1:PORT",
    )?;
    let mut helper = Running::start(
        "helper",
        &mut helper_command(&settings, &origin, &cards),
        "do what it says; where its port is in use, choose one with --helper-listen 127.0.0.1:PORT",
    )?;
    announce(&settings, &origin, &helper.ready)?;

    let lines = watch_stdin(settings.real_readers);
    loop {
        match lines.recv_timeout(Duration::from_millis(500)) {
            Ok(Order::Quit) => break,
            Ok(Order::Card(line)) => helper.tell(&line)?,
            Ok(Order::Register(line)) => server.tell(&line)?,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
        server.must_live()?;
        helper.must_live()?;
    }
    say("stopping");
    drop(helper);
    drop(server);
    Ok(())
}

fn helper_command(settings: &Settings, origin: &str, cards: &std::path::Path) -> Command {
    let mut helper = command(program("uketsuke-helper"));
    helper.args(["--listen", &settings.helper_listen.to_string(), "--allow-origin", origin]);
    if settings.helper_listen.ip().is_loopback() && settings.helper_listen.is_ipv4() {
        helper.args(["--listen", &format!("[::1]:{}", settings.helper_listen.port())]);
    }
    if settings.real_readers {
        helper.args(["--reader", "pcsc"]);
    } else {
        helper.args(["--reader", "simulator", "--simulator-card", "ichiro:normal", "--simulator-cards"]).arg(cards);
    }
    helper
}

/// Server, helper and virtual card, unoptimised: quick to build, quick enough for a demo.
pub(crate) fn build_programs() -> Result<(), Failure> {
    step(
        "server, helper, virtual card",
        cargo().args(["build", "--locked", "--package", "server", "--package", "helper", "--package", "virtual-card"]),
        "look at the messages above",
    )
}

/// Path of a program of the debug build.
pub(crate) fn program(name: &str) -> PathBuf {
    target().join("debug").join(name)
}

#[expect(clippy::print_stdout, reason = "the ready line and the logins")]
fn announce(settings: &Settings, origin: &str, helper: &str) -> Result<(), Failure> {
    let file = settings.data.join("server/demo.json");
    let broken = || Failure::ours("the server left no demo.json to read", "remove the demo's folder (target/demo) and run it again");
    let demo: serde_json::Value = serde_json::from_slice(&std::fs::read(&file)?).map_err(|_| broken())?;
    let text = |value: &serde_json::Value, key: &str| value.get(key).and_then(|text| text.as_str()).map(str::to_owned).ok_or_else(broken);
    println!("\nready reception={origin}{} office={origin}{} helper={helper}", text(&demo, "reception")?, text(&demo, "office")?);
    println!("\nOffice logins of the demo (機関コード / ユーザID / パスワード):");
    for login in demo.get("logins").and_then(|logins| logins.as_array()).ok_or_else(broken)? {
        println!("  {} / {} / {}   {}", text(login, "institution")?, text(login, "user")?, text(login, "password")?, text(login, "note")?);
    }
    println!(
        "\nThe device desk: {origin}/d   (a code of 「アクティベーションコード管理」, and an account that has logged in at the office once)"
    );
    if settings.real_readers {
        println!("\nThe readers of this machine are in use. The demo knows only its own cards: a real card is refused");
        println!("(実カードはデモでは使えません), and nothing of it is stored.");
    } else {
        println!("\nPIN of every simulated card: 1234. Type `card PERSON[:SCENARIO]`, `remove`, `insert` or `quit`;");
        println!("`reader add NAME` for a second reader. Every order: helper/README.md.");
        println!("`register away` and `register back`: the national system stops, and comes back.");
        println!(
            "People: ichiro hanako jiro kazuko taro saburo shiro goro mutsuko nanako hachiro kumi towa haruki minori osamu jin kaoru natsuko \
             fuyuko akio; `virtual-card list` tells the scenarios."
        );
    }
    println!("Open the reception URL first.");
    std::io::stdout().flush()?;
    Ok(())
}

enum Order {
    Card(String),
    /// The register is away, or back.
    Register(String),
    Quit,
}

/// Reads orders from stdin and from Ctrl-C. The end of stdin is no order: the demo may run without a terminal.
fn watch_stdin(real_readers: bool) -> Receiver<Order> {
    let (sender, receiver) = mpsc::channel();
    let stop = sender.clone();
    if ctrlc::set_handler(move || drop(stop.send(Order::Quit))).is_err() {
        say("Ctrl-C cannot be caught here: type `quit`");
    }
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            let words: Vec<&str> = line.split_whitespace().collect();
            let order = match words.as_slice() {
                [] => continue,
                ["quit" | "exit"] => Order::Quit,
                ["register", ..] => Order::Register(words.join(" ")),
                _ if real_readers => {
                    say("with --reader pcsc the cards are on the readers: only `quit` is known here");
                    continue;
                }
                // The simulator knows its orders and says what is wrong with one.
                _ => Order::Card(words.join(" ")),
            };
            if sender.send(order).is_err() {
                return;
            }
        }
        // Keeps the channel open: the programs run on.
        std::mem::forget(sender);
    });
    receiver
}

/// A program that said `ready`; ended when dropped.
struct Running {
    name: &'static str,
    child: Child,
    stdin: Option<ChildStdin>,
    /// What stood behind `ready `.
    ready: String,
}

impl Running {
    fn start(name: &'static str, command: &mut Command, next: &str) -> Result<Self, Failure> {
        say(&format!("starting the {name} …"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take();
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.into_iter().flat_map(|out| BufReader::new(out).lines()).map_while(Result::ok) {
                match line.strip_prefix("ready ") {
                    Some(what) => drop(sender.send(what.to_owned())),
                    None => say(&format!("{name}: {line}")),
                }
            }
        });
        let started = Instant::now();
        let mut running = Self { name, child, stdin, ready: String::new() };
        match lines.recv_timeout(READY_LIMIT) {
            Ok(ready) => {
                say(&format!("{name}: ready after {:.1} s", started.elapsed().as_secs_f64()));
                running.ready = ready;
                Ok(running)
            }
            Err(_) => Err(Failure::machine(format!("the {name} did not get ready (its own message stands above)"), next)),
        }
    }

    fn tell(&mut self, line: &str) -> Result<(), Failure> {
        let stdin = self.stdin.as_mut().ok_or_else(|| Failure::ours(format!("the {} takes no orders", self.name), "run it again"))?;
        writeln!(stdin, "{line}")?;
        stdin.flush()?;
        Ok(())
    }

    fn must_live(&mut self) -> Result<(), Failure> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => {
                Err(Failure::ours(format!("the {} ended by itself ({status})", self.name), "look at its message above, then run it again"))
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ctrl-C has reached the child as well; anything that still runs is ended here.
        drop(self.stdin.take());
        let terminated = command("kill").arg("-TERM").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        if terminated.is_err() {
            drop(self.child.kill());
        }
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen: minutes of building, then "another program may use the port" for an address that was never allowed.
    #[test]
    fn wrong_options_say_the_true_cause_before_anything_is_built() {
        for (args, says) in [
            (&["--nonsense"][..], "--nonsense is no option of `run`"),
            (&["--nonsense", "--listen"], "--nonsense is no option of `run`"),
            (&["pcsc"], "pcsc is no option of `run`"),
            (&["--port=1"], "--port is no option of `run`"),
            (&["--listen"], "--listen needs a value"),
            (&["--listen", "localhost:8080"], "not an address and port in numbers"),
            (&["--listen", "0.0.0.0:8080"], "others could reach it"),
            (&["--listen=192.0.2.7:8080"], "others could reach it"),
            (&["--helper-listen", "[::]:35970"], "others could reach it"),
            (&["--listen", "127.0.0.1:0"], "a port that is known before"),
            (&["--reader", "nonsense"], "--reader nonsense: it is `simulator` or `pcsc`"),
        ] {
            let Err(failure) = settings(args) else { panic!("{args:?} is taken") };
            assert!(failure.what.contains(says) && failure.exit == 2 && !failure.next.is_empty(), "{args:?}: {failure:?}");
        }
        let good = settings(&["--listen=[::1]:8081", "--helper-listen", "127.0.0.1:35971", "--reader", "pcsc", "--data", "x"]).unwrap();
        assert_eq!((good.listen.to_string(), good.helper_listen.port(), good.real_readers), ("[::1]:8081".to_owned(), 35971, true));
    }
}
