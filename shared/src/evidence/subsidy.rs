//! The statement with an answer about 医療費助成 (P-PMH) around it.

use super::{NotAStatement, STATEMENT_MAX, Statement, push_field, take_field};
use crate::domain::consent::{Choice, Choices};
use crate::domain::visit::Purpose;

const STATEMENT_3_CONTEXT: &[u8] = b"uketsuke/statement/3";

impl Statement {
    /// The bytes of the statement; at most a few hundred.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let answer = match self.choices.subsidy {
            Choice::NotAsked => return self.plain_bytes(),
            Choice::Refuse => 0,
            Choice::Agree => 1,
        };
        let mut bytes = Vec::with_capacity(192);
        for field in [STATEMENT_3_CONTEXT, &[answer], &self.plain_bytes()] {
            push_field(&mut bytes, field);
        }
        bytes
    }

    /// Reads a statement; accepts exactly what [`Statement::to_bytes`] writes.
    ///
    /// # Errors
    /// [`NotAStatement`]; nothing is repaired.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAStatement> {
        if bytes.len() > STATEMENT_MAX {
            return Err(NotAStatement::Length);
        }
        let mut rest = bytes;
        if take_field(&mut rest)? != STATEMENT_3_CONTEXT {
            return Self::parse_plain(bytes);
        }
        let subsidy = match take_field(&mut rest)? {
            [0] => Choice::Refuse,
            [1] => Choice::Agree,
            _ => return Err(NotAStatement::Field(2)),
        };
        let plain = Self::parse_plain(take_field(&mut rest)?)?;
        if !rest.is_empty() {
            return Err(NotAStatement::Length);
        }
        // Only a registration answers.
        if plain.purpose != Purpose::Register {
            return Err(NotAStatement::Field(2));
        }
        Ok(Self { choices: Choices { subsidy, ..plain.choices }, ..plain })
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::tests::{STATEMENT_HEX, hex, statement};

    use super::*;

    fn asked(subsidy: Choice) -> Statement {
        let plain = statement();
        Statement { choices: Choices { subsidy, ..plain.choices }, ..plain }
    }

    #[test]
    fn the_answer_stands_around_the_published_bytes() {
        for (choice, byte) in [(Choice::Refuse, "00"), (Choice::Agree, "01")] {
            let expected = [
                "0014",
                "756b657473756b652f73746174656d656e742f33", // uketsuke/statement/3
                "0001",
                byte,
                &format!("{:04x}", STATEMENT_HEX.len() / 2),
                STATEMENT_HEX,
            ]
            .concat();
            assert_eq!(hex(&asked(choice).to_bytes()), expected);
            assert_eq!(Statement::parse(&asked(choice).to_bytes()), Ok(asked(choice)));
        }
        assert_eq!(hex(&asked(Choice::NotAsked).to_bytes()), STATEMENT_HEX, "without the question nothing changes");
    }

    #[test]
    fn every_changed_or_missing_byte_is_another_statement_or_none() {
        let good = asked(Choice::Agree).to_bytes();
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 1;
            assert_ne!(Statement::parse(&bad), Ok(asked(Choice::Agree)), "byte {place}");
            assert!(Statement::parse(&good[..place]).is_err(), "cut at {place}");
            if let Ok(other) = Statement::parse(&bad) {
                assert_eq!(other.to_bytes(), bad, "what parses is written back the same");
            }
        }
        assert_eq!(Statement::parse(&[good.as_slice(), &[0]].concat()), Err(NotAStatement::Length));
    }

    #[test]
    fn not_asked_and_one_inside_another_are_no_statements() {
        let mut bytes = asked(Choice::Agree).to_bytes();
        let answer = 2 + STATEMENT_3_CONTEXT.len() + 2;
        bytes[answer] = 2;
        assert_eq!(Statement::parse(&bytes), Err(NotAStatement::Field(2)));
        let mut nested = Vec::new();
        for field in [STATEMENT_3_CONTEXT, &[1], &asked(Choice::Refuse).to_bytes()] {
            push_field(&mut nested, field);
        }
        assert_eq!(Statement::parse(&nested), Err(NotAStatement::Context));
    }
}
