//! The statements of the list for one 診療区分 (use): the same texts with one more condition, whose value is their last one.
//!
//! Where a statement goes along days or deadlines, the use is part of the index it goes along; where it picks by a name or a number, the
//! rows that were picked are looked at for it (`+`: no index is to be chosen for it).

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

const TENANT: &str = "institution = $1";
/// What follows the tenant where a statement picks.
const PICKS: [&str; 8] = [
    " AND c.name_key",
    " AND c.kana_key",
    " AND c.other_key",
    " AND name_key",
    " AND kana_key",
    " AND other_key",
    " AND c.receipt",
    " AND c.ended_why",
];
const PICK_BY_REFERENCE: &str = " AND replace(";

/// A statement for one use: made once, then kept.
pub(super) fn of_use(sql: &'static str) -> &'static str {
    static MADE: LazyLock<Mutex<HashMap<&'static str, &'static str>>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(sql).or_insert_with(|| Box::leak(text(sql).into_boxed_str()))
}

/// The text of [`of_use`].
pub(super) fn text(sql: &str) -> String {
    let place = last_place(sql) + 1;
    let mut parts = sql.split(TENANT);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        let is_pick =
            PICKS.iter().chain([&PICK_BY_REFERENCE]).any(|pick| rest.starts_with(pick) || rest.trim_start().starts_with(pick.trim_start()));
        let (plus, of) = (if is_pick { "+" } else { "" }, if text.ends_with("c.") { "c." } else { "" });
        text += &format!("{TENANT} AND {plus}{of}use = ${place}{rest}");
    }
    text
}

/// The highest `$n`.
fn last_place(sql: &str) -> u32 {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    sql.split('$').skip(1).filter_map(|rest| digits(rest).parse().ok()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_use_is_the_last_value_and_part_of_every_condition_on_the_tenant() {
        assert_eq!(
            text("SELECT 1 FROM consents c WHERE c.institution = $1 AND c.expires_at > $5"),
            "SELECT 1 FROM consents c WHERE c.institution = $1 AND c.use = $6 AND c.expires_at > $5"
        );
        assert_eq!(
            text("FROM consents WHERE institution = $1 AND name_key >= $12"),
            "FROM consents WHERE institution = $1 AND +use = $13 AND name_key >= $12"
        );
        assert_eq!(text("c.institution = $1 AND c.receipt = $2"), "c.institution = $1 AND +c.use = $3 AND c.receipt = $2");
    }
}
