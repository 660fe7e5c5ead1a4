//! 利用規約 (N042, N048) as dated data: which version of which terms is in force on a day.

use serde::Deserialize;
use shared::api::settings::Terms;
use shared::domain::calendar::CivilDate;
use shared::domain::settings::TermsId;

/// Every version of every text.
const ROWS: &str = include_str!("terms.toml");

/// All versions of all terms.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsBook {
    terms: Vec<Terms>,
}

impl TermsBook {
    /// The texts that this program brings along; a test reads them. Without them nobody could confirm anything, and what needs
    /// terms would stay off.
    #[must_use]
    pub fn built_in() -> Self {
        Self::parse(ROWS).unwrap_or_default()
    }

    /// Reads texts.
    ///
    /// # Errors
    /// [`toml::de::Error`].
    pub fn parse(rows: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(rows)
    }

    /// The terms in force on a day: of each the newest that has begun.
    #[must_use]
    pub fn in_force(&self, on: CivilDate) -> Vec<Terms> {
        let newest = |id| self.terms.iter().filter(|one| one.id == id && one.from <= on).max_by_key(|one| one.from);
        TermsId::ALL.into_iter().filter_map(newest).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        CivilDate::try_from(text).unwrap()
    }

    #[test]
    fn each_terms_has_a_text_in_force_and_no_version_stands_twice() {
        let book = TermsBook::parse(ROWS).unwrap();
        let now = book.in_force(day("2026-11-30"));
        assert_eq!(now.iter().map(|one| one.id).collect::<Vec<_>>(), TermsId::ALL);
        assert!(now.iter().all(|one| !one.text.is_empty() && !one.title.is_empty()));
        assert!(now.iter().any(|one| one.id == TermsId::Subsidies && one.note.contains("公表")), "N048");
        for (place, one) in book.terms.iter().enumerate() {
            assert!(book.terms[..place].iter().all(|other| (other.id, &other.version) != (one.id, &one.version)));
        }
    }

    #[test]
    fn the_newest_version_that_has_begun_counts() {
        let row = |version: &str, from: &str| {
            format!("[[terms]]\nid = \"subsidies\"\nversion = \"{version}\"\nfrom = \"{from}\"\ntitle = \"t\"\ntext = [\"x\"]\n")
        };
        let book = TermsBook::parse(&(row("2", "2027-04-01") + &row("1", "2024-04-01"))).unwrap();
        let version = |on: &str| book.in_force(day(on)).into_iter().map(|one| one.version).collect::<Vec<_>>();
        assert_eq!(version("2024-03-31"), Vec::<String>::new());
        assert_eq!(version("2027-03-31"), ["1"]);
        assert_eq!(version("2027-04-01"), ["2"]);
    }
}
