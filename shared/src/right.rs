//! The one table of rights: which kind of account may do what, for the gate, the menu and the buttons.

use crate::domain::account::AccountKind;
use crate::domain::opening::DisasterAdmin;

/// What an account does: one for each row of the table of functions, and one for each further decision of the office.
///
/// Not here: the OS account of the terminal (Windowsアカウント, N007), which is no account of ours; the patient, whose right is the
/// reception page or the visit; the operator of the host, who acts by command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Act {
    /// 管理アカウントの登録 (N001).
    RegisterAdmin,
    /// マスタアカウントのパスワード変更 (N001).
    ChangeMasterPassword,
    /// 一般・医療情報閲覧・連携アプリ・Web API のアカウントの登録、更新、停止 (N002, OT-7).
    ManageAccounts,
    /// アカウント管理を開く (OT-7): whoever may do one of the two above; whose accounts, says [`looks_after`].
    OpenAccounts,
    /// アカウント一括登録 (N020, OT-7).
    RegisterAccountsInBulk,
    /// 自分のパスワードの変更 (N032, N175–N177, OT-4).
    ChangeOwnPassword,
    /// 自分の二段階認証の登録、削除 (P-PW): people only, a program has nobody at a screen.
    ManageOwnFactors,
    /// 環境設定情報の照会 (OT-6).
    SeeSettings,
    /// 環境設定情報の更新、利用規約への同意 (N002, N042, N048, OT-6).
    ChangeSettings,
    /// 医療機関別URLの取得、QRの印刷 (N070, OT-9).
    SeeReceptionUrl,
    /// 医療機関別URLの変更 (N072, OT-9).
    ChangeReceptionUrl,
    /// 電子証明書の発行、更新、失効、取り出し、使うかどうか (OT-1, N170–N174).
    ManageCertificates,
    /// アクティベーションコードの発行、無効化 (N050, OT-8).
    ManageActivationCodes,
    /// お知らせ、ヘルプ、問い合わせ先 (N060).
    ReadNotices,
    /// 資格確認書等で確認、処方箋で確認、資格情報照会 (OT-12).
    CheckEligibility,
    /// 資格確認書で確認(訪問先) (DA-13).
    CheckAtBedside,
    /// 同意済資格情報取得 (N105, OT-10, OT-11).
    SeeConsents,
    /// 資格情報一括照会、委託先資格情報一括取得 (N062, OT-14).
    CheckInBulk,
    /// 再照会 (DA-12).
    Requery,
    /// 同意取消照会 (N062, OT-15).
    SeeWithdrawals,
    /// 医療機関による同意取消 (OT-15).
    WithdrawConsent,
    /// 資格確認履歴照会 (N063, OT-13).
    SeeCheckHistory,
    /// 災害・障害時の開始、延長、終了、利用報告 (OT-17).
    ManageOpenings,
    /// 災害・障害時の照会、閲覧、印刷 (N003–N006, OT-17).
    SearchInOpening,
    /// 薬剤情報・特定健診情報等の閲覧 (N004–N006, N109, OT-16).
    ViewMedicalInformation,
    /// 医療情報閲覧履歴照会 (OT-13); an account of 医療情報閲覧 sees its own rows only.
    SeeViewHistory,
    /// 照会番号の登録、一括登録 (OT-21).
    RegisterReferenceNumbers,
    /// 医療扶助の当月の医療券 (OT-14).
    FetchMedicalAidTickets,
    /// 公費・医療費助成の表示 (OT-11).
    SeeSubsidies,
    /// ひも付けの訂正 (OT-20).
    CorrectLink,
    /// 結果からの新規患者登録 (OT-11).
    AddPatient,
    /// 本日の訪問・予約、部屋の一覧、請求前の確認 (OT-26, OT-27, DA-14, DA-15).
    SeeVisitsOfToday,
    /// 期限の近い方、利用状況 (OT-34, OT-28).
    SeeExpiring,
    /// 問い合わせ管理 (N066, OT-22).
    ManageEnquiries,
    /// 稼働状況、保守予定の閲覧 (OT-23, OT-24).
    SeeOperation,
    /// 保守予定、問い合わせ先、自動取得の予定の編集 (OT-24, OT-29).
    EditCalendar,
    /// サポート用の記録の作成 (OT-25).
    MakeSupportBundle,
    /// 機関コードの変更(承継) (OT-30); the operator starts it.
    ChooseSuccession,
    /// 貼り付けによる取り込み (OT-31).
    ImportPastedText,
    /// 掲示物、チェックリストの回答 (OT-32, OT-33).
    EditPostedNotices,
    /// バックアップの状況 (OT-37); a restore is a command of the operator.
    SeeBackups,
    /// マイナ資格確認アプリへのログイン (N009, N010, DA-1).
    UseDevice,
    /// 目視確認で本人認証の切り替え、「この方だけ目視」 (N124).
    SwitchVisualCheck,
    /// マイナポータルの画面の確認 (X57), kept as 仮確認.
    LookAtPortalScreen,
    /// ファイル出力、FHIR出力.
    Export,
    /// 持ち出し用の出力 (P-CARRY).
    ExportPackage,
    /// 監査ログの閲覧.
    ReadAuditLog,
    /// テスト用データセットアップ (N066), never in production data.
    SetUpTestData,
    /// 複数該当の選択 (X31, OT-11): no row of the table; the office's choice, as [`Self::AddPatient`].
    ChooseCoverage,
    /// 医療情報閲覧履歴の保存 (OT-13): no row of the table; [`Self::SeeViewHistory`] as a file, which asks for a fresh proof as each export.
    SaveViewHistory,
    /// 委託先資格情報一括取得の許可と取消 (OT-35): no row of the table; what lets another institution see results is the admin's.
    GrantEntrusted,
    /// 一括照会の結果と委託元の結果の保存 (OT-35): no row of the table; [`Self::CheckInBulk`] as a file, which asks for a fresh proof as each export.
    SaveBulkResults,
    /// 利用報告の保存 (OT-17): no row of the table; what [`Self::ManageOpenings`] shows as a file.
    SaveUseReport,
}

