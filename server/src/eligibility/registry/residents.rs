//! ひなた苑: the 90 residents of the demo's care home, the same every time. Nine have a card and stand in the register's own file; the
//! others have a paper alone, and are made here.

use std::collections::BTreeMap;

use super::PersonRow;

/// 施設.
const HOME: &str = "ひなた苑";
/// 後期高齢者試験広域連合.
const INSURER: &str = "39990015";
const FLOORS: usize = 3;
const ROOMS: usize = 30;
/// Whoever has a card, in each tenth room: name, kana and birth date as the register has them.
const WITH_CARD: [[&str; 3]; 9] = [
    ["資格　一郎", "ｼｶｸ ｲﾁﾛｳ", "1960-06-02"],
    ["受付　花子", "ｳｹﾂｹ ﾊﾅｺ", "1948-11-03"],
    ["試●　和子", "ﾀﾒｼ ｶｽﾞｺ", "1954-02-28"],
    ["助成　春樹", "ｼﾞｮｾｲ ﾊﾙｷ", "1975-04-01"],
    ["助成　治", "ｼﾞｮｾｲ ｵｻﾑ", "1982-12-12"],
    ["助成　仁", "ｼﾞｮｾｲ ｼﾞﾝ", "1990-06-15"],
    ["助成　薫", "ｼﾞｮｾｲ ｶｵﾙ", "1988-02-29"],
    ["空欄　夏子", "ｸｳﾗﾝ ﾅﾂｺ", "1979-07-21"],
    ["併用　十和", "ﾍｲﾖｳ ﾄﾜ", "1958-10-10"],
];
const FAMILY: [[&str; 2]; 9] = [
    ["日向", "ﾋﾅﾀ"],
    ["縁側", "ｴﾝｶﾞﾜ"],
    ["庭野", "ﾆﾜﾉ"],
    ["木陰", "ｺｶｹﾞ"],
    ["小道", "ｺﾐﾁ"],
    ["朝倉", "ｱｻｸﾗ"],
    ["夕凪", "ﾕｳﾅｷﾞ"],
    ["若葉", "ﾜｶﾊﾞ"],
    ["雪野", "ﾕｷﾉ"],
];
const GIVEN: [[&str; 3]; 9] = [
    ["ハツ", "ﾊﾂ", "female"],
    ["キヨ", "ｷﾖ", "female"],
    ["正", "ﾀﾀﾞｼ", "male"],
    ["トシ", "ﾄｼ", "female"],
    ["フミ", "ﾌﾐ", "female"],
    ["茂", "ｼｹﾞﾙ", "male"],
    ["ミツ", "ﾐﾂ", "female"],
    ["勇", "ｲｻﾑ", "male"],
    ["ヨシ", "ﾖｼ", "female"],
];

