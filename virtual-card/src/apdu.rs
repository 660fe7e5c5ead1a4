//! The card's view of a command: ISO/IEC 7816-4 APDUs, short and extended.

/// A command, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Command<'a> {
    pub(crate) cla: u8,
    pub(crate) ins: u8,
    pub(crate) p1: u8,
    pub(crate) p2: u8,
    /// Empty when there is no Lc.
    pub(crate) data: &'a [u8],
    /// Bytes wanted back, 1–65 536; `None` when there is no Le.
    pub(crate) le: Option<usize>,
    /// Whether lengths are written in the extended form.
    pub(crate) is_extended: bool,
}

impl<'a> Command<'a> {
    /// Takes a command apart; `None` when its lengths do not add up.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Command<'a>> {
        let (&[cla, ins, p1, p2], body) = bytes.split_first_chunk::<4>()?;
        let (data, le, is_extended) = match body {
            [] => (body, None, false),
            &[le] => (&[][..], Some(short(le)), false),
            &[0, hi, lo] => (&[][..], Some(extended(hi, lo)), true),
            [0, hi, lo, rest @ ..] => {
                let lc = usize::from(u16::from_be_bytes([*hi, *lo]));
                let (data, le) = rest.split_at_checked(lc).filter(|_| lc > 0)?;
                match *le {
                    [] => (data, None, true),
                    [hi, lo] => (data, Some(extended(hi, lo)), true),
                    _ => return None,
                }
            }
            [0, ..] => return None,
            [lc, rest @ ..] => {
                let (data, le) = rest.split_at_checked(usize::from(*lc))?;
                match *le {
                    [] => (data, None, false),
                    [le] => (data, Some(short(le)), false),
                    _ => return None,
                }
            }
        };
        Some(Command { cla, ins, p1, p2, data, le, is_extended })
    }
}

/// A short Le: 00 means 256.
fn short(le: u8) -> usize {
    if le == 0 { 256 } else { usize::from(le) }
}

/// An extended Le: 0000 means 65 536.
fn extended(hi: u8, lo: u8) -> usize {
    match u16::from_be_bytes([hi, lo]) {
        0 => 65_536,
        le => usize::from(le),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(bytes: &[u8]) -> Option<(&[u8], Option<usize>, bool)> {
        Command::parse(bytes).map(|command| (command.data, command.le, command.is_extended))
    }

    #[test]
    fn every_form_of_lengths_is_read() {
        assert_eq!(parts(&[0, 0x20, 0, 0x98]), Some((&[][..], None, false)));
        assert_eq!(parts(&[0, 0xB0, 0, 0, 0x00]), Some((&[][..], Some(256), false)));
        assert_eq!(parts(&[0, 0xB0, 0, 0, 0x20]), Some((&[][..], Some(32), false)));
        assert_eq!(parts(&[0, 0xA4, 2, 0x0C, 2, 0, 6]), Some((&[0, 6][..], None, false)));
        assert_eq!(parts(&[0, 0xA4, 2, 0, 2, 0, 6, 0]), Some((&[0, 6][..], Some(256), false)));
        assert_eq!(parts(&[0, 0xB0, 0x8A, 0, 0, 0, 0]), Some((&[][..], Some(65_536), true)));
        assert_eq!(parts(&[0, 0xB0, 0x8A, 0, 0, 1, 0]), Some((&[][..], Some(256), true)));
        assert_eq!(parts(&[0, 0x20, 0, 0x98, 0, 0, 2, 0x31, 0x32]), Some((&[0x31, 0x32][..], None, true)));
        assert_eq!(parts(&[0x80, 0x2A, 0, 0, 0, 0, 1, 9, 0, 0]), Some((&[9][..], Some(65_536), true)));
    }

    #[test]
    fn lengths_that_do_not_add_up_are_no_command() {
        for bytes in [
            &[][..],
            &[0, 0xA4, 0],
            &[0, 0xA4, 2, 0x0C, 2, 0],
            &[0, 0xA4, 2, 0x0C, 2, 0, 6, 0, 0],
            &[0, 0xA4, 2, 0x0C, 0, 0],
            &[0, 0x20, 0, 0x98, 0, 0, 0, 1],
            &[0, 0x20, 0, 0x98, 0, 0, 2, 1],
            &[0, 0x20, 0, 0x98, 0, 0, 1, 1, 0],
        ] {
            assert_eq!(Command::parse(bytes), None, "{bytes:02X?}");
        }
    }
}