impl Act {
    /// Every act, for tables and tests.
    pub const ALL: [Self; 53] = [
        Self::RegisterAdmin,
        Self::ChangeMasterPassword,
        Self::ManageAccounts,
        Self::OpenAccounts,
        Self::RegisterAccountsInBulk,
        Self::ChangeOwnPassword,
        Self::ManageOwnFactors,
        Self::SeeSettings,
        Self::ChangeSettings,
        Self::SeeReceptionUrl,
        Self::ChangeReceptionUrl,
        Self::ManageCertificates,
        Self::ManageActivationCodes,
        Self::ReadNotices,
        Self::CheckEligibility,
        Self::CheckAtBedside,
        Self::SeeConsents,
        Self::CheckInBulk,
        Self::Requery,
        Self::SeeWithdrawals,
        Self::WithdrawConsent,
        Self::SeeCheckHistory,
        Self::ManageOpenings,
        Self::SearchInOpening,
        Self::ViewMedicalInformation,
        Self::SeeViewHistory,
        Self::RegisterReferenceNumbers,
        Self::FetchMedicalAidTickets,
        Self::SeeSubsidies,
        Self::CorrectLink,
        Self::AddPatient,
        Self::SeeVisitsOfToday,
        Self::SeeExpiring,
        Self::ManageEnquiries,
        Self::SeeOperation,
        Self::EditCalendar,
        Self::MakeSupportBundle,
        Self::ChooseSuccession,
        Self::ImportPastedText,
        Self::EditPostedNotices,
        Self::SeeBackups,
        Self::UseDevice,
        Self::SwitchVisualCheck,
        Self::LookAtPortalScreen,
        Self::Export,
        Self::ExportPackage,
        Self::ReadAuditLog,
        Self::SetUpTestData,
        Self::ChooseCoverage,
        Self::SaveViewHistory,
        Self::GrantEntrusted,
        Self::SaveBulkResults,
        Self::SaveUseReport,
    ];
}

/// Whether an account may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Refused.
    No,
    /// Allowed.
    Yes,
    /// Allowed after a fresh proof of who is at the screen ([`crate::api::factor::STEP_UP_MS`]).
    StepUp,
}

