//! 稼働状況 (OT-23) and サポートへ送る記録 (OT-25).

use shared::api::operation::Fact;
use shared::domain::calendar::UnixMs;
use shared::domain::operation::{Light, Part};

pub(crate) const TITLE: &str = "稼働状況";
pub(crate) const ABOUT: &str =
    "どこが動いていて、どこが止まっているかを確かめます。メンテナンスの予定と、サポートへ送る記録もここから開きます。";
pub(crate) const BACK: &str = "稼働状況に戻る";
pub(crate) const LEAD: &str =
    "部分ごとに、今の状態を実際に確かめて表示します。30秒ごとに新しくなります。確かめられないものは「不明」と表示します。";
pub(crate) const TABLE: &str = "部分ごとの状態";
pub(crate) const SCROLLS: &str = "状態の表";
pub(crate) const COLUMNS: [&str; 5] = ["部分", "状態", "内容", "いつから・最後に正常", "すること"];
pub(crate) const AGAIN: &str = "今すぐ確かめる";
pub(crate) const CONNECT: &str = "読み取りプログラムを確かめる";
pub(crate) const LOST: &str = "事業所の回線につながりません。受付内容は保管しています。";
pub(crate) const LOST_NEXT: &str =
    "この端末の通信と、事業所の回線の機器の電源を確かめてください。つながると、自動で新しくなります。下は最後に確かめたときの状態です。";
pub(crate) const LOST_HERE: &str = "この端末の通信と、事業所の回線の機器の電源を確かめてください。つながると、この表示は消えます。この画面に入力したものは、そのまま残っています。";
pub(crate) const LOST_HURRY: &str =
    "お急ぎのときは、資格確認書などを見て紙に書き留め、つながってから「カードが使えないとき」に登録してください。";
pub(crate) const MAINTENANCE: &str = "メンテナンス中";
pub(crate) const NEVER: &str = "まだありません";

pub(crate) fn looked(at: UnixMs) -> String {
    format!("{}に確かめました。", at.jst_minute_text())
}

pub(crate) fn since(at: Option<UnixMs>) -> String {
    at.map_or_else(|| "いつから: 不明".to_owned(), |at| format!("{}から", at.jst_minute_text()))
}

pub(crate) fn good(at: Option<UnixMs>) -> String {
    format!("最後に正常: {}", at.map_or_else(|| NEVER.to_owned(), UnixMs::jst_minute_text))
}

/// What was measured, in a sentence.
pub(crate) fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Reached => "この端末からサーバーに届いています。".to_owned(),
        Fact::SeenByPage => "この端末では、まだ確かめていません。".to_owned(),
        Fact::NotConnected => "このサーバーは、まだここに接続していません。状態は分かりません。".to_owned(),
        Fact::DemoRegister { people } => {
            format!("お試し用の一覧({people}人)で答えています。全国のシステムには接続していないため、その状態は分かりません。")
        }
        Fact::NoRegister => "資格情報の接続先がありません。どのカードも「該当なし」になります。".to_owned(),
        Fact::RegisterAnswers => "資格情報を照会できます。".to_owned(),
        Fact::RegisterSilent => "全国のシステムが止まっています。".to_owned(),
        Fact::NoExport => "この30日、書き出しがありません。使っていないか、止まっているかは分かりません。".to_owned(),
        Fact::Exported { at, waiting: 0, .. } => format!("最後の書き出し: {}。待っている結果はありません。", at.jst_minute_text()),
        Fact::Exported { at, waiting, .. } => format!("最後の書き出し: {}。その後の結果が{waiting}件あります。", at.jst_minute_text()),
        Fact::ExportFailed { at } => format!("{}に、ファイルを渡せませんでした(U-X48)。", at.jst_minute_text()),
        Fact::Stored { ms, free_mib, late_jobs } => {
            let free = free_mib.map_or_else(|| "空き容量はここからは見えません".to_owned(), |mib| format!("空き{}", size(mib)));
            let late = if *late_jobs == 0 { String::new() } else { format!("遅れている作業が{late_jobs}件あります。") };
            format!("書き込みと読み出しができます({ms}ミリ秒)。{free}。{late}")
        }
        Fact::StoreFull => "保管場所がいっぱいです。見ることはできますが、新しい登録はできません。".to_owned(),
        Fact::StoreFailed => "保管場所に書き込めません。".to_owned(),
        Fact::ClockSteady => "時計は正しく進んでいます。".to_owned(),
        Fact::ClockJumped { at, by_ms } => {
            let seconds = by_ms.unsigned_abs() / 1_000;
            let way = if *by_ms < 0 { "戻り" } else { "進み" };
            format!("{}に、時計が{seconds}秒{way}ました。", at.jst_minute_text())
        }
        Fact::NotUsed => "使わない設定です。".to_owned(),
        Fact::Certificates { good, ending: 0 } => format!("使える証明書は{good}枚です。"),
        Fact::Certificates { good, ending } => format!("使える証明書は{good}枚です。期限が近いか切れたものが{ending}枚あります。"),
        Fact::Done { at } => format!("最後: {}。", at.jst_minute_text()),
        Fact::Overdue { last: None } => "まだ一度も取られていません。".to_owned(),
        Fact::Overdue { last: Some(last) } => format!("遅れています。最後: {}。", last.jst_minute_text()),
    }
}

