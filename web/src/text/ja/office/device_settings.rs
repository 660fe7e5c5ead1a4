//! セキュリティ設定 of a device (DA-6), and its passkeys at the login (DA-4).

pub(crate) const TITLE: &str = "セキュリティ設定";
pub(crate) const LABEL: &str = "端末";
pub(crate) const LABEL_NOTE: &str = "名前は、管理者がアクティベーションコードを発行したときに付けたものです。";

pub(crate) const VISUAL: &str = "目視確認で本人認証";
pub(crate) const VISUAL_WHAT: &str = "オンにすると、患者様が暗証番号を入力するかわりに、職員がカードの顔写真とご本人を見くらべて確かめます。オフに戻すまで、この端末のすべての方に続きます。お一人だけのときは、認証選択の「この方だけ目視」を使ってください。";
pub(crate) const VISUAL_ON: &str = "今の設定: オン(目視)";
pub(crate) const VISUAL_OFF: &str = "今の設定: オフ(暗証番号)";
pub(crate) const TURN_ON: &str = "オンにする";
pub(crate) const TURN_OFF: &str = "オフに戻す";
pub(crate) const VISUAL_FORBIDDEN: &str = "この機関では目視確認を使わない設定です。使うときは、管理者に環境設定の変更を頼んでください。";
pub(crate) const DONE_ON: &str = "目視確認で本人認証をオンにしました。";
pub(crate) const DONE_OFF: &str = "目視確認で本人認証をオフに戻しました。";

pub(crate) const PASSCODE_TITLE: &str = "パスコードの変更";
pub(crate) const FORMER: &str = "今のパスコード";
pub(crate) const FORMER_HINT: &str = "まちがえると、ログインのときと同じように数えます";
pub(crate) const NEW: &str = "新しいパスコード";
pub(crate) const CHANGE: &str = "パスコードを変更する";
pub(crate) const DONE_PASSCODE: &str = "パスコードを変更しました。次に開くときから、新しい番号を入力してください。";

pub(crate) const PASSKEYS_TITLE: &str = "指紋・顔で開く(パスキー)";
pub(crate) const PASSKEYS_WHAT: &str = "この端末を、指紋・顔・端末の暗証番号で開けるようにします。指紋や顔の情報は端末の中だけで使われ、送られません。パスコードもこれまでどおり使えます。";
pub(crate) const NO_PASSKEYS: &str = "まだ登録していません。";
pub(crate) const NO_PASSKEYS_HERE: &str = "このサーバーのアドレスでは、パスキーを登録できません。パスコードで開いてください。";
pub(crate) const NAME: &str = "パスキーの名前";
pub(crate) const NAME_HINT: &str = "だれの指紋・顔か、あとで分かる名前。例: 鈴木の指紋";
pub(crate) const ADD: &str = "パスキーを登録する";
pub(crate) const REMOVE: &str = "削除する";
pub(crate) const REMOVE_ASK: &str = "このパスキーを削除しますか";
pub(crate) const REMOVE_WHAT: &str = "削除すると、この端末はその指紋・顔では開けなくなります。パスコードでは開けます。";
pub(crate) const DONE_ADDED: &str = "パスキーを登録しました。次に開くときから使えます。";
pub(crate) const DONE_REMOVED: &str = "パスキーを削除しました。";

pub(crate) const TEXT_TITLE: &str = "文字の大きさ";
pub(crate) const TEXT_LARGE: &str = "文字を大きく";
pub(crate) const TEXT_HINT: &str = "この端末のすべての画面の文字が大きくなります。";

pub(crate) const BY_PASSKEY: &str = "指紋・顔で開く";
pub(crate) const OR_PASSCODE: &str = "またはパスコードで開きます。";
pub(crate) const LEFT_NEXT: &str = "もう一度押すか、パスコードで開いてください。";

/// When a passkey was used.
pub(crate) fn used(at: Option<&str>) -> String {
    at.map_or_else(|| "まだ使っていません".to_owned(), |at| format!("最後に使った日時: {at}"))
}

/// Whose press it is, for those who do not see the row.
pub(crate) fn of_name(name: &str) -> String {
    format!("({name})")
}
