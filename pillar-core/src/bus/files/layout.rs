//! Where EVE keeps the files of tables (spec/02, Names and paths).

use std::path::PathBuf;

use crate::bus::TableName;

/// The two roots; `/run` and `/persist` on a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// For what lives until the next boot.
    pub run: PathBuf,
    /// For what outlives it.
    pub persist: PathBuf,
}

impl Default for Layout {
    fn default() -> Self {
        Layout { run: "/run".into(), persist: "/persist".into() }
    }
}

impl Layout {
    /// Where persistent tables are.
    pub fn status(&self) -> PathBuf {
        self.persist.join("status")
    }

    /// The directory of a table.
    pub fn dir(&self, table: &TableName, persistent: bool) -> PathBuf {
        let mut dir = if persistent { self.status() } else { self.run.clone() };
        dir.push(if table.agent.0.is_empty() { GLOBAL_DIR } else { table.agent.0 });
        if !table.scope.is_empty() {
            dir.push(table.scope);
        }
        dir.push(table.topic);
        dir
    }
}

/// The directory below `/run` of tables with several writers.
pub const GLOBAL_DIR: &str = "global";

/// The file of a table that holds its restart count.
pub const RESTARTED: &str = "restarted";

/// The name of a key's file.
pub fn file_name(key: &str) -> String {
    format!("{key}.json")
}

/// The key of a file; `None` if the file is not a value.
pub fn key_of(file: &str) -> Option<&str> {
    file.strip_suffix(".json")
}
