//! Answers to bulk requests (`OQSmuhvq`, `OQSmuonq`, `OQSmuquc`): the receipt (`01res`) and the results (`02res`), by the tables of
//! [`super::layout`] as single results are. `recekon.md` §3 and its B rows.

use std::collections::BTreeMap;

use shared::domain::calendar::UnixMs;

use super::face::{NotACheck, Taken};
use super::layout::{BULK_BODY, BULK_HEADER, CD003, CD004, UNIT};
use super::message::{Opened, Record, Twice, Unreadable, Unwritable, body_of, file, open, read_fields, write_fields};
use super::xml::Element;
use crate::charset::Encoding;

/// No bulk file is larger (T21).
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A 受付番号 has no more characters (B05).
pub const MAX_RECEPTION_NUMBER: usize = 100;

const BULK_UNIT: &str = "BulkConfirmUnit";
const RESULT: &str = "ResultOfQualificationConfirmation";
const STATUS: &str = "ProcessingResultStatus";

/// How far the other side is (B01, T09).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was done yet.
    NotYet,
    /// 2: ask again, with a new request (B02).
    Processing,
    /// 1.
    Done,
    /// 9, and whatever else is written there.
    Failed,
}

impl Stage {
    pub(crate) fn of(header: &Record) -> Self {
        match header.text("SegmentOfResult").map(|code| CD003.meaning(code)) {
            None | Some("0") => Self::NotYet,
            Some("正常終了") => Self::Done,
            Some("処理中") => Self::Processing,
            Some(_) => Self::Failed,
        }
    }
}

/// A receipt: the request was taken. It says nothing about the work itself (B06).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// 受付番号, by which the results are asked for.
    pub reception_number: String,
    /// 受付日時, where it is given.
    pub at: Option<UnixMs>,
    /// 医療機関コード, as it came.
    pub institution: Option<String>,
    /// 任意のファイル識別子 of the request.
    pub identifier: Option<String>,
}

/// Why a receipt is none. Not sent again by itself (B05).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAccepted {
    /// Without a number: what the other side says instead; both may be empty.
    #[error("受け付けられませんでした({code} {message})。内容を確かめて、もう一度送ってください。")]
    Refused {
        /// ErrorCode or ProcessingResultCode.
        code: String,
        /// Its text.
        message: String,
    },
    /// A number longer than [`MAX_RECEPTION_NUMBER`].
    #[error("受付番号が長すぎます(100文字まで)。ファイルを開いて確かめてください。")]
    TooLong,
}

/// A unit: what became of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The line on which it begins.
    pub line: usize,
    /// 任意の識別子 of the request, given back.
    pub key: Option<String>,
    /// The check, or why there is none.
    pub taken: Result<Taken, NotACheck>,
}

/// An answer as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// How far the other side is. Only units of one that is done are checks.
    pub stage: Stage,
    /// ErrorCode or ProcessingResultCode, and its text; both may be empty.
    pub said: (String, String),
    /// 医療機関コード, as it came. Whose answer it is, is for the caller to compare (F17).
    pub institution: Option<String>,
    /// 任意のファイル識別子, given back.
    pub identifier: Option<String>,
    /// 受付番号, given back.
    pub reception_number: Option<String>,
    /// How it was encoded in fact.
    pub encoding: Encoding,
    /// Units in the file.
    pub units: usize,
    /// Elements whose numbers do not fit the units: taken, and to be looked at (B09).
    pub miscounted: Vec<&'static str>,
    /// Elements that no table knows, by name (T04).
    pub unknown: BTreeMap<String, usize>,
}

/// Reads a receipt (`01res`).
///
/// # Errors
/// [`Unreadable`] for what is no such file, [`NotAccepted`] for a request that was not taken.
pub fn read_accepted(bytes: &[u8]) -> Result<Result<Accepted, NotAccepted>, Unreadable> {
    let (header, body) = heading(bytes)?;
    Ok(accepted_of(&header, &body))
}

/// Header and body of a receipt.
pub(crate) fn heading(bytes: &[u8]) -> Result<(Record, Record), Unreadable> {
    parts(&open(bytes, MAX_BYTES, "", &mut |_| {})?)
}

