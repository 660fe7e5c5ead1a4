//! A file of people for the list of a day (OT-26): its lines, and what is wrong with them.

use shared::api::day::{DAY_COLUMNS, DAY_COLUMNS_SHORT, DAY_FILE_MAX, DAY_ROWS_MAX, DayFault, Insurance, TypedVisit};
use shared::domain::calendar::CivilDate;
use shared::domain::note::Note;

use crate::roster;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its line in the file, from 1.
    pub number: u32,
    /// 氏名 as it stands there, its first characters.
    pub name: String,
    /// The person, or what is wrong.
    pub read: Result<TypedVisit, Vec<DayFault>>,
}

/// Reads a file: UTF-8 with or without byte order mark, or CP932; the first line is [`DAY_COLUMNS`], with or without the last two. `None`
/// for another encoding, other columns, no line, or too many.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Vec<Line>> {
    let read = |row: roster::Line| {
        let cells: Vec<&str> = row.cells.iter().map(String::as_str).collect();
        let name = cells.first().map(|cell| cell.chars().take(30).collect()).unwrap_or_default();
        Line { number: row.number, name, read: line(&cells) }
    };
    let of = |columns: &[&str]| roster::lines(bytes, columns, DAY_ROWS_MAX, DAY_FILE_MAX);
    let rows = of(&DAY_COLUMNS).or_else(|| of(&DAY_COLUMNS[..DAY_COLUMNS_SHORT]))?;
    Some(rows.into_iter().map(read).collect())
}

fn line(cells: &[&str]) -> Result<TypedVisit, Vec<DayFault>> {
    let ([name, kana, birth_date, room, insurer, symbol, member, branch], home, floor) = match cells {
        [a, b, c, d, e, f, g, h] => ([a, b, c, d, e, f, g, h], "", ""),
        [a, b, c, d, e, f, g, h, home, floor] => ([a, b, c, d, e, f, g, h], *home, *floor),
        _ => return Err(vec![DayFault::Columns]),
    };
    let mut faults = Vec::new();
    let name = note(name).filter(|name| !name.is_empty()).or_else(|| fault(&mut faults, DayFault::Name));
    let kana = note(kana).or_else(|| fault(&mut faults, DayFault::Kana));
    let birth = match *birth_date {
        "" => None,
        text => CivilDate::from_typed(text).ok().or_else(|| fault(&mut faults, DayFault::BirthDate)),
    };
    let rooms = note(room).zip(note(home)).zip(note(floor)).or_else(|| fault(&mut faults, DayFault::Room));
    let insurance = match [*insurer, *symbol, *member, *branch].iter().all(|cell| cell.is_empty()) {
        true => None,
        false => insurance([insurer, symbol, member, branch], birth).or_else(|| fault(&mut faults, DayFault::Insurance)),
    };
    match (name, kana, rooms) {
        (Some(name), Some(kana), Some(((room, home), floor))) if faults.is_empty() => {
            Ok(TypedVisit { name, kana, birth_date: birth, room, home, floor, insurance })
        }
        _ => Err(faults),
    }
}

fn note<const MAX: usize>(text: &str) -> Option<Note<MAX>> {
    Note::try_from(text).ok()
}

fn fault<T>(faults: &mut Vec<DayFault>, fault: DayFault) -> Option<T> {
    faults.push(fault);
    None
}

/// Numbers can only be asked by with a birth date.
fn insurance([insurer, symbol, member, branch]: [&str; 4], birth: Option<CivilDate>) -> Option<Insurance> {
    birth?;
    let of =
        Insurance { insurer_number: note(insurer)?, symbol: note(symbol)?, member_number: note(member)?, branch_number: note(branch)? };
    (!of.insurer_number.is_empty() && !of.member_number.is_empty()).then_some(of)
}

#[cfg(test)]
mod tests {
    use encoding_rs::SHIFT_JIS;

    use super::*;

    const HEAD: &str = "氏名,氏名(カナ),生年月日,部屋,保険者番号,記号,番号,枝番";

    #[test]
    fn both_encodings_are_read_and_each_fault_stands_with_its_line() {
        let text = format!(
            "{HEAD}\n髙橋 花,ﾀｶﾊｼ ﾊﾅ,昭35.6.2,201,06990014,12-34,56,01\n\n,ﾅﾏｴﾅｼ,x,,,,,\n資格 一郎,ｼｶｸ ｲﾁﾛｳ,,,06990014,,56,\n短い\n"
        );
        for bytes in [text.clone().into_bytes(), SHIFT_JIS.encode(&text).0.into_owned(), format!("\u{FEFF}{text}").into_bytes()] {
            let lines = read(&bytes).unwrap();
            assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [2, 4, 5, 6]);
            let first = lines[0].read.clone().unwrap();
            assert_eq!((first.name.as_str(), first.birth_date.unwrap().to_string().as_str()), ("髙橋 花", "1960-06-02"));
            assert_eq!(first.insurance.unwrap().member_number.as_str(), "56");
            let faults: Vec<_> = lines[1..].iter().map(|line| line.read.clone().unwrap_err()).collect();
            assert_eq!(faults, [vec![DayFault::Name, DayFault::BirthDate], vec![DayFault::Insurance], vec![DayFault::Columns]]);
        }
        let with_homes = format!("{HEAD},施設,階\n髙橋 花,,,201,,,,,ひなた苑,2\n");
        let of = read(with_homes.as_bytes()).unwrap()[0].read.clone().unwrap();
        assert_eq!([of.room.as_str(), of.home.as_str(), of.floor.as_str()], ["201", "ひなた苑", "2"]);
        for bad in ["", HEAD, "x\n", "氏名,カナ\nx,y\n"] {
            assert_eq!(read(bad.as_bytes()), None, "{bad}");
        }
    }
}
