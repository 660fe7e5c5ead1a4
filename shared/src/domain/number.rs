//! Numbers of an insurance: check digits, widths, and what counts as the same. A number that came from a register is never
//! refused: what looks wrong is a doubt, said to a person. Source: `recekon.md` §7, T07, T08, T33.

use super::typed;

/// Why a number looks wrong. Never holds the number itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Other characters or another length than such a number has.
    #[error("桁数か文字がちがうようです")]
    Shape,
    /// The last digit does not fit the ones before it.
    #[error("検証番号(最後の数字)が合いません")]
    CheckDigit,
}

/// True when the last digit is the check digit of the ones before it: weights 2, 1, 2, 1 … from the right, the digits of a
/// product added up, filled up to the next ten (rule K of 保険者番号, 公費負担者番号 and 機関コード). False for anything but digits.
#[must_use]
pub fn check_digit_fits(digits: &str) -> bool {
    if digits.len() < 2 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, b)| (place, u32::from(b - b'0')))
        .map(|(place, digit)| if place % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit })
        .sum();
    sum.is_multiple_of(10)
}

/// What looks wrong with a 保険者番号 or 公費負担者番号: 8 digits, or 6 of 国保.
#[must_use]
pub fn insurer_doubt(number: &str) -> Option<Doubt> {
    let is_digits = number.bytes().all(|b| b.is_ascii_digit());
    match number.len() {
        6 | 8 if is_digits => (!check_digit_fits(number)).then_some(Doubt::CheckDigit),
        _ => Some(Doubt::Shape),
    }
}

/// What looks wrong with a 枝番: two half-width digits, `00` and `01` included.
#[must_use]
pub fn branch_doubt(branch: &str) -> Option<Doubt> {
    (branch.len() != 2 || !branch.bytes().all(|b| b.is_ascii_digit())).then_some(Doubt::Shape)
}

/// A 保険者番号 as files hold it: 8 wide, spaces in front (T07). Longer ones stay as they are.
#[must_use]
pub fn with_spaces(insurer_number: &str) -> String {
    format!("{insurer_number:>8}")
}

/// What names an insured person: 保険者番号, 記号, 番号, 枝番.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    /// 保険者番号.
    pub insurer_number: &'a str,
    /// 記号; absent and empty are the same.
    pub symbol: Option<&'a str>,
    /// 番号.
    pub member_number: &'a str,
    /// 枝番; none is not `00`.
    pub branch_number: Option<&'a str>,
}

impl Keys<'_> {
    /// One text for the same insured person, as far as the numbers tell: the insurer as a number, the symbol whatever its width, the
    /// member number without its leading zeros, the branch with them (T33).
    #[must_use]
    pub fn text(&self) -> String {
        let number = |text: &str| typed::number(text).trim_start_matches('0').replace('/', "");
        let symbol = symbol_key(self.symbol.unwrap_or_default()).replace('/', "");
        let branch = typed::number(self.branch_number.unwrap_or_default());
        format!("{}/{symbol}/{}/{branch}", number(self.insurer_number), number(self.member_number))
    }

    /// True for the same insured person, as [`Self::text`] tells.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

/// True when a text holds twelve digits that are an individual number (個人番号) by their check digit, however they are written: such
/// a text is refused and never logged (X53). Source: 総務省令第85号 (2014), §5.
#[must_use]
pub fn holds_individual_number(text: &str) -> bool {
    let mut run = Vec::new();
    let mut found = false;
    for c in typed::code(text).chars().filter(|c| !typed::is_dash(*c)).chain(['x']) {
        match c.to_digit(10) {
            Some(digit) => run.push(digit),
            None => {
                found |= run.len() == 12 && is_individual_number(&run);
                run.clear();
            }
        }
    }
    found
}

fn is_individual_number(digits: &[u32]) -> bool {
    let Some((last, body)) = digits.split_last() else { return false };
    // From the right: 2 to 7, then 2 to 6.
    let weights = (2..=7).chain(2..=6);
    let sum: u32 = body.iter().rev().zip(weights).map(|(digit, weight)| digit * weight).sum();
    let rest = sum % 11;
    *last == if rest <= 1 { 0 } else { 11 - rest }
}

