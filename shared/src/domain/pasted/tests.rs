//! Both shapes, in any order, and what stops. People are invented.

use super::*;

/// As the app's own text is said to be: tabs under headings, Western days.
const TABS: &str = "照会番号\t00011\r\n未就学区分\t義務教育就学前\r\n資格情報\r\n確認日 : \t2026/11/20\r\n保険者番号\t990010\r\n\
    保険者名\t試験市国保\r\n記号\t試－７\r\n番号\t0089\r\n枝番\t03\r\nフリガナ\tｻﾞｲﾀｸ ｼﾞﾛｳ\r\n氏名\t在宅　次郎\r\n生年月日\t2022/04/10\r\n\
    性別\t男\r\n郵便番号\t123-4567\r\n住所\t試験市 一丁目: 二番\r\n証区分\t一般\r\n有効開始日\t2022/04/10\r\n資格取得年月日\t2022/04/10\r\n\
    負担割合\t2割\r\n本人・家族の別\t家族\r\n被保険者氏名\t在宅　太郎\r\n裏面記載情報\r\n氏名\tZAITAKU JIRO\r\n性別\t未設定\r\n\
    高齢受給者証\r\n有効開始日\t2026/08/01\r\n有効終了日\t2027/07/31\r\n負担割合\t020\r\n";

/// The other shape: colons and spaces, 和暦.
const COLONS: &str = "氏名：高齢　トメ\nフリガナ ｺｳﾚｲ ﾄﾒ\n生年月日：昭和13年5月20日\n性別:女\n保険者番号 : ３９９９００１５\n番号：00005678\n\
    有効終了日：令和9年7月31日\n限度額適用認定証\n有効開始年月日：令和8年8月1日\n有効終了年月日：令和9年7月31日\n";

fn day(text: &str) -> CivilDate {
    CivilDate::try_from(text).unwrap()
}

#[test]
fn the_shape_with_tabs_is_read() {
    let read = Pasted::read(TABS).unwrap();
    assert_eq!((read.checked_on, read.reference_number.as_ref().map(ReferenceNumber::as_str)), (Some(day("2026-11-20")), Some("00011")));
    let Person { name, name_kana, name_of_other, birth_date, sex } = &read.person;
    assert_eq!((name.as_str(), name_kana.as_str(), name_of_other.as_deref()), ("在宅　次郎", "ｻﾞｲﾀｸ ｼﾞﾛｳ", Some("ZAITAKU JIRO")));
    assert_eq!((*birth_date, *sex), (day("2022-04-10"), Sex::Male));
    let of = &read.coverage;
    assert_eq!((of.insurer_number.as_str(), of.insurer_name.as_str()), ("990010", "試験市国保"));
    assert_eq!((of.symbol.as_deref(), of.member_number.as_str(), of.branch_number.as_deref()), (Some("試－７"), "0089", Some("03")));
    assert_eq!(of.address.as_deref(), Some("試験市 一丁目: 二番"), "split once");
    assert_eq!((of.relation, of.sex_on_back, of.is_preschool), (Some(Relation::Family), Some(Sex::Unset), true));
    assert_eq!((of.valid_from, of.valid_until, &of.copay_ratio), (Some(day("2022-04-10")), None, &Provided::Value(Percent(20))));
    let elderly = ElderlyCertificate { valid_from: day("2026-08-01"), valid_until: Some(day("2027-07-31")), ratio: Percent(20) };
    assert_eq!(of.elderly, Some(elderly));
    assert!(read.unknown.is_empty() && read.aid.is_empty() && read.doubts.is_empty(), "{read:?}");
}

#[test]
fn the_shape_with_colons_and_wareki_is_read_also_without_a_symbol() {
    let read = Pasted::read(COLONS).unwrap();
    assert_eq!((read.person.birth_date, read.person.sex), (day("1938-05-20"), Sex::Female));
    assert_eq!((read.coverage.insurer_number.as_str(), read.coverage.symbol.as_deref()), ("39990015", None));
    assert_eq!((read.coverage.member_number.as_str(), read.coverage.branch_number.as_deref()), ("00005678", None));
    assert_eq!(read.coverage.valid_until, Some(day("2027-07-31")));
    assert_eq!(read.limit_days, Some((day("2026-08-01"), Some(day("2027-07-31")))));
    assert_eq!(
        (read.checked_on, &read.coverage.limit),
        (None, &Provided::NotProvided),
        "a missing 確認日 is asked for, a class is not made up"
    );
}

#[test]
fn the_order_of_the_lines_under_a_heading_says_nothing() {
    let mut lines: Vec<&str> = COLONS.lines().take(7).collect();
    lines.reverse();
    let turned = format!(
        "資格情報（医療保険）\n{}\n限度額適用認定証\n有効終了年月日：令和9年7月31日\n有効開始年月日：令和8年8月1日",
        lines.join("\n")
    );
    assert_eq!(Pasted::read(&turned), Pasted::read(COLONS));
    assert_eq!(Pasted::read(&COLONS.replace('\n', "\r\n\r\n")), Pasted::read(COLONS), "any line end, empty lines");
    assert_eq!(Pasted::read(&format!("\u{FEFF}{COLONS}")), Pasted::read(COLONS));
}

#[test]
fn t33_branches_01_00_and_none_stay_three() {
    let of = |line: &str| Pasted::read(&TABS.replace("枝番\t03\r\n", line)).unwrap().coverage.branch_number;
    assert_eq!([of("枝番\t01\r\n"), of("枝番\t００\r\n"), of("枝番\t\r\n"), of("")], [Some("01".into()), Some("00".into()), None, None]);
}