/// Says what an account of a kind may do.
///
/// What an institution will be able to switch (sharing the settings with all, export by 一般利用者, …) stands here with its default.
#[must_use]
pub const fn may(kind: AccountKind, act: Act) -> Right {
    use Right::{No, StepUp, Yes};
    let (master, admin, general, viewer, link, web_api) = match act {
        // Account administration asks for a fresh proof (P-PW); OT-4 asks for the old password instead.
        Act::RegisterAdmin => (StepUp, No, No, No, No, No),
        Act::OpenAccounts => (StepUp, StepUp, No, No, No, No),
        Act::ManageAccounts | Act::RegisterAccountsInBulk => (No, StepUp, No, No, No, No),
        Act::ManageOwnFactors => (StepUp, StepUp, StepUp, StepUp, No, No),
        Act::ChangeMasterPassword => (Yes, No, No, No, No, No),
        Act::ChangeOwnPassword => (Yes, Yes, Yes, Yes, Yes, Yes),
        Act::SeeSettings
        | Act::SeeReceptionUrl
        | Act::ReadNotices
        | Act::SeeWithdrawals
        | Act::WithdrawConsent
        | Act::SeeCheckHistory
        | Act::CorrectLink
        | Act::AddPatient
        | Act::SeeVisitsOfToday
        | Act::SeeExpiring
        | Act::ManageEnquiries
        | Act::SeeOperation
        | Act::MakeSupportBundle
        | Act::ImportPastedText
        | Act::ChooseCoverage => (No, Yes, Yes, Yes, No, No),
        Act::ChangeSettings
        | Act::ChangeReceptionUrl
        | Act::ManageActivationCodes
        | Act::ManageOpenings
        | Act::EditCalendar
        | Act::ChooseSuccession
        | Act::EditPostedNotices
        | Act::SeeBackups
        | Act::ReadAuditLog
        | Act::SetUpTestData => (No, Yes, No, No, No, No),
        Act::CheckEligibility
        | Act::SeeConsents
        | Act::CheckInBulk
        | Act::Requery
        | Act::RegisterReferenceNumbers
        | Act::FetchMedicalAidTickets
        | Act::SeeSubsidies => (No, Yes, Yes, Yes, Yes, Yes),
        Act::CheckAtBedside | Act::UseDevice | Act::SwitchVisualCheck | Act::LookAtPortalScreen => (No, No, Yes, Yes, No, No),
        Act::SearchInOpening => (No, No, No, StepUp, No, No),
        // A program has nobody at a screen: its own credential stands for it.
        Act::ViewMedicalInformation => (No, No, No, StepUp, Yes, Yes),
        Act::SeeViewHistory => (No, Yes, No, Yes, No, No),
        Act::SaveViewHistory => (No, StepUp, No, StepUp, No, No),
        // What opens the office is not given away at a screen that somebody left.
        Act::ManageCertificates | Act::GrantEntrusted | Act::SaveUseReport => (No, StepUp, No, No, No, No),
        Act::Export => (No, StepUp, StepUp, StepUp, No, No),
        Act::SaveBulkResults => (No, StepUp, StepUp, StepUp, Yes, Yes),
        Act::ExportPackage => (No, No, No, No, No, No),
    };
    match kind {
        AccountKind::Master => master,
        AccountKind::Admin => admin,
        AccountKind::General => general,
        AccountKind::Viewer => viewer,
        AccountKind::Link => link,
        AccountKind::WebApi => web_api,
    }
}

/// The same under P-OPEN as it counts now: what an admin may do with an opening follows its flag (Q12). [`may`] is the default.
#[must_use]
pub const fn may_under(kind: AccountKind, act: Act, flag: DisasterAdmin) -> Right {
    match (kind, act, flag) {
        (AccountKind::Admin, Act::ManageOpenings | Act::SaveUseReport, DisasterAdmin::None) => Right::No,
        (AccountKind::Admin, Act::SearchInOpening, DisasterAdmin::OpenAndView) => Right::StepUp,
        _ => may(kind, act),
    }
}

