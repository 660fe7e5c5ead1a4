//! The exact bytes that a card signs, and the statement inside them. One layout, here and nowhere else.
//!
//! Layout of both: fields in a fixed order, each a big-endian `u16` length and that many bytes. No field is optional,
//! so two different contents can never give the same bytes.
//!
//! | signed evidence | bytes |
//! |---|---|
//! | context | `uketsuke/evidence/1` |
//! | operation | `authenticate` |
//! | origin | SHA-256 of the page's origin as the helper saw it in the handshake |
//! | nonce | 32, made by the server, used once |
//! | statement | as below |
//!
//! | statement | bytes |
//! |---|---|
//! | context | `uketsuke/statement/1` |
//! | institution | ten digits |
//! | use | 1: 診療区分 |
//! | choices | five pairs (question code, `01` agree / `00` refuse / `02` not asked), in the order of the screen |
//! | notice version | ASCII, the version of the text the person saw |
//! | language | ASCII, `ja` |
//! | time | 8: milliseconds since 1970, big-endian |
//!
//! That is the statement of a registration at a home visit. Every other one is of version 2, so that each content has one form:
//!
//! | statement, version 2 | bytes |
//! |---|---|
//! | context | `uketsuke/statement/2` |
//! | institution | ten digits |
//! | use | 1: as `VisitKind::code` |
//! | purpose | 1: `01` registration, `02` review, `03` withdrawal of all |
//! | choices | as above; all `02` where the purpose is no registration |
//! | booked date | eight digits (year, month, day) where it decides the validity, else nothing |
//! | notice version, language, time | as above |
//!
//! Where the person was also asked about 医療費助成の受給者証, the statement of above stands inside another:
//!
//! | statement, version 3 | bytes |
//! |---|---|
//! | context | `uketsuke/statement/3` |
//! | answer | 1: `01` 提供する / `00` 提供しない |
//! | statement | as above, whole |
//!
//! A review (RW-9) signs that the person looks at the living consent at this institution, and is shown it by that proof; what is changed
//! then is sent with the same proof and stands in no statement. To sign it the card would have to be held again and the PIN typed again,
//! for answers that only narrow or widen what the same person sees on the screen. The server takes them only with the proof's own visit,
//! challenge and consent, once, and keeps proof and answers in one transaction.
//!
//! The helper parses the statement and refuses anything else, so a page cannot have other bytes signed; the server
//! rebuilds it from the stored visit and compares.

mod subsidy;

use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::consent::{Choice, Choices, ConsentGroup};
use crate::domain::institution::{InstitutionCode, VisitKind};
use crate::domain::validity::needs_booking;
use crate::domain::visit::Purpose;

const EVIDENCE_CONTEXT: &[u8] = b"uketsuke/evidence/1";
const IDENTITY_CONTEXT: &[u8] = b"uketsuke/helper/1";
const STATEMENT_CONTEXT: &[u8] = b"uketsuke/statement/1";
const STATEMENT_2_CONTEXT: &[u8] = b"uketsuke/statement/2";
/// Longest statement in bytes that is made, parsed or signed.
pub const STATEMENT_MAX: usize = 2048;
/// Length of a nonce in bytes.
pub const NONCE_LEN: usize = 32;

/// What the card is asked to confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// The person consents to a statement, with card and PIN.
    Authenticate,
}

impl Operation {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Authenticate => b"authenticate",
        }
    }
}

/// What the person confirmed: which institution may use what, which text they saw, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Who receives the consent.
    pub institution: InstitutionCode,
    /// For which use.
    pub visit_kind: VisitKind,
    /// What the person does with card and PIN.
    pub purpose: Purpose,
    /// The answers.
    pub choices: Choices,
    /// The booked date: there exactly where a registration's validity hangs on it.
    pub booked_on: Option<CivilDate>,
    /// Version of the notice text, 1–32 ASCII characters.
    pub notice_version: String,
    /// Language of the screens, 2–8 ASCII characters.
    pub language: String,
    /// When the choices were confirmed, by the server's clock.
    pub at: UnixMs,
}

/// Says why bytes are no statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAStatement {
    /// Longer than [`STATEMENT_MAX`], cut short, or with bytes left over.
    #[error("wrong length")]
    Length,
    /// The first field is not this version's context.
    #[error("not a statement of this version")]
    Context,
    /// A field holds what it cannot hold; counted from 1.
    #[error("field {0} cannot hold this")]
    Field(u8),
}

