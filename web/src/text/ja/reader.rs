//! The reader of both pages, in Japanese: the helper's frame, the choice among readers, the browser's permission.

use shared::reader::{Asks, Card, CardKind};

use crate::reader::Why;

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

/// Above the help for whoever looks after the device.
pub const TECHNICIAN: &str = "端末の担当の方へ";
/// A link to the helper's own page.
pub const LOOK_AT_HELPER: &str = "読み取りプログラムの画面を開く";
/// What that shows.
pub const LOOK_AT_HELPER_MEANING: &str = "（「動いています」と出れば、読み取りプログラムは動いています）";

/// What the command does, and the command, for a page of this origin; `None` where no command helps.
#[must_use]
pub fn for_technician(why: Why, origin: &str) -> Option<(&'static str, String)> {
    const DOCTOR: &str = "uketsuke-helper doctor";
    Some(match why {
        Why::NotAllowed => ("次の命令で、このページを許可します。", format!("uketsuke-helper allow {origin}")),
        Why::PortTaken => ("次の命令で、場所（ポート）を使っているソフトの名前と、直し方がわかります。", DOCTOR.to_owned()),
        Why::NotRunning | Why::MayBePermission => ("次の命令で、動かない理由と、直し方がわかります。", DOCTOR.to_owned()),
        Why::Stopped => ("読み取りプログラムの側は、次の命令で確かめられます。", DOCTOR.to_owned()),
        Why::NoRoom => return None,
    })
}

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
