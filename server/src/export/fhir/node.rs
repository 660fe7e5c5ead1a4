//! The parts of a resource: what is absent or empty is not there.

use serde_json::{Map, Value};
use shared::domain::calendar::CivilDate;

/// An element with its members. FHIR allows none that is empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Node(Map<String, Value>);

impl Node {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A resource of a type.
    pub(super) fn resource(kind: &str) -> Self {
        Self::new().set("resourceType", kind)
    }

    /// A member.
    pub(super) fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), plain(value.into()));
        self
    }

    /// A member, where there is one.
    pub(super) fn maybe(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// A text, where there is one; blank ones are none.
    pub(super) fn text(self, name: &str, text: Option<&str>) -> Self {
        self.maybe(name, text.filter(|text| !text.trim().is_empty()))
    }

    /// A list, where something is in it.
    pub(super) fn list(self, name: &str, values: Vec<Value>) -> Self {
        let values: Vec<Value> = values.into_iter().map(plain).collect();
        self.maybe(name, Some(values).filter(|values| !values.is_empty()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn value(self) -> Value {
        Value::Object(self.0)
    }
}

/// A text without the white space that FHIR's texts do not have (U+3000 between the parts of a name): a space stands for it.
fn plain(value: Value) -> Value {
    match value {
        Value::String(text) => {
            let plain = |c: char| if c.is_whitespace() && !matches!(c, '\r' | '\n' | '\t') { ' ' } else { c };
            Value::String(text.chars().map(plain).collect())
        }
        other => other,
    }
}

/// One coding of a system.
pub(super) fn coding(system: &str, code: &str, display: &str) -> Value {
    Node::new().set("system", system).set("code", code).text("display", Some(display)).value()
}

/// A concept with one coding.
pub(super) fn concept(system: &str, code: &str, display: &str) -> Value {
    Node::new().list("coding", vec![coding(system, code, display)]).value()
}

/// A concept in words.
pub(super) fn words(text: &str) -> Value {
    Node::new().set("text", text).value()
}

/// An identifier.
pub(super) fn identifier(system: &str, value: &str) -> Value {
    Node::new().set("system", system).set("value", value).value()
}

/// A period of days; `None` where neither end is known.
pub(super) fn period(from: Option<CivilDate>, until: Option<CivilDate>) -> Option<Value> {
    let day = |day: CivilDate| day.to_string();
    let node = Node::new().maybe("start", from.map(day)).maybe("end", until.map(day));
    (!node.is_empty()).then(|| node.value())
}
