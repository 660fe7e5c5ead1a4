//! The sealed stream of a backup: 64 KiB at a time, so that a database of any size needs the same memory.
//!
//! ```text
//! head     "uketsuke backup\n", format (u32), name of the key (8 bytes), salt (32 bytes)
//! chunks   AES-256-GCM, 64 KiB each before sealing; the key is HKDF-SHA256 of the key file and the salt; the nonce counts the chunks
//!          and marks the last one; the head is authenticated with each
//! end      "uks-end\n", SHA-256 over all before it: whoever has no key can see that a file is whole
//! ```

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::{digest, hkdf, hmac};
use zeroize::Zeroizing;

use super::Failure;
use crate::files::write_secret;
use crate::random::Random;

const MAGIC: &[u8; 16] = b"uketsuke backup\n";
const END: &[u8; 8] = b"uks-end\n";
/// The form of a backup; a program refuses what is newer than its own.
pub const FORMAT: u32 = 1;
const HEAD: usize = 16 + 4 + 8 + 32;
const TAIL: usize = 8 + 32;
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
/// What a key file begins with; behind it 32 bytes in base64url.
const KEY_WORD: &str = "uketsuke-backup-key-1 ";

/// The key of an operator's backups. No `Debug`.
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// Reads a key file.
    ///
    /// # Errors
    /// [`Failure::NoKey`] when it is not there or is none.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let text = Zeroizing::new(std::fs::read_to_string(file).map_err(|why| Failure::NoKey(file.to_owned(), Some(why)))?);
        let bad = || Failure::NoKey(file.to_owned(), None);
        let text = text.trim().strip_prefix(KEY_WORD).ok_or_else(bad)?;
        let bytes = Zeroizing::new(shared::bytes::Base64::parse(text).map_err(|_| bad())?.0);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| bad())?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// Reads a key file, or makes it when there is none; true when it was made.
    ///
    /// # Errors
    /// As [`Self::read`], and what the file system says.
    pub fn read_or_make(file: &Path, random: &Random) -> Result<(Self, bool), Failure> {
        if file.exists() {
            return Ok((Self::read(file)?, false));
        }
        let key = Zeroizing::new(random.bytes::<32>().map_err(|_| Failure::NoKey(file.to_owned(), None))?);
        let text = Zeroizing::new(format!("{KEY_WORD}{}\n", shared::bytes::Base64(key.to_vec()).to_text()));
        write_secret(file, text.as_bytes()).map_err(|why| Failure::io("the key file cannot be written", why))?;
        Ok((Self(key), true))
    }

    /// Eight bytes that tell this key from another, and say nothing else about it.
    fn name(&self) -> [u8; 8] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &*self.0), b"uketsuke backup key name");
        let mut name = [0; 8];
        name.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        name
    }

    fn of_file(&self, salt: &[u8]) -> Result<LessSafeKey, Failure> {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(&*self.0);
        let key = prk.expand(&[b"uketsuke backup file"], &AES_256_GCM).map(UnboundKey::from).map_err(|_| Failure::Damaged)?;
        Ok(LessSafeKey::new(key))
    }
}

fn nonce(chunk: u64, is_last: bool) -> Nonce {
    let mut bytes = [0; 12];
    bytes.iter_mut().skip(3).zip(chunk.to_be_bytes()).for_each(|(to, from)| *to = from);
    bytes[11] = is_last.into();
    Nonce::assume_unique_for_key(bytes)
}

/// Seals what is written to it.
pub struct Sealer<W: Write> {
    to: W,
    key: LessSafeKey,
    head: [u8; HEAD],
    chunk: u64,
    pending: Vec<u8>,
    sum: digest::Context,
    bytes: u64,
}

