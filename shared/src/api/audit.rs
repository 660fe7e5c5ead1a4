//! 操作履歴: who did what, when, from where, with which outcome. Nothing here changes a row.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, DayPart, Permission, SMALL};
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::right::Act;

/// Rows of a page of the list.
pub const AUDIT_PAGE_ROWS: u32 = 50;
/// A file holds so many rows at most; a longer period is refused ([`super::Code::Request`]).
pub const AUDIT_FILE_ROWS: i64 = 100_000;

super::endpoints! {
    /// The list, the newest first. Reading it leaves a row.
    SearchAudit {
        name: "office.search_audit",
        call: Post "/api/office/audit/search",
        right: Permission::Account(Act::ReadAuditLog),
        asks: Body::Json(SMALL) => AuditSearch,
        answers: Answer::Json => AuditPage,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// All rows of a period as CSV (UTF-8 with BOM), each with its place in the institution's hash chain. Without further
    /// conditions: a file that leaves rows out could not be checked for gaps. Saving it leaves a row with place and hash of its end.
    ExportAudit(from: DayPart, to: DayPart) {
        name: "office.export_audit",
        call: Get "/api/office/audit/{from}/{to}/csv",
        right: Permission::Account(Act::ReadAuditLog),
        asks: Body::None => (),
        answers: Answer::File => (),
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// Which rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditSearch {
    /// First day in Japan.
    pub from: CivilDate,
    /// Last day, included.
    pub to: CivilDate,
    /// Whole ユーザID; empty = all.
    pub user: String,
    /// Name of an act ([`ACTS`]); empty = all.
    pub action: String,
    /// Done, refused, or both.
    pub outcome: OutcomeFilter,
    /// The page after this row ([`AuditPage::next`]); `None` = the first one.
    pub after: Option<String>,
}

/// Which outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeFilter {
    /// すべて.
    All,
    /// できたもの.
    Done,
    /// できなかったもの.
    Refused,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// At most [`AUDIT_PAGE_ROWS`].
    pub rows: Vec<AuditRow>,
    /// Rows of this page that could not be read from the database; they are not in `rows`.
    pub damaged: u32,
    /// What the next page comes after; `None`: this is the last one.
    pub next: Option<String>,
    /// The server's clock.
    pub now: UnixMs,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Tells it from other rows.
    pub id: String,
    /// When.
    pub at: UnixMs,
    /// Who: `user ID`, of a program `user ID TOKEN`, `visit ID`, `operator` or `nobody` ([`actor_words`]).
    pub actor: String,
    /// What: the name of an endpoint ([`act_words`]).
    pub action: String,
    /// About what: an id without meaning.
    pub subject: Option<String>,
    /// What the office calls it: the label of an activation code.
    pub label: Option<String>,
    /// From which address; `None` for the operator's commands and for sums over several calls.
    pub address: Option<String>,
    /// `ok`, or the code of the refusal ([`outcome_words`]).
    pub outcome: String,
}

/// What each call does, in the words of the office. Every call that can leave a row has its line (a test). Files were saved with these
/// words: whoever changes some moves those of before to [`FORMER_WORDS`] (a test).
pub const ACTS: &[(&str, &str)] = &[
    ("office.login", "ログイン"),
    ("office.logout", "ログアウト"),
    ("device.register", "端末の初期登録"),
    ("device.set_passcode", "端末のパスコードの登録"),
    ("device.login", "端末のログイン"),
    ("device.bedside", "端末の認証選択の表示"),
    ("device.open_check", "端末での資格確認の開始"),
    ("device.fresh_challenge", "端末での読み取りのやり直し"),
    ("device.settings", "端末のセキュリティ設定の表示"),
    ("device.prove", "端末での資格確認"),
    ("device.not_matched", "端末での目視の不一致"),
    ("device.see_result", "端末での結果の表示"),
    ("device.unfiled", "端末での未保存の結果の一覧"),
    ("device.file_result", "端末での結果の保存"),
    ("device.passkey_login", "端末のログイン(パスキー)"),
    ("device.switch_visual", "目視確認で本人認証の切り替え"),
    ("device.change_passcode", "端末のパスコードの変更"),
    ("device.ask_passkey", "端末のパスキーの登録の開始"),
    ("device.add_passkey", "端末のパスキーの登録"),
    ("device.remove_passkey", "端末のパスキーの削除"),
    (super::device_settings::HOUSE, "端末を共用する機関の設定(コマンド)"),
    ("office.lock", "画面ロック"),
    ("office.unlock", "画面ロックの解除"),
    ("office.change_password", "パスワードの変更"),
    ("office.reception_url", "医療機関別URLの表示"),
    ("office.former_reception_urls", "以前の医療機関別URLの表示"),
    ("office.reception_qr_svg", "二次元コードの保存(SVG)"),
    ("office.reception_qr_png", "二次元コードの保存(PNG)"),
    ("office.change_reception_url", "医療機関別URLの変更"),
    ("office.search_consents", "同意済資格情報の検索"),
    ("office.consent_detail", "同意済資格情報の表示"),
    ("office.search_endings", "同意取消照会の検索"),
    ("office.export_endings", "同意取消照会の保存(CSV)"),
    ("office.withdraw_consent", "同意の取消し"),
    ("office.openings", "災害・障害時の記録の表示"),
    ("office.open_opening", "災害・障害時の開始"),
    ("office.close_opening", "災害・障害時の終了"),
    ("office.hand_in_report", "利用報告の提出の記録"),
    ("office.use_report", "利用報告の表示"),
    ("office.use_report_file", "利用報告のファイルの作成"),
    ("office.search_in_opening", "災害・障害時の検索"),
    ("office.view_in_opening", "災害・障害時の閲覧"),
    ("office.later_checks", "後で確認する方の一覧の表示"),
    ("office.later_check", "後で確認する方の表示"),
    ("office.settle_later", "後の確認での確定"),
    ("office.drop_later", "後の確認の取り下げ"),
    ("office.past_results", "過去の資格情報の検索"),
    ("office.add_provisional", "仮確認の登録"),
    ("reception.provisional", "訪問先での仮確認"),
    ("office.choose_coverage", "資格の選択(複数該当)"),
    ("office.medical_document", "医療情報の表示"),
    ("office.medical_in_opening", "医療情報の表示(災害時)"),
    ("office.search_views", "医療情報閲覧履歴の検索"),
    ("office.save_views", "医療情報閲覧履歴の保存(CSV)"),
    ("office.check_by_number", "資格確認書等・処方箋・番号での確認"),
    ("office.search_checks", "資格確認履歴の検索"),
    ("office.save_checks", "資格確認履歴の保存(CSV)"),
    ("office.check_detail", "資格確認の表示"),
    ("office.choose_check_coverage", "資格の選択(資格確認履歴)"),
    ("office.bulk_check_template", "資格情報一括照会の様式の保存"),
    ("office.dry_run_bulk_check", "資格情報一括照会のファイルの確認"),
    ("office.start_bulk_check", "資格情報一括照会の開始"),
    ("office.list_bulk_checks", "資格情報一括照会の一覧"),
    ("office.bulk_check_state", "資格情報一括照会の進み具合"),
    ("office.bulk_check_result", "資格情報一括照会の結果の保存(CSV)"),
    ("office.stop_bulk_check", "資格情報一括照会の中止"),
    ("office.list_grants", "委託先資格情報一括取得の許可の一覧"),
    ("office.give_grant", "委託先資格情報一括取得の許可"),
    ("office.revoke_grant", "委託先資格情報一括取得の許可の取消"),
    ("office.fetch_entrusted", "委託先資格情報一括取得"),
    ("office.save_consents", "同意済資格情報の一覧の保存(CSV)"),
    ("office.hand_over", "書き出しの状態の表示"),
    ("office.save_face", "資格確認結果のファイルの保存(XML)"),
    ("office.person_here", "この方の記録の表示"),
    ("office.set_reference", "照会番号の登録・変更・取り外し"),
    ("office.hold_link", "結びつけの疑いの記録"),
    ("office.correct_link", "結びつけの訂正"),
    ("office.find_person", "結びつけの訂正での方の検索"),
    ("office.search_references", "照会番号の一覧"),
    ("office.reference_template", "照会番号の一括登録の様式の保存"),
    ("office.check_references", "照会番号の一括登録の確認"),
    ("office.apply_references", "照会番号の一括登録"),
    ("office.issue_code", "アクティベーションコードの発行"),
    ("office.search_codes", "アクティベーションコードの一覧"),
    ("office.invalidate_code", "アクティベーションコードの無効化"),
    ("office.search_audit", "操作履歴の表示"),
    ("office.export_audit", "操作履歴の保存(CSV)"),
    ("office.backups", "バックアップの状況の表示"),
    ("office.training", "研修用のデータの表示"),
    ("office.succession", "機関コードの変更の表示"),
    ("office.account", "アカウントの表示"),
    ("office.accounts", "アカウントの一覧"),
    ("office.account_template", "アカウント一括登録の様式の保存"),
    ("office.add_account", "アカウントの登録"),
    ("office.change_account", "アカウントの更新"),
    ("office.suspend_account", "アカウントの停止"),
    ("office.resume_account", "アカウントの停止の解除"),
    ("office.reset_password", "パスワードの再設定"),
    ("office.unlock_account", "ログインの待ちの解除"),
    ("office.end_sessions", "ほかの端末のログインの終了"),
    ("office.prove_login", "ログイン(二段階目)"),
    ("office.passkey_login", "ログイン(パスキー)"),
    ("office.prove_again", "本人の再確認"),
    ("office.ask_passkey", "パスキーの登録の開始"),
    ("office.add_passkey", "パスキーの登録"),
    ("office.ask_totp", "認証アプリの登録の開始"),
    ("office.add_totp", "認証アプリの登録"),
    ("office.remove_factor", "自分の二段階認証の削除"),
    ("office.new_recovery_codes", "予備コードの作成"),
    ("office.reset_factors", "二段階認証の解除"),
    ("office.factor_policy", "二段階認証の方針の表示"),
    ("office.change_factor_policy", "二段階認証の方針の変更"),
    ("office.tokens", "Web APIのトークンの一覧"),
    ("office.make_token", "Web APIのトークンの作成"),
    ("office.revoke_token", "Web APIのトークンの取消"),
    ("link.result", "Web APIでの結果の取得"),
    ("link.consents", "Web APIでの同意の取得"),
    ("link.received", "Web APIでの結果の受け取り"),
    ("link.face", "Web APIでの結果のファイルの取得"),
    ("link.bulk", "Web APIでの結果のまとめての取得"),
    ("link.bulk_fhir", "Web APIでの結果のまとめての取得(FHIR)"),
    ("link.fhir", "Web APIでの結果の取得(FHIR)"),
    ("office.check_accounts", "アカウント一括登録の確認"),
    ("office.apply_accounts", "アカウントの一括登録・更新"),
    ("office.certificates", "端末の証明書の一覧"),
    ("office.issue_certificate", "端末の証明書の発行"),
    ("office.renew_certificate", "端末の証明書の更新"),
    ("office.revoke_certificate", "端末の証明書の失効"),
    ("office.export_certificate", "端末の証明書の取り出し"),
    ("office.set_certificate_mode", "端末の証明書を求めるかどうかの変更"),
    ("office.home", "ホームの表示"),
    ("office.restarted", "端末の再起動の記録"),
    ("office.notices", "お知らせの一覧"),
    ("office.notice", "お知らせの表示"),
    ("office.read_notice", "お知らせの既読"),
    ("office.notice_readers", "お知らせを読んだ人の表示"),
    ("office.add_notice", "お知らせの掲載"),
    ("office.end_notice", "お知らせの終了"),
    ("office.setup", "準備チェックリストの表示"),
    ("office.tick_step", "準備チェックリストの記録"),
    ("office.posted_texts", "掲示・掲載文の表示"),
    ("office.save_posted", "掲示・掲載文の保存"),
    ("office.security_check", "セキュリティチェックの表示"),
    ("office.save_security_check", "セキュリティチェックの回答の保存"),
    ("certificate.trust", "機関の認証局の登録・削除(コマンド)"),
    ("office.settings", "環境設定情報の照会"),
    ("office.settings_history", "環境設定情報の変更の記録の表示"),
    ("office.change_settings", "環境設定情報の更新"),
    ("office.look_at_operation", "稼働状況の表示"),
    ("office.operation_news", "稼働状況のお知らせの表示"),
    ("office.support_record", "サポートへ送る記録の作成"),
    ("office.maintenance", "メンテナンス予定の表示"),
    ("office.add_maintenance", "メンテナンス予定の登録"),
    ("office.end_maintenance", "メンテナンス予定の終了"),
    ("office.desks", "問い合わせ先の表示"),
    ("office.add_desk", "問い合わせ先の登録"),
    ("office.change_desk", "問い合わせ先の更新"),
    ("office.remove_desk", "問い合わせ先の削除"),
    ("office.search_enquiries", "問い合わせの検索"),
    ("office.add_enquiry", "問い合わせの登録"),
    ("office.change_enquiry", "問い合わせの更新"),
    ("office.choose_succession", "機関コードの変更で引き継ぐものの決定"),
    ("succession.start", "機関コードの変更の予定(コマンド)"),
    ("succession.cancel", "機関コードの変更の取りやめ(コマンド)"),
    ("succession.done", "機関コードの変更"),
    ("office.fill_training", "研修用データの登録"),
    ("office.reset_training", "研修用データの消去"),
    ("backup.restore", "バックアップからの復元(コマンド)"),
    ("export.face", "レセコンへの書き出し(コマンド)"),
    ("import.results", "結果ファイルの取り込み(コマンド)"),
    ("import.forget", "取り込んだ結果の消去(コマンド)"),
    (super::portal::APPROVE, "資格確認限定型の利用開始(コマンド)"),
    ("portal.make_sheet", "ユーザー設定情報の作成"),
    ("office.requery_state", "再照会の状況の表示"),
    ("office.requery", "再照会"),
    ("office.end_relation", "訪問の終了日の登録"),
    ("office.worklist", "月次再照会の一覧の表示"),
    ("office.worklist_csv", "月次再照会の一覧の保存(CSV)"),
    ("office.start_requeries", "月次再照会の開始"),
    ("office.evidence", "加算の根拠一覧の表示"),
    ("office.run", "一括の確認の進み具合の表示"),
    ("office.usage", "利用状況の表示"),
    ("office.evidence_csv", "加算の根拠一覧の保存(CSV)"),
    ("office.usage_csv", "利用状況の保存(CSV)"),
    ("office.day_list", "訪問・予約の一覧の表示"),
    ("office.day_csv", "訪問・予約の一覧の保存(CSV)"),
    ("office.add_day_visit", "訪問・予約への登録"),
    ("office.import_day", "訪問・予約の一括登録"),
    ("office.remove_day_visit", "訪問・予約からの取り消し"),
    ("office.check_day", "訪問・予約の事前確認の開始"),
    ("device.rooms", "部屋の一覧の表示"),
    ("device.room_person", "部屋の方の表示"),
    ("device.mark_room", "部屋の方への記録"),
    ("device.today", "本日の訪問の表示"),
    ("office.aid_of_month", "医療扶助(今月の券)の表示"),
    ("office.aid_of_month_csv", "医療扶助(今月の券)の保存(CSV)"),
    ("office.fetch_aid", "医療扶助(今月の券)の取得"),
    ("office.subsidy_papers", "受給者証の表示"),
    ("office.add_subsidy_paper", "受給者証の登録"),
    ("office.end_subsidy_paper", "受給者証の終了"),
    ("office.claims", "請求前の確認の表示"),
    ("office.claims_csv", "請求前の確認の保存(CSV)"),
    ("office.close_claim", "請求前の確認の記録"),
    ("office.expiring", "期限の近い方の表示"),
    ("office.expiring_csv", "期限の近い方の保存(CSV)"),
    ("portal.login", "資格確認限定型の申請のログイン"),
    (super::subsidy::IMPORT_MUNICIPALITIES, "医療費助成の接続市区町村の登録(コマンド)"),
    (super::portal::RESET, "資格確認限定型の申請者のパスワードの再設定(コマンド)"),
    (super::portal::END, "資格確認限定型の申請者の削除(コマンド)"),
    (super::portal::DEVICES, "資格確認限定型の台数の変更(コマンド)"),
    ("reception.prove", "本人確認と同意の登録(訪問先)"),
];

/// Words that acts had before, as files hold them that were saved then.
pub const FORMER_WORDS: &[(&str, &str)] = &[("office.resume_account", "アカウントの再開"), ("office.unlock_account", "ロックの解除")];

/// True for words that this act has, or had before. Of an act that is not known here any words may be right.
#[must_use]
pub fn is_said_as(action: &str, words: &str) -> bool {
    let is_known = ACTS.iter().any(|(name, _)| *name == action);
    !is_known || ACTS.iter().chain(FORMER_WORDS).any(|(name, said)| *name == action && *said == words)
}

/// The act in words; its name where it has none.
#[must_use]
pub fn act_words(action: &str) -> &str {
    ACTS.iter().find(|(name, _)| *name == action).map_or(action, |(_, words)| words)
}

/// Who, in words: the ユーザID, the tablet of a visit, the operator, or nobody who is known.
#[must_use]
pub fn actor_words(actor: &str) -> String {
    match actor.split_once(' ') {
        // Of a program: the account, and the id of its token.
        Some(("user", id)) => match id.split_once(' ') {
            Some((id, token)) => format!("{id}(トークン {token})"),
            None => id.to_owned(),
        },
        Some(("applicant", _)) => "資格確認限定型の申請者".to_owned(),
        Some(("visit", _)) => "訪問先の端末".to_owned(),
        _ if actor == "operator" => "運用者(コマンド)".to_owned(),
        _ if actor == "nobody" => "ログイン前".to_owned(),
        _ => actor.to_owned(),
    }
}

/// The outcome in words: done, or refused with the code; of sums with how many more.
#[must_use]
pub fn outcome_words(outcome: &str) -> String {
    match outcome.split_once(" x") {
        _ if outcome == "ok" => "できた".to_owned(),
        Some((code, further)) => format!("できなかった({code}、ほかに{further}回)"),
        None => format!("できなかった({outcome})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Permission, table};

    #[test]
    fn every_call_that_can_leave_a_row_has_its_words() {
        for row in table() {
            // What an account may not do leaves a row too, whatever is declared.
            let can_leave_one = row.audit == Audit::Row || matches!(row.permission, Permission::Account(_));
            assert!(!can_leave_one || act_words(row.name) != row.name, "{} has no words", row.name);
        }
        for (place, (name, words)) in ACTS.iter().enumerate() {
            assert!(ACTS[..place].iter().all(|(other, said)| other != name && said != words), "{name} twice");
        }
    }

    #[test]
    fn rows_are_told_in_words() {
        assert_eq!(actor_words("user kanri1"), "kanri1");
        assert_eq!(actor_words("user webapi1 AAAA"), "webapi1(トークン AAAA)");
        assert_eq!(actor_words("visit AAAA"), "訪問先の端末");
        assert_eq!([actor_words("operator"), actor_words("nobody")], ["運用者(コマンド)", "ログイン前"]);
        assert_eq!(act_words("office.login"), "ログイン");
        assert_eq!(act_words("office.of_later"), "office.of_later");
        assert!(is_said_as("office.login", "ログイン") && !is_said_as("office.login", "ログアウト"));
        assert!(is_said_as("office.resume_account", "アカウントの再開"), "as it was said before");
        assert!(is_said_as("office.of_later", "後の版の操作"), "a file of a later release");
        assert_eq!(outcome_words("ok"), "できた");
        assert_eq!(outcome_words("U-X11"), "できなかった(U-X11)");
        assert_eq!(outcome_words("U-X11 x57"), "できなかった(U-X11、ほかに57回)");
    }
}
