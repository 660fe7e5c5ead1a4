//! 掲示・ウェブ掲載文 (OT-32) and チェックリスト回答 (OT-33).

/// OT-32.
pub(crate) mod posted {
    use shared::api::posted::KeptText;
    use shared::domain::fee::{Duty, Fee};
    use shared::domain::prose::NotProse;

    pub(crate) const TITLE: &str = "掲示・ウェブ掲載文";
    pub(crate) const LEAD: &str = "届出をしている加算に合わせて、掲示とウェブサイトの文を用意します。文は下書きです。機関で読み、直してから使ってください。加算の点数や金額は書いていません。";
    pub(crate) const KIND: &str = "機関の種類";
    pub(crate) const NO_KIND: &str = "選んでください";
    pub(crate) const FEE: &str = "加算(今日の時点で算定できるもの)";
    pub(crate) const PLACE: &str = "どこに出すか";
    pub(crate) const TEXT: &str = "文";
    pub(crate) const SAVE: &str = "保存する";
    pub(crate) const SAVED: &str = "保存しました。";
    pub(crate) const PRINT: &str = "A4で印刷する";
    pub(crate) const COPY: &str = "文をコピー";
    pub(crate) const OFFERED: &str = "最初の文に戻す";
    pub(crate) const IS_OFFERED: &str = "最初の文のままです。";
    pub(crate) const NONE: &str = "今日の時点で、この種類の機関に用意した文はありません。";
    pub(crate) const NONE_NEXT: &str = "機関の種類を確かめてください。";
    pub(crate) const NOT_SAVED: &str = "まだ保存していない変更があります。印刷とコピーは、今の文で行います。";
    pub(crate) const READ_ONLY: &str = "文を直せるのは管理者です。印刷はだれでもできます。";

    pub(crate) fn duty(fee: &Fee) -> &'static str {
        match fee.duty {
            Duty::WallAndWeb => "掲示と、ウェブサイトへの掲載が求められています。",
            Duty::Wall => "掲示が求められています。ウェブサイトへの掲載が要るかは、届出先で確かめてください。",
            Duty::NotKnown => "掲示が要るかどうかは、この版では分かりません。届出先で確かめてください。",
        }
    }

    pub(crate) fn kept(text: &KeptText) -> String {
        format!("{} {}さんが保存しました。", text.at.jst_minute_text(), text.by)
    }

    pub(crate) fn fault(why: NotProse) -> String {
        super::super::notices::text_fault(why)
    }
}

/// OT-33.
pub(crate) mod check {
    use shared::api::posted::CheckAnswer;
    use shared::domain::prose::{NotProse, TITLE_MAX_CHARS};

    pub(crate) const TITLE: &str = "セキュリティのチェックリスト";
    pub(crate) const LEAD: &str = "医療機関などのサイバーセキュリティのチェックリストに、年度ごとに答えます。問いは要点を短くしたものです。提出や検査には、厚生労働省の様式を使ってください。作り手の欄は、このソフトウェアについての答えです。";
    pub(crate) const YEAR: &str = "年度";
    pub(crate) const MAKER: &str = "作り手の欄";
    pub(crate) const REPLY: &str = "機関の答え";
    pub(crate) const NO_REPLY: &str = "まだ答えていない";
    pub(crate) const DUE: &str = "いつまでに行うか(「いいえ」のとき)";
    pub(crate) const NOTE: &str = "ひとこと";
    pub(crate) const SAVE: &str = "保存する";
    pub(crate) const SAVED: &str = "保存しました。";
    pub(crate) const PRINT: &str = "A4で印刷する";
    pub(crate) const BAD_DAY: &str = "日付を入力するか、空にしてください。";
    pub(crate) const DAY_WITHOUT_NO: &str = "期限は「いいえ」のときだけ入力します。";
    pub(crate) const COLUMNS: [&str; 5] = ["番号", "問い", "作り手の欄", "機関の答え", "だれが、いつ"];
    pub(crate) const PRINTED: &str = "印刷した日";
    pub(crate) const SIGNED: &str = "責任者の署名";

    pub(crate) fn year(year: u16) -> String {
        format!("{year}年度")
    }

    pub(crate) fn older(year: u16, of: u16) -> String {
        format!("{year}年度の問いは、この版に入っていません。{of}年度の問いで記録します。新しい様式が出ていないか確かめてください。")
    }

    pub(crate) fn answered(answered: usize, all: usize) -> String {
        format!("{all}問のうち{answered}問に答えました。")
    }

    pub(crate) fn by(answer: &CheckAnswer) -> String {
        format!("{} {}", answer.by, answer.at.jst_date().slashed())
    }

    pub(crate) fn note_fault(why: NotProse) -> String {
        match why {
            NotProse::Empty | NotProse::TooLong => format!("ひとことは{TITLE_MAX_CHARS}文字以内で入力してください。"),
            NotProse::MyNumber => super::super::accounts::MY_NUMBER.to_owned(),
        }
    }

    pub(crate) fn due(day: shared::domain::calendar::CivilDate) -> String {
        format!("{}まで", day.slashed())
    }
}
