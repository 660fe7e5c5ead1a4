//! What is said of `deliver`, the program at レセコン.

use std::io::ErrorKind;

use super::{Finding, ok};
use crate::deliver::look::{Look, ServerSeen};

const ID: &str = "deliver";

/// Judges how delivering stands.
pub(super) fn findings(look: &Look) -> Vec<Finding> {
    let (folder, last, is_overdue, waiting, server) = match look {
        Look::NotMine(file) => {
            return vec![
                ok(
                    ID,
                    format!("{} は、この利用者には読めません。結果の受け取り(deliver)は確かめていません。", file.display()),
                    format!("{} cannot be read by this account: delivering was not looked at.", file.display()),
                )
                .note()
                .next("サービスを動かす利用者で doctor を実行してください。", "Run doctor as the account of the service."),
            ];
        }
        Look::Settings(why) => {
            return vec![
                ok(ID, format!("結果の受け取りの設定を使えません: {why}"), format!("The settings of deliver cannot be used: {why}"))
                    .problem("設定ファイルを直してください。", "Correct the file of settings."),
            ];
        }
        Look::Token(why) => {
            return vec![
                ok(ID, format!("トークンか証明書のファイルを使えません: {why}"), format!("The token or certificate cannot be used: {why}"))
                    .problem(
                        "トークンだけを1行で書いたファイルを、サービスの利用者だけが読めるようにして置いてください。",
                        "Lay a file there that holds the token alone and that only the account of the service can read.",
                    ),
            ];
        }
        Look::Folder(folder, kind) => {
            let (ja, en) = match kind {
                ErrorKind::PermissionDenied => ("を開く権利がありません。", "may not be opened."),
                ErrorKind::NotADirectory => ("はフォルダーではありません。", "is no folder."),
                _ => ("がありません。", "is not there."),
            };
            return vec![
                ok(ID, format!("レセコンのフォルダー {} {ja}", folder.display()), format!("The folder {} {en}", folder.display())).problem(
                    "つながりとフォルダーの名前を確かめてください。直ると、続きから置きます。",
                    "See whether it is connected and has the same name. Then delivering goes on.",
                ),
            ];
        }
        Look::State(folder) => {
            return vec![
                ok(
                    ID,
                    format!("{} の中の、どこまで置いたかの記録を読めません。", folder.display()),
                    format!("How far delivering into {} has come cannot be read.", folder.display()),
                )
                .problem(
                    ".uketsuke-deliver を消さずに、システムを管理する人に知らせてください。",
                    "Do not delete .uketsuke-deliver; tell who looks after the system.",
                ),
            ];
        }
        Look::There { folder, last, is_overdue, waiting, server } => (folder, last, *is_overdue, *waiting, server),
    };
    let at = last.as_ref().map(|(at, _)| at.jst_minute_text());
    let runs = match (&at, is_overdue) {
        (None, _) => ok(ID, "結果の受け取りは、まだ一度も動いていません。", "Delivering never ran here."),
        (Some(at), true) => ok(
            ID,
            format!("結果の受け取りが動いていません。最後は {at}(日本時間)です。"),
            format!("Delivering does not run; the last time was {at} (Japan time)."),
        ),
        (Some(at), false) => {
            let fine = ok(
                ID,
                format!("結果を {} に受け取っています(最後に確かめたのは {at}、日本時間)。", folder.display()),
                format!("Results are delivered into {} (last look {at}, Japan time).", folder.display()),
            );
            return with_rest(fine, last.as_ref().and_then(|(_, said)| said.as_deref()), waiting, server);
        }
    };
    let runs = runs.problem(
        "サービスを起動してください(systemctl start のあとにサービス名、Windowsではタスクスケジューラ)。",
        "Start the service (systemctl start and its name; on Windows the task scheduler).",
    );
    with_rest(runs, None, waiting, server)
}

fn with_rest(runs: Finding, stopped_by: Option<&str>, waiting: usize, server: &ServerSeen) -> Vec<Finding> {
    let mut found = vec![runs];
    found.push(match server {
        ServerSeen::Answers => ok(ID, "サーバーはトークンを受け付けます。", "The server takes the token."),
        ServerSeen::TokenEnded => ok(ID, "トークンは使えなくなっています。", "The token has ended, or its account.").problem(
            "事務所の「アカウント管理」で新しいトークンを作り、ファイルに入れてください。",
            "Make a new one at the office's account page, and put it into the file.",
        ),
        ServerSeen::NotAllowed => ok(ID, "このトークンでは結果を読めません。", "This token may not read results.")
            .problem("「結果を読む」を付けたトークンを作り直してください。", "Make one that may read results."),
        ServerSeen::PlaceUnknown => ok(
            ID,
            "どこまで受け取ったかを、サーバーが知りません(戻されたか、ほかのサーバーです)。",
            "The server does not know how far this folder is: it was restored, or is another one.",
        )
        .problem("サーバーを管理する人に確かめてください。", "Ask who looks after the server."),
        ServerSeen::Away(why) => ok(ID, format!("サーバーにつながりません: {why}"), format!("The server cannot be reached: {why}"))
            .problem(
                "ネットワークと設定の server を確かめてください。つながると、続きから受け取ります。",
                "See the network and `server` in the settings. Then delivering goes on.",
            ),
    });
    // What the server says now is said above; what else stopped the last round is told as it was.
    if let Some(why) = stopped_by.filter(|_| *server == ServerSeen::Answers) {
        found.push(
            ok(ID, format!("最後の回が止まりました: {why}"), format!("The last round was stopped: {why}")).problem(
                "サービスの記録を見てください。直ると、続きから置きます。",
                "See the log of the service. Then delivering goes on.",
            ),
        );
    }
    if waiting > 0 {
        found.push(
            ok(
                ID,
                format!("置けずに待っている結果が {waiting} 件あります。"),
                format!("{waiting} results wait: the encoding lacks a character, or a link is being corrected."),
            )
            .note()
            .next(
                "事務所の「請求前の確認」で理由を見てください。Shift_JISで書けない文字か、結びつけの訂正待ちです。",
                "The office's check before claims says why.",
            ),
        );
    }
    found
}
