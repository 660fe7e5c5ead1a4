//! Who owns the other end of a connection, and who holds a port: asked of the system, one socket at a time.
//!
//! Linux only (`sock_diag(7)`, a question to the kernel whose cost does not grow with the number of sockets on the machine); elsewhere
//! nothing is known, and callers say so. Source: `reader-helper.md` T8, T9.

use std::fmt;
use std::net::SocketAddr;

/// Whose connection it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// Both ends belong to the same user.
    Same,
    /// The other end belongs to another user (the superuser counts as one), or to nobody any more.
    Other,
    /// The system does not say.
    Unknown,
}

/// Says whose a connection is: our end of it, then the other. The one of the machine is [`peer`].
pub type Whose = fn(SocketAddr, SocketAddr) -> Peer;

impl Peer {
    /// Whether the connection is served. What cannot be looked up is refused where connections are looked up at all; on systems that
    /// this program does not ask, everyone is served: `doctor` tells.
    #[must_use]
    pub fn is_served(self) -> bool {
        match self {
            Self::Same => true,
            Self::Other => false,
            Self::Unknown => !cfg!(target_os = "linux"),
        }
    }
}

/// Who holds a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Name of the program, where this user may see it.
    pub program: Option<String>,
    /// Number of the program. Unknown of another user's.
    pub process: Option<u32>,
    /// Its user: the name, or the number where it has none.
    pub user: String,
    /// The user is not the one that asks.
    pub is_other_user: bool,
    /// It waits for connections there. If not, its own connection to elsewhere was given the port by the system.
    pub is_listening: bool,
}

impl Holder {
    /// Whether it is this program, running already.
    #[must_use]
    pub fn is_helper(&self) -> bool {
        self.program.as_deref() == Some(OWN_NAME)
    }

    /// For people who read Japanese.
    #[must_use]
    pub fn ja(&self) -> String {
        let user = self.is_other_user.then(|| format!("利用者 {}", self.user));
        let more: Vec<String> = self.process.map(|number| format!("プロセス {number}")).into_iter().chain(user).collect();
        match &self.program {
            Some(name) => format!("{name}({})", more.join("、")),
            None => format!("利用者 {} のプログラム", self.user),
        }
    }
}

/// In English.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.is_other_user.then(|| format!("user {}", self.user));
        let more: Vec<String> = self.process.map(|number| format!("process {number}")).into_iter().chain(user).collect();
        match &self.program {
            Some(name) => write!(f, "{name} ({})", more.join(", ")),
            None => write!(f, "a program of the user {}", self.user),
        }
    }
}

/// The name that the system shows of this program.
const OWN_NAME: &str = "uketsuke-helper";

/// Looks who owns the other end of a connection of this program. `local` is our end, `remote` the other. Takes some hundredths of a
/// millisecond, but may wait for others who ask the system: not for a thread that serves everybody.
#[must_use]
pub fn peer(local: SocketAddr, remote: SocketAddr) -> Peer {
    #[cfg(target_os = "linux")]
    return linux::peer(local, remote).unwrap_or(Peer::Unknown);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (local, remote);
        Peer::Unknown
    }
}

/// Names the program that holds an address, for people. `None` when nobody does or the system does not say.
#[must_use]
pub fn holder(address: SocketAddr) -> Option<Holder> {
    #[cfg(target_os = "linux")]
    return linux::holder(address);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = address;
        None
    }
}

/// Whether the system may give a port to any program's connection, which then holds it while it lasts.
#[must_use]
pub fn may_be_given_away(port: u16) -> bool {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/sys/net/ipv4/{name}")).unwrap_or_default();
    cfg!(target_os = "linux") && is_given_away(port, &read("ip_local_port_range"), &read("ip_local_reserved_ports"))
}

