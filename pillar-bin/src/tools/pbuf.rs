//! `zedbox pbuf`: shows any message of the controller API as JSON, or makes one, by the table of all messages.

use std::io::Write;

use pillar_proto::table::json::{self, MAX_JSON_BYTES, MAX_MESSAGE_BYTES};
use pillar_proto::table::{MessageId, Table};

use super::input::Input;
use crate::args::{Args, FAILED, OK, Stop, unknown};

const COMMAND: &str = "zedbox pbuf";

/// What everything between device and controller stands in (spec/02, zedbox dispatch).
const DEFAULT_TYPE: &str = "auth.AuthContainer";

const USAGE_TEXT: &str = "\
Shows a message of the controller API as protobuf JSON, with the names that the API declares.

usage: zedbox pbuf [-t TYPE] [--encode] [FILE]
       zedbox pbuf --list

  -t TYPE    the message, such as config.EdgeDevConfig; auth.AuthContainer unless told
  --encode   the reverse: reads JSON, writes the message
  --list     print the names of all messages
  FILE       what to read; standard input unless told

Fields that the API does not know are shown under \"@unknown\", and written back.
Exit status: 0, 1 when the input is bad, 2 when called wrongly.
";

/// What is wanted.
enum Job {
    List,
    Decode(Work),
    Encode(Work),
}

struct Work {
    message: MessageId,
    file: String,
}

/// Runs it; gives the exit status.
pub fn main(args: &[String]) -> i32 {
    let table = Table::new();
    let job = match parse(args, &table) {
        Ok(job) => job,
        Err(stop) => return stop.exit(COMMAND, USAGE_TEXT),
    };
    let made = match job {
        Job::List => Ok(super::lines(table.messages().map(|(name, _)| name)).into_bytes()),
        Job::Decode(work) => decode(&table, &work),
        Job::Encode(work) => encode(&table, &work),
    };
    match made {
        Ok(bytes) => {
            // Nobody is there to be told of a failure.
            let _ = std::io::stdout().lock().write_all(&bytes);
            OK
        }
        Err(fault) => {
            eprintln!("{COMMAND}: {fault}");
            FAILED
        }
    }
}

fn parse(args: &[String], table: &Table) -> Result<Job, Stop> {
    let mut args = Args::new(args);
    let (mut name, mut file, mut list, mut reverse) = (DEFAULT_TYPE.to_owned(), None, false, false);
    while let Some(arg) = args.next()? {
        match arg {
            "-t" | "--type" => name = args.value(arg)?,
            "--encode" => reverse = true,
            "--list" => list = true,
            _ if arg.starts_with('-') && arg != "-" || file.is_some() => return Err(unknown(arg)),
            _ => file = Some(arg),
        }
    }
    let work = Work { message: find(table, &name)?, file: file.unwrap_or("-").to_owned() };
    Ok(match (list, reverse) {
        (true, _) => Job::List,
        (false, true) => Job::Encode(work),
        (false, false) => Job::Decode(work),
    })
}

/// A message by its name with its package, or without where one package alone has it.
fn find(table: &Table, name: &str) -> Result<MessageId, Stop> {
    if let Some(id) = table.message(name) {
        return Ok(id);
    }
    let mut bare = table.messages().filter(|(known, _)| known.rsplit('.').next() == Some(name));
    match (bare.next(), bare.next()) {
        (Some((_, id)), None) => Ok(id),
        _ => Err(super::unknown_type(name, table.messages().map(|(name, _)| name))),
    }
}

fn decode(table: &Table, work: &Work) -> Result<Vec<u8>, String> {
    let input = Input::read(&work.file, MAX_MESSAGE_BYTES)?;
    let text = json::decode(table, work.message, &input.bytes).map_err(|error| input.fault(error))?;
    Ok((text + "\n").into_bytes())
}

fn encode(table: &Table, work: &Work) -> Result<Vec<u8>, String> {
    let input = Input::read(&work.file, MAX_JSON_BYTES)?;
    let text = std::str::from_utf8(&input.bytes)
        .map_err(|error| input.fault(format_args!("not UTF-8 at byte {}", error.valid_up_to())))?;
    json::encode(table, work.message, text).map_err(|error| input.fault(error))
}
