//! Who owns the other end of a connection, and who holds a port: read from the system's table of TCP sockets.
//!
//! Linux only (`/proc/net/tcp`, `/proc/net/tcp6`); elsewhere nothing is known, and callers say so. A row names two addresses, the
//! state, the user and the socket's number; see proc_pid_net(5). Source: `reader-helper.md` T8, T9.

use std::net::SocketAddr;

/// Whose connection it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// Both ends belong to the same user.
    Same,
    /// The other end belongs to another user (the superuser counts as one), or to nobody any more.
    Other,
    /// This system does not say.
    Unknown,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    local: SocketAddr,
    remote: SocketAddr,
    is_listening: bool,
    user: u32,
    /// 0 when no program holds it any more; the user is meaningless then.
    socket: u64,
}

/// Looks who owns the other end of a connection of this program. `local` is our end, `remote` the other.
#[must_use]
pub fn peer(local: SocketAddr, remote: SocketAddr) -> Peer {
    settle(|| rows().map_or(Peer::Unknown, |rows| judge(&rows, local, remote)))
}

/// A table that changes while it is read may lack a row once, our listener's too; one that is not there three times is gone.
/// A system that told anything once does tell: whoever makes the table change does not become unknown by it.
fn settle(mut look: impl FnMut() -> Peer) -> Peer {
    let mut seen = Peer::Unknown;
    for _ in 0..3 {
        match look() {
            Peer::Same => return Peer::Same,
            Peer::Other => seen = Peer::Other,
            Peer::Unknown => {}
        }
    }
    seen
}

/// Names the program that listens on an address, for people: `pcscd (process 812)`, or the user when the program is hidden from us.
/// `None` when nobody listens there or the system does not say.
#[must_use]
pub fn owner_of_port(address: SocketAddr) -> Option<String> {
    let rows = rows()?;
    let row = listener(&rows, address)?;
    Some(holder(row.socket).unwrap_or_else(|| format!("a program of the user with number {}", row.user)))
}

/// Both ends stand in the table, because both are on this machine; so nobody has to be asked who we are.
/// A table without even our listener is one that this system does not fill.
fn judge(rows: &[Row], local: SocketAddr, remote: SocketAddr) -> Peer {
    if listener(rows, local).is_none() {
        return Peer::Unknown;
    }
    let end = |local, remote| rows.iter().find(|row| (row.local, row.remote) == (plain(local), plain(remote)) && row.socket != 0);
    match (end(local, remote), end(remote, local)) {
        (Some(ours), Some(theirs)) if theirs.user == ours.user => Peer::Same,
        _ => Peer::Other,
    }
}

fn listener(rows: &[Row], address: SocketAddr) -> Option<&Row> {
    let covers = |row: &&Row| {
        let own = row.local.ip();
        row.is_listening && row.local.port() == address.port() && (own == plain(address).ip() || own.is_unspecified())
    };
    rows.iter().find(covers)
}

/// An IPv4 address that an IPv6 socket uses is the IPv4 address.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// One table's text; lines that are no rows are left out.
fn parse(text: &str) -> Vec<Row> {
    text.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<Row> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let local = address(words.next()?)?;
    let remote = address(words.next()?)?;
    let is_listening = words.next()? == "0A";
    // Queues, timer, retransmissions; then the user, a timeout, and the socket's number.
    let user = words.nth(3)?.parse().ok()?;
    let socket = words.nth(1)?.parse().ok()?;
    Some(Row { local, remote, is_listening, user, socket })
}

/// `0100007F:8C82`: the address in words of 32 bits as this machine stores them, the port as written.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words: Option<Vec<[u8; 4]>> = host.as_bytes().chunks(8).map(word).collect();
    let ip = match words?.as_slice() {
        [v4] => std::net::IpAddr::from(*v4),
        v6 @ [_, _, _, _] => <[u8; 16]>::try_from(v6.as_flattened()).ok()?.into(),
        _ => return None,
    };
    Some(plain(SocketAddr::new(ip, port)))
}

