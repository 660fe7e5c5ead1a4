//! 災害・障害時 (OT-17).

use shared::domain::calendar::UnixMs;
use shared::domain::opening::{OpeningFault, OpeningKind};

pub(crate) const TITLE: &str = "災害・障害時";
pub(crate) const ABOUT: &str = "災害時の医療情報閲覧、システム障害時の資格照会。開始の記録がある間だけ使えます。";
pub(crate) const GROUP: &str = "緊急時医療情報・資格確認";
pub(crate) const LEAD: &str =
    "開始の記録がある間だけ、カードなしで照会できます。検索と閲覧は、見つからなかったときも、すべて記録されます。";
pub(crate) const BACK: &str = "災害・障害時へ戻る";
pub(crate) const LIST: &str = "開始の記録";
pub(crate) const SCROLLS: &str = "開始の記録の表";
pub(crate) const COLUMNS: [&str; 6] = ["種別", "地域", "期間", "根拠", "状態", "操作"];
pub(crate) const NONE: &str = "開始の記録はありません。";
pub(crate) const NONE_NEXT: &str = "記録がない間は照会できません。対象になったときは、管理者が根拠を記録して開始します。";
pub(crate) const HERE: &str = "この事業所";
pub(crate) const BY_OPERATOR: &str = "運用者が地域に対して開始";
pub(crate) const OPEN: &str = "開いています";
pub(crate) const AHEAD: &str = "まだ始まっていません";
pub(crate) const OVER: &str = "終わりました(利用報告は未提出)";
pub(crate) const REPORTED: &str = "終わりました(利用報告は提出済み)";
pub(crate) const SEARCH: &str = "照会する";
pub(crate) const CLOSE: &str = "終了する";
pub(crate) const CLOSE_TITLE: &str = "この記録を終了しますか";
pub(crate) const CLOSE_ABOUT: &str = "検索はできなくなり、開いている閲覧の画面もすぐに閉じます。元に戻すことはできません。";
pub(crate) const CLOSED: &str = "終了しました。利用報告を提出してください。";
pub(crate) const REPORT: &str = "利用報告";
pub(crate) const OPENED: &str = "開始しました。";

pub(crate) const NEW: &str = "開始の記録";
pub(crate) const KIND: &str = "種別";
pub(crate) const AREA: &str = "対象の地域(市区町村)";
pub(crate) const AREA_HINT: &str = "この事業所だけのときは空欄にします。";
pub(crate) const FROM_DAY: &str = "始まる日";
pub(crate) const FROM_TIME: &str = "始まる時刻";
pub(crate) const TO_DAY: &str = "終わる日";
pub(crate) const TO_TIME: &str = "終わる時刻";
pub(crate) const NOTICE: &str = "根拠になる通知の番号";
pub(crate) const CALL_DAY: &str = "センターへ電話した日";
pub(crate) const CALL_TIME: &str = "電話した時刻";
pub(crate) const BACK_TIME: &str = "折り返しの電話を受けた時刻";
pub(crate) const BACK_HINT: &str = "電話した時刻より前の時刻は、次の日の時刻になります。";
pub(crate) const WHOM: &str = "話した相手";
pub(crate) const CASE: &str = "受付番号";
pub(crate) const START: &str = "開始する";
pub(crate) const NO_DAY: &str = "日付を入力してください。";
pub(crate) const NO_TIME: &str = "時刻を入力してください。";
pub(crate) const NO_GROUND: &str = "入力してください。根拠がなければ開始できません。";

pub(crate) fn lead_of(kind: OpeningKind, hours: u16) -> String {
    match kind {
        OpeningKind::Disaster => "国が知らせた地域と期間で開始します。延びたときは、新しい記録を加えます。".to_owned(),
        OpeningKind::Outage => {
            format!("センターから、届け出た番号へ折り返しの電話があった後に開始します。{hours}時間までで、自動で終わります。")
        }
    }
}

pub(crate) fn fault(why: OpeningFault) -> String {
    match why {
        OpeningFault::Ground => NO_GROUND.to_owned(),
        OpeningFault::CalledBack => "折り返しの時刻は、電話の後で、今より前にしてください。".to_owned(),
        OpeningFault::Span => "終わりは、始まりと今より後にしてください。".to_owned(),
        OpeningFault::BeforeCall => "始まりは、折り返しの電話より後にしてください。".to_owned(),
        OpeningFault::TooLong(hours) => format!("システム障害時は{hours}時間までです。続くときは、また電話をして新しい記録を加えます。"),
    }
}

pub(crate) fn notice_ground(number: &str) -> String {
    format!("通知 {number}")
}

pub(crate) fn call_ground(at: UnixMs, whom: &str, back: UnixMs, case: &str) -> String {
    format!("電話 {}({whom})、折り返し {}、受付番号 {case}", at.jst_minute_text(), back.jst_minute_text())
}

pub(crate) fn period(from: UnixMs, to: UnixMs) -> String {
    format!("{}〜{}", from.jst_minute_text(), to.jst_minute_text())
}

