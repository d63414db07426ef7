//! A file that an object is written into: hashed while it is written, resumed where an earlier writer stopped.

use std::path::Path;

use pillar_core::hal::{Scope, Sha256, StorageError};
use ring::digest::{Context, SHA256};

use super::bulk::{BulkFs, sha256_of};
use super::{Files, read_error};

/// A file that grows.
pub(crate) struct Sink<'f, F: BulkFs> {
    files: &'f Files<F>,
    path: &'f Path,
    file: F::File,
    context: Context,
    /// Bytes that it has.
    pub(crate) size: u64,
    /// Bytes of them that are durable.
    pub(crate) durable: u64,
}

impl<'f, F: BulkFs> Sink<'f, F> {
    /// The file, with what an earlier writer made durable, or empty if less than that is there.
    pub(crate) fn open(
        files: &'f Files<F>,
        scope: &Scope,
        path: &'f Path,
        from: u64,
    ) -> Result<Self, StorageError> {
        match from {
            0 => Self::empty(files, path),
            from => match Self::resume(files, scope, path, from)? {
                Some(sink) => Ok(sink),
                None => Self::empty(files, path),
            },
        }
    }

    fn empty(files: &'f Files<F>, path: &'f Path) -> Result<Self, StorageError> {
        let file = files.new_file(path)?;
        Ok(Sink { files, path, file, context: Context::new(&SHA256), size: 0, durable: 0 })
    }

    fn resume(
        files: &'f Files<F>,
        scope: &Scope,
        path: &'f Path,
        from: u64,
    ) -> Result<Option<Self>, StorageError> {
        let enough = files.call("stat", |fs| fs.stat(path)).is_ok_and(|stat| stat.size >= from);
        if !enough {
            return Ok(None);
        }
        let file = files.call("open", |fs| fs.open_end(path)).map_err(|e| read_error(path, e))?;
        files.call("truncate", |fs| fs.truncate(&file, from)).map_err(|e| read_error(path, e))?;
        let mut context = Context::new(&SHA256);
        let size = files.hash(scope, path, from, &mut context)?;
        Ok((size == from).then_some(Sink { files, path, file, context, size, durable: size }))
    }

    /// Begins anew.
    pub(crate) fn restart(&mut self) -> Result<(), StorageError> {
        *self = Self::empty(self.files, self.path)?;
        Ok(())
    }

    /// Appends.
    pub(crate) fn write(&mut self, data: &[u8]) -> Result<(), StorageError> {
        self.context.update(data);
        let written = self.files.write_all(&mut self.file, data);
        written.map_err(|e| self.files.change_error(self.path, data.len(), e))?;
        self.size += data.len() as u64;
        Ok(())
    }

    /// Makes all that was written durable.
    pub(crate) fn sync(&mut self) -> Result<(), StorageError> {
        if self.durable != self.size {
            let synced = self.files.call("fsync", |fs| fs.sync(&self.file));
            synced.map_err(|e| self.files.change_error(self.path, 0, e))?;
            self.durable = self.size;
        }
        Ok(())
    }

    /// Ends the file, whose digest is remembered.
    pub(crate) fn finish(mut self) -> Result<Sha256, StorageError> {
        self.sync()?;
        let sha256 = sha256_of(self.context);
        let stat = self.files.call("stat", |fs| fs.stat(self.path));
        self.files.digests.remember(stat.map_err(|e| read_error(self.path, e))?, sha256);
        Ok(sha256)
    }
}
