//! A file for the person at the page. People's data leave with it: it is asked for by a press, after a fresh proof
//! ([`crate::right::Right::StepUp`]), and comes as an answer, so that a refusal has its words on the screen.

use serde::{Deserialize, Serialize};

use crate::bytes::Base64;

/// A list as CSV (UTF-8 with byte order mark).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedFile {
    /// Name under which it is saved: nothing of a person.
    pub name: String,
    /// Its bytes.
    pub file: Base64,
    /// Rows in it, without the heading.
    pub rows: u32,
    /// Rows that could not be read from the database; they are not in it.
    pub damaged: u32,
    /// There are more rows than a file takes; only the first are in it.
    pub has_more: bool,
}

impl SavedFile {
    /// A file that is whole.
    #[must_use]
    pub fn whole(name: String, bytes: Vec<u8>, rows: usize) -> Self {
        Self { name, file: Base64(bytes), rows: u32::try_from(rows).unwrap_or(u32::MAX), damaged: 0, has_more: false }
    }
}

/// The rows are full of people.
impl std::fmt::Debug for SavedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SavedFile").field("name", &self.name).field("rows", &self.rows).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Permission, table};
    use crate::domain::account::AccountKind;
    use crate::right::{Right, may};

    /// Files in which no patient is named.
    const OF_NOBODY: [&str; 2] = ["office.usage_csv", "office.export_audit"];

    #[test]
    fn a_list_of_people_leaves_after_a_fresh_proof_only() {
        let is_file = |path: &str| ["csv", "/file", "/fetch"].iter().any(|end| path.ends_with(end)) && !path.ends_with("template.csv");
        let mut found = 0;
        for row in table().filter(|row| is_file(row.path) && !OF_NOBODY.contains(&row.name)) {
            let Permission::Account(act) = row.permission else { panic!("{} asks for no account", row.name) };
            for kind in [AccountKind::Admin, AccountKind::General, AccountKind::Viewer] {
                assert_ne!(may(kind, act), Right::Yes, "{} by {kind:?}", row.name);
            }
            found += 1;
        }
        assert!(found >= 12, "{found}");
    }
}
