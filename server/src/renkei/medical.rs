//! Answers to requests for medical information: whose they are, and what they hold as a plain tree. What stands below the groups is not
//! known here: its elements keep their names.

use shared::domain::calendar::UnixMs;
use shared::domain::month::Month;
use shared::domain::person::{Person, Sex};

use super::answer::{NotOurs, NotTaken};
use super::name::Family;
use super::request::{Asked, Request};
use crate::charset::Encoding;
use crate::consent::search_key;
use crate::export::layout::{CD003, CD007};
use crate::export::message::{MAX_BYTES, Unreadable, day, open};
use crate::export::xml::Element;

/// What a group is, by its element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `MeTrMonthInf`: of a month of claims.
    Claims,
    /// `ShPrMonthInf`: 処方 of a month.
    Prescribed,
    /// `CzDiMonthInf`: 調剤 of a month.
    Dispensed,
}

impl Part {
    /// Group, the element around it if there is one, and the month in it.
    const ALL: [(Self, &'static str, &'static str, &'static str); 3] = [
        (Self::Claims, "MeTrMonthInf", "", "MeTrMonth"),
        (Self::Prescribed, "ShPrMonthInf", "ShPrInf", "ShPrMonth"),
        (Self::Dispensed, "CzDiMonthInf", "CzDiInf", "CzDiMonth"),
    ];
}

/// A group of one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What it is.
    pub part: Part,
    /// Its month, where it says one as `yyyyMM`.
    pub month: Option<Month>,
    /// All of it, as it came.
    pub tree: Element,
}

/// An answer in values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// 処理実行日時.
    pub at: Option<UnixMs>,
    /// How it was encoded in fact.
    pub encoding: Encoding,
    /// Groups whose part is known, in their order.
    pub groups: Vec<Group>,
    /// What cannot be placed: to be shown to those alone who may see every kind. All of 特定健診情報 stands here.
    pub others: Vec<Element>,
}

/// The other side has nothing to give: its code and text, which may be empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("情報を取得できませんでした({code} {message})。")]
pub struct Refused {
    /// ResultCode or ErrorCode.
    pub code: String,
    /// MessageContents or ErrorMessage.
    pub message: String,
}

/// Reads an answer in values. It is about the person who was asked for by everything that it says of them: name, kana, birth date, sex.
///
/// # Errors
/// [`NotTaken`]; inside, [`Refused`].
pub fn values(bytes: &[u8], request: &Request, person: &Person) -> Result<Result<Values, Refused>, NotTaken> {
    let names = match &request.asked {
        Asked::Drugs { .. } => ["QuaInf", "KanaName", "Birth", "AdmGendCode"],
        Asked::CheckUps { .. } => ["QualificationsInfo", "KanasName", "Birthday", "AdministrativeGenderCode"],
        _ => return Err(NotOurs::Family.into()),
    };
    let opened = open(bytes, MAX_BYTES, "", &mut |_| {})?;
    // Neither is promised, but what is there is of the request.
    let is = |name, expected: &str| text(&opened.header, name).is_none_or(|found| found == expected);
    if !is("MedicalInstitutionCode", request.institution.as_str()) {
        return Err(NotOurs::Institution.into());
    }
    if !is("ArbitraryFileIdentifier", request.identifier.trim()) {
        return Err(NotOurs::Identifier.into());
    }
    let anywhere = |name: &'static str| find(&opened.header, name).or_else(|| find(&opened.body, name));
    let block = opened.header.children.iter().find(|child| child.name == names[0]);
    let is_good = anywhere("ResultCode").is_none_or(|code| code == "1")
        && anywhere("SegmentOfResult").is_none_or(|code| CD003.meaning(code) == "正常終了");
    let Some(block) = block.filter(|_| is_good) else {
        let first = |names: [&'static str; 2]| names.into_iter().find_map(anywhere).unwrap_or_default().to_owned();
        return Ok(Err(Refused { code: first(["ResultCode", "ErrorCode"]), message: first(["MessageContents", "ErrorMessage"]) }));
    };
    if !is_about(person, block, names) {
        return Err(NotOurs::Person.into());
    }
    let at = text(&opened.header, "ProcessExecutionTime").and_then(|text| UnixMs::from_jst_packed(text).ok());
    let (mut groups, mut others) = (Vec::new(), Vec::new());
    let parts: &[_] = if request.asked.family() == Family::Drugs { &Part::ALL } else { &[] };
    for child in opened.body.children {
        match parts.iter().find(|(_, group, around, _)| [group, around].contains(&&child.name.as_str())) {
            Some((_, group, ..)) if child.name != *group => {
                let (inside, rest): (Vec<_>, Vec<_>) = child.children.into_iter().partition(|inner| inner.name == *group);
                groups.extend(inside.into_iter().filter_map(|tree| group_of(parts, tree)));
                others.extend(rest);
            }
            Some(_) => groups.extend(group_of(parts, child)),
            None => others.push(child),
        }
    }
    others.retain(|other| !matches!(other.name.as_str(), "ResultCode" | "MessageContents"));
    Ok(Ok(Values { at, encoding: opened.encoding, groups, others }))
}

/// Reads an answer as a paper: shown as it came. It says nowhere whose it is: only its name ties it to the request.
///
/// # Errors
/// [`Unreadable`] for what is no PDF, or too large.
pub fn paper(bytes: &[u8]) -> Result<&[u8], Unreadable> {
    if bytes.len() > MAX_BYTES {
        return Err(Unreadable::Size(MAX_BYTES / (1024 * 1024)));
    }
    if bytes.starts_with(b"%PDF-") { Ok(bytes) } else { Err(Unreadable::Foreign(None)) }
}

fn group_of(parts: &[(Part, &str, &str, &str)], tree: Element) -> Option<Group> {
    let (part, _, _, month) = parts.iter().find(|(_, group, ..)| *group == tree.name)?;
    let month = text(&tree, month).and_then(|text| {
        let (year, month) = text.split_at_checked(4)?;
        Month::try_from(format!("{year}-{month}").as_str()).ok()
    });
    Some(Group { part: *part, month, tree })
}

/// The text of a child, without white space around it; `None` when it is absent or empty.
fn text<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    let child = element.children.iter().find(|child| child.name == name)?;
    Some(child.text.trim()).filter(|text| !text.is_empty())
}

