//! How a finished check gets into other programs (issue of the link; X48, X49): by which way, how far, and what was in the way.

use serde::{Deserialize, Serialize};

use super::calendar::UnixMs;

/// A way out. The words are stored: never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandOverWay {
    /// A file in the `face` folder (`export face`).
    Folder,
    /// The same file, saved by a person at the office.
    Download,
    /// Fetched by a Web API account.
    Api,
}

/// How far a way is. The words are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandOverState {
    /// 書き出し待ち.
    Waiting,
    /// 書き出した: the file lies in the folder.
    Written,
    /// 受け取られた: it is not there any more, or a person or a program has it. The end: no other state follows.
    Received,
    /// 失敗: see [`HandOver::fault`]; the next run tries again.
    Failed,
}

/// What was in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandOverFault {
    /// The encoding has no such characters (T27): one entry for each element.
    Characters(Vec<Misfit>),
    /// The folder is not there or not reachable (X48).
    FolderGone,
    /// It is full (X48).
    FolderFull,
    /// It may not be written into (X48).
    FolderNotAllowed,
    /// Another file has the name: both are kept (F04).
    Conflict,
    /// The disk failed.
    Disk,
    /// The stored result cannot be read back.
    Damaged,
    /// It is said to hang on another person's records (X62): nothing leaves before that is corrected.
    Held,
}

/// What one element holds that cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misfit {
    /// Japanese name of the element.
    pub label: String,
    /// The characters, each once.
    pub characters: String,
}

/// One way of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    /// Which.
    pub way: HandOverWay,
    /// How far.
    pub state: HandOverState,
    /// Since when.
    pub at: UnixMs,
    /// Name of the file, where one was written.
    pub file: Option<String>,
    /// What is in the way.
    pub fault: Option<HandOverFault>,
}

impl HandOverWay {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Folder, Self::Download, Self::Api];

    /// The word that is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Download => "download",
            Self::Api => "api",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// As the screen says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Folder => "フォルダー",
            Self::Download => "ダウンロード",
            Self::Api => "Web API",
        }
    }
}

impl HandOverState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Written, Self::Received, Self::Failed];

    /// The word that is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Written => "written",
            Self::Received => "received",
            Self::Failed => "failed",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// As the screen says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "書き出し待ち",
            Self::Written => "書き出した",
            Self::Received => "受け取られた",
            Self::Failed => "失敗",
        }
    }

    /// True when it has left: nothing is unsent (X49).
    #[must_use]
    pub const fn has_left(self) -> bool {
        matches!(self, Self::Written | Self::Received)
    }

    /// The state of a check by those of its ways: what got farthest, and a failure before a wait. Without any way it waits.
    #[must_use]
    pub fn overall(ways: impl IntoIterator<Item = Self>) -> Self {
        let rank = |state: &Self| match state {
            Self::Waiting => 0,
            Self::Failed => 1,
            Self::Written => 2,
            Self::Received => 3,
        };
        ways.into_iter().max_by_key(rank).unwrap_or(Self::Waiting)
    }
}

impl HandOverFault {
    /// True where the folder took no file at all: what it kept out goes as soon as it does.
    #[must_use]
    pub const fn is_of_folder(&self) -> bool {
        matches!(self, Self::FolderGone | Self::FolderFull | Self::FolderNotAllowed | Self::Disk)
    }

    /// What was in the way, and what to do next.
    #[must_use]
    pub fn words(&self) -> String {
        let again = "直すと、次の書き出しで送ります。";
        match self {
            Self::Characters(misfits) => {
                let of = |misfit: &Misfit| {
                    let shown = |c: char| {
                        if c.is_control() { format!("U+{:04X}", u32::from(c)) } else { format!("「{c}」(U+{:04X})", u32::from(c)) }
                    };
                    format!("{}{}", misfit.label, misfit.characters.chars().map(shown).collect::<String>())
                };
                let all: Vec<_> = misfits.iter().map(of).collect();
                format!(
                    "書き込めない文字: {}。レセコンがUTF-8を読めるなら、環境設定情報で文字コードをUTF-8にしてください。読めないなら、画面を見てレセコンに入力してください。",
                    all.join("、")
                )
            }
            Self::FolderGone => format!("書き出し先のフォルダーがありません。つながりとフォルダーの名前を確かめてください。{again}"),
            Self::FolderFull => format!("書き出し先に空きがありません。空きを作ってください。{again}"),
            Self::FolderNotAllowed => format!("書き出し先に書き込めません。書き込みの権利を確かめてください。{again}"),
            Self::Conflict => {
                format!("同じ名前で中身のちがうファイルがあります。上書きしていません。古いほうを別の場所へ移してください。{again}")
            }
            Self::Disk => format!("書き出せませんでした。書き出し先のディスクを確かめてください。{again}"),
            Self::Damaged => "記録を読み出せません。サーバーを管理する人に知らせてください。".to_owned(),
            Self::Held => {
                "別の方の記録に結びついているため、書き出しを止めています。結びつけを訂正すると、次の書き出しで送ります。".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        assert!(HandOverWay::ALL.into_iter().all(|way| HandOverWay::of_word(way.word()) == Some(way)));
        assert!(HandOverState::ALL.into_iter().all(|state| HandOverState::of_word(state.word()) == Some(state)));
    }

    #[test]
    fn the_farthest_way_counts() {
        use HandOverState::{Failed, Received, Waiting, Written};
        assert_eq!(HandOverState::overall([]), Waiting);
        assert_eq!(HandOverState::overall([Waiting, Failed]), Failed);
        assert_eq!(HandOverState::overall([Failed, Written]), Written);
        assert_eq!(HandOverState::overall([Received, Failed, Written]), Received);
    }

    #[test]
    fn x48_the_characters_are_named_by_their_field() {
        let fault = HandOverFault::Characters(vec![Misfit { label: "氏名".to_owned(), characters: "𠮷\u{1}".to_owned() }]);
        assert!(fault.words().starts_with("書き込めない文字: 氏名「𠮷」(U+20BB7)U+0001。"), "{}", fault.words());
    }
}
