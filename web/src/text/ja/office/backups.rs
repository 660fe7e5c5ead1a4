//! バックアップと復元 (OT-37).

use shared::api::backup::{BackupOutcome, BackupState};

pub(crate) const TITLE: &str = "バックアップと復元";
pub(crate) const ABOUT: &str = "控えがいつ、どこにあるかを確かめる";
pub(crate) const LEAD: &str =
    "この機関のデータは、サーバーが決まった間隔で控え(バックアップ)を取ります。復元は、サーバーの運用者がコマンドで行います。";
pub(crate) const LAST_GOOD: &str = "最後に取れた控え";
pub(crate) const AGE: &str = "控えの古さ";
pub(crate) const PLACE: &str = "置き場所";
pub(crate) const FILE: &str = "ファイル";
pub(crate) const SIZE: &str = "大きさ";
pub(crate) const NEXT: &str = "次の予定";
pub(crate) const EVERY: &str = "間隔と保存期間";
pub(crate) const TRIAL: &str = "復元の試し";
pub(crate) const NONE_YET: &str = "まだありません";
pub(crate) const NO_PLAN: &str = "予定はありません";
pub(crate) const NOW: &str = "まもなく";
pub(crate) const STATUS: &str = "いまの状態";
pub(crate) const LIST: &str = "最近の控え";
pub(crate) const SCROLLS: &str = "最近の控えの表";
pub(crate) const COLUMNS: [&str; 4] = ["日時", "結果", "ファイル", "大きさ"];
pub(crate) const EMPTY: &str = "控えはまだありません。";
pub(crate) const EMPTY_NEXT: &str = "サーバーの運用者に、バックアップの設定を頼んでください。";
pub(crate) const HOW: &str = "復元のしかた";
pub(crate) const PRINT: &str = "この画面を印刷する";
pub(crate) const HOW_WHEN: &str = "サーバーが壊れたときや、データが失われたときに使います。次の手順をサーバーの運用者に渡してください。紙で保管しておくと、サーバーが動かないときにも読めます。";
pub(crate) const STEPS: [&str; 6] = [
    "いまのサーバーを止めます。いまのデータのフォルダーは、消さずに残します。",
    "控えのファイル(uketsuke-….uks)と鍵のファイルを用意します。鍵がないと、控えは開けません。",
    "新しいフォルダーに復元します: uketsuke-server restore --from 控え --key 鍵 --data 新しいフォルダー",
    "表示された「newer」の行を読みます。控えより新しい同意・訪問・アカウントの件数です。",
    "新しいフォルダーでサーバーを起動します。全員がログインし直します。",
    "控えの後に来た方には、次の訪問でもう一度同意していただきます。控えの後に停止したアカウントや無効にしたコードは、もう一度停止・無効化します。",
];

pub(crate) fn state(state: BackupState) -> (&'static str, &'static str) {
    match state {
        BackupState::Good => ("控えは取れています。", "復元できることも確かめています。"),
        BackupState::NotSetUp => (
            "バックアップが設定されていません。",
            "サーバーが壊れると、データを取り戻せません。サーバーの運用者に、いますぐ設定を頼んでください。",
        ),
        BackupState::Old => (
            "新しい控えがありません。",
            "控えの置き場所が使えるか、空きがあるかを、サーバーの運用者に確かめてもらってください。前の控えは残っています。",
        ),
        BackupState::Untried => (
            "控えはありますが、復元できることを確かめられていません。",
            "サーバーの運用者に、記録(ログ)を見てもらってください。それまで、古い控えを消さないでください。",
        ),
    }
}

pub(crate) fn outcome(outcome: BackupOutcome) -> &'static str {
    match outcome {
        BackupOutcome::Ok => "できました",
        BackupOutcome::Place => "置き場所が使えません",
        BackupOutcome::Full => "置き場所に空きがありません",
        BackupOutcome::Database => "データベースを読めません",
        BackupOutcome::Key => "鍵が使えません",
        BackupOutcome::Busy => "別の控えを取っていました",
        BackupOutcome::Damaged => "内容が正しくありません",
        BackupOutcome::Other => "できませんでした",
    }
}

pub(crate) fn age(ms: i64) -> String {
    let minutes = ms.max(0) / 60_000;
    match (minutes / (24 * 60), minutes / 60, minutes) {
        (0, 0, minutes) => format!("{minutes}分前"),
        (0, hours, _) => format!("{hours}時間前"),
        (days, ..) => format!("{days}日前"),
    }
}

pub(crate) fn every(every_ms: i64, kept_ms: i64) -> String {
    format!("{}時間ごとに取り、{}日間残します", every_ms / 3_600_000, kept_ms / 86_400_000)
}

pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("約{}KB", bytes.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("約{}MB", bytes.div_ceil(1_000_000)),
        _ => format!("約{}GB", bytes.div_ceil(1_000_000_000)),
    }
}

pub(crate) fn trial(at: &str, outcome: &str) -> String {
    format!("{at} {outcome}(毎月、自動で試します)")
}
