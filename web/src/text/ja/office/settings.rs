//! OT-6 環境設定情報照会・更新.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::Use;
use shared::domain::municipality::Municipality;
use shared::domain::settings::{CONTACT_MAX_CHARS, SettingsFault, TermsId};

pub(crate) const TITLE: &str = "環境設定情報照会・更新";
pub(crate) const ABOUT: &str = "使う受付の種類、受付でたずねること、連絡先などを確かめ、変更します。";
pub(crate) const LEAD: &str =
    "この機関で使う機能を決めます。変更は、まとめて1つの記録になり、だれがいつ変えたかが下の「変更の記録」に残ります。";
pub(crate) const READ_ONLY: &str = "このIDでは、見ることだけができます。変更は管理者が行います。";
pub(crate) const INSTITUTION: &str = "機関名";
pub(crate) const CODE: &str = "機関コード";
pub(crate) const ROLE: &str = "権限区分";
pub(crate) const CHANGED: &str = "最後の更新";
pub(crate) const NAME_FIXED: &str = "(ここでは変更できません)";
pub(crate) const VALUES: &str = "現在の設定";
pub(crate) const ON: &str = "利用する";
pub(crate) const OFF: &str = "利用しない";
pub(crate) const ITEMS: &str = "受付でたずねる項目(閲覧同意)";
pub(crate) const ITEMS_HINT: &str = "選んだ項目だけを受付でたずねます。資格の確認は、いつも行います。";
pub(crate) const ANDROID: &str = "Androidスマートフォンでの確認";
pub(crate) const IPHONE: &str = "iPhoneでの確認";
pub(crate) const PHONES_YET: &str = "この版の受付と端末は、まだスマートフォンを読み取りません。ここでの選択は、読み取れるようになったときから効きます。カードはいつも使えます。";
pub(crate) const AID: &str = "医療扶助";
pub(crate) const AID_HINT: &str = "生活保護の医療扶助を、資格の確認の対象にします。利用しないとき、医療扶助だけの方は「該当資格なし」になります。当月の医療券は「医療扶助(今月の券)」でまとめて取得します。";
pub(crate) const SUBSIDIES: &str = "医療費助成情報";
pub(crate) const SUBSIDIES_HINT: &str =
    "受付で、医療費助成の受給者証を提供するかどうかを患者様にたずね、提供されたときは結果に表示します。";
pub(crate) const NOTE: &str = "公表について";
pub(crate) const E_PRESCRIPTION: &str = "電子処方箋";
pub(crate) const FORM: &str = "処方箋の発行形態の確認";
pub(crate) const FORM_HINT: &str = "受付でたずねる画面は、まだありません。選んだ内容は記録され、画面ができたときから効きます。";
pub(crate) const VISUAL: &str = "端末での目視確認";
pub(crate) const VISUAL_HINT: &str = "認めないときは、端末での本人の確認は暗証番号だけになります。";
pub(crate) const ALLOWED: &str = "認める";
pub(crate) const NOT_ALLOWED: &str = "認めない";
pub(crate) const ELIGIBILITY: &str = "受付の端末での資格の表示";
pub(crate) const ELIGIBILITY_HINT: &str = "表示しないときは、受付の結果に、同意の内容と受付番号だけが出ます。資格は事務所の画面で見ます。";
pub(crate) const SHOWN: &str = "表示する";
pub(crate) const NOT_SHOWN: &str = "表示しない";
pub(crate) const CONTACT: &str = "連絡先";
pub(crate) const CONTACT_HINT: &str =
    "受付が使えないとき、URLが古いときに、訪問先の画面に出ます。二次元コードの用紙にも印刷します。例: 03-0000-0000(平日 9時〜17時)";
