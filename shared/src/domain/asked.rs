//! What a check without a card asks by: the insurance data of a paper, a prescription, or a number (OT-12). Source: `domain.md`
//! OT-12, P-PROXY; `recekon.md` §4.1, §7: what looks wrong is a doubt, said to a person, and never a refusal.

use serde::{Deserialize, Serialize};

use super::calendar::CivilDate;
use super::check::{CheckWay, Medium};
use super::note::Note;
use super::number::{Doubt, branch_doubt, check_digit_fits, insurer_doubt};
use super::typed;

/// What the numbers were read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedOf {
    /// 資格確認書等.
    #[default]
    Paper,
    /// 処方箋.
    Prescription,
    /// 資格情報照会: numbers that were written down or told.
    Number,
    /// A line of a file (資格情報一括照会).
    Bulk,
}

impl AskedOf {
    /// Every one, for tables and tests.
    pub const ALL: [Self; 4] = [Self::Paper, Self::Prescription, Self::Number, Self::Bulk];

    /// How the check is kept.
    #[must_use]
    pub const fn check_way(self) -> CheckWay {
        match self {
            Self::Prescription => CheckWay::Prescription,
            Self::Paper | Self::Number | Self::Bulk => CheckWay::Paper,
        }
    }

    /// What the person showed.
    #[must_use]
    pub const fn medium(self) -> Medium {
        Medium::Paper
    }

    /// The Japanese name shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Paper => "資格確認書等",
            Self::Prescription => "処方箋",
            Self::Number => "資格情報照会(番号)",
            Self::Bulk => "資格情報一括照会",
        }
    }
}

/// Who collects the drugs (P-PROXY); no name is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collects {
    /// 本人.
    Patient,
    /// 代わりの方.
    Other,
}

impl Collects {
    /// The Japanese name shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Patient => "本人",
            Self::Other => "代わりの方",
        }
    }
}

/// A pair of 公費 as a prescription has it; kept as it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubsidyPair {
    /// 公費負担者番号.
    pub payer: Note<20>,
    /// 公費負担医療の受給者番号; letters are possible (P-PMH).
    pub beneficiary: Note<30>,
}

/// A prescription has at most so many pairs of 公費.
pub const SUBSIDIES_MAX: usize = 2;

/// What was typed. Numbers are kept as typed; they are compared by their digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumbersAsked {
    /// What they were read from.
    pub of: AskedOf,
    /// 保険者番号.
    pub insurer_number: Note<20>,
    /// 記号; empty where there is none.
    pub symbol: Note<40>,
    /// 番号.
    pub member_number: Note<40>,
    /// 枝番; empty where it is not known.
    pub branch_number: Note<10>,
    /// 生年月日.
    pub birth_date: CivilDate,
    /// 有効期限 of the paper: past, it is warned of and the check is made.
    pub paper_until: Option<CivilDate>,
    /// The person agrees to give 限度額適用認定証関連情報.
    pub with_limit: bool,
    /// Of a prescription: who collects.
    pub collects: Option<Collects>,
    /// Of a prescription, at most [`SUBSIDIES_MAX`].
    pub subsidies: Vec<SubsidyPair>,
}

/// A number that can be doubted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedNumber {
    /// 保険者番号.
    Insurer,
    /// 枝番.
    Branch,
    /// 公費負担者番号, first or second pair (0, 1).
    Payer(u8),
    /// 受給者番号 of seven digits, first or second pair; the text forms are not looked into.
    Beneficiary(u8),
}