impl Statement {
    /// The bytes without the answer about 医療費助成.
    fn plain_bytes(&self) -> Vec<u8> {
        let answer = |group: &ConsentGroup| match self.choices.of(*group) {
            Choice::Refuse => 0,
            Choice::Agree => 1,
            Choice::NotAsked => 2,
        };
        let choices: Vec<u8> = ConsentGroup::ALL.iter().flat_map(|group| [group.code(), answer(group)]).collect();
        let (use_code, purpose, at) = ([self.visit_kind.code()], [self.purpose.code()], self.at.0.to_be_bytes());
        let booked = self.booked_on.map(CivilDate::packed).unwrap_or_default();
        let (institution, notice, language) =
            (self.institution.as_str().as_bytes(), self.notice_version.as_bytes(), self.language.as_bytes());
        let mut bytes = Vec::with_capacity(160);
        let first: &[&[u8]] = &[STATEMENT_CONTEXT, institution, &use_code, &choices, notice, language, &at];
        let second: &[&[u8]] = &[STATEMENT_2_CONTEXT, institution, &use_code, &purpose, &choices, booked.as_bytes(), notice, language, &at];
        for field in if is_of_version_1(self.visit_kind, self.purpose) { first } else { second } {
            push_field(&mut bytes, field);
        }
        bytes
    }

    /// Reads [`Statement::plain_bytes`].
    fn parse_plain(bytes: &[u8]) -> Result<Self, NotAStatement> {
        if bytes.len() > STATEMENT_MAX {
            return Err(NotAStatement::Length);
        }
        let mut rest = bytes;
        let is_first = match take_field(&mut rest)? {
            STATEMENT_CONTEXT => true,
            STATEMENT_2_CONTEXT => false,
            _ => return Err(NotAStatement::Context),
        };
        let mut place = 1;
        let mut next = || {
            place += 1;
            take_field(&mut rest).map(|field| (field, NotAStatement::Field(place)))
        };
        let (field, bad) = next()?;
        let institution = text(field).and_then(|code| InstitutionCode::try_from(code).ok()).ok_or(bad)?;
        let (field, bad) = next()?;
        let visit_kind = one(field).and_then(VisitKind::from_code).ok_or(bad)?;
        let (purpose, bad) = if is_first {
            (Purpose::Register, bad)
        } else {
            let (field, bad) = next()?;
            (one(field).and_then(Purpose::from_code).ok_or(bad)?, bad)
        };
        if is_of_version_1(visit_kind, purpose) != is_first {
            return Err(bad);
        }
        let (field, bad) = next()?;
        let answers_nothing = |choices: &Choices| *choices == Choices::all(Choice::NotAsked);
        let choices = parse_choices(field).filter(|choices| purpose == Purpose::Register || answers_nothing(choices)).ok_or(bad)?;
        let booked_on = if is_first {
            None
        } else {
            let (field, bad) = next()?;
            let booked_on = if field.is_empty() { None } else { Some(packed_day(field).ok_or(bad)?) };
            if booked_on.is_some() != (purpose == Purpose::Register && needs_booking(visit_kind)) {
                return Err(bad);
            }
            booked_on
        };
        let (field, bad) = next()?;
        let notice_version = ascii(field, 1..=32).ok_or(bad)?;
        let (field, bad) = next()?;
        let language = ascii(field, 2..=8).ok_or(bad)?;
        let (field, bad) = next()?;
        let at = UnixMs(field.try_into().map(i64::from_be_bytes).map_err(|_| bad)?);
        if !rest.is_empty() {
            return Err(NotAStatement::Length);
        }
        Ok(Self { institution, visit_kind, purpose, choices, booked_on, notice_version, language, at })
    }
}

/// Which form a statement has is settled by what it is about: one content, one form.
fn is_of_version_1(visit_kind: VisitKind, purpose: Purpose) -> bool {
    visit_kind == VisitKind::HomeVisit && purpose == Purpose::Register
}

fn one(field: &[u8]) -> Option<u8> {
    match field {
        [code] => Some(*code),
        _ => None,
    }
}

/// Reads what [`CivilDate::packed`] writes.
fn packed_day(field: &[u8]) -> Option<CivilDate> {
    let digits = text(field).filter(|text| text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()))?;
    let (year, rest) = digits.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    CivilDate::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// The bytes whose SHA-256 the card signs. `statement` is taken as given: parse it first.