/// Understands a receipt.
pub(crate) fn accepted_of(header: &Record, body: &Record) -> Result<Accepted, NotAccepted> {
    let number = body.text("ReceptionNumber").or_else(|| header.text("ReceptionNumber"));
    let Some(number) = number.filter(|_| Stage::of(header) != Stage::Failed) else {
        let (code, message) = said(header, body);
        return Err(NotAccepted::Refused { code, message });
    };
    if number.chars().count() > MAX_RECEPTION_NUMBER {
        return Err(NotAccepted::TooLong);
    }
    Ok(Accepted {
        reception_number: number.to_owned(),
        at: body.text("ReceptionDateTime").and_then(|text| UnixMs::from_jst_packed(text).ok()),
        institution: header.text("MedicalInstitutionCode").map(str::to_owned),
        identifier: header.text("ArbitraryFileIdentifier").map(str::to_owned),
    })
}

/// Reads results (`02res`) and hands over its units one after the other, in their order. A file that is broken anywhere hands over
/// none. Memory does not grow with their number beyond the text itself.
///
/// # Errors
/// [`Unreadable`].
pub fn read(bytes: &[u8], each: &mut dyn FnMut(Unit)) -> Result<Whole, Unreadable> {
    read_if(bytes, &mut |_| true, each)
}

/// As [`read`], but first shows what stands around the units: at a no, none is handed over.
pub(crate) fn read_if(bytes: &[u8], may: &mut dyn FnMut(&Whole) -> bool, each: &mut dyn FnMut(Unit)) -> Result<Whole, Unreadable> {
    read_units(bytes, BULK_UNIT, may, &mut |element, around, unknown| {
        let (unit, is_normal) = unit_of(element, around, unknown);
        each(unit);
        is_normal
    })
}

/// What stands around the units and counts for each of them.
pub(crate) struct Around {
    header: Record,
    /// The status of the body, for units without one (B08).
    pub(crate) status: Option<String>,
    encoding: Encoding,
}

/// Understands one unit and counts what it does not know; true when its status is good.
type EachUnit<'a> = dyn FnMut(Element, &Around, &mut BTreeMap<String, usize>) -> bool + 'a;

/// Reads results whose units have this name.
pub(crate) fn read_units(
    bytes: &[u8],
    name: &str,
    may: &mut dyn FnMut(&Whole) -> bool,
    each: &mut EachUnit<'_>,
) -> Result<Whole, Unreadable> {
    let mut units = 0;
    let opened = open(bytes, MAX_BYTES, name, &mut |_| units += 1)?;
    let (header, body) = parts(&opened)?;
    let mut whole = Whole {
        stage: Stage::of(&header),
        said: said(&header, &body),
        institution: header.text("MedicalInstitutionCode").map(str::to_owned),
        identifier: header.text("ArbitraryFileIdentifier").map(str::to_owned),
        reception_number: header.text("ReceptionNumber").or_else(|| body.text("ReceptionNumber")).map(str::to_owned),
        encoding: opened.encoding,
        units,
        miscounted: Vec::new(),
        unknown: BTreeMap::new(),
    };
    header.count_others(&mut whole.unknown);
    body.count_others(&mut whole.unknown);
    if !may(&whole) {
        return Ok(whole);
    }
    let around = Around { header, status: body.text(STATUS).map(str::to_owned), encoding: opened.encoding };
    let mut normal = 0;
    // Once more from the beginning: the header may stand behind the units (T03), and it belongs to each of them.
    open(bytes, MAX_BYTES, name, &mut |element| normal += usize::from(each(element, &around, &mut whole.unknown)))?;
    let counts = [("NumberOfProcessingResult", units), ("NumberOfNormalProcessing", normal), ("NumberOfError", units - normal)];
    let is_wrong = |(name, count): &(&str, usize)| around.header.text(name).is_some_and(|text| text.parse() != Ok(*count));
    whole.miscounted = counts.iter().filter(|count| is_wrong(count)).map(|(name, _)| *name).collect();
    Ok(whole)
}

