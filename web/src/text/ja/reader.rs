//! The reader of both pages, in Japanese: the helper's frame, the choice among readers, the browser's permission.

use shared::reader::{Asks, Card, CardKind};

/// Title of the helper's frame, and what stands above it.
#[must_use]
pub fn frame(asks: Asks) -> (&'static str, &'static str) {
    match asks {
        Asks::Pin => ("暗証番号の入力", "この枠は、カードの読み取りプログラムの画面です。入力した番号は、この受付ページには伝わりません。"),
        Asks::PhonePin => (
            "スマホ用の暗証番号の入力",
            "この枠は、カードの読み取りプログラムの画面です。カードの暗証番号ではなく、スマホ用の暗証番号を入力します。番号は、この受付ページには伝わりません。",
        ),
        Asks::FaceCode => {
            ("カードの表の数字の入力", "この枠は、カードの読み取りプログラムの画面です。入力した番号は、このページには伝わりません。")
        }
    }
}

/// Help for X17.
pub const HELP_ALLOW: &str = "許可のしかた";
/// Help for X17, step by step.
pub const HELP_ALLOW_STEPS: [&str; 3] = [
    "アドレス欄の左にある、調整のしるし（または鍵のしるし）を押します。",
    "「このデバイス上のアプリ」「ローカルネットワーク」などの接続を「許可」にします。",
    "この画面にもどり、「もう一度確かめる」を押します。",
];

/// Opens the list of readers, where there are several.
pub const CHOOSE: &str = "カードリーダーを選ぶ";
/// The question, where there are several readers.
pub const CHOICE: &str = "使うカードリーダー";
/// The page chooses.
pub const AUTOMATIC: &str = "自動で選ぶ";
/// What that means.
pub const AUTOMATIC_MEANING: &str = "マイナンバーカードが置かれているものを使います";
/// The chosen reader was unplugged.
pub const CHOICE_LOST: &str = "選んだカードリーダーが外されたため、自動で選ぶようにもどしました。";

/// What lies on a reader.
#[must_use]
pub fn on_reader(card: Option<Card>) -> &'static str {
    match card.map(|card| card.kind) {
        None => "カードはありません",
        Some(None) => "カードを確かめています",
        Some(Some(CardKind::MyNumberCard)) => "マイナンバーカードがあります",
        Some(Some(CardKind::JukiCard)) => "住民基本台帳カードがあります",
        Some(Some(CardKind::PhoneAndroid)) => "Androidスマートフォンがあります",
        Some(Some(CardKind::PhoneIos)) => "iPhoneがあります",
        Some(Some(CardKind::UnknownToken | CardKind::Foreign)) => "ほかのカードがあります",
        Some(Some(CardKind::Mute)) => "カードを読み取れません",
    }
}