/// The system's two settings (ip-sysctl): first and last port of the range, and ports and ranges as in `8080,9000-9100`.
fn is_given_away(port: u16, range: &str, reserved: &str) -> bool {
    let mut ends = range.split_whitespace().map_while(|end| end.parse::<u16>().ok());
    let is_in_range = ends.next().zip(ends.next()).is_some_and(|(first, last)| (first..=last).contains(&port));
    let is_reserved = reserved.trim().split(',').any(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        first.parse().ok().zip(last.parse().ok()).is_some_and(|(first, last)| (first..=last).contains(&port))
    });
    is_in_range && !is_reserved
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::io::{self, Read as _, Write as _};
    use std::net::{IpAddr, Ipv6Addr, SocketAddr};
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;
    use std::time::Duration;

    use socket2::{Domain, Protocol, Socket, Type};

    use super::{Holder, OWN_NAME, Peer};

    // Numbers of the kernel's interface: linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h.
    const AF_NETLINK: i32 = 16;
    const NETLINK_SOCK_DIAG: i32 = 4;
    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    const NLMSG_ERROR: u16 = 2;
    const NLMSG_DONE: u16 = 3;
    const NLM_F_REQUEST: u16 = 1;
    const NLM_F_DUMP: u16 = 0x300;
    const AF_INET: u8 = 2;
    const AF_INET6: u8 = 10;
    const IPPROTO_TCP: u8 = 6;
    const ENOENT: i32 = 2;
    /// States of a TCP socket (net/tcp_states.h).
    const LISTEN: u8 = 10;
    const TIME_WAIT: u8 = 6;
    /// Lengths of `nlmsghdr`, `inet_diag_req_v2` and `inet_diag_msg`.
    const HEAD: usize = 16;
    const REQUEST: usize = 56;
    const ROW: usize = 72;
    /// Longest answer in one piece, as the kernel cuts them.
    const PIECE: usize = 32 * 1024;
    /// The kernel answers at once or not at all.
    const LIMIT: Duration = Duration::from_secs(1);

    /// What the kernel says of a socket.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct Row {
        pub(super) local: SocketAddr,
        pub(super) remote: SocketAddr,
        pub(super) state: u8,
        pub(super) user: u32,
        /// 0 when no program holds it any more; the user is meaningless then.
        pub(super) socket: u32,
    }

    /// Both ends are on this machine, so both are asked for; nobody has to be asked who we are.
    pub(super) fn peer(local: SocketAddr, remote: SocketAddr) -> io::Result<Peer> {
        let kernel = Kernel::open()?;
        let (local, remote) = (plain(local), plain(remote));
        let end = |local, remote| Ok::<_, io::Error>(kernel.one(local, remote)?.filter(|row| row.socket != 0));
        Ok(match (end(local, remote)?, end(remote, local)?) {
            (Some(ours), Some(theirs)) if theirs.user == ours.user => Peer::Same,
            _ => Peer::Other,
        })
    }

    pub(super) fn holder(address: SocketAddr) -> Option<Holder> {
        let rows = Kernel::open().and_then(|kernel| kernel.at_port(address.port())).ok()?;
        let row = in_the_way(&rows, plain(address))?;
        let seen = program_of(row.socket);
        let own = fs::metadata("/proc/self").map(|found| found.uid()).ok();
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        Some(Holder {
            process: seen.as_ref().map(|(_, number)| *number),
            program: seen.map(|(name, _)| name).or_else(|| runs_helper(row.user).then(|| OWN_NAME.to_owned())),
            user: name_of(&users, row.user).unwrap_or_else(|| row.user.to_string()),
            is_other_user: own != Some(row.user),
            is_listening: row.state == LISTEN,
        })
    }

    /// Of the sockets at a port the one that keeps others from an address: first who listens, then whose connection has it.
    pub(super) fn in_the_way(rows: &[Row], address: SocketAddr) -> Option<Row> {
        let covers = |row: &&Row| {
            let own = row.local.ip();
            row.local.port() == address.port() && (own == address.ip() || own.is_unspecified()) && row.state != TIME_WAIT
        };
        let mut there: Vec<Row> = rows.iter().filter(covers).copied().collect();
        there.sort_by_key(|row| (row.state != LISTEN, row.socket == 0));
        there.first().copied()
    }

    /// An IPv4 address that an IPv6 socket uses is the IPv4 address.
    fn plain(address: SocketAddr) -> SocketAddr {
        SocketAddr::new(address.ip().to_canonical(), address.port())
    }

    /// A line to the kernel's table of sockets.
    struct Kernel(Socket);

    impl Kernel {
        fn open() -> io::Result<Self> {
            let socket = Socket::new(Domain::from(AF_NETLINK), Type::DGRAM, Some(Protocol::from(NETLINK_SOCK_DIAG)))?;
            socket.set_read_timeout(Some(LIMIT))?;
            Ok(Self(socket))
        }

        /// The socket with exactly these two ends; `None` when there is none.
        fn one(&self, local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Row>> {
            self.ask(&request(NLM_F_REQUEST, family(local.ip()), u32::MAX, local, remote))?;
            let mut found = Vec::new();
            match self.read(&mut found)? {
                Piece::Refused(error) if error == -ENOENT => return Ok(None),
                Piece::Refused(error) => return Err(io::Error::from_raw_os_error(-error)),
                Piece::Last | Piece::More => {}
            }
            // For ends that nobody has the kernel may name who listens there.
            Ok(found.into_iter().find(|row| (row.local, row.remote) == (local, remote)))
        }

        /// Every socket at a port of this machine, of both families.
        fn at_port(&self, port: u16) -> io::Result<Vec<Row>> {
            let mut found = Vec::new();
            for any in [IpAddr::from([0; 4]), IpAddr::from([0; 16])] {
                let address = SocketAddr::new(any, port);
                self.ask(&request(NLM_F_REQUEST | NLM_F_DUMP, family(any), u32::MAX, address, SocketAddr::new(any, 0)))?;
                loop {
                    match self.read(&mut found)? {
                        Piece::More => {}
                        Piece::Last => break,
                        // A machine without IPv6 has no such table.
                        Piece::Refused(_) if any.is_ipv6() => break,
                        Piece::Refused(error) => return Err(io::Error::from_raw_os_error(-error)),
                    }
                }
            }
            // The kernel was asked for the port; whether it listened is looked at.
            found.retain(|row| row.local.port() == port);
            Ok(found)
        }

        fn ask(&self, request: &[u8]) -> io::Result<()> {
            (&self.0).write_all(request)
        }

        fn read(&self, rows: &mut Vec<Row>) -> io::Result<Piece> {
            let mut piece = vec![0; PIECE];
            let length = (&self.0).read(&mut piece)?;
            piece.truncate(length);
            messages(&piece, rows).ok_or_else(|| io::Error::other("an answer that makes no sense"))
        }
    }

    fn family(ip: IpAddr) -> u8 {
        if ip.is_ipv4() { AF_INET } else { AF_INET6 }
    }

    /// `nlmsghdr` and `inet_diag_req_v2`: numbers as this machine stores them, ports and addresses as the network does.
    pub(super) fn request(flags: u16, family: u8, states: u32, local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + REQUEST);
        bytes.extend(u32::try_from(HEAD + REQUEST).unwrap_or_default().to_ne_bytes());
        bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        bytes.extend(flags.to_ne_bytes());
        // Sequence and port: one question at a time on a socket of its own.
        bytes.extend([0; 8]);
        bytes.extend([family, IPPROTO_TCP, 0, 0]);
        bytes.extend(states.to_ne_bytes());
        bytes.extend(local.port().to_be_bytes());
        bytes.extend(remote.port().to_be_bytes());
        for end in [local, remote] {
            bytes.extend(octets(end.ip()));
        }
        // Any interface, and no cookie known.
        bytes.extend([0; 4]);
        bytes.extend([0xFF; 8]);
        bytes
    }

    /// An address in the room of an IPv6 one; an IPv4 one stands at its start.
    fn octets(ip: IpAddr) -> [u8; 16] {
        match ip {
            IpAddr::V4(ip) => {
                let [a, b, c, d] = ip.octets();
                [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            }
            IpAddr::V6(ip) => ip.octets(),
        }
    }

    /// How an answer goes on.
    #[derive(Debug, PartialEq, Eq)]
    pub(super) enum Piece {
        More,
        Last,
        /// The kernel's number of the error, negative.
        Refused(i32),
    }

    /// Reads one piece of an answer; `None` when it is none.
    pub(super) fn messages(mut bytes: &[u8], rows: &mut Vec<Row>) -> Option<Piece> {
        while !bytes.is_empty() {
            let length = usize::try_from(u32::from_ne_bytes(at(bytes, 0)?)).ok()?;
            let kind = u16::from_ne_bytes(at(bytes, 4)?);
            let body = bytes.get(HEAD..length)?;
            match kind {
                NLMSG_DONE => return Some(Piece::Last),
                NLMSG_ERROR => return Some(Piece::Refused(i32::from_ne_bytes(at(body, 0)?))),
                SOCK_DIAG_BY_FAMILY => rows.push(row(body)?),
                _ => {}
            }
            // Messages begin at multiples of four.
            bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        Some(Piece::More)
    }

    /// `inet_diag_msg`.
    fn row(body: &[u8]) -> Option<Row> {
        let body = body.get(..ROW)?;
        let [family, state] = at(body, 0)?;
        let end = |port, address| {
            let ip: [u8; 16] = at(body, address)?;
            let ip = match family {
                AF_INET => IpAddr::from(at::<4>(&ip, 0)?),
                AF_INET6 => Ipv6Addr::from(ip).into(),
                _ => return None,
            };
            Some(plain(SocketAddr::new(ip, u16::from_be_bytes(at(body, port)?))))
        };
        Some(Row {
            local: end(4, 8)?,
            remote: end(6, 24)?,
            state,
            user: u32::from_ne_bytes(at(body, 64)?),
            socket: u32::from_ne_bytes(at(body, 68)?),
        })
    }

    fn at<const N: usize>(bytes: &[u8], from: usize) -> Option<[u8; N]> {
        bytes.get(from..)?.first_chunk().copied()
    }

    /// The program that has the socket open, if this user may see it.
    fn program_of(socket: u32) -> Option<(String, u32)> {
        let wanted = format!("socket:[{socket}]");
        programs()
            .find(|(_, process, _)| {
                let mut open = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
                open.any(|open| fs::read_link(open.path()).is_ok_and(|to| to.as_os_str() == wanted.as_str()))
            })
            .map(|(number, process, _)| (name(&process), number))
    }

    /// What another user's program has open cannot be seen, but whether that user runs this program can: at this port it is the one.
    fn runs_helper(user: u32) -> bool {
        let own = std::process::id();
        programs().any(|(number, process, owner)| owner == user && number != own && name(&process) == OWN_NAME)
    }

    /// Number, folder and user of every program that runs.
    fn programs() -> impl Iterator<Item = (u32, std::path::PathBuf, u32)> {
        fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|process| {
            let number = process.file_name().to_str()?.parse().ok()?;
            Some((number, process.path(), process.metadata().ok()?.uid()))
        })
    }

    fn name(process: &Path) -> String {
        fs::read_to_string(process.join("comm")).unwrap_or_default().trim().to_owned()
    }

    /// The name of a user in the machine's own list.
    pub(super) fn name_of(users: &str, number: u32) -> Option<String> {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(number)).then(|| name.to_owned())
        })
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::linux::{Piece, Row, in_the_way, messages, name_of, request};
    use super::*;

    const LISTEN: u8 = 10;
    const ESTABLISHED: u8 = 1;
    const TIME_WAIT: u8 = 6;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_owner_of_the_other_end_is_found_and_gone_when_it_is_gone() {
        for ip in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(server) = std::net::TcpListener::bind(ip) else {
                assert!(ip.starts_with('['), "a machine without IPv4");
                continue;
            };
            let at = server.local_addr().unwrap();
            let client = std::net::TcpStream::connect(at).unwrap();
            let (ours, remote) = server.accept().unwrap();
            assert_eq!(peer(ours.local_addr().unwrap(), remote), Peer::Same, "{ip}");
            // A connection that there is not: the kernel would name our listener.
            assert_eq!(peer(at, SocketAddr::new(at.ip(), 1)), Peer::Other, "{ip}");
            let seen = holder(at).unwrap();
            assert_eq!(seen.process, Some(std::process::id()), "{ip}: {seen:?}");
            assert!(seen.is_listening && !seen.is_other_user && !seen.is_helper(), "{seen:?}");
            drop(client);
            assert_eq!(peer(ours.local_addr().unwrap(), remote), Peer::Other, "nobody holds the other end any more");
            drop((ours, server));
            assert_eq!(holder(at), None);
        }
    }

    /// An IPv6 socket that dials an IPv4 address is the same user's all the same; so is our end, as either kind of socket reports it.
    #[test]
    fn a_program_that_dials_by_an_ipv6_socket_is_not_taken_for_another_user() {
        use socket2::{Domain, Socket, Type};
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        let Ok(client) = Socket::new(Domain::IPV6, Type::STREAM, None) else { return };
        client.set_only_v6(false).unwrap();
        client.connect(&address(&format!("[::ffff:127.0.0.1]:{port}")).into()).unwrap();
        let (ours, remote) = server.accept().unwrap();
        let local = ours.local_addr().unwrap();
        assert_eq!(peer(local, remote), Peer::Same);
        let mapped = |plain: SocketAddr| address(&format!("[::ffff:127.0.0.1]:{}", plain.port()));
        assert_eq!(peer(mapped(local), mapped(remote)), Peer::Same);
    }

    /// The usual case on Linux, where any program's connection may be given the port of the helper unless it is reserved.
    #[test]
    fn a_port_that_a_connection_was_given_is_named_with_its_program() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(server.local_addr().unwrap()).unwrap();
        let at = client.local_addr().unwrap();
        assert!(std::net::TcpListener::bind(at).is_err(), "it is in the way");
        let seen = holder(at).unwrap();
        assert_eq!(seen.process, Some(std::process::id()));
        assert!(!seen.is_listening);
    }

    #[test]
    fn who_listens_comes_before_whose_connection_has_the_port() {
        let row = |local: &str, state, socket| Row { local: address(local), remote: address("127.0.0.1:9"), state, user: 1, socket };
        let rows = [
            row("127.0.0.1:35970", ESTABLISHED, 1),
            row("127.0.0.1:35970", LISTEN, 2),
            row("[::1]:35970", ESTABLISHED, 3),
            row("0.0.0.0:2024", LISTEN, 4),
            row("127.0.0.1:7", TIME_WAIT, 5),
        ];
        let socket = |at: &str| in_the_way(&rows, address(at)).map(|row| row.socket);
        assert_eq!(socket("127.0.0.1:35970"), Some(2));
        assert_eq!(socket("[::1]:35970"), Some(3));
        assert_eq!(socket("127.0.0.1:2024"), Some(4), "someone listens on all addresses");
        assert_eq!(socket("127.0.0.2:35970"), None);
        assert_eq!(socket("127.0.0.1:7"), None, "it is over, and keeps nobody away");
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_none() {
        let mut rows = Vec::new();
        let asked = request(1, 2, 0, address("127.0.0.1:1"), address("127.0.0.1:2"));
        assert_eq!(asked.len(), 72);
        let message = |kind: u16, length: u32, body: &[u8]| [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), &[0; 10], body].concat();
        for (bytes, expected) in [
            (vec![], Some(Piece::More)),
            (vec![1], None),
            (message(20, 16, &[]), None),
            (message(20, 17, &[]), None),
            (message(20, 88, &[2; 71]), None),
            (message(20, 88, &[7; 72]), None),
            (message(20, 0, &[2; 72]), None),
            (message(2, 20, &(-2_i32).to_ne_bytes()), Some(Piece::Refused(-2))),
            (message(2, 18, &[0; 2]), None),
            (message(3, 16, &[]), Some(Piece::Last)),
            (message(1, 16, &[]), Some(Piece::More)),
        ] {
            assert_eq!(messages(&bytes, &mut rows), expected, "{bytes:?}");
        }
        assert_eq!(rows, []);
        assert_eq!(messages(&message(20, 88, &[2; 72]), &mut rows), Some(Piece::More));
        assert_eq!((rows.len(), rows[0].local), (1, address("2.2.2.2:514")));
    }

    #[test]
    fn a_port_that_connections_may_be_given_is_known() {
        let range = "32768\t60999\n";
        for (port, range, reserved, expected) in [
            (35970, range, "\n", true),
            (35970, range, "8080,35970\n", false),
            (35970, range, "8080,35000-36000,40000\n", false),
            (35970, range, "8080,35971-36000\n", true),
            (8080, range, "\n", false),
            (35970, "", "", false),
            (35970, range, "nonsense,35970-\n", true),
        ] {
            assert_eq!(is_given_away(port, range, reserved), expected, "{port} {range:?} {reserved:?}");
        }
    }

    #[test]
    fn a_holder_is_named_in_both_languages() {
        let holder = Holder {
            program: Some("other".to_owned()),
            process: Some(7),
            user: "taro".to_owned(),
            is_other_user: false,
            is_listening: true,
        };
        let says = |holder: &Holder, en: &str, ja: &str| assert_eq!((holder.to_string(), holder.ja()), (en.to_owned(), ja.to_owned()));
        says(&holder, "other (process 7)", "other(プロセス 7)");
        let other = Holder { is_other_user: true, ..holder };
        says(&other, "other (process 7, user taro)", "other(プロセス 7、利用者 taro)");
        let hidden = Holder { process: None, ..other };
        says(&hidden, "other (user taro)", "other(利用者 taro)");
        says(&Holder { program: None, ..hidden }, "a program of the user taro", "利用者 taro のプログラム");
        let users = "root:x:0:0:root:/root:/bin/bash\nnonsense\ntaro:x:1000:1000::/home/taro:/bin/sh\n";
        assert_eq!((name_of(users, 1000), name_of(users, 0), name_of(users, 7)), (Some("taro".to_owned()), Some("root".to_owned()), None));
    }
}
