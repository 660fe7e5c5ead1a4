//! 医療扶助(今月の券) (P-AID).

use shared::api::aid::AidFetch;
use shared::domain::calendar::CivilDate;

pub(crate) const TITLE: &str = "医療扶助(今月の券)";
pub(crate) const ABOUT: &str = "医療扶助の方の、今月の医療券・調剤券の登録をまとめて取得し、変わった方を調べます。";
pub(crate) const LEAD: &str = "福祉事務所の登録は月の中ごろです。16日と月末に自動で取得します。回答にない方も、終わったとは限りません。ここで消えることはありません。";
pub(crate) const FETCH: &str = "今すぐ取得する";
pub(crate) const FETCHED: &str = "取得しました。";
pub(crate) const OTHER_MONTH: &str = "取得できるのは今月だけです。";
pub(crate) const NOT_USED: &str = "医療扶助を使わない設定です。";
pub(crate) const NOT_USED_NEXT: &str = "使うときは、環境設定情報で医療扶助関連項目を「利用する」にします。";
pub(crate) const FETCHES: &str = "取得の記録";
pub(crate) const NO_FETCH: &str = "この月はまだ取得していません。";
pub(crate) const PEOPLE: &str = "医療扶助の方";
pub(crate) const COLUMNS: [&str; 4] = ["氏名", "今月の状態", "医療券・調剤券", "備考"];
pub(crate) const NONE: &str = "医療扶助の方はいません。";
pub(crate) const NONE_NEXT: &str = "この施設で資格を確かめた方のうち、医療扶助の回答があった方が、ここに出ます。";
pub(crate) const MORE: &str = "ほかにもあります。ここには500名まで出ます。";

pub(crate) fn next_run(on: CivilDate) -> String {
    format!("次の自動取得: {}", on.slashed())
}

/// One fetch: when, by whom, how many, what changed.
pub(crate) fn fetch(of: &AidFetch) -> String {
    let by = of.by.as_ref().map_or_else(|| "自動".to_owned(), |by| format!("{}さん", by.as_str()));
    format!(
        "{}({by}) 回答 {}名、番号が一致 {}名(新しい方・変わった方 {}名)、要確認 {}名、ここに記録のない方 {}名、回答にない方 {}名",
        of.at.jst_minute_text(),
        of.entries,
        of.matched,
        of.changed,
        of.to_review,
        of.nobody,
        of.missing
    )
}
