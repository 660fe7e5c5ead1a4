//! 受給者証(紙) on OT-11 (P-PMH).

use shared::api::subsidy::{PaperFault, PaperState};
use shared::domain::calendar::UnixMs;

pub(crate) const TITLE: &str = "受給者証(紙で確認したもの)";
pub(crate) const LEAD: &str = "回答にない医療費助成を、受給者証を見て登録します。回答がなくても、ここの登録は終わりません。終わるのは、有効期限が来たときと、理由を書いて終了したときだけです。";
pub(crate) const NOT_CONNECTED: &str = "住所の市区町村は、医療費助成の接続が確認できていません。受給者証を確認してください。";
pub(crate) const NONE: &str = "登録はありません。";
pub(crate) const NEW: &str = "受給者証を登録する";
pub(crate) const NAME: &str = "名称";
pub(crate) const NAME_HINT: &str = "例: こども医療費";
pub(crate) const PAYER: &str = "公費負担者番号";
pub(crate) const PAYER_HINT: &str = "8桁";
pub(crate) const BENEFICIARY: &str = "受給者番号";
pub(crate) const BENEFICIARY_HINT: &str = "受給者証のとおりに入力します。";
pub(crate) const CLASS: &str = "所得区分";
pub(crate) const LIMIT: &str = "上限額";
pub(crate) const YEN: &str = "円";
pub(crate) const COVERS: &str = "上限額の対象(例: 1か月)";
pub(crate) const FROM: &str = "有効開始年月日";
pub(crate) const UNTIL: &str = "有効終了年月日";
pub(crate) const REIMBURSED: &str = "償還払いのみ";
pub(crate) const INSTITUTION: &str = "指定医療機関";
pub(crate) const CONDITIONS: &str = "そのほかの条件";
pub(crate) const ADD: &str = "登録する";
pub(crate) const ADDED: &str = "受給者証を登録しました。";
pub(crate) const END: &str = "終了する";
pub(crate) const END_TITLE: &str = "この受給者証を終了しますか";
pub(crate) const END_ABOUT: &str = "記録は残ります。カルテの公費は変わりません。";
pub(crate) const REASON: &str = "理由";
pub(crate) const REASON_HINT: &str = "例: 転出のため";
pub(crate) const NO_REASON: &str = "理由を入力してください。";
pub(crate) const ENDED: &str = "受給者証を終了しました。";
pub(crate) const STATE: &str = "状態";
pub(crate) const ENTERED: &str = "登録";
pub(crate) const BAD_DAY: &str = "日付を、昭35.6.2 や 1960/6/2 のように入力してください。";
pub(crate) const BAD_LIMIT: &str = "金額を数字で入力してください。";
pub(crate) const BAD_TEXT: &str = "使えない文字があるか、長すぎます。個人番号は入力できません。";

pub(crate) fn state(state: PaperState) -> &'static str {
    match state {
        PaperState::Living => "有効",
        PaperState::Ahead => "まだ始まっていません",
        PaperState::Over => "有効期限が過ぎています",
        PaperState::Ended => "終了",
    }
}

pub(crate) fn fault(why: PaperFault) -> &'static str {
    match why {
        PaperFault::Name => "名称を入力してください。",
        PaperFault::Payer => "公費負担者番号は8桁の数字です。",
        PaperFault::Beneficiary => "受給者番号を入力してください。",
        PaperFault::Period => "終了年月日は、開始年月日より後にしてください。",
    }
}

pub(crate) fn by(at: UnixMs, by: &str) -> String {
    format!("{}({by}さん)", at.jst_minute_text())
}

pub(crate) fn ended(at: UnixMs, by: &str, reason: &str) -> String {
    format!("終了({}、{by}さん): {reason}", at.jst_minute_text())
}
