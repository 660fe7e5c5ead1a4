//! 問い合わせ管理 (OT-22).

pub(crate) const TITLE: &str = "問い合わせ管理";
pub(crate) const ABOUT: &str = "窓口に聞いたことと、その答えを残します。";
pub(crate) const LEAD: &str = "窓口に聞いたこと、受付番号、答えを残します。患者様の氏名や番号は書かないでください。";
pub(crate) const NONE: &str = "条件に合う問い合わせはありません。";
pub(crate) const NONE_NEXT: &str = "「新しい問い合わせ」から登録できます。";
pub(crate) const LIST: &str = "問い合わせの一覧";
pub(crate) const SCROLLS: &str = "問い合わせの表";
pub(crate) const COLUMNS: [&str; 7] = ["内容", "状態", "問い合わせ先", "受付番号", "日", "だれが", "回答"];
pub(crate) const FIND: &str = "ことば(一部でも)";
pub(crate) const STATE: &str = "状態";
pub(crate) const ALL: &str = "すべて";
pub(crate) const SEARCH: &str = "検索";
pub(crate) const PRINT: &str = "印刷する";
pub(crate) const PAGES: &str = "ページ";
pub(crate) const NEW_TITLE: &str = "新しい問い合わせ";
pub(crate) const CHANGE_TITLE: &str = "問い合わせの更新";
pub(crate) const ADD: &str = "登録";
pub(crate) const CHANGE: &str = "更新";
pub(crate) const CANCEL: &str = "やめる";
pub(crate) const ADDED: &str = "登録しました。";
pub(crate) const CHANGED: &str = "更新しました。";
pub(crate) const DESK: &str = "問い合わせ先";
pub(crate) const DESK_HINT: &str = "下のボタンでも選べます。";
pub(crate) const ASKED_ON: &str = "問い合わせた日";
pub(crate) const WHO: &str = "だれが";
pub(crate) const CASE: &str = "受付番号";
pub(crate) const CASE_HINT: &str = "窓口から伝えられた番号";
pub(crate) const QUESTION: &str = "内容";
pub(crate) const ANSWER: &str = "回答";
pub(crate) const NO_DESK: &str = "問い合わせ先を入力してください。";
pub(crate) const NO_WHO: &str = "だれが問い合わせたかを入力してください。";
pub(crate) const NO_QUESTION: &str = "内容を入力してください。";
pub(crate) const NO_DAY: &str = "日付を確かめてください。まだのときは空けておきます。";
pub(crate) const SINCE: &str = "ほかの人が先に更新しました。";
pub(crate) const SINCE_NEXT: &str = "「やめる」を押して一覧から開き直し、今の内容を確かめてから更新してください。";

pub(crate) fn shown(total: u32, first: u32, last: u32) -> String {
    format!("検索結果：{total}件 {first}-{last}件表示")
}

pub(crate) fn open(count: u32) -> String {
    format!("回答待ちの問い合わせが{count}件あります")
}
