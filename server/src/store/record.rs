//! What is kept, as the rules see it.

mod account;
mod attempt;
mod audit;
mod change;
mod check;
mod consent;
mod institution;
mod session;
mod visit;

pub use account::{Account, AccountEntry, Press};
pub use attempt::{Attempt, AttemptPolicy};
pub use audit::AuditEntry;
pub use change::NewChange;
pub use check::CheckRecord;
pub use consent::{ConsentHits, ConsentQuery, ConsentRecord, Cursor};
pub use institution::{Institution, NewInstitution, PageFound, ReceptionUrlRecord, Standing};

pub use session::{FactorStanding, NewPassword, SessionFound, SessionRecord};
pub use visit::{Former, NewChallenge, NewVisit, Opened, ProofRecord, ProofStored, Proved, Revised, Visit};
