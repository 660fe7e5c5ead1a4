//! The screens of the office page: one table. None of the addresses holds anything of a patient; that of an account has its ID.
//!
//! A further screen is a row here, its file, and its words in `text`.

use shared::domain::account::AccountKind;
use shared::domain::asked::AskedOf;
use shared::domain::medical::MedicalKind;
use shared::right::Act;
use yew::prelude::*;

use super::accounts::Accounts;
use super::accounts::bulk::Bulk;
use super::accounts::new::NewAccountScreen;
use super::accounts::one::OneAccount;
use super::aid::AidScreen;
use super::audit::AuditScreen;
use super::backups::BackupsScreen;
use super::cardless::CardlessScreen;
use super::certificates::CertificatesScreen;
use super::checks::bulk::BulkChecks;
use super::checks::grants::GrantsScreen;
use super::checks::history::CheckHistory;
use super::checks::number::ByNumber;
use super::checks::one::OneCheck;
use super::checks::run::OneRun;
use super::claims::ClaimsScreen;
use super::codes::CodesScreen;
use super::consent::Consent;
use super::consents::Consents;
use super::day::DayScreen;
use super::desks::DesksScreen;
use super::enquiries::EnquiriesScreen;
use super::expiring::ExpiringScreen;
use super::factors::OwnFactorsScreen;
use super::former_urls::FormerUrlsScreen;
use super::home::{Entry, Home};
use super::laters::LatersScreen;
use super::laters::one::OneLater;
use super::link::LinkScreen;
use super::maintenance::MaintenanceScreen;
use super::medical::Kinds;
use super::medical::document::Document;
use super::medical::people::People;
use super::medical::views::Views;
use super::month::MonthScreen;
use super::month::evidence::EvidenceScreen;
use super::month::usage::UsageScreen;
use super::notices::{NewNoticeScreen, NoticesScreen, OneNotice};
use super::openings::OpeningsScreen;
use super::openings::report::ReportScreen;
use super::openings::search::SearchScreen;
use super::operation::OperationScreen;
use super::posted::PostedScreen;
use super::reception_url::ReceptionUrlScreen;
use super::references::ReferencesScreen;
use super::references::bulk::ReferenceBulk;
use super::security_check::SecurityCheckScreen;
use super::settings::SettingsScreen;
use super::setup::{Found, SetupScreen};
use super::succession::SuccessionScreen;
use super::support_record::SupportRecordScreen;
use super::training::TrainingScreen;
use super::withdrawals::Withdrawals;
use crate::account::Screen;
use crate::account::password::Password;
use crate::part::link;
use crate::text::office::{self as text, accounts, frame, front, home, laters, notices, openings, papers, references, setup};

