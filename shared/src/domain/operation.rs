//! 稼働状況 (OT-23): the parts that a visit needs, and how each one stands.

use serde::{Deserialize, Serialize};

/// A part that can work, or not, by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// この端末(ブラウザー).
    Device,
    /// この端末の通信.
    Network,
    /// 事業所の回線.
    Line,
    /// マイナ在宅受付などのポータル.
    Portal,
    /// 全国のシステム(オンライン資格確認等システム), or the register that stands for it.
    National,
    /// レセコンへの連携.
    Link,
    /// 読み取りプログラム.
    Reader,
    /// このサーバーと保管.
    Store,
    /// サーバーの時計.
    Clock,
    /// バックアップ.
    Backup,
    /// クライアント証明書.
    ClientCertificate,
}

impl Part {
    /// Every part, in the order of the screen.
    pub const ALL: [Self; 11] = [
        Self::Device,
        Self::Network,
        Self::Line,
        Self::Portal,
        Self::National,
        Self::Link,
        Self::Reader,
        Self::Store,
        Self::Clock,
        Self::Backup,
        Self::ClientCertificate,
    ];

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Device => "この端末(ブラウザー)",
            Self::Network => "この端末の通信",
            Self::Line => "事業所の回線",
            Self::Portal => "ポータル(マイナ在宅受付など)",
            Self::National => "全国のシステム(資格情報)",
            Self::Link => "レセコンへの連携",
            Self::Reader => "読み取りプログラム",
            Self::Store => "サーバーと保管",
            Self::Clock => "サーバーの時計",
            Self::Backup => "バックアップ",
            Self::ClientCertificate => "クライアント証明書",
        }
    }

    /// As it is kept, and typed into a command.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Network => "network",
            Self::Line => "line",
            Self::Portal => "portal",
            Self::National => "national",
            Self::Link => "link",
            Self::Reader => "reader",
            Self::Store => "store",
            Self::Clock => "clock",
            Self::Backup => "backup",
            Self::ClientCertificate => "client_certificate",
        }
    }

    /// The part of this [`Self::word`].
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.word() == word)
    }

    /// True where no visit can be done without it: a maintenance window of such a part refuses one (X35), others only announce.
    #[must_use]
    pub const fn blocks_a_visit(self) -> bool {
        matches!(self, Self::Portal | Self::National | Self::Store)
    }

    /// True where only the page can measure it: it stands beside the person.
    #[must_use]
    pub const fn is_seen_by_the_page(self) -> bool {
        matches!(self, Self::Device | Self::Network | Self::Reader)
    }
}

/// How a part stands. What cannot be known is no failure: it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// It was measured and works.
    Good,
    /// It works, and needs a look.
    Attention,
    /// It does not work.
    Bad,
    /// 不明.
    Unknown,
}

impl Light {
    /// Every light.
    pub const ALL: [Self; 4] = [Self::Good, Self::Attention, Self::Bad, Self::Unknown];

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Good => "正常",
            Self::Attention => "注意",
            Self::Bad => "停止",
            Self::Unknown => "不明",
        }
    }

    /// As it is kept.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Attention => "attention",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }

    /// The light of this [`Self::word`].
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|light| light.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_json_and_lead_back() {
        for part in Part::ALL {
            assert_eq!(serde_json::to_value(part).unwrap(), part.word());
            assert_eq!(Part::of_word(part.word()), Some(part));
        }
        for light in Light::ALL {
            assert_eq!(serde_json::to_value(light).unwrap(), light.word());
            assert_eq!(Light::of_word(light.word()), Some(light));
        }
        assert_eq!((Part::of_word("other"), Light::of_word("")), (None, None));
    }
}
