//! 同意取消照会 and 同意取消 (OT-15).

use shared::domain::consent::{ConsentGroup, ConsentItem};

pub(crate) const TITLE: &str = "同意取消照会";
pub(crate) const ABOUT: &str = "終わった同意を、だれが、いつ、なぜ終えたかで調べます。";
pub(crate) const LEAD: &str = "この機関で終わった同意の一覧です。取り消すときは、同意の明細を開きます。";
pub(crate) const CONDITIONS: &str = "同意取消照会の条件";
pub(crate) const DAYS: &str = "取消日";
pub(crate) const FROM: &str = "取消日(開始)";
pub(crate) const TO: &str = "取消日(終了)";
pub(crate) const USE: &str = shared::domain::institution::VisitKind::NAME;
pub(crate) const BY: &str = "終えた人";
pub(crate) const NAME: &str = "氏名・氏名(カナ)";
pub(crate) const NAME_HINT: &str = "はじめの文字から。ひらがなでも探せます";
pub(crate) const ALL: &str = "すべて";
pub(crate) const ANYONE: &str = "機関・患者・用途変更(期限を除く)";
pub(crate) const INSTITUTION: &str = "機関";
pub(crate) const PATIENT: &str = "患者";
pub(crate) const OTHER_USE: &str = "用途変更";
pub(crate) const DEADLINE: &str = "期限";
pub(crate) const WITH_DEADLINE: &str = "すべて(期限を含む)";
pub(crate) const SEARCH: &str = "検索";
pub(crate) const NO_DAY: &str = "日付を入力してください。";
pub(crate) const BACKWARDS: &str = "終了の日を、開始の日と同じか後にしてください。";
pub(crate) const TOO_LONG: &str = "64文字以内で入力してください。";
pub(crate) const LIST_TITLE: &str = "検索結果";
pub(crate) const SCROLLS: &str = "同意取消照会の表";
pub(crate) const COLUMNS: [&str; 6] =
    ["氏名", shared::domain::institution::VisitKind::NAME, "項目", "同意年月日", "終了日時", "終えた人・理由"];
pub(crate) const NONE: &str = "条件に合う取消しはありません。";
pub(crate) const NONE_NEXT: &str = "期間を広げるか、条件を減らしてください。期限で終わったものは、「終えた人」で選べます。";
pub(crate) const PAGES: &str = "ページ";
pub(crate) const SAVE_TITLE: &str = "ファイルに保存";
pub(crate) const SAVE_ABOUT: &str = "検索した条件に合うものをすべて、CSVにします。";
pub(crate) const PART: &str = "一部";
pub(crate) const UPDATED: &str = "同意照会・更新で変更";
pub(crate) const UNKNOWN: &str = "(資格情報がない方)";

pub(crate) const ACT: &str = "同意の取消し";
pub(crate) const ACT_LEAD: &str =
    "患者様の申し出などにより、この同意を終わらせます。取り消した同意は元に戻せません。もう一度見るには、患者様の新しい同意が必要です。";
pub(crate) const ITEMS: &str = "取り消す項目";
pub(crate) const CAUSE: &str = "取り消す理由";
pub(crate) const CAUSE_MISSING: &str = "理由をお選びください。";
pub(crate) const ITEMS_MISSING: &str = "取り消す項目をお選びください。";
pub(crate) const GO: &str = "確認へ進む";
pub(crate) const ASK: &str = "この同意を取り消しますか";
pub(crate) const ASK_ALL: &str = "同意のすべてが終わります。診療・薬などの情報は、すぐに見られなくなります。資格の確認の記録は残ります。";
pub(crate) const ASK_SOME: &str = "選んだ項目だけが終わります。ほかの項目は、期限まで続きます。";
pub(crate) const WITHDRAW: &str = "取り消す";
pub(crate) const DONE: &str = "同意を取り消しました";
pub(crate) const DONE_NEXT: &str = "患者様に、下の控えをお渡しください。";
pub(crate) const RECEIPT: &str = "同意取消の控え";
pub(crate) const RECEIPT_NUMBER: &str = "受付番号";
pub(crate) const PATIENT_NAME: &str = "氏名";
pub(crate) const HOUSE: &str = "医療機関・事業所";
pub(crate) const CONSENTED: &str = "同意年月日";
pub(crate) const AT: &str = "取り消した日時";
pub(crate) const ENDED: &str = "取り消した項目";
pub(crate) const REST: &str = "ほかの項目";
pub(crate) const REST_GOES_ON: &str = "期限まで続きます";
pub(crate) const REST_NONE: &str = "ありません(すべて終わりました)";
pub(crate) const BACK: &str = "明細を見る";
pub(crate) const PRINT: &str = "控えを印刷する";
pub(crate) const IS_WITHDRAWN: &str = "この同意は取り消されています";
pub(crate) const IS_WITHDRAWN_NEXT: &str =
    "診療・薬などの情報は見られません。もう一度必要なときは、次の訪問や来院で新しい同意をお願いします。";

pub(crate) fn shown(first: u32, last: u32) -> String {
    format!("新しい順 {first}-{last}件表示")
}

pub(crate) fn group(group: ConsentGroup) -> &'static str {
    match group {
        ConsentGroup::Surgery => "手術情報",
        ConsentGroup::TreatmentAndDrug => "診療情報・薬剤情報",
        ConsentGroup::Checkup => "特定健診情報",
        ConsentGroup::LimitCertificate => "限度額適用認定証情報",
        ConsentGroup::SpecificDisease => "特定疾病療養受療証情報",
    }
}

pub(crate) fn items(items: &[ConsentItem]) -> String {
    items.iter().map(|item| item.short_label()).collect::<Vec<_>>().join("・")
}