/// The text of the first element of this name at any depth.
fn find<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    text(element, name).or_else(|| element.children.iter().find_map(|child| find(child, name)))
}

/// Everything that the block says is the same as of the person; a birth date, and a name or its kana, must be there. A character that
/// did not come through (●) is another one: a person looks.
fn is_about(person: &Person, block: &Element, [_, kana, birth, sex]: [&str; 4]) -> bool {
    let is_same = |name: &str, known: &str| text(block, name).map(|found| search_key(found) == search_key(known));
    let names = [is_same("Name", &person.name), is_same(kana, &person.name_kana)];
    let code = text(block, sex).map(|code| CD007.meaning(code));
    let found = [Sex::Male, Sex::Female].into_iter().find(|sex| Some(sex.label()) == code);
    text(block, birth).and_then(day) == Some(person.birth_date)
        && names.contains(&Some(true))
        && !names.contains(&Some(false))
        && found.is_none_or(|found| person.sex == Sex::Unset || found == person.sex)
}

#[cfg(test)]
mod tests {
    use shared::domain::calendar::CivilDate;

    use super::*;
    use crate::renkei::request::tests::{check_of_ichiro, every_family};

    const HEAD: &str = "<ProcessExecutionTime>20261120101502</ProcessExecutionTime><ResultCode>1</ResultCode>";
    const ICHIRO: &str =
        "<QuaInf><Name>資格　一郎</Name><KanaName>ｼｶｸ ｲﾁﾛｳ</KanaName><Birth>19600602</Birth><AdmGendCode>1</AdmGendCode></QuaInf>";
    const BODY: &str = "<MeTrMonthInf><MeTrMonth>202610</MeTrMonth><DrugInfs><DrugInf><DrugN>試験錠</DrugN></DrugInf></DrugInfs></MeTrMonthInf>\
                        <ShPrInf><ShPrMonthInf><ShPrMonth>202611</ShPrMonth></ShPrMonthInf><ShPrMonthInf/></ShPrInf>\
                        <CzDiInf><Note>1</Note><CzDiMonthInf><CzDiMonth>?</CzDiMonth></CzDiMonthInf></CzDiInf><New>2</New>";

    fn ichiro() -> Person {
        Person {
            name: "資格 一郎".to_owned(),
            name_kana: "シカク　イチロウ".to_owned(),
            name_of_other: None,
            birth_date: CivilDate::try_from("1960-06-02").unwrap(),
            sex: Sex::Male,
        }
    }

    fn of(family: Family) -> Request {
        let asked = every_family().into_iter().map(|(asked, _)| asked).find(|asked| asked.family() == family);
        Request { asked: asked.unwrap(), ..check_of_ichiro() }
    }

