//! The people whose cards exist here. All are invented; insurance is no business of a card and lives elsewhere.

/// One person a card can belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Person {
    /// Lower-case ASCII name used on command lines, in file names and in `people.json`.
    pub id: &'static str,
    /// One line for help texts: the name and what this person is for.
    pub about: &'static str,
    /// Family name (氏) as the card writes it.
    pub family: &'static str,
    /// Given name (名) as the card writes it.
    pub given: &'static str,
    /// Date of birth: year, month 1–12, day 1–31.
    pub birth: (i16, i8, i8),
    /// Sex on the card.
    pub sex: Sex,
    /// Address (住所) as the card writes it: full-width digits, an invented prefecture.
    pub address: &'static str,
    /// 照合番号A: the place of the twelve-digit number (個人番号). Never a number of anybody: its check digit is wrong on purpose.
    pub number_a: &'static str,
    /// The four digits printed beside the photo (セキュリティコード), part of 照合番号B.
    pub security_code: &'static str,
}

/// The year in which every card ends, on the holder's birthday.
const EXPIRY_YEAR: i16 = 2033;

impl Person {
    /// The day on which the card (not its certificates) ends: year, month, day.
    pub fn expiry(&self) -> (i16, i8, i8) {
        let (_, month, day) = self.birth;
        (EXPIRY_YEAR, month, day)
    }

    /// The birth date as the age record (年齢確認) wants it: year of the era, month, day, six digits.
    pub fn birth_key(&self) -> String {
        let (year, month, day) = self.birth;
        let era_year = year - first_year_of_era(self.birth) + 1;
        format!("{era_year:02}{month:02}{day:02}")
    }

    /// 照合番号B, fourteen digits: birth date in the era, year of expiry, security code.
    pub fn number_b(&self) -> String {
        format!("{}{EXPIRY_YEAR:04}{}", self.birth_key(), self.security_code)
    }
}

/// The Gregorian year that is year 1 of the era of a day. Eras change inside a year: 昭和 64 ended on 1989-01-07.
fn first_year_of_era(day: (i16, i8, i8)) -> i16 {
    match day {
        day if day >= (2019, 5, 1) => 2019,
        day if day >= (1989, 1, 8) => 1989,
        day if day >= (1926, 12, 25) => 1926,
        day if day >= (1912, 7, 30) => 1912,
        _ => 1868,
    }
}

/// Sex as a card codes it: ISO/IEC 5218, one digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// Code 1.
    Male,
    /// Code 2.
    Female,
}

impl Sex {
    /// The one-digit text of ISO/IEC 5218.
    pub fn code(self) -> &'static str {
        match self {
            Sex::Male => "1",
            Sex::Female => "2",
        }
    }
}

/// Everyone who has a card, in the order help texts list them.
pub fn people() -> &'static [Person] {
    &PEOPLE
}

pub(crate) fn person(id: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.id == id)
}

