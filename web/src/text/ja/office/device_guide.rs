//! この端末の準備 (S22, N080–N084): what this device can do, and how it is prepared.

pub(crate) const TITLE: &str = "この端末の準備";
pub(crate) const LEAD: &str = "この端末とブラウザに直接たずねた結果です。「済」でないものは、下に書いたことをすると使えるようになります。";
pub(crate) const ASKING: &str = "この端末に確かめています…";
pub(crate) const ASK_AGAIN: &str = "もう一度確かめる";

pub(crate) const DONE: &str = "済";
pub(crate) const NOT_YET: &str = "未";
pub(crate) const CANNOT: &str = "できません";

pub(crate) const SECURE: &str = "安全な接続(https)";
pub(crate) const SECURE_NEXT: &str =
    "アドレスの先頭が「https://」のページを開いてください。http のページでは、端末の登録もカードの確認もできません。";
pub(crate) const KEY: &str = "端末の鍵の保存(初期登録)";
pub(crate) const KEY_NEXT: &str = "プライベートウィンドウを閉じ、ブラウザを新しくして開き直してください。それでも変わらないときは、別のブラウザか別の端末を使ってください。";
pub(crate) const OFFLINE: &str = "通信が切れても開けること";
pub(crate) const OFFLINE_NEXT: &str =
    "一度、通信できる所でこのページを開き直してください。プライベートウィンドウや古いブラウザでは使えません。";
pub(crate) const PASSKEY: &str = "指紋・顔で開くこと(パスキー)";
pub(crate) const PASSKEY_NEXT: &str =
    "端末の設定で、画面ロック(指紋・顔・暗証番号)を登録してから、もう一度確かめてください。使わないときは、パスコードだけで開けます。";
pub(crate) const CAMERA: &str = "カメラ(用紙の二次元コードの読み取り)";
pub(crate) const CAMERA_NEXT: &str = "カメラがなくても、アクティベーションコードは数字で入力できます。";
pub(crate) const HELPER: &str = "読み取りプログラム";
pub(crate) const HELPER_NEXT: &str = "この端末に読み取りプログラムを入れて、起動してください。入れ方は管理者が持つ手引きにあります。起動しても見つからないときは、ブラウザの「ローカルネットワークへのアクセス」を許可してください。";
pub(crate) const HELPER_LATER: &str = "初期登録をしてログインすると、確かめられます。";
pub(crate) const HELPER_PHONE: &str = "iPhone・iPad・Android では、この画面からカードを読み取れません。カードリーダーを付けた Windows・Mac・Linux のパソコンかタブレットを使ってください。資格確認書による確認は、この端末でもできます。";
pub(crate) const READER: &str = "カードリーダー";
pub(crate) const READER_NEXT: &str =
    "カードリーダーをUSBにつなぎ直してください。汎用のICカードリーダー(マイナンバーカード対応)が使えます。";
pub(crate) const READER_LATER: &str = "読み取りプログラムが見つかると、確かめられます。";

pub(crate) const WAYS_TITLE: &str = "端末ごとの準備";
pub(crate) const PC: &str = "パソコン・タブレット(Windows・Mac・Linux)";
pub(crate) const PC_PICTURE: &str = "パソコンにUSBでつないだカードリーダーに、カードを置いた図";
pub(crate) const PC_STEPS: &[&str] = &[
    "カードリーダーをUSBでつなぎます。",
    "読み取りプログラムを入れて起動します。",
    "このページを開いて初期登録をし、上の表がすべて「済」になることを確かめます。",
    "訪問に使う端末は、機関で専用に用意するものをおすすめします。",
];
pub(crate) const ANDROID: &str = "Android のスマートフォン";
pub(crate) const ANDROID_PICTURE: &str = "スマートフォンの背面にカードを重ねた図";
pub(crate) const ANDROID_STEPS: &[&str] = &[
    "患者様の「マイナポータル」アプリは、Google Play から入れます。",
    "公式のアプリが「NFCが無効」と表示したときは、端末の設定で「NFC」をオンにし、「Reader/Writer, P2P」に印を付けます。",
    "カードは背面の中央からゆっくりずらして、読み取る場所をさがします。機種により場所がちがいます。",
];
pub(crate) const IPHONE: &str = "iPhone";
pub(crate) const IPHONE_PICTURE: &str = "iPhone の上部にカードを重ね、顔で確かめる図";
pub(crate) const IPHONE_STEPS: &[&str] = &[
    "患者様の「マイナポータル」アプリは、App Store から入れます。",
    "公式のアプリは、Face ID(iPhone 8 以前は Touch ID)とパスコードが設定されていることを求めます。設定アプリの「Face IDとパスコード」で設定します。",
    "カードは iPhone の上のふちに当てます。",
];
pub(crate) const OFFICIAL: &str = "Android と iPhone の手順は、公式のアプリ(マイナポータル、マイナ資格確認アプリ)のためのご案内です。この画面はそのアプリではありません。";
pub(crate) const LINK: &str = "この端末の準備を見る";
