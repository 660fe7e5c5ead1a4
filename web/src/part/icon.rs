//! Our own line icons. Always beside a word: an icon alone says nothing to a screen reader.

use yew::prelude::*;

/// What an icon shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A tick in a ring: good, agreed, done.
    Good,
    /// A cross in a ring: refused, invalid, failed.
    Bad,
    /// A triangle: look here before going on.
    Warn,
    /// A ring with an i: to know.
    Info,
    /// A card.
    Card,
    /// A card above a reader.
    Reader,
    /// An hourglass: work goes on.
    Busy,
    /// One person: the patient.
    Patient,
    /// A person with a badge: the staff.
    Staff,
    /// A key: the PIN.
    Key,
    /// A plug out of its socket: something is not connected.
    Unplugged,
    /// A padlock.
    Locked,
    /// Two screens.
    Elsewhere,
    /// A question mark in a ring: not known.
    Unknown,
    /// A bar in a ring: does not apply.
    Dash,
}

impl Sign {
    fn path(self) -> &'static str {
        match self {
            Self::Good => "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M7 12.5l3.5 3.5L17 9",
            Self::Bad => "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M8 8l8 8M16 8l-8 8",
            Self::Warn => "M12 3L1.5 21h21L12 3M12 9v6M12 17.5v1",
            Self::Info => "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M12 11v6M12 7v1",
            Self::Card => "M2 5h20v14H2V5M6 10h5M6 14h8M16 9h3v4h-3V9",
            Self::Reader => "M5 2h14v8H5V2M2 14h20v7H2v-7M12 10v3M7 17.500h6",
            Self::Busy => "M6 2h12M6 22h12M7 2v4l5 6-5 6v4M17 2v4l-5 6 5 6v4",
            Self::Patient => "M12 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9M3 22c0-5 4-8 9-8s9 3 9 8",
            Self::Staff => "M12 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9M3 22c0-5 4-8 9-8s9 3 9 8M14 18h4M16 16v4",
            Self::Key => "M8 11a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9M11 12L20 3M16 7l3 3M13 10l2 2",
            Self::Unplugged => "M3 21l5-5M8 12l4 4-3 2-3-3 2-3M12 8l4 4 3-2a3 3 0 0 0-5-5l-2 3M21 3l-3 3M11 13l1.500-1.500",
            Self::Locked => "M5 11h14v10H5V11M8 11V7a4 4 0 0 1 8 0v4M12 15v3",
            Self::Elsewhere => "M2 4h13v10H2V4M9 18h13V8h-4M6 18h3",
            Self::Unknown => "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M9 9.500a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.400M12 17v1",
            Self::Dash => "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M7 12h10",
        }
    }
}

/// Says which icon to draw.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct IconProps {
    /// What it shows.
    pub sign: Sign,
}

/// Draws an icon in the colour of its text.
#[component]
pub fn Icon(props: &IconProps) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d={props.sign.path()} /></svg>
    }
}
