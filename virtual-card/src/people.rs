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

static PEOPLE: [Person; 10] = [
    Person {
        id: "ichiro",
        about: "資格 一郎, born 1960-06-02: the plain case",
        family: "資格",
        given: "一郎",
        birth: (1960, 6, 2),
        sex: Sex::Male,
        address: "資格県受付市在宅町１丁目２番３号",
    },
    Person {
        id: "hanako",
        about: "受付 花子, born 1948-11-03: over 75",
        family: "受付",
        given: "花子",
        birth: (1948, 11, 3),
        sex: Sex::Female,
        address: "資格県受付市在宅町２丁目４番６－７０１号",
    },
    Person {
        id: "jiro",
        about: "在宅 次郎, born 2022-04-10: a child",
        family: "在宅",
        given: "次郎",
        birth: (2022, 4, 10),
        sex: Sex::Male,
        address: "資格県受付市訪問町３番地",
    },
    Person {
        id: "kazuko",
        about: "試● 和子, born 1954-02-28: a character that could not be written",
        family: "試●",
        given: "和子",
        birth: (1954, 2, 28),
        sex: Sex::Female,
        address: "資格県受付市看護町４番地",
    },
    Person {
        id: "taro",
        about: "通称 太郎, born 1985-08-15: known by another name",
        family: "通称",
        given: "太郎",
        birth: (1985, 8, 15),
        sex: Sex::Male,
        address: "資格県受付市薬局町５番地",
    },
    Person {
        id: "saburo",
        about: "喪失 三郎, born 1971-09-09: coverage has ended",
        family: "喪失",
        given: "三郎",
        birth: (1971, 9, 9),
        sex: Sex::Male,
        address: "資格県受付市喪失町６番地",
    },
    Person {
        id: "shiro",
        about: "転職 四郎, born 1979-12-01: coverage has just changed",
        family: "転職",
        given: "四郎",
        birth: (1979, 12, 1),
        sex: Sex::Male,
        address: "資格県受付市転職町７番地",
    },
    Person {
        id: "goro",
        about: "複数 五郎, born 1966-07-07: several coverages at once",
        family: "複数",
        given: "五郎",
        birth: (1966, 7, 7),
        sex: Sex::Male,
        address: "資格県受付市複数町８番地",
    },
    Person {
        id: "mutsuko",
        about: "未登録 六子, born 1983-03-03: card not registered for insurance use",
        family: "未登録",
        given: "六子",
        birth: (1983, 3, 3),
        sex: Sex::Female,
        address: "資格県受付市登録町９番地",
    },
    Person {
        id: "nanako",
        about: "未着 七子, born 1990-01-15: unknown to the insurance registry",
        family: "未着",
        given: "七子",
        birth: (1990, 1, 15),
        sex: Sex::Female,
        address: "資格県受付市未着町１０番地",
    },
];