/// A symbol for comparing: half-width, without spaces, one kind of hyphen.
fn symbol_key(text: &str) -> String {
    typed::code(text).chars().map(|c| if typed::is_dash(c) { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_examples_of_rule_k() {
        for good in ["06990014", "990010", "39131008", "138016", "9919900002", "0110113719", "1234566"] {
            assert!(check_digit_fits(good), "{good}");
        }
        for bad in ["01234567", "1311111111", "1234567890", "06990015", "", "0", "０６９９００１４", "0699001a"] {
            assert!(!check_digit_fits(bad), "{bad}");
        }
    }

    #[test]
    fn x53_twelve_digits_with_their_check_digit_are_found_however_they_are_written() {
        for number in [concat!("1234567890", "18"), "1234 5678 9018", "１２３４－５６７８－９０１８", concat!("番号は1234567890", "18です")]
        {
            assert!(holds_individual_number(number), "{number}");
        }
        for other in ["123456789012", "1234567890181", "12345678901", "", "電話 03-1234-5678", "9969900001"] {
            assert!(!holds_individual_number(other), "{other}");
        }
        let wrong = (0..10).filter(|digit| *digit != 8).filter(|digit| holds_individual_number(&format!("12345678901{digit}"))).count();
        assert_eq!(wrong, 0);
    }

    #[test]
    fn every_wrong_last_digit_is_noticed() {
        for good in ["06990014", "01990019", "39990015", "990010", "31990013", "63990014", "12990016", "54990015"] {
            assert_eq!(insurer_doubt(good), None, "{good}");
            let (body, last) = good.split_at(good.len() - 1);
            for digit in ('0'..='9').filter(|digit| *digit != last.chars().next().unwrap()) {
                assert_eq!(insurer_doubt(&format!("{body}{digit}")), Some(Doubt::CheckDigit), "{body}{digit}");
            }
        }
        for odd in ["0699001", "069900140", "", "  990010", "abcdef"] {
            assert_eq!(insurer_doubt(odd), Some(Doubt::Shape), "{odd}");
        }
    }

    #[test]
    fn t07_six_digits_stand_behind_two_spaces() {
        assert_eq!(with_spaces("990010"), "  990010");
        assert_eq!(with_spaces("06990014"), "06990014");
    }

    #[test]
    fn branches_have_two_digits() {
        assert_eq!([branch_doubt("01"), branch_doubt("00")], [None, None]);
        for odd in ["", "1", "001", "０１", "a1"] {
            assert_eq!(branch_doubt(odd), Some(Doubt::Shape), "{odd}");
        }
    }

    fn keys<'a>(insurer: &'a str, symbol: Option<&'a str>, member: &'a str, branch: Option<&'a str>) -> Keys<'a> {
        Keys { insurer_number: insurer, symbol, member_number: member, branch_number: branch }
    }

    #[test]
    fn t33_branch_01_00_and_none_are_three() {
        let branches = [Some("01"), Some("00"), None];
        for (i, one) in branches.iter().enumerate() {
            for (j, other) in branches.iter().enumerate() {
                let [one, other] = [*one, *other].map(|branch| keys("06990014", None, "1", branch));
                assert_eq!(one.is_same(&other), i == j);
            }
        }
    }

    #[test]
    fn width_padding_and_leading_zeros_make_no_other_person() {
        let one = keys("06990014", Some("１２－３４"), "0056", Some("01"));
        assert!(one.is_same(&keys("6990014", Some("12-34"), "56", Some("01"))));
        assert!(one.is_same(&keys("  06990014", Some("12ｰ34"), "５６", Some("01"))));
        assert!(!one.is_same(&keys("06990014", Some("1234"), "56", Some("01"))), "a hyphen of a symbol counts");
        assert!(!one.is_same(&keys("06990014", Some("12-34"), "57", Some("01"))));
        assert!(!one.is_same(&keys("01990019", Some("12-34"), "56", Some("01"))));
        assert!(keys("990010", None, "1", None).is_same(&keys("990010", Some(""), "1", None)), "T08: absent or empty");
    }
}