impl<W: Write> Sealer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// What the file system says.
    pub fn new(mut to: W, key: &Key, salt: [u8; 32]) -> Result<Self, Failure> {
        let mut head = [0; HEAD];
        let parts: [&[u8]; 4] = [MAGIC, &FORMAT.to_be_bytes(), &key.name(), &salt];
        head.iter_mut().zip(parts.concat()).for_each(|(to, from)| *to = from);
        to.write_all(&head).map_err(Failure::written)?;
        let mut sum = digest::Context::new(&digest::SHA256);
        sum.update(&head);
        let bytes = u64::try_from(HEAD).unwrap_or(0);
        Ok(Self { to, key: key.of_file(&salt)?, head, chunk: 0, pending: Vec::with_capacity(CHUNK + TAG), sum, bytes })
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(bytes)?;
        self.sum.update(bytes);
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(0));
        Ok(())
    }

    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        let mut chunk = std::mem::take(&mut self.pending);
        let sealed = self.key.seal_in_place_append_tag(nonce(self.chunk, is_last), Aad::from(&self.head), &mut chunk);
        sealed.map_err(|_| io::Error::other("a chunk could not be sealed"))?;
        self.put(&chunk)?;
        self.chunk += 1;
        chunk.clear();
        self.pending = chunk;
        Ok(())
    }

    /// Seals the rest and ends the file; gives what was written to, and its length in bytes.
    ///
    /// # Errors
    /// What the file system says.
    pub fn finish(mut self) -> Result<(W, u64), Failure> {
        self.seal(true).and_then(|()| self.put(END)).map_err(Failure::written)?;
        let sum = self.sum.clone().finish();
        self.to.write_all(sum.as_ref()).map_err(Failure::written)?;
        self.to.flush().map_err(Failure::written)?;
        Ok((self.to, self.bytes.saturating_add(32)))
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits until there is more: whether it is the last is known only then.
        if self.pending.len() == CHUNK {
            self.seal(false)?;
        }
        let taken = bytes.get(..bytes.len().min(CHUNK - self.pending.len())).unwrap_or(bytes);
        self.pending.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens a sealed file: whole by its sum, made with this key; then reads what was sealed, chunk by chunk.
pub struct Opener {
    from: File,
    key: LessSafeKey,
    head: [u8; HEAD],
    chunk: u64,
    /// Sealed bytes that are still to come.
    left: u64,
    open: Vec<u8>,
    place: usize,
}

impl Opener {
    /// Looks through the whole file and then stands at its beginning.
    ///
    /// # Errors
    /// [`Failure::NotABackup`], [`Failure::Cut`], [`Failure::Damaged`], [`Failure::OtherKey`], [`Failure::NewerForm`].
    pub fn new(file: &Path, key: &Key) -> Result<Self, Failure> {
        let unread = |why| Failure::io("the backup cannot be read", why);
        let mut from = File::open(file).map_err(unread)?;
        let length = from.metadata().map_err(unread)?.len();
        let mut head = [0; HEAD];
        if length >= u64::try_from(HEAD).unwrap_or(0) {
            from.read_exact(&mut head).map_err(unread)?;
        }
        let (magic, rest) = head.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(Failure::NotABackup);
        }
        is_whole(&mut from, length)?;
        let (format, rest) = rest.split_at(4);
        let (name, salt) = rest.split_at(8);
        if format != FORMAT.to_be_bytes() {
            return Err(Failure::NewerForm);
        }
        if name != key.name() {
            return Err(Failure::OtherKey);
        }
        from.seek(SeekFrom::Start(u64::try_from(HEAD).unwrap_or(0))).map_err(unread)?;
        let left = length - u64::try_from(HEAD + TAIL).unwrap_or(0);
        Ok(Self { from, key: key.of_file(salt)?, head, chunk: 0, left, open: Vec::new(), place: 0 })
    }

    fn next(&mut self) -> io::Result<()> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a chunk of the backup cannot be opened");
        let wanted = u64::try_from(CHUNK + TAG).unwrap_or(0).min(self.left);
        let mut chunk = vec![0; usize::try_from(wanted).map_err(|_| damaged())?];
        self.from.read_exact(&mut chunk)?;
        self.left -= wanted;
        let length = self.key.open_in_place(nonce(self.chunk, self.left == 0), Aad::from(&self.head), &mut chunk);
        let length = length.map_err(|_| damaged())?.len();
        chunk.truncate(length);
        self.chunk += 1;
        (self.open, self.place) = (chunk, 0);
        Ok(())
    }
}

impl Read for Opener {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.place == self.open.len() && self.left > 0 {
            self.next()?;
        }
        let from = self.open.get(self.place..).unwrap_or_default();
        let taken = from.len().min(to.len());
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        self.place += taken;
        Ok(taken)
    }
}