/// Writes a receipt, for the one who plays the other side.
///
/// # Errors
/// [`Unwritable`].
pub fn write_accepted(header: &Record, body: &Record, encoding: Encoding) -> Result<Vec<u8>, Unwritable> {
    file(encoding, BULK_HEADER, header, &mut |lines, check| write_fields(BULK_BODY, body, 2, lines, check))
}

/// Writes results, for the one who plays the other side: each unit is the body of a single result
/// ([`Message::body`](super::message::Message::body)). The numbers of units are set to what they are.
///
/// # Errors
/// [`Unwritable`].
pub fn write(header: &Record, units: &[Record], encoding: Encoding) -> Result<Vec<u8>, Unwritable> {
    let mut header = header.clone();
    let normal = units.iter().filter(|unit| is_normal(unit)).count();
    for (name, count) in
        [("NumberOfProcessingResult", units.len()), ("NumberOfNormalProcessing", normal), ("NumberOfError", units.len() - normal)]
    {
        header.set(name, Some(count.to_string()));
    }
    file(encoding, BULK_HEADER, &header, &mut |lines, check| {
        for unit in units {
            let mut unit = unit.clone();
            unit.rename("ResultList", RESULT);
            lines.tag(2, "", BULK_UNIT);
            write_fields(UNIT, &unit, 3, lines, check);
            lines.tag(2, "/", BULK_UNIT);
        }
    })
}

fn parts(opened: &Opened) -> Result<(Record, Record), Unreadable> {
    let mut odd = Vec::new();
    Ok((read_fields(BULK_HEADER, &opened.header, &mut odd, None)?, read_fields(BULK_BODY, &opened.body, &mut odd, None)?))
}

pub(crate) fn said(header: &Record, body: &Record) -> (String, String) {
    let first = |names: [&str; 2]| header.text(names[0]).or_else(|| body.text(names[1])).unwrap_or_default().to_owned();
    (first(["ErrorCode", "ProcessingResultCode"]), first(["ErrorMessage", "ProcessingResultMessage"]))
}

pub(crate) fn is_normal(unit: &Record) -> bool {
    unit.text(STATUS).map(|code| CD004.meaning(code)) == Some("正常終了")
}

/// One unit; true when its status is good.
fn unit_of(mut element: Element, around: &Around, unknown: &mut BTreeMap<String, usize>) -> (Unit, bool) {
    let line = element.line;
    let mut results = Vec::new();
    lift(&mut element.children, &mut results);
    element.children.extend(results);
    let mut read = match body_of(UNIT, &element, around.header.clone(), around.encoding) {
        Ok(read) => read,
        Err(Twice { name, line: again }) => return (Unit { line, key: None, taken: Err(NotACheck::Twice(name, again)) }, false),
    };
    let body = &mut read.message.body;
    body.count_others(unknown);
    if body.text(STATUS).is_none() {
        body.set(STATUS, around.status.as_deref());
    }
    let asked = body.one("QualificationConfirmSearchInfo");
    let key = asked.and_then(|asked| asked.text("ArbitraryIdentifier")).map(str::to_owned);
    let is_normal = is_normal(body);
    (Unit { line, key, taken: Taken::of(&read) }, is_normal)
}

/// Takes results out of whatever stands around them: some write them straight into the unit, some deeper.
fn lift(elements: &mut Vec<Element>, results: &mut Vec<Element>) {
    for mut element in std::mem::take(elements) {
        if element.name == RESULT {
            name_as_insurance(&mut element);
            results.push(element);
            continue;
        }
        lift(&mut element.children, results);
        // A list around results is known, as long as it held nothing else.
        if element.name != "ResultList" || !element.children.is_empty() {
            elements.push(element);
        }
    }
}

/// 医療扶助 in a bulk answer may bear names of its own for what else stands under those of an insurance.
fn name_as_insurance(result: &mut Element) {
    const NAMES: [(&str, &str); 3] = [
        ("PublicExpenseNumber", "InsurerNumber"),
        ("BeneficiaryNumber", "InsuredIdentificationNumber"),
        ("WelfareOfficeName", "InsurerName"),
    ];
    for (own, known) in NAMES {
        if result.children.iter().all(|child| child.name != known) {
            let named = result.children.iter_mut().filter(|child| child.name == own);
            named.for_each(|child| known.clone_into(&mut child.name));
        }
    }
}
