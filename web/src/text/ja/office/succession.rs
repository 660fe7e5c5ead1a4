//! 機関コードの変更・承継 (OT-30, N187).

use shared::api::succession::{Item, READ_DAYS};

pub(crate) const TITLE: &str = "機関コードの変更(承継)";
pub(crate) const ABOUT: &str = "機関コードが変わるときに、引き継ぐものを選ぶ";
pub(crate) const LEAD: &str =
    "開設者の変更などで機関コードが変わるときの画面です。変更はサーバーの運用者が始め、何を引き継ぐかを管理者が選びます。";
pub(crate) const NONE: &str = "機関コードの変更は予定されていません。";
pub(crate) const NONE_NEXT: &str = "変更が決まったら、新しい機関コードと切り替えの日を、サーバーの運用者に伝えてください。";
pub(crate) const PLAN: &str = "予定";
pub(crate) const NEW_CODE: &str = "新しい機関コード";
pub(crate) const FROM: &str = "切り替えの日";
pub(crate) const REASON: &str = "理由";
pub(crate) const CHOSEN: &str = "引き継ぎの選択";
pub(crate) const NOT_CHOSEN: &str = "まだ選んでいません(このまま切り替えの日になると、管理アカウントだけを引き継ぎます)";
pub(crate) const NOTHING: &str = "管理アカウントだけを引き継ぎます";
pub(crate) const CHOOSE: &str = "引き継ぐもの";
pub(crate) const CHOOSE_LEAD: &str = "一つずつ選んでください。切り替えの日の前日まで、選び直せます。";
pub(crate) const ENDS: &str = "引き継げないもの(切り替えの日に終わります)";
pub(crate) const ENDED: [&str; 5] = [
    "同意: 患者様には、次の訪問でもう一度同意していただきます。",
    "医療機関別URLと二次元コード: 新しいシートを印刷して、訪問用の端末に登録し直します。",
    "アクティベーションコードと端末の登録: 端末ごとに発行し直します。",
    "ログイン: 全員が、新しい機関コードでログインし直します。",
    "署名の記録と操作履歴: いまの機関コードに残ります。",
];
pub(crate) const READABLE: &str = "いまの機関コードのデータは、管理アカウントで切り替えの日から120日間、見ることだけができます。";
pub(crate) const SAVE: &str = "この内容で決める";
pub(crate) const ASK: &str = "引き継ぐものを決めますか";
pub(crate) const ASK_LEAD: &str = "切り替えの日に、自動で切り替わります。";
pub(crate) const TYPE: &str = "新しい機関コードを入力してください";
pub(crate) const WRONG: &str = "新しい機関コードとちがいます。上の予定を見て、入力し直してください。";
pub(crate) const SAVED: &str = "引き継ぐものを決めました。";
pub(crate) const DONE: &str = "機関コードは切り替わりました。";
pub(crate) const DONE_NEXT: &str =
    "新しい機関コードでログインしてください。URLの二次元コードと、端末のアクティベーションコードを、新しく用意します。";
pub(crate) const PRINT: &str = "この画面を印刷する";

/// The name of an item, and what follows from choosing it.
pub(crate) fn item(item: Item) -> (&'static str, &'static str) {
    match item {
        Item::Accounts => (
            "アカウント",
            "いまのユーザIDとパスワードで、新しい機関コードにもログインできます。二段階認証を登録した人のIDは停止して引き継ぐので、停止を解除してから登録し直します。管理者のIDの停止は、運用者が解除します。選ばないときは、管理アカウントだけを引き継ぎます。",
        ),
        Item::History => {
            ("資格確認の履歴", "これまでの確認の結果を、新しい機関コードでも見られます。同意は切り替えの日に終わったものとして表示します。")
        }
        Item::ReferenceNumbers => ("照会番号", "履歴と一緒に引き継ぎます。選ばないときは、登録し直します。"),
        Item::Settings => (
            "環境設定",
            "利用する機能、聞く項目、端末での資格の表示、連絡先、掲示の文を引き継ぎます。利用規約は確かめ直します。選ばないときは、初めの設定に戻ります。",
        ),
        Item::SupportDesks => {
            ("問い合わせ先", "この機関で登録した問い合わせ先を引き継ぎます。共通の問い合わせ先は、選ばなくても使えます。")
        }
    }
}

pub(crate) fn hint(code: &str) -> String {
    format!("10けた: {code}")
}

pub(crate) fn until(day: &str) -> String {
    format!("この機関コードのデータは、{day}まで見ることだけができます({READ_DAYS}日間)。変更や登録はできません。")
}
