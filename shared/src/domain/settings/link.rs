//! 結果の書き出し: whether finished checks leave for the レセコン by themselves, by which way and in which encoding.

use serde::{Deserialize, Serialize};

/// What is set for the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOverSettings {
    /// 自動書き出し. On at the start: carrying over is the default. Off: nothing is written and nothing counts as unsent.
    pub is_on: bool,
    /// By which way.
    pub way: FileWay,
    /// The encoding of the files.
    pub encoding: FileEncoding,
}

/// A way of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileWay {
    /// `export face` writes them into the folder of the レセコン.
    #[default]
    Folder,
    /// A person saves each at the office.
    Download,
}

/// An encoding of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileEncoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// Shift_JIS as Windows writes it.
    ShiftJis,
}

impl Default for HandOverSettings {
    fn default() -> Self {
        Self { is_on: true, way: FileWay::default(), encoding: FileEncoding::default() }
    }
}

impl FileWay {
    /// Every way, in the order of the screen.
    pub const ALL: [Self; 2] = [Self::Folder, Self::Download];

    /// As the screen says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Folder => "フォルダーに書き出す",
            Self::Download => "明細の画面からダウンロードする",
        }
    }
}

impl FileEncoding {
    /// Every encoding, in the order of the screen.
    pub const ALL: [Self; 2] = [Self::Utf8, Self::ShiftJis];

    /// As the screen says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::ShiftJis => "Shift_JIS",
        }
    }
}
