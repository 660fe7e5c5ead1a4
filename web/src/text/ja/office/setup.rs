//! 準備チェックリスト (OT-19).

use shared::api::setup::{SetupList, SetupUse, Step, StepRow, StepState};
use shared::domain::calendar::UnixMs;

pub(crate) const TITLE: &str = "準備チェックリスト";
pub(crate) const LEAD: &str = "使い方ごとに、準備がどこまで済んだかを、今の記録から調べて出しています。どの順に進めてもかまいません。済んだことは、ひとりでに「済み」になります。";
pub(crate) const SCROLLS: &str = "準備の表";
pub(crate) const COLUMNS: [&str; 3] = ["すること", "状態", "次の一歩"];
pub(crate) const NOTHING: &str = "―";
pub(crate) const ASK_ADMIN: &str = "管理者に頼んでください";
pub(crate) const ASK_OPERATOR: &str = "サーバーの運用者に頼んでください";
pub(crate) const TICK: &str = "取りました";
pub(crate) const UNTICK: &str = "記録を取り消す";
pub(crate) const AGAIN: &str = "もう一度調べる";
pub(crate) const PRINT: &str = "A4で印刷する";
pub(crate) const PRINTED: &str = "調べた日時";

/// The use, as its heading.
pub(crate) fn of(of: SetupUse) -> &'static str {
    match of {
        SetupUse::HomeVisit => "訪問診療等・訪問看護",
        SetupUse::Online => "オンライン診療等",
        SetupUse::OffRoute => "外来診療等(通常とは異なる動線)",
        SetupUse::DeviceApp => "マイナ資格確認アプリの端末",
        SetupUse::Limited => "資格確認限定型",
        SetupUse::Office => "事務所の端末",
    }
}

/// What has to be done.
pub(crate) fn step(step: Step) -> &'static str {
    match step {
        Step::Switch => "機能を「利用する」にする",
        Step::Terms => "利用規約を確かめる",
        Step::Account => "使う人のアカウントを登録する(医療情報閲覧か一般利用者)",
        Step::FirstLogin => "その人が事務所の画面に一度ログインし、パスワードを変える",
        Step::Code => "端末ごとにアクティベーションコードを発行する",
        Step::Url => "受付ページのURLと二次元コードを取り出す",
        Step::Device => "端末を登録する",
        Step::TestRead => "試しに一度、資格確認を最後まで行う",
        Step::Certificate => "事務所の端末の電子証明書を用意する",
        Step::CertificateCopy => "電子証明書の控えを、別の媒体に取る",
        Step::SecondFactor => "管理者の二段階認証を登録する",
        Step::Application => "利用開始申請をする",
    }
}

/// How a step stands, in words.
pub(crate) fn state(row: &StepRow) -> String {
    let since = |at: UnixMs| at.jst_minute_text();
    match (row.state, row.at, &row.by) {
        (StepState::Done, Some(at), Some(by)) => format!("済み({} {by}さんの記録)", since(at)),
        (StepState::Done, Some(at), None) => format!("済み({})", since(at)),
        (StepState::Done, None, _) => "済み".to_owned(),
        (StepState::NotYet, ..) => "まだです".to_owned(),
        (StepState::Unknown, ..) => "分かりません".to_owned(),
        (StepState::NotHere, ..) => match row.step {
            Step::Device => "端末の登録は次の版でできます".to_owned(),
            _ => "今は対象外です".to_owned(),
        },
    }
}

/// The words of the way to where a step is done.
pub(crate) fn way(step: Step) -> &'static str {
    match step {
        Step::Switch | Step::Terms => "環境設定情報を開く",
        Step::Account => "アカウントを登録する",
        Step::FirstLogin => "アカウントの一覧を開く",
        Step::Code | Step::Device => "アクティベーションコード管理を開く",
        Step::Url | Step::TestRead => "医療機関別URLを開く",
        Step::Certificate | Step::CertificateCopy => "電子証明書を開く",
        Step::SecondFactor => "二段階認証を開く",
        Step::Application => "申請を開く",
    }
}

/// How a list stands as a whole.
pub(crate) fn verdict(list: &SetupList) -> String {
    let has_any = list.rows.iter().any(|row| row.state != StepState::NotHere);
    match (list.is_on, list.is_ready(), list.missing()) {
        (_, true, _) => "準備ができています。".to_owned(),
        _ if !has_any && list.of == SetupUse::Limited => "この機関は、資格確認限定型ではありません。".to_owned(),
        _ if !has_any => "この版ではまだ使えません。".to_owned(),
        (true, false, 0) => "分からないものがあります。".to_owned(),
        (true, false, missing) => format!("あと{missing}つです。"),
        (false, false, _) => "今は使っていません。".to_owned(),
    }
}
