//! Pieces of screen that both pages share.