impl NumbersAsked {
    /// True where a register can be asked: 保険者番号 and 番号 are there, and no more pairs than there may be.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let digits = |text: &str| typed::number(text);
        !digits(self.insurer_number.as_str()).is_empty()
            && !digits(self.member_number.as_str()).is_empty()
            && self.subsidies.len() <= SUBSIDIES_MAX
    }

    /// What looks wrong, for a second look of a person.
    #[must_use]
    pub fn doubts(&self) -> Vec<(AskedNumber, Doubt)> {
        let branch = typed::number(self.branch_number.as_str());
        let mut found = Vec::new();
        found.extend(insurer_doubt(&typed::number(self.insurer_number.as_str())).map(|doubt| (AskedNumber::Insurer, doubt)));
        found.extend(
            Some(branch)
                .filter(|branch| !branch.is_empty())
                .and_then(|branch| branch_doubt(&branch))
                .map(|doubt| (AskedNumber::Branch, doubt)),
        );
        for (place, pair) in (0_u8..).zip(&self.subsidies) {
            let payer = typed::number(pair.payer.as_str());
            if !payer.is_empty() {
                let doubt = if payer.len() == 8 { insurer_doubt(&payer) } else { Some(Doubt::Shape) };
                found.extend(doubt.map(|doubt| (AskedNumber::Payer(place), doubt)));
            }
            let beneficiary = typed::number(pair.beneficiary.as_str());
            let is_seven = beneficiary.len() == 7 && beneficiary.bytes().all(|b| b.is_ascii_digit());
            if is_seven && !check_digit_fits(&beneficiary) {
                found.push((AskedNumber::Beneficiary(place), Doubt::CheckDigit));
            }
        }
        found
    }

    /// True where the paper ended before this day.
    #[must_use]
    pub fn is_past(&self, today: CivilDate) -> bool {
        self.paper_until.is_some_and(|until| until < today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(insurer: &str, branch: &str, subsidies: &[(&str, &str)]) -> NumbersAsked {
        let pair = |(payer, beneficiary): &(&str, &str)| SubsidyPair {
            payer: Note::try_from(*payer).unwrap(),
            beneficiary: Note::try_from(*beneficiary).unwrap(),
        };
        NumbersAsked {
            of: AskedOf::Prescription,
            insurer_number: Note::try_from(insurer).unwrap(),
            symbol: Note::default(),
            member_number: Note::try_from("56").unwrap(),
            branch_number: Note::try_from(branch).unwrap(),
            birth_date: CivilDate::new(1950, 4, 1).unwrap(),
            paper_until: CivilDate::new(2026, 7, 31).ok(),
            with_limit: false,
            collects: Some(Collects::Other),
            subsidies: subsidies.iter().map(pair).collect(),
        }
    }

    #[test]
    fn what_looks_wrong_is_a_doubt_and_no_refusal() {
        for (insurer, branch, subsidies, wanted) in [
            ("06990014", "01", &[][..], vec![]),
            ("０６９９－００１４", "", &[("12990016", "1234566")], vec![]),
            ("06990014", "", &[("12990013", "1234566")], vec![(AskedNumber::Payer(0), Doubt::CheckDigit)]),
            ("06990015", "1", &[], vec![(AskedNumber::Insurer, Doubt::CheckDigit), (AskedNumber::Branch, Doubt::Shape)]),
            (
                "0699001",
                "",
                &[("", ""), ("990010", "1234567")],
                vec![
                    (AskedNumber::Insurer, Doubt::Shape),
                    (AskedNumber::Payer(1), Doubt::Shape),
                    (AskedNumber::Beneficiary(1), Doubt::CheckDigit),
                ],
            ),
            ("06990014", "", &[("", "ひ-12")], vec![]),
        ] {
            let asked = asked(insurer, branch, subsidies);
            assert!(asked.is_whole(), "{insurer}");
            assert_eq!(asked.doubts(), wanted, "{insurer}");
        }
    }

    #[test]
    fn a_paper_ends_with_its_last_day_and_is_whole_with_two_numbers() {
        let asked = asked("06990014", "", &[]);
        assert!(!asked.is_past(CivilDate::new(2026, 7, 31).unwrap()) && asked.is_past(CivilDate::new(2026, 8, 1).unwrap()));
        assert!(!NumbersAsked { insurer_number: Note::try_from(" - ").unwrap(), ..asked.clone() }.is_whole());
        assert!(!NumbersAsked { member_number: Note::default(), ..asked.clone() }.is_whole());
        assert!(!NumbersAsked { subsidies: vec![SubsidyPair::default(); 3], ..asked }.is_whole());
        assert_eq!(AskedOf::ALL.map(AskedOf::check_way), [CheckWay::Paper, CheckWay::Prescription, CheckWay::Paper, CheckWay::Paper]);
    }
}