static PEOPLE: [Person; 21] = [
    Person {
        id: "ichiro",
        about: "資格 一郎, born 1960-06-02: the plain case",
        family: "資格",
        given: "一郎",
        birth: (1960, 6, 2),
        sex: Sex::Male,
        address: "資格県受付市在宅町１丁目２番３号",
        number_a: "999900000013",
        security_code: "1201",
    },
    Person {
        id: "hanako",
        about: "受付 花子, born 1948-11-03: over 75",
        family: "受付",
        given: "花子",
        birth: (1948, 11, 3),
        sex: Sex::Female,
        address: "資格県受付市在宅町２丁目４番６－７０１号",
        number_a: "999900000023",
        security_code: "1202",
    },
    Person {
        id: "jiro",
        about: "在宅 次郎, born 2022-04-10: a child",
        family: "在宅",
        given: "次郎",
        birth: (2022, 4, 10),
        sex: Sex::Male,
        address: "資格県受付市訪問町３番地",
        number_a: "999900000033",
        security_code: "1203",
    },
    Person {
        id: "kazuko",
        about: "試● 和子, born 1954-02-28: a character that could not be written",
        family: "試●",
        given: "和子",
        birth: (1954, 2, 28),
        sex: Sex::Female,
        address: "資格県受付市看護町４番地",
        number_a: "999900000043",
        security_code: "1204",
    },
    Person {
        id: "taro",
        about: "通称 太郎, born 1985-08-15: known by another name",
        family: "通称",
        given: "太郎",
        birth: (1985, 8, 15),
        sex: Sex::Male,
        address: "資格県受付市薬局町５番地",
        number_a: "999900000053",
        security_code: "1205",
    },
    Person {
        id: "saburo",
        about: "喪失 三郎, born 1971-09-09: coverage has ended",
        family: "喪失",
        given: "三郎",
        birth: (1971, 9, 9),
        sex: Sex::Male,
        address: "資格県受付市喪失町６番地",
        number_a: "999900000063",
        security_code: "1206",
    },
    Person {
        id: "shiro",
        about: "転職 四郎, born 1979-12-01: coverage has just changed",
        family: "転職",
        given: "四郎",
        birth: (1979, 12, 1),
        sex: Sex::Male,
        address: "資格県受付市転職町７番地",
        number_a: "999900000073",
        security_code: "1207",
    },
    Person {
        id: "goro",
        about: "複数 五郎, born 1966-07-07: several coverages at once",
        family: "複数",
        given: "五郎",
        birth: (1966, 7, 7),
        sex: Sex::Male,
        address: "資格県受付市複数町８番地",
        number_a: "999900000083",
        security_code: "1208",
    },
    Person {
        id: "mutsuko",
        about: "未登録 六子, born 1983-03-03: card not registered for insurance use",
        family: "未登録",
        given: "六子",
        birth: (1983, 3, 3),
        sex: Sex::Female,
        address: "資格県受付市登録町９番地",
        number_a: "999900000093",
        security_code: "1209",
    },
    Person {
        id: "nanako",
        about: "未着 七子, born 1990-01-15: unknown to the insurance registry",
        family: "未着",
        given: "七子",
        birth: (1990, 1, 15),
        sex: Sex::Female,
        address: "資格県受付市未着町１０番地",
        number_a: "999900000103",
        security_code: "1210",
    },
    Person {
        id: "hachiro",
        about: "扶助 八郎, born 1957-08-08: medical aid",
        family: "扶助",
        given: "八郎",
        birth: (1957, 8, 8),
        sex: Sex::Male,
        address: "資格県受付市扶助町１１番地",
        number_a: "999900000113",
        security_code: "1211",
    },
    Person {
        id: "kumi",
        about: "扶助 九美, born 1966-09-09: medical aid, registered from the 16th of a month",
        family: "扶助",
        given: "九美",
        birth: (1966, 9, 9),
        sex: Sex::Female,
        address: "資格県受付市扶助町１２番地",
        number_a: "999900000123",
        security_code: "1212",
    },
    Person {
        id: "towa",
        about: "併用 十和, born 1958-10-10: insurance and medical aid",
        family: "併用",
        given: "十和",
        birth: (1958, 10, 10),
        sex: Sex::Female,
        address: "資格県受付市併用町１３番地",
        number_a: "999900000133",
        security_code: "1213",
    },
    Person {
        id: "haruki",
        about: "助成 春樹, born 1975-04-01: a subsidy with a monthly limit",
        family: "助成",
        given: "春樹",
        birth: (1975, 4, 1),
        sex: Sex::Male,
        address: "資格県受付市助成町１４番地",
        number_a: "999900000144",
        security_code: "1214",
    },
    Person {
        id: "minori",
        about: "助成 みのり, born 2020-05-05: a child with a subsidy that is always paid back",
        family: "助成",
        given: "みのり",
        birth: (2020, 5, 5),
        sex: Sex::Female,
        address: "資格県受付市助成町１５番地",
        number_a: "999900000153",
        security_code: "1215",
    },
    Person {
        id: "osamu",
        about: "助成 治, born 1982-12-12: two subsidies at once",
        family: "助成",
        given: "治",
        birth: (1982, 12, 12),
        sex: Sex::Male,
        address: "資格県受付市助成町１６番地",
        number_a: "999900000163",
        security_code: "1216",
    },
    Person {
        id: "jin",
        about: "助成 仁, born 1990-06-15: a subsidy on paper only",
        family: "助成",
        given: "仁",
        birth: (1990, 6, 15),
        sex: Sex::Male,
        address: "資格県受付市助成町１７番地",
        number_a: "999900000173",
        security_code: "1217",
    },
    Person {
        id: "kaoru",
        about: "助成 薫, born 1988-02-29: a subsidy with nothing told",
        family: "助成",
        given: "薫",
        birth: (1988, 2, 29),
        sex: Sex::Female,
        address: "資格県受付市助成町１８番地",
        number_a: "999900000183",
        security_code: "1218",
    },
    Person {
        id: "natsuko",
        about: "空欄 夏子, born 1979-07-21: an insurance without an address",
        family: "空欄",
        given: "夏子",
        birth: (1979, 7, 21),
        sex: Sex::Female,
        address: "資格県受付市空欄町１９番地",
        number_a: "999900000193",
        security_code: "1219",
    },
    Person {
        id: "fuyuko",
        about: "紙面 冬子, born 1972-01-30: checked by paper",
        family: "紙面",
        given: "冬子",
        birth: (1972, 1, 30),
        sex: Sex::Female,
        address: "資格県受付市紙面町２０番地",
        number_a: "999900000203",
        security_code: "1220",
    },
    Person {
        id: "akio",
        about: "両方 秋雄, born 1968-11-11: checked by paper, without an address",
        family: "両方",
        given: "秋雄",
        birth: (1968, 11, 11),
        sex: Sex::Male,
        address: "資格県受付市両方町２１番地",
        number_a: "999900000213",
        security_code: "1221",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_era_begins_and_ends_inside_a_year() {
        let key = |year, month, day| Person { birth: (year, month, day), ..PEOPLE[0] }.birth_key();
        assert_eq!(key(1980, 2, 17), "550217");
        assert_eq!(key(1926, 12, 24), "151224");
        assert_eq!(key(1926, 12, 25), "011225");
        assert_eq!(key(1989, 1, 7), "640107");
        assert_eq!(key(1989, 1, 8), "010108");
        assert_eq!(key(2019, 4, 30), "310430");
        assert_eq!(key(2019, 5, 1), "010501");
    }

    #[test]
    fn a_number_b_is_birth_expiry_and_code() {
        assert_eq!(PEOPLE[0].number_b(), "35060220331201");
        assert_eq!(PEOPLE[2].number_b(), "04041020331203");
    }

    #[test]
    fn no_number_is_one_that_could_be_given_to_a_person() {
        for person in people() {
            let digits: Vec<u32> = person.number_a.chars().filter_map(|c| c.to_digit(10)).collect();
            let (check, body) = digits.split_last().unwrap();
            assert_eq!(body.len(), 11);
            // Weights 2 to 7 and again 2 to 6 from the right; 11 minus the rest, above 9 is 0.
            let sum: u32 = body.iter().rev().zip([2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6]).map(|(digit, weight)| digit * weight).sum();
            let right = Some(11 - sum % 11).filter(|digit| *digit < 10).unwrap_or(0);
            assert_ne!(*check, right, "{}", person.id);
            assert!(person.number_a.starts_with("99990000"));
        }
    }
}
