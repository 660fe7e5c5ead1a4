//! 操作履歴.

pub(crate) const TITLE: &str = "操作履歴";
pub(crate) const LEAD: &str = "この機関の操作の記録です。記録を変えたり消したりする操作はありません。この画面を見たことも記録に残ります。";
pub(crate) const CONDITIONS: &str = "操作履歴の条件";
pub(crate) const DAYS: &str = "期間";
pub(crate) const FROM: &str = "期間(開始)";
pub(crate) const TO: &str = "期間(終了)";
pub(crate) const USER: &str = "ユーザID";
pub(crate) const USER_HINT: &str = "半角英数字。空のときは全員";
pub(crate) const ACTION: &str = "操作";
pub(crate) const OUTCOME: &str = "結果";
pub(crate) const ALL: &str = "すべて";
pub(crate) const DONE: &str = "できたもの";
pub(crate) const REFUSED: &str = "できなかったもの";
pub(crate) const SEARCH: &str = "検索";
pub(crate) const NO_DAY: &str = "日付を入力してください。";
pub(crate) const BACKWARDS: &str = "終了の日を、開始の日と同じか後にしてください。";
pub(crate) const BAD_USER: &str = "ユーザIDは半角英数字2〜8文字で入力してください。";
pub(crate) const LIST_TITLE: &str = "検索結果";
pub(crate) const SCROLLS: &str = "操作履歴の表";
pub(crate) const COLUMNS: [&str; 6] = ["日時", "利用者", "操作", "対象", "接続元", "結果"];
pub(crate) const NONE: &str = "条件に合う記録はありません。";
pub(crate) const NONE_NEXT: &str = "期間を広げるか、条件を減らしてください。";
pub(crate) const PAGES: &str = "ページ";
pub(crate) const SAVE_TITLE: &str = "ファイルに保存";
pub(crate) const SAVE: &str = "この期間を保存する(CSV)";
pub(crate) const SAVE_ABOUT: &str = "期間の記録をすべて保存します(ほかの条件は使いません)。抜けや書き換えは、運用者が確かめられます。表計算ソフトで開いて保存し直すと、確かめられなくなります。長い期間で保存できないときは、期間を短くしてください。";
pub(crate) const ADDRESS_WHY: &str =
    "接続元は、不正な利用があったときに、どの端末からかをたどるために記録しています。ほかの目的には使いません。";

pub(crate) fn shown(first: u32, last: u32) -> String {
    format!("新しい順 {first}-{last}件表示")
}
