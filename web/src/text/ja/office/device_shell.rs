//! What stands around the screens of the device desk: the line, a new version, the home screen.

pub(crate) const NO_LINE: &str = "通信できません。選んだ内容はそのままです。";
pub(crate) const NO_LINE_NEXT: &str = "電波のよい所に移るか、Wi-Fiやモバイル通信の設定を確かめてください。つながると、この表示は消えます。";

pub(crate) const NEW_VERSION: &str = "新しい版があります。";
pub(crate) const NEW_VERSION_WHY: &str = "次の方の確認を始める前に、読み込み直してください。今の画面のまま続けることもできます。";
pub(crate) const RELOAD: &str = "読み込み直す";

pub(crate) const HOME_SCREEN: &str = "ホーム画面に置く方法";
pub(crate) const HOME_SCREEN_WHY: &str =
    "置いておくと、アイコンからすぐに開けます。電波のない所でも画面が開き、通信できないことがすぐに分かります。";
pub(crate) const HOME_SCREEN_WAYS: [(&str, &str); 5] = [
    ("Android(Chrome)", "右上の「︙」→「ホーム画面に追加」→「インストール」を押します。"),
    ("iPhone・iPad(Safari)", "共有ボタン(四角から上向きの矢印)→「ホーム画面に追加」→「追加」を押します。"),
    ("Windows(Edge、Chrome)", "アドレスの右の「アプリをインストール」の印を押します。印がないときは「…」または「︙」の中から選びます。"),
    ("Mac(Safari)", "メニューの「ファイル」→「Dockに追加」を選びます。Chromeでは、アドレスの右の「アプリをインストール」の印を押します。"),
    ("Firefox", "ホーム画面に置けないことがあります。ブックマーク(☆)に入れてください。"),
];

/// What waits on the device, and what did not arrive.
pub(crate) mod outbox {
    pub(crate) const WAITING_NEXT: &str = "この端末に暗号化して保管しています。つながると自動で送ります。";
    pub(crate) const WAITING_UNKEPT: &str =
        "このブラウザに保管できませんでした。届くまで、この画面を閉じたり読み込み直したりしないでください。つながると自動で送ります。";
    pub(crate) const WAITING_PROOF: &str = "カードはお返しください。5分以内に送れないときは、もう一度カードの読み取りが必要です。";
    pub(crate) const WAITING_LOGIN: &str = "この端末に暗号化して保管しています。通信できる所でパスコードを入れると送り、結果を開きます。";
    pub(crate) const PAST_NEXT: &str = "5分を過ぎました。つながると、届いていたかどうかを確かめ、届いていれば結果を開きます。お待ちになれないときは、もう一度確認するか、資格確認書で確認してください。";
    pub(crate) const NOW: &str = "今すぐ送る";
    pub(crate) const AGAIN: &str = "確認をもう一度";
    pub(crate) const PAPER: &str = "資格確認書で確認する";
    pub(crate) const OPEN: &str = "結果を開く";
    pub(crate) const FAILED: &str = "失敗：";
    pub(crate) const LATE: &str = "失敗：時間内に送れませんでした。";
    pub(crate) const LATE_NEXT: &str = "この確認は登録されていません。もう一度カードを読み取るか、資格確認書で確認してください。患者様がもういらっしゃらないときは、事務所に伝えてください。";
    pub(crate) const UNKNOWN: &str = "失敗：送れたかどうかを確かめられませんでした。";
    pub(crate) const UNKNOWN_NEXT: &str =
        "事務所の一覧に、この確認があるかを見てください。ないときは、もう一度カードを読み取ってください。";
    pub(crate) const ASKS: &str = "失敗：前の同意が残っているため、登録していません。";
    pub(crate) const ASKS_NEXT: &str = "今回の内容に置きかえるかを、ご本人にたずねる必要があります。もう一度カードを読み取ってください。置きかえないときは、前の同意がそのまま使えます。";
    pub(crate) const READ: &str = "確認しました";

    pub(crate) fn waiting(count: usize) -> String {
        format!("送信待ち：まだ送れていない確認が{count}件あります。")
    }

    pub(crate) fn sent(count: usize) -> String {
        format!("送信済：{count}件の確認が届きました。")
    }
}
