//! OT-18 画面ロック.

pub(crate) const LOCK: &str = "画面ロック";
pub(crate) const TITLE: &str = "ロック中です";
pub(crate) const KEPT: &str = "パスワードを入力すると、続きから使えます。入力の途中のものは残っています。";
pub(crate) const UNLOCK: &str = "ロックを解除する";
pub(crate) const OTHER_ABOUT: &str = "別の人が使うときは、いったんログアウトします。";
pub(crate) const OTHER: &str = "別の人に替わる";
pub(crate) const OTHER_ASK: &str = "ログアウトしますか";
pub(crate) const OTHER_WHAT: &str =
    "入力の途中のもの、または一度だけ表示するパスワードやコードが、画面に残っています。ログアウトすると消えます。";
pub(crate) const OTHER_ACT: &str = "ログアウトして替わる";
pub(crate) const COVERED: &str = "画面を隠しています";
pub(crate) const COVERED_ABOUT: &str = "しばらく操作がなかったため、内容を隠しました。「続ける」を押すと、元の画面に戻ります。";
pub(crate) const WAITED: &str = "もう一度入力できます。";

pub(crate) fn whose(who: &str) -> String {
    format!("{who}が使っている画面です。")
}

pub(crate) fn wait_s(seconds: u32) -> String {
    format!("あと{seconds}秒待つと、もう一度入力できます。")
}

pub(crate) fn ends_in(minutes: i64) -> String {
    if minutes > 0 {
        format!("あと{minutes}分でログアウトします。保存してください。")
    } else {
        "まもなくログアウトします。保存してください。".to_owned()
    }
}