#[must_use]
pub fn signed_bytes(operation: Operation, origin_sha256: &[u8; 32], nonce: &[u8; NONCE_LEN], statement: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(statement.len() + 128);
    for field in [EVIDENCE_CONTEXT, operation.name(), origin_sha256, nonce, statement] {
        push_field(&mut bytes, field);
    }
    bytes
}

/// The bytes that a helper signs with its own key (ECDSA P-256, SHA-256) when a page says hello: context `uketsuke/helper/1`,
/// SHA-256 of the page's origin, the page's nonce. No card can sign them: another context.
#[must_use]
pub fn identity_bytes(origin_sha256: &[u8; 32], nonce: &[u8; NONCE_LEN]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    for field in [IDENTITY_CONTEXT, origin_sha256, nonce] {
        push_field(&mut bytes, field);
    }
    bytes
}

fn push_field(bytes: &mut Vec<u8>, field: &[u8]) {
    // Every field is bounded far below 64 KiB; a longer one is cut to a length that can never verify.
    let length = u16::try_from(field.len()).unwrap_or(u16::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(field);
}

fn take_field<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], NotAStatement> {
    let (length, tail) = rest.split_first_chunk::<2>().ok_or(NotAStatement::Length)?;
    let (field, tail) = tail.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or(NotAStatement::Length)?;
    *rest = tail;
    Ok(field)
}

fn parse_choices(field: &[u8]) -> Option<Choices> {
    let (pairs, odd) = field.as_chunks::<2>();
    if !odd.is_empty() || pairs.len() != ConsentGroup::ALL.len() {
        return None;
    }
    let in_order = pairs.iter().zip(ConsentGroup::ALL).all(|([code, _], group)| *code == group.code());
    let answer_of = |group: ConsentGroup| {
        let [_, answer] = pairs.iter().find(|[code, _]| *code == group.code())?;
        match answer {
            0 => Some(Choice::Refuse),
            1 => Some(Choice::Agree),
            2 => Some(Choice::NotAsked),
            _ => None,
        }
    };
    if in_order { Choices::collect(answer_of) } else { None }
}

fn text(field: &[u8]) -> Option<&str> {
    std::str::from_utf8(field).ok()
}

