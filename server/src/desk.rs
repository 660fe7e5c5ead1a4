//! The desks: HTTP in, one rule, HTTP out. No SQL and no rule of its own.

mod office;
mod reception;

use std::sync::Arc;

use axum::Router;
use shared::api::Row;
use shared::api::{office as o, reception as r};

use crate::app::App;
use crate::route::Routes;

/// Most bodies are a few hundred bytes.
const SMALL: usize = 4 * 1024;
/// A proof holds a certificate of up to 8 KiB and a signature, as base64.
const PROOF: usize = 16 * 1024;

/// Every endpoint of the table, each behind its right.
pub(crate) fn routes() -> (Router<Arc<App>>, Vec<Row>) {
    Routes::new()
        .route::<r::OpenPage, _, _, _>(0, reception::open_page)
        .route::<r::OpenVisit, _, _, _>(SMALL, reception::open_visit)
        .route::<r::FreshChallenge, _, _, _>(SMALL, reception::fresh_challenge)
        .route::<r::Prove, _, _, _>(PROOF, reception::prove)
        .route::<r::VisitState, _, _, _>(0, reception::visit_state)
        .route::<r::LeaveVisit, _, _, _>(SMALL, reception::leave_visit)
        .route::<o::Login, _, _, _>(SMALL, office::login)
        .route::<o::Logout, _, _, _>(SMALL, office::logout)
        .route::<o::Me, _, _, _>(0, office::me)
        .route::<o::ChangePassword, _, _, _>(SMALL, office::change_password)
        .route::<o::ReceptionUrl, _, _, _>(0, office::reception_url)
        .route::<o::ReceptionQrSvg, _, _, _>(0, office::reception_qr_svg)
        .route::<o::ReceptionQrPng, _, _, _>(0, office::reception_qr_png)
        .route::<o::ChangeReceptionUrl, _, _, _>(SMALL, office::change_reception_url)
        .route::<o::SearchConsents, _, _, _>(SMALL, office::search_consents)
        .route::<o::ConsentDetail, _, _, _>(0, office::consent_detail)
        .route::<o::ChooseCoverage, _, _, _>(SMALL, office::choose_coverage)
        .done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_of_the_table_is_served_once() {
        let (_, mut served) = routes();
        let mut wanted = shared::api::TABLE.to_vec();
        served.sort_by_key(|row| row.name);
        wanted.sort_by_key(|row| row.name);
        assert_eq!(served, wanted);
    }
}
