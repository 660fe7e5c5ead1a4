//! 委託先資格情報一括取得 (OT-35).

pub(crate) const TITLE: &str = "委託先資格情報一括取得";
pub(crate) const GROUP: &str = "委託先資格情報一括取得";
pub(crate) const ABOUT: &str = "許可した委託先が、この機関の資格確認の結果をまとめて取得します。許可された側は、ここから取得します。";
pub(crate) const LEAD: &str =
    "許可の期間に確認した資格だけが取得できます。許可と取得の記録は、許可した側と許可された側の両方に表示されます。";
pub(crate) const RECEIVED: &str = "この機関が許可されているもの";
pub(crate) const GIVEN: &str = "この機関が許可したもの";
pub(crate) const NO_RECEIVED: &str = "許可されているものはありません。";
pub(crate) const NO_GIVEN: &str = "許可したものはありません。";
pub(crate) const PERIOD: &str = "許可の期間";
pub(crate) const STATE: &str = "状態";
pub(crate) const GIVEN_AT: &str = "許可した日時";
pub(crate) const REVOKED_AT: &str = "取り消した日時";
pub(crate) const FETCHES: &str = "取得の記録";
pub(crate) const NO_FETCHES: &str = "まだ取得していません。";
pub(crate) const FETCH: &str = "取得する";
pub(crate) const REVOKE: &str = "許可を取り消す";
pub(crate) const REVOKE_TITLE: &str = "許可を取り消しますか";
pub(crate) const REVOKE_ABOUT: &str = "相手の機関はすぐに取得できなくなります。取得済みの情報は相手の機関に残ります。";
pub(crate) const NEW: &str = "委託先に許可する";
pub(crate) const NEW_ABOUT: &str = "相手の機関は、期間中にこの機関で確認した方の氏名、生年月日、保険の番号と資格を取得できます。";
pub(crate) const TO: &str = "委託先の機関コード";
pub(crate) const FROM: &str = "開始日";
pub(crate) const UNTIL: &str = "終了日";
pub(crate) const GIVE: &str = "許可する";
pub(crate) const NO_CODE: &str = "機関コードを10桁の数字で入力してください。";
pub(crate) const NO_DAY: &str = "日付を入力してください。";
pub(crate) const BACKWARDS: &str = "終了日を、開始日と同じか後にしてください。";
pub(crate) const EARLY: &str = "開始日は今日からにしてください。";
pub(crate) const FAR: &str = "期間は1年以内にしてください。";
pub(crate) const NOT_HERE: &str = "その機関コードの機関は、ここで利用していません";
pub(crate) const NOT_HERE_NEXT: &str = "機関コードを確かめて、もう一度入力してください。";
pub(crate) const GAVE: &str = "許可しました。";
pub(crate) const REVOKED: &str = "許可を取り消しました。";
pub(crate) const ENDED: &str = "この許可では取得できません";
pub(crate) const ENDED_NEXT: &str = "期間が終わったか、取り消されました。相手の機関に確かめてください。";

pub(crate) fn other(name: &str, code: &str) -> String {
    format!("{name}({code})")
}

pub(crate) fn period(from: &str, until: &str) -> String {
    format!("{from}〜{until}")
}

pub(crate) fn fetch(at: &str, by: &str, period: &str, rows: u32) -> String {
    format!("{at} {by} {period} {rows}件")
}
