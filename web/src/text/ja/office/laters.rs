//! 後で確認する方 (OT-17h), カードが使えないとき (X12).

use shared::domain::calendar::CivilDate;
use shared::domain::check::CheckWay;
use shared::domain::opening::CardlessRoute;

pub(crate) const TITLE: &str = "後で確認する方";
pub(crate) const ABOUT: &str = "仮確認をした方、災害・障害時に閲覧した方を、通常の確認で確定します。";
pub(crate) const LEAD: &str = "通常の確認(カード、資格確認書、再照会)が済むと、その結果と見比べて確定できます。";
pub(crate) const TITLE_ONE: &str = "後の確認";
pub(crate) const BACK: &str = "後で確認する方へ戻る";

/// A check that can be made from a day on (X58).
pub(crate) fn due(day: CivilDate) -> String {
    format!("{}から(医療扶助の登録後)", day.slashed())
}

pub(crate) const LIST: &str = "後で確認する方の一覧";
pub(crate) const SCROLLS: &str = "後で確認する方の表";
pub(crate) const COLUMNS: [&str; 5] = ["氏名", "日時", "確認の方法", "受けた利用者", "開く"];
pub(crate) const NONE: &str = "後で確認する方はいません。";
pub(crate) const NONE_NEXT: &str = "カードが使えなかった方は「カードが使えないとき」で登録すると、ここに入ります。";
pub(crate) const OPEN: &str = "開く";
pub(crate) const TABLET: &str = "訪問先の端末";
pub(crate) const UNKNOWN: &str = "氏名不明";
pub(crate) const TAKEN_IN: &str = "受けたときの内容";
pub(crate) const NOT_ASKED: &str = "資格は照会していません(仮確認)。";
pub(crate) const SINCE: &str = "その後の確認";
pub(crate) const NO_SINCE: &str = "その後の確認は、まだありません。";
pub(crate) const NO_SINCE_NEXT: &str = "次の訪問でカードの確認をするか、資格確認書の番号で確認してください。済むと、ここに結果が出ます。";
pub(crate) const COMPARE: [&str; 3] = ["項目", "前", "後"];
pub(crate) const COMPARE_CAPTION: &str = "前と後の比較";
pub(crate) const CHANGED: &str = "変わりました";
pub(crate) const SETTLE: &str = "この確認で確定する";
pub(crate) const SETTLE_TITLE: &str = "この確認で確定しますか";
pub(crate) const SETTLE_ABOUT: &str = "後で確認する方の一覧から消えます。前の内容も、履歴に残ります。";
pub(crate) const DROP: &str = "取り下げる";
pub(crate) const DROP_TITLE: &str = "後の確認をせずに取り下げる";
pub(crate) const DROP_ABOUT: &str = "転居や死亡などで確認できなくなったときに使います。";
pub(crate) const REASON: &str = "理由";
pub(crate) const NO_REASON: &str = "理由を入力してください。";
pub(crate) const DONE_BEFORE: &str = "ほかの人が、もう終わらせています。";
pub(crate) const DONE_BEFORE_NEXT: &str = "一覧に戻って、残りの方を確かめてください。";
pub(crate) const DONE: &str = "終わりました。";
pub(crate) const VALIDITY: &str = shared::domain::coverage::Validity::NAME;
pub(crate) const NOT_KNOWN: &str = "―";

pub(crate) fn way(way: CheckWay, route: Option<CardlessRoute>) -> String {
    route.map_or_else(|| way.label().to_owned(), |route| format!("{}({})", way.label(), route.label()))
}

pub(crate) fn left(left: u32) -> String {
    if left == 0 { "残りの方はいません。".to_owned() } else { format!("残りは{left}人です。") }
}

/// What was typed.
pub(crate) mod typed {
    pub(crate) const NAME: &str = "氏名";
    pub(crate) const KANA: &str = "氏名(カナ)";
    pub(crate) const BIRTH: &str = "生年月日";
    pub(crate) const SEX: &str = "性別";
    pub(crate) const ADDRESS: &str = "住所(市区町村まででも可)";
    pub(crate) const INSURER: &str = "保険者番号";
    pub(crate) const SYMBOL: &str = "記号";
    pub(crate) const NUMBER: &str = "番号";
    pub(crate) const BRANCH: &str = "枝番";
    pub(crate) const MISSING: &str = "入力してください。";
    pub(crate) const NO_DAY: &str = "生年月日を入力してください。例: 昭和35年6月2日、1960/06/02";
    pub(crate) const NO_SEX: &str = "性別を選んでください。";
    pub(crate) const NOTE: &str = "メモ";
}