/// The banner of every office page.
pub(crate) fn banner(kind: OpeningKind, until: UnixMs) -> String {
    format!("{}が開いています({}まで)", kind.label(), until.jst_minute_text())
}

/// Search and view.
pub(crate) mod search {
    pub(crate) const TITLE: &str = "災害・障害時の照会";
    pub(crate) const NOT_OPEN: &str = "この記録は開いていません。";
    pub(crate) const NOT_OPEN_NEXT: &str = "終わったか、まだ始まっていません。「災害・障害時」で、開いている記録を選んでください。";
    pub(crate) const LOOK_AGAIN: &str = "もう一度調べる";
    pub(crate) const ENDED: &str = "記録が終わったため、閲覧の画面を閉じました。";
    pub(crate) const BY: &str = "照会のしかた";
    pub(crate) const BY_PERSON: &str = "氏名と生年月日で探す";
    pub(crate) const BY_PAPER: &str = "資格確認書などの番号で探す";
    pub(crate) const SUBMIT: &str = "検索";
    pub(crate) const NOBODY: &str = "見つかりませんでした。";
    pub(crate) const NOBODY_NEXT: &str = "入力を確かめてください。見つからないときは「カードが使えないとき」で氏名などを書き留め、後で確認します。この検索も記録されました。";
    pub(crate) const CANDIDATES: &str = "見つかった方";
    pub(crate) const CHOOSE_NEXT: &str = "自動では選びません。ご本人に確かめて選んでください。";
    pub(crate) const MORE: &str = "20人より多く見つかりました。";
    pub(crate) const MORE_NEXT: &str = "住所をくわしくするなど、条件をしぼって検索し直してください。";
    pub(crate) const COLUMNS: [&str; 5] = ["氏名", "生年月日", "性別", "住所", "選ぶ"];
    pub(crate) const CHOOSE: &str = "この方を選ぶ";
    pub(crate) const GROUND_TITLE: &str = "同意の根拠";
    pub(crate) const GROUND_ABOUT: &str = "閲覧のたびに必要です。「意思を確認できない」は、ご本人が本当に答えられないときだけ選びます。";
    pub(crate) const GROUND: &str = "根拠";
    pub(crate) const REASON: &str = "意思を確認できない理由";
    pub(crate) const NO_GROUND: &str = "根拠を選んでください。";
    pub(crate) const NO_REASON: &str = "理由を入力してください。";
    pub(crate) const VIEW: &str = "閲覧する";
    pub(crate) const VIEW_OUTAGE: &str = "資格を表示する";
    pub(crate) const AGAIN: &str = "閉じて次の方へ";
    pub(crate) const PRINT: &str = "印刷";
    pub(crate) const NOT_KEPT: &str = "この画面を離れると表示は消えます。もう一度見るときは、検索からやり直します。";
    pub(crate) const VIEWER: &str = "閲覧者";
    pub(crate) const AT: &str = "閲覧日時";
    pub(crate) const TO_CHECK: &str = "この方は「後で確認する方」に入りました。復旧したら、通常の確認をしてください。";
}

/// 利用報告.
pub(crate) mod report {
    pub(crate) const TITLE: &str = "利用報告";
    pub(crate) const PERIOD: &str = "期間";
    pub(crate) const OPENED_BY: &str = "開始した利用者";
    pub(crate) const OPERATOR: &str = "運用者";
    pub(crate) const SEARCHES: &str = "検索の回数";
    pub(crate) const EMPTY: &str = "うち該当者なし";
    pub(crate) const PERSONS: &str = "閲覧した人数";
    pub(crate) const VIEWERS: &str = "閲覧した利用者";
    pub(crate) const VIEWS: &str = "閲覧の記録";
    pub(crate) const SCROLLS: &str = "閲覧の記録の表";
    pub(crate) const COLUMNS: [&str; 6] = ["日時", "閲覧者", "閲覧した方", "生年月日", "根拠", "理由"];
    pub(crate) const NO_VIEWS: &str = "閲覧はありませんでした。";
    pub(crate) const NO_VIEWS_NEXT: &str = "閲覧がなくても、報告を求められたときは提出します。";
    pub(crate) const PRINT: &str = "印刷";
    pub(crate) const CSV: &str = "CSVで保存";
    pub(crate) const STILL_OPEN: &str = "まだ開いています。";
    pub(crate) const STILL_OPEN_NEXT: &str = "終わってから提出します。";
    pub(crate) const HAND_IN: &str = "提出の記録";
    pub(crate) const ON: &str = "提出した日";
    pub(crate) const TO: &str = "提出先";
    pub(crate) const SAVE: &str = "提出を記録";
    pub(crate) const NO_DAY: &str = "開始の日から今日までの日付を入力してください。";
    pub(crate) const NO_TO: &str = "提出先を入力してください。";
    pub(crate) const SAVED: &str = "提出を記録しました。";

    pub(crate) fn handed_in(on: &str, to: &str, by: &str) -> String {
        format!("{on}に{to}へ提出済み(記録: {by})")
    }

    pub(crate) fn times(count: u32) -> String {
        format!("{count}回")
    }

    pub(crate) fn people(count: u32) -> String {
        format!("{count}人")
    }
}