/// 資格確認書で確認 at the device of a 資格確認限定型 (DA-13): no source says that it may, so it does not (Q28).
pub const PAPER_IN_LIMITED: bool = false;

/// True where an institution of 資格確認限定型 does this, by whichever account (N140, LA-7): it checks eligibility, and has neither
/// consents, medical information, re-queries nor a reception URL.
#[must_use]
pub const fn is_of_limited(act: Act) -> bool {
    if matches!(act, Act::CheckAtBedside) {
        return PAPER_IN_LIMITED;
    }
    !matches!(
        act,
        Act::SeeReceptionUrl
            | Act::ChangeReceptionUrl
            | Act::SeeConsents
            | Act::ChooseCoverage
            | Act::Requery
            | Act::SeeWithdrawals
            | Act::WithdrawConsent
            | Act::SeeExpiring
            | Act::ViewMedicalInformation
            | Act::SeeViewHistory
            | Act::SaveViewHistory
            | Act::ManageOpenings
            | Act::SaveUseReport
            | Act::SearchInOpening
    )
}

/// Says whether an account of kind `by` makes and changes accounts of kind `of` (N001, N002): マスタ those of 管理, 管理 all the others.
/// The マスタアカウント itself is made by the operator's command alone.
#[must_use]
pub const fn looks_after(by: AccountKind, of: AccountKind) -> Right {
    match of {
        AccountKind::Master => Right::No,
        AccountKind::Admin => may(by, Act::RegisterAdmin),
        AccountKind::General | AccountKind::Viewer | AccountKind::Link | AccountKind::WebApi => may(by, Act::ManageAccounts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of functions, row by row in its order: マスタ, 管理, 一般, 閲覧, 連携アプリ, Web API.
    /// `Y` allowed, `S` allowed with step-up; small: by default, a flag later; `n` off by default; `-` refused.
    const GRID: [(&str, Act); 53] = [
        ("S-----", Act::RegisterAdmin),
        ("Y-----", Act::ChangeMasterPassword),
        ("-S----", Act::ManageAccounts),
        ("SS----", Act::OpenAccounts),
        ("-S----", Act::RegisterAccountsInBulk),
        ("YYYYyy", Act::ChangeOwnPassword),
        ("SSSS--", Act::ManageOwnFactors),
        ("-Yyy--", Act::SeeSettings),
        ("-Y----", Act::ChangeSettings),
        ("-Yyy--", Act::SeeReceptionUrl),
        ("-Y----", Act::ChangeReceptionUrl),
        ("-S----", Act::ManageCertificates),
        ("-Y----", Act::ManageActivationCodes),
        ("-YYY--", Act::ReadNotices),
        ("-YYYYY", Act::CheckEligibility),
        ("--YY--", Act::CheckAtBedside),
        ("-YYYYY", Act::SeeConsents),
        ("-YYYYY", Act::CheckInBulk),
        ("-YYYYY", Act::Requery),
        ("-YYY--", Act::SeeWithdrawals),
        ("-yyY--", Act::WithdrawConsent),
        ("-YYY--", Act::SeeCheckHistory),
        ("-Y----", Act::ManageOpenings),
        ("-n-S--", Act::SearchInOpening),
        ("---SYY", Act::ViewMedicalInformation),
        ("-Y-Y--", Act::SeeViewHistory),
        ("-YyyYY", Act::RegisterReferenceNumbers),
        ("-YYYYY", Act::FetchMedicalAidTickets),
        ("-YYYYY", Act::SeeSubsidies),
        ("-YyY--", Act::CorrectLink),
        ("-YYY--", Act::AddPatient),
        ("-YYY--", Act::SeeVisitsOfToday),
        ("-Yyy--", Act::SeeExpiring),
        ("-YYY--", Act::ManageEnquiries),
        ("-YYY--", Act::SeeOperation),
        ("-Y----", Act::EditCalendar),
        ("-Yyy--", Act::MakeSupportBundle),
        ("-Y----", Act::ChooseSuccession),
        ("-YyY--", Act::ImportPastedText),
        ("-Y----", Act::EditPostedNotices),
        ("-Y----", Act::SeeBackups),
        ("--YY--", Act::UseDevice),
        ("--yy--", Act::SwitchVisualCheck),
        ("--YY--", Act::LookAtPortalScreen),
        ("-SsS--", Act::Export),
        ("-n-n--", Act::ExportPackage),
        ("-Y----", Act::ReadAuditLog),
        ("-Y----", Act::SetUpTestData),
        ("-YYY--", Act::ChooseCoverage),
        ("-S-S--", Act::SaveViewHistory),
        ("-S----", Act::GrantEntrusted),
        ("-SSSYY", Act::SaveBulkResults),
        ("-S----", Act::SaveUseReport),
    ];

    #[test]
    fn every_right_is_as_the_table_says() {
        for (place, (letters, act)) in GRID.into_iter().enumerate() {
            assert_eq!(Act::ALL[place], act, "one row for each act");
            assert_eq!(letters.chars().count(), AccountKind::ALL.len(), "{act:?}");
            for (kind, letter) in AccountKind::ALL.into_iter().zip(letters.chars()) {
                let wanted = match letter {
                    'Y' | 'y' => Right::Yes,
                    'S' | 's' => Right::StepUp,
                    '-' | 'n' => Right::No,
                    other => panic!("{other}"),
                };
                assert_eq!(may(kind, act), wanted, "{act:?} by {kind:?}");
            }
        }
    }

    #[test]
    fn p_open_the_flag_says_what_an_admin_does_with_an_opening_and_nothing_else() {
        use Right::{No, StepUp, Yes};
        for (flag, manages, searches) in
            [(DisasterAdmin::Open, Yes, No), (DisasterAdmin::OpenAndView, Yes, StepUp), (DisasterAdmin::None, No, No)]
        {
            for kind in AccountKind::ALL {
                for act in Act::ALL {
                    let wanted = match (kind, act) {
                        (AccountKind::Admin, Act::ManageOpenings) => manages,
                        (AccountKind::Admin, Act::SaveUseReport) if manages == No => No,
                        (AccountKind::Admin, Act::SearchInOpening) => searches,
                        _ => may(kind, act),
                    };
                    assert_eq!(may_under(kind, act, flag), wanted, "{flag:?} {kind:?} {act:?}");
                }
            }
        }
        for flag in DisasterAdmin::ALL {
            assert_eq!(may_under(AccountKind::Viewer, Act::SearchInOpening, *flag), StepUp);
            assert_eq!(may_under(AccountKind::General, Act::SearchInOpening, *flag), No, "N003");
        }
    }

    #[test]
    fn each_act_stands_once() {
        for (place, act) in Act::ALL.iter().enumerate() {
            assert!(!Act::ALL[..place].contains(act), "{act:?}");
        }
    }

    #[test]
    fn n001_n002_who_makes_whom() {
        use AccountKind::{Admin, General, Link, Master, Viewer, WebApi};
        for by in AccountKind::ALL {
            let made: Vec<_> = AccountKind::ALL.into_iter().filter(|of| looks_after(by, *of) != Right::No).collect();
            let wanted: &[AccountKind] = match by {
                Master => &[Admin],
                Admin => &[General, Viewer, Link, WebApi],
                General | Viewer | Link | WebApi => &[],
            };
            assert_eq!(made, wanted, "{by:?}");
            assert_eq!(may(by, Act::OpenAccounts) != Right::No, !wanted.is_empty(), "{by:?}");
        }
    }

    #[test]
    fn n140_the_limited_type_checks_eligibility_alone() {
        for act in [Act::CheckEligibility, Act::UseDevice, Act::ManageAccounts, Act::ManageActivationCodes, Act::ReadAuditLog] {
            assert!(is_of_limited(act), "{act:?}");
        }
        for act in [
            Act::SeeConsents,
            Act::SeeReceptionUrl,
            Act::ChangeReceptionUrl,
            Act::Requery,
            Act::ViewMedicalInformation,
            Act::CheckAtBedside,
        ] {
            assert!(!is_of_limited(act), "{act:?}");
        }
    }

    #[test]
    fn the_admin_is_never_in_the_app() {
        // N009
        assert_eq!(may(AccountKind::Admin, Act::UseDevice), Right::No);
    }
}
