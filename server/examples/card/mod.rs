//! What the benches say to a virtual card.

use anyhow::{Context as _, ensure};
use virtual_card::Card;

/// The answer to a command that must succeed, without its status.
pub(crate) fn transmit(card: &mut Card, command: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut answer = card.transmit(command).map_err(|_| anyhow::anyhow!("the card is gone"))?;
    let status = answer.split_off(answer.len().saturating_sub(2));
    ensure!(status == [0x90, 0x00], "the card answered {status:02x?}");
    Ok(answer)
}

/// The whole certificate of the selected file.
pub(crate) fn certificate(card: &mut Card) -> anyhow::Result<Vec<u8>> {
    let mut bytes = transmit(card, &[0x00, 0xB0, 0x8A, 0x00, 0x00])?;
    let (high, low) = bytes.get(2).copied().zip(bytes.get(3).copied()).context("a certificate")?;
    let length = 4 + usize::from(u16::from_be_bytes([high, low]));
    while bytes.len() < length {
        let [high, low] = u16::try_from(bytes.len())?.to_be_bytes();
        bytes.extend(transmit(card, &[0x00, 0xB0, high, low, 0x00])?);
    }
    bytes.truncate(length);
    Ok(bytes)
}