    fn xml(header: &str, body: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><XmlMsg><MessageHeader>{header}</MessageHeader><MessageBody>{body}</MessageBody></XmlMsg>"
        )
    }

    fn drugs(header: &str, body: &str) -> Result<Result<Values, Refused>, NotTaken> {
        values(xml(header, body).as_bytes(), &of(Family::Drugs), &ichiro())
    }

    fn refused(outcome: Result<Result<Values, Refused>, NotTaken>) -> NotOurs {
        match outcome {
            Err(NotTaken::NotOurs(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn drugs_come_as_groups_of_months_and_what_cannot_be_placed_stands_apart() {
        let text = xml(&format!("{HEAD}{ICHIRO}"), BODY);
        for encoding in Encoding::ALL {
            let read = values(&encoding.encode(&text), &of(Family::Drugs), &ichiro()).unwrap().unwrap();
            let shown: Vec<_> = read.groups.iter().map(|group| (group.part, group.month.map(|month| month.to_string()))).collect();
            assert_eq!(
                shown,
                [
                    (Part::Claims, Some("2026-10".to_owned())),
                    (Part::Prescribed, Some("2026-11".to_owned())),
                    (Part::Prescribed, None),
                    (Part::Dispensed, None)
                ]
            );
            assert_eq!(find(&read.groups[0].tree, "DrugN"), Some("試験錠"));
            assert_eq!(read.others.iter().map(|other| other.name.as_str()).collect::<Vec<_>>(), ["Note", "New"]);
            assert_eq!((read.at.map(UnixMs::jst_packed).as_deref(), read.encoding), (Some("20261120101502"), encoding));
        }
    }

    #[test]
    fn check_ups_come_as_a_plain_tree_under_names_of_their_own() {
        let block = ICHIRO
            .replace("QuaInf", "QualificationsInfo")
            .replace("KanaName", "KanasName")
            .replace("<Birth>", "<Birthday>")
            .replace("</Birth>", "</Birthday>")
            .replace("AdmGendCode", "AdministrativeGenderCode");
        let read = |block: &str| {
            values(xml(&format!("{HEAD}{block}"), "<A><B>1</B></A><MeTrMonthInf/>").as_bytes(), &of(Family::CheckUps), &ichiro())
        };
        let known = read(&block).unwrap().unwrap();
        assert_eq!((known.groups.len(), known.others.len()), (0, 2));
        assert_eq!(refused(read(&block.replace("19600602", "19600603"))), NotOurs::Person);
        assert!(read(ICHIRO).unwrap().is_err(), "T20: the names of the other family say nothing");
    }

    #[test]
    fn f17_what_is_about_somebody_else_is_held() {
        let header = format!("{HEAD}{ICHIRO}");
        assert!(drugs(&header, BODY).unwrap().is_ok(), "control");
        for (found, other) in [
            ("資格　一郎", "資格　二郎"),
            ("資格　一郎", "資格　●郎"),
            ("ｲﾁﾛｳ", "ｼﾞﾛｳ"),
            ("19600602", "19600603"),
            ("19600602", ""),
            ("GendCode>1<", "GendCode>2<"),
        ] {
            assert_eq!(refused(drugs(&header.replace(found, other), BODY)), NotOurs::Person, "{other}");
        }
        let nameless = header.replace("資格　一郎", "").replace("ｼｶｸ ｲﾁﾛｳ", "");
        assert_eq!(refused(drugs(&nameless, BODY)), NotOurs::Person, "a birth date alone is nobody");
        assert!(drugs(&header.replace("資格　一郎", ""), BODY).unwrap().is_ok(), "what is not said is not another");
        assert!(drugs(&header.replace("GendCode>1<", "GendCode>9<"), BODY).unwrap().is_ok(), "a code that no table knows passes");
        let elsewhere = |more: &str| refused(drugs(&format!("{header}{more}"), BODY));
        assert_eq!(elsewhere("<MedicalInstitutionCode>9919900010</MedicalInstitutionCode>"), NotOurs::Institution);
        assert_eq!(elsewhere("<ArbitraryFileIdentifier>A-2</ArbitraryFileIdentifier>"), NotOurs::Identifier);
        assert_eq!(refused(values(xml(&header, BODY).as_bytes(), &check_of_ichiro(), &ichiro())), NotOurs::Family);
    }

    #[test]
    fn f16_what_failed_says_so_in_its_own_words() {
        let failed = drugs("<ResultCode>2</ResultCode>", "<MessageContents>同意がありません</MessageContents>").unwrap().unwrap_err();
        assert_eq!(failed, Refused { code: "2".to_owned(), message: "同意がありません".to_owned() });
        let header = format!("{HEAD}{ICHIRO}").replace("<ResultCode>1", "<ResultCode>9");
        assert!(drugs(&header, BODY).unwrap().is_err(), "nothing of it is taken");
        let segment = format!("{HEAD}{ICHIRO}<SegmentOfResult>9</SegmentOfResult>");
        assert!(drugs(&segment, BODY).unwrap().is_err());
        assert!(drugs(HEAD, BODY).unwrap().is_err(), "without its person it is nobody's");
    }

    #[test]
    fn c11_t21_a_paper_is_a_pdf_of_a_bearable_size() {
        assert_eq!(paper(b"%PDF-1.7 x").unwrap(), b"%PDF-1.7 x");
        assert!(matches!(paper(b"\x01\x02"), Err(Unreadable::Foreign(None))));
        let large = [b"%PDF-".as_slice(), &vec![b' '; MAX_BYTES]].concat();
        assert!(matches!(paper(&large), Err(Unreadable::Size(4))));
        assert!(matches!(drugs("<!DOCTYPE", ""), Err(NotTaken::Unreadable(_))));
    }
}
