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
    use std::path::{Path, PathBuf};

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }

    /// The files that hold `call`, by their path below `src`; test code at a file's end is left out.
    fn who_names(call: &str) -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        sources(&root, &mut files);
        let mut named: Vec<String> = files
            .into_iter()
            .filter(|file| {
                let text = std::fs::read_to_string(file).unwrap();
                text.split("#[cfg(test)]").next().unwrap().contains(call)
            })
            .map(|file| file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned())
            .collect();
        named.sort();
        named
    }

    #[test]
    fn only_the_gate_makes_a_tenant_of_a_request() {
        assert_eq!(who_names("Tenant::of_gate("), ["gate.rs"]);
        assert_eq!(who_names("Tenant::of_operator("), ["account_command.rs", "demo.rs", "rule/institution.rs"]);
    }
}
