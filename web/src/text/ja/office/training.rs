//! テスト用データセットアップ (OT-36, N066).

pub(crate) const TITLE: &str = "テスト用データセットアップ";
pub(crate) const ABOUT: &str = "研修用の機関に、練習のデータを入れる・消す";
pub(crate) const LEAD: &str = "研修用の機関に、架空の方の受付と同意を数か月分入れます。";
pub(crate) const NOT_TRAINING: &str = "この機関は研修用ではありません。";
pub(crate) const NOT_TRAINING_NEXT: &str =
    "本番のデータがある機関では使えません。研修をするときは、サーバーの運用者に、研修用の機関を追加してもらってください。";
pub(crate) const NOW: &str = "いま入っているデータ";
pub(crate) const VISITS: &str = "受付";
pub(crate) const CONSENTS: &str = "同意";
pub(crate) const EMPTY: &str = "データは入っていません。";
pub(crate) const EMPTY_NEXT: &str = "「練習のデータを入れる」を押してください。";
pub(crate) const FILL: &str = "練習のデータを入れる";
pub(crate) const FILL_HINT: &str = "いま入っているデータを消して、架空の方のデータを入れ直します。";
pub(crate) const RESET: &str = "データを消す";
pub(crate) const RESET_HINT: &str = "受付と同意をすべて消します。アカウントと設定は残ります。";
pub(crate) const ASK_FILL: &str = "データを消して、練習のデータを入れますか";
pub(crate) const ASK_RESET: &str = "データを消しますか";
pub(crate) const ASK_BACK: &str = "消したデータは元に戻せません。研修で登録した受付も消えます。";
pub(crate) const TYPE: &str = "この機関の機関コードを入力してください";
pub(crate) const WRONG: &str = "機関コードがちがいます。確かめて、入力し直してください。";
pub(crate) const FILLED: &str = "練習のデータを入れました。";
pub(crate) const EMPTIED: &str = "データを消しました。";
/// On every page of a training institution.
pub(crate) const BANNER: &str = "研修用の機関です。実際の患者様の情報は入れないでください。";

pub(crate) fn hint(code: &str) -> String {
    format!("10けた: {code}")
}

pub(crate) fn count(count: u64) -> String {
    format!("{count}件")
}
