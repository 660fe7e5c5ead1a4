//! Accidents that can be planned for a card.

use std::time::Duration;

use crate::apdu::Command;

/// A planned accident. Commands are counted from 1, starting when the fault is set; it happens once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The card is pulled before it receives command `n`: nothing is carried out.
    RemoveBefore(u32),
    /// The card carries out command `n` and is pulled before the answer arrives: a PIN try may be spent and nobody knows.
    RemoveDuring(u32),
    /// The card is pulled right after the answer of command `n` has arrived.
    RemoveAfter(u32),
    /// The card carries out command `n` and never answers, to this or anything else, until it is taken out.
    SilentAt(u32),
}

impl Fault {
    pub(crate) fn step(self) -> Step {
        let (n, act) = match self {
            Fault::RemoveBefore(n) => (n, Act::RemoveBefore),
            Fault::RemoveDuring(n) => (n, Act::RemoveDuring),
            Fault::RemoveAfter(n) => (n, Act::RemoveAfter),
            Fault::SilentAt(n) => (n, Act::Silent),
        };
        Step { at: At::Command(n), act }
    }
}

/// One line of a script of accidents ([`Card::set_script`](crate::Card::set_script)): when, and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// When it happens.
    pub at: At,
    /// What happens.
    pub act: Act,
}

/// When a step of a script happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum At {
    /// At the command with this number, counted from 1 since the script was set; once.
    Command(u32),
    /// At the next command of this sort; once.
    Next(Sort),
    /// At every command.
    Every,
}

/// What a command is for, by its instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sort {
    /// SELECT of an application or a file.
    Select,
    /// A retry query: VERIFY without data.
    Query,
    /// VERIFY with a PIN.
    Verify,
    /// READ BINARY or READ RECORD.
    Read,
    /// A signature.
    Sign,
}

impl Sort {
    /// Every sort by the name it has in a card file.
    pub(crate) const NAMES: [(&'static str, Sort); 5] =
        [("SELECT", Sort::Select), ("QUERY", Sort::Query), ("VERIFY", Sort::Verify), ("READ", Sort::Read), ("SIGN", Sort::Sign)];

    pub(crate) fn of(apdu: &[u8]) -> Option<Sort> {
        match apdu.get(1)? {
            0xA4 => Some(Sort::Select),
            // What cannot be taken apart and is longer than a query was meant to be more.
            0x20 if Command::parse(apdu).map_or(apdu.len() > 5, |command| !command.data.is_empty()) => Some(Sort::Verify),
            0x20 => Some(Sort::Query),
            0xB0 | 0xB2 => Some(Sort::Read),
            0x2A => Some(Sort::Sign),
            _ => None,
        }
    }
}

/// What a step of a script does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Act {
    /// Answers this status word and carries nothing out.
    Fail(u16),
    /// Carries the command out and takes this much longer.
    Delay(Duration),
    /// The card is pulled before it receives the command.
    RemoveBefore,
    /// The card carries out the command and is pulled before the answer arrives.
    RemoveDuring,
    /// The card is pulled right after its answer has arrived.
    RemoveAfter,
    /// The card carries out the command, and half of its answer arrives before it is pulled. Without a
    /// [`Player`](crate::vpcd::Player) there are no halves: it is [`Act::RemoveDuring`].
    Cut,
    /// The card carries out the command and never answers, to this or anything else, until it is taken out.
    Silent,
    /// The card carries out the command, and the whole reader goes away with its answer. A [`Player`](crate::vpcd::Player) connects
    /// again after this time, by itself.
    LoseReader(Duration),
}

/// The steps that are still to come, and the count of commands.
#[derive(Debug, Default)]
pub(crate) struct Script {
    steps: Vec<Step>,
    commands: u32,
}

impl Script {
    pub(crate) fn new(steps: Vec<Step>) -> Script {
        Script { steps, commands: 0 }
    }

    /// Takes what happens at a command that has just arrived; several steps can meet.
    pub(crate) fn acts(&mut self, apdu: &[u8]) -> Vec<Act> {
        self.commands = self.commands.saturating_add(1);
        let (now, sort) = (self.commands, Sort::of(apdu));
        let mut acts = Vec::new();
        self.steps.retain(|step| {
            let is_now = match step.at {
                At::Command(n) => n == now,
                At::Next(wanted) => Some(wanted) == sort,
                At::Every => true,
            };
            if is_now {
                acts.push(step.act);
            }
            !is_now || step.at == At::Every
        });
        acts
    }
}

/// The card does not answer: it was pulled, or ([`Card::is_silent`](crate::Card::is_silent)) it is there and says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the card does not answer any more")]
pub struct Gone;
