//! A boxed message inside a screen.

use yew::prelude::*;

use super::icon::{Icon, Sign};

/// What a message is about. Said by icon and words, never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// To know.
    #[default]
    Info,
    /// It went well.
    Good,
    /// Look here before going on.
    Warn,
    /// It did not go well.
    Bad,
}

impl Tone {
    /// The icon of the tone.
    #[must_use]
    pub fn sign(self) -> Sign {
        match self {
            Self::Info => Sign::Info,
            Self::Good => Sign::Good,
            Self::Warn => Sign::Warn,
            Self::Bad => Sign::Bad,
        }
    }

    /// The tone's own class, `tone--…`.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Info => "tone--info",
            Self::Good => "tone--good",
            Self::Warn => "tone--warn",
            Self::Bad => "tone--bad",
        }
    }
}

/// Says what the message is.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct NoticeProps {
    /// What it is about.
    #[prop_or_default]
    pub tone: Tone,
    /// First line, bold; may be left out.
    #[prop_or_default]
    pub title: Option<AttrValue>,
    /// `alert` where it must be read out at once.
    #[prop_or_default]
    pub role: Option<AttrValue>,
    /// `U-X…`, for tests and for whoever asks on the phone.
    #[prop_or_default]
    pub code: Option<AttrValue>,
    /// The rest.
    #[prop_or_default]
    pub children: Html,
}

/// A boxed message with the icon of its tone.
#[component]
pub fn Notice(props: &NoticeProps) -> Html {
    html! {
        <div class={classes!("notice", props.tone.class())} role={props.role.clone()} data-code={props.code.clone()}>
            <Icon sign={props.tone.sign()} />
            <div class="notice__body">
                if let Some(title) = &props.title {
                    <p class="notice__title">{ title }</p>
                }
                { props.children.clone() }
            </div>
        </div>
    }
}
