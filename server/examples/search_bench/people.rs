//! The people of the bench: names about as frequent as in Japan, the same in each run.

use anyhow::Context as _;

/// Surnames with how many of ten thousand people bear them, about as in Japan.
const SURNAMES: [(&str, &str, u32); 12] = [
    ("佐藤", "ｻﾄｳ", 150),
    ("鈴木", "ｽｽﾞｷ", 140),
    ("高橋", "ﾀｶﾊｼ", 110),
    ("田中", "ﾀﾅｶ", 105),
    ("伊藤", "ｲﾄｳ", 85),
    ("渡辺", "ﾜﾀﾅﾍﾞ", 85),
    ("山本", "ﾔﾏﾓﾄ", 83),
    ("中村", "ﾅｶﾑﾗ", 82),
    ("小林", "ｺﾊﾞﾔｼ", 80),
    ("加藤", "ｶﾄｳ", 70),
    ("吉田", "ﾖｼﾀﾞ", 65),
    ("山田", "ﾔﾏﾀﾞ", 64),
];
const SYLLABLES: [&str; 24] =
    ["ｱ", "ｲ", "ｳ", "ｵ", "ｶ", "ｷ", "ｸ", "ｺ", "ｻ", "ｼ", "ｽ", "ﾀ", "ﾂ", "ﾅ", "ﾆ", "ﾉ", "ﾊ", "ﾋ", "ﾌ", "ﾏ", "ﾐ", "ﾑ", "ﾔ", "ﾜ"];
const KANJI: [&str; 16] = ["山", "川", "田", "野", "村", "木", "本", "井", "島", "原", "上", "下", "中", "大", "小", "谷"];
const GIVEN: [(&str, &str); 8] =
    [("一郎", "ｲﾁﾛｳ"), ("花子", "ﾊﾅｺ"), ("健", "ｹﾝ"), ("愛", "ｱｲ"), ("美咲", "ﾐｻｷ"), ("翔太", "ｼﾖｳﾀ"), ("和子", "ｶｽﾞｺ"), ("清", "ｷﾖｼ")];

/// A number that looks random and is the same in each run.
pub(crate) fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678_9ABC_DEF1;
    mixed ^= mixed >> 29;
    mixed = mixed.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed ^ (mixed >> 32)
}

fn pick<T: Copy>(of: &[T], number: u64) -> anyhow::Result<T> {
    let place = usize::try_from(number % of.len() as u64)?;
    of.get(place).copied().context("a place in the list")
}

pub(crate) fn names(number: u64) -> anyhow::Result<[String; 3]> {
    if number % 150_000 == 77 {
        return Ok(["鷲巣　清".to_owned(), "ﾜｼｽﾞ ｷﾖｼ".to_owned(), String::new()]);
    }
    let random = mixed(number);
    let (given, given_kana) = pick(&GIVEN, random >> 40)?;
    let mut share = u32::try_from(random % 10_000)?;
    for (name, kana, of) in SURNAMES {
        if share < of {
            return Ok([format!("{name}　{given}"), format!("{kana} {given_kana}"), String::new()]);
        }
        share -= of;
    }
    let second = random >> 16;
    let kana = format!("{}{}{}", pick(&SYLLABLES, second)?, pick(&SYLLABLES, second >> 8)?, pick(&SYLLABLES, second >> 13)?);
    let name = format!("{}{}{}", pick(&KANJI, second)?, pick(&KANJI, second >> 7)?, pick(&KANJI, second >> 11)?);
    // Some bear a name in kana, and some a 通称.
    let name = if second % 200 == 3 { kana.clone() } else { name };
    let other = if second % 100 == 7 { format!("ヤマモト　{given}") } else { String::new() };
    Ok([format!("{name}　{given}"), format!("{kana} {given_kana}"), other])
}

/// An eligibility as it is kept.
pub(crate) fn eligibility([name, kana, _]: &[String; 3], is_valid: bool) -> String {
    let validity = if is_valid { "valid" } else { "invalid" };
    ELIGIBILITY.replace("{name}", name).replace("{kana}", kana).replace("{validity}", validity)
}

const ELIGIBILITY: &str = concat!(
    r#"{"version":1,"validity":"{validity}","checked_at":1705454100000,"person":{"name":"{name}","name_kana":"{kana}","#,
    r#""name_of_other":null,"birth_date":"1950-04-01","sex":"male"},"coverages":[{"insurer_number":"06990014","#,
    r#""insurer_name":"ひなた健康保険組合","symbol":"１２－３４","member_number":"0056","branch_number":"01","#,
    r#""card_classification":"被保険者証(一般)","relation":"insured","insured_name":"資格　一郎","address":null,"#,
    r#""post_number":null,"sex_on_back":null,"qualified_on":"2020-04-01","disqualified_on":null,"loss_reason":null,"#,
    r#""valid_from":"2020-04-01","valid_until":null,"copay_ratio":{"value":20},"is_preschool":false,"elderly":null,"#,
    r#""limit":"not_provided","specific_diseases":"none"}]}"#,
);
pub(crate) const CHECKS: &str = r#"{"version":1,"signature":true,"chain":true,"period":true,"revocation":"not_checked"}"#;