fn word(digits: &[u8]) -> Option<[u8; 4]> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() == 8)?;
    u32::from_str_radix(digits, 16).ok().map(u32::to_ne_bytes)
}

/// Every row of both tables; `None` when the system has none. A machine without IPv6 has no second one.
fn rows() -> Option<Vec<Row>> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let v4 = std::fs::read_to_string("/proc/net/tcp").ok()?;
    let v6 = std::fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
    Some([parse(&v4), parse(&v6)].concat())
}

/// The program that has the socket open, if we may see it.
fn holder(socket: u64) -> Option<String> {
    let wanted = format!("socket:[{socket}]");
    let has_it = |process: &std::path::Path| {
        let mut open = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        open.any(|open| std::fs::read_link(open.path()).is_ok_and(|to| to.as_os_str() == wanted.as_str()))
    };
    std::fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let number: u32 = process.file_name().to_str()?.parse().ok()?;
        let path = process.path();
        has_it(&path).then(|| {
            let name = std::fs::read_to_string(path.join("comm")).unwrap_or_default();
            format!("{} (process {number})", name.trim())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table as a little-endian machine writes it: one listener and both ends of three connections.
    #[cfg(target_endian = "little")]
    const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:8C82 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 501 1 0000000000000000 100 0 0 10 0
   1: 0100007F:8C82 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 502 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:C001 0100007F:8C82 01 00000000:00000000 02:00000318 00000000  1000        0 503 2 0000000000000000 20 4 30 10 -1
   3: 0100007F:8C82 0100007F:C002 01 00000000:00000000 00:00000000 00000000  1000        0 504 1 0000000000000000 20 4 30 10 -1
   4: 0100007F:C002 0100007F:8C82 01 00000000:00000000 00:00000000 00000000  1001        0 505 1 0000000000000000 20 4 30 10 -1
   5: 0100007F:8C82 0100007F:C003 08 00000000:00000000 00:00000000 00000000  1000        0 506 1 0000000000000000 20 4 30 10 -1
   6: 0100007F:C003 0100007F:8C82 05 00000000:00000000 00:00000000 00000000  1000        0 0 1 0000000000000000 20 4 30 10 -1
   7: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 507 1 0000000000000000 100 0 0 10 0
";

    #[cfg(target_endian = "little")]
    const TABLE_V6: &str = "\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:8C82 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 601 1 0
   1: 00000000000000000000000001000000:8C82 00000000000000000000000001000000:D001 01 00000000:00000000 00:00000000 00000000  1000 0 602 1 0
   2: 00000000000000000000000001000000:D001 00000000000000000000000001000000:8C82 01 00000000:00000000 00:00000000 00000000     0 0 603 1 0
   3: 0000000000000000FFFF00000100007F:C004 0000000000000000FFFF00000100007F:8C82 01 00000000:00000000 00:00000000 00000000  1000 0 604 1 0
";

    #[test]
    #[cfg(target_endian = "little")]
    fn the_owner_of_the_other_end_is_found_by_both_addresses() {
        let ours = "   9: 0100007F:8C82 0100007F:C004 01 00000000:00000000 00:00000000 00000000  1000        0 508 1 0 20 4 30 10 -1\n";
        let rows = [parse(TABLE), parse(TABLE_V6), parse(ours)].concat();
        assert_eq!(rows.len(), 8 + 4 + 1, "headings are no rows");
        for (local, remote, expected) in [
            ("127.0.0.1:35970", "127.0.0.1:49153", Peer::Same),
            ("127.0.0.1:35970", "127.0.0.1:49154", Peer::Other),
            // Closed by its program: the user 0 or its last one stands there, and nobody holds it.
            ("127.0.0.1:35970", "127.0.0.1:49155", Peer::Other),
            ("[::1]:35970", "[::1]:53249", Peer::Other),
            // An IPv6 socket that dialled an IPv4 address, and our end as either kind of socket reports it.
            ("127.0.0.1:35970", "127.0.0.1:49156", Peer::Same),
            ("127.0.0.1:35970", "[::ffff:127.0.0.1]:49156", Peer::Same),
            // Reset meanwhile: neither end is there any more.
            ("127.0.0.1:35970", "127.0.0.1:1", Peer::Other),
            // Not even our listener is there: the system does not fill its table.
            ("127.0.0.1:35971", "127.0.0.1:49153", Peer::Unknown),
        ] {
            assert_eq!(judge(&rows, local.parse().unwrap(), remote.parse().unwrap()), expected, "{local} {remote}");
        }
        assert_eq!(judge(&[], "127.0.0.1:35970".parse().unwrap(), "127.0.0.1:49153".parse().unwrap()), Peer::Unknown);
        let alone: Vec<Row> = parse(TABLE).into_iter().filter(|row| row.socket != 503).collect();
        assert_eq!(judge(&alone, "127.0.0.1:35970".parse().unwrap(), "127.0.0.1:49153".parse().unwrap()), Peer::Other, "gone");
    }

    #[test]
    fn a_look_that_lacks_our_listener_does_not_make_a_stranger_unknown() {
        use Peer::{Other, Same, Unknown};
        for (looks, expected) in
            [([Unknown, Other, Unknown], Other), ([Unknown, Unknown, Same], Same), ([Other, Same, Other], Same), ([Unknown; 3], Unknown)]
        {
            let mut looks = looks.into_iter();
            assert_eq!(settle(|| looks.next().unwrap()), expected);
        }
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn a_listener_is_found_by_its_port_also_behind_a_bind_to_all() {
        let rows = [parse(TABLE), parse(TABLE_V6)].concat();
        let socket = |address: &str| listener(&rows, address.parse().unwrap()).map(|row| row.socket);
        assert_eq!(socket("127.0.0.1:35970"), Some(501));
        assert_eq!(socket("[::1]:35970"), Some(601));
        assert_eq!(socket("127.0.0.1:2024"), Some(507), "someone listens on all addresses");
        assert_eq!(socket("127.0.0.1:49153"), None, "a connection is no listener");
        assert_eq!(socket("127.0.0.2:35970"), None);
    }

    #[test]
    fn rows_that_make_no_sense_are_left_out() {
        for line in [
            "",
            "   0:",
            "   0: 0100007F:8C82",
            "   0: 0100007F 00000000:0000 0A 0:0 00:0 0  1000 0 501",
            "   0: 0100007F:8C82 00000000:0000 0A 0:0 00:0 0  -1 0 501",
            "   0: 0100007F:8C82 00000000:0000 0A 0:0 00:0 0  1000 0",
            "   0: 0100007F:18C82 00000000:0000 0A 0:0 00:0 0  1000 0 501",
            "   0: 0100007F00:8C82 00000000:0000 0A 0:0 00:0 0  1000 0 501",
            "   0: é100007F:8C82 00000000:0000 0A 0:0 00:0 0  1000 0 501",
        ] {
            assert_eq!(row(line), None, "{line}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_machines_own_table_knows_our_connections() {
        for ip in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(server) = std::net::TcpListener::bind(ip) else {
                assert!(ip.starts_with('['), "a machine without IPv4");
                continue;
            };
            let address = server.local_addr().unwrap();
            let client = std::net::TcpStream::connect(address).unwrap();
            let (ours, remote) = server.accept().unwrap();
            assert_eq!(peer(ours.local_addr().unwrap(), remote), Peer::Same, "{ip}");
            let owner = owner_of_port(address).unwrap();
            assert!(owner.contains(&format!("(process {})", std::process::id())), "{owner}");
            drop(client);
            assert_eq!(peer(ours.local_addr().unwrap(), remote), Peer::Other, "nobody holds the other end any more");
            drop((ours, server));
            assert_eq!(owner_of_port(address), None);
        }
    }
}