pub(crate) const SUBMIT: &str = "更新する";
pub(crate) const UPDATED: &str = "更新しました";
pub(crate) const COUNTS: &str = "受付のページとこのサーバーでは、もう新しい設定が効いています。入り直さなくても変わりません。";
pub(crate) const COUNTS_OTHERS: &str = "ほかの端末やほかの人が開いたままの画面は、開き直すか入り直すと新しい内容になります。途中の受付は、始めたときの内容で終わりまで進みます。";
pub(crate) const OK: &str = "OK";
pub(crate) const AGAIN: &str = "今すぐ入り直す";
pub(crate) const TERMS_TICK: &str = "この版を読み、確認しました";
pub(crate) const TERMS_MISSING: &str = "「利用する」にするには、利用規約を読み、確認の印をつけてください。";
pub(crate) const TERMS_SHOW: &str = "利用規約を表示する";
pub(crate) const MEANWHILE: &str = "ほかの人が先に更新しました";
pub(crate) const MEANWHILE_NEXT: &str = "あなたの入力は残っています。下は先に行われた変更です。同じところを変えていたときは、あなたの入力になっています。確かめて、もう一度「更新する」を押してください。";
pub(crate) const MEANWHILE_SCROLLS: &str = "先に行われた変更の表";
pub(crate) const HISTORY: &str = "変更の記録";
pub(crate) const HISTORY_SCROLLS: &str = "変更の記録の表";
pub(crate) const HISTORY_PAGES: &str = "変更の記録のページ";
pub(crate) const COLUMNS: [&str; 5] = ["日時", "だれが", "項目", "前", "後"];
pub(crate) const BEGUN: &str = "登録したときの設定";
pub(crate) const OPERATOR: &str = "運用者";
pub(crate) const NO_HISTORY: &str = "変更の記録はありません。";
pub(crate) const BLOCK_CHECK: &str = "資格確認関連項目";
pub(crate) const BLOCK_LINK: &str = "結果の書き出し関連項目";
pub(crate) const HAND_OVER: &str = "結果の自動書き出し";
pub(crate) const HAND_OVER_HINT: &str =
    "資格確認の結果を、レセコンや電子カルテのファイルにします。利用しないときは、書き出さず、未送信としても数えません。";
pub(crate) const WAY: &str = "書き出しの方法";
pub(crate) const ENCODING: &str = "書き出しの文字コード";
pub(crate) const ENCODING_HINT: &str =
    "レセコンがUTF-8を読めないときだけShift_JISにします。Shift_JISに書けない文字があると、そのファイルは書かずに知らせます。";
pub(crate) const BLOCK_AID: &str = "医療扶助関連項目";
pub(crate) const BLOCK_SUBSIDIES: &str = "医療費助成関連項目";
pub(crate) const BLOCK_PRESCRIPTION: &str = "電子処方箋関連項目";
pub(crate) const BLOCK_CONTACT: &str = "連絡先関連項目";

pub(crate) fn block(of: Use) -> String {
    format!("{}関連項目", of.label())
}

pub(crate) fn switch(of: Use) -> String {
    format!("{}機能", of.label())
}

pub(crate) fn by(user: Option<&UserId>) -> &str {
    user.map_or(OPERATOR, UserId::as_str)
}

pub(crate) fn changed(at: UnixMs, user: Option<&UserId>) -> String {
    format!("{} {}", at.jst_minute_text(), by(user))
}

pub(crate) fn confirmed(version: &str, at: UnixMs, user: &UserId) -> String {
    format!("利用規約({version}版)は、{user} が {} に確認しました。", at.jst_minute_text())
}

pub(crate) fn version(version: &str) -> String {
    format!("{version}版")
}

/// What is wrong with the settings: what happened, and what to do.
pub(crate) fn fault(why: SettingsFault) -> (&'static str, &'static str) {
    match why {
        SettingsFault::ChangedMeanwhile => {
            ("ほかの人が先に更新しました。", "あなたの入力は残っています。新しい内容を確かめて、もう一度「更新する」を押してください。")
        }
        SettingsFault::Unchanged => ("変わったところがありません。", "設定を変えてから「更新する」を押してください。"),
        SettingsFault::Terms(TermsId::OnlineCheck | TermsId::Subsidies) => {
            ("利用規約の確認が必要です。", "利用規約を読み、確認の印をつけてから「更新する」を押してください。")
        }
        SettingsFault::Items(_) => ("受付でたずねる項目がありません。", "1つ以上の項目を選んでください。"),
        SettingsFault::ContactTooLong => ("連絡先が長すぎます。", CONTACT_LONG),
        SettingsFault::MyNumber => ("連絡先に個人番号が入っています。", MY_NUMBER),
    }
}

const CONTACT_LONG: &str = "120文字以内で入力してください。";
const MY_NUMBER: &str = "個人番号(マイナンバー)は入力できません。電話番号や窓口の名前を入力してください。";

/// The same beside the field.
pub(crate) fn contact_fault(why: SettingsFault) -> &'static str {
    debug_assert!(CONTACT_LONG.starts_with(&CONTACT_MAX_CHARS.to_string()));
    fault(why).1
}

pub(crate) const NO_MUNICIPALITIES: &str = "接続している市区町村の一覧は、まだ登録されていません。運用者が登録します。";
pub(crate) const MUNICIPALITIES_ABOUT: &str = "一覧にない市区町村は、接続が確認できていないだけで、接続していないとは限りません。";

pub(crate) fn municipalities(count: usize) -> String {
    format!("接続している市区町村 {count}件")
}

pub(crate) fn municipality(of: &Municipality) -> String {
    let until = of.until.map(|day| day.slashed()).unwrap_or_default();
    format!("{} {}〜{until}({})", of.place, of.from.slashed(), of.source)
}