/// A resident.
struct Resident {
    room: String,
    name: String,
    kana: String,
    birth_date: String,
    /// 番号 of the paper and the sex; `None` for one with a card.
    paper: Option<(String, &'static str)>,
}

fn residents() -> Vec<Resident> {
    let (mut cards, mut papers) = (WITH_CARD.iter(), 0_usize..);
    let mut all = Vec::with_capacity(FLOORS * ROOMS);
    for (floor, place) in (1..=FLOORS).flat_map(|floor| (1..=ROOMS).map(move |place| (floor, place))) {
        let room = format!("{floor}{place:02}");
        let of_card = if place % 10 == 0 { cards.next() } else { None };
        all.extend(match of_card {
            Some([name, kana, birth]) => {
                Some(Resident { room, name: (*name).to_owned(), kana: (*kana).to_owned(), birth_date: (*birth).to_owned(), paper: None })
            }
            None => papers.next().and_then(|number| of_paper(room, number)),
        });
    }
    all
}

fn of_paper(room: String, number: usize) -> Option<Resident> {
    let [family, family_kana] = FAMILY.get(number % 9)?;
    let [given, given_kana, sex] = GIVEN.get(number / 9 % 9)?;
    let birth_date = format!("{}-{:02}-{:02}", 1929 + number % 12, 1 + number % 11, 1 + number % 28);
    let (name, kana) = (format!("{family}　{given}"), format!("{family_kana} {given_kana}"));
    Some(Resident { room, name, kana, birth_date, paper: Some((format!("{:08}", 90_001 + number), sex)) })
}

/// The rows of those with a paper.
pub(super) fn rows() -> Result<BTreeMap<String, PersonRow>, toml::de::Error> {
    let row = |of: &Resident| {
        let Resident { room, name, kana, birth_date, paper } = of;
        let (member, sex) = paper.as_ref()?;
        Some(format!(
            "[hinata-{room}]\nvalidity = \"valid\"\n\
             person = {{ name = \"{name}\", name_kana = \"{kana}\", birth_date = \"{birth_date}\", sex = \"{sex}\" }}\n\
             [[hinata-{room}.coverages]]\ninsurer_number = \"{INSURER}\"\ninsurer_name = \"後期高齢者試験広域連合\"\n\
             member_number = \"{member}\"\ncard_classification = \"一般\"\ninsured_name = \"{name}\"\n\
             address = \"資格県受付市在宅町９丁目１番 {HOME}\"\npost_number = \"990-0009\"\nqualified_on = \"2020-04-01\"\n\
             valid_from = \"2020-04-01\"\ncopay_ratio = {{ value = 10 }}\nis_preschool = false\nlimit = \"not_provided\"\n\
             specific_diseases = \"not_provided\"\n"
        ))
    };
    toml::from_str(&residents().iter().filter_map(row).collect::<String>())
}

/// The list of the home as a file for OT-26: UTF-8 with a byte order mark.
#[must_use]
pub fn list_csv() -> String {
    let mut text = format!("\u{FEFF}{}\r\n", shared::api::day::DAY_COLUMNS.join(","));
    for Resident { room, name, kana, birth_date, paper } in residents() {
        let numbers = paper.map_or_else(|| ",,,".to_owned(), |(member, _)| format!("{INSURER},,{member},"));
        text.push_str(&format!("{name},{kana},{birth_date},{room},{numbers},{HOME},\r\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use shared::domain::calendar::UnixMs;

    use super::*;
    use crate::day_file;
    use crate::eligibility::Registry as _;
    use crate::eligibility::asked::InsuranceAsked;
    use crate::eligibility::registry::EmbeddedRegistry;

    #[test]
    fn ninety_residents_on_three_floors_nine_with_a_card_and_each_found() {
        let lines = day_file::read(list_csv().as_bytes()).unwrap();
        let typed: Vec<_> = lines.into_iter().map(|line| line.read.unwrap()).collect();
        assert_eq!((typed.len(), typed[0].room.as_str(), typed[89].room.as_str()), (90, "101", "330"));
        let register = EmbeddedRegistry::demo("{}").unwrap();
        let mut seen = std::collections::BTreeSet::new();
        let mut cards = 0;
        for one in &typed {
            assert!(seen.insert((one.name.as_str().to_owned(), one.birth_date)), "{}", one.name.as_str());
            let Some(numbers) = &one.insurance else {
                let is_known = register.people(UnixMs(0)).iter().any(|known| {
                    let person = known.eligibility.person.as_ref().unwrap();
                    known.takes_card && (person.name.as_str(), Some(person.birth_date)) == (one.name.as_str(), one.birth_date)
                });
                assert!(is_known, "{}", one.name.as_str());
                cards += 1;
                continue;
            };
            let asked = InsuranceAsked {
                insurer_number: numbers.insurer_number.as_str().to_owned(),
                symbol: None,
                member_number: numbers.member_number.as_str().to_owned(),
                branch_number: None,
                birth_date: one.birth_date.unwrap(),
            };
            let found = register.insured(&asked, UnixMs(0));
            assert_eq!(found.len(), 1, "{}", one.name.as_str());
            assert_eq!(found[0].eligibility.person.as_ref().unwrap().name, one.name.as_str());
        }
        assert_eq!(cards, 9);
    }
}
