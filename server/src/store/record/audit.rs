//! Rows of the audit log.

use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use crate::tenant::Tenant;

/// One row of the audit log. No name, no token, no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: UnixMs,
    /// In which institution, where one is known.
    pub institution: Option<InstitutionCode>,
    /// Who: `user ID`, of a program `user ID TOKEN`, `visit ID`, `operator` or `nobody`.
    pub actor: String,
    /// What: the name of the endpoint, put in by the gate.
    pub action: std::borrow::Cow<'static, str>,
    /// From where: the address of the peer, kept so that a misused account can be followed to its terminal (guideline §17); `None`
    /// for the operator's commands and for sums over several calls.
    pub address: Option<std::net::IpAddr>,
    /// About what: a consent id.
    pub subject: Option<String>,
    /// `ok`, or the code of the refusal; `U-X11 x57`: 57 more of them came until then.
    pub outcome: String,
}

impl AuditEntry {
    /// The row of a command of the operator that was done.
    #[must_use]
    pub fn of_operator(at: UnixMs, tenant: &Tenant, action: &'static str, subject: &str) -> Self {
        Self::of_operator_to(at, Some(tenant), action, subject)
    }

    /// The row of a command of the operator that concerns all institutions, or one.
    #[must_use]
    pub fn of_operator_to(at: UnixMs, tenant: Option<&Tenant>, action: &'static str, subject: &str) -> Self {
        let institution = tenant.map(|tenant| tenant.code().clone());
        Self {
            at,
            institution,
            actor: "operator".to_owned(),
            action: action.into(),
            address: None,
            subject: Some(subject.to_owned()),
            outcome: "ok".to_owned(),
        }
    }

    /// The same row for a part of what was done.
    #[must_use]
    pub fn about(self, action: &'static str, subject: &str) -> Self {
        Self { action: action.into(), subject: Some(subject.to_owned()), ..self }
    }

    /// The same row with another outcome.
    #[must_use]
    pub fn with_outcome(self, outcome: &str) -> Self {
        Self { outcome: outcome.to_owned(), ..self }
    }
}
