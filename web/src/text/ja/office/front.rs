//! What the home shows besides its menu (OT-5): notices, what is to be done, today's restart.

use shared::api::home::{Restart, Task, TaskKind};

use super::CivilDate;

pub(crate) const NOTICES: &str = "お知らせ";
pub(crate) const NO_NOTICES: &str = "今出ているお知らせはありません。";
pub(crate) const ALL_NOTICES: &str = "お知らせの一覧";
pub(crate) const UNREAD: &str = "未読";
pub(crate) const TASKS: &str = "すること";
pub(crate) const NO_TASKS: &str = "今することはありません。";
pub(crate) const CHECKS: &str = "資格確認";
pub(crate) const RESTART: &str = "本日の再起動";
pub(crate) const RESTART_MISSING: &str = "本日の再起動がまだです。";
pub(crate) const RESTART_WHY: &str =
    "更新を取り込むため、この端末は1日に1回以上、再起動します。レセコンと連携しているときは、先にこの端末、次にレセコンの順に起動します。";
pub(crate) const RESTART_UNMEASURED: &str =
    "端末が起動した時刻は、ブラウザーからは分かりません。再起動したら、ログインして下のボタンを押してください。";
pub(crate) const RESTARTED: &str = "再起動しました";
pub(crate) const GROUP_OFFICE: &str = "事務所の準備と記録";
pub(crate) const NOTICES_ABOUT: &str = "運用者と管理者からのお知らせを読みます。";
pub(crate) const SETUP_ABOUT: &str = "訪問診療等や端末のアプリを使い始めるのに、何が済んでいて、何がまだかを確かめます。";
pub(crate) const POSTED_ABOUT: &str = "加算の届出に合わせた掲示とウェブサイトの文を、直して印刷します。";
pub(crate) const CHECK_ABOUT: &str = "年度ごとのセキュリティのチェックリストに答え、A4で印刷します。";

pub(crate) fn unread(count: u32) -> String {
    format!("未読 {count}件")
}

/// The words of a task, and the screen where it is done.
pub(crate) fn task(task: Task) -> (String, &'static str) {
    let count = task.count;
    match task.kind {
        TaskKind::Setup => (format!("準備がまだのものが{count}つあります"), "/o/setup"),
        TaskKind::Notices => (format!("読んでいないお知らせが{count}件あります"), "/o/notices"),
        TaskKind::FirstLogins => (format!("初期パスワードのまま、一度もログインしていないアカウントが{count}件あります"), "/o/accounts"),
        TaskKind::Certificates => (format!("期限が近いか、切れた端末の証明書が{count}枚あります"), "/o/certificates"),
        TaskKind::LaterChecks => (format!("後で確認する方が{count}人います"), "/o/laters"),
        TaskKind::OpeningReports => (format!("提出していない利用報告が{count}件あります"), "/o/openings"),
        // The office has them; they are filed where they were read.
        TaskKind::Unfiled => {
            (format!("端末でまだ保存していない結果が{count}件あります。端末の「まだ保存していない結果」で保存してください"), "/o/checks")
        }
        TaskKind::Unsent => (format!("レセコンへ送っていない結果が{count}件あります"), "/o/claims"),
        TaskKind::Codes => (format!("使わないまま期限が近づいたアクティベーションコードが{count}件あります"), "/o/codes"),
    }
}

pub(crate) fn restarted(restart: &Restart) -> Option<String> {
    let (at, by) = (restart.said_at?, restart.said_by.as_ref()?);
    Some(format!("最後の再起動: {}({by}さんの記録)", at.jst_minute_text()))
}

pub(crate) fn day(from: CivilDate) -> String {
    from.slashed()
}
