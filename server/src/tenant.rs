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

    /// For a login only: the password of an account of this institution was right, and its second factors are looked up; or its passkey
    /// was named, and is judged (a test reads the sources for it).
    pub(crate) fn of_login(institution: &InstitutionCode) -> Self {
        Self(institution.clone())
    }

    /// For a living grant only: what its giver lets the caller's institution read (a test reads the sources for it).
    pub(crate) fn of_grant(giver: &InstitutionCode) -> Self {
        Self(giver.clone())
    }

    /// For what is no request and so passes no gate: commands of the operator (`institution add`, `account …`, the demo), jobs over all
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
        assert_eq!(who_says("Tenant::of_gate("), ["gate.rs", "gate/certificate.rs", "gate/device.rs", "gate/token.rs"]);
        assert_eq!(who_says("Tenant::of_login("), ["desk/device.rs", "desk/office/login.rs", "desk/office/passkey_login.rs"]);
        assert_eq!(who_says("Tenant::of_grant("), ["rule/grant.rs"]);
        assert_eq!(
            who_says("Tenant::of_operator("),
            [
                "application_command.rs",
                "audit_command.rs",
                "database.rs",
                "demo.rs",
                "institution_command.rs",
                "jobs/aid.rs",
                "jobs/bulk_check.rs",
                "jobs/references.rs",
                "jobs/requeries.rs",
                "rule/applicant.rs",
                "rule/backup.rs",
                "rule/house.rs",
                "rule/institution.rs",
                "rule/opening.rs",
                "rule/portal.rs",
                "rule/succession.rs",
                "succession_command.rs",
            ]
        );
    }

    /// The heads of the statements in a file of the store that take no tenant.
    fn without_tenant(text: &str) -> Vec<&str> {
        let text = text.split("#[cfg(test)]").next().unwrap();
        let heads = text.split("\npub fn ").skip(1).map(|rest| rest.split(" -> ").next().unwrap());
        heads.filter(|head| head.contains("Tx<'_>") && !head.contains("&Tenant")).map(|head| head.split('(').next().unwrap()).collect()
    }

    #[test]
    fn a_statement_on_an_institutions_rows_takes_the_tenant() {
        // Each exception with its reason. One more is to have one as good.
        let exceptions: &[(&str, &str, &[&str])] = &[
            // A login proves nobody yet, and is noted once it was let in; a session is found and ended by its secret id; a clock put back
            // and the purge concern all institutions.
            (
                "account",
                include_str!("store/account.rs"),
                &[
                    "find",
                    "note_wait",
                    "note_no_wait",
                    "unlocked_at",
                    "note_login",
                    "add_session",
                    "find_session",
                    "touch_session",
                    "end_session",
                    "renew_session",
                    "end_all_sessions",
                    "drop_ended_sessions",
                ],
            ),
            // The purge.
            ("answer", include_str!("store/answer.rs"), &["forget"]),
            // The row says whose it is, by the gate; the newest of all tells a clock put back; counts are the purge's.
            ("audit", include_str!("store/audit.rs"), &["add", "newest_at", "count_refusal", "counted", "forget_counted"]),
            // A certificate says whose it is; the purge of keys; the CA is the server's, and browsers are told of all.
            (
                "certificate",
                include_str!("store/certificate.rs"),
                &["by_fingerprint", "forget_keys", "authority", "add_authority", "authorities"],
            ),
            // A device has its key from one institution, and asks where another is not to take it (X20).
            ("code", include_str!("store/code.rs"), &["of_device"]),
            // A token is found by its hash, and says whose it is; a restore ends all.
            ("link", include_str!("store/link.rs"), &["by_hash", "revoke_all"]),
            ("aid", include_str!("store/aid.rs"), &[]),
            // The operator's list, which is all institutions'.
            ("subsidy", include_str!("store/subsidy.rs"), &["municipalities", "replace_municipalities"]),
            // A device is found by its id; that it asks by itself says its signature.
            ("device", include_str!("store/device.rs"), &["find"]),
            ("device/passkey", include_str!("store/device/passkey.rs"), &[]),
            // Whether two institutions are one house; the operator's.
            ("house", include_str!("store/house.rs"), &["of", "members"]),
            ("consent", include_str!("store/consent.rs"), &[]),
            // A login proves nobody yet, and is found by its secret id, or by its passkey; a question belongs to a step, a session or an
            // account that was found; the purge.
            (
                "factor",
                include_str!("store/factor.rs"),
                &[
                    "standing",
                    "passkey_of_anybody",
                    "put_question",
                    "question",
                    "remove_question",
                    "forget_questions",
                    "add_step",
                    "find_step",
                    "remove_step",
                    "forget_steps",
                    "end_all",
                ],
            ),
            ("check", include_str!("store/check.rs"), &[]),
            ("coverage_change", include_str!("store/coverage_change.rs"), &[]),
            ("claim", include_str!("store/claim.rs"), &[]),
            // The purge.
            ("day", include_str!("store/day.rs"), &["forget"]),
            ("room", include_str!("store/room.rs"), &[]),
            ("expiring", include_str!("store/expiring.rs"), &[]),
            ("month", include_str!("store/month.rs"), &[]),
            ("run", include_str!("store/run.rs"), &[]),
            ("later", include_str!("store/later.rs"), &[]),
            // What the operator opened for an area.
            ("opening", include_str!("store/opening.rs"), &["of_operator", "area_of"]),
            ("check/history", include_str!("store/check/history.rs"), &[]),
            ("grant", include_str!("store/grant.rs"), &[]),
            // The purge.
            ("bulk_check", include_str!("store/bulk_check.rs"), &["forget"]),
            ("settings", include_str!("store/settings.rs"), &[]),
            // The operator's, which are all institutions'.
            ("desk", include_str!("store/desk.rs"), &["common"]),
            ("enquiry", include_str!("store/enquiry.rs"), &[]),
            ("medical", include_str!("store/medical.rs"), &[]),
            ("maintenance", include_str!("store/maintenance.rs"), &["common"]),
            // The server's own probe, its work, and its tables.
            ("operation", include_str!("store/operation.rs"), &["write_probe", "read_probe", "late_jobs", "tables_version"]),
            // The institution itself is added; what concerns all of them; a page is found by its secret token, a manifest by its tag.
            (
                "institution",
                include_str!("store/institution.rs"),
                &["add", "standing_of", "living_name", "codes", "codes_after", "page_behind"],
            ),
            // The operator's own are to one institution or to all.
            ("notice", include_str!("store/notice.rs"), &["end_of_operator", "of_operator"]),
            // The job asks for all that wait.
            ("reference", include_str!("store/reference.rs"), &["waiting"]),
            ("person", include_str!("store/consent/person.rs"), &[]),
            ("posted", include_str!("store/posted.rs"), &[]),
            ("register", include_str!("store/register.rs"), &[]),
            ("setup", include_str!("store/setup.rs"), &[]),
            // Who registers is in no institution; the operator answers all; a session is found and ended by its secret id; the purge.
            (
                "portal",
                include_str!("store/portal.rs"),
                &[
                    "add_registration",
                    "registration",
                    "registrations_since",
                    "take_registration",
                    "forget_registrations",
                    "add",
                    "by_mail",
                    "find",
                    "in_state",
                    "waiting_since",
                    "send",
                    "answer",
                    "add_session",
                    "find_session",
                    "touch_session",
                    "end_session",
                    "end_all_sessions",
                    "drop_ended_sessions",
                    "set_password",
                    "end_sessions_of",
                    "remove",
                    "set_devices",
                ],
            ),
            // The new one holds its tenant; a visit is found by its id, with its secret; challenges belong to a visit that was found; the
            // purge.
            (
                "visit",
                include_str!("store/visit.rs"),
                &["add", "find", "put_challenge", "use_challenge", "forget_results", "remove_unfinished"],
            ),
        ];
        for &(file, text, wanted) in exceptions {
            assert_eq!(without_tenant(text), wanted, "{file}");
        }
        assert_eq!(without_tenant("\npub fn all(tx: &mut Tx<'_>) -> ()\npub fn one(tx: &mut Tx<'_>, tenant: &Tenant) -> ()"), ["all"]);
    }
}
