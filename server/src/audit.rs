//! The audit rows of one call: when, for whom, who and what come from the gate; a handler adds about what, and the outcome.

use std::net::IpAddr;

use shared::api::Code;
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use crate::store::{ApplicantId, AuditEntry};

/// Makes the audit rows of one call.
#[derive(Debug, Clone)]
pub struct Trail {
    at: UnixMs,
    institution: Option<InstitutionCode>,
    actor: String,
    address: IpAddr,
    action: &'static str,
}

impl Trail {
    /// `action` is the endpoint's name, `actor` who was proved to call: `user ID`, `user ID TOKEN` of a program, `visit ID`
    /// or `nobody`.
    pub(crate) fn new(at: UnixMs, institution: Option<InstitutionCode>, actor: String, address: IpAddr, action: &'static str) -> Self {
        Self { at, institution, actor, address, action }
    }

    /// For a login, where nobody is proved yet: who it is said to be.
    #[must_use]
    pub(crate) fn of_login(self, institution: &InstitutionCode, user: &UserId) -> Self {
        Self { institution: Some(institution.clone()), actor: actor_of(user), ..self }
    }

    /// For a call of nobody about an institution.
    #[must_use]
    pub(crate) fn at(self, institution: &InstitutionCode) -> Self {
        Self { institution: Some(institution.clone()), ..self }
    }

    /// For a login of a facility's user, where nobody is proved yet: who it is said to be.
    #[must_use]
    pub(crate) fn of_applicant(self, id: &ApplicantId, institution: Option<InstitutionCode>) -> Self {
        Self { institution, actor: format!("applicant {}", id.as_str()), ..self }
    }

    /// A row; `subject` is an id without meaning.
    #[must_use]
    pub fn row(&self, subject: Option<&str>, outcome: &str) -> AuditEntry {
        AuditEntry {
            at: self.at,
            institution: self.institution.clone(),
            actor: self.actor.clone(),
            action: self.action.into(),
            address: Some(self.address.to_canonical()),
            subject: subject.map(str::to_owned),
            outcome: outcome.to_owned(),
        }
    }

    /// The row of a call that was done.
    #[must_use]
    pub fn ok(&self, subject: Option<&str>) -> AuditEntry {
        self.row(subject, "ok")
    }

    /// The row of a call that was refused.
    #[must_use]
    pub fn refused(&self, code: Code) -> AuditEntry {
        self.row(None, code.word())
    }
}

/// How an account stands in an audit row.
pub(crate) fn actor_of(user: &UserId) -> String {
    format!("user {user}")
}

#[cfg(test)]
mod tests {
    use crate::sources::who_says;

    #[test]
    fn no_handler_makes_a_row_or_names_an_action_by_itself() {
        // The type, this module, the counting of what repeats, and reading back.
        assert_eq!(who_says("AuditEntry {"), ["audit.rs", "rule/audit.rs", "store/audit.rs", "store/record/audit.rs"]);
        for row in shared::api::table() {
            assert_eq!(who_says(&format!("\"{}\"", row.name)), Vec::<String>::new(), "{}", row.name);
        }
    }

    #[test]
    fn no_statement_changes_a_row_or_takes_one_away() {
        for table in ["audit", "audit_chain"] {
            for words in ["UPDATE", "DELETE FROM", "REPLACE INTO", "TRUNCATE", "DROP TABLE", "ALTER TABLE"] {
                assert_eq!(who_says(&format!("{words} {table}")), Vec::<String>::new(), "{words} {table}");
            }
            assert_eq!(who_says(&format!("INSERT INTO {table} (")), ["store/audit.rs"], "what is looked for is found");
        }
    }
}
