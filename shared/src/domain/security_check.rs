//! チェックリスト (OT-33): the yearly security check list for medical institutions as dated data, with what the maker of this software
//! says to each question. The questions are in our own words; the source is the ministry's list of the fiscal year.

use serde::{Deserialize, Serialize};

use super::calendar::CivilDate;

/// The list of one fiscal year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckList {
    /// Fiscal year: from its 1 April.
    pub year: u16,
    /// The questions in their order.
    pub questions: &'static [Question],
}

/// One question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Its number in the list; within a year it stays.
    pub id: &'static str,
    /// Under which heading.
    pub part: &'static str,
    /// What is asked, of the institution.
    pub asks: &'static str,
    /// The maker's column.
    pub maker: Maker,
    /// What the maker's answer means.
    pub says: &'static str,
}

/// What the maker answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// This software does it.
    Does,
    /// It does a part; the rest is the house's.
    Partly,
    /// It is the house's alone.
    House,
}

impl Maker {
    /// In Japanese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Does => "対応",
            Self::Partly => "一部対応",
            Self::House => "機関で行う",
        }
    }
}

/// What the institution answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// はい.
    Yes,
    /// いいえ: the day by which it will be done belongs to it.
    No,
    /// 対象外.
    NotOurs,
}

impl Reply {
    /// Every answer.
    pub const ALL: [Self; 3] = [Self::Yes, Self::No, Self::NotOurs];

    /// As it is kept and sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotOurs => "not_ours",
        }
    }

    /// The answer of a [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reply| reply.word() == word)
    }

    /// In Japanese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Yes => "はい",
            Self::No => "いいえ",
            Self::NotOurs => "対象外",
        }
    }
}

/// The fiscal year of a day.
#[must_use]
pub fn fiscal_year(day: CivilDate) -> u16 {
    if day.month() < 4 { day.year().saturating_sub(1) } else { day.year() }
}

/// The newest list of that fiscal year or before; `None` for years before the first.
#[must_use]
pub fn list_of(year: u16) -> Option<&'static CheckList> {
    LISTS.iter().rev().find(|list| list.year <= year)
}

/// The lists that are known, the oldest first. A new year is a row.
pub const LISTS: [CheckList; 1] = [CheckList { year: 2025, questions: &OF_2025 }];

const SET_UP: &str = "1 体制";
const CARE: &str = "2 システムの管理と運用";
const INCIDENT: &str = "3 事故への備え";
const RULES: &str = "4 規程";

const fn q(id: &'static str, part: &'static str, asks: &'static str, maker: Maker, says: &'static str) -> Question {
    Question { id, part, asks, maker, says }
}