/// The table: address, id, title, right, the screen above, and what is shown.
pub(crate) fn screen(path: &str) -> Screen {
    let row = |id, title, act, view| Screen { id, title, act, up: None, view };
    match path.split('/').skip(1).collect::<Vec<_>>()[..] {
        ["o"] => {
            let (entries, checks) = (Callback::from(entries), Callback::from(checks));
            row("OT-5", text::home::TITLE, None, html! { <Home {entries} {checks} /> })
        }
        ["o", "consents"] => row("OT-10", text::consents::TITLE, Some(Act::SeeConsents), html! { <Consents /> }),
        ["o", "consents", id] => {
            let view = html! { <Consent key={id} id={id.to_owned()} /> };
            Screen { up: Some(("/o/consents", text::detail::BACK)), ..row("OT-11", text::detail::TITLE, Some(Act::SeeConsents), view) }
        }
        ["o", "check", of @ ("paper" | "prescription" | "number")] => {
            let (id, title, of) = match of {
                "paper" => ("OT-12", text::checks::PAPER_TITLE, AskedOf::Paper),
                "prescription" => ("OT-12-prescription", text::checks::PRESCRIPTION_TITLE, AskedOf::Prescription),
                _ => ("OT-12-number", text::checks::NUMBER_TITLE, AskedOf::Number),
            };
            row(id, title, Some(Act::CheckEligibility), html! { <ByNumber key={id} {of} /> })
        }
        ["o", "check", "bulk"] => row("OT-35", text::bulk_checks::TITLE, Some(Act::CheckInBulk), html! { <BulkChecks /> }),
        ["o", "check", "bulk", "of", id] => {
            let view = html! { <OneRun key={id} id={id.to_owned()} /> };
            let up = Some(("/o/check/bulk", text::bulk_checks::BACK));
            Screen { up, ..row("OT-35-run", text::bulk_checks::RUN_TITLE, Some(Act::CheckInBulk), view) }
        }
        ["o", "grants"] => row("OT-35-grants", text::grants::TITLE, Some(Act::CheckInBulk), html! { <GrantsScreen /> }),
        ["o", "checks"] => row("OT-13", text::checks::HISTORY_TITLE, Some(Act::SeeCheckHistory), html! { <CheckHistory /> }),
        ["o", "checks", "of", id] => {
            let view = html! { <OneCheck key={id} id={id.to_owned()} /> };
            let up = Some(("/o/checks", text::checks::BACK));
            Screen { up, ..row("OT-13-one", text::checks::ONE_TITLE, Some(Act::SeeCheckHistory), view) }
        }
        ["o", "consents", id, "medical"] => {
            let view = html! { <Kinds key={id} id={id.to_owned()} /> };
            Screen { up: UP_TO_MEDICAL, ..row("OT-16-kinds", text::medical::TITLE, Some(Act::ViewMedicalInformation), view) }
        }
        ["o", "consents", id, "medical", kind] if MedicalKind::from_word(kind).is_some() => {
            let view = html! { <Document key={format!("{id}/{kind}")} id={id.to_owned()} kind={kind.to_owned()} /> };
            Screen { up: UP_TO_MEDICAL, ..row("OT-16-document", text::medical::TITLE, Some(Act::ViewMedicalInformation), view) }
        }
        ["o", "withdrawals"] => row("OT-15", text::withdrawals::TITLE, Some(Act::SeeWithdrawals), html! { <Withdrawals /> }),
        ["o", "medical"] => row("OT-16", text::medical::TITLE, Some(Act::ViewMedicalInformation), html! { <People /> }),
        ["o", "medical-views"] => row("OT-13-views", text::medical::views::TITLE, Some(Act::SeeViewHistory), html! { <Views /> }),
        ["o", "consents", id, "link"] => {
            let view = html! { <LinkScreen key={id} id={id.to_owned()} /> };
            Screen {
                up: Some(("/o/consents", references::BACK_DETAIL)),
                ..row("OT-20", references::TITLE_LINK, Some(Act::CorrectLink), view)
            }
        }
        ["o", "references"] => row("OT-21", references::TITLE, Some(Act::RegisterReferenceNumbers), html! { <ReferencesScreen /> }),
        ["o", "references", "bulk"] => {
            let view = html! { <ReferenceBulk /> };
            let up = Some(("/o/references", references::BACK));
            Screen { up, ..row("OT-21-bulk", references::TITLE_BULK, Some(Act::RegisterReferenceNumbers), view) }
        }
        ["o", "url"] => row("OT-9", text::url::TITLE, Some(Act::SeeReceptionUrl), html! { <ReceptionUrlScreen /> }),
        ["o", "url", "former"] => {
            let view = html! { <FormerUrlsScreen /> };
            Screen {
                up: Some(("/o/url", text::former_urls::BACK)),
                ..row("OT-9-former", text::former_urls::TITLE, Some(Act::SeeReceptionUrl), view)
            }
        }
        ["o", "accounts"] => row("OT-7", accounts::TITLE, Some(Act::OpenAccounts), html! { <Accounts /> }),
        ["o", "accounts", "new"] => {
            let view = html! { <NewAccountScreen /> };
            Screen { up: UP_TO_ACCOUNTS, ..row("OT-7-new", accounts::TITLE_NEW, Some(Act::OpenAccounts), view) }
        }
        ["o", "accounts", "bulk"] => {
            let view = html! { <Bulk /> };
            Screen { up: UP_TO_ACCOUNTS, ..row("OT-7-bulk", accounts::TITLE_BULK, Some(Act::RegisterAccountsInBulk), view) }
        }
        ["o", "accounts", "of", user] => {
            let view = html! { <OneAccount key={user} user={user.to_owned()} /> };
            Screen { up: UP_TO_ACCOUNTS, ..row("OT-7-one", accounts::TITLE_ONE, Some(Act::OpenAccounts), view) }
        }
        ["o", "settings"] => row("OT-6", text::settings::TITLE, Some(Act::SeeSettings), html! { <SettingsScreen /> }),
        ["o", "codes"] => row("OT-8", text::codes::TITLE, Some(Act::ManageActivationCodes), html! { <CodesScreen /> }),
        ["o", "certificates"] => row("OT-1", text::certificates::TITLE, Some(Act::ChangeSettings), html! { <CertificatesScreen /> }),
        ["o", "notices"] => row("OT-5-notices", notices::TITLE, Some(Act::ReadNotices), html! { <NoticesScreen /> }),
        ["o", "notices", "new"] => {
            let view = html! { <NewNoticeScreen /> };
            Screen { up: UP_TO_NOTICES, ..row("OT-5-notice-new", notices::TITLE_NEW, Some(Act::EditPostedNotices), view) }
        }
        ["o", "notices", "of", id] => {
            let view = html! { <OneNotice key={id} id={id.to_owned()} /> };
            Screen { up: UP_TO_NOTICES, ..row("OT-5-notice", notices::TITLE_ONE, Some(Act::ReadNotices), view) }
        }
        ["o", "setup"] => {
            let finds = Callback::from(finds);
            row("OT-19", setup::TITLE, Some(Act::SeeSettings), html! { <SetupScreen {finds} /> })
        }
        ["o", "posted"] => row("OT-32", papers::posted::TITLE, Some(Act::ReadNotices), html! { <PostedScreen /> }),
        ["o", "security-check"] => row("OT-33", papers::check::TITLE, Some(Act::EditPostedNotices), html! { <SecurityCheckScreen /> }),
        ["o", "audit"] => row("OT-audit", text::audit::TITLE, Some(Act::ReadAuditLog), html! { <AuditScreen /> }),
        ["o", "factors"] => row("OT-3-own", text::factors::TITLE, Some(Act::ManageOwnFactors), html! { <OwnFactorsScreen /> }),
        ["o", "openings"] => row("OT-17", openings::TITLE, Some(Act::SeeOperation), html! { <OpeningsScreen /> }),
        ["o", "openings", "of", id] => {
            let view = html! { <SearchScreen key={id} id={id.to_owned()} /> };
            Screen { up: UP_TO_OPENINGS, ..row("OT-17-search", openings::search::TITLE, Some(Act::SearchInOpening), view) }
        }
        ["o", "openings", "report", id] => {
            let view = html! { <ReportScreen key={id} id={id.to_owned()} /> };
            Screen { up: UP_TO_OPENINGS, ..row("OT-17-report", openings::report::TITLE, Some(Act::ManageOpenings), view) }
        }
        ["o", "laters"] => row("OT-17-later", laters::TITLE, Some(Act::CheckEligibility), html! { <LatersScreen /> }),
        ["o", "laters", id] => {
            let view = html! { <OneLater key={id} id={id.to_owned()} /> };
            Screen { up: Some(("/o/laters", laters::BACK)), ..row("OT-17-later-one", laters::TITLE_ONE, Some(Act::CheckEligibility), view) }
        }
        ["o", "check", "without-card"] => {
            let paper = Callback::from(|kind: AccountKind| finds(("/o/check/paper", kind)) == Found::Open);
            row("OT-12-cardless", laters::cardless::TITLE, Some(Act::CheckEligibility), html! { <CardlessScreen {paper} /> })
        }
        ["o", "operation"] => row("OT-23", text::operation::TITLE, Some(Act::SeeOperation), html! { <OperationScreen /> }),
        ["o", "maintenance"] => {
            let view = html! { <MaintenanceScreen /> };
            Screen { up: UP_TO_OPERATION, ..row("OT-24", text::maintenance::TITLE, Some(Act::SeeOperation), view) }
        }
        ["o", "support-record"] => {
            let view = html! { <SupportRecordScreen /> };
            Screen { up: UP_TO_OPERATION, ..row("OT-25", text::operation::record::TITLE, Some(Act::MakeSupportBundle), view) }
        }
        ["o", "desks"] => row("OT-desks", text::desks::TITLE, Some(Act::ReadNotices), html! { <DesksScreen /> }),
        ["o", "enquiries"] => row("OT-22", text::enquiries::TITLE, Some(Act::ManageEnquiries), html! { <EnquiriesScreen /> }),
        ["o", "backups"] => row("OT-37", text::backups::TITLE, Some(Act::SeeBackups), html! { <BackupsScreen /> }),
        ["o", "succession"] => row("OT-30", text::succession::TITLE, Some(Act::ChooseSuccession), html! { <SuccessionScreen /> }),
        ["o", "training"] => row("OT-36", text::training::TITLE, Some(Act::SetUpTestData), html! { <TrainingScreen /> }),
        ["o", "month"] => row("OT-14", text::month::worklist::TITLE, Some(Act::Requery), html! { <MonthScreen /> }),
        ["o", "evidence"] => {
            let view = html! { <EvidenceScreen /> };
            let up = Some(("/o/month", text::month::evidence::BACK));
            Screen { up, ..row("OT-14-evidence", text::month::evidence::TITLE, Some(Act::Requery), view) }
        }
        ["o", "day"] => row("OT-26", text::month::day::TITLE, Some(Act::SeeVisitsOfToday), html! { <DayScreen /> }),
        ["o", "claims"] => row("OT-27", text::month::claims::TITLE, Some(Act::SeeVisitsOfToday), html! { <ClaimsScreen /> }),
        ["o", "aid"] => row("OT-aid", text::aid::TITLE, Some(Act::FetchMedicalAidTickets), html! { <AidScreen /> }),
        ["o", "usage"] => row("OT-28", text::month::usage::TITLE, Some(Act::SeeExpiring), html! { <UsageScreen /> }),
        ["o", "expiring"] => row("OT-34", text::month::expiring::TITLE, Some(Act::SeeExpiring), html! { <ExpiringScreen /> }),
        ["o", "password"] => row("OT-4", text::password::TITLE, None, html! { <Password way_on={way_home()} /> }),
        // The device page stands at an address of its own: here is only its name for the menu.
        ["d"] => row("DA", home::DEVICE, None, Html::default()),
        _ => row("OT-5", frame::NO_SUCH_PAGE, None, html! { <><p>{ frame::NO_SUCH_PAGE_NEXT }</p><p>{ way_home() }</p></> }),
    }
}

