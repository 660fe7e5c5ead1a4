//! Who is at the other end of a connection.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use crate::Sha256;

/// The address of the peer, put into each request by the accept loop; never taken from a header.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The client certificate of the connection, whose key the peer proved in the TLS handshake; put into each request by the accept loop,
/// never taken from a header. What it is worth is asked with each request ([`crate::rule::certificate`]).
#[derive(Debug, Clone)]
pub struct Presented {
    /// SHA-256 of the certificate.
    pub fingerprint: Sha256,
    /// DER.
    pub certificate: Arc<[u8]>,
}

impl Presented {
    /// Of a certificate in DER.
    #[must_use]
    pub fn new(certificate: &[u8]) -> Self {
        Self { fingerprint: crate::sha256(certificate), certificate: certificate.into() }
    }
}

/// Whom an address counts as: itself, or its /64 where one subscriber holds that many (IPv6).
#[must_use]
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_counts_as_one() {
        for (address, network) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::1", "2001:db8:1:2::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ] {
            assert_eq!(network_of(address.parse().unwrap()), network.parse::<IpAddr>().unwrap(), "{address}");
        }
    }
}
