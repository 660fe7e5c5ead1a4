//! Words of the way into the レセコン (OT-11).

use shared::domain::calendar::UnixMs;
use shared::domain::hand_over::HandOverState;

pub(crate) const TITLE: &str = "レセコンへの書き出し";
pub(crate) const STATE: &str = "状態";
pub(crate) const OFF: &str = "書き出していません(環境設定情報で「利用しない」になっています)";
pub(crate) const FAILED: &str = "書き出せませんでした。";
pub(crate) const HELD: &str = "書き出しを止めています。";
pub(crate) const MAKE: &str = "レセコン用のファイルを作る";
pub(crate) const SAVE: &str = "ファイルを保存(XML)";
pub(crate) const NOT_MADE: &str = "ファイルを作れませんでした。";

/// A state with its time.
pub(crate) fn state(of: HandOverState, at: UnixMs) -> String {
    format!("{} {}", of.label(), at.jst_minute_text())
}
