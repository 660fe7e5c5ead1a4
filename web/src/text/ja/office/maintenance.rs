//! メンテナンス予定 (OT-24).

use shared::domain::maintenance::{NoSpan, Span};
use shared::domain::operation::Part;

pub(crate) const TITLE: &str = "メンテナンス予定";
pub(crate) const LEAD: &str =
    "予定は7日前から、受付の最初の画面、端末の画面、メニューに出ます。受付に必要な部分が止まっている間は、新しい受付を始められません。";
pub(crate) const NONE: &str = "予定はありません。";
pub(crate) const NONE_NEXT: &str = "ポータルや回線のお知らせで予定が分かったときは、管理者が登録します。";
pub(crate) const LIST: &str = "予定の一覧";
pub(crate) const SCROLLS: &str = "予定の表";
pub(crate) const COLUMNS: [&str; 6] = ["日時", "部分", "状態", "使えるもの", "出どころ", "終了"];
pub(crate) const NOW: &str = "メンテナンス中";
pub(crate) const AHEAD: &str = "予定";
pub(crate) const OVER: &str = "終わりました";
pub(crate) const ENDED: &str = "早く終わりました";
pub(crate) const COMMON: &str = "運用者";
pub(crate) const END: &str = "終了する";
pub(crate) const END_ABOUT: &str = "お知らせが消え、受付を始められるようになります。元に戻すことはできません。";
pub(crate) const ADDED: &str = "予定を登録しました。";
pub(crate) const IS_ENDED: &str = "予定を終了しました。";
pub(crate) const ADD_TITLE: &str = "予定の登録";
pub(crate) const ADD: &str = "登録";
pub(crate) const PART: &str = "止まる部分";
pub(crate) const BLOCKS: &str = "この部分が止まっている間は、新しい受付を始められません。";
pub(crate) const FROM_DAY: &str = "始まる日";
pub(crate) const FROM_TIME: &str = "始まる時刻";
pub(crate) const TO_DAY: &str = "終わる日";
pub(crate) const TO_TIME: &str = "終わる時刻";
pub(crate) const STILL: &str = "その間も使えるもの";
pub(crate) const SOURCE: &str = "出どころ";
pub(crate) const SOURCE_HINT: &str = "例: ポータルのお知らせ(12月1日)";
pub(crate) const NO_DAY: &str = "日付を入力してください。";
pub(crate) const NO_TIME: &str = "時刻を入力してください。";
pub(crate) const PAST: &str = "もう終わっています。これからの予定を入力してください。";

pub(crate) fn no_span(why: NoSpan) -> &'static str {
    match why {
        NoSpan::Backwards => "終わりは、始まりより後にしてください。",
        NoSpan::TooLong => "31日より長い予定は登録できません。日付を確かめてください。",
    }
}

pub(crate) fn end(span: Span) -> String {
    format!("{}の予定を終了しますか", span.words())
}

/// Of the home and the device page.
pub(crate) fn announced(part: Part, span: Span, is_now: bool) -> String {
    let when = span.words();
    match (part.blocks_a_visit(), is_now) {
        (true, true) => format!("メンテナンス中: {when}は受付できません({})", part.label()),
        (true, false) => format!("メンテナンスの予定: {when}は受付できません({})", part.label()),
        (false, true) => format!("メンテナンス中: {when}({})", part.label()),
        (false, false) => format!("メンテナンスの予定: {when}({})", part.label()),
    }
}
