//! How the lines of `ipcmonitor` look.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::value::RawValue;

use crate::output::Output;

/// How values are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// On the line of their key.
    Go,
    /// Indented by tabs, below it.
    Json,
}

impl FromStr for Form {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "go" => Ok(Form::Go),
            "json" => Ok(Form::Json),
            _ => Err("go and json are the formats that there are"),
        }
    }
}

/// Standard output.
pub struct Show {
    form: Form,
    out: Output,
}

impl Show {
    /// Shows in this form.
    pub fn new(form: Form) -> Self {
        Show { form, out: Output::new() }
    }

    /// Whether nobody reads any more.
    pub fn is_over(&self) -> bool {
        self.out.is_broken()
    }

    /// A message without a value.
    pub fn line(&mut self, what: &str, topic: &str, more: &dyn Display) {
        self.out.line(&format!("{what} type {topic}{more}"));
    }

    /// A key's value. It is an error if it is no JSON.
    pub fn update(&mut self, topic: &str, key: &str, json: &[u8]) -> Result<(), String> {
        let head = format!("update type {topic} key {key:?} val");
        let value = self.value(json).map_err(|why| format!("the value of {key:?} is no JSON: {why}"))?;
        let gap = if self.form == Form::Go { ' ' } else { '\n' };
        self.out.line(&format!("{head}{gap}{value}"));
        Ok(())
    }

    /// A value by itself.
    pub fn only(&mut self, json: &[u8]) -> Result<(), serde_json::Error> {
        let value = self.value(json)?;
        self.out.line(&value);
        Ok(())
    }

    fn value(&self, json: &[u8]) -> Result<String, serde_json::Error> {
        let value: &RawValue = serde_json::from_slice(json)?;
        Ok(match self.form {
            Form::Go => value.get().to_owned(),
            Form::Json => indented(value.get()),
        })
    }
}

/// JSON with a tab for each level. Nothing else of it changes: numbers and the order of members stay.
fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut quoted, mut escaped, mut opened) = (0_usize, false, false, false);
    for c in json.chars() {
        if quoted {
            out.push(c);
            quoted = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        if matches!(c, ' ' | '\t' | '\n' | '\r') {
            continue;
        }
        // Nothing stands between the brackets of what is empty.
        let closes = matches!(c, '}' | ']');
        if closes {
            depth = depth.saturating_sub(1);
        }
        if closes != opened && (closes || opened) {
            new_line(&mut out, depth);
        }
        opened = matches!(c, '{' | '[');
        depth += usize::from(opened);
        quoted = c == '"';
        out.push(c);
        match c {
            ',' => new_line(&mut out, depth),
            ':' => out.push(' '),
            _ => {}
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n('\t', depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_and_stays_what_it_is() {
        for (plain, wanted) in [
            ("{}", "{}"),
            (r#"{ "a" : [ ] , "b":{} }"#, "{\n\t\"a\": [],\n\t\"b\": {}\n}"),
            (
                r#"[1,[2],{"x":9007199254740993}]"#,
                "[\n\t1,\n\t[\n\t\t2\n\t],\n\t{\n\t\t\"x\": 9007199254740993\n\t}\n]",
            ),
            (r#"{"q":"a\"{,}\\","r":null}"#, "{\n\t\"q\": \"a\\\"{,}\\\\\",\n\t\"r\": null\n}"),
            (r#""[{""#, r#""[{""#),
            ("null", "null"),
        ] {
            assert_eq!(indented(plain), wanted);
        }
    }
}
