//! 確認 (OT-12) and 資格確認履歴照会 (OT-13).

use shared::domain::asked::AskedNumber;
use shared::domain::calendar::UnixMs;
use shared::domain::number::Doubt;

pub(crate) const PAPER_TITLE: &str = "資格確認書等で確認";
pub(crate) const PRESCRIPTION_TITLE: &str = "処方箋で確認";
pub(crate) const PAPER_ABOUT: &str = "患者様が見せた資格確認書などの番号から、資格を確かめます。";
pub(crate) const PRESCRIPTION_ABOUT: &str = "処方箋に書かれた番号から、資格を確かめます。";
pub(crate) const NUMBER_TITLE: &str = "資格情報照会";
pub(crate) const NUMBER_ABOUT: &str = "保険者番号、記号・番号と生年月日から、1人ずつ照会します。";
pub(crate) const HISTORY_ABOUT: &str = "これまでの確認を、方法、媒体、患者、担当者で探します。";
pub(crate) const GROUP: &str = "資格確認";
pub(crate) const WAYS: &str = "確認のしかた";

pub(crate) const LEAD: &str = "券面のとおりに入力してください。全角と半角、ハイフン、先頭の0のちがいは気にしなくてかまいません。";
pub(crate) const INSURER: &str = "保険者番号";
pub(crate) const INSURER_HINT: &str = "8桁(国民健康保険は6桁)";
pub(crate) const SYMBOL: &str = "記号";
pub(crate) const SYMBOL_HINT: &str = "後期高齢者医療など、ないときは空のまま";
pub(crate) const MEMBER: &str = "番号";
pub(crate) const BRANCH: &str = "枝番";
pub(crate) const BRANCH_HINT: &str = "2桁。わからないときは空のまま";
pub(crate) const BIRTH: &str = "生年月日";
pub(crate) const PAPER_UNTIL: &str = "有効期限";
pub(crate) const WITH_LIMIT: &str = "限度額適用認定証の情報の提供に、患者の同意がある";
pub(crate) const COLLECTS: &str = "受け取りに来た方";
pub(crate) const SUBSIDIES: &str = "公費(処方箋に記載があるとき)";
pub(crate) const CHECK: &str = "確認する";
pub(crate) const NO_INSURER: &str = "保険者番号を入力してください。";
pub(crate) const NO_MEMBER: &str = "番号を入力してください。";
pub(crate) const NO_BIRTH: &str = "生年月日を入力してください。";
pub(crate) const NO_DAY: &str = "日付を確かめてください。";
pub(crate) const NO_COLLECTS: &str = "受け取りに来た方を選んでください。";
pub(crate) const NEXT: &str = "次の方を確認する";

pub(crate) const DOUBT_TITLE: &str = "番号をもう一度確かめてください";
pub(crate) const DOUBT_ACT: &str = "このまま確認する";
pub(crate) const DOUBT_NEXT: &str = "券面とちがうときは「やめる」を押して直してください。券面のとおりなら、このまま確認できます。";
pub(crate) const PAST: &str = "有効期限が過ぎています。";

pub(crate) const SEVERAL_TITLE: &str = "同じ番号の方が複数います";
pub(crate) const SEVERAL_NEXT: &str = "まだ記録していません。生年月日や枝番を券面で確かめ、確認する方を選んでください。";
pub(crate) const SEVERAL_COLUMNS: [&str; 5] = ["氏名", "氏名(カナ)", "性別", "枝番", "選ぶ"];
pub(crate) const CHOOSE_PERSON: &str = "この方で確認する";
pub(crate) const SEVERAL_SCROLLS: &str = "該当する方の表";

pub(crate) const LAST_TITLE: &str = "以前に確認した方から入力する";
pub(crate) const LAST_NAME: &str = "氏名または氏名(カナ)のはじめ";
pub(crate) const LAST_FIND: &str = "探す";
pub(crate) const LAST_NONE: &str = "1年以内に確認した方は見つかりません。";
pub(crate) const LAST_TAKE: &str = "入力する";
pub(crate) const LAST_TAKEN: &str = "前回の番号を入力しました。券面と同じか確かめてください。";
pub(crate) const LAST_COLUMNS: [&str; 4] = ["氏名", "生年月日", "前回の確認", "入力"];
pub(crate) const LAST_SCROLLS: &str = "以前に確認した方の表";

