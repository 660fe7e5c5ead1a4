//! The versions of a person's certificate: who issued it and when it is valid, all relative to the clock of `make`.

/// One version of the user authentication certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaf {
    Normal,
    Expired,
    ExpiredLong,
    ExpiresSoon,
    NotYetValid,
    OldCa1,
    OldCa2,
    Forged,
    ForgedOwnId,
    Small,
}
