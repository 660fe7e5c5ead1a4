//! One card: its state, and which command goes where.

use std::path::{Path, PathBuf};

use crate::{CardSpec, Fault, Gone, LogEntry, NotACard};

/// Which of the two PINs of the JPKI application (公的個人認証AP).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinKind {
    /// User authentication (利用者証明用), four digits, 3 tries.
    Auth,
    /// Signature (署名用), 6 to 16 capital letters and digits, 5 tries.
    Sign,
}

/// Says why a card could not be taken out of its folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Person or scenario is unknown.
    #[error(transparent)]
    Spec(#[from] NotACard),
    /// The folder holds no cards: [`make`](crate::make) has not run there.
    #[error("no cards in {}", dir.display())]
    NotMade {
        /// The folder asked for.
        dir: PathBuf,
    },
    /// A file of the folder cannot be read or is not what this version writes.
    #[error("cannot use {}: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// One physical card. Without power after [`Card::open`]; counters and PINs last as long as the value.
#[derive(Debug)]
pub struct Card {
    log: Vec<LogEntry>,
}

impl Card {
    /// Takes a card out of a folder that [`make`](crate::make) filled, with the counters its scenario says.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(dir: &Path, spec: &CardSpec) -> Result<Card, OpenError> {
        spec.check()?;
        Err(OpenError::NotMade { dir: dir.to_owned() })
    }

    /// The answer to reset, 2 to 33 bytes. It says nothing reliable about a card; readers must not decide by it.
    pub fn atr(&self) -> &[u8] {
        &[]
    }

    /// Gives power: no application selected, nothing verified. A pulled or silent card is back.
    pub fn power_on(&mut self) {}

    /// Takes power away; counters stay.
    pub fn power_off(&mut self) {}

    /// Warm reset: verified PINs stay verified.
    pub fn reset(&mut self) {}

    /// Carries out one command (C-APDU) and returns its answer (R-APDU): data, then two bytes of status. Gives power first if there is none.
    ///
    /// # Errors
    /// [`Gone`] when a [`Fault`] took the card away.
    pub fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Gone> {
        self.log.push(LogEntry::new(apdu, Some((0x6D00, 0))));
        Ok(vec![0x6D, 0x00])
    }

    /// Everything received since the start or the last [`Card::take_log`]; PINs are masked.
    pub fn log(&self) -> &[LogEntry] {
        &self.log
    }

    /// Empties the log and returns it.
    pub fn take_log(&mut self) -> Vec<LogEntry> {
        std::mem::take(&mut self.log)
    }

    /// Number of VERIFY commands with data ever received; a retry query is none.
    pub fn verify_count(&self) -> usize {
        0
    }

    /// Tries left of a PIN; 0 is blocked.
    pub fn tries_left(&self, pin: PinKind) -> u8 {
        let _ = pin;
        0
    }

    /// Plans an accident, or calls it off; the command count starts anew.
    pub fn set_fault(&mut self, fault: Option<Fault>) {
        let _ = fault;
    }

    /// Whether a [`Fault`] has taken the card away and it was not powered on since.
    pub fn is_gone(&self) -> bool {
        false
    }

    /// Whether the card is there and will never answer ([`Fault::SilentAt`]): a door then keeps waiting instead of reporting a removal.
    pub fn is_silent(&self) -> bool {
        false
    }
}
