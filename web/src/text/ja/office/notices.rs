//! お知らせ (N060).

use shared::api::notice::NoticeRow;
use shared::domain::prose::{NotProse, PROSE_MAX_CHARS, TITLE_MAX_CHARS};

pub(crate) const TITLE: &str = "お知らせ一覧";
pub(crate) const TITLE_NEW: &str = "お知らせを書く";
pub(crate) const TITLE_ONE: &str = "お知らせ";
pub(crate) const BACK: &str = "お知らせ一覧に戻る";
pub(crate) const SCROLLS: &str = "お知らせの表";
pub(crate) const COLUMNS: [&str; 5] = ["題名", "重要度", "掲載の期間", "書いた人", "状態"];
pub(crate) const NONE: &str = "お知らせはありません。";
pub(crate) const NONE_NEXT: &str = "管理者が書くか、運用者が出すと、ここに並びます。";
pub(crate) const HAS_HIDDEN: &str = "掲載前と終了のものも出す(この機関のお知らせ)";
pub(crate) const WRITE: &str = "お知らせを書く";
pub(crate) const PAGES: &str = "ページ";
pub(crate) const BY_OPERATOR: &str = "運用者";
pub(crate) const IS_READ: &str = "既読";
pub(crate) const IMPORTANCE: &str = "重要度";
pub(crate) const PERIOD: &str = "掲載の期間";
pub(crate) const BY: &str = "書いた人";
pub(crate) const STATE: &str = "状態";
pub(crate) const NEW_LEAD: &str = "書いたお知らせは、この機関のすべての職員のホームに出ます。患者様の氏名や番号は書かないでください。出したあとは直せません。直すときは終了して、書き直します。";
pub(crate) const NEW_TITLE: &str = "題名";
pub(crate) const NEW_TEXT: &str = "本文";
pub(crate) const NORMAL: &str = "通常";
pub(crate) const HIGH: &str = "重要";
pub(crate) const FROM: &str = "掲載を始める日";
pub(crate) const UNTIL: &str = "掲載を終える日(空欄: 終了するまで)";
pub(crate) const SUBMIT: &str = "掲載する";
pub(crate) const NO_DAY: &str = "日付を入力してください。";
pub(crate) const BACKWARDS: &str = "始める日より前になっています。同じ日か、あとの日にしてください。";
pub(crate) const READERS: &str = "読んだ人";
pub(crate) const READER_COLUMNS: [&str; 3] = ["ユーザ名", "ユーザID", "読んだ日時"];
pub(crate) const READERS_SCROLL: &str = "読んだ人の表";
pub(crate) const NOT_READ: &str = "まだ";
pub(crate) const NO_READERS: &str = "お知らせを読むアカウントがありません。";
pub(crate) const END: &str = "終了する";
pub(crate) const ASK: &str = "このお知らせを終了しますか";
pub(crate) const ASK_ABOUT: &str =
    "終了すると、職員のホームと一覧から消えます。元に戻すことはできません。もう一度出すときは、書き直します。";
pub(crate) const ENDED: &str = "このお知らせを終了しました。";
pub(crate) const PRINT: &str = "印刷する";

pub(crate) fn shown(total: u32, first: u32, last: u32, unread: u32) -> String {
    format!("全{total}件 {first}-{last}件表示、未読 {unread}件")
}

pub(crate) fn period(row: &NoticeRow) -> String {
    let until = row.until.map_or_else(String::new, shared::domain::calendar::CivilDate::slashed);
    format!("{}〜{until}", row.from.slashed())
}

pub(crate) fn read_by(read: usize, all: usize) -> String {
    format!("{all}人のうち{read}人が読みました。")
}

pub(crate) fn title_fault(why: NotProse) -> String {
    fault(why, "題名", TITLE_MAX_CHARS)
}

pub(crate) fn text_fault(why: NotProse) -> String {
    fault(why, "本文", PROSE_MAX_CHARS)
}

fn fault(why: NotProse, what: &str, most: usize) -> String {
    match why {
        NotProse::Empty => format!("{what}を入力してください。"),
        NotProse::TooLong => format!("{most}文字以内で入力してください。"),
        NotProse::MyNumber => super::accounts::MY_NUMBER.to_owned(),
    }
}