const UP_TO_OPENINGS: Option<(&str, &str)> = Some(("/o/openings", openings::BACK));
const UP_TO_MEDICAL: Option<(&str, &str)> = Some(("/o/medical", text::medical::TO_LIST));
const UP_TO_OPERATION: Option<(&str, &str)> = Some(("/o/operation", text::operation::BACK));
const UP_TO_ACCOUNTS: Option<(&str, &str)> = Some(("/o/accounts", accounts::BACK));

const UP_TO_NOTICES: Option<(&str, &str)> = Some(("/o/notices", notices::BACK));

/// The two ways to check (N061), each as soon as its screen is there.
const CHECKS: [&str; 2] = ["/o/check/card", "/o/check/paper"];

/// The entries of [`CHECKS`] for an account of this kind; empty where none of them is there.
pub(crate) fn checks(kind: AccountKind) -> Vec<Html> {
    let found = CHECKS.iter().filter(|path| finds((*path, kind)) == Found::Open);
    found.map(|path| way(path, "front__link", screen(path).title)).collect()
}

/// Whether an account of this kind finds the screen of an address.
fn finds((path, kind): (&'static str, AccountKind)) -> Found {
    let screen = screen(path);
    match (screen.title == frame::NO_SUCH_PAGE, screen.is_for(kind)) {
        (true, _) => Found::Nowhere,
        (false, true) => Found::Open,
        (false, false) => Found::OthersOnly,
    }
}

/// The menu in its order: the group, the address, what it is for (N060–N067). A group stands where its first entry does.
pub(super) const MENU: &[(&str, &str, &str)] = &[
    (home::GROUP_CONSENTS, "/o/consents", home::CONSENTS_ABOUT),
    (text::month::GROUP, "/o/day", text::month::day::ABOUT),
    (text::month::GROUP, "/o/month", text::month::worklist::ABOUT),
    (text::month::GROUP, "/o/claims", text::month::claims::ABOUT),
    (text::month::GROUP, "/o/aid", text::aid::ABOUT),
    (text::month::GROUP, "/o/expiring", text::month::expiring::ABOUT),
    (text::month::GROUP, "/o/usage", text::month::usage::ABOUT),
    (text::checks::GROUP, "/o/check/paper", text::checks::PAPER_ABOUT),
    (text::checks::GROUP, "/o/check/prescription", text::checks::PRESCRIPTION_ABOUT),
    (text::checks::GROUP, "/o/check/number", text::checks::NUMBER_ABOUT),
    (text::checks::GROUP, "/o/check/bulk", text::bulk_checks::ABOUT),
    (text::checks::GROUP, "/o/checks", text::checks::HISTORY_ABOUT),
    (text::grants::GROUP, "/o/grants", text::grants::ABOUT),
    (home::GROUP_CONSENTS, "/o/withdrawals", text::withdrawals::ABOUT),
    (text::medical::GROUP, "/o/medical", text::medical::ABOUT),
    (text::medical::GROUP, "/o/medical-views", text::medical::views::ABOUT),
    (home::GROUP_CONSENTS, "/o/references", references::ABOUT),
    (home::GROUP_RECEPTION, "/o/url", home::URL_ABOUT),
    (accounts::GROUP, "/o/accounts", accounts::ABOUT),
    (home::GROUP_CARD, "/d", home::CARD_ABOUT),
    (openings::GROUP, "/o/openings", openings::ABOUT),
    (openings::GROUP, "/o/check/without-card", laters::cardless::ABOUT),
    (openings::GROUP, "/o/laters", laters::ABOUT),
    (home::GROUP_HELP, "/o/operation", text::operation::ABOUT),
    (home::GROUP_HELP, "/o/desks", text::desks::ABOUT),
    (home::GROUP_HELP, "/o/enquiries", text::enquiries::ABOUT),
    (home::GROUP_ADMIN, "/o/settings", text::settings::ABOUT),
    (home::GROUP_ADMIN, "/o/codes", home::CODES_ABOUT),
    (home::GROUP_ADMIN, "/o/certificates", text::certificates::ABOUT),
    (front::GROUP_OFFICE, "/o/setup", front::SETUP_ABOUT),
    (front::GROUP_OFFICE, "/o/notices", front::NOTICES_ABOUT),
    (front::GROUP_OFFICE, "/o/posted", front::POSTED_ABOUT),
    (front::GROUP_OFFICE, "/o/security-check", front::CHECK_ABOUT),
    (home::GROUP_ADMIN, "/o/audit", home::AUDIT_ABOUT),
    (home::GROUP_ADMIN, "/o/backups", text::backups::ABOUT),
    (home::GROUP_ADMIN, "/o/succession", text::succession::ABOUT),
    (home::GROUP_ADMIN, "/o/training", text::training::ABOUT),
];

/// What an account of this kind finds on OT-5.
pub(crate) fn entries(kind: AccountKind) -> Vec<Entry> {
    let found = MENU.iter().map(|(group, path, about)| (*group, *path, *about, screen(path)));
    let allowed = found.filter(|(.., screen)| screen.is_for(kind));
    allowed.map(|(group, path, about, screen)| Entry { group, about, link: way(path, "office-menu__link", screen.title) }).collect()
}

/// A way to a screen, or to the device page.
pub(super) fn way(path: &str, classes: &'static str, words: &'static str) -> Html {
    if path.starts_with("/o") {
        link(path, Some(classes!(classes)), words)
    } else {
        html! { <a class={classes} href={path.to_owned()}>{ words }</a> }
    }
}

/// A link back to the menu.
fn way_home() -> Html {
    link("/o", None, frame::TO_MENU)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_list_leads_back_to_it() {
        assert_eq!(screen("/o/consents/7").up.map(|(path, _)| path), Some("/o/consents"));
    }

    #[test]
    fn a_way_to_check_is_offered_once_its_screen_is_there() {
        for kind in AccountKind::ALL {
            let there = CHECKS.iter().filter(|path| screen(path).title != frame::NO_SUCH_PAGE && screen(path).is_for(kind));
            assert_eq!(checks(kind).len(), there.count(), "{kind:?}");
        }
        assert_eq!(finds(("/o/nothing", AccountKind::Admin)), Found::Nowhere);
        assert_eq!(finds(("/o/audit", AccountKind::General)), Found::OthersOnly);
        assert_eq!(finds(("/o/audit", AccountKind::Admin)), Found::Open);
    }

    #[test]
    fn every_screen_has_its_address() {
        for (path, id) in [
            ("/o", "OT-5"),
            ("/o/check/paper", "OT-12"),
            ("/o/check/prescription", "OT-12-prescription"),
            ("/o/check/number", "OT-12-number"),
            ("/o/check/bulk", "OT-35"),
            ("/o/check/bulk/of/7", "OT-35-run"),
            ("/o/grants", "OT-35-grants"),
            ("/o/checks", "OT-13"),
            ("/o/checks/of/7", "OT-13-one"),
            ("/o/url", "OT-9"),
            ("/o/url/former", "OT-9-former"),
            ("/o/consents", "OT-10"),
            ("/o/consents/7", "OT-11"),
            ("/o/consents/7/medical", "OT-16-kinds"),
            ("/o/consents/7/medical/drug", "OT-16-document"),
            ("/o/medical", "OT-16"),
            ("/o/medical-views", "OT-13-views"),
            ("/o/consents/7/link", "OT-20"),
            ("/o/references", "OT-21"),
            ("/o/references/bulk", "OT-21-bulk"),
            ("/o/password", "OT-4"),
            ("/o/factors", "OT-3-own"),
            ("/o/accounts", "OT-7"),
            ("/o/accounts/new", "OT-7-new"),
            ("/o/accounts/bulk", "OT-7-bulk"),
            ("/o/accounts/of/bulk", "OT-7-one"),
            ("/o/settings", "OT-6"),
            ("/o/codes", "OT-8"),
            ("/o/certificates", "OT-1"),
            ("/o/notices", "OT-5-notices"),
            ("/o/notices/new", "OT-5-notice-new"),
            ("/o/notices/of/new", "OT-5-notice"),
            ("/o/setup", "OT-19"),
            ("/o/posted", "OT-32"),
            ("/o/security-check", "OT-33"),
            ("/o/audit", "OT-audit"),
            ("/o/operation", "OT-23"),
            ("/o/maintenance", "OT-24"),
            ("/o/support-record", "OT-25"),
            ("/o/desks", "OT-desks"),
            ("/o/enquiries", "OT-22"),
            ("/o/backups", "OT-37"),
            ("/o/succession", "OT-30"),
            ("/o/training", "OT-36"),
            ("/o/month", "OT-14"),
            ("/o/evidence", "OT-14-evidence"),
            ("/o/day", "OT-26"),
            ("/o/claims", "OT-27"),
            ("/o/aid", "OT-aid"),
            ("/o/usage", "OT-28"),
            ("/o/expiring", "OT-34"),
            ("/o/openings", "OT-17"),
            ("/o/openings/of/7", "OT-17-search"),
            ("/o/openings/report/7", "OT-17-report"),
            ("/o/laters", "OT-17-later"),
            ("/o/laters/7", "OT-17-later-one"),
            ("/o/check/without-card", "OT-12-cardless"),
            ("/d", "DA"),
        ] {
            assert_eq!((screen(path).id, screen(path).title == frame::NO_SUCH_PAGE), (id, false), "{path}");
        }
        for path in ["/o/other", "/o/consents/7/8", "/o/consents/7/medical/blood", "/o/url/", ""] {
            assert_eq!(screen(path).title, frame::NO_SUCH_PAGE, "{path}");
        }
    }
}
