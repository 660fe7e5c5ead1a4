//! X34: 仮確認 while the register is away.

/// Heading.
pub const TITLE: &str = "仮確認";
/// What is to be written down.
pub const LEAD: &str = "職員の方へ：患者様におたずねして書き留めます。復旧した後、事業所で確認します。";
/// The fields.
pub const FIELDS: [&str; 4] = ["氏名", "氏名（カナ）", "生年月日", "住所"];
/// 性別.
pub const SEX: &str = "性別";
/// Nothing is chosen.
pub const CHOOSE: &str = "選んでください";
/// The button.
pub const KEEP: &str = "仮確認として登録";
/// Something is missing, or cannot be taken.
#[must_use]
pub fn missing(field: &str) -> String {
    format!("すべて入力してください。「{field}」がまだか、使えない内容です。マイナンバー（12桁）は入力できません。")
}

/// It did not arrive.
pub const FAILED: &str = "登録できませんでした。もう一度お試しください。続くときは紙に書き留めてください。";
/// It is kept.
pub const KEPT: &str = "仮確認として登録しました";
/// And then.
pub const KEPT_NEXT: &str =
    "事業所の「後で確認する方」に入りました。同意はまだ登録されていません。復旧したら、もう一度カードで受付をしてください。";