fn ascii(field: &[u8], length: std::ops::RangeInclusive<usize>) -> Option<String> {
    let fits = length.contains(&field.len()) && field.iter().all(u8::is_ascii_graphic);
    text(field).filter(|_| fits).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn statement() -> Statement {
        Statement {
            institution: InstitutionCode::try_from("9919900002").unwrap(),
            visit_kind: VisitKind::HomeVisit,
            purpose: Purpose::Register,
            booked_on: None,
            choices: Choices { checkup: Choice::Refuse, ..Choices::all(Choice::Agree) },
            notice_version: "2026-11".to_owned(),
            language: "ja".to_owned(),
            at: UnixMs(1_705_454_100_000), // 2024-01-17 10:15 in Japan
        }
    }

    pub(super) fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The test vector: anyone who writes another implementation starts here.
    pub(super) const STATEMENT_HEX: &str = concat!(
        "0014",
        "756b657473756b652f73746174656d656e742f31", // uketsuke/statement/1
        "000a",
        "39393139393030303032", // 9919900002
        "0001",
        "02", // home visit
        "000a",
        "01010201030004010501", // all agreed but the check-up
        "0007",
        "323032362d3131", // 2026-11
        "0002",
        "6a61", // ja
        "0008",
        "0000018d14fc5e20",
    );

    #[test]
    fn statement_has_the_published_bytes() {
        assert_eq!(hex(&statement().to_bytes()), STATEMENT_HEX);
        assert_eq!(Statement::parse(&statement().to_bytes()), Ok(statement()));
    }

    /// The second test vector: online, booked for 2024-02-01.
    const STATEMENT_2_HEX: &str = concat!(
        "0014",
        "756b657473756b652f73746174656d656e742f32", // uketsuke/statement/2
        "000a",
        "39393139393030303032", // 9919900002
        "0001",
        "03", // online
        "0001",
        "01", // registration
        "000a",
        "01010201030004010501", // all agreed but the check-up
        "0008",
        "3230323430323031", // 20240201
        "0007",
        "323032362d3131", // 2026-11
        "0002",
        "6a61", // ja
        "0008",
        "0000018d14fc5e20",
    );

    fn online() -> Statement {
        Statement { visit_kind: VisitKind::Online, booked_on: CivilDate::try_from("2024-02-01").ok(), ..statement() }
    }

    #[test]
    fn a_statement_of_another_use_or_purpose_is_of_version_2() {
        assert_eq!(hex(&online().to_bytes()), STATEMENT_2_HEX);
        let nothing = Choices::all(Choice::NotAsked);
        for visit_kind in VisitKind::ALL {
            for purpose in Purpose::ALL {
                let is_booked = purpose == Purpose::Register && needs_booking(visit_kind);
                let choices = if purpose == Purpose::Register { online().choices } else { nothing };
                let said = Statement { visit_kind, purpose, choices, booked_on: online().booked_on.filter(|_| is_booked), ..online() };
                assert_eq!(Statement::parse(&said.to_bytes()), Ok(said.clone()));
                let is_first = is_of_version_1(visit_kind, purpose);
                assert_eq!(said.to_bytes().starts_with(b"\x00\x14uketsuke/statement/1"), is_first);
                let other = Statement { booked_on: online().booked_on.filter(|_| !is_booked), ..said.clone() };
                assert!(is_first || Statement::parse(&other.to_bytes()).is_err(), "a date where none belongs, or none where one does");
                let answered = Statement { choices: online().choices, ..said };
                assert_eq!(Statement::parse(&answered.to_bytes()).is_ok(), purpose == Purpose::Register, "only a registration answers");
            }
        }
    }

    #[test]
    fn a_home_visit_has_no_second_form() {
        let mut bytes = Vec::new();
        let field = |bytes: &mut Vec<u8>, field: &[u8]| push_field(bytes, field);
        for part in [STATEMENT_2_CONTEXT, b"9919900002", &[2], &[1]] {
            field(&mut bytes, part);
        }
        assert_eq!(Statement::parse(&bytes), Err(NotAStatement::Field(4)));
    }

    #[test]
    fn evidence_has_the_published_bytes() {
        let bytes = signed_bytes(Operation::Authenticate, &[0xaa; 32], &[0xbb; 32], &statement().to_bytes());
        let expected = [
            "0013",
            "756b657473756b652f65766964656e63652f31", // uketsuke/evidence/1
            "000c",
            "61757468656e746963617465", // authenticate
            "0020",
            &"aa".repeat(32),
            "0020",
            &"bb".repeat(32),
            &format!("{:04x}", STATEMENT_HEX.len() / 2),
            STATEMENT_HEX,
        ]
        .concat();
        assert_eq!(hex(&bytes), expected);
    }

    #[test]
    fn every_changed_or_missing_byte_is_another_statement_or_none() {
        for said in [statement(), online()] {
            let good = said.to_bytes();
            for place in 0..good.len() {
                let mut bad = good.clone();
                bad[place] ^= 1;
                assert_ne!(Statement::parse(&bad), Ok(said.clone()), "byte {place}");
                assert!(Statement::parse(&good[..place]).is_err(), "cut at {place}");
                if let Ok(other) = Statement::parse(&bad) {
                    assert_eq!(other.to_bytes(), bad, "what parses is written back the same");
                }
            }
            assert_eq!(Statement::parse(&[good.as_slice(), &[0]].concat()), Err(NotAStatement::Length));
        }
        assert_eq!(Statement::parse(&vec![0; STATEMENT_MAX + 1]), Err(NotAStatement::Length));
    }

    #[test]
    fn each_answer_has_its_byte_and_no_other_is_read() {
        let at = STATEMENT_CONTEXT.len() + 2 + 12 + 3 + 2 + 1;
        for (choice, byte) in [(Choice::Refuse, 0), (Choice::Agree, 1), (Choice::NotAsked, 2)] {
            let said = Statement { choices: Choices { surgery: choice, ..statement().choices }, ..statement() };
            assert_eq!(said.to_bytes().get(at), Some(&byte), "{choice:?}");
            assert_eq!(Statement::parse(&said.to_bytes()), Ok(said));
        }
        let mut bytes = statement().to_bytes();
        bytes[at] = 3;
        assert_eq!(Statement::parse(&bytes), Err(NotAStatement::Field(4)));
    }

    #[test]
    fn questions_out_of_order_are_refused() {
        let mut bytes = statement().to_bytes();
        let at = STATEMENT_CONTEXT.len() + 2 + 12 + 3 + 2;
        bytes.swap(at, at + 2);
        assert_eq!(Statement::parse(&bytes), Err(NotAStatement::Field(4)));
    }
}
