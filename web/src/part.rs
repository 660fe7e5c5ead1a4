//! Pieces of screen that both pages share. HTML first; one CSS file per piece in `style/part/`.

pub mod actor;
pub mod button;
pub mod choice;
pub mod definitions;
pub mod dialog;
pub mod error_screen;
pub mod field;
pub mod heading;
pub mod icon;
pub mod idle;
pub mod live;
pub mod notice;
pub mod pager;
pub mod panel;
pub mod reader_box;
pub mod shell;
pub mod steps;
pub mod verdict;

pub use actor::{Actor, ActorBanner};
pub use button::{Button, Look};
pub use choice::{ChoiceQuestion, Pick};
pub use definitions::{DefinitionList, Row};
pub use dialog::Dialog;
pub use error_screen::ErrorScreen;
pub use field::{Field, Offer, SecretField, SelectField};
pub use heading::Heading;
pub use icon::{Icon, Sign};
pub use idle::IdleGuard;
pub use live::LiveRegion;
pub use notice::{Notice, Tone};
pub use pager::Pager;
pub use panel::Panel;
pub use reader_box::ReaderBox;
pub use shell::PageShell;
pub use steps::Steps;
pub use verdict::Verdict;