/// True to the sum at its end.
fn is_whole(from: &mut File, length: u64) -> Result<(), Failure> {
    let unread = |why| Failure::io("the backup cannot be read", why);
    let summed = length.checked_sub(32).filter(|_| length >= u64::try_from(HEAD + TAG + TAIL).unwrap_or(0)).ok_or(Failure::Cut)?;
    from.seek(SeekFrom::Start(summed - 8)).map_err(unread)?;
    let mut end = [0; TAIL];
    from.read_exact(&mut end).map_err(unread)?;
    let (word, kept) = end.split_at(8);
    if word != END {
        return Err(Failure::Cut);
    }
    from.seek(SeekFrom::Start(0)).map_err(unread)?;
    let mut sum = digest::Context::new(&digest::SHA256);
    let mut left = summed;
    let mut block = vec![0; CHUNK];
    while left > 0 {
        let most = usize::try_from(left.min(u64::try_from(CHUNK).unwrap_or(0))).unwrap_or(CHUNK);
        let read = from.read(block.get_mut(..most).unwrap_or_default()).map_err(unread)?;
        if read == 0 {
            return Err(Failure::Cut);
        }
        sum.update(block.get(..read).unwrap_or_default());
        left -= u64::try_from(read).unwrap_or(left);
    }
    if sum.finish().as_ref() == kept { Ok(()) } else { Err(Failure::Damaged) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Key {
        Key(Zeroizing::new([byte; 32]))
    }

    fn sealed(length: usize) -> Vec<u8> {
        let mut sealer = Sealer::new(Vec::new(), &key(1), [7; 32]).unwrap();
        let content: Vec<u8> = (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect();
        content.chunks(1000).for_each(|part| sealer.write_all(part).unwrap());
        let (bytes, said) = sealer.finish().unwrap();
        assert_eq!(u64::try_from(bytes.len()).unwrap(), said);
        bytes
    }

    fn opened(bytes: &[u8], key: &Key) -> Result<Vec<u8>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("b");
        std::fs::write(&file, bytes).unwrap();
        let mut found = Vec::new();
        Opener::new(&file, key)?.read_to_end(&mut found).map_err(Failure::read)?;
        Ok(found)
    }

    /// Puts the sum right again, as who wants to deceive would.
    fn summed_anew(mut bytes: Vec<u8>) -> Vec<u8> {
        let end = bytes.len() - 32;
        let sum = crate::sha256(&bytes[..end]);
        bytes[end..].copy_from_slice(&sum);
        bytes
    }

    #[test]
    fn what_was_sealed_comes_back_whatever_its_length() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17] {
            assert_eq!(opened(&sealed(length), &key(1)).unwrap().len(), length);
        }
    }

    #[test]
    fn each_fault_has_its_own_error() {
        let good = sealed(2 * CHUNK + 5);
        assert!(matches!(opened(&good, &key(2)), Err(Failure::OtherKey)));
        assert!(matches!(opened(b"PK", &key(1)), Err(Failure::NotABackup)));
        for length in [HEAD, HEAD + 10, CHUNK, good.len() - 33, good.len() - 1] {
            assert!(matches!(opened(&good[..length], &key(1)), Err(Failure::Cut)), "{length}");
        }
        for place in [20, HEAD, CHUNK, good.len() - TAIL - 1, good.len() - 1] {
            let mut bad = good.clone();
            bad[place] ^= 1;
            assert!(matches!(opened(&bad, &key(1)), Err(Failure::Damaged)), "{place}");
        }
        let mut newer = good.clone();
        newer[19] = 2;
        assert!(matches!(opened(&summed_anew(newer), &key(1)), Err(Failure::NewerForm)));
        assert!(opened(&good, &key(1)).is_ok(), "control");
    }

    #[test]
    fn a_sum_made_anew_hides_nothing() {
        let good = sealed(3 * CHUNK);
        for place in [30, HEAD + 3, HEAD + CHUNK + TAG + 3, good.len() - TAIL - 1] {
            let mut bad = good.clone();
            bad[place] ^= 1;
            assert!(matches!(opened(&summed_anew(bad), &key(1)), Err(Failure::Damaged)), "{place}");
        }
        // Whole chunks taken out, from the middle and from the end.
        for (from, to) in [(HEAD, HEAD + CHUNK + TAG), (good.len() - TAIL - CHUNK - TAG, good.len() - TAIL)] {
            let mut bad = good.clone();
            bad.drain(from..to);
            assert!(matches!(opened(&summed_anew(bad), &key(1)), Err(Failure::Damaged)), "{from}");
        }
        assert!(opened(&summed_anew(good), &key(1)).is_ok(), "control");
    }

    #[test]
    fn a_key_is_made_once_and_read_by_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup.key");
        let (made, is_new) = Key::read_or_make(&file, &Random::machine()).unwrap();
        let (read, is_new_again) = Key::read_or_make(&file, &Random::machine()).unwrap();
        assert_eq!((is_new, is_new_again, made.0 == read.0), (true, false, true));
        std::fs::write(&file, "uketsuke-backup-key-1 short").unwrap();
        assert!(matches!(Key::read(&file), Err(Failure::NoKey(..))));
    }
}
