//! 医療情報閲覧 (OT-16) and 医療情報閲覧履歴照会 (OT-13).

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::consent::ItemState;
use shared::domain::medical::{MedicalKind, MedicalPart};

pub(crate) const TITLE: &str = "医療情報閲覧";
pub(crate) const GROUP: &str = "医療情報";
pub(crate) const ABOUT: &str = "同意のある患者様の薬剤・診療・手術・特定健診の情報を見ます。";
pub(crate) const TO_LIST: &str = "医療情報閲覧に戻る";
pub(crate) const TO_KINDS: &str = "医療情報の種類に戻る";
pub(crate) const FROM_DETAIL: &str = "医療情報を見る";

/// The people whose consent lives.
pub(crate) mod people {
    pub(crate) const LEAD: &str =
        "有効な同意のある患者様の一覧です。氏名を選ぶと、見られる情報の種類が出ます。見た情報は種類ごとに履歴に残ります。";
    pub(crate) const CONDITIONS: &str = "患者様をさがす条件";
    pub(crate) const NAME: &str = "氏名・カナ・通称";
    pub(crate) const NAME_HINT: &str = "はじめの文字から。空のときは全員";
    pub(crate) const SEARCH: &str = "検索";
    pub(crate) const LIST: &str = "有効な同意のある患者様";
    pub(crate) const SCROLLS: &str = "有効な同意のある患者様の表";
    pub(crate) const COLUMNS: [&str; 5] = ["氏名", "フリガナ", "生年月日", "同意のある情報", "同意有効期限"];
    pub(crate) const NONE: &str = "有効な同意のある患者様は見つかりません。";
    pub(crate) const NONE_NEXT: &str = "氏名の文字を減らすか、「同意済資格情報取得」で同意の状態を確かめてください。";
    pub(crate) const NOTHING_AGREED: &str = "なし";
}

/// What a consent opens.
pub(crate) const WHO: &str = "患者様";
pub(crate) const USE: &str = shared::domain::institution::VisitKind::NAME;
pub(crate) const CONSENTED: &str = "同意年月日";
pub(crate) const DEADLINE: &str = "同意有効期限";
pub(crate) const UNTIL: &str = "閲覧できる期限";
pub(crate) const ASKED: &str = "照会した日時";
pub(crate) const VIEWER: &str = "閲覧した人";
pub(crate) const CLAIMS: &str = "レセプトの範囲";
pub(crate) const KINDS: &str = "見られる情報";
pub(crate) const LOGGED: &str =
    "見た情報は、種類ごとに「だれが、いつ、どなたの何を見たか」が履歴に残ります。続けて見る前に、本人の確認を求めることがあります。";
pub(crate) const UNKNOWN: &str = "氏名不明(該当資格なし)";
pub(crate) const PRINT: &str = "印刷する";

pub(crate) fn open(kind: MedicalKind) -> String {
    format!("{}を見る", kind.label())
}

pub(crate) fn claims_until(last: CivilDate) -> String {
    format!("{}年{}月の診療分まで", last.year(), last.month())
}

/// What is in a kind.
pub(crate) fn about(kind: MedicalKind) -> &'static str {
    match kind {
        MedicalKind::Drug => "調剤・投薬された薬と、電子処方箋の処方",
        MedicalKind::Treatment => "受けた診療、アレルギー、検査",
        MedicalKind::Surgery => "手術、傷病名、感染症",
        MedicalKind::Checkup => "健診の受診日と測定値",
    }
}

/// How an item stands that is not open: what it is, and what to do.
pub(crate) fn closed(state: ItemState) -> (&'static str, &'static str) {
    match state {
        ItemState::Agreed => ("今は見られません。", "画面を開き直して、同意の状態を確かめてください。"),
        ItemState::Refused => (
            "患者様が、この情報を見ることに同意していません。",
            "必要なときは、次の訪問で患者様に説明し、同意の受付をもう一度行ってください。",
        ),
        ItemState::NotApplicable => ("この患者様は対象外です(40歳以上の方の情報です)。", "見られる情報を選んでください。"),
        ItemState::NotAsked => (
            "受付で、この情報をたずねていません。",
            "必要なときは「環境設定情報」でたずねる項目を確かめ、次の訪問で同意の受付を行ってください。",
        ),
        ItemState::Expired => ("同意の期限が切れています。", "次の訪問で同意をお願いします。"),
        ItemState::Replaced => ("新しい同意に置き換わっています。", "一覧から、この患者様の新しい同意を開いてください。"),
        ItemState::Withdrawn => ("この同意は取り消されています。", "必要なときは、患者様に説明し、同意の受付をもう一度行ってください。"),
    }
}

/// The words when the national system is away (X34).
pub(crate) const AWAY: (&str, &str) = (
    "全国のシステムが応答しません。",
    "「稼働状況」を確かめ、少し待って、もう一度行ってください。急ぐときは、お薬手帳や患者様への聞き取りで確かめてください。",
);

/// The words when nothing is connected.
pub(crate) const NO_SOURCE: (&str, &str) = (
    "このサーバーは、医療情報の照会先につながっていません。",
    "お薬手帳や患者様への聞き取りで確かめ、接続について運用者に伝えてください。",
);

