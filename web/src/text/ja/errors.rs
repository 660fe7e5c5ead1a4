//! What a failure says: what happened, what was stored, what to do next.
