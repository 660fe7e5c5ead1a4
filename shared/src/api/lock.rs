//! 画面ロック (OT-18, N163, N164, X45): the session stays, and answers nothing until who opened it has proved again who they are.
//!
//! While it is locked every other call is refused with [`super::Code::Locked`], but logout and "who am I".

use serde::{Deserialize, Serialize};

use super::office::Session;
use super::{Again, Answer, Audit, Body, Permission, SMALL};

super::endpoints! {
    /// Locks the session, for every page that has it. One that is not used locks itself ([`Session::idle_ms`]).
    Lock {
        name: "office.lock",
        call: Post "/api/office/lock",
        right: Permission::AnyAccount,
        asks: Body::None => (),
        answers: Answer::Json => (),
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Unlocks the session, which gets a new id with it. Wrong tries count as those of a login do.
    Unlock {
        name: "office.unlock",
        call: Post "/api/office/unlock",
        right: Permission::AnySession,
        asks: Body::Json(SMALL) => UnlockProof,
        answers: Answer::Json => Session,
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// What proves who unlocks. No `Debug`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnlockProof {
    /// The account's password.
    pub password: String,
}
