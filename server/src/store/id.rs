//! Ids: 22 characters that sort by when the thing was made.

use shared::domain::calendar::UnixMs;

/// The characters of URL-safe base64 in the order of their bytes, so that ids compare as texts the way they do as numbers.
const IN_ORDER: base64::alphabet::Alphabet =
    match base64::alphabet::Alphabet::new("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz") {
        Ok(alphabet) => alphabet,
        Err(_) => panic!("64 characters"),
    };
const ID_TEXT: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(&IN_ORDER, base64::engine::general_purpose::NO_PAD);

/// Six bits before the time: with them the ids of today sort after nearly all of the random ones that earlier releases made.
const AFTER_FORMER: u128 = 0b11_1111;
/// Bits of the milliseconds since 1970: enough until 2109.
const TIME_BITS: u32 = 42;
/// Bits that nobody can guess.
const RANDOM_BITS: u32 = 80;

/// The text of an id: 22 characters. Ids made one after the other stand side by side in an index, so that a group of visits
/// writes few pages.
fn id_text(at: UnixMs, random: [u8; 10]) -> String {
    use base64::Engine as _;
    let mut bits = [0; 16];
    bits[6..].copy_from_slice(&random);
    let time = u128::try_from(at.0).unwrap_or(0) & ((1 << TIME_BITS) - 1);
    let id = (AFTER_FORMER << TIME_BITS | time) << RANDOM_BITS | u128::from_be_bytes(bits);
    ID_TEXT.encode(id.to_be_bytes())
}

/// True for an id of [`id_text`], and for one of earlier releases: 16 random bytes in the usual order of the characters.
fn is_id(text: &str) -> bool {
    use base64::Engine as _;
    let is_ours = ID_TEXT.decode(text).is_ok_and(|bytes| bytes.len() == 16);
    is_ours || shared::bytes::Base64::parse(text).is_ok_and(|bytes| bytes.0.len() == 16)
}

/// Names a thing by when it was made and 80 random bits: 22 characters that sort by time.
macro_rules! timed_id {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(String);

        impl $type {
            /// Makes the id of an instant and random bytes.
            #[must_use]
            pub fn new(at: UnixMs, random: [u8; 10]) -> Self {
                Self(id_text(at, random))
            }

            /// Reads an id, also one of earlier releases; `None` for anything that no id can be.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                is_id(text).then(|| Self(text.to_owned()))
            }

            /// The text form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

timed_id! {
    /// Names a visit.
    VisitId
}
timed_id! {
    /// Names a consent.
    ConsentId
}
timed_id! {
    /// Names a registration of a facility's user, and from its end on the applicant.
    ApplicantId
}
timed_id! {
    /// Names a check that no consent's proof made.
    CheckId
}
timed_id! {
    /// Names a person on the list of a day.
    DayVisitId
}
timed_id! {
    /// Names a run of 資格情報一括照会.
    RunId
}
timed_id! {
    /// Names a grant to another institution.
    GrantId
}
timed_id! {
    /// Names an activation code.
    CodeId
}
timed_id! {
    /// Names a certificate of a terminal.
    CertificateId
}
timed_id! {
    /// Names a notice.
    NoticeId
}
timed_id! {
    /// Names an opening for a disaster or a failure.
    OpeningId
}
timed_id! {
    /// Names a support desk.
    DeskId
}
timed_id! {
    /// Names a maintenance window.
    WindowId
}
timed_id! {
    /// Names a 照会番号 that came in a file.
    ReferenceId
}
timed_id! {
    /// Names an enquiry at a support desk.
    EnquiryId
}
timed_id! {
    /// Names a 受給者証 that was read from paper.
    PaperId
}
timed_id! {
    /// Names a token of a Web API account.
    TokenId
}
timed_id! {
    /// Names a view of medical information.
    ViewId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_their_time_as_texts_and_differ_in_eighty_bits() {
        let mut last = String::new();
        let times = [0, 1, 63, 64, 65, 1_795_000_000_000, 1_795_000_000_001, 1_795_000_100_000, 4_398_046_511_103];
        for at in times.map(UnixMs) {
            for random in [[0; 10], [1; 10], [0xff; 10]] {
                let id = VisitId::new(at, random);
                assert_eq!(id.as_str().len(), 22);
                assert!(id.as_str() > last.as_str(), "{} {last}", id.as_str());
                assert_eq!(VisitId::parse(id.as_str()), Some(id.clone()));
                last = id.as_str().to_owned();
            }
        }
        // Each random bit counts.
        let all: std::collections::HashSet<String> = (0..80_usize)
            .map(|bit| {
                let mut random = [0; 10];
                random[bit / 8] = 1 << (bit % 8);
                id_text(UnixMs(1), random)
            })
            .collect();
        assert_eq!(all.len(), 80);
    }

    #[test]
    fn ids_of_before_are_read_and_most_stand_before_the_new_ones() {
        let new = VisitId::new(UnixMs(1_795_000_000_000), [0; 10]);
        let mut before = 0;
        for first in 0..=255_u8 {
            let text = shared::bytes::Base64([[first; 8], [0xA5; 8]].concat()).to_text();
            let former = VisitId::parse(&text).expect("an id of before");
            before += u32::from(former < new);
        }
        assert!(before >= 252, "{before} of 256");
        for bad in ["", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA!", "AAAAAAAAAAAAAAAAAAAAAB"] {
            assert_eq!(VisitId::parse(bad), None, "{bad}");
        }
    }
}
