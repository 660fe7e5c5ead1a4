//! 問い合わせ先 (N181).

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::desk::Standing;
use shared::domain::maintenance::time;
use shared::domain::note::NotANote;

pub(crate) const TITLE: &str = "問い合わせ先";
pub(crate) const ABOUT: &str = "困ったときの連絡先と、今つながるかどうかを調べます。";
pub(crate) const LEAD: &str = "困っている部分に合う窓口に連絡してください。受付時間は、祝日と年末年始も入れて計算しています。";
pub(crate) const NONE: &str = "問い合わせ先はまだありません。";
pub(crate) const NONE_ADMIN: &str = "下の「登録」から、回線・パソコン・レセコンなどの窓口を登録してください。";
pub(crate) const NONE_OTHERS: &str = "管理者に、登録を頼んでください。";
pub(crate) const COMMON: &str = "運用者の窓口";
pub(crate) const OWN: &str = "この機関の窓口";
pub(crate) const NOW: &str = "今";
pub(crate) const HELPS: &str = "できること";
pub(crate) const PARTS: &str = "関係する部分";
pub(crate) const NUMBER: &str = "電話";
pub(crate) const MAIL: &str = "メール";
pub(crate) const SUBJECT: &str = "メールの件名";
pub(crate) const HOURS: &str = "受付時間";
pub(crate) const REPAIR: &str = "修理・訪問の時間";
pub(crate) const AT_HAND: &str = "手元に用意するもの";
pub(crate) const SERIALS: &str = "パソコンや回線の機器の窓口では、製造番号を聞かれます。本体の裏や側面のシールを見てください。";
pub(crate) const UNKNOWN_HOURS: &str = "受付時間は登録されていません";
pub(crate) const CHANGE: &str = "更新";
pub(crate) const REMOVE: &str = "削除";
pub(crate) const REMOVE_ABOUT: &str = "一覧から消えます。問い合わせの記録は残ります。";
pub(crate) const ADD_TITLE: &str = "問い合わせ先の登録";
pub(crate) const CHANGE_TITLE: &str = "問い合わせ先の更新";
pub(crate) const SAVE: &str = "登録";
pub(crate) const CANCEL: &str = "やめる";
pub(crate) const SAVED: &str = "登録しました。";
pub(crate) const REMOVED: &str = "削除しました。";
pub(crate) const NAME: &str = "名称";
pub(crate) const NAME_HINT: &str = "例: 回線の故障受付、レセコンの会社";
pub(crate) const WEEKDAYS: &str = "月〜金の受付時間";
pub(crate) const HOURS_HINT: &str = "例: 9:00-17:30。24時間のときは0-24。休みのときは空けておきます。";
pub(crate) const SATURDAY: &str = "土曜日の受付時間";
pub(crate) const SUNDAY: &str = "日曜日の受付時間";
pub(crate) const PAUSE: &str = "休憩の時間";
pub(crate) const PAUSE_HINT: &str = "だれも出ない時間。例: 12:00-13:00。どの曜日も同じです。";
pub(crate) const HOLIDAYS: &str = "祝日は休み";
pub(crate) const CLOSED: &str = "毎年の休み";
pub(crate) const CLOSED_HINT: &str = "例: 12/29-1/3。いくつかあるときは「、」で区切ります。";
pub(crate) const REPAIR_HINT: &str = "毎日同じ時間のとき。例: 9-17";
pub(crate) const NO_NAME: &str = "名称を入力してください。";
pub(crate) const BAD_HOURS: &str = "9:00-17:30のように入力してください。";
pub(crate) const BAD_DAYS: &str = "12/29-1/3のように入力してください。";

pub(crate) fn note(why: NotANote) -> String {
    match why {
        NotANote::TooLong(max) => format!("{max}文字以内で入力してください。"),
        NotANote::MyNumber => super::accounts::MY_NUMBER.to_owned(),
    }
}

pub(crate) fn remove(name: &str) -> String {
    format!("「{name}」を削除しますか")
}

pub(crate) fn of(act: &str, name: &str) -> String {
    format!("{name}を{act}")
}

/// `11/24(火) 8:00`.
fn moment(at: UnixMs) -> String {
    const NAMES: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
    let day: CivilDate = at.jst_date();
    let name = NAMES.get(usize::from(day.weekday())).copied().unwrap_or_default();
    format!("{}/{}({name}) {}", day.month(), day.day(), time(at))
}

/// Whether anybody answers now.
pub(crate) fn standing(standing: Standing) -> String {
    match standing {
        Standing::Open { until: None } => "受付中(24時間)".to_owned(),
        Standing::Open { until: Some(until) } => format!("受付中({}まで)", moment(until)),
        Standing::Closed { next: Some(next) } => format!("受付時間外(次は{})", moment(next)),
        Standing::Closed { next: None } => "受付時間外".to_owned(),
    }
}
