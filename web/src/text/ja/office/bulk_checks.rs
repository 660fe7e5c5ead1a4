//! 資格情報一括照会 and 委託先資格情報一括取得 (OT-35).

use shared::api::bulk_check::{BULK_CHECK_FILE_MAX, BULK_CHECK_ROWS_MAX, BULK_KEPT_DAYS, LineDoubt, LineFault};

pub(crate) const TITLE: &str = "資格情報一括照会";
pub(crate) const RUN_TITLE: &str = "一括照会の進み具合と結果";
pub(crate) const BACK: &str = "資格情報一括照会へ戻る";
pub(crate) const ABOUT: &str = "CSVファイルの全員の資格を、まとめて照会します。";
pub(crate) const LEAD: &str =
    "様式に1行1人で入力し、ファイルを選んで内容を確かめてから始めます。始めたあとは、この画面を閉じても照会は続きます。";
pub(crate) const TEMPLATE: &str = "様式を保存する(CSV)";
pub(crate) const TEMPLATE_ABOUT: &str = "表計算ソフトで開けます";
pub(crate) const FILE: &str = "照会するファイル";
pub(crate) const NO_FILE: &str = "ファイルを選んでください。";
pub(crate) const NOT_READ: &str = "ファイルを読めませんでした。もう一度選んでください。";
pub(crate) const TOO_LONG: &str = "ファイルが大きすぎます。分けてください。";
pub(crate) const CHECK: &str = "内容を確かめる";
pub(crate) const NO_LIST: &str = "このファイルは様式とちがいます";
pub(crate) const NO_LIST_NEXT: &str = "様式を保存し、1行目を変えずに入力してください。文字コードはUTF-8かShift_JIS(CP932)です。";
pub(crate) const REPORT: &str = "ファイルの内容";
pub(crate) const REPORT_SCROLLS: &str = "ファイルの内容の表";
pub(crate) const COLUMNS: [&str; 3] = ["行", "任意の識別子", "内容"];
pub(crate) const WOULD: &str = "照会します";
pub(crate) const ALL_GOOD: &str = "すべての行を照会できます。";
pub(crate) const START: &str = "照会を始める";
pub(crate) const START_GOOD: &str = "誤りのない行だけ照会を始める";
pub(crate) const NONE_GOOD: &str = "照会できる行がありません。ファイルを直して選び直してください。";
pub(crate) const RUNS: &str = "これまでの一括照会";
pub(crate) const RUNS_SCROLLS: &str = "一括照会の表";
pub(crate) const RUN_COLUMNS: [&str; 5] = ["開始", "状態", "照会した件数", "誤りのある行", "開始した人"];
pub(crate) const NO_RUNS: &str = "一括照会はまだありません。";
pub(crate) const PROGRESS: &str = "一括照会";
pub(crate) const STATE: &str = "状態";
pub(crate) const STARTED: &str = "開始";
pub(crate) const ENDED: &str = "終了";
pub(crate) const BY: &str = "開始した人";
pub(crate) const SEVERAL: &str = "複数の方が該当";
pub(crate) const FAULTY: &str = "誤りのある行(照会していません)";
pub(crate) const SEVERAL_NEXT: &str = "複数の方が該当した行は、資格情報照会で1人ずつ確認してください。";
pub(crate) const VERDICTS: &str = "結果";
pub(crate) const GOES_ON: &str = "この画面を閉じても照会は続きます。止まっても、続きから再開します。";
pub(crate) const STOP: &str = "中止する";
pub(crate) const STOP_TITLE: &str = "一括照会を中止しますか";
pub(crate) const STOP_ABOUT: &str = "照会した分の結果は残ります。残りは照会しません。";
pub(crate) const SAVE: &str = "結果を保存する(CSV)";

pub(crate) fn file_hint() -> String {
    format!("CSV、{BULK_CHECK_ROWS_MAX}行、{}KBまで", BULK_CHECK_FILE_MAX / 1024)
}

pub(crate) fn kept() -> String {
    format!("ファイルの内容と結果の一覧は{BULK_KEPT_DAYS}日後に消えます。1件ずつの結果は資格確認履歴に残ります。")
}

pub(crate) fn faulty(rows: usize) -> String {
    format!("{rows}行に誤りがあります。その行は照会しません。")
}

pub(crate) fn of(done: u32, total: u32) -> String {
    format!("{total}件中 {done}件")
}

pub(crate) fn people(count: u32) -> String {
    format!("{count}件")
}

pub(crate) fn fault(fault: LineFault) -> &'static str {
    match fault {
        LineFault::Columns => "列の数が様式とちがいます。",
        LineFault::Key => "任意の識別子を50文字以内にしてください。",
        LineFault::Insurer => "保険者番号を確かめてください。",
        LineFault::Symbol => "記号を確かめてください。",
        LineFault::Member => "番号を確かめてください。",
        LineFault::Branch => "枝番を確かめてください。",
        LineFault::Birth => "生年月日を確かめてください。",
        LineFault::Limit => "限度額情報の提供は「する」か「しない」にしてください。",
        LineFault::MyNumber => "個人番号(マイナンバー)は入力できません。消してください。",
        LineFault::Twice => "上の行と同じ方です。",
    }
}

pub(crate) fn doubt(doubt: LineDoubt) -> &'static str {
    match doubt {
        LineDoubt::Insurer => "保険者番号の桁数か検証番号が合いません。このまま照会もできます。",
        LineDoubt::Branch => "枝番が2桁ではありません。このまま照会もできます。",
    }
}
