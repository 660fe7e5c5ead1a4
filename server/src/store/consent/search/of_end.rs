//! The statements of the list where 置換 or 取消 is asked for: the same texts, in which what ended a consent before its deadline is read too.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// What each of the texts becomes.
const BECOMES: [(&str, &str); 3] = [
    ("CASE WHEN c.replaced_at", "CASE WHEN c.ended_why IN (1, 2) THEN 4 WHEN c.replaced_at"),
    // The columns of a walk and of a choice by several names, which the condition is looked up in.
    ("(SELECT c.id, c.consented_at, c.expires_at, c.replaced_at", "(SELECT c.id, c.consented_at, c.expires_at, c.replaced_at, c.ended_why"),
    ("SELECT id, consented_at, expires_at, replaced_at ", "SELECT id, consented_at, expires_at, replaced_at, ended_why "),
];

/// A statement that tells them apart: made once, then kept.
pub(super) fn of_end(sql: &'static str) -> &'static str {
    static MADE: LazyLock<Mutex<HashMap<&'static str, &'static str>>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(sql).or_insert_with(|| Box::leak(text(sql).into_boxed_str()))
}

/// The text of [`of_end`].
pub(super) fn text(sql: &str) -> String {
    BECOMES.iter().fold(sql.to_owned(), |sql, (from, to)| sql.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::super::STATEMENTS;
    use super::*;

    #[test]
    fn each_statement_that_looks_at_the_state_tells_a_withdrawal_from_a_replacement() {
        for (name, sql) in STATEMENTS.iter().flat_map(|(name, all)| all.iter().map(move |sql| (name, sql))) {
            let is_told = text(sql).contains("THEN 4");
            assert_eq!(is_told, sql.contains("$4 = CASE"), "{name}: {sql}");
        }
    }
}