const OF_2025: [Question; 18] = [
    q("1-1", SET_UP, "医療情報システムの安全管理の責任者を決めていますか。", Maker::House, "機関で決めてください。"),
    q(
        "2-1",
        CARE,
        "サーバー、端末、ネットワーク機器の台帳がありますか。",
        Maker::Partly,
        "訪問先の端末は、アクティベーションコードの一覧に名前と最後の利用が残ります。ほかの機器は機関の台帳に書いてください。",
    ),
    q(
        "2-2",
        CARE,
        "遠隔で保守される機器があるかを、事業者に確かめましたか。",
        Maker::Does,
        "このソフトウェアには、外から保守に入る口がありません。運用者の操作はサーバーのコマンドで行い、操作履歴に残ります。",
    ),
    q(
        "2-3",
        CARE,
        "事業者から、情報セキュリティの開示書(MDS/SDS)を受け取りましたか。",
        Maker::Partly,
        "決まった様式の開示書は用意していません。何を確かめ、何を確かめないかは、付属の文書(docs)に書いています。",
    ),
    q(
        "2-4",
        CARE,
        "職種や担当に応じて、見られる情報の範囲を分けていますか。",
        Maker::Does,
        "できることは権限区分ごとに決まっていて、サーバーが毎回確かめます。だれをどの区分にするかは機関で決めてください。",
    ),
    q(
        "2-5",
        CARE,
        "辞めた人や使っていないアカウントを、止めるか消していますか。",
        Maker::Partly,
        "停止と利用終了年月日で止められ、止めるとすぐにログインが終わります。最後のログインが一覧に出ます。止めるのは機関の管理者です。",
    ),
    q(
        "2-6",
        CARE,
        "修正プログラムを当てていますか。",
        Maker::Partly,
        "サーバーの更新は、運用者がプログラムを置き換えて行います。OSとブラウザは機関で更新してください。",
    ),
    q(
        "2-7",
        CARE,
        "パスワードの長さと文字の種類の決まりを守っていますか。",
        Maker::Does,
        "15文字以上でないと登録できません。初期パスワードは、最初のログインで変えるまでほかの画面を開けません。",
    ),
    q(
        "2-8",
        CARE,
        "パスワードの使い回しを禁じていますか。",
        Maker::Partly,
        "今と同じパスワードへの変更は断ります。ほかのサービスとの使い回しは、ソフトウェアでは分かりません。規程で禁じてください。",
    ),
    q(
        "2-9",
        CARE,
        "USBメモリなどの外部の媒体や機器の接続を制限していますか。",
        Maker::House,
        "媒体への持ち出しの機能はありません。端末のOSの設定で制限してください。",
    ),
    q(
        "2-10",
        CARE,
        "二つの要素での認証を使っているか、2027年度までに使う予定がありますか。",
        Maker::Partly,
        "二段階認証(パスキー、認証アプリ)が使えます。いつから必須にするかは、機関ごとに決めます。アカウント管理の画面で確かめてください。",
    ),
    q(
        "2-11",
        CARE,
        "アクセスの記録を残し、見直していますか。",
        Maker::Does,
        "ログイン、閲覧、変更は操作履歴に残り、消したり書き換えたりできません。保存したファイルは、抜けや書き換えを調べられます。見直すのは機関です。",
    ),
    q(
        "2-12",
        CARE,
        "使わないソフトウェアやサービスを止めていますか。",
        Maker::Partly,
        "サーバーは一つのプログラムで、運用者が決めた口だけを開きます。ほかのソフトウェアは機関で止めてください。",
    ),
    q("2-13", CARE, "ネットワークに、どこからつなげるかの制限をかけていますか。", Maker::House, "ネットワーク機器で制限してください。"),
    q("3-1", INCIDENT, "事故が起きたときの連絡先と順番を、書いて用意していますか。", Maker::House, "機関で用意してください。"),
    q(
        "3-2",
        INCIDENT,
        "診療を続けるのに要るデータの控えを取り、戻す手順を確かめましたか。",
        Maker::Partly,
        "控えは、動かしたまま取れます。取り方と戻し方は付属の文書(docs/operate.md)にあります。取るのと確かめるのは、サーバーの運用者です。",
    ),
    q(
        "3-3",
        INCIDENT,
        "サイバー攻撃を想定した事業継続計画(BCP)がありますか。",
        Maker::House,
        "機関で用意してください。このソフトウェアが使えないときは、資格確認書などの紙で確かめます。",
    ),
    q(
        "4-1",
        RULES,
        "上のことをどう行うかを、運用管理規程などに書いていますか。",
        Maker::House,
        "機関で用意してください。この紙を規程の添付に使えます。",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        text.try_into().unwrap()
    }

    #[test]
    fn a_fiscal_year_begins_in_april() {
        assert_eq!((fiscal_year(day("2026-03-31")), fiscal_year(day("2026-04-01"))), (2025, 2026));
    }

    #[test]
    fn a_year_has_its_own_list_or_the_newest_before_it() {
        assert_eq!(list_of(2024), None);
        assert_eq!((list_of(2025).unwrap().year, list_of(2027).unwrap().year), (2025, 2025));
        assert!(LISTS.windows(2).all(|pair| pair[0].year < pair[1].year));
    }

    #[test]
    fn each_question_has_its_number_and_the_maker_answers_all() {
        for CheckList { questions, .. } in LISTS {
            for (place, question) in questions.iter().enumerate() {
                assert!(questions[..place].iter().all(|other| other.id != question.id), "{}", question.id);
                assert!(question.part.starts_with(question.id.split('-').next().unwrap()), "{}", question.id);
                assert!(!question.says.is_empty() && question.asks.ends_with('。'), "{}", question.id);
            }
            // What the list of 2025 newly asked for.
            for new in ["2-7", "2-8", "2-9", "2-10", "4-1"] {
                assert!(questions.iter().any(|question| question.id == new), "{new}");
            }
        }
        for reply in Reply::ALL {
            assert_eq!(Reply::from_word(reply.word()), Some(reply));
        }
    }
}
