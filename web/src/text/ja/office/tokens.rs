//! Tokens of Web API accounts, at the page of the account.

use shared::domain::calendar::UnixMs;

pub(crate) const TITLE: &str = "Web APIのトークン";
pub(crate) const LEAD: &str = "レセコンや電子カルテは、パスワードではなくトークンで結果を取得します。入れ替えるときは、新しいトークンを作ってプログラムに設定してから、前のものを取り消します。";
pub(crate) const EMPTY: &str = "トークンはまだありません。作ると、プログラムが結果を取得できるようになります。";
pub(crate) const SCROLLS: &str = "トークンの一覧(横に動かせます)";
pub(crate) const NAME: &str = "トークンの名前";
pub(crate) const NAME_HINT: &str = "どのプログラムのものかがわかる名前";
pub(crate) const BAD_NAME: &str = "名前を入力してください。個人の番号は書けません。";
pub(crate) const SCOPES: &str = "できること";
pub(crate) const NO_SCOPE: &str = "できることを1つは選んでください。";
pub(crate) const DAYS: &str = "有効な期間";
pub(crate) const DAYS_OFFERED: [(&str, &str, u16); 3] = [("90", "90日", 90), ("180", "180日", 180), ("365", "1年", 365)];
pub(crate) const MAKE: &str = "トークンを作る";
pub(crate) const MADE: &str = "トークンを作りました。";
pub(crate) const SECRET: &str = "トークン";
pub(crate) const SECRET_NEXT: &str = "プログラムに設定してください。閉じると、もう表示できません。";
pub(crate) const MADE_BEFORE: &str = "トークンは作られましたが、表示は一度だけです";
pub(crate) const MADE_BEFORE_NEXT: &str = "控えがなければ、下の一覧で取り消して、もう一度作ってください。";
pub(crate) const CLOSE: &str = "閉じる";
pub(crate) const MADE_AT: &str = "作った日時";
pub(crate) const UNTIL: &str = "期限";
pub(crate) const LAST_USED: &str = "最後に使われた日時";
pub(crate) const NEVER: &str = "まだ使われていません";
pub(crate) const STATE: &str = "状態";
pub(crate) const LIVING: &str = "有効";
pub(crate) const OVER: &str = "期限切れ";
pub(crate) const REVOKE: &str = "取り消す";
pub(crate) const ASK: &str = "トークンを取り消しますか";
pub(crate) const ASK_WHAT: &str = "このトークンを使うプログラムは、すぐに結果を取得できなくなります。元には戻せません。";
pub(crate) const REVOKED: &str = "トークンを取り消しました。";

pub(crate) fn revoked_at(at: UnixMs) -> String {
    format!("取り消し済み({})", at.jst_minute_text())
}

pub(crate) fn of(name: &str) -> String {
    format!("({name})")
}
