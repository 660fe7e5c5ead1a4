//! What is inside the sealed stream: parts, each with a head in JSON and its content in blocks.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use shared::domain::calendar::UnixMs;

use crate::store::copy::Facts;

/// Content is read and written so many bytes at a time.
const BLOCK: usize = 64 * 1024;
/// No head is longer.
const HEAD_MAX: usize = 16 << 20;

/// What a backup says about itself; its first part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program that made it.
    pub program: String,
    /// When it was begun.
    pub made_at: UnixMs,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// The data folder, as the operator named it.
    pub folder: String,
    /// What is in the database.
    pub facts: Facts,
}

/// The head of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// About the whole; no content.
    Manifest(Box<Manifest>),
    /// The file of a SQLite database.
    Database,
    /// A table of a PostgreSQL database, in the text form of COPY.
    Table {
        /// Its name.
        name: String,
        /// Its columns.
        columns: Vec<String>,
    },
    /// A file of the data folder.
    File {
        /// Below the folder, with `/`.
        path: String,
    },
    /// The settings file.
    Settings,
    /// Another file that was asked for.
    Also {
        /// Its name, without its folder.
        name: String,
    },
    /// Nothing comes behind it.
    End,
}

/// Writes parts.
pub struct Pack<W: Write>(pub W);

impl<W: Write> Pack<W> {
    fn head(&mut self, part: &Part) -> io::Result<()> {
        let head = serde_json::to_vec(part)?;
        self.block(&head)
    }

    fn block(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.0.write_all(&length.to_be_bytes())?;
        self.0.write_all(bytes)
    }

    /// Writes a part with its content.
    ///
    /// # Errors
    /// What the reading or the writing says.
    pub fn part(&mut self, part: &Part, content: &mut dyn Read) -> io::Result<()> {
        self.head(part)?;
        let mut block = vec![0; BLOCK];
        loop {
            let read = match content.read(&mut block) {
                Err(why) if why.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            self.block(block.get(..read).unwrap_or_default())?;
            if read == 0 {
                return Ok(());
            }
        }
    }

    /// Writes the end.
    ///
    /// # Errors
    /// What the writing says.
    pub fn end(mut self) -> io::Result<W> {
        self.part(&Part::End, &mut io::empty())?;
        Ok(self.0)
    }
}

/// Reads parts.
pub struct Unpack<R: Read> {
    from: R,
    is_inside: bool,
}

impl<R: Read> Unpack<R> {
    /// Reads from the beginning of a stream.
    pub fn new(from: R) -> Self {
        Self { from, is_inside: false }
    }

    fn length(&mut self) -> io::Result<usize> {
        let mut length = [0; 4];
        self.from.read_exact(&mut length)?;
        usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)
    }

    /// The next part; what is left of the one before is passed over.
    ///
    /// # Errors
    /// `InvalidData` for what no backup holds; else what the reading says.
    pub fn next_part(&mut self) -> io::Result<Part> {
        self.content(&mut io::sink())?;
        let length = self.length()?;
        if length > HEAD_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut head = vec![0; length];
        self.from.read_exact(&mut head)?;
        self.is_inside = true;
        serde_json::from_slice(&head).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))
    }

    /// The content of the part, into `to`.
    ///
    /// # Errors
    /// What the reading or the writing says.
    pub fn content(&mut self, to: &mut dyn Write) -> io::Result<()> {
        while self.is_inside {
            let length = self.length()?;
            self.is_inside = length > 0;
            if length > BLOCK {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut block = vec![0; length];
            self.from.read_exact(&mut block)?;
            to.write_all(&block)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_in_their_order_and_may_be_passed_over() {
        let long = vec![7; 2 * BLOCK + 1];
        let file = |path: &str| Part::File { path: path.to_owned() };
        let mut pack = Pack(Vec::new());
        pack.part(&Part::Database, &mut long.as_slice()).unwrap();
        pack.part(&file("a"), &mut io::empty()).unwrap();
        pack.part(&file("b/c"), &mut b"x".as_slice()).unwrap();
        let bytes = pack.end().unwrap();
        let mut unpack = Unpack::new(bytes.as_slice());
        assert_eq!(unpack.next_part().unwrap(), Part::Database);
        let mut found = Vec::new();
        unpack.content(&mut found).unwrap();
        assert!(found == long);
        assert_eq!((unpack.next_part().unwrap(), unpack.next_part().unwrap()), (file("a"), file("b/c")));
        found.clear();
        unpack.content(&mut found).unwrap();
        assert_eq!(found, b"x");
        assert_eq!(unpack.next_part().unwrap(), Part::End);
        assert!(unpack.next_part().is_err(), "nothing behind the end");
    }
}