pub(crate) const KEPT: &str = "この確認を記録しました。";
pub(crate) const ABOUT: &str = "確認の記録";
pub(crate) const ASKED: &str = "入力した内容";
pub(crate) const WAY: &str = "確認の方法";
pub(crate) const MEDIUM: &str = "媒体";
pub(crate) const AT: &str = "確認日時";
pub(crate) const BY: &str = "確認した人";
pub(crate) const STATE: &str = "状態";
pub(crate) const USE: &str = shared::domain::institution::VisitKind::NAME;
pub(crate) const OF: &str = "もとにしたもの";
pub(crate) const LIMIT_AGREED: &str = "限度額情報の提供";
pub(crate) const AGREED: &str = "同意あり";
pub(crate) const NOT_ASKED: &str = "同意なし・聞いていない";
pub(crate) const NOT_WRITTEN: &str = "記載なし";
pub(crate) const BY_JOB: &str = "自動";
pub(crate) const NEXT_STEP_NOT_FOUND: &str =
    "番号と生年月日を券面で確かめてください。加入したばかりのときは、登録を待っていることがあります。";
pub(crate) const COPY: &str = "結果をコピーする";
pub(crate) const CONSENT: &str = "もとの同意を見る";

pub(crate) const HISTORY_TITLE: &str = "資格確認履歴照会";
pub(crate) const ONE_TITLE: &str = "資格確認の明細";
pub(crate) const BACK: &str = "資格確認履歴照会へ戻る";
pub(crate) const HISTORY_LEAD: &str = "受付での確認、資格確認書等・処方箋・番号での確認、再照会などを、新しい順に示します。";
pub(crate) const CONDITIONS: &str = "資格確認履歴の条件";
pub(crate) const DAYS: &str = "確認した日";
pub(crate) const FROM: &str = "確認日(開始)";
pub(crate) const TO: &str = "確認日(終了)";
pub(crate) const NAME: &str = "氏名・氏名(カナ)のはじめ";
pub(crate) const USER: &str = "確認した人のユーザID";
pub(crate) const USER_HINT: &str = "半角英数字。空のときは全員";
pub(crate) const VALIDITY: &str = shared::domain::coverage::Validity::NAME;
pub(crate) const ALL: &str = "すべて";
pub(crate) const SEARCH: &str = "検索";
pub(crate) const TOO_FAR: &str = "期間は1年以内にしてください。";
pub(crate) const LIST_TITLE: &str = "検索結果";
pub(crate) const SCROLLS: &str = "資格確認履歴の表";
pub(crate) const COLUMNS: [&str; 6] =
    ["氏名・生年月日", "確認日時", "確認の方法・媒体", shared::domain::coverage::Validity::NAME, "状態", "確認した人"];
pub(crate) const NOBODY: &str = "該当者なし";
pub(crate) const PATIENT: &str = "患者(受付)";
pub(crate) const NONE: &str = "条件に合う確認はありません。";
pub(crate) const NONE_NEXT: &str = "期間を広げるか、条件を減らしてください。";
pub(crate) const CUT: &str = "まだ探していない期間があります。「次へ」で続きを探します。";
pub(crate) const PAGES: &str = "ページ";
pub(crate) const SAVE_TITLE: &str = "ファイルに保存";
pub(crate) const SAVE_ABOUT: &str = "検索した条件に合う確認をすべて、CSVにします。";

/// 公費負担者番号 of the first (0) or second pair.
pub(crate) fn payer(place: u8) -> &'static str {
    if place == 0 { "公費負担者番号(第一公費)" } else { "公費負担者番号(第二公費)" }
}

/// 受給者番号 of the first (0) or second pair.
pub(crate) fn beneficiary(place: u8) -> &'static str {
    if place == 0 { "受給者番号(第一公費)" } else { "受給者番号(第二公費)" }
}

pub(crate) fn doubt(number: AskedNumber, doubt: Doubt) -> String {
    let what = match number {
        AskedNumber::Insurer => INSURER,
        AskedNumber::Branch => BRANCH,
        AskedNumber::Payer(place) => payer(place),
        AskedNumber::Beneficiary(place) => beneficiary(place),
    };
    format!("{what}: {doubt}")
}

pub(crate) fn shown(first: u32, last: u32) -> String {
    format!("新しい順 {first}-{last}件表示")
}

pub(crate) fn minute(at: UnixMs) -> String {
    at.jst_minute_text()
}