/// カードが使えないとき.
pub(crate) mod cardless {
    use shared::domain::opening::CardlessRoute;

    pub(crate) const TITLE: &str = "カードが使えないとき";
    pub(crate) const ABOUT: &str = "カードがない、壊れた、期限が切れたときの確認と仮確認。";
    pub(crate) const LEAD: &str =
        "資格確認書があれば、番号で確認できます(仮確認にはなりません)。ほかは仮確認として登録し、後で確認します。";
    pub(crate) const PAPER: &str = "資格確認書で確認する";
    pub(crate) const OPENINGS_ABOUT: &str = "センターに連絡がついて開始の記録があれば、下の「災害・障害時」で照会できます。";
    pub(crate) const TO_OPENINGS: &str = "災害・障害時の照会を開く";
    pub(crate) const ROUTE: &str = "お持ちのもの、確かめ方";
    pub(crate) const NO_ROUTE: &str = "選んでください。";
    pub(crate) const NOTE_HINT: &str = "例: カードを紛失、ICチップの故障、残した書類";
    pub(crate) const SUBMIT: &str = "仮確認として登録";
    pub(crate) const SAVED: &str = "仮確認として登録しました。";
    pub(crate) const SAVED_NEXT: &str = "「後で確認する方」に入りました。次にカードか資格確認書で確認できたとき、確定してください。";
    pub(crate) const ANOTHER: &str = "次の方を登録する";
    pub(crate) const FIND_PAST: &str = "過去の資格情報を探す";
    pub(crate) const NO_PAST: &str = "この方の過去の資格情報は見つかりません。";
    pub(crate) const NO_PAST_NEXT: &str = "カナと生年月日を確かめてください。初めての方は「被保険者資格申立書」を使います。";
    pub(crate) const CHOOSE_PAST: &str = "使う資格情報を選んでください。";
    pub(crate) const PAST_CHOOSE: &str = "これを使う";
    pub(crate) const PAST_CHOSEN: &str = "選びました";
    pub(crate) const FORM: &str = "被保険者資格申立書を印刷";

    /// What is to be done by a route.
    pub(crate) fn about(route: CardlessRoute) -> &'static str {
        match route {
            CardlessRoute::Notice => "カードの券面と「資格情報のお知らせ」を見せていただき、番号を写します。",
            CardlessRoute::PortalScreen => "ご本人の端末で、マイナポータルの資格の画面(またはPDF)を見せていただき、番号を写します。",
            CardlessRoute::Declaration => "初めての方で番号がわからないときに使います。ご本人に申立書を書いていただき、保管します。",
            CardlessRoute::Past => "前に確認したことがある方で、資格が変わっていないとご本人が言うときに使います。",
            CardlessRoute::SystemDown => {
                "全国のシステムが応答しないときに使います。氏名、性別、生年月日、住所を書き取り、動いてから確認します。"
            }
        }
    }
}

/// 被保険者資格申立書.
pub(crate) mod declaration {
    pub(crate) const TITLE: &str = "被保険者資格申立書";
    pub(crate) const LEAD: &str = "健康保険の資格をその場で確認できないため、次のとおり申し立てます。";
    pub(crate) const INSURANCE: &str = "1. 加入している健康保険について(わかる範囲で)";
    pub(crate) const KIND: &str = "種類";
    pub(crate) const KINDS: &str = "□ 会社などの健康保険　□ 国民健康保険　□ 後期高齢者医療　□ わからない";
    pub(crate) const INSURER: &str = "保険者の名前";
    pub(crate) const OFFICE: &str = "勤め先の名前";
    pub(crate) const SINCE: &str = "加入した時期";
    pub(crate) const RATIO: &str = "一部負担金の割合";
    pub(crate) const RATIOS: &str = "□ 1割　□ 2割　□ 3割　□ わからない";
    pub(crate) const PERSON: &str = "2. 患者の氏名など";
    pub(crate) const PHONE: &str = "連絡先の電話番号";
    pub(crate) const PROMISE: &str =
        "後で確認した結果、ここに書いた内容と違っていたときは、費用の精算などに協力します。確認に必要な連絡を受けることに同意します。";
    pub(crate) const SIGNED: &str = "記入日　　　　年　　月　　日　　　署名";
    pub(crate) const BY_PROXY: &str = "患者本人でないときは、患者との関係";
}
