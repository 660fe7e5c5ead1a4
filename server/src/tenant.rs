//! Whose data: a value that every statement on an institution's rows takes.
//!
//! The gate makes it from what a request proves (a reception token, a visit with its secret, a session), never from what a
//! request says, so a handler cannot ask for another institution's rows. What is no request has one named way
//! ([`Tenant::of_operator`]).

use shared::domain::institution::InstitutionCode;

/// The institution that a call was proved to be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant(InstitutionCode);

impl Tenant {
    /// For the gate only, once a right is proved (a test reads the sources for it).
    pub(crate) fn of_gate(code: InstitutionCode) -> Self {
        Self(code)
    }

    /// For what is no request and so passes no gate: commands of the operator (`institution add`, the demo), jobs over all
    /// institutions, an institution that is just being added, and tests. Never in a handler.
    #[must_use]
    pub fn of_operator(code: &InstitutionCode) -> Self {
        Self(code.clone())
    }

    /// 機関コード.
    #[must_use]
    pub fn code(&self) -> &InstitutionCode {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use crate::sources::who_says;

    #[test]
    fn only_the_gate_makes_a_tenant_of_a_request() {
        assert_eq!(who_says("Tenant::of_gate("), ["gate.rs"]);
        assert_eq!(who_says("Tenant::of_operator("), ["demo.rs", "export/command.rs", "rule/institution.rs"]);
    }
}
