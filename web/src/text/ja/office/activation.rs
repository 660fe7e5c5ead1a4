//! 初期登録, パスコード, ログイン of a device (DA-1…DA-5).

pub(crate) const HOME: &str = "認証選択";
pub(crate) const HOME_BACK: &str = "戻る";
pub(crate) const OPENING: &str = "この端末の登録を確かめています…";

pub(crate) const NOTICE_TITLE: &str = "はじめにお読みください";
pub(crate) const NOTICE: &[&str] = &[
    "この画面は、患者様の資格を確かめる職員のためのものです。機関の端末だけに登録し、個人の持ち物には登録しないでください。",
    "登録した端末は、パスコードを知っている職員だけが使えるようにしてください。パスコードを紙に書いて端末に貼らないでください。",
    "端末をなくしたときは、すぐに管理者に伝えてください。管理者が無効にすると、その端末は次の通信から使えなくなります。",
    "マイナンバー(12桁)は、どの画面にも入力しないでください。",
];
pub(crate) const AGREE: &str = "同意する";

pub(crate) const REGISTER_TITLE: &str = "初期登録";
pub(crate) const REGISTER_WHY: &str =
    "管理者が発行したアクティベーションコードと、この端末を使う方のユーザIDで登録します。登録は端末ごとに1回です。";
pub(crate) const INSTITUTION: &str = "機関コード";
pub(crate) const INSTITUTION_HINT: &str = "10桁の数字";
pub(crate) const USER: &str = "ユーザID";
pub(crate) const USER_HINT: &str = "「一般利用者」または「医療情報閲覧」のID。管理者のIDは使えません";
pub(crate) const PASSWORD: &str = "パスワード";
pub(crate) const CODE: &str = "アクティベーションコード";
pub(crate) const CODE_HINT: &str = "12桁の数字。ハイフンはあってもなくてもかまいません";
pub(crate) const REGISTER: &str = "登録";
pub(crate) const BAD_SHAPE: &str = "機関コードは10桁の数字です。";
pub(crate) const BAD_USER: &str = "ユーザIDは半角の英数字です。";
pub(crate) const NO_PASSWORD: &str = "パスワードを入力してください。";
pub(crate) const BAD_CODE: &str = "アクティベーションコードは12桁の数字です。";
pub(crate) const FROM_SHEET: &str = "用紙の二次元コードから、アクティベーションコードを入力しました。";

pub(crate) const PASSCODE_TITLE: &str = "パスコード登録";
pub(crate) const PASSCODE_WHY: &str = "この端末を開くたびに入力する番号を決めます。患者様の暗証番号や、ほかで使っている番号は使わないでください。初期登録から30分以内に登録してください。過ぎると、新しいコードで初期登録からやり直しになります。";
pub(crate) const PASSCODE: &str = "パスコード";
pub(crate) const PASSCODE_HINT: &str = "6桁から16桁の数字";
pub(crate) const PASSCODE_AGAIN: &str = "パスコード(確認)";
pub(crate) const PASSCODE_AGAIN_HINT: &str = "同じ番号をもう一度";
pub(crate) const PASSCODE_SUBMIT: &str = "このパスコードにする";
pub(crate) const NOT_DIGITS: &str = "6桁から16桁の数字にしてください。";
pub(crate) const TOO_SIMPLE: &str = "同じ数字だけ、または順に並んだ数字は使えません。";
pub(crate) const SAME_AS_BEFORE: &str = "今のパスコードと同じです。ほかの数字にしてください。";
pub(crate) const NOT_THE_SAME: &str = "2回の入力がちがいます。もう一度入力してください。";

pub(crate) const LOGIN_TITLE: &str = "ログイン";
pub(crate) const LOGIN: &str = "開く";
pub(crate) const FORGOTTEN: &str = "パスコードを忘れたとき";
pub(crate) const FORGOTTEN_NEXT: &str = "管理者に、この端末のコードを「無効化する」で終わらせて、新しいアクティベーションコードを発行してもらってください。初期登録からやり直します。";
pub(crate) const ENDED_IDLE: &str = "操作がなかったため、画面を閉じました。パスコードで開いてください。";
pub(crate) const ENDED_CLOSED: &str = "画面を閉じました。";
pub(crate) const ENDED_EXPIRED: &str = "ログインが終わりました。パスコードで開いてください。";
pub(crate) const WAITED: &str = "もう一度入力できます。";
pub(crate) const IDLE_WARNING: &str = "操作がないため、まもなくこの画面を閉じます。";
pub(crate) const CLOSE: &str = "画面を閉じる";

pub(crate) const GONE_TITLE: &str = "この端末の登録は終わりました";
pub(crate) const START_AGAIN: &str = "初期登録を始める";
pub(crate) const NO_KEEPING_TITLE: &str = "この端末には登録できません";
pub(crate) const NO_KEEPING: &str =
    "このブラウザは、登録に使う鍵を保存できません。プライベートウィンドウを閉じ、ブラウザを新しくして、もう一度開いてください。";
pub(crate) const NOT_KEPT: &str =
    "登録はできましたが、このブラウザは登録を保存できませんでした。閉じると、新しいコードで登録し直すことになります。";

pub(crate) const WHICH_TITLE: &str = "どの機関で使いますか";
pub(crate) const WHICH_WHY: &str = "この端末は、同じ法人の複数の機関コードで登録されています。これから確認する機関を選んでください。";
pub(crate) const OTHER_CODES: &str = "ほかの機関コードでも使うとき";
pub(crate) const OTHER_CODES_WHY: &str = "同じ法人の別の機関コードでも、この端末を使えます。その機関の管理者が発行したアクティベーションコードで、もう一度登録します。今の登録はそのまま残ります。";
pub(crate) const OTHER_CODE: &str = "別の機関コードを登録する";
pub(crate) const PICK_OTHER: &str = "別の機関で開く";
pub(crate) const BACK: &str = "登録をやめて戻る";

pub(crate) const CAMERA: &str = "用紙の二次元コードをカメラで読み取る";
pub(crate) const CAMERA_TITLE: &str = "用紙の二次元コードを読み取ります";
pub(crate) const CAMERA_HOW: &str = "アクティベーションコードの用紙にある二次元コードを、枠の中に写してください。読み取ると、この窓は閉じます。写真は保存も送信もしません。";
pub(crate) const CAMERA_PICTURE: &str = "カメラの映像";
pub(crate) const CAMERA_DENIED: &str = "カメラの使用が許可されていません。";
pub(crate) const CAMERA_NONE: &str = "カメラを使えません。";
pub(crate) const CAMERA_ELSE: &str = "ブラウザの設定でこのページのカメラを許可するか、この窓を閉じて、用紙の12桁の数字を入力してください。";
pub(crate) const CAMERA_CLOSE: &str = "閉じて数字で入力する";

/// Seconds until the next try.
pub(crate) fn wait_s(seconds: u32) -> String {
    format!("あと{seconds}秒待ってから、もう一度入力してください。")
}

/// Whose device it is.
pub(crate) fn device_of(label: &str, user: &str) -> String {
    format!("{label}({user})")
}