#[test]
fn eras_are_read_to_their_days_and_no_further() {
    let born = |text: &str| Pasted::read(&COLONS.replace("昭和13年5月20日", text)).map(|read| read.person.birth_date);
    for (text, is) in [
        ("大正元年7月30日", "1912-07-30"),
        ("大正15年12月24日", "1926-12-24"),
        ("昭和64年1月7日", "1989-01-07"),
        ("平成元年1月8日", "1989-01-08"),
        ("令和元年５月１日", "2019-05-01"),
        ("1938-05-20", "1938-05-20"),
        ("１９３８．５．２０", "1938-05-20"),
        ("19380520", "1938-05-20"),
    ] {
        assert_eq!(born(text), Ok(day(is)), "{text}");
    }
    for text in ["大正15年12月25日", "昭和64年1月8日", "平成31年5月1日", "昭和0年1月1日", "2023-02-29", "38-05-20", "不明"]
    {
        assert_eq!(born(text), Err(NotAResult::Value { line: 3, label: BORN }), "{text}");
    }
    let open = Pasted::read(&TABS.replace("有効開始日\t2022/04/10", "有効終了日\t9999/99/99")).unwrap();
    assert_eq!(open.coverage.valid_until, None, "T16");
}

#[test]
fn the_heading_decides_what_a_label_means_and_aid_never_stands_for_insurance() {
    let text = format!("{TABS}資格情報(医療扶助)\r\n氏名\t扶助　八郎\r\n番号\t0001230\r\n裏面記載情報(医療扶助)\r\n氏名\tFUJO\r\n");
    let read = Pasted::read(&text).unwrap();
    assert_eq!((read.person.name.as_str(), read.coverage.member_number.as_str()), ("在宅　次郎", "0089"));
    let aid: Vec<_> = read.aid.iter().map(|line| (line.heading.as_str(), line.label.as_str(), line.value.as_str())).collect();
    let [main, back] = ["資格情報(医療扶助)", "裏面記載情報(医療扶助)"];
    assert_eq!(aid, [(main, "氏名", "扶助　八郎"), (main, "番号", "0001230"), (back, "氏名", "FUJO")]);
    let read = Pasted::read(&TABS.replace("住所\t", "居所\t")).unwrap();
    assert_eq!((read.coverage.address, read.unknown.len(), read.unknown[0].label.as_str()), (None, 1, "居所"), "kept and listed");
}

#[test]
fn what_stops_says_where_and_holds_nothing_of_the_text() {
    let twice = TABS.replace("枝番\t03", "番号\t0090");
    assert_eq!(Pasted::read(&twice), Err(NotAResult::Twice { line: 9, label: MEMBER }));
    for (label, line) in [(NAME, "氏名：高齢　トメ\n"), (BORN, "生年月日：昭和13年5月20日\n"), (MEMBER, "番号：00005678\n")]
    {
        assert_eq!(Pasted::read(&COLONS.replace(line, "")), Err(NotAResult::Missing(label)));
    }
    assert_eq!(Pasted::read(&COLONS.replace("性別:女", "性別:F")), Err(NotAResult::Value { line: 4, label: SEX }), "not 男 is not 女");
    assert_eq!(Pasted::read(&format!("{COLONS}マイナンバー {}{}\n", 123_456, 789_018)), Err(NotAResult::IndividualNumber { line: 11 }));
    assert_eq!(Pasted::read(&"a".repeat(PASTED_MAX + 1)), Err(NotAResult::TooLong));
    assert_eq!(Pasted::read(""), Err(NotAResult::Missing(NAME)));
    let error = Pasted::read(&COLONS.replace("昭和13年5月20日", "みちよ")).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("みちよ"));
}

#[test]
fn what_looks_wrong_is_doubted_and_taken() {
    let doubts = |text: &str| Pasted::read(text).unwrap().doubts;
    assert_eq!(doubts(&TABS.replace("990010", "990011")), [INSURER]);
    assert_eq!(doubts(&TABS.replace("枝番\t03", "枝番\t3")), [BRANCH]);
    assert_eq!(doubts(&TABS.replace("義務教育就学前", "就学中")), [PRESCHOOL]);
    assert_eq!(doubts(&TABS.replace("負担割合\t2割", "負担割合\t二割")), [RATIO]);
    assert_eq!(doubts(&TABS.replace("負担割合\t020\r\n", "")), [ELDERLY]);
    for (text, is) in
        [("3割", Some(30)), ("３割", Some(30)), ("15%", Some(15)), ("030", Some(30)), ("30", None), ("11割", None), ("割", None)]
    {
        assert_eq!(percent(text).map(|percent| percent.0), is, "{text}");
    }
}

/// Any text whatever: an error or a result, never a panic.
#[test]
fn no_text_breaks_the_reader() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
    };
    let (whole, mut read) = ([TABS, COLONS], 0);
    let odd = ["\t", "：", ":", "　", "\r\n", "資格情報(医療扶助)", "裏面記載情報", "９", "●", "\u{0}", "令和元年", "割", "氏名", "𠮷"];
    for _ in 0..5_000 {
        let mut chars: Vec<char> = whole[next(2)].chars().collect();
        for _ in 0..=next(6) {
            let place = next(chars.len());
            match next(3) {
                0 => drop(chars.remove(place)),
                1 => drop(chars.splice(place..place, odd[next(odd.len())].chars())),
                _ => drop(chars.drain(place..(place + next(9)).min(chars.len()))),
            }
        }
        read += usize::from(Pasted::read(&chars.into_iter().collect::<String>()).is_ok());
    }
    assert!((500..4_990).contains(&read), "{read}: all or none is no test");
}