/// Above the drugs.
pub(crate) const RECENT: &str = "直近の処方は含まれないことがあります";
pub(crate) const RECENT_NEXT: &str = "レセプトの情報は、診療の翌月以降に入ります。「電子処方箋」の印がある行は、電子処方箋から得たものです。お薬手帳や聞き取りと合わせて確かめてください。";
pub(crate) const NOT_ALL: &str = "ここにないことは、「なかった」ことを意味しません。";

/// The order and the period that are shown.
pub(crate) const VIEW: &str = "表示のしかた";
pub(crate) const ORDER: &str = "並び";
pub(crate) const BY_DATE: &str = "日付順(月ごと)";
pub(crate) const BY_INSTITUTION: &str = "医療機関・薬局ごと";
pub(crate) const PERIOD: &str = "期間";
pub(crate) const QUARTER: &str = "最近3か月";
pub(crate) const YEAR: &str = "最近1年";
pub(crate) const ALL: &str = "すべて";
pub(crate) const NO_INSTITUTION: &str = "医療機関・薬局の記載なし";
pub(crate) const E_PRESCRIPTION: &str = "電子処方箋";
pub(crate) const EMPTY: &str = "情報がありません。";
pub(crate) const EMPTY_NEXT: &str = "「なし」とは限りません。照会先に届いていないことがあります。";
pub(crate) const HIDDEN: &str = "この期間にはありません。";

pub(crate) fn month(day: CivilDate) -> String {
    format!("{}年{}月", day.year(), day.month())
}

pub(crate) fn day_of_line(on: CivilDate, is_month: bool) -> String {
    if is_month { format!("{}/{:02}(月のみ)", on.year(), on.month()) } else { on.slashed() }
}

pub(crate) fn as_of(day: CivilDate) -> String {
    format!("{}時点", day.slashed())
}

pub(crate) fn shown(shown: usize, all: usize) -> String {
    format!("全{all}件のうち{shown}件を表示")
}

pub(crate) fn scrolls(part: MedicalPart, group: &str) -> String {
    format!("{}の表({group})", part.label())
}

/// Headings of a part's table, the third and the last but one by what they hold.
pub(crate) fn columns(part: MedicalPart) -> [&'static str; 6] {
    let (name, amount) = match part {
        MedicalPart::Dispensed | MedicalPart::Prescription => ("医薬品(成分)", "用法・量"),
        MedicalPart::Treatment => ("診療行為", "回数"),
        MedicalPart::Surgery => ("手術", "回数"),
        MedicalPart::DiagnosisName => ("傷病名", "詳細"),
        MedicalPart::Infection | MedicalPart::Test => ("検査", "結果"),
        MedicalPart::DrugAllergy | MedicalPart::OtherAllergy => ("原因と症状", "詳細"),
    };
    ["日付", name, "区分", amount, "医療機関・薬局", "出どころ・時点"]
}

/// 特定健診.
pub(crate) mod checkup {
    pub(crate) const ITEM: &str = "検査項目(基準)";
    pub(crate) const SCROLLS: &str = "健診の結果の表";
    pub(crate) const WHERE: &str = "健診機関";
    pub(crate) const SOURCE: &str = "出どころ・時点";
    pub(crate) const HIGH: &str = "高";
    pub(crate) const LOW: &str = "低";
    pub(crate) const LEGEND: &str = "「高」「低」は、照会先が示す基準の範囲の外にある値です。診断ではありません。";
    pub(crate) const NO_VALUE: &str = "―";
    pub(crate) const NO_VALUE_READ: &str = "記録なし";
}

/// 医療情報閲覧履歴照会.
pub(crate) mod views {
    pub(crate) const TITLE: &str = "医療情報閲覧履歴照会";
    pub(crate) const ABOUT: &str = "だれが、いつ、どなたの、どの医療情報を見たかを調べ、保存します。";
    pub(crate) const LEAD: &str = "医療情報を見た記録です。記録を変えたり消したりする操作はありません。";
    pub(crate) const OWN: &str = "あなたが見た記録だけが出ます。";
    pub(crate) const CONDITIONS: &str = "閲覧履歴の条件";
    pub(crate) const DAYS: &str = "閲覧した日";
    pub(crate) const FROM: &str = "閲覧した日(開始)";
    pub(crate) const TO: &str = "閲覧した日(終了)";
    pub(crate) const KIND: &str = "情報の種類";
    pub(crate) const COLUMNS: [&str; 5] = ["閲覧した日時", "情報の種類", "患者様", "閲覧した人", "表示した行数"];
    pub(crate) const LIST: &str = "閲覧履歴";
    pub(crate) const SCROLLS: &str = "閲覧履歴の表";
    pub(crate) const NONE: &str = "条件に合う閲覧の記録はありません。";
    pub(crate) const NONE_NEXT: &str = "期間を広げるか、条件を減らしてください。";
    pub(crate) const NOT_KEPT: &str = "―(同意の記録がありません)";
    pub(crate) const SAVE_TITLE: &str = "ファイルに保存";
    pub(crate) const SAVE_ABOUT: &str = "表示している条件の記録をすべて、CSVにします。氏名が入ります。取り扱いに注意してください。";
}

pub(crate) fn minute(at: UnixMs) -> String {
    super::detail::minute(at)
}