fn size(mib: u32) -> String {
    if mib < 10 * 1024 { format!("{mib}MB") } else { format!("{}GB", mib / 1024) }
}

/// How the browser of this device was found.
pub(crate) fn device(light: Light) -> &'static str {
    match light {
        Light::Good => "このブラウザーで使えます。",
        _ => "この端末では、カードを読み取れません。事務の画面は使えます。",
    }
}

/// How long a call took, and back.
pub(crate) fn network(light: Light, ms: Option<u32>) -> String {
    match (light, ms) {
        (Light::Bad, _) => "この端末が通信できません。".to_owned(),
        (_, Some(ms)) => format!("往復{ms}ミリ秒です。"),
        (_, None) => "確かめています。".to_owned(),
    }
}

/// How far the clocks of server and browser are apart.
pub(crate) fn apart(seconds: i64) -> String {
    format!("この端末の時計は、サーバーと{}秒ちがいます。", seconds.unsigned_abs())
}

/// What to do about a part that does not stand well; `None`: nothing.
pub(crate) fn next(part: Part, light: Light) -> Option<&'static str> {
    if light == Light::Good {
        return None;
    }
    Some(match (part, light) {
        (Part::Device, _) => "カードを読むときは、Windows・Mac・Linuxのパソコンかタブレットを使ってください。",
        (Part::Network, _) => "Wi-Fiや携帯電話の回線がつながっているかを確かめてください。",
        (Part::Line, _) => "回線の機器の電源を入れ直し、続くときは回線の窓口に連絡してください。",
        (Part::Portal, Light::Unknown) => "ポータルのお知らせで確かめてください。予定は「メンテナンス予定」に登録できます。",
        (Part::Portal, _) => "お知らせで終わる時刻を確かめてください。",
        (Part::National, Light::Unknown) => "実際の資格は、資格確認書などで確かめてください。",
        (Part::National, _) => "氏名・性別・生年月日・住所を書きとめ、後日もう一度確認してください。",
        (Part::Link, Light::Unknown) => "使っているときは、書き出しのプログラムが動いているかを確かめてください。",
        (Part::Link, _) => "書き出しのプログラムと、書き出し先のフォルダーを確かめてください。",
        (Part::Reader, Light::Unknown) => "この端末でカードを読むときに確かめてください。",
        (Part::Reader, _) => "読み取りプログラムを起動し直し、「今すぐ確かめる」を押してください。",
        (Part::Store, _) => "運用者に伝えてください。受付済みの内容は残っています。",
        (Part::Clock, _) => "運用者に、サーバーの時刻合わせを確かめてもらってください。",
        (Part::Backup, _) => "運用者に、バックアップが取られているか、復元を試したかを確かめてください。",
        (Part::ClientCertificate, _) => "電子証明書の画面で、更新や発行をしてください。使わない設定なら、することはありません。",
    })
}

/// サポートへ送る記録.
pub(crate) mod record {
    pub(crate) const TITLE: &str = "サポートへ送る記録";
    pub(crate) const LEAD: &str = "問い合わせ先から頼まれたときに作ります。版、部分ごとの状態、できなかった操作の番号と時刻、設定だけで、患者様・職員の氏名や番号、機関コード、アドレス、鍵は入りません。作ったことは操作履歴に残ります。";
    pub(crate) const MAKE: &str = "記録を作る";
    pub(crate) const LINES: &str = "送る行";
    pub(crate) const CHOOSE: &str = "1行ずつ見て、送らない行はチェックを外してください。保存と印刷には、チェックのある行だけが入ります。";
    pub(crate) const SAVE: &str = "保存(テキスト)";
    pub(crate) const PRINT: &str = "印刷する";
    pub(crate) const NONE: &str = "送る行がありません。";

    pub(crate) fn chosen(lines: usize, all: usize) -> String {
        format!("{all}行のうち{lines}行")
    }
}
