//! 医療扶助 and 公費・医療費助成 (X58–X60), at the reception and in the office.

use shared::domain::aid::MedicalAidState;
use shared::domain::calendar::CivilDate;
use shared::domain::consent::Choice;

/// Heading of 医療扶助.
pub const AID: &str = "資格情報(医療扶助)";
/// Heading of 医療費助成.
pub const SUBSIDIES: &str = "公費・医療費助成";
/// X58, beside the state.
pub const X58: &str = "登録は月の中ごろです。16日を過ぎても変わらないときは、福祉事務所に確かめてください。紙の医療券はそのまま使えます。";
/// X59: refused, lapsed and "municipality not connected" look alike.
pub const X59: &str = "医療費助成の情報はありません(終わったとは限りません)。受給者証を確認してください。";
/// X60: the same words whatever the reason.
pub const X60: &str = "住所などは提供されていません。";
/// X60 of an entry of which nothing was given.
pub const X60_ENTRY: &str = "この医療費助成の内容は提供されていません。受給者証を確認してください。";
/// The question of RW-3.
pub const QUESTION: &str = "医療費助成の受給者証";
/// What it means.
pub const MEANING: &str = "国や自治体の医療費助成（難病、こどもの医療費など）の受給者証の情報を、この事業所が受け取ることです。";
/// When it has no answer.
pub const MISSING: &str = "「提供する」か「提供しない」をお選びください。";

/// An answer to [`QUESTION`].
#[must_use]
pub fn answer(choice: Choice) -> &'static str {
    match choice {
        Choice::Agree => "提供する",
        Choice::Refuse => "提供しない",
        Choice::NotAsked => "たずねていません",
    }
}

/// The state with its word.
#[must_use]
pub fn state(state: MedicalAidState) -> String {
    format!("医療扶助: {}", state.label())
}

/// A period; either end may be open.
#[must_use]
pub fn period(from: Option<CivilDate>, until: Option<CivilDate>) -> Option<String> {
    let text = |day: Option<CivilDate>| day.map(|day| format!("{}({})", day.wareki(), day.slashed())).unwrap_or_default();
    (from.is_some() || until.is_some()).then(|| format!("{}〜{}", text(from), text(until)))
}

/// The limit with what it covers.
#[must_use]
pub fn limit(yen: u32, covers: Option<&str>) -> String {
    match covers {
        Some(covers) => format!("{covers} {yen}円"),
        None => format!("{yen}円"),
    }
}

/// 償還払い only or not.
#[must_use]
pub fn reimbursed(is_only: bool) -> &'static str {
    if is_only { "償還払いだけ(窓口でいったん支払います)" } else { "窓口で使えます" }
}

/// The names of the fields.
pub mod field {
    /// 医療扶助の状態.
    pub const STATE: &str = "委託の状態";
    /// 公費負担者番号.
    pub const PAYER: &str = "公費負担者番号";
    /// 受給者番号.
    pub const BENEFICIARY: &str = "受給者番号";
    /// 福祉事務所.
    pub const OFFICE: &str = "福祉事務所";
    /// 郵便番号.
    pub const POST: &str = "郵便番号";
    /// 住所.
    pub const ADDRESS: &str = "住所";
    /// From when to when.
    pub const PERIOD: &str = "期間";
    /// 医療券・調剤券.
    pub const TICKET: &str = "医療券・調剤券";
    /// 診療年月.
    pub const MONTH: &str = "診療年月";
    /// 交付番号.
    pub const ISSUE: &str = "交付番号";
    /// 指定医療機関.
    pub const INSTITUTION: &str = "指定医療機関";
    /// 診療別.
    pub const TREATMENT: &str = "診療別";
    /// 本人支払額.
    pub const SELF_PAY: &str = "本人支払額";
    /// 名称.
    pub const NAME: &str = "名称";
    /// 所得区分.
    pub const CLASS: &str = "所得区分";
    /// 上限額.
    pub const LIMIT: &str = "自己負担上限額";
    /// 支払い.
    pub const PAYMENT: &str = "支払い方法";
    /// 条件.
    pub const CONDITIONS: &str = "条件";
    /// Where it was seen.
    pub const SOURCE: &str = "情報のもと";
}
