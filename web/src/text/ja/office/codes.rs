//! OT-8 アクティベーションコード管理.

use shared::domain::calendar::UnixMs;
use shared::domain::code::{LABEL_MAX_CHARS, NotALabel};

pub(crate) const TITLE: &str = "アクティベーションコード管理";
pub(crate) const LEAD: &str = "訪問先で使う端末1台ごとに、コードを1つ発行します。コードは、その端末の初期登録で一度だけ使えます。";
pub(crate) const NEW_TITLE: &str = "コードの発行";
pub(crate) const LABEL: &str = "端末の名前";
pub(crate) const LABEL_HINT: &str = "どの端末か分かる名前。例: Aのスマホ1、Bのタブレット";
pub(crate) const ISSUE: &str = "発行";
pub(crate) const SECRET: &str = "アクティベーションコード";
pub(crate) const NEXT: &str = "控えるか、印刷して保管してください。使う端末で、アドレスの終わりが /d の画面を開いて登録します。控えをなくしたときは、無効化して、新しいコードを発行します。";
pub(crate) const LIST_TITLE: &str = "コードの一覧";
pub(crate) const SCROLLS: &str = "コードの表";
pub(crate) const INSTITUTION: &str = "機関名";
pub(crate) const FIND: &str = "端末の名前(一部でも)";
pub(crate) const STATE: &str = "状態";
pub(crate) const STATE_ALL: &str = "すべて";
pub(crate) const SEARCH: &str = "検索";
pub(crate) const COLUMNS: [&str; 7] = ["端末の名前", "コード", "状態", "発行日時", "使用開始", "最後の利用", "無効化"];
pub(crate) const HIDDEN: &str = "************";
pub(crate) const HIDDEN_READ: &str = "表示できません";
pub(crate) const BY_OPERATOR: &str = "運用者";
pub(crate) const NONE_YET: &str = "条件に合うコードはありません。";
pub(crate) const NONE_NEXT: &str = "端末の名前を入力して「発行」を押すと、コードができます。";
pub(crate) const PAGES: &str = "ページ";
pub(crate) const INVALIDATE: &str = "無効化する";
pub(crate) const ASK_DEVICE: &str = "無効化すると、この端末は直ちに使えなくなります。端末をなくしたときは、すぐに無効化してください。";
pub(crate) const ASK_UNUSED: &str = "無効化すると、このコードでは端末を登録できなくなります。";
pub(crate) const ASK_BACK: &str = "元に戻すことはできません。もう一度使うときは、新しいコードを発行します。";
pub(crate) const QR: &str = "端末のページを開く二次元コード";

pub(crate) fn fault(why: NotALabel) -> String {
    match why {
        NotALabel::Empty => "端末の名前を入力してください。".to_owned(),
        NotALabel::TooLong => format!("{LABEL_MAX_CHARS}文字以内で入力してください。"),
        NotALabel::MyNumber => super::accounts::MY_NUMBER.to_owned(),
    }
}

pub(crate) fn whose(label: &str) -> String {
    format!("端末: {label}")
}

pub(crate) fn ask(label: &str) -> String {
    format!("「{label}」のコードを無効化しますか")
}

pub(crate) fn invalidate_read(label: &str) -> String {
    format!("{label}を無効化する")
}

pub(crate) fn invalidated(label: &str) -> String {
    format!("「{label}」のコードを無効化しました。")
}

pub(crate) fn shown(total: u32, first: u32, last: u32) -> String {
    format!("検索結果：{total}件 {first}-{last}件表示")
}

pub(crate) fn until(at: UnixMs) -> String {
    format!("{}まで", at.jst_minute_text())
}

/// The printed sheet.
pub(crate) mod sheet {
    pub(crate) const ADDRESS: &str = "開くアドレス";
    pub(crate) const INSTITUTION: &str = "機関コード";
    pub(crate) const HEADING: &str = "端末の初期登録(アクティベーションコード)";
    pub(crate) const DEVICE: &str = "端末";
    pub(crate) const CODE: &str = "コード(12けた)";
    pub(crate) const UNTIL: &str = "使える期限";
    pub(crate) const CAMERA: &str =
        "端末のカメラで読み取ると、登録の画面が開き、コードが入ります。登録の画面の「カメラで読み取る」でも使えます。";
    pub(crate) const STEPS: [&str; 3] = [
        "端末のアプリの登録の画面で、二次元コードを読み取るか、12けたのコードを入力します。",
        "この端末を使う人のユーザIDとパスワードでログインします。",
        "登録が終わったら、この紙を細かく切って捨てます。",
    ];
    pub(crate) const NOTE: &str = "コードは1台に一度だけ使えます。ほかの人に見せないでください。";
}
