//! How a person asks for a card: `PERSON` or `PERSON:SCENARIO`.

use std::{fmt, str::FromStr};

use crate::{people, scenarios};

/// Names one card: whose it is and how it behaves. Written `ichiro:normal`; `ichiro` alone means `ichiro:normal`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CardSpec {
    /// Id of a person of [`people`].
    pub person: String,
    /// Id of a scenario of [`scenarios`].
    pub scenario: String,
}

/// Says why a text names no card; its text lists what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotACard {
    /// No such person.
    #[error("no person `{given}`; allowed: {}", allowed_people())]
    Person {
        /// What was written instead.
        given: String,
    },
    /// No such scenario.
    #[error("no scenario `{given}`; allowed: {}", allowed_scenarios())]
    Scenario {
        /// What was written instead.
        given: String,
    },
}

impl CardSpec {
    /// Checks both ids, since the fields can be filled by hand.
    ///
    /// # Errors
    /// The first id that is not known.
    pub fn check(&self) -> Result<(), NotACard> {
        if people::person(&self.person).is_none() {
            return Err(NotACard::Person { given: self.person.clone() });
        }
        if scenarios::behaviour(&self.scenario).is_none() {
            return Err(NotACard::Scenario { given: self.scenario.clone() });
        }
        Ok(())
    }
}

impl FromStr for CardSpec {
    type Err = NotACard;

    fn from_str(text: &str) -> Result<CardSpec, NotACard> {
        let (person, scenario) = text.split_once(':').unwrap_or((text, "normal"));
        let spec = CardSpec { person: person.trim().to_owned(), scenario: scenario.trim().to_owned() };
        spec.check()?;
        Ok(spec)
    }
}

impl fmt::Display for CardSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.person, self.scenario)
    }
}

fn allowed_people() -> String {
    people::people().iter().map(|person| person.id).collect::<Vec<_>>().join(", ")
}

fn allowed_scenarios() -> String {
    scenarios::scenarios().iter().map(|scenario| scenario.id).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_person_means_the_normal_scenario() {
        let spec: CardSpec = "ichiro".parse().unwrap();
        assert_eq!(spec, "ichiro:normal".parse().unwrap());
        assert_eq!(spec.to_string(), "ichiro:normal");
    }

    #[test]
    fn a_wrong_name_is_told_what_is_allowed() {
        let text = "nobody".parse::<CardSpec>().unwrap_err().to_string();
        assert!(text.contains("`nobody`") && text.contains("ichiro, hanako"), "{text}");
        let text = "ichiro:lokced".parse::<CardSpec>().unwrap_err().to_string();
        assert!(text.contains("`lokced`") && text.contains("normal") && text.contains("locked"), "{text}");
    }

    #[test]
    fn every_listed_pair_reads_back() {
        for person in people::people() {
            for scenario in scenarios::scenarios() {
                let text = format!("{}:{}", person.id, scenario.id);
                assert_eq!(text.parse::<CardSpec>().unwrap().to_string(), text);
            }
        }
    }
}
