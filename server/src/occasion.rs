//! Day and place of a visit (RW-11, RW-13), judged in one way for reception and the device.

use shared::api::Code;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::VisitKind;
use shared::domain::visit::{Occasion, OccasionFault, Purpose};

use crate::refused::Refused;
use crate::store::Visit;

/// The occasion as it is kept, at either desk.
///
/// # Errors
/// [`Code::X24`] for the booked date, [`Code::Request`] for a place that does not belong there.
pub(crate) fn occasion_of(occasion: Occasion, visit_kind: VisitKind, now: UnixMs) -> Result<Occasion, Refused> {
    occasion.checked(visit_kind, now.jst_date()).map_err(|why| match why {
        OccasionFault::BookedDate => Refused::new(Code::X24),
        OccasionFault::Place => Refused::new(Code::Request),
    })
}

/// X24: opened before midnight for a day that is over when the proof comes. Nothing is stored or ended.
///
/// # Errors
/// [`Code::X24`].
pub(crate) fn check_booked(visit: &Visit, now: UnixMs) -> Result<(), Refused> {
    let is_over = visit.occasion.purpose == Purpose::Register && visit.occasion.booked_on.is_some_and(|day| day < now.jst_date());
    if is_over { Err(Refused::new(Code::X24)) } else { Ok(()) }
}
